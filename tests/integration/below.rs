//! What lies below all formats: encodings, damage, what programs put around lines, and time in all its forms.

use crate::common::{NOW, inspect_bytes};
use lapsed::{
    formats::{FORMATS, Sniff},
    inspection::{Input, Inspection, Options, ReadAs, Readings, inspect},
    model::{SourceReport, time::rfc3339_from_nanos},
    source::{Content, Progress},
};
use std::{fs, path::Path};

/// Every sample of a log: name and bytes.
fn samples() -> Vec<(String, Vec<u8>)> {
    let folders = [
        "tests/fixtures/logs",
        "tests/fixtures/named",
        "tests/fixtures/providers",
        "tests/fixtures/linux_auth",
        "sample_logs",
    ];
    let mut samples: Vec<(String, Vec<u8>)> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(Path::new(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "md"))
        .map(|path| (path.to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    samples.sort();
    assert!(samples.len() > 60, "{}", samples.len());
    samples
}

fn read(bytes: &[u8]) -> Inspection {
    inspect_bytes(vec![("unnamed", bytes.to_vec())])
}

/// What comes of each event: time, kind, words, status, user.
fn gist(inspection: &Inspection) -> Vec<String> {
    let line = |id| {
        let event = inspection.events.get(id);
        let word = |sym| inspection.events.symbols.resolve(sym);
        let time = rfc3339_from_nanos(event.time);
        format!("{time} {:?} {} {} {}", event.kind, word(event.what), event.status, word(event.actor))
    };
    inspection.events.ids().map(line).collect()
}

#[test]
fn every_sample_is_claimed_by_its_own_format_alone() {
    for (name, bytes) in samples() {
        let inspection = read(&bytes);
        let own =
            inspection.sources[0].format.unwrap_or_else(|| panic!("{name}: {:?}", inspection.sources[0].warnings));
        let content = Content::from_bytes(bytes);
        for attempt in inspection.attempts(lapsed::model::SourceId(0), &Readings::default()) {
            let format = attempt.format.format();
            assert!(
                format.id() == own || attempt.sniff != Sniff::Certain,
                "{name} is {own}, and claimed by {} as well",
                format.id()
            );
        }
        assert!(!content.is_empty());
    }
}

/// The lines of a source that hold anything.
fn lines_of(bytes: &[u8]) -> u64 {
    let whole = bytes.split(|&byte| byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
    whole.count() as u64
}

/// The lines of which a source says that they go on with the record before.
fn going_on(bytes: &[u8], report: &SourceReport) -> u64 {
    let stretches = report.unread.iter().filter(|unread| unread.why.is_none());
    stretches.map(|unread| lines_of(&bytes[unread.offset as usize..(unread.end as usize).min(bytes.len())])).sum()
}

/// Whether each line of a source that is read by lines is a record, goes on with one, or could not be read.
fn accounts_for_every_line(name: &str, bytes: &[u8]) -> u64 {
    let inspection = read(bytes);
    let sources: Vec<_> = inspection.sources.iter().filter(|source| source.format.is_some()).collect();
    if sources.iter().any(|source| source.lines.is_none()) {
        return 0;
    }
    let told: u64 = sources.iter().map(|source| source.records + source.unreadable + going_on(bytes, source)).sum();
    if sources.is_empty() {
        0
    } else {
        assert_eq!(told, lines_of(bytes), "{name}: {sources:?}");
        told
    }
}

#[test]
fn nothing_is_dropped_in_silence_however_a_log_is_damaged() {
    let mut checked = 0;
    for (name, bytes) in samples() {
        // What stands inside a frame is counted there.
        if name.contains("wrapped") {
            continue;
        }
        checked += u64::from(accounts_for_every_line(&name, &bytes) > 0);
        let mut cut = bytes[..bytes.len() * 2 / 3].to_vec();
        accounts_for_every_line(&name, &cut);
        cut.extend_from_slice(b"\n\x01\x02 noise {\n\xff\xfe\n");
        cut.extend_from_slice(&bytes[bytes.len() / 2 + 7..]);
        accounts_for_every_line(&name, &cut);
        for at in (50..cut.len()).step_by(701) {
            cut[at] = b'\n';
        }
        accounts_for_every_line(&name, &cut);
    }
    assert!(checked > 40, "only {checked} samples are read by lines");
}

/// The text with the first clock time of its middle made one that is none.
fn with_a_wrong_time(text: &str) -> String {
    let middle = text[..text.len() / 2].rfind('\n').unwrap_or(0);
    let is_clock = |part: &[u8]| {
        part.iter().enumerate().all(|(at, byte)| if at % 3 == 2 { *byte == b':' } else { byte.is_ascii_digit() })
    };
    let found = text.as_bytes()[middle..].windows(8).position(is_clock).map(|at| middle + at);
    found.map_or_else(|| text.to_owned(), |at| format!("{}99:99:99{}", &text[..at], &text[at + 8..]))
}

#[test]
fn damage_in_one_place_costs_what_stood_there_and_nothing_else() {
    for (name, bytes) in samples() {
        let Ok(text) = String::from_utf8(bytes.clone()) else { continue };
        // A sample of a few lines is hardly known once one of them is broken.
        if text.lines().count() < 8 || text.contains("\"startedDateTime\"") {
            continue;
        }
        let whole = read(&bytes);
        let expected = gist(&whole);
        let boundary = text[..text.len() / 2].rfind('\n').unwrap_or(0) + 1;
        let (before, behind) = text.split_at(boundary);
        let cut = text.trim_end().len() - text.lines().last().unwrap_or_default().len() / 2;
        for (way, damaged) in [
            ("zero bytes", format!("{before}\0\0\0\0\0\0\0\0\n{behind}").into_bytes()),
            ("noise", [before.as_bytes(), b"\x01\xff noise {\n", behind.as_bytes()].concat()),
            ("a wrong time", with_a_wrong_time(&text).into_bytes()),
            ("its last line cut", text.as_bytes()[..cut].to_vec()),
        ] {
            let inspection = read(&damaged);
            assert_eq!(inspection.sources[0].format, whole.sources[0].format, "{name} with {way}");
            let told = gist(&inspection);
            // A record over several lines may be the one that was hit, and a request and its answer are two.
            assert!(told.len() + 4 >= expected.len(), "{name} with {way}: {} of {}", told.len(), expected.len());
        }
    }
}

#[test]
fn the_way_characters_and_line_ends_are_written_changes_nothing() {
    for (name, bytes) in samples() {
        let Ok(text) = String::from_utf8(bytes.clone()) else { continue };
        if text.contains('\r') {
            continue;
        }
        let expected = gist(&read(&bytes));
        let windows = text.replace('\n', "\r\n");
        assert_eq!(gist(&read(windows.as_bytes())), expected, "{name} with CR LF");
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        assert_eq!(gist(&read(&marked)), expected, "{name} with a byte-order mark");
        let mut utf_16 = vec![0xFF, 0xFE];
        utf_16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(gist(&read(&utf_16)), expected, "{name} in UTF-16");
        let unmarked: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        if text.is_ascii() {
            assert_eq!(gist(&read(&unmarked)), expected, "{name} in UTF-16 without a mark");
        }
    }
}

#[test]
fn names_in_latin_1_stay_apart() {
    let line = |name: &[u8], second: u8| {
        let start = format!("2026-11-23T07:24:0{second}Z vm sshd[{second}]: Accepted password for ");
        [start.as_bytes(), name, format!(" from 10.0.0.{second} port 7{second} ssh2\n").as_bytes()].concat()
    };
    let inspection = read(&[line(b"M\xFCller", 1), line(b"M\xF6ller", 2)].concat());
    let users: Vec<&str> = inspection.sessions.iter().filter_map(|session| session.user.as_deref()).collect();
    assert_eq!(users, ["Müller", "Möller"]);
}

const APP: [&str; 3] = [
    r#"{"time":"2026-03-03T10:58:00Z","msg":"user logged in","user":"ann","sid":"a1b2c3d4e5f60718"}"#,
    r#"{"time":"2026-03-03T11:20:00Z","msg":"session expired","reason":"idle","user":"ann","sid":"a1b2c3d4e5f60718"}"#,
    r#"{"time":"2026-03-03T11:21:00Z","msg":"login failed: \"wrong\" password","user":"bob"}"#,
];

#[test]
fn what_passes_lines_on_is_peeled_off_before_the_format_is_told() {
    let expected = gist(&read(APP.join("\n").as_bytes()));
    assert_eq!(expected.len(), 3);
    let quoted = |line: &str| serde_json::to_string(&format!("{line}\n")).unwrap();
    let stamp = "2026-03-03T11:30:00.123456789Z";
    let each = |wrap: &dyn Fn(&str) -> String| APP.iter().map(|line| wrap(line)).collect::<Vec<_>>().join("\n");
    let events = each(&|line| {
        let message = quoted(line);
        format!(
            "        {{\n            \"timestamp\": 1772536680000,\n            \"message\": {message},\n            \"ingestionTime\": 1772536680100\n        }},"
        )
    });
    for (way, text) in [
        (
            "docker's json-file",
            each(&|line| format!("{{\"log\":{},\"stream\":\"stdout\",\"time\":\"{stamp}\"}}", quoted(line))),
        ),
        ("CRI", each(&|line| format!("{stamp} stdout F {line}"))),
        ("kubectl logs --timestamps", each(&|line| format!("{stamp} {line}"))),
        ("kubectl logs --prefix", each(&|line| format!("[pod/web-1/app] {line}"))),
        ("kubectl logs --prefix --timestamps", each(&|line| format!("[pod/web-1/app] {stamp} {line}"))),
        ("docker compose", each(&|line| format!("web-1  | {line}"))),
        ("syslog", each(&|line| format!("Mar  3 10:57:21 web app[7]: {line}"))),
        ("aws logs tail", each(&|line| format!("2026-03-03T10:57:21.784000+00:00 web/app/1f2e {line}"))),
        ("an export of CloudWatch to S3", each(&|line| format!("2026-03-03T10:57:21.784Z {line}"))),
        (
            "aws logs get-log-events",
            format!("{{\n    \"events\": [\n{events}\n    ],\n    \"nextForwardToken\": \"f/1\"\n}}\n"),
        ),
        (
            "Logs Insights",
            format!(
                "@timestamp,@message\n{}",
                each(&|line| format!("2026-03-03 10:57:21.784,\"{}\"", line.replace('"', "\"\"")))
            ),
        ),
        (
            "journalctl -o json",
            each(&|line| {
                serde_json::json!({"__REALTIME_TIMESTAMP": "1772535441000000", "SYSLOG_IDENTIFIER": "app", "MESSAGE": line}).to_string()
            }),
        ),
        ("journalctl -o short-iso", each(&|line| format!("2026-03-03T10:57:21+0000 web app[7]: {line}"))),
    ] {
        let inspection = read(text.as_bytes());
        assert_eq!(gist(&inspection), expected, "{way}: {:?}", inspection.sources);
        let unreadable: u64 = inspection.sources.iter().map(|source| source.unreadable).sum();
        assert_eq!(unreadable, 0, "{way}");
    }
}

#[test]
fn lines_that_a_container_runtime_cut_into_pieces_are_put_together() {
    let whole: Vec<String> = (0..4_000)
        .map(|n| {
            let (minute, second) = (n / 60, n % 60);
            format!(
                r#"{{"time":"2026-03-03T{:02}:{:02}:{second:02}Z","msg":"user logged in","user":"u{n}","note":"{}"}}"#,
                10 + minute / 60,
                minute % 60,
                "x".repeat(900)
            )
        })
        .collect();
    let expected = gist(&read(whole.join("\n").as_bytes()));
    assert_eq!(expected.len(), 4_000);
    let stamp = "2026-03-03T10:57:21.784123456Z";
    let mut text = String::new();
    for (n, line) in whole.iter().enumerate() {
        let noise = if n % 4 == 0 { format!("{stamp} stderr F some noise\n") } else { String::new() };
        let (one, rest) = line.split_at(line.len() / 3);
        let (two, three) = rest.split_at(rest.len() / 2);
        let pieces = [one, "\n", &noise, stamp, " stdout P ", two, "\n", stamp, " stdout F ", three, "\n"].concat();
        text.push_str(&[stamp, " stdout P ", &pieces].concat());
    }
    let inspection = read(text.as_bytes());
    assert_eq!(gist(&inspection), expected, "{:?}", inspection.sources);
    // Every other line of the standard error is none of the application's records.
    assert_eq!(inspection.sources.iter().map(|source| source.unreadable).sum::<u64>(), 1_000);
    let id = inspection.events.ids().nth(2_500).unwrap();
    let shown = inspection.record(inspection.events.span(id)).lines.join("\n");
    assert!(shown.contains("u2500") && shown.contains("logged in"), "{shown}");
}

/// The times of a log's events, with a zone for stamps that name none.
fn times(log: &str, zone: &str) -> Vec<String> {
    let all = ReadAs { zone: lapsed::formats::zone_named(zone), ..ReadAs::default() };
    let readings = Readings { all, ..Readings::default() };
    let input = Input::Bytes { name: "x.log".into(), bytes: log.as_bytes().to_vec().into() };
    let options = Options { now: NOW, readings, ..Options::default() };
    let inspection = inspect(vec![input], options, &Progress::default()).unwrap();
    assert!(inspection.sources[0].format.is_some(), "{log}: {:?}", inspection.sources[0].warnings);
    inspection.events.times().iter().map(|&at| rfc3339_from_nanos(at).replace(".000Z", "Z")).collect()
}

#[test]
fn a_moment_is_the_same_in_whatever_form_it_is_written() {
    let told =
        |stamp: &str| times(&format!("{{\"time\":{stamp},\"msg\":\"login\",\"user\":\"ann\"}}\n").repeat(3), "UTC");
    for stamp in [
        "1772535480",
        "1772535480.0",
        "1772535480000",
        "1772535480000000",
        "1772535480000000000",
        "\"2026-03-03T10:58:00Z\"",
        "\"2026-03-03T12:58:00+02:00\"",
        "\"2026-03-03 10:58:00\"",
        "\"03/Mar/2026:10:58:00 +0000\"",
        "\"Tue Mar  3 10:58:00 2026\"",
        "\"2026-03-03T10:57:60Z\"",
    ] {
        assert_eq!(told(stamp), ["2026-03-03T10:58:00Z"; 3], "{stamp}");
    }
}

#[test]
fn tables_have_dates_as_people_write_them() {
    let told = |dates: [&str; 3]| {
        let rows = dates.map(|date| format!("{date};kim;login\n"));
        times(&format!("when;user;action\n{}", rows.concat()), "UTC")
    };
    let expected = ["2026-03-03T10:58:00Z", "2026-03-04T10:58:00Z", "2026-03-05T10:58:00Z"];
    for dates in [
        ["03.03.2026 10:58", "04.03.2026 10:58", "05.03.2026 10:58"],
        ["3/3/26 10:58 AM", "3/4/26 10:58 AM", "3/5/26 10:58 AM"],
        ["03/03/2026 10:58", "04/03/2026 10:58", "05/03/2026 10:58"],
        ["03. März 2026 10:58:00", "04. März 2026 10:58:00", "05. März 2026 10:58:00"],
        ["3 mars 2026 10:58:00", "4 mars 2026 10:58:00", "5 mars 2026 10:58:00"],
        ["03-MAR-26 10:58:00", "04-MAR-26 10:58:00", "05-MAR-26 10:58:00"],
    ] {
        assert_eq!(told(dates), expected, "{dates:?}");
    }
}

#[test]
fn the_hour_that_comes_twice_and_the_one_that_never_comes_are_told_by_their_neighbours() {
    let line = |time: &str| format!("2026/{time} [notice] 1#1: start worker processes\n");
    let log: String =
        ["10/25 01:59:00", "10/25 02:30:00", "10/25 02:59:59", "10/25 02:01:00", "10/25 03:00:00"].map(line).concat();
    assert_eq!(
        times(&log, "Europe/Berlin"),
        [
            "2026-10-24T23:59:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-25T00:59:59Z",
            "2026-10-25T01:01:00Z",
            "2026-10-25T02:00:00Z"
        ]
    );
    assert_eq!(times(&line("03/29 02:30:00"), "Europe/Berlin"), ["2026-03-29T01:30:00Z"]);
}

#[test]
fn stamps_without_a_year_go_over_new_year_and_say_so() {
    let log = "Dec 31 23:59:58 vm sshd[7]: Accepted password for kim from 10.0.0.1 port 7 ssh2\n\
        Jan  1 00:00:02 vm sshd[7]: Disconnected from user kim 10.0.0.1 port 7\n";
    assert_eq!(times(log, "UTC"), ["2025-12-31T23:59:58Z", "2026-01-01T00:00:02Z"]);
    let inspection = read(log.as_bytes());
    assert!(inspection.sources[0].limits.iter().any(|limit| limit.contains("the last one was taken for 2026")));
}

#[test]
fn lines_out_of_order_are_put_in_order_and_a_clock_set_back_is_told() {
    let line = |minute: u32| {
        let (hour, minute) = (10 + minute / 60, minute % 60);
        format!("10.0.0.1 - ann [03/Mar/2026:{hour}:{minute:02}:00 +0000] \"GET /a HTTP/1.1\" 200 7 \"-\" \"x\"\n")
    };
    let log: String = [0, 2, 1, 3].map(line).concat();
    let inspection = read(log.as_bytes());
    assert!(inspection.events.times().is_sorted());
    assert!(inspection.sources[0].limits.iter().all(|limit| !limit.contains("go back")));
    let log: String = (60..80).chain(0..20).map(line).collect();
    let limits = read(log.as_bytes()).sources[0].limits.join("; ");
    assert!(limits.contains("its times go back by 1 h 19 min at byte"), "{limits}");
}

#[test]
fn only_a_bounded_head_tells_the_format() {
    for format in FORMATS {
        let noise = b"no log at all, just words\n".repeat(20_000);
        let head = &noise[..lapsed::source::HEAD_BYTES];
        assert!(matches!(format.sniff(head), Sniff::No(why) if !why.is_empty()), "{}", format.id());
    }
}
