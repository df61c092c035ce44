//! `token_expired`: the access token ran out and nothing renewed it.

use super::{Advice, CauseRule, stated};
use crate::{
    diagnosis::{signatures, subject::Subject},
    model::{
        Cause, EndedBy, Evidence, Stated, Usual,
        chain::RenewalOutcome,
        duration_words,
        time::{MINUTE, SECOND},
    },
};

/// The access token ran out and nothing renewed it.
pub struct TokenExpired;

impl CauseRule for TokenExpired {
    fn cause(&self) -> Cause {
        Cause::TokenExpired
    }

    fn explanation(&self) -> &'static str {
        "The app got a token with a fixed life at sign-in. It is now past its expiry, nothing renewed it, and the \
         next request was refused. Signing in again gets a new one."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again. If it happens every hour or so while you work, tell support how often.",
            qa: "Compare the token's `exp` with the refusal, and look for a renewal that should have come before it and \
             did not.",
            developer: "Renew the token before it runs out (a refresh token, or a silent sign-in), retry once after a 401, or \
             give the token a longer life.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "A capture that shows the token itself: its `exp` claim, or `expires_in` in the answer that issued it."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let clues = &subject.session.clues;
        let renewal_refused = clues.refused_renewal.is_some();
        if !renewal_refused {
            stated(subject, self.cause(), &[Stated::TokenExpired], 6.5, evidence);
        }
        let Some(token) = clues.token.as_deref() else { return };
        let Some(expires) = token.expires.filter(|_| clues.ended_by != Some(EndedBy::SignOut)) else { return };
        let over = subject.dead_at() - expires;
        if over >= -5 * SECOND && subject.session.last_alive_at <= expires + 2 * MINUTE {
            let issued = token.issued_at.unwrap_or(token.first_seen);
            let claim = format_args!(
                "The access token was good for {} and ran out {} before the refusal",
                duration_words(expires - issued),
                duration_words(over)
            );
            evidence.push(subject.fact(self.cause(), 5.5, claim, &[token.event, subject.ending_event()]));
            let tried = subject.chain().and_then(|chain| chain.renewals.last());
            match tried.filter(|last| matches!(last.outcome, RenewalOutcome::Unsent | RenewalOutcome::Lost)) {
                Some(last) if !renewal_refused => {
                    let claim = "A renewal was tried, and failed on the network";
                    evidence.push(subject.fact(self.cause(), -3.5, claim, &[last.event]));
                }
                _ if clues.renewals == 0 && !renewal_refused => {
                    evidence.push(subject.fact(self.cause(), 0.7, "No renewal was tried", &[]));
                }
                _ => {}
            }
            if let Some((words, event)) = signatures::verified(subject) {
                let claim = format_args!("The refused token is {words}, so nothing but its time was wrong with it");
                evidence.push(subject.fact(self.cause(), 0.8, claim, &[event]));
            }
        } else if over < -30 * SECOND {
            let claim = format_args!("The access token had {} left", duration_words(-over));
            evidence.push(subject.fact(self.cause(), -5.0, claim, &[token.event, subject.ending_event()]));
        }
        // A browser drops a cookie whose time has run out: what the app then asks to renew with is nothing.
        let empty_handed = |event| {
            subject.case.events.exchange(event).is_some_and(|exchange| {
                exchange.cookies_sent.is_empty() && !exchange.tokens.iter().any(|token| token.sent)
            })
        };
        if let Some(event) = clues.refused_renewal.filter(|&event| over >= -SECOND && empty_handed(event)) {
            let claim = "The renewal was asked for after that, and carried no credential any more";
            evidence.push(subject.fact(self.cause(), 1.0, claim, &[event]));
        } else if let Some(event) = clues.refused_renewal {
            let claim = "A renewal was tried and refused: the token's end was not the end";
            evidence.push(subject.fact(self.cause(), -4.5, claim, &[event]));
        }
        let unanswered =
            subject.session.gaps.iter().any(|gap| gap.until > expires - MINUTE && gap.from < subject.dead_at());
        if unanswered && let Some(event) = clues.unanswered {
            evidence.push(subject.fact(
                self.cause(),
                -1.5,
                "The connection was gone when it had to be renewed",
                &[event],
            ));
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        match subject
            .session
            .clues
            .token
            .as_deref()
            .and_then(|token| Some(token.expires? - token.issued_at.unwrap_or(token.first_seen)))
        {
            Some(life) => format!("The access token ran out after {} and nothing renewed it", duration_words(life)),
            None => "The access token ran out and nothing renewed it".to_owned(),
        }
    }

    fn usual(&self, subject: &Subject<'_>) -> Usual {
        if subject.session.clues.renewals == 0 { Usual::Usual } else { Usual::Unusual }
    }
}
