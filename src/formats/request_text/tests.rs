use super::*;
use crate::{
    model::{EventKind, time::rfc3339_from_nanos},
    source::{Content, Progress},
};

fn read(text: &str, chunk_bytes: u64) -> (Vec<String>, SourceReport) {
    let content = Content::from_bytes(text.as_bytes().to_vec());
    let progress = Progress::default();
    let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("app.log".into()));
    read_in_chunks(&input, &mut events, &mut report, chunk_bytes);
    let said = events
        .ids()
        .map(|id| {
            let event = events.get(id);
            let text = |sym| events.symbols.resolve(sym);
            let kind = if event.kind == EventKind::Neutral { String::new() } else { format!("{:?} ", event.kind) };
            format!(
                "{} {kind}{} {} {}|{}|{}",
                &rfc3339_from_nanos(event.time)[11..23],
                event.status,
                text(event.what),
                text(event.client).replace('\t', "+"),
                text(event.actor),
                text(event.host),
            )
        })
        .collect();
    (said, report)
}

/// Lines as the programs document them.
const LINES: &[(&str, &str)] = &[
    ("2026-03-03T10:57:21.784Z 10.0.0.1 GET /orders 200 534ms", "10:57:21.784 200 GET /orders 10.0.0.1||"),
    (
        r#"Mar  3 10:57:21 lb haproxy[7]: 10.0.0.1:42 [03/Mar/2026:10:57:21.123] web app/a 0/0/1/2/3 302 512 - - ---- 1/1/0/0/0 0/0 {shop.example|Mozilla/5.0 (X11)} "GET /me HTTP/1.1""#,
        "10:57:21.123 302 GET /me 10.0.0.1+Mozilla/5.0 (X11)||",
    ),
    (
        r#"https 2026-03-03T10:57:21.186641Z app/lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 401 401 0 57 "GET https://www.example.com:443/a?b=c HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "-" 1 2026-03-03T10:57:21.048000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#,
        "10:57:21.186 401 GET /a 192.168.131.39+curl/7.46.0||www.example.com:443",
    ),
    (
        r#"[2026-03-03T10:57:21.310Z] "POST /api/v1/locations HTTP/2" 503 UF 154 0 226 100 "10.0.35.28" "nsq2http/1" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80""#,
        "10:57:21.310 503 POST /api/v1/locations 10.0.35.28+nsq2http/1||",
    ),
    (r#"[03/Mar/2026 10:57:21] "GET /admin/ HTTP/1.1" 302 0"#, "10:57:21.000 302 GET /admin/ ||"),
    (r#"127.0.0.1 - - [03/Mar/2026 10:57:21] "GET / HTTP/1.1" 200 -"#, "10:57:21.000 200 GET / 127.0.0.1||"),
    ("[Tue Mar  3 10:57:21 2026] 127.0.0.1:5000 [401]: GET /api/me", "10:57:21.000 401 GET /api/me 127.0.0.1||"),
    (
        r#"2026-03-03 10:57:21,123 INFO uvicorn.access 127.0.0.1:5000 - "GET /me HTTP/1.1" 401 Unauthorized"#,
        "10:57:21.123 401 GET /me 127.0.0.1||",
    ),
    (
        r#"[GIN] 2026/03/03 - 10:57:21 | 200 |     5.123ms |       127.0.0.1 | GET      "/api/me""#,
        "10:57:21.000 200 GET /api/me 127.0.0.1||",
    ),
    (
        r#"2026/03/03 10:57:21 [host/x-000001] "GET http://localhost:3000/a HTTP/1.1" from 127.0.0.1:1234 - 200 5B in 21.5µs"#,
        "10:57:21.000 200 GET /a 127.0.0.1||localhost:3000",
    ),
    (
        "2026-03-03T10:57:21Z INFO request user=ann ip=10.0.0.1 GET /a status=200 sid=abc",
        "10:57:21.000 200 GET /a 10.0.0.1|ann|",
    ),
    ("\u{1b}[0m2026-03-03T10:57:21Z GET /a \u{1b}[32m200\u{1b}[0m 1.2 ms - 5\u{1b}[0m", "10:57:21.000 200 GET /a ||"),
];

#[test]
fn requests_are_found_wherever_they_stand_in_a_line() {
    for (line, expected) in LINES {
        let (said, report) = read(line, CHUNK_BYTES);
        assert_eq!(said, [*expected], "{line}");
        assert_eq!((report.records, report.unreadable), (1, 0));
        assert_eq!(RequestText.sniff(line.as_bytes()), Sniff::Plausible, "{line}");
    }
}

#[test]
fn a_request_and_its_answer_may_stand_in_lines_of_their_own() {
    let text = "Started GET \"/orders\" for 10.0.0.1 at 2026-03-03 10:57:21 +0000\n\
                Processing by OrdersController#index as HTML\n\
                Redirected to http://localhost/users/sign_in\n\
                Completed 401 Unauthorized in 1ms\n\
                I, [2026-03-03T10:57:22.5 #7]  INFO -- : [0a1b2c3d-0000-4000-8000-000000000001] Started POST \"/a\" for ::1 at 2026-03-03 10:57:22 +0000\n\
                I, [2026-03-03T10:57:22.6 #7]  INFO -- : [0a1b2c3d-0000-4000-8000-000000000002] Started GET \"/b\" for ::1 at 2026-03-03 10:57:22 +0000\n\
                I, [2026-03-03T10:57:22.7 #7]  INFO -- : [0a1b2c3d-0000-4000-8000-000000000001] Completed 302 Found in 1ms\n\
                I, [2026-03-03T10:57:22.8 #7]  INFO -- : [0a1b2c3d-0000-4000-8000-000000000002] Completed 200 OK in 1ms\n";
    for chunk_bytes in [64, CHUNK_BYTES] {
        let (said, _) = read(text, chunk_bytes);
        assert_eq!(
            said,
            [
                "10:57:21.000 401 GET /orders 10.0.0.1||",
                "10:57:22.500 302 POST /a ::1||",
                "10:57:22.600 200 GET /b ::1||"
            ]
        );
    }
}

#[test]
fn a_log_without_times_is_recognised_and_says_so() {
    let text = "GET /login 200 5.123 ms - 383\nPOST /login 302 9.1 ms - 32\n";
    let (said, report) = read(text, CHUNK_BYTES);
    assert_eq!((said.len(), report.records), (0, 2));
    assert!(report.limits.iter().any(|limit| limit.contains("name no time")), "{:?}", report.limits);
    assert_eq!(RequestText.sniff(text.as_bytes()), Sniff::Plausible);
}

#[test]
fn a_server_that_says_it_starts_or_stops_is_heard() {
    let text = "2026-03-03 10:57:21 +0000 [7] [INFO] Starting gunicorn 22.0.0\n\
                2026-03-03 10:57:22 +0000 [7] [INFO] Handling signal: term\n\
                plain words\n";
    let (said, report) = read(text, CHUNK_BYTES);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("ServerStart") && said[1].contains("ServerStop"), "{said:?}");
    assert_eq!((report.records, report.unreadable), (2, 0));
}

#[test]
fn text_that_holds_no_requests_is_not_claimed() {
    for other in
        ["", "GET", "a line of words", "Nov 23 07:24:24 vm sshd[1551]: Accepted password for ann", "GET ready / 200"]
    {
        assert!(matches!(RequestText.sniff(other.as_bytes()), Sniff::No(_)), "{other}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    for (line, _) in LINES {
        for end in 0..=line.len() {
            if let Some(cut) = line.get(..end) {
                read(cut, CHUNK_BYTES);
            }
        }
    }
}
