use super::*;
use crate::{
    model::{EventFlags, EventId, SourceId, time::rfc3339_from_nanos},
    source::{Content, Progress},
};

/// Each event as `time kind stated user client link what`.
fn said(text: &str, chunk_bytes: u64) -> (Vec<String>, SourceReport) {
    let content = Content::from_bytes(text.as_bytes().to_vec());
    let progress = Progress::default();
    let input =
        Input { content: &content, source: SourceId(0), written_by: 1_795_478_400_000_000_000, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("db.log".into()));
    named::read_in_chunks::<Reader>(&input, &mut events, &mut report, chunk_bytes);
    let lines = events.ids().map(|id: EventId| {
        let event = events.get(id);
        let word = |sym| events.symbols.resolve(sym);
        let new = if event.flags.contains(EventFlags::NEW_ID) { " new" } else { "" };
        format!(
            "{} {:?} {:?} {}@{} {} {}{new}",
            &rfc3339_from_nanos(event.time)[11..],
            event.kind,
            event.stated,
            word(event.actor),
            word(event.client),
            event.link,
            word(event.what)
        )
    });
    (lines.collect(), report)
}

fn one(line: &str) -> String {
    let (events, _) = said(line, 1 << 20);
    events.join(" | ")
}

#[test]
fn every_prefix_gives_the_same_parts() {
    let same = "07:39:56.009Z Close Idle app@10.0.0.7 19203 terminating connection due to idle-session timeout";
    let words = "FATAL:  terminating connection due to idle-session timeout";
    for prefix in [
        "2026-11-23 07:39:56.009 UTC [19203] app@postgres 10.0.0.7 ",
        "2026-11-23 08:39:56.009 CET [19203]: [4-1] user=app,db=postgres,app=psql,client=10.0.0.7 ",
        "2026-11-23 07:39:56.009 UTC:10.0.0.7(36898):app@postgres:[19203]:",
        "< 2026-11-23 04:39:56.009 -03 app postgres 19203 10.0.0.7(1) user=app >",
        "[19203] 2026-11-23 07:39:56.009 GMT app@postgres from 10.0.0.7 ",
        "1795419596.009 pid=19203 u=app,h=10.0.0.7 ",
        "2026-11-23 07:39:56.009 UTC|app|postgres|10.0.0.7|19203|user=app|",
    ] {
        assert_eq!(one(&format!("{prefix}{words}\n")), same, "{prefix}");
    }
    let by_syslog = "Nov 23 07:39:56 db1 postgres[19203]: [4-1] app@postgres 10.0.0.7 ";
    assert_eq!(one(&format!("{by_syslog}{words}")), same.replace(".009Z", ".000Z"));
    let by_session = one(&format!("2026-11-23 07:39:56.009 UTC [6923a1c6.4b03] app@postgres 10.0.0.7 {words}"));
    assert_eq!(by_session.replace(&link_of(&[b"6923a1c6.4b03"]).to_string(), "19203"), same);
}

#[test]
fn each_message_says_what_happened_to_the_session() {
    let table = [
        ("LOG:  connection received: host=10.0.0.7 port=36898", "Neutral Nothing @10.0.0.7 7 Connection received new"),
        ("LOG:  connection received: host=[local]", "Neutral Nothing @local 7 Connection received new"),
        ("LOG:  connection authorized: user=app database=postgres", "SignIn Nothing app@ 7 Connection authorized"),
        ("LOG:  replication connection authorized: user=rep", "SignIn Nothing rep@ 7 Connection authorized"),
        (
            "LOG:  disconnection: session time: 0:00:00.032 user=app database=postgres host=[local]",
            "Close LoggedOut app@local 7 Disconnection by the client",
        ),
        ("LOG:  statement: select 1", "Activity Nothing @ 7 Statement"),
        ("LOG:  duration: 3.2 ms  statement: select 1", "Activity Nothing @ 7 Statement"),
        ("LOG:  statement: select pg_terminate_backend(9)", "Operator Nothing @ 7 pg_terminate_backend was called"),
        ("LOG:  checkpoint starting: time", ""),
        ("STATEMENT:  select 1", ""),
        ("ERROR:  relation \"x\" does not exist at character 15", "Neutral Nothing @ 7 Statement failed"),
    ];
    for (message, expected) in table {
        let line = one(&format!("2026-11-23 07:39:56 UTC [7] {message}"));
        assert_eq!(line.strip_prefix("07:39:56.000Z ").unwrap_or(&line), expected, "{message}");
    }
}

#[test]
fn each_reason_for_an_end_is_stated() {
    let table = [
        ("FATAL:  terminating connection due to idle-session timeout", Stated::Idle),
        ("FATAL:  terminating connection due to idle-in-transaction timeout", Stated::Idle),
        ("FATAL:  terminating connection due to transaction timeout", Stated::MaximumAge),
        ("FATAL:  terminating connection due to administrator command", Stated::Revoked),
        ("FATAL:  terminating connection due to conflict with recovery", Stated::Revoked),
        ("FATAL:  terminating connection due to unexpected postmaster exit", Stated::ServerShutdown),
        ("WARNING:  terminating connection because of crash of another server process", Stated::ServerShutdown),
        ("FATAL:  terminating connection due to immediate shutdown command", Stated::ServerShutdown),
        ("LOG:  could not receive data from client: Connection reset by peer", Stated::PeerGone),
        ("LOG:  could not send data to client: Broken pipe", Stated::PeerGone),
        ("LOG:  unexpected EOF on client connection with an open transaction", Stated::PeerGone),
        ("FATAL:  connection to client lost", Stated::PeerGone),
        ("FATAL:  out of memory", Stated::Nothing),
    ];
    for (message, stated) in table {
        let line = one(&format!("2026-11-23 07:39:56 UTC [7] app@db {message}"));
        assert!(line.starts_with(&format!("07:39:56.000Z Close {stated:?} app@ 7 ")), "{line}");
    }
    // The code tells where the language does not.
    let german =
        one("2026-11-23 07:39:56 UTC [7] 57P05 app@db FATAL:  Verbindung wird abgebrochen wegen Zeitüberschreitung");
    assert!(german.contains("Close Idle"), "{german}");
}

#[test]
fn whoever_is_not_let_in_has_no_session() {
    let table = [
        ("FATAL:  password authentication failed for user \"app\"", Stated::BadCredentials, "app"),
        ("FATAL:  Peer authentication failed for user \"app\"", Stated::BadCredentials, "app"),
        ("FATAL:  role \"nobody\" does not exist", Stated::BadCredentials, "nobody"),
        ("FATAL:  role \"old\" is not permitted to log in", Stated::AccountDisabled, "old"),
        ("FATAL:  too many connections for role \"app\"", Stated::Nothing, "app"),
        ("FATAL:  no pg_hba.conf entry for host \"10.0.0.7\", user \"app\", database \"x\"", Stated::Forbidden, "app"),
        ("FATAL:  database \"x\" does not exist", Stated::Forbidden, "me"),
        ("FATAL:  sorry, too many clients already", Stated::Nothing, "me"),
        ("FATAL:  the database system is starting up", Stated::Nothing, "me"),
    ];
    for (message, stated, user) in table {
        let line = one(&format!("2026-11-23 07:39:56 UTC [7] me@db {message}"));
        assert!(line.starts_with(&format!("07:39:56.000Z SignInFailed {stated:?} {user}@ 7 ")), "{line}");
    }
}

#[test]
fn the_server_s_own_lines_begin_and_end_everything() {
    let table = [
        ("received fast shutdown request", "ServerStop Nothing"),
        ("received smart shutdown request", "ServerStop Nothing"),
        ("received immediate shutdown request", "ServerStop ServerShutdown"),
        ("database system is shut down", "ServerStop ServerShutdown"),
        ("terminating any other active server processes", "ServerStop ServerShutdown"),
        ("starting PostgreSQL 15.18 on x86_64-pc-linux-gnu", "ServerStart ServerShutdown"),
        ("database system was shut down at 2026-11-23 07:39:15 UTC", "ServerStart ServerShutdown"),
        ("database system was interrupted; last known up at 2026-11-23", "ServerStart ServerShutdown"),
        // A standby that is promoted says so as well, and ends nobody.
        ("database system is ready to accept connections", "ServerStart Nothing"),
    ];
    for (message, expected) in table {
        let line = one(&format!("2026-11-23 07:39:56 UTC [7] LOG:  {message}"));
        assert!(line.starts_with(&format!("07:39:56.000Z {expected} @ 0 ")), "{line}");
    }
    let crash = one("2026-11-23 07:39:56 UTC [7] LOG:  server process (PID 99) was terminated by signal 9: Killed");
    assert!(crash.contains("ServerStop Nothing @ 0") && crash.contains("Close ServerShutdown @ 99"), "{crash}");
}

#[test]
fn fields_give_what_lines_give() {
    let csv = "2026-11-23 07:39:56.009 UTC,\"app\",\"postgres\",19203,\"10.0.0.7:36898\",6923a1c6.4b03,5,\"idle\",\
        2026-11-23 07:39:19 UTC,3/0,0,FATAL,57P05,\"terminating connection due to idle-session timeout\",,,,,,,,,\"psql\"";
    let json = "{\"timestamp\":\"2026-11-23 07:39:56.009 UTC\",\"user\":\"app\",\"dbname\":\"postgres\",\"pid\":19203,\
        \"remote_host\":\"10.0.0.7\",\"remote_port\":36898,\"session_id\":\"6923a1c6.4b03\",\"error_severity\":\"FATAL\",\
        \"state_code\":\"57P05\",\"message\":\"terminating connection due to idle-session timeout\"}";
    let wrapped = "{\"level\":\"info\",\"ts\":1.5,\"logger\":\"postgres\",\"msg\":\"record\",\"record\":{\
        \"log_time\":\"2026-11-23 07:39:56.009 UTC\",\"user_name\":\"app\",\"process_id\":\"19203\",\
        \"connection_from\":\"10.0.0.7:36898\",\"session_id\":\"6923a1c6.4b03\",\"error_severity\":\"FATAL\",\
        \"sql_state_code\":\"57P05\",\"message\":\"terminating connection due to idle-session timeout\"}}";
    let link = link_of(&[b"6923a1c6.4b03"]);
    let same =
        format!("07:39:56.009Z Close Idle app@10.0.0.7 {link} terminating connection due to idle-session timeout");
    for line in [csv, json, wrapped] {
        assert_eq!(one(line), same, "{line}");
        assert_eq!(Postgresql.sniff(line.as_bytes()), Sniff::Certain, "{line}");
    }
}

#[test]
fn damaged_lines_are_counted_and_the_rest_is_read() {
    let text = "2026-11-23 07:39:56 UTC [7] app@db LOG:  statement: select\n\t1,\n\t2\n\
        2026-11-23 07:39:5\n2026-11-23 07:39:57 UTC [7] app@db LOG\n\u{0}\u{0}\n\
        2026-11-23 07:39:58 UTC [7] app@db FATAL:  terminating connection due to administrator command\n\
        {\"timestamp\":\n";
    for chunk in [1, 64, 1 << 20] {
        let (events, report) = said(text, chunk);
        assert_eq!(events.len(), 2, "{events:?}");
        assert_eq!((report.records, report.unreadable), (2, 3), "{:?}", report.warnings);
    }
}

#[test]
fn other_logs_are_not_its() {
    for text in [
        "Nov 23 07:24:24 vm sshd[1551]: Server listening on 0.0.0.0 port 22.\n",
        "{\"level\":30,\"time\":1,\"msg\":\"hi\"}\n",
        "2026-11-23 07:24:24 INFO started\n",
        "",
    ] {
        assert!(matches!(Postgresql.sniff(text.as_bytes()), Sniff::No(_)), "{text}");
    }
}
