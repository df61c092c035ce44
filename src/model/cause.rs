//! Why sessions end: the causes, and the reasons that sources state in their own words.

/// Why a session ended. The ids are those of the command line and of the JSON report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// The user signed out.
    Logout,
    /// No counted activity for the idle limit.
    IdleTimeout,
    /// The session reached its maximum age, however active.
    AbsoluteTimeout,
    /// The access token ran out and nothing renewed it.
    TokenExpired,
    /// The renewal was refused since the refresh token had expired.
    RefreshExpired,
    /// A rotated refresh token was used twice and the family was revoked.
    RefreshReused,
    /// The connection was gone when the session had to be renewed or kept alive.
    NetworkGap,
    /// The device moved to another address, and the server ties the session to it.
    NetworkSwitch,
    /// The server restarted, was updated or lost its session store.
    ServerRestart,
    /// The signing or encryption key changed.
    KeyRotation,
    /// A sign-in elsewhere pushed this session out.
    ConcurrentLogin,
    /// An administrator, a password change or a security rule ended it.
    Revoked,
    /// The client stopped sending its cookie or token while the server still held the session.
    CredentialsDropped,
    /// The clocks of issuer, verifier and client disagree.
    ClockSkew,
    /// The account was locked, disabled or must be verified first.
    AccountLocked,
    /// A new version of the app was loaded and the old one's session was not carried over.
    AppUpdated,
    /// It ended, and this input can't tell why.
    Undetermined,
}

/// Whether an ending is what the design of the server intends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "these are the words that are shown")]
pub enum Usual {
    /// Nothing to look into.
    Usual,
    /// Policy, but surprising to the user.
    Notable,
    /// Something went wrong.
    Unusual,
    /// Not known.
    Unknown,
}

impl Cause {
    /// Every cause, in the order of the design.
    pub const ALL: [Self; 17] = [
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
        Self::Undetermined,
    ];

    /// The id in JSON and on the command line: `idle_timeout`.
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
            Self::Undetermined => "undetermined",
        }
    }

    /// The label on screen, in sentence case: "Idle timeout".
    pub fn label(self) -> &'static str {
        match self {
            Self::Logout => "Signed out",
            Self::IdleTimeout => "Idle timeout",
            Self::AbsoluteTimeout => "Absolute timeout",
            Self::TokenExpired => "Token expired",
            Self::RefreshExpired => "Refresh token expired",
            Self::RefreshReused => "Refresh token reused",
            Self::NetworkGap => "Network gap",
            Self::NetworkSwitch => "Network switch",
            Self::ServerRestart => "Server restart",
            Self::KeyRotation => "Key rotation",
            Self::ConcurrentLogin => "Signed in elsewhere",
            Self::Revoked => "Revoked",
            Self::CredentialsDropped => "Credentials dropped",
            Self::ClockSkew => "Clock skew",
            Self::AccountLocked => "Account locked",
            Self::AppUpdated => "App updated",
            Self::Undetermined => "Undetermined",
        }
    }

    /// Whether such an ending is usual where nothing about the session says otherwise.
    pub fn usual(self) -> Usual {
        match self {
            Self::Logout
            | Self::IdleTimeout
            | Self::AbsoluteTimeout
            | Self::TokenExpired
            | Self::RefreshExpired
            | Self::NetworkSwitch
            | Self::AppUpdated => Usual::Usual,
            Self::ConcurrentLogin | Self::Revoked | Self::AccountLocked => Usual::Notable,
            Self::RefreshReused
            | Self::NetworkGap
            | Self::ServerRestart
            | Self::KeyRotation
            | Self::CredentialsDropped
            | Self::ClockSkew => Usual::Unusual,
            Self::Undetermined => Usual::Unknown,
        }
    }
}

/// A reason in the source's own words, read from one record. Weaker words come first: `Expired` says that something ran
/// out but not what, and `InvalidGrant` and `InvalidToken` state no reason at all (RFC 6749 5.2, RFC 6750 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Stated {
    /// The record gives no reason.
    #[default]
    Nothing,
    /// Not signed in, unauthorized, sign in again: a refusal without a reason.
    Unauthenticated,
    /// OAuth `invalid_token` and nothing more.
    InvalidToken,
    /// OAuth `invalid_grant` and nothing more.
    InvalidGrant,
    /// "Session expired": something ran out, not said what.
    Expired,
    /// The server does not know the session: "session not found", "session not active".
    UnknownSession,
    /// A missing right: never an ending.
    Forbidden,
    /// A cross-site request forgery check: by itself never an ending.
    Csrf,
    /// A wrong user name or password.
    BadCredentials,
    /// The user signed out or disconnected.
    LoggedOut,
    /// Ended by inactivity.
    Idle,
    /// Ended by age.
    MaximumAge,
    /// The access token's own time ran out.
    TokenExpired,
    /// The refresh token's time ran out.
    RefreshExpired,
    /// A rotated refresh token came back.
    RefreshReused,
    /// The refresh token or its family was revoked.
    RefreshRevoked,
    /// The peer did not answer any more.
    PeerGone,
    /// The connection was closed without saying why.
    ConnectionClosed,
    /// The server shuts down or restarts.
    ServerShutdown,
    /// A signature does not verify, a key is unknown, a cookie does not decrypt.
    KeyInvalid,
    /// Signed in from another device or too many sessions.
    OtherDevice,
    /// An administrator or a security rule ended it.
    Revoked,
    /// The password was changed.
    PasswordChanged,
    /// The account is locked.
    AccountLocked,
    /// The account is disabled or deleted.
    AccountDisabled,
    /// A further step is asked for: MFA, consent, e-mail verification.
    VerificationRequired,
    /// The password expired and must be changed.
    PasswordExpired,
    /// A token is not valid yet, or was issued in the future.
    NotYetValid,
    /// The session is tied to another address or device.
    AddressChanged,
}

impl Stated {
    /// Every reason, the weaker ones first.
    pub const ALL: [Self; 29] = [
        Self::Nothing,
        Self::Unauthenticated,
        Self::InvalidToken,
        Self::InvalidGrant,
        Self::Expired,
        Self::UnknownSession,
        Self::Forbidden,
        Self::Csrf,
        Self::BadCredentials,
        Self::LoggedOut,
        Self::Idle,
        Self::MaximumAge,
        Self::TokenExpired,
        Self::RefreshExpired,
        Self::RefreshReused,
        Self::RefreshRevoked,
        Self::PeerGone,
        Self::ConnectionClosed,
        Self::ServerShutdown,
        Self::KeyInvalid,
        Self::OtherDevice,
        Self::Revoked,
        Self::PasswordChanged,
        Self::AccountLocked,
        Self::AccountDisabled,
        Self::VerificationRequired,
        Self::PasswordExpired,
        Self::NotYetValid,
        Self::AddressChanged,
    ];

    /// The id in JSON and in formats of the user's own; empty where no reason is stated.
    pub fn id(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Unauthenticated => "unauthenticated",
            Self::InvalidToken => "invalid_token",
            Self::InvalidGrant => "invalid_grant",
            Self::Expired => "expired",
            Self::UnknownSession => "unknown_session",
            Self::Forbidden => "forbidden",
            Self::Csrf => "csrf",
            Self::BadCredentials => "bad_credentials",
            Self::LoggedOut => "signed_out",
            Self::Idle => "idle",
            Self::MaximumAge => "maximum_age",
            Self::TokenExpired => "token_expired",
            Self::RefreshExpired => "refresh_expired",
            Self::RefreshReused => "refresh_reused",
            Self::RefreshRevoked => "refresh_revoked",
            Self::PeerGone => "peer_gone",
            Self::ConnectionClosed => "connection_closed",
            Self::ServerShutdown => "server_shutdown",
            Self::KeyInvalid => "key_invalid",
            Self::OtherDevice => "other_device",
            Self::Revoked => "revoked",
            Self::PasswordChanged => "password_changed",
            Self::AccountLocked => "account_locked",
            Self::AccountDisabled => "account_disabled",
            Self::VerificationRequired => "verification_required",
            Self::PasswordExpired => "password_expired",
            Self::NotYetValid => "not_yet_valid",
            Self::AddressChanged => "address_changed",
        }
    }

    /// The reason of this id, or the plain one that states the cause of this id.
    pub fn of_id(id: &str) -> Option<Self> {
        let mut named = Self::ALL.into_iter().filter(|stated| *stated != Self::Nothing);
        named.clone().find(|stated| stated.id() == id).or_else(|| match id {
            "revoked" => Some(Self::Revoked),
            _ => named.find(|stated| stated.cause().is_some_and(|cause| cause.id() == id)),
        })
    }

    /// The cause that these words state outright, where they state one.
    pub fn cause(self) -> Option<Cause> {
        Some(match self {
            Self::LoggedOut => Cause::Logout,
            Self::Idle => Cause::IdleTimeout,
            Self::MaximumAge => Cause::AbsoluteTimeout,
            Self::TokenExpired => Cause::TokenExpired,
            Self::RefreshExpired => Cause::RefreshExpired,
            Self::RefreshReused => Cause::RefreshReused,
            Self::RefreshRevoked | Self::Revoked | Self::PasswordChanged => Cause::Revoked,
            Self::PeerGone => Cause::NetworkGap,
            Self::ServerShutdown => Cause::ServerRestart,
            Self::KeyInvalid => Cause::KeyRotation,
            Self::OtherDevice => Cause::ConcurrentLogin,
            Self::AccountLocked | Self::AccountDisabled | Self::VerificationRequired | Self::PasswordExpired => {
                Cause::AccountLocked
            }
            Self::NotYetValid => Cause::ClockSkew,
            Self::AddressChanged => Cause::NetworkSwitch,
            Self::Nothing
            | Self::Unauthenticated
            | Self::InvalidToken
            | Self::InvalidGrant
            | Self::Expired
            | Self::UnknownSession
            | Self::Forbidden
            | Self::Csrf
            | Self::BadCredentials
            | Self::ConnectionClosed => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_id_and_by_its_cause() {
        for stated in Stated::ALL.into_iter().skip(1) {
            assert_eq!(Stated::of_id(stated.id()), Some(stated), "{stated:?}");
        }
        for (id, stated) in [
            ("idle_timeout", Stated::Idle),
            ("logout", Stated::LoggedOut),
            ("absolute_timeout", Stated::MaximumAge),
            ("concurrent_login", Stated::OtherDevice),
            ("server_restart", Stated::ServerShutdown),
        ] {
            assert_eq!(Stated::of_id(id), Some(stated), "{id}");
        }
        assert_eq!((Stated::of_id(""), Stated::of_id("boredom")), (None, None));
    }

    #[test]
    fn every_cause_has_an_id_of_its_own() {
        let mut ids: Vec<&str> = Cause::ALL.iter().map(|cause| cause.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Cause::ALL.len());
    }
}
