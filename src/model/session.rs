//! A session: the span in which the server recognises one client as signed in.

use super::{
    cause::Stated,
    event::EventId,
    naming::NamedTie,
    secret::Secret,
    source::SourceId,
    symbol::{Sym, Symbols},
    time::{Nanos, TimeRange},
};
use std::{borrow::Cow, sync::Arc};

/// A session, by its place in the inspection's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u32);

impl SessionId {
    /// No session.
    pub const NONE: Self = Self(u32::MAX);

    /// Whether it names a session at all.
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }
}

impl Default for SessionId {
    fn default() -> Self {
        Self::NONE
    }
}

/// What kind of thing ties a session's events together. The ids are those of the JSON report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// A session cookie.
    Cookie,
    /// A token, its `sid` or `jti`.
    Token,
    /// An address and port, or another id of a connection.
    Connection,
    /// A process id.
    Process,
    /// A logon id.
    Logon,
    /// An address or user agent: the weakest.
    Client,
}

impl KeyKind {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Token => "token",
            Self::Connection => "connection",
            Self::Process => "process",
            Self::Logon => "logon",
            Self::Client => "client",
        }
    }

    /// Whether its value would let someone else use the session.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Cookie)
    }
}

/// One thing that ties a session's events together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKey {
    /// Its kind.
    pub kind: KeyKind,
    /// Its name: the cookie's, `sub`, `pid`, `ip`.
    pub name: Cow<'static, str>,
    /// Its value.
    pub value: KeyValue,
}

/// A session's keys, as compactly as its kind allows: a large log has a session every few lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ties {
    /// Keys of any kind, strongest first.
    Keys(Vec<SessionKey>),
    /// A connection and the processes that served it; zero where not known.
    Connection {
        /// The client's address.
        address: Sym,
        /// The client's port.
        port: u16,
        /// The process that accepted it.
        pid: u32,
        /// Its child, which serves the user.
        child: u32,
        /// The number that systemd-logind gave the session.
        logind: u32,
    },
    /// The ids that the source gives the session, strongest first.
    Named(Box<[NamedTie]>),
}

/// A key's value: a credential, or something that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValue {
    /// A credential.
    Secret(Secret),
    /// May be shown.
    Open(Box<str>),
}

/// Whether a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It ended inside the input.
    Ended,
    /// The input stops while it is alive.
    Active,
}

/// One session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The user's name, where any record says it. Shared between the sessions of one user.
    pub user: Option<Arc<str>>,
    /// The host or service: `bank.example`, `sshd on vm`. Shared between its sessions.
    pub app: Arc<str>,
    /// The sources that show it. Shared between the sessions of one source.
    pub sources: Arc<[SourceId]>,
    /// What ties its events together; read it by [`keys`](Self::keys).
    pub ties: Ties,
    /// The first moment that it is known to exist.
    pub started_at: Nanos,
    /// Whether its sign-in was seen; else it began before the input does.
    pub start_seen: bool,
    /// The last event that proves it valid: its time.
    pub last_alive_at: Nanos,
    /// The first event that proves it gone: its time. `None` while active.
    pub first_dead_at: Option<Nanos>,
    /// The last event that a person caused, where there is one.
    pub last_activity_at: Option<Nanos>,
    /// The event of the sign-in.
    pub start_event: Option<EventId>,
    /// The event behind `last_alive_at`.
    pub last_alive: Option<EventId>,
    /// The event behind `first_dead_at`.
    pub first_dead: Option<EventId>,
    /// Whether it is over.
    pub state: State,
    /// Stretches in which the connection was gone or the server not there, by time, not overlapping.
    pub gaps: Box<[TimeRange]>,
    /// Stretches for which the last-seen token or cookie was valid, by time, for the thin line under the bar.
    pub validity: Box<[TimeRange]>,
    /// What its records show about how it ended.
    pub clues: Clues,
}

/// How the end of a session became visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The user signed out.
    SignOut,
    /// A request was refused.
    Refusal,
    /// A renewal was refused.
    RenewalRefusal,
    /// Its connection or process ended.
    Close,
    /// A shutdown ended whatever was open.
    Shutdown,
    /// The server went away and lost every session that is known to have come back; this one did not try again.
    Outage,
}

impl EndedBy {
    /// What the first event after the end shows, in a word or two.
    pub fn label(self) -> &'static str {
        match self {
            Self::SignOut => "signed out",
            Self::Close | Self::Shutdown => "closed",
            Self::Outage => "server away",
            Self::Refusal | Self::RenewalRefusal => "first refused",
        }
    }
}

/// The clock of a cookie: when the session's cookie runs out in the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieClock {
    /// When it was last set.
    pub set_at: Nanos,
    /// When it expires.
    pub expires: Nanos,
    /// Whether later answers moved the expiry: it slides with use.
    pub slides: bool,
    /// The answer that set it last.
    pub event: EventId,
}

/// The clock of a token: its times as its claims, or the answer that issued it, give them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenClock {
    /// `iat`, by the issuer's clock.
    pub issued_at: Option<Nanos>,
    /// `nbf`, by the issuer's clock.
    pub not_before: Option<Nanos>,
    /// `exp`, or the answer's time plus `expires_in`.
    pub expires: Option<Nanos>,
    /// When the token was first seen, by the capture's clock.
    pub first_seen: Nanos,
    /// The exchange that first showed it.
    pub event: EventId,
}

/// What the records of one session show beyond its times; read by the causes.
#[derive(Clone, Debug, Default)]
pub struct Clues {
    /// How the end became visible.
    pub ended_by: Option<EndedBy>,
    /// Whether the session's credential was sent on the first refused request; `None` where the capture can't tell.
    pub credential_sent: Option<bool>,
    /// Whether other cookies of the same host were still sent when the session's was not.
    pub siblings_sent: bool,
    /// The session cookie's clock, where it has one.
    pub cookie: Option<Box<CookieClock>>,
    /// The access token's clock, of the one that was sent last.
    pub token: Option<Box<TokenClock>>,
    /// The refresh token's clock, of the one that was sent last.
    pub refresh_token: Option<Box<TokenClock>>,
    /// The reason that the ending's records state, the strongest.
    pub stated: Option<(Stated, EventId)>,
    /// The source's words for it, quoted in the evidence.
    pub words: Option<Box<str>>,
    /// Renewals that succeeded.
    pub renewals: u32,
    /// The last of them.
    pub last_renewal: Option<EventId>,
    /// The renewal that was refused.
    pub refused_renewal: Option<EventId>,
    /// The last renewal or poll that got no answer.
    pub unanswered: Option<EventId>,
    /// Whether the app polls: its background traffic keeps a beat.
    pub beat: Option<Nanos>,
    /// The client of the session: an address, or address and agent.
    pub client: Sym,
    /// The server that it was on.
    pub host: Sym,
}

impl Session {
    /// What ties its events together, strongest first.
    pub fn keys(&self, symbols: &Symbols) -> Vec<SessionKey> {
        let open = |kind, name, value: String| SessionKey {
            kind,
            name: Cow::Borrowed(name),
            value: KeyValue::Open(value.into()),
        };
        match &self.ties {
            Ties::Keys(keys) => keys.clone(),
            &Ties::Connection { address, port, pid, child, logind } => [
                (KeyKind::Connection, "ip", symbols.resolve(address).to_owned()),
                (KeyKind::Connection, "port", port.to_string()),
                (KeyKind::Process, "pid", pid.to_string()),
                (KeyKind::Process, "pid", child.to_string()),
                (KeyKind::Logon, "logind", logind.to_string()),
            ]
            .into_iter()
            .filter(|(_, _, value)| !value.is_empty() && value != "0")
            .map(|(kind, name, value)| open(kind, name, value))
            .collect(),
            Ties::Named(ties) => {
                ties.iter().map(|tie| open(tie.kind, tie.name, symbols.resolve(tie.value).to_owned())).collect()
            }
        }
    }

    /// The interval of the ending: from the last event that proves it valid to the first that proves it gone.
    pub fn ending(&self) -> Option<TimeRange> {
        self.first_dead_at.map(|dead| TimeRange::new(self.last_alive_at.min(dead), dead))
    }

    /// Whether nothing was seen of it but that it is over: it had begun before the log does, and how long it had lasted and
    /// been quiet by then is not known.
    pub fn only_its_end_was_seen(&self) -> bool {
        !self.start_seen && self.first_dead_at.is_some_and(|dead| dead <= self.started_at)
    }

    /// From its start to the end of its ending, or to its last sign of life.
    pub fn span(&self) -> TimeRange {
        TimeRange::new(self.started_at, self.first_dead_at.unwrap_or(self.last_alive_at).max(self.last_alive_at))
    }
}
