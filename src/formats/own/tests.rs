use super::*;
use crate::{
    formats::named::testing::lines_of,
    model::SourceId,
    source::{Content, Progress},
};

fn page(text: &str) -> Result<Vec<Chosen>, Fault> {
    read(Path::new("folder/my-portal.toml"), text)
}

fn read_with(format: &Chosen, text: &str) -> (Vec<String>, SourceReport) {
    let content = Content::from_bytes(text.as_bytes().to_vec());
    let progress = Progress::default();
    let input =
        Input { content: &content, source: SourceId(0), written_by: 1_795_478_400_000_000_000, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("x.log".into()));
    format.format().read(&input, &mut events, &mut report);
    (lines_of(&events), report)
}

#[test]
fn what_is_wrong_with_a_page_is_told_by_place_and_remedy() {
    for (text, said) in [
        ("", "expected one way to take a line apart, but found none; add pattern"),
        ("json = true\ndelimiter = ','", "expected one way to take a line apart, but found several"),
        (
            "json = true\npatern = 'x'",
            "line 2, column 1: expected a page of TOML with the keys of a format, but found unknown field `patern`",
        ),
        ("json = true\nname = [", "line 2, column"),
        ("pattern = '(?<time>x'", "line 1, column 11: expected a regular expression, but found unclosed group"),
        (
            "pattern = '(?<when>x)'",
            "expected a part of the line that is the time, but found none; name a group of the pattern `time`",
        ),
        (
            "pattern = '(?<time>x)'\n[fields]\nuser = 'who'",
            "line 3, column 8: expected the name of a group of the pattern, but found `who`; name a group like it",
        ),
        ("json = true\n[fields]\nnick = 'who'", "line 3, column 8: expected one of time, user, session,"),
        ("delimiter = ';;'", "line 1, column 13: expected one character between columns, but found \";;\""),
        (
            "delimiter = ';'\nheader = false\n[fields]\ntime = 'x'",
            "line 4, column 8: expected the number of a column, but found `x`",
        ),
        (
            "json = true\n[time]\nformat = '%Y-%m-%d %J'",
            "line 3, column 10: expected the form of a time, but found `%J` in it",
        ),
        ("json = true\n[time]\nzone = 'Mars/Base'", "line 3, column 8: expected a time zone such as Europe/Berlin"),
        ("json = true\n[[event]]\nis = 'logon'", "line 3, column 6: expected one of sign_in, sign_in_failed,"),
        (
            "json = true\n[[event]]\nis = 'closed'\nstates = 'boredom'",
            "line 4, column 10: expected one of absolute_timeout,",
        ),
        (
            "json = true\n[[event]]\nis = 'closed'\nwhere = { message = '(' }",
            "line 4, column 21: expected a regular expression",
        ),
    ] {
        let fault = page(text).expect_err(text).to_string();
        assert!(fault.contains(said), "{text:?}: {fault}");
        assert!(fault.contains("; "), "{fault}");
    }
}

#[test]
fn json_by_its_paths_and_columns_by_name_or_number_say_the_same() {
    let rules = "[[event]]\nis = 'closed'\nwhere = { message = 'thrown out' }\nstates = 'revoked'\n";
    let expected = [
        "10:00:00 SignIn Nothing kim@10.0.0.1 my-portal: logged in",
        "10:30:00 Close Revoked kim@10.0.0.1 my-portal: thrown out",
    ];
    for (head, log) in [
        (
            "json = true\n[fields]\nuser = 'who.nick'\nsession = 'x-tie'\nmessage = 'said'\naddress = 'who.from'\ntime = 'at'\n",
            "{\"at\":1795428000,\"who\":{\"nick\":\"kim\",\"from\":\"10.0.0.1\"},\"x-tie\":\"a1b2c3d4\",\"said\":\"logged in\"}\n\
             {\"at\":1795429800,\"who\":{\"nick\":\"kim\",\"from\":\"10.0.0.1\"},\"x-tie\":\"a1b2c3d4\",\"said\":\"thrown out\"}\n",
        ),
        (
            "delimiter = ';'\n[fields]\nuser = 'who'\nsession = 'tie'\ntime = ['day', 'clock']\n[time]\nformat = '%d.%m.%y %H:%M'\n",
            "day;clock;who;tie;client ip;message\n23.11.26;10:00;kim;a1b2c3d4;10.0.0.1;\"logged in\"\n23.11.26;10:30;kim;a1b2c3d4;10.0.0.1;thrown out\n",
        ),
        (
            "delimiter = \"\\t\"\nheader = false\n[fields]\ntime = 1\nuser = 2\nsession = 3\naddress = 4\nmessage = 6\n[time]\nformat = 'epoch_ms'\n",
            "1795428000000\tkim\ta1b2c3d4\t10.0.0.1\t-\tlogged in\n1795429800000\tkim\ta1b2c3d4\t10.0.0.1\t-\tthrown out\n",
        ),
    ] {
        let formats = page(&format!("{head}{rules}")).unwrap();
        assert_eq!(formats[0].format().sniff(log.as_bytes()), Sniff::Certain, "{head}");
        let (said, report) = read_with(&formats[0], log);
        assert_eq!(said, expected, "{head}");
        assert_eq!(report.unreadable, 0, "{head}");
    }
}

#[test]
fn a_format_with_requests_is_read_like_an_access_log() {
    let formats = page(
        "pattern = '^(?<time>\\S+) (?<address>\\S+) (?<user>\\S+) (?<method>\\w+) (?<path>\\S+) -> (?<status>\\d+)$'",
    )
    .unwrap();
    assert_eq!(formats[0].format().family(), Family::Requests);
    let (said, report) =
        read_with(&formats[0], "2026-11-23T10:00:00Z 10.0.0.1 kim GET /orders?token=x -> 401\nnoise\n");
    assert_eq!(said, ["10:00:00 Neutral Nothing kim@10.0.0.1 : GET /orders"]);
    assert_eq!((report.records, report.unreadable), (1, 1));
}

#[test]
fn a_year_that_stamps_leave_out_is_found_and_their_zone_is_the_formats() {
    let formats = page(
        "pattern = '^(?<time>\\w+ +\\d+ \\S+) (?<user>\\S+) (?<message>.*)$'\n[time]\nformat = '%b %d %H:%M:%S'\nzone = '+02:00'",
    )
    .unwrap();
    assert!(formats[0].format().zone().is_some());
    let (said, report) = read_with(&formats[0], "Dec 31 23:59:00 kim logged in\nJan  1 00:10:00 kim logged out\n");
    assert_eq!(said.len(), 2);
    assert_eq!(
        report.limits,
        ["its stamps name no year; the last one was taken for 2026", "its stamps name no zone; read as UTC"]
    );
}

#[test]
fn rows_that_are_cut_off_and_values_over_several_lines_are_told_apart() {
    let formats = page("delimiter = ','").unwrap();
    let log = "time,user,message,session\n\
        2026-11-23T10:00:00Z,kim,\"login ok\nand more\nto say\",a1\n\
        2026-11-23T10:01:00Z,kim\n\
        2026-11-23T10:02:00Z,kim,\"say \"\"logged out\"\"\",a1\n";
    let (said, report) = read_with(&formats[0], log);
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!((report.records, report.unreadable), (3, 1));
    assert_eq!(report.warnings[0].position, crate::model::Position::Line(5));
}

const LNAV: &str = r#"{
  "$schema": "https://lnav.org/schemas/format-v1.schema.json",
  "till_log": {
    "title": "Till",
    "description": "What a till writes",
    "url": ["https://till.example/log"],
    "regex": {
      "std": { "pattern": "^(?<timestamp>\\d+/\\d+/\\d+ \\d+:\\d+:\\d+\\.\\d+) (?<level>\\w+) <(?<opid>\\w+)> (?<username>\\w+)@(?<client_ip>\\S+): (?<body>.*)$" }
    },
    "timestamp-format": ["%Y/%m/%d %H:%M:%S.%L"],
    "opid-field": "opid",
    "value": { "username": { "kind": "string", "identifier": true }, "client_ip": { "kind": "string" } },
    "sample": [{ "line": "2026/11/23 10:00:00.250 INFO <a1b2c3d4> kim@10.0.0.1: logged in" }]
  },
  "till_json": {
    "title": "Till (JSON)",
    "json": true,
    "timestamp-field": "meta/at",
    "timestamp-divisor": 1000,
    "body-field": "text",
    "value": { "user": { "kind": "string" }, "sid": { "kind": "string" } }
  }
}"#;

#[test]
fn a_format_file_of_lnav_gives_patterns_times_and_fields() {
    let formats = read(Path::new("till.json"), LNAV).unwrap();
    assert_eq!(formats.iter().map(|one| one.format().id()).collect::<Vec<_>>(), ["till_json", "till_log"]);
    let of = |id| formats.iter().find(|one| one.format().id() == id).unwrap();
    let text = of("till_log");
    assert_eq!((text.format().title(), text.format().reference()), ("Till", "https://till.example/log"));
    let (said, report) = read_with(
        text,
        "2026/11/23 10:00:00.250 INFO <a1b2c3d4> kim@10.0.0.1: logged in\n\tat some place\n\
         2026/11/23 10:20:00.250 INFO <a1b2c3d4> kim@10.0.0.1: session expired, idle for 15 min\n",
    );
    assert_eq!(
        said,
        [
            "10:00:00 SignIn Nothing kim@10.0.0.1 Till: logged in",
            "10:20:00 Rejection Idle kim@10.0.0.1 Till: session expired, idle for 15 min"
        ]
    );
    assert_eq!(report.unreadable, 0);
    let (said, _) = read_with(
        of("till_json"),
        "{\"meta\":{\"at\":1795428000250},\"text\":\"logged in\",\"user\":\"kim\",\"sid\":\"a1b2c3d4\"}\n",
    );
    assert_eq!(said, ["10:00:00 SignIn Nothing kim@ Till (JSON): logged in"]);
}

#[test]
fn a_pattern_of_lnav_that_looks_around_is_told_and_not_read_wrongly() {
    let fault =
        read(Path::new("x.json"), &LNAV.replace("^(?<timestamp>", "^(?!x)(?<timestamp>")).unwrap_err().to_string();
    assert!(fault.contains("till_log/regex/std") && fault.contains("look-around"), "{fault}");
    let fault = read(Path::new("x.json"), "{\"a\":").unwrap_err().to_string();
    assert!(fault.starts_with("line 1, column "), "{fault}");
    let fault = read(Path::new("x.json"), "{}").unwrap_err().to_string();
    assert!(fault.contains("no format with `regex` or `json`"), "{fault}");
}
