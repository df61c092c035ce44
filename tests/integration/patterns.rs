//! Regularities over several sessions, and what looks like one and is none. Made up.

use crate::{
    common::lapsed,
    lines::{Client, Log, at, user},
};
use lapsed::{
    inspection::Inspection,
    model::{Cause, PatternKind, State, Usual},
};

const ANN: Client = user("203.0.113.1", "ann");
const PHONE: Client = Client { agent: "Safari/17 iPhone", ..user("198.51.100.9", "ann") };

fn kinds(inspection: &Inspection) -> Vec<PatternKind> {
    for pattern in &inspection.patterns {
        assert!(!pattern.events.is_empty() && !pattern.sessions.is_empty(), "{pattern:?}");
    }
    inspection.patterns.iter().map(|pattern| pattern.kind).collect()
}

#[test]
fn sessions_that_end_every_few_minutes_are_a_pattern_and_unusual() {
    let mut log = Log::default();
    for turn in 0..4 {
        let from = turn * 340;
        log.sign_in(from, ANN).pages(from + 12, from + 290, ANN).refused(from + 305, ANN);
    }
    let inspection = log.inspect();
    assert_eq!(kinds(&inspection), [PatternKind::ExpiresRepeatedly]);
    assert!(inspection.patterns[0].headline.contains("ann"), "{}", inspection.patterns[0].headline);
    assert!(inspection.verdicts.iter().flatten().all(|verdict| verdict.usual == Usual::Unusual));
    let told = inspection.explain(inspection.patterns[0].sessions[0]).unwrap();
    assert_eq!(told.verdict.usual, Usual::Unusual);
}

#[test]
fn who_leaves_three_times_and_is_signed_out_meanwhile_shows_no_pattern() {
    let mut log = Log::default();
    for turn in 0..3 {
        let from = turn * 3_600;
        log.sign_in(from, ANN).pages(from + 12, from + 600, ANN).refused(from + 2_600, ANN);
    }
    let inspection = log.inspect();
    assert_eq!(kinds(&inspection), []);
    assert!(inspection.verdicts.iter().flatten().all(|verdict| verdict.cause == Cause::IdleTimeout));
}

#[test]
fn devices_that_push_each_other_out_in_turn_are_a_pattern_and_once_is_none() {
    let mut log = Log::default();
    for turn in 0..5 {
        let (from, device) = (turn * 300, if turn % 2 == 0 { ANN } else { PHONE });
        log.sign_in(from, device).pages(from + 10, from + 300, device).refused(from + 330, device);
    }
    let inspection = log.inspect();
    assert_eq!(kinds(&inspection), [PatternKind::DevicesEvictEachOther]);
    assert!(inspection.patterns[0].headline.contains("2 devices"), "{}", inspection.patterns[0].headline);

    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 1_200, ANN).refused(1_260, ANN);
    log.sign_in(1_215, PHONE).pages(1_240, 2_000, PHONE);
    assert_eq!(kinds(&log.inspect()), []);
}

#[test]
fn a_credential_that_is_refused_and_accepted_in_turn_flaps_and_does_not_end() {
    const ONE: Client = Client { sid: "Kq3vVx81LmZpW0aa", ..at("203.0.113.1") };
    let mut log = Log::default();
    log.sign_in(0, ONE).pages(20, 400, ONE);
    for second in [410, 470, 560, 640] {
        log.line(second, ONE, "GET /api/me", 200).line(second + 13, ONE, "GET /api/me", 401);
    }
    log.line(700, ONE, "GET /api/me", 200).pages(710, 900, ONE);
    let inspection = log.inspect();
    assert_eq!(kinds(&inspection), [PatternKind::Flapping]);
    assert_eq!(inspection.sessions[0].state, State::Active);
}

#[test]
fn one_refusal_amid_what_is_let_in_is_no_ending_and_no_pattern() {
    const ONE: Client = Client { sid: "Kq3vVx81LmZpW0aa", ..at("203.0.113.1") };
    let mut log = Log::default();
    log.sign_in(0, ONE).pages(20, 400, ONE);
    log.line(410, ONE, "GET /api/me", 200).line(440, ONE, "GET /api/me", 401).line(455, ONE, "GET /api/me", 200);
    log.pages(460, 900, ONE);
    let inspection = log.inspect();
    assert_eq!(kinds(&inspection), []);
    assert_eq!(inspection.sessions[0].state, State::Active);
}

#[test]
fn two_renewals_at_once_of_which_one_is_refused_are_a_race() {
    let app = at("203.0.113.1");
    let mut log = Log::default();
    log.sign_in(0, app).pages(20, 600, app);
    log.line(610, app, "POST /api/auth/refresh", 200).line(611, app, "POST /api/auth/refresh", 401);
    log.pages(620, 900, app);
    assert_eq!(kinds(&log.inspect()), [PatternKind::RefreshRace]);
    // Tried again a while after it failed, it raced with nothing.
    let mut log = Log::default();
    log.sign_in(0, app).pages(20, 600, app);
    log.line(610, app, "POST /api/auth/refresh", 401).line(640, app, "POST /api/auth/refresh", 200);
    log.pages(650, 900, app);
    assert_eq!(kinds(&log.inspect()), []);
}

#[test]
fn several_people_who_are_refused_in_one_minute_end_together() {
    let mut log = Log::default();
    for (index, address) in ["203.0.113.1", "203.0.113.2", "203.0.113.3"].into_iter().enumerate() {
        let (from, person) = (index as u32 * 900, at(address));
        log.sign_in(from, person).pages(from + 20, 3_370, person).refused(3_410 + index as u32 * 9, person);
    }
    assert_eq!(kinds(&log.inspect()), [PatternKind::EndsTogether]);
}

#[test]
fn every_pattern_can_be_explained_by_name() {
    for kind in PatternKind::ALL {
        let output = lapsed().args(["explain", kind.id()]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(kind.label()) && text.contains("What to do"), "{text}");
    }
}

#[test]
fn patterns_reach_text_and_json() {
    let mut log = Log::default();
    for turn in 0..4 {
        let from = turn * 340;
        log.sign_in(from, ANN).pages(from + 12, from + 290, ANN).refused(from + 305, ANN);
    }
    let inspection = log.inspect();
    let (mut text, mut json) = (Vec::new(), Vec::new());
    lapsed::report::text::write(&inspection, true, false, &mut text).unwrap();
    lapsed::report::json::write(&inspection, true, false, &mut json).unwrap();
    assert!(String::from_utf8(text).unwrap().contains("Expires repeatedly"));
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let pattern = &json["patterns"][0];
    assert_eq!(pattern["kind"], "expires_repeatedly");
    assert!(!pattern["events"].as_array().unwrap().is_empty());
}
