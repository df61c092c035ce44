//! `app_updated`: a new version of the app was loaded, and the old one's session was not carried over.

use super::{Advice, CauseRule};
use crate::{
    diagnosis::subject::Subject,
    model::{Cause, EndedBy, Evidence},
};

/// A new version of the app was loaded.
pub struct AppUpdated;

impl CauseRule for AppUpdated {
    fn cause(&self) -> Cause {
        Cause::AppUpdated
    }

    fn explanation(&self) -> &'static str {
        "A new version of the app was loaded in the background or with the last page, and it did not take over what the old \
         version had kept: it looks elsewhere for the session, or the server asks it to begin anew."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again. It happens once with each new version, and nothing is lost that was saved.",
            qa: "Repeat it with a session of the version before: sign in, update, reload. Other sessions go on.",
            developer: "Carry the old version's stored session over, or keep reading where it was kept for as long as a \
                        session can live.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "When the new version was released, and what it keeps the session under, against the version before."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let clues = &subject.session.clues;
        if clues.ended_by != Some(EndedBy::Refusal) || clues.stated.is_some_and(|(reason, _)| reason.cause().is_some())
        {
            return;
        }
        let Some(update) = subject.update() else { return };
        let shown = [update.old, update.new, subject.ending_event()];
        if clues.credential_sent == Some(false) {
            // What the new code does not look for it does not send, while the server would still know it.
            let claim = "A new version of the app was loaded just before, and from then on the credential was not sent";
            evidence.push(subject.fact(self.cause(), 5.0, claim, &shown));
            return;
        }
        if let Some(survivor) = subject.survivors().next() {
            let claim = "A new version of the app was loaded just before, and the server lost no other session";
            evidence.push(subject.fact(self.cause(), 3.8, claim, &[update.old, update.new, survivor]));
        } else {
            // A release updates the server as well: alone, it can't be told from a server that forgot.
            let claim = "A new version of the app was loaded just before the refusal";
            evidence.push(subject.fact(self.cause(), 2.0, claim, &shown));
        }
    }

    fn headline(&self, _subject: &Subject<'_>) -> String {
        "The app was updated, and the new version did not take over the session".to_owned()
    }
}
