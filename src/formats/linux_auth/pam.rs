//! What PAM's modules say inside other programs: `pam_unix(sshd:session): session opened for user root by (uid=0)`.

use super::{
    super::lines::{cut, word},
    Said,
};
use crate::model::{EventKind, Stated};

/// What a message says about a session or an account.
pub(super) fn said(message: &[u8]) -> Option<Said<'_>> {
    let (module, rest) = cut(message, b"(")?;
    let (place, text) = cut(rest, b"): ")?;
    let (service, _) = cut(place, b":")?;
    match text.first()? {
        b's' if opens_sessions(service) => session(text),
        b'C' if module == b"pam_faillock" => {
            let user = text.strip_prefix(b"Consecutive login failures for user ")?;
            Some(
                Said::new(EventKind::AccountLocked, Stated::AccountLocked, "Account temporarily locked")
                    .by(word(user).0),
            )
        }
        b'u' if module.starts_with(b"pam_tally") => {
            let (_, limit) = cut(text, b", deny ")?;
            let user = text.strip_prefix(b"user ")?;
            (!limit.is_empty()).then_some(
                Said::new(EventKind::AccountLocked, Stated::AccountLocked, "Account locked after failures")
                    .by(word(user).0),
            )
        }
        b'a' => {
            let (user, rest) = word(text.strip_prefix(b"account ")?);
            let what = "Account has expired";
            rest.starts_with(b"has expired")
                .then_some(Said::new(EventKind::SignInFailed, Stated::AccountDisabled, what).by(user))
        }
        b'e' => {
            let user = text.strip_prefix(b"expired password for user ")?;
            Some(Said::new(EventKind::SignInFailed, Stated::PasswordExpired, "Password has expired").by(word(user).0))
        }
        _ => None,
    }
}

/// `session opened for user root(uid=0) by (uid=0)`, `session closed for user root`
pub(super) fn session(text: &[u8]) -> Option<Said<'_>> {
    let rest = text.strip_prefix(b"session ")?;
    let (said, user) = if let Some(user) = rest.strip_prefix(b"opened for user ") {
        (Said::new(EventKind::SignIn, Stated::Nothing, "session opened"), user)
    } else {
        (Said::new(EventKind::Close, Stated::Nothing, "session closed"), rest.strip_prefix(b"closed for user ")?)
    };
    let user = cut(user, b" by ").map_or(user, |(user, _)| user);
    let user = cut(user, b"(uid=").map_or(user, |(user, _)| user);
    Some(said.by(user.trim_ascii()))
}

/// Services that people sign in through. The sessions of cron, sudo, su and the like run inside others or belong to nobody.
fn opens_sessions(service: &[u8]) -> bool {
    matches!(
        service,
        b"sshd"
            | b"login"
            | b"remote"
            | b"lightdm"
            | b"lightdm-autologin"
            | b"sddm"
            | b"sddm-autologin"
            | b"xdm"
            | b"gdm-password"
            | b"gdm-autologin"
            | b"gdm-fingerprint"
            | b"gdm-smartcard"
            | b"xrdp-sesman"
            | b"cockpit"
    )
}
