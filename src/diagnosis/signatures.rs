//! What the signatures of tokens, checked with the keys that the user gave, say about an ending.

use super::subject::Subject;
use crate::model::{
    EndedBy, EventId, EventKind, Stated, TokenRole, TokenSeen,
    proof::{KeyId, Signature},
};

/// The access token that was refused, and the refusal.
fn refused<'a>(subject: &Subject<'a>) -> Option<(&'a TokenSeen, EventId)> {
    let by_refusal = subject.session.clues.ended_by == Some(EndedBy::Refusal);
    let dead = subject.session.first_dead.filter(|_| by_refusal)?;
    let sent = |token: &&TokenSeen| token.sent && token.role == TokenRole::Access;
    Some((subject.case.events.exchange(dead)?.tokens.iter().find(sent)?, dead))
}

/// That the refused token's signature is good, in words, and the record; `None` where that is not known.
pub fn verified(subject: &Subject<'_>) -> Option<(String, EventId)> {
    let (token, event) = refused(subject)?;
    let proofs = &subject.case.events.proofs;
    let check = proofs.checks.get(&token.text)?;
    matches!(check.signature, Signature::Verified(_)).then(|| (proofs.words(check), event))
}

/// What the keys say for or against a change of keys: weight, claim and records.
///
/// The key that someone gives is mostly the one that is in force now. A token that it did not make, while it made those that
/// were issued since, was made by a key that is gone: that decides. One that matches no key where none of the capture's does
/// says only that the key is another server's.
pub fn about_keys(subject: &Subject<'_>) -> Option<(f32, String, Vec<EventId>)> {
    let proofs = &subject.case.events.proofs;
    if proofs.keys.is_empty() {
        return None;
    }
    let (token, event) = refused(subject)?;
    let later = later_key(subject);
    match (proofs.signature(token.text), later) {
        (Signature::Verified(old), Some((new, issued))) if new != old => {
            let (old, new) = (proofs.key_name(old), proofs.key_name(new));
            Some((
                4.5,
                format!("The refused token is signed by {old}, those issued afterwards by {new}"),
                vec![event, issued],
            ))
        }
        (Signature::Verified(key), _) => {
            let key = proofs.key_name(key);
            if matches!(subject.session.clues.stated, Some((Stated::KeyInvalid, _))) {
                let claim =
                    format!("Its signature is good by {key}: the server that refused it verifies with another key");
                return Some((1.5, claim, vec![event]));
            }
            Some((
                -2.5,
                format!("The signature of the refused token is good by {key}: its key had not changed"),
                vec![event],
            ))
        }
        (Signature::Unmatched, Some((new, issued))) => {
            let new = proofs.key_name(new);
            let claim =
                format!("The refused token's signature never matched {new}, which signed those issued afterwards");
            Some((5.0, claim, vec![event, issued]))
        }
        (Signature::Unmatched, None) => {
            // Whether any token of the capture was made by a key that was given.
            let fits = proofs.checks.values().any(|check| matches!(check.signature, Signature::Verified(_)));
            let claim = if fits {
                "The refused token's signature never matched the keys that were given, which signed other tokens here"
            } else {
                "No token here matches the keys that were given: they changed since, or are another server's"
            };
            Some((if fits { 3.0 } else { 0.7 }, claim.to_owned(), vec![event]))
        }
        _ => None,
    }
}

/// The key of the first access token that was let in, or issued, after the refusal, on the same app.
fn later_key(subject: &Subject<'_>) -> Option<(KeyId, EventId)> {
    let events = subject.case.events;
    let dead = subject.dead_at();
    let peers = subject.case.peers(subject.id);
    let mut first: Option<(KeyId, EventId)> = None;
    for exchange in &events.exchanges {
        let Some(id) = exchange.event.filter(|&id| events.time(id) > dead) else { continue };
        let in_use = events.kind(id).proves_life() || events.kind(id) == EventKind::Neutral;
        if !in_use || !peers.contains(&events.session(id)) {
            continue;
        }
        for token in exchange.tokens.iter().filter(|token| token.role == TokenRole::Access) {
            if let Signature::Verified(key) = events.proofs.signature(token.text)
                && first.is_none_or(|(_, known)| events.time(id) < events.time(known))
            {
                first = Some((key, id));
            }
        }
    }
    first
}
