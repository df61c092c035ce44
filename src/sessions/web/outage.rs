//! Sessions that were last seen knocking at a server that was away, and went down with it.
//!
//! A server that stops ends no session by itself. But where every session that came back afterwards was refused and none
//! was let in, the server lost them all, those included whose people gave up before it was back.

use crate::model::{
    EndedBy, EventFlags, EventId, EventKind, EventStore, Nanos, Session, SessionId, State, time::MINUTE,
};
use hashbrown::HashMap;
use std::sync::Arc;

/// How long after an outage refusals may still come of it: people find out when they click.
const COMING_BACK: Nanos = 15 * MINUTE;

/// What the sessions of one app say about an outage.
#[derive(Debug, Default)]
struct App {
    /// Starts in order, each with the latest sign of life of all sessions begun until then.
    alive: Vec<(Nanos, Nanos)>,
    /// Sessions that were refused, by the time of the first refusal: that, the start, the last sign of life.
    refused: Vec<(Nanos, Nanos, Nanos)>,
}

impl App {
    /// Whether a session that had begun before `from` was let in after `until`.
    fn let_in(&self, from: Nanos, until: Nanos) -> bool {
        let begun = self.alive.partition_point(|&(start, _)| start < from);
        begun.checked_sub(1).and_then(|at| self.alive.get(at)).is_some_and(|&(_, latest)| latest > until)
    }

    /// Whether a session that was alive before `until` came back afterwards and was refused.
    fn refused(&self, from: Nanos, until: Nanos) -> bool {
        let first = self.refused.partition_point(|&(dead, _, _)| dead <= from);
        self.refused[first..]
            .iter()
            .take_while(|&&(dead, _, _)| dead <= until + COMING_BACK)
            .any(|&(_, start, alive)| start < from && alive <= until)
    }
}

fn apps_of(sessions: &[Session]) -> HashMap<Arc<str>, App> {
    let mut apps: HashMap<Arc<str>, App> = HashMap::new();
    for session in sessions {
        let app = apps.entry(Arc::clone(&session.app)).or_default();
        app.alive.push((session.started_at, session.last_alive_at));
        if let Some(dead) = session.first_dead_at.filter(|_| session.clues.ended_by == Some(EndedBy::Refusal)) {
            app.refused.push((dead, session.started_at, session.last_alive_at));
        }
    }
    for app in apps.values_mut() {
        app.alive.sort_unstable();
        app.refused.sort_unstable();
        let mut latest = Nanos::MIN;
        for (_, alive) in &mut app.alive {
            latest = latest.max(*alive);
            *alive = latest;
        }
    }
    apps
}

/// Ends the sessions among `sessions[first..]` whose last answers say that the server was away, if it is known to have lost
/// the others.
pub fn end_lost(events: &EventStore, sessions: &mut [Session], first: usize) {
    let apps = apps_of(&sessions[first..]);
    for (index, session) in
        sessions.iter_mut().enumerate().skip(first).filter(|(_, session)| session.state == State::Active)
    {
        let knocks: Vec<EventId> = events
            .of_session(SessionId(index as u32))
            .rev()
            .take_while(|&id| events.time(id) > session.last_alive_at)
            .filter(|&id| events.kind(id) == EventKind::Outage && !events.flags(id).contains(EventFlags::MIRROR))
            .collect();
        let (Some(&last), Some(&knocked)) = (knocks.first(), knocks.last()) else { continue };
        let (from, until) = (events.time(knocked), events.time(last));
        if apps.get(&session.app).is_some_and(|app| app.refused(from, until) && !app.let_in(from, until)) {
            session.state = State::Ended;
            session.first_dead = Some(last);
            session.first_dead_at = Some(until);
            session.clues.ended_by = Some(EndedBy::Outage);
        }
    }
}
