//! Cisco ISE's syslog: RADIUS accounting, failed authentications, administrators' sessions.
//!
//! `<181>Nov 23 07:39:18 ise1 CISE_RADIUS_Accounting 0000008174 1 0 2026-11-23 07:39:18.263 +00:00 0000106784 3001 NOTICE
//! Radius-Accounting: RADIUS Accounting stop request, User-Name=kim, Acct-Session-Id=6A3F, Acct-Terminate-Cause=Idle Timeout, …`
//!
//! Behind the category come the message's number, how many pieces it was sent in and which of them this is, its time, and the
//! code that says what happened. Sessions are those of [`radius`]; an administrator's is known by name and address.
//!
//! <https://www.cisco.com/c/en/us/td/docs/security/ise/syslog/Cisco_ISE_Syslogs.html>

use super::{
    Format, Input, Sniff,
    dialects::app_on,
    lines::{Line, Outcome, cut, head_lines, number, text, word},
    named::{self, Out, ReadNamed, Said, link_of},
    radius::{self, App, Packet},
    stated::stated_from_text,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct CiscoIse;

impl Format for CiscoIse {
    fn id(&self) -> &'static str {
        "cisco_ise"
    }

    fn title(&self) -> &'static str {
        "Cisco ISE syslog"
    }

    fn reference(&self) -> &'static str {
        "https://www.cisco.com/c/en/us/td/docs/security/ise/syslog/Cisco_ISE_Syslogs.html"
    }

    fn example(&self) -> &'static str {
        "<181>Nov 23 07:39:18 ise1 CISE_RADIUS_Accounting 0000008174 1 0 2026-11-23 07:39:18.263 +00:00 0000106784 3001 NOTICE Radius-Accounting: RADIUS Accounting stop request, User-Name=kim, NAS-IP-Address=10.0.0.2, Acct-Status-Type=Stop, Acct-Session-Id=6A3F, Acct-Terminate-Cause=Idle Timeout,"
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
            0 => Sniff::No("no line has a category of ISE (`CISE_…`), a number and a time".to_owned()),
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
struct Message<'a> {
    stamp: Stamp,
    host: &'a [u8],
    /// Which piece of the message this is, counted from 0.
    piece: u32,
    code: &'a [u8],
    fields: &'a [u8],
}

/// The message in a line. What passes syslog on may have taken the category away, which is its tag.
fn message<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Message<'a>> {
    let (host, rest) = match cut(line, b"CISE_") {
        Some((front, rest)) => {
            (front.trim_ascii_end().rsplit(|&byte| byte == b' ').next().unwrap_or_default(), word(rest).1)
        }
        None => (&[][..], line),
    };
    let (id, rest) = word(rest);
    let (pieces, rest) = word(rest);
    let (piece, rest) = word(rest);
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if id.len() != 10 || !is_number(id) || !is_number(pieces) {
        return None;
    }
    let piece = number(piece).filter(|&(_, len)| len == piece.len())?.0;
    if piece > 0 {
        let stamp = Stamp { at: 0, zone: None, len: 0 };
        return Some(Message { stamp, host, piece, code: &[], fields: &[] });
    }
    let stamp = stamps.rfc3339(rest)?;
    let behind = rest.get(stamp.len..)?.trim_ascii_start();
    let (zone, behind) = if stamp.zone.is_none() { word(behind) } else { (&[][..], behind) };
    let stamp = if zone.is_empty() {
        stamp
    } else {
        // The zone stands apart, and so the stamp was read without.
        let len = rest.len() - behind.len();
        let joined = [rest.get(..stamp.len)?, zone].concat();
        Stamp { len, ..stamps.rfc3339(&joined)? }
    };
    let (_, behind) = word(behind.trim_ascii_start());
    let (code, behind) = word(behind);
    let fields = behind.split(|&byte| byte == b',').next().map_or(0, <[u8]>::len);
    Some(Message { stamp, host, piece, code, fields: behind.get(fields..)? })
}

/// Reads lines.
#[derive(Debug, Default)]
struct Reader {
    app: App,
}

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(message) = message(line.bytes, out.stamps) else {
            return Outcome::Unreadable("expected a category of ISE, a number and a time, found a line without");
        };
        if message.piece > 0 {
            return Outcome::Continuation;
        }
        out.note(message.stamp);
        match message.code {
            b"3000" | b"3001" | b"3002" | b"3003" | b"3004" => self.account(&message, out),
            b"51000" | b"51001" | b"51002" | b"51003" | b"51004" | b"51005" | b"51008" | b"51020" | b"51021" => {
                administrator(&message, out);
            }
            // Of the fifty-four hundreds each is a failure of one kind or another; which, says FailureReason.
            code if code.len() == 4 && code.starts_with(b"54") => refuse(&message, out),
            _ => return Outcome::Quiet("its code is about no session and no refusal"),
        }
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("Cisco ISE".to_owned())
    }
}

/// Hands on names and values. A comma inside a value has a backslash before it.
fn each<'a>(fields: &'a [u8], mut take: impl FnMut(&'a [u8], &'a [u8])) {
    let mut start = 0;
    for at in memchr::memchr_iter(b',', fields).chain([fields.len()]) {
        if at < start || at > 0 && fields.get(at - 1) == Some(&b'\\') {
            continue;
        }
        if let Some((name, value)) = fields.get(start..at).and_then(|pair| cut(pair, b"=")) {
            take(name.trim_ascii(), value.trim_ascii());
        }
        start = at + 1;
    }
}

impl Reader {
    fn account(&mut self, message: &Message<'_>, out: &mut Out<'_>) {
        let mut packet = Packet { stamp: Some(message.stamp), ..Packet::default() };
        packet.status = match message.code {
            b"3000" => b"Start",
            b"3001" => b"Stop",
            b"3002" => b"Interim-Update",
            b"3003" => b"Accounting-On",
            _ => b"Accounting-Off",
        };
        let mut device: &[u8] = &[];
        each(message.fields, |name, value| match name {
            b"User-Name" => packet.user = value,
            b"UserName" if packet.user.is_empty() => packet.user = value,
            b"NAS-IP-Address" => packet.nas = value,
            b"NAS-Identifier" => packet.nas_name = value,
            b"NetworkDeviceName" => device = value,
            b"Calling-Station-ID" | b"Calling-Station-Id" => packet.station = value,
            b"Framed-IP-Address" => packet.framed = value,
            b"Acct-Session-Id" => packet.session = value,
            b"Acct-Multi-Session-Id" => packet.unique = value,
            b"Acct-Terminate-Cause" => packet.cause = value,
            b"Acct-Session-Time" => packet.lasted = number(value).map(|(seconds, _)| seconds),
            b"Acct-Delay-Time" => packet.delay = number(value).map_or(0, |(seconds, _)| seconds),
            _ => {}
        });
        if packet.nas_name.is_empty() {
            packet.nas_name = device;
        }
        radius::say(&packet, &mut self.app, |at, said| out.push(at, said));
    }
}

fn refuse(message: &Message<'_>, out: &mut Out<'_>) {
    let (mut user, mut client, mut reason): (&[u8], &[u8], &[u8]) = (&[], &[], &[]);
    each(message.fields, |name, value| match name {
        b"UserName" => user = value,
        b"User-Name" if user.is_empty() => user = value,
        b"Calling-Station-ID" | b"Calling-Station-Id" => client = value,
        b"FailureReason" => reason = value,
        _ => {}
    });
    let words = text(reason);
    let stated = match stated_from_text(&words) {
        Stated::Nothing => Stated::BadCredentials,
        stated => stated,
    };
    let what = if reason.is_empty() { "Authentication failed" } else { &*words };
    out.push(
        message.stamp.at,
        &Said { user, client, app: "RADIUS", ..Said::new(EventKind::SignInFailed, stated, what) },
    );
}

/// Those who configure ISE itself.
fn administrator(message: &Message<'_>, out: &mut Out<'_>) {
    use EventKind as Kind;
    let (mut user, mut client): (&[u8], &[u8]) = (&[], &[]);
    each(message.fields, |name, value| match name {
        b"AdminName" => user = value,
        b"AdminIPAddress" => client = value,
        _ => {}
    });
    let (kind, stated, what) = match message.code {
        b"51001" => (Kind::SignIn, Stated::Nothing, "Administrator authentication succeeded"),
        b"51002" => (Kind::SignOut, Stated::LoggedOut, "Administrator logged off"),
        b"51003" => (Kind::Close, Stated::Idle, "Administrator had a session timeout"),
        b"51004" => (Kind::SignInFailed, Stated::Forbidden, "Administrator's address is not allowed"),
        b"51005" => (Kind::SignInFailed, Stated::AccountDisabled, "Administrator's account is disabled"),
        b"51008" => (Kind::SignInFailed, Stated::AccountLocked, "Administrator's account is locked"),
        _ => (Kind::SignInFailed, Stated::BadCredentials, "Administrator authentication failed"),
    };
    let link = if kind == Kind::SignInFailed || user.is_empty() { 0 } else { link_of(&[b"admin", user, client]) };
    out.push(
        message.stamp.at,
        &Said { user, client, app: &app_on("Cisco ISE", message.host), link, ..Said::new(kind, stated, what) },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    fn line(category: &str, code: &str, fields: &str) -> String {
        format!(
            "<181>Nov 23 07:39:18 ise1 CISE_{category} 0000008174 1 0 2026-11-23 08:39:18.263 +01:00 0000106784 {code} NOTICE \
             Some-Class: some words, ConfigVersionId=74, {fields},\n"
        )
    }

    #[test]
    fn accounting_states_every_cause() {
        let session = "User-Name=kim, NAS-IP-Address=10.0.0.2, NetworkDeviceName=sw1, Calling-Station-ID=10.0.0.7, Acct-Session-Id=6A3F";
        for (code, cause, expected) in [
            ("3000", "", "SignIn Nothing"),
            ("3002", "", "Background Nothing"),
            ("3001", "User Request", "Close LoggedOut"),
            ("3001", "Idle Timeout", "Close Idle"),
            ("3001", "Session Timeout", "Close MaximumAge"),
            ("3001", "Lost Carrier", "Close PeerGone"),
            ("3001", "Admin Reset", "Close Revoked"),
            ("3001", "NAS Reboot", "Close ServerShutdown"),
            ("3001", "Port Preempted", "Close OtherDevice"),
        ] {
            let cause = if cause.is_empty() { String::new() } else { format!(", Acct-Terminate-Cause={cause}") };
            let said = lines::<Reader>(&line("RADIUS_Accounting", code, &format!("{session}{cause}")));
            assert_eq!(said.len(), 1);
            assert!(said[0].starts_with(&format!("07:39:18 {expected} kim@10.0.0.7 RADIUS on sw1: ")), "{said:?}");
        }
        let boot = lines::<Reader>(&line("RADIUS_Accounting", "3003", "NAS-IP-Address=10.0.0.2"));
        assert!(boot[0].starts_with("07:39:18 ServerStart ServerShutdown"), "{boot:?}");
    }

    #[test]
    fn refusals_and_administrators_are_told() {
        for (reason, stated) in [
            (
                "24408 User authentication against Active Directory failed since user has entered the wrong password",
                "BadCredentials",
            ),
            (
                "24415 User authentication against Active Directory failed since user's account is locked out",
                "AccountLocked",
            ),
            (
                "24411 Change password against Active Directory failed since user has a disabled account",
                "AccountDisabled",
            ),
            ("12514 EAP-TLS failed SSL/TLS handshake", "BadCredentials"),
        ] {
            let fields = format!("UserName=kim, Calling-Station-ID=10.0.0.7, FailureReason={reason}");
            let said = lines::<Reader>(&line("Failed_Attempts", "5400", &fields));
            assert!(said[0].starts_with(&format!("07:39:18 SignInFailed {stated} kim@10.0.0.7 ")), "{said:?}");
        }
        for (code, expected) in [
            ("51001", "SignIn Nothing"),
            ("51002", "SignOut LoggedOut"),
            ("51003", "Close Idle"),
            ("51021", "SignInFailed BadCredentials"),
        ] {
            let fields = "AdminInterface=GUI, AdminIPAddress=10.0.0.9, AdminName=root";
            let said = lines::<Reader>(&line("Administrative_and_Operational_Audit", code, fields));
            assert!(said[0].starts_with(&format!("07:39:18 {expected} root@10.0.0.9 Cisco ISE on ise1: ")), "{said:?}");
        }
        assert_eq!(lines::<Reader>(&line("Passed_Authentications", "5200", "UserName=kim")), [""; 0]);
    }

    #[test]
    fn later_pieces_go_on_with_the_first_and_damaged_lines_are_counted() {
        let good = line("RADIUS_Accounting", "3000", "User-Name=kim, Acct-Session-Id=1");
        let piece = "<181>Nov 23 07:39:18 ise1 CISE_RADIUS_Accounting 0000008174 2 1 Step=11004, Step=11017,\n";
        let bare = &good[good.find("0000008174").unwrap()..];
        let (events, _) = read::<Reader>(bare);
        assert_eq!((events.len(), CiscoIse.sniff(bare.as_bytes())), (1, Sniff::Certain));
        let (events, report) = read::<Reader>(&format!("{good}{piece}{}\n", &good[..60]));
        assert_eq!((events.len(), report.records, report.unreadable), (1, 1, 1));
        assert_eq!(CiscoIse.sniff(good.as_bytes()), Sniff::Certain);
        assert!(matches!(CiscoIse.sniff(b"Nov 23 07:39:18 vm CISE_x y"), Sniff::No(_)));
    }
}
