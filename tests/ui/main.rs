//! The window, driven as a person or a screen reader would: by the names of things. No display and no GPU.

mod comparing;
mod copying;
mod features;
mod fixture;
#[cfg(feature = "pictures")]
mod pictures;
mod reading;
mod tokens;
mod views;

use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use lapsed::{
    inspection::{Input, Inspection},
    model::{Cause, SessionId, Usual},
    query::Term,
    samples::SAMPLES,
    ui::{LapsedApp, command::Pane},
};

fn opened_on(size: [f32; 2]) -> Harness<'static, LapsedApp> {
    let mut harness = Harness::builder().with_size(size).with_max_steps(40).build_eframe(|cc| {
        let (inputs, inspection) = fixture::inspection();
        LapsedApp::with_inspection(&cc.egui_ctx, inputs, inspection)
    });
    harness.run();
    harness
}

fn opened() -> Harness<'static, LapsedApp> {
    opened_on([1440.0, 900.0])
}

fn empty() -> Harness<'static, LapsedApp> {
    let mut harness = Harness::builder()
        .with_size([1100.0, 800.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::new(&cc.egui_ctx, Vec::new()));
    harness.run();
    harness
}

/// Lets the loading thread come to its end.
fn wait_for_load(harness: &mut Harness<'_, LapsedApp>) {
    for _ in 0..600 {
        harness.step();
        if !harness.state().is_loading() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    harness.run_steps(3);
}

fn shown(harness: &Harness<'_, LapsedApp>) -> Vec<u32> {
    harness.state().opened().map(|opened| opened.shown.iter().map(|id| id.0).collect()).unwrap_or_default()
}

#[test]
fn with_nothing_open_there_are_samples_and_ways_in() {
    let harness = empty();
    harness.get_by_label("Open files…");
    harness.get_by_label("Open a path…");
    for sample in SAMPLES {
        harness.get_by_label(sample.title);
    }
}

#[test]
fn every_sample_opens_by_one_click_and_tells_of_sessions() {
    for sample in SAMPLES {
        let mut harness = empty();
        harness.get_by_label(sample.title).click();
        harness.step();
        wait_for_load(&mut harness);
        let opened = harness.state().opened().expect("the sample is open");
        assert_eq!(opened.inspection.sources.len(), sample.files.len(), "{}", sample.title);
        assert!(!opened.inspection.sessions.is_empty(), "{} shows no session", sample.title);
    }
}

#[test]
fn clicking_a_session_says_why_it_ended() {
    let mut harness = opened();
    harness.get_by_label("erin, bank.example, Network gap, unusual, 25 min 42 s").click();
    harness.run();
    assert_eq!(harness.state().looking().selected, Some(SessionId(5)));
    let explanation = harness.state().looking().explanation.clone().expect("why it ended");
    harness.get_by_label(&explanation.headline);
    for alternative in &explanation.alternatives {
        assert!(harness.query_all_by_label(alternative.cause.label()).count() > 0, "{alternative:?}");
    }
}

/// An SSH session that sshd ended, since its client was gone.
const GONE: &str = "\
2026-03-03T10:20:15.100000+00:00 vm sshd[701]: Accepted password for bob from 192.0.2.1 port 4022 ssh2
2026-03-03T10:20:15.200000+00:00 vm sshd[701]: pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)
2026-03-03T10:37:15.100000+00:00 vm sshd[701]: Timeout, client not responding from user bob 192.0.2.1 port 4022
2026-03-03T10:37:15.200000+00:00 vm sshd[701]: pam_unix(sshd:session): session closed for user bob
";

#[test]
fn clicking_evidence_shows_its_record() {
    let input = Input::Bytes { name: "auth.log".into(), bytes: GONE.as_bytes().into() };
    let mut harness = Harness::builder()
        .with_size([1440.0, 900.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::new(&cc.egui_ctx, vec![input]));
    wait_for_load(&mut harness);
    let explanation = harness.state().looking().explanation.clone().expect("why it ended");
    let evidence = explanation.evidence.first().expect("what shows it");
    harness.get_by_label_contains(&evidence.claim).click();
    harness.run();
    assert!(harness.state().looking().event.is_some_and(|event| evidence.events.contains(&event)));
    assert!(harness.state().looking().records.iter().any(|(_, record)| !record.lines.is_empty()));
}

#[test]
fn unusual_sessions_come_first_and_the_order_can_be_changed() {
    let mut harness = opened();
    assert_eq!(shown(&harness)[..3], [0, 4, 5]);
    harness.get_by_label("Order by Unusual first").click();
    harness.run();
    harness.get_by_label("Start").click();
    harness.run();
    assert_eq!(shown(&harness), [0, 1, 2, 3, 4, 5, 6, 7]);
    harness.get_by_label("Turn the order round").click();
    harness.run();
    assert_eq!(shown(&harness), [7, 6, 5, 4, 3, 2, 1, 0]);
}

#[test]
fn a_count_is_a_filter_that_can_be_taken_off() {
    let mut harness = opened();
    harness.get_by_label("3 unusual").click();
    harness.run();
    assert!(harness.state().looking().filter.has(&Term::usual(Usual::Unusual)));
    assert_eq!(shown(&harness).len(), 3);
    harness.get_by_label("Remove filter unusual").click();
    harness.run();
    assert_eq!(shown(&harness).len(), 8);
}

#[test]
fn the_search_box_narrows_the_list_and_escape_widens_it() {
    let mut harness = opened();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::F);
    harness.run();
    harness.get_by_label("Search sessions").type_text("alice");
    harness.run();
    assert_eq!(shown(&harness), [1, 6]);
    harness.key_press(egui::Key::Escape);
    harness.run();
    assert_eq!(shown(&harness).len(), 8);
}

#[test]
fn letters_in_the_search_box_do_not_move_the_timeline() {
    let mut harness = opened();
    let view = harness.state().looking().view;
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::F);
    harness.run();
    harness.key_press(egui::Key::W);
    harness.key_press(egui::Key::D);
    harness.run();
    assert_eq!(harness.state().looking().view, view);
}

#[test]
fn keys_zoom_move_and_fit_the_timeline() {
    let mut harness = opened();
    let whole = harness.state().looking().view;
    harness.key_press(egui::Key::W);
    harness.run();
    let closer = harness.state().looking().view;
    assert!(closer.length() < whole.length());
    harness.key_press(egui::Key::D);
    harness.run();
    let later = harness.state().looking().view;
    assert!(later.from > closer.from && later.length() == closer.length());
    harness.key_press(egui::Key::F);
    harness.run();
    assert_eq!(harness.state().looking().view, whole);
}

#[test]
fn arrows_walk_the_sessions_and_commas_the_events() {
    let mut harness = opened();
    assert_eq!(harness.state().looking().selected, Some(SessionId(0)));
    harness.key_press(egui::Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().looking().selected, Some(SessionId(4)));
    let last = harness.state().looking().event.expect("its deciding record");
    harness.key_press(egui::Key::Comma);
    harness.run();
    let before = harness.state().looking().event.expect("the one before");
    assert!(before < last);
    harness.key_press(egui::Key::Period);
    harness.run();
    assert_eq!(harness.state().looking().event, Some(last));
}

#[test]
fn enter_zooms_to_the_session() {
    let mut harness = opened();
    let whole = harness.state().looking().view;
    harness.key_press(egui::Key::ArrowDown);
    harness.key_press(egui::Key::Enter);
    harness.run();
    assert!(harness.state().looking().view.length() < whole.length() / 2);
}

#[test]
fn lanes_marks_and_endings_have_names() {
    let harness = opened();
    harness.get_by_label_contains("Lane bob, bank.example, Server restart");
    harness.get_by_label("End of dave: Token expired");
    harness.get_by_label_contains("Sign-in of carol at 10:31:42");
    harness.get_by_label_contains("Account locked, mallory");
    harness.get_by_label_contains("Endings over time");
}

#[test]
fn the_summary_tells_incidents_patterns_and_limits() {
    let mut harness = opened();
    harness.get_by_label("All sessions").click();
    harness.run();
    assert_eq!(harness.state().looking().pane, Pane::Summary);
    harness.get_by_label("8 sessions, 7 ended, 3 of them unusually");
    harness.get_by_label_contains("The server restarted and lost the sessions");
    harness.get_by_label_contains("End together 2 sessions");
    harness.get_by_label("15 min");
    harness.get_by_label("Idle timeout: 2 sessions").click();
    harness.run();
    assert!(harness.state().looking().filter.has(&Term::cause(Some(Cause::IdleTimeout))));
    assert_eq!(shown(&harness), [1, 6]);
}

#[test]
fn limits_can_be_compared_with_a_standard() {
    let mut harness = opened();
    harness.get_by_label("All sessions").click();
    harness.run();
    harness.get_by_label("Standard: Compare with a standard").click();
    harness.run();
    harness.get_by_label("PCI DSS 4.0.1").click();
    harness.run();
    harness.get_by_label_contains("allowed are 15 min by PCI DSS 4.0.1, 8.2.8");
    harness.get_by_label("within");
}

#[test]
fn the_theme_can_be_switched() {
    let mut harness = opened();
    for (label, dark) in [("Light", false), ("Dark", true)] {
        harness.get_by_label("Theme").click();
        harness.run();
        harness.get_by_label(label).click();
        harness.run();
        assert_eq!(harness.ctx.theme() == egui::Theme::Dark, dark);
    }
}

#[test]
fn every_time_follows_the_chosen_zone() {
    let mut harness = opened();
    harness.get_by_label_contains("Sign-in of carol at 10:31:42");
    harness.get_by_label("Time zone: UTC").click();
    harness.run();
    harness.get_by_label_contains("The source's zone, UTC+01:00").click();
    harness.run();
    harness.get_by_label_contains("Sign-in of carol at 11:31:42");
    harness.get_by_label("Time zone: Source, UTC+01:00");
}

#[test]
fn question_mark_lists_the_shortcuts_and_escape_closes_them() {
    let mut harness = opened();
    harness.event(egui::Event::Text("?".to_owned()));
    harness.run();
    harness.get_by_label("Previous event of the session");
    harness.key_press(egui::Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Previous event of the session").is_none());
}

#[test]
fn warnings_can_be_reached_with_their_places() {
    let mut harness = opened();
    harness.get_by_label("2 records not read").click();
    harness.run();
    harness.get_by_label_contains("line 1\u{2009}204");
    harness.get_by_label_contains("TLS handshake");
}

#[test]
fn a_path_that_is_not_there_is_said_so_in_the_box() {
    let mut harness = empty();
    harness.get_by_label("Open a path…").click();
    harness.run();
    harness.get_by_label("Path").type_text("/nowhere/at/all.har");
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
    harness.get_by_label_contains("There is no file /nowhere/at/all.har");
}

#[derive(Debug)]
struct Dropped;

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        std::path::Path::new("dropped.log")
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Ok(b"Mar  3 10:37:15 vm sshd[1]: Accepted password for bob from 192.0.2.1 port 4022 ssh2\n".to_vec())
    }
}

#[test]
fn a_dropped_file_opens_even_where_it_has_no_path() {
    let mut harness = empty();
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped));
    harness.step();
    wait_for_load(&mut harness);
    assert!(harness.state().opened().is_some());
}

#[test]
fn every_size_has_sentence_list_and_timeline() {
    for size in [[1440.0, 900.0], [1024.0, 700.0], [800.0, 600.0]] {
        let harness = opened_on(size);
        let headline = harness.state().looking().explanation.as_ref().map(|explanation| explanation.headline.clone());
        harness.get_by_label(&headline.expect("why it ended"));
        harness.get_by_label_contains("Timeline, ");
        let list = harness.get_by_label("Sessions").rect();
        assert!(list.width() >= 180.0 && list.height() > 80.0, "{size:?}: {list:?}");
    }
}

#[test]
fn an_input_without_sessions_says_so() {
    let mut harness = Harness::builder()
        .with_size([1100.0, 800.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::with_inspection(&cc.egui_ctx, Vec::new(), Inspection::default()));
    harness.run();
    assert!(harness.query_all_by_label("No session was found").count() >= 1);
}

#[test]
fn nothing_that_can_be_pressed_is_without_a_name() {
    let harness = opened();
    let nameless: Vec<_> = harness
        .root()
        .children_recursive()
        .filter(|node| {
            let node = node.accesskit_node();
            node.role() == egui::accesskit::Role::Button && node.label().is_none_or(|label| label.is_empty())
        })
        .map(|node| format!("{node:?}"))
        .collect();
    assert!(nameless.is_empty(), "{nameless:#?}");
}

#[test]
fn copying_says_so_and_holds_the_record() {
    let mut harness = opened();
    harness.get_by_label("Copy").click();
    harness.run();
    harness.get_by_label_contains("Copied the record");
}

#[test]
fn the_tab_key_reaches_search_list_and_timeline() {
    let mut harness = opened();
    let mut reached = Vec::new();
    for _ in 0..90 {
        harness.key_press(egui::Key::Tab);
        harness.run();
        let focused = harness.root().children_recursive().find(egui_kittest::Node::is_focused);
        reached.extend(focused.and_then(|node| node.accesskit_node().label()));
    }
    for wanted in ["Search sessions", "Sessions", "Timeline, ", "3 unusual", "Copy", "Next event (.)"] {
        assert!(reached.iter().any(|label| label.starts_with(wanted)), "{wanted} is not among {reached:#?}");
    }
}

#[test]
fn a_hundred_thousand_sessions_are_not_all_drawn() {
    let (_, small) = fixture::inspection();
    let mut large = Inspection::default();
    for index in 0..100_000 {
        let at = index % small.sessions.len();
        large.sessions.push(small.sessions[at].clone());
        large.verdicts.push(small.verdicts[at]);
    }
    large.look_around();
    let mut harness = Harness::builder()
        .with_size([1440.0, 900.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::with_inspection(&cc.egui_ctx, Vec::new(), large));
    harness.run();
    assert_eq!(shown(&harness).len(), 100_000);
    let count = |role| harness.root().children_recursive().filter(|node| node.accesskit_node().role() == role).count();
    let (rows, lanes) = (count(egui::accesskit::Role::ListBoxOption), count(egui::accesskit::Role::Row));
    assert!((5..60).contains(&rows) && (5..60).contains(&lanes), "{rows} rows, {lanes} lanes");
    harness.key_press(egui::Key::End);
    harness.run();
    assert!(harness.state().looking().selected.is_some_and(|id| id.0 > 99_000));
}

#[test]
fn times_at_the_ends_of_all_time_do_no_harm() {
    let (inputs, mut inspection) = fixture::inspection();
    inspection.sessions[7].started_at = i64::MIN;
    inspection.sessions[7].last_alive_at = i64::MAX;
    inspection.incidents[0].range = lapsed::model::TimeRange { from: i64::MIN, until: i64::MAX };
    let mut harness = Harness::builder()
        .with_size([1200.0, 800.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::with_inspection(&cc.egui_ctx, inputs, inspection));
    harness.run();
    for key in
        [egui::Key::W, egui::Key::D, egui::Key::A, egui::Key::S, egui::Key::ArrowDown, egui::Key::Enter, egui::Key::F]
    {
        harness.key_press(key);
        harness.run();
    }
    harness.get_by_label("All sessions").click();
    harness.run();
    harness.get_by_label_contains("The server restarted and lost").click();
    harness.run();
}
