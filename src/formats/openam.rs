//! The classic log files of `OpenAM` and its forerunners (`amAuthentication.access`, `amSSO.access`): values parted by tabs,
//! with quotes where one has blanks.
//!
//! `"2026-11-23 07:39:18"  "Login Success|…"  id=kim,ou=user,dc=shop  a1b2c301  10.0.0.7  INFO  dc=shop  …  AUTHENTICATION-100 …`
//!
//! A session is known by its `ContextID`; the `MessageID` says what happened. Later releases write JSON, which
//! [`pingam`](super::pingam) reads.
//!
//! <https://doc.openidentityplatform.org/openam/reference/chap-log-messages>

use super::{
    Format, Input, Sniff,
    lines::{Line, Outcome, cut, head_lines, text},
    named::{self, Out, ReadNamed, Said, link_of},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct OpenAm;

impl Format for OpenAm {
    fn id(&self) -> &'static str {
        "openam"
    }

    fn title(&self) -> &'static str {
        "OpenAM access and error logs"
    }

    fn reference(&self) -> &'static str {
        "https://doc.openidentityplatform.org/openam/reference/chap-log-messages"
    }

    fn example(&self) -> &'static str {
        "\"2026-11-23 07:39:18\"\t\"Session idle\"\tid=kim,ou=user,dc=shop\ta1b2c3d4e5f6a7b801\t198.51.100.7\tINFO\tdc=shop\t\"cn=dsameuser,ou=DSAME Users,dc=shop\"\tSESSION-2\tSSO.access\t\"Not Available\"\tgate1"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut other) = (0, 0);
        for line in head_lines(head).filter(|line| !line.starts_with(b"#")).take(400) {
            *(if record(line, &mut stamps).is_some() { &mut ours } else { &mut other }) += 1;
        }
        match ours {
            0 => Sniff::No("no line has a time, a context and a message's number between tabs".to_owned()),
            ours if ours >= other => Sniff::Certain,
            _ => Sniff::Plausible,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// A line taken apart.
#[derive(Clone, Copy, Debug)]
struct Record<'a> {
    stamp: Stamp,
    login: &'a [u8],
    context: &'a [u8],
    address: &'a [u8],
    domain: &'a [u8],
    message: &'a [u8],
}

/// The order of the columns is the deployment's own, so each is known by what it looks like.
fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    let mut columns = line.split(|&byte| byte == b'\t').map(unquoted);
    let stamp = stamps.rfc3339(columns.next()?)?;
    let mut record = Record { stamp, login: &[], context: &[], address: &[], domain: &[], message: &[] };
    for column in columns.skip(1) {
        let slot = match column {
            _ if is_message(column) => &mut record.message,
            _ if is_context(column) => &mut record.context,
            _ if is_address(column) => &mut record.address,
            column if column.starts_with(b"id=") => &mut record.login,
            column if column.starts_with(b"dc=") || column.starts_with(b"o=") => &mut record.domain,
            _ => continue,
        };
        if slot.is_empty() {
            *slot = column;
        }
    }
    (!record.message.is_empty()).then_some(record)
}

fn unquoted(column: &[u8]) -> &[u8] {
    let column = column.trim_ascii();
    column.strip_prefix(b"\"").and_then(|column| column.strip_suffix(b"\"")).unwrap_or(column)
}

/// `AUTHENTICATION-100`, `SESSION-2`, `COT-22`.
fn is_message(column: &[u8]) -> bool {
    cut(column, b"-").is_some_and(|(name, number)| {
        name.len() > 2
            && name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
            && name.first().is_some_and(u8::is_ascii_uppercase)
            && !number.is_empty()
            && number.iter().all(u8::is_ascii_digit)
    })
}

/// Eighteen hexadecimal digits, the last two of which number the server.
fn is_context(column: &[u8]) -> bool {
    (12..=40).contains(&column.len()) && column.iter().all(u8::is_ascii_hexdigit)
}

fn is_address(column: &[u8]) -> bool {
    std::str::from_utf8(column).is_ok_and(|text| text.parse::<std::net::IpAddr>().is_ok())
}

/// Reads lines.
#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        if line.bytes.starts_with(b"#") {
            return Outcome::Quiet("a heading");
        }
        let Some(record) = record(line.bytes, out.stamps) else {
            return Outcome::Unreadable("expected a time and a message's number between tabs, found a line without");
        };
        out.note(record.stamp);
        let Some((kind, stated, what)) = meaning(record.message) else {
            return Outcome::Quiet("its message is about no session and no sign-in");
        };
        let names_session = kind != EventKind::SignInFailed && !record.context.is_empty();
        let realm = record.domain.split(|&byte| byte == b',').next().unwrap_or_default();
        let realm = cut(realm, b"=").map_or(realm, |(_, name)| name);
        let app = if realm.is_empty() { "OpenAM".to_owned() } else { format!("OpenAM realm {}", text(realm)) };
        let user = record.login.strip_prefix(b"id=").unwrap_or(record.login);
        let said = Said {
            user: user.split(|&byte| byte == b',').next().unwrap_or_default(),
            client: record.address,
            app: &app,
            link: if names_session { link_of(&[record.context]) } else { 0 },
            ids: &[(KeyKind::Logon, "ContextID", record.context)],
            ..Said::new(kind, stated, what)
        };
        out.push(record.stamp.at, &said);
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("OpenAM".to_owned())
    }
}

fn meaning(message: &[u8]) -> Option<(EventKind, Stated, &'static str)> {
    use EventKind as Kind;
    Some(match message {
        b"SESSION-1" => (Kind::SignIn, Stated::Nothing, "SESSION-1: the session was created"),
        b"SESSION-2" => (Kind::Close, Stated::Idle, "SESSION-2: the session idled out"),
        b"SESSION-3" => (Kind::Close, Stated::MaximumAge, "SESSION-3: the session reached its maximum time"),
        b"SESSION-4" => (Kind::SignOut, Stated::LoggedOut, "SESSION-4: the user signed out of the session"),
        b"SESSION-5" => (Kind::Activity, Stated::Nothing, "SESSION-5: the session was reactivated"),
        // Someone else ended it: an administrator, or a quota that lets the new one in.
        b"SESSION-6" => (Kind::Close, Stated::Revoked, "SESSION-6: the session was destroyed"),
        b"AUTHENTICATION-100"
        | b"AUTHENTICATION-101"
        | b"AUTHENTICATION-102"
        | b"AUTHENTICATION-103"
        | b"AUTHENTICATION-104"
        | b"AUTHENTICATION-105" => (Kind::SignIn, Stated::Nothing, "Login Success"),
        [
            b'A',
            b'U',
            b'T',
            b'H',
            b'E',
            b'N',
            b'T',
            b'I',
            b'C',
            b'A',
            b'T',
            b'I',
            b'O',
            b'N',
            b'-',
            b'2',
            kind,
            last,
        ] => {
            // The tens say how the user came in (user, role, service, level, module), the ones why not.
            let (stated, what) = match (kind, last) {
                (_, b'4') => (Stated::AccountDisabled, "Login Failed: the user is inactive"),
                (_, b'5') => (Stated::AccountLocked, "Login Failed: the user is locked out"),
                (_, b'6') => (Stated::AccountDisabled, "Login Failed: the user has expired"),
                (_, b'9') => (Stated::Forbidden, "Login Failed: the most sessions are reached"),
                _ => (Stated::BadCredentials, "Login Failed"),
            };
            (Kind::SignInFailed, stated, what)
        }
        b"AUTHENTICATION-300"
        | b"AUTHENTICATION-301"
        | b"AUTHENTICATION-302"
        | b"AUTHENTICATION-303"
        | b"AUTHENTICATION-304"
        | b"AUTHENTICATION-305" => (Kind::SignOut, Stated::LoggedOut, "Logout"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    fn line(message: &str) -> String {
        format!(
            "\"2026-11-23 07:39:18\"\t\"some words|\"\"and more\"\"\"\tid=kim,ou=user,dc=shop\ta1b2c3d4e5f6a7b801\t10.0.0.7\tINFO\t\
             dc=shop\t\"cn=dsameuser,ou=DSAME Users,dc=shop\"\t{message}\tSSO.access\t\"Not Available\"\tgate1\n"
        )
    }

    #[test]
    fn each_message_says_what_happened_and_why() {
        for (message, expected) in [
            ("SESSION-1", "SignIn Nothing"),
            ("SESSION-2", "Close Idle"),
            ("SESSION-3", "Close MaximumAge"),
            ("SESSION-4", "SignOut LoggedOut"),
            ("SESSION-5", "Activity Nothing"),
            ("SESSION-6", "Close Revoked"),
            ("AUTHENTICATION-100", "SignIn Nothing"),
            ("AUTHENTICATION-105", "SignIn Nothing"),
            ("AUTHENTICATION-201", "SignInFailed BadCredentials"),
            ("AUTHENTICATION-204", "SignInFailed AccountDisabled"),
            ("AUTHENTICATION-205", "SignInFailed AccountLocked"),
            ("AUTHENTICATION-300", "SignOut LoggedOut"),
        ] {
            let said = lines::<Reader>(&line(message));
            assert_eq!(said.len(), 1, "{message}");
            assert!(said[0].starts_with(&format!("07:39:18 {expected} kim@10.0.0.7 OpenAM realm shop: ")), "{said:?}");
        }
        assert_eq!(lines::<Reader>(&line("COT-22")), [""; 0]);
    }

    #[test]
    fn a_session_is_known_by_its_context_wherever_the_columns_stand() {
        let other = "\"2026-11-23 07:40:18\"\tx\tSSO.access\tSESSION-2\tdc=shop\ta1b2c3d4e5f6a7b801\tINFO\tid=kim,ou=user,dc=shop\n";
        let (events, report) = read::<Reader>(&format!("#Version: 1.0\n{}{other}cut off\n", line("SESSION-1")));
        let links: Vec<u64> = events.ids().map(|id| events.get(id).link).collect();
        assert_eq!((links.len(), report.records, report.unreadable), (2, 3, 1));
        assert!(links[0] != 0 && links[0] == links[1]);
        assert_eq!(OpenAm.sniff(line("SESSION-1").as_bytes()), Sniff::Certain);
        for not in ["", "2026-11-23 07:39:18\ta\tb\tc", "\"2026-11-23 07:39:18\" x"] {
            assert!(matches!(OpenAm.sniff(not.as_bytes()), Sniff::No(_)), "{not}");
        }
    }
}
