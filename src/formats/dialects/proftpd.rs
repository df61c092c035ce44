//! `ProFTPD`, by syslog or in its own log file (`SystemLog`).
//!
//! `2026-11-23 07:39:18,991 ftp1 proftpd[881] ftp1 (10.0.0.7[10.0.0.7]): USER kim: Login successful.`
//!
//! A session is a process. That its connection was closed is said last of all, whether the client said QUIT or was gone; what
//! made the server close it stands before.
//!
//! <http://www.proftpd.org/docs/howto/Timeouts.html>, <http://www.proftpd.org/docs/howto/Logging.html>

use super::{Dialect, app_on, between, has};
use crate::{
    formats::{
        lines::cut,
        named::{Page, Said},
        syslog::Syslog,
    },
    model::{EventFlags, EventKind, KeyKind, Stated},
};

pub(super) static DIALECT: Dialect = Dialect {
    id: "proftpd",
    title: "ProFTPD",
    reference: "http://www.proftpd.org/docs/howto/Logging.html",
    example: "2026-11-23 07:39:18,991 ftp1 proftpd[881] ftp1 (198.51.100.7[198.51.100.7]): USER kim: Login successful.",
    wrote: |line| line.program == b"proftpd",
    say,
};

fn say(line: &Syslog<'_>, page: &mut Page<'_>) {
    let app = app_on("ProFTPD", line.host);
    if let Some(said) = of_the_server(line.message) {
        return page.push(line.stamp.at, &Said { app: &app, ..said });
    }
    // `server (name[10.0.0.7]): words` in its own file, `server (name[10.0.0.7]) - words` by syslog.
    let Some((_, rest)) = cut(line.message, b" (") else { return };
    let Some((peer, words)) = cut(rest, b"])") else { return };
    let words = words.strip_prefix(b": ").or_else(|| words.strip_prefix(b" - ")).unwrap_or(words);
    let client = peer.rsplit(|&byte| byte == b'[').next().unwrap_or_default();
    let Some(said) = of_a_client(words) else { return };
    let pid = line.pid.to_string();
    let ids = [(KeyKind::Process, "pid", pid.as_bytes())];
    page.push(line.stamp.at, &Said { app: &app, client, link: u64::from(line.pid), ids: &ids, ..said });
}

fn of_the_server(message: &[u8]) -> Option<Said<'_>> {
    if has(message, b"standalone mode STARTUP") {
        return Some(Said::new(EventKind::ServerStart, Stated::ServerShutdown, "ProFTPD started"));
    }
    // Its sessions are told to end, and say so each for itself.
    let stops = has(message, b"ProFTPD killed (signal") || has(message, b"standalone mode SHUTDOWN");
    stops.then(|| Said::new(EventKind::ServerStop, Stated::Nothing, "ProFTPD stops"))
}

fn of_a_client(words: &[u8]) -> Option<Said<'_>> {
    if words.starts_with(b"FTP session opened") || words.starts_with(b"SSH2 session opened") {
        let said = Said::new(EventKind::Neutral, Stated::Nothing, "Session opened");
        return Some(Said { flags: EventFlags::NEW_ID, ..said });
    }
    let user = between(words, b"USER ", b":").unwrap_or_default();
    if has(words, b": Login successful") {
        return Some(Said { user, ..Said::new(EventKind::SignIn, Stated::Nothing, "Login successful") });
    }
    if has(words, b"(Login failed)") || has(words, b": no such user found") || has(words, b"Maximum login attempts") {
        let user = user.split(|&byte| byte == b' ').next().unwrap_or_default();
        return Some(Said { user, ..Said::new(EventKind::SignInFailed, Stated::BadCredentials, "Login failed") });
    }
    let (stated, what) = ended(words)?;
    Some(Said::new(EventKind::Close, stated, what))
}

fn ended(words: &[u8]) -> Option<(Stated, &'static str)> {
    let table: [(&[u8], Stated, &'static str); 7] = [
        // TimeoutIdle counts from the last command, TimeoutNoTransfer from the last file or listing.
        (b"idle timeout, disconnected", Stated::Idle, "Idle timeout"),
        (b"no transfer timeout, disconnected", Stated::Idle, "No transfer timeout"),
        (b"session timed out, disconnected", Stated::MaximumAge, "Session timed out"),
        (b"ransfer stalled timeout", Stated::PeerGone, "Transfer stalled timeout"),
        (b"ata transfer stall timeout", Stated::PeerGone, "Data transfer stall timeout"),
        (b"dispatching SIGTERM", Stated::Revoked, "Session terminated"),
        (b"session closed.", Stated::ConnectionClosed, "Session closed"),
    ];
    table.iter().find(|(known, ..)| has(words, known)).map(|&(_, stated, what)| (stated, what))
}
