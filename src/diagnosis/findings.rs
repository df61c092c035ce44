//! What several sessions say together: incidents and patterns.

use super::case::Case;
use crate::model::{
    Cause, EventId, Incident, IncidentKind, Nanos, Pattern, PatternKind, SessionId, TimeRange, Verdict, duration_words,
    time::MINUTE,
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

/// Regularities over sessions of one app and user.
pub fn patterns(case: &Case<'_>, verdicts: &[Option<Verdict>]) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for (_, list) in case.apps() {
        let on_login: Vec<SessionId> = list
            .iter()
            .copied()
            .filter(|id| {
                let session = &case.sessions[id.0 as usize];
                let dead = session.first_dead_at.is_some_and(|dead| dead - session.started_at < 2 * MINUTE);
                let refused = verdicts[id.0 as usize].as_ref().is_some_and(|verdict| verdict.cause != Cause::Logout);
                dead && refused && session.start_seen && session.clues.ended_by == Some(crate::model::EndedBy::Refusal)
            })
            .collect();
        if on_login.len() >= 2 {
            let headline = format!("{} sign-ins were refused right after they succeeded", on_login.len());
            patterns.push(Pattern { kind: PatternKind::ExpiresOnLogin, sessions: on_login, headline });
        }
        patterns.extend(repeated(case, verdicts, list));
    }
    patterns
}

/// Three or more sessions that ended of the same limit, one after another.
fn repeated(case: &Case<'_>, verdicts: &[Option<Verdict>], list: &[SessionId]) -> Option<Pattern> {
    let ended: Vec<SessionId> = list
        .iter()
        .copied()
        .filter(|id| {
            verdicts[id.0 as usize]
                .as_ref()
                .is_some_and(|verdict| matches!(verdict.cause, Cause::AbsoluteTimeout | Cause::TokenExpired))
        })
        .collect();
    let one_user =
        ended.windows(2).all(|pair| case.sessions[pair[0].0 as usize].user == case.sessions[pair[1].0 as usize].user);
    if ended.len() < 3 || !one_user {
        return None;
    }
    let age = |id: &SessionId| {
        let session = &case.sessions[id.0 as usize];
        session.first_dead_at.unwrap_or(session.last_alive_at) - session.started_at
    };
    let mean = ended.iter().map(age).sum::<Nanos>() / ended.len() as Nanos;
    let headline = format!("{} sessions in a row ended after about {}", ended.len(), duration_words(mean));
    Some(Pattern { kind: PatternKind::ExpiresRepeatedly, sessions: ended, headline })
}
