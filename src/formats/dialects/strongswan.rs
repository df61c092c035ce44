//! strongSwan's IKE daemon.
//!
//! `Nov 23 07:39:18 gw charon[812]: 09[IKE] IKE_SA rw[1] established between 10.0.0.1[gw.example]...10.0.0.7[kim@example]`
//!
//! A session is an `IKE_SA`, known by its connection and number: `rw[1]`. Half-open ones never were one.
//!
//! <https://docs.strongswan.org/docs/latest/config/logging.html>

use super::{Dialect, app_on, between, has};
use crate::{
    formats::{
        lines::{cut, cut_last, word},
        named::{Page, Said, link_of},
        syslog::Syslog,
    },
    model::{EventFlags, EventKind, KeyKind, Stated},
};

pub(super) static DIALECT: Dialect = Dialect {
    id: "strongswan",
    title: "strongSwan IKE daemon",
    reference: "https://docs.strongswan.org/docs/latest/config/logging.html",
    example: "Nov 23 07:39:18 gw charon[812]: 09[IKE] IKE_SA rw[1] established between 203.0.113.1[gw.example]...198.51.100.7[kim]",
    wrote: |line| matches!(line.program, b"charon" | b"charon-systemd" | b"ipsec" | b"charon-nm" | b"charon-cmd"),
    say,
};

fn say(line: &Syslog<'_>, page: &mut Page<'_>) {
    // Behind the thread and the subsystem: `09[IKE] `.
    let message = cut(line.message, b"] ").map_or(line.message, |(before, rest)| {
        if before.len() <= 8 && before.first().is_some_and(u8::is_ascii_digit) { rest } else { line.message }
    });
    let Some((said, name)) = said(message) else { return };
    let app = app_on("strongSwan", line.host);
    let link = if name.is_empty() { 0 } else { link_of(&[name]) };
    page.push(line.stamp.at, &Said { app: &app, link, ids: &[(KeyKind::Connection, "IKE_SA", name)], ..said });
}

/// The connection and number behind `IKE_SA `: `rw[1]`.
fn sa(message: &[u8]) -> &[u8] {
    let Some((_, rest)) = cut(message, b"IKE_SA ") else { return &[] };
    let name = word(rest).0;
    if name.ends_with(b"]") { name } else { &[] }
}

/// `10.0.0.1[gw.example]...10.0.0.7[kim@example]`: who is at the other end.
fn peer(message: &[u8]) -> (&[u8], &[u8]) {
    let Some((_, remote)) = cut_last(message, b"...") else { return (&[], &[]) };
    let (address, rest) = cut(remote, b"[").unwrap_or((remote, &[]));
    (address, cut(rest, b"]").map_or(rest, |(name, _)| name))
}

fn said(message: &[u8]) -> Option<(Said<'_>, &[u8])> {
    let name = sa(message);
    let (client, user) = peer(message);
    let with = |said: Said<'static>| Some((Said { user, client, ..said }, name));
    if message.starts_with(b"IKE_SA ") && has(message, b" established between ") {
        return with(Said {
            flags: EventFlags::NEW_ID,
            ..Said::new(EventKind::SignIn, Stated::Nothing, "IKE_SA established")
        });
    }
    if message.starts_with(b"IKE_SA ") && has(message, b" rekeyed between ") {
        return with(Said::new(EventKind::Refresh, Stated::Nothing, "IKE_SA rekeyed"));
    }
    if message.starts_with(b"reauthenticating IKE_SA") {
        return with(Said::new(EventKind::Refresh, Stated::Nothing, "Reauthenticating IKE_SA"));
    }
    if message.starts_with(b"received DELETE for IKE_SA") {
        return with(Said::new(EventKind::Close, Stated::LoggedOut, "Received DELETE for IKE_SA"));
    }
    if has(message, b"half open IKE_SA") {
        return None;
    }
    if message.starts_with(b"deleting duplicate IKE_SA") || message.starts_with(b"destroying duplicate IKE_SA") {
        let user = between(message, b"peer '", b"'").unwrap_or_default();
        let what = "Deleting duplicate IKE_SA due to uniqueness policy";
        return Some((Said { user, ..Said::new(EventKind::Close, Stated::OtherDevice, what) }, name));
    }
    if message.starts_with(b"deleting IKE_SA") && has(message, b"inactivity") {
        return with(Said::new(EventKind::Close, Stated::Idle, "Deleting IKE_SA for inactivity"));
    }
    if message.starts_with(b"deleting IKE_SA ") && !name.is_empty() {
        return with(Said::new(EventKind::Close, Stated::Nothing, "Deleting IKE_SA"));
    }
    if has(message, b"EAP method") && has(message, b"failed for peer") {
        let user = cut(message, b"failed for peer ").map_or(&[][..], |(_, user)| user);
        return Some((Said { user, ..Said::new(EventKind::SignInFailed, Stated::BadCredentials, "EAP failed") }, &[]));
    }
    if has(message, b"received, shutting down") {
        return Some((Said::new(EventKind::ServerStop, Stated::Nothing, "charon shuts down"), &[]));
    }
    let starts = message.starts_with(b"Starting IKE ") && has(message, b"daemon");
    starts.then(|| (Said::new(EventKind::ServerStart, Stated::ServerShutdown, "charon started"), &[][..]))
}
