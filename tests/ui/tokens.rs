//! Tokens in the window: what they claim, from when to when they are valid, what keys say of them.

use crate::{GONE, empty, wait_for_load};
use egui::Key;
use egui_kittest::{Harness, kittest::Queryable as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use lapsed::{
    inspection::{Input, Options},
    jwt::keys::{KeyFile, KeyKind},
    ui::{LapsedApp, command::Pane, settings::Settings},
};
use serde_json::{Value, json};

/// 2026-03-03T08:00:00Z, in seconds.
const START: i64 = 1_772_524_800;
const SECRET: &[u8] = b"correct horse battery staple\n";

fn token(secret: &[u8]) -> String {
    let claims = json!({"iss": "https://issuer.example", "sub": "ann", "iat": START, "exp": START + 300});
    encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret)).expect("a token")
}

/// A token that nobody signed.
fn unsigned() -> String {
    // {"alg":"none","typ":"JWT"} and {"sub":"ann","iat":1772524800,"exp":1772525100}
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhbm4iLCJpYXQiOjE3NzI1MjQ4MDAsImV4cCI6MTc3MjUyNTEwMH0.".to_owned()
}

fn entry(second: i64, request: &str, bearer: &str, sends: &Value, status: u16, body: &Value) -> Value {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let mut headers = vec![json!({"name": "Host", "value": "api.example"})];
    if !bearer.is_empty() {
        headers.push(json!({"name": "Authorization", "value": format!("Bearer {bearer}")}));
    }
    let mut request = json!({"method": method, "url": format!("https://api.example{path}"), "headers": headers});
    if !sends.is_null() {
        request["postData"] = json!({"mimeType": "application/json", "text": sends.to_string()});
    }
    json!({
        "startedDateTime": format!("2026-03-03T08:{:02}:{:02}.000Z", second / 60, second % 60),
        "time": 40, "request": request,
        "response": {"status": status, "headers": [],
            "content": {"mimeType": "application/json", "size": 2, "text": body.to_string()}},
    })
}

/// Someone signs in, reads twice, and is refused when the token has run out.
fn capture(token: &str) -> Input {
    let none = Value::Null;
    let orders = json!({"orders": []});
    let credentials = json!({"username": "ann", "password": "not-a-real-one"});
    let tokens = json!({"access_token": token, "expires_in": 300});
    let entries = [
        entry(0, "POST /auth/login", "", &credentials, 200, &tokens),
        entry(10, "GET /orders/1", token, &none, 200, &orders),
        entry(60, "GET /orders/2", token, &none, 200, &orders),
        entry(330, "GET /orders/3", token, &none, 401, &json!({"error": "invalid_token"})),
    ];
    let har =
        json!({"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "128.0"}, "entries": entries}});
    Input::Bytes { name: "capture.har".into(), bytes: har.to_string().into_bytes().into() }
}

fn open(input: Input) -> Harness<'static, LapsedApp> {
    let mut harness = Harness::builder()
        .with_size([1440.0, 1100.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::new(&cc.egui_ctx, vec![input]));
    wait_for_load(&mut harness);
    harness
}

#[derive(Debug)]
struct Dropped(&'static str, Vec<u8>);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        std::path::Path::new(self.0)
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Ok(self.1.clone())
    }
}

fn drop_file(harness: &mut Harness<'_, LapsedApp>, name: &'static str, bytes: &[u8]) {
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(name, bytes.to_vec())));
    harness.step();
    wait_for_load(harness);
}

fn show_tokens(harness: &mut Harness<'_, LapsedApp>) {
    harness.get_by_label("Tokens").click();
    harness.run_steps(3);
    assert_eq!(harness.state().looking().pane, Pane::Tokens);
}

/// Gives a key by typing its path, as where the desktop shows no dialog.
fn give_key(harness: &mut Harness<'_, LapsedApp>, path: &str) {
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::K);
    harness.run_steps(3);
    harness.get_by_label("Find a command").type_text("add a key by its path");
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    harness.get_by_label("Path").type_text(path);
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(6);
}

#[test]
fn a_token_is_told_claim_by_claim_with_its_times_as_a_bar() {
    let mut harness = open(capture(&token(SECRET)));
    show_tokens(&mut harness);
    harness.get_by_label("issued by");
    harness.get_by_label("https://issuer.example");
    harness.get_by_label("2026-03-03 08:05:00 UTC, 5 min after it was issued");
    harness.get_by_label("Valid from 08:00:00 to 08:05:00; ran out 30 s before the cursor");
    harness.get_by_label("Signed with HS256, not checked: no key was given");
}

#[test]
fn the_bar_of_a_token_follows_the_time_cursor() {
    let mut harness = open(capture(&token(SECRET)));
    show_tokens(&mut harness);
    harness.key_press(Key::B);
    harness.run_steps(3);
    harness.get_by_label_contains("Valid from 08:00:00 to 08:05:00; 5 min left at the cursor");
}

#[test]
fn the_chain_says_what_became_of_each_token_and_leads_to_its_records() {
    let mut harness = open(capture(&token(SECRET)));
    show_tokens(&mut harness);
    let refused = harness.state().looking().event;
    harness.get_by_label_contains("given 08:00:00, used twice, refused 08:05:30").click();
    harness.run_steps(3);
    assert_ne!(harness.state().looking().event, refused, "the record that issued it is shown");
    harness.get_by_label("given by the server");
}

#[test]
fn a_shared_secret_verifies_and_a_wrong_one_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (right, wrong) = (folder.path().join("right.txt"), folder.path().join("wrong.txt"));
    std::fs::write(&right, SECRET).unwrap();
    std::fs::write(&wrong, b"some other secret of ours").unwrap();
    let mut harness = open(capture(&token(SECRET)));
    show_tokens(&mut harness);
    let (cause, event) = (harness.state().looking().selected, harness.state().looking().event);
    give_key(&mut harness, right.to_str().unwrap());
    harness.get_by_label("Verified by right.txt (HS256)");
    assert_eq!((harness.state().looking().selected, harness.state().looking().event), (cause, event));
    harness.get_by_label("Take out key right.txt").click();
    harness.run_steps(3);
    harness.get_by_label("Signed with HS256, not checked: no key was given");
    give_key(&mut harness, wrong.to_str().unwrap());
    harness.get_by_label("The signature (HS256) matches no key that was given");
}

#[test]
fn a_dropped_secret_is_asked_about_and_used_as_one() {
    let mut harness = open(capture(&token(SECRET)));
    drop_file(&mut harness, "hmac.key", SECRET);
    harness.get_by_label("hmac.key fits no format. Is it the shared secret that tokens are signed with (HS256)?");
    assert_eq!(harness.state().opened().unwrap().inspection.sources.len(), 1, "it is no source");
    harness.get_by_label("Use as a secret").click();
    harness.run_steps(4);
    harness.get_by_label("Verified by hmac.key (HS256)");
    assert!(harness.query_by_label("Use as a secret").is_none());
}

#[test]
fn a_dropped_file_that_is_no_secret_after_all_opens_as_a_log() {
    let mut harness = open(capture(&token(SECRET)));
    drop_file(&mut harness, "odd.log", b"nothing that anyone knows");
    harness.get_by_label("Open as a log").click();
    harness.step();
    wait_for_load(&mut harness);
    assert_eq!(harness.state().opened().unwrap().inspection.sources.len(), 2);
    assert!(harness.query_by_label("Open as a log").is_none());
}

#[test]
fn a_secret_that_is_dropped_with_its_capture_waits_until_that_is_read() {
    let mut harness = empty();
    let Input::Bytes { bytes, .. } = capture(&token(SECRET)) else { panic!("bytes") };
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped("capture.har", bytes.to_vec())));
    drop_file(&mut harness, "hmac.key", SECRET);
    assert_eq!(harness.state().opened().unwrap().inspection.sessions.len(), 1);
    harness.get_by_label("Use as a secret").click();
    harness.run_steps(4);
    harness.get_by_label("Verified by hmac.key (HS256)");
}

#[test]
fn a_dropped_public_key_is_a_key_and_no_source() {
    let mut harness = open(capture(&token(SECRET)));
    drop_file(&mut harness, "issuer.pem", &std::fs::read("tests/fixtures/keys/rsa.pem").unwrap());
    assert_eq!(harness.state().looking().pane, Pane::Tokens);
    assert_eq!(harness.state().opened().unwrap().inspection.sources.len(), 1);
    harness.get_by_label("Signed with HS256, not checked: no key of that kind was given");
    harness.get_by_label("Take out key issuer.pem");
}

#[test]
fn a_key_that_can_not_be_used_costs_one_sentence_and_nothing_else() {
    let mut harness = open(capture(&token(SECRET)));
    let event = harness.state().looking().event;
    drop_file(&mut harness, "mine.pem", &std::fs::read("tests/fixtures/keys/rsa.key.pem").unwrap());
    harness.get_by_label_contains("mine.pem: holds a private key, which was not loaded");
    assert_eq!(harness.state().opened().unwrap().inspection.sessions.len(), 1);
    assert_eq!(harness.state().looking().event, event);
    harness.get_by_label("Dismiss").click();
    harness.run_steps(3);
    show_tokens(&mut harness);
    harness.get_by_label("Signed with HS256, not checked: no key was given");
}

#[test]
fn keys_that_come_before_the_capture_are_used_for_it() {
    let mut harness = empty();
    drop_file(&mut harness, "issuer.pem", &std::fs::read("tests/fixtures/keys/rsa.pem").unwrap());
    harness.get_by_label("The key is at hand for what is opened next");
    harness.event(egui::Event::Paste(GONE.to_owned()));
    harness.step();
    wait_for_load(&mut harness);
    assert_eq!(harness.state().opened().unwrap().inspection.events.proofs.keys.len(), 1);
}

#[test]
fn a_token_that_nobody_signed_and_one_forged_with_a_public_key_are_called_out() {
    let mut harness = open(capture(&unsigned()));
    show_tokens(&mut harness);
    harness.get_by_label_contains("(alg none) was sent, which anyone can make; the server accepted it");
    harness.get_by_label("Not signed (alg none): anyone can make such a token");

    let public = std::fs::read("tests/fixtures/keys/rsa.pem").unwrap();
    let mut harness = open(capture(&token(&public)));
    drop_file(&mut harness, "issuer.pem", &public);
    harness.get_by_label_contains("Forged: an HS256 signature made with the public key of issuer.pem");
}

#[test]
fn a_session_without_tokens_says_so() {
    let input = Input::Bytes { name: "auth.log".into(), bytes: GONE.as_bytes().into() };
    let mut harness = open(input);
    show_tokens(&mut harness);
    harness.get_by_label_contains("No record of this session carries a token");
}

#[test]
fn what_is_valid_for_a_time_stands_under_the_chosen_lane() {
    let mut harness = open(capture(&token(SECRET)));
    harness.get_by_label("Access token of ann: ran out 30 s ago");
    harness.key_press(Key::B);
    harness.run_steps(3);
    harness.get_by_label("Access token of ann: 5 min left");
}

#[test]
fn keys_that_are_given_at_the_start_are_used_and_bad_ones_are_told() {
    let start = |bytes: &[u8]| {
        let keys = vec![KeyFile { bytes: Some(bytes.to_vec()), ..KeyFile::new(KeyKind::Any, "issuer.pem") }];
        let input = capture(&token(SECRET));
        let mut harness = Harness::builder().with_size([1440.0, 900.0]).with_max_steps(40).build_eframe(move |cc| {
            let read = Options { keys, ..Options::default() };
            LapsedApp::remembering(&cc.egui_ctx, Settings::default(), vec![input], read)
        });
        wait_for_load(&mut harness);
        harness
    };
    let good = start(&std::fs::read("tests/fixtures/keys/rsa.pem").expect("a key"));
    assert_eq!(good.state().opened().expect("a capture").inspection.events.proofs.keys.len(), 1);
    let bad = start(&std::fs::read("tests/fixtures/keys/rsa.key.pem").expect("a key"));
    bad.get_by_label_contains("issuer.pem: holds a private key, which was not loaded");
    assert_eq!(bad.state().opened().expect("a capture").inspection.sessions.len(), 1);
}
