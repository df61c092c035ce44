//! Two sessions side by side, as lanes and step by step, with the first difference pointed out.

use super::{
    command::UiCommand,
    compare_lanes::{self, compare_lanes_ui},
    state::{Compared, ViewContext},
    theme::{SENTENCE, STEP, strong},
    widgets::{TextLook, copy_menu, focus_ring, paint_line},
    words,
};
use crate::{
    model::{SessionId, duration_words},
    timeline::{Alignment, Pair, Step},
};
use egui::{
    Align, Align2, Button, CornerRadius, Layout, Rect, RichText, ScrollArea, Sense, Ui, WidgetInfo, accesskit::Role,
    pos2, vec2,
};

const ROW: f32 = 26.0;

/// The whole middle of the window.
pub fn compare_ui(ui: &mut Ui, ctx: &ViewContext<'_>, compared: &Compared, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    ui.horizontal(|ui| {
        ui.label(strong("Two sessions side by side").size(SENTENCE));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Done").on_hover_text("Back to the timeline (Esc)").clicked() {
                commands.push(UiCommand::CompareNone);
            }
            if ui.button("Swap").clicked() {
                commands.push(UiCommand::CompareWith(compared.right, compared.left));
            }
            for (alignment, label) in [(Alignment::Ending, "From the ending"), (Alignment::SignIn, "From the sign-in")]
            {
                let chosen = compared.alignment == alignment;
                if ui.add(Button::selectable(chosen, label)).clicked() {
                    commands.push(UiCommand::Align(alignment));
                }
            }
        });
    });
    let rows = &compared.comparison.rows;
    let first = compared.comparison.first_difference;
    let said = match first.and_then(|at| rows.get(at)) {
        None => "They take the same course.".to_owned(),
        Some(Pair::Both(one, other, _)) if one.what != other.what => format!(
            "First difference: on the left {} ({}) {}, on the right {} ({}) {}.",
            one.what,
            answer(one),
            at_words(one.after, compared.alignment),
            other.what,
            answer(other),
            at_words(other.after, compared.alignment)
        ),
        Some(Pair::Both(one, other, _)) => format!(
            "First difference {}: {} was answered by {} on the left and by {} on the right.",
            at_words(one.after, compared.alignment),
            one.what,
            answer(one),
            answer(other)
        ),
        Some(Pair::Left(step)) => {
            format!(
                "First difference {}: only the left one has {}.",
                at_words(step.after, compared.alignment),
                step.what
            )
        }
        Some(Pair::Right(step)) => {
            format!(
                "First difference {}: only the right one has {}.",
                at_words(step.after, compared.alignment),
                step.what
            )
        }
    };
    ui.add(egui::Label::new(RichText::new(said).color(palette.text)).wrap());
    ui.add_space(2.0 * STEP);
    // In a low window the steps come first.
    if ui.available_height() > compare_lanes::HEIGHT + 8.0 * ROW {
        compare_lanes_ui(ui, ctx, compared, commands);
        ui.add_space(STEP);
    }
    let width = ui.available_width();
    let middle = (width - 24.0) / 2.0;
    ui.horizontal(|ui| {
        head_ui(ui, ctx, compared.left, middle);
        ui.add_space(24.0 - ui.spacing().item_spacing.x);
        head_ui(ui, ctx, compared.right, middle);
    });
    ui.add_space(STEP);
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().auto_shrink(false).id_salt(("compare", compared.left, compared.right));
    if let Some(first) = first {
        // What comes before the first difference is alike; a few rows of it are enough.
        area = area.vertical_scroll_offset_once((first as f32 - 4.0).max(0.0) * ROW, ui, compared);
    }
    area.show_rows(ui, ROW, rows.len(), |ui, visible| {
        let from = visible.start;
        for (index, row) in rows.get(visible).unwrap_or_default().iter().enumerate() {
            row_ui(ui, ctx, compared, row, first == Some(from + index), middle, commands);
        }
    });
    let [left, right] = compared.comparison.left_out;
    if left + right > 0 {
        ui.label(RichText::new(format!("{} further steps are not compared", left + right)).color(palette.dim));
    }
}

/// Scrolls to an offset when a comparison is first shown, and not any more after that.
trait ScrollOnce {
    fn vertical_scroll_offset_once(self, offset: f32, ui: &Ui, compared: &Compared) -> Self;
}

impl ScrollOnce for ScrollArea {
    fn vertical_scroll_offset_once(self, offset: f32, ui: &Ui, compared: &Compared) -> Self {
        let id = egui::Id::unique("compared");
        let key = (compared.left, compared.right, compared.alignment == Alignment::SignIn);
        let seen = ui.data(|data| data.get_temp::<(SessionId, SessionId, bool)>(id)) == Some(key);
        ui.data_mut(|data| data.insert_temp(id, key));
        if seen { self } else { self.vertical_scroll_offset(offset) }
    }
}

fn at_words(after: i64, alignment: Alignment) -> String {
    let from = match alignment {
        Alignment::SignIn => "the sign-in",
        Alignment::Ending => "the ending",
    };
    let side = if after < 0 { "before" } else { "after" };
    format!("{} {side} {from}", duration_words(after))
}

fn answer(step: &Step) -> String {
    if step.status > 0 { step.status.to_string() } else { step.kind.label().to_lowercase() }
}

fn head_ui(ui: &mut Ui, ctx: &ViewContext<'_>, id: SessionId, width: f32) {
    let Some(session) = ctx.opened.session(id) else { return };
    let palette = ctx.palette;
    let cause = ctx.opened.cause(id);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 42.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words::session_name(ctx.inspection(), id)));
    ui.painter().rect_filled(rect, CornerRadius::same(4), palette.panel);
    let mark = Rect::from_min_size(rect.min, vec2(4.0, rect.height()));
    ui.painter().rect_filled(mark, CornerRadius::same(2), palette.cause(cause));
    let who = words::who(ctx.inspection(), id);
    let (strong, dim) = (TextLook::body(palette.text).strong(), TextLook::body(palette.dim));
    let at = rect.min + vec2(14.0, 5.0);
    paint_line(ui, at, Align2::LEFT_TOP, &[(&who, strong), ("  ", dim), (&session.app, dim)], width - 24.0);
    let said = format!(" · {} · {}", duration_words(session.span().length()), ctx.clock().time(session.started_at));
    let runs = [(words::cause_label(cause), TextLook::body(palette.cause_text(cause)).strong()), (said.as_str(), dim)];
    paint_line(ui, at + vec2(0.0, 17.0), Align2::LEFT_TOP, &runs, width - 24.0);
}

fn row_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    compared: &Compared,
    row: &Pair,
    is_first: bool,
    middle: f32,
    commands: &mut Vec<UiCommand>,
) {
    let palette = ctx.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    if !row.is_alike() {
        let share = if is_first { 0.22 } else { 0.08 };
        ui.painter().rect_filled(rect, CornerRadius::same(3), palette.thin(palette.bad, share));
    }
    let (left, right) = match row {
        Pair::Both(one, other, _) => (Some(one), Some(other)),
        Pair::Left(step) => (Some(step), None),
        Pair::Right(step) => (None, Some(step)),
    };
    for (step, x, side) in [(left, rect.left(), "left"), (right, rect.left() + middle + 24.0, "right")] {
        let place = Rect::from_min_size(pos2(x, rect.top()), vec2(middle, ROW));
        if let Some(step) = step {
            step_ui(ui, ctx, step, place, side, compared.alignment, commands);
        } else {
            let look = TextLook::body(palette.dim);
            paint_line(ui, place.left_center() + vec2(14.0, 0.0), Align2::LEFT_CENTER, &[("–", look)], 40.0);
        }
    }
    let sign = match (row.is_alike(), is_first) {
        (true, _) => "=",
        (false, true) => "▶",
        (false, false) => "≠",
    };
    let at = pos2(rect.left() + middle + 12.0, rect.center().y);
    paint_line(ui, at, Align2::CENTER_CENTER, &[(sign, TextLook::body(palette.dim).strong())], 24.0);
}

fn step_ui(
    ui: &Ui,
    ctx: &ViewContext<'_>,
    step: &Step,
    place: Rect,
    side: &str,
    alignment: Alignment,
    commands: &mut Vec<UiCommand>,
) {
    let palette = ctx.palette;
    let response = ui.interact(place, egui::Id::unique(("step", side, step.event)), Sense::click());
    let when = super::clock::relative(step.after, false);
    response.widget_info(|| {
        let name = format!("{side} {} {}, {}", at_words(step.after, alignment), step.what, answer(step));
        WidgetInfo::labeled(Role::Button, true, name)
    });
    if response.hovered() {
        ui.painter().rect_filled(place, CornerRadius::same(3), palette.raised);
    }
    focus_ring(ui, &response, place);
    let dim = TextLook::small(palette.dim);
    paint_line(ui, place.left_center() + vec2(14.0, 0.0), Align2::LEFT_CENTER, &[(&when, dim)], 90.0);
    let more = if step.count > 1 { format!("  ×{}", step.count) } else { String::new() };
    let answer = answer(step);
    let look = TextLook::body(palette.event(step.kind));
    let runs = [(step.what.as_str(), look), ("  ", dim), (answer.as_str(), look.strong()), (more.as_str(), dim)];
    paint_line(ui, place.left_center() + vec2(92.0, 0.0), Align2::LEFT_CENTER, &runs, place.width() - 100.0);
    copy_menu(&response, &format!("{when}  {} {answer}{more}", step.what), commands);
    if response.on_hover_text(step.kind.label()).clicked() {
        commands.push(UiCommand::CompareNone);
        commands.push(UiCommand::SelectEvent(step.event));
    }
}
