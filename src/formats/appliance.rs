//! Firewalls, bastions and VPN gateways that write `key=value` pairs into syslog: Clavister, Wallix, Rubycat, `SonicWall`,
//! Sophos, Check Point, and others that do so.
//!
//! `<134> id=firewall sn=18B1 time="2026-11-23 07:39:18 UTC" fw=10.0.0.2 m=265 msg="User logged out - inactivity timer expired"
//! usr="kim" src=10.0.0.7`
//!
//! They agree on no names but on few words: what happened stands in a field that is called event, type, action or message, and
//! why in one that is called reason, or behind it. A session is known by its id, else by user and address.
//!
//! <https://www.rfc-editor.org/rfc/rfc3164>

use super::{
    Format, Input, Sniff,
    dialects::app_on,
    lines::{Line, Outcome, cut, head_lines, number, quoted, text, word},
    named::{self, Out, ReadNamed, Said, link_of},
    stated::{plain_words, stated_from_text},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, Nanos, SourceReport, Stated, time::SECOND};
use hashbrown::HashMap;
use std::hash::BuildHasher as _;

/// The format.
#[derive(Debug)]
pub(super) struct Appliance;

impl Format for Appliance {
    fn id(&self) -> &'static str {
        "appliance"
    }

    fn title(&self) -> &'static str {
        "key=value syslog of appliances (Clavister, Wallix, Rubycat, SonicWall, Sophos, Check Point)"
    }

    fn reference(&self) -> &'static str {
        "https://www.rfc-editor.org/rfc/rfc3164"
    }

    fn example(&self) -> &'static str {
        r#"<134> id=firewall sn=18B1690729A8 time="2026-11-23 07:39:18 UTC" fw=10.0.0.2 pri=6 c=16 m=265 msg="User logged out - inactivity timer expired" usr="kim" src=198.51.100.7"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut all, mut telling) = (0, 0, 0);
        for line in head_lines(head).take(400) {
            all += 1;
            if let Some(record) = record(line, &mut stamps).filter(|record| !record.is_of_another()) {
                ours += 1;
                telling += u32::from(happened(&record).is_some());
            }
        }
        match () {
            () if telling == 0 => {
                Sniff::No("no line of syslog says in key=value pairs that a session began or ended".to_owned())
            }
            () if ours * 2 >= all => Sniff::Certain,
            () => Sniff::Plausible,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// Fewer pairs are a sentence that happens to hold one.
const FEWEST: usize = 4;

/// The fields of a line that tell about a session.
#[derive(Clone, Copy, Debug, Default)]
struct Record<'a> {
    stamp: Option<Stamp>,
    device: &'a [u8],
    /// What happened: names of events first, sentences behind.
    event: &'a [u8],
    kind: &'a [u8],
    message: &'a [u8],
    status: &'a [u8],
    reason: &'a [u8],
    user: &'a [u8],
    client: &'a [u8],
    session: &'a [u8],
    duration: &'a [u8],
    /// Of whom the pairs are besides: applications and products with readers of their own.
    marks: u8,
}

const LEVEL: u8 = 1;
const SHORT_MESSAGE: u8 = 2;
const REQUEST: u8 = 4;
const OTHER: u8 = 8;
const DEVICE: u8 = 16;

impl Record<'_> {
    /// An application's own log, a request, or a product that a reader of its own knows better.
    fn is_of_another(&self) -> bool {
        self.marks & (REQUEST | OTHER) != 0 || self.marks & (LEVEL | SHORT_MESSAGE) == LEVEL | SHORT_MESSAGE
    }
}

/// Takes a line apart: what syslog puts in front, then pairs.
fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    let (framed, stamp, device, rest) = front(line, stamps);
    let mut record = Record { stamp, device, ..Record::default() };
    let (mut date, mut clock): (&[u8], &[u8]) = (&[], &[]);
    let mut count = 0;
    let mut rest = rest;
    while let Some((key, value, behind)) = pair(rest) {
        count += 1;
        take(&mut record, key, value, &mut date, &mut clock);
        rest = behind;
    }
    let named = if date.is_empty() {
        Some(clock)
            .filter(|clock| clock.len() >= 10)
            .and_then(|clock| stamps.rfc3339(clock).or_else(|| stamps.any(clock)))
    } else {
        stamps.rfc3339(&[date, b" ", clock].concat())
    };
    // The device's own clock names the year, syslog's mostly does not.
    let utc = clock.ends_with(b" UTC") || clock.ends_with(b" GMT");
    record.stamp = named.map(|stamp| if utc { Stamp { zone: Some(0), ..stamp } } else { stamp }).or(stamp);
    // WebTrends' form, in which many firewalls write, begins with `id=` and names the device `fw`.
    let welf = named.is_some() && record.marks & DEVICE != 0;
    (count >= FEWEST && (framed || !date.is_empty() || welf) && record.stamp.is_some()).then_some(record)
}

/// What stands before the pairs: whether syslog put it there, its stamp, the device.
fn front<'a>(line: &'a [u8], stamps: &mut Stamps) -> (bool, Option<Stamp>, &'a [u8], &'a [u8]) {
    let digits = line.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
    let priority = line.first() == Some(&b'<') && digits > 0 && line.get(digits + 1) == Some(&b'>');
    let rest = if priority { line.get(digits + 2..).unwrap_or_default() } else { line };
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"1 ").filter(|_| priority).unwrap_or(rest);
    let open = rest.strip_prefix(b"[").unwrap_or(rest);
    let Some(stamp) = stamps.rfc3339(open).or_else(|| stamps.traditional(open)) else {
        return (priority, None, &[], rest);
    };
    let behind = open.get(stamp.len..).unwrap_or_default();
    let behind = behind.strip_prefix(b"]").unwrap_or(behind).trim_ascii_start();
    let (host, _) = word(behind);
    let host =
        if memchr::memchr2(b'=', b'"', host).is_some() { &[][..] } else { host.strip_suffix(b":").unwrap_or(host) };
    (true, Some(stamp), host, behind)
}

/// `key=value`, `key="value"` or `key:"value"`, and what stands behind.
fn pair(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'=', b':', text.get(from..)?)?;
        let inner = text.get(at + 1..)?;
        let is_quoted = inner.first() == Some(&b'"');
        let key_from = text.get(..at)?.iter().rposition(|byte| !is_of_name(*byte)).map_or(0, |before| before + 1);
        let key = text.get(key_from..at)?;
        if key.is_empty() || text.get(at) == Some(&b':') && !is_quoted {
            from = at + 1;
            continue;
        }
        if let Some((value, behind)) = quoted(inner) {
            return Some((key, value, behind));
        }
        let end =
            inner.iter().position(|byte| matches!(byte, b' ' | b',' | b';' | b'\t' | b']')).unwrap_or(inner.len());
        return Some((key, inner.get(..end)?, inner.get(end..)?));
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn take<'a>(record: &mut Record<'a>, key: &'a [u8], value: &'a [u8], date: &mut &'a [u8], clock: &mut &'a [u8]) {
    if matches!(value, b"" | b"-" | b"N/A" | b"None" | b"none" | b"0.0.0.0") {
        return;
    }
    let slot = match key {
        b"date" => date,
        b"time" | b"timestamp" | b"eventtime" => clock,
        b"event" | b"event_type" | b"eventtype" | b"msgid" | b"eventid" => &mut record.event,
        b"action" | b"type" | b"operation" | b"log_component" | b"activity" => &mut record.kind,
        b"msg" => {
            record.marks |= SHORT_MESSAGE;
            &mut record.message
        }
        b"message" | b"logdesc" | b"description" => &mut record.message,
        b"status" | b"result" | b"outcome" => &mut record.status,
        b"reason" | b"termination_reason" | b"logout_reason" | b"disconnect_reason" | b"infos" => &mut record.reason,
        b"user" | b"usr" | b"username" | b"user_name" | b"login" | b"src_user_name" | b"suser" => &mut record.user,
        b"src" | b"srcip" | b"src_ip" | b"client_ip" | b"ip" | b"clientip" | b"remote_ip" | b"remip" | b"source_ip"
        | b"client_addr" => &mut record.client,
        b"session_id" | b"sessionid" | b"sess_id" | b"session_uid" | b"sessid" | b"session" | b"sid" | b"sess" => {
            &mut record.session
        }
        b"duration" | b"session_duration" | b"connection_duration" => &mut record.duration,
        b"fw" => {
            record.marks |= DEVICE;
            &mut record.device
        }
        b"device_name" | b"devname" | b"host" => &mut record.device,
        // Where a gateway gives the client an address of its own, this is the one that it came from.
        b"ipaddr" => {
            record.client = value;
            return;
        }
        b"level" | b"lvl" => {
            record.marks |= LEVEL;
            return;
        }
        b"method" | b"path" | b"http_method" => {
            record.marks |= REQUEST;
            return;
        }
        b"logid" | b"devid" | b"realmId" | b"rip" | b"COMMAND" | b"TTY" | b"Acct-Status-Type" => {
            record.marks |= OTHER;
            return;
        }
        _ => return,
    };
    if slot.is_empty() || matches!(key, b"device_name" | b"devname") {
        *slot = value;
    }
}

/// Reads lines.
#[derive(Debug, Default)]
struct Reader {
    /// What was said before, by a hash, since an appliance says the same things over and over.
    known: HashMap<u64, Option<(EventKind, Stated)>>,
}

impl Reader {
    /// So many different sayings are remembered.
    const MOST: usize = 4_096;

    fn happened(&mut self, record: &Record<'_>) -> Option<(EventKind, Stated)> {
        let names_somebody = !record.user.is_empty() || !record.session.is_empty();
        let said = (record.event, record.kind, record.status, record.message, record.reason, names_somebody);
        let hash = self.known.hasher().hash_one(said);
        if self.known.len() >= Self::MOST {
            self.known.clear();
        }
        *self.known.entry(hash).or_insert_with(|| happened(record))
    }
}

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(record) = record(line.bytes, out.stamps) else {
            return match front(line.bytes, out.stamps) {
                (true, Some(stamp), ..) => {
                    out.note(stamp);
                    Outcome::Quiet("it holds no key=value pairs")
                }
                _ => Outcome::Unreadable("expected key=value pairs with a time, found a line without"),
            };
        };
        let Some(stamp) = record.stamp else { return Outcome::Unreadable("expected a time, found none") };
        out.note(stamp);
        let Some((kind, stated)) = self.happened(&record) else {
            return Outcome::Quiet("its words are not about a session or a sign-in");
        };
        say(&record, stamp, kind, stated, out);
        Outcome::Record
    }
}

fn say(record: &Record<'_>, stamp: Stamp, kind: EventKind, stated: Stated, out: &mut Out<'_>) {
    let client = address(record.client);
    let about_server = matches!(kind, EventKind::ServerStart | EventKind::ServerStop);
    let lets_nobody_in = matches!(kind, EventKind::SignInFailed | EventKind::AccountLocked);
    let ends = kind == EventKind::Close;
    let session = if record.session.is_empty() { session_in(record.message) } else { record.session };
    let link = match session {
        _ if lets_nobody_in || about_server => 0,
        [] if record.user.is_empty() || ends && client.is_empty() => 0,
        [] => link_of(&[b"user", record.user, client]),
        session => link_of(&[b"session", session]),
    };
    let words = if record.message.is_empty() { text(record.event) } else { text(record.message) };
    let words = if words.is_empty() { text(record.kind) } else { words };
    let what = match (&*text(record.reason), &*words) {
        ("", words) => words.to_owned(),
        (reason, words) => format!("{words}: {reason}"),
    };
    let said = Said {
        user: if about_server { &[] } else { record.user },
        client,
        app: &app_on("Appliance", record.device),
        link,
        ids: &[(KeyKind::Connection, "session", session)],
        age: duration(record.duration),
        ..Said::new(kind, stated, &what)
    };
    out.push(stamp.at, &said);
}

/// The id in a sentence: `Agent login succeeded for kim/Users (session:00a1b2c3) from …`.
fn session_in(message: &[u8]) -> &[u8] {
    let Some((_, rest)) = cut(message, b"(session:") else { return &[] };
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// `10.0.0.7:4242:X1` is an address, a port and an interface.
fn address(client: &[u8]) -> &[u8] {
    let colons = memchr::memchr_iter(b':', client).count();
    let dots = memchr::memchr_iter(b'.', client).count();
    match memchr::memchr(b':', client) {
        Some(at) if dots == 3 && colons > 0 => client.get(..at).unwrap_or(client),
        _ => client,
    }
}

/// Seconds, or `0:12:00`.
fn duration(value: &[u8]) -> Option<Nanos> {
    let mut seconds = 0_i64;
    for part in value.split(|&byte| byte == b':') {
        let (count, len) = number(part)?;
        if len < part.len() {
            return None;
        }
        seconds = seconds * 60 + i64::from(count);
    }
    Some(seconds * SECOND)
}

/// Words by which a session ends, each standing by itself.
const ENDS: &[&str] = &[
    " logout ",
    " log out ",
    " logged out ",
    " logoff ",
    " log off ",
    " logged off ",
    " sign out ",
    " signed out ",
    " disconnect ",
    " disconnected ",
    " disconnection ",
    " session end ",
    " session ended ",
    " session closed ",
    " session close ",
    " session terminated ",
    " session expired ",
    " session killed ",
    " session timed out ",
    " max session timeout ",
    " session removed ",
    " tunnel down ",
    " user timeout ",
    " session timeout ",
    " terminated ",
];

const BEGINS: &[&str] = &[
    " login ",
    " log in ",
    " logged in ",
    " logon ",
    " logged on ",
    " sign in ",
    " signed in ",
    " session start ",
    " session started ",
    " session opened ",
    " session established ",
    " session created ",
    " session resumed ",
    " session reconnected ",
    " tunnel up ",
    " user connection ",
    " user connected ",
    " client connected ",
    " vpn established ",
    " established ",
];

const FAILS: &[&str] = &[
    "fail",
    "denied",
    "reject",
    "invalid",
    "incorrect",
    "bad credential",
    "unsuccess",
    "not allowed",
    "auth timeout",
    "refused",
];

/// What a record says happened, and why: by its words, and by whether it names a user or a session.
fn happened(record: &Record<'_>) -> Option<(EventKind, Stated)> {
    let joined = [record.event, record.kind, record.status, record.message].map(text).join(" . ");
    let words = format!(" {} ", plain_words(&joined).trim());
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if has(&[" rebooting ", " system shutdown ", " shutting down ", " system restart "]) {
        return Some((EventKind::ServerStop, Stated::Nothing));
    }
    if has(&[" system started ", " system startup ", " has booted ", " firewall startup "]) {
        return Some((EventKind::ServerStart, Stated::ServerShutdown));
    }
    let (ends, begins) = (has(ENDS), has(BEGINS));
    if record.user.is_empty() && record.session.is_empty() {
        return None;
    }
    if has(&[" login disabled ", " locked out ", " lockout ", " account locked ", " user locked "]) {
        return Some((EventKind::AccountLocked, Stated::AccountLocked));
    }
    if has(FAILS) && !ends && (begins || has(&["authenti", " auth "])) {
        let stated = match reason(record) {
            Stated::Nothing | Stated::Expired => Stated::BadCredentials,
            stated => stated,
        };
        return Some((EventKind::SignInFailed, stated));
    }
    if ends {
        let asked = has(&[" logout ", " log out ", " logged out ", " logoff ", " log off ", " sign out "]);
        let stated = match reason(record) {
            Stated::Nothing if asked => Stated::LoggedOut,
            stated => stated,
        };
        return Some((EventKind::Close, stated));
    }
    begins.then_some((EventKind::SignIn, Stated::Nothing))
}

/// Why, in the words of the reason, else in those of what happened.
fn reason(record: &Record<'_>) -> Stated {
    let whole = match record.reason {
        [] => [record.event, record.kind, record.message].map(text).join(" "),
        reason => text(reason).into_owned(),
    };
    let words = format!(" {} ", plain_words(&whole).trim());
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    match () {
        () if has(&["inactiv", " idle "]) => Stated::Idle,
        () if has(&["heartbeat", "keepalive", "keep alive", " lost ", "unreachable", " dpd ", "dead peer"]) => {
            Stated::PeerGone
        }
        () if has(&[" max session ", " maximum ", " max time ", "lifetime", "session time exceeded"]) => {
            Stated::MaximumAge
        }
        () if has(&["forcib", " forced ", " by admin", "administrative", " killed ", " kicked ", " kill "]) => {
            Stated::Revoked
        }
        () if has(&[" user request", " by user ", " user initiated "]) => Stated::LoggedOut,
        // Who is called so may log out as anyone does.
        () => stated_from_text(&words.replace("administrator", "user")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    /// What a line says, without the app and the words.
    fn one(line: &str) -> String {
        let said = lines::<Reader>(&format!("{line}\n"));
        said.iter()
            .map(|line| line.split(" Appliance").next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
            .join(" | ")
    }

    #[test]
    fn clavister_says_why_a_user_is_logged_out() {
        for (event, expected) in [
            ("user_login", "SignIn Nothing"),
            ("user_logout", "Close LoggedOut"),
            ("user_timeout", "Close Expired"),
            ("user_disconnected reason=\"forcibly disconnected\"", "Close Revoked"),
            ("radius_auth_timeout", "SignInFailed BadCredentials"),
        ] {
            let line = format!(
                "<134>[2026-11-23 07:39:18] EFW: USERAUTH: prio=1 id=03700102 rev=2 event={event} idle_timeout=1800 \
                 session_timeout=0 username=kim srcip=10.0.0.7"
            );
            assert_eq!(one(&line), format!("07:39:18 {expected} kim@10.0.0.7"), "{event}");
        }
    }

    #[test]
    fn bastions_say_how_their_sessions_end() {
        for (kind, expected) in [
            ("SESSION_ESTABLISHED_SUCCESSFULLY", "SignIn Nothing"),
            ("SESSION_DISCONNECTION", "Close Nothing"),
            ("USER_DISCONNECTION_ON_INACTIVITY", "Close Idle"),
            ("USER_SERVICE_DISCONNECTION_ON_INACTIVITY", "Close Idle"),
        ] {
            let line = format!(
                "Nov 23 07:39:18 bastion rdpproxy: [RDP Session] type=\"{kind}\" session_id=\"017a\" client_ip=\"10.0.0.7\" \
                 user=\"kim\" device=\"win1\" duration=\"0:12:00\""
            );
            assert_eq!(one(&line), format!("07:39:18 {expected} kim@10.0.0.7"), "{kind}");
        }
    }

    #[test]
    fn sonicwall_tells_in_its_messages() {
        for (message, expected) in [
            ("SSL VPN zone remote user login allowed", "SignIn Nothing"),
            ("User login denied due to bad credentials", "SignInFailed BadCredentials"),
            ("User logged out", "Close LoggedOut"),
            ("Administrator logged out", "Close LoggedOut"),
            ("User logged out - inactivity timer expired", "Close Idle"),
            ("User logged out - max session time exceeded", "Close MaximumAge"),
            ("User logged out - user disconnect detected (heartbeat timer expired)", "Close PeerGone"),
        ] {
            let line = format!(
                "<134> id=firewall sn=18B1 time=\"2026-11-23 07:39:18 UTC\" fw=10.0.0.2 pri=6 c=16 m=265 msg=\"{message}\" \
                 sess=\"None\" usr=\"kim\" src=10.0.0.7:4242:X1"
            );
            assert_eq!(one(&line), format!("07:39:18 {expected} kim@10.0.0.7"), "{message}");
        }
    }

    #[test]
    fn sophos_and_check_point_have_times_of_their_own() {
        for (fields, expected) in [
            (
                "log_component=\"SSL VPN\" status=\"Established\" message=\"SSL VPN User 'kim' connected\"",
                "SignIn Nothing",
            ),
            (
                "log_component=\"SSL VPN\" status=\"Terminated\" message=\"SSL VPN User 'kim' disconnected\"",
                "Close Nothing",
            ),
            (
                "log_component=\"Firewall Authentication\" status=\"Failed\" message=\"User kim failed to login because of wrong credentials\"",
                "SignInFailed BadCredentials",
            ),
            (
                "log_component=\"GUI\" message=\"User kim was logged out of firewall\" reason=\"Idle timeout\"",
                "Close Idle",
            ),
        ] {
            let line = format!(
                "<30>device=\"SFW\" date=2026-11-23 time=07:39:18 timezone=\"UTC\" device_name=\"XG1\" log_id=1 {fields} \
                 user_name=\"kim\" src_ip=10.0.0.7"
            );
            assert_eq!(one(&line), format!("07:39:18 {expected} kim@10.0.0.7"), "{fields}");
        }
        for (fields, expected) in [
            ("action:\"Log In\"; ", "SignIn Nothing"),
            ("action:\"Log Out\"; ", "Close LoggedOut"),
            ("action:\"Log Out\"; termination_reason:\"Session timeout\"; ", "Close Expired"),
            ("action:\"Failed Log In\"; reason:\"Authentication failed\"; ", "SignInFailed BadCredentials"),
        ] {
            let line = format!(
                "<134>1 2026-11-23T07:39:18Z gw CheckPoint 1234 - [{fields}flags:\"150784\"; product:\"Mobile Access\"; \
                 session_uid:\"{{6A3F}}\"; src:\"10.0.0.7\"; user:\"kim\"]"
            );
            assert_eq!(one(&line), format!("07:39:18 {expected} kim@10.0.0.7"), "{fields}");
        }
    }

    #[test]
    fn a_gateway_may_name_the_session_in_its_sentence() {
        for (message, expected) in [
            ("AUT24414: Agent login succeeded for kim/Users (session:00a1b2c3) from 10.0.0.7", "SignIn Nothing"),
            ("NWC23464: VPN Tunneling: Session resumed from user agent (session:00a1b2c3)", "SignIn Nothing"),
            ("AUT22673: Logout from 10.0.0.7 (session:00a1b2c3)", "Close LoggedOut"),
            (
                "AUT20915: Session timed out for kim/Users (session:00a1b2c3) due to inactivity (last access at 07:09:18 2026/11/23).",
                "Close Idle",
            ),
            ("AUT20919: Max session timeout for kim/Users (session:00a1b2c3).", "Close MaximumAge"),
            ("AUT23457: Login failed using auth server RSA.  Reason: Failed", "SignInFailed BadCredentials"),
        ] {
            let line = format!(
                "id=firewall time=\"2026-11-23 07:39:18\" pri=6 fw=10.0.0.2 vpn=ive ivs=Default Network user=kim realm=\"Users\" \
                 roles=\"\" proto=auth src=10.0.0.7 dst= type=vpn msg=\"{message}\""
            );
            assert_eq!(one(&line), format!("07:39:18 {expected} kim@10.0.0.7"), "{message}");
            let (events, _) = read::<Reader>(&format!("{line}\n"));
            let link = events.get(events.ids().next().unwrap()).link;
            assert_eq!(
                link != 0 && link == link_of(&[b"session", b"00a1b2c3"]),
                !message.contains("failed"),
                "{message}"
            );
        }
        let clavister = "<134>1 2026-11-23T07:39:18Z fw app 1 - - id=9000005 event=oneconnect_session_disconnected [message=OneConnect \
             session disconnected at IF username=kim iface=IF client_ip=10.9.9.9 ipaddr=10.0.0.7 ]";
        assert_eq!(one(clavister), "07:39:18 Close Nothing kim@10.0.0.7");
    }

    #[test]
    fn others_are_left_to_their_readers_and_damage_is_counted() {
        for other in [
            "time=2026-11-23T07:39:18Z level=info msg=\"user logged in\" user=kim ip=10.0.0.7 sid=1",
            "Nov 23 07:39:18 web app[7]: level=info msg=\"user logged in\" user=kim ip=10.0.0.7 sid=1",
            "Nov 23 07:39:18 web router: action=login method=GET path=/login status=200 user=kim ip=10.0.0.7",
            "date=2026-11-23 time=07:39:18 logid=\"1\" devid=\"2\" action=\"login\" user=\"kim\" srcip=10.0.0.7",
            "Nov 23 07:39:18 vm kernel: IN=eth0 OUT= SRC=10.0.0.7 DST=10.0.0.2 PROTO=TCP SPT=1 DPT=2",
        ] {
            assert!(matches!(Appliance.sniff(other.as_bytes()), Sniff::No(_)), "{other}");
        }
        let good = "<134>[2026-11-23 07:39:18] EFW: prio=1 id=1 rev=2 event=user_login username=kim srcip=10.0.0.7";
        assert_eq!(Appliance.sniff(good.as_bytes()), Sniff::Certain);
        let (events, report) = read::<Reader>(&format!("{good}\nno pairs here\n{good}\n"));
        assert_eq!((events.len(), report.records, report.unreadable), (2, 2, 1));
    }
}
