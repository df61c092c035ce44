//! Logs of one JSON object a line: what web servers, proxies and applications write where they are asked for JSON.
//!
//! `{"time":"2026-03-16T07:59:55+00:00","remote_addr":"10.0.0.1","method":"GET","uri":"/login","status":200,"sid":""}`
//!
//! The names of the fields are those of any program ([`fields`](super::fields)); what a record becomes is in
//! [`record_lines`].
//!
//! <https://jsonlines.org>, <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>,
//! <https://github.com/pinojs/pino-http>, <https://caddyserver.com/docs/logging>, <https://www.elastic.co/docs/reference/ecs>

use super::{
    Format, Input, Sniff,
    lines::{CHUNK_BYTES, head_lines},
    logfmt,
    record::{Names, Record},
    record_lines::{self, Held, Notation},
};
use crate::model::{EventStore, Family, SourceReport};

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

    fn example(&self) -> &'static str {
        r#"{"time":"2026-03-03T10:58:00.000Z","level":"info","msg":"session expired","user":"ann","reason":"idle for 15 minutes"}"#
    }

    fn family(&self) -> Family {
        Family::Requests
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        if !head_lines(head).take(400).any(|line| behind_cookie(line).trim_ascii_start().starts_with(b"{")) {
            return Sniff::No("no line is a JSON object".to_owned());
        }
        record_lines::sniff(head, Json::default(), "a JSON object")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        record_lines::read(input, events, report, CHUNK_BYTES, &Json::default());
    }
}

/// A JSON object a line. Programs that can write either form switch to the other when they are set up anew, so a line of
/// `key=value` pairs in between is read as well.
#[derive(Clone, Debug, Default)]
struct Json {
    names: Names,
    pairs: logfmt::Pairs,
}

impl Notation for Json {
    fn read<'a>(&mut self, line: &'a [u8], record: &mut Record<'a>) -> Held {
        let line = behind_cookie(line);
        match record.read_json(line, &mut self.names) {
            Ok(()) => Held::Record,
            Err(_) if line.first() != Some(&b'{') && self.pairs.read(line, record) == Held::Record => Held::Record,
            Err(_) => Held::Unreadable("expected a JSON object, found a line that is none or is cut off"),
        }
    }
}

/// What stands behind the mark that CEE puts before a structured message in syslog, `@cee:`, and behind a byte-order mark.
///
/// <https://cee.mitre.org/language/1.0-beta1/clt.html>
fn behind_cookie(line: &[u8]) -> &[u8] {
    let rest = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    rest.strip_prefix(b"@cee:").map_or(line, <[u8]>::trim_ascii_start)
}

#[cfg(test)]
mod tests;
