//! What servers of many makes answer, in captures small enough to read: made up, none recorded from a person.

use crate::common::inspect_bytes;
use lapsed::model::{Cause, State};
use serde_json::{Value, json};

/// A capture in the making: requests in order, seconds apart.
#[derive(Default)]
struct Har {
    entries: Vec<Value>,
    second: u32,
}

impl Har {
    /// Adds a request `after` so many seconds: its body (none, a form or JSON), the answer's status, headers and body.
    #[expect(clippy::too_many_arguments, clippy::needless_pass_by_value, reason = "a call reads as one exchange")]
    fn ask(&mut self, after: u32, request: &str, cookie: &str, body: &str, status: u16, headers: Value, answer: &str) {
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
    fn sign_in(&mut self, path: &str) {
        let headers = json!({"Location": "/home", "Set-Cookie": "sid=aaaabbbbccccdddd; Path=/; HttpOnly"});
        self.ask(0, &format!("GET {path}"), "", "", 200, json!({}), SIGN_IN);
        self.ask(5, &format!("POST {path}"), "", "username=ann&password=not-a-real-one", 302, headers, "");
        self.pages(4);
    }

    fn pages(&mut self, count: u32) {
        for page in 0..count {
            let after = [31, 52, 17, 44][page as usize % 4];
            self.ask(after, &format!("GET /items/{page}"), COOKIE, "", 200, json!({}), PAGE);
        }
    }

    fn endings(self) -> Vec<Option<Cause>> {
        let har = json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "128.0"}, "entries": self.entries}});
        let read = inspect_bytes(vec![("app.har", har.to_string().into_bytes())]);
        read.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect()
    }
}

const COOKIE: &str = "sid=aaaabbbbccccdddd";
const PAGE: &str = "<html><body><h1>Items</h1></body></html>";
const SIGN_IN: &str = "<html><body><form><input name=username><input type=password name=password></form></body></html>";

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
