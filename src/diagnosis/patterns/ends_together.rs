//! `ends_together`: several sessions end in the same moment, whatever their age.

use super::{Advice, PatternRule, Seen};
use crate::model::{Cause, EndedBy, Nanos, Pattern, PatternKind, SessionId, duration_words, time::MINUTE};

/// Several sessions end in the same moment.
pub struct EndsTogether;

/// Refusals further apart than this come of two events: apps poll every minute or so, and people click.
const NEXT: Nanos = MINUTE;
/// So many at least: two that coincide are a coincidence.
const SEVERAL: usize = 3;

impl PatternRule for EndsTogether {
    fn kind(&self) -> PatternKind {
        PatternKind::EndsTogether
    }

    fn explanation(&self) -> &'static str {
        "Several sessions of different people, of different age and idleness, are refused within a minute or so. One event at \
         the server ended them all: a restart, a lost session store, new keys, or an act upon all sessions."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again. It was not your doing: others were signed out in the same moment.",
            qa: "Report it once for all who were signed out, with the minute, and ask what was deployed or restarted then.",
            developer: "Look at what the server did in that minute: deployments, restarts, evictions of the session store, key changes, and \
         what operators asked for.",
        }
    }

    fn find(&self, seen: &Seen<'_>, found: &mut Vec<Pattern>) {
        for (_, list) in seen.case.apps() {
            let mut ends: Vec<(Nanos, SessionId)> = list
                .iter()
                .copied()
                .filter(|&id| not_by_its_own_limit(seen, id))
                .filter_map(|id| Some((seen.session(id).first_dead_at?, id)))
                .collect();
            ends.sort_unstable();
            for group in ends.chunk_by(|one, other| other.0 - one.0 <= NEXT) {
                let sessions: Vec<SessionId> = group.iter().map(|&(_, id)| id).collect();
                let people = seen.by_person(&sessions).len();
                if sessions.len() >= SEVERAL && people >= 2 && reach(seen, group) {
                    found.push(pattern(seen, &sessions, people, group));
                }
            }
        }
    }
}

/// Refused for no limit of its own, nor for what another sign-in of its user did.
fn not_by_its_own_limit(seen: &Seen<'_>, id: SessionId) -> bool {
    let by =
        matches!(seen.session(id).clues.ended_by, Some(EndedBy::Refusal | EndedBy::RenewalRefusal | EndedBy::Outage));
    by && seen.verdict(id).is_some_and(|verdict| {
        matches!(verdict.cause, Cause::ServerRestart | Cause::KeyRotation | Cause::Revoked | Cause::Undetermined)
    })
}

/// Whether those that ended are at least half of what was alive: on a busy server some always end in the same minute.
fn reach(seen: &Seen<'_>, group: &[(Nanos, SessionId)]) -> bool {
    let (Some(&(from, one)), Some(&(until, _))) = (group.first(), group.last()) else { return false };
    let lived_on = seen
        .case
        .peers(one)
        .iter()
        .map(|&id| seen.session(id))
        .filter(|session| session.started_at < from - NEXT && session.last_alive_at > until)
        .count();
    group.len() >= lived_on
}

fn pattern(seen: &Seen<'_>, sessions: &[SessionId], people: usize, group: &[(Nanos, SessionId)]) -> Pattern {
    let within = group.last().zip(group.first()).map_or(0, |(last, first)| last.0 - first.0);
    let ages: Vec<Nanos> = group.iter().map(|&(dead, id)| dead - seen.session(id).started_at).collect();
    let (youngest, oldest) =
        (ages.iter().min().copied().unwrap_or_default(), ages.iter().max().copied().unwrap_or_default());
    let headline = format!(
        "{} sessions of {people} people ended within {}, at ages from {} to {}",
        sessions.len(),
        duration_words(within),
        duration_words(youngest),
        duration_words(oldest)
    );
    let events = seen.refusals(sessions, 8);
    Pattern { kind: PatternKind::EndsTogether, sessions: sessions.to_vec(), headline, events }
}
