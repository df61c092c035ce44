//! The raw record of the chosen event, secrets masked, at the bottom of the window. Beside it the record of the same request in
//! another source, where one saw it from the other side; else, of an exchange, the request and its answer apart.

use super::{
    command::UiCommand,
    record_line::{Find, line_ui, whole_line_ui},
    state::ViewContext,
    theme::{STEP, strong},
    words,
};
use crate::{
    inspection::{Around, RawRecord},
    model::{EventFlags, EventId, SessionId},
};
use egui::{
    Align, Button, Id, Layout, Rect, RichText, ScrollArea, Stroke, TextEdit, TextWrapMode, Ui, UiBuilder, WidgetInfo,
    accesskit::Role, pos2, vec2,
};

/// A record of at most so many lines is shown whole.
const FEW: usize = 3;

/// One column: a head, and lines of which some are around the record.
struct Column<'a> {
    event: EventId,
    head: String,
    before: &'a [String],
    lines: &'a [String],
    after: &'a [String],
    /// The event that the arrows of this column step from; only the last column has them.
    steps_from: Option<EventId>,
}

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
    let none = Around::default();
    let around = |at: usize| ctx.looking.around.get(at).unwrap_or(&none);
    let (near, far) = (around(0), around(1));
    let whole = |record: &'_ (EventId, RawRecord), steps_from| (record.0, record.1.place.clone(), steps_from);
    if let Some(other) = rest.first() {
        let (one, two) = (whole(first, None), whole(other, Some(event)));
        let left = column(one, near, &first.1.lines);
        let right = column(two, far, &other.1.lines);
        return columns_ui(ui, ctx, &left, &right, commands);
    }
    if let Some([request, response]) = &first.1.halves {
        let left = column((first.0, format!("Request · {}", first.1.place), None), near, request);
        let right = column((first.0, "Response".to_owned(), Some(event)), far, response);
        return columns_ui(ui, ctx, &left, &right, commands);
    }
    column_ui(ui, ctx, &column(whole(first, Some(event)), near, &first.1.lines), 0, commands);
}

fn column<'a>(
    (event, head, steps_from): (EventId, String, Option<EventId>),
    around: &'a Around,
    lines: &'a [String],
) -> Column<'a> {
    Column { event, head, before: &around.before, lines, after: &around.after, steps_from }
}

fn columns_ui(ui: &mut Ui, ctx: &ViewContext<'_>, one: &Column<'_>, other: &Column<'_>, commands: &mut Vec<UiCommand>) {
    let room = ui.available_rect_before_wrap();
    let middle = room.center().x;
    let left = Rect::from_min_max(room.min, pos2(middle - 3.0 * STEP, room.bottom()));
    let right = Rect::from_min_max(pos2(middle + 3.0 * STEP, room.top()), room.max);
    ui.painter().vline(middle, room.y_range(), Stroke::new(1.0, ctx.palette.line));
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| column_ui(ui, ctx, one, 0, commands));
    ui.scope_builder(UiBuilder::new().max_rect(right), |ui| column_ui(ui, ctx, other, 1, commands));
}

fn column_ui(ui: &mut Ui, ctx: &ViewContext<'_>, column: &Column<'_>, place: usize, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    head_ui(ui, ctx, column, commands);
    ui.add_space(STEP);
    if column.lines.is_empty() {
        ui.label(RichText::new("This record has no text of its own").color(palette.dim));
        return;
    }
    let row = ui.text_style_height(&egui::TextStyle::Monospace).max(16.0);
    ui.spacing_mut().item_spacing.y = 2.0;
    let find = Find::new(&ctx.looking.record_search);
    if column.before.is_empty() && column.after.is_empty() && column.lines.len() <= FEW {
        return wrapped_ui(ui, ctx, column, &find, commands);
    }
    let all = || column.before.iter().chain(column.lines).chain(column.after);
    let mut area = ScrollArea::both().auto_shrink(false).id_salt(("record", column.event, place));
    let shown_for = (column.event, ctx.looking.with_context, ctx.looking.record_search.clone());
    let id = Id::unique(("record scroll", place));
    if ui.data(|data| data.get_temp::<(EventId, bool, String)>(id)).as_ref() != Some(&shown_for) {
        // What is new is brought into sight: the first place that was looked for, else the record itself.
        let hit = all().position(|line| find.is_in(line)).unwrap_or(column.before.len());
        area = area.vertical_scroll_offset((hit as f32 - 1.0).max(0.0) * (row + 2.0));
        ui.data_mut(|data| data.insert_temp(id, shown_for));
    }
    if ctx.looking.scroll_record != 0.0 {
        let by = vec2(0.0, -ctx.looking.scroll_record);
        ui.scroll_with_delta_animation(by, egui::style::ScrollAnimation::none());
    }
    let count = column.before.len() + column.lines.len() + column.after.len();
    area.show_rows(ui, row, count, |ui, rows| {
        ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
        let record = column.before.len()..column.before.len() + column.lines.len();
        let skipped = rows.start;
        for (index, line) in all().enumerate().skip(skipped).take(rows.len()) {
            let inside = record.contains(&index);
            if inside && ctx.looking.with_context {
                let at = ui.cursor().min;
                let mark = Rect::from_min_size(pos2(ui.clip_rect().left(), at.y), vec2(3.0, row));
                ui.painter().rect_filled(mark, 0, palette.accent);
            }
            let is_first = index == record.start;
            line_ui(ui, palette, line, inside, is_first, &find, commands);
        }
    });
}

/// A record of a line or two, as logs have them, is seen whole: its lines are broken at the edge.
fn wrapped_ui(ui: &mut Ui, ctx: &ViewContext<'_>, column: &Column<'_>, find: &Find, commands: &mut Vec<UiCommand>) {
    if ctx.looking.scroll_record != 0.0 {
        let by = vec2(0.0, -ctx.looking.scroll_record);
        ui.scroll_with_delta_animation(by, egui::style::ScrollAnimation::none());
    }
    ScrollArea::vertical().auto_shrink(false).id_salt(("record", column.event, "whole")).show(ui, |ui| {
        for (index, line) in column.lines.iter().enumerate() {
            whole_line_ui(ui, ctx.palette, line, index == 0, find, commands);
        }
    });
}

fn head_ui(ui: &mut Ui, ctx: &ViewContext<'_>, column: &Column<'_>, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    let row = ctx.inspection().events.get(column.event);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = STEP;
            if let Some(from) = column.steps_from {
                steps_ui(ui, ctx, from, commands);
                if ui.available_width() > 320.0 {
                    tools_ui(ui, ctx, column, commands);
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(strong(row.kind.label()).size(12.0).color(palette.event(row.kind)));
                let said = head_words(&column.head, &ctx.clock().exact(row.time));
                ui.add(egui::Label::new(RichText::new(said).size(12.0).color(palette.dim)).truncate());
            });
        });
    });
}

/// Where in its source the record stands comes first, and the source last: what is cut off is a name that can be long.
fn head_words(head: &str, time: &str) -> String {
    let (side, place) = match head.split_once(" · ") {
        Some(("Request", place)) => ("Request · ", place),
        _ => ("", head),
    };
    match place.rsplit_once(" · ") {
        Some((source, at)) => format!("{side}{at} · {time} · {source}"),
        None => format!("{head} · {time}"),
    }
}

/// Search in the record, the lines around it, what is shown in the open.
fn tools_ui(ui: &mut Ui, ctx: &ViewContext<'_>, column: &Column<'_>, commands: &mut Vec<UiCommand>) {
    let looking = ctx.looking;
    let mut text = looking.record_search.clone();
    let field = TextEdit::singleline(&mut text)
        .id(Id::unique("record search"))
        .hint_text(RichText::new("Find in record").size(12.0).color(ctx.palette.dim))
        .font(egui::FontId::proportional(12.0))
        .align(egui::Align2::LEFT_CENTER)
        .desired_width(110.0)
        .min_size(vec2(0.0, 26.0));
    let response = ui.add(field);
    response.widget_info(|| {
        let mut info = WidgetInfo::text_edit(true, &text, &text, "");
        info.label = Some("Find in record".to_owned());
        info
    });
    if looking.focus_record_search {
        response.request_focus();
    }
    if response.changed() {
        commands.push(UiCommand::SearchRecord(text));
    }
    if !looking.record_search.is_empty() {
        let find = Find::new(&looking.record_search);
        let lines = || looking.records.iter().flat_map(|(_, record)| &record.lines);
        let hits = lines().chain(column.before).chain(column.after).filter(|line| find.is_in(line)).count();
        let said = if hits == 0 { "nothing found".to_owned() } else { words::counted(hits, "line") };
        ui.label(RichText::new(said).size(12.0).color(ctx.palette.dim));
    }
    let is_har = looking.records.iter().any(|(_, record)| record.halves.is_some());
    if !is_har || looking.records.len() > 1 {
        let button = Button::selectable(looking.with_context, RichText::new("Lines around").size(12.0));
        let response = ui.add(button).on_hover_text("Show 50 lines before and after");
        if response.clicked() {
            commands.push(UiCommand::RecordContext(!looking.with_context));
        }
    }
    if !looking.revealed.is_empty() {
        let text = format!("Hide {}", words::counted(looking.revealed.len(), "secret"));
        if ui.add(Button::new(RichText::new(text).size(12.0))).clicked() {
            commands.extend(looking.revealed.iter().cloned().map(UiCommand::Reveal));
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_in_a_source_is_said_before_its_name() {
        assert_eq!(head_words("auth.log · line 42", "10:20:15"), "line 42 · 10:20:15 · auth.log");
        let request = head_words("Request · bug.har · entry 4 of 32", "10:20:15");
        assert_eq!(request, "Request · entry 4 of 32 · 10:20:15 · bug.har");
        assert_eq!(head_words("Response", "10:20:15"), "Response · 10:20:15");
    }
}
