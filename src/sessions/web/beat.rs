//! Tells what a person did from what the app did by itself: polling keeps a beat, people don't.

use super::hit::Classes;
use crate::model::{
    EventFlags, EventId, EventKind, EventStore, Nanos, Session, SessionId, Sym, TimeRange, time::SECOND,
};
use hashbrown::HashMap;

/// Whether a place sounds periodic, whether it is an interface for programs, and its events.
type Place = (bool, bool, Vec<EventId>);

/// Marks the background events of sessions `first..first + count`, then sets what follows from it: the last activity, the
/// beat, and the stretches without a connection.
pub fn tell_background(
    events: &mut EventStore,
    classes: &mut Classes,
    sessions: &mut [Session],
    first: usize,
    count: usize,
) {
    events.index_sessions(sessions.len());
    for (index, session) in sessions.iter_mut().enumerate().skip(first).take(count) {
        let ids: Vec<EventId> = events.of_session(SessionId(index as u32)).collect();
        let mut places: HashMap<Sym, Place> = HashMap::new();
        for &id in &ids {
            let event = events.get(id);
            let counts =
                matches!(event.kind, EventKind::Activity | EventKind::Gap | EventKind::Rejection | EventKind::Denied);
            if !counts || event.flags.contains(EventFlags::NAVIGATION) {
                continue;
            }
            let class = classes.of(events, event.what);
            // What writes is a person's act unless it keeps a beat: its name alone says nothing.
            let named = class.periodic_name && !class.writes;
            places.entry(class.place).or_insert((named, class.api, Vec::new())).2.push(id);
        }
        let mut groups: Vec<(Sym, Place)> = places.into_iter().collect();
        groups.sort_unstable_by_key(|(place, _)| *place);
        let har = ids.iter().any(|&id| events.exchange(id).is_some());
        for (_, (named, api, group)) in groups {
            let times: Vec<Nanos> = group.iter().map(|&id| events.time(id)).collect();
            let beat = beat_of(&times);
            if beat.is_none() && !(named && (api || har)) {
                continue;
            }
            session.clues.beat = session.clues.beat.or(beat).or_else(|| median_gap(&times));
            for id in group {
                if events.kind(id) == EventKind::Activity {
                    events.set_kind(id, EventKind::Background);
                }
                events.add_flags(id, EventFlags::PERIODIC);
            }
        }
        settle(events, session, &ids);
    }
}

/// The interval of a steady beat: at least four requests of which most follow the one before after the same time.
fn beat_of(times: &[Nanos]) -> Option<Nanos> {
    if times.len() < 4 {
        return None;
    }
    let median = median_gap(times)?;
    if median < 2 * SECOND {
        return None;
    }
    let slack = (median / 10).max(SECOND);
    let steady = times.windows(2).filter(|pair| (pair[1] - pair[0] - median).abs() <= slack).count();
    // Of a person's few visits some lie evenly by chance; four even gaps, or all of them, do so once in hundreds of places.
    let many = steady >= 4 || steady == times.len() - 1;
    (many && steady * 10 >= (times.len() - 1) * 6).then_some(median)
}

fn median_gap(times: &[Nanos]) -> Option<Nanos> {
    let mut gaps: Vec<Nanos> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied()
}

/// Last activity and gaps, once every event of the session has its kind.
fn settle(events: &EventStore, session: &mut Session, ids: &[EventId]) {
    session.last_activity_at = ids
        .iter()
        .filter(|&&id| matches!(events.kind(id), EventKind::SignIn | EventKind::Activity))
        .map(|&id| events.time(id))
        .filter(|&at| at <= session.last_alive_at)
        .max();
    let mut gaps: Vec<TimeRange> = Vec::new();
    let mut gap: Option<TimeRange> = None;
    for &id in ids {
        let time = events.time(id);
        match events.kind(id) {
            EventKind::Gap | EventKind::Outage => {
                gap = Some(gap.map_or(TimeRange::new(time, time), |range| range.union(TimeRange::new(time, time))));
            }
            _ => gaps.extend(gap.take().filter(|range| range.length() > 0)),
        }
    }
    gaps.extend(gap);
    session.gaps = gaps.into();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::MINUTE;

    #[test]
    fn a_steady_interval_is_a_beat_and_a_persons_clicks_are_not() {
        let steady: Vec<Nanos> = (0..10).map(|n| n * MINUTE + n % 3 * SECOND / 2).collect();
        assert!(beat_of(&steady).is_some_and(|beat| (beat - MINUTE).abs() < 2 * SECOND));
        let clicks = [0, 13, 90, 111, 300, 340, 341, 600].map(|secs| secs * SECOND);
        assert_eq!(beat_of(&clicks), None);
        assert_eq!(beat_of(&steady[..3]), None);
    }
}
