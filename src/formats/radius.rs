//! RADIUS accounting as `FreeRADIUS` writes it into its detail files: a date, then one attribute a line.
//!
//! ```text
//! Mon Nov 23 07:39:18 2026
//!     Acct-Status-Type = Stop
//!     Acct-Session-Id = "6A3F0001"
//!     Acct-Terminate-Cause = Idle-Timeout
//! ```
//!
//! A session is known by its `Acct-Session-Id` on its NAS. The reason why it ended is stated, in the words or numbers of RFC
//! 2866 section 5.10 and RFC 3580 section 3.
//!
//! <https://www.rfc-editor.org/rfc/rfc2866>, <https://networkradius.com/doc/current/raddb/mods-available/detail.html>

use super::{
    Format, Input, Sniff,
    blocks::read_blocks,
    lines::{Line, cut, head_lines, number},
    named::{Said, Scribe, link_of},
    timestamp::{Stamp, Stamps},
};
use crate::model::{
    EventKind, EventStore, Family, KeyKind, Nanos, Position, SourceReport, Stated, Warning, time::SECOND,
};

/// The format.
#[derive(Debug)]
pub(super) struct Radius;

impl Format for Radius {
    fn id(&self) -> &'static str {
        "radius"
    }

    fn title(&self) -> &'static str {
        "RADIUS accounting (detail file)"
    }

    fn reference(&self) -> &'static str {
        "https://www.rfc-editor.org/rfc/rfc2866"
    }

    fn example(&self) -> &'static str {
        "Mon Nov 23 18:02:06 2026\n\tAcct-Status-Type = Stop\n\tUser-Name = \"kim\"\n\tAcct-Session-Id = \"6A3F\"\n\tAcct-Terminate-Cause = Idle-Timeout"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let (mut dates, mut attributes, mut accounting, mut lines) = (0, 0, false, 0);
        for line in head_lines(head) {
            lines += 1;
            if is_date(line) {
                dates += 1;
            } else if let Some((name, _)) = attribute(line) {
                attributes += 1;
                accounting |= name == b"Acct-Status-Type" || name == b"Acct-Session-Id";
            }
        }
        if dates == 0 || attributes == 0 {
            Sniff::No("no date on a line of its own with indented `Attribute = value` lines below".to_owned())
        } else if accounting && (dates + attributes) * 2 > lines {
            Sniff::Certain
        } else {
            Sniff::Plausible
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        let mut scribe = Scribe::new(input.source, events.len());
        let mut app = App::default();
        let (mut warnings, mut unreadable, mut records) = (Vec::new(), 0, 0);
        read_blocks(input, report, is_date, |block| match packet(block.bytes) {
            Some(packet) => {
                records += 1;
                let line = Line { bytes: block.bytes, offset: block.offset, len: block.bytes.len() as u32 };
                if let Some(stamp) = packet.stamp {
                    scribe.note(stamp, block.offset);
                }
                say(&packet, &mut app, |at, said| scribe.push(at, line, said, events));
            }
            None if block.bytes.iter().all(u8::is_ascii_whitespace) => {}
            None => {
                unreadable += 1;
                if warnings.len() < 20 {
                    let message =
                        "expected a date with attributes below, found neither a session nor a status".to_owned();
                    warnings.push(Warning { position: Position::Line(block.line), offset: block.offset, message });
                }
            }
        });
        report.records += records;
        report.unreadable += unreadable;
        report.warnings.append(&mut warnings);
        report.producer = Some("FreeRADIUS".to_owned());
        scribe.finish(input, events, report);
    }
}

/// `Mon Nov 23 07:39:18 2026`, alone on its line.
fn is_date(line: &[u8]) -> bool {
    line.len() >= 24 && line.first().is_some_and(u8::is_ascii_uppercase) && dated(line).is_some()
}

fn dated(line: &[u8]) -> Option<Stamp> {
    Stamps::default().weekday(line)
}

/// `\tUser-Name = "kim"`: name and value without quotes.
fn attribute(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if !matches!(line.first(), Some(b'\t' | b' ')) {
        return None;
    }
    let (name, value) = cut(line, b"=")?;
    let name = name.trim_ascii().strip_suffix(b":").unwrap_or(name.trim_ascii()).trim_ascii_end();
    let value = value.trim_ascii();
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    let is_name =
        !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    is_name.then_some((name, value))
}

/// One accounting request, as far as it tells about a session, whichever server took note of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packet<'a> {
    pub(super) stamp: Option<Stamp>,
    /// `Acct-Status-Type`, in words or as its number; so is `cause`, the `Acct-Terminate-Cause`.
    pub(super) status: &'a [u8],
    pub(super) session: &'a [u8],
    pub(super) unique: &'a [u8],
    pub(super) user: &'a [u8],
    /// Its address and its name; where it has a name, that is shown.
    pub(super) nas: &'a [u8],
    pub(super) nas_name: &'a [u8],
    pub(super) station: &'a [u8],
    pub(super) framed: &'a [u8],
    pub(super) cause: &'a [u8],
    /// Seconds.
    pub(super) lasted: Option<u32>,
    /// Seconds by which the stamp is late.
    pub(super) delay: u32,
}

/// The attributes of a block; `None` where it holds no accounting.
fn packet(block: &[u8]) -> Option<Packet<'_>> {
    let mut packet = Packet::default();
    let (mut head, mut event, mut epoch) = (None, None, None);
    for line in block.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some((name, value)) = attribute(line) else {
            head = head.or_else(|| dated(line));
            continue;
        };
        match name {
            b"Acct-Status-Type" => packet.status = value,
            b"Acct-Session-Id" => packet.session = value,
            b"Acct-Unique-Session-Id" => packet.unique = value,
            b"User-Name" => packet.user = value,
            b"NAS-IP-Address" | b"NAS-IPv6-Address" => packet.nas = value,
            b"NAS-Identifier" => packet.nas_name = value,
            b"Calling-Station-Id" => packet.station = value,
            b"Framed-IP-Address" => packet.framed = value,
            b"Acct-Terminate-Cause" => packet.cause = value,
            b"Acct-Session-Time" => packet.lasted = number(value).map(|(seconds, _)| seconds),
            b"Acct-Delay-Time" => packet.delay = number(value).map_or(0, |(seconds, _)| seconds),
            b"Event-Timestamp" => event = event_time(value),
            b"Timestamp" => epoch = number(value).map(|(seconds, _)| utc(i64::from(seconds))),
            _ => {}
        }
    }
    // By what clock: the NAS's own, the server's in UTC, the server's date without a zone.
    packet.stamp = match event {
        Some(event) => {
            packet.delay = 0;
            Some(event)
        }
        None => epoch.or(head),
    };
    (packet.stamp.is_some() && !packet.status.is_empty()).then_some(packet)
}

fn utc(seconds: i64) -> Stamp {
    Stamp { at: seconds * SECOND, zone: Some(0), len: 0 }
}

/// `Nov 23 2026 07:39:18 UTC`, or seconds since 1970.
pub(super) fn event_time(value: &[u8]) -> Option<Stamp> {
    if let Some((seconds, _)) = number(value).filter(|&(_, len)| len == value.len()) {
        return Some(utc(i64::from(seconds)));
    }
    let stamp = Stamps::default().traditional(value)?;
    let zone = value.get(stamp.len..).unwrap_or_default().trim_ascii();
    Some(Stamp { zone: matches!(zone, b"UTC" | b"GMT").then_some(0), ..stamp })
}

/// The app as it is shown, kept from one record to the next.
#[derive(Debug, Default)]
pub(super) struct App {
    nas: Vec<u8>,
    name: String,
}

impl App {
    fn of(&mut self, nas: &[u8]) -> &str {
        if self.name.is_empty() || self.nas != nas {
            self.nas = nas.to_vec();
            let nas = String::from_utf8_lossy(nas);
            self.name = if nas.is_empty() { "RADIUS".to_owned() } else { format!("RADIUS on {nas}") };
        }
        &self.name
    }
}

/// Hands what a request means to `push`, with its time.
pub(super) fn say(packet: &Packet<'_>, app: &mut App, push: impl FnOnce(Nanos, &Said<'_>)) {
    let Some(stamp) = packet.stamp else { return };
    let nas = if packet.nas_name.is_empty() { packet.nas } else { packet.nas_name };
    let (kind, stated, what) = meaning(packet);
    let of_nas = matches!(kind, EventKind::ServerStart | EventKind::ServerStop);
    let link = if packet.session.is_empty() || of_nas { 0 } else { link_of(&[nas, packet.session]) };
    let said = Said {
        user: if of_nas { &[] } else { packet.user },
        client: if packet.station.is_empty() { packet.framed } else { packet.station },
        app: app.of(nas),
        link,
        ids: &[
            (KeyKind::Connection, "Acct-Session-Id", packet.session),
            (KeyKind::Connection, "Acct-Unique-Session-Id", packet.unique),
            (KeyKind::Client, "Framed-IP-Address", packet.framed),
        ],
        age: packet.lasted.map(|seconds| i64::from(seconds) * SECOND),
        ..Said::new(kind, stated, what)
    };
    push(stamp.at - i64::from(packet.delay) * SECOND, &said);
}

fn meaning<'a>(packet: &Packet<'a>) -> (EventKind, Stated, &'a str) {
    let word = plain(packet.status);
    match word.as_str() {
        "start" | "1" => (EventKind::SignIn, Stated::Nothing, "Acct-Status-Type = Start"),
        "stop" | "2" => {
            let (stated, what) = terminated(packet.cause);
            (EventKind::Close, stated, what)
        }
        "interimupdate" | "alive" | "3" => {
            (EventKind::Background, Stated::Nothing, "Acct-Status-Type = Interim-Update")
        }
        "accountingon" | "7" => (EventKind::ServerStart, Stated::ServerShutdown, "Acct-Status-Type = Accounting-On"),
        "accountingoff" | "8" => (EventKind::ServerStop, Stated::ServerShutdown, "Acct-Status-Type = Accounting-Off"),
        _ => (EventKind::Neutral, Stated::Nothing, "Acct-Status-Type"),
    }
}

/// Lower case, letters and digits only: `User-Request`, `User Request` and `::User-Request` are one word.
fn plain(value: &[u8]) -> String {
    value.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}

/// What an `Acct-Terminate-Cause` states, by RFC 2866 section 5.10 and RFC 3580 section 3.
///
/// An error of the NAS, a port that it no longer needs or a call that it returns are reasons, but none that Lapsed has a cause
/// for: these state nothing.
pub(super) fn terminated(cause: &[u8]) -> (Stated, &'static str) {
    match plain(cause).as_str() {
        "userrequest" | "1" => (Stated::LoggedOut, "Acct-Terminate-Cause = User-Request"),
        "lostcarrier" | "2" => (Stated::PeerGone, "Acct-Terminate-Cause = Lost-Carrier"),
        "lostservice" | "3" => (Stated::PeerGone, "Acct-Terminate-Cause = Lost-Service"),
        "idletimeout" | "4" => (Stated::Idle, "Acct-Terminate-Cause = Idle-Timeout"),
        "sessiontimeout" | "5" => (Stated::MaximumAge, "Acct-Terminate-Cause = Session-Timeout"),
        "adminreset" | "6" => (Stated::Revoked, "Acct-Terminate-Cause = Admin-Reset"),
        "adminreboot" | "7" => (Stated::ServerShutdown, "Acct-Terminate-Cause = Admin-Reboot"),
        "porterror" | "8" => (Stated::PeerGone, "Acct-Terminate-Cause = Port-Error"),
        "naserror" | "9" => (Stated::Nothing, "Acct-Terminate-Cause = NAS-Error"),
        "nasrequest" | "10" => (Stated::Revoked, "Acct-Terminate-Cause = NAS-Request"),
        "nasreboot" | "11" => (Stated::ServerShutdown, "Acct-Terminate-Cause = NAS-Reboot"),
        "portunneeded" | "12" => (Stated::Nothing, "Acct-Terminate-Cause = Port-Unneeded"),
        "portpreempted" | "13" => (Stated::OtherDevice, "Acct-Terminate-Cause = Port-Preempted"),
        "portsuspended" | "14" => (Stated::Nothing, "Acct-Terminate-Cause = Port-Suspended"),
        "serviceunavailable" | "15" => (Stated::Nothing, "Acct-Terminate-Cause = Service-Unavailable"),
        "callback" | "16" => (Stated::Nothing, "Acct-Terminate-Cause = Callback"),
        "usererror" | "17" => (Stated::BadCredentials, "Acct-Terminate-Cause = User-Error"),
        "hostrequest" | "18" => (Stated::LoggedOut, "Acct-Terminate-Cause = Host-Request"),
        "supplicantrestart" | "19" => (Stated::ConnectionClosed, "Acct-Terminate-Cause = Supplicant-Restart"),
        "reauthenticationfailure" | "20" => (Stated::Revoked, "Acct-Terminate-Cause = Reauthentication-Failure"),
        "portreinitialized" | "21" => (Stated::Nothing, "Acct-Terminate-Cause = Port-Reinitialized"),
        "portadministrativelydisabled" | "portdisabled" | "22" => {
            (Stated::Revoked, "Acct-Terminate-Cause = Port-Administratively-Disabled")
        }
        "" => (Stated::Nothing, "Acct-Status-Type = Stop"),
        _ => (Stated::Nothing, "Acct-Terminate-Cause of another kind"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{EventId, SourceId, time::rfc3339_from_nanos},
        source::{Content, Progress},
    };

    fn read(text: &str) -> (EventStore, SourceReport) {
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let progress = Progress::default();
        let input = Input {
            content: &content,
            source: SourceId(0),
            written_by: 1_795_478_400_000_000_000,
            progress: &progress,
        };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("detail".into()));
        assert_eq!(Radius.sniff(text.as_bytes()), Sniff::Certain);
        Radius.read(&input, &mut events, &mut report);
        (events, report)
    }

    fn block(attributes: &str) -> String {
        format!("Mon Nov 23 07:39:18 2026\n\t{}\n\n", attributes.replace("; ", "\n\t"))
    }

    fn one(attributes: &str) -> String {
        let (events, _) = read(&block(&format!("Acct-Session-Id = \"A1\"; {attributes}")));
        let event = events.get(EventId(0));
        let word = |sym| events.symbols.resolve(sym);
        let (user, client, host) = (word(event.actor), word(event.client), word(event.host));
        format!(
            "{} {:?} {:?} {user}@{client} {host}",
            &rfc3339_from_nanos(event.time)[11..19],
            event.kind,
            event.stated
        )
    }

    #[test]
    fn every_cause_of_the_standard_is_stated_in_words_and_in_numbers() {
        let causes = [
            ("User-Request", Stated::LoggedOut),
            ("Lost-Carrier", Stated::PeerGone),
            ("Lost-Service", Stated::PeerGone),
            ("Idle-Timeout", Stated::Idle),
            ("Session-Timeout", Stated::MaximumAge),
            ("Admin-Reset", Stated::Revoked),
            ("Admin-Reboot", Stated::ServerShutdown),
            ("Port-Error", Stated::PeerGone),
            ("NAS-Error", Stated::Nothing),
            ("NAS-Request", Stated::Revoked),
            ("NAS-Reboot", Stated::ServerShutdown),
            ("Port-Unneeded", Stated::Nothing),
            ("Port-Preempted", Stated::OtherDevice),
            ("Port-Suspended", Stated::Nothing),
            ("Service-Unavailable", Stated::Nothing),
            ("Callback", Stated::Nothing),
            ("User-Error", Stated::BadCredentials),
            ("Host-Request", Stated::LoggedOut),
            ("Supplicant-Restart", Stated::ConnectionClosed),
            ("Reauthentication-Failure", Stated::Revoked),
            ("Port-Reinitialized", Stated::Nothing),
            ("Port-Administratively-Disabled", Stated::Revoked),
        ];
        for (number, (name, stated)) in (1..).zip(causes) {
            assert_eq!(terminated(name.as_bytes()).0, stated, "{name}");
            assert_eq!(terminated(name.replace('-', " ").as_bytes()).0, stated, "{name}");
            assert_eq!(terminated(number.to_string().as_bytes()).0, stated, "{name}");
            assert!(stated == Stated::Nothing || terminated(name.as_bytes()).1.ends_with(name), "{name}");
        }
    }

    #[test]
    fn each_status_says_what_happened() {
        let table = [
            ("Acct-Status-Type = Start; User-Name = \"kim\"", "07:39:18 SignIn Nothing kim@ RADIUS"),
            (
                "Acct-Status-Type = Interim-Update; Calling-Station-Id = \"00-11\"; NAS-IP-Address = 10.0.0.1",
                "07:39:18 Background Nothing @00-11 RADIUS on 10.0.0.1",
            ),
            (
                "Acct-Status-Type = Stop; Acct-Terminate-Cause = Idle-Timeout; NAS-Identifier = \"ap1\"; Acct-Delay-Time = 3",
                "07:39:15 Close Idle @ RADIUS on ap1",
            ),
            ("Acct-Status-Type = Accounting-On; User-Name = \"x\"", "07:39:18 ServerStart ServerShutdown @ RADIUS"),
            ("Acct-Status-Type = 8", "07:39:18 ServerStop ServerShutdown @ RADIUS"),
            (
                "Acct-Status-Type = Stop; Event-Timestamp = \"Nov 23 2026 06:00:00 UTC\"; Acct-Delay-Time = 3",
                "06:00:00 Close Nothing @ RADIUS",
            ),
            ("Acct-Status-Type = Stop; Timestamp = 1795419558", "07:39:18 Close Nothing @ RADIUS"),
        ];
        for (attributes, expected) in table {
            assert_eq!(one(attributes), expected, "{attributes}");
        }
    }

    #[test]
    fn damaged_records_are_counted_with_their_line_and_the_rest_is_read() {
        let good = block("Acct-Session-Id = \"A1\"; Acct-Status-Type = Start");
        let text = format!(
            "{good}Mon Nov 23 07:40:00 2026\n\tAcct-Sess\u{fffd}\n\nMon Nov 23 07:41:00 2026\n\tUser{good}{}",
            &good[..30]
        );
        let (events, report) = read(&text);
        assert_eq!((events.len(), report.records, report.unreadable), (2, 2, 2), "{:?}", report.warnings);
        assert_eq!(report.warnings[0].position, Position::Line(5));
    }
}
