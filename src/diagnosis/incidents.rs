//! What ended or threatened several sessions at once.

use super::case::Case;
use crate::model::{
    Cause, EventId, Incident, IncidentKind, Nanos, SessionId, TimeRange, Verdict, duration_words, time::MINUTE,
};
use std::cmp::Ordering;

/// Outages further apart than this are two.
const APART: Nanos = 3 * MINUTE;

/// Restarts, key rotations and outages, by time.
pub fn incidents(case: &Case<'_>, verdicts: &[Option<Verdict>]) -> Vec<Incident> {
    let mut incidents = Vec::new();
    for (cause, kind) in
        [(Cause::ServerRestart, IncidentKind::ServerRestart), (Cause::KeyRotation, IncidentKind::KeyRotation)]
    {
        let mut ended: Vec<(Nanos, SessionId)> = (0..verdicts.len() as u32)
            .map(SessionId)
            .filter(|id| verdicts[id.0 as usize].as_ref().is_some_and(|verdict| verdict.cause == cause))
            .filter_map(|id| Some((case.sessions[id.0 as usize].first_dead_at?, id)))
            .collect();
        ended.sort_unstable();
        for group in ended.chunk_by(|one, other| other.0 - one.0 <= APART) {
            incidents.push(incident_of(case, kind, group));
        }
    }
    outages(case, &mut incidents);
    incidents.sort_by_key(|incident| incident.range.from);
    incidents
}

fn incident_of(case: &Case<'_>, kind: IncidentKind, group: &[(Nanos, SessionId)]) -> Incident {
    let sessions: Vec<SessionId> = group.iter().map(|&(_, id)| id).collect();
    let (range, mut events, mut limited) = interval(case, group);
    events.extend(sessions.iter().take(4).filter_map(|id| case.sessions[id.0 as usize].first_dead));
    let survivors = survivors(case, group, range);
    events.extend(survivors.iter().copied().take(2));
    if !survivors.is_empty() {
        let n = survivors.len();
        limited.push(format!("{n} other session{} lived through it", if n == 1 { "" } else { "s" }));
    }
    let n = sessions.len();
    let mut headline = format!("{} ended {n} session{}", kind.label(), if n == 1 { "" } else { "s" });
    if !limited.is_empty() {
        headline = format!("{headline}; {}", limited.join("; "));
    }
    Incident { kind, range, sessions, headline, events }
}

/// When it must have happened, the records that bound it, and what they are: after the last sign of life of those that it
/// ended and before the first refusal; where the server was seen to be away or to start in between, then.
fn interval(case: &Case<'_>, group: &[(Nanos, SessionId)]) -> (TimeRange, Vec<EventId>, Vec<String>) {
    let last = group.iter().map(|(_, id)| &case.sessions[id.0 as usize]).max_by_key(|session| session.last_alive_at);
    let first = group.first().map(|(_, id)| &case.sessions[id.0 as usize]);
    let alive = last.map_or(0, |session| session.last_alive_at);
    let dead = group.iter().map(|&(at, _)| at).min().unwrap_or_default();
    let mut events: Vec<EventId> = last.and_then(|session| session.last_alive).into_iter().collect();
    events.extend(first.and_then(|session| session.first_dead));
    let between = TimeRange::new(alive, dead);
    let away = case.within(&case.around.outages, between);
    if let (Some(&from), Some(&until)) = (away.first(), away.last()) {
        events.extend(away.iter().copied().take(4));
        let range = TimeRange::new(case.events.time(from), case.events.time(until));
        let length =
            if range.length() > 0 { format!(" for {}", duration_words(range.length())) } else { String::new() };
        return (range, events, vec![format!("the server was not there{length}")]);
    }
    if let Some(&start) = case.within(&case.around.starts, between).last() {
        events.push(start);
        let range = TimeRange::new(alive, case.events.time(start));
        return (range, events, vec!["its log shows the start".to_owned()]);
    }
    // One that was let in again after the first refusal tells that they did not all end at one instant.
    let within = duration_words(between.length());
    let limited = match alive.cmp(&dead) {
        Ordering::Less => {
            vec![format!("it lies in the {within} between the last request let in and the first refused")]
        }
        Ordering::Equal => Vec::new(),
        Ordering::Greater => vec![format!("some were let in {within} after others were refused")],
    };
    (between, events, limited)
}

/// The last signs of life of sessions of the same app that had begun before it and went on after it.
fn survivors(case: &Case<'_>, group: &[(Nanos, SessionId)], range: TimeRange) -> Vec<EventId> {
    let Some(&(_, one)) = group.first() else { return Vec::new() };
    let until = group.last().map_or(range.until, |&(at, _)| at);
    case.peers(one)
        .iter()
        .map(|id| &case.sessions[id.0 as usize])
        .filter(|session| session.started_at < range.from && session.last_alive_at > until)
        .filter_map(|session| session.last_alive)
        .collect()
}

/// Stretches in which the server was away and no session is known to have ended of it.
fn outages(case: &Case<'_>, incidents: &mut Vec<Incident>) {
    for group in case.around.outages.chunk_by(|&one, &other| case.events.time(other) - case.events.time(one) <= APART) {
        let (Some(&first), Some(&last)) = (group.first(), group.last()) else { continue };
        let range = TimeRange::new(case.events.time(first), case.events.time(last));
        let told =
            incidents.iter().any(|incident| incident.range.from <= range.until && range.from <= incident.range.until);
        if told {
            continue;
        }
        let mut sessions: Vec<SessionId> =
            group.iter().map(|&id| case.events.session(id)).filter(|id| id.is_some()).collect();
        sessions.sort_unstable();
        sessions.dedup();
        let length = duration_words(range.length());
        let headline = format!("The server was not there for {length}; no session is known to have ended of it");
        incidents.push(Incident { kind: IncidentKind::Outage, range, sessions, headline, events: vec![first, last] });
    }
}
