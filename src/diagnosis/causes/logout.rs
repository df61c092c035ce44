//! `logout`: the user signed out.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::subject::Subject,
    model::{Cause, EndedBy, Evidence, Stated, duration_words},
};

/// The user signed out.
pub struct Logout;

impl CauseRule for Logout {
    fn cause(&self) -> Cause {
        Cause::Logout
    }

    fn explanation(&self) -> &'static str {
        "The user signed out, or another part of the app did it for them at their click. Nothing expired."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Nothing to do: sign in again when you need to.",
            qa: "If the user says they did not sign out, look at what called the sign-out address: another tab, a link \
             that was prefetched, a script.",
            developer: "Accept sign-outs by POST only, so that no prefetch or link checker can cause one.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "A capture of the browser that includes the sign-out request, or the client's own log."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        if subject.session.clues.ended_by == Some(EndedBy::SignOut) {
            let event = subject.ending_event();
            let claim = format_args!("The sign-out was asked for: {}", subject.what(event));
            // An app that signs out by itself and says why was not told to by its user.
            let by_itself = subject.session.clues.stated.and_then(|(reason, _)| reason.cause());
            let weight = if by_itself.is_some_and(|cause| cause != self.cause()) { 1.5 } else { 8.5 };
            evidence.push(subject.fact(self.cause(), weight, claim, &[event]));
        }
        stated(subject, self.cause(), &[Stated::LoggedOut], STATED, evidence);
        if let Some((Stated::ConnectionClosed, event)) = subject.session.clues.stated {
            let claim = "The client closed the connection without a word, as a closed window does";
            evidence.push(subject.fact(self.cause(), 2.2, claim, &[event]));
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        if subject.session.only_its_end_was_seen() {
            return "Signed out by the user".to_owned();
        }
        format!("Signed out by the user after {}", duration_words(subject.dead_at() - subject.session.started_at))
    }
}
