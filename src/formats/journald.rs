//! systemd's journal as `journalctl -o json` and `-o export` write it: sshd, logind and their like inside, with fields.
//!
//! `{"__REALTIME_TIMESTAMP":"1795419558263000","_HOSTNAME":"vm","SYSLOG_IDENTIFIER":"sshd","_PID":"812","MESSAGE":"…"}`
//!
//! What the programs said is read as it is from syslog.
//!
//! <https://systemd.io/JOURNAL_EXPORT_FORMATS/>, <https://www.freedesktop.org/software/systemd/man/systemd.journal-fields.html>

use super::{
    Format, Input, Sniff,
    blocks::read_blocks,
    lines::{Line, Outcome, cut, head_lines, number},
    linux_auth,
    syslog::Syslog,
    timestamp::Stamp,
};
use crate::model::{EventStore, Family, Position, SourceReport, Warning};
use serde::Deserialize;
use std::borrow::Cow;

/// The format.
#[derive(Debug)]
pub(super) struct Journald;

impl Format for Journald {
    fn id(&self) -> &'static str {
        "journald"
    }

    fn title(&self) -> &'static str {
        "systemd journal (json, export)"
    }

    fn reference(&self) -> &'static str {
        "https://systemd.io/JOURNAL_EXPORT_FORMATS/"
    }

    fn example(&self) -> &'static str {
        r#"{"__REALTIME_TIMESTAMP":"1795419558263000","_HOSTNAME":"vm","SYSLOG_IDENTIFIER":"sshd","_PID":"812","MESSAGE":"Accepted publickey for kim from 198.51.100.7 port 36898 ssh2"}"#
    }

    fn family(&self) -> Family {
        Family::Connections
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let known = if is_export(head) {
            head_lines(head).any(|line| line.starts_with(b"__REALTIME_TIMESTAMP="))
        } else {
            head_lines(head)
                .any(|line| line.starts_with(b"{") && Entry::parse(line).is_some_and(|entry| entry.at().is_some()))
        };
        if known { Sniff::Certain } else { Sniff::No("no record has the journal's `__REALTIME_TIMESTAMP`".to_owned()) }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        if is_export(&input.content.head()) {
            read_export(input, events, report);
        } else {
            linux_auth::read_wrapped(input, events, report, unwrap);
        }
    }
}

fn is_export(head: &[u8]) -> bool {
    let first = head_lines(head).next().unwrap_or_default();
    cut(first, b"=").is_some_and(|(name, _)| {
        !name.is_empty() && name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
    })
}

/// The fields of a record that matter here.
#[derive(Debug, Deserialize)]
struct Entry<'a> {
    #[serde(borrow, rename = "__REALTIME_TIMESTAMP", default)]
    realtime: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "_HOSTNAME", default)]
    host: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "SYSLOG_IDENTIFIER", default)]
    identifier: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "_COMM", default)]
    command: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "_PID", default)]
    pid: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "SYSLOG_PID", default)]
    syslog_pid: Option<Cow<'a, str>>,
    #[serde(rename = "MESSAGE", default)]
    message: Option<serde_json::Value>,
}

impl<'a> Entry<'a> {
    fn parse(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    fn at(&self) -> Option<Stamp> {
        stamp(self.realtime.as_deref()?.as_bytes())
    }
}

/// Microseconds since 1970.
fn stamp(micros: &[u8]) -> Option<Stamp> {
    let micros: i64 = std::str::from_utf8(micros).ok()?.trim().parse().ok()?;
    Some(Stamp { at: micros.checked_mul(1_000).filter(|&at| at >= 0)?, zone: Some(0), len: 0 })
}

fn unwrap(line: &[u8], take: &mut dyn FnMut(&Syslog<'_>)) -> Outcome {
    let Some(entry) = Entry::parse(line) else {
        return Outcome::Unreadable("expected a JSON object of the journal, found a line that is none");
    };
    let Some(stamp) = entry.at() else {
        return Outcome::Unreadable("expected a __REALTIME_TIMESTAMP, found none");
    };
    // A message with bytes that are no text comes as a list of numbers.
    let message: Vec<u8> = match &entry.message {
        Some(serde_json::Value::String(text)) => text.clone().into_bytes(),
        Some(serde_json::Value::Array(bytes)) => {
            bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect()
        }
        _ => return Outcome::Record,
    };
    let text = |field: Option<&Cow<'_, str>>| field.map_or(String::new(), |text| text.clone().into_owned());
    let program = text(entry.identifier.as_ref().or(entry.command.as_ref()));
    let host = text(entry.host.as_ref());
    let pid = text(entry.pid.as_ref().or(entry.syslog_pid.as_ref()));
    take(&Syslog {
        stamp,
        host: host.as_bytes(),
        program: program.as_bytes(),
        pid: number(pid.as_bytes()).map_or(0, |(pid, _)| pid),
        message: &message,
        tagged: &message,
    });
    Outcome::Record
}

/// `FIELD=value` lines, an empty one behind each record. Fields that are no text stand with their length, and are left out.
fn read_export(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
    let mut host = linux_auth::Host::new(input.source, events.len());
    let (mut records, mut unreadable, mut warnings) = (0, 0, Vec::new());
    read_blocks(
        input,
        report,
        |line| line.starts_with(b"__CURSOR="),
        |block| {
            let field = |name: &[u8]| {
                block.bytes.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(name)?.strip_prefix(b"="))
            };
            let Some(stamp) = field(b"__REALTIME_TIMESTAMP").and_then(stamp) else {
                unreadable += 1;
                if warnings.len() < 20 {
                    let message = "expected a __REALTIME_TIMESTAMP, found none".to_owned();
                    warnings.push(Warning { position: Position::Line(block.line), offset: block.offset, message });
                }
                return;
            };
            records += 1;
            let Some(message) = field(b"MESSAGE") else { return };
            let program = field(b"SYSLOG_IDENTIFIER").or_else(|| field(b"_COMM")).unwrap_or_default();
            let pid = field(b"_PID").or_else(|| field(b"SYSLOG_PID")).and_then(number).map_or(0, |(pid, _)| pid);
            let record =
                Syslog { stamp, host: field(b"_HOSTNAME").unwrap_or_default(), program, pid, message, tagged: message };
            host.take(
                &record,
                Line { bytes: block.bytes, offset: block.offset, len: block.bytes.len() as u32 },
                events,
            );
        },
    );
    report.records += records;
    report.unreadable += unreadable;
    report.warnings.append(&mut warnings);
    host.finish(input, events, report);
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
        assert_eq!(Journald.sniff(text.as_bytes()), Sniff::Certain);
        Journald.read(&input, &mut events, &mut report);
        (lines_of(&events), report)
    }

    const SAID: &str = "07:39:18 SignIn Nothing kim@10.0.0.7 vm: Accepted publickey";

    #[test]
    fn what_programs_said_is_read_as_from_syslog() {
        let message = "Accepted publickey for kim from 10.0.0.7 port 22 ssh2";
        let json = |message: &str| {
            format!(
                "{{\"__REALTIME_TIMESTAMP\":\"1795419558263000\",\"_HOSTNAME\":\"vm\",\"SYSLOG_IDENTIFIER\":\"sshd\",\
                 \"_PID\":\"812\",\"MESSAGE\":{message}}}\n"
            )
        };
        assert_eq!(read(&json(&format!("\"{message}\""))).0, [SAID]);
        let numbers: Vec<String> = message.bytes().map(|byte| byte.to_string()).collect();
        assert_eq!(read(&json(&format!("[{}]", numbers.join(",")))).0, [SAID]);
        let export = format!(
            "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795419558263000\n_HOSTNAME=vm\nSYSLOG_IDENTIFIER=sshd\n_PID=812\nMESSAGE={message}\n\n"
        );
        assert_eq!(read(&export).0, [SAID]);
    }

    #[test]
    fn damaged_records_are_counted() {
        let good = "{\"__REALTIME_TIMESTAMP\":\"1795419558263000\",\"MESSAGE\":\"x\"}\n";
        let (_, report) = read(&format!("{good}{{\"__REALTIME_TIM\n{{\"MESSAGE\":\"x\"}}\n"));
        assert_eq!((report.records, report.unreadable), (1, 2));
        let (_, report) = read("__CURSOR=1\n__REALTIME_TIMESTAMP=1795419558263000\n\n__CURSOR=2\nMESS");
        assert_eq!((report.records, report.unreadable), (1, 1));
        for text in ["{\"level\":30}\n", "a=1\n", ""] {
            assert!(matches!(Journald.sniff(text.as_bytes()), Sniff::No(_)), "{text}");
        }
    }
}
