//! Over the lanes: the ruler with the time cursor, hairlines through all lanes, and the measure.

use super::{
    command::UiCommand,
    state::ViewContext,
    widgets::{TextLook, line_galley},
};
use crate::{
    model::{Nanos, TimeRange, duration_words},
    timeline::{
        Axis,
        ticks::{relative_ticks, ticks},
    },
};
use egui::{
    Align2, CornerRadius, CursorIcon, Id, Rect, Response, Sense, Stroke, Ui, WidgetInfo, accesskit::Role, pos2, vec2,
};

/// The ruler: ticks, the zone, and the place to put and drag the time cursor by.
pub fn ruler_ui(ui: &Ui, ctx: &ViewContext<'_>, axis: &Axis, ruler: Rect, body: Rect, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    let handle = ui.interact(ruler, Id::unique("ruler"), Sense::CLICK | Sense::DRAG);
    handle.widget_info(|| {
        let at = ctx.looking.cursor.map_or_else(|| "not set".to_owned(), |at| ctx.clock().time(at));
        WidgetInfo::labeled(Role::Slider, true, format!("Time cursor, {at}"))
    });
    if let Some(pos) = handle.interact_pointer_pos().filter(|_| handle.clicked() || handle.dragged()) {
        commands.push(UiCommand::Cursor(axis.time_from_x(f64::from(pos.x))));
    }
    if handle.hovered() {
        ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let painter = ui.painter();
    let look = TextLook::small(palette.dim);
    let zone = line_galley(ui, &[(ctx.clock().label(), look.strong())], 160.0);
    let zone_rect = Align2::LEFT_CENTER.anchor_size(ruler.left_center(), zone.size());
    painter.galley(zone_rect.min, zone, palette.dim);
    let mut free = zone_rect.right() + 8.0;
    let found = match ctx.clock().origin() {
        Some(origin) => relative_ticks(axis, origin, 74.0),
        None => ticks(axis, ctx.clock().zone(), 74.0),
    };
    for tick in found {
        let x = axis.x_from_time(tick.at) as f32;
        let stroke =
            Stroke::new(1.0, if tick.major { palette.line.lerp_to_gamma(palette.dim, 0.4) } else { palette.line });
        painter.vline(x.round() + 0.5, body.y_range(), Stroke::new(1.0, stroke.color.gamma_multiply(0.7)));
        let look = if tick.major { TextLook::small(palette.text).strong() } else { look };
        let label = line_galley(ui, &[(&tick.label, look)], 120.0);
        let rect = Align2::CENTER_CENTER.anchor_size(pos2(x, ruler.center().y), label.size());
        // A label gives way rather than be cut off or run into its neighbour.
        if rect.left() >= free && rect.right() <= ruler.right() {
            free = rect.right() + 10.0;
            painter.galley(rect.min, label, palette.dim);
        }
    }
}

/// The time cursor, the selected event, and the time under the pointer.
pub fn hairlines(
    ui: &Ui,
    ctx: &ViewContext<'_>,
    axis: &Axis,
    area: &Response,
    ruler: Rect,
    body: Rect,
    words: &[Rect],
) {
    let palette = ctx.palette;
    let in_view = |at: Nanos| {
        let x = axis.x_from_time(at) as f32;
        (ruler.left()..=ruler.right()).contains(&x).then_some(x)
    };
    let event = ctx.looking.event.filter(|&event| ctx.opened.has_event(event)).map(|event| ctx.opened.time_of(event));
    if let Some(x) = event.and_then(in_view) {
        line_around(ui, x, body, words, Stroke::new(1.0, palette.accent.gamma_multiply(0.45)));
    }
    if let Some(x) = ctx.looking.cursor.and_then(in_view) {
        let painter = ui.painter();
        line_around(ui, x, body, words, Stroke::new(1.0, palette.accent));
        let top = ruler.bottom() - 1.0;
        let points = vec![pos2(x - 6.0, top - 8.0), pos2(x + 6.0, top - 8.0), pos2(x, top)];
        painter.add(egui::Shape::convex_polygon(points, palette.accent, Stroke::NONE));
    }
    let pointer = ui
        .input(|input| input.pointer.latest_pos())
        .filter(|pos| area.rect.contains(*pos) && ui.rect_contains_pointer(area.rect));
    let Some(pos) = pointer else { return };
    let x = pos.x.round();
    ui.painter().vline(x, body.y_range(), Stroke::new(1.0, palette.dim.gamma_multiply(0.4)));
    let text = ctx.clock().time(axis.time_from_x(f64::from(pos.x)));
    let galley = line_galley(ui, &[(&text, TextLook::small(palette.text).strong())], 160.0);
    let half = galley.size().x / 2.0 + 5.0;
    let middle = x.clamp(ruler.left() + half, ruler.right() - half);
    let rect = Rect::from_center_size(pos2(middle, ruler.center().y), vec2(half * 2.0, 18.0));
    ui.painter().rect_filled(rect, CornerRadius::same(4), palette.raised);
    ui.painter().galley(rect.min + vec2(5.0, (18.0 - galley.size().y) / 2.0), galley, palette.text);
}

/// A line from top to bottom that leaves out where words stand.
pub fn line_around(ui: &Ui, x: f32, body: Rect, words: &[Rect], stroke: Stroke) {
    let mut gaps: Vec<(f32, f32)> = words
        .iter()
        .filter(|rect| (rect.left() - 3.0..=rect.right() + 3.0).contains(&x))
        .map(|rect| (rect.top(), rect.bottom()))
        .collect();
    gaps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut from = body.top();
    for (top, bottom) in gaps {
        if top > from {
            ui.painter().vline(x, from..=top.min(body.bottom()), stroke);
        }
        from = from.max(bottom);
    }
    if from < body.bottom() {
        ui.painter().vline(x, from..=body.bottom(), stroke);
    }
}

/// The stretch that is measured, and the drag with Shift that measures it.
pub fn measure_ui(
    ui: &Ui,
    ctx: &ViewContext<'_>,
    axis: &Axis,
    area: &Response,
    body: Rect,
    commands: &mut Vec<UiCommand>,
) {
    let palette = ctx.palette;
    let shift = ui.input(|input| input.modifiers.shift);
    let from_id = Id::unique("measure from");
    if area.drag_started() && shift {
        let from = ui.input(|input| input.pointer.press_origin()).map(|pos| axis.time_from_x(f64::from(pos.x)));
        ui.data_mut(|data| data.insert_temp(from_id, from));
    } else if area.drag_stopped() {
        ui.data_mut(|data| data.insert_temp(from_id, None::<Nanos>));
    }
    let from = ui.data(|data| data.get_temp::<Option<Nanos>>(from_id)).flatten();
    if let (Some(from), Some(pos)) = (from.filter(|_| area.dragged()), area.interact_pointer_pos()) {
        commands.push(UiCommand::Measure(Some(TimeRange::new(from, axis.time_from_x(f64::from(pos.x))))));
    }
    let begun = ctx.looking.measure_from.zip(ctx.looking.cursor).map(|(from, at)| TimeRange::new(from, at));
    let Some(range) = ctx.looking.measure.or(begun).filter(|&range| axis.shows(range)) else { return };
    let (left, right) = (axis.x_clamped(range.from, 0.0), axis.x_clamped(range.until, 0.0));
    let band = Rect::from_x_y_ranges(left..=right.max(left + 1.0), body.y_range());
    ui.painter().rect_filled(band, 0, palette.accent.gamma_multiply(0.10));
    for x in [left, right] {
        ui.painter().vline(x, body.y_range(), Stroke::new(1.0, palette.accent));
    }
    let text = duration_words(range.length());
    let galley = line_galley(ui, &[(&text, TextLook::body(palette.text).strong())], 200.0);
    let half = galley.size().x / 2.0 + 8.0;
    let middle = band.center().x.clamp(body.left() + half, (body.right() - half).max(body.left() + half));
    let label = Rect::from_center_size(pos2(middle, body.top() + 44.0), vec2(half * 2.0, 22.0));
    let response = ui.interact(label, Id::unique("measure"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Measured: {text}")));
    ui.painter().rect_filled(label, CornerRadius::same(4), palette.raised);
    ui.painter().galley(label.min + vec2(8.0, (22.0 - galley.size().y) / 2.0), galley, palette.text);
    let said = format!("{}. Click to zoom to it", ctx.clock().range(range));
    if response.on_hover_text(said).clicked() {
        commands.push(UiCommand::View(range));
    }
}
