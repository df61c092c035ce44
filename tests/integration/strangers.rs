//! Who is taken for a stranger, and how that shows: sent to sign in by an app that asked no server, a session that a log names
//! without a word for it, a first token that is good for nothing. And what looks like it. Made up, after runs of real servers.

use crate::{
    common::inspect_bytes,
    lines::{Client, Log, at},
};
use lapsed::{
    inspection::Inspection,
    model::{Cause, State},
};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn causes(inspection: &Inspection) -> Vec<Option<Cause>> {
    inspection.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect()
}

const ANN: Client = at("203.0.113.1");

#[test]
fn the_sign_in_page_with_an_address_to_return_to_ends_a_session_that_no_answer_refused() {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 700, ANN);
    log.line(2_600, ANN, "GET /api/auth/session", 200).line(
        2_602,
        ANN,
        "GET /signin?error=SessionRequired&callbackUrl=%2Fhome",
        200,
    );
    let inspection = log.inspect();
    assert_eq!(inspection.sessions[0].state, State::Ended);
    // Who is signed in is told to anyone who asks: that answer was no sign of life.
    assert_eq!(causes(&inspection), [Some(Cause::IdleTimeout)]);
}

#[test]
fn a_sign_in_page_that_someone_opens_or_that_sends_on_at_once_ends_nothing() {
    for (request, status) in [("GET /login", 200), ("GET /login?next=%2Fhome", 302), ("GET /consent?next=%2Fx", 200)] {
        let mut log = Log::default();
        log.sign_in(0, ANN).pages(20, 700, ANN).line(710, ANN, request, status);
        assert_eq!(causes(&log.inspect()), [None], "{request}");
        log.pages(720, 900, ANN);
        assert_eq!(causes(&log.inspect()), [None], "{request} and on");
    }
}

#[test]
fn a_sign_in_page_written_a_moment_before_the_redirect_that_led_to_it_belongs_to_it() {
    let mut text = String::new();
    let mut line = |second: u32, millis: u32, request: &str, status: u16| {
        let at = format!("2026-03-03T08:{:02}:{:02}.{millis:03}Z", second / 60, second % 60);
        let _ = writeln!(text, "{at} 203.0.113.1 {request} {status} 12ms \"Mozilla/5.0 (X11)\"");
    };
    line(0, 0, "POST /login", 302);
    for page in 0..8_u32 {
        line(1 + page * 37 + page % 3 * 11, 0, &format!("GET /items/{page}"), 200);
    }
    line(700, 40, "GET /login", 200);
    line(700, 310, "GET /items/3", 302);
    line(716, 0, "POST /login", 302);
    line(717, 0, "GET /items/3", 200);
    let inspection = inspect_bytes(vec![("app.log", text.into_bytes())]);
    let states: Vec<State> = inspection.sessions.iter().map(|session| session.state).collect();
    assert_eq!(states, [State::Ended, State::Active]);
}

/// A log whose last field is the session's cookie, without a name, as `%{PHPSESSID}C` writes it.
fn with_bare_field(lines: &[(u32, &str, &str, u16, &str)]) -> Inspection {
    let mut text = String::new();
    for &(second, address, request, status, last) in lines {
        let (minute, second) = (second / 60 % 60, second % 60);
        let _ = writeln!(
            text,
            "{address} - - [03/Mar/2026:08:{minute:02}:{second:02} +0000] \"{request} HTTP/1.1\" {status} 512 \"-\" \"Safari/17 iPhone\" {last}"
        );
    }
    inspect_bytes(vec![("access.log", text.into_bytes())])
}

const HOME: &str = "203.0.113.1";
const TRAIN: &str = "198.51.100.7";

fn at_home(sid: &str) -> Vec<(u32, &'static str, &'static str, u16, &str)> {
    let mut lines = vec![(0, HOME, "GET /login", 200, "-"), (6, HOME, "POST /login", 302, "-")];
    let pages = ["GET /a", "GET /b", "GET /c", "GET /a", "GET /b", "GET /d"];
    lines.extend(
        pages.iter().enumerate().map(|(n, page)| (8 + 41 * n as u32 + n as u32 % 3 * 9, HOME, *page, 200, sid)),
    );
    lines
}

#[test]
fn a_session_that_a_log_names_in_a_bare_field_is_followed_to_another_address() {
    let mut lines = at_home("iho6mi41gn6c2259okl12thurf");
    lines.push((290, TRAIN, "GET /a", 302, "iho6mi41gn6c2259okl12thurf"));
    lines.push((291, TRAIN, "GET /login", 200, "iho6mi41gn6c2259okl12thurf"));
    let inspection = with_bare_field(&lines);
    assert_eq!(causes(&inspection), [Some(Cause::NetworkSwitch)]);
    let shown = inspection.record(inspection.events.span(inspection.sessions[0].first_dead.unwrap())).lines.join("\n");
    assert!(!shown.contains("iho6mi41gn6c2259okl12thurf"), "{shown}");
}

#[test]
fn a_refused_request_that_names_no_session_any_more_lost_its_credential() {
    let mut lines = at_home("iho6mi41gn6c2259okl12thurf");
    lines.push((290, HOME, "GET /a", 302, "-"));
    lines.push((291, HOME, "GET /login", 200, "-"));
    assert_eq!(causes(&with_bare_field(&lines)), [Some(Cause::CredentialsDropped)]);
}

#[test]
fn an_id_of_each_request_ties_nothing_together() {
    let ids: Vec<String> = (0..9_u32).map(|n| format!("7f{}c0ffee{}b4dd{n:04}", n * 37 % 91, n * 53 % 89)).collect();
    let mut lines = at_home("-");
    for (line, id) in lines.iter_mut().skip(1).zip(&ids) {
        line.4 = id;
    }
    lines.push((290, HOME, "GET /a", 302, &ids[8]));
    lines.push((291, HOME, "GET /login", 200, "-"));
    let inspection = with_bare_field(&lines);
    assert!(!causes(&inspection).contains(&Some(Cause::CredentialsDropped)), "{:?}", causes(&inspection));
    assert_eq!(inspection.sessions.len(), 1);
}

#[test]
fn a_single_word_on_the_sign_in_page_states_the_reason() {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 700, ANN);
    log.line(730, ANN, "GET /home", 302).line(731, ANN, "GET /login?msg=disabled", 200);
    let inspection = log.inspect();
    assert_eq!(causes(&inspection), [Some(Cause::AccountLocked)]);
    assert!(inspection.verdicts[0].unwrap().stated);
}

#[test]
fn the_form_of_a_container_shown_again_after_a_failed_try_is_no_session() {
    let mut log = Log::default();
    log.line(0, ANN, "GET /desk/home.jsp", 200).line(9, ANN, "POST /desk/j_security_check", 408);
    log.line(60, ANN, "GET /desk/home.jsp", 200).line(150, ANN, "GET /desk/home.jsp", 200);
    log.line(1_900, ANN, "GET /desk/home.jsp", 200).line(1_930, ANN, "POST /desk/j_security_check", 302);
    log.line(1_931, ANN, "GET /desk/home.jsp", 200).line(1_990, ANN, "GET /desk/loan.jsp", 200);
    assert_eq!(causes(&log.inspect()), [None]);
}

/// A capture by Firefox, which gives no reason for a request without an answer: a session in use, `failed` requests that got
/// none, seconds apart, then a refusal.
fn unanswered(failed: &[u32], refused: u32) -> Vec<Option<Cause>> {
    let entry = |second: u32, method: &str, path: &str, status: u16, headers: Value, sends: bool| {
        let cookie = if sends { "sid=aaaabbbbccccdddd" } else { "seen=1" };
        let body = if path == "/login" && method == "POST" { "username=ann&password=made-up" } else { "" };
        json!({
            "startedDateTime": format!("2026-03-03T08:{:02}:{:02}.000Z", second / 60, second % 60), "time": 20,
            "request": {"method": method, "url": format!("https://app.example{path}"), "headers": [
                {"name": "Host", "value": "app.example"}, {"name": "Accept-Encoding", "value": "gzip"}, {"name": "Cookie", "value": cookie}],
                "postData": {"mimeType": "application/x-www-form-urlencoded", "text": body}},
            "response": {"status": status, "headers": headers, "content": {"mimeType": "text/html", "size": 0, "text": ""}},
        })
    };
    let set = json!([{"name": "Set-Cookie", "value": "sid=aaaabbbbccccdddd; Path=/; HttpOnly"}, {"name": "Location", "value": "/home"}]);
    let mut entries = vec![entry(5, "POST", "/login", 302, set, false)];
    for n in 0..9_u32 {
        entries.push(entry(6 + n * 19 + n % 4 * 3, "GET", &format!("/items/{n}"), 200, json!([]), true));
    }
    entries.extend(failed.iter().map(|&at| entry(at, "GET", "/items/3", 0, json!([]), true)));
    entries.push(entry(refused, "GET", "/home", 302, json!([{"name": "Location", "value": "/login"}]), true));
    let har =
        json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "153.0"}, "entries": entries}});
    causes(&inspect_bytes(vec![("app.har", har.to_string().into_bytes())]))
}

#[test]
fn a_moment_without_answers_after_which_the_session_is_unknown_was_the_servers() {
    assert_eq!(unanswered(&[162, 168, 175, 182], 192), [Some(Cause::ServerRestart)]);
}

#[test]
fn a_long_time_without_answers_is_a_gap_in_the_network() {
    let failed: Vec<u32> = (0..30).map(|n| 170 + n * 40).collect();
    assert_eq!(unanswered(&failed, 1_420), [Some(Cause::NetworkGap)]);
}

#[test]
fn a_log_that_names_the_user_at_a_new_place_shows_that_a_refusal_was_of_a_replica() {
    let ann = Client { user: "ann", ..ANN };
    let mut log = Log::default();
    log.sign_in(0, ann).pages(20, 200, ann).line(230, ANN, "GET /reports", 419);
    log.line(231, ann, "POST /tickets/88/comments", 200);
    assert_eq!(causes(&log.inspect()), [None]);
}

#[test]
fn a_renewal_refused_after_the_same_user_signed_in_elsewhere_was_pushed_out() {
    let here = Client { user: "ann", ..ANN };
    let there = Client { agent: "Safari/17 iPhone", user: "ann", ..at("198.51.100.9") };
    let bob = Client { user: "bob", ..at("198.51.100.9") };
    for (other, cause) in [(there, Cause::ConcurrentLogin), (bob, Cause::Undetermined)] {
        let mut log = Log::default();
        let nobody = |client: Client| Client { user: "-", ..client };
        log.line(0, here, "POST /api/login", 200).pages(3, 240, here);
        log.line(270, other, "POST /api/login", 200).pages(273, 700, other);
        log.line(300, nobody(here), "GET /items/1/view", 401).line(301, nobody(here), "POST /api/auth/refresh", 401);
        let inspection = log.inspect();
        assert_eq!(causes(&inspection)[0], Some(cause), "{other:?}");
    }
}

#[test]
fn a_page_to_sign_in_by_is_known_by_what_clients_do_there_whatever_it_is_called() {
    let enter = |log: &mut Log, from: u32| {
        log.line(from, ANN, "GET /enter", 200).line(from + 5, ANN, "POST /enter", 303).pages(from + 6, from + 700, ANN);
    };
    let mut log = Log::default();
    enter(&mut log, 0);
    log.line(2_900, ANN, "GET /ledger/7", 303).line(2_901, ANN, "GET /enter?from_page=/ledger/7", 200);
    enter(&mut log, 2_910);
    let inspection = log.inspect();
    assert_eq!(causes(&inspection), [Some(Cause::IdleTimeout), None]);
    assert!(inspection.sessions.iter().all(|session| session.start_seen));
}

#[test]
fn a_form_that_knows_where_to_return_to_is_no_sign_in() {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 200, ANN);
    log.line(210, ANN, "GET /comments/new?back=/items/3", 200).line(230, ANN, "POST /comments/new", 302);
    log.pages(231, 600, ANN);
    let inspection = log.inspect();
    assert_eq!((inspection.sessions.len(), causes(&inspection)), (1, vec![None]));
}

#[test]
fn requests_are_read_in_lower_case_and_behind_a_stamp_of_six_digits() {
    let mut hapi = String::new();
    let mut tornado = String::new();
    let mut both = |second: u32, method: &str, path: &str, status: u16| {
        let (minute, rest) = (second / 60, second % 60);
        let (lower, at) = (method.to_lowercase(), format!("08:{minute:02}:{rest:02}"));
        let _ = writeln!(hapi, "2026-03-03T{at}.120Z [response] 203.0.113.1 {lower} {path} {status} (3ms)");
        let _ = writeln!(tornado, "[I 260303 {at} web:2348] {status} {method} {path} (203.0.113.1) 1.20ms");
    };
    both(0, "POST", "/gate/login", 302);
    for page in 0..9 {
        both(1 + page * 37 + page % 3 * 11, "GET", &format!("/fields/{page}"), 200);
    }
    both(2_700, "GET", "/fields/3", 302);
    both(2_701, "GET", "/gate/login?next=%2Ffarm", 200);
    for (name, text) in [("hapi.log", hapi), ("tornado.log", tornado)] {
        assert_eq!(causes(&inspect_bytes(vec![(name, text.into_bytes())])), [Some(Cause::IdleTimeout)], "{name}");
    }
}

#[test]
fn two_sessions_of_other_ages_that_were_in_use_and_are_refused_within_seconds_share_a_server() {
    let bob = at("203.0.113.2");
    for (bob_refused, cause) in [(true, Cause::ServerRestart), (false, Cause::Undetermined)] {
        let mut log = Log::default();
        log.sign_in(0, ANN).pages(20, 1_480, ANN).sign_in(600, bob).pages(620, 1_490, bob);
        log.refused(1_510, ANN);
        if bob_refused {
            log.refused(1_518, bob).sign_in(1_530, bob).pages(1_540, 1_800, bob);
        } else {
            log.pages(1_520, 1_800, bob);
        }
        log.sign_in(1_530, ANN).pages(1_545, 1_800, ANN);
        assert_eq!(causes(&log.inspect())[0], Some(cause), "{bob_refused}");
    }
}
