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
    lines::{self, CHUNK_BYTES, head_lines},
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
            let split = || names.split(|byte| matches!(byte, b' ' | b'\t' | b',')).filter(|name| !name.is_empty());
            let by_proxy = split().all(|name| name != b"c-ip");
            self.columns = split()
                .map(|name| match name {
                    b"date" => Column::Date,
                    b"time" => Column::Time,
                    _ => Column::Field(of_proxy(name).filter(|_| by_proxy).unwrap_or_else(|| role(Part::Record, name))),
                })
                .collect();
        }
        if line.starts_with(b"#Software:") { Held::Start } else { Held::Heading }
    }
}

const UNREADABLE: &str = "expected a row with the columns of #Fields:, found another number of them";

impl Notation for Table {
    fn stamp(&mut self, record: &Record<'_>, stamps: &mut Stamps) -> Option<Stamp> {
        let both = record.get(Field::Time);
        let stamp = match lines::cut(&both, b"\" \"") {
            Some((date, time)) => stamps.rfc3339(&[date, b" ", time].concat()),
            None => record.stamp(stamps),
        };
        // The format says that its times are in GMT.
        stamp.map(|stamp| Stamp { zone: stamp.zone.or(Some(0)), ..stamp })
    }

    fn read<'a>(&mut self, line: &'a [u8], record: &mut Record<'a>) -> Held {
        if line.first() == Some(&b'#') {
            return self.heading(line);
        }
        let separator = if memchr::memchr(b'\t', line).is_some() { b'\t' } else { b' ' };
        // Date and time stand side by side, and so they are read.
        let (mut next, mut date_at) = (Some(0), None);
        for column in &self.columns {
            let Some(at) = next else { return Held::Unreadable(UNREADABLE) };
            let value = value_at(line, at, separator);
            match *column {
                Column::Date => date_at = Some(value.start),
                Column::Time => {
                    let both = line.get(date_at.unwrap_or(value.start)..value.end).unwrap_or_default();
                    record.put(Role { plain: Some((Field::Time, 0)), part: None }, Text::plain(both));
                }
                Column::Field(role) => {
                    record.put(role, Text::plain(line.get(value.start..value.end).unwrap_or_default()));
                }
            }
            next = value.next;
        }
        if self.columns.is_empty() || next.is_some() { Held::Unreadable(UNREADABLE) } else { Held::Record }
    }
}

/// Where a value of a row lies, without quotes around it, and where the next one begins.
struct Value {
    start: usize,
    end: usize,
    next: Option<usize>,
}

/// The value that begins at a byte of a row. IIS writes no quotes, and has some of its own inside values; what stands in
/// quotes as a whole, blanks and all, is one value.
fn value_at(line: &[u8], at: usize, separator: u8) -> Value {
    let rest = line.get(at..).unwrap_or_default();
    if let Some(inner) = rest.strip_prefix(b"\"")
        && let Some(end) =
            memchr::memchr_iter(b'"', inner).find(|end| inner.get(end + 1).is_none_or(|&byte| byte == separator))
    {
        let behind = at + 1 + end + 1;
        return Value { start: at + 1, end: at + 1 + end, next: (behind < line.len()).then_some(behind + 1) };
    }
    match memchr::memchr(separator, rest) {
        Some(len) => Value { start: at, end: at + len, next: Some(at + len + 1) },
        None => Value { start: at, end: line.len(), next: None },
    }
}

/// Where a proxy names no `c-ip`, the address that it was asked from is its `s-ip`, and what that passed on its `s-xff`.
fn of_proxy(name: &[u8]) -> Option<Role> {
    let field = match name {
        b"s-ip" => Field::Client,
        b"s-xff" => Field::Forwarded,
        b"cs-uri" => Field::Target,
        _ => return None,
    };
    Some(Role { plain: Some((field, 8)), part: None })
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

    #[test]
    fn values_in_quotes_keep_their_blanks() {
        let imperva = "#Software: Incapsula LOGS API\n#Version: 1.1\n#Date: 03/Mar/2026 10:57:21\n\
            #Fields: date time cs-vid cs(User-Agent) cs-uri s-ip cs-method cs-uri-query sc-status s-xff\n\
            \"2026-03-03\" \"10:57:21\" \"\" \"Mozilla/5.0 (X11; Linux)\" \"shop.example/view\" \"192.0.2.100\" \"GET\" \"a=b\" \"200\" \"\"\n\
            \"2026-03-03\" \"10:57:22\" \"\" \"Mozilla/5.0\n";
        let (said, report) = read(imperva);
        assert_eq!(
            said,
            ["2026-03-03T10:57:21.000Z Neutral 200 GET shop.example/view  192.0.2.100\tMozilla/5.0 (X11; Linux)"]
        );
        assert_eq!((report.records, report.unreadable), (5, 1));
        let spoken = IIS.replace("logout=1", "\"a=1\"&b");
        assert_eq!(read(&spoken).1.records, read(IIS).1.records);
    }
}
