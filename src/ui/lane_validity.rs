//! Under the chosen lane, where there is room for it: each token and cookie as a bar for as long as it was valid, and what
//! was left of it at the time cursor.

use super::{
    clock_foot::clock_words,
    command::UiCommand,
    state::ViewContext,
    theme::STEP,
    widgets::{TextLook, line_galley},
    words,
};
use crate::{
    model::{Nanos, SessionId},
    timeline::{Axis, Reset, Track},
};
use egui::{CornerRadius, Rect, Sense, Ui, WidgetInfo, accesskit::Role, pos2};

/// The height of one of these rows.
const ROW: f32 = 24.0;

/// The clocks of the chosen session that count down: what is valid for a time.
fn valid_for_a_time<'a>(ctx: &ViewContext<'a>) -> impl Iterator<Item = &'a Track> {
    ctx.looking.tracks.iter().filter(|track| track.kind.counts_down())
}

/// How much room the rows want under the chosen lane.
pub fn height(ctx: &ViewContext<'_>) -> f32 {
    let rows = valid_for_a_time(ctx).count() as f32;
    if rows > 0.0 { rows * ROW + STEP } else { 0.0 }
}

/// The rows, below `top`. Says where their words stand.
pub fn validity_rows_ui(
    ui: &Ui,
    ctx: &ViewContext<'_>,
    axis: &Axis,
    id: SessionId,
    top: f32,
    commands: &mut Vec<UiCommand>,
) -> Vec<Rect> {
    let mut labels = Vec::new();
    for (row, track) in valid_for_a_time(ctx).enumerate() {
        let rect = Rect::from_min_max(
            pos2(axis.left(), top + row as f32 * ROW),
            pos2(axis.right(), top + (row + 1) as f32 * ROW),
        );
        labels.push(row_ui(ui, ctx, axis, id, track, rect, commands));
    }
    labels
}

fn row_ui(
    ui: &Ui,
    ctx: &ViewContext<'_>,
    axis: &Axis,
    id: SessionId,
    track: &Track,
    rect: Rect,
    commands: &mut Vec<UiCommand>,
) -> Rect {
    let palette = ctx.palette;
    let y = rect.bottom() - 6.0;
    let mut drawn: Option<(f32, f32)> = None;
    for (index, reset) in track.resets.iter().enumerate() {
        let Some(expires) = reset.expires.map(|expires| expires.max(reset.at)) else { continue };
        let next = track.resets.get(index + 1).map_or(Nanos::MAX, |next| next.at);
        let (from, until) = (axis.x_clamped(reset.at, 0.0), axis.x_clamped(expires, 0.0));
        if until <= axis.left() || from >= axis.right() {
            continue;
        }
        let bar = |left: f32, right: f32, half: f32| {
            Rect::from_min_max(pos2(left, y - half), pos2(right.max(left + 2.0), y + half))
        };
        // What was replaced is still valid, and thinner.
        let replaced = axis.x_clamped(next.min(expires), 0.0);
        ui.painter().rect_filled(bar(from, until, 1.0), CornerRadius::ZERO, palette.validity);
        ui.painter().rect_filled(bar(from, (replaced - 1.0).max(from), 2.5), CornerRadius::same(1), palette.validity);
        drawn = Some(drawn.map_or((from, until), |(first, last)| (first.min(from), last.max(until))));
    }
    let reading = ctx.looking.cursor.and_then(|at| track.read(at));
    let said = reading.as_ref().map(|reading| clock_words(reading).1).unwrap_or_default();
    let is_over = reading.is_some_and(|reading| reading.is_over());
    let color = if is_over { palette.readable(palette.bad) } else { palette.text };
    let runs = [
        (track.kind.label(), TextLook::small(palette.dim)),
        ("   ", TextLook::small(palette.dim)),
        (said.as_str(), TextLook::small(color).strong()),
    ];
    let galley = line_galley(ui, &runs, rect.width() - 8.0);
    let start = drawn.map_or(rect.left(), |(from, _)| from);
    let left = start.max(rect.left() + 2.0).min(rect.right() - galley.size().x - 2.0).max(rect.left());
    let text = Rect::from_min_size(pos2(left, rect.top()), galley.size());
    ui.painter().galley(text.min, galley, palette.dim);
    let response = ui.interact(rect, egui::Id::unique(("validity", id, track.kind as u8)), Sense::CLICK);
    response.widget_info(|| {
        let who = words::who(ctx.inspection(), id);
        WidgetInfo::labeled(Role::Button, true, format!("{} of {who}: {said}", track.kind.label()))
    });
    let pointed = response.hover_pos().map(|pos| axis.time_from_x(f64::from(pos.x)));
    let under = pointed.and_then(|at| valid_at(track, at));
    if let Some(reset) = under {
        if response.clicked() {
            commands.push(UiCommand::SelectEvent(reset.event));
        }
        response.on_hover_ui_at_pointer(|ui| {
            let clock = ctx.clock();
            ui.label(super::theme::strong(track.kind.label()));
            let until = reset.expires.map(|expires| clock.time(expires)).unwrap_or_default();
            ui.label(format!("Valid from {} to {until}", clock.time(reset.at)));
            ui.label(egui::RichText::new("Click for the record that set it").color(ctx.palette.dim));
        });
    }
    text
}

/// What was valid at a time, the last one that was set.
fn valid_at(track: &Track, at: Nanos) -> Option<Reset> {
    let is_valid = |reset: &&Reset| reset.at <= at && reset.expires.is_some_and(|expires| at <= expires);
    track.resets.iter().rev().find(is_valid).copied()
}
