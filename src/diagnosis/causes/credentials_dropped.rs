//! `credentials_dropped`: the client stopped sending its cookie or token while the server still held the session.

use super::{Advice, CauseRule};
use crate::{
    diagnosis::subject::Subject,
    model::{
        Cause, EndedBy, Evidence, duration_words,
        time::{MINUTE, SECOND},
    },
};

/// The client stopped sending its credential.
pub struct CredentialsDropped;

impl CauseRule for CredentialsDropped {
    fn cause(&self) -> Cause {
        Cause::CredentialsDropped
    }

    fn explanation(&self) -> &'static str {
        "The browser or app stopped sending its proof of being signed in, while the server still held the session: \
         site data was cleared, cookies were blocked, the address changed (another subdomain, http instead of \
         https), or a bug threw it away."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Check whether the browser clears cookies on its own or runs privately, and open the app by the same \
             address each time.",
            qa: "Compare the last request that was accepted with the first that was refused: which cookie or header is \
             missing, and are other cookies of the same host still there?",
            developer: "Look at the cookie's Domain, Path, SameSite and Secure attributes, at code that clears storage, and at \
             redirects between hosts.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "A capture with cookies and Authorization kept (in Chrome: export HAR with sensitive data)."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let clues = &subject.session.clues;
        if clues.ended_by != Some(EndedBy::Refusal) || clues.credential_sent != Some(false) {
            return;
        }
        let what = if clues.cookie.is_none() && clues.token.is_some() { "token" } else { "cookie" };
        match subject.time_left() {
            Some(left) if left <= 30 * SECOND => {}
            Some(left) => {
                let claim = format_args!(
                    "The request that ended it did not send the session's {what}, which had {} left",
                    duration_words(left)
                );
                evidence.push(subject.fact(self.cause(), 4.0, claim, &[subject.alive_event(), subject.ending_event()]));
            }
            None if subject.case.events.exchange(subject.ending_event()).is_none() => {
                // A log shows no cookie's expiry. A cookie that slides with use does not run out in use; one that was given a
                // fixed time at sign-in can.
                let weight = if subject.quiet() < 2 * MINUTE { 4.6 } else { 2.0 };
                let claim = "The refused request names no session, where those before had named it";
                evidence.push(subject.fact(
                    self.cause(),
                    weight,
                    claim,
                    &[subject.alive_event(), subject.ending_event()],
                ));
            }
            None => {
                let claim = format_args!(
                    "The request that ended it did not send the session's {what}, which has no expiry of its own"
                );
                evidence.push(subject.fact(self.cause(), 4.4, claim, &[subject.alive_event(), subject.ending_event()]));
            }
        }
        if let Some(update) = subject.update() {
            // It was not lost: the new version does not look for it.
            let claim = "A new version of the app was loaded just before";
            evidence.push(subject.fact(self.cause(), -2.5, claim, &[update.new]));
        }
        if clues.siblings_sent && subject.time_left().is_none_or(|left| left > 30 * SECOND) {
            evidence.push(subject.fact(self.cause(), 1.0, "Other cookies were still sent", &[]));
        }
    }

    fn headline(&self, _subject: &Subject<'_>) -> String {
        "The client stopped sending its proof of being signed in while it was still valid".to_owned()
    }
}
