//! Request logs of any other form of text: one line a request, wherever in it time, client, request and status stand.
//!
//! `HAProxy`, AWS ALB, Envoy, Traefik, uvicorn, gunicorn, Django, Werkzeug, PHP's server, Gin, chi, Puma, Rails, morgan's and
//! people's own; also of a server that says of itself only when it starts and stops. A line is a request if it holds a method and a target; the status stands behind, or else before:
//!
//! ```text
//! 2026-03-03T10:57:21.784Z 10.0.0.1 GET /orders 200 534ms
//! Mar  3 10:57:21 lb haproxy[7]: 10.0.0.1:42 [03/Mar/2026:10:57:21.123] web app/a 0/0/1/2/3 200 512 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"
//! Started GET "/orders" for 10.0.0.1 at 2026-03-03 10:57:21 +0000      …      Completed 200 OK in 12ms
//! ```
//!
//! Any other line with a time is an application's word, of which what it says on sessions, sign-ins and the server is taken,
//! with the user, address and session that it names.
//!
//! <https://docs.haproxy.org/2.8/configuration.html#8.2.3>,
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>,
//! <https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string>

mod parse;
mod whom;

use super::{
    Format, Input, Sniff,
    fields::Field,
    happened::{Words, may_tell},
    lines::{self, CHUNK_BYTES, Line, Outcome, ReadLine, head_lines},
    named::Dating,
    record::Names,
    record_lines::{SAYS_NOTHING, tell},
    requests::{
        Requests,
        pairs::{Answer, Pairs},
    },
    timestamp::Stamps,
};
use crate::model::{EventBatch, EventStore, Family, SourceId, SourceReport};
use parse::{Told, take_apart};
pub(super) use whom::record_of;

/// The format.
#[derive(Debug)]
pub(super) struct RequestText;

impl Format for RequestText {
    fn id(&self) -> &'static str {
        "request_text"
    }

    fn title(&self) -> &'static str {
        "log of another form of text (HAProxy, ALB, Envoy, Rails, Spring, Laravel, uvicorn and others)"
    }

    fn reference(&self) -> &'static str {
        "https://docs.haproxy.org/2.8/configuration.html#8.2.3"
    }

    fn example(&self) -> &'static str {
        "2026-03-03T10:57:21.784Z 10.0.0.1 GET /orders 200 534ms"
    }

    fn family(&self) -> Family {
        Family::Requests
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        /// Enough to tell by.
        const LINES: usize = 400;
        let (mut stamps, mut words, mut names) = (Stamps::default(), Words::default(), Names::default());
        let (mut all, mut ours, mut dated, mut heard) = (0_u32, 0_u32, 0_u32, false);
        for line in head_lines(head).take(LINES) {
            all += 1;
            let plain = memchr::memchr(0x1B, line).map(|_| without_colour(line));
            match take_apart(plain.as_deref().unwrap_or(line), &mut stamps) {
                Told::Request(_) | Told::Asked(..) | Told::Answered(..) => ours += 1,
                Told::Words(_, text) if !may_tell(text) => dated += 1,
                Told::Words(_, text) => {
                    dated += 1;
                    let record = record_of(text, &mut names);
                    // A record with a time of its own was passed on by whoever wrote the first.
                    heard |= !record.has(Field::Time) && words.of(&record).is_some();
                }
                Told::Nothing => {}
            }
        }
        // Never certain: a request stands in lines of many forms, and a format that knows its form reads more of it.
        // A log of an application that says nothing on sessions is a log still.
        let begins_dated = head_lines(head).next().is_some_and(|line| begins_with_time(line, &mut stamps));
        let is_log = begins_dated && dated * 50 >= all;
        if ours * 10 >= all.max(1) || heard && (ours + dated) * 3 >= all || is_log {
            Sniff::Plausible
        } else if ours > 0 {
            Sniff::No(format!("only {ours} of its first {all} lines hold a method, a target and a status"))
        } else {
            Sniff::No("no line holds a method, a target and a status, or a time and words on a session".to_owned())
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        read_in_chunks(input, events, report, CHUNK_BYTES);
    }
}

/// Whether a line begins with a time, perhaps in a bracket, and goes on with words.
fn begins_with_time(line: &[u8], stamps: &mut Stamps) -> bool {
    let text = line.strip_prefix(b"[").unwrap_or(line);
    let stamp = super::stamp_forms::leading(stamps, text).or_else(|| stamps.weekday(text));
    stamp.is_some_and(|stamp| {
        let rest = text.get(stamp.len..).unwrap_or_default();
        let rest = rest.strip_prefix(b"]").unwrap_or(rest);
        matches!(rest.first(), Some(b' ' | b'\t' | b':')) && !rest.trim_ascii().is_empty()
    })
}

fn read_in_chunks(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport, chunk_bytes: u64) {
    let first = events.len();
    let (mut requests, mut pairs, mut undated) = (Requests::default(), Pairs::default(), 0);
    let mut dating = Dating::default();
    let make = || Reader {
        source: input.source,
        stamps: Stamps::default(),
        requests: Requests::default(),
        pairs: Pairs::default(),
        words: Words::default(),
        names: Names::default(),
        undated: 0,
        dating: Dating::default(),
    };
    let tally = lines::read_lines(input, chunk_bytes, make, |batch, reader| {
        events.append(batch);
        undated += reader.undated;
        requests.join(&reader.requests);
        pairs.join(reader.pairs, &mut requests, input.source, events);
        dating.join(reader.dating);
    });
    report.bytes = input.content.len();
    tally.write_to(report);
    report.events += (events.len() - first) as u64;
    dating.settle(events, first, input.written_by, report);
    requests.write_to(report);
    if undated > 0 {
        report.limits.push(format!("{undated} of its requests name no time, and nothing can be told from those"));
    }
}

/// Reads one chunk's lines.
#[derive(Debug)]
struct Reader {
    source: SourceId,
    stamps: Stamps,
    requests: Requests,
    pairs: Pairs,
    words: Words,
    names: Names,
    undated: u64,
    dating: Dating,
}

impl ReadLine for Reader {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        let plain = memchr::memchr(0x1B, line.bytes).map(|_| without_colour(line.bytes));
        match take_apart(plain.as_deref().unwrap_or(line.bytes), &mut self.stamps) {
            Told::Request(request) if request.stamp.len > 0 => {
                self.dating.note(request.stamp, line.offset);
                self.requests.push(&request, line, self.source, events);
            }
            Told::Request(_) => {
                self.undated += 1;
                return Outcome::Quiet("it names no time");
            }
            Told::Asked(id, request) => {
                if request.stamp.len > 0 {
                    self.dating.note(request.stamp, line.offset);
                }
                self.pairs.ask(id, &request, line);
            }
            Told::Answered(id, status, location) => {
                let answer = Answer { status, location: location.to_vec(), ..Answer::default() };
                self.pairs.answer(id, answer, &mut self.requests, self.source, events);
            }
            Told::Words(stamp, words) => {
                self.dating.note(stamp, line.offset);
                if !may_tell(words) {
                    return Outcome::Quiet(SAYS_NOTHING);
                }
                let record = record_of(words, &mut self.names);
                let Some(happened) = self.words.of(&record) else { return Outcome::Quiet(SAYS_NOTHING) };
                let place = (line, self.source);
                let shown = self.words.shown();
                if let Err(why) = tell(happened, shown, &record, stamp, place, &mut self.requests, events) {
                    return Outcome::Quiet(why);
                }
            }
            Told::Nothing => return Outcome::Continuation,
        }
        Outcome::Record
    }
}

/// The line without what colours it in a terminal.
fn without_colour(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = memchr::memchr(0x1B, rest) {
        out.extend_from_slice(&rest[..at]);
        let code = &rest[at + 1..];
        let end = code.iter().position(u8::is_ascii_alphabetic).map_or(code.len(), |end| end + 1);
        rest = &code[end..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests;
