//! What programs that pass lines on put around each of them: container runtimes, journald and syslog, log shippers.
//!
//! A log that went through one is the same log. Which wrapping a source has is found out once, when its format is told; from
//! then on every reader sees the lines without it.
//!
//! <https://docs.docker.com/compose/>, <https://docs.docker.com/engine/logging/drivers/json-file/>,
//! <https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md>,
//! <https://www.freedesktop.org/software/systemd/man/latest/journalctl.html>

use memchr::{memchr, memmem};
use std::borrow::Cow;

/// What stands around each line of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapping {
    /// Nothing.
    #[default]
    None,
    /// `web-1  | …`, docker compose.
    Compose,
    /// `2026-03-03T10:57:21.784123456Z stdout F …`, container runtimes by CRI.
    Cri,
    /// `{"log":"…\n","stream":"stdout","time":"…"}`, docker's json-file driver.
    DockerJson,
    /// `Mar  3 10:57:21 web app[7]: …` or with an ISO 8601 time, syslog and journald.
    Syslog,
    /// `2026-03-03T10:57:21.784Z …`, `kubectl logs --timestamps`, `docker logs -t` and exports of `CloudWatch`.
    Stamped,
    /// `[pod/web-1/app] …`, `kubectl logs --prefix`, with `--timestamps` or without.
    Kubectl,
    /// `2026-03-03T10:57:21.784000+00:00 web/app/1f2e …`, `aws logs tail`: a stamp and the name of a stream.
    Tailed,
    /// `{"__REALTIME_TIMESTAMP":"…","MESSAGE":"…"}` and `MESSAGE=…`, the journal.
    Journal,
    /// `"message": "…",` on a line of its own, `aws logs get-log-events` and `filter-log-events`.
    LogEvents,
    /// `2026-03-03 10:57:21.784,"…"`, tables that `CloudWatch` Logs Insights and others export: a time and a message.
    StampedColumn,
}

impl Wrapping {
    /// Those that put something there, the most particular first.
    pub const ALL: [Self; 10] = [
        Self::Compose,
        Self::Cri,
        Self::DockerJson,
        Self::Kubectl,
        Self::Syslog,
        Self::Stamped,
        Self::Tailed,
        Self::Journal,
        Self::LogEvents,
        Self::StampedColumn,
    ];

    /// What it is, in words that finish "each line stands in …"; empty for none.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Compose => "docker compose's `name | `",
            Self::Cri => "a container runtime's (CRI) stamp and stream",
            Self::DockerJson => "docker's json-file entries",
            Self::Syslog => "syslog or journald",
            Self::Stamped => "a time stamp that a log shipper put before it",
            Self::Kubectl => "kubectl's pod and container",
            Self::Tailed => "a time stamp and the name of a stream",
            Self::Journal => "the journal's records",
            Self::LogEvents => "CloudWatch's list of events",
            Self::StampedColumn => "a table of times and messages",
        }
    }

    /// Whether lines that have it are hardly ever like that for another reason.
    pub fn is_telling(self) -> bool {
        matches!(
            self,
            Self::Cri | Self::DockerJson | Self::Kubectl | Self::Journal | Self::LogEvents | Self::StampedColumn
        )
    }

    /// A line without its wrapping, and how many bytes stood before it; `None` where the line has no such wrapping.
    pub fn unwrap(self, line: &[u8]) -> Option<(Cow<'_, [u8]>, usize)> {
        let from = match self {
            Self::None => 0,
            Self::Compose => compose(line)?,
            Self::Cri => cri(line)?,
            Self::DockerJson => return docker_json(line).map(|text| (Cow::Owned(text), 0)),
            Self::Syslog => syslog(line)?,
            Self::Stamped => stamp(line)? + 1,
            Self::Kubectl => kubectl(line)?,
            Self::Tailed => {
                let stamp = stamp(line)? + 1;
                let stream = memchr(b' ', line.get(stamp..)?)?;
                stamp + stream + 1
            }
            Self::LogEvents => return log_event(line).map(|text| (text, 0)),
            Self::StampedColumn => return stamped_column(line).map(|text| (text, 0)),
            Self::Journal => match line.strip_prefix(b"MESSAGE=") {
                Some(_) => b"MESSAGE=".len(),
                None => return journal(line).map(|text| (Cow::Owned(text), 0)),
            },
        };
        Some((Cow::Borrowed(line.get(from..)?), from))
    }

    /// The head of a source without this wrapping; `None` unless nine lines in ten have it, or all but one.
    pub fn unwrap_head(self, head: &[u8]) -> Option<Vec<u8>> {
        /// Enough to tell by.
        const LINES: usize = 400;
        let (mut all, mut wrapped) = (0_u32, 0_u32);
        let (mut out, mut begun) = (Vec::new(), [Vec::new(), Vec::new()]);
        for line in head.split(|&byte| byte == b'\n').take(LINES) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            all += 1;
            if let Some((inner, _)) = self.unwrap(line) {
                wrapped += 1;
                if let (Self::Cri, Some((stream, is_last, text))) = (self, cri_piece(line)) {
                    let begun: &mut Vec<u8> = &mut begun[stream];
                    begun.extend_from_slice(text);
                    if is_last && !begun.is_empty() {
                        out.append(begun);
                        out.push(b'\n');
                    }
                } else if !inner.is_empty() {
                    out.extend_from_slice(&inner);
                    out.push(b'\n');
                }
            }
        }
        // One line may be damaged, however few there are.
        let but_one = wrapped >= 4 && all - wrapped == 1;
        (wrapped > 0 && wrapped * 10 >= all * 9 || but_one).then_some(out)
    }
}

/// `web-1  | `: a name, blanks, a bar; behind it perhaps the stamp of `docker compose logs --timestamps`.
fn compose(line: &[u8]) -> Option<usize> {
    // Written to a terminal, each line begins with the command that clears the one before.
    let cleared = if line.starts_with(b"\x1B[2K") { 4 } else { 0 };
    let bar = cleared + memchr(b'|', line.get(cleared..line.len().min(80))?)?;
    let name = line.get(cleared..bar)?.trim_ascii_end();
    let is_name = name.first().is_some_and(u8::is_ascii_alphanumeric)
        && cleared + name.len() < bar
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    is_name.then_some(())?;
    let from = bar + 1 + usize::from(line.get(bar + 1) == Some(&b' '));
    Some(from + runtime_stamp(line.get(from..).unwrap_or_default()))
}

/// The length of a container runtime's stamp and the blank behind it, where one stands there: nine digits behind the second,
/// which hardly an application writes.
fn runtime_stamp(behind: &[u8]) -> usize {
    stamp(behind).filter(|&len| len == 30 && behind.get(29) == Some(&b'Z')).map_or(0, |len| len + 1)
}

/// The length of an RFC 3339 stamp at the start.
fn stamp(line: &[u8]) -> Option<usize> {
    let head = line.get(..20)?;
    let shape = b"0000-00-00T00:00:00";
    let fits =
        head.iter().zip(shape).all(|(byte, like)| if *like == b'0' { byte.is_ascii_digit() } else { byte == like });
    let end = memchr(b' ', line)?;
    let zone = line.get(19..end)?;
    let plain = zone.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'Z' | b'+' | b'-' | b':'));
    (fits && plain && !zone.is_empty() && end + 1 < line.len()).then_some(end)
}

fn cri(line: &[u8]) -> Option<usize> {
    cri_piece(line).map(|(.., text)| line.len() - text.len())
}

/// A line as container runtimes write it by CRI: which of the two streams (0 or 1), whether it is the last piece of what was
/// said in one line, and the text.
pub fn cri_piece(line: &[u8]) -> Option<(usize, bool, &[u8])> {
    let at = stamp(line)?;
    let rest = line.get(at + 1..)?;
    let (stream, rest) = match rest.strip_prefix(b"stdout ") {
        Some(rest) => (0, rest),
        None => (1, rest.strip_prefix(b"stderr ")?),
    };
    match rest.strip_prefix(b"F ") {
        Some(text) => Some((stream, true, text)),
        None => Some((stream, false, rest.strip_prefix(b"P ")?)),
    }
}

/// `Mar  3 10:57:21 web app[7]: ` and `2026-03-03T10:57:21+00:00 web app[7]: `.
fn syslog(line: &[u8]) -> Option<usize> {
    let digits = line.iter().skip(1).take(3).take_while(|byte| byte.is_ascii_digit()).count();
    if line.first() == Some(&b'<') && digits > 0 && line.get(digits + 1) == Some(&b'>') {
        let from = digits + 2;
        let rest = line.get(from..)?;
        return match rest.strip_prefix(b"1 ") {
            Some(rest) => syslog_5424(rest).map(|at| from + 2 + at),
            None => syslog(rest).map(|at| from + at),
        };
    }
    let line_head = line.get(..line.len().min(160))?;
    let after_time = match *line_head {
        [m, _, _, b' ', ..] if m.is_ascii_uppercase() => {
            let clock = line_head.get(7..15)?;
            let is_clock = clock.get(2) == Some(&b':') && clock.get(5) == Some(&b':');
            is_clock.then_some(15)?
        }
        _ => stamp(line)?,
    };
    let colon = after_time + memmem::find(line_head.get(after_time..)?, b": ")?;
    // A host and a program, nothing else.
    let between = line_head.get(after_time..colon)?.trim_ascii();
    (memchr::memchr_iter(b' ', between).count() == 1 && !between.contains(&b'"')).then_some(colon + 2)
}

/// `2026-03-03T10:57:21Z web app 7 - - `, behind the priority and the version (RFC 5424, section 6).
fn syslog_5424(rest: &[u8]) -> Option<usize> {
    let mut at = stamp(rest)?;
    for _ in 0..4 {
        // A blank, then the host, the program, its process and the kind of message.
        let word = rest.get(at..)?.strip_prefix(b" ")?;
        at += 1 + memchr(b' ', word.get(..word.len().min(256))?)?;
    }
    let data = rest.get(at..)?.strip_prefix(b" ")?;
    let message = match data.first()? {
        b'-' => data.strip_prefix(b"- ")?,
        b'[' => data.get(memmem::find(data, b"] ")? + 2..)?,
        _ => return None,
    };
    let message = message.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(message);
    Some(rest.len() - message.len())
}

/// The text of `{"log":"…","stream":"stdout","time":"…"}`.
fn docker_json(line: &[u8]) -> Option<Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct Entry<'a> {
        #[serde(borrow)]
        log: Cow<'a, str>,
        #[serde(rename = "stream")]
        _stream: Cow<'a, str>,
        #[serde(rename = "time")]
        _time: Cow<'a, str>,
    }
    let entry: Entry<'_> = serde_json::from_slice(line).ok()?;
    Some(entry.log.trim_end_matches(['\n', '\r']).as_bytes().to_vec())
}

/// `[pod/web-1/app] `, and the stamp that may stand behind.
fn kubectl(line: &[u8]) -> Option<usize> {
    let rest = line.strip_prefix(b"[pod/")?;
    let end = memchr(b']', rest.get(..rest.len().min(160))?)?;
    let behind = rest.get(end + 1..)?.strip_prefix(b" ")?;
    Some(line.len() - behind.len() + runtime_stamp(behind))
}

/// The message of an event; nothing for what else stands in the list.
fn log_event(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    const BETWEEN: [&[u8]; 7] = [
        b"\"timestamp\":",
        b"\"ingestionTime\":",
        b"\"eventId\":",
        b"\"logStreamName\":",
        b"\"events\":",
        b"\"searchedLogStreams\":",
        b"\"next",
    ];
    let line = line.trim_ascii();
    let plain = line.strip_suffix(b",").unwrap_or(line);
    if let Some(value) = plain.strip_prefix(b"\"message\":") {
        let message: String = serde_json::from_slice(value).ok()?;
        return Some(Cow::Owned(message.trim_end_matches(['\n', '\r']).as_bytes().to_vec()));
    }
    let between = matches!(plain, b"{" | b"}" | b"[" | b"]") || BETWEEN.iter().any(|name| line.starts_with(name));
    between.then_some(Cow::Borrowed(&[]))
}

/// The message behind a time; nothing for the line that names the columns.
fn stamped_column(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    if line.starts_with(b"@timestamp,") || line.starts_with(b"timestamp,") {
        return Some(Cow::Borrowed(&[]));
    }
    let comma = memchr(b',', line.get(..line.len().min(40))?)?;
    let time = line.get(..comma)?;
    let is_time = time.len() >= 10
        && time
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'.' | b' ' | b'T' | b'Z' | b'+'));
    let quoted = line.get(comma + 1..)?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    is_time.then(|| Cow::Owned(unquoted(quoted)))
}

/// The inside of a quoted value (RFC 4180) as it was.
fn unquoted(quoted: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(at) = memmem::find(rest, b"\"\"") {
        text.extend_from_slice(&rest[..=at]);
        rest = &rest[at + 2..];
    }
    text.extend_from_slice(rest);
    text
}

/// The text of a record of the journal.
fn journal(line: &[u8]) -> Option<Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct Entry<'a> {
        #[serde(borrow, rename = "__REALTIME_TIMESTAMP")]
        _time: Cow<'a, str>,
        #[serde(borrow, rename = "MESSAGE")]
        message: Cow<'a, str>,
    }
    let entry: Entry<'_> = serde_json::from_slice(line).ok()?;
    Some(entry.message.into_owned().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_out_of_its_wrapping() {
        for (wrapping, line, expected) in [
            (Wrapping::Compose, "web-1  | GET /a 200", Some("GET /a 200")),
            (Wrapping::Compose, "shop_web_1 | {\"a\":1}", Some("{\"a\":1}")),
            (Wrapping::Compose, "web-1  | 2026-03-03T10:57:21.784123456Z GET /a 200", Some("GET /a 200")),
            (Wrapping::Compose, "\u{1b}[2Kweb-1  | GET /a 200", Some("GET /a 200")),
            (Wrapping::Compose, "GET /a?b=c|d 200", None),
            (Wrapping::Cri, "2026-03-03T10:57:21.784123456Z stdout F {\"a\":1}", Some("{\"a\":1}")),
            (Wrapping::Cri, "2026-03-03T10:57:21.784123456Z GET /a", None),
            (
                Wrapping::DockerJson,
                r#"{"log":"{\"a\":\"b\"}\n","stream":"stdout","time":"2026-03-03T10:57:21Z"}"#,
                Some("{\"a\":\"b\"}"),
            ),
            (Wrapping::DockerJson, r#"{"log":{"version":"1.2"}}"#, None),
            (Wrapping::Syslog, "Mar  3 10:57:21 web app[7]: {\"a\":1}", Some("{\"a\":1}")),
            (Wrapping::Syslog, "2026-03-03T10:57:21.5+00:00 web app[7]: a: b", Some("a: b")),
            (Wrapping::Syslog, "2026-03-03T10:57:21.5+00:00 10.0.0.1 - - \"GET /a: b\"", None),
            (Wrapping::Syslog, "<134>Mar  3 10:57:21 web app[7]: {\"a\":1}", Some("{\"a\":1}")),
            (Wrapping::Syslog, "<134>1 2026-03-03T10:57:21.5Z web app 7 - - {\"a\":1}", Some("{\"a\":1}")),
            (Wrapping::Syslog, "<134>1 2026-03-03T10:57:21Z web app - ID1 [x@1 a=\"b\"] {\"a\":1}", Some("{\"a\":1}")),
            (Wrapping::Syslog, "<134>1 2026-03-03T10:57:21Z web app", None),
            (Wrapping::Stamped, "2026-03-03T10:57:21.784123456Z {\"a\":1}", Some("{\"a\":1}")),
            (Wrapping::Stamped, "2026-03-03T10:57:21Z", None),
            (Wrapping::Kubectl, "[pod/web-1/app] GET /a", Some("GET /a")),
            (Wrapping::Kubectl, "[pod/web-1/app] 2026-03-03T10:57:21.784123456Z GET /a", Some("GET /a")),
            (Wrapping::Kubectl, "[pod/web-1/app] 2026-03-03T10:57:21Z GET /a", Some("2026-03-03T10:57:21Z GET /a")),
            (Wrapping::Kubectl, "[error] GET /a", None),
            (Wrapping::Tailed, "2026-03-03T10:57:21.784000+00:00 web/app/1f2e GET /a", Some("GET /a")),
            (Wrapping::LogEvents, r#"            "message": "{\"a\":1}\n","#, Some(r#"{"a":1}"#)),
            (Wrapping::LogEvents, r#"            "ingestionTime": 1772535441784"#, Some("")),
            (Wrapping::LogEvents, "GET /a", None),
            (Wrapping::StampedColumn, "2026-03-03 10:57:21.784,\"{\"\"a\"\":\"\"b\"\"}\"", Some(r#"{"a":"b"}"#)),
            (Wrapping::StampedColumn, "@timestamp,@message", Some("")),
            (Wrapping::StampedColumn, "10.0.0.1,\"x\"", None),
            (Wrapping::Journal, "MESSAGE=GET /a", Some("GET /a")),
            (Wrapping::Journal, r#"{"__REALTIME_TIMESTAMP":"1","X":[1],"MESSAGE":"GET \"/a"}"#, Some("GET \"/a")),
            (Wrapping::Journal, r#"{"MESSAGE":"GET /a"}"#, None),
            (Wrapping::None, "x", Some("x")),
        ] {
            let inner =
                wrapping.unwrap(line.as_bytes()).map(|(inner, _)| String::from_utf8(inner.into_owned()).unwrap());
            assert_eq!(inner.as_deref(), expected, "{wrapping:?} {line}");
        }
    }

    #[test]
    fn cut_off_lines_are_no_panic() {
        for line in ["web-1 | x", "2026-03-03T10:57:21.784123456Z stdout F x", "Mar  3 10:57:21 web app[7]: x"] {
            for end in 0..line.len() {
                for wrapping in Wrapping::ALL {
                    let _ = wrapping.unwrap(&line.as_bytes()[..end]);
                }
            }
        }
    }
}
