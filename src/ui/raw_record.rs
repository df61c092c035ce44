//! The raw record of the chosen event, secrets masked, at the bottom of the window; beside it the record of the same request
//! in another source, where one saw it from the other side.

use super::{
    command::UiCommand,
    state::ViewContext,
    theme::{Palette, STEP, strong},
    words,
};
use crate::{
    inspection::RawRecord,
    model::{EventFlags, EventId, SessionId},
};
use egui::{
    Align, Button, FontId, Layout, Rect, RichText, ScrollArea, Stroke, TextWrapMode, Ui, UiBuilder, WidgetInfo,
    accesskit::Role,
    pos2,
    text::{LayoutJob, TextFormat},
    vec2,
};

/// Longer lines are shown up to here; the copy has all of them.
const LONGEST: usize = 4000;

/// The pane.
pub fn raw_record_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    ui.set_min_size(ui.available_size());
    let (Some(event), [first, rest @ ..]) = (ctx.looking.event, ctx.looking.records.as_slice()) else {
        ui.centered_and_justified(|ui| {
            let text = "Click a mark, a session or a piece of evidence to see its raw record";
            ui.label(RichText::new(text).color(palette.dim));
        });
        return;
    };
    let room = ui.available_rect_before_wrap();
    let Some(other) = rest.first() else {
        column_ui(ui, ctx, first, Some(event), commands);
        return;
    };
    let middle = room.center().x;
    let left = Rect::from_min_max(room.min, pos2(middle - 3.0 * STEP, room.bottom()));
    let right = Rect::from_min_max(pos2(middle + 3.0 * STEP, room.top()), room.max);
    ui.painter().vline(middle, room.y_range(), Stroke::new(1.0, palette.line));
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| column_ui(ui, ctx, first, None, commands));
    ui.scope_builder(UiBuilder::new().max_rect(right), |ui| column_ui(ui, ctx, other, Some(event), commands));
}

/// One record. `steps_from` is the event that the arrows of this column step from; only the last column has them.
fn column_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (event, record): &(EventId, RawRecord),
    steps_from: Option<EventId>,
    commands: &mut Vec<UiCommand>,
) {
    let palette = ctx.palette;
    head_ui(ui, ctx, *event, &record.place, steps_from, commands);
    ui.add_space(STEP);
    if record.lines.is_empty() {
        ui.label(RichText::new("This record has no text of its own").color(palette.dim));
        return;
    }
    let row = ui.text_style_height(&egui::TextStyle::Monospace);
    ui.spacing_mut().item_spacing.y = 2.0;
    let area = ScrollArea::both().auto_shrink(false).id_salt(("record", *event));
    area.show_rows(ui, row, record.lines.len(), |ui, rows| {
        ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
        let first = rows.start == 0;
        for (index, line) in record.lines.get(rows).unwrap_or_default().iter().enumerate() {
            ui.label(line_job(palette, &shown_line(line), first && index == 0));
        }
    });
}

/// A line as it is shown: not endless, and without characters that do something instead of being seen.
fn shown_line(line: &str) -> String {
    let seen = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
    let mut text: String = line.chars().take(LONGEST).map(seen).collect();
    if line.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

/// A header's name and a request's method stand out, and so does what was masked.
fn line_job(palette: &Palette, line: &str, is_first: bool) -> LayoutJob {
    let look = |color| TextFormat::simple(FontId::monospace(12.0), color);
    let (accent, plain) = (look(palette.readable(palette.accent)), look(palette.text));
    let mut job = LayoutJob::default();
    let name_ends = line.find(": ").filter(|&end| {
        end > 0 && line[..end].chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == ':')
    });
    let method_ends = line
        .find(' ')
        .filter(|&end| is_first && (3..=7).contains(&end) && line[..end].chars().all(|c| c.is_ascii_uppercase()));
    let split = name_ends.or(method_ends).unwrap_or(0);
    job.append(&line[..split], 0.0, accent);
    let mut rest = &line[split..];
    while let Some(at) = rest.find("••••") {
        job.append(&rest[..at], 0.0, plain.clone());
        let dots = "••••".len();
        let fingerprint = rest[at + dots..].strip_prefix(' ').map_or(0, |tail| {
            let digits = tail.bytes().take_while(u8::is_ascii_hexdigit).count();
            if digits == 8 { digits + 1 } else { 0 }
        });
        let masked = TextFormat { background: palette.raised, ..look(palette.dim) };
        job.append(&rest[at..at + dots + fingerprint], 0.0, masked);
        rest = &rest[at + dots + fingerprint..];
    }
    job.append(rest, 0.0, plain);
    job
}

fn head_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    event: EventId,
    place: &str,
    steps_from: Option<EventId>,
    commands: &mut Vec<UiCommand>,
) {
    let palette = ctx.palette;
    let row = ctx.inspection().events.get(event);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = STEP;
            if let Some(from) = steps_from {
                steps_ui(ui, ctx, from, commands);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(strong(row.kind.label()).size(12.0).color(palette.event(row.kind)));
                let said = format!("{place} · {}", ctx.clock().exact(row.time));
                ui.add(egui::Label::new(RichText::new(said).size(12.0).color(palette.dim)).truncate());
            });
        });
    });
}

fn steps_ui(ui: &mut Ui, ctx: &ViewContext<'_>, event: EventId, commands: &mut Vec<UiCommand>) {
    let copy = ui.add(Button::new("Copy")).on_hover_text("Copy the record, secrets masked (Ctrl+C)");
    if copy.clicked() {
        commands.push(UiCommand::CopyRecord);
    }
    let session = ctx.inspection().events.session(event);
    if !session.is_some() {
        return;
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
    if let Some(place) = position(ctx, session, event) {
        ui.label(RichText::new(place).size(12.0).color(ctx.palette.dim));
    }
}

/// `41 of 218`, where that can be told quickly.
fn position(ctx: &ViewContext<'_>, session: SessionId, event: EventId) -> Option<String> {
    let events = &ctx.inspection().events;
    if events.of_session(session).len() > 200_000 {
        return None;
    }
    // A request that two sources saw counts once.
    let steps = || events.of_session(session).filter(|&id| !events.flags(id).contains(EventFlags::MIRROR));
    let all = steps().count();
    let index = steps().position(|id| id >= event)?;
    Some(format!("{} of {}", words::grouped(index as u64 + 1), words::grouped(all as u64)))
}
