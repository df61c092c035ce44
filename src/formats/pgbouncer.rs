//! `PgBouncer`, the connection pooler before `PostgreSQL`.
//!
//! `2026-03-03 08:06:13.586 UTC [10384] LOG C-0x7f3bd6c47f40: shop/app@10.0.0.7:38296 closing because: client_idle_timeout (age=605s)`
//!
//! A session is a client's connection (`C-…`), known by the place in memory that stands for it, which is used again once the
//! connection is gone. Connections to the server (`S-…`) are the pooler's own.
//!
//! <https://www.pgbouncer.org/config.html#log-settings>

use super::{
    Format, Input, Sniff,
    lines::{Line, Outcome, cut, cut_last, find, head_lines, number, word},
    named::{self, Out, ReadNamed, Said, link_of},
    postgresql::zoned,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, Nanos, SourceReport, Stated, time::SECOND};

/// The format.
#[derive(Debug)]
pub(super) struct PgBouncer;

impl Format for PgBouncer {
    fn id(&self) -> &'static str {
        "pgbouncer"
    }

    fn title(&self) -> &'static str {
        "PgBouncer log"
    }

    fn reference(&self) -> &'static str {
        "https://www.pgbouncer.org/config.html#log-settings"
    }

    fn example(&self) -> &'static str {
        "2026-11-23 07:39:18.263 UTC [812] LOG C-0x55d8f0: shop/app@10.0.0.7:40288 closing because: client_idle_timeout (age=1800s)"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut framed, mut ours, mut other) = (0, 0, 0);
        for line in head_lines(head) {
            match record(line, &mut stamps) {
                Some((_, message)) => {
                    framed += 1;
                    ours += u32::from(connection(message).is_some() || is_of_process(message));
                }
                None => other += 1,
            }
        }
        if ours == 0 || other > framed {
            Sniff::No("no line has a date, a process, a level and a connection `C-0x…` or `S-0x…`".to_owned())
        } else {
            Sniff::Certain
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// When, and the message behind the process and the level: `[10384] LOG …`, before release 1.9 `10384 LOG …`.
fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<(Stamp, &'a [u8])> {
    let stamp = zoned(line, stamps)?;
    let (process, rest) = word(line.get(stamp.len..)?.strip_prefix(b" ")?);
    let process = process.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or(process);
    if process.is_empty() || !process.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (level, message) = word(rest.trim_ascii_start());
    [&b"LOG"[..], b"WARNING", b"ERROR", b"FATAL", b"DEBUG", b"NOISE", b"INFO"]
        .contains(&level)
        .then_some((stamp, message.trim_ascii_start()))
}

/// The parts of `C-0x7f3bd6c47f40: shop/app@10.0.0.7:38296 message`.
struct Connection<'a> {
    is_client: bool,
    id: &'a [u8],
    user: &'a [u8],
    address: &'a [u8],
    message: &'a [u8],
}

fn connection(text: &[u8]) -> Option<Connection<'_>> {
    let is_client = match text {
        [b'C', b'-', b'0', b'x', ..] => true,
        [b'S', b'-', b'0', b'x', ..] => false,
        _ => return None,
    };
    let (id, rest) = cut(text, b": ")?;
    let (peer, message) = word(rest);
    // Neither is known before the client has said who it is: `(nodb)/(nouser)`.
    let (names, address) = cut_last(peer, b"@").unwrap_or((peer, &[]));
    let user = cut(names, b"/").map_or(&[][..], |(_, user)| user);
    let user = if user == b"(nouser)" { &[][..] } else { user };
    let address = cut_last(address, b":").map_or(address, |(address, _)| address);
    Some(Connection { is_client, id, user, address, message: message.trim_ascii_start() })
}

fn is_of_process(message: &[u8]) -> bool {
    message.starts_with(b"process up: PgBouncer") || message.starts_with(b"process up: pgbouncer")
}

#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some((stamp, message)) = record(line.bytes, out.stamps) else {
            return Outcome::Unreadable("expected a date, a process and a level, found a line without");
        };
        out.note(stamp);
        let app = "PgBouncer";
        match connection(message) {
            Some(connection) if connection.is_client => {
                let Connection { id, user, address, .. } = connection;
                if let Some(said) = said(connection.message) {
                    let ids = [(KeyKind::Connection, "client", id)];
                    out.push(stamp.at, &Said { app, user, client: address, link: link_of(&[id]), ids: &ids, ..said });
                }
            }
            None if is_of_process(message) => {
                let said = Said::new(EventKind::ServerStart, Stated::ServerShutdown, "Process up");
                out.push(stamp.at, &Said { app, ..said });
            }
            // Before release 1.23 a SIGTERM ends it at once, and no connection is closed with a word.
            None if message.starts_with(b"got SIGTERM, fast exit") => {
                let said = Said::new(EventKind::ServerStop, Stated::ServerShutdown, "Fast exit");
                out.push(stamp.at, &Said { app, ..said });
            }
            None if message.starts_with(b"got SIGINT") || message.starts_with(b"got SIGTERM") => {
                out.push(stamp.at, &Said { app, ..Said::new(EventKind::ServerStop, Stated::Nothing, "Shutting down") });
            }
            Some(_) | None => {}
        }
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("PgBouncer".to_owned())
    }
}

fn said(message: &[u8]) -> Option<Said<'_>> {
    if message.starts_with(b"login attempt:") {
        let said = Said::new(EventKind::SignIn, Stated::Nothing, "Login attempt");
        return Some(Said { flags: EventFlags::NEW_ID, ..said });
    }
    let rest = message.strip_prefix(b"closing because: ")?;
    let (reason, age) = cut_last(rest, b" (age=").unwrap_or((rest, &[]));
    let age = number(age).map(|(seconds, _)| Nanos::from(seconds) * SECOND);
    let (kind, stated, what) = ended(reason);
    Some(Said { age, ..Said::new(kind, stated, what) })
}

/// Why a client's connection was closed, by the words of `PgBouncer`'s source.
fn ended(reason: &[u8]) -> (EventKind, Stated, &'static str) {
    use EventKind::{Close, SignInFailed};
    let table: &[(&[u8], EventKind, Stated, &'static str)] = &[
        (b"client close request", Close, Stated::LoggedOut, "client close request"),
        // The connection broke off without the word that ends one.
        (b"client unexpected eof", Close, Stated::ConnectionClosed, "client unexpected eof"),
        (b"client_idle_timeout", Close, Stated::Idle, "client_idle_timeout"),
        (b"idle transaction timeout", Close, Stated::Idle, "idle transaction timeout"),
        (b"idle_transaction_timeout", Close, Stated::Idle, "idle_transaction_timeout"),
        (b"transaction timeout", Close, Stated::MaximumAge, "transaction timeout"),
        (b"client_login_timeout", SignInFailed, Stated::Nothing, "client_login_timeout"),
        (b"admin forced disconnect", Close, Stated::Revoked, "admin forced disconnect"),
        (b"database removed", Close, Stated::Revoked, "database removed"),
        (b"kill", Close, Stated::Revoked, "kill"),
        (b"shutting down", Close, Stated::ServerShutdown, "shutting down"),
        (b"database configuration changed", Close, Stated::ServerShutdown, "database configuration changed"),
        (b"SASL authentication failed", SignInFailed, Stated::BadCredentials, "SASL authentication failed"),
        (b"password authentication failed", SignInFailed, Stated::BadCredentials, "password authentication failed"),
        (b"auth failed", SignInFailed, Stated::BadCredentials, "auth failed"),
        (b"no such user", SignInFailed, Stated::BadCredentials, "no such user"),
        (b"no such database", SignInFailed, Stated::Nothing, "no such database"),
        (b"no more connections allowed", SignInFailed, Stated::Nothing, "no more connections allowed"),
        (b"login rejected", SignInFailed, Stated::Forbidden, "login rejected"),
    ];
    let known = table.iter().find(|(words, ..)| find(reason, words).is_some());
    known.map_or((Close, Stated::Nothing, "closed"), |&(_, kind, stated, what)| (kind, stated, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    #[test]
    fn each_line_says_what_happened() {
        let peer = "C-0x7f01: shop/kim@10.0.0.7:5501";
        let who = "kim@10.0.0.7 PgBouncer:";
        let table = [
            (format!("{peer} login attempt: db=shop user=kim tls=no"), format!("SignIn Nothing {who} Login attempt")),
            (
                format!("{peer} closing because: client close request (age=5s)"),
                format!("Close LoggedOut {who} client close request"),
            ),
            (
                format!("{peer} closing because: client_idle_timeout (age=605s)"),
                format!("Close Idle {who} client_idle_timeout"),
            ),
            (
                format!("{peer} closing because: client unexpected eof (age=9s)"),
                format!("Close ConnectionClosed {who} client unexpected eof"),
            ),
            (
                format!("{peer} closing because: idle transaction timeout (age=9s)"),
                format!("Close Idle {who} idle transaction timeout"),
            ),
            (
                format!("{peer} closing because: admin forced disconnect (age=9s)"),
                format!("Close Revoked {who} admin forced disconnect"),
            ),
            (
                format!("{peer} closing because: shutting down (age=9s)"),
                format!("Close ServerShutdown {who} shutting down"),
            ),
            (
                format!("{peer} closing because: SASL authentication failed (age=0s)"),
                format!("SignInFailed BadCredentials {who} SASL authentication failed"),
            ),
            (format!("{peer} closing because: something new (age=9s)"), format!("Close Nothing {who} closed")),
            (
                "S-0x7f02: shop/kim@10.0.0.9:5432 closing because: server lifetime over (age=3600s)".to_owned(),
                String::new(),
            ),
            (
                "process up: PgBouncer 1.24.1, libevent 2.1.12-stable (epoll)".to_owned(),
                "ServerStart ServerShutdown @ PgBouncer: Process up".to_owned(),
            ),
            ("got SIGTERM, fast exit".to_owned(), "ServerStop ServerShutdown @ PgBouncer: Fast exit".to_owned()),
            ("got SIGINT, shutting down".to_owned(), "ServerStop Nothing @ PgBouncer: Shutting down".to_owned()),
            ("stats: 5 xacts/s".to_owned(), String::new()),
        ];
        for (message, expected) in table {
            for head in ["2026-03-03 08:06:13.586 UTC [77] LOG", "2026-03-03 08:06:13.586 77 LOG"] {
                let line = lines::<Reader>(&format!("{head} {message}\n")).join(" | ");
                assert_eq!(line.strip_prefix("08:06:13 ").unwrap_or(&line), expected, "{message}");
            }
        }
        let text = format!("2026-03-03 08:06:13.586 UTC [77] LOG {peer} login attempt: db=shop\n2026-03-03 08:0\n");
        let (events, report) = read::<Reader>(&text);
        assert_eq!((events.len(), report.records, report.unreadable), (1, 1, 1));
        assert!(matches!(PgBouncer.sniff(b"2026-03-03 08:06:13.586 UTC [77] LOG:  statement"), Sniff::No(_)));
    }
}
