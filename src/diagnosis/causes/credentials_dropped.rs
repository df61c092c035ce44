//! `credentials_dropped`: the client stopped sending its cookie or token while the server still held the session.

use super::CauseRule;
use crate::{
    diagnosis::case::Subject,
    model::{Cause, EndedBy, Evidence, duration_words, time::SECOND},
};

/// The client stopped sending its credential.
pub struct CredentialsDropped;

impl CauseRule for CredentialsDropped {
    fn cause(&self) -> Cause {
        Cause::CredentialsDropped
    }

    fn explanation(&self) -> &'static str {
        "The browser or app lost its own proof of being signed in: cleared site data, blocked cookies, a changed address or \
         a bug. The server still held the session."
    }

    fn advice(&self) -> &'static str {
        "Look at the cookie's attributes (Domain, Path, SameSite, Secure) and at code that clears storage."
    }

    fn settled_by(&self) -> &'static str {
        "A capture with cookies and Authorization kept (in Chrome: export HAR with sensitive data)."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let clues = &subject.session.clues;
        if clues.ended_by != Some(EndedBy::Refusal) || clues.credential_sent != Some(false) {
            return;
        }
        match subject.time_left() {
            Some(left) if left <= 30 * SECOND => {}
            Some(left) => {
                let claim = format_args!(
                    "The first refused request did not send the session's cookie, which had {} left",
                    duration_words(left)
                );
                evidence.push(subject.fact(self.cause(), 4.0, claim, &[subject.alive_event(), subject.ending_event()]));
            }
            None => {
                let claim =
                    "The first refused request did not send the session's cookie, which has no expiry of its own";
                evidence.push(subject.fact(self.cause(), 3.4, claim, &[subject.alive_event(), subject.ending_event()]));
            }
        }
        if clues.siblings_sent && subject.time_left().is_none_or(|left| left > 30 * SECOND) {
            evidence.push(subject.fact(self.cause(), 1.0, "Other cookies were still sent", &[]));
        }
    }

    fn headline(&self, _subject: &Subject<'_>) -> String {
        "The client stopped sending its session cookie while it was still valid".to_owned()
    }
}
