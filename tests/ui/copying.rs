//! Every text can be selected and copied.

use crate::{GONE, opened, wait_for_load};
use egui::{Event, Modifiers, OutputCommand, PointerButton, Pos2, Rect, vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use lapsed::{inspection::Input, ui::LapsedApp};

/// Draws the pointer over a text with the first button down, from one place to another.
fn drag(harness: &mut Harness<'_, LapsedApp>, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.run_steps(2);
    harness.drag_at(from);
    harness.run_steps(2);
    harness.hover_at(to);
    harness.run_steps(2);
    harness.drop_at(to);
    harness.run_steps(2);
}

/// What Ctrl+C puts on the clipboard.
fn copied(harness: &mut Harness<'_, LapsedApp>) -> Option<String> {
    harness.event(Event::Copy);
    harness.step();
    on_clipboard(harness)
}

fn on_clipboard(harness: &Harness<'_, LapsedApp>) -> Option<String> {
    harness.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

fn right_click(harness: &mut Harness<'_, LapsedApp>, rect: Rect) {
    harness.hover_at(rect.center());
    harness.run_steps(2);
    for pressed in [true, false] {
        let (pos, button, modifiers) = (rect.center(), PointerButton::Secondary, Modifiers::NONE);
        harness.event(Event::PointerButton { pos, button, pressed, modifiers });
        harness.run_steps(2);
    }
}

fn gone() -> Harness<'static, LapsedApp> {
    let input = Input::Bytes { name: "auth.log".into(), bytes: GONE.as_bytes().into() };
    let mut harness = Harness::builder()
        .with_size([1440.0, 900.0])
        .with_max_steps(40)
        .build_eframe(|cc| LapsedApp::new(&cc.egui_ctx, vec![input]));
    wait_for_load(&mut harness);
    harness
}

#[test]
fn evidence_is_selected_by_a_drag_and_still_leads_to_its_record_by_a_click() {
    let mut harness = gone();
    let evidence = harness.state().looking().explanation.clone().expect("why it ended").evidence[0].clone();
    let claim = lapsed_spaces(&evidence.claim);
    let rect = harness.get_by_label_contains(&evidence.claim).rect();
    let shown = harness.state().looking().event;
    drag(&mut harness, rect.min + vec2(20.0, 8.0), rect.max - vec2(60.0, 8.0));
    assert_eq!(harness.state().looking().event, shown, "a drag jumps nowhere");
    let text = copied(&mut harness).expect("the selected words");
    assert!(claim.contains(lapsed_spaces(&text).trim()) && text.len() > 10, "{text:?} is not of {claim:?}");
    let first = evidence.events[0];
    harness.get_by_label_contains(&evidence.claim).click();
    harness.run_steps(3);
    assert_eq!(harness.state().looking().event, Some(first));
}

/// The same with plain spaces: amounts are kept in one line by others.
fn lapsed_spaces(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn a_click_into_a_text_leaves_the_record_to_be_copied() {
    let mut harness = gone();
    let headline = harness.state().looking().explanation.as_ref().expect("why it ended").headline.clone();
    let at = harness.get_by_label(&headline).rect().left_center() + vec2(20.0, 0.0);
    harness.hover_at(at);
    harness.run_steps(2);
    harness.drag_at(at);
    harness.step();
    harness.drop_at(at);
    harness.run_steps(3);
    let text = copied(&mut harness).expect("something is copied");
    assert!(text.contains("sshd[701]"), "{text}");
}

#[test]
fn findings_and_causes_of_the_summary_are_selected_by_a_drag() {
    let mut harness = opened();
    harness.get_by_label("All sessions").click();
    harness.run_steps(3);
    let finding = "The server restarted and lost the sessions of bob and carol";
    let rect = harness.get_by_label_contains(finding).rect();
    drag(&mut harness, rect.left_bottom() + vec2(1.0, -10.0), rect.right_bottom() + vec2(-1.0, -10.0));
    assert_eq!(copied(&mut harness).as_deref(), Some(finding));
    let rect = harness.get_by_label("Network gap: 1 session").rect();
    drag(&mut harness, rect.left_center(), rect.left_center() + vec2(120.0, 0.0));
    assert_eq!(copied(&mut harness).as_deref(), Some("Network gap"));
}

#[test]
fn a_session_is_copied_as_text_from_the_list_and_from_its_lane() {
    let name = "erin, bank.example, Network gap, unusual, 25 min 42 s";
    for label in [name.to_owned(), format!("Lane {name}")] {
        let mut harness = opened();
        let rect = harness.get_by_label(&label).rect();
        // Where nothing else stands in the lane.
        right_click(&mut harness, Rect::from_min_size(rect.min + vec2(4.0, 2.0), vec2(2.0, 2.0)));
        harness.get_by_label("Copy text").click();
        harness.step();
        let text = on_clipboard(&harness);
        assert_eq!(
            text.as_deref(),
            Some("erin · bank.example · Network gap, unusual · 25 min 42 s · 10:33:18, 3 March 2026"),
            "{label}"
        );
    }
}

#[test]
fn an_event_of_the_list_is_copied_as_text() {
    let mut harness = opened();
    harness.event(Event::Text("4".to_owned()));
    harness.run_steps(3);
    let rect = harness.get_by_label("10:47:12 Rejection GET /pages/9 401").rect();
    right_click(&mut harness, rect);
    harness.get_by_label("Copy text").click();
    harness.step();
    assert_eq!(on_clipboard(&harness).as_deref(), Some("10:47:12  Rejection  GET /pages/9 401"));
}
