//! Cisco ASA and Firepower Threat Defense: remote access VPN sessions in their syslog.
//!
//! `Nov 23 2026 07:39:18 asa1 : %ASA-4-113019: Group = staff, Username = kim, IP = 10.0.0.7, Session disconnected. Session
//! Type: SSL, Duration: 2h:28m:09s, Bytes xmt: 1, Bytes rcv: 2, Reason: Idle Timeout`
//!
//! A session is known by its user and address; the messages name no id. Group policy and tunnel group differ, so the group is
//! no part of it.
//!
//! <https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/b_syslog.html>

use super::{
    Format, Input, Sniff,
    dialects::{app_on, has},
    lines::{Line, Outcome, cut, find, head_lines, number},
    named::{self, Out, ReadNamed, Said, link_of},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, Nanos, SourceReport, Stated, time::SECOND};

/// The format.
#[derive(Debug)]
pub(super) struct CiscoAsa;

impl Format for CiscoAsa {
    fn id(&self) -> &'static str {
        "cisco_asa"
    }

    fn title(&self) -> &'static str {
        "Cisco ASA and FTD syslog"
    }

    fn reference(&self) -> &'static str {
        "https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/b_syslog.html"
    }

    fn example(&self) -> &'static str {
        "Nov 23 2026 07:39:18 asa1 : %ASA-4-113019: Group = VPN, Username = kim, IP = 198.51.100.7, Session disconnected. Session Type: SSL, Duration: 0h:30m:00s, Bytes xmt: 1, Bytes rcv: 1, Reason: Idle Timeout"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut other) = (0, 0);
        for line in head_lines(head) {
            match record(line, &mut stamps) {
                Some(_) => ours += 1,
                None => other += 1,
            }
        }
        if ours == 0 {
            Sniff::No("no line has a message id like `%ASA-4-113019:`".to_owned())
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

/// A line taken apart.
#[derive(Clone, Copy, Debug)]
struct Record<'a> {
    stamp: Stamp,
    host: &'a [u8],
    id: u32,
    message: &'a [u8],
}

fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    let at = [b"%ASA-".as_slice(), b"%FTD-", b"%PIX-"].iter().find_map(|mark| find(line, mark))?;
    let (head, rest) = line.split_at_checked(at)?;
    // `4-113019:`, or with a subsystem between: `auth-4-113019:`.
    let (tag, message) = cut(rest, b":")?;
    let id = tag.rsplit(|&byte| byte == b'-').next()?;
    let (id, _) = number(id).filter(|&(_, digits)| digits == 6 && digits == id.len())?;
    let (stamp, behind) = stamp(head, stamps)?;
    // Host and colon as the set-up has them: ` asa1 : `, ` 10.0.0.1 `, `: `.
    let host = behind.trim_ascii().strip_suffix(b":").unwrap_or(behind.trim_ascii()).trim_ascii();
    let host = host.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    Some(Record { stamp, host, id, message: message.trim_ascii_start() })
}

/// The first stamp in a head: behind a priority, perhaps behind a relay's own.
fn stamp<'a>(head: &'a [u8], stamps: &mut Stamps) -> Option<(Stamp, &'a [u8])> {
    let start = match head.first()? {
        b'<' => memchr::memchr(b'>', head.get(..8.min(head.len()))?)? + 1,
        _ => 0,
    };
    let mut rest = head.get(start..)?;
    rest = rest.strip_prefix(b"1 ").unwrap_or(rest);
    let text = rest.trim_ascii_start();
    let stamp = stamps.traditional(text).or_else(|| stamps.rfc3339(text))?;
    Some((stamp, text.get(stamp.len..)?))
}

#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(record) = record(line.bytes, out.stamps) else {
            return Outcome::Unreadable(
                "expected a time stamp and a message id like %ASA-4-113019, found a line without",
            );
        };
        out.note(record.stamp);
        if let Some(said) = said(record.id, record.message) {
            let link =
                if said.user.is_empty() || said.link == NO_SESSION { 0 } else { link_of(&[said.user, said.client]) };
            let ids = [(KeyKind::Client, "ip", said.client)];
            out.push(record.stamp.at, &Said { link, ids: &ids, app: &app_on("Cisco VPN", record.host), ..said });
        }
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("Cisco ASA".to_owned())
    }
}

/// Marks what is said of a user and of none of the sessions.
const NO_SESSION: u64 = u64::MAX;

/// What a message says.
fn said(id: u32, message: &[u8]) -> Option<Said<'_>> {
    let (user, client) = who(message);
    let by = |kind, stated, what| Some(Said { user, client, ..Said::new(kind, stated, what) });
    let of_user = |kind, stated, what| Some(Said { link: NO_SESSION, user, client, ..Said::new(kind, stated, what) });
    let of_server = |kind, stated, what| Some(Said { link: NO_SESSION, ..Said::new(kind, stated, what) });
    match id {
        113_039 => by(EventKind::SignIn, Stated::Nothing, "AnyConnect parent session started"),
        716_001 => by(EventKind::SignIn, Stated::Nothing, "WebVPN session started"),
        722_033 | 722_022 | 722_051 | 722_034 => {
            by(EventKind::Background, Stated::Nothing, "SVC connection established")
        }
        722_032 => by(EventKind::Background, Stated::Nothing, "New SVC connection replacing old connection"),
        716_059 => by(EventKind::Background, Stated::Nothing, "AnyConnect session resumed"),
        716_058 => by(EventKind::Gap, Stated::Nothing, "AnyConnect session lost connection, waiting to resume"),
        722_010..=722_012 if has(message, b"suspend") => {
            by(EventKind::Gap, Stated::Nothing, "Client is going to sleep")
        }
        722_010..=722_012 if has(message, b"reconnect") => {
            by(EventKind::Gap, Stated::Nothing, "Client is reconnecting")
        }
        113_019 => {
            let (_, reason) = cut(message, b"Reason:")?;
            let (stated, what) = ended(reason);
            let age = cut(message, b"Duration:").and_then(|(_, text)| duration(text.trim_ascii_start()));
            Some(Said { user, client, age, ..Said::new(EventKind::Close, stated, what) })
        }
        716_002 => {
            let (_, reason) = cut(message, b"session terminated:")?;
            let (stated, what) = ended(reason);
            by(EventKind::Close, stated, what)
        }
        113_005 | 113_015 | 113_021 | 716_039 | 605_004 => {
            of_user(EventKind::SignInFailed, refused(message), "Authentication rejected")
        }
        113_006 => of_user(EventKind::AccountLocked, Stated::AccountLocked, "User locked out after failed attempts"),
        113_007 => of_user(EventKind::AccountUnlocked, Stated::Nothing, "User unlocked"),
        113_029 => of_user(EventKind::SignInFailed, Stated::OtherDevice, "Session limit reached"),
        113_035 | 113_038 | 113_040 => {
            of_user(EventKind::SignInFailed, Stated::Forbidden, "Session could not be established")
        }
        113_037 => of_server(EventKind::ServerStop, Stated::Nothing, "Reboot pending, new sessions disabled"),
        199_001 => of_server(EventKind::ServerStop, Stated::Nothing, "Reload was ordered"),
        199_002 | 199_003 | 199_005 => of_server(EventKind::ServerStart, Stated::ServerShutdown, "Firewall started"),
        _ => None,
    }
}

/// The user and address, in each of the shapes that messages have: `Group = G, Username = U, IP = X`, `Group <G> User <U> IP
/// <X>`, `user = U`, `Username U`.
fn who(message: &[u8]) -> (&[u8], &[u8]) {
    let field = |names: &[&[u8]], close: &[u8]| -> &[u8] {
        let found = names.iter().find_map(|name| cut(message, name).map(|(_, rest)| rest.trim_ascii_start()));
        let Some(rest) = found else { return &[] };
        let rest = rest.strip_prefix(b"<").unwrap_or(rest);
        let end =
            rest.iter().position(|byte| close.contains(byte) || matches!(byte, b'>' | b',')).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default().trim_ascii()
    };
    let user = field(&[b"Username =", b"User <", b"user =", b"Username=", b"user \"", b"user '"], b":\"'");
    let client = field(&[b",IP =", b" IP =", b"IP <", b"user IP =", b" IP=", b"from "], b" :/");
    (user.strip_prefix(b"*****").unwrap_or(user), client)
}

/// Why a session was disconnected, in the words of message 113019.
fn ended(reason: &[u8]) -> (Stated, &'static str) {
    let reason = reason.trim_ascii().to_ascii_lowercase();
    let table: [(&[u8], Stated, &'static str); 20] = [
        (b"idle timeout", Stated::Idle, "Reason: Idle Timeout"),
        (b"max time exceeded", Stated::MaximumAge, "Reason: Max time exceeded"),
        (b"maximum connect time", Stated::MaximumAge, "Reason: Maximum connect time exceeded"),
        (b"user requested", Stated::LoggedOut, "Reason: User Requested"),
        (b"host requested", Stated::LoggedOut, "Reason: Host Requested"),
        (b"administrator reset", Stated::Revoked, "Reason: Administrator Reset"),
        (b"administrator reboot", Stated::ServerShutdown, "Reason: Administrator Reboot"),
        (b"administrator shutdown", Stated::ServerShutdown, "Reason: Administrator Shutdown"),
        (b"connection preempted", Stated::OtherDevice, "Reason: Connection Preempted"),
        (b"port preempted", Stated::OtherDevice, "Reason: Port Preempted"),
        (b"lost service", Stated::PeerGone, "Reason: Lost Service"),
        (b"peer reconnected", Stated::PeerGone, "Reason: Peer Reconnected"),
        (b"peer address changed", Stated::AddressChanged, "Reason: Peer Address Changed"),
        (b"port error", Stated::PeerGone, "Reason: Port Error"),
        (b"nas error", Stated::Nothing, "Reason: NAS Error"),
        (b"dpd failure", Stated::PeerGone, "Reason: DPD failure"),
        (b"certificate expired", Stated::TokenExpired, "Reason: Certificate Expired"),
        (b"ike delete", Stated::LoggedOut, "Reason: IKE Delete"),
        (b"phase 2", Stated::Nothing, "Reason: Phase 2 Mismatch"),
        (b"internal error", Stated::Nothing, "Reason: Internal Error"),
    ];
    let known = table.iter().find(|(words, ..)| reason.starts_with(words));
    known.map_or((Stated::Nothing, "Session disconnected"), |&(_, stated, what)| (stated, what))
}

fn refused(message: &[u8]) -> Stated {
    if has(message, b"locked") {
        Stated::AccountLocked
    } else if has(message, b"disabled") {
        Stated::AccountDisabled
    } else if has(message, b"expired") {
        Stated::PasswordExpired
    } else {
        Stated::BadCredentials
    }
}

/// `2h:28m:09s`, `1d 2h:28m:09s`.
fn duration(text: &[u8]) -> Option<Nanos> {
    let mut seconds = 0;
    let mut rest = text;
    while let Some((value, digits)) = number(rest) {
        let (unit, behind) = rest.get(digits..)?.split_first()?;
        let unit = match unit {
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        seconds += i64::from(value) * unit;
        rest = behind.strip_prefix(b":").or_else(|| behind.strip_prefix(b" ")).unwrap_or(behind);
    }
    (rest.len() < text.len()).then_some(seconds * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    fn one(line: &str) -> String {
        lines::<Reader>(line).join(" | ")
    }

    #[test]
    fn every_reason_of_a_disconnection_is_stated() {
        let table = [
            ("Idle Timeout", Stated::Idle),
            ("Max time exceeded", Stated::MaximumAge),
            ("User Requested", Stated::LoggedOut),
            ("Host Requested", Stated::LoggedOut),
            ("Administrator Reset", Stated::Revoked),
            ("Administrator Reboot", Stated::ServerShutdown),
            ("Connection Preempted", Stated::OtherDevice),
            ("Port Preempted", Stated::OtherDevice),
            ("Lost Service", Stated::PeerGone),
            ("Peer Reconnected", Stated::PeerGone),
            ("Peer Address Changed", Stated::AddressChanged),
            ("Port Error", Stated::PeerGone),
            ("Certificate Expired", Stated::TokenExpired),
            ("IKE Delete", Stated::LoggedOut),
            ("Phase 2 Mismatch", Stated::Nothing),
            ("Internal Error", Stated::Nothing),
            ("Unknown", Stated::Nothing),
        ];
        for (reason, stated) in table {
            let words = format!(
                "%ASA-4-113019: Group = staff, Username = kim, IP = 10.0.0.7, Session disconnected. Session Type: SSL, \
                 Duration: 2h:28m:09s, Bytes xmt: 1, Bytes rcv: 2, Reason: {reason}"
            );
            let line = one(&format!("Nov 23 2026 07:39:18 asa1 : {words}"));
            assert!(line.starts_with(&format!("07:39:18 Close {stated:?} kim@10.0.0.7 Cisco VPN on asa1: ")), "{line}");
            let tight = words.replace(", ", ",");
            assert!(
                one(&format!("<164>Nov 23 2026 07:39:18: {tight}")).contains(&format!("Close {stated:?} kim@10.0.0.7"))
            );
        }
        assert_eq!(duration(b"1d 2h:28m:09s, Bytes"), Some(95_289 * SECOND));
    }

    #[test]
    fn each_message_says_what_happened() {
        let who = "Group <staff> User <kim> IP <10.0.0.7>";
        let table = [
            (format!("%ASA-6-113039: {who} AnyConnect parent session started."), "SignIn Nothing kim@10.0.0.7"),
            (format!("%ASA-6-716001: {who} WebVPN session started."), "SignIn Nothing kim@10.0.0.7"),
            (format!("%ASA-6-716002: {who} WebVPN session terminated: User Requested."), "Close LoggedOut kim@10.0.0.7"),
            (format!("%ASA-6-716002: {who} WebVPN session terminated: Idle Timeout."), "Close Idle kim@10.0.0.7"),
            (format!("%ASA-6-716058: {who} AnyConnect session lost connection. Waiting to resume."), "Gap Nothing kim@10.0.0.7"),
            (format!("%ASA-6-716059: {who} AnyConnect session resumed connection from IP <10.0.0.7>."), "Background Nothing kim@10.0.0.7"),
            (format!("%ASA-6-722012: {who} SVC Message: 16/NOTICE: Client PC is going into suspend mode (Sleep)."), "Gap Nothing kim@10.0.0.7"),
            (format!("%ASA-5-722032: {who} New TCP SVC connection replacing old connection."), "Background Nothing kim@10.0.0.7"),
            (format!("%FTD-4-113029: {who} Session could not be established: session limit of 5 reached."), "SignInFailed OtherDevice kim@10.0.0.7"),
            ("%ASA-6-113005: AAA user authentication Rejected : reason = AAA failure : server = 10.0.0.2 : user = kim : user IP = 10.0.0.7".to_owned(), "SignInFailed BadCredentials kim@10.0.0.7"),
            ("%ASA-6-113006: User locked out on exceeding 3 successive failed authentication attempts : user = kim".to_owned(), "AccountLocked AccountLocked kim@"),
            ("%ASA-5-199001: Reload command executed from console".to_owned(), "ServerStop Nothing @"),
            ("%ASA-6-199002: Startup completed.  Beginning operation.".to_owned(), "ServerStart ServerShutdown @"),
        ];
        for (message, expected) in &table {
            let line = one(&format!("Nov 23 07:39:18 asa1 {message}"));
            assert!(line.starts_with(&format!("07:39:18 {expected}")), "{message}: {line}");
        }
        assert_eq!(one("Nov 23 07:39:18 asa1 %ASA-6-302013: Built inbound TCP connection"), "");
    }

    #[test]
    fn damaged_lines_are_counted() {
        let text = "Nov 23 07:39:18 asa1 %ASA-6-113039: Group <s> User <kim> IP <10.0.0.7> AnyConnect parent session started.\n\
            Nov 23 07:39:18 asa1 %ASA-6-11\nNov 23 07:39:\n";
        let (events, report) = read::<Reader>(text);
        assert_eq!((events.len(), report.records, report.unreadable), (1, 1, 2));
        assert!(matches!(CiscoAsa.sniff(b"Nov 23 07:39:18 vm sshd[7]: x"), Sniff::No(_)));
    }
}
