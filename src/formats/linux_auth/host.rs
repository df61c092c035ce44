//! What the host's own programs say: systemd-logind and login about sessions, systemd and the kernel about starts and stops.
//!
//! A start or stop of the whole host carries [`Stated::ServerShutdown`], which that of one listener does not: sessions
//! survive the restart of their listener.

use super::{
    super::lines::{cut, find, number, word},
    Said,
};
use crate::model::{EventKind, Stated};

const HOST_STOPS: Said<'static> = Said {
    kind: EventKind::ServerStop,
    stated: Stated::ServerShutdown,
    what: "Host shuts down",
    user: &[],
    client: &[],
    port: 0,
    link: None,
};

const HOST_STARTS: Said<'static> = Said { kind: EventKind::ServerStart, what: "Host started", ..HOST_STOPS };

/// `New session 42 of user root.`, `Removed session 42.`, `Session "42" of user "root" is idle, stopping.`
pub(super) fn logind(message: &[u8]) -> Option<Said<'_>> {
    if let Some(rest) = message.strip_prefix(b"New session ") {
        // Newer releases also name sessions that nobody sits at: `with class 'manager' and type 'unspecified'`.
        if let Some((_, class)) = cut(rest, b" with class '")
            && !class.starts_with(b"user'")
            && !class.starts_with(b"user-")
        {
            return None;
        }
        let (_, user) = cut(rest, b" of user ")?;
        let user = word(user).0;
        let user = unquoted(user.strip_suffix(b".").unwrap_or(user));
        return Some(
            Said { link: session_link(rest), ..Said::new(EventKind::SignIn, Stated::Nothing, "New session") }.by(user),
        );
    }
    if let Some(rest) = message.strip_prefix(b"Removed session ") {
        return Some(Said {
            link: session_link(rest),
            ..Said::new(EventKind::Close, Stated::Nothing, "Removed session")
        });
    }
    if let Some(rest) = message.strip_prefix(b"Session ") {
        let said = if find(rest, b" is idle, stopping").is_some() {
            Said::new(EventKind::Close, Stated::Idle, "Session is idle, stopping")
        } else if find(rest, b" logged out").is_some() {
            Said::new(EventKind::Close, Stated::Nothing, "Session logged out")
        } else {
            return None;
        };
        let user = cut(rest, b" of user ").map_or(&[][..], |(_, user)| unquoted(word(user).0));
        return Some(Said { link: session_link(rest), ..said }.by(user));
    }
    let stops = [
        b"System is rebooting".as_slice(),
        b"System is powering down",
        b"System is halting",
        b"The system will reboot now",
        b"The system will power off now",
        b"The system will halt now",
        b"Power key pressed",
        b"Powering off",
        b"Rebooting",
        b"Halting",
    ];
    stops.iter().any(|start| message.starts_with(start)).then_some(HOST_STOPS)
}

fn unquoted(name: &[u8]) -> &[u8] {
    match name.trim_ascii_end() {
        [b'"' | b'\'', inner @ .., b'"' | b'\''] => inner,
        other => other,
    }
}

/// The link of the session whose name `text` begins with: `42`, `"42"`, or `c7` where no audit session stands behind.
fn session_link(text: &[u8]) -> Option<u64> {
    let name = unquoted(word(text).0);
    let (name, unaudited) = name.strip_prefix(b"c").map_or((name, 0), |name| (name, 1 << 62));
    Some(1 << 63 | unaudited | u64::from(number(name)?.0))
}

/// `FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure`
pub(super) fn login(message: &[u8]) -> Option<Said<'_>> {
    let rest = message.strip_prefix(b"FAILED LOGIN ")?;
    let (_, user) = cut(rest, b" FOR ")?;
    let user = cut(user, b",").map_or(user, |(user, _)| user);
    Some(Said::new(EventKind::SignInFailed, Stated::BadCredentials, "Failed login").by(unquoted(user)))
}

/// `USER_PROCESS: 160 console` and `DEAD_PROCESS: 160 console`, as macOS' sign-in programs write them.
pub(super) fn desk(message: &[u8]) -> Option<Said<'_>> {
    let (kind, what) = match message.split(|&byte| byte == b':').next()? {
        b"USER_PROCESS" => (EventKind::SignIn, "USER_PROCESS"),
        b"DEAD_PROCESS" => (EventKind::Close, "DEAD_PROCESS"),
        _ => return None,
    };
    Some(Said::new(kind, Stated::Nothing, what))
}

/// The first process's lines.
pub(super) fn systemd(message: &[u8]) -> Option<Said<'_>> {
    if let Some(target) = message.strip_prefix(b"Reached target ") {
        let names = [
            b"Shutdown".as_slice(),
            b"shutdown.target",
            b"System Shutdown",
            b"Reboot",
            b"System Reboot",
            b"reboot.target",
            b"Power-Off",
            b"System Power Off",
            b"poweroff.target",
            b"Halt",
            b"halt.target",
        ];
        return names.iter().any(|name| target.starts_with(name)).then_some(HOST_STOPS);
    }
    if message.starts_with(b"systemd ") && find(message, b" running in system mode").is_some() {
        return Some(HOST_STARTS);
    }
    let unit = message.strip_prefix(b"Stopping ")?;
    let listener = [b"OpenSSH".as_slice(), b"OpenBSD Secure Shell", b"ssh.service", b"sshd.service"];
    listener.iter().any(|name| unit.starts_with(name)).then_some(Said::new(
        EventKind::ServerStop,
        Stated::Nothing,
        "sshd listener stopped",
    ))
}

/// `[    0.000000] Linux version 6.1.0-18-amd64 …`
pub(super) fn kernel(message: &[u8]) -> Option<Said<'_>> {
    let text = match message.strip_prefix(b"[") {
        Some(rest) => cut(rest, b"] ")?.1,
        None => message,
    };
    if text.starts_with(b"Linux version ") || text.starts_with(b"Booting Linux on ") {
        return Some(HOST_STARTS);
    }
    let stops = [b"reboot: Restarting system".as_slice(), b"reboot: Power down", b"reboot: System halted"];
    stops.iter().any(|start| text.starts_with(start)).then_some(HOST_STOPS)
}

/// `systemd-shutdown`, `shutdown` and `init` of older systems.
pub(super) fn shutdown(message: &[u8]) -> Option<Said<'_>> {
    let stops = [
        b"Sending SIGTERM to remaining processes".as_slice(),
        b"shutting down for system ",
        b"Switching to runlevel: 0",
        b"Switching to runlevel: 6",
        // macOS.
        b"SHUTDOWN_TIME",
        b"reboot by ",
        b"halt by ",
    ];
    if message.starts_with(b"BOOT_TIME") {
        return Some(HOST_STARTS);
    }
    stops.iter().any(|start| message.starts_with(start)).then_some(HOST_STOPS)
}
