//! What PostgreSQL's messages mean for a session.

use super::Record;
use crate::{
    formats::lines::{cut, find, number},
    model::{EventFlags, EventKind, Nanos, Stated, time::SECOND},
};
use std::borrow::Cow;

/// How grave a record is, as far as that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Log,
    Warning,
    Error,
    /// The backend, or the server with `PANIC`, ends with it.
    Fatal,
    /// Debugging, notices, and the lines that belong to a record before: DETAIL, HINT, STATEMENT, CONTEXT.
    Other,
}

impl Severity {
    /// By its word, `None` for another.
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"LOG" => Self::Log,
            b"WARNING" => Self::Warning,
            b"ERROR" => Self::Error,
            b"FATAL" | b"PANIC" => Self::Fatal,
            b"INFO" | b"NOTICE" | b"DEBUG" | b"DEBUG1" | b"DEBUG2" | b"DEBUG3" | b"DEBUG4" | b"DEBUG5" | b"DETAIL"
            | b"HINT" | b"STATEMENT" | b"CONTEXT" | b"QUERY" | b"LOCATION" | b"BACKTRACE" => Self::Other,
            _ => return None,
        })
    }
}

/// What a record means.
#[derive(Clone, Debug)]
pub(super) struct Meaning<'a> {
    pub(super) kind: EventKind,
    pub(super) stated: Stated,
    pub(super) what: Cow<'a, str>,
    pub(super) user: Option<&'a [u8]>,
    pub(super) client: Option<&'a [u8]>,
    pub(super) age: Option<Nanos>,
    pub(super) flags: EventFlags,
    /// The process that the record says is gone, other than its writer.
    pub(super) gone: Option<u32>,
}

impl<'a> Meaning<'a> {
    fn new(kind: EventKind, stated: Stated, what: impl Into<Cow<'a, str>>) -> Self {
        let (user, client, age, gone) = (None, None, None, None);
        Self { kind, stated, what: what.into(), user, client, age, flags: EventFlags::default(), gone }
    }
}

/// What a record means for a session; `None` where nothing.
pub(super) fn meaning<'a>(record: &Record<'a>) -> Option<Meaning<'a>> {
    match record.severity {
        Severity::Log => log(record),
        Severity::Warning => ending(record).map(|stated| Meaning::new(EventKind::Close, stated, words(record))),
        // Background workers fail as well; only a client's backend has a user.
        Severity::Error => {
            let kind = if record.user.is_empty() { EventKind::Neutral } else { EventKind::Activity };
            Some(Meaning::new(kind, Stated::Nothing, "Statement failed"))
        }
        Severity::Fatal => Some(fatal(record)),
        Severity::Other => None,
    }
}

fn log<'a>(record: &Record<'a>) -> Option<Meaning<'a>> {
    let message = record.message;
    if let Some(rest) = message.strip_prefix(b"connection received:") {
        let client = field(rest, b"host=");
        return Some(Meaning {
            client,
            flags: EventFlags::NEW_ID,
            ..Meaning::new(EventKind::Neutral, Stated::Nothing, "Connection received")
        });
    }
    if message.starts_with(b"connection authenticated:") {
        return Some(Meaning::new(EventKind::Neutral, Stated::Nothing, "Connection authenticated"));
    }
    if let Some(rest) = message.strip_prefix(b"replication ").unwrap_or(message).strip_prefix(b"connection authorized:")
    {
        let user = field(rest, b"user=");
        return Some(Meaning { user, ..Meaning::new(EventKind::SignIn, Stated::Nothing, "Connection authorized") });
    }
    if let Some(rest) = message.strip_prefix(b"disconnection") {
        return Some(Meaning {
            user: field(rest, b"user="),
            client: field(rest, b"host="),
            age: cut(rest, b"session time: ").and_then(|(_, time)| clock(time)),
            // Logged for every end. Where the server ended it, it says so in the line before.
            ..Meaning::new(EventKind::Close, Stated::LoggedOut, "Disconnection by the client")
        });
    }
    let asks = [b"statement: ".as_slice(), b"execute ", b"duration: ", b"parse ", b"bind ", b"fastpath function call"];
    if asks.iter().any(|start| message.starts_with(start)) {
        // Said by whoever ends others' sessions; the statement itself may hold secrets and is not repeated.
        return Some(if find(message, b"pg_terminate_backend").is_some() {
            Meaning::new(EventKind::Operator, Stated::Nothing, "pg_terminate_backend was called")
        } else {
            Meaning::new(EventKind::Activity, Stated::Nothing, "Statement")
        });
    }
    if let Some(stated) = ending(record) {
        return Some(Meaning::new(EventKind::Close, stated, words(record)));
    }
    of_the_server(record)
}

/// What the postmaster says about the server as a whole.
///
/// After a request to shut down, backends are told to end, or to end when their clients do; what they say then tells when.
/// A standby that is promoted is "ready to accept connections" as well, without ending any, so that only the lines of a start
/// say that nothing from before is left.
fn of_the_server<'a>(record: &Record<'a>) -> Option<Meaning<'a>> {
    let message = record.message;
    let starts = |list: &[&[u8]]| list.iter().any(|start| message.starts_with(start));
    if starts(&[b"received fast shutdown request", b"received smart shutdown request"]) {
        return Some(Meaning::new(EventKind::ServerStop, Stated::Nothing, words(record)));
    }
    if starts(&[
        b"received immediate shutdown request",
        b"database system is shut down",
        b"terminating any other active server processes",
    ]) {
        return Some(Meaning::new(EventKind::ServerStop, Stated::ServerShutdown, words(record)));
    }
    if let Some(rest) = message.strip_prefix(b"server process (PID ")
        && (cut(rest, b") was terminated by").is_some() || cut(rest, b") exited with exit code").is_some())
    {
        let gone = number(rest).map(|(pid, _)| pid);
        return Some(Meaning { gone, ..Meaning::new(EventKind::ServerStop, Stated::Nothing, words(record)) });
    }
    if starts(&[
        b"starting PostgreSQL ",
        b"database system was shut down ",
        b"database system was interrupted",
        b"database system shutdown was interrupted",
    ]) {
        return Some(Meaning::new(EventKind::ServerStart, Stated::ServerShutdown, "Server started"));
    }
    let ready = starts(&[b"database system is ready to accept "]);
    ready.then(|| Meaning::new(EventKind::ServerStart, Stated::Nothing, "Server ready"))
}

fn fatal<'a>(record: &Record<'a>) -> Meaning<'a> {
    let message = record.message;
    if let Some(stated) = ending(record) {
        return Meaning::new(EventKind::Close, stated, words(record));
    }
    if let Some(stated) = refusal(record) {
        let user = cut(message, b"user \"").or_else(|| cut(message, b"role \""));
        let user = user.and_then(|(_, rest)| cut(rest, b"\"")).map(|(user, _)| user);
        return Meaning { user, ..Meaning::new(EventKind::SignInFailed, stated, words(record)) };
    }
    if message.starts_with(b"terminating ") {
        // Background workers, autovacuum, replication.
        return Meaning::new(EventKind::Neutral, Stated::Nothing, words(record));
    }
    Meaning::new(EventKind::Close, Stated::Nothing, words(record))
}

/// The reason for which a record says that its backend's session ends.
fn ending(record: &Record<'_>) -> Option<Stated> {
    let starts = |start: &[u8]| record.message.starts_with(start);
    if let Some(reason) = record.message.strip_prefix(b"terminating connection ") {
        let reasons: [(&[u8], Stated); 12] = [
            (b"due to idle-session timeout", Stated::Idle),
            (b"due to idle-in-transaction timeout", Stated::Idle),
            (b"due to transaction timeout", Stated::MaximumAge),
            (b"due to administrator command", Stated::Revoked),
            (b"due to conflict with recovery", Stated::Revoked),
            (b"due to unexpected postmaster exit", Stated::ServerShutdown),
            (b"due to immediate shutdown command", Stated::ServerShutdown),
            (b"because of crash of another server process", Stated::ServerShutdown),
            (b"because of unexpected SIGQUIT signal", Stated::ServerShutdown),
            (b"because protocol synchronization was lost", Stated::Nothing),
            (b"because the database was dropped", Stated::Revoked),
            (b"due to client disconnect", Stated::PeerGone),
        ];
        let known = reasons.iter().find(|(words, _)| reason.starts_with(words));
        return Some(known.map_or(Stated::Nothing, |&(_, stated)| stated));
    }
    let lost = [
        b"could not receive data from client".as_slice(),
        b"could not send data to client",
        b"unexpected EOF on client connection",
        b"unexpected EOF within message",
        b"connection to client lost",
    ];
    if lost.iter().any(|words| starts(words)) {
        return Some(Stated::PeerGone);
    }
    if record.severity != Severity::Fatal {
        return None;
    }
    // The codes hold whatever language the messages are in (appendix A of the manual).
    match record.state {
        b"57P05" | b"25P03" => Some(Stated::Idle),
        b"25P04" => Some(Stated::MaximumAge),
        b"57P01" | b"57P04" => Some(Stated::Revoked),
        b"57P02" => Some(Stated::ServerShutdown),
        b"08006" => Some(Stated::PeerGone),
        _ => None,
    }
}

/// The reason for which a record says that nobody is let in.
fn refusal(record: &Record<'_>) -> Option<Stated> {
    let says = |words: &[u8]| find(record.message, words).is_some();
    if says(b"authentication failed for user") || (says(b"role \"") && says(b"does not exist")) {
        return Some(Stated::BadCredentials);
    }
    if says(b"is not permitted to log in") {
        return Some(Stated::AccountDisabled);
    }
    let denied: [&[u8]; 6] = [
        b"no pg_hba.conf entry",
        b"pg_hba.conf rejects",
        b"permission denied for database",
        b"is not currently accepting connections",
        b"must be superuser",
        b"\" does not exist",
    ];
    if denied.iter().any(|words| says(words)) {
        return Some(Stated::Forbidden);
    }
    let full: [&[u8]; 5] = [
        b"too many connections for ",
        b"too many clients already",
        b"connection slots are reserved",
        b"the database system is ",
        b"canceling authentication due to timeout",
    ];
    if full.iter().any(|words| says(words)) {
        return Some(Stated::Nothing);
    }
    match record.state {
        b"28P01" | b"28000" => Some(Stated::BadCredentials),
        b"53300" | b"57P03" => Some(Stated::Nothing),
        b"3D000" => Some(Stated::Forbidden),
        _ => None,
    }
}

/// The message's own words, at most a line of them.
fn words<'a>(record: &Record<'a>) -> Cow<'a, str> {
    const SHOWN: usize = 160;
    match String::from_utf8_lossy(record.message) {
        Cow::Borrowed(text) if text.len() <= SHOWN => Cow::Borrowed(text),
        text => Cow::Owned(text.chars().take(SHOWN).collect()),
    }
}

/// The word behind `name`, without `[local]`'s brackets.
fn field<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (_, rest) = cut(text, name)?;
    let end = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    let word = rest.get(..end)?;
    Some(if word == b"[local]" { b"local" } else { word })
}

/// `0:00:37.056` as a duration.
fn clock(text: &[u8]) -> Option<Nanos> {
    let (hours, len) = number(text)?;
    let rest = text.get(len..)?.strip_prefix(b":")?;
    let (minutes, len) = number(rest)?;
    let rest = rest.get(len..)?.strip_prefix(b":")?;
    let (seconds, len) = number(rest)?;
    let millis = rest.get(len..).and_then(|rest| rest.strip_prefix(b".")).and_then(number);
    let millis = millis.filter(|&(_, len)| len == 3).map_or(0, |(millis, _)| i64::from(millis));
    Some((i64::from(hours) * 3_600 + i64::from(minutes) * 60 + i64::from(seconds)) * SECOND + millis * 1_000_000)
}
