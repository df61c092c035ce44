//! A browser or app: what it holds, and whether it is there.

use crate::model::time::{Nanos, TimeRange};

/// Who sits before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Someone who uses the app.
    User,
    /// Someone who runs it.
    Operator,
    /// Someone who guesses passwords.
    Guesser,
}

/// One browser on one device.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "states that a client is in or not, independent of each other")]
pub(super) struct Client {
    pub(super) role: Role,
    pub(super) user: usize,
    pub(super) address: String,
    pub(super) agent: &'static str,
    /// The session cookie and when the browser drops it.
    pub(super) cookie: Option<(String, Option<Nanos>)>,
    /// The access token and when it runs out, as the app was told.
    pub(super) access: Option<(String, Nanos)>,
    pub(super) refresh: Option<String>,
    /// The refresh token of a copied tab, which does not learn of renewals.
    pub(super) copied: Option<String>,
    /// The session that it was signed in to last.
    pub(super) held: Option<usize>,
    /// Whether the app believes that someone is signed in.
    pub(super) signed: bool,
    pub(super) online: bool,
    pub(super) awake: bool,
    /// Whether its person is there.
    pub(super) present: bool,
    /// Whether the page that polls is open.
    pub(super) open: bool,
    /// Mean time between two acts of its person.
    pub(super) pace: Nanos,
    /// How often the app asks by itself; 0 never.
    pub(super) poll: Nanos,
    /// How long before its end the app renews a token; 0: after a refusal.
    pub(super) margin: Nanos,
    /// Whether its person signs in again after a refusal.
    pub(super) returns: bool,
    /// How often it was signed out against its will; few try for ever.
    pub(super) refusals: usize,
    /// Steps planned before the last sign-in are void.
    pub(super) epoch: u32,
    /// Whether the next answer to a renewal gets lost.
    pub(super) loses_answer: bool,
    /// Stretches without a network.
    pub(super) offline: Vec<TimeRange>,
    /// Stretches asleep.
    pub(super) asleep: Vec<TimeRange>,
    /// The credential was lost by the client itself.
    pub(super) dropped: bool,
    /// A new version of the app was loaded that looks elsewhere for it.
    pub(super) updated: bool,
}

impl Client {
    pub(super) fn new(role: Role, user: usize, address: String, agent: &'static str) -> Self {
        Self {
            role,
            user,
            address,
            agent,
            cookie: None,
            access: None,
            refresh: None,
            copied: None,
            held: None,
            signed: false,
            online: true,
            awake: true,
            present: true,
            open: true,
            pace: 0,
            poll: 0,
            margin: 0,
            returns: true,
            refusals: 0,
            epoch: 0,
            loses_answer: false,
            offline: Vec::new(),
            asleep: Vec::new(),
            dropped: false,
            updated: false,
        }
    }

    /// The cookie, unless the browser has dropped it as expired.
    pub(super) fn cookie_at(&self, now: Nanos) -> Option<&str> {
        self.cookie.as_ref().filter(|(_, until)| until.is_none_or(|until| now < until)).map(|(value, _)| value.as_str())
    }

    /// Forgets what proves it signed in.
    pub(super) fn forget(&mut self) {
        self.cookie = None;
        self.access = None;
        self.refresh = None;
        self.copied = None;
    }
}

/// Browsers and other clients.
pub(super) const AGENTS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
];

/// People, as they are named in sign-in forms.
pub(super) const PEOPLE: &[&str] = &[
    "amara", "bengt", "chidi", "dorota", "elif", "farid", "greta", "hiro", "ines", "jonas", "kaya", "liam", "mei",
    "nils", "oksana", "priya", "quentin", "rosa", "sven", "tariq", "ursula", "vera", "wanda", "xenia", "yusuf", "zoe",
];
