//! What must not change a verdict: the order of sources, of records with equal times and of the rules, and records that are
//! no evidence. Over captures that were made up, and over the bundled samples.

use crate::common::inspect_bytes;
use lapsed::{
    diagnosis::{self, Case, Neighbours, causes::CAUSES},
    inspection::Inspection,
    model::{Cause, SessionId},
    samples::SAMPLES,
    simulation::{Wishes, draw},
};

type Files = Vec<(String, Vec<u8>)>;

/// Captures of one story each.
fn stories() -> Vec<Files> {
    let made_up = (200..230).map(|seed| {
        let scene = draw(seed, &Wishes::default());
        scene.captures.into_iter().map(|capture| (format!("{seed}.{}", capture.ending), capture.bytes)).collect()
    });
    let bundled = SAMPLES
        .iter()
        .map(|sample| sample.files.iter().map(|&(name, bytes)| (name.to_owned(), bytes.to_vec())).collect());
    made_up.chain(bundled).collect()
}

fn open(files: &Files) -> Inspection {
    inspect_bytes(files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect())
}

/// What is said of each session: its start and its end to the second, and why.
fn said(inspection: &Inspection) -> Vec<(i64, Option<i64>, Option<Cause>)> {
    let second = |at: i64| at / 1_000_000_000;
    let mut said: Vec<_> = inspection
        .sessions
        .iter()
        .zip(&inspection.verdicts)
        .map(|(session, verdict)| {
            let end = session.first_dead_at.map(second);
            (second(session.started_at), end, verdict.map(|verdict| verdict.cause))
        })
        .collect();
    said.sort_unstable();
    said
}

/// Checks that what `change` does to the files of a story changes nothing that is said; `None` where it does not apply.
fn holds(change: impl Fn(&Files) -> Option<Files>) {
    let mut changed = 0;
    for story in stories() {
        for files in story.iter().map(|file| vec![file.clone()]).chain([story.clone()]) {
            let Some(other) = change(&files) else { continue };
            let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(said(&open(&files)), said(&open(&other)), "{names:?}");
            changed += 1;
        }
    }
    assert!(changed > 10, "only {changed} stories were changed");
}

fn is_har(name: &str) -> bool {
    name.rsplit('.').next() == Some("har")
}

/// The entries of a HAR, changed.
fn with_entries(bytes: &[u8], change: impl FnOnce(&mut Vec<serde_json::Value>)) -> Option<Vec<u8>> {
    let mut har: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    change(har.get_mut("log")?.get_mut("entries")?.as_array_mut()?);
    serde_json::to_vec(&har).ok()
}

/// A log's lines, changed.
fn with_lines(bytes: &[u8], change: impl FnOnce(&mut Vec<&str>)) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines: Vec<&str> = text.lines().collect();
    change(&mut lines);
    Some(lines.join("\n").into_bytes())
}

#[test]
fn the_order_of_the_sources_changes_no_verdict() {
    holds(|files| (files.len() > 1).then(|| files.iter().rev().cloned().collect()));
}

#[test]
fn the_order_of_the_entries_in_a_har_changes_no_verdict() {
    holds(|files| {
        let [(name, bytes)] = files.as_slice() else { return None };
        let reversed = with_entries(bytes, |entries| entries.reverse()).filter(|_| is_har(name))?;
        let times = |bytes: &[u8]| {
            let mut times = Vec::new();
            with_entries(bytes, |entries| {
                times =
                    entries.iter().filter_map(|entry| entry["startedDateTime"].as_str().map(str::to_owned)).collect();
            });
            times
        };
        // Entries with one time and nothing else to tell which came first would be another story.
        let all = times(bytes);
        let mut distinct = all.clone();
        distinct.sort_unstable();
        distinct.dedup();
        (distinct.len() == all.len()).then(|| vec![(name.clone(), reversed)])
    });
}

#[test]
fn the_order_of_the_rules_changes_no_verdict() {
    let backwards: Vec<_> = CAUSES.iter().rev().copied().collect();
    for story in stories() {
        let inspection = open(&story);
        let around = Neighbours::of(&inspection.events, &inspection.sessions);
        let case = Case {
            events: &inspection.events,
            sessions: &inspection.sessions,
            accounts: &inspection.accounts,
            around: &around,
        };
        for index in 0..inspection.sessions.len() as u32 {
            let verdict = diagnosis::verdict_by(&case, SessionId(index), CAUSES);
            let again = diagnosis::verdict_by(&case, SessionId(index), &backwards);
            assert_eq!(again.map(|verdict| verdict.cause), verdict.map(|verdict| verdict.cause), "{}", story[0].0);
            let sure = |verdict: lapsed::model::Verdict| (verdict.confidence * 1_000.0).round();
            assert_eq!(again.map(sure), verdict.map(sure), "{}", story[0].0);
        }
    }
}

#[test]
fn static_files_left_out_of_a_log_change_no_verdict() {
    let is_static = |line: &&str| {
        [".css ", ".js ", ".ico ", ".png ", ".css\"", ".js\"", ".ico\""].iter().any(|ending| line.contains(ending))
    };
    holds(|files| {
        let [(name, bytes)] = files.as_slice() else { return None };
        let log = !is_har(name);
        let rest = with_lines(bytes, |lines| lines.retain(|line| !is_static(line))).filter(|_| log)?;
        (rest.len() < bytes.len().saturating_sub(40)).then(|| vec![(name.clone(), rest)])
    });
}

#[test]
fn static_files_and_third_parties_left_out_of_a_har_change_no_verdict() {
    let beside = |entry: &serde_json::Value| {
        let url = entry["request"]["url"].as_str().unwrap_or("");
        let path = url.split('?').next().unwrap_or("");
        let file = [".js", ".css", ".ico", ".png"].iter().any(|ending| path.ends_with(ending));
        file || ["stats.metrics.example", "cdn.widgets.example", "errors.example"].iter().any(|host| url.contains(host))
    };
    holds(|files| {
        let [(name, bytes)] = files.as_slice() else { return None };
        // That an app was updated is known by its files.
        if said(&open(files)).iter().any(|(_, _, cause)| *cause == Some(Cause::AppUpdated)) {
            return None;
        }
        let mut left_out = 0;
        let rest = with_entries(bytes, |entries| {
            let before = entries.len();
            entries.retain(|entry| !beside(entry));
            left_out = before - entries.len();
        })?;
        (left_out > 0).then(|| vec![(name.clone(), rest)])
    });
}

#[test]
fn the_order_of_lines_with_one_time_changes_no_verdict() {
    // Whole seconds hold several lines; which of them the server wrote first says nothing that the others don't.
    let stamp = |line: &str| -> String {
        let from = line.find('[').map_or(0, |at| at + 1);
        line.get(from..).unwrap_or("").chars().take(20).collect()
    };
    holds(|files| {
        let [(name, bytes)] = files.as_slice() else { return None };
        let text = std::str::from_utf8(bytes).ok().filter(|_| name.contains("access"))?;
        let lines: Vec<&str> = text.lines().collect();
        let mut mixed: Vec<&str> = Vec::with_capacity(lines.len());
        for second in lines.chunk_by(|one, other| stamp(one) == stamp(other)) {
            // The lines of one client keep their order: a request that follows from an answer can't come before it.
            let mut second = second.to_vec();
            second.sort_by_key(|line| line.split(' ').next().map(|address| address.bytes().rev().collect::<Vec<u8>>()));
            mixed.extend(second);
        }
        (mixed != lines).then(|| vec![(name.clone(), mixed.join("\n").into_bytes())])
    });
}
