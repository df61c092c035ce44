//! Tokens: the chain of a session's, and their signatures against keys. Captures are made up, of an app and its API.

mod chains;
mod clocks;
mod keys;
mod words;

use crate::common::NOW;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use lapsed::{
    inspection::{Input, Inspection, Options, inspect},
    jwt::keys::KeyFile,
    model::{Cause, SessionId},
    source::Progress,
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// 2026-03-03T08:00:00Z, in seconds.
pub const START: i64 = 1_772_524_800;

/// A capture in the making. Times are seconds from 08:00:00.
#[derive(Default)]
pub struct Spa {
    entries: Vec<Value>,
}

/// What a request sends.
#[derive(Default)]
pub struct Sent {
    pub bearer: String,
    pub cookie: String,
    pub body: Value,
}

/// What comes back.
pub struct Got {
    status: u16,
    body: Value,
    headers: Vec<(&'static str, String)>,
    millis: u32,
    error: &'static str,
}

pub fn bearer(token: &str) -> Sent {
    Sent { bearer: format!("Bearer {token}"), ..Sent::default() }
}

pub fn body(body: Value) -> Sent {
    Sent { body, ..Sent::default() }
}

pub fn cookie(cookie: &str) -> Sent {
    Sent { cookie: cookie.to_owned(), ..Sent::default() }
}

pub fn got(status: u16, body: Value) -> Got {
    Got { status, body, headers: Vec::new(), millis: 40, error: "" }
}

/// No answer, and what the browser says of it.
pub fn failed(error: &'static str) -> Got {
    Got { error, ..got(0, Value::Null) }
}

impl Got {
    pub fn after(self, millis: u32) -> Self {
        Self { millis, ..self }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A `Date` header, by a clock so many seconds from 08:00:00.
    pub fn dated(self, second: i64) -> Self {
        self.header("Date", http_date(second))
    }
}

fn http_date(second: i64) -> String {
    let (hour, minute, second) = (8 + second / 3_600, second / 60 % 60, second % 60);
    format!("Tue, 03 Mar 2026 {hour:02}:{minute:02}:{second:02} GMT")
}

impl Spa {
    /// A request at so many seconds, and its answer.
    #[expect(clippy::needless_pass_by_value, reason = "a call reads as one exchange")]
    pub fn ask(&mut self, at: f64, request: &str, sent: Sent, got: Got) {
        let (method, target) = request.split_once(' ').unwrap();
        let millis = (at * 1_000.0) as i64;
        let (second, rest) = (millis / 1_000, millis % 1_000);
        let (hour, minute, second) = (8 + second / 3_600, second / 60 % 60, second % 60);
        let mut headers = vec![
            json!({"name": "Host", "value": "api.example"}),
            json!({"name": "Origin", "value": "https://app.example"}),
            json!({"name": "Accept-Encoding", "value": "gzip"}),
        ];
        for (name, value) in [("Authorization", &sent.bearer), ("Cookie", &sent.cookie)] {
            if !value.is_empty() {
                headers.push(json!({"name": name, "value": value}));
            }
        }
        let url = if target.starts_with("http") { target.to_owned() } else { format!("https://api.example{target}") };
        let mut request = json!({"method": method, "url": url, "headers": headers});
        if !sent.body.is_null() {
            request["postData"] = json!({"mimeType": "application/json", "text": sent.body.to_string()});
        }
        let given: Vec<Value> = got.headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let text = if got.body.is_null() { String::new() } else { got.body.to_string() };
        let mut response = json!({
            "status": got.status, "headers": given,
            "content": {"mimeType": "application/json", "size": text.len(), "text": text},
        });
        if !got.error.is_empty() {
            response["_error"] = json!(got.error);
        }
        self.entries.push(json!({
            "startedDateTime": format!("2026-03-03T{hour:02}:{minute:02}:{second:02}.{rest:03}Z"),
            "time": got.millis, "request": request, "response": response,
        }));
    }

    /// Someone signs in at the beginning and is given these tokens.
    pub fn sign_in(&mut self, tokens: Value) {
        let credentials = json!({"username": "ann", "password": "not-a-real-one"});
        self.ask(0.0, "POST /auth/login", body(credentials), got(200, tokens));
    }

    /// Reads at these seconds with the token, all let in.
    pub fn reads(&mut self, token: &str, seconds: &[u32]) {
        for &second in seconds {
            let path = format!("GET /orders/{}", second / 7);
            self.ask(f64::from(second), &path, bearer(token), got(200, json!({"orders": []})));
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let creator = json!({"name": "Firefox", "version": "128.0"});
        json!({"log": {"version": "1.2", "creator": creator, "entries": self.entries}}).to_string().into_bytes()
    }

    pub fn inspect(&self) -> Inspection {
        self.inspect_with(Vec::new())
    }

    pub fn inspect_with(&self, keys: Vec<KeyFile>) -> Inspection {
        let input = Input::Bytes { name: PathBuf::from("app.har"), bytes: self.bytes().into() };
        inspect(vec![input], Options { now: NOW, keys, ..Options::default() }, &Progress::default()).unwrap()
    }

    /// The cause of every session, `None` for one that is active.
    pub fn causes(&self) -> Vec<Option<Cause>> {
        causes(&self.inspect())
    }
}

pub fn causes(inspection: &Inspection) -> Vec<Option<Cause>> {
    inspection.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect()
}

/// Every claim made for a cause about the first session.
pub fn claims(inspection: &Inspection, cause: Cause) -> String {
    let told = inspection.explain(SessionId(0)).unwrap();
    let facts = told.evidence.iter().filter(|fact| fact.favours == cause);
    facts.map(|fact| format!("{:+.1} {}", fact.weight, fact.claim)).collect::<Vec<_>>().join("\n")
}

/// Claims of a token that is issued at `second` and lasts so many seconds.
pub fn claims_from(second: i64, lasts: i64) -> Value {
    json!({"sub": "ann", "iat": START + second, "exp": START + second + lasts, "jti": format!("t{second}")})
}

pub fn signed(algorithm: Algorithm, key: &EncodingKey, key_id: Option<&str>, claims: &Value) -> String {
    let header = Header { kid: key_id.map(str::to_owned), ..Header::new(algorithm) };
    encode(&header, claims, key).unwrap()
}

/// An access token that lasts so many seconds from `second` on, signed with some secret.
pub fn access(second: i64, lasts: i64) -> String {
    signed(Algorithm::HS256, &EncodingKey::from_secret(b"some secret of the server"), None, &claims_from(second, lasts))
}
