//! Each cause beside its near miss: two captures that differ in one fact, of which only the first ended so. A new cause does
//! not compile without its pair.

use crate::{
    lines::{Client, Log, at, user},
    testimony::reload,
    tokens::{Got, Sent, Spa, access, bearer, body, causes, cookie, failed, got},
};
use lapsed::{inspection::Inspection, model::Cause};
use serde_json::{Value, json};

const ANN: Client = user("203.0.113.1", "ann");
const PHONE: Client = Client { agent: "Safari/17 iPhone", ..user("198.51.100.9", "ann") };
const SID: &str = "sid=aaaabbbbccccdddd";

/// A capture that ended of the cause, and the one that looks like it and did not.
fn pair(cause: Cause) -> Option<(Inspection, Inspection)> {
    Some(match cause {
        Cause::Logout => (signs_out(302), signs_out(403)),
        Cause::IdleTimeout => (comes_back_after(1_830, 900), comes_back_after(1_830, 2_700)),
        Cause::AbsoluteTimeout => (refused_at_an_hour(true), refused_at_an_hour(false)),
        Cause::TokenExpired => (token_refused(305, 300), token_refused(305, 3_600)),
        Cause::RefreshExpired => (renewal_refused(2_400, 2), renewal_refused(580, 2)),
        Cause::RefreshReused => (renewal_refused(580, 1), renewal_refused(580, 2)),
        Cause::NetworkGap => (connection_gone(700.0, 401), connection_gone(330.0, 200)),
        Cause::NetworkSwitch => (moved(302), moved(200)),
        Cause::ServerRestart => (away_for_a_moment(true), away_for_a_moment(false)),
        Cause::KeyRotation => (refused_with("invalid signature"), refused_with("token has been revoked")),
        Cause::ConcurrentLogin => (signed_in_elsewhere(ANN.user), signed_in_elsewhere("bob")),
        Cause::Revoked => (operator_names("ann"), operator_names("bob")),
        Cause::CredentialsDropped => (cookie_not_sent(86_400), cookie_not_sent(290)),
        Cause::ClockSkew => (token_from_the_future(240), token_from_the_future(1)),
        Cause::AccountLocked => (locked(true), locked(false)),
        Cause::AppUpdated => (reload("main.9bc1e2.js", "theme=dark"), reload("main.3f2a9c.js", "theme=dark")),
        Cause::Undetermined => return None,
    })
}

#[test]
fn every_cause_is_told_from_its_near_miss() {
    let mut wrong = Vec::new();
    for cause in Cause::ALL {
        let Some((ended_so, near_miss)) = pair(cause) else { continue };
        let (found, other) = (causes(&ended_so), causes(&near_miss));
        if found.first() != Some(&Some(cause)) {
            wrong.push(format!("{cause:?} is found as {found:?}"));
        }
        if other.is_empty() || other.contains(&Some(cause)) {
            wrong.push(format!("the near miss of {cause:?} is found as {other:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The sign-out is accepted, or refused for want of its form's secret, and the session goes on.
fn signs_out(status: u16) -> Inspection {
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 900, ANN).line(930, ANN, "POST /logout", status);
    if status == 302 {
        log.line(931, Client { user: "-", ..ANN }, "GET /login", 200);
    } else {
        log.pages(940, 1_500, ANN);
    }
    log.inspect()
}

/// Two ask for nothing that long before their refusals, while somebody else survived a silence of `survived`.
fn comes_back_after(silence: u32, survived: u32) -> Inspection {
    let (other, third) = (at("203.0.113.2"), at("203.0.113.3"));
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 1_200, ANN).refused(1_200 + silence, ANN);
    log.sign_in(300, third).pages(320, 2_400, third).refused(2_420 + silence, third);
    log.sign_in(60, other).pages(80, 700, other).pages(700 + survived, 700 + survived + 900, other);
    log.inspect()
}

/// Refused an hour after the sign-in: in the middle of use, or on coming back from the silence that ended others too.
fn refused_at_an_hour(in_use: bool) -> Inspection {
    let mut log = Log::default();
    for (index, person) in [at("203.0.113.1"), at("203.0.113.2"), at("203.0.113.3")].into_iter().enumerate() {
        let from = index as u32 * 1_900;
        // Who was away was so at another age each.
        let age = if in_use { 3_605 } else { 3_605 + index as u32 * 1_300 };
        let until = if in_use { age - 40 } else { age - 1_815 };
        log.sign_in(from, person).pages(from + 20, from + until, person).refused(from + age + index as u32, person);
    }
    log.inspect()
}

fn invalid_grant() -> Got {
    got(400, json!({"error": "invalid_grant"}))
}

/// An access token that lasts so long is refused at `second`, and the app has nothing to renew it with.
fn token_refused(second: u32, lasts: i64) -> Inspection {
    let token = access(0, lasts);
    let mut spa = Spa::default();
    spa.sign_in(json!({"access_token": token}));
    spa.reads(&token, &[7, 61, 140, 210, 290]);
    spa.ask(f64::from(second), "GET /orders/9", bearer(&token), got(401, json!({"error": "unauthorized"})));
    spa.inspect()
}

fn opaque(number: u32) -> String {
    format!("Zx81Qm4Rr7Kd{number:04}Vn3Tg6Yh9Lp2Ws")
}

fn tokens(second: i64, number: u32) -> Value {
    json!({"access_token": access(second, 300), "refresh_token": opaque(number), "expires_in": 300})
}

fn renewing(number: u32) -> Sent {
    body(json!({"grant_type": "refresh_token", "refresh_token": opaque(number)}))
}

/// Renewed at 290, and refused at `second` with the refresh token of that number.
fn renewal_refused(second: u32, number: u32) -> Inspection {
    let mut spa = Spa::default();
    spa.sign_in(tokens(0, 1));
    spa.reads(&access(0, 300), &[7, 70, 140, 210, 280]);
    spa.ask(290.0, "POST /oauth/token", renewing(1), got(200, tokens(290, 2)));
    spa.reads(&access(290, 300), &[297, 350, 420]);
    spa.ask(f64::from(second), "POST /oauth/token", renewing(number), invalid_grant());
    spa.inspect()
}

/// The connection is gone when the token runs out at 300; it is back at `back`, and the answer then has this status.
fn connection_gone(back: f64, status: u16) -> Inspection {
    let token = access(0, 300);
    let mut spa = Spa::default();
    spa.sign_in(tokens(0, 1));
    spa.reads(&token, &[7, 70, 140, 210, 280]);
    for second in [290.0, 300.0, 320.0, 420.0, 560.0, 690.0].into_iter().filter(|&second| second < back) {
        spa.ask(second, "POST /oauth/token", renewing(1), failed("net::ERR_INTERNET_DISCONNECTED"));
    }
    if status == 200 {
        spa.ask(back, "POST /oauth/token", renewing(1), got(200, tokens(330, 2)));
        spa.reads(&access(330, 300), &[337, 390, 450]);
    } else {
        spa.ask(back, "GET /orders/9", bearer(&token), got(401, json!({"message": "unauthorized"})));
        spa.ask(back + 1.0, "GET /login", Sent::default(), got(200, Value::Null));
    }
    spa.inspect()
}

/// Renewals until 310, and then nobody takes the connection or nothing is asked; the refresh token has expired at 1500.
fn expired_while(away: bool) -> Inspection {
    let mut spa = Spa::default();
    spa.sign_in(tokens(0, 1));
    spa.reads(&access(0, 300), &[7, 70, 140, 210, 280]);
    spa.ask(290.0, "POST /oauth/token", renewing(1), got(200, tokens(290, 2)));
    spa.reads(&access(290, 300), &[297, 350, 420]);
    for second in (480..1_480).step_by(60).filter(|_| away) {
        spa.ask(f64::from(second), "POST /oauth/token", renewing(2), failed("net::ERR_CONNECTION_REFUSED"));
    }
    let expired = json!({"error": "invalid_grant", "error_description": "refresh token expired"});
    spa.ask(1_500.0, "POST /oauth/token", renewing(2), got(400, expired));
    spa.inspect()
}

#[test]
fn what_expired_while_no_connection_was_taken_missed_its_renewal() {
    assert_eq!(causes(&expired_while(true)), [Some(Cause::NetworkGap)]);
    assert_eq!(causes(&expired_while(false)), [Some(Cause::RefreshExpired)]);
}

/// The next request comes from another address, and is refused or let in.
fn moved(status: u16) -> Inspection {
    const HOME: Client = Client { sid: "Kq3vVx81LmZpW0aa", ..at("203.0.113.1") };
    const ROAD: Client = Client { address: "198.51.100.77", ..HOME };
    const DESK: Client = Client { sid: "Bb7rTt55QwErTy12", ..at("203.0.113.8") };
    let mut log = Log::default();
    log.sign_in(0, HOME).pages(20, 1_200, HOME);
    log.sign_in(100, DESK).pages(120, 2_000, DESK);
    if status == 302 {
        log.refused(1_230, ROAD)
    } else {
        log.pages(1_230, 1_900, ROAD)
    };
    log.inspect()
}

/// The server is away for some seconds in the middle of everyone's use, and knows nobody then, or everybody.
fn away_for_a_moment(forgets: bool) -> Inspection {
    let mut log = Log::default();
    for (index, person) in [at("203.0.113.1"), at("203.0.113.2"), at("203.0.113.3")].into_iter().enumerate() {
        let index = index as u32;
        log.sign_in(index * 500, person).pages(index * 500 + 20, 3_000, person);
        log.line(3_010 + index, person, "GET /home", 502).line(3_022 + index, person, "GET /home", 502);
        if forgets {
            log.refused(3_050 + index, person)
        } else {
            log.pages(3_050 + index, 3_600, person)
        };
    }
    log.inspect()
}

/// A token with most of its time left is refused for that reason.
fn refused_with(reason: &str) -> Inspection {
    let token = access(0, 3_600);
    let mut spa = Spa::default();
    spa.sign_in(json!({"access_token": token}));
    spa.reads(&token, &[7, 61, 140, 210, 290]);
    let refusal = got(401, json!({"error": "invalid_token", "error_description": reason}));
    spa.ask(330.0, "GET /orders/9", bearer(&token), refusal);
    spa.inspect()
}

/// Between the last request let in and the first refused, this user signs in from a telephone.
fn signed_in_elsewhere(name: &'static str) -> Inspection {
    let phone = Client { user: name, ..PHONE };
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 1_200, ANN).refused(1_260, ANN);
    log.sign_in(1_215, phone).pages(1_240, 2_000, phone);
    log.inspect()
}

/// An operator ends the sessions of this user just before one of Ann's is refused.
fn operator_names(name: &str) -> Inspection {
    let bob = user("203.0.113.2", "bob");
    let mut log = Log::default();
    log.sign_in(0, ANN).pages(20, 1_200, ANN).refused(1_260, ANN);
    log.sign_in(100, bob).pages(120, 1_210, bob);
    log.line(1_220, user("192.0.2.7", "root"), &format!("POST /admin/users/{name}/revoke-sessions"), 204);
    log.inspect()
}

/// A cookie for so many seconds stops being sent after five minutes, while another goes on.
fn cookie_not_sent(max_age: u32) -> Inspection {
    let mut spa = Spa::default();
    let given =
        got(200, json!({"user": "ann"})).header("Set-Cookie", format!("{SID}; Path=/; HttpOnly; Max-Age={max_age}"));
    spa.ask(0.0, "POST /auth/login", body(json!({"username": "ann", "password": "not-a-real-one"})), given);
    for second in [7, 70, 140, 210, 280] {
        spa.ask(
            f64::from(second),
            &format!("GET /orders/{second}"),
            cookie(&format!("theme=dark; {SID}")),
            got(200, json!({"orders": []})),
        );
    }
    spa.ask(300.0, "GET /orders/420", cookie("theme=dark"), got(401, json!({"error": "unauthorized"})));
    spa.inspect()
}

/// A token from an issuer whose clock is so many seconds ahead is refused by a verifier whose clock is right.
fn token_from_the_future(ahead: i64) -> Inspection {
    let token = access(1 + ahead, 900);
    let mut spa = Spa::default();
    let credentials = body(json!({"username": "ann", "password": "not-a-real-one"}));
    spa.ask(
        0.9,
        "POST https://id.example/login",
        credentials,
        got(200, json!({"access_token": token})).dated(1 + ahead),
    );
    spa.ask(3.0, "GET /orders/2", bearer(&token), got(401, json!({"error": "invalid_token"})).dated(3));
    spa.inspect()
}

/// The account is locked while somebody uses it, or after they had left: then it is refused at the door.
fn locked(while_in_use: bool) -> Inspection {
    let message =
        json!({"error": "account_locked", "message": "Your account has been locked. Contact your administrator."});
    let token = access(0, 3_600);
    let mut spa = Spa::default();
    spa.sign_in(json!({"access_token": token}));
    spa.reads(&token, &[7, 61, 140, 210, 290]);
    if while_in_use {
        spa.ask(330.0, "GET /orders/9", bearer(&token), got(401, message));
    } else {
        spa.ask(330.0, "POST /auth/logout", bearer(&token), got(204, Value::Null));
        let again = body(json!({"username": "ann", "password": "not-a-real-one"}));
        spa.ask(400.0, "POST /auth/login", again, got(401, message));
    }
    spa.inspect()
}
