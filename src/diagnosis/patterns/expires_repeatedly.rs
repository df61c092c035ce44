//! `expires_repeatedly`: one person's sessions end every few minutes.

use super::{Advice, PatternRule, Seen, told, whose};
use crate::model::{
    Cause, Nanos, Pattern, PatternKind, SessionId, duration_words,
    time::{HOUR, MINUTE},
};

/// Sessions end every few minutes, consistently.
pub struct ExpiresRepeatedly;

/// Nobody means a session to be shorter than this.
const FEW_MINUTES: Nanos = 16 * MINUTE;
/// Longer ones are a policy that people live with.
const LONGEST: Nanos = HOUR;
/// Who comes back later than this was not thrown out of their work.
const BACK_WITHIN: Nanos = 20 * MINUTE;

impl PatternRule for ExpiresRepeatedly {
    fn kind(&self) -> PatternKind {
        PatternKind::ExpiresRepeatedly
    }

    fn explanation(&self) -> &'static str {
        "One person is signed out again and again after a few minutes, although they go on working. A limit is set far too \
         short, a renewal never works, or the server keeps losing what it knows."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Save your work often: it will happen again after the same time. Tell support how many minutes that is.",
            qa: "State the length that comes back, and try it with and without activity and with one tab alone: what changes it, names the limit.",
            developer: "Compare the session's length with every limit on the way: the app's session and cookie lifetime, the token's, the \
         proxy's, the session store's eviction; and look whether renewals are asked for and answered.",
        }
    }

    fn find(&self, seen: &Seen<'_>, found: &mut Vec<Pattern>) {
        let mut others = told(found, PatternKind::DevicesEvictEachOther);
        others.extend(told(found, PatternKind::ExpiresOnLogin));
        for sessions in seen.people() {
            for run in runs(seen, sessions) {
                if !run.iter().all(|id| others.contains(id)) {
                    found.push(pattern(seen, run));
                }
            }
        }
    }
}

/// Stretches of at least three sessions, each followed soon by the next sign-in, that ended early.
fn runs(seen: &Seen<'_>, sessions: &[SessionId]) -> Vec<Vec<SessionId>> {
    let mut runs: Vec<Vec<SessionId>> = Vec::new();
    let mut run: Vec<SessionId> = Vec::new();
    for &id in sessions {
        let follows = run.last().is_none_or(|&before| {
            let ended = seen.session(before).first_dead_at.unwrap_or(Nanos::MAX);
            let started = seen.session(id).started_at;
            // Two at a time are two devices, and no return.
            started >= ended - MINUTE && started - ended <= BACK_WITHIN
        });
        if !follows || !ended_early(seen, id) {
            runs.push(std::mem::take(&mut run));
        }
        if ended_early(seen, id) {
            run.push(id);
        }
    }
    runs.push(run);
    runs.retain(|run| run.len() >= 3 && is_consistent(seen, run));
    runs
}

/// Ended within the hour, and neither by the user nor by their absence.
fn ended_early(seen: &Seen<'_>, id: SessionId) -> bool {
    let (Some(verdict), Some(life)) = (seen.verdict(id), seen.life(id)) else { return false };
    let session = seen.session(id);
    let quiet = session.first_dead_at.unwrap_or_default() - session.last_activity_at.unwrap_or(session.started_at);
    life <= LONGEST
        && match verdict.cause {
            Cause::Logout | Cause::AccountLocked | Cause::NetworkGap | Cause::ServerRestart => false,
            // Who did nothing for as long was away.
            Cause::IdleTimeout => quiet <= 6 * MINUTE,
            _ => true,
        }
}

/// All of a few minutes, or all of one length.
fn is_consistent(seen: &Seen<'_>, run: &[SessionId]) -> bool {
    let mut lives: Vec<Nanos> = run.iter().filter_map(|&id| seen.life(id)).collect();
    lives.sort_unstable();
    let (Some(&shortest), Some(&longest)) = (lives.first(), lives.last()) else { return false };
    longest <= FEW_MINUTES || longest - shortest <= shortest / 4
}

fn pattern(seen: &Seen<'_>, run: Vec<SessionId>) -> Pattern {
    let lives: Vec<Nanos> = run.iter().filter_map(|&id| seen.life(id)).collect();
    let (shortest, longest) =
        (lives.iter().min().copied().unwrap_or_default(), lives.iter().max().copied().unwrap_or_default());
    let whose = whose(seen.session(run[0]));
    let lengths = if longest - shortest <= shortest / 4 {
        format!("about {}", duration_words(lives.iter().sum::<Nanos>() / lives.len().max(1) as Nanos))
    } else {
        format!("{} to {}", duration_words(shortest), duration_words(longest))
    };
    let headline =
        format!("{} of {whose} sessions in a row ended after {lengths}, and signing in again did not help", run.len());
    let events = seen.refusals(&run, 8);
    Pattern { kind: PatternKind::ExpiresRepeatedly, sessions: run, headline, events }
}
