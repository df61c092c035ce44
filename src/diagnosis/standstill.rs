//! People who use an app stop each at a time of their own. Where several were last let in within the same few seconds, and
//! each was refused when it came back, what stopped them was the server: it was away, and came back without their sessions.

use super::{case::ENOUGH, subject::Subject};
use crate::model::{EndedBy, Nanos, SessionId, TimeRange, time::MINUTE, time::SECOND};

/// Others that stopped with it; fewer may have stopped together by chance.
const FEWEST: usize = 2;
/// More say no more, and each asks for all the others.
const MANY: usize = 200;
/// A silence below it tells nothing of who stopped when.
const SHORTEST: Nanos = 3 * MINUTE;

/// The other refused sessions of the app that were last let in when this one was; empty where they are too few to tell, or
/// where someone else was let in meanwhile.
pub fn stopped_together(subject: &Subject<'_>) -> Vec<SessionId> {
    let silence = subject.silence();
    if silence < SHORTEST || subject.session.clues.ended_by != Some(EndedBy::Refusal) {
        return Vec::new();
    }
    let near = (silence / 30).max(2 * SECOND);
    let session = |id: SessionId| &subject.case.sessions[id.0 as usize];
    let back = TimeRange::new(subject.ending.from, subject.dead_at().saturating_add(silence / 2));
    let others: Vec<SessionId> = subject
        .case
        .ends_within(subject.id, back)
        .take(ENOUGH)
        .filter(|&id| id != subject.id && session(id).clues.ended_by == Some(EndedBy::Refusal))
        .filter(|&id| (session(id).last_alive_at - subject.session.last_alive_at).abs() <= near)
        .take(MANY)
        .collect();
    let someone_lived_on = || subject.survivors().next().is_some();
    if others.len() < FEWEST || someone_lived_on() { Vec::new() } else { others }
}
