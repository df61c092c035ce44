//! What ended or threatened several sessions at once.

use super::case::Case;
use crate::model::{
    Cause, EventId, Incident, IncidentKind, Nanos, SessionId, TimeRange, Verdict, duration_words, time::MINUTE,
};

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
    let alive = group.iter().map(|(_, id)| case.sessions[id.0 as usize].last_alive_at).max().unwrap_or_default();
    let dead = group.iter().map(|&(at, _)| at).min().unwrap_or_default();
    let away = case.within(&case.around.outages, TimeRange::new(alive, dead));
    let mut range = TimeRange::new(alive, dead);
    if let (Some(&first), Some(&last)) = (away.first(), away.last()) {
        range = TimeRange::new(case.events.time(first), case.events.time(last));
    }
    let n = sessions.len();
    let mut events: Vec<EventId> = away.iter().copied().take(4).collect();
    events.extend(sessions.iter().take(4).filter_map(|id| case.sessions[id.0 as usize].first_dead));
    let headline = format!("{} ended {n} session{}", kind.label(), if n == 1 { "" } else { "s" });
    Incident { kind, range, sessions, headline, events }
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
