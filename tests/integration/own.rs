//! Formats of the user's own: the page that describes them is followed word for word.

use crate::common::{NOW, lapsed};
use lapsed::{
    formats::own,
    inspection::{Input, Inspection, Options, ReadAs, Readings, inspect},
    model::Recognised,
    source::Progress,
};
use std::{fs, path::Path};

/// The blocks of the page, by what stands before them.
fn block(after: &str) -> String {
    let page = fs::read_to_string("docs/own-formats.md").unwrap();
    let (_, rest) = page.split_once(after).unwrap();
    let (_, rest) = rest.split_once("```").unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn log() -> String {
    block("This is `portal.log`:")
}

fn toml() -> String {
    block("This is `portal.toml`:")
}

fn read_with(readings: Readings, files: &[(&str, &str)]) -> Inspection {
    let inputs = files
        .iter()
        .map(|&(name, text)| Input::Bytes { name: name.into(), bytes: text.as_bytes().to_vec().into() })
        .collect();
    inspect(inputs, Options { now: NOW, readings, ..Options::default() }, &Progress::default()).unwrap()
}

#[test]
fn the_example_of_the_page_does_what_the_page_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let (log, toml) = (file("portal.log", &log()), file("portal.toml", &toml()));
    let output =
        lapsed().args(["analyze", "--format", "json"]).arg(&log).arg("--input-format").arg(&toml).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (report["sources"][0]["format"].as_str(), report["sources"][0]["unreadable"].as_u64()),
        (Some("portal"), Some(0))
    );
    let session = &report["sessions"][0];
    assert_eq!((session["user"].as_str(), session["cause"].as_str()), (Some("kim"), Some("idle_timeout")));
    // 07:58:12 in Berlin.
    assert_eq!(session["started_at"], "2026-11-23T06:58:12.000Z");
    assert_eq!(report["accounts"][0]["user"], "lee");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("8f14e45f"));
    let output = lapsed().args(["formats", "--check"]).arg(&log).arg("--input-format").arg(&toml).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for words in ["portal (Acme portal)", "as you say", "Background  kim", "states idle", "read as Europe/Berlin"] {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert!(!said.contains("8f14e45f"), "{said}");
}

#[test]
fn every_key_and_every_word_of_the_page_is_known_to_the_program() {
    let page = fs::read_to_string("docs/own-formats.md").unwrap();
    let (_, kinds) = page.split_once("| `is` | means |").unwrap();
    let (kinds, _) = kinds.split_once("\n\n").unwrap();
    for row in kinds.lines().skip(2) {
        let cell = row.split('|').nth(1).unwrap();
        for kind in cell.split('`').skip(1).step_by(2) {
            let text = format!("json = true\n[[event]]\nis = '{kind}'");
            assert!(own::read(Path::new("x.toml"), &text).is_ok(), "{kind}");
        }
    }
    let (_, fields) = page.split_once("| word | is |").unwrap();
    let (fields, _) = fields.split_once("\n\n").unwrap();
    for row in fields.lines().skip(2) {
        let cell = row.split('|').nth(1).unwrap();
        for field in cell.split('`').skip(1).step_by(2) {
            let text = format!("json = true\n[fields]\n{field} = 'x'");
            assert!(own::read(Path::new("x.toml"), &text).is_ok(), "{field}");
        }
    }
}

#[test]
fn pages_in_the_settings_folder_are_tried_before_what_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let formats = folder.path().join("lapsed").join("formats");
    fs::create_dir_all(&formats).unwrap();
    fs::write(formats.join("portal.toml"), toml()).unwrap();
    fs::write(formats.join("broken.toml"), "pattern = 7 7").unwrap();
    let path = folder.path().join("some.log");
    fs::write(&path, log()).unwrap();
    let config = |command: &mut std::process::Command| {
        command.env("XDG_CONFIG_HOME", folder.path()).env("APPDATA", folder.path()).output().unwrap()
    };
    let output = config(lapsed().args(["analyze", "--format", "json"]).arg(&path));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (report["sources"][0]["format"].as_str(), report["sources"][0]["recognised"].as_str()),
        (Some("portal"), Some("certain"))
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("left out: ") && said.contains("broken.toml: line 1, column"), "{said}");
    let listed = String::from_utf8_lossy(&config(lapsed().arg("formats")).stdout).into_owned();
    assert!(listed.starts_with("portal  Acme portal"), "{listed}");
    let output = config(lapsed().args(["analyze", "sample_logs/sshd-day.auth.log", "--format", "json"]));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["sources"][0]["format"], "linux_auth");
}

#[test]
fn each_source_may_be_read_in_its_own_way() {
    let portal = own::read(Path::new("portal.toml"), &toml()).unwrap().remove(0);
    let zone = lapsed::formats::zone_named("+05:30");
    let readings = Readings {
        single: vec![
            ("a.log".into(), ReadAs { format: Some(portal), zone }),
            ("c.log".into(), ReadAs { format: lapsed::formats::Chosen::of_id("request_text"), zone: None }),
        ],
        ..Readings::default()
    };
    let (log, access) = (log(), "10.0.0.1 - - [23/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n");
    let inspection = read_with(readings, &[("a.log", &log), ("b.log", access), ("c.log", access)]);
    let formats: Vec<_> =
        inspection.sources.iter().map(|source| (source.format.unwrap(), source.recognised.unwrap())).collect();
    assert_eq!(
        formats,
        [("portal", Recognised::Chosen), ("access_log", Recognised::Certain), ("request_text", Recognised::Chosen)]
    );
    let first = inspection.events.times().iter().min().copied().unwrap();
    assert_eq!(lapsed::model::time::rfc3339_from_nanos(first), "2026-11-23T02:28:12.000Z");
}

#[test]
fn a_zone_holds_for_all_stamps_that_name_none() {
    let log = "Jul  1 10:00:00 vm sshd[7]: Accepted password for kim from 10.0.0.1 port 7 ssh2\n\
        2026-07-01T09:00:00+00:00 vm sshd[7]: Disconnected from user kim 10.0.0.1 port 7\n";
    let readings = Readings {
        all: ReadAs { zone: lapsed::formats::zone_named("Europe/Berlin"), ..ReadAs::default() },
        ..Readings::default()
    };
    let inspection = read_with(readings, &[("auth.log", log)]);
    let times: Vec<String> = inspection
        .events
        .times()
        .iter()
        .map(|&at| lapsed::model::time::rfc3339_from_nanos(at)[11..19].to_owned())
        .collect();
    assert_eq!(times, ["08:00:00", "09:00:00"]);
    assert!(inspection.sources[0].limits.iter().any(|limit| limit.ends_with("read as Europe/Berlin")));
}
