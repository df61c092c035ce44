//! Tokens: JWTs and opaque ones, wherever an exchange carries them.

use super::{body::Fields, time, url};
use crate::model::{Nanos, TokenRole};
use hashbrown::HashMap;
use serde_json::{Map, Value};
use std::rc::Rc;

/// Longest text that is taken for a token.
const MAX_TOKEN: usize = 16 * 1024;
/// How many decoded tokens are remembered.
const MAX_REMEMBERED: usize = 4_096;
/// Most tokens read from one exchange.
pub(super) const MAX_TOKENS: usize = 32;

/// What a JWT says of itself. Its signature is not looked at: no key is at hand.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    pub(super) issued_at: Option<Nanos>,
    pub(super) not_before: Option<Nanos>,
    pub(super) expires: Option<Nanos>,
    pub(super) subject: String,
    pub(super) id: String,
    pub(super) key_id: String,
    /// What the token says that it is for.
    pub(super) role: Option<TokenRole>,
}

/// A token found in an exchange.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) role: TokenRole,
    pub(super) sent: bool,
    pub(super) value: String,
    /// Its life in seconds from the answer on, as its neighbours say (`expires_in`).
    pub(super) lasts: Option<f64>,
    /// Its end, as its neighbours say (`expires_at`).
    pub(super) ends: Option<Nanos>,
}

/// Remembers decoded tokens by value, since a token is sent again with every request.
#[derive(Debug, Default)]
pub(super) struct ClaimsCache {
    known: HashMap<Box<str>, Option<Rc<Claims>>>,
}

impl ClaimsCache {
    /// The claims, `None` where the value is no JWT.
    pub(super) fn get(&mut self, token: &str) -> Option<Rc<Claims>> {
        if token.len() > MAX_TOKEN || !url::looks_like_jwt(token) {
            return None;
        }
        if let Some(known) = self.known.get(token) {
            return known.clone();
        }
        if self.known.len() >= MAX_REMEMBERED {
            self.known.clear();
        }
        let claims = claims(token).map(Rc::new);
        self.known.insert(token.into(), claims.clone());
        claims
    }
}

/// The claims of a JWT: by jsonwebtoken, else (`alg` none or unknown) part by part.
fn claims(token: &str) -> Option<Claims> {
    if let Ok(data) = jsonwebtoken::dangerous::insecure_decode::<Map<String, Value>>(token) {
        return Some(read_claims(&data.claims, data.header.kid.unwrap_or_default()));
    }
    let mut parts = token.split('.');
    let header: Map<String, Value> = part(parts.next()?)?;
    let claims: Map<String, Value> = part(parts.next()?)?;
    let key_id = header.get("kid").and_then(Value::as_str).unwrap_or("").to_owned();
    Some(read_claims(&claims, key_id))
}

fn part(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64(text)?).ok()
}

fn read_claims(claims: &Map<String, Value>, key_id: String) -> Claims {
    let instant = |name: &str| number(claims.get(name)?).and_then(time::from_number);
    let text = |name: &&str| match claims.get(*name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let names = ["preferred_username", "username", "user_name", "login", "user", "email", "upn", "unique_name", "name"];
    let nested = || {
        let user = claims.get("user")?.as_object()?;
        names.iter().find_map(|name| user.get(*name)?.as_str().map(str::to_owned))
    };
    let kind = ["typ", "token_type", "token_use", "type"].iter().find_map(|name| claims.get(*name)?.as_str());
    Claims {
        issued_at: instant("iat"),
        not_before: instant("nbf"),
        expires: instant("exp"),
        subject: names.iter().find_map(text).or_else(nested).or_else(|| text(&"sub")).unwrap_or_default(),
        id: ["sid", "jti"].iter().find_map(text).unwrap_or_default(),
        key_id,
        role: kind.and_then(|kind| match kind.to_ascii_lowercase().as_str() {
            "refresh" | "offline" => Some(TokenRole::Refresh),
            "id" => Some(TokenRole::Id),
            "access" | "bearer" | "at+jwt" => Some(TokenRole::Access),
            _ => None,
        }),
    }
}

/// A number, also one in a string.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number: &f64| number.is_finite())
}

/// Decodes either alphabet of base64, with or without padding; `None` for other text.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held = held.wrapping_add(6);
        if held >= 8 {
            held = held.wrapping_sub(8);
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

/// The role that a name gives a token; `None` for names of something else.
pub(super) fn role_of_name(name: &str) -> Option<TokenRole> {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match name.as_str() {
        "accesstoken" | "token" | "jwt" | "authtoken" | "bearertoken" | "jwttoken" | "sessiontoken" | "accessjwt"
        | "apitoken" => TokenRole::Access,
        "idtoken" => TokenRole::Id,
        "refreshtoken" | "refreshjwt" => TokenRole::Refresh,
        _ => return None,
    })
}

/// The token of an `Authorization`-like header: `Bearer …`, `DPoP …`, `Token …`, or the bare value.
pub(super) fn of_header(name: &str, value: &str) -> Option<String> {
    let value = value.trim();
    let is_authorization = name.eq_ignore_ascii_case("authorization");
    let is_named = ["x-auth-token", "x-access-token", "x-session-token", "x-authorization", "x-jwt-token", "x-token"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known));
    if !is_authorization && !is_named {
        return None;
    }
    let (scheme, rest) = value.split_once(' ').unwrap_or(("", value));
    let token = match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "dpop" | "token" | "jwt" => rest.trim(),
        "" => value,
        _ => return None,
    };
    let token = token.strip_prefix("token=").unwrap_or(token).trim_matches('"');
    (!token.is_empty() && token.len() <= MAX_TOKEN && !is_placeholder(token)).then(|| token.to_owned())
}

/// What scripts and sanitizers put where a token belongs.
fn is_placeholder(token: &str) -> bool {
    matches!(token.to_ascii_lowercase().as_str(), "null" | "undefined" | "none" | "[redacted]" | "redacted" | "***")
}

/// The token in a cookie: any JWT, and what its name calls a token.
pub(super) fn of_cookie(name: &str, value: &str, cache: &mut ClaimsCache) -> Option<(TokenRole, String)> {
    let bare =
        ["Bearer%20", "Bearer ", "Bearer+"].iter().find_map(|prefix| value.strip_prefix(prefix)).unwrap_or(value);
    let lower = name.to_ascii_lowercase();
    let named = if lower.contains("refresh") {
        Some(TokenRole::Refresh)
    } else if lower.contains("id_token") || lower.contains("idtoken") {
        Some(TokenRole::Id)
    } else {
        role_of_name(name).filter(|_| lower != "token" && lower != "session_token")
    };
    let claims = cache.get(bare);
    if claims.is_none() && (named.is_none() || bare.len() < 16) {
        return None;
    }
    let role = named.or_else(|| claims.and_then(|claims| claims.role)).unwrap_or(TokenRole::Access);
    (bare.len() <= MAX_TOKEN).then(|| (role, bare.to_owned()))
}

/// Tokens among the fields of a form, a query or a JSON body.
pub(super) fn of_fields(fields: &Fields, sent: bool, found: &mut Vec<Found>) {
    for (at, field) in fields.list.iter().enumerate() {
        let Some(role) = role_of_field(fields, at) else { continue };
        let value = field.value.trim();
        if value.len() < 8 || value.len() > MAX_TOKEN || value.contains(' ') || is_placeholder(value) {
            continue;
        }
        if found.len() >= MAX_TOKENS {
            return;
        }
        let (lasts, ends) = life(fields, &field.parent, role);
        found.push(Found { role, sent, value: value.to_owned(), lasts, ends });
    }
}

fn role_of_field(fields: &Fields, at: usize) -> Option<TokenRole> {
    let field = fields.list.get(at)?;
    if let Some(role) = role_of_name(&field.key) {
        // Of `token` beside `token_type_hint` (RFC 7009) the hint says what it is.
        let hint = fields.value("token_type_hint").filter(|_| field.key == "token");
        return Some(if hint == Some("refresh_token") { TokenRole::Refresh } else { role });
    }
    let in_tokens = field.parent.to_ascii_lowercase().ends_with("tokens");
    let strong = in_tokens || url::looks_like_jwt(&field.value);
    match field.key.as_str() {
        "access" if strong => Some(TokenRole::Access),
        "id" if in_tokens => Some(TokenRole::Id),
        "refresh" if strong || url::looks_random(&field.value) => Some(TokenRole::Refresh),
        "assertion" | "session" if url::looks_like_jwt(&field.value) => Some(TokenRole::Access),
        _ => None,
    }
}

/// What stands beside a token about its life.
fn life(fields: &Fields, parent: &str, role: TokenRole) -> (Option<f64>, Option<Nanos>) {
    let beside = |names: &[&str]| {
        let mut list = fields.list.iter().filter(|field| field.parent == parent);
        list.find(|field| names.contains(&field.key.as_str())).map(|field| field.value.trim().to_owned())
    };
    let (lasts, ends) = match role {
        TokenRole::Access => (
            beside(&["expires_in", "expiresIn", "expires_in_secs", "accessTokenExpiresIn"]),
            beside(&["expires_at", "expiresAt", "expires_on", "accessTokenExpiresAt"]),
        ),
        TokenRole::Refresh => (
            beside(&["refresh_expires_in", "refreshExpiresIn", "refresh_token_expires_in", "refreshTokenExpiresIn"]),
            beside(&["refresh_expires_at", "refreshExpiresAt", "refreshTokenExpiresAt"]),
        ),
        TokenRole::Id => (None, None),
    };
    let lasts = lasts.and_then(|text| text.parse().ok()).filter(|seconds: &f64| *seconds > 0.0 && *seconds < 1e9);
    (lasts, ends.and_then(|text| time::started(&text)).map(|(at, _)| at).filter(|&at| at > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_also_where_the_algorithm_is_unknown() {
        // {"alg":"none"} {"sub":"7","preferred_username":"alice","exp":1700000000,"sid":"s1"}
        let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3IiwicHJlZmVycmVkX3VzZXJuYW1lIjoiYWxpY2UiLCJleHAiOjE3MDAwMDAwMDAsInNpZCI6InMxIn0.";
        let claims =
            ClaimsCache::default().get(token).map(|claims| (claims.subject.clone(), claims.expires, claims.id.clone()));
        assert_eq!(claims, Some(("alice".to_owned(), Some(1_700_000_000_000_000_000), "s1".to_owned())));
        assert!(ClaimsCache::default().get("eyJub25zZW5zZQ.xx.yy-not-a-token-at-all").is_none());
    }

    #[test]
    fn base64_of_both_alphabets_is_decoded() {
        assert_eq!(base64("aGk_Pz4+").as_deref(), Some(b"hi??>>".as_slice()));
        assert_eq!(base64("aGk=").as_deref(), Some(b"hi".as_slice()));
        assert_eq!(base64("a b"), None);
    }

    #[test]
    fn headers_of_other_schemes_hold_no_token() {
        assert_eq!(of_header("Authorization", "Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of_header("authorization", "Basic YTpi"), None);
        assert_eq!(of_header("X-Auth-Token", "abc").as_deref(), Some("abc"));
        assert_eq!(of_header("Authorization", "Bearer undefined"), None);
        assert_eq!(of_header("Accept", "Bearer abc"), None);
    }
}
