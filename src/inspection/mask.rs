//! Hides what would let someone in: values of secret headers, parameters, cookies and JSON keys, and whatever has the form
//! of a JWT, wherever it stands. Each hidden value shows as a fingerprint; a reader may ask for one of them in the open.

use crate::model::{EventStore, secret::fingerprint};
use serde_json::Value;

/// Which values are shown in the open: those whose fingerprints the reader asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Veil<'a> {
    open: &'a [String],
    /// Hides also what a reader took for a secret where nothing in the record names it as one.
    known: Option<&'a EventStore>,
}

impl<'a> Veil<'a> {
    /// Hides all but these.
    pub(super) fn except(open: &'a [String]) -> Self {
        Self { open, known: None }
    }

    /// Hides also the secrets that this store holds.
    pub(super) fn knowing(self, events: &'a EventStore) -> Self {
        Self { known: Some(events), ..self }
    }

    fn knows(self, word: &str) -> bool {
        /// Shorter ones are words and numbers as well.
        const SHORTEST: usize = 12;
        /// With letters and digits both they are no words.
        const SHORTEST_MIXED: usize = 8;
        let Some(events) = self.known else { return false };
        let is_known = |part: &str| {
            let mixed = || part.contains(|c: char| c.is_ascii_digit()) && part.contains(|c: char| c.is_alphabetic());
            (part.len() >= SHORTEST || part.len() >= SHORTEST_MIXED && mixed()) && events.knows_secret(part)
        };
        is_known(word) || word.split(['=', ':', '/']).any(is_known)
    }
}

pub(super) fn mask_header(veil: Veil<'_>, name: &str, value: &str) -> String {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "cookie" => value.split(';').map(|pair| mask_pair(veil, pair.trim(), true)).collect::<Vec<_>>().join("; "),
        "set-cookie" => value
            .lines()
            .map(|line| {
                let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
                let rest = if rest.is_empty() { String::new() } else { format!(";{rest}") };
                format!("{}{rest}", mask_pair(veil, pair.trim(), true))
            })
            .collect::<Vec<_>>()
            .join("\n"),
        "authorization" | "proxy-authorization" => match value.split_once(' ') {
            Some((scheme, token)) => format!("{scheme} {}", masked(veil, token)),
            None => masked(veil, value),
        },
        "location" | "referer" | "origin" | ":path" | "content-location" => mask_url(veil, value),
        _ if is_secret_name(&lower) => masked(veil, value),
        _ => mask_text(veil, value),
    }
}

pub(super) fn mask_url(veil: Veil<'_>, url: &str) -> String {
    let (rest, fragment) = url.split_once('#').map_or((url, None), |(rest, fragment)| (rest, Some(fragment)));
    let mut shown = match rest.split_once('?') {
        Some((path, query)) => format!("{}?{}", mask_text(veil, path), mask_pairs(veil, query, '&')),
        None => mask_text(veil, rest),
    };
    if let Some(fragment) = fragment {
        shown.push('#');
        shown.push_str(&mask_pairs(veil, fragment, '&'));
    }
    shown
}

pub(super) fn mask_pairs(veil: Veil<'_>, text: &str, separator: char) -> String {
    let short = abbreviates_sign_in(text, separator);
    let shown = |pair: &str| match pair.split_once('=') {
        Some((name @ ("p" | "pw" | "psw"), _)) if short => format!("{name}=\u{2022}\u{2022}\u{2022}\u{2022}"),
        _ => mask_pair(veil, pair, false),
    };
    let mut shown: Vec<String> = text.split(separator).map(shown).collect();
    shown.retain(|pair| !pair.is_empty());
    shown.join(&separator.to_string())
}

/// Whether a form says that it signs in (`do=login`), so that its `p` beside a `u` is a password.
fn abbreviates_sign_in(text: &str, separator: char) -> bool {
    let pairs = || text.split(separator).filter_map(|pair| pair.split_once('='));
    pairs().any(|(name, _)| matches!(name, "u" | "n" | "usr"))
        && pairs().any(|(_, value)| ["login", "logon", "signin"].iter().any(|verb| value.eq_ignore_ascii_case(verb)))
}

fn mask_pair(veil: Veil<'_>, pair: &str, always: bool) -> String {
    match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() && (always || is_secret_name(&name.to_ascii_lowercase())) => {
            format!("{name}={}", masked_as(veil, name, value))
        }
        _ => mask_text(veil, pair),
    }
}

fn masked_as(veil: Veil<'_>, name: &str, value: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let typed = ["pass", "pwd", "otp", "pin", "pw", "psw", "wort", "mdp", "senha", "contrasena", "wachtwoord"];
    if typed.iter().any(|word| lower.contains(word)) {
        // What a person types can be guessed from a fingerprint.
        "\u{2022}\u{2022}\u{2022}\u{2022}".to_owned()
    } else {
        masked(veil, value)
    }
}

pub(super) fn masked(veil: Veil<'_>, value: &str) -> String {
    let fingerprint = fingerprint(value.as_bytes());
    if veil.open.contains(&fingerprint) {
        return value.to_owned();
    }
    format!("\u{2022}\u{2022}\u{2022}\u{2022} {fingerprint}")
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
    // `_pass`, `j_pass`, `user[pass]`, and what people of other tongues call it.
    let is_password = |part: &str| {
        let names = ["pw", "psw", "passe", "kennwort", "motdepasse", "mdp", "senha", "contrasena", "wachtwoord"];
        part.ends_with("pass") || names.contains(&part)
    };
    matches!(name, "code" | "state" | "key" | "sig" | "pin" | "auth" | "id_token_hint" | "login_hint_token")
        || words.iter().any(|word| name.contains(word))
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(is_password)
}

pub(super) fn mask_json(veil: Veil<'_>, value: &mut Value, name: &str) {
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| mask_json(veil, value, &key.to_ascii_lowercase())),
        Value::Array(list) => list.iter_mut().for_each(|value| mask_json(veil, value, name)),
        // JSON inside JSON, as container runtimes and nested errors write it.
        Value::String(text)
            if !is_secret_name(name)
                && text.starts_with('{')
                && serde_json::from_str::<Value>(text).is_ok_and(|it| it.is_object()) =>
        {
            if let Ok(mut inner) = serde_json::from_str::<Value>(text) {
                mask_json(veil, &mut inner, "");
                *text = inner.to_string();
            }
        }
        Value::String(text) => {
            *text = match name {
                "token_type" | "grant_type" => text.clone(),
                _ if is_secret_name(name) && !text.is_empty() => masked_as(veil, name, text),
                _ => mask_text(veil, text),
            };
        }
        Value::Number(_) if is_secret_name(name) && !name.contains("expire") && name != "code" => {
            *value = Value::from("\u{2022}\u{2022}\u{2022}\u{2022}");
        }
        _ => {}
    }
}

/// Masks what has the form of a credential in running text: JWTs, `name=value` pairs with a secret name, signed cookies.
pub(super) fn mask_text(veil: Veil<'_>, text: &str) -> String {
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
        shown.push_str(&mask_word(veil, &rest[..end]));
        rest = &rest[end..];
    }
    shown
}

fn mask_word(veil: Veil<'_>, word: &str) -> String {
    if let Some((name, value)) = word.split_once('=')
        && value.len() > 1
        && is_secret_name(&name.rsplit(['/', '?', '&', ';', ':']).next().unwrap_or(name).to_ascii_lowercase())
    {
        return format!("{name}={}", masked_as(veil, name, value));
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
    if is_jwt || is_signed_cookie || high_entropy || veil.knows(word) { masked(veil, word) } else { word.to_owned() }
}
