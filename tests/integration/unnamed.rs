//! Places that go by no name of their kind, known by what clients do there.

use crate::{
    lines::{Client, Log, at},
    servers::{COOKIE, Har, SIGN_IN},
    tokens::{access, causes},
};
use lapsed::{inspection::Inspection, model::Cause};
use serde_json::json;

const ANN: Client = at("203.0.113.1");
const BOB: Client = at("203.0.113.2");

/// Two hand something in at `place` and read on; one comes back after an hour and is sent there.
fn sent_to(place: &str, seen_behind: bool) -> Inspection {
    let (shown, handed) = (format!("GET {place}"), format!("POST {place}"));
    let mut log = Log::default();
    for (from, who, until) in [(0, ANN, 1_200), (60, BOB, 5_000)] {
        log.line(from, who, "GET /items/0/view", 302).line(from + 1, who, &shown, 200);
        log.line(from + 9, who, &handed, 302).pages(from + 10, until, who);
    }
    if seen_behind {
        log.line(900, BOB, &shown, 200);
    }
    log.line(4_800, ANN, "GET /items/0/view", 302).line(4_801, ANN, &shown, 200);
    log.inspect()
}

#[test]
fn a_page_that_stands_before_all_others_until_something_is_handed_in_is_where_people_sign_in() {
    let log = sent_to("/unlock", false);
    let ends: Vec<Option<Cause>> = causes(&log);
    assert_eq!(ends, [Some(Cause::IdleTimeout), None], "{:?}", log.sessions);
}

#[test]
fn a_page_that_is_looked_at_among_the_others_is_no_wall() {
    assert!(causes(&sent_to("/basket", true)).iter().all(Option::is_none));
}

#[test]
fn a_redirect_to_a_page_that_asks_for_a_password_is_a_refusal_whatever_it_is_called() {
    let mut har = Har::default();
    har.sign_in("/unlock");
    har.ask(30, "GET /api/status", COOKIE, "", 502, json!({}), "<html>Bad Gateway</html>");
    har.ask(30, "GET /api/status", COOKIE, "", 502, json!({}), "<html>Bad Gateway</html>");
    har.ask(30, "GET /api/status", COOKIE, "", 302, json!({"Location": "/unlock"}), "");
    // The browser kept no body of what a script was redirected to.
    har.ask(0, "GET /unlock", COOKIE, "", 200, json!({}), "");
    har.ask(1, "GET /unlock", COOKIE, "", 200, json!({}), SIGN_IN);
    assert_eq!(har.endings(), [Some(Cause::ServerRestart)]);
}

/// A session by tokens in cookies, of which that to renew by goes to one place alone. It is good for so many seconds.
fn by_cookies(lasts: i64) -> Vec<Option<Cause>> {
    let refresh = access(0, lasts);
    let given = |second: i64| format!("access_token_cookie={}; Path=/; HttpOnly", access(second, 300));
    let sends = |second: i64| format!("access_token_cookie={}", access(second, 300));
    let both = |second: i64| format!("{}; refresh_token_cookie={refresh}", sends(second));
    let sent = r#"{"username":"ann","password":"not-a-real-one"}"#;
    let mut har = Har::default();
    har.ask(
        0,
        "POST /auth/enter",
        "",
        sent,
        200,
        json!({"Set-Cookie": format!("{}\nrefresh_token_cookie={refresh}; Path=/auth/rotate; HttpOnly", given(0))}),
        "{}",
    );
    for page in 0..5 {
        har.ask(40, &format!("GET /api/items/{page}"), &sends(0), "", 200, json!({}), "{}");
    }
    let expired = r#"{"msg":"Token has expired"}"#;
    har.ask(110, "GET /api/items/6", &sends(0), "", 401, json!({}), expired);
    har.ask(0, "POST /auth/rotate", &both(0), "", 200, json!({"Set-Cookie": given(310)}), "{}");
    for page in 7..12 {
        har.ask(40, &format!("GET /api/items/{page}"), &sends(310), "", 200, json!({}), "{}");
    }
    har.ask(110, "GET /api/items/12", &sends(310), "", 401, json!({}), expired);
    har.ask(0, "POST /auth/rotate", &both(310), "", 401, json!({}), if lasts < 600 { expired } else { "{}" });
    har.endings()
}

#[test]
fn what_renews_by_a_cookie_is_known_by_what_it_gives_and_its_refusal_by_the_cookies_time() {
    assert_eq!(by_cookies(590), [Some(Cause::RefreshExpired)]);
    assert_eq!(by_cookies(86_400), [Some(Cause::Undetermined)]);
}
