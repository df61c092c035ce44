//! `refresh_reused`: a rotated refresh token came back, and the server revoked the family.

use super::{CauseRule, stated};
use crate::{
    diagnosis::{case::Subject, weigh::STATED},
    model::{Cause, EventId, Evidence, Stated, TokenRole},
};
use hashbrown::HashMap;

/// A rotated refresh token was used twice.
pub struct RefreshReused;

impl CauseRule for RefreshReused {
    fn cause(&self) -> Cause {
        Cause::RefreshReused
    }

    fn explanation(&self) -> &'static str {
        "Each renewal replaces the refresh token. An old one was used again (a second tab, an answer that got lost, or theft), \
         so the server ended everything that came from it, to be safe."
    }

    fn advice(&self) -> &'static str {
        "Let tabs share one renewal (a lock or a worker), retry lost answers with the same request, and allow a short grace \
         time at the authorization server."
    }

    fn settled_by(&self) -> &'static str {
        "A capture of all tabs and devices of the user: two renewals with one refresh token, or the server's reuse record."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        stated(subject, self.cause(), &[Stated::RefreshReused], STATED, evidence);
        let Some(refused) = subject.session.clues.refused_renewal else { return };
        let events = subject.case.events;
        let mut uses: HashMap<u32, EventId> = HashMap::new();
        for id in events.of_session(subject.id) {
            let Some(exchange) = events.exchange(id) else { continue };
            for token in exchange.tokens.iter().filter(|token| token.sent && token.role == TokenRole::Refresh) {
                let first = *uses.entry(token.value.0).or_insert(id);
                if first != id && exchange.failure.is_none() {
                    let lost = events.exchange(first).is_some_and(|exchange| exchange.failure.is_some());
                    let claim = if lost {
                        "The same refresh token was sent again after an answer that never came"
                    } else {
                        "The same refresh token was sent twice"
                    };
                    evidence.push(subject.fact(self.cause(), 4.0, claim, &[first, id]));
                    return;
                }
            }
        }
        if let Some((Stated::RefreshRevoked, _)) = subject.session.clues.stated {
            let claim = "The answer says that the refresh token was revoked, which reuse elsewhere would do";
            evidence.push(subject.fact(self.cause(), 4.0, claim, &[refused]));
        }
    }

    fn headline(&self, _subject: &Subject<'_>) -> String {
        "A refresh token was used twice, and the server revoked the session".to_owned()
    }
}
