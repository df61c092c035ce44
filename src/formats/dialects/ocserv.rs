//! `OpenConnect` VPN server.
//!
//! `Nov 23 07:39:18 gw ocserv[845]: main[kim]:10.0.0.7:42730 user disconnected (reason: idle timeout, rx: 100, tx: 400)`
//!
//! A session is known by its user, address and port. Why it ended is one of the words of `discon_reason_to_str` in its sources.
//!
//! <https://ocserv.openconnect-vpn.net/ocserv.8.html>

use super::{Dialect, app_on, between, has};
use crate::{
    formats::{
        lines::{cut, cut_last},
        named::{Page, Said, link_of},
        syslog::Syslog,
    },
    model::{EventKind, KeyKind, Stated},
};

pub(super) static DIALECT: Dialect = Dialect {
    id: "ocserv",
    title: "OpenConnect VPN server",
    reference: "https://ocserv.openconnect-vpn.net/ocserv.8.html",
    example: "Nov 23 07:39:18 gw ocserv[845]: main[kim]:198.51.100.7:42730 user disconnected (reason: idle timeout, rx: 100, tx: 400)",
    wrote: |line| line.program == b"ocserv",
    say,
};

fn say(line: &Syslog<'_>, page: &mut Page<'_>) {
    let app = app_on("ocserv", line.host);
    if let Some(said) = of_the_server(line.message) {
        return page.push(line.stamp.at, &Said { app: &app, ..said });
    }
    if let Some(said) = refused(line.message) {
        return page.push(line.stamp.at, &Said { app: &app, ..said });
    }
    let Some((user, rest)) = line.message.strip_prefix(b"main[").and_then(|rest| cut(rest, b"]:")) else { return };
    let Some((peer, words)) = cut(rest, b" ") else { return };
    let said = if words.starts_with(b"user logged in") {
        Said::new(EventKind::SignIn, Stated::Nothing, "User logged in")
    } else if words.starts_with(b"user disconnected") {
        let (stated, what) = ended(between(words, b"reason: ", b",").unwrap_or_default());
        Said::new(EventKind::Close, stated, what)
    } else {
        return;
    };
    let client = cut_last(peer, b":").map_or(peer, |(address, _)| address);
    let ids = [(KeyKind::Connection, "peer", peer)];
    page.push(line.stamp.at, &Said { app: &app, user, client, link: link_of(&[user, peer]), ids: &ids, ..said });
}

fn of_the_server(message: &[u8]) -> Option<Said<'_>> {
    if message.starts_with(b"main: initialized ocserv") {
        return Some(Said::new(EventKind::ServerStart, Stated::ServerShutdown, "ocserv started"));
    }
    let stops = has(message, b"termination request received");
    stops.then(|| Said::new(EventKind::ServerStop, Stated::Nothing, "Termination request"))
}

/// `worker: 10.0.0.7 failed authentication for 'kim'` and `sec-mod: failed authentication attempt for user 'kim'`.
fn refused(message: &[u8]) -> Option<Said<'_>> {
    let failed = has(message, b"failed authentication") || has(message, b"authentication failed");
    let user = between(message, b"'", b"'").filter(|_| failed)?;
    Some(Said { user, ..Said::new(EventKind::SignInFailed, Stated::BadCredentials, "Failed authentication") })
}

fn ended(reason: &[u8]) -> (Stated, &'static str) {
    match reason {
        b"user disconnected" => (Stated::LoggedOut, "user disconnected (reason: user disconnected)"),
        // By `occtl`, unless all of it was told to end before.
        b"server disconnected" => (Stated::Revoked, "user disconnected (reason: server disconnected)"),
        b"idle timeout" => (Stated::Idle, "user disconnected (reason: idle timeout)"),
        b"session timeout" => (Stated::MaximumAge, "user disconnected (reason: session timeout)"),
        b"DPD timeout" => (Stated::PeerGone, "user disconnected (reason: DPD timeout)"),
        b"error" => (Stated::PeerGone, "user disconnected (reason: error)"),
        b"session terminated" => (Stated::Revoked, "user disconnected (reason: session terminated)"),
        _ => (Stated::ConnectionClosed, "user disconnected"),
    }
}
