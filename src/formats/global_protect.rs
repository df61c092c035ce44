//! Palo Alto Networks' GlobalProtect log.
//!
//! `… 1,2026/11/23 07:39:18,0161,GLOBALPROTECT,0,2305,2026/11/23 07:39:18,vsys1,gateway-logout,logout,,,kim,US,laptop,10.0.0.7,…`
//!
//! A session is known by its user and machine. The times are the firewall's own, without a zone.
//!
//! <https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions/globalprotect-log-fields>

use super::{
    Format, Input, Sniff,
    dialects::has,
    lines::{Line, Outcome, cut, find, head_lines, number, text},
    named::{self, Out, ReadNamed, Said, link_of},
    stated::stated_from_text,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated, time::SECOND};

/// The format.
#[derive(Debug)]
pub(super) struct GlobalProtect;

impl Format for GlobalProtect {
    fn id(&self) -> &'static str {
        "globalprotect"
    }

    fn title(&self) -> &'static str {
        "Palo Alto Networks GlobalProtect and system logs"
    }

    fn reference(&self) -> &'static str {
        "https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions/globalprotect-log-fields"
    }

    fn example(&self) -> &'static str {
        "<14>Nov 23 07:39:18 pa1 1,2026/11/23 07:39:18,016100000001,GLOBALPROTECT,0,2305,2026/11/23 07:39:18,vsys1,gateway-auth,login,LDAP,,kim,…"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let (mut ours, mut other) = (0, 0);
        for line in head_lines(head).take(400) {
            if has(line, b",GLOBALPROTECT,") && fields(line).is_some() {
                return Sniff::Certain;
            }
            *(if is_of_firewall(line) { &mut ours } else { &mut other }) += 1;
        }
        if ours > other {
            Sniff::Certain
        } else {
            Sniff::No("no line has the type GLOBALPROTECT or SYSTEM among its fields".to_owned())
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// The fields behind the type, the first of them being the type's subtype.
const FIELDS: usize = 32;

/// Places of fields, counted from the type.
mod field {
    pub(super) const GENERATED: usize = 3;
    pub(super) const EVENT: usize = 5;
    pub(super) const STAGE: usize = 6;
    pub(super) const USER: usize = 9;
    pub(super) const MACHINE: usize = 11;
    pub(super) const PUBLIC_IP: usize = 12;
    pub(super) const PRIVATE_IP: usize = 14;
    pub(super) const REASON: usize = 22;
    pub(super) const ERROR: usize = 23;
    pub(super) const OPAQUE: usize = 24;
    pub(super) const STATUS: usize = 25;
    pub(super) const DURATION: usize = 27;
}

/// The types of the firewall's other logs.
const OTHERS: [&[u8]; 9] = [
    b",SYSTEM,",
    b",TRAFFIC,",
    b",THREAT,",
    b",CONFIG,",
    b",AUTHENTICATION,",
    b",USERID,",
    b",HIPMATCH,",
    b",DECRYPTION,",
    b",CORRELATION,",
];

/// Whether a line is one of any of the firewall's logs: a serial number and one of its types, behind the time it came in.
fn is_of_firewall(line: &[u8]) -> bool {
    OTHERS.iter().any(|kind| {
        find(line, kind).is_some_and(|at| {
            let before = line.get(..at).unwrap_or_default();
            let serial = before.rsplit(|&byte| byte == b',').next().unwrap_or_default();
            serial.len() >= 4 && serial.iter().all(u8::is_ascii_alphanumeric) && before.contains(&b'/')
        })
    })
}

/// The fields of a log that came by syslog or as CSV, from the type on.
fn fields(line: &[u8]) -> Option<[&[u8]; FIELDS]> {
    let at = find(line, b"GLOBALPROTECT,").or_else(|| find(line, b"\"GLOBALPROTECT\","))?;
    fields_from(line, at)
}

fn fields_from(line: &[u8], at: usize) -> Option<[&[u8]; FIELDS]> {
    let mut fields: [&[u8]; FIELDS] = [&[]; FIELDS];
    let mut rest = line.get(at..)?;
    for slot in &mut fields {
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            let end = memchr::memchr(b'"', quoted)?;
            *slot = quoted.get(..end)?;
            rest = quoted.get(end + 1..)?;
        } else {
            let end = memchr::memchr(b',', rest).unwrap_or(rest.len());
            *slot = rest.get(..end)?;
            rest = rest.get(end..)?;
        }
        let Some(behind) = rest.strip_prefix(b",") else { break };
        rest = behind;
    }
    (!fields[field::EVENT].is_empty()).then_some(fields)
}

/// `2026/11/23 07:39:18`.
fn stamp(value: &[u8], stamps: &mut Stamps) -> Option<Stamp> {
    let mut words: Vec<u8> = value.to_vec();
    for byte in words.iter_mut().take(10).filter(|byte| **byte == b'/') {
        *byte = b'-';
    }
    stamps.rfc3339(&words)
}

#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(fields) = fields(line.bytes) else {
            // Firewalls send their other logs by the same way.
            if let Some(at) = find(line.bytes, b",SYSTEM,") {
                return system(line.bytes, at + 1, out);
            }
            return if OTHERS.iter().any(|kind| has(line.bytes, kind)) {
                Outcome::Quiet("traffic, threats and settings are about no session")
            } else {
                Outcome::Unreadable("expected comma-separated fields with GLOBALPROTECT, found none")
            };
        };
        let Some(stamp) = stamp(fields[field::GENERATED], out.stamps) else {
            return Outcome::Unreadable("expected a time like 2026/11/23 07:39:18, found none");
        };
        out.note(stamp);
        if let Some(said) = said(&fields) {
            let user = fields[field::USER];
            let user = user.rsplit(|&byte| byte == b'\\').next().unwrap_or(user);
            let session = !user.is_empty() && said.kind != EventKind::SignInFailed;
            let machine = fields[field::MACHINE];
            let private = fields[field::PRIVATE_IP];
            let private = if private == b"0.0.0.0" { &[][..] } else { private };
            out.push(
                stamp.at,
                &Said {
                    user,
                    client: fields[field::PUBLIC_IP],
                    app: "GlobalProtect",
                    link: if session { link_of(&[user, machine]) } else { 0 },
                    ids: &[(KeyKind::Client, "machine", machine), (KeyKind::Client, "private_ip", private)],
                    ..said
                },
            );
        }
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("PAN-OS".to_owned())
    }
}

fn said<'a>(fields: &[&'a [u8]; FIELDS]) -> Option<Said<'a>> {
    let failed = fields[field::STATUS].eq_ignore_ascii_case(b"failure");
    let words = [fields[field::REASON], fields[field::ERROR], fields[field::OPAQUE]];
    let event = fields[field::EVENT];
    if failed {
        let signs_in = has(event, b"auth") || has(event, b"login") || has(event, b"connected");
        let stated = words.iter().map(|words| stated_from_text(&text(words))).find(|&stated| stated != Stated::Nothing);
        return signs_in.then(|| {
            Said::new(EventKind::SignInFailed, stated.unwrap_or(Stated::BadCredentials), "GlobalProtect sign-in failed")
        });
    }
    match event {
        b"gateway-connected" => Some(Said::new(EventKind::SignIn, Stated::Nothing, "gateway-connected")),
        b"gateway-logout" => {
            let told = words.iter().map(|words| ended(words)).find(|&(stated, _)| stated != Stated::Nothing);
            let (stated, what) = told.unwrap_or((Stated::Nothing, "gateway-logout"));
            let age = number(fields[field::DURATION]).filter(|&(seconds, _)| seconds > 0);
            Some(Said {
                age: age.map(|(seconds, _)| i64::from(seconds) * SECOND),
                ..Said::new(EventKind::Close, stated, what)
            })
        }
        b"gateway-tunnel-latency" | b"gateway-hip-report" | b"gateway-hip-check" => {
            Some(Said::new(EventKind::Background, Stated::Nothing, "gateway report"))
        }
        _ if fields[field::STAGE] == b"logout" && event.starts_with(b"gateway") => {
            Some(Said::new(EventKind::Close, Stated::Nothing, "gateway logout"))
        }
        _ => None,
    }
}

/// The system log: administrators, and gateways of releases before 9.1.
///
/// `SYSTEM,general,2305,2026/11/23 07:41:18,,general,,0,0,general,informational,"User admin logged in via Web from 10.0.0.7"`
fn system(line: &[u8], at: usize, out: &mut Out<'_>) -> Outcome {
    let Some(fields) = fields_from(line, at) else {
        return Outcome::Unreadable("expected comma-separated fields behind SYSTEM, found them cut off");
    };
    let Some(stamp) = stamp(fields[field::GENERATED], out.stamps) else {
        return Outcome::Unreadable("expected a time like 2026/11/23 07:39:18, found none");
    };
    out.note(stamp);
    let Some((app, said)) = system_said(fields[field::EVENT], fields[field::MACHINE]) else {
        return Outcome::Quiet("it is about no session and no sign-in");
    };
    let names_session = !said.user.is_empty() && said.kind != EventKind::SignInFailed;
    let link = match (app, names_session) {
        (_, false) => 0,
        // A gateway's log names no address when someone leaves.
        (GATEWAY, true) => link_of(&[said.user, b""]),
        (_, true) => link_of(&[said.user, said.client]),
    };
    out.push(stamp.at, &Said { app, link, ids: &[(KeyKind::Client, "ip", said.client)], ..said });
    Outcome::Record
}

const GATEWAY: &str = "GlobalProtect";

fn system_said<'a>(event: &[u8], words: &'a [u8]) -> Option<(&'static str, Said<'a>)> {
    let behind = |mark: &[u8], end: &[u8]| -> &'a [u8] {
        let Some((_, rest)) = cut(words, mark) else { return &[] };
        rest.iter().position(|byte| end.contains(byte)).map_or(rest, |at| rest.get(..at).unwrap_or_default())
    };
    if event.starts_with(b"globalprotectgateway-") {
        let user = behind(b"User name: ", b",");
        let client = behind(b"Login from: ", b",");
        let said = if event.ends_with(b"config-succ") {
            Said::new(EventKind::SignIn, Stated::Nothing, "gateway-connected")
        } else if event.ends_with(b"logout-succ") {
            let (stated, what) = ended(cut(words, b"Reason: ").map_or(words, |(_, reason)| reason));
            Said::new(EventKind::Close, stated, what)
        } else if event.ends_with(b"auth-fail") {
            Said::new(EventKind::SignInFailed, failed_for(words), "GlobalProtect sign-in failed")
        } else {
            return None;
        };
        return Some((GATEWAY, Said { user, client, ..said }));
    }
    let admin = |user, said: Said<'static>| {
        let client = match behind(b" from ", b" ,\"") {
            b"" => behind(b"From: ", b" ,\""),
            client => client,
        };
        let client = client.strip_suffix(b".").unwrap_or(client);
        Some(("PAN-OS", Said { user, client, ..said }))
    };
    if event == b"auth-fail" || words.starts_with(b"failed authentication for user ") {
        let user = behind(b"for user '", b"'");
        return admin(user, Said::new(EventKind::SignInFailed, failed_for(words), "Failed authentication"));
    }
    if words.starts_with(b"Session for user ") && has(words, b"timed out") {
        let user = behind(b"Session for user ", b" ");
        return admin(user, Said::new(EventKind::Close, Stated::Idle, "Session timed out"));
    }
    let user = behind(b"User ", b" ");
    if words.starts_with(b"User ") && has(words, b" logged in via ") {
        return admin(user, Said::new(EventKind::SignIn, Stated::Nothing, "Logged in"));
    }
    if words.starts_with(b"User ") && has(words, b" logged out via ") {
        return admin(user, Said::new(EventKind::SignOut, Stated::LoggedOut, "Logged out"));
    }
    None
}

fn failed_for(words: &[u8]) -> Stated {
    let reason = cut(words, b"eason: ").map_or(words, |(_, reason)| reason);
    match stated_from_text(&text(reason)) {
        Stated::Nothing => Stated::BadCredentials,
        stated => stated,
    }
}

fn ended(words: &[u8]) -> (Stated, &'static str) {
    let plain = text(words).to_ascii_lowercase();
    let table: [(&str, Stated, &'static str); 12] = [
        ("client logout", Stated::LoggedOut, "client logout"),
        ("user logout", Stated::LoggedOut, "user logout"),
        ("user request", Stated::LoggedOut, "user requested"),
        ("inactivity", Stated::Idle, "inactivity timeout"),
        ("idle", Stated::Idle, "idle timeout"),
        ("session timeout", Stated::MaximumAge, "session timeout"),
        ("lifetime", Stated::MaximumAge, "login lifetime expired"),
        ("admin", Stated::Revoked, "logged out by an administrator"),
        ("keep-alive", Stated::PeerGone, "keep-alive timeout"),
        ("keepalive", Stated::PeerGone, "keep-alive timeout"),
        ("another", Stated::OtherDevice, "signed in on another machine"),
        ("restart", Stated::ServerShutdown, "the gateway restarts"),
    ];
    let known = table.iter().find(|(words, ..)| plain.contains(words));
    known.map_or((Stated::Nothing, "gateway-logout"), |&(_, stated, what)| (stated, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    /// A line with these values in the fields for event, stage, reason, status and duration.
    fn line(event: &str, stage: &str, reason: &str, status: &str) -> String {
        format!(
            "<14>Nov 23 07:39:18 pa1 1,2026/11/23 07:39:18,0161,GLOBALPROTECT,0,2305,2026/11/23 07:39:18,vsys1,{event},{stage},\
             LDAP,,ex\\kim,US,laptop,10.0.0.7,0.0.0.0,10.9.0.4,0.0.0.0,mac,serial,6.1.0,Windows,\"Windows 11, 64-bit\",1,{reason},,,\
             {status},,900,user-logon,0,gw\n"
        )
    }

    #[test]
    fn each_event_says_what_happened() {
        let who = "kim@10.0.0.7 GlobalProtect: ";
        let table = [
            (line("gateway-connected", "connected", "", "success"), format!("SignIn Nothing {who}gateway-connected")),
            (
                line("gateway-logout", "logout", "client logout", "success"),
                format!("Close LoggedOut {who}client logout"),
            ),
            (
                line("gateway-logout", "logout", "inactivity timeout", "success"),
                format!("Close Idle {who}inactivity timeout"),
            ),
            (
                line("gateway-logout", "logout", "session timeout", "success"),
                format!("Close MaximumAge {who}session timeout"),
            ),
            (
                line("gateway-logout", "logout", "admin logout", "success"),
                format!("Close Revoked {who}logged out by an administrator"),
            ),
            (line("gateway-logout", "logout", "", "success"), format!("Close Nothing {who}gateway-logout")),
            (
                line("gateway-tunnel-latency", "tunnel", "", "success"),
                format!("Background Nothing {who}gateway report"),
            ),
            (
                line("gateway-auth", "login", "Authentication failed: Invalid username or password", "failure"),
                format!("SignInFailed BadCredentials {who}GlobalProtect sign-in failed"),
            ),
        ];
        for (text, expected) in &table {
            assert_eq!(lines::<Reader>(text), [format!("07:39:18 {expected}")], "{text}");
        }
        assert!(lines::<Reader>(&line("portal-prelogin", "before-login", "", "success")).is_empty());
    }

    #[test]
    fn the_system_log_tells_of_administrators_and_of_older_gateways() {
        let table = [
            (
                "general",
                "User admin logged in via Web from 10.0.0.7 using https",
                "SignIn Nothing admin@10.0.0.7 PAN-OS: Logged in",
            ),
            (
                "general",
                "User admin logged out via Web from 10.0.0.7",
                "SignOut LoggedOut admin@10.0.0.7 PAN-OS: Logged out",
            ),
            (
                "general",
                "Session for user admin via Web from 10.0.0.7 timed out",
                "Close Idle admin@10.0.0.7 PAN-OS: Session timed out",
            ),
            (
                "auth-fail",
                "failed authentication for user 'eve'. Reason: Invalid username/password. From: 10.0.0.9.",
                "SignInFailed BadCredentials eve@10.0.0.9 PAN-OS: Failed authentication",
            ),
            (
                "auth-fail",
                "failed authentication for user 'eve'. Reason: User is locked out. From: 10.0.0.9.",
                "SignInFailed AccountLocked eve@10.0.0.9 PAN-OS: Failed authentication",
            ),
            (
                "globalprotectgateway-config-succ",
                "GlobalProtect gateway client configuration generated. User name: lee, Private IP: 10.9.0.4, Client version: 6",
                "SignIn Nothing lee@ GlobalProtect: gateway-connected",
            ),
            (
                "globalprotectgateway-logout-succ",
                "GlobalProtect gateway user logout succeeded. User name: lee, Client OS version: Windows 10, Reason: client logout.",
                "Close LoggedOut lee@ GlobalProtect: client logout",
            ),
            (
                "globalprotectgateway-logout-succ",
                "GlobalProtect gateway user logout succeeded. User name: lee, Client OS version: Windows 10, Reason: inactivity timeout.",
                "Close Idle lee@ GlobalProtect: inactivity timeout",
            ),
        ];
        for (event, words, expected) in table {
            let line = format!(
                "<14>Nov 23 07:40:00 pa1 1,2026/11/23 07:39:18,016100000001,SYSTEM,general,2305,2026/11/23 07:39:18,,{event},,0,0,general,informational,\"{words}\",3,0x0"
            );
            assert_eq!(lines::<Reader>(&line), [format!("07:39:18 {expected}")], "{line}");
            assert_eq!(GlobalProtect.sniff(line.as_bytes()), Sniff::Certain);
        }
    }

    #[test]
    fn damaged_lines_are_counted_and_other_logs_of_the_firewall_are_not() {
        let good = line("gateway-connected", "connected", "", "success");
        let (events, report) =
            read::<Reader>(&format!("{good}Nov 23 07:39:18 pa1 1,2026\n{}\n1,2026,1,TRAFFIC,end,x\n", &good[..90]));
        assert_eq!((events.len(), report.records, report.unreadable), (1, 2, 2));
        let (events, report) = read::<Reader>(
            "1,2026/11/23 07:39:18,0161,SYSTEM,auth,2305\n1,2026/11/23 07:39:18,0161,SYSTEM,auth,2305,2026/11\n",
        );
        assert_eq!((events.len(), report.unreadable), (0, 2));
        assert_eq!(GlobalProtect.sniff(good.as_bytes()), Sniff::Certain);
        assert_eq!(GlobalProtect.sniff(b"1,2026/11/23 07:39:18,0161,TRAFFIC,end,x"), Sniff::Certain);
        assert!(matches!(GlobalProtect.sniff(b"a,TRAFFIC,b,SYSTEM,c"), Sniff::No(_)));
    }
}
