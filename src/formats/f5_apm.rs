//! F5 BIG-IP Access Policy Manager.
//!
//! `Nov 23 07:39:18 bigip1 notice tmm1[17742]: 01490502:5: /Common/vpn:Common:6f5b1e29: Session deleted due to user logout request.`
//!
//! A session is known by the eight digits behind the partition. It is given out before anyone is known; then come the user's
//! name and what the access policy made of it.
//!
//! <https://techdocs.f5.com/en-us/bigip-14-1-0/big-ip-access-policy-manager-visual-policy-editor-14-1-0/logging-and-reporting.html>

use super::{
    Format, Input, Sniff,
    dialects::{app_on, between, has},
    lines::{Line, Outcome, cut, head_lines, text, word},
    named::{self, Out, ReadNamed, Said, link_of},
    stated::stated_from_text,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct F5Apm;

impl Format for F5Apm {
    fn id(&self) -> &'static str {
        "f5_apm"
    }

    fn title(&self) -> &'static str {
        "F5 BIG-IP APM"
    }

    fn reference(&self) -> &'static str {
        "https://techdocs.f5.com/en-us/bigip-14-1-0/big-ip-access-policy-manager-visual-policy-editor-14-1-0/logging-and-reporting.html"
    }

    fn example(&self) -> &'static str {
        "Nov 23 07:39:18 bigip1 notice tmm1[17742]: 01490502:5: /Common/vpn:Common:6f5b1e29: Session deleted due to user logout request."
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut other) = (0, 0);
        for line in head_lines(head).take(400) {
            *(if message(line, &mut stamps).is_some() { &mut ours } else { &mut other }) += 1;
        }
        match ours {
            0 => Sniff::No("no line has a number of APM (`0149…`) with a session behind it".to_owned()),
            ours if ours * 3 >= other => Sniff::Certain,
            _ => Sniff::Plausible,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// A line taken apart: when, which appliance, which session, what.
#[derive(Clone, Copy, Debug)]
struct Message<'a> {
    stamp: Stamp,
    host: &'a [u8],
    session: &'a [u8],
    words: &'a [u8],
}

fn message<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Message<'a>> {
    let (stamp, rest) = stamped(line, stamps)?;
    let (host, rest) = word(rest);
    let (front, behind) = cut(rest, b": 0149")?;
    // Nothing but how grave it is and the program stands before the number.
    if front.len() > 64 || !behind.get(..4)?.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let (_, behind) = cut(behind, b": ")?;
    let (named, words) = cut(behind, b": ")?;
    let session = named.rsplit(|&byte| byte == b':').next()?;
    (session.len() == 8 && session.iter().all(u8::is_ascii_hexdigit)).then_some(Message { stamp, host, session, words })
}

fn stamped<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<(Stamp, &'a [u8])> {
    let rest = match line.strip_prefix(b"<") {
        Some(rest) => cut(rest, b">")?.1,
        None => line,
    };
    let stamp = stamps.traditional(rest).or_else(|| stamps.rfc3339(rest))?;
    Some((stamp, rest.get(stamp.len..)?.strip_prefix(b" ")?.trim_ascii_start()))
}

/// Reads lines.
#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(message) = message(line.bytes, out.stamps) else {
            return match stamped(line.bytes, out.stamps) {
                Some((stamp, _)) => {
                    out.note(stamp);
                    Outcome::Quiet("it is no message of APM about a session")
                }
                None => Outcome::Unreadable("expected a time stamp and an appliance, found a line without"),
            };
        };
        out.note(message.stamp);
        let words = text(message.words);
        let Some(said) = said(message.words, &words) else {
            return Outcome::Quiet("its words begin and end no session");
        };
        out.push(
            message.stamp.at,
            &Said {
                app: &app_on("F5 APM", message.host),
                link: link_of(&[message.session]),
                ids: &[(KeyKind::Connection, "session", message.session)],
                ..said
            },
        );
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("F5 BIG-IP APM".to_owned())
    }
}

fn said<'a>(words: &'a [u8], shown: &'a str) -> Option<Said<'a>> {
    use EventKind as Kind;
    let client = between(words, b"client IP ", b" ").unwrap_or_default();
    if words.starts_with(b"New session") {
        let said = Said::new(Kind::Neutral, Stated::Nothing, "New session");
        return Some(Said { client, flags: EventFlags::NEW_ID, ..said });
    }
    if let Some((_, user)) = cut(words, b"Username '") {
        let user = cut(user, b"'").map_or(user, |(user, _)| user);
        return Some(Said { user, ..Said::new(Kind::SignIn, Stated::Nothing, "Username") });
    }
    if let Some((_, result)) = cut(words, b"Access policy result: ") {
        let denied = has(result, b"Deny") || has(result, b"deny");
        let kind = if denied { Kind::SignInFailed } else { Kind::Activity };
        return Some(Said::new(kind, Stated::Nothing, shown));
    }
    if has(words, b"Session deleted") {
        return Some(Said::new(Kind::Close, deleted(shown), shown));
    }
    None
}

/// `Session deleted due to user inactivity or errors.`: the errors are those of a client that does not answer any more either.
fn deleted(words: &str) -> Stated {
    let plain = words.to_ascii_lowercase();
    match () {
        () if plain.contains("inactivity") => Stated::Idle,
        () if plain.contains("logout request") || plain.contains("user logout") => Stated::LoggedOut,
        () if plain.contains("max") && plain.contains("session") => Stated::MaximumAge,
        () if plain.contains("admin") => Stated::Revoked,
        () => stated_from_text(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    fn line(words: &str) -> String {
        format!("<141>Nov 23 07:39:18 bigip1 notice tmm1[17742]: 01490502:5: /Common/vpn:Common:6f5b1e29: {words}\n")
    }

    #[test]
    fn each_message_says_what_happened_and_why() {
        for (words, expected) in [
            (
                "New session from client IP 10.0.0.7 (ST=/CC=/C=) at VIP 10.0.0.2 Listener /Common/vs (Reputation=Unknown)",
                "Neutral Nothing @10.0.0.7",
            ),
            ("Username 'kim'", "SignIn Nothing kim@"),
            ("Access policy result: Full", "Activity Nothing @"),
            ("Access policy result: Logon_Deny", "SignInFailed Nothing @"),
            ("Session deleted due to user logout request.", "Close LoggedOut @"),
            ("Session deleted due to user inactivity.", "Close Idle @"),
            ("Session deleted due to user inactivity or errors.", "Close Idle @"),
            ("Session deleted due to maximum session timeout.", "Close MaximumAge @"),
            ("Session deleted due to admin initiated termination.", "Close Revoked @"),
        ] {
            let said = lines::<Reader>(&line(words));
            assert_eq!(said.len(), 1, "{words}");
            assert!(said[0].starts_with(&format!("07:39:18 {expected} F5 APM on bigip1: ")), "{said:?}");
        }
        assert_eq!(lines::<Reader>(&line("Session statistics - bytes in: 1, bytes out: 2")), [""; 0]);
    }

    #[test]
    fn damaged_lines_are_counted() {
        let good = line("Username 'kim'");
        let (events, report) = read::<Reader>(&format!("{good}{}\nno time\n", &good[..60]));
        assert_eq!((events.len(), report.records, report.unreadable), (1, 2, 1));
        assert_eq!(F5Apm.sniff(good.as_bytes()), Sniff::Certain);
        assert!(matches!(F5Apm.sniff(b"Nov 23 07:39:18 vm sshd[7]: 0149"), Sniff::No(_)));
    }
}
