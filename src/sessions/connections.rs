//! Sessions of daemons: one process and connection each, opened and closed by lines that name them (sshd, PAM, logind).

use crate::model::{
    Clues, EndedBy, Event, EventId, EventKind, EventStore, Family, KeyKind, KeyValue, Nanos, Session, SessionId,
    SessionKey, SourceId, SourceReport, State, Stated, Sym, time::MINUTE, time::SECOND,
};
use hashbrown::HashMap;

/// Bit of `link` that marks a systemd-logind session number instead of a process id.
pub const LOGIND: u64 = 1 << 63;

/// A connection while it is open, or just closed: lines that belong to it may still come.
#[derive(Debug)]
struct Open {
    session: u32,
    closed_at: Option<Nanos>,
}

/// Where a process's lines belong: by source, host and process id.
type Process = (SourceId, Sym, u32);

#[derive(Debug, Default)]
struct Builder {
    sessions: Vec<Session>,
    processes: HashMap<Process, Open>,
    /// Live sessions of a host's user, for logind and for lines without a process of their own.
    logind: HashMap<(SourceId, Sym, u64), u32>,
    ports: HashMap<(SourceId, Sym, u16), u32>,
}

/// Rebuilds the sessions of all daemon sources, appending them to `sessions` and tying their events to them.
pub fn build(
    events: &mut EventStore,
    sources: &[SourceReport],
    families: &[Option<Family>],
    sessions: &mut Vec<Session>,
) {
    if !families.contains(&Some(Family::Connections)) {
        return;
    }
    let first = sessions.len() as u32;
    let mut builder = Builder::default();
    for id in events.ids() {
        let event = events.get(id);
        let source = event.span.0.source;
        if families.get(source.0 as usize).copied().flatten() != Some(Family::Connections) {
            continue;
        }
        if let Some(session) = builder.take(events, id, &event) {
            events.set_session(id, SessionId(first + session));
        }
    }
    let _ = sources;
    sessions.append(&mut builder.sessions);
}

impl Builder {
    fn take(&mut self, events: &EventStore, id: EventId, event: &Event) -> Option<u32> {
        let source = event.span.0.source;
        match event.kind {
            EventKind::ServerStop | EventKind::ServerStart => {
                if event.stated == Stated::ServerShutdown {
                    self.shut_down(id, event);
                }
                return None;
            }
            EventKind::SignInFailed | EventKind::AccountLocked | EventKind::AccountUnlocked => return None,
            _ => {}
        }
        if event.link & LOGIND != 0 {
            return self.take_logind(events, id, event);
        }
        let pid = event.link as u32;
        let port = (event.link >> 32) as u16;
        let process = (source, event.host, pid);
        let known = self.find(process, event, port);
        match event.kind {
            EventKind::SignIn => match known {
                Some(session) if self.sessions[session as usize].first_dead_at.is_none() => {
                    self.alive(session, id, event);
                    Some(session)
                }
                _ => Some(self.open(events, process, port, id, event)),
            },
            EventKind::Close => {
                let session = known?;
                self.close(session, id, event);
                if let Some(open) = self.processes.get_mut(&process) {
                    open.closed_at = Some(event.time);
                }
                Some(session)
            }
            EventKind::Neutral => {
                let session = known?;
                let child = (event.link >> 32) as u32;
                if child != 0 {
                    self.processes.insert((source, event.host, child), Open { session, closed_at: None });
                    self.add_key(session, KeyKind::Process, "pid", &child.to_string());
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

    /// The session of a process, or of the connection that the line names.
    fn find(&self, process: Process, event: &Event, port: u16) -> Option<u32> {
        let fresh = |open: &&Open| open.closed_at.is_none_or(|at| event.time - at <= 10 * SECOND);
        let by_process = self.processes.get(&process).filter(fresh).map(|open| open.session);
        by_process.or_else(|| {
            let session = *self
                .ports
                .get(&(process.0, event.client, port))
                .filter(|_| port != 0 && event.kind != EventKind::Neutral)?;
            let dead = self.sessions[session as usize].first_dead_at;
            dead.is_none_or(|at| event.time - at <= 10 * SECOND).then_some(session)
        })
    }

    fn open(&mut self, events: &EventStore, process: Process, port: u16, id: EventId, event: &Event) -> u32 {
        let session = self.sessions.len() as u32;
        let host = events.symbols.resolve(event.host);
        self.sessions.push(Session {
            user: text(events, event.actor),
            app: if host.is_empty() { "sshd".into() } else { format!("sshd on {host}").into() },
            sources: vec![process.0],
            keys: Vec::new(),
            started_at: event.time,
            start_seen: true,
            last_alive_at: event.time,
            first_dead_at: None,
            last_activity_at: Some(event.time),
            start_event: Some(id),
            last_alive: Some(id),
            first_dead: None,
            state: State::Active,
            gaps: Vec::new(),
            validity: Vec::new(),
            clues: Clues { client: event.client, host: event.host, ..Clues::default() },
        });
        self.processes.insert(process, Open { session, closed_at: None });
        if port != 0 {
            self.ports.insert((process.0, event.client, port), session);
            self.add_key(session, KeyKind::Connection, "ip", events.symbols.resolve(event.client));
            self.add_key(session, KeyKind::Connection, "port", &port.to_string());
        }
        self.add_key(session, KeyKind::Process, "pid", &process.2.to_string());
        session
    }

    fn add_key(&mut self, session: u32, kind: KeyKind, name: &str, value: &str) {
        let keys = &mut self.sessions[session as usize].keys;
        if !value.is_empty() && keys.len() < 6 {
            keys.push(SessionKey { kind, name: name.into(), value: KeyValue::Open(value.into()) });
        }
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
    fn close(&mut self, session: u32, id: EventId, event: &Event) {
        let session = &mut self.sessions[session as usize];
        if session.first_dead_at.is_none() {
            session.state = State::Ended;
            session.first_dead_at = Some(event.time);
            session.first_dead = Some(id);
            session.last_alive_at = event.time;
            session.clues.ended_by = Some(EndedBy::Close);
        }
        let old = session.clues.stated.map_or(Stated::Nothing, |(stated, _)| stated);
        if says_more(event.stated, old) {
            session.clues.stated = Some((event.stated, id));
        }
    }

    fn take_logind(&mut self, events: &EventStore, id: EventId, event: &Event) -> Option<u32> {
        let source = event.span.0.source;
        let number = (source, event.host, event.link);
        match event.kind {
            EventKind::SignIn => {
                // The session that sshd opened for this user a moment ago, as logind calls it.
                let twin = self.sessions.iter().enumerate().rev().take(64).find(|(_, session)| {
                    session.sources.first() == Some(&source)
                        && session.clues.host == event.host
                        && (event.time - session.started_at).abs() <= 5 * SECOND
                        && session.user.as_deref() == text(events, event.actor).as_deref()
                });
                let session = match twin {
                    Some((at, _)) => at as u32,
                    None => {
                        let session = self.open(events, (source, event.host, u32::MAX), 0, id, event);
                        self.processes.remove(&(source, event.host, u32::MAX));
                        let host = events.symbols.resolve(event.host);
                        self.sessions[session as usize].app = format!("logind on {host}").into();
                        self.sessions[session as usize].keys.clear();
                        session
                    }
                };
                self.add_key(session, KeyKind::Logon, "logind", &(event.link & !LOGIND).to_string());
                self.logind.insert(number, session);
                Some(session)
            }
            EventKind::Close => {
                let session = *self.logind.get(&number)?;
                self.close(session, id, event);
                Some(session)
            }
            _ => self.logind.get(&number).copied(),
        }
    }

    /// The host went down or came up: whatever was open on it is gone.
    fn shut_down(&mut self, id: EventId, event: &Event) {
        let source = event.span.0.source;
        for session in self.sessions.iter_mut().rev() {
            if event.time - session.started_at > 60 * 24 * 60 * MINUTE {
                break;
            }
            let open = session.first_dead_at.is_none();
            if open && session.clues.host == event.host && session.sources.first() == Some(&source) {
                session.state = State::Ended;
                session.first_dead_at = Some(event.time);
                session.first_dead = Some(id);
                session.clues.ended_by = Some(EndedBy::Shutdown);
                session.clues.stated = Some((Stated::ServerShutdown, id));
            }
        }
    }
}

fn text(events: &EventStore, sym: Sym) -> Option<Box<str>> {
    Some(events.symbols.resolve(sym)).filter(|text| !text.is_empty()).map(Into::into)
}

/// Which of two closing lines tells more. An idle close makes the client disconnect, so "disconnected by user" after it is
/// a consequence; a bare close tells nothing.
fn says_more(new: Stated, old: Stated) -> bool {
    let rank = |stated| match stated {
        Stated::Nothing => 0,
        Stated::ConnectionClosed => 1,
        Stated::LoggedOut => 2,
        _ => 3,
    };
    rank(new) > rank(old)
}
