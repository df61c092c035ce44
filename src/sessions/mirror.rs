//! The same story seen from both sides: a browser's capture and the access log of the server that it talked to.
//!
//! A client of the log whose requests are those of the capture, in the same order and at the same times, is the browser.
//! Its sessions are the capture's: they are told once, from the side that shows more, with the log's records attached.

use crate::formats::requests::REDIRECT;
use crate::model::{
    EventFlags, EventId, EventStore, Family, Nanos, Session, SessionId, SourceId, SourceReport, State, Sym, Ties,
    TimeRange, time::SECOND,
};
use hashbrown::{HashMap, HashSet};

/// How far apart the two records of one request may lie once the clocks are set: a slow answer is logged when it ends.
const SLACK: Nanos = 45 * SECOND;

/// How far the distance between two clocks may seem to waver: whole seconds, and answers logged late.
const STEADY: Nanos = 4 * SECOND;

/// Joins the sessions of log clients that are a capture's browser to the capture's sessions.
pub fn join(
    events: &mut EventStore,
    sources: &mut [SourceReport],
    families: &[Option<Family>],
    sessions: &mut Vec<Session>,
) {
    let of = |wanted: Family| {
        families
            .iter()
            .enumerate()
            .filter(move |(_, family)| **family == Some(wanted))
            .map(|(at, _)| SourceId(at as u16))
    };
    let mut gone: HashSet<u32> = HashSet::new();
    let mut moved: HashMap<u32, u32> = HashMap::new();
    let mut mirrored: HashSet<(SourceId, Sym)> = HashSet::new();
    for capture in of(Family::Exchanges) {
        let seen = requests_by_client(events, capture).remove(&Sym::NONE).unwrap_or_default();
        for log in of(Family::Requests) {
            let mut clients: Vec<(Sym, Requests)> = requests_by_client(events, log).into_iter().collect();
            clients.sort_unstable_by_key(|(client, _)| *client);
            for (client, logged) in clients {
                let Some(offset) = same_client(&seen, &logged) else { continue };
                sources[log.0 as usize].clock_offset.get_or_insert(offset);
                mirrored.insert((log, client));
                join_sessions(sessions, capture, log, client, &mut gone, &mut moved);
                name_app(sessions, log, &sources[log.0 as usize].name());
            }
        }
    }
    if mirrored.is_empty() {
        return;
    }
    for id in events.ids() {
        let event = events.get(id);
        if mirrored.contains(&(event.span.0.source, event.client)) {
            events.add_flags(id, EventFlags::MIRROR);
        }
    }
    drop_sessions(events, sessions, &gone, &moved);
}

/// Requests by method, path and status, each with when it was sent and answered, in order.
type Requests = HashMap<String, Vec<TimeRange>>;

/// The answered requests of a source by client; those of a capture all have none.
fn requests_by_client(events: &EventStore, source: SourceId) -> HashMap<Sym, Requests> {
    let mut clients: HashMap<Sym, Requests> = HashMap::new();
    for id in events.ids() {
        if events.span(id).source != source {
            continue;
        }
        let event = events.get(id);
        if event.status == 0 {
            continue;
        }
        let what = events.symbols.resolve(event.what);
        let answered = events.exchange(id).map_or(event.time, |exchange| exchange.answered);
        // What the server answers with 304 the browser may show as 200, from its cache.
        let status = if event.status == 304 { 200 } else { event.status };
        let request = format!(
            "{} {status}",
            what.split_once(REDIRECT).map_or(what, |(request, _)| request).split('?').next().unwrap_or(what)
        );
        clients.entry(event.client).or_default().entry(request).or_default().push(TimeRange::new(event.time, answered));
    }
    clients
}

/// The log's clock against the capture's, if the two show the same client: most of the rarer side's requests are on the
/// other side too, at the same distance.
fn same_client(seen: &Requests, logged: &Requests) -> Option<Nanos> {
    let count = |requests: &Requests| requests.values().map(Vec::len).sum::<usize>();
    let fewer = count(seen).min(count(logged));
    if fewer < 3 {
        return None;
    }
    let mut differences: Vec<Nanos> = Vec::new();
    for (request, times) in seen {
        for &sent in times {
            let Some(other) = logged.get(request).and_then(|others| nearest(others, sent.from)) else { continue };
            // Anything between sending and answer is no difference at all: a log writes either, in whole seconds.
            let apart = if other < sent.from {
                (other + SECOND).min(sent.from) - sent.from
            } else {
                (other - sent.until).max(0)
            };
            if apart.abs() <= SLACK {
                differences.push(apart);
            }
        }
    }
    differences.sort_unstable();
    let offset = differences.get(differences.len() / 2).copied()?;
    // Two clocks lie one distance apart: another client's requests of the same names lie now nearer, now farther.
    let steady = differences.iter().filter(|&&difference| (difference - offset).abs() <= STEADY).count();
    (steady * 10 >= fewer * 6).then_some(offset)
}

fn nearest(times: &[TimeRange], to: Nanos) -> Option<Nanos> {
    let at = times.partition_point(|time| time.from < to);
    let before = at.checked_sub(1).and_then(|at| times.get(at));
    let after = times.get(at);
    [before, after].into_iter().flatten().map(|time| time.from).min_by_key(|time| (time - to).abs())
}

fn join_sessions(
    sessions: &mut [Session],
    capture: SourceId,
    log: SourceId,
    client: Sym,
    gone: &mut HashSet<u32>,
    moved: &mut HashMap<u32, u32>,
) {
    let ours: Vec<usize> = (0..sessions.len()).filter(|&at| sessions[at].sources.first() == Some(&capture)).collect();
    let theirs: Vec<usize> = (0..sessions.len())
        .filter(|&at| *sessions[at].sources == [log] && sessions[at].clues.client == client)
        .collect();
    for their in theirs {
        let span = sessions[their].span();
        let best = ours
            .iter()
            .copied()
            .map(|our| {
                let other = sessions[our].span();
                (span.until.min(other.until) - span.from.max(other.from), our)
            })
            .filter(|&(shared, _)| shared >= -60 * SECOND)
            .max();
        let Some((_, our)) = best else { continue };
        let twin = sessions[their].clone();
        let session = &mut sessions[our];
        if !session.sources.contains(&log) {
            session.sources = session.sources.iter().copied().chain([log]).collect();
        }
        session.user = session.user.take().or(twin.user);
        if let (Ties::Keys(ours), Ties::Keys(theirs)) = (&mut session.ties, twin.ties) {
            let new: Vec<_> = theirs.into_iter().filter(|key| !ours.contains(key)).collect();
            ours.extend(new);
        }
        let ended_after = twin.first_dead_at.is_some_and(|dead| dead > session.last_alive_at);
        if session.state == State::Active && twin.state == State::Ended && ended_after {
            session.state = State::Ended;
            session.first_dead_at = twin.first_dead_at;
            session.first_dead = twin.first_dead;
            session.clues = twin.clues;
        }
        gone.insert(their as u32);
        moved.insert(their as u32, our as u32);
    }
}

/// A log that names no server is that of the server which the capture talked to: its other clients use the same app.
fn name_app(sessions: &mut [Session], log: SourceId, unnamed: &str) {
    let Some(app) = sessions.iter().find(|session| session.sources.len() > 1 && session.sources.contains(&log)) else {
        return;
    };
    let app = app.app.clone();
    for session in sessions.iter_mut().filter(|session| *session.sources == [log] && *session.app == *unnamed) {
        session.app = app.clone();
    }
}

fn drop_sessions(events: &mut EventStore, sessions: &mut Vec<Session>, gone: &HashSet<u32>, moved: &HashMap<u32, u32>) {
    let mut place = vec![u32::MAX; sessions.len()];
    let mut next = 0;
    for (at, slot) in place.iter_mut().enumerate() {
        if !gone.contains(&(at as u32)) {
            *slot = next;
            next += 1;
        }
    }
    let mut at = 0;
    sessions.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
    let ids: Vec<EventId> = events.ids().collect();
    for id in ids {
        let session = events.session(id);
        if !session.is_some() {
            continue;
        }
        let target = moved.get(&session.0).copied().unwrap_or(session.0);
        if let Some(&new) = place.get(target as usize) {
            events.set_session(id, SessionId(new));
        }
    }
}
