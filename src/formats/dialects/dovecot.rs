//! Dovecot: IMAP, POP3, `ManageSieve` and submission, by syslog or in its own log file.
//!
//! `Nov 23 07:39:18 mx1 dovecot: imap(kim)<1234><aQ3bZ>: Disconnected: Inactivity - no input for 1800 secs in=27 out=832`
//!
//! A session is known by its `session=<…>`, which the login process and the mail process both name.
//!
//! <https://doc.dovecot.org/latest/core/admin/logging.html>

use super::{Dialect, app_on, between, has};
use crate::{
    formats::{
        lines::cut,
        named::{Page, Said, link_of},
        syslog::Syslog,
    },
    model::{EventKind, KeyKind, Stated},
};

pub(super) static DIALECT: Dialect = Dialect {
    id: "dovecot",
    title: "Dovecot",
    reference: "https://doc.dovecot.org/latest/core/admin/logging.html",
    example: "Nov 23 17:40:14 imap(kim)<19087><jvwbFvVg>: Info: Disconnected: Inactivity in=32 out=788",
    wrote,
    say,
};

const SERVICES: [&[u8]; 6] = [b"imap", b"pop3", b"managesieve", b"submission", b"lmtp", b"imap-hibernate"];
const LOGINS: [&[u8]; 4] = [b"imap-login", b"pop3-login", b"managesieve-login", b"submission-login"];
const LEVELS: [&[u8]; 6] = [b"Info: ", b"Warning: ", b"Error: ", b"Fatal: ", b"Panic: ", b"Debug: "];

fn wrote(line: &Syslog<'_>) -> bool {
    if line.program == b"dovecot" {
        return true;
    }
    // In its own log file the service stands where syslog has the program, and the level behind it.
    let known = SERVICES.contains(&line.program)
        || LOGINS.contains(&line.program)
        || matches!(line.program, b"master" | b"auth" | b"auth-worker" | b"anvil" | b"stats" | b"config" | b"log");
    known && LEVELS.iter().any(|level| line.message.starts_with(level))
}

fn say(line: &Syslog<'_>, page: &mut Page<'_>) {
    let text = if line.program == b"dovecot" { line.message } else { line.tagged };
    let Some((tag, message)) = cut(text, b": ") else { return };
    let message = LEVELS.iter().find_map(|level| message.strip_prefix(*level)).unwrap_or(message);
    let service = tag.split(|&byte| matches!(byte, b'(' | b'<' | b'[')).next().unwrap_or_default();
    let app = app_on("Dovecot", line.host);
    let said = if service == b"master" {
        of_the_master(message)
    } else if LOGINS.contains(&service) {
        login(message)
    } else if SERVICES.contains(&service) {
        mail(tag, message)
    } else {
        None
    };
    let Some((said, session)) = said else { return };
    let link = if session.is_empty() { 0 } else { link_of(&[session]) };
    page.push(line.stamp.at, &Said { app: &app, link, ids: &[(KeyKind::Connection, "session", session)], ..said });
}

type Spoken<'a> = Option<(Said<'a>, &'a [u8])>;

fn of_the_master(message: &[u8]) -> Spoken<'_> {
    if message.starts_with(b"Dovecot v") && has(message, b" starting up") {
        return Some((Said::new(EventKind::ServerStart, Stated::ServerShutdown, "Dovecot started"), &[]));
    }
    // What ends of it the mail processes say themselves, if they live to.
    let killed = message.starts_with(b"Killed with signal ");
    killed.then(|| (Said::new(EventKind::ServerStop, Stated::Nothing, "Dovecot is told to stop"), &[][..]))
}

/// `Login: user=<kim>, method=PLAIN, rip=10.0.0.7, lip=10.0.0.1, mpid=1234, TLS, session=<aQ3bZ>`
fn login(message: &[u8]) -> Spoken<'_> {
    let user = between(message, b"user=<", b">").unwrap_or_default();
    let client = cut(message, b"rip=").map_or(&[][..], |(_, rest)| cut(rest, b",").map_or(rest, |(ip, _)| ip));
    let session = between(message, b"session=<", b">").unwrap_or_default();
    let said = if message.starts_with(b"Login: ") {
        Said::new(EventKind::SignIn, Stated::Nothing, "Login")
    } else if has(message, b"auth failed") || has(message, b"Authentication failed") {
        Said::new(EventKind::SignInFailed, Stated::BadCredentials, "Authentication failed")
    } else if message.starts_with(b"Maximum number of connections") {
        Said::new(EventKind::SignInFailed, Stated::OtherDevice, "Maximum number of connections exceeded")
    } else {
        return None;
    };
    // Whoever was refused tries again in the same connection.
    Some((Said { user, client, ..said }, session))
}

/// What a mail process says: `imap(kim)<1234><aQ3bZ>` and its message.
fn mail<'a>(tag: &'a [u8], message: &'a [u8]) -> Spoken<'a> {
    let user = between(tag, b"(", b")").unwrap_or_default();
    let user = cut(user, b",").map_or(user, |(user, _)| user);
    let session = tag.strip_suffix(b">").and_then(|tag| tag.rsplit(|&byte| byte == b'<').next()).unwrap_or_default();
    let session = between(message, b"session=<", b">").unwrap_or(session);
    if let Some((stated, what)) = ended(message) {
        return Some((Said { user, ..Said::new(EventKind::Close, stated, what) }, session));
    }
    // The mail_log plugin names what a person did.
    let acts =
        [b"delete: ".as_slice(), b"expunge: ", b"copy from ", b"save: ", b"flag_change: ", b"append: ", b"rename: "];
    let acted = acts.iter().any(|act| message.starts_with(act));
    acted.then(|| (Said { user, ..Said::new(EventKind::Activity, Stated::Nothing, "Mailbox changed") }, session))
}

/// Why a mail process ends, if it does.
fn ended(message: &[u8]) -> Option<(Stated, &'static str)> {
    let begins = [b"Disconnected".as_slice(), b"Connection closed", b"Logged out", b"Server shutting down"];
    if !begins.iter().any(|begin| message.starts_with(begin)) {
        return None;
    }
    let table: [(&[u8], Stated, &'static str); 16] = [
        (b"Logged out", Stated::LoggedOut, "Disconnected: Logged out"),
        (b"(LOGOUT finished", Stated::LoggedOut, "Disconnected after LOGOUT"),
        (b"(QUIT finished", Stated::LoggedOut, "Disconnected after QUIT"),
        (b"nactivity", Stated::Idle, "Disconnected: Inactivity"),
        // Said by a process that was told to end: by `doveadm kick`, unless the master announced that all of it ends.
        (b"Server shutting down", Stated::Revoked, "Disconnected: Server shutting down"),
        (b"Shutting down", Stated::Revoked, "Disconnected: Shutting down"),
        (b"User kicked", Stated::Revoked, "Disconnected: User kicked"),
        (b"Kicked by admin", Stated::Revoked, "Disconnected: Kicked by admin"),
        (b"Too many invalid", Stated::Revoked, "Disconnected: Too many invalid commands"),
        (b"Connection reset by peer", Stated::PeerGone, "Disconnected: Connection reset by peer"),
        (b"Connection timed out", Stated::PeerGone, "Disconnected: Connection timed out"),
        (b"No route to host", Stated::PeerGone, "Disconnected: No route to host"),
        (b"Broken pipe", Stated::PeerGone, "Disconnected: Broken pipe"),
        (b" failed: ", Stated::PeerGone, "Disconnected: the connection failed"),
        (b"Timeout while", Stated::Nothing, "Disconnected: a timeout of the server's own"),
        (b"Internal error", Stated::Nothing, "Disconnected: Internal error"),
    ];
    let known = table.iter().find(|(words, ..)| has(message, words));
    Some(known.map_or((Stated::ConnectionClosed, "Disconnected"), |&(_, stated, what)| (stated, what)))
}
