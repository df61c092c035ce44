//! What someone reads who has never seen the program: whole records, small windows, and what to do where nothing was found.

use crate::{GONE, empty, opened_on, wait_for_load};
use egui_kittest::{Harness, kittest::Queryable as _};
use lapsed::{inspection::Input, ui::LapsedApp};

fn opened_text(size: [f32; 2], text: &str) -> Harness<'static, LapsedApp> {
    let input = Input::Bytes { name: "some.log".into(), bytes: text.as_bytes().to_vec().into() };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::new(&cc.egui_ctx, vec![input]));
    wait_for_load(&mut harness);
    harness
}

#[test]
fn a_long_line_of_a_log_is_seen_whole() {
    let long = format!("Timeout, client not responding from user bob {}", "and so on ".repeat(40));
    let log = GONE.replace("Timeout, client not responding from user bob", &long);
    let harness = opened_text([1100.0, 800.0], &log);
    // The record that decided is shown; step to the long one.
    let mut harness = harness;
    let mut found = None;
    for _ in 0..6 {
        found = harness.query_by_label_contains("and so on and so on").map(|line| line.rect());
        if found.is_some() {
            break;
        }
        harness.key_press(egui::Key::Comma);
        harness.run_steps(3);
    }
    let rect = found.expect("the line");
    assert!(rect.right() <= 1100.0 && rect.height() > 30.0, "{rect:?}");
}

#[test]
fn the_smallest_window_still_shows_a_session_its_lane_and_its_verdict() {
    let harness = opened_on([640.0, 420.0]);
    let headline = harness.state().looking().explanation.as_ref().map(|explanation| explanation.headline.clone());
    let verdict = harness.get_by_label(&headline.expect("why it ended")).rect();
    let row = harness.get_by_label("bob, bank.example, Server restart, unusual, 27 min 6 s").rect();
    let lane = harness.get_by_label("Lane bob, bank.example, Server restart, unusual, 27 min 6 s").rect();
    assert!(row.bottom() <= verdict.top() && lane.bottom() <= verdict.top(), "{row:?} {lane:?} {verdict:?}");
    assert!(verdict.bottom() < 376.0, "the foot hides it: {verdict:?}");
}

#[test]
fn where_no_session_was_found_it_is_said_what_helps() {
    let log = "127.0.0.1 - - [03/Mar/2026:10:20:15 +0000] \"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n";
    let harness = opened_text([1100.0, 800.0], log);
    harness.get_by_label("No session was found");
    harness.get_by_label_contains("a capture that begins before the sign-in and ends after the error");
    assert!(empty().query_by_label_contains("a capture that begins").is_none());
}

/// Two sessions of an hour, seven years apart.
const APART: &str = "\
2019-03-03T10:20:15.200000+00:00 vm sshd[701]: Accepted password for bob from 192.0.2.1 port 4022 ssh2
2019-03-03T10:20:15.300000+00:00 vm sshd[701]: pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)
2019-03-03T11:20:15.100000+00:00 vm sshd[701]: Timeout, client not responding from user bob 192.0.2.1 port 4022
2019-03-03T11:20:15.200000+00:00 vm sshd[701]: pam_unix(sshd:session): session closed for user bob
2026-03-03T10:20:15.100000+00:00 vm sshd[901]: Accepted password for ann from 192.0.2.1 port 4022 ssh2
2026-03-03T10:20:15.200000+00:00 vm sshd[901]: pam_unix(sshd:session): session opened for user ann(uid=1001) by (uid=0)
2026-03-03T11:20:15.200000+00:00 vm sshd[901]: pam_unix(sshd:session): session closed for user ann
";

#[test]
fn a_session_that_is_a_speck_in_all_that_was_opened_is_come_near_to() {
    let mut harness = opened_text([1100.0, 800.0], APART);
    let view = harness.state().looking().view;
    let chosen = harness.state().looking().selected.expect("a session");
    let span = harness.state().opened().expect("open").session(chosen).expect("it is there").span();
    assert!(view.contains(span.from) && view.contains(span.until), "{view:?} is not around {span:?}");
    assert!(span.length() > view.length() / 5, "it is a speck");
    harness.key_press(egui::Key::F);
    harness.run_steps(3);
    assert!(harness.state().looking().view.length() > 1000 * span.length(), "all of it is one key away");
}

#[test]
fn times_of_several_years_say_which() {
    let mut harness = opened_text([1100.0, 800.0], APART);
    harness.event(egui::Event::Text("4".to_owned()));
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("3 Mar 2026 11:20:15").count() > 0);
}
