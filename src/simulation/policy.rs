//! What a server enforces.

use crate::model::time::{MINUTE, Nanos, SECOND};

/// What proves that a client is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A cookie with an id; the session lies in the server's store.
    StoredSession,
    /// A cookie that holds the session itself, signed or encrypted; the server stores nothing.
    SealedCookie,
    /// An access token in `Authorization`, perhaps renewed with a refresh token.
    Tokens,
}

/// How long the browser keeps the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieLife {
    /// No expiry: until the browser closes.
    Browser,
    /// The idle limit, set anew with every counted request.
    Slides,
    /// The idle limit, set anew once half of it has gone by (as ASP.NET does).
    SlidesAtHalf,
    /// The absolute limit, set once at sign-in.
    Fixed,
}

/// What a server enforces. Lengths of time are in nanoseconds; `None` is no limit.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "rules that a server has or not, independent of each other")]
pub struct Policy {
    /// What proves a session.
    pub credential: Credential,
    /// Longest time without a counted request.
    pub idle: Option<Nanos>,
    /// Greatest age.
    pub absolute: Option<Nanos>,
    /// Whether what the app asks by itself counts as activity.
    pub polls_count: bool,
    /// How long the browser keeps the cookie.
    pub cookie: CookieLife,
    /// Life of an access token.
    pub access: Nanos,
    /// Life of a refresh token since it was given; `None` gives none.
    pub refresh: Option<Nanos>,
    /// Whether a renewal replaces the refresh token, and an old one that comes back ends the session.
    pub rotates: bool,
    /// Whether an access token that has time left is refused once its session is gone.
    pub checks_each: bool,
    /// How many sessions a user may have; the oldest goes first.
    pub sessions_per_user: Option<usize>,
    /// Whether a session is tied to the address where it began.
    pub binds_address: bool,
    /// Whether a restart loses all sessions.
    pub in_memory: bool,
    /// How far the issuer's clock is ahead of the others.
    pub issuer_ahead: Nanos,
    /// Whether a refusal says why.
    pub says_why: bool,
    /// Whether half of the workers don't know the key, and refuse whom the others accept.
    pub split_workers: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            credential: Credential::StoredSession,
            idle: None,
            absolute: None,
            polls_count: true,
            cookie: CookieLife::Browser,
            access: 15 * MINUTE,
            refresh: None,
            rotates: true,
            checks_each: true,
            sessions_per_user: None,
            binds_address: false,
            in_memory: true,
            issuer_ahead: 0,
            says_why: false,
            split_workers: false,
        }
    }
}

impl Policy {
    /// What a label says about it: limits in whole seconds.
    pub fn label(&self) -> serde_json::Value {
        let secs = |length: Nanos| length / SECOND;
        let mut label = serde_json::Map::new();
        let mut say = |name: &str, value: serde_json::Value| label.insert(name.to_owned(), value);
        if let Some(idle) = self.idle {
            say("idle_timeout_s", secs(idle).into());
            say("poll_counts_as_activity", self.polls_count.into());
        }
        if let Some(absolute) = self.absolute {
            say("absolute_timeout_s", secs(absolute).into());
        }
        if self.credential == Credential::Tokens {
            say("access_token_ttl_s", secs(self.access).into());
            if let Some(refresh) = self.refresh {
                say("refresh_token_ttl_s", secs(refresh).into());
                say("refresh_token_rotation", self.rotates.into());
            }
        }
        if let Some(most) = self.sessions_per_user {
            say("max_sessions_per_user", most.into());
        }
        if self.issuer_ahead != 0 {
            say("issuer_ahead_s", secs(self.issuer_ahead).into());
        }
        label.into()
    }
}
