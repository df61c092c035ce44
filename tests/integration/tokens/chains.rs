//! Renewals as a protocol: which answer issued which token, which request used it, what replaced it, where it was refused.

use super::{Got, Spa, access, bearer, body, claims, cookie, failed, got};
use lapsed::model::{Cause, EventKind, SessionId, TokenRole, chain::RenewalOutcome};
use serde_json::{Value, json};

/// A refresh token as issuers draw them.
fn opaque(number: u32) -> String {
    format!("Zx81Qm4Rr7Kd{number:04}Vn3Tg6Yh9Lp2Ws")
}

fn pair(second: i64, number: u32) -> Value {
    json!({"access_token": access(second, 300), "refresh_token": opaque(number), "expires_in": 300})
}

fn invalid_grant() -> Got {
    got(400, json!({"error": "invalid_grant"}))
}

fn refused(at: f64, spa: &mut Spa, token: &str) {
    spa.ask(at, "GET /orders/3", bearer(token), got(401, json!({"error": "invalid_token"})));
}

fn renew(spa: &mut Spa, at: f64, number: u32, got: Got) {
    let asks = json!({"grant_type": "refresh_token", "refresh_token": opaque(number)});
    spa.ask(at, "POST /oauth/token", body(asks), got);
}

/// Signed in at 0 with tokens 1, renewed at 290 to tokens 2.
fn renewed_once() -> Spa {
    let mut spa = Spa::default();
    spa.sign_in(pair(0, 1));
    spa.reads(&access(0, 300), &[7, 70, 140, 210, 280]);
    renew(&mut spa, 290.0, 1, got(200, pair(290, 2)));
    spa.reads(&access(290, 300), &[297, 350, 420]);
    spa
}

#[test]
fn a_chain_tells_what_issued_used_replaced_and_refused_each_token() {
    let mut spa = renewed_once();
    renew(&mut spa, 580.0, 2, invalid_grant());
    let inspection = spa.inspect();
    let chain = inspection.chain(SessionId(0)).unwrap();
    let lives: Vec<(TokenRole, bool, u32, bool, bool)> = chain
        .tokens
        .iter()
        .map(|life| (life.role, life.issued.is_some(), life.uses, life.replaced.is_some(), life.refused.is_some()))
        .collect();
    assert_eq!(
        lives,
        [
            (TokenRole::Access, true, 5, false, false),
            (TokenRole::Refresh, true, 1, true, false),
            (TokenRole::Access, true, 3, false, false),
            (TokenRole::Refresh, true, 0, false, true),
        ]
    );
    let outcomes: Vec<RenewalOutcome> = chain.renewals.iter().map(|renewal| renewal.outcome).collect();
    assert_eq!(outcomes, [RenewalOutcome::Renewed, RenewalOutcome::Refused]);
    assert!(chain.rotates() && chain.races.is_empty());
    assert_eq!(chain.tokens[1].replaced_by, Some(3));
    assert_eq!(inspection.sessions.len(), 1, "one chain is one session");
}

#[test]
fn a_refresh_token_is_known_by_what_is_done_with_it_whatever_it_is_called() {
    let mut spa = Spa::default();
    spa.sign_in(json!({"jwt": access(0, 300), "stay": opaque(1), "profile": {"name": "ann"}}));
    spa.reads(&access(0, 300), &[7, 70, 140]);
    spa.ask(
        290.0,
        "POST /me/again",
        body(json!({"stay": opaque(1)})),
        got(200, json!({"jwt": access(290, 300), "stay": opaque(2)})),
    );
    spa.reads(&access(290, 300), &[297, 350]);
    spa.ask(580.0, "POST /me/again", body(json!({"stay": opaque(2)})), got(401, Value::Null));
    let inspection = spa.inspect();
    let chain = inspection.chain(SessionId(0)).unwrap();
    let refresh = chain.tokens.iter().filter(|token| token.role == TokenRole::Refresh).count();
    assert_eq!((inspection.sessions.len(), refresh, chain.renewals.len()), (1, 2, 2));
    assert_eq!(chain.renewals[1].outcome, RenewalOutcome::Refused);
}

#[test]
fn an_id_that_a_request_sends_is_no_refresh_token() {
    let mut spa = Spa::default();
    spa.sign_in(json!({"jwt": access(0, 300), "workspace": opaque(7)}));
    spa.ask(9.0, "POST /orders", body(json!({"workspace": opaque(7)})), got(200, json!({"order": opaque(8)})));
    spa.reads(&access(0, 300), &[17, 70]);
    let inspection = spa.inspect();
    let chain = inspection.chain(SessionId(0)).unwrap();
    assert!(chain.tokens.iter().all(|token| token.role == TokenRole::Access));
    assert!(chain.renewals.is_empty());
}

#[test]
fn two_tabs_that_renew_at_once_lose_the_family() {
    let mut spa = renewed_once();
    renew(&mut spa, 580.0, 2, got(200, pair(580, 3)).after(400));
    renew(&mut spa, 580.1, 2, invalid_grant().after(500));
    spa.ask(585.0, "GET /orders/1", bearer(&access(580, 300)), got(401, json!({"error": "invalid_token"})));
    renew(&mut spa, 586.0, 3, invalid_grant());
    let inspection = spa.inspect();
    assert_eq!(super::causes(&inspection), [Some(Cause::RefreshReused)]);
    let said = claims(&inspection, Cause::RefreshReused);
    assert!(said.contains("Two renewals were under way at once with the same refresh token"), "{said}");
    assert!(said.contains("issued in its place was refused too, with time left"), "{said}");
    let race = inspection.chain(SessionId(0)).unwrap().races[0];
    assert!(race.lost_one && !race.healed);
}

#[test]
fn two_tabs_that_renew_at_once_and_are_tolerated_end_nothing() {
    let mut spa = renewed_once();
    renew(&mut spa, 580.0, 2, got(200, pair(580, 3)).after(400));
    renew(&mut spa, 580.1, 2, got(200, pair(581, 4)).after(500));
    spa.reads(&access(580, 300), &[587, 600]);
    renew(&mut spa, 870.0, 4, got(200, pair(870, 5)));
    spa.reads(&access(870, 300), &[880, 900]);
    let inspection = spa.inspect();
    assert_eq!(super::causes(&inspection), [None]);
    let race = inspection.chain(SessionId(0)).unwrap().races[0];
    assert!(!race.lost_one && race.healed);
}

#[test]
fn a_race_that_was_lost_and_survived_is_not_blamed_for_a_later_end() {
    let mut spa = renewed_once();
    renew(&mut spa, 580.0, 2, got(200, pair(580, 3)).after(400));
    renew(&mut spa, 580.1, 2, invalid_grant().after(500));
    spa.reads(&access(580, 300), &[587, 600, 700]);
    renew(&mut spa, 870.0, 3, got(200, pair(870, 4)));
    spa.reads(&access(870, 300), &[880, 900]);
    renew(&mut spa, 1_160.0, 4, invalid_grant());
    let inspection = spa.inspect();
    assert_ne!(super::causes(&inspection), [Some(Cause::RefreshReused)]);
    let race = inspection.chain(SessionId(0)).unwrap().races[0];
    assert!(race.lost_one && race.healed);
}

#[test]
fn a_renewal_whose_answer_got_lost_makes_the_retry_a_reuse() {
    for error in ["net::ERR_ABORTED", "net::ERR_CONNECTION_RESET", "net::ERR_TIMED_OUT"] {
        let mut spa = renewed_once();
        renew(&mut spa, 580.0, 2, failed(error));
        renew(&mut spa, 581.0, 2, invalid_grant());
        let inspection = spa.inspect();
        assert_eq!(super::causes(&inspection), [Some(Cause::RefreshReused)], "{error}");
        let said = claims(&inspection, Cause::RefreshReused);
        assert!(said.contains("a renewal whose answer never came"), "{said}");
    }
}

#[test]
fn a_renewal_that_never_left_makes_no_reuse() {
    let mut spa = renewed_once();
    renew(&mut spa, 580.0, 2, failed("net::ERR_INTERNET_DISCONNECTED"));
    renew(&mut spa, 590.0, 2, invalid_grant());
    assert_ne!(spa.causes(), [Some(Cause::RefreshReused)]);
}

#[test]
fn a_bare_invalid_grant_states_no_reason() {
    let mut spa = renewed_once();
    renew(&mut spa, 580.0, 2, invalid_grant());
    let inspection = spa.inspect();
    assert_eq!(super::causes(&inspection), [Some(Cause::Undetermined)]);
    let told = inspection.explain(SessionId(0)).unwrap();
    assert!(told.alternatives.iter().any(|other| other.cause == Cause::RefreshExpired), "{:?}", told.alternatives);
}

#[test]
fn a_refresh_token_that_lay_unused_for_long_had_expired() {
    let mut spa = renewed_once();
    renew(&mut spa, 3_900.0, 2, invalid_grant());
    assert_eq!(spa.causes(), [Some(Cause::RefreshExpired)]);
}

#[test]
fn a_refused_access_token_that_a_renewal_heals_ends_nothing() {
    let mut spa = Spa::default();
    spa.sign_in(pair(0, 1));
    spa.reads(&access(0, 300), &[7, 70, 140]);
    refused(310.0, &mut spa, &access(0, 300));
    renew(&mut spa, 310.2, 1, got(200, pair(310, 2)));
    spa.reads(&access(310, 300), &[311, 350]);
    let inspection = spa.inspect();
    assert_eq!(super::causes(&inspection), [None]);
    assert_eq!(inspection.events.kinds().iter().filter(|kind| **kind == EventKind::Denied).count(), 1);
}

#[test]
fn a_refusal_at_one_place_alone_is_no_change_of_keys() {
    let mut spa = Spa::default();
    let token = access(0, 3_600);
    spa.sign_in(json!({"access_token": token}));
    spa.reads(&token, &[7, 70, 140]);
    spa.ask(200.0, "GET /admin/reports", bearer(&token), got(401, Value::Null));
    spa.reads(&token, &[210, 280]);
    assert_eq!(spa.causes(), [None]);
}

#[test]
fn a_renewal_by_graphql_is_one() {
    let ask = |number| {
        body(json!({
            "operationName": "RefreshSession",
            "query": "mutation RefreshSession($t: String!) { refreshSession(token: $t) { accessToken refreshToken } }",
            "variables": {"t": opaque(number)},
        }))
    };
    let mut spa = Spa::default();
    spa.sign_in(json!({"data": {"login": {"accessToken": access(0, 300), "refreshToken": opaque(1)}}}));
    spa.reads(&access(0, 300), &[7, 70]);
    let given = json!({"data": {"refreshSession": {"accessToken": access(290, 300), "refreshToken": opaque(2)}}});
    spa.ask(290.0, "POST /graphql", ask(1), got(200, given));
    spa.reads(&access(290, 300), &[297, 350]);
    let refusal = json!({"errors": [{"message": "Refresh token has expired", "extensions": {"code": "UNAUTHENTICATED"}}], "data": null});
    spa.ask(4_000.0, "POST /graphql", ask(2), got(200, refusal));
    let inspection = spa.inspect();
    assert_eq!(super::causes(&inspection), [Some(Cause::RefreshExpired)]);
    let renewals = &inspection.chain(SessionId(0)).unwrap().renewals;
    assert_eq!(
        renewals.iter().map(|renewal| renewal.outcome).collect::<Vec<_>>(),
        [RenewalOutcome::Renewed, RenewalOutcome::Refused]
    );
}

const SILENT: &str = "GET https://id.example/authorize?client_id=app&response_type=code&prompt=none&redirect_uri=https%3A%2F%2Fapp.example%2Fsilent.html";

fn silently(spa: &mut Spa, at: f64, query: &str) {
    let target = format!("https://app.example/silent.html?{query}");
    spa.ask(at, SILENT, cookie("sso=aaaabbbbccccdddd"), got(302, Value::Null).header("Location", target));
}

#[test]
fn a_silent_sign_in_in_a_frame_renews_the_same_session() {
    let mut spa = Spa::default();
    spa.sign_in(json!({"access_token": access(0, 300), "expires_in": 300}));
    spa.reads(&access(0, 300), &[7, 70, 140]);
    for second in [280_i64, 570] {
        silently(&mut spa, second as f64, "code=Qw3rTy7Ui9Op&state=x1y2z3");
        let asks = json!({"grant_type": "authorization_code", "code": "Qw3rTy7Ui9Op"});
        let given = json!({"access_token": access(second, 300), "expires_in": 300});
        spa.ask(second as f64 + 0.5, "POST https://id.example/oauth/token", body(asks), got(200, given));
        spa.reads(&access(second, 300), &[second as u32 + 7, second as u32 + 100]);
    }
    let inspection = spa.inspect();
    assert_eq!(super::causes(&inspection), [None], "one session, alive");
    silently(&mut spa, 860.0, "error=login_required&state=x1y2z3");
    spa.ask(880.0, "GET /orders/1", bearer(&access(570, 300)), got(401, Value::Null));
    let inspection = spa.inspect();
    let kinds: Vec<EventKind> = inspection.events.kinds().to_vec();
    assert_eq!(inspection.sessions.len(), 1);
    assert!(kinds.contains(&EventKind::RefreshRefused), "{kinds:?}");
    assert!(inspection.verdicts[0].is_some());
}

#[test]
fn nobody_signed_in_anywhere_is_no_refused_renewal() {
    let mut spa = Spa::default();
    silently(&mut spa, 0.0, "error=login_required&state=x1y2z3");
    assert!(spa.causes().is_empty());
}

#[test]
fn a_token_stays_itself_when_a_cleaner_cut_its_signature() {
    let mut spa = Spa::default();
    let whole = access(0, 300);
    let cut = format!("{}.redacted", whole.rsplit_once('.').unwrap().0);
    spa.sign_in(json!({"access_token": whole}));
    spa.reads(&cut, &[7, 70, 140]);
    let inspection = spa.inspect();
    let chain = inspection.chain(SessionId(0)).unwrap();
    assert_eq!((inspection.sessions.len(), chain.tokens.len(), chain.tokens[0].uses), (1, 1, 3));
    let shown = inspection.tokens_of(chain.tokens[0].last_used.unwrap()).remove(0);
    assert!(shown.signature.contains("cut off when the capture was cleaned"), "{}", shown.signature);
}

#[test]
fn a_refresh_token_handed_in_to_be_revoked_renews_nothing() {
    let mut spa = renewed_once();
    let asks = json!({"token": opaque(2), "token_type_hint": "refresh_token", "client_id": "app"});
    spa.ask(430.0, "POST /oauth2/revoke", body(asks), got(200, Value::Null));
    let inspection = spa.inspect();
    assert_eq!(inspection.chain(SessionId(0)).unwrap().renewals.len(), 1);
}

#[test]
fn a_renewal_that_failed_on_the_network_lets_the_token_run_out() {
    let mut spa = renewed_once();
    renew(&mut spa, 580.0, 2, failed("net::ERR_INTERNET_DISCONNECTED"));
    refused(700.0, &mut spa, &access(290, 300));
    let inspection = spa.inspect();
    assert_eq!(super::causes(&inspection), [Some(Cause::NetworkGap)], "{}", claims(&inspection, Cause::TokenExpired));
}

#[test]
fn a_refresh_token_in_a_cookie_goes_along_with_every_request_and_is_used_by_renewals_alone() {
    let mut spa = Spa::default();
    let set = |number| format!("refreshToken={}; Path=/; HttpOnly", opaque(number));
    let credentials = json!({"username": "ann", "password": "not-a-real-one"});
    spa.ask(
        0.0,
        "POST /auth/login",
        body(credentials),
        got(200, json!({"accessToken": access(0, 300)})).header("Set-Cookie", set(1)),
    );
    for second in [7.0, 70.0] {
        let sent = super::Sent { cookie: format!("refreshToken={}", opaque(1)), ..bearer(&access(0, 300)) };
        spa.ask(second, "GET /orders/1", sent, got(200, json!({})));
    }
    let given = got(200, json!({"accessToken": access(290, 300)})).header("Set-Cookie", set(2));
    spa.ask(290.0, "POST /auth/refresh", cookie(&format!("refreshToken={}", opaque(1))), given);
    spa.ask(
        291.0,
        "POST /auth/refresh",
        cookie(&format!("refreshToken={}", opaque(1))),
        got(401, json!({"message": "Unauthorized"})),
    );
    let inspection = spa.inspect();
    let chain = inspection.chain(SessionId(0)).unwrap();
    let first = chain.tokens.iter().find(|token| token.role == TokenRole::Refresh).unwrap();
    assert_eq!((first.uses, first.replaced.is_some(), first.refused.is_some()), (1, true, true));
    assert_eq!(super::causes(&inspection), [Some(Cause::RefreshReused)]);
}

#[test]
fn an_answer_that_was_on_its_way_when_the_renewal_was_refused_revives_nothing() {
    let mut spa = renewed_once();
    renew(&mut spa, 580.0, 2, got(200, pair(580, 3)).after(400));
    renew(&mut spa, 580.1, 2, invalid_grant().after(900));
    spa.ask(580.6, "GET /orders/1", bearer(&access(580, 300)), got(200, json!({"orders": []})).after(700));
    assert_eq!(super::causes(&spa.inspect()), [Some(Cause::RefreshReused)]);
}

#[test]
fn the_other_tab_of_a_race_works_on_and_nothing_ended() {
    let mut spa = renewed_once();
    renew(&mut spa, 580.0, 2, got(200, pair(580, 3)).after(400));
    renew(&mut spa, 580.1, 2, invalid_grant().after(900));
    spa.reads(&access(580, 300), &[585, 640, 700]);
    assert_eq!(super::causes(&spa.inspect()), [None]);
}

#[test]
fn a_token_refused_as_too_young_twice_never_let_anyone_in() {
    let mut spa = Spa::default();
    spa.sign_in(pair(0, 1));
    let too_young = || got(401, json!({"detail": "The token is not yet valid (iat)"}));
    spa.ask(1.0, "GET /me", bearer(&access(0, 300)), too_young());
    renew(&mut spa, 1.2, 1, got(200, pair(1, 2)));
    spa.ask(1.4, "GET /me", bearer(&access(1, 300)), too_young());
    assert_eq!(super::causes(&spa.inspect()), [Some(Cause::ClockSkew)]);
}

#[test]
fn a_place_refused_before_and_after_a_renewal_while_others_let_in_lacks_a_right() {
    let mut spa = Spa::default();
    spa.sign_in(pair(0, 1));
    spa.reads(&access(0, 300), &[7, 70]);
    spa.ask(80.0, "GET /admin/reports", bearer(&access(0, 300)), got(401, json!({"error": "unauthorized"})));
    renew(&mut spa, 81.0, 1, got(200, pair(81, 2)));
    spa.ask(82.0, "GET /admin/reports", bearer(&access(81, 300)), got(401, json!({"error": "unauthorized"})));
    assert_eq!(super::causes(&spa.inspect()), [None]);
}

#[test]
fn a_first_renewal_refused_after_a_short_silence_may_be_of_anything() {
    for (silence, cause) in [(500, Cause::Undetermined), (2_400, Cause::RefreshExpired)] {
        let mut spa = Spa::default();
        spa.sign_in(pair(0, 1));
        spa.reads(&access(0, 300), &[7, 70, 140, 210, 280]);
        let back = f64::from(280 + silence);
        refused(back, &mut spa, &access(0, 300));
        renew(&mut spa, back + 1.0, 1, got(400, json!({"error": "invalid_grant"})));
        assert_eq!(super::causes(&spa.inspect()), [Some(cause)], "{silence}");
    }
}
