//! What `last` prints of wtmp: one line a session, the newest first.
//!
//! `kim      pts/0        10.0.0.7         Mon Nov 23 07:39:18 2026 - Mon Nov 23 08:10:02 2026  (00:30)`
//!
//! Only lines with full dates (`last -F`) are read: others name no year. How a session ended is said where the host went down
//! under it (`down`, `crash`).
//!
//! <https://man7.org/linux/man-pages/man1/last.1.html>

use super::{
    Format, Input, Sniff,
    lines::{Line, Outcome, head_lines, word},
    named::{self, Out, ReadNamed, Said, link_of},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct Last;

impl Format for Last {
    fn id(&self) -> &'static str {
        "last"
    }

    fn title(&self) -> &'static str {
        "last -F"
    }

    fn reference(&self) -> &'static str {
        "https://man7.org/linux/man-pages/man1/last.1.html"
    }

    fn example(&self) -> &'static str {
        "kim      pts/0        198.51.100.7     Mon Nov 23 08:40:00 2026 - Mon Nov 23 08:50:00 2026  (00:10)"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut other) = (0, 0);
        for line in head_lines(head).filter(|line| !is_footer(line)) {
            match record(line, &mut stamps) {
                Some(_) => ours += 1,
                None => other += 1,
            }
        }
        if ours == 0 {
            Sniff::No("no line has a user, a terminal and a date with its year".to_owned())
        } else if ours >= other {
            Sniff::Certain
        } else {
            Sniff::Plausible
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// `wtmp begins Mon Nov 23 07:00:00 2026`
fn is_footer(line: &[u8]) -> bool {
    [b"wtmp begins ".as_slice(), b"wtmp.", b"btmp begins ", b"utmp begins "].iter().any(|start| line.starts_with(start))
}

/// One line.
#[derive(Clone, Copy, Debug)]
struct Record<'a> {
    user: &'a [u8],
    terminal: &'a [u8],
    from: &'a [u8],
    begun: Stamp,
    /// What stands behind the start: `- Mon Nov 23 …`, `- down`, `still logged in`.
    end: &'a [u8],
}

fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    let (user, rest) = word(line);
    let rest = rest.trim_ascii_start();
    // The date stands behind the columns, each of which may be empty.
    let mut at = 0;
    let begun = loop {
        let part = rest.get(at..)?;
        if let Some(stamp) = stamps.weekday(part) {
            break stamp;
        }
        at += memchr::memchr(b' ', part)? + 1;
    };
    let columns = || rest.get(..at).unwrap_or_default().split(|&byte| byte == b' ').filter(|column| !column.is_empty());
    let (terminal, from) = (columns().next()?, columns().nth(1).unwrap_or_default());
    let end = rest.get(at + begun.len..)?.trim_ascii();
    // A date in other logs has other things before and behind it.
    let ends = [b"-".as_slice(), b"still logged in", b"still running", b"gone - no logout"];
    let is_last = columns().count() <= 3 && ends.iter().any(|words| end.starts_with(words));
    (!user.is_empty() && is_last).then_some(Record { user, terminal, from, begun, end })
}

#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        if is_footer(line.bytes) {
            return Outcome::Record;
        }
        let Some(record) = record(line.bytes, out.stamps) else {
            return Outcome::Unreadable("expected a user, a terminal and a date with its year, found a line without");
        };
        out.note(record.begun);
        let starts = record.user == b"reboot";
        if starts || record.user == b"shutdown" || record.user == b"runlevel" {
            // Each session's own line says whether the host went down under it.
            let kind = if starts { EventKind::ServerStart } else { EventKind::Neutral };
            let what = if starts { "Host started" } else { "Host shut down" };
            out.push(record.begun.at, &Said { app: "Host", ..Said::new(kind, Stated::Nothing, what) });
            return Outcome::Record;
        }
        // Terminals are used again and again; with its start a session is itself.
        let begun = record.begun.at.to_le_bytes();
        let link = link_of(&[record.user, record.terminal, &begun]);
        let client = if record.from == b":0" { &[][..] } else { record.from };
        let ids = [(KeyKind::Connection, "terminal", record.terminal)];
        let said = Said {
            user: record.user,
            client,
            app: "Host",
            link,
            ids: &ids,
            ..Said::new(EventKind::SignIn, Stated::Nothing, "Signed in")
        };
        out.push(record.begun.at, &Said { flags: EventFlags::NEW_ID, ..said });
        if let Some((at, stated, what)) = ended(record.end, record.begun, out.stamps) {
            out.push(at, &Said { kind: EventKind::Close, stated, what, ..said });
        }
        Outcome::Record
    }
}

/// When and why a session ended; `None` for one that goes on, or of which wtmp does not say.
fn ended(end: &[u8], begun: Stamp, stamps: &mut Stamps) -> Option<(i64, Stated, &'static str)> {
    let end = end.strip_prefix(b"-")?.trim_ascii_start();
    if let Some(stamp) = stamps.weekday(end) {
        return Some((stamp.at, Stated::Nothing, "Signed off"));
    }
    // `down                      (00:30)`, `crash (1+02:10)`: when is told by how long it lasted.
    let (word, rest) = word(end);
    let lasted = rest.trim_ascii().strip_prefix(b"(").and_then(length).unwrap_or(0);
    let at = begun.at + lasted;
    match word {
        b"down" => Some((at, Stated::ServerShutdown, "The host went down")),
        b"crash" => Some((at, Stated::ServerShutdown, "The host crashed")),
        _ => None,
    }
}

/// `00:30)`, `1+02:10)` in nanoseconds.
fn length(text: &[u8]) -> Option<i64> {
    let number = super::lines::number;
    let (days, rest) = match super::lines::cut(text, b"+") {
        Some((days, rest)) => (number(days)?.0, rest),
        None => (0, text),
    };
    let (hours, len) = number(rest)?;
    let (minutes, _) = number(rest.get(len..)?.strip_prefix(b":")?)?;
    Some((i64::from(days) * 86_400 + i64::from(hours) * 3_600 + i64::from(minutes) * 60) * crate::model::time::SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    #[test]
    fn each_line_is_a_session_from_its_start_to_its_end() {
        let start = "Mon Nov 23 07:39:18 2026";
        let begun = "07:39:18 SignIn Nothing kim@10.0.0.7 Host: Signed in";
        let table = [
            ("- Mon Nov 23 08:10:02 2026  (00:30)", "08:10:02 Close Nothing kim@10.0.0.7 Host: Signed off"),
            (
                "- down                      (00:30)",
                "08:09:18 Close ServerShutdown kim@10.0.0.7 Host: The host went down",
            ),
            (
                "- crash                   (1+01:00)",
                "08:39:18 Close ServerShutdown kim@10.0.0.7 Host: The host crashed",
            ),
            ("  still logged in", ""),
            ("  gone - no logout", ""),
        ];
        for (end, expected) in table {
            let said = lines::<Reader>(&format!("kim      pts/0        10.0.0.7         {start} {end}\n"));
            let expected: Vec<&str> = [begun, expected].into_iter().filter(|line| !line.is_empty()).collect();
            assert_eq!(said, expected, "{end}");
        }
        let boot = lines::<Reader>(&format!("reboot   system boot  6.1.0-18-amd64   {start}   still running\n"));
        assert_eq!(boot, ["07:39:18 ServerStart Nothing @ Host: Host started"]);
        assert_eq!(
            lines::<Reader>(&format!("kim      tty1                          {start}   still logged in\n")).len(),
            1
        );
    }

    #[test]
    fn damaged_lines_are_counted() {
        let text = "kim pts/0 10.0.0.7 Mon Nov 23 07:39:18 2026   still logged in\nkim pts/0 10.0.0.7 Mon Nov 2\n\nwtmp begins Mon Nov 23 07:00:00 2026\n";
        let (events, report) = read::<Reader>(text);
        assert_eq!((events.len(), report.records, report.unreadable), (1, 2, 1));
        assert_eq!(Last.sniff(text.as_bytes()), Sniff::Certain);
        for text in [
            "Nov 23 07:39:18 vm sshd[7]: x",
            "WHO: kim WHAT: x WHEN: Mon Nov 23 07:39:18 2026 CLIENT: 10.0.0.7",
            "x WHEN: Mon Nov 23 07:39:18 2026",
        ] {
            assert!(matches!(Last.sniff(text.as_bytes()), Sniff::No(_)), "{text}");
        }
    }
}
