//! OpenVPN's server log, its own file or by syslog.
//!
//! `2026-11-23 07:39:18 kim/10.0.0.7:36898 SIGTERM[soft,remote-exit] received, client-instance exiting`
//!
//! A session is a client instance, known by its address and port. The words in brackets say why one ended.
//!
//! <https://openvpn.net/community-docs/>

use super::{
    Format, Input, Sniff,
    dialects::{Dialect, app_on, between, by_program, has},
    lines::{Line, Outcome, cut, cut_last, head_lines, word},
    named::{self, Out, Page, ReadNamed, Said, link_of},
    syslog::Syslog,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct OpenVpn;

pub(super) static DIALECT: Dialect = Dialect {
    id: "openvpn",
    title: "OpenVPN server log",
    reference: "https://openvpn.net/community-docs/",
    example: "2026-11-23 07:39:18 198.51.100.7:36898 [kim] Inactivity timeout (--ping-restart), restarting",
    wrote: |line| line.program.starts_with(b"ovpn-") || line.program == b"openvpn" || line.program == b"openvpn-server",
    say,
};

impl Format for OpenVpn {
    fn id(&self) -> &'static str {
        DIALECT.id
    }

    fn title(&self) -> &'static str {
        DIALECT.title
    }

    fn reference(&self) -> &'static str {
        DIALECT.reference
    }

    fn example(&self) -> &'static str {
        "2026-11-23 07:39:18 198.51.100.7:36898 [kim] Inactivity timeout (--ping-restart), restarting"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let by_syslog = by_program(&DIALECT, head);
        if !matches!(by_syslog, Sniff::No(_)) {
            return by_syslog;
        }
        let mut stamps = Stamps::default();
        let (mut stamped, mut other, mut ours) = (0, 0, 0);
        for line in head_lines(head) {
            match stamped_line(line, &mut stamps) {
                Some((_, message)) => {
                    stamped += 1;
                    ours += u32::from(is_telling(message));
                }
                None => other += 1,
            }
        }
        if ours == 0 {
            Sniff::No("no line is one of a server's about its clients".to_owned())
        } else if stamped >= other {
            Sniff::Certain
        } else {
            Sniff::Plausible
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        if matches!(by_program(&DIALECT, &input.content.head()), Sniff::No(_)) {
            named::read::<Reader>(input, events, report);
        } else {
            super::linux_auth::read(input, events, report);
        }
        report.producer = Some("OpenVPN".to_owned());
    }
}

/// Words that no other program writes.
fn is_telling(message: &[u8]) -> bool {
    let words: [&[u8]; 7] = [
        b" Peer Connection Initiated with [AF_INET",
        b"MULTI: ",
        b"MULTI_sva: ",
        b"client-instance ",
        b"Initialization Sequence Completed",
        b"Control Channel: TLSv1",
        b" TLS: Initial packet from [AF_INET",
    ];
    words.iter().any(|words| has(message, words))
}

/// The stamp of a line, as releases before and since 2.5 write it, and what stands behind.
fn stamped_line<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<(Stamp, &'a [u8])> {
    let stamp = stamps.rfc3339(line).or_else(|| stamps.weekday(line))?;
    let rest = line.get(stamp.len..)?.strip_prefix(b" ")?;
    // `us=123456` where the log is verbose.
    let rest = match rest.strip_prefix(b"us=") {
        Some(micros) => word(micros).1,
        None => rest,
    };
    Some((stamp, rest))
}

#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some((stamp, message)) = stamped_line(line.bytes, out.stamps) else {
            return Outcome::Unreadable("expected a time stamp, found a line without");
        };
        out.note(stamp);
        if let Some(spoken) = spoken(message) {
            spoken.write("OpenVPN", &mut |said| out.push(stamp.at, said));
        }
        Outcome::Record
    }
}

fn say(line: &Syslog<'_>, page: &mut Page<'_>) {
    if let Some(spoken) = spoken(line.message) {
        spoken.write(&app_on("OpenVPN", line.host), &mut |said| page.push(line.stamp.at, said));
    }
}

/// What a message says of which client instance.
struct Spoken<'a> {
    said: Said<'a>,
    /// Address and port; empty for the server itself.
    instance: &'a [u8],
}

impl Spoken<'_> {
    fn write(&self, app: &str, push: &mut dyn FnMut(&Said<'_>)) {
        let link = if self.instance.is_empty() { 0 } else { link_of(&[self.instance]) };
        let client = cut_last(self.instance, b":").map_or(self.instance, |(address, _)| address);
        let ids = [(KeyKind::Connection, "peer", self.instance)];
        push(&Said { app, link, client, ids: &ids, ..self.said });
    }
}

/// The user, the instance and the message: `kim/10.0.0.7:36898 …`, `10.0.0.7:36898 …`, or none of an instance.
fn parted(text: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (head, rest) = word(text);
    let (user, instance) = cut_last(head, b"/").unwrap_or((&[], head));
    let is_instance = |part: &[u8]| {
        cut_last(part, b":").is_some_and(|(address, port)| {
            let digits = !port.is_empty() && port.iter().all(u8::is_ascii_digit);
            digits
                && address.iter().any(|byte| matches!(byte, b'.' | b':'))
                && address.iter().any(u8::is_ascii_hexdigit)
        })
    };
    if is_instance(instance) {
        (user, instance, rest)
    } else if is_instance(user) {
        (instance, user, rest)
    } else {
        (&[], &[], text)
    }
}

fn spoken(text: &[u8]) -> Option<Spoken<'_>> {
    let (user, instance, message) = parted(text);
    if instance.is_empty() {
        return of_the_server(message).map(|said| Spoken { said, instance });
    }
    // `[kim] Peer Connection Initiated with [AF_INET]10.0.0.7:36898`
    if let Some((name, _)) = message.strip_prefix(b"[").and_then(|rest| cut(rest, b"] Peer Connection Initiated with"))
    {
        let kind = if name == b"UNDEF" || name.is_empty() { EventKind::Neutral } else { EventKind::SignIn };
        let user = if kind == EventKind::SignIn { name } else { &[] };
        return Some(Spoken {
            said: Said { user, ..Said::new(kind, Stated::Nothing, "Peer Connection Initiated") },
            instance,
        });
    }
    let said = of_a_client(message)?;
    let user = if said.user.is_empty() { user } else { said.user };
    Some(Spoken { said: Said { user, ..said }, instance })
}

fn of_the_server(message: &[u8]) -> Option<Said<'_>> {
    if has(message, b"process exiting") || has(message, b"process restarting") {
        return Some(Said::new(EventKind::ServerStop, Stated::ServerShutdown, "OpenVPN exits or restarts"));
    }
    let banner = message.starts_with(b"OpenVPN ") && message.get(8).is_some_and(u8::is_ascii_digit);
    if banner {
        return Some(Said::new(EventKind::ServerStart, Stated::ServerShutdown, "OpenVPN started"));
    }
    eviction(message)
}

/// Said in the name of the new connection: the others of this user end.
fn eviction(message: &[u8]) -> Option<Said<'_>> {
    let user = between(message, b"MULTI: new connection by client '", b"'")?;
    let flags = EventFlags::OTHERS;
    let what = "New connection by the same client: its previous sessions are dropped";
    Some(Said { user, flags, ..Said::new(EventKind::Close, Stated::OtherDevice, what) })
}

fn of_a_client(message: &[u8]) -> Option<Said<'_>> {
    if let Some(said) = eviction(message) {
        return Some(said);
    }
    if let Some(user) = between(message, b"authentication succeeded for username '", b"'") {
        return Some(Said { user, ..Said::new(EventKind::Neutral, Stated::Nothing, "Username and password accepted") });
    }
    if message.starts_with(b"TCP connection established") || message.starts_with(b"TLS: Initial packet from") {
        let said = Said::new(EventKind::Neutral, Stated::Nothing, "Connection from a client");
        return Some(Said {
            flags: if message.starts_with(b"TCP") { EventFlags::NEW_ID } else { EventFlags::default() },
            ..said
        });
    }
    if message.starts_with(b"TLS: soft reset") {
        return Some(Said::new(EventKind::Refresh, Stated::Nothing, "TLS: soft reset"));
    }
    if has(message, b"token expired") || has(message, b"auth-token from client expired") {
        return Some(Said::new(
            EventKind::Rejection,
            Stated::TokenExpired,
            "The authentication token from the client expired",
        ));
    }
    // By an administrator at the management interface; the server's own end has no instance's name before it.
    if message.starts_with(b"SENT CONTROL [") && (has(message, b"'HALT") || has(message, b"'RESTART")) {
        return Some(Said::new(EventKind::Close, Stated::Revoked, "SENT CONTROL: told to halt or restart"));
    }
    if message.starts_with(b"CC-EEN exit message received by peer") {
        return Some(Said::new(EventKind::Close, Stated::LoggedOut, "Exit message received by peer"));
    }
    if has(message, b"AUTH_FAILED") || has(message, b"verification failed for peer") {
        return Some(Said::new(EventKind::SignInFailed, Stated::BadCredentials, "AUTH_FAILED"));
    }
    ended(message).map(|(stated, what)| Said::new(EventKind::Close, stated, what))
}

/// Why a client instance ends, if it does. `delayed-exit` follows a client's own exit message, a kill by the management
/// interface or a refusal alike (`schedule_exit` in its sources): which, only the messages before it say.
fn ended(message: &[u8]) -> Option<(Stated, &'static str)> {
    let table: [(&[u8], Stated, &'static str); 17] = [
        (b"Inactivity timeout (--inactive)", Stated::Idle, "Inactivity timeout (--inactive)"),
        (b"Inactivity timeout (--ping-restart)", Stated::PeerGone, "Inactivity timeout (--ping-restart)"),
        (b"Inactivity timeout (--ping-exit)", Stated::PeerGone, "Inactivity timeout (--ping-exit)"),
        (b"Session timeout", Stated::MaximumAge, "Session timeout"),
        (b"Connection reset, restarting", Stated::ConnectionClosed, "Connection reset"),
        (b"[soft,ping-restart]", Stated::PeerGone, "ping-restart"),
        (b"[soft,ping-exit]", Stated::PeerGone, "ping-exit"),
        (b"[soft,inactive]", Stated::Idle, "inactive"),
        (b"[soft,session-timeout]", Stated::MaximumAge, "session-timeout"),
        (b"[soft,remote-exit]", Stated::LoggedOut, "remote-exit"),
        (b"[soft,delayed-exit]", Stated::Nothing, "delayed-exit"),
        (b"[soft,connection-reset]", Stated::ConnectionClosed, "connection-reset"),
        (b"[soft,server-pushed-halt]", Stated::Revoked, "server-pushed-halt"),
        (b"[soft,server-pushed-connection-reset]", Stated::ServerShutdown, "server-pushed-connection-reset"),
        (b"[soft,tls-error]", Stated::Nothing, "tls-error"),
        (b"[soft,auth-control-exit]", Stated::Nothing, "auth-control-exit"),
        (b"client-instance ", Stated::Nothing, "client-instance ended"),
    ];
    table.iter().find(|(words, ..)| has(message, words)).map(|&(_, stated, what)| (stated, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said};

    #[test]
    fn every_signal_says_why_a_client_s_session_ended() {
        let table = [
            ("[kim] Inactivity timeout (--ping-restart), restarting", Stated::PeerGone),
            ("SIGUSR1[soft,ping-restart] received, client-instance restarting", Stated::PeerGone),
            ("Inactivity timeout (--ping-exit), exiting", Stated::PeerGone),
            ("Inactivity timeout (--inactive), exiting", Stated::Idle),
            ("SIGTERM[soft,inactive] received, client-instance exiting", Stated::Idle),
            ("Session timeout, exiting", Stated::MaximumAge),
            ("SIGTERM[soft,session-timeout] received, client-instance exiting", Stated::MaximumAge),
            ("SIGTERM[soft,remote-exit] received, client-instance exiting", Stated::LoggedOut),
            ("SIGTERM[soft,delayed-exit] received, client-instance exiting", Stated::Nothing),
            ("CC-EEN exit message received by peer", Stated::LoggedOut),
            ("SENT CONTROL [kim]: 'HALT' (status=1)", Stated::Revoked),
            ("SENT CONTROL [kim]: 'RESTART,maintenance' (status=1)", Stated::Revoked),
            ("Connection reset, restarting [0]", Stated::ConnectionClosed),
            ("SIGUSR1[soft,connection-reset] received, client-instance restarting", Stated::ConnectionClosed),
            ("SIGUSR1[soft,tls-error] received, client-instance restarting", Stated::Nothing),
        ];
        for (message, stated) in table {
            for stamp in ["2026-11-23 07:39:18", "Mon Nov 23 07:39:18 2026", "2026-11-23 07:39:18 us=18"] {
                let lines = said::<Reader>(&format!("{stamp} kim/10.0.0.7:36898 {message}\n"));
                assert!(
                    lines[0].starts_with(&format!("07:39:18 Close {stated:?} kim@10.0.0.7 OpenVPN: ")),
                    "{lines:?}"
                );
            }
        }
    }

    #[test]
    fn each_message_says_what_happened() {
        let table = [
            (
                "10.0.0.7:36898 [kim] Peer Connection Initiated with [AF_INET]10.0.0.7:36898",
                "SignIn Nothing kim@10.0.0.7",
            ),
            (
                "10.0.0.7:36898 [UNDEF] Peer Connection Initiated with [AF_INET]10.0.0.7:36898",
                "Neutral Nothing @10.0.0.7",
            ),
            ("kim/10.0.0.7:36898 TLS: soft reset sec=3600/3600 bytes=1/-1 pkts=1/0", "Refresh Nothing kim@10.0.0.7"),
            (
                "10.0.0.7:36898 TLS Auth Error: Auth Username/Password verification failed for peer",
                "SignInFailed BadCredentials @10.0.0.7",
            ),
            (
                "MULTI: new connection by client 'kim' will cause previous active sessions by this client to be dropped.",
                "Close OtherDevice kim@",
            ),
            ("kim/10.0.0.7:1 --auth-gen-token: auth-token from client expired", "Rejection TokenExpired kim@10.0.0.7"),
            ("SIGTERM[hard,] received, process exiting", "ServerStop ServerShutdown @"),
            ("OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)]", "ServerStart ServerShutdown @"),
            (
                "kim/2001:db8::7:36898 SIGTERM[soft,remote-exit] received, client-instance exiting",
                "Close LoggedOut kim@2001:db8::7",
            ),
        ];
        for (message, expected) in table {
            let lines = said::<Reader>(&format!("2026-11-23 07:39:18 {message}\n"));
            assert!(lines[0].starts_with(&format!("07:39:18 {expected} OpenVPN: ")), "{lines:?}");
        }
    }

    #[test]
    fn damaged_lines_are_counted_and_others_are_not_its() {
        let (events, report) = read::<Reader>(
            "2026-11-23 07:39:18 10.0.0.7:1 [kim] Peer Connection Initiated with [AF_INET]10.0.0.7:1\n2026-11-2\n\u{fffd}\n",
        );
        assert_eq!((events.len(), report.records, report.unreadable), (1, 1, 2));
        for text in ["Nov 23 07:39:18 vm sshd[7]: x\n", "2026-11-23 07:39:18 INFO started\n", ""] {
            assert!(matches!(OpenVpn.sniff(text.as_bytes()), Sniff::No(_)), "{text}");
        }
    }
}
