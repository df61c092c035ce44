//! Dropbear, the SSH server of routers and other small devices.
//!
//! `Nov 23 07:39:18 router dropbear[1234]: Exit (kim) from <10.0.0.7:36898>: Idle timeout`
//!
//! A session is a process, from `Child connection from` to `Exit`.
//!
//! <https://matt.ucc.asn.au/dropbear/dropbear.html>

use super::{Dialect, app_on, between, has};
use crate::{
    formats::{
        lines::{cut, cut_last},
        named::{Page, Said},
        syslog::Syslog,
    },
    model::{EventFlags, EventKind, KeyKind, Stated},
};

pub(super) static DIALECT: Dialect = Dialect {
    id: "dropbear",
    title: "Dropbear SSH",
    reference: "https://matt.ucc.asn.au/dropbear/dropbear.html",
    example: "Nov 23 17:38:14 router dropbear[10465]: Exit (kim) from <127.0.0.1:34908>: Idle timeout",
    wrote: |line| line.program == b"dropbear",
    say,
};

fn say(line: &Syslog<'_>, page: &mut Page<'_>) {
    let Some(said) = said(line.message) else { return };
    let app = app_on("Dropbear", line.host);
    let pid = line.pid.to_string();
    let ids = [(KeyKind::Process, "pid", pid.as_bytes())];
    page.push(line.stamp.at, &Said { app: &app, link: u64::from(line.pid), ids: &ids, ..said });
}

/// The address before the port.
fn address(peer: &[u8]) -> &[u8] {
    cut_last(peer, b":").map_or(peer, |(address, _)| address)
}

fn said(message: &[u8]) -> Option<Said<'_>> {
    if let Some(peer) = message.strip_prefix(b"Child connection from ") {
        let said = Said::new(EventKind::Neutral, Stated::Nothing, "Child connection");
        return Some(Said { client: address(peer), flags: EventFlags::NEW_ID, ..said });
    }
    let user = between(message, b"'", b"'").unwrap_or_default();
    let client = cut_last(message, b" from ").map_or(&[][..], |(_, peer)| address(peer));
    if has(message, b" auth succeeded for ") {
        return Some(Said { user, client, ..Said::new(EventKind::SignIn, Stated::Nothing, "Auth succeeded") });
    }
    let refused: [(&[u8], Stated, &'static str); 5] = [
        (b"Bad password attempt", Stated::BadCredentials, "Bad password attempt"),
        (b"Bad PAM password attempt", Stated::BadCredentials, "Bad password attempt"),
        (b"Login attempt for nonexistent user", Stated::BadCredentials, "Login attempt for nonexistent user"),
        (b"Login attempt with wrong user", Stated::BadCredentials, "Login attempt with wrong user"),
        (b"User '", Stated::Forbidden, "User rejected"),
    ];
    if let Some(&(_, stated, what)) = refused.iter().find(|(words, ..)| message.starts_with(words)) {
        return Some(Said { user, client, ..Said::new(EventKind::SignInFailed, stated, what) });
    }
    if message.starts_with(b"Exit before auth") || message.starts_with(b"Early exit") {
        return Some(Said::new(EventKind::Close, Stated::Nothing, "Exit before auth"));
    }
    let rest = message.strip_prefix(b"Exit (")?;
    let (user, rest) = cut(rest, b")")?;
    let client = between(rest, b"<", b">").map_or(&[][..], address);
    let (_, reason) = cut(rest, b": ")?;
    let (stated, what) = ended(reason);
    Some(Said { user, client, ..Said::new(EventKind::Close, stated, what) })
}

fn ended(reason: &[u8]) -> (Stated, &'static str) {
    let table: [(&[u8], Stated, &'static str); 9] = [
        (b"Disconnect received", Stated::LoggedOut, "Exit: Disconnect received"),
        // What recent releases say where the client's side closed the connection, with or without a word.
        (b"Exited normally", Stated::ConnectionClosed, "Exit: Exited normally"),
        (b"Idle timeout", Stated::Idle, "Exit: Idle timeout"),
        (b"Keepalive timeout", Stated::PeerGone, "Exit: Keepalive timeout"),
        (b"Error reading", Stated::PeerGone, "Exit: Error reading"),
        (b"Error writing", Stated::PeerGone, "Exit: Error writing"),
        (b"Broken pipe", Stated::PeerGone, "Exit: Broken pipe"),
        (b"Remote host closed", Stated::ConnectionClosed, "Exit: Remote host closed the connection"),
        (b"Terminated by signal", Stated::Revoked, "Exit: Terminated by signal"),
    ];
    let known = table.iter().find(|(words, ..)| has(reason, words));
    known.map_or((Stated::Nothing, "Exit"), |&(_, stated, what)| (stated, what))
}
