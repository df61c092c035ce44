//! Two compared sessions as lanes under one ruler, aligned where the comparison begins, with a line through both where they
//! first differ.

use super::{
    clock::relative,
    command::UiCommand,
    lane_hover::{nearest_event, tooltip_ui},
    lane_paint::{LANE, paint_lane},
    ruler::line_around,
    state::{Compared, ViewContext},
    timeline_view::lane_labels,
    widgets::{TextLook, line_galley, paint_line},
    words,
};
use crate::{
    model::{Nanos, Session, SessionId, TimeRange},
    timeline::{Alignment, Axis, Pair, axis::fitted, lane_from_session, ticks::relative_ticks},
};
use egui::{
    Align2, CornerRadius, Galley, Id, Rect, Sense, Stroke, Ui, WidgetInfo, accesskit::Role, emath::Rangef, pos2, vec2,
};
use std::sync::Arc;

/// The height of the ruler.
const RULER: f32 = 20.0;
/// Between the two lanes.
const BETWEEN: f32 = 4.0;
/// What says which of the two a lane is stands left of it.
const SIDE: f32 = 46.0;

/// How high all of it is.
pub const HEIGHT: f32 = RULER + 2.0 * LANE + BETWEEN;

/// A lane of the two.
struct Side<'a> {
    name: &'static str,
    id: SessionId,
    session: &'a Session,
    /// What the time 0 of the ruler is for this session.
    origin: Nanos,
    rect: Rect,
}

/// The two lanes.
pub fn compare_lanes_ui(ui: &mut Ui, ctx: &ViewContext<'_>, compared: &Compared, commands: &mut Vec<UiCommand>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let lane = |at: f32| {
        let top = rect.top() + RULER + at * (LANE + BETWEEN);
        Rect::from_min_max(pos2(rect.left() + SIDE, top), pos2(rect.right(), top + LANE))
    };
    let side = |name, id, rect| {
        let session = ctx.opened.session(id)?;
        Some(Side { name, id, session, origin: compared.alignment.origin(session), rect })
    };
    let sides = side("Left", compared.left, lane(0.0)).zip(side("Right", compared.right, lane(1.0)));
    let Some((left, right)) = sides else { return };
    let sides = [left, right];
    // One axis in time from where the two are aligned; each lane lies on it by its own origin.
    let spans = sides.each_ref().map(|side| {
        let span = side.session.span();
        TimeRange { from: span.from.saturating_sub(side.origin), until: span.until.saturating_sub(side.origin) }
    });
    let [one, other] = spans;
    let whole = TimeRange { from: one.from.min(other.from).min(0), until: one.until.max(other.until).max(0) };
    let axis = Axis::new(fitted(whole), rect.left() + SIDE, rect.width() - SIDE);
    let lanes = Rangef::new(sides[0].rect.top(), sides[1].rect.bottom());
    let ruler = Rect::from_min_max(pos2(axis.left(), rect.top()), pos2(axis.right(), rect.top() + RULER));
    for side in &sides {
        ui.painter().rect_filled(side.rect, CornerRadius::same(4), ctx.palette.panel);
    }
    let difference = Difference::of(ui, ctx, compared, &axis, ruler);
    ruler_ui(ui, ctx, compared.alignment, &axis, ruler, lanes, difference.as_ref().map(|found| found.place));
    let labels = sides.each_ref().map(|side| side_ui(ui, ctx, side, &axis, commands));
    if let Some(difference) = difference {
        difference.paint(ui, ctx, ruler, &sides, labels);
    }
    pointer_ui(ui, ctx, &axis, ruler, lanes);
}

/// Round lengths of time from where the two are aligned, as lines through both lanes. Their words give way to what is taken.
fn ruler_ui(
    ui: &Ui,
    ctx: &ViewContext<'_>,
    alignment: Alignment,
    axis: &Axis,
    ruler: Rect,
    lanes: Rangef,
    taken: Option<Rect>,
) {
    let palette = ctx.palette;
    let mut free = ruler.left();
    for tick in relative_ticks(axis, 0, 74.0) {
        let x = axis.x_from_time(tick.at) as f32;
        let color = if tick.major { palette.line.lerp_to_gamma(palette.dim, 0.5) } else { palette.line };
        ui.painter().vline(x.round() + 0.5, lanes, Stroke::new(1.0, color));
        let name = match alignment {
            Alignment::SignIn => "Sign-in",
            Alignment::Ending => "Ending",
        };
        let (text, look) = if tick.major {
            (name, TextLook::small(palette.text).strong())
        } else {
            (tick.label.as_str(), TextLook::small(palette.dim))
        };
        let label = line_galley(ui, &[(text, look)], 120.0);
        // What stands at an edge is moved into sight.
        let wanted = Align2::CENTER_CENTER.anchor_size(pos2(x, ruler.center().y), label.size());
        let left = wanted.left().min(ruler.right() - label.size().x).max(ruler.left());
        let place = Rect::from_min_size(pos2(left, wanted.top()), label.size()).expand2(vec2(6.0, 0.0));
        if left >= free && taken.is_none_or(|taken| !taken.intersects(place)) {
            free = left + label.size().x + 10.0;
            ui.painter().galley(pos2(left, wanted.top()), label, look.color);
        }
    }
}

/// One lane. Says where its words stand.
fn side_ui(
    ui: &Ui,
    ctx: &ViewContext<'_>,
    side: &Side<'_>,
    axis: &Axis,
    commands: &mut Vec<UiCommand>,
) -> [Option<Rect>; 2] {
    let palette = ctx.palette;
    let view = axis.view();
    let own = TimeRange { from: view.from.saturating_add(side.origin), until: view.until.saturating_add(side.origin) };
    let own = Axis::new(own, axis.left(), axis.right() - axis.left());
    let response = ui.interact(side.rect, Id::unique(("compared lane", side.name)), Sense::CLICK);
    response.widget_info(|| {
        let name = words::session_name(ctx.inspection(), side.id);
        WidgetInfo::labeled(Role::Row, true, format!("{} lane, {name}", side.name))
    });
    let at = pos2(side.rect.left() - SIDE, side.rect.center().y);
    paint_line(ui, at, Align2::LEFT_CENTER, &[(side.name, TextLook::small(palette.dim).strong())], SIDE);
    let lane = lane_from_session(&ctx.inspection().events, side.id, side.session, &own);
    paint_lane(ui.painter(), palette, &lane, ctx.opened.cause(side.id), side.rect.top(), true);
    let labels = lane_labels(ui, ctx, side.id, &lane, side.rect);
    let near = |pos: egui::Pos2| nearest_event(ctx, &own, side.id, pos.x);
    if response.clicked()
        && let Some(event) = response.interact_pointer_pos().and_then(near)
    {
        commands.extend([UiCommand::CompareNone, UiCommand::SelectEvent(event)]);
    }
    if let Some(pos) = response.hover_pos() {
        let (hit, at) = (near(pos), own.time_from_x(f64::from(pos.x)));
        response.on_hover_ui_at_pointer(|ui| tooltip_ui(ui, ctx, side.id, hit, Some(at)));
    }
    labels
}

/// Where the two first differ: at each one's own step, where both have it.
struct Difference {
    after: [Nanos; 2],
    x: [f32; 2],
    word: Arc<Galley>,
    /// Where its word stands in the ruler.
    place: Rect,
}

impl Difference {
    fn of(ui: &Ui, ctx: &ViewContext<'_>, compared: &Compared, axis: &Axis, ruler: Rect) -> Option<Self> {
        let comparison = &compared.comparison;
        let after = match comparison.rows.get(comparison.first_difference?)? {
            Pair::Both(one, other, _) => [one.after, other.after],
            Pair::Left(step) | Pair::Right(step) => [step.after, step.after],
        };
        let x = after.map(|at| axis.x_clamped(at, 0.0));
        let color = ctx.palette.readable(ctx.palette.bad);
        let word = line_galley(ui, &[("First difference", TextLook::small(color).strong())], 160.0);
        let place = place_in(ruler, x[0], word.size());
        Some(Self { after, x, word, place })
    }

    /// A line through both lanes, which leaves their words readable.
    fn paint(
        self,
        ui: &Ui,
        ctx: &ViewContext<'_>,
        ruler: Rect,
        [left, right]: &[Side<'_>; 2],
        words: [[Option<Rect>; 2]; 2],
    ) {
        let color = ctx.palette.readable(ctx.palette.bad);
        let stroke = Stroke::new(1.5, color);
        let words: Vec<Rect> = words.into_iter().flatten().flatten().collect();
        let from = |rect: Rect, top: f32| Rect::from_min_max(pos2(rect.left(), top), rect.max);
        let [x, beside] = self.x;
        line_around(ui, x, from(left.rect, ruler.bottom()), &words, stroke);
        line_around(ui, beside, right.rect, &words, stroke);
        ui.painter().line_segment([pos2(x, left.rect.bottom()), pos2(beside, right.rect.top())], stroke);
        ui.painter().rect_filled(self.place, CornerRadius::same(3), ctx.palette.raised);
        ui.painter().galley(self.place.min + vec2(5.0, 1.0), self.word, color);
        let response = ui.interact(self.place, Id::unique("first difference"), Sense::hover());
        response.widget_info(|| {
            let [one, other] = self.after.map(|after| relative(after, false));
            WidgetInfo::labeled(Role::Label, true, format!("First difference at {one} left, {other} right"))
        });
    }
}

/// The box for a word of this size around `x`, held in the ruler.
fn place_in(ruler: Rect, x: f32, word: egui::Vec2) -> Rect {
    let size = word + vec2(10.0, 2.0);
    let left = (x - size.x / 2.0).min(ruler.right() - size.x).max(ruler.left());
    Rect::from_min_size(pos2(left, ruler.center().y - size.y / 2.0), size)
}

/// The time under the pointer, in both lanes alike.
fn pointer_ui(ui: &Ui, ctx: &ViewContext<'_>, axis: &Axis, ruler: Rect, lanes: Rangef) {
    let area = Rect::from_x_y_ranges(ruler.x_range(), lanes);
    let pointer = ui.input(|input| input.pointer.latest_pos());
    let Some(pos) = pointer.filter(|pos| area.contains(*pos) && ui.rect_contains_pointer(area)) else { return };
    let palette = ctx.palette;
    ui.painter().vline(pos.x.round(), lanes, Stroke::new(1.0, palette.dim.gamma_multiply(0.4)));
    let text = relative(axis.time_from_x(f64::from(pos.x)), false);
    let label = line_galley(ui, &[(&text, TextLook::small(palette.text).strong())], 160.0);
    let place = place_in(ruler, pos.x, label.size());
    ui.painter().rect_filled(place, CornerRadius::same(3), palette.raised);
    ui.painter().galley(place.min + vec2(5.0, 1.0), label, palette.text);
}
