//! The causes, one file each, all listed in [`CAUSES`].

use super::subject::Subject;
use crate::model::{Cause, Evidence, Stated, Usual};

mod absolute_timeout;
mod account_locked;
mod app_updated;
mod clock_skew;
mod concurrent_login;
mod credentials_dropped;
mod idle_timeout;
mod key_rotation;
mod logout;
mod network_gap;
mod network_switch;
mod refresh_expired;
mod refresh_reused;
mod revoked;
mod server_restart;
mod token_expired;

/// What to do about an ending, for each of the three who ask; full sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// For the person who was signed out.
    pub user: &'static str,
    /// For whoever wants to repeat it or to confirm it.
    pub qa: &'static str,
    /// For whoever builds or runs the app.
    pub developer: &'static str,
}

impl Advice {
    /// Each reader's name, in sentence case, and what is said to them.
    pub fn by_reader(&self) -> [(&'static str, &'static str); 3] {
        [("User", self.user), ("QA", self.qa), ("Developer", self.developer)]
    }
}

/// What is known about one cause.
pub trait CauseRule: Sync {
    /// The cause.
    fn cause(&self) -> Cause;
    /// What it is, in plain words for the person who was signed out.
    fn explanation(&self) -> &'static str;
    /// What to do about it, for each who asks.
    fn advice(&self) -> Advice;
    /// Which record or capture would settle whether it was this cause; one sentence.
    fn settled_by(&self) -> &'static str;
    /// Looks for facts for and against.
    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>);
    /// The verdict's sentence, if this was the cause.
    fn headline(&self, subject: &Subject<'_>) -> String;
    /// A second, quieter sentence.
    fn subline(&self, _subject: &Subject<'_>) -> String {
        String::new()
    }
    /// Whether this ending is what the server's design intends.
    fn usual(&self, _subject: &Subject<'_>) -> Usual {
        self.cause().usual()
    }
}

/// Weight of a reason that the source states in its own words.
pub(super) const STATED: f32 = 6.5;

/// Every cause that evidence can be gathered for, by id; `undetermined` is what remains.
pub const CAUSES: &[&dyn CauseRule] = &[
    &absolute_timeout::AbsoluteTimeout,
    &account_locked::AccountLocked,
    &app_updated::AppUpdated,
    &clock_skew::ClockSkew,
    &concurrent_login::ConcurrentLogin,
    &credentials_dropped::CredentialsDropped,
    &idle_timeout::IdleTimeout,
    &key_rotation::KeyRotation,
    &logout::Logout,
    &network_gap::NetworkGap,
    &network_switch::NetworkSwitch,
    &refresh_expired::RefreshExpired,
    &refresh_reused::RefreshReused,
    &revoked::Revoked,
    &server_restart::ServerRestart,
    &token_expired::TokenExpired,
];

/// The rule of a cause.
pub fn rule_of(cause: Cause) -> Option<&'static dyn CauseRule> {
    CAUSES.iter().copied().find(|rule| rule.cause() == cause)
}

/// What there is to say about a cause without a session at hand.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// What it is, in plain words for the person who was signed out.
    pub explanation: &'static str,
    /// What to do about it.
    pub advice: Advice,
    /// Which record or capture would settle whether it was this cause.
    pub settled_by: &'static str,
}

/// What there is to say about a cause, [`Cause::Undetermined`] included.
pub fn about(cause: Cause) -> About {
    rule_of(cause).map_or(UNDETERMINED, |rule| About {
        explanation: rule.explanation(),
        advice: rule.advice(),
        settled_by: rule.settled_by(),
    })
}

/// What remains when no cause can be named.
const UNDETERMINED: About = About {
    explanation: "The session ended, and this input can't tell why: two causes fit what it shows, or none does. The verdict \
                  names the candidates. A guess would send someone after the wrong bug.",
    advice: Advice {
        user: "Sign in again, and note the time and what you were doing if it happens once more.",
        qa: "Capture it again with cookies and headers kept, and open the server's log of the same minutes beside it.",
        developer: "Let the server say why it refuses, in the answer or in its log: idle, too old, revoked, unknown, \
                    signature.",
    },
    settled_by: "The server's own log of that moment, and a capture of the browser with cookies kept.",
};

/// The fact that the source states this cause in its own words, where it does.
fn stated(subject: &Subject<'_>, cause: Cause, reasons: &[Stated], weight: f32, evidence: &mut Vec<Evidence>) -> bool {
    let Some((_, event)) = subject.session.clues.stated.filter(|(reason, _)| reasons.contains(reason)) else {
        return false;
    };
    let words = subject.session.clues.words.as_deref().unwrap_or_else(|| subject.what(event));
    evidence.push(subject.fact(cause, weight, format!("The record says so: \u{201c}{words}\u{201d}"), &[event]));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_explained_in_sentences_to_each_reader() {
        for cause in Cause::ALL {
            let About { explanation, advice, settled_by } = about(cause);
            for text in [explanation, advice.user, advice.qa, advice.developer, settled_by] {
                assert!(text.len() > 20 && text.ends_with(['.', '?']), "{}: {text}", cause.id());
            }
        }
    }

    #[test]
    fn the_rules_are_listed_by_id_each_once() {
        let mut ids: Vec<&str> = CAUSES.iter().map(|rule| rule.cause().id()).collect();
        assert!(ids.is_sorted());
        ids.dedup();
        assert_eq!(ids.len(), CAUSES.len());
    }
}
