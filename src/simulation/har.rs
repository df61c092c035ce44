//! What a browser's developer tools export: HAR 1.2, as Chrome and Firefox write it.

use super::wire::{Kind, Wire};
use crate::model::time::{Nanos, SECOND, rfc3339_from_nanos};
use serde_json::{Value, json};

/// Who wrote a capture, and what it left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HarStyle {
    /// Chrome with sensitive data.
    Chrome,
    /// Chrome as it exports by default: without cookies and `Authorization`.
    Sanitized,
    /// Firefox: local time, no word about why there was no answer.
    Firefox,
}

impl HarStyle {
    /// The name of the format in labels.
    pub(super) fn format(self) -> &'static str {
        match self {
            Self::Chrome => "har-chrome",
            Self::Sanitized => "har-chrome-sanitized",
            Self::Firefox => "har-firefox",
        }
    }
}

/// A capture of these requests, by a browser with this clock and zone.
pub(super) fn write<'a>(
    wires: impl Iterator<Item = &'a Wire>,
    style: HarStyle,
    agent: &str,
    server: &str,
    zone: Nanos,
) -> Vec<u8> {
    let writer = Writer { style, agent, server, zone };
    let entries: Vec<Value> = wires.map(|wire| writer.entry(wire)).collect();
    let creator = match style {
        HarStyle::Firefox => json!({"name": "Firefox", "version": "142.0"}),
        _ => json!({"name": "WebInspector", "version": "537.36"}),
    };
    let mut bytes = serde_json::to_vec_pretty(
        &json!({"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}),
    )
    .unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

struct Writer<'a> {
    style: HarStyle,
    agent: &'a str,
    server: &'a str,
    zone: Nanos,
}

impl Writer<'_> {
    fn stamp(&self, at: Nanos) -> String {
        if self.style != HarStyle::Firefox {
            return rfc3339_from_nanos(at);
        }
        let minutes = self.zone / (60 * SECOND);
        let local = rfc3339_from_nanos(at + self.zone);
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes.abs() / 60, minutes.abs() % 60)
    }

    fn entry(&self, wire: &Wire) -> Value {
        let took = (wire.answered - wire.sent) as f64 / 1e6;
        let mut entry = json!({
            "startedDateTime": self.stamp(wire.sent),
            "time": took,
            "request": self.request(wire),
            "response": self.response(wire),
            "cache": {},
            "timings": {"send": 0.1, "wait": took - 0.2, "receive": 0.1},
        });
        if let Some(fields) = entry.as_object_mut() {
            if self.style == HarStyle::Firefox {
                fields.insert("_securityState".to_owned(), "secure".into());
            } else {
                let kind = match wire.kind {
                    Kind::Document => "document",
                    Kind::Fetch => "fetch",
                    Kind::Asset => "script",
                };
                fields.insert("_resourceType".to_owned(), kind.into());
            }
            if wire.failure.is_none() {
                fields.insert("serverIPAddress".to_owned(), "203.0.113.10".into());
            }
        }
        entry
    }

    fn request(&self, wire: &Wire) -> Value {
        let mut headers = vec![header("Host", &wire.host), header("User-Agent", self.agent)];
        let accepts = if wire.kind == Kind::Document { "text/html" } else { "application/json" };
        headers.push(header("Accept", accepts));
        if wire.kind == Kind::Document {
            headers.push(header("Sec-Fetch-Mode", "navigate"));
        }
        let mut cookies = Vec::new();
        if self.style != HarStyle::Sanitized {
            if !wire.cookies.is_empty() {
                let pairs: Vec<String> = wire.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
                headers.push(header("Cookie", &pairs.join("; ")));
                cookies = wire.cookies.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
            }
            if let Some(token) = &wire.bearer {
                headers.push(header("Authorization", &format!("Bearer {token}")));
            }
        }
        let mut request = json!({
            "method": wire.method,
            "url": format!("https://{}{}", wire.host, wire.path),
            "httpVersion": "HTTP/1.1",
            "headers": headers,
            "queryString": query(&wire.path),
            "cookies": cookies,
            "headersSize": -1,
            "bodySize": wire.form.as_ref().map_or(0, |(_, text)| text.len()),
        });
        if let (Some((mime, text)), Some(fields)) = (&wire.form, request.as_object_mut()) {
            fields.insert("postData".to_owned(), json!({"mimeType": mime, "text": text}));
        }
        request
    }

    fn response(&self, wire: &Wire) -> Value {
        let mut headers = Vec::new();
        let mut cookies = Vec::new();
        if wire.failure.is_none() {
            headers.push(header("Date", &http_date(wire.served + wire.server_ahead)));
            headers.push(header("Server", self.server));
            if !wire.mime.is_empty() {
                headers.push(header("Content-Type", wire.mime));
            }
            if let Some(location) = &wire.location {
                headers.push(header("Location", location));
            }
            if let Some(challenge) = &wire.challenge {
                headers.push(header("WWW-Authenticate", challenge));
            }
            for cookie in wire.set.iter().filter(|_| self.style != HarStyle::Sanitized) {
                let expires = if cookie.value.is_empty() { Some(0) } else { cookie.expires };
                let until = expires.map(|at| format!("; Expires={}", http_date(at))).unwrap_or_default();
                headers
                    .push(header("Set-Cookie", &format!("{}={}; Path=/; HttpOnly{until}", cookie.name, cookie.value)));
                let mut fields = json!({"name": cookie.name, "value": cookie.value, "path": "/", "httpOnly": true});
                if let (Some(at), Some(fields)) = (expires, fields.as_object_mut()) {
                    fields.insert("expires".to_owned(), rfc3339_from_nanos(at).into());
                }
                cookies.push(fields);
            }
        }
        let size = if wire.failure.is_some() { -1 } else { wire.body.len() as i64 };
        let mut response = json!({
            "status": wire.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "headers": headers,
            "cookies": cookies,
            "content": {"size": size.max(0), "mimeType": wire.mime, "text": wire.body},
            "redirectURL": wire.location.as_deref().unwrap_or(""),
            "headersSize": -1,
            "bodySize": size,
        });
        if let (Some(how), Some(fields)) =
            (wire.failure.filter(|_| self.style != HarStyle::Firefox), response.as_object_mut())
        {
            fields.insert("_error".to_owned(), how.into());
        }
        response
    }
}

fn header(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

fn query(path: &str) -> Vec<Value> {
    let asks = path.split_once('?').map_or("", |(_, query)| query);
    asks.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            json!({"name": name, "value": value})
        })
        .collect()
}

/// The date of an HTTP header (RFC 9110 5.6.7): `Tue, 03 Mar 2026 09:08:54 GMT`.
fn http_date(at: Nanos) -> String {
    crate::model::time::timestamp_from_nanos(at).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
