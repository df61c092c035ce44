//! The raw record behind an event, as text whose secrets are masked.
//!
//! What is masked is decided by names, not by where a reader looked: values of secret headers, parameters, cookies and JSON
//! keys, and anything that has the form of a JWT, wherever they stand. Claims of a JWT may be shown, its signature not.

use super::Inspection;
use crate::{
    model::{EventFlags, EventId, Span, secret::fingerprint},
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
}

impl Inspection {
    /// The raw record behind a span.
    pub fn record(&self, span: Span) -> RawRecord {
        let at = span.source.0 as usize;
        let name = self.sources.get(at).map_or_else(String::new, super::super::model::source::SourceReport::name);
        let Some(Some(content)) = self.contents.get(at) else {
            return RawRecord { place: name, lines: Vec::new() };
        };
        let place = format!("{name} \u{b7} {}", self.position(span, content));
        let lines = match content.slice(span.offset, span.len as usize) {
            Ok(bytes) => masked_lines(&bytes),
            Err(error) => vec![format!("the record can't be read any more: {error}")],
        };
        RawRecord { place, lines }
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
            what.split('?').next().unwrap_or(what).to_owned()
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

fn masked_lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    match serde_json::from_str::<Value>(&text) {
        Ok(entry) if entry.get("request").is_some() => entry_lines(&entry),
        Ok(mut value) => {
            mask_json(&mut value, "");
            serde_json::to_string_pretty(&value).unwrap_or_default().lines().map(str::to_owned).collect()
        }
        Err(_) => text.lines().map(|line| mask_text(&shorten(line))).collect(),
    }
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
fn entry_lines(entry: &Value) -> Vec<String> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let (request, response) = (&entry["request"], &entry["response"]);
    let status = response["status"].as_i64().unwrap_or(0);
    let failed = [&response["_error"], &response["_failureText"], &entry["_error"]];
    let error = failed.into_iter().find_map(Value::as_str).unwrap_or("");
    let target = response["headers"].as_array().into_iter().flatten().find_map(|header| {
        let is_location = header["name"].as_str()?.eq_ignore_ascii_case("location");
        is_location.then(|| header["value"].as_str().map(mask_url)).flatten()
    });
    let target = target.map_or(String::new(), |target| format!("Location: {target}"));
    let answer = format!("{status} {} {error} {target}", text(response, "statusText"));
    let mut lines = vec![
        format!("{} {}", text(request, "method"), mask_url(&text(request, "url"))),
        format!("\u{2192} {}", answer.split_whitespace().collect::<Vec<_>>().join(" ")),
    ];
    header_lines(request, true, &mut lines);
    body_lines(&text(&request["postData"], "text"), &mut lines);
    header_lines(response, true, &mut lines);
    body_lines(&text(&response["content"], "text"), &mut lines);
    lines.push(String::new());
    let took = entry["time"].as_f64().unwrap_or(0.0).round();
    lines.push(format!("sent {}, took {took} ms", text(entry, "startedDateTime")));
    header_lines(request, false, &mut lines);
    lines.push(String::new());
    header_lines(response, false, &mut lines);
    lines
}

fn header_lines(message: &Value, telling: bool, lines: &mut Vec<String>) {
    for header in message["headers"].as_array().into_iter().flatten() {
        let (Some(name), Some(value)) = (header["name"].as_str(), header["value"].as_str()) else { continue };
        let name_lower = name.to_ascii_lowercase();
        if name_lower != "location" && TELLING.contains(&name_lower.as_str()) == telling {
            lines.push(format!("{name}: {}", mask_header(name, &shorten(value))));
        }
    }
}

fn body_lines(body: &str, lines: &mut Vec<String>) {
    if body.is_empty() {
        return;
    }
    let short = shorten(body);
    match serde_json::from_str::<Value>(body) {
        Ok(mut value) => {
            mask_json(&mut value, "");
            let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
            lines.extend(shorten(&pretty).lines().map(str::to_owned));
        }
        Err(_) if short.contains('=') && !short.trim_start().starts_with('<') => lines.push(mask_pairs(&short, '&')),
        Err(_) => lines.extend(short.lines().map(mask_text)),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} \u{2026} ({} more bytes)", &text[..end], text.len() - end),
        None => text.to_owned(),
    }
}

fn mask_header(name: &str, value: &str) -> String {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "cookie" => value.split(';').map(|pair| mask_pair(pair.trim(), true)).collect::<Vec<_>>().join("; "),
        "set-cookie" => value
            .lines()
            .map(|line| {
                let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
                let rest = if rest.is_empty() { String::new() } else { format!(";{rest}") };
                format!("{}{rest}", mask_pair(pair.trim(), true))
            })
            .collect::<Vec<_>>()
            .join("\n"),
        "authorization" | "proxy-authorization" => match value.split_once(' ') {
            Some((scheme, token)) => format!("{scheme} {}", masked(token)),
            None => masked(value),
        },
        "location" | "referer" | "origin" | ":path" | "content-location" => mask_url(value),
        _ if is_secret_name(&lower) => masked(value),
        _ => mask_text(value),
    }
}

fn mask_url(url: &str) -> String {
    let (rest, fragment) = url.split_once('#').map_or((url, None), |(rest, fragment)| (rest, Some(fragment)));
    let mut shown = match rest.split_once('?') {
        Some((path, query)) => format!("{}?{}", mask_text(path), mask_pairs(query, '&')),
        None => mask_text(rest),
    };
    if let Some(fragment) = fragment {
        shown.push('#');
        shown.push_str(&mask_pairs(fragment, '&'));
    }
    shown
}

fn mask_pairs(text: &str, separator: char) -> String {
    let mut shown: Vec<String> = text.split(separator).map(|pair| mask_pair(pair, false)).collect();
    shown.retain(|pair| !pair.is_empty());
    shown.join(&separator.to_string())
}

fn mask_pair(pair: &str, always: bool) -> String {
    match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() && (always || is_secret_name(&name.to_ascii_lowercase())) => {
            format!("{name}={}", masked_as(name, value))
        }
        _ => mask_text(pair),
    }
}

fn masked_as(name: &str, value: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if lower.contains("pass") || lower.contains("pwd") || lower.contains("otp") || lower.contains("pin") {
        // What a person types can be guessed from a fingerprint.
        "\u{2022}\u{2022}\u{2022}\u{2022}".to_owned()
    } else {
        masked(value)
    }
}

fn masked(value: &str) -> String {
    format!("\u{2022}\u{2022}\u{2022}\u{2022} {}", fingerprint(value.as_bytes()))
}

/// Whether a value under this (lower-case) name would let someone in.
fn is_secret_name(name: &str) -> bool {
    let words = [
        "token",
        "secret",
        "passw",
        "passwd",
        "pwd",
        "passphrase",
        "authorization",
        "cookie",
        "session",
        "sessid",
        "sid",
        "jwt",
        "assertion",
        "samlresponse",
        "apikey",
        "api_key",
        "api-key",
        "x-auth",
        "otp",
        "signature",
        "credential",
        "private",
        "csrf",
        "xsrf",
        "nonce",
        "verifier",
        "ticket",
    ];
    matches!(name, "code" | "state" | "key" | "sig" | "pin" | "pass" | "auth" | "id_token_hint" | "login_hint_token")
        || words.iter().any(|word| name.contains(word))
}

fn mask_json(value: &mut Value, name: &str) {
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| mask_json(value, &key.to_ascii_lowercase())),
        Value::Array(list) => list.iter_mut().for_each(|value| mask_json(value, name)),
        Value::String(text) => {
            *text = match name {
                "token_type" | "grant_type" => text.clone(),
                _ if is_secret_name(name) && !text.is_empty() => masked_as(name, text),
                _ => mask_text(text),
            };
        }
        Value::Number(_) if is_secret_name(name) && !name.contains("expire") && name != "code" => {
            *value = Value::from("\u{2022}\u{2022}\u{2022}\u{2022}");
        }
        _ => {}
    }
}

/// Masks what has the form of a credential in running text: JWTs, `name=value` pairs with a secret name, signed cookies.
pub(super) fn mask_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let is_part = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '%' | '+' | '/' | '=' | '~' | ':')
    };
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !is_part(character)).unwrap_or(rest.len());
        if end == 0 {
            let step = rest.chars().next().map_or(1, char::len_utf8);
            shown.push_str(&rest[..step]);
            rest = &rest[step..];
            continue;
        }
        shown.push_str(&mask_word(&rest[..end]));
        rest = &rest[end..];
    }
    shown
}

fn mask_word(word: &str) -> String {
    if let Some((name, value)) = word.split_once('=')
        && value.len() > 1
        && is_secret_name(&name.rsplit(['/', '?', '&', ';', ':']).next().unwrap_or(name).to_ascii_lowercase())
    {
        return format!("{name}={}", masked_as(name, value));
    }
    let is_jwt = word.starts_with("eyJ") && word.matches('.').count() >= 2;
    let is_signed_cookie = word.starts_with("s%3A") && word.len() > 20;
    let is_prose = word.contains("%20") || word.matches('+').count() > 2;
    let high_entropy = word.len() >= 32
        && !is_prose
        && !word.contains(['/', ':'])
        && word.bytes().filter(u8::is_ascii_digit).count() >= 4
        && word.bytes().any(|byte| byte.is_ascii_uppercase())
        && word.bytes().any(|byte| byte.is_ascii_lowercase());
    if is_jwt || is_signed_cookie || high_entropy { masked(word) } else { word.to_owned() }
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
        let lines = masked_lines(entry.to_string().as_bytes()).join("\n");
        assert!(!lines.contains("SECRET"), "{lines}");
        assert!(
            lines.contains("username=bob") && lines.contains("Path=/; HttpOnly") && lines.contains("next=%2Forders"),
            "{lines}"
        );
    }

    #[test]
    fn a_log_line_keeps_its_words_and_loses_its_session_id() {
        let line = "127.0.1.13 - - [16/Mar/2026:07:59:55 +0000] \"GET /dashboard HTTP/1.1\" 200 467 \"-\" \"x\" sid=s%3AI4ZW85VQx6sqQHWIsPuEbEFjCUPQxMJJ.%2BEQN rt=0.19";
        let shown = masked_lines(line.as_bytes()).join("\n");
        assert!(shown.contains("GET /dashboard HTTP/1.1") && shown.contains("rt=0.19"), "{shown}");
        assert!(!shown.contains("I4ZW85VQ"), "{shown}");
    }
}
