//! vsftpd's own log, with or without the FTP protocol (`log_ftp_protocol`), or the same by syslog (`syslog_enable`).
//!
//! `Mon Nov 23 07:39:18 2026 [pid 12775] [kim] OK UPLOAD: Client "10.0.0.7", "/home/kim/a.txt", 5 bytes, 12.12Kbyte/sec`
//!
//! Each stage of a session runs in a process of its own, so a session is known by its user and address; what one user does
//! from one address at the same time is one session. How it ended shows only where the protocol is logged.
//!
//! <https://security.appspot.com/vsftpd/vsftpd_conf.html>

use super::{
    Format, Input, Sniff,
    dialects::{Dialect, app_on, between, by_program},
    lines::{Line, Outcome, cut, head_lines},
    linux_auth,
    named::{self, Out, ReadNamed, Said, link_of},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct Vsftpd;

impl Format for Vsftpd {
    fn id(&self) -> &'static str {
        "vsftpd"
    }

    fn title(&self) -> &'static str {
        "vsftpd log"
    }

    fn reference(&self) -> &'static str {
        "https://security.appspot.com/vsftpd/vsftpd_conf.html"
    }

    fn example(&self) -> &'static str {
        r#"Mon Nov 23 17:38:31 2026 [pid 12774] [kim] OK LOGIN: Client "127.0.0.1""#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        match of_its_own(head) {
            Sniff::No(why) => match by_program(&DIALECT, head) {
                Sniff::No(_) => Sniff::No(why),
                other => other,
            },
            own => own,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        if matches!(of_its_own(&input.content.head()), Sniff::No(_)) {
            linux_auth::read(input, events, report);
        } else {
            named::read::<Reader>(input, events, report);
        }
    }
}

/// What it says by syslog.
pub(super) static DIALECT: Dialect = Dialect {
    id: "vsftpd",
    title: "vsftpd log",
    reference: "https://security.appspot.com/vsftpd/vsftpd_conf.html",
    example: r#"Nov 23 17:38:31 ftp1 vsftpd[12774]: [kim] OK LOGIN: Client "127.0.0.1""#,
    wrote: |line| line.program == b"vsftpd" && line.message.starts_with(b"["),
    say: |line, page| {
        let Some((user, message)) = line.message.strip_prefix(b"[").and_then(|rest| cut(rest, b"] ")) else { return };
        if let Some(said) = told(user, message) {
            page.push(line.stamp.at, &Said { app: &app_on("vsftpd", line.host), ..said });
        }
    },
};

/// Whether a source is its own file.
fn of_its_own(head: &[u8]) -> Sniff {
    let mut stamps = Stamps::default();
    let (mut ours, mut other) = (0, 0);
    for line in head_lines(head) {
        match record(line, &mut stamps) {
            Some(_) => ours += 1,
            None => other += 1,
        }
    }
    if ours == 0 {
        Sniff::No("no line has a date, a `[pid …]` and a `Client`".to_owned())
    } else if ours >= other {
        Sniff::Certain
    } else {
        Sniff::Plausible
    }
}

/// When, who and what: the user is empty before one was named.
fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<(Stamp, &'a [u8], &'a [u8])> {
    let stamp = stamps.weekday(line)?;
    let rest = line.get(stamp.len..)?.strip_prefix(b" [pid ")?;
    let (_, rest) = cut(rest, b"] ")?;
    let (user, message) = match rest.strip_prefix(b"[") {
        Some(rest) => cut(rest, b"] ")?,
        None => (&[][..], rest),
    };
    Some((stamp, user, message))
}

#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some((stamp, user, message)) = record(line.bytes, out.stamps) else {
            return Outcome::Unreadable("expected a date and [pid …], found a line without");
        };
        out.note(stamp);
        if let Some(said) = told(user, message) {
            out.push(stamp.at, &Said { app: "vsftpd", ..said });
        }
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("vsftpd".to_owned())
    }
}

fn told<'a>(user: &'a [u8], message: &'a [u8]) -> Option<Said<'a>> {
    let said = said(message).filter(|_| !user.is_empty())?;
    let client = between(message, b"Client \"", b"\"").unwrap_or_default();
    let client = client.strip_prefix(b"::ffff:").unwrap_or(client);
    let link = if said.kind == EventKind::SignInFailed { 0 } else { link_of(&[user, client]) };
    Some(Said { user, client, link, ..said })
}

fn said(message: &[u8]) -> Option<Said<'_>> {
    let (head, rest) = cut(message, b": ")?;
    let words = cut(rest, b"\", \"").map_or(&[][..], |(_, words)| words);
    match head {
        b"OK LOGIN" => Some(Said::new(EventKind::SignIn, Stated::Nothing, "OK LOGIN")),
        b"FAIL LOGIN" => Some(Said::new(EventKind::SignInFailed, Stated::BadCredentials, "FAIL LOGIN")),
        b"FTP response" if words.starts_with(b"221") => {
            Some(Said::new(EventKind::Close, Stated::LoggedOut, "221 Goodbye"))
        }
        b"FTP response" if words.starts_with(b"421 Timeout") => {
            Some(Said::new(EventKind::Close, Stated::Idle, "421 Timeout"))
        }
        b"FTP response" if words.starts_with(b"421") => Some(Said::new(EventKind::Close, Stated::Nothing, "421")),
        // Clients send NOOP to stay signed in, and the first commands come before anyone is.
        b"FTP command" if words.starts_with(b"NOOP") => Some(Said::new(EventKind::Neutral, Stated::Nothing, "NOOP")),
        b"FTP command" => {
            let before = [b"USER".as_slice(), b"PASS ", b"QUIT", b"AUTH", b"FEAT", b"PBSZ", b"PROT"];
            let counts = !before.iter().any(|command| words.starts_with(command));
            counts.then(|| Said::new(EventKind::Activity, Stated::Nothing, "FTP command"))
        }
        _ if head.starts_with(b"OK ") || head.starts_with(b"FAIL ") => {
            Some(Said::new(EventKind::Activity, Stated::Nothing, "File transfer"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    #[test]
    fn each_line_says_what_happened() {
        let table = [
            ("[kim] OK LOGIN: Client \"::ffff:10.0.0.7\"", "SignIn Nothing kim@10.0.0.7 vsftpd: OK LOGIN"),
            ("[kim] FAIL LOGIN: Client \"10.0.0.7\"", "SignInFailed BadCredentials kim@10.0.0.7 vsftpd: FAIL LOGIN"),
            (
                "[kim] OK UPLOAD: Client \"10.0.0.7\", \"/a\", 5 bytes",
                "Activity Nothing kim@10.0.0.7 vsftpd: File transfer",
            ),
            ("[kim] FTP command: Client \"10.0.0.7\", \"PWD\"", "Activity Nothing kim@10.0.0.7 vsftpd: FTP command"),
            ("[kim] FTP command: Client \"10.0.0.7\", \"PASS <password>\"", ""),
            (
                "[kim] FTP response: Client \"10.0.0.7\", \"221 Goodbye.\"",
                "Close LoggedOut kim@10.0.0.7 vsftpd: 221 Goodbye",
            ),
            (
                "[kim] FTP response: Client \"10.0.0.7\", \"421 Timeout.\"",
                "Close Idle kim@10.0.0.7 vsftpd: 421 Timeout",
            ),
            ("CONNECT: Client \"10.0.0.7\"", ""),
            ("FTP response: Client \"10.0.0.7\", \"421 Timeout.\"", ""),
        ];
        for (words, expected) in table {
            let line = lines::<Reader>(&format!("Mon Nov 23 07:39:18 2026 [pid 7] {words}\n")).join(" | ");
            assert_eq!(line.strip_prefix("07:39:18 ").unwrap_or(&line), expected, "{words}");
        }
        let (events, report) =
            read::<Reader>("Mon Nov 23 07:39:18 2026 [pid 7] [kim] OK LOGIN: Client \"x\"\nMon Nov 2\n");
        assert_eq!((events.len(), report.records, report.unreadable), (1, 1, 1));
        assert!(matches!(Vsftpd.sniff(b"Mon Nov 23 07:39:18 2026 x"), Sniff::No(_)));
    }
}
