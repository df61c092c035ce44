//! Tokens: JWTs and opaque ones, wherever an exchange carries them.

use super::{body::Fields, time, url};
use crate::{
    jwt::{self, Jwt},
    model::{Nanos, TokenRole},
};
use hashbrown::HashMap;
use serde_json::{Map, Value};
use std::rc::Rc;

/// Longest text that is taken for a token.
const MAX_TOKEN: usize = 16 * 1024;
/// How many decoded tokens are remembered.
const MAX_REMEMBERED: usize = 4_096;
/// Most tokens read from one exchange.
pub(super) const MAX_TOKENS: usize = 32;

/// What a JWT says of itself. Its signature is looked at once all is read, where keys are given.
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
        if token.len() > MAX_TOKEN {
            return None;
        }
        jwt::identity(token)?;
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

/// The claims of a JWT, whatever its algorithm and whether or not its signature is still there.
fn claims(token: &str) -> Option<Claims> {
    let jwt = Jwt::read(token)?;
    let key_id = jwt.header.get("kid").and_then(Value::as_str).unwrap_or("").to_owned();
    Some(read_claims(&jwt.claims, key_id))
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

/// The role that a name gives a token; `None` for names of something else.
pub(super) fn role_of_name(name: &str) -> Option<TokenRole> {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match name.as_str() {
        "accesstoken" | "token" | "jwt" | "authtoken" | "bearertoken" | "jwttoken" | "sessiontoken" | "accessjwt"
        | "apitoken" => TokenRole::Access,
        "idtoken" => TokenRole::Id,
        "refreshtoken" | "refreshjwt" | "refreshtkn" | "renewaltoken" | "renewtoken" | "offlinetoken" => {
            TokenRole::Refresh
        }
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

/// The refresh token of a header that is made for one.
pub(super) fn refresh_of_header(name: &str, value: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let value = value.trim().trim_start_matches("Bearer ").trim_matches('"');
    let is_named = lower.contains("refresh") && lower.contains("token") && !lower.starts_with("access-control");
    (is_named && value.len() >= 8 && value.len() <= MAX_TOKEN && !value.contains([' ', ',']) && !is_placeholder(value))
        .then(|| value.to_owned())
}

/// What scripts and cleaners of captures put where a token belongs: the same for every token, so that it tells none from
/// another.
fn is_placeholder(token: &str) -> bool {
    if jwt::identity(token).is_some() {
        return false;
    }
    let lower = token.to_ascii_lowercase();
    let first = lower.chars().next();
    matches!(
        lower.as_str(),
        "null" | "undefined" | "none" | "false" | "true" | "removed" | "hidden" | "secret" | "token"
    ) || lower.chars().all(|character| Some(character) == first)
        || ["redacted", "sanitized", "sanitised", "scrubbed", "masked", "filtered", "censored"]
            .iter()
            .any(|word| lower.contains(word))
}

/// The token in a cookie: any JWT, and what its name calls a token.
pub(super) fn of_cookie(name: &str, value: &str, cache: &mut ClaimsCache) -> Option<(TokenRole, String)> {
    let bare =
        ["Bearer%20", "Bearer ", "Bearer+"].iter().find_map(|prefix| value.strip_prefix(prefix)).unwrap_or(value);
    let lower = name.to_ascii_lowercase();
    let short =
        matches!(lower.trim_start_matches("__host-").trim_start_matches("__secure-"), "rt" | "rtoken" | "r_token");
    // A secret against forged requests is known by its name, whatever token it goes with.
    if ["csrf", "xsrf"].iter().any(|word| lower.contains(word)) && cache.get(bare).is_none() {
        return None;
    }
    let named = if lower.contains("refresh") || short && url::looks_random(bare) {
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
        let Some(role) = role_of_field(fields, at).or_else(|| opaque(fields, at, sent)) else { continue };
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
        // Short names that mean other things, too.
        "refresh" | "rt" | "rtoken" | "r_token" if strong || url::looks_random(&field.value) => {
            Some(TokenRole::Refresh)
        }
        "assertion" | "session" if url::looks_like_jwt(&field.value) => Some(TokenRole::Access),
        _ => None,
    }
}

/// A random value that may be a refresh token by another name: in an answer one beside an access token.
fn opaque(fields: &Fields, at: usize, sent: bool) -> Option<TokenRole> {
    let field = fields.list.get(at)?;
    let value = field.value.trim();
    if !url::looks_random(value) && !is_dotted_random(value) {
        return None;
    }
    let name = field.key.to_ascii_lowercase();
    // Random by their nature, and never a refresh token.
    let other = [
        "state",
        "nonce",
        "csrf",
        "xsrf",
        "scope",
        "client",
        "device",
        "code",
        "url",
        "uri",
        "hash",
        "kid",
        "user",
        "mail",
        "password",
        "secret",
        "challenge",
        "verifier",
        "request",
        "trace",
        "version",
        "avatar",
        "image",
    ];
    let is_id =
        name == "id" || name == "sub" || name.ends_with("_id") || field.key.ends_with("Id") || name.ends_with("uuid");
    if is_id || other.iter().any(|word| name.contains(word)) {
        return None;
    }
    let beside_access =
        || {
            fields.list.iter().enumerate().any(|(other, one)| {
                one.parent == field.parent && role_of_field(fields, other) == Some(TokenRole::Access)
            })
        };
    (sent || beside_access()).then_some(TokenRole::Opaque)
}

/// Random texts joined by dots, as some issuers number their refresh tokens (`v1.MRr…`, `1//0g…`).
fn is_dotted_random(value: &str) -> bool {
    value.len() >= 24
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'+' | b'='))
        && value.split(['.', '/']).any(url::looks_random)
        && jwt::identity(value).is_none()
}

/// Whether a request's fields ask GraphQL to renew: by the operation's name, else by the first field of the mutation.
pub(super) fn renews_by_graphql(fields: &Fields) -> bool {
    let Some(query) = fields.value("query").filter(|query| query.trim_start().starts_with("mutation")) else {
        return false;
    };
    let first = query.split_once('{').map_or("", |(_, rest)| rest.trim_start());
    let first = first.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
    [fields.value("operationName").unwrap_or(""), first].iter().any(|name| {
        let name = name.to_ascii_lowercase();
        ["refresh", "renew", "extend"].iter().any(|act| name.contains(act))
            && ["token", "session", "auth", "login", "jwt", "credential", "access"]
                .iter()
                .any(|what| name.contains(what))
    })
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
        TokenRole::Id | TokenRole::Opaque => (None, None),
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
    fn headers_of_other_schemes_hold_no_token() {
        assert_eq!(of_header("Authorization", "Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of_header("authorization", "Basic YTpi"), None);
        assert_eq!(of_header("X-Auth-Token", "abc").as_deref(), Some("abc"));
        assert_eq!(of_header("Authorization", "Bearer undefined"), None);
        assert_eq!(of_header("Accept", "Bearer abc"), None);
    }
}
