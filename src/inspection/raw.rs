//! The raw record behind an event, as text whose secrets are masked.
//!
//! What is masked is decided by names, not by where a reader looked; [`mask`](super::mask) does it.

use super::{
    Inspection,
    mask::{Veil, mask_header, mask_json, mask_pairs, mask_text, mask_url},
};
use crate::{
    formats::{lines, requests::REDIRECT},
    model::{EventFlags, EventId, Span},
    source::Content,
};
use serde_json::Value;

/// Longest text that is shown of one value.
const SHOWN: usize = 4_000;

/// The raw bytes behind an event, as text whose secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// `checkout-bug.har · entry 41 of 218`, `auth.log · line 1204`.
    pub place: String,
    /// The record, one line of text each, secrets replaced by fingerprints.
    pub lines: Vec<String>,
    /// The request and its answer apart, where the record is an exchange.
    pub halves: Option<[Vec<String>; 2]>,
}

/// The lines around a record in its source, secrets replaced by fingerprints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The lines before it, in order.
    pub before: Vec<String>,
    /// The lines after it.
    pub after: Vec<String>,
}

impl Inspection {
    /// The raw record behind a span.
    pub fn record(&self, span: Span) -> RawRecord {
        self.record_open(span, &[])
    }

    /// The raw record behind a span, with the values of these fingerprints in the open: those that a reader asked for.
    pub fn record_open(&self, span: Span, open: &[String]) -> RawRecord {
        let at = span.source.0 as usize;
        let name = self.sources.get(at).map_or_else(String::new, super::super::model::source::SourceReport::name);
        let Some(Some(content)) = self.contents.get(at) else {
            return RawRecord { place: name, lines: Vec::new(), halves: None };
        };
        let place = format!("{name} \u{b7} {}", self.position(span, content));
        match content.slice(span.offset, span.len as usize) {
            Ok(bytes) => {
                let (lines, halves) = masked_lines(Veil::except(open).knowing(&self.events), &bytes);
                RawRecord { place, lines, halves }
            }
            Err(error) => {
                let said = format!("the record can't be read any more: {error}");
                RawRecord { place, lines: vec![said], halves: None }
            }
        }
    }

    /// Up to `most` lines before a record and after it, where its source is one of lines; nothing of a HAR.
    pub fn around(&self, span: Span, most: usize, open: &[String]) -> Around {
        /// No line is looked for further away than this.
        const REACH: u64 = 256 * 1024;
        let at = span.source.0 as usize;
        let is_har = self.sources.get(at).and_then(|source| source.format).is_some_and(|format| format == "har");
        let Some(Some(content)) = self.contents.get(at).filter(|_| !is_har) else { return Around::default() };
        let veil = Veil::except(open).knowing(&self.events);
        let masked = |line: &str| mask_text(veil, &shorten(line.trim_end_matches('\r')));
        let from = span.offset.saturating_sub(REACH);
        let mut around = Around::default();
        if let Ok(bytes) = content.slice(from, (span.offset - from) as usize) {
            let text = lines::text(&bytes);
            let text = text.strip_suffix('\n').unwrap_or(&text);
            // The first one may have been cut.
            let whole = text.lines().skip(usize::from(from > 0)).collect::<Vec<_>>();
            around.before = whole.iter().skip(whole.len().saturating_sub(most)).map(|line| masked(line)).collect();
        }
        if let Ok(bytes) = content.slice(span.offset + u64::from(span.len), REACH as usize) {
            let text = lines::text(&bytes);
            let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
            around.after = rest.lines().take(most).map(masked).collect();
        }
        around
    }

    /// The entry of a list, or the line; the byte where counting lines would take too long.
    fn position(&self, span: Span, content: &Content) -> String {
        let report = self.sources.get(span.source.0 as usize);
        if report.and_then(|source| source.format).is_some_and(|format| format == "har") {
            let spans = self.events.exchanges.iter().filter_map(|exchange| Some(self.events.span(exchange.event?)));
            let before = spans.filter(|other| other.source == span.source && other.offset < span.offset).count();
            let total = report.map_or(0, |source| source.records);
            return format!("entry {} of {total}", before + 1);
        }
        match line_of(content, span.offset) {
            Some(line) => format!("line {line}"),
            None => format!("byte {}", span.offset),
        }
    }

    /// The record of the same request in another source, seen from the other side.
    pub fn counterpart(&self, event: EventId) -> Option<EventId> {
        let (session, span, this) = (self.events.session(event), self.events.span(event), self.events.get(event));
        let request = |id: EventId| {
            let what = self.events.symbols.resolve(self.events.get(id).what);
            let request = what.split_once(REDIRECT).map_or(what, |(request, _)| request);
            request.split('?').next().unwrap_or(request).to_owned()
        };
        let mirror = this.flags.contains(EventFlags::MIRROR);
        let ours = request(event);
        self.events
            .of_session(session)
            .filter(|&id| self.events.span(id).source != span.source)
            .filter(|&id| self.events.get(id).flags.contains(EventFlags::MIRROR) != mirror && request(id) == ours)
            .min_by_key(|&id| (self.events.time(id) - this.time).abs())
            .filter(|&id| (self.events.time(id) - this.time).abs() < 60_000_000_000)
    }
}

/// The number of the line at a byte, counted from 1; `None` far into a large source.
fn line_of(content: &Content, offset: u64) -> Option<u64> {
    const NEAR: u64 = 64 * 1024 * 1024;
    const STEP: u64 = 1024 * 1024;
    if offset > NEAR {
        return None;
    }
    let mut line = 1;
    let mut at = 0;
    while at < offset {
        let bytes = content.slice(at, (offset - at).min(STEP) as usize).ok()?;
        if bytes.is_empty() {
            return None;
        }
        line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        at += bytes.len() as u64;
    }
    Some(line)
}

type Halves = Option<[Vec<String>; 2]>;

fn masked_lines(veil: Veil<'_>, bytes: &[u8]) -> (Vec<String>, Halves) {
    let text = lines::text(bytes);
    match serde_json::from_str::<Value>(&text) {
        Ok(entry) if entry.get("request").is_some() => (entry_lines(veil, &entry), Some(entry_halves(veil, &entry))),
        Ok(mut value) => {
            mask_json(veil, &mut value, "");
            let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
            (pretty.lines().map(str::to_owned).collect(), None)
        }
        Err(_) => (text.lines().map(|line| mask_text(veil, &shorten(line))).collect(), None),
    }
}

/// A record on one line, secrets replaced by fingerprints.
pub(super) fn masked_line(veil: Veil<'_>, bytes: &[u8]) -> String {
    let text = lines::text(bytes);
    match serde_json::from_str::<Value>(&text) {
        Ok(entry) if entry.get("request").is_some() => first_lines(veil, &entry).join(" "),
        Ok(mut value) if value.is_object() || value.is_array() => {
            mask_json(veil, &mut value, "");
            value.to_string()
        }
        _ => mask_text(veil, text.trim_end()),
    }
}

/// The request line, then what it says; the status line, then what it says.
fn entry_halves(veil: Veil<'_>, entry: &Value) -> [Vec<String>; 2] {
    let (request, response) = (&entry["request"], &entry["response"]);
    let [first, second] = first_lines(veil, entry);
    let half = |line: String, message: &Value, body: &str| {
        let mut lines = vec![line];
        header_lines(veil, message, true, &mut lines);
        header_lines(veil, message, false, &mut lines);
        if !body.is_empty() {
            lines.push(String::new());
            body_lines(veil, body, &mut lines);
        }
        lines
    };
    [
        half(first, request, &text(&request["postData"], "text")),
        half(second, response, &text(&response["content"], "text")),
    ]
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or("").to_owned()
}

/// `GET https://bank.example/orders` and `\u{2192} 401 Unauthorized`.
fn first_lines(veil: Veil<'_>, entry: &Value) -> [String; 2] {
    let (request, response) = (&entry["request"], &entry["response"]);
    let status = response["status"].as_i64().unwrap_or(0);
    let failed = [&response["_error"], &response["_failureText"], &entry["_error"]];
    let error = failed.into_iter().find_map(Value::as_str).unwrap_or("");
    let target = response["headers"].as_array().into_iter().flatten().find_map(|header| {
        let is_location = header["name"].as_str()?.eq_ignore_ascii_case("location");
        is_location.then(|| header["value"].as_str().map(|url| mask_url(veil, url))).flatten()
    });
    let target = target.map_or(String::new(), |target| format!("Location: {target}"));
    let answer = format!("{status} {} {error} {target}", text(response, "statusText"));
    [
        format!("{} {}", text(request, "method"), mask_url(veil, &text(request, "url"))),
        format!("\u{2192} {}", answer.split_whitespace().collect::<Vec<_>>().join(" ")),
    ]
}

/// Headers that decide about a session, shown before the rest.
const TELLING: &[&str] = &[
    "cookie",
    "authorization",
    "set-cookie",
    "www-authenticate",
    "date",
    "x-xsrf-token",
    "x-csrf-token",
    "x-auth-token",
];

/// A HAR entry as HTTP, what decides about a session first: request and status, credentials, the answer's body, the rest.
fn entry_lines(veil: Veil<'_>, entry: &Value) -> Vec<String> {
    let (request, response) = (&entry["request"], &entry["response"]);
    let mut lines: Vec<String> = first_lines(veil, entry).into();
    header_lines(veil, request, true, &mut lines);
    body_lines(veil, &text(&request["postData"], "text"), &mut lines);
    header_lines(veil, response, true, &mut lines);
    body_lines(veil, &text(&response["content"], "text"), &mut lines);
    lines.push(String::new());
    let took = entry["time"].as_f64().unwrap_or(0.0).round();
    lines.push(format!("sent {}, took {took} ms", text(entry, "startedDateTime")));
    header_lines(veil, request, false, &mut lines);
    lines.push(String::new());
    header_lines(veil, response, false, &mut lines);
    lines
}

fn header_lines(veil: Veil<'_>, message: &Value, telling: bool, lines: &mut Vec<String>) {
    for header in message["headers"].as_array().into_iter().flatten() {
        let (Some(name), Some(value)) = (header["name"].as_str(), header["value"].as_str()) else { continue };
        let name_lower = name.to_ascii_lowercase();
        if name_lower != "location" && TELLING.contains(&name_lower.as_str()) == telling {
            lines.push(format!("{name}: {}", mask_header(veil, name, &shorten(value))));
        }
    }
}

fn body_lines(veil: Veil<'_>, body: &str, lines: &mut Vec<String>) {
    if body.is_empty() {
        return;
    }
    let short = shorten(body);
    match serde_json::from_str::<Value>(body) {
        Ok(mut value) => {
            mask_json(veil, &mut value, "");
            let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
            lines.extend(shorten(&pretty).lines().map(str::to_owned));
        }
        Err(_) if short.contains('=') && !short.trim_start().starts_with('<') => {
            lines.push(mask_pairs(veil, &short, '&'));
        }
        Err(_) => lines.extend(short.lines().map(|line| mask_text(veil, line))),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} \u{2026} ({} more bytes)", &text[..end], text.len() - end),
        None => text.to_owned(),
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let entry = serde_json::json!({
            "startedDateTime": "2026-05-18T16:11:23Z", "time": 12.0,
            "request": {
                "method": "POST", "url": "https://bank.example/cb?code=SECRET1&next=%2Forders",
                "headers": [
                    {"name": "Cookie", "value": "sid=SECRET2; theme=SECRET3"},
                    {"name": "Authorization", "value": "Bearer SECRET4"},
                    {"name": "X-XSRF-TOKEN", "value": "SECRET5"}
                ],
                "postData": {"text": "username=bob&password=SECRET6"}
            },
            "response": {
                "status": 200, "statusText": "OK",
                "headers": [{"name": "Set-Cookie", "value": "sid=SECRET7; Path=/; HttpOnly"}],
                "content": {"text": "{\"access_token\":\"SECRET8\",\"user\":{\"name\":\"bob\",\"refreshToken\":\"SECRET9\"}}"}
            }
        });
        let lines = masked_lines(Veil::default(), entry.to_string().as_bytes()).0.join("\n");
        assert!(!lines.contains("SECRET"), "{lines}");
        assert!(
            lines.contains("username=bob") && lines.contains("Path=/; HttpOnly") && lines.contains("next=%2Forders"),
            "{lines}"
        );
    }

    #[test]
    fn a_password_is_masked_whatever_its_field_is_called() {
        for body in [
            "_user=bob&_pass=SECRET",
            "user%5Bpass%5D=SECRET&x=1",
            "j_username=bob&userpass=SECRET",
            "kennwort=SECRET",
            "id=start&do=login&u=bob&p=SECRET",
        ] {
            let entry = serde_json::json!({
                "startedDateTime": "2026-05-18T16:11:23Z",
                "request": {"method": "POST", "url": "https://bank.example/x", "headers": [], "postData": {"text": body}},
                "response": {"status": 200, "headers": [], "content": {}}
            });
            let lines = masked_lines(Veil::default(), entry.to_string().as_bytes()).0.join("\n");
            assert!(!lines.contains("SECRET"), "{lines}");
        }
        let shown = mask_pairs(Veil::default(), "u=3&p=2&passenger=ann", '&');
        assert_eq!(shown, "u=3&p=2&passenger=ann");
    }

    #[test]
    fn a_log_line_keeps_its_words_and_loses_its_session_id() {
        let line = "127.0.1.13 - - [16/Mar/2026:07:59:55 +0000] \"GET /dashboard HTTP/1.1\" 200 467 \"-\" \"x\" sid=s%3AI4ZW85VQx6sqQHWIsPuEbEFjCUPQxMJJ.%2BEQN rt=0.19";
        let shown = masked_lines(Veil::default(), line.as_bytes()).0.join("\n");
        assert!(shown.contains("GET /dashboard HTTP/1.1") && shown.contains("rt=0.19"), "{shown}");
        assert!(!shown.contains("I4ZW85VQ"), "{shown}");
    }

    #[test]
    fn only_the_value_that_was_asked_for_is_shown() {
        let line = "GET /a sid=FIRSTsecretVALUE rid_token=SECONDsecretVALUE";
        let asked = [crate::model::secret::fingerprint(b"FIRSTsecretVALUE")];
        let shown = masked_lines(Veil::except(&asked), line.as_bytes()).0.join("\n");
        assert!(shown.contains("FIRSTsecretVALUE") && !shown.contains("SECONDsecretVALUE"), "{shown}");
    }

    #[test]
    fn the_lines_around_a_record_are_masked_like_itself() {
        let text = "one\ntwo sid=HIDDENhidden\nthree\nfour token=HIDDENhidden\nfive\n";
        let contents = vec![Some(std::sync::Arc::new(Content::from_bytes(text.as_bytes())))];
        let inspection = Inspection { contents, ..Inspection::default() };
        let offset = text.find("three").expect("it is there") as u64;
        let span = Span { source: crate::model::SourceId(0), offset, len: 5 };
        let around = inspection.around(span, 2, &[]);
        assert_eq!(around.before.len(), 2);
        assert_eq!(around.before[0], "one");
        assert_eq!(around.after.last().map(String::as_str), Some("five"));
        assert!(!format!("{around:?}").contains("HIDDEN"), "{around:?}");
    }
}
