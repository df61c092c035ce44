//! What the window can do, feature by feature: keys, find, clocks, records, comparison, notes, views, live files.

use crate::{GONE, empty, opened, shown, wait_for_load};
use egui::{Key, Modifiers};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use lapsed::{
    inspection::Input,
    model::{Cause, PatternKind, SessionId, time::MINUTE},
    query::Term,
    ui::{LapsedApp, command::Pane},
};

fn press(harness: &mut Harness<'_, LapsedApp>, key: Key) {
    harness.key_press(key);
    harness.run_steps(3);
}

fn typed(harness: &mut Harness<'_, LapsedApp>, text: &str) {
    harness.event(egui::Event::Text(text.to_owned()));
    harness.run_steps(3);
}

/// Opens files from the disk, as arguments do.
fn opened_from(paths: &[&std::path::Path]) -> Harness<'static, LapsedApp> {
    let inputs: Vec<Input> = paths.iter().map(|path| Input::Path((*path).to_owned())).collect();
    let mut harness = Harness::builder()
        .with_size([1440.0, 900.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::new(&cc.egui_ctx, inputs));
    wait_for_load(&mut harness);
    harness
}

#[test]
fn one_ended_session_opens_on_its_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("auth.log");
    std::fs::write(&log, GONE).unwrap();
    let harness = opened_from(&[&log]);
    let looking = harness.state().looking();
    assert_eq!((looking.pane, looking.selected), (Pane::Why, Some(SessionId(0))));
    harness.get_by_label(&looking.explanation.as_ref().unwrap().headline);
}

#[test]
fn the_palette_finds_a_command_by_a_few_letters() {
    let mut harness = opened();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_steps(3);
    harness.get_by_label("Find a command").type_text("nus");
    harness.run_steps(3);
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().looking().selected, Some(SessionId(4)), "the next unusual session");
    assert!(harness.query_by_label("Find a command").is_none());
}

#[test]
fn the_menu_has_every_command_with_its_keys() {
    let mut harness = opened();
    harness.get_by_label("Menu").click();
    harness.run_steps(3);
    harness.get_by_label("Go").click();
    harness.run_steps(6);
    harness.get_by_label_contains("Ending of the session");
}

#[test]
fn evidence_is_walked_by_keys_with_its_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("auth.log");
    std::fs::write(&log, GONE).expect("a log");
    let mut harness = opened_from(&[&log]);
    let evidence = harness.state().looking().explanation.as_ref().expect("why it ended").evidence.clone();
    for at in [0, 1 % evidence.len()] {
        press(&mut harness, Key::V);
        assert_eq!(harness.state().looking().evidence, Some(at));
        assert!(harness.state().looking().event.is_some_and(|event| evidence[at].events.contains(&event)));
    }
    harness.key_press_modifiers(Modifiers::SHIFT, Key::V);
    harness.run_steps(3);
    assert_eq!(harness.state().looking().evidence, Some(if evidence.len() > 1 { 0 } else { evidence.len() - 1 }));
}

#[test]
fn the_events_of_a_session_can_be_read_as_a_list() {
    let mut harness = opened();
    typed(&mut harness, "4");
    assert_eq!(harness.state().looking().pane, Pane::Events);
    let last = harness.state().looking().event;
    harness.get_by_label("10:47:12 Rejection GET /pages/9 401");
    press(&mut harness, Key::Comma);
    assert_ne!(harness.state().looking().event, last);
    assert_eq!(harness.state().looking().pane, Pane::Events, "stepping stays in the list");
}

#[test]
fn record_and_pane_scroll_by_keys() {
    let har = std::path::Path::new("sample_logs/token-expired.har");
    let mut harness = opened_from(&[har]);
    let top = |harness: &Harness<'_, LapsedApp>| {
        let mut lines = harness.query_all_by_label_contains("GET http://");
        lines.next().map(|line| line.rect().top())
    };
    let before = top(&harness).expect("the first line of the record");
    press(&mut harness, Key::J);
    assert!(top(&harness).is_none_or(|after| after < before), "the record has not moved");
    let headline = harness.state().looking().explanation.as_ref().expect("why it ended").headline.clone();
    let before = harness.get_by_label(&headline).rect().top();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::J);
    harness.run_steps(3);
    assert!(
        harness.query_by_label(&headline).is_none_or(|label| label.rect().top() < before),
        "the pane has not moved"
    );
}

#[test]
fn the_ending_and_the_beginning_are_one_key_away() {
    let mut harness = opened();
    let ending = harness.state().looking().event.unwrap();
    press(&mut harness, Key::B);
    assert_ne!(harness.state().looking().event, Some(ending));
    press(&mut harness, Key::E);
    assert_eq!(harness.state().looking().event, Some(ending));
}

#[test]
fn what_was_looked_at_is_walked_back_and_forward() {
    let mut harness = opened();
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowDown);
    assert_eq!(harness.state().looking().selected, Some(SessionId(5)));
    for (key, wanted) in [(Key::ArrowLeft, 4), (Key::ArrowLeft, 0), (Key::ArrowRight, 4)] {
        harness.key_press_modifiers(Modifiers::ALT, key);
        harness.run_steps(3);
        assert_eq!(harness.state().looking().selected, Some(SessionId(wanted)));
    }
}

#[test]
fn unusual_sessions_are_walked_by_one_key() {
    let mut harness = opened();
    press(&mut harness, Key::U);
    assert_eq!(harness.state().looking().selected, Some(SessionId(4)));
    harness.key_press_modifiers(Modifiers::SHIFT, Key::U);
    harness.run_steps(3);
    assert_eq!(harness.state().looking().selected, Some(SessionId(0)));
}

#[test]
fn a_typed_term_becomes_a_chip_that_can_be_taken_off() {
    let mut harness = opened();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run_steps(3);
    harness.get_by_label("Search sessions").type_text("cause:idle_timeout ");
    harness.run_steps(3);
    assert!(harness.state().looking().filter.has(&Term::cause(Some(Cause::IdleTimeout))));
    assert_eq!(shown(&harness), [1, 6]);
    harness.get_by_label("2 of 8 sessions   Ctrl F");
    harness.get_by_label("Remove filter cause:idle_timeout").click();
    harness.run_steps(3);
    assert_eq!(shown(&harness).len(), 8);
}

#[test]
fn the_search_box_offers_how_to_go_on() {
    let mut harness = opened();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run_steps(3);
    harness.get_by_label("Search sessions").type_text("cause:ser");
    harness.run_steps(3);
    harness.get_by_label("Complete cause:server_restart");
    press(&mut harness, Key::Tab);
    assert!(harness.state().looking().filter.has(&Term::cause(Some(Cause::ServerRestart))));
    assert_eq!(shown(&harness), [0, 4]);
}

#[test]
fn a_value_that_is_not_understood_is_said_so_under_the_box() {
    let mut harness = opened();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run_steps(3);
    harness.get_by_label("Search sessions").type_text("status:abc");
    harness.run_steps(3);
    harness.get_by_label_contains("status: expects a status such as 401");
}

#[test]
fn numbers_of_the_summary_are_filters() {
    let mut harness = opened();
    harness.get_by_label("1 active").click();
    harness.run_steps(3);
    assert_eq!(shown(&harness), [7]);
    harness.get_by_label("8 sessions").click();
    harness.run_steps(3);
    assert_eq!(shown(&harness).len(), 8);
    harness.get_by_label("1 incident").click();
    harness.run_steps(3);
    assert_eq!(shown(&harness), [0, 4]);
}

#[test]
fn the_time_cursor_plays_and_stops() {
    let mut harness = opened();
    press(&mut harness, Key::B);
    let start = harness.state().looking().cursor.unwrap();
    press(&mut harness, Key::Space);
    assert!(harness.state().looking().play.runs);
    harness.run_steps(4);
    let later = harness.state().looking().cursor.unwrap();
    assert!(later > start);
    harness.get_by_label("Pause").click();
    harness.run_steps(3);
    let stopped = harness.state().looking().cursor.unwrap();
    harness.run_steps(4);
    assert_eq!(harness.state().looking().cursor, Some(stopped));
    let before = harness.state().looking().play.speed;
    typed(&mut harness, "]");
    assert!(harness.state().looking().play.speed > before);
}

#[test]
fn clocks_stand_as_they_stood_then() {
    let mut harness = opened();
    harness.get_by_label("alice, bank.example, Idle timeout, usual, 17 min 36 s").click();
    harness.run_steps(3);
    harness.get_by_label("Idle, limit 15 min: 12 min 24 s");
    harness.get_by_label_contains("Age, ");
    press(&mut harness, Key::B);
    harness.get_by_label("Idle, limit 15 min: 0 ms");
}

#[test]
fn the_clocks_are_drawn_over_the_life_of_the_session() {
    let mut harness = opened();
    typed(&mut harness, "2");
    assert_eq!(harness.state().looking().pane, Pane::Clocks);
    harness.get_by_label_contains("Course of Idle");
    harness.get_by_label_contains("Course of Age");
}

#[test]
fn meaning_is_told_to_three_readers() {
    let mut harness = opened();
    for reader in ["For the user", "QA", "Developer"] {
        harness.get_by_label(reader).click();
        harness.run_steps(3);
        assert_eq!(harness.state().looking().reader.label(), reader);
    }
}

#[test]
fn a_pattern_is_explained_in_the_words_of_the_command_line() {
    let mut harness = opened();
    harness.get_by_label("Part of a pattern");
    harness.get_by_label("What to do about: End together").click();
    harness.run_steps(3);
    let rule = lapsed::diagnosis::patterns::rule_of(PatternKind::EndsTogether).expect("it has a rule");
    harness.get_by_label(rule.explanation());
    let reader = |harness: &mut Harness<'_, LapsedApp>, label: &str| {
        harness.get_all_by_label(label).last().expect("a reader").click();
        harness.run_steps(3);
    };
    for (label, told) in
        [("For the user", rule.advice().user), ("QA", rule.advice().qa), ("Developer", rule.advice().developer)]
    {
        reader(&mut harness, label);
        harness.get_by_label(told);
    }
}

#[test]
fn every_cause_and_pattern_can_be_looked_up() {
    let mut harness = empty();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_steps(3);
    harness.get_by_label("Find a command").type_text("explained");
    harness.run_steps(3);
    press(&mut harness, Key::Enter);
    harness.get_by_label("Explain another cause or pattern").click();
    harness.run_steps(3);
    harness.get_by_label("Idle timeout").click();
    harness.run_steps(3);
    harness.get_by_label(lapsed::diagnosis::causes::about(Cause::IdleTimeout).explanation);
}

#[test]
fn the_verdict_is_copied_as_markdown() {
    let mut harness = opened();
    harness.key_press_modifiers(Modifiers { shift: true, ..Modifiers::COMMAND }, Key::C);
    harness.run_steps(3);
    harness.get_by_label_contains("Copied the verdict as Markdown, secrets masked");
}

#[test]
fn a_record_shows_the_lines_around_it_and_what_is_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("auth.log");
    std::fs::write(&log, GONE).unwrap();
    let mut harness = opened_from(&[&log]);
    assert!(harness.query_by_label_contains("Accepted password for bob").is_none());
    harness.get_by_label("Lines around").click();
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("Accepted password for bob").count() > 0);
    harness.key_press_modifiers(Modifiers { shift: true, ..Modifiers::COMMAND }, Key::F);
    harness.run_steps(3);
    harness.get_by_label("Find in record").type_text("TIMEOUT");
    harness.run_steps(3);
    harness.get_by_label("1 line");
}

#[test]
fn an_exchange_shows_its_request_beside_its_response() {
    let har = std::path::Path::new("sample_logs/token-expired.har");
    let harness = opened_from(&[har]);
    harness.get_by_label_contains("Request · entry 32 of 32");
    harness.get_by_label_contains("Response · ");
}

#[test]
fn a_secret_is_shown_only_when_it_is_asked_for() {
    let har = std::path::Path::new("sample_logs/token-expired.har");
    let mut harness = opened_from(&[har]);
    let label = |harness: &Harness<'_, LapsedApp>| {
        let mut nodes = harness.query_all_by_label_contains("Show secret ");
        nodes.next().and_then(|node| node.accesskit_node().label())
    };
    let first = label(&harness).expect("a masked value");
    harness.get_all_by_label(&first).next().unwrap().click();
    harness.run_steps(3);
    assert_eq!(harness.state().looking().revealed.len(), 1);
    assert_ne!(label(&harness).as_deref(), Some(first.as_str()));
    harness.get_by_label("Hide 1 secret").click();
    harness.run_steps(3);
    assert_eq!(label(&harness).as_deref(), Some(first.as_str()));
}

#[test]
fn lanes_stand_in_groups() {
    let mut harness = opened();
    press(&mut harness, Key::L);
    harness.get_by_label("alice: 2 lanes");
    harness.get_by_label("bob: 1 lane");
    harness.get_by_label("Groups of lanes: By user").click();
    harness.run_steps(3);
    harness.get_by_label("By cause").click();
    harness.run_steps(3);
    harness.get_by_label("Idle timeout: 2 lanes");
}

#[test]
fn times_can_be_said_from_the_sign_in() {
    let mut harness = opened();
    press(&mut harness, Key::R);
    harness.get_by_label_contains("Sign-in of bob at +0:00:00");
    press(&mut harness, Key::R);
    harness.get_by_label_contains("Sign-in of bob at \u{2212}0:27:06");
}

#[test]
fn any_zone_can_be_chosen() {
    let mut harness = opened();
    harness.get_by_label("Time zone: UTC").click();
    harness.run_steps(3);
    harness.get_by_label("Another zone…").click();
    harness.run_steps(3);
    harness.get_by_label("Find a zone").type_text("tokyo");
    harness.run_steps(3);
    harness.get_by_label("Asia/Tokyo").click();
    harness.run_steps(3);
    harness.get_by_label_contains("Sign-in of carol at 19:31:42");
}

#[test]
fn a_stretch_of_time_can_be_typed() {
    let mut harness = opened();
    press(&mut harness, Key::G);
    harness.get_by_label("Stretch of time").type_text("10:30 +10m");
    harness.run_steps(3);
    press(&mut harness, Key::Enter);
    assert_eq!(harness.state().looking().view.length(), 10 * MINUTE);
}

#[test]
fn the_wheel_zooms_where_the_pointer_is_and_a_drag_moves() {
    let mut harness = opened();
    let lanes = harness.get_by_label_contains("Timeline, ").rect();
    let at = egui::pos2(lanes.left() + lanes.width() * 0.25, lanes.bottom() - 60.0);
    let whole = harness.state().looking().view;
    harness.hover_at(at);
    harness.run_steps(2);
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 120.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(20);
    let closer = harness.state().looking().view;
    assert!(closer.length() < whole.length(), "nothing was zoomed");
    let (before, after) = (closer.from - whole.from, whole.until - closer.until);
    assert!(before < after, "zoomed at a quarter from the left, but {before} went there and {after} on the right");
    harness.drag_at(at);
    harness.run_steps(2);
    harness.hover_at(at - egui::vec2(80.0, 0.0));
    harness.run_steps(2);
    harness.drop_at(at - egui::vec2(80.0, 0.0));
    harness.run_steps(2);
    let moved = harness.state().looking().view;
    assert!(moved.from > closer.from, "dragged to the left, the view goes on to later");
    assert_eq!(moved.length(), closer.length());
}

#[test]
fn the_measure_says_how_long() {
    let mut harness = opened();
    press(&mut harness, Key::B);
    press(&mut harness, Key::X);
    press(&mut harness, Key::E);
    press(&mut harness, Key::X);
    harness.get_by_label("Measured: 27 min 6 s");
    press(&mut harness, Key::Escape);
    press(&mut harness, Key::Escape);
    assert!(harness.query_by_label("Measured: 27 min 6 s").is_none());
}

#[test]
fn two_sessions_stand_side_by_side() {
    let mut harness = opened();
    press(&mut harness, Key::C);
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::C);
    harness.get_by_label("Two sessions side by side");
    harness.get_by_label_contains("First difference: ");
    harness.get_by_label("From the ending").click();
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("before the ending").count() > 0);
    harness.get_by_label("Done").click();
    harness.run_steps(3);
    harness.get_by_label_contains("Timeline, ");
}

#[test]
fn a_note_is_kept_with_the_session_and_found_again() {
    let mut harness = opened();
    press(&mut harness, Key::N);
    harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Note").type_text("ask the operators");
    harness.run_steps(3);
    harness.get_by_label("Keep on the session").click();
    harness.run_steps(3);
    harness.get_by_label("ask the operators");
    harness.get_by_label("1 marked").click();
    harness.run_steps(3);
    assert_eq!(shown(&harness), [0]);
}

#[test]
fn a_view_is_kept_in_a_file_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (log, view) = (folder.path().join("auth.log"), folder.path().join("bug.lapsed"));
    std::fs::write(&log, GONE).unwrap();
    let mut harness = opened_from(&[&log]);
    press(&mut harness, Key::M);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run_steps(3);
    harness.get_by_label("Search sessions").type_text("user:bob ");
    harness.run_steps(3);
    harness.state_mut().save_view_to(&view);
    harness.run_steps(2);
    let kept = std::fs::read_to_string(&view).unwrap();
    assert!(kept.contains("user:bob") && kept.contains("sha256"), "{kept}");

    let again = opened_from(&[&view]);
    let looking = again.state().looking();
    assert!(looking.marks.has(SessionId(0)));
    assert!(looking.filter.has(&Term::holds(lapsed::query::Field::User, "bob")));

    std::fs::write(&log, format!("{GONE}more\n")).unwrap();
    let changed = opened_from(&[&view]);
    changed.get_by_label("Since this view was kept, auth.log has changed");
}

#[test]
fn a_growing_log_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("auth.log");
    let (first, rest) = GONE.split_at(GONE.find("2026-03-03T10:37:15.1").unwrap());
    std::fs::write(&log, first).unwrap();
    let mut harness = opened_from(&[&log]);
    assert_eq!(harness.state().opened().unwrap().counts.ended, 0);
    harness.key_press_modifiers(Modifiers { shift: true, ..Modifiers::COMMAND }, Key::L);
    harness.run_steps(3);
    assert!(harness.state().looking().follows);
    std::fs::write(&log, format!("{first}{rest}")).unwrap();
    for _ in 0..500 {
        harness.step();
        if harness.state().opened().unwrap().counts.ended == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(harness.state().opened().unwrap().counts.ended, 1);
    assert_eq!(harness.state().looking().selected, Some(SessionId(0)), "what is looked at stays");
}

#[test]
fn a_log_can_be_pasted_and_a_folder_opened() {
    let mut harness = empty();
    harness.event(egui::Event::Paste(GONE.to_owned()));
    harness.step();
    wait_for_load(&mut harness);
    assert_eq!(harness.state().opened().unwrap().inspection.sessions.len(), 1);

    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("deeper")).unwrap();
    std::fs::write(folder.path().join("deeper").join("auth.log"), GONE).unwrap();
    let harness = opened_from(&[folder.path()]);
    assert_eq!(harness.state().opened().unwrap().inspection.sources.len(), 1);
}

#[test]
fn a_source_can_be_taken_out_again() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.log"), folder.path().join("two.log"));
    std::fs::write(&one, GONE).unwrap();
    std::fs::write(&two, GONE.replace("bob", "carol")).unwrap();
    let mut harness = opened_from(&[&one, &two]);
    harness.get_by_label("Source two.log").click();
    harness.run_steps(3);
    harness.get_by_label("Take out two.log").click();
    harness.step();
    wait_for_load(&mut harness);
    assert_eq!(harness.state().opened().unwrap().inspection.sources.len(), 1);
}

#[test]
fn everything_can_be_made_larger() {
    let mut harness = opened();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    harness.run_steps(3);
    assert!(harness.ctx.zoom_factor() > 1.05);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num0);
    harness.run_steps(3);
    assert!((harness.ctx.zoom_factor() - 1.0).abs() < 0.01);
}

#[test]
fn a_window_in_which_nothing_happens_does_not_repaint() {
    let mut harness = opened();
    harness.run_steps(8);
    assert!(!harness.ctx.has_requested_repaint(), "{:?}", harness.ctx.repaint_causes());
}

#[test]
fn a_source_can_be_read_as_another_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("auth.log");
    std::fs::write(&log, GONE).expect("a log");
    let mut harness = opened_from(&[&log]);
    let format =
        |harness: &Harness<'_, LapsedApp>| harness.state().opened().expect("a log").inspection.sources[0].format;
    let own = format(&harness);
    let choose = |harness: &mut Harness<'_, LapsedApp>, choice: &str| {
        harness.get_by_label("Read auth.log as another format").click();
        harness.run_steps(3);
        harness.get_by_label(choice).click();
        harness.step();
        wait_for_load(harness);
    };
    harness.get_by_label("Source auth.log").click();
    harness.run_steps(3);
    harness.get_by_label("Recognised by its content");
    choose(&mut harness, "HAR capture");
    assert_eq!(format(&harness), None);
    // Nothing in it is of that format, and the way back stands where that is said.
    harness.get_by_label_contains("of the format that was chosen, HAR capture");
    choose(&mut harness, "What its content says");
    assert_eq!(format(&harness), own);
    assert_eq!(harness.state().opened().expect("a log").inspection.sessions.len(), 1);
}
