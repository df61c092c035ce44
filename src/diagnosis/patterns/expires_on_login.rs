//! `expires_on_login`: a sign-in succeeds, and what comes next is refused.

use super::{Advice, PatternRule, Seen, whose};
use crate::model::{Cause, EndedBy, Nanos, Pattern, PatternKind, SessionId, duration_words, time::MINUTE};

/// Refused right after the sign-in.
pub struct ExpiresOnLogin;

/// Nobody gets more done in it than a first page.
const AT_ONCE: Nanos = 2 * MINUTE;

impl PatternRule for ExpiresOnLogin {
    fn kind(&self) -> PatternKind {
        PatternKind::ExpiresOnLogin
    }

    fn explanation(&self) -> &'static str {
        "The sign-in succeeds, and the very next requests are refused, each time again. What the sign-in gave is not stored, \
         not sent, not valid yet, or unknown to the server that is asked next."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Signing in once more will hardly help. Clear this site's cookies, check the clock of your device, and tell support.",
            qa: "Repeat it in a fresh browser profile and on another network, and capture it from before the sign-in on, with cookies kept.",
            developer: "Check that the cookie is stored and sent (Secure, SameSite, Domain, Path), that the clocks of issuer and verifier \
         agree, and that all replicas share one session store and one key.",
        }
    }

    fn find(&self, seen: &Seen<'_>, found: &mut Vec<Pattern>) {
        for sessions in seen.people() {
            // One that lived in between shows that signing in works.
            for run in sessions.chunk_by(|&one, &other| refused_at_once(seen, one) == refused_at_once(seen, other)) {
                if run.len() >= 2 && refused_at_once(seen, run[0]) {
                    found.push(pattern(seen, run.to_vec()));
                }
            }
        }
    }
}

fn refused_at_once(seen: &Seen<'_>, id: SessionId) -> bool {
    let session = seen.session(id);
    let refused = matches!(session.clues.ended_by, Some(EndedBy::Refusal | EndedBy::RenewalRefusal));
    let why = seen.verdict(id).is_some_and(|verdict| !matches!(verdict.cause, Cause::Logout | Cause::ConcurrentLogin));
    refused && why && seen.life(id).is_some_and(|life| life < AT_ONCE)
}

fn pattern(seen: &Seen<'_>, run: Vec<SessionId>) -> Pattern {
    let longest = run.iter().filter_map(|&id| seen.life(id)).max().unwrap_or_default();
    let whose = whose(seen.session(run[0]));
    let headline = format!(
        "{} of {whose} sign-ins in a row were refused within {} of succeeding",
        run.len(),
        duration_words(longest)
    );
    let mut events = Vec::new();
    for &id in run.iter().take(4) {
        events.extend(seen.session(id).start_event);
        events.extend(seen.session(id).first_dead);
    }
    Pattern { kind: PatternKind::ExpiresOnLogin, sessions: run, headline, events }
}
