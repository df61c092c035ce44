//! Every bundled sample gets the verdict that its driver made happen.

use crate::common::{inspect_bytes, inspect_samples, sample};
use lapsed::{
    model::{Cause, SessionId, State},
    samples::SAMPLES,
};

fn causes(names: &[&str]) -> Vec<Option<Cause>> {
    inspect_samples(names).verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect()
}

#[test]
fn each_sample_ends_of_what_ended_it() {
    let table: &[(&[&str], &[Option<Cause>])] = &[
        (&["server-restart.har", "server-restart.nginx.access.log"], &[Some(Cause::ServerRestart), None]),
        (&["server-restart.har"], &[Some(Cause::ServerRestart), None]),
        (&["server-restart.nginx.access.log"], &[Some(Cause::ServerRestart), None]),
        (&["idle-while-polling.access.log"], &[Some(Cause::IdleTimeout), Some(Cause::IdleTimeout), None]),
        (&["idle-cookie-dropped.har"], &[Some(Cause::IdleTimeout)]),
        (&["absolute-timeout.har"], &[Some(Cause::AbsoluteTimeout)]),
        (&["token-expired.har"], &[Some(Cause::TokenExpired)]),
        (&["network-gap.har"], &[Some(Cause::NetworkGap)]),
        (&["signed-in-elsewhere.har"], &[Some(Cause::ConcurrentLogin)]),
        (&["revoked-by-admin.har", "revoked-by-admin.access.log"], &[Some(Cause::Revoked)]),
        (&["key-rotation.har"], &[Some(Cause::KeyRotation), None]),
        (&["clock-skew.har"], &[Some(Cause::ClockSkew), Some(Cause::ClockSkew)]),
        (&["account-locked.har"], &[Some(Cause::AccountLocked)]),
        (&["signed-out.har"], &[Some(Cause::Logout), Some(Cause::Logout)]),
    ];
    for (names, expected) in table {
        assert_eq!(causes(names), *expected, "{names:?}");
    }
}

#[test]
fn who_gave_up_while_the_server_was_away_was_lost_with_the_others() {
    let morning = inspect_samples(&["office-morning.access.log"]);
    let restarted = morning.verdicts.iter().flatten().filter(|verdict| verdict.cause == Cause::ServerRestart).count();
    let active = morning.sessions.iter().filter(|session| session.state == State::Active).count();
    assert_eq!((restarted, active), (2, 1));
}

#[test]
fn a_browser_alone_cannot_tell_who_ended_its_session_and_says_so() {
    assert_eq!(causes(&["revoked-by-admin.har"]), [Some(Cause::Undetermined)]);
    let told = inspect_samples(&["revoked-by-admin.har"]).explain(SessionId(0)).unwrap();
    assert!(told.alternatives.iter().any(|other| other.cause == Cause::Revoked), "{:?}", told.alternatives);
    assert!(!told.tell_apart.is_empty());
}

/// A verdict and what was weighed beside it share one whole, and nothing beside it is likelier than it.
#[test]
fn no_verdict_is_given_with_less_confidence_than_what_it_was_weighed_against() {
    let mut open = 0;
    for (name, _) in SAMPLES.iter().flat_map(|sample| sample.files) {
        let day = inspect_samples(&[name]);
        for (index, verdict) in
            day.verdicts.iter().enumerate().filter_map(|(index, verdict)| Some((index, (*verdict)?)))
        {
            let told = day.explain(SessionId(index as u32)).unwrap();
            let beside: f32 = told.alternatives.iter().map(|other| other.confidence).sum();
            assert!(verdict.confidence + beside < 1.005, "{name} {index}: {} and {beside}", verdict.confidence);
            let first = told.alternatives.first().map_or(0.0, |other| other.confidence);
            assert!(first <= verdict.confidence, "{name} {index}: {first} beside {}", verdict.confidence);
            open += usize::from(verdict.cause == Cause::Undetermined && first > 0.0);
        }
    }
    assert!(open > 0, "some sample should leave candidates open");
}

#[test]
fn a_story_seen_from_both_sides_is_told_once() {
    let both = inspect_samples(&["revoked-by-admin.har", "revoked-by-admin.access.log"]);
    assert_eq!(both.sessions.len(), 1);
    assert_eq!(both.sessions[0].sources.len(), 2);
    assert_eq!(both.sessions[0].user.as_deref(), Some("bob"));
}

#[test]
fn a_listener_restart_ends_no_ssh_session_and_a_lockout_makes_none() {
    let day = inspect_samples(&["sshd-day.auth.log"]);
    let ended = day.sessions.iter().filter(|session| session.state == State::Ended).count();
    assert_eq!((day.sessions.len(), ended), (5, 4));
    assert!(day.accounts.iter().any(|account| {
        account.kind == lapsed::model::AccountEventKind::AccountLocked && account.user.as_deref() == Some("mika")
    }));
    assert!(day.verdicts.iter().flatten().all(|verdict| verdict.cause != Cause::ServerRestart));
}

#[test]
fn every_ending_is_an_interval_with_evidence_that_leads_to_records() {
    for file in lapsed::samples::SAMPLES.iter().flat_map(|sample| sample.files) {
        let inspection = inspect_bytes(vec![(file.0, file.1.to_vec())]);
        for (index, session) in inspection.sessions.iter().enumerate() {
            let Some(told) = inspection.explain(SessionId(index as u32)) else {
                assert_eq!(session.state, State::Active);
                continue;
            };
            let ending = session.ending().unwrap();
            assert!(session.started_at <= ending.until && ending.from <= ending.until, "{}", file.0);
            assert!((0.0..=1.0).contains(&told.verdict.confidence));
            for fact in &told.evidence {
                assert!(!fact.claim.is_empty() && !fact.events.is_empty(), "{}: {fact:?}", file.0);
                for &event in &fact.events {
                    assert!(!inspection.record(inspection.events.span(event)).lines.is_empty(), "{}", file.0);
                }
            }
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let json = || {
        let mut out = Vec::new();
        let inspection = inspect_samples(&["office-morning.access.log", "server-restart.har"]);
        lapsed::report::json::write(&inspection, false, false, &mut out).unwrap();
        out
    };
    assert_eq!(json(), json());
    assert!(!sample("office-morning.access.log").is_empty());
}
