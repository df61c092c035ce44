//! The command line: exit statuses, help, and where output goes.

use crate::common::lapsed;
use lapsed::{formats::FORMATS, model::Cause};

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output = lapsed().args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_sentence_comes_first_and_colour_only_on_a_terminal() {
    let (status, out, _) = run(&["analyze", "sample_logs/token-expired.har"]);
    assert_eq!(status, Some(0));
    assert!(out.contains("The access token ran out after 10 min and nothing renewed it"), "{out}");
    assert!(!out.contains('\u{1b}'), "{out}");
}

#[test]
fn json_holds_what_the_design_promises() {
    let (status, out, _) = run(&[
        "analyze",
        "sample_logs/server-restart.har",
        "sample_logs/server-restart.nginx.access.log",
        "--format",
        "json",
    ]);
    assert_eq!(status, Some(0));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["schema"], "lapsed.analysis/1");
    for field in ["sources", "sessions", "incidents", "patterns", "accounts", "policies"] {
        assert!(report[field].is_array(), "{field}");
    }
    let session = &report["sessions"][0];
    let promised = [
        "id",
        "user",
        "app",
        "sources",
        "keys",
        "started_at",
        "start_seen",
        "last_alive_at",
        "first_dead_at",
        "state",
        "cause",
        "confidence",
        "usual",
        "stated",
        "headline",
        "evidence",
        "alternatives",
        "tell_apart",
    ];
    for field in promised {
        assert!(session.get(field).is_some(), "{field}");
    }
    assert_eq!((session["cause"].as_str(), session["usual"].as_bool()), (Some("server_restart"), Some(false)));
    assert_eq!(session["sources"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_summary_leaves_out_the_sessions() {
    let (_, out, _) = run(&["analyze", "sample_logs/office-morning.access.log", "--format", "json", "--summary"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(report.get("sessions").is_none());
    assert_eq!(report["summary"]["sessions"], 8);
}

#[test]
fn limits_are_compared_with_a_standard_on_demand() {
    let office = "sample_logs/office-morning.access.log";
    let (status, out, _) = run(&["analyze", office, "--summary", "--compare", "pci-dss-4"]);
    assert_eq!(status, Some(0));
    assert!(out.contains("exceeds") && out.contains("allowed are 15 min by PCI DSS 4.0.1, 8.2.8"), "{out}");
    let (_, out, _) = run(&["analyze", office, "--format", "json", "--compare", "nist-800-63b-4:aal2"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let fits: Vec<&str> =
        report["comparisons"].as_array().unwrap().iter().filter_map(|one| one["fit"].as_str()).collect();
    assert_eq!(fits, ["within", "within"]);
    let (status, _, error) = run(&["analyze", office, "--compare", "tea"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("pci-dss-4"), "{error}");
}

#[test]
fn wrong_usage_is_two_and_help_is_zero() {
    assert_eq!(run(&["analyze"]).0, Some(2));
    assert_eq!(run(&["analyze", "--format", "tea", "x"]).0, Some(2));
    assert_eq!(run(&["explain", "boredom"]).0, Some(2));
    assert_eq!(run(&["--help"]).0, Some(0));
    assert_eq!(run(&["--version"]).0, Some(0));
}

#[test]
fn every_format_is_listed_and_every_cause_explains_itself() {
    let (_, out, _) = run(&["formats"]);
    for format in FORMATS {
        assert!(out.contains(format.id()) && out.contains(format.title()), "{}", format.id());
    }
    let (status, out, _) = run(&["explain", "idle_timeout"]);
    assert_eq!(status, Some(0));
    assert!(out.contains("Idle timeout"), "{out}");
}

#[test]
fn without_a_display_a_newcomer_still_sees_the_main_job_done() {
    let (status, out, err) = run(&[]);
    assert_eq!(status, Some(0), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(out.contains("The server restarted"), "{out}");
}

#[test]
fn a_simulated_cause_is_told_as_it_was_wished_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.har");
    let path = path.to_str().unwrap();
    // The limit that strikes is the refresh token's, and what kept the app from renewing is the gap.
    let (status, out, error) = run(&["simulate", "--cause", "network_gap", "--poll", "1h", "--idle", "1m", "-o", path]);
    assert_eq!(status, Some(0), "{error}");
    assert!(out.contains(": network_gap."), "{out}");
}

#[test]
fn every_cause_can_be_explained_and_an_unknown_one_lists_them() {
    for cause in Cause::ALL {
        let (status, text, _) = run(&["explain", cause.id()]);
        assert_eq!(status, Some(0));
        assert!(text.starts_with(cause.label()) && text.contains("Developer: "), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
    assert!(run(&["explain", "boredom"]).2.contains("idle_timeout"));
    let (status, list, _) = run(&["explain"]);
    assert_eq!(status, Some(0));
    assert!(Cause::ALL.iter().all(|cause| list.contains(cause.id())), "{list}");
    assert!(list.contains("refresh_race"), "{list}");
}

#[test]
fn a_demo_is_made_up_on_demand_and_no_file_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.har");
    let demo = path.to_str().unwrap();
    let args =
        ["simulate", "--cause", "idle_timeout", "--idle", "15m", "--poll", "60s", "--poll-counts", "false", "-o", demo];
    let (status, out, _) = run(&args);
    assert_eq!(status, Some(0), "{out}");
    assert!(out.contains("idle_timeout"), "{out}");
    let (status, _, error) = run(&args);
    assert_eq!(status, Some(2));
    assert!(error.contains("--force writes over it") && error.lines().count() == 1, "{error}");
    let (_, told, _) = run(&["analyze", demo]);
    assert!(told.contains("Signed out after 15 min"), "{told}");
}

#[test]
fn a_folder_of_made_up_captures_has_a_label_beside_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let (status, _, error) = run(&["simulate", "--sessions", "5", "--seed", "3", "-o", path]);
    assert_eq!(status, Some(0), "{error}");
    let names: Vec<String> =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for name in names.iter().filter(|name| !name.ends_with(".label.json")) {
        let label = std::fs::read(folder.path().join(format!("{name}.label.json"))).unwrap();
        let label: serde_json::Value = serde_json::from_slice(&label).unwrap();
        assert_eq!(label["file"], **name);
        assert!(label["sessions"].is_array());
    }
    assert!(names.len() >= 2, "{names:?}");
}

#[test]
fn what_cannot_be_made_up_is_said_in_one_sentence() {
    for (args, word) in [
        (&["simulate", "--cause", "boredom", "-o", "x.har"][..], "idle_timeout"),
        (&["simulate", "--sessions", "9", "-o", "x.har"], "folder"),
        (&["simulate", "--log", "json", "-o", "x.har"], ".log"),
        (&["simulate", "--idle", "soon", "-o", "x.har"], "15m"),
    ] {
        let (status, _, error) = run(args);
        assert_eq!(status, Some(2), "{args:?}");
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn every_format_is_listed_with_its_definition_and_a_line() {
    let (status, out, _) = run(&["formats"]);
    assert_eq!(status, Some(0));
    for format in FORMATS {
        assert!(format.reference().starts_with("http"), "{}", format.id());
        let first = format.example().lines().next().unwrap_or_default();
        assert!(out.contains(first), "{}", format.id());
    }
    let shown = FORMATS.iter().filter(|format| !format.example().is_empty()).count();
    assert!(shown >= 30, "only {shown} of {} formats show what they look like", FORMATS.len());
}

#[test]
fn a_check_shows_what_became_of_each_record_and_why_some_gave_no_event() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    let lines = [
        r#"{"time":"2026-03-03T10:58:00Z","msg":"user logged in","user":"ann","sessionId":"0123456789abcdef"}"#,
        r#"{"time":"2026-03-03T10:59:00Z","msg":"cart updated","user":"ann","sessionId":"0123456789abcdef"}"#,
        "",
        "half a line {",
        r#"{"time":"2026-03-03T11:20:00Z","msg":"session expired","reason":"idle","user":"ann","sessionId":"0123456789abcdef"}"#,
    ];
    std::fs::write(&path, lines.join("\n")).unwrap();
    let file = path.to_str().unwrap();
    let (status, out, _) = run(&["formats", "--check", file]);
    assert_eq!(status, Some(0));
    for words in [
        "json_lines (JSON-lines log",
        "plausible, and no format is certain",
        "Sign-in  ann  s1",
        "line 2      no event: its words are not about a session",
        "line 4      not read: expected a JSON object",
        "Rejection  ann  s1",
        "states idle",
        "5 lines, 3 records, 2 events, 1 not read",
    ] {
        assert!(out.contains(words), "expected {words:?} in {out}");
    }
    assert!(!out.contains("0123456789abcdef"), "{out}");
    let (_, out, _) = run(&["formats", "--check", file, "--format", "json", "--from", "2", "--limit", "2"]);
    assert!(!out.contains("0123456789abcdef"), "{out}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let source = &report["sources"][0];
    assert_eq!((source["format"].as_str(), source["sure"].as_str()), (Some("json_lines"), Some("plausible")));
    assert_eq!((source["kinds"]["sign_in"].as_u64(), source["unreadable"].as_u64()), (Some(1), Some(1)));
    let became: Vec<(u64, &str)> = source["became"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["line"].as_u64().unwrap(), row["became"].as_str().unwrap()))
        .collect();
    assert_eq!(became, [(2, "no_event"), (4, "unreadable")]);
}

#[test]
fn a_check_of_what_is_no_format_says_what_was_tried() {
    let (status, out, _) = run(&["formats", "--check", "Cargo.toml"]);
    assert_eq!(status, Some(2));
    for format in FORMATS {
        assert!(out.contains(&format!("  {}: ", format.id())), "{} in {out}", format.id());
    }
}

#[test]
fn what_is_in_no_format_is_said_in_one_line() {
    let (status, out, error) = run(&["analyze", "Cargo.toml"]);
    assert_eq!((status, out.as_str(), error.lines().count()), (Some(2), "", 1), "{error}");
    assert!(error.starts_with("lapsed: Cargo.toml: in no format") && error.contains("formats --check"), "{error}");
}

#[test]
fn a_file_of_another_format_than_the_chosen_one_is_not_read() {
    let (status, out, error) = run(&["analyze", "sample_logs/sshd-day.auth.log", "--input-format", "har"]);
    assert_eq!((status, out.as_str(), error.lines().count()), (Some(2), "", 1), "{error}");
    assert!(error.contains("of the format that was chosen, HAR capture"), "{error}");
}

#[test]
fn a_file_is_read_as_what_the_user_says() {
    let log = "sample_logs/office-morning.access.log";
    let (status, out, _) = run(&["analyze", log, "--input-format", "request_text", "--format", "json"]);
    assert_eq!(status, Some(0));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["sources"][0]["format"], "request_text");
    assert_eq!(report["sources"][0]["recognised"], "chosen");
    let (status, _, error) = run(&["analyze", log, "--input-format", "tea"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("found \"tea\"") && error.contains("access_log"), "{error}");
}
