//! W3C extended logs, whose first lines say which fields follow: IIS, `CloudFront`, Azure Front Door.
//!
//! ```text
//! #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status
//! 2026-03-03 10:57:21 10.0.0.2 GET /orders - 443 ann 10.0.0.1 Mozilla/5.0+(X11) 200
//! ```
//!
//! Times are UTC. IIS writes the headings anew whenever it starts. The names of the fields are in
//! [`fields`](super::fields); what a record becomes is in [`record_lines`].
//!
//! <https://www.w3.org/TR/WD-logfile>, <https://learn.microsoft.com/windows/win32/http/w3c-logging>,
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>

use super::{
    Format, Input, Sniff,
    fields::{Field, Part, Role, role},
    json::Text,
    lines::{CHUNK_BYTES, head_lines},
    record::Record,
    record_lines::{self, Held, Notation},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventStore, Family, SourceReport};

/// The format.
#[derive(Debug)]
pub(super) struct W3c;

impl Format for W3c {
    fn id(&self) -> &'static str {
        "w3c"
    }

    fn title(&self) -> &'static str {
        "W3C extended log (IIS, CloudFront)"
    }

    fn reference(&self) -> &'static str {
        "https://www.w3.org/TR/WD-logfile"
    }

    fn example(&self) -> &'static str {
        "#Fields: date time s-ip cs-method cs-uri-stem cs-username c-ip sc-status\n2026-03-03 10:57:21 10.0.0.2 GET /orders CORP\\ann 10.0.0.1 200"
    }

    fn family(&self) -> Family {
        Family::Requests
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        if !head_lines(head).take(40).any(|line| line.starts_with(b"#Fields:")) {
            return Sniff::No("no line begins with #Fields:".to_owned());
        }
        record_lines::sniff(head, Table::default(), "a row under #Fields:")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        // Each chunk begins with the columns that the source begins with.
        let mut table = Table::default();
        for line in head_lines(&input.content.head()).take_while(|line| line.starts_with(b"#")) {
            table.heading(line);
        }
        record_lines::read(input, events, report, CHUNK_BYTES, &table);
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Date,
    Time,
    Field(Role),
}

/// Rows under headings.
#[derive(Clone, Debug, Default)]
struct Table {
    columns: Vec<Column>,
}

impl Table {
    fn heading(&mut self, line: &[u8]) -> Held {
        if let Some(names) = line.strip_prefix(b"#Fields:") {
            self.columns = names
                .split(|byte| matches!(byte, b' ' | b'\t' | b','))
                .filter(|name| !name.is_empty())
                .map(|name| match name {
                    b"date" => Column::Date,
                    b"time" => Column::Time,
                    _ => Column::Field(role(Part::Record, name)),
                })
                .collect();
        }
        if line.starts_with(b"#Software:") { Held::Start } else { Held::Heading }
    }
}

const UNREADABLE: &str = "expected a row with the columns of #Fields:, found another number of them";

impl Notation for Table {
    fn stamp(&mut self, record: &Record<'_>, stamps: &mut Stamps) -> Option<Stamp> {
        // The format says that its times are in GMT.
        record.stamp(stamps).map(|stamp| Stamp { zone: stamp.zone.or(Some(0)), ..stamp })
    }

    fn read<'a>(&mut self, line: &'a [u8], record: &mut Record<'a>) -> Held {
        if line.first() == Some(&b'#') {
            return self.heading(line);
        }
        let separator = if memchr::memchr(b'\t', line).is_some() { b'\t' } else { b' ' };
        let mut values = line.split(|&byte| byte == separator);
        // Date and time stand side by side, and so they are read.
        let (mut at, mut date_at) = (0, None);
        for column in &self.columns {
            let Some(value) = values.next() else { return Held::Unreadable(UNREADABLE) };
            match *column {
                Column::Date => date_at = Some(at),
                Column::Time => {
                    let both = date_at.and_then(|from| line.get(from..at + value.len())).unwrap_or(value);
                    record.put(Role { plain: Some((Field::Time, 0)), part: None }, Text::plain(both));
                }
                Column::Field(role) => record.put(role, Text::plain(value)),
            }
            at += value.len() + 1;
        }
        if self.columns.is_empty() || values.next().is_some() { Held::Unreadable(UNREADABLE) } else { Held::Record }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{SourceId, time::rfc3339_from_nanos},
        source::{Content, Progress},
    };

    fn read(text: &str) -> (Vec<String>, SourceReport) {
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let progress = Progress::default();
        let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("u_ex.log".into()));
        W3c.read(&input, &mut events, &mut report);
        let said = events
            .ids()
            .map(|id| {
                let event = events.get(id);
                let text = |sym| events.symbols.resolve(sym);
                let (time, kind) = (rfc3339_from_nanos(event.time), event.kind);
                format!(
                    "{time} {kind:?} {} {} {} {}",
                    event.status,
                    text(event.what),
                    text(event.actor),
                    text(event.client)
                )
            })
            .collect();
        (said, report)
    }

    const IIS: &str = "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-03-03 10:57:21\r\n\
        #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Cookie) sc-status sc-substatus\r\n\
        2026-03-03 10:57:21 10.0.0.2 GET /orders logout=1 443 CORP\\ann 10.0.0.1 Mozilla/5.0+(X11) - 200 0\r\n\
        2026-03-03 10:57:22 10.0.0.2 POST /login - 443 - 10.0.0.1 - ASP.NET_SessionId=x1;+a=b 302 0\r\n\
        cut off\r\n\
        #Software: Microsoft Internet Information Services 10.0\r\n";

    #[test]
    fn rows_are_read_under_their_headings() {
        let (said, report) = read(IIS);
        assert_eq!(
            said,
            [
                "2026-03-03T10:57:21.000Z Neutral 200 GET /orders?logout=1 CORP\\ann 10.0.0.1\tMozilla/5.0+(X11)",
                "2026-03-03T10:57:22.000Z Neutral 302 POST /login  10.0.0.1",
                "2026-03-03T10:57:22.000Z ServerStart 0 Server started  ",
            ]
        );
        assert_eq!((report.records, report.unreadable), (7, 1));
        assert_eq!(W3c.sniff(IIS.as_bytes()), Sniff::Certain);
        let cloudfront = "#Version: 1.0\n#Fields: date\ttime\tx-edge-location\tsc-bytes\tc-ip\tcs-method\tcs(Host)\tcs-uri-stem\tsc-status\n\
            2026-03-03\t10:57:21\tLHR3-C1\t2390\t192.0.2.100\tGET\td1.cloudfront.net\t/view\t200\n";
        assert_eq!(read(cloudfront).0, ["2026-03-03T10:57:21.000Z Neutral 200 GET /view  192.0.2.100"]);
        assert!(matches!(W3c.sniff(b"10.0.0.1 - -"), Sniff::No(_)));
    }
}
