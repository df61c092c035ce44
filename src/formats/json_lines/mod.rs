//! Logs of one JSON object a line: what web servers, proxies and applications write where they are asked for JSON.
//!
//! `{"time":"2026-03-16T07:59:55+00:00","remote_addr":"10.0.0.1","method":"GET","uri":"/login","status":200,"sid":""}`
//!
//! The names of the fields are those of any program ([`fields`](super::fields)). A record that has method, target and status
//! is a request, and becomes what a request of an access log becomes ([`requests`](super::requests)).
//!
//! <https://jsonlines.org>, <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>,
//! <https://github.com/pinojs/pino-http>, <https://caddyserver.com/docs/logging>, <https://www.elastic.co/docs/reference/ecs>

use super::{
    Format, Input, Sniff,
    lines::{self, CHUNK_BYTES, Line, Outcome, ReadLine, head_lines},
    record::{Names, Record},
    requests::Requests,
    timestamp::Stamps,
};
use crate::model::{EventBatch, EventStore, Family, SourceId, SourceReport};

/// The format.
#[derive(Debug)]
pub(super) struct JsonLines;

impl Format for JsonLines {
    fn id(&self) -> &'static str {
        "json_lines"
    }

    fn title(&self) -> &'static str {
        "JSON-lines log (nginx, Caddy, Traefik, pino and others)"
    }

    fn reference(&self) -> &'static str {
        "https://jsonlines.org"
    }

    fn family(&self) -> Family {
        Family::Requests
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        /// Enough to tell by.
        const LINES: usize = 400;
        let (mut names, mut stamps) = (Names::default(), Stamps::default());
        let (mut all, mut dated, mut requests) = (0_u32, 0_u32, 0_u32);
        for line in head_lines(head).take(LINES) {
            all += 1;
            let mut record = Record::default();
            if record.read_json(line, &mut names).is_ok() && record.stamp(&mut stamps).is_some() {
                dated += 1;
                requests += u32::from(record.is_request());
            }
        }
        match () {
            () if dated == 0 => Sniff::No("no line is a JSON object with a time".to_owned()),
            () if dated * 2 <= all => {
                Sniff::No(format!("only {dated} of its first {all} lines are JSON objects with a time"))
            }
            () if requests > 0 => Sniff::Certain,
            () => Sniff::Plausible,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        read_in_chunks(input, events, report, CHUNK_BYTES);
    }
}

fn read_in_chunks(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport, chunk_bytes: u64) {
    let first = events.len();
    let mut requests = Requests::default();
    let make = || Reader {
        source: input.source,
        names: Names::default(),
        stamps: Stamps::default(),
        requests: Requests::default(),
    };
    let tally = lines::read_lines(input, chunk_bytes, make, |batch, reader| {
        events.append(batch);
        requests.join(&reader.requests);
    });
    report.bytes = input.content.len();
    tally.write_to(report);
    report.events += (events.len() - first) as u64;
    requests.write_to(report);
}

/// Reads one chunk's lines.
#[derive(Debug)]
struct Reader {
    source: SourceId,
    names: Names,
    stamps: Stamps,
    requests: Requests,
}

impl ReadLine for Reader {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        let mut record = Record::default();
        if record.read_json(line.bytes, &mut self.names).is_err() {
            return Outcome::Unreadable("expected a JSON object, found a line that is none or is cut off");
        }
        let Some(stamp) = record.stamp(&mut self.stamps) else {
            return Outcome::Unreadable("expected a JSON object with a time, found one without");
        };
        if record.is_request() {
            record.request(stamp, |request| self.requests.push(request, line, self.source, events));
        }
        Outcome::Record
    }
}

#[cfg(test)]
mod tests;
