//! `key_rotation`: the signing or encryption key changed, so tokens that had time left stopped verifying.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::case::Subject,
    model::{Cause, EndedBy, Evidence, Stated, duration_words, time::MINUTE, time::SECOND},
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
        let clues = &subject.session.clues;
        let Some(token) = clues.token.as_deref().filter(|_| clues.ended_by == Some(EndedBy::Refusal)) else { return };
        let left = token.expires.map(|expires| expires - subject.dead_at());
        let Some(left) = left.filter(|&left| left > 30 * SECOND) else { return };
        if clues.stated.is_none_or(|(reason, _)| reason.cause().is_none() || reason == Stated::KeyInvalid) {
            let claim = format_args!("The token had {} left when it was refused", duration_words(left));
            evidence.push(subject.fact(self.cause(), 0.8, claim, &[token.event, subject.ending_event()]));
        }
        let events = subject.case.events;
        let key_of = |event| {
            events
                .exchange(event)
                .and_then(|exchange| exchange.tokens.iter().map(|token| token.key_id).find(|key| key.is_some()))
        };
        let Some(old) = key_of(token.event) else { return };
        for &id in subject.case.peers(subject.id) {
            let other = &subject.case.sessions[id.0 as usize];
            let later = other.started_at >= subject.dead_at() - MINUTE && id != subject.id;
            if let Some(new) = other.clues.token.as_deref().filter(|_| later)
                && key_of(new.event).is_some_and(|new| new != old)
            {
                let claim = "Tokens issued afterwards carry another key id (kid)";
                evidence.push(subject.fact(self.cause(), 3.5, claim, &[token.event, new.event]));
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
