//! `refresh_reused`: a rotated refresh token came back, and the server revoked the family.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::case::Subject,
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
        "Each renewal replaces the refresh token. An old one was used again (two tabs that renewed at once, an \
         answer that got lost on the way, or theft), so the server ended everything that came from it, to be safe."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again. If it keeps happening, use one tab; if you see activity that is not yours, change your \
             password.",
            qa: "Open the app in two tabs, or duplicate one, and let both wait until a renewal is due; then do it once \
             more with a slow network.",
            developer: "Let tabs share one renewal (a lock or a worker), store the new token before using it, and allow a short \
             grace time for the old one at the authorization server.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "A capture of all tabs and devices of the user: two renewals with one refresh token, or the server's reuse record."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        stated(subject, self.cause(), &[Stated::RefreshReused], STATED, evidence);
        let Some(refused) = subject.session.clues.refused_renewal else { return };
        if let Some((first, again, lost)) = sent_again(subject) {
            let claim = if lost {
                "The same refresh token was sent again after an answer that never came"
            } else {
                "The same refresh token was sent again after it had been replaced, and refused"
            };
            evidence.push(subject.fact(self.cause(), 4.0, claim, &[first, again]));
            let later = matches!(
                subject.session.clues.stated,
                Some((Stated::RefreshRevoked | Stated::Revoked | Stated::UnknownSession | Stated::InvalidGrant, _))
            );
            if later {
                let claim = "What the last refusal says follows from that: with reuse, the whole family is revoked";
                evidence.push(subject.fact(self.cause(), 5.0, claim, &[again, refused]));
            }
            return;
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

/// A refresh token that was sent again and refused after its first use had replaced it, or after the answer to that was
/// lost. A server that does not rotate gives no other, and takes the same one for ever.
fn sent_again(subject: &Subject<'_>) -> Option<(EventId, EventId, bool)> {
    let events = subject.case.events;
    let mut uses: HashMap<u32, (EventId, bool)> = HashMap::new();
    for id in events.of_session(subject.id) {
        let Some(exchange) = events.exchange(id) else { continue };
        let refresh = |sent: bool| {
            exchange.tokens.iter().filter(move |token| token.sent == sent && token.role == TokenRole::Refresh)
        };
        for token in refresh(true) {
            let replaced = refresh(false).any(|given| given.value != token.value);
            match uses.get(&token.value.0) {
                None => {
                    uses.insert(token.value.0, (id, replaced || exchange.failure.is_some()));
                }
                Some(&(first, true)) if exchange.failure.is_none() && events.get(id).status >= 400 => {
                    let lost = events.exchange(first).is_some_and(|exchange| exchange.failure.is_some());
                    return Some((first, id, lost));
                }
                Some(_) => {}
            }
        }
    }
    None
}
