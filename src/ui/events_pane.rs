//! The events of the chosen session as a list in words, for who would rather read than look: one row each, of which only those
//! in sight are drawn.

use super::{
    command::UiCommand,
    state::ViewContext,
    theme::{SENTENCE, STEP, strong},
    widgets::{TextLook, copy_menu, focus_ring, paint_line},
    words,
};
use crate::model::{EventFlags, EventId, SessionId};
use egui::{Align2, CornerRadius, Id, Label, RichText, ScrollArea, Sense, Ui, WidgetInfo, accesskit::Role, pos2, vec2};

const ROW: f32 = 24.0;

/// The pane.
pub fn events_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let Some(id) = ctx.looking.selected else {
        ui.add_space(6.0 * STEP);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new("Choose a session to see its events").color(ctx.palette.dim));
        });
        return;
    };
    let events = &ctx.inspection().events;
    let count = events.of_session(id).len();
    ui.add(Label::new(strong(format!("The events of {}", words::who(ctx.inspection(), id))).size(SENTENCE)).wrap());
    let about = format!("{}, by time", words::counted(count, "event"));
    ui.label(RichText::new(about).color(ctx.palette.dim));
    ui.add_space(STEP);
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().auto_shrink(false).id_salt(("events", id));
    if let Some(offset) = offset_to_reveal(ui, ctx, id) {
        area = area.vertical_scroll_offset(offset);
    }
    let output = area.show_rows(ui, ROW, count, |ui, rows| {
        for event in events.of_session(id).skip(rows.start).take(rows.len()) {
            row_ui(ui, ctx, event, commands);
        }
    });
    let seen = (output.state.clamped_offset().y, output.inner_rect.height());
    ui.data_mut(|data| data.insert_temp(Id::unique("events seen"), seen));
}

/// The offset that brings the chosen event into sight once it has changed; `None` where it is.
fn offset_to_reveal(ui: &Ui, ctx: &ViewContext<'_>, id: SessionId) -> Option<f32> {
    let shown_id = Id::unique("events shown");
    let event = ctx.looking.event;
    if ui.data(|data| data.get_temp::<Option<EventId>>(shown_id)) == Some(event) {
        return None;
    }
    ui.data_mut(|data| data.insert_temp(shown_id, event));
    let row = ctx.inspection().events.of_session(id).position(|other| Some(other) == event)? as f32;
    let (offset, height) = ui.data(|data| data.get_temp::<(f32, f32)>(Id::unique("events seen"))).unwrap_or_default();
    let is_in_sight = row * ROW >= offset && (row + 1.0) * ROW <= offset + height;
    (!is_in_sight).then_some((row * ROW - height / 2.0).max(0.0))
}

fn row_ui(ui: &mut Ui, ctx: &ViewContext<'_>, event: EventId, commands: &mut Vec<UiCommand>) {
    let (palette, events) = (ctx.palette, &ctx.inspection().events);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let row = events.get(event);
    let time = ctx.clock().time(ctx.opened.time_of(event));
    let what = super::record_line::shown_line(events.symbols.resolve(row.what));
    let status = if row.status > 0 { row.status.to_string() } else { String::new() };
    let mirrored = events.flags(event).contains(EventFlags::MIRROR);
    let chosen = ctx.looking.event == Some(event);
    let kind = row.kind.label();
    response.widget_info(|| {
        WidgetInfo::selected(Role::Row, true, chosen, format!("{time} {kind} {what} {status}").trim_end())
    });
    if chosen || response.hovered() {
        let fill = if chosen { palette.selection } else { palette.raised };
        ui.painter().rect_filled(rect, CornerRadius::same(4), fill);
    }
    focus_ring(ui, &response, rect);
    let dim = TextLook { size: 12.0, color: palette.dim, strong: false };
    let middle = rect.center().y;
    let at = |x: f32| pos2(rect.left() + x, middle);
    // A date before the time, and a year, take their room.
    let time_width = match time.chars().count() {
        0..12 => 70.0,
        12..18 => 104.0,
        _ => 136.0,
    };
    paint_line(ui, at(6.0), Align2::LEFT_CENTER, &[(&time, dim)], time_width);
    let look = TextLook { size: 12.0, color: palette.event(row.kind), strong: false };
    // The status has its place at the right edge, where it is never cut; in a narrow pane the kind gives way first.
    let kind_width = (rect.width() * 0.28).clamp(72.0, 112.0);
    paint_line(ui, at(6.0 + time_width), Align2::LEFT_CENTER, &[(kind, look)], kind_width - 6.0);
    let right = pos2(rect.right() - 6.0, middle);
    paint_line(ui, right, Align2::RIGHT_CENTER, &[(&status, look.strong())], 30.0);
    let beside = if mirrored { "  other side" } else { "" };
    let text = TextLook { color: if mirrored { palette.dim } else { palette.text }, ..look };
    let runs = [(what.as_str(), text), (beside, dim)];
    let left = 6.0 + time_width + kind_width;
    paint_line(ui, at(left), Align2::LEFT_CENTER, &runs, rect.width() - left - 40.0);
    copy_menu(&response, &format!("{time}  {kind}  {what} {status}"), commands);
    if response.clicked() {
        commands.push(UiCommand::SelectEvent(event));
    }
    if mirrored {
        response.on_hover_text("The same request, as the other side recorded it");
    }
}
