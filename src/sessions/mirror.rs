//! One story from several sources: a browser's capture and the logs of the servers that it talked to, two logs of the same
//! requests, a capture saved twice.
//!
//! A session that two sources show is told once, from the side that shows more, with the records of both and the reason
//! that either of them states. Sessions are the same if they share a credential, or most of their requests.

use super::clocks::{Twin, bare, ordered};
use crate::model::{
    EndedBy, EventFlags, EventId, EventStore, Family, KeyKind, KeyValue, Nanos, Session, SessionId, SourceId,
    SourceReport, State, Sym, Ties,
    time::{MINUTE, SECOND},
};
use hashbrown::{HashMap, HashSet};

/// How far apart two logs may write the same request: one when it came in, one when its answer ended.
const LOGGED_APART: Nanos = 3 * SECOND;
/// How much later than the other side a refusal may be and still be the one that it explains.
const SAME_END: Nanos = 2 * MINUTE;

/// When a request of one kind was made, in which session, and its record.
type Occurrences = Vec<(Nanos, usize, EventId)>;

/// Sessions that turned out to be others.
#[derive(Debug, Default)]
struct Joined {
    /// Each with the one that it is now.
    into: HashMap<u32, u32>,
}

impl Joined {
    fn is_gone(&self, at: usize) -> bool {
        self.into.contains_key(&(at as u32))
    }

    fn target(&self, at: u32) -> u32 {
        let mut at = at;
        // A chain is never longer than the number of sources, and leads nowhere twice.
        while let Some(&next) = self.into.get(&at) {
            at = next;
        }
        at
    }
}

/// Joins the sessions that several sources show. `twins` are the clients of logs that are a capture's browser.
pub fn join(
    events: &mut EventStore,
    sources: &[SourceReport],
    families: &[Option<Family>],
    twins: &[Twin],
    sessions: &mut Vec<Session>,
) {
    let captures = ordered(sources, families, Family::Exchanges);
    let logs = ordered(sources, families, Family::Requests);
    if captures.len() + logs.len() < 2 {
        return;
    }
    let mut joined = Joined::default();
    let mut mirrored: HashSet<EventId> = HashSet::new();
    for twin in twins {
        join_browser(events, sessions, *twin, &mut joined);
        name_app(sessions, twin.log, &sources[twin.log.0 as usize].name());
    }
    events.index_sessions(sessions.len());
    for list in [&captures, &logs] {
        let apart = if list == &captures { 0 } else { LOGGED_APART };
        for (at, &one) in list.iter().enumerate() {
            for &other in &list[at + 1..] {
                join_alike(events, sessions, (one, other), apart, &mut joined, &mut mirrored);
            }
        }
    }
    let browsers: HashSet<(SourceId, Sym)> = twins.iter().map(|twin| (twin.log, twin.client)).collect();
    for id in events.ids() {
        let event = events.get(id);
        let source = event.span.0.source;
        // Of a browser that shares its address and name with others, only what is its sessions' own.
        let ours = browsers.contains(&(source, event.client))
            && (!event.session.is_some() || joined.is_gone(event.session.0 as usize));
        if ours || mirrored.contains(&id) {
            events.add_flags(id, EventFlags::MIRROR);
        }
    }
    if !joined.into.is_empty() {
        drop_sessions(events, sessions, &joined);
    }
}

/// Joins the sessions of a log's client to those of the capture that it is the browser of.
fn join_browser(events: &EventStore, sessions: &mut [Session], twin: Twin, joined: &mut Joined) {
    let Twin { capture, log, client } = twin;
    let of = |sessions: &[Session], source: SourceId| -> Vec<usize> {
        (0..sessions.len()).filter(|&at| sessions[at].sources.first() == Some(&source) && !joined.is_gone(at)).collect()
    };
    let ours = of(sessions, capture);
    let theirs = of(sessions, log).into_iter().filter(|&at| sessions[at].clues.client == client).collect::<Vec<_>>();
    for their in theirs {
        let span = sessions[their].span();
        let best = ours
            .iter()
            .copied()
            .filter(|&our| may_be_one(&sessions[our], &sessions[their]))
            .map(|our| {
                let other = sessions[our].span();
                let shared = span.until.min(other.until) - span.from.max(other.from);
                (share_credential(&sessions[our], &sessions[their]), shared, std::cmp::Reverse(our))
            })
            .filter(|&(_, shared, _)| shared >= -MINUTE)
            .max();
        if let Some((_, _, std::cmp::Reverse(our))) = best {
            absorb(events, sessions, our, their);
            joined.into.insert(their as u32, our as u32);
        }
    }
}

/// Joins sessions of two sources of one kind: two logs of the same requests, two exports of one capture.
fn join_alike(
    events: &EventStore,
    sessions: &mut [Session],
    (one, other): (SourceId, SourceId),
    apart: Nanos,
    joined: &mut Joined,
    mirrored: &mut HashSet<EventId>,
) {
    let of = |sessions: &[Session], joined: &Joined, source: SourceId| -> Vec<usize> {
        (0..sessions.len()).filter(|&at| sessions[at].sources.first() == Some(&source) && !joined.is_gone(at)).collect()
    };
    let (ours, theirs) = (of(sessions, joined, one), of(sessions, joined, other));
    if ours.is_empty() || theirs.is_empty() {
        return;
    }
    let mut keys = Keys::default();
    let mut index: HashMap<(u64, u16), Occurrences> = HashMap::new();
    for &their in &theirs {
        for id in events.of_session(SessionId(their as u32)) {
            if let Some((key, time)) = keys.of(events, id, other) {
                index.entry(key).or_default().push((time, their, id));
            }
        }
    }
    for list in index.values_mut() {
        list.sort_unstable();
    }
    for our in ours {
        let mut shared: HashMap<usize, Vec<EventId>> = HashMap::new();
        let mut count = 0;
        for id in events.of_session(SessionId(our as u32)) {
            let Some((key, time)) = keys.of(events, id, one) else { continue };
            count += 1;
            let Some(list) = index.get(&key) else { continue };
            let first = list.partition_point(|&(at, _, _)| at < time - apart);
            let mut last = usize::MAX;
            for &(_, their, twin) in list[first..].iter().take_while(|&&(at, _, _)| at <= time + apart) {
                if last != their {
                    shared.entry(their).or_default().push(twin);
                }
                last = their;
            }
        }
        let best = shared
            .into_iter()
            .filter(|(their, _)| !joined.is_gone(*their) && may_be_one(&sessions[our], &sessions[*their]))
            .map(|(their, twins)| {
                let credential = share_credential(&sessions[our], &sessions[their]);
                (credential, twins.len(), std::cmp::Reverse(their), twins)
            })
            .filter(|&(credential, shared, std::cmp::Reverse(their), _)| {
                let length = events.of_session(SessionId(their as u32)).len().min(count);
                credential || shared >= 3 && shared * 10 >= length * 6
            })
            .max();
        if let Some((_, _, std::cmp::Reverse(their), twins)) = best {
            absorb(events, sessions, our, their);
            joined.into.insert(their as u32, our as u32);
            mirrored.extend(twins);
        }
    }
}

/// Requests without their queries, as numbers.
#[derive(Debug, Default)]
struct Keys(HashMap<Sym, u64>);

impl Keys {
    /// What a request asked and was answered, and when; `None` for what is no answered request of that source.
    fn of(&mut self, events: &EventStore, id: EventId, source: SourceId) -> Option<((u64, u16), Nanos)> {
        let event = events.get(id);
        if event.status == 0 || event.span.0.source != source {
            return None;
        }
        let key = *self.0.entry(event.what).or_insert_with(|| {
            // FNV-1a: two requests of one hash would have to fall into the same seconds as well.
            bare(events.symbols.resolve(event.what))
                .bytes()
                .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
        });
        Some(((key, event.status), event.time))
    }
}

/// Whether nothing says that two sessions are two: another user.
fn may_be_one(one: &Session, other: &Session) -> bool {
    match (&one.user, &other.user) {
        (Some(one), Some(other)) => one == other || one.contains(&**other) || other.contains(&**one),
        _ => true,
    }
}

/// Whether both hold one credential. A log may cut an identifier short, or leave its signature away.
fn share_credential(one: &Session, other: &Session) -> bool {
    const TELLING: usize = 8;
    let (Ties::Keys(ours), Ties::Keys(theirs)) = (&one.ties, &other.ties) else { return false };
    ours.iter().filter(|key| key.kind == KeyKind::Cookie).any(|our| {
        theirs.iter().filter(|key| key.kind == KeyKind::Cookie).any(|their| match (&our.value, &their.value) {
            (KeyValue::Secret(our), KeyValue::Secret(their)) => {
                let (our, their) = (our.expose(), their.expose());
                our == their || our.len().min(their.len()) >= TELLING && (our.contains(their) || their.contains(our))
            }
            _ => false,
        })
    })
}

/// Adds to a session what another source shows of it.
pub(super) fn absorb(events: &EventStore, sessions: &mut [Session], our: usize, their: usize) {
    let one_credential = share_credential(&sessions[our], &sessions[their]);
    let twin = sessions[their].clone();
    let session = &mut sessions[our];
    let new: Vec<SourceId> = twin.sources.iter().copied().filter(|source| !session.sources.contains(source)).collect();
    if !new.is_empty() {
        session.sources = session.sources.iter().copied().chain(new).collect();
    }
    session.user = session.user.take().or(twin.user);
    if let (Ties::Keys(ours), Ties::Keys(theirs)) = (&mut session.ties, twin.ties) {
        let new: Vec<_> = theirs.into_iter().filter(|key| !ours.contains(key)).collect();
        ours.extend(new);
    }
    if twin.start_seen && !session.start_seen {
        session.start_seen = true;
        session.started_at = twin.started_at;
        session.start_event = twin.start_event;
    }
    if !session.clues.client.is_some() {
        session.clues.client = twin.clues.client;
    }
    match (session.first_dead_at, twin.first_dead_at) {
        (None, Some(dead)) if dead > session.last_alive_at => {
            session.state = State::Ended;
            session.first_dead_at = twin.first_dead_at;
            session.first_dead = twin.first_dead;
            let (host, client, beat) = (session.clues.host, session.clues.client, session.clues.beat);
            session.clues = twin.clues;
            session.clues.host = if host.is_some() { host } else { session.clues.host };
            session.clues.client = if client.is_some() { client } else { session.clues.client };
            session.clues.beat = beat.or(session.clues.beat);
        }
        // Another replica let the same credential in after what looked like its end here. A capture shows its end itself.
        (Some(dead), None)
            if one_credential
                && session.first_dead.is_none_or(|id| events.exchange(id).is_none())
                && twin.last_alive_at > dead
                && !matches!(session.clues.ended_by, Some(EndedBy::SignOut))
                && !stated_end(session) =>
        {
            session.state = State::Active;
            session.first_dead_at = None;
            session.first_dead = None;
            session.last_alive_at = twin.last_alive_at;
            session.last_alive = twin.last_alive;
        }
        (Some(dead), Some(their_dead)) if (their_dead - dead).abs() <= SAME_END || their_dead < dead => {
            let states = twin.clues.stated.filter(|(reason, _)| reason.cause().is_some());
            if let Some(stated) = states.filter(|_| !stated_end(session)) {
                // What the server says of the end outranks what the client saw of it.
                session.clues.stated = Some(stated);
                session.clues.words =
                    twin.clues.words.or_else(|| Some(events.symbols.resolve(events.get(stated.1).what).into()));
                if their_dead < dead && their_dead > session.last_alive_at {
                    session.first_dead_at = Some(their_dead);
                    session.first_dead = twin.first_dead;
                }
            }
        }
        _ => {}
    }
}

fn stated_end(session: &Session) -> bool {
    session.clues.stated.is_some_and(|(reason, _)| reason.cause().is_some())
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

fn drop_sessions(events: &mut EventStore, sessions: &mut Vec<Session>, joined: &Joined) {
    let mut place = vec![u32::MAX; sessions.len()];
    let mut next = 0;
    for (at, slot) in place.iter_mut().enumerate() {
        if !joined.is_gone(at) {
            *slot = next;
            next += 1;
        }
    }
    let mut at = 0;
    sessions.retain(|_| {
        at += 1;
        !joined.is_gone(at - 1)
    });
    for id in events.ids() {
        let session = events.session(id);
        if !session.is_some() {
            continue;
        }
        if let Some(&new) = place.get(joined.target(session.0) as usize) {
            events.set_session(id, SessionId(new));
        }
    }
}
