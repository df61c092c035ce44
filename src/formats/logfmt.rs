//! Logs of `key=value` pairs: what Go programs, Heroku's router, Authelia and Grafana write.
//!
//! `time=2026-03-03T10:57:21Z level=info msg="Request Completed" method=GET path=/orders status=200 remote_addr=10.0.0.1`
//!
//! A stamp and the program's name may stand before the pairs. The names of the fields are those of any program
//! ([`fields`](super::fields)); what a record becomes is in [`record_lines`].
//!
//! <https://brandur.org/logfmt>, <https://devcenter.heroku.com/articles/http-routing#heroku-router-log-format>

use super::{
    Format, Input, Sniff,
    fields::{Field, Part, Role},
    json::Text,
    lines::{CHUNK_BYTES, quoted},
    record::{Names, Record},
    record_lines::{self, Held, Notation},
    stamp_forms,
    timestamp::Stamps,
};
use crate::model::{EventStore, Family, SourceReport};

/// The format.
#[derive(Debug)]
pub(super) struct Logfmt;

impl Format for Logfmt {
    fn id(&self) -> &'static str {
        "logfmt"
    }

    fn title(&self) -> &'static str {
        "logfmt log (Go programs, Heroku router, Authelia, Grafana)"
    }

    fn reference(&self) -> &'static str {
        "https://brandur.org/logfmt"
    }

    fn example(&self) -> &'static str {
        r#"time=2026-03-03T10:57:21Z level=info msg="Request Completed" method=GET path=/orders status=200 remote_addr=10.0.0.1 uname=ann"#
    }

    fn family(&self) -> Family {
        Family::Requests
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        record_lines::sniff(head, Pairs::default(), "a row of key=value pairs")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        record_lines::read(input, events, report, CHUNK_BYTES, &Pairs::default());
    }
}

/// Fewer pairs are a sentence that happens to hold one.
const FEWEST: usize = 3;

/// `key=value` pairs.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    names: Names,
    stamps: Stamps,
}

impl Notation for Pairs {
    fn read<'a>(&mut self, line: &'a [u8], record: &mut Record<'a>) -> Held {
        self.names.restart();
        let mut rest = line;
        if let Some(stamp) = stamp_forms::leading(&mut self.stamps, line)
            && let (Some(text), Some(behind)) = (line.get(..stamp.len), line.get(stamp.len..))
        {
            record.put(Role { plain: Some((Field::Time, 3)), part: None }, Text::plain(text));
            rest = behind;
        }
        let mut pairs = 0;
        let mut words = 0;
        loop {
            rest = rest.trim_ascii_start();
            if rest.is_empty() {
                break;
            }
            let end = rest.iter().position(|&byte| matches!(byte, b'=' | b' ' | b'"')).unwrap_or(rest.len());
            let name = &rest[..end];
            let Some(value) = rest[end..].strip_prefix(b"=") else {
                // Before the pairs may stand the program's name and a mark or two.
                words += usize::from(pairs > 0);
                rest = rest.get(end.max(1)..).unwrap_or_default();
                continue;
            };
            let (text, behind) = if let Some((inner, behind)) = quoted(value) {
                (Text { raw: inner, escaped: inner.contains(&b'\\') }, behind)
            } else {
                let end = value.iter().position(|&byte| byte == b' ').unwrap_or(value.len());
                (Text::plain(&value[..end]), &value[end..])
            };
            record.put(self.names.role(Part::Record, name), text);
            pairs += 1;
            rest = behind;
        }
        if pairs >= FEWEST && words <= pairs {
            Held::Record
        } else {
            Held::Unreadable("expected key=value pairs, found a line without")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> String {
        let mut record = Record::default();
        if Pairs::default().read(line.as_bytes(), &mut record) != Held::Record {
            return "none".to_owned();
        }
        let text = |field| String::from_utf8_lossy(&record.get(field)).into_owned();
        let shown =
            [Field::Time, Field::Method, Field::Target, Field::Status, Field::Client, Field::Forwarded, Field::User];
        format!("{} {}", shown.map(text).join("|"), text(Field::Message))
    }

    #[test]
    fn pairs_are_read_with_and_without_a_stamp_in_front() {
        for (line, expected) in [
            (
                r#"time="2026-03-03T10:57:21Z" level=info msg="Request \"Completed\"" method=GET path=/orders status=200 remote_addr=10.0.0.1 uname=ann"#,
                "2026-03-03T10:57:21Z|GET|/orders|200|10.0.0.1||ann Request \"Completed\"",
            ),
            (
                "2026-03-03T10:57:21.784+00:00 heroku[router]: at=info method=GET path=\"/a?b=c\" host=x fwd=\"203.0.113.7\" dyno=web.1 status=302 bytes=5",
                "2026-03-03T10:57:21.784+00:00|GET|/a?b=c|302||203.0.113.7| ",
            ),
            (
                "t=2026-03-03T10:57:21Z lvl=warn msg=\"Invalid username or password\" logger=context userId=0 uname= remote_addr=10.0.0.1",
                "2026-03-03T10:57:21Z||||10.0.0.1||0 Invalid username or password",
            ),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
        for line in
            ["", "a sentence with a=b in it", "x = y", "Nov 23 07:24:24 vm sshd[1551]: Server listening on port 2207."]
        {
            assert_eq!(read(line), "none", "{line}");
        }
    }
}
