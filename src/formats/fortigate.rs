//! FortiGate's event log: SSL VPN and IPsec tunnels, administrators' sessions.
//!
//! `date=2026-11-23 time=07:39:18 devname="fg1" logid="0101039948" type="event" subtype="vpn" action="tunnel-down"
//! tunnelid=7 user="kim" remip=10.0.0.7 reason="Idle timeout" duration=900`
//!
//! A tunnel is known by its `tunnelid`, an administrator's session by its `sn`.
//!
//! <https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference>

use super::{
    Format, Input, Sniff,
    dialects::app_on,
    lines::{Line, Outcome, cut, find, head_lines, number, text},
    named::{self, Out, ReadNamed, Said, link_of},
    stated::stated_from_text,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated, time::SECOND};

/// The format.
#[derive(Debug)]
pub(super) struct FortiGate;

impl Format for FortiGate {
    fn id(&self) -> &'static str {
        "fortigate"
    }

    fn title(&self) -> &'static str {
        "FortiGate event log"
    }

    fn reference(&self) -> &'static str {
        "https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference"
    }

    fn example(&self) -> &'static str {
        r#"date=2026-11-23 time=07:39:18 devname="fg1" tz="+0000" logid="0101039947" type="event" subtype="vpn" action="tunnel-up" user="kim" remip=198.51.100.7"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut other) = (0, 0);
        for line in head_lines(head) {
            let known = record(line, &mut stamps).is_some_and(|record| !record.log_id.is_empty());
            if known {
                ours += 1;
            } else {
                other += 1;
            }
        }
        if ours == 0 {
            Sniff::No("no line has `date=`, `time=` and `logid=`".to_owned())
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

/// The fields of a line that tell about a session.
#[derive(Clone, Copy, Debug, Default)]
struct Record<'a> {
    at: Stamped,
    log_id: &'a [u8],
    device: &'a [u8],
    action: &'a [u8],
    description: &'a [u8],
    status: &'a [u8],
    reason: &'a [u8],
    user: &'a [u8],
    remote: &'a [u8],
    tunnel: &'a [u8],
    serial: &'a [u8],
    duration: &'a [u8],
}

/// A stamp that has a default.
#[derive(Clone, Copy, Debug)]
struct Stamped(Stamp);

impl Default for Stamped {
    fn default() -> Self {
        Self(Stamp { at: 0, zone: None, len: 0 })
    }
}

fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    let start = find(line, b"date=")?;
    let mut record = Record::default();
    let (mut date, mut time, mut zone, mut epoch) = (&[][..], &[][..], &[][..], &[][..]);
    let mut rest = line.get(start..)?;
    while let Some((key, value, behind)) = pair(rest) {
        match key {
            b"date" => date = value,
            b"time" => time = value,
            b"tz" => zone = value,
            b"eventtime" => epoch = value,
            b"logid" => record.log_id = value,
            b"devname" => record.device = value,
            b"action" => record.action = value,
            b"logdesc" => record.description = value,
            b"status" => record.status = value,
            b"reason" => record.reason = value,
            b"user" | b"xauthuser" if value != b"N/A" && record.user.is_empty() => record.user = value,
            b"remip" | b"srcip" if record.remote.is_empty() => record.remote = value,
            b"tunnelid" => record.tunnel = value,
            b"sn" => record.serial = value,
            b"duration" => record.duration = value,
            _ => {}
        }
        rest = behind;
    }
    record.at = Stamped(at(date, time, zone, epoch, stamps)?);
    Some(record)
}

/// `eventtime` counts from 1970, in seconds or smaller units by its length; `date`, `time` and `tz` say the same in words.
fn at(date: &[u8], time: &[u8], zone: &[u8], epoch: &[u8], stamps: &mut Stamps) -> Option<Stamp> {
    if let Some(value) = std::str::from_utf8(epoch).ok().and_then(|text| text.parse::<i64>().ok()) {
        let unit = match epoch.len() {
            10 => SECOND,
            13 => SECOND / 1_000,
            16 => 1_000,
            19 => 1,
            _ => 0,
        };
        if unit > 0 {
            return Some(Stamp { at: value.checked_mul(unit)?, zone: Some(0), len: 0 });
        }
    }
    let words = [date, b"T", time, zone].concat();
    stamps.rfc3339(&words)
}

/// `key=value` or `key="value"`, and what stands behind.
fn pair(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (key, rest) = cut(line, b"=")?;
    let key = key.rsplit(|byte| matches!(byte, b' ' | b',')).next().unwrap_or(key);
    if let Some(quoted) = rest.strip_prefix(b"\"") {
        let mut end = 0;
        while let Some(at) = quoted.get(end..).and_then(|rest| memchr::memchr(b'"', rest)).map(|at| end + at) {
            if at == 0 || quoted.get(at - 1) != Some(&b'\\') {
                return Some((key, quoted.get(..at)?, quoted.get(at + 1..)?));
            }
            end = at + 1;
        }
        return Some((key, quoted, &[]));
    }
    let end = rest.iter().position(|byte| matches!(byte, b' ' | b',')).unwrap_or(rest.len());
    Some((key, rest.get(..end)?, rest.get(end..)?))
}

#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(record) = record(line.bytes, out.stamps) else {
            return Outcome::Unreadable("expected date= and time=, found a line without");
        };
        out.note(record.at.0);
        if let Some(said) = said(&record) {
            let (id, name) = if record.tunnel.is_empty() || record.tunnel == b"0" {
                (record.serial, "sn")
            } else {
                (record.tunnel, "tunnelid")
            };
            let names_session = !matches!(said.kind, EventKind::SignInFailed | EventKind::AccountLocked);
            let link = match id {
                _ if !names_session || (id.is_empty() && record.user.is_empty()) => 0,
                [] => link_of(&[record.user, record.remote]),
                id => link_of(&[name.as_bytes(), id]),
            };
            out.push(
                record.at.0.at,
                &Said {
                    user: record.user,
                    client: record.remote,
                    app: &app_on("FortiGate", record.device),
                    link,
                    ids: &[(KeyKind::Connection, name, id)],
                    age: number(record.duration).map(|(seconds, _)| i64::from(seconds) * SECOND),
                    ..said
                },
            );
        }
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("FortiGate".to_owned())
    }
}

fn said<'a>(record: &Record<'a>) -> Option<Said<'a>> {
    let description = text(record.description).to_ascii_lowercase();
    let failed = description.contains("fail") || record.status == b"failed" || record.status == b"failure";
    match record.action {
        b"tunnel-up" => Some(Said::new(EventKind::SignIn, Stated::Nothing, "tunnel-up")),
        b"tunnel-stats" => Some(Said::new(EventKind::Background, Stated::Nothing, "tunnel-stats")),
        b"tunnel-down" => Some(closed(record, "tunnel-down")),
        b"ssl-login-fail" | b"ssl-exit-fail" => {
            Some(Said::new(EventKind::SignInFailed, refused(record), "ssl-login-fail"))
        }
        b"login" if failed => Some(Said::new(EventKind::SignInFailed, refused(record), "Admin login failed")),
        b"login" => Some(Said::new(EventKind::SignIn, Stated::Nothing, "Admin login successful")),
        b"logout" => Some(closed(record, "Admin logout")),
        b"authentication" | b"auth-logon" if failed => {
            Some(Said::new(EventKind::SignInFailed, refused(record), "Authentication failed"))
        }
        b"reboot" | b"shutdown" => {
            Some(Said::new(EventKind::ServerStop, Stated::Nothing, "The device is told to restart"))
        }
        _ if description.contains("login disabled") || description.contains("lockout") => {
            Some(Said::new(EventKind::AccountLocked, Stated::AccountLocked, "Login disabled after failures"))
        }
        _ => None,
    }
}

fn refused(record: &Record<'_>) -> Stated {
    match stated_from_text(&text(record.reason)) {
        Stated::Nothing => Stated::BadCredentials,
        stated => stated,
    }
}

fn closed<'a>(record: &Record<'a>, what: &'static str) -> Said<'a> {
    let (stated, words) = ended(record.reason);
    Said::new(EventKind::Close, stated, if words.is_empty() { what } else { words })
}

/// The reason of a tunnel's or an administrator's end.
fn ended(reason: &[u8]) -> (Stated, &'static str) {
    let plain = text(reason).to_ascii_lowercase();
    let table: [(&str, Stated, &'static str); 15] = [
        ("idle", Stated::Idle, "reason: idle timeout"),
        ("inactiv", Stated::Idle, "reason: inactivity"),
        ("auth-timeout", Stated::MaximumAge, "reason: authentication timeout"),
        ("auth timeout", Stated::MaximumAge, "reason: authentication timeout"),
        ("session timeout", Stated::MaximumAge, "reason: session timeout"),
        ("lifetime", Stated::MaximumAge, "reason: lifetime"),
        ("user request", Stated::LoggedOut, "reason: user request"),
        ("exit", Stated::LoggedOut, "reason: exit"),
        ("logout", Stated::LoggedOut, "reason: logout"),
        ("admin", Stated::Revoked, "reason: administrator"),
        ("kicked", Stated::Revoked, "reason: kicked"),
        ("another", Stated::OtherDevice, "reason: another login"),
        ("dpd", Stated::PeerGone, "reason: dead peer detection"),
        ("lost", Stated::PeerGone, "reason: the connection was lost"),
        ("disconnect", Stated::ConnectionClosed, "reason: disconnected"),
    ];
    if let Some(&(_, stated, what)) = table.iter().find(|(words, ..)| plain.contains(words)) {
        return (stated, what);
    }
    match plain.as_str() {
        // What an administrator's page says after `admintimeout` without a click.
        "timeout" => (Stated::Idle, "reason: timeout"),
        _ => (stated_from_text(&plain), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    fn one(rest: &str) -> String {
        let head = "date=2026-11-23 time=08:39:18 devname=\"fg1\" logid=\"0101039948\" type=\"event\" tz=\"+0100\"";
        lines::<Reader>(&format!("<189>{head} {rest}\n")).join(" | ")
    }

    #[test]
    fn every_reason_of_a_tunnel_s_end_is_stated() {
        let table = [
            ("Idle timeout", Stated::Idle),
            ("auth-timeout", Stated::MaximumAge),
            ("User requested termination of service", Stated::LoggedOut),
            ("Terminated by administrator", Stated::Revoked),
            ("DPD failure", Stated::PeerGone),
            ("N/A", Stated::Nothing),
        ];
        for (reason, stated) in table {
            let line = one(&format!(
                "action=\"tunnel-down\" tunnelid=7 remip=10.0.0.7 user=\"kim\" reason=\"{reason}\" duration=900"
            ));
            assert!(line.starts_with(&format!("07:39:18 Close {stated:?} kim@10.0.0.7 FortiGate on fg1: ")), "{line}");
        }
        let admin = "action=\"logout\" sn=\"1795\" user=\"admin\" srcip=10.0.0.9 reason=";
        assert!(one(&format!("{admin}\"timeout\"")).contains("Close Idle admin@10.0.0.9"));
        assert!(one(&format!("{admin}\"exit\"")).contains("Close LoggedOut admin@10.0.0.9"));
    }

    #[test]
    fn each_action_says_what_happened() {
        let table = [
            ("logdesc=\"SSL VPN tunnel up\" action=\"tunnel-up\" tunnelid=7 user=\"kim\"", "SignIn Nothing kim@"),
            ("action=\"tunnel-stats\" tunnelid=7 user=\"kim\"", "Background Nothing kim@"),
            (
                "action=\"ssl-login-fail\" user=\"kim\" reason=\"sslvpn_login_unknown_user\"",
                "SignInFailed BadCredentials kim@",
            ),
            (
                "logdesc=\"Admin login successful\" action=\"login\" status=\"success\" user=\"admin\"",
                "SignIn Nothing admin@",
            ),
            (
                "logdesc=\"Admin login failed\" action=\"login\" status=\"failed\" user=\"admin\"",
                "SignInFailed BadCredentials admin@",
            ),
            ("logdesc=\"Admin login disabled\" action=\"\" user=\"admin\"", "AccountLocked AccountLocked admin@"),
        ];
        for (rest, expected) in table {
            assert!(one(rest).starts_with(&format!("07:39:18 {expected} FortiGate on fg1: ")), "{rest}: {}", one(rest));
        }
        assert_eq!(one("type=\"traffic\" action=\"accept\""), "");
        let (events, report) =
            read::<Reader>("date=2026-11-23 time=0\ndate=2026-11-23 time=07:39:18 logid=1 action=\"tun");
        assert_eq!((events.len(), report.records, report.unreadable), (0, 1, 1));
    }
}
