use super::*;
use crate::{
    model::time::rfc3339_from_nanos,
    source::{Content, Progress},
};
use std::fmt::Write as _;

fn read(text: impl Into<Vec<u8>>, chunk_bytes: u64) -> (Vec<String>, EventStore, SourceReport) {
    let content = Content::from_bytes(text.into());
    let progress = Progress::default();
    let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("access.log".into()));
    read_in_chunks(&input, &mut events, &mut report, chunk_bytes);
    let said = events
        .ids()
        .map(|id| {
            let event = events.get(id);
            let text = |sym| events.symbols.resolve(sym);
            format!(
                "{} {} {} user={} client={} host={} link={}",
                rfc3339_from_nanos(event.time),
                event.status,
                text(event.what),
                text(event.actor),
                text(event.client).replace('\t', "+"),
                text(event.host),
                event.link != 0,
            )
        })
        .collect();
    (said, events, report)
}

#[test]
fn common_combined_and_longer_lines_are_read() {
    let lines = [
        r#"10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET / HTTP/1.1" 200 383"#,
        r#"10.0.0.1 - ann [03/Mar/2026:10:36:46 +0000] "GET / HTTP/1.1" 401 - "-" "Mozilla/5.0 (\"x\")""#,
        r#"::1 - - [03/Mar/2026:10:36:46 -0530] "POST /login HTTP/2.0" 302 0 "https://x/[a]" "curl/8" sid=s%3Ax rt=0.1"#,
        r#"bank.example:443 10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET /a HTTP/3.0" 499 0 "-" "-" "10.1.1.1""#,
        r#"10.9.9.9, 10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET /b HTTP/1.1" 503 0 "-" "x""#,
        r#"web_1 | 10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET /c HTTP/1.1" 440 0 "-" "x""#,
        r#"client.example - Ann Smith [03/Mar/2026:10:36:46 +0000] "GET /d HTTP/1.1" 200 0 "-" "x""#,
    ];
    let (said, events, report) = read(lines.join("\r\n"), CHUNK_BYTES);
    assert_eq!(
        said,
        [
            "2026-03-03T10:36:46.000Z 200 GET / user= client=10.0.0.1 host= link=false",
            "2026-03-03T10:36:46.000Z 401 GET / user=ann client=10.0.0.1+Mozilla/5.0 (\\\"x\\\") host= link=false",
            "2026-03-03T16:06:46.000Z 302 POST /login user= client=::1+curl/8 host= link=true",
            "2026-03-03T10:36:46.000Z 499 GET /a user= client=10.0.0.1 host=bank.example:443 link=false",
            "2026-03-03T10:36:46.000Z 503 GET /b user= client=10.9.9.9+x host= link=false",
            "2026-03-03T10:36:46.000Z 440 GET /c user= client=10.0.0.1+x host= link=false",
            "2026-03-03T10:36:46.000Z 200 GET /d user=Ann Smith client=client.example+x host= link=false",
        ]
    );
    assert_eq!((report.records, report.unreadable, report.zone_offset_secs), (7, 0, Some(-19_800)));
    let [(link, secret)] = events.session_ids[..] else { panic!("{:?}", events.session_ids) };
    assert_eq!((link, events.secret(secret).expose()), (session_id::link(b"s%3Ax"), "s%3Ax"));
}

#[test]
fn a_stamp_in_front_is_followed_by_user_and_session() {
    let lines = r#"2026-03-03T10:57:21.784Z 127.0.0.1 - 8rMZlGLv "GET /login HTTP/1.1" 200 8352.890 ms "Mozilla/5.0 (X11)"
2026-03-03T10:59:14.711Z 127.0.0.1 alice Nq4uUout "GET /dashboard HTTP/1.1" 200 23.458 ms "Mozilla/5.0 (X11)"
2026-03-03T10:59:18.869Z ::ffff:127.0.0.1 - - "GET /static/site.css HTTP/1.1" 304 - "-" "Mozilla/5.0 (X11)" 0.3
2026-03-03T10:59:18.869+01:00 127.0.0.1 - alice "GET /orders HTTP/1.1" 304 - "https://bank.example/" "curl/8"
2026-03-03T10:59:18.869Z vm sshd[7]: "GET /orders HTTP/1.1" 304 -"#;
    let (said, _, report) = read(lines, CHUNK_BYTES);
    assert_eq!(
        said,
        [
            "2026-03-03T10:57:21.784Z 200 GET /login user= client=127.0.0.1+Mozilla/5.0 (X11) host= link=true",
            "2026-03-03T10:59:14.711Z 200 GET /dashboard user=alice client=127.0.0.1+Mozilla/5.0 (X11) host= link=true",
            "2026-03-03T10:59:18.869Z 304 GET /static/site.css user= client=::ffff:127.0.0.1+Mozilla/5.0 (X11) host= link=false",
            "2026-03-03T09:59:18.869Z 304 GET /orders user=alice client=127.0.0.1+curl/8 host= link=false",
        ]
    );
    assert_eq!(report.unreadable, 1);
}

#[test]
fn a_request_that_is_none_is_a_record_without_an_event() {
    let lines = r#"10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "-" 400 0 "-" "-"
10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "" 408 - "-" "-"
10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "\x16\x03\x01\x00\xEE" 400 157 "-" "-"
10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET /\x22q\x22 HTTP/1.1" 404 157 "-" "-"
this is no such line
10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET /cut off"#;
    let (said, _, report) = read(lines, CHUNK_BYTES);
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("404 GET /\\x22q\\x22 "), "{}", said[0]);
    assert_eq!((report.records, report.unreadable, report.events), (4, 2, 1));
}

#[test]
fn chunks_change_nothing() {
    let mut text = String::new();
    for n in 0..400 {
        let user = if n % 3 == 0 { "-" } else { "ann" };
        let at = format!("{:02}/Mar/2026:10:{:02}:46 +0100", 1 + n / 60, n % 60);
        let (client, id) = (n % 7, n % 5);
        writeln!(text, "10.0.0.{client} - {user} [{at}] \"GET /{n} HTTP/1.1\" 200 1 \"-\" \"x\" sid=s{id}").unwrap();
    }
    let (said, events, report) = read(text.clone(), u64::MAX);
    assert_eq!((said.len(), report.records, events.session_ids.len()), (400, 400, 5));
    for chunk_bytes in [64, 1 << 10, 16 << 10, 1 << 20] {
        let (other, other_events, _) = read(text.clone(), chunk_bytes);
        assert_eq!(other, said, "chunks of {chunk_bytes}");
        assert_eq!(other_events.session_ids.len(), 5);
    }
}

#[test]
fn only_access_logs_are_claimed() {
    let certain = r#"10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET / HTTP/1.1" 200 383"#;
    assert_eq!(AccessLog.sniff(certain.as_bytes()), Sniff::Certain);
    for other in [
        "".as_bytes(),
        b"\n\n",
        b"Nov 23 07:24:24 vm sshd[1551]: Server listening on 127.0.0.1 port 2207.",
        b"{\"log\":{\"version\":\"1.2\",\"entries\":[]}}",
        br#"{"line":"10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] \"GET / HTTP/1.1\" 200 383"}"#,
        br#"{"line": "x [03/Mar/2026:10:36:46 +0000] "GET / HTTP/1.1" 200 383"}"#,
        br#"Nov 23 07:24:24 vm nginx: 10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET / HTTP/1.1" 200 383"#,
        b"2026-11-23 07:39:18.263 UTC [19181] LOG:  starting PostgreSQL",
        b"ElfFile\0\0\0\0\0\0\0\0\0[03/Mar",
        b"\xFF\xFE\x00\x80[[[[\"",
    ] {
        assert!(matches!(AccessLog.sniff(other), Sniff::No(_)), "{}", String::from_utf8_lossy(other));
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let line = br#"bank.example ::1 - a b [03/Mar/2026:10:36:46 -0530] "GET /x;jsessionid=1?msg=%ff\" HTTP/1.1" 200 3 "-" "\\" sid="a" "b=c"#;
    for end in 0..=line.len() {
        read(&line[..end], CHUNK_BYTES);
        let mut changed = line.to_vec();
        for byte in [b'"', b'\\', b' ', b'[', 0xFF, b'='] {
            if let Some(at) = changed.get_mut(end) {
                *at = byte;
            }
            read(changed.clone(), 16);
        }
    }
}
