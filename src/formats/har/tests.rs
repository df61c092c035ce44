//! What real producers write, in small; and that nothing they could write brings the reader down.

#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "a test may panic")]

use super::*;
use crate::{
    model::{Event, Exchange, Failure, Nanos, TokenRole, time::rfc3339_from_nanos},
    source::{Content, Progress},
};

const SKEWED: &str = include_str!("../../../tests/fixtures/har/jwt-clock-skew-not-active.har");

struct Read {
    events: EventStore,
    report: SourceReport,
}

impl Read {
    fn of(bytes: impl Into<Vec<u8>>) -> Self {
        Self::with(0, bytes)
    }

    fn with(workers: usize, bytes: impl Into<Vec<u8>>) -> Self {
        let content = Content::from_bytes(bytes.into());
        let progress = Progress::default();
        progress.expect(content.len());
        let input = Input { content: &content, source: SourceId(3), written_by: 0, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("x.har".into()));
        read_with(workers, &input, &mut events, &mut report);
        Self { events, report }
    }

    fn exchange(&self) -> &Exchange {
        self.events.exchanges.first().expect("an exchange")
    }

    fn event(&self) -> Event {
        self.events.get(self.exchange().event.expect("its event"))
    }

    fn text(&self, sym: Sym) -> &str {
        self.events.symbols.resolve(sym)
    }

    fn words(&self) -> &str {
        self.text(self.exchange().words)
    }
}

/// A HAR of these entries.
fn har(entries: &[String]) -> String {
    let entries = entries.join(",\n");
    format!(r#"{{"log":{{"version":"1.2","creator":{{"name":"Firefox","version":"111.0.1"}},"entries":[{entries}]}}}}"#)
}

/// An entry with these members of `request` and `response`.
fn entry(request: &str, response: &str) -> String {
    format!(
        r#"{{"startedDateTime":"2026-05-18T15:00:40.466Z","time":500,"request":{{"method":"GET",{request}}},"response":{{{response}}}}}"#
    )
}

fn read_one(request: &str, response: &str) -> Read {
    Read::of(har(&[entry(request, response)]))
}

const URL: &str = r#""url":"https://bank.example/api""#;

#[test]
fn an_entry_becomes_an_exchange_and_an_event() {
    let one = entry(
        r#""url":"https://bank.example:443/orders?page=2","headers":[{"name":"Origin","value":"https://app.example"},{"name":"Cookie","value":"sid=abc; theme=dark"}]"#,
        r#""status":200,"headers":[{"name":"Date","value":"Mon, 18 May 2026 15:00:41 GMT"},{"name":"Server","value":"nginx"},{"name":"Content-Type","value":"application/json; charset=utf-8"},{"name":"Set-Cookie","value":"sid=abd; Max-Age=900; HttpOnly"}]"#,
    );
    let file = har(std::slice::from_ref(&one));
    let read = Read::of(file.clone());
    let (event, exchange) = (read.event(), read.exchange());
    assert_eq!(rfc3339_from_nanos(event.time), "2026-05-18T15:00:40.466Z");
    assert_eq!(rfc3339_from_nanos(exchange.answered), "2026-05-18T15:00:40.966Z");
    assert_eq!((event.kind, event.status, event.link), (crate::model::EventKind::Neutral, 200, 0));
    assert_eq!((read.text(event.what), read.text(event.host)), ("GET /orders", "bank.example"));
    assert_eq!(event.span.0.source, SourceId(3));
    let from = event.span.0.offset as usize;
    assert_eq!(&file[from..from + event.span.0.len as usize], one);
    assert_eq!((read.text(exchange.query), read.text(exchange.origin)), ("page=2", "app.example"));
    assert_eq!((read.text(exchange.content_type), read.text(exchange.server)), ("application/json", "nginx"));
    assert_eq!(exchange.cookies_sent.len(), 2);
    let cookie = exchange.cookies_set.first().expect("a cookie");
    assert_eq!(cookie.expires.map(rfc3339_from_nanos).as_deref(), Some("2026-05-18T15:15:40.966Z"));
    assert!(cookie.http_only && !cookie.cleared);
    assert!(event.flags.contains(EventFlags::CREDENTIAL_SENT));
    assert_eq!(read.report.producer.as_deref(), Some("Firefox 111.0.1"));
    assert_eq!((read.report.records, read.report.events, read.report.unreadable), (1, 1, 0));
    assert!(!read.report.cookies_stripped && read.report.warnings.is_empty());
}

#[test]
fn a_real_capture_gives_its_tokens_and_the_servers_words() {
    let read = Read::of(SKEWED);
    assert_eq!(read.report.producer.as_deref(), Some("Playwright 1.65.1"));
    assert_eq!((read.report.records, read.report.unreadable), (8, 0));
    assert!(read.report.cookies_stripped && !read.report.credentials_stripped);
    let refused = read.events.exchanges.iter().find(|exchange| exchange.words.is_some()).expect("a refusal");
    assert_eq!(read.text(refused.words), "invalid_token: jwt not active");
    let token = refused.tokens.first().expect("its token");
    assert_eq!((token.role, token.sent, read.text(token.subject)), (TokenRole::Access, true, "dave"));
    assert!(token.issued_at.is_some() && token.expires > token.issued_at);
    let sign_in = read.events.exchanges.iter().find(|exchange| exchange.sends_password).expect("a sign-in");
    assert_eq!(read.text(sign_in.user), "dave");
    assert!(sign_in.tokens.iter().any(|token| token.role == TokenRole::Refresh && !token.sent));
}

#[test]
fn failures_are_told_from_answers() {
    for (response, wanted) in [
        (r#""status":0,"_error":"net::ERR_NETWORK_CHANGED""#, Some(Failure::Offline)),
        (r#""status":-1,"_failureText":"net::ERR_CONNECTION_REFUSED""#, Some(Failure::Refused)),
        (r#""status":null"#, Some(Failure::Unknown)),
        (r#""status":-2"#, Some(Failure::Unknown)),
        (r#""status":200,"_error":"net::ERR_ABORTED""#, None),
        (r#""status":0,"headers":[{"name":"Date","value":"Mon, 18 May 2026 15:00:41 GMT"}]"#, None),
    ] {
        assert_eq!(read_one(URL, response).exchange().failure, wanted, "{response}");
    }
    assert_eq!(read_one(URL, r#""status":-1"#).event().status, 0);
}

#[test]
fn redirects_lead_somewhere_and_may_say_why() {
    let read = read_one(URL, r#""status":302,"redirectURL":"/login?reason=idle&next=%2Fapi""#);
    let exchange = read.exchange();
    assert_eq!((read.text(exchange.redirect_host), read.text(exchange.redirect_path)), ("", "/login"));
    assert_eq!((read.text(exchange.redirect_query), read.words()), ("reason=idle&next=%2Fapi", "idle"));
    // Internet Explorer's spelling, and another host.
    let read = read_one(URL, r#""status":302,"redirectionURL":"https://idp.example/auth?prompt=none""#);
    assert_eq!(read.text(read.exchange().redirect_host), "idp.example");
    let read = read_one(URL, r#""status":200,"redirectURL":"/elsewhere""#);
    assert_eq!(read.text(read.exchange().redirect_path), "");
}

#[test]
fn bodies_tell_who_signs_in_and_what_is_issued() {
    let request = r#""url":"https://idp.example/token","postData":{"mimeType":"application/x-www-form-urlencoded","text":"grant_type=password&username=alice&password=hunter22"}"#;
    let response = r#""status":200,"content":{"mimeType":"application/json","size":90,"text":"{\"data\":{\"access_token\":\"opaque-access-1\",\"expires_in\":300,\"refresh_token\":\"opaque-refresh-1\"}}"}"#;
    let read = read_one(request, response);
    let exchange = read.exchange();
    assert!(exchange.sends_password);
    assert_eq!((read.text(exchange.user), read.text(exchange.grant_type)), ("alice", "password"));
    assert_eq!(read.text(read.event().actor), "alice");
    let tokens: Vec<_> =
        exchange.tokens.iter().map(|token| (token.role, token.sent, token.expires.is_some())).collect();
    assert_eq!(tokens, [(TokenRole::Access, false, true), (TokenRole::Refresh, false, false)]);
    let params = r#""url":"https://a.example/login","postData":{"mimeType":"","params":[{"name":"user%5Bemail%5D","value":"a%40b.example"},{"name":"user%5Bpassword%5D","value":"x"}]}"#;
    let read = read_one(params, r#""status":302"#);
    assert_eq!(read.text(read.exchange().user), "a@b.example");
    assert!(read.exchange().sends_password);
}

#[test]
fn base64_bodies_are_decoded_where_they_matter() {
    // {"error":"jwt expired"}
    let response = r#""status":401,"content":{"mimeType":"application/json","encoding":"base64","text":"eyJlcnJvciI6Imp3dCBleHBpcmVkIn0="}"#;
    assert_eq!(read_one(URL, response).words(), "jwt expired");
}

#[test]
fn a_sign_in_page_asks_for_a_password_and_may_say_why() {
    let response = r#""status":200,"content":{"mimeType":"text/html","text":"<p>Welcome back</p><p>Your session has expired due to inactivity.</p><input name=\"user\"><input type=\"password\">"}"#;
    let read = read_one(URL, response);
    assert!(read.exchange().asks_password);
    assert_eq!(read.words(), "Your session has expired due to inactivity");
}

#[test]
fn secrets_never_reach_words_queries_paths_or_what() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIiwiZXhwIjoxNzAwMDAwMDAwfQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    let request = format!(
        r#""url":"https://u:hunter22@a.example/reset/{jwt}/x;jsessionid=SECRETSECRET?token=SECRETSECRET&next=%2Fcb%3Fcode%3DSECRETSECRET%26a%3D{jwt}&q={jwt}","headers":[{{"name":"Authorization","value":"Bearer {jwt}"}},{{"name":"Cookie","value":"sid=SECRETSECRET"}}],"postData":{{"mimeType":"application/json","text":"{{\"password\":\"hunter22\",\"username\":\"bob\"}}"}}"#
    );
    let response = format!(
        r#""status":401,"redirectURL":"","headers":[{{"name":"WWW-Authenticate","value":"Bearer error=\"invalid_token\", error_description=\"bad {jwt}\""}}],"content":{{"mimeType":"application/json","text":"{{\"error\":\"SECRETSECRET expired\",\"message\":\"password hunter22 is wrong\"}}"}}"#
    );
    let redirected =
        r#""status":302,"redirectURL":"/login?error=bad+SECRETSECRET&state=SECRETSECRET#access_token=SECRETSECRET""#;
    let read = Read::of(har(&[entry(&request, &response), entry(&request, redirected)]));
    assert_eq!(read.report.unreadable, 0);
    for index in 0..read.events.symbols.len() as u32 {
        let text = read.text(Sym(index));
        assert!(!text.contains("SECRET") && !text.contains("hunter22") && !text.contains("eyJ"), "{text}");
    }
    assert!(read.exchange().cookies_sent.len() == 2 && read.words().contains("invalid_token"));
}

#[test]
fn stripped_exports_say_so() {
    let sign_in = entry(
        r#""url":"https://a.example/login","postData":{"mimeType":"application/json","text":"{\"password\":\"x\"}"}"#,
        r#""status":200"#,
    );
    let report = Read::of(har(&[sign_in])).report;
    assert!(report.credentials_stripped && report.cookies_stripped);
    assert_eq!(report.limits.len(), 1);
    let report = read_one(URL, r#""status":200,"cookies":[{"name":"sid","value":"1"}]"#).report;
    assert!(!report.credentials_stripped && !report.cookies_stripped && report.limits.is_empty());
    let bearer = r#""url":"https://a.example/","headers":[{"name":"authorization","value":"Bearer abc"}]"#;
    let report = read_one(bearer, r#""status":401"#).report;
    assert!(!report.credentials_stripped && report.cookies_stripped);
}

#[test]
fn an_absent_credential_is_marked_only_where_it_could_have_shown() {
    let with = entry(r#""url":"https://a.example/1","headers":[{"name":"Cookie","value":"sid=1"}]"#, r#""status":200"#);
    let headers = r#""headers":[{"name":"Host","value":"x"},{"name":"Accept-Encoding","value":"gzip"}]"#;
    let without = entry(&format!(r#""url":"https://a.example/2",{headers}"#), r#""status":401"#);
    let provisional =
        entry(r#""url":"https://a.example/3","headers":[{"name":"Referer","value":"x"}]"#, r#""status":200"#);
    let elsewhere = entry(&format!(r#""url":"https://b.example/4",{headers}"#), r#""status":200"#);
    let read = Read::of(har(&[with, without, provisional, elsewhere]));
    let absent: Vec<bool> =
        (0..4).map(|id| read.events.get(EventId(id)).flags.contains(EventFlags::CREDENTIAL_ABSENT)).collect();
    assert_eq!(absent, [false, true, false, false]);
}

#[test]
fn only_a_page_that_a_person_sees_is_a_navigation() {
    let navigates = |request: &str, more: &str| {
        let entry = format!(
            r#"{{"startedDateTime":"2026-05-18T15:00:40Z",{more}"request":{{"method":"GET","url":"https://a.example/",{request}}},"response":{{"status":200}}}}"#
        );
        Read::of(har(&[entry])).event().flags.contains(EventFlags::NAVIGATION)
    };
    let header = |name: &str, value: &str| format!(r#""headers":[{{"name":"{name}","value":"{value}"}}]"#);
    assert!(navigates(r#""headers":[]"#, r#""_resourceType":"document","#));
    assert!(navigates(&header("Sec-Fetch-Mode", "navigate"), ""));
    assert!(navigates(&header("Accept", "text/html,*/*"), ""));
    assert!(!navigates(&header("Accept", "application/json, text/html"), ""));
    assert!(!navigates(&header("Sec-Fetch-Dest", "iframe"), r#""_resourceType":"document","#));
    assert!(!navigates(&header("Accept", "text/html"), r#""_resourceType":"xhr","#));
}

#[test]
fn whatever_stands_around_the_entries_they_are_found() {
    let one = entry(URL, r#""status":200"#);
    for (file, wanted) in [
        (format!("onInputData({});", har(std::slice::from_ref(&one))), 1),
        (format!(r#"{{"entries":[{one},{one}]}}"#), 2),
        (one.clone(), 1),
        (format!("[{one},{one}]"), 2),
        (format!("// saved by hand\n{{\"log\":{{/* x */\"entries\":[{one}, // last\n]}}}}"), 1),
        (
            format!(
                r#"{{"log":{{"pages":[{{"title":"\"entries\":["}}],"entries":[{one}],"creator":{{"name":"X"}}}}}}"#
            ),
            1,
        ),
        (har(&[]), 0),
    ] {
        let read = Read::of(file.clone());
        assert_eq!((read.report.records, read.report.warnings.len()), (wanted, 0), "{file} {:?}", read.report.warnings);
        assert_ne!(Har.sniff(file.as_bytes()), Sniff::No(String::new()), "{file}");
    }
}

#[test]
fn wrong_types_lose_a_field_and_broken_entries_lose_themselves() {
    let odd = r#"{"startedDateTime":"2026-05-18T15:00:40Z","time":"12.5","pageref":{"a":1},"request":{"method":7,"url":"https://a.example/x","headers":{"a":"b"},"cookies":"none","postData":[1]},"response":{"status":"401","headers":[{"name":"Set-Cookie","value":["a=1","b=2"]},7,null],"content":"x","_error":{"code":3}}}"#;
    let read = Read::of(har(&[odd.to_owned()]));
    assert_eq!((read.report.records, read.report.unreadable), (1, 0));
    assert_eq!((read.event().status, read.exchange().cookies_set.len()), (401, 2));
    let good = entry(URL, r#""status":200"#);
    let file = har(&[
        good.clone(),
        r#"{"startedDateTime":"never","request":{"url":"https://a.example/"}}"#.to_owned(),
        r#"{"startedDateTime":}"#.to_owned(),
        "null".to_owned(),
        good.clone(),
    ]);
    let read = Read::of(file);
    assert_eq!((read.report.records, read.report.unreadable), (2, 3));
    let places: Vec<Position> = read.report.warnings.iter().map(|warning| warning.position).collect();
    assert_eq!(places, [Position::Index(1), Position::Index(2), Position::Index(3)]);
    assert!(read.report.warnings.iter().all(|warning| warning.offset > 0));
}

#[test]
fn reading_resumes_behind_quotes_and_brackets_that_do_not_add_up() {
    let good = entry(URL, r#""status":200"#);
    for broken in [
        good.replace("bank.example", "bank\".example"),
        good.replace("\"response\":{", "\"response\":"),
        good.replace("\"response\":{", "\"response\":{{"),
        good.replace("\"status\":200", "\"status\":200]"),
    ] {
        let read = Read::of(har(&[good.clone(), broken.clone(), good.clone(), good.clone()]));
        assert!(read.report.records >= 3, "{broken}: {:?}", read.report);
        assert!(!read.report.warnings.is_empty());
    }
}

#[test]
fn a_stamp_that_is_no_time_gives_way_to_the_answers_date() {
    let json = entry(URL, r#""headers":[{"name":"Date","value":"Mon, 18 May 2026 15:00:41 GMT"}]"#)
        .replace("2026-05-18T15:00:40.466Z", "NaN-NaN-NaN");
    let read = Read::of(har(&[json]));
    assert_eq!(rfc3339_from_nanos(read.event().time), "2026-05-18T15:00:40.500Z");
    assert_eq!(read.report.warnings.len(), 1);
}

#[test]
fn a_truncated_file_gives_everything_before_the_cut() {
    let entries: Vec<String> = (0..5).map(|_| entry(URL, r#""status":200"#)).collect();
    let file = har(&entries);
    let cut = file.len() - 40;
    let read = Read::of(&file.as_bytes()[..cut]);
    assert_eq!((read.report.records, read.report.unreadable), (4, 1));
    let [warning] = read.report.warnings.as_slice() else { panic!("{:?}", read.report.warnings) };
    assert_eq!(warning.position, Position::Index(4));
    assert!(warning.message.contains(&cut.to_string()), "{}", warning.message);
    assert!(read.report.limits.iter().any(|limit| limit.contains("cut off")));
}

#[test]
fn every_prefix_and_every_damaged_byte_is_survived() {
    let bytes = SKEWED.as_bytes();
    for cut in (0..bytes.len()).step_by(97) {
        let read = Read::of(&bytes[..cut]);
        assert!(read.report.records <= 8);
        let _ = Har.sniff(&bytes[..cut]);
    }
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..400 {
        let mut damaged = bytes.to_vec();
        for _ in 0..3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let at = random as usize % damaged.len();
            damaged[at] = b"\"\\{}[],:\x00\xff0"[(random >> 40) as usize % 11];
        }
        let read = Read::of(damaged);
        assert!(read.report.records + read.report.unreadable >= 1);
    }
}

#[test]
fn nesting_and_length_are_bounded() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let nested = entry(URL, &format!(r#""status":200,"cookies":[],"headers":{deep}"#));
    let ignored = entry(URL, &format!(r#""status":200,"_x":{deep}"#));
    let text = ignored.replace("_x", "_error").replace("\"time\":500", &format!("\"pageref\":{deep}"));
    let read = Read::of(har(&[nested, ignored, text, entry(URL, r#""status":200"#)]));
    assert_eq!((read.report.records, read.report.unreadable), (4, 0));
    let body = "x".repeat(3 << 20);
    let long = entry(URL, &format!(r#""status":200,"content":{{"text":"{body}\\\"","mimeType":"text/html"}}"#));
    let file = har(&[long.clone(), entry(URL, r#""status":204"#)]);
    let read = Read::of(file);
    assert_eq!((read.report.records, read.report.unreadable), (2, 0));
    assert_eq!(read.event().span.0.len as usize, long.len());
    assert_eq!(read.events.get(EventId(1)).status, 204);
}

#[test]
fn threads_change_nothing() {
    let padding = "y".repeat(9_000);
    let entries: Vec<String> = (0..900)
        .map(|at| {
            let response = format!(r#""status":200,"content":{{"mimeType":"text/css","text":"{padding}"}}"#);
            entry(
                &format!(r#""url":"https://a.example/{at}","headers":[{{"name":"Cookie","value":"s={at}"}}]"#),
                &response,
            )
        })
        .collect();
    let file = har(&entries);
    let (alone, together) = (Read::of(file.clone()), Read::with(3, file));
    assert_eq!((alone.report.records, together.report.records), (900, 900));
    let rows = |read: &Read| -> Vec<(Nanos, u64, u64, String)> {
        (0..900)
            .map(|id| read.events.get(EventId(id)))
            .map(|event| (event.time, event.span.0.offset, event.link, read.text(event.what).to_owned()))
            .collect()
    };
    assert_eq!(rows(&alone), rows(&together));
    for (at, exchange) in together.events.exchanges.iter().enumerate() {
        assert_eq!(exchange.event, Some(EventId(at as u32)));
    }
}

#[test]
fn other_json_is_not_taken_for_a_har() {
    for head in [
        "",
        "Mar  3 10:00:00 host sshd[1]: x",
        r#"{"log":"line\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}"#,
        r#"{"level":30,"req":{"method":"GET"},"msg":"request"}"#,
        r#"{"entries":[1,2]}"#,
    ] {
        assert!(matches!(Har.sniff(head.as_bytes()), Sniff::No(_)), "{head}");
    }
    assert_eq!(Har.sniff(SKEWED.as_bytes()), Sniff::Certain);
}
