//! Ways of whole applications, as people install them: made up in small, after what captures of such showed.

use crate::{
    lines::{Client, Log, at},
    servers::{COOKIE, Har, PAGE, SIGN_IN},
    tokens::{access, causes},
};
use lapsed::model::{Cause, State};
use serde_json::json;

const FIVE: [Client; 5] =
    [at("203.0.113.1"), at("203.0.113.2"), at("203.0.113.3"), at("203.0.113.4"), at("203.0.113.5")];

#[test]
fn people_who_all_stop_in_one_moment_and_are_refused_when_they_come_back_were_stopped_by_the_server() {
    let mut log = Log::default();
    for (number, who) in (0..).zip(FIVE) {
        log.sign_in(number * 130, who).pages(number * 130 + 6, 1_500, who).line(
            1_500 + number * 3,
            who,
            "GET /items/9/view",
            200,
        );
        log.refused(2_300 + number * 20, who);
    }
    let ends = causes(&log.inspect());
    assert!(ends.iter().all(|end| *end == Some(Cause::ServerRestart)), "{ends:?}");
}

#[test]
fn people_who_stop_one_after_the_other_and_are_refused_after_the_same_time_were_idle() {
    let mut log = Log::default();
    for (number, who) in (0..).zip(FIVE) {
        log.sign_in(number * 130, who)
            .pages(number * 130 + 6, 900 + number * 400, who)
            .refused(2_900 + number * 420, who);
    }
    let ends = causes(&log.inspect());
    assert!(ends.iter().all(|end| *end == Some(Cause::IdleTimeout)), "{ends:?}");
}

#[test]
fn a_page_to_sign_out_by_that_a_renewal_follows_was_only_the_shell_of_the_app() {
    let mut har = Har::default();
    har.sign_in("/login");
    har.ask(20, "GET /app/logout", COOKIE, "", 200, json!({}), "<html><div id=app></div></html>");
    let renewed = json!({"Set-Cookie": "sid=aaaabbbbccccdddd; Path=/; HttpOnly"});
    har.ask(2, "POST /api/auth/refresh", COOKIE, "{}", 200, renewed, r#"{"expires": 900}"#);
    let gone = json!({"Set-Cookie": "sid=; Path=/; Max-Age=0"});
    har.ask(1, "POST /api/auth/logout", COOKIE, "{}", 204, gone, "");
    assert_eq!(har.endings(), [Some(Cause::Logout)]);
}

#[test]
fn a_thing_of_the_app_that_is_called_a_session_is_no_place_to_sign_in() {
    let mut har = Har::default();
    har.sign_in("/login");
    for _ in 0..3 {
        har.ask(10, "GET /api/sessions", COOKIE, "", 200, json!({}), "[]");
    }
    har.ask(3, "POST /api/sessions", COOKIE, r#"{"kernel": "python3"}"#, 201, json!({}), r#"{"id": "k1"}"#);
    har.ask(10, "GET /api/sessions", COOKIE, "", 200, json!({}), "[]");
    har.pages(3);
    assert_eq!(har.endings(), [None]);
}

#[test]
fn one_place_that_refuses_what_others_let_in_ends_nothing() {
    let mut har = Har::default();
    har.sign_in("/login");
    har.ask(9, "GET /api/workspace", COOKIE, "", 401, json!({}), "{}");
    for place in ["tree", "nodes", "dialog", "filter"] {
        har.ask(8, &format!("GET /api/{place}"), COOKIE, "", 200, json!({}), r#"{"success": 1}"#);
    }
    assert_eq!(har.endings(), [None]);
}

#[test]
fn a_403_that_takes_the_cookie_away_is_a_refusal() {
    let mut har = Har::default();
    har.sign_in("/login");
    har.ask(30, "GET /api/contents", COOKIE, "", 200, json!({}), "{}");
    let gone = json!({"Set-Cookie": "sid=; Path=/; expires=Mon, 02 Mar 2026 08:00:00 GMT"});
    har.ask(30, "GET /api/contents", COOKIE, "", 403, gone, r#"{"message": "Forbidden"}"#);
    har.ask(9, "GET /items/2", "", "", 302, json!({"Location": "/login?next=%2Fitems%2F2"}), "");
    har.ask(0, "GET /login?next=%2Fitems%2F2", "", "", 200, json!({}), SIGN_IN);
    let read = har.inspect();
    assert_eq!(read.sessions.len(), 1);
    assert!(
        read.sessions[0].state == State::Ended
            && read.verdicts[0].is_some_and(|found| found.cause != Cause::CredentialsDropped),
        "{:?}",
        read.verdicts
    );
}

#[test]
fn a_client_that_has_its_own_token_revoked_signs_out() {
    let mut har = Har::default();
    let token = "Bearer made-up-and-opaque-0001";
    har.ask(
        0,
        "POST /auth/token",
        "",
        "grant_type=password&username=ann&password=not-a-real-one",
        200,
        json!({}),
        r#"{"access_token": "made-up-and-opaque-0001", "expires_in": 604800, "token_type": "Bearer"}"#,
    );
    for place in ["settings", "flows", "settings"] {
        har.ask(20, &format!("GET /api/{place}"), token, "", 200, json!({}), "{}");
    }
    har.ask(9, "POST /auth/revoke", token, "token=made-up-and-opaque-0001", 200, json!({}), "");
    har.ask(1, "GET /", "", "", 200, json!({}), PAGE);
    har.ask(1, "GET /api/settings", "", "", 401, json!({}), "Unauthorized");
    assert_eq!(har.endings(), [Some(Cause::Logout)]);
}

#[test]
fn an_end_that_the_server_calls_expired_in_the_middle_of_use_at_a_round_age_is_of_age() {
    let mut har = Har::default();
    har.sign_in("/login");
    while har.at() < 1_700 {
        har.ask(35, "GET /items/4", COOKIE, "", 200, json!({}), PAGE);
        har.ask(95, "GET /items/4", COOKIE, "", 200, json!({}), PAGE);
    }
    har.ask(116, "GET /items/5", COOKIE, "", 302, json!({"Location": "/login?back_url=%2Fitems%2F5"}), "");
    let told = "<html><div class=flash>Your session has expired. Please log in again.</div><form><input name=username><input type=password name=password></form></html>";
    har.ask(0, "GET /login?back_url=%2Fitems%2F5", COOKIE, "", 200, json!({}), told);
    assert_eq!(har.endings(), [Some(Cause::AbsoluteTimeout)]);
}

#[test]
fn a_form_sent_from_the_page_to_sign_in_by_signs_in_wherever_it_goes() {
    // Combined lines, of a program that serves all pages: only the referrer tells what was handed in.
    let lines = [
        ("08:00:00", "GET /doku.php?id=start&do=login", 200, "-"),
        ("08:00:20", "POST /doku.php?id=start", 302, "https://wiki.example/doku.php?id=start&do=login"),
        ("08:00:21", "GET /doku.php?id=start", 200, "https://wiki.example/doku.php?id=start&do=login"),
        ("08:01:00", "GET /doku.php?id=team", 200, "https://wiki.example/doku.php?id=start"),
        ("08:01:40", "POST /doku.php?id=team", 302, "https://wiki.example/doku.php?id=team&do=edit"),
        ("08:01:41", "GET /doku.php?id=team", 200, "https://wiki.example/doku.php?id=team&do=edit"),
    ];
    let line = |(time, request, status, referer): (&str, &str, u16, &str)| {
        format!(
            "203.0.113.1 - - [03/Mar/2026:{time} +0000] \"{request} HTTP/1.1\" {status} 512 \"{referer}\" \"Firefox/140.0\"\n"
        )
    };
    let text: String = lines.into_iter().map(line).collect();
    let read = crate::common::inspect_bytes(vec![("access.log", text.into_bytes())]);
    assert_eq!(read.sessions.len(), 1);
    assert!(read.sessions[0].start_seen && read.sessions[0].state == State::Active);
}

#[test]
fn a_renewal_without_the_token_that_ran_out_comes_too_late_for_it() {
    let mut har = Har::default();
    let token = access(5, 300);
    let cookie = format!("session_token={token}");
    har.ask(0, "GET /login", "", "", 200, json!({}), SIGN_IN);
    let given = json!({"Set-Cookie": format!("{cookie}; Path=/; Max-Age=300; HttpOnly")});
    har.ask(
        5,
        "POST /api/auth/login",
        "",
        r#"{"email": "ann@example.org", "password": "not-a-real-one"}"#,
        200,
        given,
        r#"{"expires": 300000}"#,
    );
    for _ in 0..7 {
        har.ask(40, "GET /api/items", &cookie, "", 200, json!({}), "[]");
    }
    har.ask(
        22,
        "POST /api/auth/refresh",
        "",
        "{}",
        400,
        json!({}),
        r#"{"errors": [{"message": "The refresh token is required"}]}"#,
    );
    har.ask(1, "GET /api/items", "", "", 401, json!({}), "{}");
    assert_eq!(har.endings(), [Some(Cause::TokenExpired)]);
}
