//! Limits that servers enforce, those that they state, and where the two differ.

use super::{event::EventId, session::SessionId, time::Nanos};

/// Which limit a [`Policy`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Limit {
    /// Longest time without counted activity.
    IdleTimeout,
    /// Longest life of a session.
    AbsoluteTimeout,
    /// Life of an access token.
    AccessTokenTtl,
    /// Life of a refresh token.
    RefreshTokenTtl,
    /// Sessions that one user may have.
    SessionsPerUser,
}

impl Limit {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::IdleTimeout => "idle_timeout",
            Self::AbsoluteTimeout => "absolute_timeout",
            Self::AccessTokenTtl => "access_token_ttl",
            Self::RefreshTokenTtl => "refresh_token_ttl",
            Self::SessionsPerUser => "sessions_per_user",
        }
    }

    /// The label on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::IdleTimeout => "Idle timeout",
            Self::AbsoluteTimeout => "Absolute timeout",
            Self::AccessTokenTtl => "Access token lifetime",
            Self::RefreshTokenTtl => "Refresh token lifetime",
            Self::SessionsPerUser => "Sessions per user",
        }
    }
}

/// What starts the clock of a limit anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Renewal {
    /// Every counted request: the limit slides.
    EveryRequest,
    /// Only a request past half of the window (ASP.NET's sliding expiration and its like), so that a session may end after
    /// anything between half the limit and all of it.
    PastHalf,
    /// Nothing: the limit is fixed when the session, or the token, begins.
    Never,
}

impl Renewal {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::EveryRequest => "every_request",
            Self::PastHalf => "past_half",
            Self::Never => "never",
        }
    }
}

/// Which requests count as activity for an idle limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Any request: the app's own kept sessions alive that nobody used.
    AnyRequest,
    /// Only what the user did: sessions ended while the app went on asking.
    UserActivity,
}

impl Counted {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::AnyRequest => "any_request",
            Self::UserActivity => "user_activity",
        }
    }
}

/// Where a limit is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StatedBy {
    /// `Max-Age` or `Expires` of the session cookie (RFC 6265 4.1.2).
    Cookie,
    /// The token's claims, or the `expires_in` of the answer that issued it.
    Token,
    /// A setting in an answer: `ssoSessionIdleTimeout` and its like.
    Setting,
    /// A sentence for people: a banner, a page, an error.
    Sentence,
}

impl StatedBy {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Token => "token",
            Self::Setting => "setting",
            Self::Sentence => "sentence",
        }
    }

    /// Who says so, as the subject of a sentence.
    pub fn subject(self) -> &'static str {
        match self {
            Self::Cookie => "The cookie",
            Self::Token => "The token",
            Self::Setting => "The app's settings",
            Self::Sentence => "The app's own words",
        }
    }
}

/// A limit as one record states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatedLimit {
    /// Which, where the record tells; a sentence such as "you will be signed out after 15 minutes" does not.
    pub limit: Option<Limit>,
    /// Where.
    pub by: StatedBy,
    /// How long.
    pub length: Nanos,
}

/// A limit that is stated for an app, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// What is stated.
    pub what: StatedLimit,
    /// In how many sessions.
    pub sessions: u32,
    /// A record that states it.
    pub event: EventId,
}

/// A limit that a server was seen to enforce, bracketed from both sides.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The app.
    pub app: Box<str>,
    /// Which limit.
    pub limit: Limit,
    /// It is at least this, in seconds (or sessions): the most that a session survived.
    pub at_least: Option<f64>,
    /// It is at most this: the least that ended one.
    pub at_most: Option<f64>,
    /// The likely setting: a value that people configure, alone inside the bracket, or the stated one.
    pub likely: Option<f64>,
    /// Whether a record states it outright.
    pub stated: bool,
    /// How many sessions say so: those that it ended, or that state it.
    pub sessions: u32,
    /// How many sessions of the app were looked at.
    pub of_sessions: u32,
    /// The session that bounds it from below.
    pub bounded_below_by: Option<SessionId>,
    /// The session that bounds it from above.
    pub bounded_above_by: Option<SessionId>,
    /// How long past the limit a session was still let in, in seconds: grace, or expired sessions that are swept late.
    pub late: Option<f64>,
    /// What starts it anew, where that was seen.
    pub renewal: Option<Renewal>,
    /// What counts as activity, where that was seen.
    pub counted: Option<Counted>,
    /// Sessions that show what counts.
    pub counted_shown_by: Vec<SessionId>,
    /// Sessions that contradict the bracket and were left out of it.
    pub outliers: Vec<SessionId>,
    /// What records state about it.
    pub told: Vec<Told>,
    /// What the sessions show, in one sentence.
    pub headline: String,
}

impl Policy {
    /// A limit of an app of which nothing is known yet.
    pub fn new(app: &str, limit: Limit) -> Self {
        Self {
            app: app.into(),
            limit,
            at_least: None,
            at_most: None,
            likely: None,
            stated: false,
            sessions: 0,
            of_sessions: 0,
            bounded_below_by: None,
            bounded_above_by: None,
            late: None,
            renewal: None,
            counted: None,
            counted_shown_by: Vec::new(),
            outliers: Vec::new(),
            told: Vec::new(),
            headline: String::new(),
        }
    }
}

/// A stated limit that is not the one enforced.
#[derive(Clone, Debug)]
pub struct Contradiction {
    /// The app.
    pub app: Box<str>,
    /// The limit that sessions were seen to end of.
    pub limit: Limit,
    /// What is stated.
    pub told: Told,
    /// The sessions that show otherwise.
    pub sessions: Vec<SessionId>,
    /// One sentence: "The cookie says 8 h, but sessions end after 30 min without activity".
    pub headline: String,
}

/// What a limit is under a published standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Not longer than the standard allows.
    Within,
    /// Longer.
    Exceeds,
    /// The bracket reaches over the standard's figure, or the limit was not seen.
    CantTell,
}

impl Fit {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Exceeds => "exceeds",
            Self::CantTell => "cant_tell",
        }
    }

    /// The words on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Exceeds => "exceeds",
            Self::CantTell => "can't tell",
        }
    }
}

/// One limit of an app beside the figure of a published standard.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The app.
    pub app: Box<str>,
    /// Which limit.
    pub limit: Limit,
    /// The id of the standard: `pci-dss-4`.
    pub standard: &'static str,
    /// The most that it allows, in seconds.
    pub allowed: f64,
    /// Whether it demands or recommends so, and where: "PCI DSS 4.0.1, 8.2.8".
    pub source: &'static str,
    /// How the limit compares.
    pub fit: Fit,
    /// One sentence.
    pub headline: String,
}
