//! Every sample log is recognised by its content alone, read whole, and claimed by no other format.

use crate::common::inspect_bytes;
use lapsed::{
    formats::{FORMATS, Sniff},
    inspection::Inspection,
    model::{EventKind, State},
};
use std::{fs, path::Path};

/// The samples: name, bytes, and the format that must recognise them.
fn samples() -> Vec<(String, Vec<u8>, String)> {
    let mut samples: Vec<(String, Vec<u8>, String)> = fs::read_dir(Path::new("tests/fixtures/logs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let format = name.split('.').next().unwrap().replace("wrapped", "json_lines");
            (name, fs::read(&path).unwrap(), format)
        })
        .collect();
    samples.sort();
    assert!(samples.len() > 20);
    samples
}

fn read(bytes: &[u8]) -> Inspection {
    inspect_bytes(vec![("unnamed", bytes.to_vec())])
}

#[test]
fn ory_dex_and_bastions_are_read_by_the_words_that_they_use() {
    let said = |name: &str| -> Vec<String> {
        let inspection = read(&fs::read(format!("tests/fixtures/logs/{name}")).unwrap());
        let line = |id| {
            let event = inspection.events.get(id);
            let user = inspection.events.symbols.resolve(event.actor);
            format!("{:?} {:?} {}", event.kind, event.stated, user.get(..8).unwrap_or(user))
        };
        inspection.events.ids().map(line).collect()
    };
    assert_eq!(
        said("json_lines.hydra.log"),
        ["RefreshRefused RefreshReused kim", "RefreshRefused RefreshExpired lee", "RefreshRefused InvalidGrant ann"]
    );
    assert_eq!(
        said("json_lines.kratos.log"),
        [
            "SignIn Nothing 3a1f6b1e",
            "SignIn Nothing 8be2c7d4",
            "SignInFailed BadCredentials ",
            "Rejection UnknownSession "
        ]
    );
    assert_eq!(
        said("json_lines.cee.log"),
        [
            "SignIn Nothing kim",
            "SignIn Nothing lee",
            "SignInFailed BadCredentials eve",
            "Rejection Idle lee",
            "SignOut LoggedOut kim"
        ]
    );
    assert_eq!(said("logfmt.dex.log"), ["ServerStart Nothing ", "SignIn Nothing kim", "SignIn Nothing lee"]);
}

#[test]
fn each_log_is_recognised_and_read_whole() {
    for (name, bytes, format) in samples() {
        let inspection = read(&bytes);
        let source = &inspection.sources[0];
        assert_eq!(source.format, Some(&*format), "{name}: {:?}", source.warnings);
        assert_eq!(source.unreadable, 0, "{name}: {:?}", source.warnings);
        assert!(source.records > 1, "{name}: {} records", source.records);
        if !name.contains("morgan-dev") {
            assert!(source.events > 0, "{name}");
        }
    }
}

#[test]
fn no_format_shadows_another() {
    for (name, bytes, own) in samples() {
        for format in FORMATS.iter().filter(|format| format.id() != own) {
            assert_ne!(format.sniff(&bytes), Sniff::Certain, "{name} is claimed by {}", format.id());
        }
    }
}

#[test]
fn a_damaged_log_gives_what_is_left_and_says_what_is_not() {
    for (name, bytes, format) in samples() {
        let text = String::from_utf8(bytes).unwrap().repeat(4);
        let whole = read(text.as_bytes()).sources[0].records;
        // A line cut in two, one of noise, and the end cut off.
        let middle = text[..text.len() / 2].rfind('\n').unwrap_or(0);
        let broken =
            format!("{}\n\u{1}\u{2} noise {{\n{}", &text[..middle.saturating_sub(20)], &text[middle..text.len() - 20]);
        let inspection = read(broken.as_bytes());
        let source = &inspection.sources[0];
        assert_eq!(source.format, Some(&*format), "{name}");
        assert!(source.records + 3 >= whole, "{name}: {} of {whole}", source.records);
        // A log of free text may hold any line; the others say where the noise is.
        if format != "request_text" {
            assert!(source.unreadable > 0 && !source.warnings.is_empty(), "{name}");
        }
    }
}

#[test]
fn what_passed_a_log_on_does_not_change_it() {
    let plain = fs::read("tests/fixtures/logs/json_lines.nginx.log").unwrap();
    let gist = |inspection: &Inspection| {
        let what = |id| {
            let event = inspection.events.get(id);
            (event.time, event.status, inspection.events.symbols.resolve(event.what).to_owned())
        };
        inspection.events.ids().map(what).collect::<Vec<_>>()
    };
    let expected = gist(&read(&plain));
    assert!(!expected.is_empty());
    for (name, bytes, _) in samples().into_iter().filter(|(name, ..)| name.starts_with("wrapped")) {
        assert_eq!(gist(&read(&bytes)), expected, "{name}");
    }
}

#[test]
fn an_application_that_names_its_sessions_says_how_they_ended() {
    let inspection = read(&fs::read("tests/fixtures/logs/json_lines.app-sessions.log").unwrap());
    let told: Vec<String> = inspection
        .sessions
        .iter()
        .zip(&inspection.verdicts)
        .map(|(session, verdict)| {
            let cause = verdict.map_or("-", |verdict| verdict.cause.id());
            format!("{} {:?} {cause}", session.user.as_deref().unwrap_or("?"), session.state == State::Ended)
        })
        .collect();
    assert_eq!(told, ["ann true idle_timeout", "bob true concurrent_login", "dave true revoked"]);
    let kinds = inspection.events.kinds();
    assert!(kinds.contains(&EventKind::ServerStart) && kinds.contains(&EventKind::ServerStop));
    assert_eq!(inspection.accounts.len(), 1);
}

#[test]
fn no_record_of_a_log_lets_its_session_ids_out() {
    for name in ["json_lines.pino-http.log", "json_lines.nginx.log", "wrapped.docker-json.log", "w3c.iis.log"] {
        let bytes = fs::read(Path::new("tests/fixtures/logs").join(name)).unwrap();
        let inspection = read(&bytes);
        assert!(!inspection.events.session_ids.is_empty(), "{name}");
        let mut out = Vec::new();
        lapsed::report::json::write(&inspection, false, false, &mut out).unwrap();
        let mut text = String::from_utf8(out).unwrap();
        for id in inspection.events.ids() {
            text.push_str(&inspection.record(inspection.events.span(id)).lines.join("\n"));
        }
        for (_, secret) in &inspection.events.session_ids {
            let value = inspection.events.secret(*secret).expose();
            assert!(!text.contains(value), "{name} lets out {value}");
        }
    }
}

/// An access log of two clients without user names: each line is seconds, client, request and status.
fn access_log(lines: &[(u32, u8, &str, u16)]) -> Vec<u8> {
    let line = |&(second, client, request, status): &(u32, u8, &str, u16)| {
        let (hour, minute, second) = (10 + second / 3_600, second / 60 % 60, second % 60);
        let at = format!("03/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000");
        format!("10.0.0.{client} - - [{at}] \"{request} HTTP/1.1\" {status} 0 \"-\" \"Mozilla/5.0\"\n")
    };
    lines.iter().map(line).collect::<String>().into_bytes()
}

/// A client signs in and uses the app until the other one does so `after` seconds later, and is refused.
fn pushed_out(lines: &mut Vec<(u32, u8, &'static str, u16)>, from: u32, client: u8, after: u32) {
    lines.extend([(from, client, "GET /login", 200), (from + 5, client, "POST /login", 302)]);
    lines.extend((6..after).step_by(20).map(|second| (from + second, client, "GET /orders", 200)));
    lines.extend([(from + after + 15, client, "GET /orders", 302), (from + after + 15, client, "GET /login", 200)]);
}

#[test]
fn two_clients_that_push_each_other_out_again_and_again_are_told_without_their_names() {
    let mut lines = Vec::new();
    let mut from = 0;
    for turn in 0..6_u8 {
        let after = 100 + u32::from(turn) * 37;
        pushed_out(&mut lines, from, 1 + turn % 2, after);
        from += after;
    }
    lines.extend([(from, 1, "GET /login", 200), (from + 5, 1, "POST /login", 302), (from + 6, 1, "GET /orders", 200)]);
    lines.sort_by_key(|line| line.0);
    let inspection = read(&access_log(&lines));
    let causes: Vec<_> = inspection.verdicts.iter().flatten().map(|verdict| verdict.cause.id()).collect();
    assert_eq!(causes, ["concurrent_login"; 6]);
}

#[test]
fn one_sign_in_elsewhere_by_somebody_may_be_chance() {
    let mut lines = Vec::new();
    pushed_out(&mut lines, 0, 1, 140);
    lines.extend([(140, 2, "GET /login", 200), (145, 2, "POST /login", 302), (146, 2, "GET /orders", 200)]);
    lines.sort_by_key(|line| line.0);
    let inspection = read(&access_log(&lines));
    let causes: Vec<_> = inspection.verdicts.iter().flatten().map(|verdict| verdict.cause.id()).collect();
    assert_eq!(causes, ["undetermined"]);
}

const SSHD: [&str; 4] = [
    "Mar  3 10:57:00 web sshd[7]: Accepted password for kim from 10.0.0.7 port 7 ssh2",
    "Mar  3 10:57:01 web sshd[7]: pam_unix(sshd:session): session opened for user kim(uid=1000) by (uid=0)",
    "Mar  3 11:30:01 web sshd[7]: pam_unix(sshd:session): session closed for user kim",
    "Mar  3 11:30:02 web sshd[7]: Disconnected from user kim 10.0.0.7 port 7",
];

const APP: [&str; 4] = [
    r#"{"level":30,"time":"2026-03-03T10:57:20.000Z","msg":"listening on :3000"}"#,
    r#"{"level":30,"time":"2026-03-03T10:58:00.000Z","msg":"user logged in","user":"ann","sessionId":"a1b2c3d4e5f60718"}"#,
    r#"{"level":30,"time":"2026-03-03T11:20:00.000Z","msg":"session expired","reason":"idle","user":"ann","sessionId":"a1b2c3d4e5f60718"}"#,
    r#"{"level":30,"time":"2026-03-03T11:21:00.000Z","msg":"login failed: wrong password","user":"bob"}"#,
];

/// Two logs line by line in turn, with a damaged line at the end.
fn interleaved(one: &[String], other: &[String]) -> Vec<u8> {
    let mut lines: Vec<&str> = one.iter().zip(other).flat_map(|(one, other)| [&**one, &**other]).collect();
    lines.push("noise {\n");
    lines.join("\n").into_bytes()
}

fn lines(of: &[&str]) -> Vec<String> {
    of.iter().map(|&line| line.to_owned()).collect()
}

/// Each source's format, events and lines that could not be read, and each session's user and cause.
fn mixed(bytes: &[u8]) -> (Vec<(&'static str, u64, u64)>, Vec<String>) {
    let inspection = read(bytes);
    let sources = inspection.sources.iter().map(|it| (it.format.unwrap_or("-"), it.events, it.unreadable)).collect();
    let told = inspection.sessions.iter().zip(&inspection.verdicts).map(|(session, verdict)| {
        let cause = verdict.map_or("active", |verdict| verdict.cause.id());
        format!("{} {cause}", session.user.as_deref().unwrap_or("?"))
    });
    (sources, told.collect())
}

#[test]
fn two_formats_in_one_file_are_read_as_two_sources() {
    let access: Vec<String> = (0..4)
        .map(|n| format!("10.0.0.1 - - [03/Mar/2026:10:5{n}:00 +0000] \"GET /orders HTTP/1.1\" 200 7 \"-\" \"x\""))
        .collect();
    let (sources, told) = mixed(&interleaved(&lines(&SSHD), &lines(&APP)));
    assert_eq!(sources, [("linux_auth", 4, 1), ("json_lines", 4, 0)]);
    assert_eq!(told, ["kim logout", "ann idle_timeout"]);
    let (sources, told) = mixed(&interleaved(&access, &lines(&APP)));
    assert_eq!(sources, [("access_log", 4, 1), ("json_lines", 4, 0)]);
    assert!(told.contains(&"ann idle_timeout".to_owned()), "{told:?}");
    let (sources, _) = mixed(&interleaved(&lines(&SSHD), &access));
    assert_eq!(sources.iter().map(|it| it.0).collect::<Vec<_>>(), ["access_log", "linux_auth"]);
}

#[test]
fn an_applications_records_inside_a_hosts_log_and_the_journal_are_heard() {
    let framed: Vec<String> = APP.iter().map(|line| format!("Mar  3 10:57:21 web shop[9]: {line}")).collect();
    let (sources, told) = mixed(&interleaved(&lines(&SSHD), &framed));
    assert_eq!(sources, [("linux_auth", 4, 1), ("json_lines", 4, 0)]);
    assert_eq!(told, ["kim logout", "ann idle_timeout"]);
    let entry = |program: &str, message: &str| {
        serde_json::json!({"__REALTIME_TIMESTAMP": "1772535441000000", "SYSLOG_IDENTIFIER": program, "_PID": "7", "MESSAGE": message}).to_string()
    };
    let ssh: Vec<String> = SSHD.iter().map(|line| entry("sshd", line.split_once(": ").unwrap().1)).collect();
    let app: Vec<String> = APP.iter().map(|line| entry("shop", line)).collect();
    let (sources, told) = mixed(&interleaved(&ssh, &app));
    assert_eq!(sources, [("journald", 4, 1), ("json_lines", 4, 0)]);
    assert!(told.contains(&"ann idle_timeout".to_owned()), "{told:?}");
}

#[test]
fn a_log_that_changes_its_format_is_read_to_its_end() {
    let access = |second: u32| {
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        format!(
            "10.0.0.1 - - [03/Mar/2026:0{hour}:{minute:02}:{second:02} +0000] \"GET /a HTTP/1.1\" 200 7 \"-\" \"x\"\n"
        )
    };
    let mut text: String = (0..4_000).map(access).collect();
    let start = text.len() as u64;
    text.push_str(&APP.join("\n"));
    let inspection = read(text.as_bytes());
    let formats: Vec<_> = inspection.sources.iter().map(|source| (source.format.unwrap(), source.unreadable)).collect();
    assert_eq!(formats, [("access_log", 0), ("json_lines", 0)]);
    let second: Vec<u64> = inspection
        .events
        .ids()
        .map(|id| inspection.events.span(id))
        .filter(|it| it.source.0 == 1)
        .map(|it| it.offset)
        .collect();
    assert_eq!((second.len(), second[0]), (4, start));
}

#[test]
fn lines_in_a_frame_among_lines_without_are_read_as_well() {
    let framed: Vec<String> =
        APP.iter().map(|line| format!("2026-03-03T10:57:21.784123456Z stdout F {line}")).collect();
    let mut bare: Vec<String> = lines(&APP);
    bare.extend(lines(&APP));
    let text = [bare, framed].concat().join("\n");
    let (sources, _) = mixed(text.as_bytes());
    assert_eq!(sources, [("json_lines", 8, 0), ("json_lines", 4, 0)]);
}

/// An application's own log, as a framework's logger writes it.
const SPRING: &str = "\
2026-03-03T08:00:00.123Z  INFO 47 --- [main] c.e.shop.ShopApplication : Started ShopApplication in 2.3 seconds (process running for 2.9)
2026-03-03T08:01:10.500Z  INFO 47 --- [exec-1] o.s.s.a.event.LoggerListener : Authentication event AuthenticationSuccessEvent: kim; details: WebAuthenticationDetails [RemoteIpAddress=10.0.0.7, SessionId=9F0C2A77B1D84E55]
2026-03-03T08:02:10.500Z  WARN 47 --- [exec-2] o.s.s.a.event.LoggerListener : Authentication event AuthenticationFailureBadCredentialsEvent: lee; details: WebAuthenticationDetails [RemoteIpAddress=10.0.0.8, SessionId=null]
2026-03-03T08:03:00.000Z ERROR 47 --- [exec-3] c.e.shop.OrderService : Order 17 failed
java.lang.IllegalStateException: no stock
\tat com.example.shop.OrderService.order(OrderService.java:17)
2026-03-03T08:40:00.000Z  INFO 47 --- [exec-3] c.e.shop.SessionEvents : Session 9F0C2A77B1D84E55 of user kim expired after 30 minutes of inactivity
";

/// The same of another, which puts an object behind each sentence.
const LARAVEL: &str = r#"[2026-03-03 08:00:00] production.INFO: User logged in {"user":"kim","ip":"10.0.0.7","session_id":"h3XbV0Zk81mXs0qP"}
[2026-03-03 08:20:00] production.INFO: Session renewed {"user":"kim","ip":"10.0.0.7","session_id":"h3XbV0Zk81mXs0qP"}
[2026-03-03 08:30:00] production.WARNING: Session revoked by administrator {"user":"kim","session_id":"h3XbV0Zk81mXs0qP"}
[2026-03-03 08:31:00] production.INFO: User logged in {"user":"lee","ip":"10.0.0.8"}
[2026-03-03 08:45:00] production.INFO: User logged out {"user":"lee","ip":"10.0.0.8"}
"#;

#[test]
fn a_log_of_sentences_tells_who_came_and_why_they_were_gone() {
    for (log, expected) in [(SPRING, &["kim idle_timeout"][..]), (LARAVEL, &["kim revoked", "lee logout"])] {
        let inspection = inspect_bytes(vec![("app.log", log.as_bytes().to_vec())]);
        assert_eq!(inspection.sources[0].format, Some("request_text"));
        assert_eq!(inspection.sources[0].unreadable, 0);
        let sessions = inspection.sessions.iter().zip(&inspection.verdicts);
        let told: Vec<String> = sessions
            .map(|(session, verdict)| {
                let cause = verdict.map_or("active", |verdict| verdict.cause.id());
                format!("{} {cause}", session.user.as_deref().unwrap_or("?"))
            })
            .collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn a_text_with_dates_that_tells_of_no_session_is_no_log_of_any() {
    let notes =
        "2026-03-03 08:00 The plan for the session is open.\n2026-03-04 09:00 We met, and nobody signed anything.\n";
    let inspection = inspect_bytes(vec![("notes.txt", notes.as_bytes().to_vec())]);
    assert!(!inspection.is_readable());
}
