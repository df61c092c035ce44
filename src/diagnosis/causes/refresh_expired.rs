//! `refresh_expired`: the renewal was refused since the refresh token had run out, by idleness or by age.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::subject::Subject,
    model::{
        Cause, EventId, Evidence, Stated, duration_words,
        time::{MINUTE, SECOND},
    },
};

/// The refresh token had expired.
pub struct RefreshExpired;

impl CauseRule for RefreshExpired {
    fn cause(&self) -> Cause {
        Cause::RefreshExpired
    }

    fn explanation(&self) -> &'static str {
        "The app renews its access in the background with a refresh token. That token had expired as well, mostly \
         because nobody used the app for a while or since it reached its maximum age, so the app had to ask for a \
         sign-in."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again. Using the app now and then keeps it signed in, up to its maximum.",
            qa: "Note how long the app was unused before the refused renewal and how old the sign-in was: the same \
             silence points at an idle limit, the same age at a maximum.",
            developer: "If it comes too early, raise the refresh token's idle or absolute lifetime at the authorization server; \
             show a sign-in rather than an error when the renewal is refused.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "The authorization server's log of the refused renewal: it knows whether the token was expired, revoked or reused."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let clues = &subject.session.clues;
        if stated(subject, self.cause(), &[Stated::RefreshExpired], STATED, evidence) {
            return;
        }
        let Some(refused) = clues.refused_renewal else { return };
        if clues.stated.is_some_and(|(reason, _)| reason.cause().is_some_and(|cause| cause != Cause::TokenExpired)) {
            return;
        }
        evidence.push(subject.fact(
            self.cause(),
            1.6,
            "The renewal was refused, and the answer does not say why",
            &[refused],
        ));
        if let Some((replaced, by)) = replaced_before(subject, refused) {
            let claim =
                format_args!("The refresh token that was refused had been replaced {by} before: it was not too old");
            evidence.push(subject.fact(self.cause(), -3.0, claim, &[replaced, refused]));
        }
        let since = clues.last_renewal.map_or(subject.session.started_at, |event| subject.case.events.time(event));
        let waited = subject.case.events.time(refused) - since;
        let usual = subject.figures.renewal_interval;
        if let Some(expires) = clues.refresh_token.as_deref().and_then(|token| token.expires) {
            let over = subject.dead_at() - expires;
            if over >= -SECOND {
                let claim = format_args!("The refresh token's time ran out {} before", duration_words(over));
                evidence.push(subject.fact(self.cause(), 4.5, claim, &[refused]));
            } else if -over > MINUTE {
                let claim = format_args!("The refresh token had {} left", duration_words(-over));
                evidence.push(subject.fact(self.cause(), -3.5, claim, &[refused]));
            }
        } else if subject.silence() >= 4 * MINUTE && waited > usual * 3 / 2 {
            let claim = format_args!(
                "Nothing was sent for {}, and the last renewal lay {} back; renewals had come within {}",
                duration_words(subject.silence()),
                duration_words(waited),
                duration_words(usual.max(SECOND))
            );
            // Without a renewal before it, no interval is known that this one is longer than.
            let weight = if usual < MINUTE && subject.silence() < 20 * MINUTE { 2.0 } else { 3.4 };
            evidence.push(subject.fact(self.cause(), weight, claim, &[subject.alive_event(), refused]));
        } else if subject.quiet() < 2 * MINUTE {
            let claim = format_args!(
                "The session was in use {} before, and renewals had succeeded",
                duration_words(subject.quiet())
            );
            evidence.push(subject.fact(self.cause(), -1.5, claim, &[subject.alive_event()]));
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        let (silence, age) = (subject.silence(), subject.dead_at() - subject.session.started_at);
        if subject.session.only_its_end_was_seen() {
            return "The renewal was refused: the refresh token had expired".to_owned();
        }
        // Who was in use until then did not lose it by inactivity.
        if silence * 4 < age {
            return format!(
                "The renewal was refused {} after the session began: the refresh token had expired",
                duration_words(age)
            );
        }
        format!(
            "The renewal was refused after {} of inactivity: the refresh token had expired",
            duration_words(silence)
        )
    }
}

/// The answer that had replaced the refresh token that was refused, and how long before.
fn replaced_before(subject: &Subject<'_>, refused: EventId) -> Option<(EventId, String)> {
    let chain = subject.chain()?;
    let renewal = chain.renewals.iter().find(|renewal| renewal.event == refused)?;
    let replaced = chain.token(renewal.used?)?.replaced?;
    let ago = subject.case.events.time(refused) - subject.case.events.time(replaced);
    (ago >= 0).then(|| (replaced, duration_words(ago)))
}
