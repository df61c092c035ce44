//! The reasons that servers state, in whatever words they use.
//!
//! One table, most particular words first. A rule holds where every group has at least one of its words in the text. The
//! words are those of frameworks, identity providers and protocols (OAuth, OIDC, Spring, Django, Devise, Keycloak, Fosite,
//! ASP.NET, Envoy, jsonwebtoken, `PyJWT`, …); apps mostly pass them on or say the same in a sentence.

use crate::model::Stated;
use hashbrown::HashMap;
use std::{cell::RefCell, hash::BuildHasher as _};

struct Rule {
    all: &'static [&'static [&'static str]],
    none: &'static [&'static str],
    stated: Stated,
}

const fn rule(all: &'static [&'static [&'static str]], stated: Stated) -> Rule {
    Rule { all, none: &[], stated }
}

const SESSION: &[&str] = &["session", "sign in", "signin", "login", "logged in", "ticket", "cookie", "authentication"];
const REFRESH: &[&str] = &["refresh token", "refreshtoken", "refresh jwt", "rotating token"];
pub(super) const ACCOUNT: &[&str] = &["account", "user", "login", "sign in", "profile", "member"];
pub(super) const TOKEN: &[&str] = &["token", "jwt", "bearer", "assertion", "credential", "signature"];

/// Said where a server does not say which of several it was.
const EITHER: &[&str] = &[
    "invalid or expired",
    "invalid or has expired",
    "expired or invalid",
    "expired or is invalid",
    "expired or otherwise",
    "expired or revoked",
    "revoked or expired",
    "revoked or has expired",
    "expired or has been revoked",
    "expired revoked",
    "invalid expired",
    "expired invalid",
    "malformed expired",
];

const RULES: &[Rule] = &[
    rule(
        &[&["csrf", "xsrf", "antiforgery", "authenticity token", "cross site request", "tokenmismatch"]],
        Stated::Csrf,
    ),
    // Fosite puts its hint behind the list.
    rule(&[&["refresh token was already used", "refresh token has already been used"]], Stated::RefreshReused),
    // A list of all that may be wrong names no reason.
    rule(&[&["grant", "refresh token"], EITHER], Stated::InvalidGrant),
    rule(&[TOKEN, EITHER], Stated::InvalidToken),
    rule(
        &[
            REFRESH,
            &[
                "reuse",
                "already used",
                "already been used",
                "been used",
                "used more than once",
                "replay",
                "was used",
                // Dex.
                "claimed twice",
            ],
        ],
        Stated::RefreshReused,
    ),
    rule(&[&["token reuse", "reuse detected", "reuse exceeded", "reused refresh"]], Stated::RefreshReused),
    rule(
        &[
            REFRESH,
            &[
                "revoked",
                "invalidated",
                "blacklisted",
                "blocklisted",
                "cannot be found",
                "can not be found",
                "not found",
            ],
        ],
        Stated::RefreshRevoked,
    ),
    rule(&[REFRESH, &["expired", "expiry", "inactive for", "too old", "is not active"]], Stated::RefreshExpired),
    rule(&[&["token is not active"]], Stated::RefreshExpired),
    rule(
        &[&[
            "jwt not active",
            "not yet valid",
            "not valid yet",
            "used before",
            "issued in the future",
            "before its issue",
            "clock skew",
            "time skew",
            "skew too great",
            "out of sync",
            "timestamp claim",
            "timestamp check",
            "premature",
            "immature",
        ]],
        Stated::NotYetValid,
    ),
    rule(&[TOKEN, &["not yet", "in the future"]], Stated::NotYetValid),
    rule(
        &[&[
            "invalid signature",
            "bad signature",
            "signature is invalid",
            "signature verification",
            "signature mismatch",
            "signature does not",
            "signature key",
            "signing key",
            "verification key",
            "jwt verification fails",
            "key to match kid",
            "match kid",
            "unknown kid",
            "key with kid",
            "no matching key",
            "no suitable key",
            "unable to match key",
            "key ring",
            "mac is invalid",
            "payload is invalid",
            "could not be decrypted",
            "failed to decrypt",
            "unprotect ticket",
            "session data corrupted",
            "jwserror",
            "signature validation",
            "crypto error",
        ]],
        Stated::KeyInvalid,
    ),
    rule(&[&["signature"], &["does not match"]], Stated::KeyInvalid),
    rule(
        &[&[
            "another device",
            "other device",
            "another browser",
            "another computer",
            "another location",
            "other location",
            "another session",
            "elsewhere",
            "concurrent",
            "multiple login",
            "multiple logins",
            "too many sessions",
            "too many active",
            "number of sessions",
            "session limit",
            "session replaced",
            "session was replaced",
            "replaced by a new",
            "sessions exceeded",
            "displaced",
            "superseded",
            "newer session",
            "newer login",
            "new login",
            "used in another",
            "taken over",
        ]],
        Stated::OtherDevice,
    ),
    rule(
        &[
            &["password"],
            &[
                "was changed",
                "been changed",
                "password changed",
                "changed their password",
                "changed or reset",
                "been reset",
                "was reset",
                "change of password",
            ],
        ],
        Stated::PasswordChanged,
    ),
    rule(
        &[
            &["password"],
            &["must be changed", "must change", "has expired", "is expired", "password expired", "change your"],
        ],
        Stated::PasswordExpired,
    ),
    rule(
        &[&[
            "too many failed",
            "too many attempts",
            "too many login",
            "too many invalid",
            "lockout",
            "locked out",
            "brute force",
        ]],
        Stated::AccountLocked,
    ),
    rule(&[ACCOUNT, &["locked", "temporarily disabled", "temporarily blocked"]], Stated::AccountLocked),
    rule(
        &[
            ACCOUNT,
            &[
                "disabled",
                "deactivated",
                "suspended",
                "banned",
                "deleted",
                "no longer exist",
                "inactive user",
                "inactive account",
                "user is inactive",
                "account is inactive",
                "account inactive",
                "user inactive",
                "not enabled",
                "terminated account",
            ],
        ],
        Stated::AccountDisabled,
    ),
    rule(
        &[&[
            "mfa required",
            "multi factor",
            "multifactor",
            "two factor",
            "second factor",
            "otp required",
            "verification required",
            "verify your",
            "must verify",
            "unverified",
            "not verified",
            "unconfirmed",
            "confirm your",
            "consent required",
            "interaction required",
            "reauthentication",
            "step up",
        ]],
        Stated::VerificationRequired,
    ),
    Rule {
        all: &[&["inactiv", "idle", "no activity", "without activity", "unattended", "autologout", "auto logout"]],
        none: &["token is inactive", "is inactive because", "token inactive"],
        stated: Stated::Idle,
    },
    rule(
        &[
            &["maximum", "max", "absolute", "overall", "longest", "total"],
            &["lifetime", "life", "age", "duration", "length", "session time", "timeout", "connect time"],
        ],
        Stated::MaximumAge,
    ),
    rule(
        &[&["session lifetime", "maxage exceeded", "sign in frequency", "hard timeout", "hard limit"]],
        Stated::MaximumAge,
    ),
    rule(
        &[
            &["ip address", "ip addr", "client ip", "network", "fingerprint", "device"],
            &["changed", "mismatch", "does not match", "different"],
        ],
        Stated::AddressChanged,
    ),
    rule(&[&["ip changed", "ip mismatch", "address changed", "changed ip", "different ip"]], Stated::AddressChanged),
    rule(
        &[&[
            "shutting down",
            "server restart",
            "restarting",
            "service restart",
            "for maintenance",
            "under maintenance",
            "new version deployed",
        ]],
        Stated::ServerShutdown,
    ),
    rule(&[&["token is inactive", "inactive because"]], Stated::InvalidToken),
    rule(&[&["being revoked", "been revoked", "was revoked"]], Stated::Revoked),
    rule(&[TOKEN, &["expired", "expiration", "lifetime validation failed", "exp claim"]], Stated::TokenExpired),
    rule(
        &[&[
            "revoked",
            "revocation",
            "terminated by",
            "ended by",
            "killed",
            "forcibly",
            "force logout",
            "by an admin",
            "by admin",
            "administrator",
            "invalidated",
            "blacklisted",
        ]],
        Stated::Revoked,
    ),
    rule(
        &[&[
            "session not found",
            "unknown session",
            "no such session",
            "invalid session",
            "session invalid",
            "session is invalid",
            "session is not valid",
            "session not valid",
            "session id is invalid",
            "session not active",
            "session does not exist",
            "session was deleted",
            "not in session store",
            "missing in session store",
            "session missing",
            "no session",
            // Ory Kratos.
            "no active session",
            "no valid session",
        ]],
        Stated::UnknownSession,
    ),
    rule(
        &[
            SESSION,
            &["expired", "timed out", "timeout", "time out", "no longer valid", "has ended", "expiration", "lapsed"],
        ],
        Stated::Expired,
    ),
    rule(&[&["expired", "timed out", "timeout", "session end"]], Stated::Expired),
    rule(
        &[&[
            "invalid credentials",
            "bad credentials",
            "credentials are invalid",
            "invalid user credentials",
            "incorrect",
            "wrong password",
            "wrong user",
            "invalid username",
            "invalid user name",
            "invalid password",
            "invalid login",
            "invalid email",
            "login failed",
            "authentication failed",
            "authentication failure",
            "unknown user",
            "does not match our records",
        ]],
        Stated::BadCredentials,
    ),
    rule(&[&["logged out", "signed out", "logout", "sign out", "signout"]], Stated::LoggedOut),
    rule(&[&["invalid grant", "grant request is invalid", "grant is invalid"]], Stated::InvalidGrant),
    rule(&[REFRESH, &["not valid", "is invalid", "malformed"]], Stated::InvalidGrant),
    rule(
        &[&[
            "invalid token",
            "token is inactive",
            "token not valid",
            "token is invalid",
            "could not validate credentials",
            "jwt malformed",
            "invalid jwt",
        ]],
        Stated::InvalidToken,
    ),
    rule(
        &[&[
            "unauthorized",
            "unauthorised",
            "unauthenticated",
            "not authenticated",
            "authentication required",
            "authorization required",
            "login required",
            "not logged in",
            "not signed in",
            "be logged in",
            "be signed in",
            "please log in",
            "please sign in",
            "must log in",
            "must sign in",
            "need to sign in",
            "need to log in",
            "credentials were not provided",
            "no token",
        ]],
        Stated::Unauthenticated,
    ),
    rule(
        &[&["forbidden", "permission", "access denied", "insufficient", "not authorized", "not allowed", "no access"]],
        Stated::Forbidden,
    ),
];

/// The reason in a text that a server wrote: an error description, a message, a redirect's `reason`.
///
/// ```
/// use lapsed::{formats::stated::stated_from_text, model::Stated};
/// assert_eq!(stated_from_text("Your session has expired due to inactivity"), Stated::Idle);
/// assert_eq!(stated_from_text("invalid_grant"), Stated::InvalidGrant);
/// ```
pub fn stated_from_text(text: &str) -> Stated {
    /// So many different sayings are remembered.
    const MOST: usize = 4_096;
    thread_local! {
        // By a hash: what is said may hold a secret.
        static KNOWN: RefCell<HashMap<u64, Stated>> = RefCell::default();
    }
    if text.is_empty() {
        return Stated::Nothing;
    }
    KNOWN.with_borrow_mut(|known| {
        let hash = known.hasher().hash_one(text);
        if known.len() >= MOST {
            known.clear();
        }
        *known.entry(hash).or_insert_with(|| stated_from_plain(&plain_words(text)))
    })
}

/// The reason in the value of a parameter whose name says that it holds one (`?msg=disabled`): there a single word is enough.
pub(in crate::formats) fn stated_from_parameter(value: &str) -> Stated {
    let plain = plain_words(value);
    match plain.trim() {
        "disabled" | "deactivated" | "suspended" | "banned" | "blocked" | "user blocked" => Stated::AccountDisabled,
        "locked" => Stated::AccountLocked,
        "kicked" | "terminated" => Stated::Revoked,
        "replaced" | "duplicate" | "displaced" | "evicted" => Stated::OtherDevice,
        "absolute" | "lifetime" | "max age" | "maxage" => Stated::MaximumAge,
        plain => stated_from_plain(plain),
    }
}

/// Words of which a text that states one of some reasons has at least one: of each rule those that are said least.
pub(super) fn words_of(reasons: &'static [Stated]) -> impl Iterator<Item = &'static str> {
    let rules = RULES.iter().filter(|rule| reasons.contains(&rule.stated));
    rules.flat_map(|rule| rarest(rule.all).iter().copied())
}

/// The group of words that is said least: the one whose shortest words are longest.
pub(super) fn rarest(groups: &'static [&'static [&'static str]]) -> &'static [&'static str] {
    let shortest = |group: &&&[&str]| group.iter().map(|word| word.trim().len()).min();
    groups.iter().max_by_key(shortest).copied().unwrap_or_default()
}

/// The reason in words that were made plain.
pub(super) fn stated_from_plain(plain: &str) -> Stated {
    RULES
        .iter()
        .find(|rule| {
            rule.all.iter().all(|group| group.iter().any(|word| plain.contains(word)))
                && !rule.none.iter().any(|word| plain.contains(word))
        })
        .map_or(Stated::Nothing, |rule| rule.stated)
}

/// Lower case, punctuation of identifiers as spaces, `camelCase` split, runs of space as one.
pub(super) fn plain_words(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 8);
    let mut previous_lower = false;
    for character in text.chars().take(1_000) {
        if character.is_ascii_lowercase() || character.is_ascii_digit() {
            plain.push(character);
            previous_lower = character.is_ascii_lowercase();
        } else if character.is_alphanumeric() {
            if character.is_uppercase() && previous_lower {
                plain.push(' ');
            }
            previous_lower = character.is_lowercase();
            plain.extend(character.to_lowercase());
        } else {
            previous_lower = false;
            if character != '\'' && !plain.ends_with(' ') {
                plain.push(' ');
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frameworks_say_it_in_their_own_words() {
        let table = [
            ("Maximum session lifetime reached", Stated::MaximumAge),
            ("Your session has expired due to inactivity", Stated::Idle),
            ("timeout: Your session expired, please sign in again to continue.", Stated::Expired),
            ("You have been signed out because your account signed in from another device", Stated::OtherDevice),
            (
                "This session has been expired (possibly due to multiple concurrent logins being attempted as the same user).",
                Stated::OtherDevice,
            ),
            ("Your login credentials were used in another browser.", Stated::OtherDevice),
            ("SESSION_REPLACED", Stated::OtherDevice),
            ("The session cookie was replaced", Stated::Nothing),
            ("invalid_token: jwt not active", Stated::NotYetValid),
            ("The token is not yet valid (iat)", Stated::NotYetValid),
            ("JWT timestamp claim value failed validation", Stated::NotYetValid),
            ("invalid_token: invalid signature", Stated::KeyInvalid),
            ("Jwks doesn't have key to match kid or alg from Jwt", Stated::KeyInvalid),
            ("The MAC is invalid.", Stated::KeyInvalid),
            ("Session data corrupted", Stated::KeyInvalid),
            ("invalid_token: jwt expired", Stated::TokenExpired),
            ("Signature has expired", Stated::TokenExpired),
            ("The token expired at '05/18/2026 10:00:00'", Stated::TokenExpired),
            ("Jwt expired at 2024-05-01T00:00:00Z", Stated::TokenExpired),
            ("invalid_grant: refresh token expired", Stated::RefreshExpired),
            (
                "invalid_grant: The provided authorization grant is invalid, expired, revoked, does not match the \
                 redirection URI used in the authorization request, or was issued to another client.",
                Stated::InvalidGrant,
            ),
            ("invalid_grant: The refresh token is invalid or expired.", Stated::InvalidGrant),
            (
                "The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is \
                 invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was \
                 issued to another client. The refresh token was already used.",
                Stated::RefreshReused,
            ),
            (
                "The access token provided is expired, revoked, malformed, or invalid for other reasons.",
                Stated::InvalidToken,
            ),
            ("token_not_valid: Token is invalid or expired", Stated::InvalidToken),
            ("Token has been expired or revoked.", Stated::InvalidToken),
            ("Token has been revoked", Stated::Revoked),
            (
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might \
                 have changed or reset their password.",
                Stated::PasswordChanged,
            ),
            ("Inactive user", Stated::AccountDisabled),
            ("access_denied: user is blocked", Stated::AccountLocked),
            ("Signature 'x' does not match", Stated::KeyInvalid),
            ("ip_changed", Stated::AddressChanged),
            ("invalid_grant: Token is not active", Stated::RefreshExpired),
            ("refresh token reuse detected", Stated::RefreshReused),
            ("Maximum allowed refresh token reuse exceeded", Stated::RefreshReused),
            ("refresh_token_already_used", Stated::RefreshReused),
            ("invalid_grant: refresh token revoked", Stated::RefreshRevoked),
            ("invalid_grant: Session not active", Stated::UnknownSession),
            ("Account disabled", Stated::AccountDisabled),
            ("account_locked", Stated::AccountLocked),
            ("Account locked: too many failed login attempts", Stated::AccountLocked),
            ("The user's password has been changed.", Stated::PasswordChanged),
            ("CSRF token mismatch.", Stated::Csrf),
            ("Token is inactive because it is malformed, expired or otherwise invalid.", Stated::InvalidToken),
            ("invalid_grant: grant request is invalid", Stated::InvalidGrant),
            ("Unauthorized", Stated::Unauthenticated),
            ("LoginRequired", Stated::Unauthenticated),
            ("You need to be logged in to do that.", Stated::Unauthenticated),
            ("You do not have permission to perform this action.", Stated::Forbidden),
            ("", Stated::Nothing),
            ("Bad Gateway", Stated::Nothing),
        ];
        for (text, stated) in table {
            assert_eq!(stated_from_text(text), stated, "{text:?}");
        }
    }
}
