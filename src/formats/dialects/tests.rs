use super::*;
use crate::{
    model::{EventFlags, SourceId, time::rfc3339_from_nanos},
    source::{Content, Progress},
};

/// What lines say: `time kind stated user@client app what`, one a line; and the report.
fn said(text: &str) -> (Vec<String>, SourceReport) {
    let content = Content::from_bytes(text.as_bytes().to_vec());
    let progress = Progress::default();
    let written_by = 1_795_478_400_000_000_000;
    let input = Input { content: &content, source: SourceId(0), written_by, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("x.log".into()));
    linux_auth::read(&input, &mut events, &mut report);
    let line = |id| {
        let event = events.get(id);
        let word = |sym| events.symbols.resolve(sym).to_owned();
        assert!(event.flags.contains(EventFlags::NAMED));
        let time = rfc3339_from_nanos(event.time)[11..19].to_owned();
        let (user, client, app) = (word(event.actor), word(event.client), word(event.host));
        format!("{time} {:?} {:?} {user}@{client} {app}: {}", event.kind, event.stated, word(event.what))
    };
    (events.ids().map(line).collect(), report)
}

/// Checks what each message says, behind a frame.
fn check(frame: &str, table: &[(&str, &str)]) {
    for (message, expected) in table {
        let (lines, report) = said(&format!("Nov 23 07:39:18 gw {frame}{message}\n"));
        let line = lines.join(" | ");
        assert_eq!(line.strip_prefix("07:39:18 ").unwrap_or(&line), *expected, "{message}");
        assert_eq!((report.records, report.unreadable), (1, 0), "{message}");
    }
}

#[test]
fn dovecot_says_why_a_session_ended() {
    let app = "kim@ Dovecot on gw";
    let ended = |what: &str| format!("imap(kim)<12><aQ3/b>: {what}");
    let table = [
        ("Disconnected: Logged out in=27 out=832", "LoggedOut", "Disconnected: Logged out"),
        (
            "Disconnected: Connection closed (LOGOUT finished 0.001 secs ago) in=1 out=2",
            "LoggedOut",
            "Disconnected after LOGOUT",
        ),
        ("Disconnected: Inactivity - no input for 1800 secs in=1 out=2", "Idle", "Disconnected: Inactivity"),
        ("Disconnected for inactivity in=1 out=2", "Idle", "Disconnected: Inactivity"),
        ("Disconnected: Server shutting down in=1 out=2", "Revoked", "Disconnected: Server shutting down"),
        ("Disconnected: User kicked in=1 out=2", "Revoked", "Disconnected: User kicked"),
        ("Disconnected: Too many invalid IMAP commands. in=1", "Revoked", "Disconnected: Too many invalid commands"),
        (
            "Disconnected: Connection closed: read(size=1026) failed: Connection reset by peer (IDLE running)",
            "PeerGone",
            "Disconnected: Connection reset by peer",
        ),
        (
            "Disconnected: Connection closed (IDLE running for 0.001 + waiting input) in=1",
            "ConnectionClosed",
            "Disconnected",
        ),
        ("Disconnected in IDLE in=1 out=2", "ConnectionClosed", "Disconnected"),
    ];
    for (message, stated, what) in table {
        check("dovecot: ", &[(&ended(message), &format!("Close {stated} {app}: {what}"))]);
        // The same in Dovecot's own log file.
        let (lines, _) = said(&format!("Nov 23 07:39:18 imap(kim)<12><aQ3/b>: Info: {message}\n"));
        assert_eq!(lines, [format!("07:39:18 Close {stated} kim@ Dovecot: {what}")]);
    }
    check(
        "dovecot: ",
        &[
            (
                "imap-login: Login: user=<kim>, method=PLAIN, rip=10.0.0.7, lip=10.0.0.1, mpid=12, TLS, session=<aQ3/b>",
                "SignIn Nothing kim@10.0.0.7 Dovecot on gw: Login",
            ),
            (
                "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<kim>, method=PLAIN, rip=10.0.0.7, session=<a>",
                "SignInFailed BadCredentials kim@10.0.0.7 Dovecot on gw: Authentication failed",
            ),
            (
                "imap-login: Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10): user=<kim>, rip=10.0.0.7",
                "SignInFailed OtherDevice kim@10.0.0.7 Dovecot on gw: Maximum number of connections exceeded",
            ),
            ("imap-login: Disconnected (no auth attempts in 0 secs): user=<>, rip=10.0.0.7, session=<a>", ""),
            ("imap(kim)<12><aQ3/b>: expunge: box=INBOX, uid=3", "Activity Nothing kim@ Dovecot on gw: Mailbox changed"),
            (
                "master: Dovecot v2.3.19.1 (9b53102964) starting up for imap",
                "ServerStart ServerShutdown @ Dovecot on gw: Dovecot started",
            ),
            (
                "master: Warning: Killed with signal 15 (by pid=1 uid=0 code=kill)",
                "ServerStop Nothing @ Dovecot on gw: Dovecot is told to stop",
            ),
        ],
    );
}

#[test]
fn dropbear_says_why_a_session_ended() {
    let ended = [
        ("Disconnect received", "LoggedOut", "Exit: Disconnect received"),
        ("Exited normally", "ConnectionClosed", "Exit: Exited normally"),
        ("Idle timeout", "Idle", "Exit: Idle timeout"),
        ("Keepalive timeout", "PeerGone", "Exit: Keepalive timeout"),
        ("Error reading: Connection reset by peer", "PeerGone", "Exit: Error reading"),
        ("Error writing: Broken pipe", "PeerGone", "Exit: Error writing"),
        ("Remote host closed the connection", "ConnectionClosed", "Exit: Remote host closed the connection"),
        ("Terminated by signal", "Revoked", "Exit: Terminated by signal"),
    ];
    for (reason, stated, what) in ended {
        let table = [
            (
                format!("Exit (kim) from <10.0.0.7:368>: {reason}"),
                format!("Close {stated} kim@10.0.0.7 Dropbear on gw: {what}"),
            ),
            (format!("Exit (kim): {reason}"), format!("Close {stated} kim@ Dropbear on gw: {what}")),
        ];
        for (message, expected) in &table {
            check("dropbear[12]: ", &[(message, expected)]);
        }
    }
    check(
        "dropbear[12]: ",
        &[
            ("Child connection from 10.0.0.7:368", "Neutral Nothing @10.0.0.7 Dropbear on gw: Child connection"),
            (
                "Password auth succeeded for 'kim' from 10.0.0.7:368",
                "SignIn Nothing kim@10.0.0.7 Dropbear on gw: Auth succeeded",
            ),
            (
                "Bad password attempt for 'kim' from 10.0.0.7:368",
                "SignInFailed BadCredentials kim@10.0.0.7 Dropbear on gw: Bad password attempt",
            ),
            (
                "Exit before auth from <10.0.0.7:368>: (user 'kim', 1 fails): Max auth tries reached",
                "Close Nothing @ Dropbear on gw: Exit before auth",
            ),
        ],
    );
}

#[test]
fn strongswan_says_why_a_session_ended() {
    let app = "strongSwan on gw";
    check(
        "charon[812]: ",
        &[
            (
                "09[IKE] IKE_SA rw[1] established between 10.0.0.1[gw.example]...10.0.0.7[kim]",
                "SignIn Nothing kim@10.0.0.7 strongSwan on gw: IKE_SA established",
            ),
            (
                "09[IKE] IKE_SA rw[2] rekeyed between 10.0.0.1[gw.example]...10.0.0.7[kim]",
                "Refresh Nothing kim@10.0.0.7 strongSwan on gw: IKE_SA rekeyed",
            ),
            (
                "09[IKE] received DELETE for IKE_SA rw[1]",
                &format!("Close LoggedOut @ {app}: Received DELETE for IKE_SA"),
            ),
            (
                "09[IKE] deleting IKE_SA rw[1] between 10.0.0.1[gw.example]...10.0.0.7[kim]",
                "Close Nothing kim@10.0.0.7 strongSwan on gw: Deleting IKE_SA",
            ),
            (
                "09[IKE] deleting duplicate IKE_SA for peer 'kim' due to uniqueness policy",
                "Close OtherDevice kim@ strongSwan on gw: Deleting duplicate IKE_SA due to uniqueness policy",
            ),
            ("09[JOB] deleting half open IKE_SA with 10.0.0.7 after timeout", ""),
            ("00[DMN] SIGTERM received, shutting down", &format!("ServerStop Nothing @ {app}: charon shuts down")),
            (
                "00[DMN] Starting IKE charon daemon (strongSwan 5.9.8, Linux 6.1.0, x86_64)",
                &format!("ServerStart ServerShutdown @ {app}: charon started"),
            ),
        ],
    );
}

#[test]
fn a_kerberos_server_says_who_may_go_on() {
    let line = |request: &str, outcome: &str, end: &str| {
        format!("{request} (8 etypes {{18 17}}) 10.0.0.7: {outcome}: authtime 1795419558, kim@EX for krbtgt/EX@EX{end}")
    };
    let app = "kim@EX@10.0.0.7 Kerberos on gw";
    let table = [
        (line("AS_REQ", "ISSUE", ""), format!("SignIn Nothing {app}: AS_REQ: ticket-granting ticket issued")),
        (line("TGS_REQ", "ISSUE", ""), format!("Activity Nothing {app}: TGS_REQ: service ticket issued")),
        (line("AS_REQ", "NEEDED_PREAUTH", ", Additional pre-authentication required"), String::new()),
        (
            line("AS_REQ", "PREAUTH_FAILED", ", Preauthentication failed"),
            format!("SignInFailed BadCredentials {app}: AS_REQ: PREAUTH_FAILED"),
        ),
        (
            line("AS_REQ", "LOCKED_OUT", ", Client\'s credentials have been revoked"),
            format!("SignInFailed AccountLocked {app}: Client locked out"),
        ),
        (
            line("AS_REQ", "CLIENT KEY EXPIRED", ", Password has expired"),
            format!("SignInFailed PasswordExpired {app}: Client key expired"),
        ),
        (line("TGS_REQ", "PROCESS_TGS", ", Ticket expired"), format!("Rejection TokenExpired {app}: Ticket expired")),
        (
            line("TGS_REQ", "PROCESS_TGS", ", Clock skew too great"),
            format!("Rejection NotYetValid {app}: Clock skew too great"),
        ),
    ];
    for (message, expected) in &table {
        check("krb5kdc[712](info): ", &[(message, expected)]);
    }
}

#[test]
fn lines_of_other_programs_are_read_beside_theirs() {
    let text = "Nov 23 07:39:18 gw dovecot: imap-login: Login: user=<kim>, rip=10.0.0.7, session=<a>\n\
        Nov 23 07:39:19 gw dovecot: imap(kim)<1><a>: Disconnected: Logged out\n\
        Nov 23 07:39:20 gw sshd[7]: Server listening on 0.0.0.0 port 22.\nNov 23 07:4\n";
    assert_eq!(DOVECOT.sniff(text.as_bytes()), Sniff::Certain);
    assert!(matches!(DROPBEAR.sniff(text.as_bytes()), Sniff::No(_)));
    let content = Content::from_bytes(text.as_bytes().to_vec());
    let progress = Progress::default();
    let input = Input { content: &content, source: SourceId(0), written_by: 1, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("x.log".into()));
    DOVECOT.read(&input, &mut events, &mut report);
    assert_eq!((report.records, report.unreadable), (3, 1));
    assert!(events.len() >= 2);
}

#[test]
fn proftpd_says_why_a_session_ended_in_its_own_file_and_by_syslog() {
    for (words, expected) in [
        ("FTP session opened.", "Neutral Nothing @10.0.0.7 ProFTPD on gw: Session opened"),
        ("USER kim: Login successful.", "SignIn Nothing kim@10.0.0.7 ProFTPD on gw: Login successful"),
        (
            "USER kim (Login failed): Incorrect password",
            "SignInFailed BadCredentials kim@10.0.0.7 ProFTPD on gw: Login failed",
        ),
        (
            "USER kim: no such user found from gw [10.0.0.7]",
            "SignInFailed BadCredentials kim@10.0.0.7 ProFTPD on gw: Login failed",
        ),
        ("Client session idle timeout, disconnected", "Close Idle @10.0.0.7 ProFTPD on gw: Idle timeout"),
        ("FTP no transfer timeout, disconnected", "Close Idle @10.0.0.7 ProFTPD on gw: No transfer timeout"),
        ("FTP session timed out, disconnected", "Close MaximumAge @10.0.0.7 ProFTPD on gw: Session timed out"),
        ("FTP session closed.", "Close ConnectionClosed @10.0.0.7 ProFTPD on gw: Session closed"),
    ] {
        for frame in ["proftpd[881] ftp1 (h[10.0.0.7]): ", "proftpd[881]: ftp1 (h[10.0.0.7]) - "] {
            check(frame, &[(words, expected)]);
        }
    }
    check(
        "proftpd[881]: ftp1 - ",
        &[
            (
                "ProFTPD 1.3.8 (stable) standalone mode STARTUP",
                "ServerStart ServerShutdown @ ProFTPD on gw: ProFTPD started",
            ),
            ("ProFTPD killed (signal 15)", "ServerStop Nothing @ ProFTPD on gw: ProFTPD stops"),
        ],
    );
}

#[test]
fn pure_ftpd_names_the_user_once_signed_in() {
    check(
        "pure-ftpd: ",
        &[
            ("(?@10.0.0.7) [INFO] kim is now logged in", "SignIn Nothing kim@10.0.0.7 Pure-FTPd on gw: Logged in"),
            (
                "(?@10.0.0.7) [WARNING] Authentication failed for user [kim]",
                "SignInFailed BadCredentials kim@10.0.0.7 Pure-FTPd on gw: Authentication failed",
            ),
            ("(?@10.0.0.7) [INFO] Logout.", ""),
            ("(kim@10.0.0.7) [INFO] Logout.", "Close LoggedOut kim@10.0.0.7 Pure-FTPd on gw: Logout"),
            (
                "(kim@10.0.0.7) [NOTICE] /home/kim//a.txt uploaded  (5 bytes, 9.1KB/sec)",
                "Activity Nothing kim@10.0.0.7 Pure-FTPd on gw: FTP command",
            ),
            (
                "(kim@10.0.0.7) [INFO] Timeout - try typing a little faster next time",
                "Close Idle kim@10.0.0.7 Pure-FTPd on gw: Timeout",
            ),
        ],
    );
}

#[test]
fn slapd_says_why_a_connection_was_closed() {
    check(
        "slapd[762]: ",
        &[
            (
                "conn=1002 fd=13 ACCEPT from IP=10.0.0.7:41381 (IP=0.0.0.0:389)",
                "Neutral Nothing @10.0.0.7 slapd on gw: ACCEPT",
            ),
            ("conn=1002 op=0 BIND dn=\"cn=kim,dc=ex\" method=128", ""),
            (
                "conn=1002 op=0 BIND dn=\"cn=kim,dc=ex\" mech=SIMPLE bind_ssf=0 ssf=0",
                "SignIn Nothing cn=kim,dc=ex@ slapd on gw: BIND",
            ),
            ("conn=1002 op=0 RESULT tag=97 err=49 text=", "SignInFailed BadCredentials @ slapd on gw: BIND refused"),
            ("conn=1002 op=1 SRCH base=\"\" scope=0", "Activity Nothing @ slapd on gw: Operation"),
            ("conn=1002 op=4 UNBIND", "SignOut LoggedOut @ slapd on gw: UNBIND"),
            ("conn=1002 fd=13 closed", "Close Nothing @ slapd on gw: closed"),
            ("conn=1002 fd=13 closed (idletimeout)", "Close Idle @ slapd on gw: closed (idletimeout)"),
            (
                "conn=1002 fd=13 closed (connection lost)",
                "Close ConnectionClosed @ slapd on gw: closed (connection lost)",
            ),
            ("conn=1002 fd=13 closed (slapd shutdown)", "Close ServerShutdown @ slapd on gw: closed (slapd shutdown)"),
            ("slapd starting", "ServerStart ServerShutdown @ slapd on gw: slapd starting"),
        ],
    );
}

#[test]
fn ocserv_states_each_reason_of_its_sources() {
    for (reason, stated) in [
        ("user disconnected", "LoggedOut"),
        ("server disconnected", "Revoked"),
        ("idle timeout", "Idle"),
        ("session timeout", "MaximumAge"),
        ("DPD timeout", "PeerGone"),
        ("session terminated", "Revoked"),
    ] {
        let message = format!("main[kim]:10.0.0.7:42730 user disconnected (reason: {reason}, rx: 0, tx: 400)");
        let expected = format!("Close {stated} kim@10.0.0.7 ocserv on gw: user disconnected (reason: {reason})");
        check("ocserv[845]: ", &[(&message, &expected)]);
    }
    check(
        "ocserv[845]: ",
        &[
            ("main[kim]:10.0.0.7:42730 user logged in", "SignIn Nothing kim@10.0.0.7 ocserv on gw: User logged in"),
            ("main[kim]:10.0.0.7:42730 new user session", ""),
            ("main: initialized ocserv 1.1.6", "ServerStart ServerShutdown @ ocserv on gw: ocserv started"),
        ],
    );
}

#[test]
fn vsftpd_says_the_same_by_syslog() {
    check(
        "vsftpd[12774]: ",
        &[
            ("[kim] OK LOGIN: Client \"10.0.0.7\"", "SignIn Nothing kim@10.0.0.7 vsftpd on gw: OK LOGIN"),
            (
                "[kim] FTP response: Client \"10.0.0.7\", \"421 Timeout.\"",
                "Close Idle kim@10.0.0.7 vsftpd on gw: 421 Timeout",
            ),
        ],
    );
}
