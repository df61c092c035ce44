//! What can end a session in the model, known to it because it made it happen.

/// Why the model ended a session. The ids are those of labels, and of the causes that the diagnosis names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// The user signed out.
    Logout,
    /// No counted activity for the idle limit.
    IdleTimeout,
    /// The maximum age was reached.
    AbsoluteTimeout,
    /// The access token ran out and nothing renewed it.
    TokenExpired,
    /// The refresh token had run out when it was needed.
    RefreshExpired,
    /// A rotated refresh token was used twice.
    RefreshReused,
    /// The connection was gone when the session had to be kept alive.
    NetworkGap,
    /// The device came from another address.
    NetworkSwitch,
    /// The server restarted and its store was in memory.
    ServerRestart,
    /// The key changed with which it had been signed.
    KeyRotation,
    /// A sign-in elsewhere pushed it out.
    ConcurrentLogin,
    /// An administrator ended it.
    Revoked,
    /// The client lost its credential.
    CredentialsDropped,
    /// The clocks of issuer and verifier disagree.
    ClockSkew,
    /// The account was locked.
    AccountLocked,
    /// A new version of the app did not find the old one's session.
    AppUpdated,
}

impl Ending {
    /// Every ending.
    pub const ALL: [Self; 16] = [
        Self::Logout,
        Self::IdleTimeout,
        Self::AbsoluteTimeout,
        Self::TokenExpired,
        Self::RefreshExpired,
        Self::RefreshReused,
        Self::NetworkGap,
        Self::NetworkSwitch,
        Self::ServerRestart,
        Self::KeyRotation,
        Self::ConcurrentLogin,
        Self::Revoked,
        Self::CredentialsDropped,
        Self::ClockSkew,
        Self::AccountLocked,
        Self::AppUpdated,
    ];

    /// Its id in labels and on the command line: `idle_timeout`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::IdleTimeout => "idle_timeout",
            Self::AbsoluteTimeout => "absolute_timeout",
            Self::TokenExpired => "token_expired",
            Self::RefreshExpired => "refresh_expired",
            Self::RefreshReused => "refresh_reused",
            Self::NetworkGap => "network_gap",
            Self::NetworkSwitch => "network_switch",
            Self::ServerRestart => "server_restart",
            Self::KeyRotation => "key_rotation",
            Self::ConcurrentLogin => "concurrent_login",
            Self::Revoked => "revoked",
            Self::CredentialsDropped => "credentials_dropped",
            Self::ClockSkew => "clock_skew",
            Self::AccountLocked => "account_locked",
            Self::AppUpdated => "app_updated",
        }
    }
}
