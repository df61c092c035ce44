//! Pure-FTPd.
//!
//! `Nov 23 07:39:18 ftp1 pure-ftpd: (kim@10.0.0.7) [INFO] Timeout - try typing a little faster next time`
//!
//! It names no process, so a session is known by its user and address; what one user does from one address at the same time
//! is one session. It says `Logout.` however the client left.
//!
//! <https://www.pureftpd.org/project/pure-ftpd/doc/>

use super::{Dialect, app_on, between, has};
use crate::{
    formats::{
        lines::{cut, cut_last},
        named::{Page, Said, link_of},
        syslog::Syslog,
    },
    model::{EventKind, Stated},
};

pub(super) static DIALECT: Dialect = Dialect {
    id: "pure_ftpd",
    title: "Pure-FTPd",
    reference: "https://www.pureftpd.org/project/pure-ftpd/doc/",
    example: "Nov 23 07:39:18 ftp1 pure-ftpd: (kim@198.51.100.7) [INFO] Timeout - try typing a little faster next time",
    wrote: |line| line.program == b"pure-ftpd",
    say,
};

fn say(line: &Syslog<'_>, page: &mut Page<'_>) {
    let Some(rest) = line.message.strip_prefix(b"(") else { return };
    let Some((peer, rest)) = cut(rest, b") [") else { return };
    let Some((named, client)) = cut_last(peer, b"@") else { return };
    let Some((level, words)) = cut(rest, b"] ") else { return };
    let Some(said) = said(level, words) else { return };
    // Before someone is signed in, and in the record that says so, a `?` stands for the user.
    let user = if said.user.is_empty() && named != b"?" { named } else { said.user };
    if user.is_empty() {
        return;
    }
    let link = if said.kind == EventKind::SignInFailed { 0 } else { link_of(&[user, client]) };
    page.push(line.stamp.at, &Said { app: &app_on("Pure-FTPd", line.host), user, client, link, ..said });
}

fn said<'a>(level: &[u8], words: &'a [u8]) -> Option<Said<'a>> {
    if let Some((user, _)) = cut(words, b" is now logged in") {
        return Some(Said { user, ..Said::new(EventKind::SignIn, Stated::Nothing, "Logged in") });
    }
    if has(words, b"Authentication failed for user") {
        let user = between(words, b"[", b"]").unwrap_or_default();
        return Some(Said {
            user,
            ..Said::new(EventKind::SignInFailed, Stated::BadCredentials, "Authentication failed")
        });
    }
    if words.starts_with(b"Timeout") {
        return Some(Said::new(EventKind::Close, Stated::Idle, "Timeout"));
    }
    if words.starts_with(b"Logout") {
        return Some(Said::new(EventKind::Close, Stated::LoggedOut, "Logout"));
    }
    // A file that was fetched or stored, a folder that was made.
    let acts = level == b"NOTICE" || level == b"DEBUG" && words.starts_with(b"Command [");
    let before = ["[user]", "[pass]", "[quit]", "[auth]", "[noop]"];
    let signs = before.iter().any(|command| has(words, command.as_bytes()));
    (acts && !signs).then(|| Said::new(EventKind::Activity, Stated::Nothing, "FTP command"))
}
