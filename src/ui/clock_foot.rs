//! The foot of the window: play, the time cursor, and the clocks of the chosen session as they stood then.

use super::{
    command::UiCommand,
    play::{SPEEDS, speed_words},
    state::{SizeClass, ViewContext},
    theme::{SMALL, STEP, strong},
    widgets::{TextLook, copy_menu, line_galley, primary_button_ui},
    words,
};
use crate::{
    model::duration_words,
    timeline::{Reading, clocks::ClockKind},
};
use egui::{
    Align, Button, ComboBox, CornerRadius, Label, Layout, Rect, RichText, Sense, Ui, WidgetInfo, accesskit::Role, pos2,
    vec2,
};

/// The foot.
pub fn clock_foot_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let looking = ctx.looking;
    ui.spacing_mut().item_spacing.x = 2.0 * STEP;
    ui.horizontal_centered(|ui| {
        ui.add_space(STEP);
        let play = looking.play;
        let button = primary_button_ui(ui, if play.runs { "Pause" } else { "Play" });
        if button.on_hover_text("Let the time cursor run, or stop it (Space)").clicked() {
            commands.push(UiCommand::PlayOrPause);
        }
        speed_ui(ui, ctx, commands);
        let Some(at) = looking.cursor else {
            ui.label(RichText::new("Click the ruler to put the time cursor somewhere").color(ctx.palette.dim));
            return;
        };
        let time = ui.add(Label::new(strong(ctx.clock().time(at)).size(15.0)));
        time.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Time cursor at {}", ctx.clock().time(at))));
        ui.add_space(STEP);
        if let (Some(id), Some(session)) = (looking.selected, looking.selected.and_then(|id| ctx.opened.session(id))) {
            if at < session.started_at {
                let said = format!("{} has not signed in yet", words::who(ctx.inspection(), id));
                ui.label(RichText::new(said).color(ctx.palette.dim));
                return;
            }
            let mut last: Option<Reading> = None;
            for reading in looking.tracks.iter().filter_map(|track| track.read(at)) {
                if ui.available_width() < 150.0 {
                    break;
                }
                clock_ui(ui, ctx, &reading, commands);
                ui.add_space(2.0 * STEP);
                last = match last {
                    Some(last) if last.reset.at >= reading.reset.at => Some(last),
                    _ if reading.kind == ClockKind::Age => last,
                    _ => Some(reading),
                };
            }
            reset_ui(ui, ctx, last, session.first_dead_at.is_some_and(|dead| at >= dead), commands);
        } else {
            ui.label(RichText::new("Choose a session to see its clocks").color(ctx.palette.dim));
        }
    });
}

fn speed_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let speed = ctx.looking.play.speed;
    let text = speed_words(speed);
    let response = ComboBox::from_id_salt("speed")
        .selected_text(text.as_str())
        .width(64.0)
        .show_ui(ui, |ui| {
            for other in SPEEDS {
                if ui.selectable_label(speed == other, speed_words(other)).clicked() {
                    commands.push(UiCommand::Speed(other));
                }
            }
        })
        .response;
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Speed {text}")));
}

/// What a clock says in words: its head and its value.
pub fn clock_words(reading: &Reading) -> (String, String) {
    let label = reading.kind.label();
    let head = match (reading.kind.counts_down(), reading.limit) {
        (true, Some(limit)) => format!("{label}, valid for {}", duration_words(limit)),
        (true, None) => label.to_owned(),
        (false, Some(limit)) => format!("{label}, limit {}", duration_words(limit)),
        (false, None) => format!("{label}, no limit observed"),
    };
    let value = match (reading.kind.counts_down(), reading.value) {
        (true, left) if left <= 0 => format!("ran out {} ago", duration_words(left)),
        (true, left) => format!("{} left", duration_words(left)),
        (false, gone) => duration_words(gone),
    };
    (head, value)
}

fn clock_ui(ui: &mut Ui, ctx: &ViewContext<'_>, reading: &Reading, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    let (head, value) = clock_words(reading);
    let color = palette.clock(reading.kind);
    let value_color = if reading.is_over() { palette.readable(palette.bad) } else { palette.text };
    let head_galley = line_galley(ui, &[(&head, TextLook::small(palette.dim))], 220.0);
    let value_galley = line_galley(ui, &[(&value, TextLook::body(value_color).strong())], 220.0);
    let width = head_galley.size().x.max(value_galley.size().x).max(96.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 40.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{head}: {value}")));
    ui.painter().galley(rect.min + vec2(0.0, 2.0), head_galley, palette.dim);
    ui.painter().galley(rect.min + vec2(0.0, 16.0), value_galley, value_color);
    if let Some(share) = reading.share() {
        let bar = Rect::from_min_size(pos2(rect.left(), rect.bottom() - 5.0), vec2(width, 3.0));
        ui.painter().rect_filled(bar, CornerRadius::same(1), palette.line);
        let share = if reading.kind.counts_down() { 1.0 - share } else { share };
        let filled = Rect::from_min_size(bar.min, vec2(width * share.clamp(0.0, 1.0), 3.0));
        ui.painter().rect_filled(filled, CornerRadius::same(1), color);
    }
    super::widgets::focus_ring(ui, &response, rect.expand(2.0));
    let what = what_of(ctx, reading);
    let said = format!("Reset by {what} at {}. Click to see it", ctx.clock().time(reading.reset.at));
    copy_menu(&response, &format!("{head}: {value}"), commands);
    if response.on_hover_text(said).clicked() {
        commands.push(UiCommand::SelectEvent(reading.reset.event));
    }
}

/// What reset a clock, for a person: `GET /orders`.
pub fn what_of(ctx: &ViewContext<'_>, reading: &Reading) -> String {
    let events = &ctx.inspection().events;
    if !ctx.opened.has_event(reading.reset.event) {
        return "a record".to_owned();
    }
    let row = events.get(reading.reset.event);
    let what = events.symbols.resolve(row.what);
    let what: String = what.chars().take(60).collect();
    if what.is_empty() { row.kind.label().to_lowercase() } else { what }
}

fn reset_ui(ui: &mut Ui, ctx: &ViewContext<'_>, last: Option<Reading>, is_over: bool, commands: &mut Vec<UiCommand>) {
    if ctx.size == SizeClass::Narrow || ui.available_width() < 160.0 {
        return;
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let dim = |text: String| RichText::new(text).size(SMALL).color(ctx.palette.dim);
        if is_over {
            ui.label(dim("The session is over here".to_owned()));
            return;
        }
        let Some(reading) = last else { return };
        let said = format!("Last reset by {} at {}", what_of(ctx, &reading), ctx.clock().time(reading.reset.at));
        let button = Button::new(dim(said)).frame(false).truncate();
        if ui.add(button).on_hover_text("Show the record").clicked() {
            commands.push(UiCommand::SelectEvent(reading.reset.event));
        }
    });
}
