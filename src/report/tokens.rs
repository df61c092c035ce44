//! The chain of a session's tokens, for JSON and for the terminal.

use crate::{
    inspection::{Inspection, TokenReading},
    model::{
        EventId, SessionId, TokenRole,
        chain::{RenewalOutcome, TokenLife},
        time::rfc3339_from_nanos,
    },
};
use serde::Serialize;

/// Most tokens that are listed of one session: its last ones.
const LISTED: usize = 200;

/// One token of a session.
#[derive(Serialize)]
pub struct TokenOut {
    role: &'static str,
    /// By what it can be told from others; never its value.
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_by: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    uses: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_at: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_at: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    signature: String,
    /// Of the access token that was sent last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claims: Vec<ClaimOut>,
}

#[derive(Serialize)]
struct ClaimOut {
    name: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    meaning: &'static str,
    value: String,
}

/// One attempt to renew.
#[derive(Serialize)]
pub struct RenewalOut {
    event: u32,
    at: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<String>,
}

/// The id of an outcome in JSON.
fn outcome_id(outcome: RenewalOutcome) -> &'static str {
    match outcome {
        RenewalOutcome::Renewed => "renewed",
        RenewalOutcome::Refused => "refused",
        RenewalOutcome::Lost => "answer_lost",
        RenewalOutcome::Unsent => "no_network",
        RenewalOutcome::Away => "server_away",
    }
}

fn role_id(role: TokenRole) -> &'static str {
    match role {
        TokenRole::Access | TokenRole::Opaque => "access",
        TokenRole::Refresh => "refresh",
        TokenRole::Id => "id",
    }
}

/// The tokens of a session, the last ones where it has very many.
pub fn tokens(inspection: &Inspection, id: SessionId) -> Vec<TokenOut> {
    let Some(chain) = inspection.chain(id) else { return Vec::new() };
    let last = chain.last_access().map(|life| life.value);
    let print = |life: &TokenLife| inspection.events.secret(life.value).fingerprint();
    let out = |life: &TokenLife| {
        let shown = (Some(life.value) == last).then(|| reading(inspection, life)).flatten();
        let claims = shown.as_ref().and_then(|shown| shown.reading.as_ref()).map_or_else(Vec::new, |reading| {
            let claim = |claim: &crate::inspection::Claim| ClaimOut {
                name: claim.name.clone(),
                meaning: claim.meaning,
                value: claim.value.clone(),
            };
            reading.claims.iter().map(claim).collect()
        });
        let proofs = &inspection.events.proofs;
        TokenOut {
            role: role_id(life.role),
            fingerprint: print(life),
            issued_by: life.issued.map(|(EventId(event), _)| event),
            issued_at: life.issued_at.or(life.issued.map(|(_, at)| at)).map(rfc3339_from_nanos),
            expires_at: life.expires.map(rfc3339_from_nanos),
            uses: life.uses,
            last_used: life.last_used.map(|id| id.0),
            replaced_at: life.replaced.map(|id| id.0),
            replaced_by: life.replaced_by.and_then(|at| chain.token(at)).map(print),
            refused_at: life.refused.map(|id| id.0),
            signature: proofs.checks.get(&life.text).map_or_else(String::new, |check| proofs.words(check)),
            claims,
        }
    };
    chain.tokens.iter().skip(chain.tokens.len().saturating_sub(LISTED)).map(out).collect()
}

/// The attempts to renew a session, the last ones where it has very many.
pub fn renewals(inspection: &Inspection, id: SessionId) -> Vec<RenewalOut> {
    let Some(chain) = inspection.chain(id) else { return Vec::new() };
    let skipped = chain.renewals.len().saturating_sub(LISTED);
    chain
        .renewals
        .iter()
        .skip(skipped)
        .map(|renewal| RenewalOut {
            event: renewal.event.0,
            at: rfc3339_from_nanos(renewal.sent_at),
            outcome: outcome_id(renewal.outcome),
            used: renewal
                .used
                .and_then(|at| chain.token(at))
                .map(|life| inspection.events.secret(life.value).fingerprint()),
        })
        .collect()
}

/// What a person wants to know of a session's tokens in a line or two; empty for a session without any.
pub fn lines(inspection: &Inspection, id: SessionId) -> Vec<String> {
    let Some(chain) = inspection.chain(id) else { return Vec::new() };
    let mut lines = Vec::new();
    let renewed = chain.renewals.iter().filter(|renewal| renewal.outcome == RenewalOutcome::Renewed).count();
    if let Some(last) = chain.renewals.last().filter(|last| last.outcome != RenewalOutcome::Renewed || renewed > 0) {
        let outcome = match last.outcome {
            RenewalOutcome::Renewed => "succeeded",
            RenewalOutcome::Refused => "was refused",
            RenewalOutcome::Lost => "got no answer",
            RenewalOutcome::Unsent => "found no network",
            RenewalOutcome::Away => "found the server away",
        };
        let done = match renewed {
            0 => "never renewed".to_owned(),
            1 => "renewed once".to_owned(),
            times => format!("renewed {times} times"),
        };
        lines.push(format!("{done}; the last attempt {outcome}"));
    }
    let shown = chain.last_access().and_then(|life| Some((life, reading(inspection, life)?)));
    if let Some((life, shown)) = shown.filter(|(_, shown)| shown.reading.is_some()) {
        let at = if life.refused.is_some() { "it was refused" } else { "it was last used" };
        let times = match shown.at_use.as_str() {
            "" => String::new(),
            since if since.ends_with("before") => format!(", {since} {at}"),
            left => format!(", {left} when {at}"),
        };
        lines.push(format!("access token #{}: {}{times}", shown.fingerprint, shown.signature));
    }
    lines
}

/// The token as it was read where it was refused, used last or issued.
fn reading(inspection: &Inspection, life: &TokenLife) -> Option<TokenReading> {
    let event = life.telling();
    let fingerprint = inspection.events.secret(life.value).fingerprint();
    inspection.tokens_of(event).into_iter().find(|token| token.fingerprint == fingerprint)
}
