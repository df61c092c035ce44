//! Citrix ADC (NetScaler) Gateway.
//!
//! `<134> 11/23/2026:07:39:18 GMT ns 0-PPE-0 : default SSLVPN LOGOUT 124 0 :  Context kim@10.0.0.7 - SessionId: 12- User kim
//! … - LogoutMethod "TimedOut"`
//!
//! A session is known by its `SessionId` and user.
//!
//! <https://developer-docs.netscaler.com/en-us/netscaler-syslog-message-reference/current-release.html>

use super::{
    Format, Input, Sniff,
    dialects::{app_on, between, has},
    lines::{Line, Outcome, cut, find, head_lines, number, word},
    named::{self, Out, ReadNamed, Said, link_of},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, Nanos, SourceReport, Stated, time::SECOND};

/// The format.
#[derive(Debug)]
pub(super) struct CitrixAdc;

impl Format for CitrixAdc {
    fn id(&self) -> &'static str {
        "citrix_adc"
    }

    fn title(&self) -> &'static str {
        "Citrix ADC Gateway syslog"
    }

    fn reference(&self) -> &'static str {
        "https://developer-docs.netscaler.com/en-us/netscaler-syslog-message-reference/current-release.html"
    }

    fn example(&self) -> &'static str {
        "<134> 11/23/2026:07:39:18 GMT ns1 0-PPE-0 : default SSLVPN LOGIN 101 0 :  Context kim@198.51.100.7 - SessionId: 12- User kim - …"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let ours = |line: &[u8], stamps: &mut Stamps| {
            // Whatever it speaks of, the packet engine that wrote it is named.
            frame(line, stamps).is_some_and(|(_, host, message)| {
                feature(message).is_some() || engine(host) || message.split(|&byte| byte == b' ').take(2).any(engine)
            })
        };
        let (ours, all) =
            head_lines(head).fold((0, 0), |(count, all), line| (count + u32::from(ours(line, &mut stamps)), all + 1));
        match ours {
            0 => Sniff::No("no line has a feature, an event and a number like `SSLVPN LOGIN 12 0 :`".to_owned()),
            ours if ours * 3 >= all => Sniff::Certain,
            _ => Sniff::Plausible,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// The stamp, the appliance and what stands behind: `<134> 11/23/2026:07:39:18 GMT ns …`, or behind a relay's own frame.
fn frame<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<(Stamp, &'a [u8], &'a [u8])> {
    let rest = match line.strip_prefix(b"<") {
        Some(rest) => cut(rest, b">")?.1,
        None => line,
    };
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest).trim_ascii_start();
    let stamp = american(rest, stamps)
        .or_else(|| year_first(rest, stamps))
        .or_else(|| stamps.traditional(rest))
        .or_else(|| stamps.rfc3339(rest))?;
    let rest = rest.get(stamp.len..)?.strip_prefix(b" ")?.trim_ascii_start();
    let (host, message) = word(rest);
    Some((stamp, host, message))
}

/// `0-PPE-1`.
fn engine(word: &[u8]) -> bool {
    cut(word, b"-PPE-").is_some_and(|(core, engine)| {
        core.iter().chain(engine).all(u8::is_ascii_digit) && !core.is_empty() && !engine.is_empty()
    })
}

/// `2026/11/23:07:39:18`, as some firmware writes it, mostly with two blanks in place of a zone.
fn year_first(bytes: &[u8], stamps: &mut Stamps) -> Option<Stamp> {
    let [y1, y2, y3, y4, b'/', m1, m2, b'/', d1, d2, b':', clock @ ..] = bytes else { return None };
    let mut words = [*y1, *y2, *y3, *y4, b'-', *m1, *m2, b'-', *d1, *d2, b' ', 0, 0, 0, 0, 0, 0, 0, 0];
    for (to, from) in words.iter_mut().skip(11).zip(clock) {
        *to = *from;
    }
    let stamp = stamps.rfc3339(&words)?;
    let gmt = clock.get(8..).is_some_and(|rest| rest.starts_with(b" GMT"));
    Some(Stamp { zone: gmt.then_some(0), len: if gmt { 23 } else { 19 }, ..stamp })
}

/// `11/23/2026:07:39:18 GMT`: month first, unless that can't be one.
fn american(bytes: &[u8], stamps: &mut Stamps) -> Option<Stamp> {
    let [a1, a2, b'/', b1, b2, b'/', y1, y2, y3, y4, b':', clock @ ..] = bytes else { return None };
    let day_first = number(&[*a1, *a2])?.0 > 12;
    let ([m1, m2], [d1, d2]) = if day_first { ([b1, b2], [a1, a2]) } else { ([a1, a2], [b1, b2]) };
    let mut words = [*y1, *y2, *y3, *y4, b'-', *m1, *m2, b'-', *d1, *d2, b' ', 0, 0, 0, 0, 0, 0, 0, 0];
    for (to, from) in words.iter_mut().skip(11).zip(clock) {
        *to = *from;
    }
    let stamp = stamps.rfc3339(&words)?;
    let gmt = clock.get(8..).is_some_and(|rest| rest.starts_with(b" GMT") || rest.starts_with(b" UTC"));
    Some(Stamp { zone: gmt.then_some(0), len: if gmt { 23 } else { 19 }, ..stamp })
}

/// The feature and event, and what is said of it: `SSLVPN LOGOUT`.
fn feature(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = find(message, b" SSLVPN ").or_else(|| find(message, b" AAA "))?;
    let rest = message.get(at + 1..)?;
    let (head, details) = cut(rest, b" : ")?;
    let mut words = head.split(|&byte| byte == b' ');
    let len = words.next()?.len() + 1 + words.next()?.len();
    // `… 124 0 :`: the message's number and whether it is of the appliance itself.
    words.next()?.iter().all(u8::is_ascii_digit).then_some((rest.get(..len)?, details))
}

#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some((stamp, host, message)) = frame(line.bytes, out.stamps) else {
            return Outcome::Unreadable("expected a time stamp and an appliance, found a line without");
        };
        out.note(stamp);
        if let Some((event, details)) = feature(message) {
            say(stamp.at, host, event, details, out);
        }
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("Citrix ADC".to_owned())
    }
}

fn say(at: Nanos, host: &[u8], event: &[u8], details: &[u8], out: &mut Out<'_>) {
    let field = |name: &[u8]| -> Option<&[u8]> {
        let (_, rest) = cut(details, name)?;
        Some(word(cut(rest, b" - ").map_or(rest, |(value, _)| value).trim_ascii()).0)
    };
    let context = between(details, b"Context ", b" ").unwrap_or_default();
    let (named, address) = cut(context, b"@").unwrap_or((context, &[]));
    let user = field(b"User ").unwrap_or(named);
    let client = field(b"Client_ip ").unwrap_or(address);
    let session = cut(details, b"SessionId: ").map_or(&[][..], |(_, rest)| {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest.get(..digits).unwrap_or_default()
    });
    let said = match event {
        b"SSLVPN LOGIN" => Said::new(EventKind::SignIn, Stated::Nothing, "SSLVPN LOGIN"),
        b"SSLVPN LOGOUT" => {
            let (stated, what) = method(between(details, b"LogoutMethod \"", b"\"").unwrap_or_default());
            Said { age: field(b"Duration ").and_then(clock), ..Said::new(EventKind::Close, stated, what) }
        }
        b"AAA LOGIN_FAILED" => Said::new(EventKind::SignInFailed, Stated::BadCredentials, "AAA LOGIN_FAILED"),
        b"SSLVPN TCPCONNSTAT" | b"SSLVPN HTTPREQUEST" | b"SSLVPN UDPFLOWSTAT" | b"SSLVPN ICASTART" => {
            Said::new(EventKind::Activity, Stated::Nothing, "SSLVPN traffic")
        }
        _ => return,
    };
    let link = match session {
        _ if said.kind == EventKind::SignInFailed => 0,
        [] => link_of(&[user, client]),
        session => link_of(&[session, user]),
    };
    let ids = [(KeyKind::Connection, "SessionId", session)];
    out.push(at, &Said { user, client, app: &app_on("Citrix Gateway", host), link, ids: &ids, ..said });
}

/// `TimedOut` does not say whether of the idle or of the overall time.
fn method(method: &[u8]) -> (Stated, &'static str) {
    match method {
        b"Explicit" => (Stated::LoggedOut, "LogoutMethod \"Explicit\""),
        b"TimedOut" => (Stated::Expired, "LogoutMethod \"TimedOut\""),
        b"IdleTimeout" => (Stated::Idle, "LogoutMethod \"IdleTimeout\""),
        b"ForcedTimeout" | b"SessionTimeout" => (Stated::MaximumAge, "LogoutMethod \"ForcedTimeout\""),
        b"AdminKill" | b"Admin" => (Stated::Revoked, "LogoutMethod \"AdminKill\""),
        _ if has(method, b"Error") => (Stated::Nothing, "LogoutMethod \"InternalError\""),
        _ => (Stated::Nothing, "SSLVPN LOGOUT"),
    }
}

/// `00:20:40` as a duration.
fn clock(text: &[u8]) -> Option<Nanos> {
    let mut seconds = 0;
    for part in text.split(|&byte| byte == b':') {
        seconds = seconds * 60 + i64::from(number(part)?.0);
    }
    Some(seconds * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    fn line(event: &str, end: &str) -> String {
        format!(
            "<134> 11/23/2026:07:39:18 GMT ns 0-PPE-0 : default {event} 124 0 :  Context kim@10.0.0.7 - SessionId: 12- User kim - \
             Client_ip 10.0.0.7 - Duration 00:20:40 {end}\n"
        )
    }

    #[test]
    fn the_way_of_signing_out_is_stated() {
        let app = "kim@10.0.0.7 Citrix Gateway on ns";
        for (method, stated) in [
            ("Explicit", "LoggedOut"),
            ("TimedOut", "Expired"),
            ("IdleTimeout", "Idle"),
            ("ForcedTimeout", "MaximumAge"),
            ("AdminKill", "Revoked"),
            ("InternalError", "Nothing"),
        ] {
            let said = lines::<Reader>(&line("SSLVPN LOGOUT", &format!("- LogoutMethod \"{method}\"")));
            assert_eq!(said, [format!("07:39:18 Close {stated} {app}: LogoutMethod \"{method}\"")]);
        }
        assert_eq!(
            lines::<Reader>(&line("SSLVPN LOGIN", "")),
            [format!("07:39:18 SignIn Nothing {app}: SSLVPN LOGIN")]
        );
        let failed = lines::<Reader>(&line("AAA LOGIN_FAILED", ""));
        assert_eq!(failed, [format!("07:39:18 SignInFailed BadCredentials {app}: AAA LOGIN_FAILED")]);
        let day_first = line("SSLVPN LOGIN", "").replace("11/23/2026", "23/11/2026");
        assert_eq!(lines::<Reader>(&day_first).len(), 1);
    }

    #[test]
    fn the_year_may_come_first_and_a_quote_may_stand_before_a_line() {
        let line = "\"2026/11/23:07:39:18  ns 0-PPE-0 : default SSLVPN LOGOUT 124 0 :  Context kim@10.0.0.7 - SessionId: 12- \
             User kim - Client_ip 10.0.0.7 - LogoutMethod \"Explicit\"\"\n";
        let said = lines::<Reader>(line);
        assert!(said.len() == 1 && said[0].starts_with("07:39:18 Close LoggedOut kim@10.0.0.7"), "{said:?}");
        let other =
            "2026/11/23:07:39:18  0-PPE-1 : default TCP CONN_DELINK 4356922 0 :  Source 10.0.0.7:443 - Vserver x\n";
        assert_eq!(CitrixAdc.sniff(other.as_bytes()), Sniff::Certain);
        assert_eq!(lines::<Reader>(other), [""; 0]);
    }

    #[test]
    fn damaged_lines_are_counted() {
        let good = line("SSLVPN LOGIN", "");
        let (events, report) = read::<Reader>(&format!("{good}{}\n", &good[..20]));
        assert_eq!((events.len(), report.records, report.unreadable), (1, 1, 1));
        assert_eq!(CitrixAdc.sniff(good.as_bytes()), Sniff::Certain);
        assert!(matches!(CitrixAdc.sniff(b"Nov 23 07:39:18 vm sshd[7]: x"), Sniff::No(_)));
    }
}
