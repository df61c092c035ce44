//! Eclipse Mosquitto, an MQTT broker.
//!
//! `1795419558: New client connected from 10.0.0.7:48560 as phone1 (p2, c1, k60, u'kim').`
//!
//! A session is a client's id; its stamps count seconds, or are as `log_timestamp_format` says. A client that says nothing for
//! one and a half of its keep-alive times counts as gone (MQTT 3.1.1, section 3.1.2.10).
//!
//! <https://mosquitto.org/man/mosquitto-conf-5.html>, the sources of `src/context.c` and `src/handle_connect.c`

use super::{
    Format, Input, Sniff,
    dialects::{between, has},
    lines::{Line, Outcome, cut, cut_last, head_lines},
    named::{self, Out, ReadNamed, Said, link_of},
    syslog,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct Mosquitto;

impl Format for Mosquitto {
    fn id(&self) -> &'static str {
        "mosquitto"
    }

    fn title(&self) -> &'static str {
        "Mosquitto MQTT broker"
    }

    fn reference(&self) -> &'static str {
        "https://mosquitto.org/man/mosquitto-conf-5.html"
    }

    fn example(&self) -> &'static str {
        "1795419558: New client connected from 198.51.100.7:48560 as phone1 (p2, c1, k60, u'kim')."
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut framed, mut all) = (0, 0, 0);
        for line in head_lines(head).take(400) {
            all += 1;
            if let Some((_, words)) = frame(line, &mut stamps) {
                framed += 1;
                ours += u32::from(is_telling(words));
            }
        }
        match ours {
            0 => Sniff::No("no line speaks of a client as the broker does".to_owned()),
            _ if framed * 2 > all => Sniff::Certain,
            _ => Sniff::Plausible,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// When, and the words behind the colon.
fn frame<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<(Stamp, &'a [u8])> {
    if let Some(record) = syslog::parse(line, stamps) {
        return (record.program == b"mosquitto").then_some((record.stamp, record.message));
    }
    let (front, words) = cut(line, b": ")?;
    let stamp = stamps.any(front).filter(|stamp| stamp.len == front.len())?;
    Some((stamp, words))
}

fn is_telling(words: &[u8]) -> bool {
    words.starts_with(b"New client connected from ")
        || words.starts_with(b"mosquitto version ")
        || words.starts_with(b"New connection from ") && has(words, b" on port ")
        || words.starts_with(b"Client ") && words.ends_with(b".") && ended(words).is_some()
}

/// Reads lines.
#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some((stamp, words)) = frame(line.bytes, out.stamps) else {
            return Outcome::Unreadable("expected a time and a colon, found a line without");
        };
        out.note(stamp);
        if let Some((said, id)) = said(words) {
            let link = if id.is_empty() || said.kind == EventKind::SignInFailed { 0 } else { link_of(&[id]) };
            out.push(stamp.at, &Said { app: "Mosquitto", link, ids: &[(KeyKind::Client, "client id", id)], ..said });
        }
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("Mosquitto".to_owned())
    }
}

fn said(words: &[u8]) -> Option<(Said<'_>, &[u8])> {
    if let Some(rest) = words.strip_prefix(b"mosquitto version ") {
        let said = if rest.ends_with(b" starting") {
            Said::new(EventKind::ServerStart, Stated::ServerShutdown, "Mosquitto starting")
        } else if rest.ends_with(b" terminating") {
            Said::new(EventKind::ServerStop, Stated::ServerShutdown, "Mosquitto terminating")
        } else {
            return None;
        };
        return Some((said, &[]));
    }
    if let Some(rest) = words.strip_prefix(b"New client connected from ") {
        let (peer, rest) = cut(rest, b" as ")?;
        let (id, details) = cut_last(rest, b" (")?;
        let user = between(details, b"u'", b"'").unwrap_or_default();
        let client = cut_last(peer, b":").map_or(peer, |(address, _)| address);
        return Some((
            Said { user, client, ..Said::new(EventKind::SignIn, Stated::Nothing, "New client connected") },
            id,
        ));
    }
    if let Some((stated, what)) = ended(words) {
        let rest = words.strip_prefix(b"Client ").or_else(|| cut(words, b"on client ").map(|(_, rest)| rest))?;
        let id = rest.split(|&byte| byte == b' ').next().unwrap_or_default();
        let id = id.strip_suffix(b",").unwrap_or(id);
        if id == b"<unknown>" {
            let said = Said::new(EventKind::SignInFailed, Stated::BadCredentials, "Not authorised");
            return has(words, b"not authorised").then_some((said, &[]));
        }
        return Some((Said::new(EventKind::Close, stated, what), id));
    }
    // A ping keeps the connection, and is none of the user's doing.
    let (kind, rest) = if let Some((_, rest)) = cut(words, b"Received PINGREQ from ") {
        (EventKind::Background, rest)
    } else {
        let (front, rest) = words.strip_prefix(b"Received ").and_then(|rest| cut(rest, b" from "))?;
        let acts = matches!(front, b"PUBLISH" | b"SUBSCRIBE" | b"UNSUBSCRIBE");
        (if acts { EventKind::Activity } else { return None }, rest)
    };
    let id = rest.split(|&byte| byte == b' ').next().unwrap_or_default();
    Some((Said::new(kind, Stated::Nothing, "Received a packet"), id))
}

fn ended(words: &[u8]) -> Option<(Stated, &'static str)> {
    let table: [(&[u8], Stated, &'static str); 10] = [
        (
            b" already connected, closing old connection",
            Stated::OtherDevice,
            "Already connected, closing old connection",
        ),
        (b" has exceeded timeout, disconnecting", Stated::PeerGone, "Has exceeded timeout"),
        (b"session taken over", Stated::OtherDevice, "Session taken over"),
        (b"administrative action", Stated::Revoked, "Disconnected by administrative action"),
        (b" disconnected, not authorised", Stated::Revoked, "Disconnected, not authorised"),
        (b" closed its connection", Stated::ConnectionClosed, "Closed its connection"),
        (b"Socket error on client ", Stated::PeerGone, "Socket error"),
        (b" disconnected due to ", Stated::Nothing, "Disconnected for an error"),
        (b" disconnected: ", Stated::Nothing, "Disconnected for an error"),
        (b" disconnected.", Stated::LoggedOut, "Disconnected"),
    ];
    table.iter().find(|(known, ..)| has(words, known)).map(|&(_, stated, what)| (stated, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    #[test]
    fn each_message_says_what_happened_and_why() {
        for (words, expected) in [
            (
                "New client connected from 10.0.0.7:48560 as phone1 (p2, c1, k60, u'kim').",
                "SignIn Nothing kim@10.0.0.7",
            ),
            ("Client phone1 disconnected.", "Close LoggedOut @"),
            ("Client phone1 has exceeded timeout, disconnecting.", "Close PeerGone @"),
            ("Client phone1 already connected, closing old connection.", "Close OtherDevice @"),
            ("Client phone1 closed its connection.", "Close ConnectionClosed @"),
            ("Client phone1 been disconnected by administrative action.", "Close Revoked @"),
            ("Socket error on client phone1, disconnecting.", "Close PeerGone @"),
            ("Client <unknown> disconnected, not authorised.", "SignInFailed BadCredentials @"),
            ("Received PINGREQ from phone1", "Background Nothing @"),
            ("Received PUBLISH from phone1 (d0, q0, r0, m0, 'x', ... (1 bytes))", "Activity Nothing @"),
            ("mosquitto version 2.0.11 terminating", "ServerStop ServerShutdown @"),
        ] {
            for stamp in ["1795419558", "2026-11-23T07:39:18", "2026-11-23 07:39:18"] {
                let said = lines::<Reader>(&format!("{stamp}: {words}\n"));
                assert_eq!(said.len(), 1, "{words}");
                assert!(said[0].starts_with(&format!("07:39:18 {expected} Mosquitto: ")), "{said:?}");
            }
        }
    }

    #[test]
    fn damaged_lines_are_counted() {
        let good = "1795419558: New client connected from 10.0.0.7:48560 as phone1 (p2, c1, k60, u'kim').";
        let (events, report) = read::<Reader>(&format!("{good}\n{}\n{good}\n", &good[..7]));
        assert_eq!((events.len(), report.records, report.unreadable), (2, 2, 1));
        assert_eq!(Mosquitto.sniff(good.as_bytes()), Sniff::Certain);
        assert!(matches!(Mosquitto.sniff(b"1795419558: Client left."), Sniff::No(_)));
    }
}
