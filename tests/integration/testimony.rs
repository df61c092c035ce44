//! What sessions say of each other: events that end several at once, and what looks like one and is none. Made up.

use crate::{
    common::inspect_bytes,
    lines::{Client, Log, at, user},
};
use lapsed::{
    inspection::Inspection,
    model::{Cause, IncidentKind, SessionId, State, time::MINUTE},
    report,
};
use serde_json::json;

const ANN: Client = user("203.0.113.1", "ann");
const BOB: Client = user("203.0.113.2", "bob");
const PHONE: Client = Client { agent: "Safari/17 iPhone", ..user("198.51.100.9", "ann") };

fn causes(inspection: &Inspection) -> Vec<Option<Cause>> {
    inspection.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect()
}

fn restarts(inspection: &Inspection) -> usize {
    inspection.incidents.iter().filter(|incident| incident.kind == IncidentKind::ServerRestart).count()
}

/// Four people who came at different times and did different things.
fn office(log: &mut Log, until: u32) -> [Client; 4] {
    let people = [at("203.0.113.1"), at("203.0.113.2"), at("203.0.113.3"), at("203.0.113.4")];
    for (index, &person) in people.iter().enumerate() {
        let from = index as u32 * 700;
        log.sign_in(from, person).pages(from + 20, until - index as u32 * 130, person);
    }
    people
}

#[test]
fn sessions_of_any_age_that_are_refused_within_seconds_share_a_restart() {
    let mut log = Log::default();
    for (index, person) in office(&mut log, 3_370).into_iter().enumerate() {
        log.refused(3_410 + index as u32, person).sign_in(3_430 + index as u32, person).pages(3_470, 3_770, person);
    }
    let inspection = log.inspect();
    assert_eq!(causes(&inspection)[..4], [Some(Cause::ServerRestart); 4]);
    assert_eq!(restarts(&inspection), 1);
    let incident = &inspection.incidents[0];
    assert_eq!(incident.sessions.len(), 4);
    assert!(incident.headline.contains("last request let in"), "{}", incident.headline);
    assert!(incident.range.length() < 2 * MINUTE, "{incident:?}");
}

#[test]
fn however_many_came_before_it_those_that_live_through_an_ending_are_found() {
    let early = user("203.0.113.9", "eve");
    let mut log = Log::default();
    for visit in 0..5_200 {
        log.line(visit * 9, early, "POST /login", 302).line(visit * 9 + 4, early, "GET /home", 200).line(
            visit * 9 + 8,
            early,
            "POST /logout",
            302,
        );
    }
    let from = 5_200 * 9;
    log.sign_in(from, ANN).pages(from + 20, from + 2_600, ANN).refused(from + 2_640, ANN);
    log.sign_in(from + 30, PHONE).pages(from + 50, from + 2_620, PHONE).refused(from + 2_650, PHONE);
    log.sign_in(from + 60, BOB).pages(from + 80, from + 3_900, BOB);
    let inspection = log.inspect();
    let id = inspection.sessions.iter().position(|session| session.user.as_deref() == Some("ann")).unwrap();
    let evidence = inspection.explain(SessionId(id as u32)).unwrap().evidence;
    let lived = "All sessions of this user were refused in the same moment, and those of others were not";
    assert!(evidence.iter().any(|fact| fact.claim == lived), "{evidence:#?}");
}

#[test]
fn two_that_were_idle_and_come_back_in_the_same_minute_are_no_restart() {
    let (one, other, third) = (at("203.0.113.1"), at("203.0.113.2"), at("203.0.113.3"));
    let mut log = Log::default();
    log.sign_in(0, one).pages(20, 1_200, one).refused(4_000, one);
    log.sign_in(300, other).pages(320, 1_240, other).refused(4_030, other);
    log.sign_in(500, third).pages(520, 4_600, third);
    let inspection = log.inspect();
    assert_eq!(causes(&inspection), [Some(Cause::IdleTimeout), Some(Cause::IdleTimeout), None]);
    assert_eq!(restarts(&inspection), 0);
}

#[test]
fn an_outage_that_nobody_lost_a_session_by_is_an_outage() {
    let mut log = Log::default();
    for person in office(&mut log, 3_000) {
        log.line(3_010, person, "GET /home", 502).line(3_022, person, "GET /home", 502);
        log.pages(3_050, 3_600, person);
    }
    let inspection = log.inspect();
    assert_eq!(causes(&inspection), [None; 4]);
    let kinds: Vec<IncidentKind> = inspection.incidents.iter().map(|incident| incident.kind).collect();
    assert_eq!(kinds, [IncidentKind::Outage]);
}

#[test]
fn a_sign_in_of_the_same_user_elsewhere_pushes_the_session_out() {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 1_200, ANN).refused(1_260, ANN);
    log.sign_in(1_215, PHONE).pages(1_240, 2_000, PHONE);
    assert_eq!(causes(&log.inspect()), [Some(Cause::ConcurrentLogin), None]);
}

#[test]
fn a_second_sign_in_beside_which_the_first_lives_on_ends_nothing() {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 2_000, ANN);
    log.sign_in(1_000, PHONE).pages(1_020, 2_000, PHONE);
    let inspection = log.inspect();
    assert!(inspection.sessions.iter().all(|session| session.state == State::Active));
    assert!(inspection.patterns.is_empty(), "{:?}", inspection.patterns);
}

#[test]
fn a_sign_in_of_another_user_pushes_nobody_out() {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 1_200, ANN).refused(1_260, ANN);
    log.sign_in(1_215, BOB).pages(1_240, 2_000, BOB);
    assert_ne!(causes(&log.inspect())[0], Some(Cause::ConcurrentLogin));
}

#[test]
fn an_operator_ends_the_session_of_whom_they_name_and_no_others() {
    let admin = user("192.0.2.7", "root");
    for (named, expected) in [("ann", true), ("bob", false)] {
        let mut log = Log::default();
        log.sign_in(0, ANN).pages(20, 1_200, ANN).refused(1_260, ANN);
        log.sign_in(100, BOB).pages(120, 2_000, BOB);
        log.line(1_220, admin, &format!("POST /admin/users/{named}/revoke-sessions"), 204);
        let inspection = log.inspect();
        let ann = inspection.sessions.iter().position(|session| session.user.as_deref() == Some("ann")).unwrap();
        let cause = inspection.verdicts[ann].map(|verdict| verdict.cause);
        assert_eq!(cause == Some(Cause::Revoked), expected, "{named}: {cause:?}");
    }
}

#[test]
fn all_sessions_of_one_user_that_are_refused_at_once_were_revoked() {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 1_200, ANN).refused(1_210, ANN);
    log.sign_in(400, PHONE).pages(420, 1_190, PHONE).refused(1_215, PHONE);
    log.sign_in(100, BOB).pages(120, 2_000, BOB);
    let inspection = log.inspect();
    for (session, verdict) in inspection.sessions.iter().zip(&inspection.verdicts) {
        let revoked = verdict.is_some_and(|verdict| verdict.cause == Cause::Revoked);
        assert_eq!(revoked, session.user.as_deref() == Some("ann"), "{:?} {verdict:?}", session.user);
    }
}

#[test]
fn a_refusal_on_the_first_request_from_another_address_is_a_network_switch() {
    const HOME: Client = Client { sid: "Kq3vVx81LmZpW0aa", ..at("203.0.113.1") };
    const ROAD: Client = Client { address: "198.51.100.77", ..HOME };
    const DESK: Client = Client { sid: "Bb7rTt55QwErTy12", ..at("203.0.113.8") };
    let mut log = Log::default();
    log.sign_in(0, HOME).pages(20, 1_200, HOME).refused(1_230, ROAD);
    log.sign_in(100, DESK).pages(120, 2_000, DESK);
    assert_eq!(causes(&log.inspect())[0], Some(Cause::NetworkSwitch));
    // Where the session went on from there, the address is not what it is tied to.
    let mut log = Log::default();
    log.sign_in(0, HOME).pages(20, 1_200, HOME).pages(1_230, 1_900, ROAD);
    log.sign_in(100, DESK).pages(120, 2_000, DESK);
    let inspection = log.inspect();
    assert_eq!(causes(&inspection), [None, None]);
}

#[test]
fn a_deployment_that_sessions_live_through_ends_none() {
    let mut log = Log::default();
    for person in office(&mut log, 3_000) {
        log.line(2_000, person, "GET /assets/main.3f2a9c.js", 200);
        log.pages(3_020, 3_600, person).line(3_021, person, "GET /assets/main.9bc1e2.js", 200);
    }
    assert_eq!(causes(&log.inspect()), [None; 4]);
}

/// A browser's requests to an app, as many seconds apart: path, cookie or token, status, answer's headers.
fn capture(requests: &[(u32, &str, &str, u16, serde_json::Value)]) -> Vec<u8> {
    let mut second = 0;
    let entries: Vec<serde_json::Value> = requests
        .iter()
        .map(|(after, request, credential, status, headers)| {
            second += after;
            let (method, path) = request.split_once(' ').unwrap();
            let page = !path.starts_with("/api") && !path.contains('.');
            let mut sent = vec![
                json!({"name": "Host", "value": "app.example"}),
                json!({"name": "Accept-Encoding", "value": "gzip"}),
                json!({"name": "Sec-Fetch-Mode", "value": if page { "navigate" } else { "cors" }}),
            ];
            if !credential.is_empty() {
                sent.push(json!({"name": "Cookie", "value": credential}));
            }
            let given: Vec<serde_json::Value> = headers
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| json!({"name": name, "value": value}))
                .collect();
            let mut asked = json!({"method": method, "url": format!("https://app.example{path}"), "headers": sent});
            if method == "POST" {
                let form = "username=ann&password=not-a-real-one";
                asked["postData"] = json!({"mimeType": "application/x-www-form-urlencoded", "text": form});
            }
            let (hour, minute, second) = (8 + second / 3_600, second / 60 % 60, second % 60);
            json!({
                "startedDateTime": format!("2026-03-03T{hour:02}:{minute:02}:{second:02}.000Z"), "time": 40,
                "request": asked,
                "response": {"status": status, "headers": given, "content": {"mimeType": "text/html", "size": 9}},
            })
        })
        .collect();
    json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "140"}, "entries": entries}})
        .to_string()
        .into_bytes()
}

/// A session that works for some minutes, reloads the app with its script of this name, and asks once more with `credential`.
pub fn reload(script: &str, credential: &str) -> Inspection {
    let cookie = "theme=dark; sid=aaaabbbbccccdddd";
    let signed = json!({"Location": "/", "Set-Cookie": "sid=aaaabbbbccccdddd; Path=/; HttpOnly; Max-Age=86400"});
    let away = json!({"Location": "/login"});
    let mut requests = vec![
        (0, "GET /login", "theme=dark", 200, json!({})),
        (5, "POST /login", "theme=dark", 302, signed),
        (1, "GET /", cookie, 200, json!({})),
        (1, "GET /assets/main.3f2a9c.js", cookie, 200, json!({})),
    ];
    for (index, after) in [31, 52, 17, 44, 93, 21, 66].into_iter().enumerate() {
        requests.push((after, ["GET /api/orders", "GET /api/items"][index % 2], cookie, 200, json!({})));
    }
    let script = format!("GET /assets/{script}");
    requests.push((40, "GET /", credential, 200, json!({})));
    requests.push((1, &script, credential, 200, json!({})));
    requests.push((1, "GET /api/orders", credential, 401, json!({})));
    requests.push((1, "GET /login", credential, 200, away));
    inspect_bytes(vec![("app.har", capture(&requests))])
}

fn end_of_reload(script: &str, credential: &str) -> Option<Cause> {
    causes(&reload(script, credential))[0]
}

#[test]
fn a_new_version_that_no_longer_sends_the_credential_is_an_update_and_the_same_version_dropped_it() {
    assert_eq!(end_of_reload("main.9bc1e2.js", "theme=dark"), Some(Cause::AppUpdated));
    assert_eq!(end_of_reload("main.3f2a9c.js", "theme=dark"), Some(Cause::CredentialsDropped));
    // Sent and refused right after a release: the client's new version or the server's, which one capture can't tell.
    let sent = end_of_reload("main.9bc1e2.js", "theme=dark; sid=aaaabbbbccccdddd");
    assert!(matches!(sent, Some(Cause::Undetermined | Cause::ServerRestart | Cause::AppUpdated)), "{sent:?}");
}

#[test]
fn a_servers_own_log_beside_its_requests_tells_of_the_restart() {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 860, ANN).refused(930, ANN).sign_in(940, ANN).pages(950, 1_200, ANN);
    let spring = |minute: u32| {
        format!(
            "2026-03-03 07:00:02.000  INFO Reading settings\n2026-03-03 08:{minute:02}:51.100  INFO Shutting down\n\
             2026-03-03 08:{minute:02}:54.200  INFO Started Shop in 2.1 seconds (JVM running for 3.0)\n"
        )
    };
    let gunicorn = |minute: u32| {
        format!(
            "[2026-03-03 08:{minute:02}:50 +0000] [7] [INFO] Handling signal: term\n\
             [2026-03-03 08:{minute:02}:53 +0000] [9] [INFO] Listening at: http://0.0.0.0:8000 (9)\n"
        )
    };
    for other in [spring, gunicorn] {
        for (minute, restarted) in [(14, true), (11, false)] {
            let files = vec![("access.log", log.text().into_bytes()), ("server.log", other(minute).into_bytes())];
            let inspection = inspect_bytes(files);
            let named = causes(&inspection)[0] == Some(Cause::ServerRestart);
            assert_eq!(named, restarted, "{}", other(minute));
        }
    }
}

#[test]
fn a_verdict_that_leaves_the_cause_open_is_not_said_to_be_sure() {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 2_600, ANN).refused(2_640, ANN).sign_in(50, BOB).pages(80, 3_900, BOB);
    let inspection = log.inspect();
    assert_eq!(causes(&inspection), [Some(Cause::Undetermined), None]);
    let (mut text, mut markdown) = (Vec::new(), Vec::new());
    report::text::write(&inspection, false, false, &mut text).unwrap();
    report::markdown::write(&inspection, false, &mut markdown).unwrap();
    for report in [text, markdown] {
        let report = String::from_utf8(report).unwrap();
        assert!(report.contains("Undetermined") && !report.contains("% sure"), "{report}");
    }
}
