use super::*;
use crate::{
    model::{Nanos, time::rfc3339_from_nanos},
    source::{Content, Progress},
};
use std::fmt::Write as _;

const ISO: &[u8] = include_bytes!("../../../tests/fixtures/linux_auth/sshd-mixed.auth.log");
const TRADITIONAL: &[u8] = include_bytes!("../../../tests/fixtures/linux_auth/sshd-mixed.messages-trad.log");
const IDLE: &[u8] = include_bytes!("../../../tests/fixtures/linux_auth/sshd-idle.auth.log");

/// 2027-01-02T00:00:00Z
const WRITTEN_BY: Nanos = 1_798_848_000_000_000_000;

fn read(bytes: impl Into<Vec<u8>>, chunk_bytes: u64) -> (EventStore, SourceReport) {
    let content = Content::from_bytes(bytes.into());
    let progress = Progress::default();
    let input = Input { content: &content, source: SourceId(0), written_by: WRITTEN_BY, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("auth.log".into()));
    read_in_chunks(&input, &mut events, &mut report, chunk_bytes);
    (events, report)
}

fn lines(events: &EventStore) -> Vec<String> {
    events
        .ids()
        .map(|id| {
            let event = events.get(id);
            let text = |sym| events.symbols.resolve(sym);
            format!(
                "{} {:?} {:?} {} | {}@{} {} {:x}",
                rfc3339_from_nanos(event.time),
                event.kind,
                event.stated,
                text(event.what),
                text(event.actor),
                text(event.client),
                text(event.host),
                event.link
            )
        })
        .collect()
}

/// What one message of a program says, as `Kind Stated what | user@client`.
fn said_by(tag: &str, message: &str) -> String {
    let (events, report) = read(format!("2026-11-23T07:24:24Z vm {tag}: {message}\n"), CHUNK_BYTES);
    assert_eq!((report.records, report.unreadable), (1, 0), "{message}");
    let said: Vec<String> = lines(&events)
        .iter()
        .filter_map(|line| Some(line.split_once(' ')?.1.rsplit_once(" vm ")?.0.to_owned()))
        .collect();
    said.join(", ")
}

#[test]
fn what_sshd_says_is_understood() {
    let from = "10.0.0.9 port 4242";
    for (message, expected) in [
        (
            "Accepted publickey for ann from ~ ssh2: ED25519 SHA256:x",
            "SignIn Nothing Accepted publickey | ann@10.0.0.9",
        ),
        ("Accepted key ED25519 SHA256:x found at /home/ann/.ssh/authorized_keys:1", ""),
        (
            "Failed password for invalid user x from 1.1.1.1 port 1 ssh2 from ~ ssh2",
            "SignInFailed BadCredentials Failed password | x from 1.1.1.1 port 1 ssh2@10.0.0.9",
        ),
        ("Failed publickey for ann from ~ ssh2: RSA SHA256:x", ""),
        (
            "message repeated 2 times: [ Failed password for root from ~ ssh2]",
            "SignInFailed BadCredentials Failed password | root@10.0.0.9, SignInFailed BadCredentials Failed password | root@10.0.0.9",
        ),
        ("Invalid user  from 10.0.0.9", "SignInFailed BadCredentials Invalid user | @10.0.0.9"),
        (
            "error: maximum authentication attempts exceeded for root from ~ ssh2 [preauth]",
            "SignInFailed BadCredentials Maximum authentication attempts exceeded | root@10.0.0.9",
        ),
        (
            "Disconnecting authenticating user root ~: Too many authentication failures [preauth]",
            "SignInFailed BadCredentials Too many authentication failures | root@10.0.0.9",
        ),
        ("Connection closed by authenticating user root ~ [preauth]", ""),
        ("Connection closed by ~ [preauth]", ""),
        ("Received disconnect from ~:11: Bye Bye [preauth]", ""),
        ("Received disconnect from ~:11: disconnected by user", "Close LoggedOut Disconnected by user | @10.0.0.9"),
        (
            "Received disconnect from 10.0.0.9: 11: Closed due to user request.",
            "Close LoggedOut Disconnected by user | @10.0.0.9",
        ),
        (
            "Received disconnect from ~:11: PECL/ssh2 (http://pecl.php.net/packages/ssh2)",
            "Close LoggedOut Disconnected by user | @10.0.0.9",
        ),
        (
            "error: Received disconnect from ~:10: lost",
            "Close PeerGone Received disconnect, connection lost | @10.0.0.9",
        ),
        (
            "error: Received disconnect from ~:2: Packet corrupt",
            "Close ConnectionClosed Received disconnect | @10.0.0.9",
        ),
        ("Disconnected from user ann ~", "Close LoggedOut Disconnected from user | ann@10.0.0.9"),
        ("Disconnected from 10.0.0.9", "Close LoggedOut Disconnected from user | @10.0.0.9"),
        (
            "Timeout, client not responding from user ann ~",
            "Close PeerGone Timeout, client not responding | ann@10.0.0.9",
        ),
        ("fatal: Timeout before authentication for ~", ""),
        ("Read error from remote host ~: Connection timed out", "Close PeerGone Connection timed out | @10.0.0.9"),
        (
            "Read error from remote host 10.0.0.9: Connection reset by peer",
            "Close ConnectionClosed Connection reset | @10.0.0.9",
        ),
        (
            "packet_write_wait: Connection from user ann ~: Broken pipe",
            "Close ConnectionClosed Broken pipe | ann@10.0.0.9",
        ),
        ("fatal: Write failed: Connection timed out", "Close PeerGone Connection timed out | @"),
        ("Connection reset by user ann ~", "Close ConnectionClosed Connection reset | ann@10.0.0.9"),
        ("Connection closed by ~", "Close ConnectionClosed Connection closed | @10.0.0.9"),
        ("Connection from ~ on 10.0.0.1 port 22", ""),
        ("terminating inactive connection from user ann ~", "Close Idle Inactive connection terminated | ann@10.0.0.9"),
        ("channel 0: closing after 45 seconds of inactivity", "Close Idle Channel closed for inactivity | @"),
        ("Close session: user ann from ~ id 0", "Close Nothing Close session | ann@10.0.0.9"),
        (
            "Starting session: subsystem 'sftp' for ann from ~ id 0",
            "Activity Nothing Starting session: subsystem | ann@10.0.0.9",
        ),
        ("Server listening on :: port 22.", "ServerStart Nothing sshd listening | @"),
        ("Received signal 15; terminating.", "ServerStop Nothing sshd listener stopped | @"),
        ("Received SIGHUP; restarting.", "ServerStart Nothing sshd listener restarted | @"),
        (
            "User ann from 10.0.0.9 not allowed because account is locked",
            "AccountLocked AccountLocked Account is locked | ann@10.0.0.9",
        ),
        (
            "User ann from 10.0.0.9 not allowed because not listed in AllowUsers",
            "SignInFailed Forbidden User not allowed | ann@10.0.0.9",
        ),
        (
            "Access denied for user ann by PAM account configuration [preauth]",
            "SignInFailed Forbidden Access denied | ann@",
        ),
        ("pam_unix(sshd:auth): authentication failure; logname= uid=0 rhost=10.0.0.9  user=ann", ""),
        (
            "pam_unix(sshd:session): session opened for user ann(uid=1000) by (uid=0)",
            "SignIn Nothing session opened | ann@",
        ),
        ("pam_unix(sshd:session): session closed for user ann", "Close Nothing session closed | ann@"),
        (
            "pam_faillock(sshd:auth): Consecutive login failures for user ann account temporarily locked",
            "AccountLocked AccountLocked Account temporarily locked | ann@",
        ),
        (
            "pam_tally2(sshd:auth): user ann (1000) tally 6, deny 5",
            "AccountLocked AccountLocked Account locked after failures | ann@",
        ),
        (
            "pam_unix(sshd:account): expired password for user ann (password aged)",
            "SignInFailed PasswordExpired Password has expired | ann@",
        ),
        ("pam_unix(sshd:account): password for user ann will expire in 7 days", ""),
        (
            "pam_unix(sshd:account): account ann has expired (account expired)",
            "SignInFailed AccountDisabled Account has expired | ann@",
        ),
    ] {
        assert_eq!(said_by("sshd[7]", &message.replace('~', from)), expected, "{message}");
    }
}

#[test]
fn what_the_host_says_is_understood() {
    let stops = "ServerStop ServerShutdown Host shuts down | @";
    let starts = "ServerStart ServerShutdown Host started | @";
    for (tag, message, expected) in [
        ("systemd-logind[9]", "New session 42 of user root.", "SignIn Nothing New session | root@"),
        (
            "systemd-logind[9]",
            "New session '42' of user 'ann' with class 'user' and type 'tty'.",
            "SignIn Nothing New session | ann@",
        ),
        ("systemd-logind[9]", "New session '1' of user 'ann' with class 'manager' and type 'unspecified'.", ""),
        (
            "systemd-logind[9]",
            "Session 42 logged out. Waiting for processes to exit.",
            "Close Nothing Session logged out | @",
        ),
        (
            "systemd-logind[9]",
            "Session \"42\" of user \"ann\" is idle, stopping.",
            "Close Idle Session is idle, stopping | ann@",
        ),
        ("systemd-logind[9]", "Removed session c3.", "Close Nothing Removed session | @"),
        ("systemd-logind[9]", "New seat seat0.", ""),
        ("systemd-logind[9]", "Power key pressed short.", stops),
        ("systemd-logind[9]", "System is rebooting.", stops),
        ("systemd[1]", "Reached target reboot.target - System Reboot.", stops),
        ("systemd[1]", "Reached target Shutdown.", stops),
        ("systemd[812]", "Reached target Shutdown.", ""),
        (
            "systemd[1]",
            "Stopping ssh.service - OpenBSD Secure Shell server...",
            "ServerStop Nothing sshd listener stopped | @",
        ),
        ("systemd[1]", "systemd 252.22-1 running in system mode (+PAM)", starts),
        ("kernel", "[    0.000000] Linux version 6.1.0-18-amd64", starts),
        ("kernel", "[  812.100000] usb 1-1: Linux version of it", ""),
        ("systemd-shutdown[1]", "Sending SIGTERM to remaining processes...", stops),
        (
            "login[5]",
            "FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure",
            "SignInFailed BadCredentials Failed login | root@",
        ),
        (
            "login[5]",
            "pam_unix(login:session): session opened for user root(uid=0) by LOGIN(uid=0)",
            "SignIn Nothing session opened | root@",
        ),
    ] {
        assert_eq!(said_by(tag, message), expected, "{message}");
    }
}

#[test]
fn sessions_inside_others_give_no_events() {
    for (tag, message) in [
        ("CRON[5]", "pam_unix(cron:session): session opened for user root by (uid=0)"),
        ("sudo", "pam_unix(sudo:session): session closed for user root"),
        ("su[5]", "pam_unix(su-l:session): session opened for user root(uid=0) by ann(uid=1000)"),
        ("systemd[5]", "pam_unix(systemd-user:session): session opened for user ann(uid=1000) by (uid=0)"),
        ("sudo", "     ann : user NOT in sudoers ; TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/vim"),
        (
            "sudo",
            "pam_unix(sudo:auth): authentication failure; logname=ann uid=1000 euid=0 tty=/dev/pts/0 ruser=ann rhost=  user=ann",
        ),
        ("dhclient[4]", "bound to 10.0.0.4"),
    ] {
        assert_eq!(said_by(tag, message), "", "{message}");
    }
}

#[test]
fn what_is_done_by_sudo_is_the_users_doing_and_wrong_passwords_are_heard() {
    for (tag, message, expected) in [
        (
            "sudo",
            "     ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/usr/bin/vim",
            "Activity Nothing sudo | ann@",
        ),
        (
            "sudo[7]",
            "ann : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/bash",
            "SignInFailed BadCredentials sudo: incorrect password | ann@",
        ),
        ("su[9]", "FAILED SU (to root) ann on pts/0", "SignInFailed BadCredentials su: authentication failure | ann@"),
        ("su[9]", "FAILED su for root by ann", "SignInFailed BadCredentials su: authentication failure | ann@"),
        ("su[9]", "(to root) ann on pts/0", ""),
        (
            "gdm-password][9]",
            "pam_unix(gdm-password:auth): authentication failure; logname= uid=0 euid=0 tty=/dev/tty1 ruser= rhost=  user=ann",
            "SignInFailed BadCredentials authentication failure | ann@",
        ),
        (
            "cockpit-session[9]",
            "pam_unix(cockpit:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=10.0.0.9  user=ann",
            "SignInFailed BadCredentials authentication failure | ann@10.0.0.9",
        ),
    ] {
        assert_eq!(said_by(tag, message), expected, "{message}");
    }
}

#[test]
fn links_tie_processes_connections_and_sessions() {
    let link = |tag: &str, message: &str| {
        let (events, _) = read(format!("2026-11-23T07:24:24Z vm {tag}: {message}\n"), CHUNK_BYTES);
        events.get(crate::model::EventId(0)).link
    };
    assert_eq!(link("sshd[7]", "Accepted password for ann from 10.0.0.9 port 4242 ssh2"), 7 + (4242 << 32));
    assert_eq!(link("sshd[7]", "pam_unix(sshd:session): session closed for user ann"), 7);
    assert_eq!(link("sshd[7]", "User child is on pid 15212"), 7 + (15_212 << 32));
    assert_eq!(link("systemd-logind[9]", "Removed session 42."), (1 << 63) + 42);
    assert_eq!(
        link("systemd-logind[9]", "New session '42' of user 'ann' with class 'user' and type 'tty'."),
        (1 << 63) + 42
    );
    assert_ne!(link("systemd-logind[9]", "Removed session c42."), (1 << 63) + 42);
}

#[test]
fn a_capture_with_years_and_one_without_tell_the_same_story() {
    let (iso, iso_report) = read(ISO, CHUNK_BYTES);
    let (old, old_report) = read(TRADITIONAL, CHUNK_BYTES);
    let to_the_second = |events: &EventStore| -> Vec<String> {
        lines(events).iter().map(|line| format!("{}{}", &line[..19], &line[24..])).collect()
    };
    assert_eq!(to_the_second(&iso), to_the_second(&old));
    assert_eq!((iso_report.records, iso_report.unreadable, iso_report.events), (89, 0, iso.len() as u64));
    assert_eq!(iso_report.limits, [""; 0]);
    assert_eq!(
        old_report.limits,
        ["its stamps name no year; the last one was taken for 2026", "its stamps name no zone; read as UTC"]
    );
    assert_eq!(old_report.producer.as_deref(), Some("OpenSSH"));
}

#[test]
fn a_channel_that_was_idle_says_so() {
    let (events, _) = read(IDLE, CHUNK_BYTES);
    let said = lines(&events);
    let idle = said.iter().position(|line| line.contains("Close Idle Channel closed for inactivity")).unwrap();
    assert!(said[idle + 1].contains("Close Nothing Close session | jsmith@127.0.0.51 vm"), "{}", said[idle + 1]);
}

#[test]
fn chunks_change_nothing_even_where_years_change_and_forms_mix() {
    let mut text = String::new();
    for n in 0..60 {
        let month = ["Oct", "Nov", "Dec", "Jan", "Feb", "Mar"][n / 3 % 6];
        writeln!(
            text,
            "{month} {:>2} 07:24:24 vm sshd[7]: Accepted password for ann from 10.0.0.9 port {n} ssh2",
            n % 28 + 1
        )
        .unwrap();
        if n % 7 == 0 {
            text.push_str("\tgoes on\nnot a record\n");
        }
    }
    text.push_str("2026-01-23T07:24:24+01:00 vm sshd[7]: Connection closed by 10.0.0.9 port 1\n");
    let (events, report) = read(text.clone(), u64::MAX);
    let said = lines(&events);
    assert!(said[0].starts_with("2021-10-01") || said[0].starts_with("2022-10-01"), "{}", said[0]);
    assert_eq!((report.records, report.unreadable, report.zone_offset_secs), (61, 9, Some(3600)));
    for chunk_bytes in [64, 256, 1 << 10, 1 << 20] {
        let (other, other_report) = read(text.clone(), chunk_bytes);
        assert_eq!(lines(&other), said, "chunks of {chunk_bytes}");
        assert_eq!(other_report.warnings, report.warnings);
        assert_eq!(other_report.limits, report.limits);
    }
    let with_returns = text.replace('\n', "\r\n");
    assert_eq!(lines(&read(with_returns, CHUNK_BYTES).0), said);
}

#[test]
fn only_syslog_is_claimed_and_surely_only_with_sign_ins() {
    assert_eq!(LinuxAuth.sniff(ISO), Sniff::Certain);
    assert_eq!(LinuxAuth.sniff(TRADITIONAL), Sniff::Certain);
    assert_eq!(LinuxAuth.sniff(b"Feb 25 16:19:38 192.168.4.2 haproxy[1]: Proxy started."), Sniff::Plausible);
    for other in [
        "".as_bytes(),
        br#"10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET / HTTP/1.1" 200 383"#,
        b"{\"log\":{\"version\":\"1.2\",\"entries\":[]}}",
        b"{\"time\":\"2026-03-16T07:59:46+00:00\"}\n",
        b"2026-11-23 07:39:18.263 UTC [19181] LOG:  starting PostgreSQL",
        b"ElfFile\0\0\0\0\0\0\0\0\0",
        b"some\nwords\nNov 23 07:24:24 vm sshd[1]: x\nand\nmore",
    ] {
        assert!(matches!(LinuxAuth.sniff(other), Sniff::No(_)), "{}", String::from_utf8_lossy(other));
    }
}

#[test]
fn no_bytes_make_it_panic() {
    for line in ISO.split(|&byte| byte == b'\n').chain(TRADITIONAL.split(|&byte| byte == b'\n').take(20)) {
        for end in 0..=line.len() {
            read(&line[..end], CHUNK_BYTES);
        }
        let mut changed = line.to_vec();
        for at in (0..line.len()).step_by(3) {
            changed[at] = 0xFF;
            read(changed.clone(), 16);
        }
    }
}
