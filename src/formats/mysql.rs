//! MySQL and MariaDB: the error log and the general query log.
//!
//! `2026-11-23  7:39:18 8 [Warning] Aborted connection 8 to db: 'shop' user: 'kim' host: 'localhost' (Got timeout reading
//! communication packets)`
//!
//! A session is a connection, known by its number, which the server counts from each start. The general log shows connections
//! come, act and go; the error log says why those ended that the server closed or lost.
//!
//! <https://dev.mysql.com/doc/refman/8.4/en/communication-errors.html>, <https://mariadb.com/kb/en/error-log/>

use super::{
    Format, Input, Sniff,
    blocks::read_blocks,
    dialects::{between, has},
    lines::{Line, cut, head_lines, number, word},
    named::{Said, Scribe},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, Position, SourceReport, Stated, Warning};

/// The format.
#[derive(Debug)]
pub(super) struct MySql;

impl Format for MySql {
    fn id(&self) -> &'static str {
        "mysql"
    }

    fn title(&self) -> &'static str {
        "MySQL and MariaDB error and general log"
    }

    fn reference(&self) -> &'static str {
        "https://dev.mysql.com/doc/refman/8.4/en/server-logs.html"
    }

    fn example(&self) -> &'static str {
        "2026-11-23 17:42:39 12 [Warning] Aborted connection 12 to db: 'shop' user: 'kim' host: 'localhost' (Got timeout reading communication packets)"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut all) = (0, 0);
        for line in head_lines(head).filter(|line| !is_heading(line)) {
            all += 1;
            ours += u32::from(record(line, &mut stamps).is_some_and(|record| record.stamp.is_some()));
        }
        // Statements of several lines go on as they were sent.
        match ours {
            0 => Sniff::No("no line has a time, a connection's number and a level or a command".to_owned()),
            ours if ours * 4 >= all => Sniff::Certain,
            _ => Sniff::Plausible,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        let mut scribe = Scribe::new(input.source, events.len());
        let mut stamps = Stamps::default();
        let mut last: Option<Stamp> = None;
        let mut maria = false;
        let (mut records, mut unreadable, mut warnings) = (0, 0, Vec::new());
        // Lines of one second bear one stamp, so each may need the line before.
        read_blocks(
            input,
            report,
            |_| true,
            |block| {
                let bytes = block.bytes.trim_ascii_end();
                maria |= has(bytes, b"MariaDB");
                if bytes.is_empty() || is_heading(bytes) {
                    return;
                }
                let line = Line { bytes, offset: block.offset, len: bytes.len() as u32 };
                let Some(record) = record(bytes, &mut stamps) else {
                    if bytes.contains(&0) || looks_cut(bytes) {
                        unreadable += 1;
                        if warnings.len() < 20 {
                            let message = "expected a time and a connection's number, found neither".to_owned();
                            warnings.push(Warning {
                                position: Position::Line(block.line),
                                offset: block.offset,
                                message,
                            });
                        }
                    }
                    return;
                };
                records += 1;
                if let Some(stamp) = record.stamp {
                    scribe.note(stamp, block.offset);
                    last = Some(stamp);
                }
                let Some(stamp) = last else { return };
                if let Some((said, id)) = said(record.message) {
                    let id = id.unwrap_or(record.id);
                    let of_server = matches!(said.kind, EventKind::ServerStart | EventKind::ServerStop);
                    let number = id.to_string();
                    let link = if of_server { 0 } else { u64::from(id) };
                    let ids = [(KeyKind::Connection, "thread_id", number.as_bytes())];
                    scribe.push(
                        stamp.at,
                        line,
                        &Said { app: if maria { "MariaDB" } else { "MySQL" }, link, ids: &ids, ..said },
                        events,
                    );
                }
            },
        );
        report.records += records;
        report.unreadable += unreadable;
        report.warnings.append(&mut warnings);
        report.producer = Some(if maria { "MariaDB" } else { "MySQL" }.to_owned());
        scribe.finish(input, events, report);
    }
}

/// What the general log begins with at each start.
fn is_heading(line: &[u8]) -> bool {
    line.starts_with(b"Tcp port: ")
        || line.starts_with(b"Time  ")
        || line.starts_with(b"Time\t")
        || has(line, b". started with:")
}

/// The beginning of a stamp and nothing behind it.
fn looks_cut(line: &[u8]) -> bool {
    line.len() < 27 && line.len() > 4 && line.get(..3).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

/// A line taken apart. In the general log of MariaDB only the first line of a second has a stamp.
#[derive(Clone, Copy, Debug)]
struct Record<'a> {
    stamp: Option<Stamp>,
    id: u32,
    message: &'a [u8],
}

fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    let stamp = stamp(line, stamps);
    let rest = match stamp {
        Some(stamp) => line.get(stamp.len..)?,
        None => line.strip_prefix(b"\t\t")?,
    };
    let rest = rest.trim_ascii_start();
    let (id, digits) = number(rest)?;
    let message = rest.get(digits..)?.strip_prefix(b" ")?;
    let known = message.starts_with(b"[")
        || COMMANDS.iter().any(|command| {
            message.strip_prefix(*command).is_some_and(|rest| matches!(rest.first(), None | Some(b'\t' | b' ')))
        });
    known.then_some(Record { stamp, id, message })
}

/// The commands of the protocol, as the general log names them.
const COMMANDS: [&[u8]; 20] = [
    b"Connect",
    b"Query",
    b"Quit",
    b"Init DB",
    b"Field List",
    b"Prepare",
    b"Execute",
    b"Close stmt",
    b"Reset stmt",
    b"Long Data",
    b"Change user",
    b"Ping",
    b"Statistics",
    b"Kill",
    b"Refresh",
    b"Shutdown",
    b"Binlog Dump",
    b"Register Slave",
    b"Reset Connection",
    b"Set option",
];

/// `2026-11-23T07:39:18.263Z`, `2026-11-23  7:39:18` or `261123  7:39:18`.
fn stamp(line: &[u8], stamps: &mut Stamps) -> Option<Stamp> {
    if let Some(stamp) = stamps.rfc3339(line) {
        return Some(stamp);
    }
    let (day, rest) = word(line);
    let date = match day.len() {
        10 => day.to_vec(),
        6 if day.iter().all(u8::is_ascii_digit) => {
            [b"20".as_slice(), day.get(..2)?, b"-", day.get(2..4)?, b"-", day.get(4..)?].concat()
        }
        _ => return None,
    };
    let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
    let time = rest.get(blanks..)?;
    let end = time.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(time.len());
    let padded = if end == 7 { b"0".as_slice() } else { b"" };
    let words = [date.as_slice(), b" ", padded, time.get(..end)?].concat();
    let stamp = stamps.rfc3339(&words)?;
    Some(Stamp { len: day.len() + 1 + blanks + end, ..stamp })
}

/// What a record says, and of which connection where that is not the writer's.
fn said(message: &[u8]) -> Option<(Said<'_>, Option<u32>)> {
    if message.starts_with(b"[") {
        return logged(message);
    }
    let (command, argument) = cut(message, b"\t").unwrap_or((message, &[]));
    let plain = |kind, what| Some((Said::new(kind, Stated::Nothing, what), None));
    match command {
        b"Connect" => Some((connect(argument), None)),
        b"Quit" => Some((Said::new(EventKind::Close, Stated::LoggedOut, "Quit"), None)),
        b"Ping" | b"Statistics" => plain(EventKind::Background, "Ping"),
        b"Query" if argument.get(..5).is_some_and(|words| words.eq_ignore_ascii_case(b"kill ")) => {
            plain(EventKind::Operator, "KILL was called")
        }
        b"Kill" => plain(EventKind::Operator, "KILL was called"),
        _ => plain(EventKind::Activity, "Statement"),
    }
}

/// `kim@localhost on shop using Socket`, or why nobody is let in.
fn connect(argument: &[u8]) -> Said<'_> {
    if let Some((_, rest)) = cut(argument, b"Access denied for user '") {
        let user = cut(rest, b"'").map_or(rest, |(user, _)| user);
        let client = between(rest, b"@'", b"'").unwrap_or_default();
        let said = Said::new(EventKind::SignInFailed, Stated::BadCredentials, "Access denied for user");
        return Said { user, client, ..said };
    }
    let who = word(argument).0;
    let (user, client) = cut(who, b"@").unwrap_or((who, &[]));
    let said = Said::new(EventKind::SignIn, Stated::Nothing, "Connect");
    Said { user, client, flags: EventFlags::NEW_ID, ..said }
}

/// A line of the error log: `[Warning] [MY-010055] [Server] …`.
fn logged(message: &[u8]) -> Option<(Said<'_>, Option<u32>)> {
    let mut text = message;
    while let Some((_, rest)) = text.strip_prefix(b"[").and_then(|rest| cut(rest, b"] ")) {
        text = rest;
    }
    let user = between(text, b"user: '", b"'").unwrap_or_default();
    let client = between(text, b"host: '", b"'").unwrap_or_default();
    let by = |said: Said<'static>, id| Some((Said { user, client, ..said }, id));
    if let Some(rest) = text.strip_prefix(b"Aborted connection ") {
        let id = number(rest).map(|(id, _)| id);
        // Nobody had signed in yet.
        if user == b"unauthenticated" {
            return None;
        }
        let (stated, what) = aborted(text);
        return by(Said::new(EventKind::Close, stated, what), id);
    }
    if has(text, b"Forcing close of thread ") {
        let id = cut(text, b"of thread ").and_then(|(_, rest)| number(rest)).map(|(id, _)| id);
        return by(Said::new(EventKind::Close, Stated::ServerShutdown, "Forcing close of thread"), id);
    }
    if let Some((_, rest)) = cut(text, b"Access denied for user '") {
        let user = cut(rest, b"'").map_or(rest, |(user, _)| user);
        let client = between(rest, b"@'", b"'").unwrap_or_default();
        let stated = if has(text, b"locked") { Stated::AccountLocked } else { Stated::BadCredentials };
        return Some((
            Said { user, client, ..Said::new(EventKind::SignInFailed, stated, "Access denied for user") },
            None,
        ));
    }
    let stops = [b"Normal shutdown".as_slice(), b"Received SHUTDOWN from user"];
    if stops.iter().any(|words| has(text, words)) {
        return Some((Said::new(EventKind::ServerStop, Stated::Nothing, "The server is told to stop"), None));
    }
    if has(text, b"Shutdown complete") {
        return Some((Said::new(EventKind::ServerStop, Stated::ServerShutdown, "Shutdown complete"), None));
    }
    if text.starts_with(b"Starting MariaDB ") || has(text, b") starting as process ") {
        return Some((Said::new(EventKind::ServerStart, Stated::ServerShutdown, "The server starts"), None));
    }
    let crashed = has(text, b"got signal ") || has(text, b"got exception ");
    crashed.then(|| (Said::new(EventKind::ServerStop, Stated::ServerShutdown, "The server crashed"), None))
}

/// Why a connection was aborted. A timeout of reading is the server's own, after `wait_timeout` without a command; an error
/// of reading is what a client leaves behind that goes without saying so.
fn aborted(text: &[u8]) -> (Stated, &'static str) {
    let table: [(&[u8], Stated, &'static str); 8] = [
        (b"because of inactivity", Stated::Idle, "Disconnected by the server because of inactivity"),
        (b"Got timeout reading communication packets", Stated::Idle, "Got timeout reading communication packets"),
        (b"Got timeout writing communication packets", Stated::PeerGone, "Got timeout writing communication packets"),
        (
            b"Got an error reading communication packets",
            Stated::ConnectionClosed,
            "Got an error reading communication packets",
        ),
        (b"Got an error writing communication packets", Stated::PeerGone, "Got an error writing communication packets"),
        (b"killed", Stated::Revoked, "Connection was killed"),
        (b"KILLED", Stated::Revoked, "Connection was killed"),
        (b"shutdown", Stated::ServerShutdown, "Server shutdown in progress"),
    ];
    let known = table.iter().find(|(words, ..)| has(text, words));
    known.map_or((Stated::Nothing, "Aborted connection"), |&(_, stated, what)| (stated, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        formats::named::testing::lines_of,
        model::SourceId,
        source::{Content, Progress},
    };

    fn read(text: &str) -> (Vec<String>, SourceReport) {
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let progress = Progress::default();
        let input = Input { content: &content, source: SourceId(0), written_by: 1, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("x".into()));
        MySql.read(&input, &mut events, &mut report);
        (lines_of(&events), report)
    }

    #[test]
    fn every_reason_of_an_aborted_connection_is_stated() {
        let table = [
            ("Got timeout reading communication packets", Stated::Idle),
            ("The client was disconnected by the server because of inactivity.", Stated::Idle),
            ("Got an error reading communication packets", Stated::ConnectionClosed),
            ("Got an error writing communication packets", Stated::PeerGone),
            ("Got timeout writing communication packets", Stated::PeerGone),
            ("CONNECTION was KILLED", Stated::Revoked),
            ("Got packets out of order", Stated::Nothing),
        ];
        for (reason, stated) in table {
            let words = format!("Aborted connection 8 to db: 'shop' user: 'kim' host: '10.0.0.7' ({reason})");
            for head in [
                "2026-11-23  7:39:18 8 [Warning]",
                "2026-11-23T07:39:18.263000Z 8 [Note] [MY-010914] [Server]",
                "2026-11-23 17:39:18 8 [Warning]",
            ] {
                let (lines, _) = read(&format!("{head} {words}\n"));
                assert!(lines[0].contains(&format!(":39:18 Close {stated:?} kim@10.0.0.7 MySQL: ")), "{lines:?}");
            }
        }
        let stranger = "2026-11-23  7:39:18 8 [Warning] Aborted connection 8 to db: 'unconnected' user: 'unauthenticated' host: 'x' (y)";
        assert!(read(stranger).0.is_empty());
    }

    #[test]
    fn each_line_of_the_error_log_says_what_happened() {
        let table = [
            (
                "0 [Note] Starting MariaDB 10.11.6 source revision x as process 7",
                "ServerStart ServerShutdown @ MariaDB",
            ),
            (
                "0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld 8.0.36) starting as process 1",
                "ServerStart ServerShutdown @ MySQL",
            ),
            (
                "0 [Note] /usr/sbin/mariadbd (initiated by: root[root] @ localhost []): Normal shutdown",
                "ServerStop Nothing @ MySQL",
            ),
            ("9 [System] [MY-013172] [Server] Received SHUTDOWN from user root.", "ServerStop Nothing @ MySQL"),
            ("0 [Note] /usr/sbin/mariadbd: Shutdown complete", "ServerStop ServerShutdown @ MySQL"),
            ("0 [Warning] mysqld: Forcing close of thread 8  user: 'kim'", "Close ServerShutdown kim@ MySQL"),
            (
                "8 [Warning] Access denied for user 'kim'@'10.0.0.7' (using password: YES)",
                "SignInFailed BadCredentials kim@10.0.0.7 MySQL",
            ),
        ];
        for (words, expected) in table {
            let (lines, _) = read(&format!("2026-11-23  7:39:18 {words}\n"));
            assert!(lines[0].starts_with(&format!("07:39:18 {expected}: ")), "{lines:?}");
        }
    }

    #[test]
    fn the_general_log_stamps_only_the_first_line_of_a_second() {
        let text = "mariadbd, Version: 10.11.6-MariaDB (Debian 12). started with:\nTcp port: 3306  Unix socket: /x\n\
            Time\t\t    Id Command\tArgument\n261123  7:39:18\t     8 Connect\tkim@localhost on shop using Socket\n\
            \t\t     8 Query\tselect 1,\n2\n\t\t     9 Connect\tAccess denied for user 'lee'@'10.0.0.7' (using password: YES)\n\
            261123  7:39:20\t     8 Query\tKILL 7\n\t\t     8 Quit\t\n261123  7:3\n";
        assert_eq!(MySql.sniff(text.as_bytes()), Sniff::Certain);
        let (lines, report) = read(text);
        assert_eq!(
            lines,
            [
                "07:39:18 SignIn Nothing kim@localhost MariaDB: Connect",
                "07:39:18 Activity Nothing @ MariaDB: Statement",
                "07:39:18 SignInFailed BadCredentials lee@10.0.0.7 MariaDB: Access denied for user",
                "07:39:20 Operator Nothing @ MariaDB: KILL was called",
                "07:39:20 Close LoggedOut @ MariaDB: Quit",
            ]
        );
        assert_eq!((report.records, report.unreadable), (5, 1));
    }

    #[test]
    fn other_logs_are_not_its() {
        for text in ["2026-11-23 07:24:24 INFO started\n", "Nov 23 07:24:24 vm sshd[1551]: x\n", "261123 words\n", ""] {
            assert!(matches!(MySql.sniff(text.as_bytes()), Sniff::No(_)), "{text}");
        }
    }
}
