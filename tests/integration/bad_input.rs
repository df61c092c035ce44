//! Bad input is normal input: one clear sentence, an honest exit status, never a panic.

use crate::common::{inspect_bytes, lapsed, sample};
use std::{fs, path::Path, process::Output};

fn analyze(path: &Path) -> Output {
    lapsed().arg("analyze").arg(path).output().unwrap()
}

fn refused(path: &Path, expected: &[&str]) {
    let output = analyze(path);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{said}");
    for words in expected {
        assert!(said.contains(words), "expected {words:?} in {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn what_cannot_be_read_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    refused(&folder.path().join("missing.har"), &["missing.har"]);
    refused(folder.path(), &["folder"]);
    refused(&file("empty.log", b""), &["empty"]);
    refused(&file("noise.bin", &(0..=255_u8).cycle().take(100_000).collect::<Vec<_>>()), &["no format", "--check"]);
    refused(&file("prose.txt", b"Dear diary,\ntoday nothing happened.\n"), &["no format", "--check"]);
    refused(&file("other.json", br#"{"level":"info","msg":"hello"}"#), &["no format", "--check"]);
}

#[test]
fn half_a_json_document_gives_the_entries_before_the_cut_and_a_warning() {
    let har = sample("token-expired.har");
    let read = inspect_bytes(vec![("half.har", har[..har.len() / 2].to_vec())]);
    let source = &read.sources[0];
    assert_eq!(source.format, Some("har"));
    assert!(source.records > 5 && !read.sessions.is_empty());
    assert!(source.warnings.iter().any(|warning| warning.offset > 0), "{:?}", source.warnings);
}

#[test]
fn a_date_centuries_away_is_no_time_and_breaks_no_sum() {
    let line = |time: &str, path: &str| {
        format!(
            r#"{{"time":"{time}","method":"GET","path":"{path}","status":200,"remote_addr":"10.0.0.1","user":"kim"}}"#
        )
    };
    let text = [
        line("1970-01-01T00:00:01Z", "/orders"),
        line("2026-03-03T10:57:21Z", "/orders"),
        line("2026-03-03T10:58:21Z", "/orders"),
        line("2261-12-31T23:59:59Z", "/orders"),
        line("9223372036854775807", "/orders"),
    ]
    .join("\n");
    let read = inspect_bytes(vec![("app.log", text.into_bytes())]);
    assert_eq!((read.sources[0].events, read.sources[0].unreadable), (3, 2), "{:?}", read.sources[0].warnings);
}

#[test]
fn a_line_of_fifty_megabytes_costs_one_warning_and_nothing_else() {
    let log = sample("sshd-day.auth.log");
    let mut bytes = log.to_vec();
    bytes.extend(std::iter::repeat_n(b'x', 50_000_000));
    bytes.push(b'\n');
    bytes.extend_from_slice(log);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.log");
    fs::write(&path, bytes).unwrap();
    let output = lapsed().args(["analyze", "--format", "json"]).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let source = &report["sources"][0];
    assert_eq!(source["unreadable"], 1, "{source}");
    assert!(source["warnings"][0]["line"].as_u64().unwrap() > 50, "{source}");
    assert!(report["sessions"].as_array().unwrap().len() >= 5);
}

#[test]
fn one_unreadable_file_among_good_ones_is_told_and_the_rest_is_shown() {
    let read = inspect_bytes(vec![
        ("prose.txt", b"nothing here\n".to_vec()),
        ("token-expired.har", sample("token-expired.har").to_vec()),
    ]);
    assert!(read.sources[0].format.is_none() && !read.sources[0].warnings.is_empty());
    assert_eq!(read.sessions.len(), 1);
}

#[test]
fn damaged_bytes_never_panic() {
    for name in ["token-expired.har", "sshd-day.auth.log", "office-morning.access.log"] {
        let bytes = sample(name);
        let mut seed = 1_u64;
        for _ in 0..60 {
            let mut damaged = bytes.to_vec();
            for _ in 0..20 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (seed >> 20) as usize % damaged.len();
                damaged[at] = (seed >> 56) as u8;
            }
            let read = inspect_bytes(vec![(name, damaged)]);
            assert_eq!(read.sources.len(), 1);
        }
    }
}
