//! What an application's record says happened to a session, a sign-in or the server, in the words of its frameworks.
//!
//! One table, most particular words first, over the record's words as [`stated`] plains them. It tells what
//! happened; why is told by the same words there. A record that says neither says nothing about a session.

use super::{
    fields::Field as F,
    lines::{self, find},
    record::Record,
    requests::session_id,
    stated::{self, ACCOUNT, TOKEN, plain_words, rarest, stated_from_plain},
};
use crate::model::{EventKind, Stated};
use hashbrown::HashMap;
use regex::bytes::Regex;
use std::{borrow::Cow, sync::LazyLock};

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Happened {
    /// What happened.
    pub(super) kind: EventKind,
    /// Why.
    pub(super) stated: Stated,
}

struct Rule {
    all: &'static [&'static [&'static str]],
    none: &'static [&'static str],
    kind: EventKind,
}

/// Words that turn a sentence round, or make it one about what may happen.
const NOT: &[&str] = &[
    "not ",
    "fail",
    "unsuccess",
    "invalid",
    "denied",
    "reject",
    "refus",
    "error",
    "could not",
    "cannot",
    "can t",
    "unable",
    "unauthorized",
    "without",
    "please",
    "must",
    "required",
    "attempt",
    "incorrect",
    "wrong",
];

/// What is said of sessions in general, or ahead of time.
const GENERAL: &[&str] = &[
    "cleanup",
    "clean up",
    "cleaning",
    "purge",
    "purging",
    "sweep",
    "will expire",
    "expires in",
    "expires at",
    "expire in",
    "expiry set",
    "timeout set",
    "configured",
    "scheduled",
    "checking",
    "session store",
    "session timeout is",
    "no expired",
    "0 expired",
    "0 sessions",
    "page",
];

const FAILED: &[&str] = &[
    "fail",
    "unsuccess",
    "denied",
    "reject",
    "refus",
    "error",
    "invalid",
    "incorrect",
    "wrong",
    "bad ",
    "could not",
    "cannot",
    "unable",
];

const SIGN_IN: &[&str] = &[
    "login",
    "log in",
    "logon",
    "logged in",
    "sign in",
    "signin",
    "signed in",
    "authenticat",
    "credential",
    "password",
    "auth attempt",
    "callback",
    "code exchange",
    "authorization code",
    "code to token",
    "id token",
    "idtoken",
    "oidc",
    "saml",
    "sso",
    "passport",
];

const ENDED: &[&str] = &[
    "expired",
    "timed out",
    "timeout",
    "terminated",
    "terminating",
    "revoked",
    "revoking",
    "evicted",
    "evicting",
    "destroyed",
    "invalidated",
    "invalidating",
    "ended",
    "closed",
    "killed",
    "killing",
    "removed",
    "deleted",
    "dropped",
    "displaced",
    "superseded",
    "replaced",
    "no longer valid",
    "not found",
    "unknown",
    "invalid",
    "rejected",
    "kicked",
    "cleared",
    "lost",
    "does not exist",
    "not active",
    "inactive",
    "idle",
    "missing",
    "no active session",
    "no valid session",
    "corrupted",
    "lapsed",
    "exceeded",
    "reached",
    "limit",
];

const RULES: &[Rule] = &[
    Rule {
        all: &[&[
            "sigterm",
            "sigint ",
            "sigquit",
            "shutting down",
            "shut down gracefully",
            "graceful shutdown",
            "server stopped",
            "server is stopping",
            "stopping server",
            "server stopping",
            "application stopped",
            "application stopping",
            "shutdown complete",
            "shutdown initiated",
            "shutdown requested",
            "shutdown signal",
            "server closed",
            "finished server process",
            "stopping service",
            "service stopped",
            "handling signal term",
            "received signal 15",
            "waiting for application shutdown",
            "application shutdown complete",
            "bus stopping",
        ]],
        none: &["session", "connection pool", "worker exit"],
        kind: EventKind::ServerStop,
    },
    Rule {
        all: &[&[
            "listening on",
            "listening at",
            "listening for",
            "listening http",
            "server listening",
            "server started",
            "server is running",
            "server running",
            "server is listening",
            "server is up",
            "started server",
            "application started",
            "application startup complete",
            "now listening",
            "starting gunicorn",
            "server startup in",
            "bus started",
            "puma starting",
            "application successfully started",
            "tomcat started",
            "ready to handle connections",
            "ready for connections",
            "uvicorn running on",
            "running on http",
            "serving on",
            "listening to",
            "app started",
            "service started",
            "started successfully",
        ]],
        none: &["session", "job", "worker for", "websocket client"],
        kind: EventKind::ServerStart,
    },
    // Spring Boot: Started OrdersApplication in 2.3 seconds (process running for 2.9).
    Rule {
        all: &[&["started "], &[" in "], &[" seconds"], &["running for"]],
        none: &["session"],
        kind: EventKind::ServerStart,
    },
    Rule {
        all: &[ACCOUNT, &["unlocked", "lock was lifted", "lockout cleared"]],
        none: &[],
        kind: EventKind::AccountUnlocked,
    },
    Rule {
        all: &[ACCOUNT, &["locked", "lockout", "temporarily disabled", "temporarily blocked", "brute force"]],
        none: &["session", "token", "is locked", "login failed", "sign in failed", "unsuccess"],
        kind: EventKind::AccountLocked,
    },
    Rule {
        all: &[
            &["session"],
            &["logged out", "signed out", "logout", "log out", "sign out", "signout", "user request", "by user"],
        ],
        none: &["force", "admin", "expired", "timeout", "failed"],
        kind: EventKind::SignOut,
    },
    // Bastions and terminal gateways: Client exceeded idle timeout of 5m0s: client.disconnect.
    Rule {
        all: &[
            &[
                "client disconnect",
                "user disconnection",
                "disconnected",
                "disconnecting",
                "connection terminated",
                "closing connection",
            ],
            &["idle", "inactiv", "no activity", "maximum", "expired", "administrator", "revoked"],
        ],
        none: GENERAL,
        kind: EventKind::Rejection,
    },
    // Bastions, by the names of their events: USER_CONNECTION_FAILURE, USER_CONNECTION_SUCCESS, USER_DISCONNECTION.
    Rule { all: &[&["user connection failure"]], none: GENERAL, kind: EventKind::SignInFailed },
    Rule { all: &[&["user connection success"]], none: GENERAL, kind: EventKind::SignIn },
    Rule { all: &[&["user disconnection"]], none: GENERAL, kind: EventKind::SignOut },
    Rule {
        all: &[&["refresh", "renew"], FAILED, &["token", "session", "grant"]],
        none: GENERAL,
        kind: EventKind::RefreshRefused,
    },
    // Of a renewal that names no token the reason says that it was one of a session's: a page or a cache knows none of these.
    Rule {
        all: &[
            &["refresh", "renew"],
            FAILED,
            &["revoked", "idle", "inactiv", "max age", "maximum age", "reuse", "already used"],
        ],
        none: GENERAL,
        kind: EventKind::RefreshRefused,
    },
    Rule { all: &[&["session"], ENDED], none: GENERAL, kind: EventKind::Rejection },
    Rule {
        all: &[&[
            "grants revoked",
            "grant revoked",
            "tokens revoked",
            "revoked all tokens",
            "revoked all sessions",
            "revoked grants",
        ]],
        none: GENERAL,
        kind: EventKind::Rejection,
    },
];

/// What the words of records say, remembered, since an application says the same things over and over.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: String,
    shown: String,
    /// By whether a field of the record calls it a failure.
    known: [HashMap<String, Option<Happened>>; 2],
}

impl Words {
    /// So many different sayings are remembered.
    const MOST: usize = 4_096;

    /// What a structured record says.
    pub(super) fn of(&mut self, record: &Record<'_>) -> Option<Happened> {
        self.take(record);
        let outcome = record.get(F::Outcome).to_ascii_lowercase();
        let failed =
            [&b"fail"[..], b"false", b"error", b"denied", b"ko", b"no"].iter().any(|word| outcome.starts_with(word));
        self.said(failed)
    }

    /// The words of a record for people, whatever they say: what may be a credential is left out.
    pub(super) fn show(&mut self, record: &Record<'_>) -> &str {
        self.take(record);
        self.shown.clear();
        show(&self.text, &mut self.shown);
        &self.shown
    }

    fn take(&mut self, record: &Record<'_>) {
        self.text.clear();
        self.text.push('^');
        for field in [F::Message, F::Event, F::Reason, F::Code] {
            let part = record.get(field);
            if !part.is_empty() {
                self.text.push_str(if self.text.len() > 1 { "$. ^" } else { "" });
                self.text.push_str(&lines::text(&part));
            }
        }
        self.text.push('$');
    }

    fn said(&mut self, failed: bool) -> Option<Happened> {
        if self.text.len() <= 2 || !may_tell(self.text.as_bytes()) {
            return None;
        }
        let known = &mut self.known[usize::from(failed)];
        let found = known.get(&self.text).copied().unwrap_or_else(|| {
            let found = happened(&self.text, failed);
            if known.len() < Self::MOST && self.text.len() < 512 {
                known.insert(self.text.clone(), found);
            }
            found
        });
        if found.is_some() {
            self.shown.clear();
            show(&self.text, &mut self.shown);
        }
        found
    }

    /// The words of the record before, for people: what may be a credential is left out.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }
}

/// Whether what stands behind a name is nobody's to see.
fn names_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    session_id::names_session(name.as_bytes())
        || ["token", "secret", "passw", "code", "cookie"].iter().any(|word| lower.contains(word))
}

/// Copies words without what looks like a credential.
fn show(text: &str, shown: &mut String) {
    /// Nothing that is said in one breath is longer.
    const LONGEST: usize = 200;
    let text = text.trim_start_matches('^').trim_end_matches('$');
    let sentences = if text.contains("$. ^") { Cow::Owned(text.replace("$. ^", ": ")) } else { Cow::Borrowed(text) };
    for word in sentences.split_whitespace() {
        if shown.len() + word.len() > LONGEST {
            shown.push('\u{2026}');
            return;
        }
        if !shown.is_empty() {
            shown.push(' ');
        }
        let digits = || word.bytes().filter(u8::is_ascii_digit).count();
        if let Some((name, value)) = word.split_once(['=', ':'])
            && !value.is_empty()
            && names_secret(name)
        {
            shown.push_str(name);
            shown.push_str("=\u{2026}");
        } else if word.len() >= 16 && digits() >= 3 || word.len() > 40 || find(word.as_bytes(), b"eyJ").is_some() {
            shown.push('\u{2026}');
        } else if word.bytes().all(|byte| byte.is_ascii_graphic()) {
            shown.push_str(word);
        } else {
            shown.extend(word.chars().filter(|character| !character.is_control()));
        }
    }
}

/// What the words of a record say happened; `None` where it is nothing of interest. `failed` says that a field of the
/// record calls it a failure.
pub(super) fn happened(words: &str, failed: bool) -> Option<Happened> {
    let plain = plain_words(words);
    // An event that is called just that: `login`, `user.login`, `auth.sign_in`.
    let by_name = words.trim_matches(['^', '$']).split("$. ^").any(|part| {
        let name = plain_words(part);
        let name = name.trim();
        name.split(' ').count() <= 3 && ["login", "sign in", "signin", "logon"].iter().any(|word| name.ends_with(word))
    });
    let stated = stated_from_plain(&plain);
    let has = |list: &[&str]| list.iter().any(|word| plain.contains(word));
    let found = RULES
        .iter()
        .find(|rule| rule.all.iter().all(|group| has(group)) && !has(rule.none))
        .map(|rule| rule.kind)
        .or_else(|| by_reason(stated, &has))
        .or_else(|| by_deed(&has, by_name, failed))?;
    let stated = match found {
        EventKind::ServerStart | EventKind::ServerStop => Stated::Nothing,
        EventKind::SignOut if stated.cause().is_none() => Stated::LoggedOut,
        _ => stated,
    };
    Some(Happened { kind: found, stated })
}

const PUSHED_OUT: &[&str] = &["signed out", "logged out", "logging out", "forced out", "kicked"];

/// What follows from a reason that is only ever given for one thing.
fn by_reason(stated: Stated, has: &impl Fn(&[&str]) -> bool) -> Option<EventKind> {
    let signs_in = has(SIGN_IN);
    Some(match stated {
        Stated::RefreshExpired | Stated::RefreshReused | Stated::RefreshRevoked | Stated::InvalidGrant => {
            EventKind::RefreshRefused
        }
        // A token that is checked on the way in: nobody was let in.
        Stated::NotYetValid | Stated::KeyInvalid | Stated::TokenExpired
            if signs_in && has(FAILED) && !has(&["access token", "bearer"]) =>
        {
            EventKind::SignInFailed
        }
        Stated::NotYetValid | Stated::KeyInvalid | Stated::TokenExpired | Stated::InvalidToken if has(TOKEN) => {
            EventKind::Rejection
        }
        Stated::BadCredentials => EventKind::SignInFailed,
        Stated::AccountLocked | Stated::AccountDisabled | Stated::VerificationRequired | Stated::PasswordExpired
            if signs_in =>
        {
            EventKind::SignInFailed
        }
        Stated::OtherDevice | Stated::Revoked | Stated::PasswordChanged | Stated::AddressChanged | Stated::Idle
            if has(PUSHED_OUT) =>
        {
            EventKind::Rejection
        }
        _ => return None,
    })
}

const SIGNED_OUT: &[&str] = &["logged out", "signed out", "logout", "log out success", "sign out", "signout", "logoff"];

const SIGNS_IN: &[&str] = &["login", "log in", "logon", "sign in", "signin", "authentication", "sign on"];

const REFRESHED: &[&str] = &[
    "token refreshed",
    "refreshed token",
    "refreshed access",
    "tokens refreshed",
    "token renewed",
    "session renewed",
    "session refreshed",
    "session extended",
    "refresh success",
    "refresh token success",
    "token rotated",
    "rotated refresh",
    "refresh ok",
    "session touched",
];

const SIGNED_IN: &[&str] = &[
    "logged in",
    "signed in",
    "login success",
    "login succe",
    "successful login",
    "successfully logged",
    "successful logon",
    "login ok",
    "sign in success",
    "sign in succe",
    "successful sign",
    "user login",
    "login user",
    "authentication succe",
    "authenticated successfully",
    "successfully authenticated",
    "session created",
    "created session",
    "session started",
    "session established",
    "new session",
    "session opened",
    "session begin",
    "login accepted",
    "auth success",
    "auth login",
    "login complete",
    "user authenticated",
];

/// What is said to have been done, without a reason.
fn by_deed(has: &impl Fn(&[&str]) -> bool, by_name: bool, failed: bool) -> Option<EventKind> {
    let names_failure = failed || has(FAILED);
    if has(SIGNED_OUT) && !names_failure && !has(&["must", "please", "will be"]) {
        return Some(EventKind::SignOut);
    }
    if has(SIGNS_IN) && names_failure {
        return Some(EventKind::SignInFailed);
    }
    if has(REFRESHED) && !names_failure {
        return Some(EventKind::Refresh);
    }
    ((has(SIGNED_IN) || by_name) && !has(NOT) && !failed).then_some(EventKind::SignIn)
}

/// Whether a text may say that something happened. Most lines of most logs do not, and this is told by looking once.
pub(super) fn may_tell(text: &[u8]) -> bool {
    static TELLING: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&telling()).ok());
    TELLING.as_ref().is_none_or(|telling| telling.is_match(text))
}

/// Of each rule the words that are said least, with whatever may stand between two of them.
fn telling() -> String {
    let by_rule = RULES.iter().flat_map(|rule| rarest(rule.all).iter().copied());
    let by_reason = stated::words_of(&[
        Stated::RefreshExpired,
        Stated::RefreshReused,
        Stated::RefreshRevoked,
        Stated::InvalidGrant,
        Stated::NotYetValid,
        Stated::KeyInvalid,
        Stated::TokenExpired,
        Stated::InvalidToken,
        Stated::BadCredentials,
        Stated::AccountLocked,
        Stated::AccountDisabled,
        Stated::VerificationRequired,
        Stated::PasswordExpired,
    ]);
    let by_deed = [SIGNED_OUT, SIGNS_IN, REFRESHED, SIGNED_IN, PUSHED_OUT].into_iter().flatten().copied();
    let mut words: Vec<&str> = by_rule.chain(by_reason).chain(by_deed).map(str::trim).collect();
    words.sort_unstable();
    words.dedup();
    let pattern = |word: &&str| word.split(' ').collect::<Vec<_>>().join("[^0-9A-Za-z]*");
    format!("(?i-u){}", words.iter().map(pattern).collect::<Vec<_>>().join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &str) -> String {
        happened(words, false).map_or_else(|| "-".to_owned(), |it| format!("{:?} {:?}", it.kind, it.stated))
    }

    #[test]
    fn applications_say_it_in_their_own_words() {
        for (words, expected) in [
            ("Server listening at http://127.0.0.1:3000", "ServerStart Nothing"),
            ("Now listening on: http://localhost:5000", "ServerStart Nothing"),
            ("Started OrdersApplication in 2.345 seconds (process running for 2.9)", "ServerStart Nothing"),
            ("Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)", "ServerStart Nothing"),
            ("SIGTERM received", "ServerStop Nothing"),
            ("Application is shutting down...", "ServerStop Nothing"),
            ("user logged in", "SignIn Nothing"),
            ("login", "SignIn Nothing"),
            ("auth.login.success", "SignIn Nothing"),
            ("Session created", "SignIn Nothing"),
            ("login failed: invalid password", "SignInFailed BadCredentials"),
            ("Unsuccessful 1FA authentication attempt by user 'john'", "SignInFailed Nothing"),
            ("user logged out", "SignOut LoggedOut"),
            ("session destroyed on logout", "SignOut LoggedOut"),
            ("session expired", "Rejection Expired"),
            ("session expired: idle for 15m", "Rejection Idle"),
            ("session terminated: maximum lifetime reached", "Rejection MaximumAge"),
            ("evicting oldest session: too many sessions for user", "Rejection OtherDevice"),
            ("session revoked by admin", "Rejection Revoked"),
            ("Session data corrupted", "Rejection KeyInvalid"),
            ("refresh token reuse detected, revoking family", "RefreshRefused RefreshReused"),
            ("token refresh failed: invalid_grant", "RefreshRefused InvalidGrant"),
            ("access token refreshed", "Refresh Nothing"),
            ("TokenExpiredError: jwt expired", "Rejection TokenExpired"),
            ("JsonWebTokenError: invalid signature", "Rejection KeyInvalid"),
            ("callback failed JWT timestamp claim value failed validation", "SignInFailed NotYetValid"),
            ("user alice locked after 5 failed attempts", "AccountLocked AccountLocked"),
            ("account unlocked", "AccountUnlocked AccountLocked"),
            ("password changed, signed out everywhere", "Rejection PasswordChanged"),
            ("session_max_age_reached", "Rejection MaximumAge"),
            ("refresh rejected$. ^max_age", "RefreshRefused MaximumAge"),
            ("refresh rejected$. ^idle", "RefreshRefused Idle"),
            ("grants revoked$. ^admin", "Rejection Revoked"),
            ("dashboard refresh failed: upstream refused", "-"),
            ("^client.disconnect$. ^Client exceeded idle timeout of 5m0s$", "Rejection Idle"),
            ("disconnected by administrator", "Rejection Revoked"),
            ("expired sessions cleanup finished", "-"),
            ("request completed", "-"),
            ("order created", "-"),
            ("please log in", "-"),
            ("cache miss", "-"),
        ] {
            assert_eq!(said(words), expected, "{words:?}");
            assert!(may_tell(words.as_bytes()) || expected == "-", "{words:?}");
            assert!(may_tell(words.to_ascii_uppercase().replace(' ', "_").as_bytes()) || expected == "-", "{words:?}");
        }
    }
}
