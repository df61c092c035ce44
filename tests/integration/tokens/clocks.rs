//! `iat`, `nbf` and `exp` against the clocks of issuer, verifier and client.

use super::{Spa, access, bearer, causes, claims, got};
use lapsed::model::Cause;
use serde_json::json;

/// Signs in at a server whose clock is so many seconds ahead, and is refused after `used` seconds by one that is right.
fn refused_after(used: u32, issuer_ahead: i64, verifier_ahead: i64, lasts: i64) -> Spa {
    let token = access(1 + issuer_ahead, lasts);
    let mut spa = Spa::default();
    let credentials = json!({"username": "ann", "password": "not-a-real-one"});
    let given = got(200, json!({"access_token": token})).dated(1 + issuer_ahead);
    spa.ask(0.9, "POST https://id.example/login", super::body(credentials), given);
    for second in (5..used).step_by(60) {
        let date = i64::from(second) + verifier_ahead;
        spa.ask(f64::from(second), "GET /orders/1", bearer(&token), got(200, json!({})).dated(date));
    }
    let refusal = got(401, json!({"error": "invalid_token"})).dated(i64::from(used) + verifier_ahead);
    spa.ask(f64::from(used), "GET /orders/2", bearer(&token), refusal);
    spa
}

#[test]
fn a_verifier_that_lives_before_the_token_begins_has_another_clock() {
    let inspection = refused_after(3, 240, 0, 900).inspect();
    assert_eq!(causes(&inspection), [Some(Cause::ClockSkew)], "{}", claims(&inspection, Cause::ClockSkew));
}

#[test]
fn a_token_that_runs_out_early_by_the_verifiers_own_date_shows_its_clock() {
    let inspection = refused_after(610, 0, 300, 900).inspect();
    let said = claims(&inspection, Cause::ClockSkew);
    assert_eq!(causes(&inspection), [Some(Cause::ClockSkew)], "{said}");
    assert!(said.contains("By its own Date header"), "{said}");
}

#[test]
fn dates_a_second_apart_are_no_skew() {
    let inspection = refused_after(3, 1, 0, 900).inspect();
    assert_ne!(causes(&inspection), [Some(Cause::ClockSkew)]);
}

#[test]
fn a_token_that_ran_out_by_everyones_clock_is_no_skew() {
    let inspection = refused_after(960, 0, 0, 900).inspect();
    assert_eq!(causes(&inspection), [Some(Cause::TokenExpired)], "{}", claims(&inspection, Cause::ClockSkew));
}
