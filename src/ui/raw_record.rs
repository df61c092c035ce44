//! The raw record of the chosen event, secrets masked, at the bottom of the window.

use super::{
    command::UiCommand,
    state::ViewContext,
    theme::{STEP, strong},
    words,
};
use crate::model::SessionId;
use egui::{Align, Button, Layout, RichText, ScrollArea, TextWrapMode, Ui, WidgetInfo, accesskit::Role, vec2};

/// Longer lines are shown up to here; the copy has all of them.
const LONGEST: usize = 4000;

/// The pane.
pub fn raw_record_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    ui.set_min_size(ui.available_size());
    let (Some(event), Some(record)) = (ctx.looking.event, &ctx.looking.record) else {
        ui.centered_and_justified(|ui| {
            ui.label(
                RichText::new("Click a mark, a session or a piece of evidence to see its raw record")
                    .color(palette.dim),
            );
        });
        return;
    };
    head_ui(ui, ctx, event, &record.place, commands);
    ui.add_space(STEP);
    if record.lines.is_empty() {
        ui.label(RichText::new("This record has no text of its own").color(palette.dim));
        return;
    }
    let row = ui.text_style_height(&egui::TextStyle::Monospace);
    ui.spacing_mut().item_spacing.y = 3.0;
    ScrollArea::both().auto_shrink(false).id_salt(("record", event)).show_rows(
        ui,
        row,
        record.lines.len(),
        |ui, rows| {
            ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
            for line in record.lines.get(rows).unwrap_or_default() {
                let mut text: String = line
                    .chars()
                    .take(LONGEST)
                    .map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c })
                    .collect();
                if text.len() < line.len() && line.chars().nth(LONGEST).is_some() {
                    text.push('…');
                }
                ui.label(RichText::new(text).monospace());
            }
        },
    );
}

fn head_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    event: crate::model::EventId,
    place: &str,
    commands: &mut Vec<UiCommand>,
) {
    let palette = ctx.palette;
    let row = ctx.inspection().events.get(event);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = STEP;
            let copy = ui.add(Button::new("Copy")).on_hover_text("Copy the record, secrets masked (Ctrl+C)");
            if copy.clicked() {
                commands.push(UiCommand::CopyRecord);
            }
            let mut step = |ui: &mut Ui, text: &str, name: &str, by: i64| {
                let button = ui.add(Button::new(text).min_size(vec2(26.0, 0.0)));
                button.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
                if button.on_hover_text(name).clicked() {
                    commands.push(UiCommand::StepEvent(by));
                }
            };
            step(ui, "→", "Next event (.)", 1);
            step(ui, "←", "Previous event (,)", -1);
            if let Some(place) = position(ctx, row.session, event) {
                ui.label(RichText::new(place).size(12.0).color(palette.dim));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(strong(row.kind.label()).size(12.0).color(palette.event(row.kind)));
                let said = format!("{place} · {}", ctx.clock().exact(row.time));
                ui.add(egui::Label::new(RichText::new(said).size(12.0).color(palette.dim)).truncate());
            });
        });
    });
}

/// `event 41 of 218`, where that can be told quickly.
fn position(ctx: &ViewContext<'_>, session: SessionId, event: crate::model::EventId) -> Option<String> {
    let events = &ctx.inspection().events;
    let all = events.of_session(session).len();
    if all == 0 || all > 200_000 {
        return None;
    }
    let index = events.of_session(session).position(|id| id == event)?;
    Some(format!("{} of {}", words::grouped(index as u64 + 1), words::grouped(all as u64)))
}
