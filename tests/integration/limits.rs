//! Limits that servers enforce, as their logs and captures show them: small logs made up request by request.

use crate::common::{inspect_bytes, inspect_samples};
use lapsed::{
    diagnosis::{Case, Neighbours, limits::AppSummary, subject::Subject},
    inspection::Inspection,
    model::{Cause, Counted, Limit, Policy, Renewal, SessionId},
};
use serde_json::json;

/// A server's access log in the making; every client is a session, seconds count from nine in the morning.
#[derive(Default)]
struct Log {
    lines: Vec<(u32, String)>,
    clients: u32,
}

impl Log {
    fn hit(&mut self, client: u32, at: u32, request: &str, status: u16) {
        let (hour, minute, second) = (9 + at / 3_600, at / 60 % 60, at % 60);
        self.lines.push((
            at,
            format!(
                "10.1.0.{client} - - [16/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000] \"{request} HTTP/1.1\" {status} 512 \"-\" \"Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0 c{client}\"\n"
            ),
        ));
    }

    /// Someone signs in, asks again after each of these pauses, and is refused after the last.
    fn refused_after(&mut self, start: u32, pauses: &[u32], last: u32) {
        let at = self.in_use(start, pauses);
        self.hit(self.clients, at + last, "GET /orders", 401);
        self.hit(self.clients, at + last + 1, "GET /login", 200);
    }

    /// Someone signs in and asks again after each of these pauses; the time of the last request.
    fn in_use(&mut self, start: u32, pauses: &[u32]) -> u32 {
        self.clients += 1;
        let client = self.clients;
        self.hit(client, start, "POST /login", 302);
        self.hit(client, start + 1, "GET /orders", 200);
        let mut at = start + 1;
        for (index, pause) in pauses.iter().enumerate() {
            at += pause;
            let page = ["/orders", "/orders/17", "/customers", "/reports"][index % 4];
            self.hit(client, at, &format!("GET {page}"), 200);
        }
        at
    }

    fn read(mut self) -> Inspection {
        self.lines.sort_by_key(|&(at, _)| at);
        let text: String = self.lines.into_iter().map(|(_, line)| line).collect();
        inspect_bytes(vec![("access.log", text.into_bytes())])
    }
}

fn limit(inspection: &Inspection, limit: Limit) -> Option<&Policy> {
    inspection.policies.iter().find(|policy| policy.limit == limit)
}

fn ended_idle(inspection: &Inspection) -> usize {
    inspection.verdicts.iter().flatten().filter(|verdict| verdict.cause == Cause::IdleTimeout).count()
}

/// Sessions under a limit of fifteen minutes, of which one survived almost as much.
fn fifteen_minutes() -> Log {
    let mut log = Log::default();
    log.refused_after(0, &[40, 75, 130, 33], 1_300);
    log.refused_after(300, &[61, 870, 130, 45], 1_010);
    log.refused_after(700, &[20, 35, 200, 81], 2_400);
    log.refused_after(900, &[52, 310, 18, 77], 912);
    log.refused_after(1_500, &[44, 120, 95, 240], 1_720);
    log
}

#[test]
fn an_idle_limit_lies_between_what_was_survived_and_what_ended_a_session() {
    let read = fifteen_minutes().read();
    let policy = limit(&read, Limit::IdleTimeout).unwrap();
    assert_eq!((policy.at_least, policy.at_most, policy.likely), (Some(870.0), Some(912.0), Some(900.0)));
    assert_eq!((policy.sessions, policy.of_sessions), (5, 5));
    assert_eq!(policy.bounded_below_by, Some(SessionId(1)));
    assert_eq!(policy.bounded_above_by, Some(SessionId(3)));
    assert_eq!(
        policy.headline,
        "No stretch without a request under 15 min 12 s ended one of 5 sessions, none over 14 min 30 s was survived"
    );
}

#[test]
fn a_session_that_outlived_the_limit_is_named_and_moves_nothing() {
    let mut log = fifteen_minutes();
    log.in_use(100, &[30, 95, 2_700, 61, 15]);
    let read = log.read();
    let policy = limit(&read, Limit::IdleTimeout).unwrap();
    assert_eq!((policy.at_least, policy.at_most, policy.likely), (Some(870.0), Some(912.0), Some(900.0)));
    assert_eq!(policy.outliers, [SessionId(1)]);
    assert_eq!(ended_idle(&read), 5);
}

#[test]
fn a_server_that_sweeps_every_minute_still_has_its_limit() {
    let mut log = fifteen_minutes();
    log.in_use(100, &[30, 95, 948, 61, 15]);
    let read = log.read();
    let policy = limit(&read, Limit::IdleTimeout).unwrap();
    assert_eq!((policy.at_least, policy.at_most, policy.late), (Some(870.0), Some(912.0), Some(36.0)));
    assert_eq!(policy.likely, Some(900.0));
    assert!(policy.outliers.is_empty());
}

#[test]
fn a_session_that_polls_outlive_the_users_quiet_shows_that_they_count() {
    let mut log = fifteen_minutes();
    let at = log.in_use(200, &[30, 95, 61]);
    for poll in 1..=60 {
        log.hit(6, at + poll * 60, "GET /api/notifications", 200);
    }
    log.hit(6, at + 60 * 60 + 20, "GET /reports", 200);
    let read = log.read();
    let policy = limit(&read, Limit::IdleTimeout).unwrap();
    assert_eq!(policy.counted, Some(Counted::AnyRequest));
    assert_eq!(policy.counted_shown_by, [SessionId(1)]);
    assert_eq!(policy.likely, Some(900.0));
}

#[test]
fn sessions_that_die_at_one_quiet_while_polls_go_on_show_that_they_do_not() {
    let read = inspect_samples(&["office-morning.access.log"]);
    let policy = limit(&read, Limit::IdleTimeout).unwrap();
    assert_eq!((policy.counted, policy.likely), (Some(Counted::UserActivity), Some(1_800.0)));
    assert!(!policy.counted_shown_by.is_empty());
}

/// What ASP.NET's sliding expiration does: thirty minutes, started anew only by a request past the fifteenth.
#[test]
fn a_window_renewed_only_past_its_half_is_told_from_contradicting_sessions() {
    const WINDOW: u32 = 1_800;
    let mut log = Log::default();
    for (start, pauses, away) in [
        // Renewed at 1000 s, and once more in the first half, which does not count: refused 17 min after its last request.
        (0_u32, vec![400_u32, 600, 790], 1_020_u32),
        (100, vec![300, 1_400], 1_900),
        (200, vec![950, 860], 960),
        (300, vec![1_750, 200], 2_300),
        (500, vec![1_000, 700, 60], 1_100),
    ] {
        let (mut renewed, mut now) = (0, 0);
        for pause in &pauses {
            now += pause;
            assert!(now - renewed <= WINDOW, "the server would have refused it");
            if (now - renewed) * 2 > WINDOW {
                renewed = now;
            }
        }
        assert!(now + away - renewed > WINDOW, "the server would have let it in");
        log.refused_after(start, &pauses, away);
    }
    let read = log.read();
    let policy = limit(&read, Limit::IdleTimeout).unwrap();
    assert_eq!((policy.renewal, policy.likely), (Some(Renewal::PastHalf), Some(1_800.0)), "{policy:?}");
    assert!(ended_idle(&read) >= 4, "{:?}", read.verdicts);
}

#[test]
fn a_maximum_age_is_bounded_by_the_sessions_that_reached_it() {
    let mut log = Log::default();
    for (start, last) in [(0, 38), (1_900, 55), (4_000, 21)] {
        let pauses: Vec<u32> = (0..36).map(|n| 60 + (n * n * 13 + n * 29) % 90).collect();
        let age: u32 = pauses.iter().sum();
        assert!((3_000..3_600).contains(&age), "{age}");
        log.refused_after(start, &pauses, 3_600 - age - 1 + last);
    }
    let read = log.read();
    let policy = limit(&read, Limit::AbsoluteTimeout).unwrap();
    assert_eq!((policy.likely, policy.sessions), (Some(3_600.0), 3), "{policy:?}");
    assert!(limit(&read, Limit::IdleTimeout).is_none());
}

#[test]
fn one_ending_that_another_session_contradicts_bounds_nothing() {
    let mut log = Log::default();
    log.refused_after(0, &[40, 75, 130, 33], 700);
    log.in_use(100, &[30, 95, 2_700, 61, 15]);
    assert!(limit(&log.read(), Limit::IdleTimeout).is_none());
}

#[test]
fn summaries_merge_in_any_order_and_partition() {
    let read = inspect_samples(&["office-morning.access.log"]);
    let around = Neighbours::of(&read.events, &read.sessions);
    let case = Case { events: &read.events, sessions: &read.sessions, accounts: &read.accounts, around: &around };
    let each: Vec<AppSummary> = (0..read.sessions.len())
        .map(|index| {
            let subject = Subject::new(&case, SessionId(index as u32), false);
            AppSummary::of(&subject, read.verdicts[index].as_ref())
        })
        .collect();
    let merged = |list: &[&AppSummary]| {
        list.iter().fold(AppSummary::default(), |mut sum, part| {
            sum.merge(part);
            sum
        })
    };
    let whole = merged(&each.iter().collect::<Vec<_>>());
    assert_eq!(whole.sessions as usize, each.len());
    for turn in 0..each.len() {
        let mut order: Vec<&AppSummary> = each.iter().collect();
        order.rotate_left(turn);
        order.swap(0, turn);
        let (one, other) = order.split_at(turn);
        assert_eq!(merged(&[&merged(other), &merged(one)]), whole);
    }
}

/// A capture of a person with a cookie good for eight hours and a banner on every page, refused after each time `away`.
fn capture(banner: &str, away: &[u32]) -> Inspection {
    let entry = |at: u32, method: &str, path: &str, status: u16, set: Option<&str>, body: &str| {
        let (hour, minute, second) = (8 + at / 3_600, at / 60 % 60, at % 60);
        let mut headers =
            vec![json!({"name": "Date", "value": format!("Tue, 03 Mar 2026 {hour:02}:{minute:02}:{second:02} GMT")})];
        headers.extend(set.map(|value| json!({"name": "Set-Cookie", "value": value})));
        let mut sent = vec![
            json!({"name": "Host", "value": "app.example"}),
            json!({"name": "Sec-Fetch-Mode", "value": "navigate"}),
        ];
        if at > 0 {
            sent.push(json!({"name": "Cookie", "value": "sid=aaaabbbbccccdddd"}));
        }
        let mut request = json!({"method": method, "url": format!("https://app.example{path}"), "headers": sent});
        if method == "POST" {
            request["postData"] = json!({"mimeType": "application/x-www-form-urlencoded", "text": "username=ann&password=not-a-real-one"});
        }
        json!({
            "startedDateTime": format!("2026-03-03T{hour:02}:{minute:02}:{second:02}.000Z"), "time": 40, "request": request,
            "response": {"status": status, "headers": headers, "content": {"mimeType": "text/html", "size": body.len(), "text": body}},
        })
    };
    let eight_hours = "sid=aaaabbbbccccdddd; Path=/; HttpOnly; Max-Age=28800";
    let page = format!("<html><body><h1>Items</h1><a href=\"/logout\">Leave</a><p>{banner}</p></body></html>");
    let (mut entries, mut at) = (Vec::new(), 0);
    for (index, away) in away.iter().enumerate() {
        entries.push(entry(at, "POST", "/login", 303, Some(eight_hours), ""));
        for pause in [2, 31, 52, 17, 44, 61].iter().take(6 - index) {
            at += pause;
            entries.push(entry(at, "GET", &format!("/items/{at}"), 200, Some(eight_hours), &page));
        }
        at += away;
        entries.push(entry(at, "GET", "/items/9", 401, None, "<html><body>Unauthorized</body></html>"));
        at += 40;
    }
    let har =
        json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "128.0"}, "entries": entries}});
    inspect_bytes(vec![("app.har", har.to_string().into_bytes())])
}

#[test]
fn a_cookie_that_outlives_the_servers_session_is_a_contradiction() {
    let read = capture("Welcome", &[2_400, 3_100, 2_700]);
    assert_eq!(ended_idle(&read), 3, "{:?}", read.verdicts);
    let told: Vec<&str> = read.contradictions.iter().map(|found| found.headline.as_str()).collect();
    assert_eq!(told, ["The cookie says 8 h, but sessions end after 40 min without activity"]);
}

#[test]
fn a_banner_that_says_what_happens_is_the_limit_and_contradicts_nothing() {
    let read = capture("For your security you will be signed out after 15 minutes of inactivity.", &[1_100]);
    let policy = limit(&read, Limit::IdleTimeout).unwrap();
    assert_eq!((policy.likely, policy.stated), (Some(900.0), true), "{policy:?}");
    assert!(read.contradictions.iter().all(|found| !found.headline.contains("own words")));
}
