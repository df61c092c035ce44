//! Sessions of sources whose records name them by an id of the source's own and say what happened (a database's backends,
//! RADIUS accounting, VPN gateways, mail servers, identity providers).
//!
//! What an event means here, by its kind:
//!
//! - `SignIn` begins the session of its `link`; where that one is open already, it proves it alive. So it does where it was
//!   refused before, unless the record names no session ([`EventFlags::UNNAMED`]).
//! - `Activity`, `Background`, `Refresh` and `Operator` prove it alive; of a session that was not seen to begin they show that
//!   it had, before the log does.
//! - `Rejection` and `RefreshRefused` end it, unless a later event proves it alive after all, or the reason is none that ends
//!   a session (a missing right, a wrong password). Where it was not seen before, a reason that only a session can have
//!   (it was idle, its refresh token was used twice) shows that it was there, before the log begins.
//! - `SignOut` and `Close` end it. Several records may close one session: the first is when, the most telling says why.
//!   Without a `link` they end every open session of the event's `actor` on the event's `host`; with [`EventFlags::OTHERS`]
//!   all of these but the one that they name, or the newest; with [`EventFlags::EVERYONE`] every session of the `host`.
//! - `Gap` says that its connection is away; the next sign of life that it came back.
//! - `SignInFailed` lets nobody in: what was only received and then closed never was a session.
//! - `Neutral` with [`EventFlags::NEW_ID`] gives the id to someone new; whatever bore it is gone.
//! - `ServerStop` without a reason announces a shutdown: sessions that the server closes from then on, it closes for that.
//!   `ServerStop` and `ServerStart` with [`Stated::ServerShutdown`] end whatever is open on their host, or in the whole source
//!   where they name none.
//!
//! Only events with [`EventFlags::NAMED`] are looked at, so that a host's log may hold them beside sshd's.
//!
//! An event's `host` is the session's app as it is to be shown: `PostgreSQL on db1`, `Keycloak realm shop`. The log's end ends
//! no session.

use super::connections::says_more;
use crate::model::{
    Clues, EndedBy, Event, EventFlags, EventId, EventKind, EventStore, Family, Nanos, Session, SessionId, SourceId,
    SourceReport, State, Stated, Sym, Ties, TimeRange, time::SECOND,
};
use hashbrown::HashMap;
use std::sync::Arc;

/// What a source calls a session: source, app and id.
type Id = (SourceId, Sym, u64);

/// How long after its end records of a session may still come without meaning that it lives.
const AFTERMATH: Nanos = 60 * SECOND;

/// How long after the announcement of a shutdown all are asked to go.
const FAREWELL: Nanos = 30 * SECOND;

/// How far apart the records of one sign-in are in logs that are written side by side.
const TWINS: Nanos = 30 * SECOND;

/// So many sessions without a single closing record show that the source writes none.
const SILENT: u32 = 3;

#[derive(Debug, Default)]
struct Builder {
    /// How many sessions of other families come before these.
    first: u32,
    sessions: Vec<Session>,
    /// Sessions by source that may be open still.
    open: HashMap<SourceId, Vec<u32>>,
    known: HashMap<Id, u32>,
    received: HashMap<Id, Received>,
    by_user: HashMap<(SourceId, Sym, Sym), Vec<u32>>,
    /// Apps that announced their end and did not start again yet, and when they did.
    stopping: HashMap<(SourceId, Sym), Nanos>,
    away: HashMap<u32, Nanos>,
    /// Sign-ins that came to nothing after all, in order.
    voided: Vec<u32>,
    closings: HashMap<SourceId, Closings>,
    last: HashMap<SourceId, Nanos>,
    names: HashMap<Sym, Arc<str>>,
    sources: HashMap<SourceId, Arc<[SourceId]>>,
}

/// An id that was given out and has nobody signed in yet.
#[derive(Clone, Copy, Debug)]
struct Received {
    event: EventId,
    client: Sym,
    failed: bool,
}

/// Whether a source records how sessions end.
#[derive(Clone, Copy, Debug, Default)]
struct Closings {
    opened: u32,
    closed: u32,
}

impl Closings {
    fn are_recorded(self) -> bool {
        self.closed > 0 || self.opened < SILENT
    }
}

/// Rebuilds the sessions of all sources that name them, appending them to `sessions` and tying their events to them.
pub fn build(
    events: &mut EventStore,
    sources: &[SourceReport],
    families: &[Option<Family>],
    sessions: &mut Vec<Session>,
) {
    let by_host = |family: Option<Family>| matches!(family, Some(Family::Named | Family::Connections));
    if !families.iter().copied().any(by_host) {
        return;
    }
    debug_assert!(families.len() <= sources.len());
    events.naming.index();
    let first = sessions.len() as u32;
    let mut builder = Builder { first, ..Builder::default() };
    for id in events.ids() {
        let source = events.span(id).source;
        let of_these = events.flags(id).contains(EventFlags::NAMED);
        if !of_these || !by_host(families.get(source.0 as usize).copied().flatten()) {
            continue;
        }
        let event = events.get(id);
        if let Some(session) = builder.take(events, id, &event) {
            events.set_session(id, SessionId(first + session));
        }
        builder.last.insert(source, event.time);
    }
    builder.stay_open();
    builder.drop_voided(events);
    sessions.append(&mut builder.sessions);
}

impl Builder {
    fn take(&mut self, events: &mut EventStore, id: EventId, event: &Event) -> Option<u32> {
        let source = event.span.0.source;
        match event.kind {
            EventKind::ServerStop | EventKind::ServerStart => {
                self.server(id, event);
                return None;
            }
            _ => {}
        }
        let key = (source, event.host, event.link);
        if event.link == 0 || event.flags.contains(EventFlags::OTHERS) {
            if matches!(event.kind, EventKind::SignOut | EventKind::Close) {
                let but = self.known.get(&key).copied();
                return self.close_all_of(but, id, event);
            }
            return None;
        }
        if event.kind == EventKind::SignIn
            && event.flags.contains(EventFlags::TWIN)
            && let Some(at) = self.twin_of(events, key, event)
        {
            self.join_twin(events, at, key);
            self.alive(events, at, id, event);
            return Some(at);
        }
        if event.flags.contains(EventFlags::NEW_ID) {
            self.give_out(key, id, event);
        }
        let known = self.known.get(&key).copied();
        match event.kind {
            EventKind::SignInFailed => {
                if let Some(received) = self.received.get_mut(&key) {
                    received.failed = true;
                }
                self.void(key, known, id, event);
                None
            }
            EventKind::SignIn => match known
                .filter(|&at| self.is_open(at) || self.was_refused(at) && !event.flags.contains(EventFlags::UNNAMED))
            {
                Some(at) => {
                    self.alive(events, at, id, event);
                    Some(at)
                }
                None => Some(self.open(events, key, id, event, true)),
            },
            EventKind::Activity | EventKind::Background | EventKind::Refresh | EventKind::Operator => {
                self.live(events, key, known, id, event)
            }
            EventKind::Rejection | EventKind::RefreshRefused => {
                if says_nothing_of_the_session(event.stated) {
                    events.set_kind(id, EventKind::Denied);
                    return known;
                }
                let at = known.or_else(|| self.refused_unseen(events, key, id, event))?;
                let by = match event.kind {
                    EventKind::RefreshRefused => EndedBy::RenewalRefusal,
                    _ => EndedBy::Refusal,
                };
                self.end(at, id, event, by);
                Some(at)
            }
            EventKind::SignOut | EventKind::Close => self.close(events, key, known, id, event),
            EventKind::Gap => {
                let at = known.filter(|&at| self.is_open(at))?;
                self.away.entry(at).or_insert(event.time);
                self.sessions[at as usize].clues.unanswered = Some(id);
                Some(at)
            }
            EventKind::Neutral | EventKind::Denied | EventKind::Outage => known,
            EventKind::AccountLocked | EventKind::AccountUnlocked | EventKind::ServerStart | EventKind::ServerStop => {
                None
            }
        }
    }

    /// The session that another record told of when this sign-in was: the user's, begun just before, and known so far by
    /// ids of other kinds alone. Windows' logs each have an id of their own for what one person did once.
    fn twin_of(&self, events: &EventStore, key: Id, event: &Event) -> Option<u32> {
        let begun = |at: u32| {
            let session = &self.sessions[at as usize];
            self.is_open(at) && session.start_seen && event.time - session.started_at <= TWINS
        };
        if let Some(&at) = self.known.get(&key).filter(|&&at| begun(at)) {
            return Some(at);
        }
        let theirs = self.by_user.get(&(key.0, event.host, event.actor)).filter(|_| event.actor.is_some())?;
        let knows = |at: u32| match &self.sessions[at as usize].ties {
            Ties::Named(ties) => events.naming.of(key.2).any(|tie| ties.iter().any(|other| other.name == tie.name)),
            _ => true,
        };
        theirs.iter().rev().copied().find(|&at| begun(at) && !knows(at))
    }

    /// From now on the session is known by this id, too.
    fn join_twin(&mut self, events: &EventStore, at: u32, key: Id) {
        self.known.insert(key, at);
        if let Ties::Named(ties) = &mut self.sessions[at as usize].ties {
            let mut all = std::mem::take(ties).into_vec();
            all.extend(
                events
                    .naming
                    .of(key.2)
                    .filter(|tie| !all.iter().any(|other| other.name == tie.name))
                    .collect::<Vec<_>>(),
            );
            *ties = all.into();
        }
    }

    fn is_open(&self, at: u32) -> bool {
        self.sessions[at as usize].first_dead_at.is_none()
    }

    fn was_refused(&self, at: u32) -> bool {
        matches!(self.sessions[at as usize].clues.ended_by, Some(EndedBy::Refusal | EndedBy::RenewalRefusal))
    }

    /// Some servers take note that someone is who they say they are, and only then that they may not come in: that never was
    /// a session.
    fn void(&mut self, key: Id, known: Option<u32>, id: EventId, event: &Event) {
        let Some(at) = known.filter(|&at| self.is_open(at)) else { return };
        let session = &mut self.sessions[at as usize];
        if session.start_seen && session.last_alive == session.start_event {
            session.state = State::Ended;
            session.first_dead_at = Some(event.time);
            session.first_dead = Some(id);
            self.known.remove(&key);
            self.voided.push(at);
        }
    }

    /// An id goes to someone new. A session that bore it and was not seen to end has ended unseen.
    fn give_out(&mut self, key: Id, id: EventId, event: &Event) {
        if let Some(at) = self.known.remove(&key).filter(|&at| self.is_open(at)) {
            let session = &mut self.sessions[at as usize];
            session.state = State::Ended;
            session.first_dead_at = Some(event.time);
            session.first_dead = Some(id);
        }
        self.received.insert(key, Received { event: id, client: event.client, failed: false });
    }

    fn live(
        &mut self,
        events: &mut EventStore,
        key: Id,
        known: Option<u32>,
        id: EventId,
        event: &Event,
    ) -> Option<u32> {
        if let Some(at) = known {
            let session = &self.sessions[at as usize];
            if self.is_open(at) || self.was_refused(at) {
                self.alive(events, at, id, event);
                return Some(at);
            }
            if session.first_dead_at.is_some_and(|dead| event.time - dead <= AFTERMATH) {
                return Some(at);
            }
        }
        // Someone may act whose session is nowhere else to be seen; that alone makes none.
        let failed = self.received.get(&key).is_some_and(|received| received.failed);
        (!failed && event.kind != EventKind::Operator).then(|| self.open(events, key, id, event, false))
    }

    fn open(&mut self, events: &mut EventStore, key: Id, id: EventId, event: &Event, seen: bool) -> u32 {
        let at = self.sessions.len() as u32;
        let received = self.received.remove(&key);
        if let Some(received) = received {
            events.set_session(received.event, SessionId(self.first + at));
        }
        let client = if event.client.is_some() { event.client } else { received.map_or(Sym::NONE, |r| r.client) };
        let mut shared = |sym: Sym| -> Arc<str> {
            Arc::clone(self.names.entry(sym).or_insert_with(|| events.symbols.resolve(sym).into()))
        };
        let age = events.naming.age(id).unwrap_or(0).max(0);
        let acted = matches!(event.kind, EventKind::SignIn | EventKind::Activity);
        let session = Session {
            user: event.actor.is_some().then(|| shared(event.actor)),
            app: shared(event.host),
            sources: Arc::clone(self.sources.entry(key.0).or_insert_with(|| [key.0].into())),
            ties: Ties::Named(events.naming.of(key.2).collect()),
            started_at: event.time - age,
            start_seen: seen,
            last_alive_at: event.time,
            first_dead_at: None,
            last_activity_at: acted.then_some(event.time),
            start_event: seen.then_some(id),
            last_alive: Some(id),
            first_dead: None,
            state: State::Active,
            gaps: Box::default(),
            validity: Box::default(),
            clues: Clues { client, host: event.host, ..Clues::default() },
        };
        self.sessions.push(session);
        self.known.insert(key, at);
        self.open.entry(key.0).or_default().push(at);
        if event.actor.is_some() {
            self.by_user.entry((key.0, key.1, event.actor)).or_default().push(at);
        }
        self.closings.entry(key.0).or_default().opened += 1;
        at
    }

    fn alive(&mut self, events: &EventStore, at: u32, id: EventId, event: &Event) {
        let session = &mut self.sessions[at as usize];
        if session.first_dead_at.take().is_some() {
            // It was refused once and is let in again: that was not its end.
            session.state = State::Active;
            session.first_dead = None;
            let renewals = session.clues.renewals;
            let (client, host) = (session.clues.client, session.clues.host);
            session.clues = Clues { renewals, client, host, ..Clues::default() };
            self.open.entry(event.span.0.source).or_default().push(at);
        }
        if let Some(from) = self.away.remove(&at) {
            let mut gaps = std::mem::take(&mut session.gaps).into_vec();
            gaps.push(TimeRange::new(from, event.time.max(from)));
            session.gaps = gaps.into();
        }
        session.last_alive_at = event.time;
        session.last_alive = Some(id);
        match event.kind {
            EventKind::SignIn | EventKind::Activity => session.last_activity_at = Some(event.time),
            EventKind::Refresh => {
                session.clues.renewals += 1;
                session.clues.last_renewal = Some(id);
            }
            _ => {}
        }
        if let (false, Some(age)) = (session.start_seen, events.naming.age(id)) {
            session.started_at = session.started_at.min(event.time - age.max(0));
        }
        if event.client.is_some() && !session.clues.client.is_some() {
            session.clues.client = event.client;
        }
        // A security identifier stands for a user whom another record calls by name.
        let unnamed = session.user.as_deref().is_none_or(|user| user.starts_with("S-1-5-"));
        if unnamed && event.actor.is_some() {
            let name = self.names.entry(event.actor).or_insert_with(|| events.symbols.resolve(event.actor).into());
            session.user = Some(Arc::clone(name));
            let source = event.span.0.source;
            self.by_user.entry((source, event.host, event.actor)).or_default().push(at);
        }
    }

    fn close(
        &mut self,
        events: &mut EventStore,
        key: Id,
        known: Option<u32>,
        id: EventId,
        event: &Event,
    ) -> Option<u32> {
        let at = match known.or_else(|| self.begun_elsewhere(key, event)) {
            Some(at) => at,
            // A connection that came and went without anyone signing in.
            None if self.received.remove(&key).is_some_and(|received| {
                received.failed || event.stated == Stated::Nothing || !event.actor.is_some()
            }) =>
            {
                return None;
            }
            // Servers have processes of their own, which nobody signed in to.
            None if event.stated.cause().is_none() && !event.actor.is_some() => return None,
            // Another record told of the same end by another id.
            None if event.flags.contains(EventFlags::TWIN) => {
                let ended = |at: &u32| {
                    let session = &self.sessions[*at as usize];
                    !session.start_seen && session.first_dead_at.is_some_and(|dead| event.time - dead <= TWINS)
                };
                let theirs = self.by_user.get(&(key.0, event.host, event.actor));
                match theirs.and_then(|all| all.iter().rev().copied().find(ended)) {
                    Some(at) => {
                        self.join_twin(events, at, key);
                        at
                    }
                    None => self.open(events, key, id, event, false),
                }
            }
            None => self.open(events, key, id, event, false),
        };
        let by = if event.kind == EventKind::SignOut { EndedBy::SignOut } else { EndedBy::Close };
        if self.is_open(at) && by == EndedBy::Close {
            let session = &mut self.sessions[at as usize];
            // Who closes it knew it until then; but how long nothing had come of it is what an idle limit goes by.
            if event.stated != Stated::Idle {
                session.last_alive_at = event.time;
            }
            if let (false, Some(age)) = (session.start_seen, events.naming.age(id)) {
                session.started_at = session.started_at.min(event.time - age.max(0));
            }
        }
        self.end(at, id, event, by);
        Some(at)
    }

    /// A session that nothing was seen of but that it is over: what ran out, was used twice or was taken back had been given
    /// to someone before, so the log begins after the session did. It was never seen alive.
    fn refused_unseen(&mut self, events: &mut EventStore, key: Id, id: EventId, event: &Event) -> Option<u32> {
        let had_one = event.actor.is_some() && tells_of_a_session(event.kind, event.stated);
        had_one.then(|| {
            let at = self.open(events, key, id, event, false);
            self.sessions[at as usize].last_alive = None;
            at
        })
    }

    /// The session that another log of the same server told the beginning of: of the same app, id and user, and open. MySQL
    /// writes who connects into one log and who is cut off into another.
    fn begun_elsewhere(&mut self, key: Id, event: &Event) -> Option<u32> {
        if !event.actor.is_some() || self.received.contains_key(&key) {
            return None;
        }
        let name = self.names.get(&event.actor)?;
        let others = self.open.keys().filter(|&&source| source != key.0);
        let mut found = others.filter_map(|&source| self.known.get(&(source, key.1, key.2)).copied()).filter(|&at| {
            let session = &self.sessions[at as usize];
            self.is_open(at) && session.start_seen && session.user.as_ref() == Some(name)
        });
        let one = found.next()?;
        if found.next().is_some() {
            return None;
        }
        self.known.insert(key, one);
        let session = &mut self.sessions[one as usize];
        session.sources = session.sources.iter().copied().chain([key.0]).collect();
        Some(one)
    }

    /// A record that names a user and no session ends all that the user has open there.
    fn close_all_of(&mut self, but: Option<u32>, id: EventId, event: &Event) -> Option<u32> {
        let source = event.span.0.source;
        if event.flags.contains(EventFlags::EVERYONE) {
            let on_host = |at: &u32| self.sessions[*at as usize].clues.host == event.host && self.is_open(*at);
            let all: Vec<u32> = self.open.get(&source)?.iter().copied().filter(on_host).collect();
            for &at in &all {
                self.end(at, id, event, EndedBy::Close);
            }
            return all.last().copied();
        }
        if !event.host.is_some() && event.actor.is_some() && !event.flags.contains(EventFlags::OTHERS) {
            // Who wrote it knew the user but not the app: all of them.
            let name = self.names.get(&event.actor).cloned()?;
            let theirs = |at: &u32| self.sessions[*at as usize].user.as_ref() == Some(&name) && self.is_open(*at);
            let all: Vec<u32> = self.open.get(&source)?.iter().copied().filter(theirs).collect();
            let by = if event.kind == EventKind::SignOut { EndedBy::SignOut } else { EndedBy::Close };
            for &at in &all {
                self.end(at, id, event, by);
            }
            return all.last().copied();
        }
        let open = self.by_user.remove(&(source, event.host, event.actor))?;
        let mut one = None;
        let by = if event.kind == EventKind::SignOut { EndedBy::SignOut } else { EndedBy::Close };
        // Said without naming the new session, it is about all but the one that began last.
        let newest = || open.iter().rev().copied().find(|&at| self.is_open(at));
        let but = but.or_else(|| if event.flags.contains(EventFlags::OTHERS) { newest() } else { None });
        let mut kept = Vec::new();
        for at in open {
            if Some(at) == but {
                kept.push(at);
            } else if self.is_open(at) {
                self.end(at, id, event, by);
                one = Some(at);
            }
        }
        if !kept.is_empty() {
            self.by_user.insert((event.span.0.source, event.host, event.actor), kept);
        }
        one
    }

    /// A record that ends a session, or says more about why it had ended.
    fn end(&mut self, at: u32, id: EventId, event: &Event, by: EndedBy) {
        let announced = |host| self.stopping.get(&(event.span.0.source, host)).copied();
        let stated = match announced(event.host).or_else(|| announced(Sym::NONE)) {
            // The order to end a session and the shutdown that ends all of them read alike; only the announcement tells.
            Some(_) if matches!(event.stated, Stated::Revoked | Stated::ConnectionClosed | Stated::Nothing) => {
                Stated::ServerShutdown
            }
            // Some systems log everybody off on the way down, as if each had asked for it.
            Some(at) if by == EndedBy::Close && event.stated == Stated::LoggedOut && event.time - at <= FAREWELL => {
                Stated::ServerShutdown
            }
            _ => event.stated,
        };
        self.closings.entry(event.span.0.source).or_default().closed += 1;
        let session = &mut self.sessions[at as usize];
        if session.first_dead_at.is_none() {
            session.state = State::Ended;
            session.first_dead_at = Some(event.time);
            session.first_dead = Some(id);
            session.clues.ended_by = Some(by);
            if by == EndedBy::RenewalRefusal {
                session.clues.refused_renewal = Some(id);
            }
            if let Some(from) = self.away.remove(&at) {
                let mut gaps = std::mem::take(&mut session.gaps).into_vec();
                gaps.push(TimeRange::new(from, event.time.max(from)));
                session.gaps = gaps.into();
            }
        }
        let old = session.clues.stated.map_or(Stated::Nothing, |(stated, _)| stated);
        if says_more(stated, old) {
            session.clues.stated = Some((stated, id));
        }
    }

    fn server(&mut self, id: EventId, event: &Event) {
        let source = event.span.0.source;
        let app = (source, event.host);
        if event.stated == Stated::ServerShutdown {
            self.shut_down(id, event);
        }
        if event.kind == EventKind::ServerStop {
            self.stopping.insert(app, event.time);
        } else {
            self.stopping.remove(&app);
        }
    }

    /// The server went down or came up: whatever was open on it is gone. That the shutdown ended it can be said only where
    /// the source would have recorded another end.
    fn shut_down(&mut self, id: EventId, event: &Event) {
        let source = event.span.0.source;
        let told = self.closings.get(&source).copied().unwrap_or_default().are_recorded();
        let before = self.last.get(&source).copied().unwrap_or(Nanos::MIN);
        let seen = if event.kind == EventKind::ServerStop { event.time } else { before };
        let Some(open) = self.open.get_mut(&source) else { return };
        let sessions = &mut self.sessions;
        open.retain(|&at| {
            let session = &mut sessions[at as usize];
            if session.first_dead_at.is_some() {
                return false;
            }
            if event.host.is_some() && session.clues.host != event.host {
                return true;
            }
            session.state = State::Ended;
            session.first_dead_at = Some(event.time);
            session.first_dead = Some(id);
            session.clues.ended_by = Some(EndedBy::Shutdown);
            if told {
                session.last_alive_at = session.last_alive_at.max(seen);
                session.clues.stated = Some((Stated::ServerShutdown, id));
            }
            false
        });
    }

    fn drop_voided(&mut self, events: &mut EventStore) {
        if self.voided.is_empty() {
            return;
        }
        self.voided.sort_unstable();
        let (first, voided) = (self.first, &self.voided);
        for id in events.ids() {
            let Some(at) = events.session(id).0.checked_sub(first).filter(|_| events.session(id).is_some()) else {
                continue;
            };
            let session = match voided.binary_search(&at) {
                Ok(_) => SessionId::NONE,
                Err(before) => SessionId(first + at - before as u32),
            };
            events.set_session(id, session);
        }
        let mut at = 0..;
        self.sessions.retain(|_| at.next().is_none_or(|at| voided.binary_search(&at).is_err()));
    }

    /// Where a source records how sessions end, one without such a record was open as long as the log went on.
    fn stay_open(&mut self) {
        for session in self.sessions.iter_mut().filter(|session| session.state == State::Active) {
            let Some(source) = session.sources.first() else { continue };
            let closings = self.closings.get(source).copied().unwrap_or_default();
            if closings.closed > 0 {
                let end = self.last.get(source).copied().unwrap_or(Nanos::MIN);
                session.last_alive_at = session.last_alive_at.max(end);
            }
        }
    }
}

/// Whether a refusal for this reason leaves the session as it is.
fn says_nothing_of_the_session(stated: Stated) -> bool {
    matches!(stated, Stated::Forbidden | Stated::Csrf | Stated::BadCredentials)
}

/// Whether a refusal for this reason is one of something that only a session has. Who is locked out or brings a token that
/// does not verify may never have had one.
fn tells_of_a_session(kind: EventKind, stated: Stated) -> bool {
    match stated {
        Stated::Idle
        | Stated::MaximumAge
        | Stated::RefreshExpired
        | Stated::RefreshReused
        | Stated::RefreshRevoked
        | Stated::Revoked
        | Stated::PasswordChanged
        | Stated::OtherDevice => true,
        // A renewal is asked for with what a sign-in gave.
        Stated::AccountDisabled => kind == EventKind::RefreshRefused,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
