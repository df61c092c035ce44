//! What whole stacks show in captures and logs: containers that sign in by a form of their own, servers that stop, limits that
//! run by another clock than the cookie's. Made up, after runs of the real ones.

use crate::common::inspect_bytes;
use lapsed::{inspection::Inspection, model::Cause};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// An access log in the making; each line is so many seconds after 08:00.
#[derive(Default)]
struct Log(String);

impl Log {
    fn line(&mut self, second: u32, user: &str, request: &str, status: u16) {
        let (hour, minute, second) = (8 + second / 3_600, second / 60 % 60, second % 60);
        let at = format!("03/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000");
        let _ = writeln!(self.0, "192.0.2.9 - {user} [{at}] \"{request} HTTP/1.1\" {status} 243 \"-\" \"Mozilla/5.0\"");
    }

    /// Pages of somebody at uneven times from `from` on; gives the second of the last.
    fn pages(&mut self, from: u32, user: &str, paths: &[&str]) -> u32 {
        let mut second = from;
        for (at, path) in paths.iter().cycle().take(12).enumerate() {
            second += [31, 52, 17, 74, 43][at % 5];
            self.line(second, user, &format!("GET {path}"), 200);
        }
        second
    }

    fn read(self) -> Inspection {
        inspect_bytes(vec![("access.log", self.0.into_bytes())])
    }
}

fn causes(read: &Inspection) -> Vec<Option<Cause>> {
    read.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect()
}

#[test]
fn sessions_idle_for_unlike_times_that_are_refused_in_one_minute_were_not_idle_too_long() {
    let mut text = String::new();
    let mut line = |client: u32, second: u32, request: &str, status: u16| {
        let at = format!("03/Mar/2026:{:02}:{:02}:{:02} +0000", 8 + second / 3_600, second / 60 % 60, second % 60);
        let _ = writeln!(text, "192.0.2.{client} - - [{at}] \"{request} HTTP/1.1\" {status} 243 \"-\" \"Mozilla/5.0\"");
    };
    for (client, stops) in [(1, 900), (2, 1_300), (3, 1_600), (4, 1_780)] {
        line(client, client, "POST /login", 302);
        for page in 0..12 {
            line(client, 10 + stops * page / 12 + page % 3 * 7, &format!("GET /items/{page}"), 200);
        }
        line(client, stops, "GET /items/1", 200);
        line(client, 1_800 + client * 4, "GET /items/1", 302);
        line(client, 1_801 + client * 4, "GET /login", 200);
    }
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_by_key(|line| line.split_once('[').map(|(_, rest)| &rest[..20]));
    let read = inspect_bytes(vec![("access.log", lines.join("\n").into_bytes())]);
    let named = causes(&read);
    assert_eq!(named.len(), 4);
    assert!(!named.contains(&Some(Cause::IdleTimeout)), "{named:?}");
}

const DESK: &[&str] = &["/desk/home.jsp", "/desk/loans.jsp", "/desk/loan.jsp?id=44"];

#[test]
fn a_log_that_no_longer_names_the_user_shows_that_the_session_is_gone() {
    let mut log = Log::default();
    log.line(0, "-", "GET /desk/home.jsp", 200);
    log.line(9, "ann", "POST /desk/j_security_check", 303);
    let last = log.pages(9, "ann", DESK);
    log.line(last + 1_700, "-", "GET /desk/loans.jsp", 200);
    log.line(last + 1_720, "ann", "POST /desk/j_security_check", 303);
    log.pages(last + 1_720, "ann", DESK);
    let read = log.read();
    assert_eq!(causes(&read), [Some(Cause::IdleTimeout), None]);
    let ended = read.sessions[0].ending().unwrap();
    assert_eq!(ended.length() / 1_000_000_000, 1_700);
}

#[test]
fn a_container_takes_its_form_only_after_it_showed_it_in_place_of_a_page() {
    let mut log = Log::default();
    log.line(0, "-", "GET /desk/home.jsp", 200);
    log.line(9, "-", "POST /desk/j_security_check", 302);
    let last = log.pages(9, "-", DESK);
    log.line(last + 1_700, "-", "GET /desk/loans.jsp", 200);
    log.line(last + 1_720, "-", "POST /desk/j_security_check", 302);
    log.pages(last + 1_720, "-", DESK);
    assert_eq!(causes(&log.read()), [Some(Cause::IdleTimeout), None]);
}

#[test]
fn somebody_unnamed_on_a_page_of_others_ends_nobodys_session() {
    let mut log = Log::default();
    log.line(0, "-", "GET /", 200);
    log.line(9, "ann", "POST /login", 302);
    let last = log.pages(9, "ann", &["/", "/orders"]);
    log.line(last + 30, "-", "GET /", 200);
    log.line(last + 60, "ann", "GET /orders", 200);
    log.line(last + 90, "-", "GET /", 200);
    assert_eq!(causes(&log.read()), [None]);
}

#[test]
fn tokens_given_where_renewals_have_a_path_of_their_own_are_a_new_sign_in() {
    let mut log = Log::default();
    log.line(0, "-", "POST /api/token/", 200);
    let last = log.pages(0, "-", &["/api/orders/", "/api/stock/"]);
    log.line(last + 1_700, "-", "GET /api/orders/", 401);
    log.line(last + 1_701, "-", "POST /api/token/refresh/", 401);
    log.line(last + 1_720, "-", "POST /api/token/", 200);
    log.pages(last + 1_720, "-", &["/api/orders/", "/api/stock/"]);
    let read = log.read();
    assert_eq!(read.sessions.len(), 2);
    assert!(read.verdicts[0].is_some() && read.verdicts[1].is_none());
}

/// A capture in the making: each exchange is so many seconds after 08:00.
#[derive(Default)]
struct Har(Vec<Value>);

impl Har {
    #[expect(clippy::needless_pass_by_value, reason = "a call reads as one exchange")]
    fn ask(&mut self, second: u32, request: &str, status: i32, answer: Value) {
        let (method, path) = request.split_once(' ').unwrap();
        let (hour, minute, second) = (8 + second / 3_600, second / 60 % 60, second % 60);
        let signs_in = method == "POST";
        let sent = if signs_in { json!([]) } else { json!([{"name": "Cookie", "value": "sid=aaaabbbbccccdddd"}]) };
        let mut response = json!({"status": status, "headers": [], "content": {"mimeType": "text/html", "size": 0}});
        for (name, value) in answer.as_object().unwrap() {
            response[name] = value.clone();
        }
        let mut request = json!({"method": method, "url": format!("https://app.example{path}"), "headers": sent});
        if signs_in {
            let text = "username=ann&password=not-a-real-one";
            request["postData"] = json!({"mimeType": "application/x-www-form-urlencoded", "text": text});
        }
        self.0.push(json!({
            "startedDateTime": format!("2026-03-03T{hour:02}:{minute:02}:{second:02}.000Z"), "time": 40,
            "request": request, "response": response,
        }));
    }

    /// Signs in and opens pages at uneven times; the cookie is good for `life` seconds, and set anew with every answer if it
    /// `slides`. Gives the second of the last page.
    fn use_it(&mut self, pages: usize, life: u32, slides: bool) -> u32 {
        let set = |second: u32| json!({"headers": [{"name": "Set-Cookie", "value": format!("sid=aaaabbbbccccdddd; Path=/; HttpOnly; Max-Age={life}; v={second}")}]});
        let mut first = set(0);
        first["headers"].as_array_mut().unwrap().push(json!({"name": "Location", "value": "/home"}));
        self.ask(0, "POST /login", 302, first);
        let mut second = 0;
        for page in 0..pages {
            second += [31, 52, 17, 44, 23][page % 5];
            self.ask(second, &format!("GET /items/{page}"), 200, if slides { set(second) } else { json!({}) });
        }
        second
    }

    /// A request that sends another cookie and not the session's, sent to sign in.
    fn ask_without(&mut self, second: u32) {
        self.ask(second, "GET /home", 302, to_sign_in());
        self.0.last_mut().unwrap()["request"]["headers"] = json!([{"name": "Cookie", "value": "theme=dark"}]);
    }

    fn read(self) -> Inspection {
        let har = json!({"log": {"version": "1.2", "creator": {"name": "Playwright"}, "entries": self.0}});
        inspect_bytes(vec![("app.har", har.to_string().into_bytes())])
    }
}

fn to_sign_in() -> Value {
    json!({"headers": [{"name": "Location", "value": "/login"}]})
}

#[test]
fn a_port_where_nobody_listens_is_a_server_away_and_no_network_away() {
    for (error, cause) in
        [("net::ERR_CONNECTION_REFUSED", Cause::ServerRestart), ("net::ERR_INTERNET_DISCONNECTED", Cause::NetworkGap)]
    {
        let mut har = Har::default();
        let last = har.use_it(14, 36_000, false);
        for after in [20, 29, 41, 60, 78] {
            har.ask(last + after, "GET /home", -1, json!({"_failureText": error}));
        }
        har.ask(last + 95, "GET /home", 302, to_sign_in());
        assert_eq!(causes(&har.read()), [Some(cause)], "{error}");
    }
}

#[test]
fn a_cookie_that_ran_out_and_is_not_sent_decides_by_its_own_clock() {
    // In use for eight minutes: past half of a life of ten, in the first half of one of thirty.
    for (life, slides, cause) in [
        (600, true, Cause::IdleTimeout),
        (600, false, Cause::AbsoluteTimeout),
        (1_800, true, Cause::IdleTimeout),
        (1_800, false, Cause::AbsoluteTimeout),
    ] {
        let mut har = Har::default();
        let last = har.use_it(14, life, slides);
        har.ask_without(last + life + 400);
        let read = har.read();
        assert_eq!(causes(&read), [Some(cause)], "{life} {slides}");
    }
}

#[test]
fn a_cookie_not_sent_with_time_left_was_dropped_however_long_nobody_asked() {
    let mut har = Har::default();
    let last = har.use_it(14, 36_000, false);
    har.ask_without(last + 30);
    assert_eq!(causes(&har.read()), [Some(Cause::CredentialsDropped)]);
}

#[test]
fn polls_that_do_not_count_outweigh_what_is_left_of_a_cookie_that_they_keep_fresh() {
    let mut har = Har::default();
    let last = har.use_it(14, 36_000, true);
    for poll in 1..30 {
        let set = json!({"headers": [{"name": "Set-Cookie", "value": "sid=aaaabbbbccccdddd; Path=/; HttpOnly; Max-Age=36000"}]});
        har.ask(last + poll * 30, "GET /api/bell", 200, set);
    }
    har.ask(last + 900, "GET /api/bell", 401, json!({}));
    assert_eq!(causes(&har.read()), [Some(Cause::IdleTimeout)]);
}

#[test]
fn a_refusal_in_the_middle_of_use_at_a_round_age_is_a_lifetime_the_surer_the_narrower() {
    for (gap, cause) in [(20, Some(Cause::AbsoluteTimeout)), (290, Some(Cause::Undetermined))] {
        let mut log = Log::default();
        log.line(0, "-", "POST /login", 302);
        let mut second = 3;
        while second + gap < 1_800 {
            log.line(second, "-", &format!("GET /items/{second}"), 200);
            second += if second % 3 == 0 { gap } else { gap / 2 };
        }
        log.line(1_803, "-", "GET /items/1", 302);
        log.line(1_804, "-", "GET /login", 200);
        assert_eq!(causes(&log.read()), [cause], "{gap}");
    }
}

#[test]
fn an_answer_that_takes_the_sessions_cookie_away_is_its_end_whatever_its_status() {
    let gone = json!({"headers": [{"name": "Set-Cookie", "value": "sid=; Path=/; Max-Age=0"}]});
    let again = json!({"headers": [
        {"name": "Set-Cookie", "value": "sid=; Path=/old; Max-Age=0"},
        {"name": "Set-Cookie", "value": "sid=eeeeffff00001111; Path=/; HttpOnly; Max-Age=36000"},
    ]});
    for (answer, ended) in [(gone, true), (again, false)] {
        let mut har = Har::default();
        let last = har.use_it(14, 36_000, false);
        har.ask(last + 20, "GET /api/auth/get-session", 200, answer);
        let read = har.read();
        assert_eq!(read.sessions.len(), 1);
        assert_eq!(read.sessions[0].ending().is_some(), ended);
    }
}

#[test]
fn an_answer_without_its_status_is_judged_by_its_words_and_by_where_the_client_went() {
    let headers = json!([{"name": "Date", "value": "Tue, 03 Mar 2026 08:40:00 GMT"}]);
    let json = |text: &str| json!({"mimeType": "application/json", "size": text.len(), "text": text});
    for (content, next, ended) in [
        (json("{\"message\":\"Unauthorized\"}"), "GET /signin", true),
        (json(""), "GET /signin", true),
        (json("[1,2,3]"), "GET /items/4", false),
    ] {
        let mut har = Har::default();
        let last = har.use_it(14, 36_000, false);
        har.ask(last + 1_800, "GET /api/items", 0, json!({"headers": headers, "content": content}));
        har.ask(last + 1_801, next, 200, json!({}));
        let read = har.read();
        assert_eq!(read.sessions[0].ending().is_some(), ended, "{next}");
    }
}

#[test]
fn an_app_that_asks_to_sign_in_anew_had_lost_a_token_that_had_time_left() {
    let token = |n: u32| {
        let text = format!("{{\"access_token\":\"access-{n}123456789abcdef\",\"expires_in\":7200}}");
        json!({"content": {"mimeType": "application/json", "size": text.len(), "text": text}})
    };
    for (page, ended) in [(true, true), (false, false)] {
        let mut har = Har::default();
        har.ask(0, "GET /", 200, json!({}));
        har.ask(5, "POST /api/login", 200, token(1));
        for n in 0..8 {
            har.ask(9 + n * 40 + n * n % 7 * 5, "GET /api/items", 200, json!({}));
        }
        for entry in har.0.iter_mut().skip(2) {
            entry["request"]["headers"] = json!([{"name": "Authorization", "value": "Bearer access-1123456789abcdef"}]);
        }
        if page {
            har.ask(310, "GET /", 200, json!({}));
        }
        har.ask(325, "POST /api/login", 200, token(2));
        har.ask(335, "GET /api/items", 200, json!({}));
        for entry in har.0.iter_mut().filter(|entry| entry["request"]["url"] == "https://app.example/") {
            entry["request"]["headers"] = json!([{"name": "Sec-Fetch-Mode", "value": "navigate"}, {"name": "Sec-Fetch-Dest", "value": "document"}]);
        }
        let last = har.0.last_mut().unwrap();
        last["request"]["headers"] = json!([{"name": "Authorization", "value": "Bearer access-2123456789abcdef"}]);
        let read = har.read();
        assert_eq!(causes(&read), [ended.then_some(Cause::CredentialsDropped), None], "{page}");
    }
}
