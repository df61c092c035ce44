//! macOS' unified log as `log show` prints it, in its styles `ndjson`, `json`, `compact` and the one without a name: sshd,
//! the sign-in window and their like inside. (Its style `syslog` is read as any host's log.)
//!
//! ```text
//! 2026-11-23 07:39:18.263114+0100 0x1519  Default  0x0  812  0    sshd: Accepted publickey for kim from 198.51.100.7 port 36898 ssh2
//! 2026-11-23 07:39:18.263 Df sshd[812:1519] Accepted publickey for kim from 198.51.100.7 port 36898 ssh2
//! {"processImagePath":"\/usr\/sbin\/sshd","timestamp":"2026-11-23 07:39:18.263114+0100","eventMessage":"Accepted …","processID":812}
//! ```
//!
//! <https://keith.github.io/xcode-man-pages/log.1.html>

use super::{
    Format, Input, Sniff,
    blocks::read_blocks,
    lines::{Line, Outcome, cut, find, head_lines, number, word},
    linux_auth,
    syslog::Syslog,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventStore, Family, Position, SourceReport, Warning};
use std::borrow::Cow;

/// The format.
#[derive(Debug)]
pub(super) struct MacosLog;

impl Format for MacosLog {
    fn id(&self) -> &'static str {
        "macos_log"
    }

    fn title(&self) -> &'static str {
        "macOS unified log (log show)"
    }

    fn reference(&self) -> &'static str {
        "https://keith.github.io/xcode-man-pages/log.1.html"
    }

    fn example(&self) -> &'static str {
        "2026-11-23 07:39:18.263 Df sshd[812:1519] Accepted publickey for kim from 198.51.100.7 port 36898 ssh2"
    }

    fn family(&self) -> Family {
        Family::Connections
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let (mut ours, mut other) = (0, 0);
        for line in head_lines(head).take(400) {
            if is_heading(line) {
                continue;
            }
            *(if style_of(line).is_some() { &mut ours } else { &mut other }) += 1;
        }
        // A message may go over many lines, and an object as well.
        let spread = head_lines(head).take(60).any(|line| member(line, b"eventMessage").is_some())
            && head_lines(head).take(200).any(|line| member(line, b"machTimestamp").is_some());
        if spread || ours > 0 && ours * 4 >= other {
            Sniff::Certain
        } else {
            Sniff::No(
                "no line has a time with its zone, a thread, a kind and a process as `log show` prints them".to_owned(),
            )
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        let head = input.content.head();
        let first = head_lines(&head).find(|line| !is_heading(line)).unwrap_or_default();
        if style_of(first).is_none() && matches!(first.trim_ascii_start().first(), Some(b'[' | b'{')) {
            read_spread(input, events, report);
        } else {
            linux_auth::read_wrapped(input, events, report, unwrap);
        }
    }
}

/// `Timestamp                       Thread     Type        Activity             PID    TTL`
fn is_heading(line: &[u8]) -> bool {
    line.starts_with(b"Timestamp ") && find(line, b"PID").is_some()
        || line.starts_with(b"Filtering the log data using ")
}

/// A record in any style of one line.
fn style_of(line: &[u8]) -> Option<Record<'_>> {
    let stamps = &mut Stamps::default();
    if line.first() == Some(&b'{') {
        return Record::json(line, stamps);
    }
    let stamp = stamps.rfc3339(line)?;
    let rest = line.get(stamp.len..)?.strip_prefix(b" ")?.trim_ascii_start();
    Record::full(stamp, rest).or_else(|| Record::compact(stamp, rest))
}

/// What matters of a record.
struct Record<'a> {
    stamp: Stamp,
    program: Cow<'a, [u8]>,
    pid: u32,
    message: Cow<'a, [u8]>,
}

impl<'a> Record<'a> {
    /// `0x1519     Default     0x0                  812    0    sshd: Accepted …`
    fn full(stamp: Stamp, rest: &'a [u8]) -> Option<Self> {
        let (thread, rest) = word(rest);
        thread.strip_prefix(b"0x").filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))?;
        let (_, rest) = word(rest.trim_ascii_start());
        let (activity, rest) = word(rest.trim_ascii_start());
        activity.strip_prefix(b"0x")?;
        let (pid, rest) = word(rest.trim_ascii_start());
        let (pid, _) = number(pid)?;
        let (ttl, rest) = word(rest.trim_ascii_start());
        number(ttl)?;
        let (program, message) = cut(rest.trim_ascii_start(), b": ")?;
        Some(Self { stamp, program: program.into(), pid, message: without_sender(message).into() })
    }

    /// `Df sshd[812:1519] Accepted …`
    fn compact(stamp: Stamp, rest: &'a [u8]) -> Option<Self> {
        let (kind, rest) = word(rest);
        if kind.is_empty() || kind.len() > 2 || !kind.iter().all(u8::is_ascii_alphabetic) {
            return None;
        }
        let (program, rest) = cut(rest.trim_ascii_start(), b"[")?;
        let (pid, digits) = number(rest)?;
        let rest = rest.get(digits..)?.strip_prefix(b":")?;
        let (_, message) = cut(rest, b"] ")?;
        Some(Self { stamp, program: program.into(), pid, message: without_sender(message).into() })
    }

    /// An object on a line of its own.
    fn json(line: &'a [u8], stamps: &mut Stamps) -> Option<Self> {
        let object: Object<'a> = serde_json::from_slice(line).ok()?;
        let path = object.process?;
        let program = path.rsplit('/').next().unwrap_or_default().as_bytes().to_vec();
        let message = object.message.unwrap_or_default();
        Some(Self {
            stamp: stamps.rfc3339(object.at?.as_bytes())?,
            program: program.into(),
            pid: object.pid.unwrap_or(0),
            message: message.into_owned().into_bytes().into(),
        })
    }

    fn syslog(&self) -> Syslog<'_> {
        Syslog {
            stamp: self.stamp,
            host: &[],
            program: &self.program,
            pid: self.pid,
            message: &self.message,
            tagged: &self.message,
        }
    }
}

/// The fields of an object that matter here.
#[derive(serde::Deserialize)]
struct Object<'a> {
    #[serde(borrow, rename = "timestamp", default)]
    at: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "processImagePath", default)]
    process: Option<Cow<'a, str>>,
    #[serde(rename = "processID", default)]
    pid: Option<u32>,
    #[serde(borrow, rename = "eventMessage", default)]
    message: Option<Cow<'a, str>>,
}

/// The message without the library and the subsystem that `log` puts in front: `(libpam.2.dylib) [com.apple.pam:x] …`.
fn without_sender(message: &[u8]) -> &[u8] {
    let mut rest = message;
    if let Some((_, behind)) = rest.strip_prefix(b"(").and_then(|inner| cut(inner, b") ")) {
        rest = behind;
    }
    if let Some((_, behind)) = rest.strip_prefix(b"[com.").and_then(|inner| cut(inner, b"] ")) {
        rest = behind;
    }
    rest
}

fn unwrap(line: &[u8], take: &mut dyn FnMut(&Syslog<'_>)) -> Outcome {
    if let Some(record) = style_of(line) {
        take(&record.syslog());
        return Outcome::Record;
    }
    if is_heading(line) {
        return Outcome::Quiet("it is the heading");
    }
    // The last line of `ndjson` counts the others.
    if line.starts_with(b"{\"count\":") {
        return Outcome::Quiet("it counts the records");
    }
    let starts = line.first() == Some(&b'{') || Stamps::default().rfc3339(line).is_some();
    if starts {
        Outcome::Unreadable("expected a record of `log show`, found one that is cut off")
    } else {
        Outcome::Continuation
    }
}

/// The value of a member on a line of its own: `  "processID" : 812,`.
fn member<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = line.trim_ascii().strip_prefix(b"\"")?.strip_prefix(name)?.strip_prefix(b"\"")?;
    let value = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii();
    Some(value.strip_suffix(b",").unwrap_or(value))
}

/// An array of objects that go over many lines: each begins with `[{` or `},{`.
fn read_spread(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
    let mut host = linux_auth::Host::new(input.source, events.len());
    let mut stamps = Stamps::default();
    let (mut records, mut unreadable, mut warnings) = (0, 0, Vec::new());
    read_blocks(
        input,
        report,
        |line| matches!(line.trim_ascii(), b"[{" | b"},{" | b"{"),
        |block| {
            let field = |name: &[u8]| block.bytes.split(|&byte| byte == b'\n').find_map(|line| member(line, name));
            let text = |name: &[u8]| field(name).and_then(|value| serde_json::from_slice::<String>(value).ok());
            let stamp = text(b"timestamp").and_then(|at| stamps.rfc3339(at.as_bytes()));
            let (Some(stamp), Some(path), Some(message)) = (stamp, text(b"processImagePath"), text(b"eventMessage"))
            else {
                if !matches!(block.bytes.trim_ascii(), b"" | b"[" | b"]") {
                    unreadable += 1;
                    if warnings.len() < 20 {
                        let message = "expected a record of `log show` with its time, process and message, found none";
                        let (position, message) = (Position::Line(block.line), message.to_owned());
                        warnings.push(Warning { position, offset: block.offset, message });
                    }
                }
                return;
            };
            records += 1;
            let record = Record {
                stamp,
                program: path.rsplit('/').next().unwrap_or_default().as_bytes().into(),
                pid: field(b"processID").and_then(number).map_or(0, |(pid, _)| pid),
                message: message.as_bytes().into(),
            };
            let line = Line { bytes: block.bytes, offset: block.offset, len: block.bytes.len() as u32 };
            host.take(&record.syslog(), line, events);
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
        assert_eq!(MacosLog.sniff(text.as_bytes()), Sniff::Certain, "{text}");
        MacosLog.read(&input, &mut events, &mut report);
        (lines_of(&events), report)
    }

    const MESSAGES: [(&str, &str, &str); 5] = [
        (
            "sshd",
            "Accepted publickey for kim from 10.0.0.7 port 36898 ssh2: ED25519 SHA256:x",
            "SignIn Nothing kim@10.0.0.7 : Accepted publickey",
        ),
        (
            "sshd",
            "Timeout, client not responding from user kim 10.0.0.7 port 36898",
            "Close PeerGone kim@10.0.0.7 : Timeout, client not responding",
        ),
        ("loginwindow", "USER_PROCESS: 160 console", "SignIn Nothing @ : USER_PROCESS"),
        ("loginwindow", "DEAD_PROCESS: 160 console", "Close Nothing @ : DEAD_PROCESS"),
        ("shutdown", "reboot by kim:", "ServerStop ServerShutdown @ : Host shuts down"),
    ];

    #[test]
    fn each_style_tells_the_same() {
        for (program, message, expected) in MESSAGES {
            let told = [format!("06:39:18 {expected}")];
            let full = format!(
                "Timestamp                       Thread     Type        Activity             PID    TTL  \n\
                 2026-11-23 07:39:18.263114+0100 0x1519     Default     0x0                  812    0    {program}: (libsystem.dylib) [com.apple.x:y] {message}\n"
            );
            assert_eq!(read(&full).0, told, "{message}");
            let compact = format!(
                "Timestamp               Ty Process[PID:TID]\n2026-11-23 06:39:18.263 Df {program}[812:1519] {message}\n"
            );
            assert_eq!(read(&compact).0, told, "{message}");
            let object = format!(
                "\"processImagePath\":\"\\/usr\\/sbin\\/{program}\",\"timestamp\":\"2026-11-23 07:39:18.263114+0100\",\"machTimestamp\":1,\"eventMessage\":\"{message}\",\"processID\":812"
            );
            let (said, report) = read(&format!("{{{object}}}\n{{\"count\":1,\"finished\":1}}\n"));
            assert_eq!((said.as_slice(), report.unreadable), (&told[..], 0), "{message}");
            let spread = object.replace("\",\"", "\",\n  \"").replace(",\"p", ",\n  \"p").replace(",\"e", ",\n  \"e");
            let spread = spread.replace("\":", "\" : ");
            let (said, report) = read(&format!("[{{\n  {spread}\n}},{{\n  {spread}\n}}]\n"));
            assert_eq!((said.len(), report.records, report.unreadable), (2, 2, 0), "{spread}");
            assert_eq!(said[0], told[0]);
        }
    }

    #[test]
    fn damaged_records_are_counted_and_long_messages_go_on() {
        let text = "2026-11-23 07:39:18.263 Df sshd[812:1519] one\ntwo\n2026-11-23 07:39:18.263 Df ss\n\u{0}\n";
        let (_, report) = read(text);
        assert_eq!((report.records, report.unreadable), (1, 2));
        for other in ["", "2026-11-23 07:39:18.263 INFO main[7] x", "Timestamp PID", "{\"timestamp\":\"2026\"}"] {
            assert!(matches!(MacosLog.sniff(other.as_bytes()), Sniff::No(_)), "{other}");
        }
    }
}
