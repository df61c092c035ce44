//! The error logs of nginx and Apache: starts and stops of the server, and servers behind it that are not there.
//!
//! `2026/03/03 10:44:58 [error] 23627#23627: *4 connect() failed (111: Connection refused) while connecting to upstream,
//! client: 127.0.0.1, server: _, request: "GET /orders HTTP/1.1", upstream: "http://127.0.0.1:40141/orders", host: "shop"`
//! and
//! `[Tue Mar 03 10:57:21.123456 2026] [mpm_event:notice] [pid 1:tid 2] AH00491: caught SIGTERM, shutting down`.
//!
//! An error log alone shows no session.
//!
//! <https://nginx.org/en/docs/ngx_core_module.html#error_log>, <https://httpd.apache.org/docs/2.4/logs.html#errorlog>

use super::{
    Format, Input, Sniff,
    fields::{Field, Role},
    happened::Words,
    json::Text,
    lines::{self, CHUNK_BYTES, Line, Outcome, ReadLine, cut, find, head_lines, quoted},
    named::Dating,
    record::Names,
    record_lines::{SAYS_NOTHING, span, tell},
    request_text::record_of,
    requests::{Asked, Request, Requests},
    stamp_forms,
    timestamp::{Stamp, Stamps},
};
use crate::model::{Event, EventBatch, EventKind, EventStore, Family, SourceId, SourceReport, Stated, Sym};

/// The format.
#[derive(Debug)]
pub(super) struct ErrorLog;

impl Format for ErrorLog {
    fn id(&self) -> &'static str {
        "error_log"
    }

    fn title(&self) -> &'static str {
        "nginx and Apache error log"
    }

    fn reference(&self) -> &'static str {
        "https://nginx.org/en/docs/ngx_core_module.html#error_log"
    }

    fn example(&self) -> &'static str {
        "2026/03/03 10:45:25 [error] 23627#23627: *4 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, …"
    }

    fn family(&self) -> Family {
        Family::Requests
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut all) = (0_u32, 0_u32);
        for line in head_lines(head).take(400) {
            all += 1;
            ours += u32::from(parse(line, &mut stamps).is_some());
        }
        if ours * 2 > all {
            Sniff::Certain
        } else {
            Sniff::No(format!("{ours} of its first {all} lines have a time, a [level] and a process"))
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        let first = events.len();
        let mut dating = Dating::default();
        let make = || Reader {
            source: input.source,
            stamps: Stamps::default(),
            requests: Requests::default(),
            dating: Dating::default(),
            words: Words::default(),
            names: Names::default(),
        };
        let tally = lines::read_lines(input, CHUNK_BYTES, make, |batch, reader| {
            events.append(batch);
            dating.join(reader.dating);
        });
        report.bytes = input.content.len();
        tally.write_to(report);
        report.events += (events.len() - first) as u64;
        dating.settle(events, first, input.written_by, report);
        report.limits.push("an error log shows starts, stops, outages and wrong passwords, and no session".to_owned());
    }
}

/// The time and the message of a line.
fn parse<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<(Stamp, &'a [u8])> {
    if let Some(inner) = line.strip_prefix(b"[") {
        // Apache: [time] [module:level] [pid 1:tid 2] message.
        let stamp = stamp_forms::leading(stamps, inner)?;
        let rest = inner.get(stamp.len..)?.strip_prefix(b"] [")?;
        let (level, rest) = cut(rest, b"] ")?;
        let (_, level) = cut(level, b":")?;
        let rest = rest.strip_prefix(b"[pid ").and_then(|rest| cut(rest, b"] ")).map_or(rest, |(_, rest)| rest);
        is_level(level).then_some((stamp, rest))
    } else {
        // nginx: time [level] pid#tid: message.
        let stamp = stamp_forms::leading(stamps, line)?;
        let rest = line.get(stamp.len..)?.strip_prefix(b" [")?;
        let (level, rest) = cut(rest, b"] ")?;
        let (process, rest) = cut(rest, b": ")?;
        (is_level(level) && process.contains(&b'#')).then_some((stamp, rest))
    }
}

fn is_level(level: &[u8]) -> bool {
    matches!(level, b"debug" | b"info" | b"notice" | b"warn" | b"warning" | b"error" | b"crit" | b"alert" | b"emerg")
        || level.starts_with(b"trace")
}

/// What a message says: of the server itself, or of one behind it.
fn says(message: &[u8]) -> Option<(EventKind, &'static str)> {
    let has = |words: &str| find(message, words.as_bytes()).is_some();
    Some(match () {
        () if has("start worker processes") || has("resuming normal operations") => {
            (EventKind::ServerStart, "Web server started")
        }
        () if has("(SIGTERM) received") && has(", exiting")
            || has("(SIGQUIT) received") && has(", shutting down")
            || has("caught SIGTERM, shutting down")
            || has("caught SIGWINCH, shutting down") =>
        {
            (EventKind::ServerStop, "Web server stopped")
        }
        () if (has("connect() failed") || has("no live upstreams") || has("upstream prematurely closed"))
            && has("upstream")
            || has("attempt to connect to") && has("failed")
            || has("All workers are in error state") =>
        {
            (EventKind::Outage, "The server behind is not there")
        }
        // The server's own passwords.
        () if has("password mismatch")
            || has("Password Mismatch")
            || has("was not found in") && has("user \"")
            || has("AH01618")
            || has("AH01617")
            || has("AH01790")
            || has("AH01788") =>
        {
            (EventKind::SignInFailed, "Wrong user or password")
        }
        () => return None,
    })
}

/// Who a message about a password speaks of: `user "kim": password mismatch`, `AH01617: user kim: authentication failure`.
fn user_of(message: &[u8]) -> &[u8] {
    let Some((_, rest)) = cut(message, b"user ") else { return &[] };
    match quoted(rest) {
        Some((user, _)) => user,
        None => rest.split(|byte| matches!(byte, b':' | b' ')).next().unwrap_or_default(),
    }
}

/// Reads one chunk's lines.
#[derive(Debug)]
struct Reader {
    source: SourceId,
    stamps: Stamps,
    requests: Requests,
    dating: Dating,
    words: Words,
    names: Names,
}

impl ReadLine for Reader {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        let Some((stamp, message)) = parse(line.bytes, &mut self.stamps) else {
            return Outcome::Unreadable("expected a time, a [level] and a process, found a line without");
        };
        self.dating.note(stamp, line.offset);
        let field = |name: &[u8]| cut(message, name).map(|(_, rest)| rest);
        let client = field(b", client: ").or_else(|| field(b"[client ")).unwrap_or_default();
        let client = client.split(|byte| matches!(byte, b',' | b']')).next().unwrap_or_default();
        let Some((kind, what)) = says(message) else {
            return self.passed_on(stamp, message, client, line, events);
        };
        match field(b", request: ").and_then(quoted) {
            Some((asked, _)) if kind == EventKind::Outage => {
                let host = field(b", host: ").and_then(quoted).map_or(&b""[..], |(host, _)| host);
                let request = Request {
                    stamp,
                    asked: Asked::Line(asked),
                    status: 502,
                    client,
                    agent: b"",
                    user: b"",
                    host,
                    session: None,
                    location: b"",
                };
                self.requests.push(&request, line, self.source, events);
            }
            _ => {
                let (actor, client) = match kind {
                    EventKind::SignInFailed => (
                        events.symbols.intern(&lines::text(user_of(message))),
                        self.requests.client(without_port(client), b"", &mut events.symbols),
                    ),
                    _ => (Sym::NONE, Sym::NONE),
                };
                let stated = match kind {
                    EventKind::SignInFailed => Stated::BadCredentials,
                    _ => Stated::Nothing,
                };
                let what = events.symbols.intern(what);
                let span = span(self.source, line);
                events.push(Event { time: stamp.at, kind, stated, what, span, actor, client, ..Event::default() });
            }
        }
        Outcome::Record
    }
}

impl Reader {
    /// What an application said on its error output, which the server wrote down for it.
    fn passed_on(
        &mut self,
        stamp: Stamp,
        message: &[u8],
        client: &[u8],
        line: Line<'_>,
        events: &mut EventBatch,
    ) -> Outcome {
        let said = [b"PHP message: ".as_slice(), b"AH01071: Got error '", b"AH01215: "]
            .iter()
            .find_map(|mark| cut(message, mark).map(|(_, rest)| rest));
        let Some(said) = said else { return Outcome::Quiet("it is about no start, stop, outage or password") };
        let said = cut(said, b"\" while ").map_or(said, |(said, _)| said);
        let mut record = record_of(said, &mut self.names);
        record.put(Role { plain: Some((Field::Client, 250)), part: None }, Text::plain(without_port(client)));
        let Some(happened) = self.words.of(&record) else { return Outcome::Quiet(SAYS_NOTHING) };
        let shown = self.words.shown();
        match tell(happened, shown, &record, stamp, (line, self.source), &mut self.requests, events) {
            Ok(()) => Outcome::Record,
            Err(why) => Outcome::Quiet(why),
        }
    }
}

/// `10.0.0.7:5555` without its port, which an IPv6 address among colons does not have.
fn without_port(client: &[u8]) -> &[u8] {
    match cut(client, b":") {
        Some((address, port)) if port.iter().all(u8::is_ascii_digit) => address,
        _ => client,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Content, Progress};

    const NGINX: &str = "2026/03/03 10:44:58 [error] 23627#23627: *4 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: _, request: \"GET /orders HTTP/1.1\", upstream: \"http://127.0.0.1:40141/orders\", host: \"shop:80\"\n\
        2026/03/03 10:45:00 [notice] 1#1: signal 15 (SIGTERM) received, exiting\n\
        2026/03/03 10:45:09 [notice] 1#1: start worker processes\n\
        2026/03/03 10:45:10 [warn] 7#7: *5 a client request body is buffered\n\
        cut\n";
    const APACHE: &str = "[Tue Mar 03 10:57:21.123456 2026] [mpm_event:notice] [pid 1:tid 2] AH00491: caught SIGTERM, shutting down\n\
        [Tue Mar 03 10:57:25.123456 2026] [mpm_event:notice] [pid 1:tid 2] AH00489: Apache/2.4.54 (Debian) configured -- resuming normal operations\n\
        [Tue Mar 03 10:57:26.123456 2026] [proxy:error] [pid 9:tid 3] (111)Connection refused: AH00957: HTTP: attempt to connect to 127.0.0.1:8080 (*:80) failed\n";

    fn read(text: &str) -> (Vec<String>, SourceReport) {
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let progress = Progress::default();
        let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("error.log".into()));
        ErrorLog.read(&input, &mut events, &mut report);
        let said = |id| {
            let event = events.get(id);
            format!("{:?} {} {}", event.kind, event.status, events.symbols.resolve(event.what))
        };
        (events.ids().map(said).collect(), report)
    }

    #[test]
    fn starts_stops_and_outages_are_heard() {
        let (said, report) = read(NGINX);
        assert_eq!(
            said,
            ["Neutral 502 GET /orders", "ServerStop 0 Web server stopped", "ServerStart 0 Web server started"]
        );
        assert_eq!((report.records, report.unreadable), (4, 1));
        let (said, report) = read(APACHE);
        assert_eq!(
            said,
            [
                "ServerStop 0 Web server stopped",
                "ServerStart 0 Web server started",
                "Outage 0 The server behind is not there"
            ]
        );
        assert_eq!((report.records, report.unreadable), (3, 0));
    }

    #[test]
    fn the_servers_own_passwords_and_what_applications_say_on_standard_error_are_heard() {
        let table = [
            (
                "2026/03/03 10:45:10 [error] 7#7: *5 user \"eve\": password mismatch, client: 10.0.0.9, server: shop, request: \"GET / HTTP/1.1\", host: \"shop\"",
                "SignInFailed BadCredentials eve 10.0.0.9",
            ),
            (
                "2026/03/03 10:45:10 [error] 7#7: *5 user \"eve\" was not found in \"/etc/nginx/htpasswd\", client: 10.0.0.9, server: shop, request: \"GET / HTTP/1.1\", host: \"shop\"",
                "SignInFailed BadCredentials eve 10.0.0.9",
            ),
            (
                "[Tue Mar 03 10:57:26.123456 2026] [auth_basic:error] [pid 9:tid 3] [client 10.0.0.9:5555] AH01617: user eve: authentication failure for \"/admin\": Password Mismatch",
                "SignInFailed BadCredentials eve 10.0.0.9",
            ),
            (
                "[Tue Mar 03 10:57:26.123456 2026] [auth_basic:error] [pid 9:tid 3] [client 10.0.0.9:5555] AH01618: user eve not found: /admin",
                "SignInFailed BadCredentials eve 10.0.0.9",
            ),
            (
                "2026/03/03 10:45:10 [error] 7#7: *5 FastCGI sent in stderr: \"PHP message: Failed login for eve@example.com\" while reading response header from upstream, client: 10.0.0.9, server: _, request: \"POST /login HTTP/1.1\"",
                "SignInFailed Nothing eve@example.com 10.0.0.9",
            ),
            ("2026/03/03 10:45:00 [notice] 1#1: signal 15 (SIGTERM) received from 1, exiting", "ServerStop Nothing  "),
        ];
        for (line, expected) in table {
            let content = Content::from_bytes(line.as_bytes().to_vec());
            let progress = Progress::default();
            let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
            let (mut events, mut report) = (EventStore::default(), SourceReport::new("error.log".into()));
            ErrorLog.read(&input, &mut events, &mut report);
            let event = events.get(events.ids().next().unwrap());
            let word = |sym| events.symbols.resolve(sym).to_owned();
            let told = format!("{:?} {:?} {} {}", event.kind, event.stated, word(event.actor), word(event.client));
            assert_eq!(told, expected, "{line}");
        }
    }

    #[test]
    fn only_error_logs_are_claimed() {
        assert_eq!(ErrorLog.sniff(NGINX.as_bytes()), Sniff::Certain);
        assert_eq!(ErrorLog.sniff(APACHE.as_bytes()), Sniff::Certain);
        for other in [
            "",
            "2026/03/03 10:44:58 a Go program says [error]",
            "[Tue Mar  3 10:57:21 2026] 127.0.0.1:5000 [200]: GET /",
        ] {
            assert!(matches!(ErrorLog.sniff(other.as_bytes()), Sniff::No(_)), "{other}");
        }
    }
}
