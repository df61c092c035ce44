//! The common and combined access logs of Apache and nginx, and what follows them: morgan, Caddy, Traefik's CLF.
//!
//! `127.0.0.1 - ann [03/Mar/2026:10:36:46 +0000] "GET /login?reason=idle HTTP/1.1" 200 383 "-" "Mozilla/5.0" sid=s%3AI4ZW`
//!
//! A virtual host may stand in front, more fields behind. Programs that write their own form often put an RFC 3339 stamp in
//! front, then address, user and session, and those lines are read as well. What a
//! request becomes is in [`requests`](super::requests).
//!
//! <https://httpd.apache.org/docs/2.4/logs.html#accesslog>,
//! <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>

use super::{
    Format, Input, Sniff,
    lines::{self, CHUNK_BYTES, Line, Outcome, ReadLine, cut_last, head_lines, number, quoted, word},
    requests::{Asked, Request, Requests, is_address, session_id},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventBatch, EventStore, Family, SourceId, SourceReport};
use memchr::{memchr, memchr_iter};

/// The format.
#[derive(Debug)]
pub(super) struct AccessLog;

impl Format for AccessLog {
    fn id(&self) -> &'static str {
        "access_log"
    }

    fn title(&self) -> &'static str {
        "nginx and Apache combined access log"
    }

    fn reference(&self) -> &'static str {
        "https://httpd.apache.org/docs/2.4/logs.html#accesslog"
    }

    fn example(&self) -> &'static str {
        r#"127.0.0.1 - ann [03/Mar/2026:10:36:46 +0000] "GET /login?reason=idle HTTP/1.1" 200 383 "-" "Mozilla/5.0""#
    }

    fn family(&self) -> Family {
        Family::Requests
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut all) = (0, 0);
        for line in head_lines(head) {
            all += 1;
            ours += u32::from(parse(line, &mut stamps).is_some());
        }
        if ours == 0 {
            Sniff::No("no line has an address, a [time], a \"request\" and a status".to_owned())
        } else if ours * 2 > all {
            Sniff::Certain
        } else if ours * 5 >= all {
            Sniff::Plausible
        } else {
            Sniff::No(format!("only {ours} of its first {all} lines have an address, a [time] and a \"request\""))
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        read_in_chunks(input, events, report, CHUNK_BYTES);
    }
}

fn read_in_chunks(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport, chunk_bytes: u64) {
    let first = events.len();
    let mut requests = Requests::default();
    let column = session_column(&input.content.head());
    let make = || Reader { source: input.source, stamps: Stamps::default(), requests: Requests::default(), column };
    let tally = lines::read_lines(input, chunk_bytes, make, |batch, reader| {
        events.append(batch);
        requests.join(&reader.requests);
    });
    report.bytes = input.content.len();
    tally.write_to(report);
    report.events += (events.len() - first) as u64;
    requests.write_to(report);
}

/// Which unnamed field behind the browser holds the session, if the head of a log shows one. A client is known by its browser
/// alone here: its address may change.
fn session_column(head: &[u8]) -> Option<usize> {
    /// Enough to see clients sign in and come back.
    const LINES: usize = 2_000;
    let mut stamps = Stamps::default();
    let entries = head_lines(head).take(LINES).filter_map(|line| parse(line, &mut stamps));
    session_id::column_of(entries.filter(|entry| !entry.rest.is_empty()).map(|entry| (entry.agent, entry.rest)))
}

/// A line taken apart.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    host: &'a [u8],
    client: &'a [u8],
    user: &'a [u8],
    stamp: Stamp,
    /// What stands between the quotes, escapes and all.
    request: &'a [u8],
    status: u16,
    agent: &'a [u8],
    /// The page that the request was sent from.
    referer: &'a [u8],
    /// The session, where it stands before the request.
    session: &'a [u8],
    /// What stands behind the last known field.
    rest: &'a [u8],
}

/// Takes a line apart; `None` without an address, `[time]`, `"request"` and status.
fn parse<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Entry<'a>> {
    if line.first()?.is_ascii_digit()
        && let Some(stamp) = stamps.rfc3339(line)
    {
        return parse_stamp_first(line.get(stamp.len..)?, stamp);
    }
    let (front, stamp, rest) = find_time(line, stamps)?;
    let (host, client, user) = front_fields(front)?;
    let (request, rest) = quoted(rest.strip_prefix(b"] ")?)?;
    let (status, rest) = status(rest.strip_prefix(b" ")?)?;
    let (_size, rest) = word(rest);
    let mut entry = Entry { host, client, user, stamp, request, status, agent: &[], referer: &[], session: &[], rest };
    if let Some((referer, rest)) = quoted(rest) {
        (entry.referer, entry.rest) = (referer, rest);
        if let Some((agent, rest)) = rest.strip_prefix(b" ").and_then(quoted) {
            (entry.agent, entry.rest) = (agent, rest);
        }
    }
    Some(entry)
}

fn status(rest: &[u8]) -> Option<(u16, &[u8])> {
    let (status, rest) = word(rest);
    match status {
        b"-" => Some((0, rest)),
        _ => Some((number(status).filter(|&(_, len)| len == 3 && status.len() == 3)?.0 as u16, rest)),
    }
}

/// `2026-03-03T10:59:14.711Z 127.0.0.1 alice Nq4uUout "GET / HTTP/1.1" 200 23.458 ms "Mozilla/5.0"`, behind the stamp.
fn parse_stamp_first(rest: &[u8], stamp: Stamp) -> Option<Entry<'_>> {
    stamp.zone?;
    let (client, rest) = word(rest.strip_prefix(b" ")?);
    let quote = memchr(b'"', rest)?;
    let (fields, rest) = rest.split_at(quote);
    let (request, rest) = quoted(rest)?;
    let (status, rest) = status(rest.strip_prefix(b" ")?)?;
    if !is_address(client) || fields.len() > 256 {
        return None;
    }
    let (first, second) = word(fields.trim_ascii());
    // Either the log's identity and user, of which nothing ever knows the first, or user and session.
    let (user, session) = match (named(first), named(second)) {
        (&[], second) if looks_random(second) => (&[][..], second),
        (&[], user) => (user, &[][..]),
        (user, session) => (user, session),
    };
    let mut entry =
        Entry { host: &[], client, user, stamp, request, status, agent: &[], referer: &[], session, rest: &[] };
    let mut behind = rest;
    while let Some(at) = memchr(b'"', behind) {
        let Some((text, after)) = quoted(&behind[at..]) else { break };
        (entry.agent, entry.rest, behind) = (text, after, after);
    }
    Some(entry)
}

/// Whether a field is an identifier rather than a name: long, and letters of both cases or digits all over it.
fn looks_random(text: &[u8]) -> bool {
    let count = |of: fn(&u8) -> bool| text.iter().skip(1).filter(|byte| of(byte)).count();
    let mixed = count(u8::is_ascii_uppercase) > 0 && count(u8::is_ascii_lowercase) > 0;
    text.len() >= 8 && !text.contains(&b' ') && (mixed || count(u8::is_ascii_digit) >= 4)
}

/// What stands before the bracketed time, the time, and what stands from the closing bracket on.
fn find_time<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<(&'a [u8], Stamp, &'a [u8])> {
    /// Nothing that stands before the time is longer.
    const FAR: usize = 1024;
    let near = line.get(..line.len().min(FAR))?;
    memchr_iter(b'[', near).find_map(|at| {
        let rest = line.get(at + 1..)?;
        let stamp = stamps.access(rest)?;
        Some((line.get(..at)?, stamp, rest.get(stamp.len..)?))
    })
}

/// The virtual host, the client and the user before the time.
fn front_fields(front: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let front = front.strip_suffix(b" ")?;
    let (first, rest) = word(front);
    let (second, behind) = word(rest);
    // In front of the address may stand a virtual host, or a prefix of two words such as docker's `web_1 |`.
    let (host, client, rest) = if is_address(first) || first.ends_with(b",") {
        (&[][..], first, rest)
    } else if is_address(second) {
        (first, second, behind)
    } else if is_address(word(behind).0) && second == b"|" {
        (&[][..], word(behind).0, word(behind).1)
    } else {
        // A host name. Where more than two words follow, they may as well be those of another format.
        if second != b"-" && behind.contains(&b' ') {
            return None;
        }
        (&[][..], first, rest)
    };
    if client.is_empty() || !plausible_client(client) {
        return None;
    }
    // `X-Forwarded-For` in place of the address names the client first, then the proxies.
    if let Some(client) = client.strip_suffix(b",") {
        let (_, user) = cut_last(rest, b" ")?;
        return Some((host, client, named(user)));
    }
    let (_ident, user) = word(rest);
    // nginx writes nothing for a variable that is set and empty.
    (!user.is_empty() || rest.ends_with(b" ")).then_some((host, client, named(user)))
}

fn named(user: &[u8]) -> &[u8] {
    if matches!(user, b"-" | b"\"\"" | b"\"-\"") { &[] } else { user }
}

/// Whether a host name could stand here: keeps other formats with a bracketed time out.
fn plausible_client(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || b".:_-,%[]/".contains(byte))
}

/// Reads one chunk's lines.
#[derive(Debug)]
struct Reader {
    source: SourceId,
    stamps: Stamps,
    requests: Requests,
    /// The unnamed field that holds the session.
    column: Option<usize>,
}

impl ReadLine for Reader {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        let Some(entry) = parse(line.bytes, &mut self.stamps) else {
            return Outcome::Unreadable("expected an address, [time], \"request\" and status, found a line without");
        };
        let session = (!entry.session.is_empty()).then_some(entry.session);
        let request = Request {
            stamp: entry.stamp,
            asked: Asked::Line(entry.request),
            status: entry.status,
            client: entry.client,
            agent: entry.agent,
            user: entry.user,
            host: entry.host,
            session: session
                .or_else(|| session_id::in_fields(entry.rest))
                .or_else(|| session_id::in_column(entry.rest, self.column?)),
            location: &[],
        };
        // What is handed in matters; to look at every page's would take long.
        if entry.request.starts_with(b"POST ") {
            self.requests.sent_from(entry.referer);
        }
        self.requests.push(&request, line, self.source, events);
        Outcome::Record
    }
}

#[cfg(test)]
mod tests;
