//! A JWT's header and claims in words. A signature is never among them.

use super::Jwt;
use crate::model::{
    Nanos, TokenSeen, duration_words,
    time::{SECOND, timestamp_from_nanos},
};
use serde_json::Value;

/// Longest value that is shown of one claim.
const MAX_SHOWN: usize = 200;
/// Most claims that are shown of one token.
const MAX_CLAIMS: usize = 60;

/// A header parameter or claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name in the token: `exp`.
    pub name: String,
    /// What it means: "runs out". Empty for names that no standard has.
    pub meaning: &'static str,
    /// Its value in words: "2026-03-03 10:37:15 UTC, 15 min after it was issued". Comes from the capture; may hold any
    /// character.
    pub value: String,
}

/// A JWT as people read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The JOSE header.
    pub header: Vec<Claim>,
    /// The claims, those of the standards first.
    pub claims: Vec<Claim>,
    /// `iat`.
    pub issued_at: Option<Nanos>,
    /// `nbf`.
    pub not_before: Option<Nanos>,
    /// `exp`.
    pub expires: Option<Nanos>,
}

/// Names of RFC 7519, OpenID Connect, RFC 9068 and RFC 8176, and those that big issuers use, in the order of showing.
const KNOWN: &[(&str, &str)] = &[
    ("iss", "issued by"),
    ("sub", "the user (or client) that it speaks of"),
    ("aud", "meant for"),
    ("azp", "issued to"),
    ("client_id", "issued to"),
    ("exp", "runs out"),
    ("nbf", "not valid before"),
    ("iat", "issued"),
    ("auth_time", "the user signed in"),
    ("acr", "how strongly the user was authenticated"),
    ("amr", "how the user was authenticated"),
    ("sid", "session"),
    ("session_state", "session"),
    ("jti", "number of this token"),
    ("scope", "may do"),
    ("scp", "may do"),
    ("typ", "type"),
    ("token_use", "type"),
    ("token_type", "type"),
    ("preferred_username", "user name"),
    ("name", "the user's name"),
    ("email", "the user's address"),
    ("upn", "user name"),
    ("roles", "roles"),
    ("groups", "groups"),
    ("nonce", "ties it to one sign-in"),
    ("at_hash", "ties it to its access token"),
    ("c_hash", "ties it to its code"),
    ("cnf", "bound to the client's key"),
    ("act", "acts for the user"),
];

/// Header parameters of RFC 7515.
const HEADER: &[(&str, &str)] = &[
    ("alg", "signed with"),
    ("kid", "key"),
    ("typ", "type"),
    ("cty", "content"),
    ("jku", "where its key is said to be"),
    ("x5u", "where its certificate is said to be"),
    ("x5t", "certificate"),
    ("x5t#S256", "certificate"),
    ("crit", "must be understood"),
];

/// Authentication methods of RFC 8176.
const METHODS: &[(&str, &str)] = &[
    ("pwd", "password"),
    ("otp", "one-time code"),
    ("mfa", "several factors"),
    ("sms", "code by text message"),
    ("tel", "call by telephone"),
    ("hwk", "hardware key"),
    ("swk", "key in software"),
    ("fpt", "fingerprint"),
    ("face", "face"),
    ("iris", "iris"),
    ("vbm", "voice"),
    ("pin", "PIN"),
    ("pop", "proof of a key"),
    ("sc", "smart card"),
    ("kba", "questions"),
    ("mca", "several channels"),
    ("geo", "place"),
    ("rba", "risk"),
    ("user", "presence"),
    ("wia", "Windows sign-in"),
];

/// The header and claims of a token in words; `None` where the text is no JWT.
pub fn reading(text: &str) -> Option<Reading> {
    let jwt = Jwt::read(text)?;
    let time = |name: &str| jwt.claims.get(name).and_then(instant);
    let mut reading =
        Reading { issued_at: time("iat"), not_before: time("nbf"), expires: time("exp"), ..Reading::default() };
    let issued = reading.issued_at.or(reading.not_before);
    reading.header = ordered(&jwt.header, HEADER, |_, value| plain(value));
    reading.claims = ordered(&jwt.claims, KNOWN, |name, value| in_words(name, value, issued));
    Some(reading)
}

/// What a token's times say at a moment, in words without final period; empty where it has none.
pub fn at_use(token: &TokenSeen, moment: Nanos) -> String {
    let valid_from = token.not_before.or(token.issued_at).filter(|&from| from > moment.saturating_add(SECOND));
    match (valid_from, token.expires) {
        (Some(from), _) => {
            format!("not valid yet: its time begins {} later", duration_words(from.saturating_sub(moment)))
        }
        (None, Some(expires)) if expires <= moment => {
            format!("ran out {} before", duration_words(moment.saturating_sub(expires)))
        }
        (None, Some(expires)) => format!("had {} left", duration_words(expires.saturating_sub(moment))),
        (None, None) => String::new(),
    }
}

fn ordered(
    object: &serde_json::Map<String, Value>,
    known: &[(&'static str, &'static str)],
    words: impl Fn(&str, &Value) -> String,
) -> Vec<Claim> {
    let mut claims = Vec::new();
    for &(name, meaning) in known {
        if let Some(value) = object.get(name) {
            claims.push(Claim { name: name.to_owned(), meaning, value: words(name, value) });
        }
    }
    for (name, value) in object.iter().filter(|(name, _)| !known.iter().any(|(known, _)| known == name)) {
        if claims.len() >= MAX_CLAIMS {
            break;
        }
        claims.push(Claim { name: short(name), meaning: "", value: words(name, value) });
    }
    claims
}

fn in_words(name: &str, value: &Value, issued: Option<Nanos>) -> String {
    match name {
        "exp" | "nbf" | "iat" | "auth_time" => instant(value).map_or_else(
            || format!("{}, which is no time", plain(value)),
            |at| {
                let stamp = format!("{:.0}", timestamp_from_nanos(at)).replace('T', " ").replace('Z', " UTC");
                let after = issued.filter(|_| name != "iat").map(|issued| at.saturating_sub(issued));
                match after {
                    Some(0) => format!("{stamp}, as it was issued"),
                    Some(after) if after > 0 => format!("{stamp}, {} after it was issued", duration_words(after)),
                    Some(after) => format!("{stamp}, {} before it was issued", duration_words(after)),
                    None => stamp,
                }
            },
        ),
        "amr" => match value {
            Value::Array(list) => short(&list.iter().map(method_words).collect::<Vec<_>>().join(", ")),
            other => method_words(other),
        },
        _ if is_secret(name, value) => "not shown".to_owned(),
        _ => plain(value),
    }
}

fn method_words(value: &Value) -> String {
    let text = plain(value);
    METHODS.iter().find(|(name, _)| *name == text).map_or(text, |(_, words)| (*words).to_owned())
}

/// Whether a claim holds a credential itself: some issuers put a whole token, a password or a key in.
fn is_secret(name: &str, value: &Value) -> bool {
    let name = name.to_ascii_lowercase();
    let named = ["password", "passwd", "secret", "token", "credential", "private", "nonce"];
    let text = value.as_str().unwrap_or("");
    super::identity(text).is_some()
        || value.is_string()
            && named.iter().any(|word| name.contains(word))
            && !matches!(&*name, "token_use" | "token_type")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => short(text),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            short(&list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        // What stands deeper may hold a credential under any name.
        Value::Object(object) => short(&format!("{{{}}}", object.keys().cloned().collect::<Vec<_>>().join(", "))),
        Value::Array(list) => format!("{} entries", list.len()),
        other => short(&other.to_string()),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= MAX_SHOWN {
        return text.to_owned();
    }
    text.chars().take(MAX_SHOWN).chain(['…']).collect()
}

/// A `NumericDate` (RFC 7519 2), also in milliseconds or in a string, as some issuers write it.
fn instant(value: &Value) -> Option<Nanos> {
    let seconds =
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|seconds| seconds.is_finite())?;
    let seconds = if seconds.abs() >= 1e11 { seconds / 1e3 } else { seconds };
    (seconds.abs() < 9e9).then_some((seconds * 1e9) as Nanos)
}
