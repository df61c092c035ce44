//! What OpenSSH's daemon says: `sshd[pid]` up to 9.7, `sshd-session[pid]` and `sshd-auth[pid]` since.

use super::{
    super::lines::{cut, cut_last, find, number, word},
    Said, pam,
};
use crate::model::{EventKind, Stated};

/// What a message says about a session; `None` for what says nothing, and for strangers who never signed in.
pub(super) fn said(message: &[u8], pid: u32) -> Option<Said<'_>> {
    let message = message.strip_prefix(b"error: ").or_else(|| message.strip_prefix(b"fatal: ")).unwrap_or(message);
    let text = message.trim_ascii_end();
    // Marked lines come from before the sign-in, so they never end a session.
    let (text, preauth) = match text.strip_suffix(b" [preauth]") {
        Some(text) => (text, true),
        None => (text, false),
    };
    match text.first()? {
        b'A' => accepted(text),
        b'F' => failed(text),
        b'I' => invalid_user(text),
        b'm' => too_many_tries(text),
        b'D' if preauth => {
            let many = find(text, b"Too many authentication failures").is_some();
            many.then(|| disconnecting(text, EventKind::SignInFailed, Stated::BadCredentials))
        }
        b'U' if preauth => not_allowed(text),
        _ if preauth => None,
        b'D' => disconnected(text),
        b'C' => connection_closed(text),
        b'R' => received(text),
        b'S' => started(text),
        b'T' => timeout(text),
        b'U' => user_child(text, pid).or_else(|| not_allowed(text)),
        b'c' if text.starts_with(b"channel ") => {
            let idle = find(text, b" of inactivity").is_some();
            idle.then(|| Said::new(EventKind::Close, Stated::Idle, "Channel closed for inactivity"))
        }
        b't' => text.strip_prefix(b"terminating inactive connection from ").map(|rest| {
            Said::new(EventKind::Close, Stated::Idle, "Inactive connection terminated").from(connection(rest))
        }),
        b'E' if text.starts_with(b"Exiting on signal ") => {
            Some(Said::new(EventKind::Close, Stated::Nothing, "Exiting on signal"))
        }
        b's' if text.starts_with(b"session ") => pam::session(text),
        b'W' | b'p' | b's' => broken(text),
        _ => None,
    }
}

/// `Accepted publickey for deploy from 127.0.0.11 port 45743 ssh2: ED25519 SHA256:…`
fn accepted(text: &[u8]) -> Option<Said<'_>> {
    if let Some(user) = text.strip_prefix(b"Access denied for user ") {
        return Some(Said::new(EventKind::SignInFailed, Stated::Forbidden, "Access denied").by(word(user).0));
    }
    let (method, rest) = word(text.strip_prefix(b"Accepted ")?);
    let what = match method {
        b"publickey" => "Accepted publickey",
        b"password" => "Accepted password",
        b"none" => "Accepted none",
        b"hostbased" => "Accepted hostbased",
        b"gssapi-with-mic" | b"gssapi-keyex" => "Accepted gssapi",
        b"key" | b"cert" | b"certificate" => return None,
        _ if method.starts_with(b"keyboard-interactive") => "Accepted keyboard-interactive",
        _ => "Accepted",
    };
    let peer = user_and_peer(rest.strip_prefix(b"for ")?)?;
    Some(Said::new(EventKind::SignIn, Stated::Nothing, what).from(peer))
}

/// `Failed password for invalid user admin from 10.0.0.1 port 22 ssh2`
fn failed(text: &[u8]) -> Option<Said<'_>> {
    let (method, rest) = word(text.strip_prefix(b"Failed ")?);
    let what = match method {
        b"password" => "Failed password",
        // A client offers every key that it has, and asks first what it may try: no wrong credentials.
        b"publickey" | b"none" | b"hostbased" => return None,
        _ if method.starts_with(b"keyboard-interactive") => "Failed keyboard-interactive",
        _ => "Failed sign-in",
    };
    let rest = rest.strip_prefix(b"for ")?;
    let peer = user_and_peer(rest.strip_prefix(b"invalid user ").unwrap_or(rest))?;
    Some(Said::new(EventKind::SignInFailed, Stated::BadCredentials, what).from(peer))
}

/// `Invalid user pascal from 35.188.49.176 port 53502`
fn invalid_user(text: &[u8]) -> Option<Said<'_>> {
    let peer = user_and_peer(text.strip_prefix(b"Invalid user ")?)?;
    Some(Said::new(EventKind::SignInFailed, Stated::BadCredentials, "Invalid user").from(peer))
}

/// `maximum authentication attempts exceeded for root from 10.0.0.1 port 22 ssh2 [preauth]`
fn too_many_tries(text: &[u8]) -> Option<Said<'_>> {
    let rest = text.strip_prefix(b"maximum authentication attempts exceeded for ")?;
    let peer = user_and_peer(rest.strip_prefix(b"invalid user ").unwrap_or(rest))?;
    let what = "Maximum authentication attempts exceeded";
    Some(Said::new(EventKind::SignInFailed, Stated::BadCredentials, what).from(peer))
}

/// `Disconnecting authenticating user root 10.0.0.1 port 22: Too many authentication failures`
fn disconnecting(text: &[u8], kind: EventKind, stated: Stated) -> Said<'_> {
    let rest = text.strip_prefix(b"Disconnecting ").unwrap_or(text);
    let who = cut_last(rest, b": ").map_or(rest, |(who, _)| who);
    let what = if kind == EventKind::SignInFailed { "Too many authentication failures" } else { "Disconnecting" };
    Said::new(kind, stated, what).from(connection(who))
}

/// `Disconnected from user deploy 127.0.0.11 port 45743`
fn disconnected(text: &[u8]) -> Option<Said<'_>> {
    if text.starts_with(b"Disconnecting") {
        return Some(disconnecting(text, EventKind::Close, Stated::ConnectionClosed));
    }
    let rest = text.strip_prefix(b"Disconnected from ")?;
    if is_stranger(rest) {
        return None;
    }
    Some(Said::new(EventKind::Close, Stated::LoggedOut, "Disconnected from user").from(connection(rest)))
}

/// `Connection closed by 127.0.0.1 port 36760`, `Connection reset by …`, `Connection from user …: Broken pipe`
fn connection_closed(text: &[u8]) -> Option<Said<'_>> {
    if let Some(rest) = text.strip_prefix(b"Close session: user ") {
        let (user, client, port) = user_and_peer(rest)?;
        return Some(Said::new(EventKind::Close, Stated::Nothing, "Close session").from((user, client, port)));
    }
    let rest = text.strip_prefix(b"Connection ")?;
    let (what, who) = if let Some(who) = rest.strip_prefix(b"closed by ") {
        ("Connection closed", who)
    } else if let Some(who) = rest.strip_prefix(b"reset by ") {
        ("Connection reset", who)
    } else {
        return broken(text);
    };
    (!is_stranger(who)).then(|| Said::new(EventKind::Close, Stated::ConnectionClosed, what).from(connection(who)))
}

/// `Received disconnect from 127.0.0.11 port 45743:11: disconnected by user`, signals and read errors.
fn received(text: &[u8]) -> Option<Said<'_>> {
    if let Some(rest) = text.strip_prefix(b"Received disconnect from ") {
        return received_disconnect(rest);
    }
    if text.starts_with(b"Received signal 15; terminating") {
        return Some(Said::new(EventKind::ServerStop, Stated::Nothing, "sshd listener stopped"));
    }
    if text.starts_with(b"Received SIGHUP; restarting") {
        return Some(Said::new(EventKind::ServerStart, Stated::Nothing, "sshd listener restarted"));
    }
    if let Some(who) = text.strip_prefix(b"ROOT LOGIN REFUSED FROM ") {
        let (_, client, port) = connection(who);
        return Some(
            Said::new(EventKind::SignInFailed, Stated::Forbidden, "Root login refused").from((b"root", client, port)),
        );
    }
    text.starts_with(b"Read error from remote host").then(|| broken(text))?
}

/// `127.0.0.11 port 45743:11: disconnected by user`; up to 7.1 `127.0.0.11: 11: disconnected by user`. The number is
/// RFC 4253's reason code, section 11.1.
fn received_disconnect(rest: &[u8]) -> Option<Said<'_>> {
    let (client, port, rest) = if let Some((client, rest)) = cut(rest, b" port ") {
        let (port, digits) = number(rest)?;
        (client, port, rest.get(digits..)?.strip_prefix(b":")?)
    } else {
        let (client, rest) = cut(rest, b": ")?;
        (client, 0, rest)
    };
    let rest = rest.trim_ascii_start();
    let (code, digits) = number(rest)?;
    let reason = rest.get(digits..)?.strip_prefix(b":")?.trim_ascii();
    let gave_up = || {
        let reason = reason.to_ascii_lowercase();
        [b"timeout".as_slice(), b"timed out", b"keepalive", b"not responding"]
            .iter()
            .any(|word| find(&reason, word).is_some())
    };
    let (stated, what) = match code {
        // SSH_DISCONNECT_BY_APPLICATION: the client ended it on purpose, whatever words its program has for that.
        // What OpenSSH's own client says.
        11 if reason == b"disconnected by user" => (Stated::LoggedOut, "Disconnected by user"),
        11 if gave_up() => (Stated::PeerGone, "Received disconnect, client timed out"),
        11 => (Stated::LoggedOut, "Disconnected by user"),
        // SSH_DISCONNECT_CONNECTION_LOST
        10 => (Stated::PeerGone, "Received disconnect, connection lost"),
        _ => (Stated::ConnectionClosed, "Received disconnect"),
    };
    Some(Said::new(EventKind::Close, stated, what).from((&[], client, port)))
}

/// `Starting session: shell on pts/0 for deploy from 127.0.0.11 port 45743 id 0`, `Server listening on 0.0.0.0 port 22.`
fn started(text: &[u8]) -> Option<Said<'_>> {
    if text.starts_with(b"Server listening on ") {
        return Some(Said::new(EventKind::ServerStart, Stated::Nothing, "sshd listening"));
    }
    let rest = text.strip_prefix(b"Starting session: ")?;
    let what = match word(rest).0 {
        b"shell" => "Starting session: shell",
        b"command" => "Starting session: command",
        b"subsystem" => "Starting session: subsystem",
        _ => "Starting session",
    };
    let said = Said::new(EventKind::Activity, Stated::Nothing, what);
    // A subsystem's name or a terminal's stands before; the user's own name may hold anything.
    let who = cut(rest, b" for ").and_then(|(_, rest)| user_and_peer(rest));
    Some(who.map_or(said, |who| said.from(who)))
}

/// `Timeout, client not responding from user mika 127.0.0.12 port 44941`
fn timeout(text: &[u8]) -> Option<Said<'_>> {
    let rest = text.strip_prefix(b"Timeout, client not responding")?;
    let said = Said::new(EventKind::Close, Stated::PeerGone, "Timeout, client not responding");
    Some(match rest.strip_prefix(b" from ") {
        Some(who) => said.from(connection(who)),
        None => said,
    })
}

/// `User child is on pid 15212`
fn user_child(text: &[u8], pid: u32) -> Option<Said<'_>> {
    let (child, _) = number(text.strip_prefix(b"User child is on pid ")?)?;
    let link = Some(u64::from(pid) | u64::from(child) << 32);
    Some(Said { link, ..Said::new(EventKind::Neutral, Stated::Nothing, "User child is on pid") })
}

/// `User root from 192.168.1.1 not allowed because not listed in AllowUsers`
fn not_allowed(text: &[u8]) -> Option<Said<'_>> {
    let (who, why) = cut_last(text.strip_prefix(b"User ")?, b" not allowed because ")?;
    let (user, client) = cut_last(who, b" from ").unwrap_or((who, &[]));
    let said = if why.starts_with(b"account is locked") {
        Said::new(EventKind::AccountLocked, Stated::AccountLocked, "Account is locked")
    } else {
        Said::new(EventKind::SignInFailed, Stated::Forbidden, "User not allowed")
    };
    Some(said.from((user, client, 0)))
}

/// Errors of a connection: `Read error from remote host 10.0.0.1 port 22: Connection timed out`, `Write failed: Broken pipe`,
/// `packet_write_poll: Connection from user deploy 10.0.0.1 port 22: Broken pipe`.
fn broken(text: &[u8]) -> Option<Said<'_>> {
    let has = |words: &[u8]| find(text, words).is_some();
    let (stated, what) = if has(b"timed out") {
        (Stated::PeerGone, "Connection timed out")
    } else if has(b"No route to host") || has(b"unreachable") {
        (Stated::PeerGone, "Connection lost, host unreachable")
    } else if has(b"Broken pipe") {
        (Stated::ConnectionClosed, "Broken pipe")
    } else if has(b"reset by peer") {
        (Stated::ConnectionClosed, "Connection reset")
    } else if has(b"message authentication code incorrect") || has(b"Bad packet length") {
        (Stated::ConnectionClosed, "Connection corrupted")
    } else {
        return None;
    };
    let who = cut(text, b"Connection from ")
        .or_else(|| cut(text, b"remote host "))
        .map(|(_, rest)| cut_last(rest, b": ").map_or(rest, |(who, _)| who));
    if who.is_some_and(is_stranger) {
        return None;
    }
    Some(Said::new(EventKind::Close, stated, what).from(who.map_or((&[], &[], 0), connection)))
}

/// Whether a connection is that of someone who did not sign in (yet).
fn is_stranger(who: &[u8]) -> bool {
    who.starts_with(b"authenticating user ") || who.starts_with(b"invalid user ")
}

/// `deploy from 127.0.0.11 port 45743 ssh2`. The last `from` counts: a stranger chooses what name to give.
fn user_and_peer(text: &[u8]) -> Option<(&[u8], &[u8], u32)> {
    let (user, rest) = match text.strip_prefix(b"from ") {
        Some(rest) => (&[][..], rest),
        None => cut_last(text, b" from ")?,
    };
    let (client, rest) = word(rest);
    Some((user.trim_ascii(), client, port(rest)))
}

/// `user deploy 127.0.0.11 port 45743`, `127.0.0.11 port 45743` or `127.0.0.11`.
fn connection(who: &[u8]) -> (&[u8], &[u8], u32) {
    let rest = [b"authenticating user ".as_slice(), b"invalid user ", b"user "]
        .iter()
        .find_map(|prefix| who.strip_prefix(*prefix))
        .unwrap_or(who);
    let (who, port) = cut_last(rest, b" port ").map_or((rest, 0), |(who, rest)| (who, number(rest).map_or(0, |n| n.0)));
    let (user, client) = cut_last(who, b" ").unwrap_or((&[], who));
    (user, client.strip_suffix(b":").unwrap_or(client), port)
}

fn port(rest: &[u8]) -> u32 {
    rest.strip_prefix(b"port ").and_then(number).map_or(0, |(port, _)| port)
}
