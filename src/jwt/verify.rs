//! Signatures against keys, and what is wrong with a token whatever the keys say.

use super::{Jwt, base64, keys::KeyRing};
use crate::model::{
    EventStore, SecretId, TokenRole,
    proof::{KeyId, Proofs, Signature, TokenCheck, TokenFinding},
};
use hashbrown::HashMap;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, crypto};
use rayon::prelude::*;
use serde_json::Value;
use std::str::FromStr as _;

/// Shorter ones are what a cleaner left: the shortest signature that is in use has 32 bytes.
const MIN_SIGNATURE: usize = 16;
/// Most records that are shown for one finding.
const MAX_SHOWN: usize = 8;

/// Checks every JWT of the exchanges, each once, on all cores.
pub fn prove(events: &EventStore, ring: &KeyRing) -> Proofs {
    let mut texts: Vec<SecretId> =
        events.exchanges.iter().flat_map(|exchange| exchange.tokens.iter().map(|token| token.text)).collect();
    texts.sort_unstable();
    texts.dedup();
    // The value leaves its `Secret` to be verified, and goes no further.
    let checks: Vec<(SecretId, TokenCheck)> =
        texts.into_par_iter().filter_map(|id| Some((id, check(events.secret(id).expose(), ring)?))).collect();
    let checks: HashMap<SecretId, TokenCheck> = checks.into_iter().collect();
    let mut proofs = Proofs { keys: ring.infos(), problems: ring.problems().to_vec(), checks, findings: Vec::new() };
    proofs.findings = findings(events, &proofs);
    proofs
}

/// Checks one token; `None` where it is no JWT.
pub fn check(text: &str, ring: &KeyRing) -> Option<TokenCheck> {
    let jwt = Jwt::read(text)?;
    let of_header = |name: &str| jwt.header.get(name).and_then(Value::as_str).unwrap_or("");
    let (algorithm, key_id) = (of_header("alg"), of_header("kid"));
    Some(TokenCheck {
        algorithm: algorithm.into(),
        key_id: key_id.into(),
        signature: signature(&jwt, algorithm, key_id, ring),
    })
}

fn signature(jwt: &Jwt<'_>, algorithm: &str, key_id: &str, ring: &KeyRing) -> Signature {
    if algorithm.is_empty() || algorithm.eq_ignore_ascii_case("none") {
        return Signature::Unsigned;
    }
    if base64(jwt.signature).is_none_or(|bytes| bytes.len() < MIN_SIGNATURE) {
        return Signature::Cut;
    }
    let Ok(algorithm) = Algorithm::from_str(algorithm) else { return Signature::Unsupported };
    if ring.keys.is_empty() {
        return Signature::Unchecked;
    }
    let made_by = |key: &DecodingKey| {
        crypto::verify(jwt.signature, jwt.message.as_bytes(), key, algorithm).is_ok_and(|made| made)
    };
    let named = |id: Option<&str>| !key_id.is_empty() && id == Some(key_id);
    let mut order: Vec<usize> = (0..ring.keys.len()).collect();
    // The key that the header names comes first; an issuer may have named none, or named them anew.
    order.sort_by_key(|&at| ring.keys.get(at).is_none_or(|key| !named(key.info.key_id.as_deref())));
    let mut fitting = false;
    for at in order {
        let Some(key) = ring.keys.get(at).filter(|key| key.algorithms.contains(&algorithm)) else { continue };
        fitting = true;
        if key.forms.iter().any(made_by) {
            return Signature::Verified(KeyId(at as u16));
        }
    }
    let keys = || ring.keys.iter().enumerate().map(|(at, key)| (KeyId(at as u16), key));
    if algorithm.family() == AlgorithmFamily::Hmac {
        let forged = |text: &Vec<u8>| made_by(&DecodingKey::from_secret(text));
        if let Some((at, _)) = keys().find(|(_, key)| key.texts.iter().any(forged)) {
            return Signature::Confused(at);
        }
    }
    let named_key = keys().find(|(_, key)| named(key.info.key_id.as_deref()));
    match named_key {
        Some((at, key)) if !key.algorithms.contains(&algorithm) => Signature::Unfit(at),
        _ if fitting => Signature::Unmatched,
        _ => Signature::NoKey,
    }
}

/// Tokens that clients sent and that should not be as they are, told once for each answer that they met.
fn findings(events: &EventStore, proofs: &Proofs) -> Vec<TokenFinding> {
    let mut findings: Vec<TokenFinding> = Vec::new();
    for exchange in &events.exchanges {
        let Some(event) = exchange.event else { continue };
        for token in exchange.tokens.iter().filter(|token| token.sent && token.role != TokenRole::Id) {
            let accepted = (200..300).contains(&events.get(event).status) && exchange.failure.is_none();
            let Some((kind, headline)) =
                proofs.checks.get(&token.text).and_then(|check| wrong(proofs, check, accepted))
            else {
                continue;
            };
            match findings.iter_mut().find(|finding| finding.headline == headline) {
                Some(finding) if finding.events.len() < MAX_SHOWN => finding.events.push(event),
                Some(_) => {}
                None => findings.push(TokenFinding { kind, headline, events: vec![event] }),
            }
        }
    }
    for finding in &mut findings {
        finding.events.sort_by_key(|&event| (events.time(event), event));
    }
    findings.sort_by_key(|finding| finding.events.first().map(|&event| (events.time(event), event)));
    findings
}

fn wrong(proofs: &Proofs, check: &TokenCheck, accepted: bool) -> Option<(&'static str, String)> {
    let met = if accepted { "the server accepted it" } else { "the server did not accept it" };
    let algorithm: String = check.algorithm.chars().take(20).collect();
    Some(match check.signature {
        Signature::Unsigned => {
            ("unsigned_token", format!("A token without a signature (alg none) was sent, which anyone can make; {met}"))
        }
        Signature::Confused(key) => (
            "algorithm_confusion",
            format!(
                "A token was signed ({algorithm}) with the public key of {} as if it were a secret, which everyone has; {met}",
                proofs.key_name(key)
            ),
        ),
        Signature::Unfit(key) => (
            "unfit_algorithm",
            format!("A token says {algorithm}, and names {}, which is of another kind; {met}", proofs.key_name(key)),
        ),
        _ => return None,
    })
}
