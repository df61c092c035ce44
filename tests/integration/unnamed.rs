//! Places and deeds that go by no name of their kind, known by what clients do and servers answer.

use crate::{
    common::inspect_bytes,
    lines::{Client, Log, at},
    servers::{COOKIE, Har, SIGN_IN},
    tokens::{Sent, Spa, access, bearer, body, causes, got},
};
use lapsed::{
    inspection::Inspection,
    model::{Cause, Limit, SessionId, State},
};
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
fn by_cookies(lasts: i64) -> Inspection {
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
    har.inspect()
}

#[test]
fn what_renews_by_a_cookie_is_known_by_what_it_gives_and_its_refusal_by_the_cookies_time() {
    let expired = by_cookies(590);
    assert_eq!(causes(&expired), [Some(Cause::RefreshExpired)]);
    assert_eq!(causes(&by_cookies(86_400)), [Some(Cause::Undetermined)]);
    // It was kept through the renewal in between: what counts is its age, not the time since.
    let policy = expired.policies.iter().find(|policy| policy.limit == Limit::RefreshTokenTtl).unwrap();
    assert_eq!((policy.likely, policy.stated), (Some(590.0), true), "{policy:?}");
}

/// Used for ten minutes, then signed out, by a request with that query or body.
fn signed_out(request: &str, sent: &str) -> Vec<Option<Cause>> {
    let mut har = Har::default();
    har.sign_in("/login");
    har.pages(8);
    har.ask(900, request, COOKIE, sent, 200, json!({}), "{}");
    har.endings()
}

#[test]
fn an_app_that_signs_out_by_itself_and_says_why_was_not_told_to_by_its_user() {
    assert_eq!(signed_out("POST /logout?reason=inactivity", ""), [Some(Cause::IdleTimeout)]);
    assert_eq!(signed_out("POST /logout", r#"{"reason":"idle"}"#), [Some(Cause::IdleTimeout)]);
    assert_eq!(signed_out("POST /logout", r#"{"reason":"user"}"#), [Some(Cause::Logout)]);
}

#[test]
fn a_password_handed_in_where_the_session_began_begins_another() {
    let credentials = r#"{"username":"ann","password":"not-a-real-one"}"#;
    let given = json!({"Set-Cookie": "sid=bbbbccccddddeeee; Path=/; HttpOnly"});
    for (place, sessions) in [("/desk/enter", 2), ("/desk/confirm", 1)] {
        let mut har = Har::default();
        har.ask(
            0,
            "POST /desk/enter",
            "",
            credentials,
            200,
            json!({"Set-Cookie": "sid=aaaabbbbccccdddd; Path=/; HttpOnly"}),
            "{}",
        );
        har.pages(6);
        har.ask(900, &format!("POST {place}"), COOKIE, credentials, 200, given.clone(), "{}");
        assert_eq!(har.endings().len(), sessions, "{place}");
    }
}

/// Opaque tokens with time left are refused, and so is their renewal; the server was away before, or was not.
fn tokens_unknown(away: bool) -> Vec<Option<Cause>> {
    let tokens = json!({"access_token": "Zx81Qm4Rr7Kd0001Vn3Tg6Yh9Lp2Ws", "refresh_token": "Pk27Wn5Tt9Lb0002Xc4Vh8Jm3Qs6Rd", "expires_in": 900});
    let (access, refresh) = ("Zx81Qm4Rr7Kd0001Vn3Tg6Yh9Lp2Ws", "Pk27Wn5Tt9Lb0002Xc4Vh8Jm3Qs6Rd");
    let mut spa = Spa::default();
    spa.sign_in(tokens);
    spa.reads(access, &[7, 70, 140, 210, 280]);
    for second in [300, 320, 340].into_iter().filter(|_| away) {
        spa.ask(f64::from(second), "GET /orders/1", bearer(access), got(502, json!({})));
    }
    spa.ask(360.0, "GET /orders/1", bearer(access), got(401, json!({"title": "Unauthorized"})));
    let renewal = body(json!({"grant_type": "refresh_token", "refresh_token": refresh}));
    spa.ask(360.2, "POST /oauth/token", renewal, got(400, json!({"error": "invalid_grant"})));
    spa.causes()
}

#[test]
fn tokens_that_a_server_has_forgotten_since_it_was_away_were_lost_by_a_restart() {
    assert_eq!(tokens_unknown(true), [Some(Cause::ServerRestart)]);
    assert_eq!(tokens_unknown(false), [Some(Cause::Undetermined)]);
}

/// A capture of a renewal that is refused without a word, and a log of the app that names its user.
fn with_app_log(user: &str) -> Inspection {
    let mut spa = Spa::default();
    let token = |second: i64| access(second, 300);
    let renew = || body(json!({"grant_type": "refresh_token", "refresh_token": "Pk27Wn5Tt9Lb0002Xc4Vh8Jm3Qs6Rd"}));
    spa.sign_in(
        json!({"access_token": token(0), "refresh_token": "Pk27Wn5Tt9Lb0002Xc4Vh8Jm3Qs6Rd", "expires_in": 300}),
    );
    spa.reads(&token(0), &[7, 70, 140, 210, 280]);
    spa.ask(290.0, "POST /oauth/token", renew(), got(200, json!({"access_token": token(290), "expires_in": 300})));
    spa.reads(&token(290), &[297, 350, 420, 560]);
    spa.ask(600.0, "POST /oauth/token", renew(), got(400, json!({"error": "invalid_grant"})));
    let line = |at: &str, message: &str, more: &str| {
        format!(r#"{{"level":"info","ts":"2026-03-03T08:{at}Z","msg":"{message}","user":"{user}"{more}}}"#) + "\n"
    };
    let log = line("00:00.020", "login succeeded", "")
        + &line("04:50.030", "token refreshed", "")
        + &line("10:00.015", "refresh rejected", r#","reason":"max_age""#);
    inspect_bytes(vec![("app.har", spa.bytes()), ("api.log", log.into_bytes())])
}

#[test]
fn what_an_apps_log_states_of_the_same_user_at_the_same_moments_is_of_the_captures_session() {
    let joined = with_app_log("ann");
    assert_eq!(causes(&joined), [Some(Cause::AbsoluteTimeout)]);
    assert_eq!(joined.sessions[0].sources.len(), 2);
    assert_eq!(with_app_log("bob").sessions.len(), 2);
}

#[test]
fn of_operations_at_one_path_those_that_keep_a_beat_are_the_apps_own() {
    let ask =
        |operation: &str| body(json!({"operationName": operation, "query": format!("query {operation} {{ rows }}")}));
    let answer = || got(200, json!({"data": {"rows": [1, 2]}}));
    let mut spa = Spa::default();
    spa.sign_in(json!({"token": "Zx81Qm4Rr7Kd0001Vn3Tg6Yh9Lp2Ws"}));
    let mut asked: Vec<(u32, &str)> = [13, 57, 139, 170, 260, 301].map(|second| (second, "Orders")).to_vec();
    asked.extend((40..1_200).step_by(40).map(|second| (second, "Unread")));
    asked.sort_unstable();
    for (second, operation) in asked {
        spa.ask(f64::from(second), "POST /graphql", ask(operation), answer());
    }
    let refused = json!({"data": null, "errors": [{"message": "Sign in", "extensions": {"code": "UNAUTHENTICATED"}}]});
    spa.ask(1_200.0, "POST /graphql", ask("Unread"), got(200, refused));
    let read = spa.inspect();
    assert_eq!(causes(&read), [Some(Cause::IdleTimeout)]);
    let told = read.explain(SessionId(0)).unwrap();
    assert!(told.headline.contains("15 min") && told.headline.contains("22 background"), "{}", told.headline);
}

/// A client of an API: let in, refused, its renewal refused, and tokens given again; with the server away before, or not.
fn api_client(away: bool) -> Vec<Option<Cause>> {
    let mut log = Log::default();
    log.line(0, ANN, "POST /oauth/token", 200);
    for second in (20..400).step_by(33) {
        log.line(second, ANN, "GET /v2/items", 200);
    }
    for second in [410, 425].into_iter().filter(|_| away) {
        log.line(second, ANN, "GET /v2/items", 502);
    }
    log.line(440, ANN, "GET /v2/items", 401).line(441, ANN, "POST /oauth/token", 400);
    log.line(448, ANN, "POST /oauth/token", 200).line(450, ANN, "GET /v2/items", 200).line(
        490,
        ANN,
        "GET /v2/items",
        200,
    );
    causes(&log.inspect())
}

#[test]
fn tokens_given_after_a_refused_renewal_begin_another_session() {
    assert_eq!(api_client(true), [Some(Cause::ServerRestart), None]);
    assert_eq!(api_client(false), [Some(Cause::Undetermined), None]);
}

#[test]
fn two_clients_that_nobody_names_push_each_other_out_too() {
    let mut log = Log::default();
    for round in 0..4 {
        let (from, who, other) = if round % 2 == 0 { (round * 600, ANN, BOB) } else { (round * 600, BOB, ANN) };
        log.sign_in(from, who);
        if round > 0 {
            log.refused(from + 15, other);
        }
        log.pages(from + 20, from + 590, who);
    }
    let read = log.inspect();
    let told: Vec<&str> = read.patterns.iter().map(|pattern| pattern.headline.as_str()).collect();
    assert_eq!(told, ["Two clients ended each other's sessions 3 times in 30 min 11 s"]);
}

#[test]
fn a_question_who_is_signed_in_whose_answer_is_lost_is_answered_by_the_page_to_sign_in_by() {
    let mut har = Har::default();
    har.sign_in("/login");
    har.pages(6);
    let before = har.at();
    har.ask(1_500, "GET /api/auth/session", "", "", 200, json!({}), "");
    har.ask(1, "GET /login", "", "", 200, json!({}), SIGN_IN);
    let read = har.inspect();
    let session = &read.sessions[0];
    let alive = session.last_alive_at - session.started_at;
    assert!(session.state == State::Ended && alive <= i64::from(before) * 1_000_000_000, "{session:?}");
}

/// Signed in at the age of nought, polled each minute, clicked until `last`, refused at the age of `age`.
fn polled(last: u32, age: u32) -> Vec<Option<Cause>> {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, last, ANN);
    for second in (60..age).step_by(60) {
        log.line(second + 3, ANN, "GET /notifications", 200);
    }
    log.line(age, ANN, "GET /notifications", 401).line(age + 1, ANN, "GET /login", 200);
    causes(&log.inspect())
}

#[test]
fn an_odd_inactivity_at_a_round_age_is_no_idle_limit_for_sure() {
    assert_eq!(polled(440, 923), [Some(Cause::Undetermined)]);
    assert_eq!(polled(440, 1_350), [Some(Cause::IdleTimeout)]);
}

#[test]
fn a_cookies_end_by_the_servers_clock_is_as_far_off_as_from_the_answers_date() {
    // The browser's clock is four minutes ahead of the server's.
    let set = |minute: u32| {
        let (date, end) = (8 * 60 + minute - 4, 8 * 60 + minute - 4 + 30);
        let http = |at: u32| format!("Tue, 03 Mar 2026 {:02}:{:02}:00 GMT", at / 60, at % 60);
        json!({"Date": http(date), "Set-Cookie": format!("sid=aaaabbbbccccdddd; Path=/; HttpOnly; Expires={}", http(end))})
    };
    let mut har = Har::default();
    har.ask(0, "POST /login", "", "username=ann&password=not-a-real-one", 303, set(0), "");
    for page in 1..6 {
        har.ask(60, &format!("GET /items/{page}"), COOKIE, "", 200, set(page), "<html>items</html>");
    }
    let read = har.inspect();
    let policy = read.policies.iter().find(|policy| policy.limit == Limit::IdleTimeout).unwrap();
    assert_eq!(policy.likely, Some(1_800.0), "{policy:?}");
}

#[test]
fn a_renewal_refused_by_age_bounds_the_age_by_the_renewal_before() {
    let read = with_app_log("ann");
    let policy = read.policies.iter().find(|policy| policy.limit == Limit::AbsoluteTimeout).unwrap();
    // Let in until 560, by a token that was good until 590; asked how old it was at 290 and 600.
    let rounded = (policy.at_least.map(f64::round), policy.at_most.map(f64::round));
    assert_eq!(rounded, (Some(290.0), Some(600.0)), "{policy:?}");
}

#[test]
fn a_record_of_a_page_without_its_method_is_a_sign_of_life() {
    let line = |at: &str, more: &str| {
        format!(r#"{{"timestamp":"2026-03-03T08:{at}Z",{more},"user":"ann","session_id":"Kq3vVx81LmZpW0aa"}}"#) + "\n"
    };
    let log = line("00:00", r#""event":"login_succeeded""#)
        + &line("10:00", r#""event":"request","path":"/wiki/a","status":200"#)
        + &line("29:00", r#""event":"request","path":"/wiki/b","status":200"#)
        + &line("30:10", r#""event":"session_max_age_reached","age":1810"#);
    let read = inspect_bytes(vec![("app.jsonl", log.into_bytes())]);
    assert_eq!(causes(&read), [Some(Cause::AbsoluteTimeout)]);
    let ending = read.sessions[0].ending().unwrap();
    assert_eq!(ending.length(), 70_000_000_000);
}

#[test]
fn a_log_that_names_the_user_of_a_page_names_nobody_where_it_sends_them_away() {
    let ann = Client { user: "ann", ..ANN };
    let mut log = Log::default();
    log.sign_in(0, ann).pages(20, 900, ann).sign_in(60, BOB).pages(80, 4_000, BOB);
    log.line(3_000, ANN, "GET /home", 302);
    assert_eq!(causes(&log.inspect()), [Some(Cause::IdleTimeout), None]);
    let mut log = Log::default();
    log.sign_in(0, ann).pages(20, 900, ann).sign_in(60, BOB).pages(80, 4_000, BOB);
    log.line(3_000, ann, "GET /home", 302).pages(3_010, 3_200, ann);
    assert_eq!(causes(&log.inspect()), [None, None]);
}

#[test]
fn an_operation_let_in_heals_the_refusal_of_another_at_the_same_path() {
    let token = "Zx81Qm4Rr7Kd0001Vn3Tg6Yh9Lp2Ws";
    let refused =
        || json!({"data": null, "errors": [{"message": "Sign in", "extensions": {"code": "UNAUTHENTICATED"}}]});
    let mut spa = Spa::default();
    spa.sign_in(json!({"access_token": token}));
    let rows = || json!({"data": {"rows": [1]}});
    let asked = [(10, "Board", rows()), (60, "Board", rows()), (90, "Board", refused()), (200, "Orders", rows())];
    for (second, operation, answer) in asked {
        let sent = Sent {
            body: json!({"operationName": operation, "query": format!("query {operation} {{ rows }}")}),
            ..bearer(token)
        };
        spa.ask(f64::from(second), "POST /graphql", sent, got(200, answer));
    }
    assert_eq!(spa.causes(), [None]);
}
