//! Signatures against keys: `--key`, `--jwks`, `--secret-file`.

use super::{Spa, bearer, causes, claims, claims_from, got, signed};
use crate::common::lapsed;
use jsonwebtoken::{Algorithm, EncodingKey};
use lapsed::{
    inspection::Inspection,
    jwt::keys::{KeyFile, KeyKind},
    model::{Cause, proof::Signature},
};
use serde_json::{Value, json};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("tests/fixtures/keys/{name}")).unwrap()
}

fn key(kind: KeyKind, name: &str, bytes: &[u8]) -> KeyFile {
    KeyFile { bytes: Some(bytes.to_vec()), ..KeyFile::new(kind, name) }
}

fn pem(name: &str) -> KeyFile {
    key(KeyKind::Pem, name, &fixture(name))
}

fn rsa() -> EncodingKey {
    EncodingKey::from_rsa_der(&fixture("rsa.key.der"))
}

/// The signatures of all tokens of a capture that sends each of these once.
fn signatures(tokens: &[String], keys: Vec<KeyFile>) -> Vec<Signature> {
    let inspection = sends(tokens).inspect_with(keys);
    tokens
        .iter()
        .enumerate()
        .map(|(at, _)| {
            let event = inspection.events.ids().nth(at).unwrap();
            inspection.tokens_of(event).first().and_then(|token| token.check.clone()).unwrap().signature
        })
        .collect()
}

fn sends(tokens: &[String]) -> Spa {
    let mut spa = Spa::default();
    for (at, token) in tokens.iter().enumerate() {
        spa.ask(at as f64, "GET /me", bearer(token), got(200, json!({"name": "ann"})));
    }
    spa
}

/// What is said of one key file, and how many keys it gave.
fn said(kind: KeyKind, bytes: &[u8]) -> (String, usize) {
    let inspection = sends(&[signed(Algorithm::RS256, &rsa(), None, &claims_from(0, 60))])
        .inspect_with(vec![key(kind, "given", bytes)]);
    assert_eq!(inspection.sessions.len(), 1, "what was loaded is lost");
    let proofs = &inspection.events.proofs;
    let said: Vec<&str> = proofs.problems.iter().map(|problem| problem.message.as_str()).collect();
    (said.join("; "), proofs.keys.len())
}

#[test]
fn every_algorithm_is_verified_by_its_own_key_and_no_other() {
    let p256 = EncodingKey::from_ec_der(&fixture("p256.key.der"));
    let p384 = EncodingKey::from_ec_der(&fixture("p384.key.der"));
    let ed25519 = EncodingKey::from_ed_der(&fixture("ed25519.key.der"));
    let secret = EncodingKey::from_secret(b"correct horse battery staple");
    let table: Vec<(Algorithm, EncodingKey, KeyFile)> = vec![
        (Algorithm::HS256, secret.clone(), key(KeyKind::Secret, "s", b"correct horse battery staple\n")),
        (Algorithm::HS384, secret.clone(), key(KeyKind::Secret, "s", b"correct horse battery staple")),
        (Algorithm::HS512, secret, key(KeyKind::Any, "s", b"Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==\r\n")),
        (Algorithm::RS256, rsa(), pem("rsa.pem")),
        (Algorithm::RS384, rsa(), pem("rsa.pem")),
        (Algorithm::RS512, rsa(), pem("rsa.cert.pem")),
        (Algorithm::PS256, rsa(), pem("rsa.pem")),
        (Algorithm::PS384, rsa(), pem("rsa.pem")),
        (Algorithm::PS512, rsa(), pem("rsa.pem")),
        (Algorithm::ES256, p256, pem("p256.pem")),
        (Algorithm::ES384, p384, pem("p384.pem")),
        (Algorithm::EdDSA, ed25519, pem("ed25519.pem")),
    ];
    for (algorithm, signs, verifies) in table {
        let token = signed(algorithm, &signs, None, &claims_from(0, 60));
        let at = token.len() - 20;
        let other = if token.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        let forged = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        let found = signatures(&[token, forged.clone()], vec![verifies]);
        assert!(matches!(found[0], Signature::Verified(_)), "{algorithm:?}: {found:?}");
        assert_eq!(found[1], Signature::Unmatched, "{algorithm:?}");
        assert_eq!(signatures(&[forged], Vec::new()), [Signature::Unchecked]);
    }
}

/// The public parts of the fixture's RSA key as a JWK.
fn jwk(id: &str) -> Value {
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&rsa(), Algorithm::RS256).unwrap();
    let mut jwk = serde_json::to_value(jwk).unwrap();
    jwk["kid"] = json!(id);
    jwk
}

#[test]
fn the_key_that_verified_is_named_by_its_kid() {
    let set = json!({"keys": [jwk("one"), {"kty": "oct", "kid": "two", "k": "c2VjcmV0IG9mIHRoZSBzZXQ"}]}).to_string();
    let tokens = [
        signed(Algorithm::RS256, &rsa(), Some("one"), &claims_from(0, 60)),
        signed(Algorithm::HS256, &EncodingKey::from_secret(b"secret of the set"), Some("two"), &claims_from(0, 60)),
    ];
    let inspection = sends(&tokens).inspect_with(vec![key(KeyKind::Jwks, "dir/jwks.json", set.as_bytes())]);
    let words: Vec<String> =
        inspection.events.ids().map(|event| inspection.tokens_of(event)[0].signature.clone()).collect();
    assert_eq!(words, ["verified by key one of jwks.json (RS256)", "verified by key two of jwks.json (HS256)"]);
    let read = inspection.tokens_of(inspection.events.ids().next().unwrap()).remove(0);
    let reading = read.reading.unwrap();
    assert!(
        reading.claims.iter().any(|claim| claim.name == "exp" && claim.value.ends_with("1 min after it was issued"))
    );
    assert_eq!(read.at_use, "had 1 min left");
}

#[test]
fn a_bad_key_costs_one_sentence_and_nothing_that_was_loaded() {
    let p521 = json!({"keys": [{"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}, {"kty": "XYZ"}, 7]}).to_string();
    let private = json!({"kty": "RSA", "n": jwk("x")["n"], "e": "AQAB", "d": "AQAB"}).to_string();
    let table: &[(KeyKind, Vec<u8>, usize, &str)] = &[
        (KeyKind::Pem, fixture("rsa.key.pem"), 0, "private key, which was not loaded: the public key is enough"),
        (KeyKind::Pem, fixture("p256.sec1.key.pem"), 0, "private key, which was not loaded"),
        (KeyKind::Pem, fixture("encrypted.key.pem"), 0, "encrypted private key"),
        (KeyKind::Pem, fixture("p521.pem"), 0, "other curves can't"),
        (KeyKind::Pem, b"-----BEGIN PUBLIC KEY-----\nMFk".to_vec(), 0, "breaks off"),
        (
            KeyKind::Pem,
            b"-----BEGIN PUBLIC KEY-----\nnot base64!\n-----END PUBLIC KEY-----\n".to_vec(),
            0,
            "can't be read",
        ),
        (KeyKind::Pem, b"ssh-rsa AAAA".to_vec(), 0, "expected a PEM key"),
        (KeyKind::Pem, b"{\"keys\": []}".to_vec(), 0, "--jwks"),
        (KeyKind::Pem, Vec::new(), 0, "empty"),
        (KeyKind::Secret, b" \n".to_vec(), 0, "the secret is empty"),
        (KeyKind::Secret, fixture("rsa.pem"), 0, "--key"),
        (KeyKind::Jwks, fixture("rsa.pem"), 0, "--key"),
        (KeyKind::Jwks, b"{nonsense".to_vec(), 0, "no JSON"),
        (KeyKind::Jwks, b"{\"keys\": []}".to_vec(), 0, "holds none"),
        (KeyKind::Jwks, b"{\"issuer\": \"x\", \"jwks_uri\": \"https://x\"}".to_vec(), 0, "jwks_uri"),
        (KeyKind::Jwks, p521.into_bytes(), 0, "P-521"),
        (KeyKind::Jwks, b"{\"kty\": \"XYZ\"}".to_vec(), 0, "unknown type"),
        (KeyKind::Jwks, private.into_bytes(), 1, "only the public part was used"),
    ];
    for (kind, bytes, keys, wanted) in table {
        let (said, usable) = said(*kind, bytes);
        assert!(said.contains(wanted), "{wanted:?} expected, but said: {said:?}");
        assert_eq!(usable, *keys, "{said}");
    }
    let missing = sends(&[]).inspect_with(vec![KeyFile::new(KeyKind::Pem, "no/such/file.pem")]);
    assert!(missing.events.proofs.problems[0].message.contains("can't be read"));
}

#[test]
fn a_token_that_is_not_signed_is_called_out_also_without_a_key() {
    // {"alg":"none"} . {"sub":"ann","admin":true}
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJhZG1pbiI6dHJ1ZX0.".to_owned();
    let inspection = sends(&[unsigned]).inspect();
    let found = &inspection.events.proofs.findings;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, "unsigned_token");
    assert!(found[0].headline.contains("anyone can make; the server accepted it"), "{}", found[0].headline);
}

#[test]
fn an_hmac_made_with_the_public_key_is_called_algorithm_confusion() {
    let confused = EncodingKey::from_secret(&fixture("rsa.pem"));
    let token = signed(Algorithm::HS256, &confused, None, &claims_from(0, 60));
    let inspection = sends(&[token]).inspect_with(vec![pem("rsa.pem")]);
    assert_eq!(inspection.events.proofs.findings[0].kind, "algorithm_confusion");
    let set = json!({"keys": [jwk("one")]}).to_string();
    let other = signed(Algorithm::HS256, &EncodingKey::from_secret(b"x"), Some("one"), &claims_from(0, 60));
    let inspection = sends(&[other]).inspect_with(vec![key(KeyKind::Jwks, "jwks.json", set.as_bytes())]);
    assert_eq!(inspection.events.proofs.findings[0].kind, "unfit_algorithm");
}

/// A session whose token is refused with time left, and another after it, signed with these keys.
fn rotated(before: &EncodingKey, after: &EncodingKey) -> Spa {
    let mut spa = Spa::default();
    let (old, new) = (
        signed(Algorithm::RS256, before, None, &claims_from(0, 3_600)),
        signed(Algorithm::RS256, after, None, &claims_from(600, 3_600)),
    );
    spa.sign_in(json!({"access_token": old}));
    spa.reads(&old, &[7, 21, 70, 140, 300]);
    spa.ask(330.0, "GET /orders/9", bearer(&old), got(401, json!({"error": "unauthorized"})));
    let credentials = json!({"username": "ann", "password": "not-a-real-one"});
    spa.ask(600.0, "POST /auth/login", super::body(credentials), got(200, json!({"access_token": new})));
    spa.reads(&new, &[607, 621, 670]);
    spa
}

fn other() -> EncodingKey {
    EncodingKey::from_rsa_der(&fixture("other.key.der"))
}

fn told(inspection: &Inspection) -> (Option<Cause>, String) {
    (causes(inspection)[0], claims(inspection, Cause::KeyRotation))
}

#[test]
fn a_key_that_made_the_tokens_issued_since_and_not_the_refused_one_proves_the_change_of_keys() {
    let spa = rotated(&other(), &rsa());
    let (cause, claims) = told(&spa.inspect_with(vec![pem("rsa.pem")]));
    assert_eq!(cause, Some(Cause::KeyRotation), "{claims}");
    assert!(claims.contains("never matched rsa.pem, which signed those issued afterwards"), "{claims}");
    let (cause, claims) = told(&spa.inspect_with(vec![pem("rsa.pem"), pem("other.pem")]));
    assert_eq!(cause, Some(Cause::KeyRotation), "{claims}");
    assert!(claims.contains("signed by other.pem, those issued afterwards by rsa.pem"), "{claims}");
}

#[test]
fn a_refused_token_whose_signature_is_good_speaks_against_a_change_of_keys() {
    let spa = rotated(&rsa(), &rsa());
    assert_eq!(spa.causes()[0], Some(Cause::Undetermined));
    let (cause, claims) = told(&spa.inspect_with(vec![pem("rsa.pem")]));
    assert_ne!(cause, Some(Cause::KeyRotation), "{claims}");
}

#[test]
fn keys_given_later_change_the_verdict_and_lose_nothing() {
    let mut inspection = rotated(&other(), &rsa()).inspect();
    let before = (inspection.sessions.len(), inspection.events.len());
    inspection.use_keys(&[pem("rsa.pem")]);
    assert_eq!(causes(&inspection)[0], Some(Cause::KeyRotation));
    assert_eq!((inspection.sessions.len(), inspection.events.len()), before);
    inspection.use_keys(&[]);
    assert_eq!(causes(&inspection)[0], Some(Cause::Undetermined));
}

#[test]
fn the_command_line_takes_keys_and_shows_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let secret = "a secret that nobody else may see";
    let token = signed(Algorithm::HS256, &EncodingKey::from_secret(secret.as_bytes()), None, &claims_from(0, 60));
    std::fs::write(path("app.har"), sends(&[token]).bytes()).unwrap();
    std::fs::write(path("secret.txt"), secret).unwrap();
    let mut command = lapsed();
    command.arg("analyze").arg(path("app.har")).arg("--secret-file").arg(path("secret.txt"));
    command.args([
        "--key",
        "tests/fixtures/keys/rsa.key.pem",
        "--key",
        "tests/fixtures/keys/rsa.pem",
        "--format",
        "json",
    ]);
    let done = command.output().unwrap();
    let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    assert_eq!(done.status.code(), Some(0), "{err}");
    assert!(err.contains("rsa.key.pem: holds a private key"), "{err}");
    assert!(!out.contains(secret) && !err.contains(secret));
    let json: Value = serde_json::from_str(&out).unwrap();
    let kinds: Vec<&Value> = json["keys"].as_array().unwrap().iter().map(|key| &key["kind"]).collect();
    assert_eq!(kinds, [&json!("RSA public key"), &json!("shared secret"), &Value::Null]);
    assert!(json["keys"][2]["warning"].as_str().unwrap().contains("private key"));
}
