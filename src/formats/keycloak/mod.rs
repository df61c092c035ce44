//! Keycloak's events: the lines of its log, JSON as its admin API and its exporters give it, its JSON log, administrators'
//! events.
//!
//! `2026-11-23 07:39:18,263 WARN  [org.keycloak.events] (executor-thread-1) type="REFRESH_TOKEN_ERROR", realmId="shop",
//! clientId="web", userId="…", sessionId="…", ipAddress="10.0.0.7", error="invalid_token", reason="Session not active"`
//!
//! A session is known by its `sessionId`, or by the `code_id` of the sign-in that became it.
//!
//! <https://www.keycloak.org/docs/latest/server_admin/#_auditing>

use super::{
    Format, Input, Sniff,
    lines::{Line, Outcome, cut, find, text},
    named::{Out, Said, link_of},
    stated::stated_from_text,
    structured::{self, Escape, Found, ReadRecord, Table},
    timestamp::Stamp,
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct Keycloak;

impl Format for Keycloak {
    fn id(&self) -> &'static str {
        "keycloak"
    }

    fn title(&self) -> &'static str {
        "Keycloak events (log, JSON, admin events)"
    }

    fn reference(&self) -> &'static str {
        "https://www.keycloak.org/docs/latest/server_admin/#_auditing"
    }

    fn example(&self) -> &'static str {
        r#"2026-11-23 07:39:18,263 WARN  [org.keycloak.events] (executor-thread-1) type="REFRESH_TOKEN_ERROR", realmName="shop", clientId="web", userId="null", ipAddress="198.51.100.7", error="invalid_token", reason="Session not active""#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        match structured::sniff::<Reader>(head, "an event of Keycloak's") {
            // Most of a server's log is about other things.
            Sniff::Plausible => Sniff::Certain,
            sniff => sniff,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("Keycloak".to_owned());
    }
}

const TIME: u8 = 0;
const KIND: u8 = 1;
const REALM: u8 = 2;
const REALM_NAME: u8 = 3;
const USER: u8 = 4;
const SESSION: u8 = 5;
const CODE: u8 = 6;
const ADDRESS: u8 = 7;
const ERROR: u8 = 8;
const REASON: u8 = 9;
const USERNAME: u8 = 10;
const OPERATION: u8 = 11;
const RESOURCE: u8 = 12;
const PATH: u8 = 13;
const BODY: u8 = 14;
const LOGGER: u8 = 15;
const MESSAGE: u8 = 16;
const STAMP: u8 = 17;
const CLIENT: u8 = 18;

#[derive(Debug)]
struct Reader {
    table: Table,
}

impl Default for Reader {
    fn default() -> Self {
        Self { table: Table::new(Self::FIELDS) }
    }
}

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = &[
        ("time", TIME),
        ("type", KIND),
        ("realmId", REALM),
        ("realmName", REALM_NAME),
        ("clientId", CLIENT),
        ("userId", USER),
        ("sessionId", SESSION),
        ("ipAddress", ADDRESS),
        ("error", ERROR),
        ("details/reason", REASON),
        ("details/error_description", REASON),
        ("details/code_id", CODE),
        ("details/username", USERNAME),
        ("reason", REASON),
        ("error_description", REASON),
        ("code_id", CODE),
        ("username", USERNAME),
        ("operationType", OPERATION),
        ("resourceType", RESOURCE),
        ("resourcePath", PATH),
        ("representation", BODY),
        ("authDetails/ipAddress", ADDRESS),
        ("loggerName", LOGGER),
        ("log.logger", LOGGER),
        ("log/logger", LOGGER),
        ("message", MESSAGE),
        ("timestamp", STAMP),
        ("@timestamp", STAMP),
    ];
    const LISTS: &'static [&'static str] = &["events", "adminEvents"];

    fn is_ours(found: &Found<'_>) -> bool {
        let is_event = |field| {
            let word = found.raw(field);
            word.len() > 3 && word.iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
        };
        let is_user = is_event(KIND) && found.has(REALM);
        let is_admin = is_event(OPERATION) && found.has(RESOURCE) && found.has(PATH);
        (found.has(TIME) && (is_user || is_admin)) || found.raw(LOGGER).starts_with(b"org.keycloak")
    }

    fn is_our_text(line: &[u8]) -> bool {
        event_of(line).is_some() || find(line, b"[org.keycloak.").is_some()
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        if found.has(LOGGER) || (found.has(MESSAGE) && !found.has(KIND) && !found.has(OPERATION)) {
            let Some(stamp) = found.stamp(STAMP, out.stamps) else {
                return Outcome::Unreadable("expected a record with a time, found one without");
            };
            out.note(stamp);
            let message = found.get(MESSAGE);
            self.message(&message, stamp, out);
            return Outcome::Record;
        }
        let Some(stamp) = found.stamp(TIME, out.stamps) else {
            return Outcome::Unreadable("expected an event of Keycloak's with its time, found none");
        };
        out.note(stamp);
        event(found, stamp, true, out);
        Outcome::Record
    }

    fn read_text(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let stamp = out.stamps.rfc3339(line.bytes);
        match stamp {
            Some(stamp) => {
                out.note(stamp);
                self.message(line.bytes, stamp, out);
                Outcome::Record
            }
            None if event_of(line.bytes).is_some() => {
                Outcome::Unreadable("expected an event with its date and time, found one without a date")
            }
            // The traces of errors, the banner.
            None => Outcome::Continuation,
        }
    }
}

impl Reader {
    /// What the log says: an event in pairs, or that the server started or stopped.
    fn message(&self, line: &[u8], stamp: Stamp, out: &mut Out<'_>) {
        if let Some(pairs) = event_of(line) {
            let mut found = Found::default();
            read_pairs(pairs, &self.table, &mut found);
            return event(&found, stamp, false, out);
        }
        let says = |words: &[u8]| find(line, words).is_some();
        if !says(b"Keycloak ") {
            return;
        }
        if says(b" started in ") && says(b" on JVM ") || says(b"WFLYSRV0025") {
            out.push(stamp.at, &Said::new(EventKind::ServerStart, Stated::Nothing, "Keycloak started"));
        } else if says(b"Keycloak stopped in ") || says(b"WFLYSRV0050") {
            out.push(stamp.at, &Said::new(EventKind::ServerStop, Stated::Nothing, "Keycloak stopped"));
        }
    }
}

/// Where `type=` or `operationType=` begins, followed by the realm.
fn event_of(line: &[u8]) -> Option<&[u8]> {
    let realm = find(line, b", realmId=")?;
    let before = line.get(..realm)?;
    let (_, value) = cut(before, b"ype=").filter(|(_, value)| value.len() < 64)?;
    let at = before.len() - value.len() - b"ype=".len();
    let before = before.get(..at)?;
    let from = before.strip_suffix(b"operationT").or_else(|| before.strip_suffix(b"t"))?.len();
    line.get(from..)
}

/// `name=value, name="value", name='a value'`.
fn read_pairs<'a>(text: &'a [u8], table: &Table, found: &mut Found<'a>) {
    let mut rest = text;
    while let Some((name, behind)) = cut(rest, b"=") {
        let quote = behind.first().copied().filter(|quote| matches!(quote, b'"' | b'\''));
        let (value, after) = if let Some(quote) = quote {
            let inside = behind.get(1..).unwrap_or_default();
            let Some(end) = memchr::memchr(quote, inside) else { return };
            (inside.get(..end), inside.get(end + 1..))
        } else {
            let end = find(behind, b", ").unwrap_or(behind.len());
            (behind.get(..end), behind.get(end..))
        };
        if let Some((field, rank)) = table.named(name.trim_ascii()) {
            found.put(field, rank, value.unwrap_or_default(), Escape::None);
        }
        rest = after.unwrap_or_default();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    }
}

/// Says what an event means. What the log writes as the realm of an administrator's event is the administrator's own.
fn event(found: &Found<'_>, stamp: Stamp, names_realm: bool, out: &mut Out<'_>) {
    let user_id = found.get(USER);
    let username = found.get(USERNAME);
    out.alias(&user_id, &username);
    let realm = if found.has(REALM_NAME) { found.get(REALM_NAME) } else { found.get(REALM) };
    let app = format!("Keycloak realm {}", text(&realm));
    let address = found.get(ADDRESS);
    if found.has(OPERATION) {
        return admin(found, stamp, if names_realm { &app } else { "" }, &address, out);
    }
    let Some(Meaning(kind, stated)) = meaning(found) else { return };
    let session = if found.has(SESSION) { found.get(SESSION) } else { found.get(CODE) };
    let about_account = matches!(kind, EventKind::SignInFailed | EventKind::AccountLocked);
    let link = if session.is_empty() || about_account { 0 } else { link_of(&[&session]) };
    let reason = found.get(if found.has(REASON) { REASON } else { ERROR });
    let what = if reason.is_empty() {
        text(found.raw(KIND)).into_owned()
    } else {
        format!("{}: {}", text(found.raw(KIND)), text(&reason))
    };
    out.push(
        stamp.at,
        &Said {
            user: if user_id.is_empty() { &username } else { &user_id },
            client: &address,
            app: &app,
            link,
            ids: &[(KeyKind::Token, "sessionId", &session), (KeyKind::Client, "clientId", &found.get(CLIENT))],
            ..Said::new(kind, stated, &what)
        },
    );
}

struct Meaning(EventKind, Stated);

fn meaning(found: &Found<'_>) -> Option<Meaning> {
    use EventKind as Kind;
    let error = || refused(&text(&found.get(REASON)), &text(&found.get(ERROR)));
    Some(match found.raw(KIND) {
        b"LOGIN" | b"IMPERSONATE" => Meaning(Kind::SignIn, Stated::Nothing),
        b"LOGIN_ERROR" | b"IDENTITY_PROVIDER_LOGIN_ERROR" => match found.raw(ERROR) {
            // The page lay open too long, or was asked for without anyone to see it: nobody was turned away.
            b"expired_code" | b"cookie_not_found" | b"session_expired" | b"not_logged_in" | b"invalid_code" => {
                return None;
            }
            _ => Meaning(Kind::SignInFailed, error()),
        },
        b"CODE_TO_TOKEN"
        | b"INTROSPECT_TOKEN"
        | b"USER_INFO_REQUEST"
        | b"VALIDATE_ACCESS_TOKEN"
        | b"TOKEN_EXCHANGE"
        | b"OAUTH2_DEVICE_CODE_TO_TOKEN"
        | b"AUTHREQID_TO_TOKEN"
        | b"PERMISSION_TOKEN"
        | b"OAUTH2_EXTENSION_GRANT" => Meaning(Kind::Background, Stated::Nothing),
        b"REFRESH_TOKEN" => Meaning(Kind::Refresh, Stated::Nothing),
        b"REFRESH_TOKEN_ERROR" => match error() {
            Stated::InvalidToken | Stated::Nothing => Meaning(Kind::RefreshRefused, Stated::InvalidGrant),
            stated => Meaning(Kind::RefreshRefused, stated),
        },
        b"USER_INFO_REQUEST_ERROR" | b"VALIDATE_ACCESS_TOKEN_ERROR" => Meaning(Kind::Rejection, error()),
        b"LOGOUT" => Meaning(Kind::SignOut, Stated::LoggedOut),
        b"USER_SESSION_DELETED" => match found.raw(REASON) {
            // Idle or too old, not said which: found so by a sweep, as the next request would have found it.
            b"expired" => Meaning(Kind::Rejection, Stated::Expired),
            // Sessions that were to be remembered, once the realm remembers none any more.
            b"invalid" => Meaning(Kind::Close, Stated::Revoked),
            other => Meaning(Kind::Close, stated_from_text(&text(other))),
        },
        b"USER_DISABLED_BY_TEMPORARY_LOCKOUT" => Meaning(Kind::AccountLocked, Stated::AccountLocked),
        b"USER_DISABLED_BY_PERMANENT_LOCKOUT" => Meaning(Kind::AccountLocked, Stated::AccountDisabled),
        b"DELETE_ACCOUNT" => Meaning(Kind::Close, Stated::AccountDisabled),
        b"UPDATE_PASSWORD"
        | b"UPDATE_CREDENTIAL"
        | b"REMOVE_CREDENTIAL"
        | b"UPDATE_PROFILE"
        | b"UPDATE_EMAIL"
        | b"UPDATE_TOTP"
        | b"REMOVE_TOTP"
        | b"GRANT_CONSENT"
        | b"UPDATE_CONSENT"
        | b"CUSTOM_REQUIRED_ACTION"
            if found.has(SESSION) =>
        {
            Meaning(Kind::Activity, Stated::Nothing)
        }
        b"REVOKE_GRANT" | b"LOGOUT_ERROR" | b"CODE_TO_TOKEN_ERROR" | b"RESET_PASSWORD" => {
            Meaning(Kind::Neutral, Stated::Nothing)
        }
        _ => return None,
    })
}

/// The reason of a refusal: in the words of `reason`, else by the code of `error`.
fn refused(reason: &str, error: &str) -> Stated {
    match reason {
        "Session not active"
        | "Offline user session not found"
        | "Offline session not active"
        | "Session doesn't have required client" => Stated::UnknownSession,
        "Token is not active" | "Refresh token expired" => Stated::RefreshExpired,
        // Rotation keeps the last token alone; an older one that comes again was used twice.
        "Maximum allowed refresh token reuse exceeded" | "Stale token" => Stated::RefreshReused,
        // Older than what an administrator pushed as `notBefore`.
        "Stale refresh token" => Stated::RefreshRevoked,
        "User disabled" | "Invalid user" => Stated::AccountDisabled,
        "" | "Invalid refresh token" => by_code(error),
        _ if reason.contains("don't match") || reason.contains("doesn't match") => Stated::Forbidden,
        _ => match stated_from_text(reason) {
            Stated::Nothing => by_code(error),
            stated => stated,
        },
    }
}

fn by_code(error: &str) -> Stated {
    match error {
        "user_disabled" => Stated::AccountDisabled,
        "user_temporarily_disabled" => Stated::AccountLocked,
        "session_expired" => Stated::Expired,
        "user_session_not_found" => Stated::UnknownSession,
        "expired_code" => Stated::TokenExpired,
        "invalid_signature" => Stated::KeyInvalid,
        "invalid_token" => Stated::InvalidToken,
        "invalid_user_credentials" | "user_not_found" | "invalid_email" | "username_missing" => Stated::BadCredentials,
        "resolve_required_actions" | "email_not_verified" => Stated::VerificationRequired,
        "rejected_by_user" | "consent_denied" | "access_denied" | "not_allowed" | "different_user_authenticated" => {
            Stated::Forbidden
        }
        // The client's own credentials and settings: nothing about anyone's session.
        _ if error.contains("client") || error.contains("redirect") => Stated::Forbidden,
        _ => Stated::Nothing,
    }
}

/// What an administrator did to sessions and accounts.
fn admin(found: &Found<'_>, stamp: Stamp, app: &str, address: &[u8], out: &mut Out<'_>) {
    if found.has(ERROR) {
        return;
    }
    let path = found.get(PATH);
    let operation = text(found.raw(OPERATION)).into_owned();
    let steps: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
    let what = format!("Administrator: {operation} {}", kind_of(&steps));
    let said = |kind, stated, user| Said { user, app, ..Said::new(kind, stated, &what) };
    match (operation.as_str(), steps.as_slice()) {
        ("ACTION", [b"users", user, b"logout"]) => {
            out.push(stamp.at, &said(EventKind::Close, Stated::Revoked, user));
        }
        ("DELETE", [b"users", user]) => out.push(stamp.at, &said(EventKind::Close, Stated::AccountDisabled, user)),
        ("DELETE", [b"sessions", session] | [b"users", _, b"sessions", session]) => {
            let said = Said { link: link_of(&[session]), ..said(EventKind::Close, Stated::Revoked, b"") };
            out.push(stamp.at, &said);
        }
        ("ACTION", [b"logout-all"]) => {
            let said = Said { flags: EventFlags::EVERYONE, ..said(EventKind::Close, Stated::Revoked, b"") };
            out.push(stamp.at, &said);
        }
        ("UPDATE", [b"users", user]) => {
            let body: Vec<u8> = found.get(BODY).iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            if find(&body, b"\"enabled\":false").is_some() {
                out.push(stamp.at, &said(EventKind::AccountLocked, Stated::AccountDisabled, user));
            }
        }
        ("DELETE", [b"attack-detection", b"brute-force", b"users", user]) => {
            out.push(stamp.at, &said(EventKind::AccountUnlocked, Stated::Nothing, user));
        }
        ("ACTION" | "UPDATE", [b"users", user, b"reset-password"]) => {
            let said = Said { client: address, ..said(EventKind::Operator, Stated::PasswordChanged, user) };
            out.push(stamp.at, &said);
        }
        _ => {}
    }
}

/// A path without its ids.
fn kind_of(steps: &[&[u8]]) -> String {
    let is_id = |step: &[u8]| step.len() >= 16 && step.iter().any(u8::is_ascii_digit);
    let named = steps.iter().map(|step| if is_id(step) { "\u{2026}".into() } else { text(step) });
    named.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
