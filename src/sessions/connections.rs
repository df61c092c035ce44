//! Sessions of daemons: one process and connection each, opened and closed by lines that name them (sshd, PAM, logind).

use crate::model::{
    Clues, EndedBy, Event, EventFlags, EventId, EventKind, EventStore, Family, Nanos, Session, SessionId, SourceId,
    SourceReport, State, Stated, Sym, Ties, time::SECOND,
};
use hashbrown::HashMap;
use std::{collections::VecDeque, sync::Arc};

/// Bit of `link` that marks a systemd-logind session number instead of a process id.
pub const LOGIND: u64 = 1 << 63;

/// Where a process's lines belong: by source, host and process id.
type Process = (SourceId, Sym, u32);

/// How long after its end lines of a connection may still come.
const AFTERMATH: Nanos = 10 * SECOND;

#[derive(Debug, Default)]
struct Builder {
    sessions: Vec<Session>,
    processes: HashMap<Process, u32>,
    logind: HashMap<(SourceId, Sym, u64), u32>,
    ports: HashMap<(SourceId, Sym, u16), u32>,
    /// Sessions that ended, by time: forgotten by the tables above once their aftermath is over.
    ended: VecDeque<(Nanos, u32)>,
    /// The source of the event before this one, and when that was.
    before: Option<(SourceId, Nanos)>,
    names: HashMap<Sym, Arc<str>>,
    apps: HashMap<Sym, Arc<str>>,
    sources: HashMap<SourceId, Arc<[SourceId]>>,
    /// Sessions that may be open, by source, host and user: kept only where lines name a user alone.
    by_user: Option<HashMap<(SourceId, Sym, Sym), Vec<u32>>>,
}

/// Whether a line says what someone did, or that their session ended, and names neither process nor connection.
fn names_user_alone(kind: EventKind, link: u64) -> bool {
    link == 0 && matches!(kind, EventKind::Activity | EventKind::Close)
}

/// Rebuilds the sessions of all daemon sources, appending them to `sessions` and tying their events to them.
pub fn build(
    events: &mut EventStore,
    sources: &[SourceReport],
    families: &[Option<Family>],
    sessions: &mut Vec<Session>,
) {
    let by_host = |family: Option<Family>| matches!(family, Some(Family::Connections | Family::Named));
    if !families.iter().copied().any(by_host) {
        return;
    }
    let first = sessions.len() as u32;
    let mut builder = Builder::default();
    // One sign-in gives two or three lines; room that is never used is never touched.
    builder.sessions.reserve(events.kinds().iter().filter(|&&kind| kind == EventKind::SignIn).count());
    let may = |id| matches!(events.kind(id), EventKind::Activity | EventKind::Close);
    if events.ids().any(|id| may(id) && names_user_alone(events.kind(id), events.get(id).link)) {
        builder.by_user = Some(HashMap::new());
    }
    for id in events.ids() {
        if matches!(events.kind(id), EventKind::SignInFailed | EventKind::AccountLocked | EventKind::AccountUnlocked) {
            continue;
        }
        let event = events.get(id);
        let source = event.span.0.source;
        let named = events.flags(id).contains(EventFlags::NAMED);
        if named || !by_host(families.get(source.0 as usize).copied().flatten()) {
            continue;
        }
        if let Some(session) = builder.take(events, id, &event) {
            events.set_session(id, SessionId(first + session));
        }
        builder.before = Some((source, event.time));
    }
    stay_open(events, &mut builder.sessions, sources.len());
    if sessions.is_empty() {
        *sessions = builder.sessions;
    } else {
        sessions.append(&mut builder.sessions);
    }
}

/// A connection without a closing line was open as long as its log went on.
fn stay_open(events: &EventStore, sessions: &mut [Session], sources: usize) {
    let mut last: Vec<Nanos> = vec![Nanos::MIN; sources];
    for id in events.ids() {
        if let Some(last) = last.get_mut(events.span(id).source.0 as usize) {
            *last = (*last).max(events.time(id));
        }
    }
    for session in sessions.iter_mut().filter(|session| session.state == State::Active) {
        let end = session.sources.first().and_then(|source| last.get(source.0 as usize));
        session.last_alive_at = session.last_alive_at.max(end.copied().unwrap_or(Nanos::MIN));
    }
}

impl Builder {
    fn take(&mut self, events: &EventStore, id: EventId, event: &Event) -> Option<u32> {
        match event.kind {
            EventKind::ServerStop | EventKind::ServerStart => {
                if event.stated == Stated::ServerShutdown {
                    self.shut_down(id, event);
                }
                return None;
            }
            _ => {}
        }
        self.forget(event.time);
        if event.link & LOGIND != 0 {
            return self.take_logind(events, id, event);
        }
        if names_user_alone(event.kind, event.link) {
            let session = self.only_one_of(event)?;
            if event.kind == EventKind::Close {
                self.close(events, session, id, event);
            } else {
                self.alive(session, id, event);
            }
            return Some(session);
        }
        let port = (event.link >> 32) as u16;
        let process = (event.span.0.source, event.host, event.link as u32);
        let known = self.processes.get(&process).copied();
        let by_port = || {
            let named = port != 0 && event.kind != EventKind::Neutral;
            named.then(|| self.ports.get(&(process.0, event.client, port)).copied()).flatten()
        };
        let known = known.or_else(by_port);
        match event.kind {
            EventKind::SignIn => match known {
                Some(session) if self.sessions[session as usize].first_dead_at.is_none() => {
                    self.alive(session, id, event);
                    Some(session)
                }
                _ => Some(self.open(events, process, port, id, event)),
            },
            EventKind::Close => {
                self.close(events, known?, id, event);
                known
            }
            EventKind::Neutral => {
                let session = known?;
                let served_by = (event.link >> 32) as u32;
                if served_by != 0 {
                    self.processes.insert((process.0, event.host, served_by), session);
                    if let Ties::Connection { child, .. } = &mut self.sessions[session as usize].ties {
                        *child = served_by;
                    }
                }
                Some(session)
            }
            _ => {
                let session = known?;
                if event.kind.proves_life() {
                    self.alive(session, id, event);
                }
                Some(session)
            }
        }
    }

    /// The session of a line that names its user alone: the user's only one, else it may be any of them. One that a process
    /// serves says so itself when it ends.
    fn only_one_of(&mut self, event: &Event) -> Option<u32> {
        let sessions = &self.sessions;
        let open = self.by_user.as_mut()?.get_mut(&(event.span.0.source, event.host, event.actor))?;
        open.retain(|&at| sessions[at as usize].first_dead_at.is_none());
        let served = |at: u32| !matches!(sessions[at as usize].ties, Ties::Connection { pid: 0, port: 0, .. });
        match *open.as_slice() {
            [at] if event.kind != EventKind::Close || !served(at) => Some(at),
            _ => None,
        }
    }

    /// Takes ended connections out of the tables, so that these stay as small as what is open, and a process id or port
    /// that comes back is a new connection.
    fn forget(&mut self, now: Nanos) {
        while let Some(&(at, session)) = self.ended.front() {
            if now - at <= AFTERMATH {
                break;
            }
            self.ended.pop_front();
            let ended = &self.sessions[session as usize];
            let Ties::Connection { address, port, pid, child, logind } = ended.ties else { continue };
            let (source, host) = (ended.sources.first().copied().unwrap_or(SourceId(0)), ended.clues.host);
            for pid in [pid, child] {
                if self.processes.get(&(source, host, pid)) == Some(&session) {
                    self.processes.remove(&(source, host, pid));
                }
            }
            if self.ports.get(&(source, address, port)) == Some(&session) {
                self.ports.remove(&(source, address, port));
            }
            self.logind.remove(&(source, host, LOGIND | u64::from(logind)));
        }
    }

    fn open(&mut self, events: &EventStore, process: Process, port: u16, id: EventId, event: &Event) -> u32 {
        let session = self.sessions.len() as u32;
        let app = self.apps.entry(event.host).or_insert_with(|| match events.symbols.resolve(event.host) {
            "" => "sshd".into(),
            host => format!("sshd on {host}").into(),
        });
        let app = Arc::clone(app);
        let user = event.actor.is_some().then(|| {
            Arc::clone(self.names.entry(event.actor).or_insert_with(|| events.symbols.resolve(event.actor).into()))
        });
        self.sessions.push(Session {
            user,
            app,
            sources: Arc::clone(self.sources.entry(process.0).or_insert_with(|| [process.0].into())),
            ties: Ties::Connection { address: event.client, port, pid: process.2, child: 0, logind: 0 },
            started_at: event.time,
            start_seen: true,
            last_alive_at: event.time,
            first_dead_at: None,
            last_activity_at: Some(event.time),
            start_event: Some(id),
            last_alive: Some(id),
            first_dead: None,
            state: State::Active,
            gaps: Box::default(),
            validity: Box::default(),
            clues: Clues { client: event.client, host: event.host, ..Clues::default() },
        });
        if let (Some(by_user), true) = (&mut self.by_user, event.actor.is_some()) {
            let open = by_user.entry((process.0, process.1, event.actor)).or_default();
            if open.len() >= 8 {
                open.retain(|&at| self.sessions[at as usize].first_dead_at.is_none());
            }
            open.push(session);
        }
        if process.2 != 0 {
            self.processes.insert(process, session);
        }
        if port != 0 {
            self.ports.insert((process.0, event.client, port), session);
        }
        session
    }

    fn alive(&mut self, session: u32, id: EventId, event: &Event) {
        let session = &mut self.sessions[session as usize];
        if session.first_dead_at.is_none() {
            session.last_alive_at = event.time;
            session.last_alive = Some(id);
            session.last_activity_at = Some(event.time);
        }
    }

    /// A closing line. Several come for one end; the earliest is when it was seen, the most telling says why.
    fn close(&mut self, events: &EventStore, at: u32, id: EventId, event: &Event) {
        let session = &mut self.sessions[at as usize];
        if session.first_dead_at.is_none() {
            session.state = State::Ended;
            session.first_dead_at = Some(event.time);
            session.first_dead = Some(id);
            session.last_alive_at = event.time;
            session.clues.ended_by = Some(EndedBy::Close);
            self.ended.push_back((event.time, at));
        }
        let old = session.clues.stated.map_or(Stated::Nothing, |(stated, _)| stated);
        // sshd writes "Disconnected from user" after any disconnect, with the reason in the line before.
        let echo =
            old == Stated::ConnectionClosed && events.symbols.resolve(event.what).starts_with("Disconnected from");
        if says_more(event.stated, old) && !echo {
            session.clues.stated = Some((event.stated, id));
        }
    }

    fn take_logind(&mut self, events: &EventStore, id: EventId, event: &Event) -> Option<u32> {
        let source = event.span.0.source;
        let key = (source, event.host, event.link);
        match event.kind {
            EventKind::SignIn => {
                let name = events.symbols.resolve(event.actor);
                // The session that sshd opened for this user a moment ago, as logind calls it.
                let recent = self.sessions.iter().enumerate().rev().take(64);
                let twin = recent.take_while(|(_, session)| event.time - session.started_at <= 5 * SECOND).find(
                    |(_, session)| {
                        session.sources.first() == Some(&source)
                            && session.clues.host == event.host
                            && session.user.as_deref() == Some(name)
                            && matches!(session.ties, Ties::Connection { logind: 0, .. })
                    },
                );
                let session = if let Some((at, _)) = twin {
                    at as u32
                } else {
                    let session = self.open(events, (source, event.host, 0), 0, id, event);
                    let host = events.symbols.resolve(event.host);
                    self.sessions[session as usize].app = format!("logind on {host}").into();
                    session
                };
                if let Ties::Connection { logind, .. } = &mut self.sessions[session as usize].ties {
                    *logind = (event.link & !LOGIND) as u32;
                }
                self.logind.insert(key, session);
                Some(session)
            }
            EventKind::Close => {
                let session = *self.logind.get(&key)?;
                self.close(events, session, id, event);
                Some(session)
            }
            _ => self.logind.get(&key).copied(),
        }
    }

    /// The host went down or came up: whatever was open on it is gone.
    ///
    /// A line that announces the end saw it alive; a boot says only that it ended since the line before.
    fn shut_down(&mut self, id: EventId, event: &Event) {
        let source = event.span.0.source;
        let before = self.before.filter(|&(other, _)| other == source).map_or(Nanos::MIN, |(_, at)| at);
        let seen = if event.kind == EventKind::ServerStop { event.time } else { before };
        for (at, session) in self.sessions.iter_mut().enumerate() {
            let open = session.first_dead_at.is_none();
            if open && session.clues.host == event.host && session.sources.first() == Some(&source) {
                session.state = State::Ended;
                session.first_dead_at = Some(event.time);
                session.first_dead = Some(id);
                session.last_alive_at = session.last_alive_at.max(seen);
                session.clues.ended_by = Some(EndedBy::Shutdown);
                session.clues.stated = Some((Stated::ServerShutdown, id));
                self.ended.push_back((event.time, at as u32));
            }
        }
    }
}

/// Which of two closing lines tells more. An idle close makes the client disconnect, so "disconnected by user" after it is
/// a consequence; a bare close tells nothing.
pub(super) fn says_more(new: Stated, old: Stated) -> bool {
    let rank = |stated: Stated| match stated {
        Stated::Nothing => 0,
        Stated::LoggedOut => 2,
        _ if stated.cause().is_none() => 1,
        _ => 3,
    };
    rank(new) > rank(old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Located, Span};

    fn read(lines: &[(Nanos, EventKind, Stated)]) -> Vec<Session> {
        let mut events = EventStore::default();
        let (actor, host) = (events.symbols.intern("kim"), events.symbols.intern("gw"));
        for &(secs, kind, stated) in lines {
            let span = Located(Span { source: SourceId(0), offset: secs as u64, len: 1 });
            let link = if matches!(kind, EventKind::ServerStart | EventKind::ServerStop) { 1 } else { 811 };
            events.push(Event { time: secs * SECOND, kind, stated, span, actor, host, link, ..Event::default() });
        }
        let mut sessions = Vec::new();
        build(&mut events, &[SourceReport::new("auth.log".into())], &[Some(Family::Connections)], &mut sessions);
        sessions
    }

    #[test]
    fn a_line_that_names_a_user_alone_is_about_the_only_session_of_theirs() {
        let mut events = EventStore::default();
        let (kim, lee, host) =
            (events.symbols.intern("kim"), events.symbols.intern("lee"), events.symbols.intern("gw"));
        let lines = [
            (10, EventKind::SignIn, kim, 811),
            (20, EventKind::SignIn, lee, 0),
            (30, EventKind::Activity, kim, 0),
            (40, EventKind::SignIn, kim, 812),
            (50, EventKind::Activity, kim, 0),
            (60, EventKind::Close, lee, 0),
            (70, EventKind::Close, kim, 0),
        ];
        for (secs, kind, actor, link) in lines {
            let span = Located(Span { source: SourceId(0), offset: secs as u64, len: 1 });
            events.push(Event { time: secs * SECOND, kind, span, actor, host, link, ..Event::default() });
        }
        let mut sessions = Vec::new();
        build(&mut events, &[SourceReport::new("auth.log".into())], &[Some(Family::Connections)], &mut sessions);
        let told: Vec<_> =
            sessions.iter().map(|it| (it.last_activity_at.unwrap() / SECOND, it.first_dead_at)).collect();
        assert_eq!(told, [(30, None), (20, Some(60 * SECOND)), (40, None)]);
    }

    #[test]
    fn a_shutdown_ends_what_is_open_when_it_is_announced() {
        let kim =
            &read(&[(10, EventKind::SignIn, Stated::Nothing), (900, EventKind::ServerStop, Stated::ServerShutdown)])[0];
        assert_eq!(kim.clues.ended_by, Some(EndedBy::Shutdown));
        assert_eq!((kim.last_alive_at, kim.first_dead_at), (900 * SECOND, Some(900 * SECOND)));
    }

    #[test]
    fn a_boot_says_only_that_it_ended_since_the_line_before() {
        let lines = [
            (10, EventKind::SignIn, Stated::Nothing),
            (700, EventKind::Activity, Stated::Nothing),
            (900, EventKind::ServerStart, Stated::ServerShutdown),
        ];
        let kim = &read(&lines)[0];
        assert_eq!((kim.last_alive_at, kim.first_dead_at), (700 * SECOND, Some(900 * SECOND)));
    }

    #[test]
    fn a_listener_that_restarts_ends_nobody() {
        let kim = &read(&[(10, EventKind::SignIn, Stated::Nothing), (900, EventKind::ServerStop, Stated::Nothing)])[0];
        assert_eq!(kim.state, State::Active);
    }
}
