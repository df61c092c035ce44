//! Two sessions as lanes that are aligned, and the line where they first differ.

use crate::{opened, opened_on};
use egui::{Key, Rect};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use lapsed::{
    timeline::{Alignment, Pair},
    ui::LapsedApp,
};

/// Puts bob's session beside carol's.
fn compare(harness: &mut Harness<'_, LapsedApp>) {
    for key in [Key::C, Key::ArrowDown, Key::C] {
        harness.key_press(key);
        harness.run_steps(3);
    }
}

fn lanes(harness: &Harness<'_, LapsedApp>) -> [Rect; 2] {
    let [left, right] = ["Left lane, bob", "Right lane, carol"];
    [left, right].map(|name| harness.get_by_label_contains(name).rect())
}

fn difference(harness: &Harness<'_, LapsedApp>) -> (String, Rect) {
    let node = harness.get_by_label_contains("First difference at ");
    (node.accesskit_node().value().unwrap_or_default(), node.rect())
}

#[test]
fn two_lanes_stand_one_above_the_other_on_one_axis() {
    let mut harness = opened();
    compare(&mut harness);
    let [left, right] = lanes(&harness);
    assert_eq!(left.x_range(), right.x_range());
    assert!(left.bottom() <= right.top());
}

#[test]
fn the_first_difference_is_marked_where_both_lanes_have_it() {
    let mut harness = opened();
    compare(&mut harness);
    let (said, place) = difference(&harness);
    let compared = harness.state().looking().compared.clone().expect("two sessions");
    let first = &compared.comparison.rows[compared.comparison.first_difference.expect("they differ")];
    let after = match first {
        Pair::Both(step, ..) | Pair::Left(step) | Pair::Right(step) => step.after,
    };
    assert!(said.contains(&lapsed::ui::clock::relative(after, false)), "{said}");
    // Bob's session is the longer one and fills the axis.
    let session = &harness.state().opened().expect("open").inspection.sessions[0];
    let share = after as f32 / session.span().length() as f32;
    let [lane, _] = lanes(&harness);
    let x = lane.left() + lane.width() * (1.0 + 30.0 * share) / 32.0;
    assert!(place.expand(4.0).x_range().contains(x), "{place:?} is not around {x}");
    assert!(place.bottom() <= lane.top() + 1.0);
}

/// Clicks carol's lane at a share of its width.
fn click_right_lane(harness: &mut Harness<'_, LapsedApp>, share: f32) {
    let [_, right] = lanes(harness);
    let at = right.left_center() + egui::vec2(right.width() * share, 0.0);
    harness.hover_at(at);
    harness.run_steps(2);
    harness.drag_at(at);
    harness.step();
    harness.drop_at(at);
    harness.run_steps(3);
}

#[test]
fn a_click_on_a_compared_lane_leads_to_the_event_there() {
    let mut harness = opened();
    compare(&mut harness);
    // Room is left on both sides: the sign-ins stand a thirty-second of the width from the left.
    click_right_lane(&mut harness, 1.0 / 32.0);
    let looking = harness.state().looking();
    assert!(looking.compared.is_none());
    let opened = harness.state().opened().expect("open");
    assert_eq!(looking.event, opened.inspection.sessions[4].start_event);
}

#[test]
fn aligned_at_the_ending_both_end_at_one_place() {
    let mut harness = opened();
    compare(&mut harness);
    harness.get_by_label("From the ending").click();
    harness.run_steps(3);
    assert_eq!(harness.state().looking().compared.as_ref().map(|compared| compared.alignment), Some(Alignment::Ending));
    let (said, _) = difference(&harness);
    assert!(said.contains('\u{2212}'), "{said}");
    click_right_lane(&mut harness, 31.0 / 32.0);
    let opened = harness.state().opened().expect("open");
    assert_eq!(harness.state().looking().event, opened.inspection.sessions[4].first_dead);
}

#[test]
fn in_a_low_window_the_steps_have_the_room() {
    let mut harness = opened_on([640.0, 420.0]);
    compare(&mut harness);
    harness.get_by_label("Two sessions side by side");
    assert!(harness.query_by_label_contains("Left lane, bob").is_none());
    assert!(harness.query_all_by_label_contains("after the sign-in").count() > 2);
}
