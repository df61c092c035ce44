//! Ends that an application's log tells of in words, and a browser's capture shows as they happened.
//!
//! Such a log has no request to compare, and its clock may be the very one that is wrong. But the distance between two clocks
//! is one distance: where every end that the log tells of lies as far from one of the capture's as the others do, and states
//! the same cause, they are the same ends, and are told once.

use crate::model::{
    Cause, EventFlags, EventStore, Family, Nanos, Session, SessionId, SourceId,
    time::{MINUTE, SECOND},
};

/// How much the distance may waver: a record is written somewhere between the request and its answer.
const SLACK: Nanos = 2 * SECOND;

/// The farthest that a clock is off by where only one end can be compared: a wrong minute or a wrong quarter of an hour, not
/// a wrong zone.
const ALONE: Nanos = 20 * MINUTE;

/// An end: its session, its cause as stated, and the stretch in which it happened.
struct End {
    session: usize,
    cause: Cause,
    from: Nanos,
    until: Nanos,
}

/// Joins ends of which a log only tells to the sessions of a capture that show them.
pub fn join(events: &mut EventStore, families: &[Option<Family>], sessions: &mut Vec<Session>) {
    let of = |wanted: Family| {
        let ours = move |(_, family): &(usize, &Option<Family>)| **family == Some(wanted);
        families.iter().enumerate().filter(ours).map(|(at, _)| SourceId(at as u16))
    };
    let mut into: Vec<Option<usize>> = vec![None; sessions.len()];
    for log in of(Family::Requests) {
        let told = ends(sessions, log, |session| session.last_alive.is_none());
        if told.is_empty() {
            continue;
        }
        for capture in of(Family::Exchanges) {
            let shown = ends(sessions, capture, |_| true);
            if let Some(pairs) = pair(&told, &shown) {
                for (told, shown) in pairs {
                    into[told] = Some(shown);
                }
                break;
            }
        }
    }
    if into.iter().any(Option::is_some) {
        merge(events, sessions, &into);
    }
}

fn ends(sessions: &[Session], source: SourceId, which: impl Fn(&Session) -> bool) -> Vec<End> {
    let end = |(at, session): (usize, &Session)| {
        let until = session.first_dead_at?;
        let cause = session.clues.stated?.0.cause()?;
        let from = session.last_alive_at.clamp(until - MINUTE, until);
        Some(End { session: at, cause, from, until })
    };
    let of_source = |(_, session): &(usize, &Session)| *session.sources == [source] && which(session);
    sessions.iter().enumerate().filter(of_source).filter_map(end).collect()
}

/// Each told end with the one that shows it, if all of them lie at one distance.
fn pair(told: &[End], shown: &[End]) -> Option<Vec<(usize, usize)>> {
    let first = told.first()?;
    let mut distances: Vec<Nanos> = shown
        .iter()
        .filter(|end| end.cause == first.cause)
        .flat_map(|end| [first.until - end.until, first.until - end.from])
        .collect();
    distances.sort_unstable_by_key(|distance| distance.abs());
    distances.into_iter().find_map(|distance| {
        let mut left: Vec<&End> = shown.iter().collect();
        let pairs: Option<Vec<(usize, usize)>> = told
            .iter()
            .map(|told| {
                let at = told.until - distance;
                let fits = |end: &&End| end.cause == told.cause && end.from - SLACK <= at && at <= end.until + SLACK;
                let found = left.iter().position(fits)?;
                Some((told.session, left.remove(found).session))
            })
            .collect();
        pairs.filter(|pairs| pairs.len() > 1 || distance.abs() <= ALONE && shown.len() == 1)
    })
}

/// Moves each session's records into the one that it is joined to, and drops it.
pub(super) fn merge(events: &mut EventStore, sessions: &mut Vec<Session>, into: &[Option<usize>]) {
    let mut place = vec![SessionId::NONE; sessions.len()];
    let mut next = 0;
    for (at, slot) in place.iter_mut().enumerate() {
        if into[at].is_none() {
            *slot = SessionId(next);
            next += 1;
        }
    }
    for (at, target) in into.iter().enumerate() {
        if let Some(target) = *target {
            let mut sources: Vec<SourceId> = sessions[target].sources.to_vec();
            sources.extend(sessions[at].sources.iter().filter(|source| !sessions[target].sources.contains(source)));
            sessions[target].sources = sources.into();
        }
    }
    for id in events.ids() {
        let at = events.session(id).0 as usize;
        let Some(target) = into.get(at) else { continue };
        if target.is_some() {
            events.add_flags(id, EventFlags::MIRROR);
        }
        events.set_session(id, place[target.unwrap_or(at)]);
    }
    let mut at = 0;
    sessions.retain(|_| {
        at += 1;
        into[at - 1].is_none()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(session: usize, from: Nanos, until: Nanos) -> End {
        End { session, cause: Cause::ClockSkew, from: from * SECOND, until: until * SECOND }
    }

    #[test]
    fn ends_at_one_distance_are_the_same_ends() {
        let shown = [end(0, 100, 102), end(1, 150, 158), end(2, 260, 261)];
        let told = [end(3, 1_001, 1_001), end(4, 1_055, 1_055), end(5, 1_160, 1_160)];
        assert_eq!(pair(&told, &shown), Some(vec![(3, 0), (4, 1), (5, 2)]));
    }

    #[test]
    fn ends_at_several_distances_are_others() {
        let shown = [end(0, 100, 102), end(1, 150, 158)];
        assert_eq!(pair(&[end(3, 1_001, 1_001), end(4, 1_200, 1_200)], &shown), None);
        assert_eq!(pair(&[end(3, 1_001, 1_001)], &shown), None);
        let other = End { cause: Cause::KeyRotation, ..end(3, 101, 101) };
        assert_eq!(pair(&[other], &shown[..1]), None);
        assert_eq!(pair(&[end(3, 1_001, 1_001)], &shown[..1]), Some(vec![(3, 0)]));
    }
}
