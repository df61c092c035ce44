//! What servers of many makes answer, in captures small enough to read: made up, none recorded from a person.

use crate::common::inspect_bytes;
use lapsed::{
    inspection::Inspection,
    model::{Cause, State},
};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A capture in the making: requests in order, seconds apart.
#[derive(Default)]
pub struct Har {
    entries: Vec<Value>,
    second: u32,
}

impl Har {
    /// Adds a request `after` so many seconds: its body (none, a form or JSON), the answer's status, headers and body.
    #[expect(clippy::too_many_arguments, clippy::needless_pass_by_value, reason = "a call reads as one exchange")]
    pub fn ask(
        &mut self,
        after: u32,
        request: &str,
        cookie: &str,
        body: &str,
        status: u16,
        headers: Value,
        answer: &str,
    ) {
        let (method, path) = request.split_once(' ').unwrap();
        self.second += after;
        let (hour, minute, second) = (8 + self.second / 3_600, self.second / 60 % 60, self.second % 60);
        let mut sent = vec![
            json!({"name": "Host", "value": "app.example"}),
            json!({"name": "Accept-Encoding", "value": "gzip"}),
            json!({"name": "Sec-Fetch-Mode", "value": if path.starts_with("/api") { "cors" } else { "navigate" }}),
        ];
        match cookie {
            "" => {}
            token if token.starts_with("Bearer") => sent.push(json!({"name": "Authorization", "value": token})),
            cookie => sent.push(json!({"name": "Cookie", "value": cookie})),
        }
        let form = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let mime = if answer.starts_with('<') { "text/html" } else { "application/json" };
        let headers: Vec<Value> =
            headers.as_object().unwrap().iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let mut request = json!({"method": method, "url": format!("https://app.example{path}"), "headers": sent});
        if !body.is_empty() {
            request["postData"] = json!({"mimeType": form, "text": body});
        }
        self.entries.push(json!({
            "startedDateTime": format!("2026-03-03T{hour:02}:{minute:02}:{second:02}.000Z"), "time": 40,
            "request": request,
            "response": {"status": status, "headers": headers, "content": {"mimeType": mime, "size": answer.len(), "text": answer}},
        }));
    }

    /// Signs in by a form at `path`, and opens a few pages.
    pub fn sign_in(&mut self, path: &str) {
        let headers = json!({"Location": "/home", "Set-Cookie": "sid=aaaabbbbccccdddd; Path=/; HttpOnly"});
        self.ask(0, &format!("GET {path}"), "", "", 200, json!({}), SIGN_IN);
        self.ask(5, &format!("POST {path}"), "", "username=ann&password=not-a-real-one", 302, headers, "");
        self.pages(4);
    }

    /// Seconds since the capture began.
    pub fn at(&self) -> u32 {
        self.second
    }

    pub fn pages(&mut self, count: u32) {
        for page in 0..count {
            let after = [31, 52, 17, 44][page as usize % 4];
            self.ask(after, &format!("GET /items/{page}"), COOKIE, "", 200, json!({}), PAGE);
        }
    }

    pub fn inspect(self) -> Inspection {
        let har = json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "128.0"}, "entries": self.entries}});
        inspect_bytes(vec![("app.har", har.to_string().into_bytes())])
    }

    pub fn endings(self) -> Vec<Option<Cause>> {
        let read = self.inspect();
        read.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect()
    }
}

pub const COOKIE: &str = "sid=aaaabbbbccccdddd";
pub const PAGE: &str = "<html><body><h1>Items</h1></body></html>";
pub const SIGN_IN: &str =
    "<html><body><form><input name=username><input type=password name=password></form></body></html>";

#[test]
fn a_form_to_change_the_password_is_no_sign_in_page() {
    let form = "<form><input type=password name=old_password><input type=password name=new_password1></form>";
    let mut har = Har::default();
    har.sign_in("/login");
    har.ask(9, "GET /account/password", COOKIE, "", 200, json!({}), form);
    assert_eq!(har.endings(), [None]);
}

#[test]
fn a_password_that_is_changed_or_confirmed_begins_no_other_session() {
    let mut har = Har::default();
    har.sign_in("/login");
    let to = json!({"Location": "/account"});
    har.ask(9, "POST /account/password", COOKIE, "old_password=made-up-1&new_password=made-up-2", 302, to.clone(), "");
    har.pages(2);
    har.ask(9, "POST /user/confirm", COOKIE, "_token=x1&password=made-up-2", 302, to.clone(), "");
    har.pages(2);
    har.ask(9, "POST /admin/users", COOKIE, "username=bob&password=made-up-3", 302, to, "");
    har.pages(2);
    assert_eq!(har.endings(), [None]);
}

#[test]
fn a_program_for_all_pages_signs_in_and_out_by_its_query() {
    let mut har = Har::default();
    har.sign_in("/index.php?route=account/login");
    har.ask(9, "GET /index.php?route=account/logout", COOKIE, "", 302, json!({"Location": "/index.php"}), "");
    assert_eq!(har.endings(), [Some(Cause::Logout)]);
    let mut wrong = Har::default();
    let back = json!({"Location": "/index.php?route=account/login&error=1"});
    for _ in 0..3 {
        wrong.ask(6, "POST /index.php?route=account/login", "", "email=ann&password=wrong-one", 302, back.clone(), "");
    }
    assert_eq!(wrong.endings(), []);
}

#[test]
fn an_access_log_keeps_the_page_that_a_query_names_where_it_is_the_sign_in() {
    let line = |minute: u32, request: &str, status: u16| {
        format!(
            "203.0.113.7 - - [03/Mar/2026:08:{minute:02}:00 +0000] \"{request} HTTP/1.1\" {status} 90 \"-\" \"Mozilla/5.0\"\n"
        )
    };
    let log = [
        line(0, "GET /ucp.php?mode=login", 200),
        line(1, "POST /ucp.php?mode=login", 302),
        line(2, "GET /viewforum.php?f=2", 200),
        line(4, "GET /ucp.php?mode=logout&sid=0a1b", 302),
    ];
    let read = inspect_bytes(vec![("access.log", log.concat().into_bytes())]);
    let causes: Vec<_> = read.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect();
    assert_eq!(causes, [Some(Cause::Logout)]);
}

#[test]
fn an_endpoint_that_tells_who_is_signed_in_ends_the_session_when_it_names_nobody() {
    let mut har = Har::default();
    har.sign_in("/login");
    har.ask(20, "GET /api/auth/session", COOKIE, "", 200, json!({}), "{\"user\":{\"name\":\"ann\"}}");
    har.ask(1_900, "GET /api/auth/session", COOKIE, "", 200, json!({}), "{}");
    har.ask(1, "GET /login", COOKIE, "", 200, json!({}), SIGN_IN);
    assert_eq!(har.endings(), [Some(Cause::IdleTimeout)]);
}

#[test]
fn a_post_that_keeps_a_beat_is_the_apps_own() {
    let mut har = Har::default();
    har.sign_in("/login");
    for _ in 0..30 {
        har.ask(60, "POST /api/ajax", COOKIE, "action=heartbeat", 200, json!({}), "{\"nonce\":1}");
    }
    har.ask(60, "POST /api/ajax", COOKIE, "action=heartbeat", 401, json!({}), "{}");
    assert_eq!(har.endings(), [Some(Cause::IdleTimeout)]);
}

#[test]
fn a_refresh_token_that_is_never_replaced_is_not_reused_when_it_is_sent_again() {
    let mut har = Har::default();
    let token = "opaque-refresh-0123456789abcdef";
    let ask = format!("{{\"refresh_token\":\"{token}\"}}");
    har.ask(
        0,
        "POST /api/login",
        "",
        "{\"username\":\"ann\",\"password\":\"made-up\"}",
        200,
        json!({}),
        &format!("{{\"access_token\":\"access-0123456789abcdef\",\"expires_in\":300,\"refresh_token\":\"{token}\"}}"),
    );
    for _ in 0..3 {
        har.ask(
            290,
            "POST /api/refresh",
            "",
            &ask,
            200,
            json!({}),
            "{\"access_token\":\"access-1123456789abcdef\",\"expires_in\":300}",
        );
    }
    har.ask(2_400, "POST /api/refresh", "", &ask, 400, json!({}), "{\"error\":\"invalid_grant\"}");
    assert_ne!(har.endings(), [Some(Cause::RefreshReused)]);
}

#[test]
fn the_end_of_a_family_follows_from_the_reuse_before_it() {
    let mut har = Har::default();
    let given = |refresh: &str| {
        format!("{{\"access_token\":\"access-{refresh}\",\"expires_in\":300,\"refresh_token\":\"{refresh}\"}}")
    };
    let ask = |refresh: &str| format!("{{\"refresh_token\":\"{refresh}\"}}");
    har.ask(
        0,
        "POST /api/login",
        "",
        "{\"username\":\"ann\",\"password\":\"made-up\"}",
        200,
        json!({}),
        &given("first-0123456789abcdef"),
    );
    har.ask(
        280,
        "POST /api/refresh",
        "",
        &ask("first-0123456789abcdef"),
        200,
        json!({}),
        &given("second-0123456789abcdef"),
    );
    har.ask(
        2,
        "POST /api/refresh",
        "",
        &ask("first-0123456789abcdef"),
        400,
        json!({}),
        "{\"error\":\"invalid_grant\"}",
    );
    har.ask(9, "GET /api/items", "Bearer access-second-0123456789abcdef", "", 200, json!({}), "[]");
    har.ask(
        280,
        "POST /api/refresh",
        "",
        &ask("second-0123456789abcdef"),
        400,
        json!({}),
        "{\"error\":\"refresh_token_not_found\",\"msg\":\"Invalid Refresh Token: Refresh Token Not Found\"}",
    );
    assert_eq!(har.endings(), [Some(Cause::RefreshReused)]);
}

#[test]
fn an_app_that_sees_for_itself_that_its_token_ran_out_asks_no_server() {
    let mut har = Har::default();
    let login = "{\"username\":\"ann\",\"password\":\"made-up\"}";
    let given = "{\"access_token\":\"access-0123456789abcdef\",\"expires_in\":600}";
    har.ask(0, "POST /api/login", "", login, 200, json!({}), given);
    for _ in 0..5 {
        har.ask(100, "GET /api/items", "Bearer access-0123456789abcdef", "", 200, json!({}), "[]");
    }
    har.ask(150, "GET /login", "", "", 200, json!({}), "<html></html>");
    har.ask(
        9,
        "POST /api/login",
        "",
        login,
        200,
        json!({}),
        "{\"access_token\":\"access-1123456789abcdef\",\"expires_in\":600}",
    );
    har.ask(9, "GET /api/items", "Bearer access-1123456789abcdef", "", 200, json!({}), "[]");
    assert_eq!(har.endings(), [Some(Cause::TokenExpired), None]);
}

#[test]
fn a_client_that_is_no_browser_still_has_its_own_servers() {
    let mut har = Har::default();
    for after in [10, 20, 30] {
        har.ask(after, "GET /api/items", "Bearer access-0123456789abcdef", "", 200, json!({}), "[]");
    }
    har.ask(
        9,
        "GET /api/items",
        "Bearer access-0123456789abcdef",
        "",
        401,
        json!({}),
        "{\"msg\":\"Token has expired\"}",
    );
    let har = json!({"log": {"version": "1.2", "creator": {"name": "mitmproxy"}, "entries": har.entries}});
    let read = inspect_bytes(vec![("api.har", har.to_string().into_bytes())]);
    assert!(read.sessions.len() == 1 && read.sessions[0].state == State::Ended);
}

#[test]
fn a_cookie_that_every_visitor_gets_is_no_session() {
    let mut har = Har::default();
    for path in ["/", "/about", "/", "/news"] {
        har.ask(20, &format!("GET {path}"), "PHPSESSID=visitor000111222", "", 200, json!({}), PAGE);
    }
    har.ask(9, "GET /orders", "PHPSESSID=visitor000111222", "", 302, json!({"Location": "/login"}), "");
    har.ask(1, "GET /login", "PHPSESSID=visitor000111222", "", 200, json!({}), SIGN_IN);
    har.ask(9, "GET /about", "PHPSESSID=visitor000111222", "", 200, json!({}), PAGE);
    assert_eq!(har.endings(), []);
}

#[test]
fn a_visitor_who_signs_in_had_no_session_before_and_has_none_after_signing_out() {
    let mut har = Har::default();
    for path in ["/", "/about", "/news"] {
        har.ask(20, &format!("GET {path}"), "sid=visitor000111222", "", 200, json!({}), PAGE);
    }
    har.sign_in("/login");
    har.ask(
        9,
        "GET /logout",
        COOKIE,
        "",
        302,
        json!({"Location": "/", "Set-Cookie": "sid=visitor999888777; Path=/; HttpOnly"}),
        "",
    );
    for path in ["/", "/about", "/news"] {
        har.ask(20, &format!("GET {path}"), "sid=visitor999888777", "", 200, json!({}), PAGE);
    }
    har.ask(9, "GET /items/3", "sid=visitor999888777", "", 302, json!({"Location": "/login"}), "");
    assert_eq!(har.endings(), [Some(Cause::Logout)]);
}

#[test]
fn a_page_with_a_way_to_sign_out_proves_a_session_whose_start_was_not_seen() {
    let page = "<html><body><a href=\"/logout\">Leave</a></body></html>";
    let mut har = Har::default();
    for path in ["/", "/items/1", "/items/2"] {
        har.ask(20, &format!("GET {path}"), COOKIE, "", 200, json!({}), page);
    }
    har.ask(2_400, "GET /reports", COOKIE, "", 302, json!({"Location": "/login"}), "");
    assert_eq!(har.endings(), [Some(Cause::IdleTimeout)]);
}

#[test]
fn a_place_that_refused_a_session_which_lived_on_ends_none_when_it_refuses_again() {
    let mut har = Har::default();
    har.sign_in("/login");
    for _ in 0..2 {
        har.ask(9, "GET /api/vault", COOKIE, "", 401, json!({}), "{\"error\":\"Unauthorized\"}");
        har.pages(2);
    }
    har.ask(9, "GET /api/vault", COOKIE, "", 401, json!({}), "{\"error\":\"Unauthorized\"}");
    assert_eq!(har.endings(), [None]);
}

#[test]
fn what_else_may_have_expired_ends_no_session() {
    for (path, status, answer) in [
        ("POST /api/invite", 400, "{\"error\":\"Invitation token expired\"}"),
        ("GET /api/coupon", 410, "{\"error\":\"Coupon has expired\"}"),
        ("GET /api/feed", 200, "{\"items\":[],\"errors\":[{\"message\":\"upstream timed out\"}]}"),
    ] {
        let mut har = Har::default();
        har.sign_in("/login");
        har.ask(9, path, COOKIE, "", status, json!({}), answer);
        assert_eq!(har.endings(), [None], "{path}");
    }
}

#[test]
fn a_denial_where_it_had_been_let_in_before_and_then_a_sign_in_page_is_a_refusal() {
    let mut har = Har::default();
    har.sign_in("/login");
    for _ in 0..3 {
        har.ask(30, "GET /api/items", COOKIE, "", 200, json!({}), "[]");
    }
    har.ask(2_400, "GET /api/items", COOKIE, "", 403, json!({}), "{\"error\":\"Forbidden\"}");
    har.ask(1, "GET /login", COOKIE, "", 200, json!({}), SIGN_IN);
    assert_eq!(har.endings(), [Some(Cause::IdleTimeout)]);
    let mut right = Har::default();
    right.sign_in("/login");
    right.ask(9, "GET /items/2", COOKIE, "", 403, json!({}), "{\"error\":\"Forbidden\"}");
    right.pages(2);
    assert_eq!(right.endings(), [None]);
}

#[test]
fn another_client_that_does_much_the_same_at_another_time_is_not_the_browser() {
    let mut har = Har::default();
    har.sign_in("/login");
    let mut log = String::new();
    let client = "198.51.100.4 - - [03/Mar/2026:08";
    for (at, request, status) in [
        ("00:31", "GET /login", 200),
        ("00:36", "POST /login", 302),
        ("00:39", "GET /items/1", 200),
        ("01:20", "GET /items/2", 200),
        ("02:59", "GET /items/9", 200),
    ] {
        let _ = writeln!(log, "{client}:{at} +0000] \"{request} HTTP/1.1\" {status} 9 \"-\" \"Mozilla/5.0\"");
    }
    let har = json!({"log": {"version": "1.2", "creator": {"name": "Firefox"}, "entries": har.entries}});
    let read = inspect_bytes(vec![("app.har", har.to_string().into_bytes()), ("access.log", log.into_bytes())]);
    assert_eq!(read.sessions.len(), 2);
}

#[test]
fn a_sign_in_after_which_nothing_was_let_in_failed() {
    let line = |second: u32, request: &str, status: u16| {
        format!(
            "192.0.2.9 - - [03/Mar/2026:08:00:{second:02} +0000] \"{request} HTTP/1.1\" {status} 0 \"-\" \"curl/8\"\n"
        )
    };
    let log = [
        line(0, "POST /login", 302),
        line(1, "POST /login", 302),
        line(2, "GET /items/1", 302),
        line(3, "GET /login", 200),
        line(4, "GET /home", 302),
        line(5, "GET /login", 200),
    ];
    let read = inspect_bytes(vec![("access.log", log.concat().into_bytes())]);
    assert_eq!(read.sessions.len(), 0);
}

#[test]
fn sessions_in_use_that_are_all_refused_within_a_minute_share_what_the_server_did() {
    let mut log = String::new();
    let mut line = |second: u32, client: u32, request: &str, status: u16| {
        let (minute, second) = (second / 60, second % 60);
        let _ = writeln!(
            log,
            "203.0.113.{client} - - [03/Mar/2026:08:{minute:02}:{second:02} +0000] \"{request} HTTP/1.1\" {status} 9 \"-\" \"Mozilla/5.0\""
        );
    };
    for client in 1..6 {
        line(client * 40, client, "POST /login", 302);
        for page in 0..3 {
            line(client * 40 + 5 + page * 9, client, &format!("GET /items/{page}"), 200);
        }
    }
    for client in 1..6 {
        line(300 + client, client, "GET /items/1", 200);
    }
    for client in 1..6 {
        line(320 + client * 4, client, "GET /items/2", 302);
        line(321 + client * 4, client, "GET /login", 200);
    }
    let read = inspect_bytes(vec![("access.log", log.into_bytes())]);
    let restarted = read.verdicts.iter().flatten().filter(|verdict| verdict.cause == Cause::ServerRestart).count();
    assert_eq!(restarted, 5);
}

#[test]
fn a_thing_that_is_locked_is_no_account() {
    let line = |minute: u32, request: &str, status: u16| {
        format!(
            "192.0.2.9 - - [03/Mar/2026:08:{minute:02}:00 +0000] \"{request} HTTP/1.1\" {status} 9 \"-\" \"Mozilla/5.0\"\n"
        )
    };
    let log = [
        line(0, "POST /login", 302),
        line(1, "GET /files", 200),
        line(2, "GET /files/plan", 200),
        line(3, "GET /files/plan/edit", 423),
    ];
    let read = inspect_bytes(vec![("access.log", log.concat().into_bytes())]);
    assert!(read.sessions.len() == 1 && read.sessions[0].state == State::Active);
}

#[test]
fn a_refusal_that_takes_the_cookie_away_proves_that_it_had_been_a_sessions() {
    let mut har = Har::default();
    for path in ["/", "/items/1", "/items/2"] {
        har.ask(20, &format!("GET {path}"), COOKIE, "", 200, json!({}), PAGE);
    }
    let gone = json!({"Location": "/login", "Set-Cookie": "sid=; Path=/; Max-Age=0"});
    har.ask(2_400, "GET /reports", COOKIE, "", 302, gone, "");
    assert_eq!(har.endings(), [Some(Cause::IdleTimeout)]);
}

#[test]
fn a_visitors_cookie_stays_a_visitors_when_it_is_signed_anew() {
    let mut har = Har::default();
    for visit in 0..3 {
        har.ask(20, "GET /", &format!("session=visitor00011122{visit}"), "", 200, json!({}), PAGE);
    }
    har.ask(9, "GET /orders", "session=visitor000111222", "", 302, json!({"Location": "/login"}), "");
    har.ask(9, "GET /", "session=visitor000111229", "", 200, json!({}), PAGE);
    assert_eq!(har.endings(), []);
}

/// A log whose lines name the session, from one address and then another; the answers from there on are of `status`.
fn log_of_a_move(status: u16) -> String {
    let mut log = String::new();
    let mut line = |minute: u32, address: &str, request: &str, status: u16, sid: &str| {
        let at = format!("03/Mar/2026:{:02}:{:02}:07 +0000", 9 + minute / 60, minute % 60);
        let _ =
            writeln!(log, "{address} - - [{at}] \"{request} HTTP/1.1\" {status} 512 \"-\" \"Mozilla/5.0\" sid={sid}");
    };
    line(0, "10.0.0.7", "POST /login", 302, "-");
    for minute in 1..20 {
        line(minute, "10.0.0.7", "GET /orders", 200, "Zk4VbQ81mXs0");
    }
    line(20, "100.64.3.9", "GET /orders", status, "Zk4VbQ81mXs0");
    line(21, "100.64.3.9", "GET /reports", status, "Zk4VbQ81mXs0");
    log
}

#[test]
fn a_session_refused_on_its_first_request_from_another_address_was_tied_to_the_first() {
    let inspection = inspect_bytes(vec![("moved.log", log_of_a_move(401).into_bytes())]);
    let causes: Vec<_> = inspection.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect();
    assert_eq!(causes, [Some(Cause::NetworkSwitch)]);
}

#[test]
fn a_session_let_in_from_another_address_goes_on() {
    let inspection = inspect_bytes(vec![("moved.log", log_of_a_move(200).into_bytes())]);
    let states: Vec<State> = inspection.sessions.iter().map(|session| session.state).collect();
    assert_eq!(states, [State::Active]);
}
