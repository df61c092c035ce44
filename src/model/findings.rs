//! What several sessions say together: incidents and patterns; and what happened to accounts.

use super::{
    event::EventId,
    session::SessionId,
    time::{Nanos, TimeRange},
};

/// What an [`Incident`] was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentKind {
    /// The server went away and came back, or lost its sessions.
    ServerRestart,
    /// Tokens that had time left stopped verifying.
    KeyRotation,
    /// The server was not there, and no session is known to have ended of it.
    Outage,
    /// The client's connection was gone.
    NetworkGap,
}

impl IncidentKind {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::ServerRestart => "server_restart",
            Self::KeyRotation => "key_rotation",
            Self::Outage => "outage",
            Self::NetworkGap => "network_gap",
        }
    }

    /// The label on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::ServerRestart => "Restart",
            Self::KeyRotation => "New keys",
            Self::Outage => "Outage",
            Self::NetworkGap => "Connection lost",
        }
    }
}

/// Something that ended, or threatened, several sessions at once.
#[derive(Clone, Debug)]
pub struct Incident {
    /// What it was.
    pub kind: IncidentKind,
    /// When.
    pub range: TimeRange,
    /// The sessions that it ended or touched.
    pub sessions: Vec<SessionId>,
    /// One sentence.
    pub headline: String,
    /// The records that show it.
    pub events: Vec<EventId>,
}

/// What a [`Pattern`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternKind {
    /// Every few minutes, consistently.
    ExpiresRepeatedly,
    /// Refused right after the sign-in.
    ExpiresOnLogin,
    /// Sign-ins of one user end each other's sessions in turn.
    DevicesEvictEachOther,
    /// Two renewals at once, of which one lost.
    RefreshRace,
    /// Accepted and refused in turn.
    Flapping,
    /// Several sessions end in the same moment.
    EndsTogether,
}

impl PatternKind {
    /// Every pattern, in the order of the design.
    pub const ALL: [Self; 6] = [
        Self::ExpiresRepeatedly,
        Self::ExpiresOnLogin,
        Self::DevicesEvictEachOther,
        Self::RefreshRace,
        Self::Flapping,
        Self::EndsTogether,
    ];

    /// The label on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::ExpiresRepeatedly => "Expires repeatedly",
            Self::ExpiresOnLogin => "Expires on sign-in",
            Self::DevicesEvictEachOther => "Devices evict each other",
            Self::RefreshRace => "Refresh race",
            Self::Flapping => "Flapping",
            Self::EndsTogether => "End together",
        }
    }

    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::ExpiresRepeatedly => "expires_repeatedly",
            Self::ExpiresOnLogin => "expires_on_login",
            Self::DevicesEvictEachOther => "devices_evict_each_other",
            Self::RefreshRace => "refresh_race",
            Self::Flapping => "flapping",
            Self::EndsTogether => "ends_together",
        }
    }
}

/// A regularity over several sessions; always unusual.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// The sessions that show it.
    pub sessions: Vec<SessionId>,
    /// One sentence.
    pub headline: String,
    /// The records that show it.
    pub events: Vec<EventId>,
}

/// What happened to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountEventKind {
    /// A sign-in failed.
    SignInFailed,
    /// The account was locked.
    AccountLocked,
    /// The account was unlocked.
    AccountUnlocked,
    /// A further step is asked for.
    VerificationRequired,
    /// The password expired.
    PasswordExpired,
    /// The account was disabled.
    UserDisabled,
}

impl AccountEventKind {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::SignInFailed => "sign_in_failed",
            Self::AccountLocked => "account_locked",
            Self::AccountUnlocked => "account_unlocked",
            Self::VerificationRequired => "verification_required",
            Self::PasswordExpired => "password_expired",
            Self::UserDisabled => "user_disabled",
        }
    }
}

/// Something that happened to an account beside its sessions. Several alike in a row are told once.
#[derive(Clone, Debug)]
pub struct AccountEvent {
    /// The account's name, where known.
    pub user: Option<Box<str>>,
    /// What happened.
    pub kind: AccountEventKind,
    /// When, the first time.
    pub at: Nanos,
    /// How often.
    pub count: u32,
    /// One sentence.
    pub headline: String,
    /// The record that shows it.
    pub event: EventId,
}
