//! `key_rotation`: the signing or encryption key changed, so tokens that had time left stopped verifying.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::{signatures, subject::Subject},
    model::{
        Cause, EndedBy, EventId, Evidence, Nanos, SessionId, Stated, TimeRange, TokenClock, duration_words,
        time::MINUTE, time::SECOND,
    },
};

/// The signing or encryption key changed.
pub struct KeyRotation;

impl CauseRule for KeyRotation {
    fn cause(&self) -> Cause {
        Cause::KeyRotation
    }

    fn explanation(&self) -> &'static str {
        "The server changed the key that proves who is signed in, by rotation, a new deployment or a secret made \
         anew at each start. Everything signed before stopped being valid, although it had time left."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again; it works at once, and nothing is wrong with your account.",
            qa: "Ask whether a deployment or a key change happened in that minute, and check that every token from \
             before it fails and every one from after it passes.",
            developer: "Keep the old key for verification until the longest-lived token signed with it has run out, and store \
             keys outside the process, the same for all replicas.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "The verifying server's log of the refusal (\u{201c}invalid signature\u{201d}, an unknown `kid`), or its list of keys before and after."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        stated(subject, self.cause(), &[Stated::KeyInvalid], STATED, evidence);
        if let Some((weight, claim, events)) = signatures::about_keys(subject) {
            evidence.push(subject.fact(self.cause(), weight, claim, &events));
        }
        let clues = &subject.session.clues;
        let refused = matches!(clues.ended_by, Some(EndedBy::Refusal | EndedBy::RenewalRefusal));
        let Some(token) = clues.token.as_deref().filter(|_| refused) else { return };
        let left = token.expires.map(|expires| expires - subject.dead_at());
        let Some(left) = left.filter(|&left| left > 30 * SECOND) else { return };
        if clues.stated.is_none_or(|(reason, _)| reason.cause().is_none() || reason == Stated::KeyInvalid) {
            let claim = format_args!("The token had {} left when it was refused", duration_words(left));
            evidence.push(subject.fact(self.cause(), 0.8, claim, &[token.event, subject.ending_event()]));
        }
        self.both_tokens(subject, evidence);
        self.neighbours(subject, evidence);
        let events = subject.case.events;
        let key_of = |event| {
            events
                .exchange(event)
                .and_then(|exchange| exchange.tokens.iter().map(|token| token.key_id).find(|key| key.is_some()))
        };
        let Some(old) = key_of(token.event) else { return };
        let later = TimeRange::new(subject.dead_at() - MINUTE, Nanos::MAX);
        for &id in subject.case.starts_within(subject.id, later).iter().filter(|&&id| id != subject.id) {
            let other = &subject.case.sessions[id.0 as usize];
            if let Some(new) = other.clues.token.as_deref()
                && key_of(new.event).is_some_and(|new| new != old)
            {
                let claim = "Tokens issued afterwards carry another key id (kid)";
                evidence.push(subject.fact(self.cause(), 3.5, claim, &[token.event, new.event]));
                // And a new key explains whatever else stopped verifying at that moment.
                if !subject.is_together().is_empty() {
                    let claim = "A new key explains the others that ended then as well";
                    evidence.push(subject.fact(Cause::ServerRestart, -2.5, claim, &[token.event, new.event]));
                }
                return;
            }
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        let left = subject.time_left().filter(|&left| left > 0);
        match left {
            Some(left) => {
                format!("The server changed its key: a token with {} left stopped verifying", duration_words(left))
            }
            None => "The server changed its key, and what it had issued before stopped verifying".to_owned(),
        }
    }
}

impl KeyRotation {
    /// A signed access token and a signed refresh token, both with time left, refused together: who revokes a refresh token
    /// leaves the access token to run out, while a key that changes takes both.
    fn both_tokens(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let clues = &subject.session.clues;
        let signed_with_time_left = |token: &TokenClock| {
            token.issued_at.is_some() && token.expires.is_some_and(|expires| expires > subject.dead_at() + 30 * SECOND)
        };
        let (Some(access), Some(refresh), Some(refused)) =
            (clues.token.as_deref(), clues.refresh_token.as_deref(), clues.refused_renewal)
        else {
            return;
        };
        let no_reason = clues.stated.is_none_or(|(reason, _)| reason.cause().is_none());
        if no_reason && signed_with_time_left(access) && signed_with_time_left(refresh) {
            let claim =
                "The signed access token and the signed refresh token were refused together, both with time left";
            evidence.push(subject.fact(self.cause(), 3.2, claim, &[subject.ending_event(), refused]));
        }
    }

    /// Signed tokens of several sessions that are refused in one moment with time left share the key, not a store.
    fn neighbours(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        if subject.session.clues.token.as_deref().is_none_or(|token| token.issued_at.is_none()) {
            return;
        }
        let dead = subject.dead_at();
        let signed = |id: &SessionId| {
            let token = subject.case.sessions[id.0 as usize].clues.token.as_deref();
            token.is_some_and(|token| {
                token.issued_at.is_some() && token.expires.is_none_or(|expires| expires > dead + 30 * SECOND)
            })
        };
        let together: Vec<SessionId> = subject.is_together().into_iter().filter(signed).collect();
        if together.is_empty() {
            return;
        }
        let shown: Vec<EventId> =
            together.iter().take(5).filter_map(|id| subject.case.sessions[id.0 as usize].first_dead).collect();
        let n = together.len();
        let claim = format_args!(
            "{n} other signed token{} with time left stopped verifying in the same moment",
            if n == 1 { "" } else { "s" }
        );
        evidence.push(subject.fact(self.cause(), (1.6 * n as f32).min(4.0), claim, &shown));
        // What was issued since then passes.
        let begun = subject.case.starts_within(subject.id, TimeRange::new(subject.ending.from, Nanos::MAX));
        let later = begun.iter().map(|id| &subject.case.sessions[id.0 as usize]).find(|other| {
            other.last_alive_at > dead && other.clues.token.as_deref().is_some_and(|token| token.issued_at.is_some())
        });
        if let Some(event) = later.and_then(|other| other.last_alive) {
            let claim = "Tokens issued afterwards are accepted";
            evidence.push(subject.fact(self.cause(), 1.0, claim, &[event]));
        }
    }
}
