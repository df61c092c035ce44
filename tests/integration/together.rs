//! Several sources that tell one story: clocks that disagree, sessions that both sides show. Made up, none recorded from a
//! person.

use crate::common::inspect_bytes;
use lapsed::{
    inspection::Inspection,
    model::{Cause, ClockBasis, State, time::SECOND},
};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What one client asked of one server, by the server's clock.
#[derive(Clone, Default)]
pub struct Story {
    asked: Vec<Asked>,
    second: u32,
}

#[derive(Clone)]
struct Asked {
    second: u32,
    request: String,
    status: u16,
}

/// Seconds after eight in the morning of a day.
fn clock(second: i64) -> (i64, i64, i64) {
    let second = 8 * 3_600 + second;
    (second / 3_600, second / 60 % 60, second % 60)
}

impl Story {
    /// Adds a request, so many seconds after the one before.
    pub fn ask(&mut self, after: u32, request: &str, status: u16) -> &mut Self {
        self.second += after;
        self.asked.push(Asked { second: self.second, request: request.to_owned(), status });
        self
    }

    /// Signs in and reads for about ten minutes, then is refused after a silence of `quiet` seconds.
    pub fn read_and_leave(quiet: u32) -> Self {
        let mut story = Self::default();
        story.ask(0, "GET /login", 200).ask(6, "POST /login", 302).ask(1, "GET /home", 200);
        for (page, after) in [31, 52, 17, 44, 93, 21, 66, 38, 81, 29, 57, 12].into_iter().enumerate() {
            story.ask(after, &format!("GET /items/{page}/{}", ["view", "edit", "list"][page % 3]), 200);
        }
        story.ask(quiet, "GET /home", 302).ask(1, "GET /login", 200);
        story
    }

    /// As the client's browser shows it, whose clock is `ahead` seconds ahead of the server's.
    pub fn har(&self, ahead: i64, dates: bool) -> Vec<u8> {
        let entries: Vec<Value> = self
            .asked
            .iter()
            .map(|asked| {
                let (hour, minute, second) = clock(i64::from(asked.second) + ahead);
                let (method, path) = asked.request.split_once(' ').unwrap();
                let mut sent = vec![
                    json!({"name": "Host", "value": "app.example"}),
                    json!({"name": "Accept-Encoding", "value": "gzip"}),
                    json!({"name": "Sec-Fetch-Mode", "value": "navigate"}),
                ];
                let mut given = Vec::new();
                let mut request = json!({"method": method, "url": format!("https://app.example{path}")});
                if asked.request == "POST /login" {
                    request["postData"] = json!({"mimeType": "application/x-www-form-urlencoded", "text": "username=ann&password=not-a-real-one"});
                    given.push(json!({"name": "Set-Cookie", "value": "sid=aaaabbbbccccdddd; Path=/; HttpOnly"}));
                    given.push(json!({"name": "Location", "value": "/home"}));
                } else if !path.starts_with("/login") {
                    sent.push(json!({"name": "Cookie", "value": "sid=aaaabbbbccccdddd"}));
                    if asked.status == 302 {
                        given.push(json!({"name": "Location", "value": "/login"}));
                    }
                }
                request["headers"] = sent.into();
                if dates {
                    let (hour, minute, second) = clock(i64::from(asked.second));
                    let date = format!("Tue, 03 Mar 2026 {hour:02}:{minute:02}:{second:02} GMT");
                    given.push(json!({"name": "Date", "value": date}));
                }
                let part = asked.second % 7 * 120;
                json!({
                    "startedDateTime": format!("2026-03-03T{hour:02}:{minute:02}:{second:02}.{part:03}Z"),
                    "time": 60, "timings": {"send": 1, "wait": 39, "receive": 20},
                    "request": request,
                    "response": {"status": asked.status, "headers": given, "content": {"mimeType": "text/html", "size": 0}},
                })
            })
            .collect();
        json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "140"}, "entries": entries}})
            .to_string()
            .into_bytes()
    }

    /// As a server's access log shows it whose clock is `ahead` seconds ahead.
    pub fn log(&self, address: &str, agent: &str, ahead: i64) -> String {
        let mut log = String::new();
        for asked in &self.asked {
            let (hour, minute, second) = clock(i64::from(asked.second) + ahead);
            writeln!(
                log,
                "{address} - - [03/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000] \"{} HTTP/1.1\" {} 512 \"-\" \"{agent}\"",
                asked.request, asked.status
            )
            .unwrap();
        }
        log
    }
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn both(har: Vec<u8>, log: String) -> Inspection {
    inspect_bytes(vec![("client.har", har), ("access.log", log.into_bytes())])
}

/// The seconds that a source's clock was found to be ahead, and whether it was corrected for.
fn ahead(inspection: &Inspection, source: usize) -> (i64, bool) {
    let offset = inspection.sources[source].clock_offset.unwrap();
    assert!(offset.least <= offset.ahead && offset.ahead <= offset.most);
    ((offset.ahead + SECOND / 2).div_euclid(SECOND), offset.corrected)
}

#[test]
fn a_log_whose_clock_is_minutes_ahead_is_measured_and_moved() {
    let story = Story::read_and_leave(3_000);
    let inspection = both(story.har(0, true), story.log("203.0.113.9", FIREFOX, 37));
    assert_eq!(inspection.sessions.len(), 1);
    assert_eq!(inspection.sessions[0].sources.len(), 2);
    assert_eq!((ahead(&inspection, 0), ahead(&inspection, 1)), ((0, false), (37, true)));
    assert_eq!(inspection.sources[1].clock_offset.unwrap().basis, ClockBasis::SameRequests);
}

#[test]
fn a_client_whose_clock_is_off_is_put_on_the_servers_time() {
    let story = Story::read_and_leave(3_000);
    for off in [-410, 187] {
        let inspection = both(story.har(off, true), story.log("203.0.113.9", FIREFOX, 0));
        assert_eq!(inspection.sessions.len(), 1, "{off}");
        assert_eq!((ahead(&inspection, 0), ahead(&inspection, 1).0), ((off, true), 0));
        let (one, other) = (inspection.events.times()[0], both(story.har(0, true), String::new()).events.times()[0]);
        assert!((one - other).abs() < 2 * SECOND);
    }
}

#[test]
fn without_a_date_the_log_is_the_servers_clock() {
    let story = Story::read_and_leave(3_000);
    let inspection = both(story.har(20, false), story.log("203.0.113.9", FIREFOX, 0));
    assert_eq!(inspection.sessions.len(), 1);
    assert_eq!(ahead(&inspection, 0), (20, true));
    assert_eq!(inspection.sources[1].clock_offset, None);
}

#[test]
fn stamps_of_another_time_zone_are_found_by_the_requests() {
    let story = Story::read_and_leave(3_000);
    let inspection = both(story.har(0, true), story.log("203.0.113.9", FIREFOX, 2 * 3_600));
    assert_eq!(inspection.sessions.len(), 1);
    assert_eq!(ahead(&inspection, 1), (7_200, true));
}

#[test]
fn a_capture_alone_is_measured_and_left_as_it_is() {
    let har = Story::read_and_leave(3_000).har(187, true);
    let alone = inspect_bytes(vec![("client.har", har)]);
    assert_eq!(ahead(&alone, 0), (187, false));
}

#[test]
fn sources_that_share_no_time_say_so_in_a_sentence() {
    let (one, other) = (Story::read_and_leave(3_000), Story::read_and_leave(600));
    let inspection = both(one.har(0, true), other.log("203.0.113.9", FIREFOX, 40_000));
    for (source, words) in [(0, "it ends"), (1, "it begins")] {
        let limits = &inspection.sources[source].limits;
        assert_eq!(limits.iter().filter(|limit| limit.contains("shares no time") && limit.contains(words)).count(), 1);
    }
    let inspection = both(one.har(0, true), one.log("203.0.113.9", FIREFOX, 0));
    assert!(
        inspection.sources.iter().all(|source| !source.limits.iter().any(|limit| limit.contains("shares no time")))
    );
}

#[test]
fn the_order_of_sources_changes_nothing() {
    let story = Story::read_and_leave(3_000);
    let files = [
        ("client.har", story.har(187, true)),
        ("access.log", story.log("203.0.113.9", FIREFOX, 0).into_bytes()),
        ("app.log", story.log("10.0.0.7", FIREFOX, 1).into_bytes()),
    ];
    let mut seen = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
        let inspection = inspect_bytes(order.map(|at| files[at].clone()).into());
        let told: Vec<String> = inspection
            .sessions
            .iter()
            .zip(&inspection.verdicts)
            .map(|(session, verdict)| {
                let verdict = verdict.map(|verdict| (verdict.cause, verdict.confidence));
                format!("{:?} {:?} {} {:?}", session.user, session.ending(), session.sources.len(), verdict)
            })
            .collect();
        seen.push(told);
    }
    assert_eq!(seen[0].len(), 1, "{seen:?}");
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
}

#[test]
fn two_logs_of_the_same_requests_tell_one_story() {
    let story = Story::read_and_leave(3_000);
    let (proxy, app) = (story.log("203.0.113.9", FIREFOX, 0), story.log("10.0.0.7", "-", 1));
    let inspection = inspect_bytes(vec![("proxy.log", proxy.into_bytes()), ("app.log", app.into_bytes())]);
    assert_eq!(inspection.sessions.len(), 1);
    assert_eq!(inspection.sessions[0].sources.len(), 2);
    assert_eq!(inspection.verdicts[0].map(|verdict| verdict.cause), Some(Cause::IdleTimeout));
}

#[test]
fn two_clients_that_do_the_same_at_other_times_stay_two() {
    let (one, other) = (Story::read_and_leave(3_000), Story::read_and_leave(3_000));
    let (one, other) = (one.log("203.0.113.9", FIREFOX, 0), other.log("203.0.113.44", FIREFOX, 300));
    let inspection = inspect_bytes(vec![("one.log", one.into_bytes()), ("other.log", other.into_bytes())]);
    assert_eq!(inspection.sessions.len(), 2);
}

#[test]
fn a_capture_saved_twice_is_one_session() {
    let mut story = Story::read_and_leave(3_000);
    let whole = story.har(0, true);
    story.asked.truncate(9);
    let inspection = inspect_bytes(vec![("first.har", story.har(0, true)), ("later.har", whole)]);
    assert_eq!(inspection.sessions.len(), 1);
    assert_eq!(inspection.sessions[0].state, State::Ended);
}

#[test]
fn a_refusal_that_only_the_capture_shows_comes_from_the_address_that_the_log_shows() {
    // GraphQL refuses with status 200: to the log all is well, from whatever address.
    let mut story = Story::default();
    story.ask(0, "GET /login", 200).ask(6, "POST /login", 302).ask(1, "GET /home", 200);
    for (page, after) in [31, 52, 17, 44, 93, 21, 66].into_iter().enumerate() {
        story.ask(after, &format!("GET /items/{page}/view"), 200);
    }
    story.ask(25, "GET /graphql", 200).ask(2, "GET /login", 200);
    for (moved, cause) in [(true, Cause::NetworkSwitch), (false, Cause::Undetermined)] {
        let mut har: Value = serde_json::from_slice(&story.har(0, true)).unwrap();
        let entries = har["log"]["entries"].as_array_mut().unwrap();
        let refused = entries.len() - 2;
        let said = r#"{"errors":[{"message":"nope","extensions":{"code":"UNAUTHENTICATED"}}]}"#;
        entries[refused]["response"]["content"] =
            json!({"mimeType": "application/json", "size": said.len(), "text": said});
        let log = story.log("203.0.113.9", FIREFOX, 0);
        let from_there = if moved { "198.51.100.7" } else { "203.0.113.9" };
        let log: Vec<String> = log
            .lines()
            .enumerate()
            .map(|(at, line)| if at >= refused { line.replace("203.0.113.9", from_there) } else { line.to_owned() })
            .map(|line| if line.contains("/login") { line } else { line + " sid=aaaabbbbccccdddd" })
            .collect();
        let inspection = both(har.to_string().into_bytes(), log.join("\n"));
        let causes: Vec<Cause> = inspection.verdicts.iter().flatten().map(|verdict| verdict.cause).collect();
        assert_eq!(causes, [cause], "moved: {moved}");
    }
}
