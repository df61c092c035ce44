//! Header and claims in words.

use super::signed;
use jsonwebtoken::{Algorithm, EncodingKey};
use lapsed::jwt::words::reading;
use serde_json::{Value, json};

fn token(claims: &Value) -> String {
    signed(Algorithm::HS256, &EncodingKey::from_secret(b"x"), Some("k1"), claims)
}

#[test]
fn claims_are_told_in_words_and_the_signature_is_not() {
    let token = token(&json!({
        "exp": 1_700_000_900, "iat": 1_700_000_000, "amr": ["pwd", "otp"], "sub": "alice", "x": {"y": 1},
        "upstream_token": "abc", "scope": "openid orders",
    }));
    let told = reading(&token).unwrap();
    let said: Vec<String> = told.claims.iter().map(|claim| format!("{}: {}", claim.name, claim.value)).collect();
    assert_eq!(
        said,
        [
            "sub: alice",
            "exp: 2023-11-14 22:28:20 UTC, 15 min after it was issued",
            "iat: 2023-11-14 22:13:20 UTC",
            "amr: password, one-time code",
            "scope: openid orders",
            "upstream_token: not shown",
            "x: {y}",
        ]
    );
    assert_eq!(told.header.iter().map(|claim| claim.value.as_str()).collect::<Vec<_>>(), ["HS256", "k1", "JWT"]);
    let signature = token.rsplit_once('.').unwrap().1;
    assert!(!format!("{told:?}").contains(signature), "a signature is shown");
    assert_eq!((told.issued_at, told.expires), (Some(1_700_000_000_000_000_000), Some(1_700_000_900_000_000_000)));
}

#[test]
fn a_time_that_is_none_is_shown_as_it_stands() {
    let told = reading(&token(&json!({"exp": "never", "iat": "1700000000"}))).unwrap();
    assert_eq!(told.claims[0].value, "never, which is no time");
    assert_eq!(told.issued_at, Some(1_700_000_000_000_000_000));
    assert_eq!(reading("opaque-token-of-some-length"), None);
}
