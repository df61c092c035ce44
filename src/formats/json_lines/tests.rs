use super::*;
use crate::{
    model::SourceId,
    model::time::rfc3339_from_nanos,
    source::{Content, Progress},
};
use std::fmt::Write as _;

fn read(text: impl Into<Vec<u8>>, chunk_bytes: u64) -> (Vec<String>, EventStore, SourceReport) {
    let content = Content::from_bytes(text.into());
    let progress = Progress::default();
    let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("app.log".into()));
    record_lines::read(&input, &mut events, &mut report, chunk_bytes, &Json::default());
    let said = events
        .ids()
        .map(|id| {
            let event = events.get(id);
            let text = |sym| events.symbols.resolve(sym);
            let link = events.session_ids.iter().find(|(link, _)| *link == event.link);
            format!(
                "{} {} {} user={} client={} host={} session={}",
                rfc3339_from_nanos(event.time),
                event.status,
                text(event.what),
                text(event.actor),
                text(event.client).replace('\t', "+"),
                text(event.host),
                link.map_or("", |(_, secret)| events.secret(*secret).expose()),
            )
        })
        .collect();
    (said, events, report)
}

/// Request records as the programs write them, shortened.
const REQUESTS: &[(&str, &str)] = &[
    // nginx, a JSON log_format.
    (
        r#"{"time":"2026-03-16T07:59:55+00:00","remote_addr":"127.0.1.13","method":"GET","uri":"/dashboard","status":200,"bytes":467,"ua":"python-requests/2.34.2","sid":"s%3AI4ZW","rt":0.194}"#,
        "2026-03-16T07:59:55.000Z 200 GET /dashboard user= client=127.0.1.13+python-requests/2.34.2 host= session=s%3AI4ZW",
    ),
    (
        r#"{"msec":"1773647995.120","remote_addr":"10.0.0.9","http_x_forwarded_for":"203.0.113.7, 10.0.0.1","remote_user":"-","request":"GET /a?reason=idle HTTP/1.1","status":"302","http_user_agent":"x","http_cookie":"theme=dark; PHPSESSID=abc123","sent_http_location":"/login?expired=1"}"#,
        "2026-03-16T07:59:55.120Z 302 GET /a?reason=idle → /login?expired=1 user= client=203.0.113.7+x host= session=abc123",
    ),
    // nginx-plus sample of Elastic: the status is called response.
    (
        r#"{"time": "17/May/2026:08:05:32 +0000", "remote_ip": "93.180.71.3", "remote_user": "ann", "request": "GET /downloads/product_1 HTTP/1.1", "response": 304, "bytes": 0, "referrer": "-", "agent": "Debian APT"}"#,
        "2026-05-17T08:05:32.000Z 304 GET /downloads/product_1 user=ann client=93.180.71.3+Debian APT host= session=",
    ),
    // An actor that may be a user or something else.
    (
        r#"{"ts":1772541297,"actor":{"type":"user","user":{"id":"W1","name":"ann","email":"ann@example.com"}},"method":"GET","path":"/a","status":200,"context":{"ip_address":"10.0.0.7"}}"#,
        "2026-03-03T12:34:57.000Z 200 GET /a user=ann client=10.0.0.7 host= session=",
    ),
    // pino-http.
    (
        r#"{"level":30,"time":1772541297857,"pid":1951,"hostname":"vm","req":{"id":5,"method":"POST","url":"/login?next=","query":{"next":""},"params":{},"headers":{"host":"shop.example","cookie":"connect.sid=old","user-agent":"Mozilla/5.0"},"remoteAddress":"::1","remotePort":33252},"res":{"statusCode":302,"headers":{"location":"/dashboard","set-cookie":["lang=en","connect.sid=s%3AnYz; Path=/; HttpOnly"]}},"responseTime":91,"msg":"request completed"}"#,
        "2026-03-03T12:34:57.857Z 302 POST /login?next= → /dashboard user= client=::1+Mozilla/5.0 host=shop.example session=s%3AnYz",
    ),
    (
        r#"{"level":30,"time":1772541297857,"req":{"method":"GET","url":"/me","headers":{"cookie":"[Redacted]","authorization":"[Redacted]"},"remoteAddress":"::1"},"res":{"statusCode":200},"responseTime":3,"sessionID":"q9","user":{"id":7,"name":"ann"},"msg":"request completed"}"#,
        "2026-03-03T12:34:57.857Z 200 GET /me user=ann client=::1 host= session=q9",
    ),
    // Caddy.
    (
        r#"{"level":"info","ts":1772541297.5241916,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"127.0.0.1","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/orders","headers":{"User-Agent":["curl/8"],"Cookie":["sid=c1"]},"tls":{"resumed":false}},"bytes_read":0,"user_id":"ann","duration":0.000929675,"size":10900,"status":401,"resp_headers":{"Server":["Caddy"]}}"#,
        "2026-03-03T12:34:57.524Z 401 GET /orders user=ann client=127.0.0.1+curl/8 host=localhost session=c1",
    ),
    // Traefik.
    (
        r#"{"ClientAddr":"10.1.2.3:50444","ClientHost":"10.1.2.3","ClientUsername":"-","DownstreamStatus":200,"Duration":1,"OriginStatus":200,"RequestHost":"shop.example","RequestMethod":"GET","RequestPath":"/","StartUTC":"2026-03-03T12:34:57.5Z","level":"info","msg":"","request_User-Agent":"curl/8","time":"2026-03-03T12:34:58Z"}"#,
        "2026-03-03T12:34:58.000Z 200 GET / user= client=10.1.2.3+curl/8 host=shop.example session=",
    ),
    // Envoy.
    (
        r#"{"start_time":"2026-03-03T12:34:57.500Z","method":"GET","path":"/api/me","protocol":"HTTP/1.1","response_code":503,"response_flags":"UF","user_agent":"curl/8","x_forwarded_for":null,"downstream_remote_address":"[::1]:4242","authority":"shop.example"}"#,
        "2026-03-03T12:34:57.500Z 503 GET /api/me user= client=::1+curl/8 host=shop.example session=",
    ),
    // Serilog's compact form.
    (
        r#"{"@t":"2026-03-03T12:34:57.5000000Z","@mt":"HTTP {RequestMethod} {RequestPath} responded {StatusCode}","RequestMethod":"GET","RequestPath":"/orders","StatusCode":200,"UserName":"ann","ClientIp":"10.0.0.1"}"#,
        "2026-03-03T12:34:57.500Z 200 GET /orders user=ann client=10.0.0.1 host= session=",
    ),
    // Elastic Common Schema, nested and dotted.
    (
        r#"{"@timestamp":"2026-03-03T12:34:57.500Z","http":{"request":{"method":"get"},"response":{"status_code":200}},"url":{"path":"/a","query":"logout=1"},"source":{"ip":"10.0.0.1"},"user":{"name":"ann"},"user_agent":{"original":"curl/8"}}"#,
        "2026-03-03T12:34:57.500Z 200 GET /a?logout=1 user=ann client=10.0.0.1+curl/8 host= session=",
    ),
    (
        r#"{"@timestamp":"2026-03-03T12:34:57.500Z","http.request.method":"GET","url.original":"/a","http.response.status_code":200,"client.ip":"10.0.0.1"}"#,
        "2026-03-03T12:34:57.500Z 200 GET /a user= client=10.0.0.1 host= session=",
    ),
    // Google Cloud.
    (
        r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/a","status":200,"userAgent":"curl/8","remoteIp":"10.0.0.1"},"timestamp":"2026-03-03T12:34:57.5Z","severity":"INFO"}"#,
        "2026-03-03T12:34:57.500Z 200 GET /a user= client=10.0.0.1+curl/8 host= session=",
    ),
    // Cloudflare Logpush.
    (
        r#"{"ClientIP":"198.51.100.1","ClientRequestHost":"shop.example","ClientRequestMethod":"GET","ClientRequestURI":"/a?x=1","ClientRequestUserAgent":"curl/8","EdgeResponseStatus":200,"EdgeStartTimestamp":1772541297000000000,"OriginResponseStatus":0}"#,
        "2026-03-03T12:34:57.000Z 200 GET /a user= client=198.51.100.1+curl/8 host=shop.example session=",
    ),
    // express-winston, bunyan with express, lograge, zap and zerolog middleware.
    (
        r#"{"level":"info","message":"HTTP GET /a","meta":{"req":{"url":"/a","headers":{"host":"h"},"method":"GET","originalUrl":"/v1/a"},"res":{"statusCode":200},"responseTime":5},"timestamp":"2026-03-03T12:34:57.5Z"}"#,
        "2026-03-03T12:34:57.500Z 200 GET /v1/a user= client= host=h session=",
    ),
    (
        r#"{"method":"GET","path":"/a","format":"html","controller":"A","action":"show","status":200,"duration":1.2,"ip":"10.0.0.1","user_id":7,"time":"2026-03-03T12:34:57.5Z"}"#,
        "2026-03-03T12:34:57.500Z 200 GET /a user=7 client=10.0.0.1 host= session=",
    ),
    (
        r#"{"level":"info","ts":1772541297.5,"caller":"mw.go:1","msg":"request","status":200,"method":"GET","path":"/a","query":"","ip":"10.0.0.1","user-agent":"curl/8","latency":0.1}"#,
        "2026-03-03T12:34:57.500Z 200 GET /a user= client=10.0.0.1+curl/8 host= session=",
    ),
];

#[test]
fn requests_are_read_whichever_program_wrote_them() {
    for (line, expected) in REQUESTS {
        let (said, _, report) = read(*line, CHUNK_BYTES);
        assert_eq!(said, [*expected], "{line}");
        assert_eq!((report.records, report.unreadable), (1, 0));
        assert_eq!(JsonLines.sniff(line.as_bytes()), Sniff::Certain, "{line}");
    }
}

#[test]
fn what_can_not_be_read_is_counted_and_located() {
    let good = REQUESTS[0].0;
    let cut = &good[..good.len() - 20];
    let text = format!("{good}\n{cut}\nplain words\n{{\"no\":\"time\"}}\n[1,2]\n{good}\n");
    let (said, _, report) = read(text, CHUNK_BYTES);
    assert_eq!((said.len(), report.records, report.unreadable), (2, 2, 4));
    assert!(report.warnings.iter().any(|warning| warning.offset == good.len() as u64 + 1), "{:?}", report.warnings);
}

#[test]
fn chunks_change_nothing() {
    let mut text = String::new();
    for n in 0..300 {
        let (client, id, at) = (n % 7, n % 5, 1_772_541_297_857_i64 + n * 1_000);
        writeln!(
            text,
            "{{\"time\":{at},\"ip\":\"10.0.0.{client}\",\"method\":\"GET\",\"url\":\"/{n}\",\"status\":200,\"sid\":\"s{id}\"}}"
        )
        .unwrap();
    }
    let (said, ..) = read(text.clone(), u64::MAX);
    assert_eq!(said.len(), 300);
    for chunk_bytes in [64, 1 << 10, 16 << 10] {
        assert_eq!(read(text.clone(), chunk_bytes).0, said, "chunks of {chunk_bytes}");
    }
}

#[test]
fn only_json_lines_with_a_time_are_claimed() {
    for other in [
        "".as_bytes(),
        b"{\"log\":{\"version\":\"1.2\",\"entries\":[]}}",
        b"Nov 23 07:24:24 vm sshd[1551]: Server listening on 127.0.0.1 port 2207.",
        br#"10.0.0.1 - - [03/Mar/2026:10:36:46 +0000] "GET / HTTP/1.1" 200 383"#,
        b"{\n  \"a\": 1\n}\n",
        b"[]\n",
        b"\xFF\xFE{{{",
    ] {
        assert!(matches!(JsonLines.sniff(other), Sniff::No(_)), "{}", String::from_utf8_lossy(other));
    }
    assert_eq!(JsonLines.sniff(br#"{"time":"2026-03-03T12:34:57Z","msg":"started"}"#), Sniff::Plausible);
}

#[test]
fn no_bytes_make_it_panic() {
    let line = REQUESTS[3].0.as_bytes();
    for end in 0..=line.len() {
        read(&line[..end], CHUNK_BYTES);
        let mut changed = line.to_vec();
        for byte in [b'"', b'\\', b'{', b'}', b'[', 0xFF, b','] {
            if let Some(at) = changed.get_mut(end) {
                *at = byte;
            }
            read(changed.clone(), CHUNK_BYTES);
        }
    }
    read("{\"req\":".repeat(100_000), CHUNK_BYTES);
    read("{\"req\":{\"x\":[".repeat(60_000), CHUNK_BYTES);
}
