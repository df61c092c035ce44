//! No export holds a secret of its input.

use crate::common::{inspect_bytes, lapsed};
use lapsed::samples::SAMPLES;
use serde_json::Value;
use std::collections::BTreeSet;

/// Cookie values, bearer tokens, tokens in bodies and passwords of a HAR.
fn secrets_of(bytes: &[u8]) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    let Ok(har) = serde_json::from_slice::<Value>(bytes) else { return secrets };
    for entry in har["log"]["entries"].as_array().into_iter().flatten() {
        for message in [&entry["request"], &entry["response"]] {
            for header in message["headers"].as_array().into_iter().flatten() {
                let (name, value) = (header["name"].as_str().unwrap_or(""), header["value"].as_str().unwrap_or(""));
                match name.to_ascii_lowercase().as_str() {
                    "authorization" => secrets.extend(value.split(' ').nth(1).map(str::to_owned)),
                    "cookie" => secrets.extend(
                        value.split("; ").filter_map(|pair| pair.split_once('=')).map(|pair| pair.1.to_owned()),
                    ),
                    "set-cookie" => secrets.extend(
                        value
                            .lines()
                            .filter_map(|line| line.split(';').next()?.split_once('='))
                            .map(|pair| pair.1.to_owned()),
                    ),
                    _ => {}
                }
            }
        }
        let posted = entry["request"]["postData"]["text"].as_str().unwrap_or("");
        for pair in posted.split('&') {
            if let Some(password) = pair.strip_prefix("password=") {
                secrets.insert(password.to_owned());
            }
        }
        for body in [posted, entry["response"]["content"]["text"].as_str().unwrap_or("")] {
            let Ok(body) = serde_json::from_str::<Value>(body) else { continue };
            for key in ["access_token", "refresh_token", "id_token", "password"] {
                secrets.extend(body[key].as_str().map(str::to_owned));
            }
        }
    }
    secrets.retain(|secret| secret.len() >= 5);
    secrets
}

#[test]
fn reports_and_raw_records_hold_no_secret_of_their_input() {
    let mut seen = 0;
    for (name, bytes) in SAMPLES.iter().flat_map(|sample| sample.files) {
        let secrets = secrets_of(bytes);
        seen += secrets.len();
        let inspection = inspect_bytes(vec![(name, bytes.to_vec())]);
        let mut out = Vec::new();
        lapsed::report::json::write(&inspection, false, false, &mut out).unwrap();
        lapsed::report::text::write(&inspection, false, false, &mut out).unwrap();
        for event in inspection.events.ids() {
            for line in inspection.record(inspection.events.span(event)).lines {
                out.extend_from_slice(line.as_bytes());
                out.push(b'\n');
            }
        }
        let text = String::from_utf8(out).unwrap();
        for secret in secrets {
            assert!(!text.contains(&secret), "{name} lets out {secret:?}");
        }
    }
    assert!(seen > 30, "only {seen} secrets were looked for");
}

#[test]
fn secrets_are_shown_where_asked_for_by_name() {
    let shown = |flags: &[&str]| {
        let mut command = lapsed();
        command.args(["analyze", "sample_logs/idle-cookie-dropped.har", "--format", "json"]).args(flags);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(!shown(&[]).contains("s%3AlC2trr"));
    assert!(shown(&["--show-secrets"]).contains("s%3AlC2trr"));
}
