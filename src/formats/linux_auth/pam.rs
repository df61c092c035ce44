//! What PAM's modules say inside other programs: `pam_unix(sshd:session): session opened for user root by (uid=0)`.

use super::{
    super::lines::{cut, find, word},
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
        b'a' if text.starts_with(b"authentication failure") => failure(service, text),
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

/// `authentication failure; logname= uid=0 euid=0 tty=/dev/tty1 ruser= rhost=10.0.0.7  user=kim`. Some programs write a line
/// of their own about the same.
fn failure<'a>(service: &[u8], text: &'a [u8]) -> Option<Said<'a>> {
    if matches!(service, b"sshd" | b"login" | b"remote" | b"sudo" | b"su" | b"su-l" | b"dovecot") {
        return None;
    }
    let value = |name: &[u8]| cut(text, name).map_or(&[][..], |(_, value)| word(value).0);
    let said = Said::new(EventKind::SignInFailed, Stated::BadCredentials, "authentication failure");
    Some(said.from((value(b" user="), value(b" rhost="), 0)))
}

/// `kim : TTY=pts/0 ; PWD=/home/kim ; USER=root ; COMMAND=/usr/bin/vim`: the user did something. `kim : 3 incorrect password
/// attempts ; …`: and could not.
pub(super) fn sudo(message: &[u8]) -> Option<Said<'_>> {
    let (user, rest) = cut(message, b" : ")?;
    if rest.starts_with(b"TTY=") && find(rest, b"COMMAND=").is_some() {
        return Some(Said { link: Some(0), ..Said::new(EventKind::Activity, Stated::Nothing, "sudo") }.by(user));
    }
    let refused = find(rest, b" incorrect password attempt").is_some_and(|at| at < 4)
        || rest.starts_with(b"a password is required");
    let said = Said::new(EventKind::SignInFailed, Stated::BadCredentials, "sudo: incorrect password");
    refused.then(|| said.by(user))
}

/// `FAILED SU (to root) kim on pts/0`.
pub(super) fn su(message: &[u8]) -> Option<Said<'_>> {
    let rest = message.strip_prefix(b"FAILED SU (to ").or_else(|| message.strip_prefix(b"FAILED su for "))?;
    let by = cut(rest, b") ").or_else(|| cut(rest, b" by ")).map_or(rest, |(_, by)| by);
    Some(Said::new(EventKind::SignInFailed, Stated::BadCredentials, "su: authentication failure").by(word(by).0))
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
