//! View files: what of the way sources were read, and of keys, comes back, and what is said where it can't.

use crate::{GONE, wait_for_load};
use egui_kittest::{Harness, kittest::Queryable as _};
use jiff::tz::TimeZone;
use lapsed::{
    formats::Chosen,
    inspection::{Input, Options, ReadAs, Readings},
    jwt::keys::{KeyFile, KeyKind},
    model::Recognised,
    ui::{LapsedApp, settings::Settings},
};
use std::path::Path;

/// A public key of no importance.
const PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

/// A window that opens a path, read and verified so.
fn started(path: &Path, read: Options) -> Harness<'static, LapsedApp> {
    let inputs = vec![Input::Path(path.to_owned())];
    let mut harness = Harness::builder()
        .with_size([1440.0, 900.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::remembering(&cc.egui_ctx, Settings::default(), inputs, read));
    wait_for_load(&mut harness);
    harness
}

fn zone_of(harness: &Harness<'_, LapsedApp>) -> i64 {
    harness.state().opened().expect("open").inspection.sessions[0].started_at
}

#[test]
fn the_chosen_format_and_zone_of_a_source_come_back_with_the_view() {
    let folder = tempfile::tempdir().unwrap();
    let (log, view) = (folder.path().join("auth.log"), folder.path().join("bug.lapsed"));
    // Stamps without a zone.
    std::fs::write(&log, GONE.replace("+00:00", "").replace("2026-03-03T", "Mar  3 ").replace(".100000", "")).unwrap();
    let zone = TimeZone::get("America/New_York").unwrap();
    let as_sshd = ReadAs { format: Chosen::of_id("linux_auth"), zone: Some(zone) };
    assert!(as_sshd.format.is_some());
    let readings = Readings { single: vec![(log.clone(), as_sshd)], ..Readings::default() };
    let mut harness = started(&log, Options { readings, ..Options::default() });
    harness.state_mut().save_view_to(&view);
    harness.run_steps(2);
    let kept = std::fs::read_to_string(&view).unwrap();
    assert!(kept.contains("America/New_York") && kept.contains("\"format\": \"linux_auth\""), "{kept}");

    let again = started(&view, Options::default());
    let source = &again.state().opened().expect("open").inspection.sources[0];
    assert_eq!(source.recognised, Some(Recognised::Chosen));
    assert_eq!(zone_of(&again), zone_of(&harness));
    assert_ne!(zone_of(&again), zone_of(&started(&log, Options::default())), "the zone moves the session");
}

#[test]
fn keys_come_back_with_the_view_and_a_changed_one_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let [log, key, view] = ["auth.log", "public.pem", "bug.lapsed"].map(|name| folder.path().join(name));
    std::fs::write(&log, GONE).unwrap();
    std::fs::write(&key, PUBLIC).unwrap();
    let keys = vec![KeyFile::new(KeyKind::Any, &key)];
    let mut harness = started(&log, Options { keys, ..Options::default() });
    harness.state_mut().save_view_to(&view);
    harness.run_steps(2);
    let kept = std::fs::read_to_string(&view).unwrap();
    assert!(kept.contains("public.pem") && !kept.contains("MCowBQ"), "{kept}");

    let keys_of =
        |harness: &Harness<'_, LapsedApp>| harness.state().opened().expect("open").inspection.events.proofs.keys.len();
    let again = started(&view, Options::default());
    assert_eq!(keys_of(&again), 1);
    assert!(again.query_by_label_contains("Since this view was kept").is_none());

    std::fs::write(&key, PUBLIC.replace("MCow", "MCov")).unwrap();
    started(&view, Options::default()).get_by_label("Since this view was kept, the key public.pem has changed");
    std::fs::remove_file(&key).unwrap();
    let without = started(&view, Options::default());
    without.get_by_label("Since this view was kept, the key public.pem is gone");
    assert_eq!(keys_of(&without), 0);
}

#[test]
fn a_view_never_holds_a_secret_nor_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let [log, key, view] = ["auth.log", "hmac.key", "bug.lapsed"].map(|name| folder.path().join(name));
    std::fs::write(&log, GONE).unwrap();
    std::fs::write(&key, "hunter2").unwrap();
    let keys = vec![KeyFile::new(KeyKind::Secret, &key)];
    let mut harness = started(&log, Options { keys, ..Options::default() });
    harness.state_mut().save_view_to(&view);
    harness.run_steps(2);
    let kept = std::fs::read_to_string(&view).unwrap();
    assert!(kept.contains("hmac.key") && !kept.contains("hunter2"), "{kept}");
    // Of the log only.
    assert_eq!(kept.matches("sha256").count(), 1, "{kept}");
}

#[test]
fn a_source_that_is_gone_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let [log, other, view] = ["auth.log", "other.log", "bug.lapsed"].map(|name| folder.path().join(name));
    std::fs::write(&log, GONE).unwrap();
    std::fs::write(&other, GONE.replace("bob", "eve")).unwrap();
    let inputs = vec![Input::Path(log), Input::Path(other.clone())];
    let mut harness = Harness::builder()
        .with_size([1440.0, 900.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::new(&cc.egui_ctx, inputs));
    wait_for_load(&mut harness);
    harness.state_mut().save_view_to(&view);
    harness.run_steps(2);
    std::fs::remove_file(&other).unwrap();
    let again = started(&view, Options::default());
    again.get_by_label("Since this view was kept, other.log is gone");
    assert_eq!(again.state().opened().expect("open").inspection.sessions.len(), 1);
}
