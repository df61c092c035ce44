//! The timeline: an axis, one lane a session, incidents as columns through all of them, account events at the foot.
//!
//! Only lanes in sight are laid out, and what was laid out is kept until the view changes.

use super::{
    command::UiCommand,
    lane_hover::{nearest_event, tooltip_ui},
    lane_paint::{BAR, BAR_TOP, LANE, paint_flag, paint_lane, paint_mark},
    lane_validity::{self, validity_rows_ui},
    legend::legend_ui,
    overview::{self, overview_ui},
    ruler::{hairlines, measure_ui, ruler_ui},
    session_menu::session_menu,
    state::ViewContext,
    theme::{SMALL, STEP},
    widgets::{TextLook, focus_ring, line_galley, paint_line},
    words,
};
use crate::{
    model::{AccountEventKind, Incident, SessionId},
    timeline::{Axis, Lane, MarkKind, Row, lane_from_session, rows},
};
use egui::{
    Align2, CornerRadius, Id, Rangef, Rect, Response, ScrollArea, Sense, Stroke, Ui, WidgetInfo,
    accesskit::Role,
    pos2,
    scroll_area::{DragScroll, ScrollSource},
    vec2,
};
use std::collections::HashMap;

const AXIS_HEIGHT: f32 = 26.0;
const FOOT: f32 = 24.0;
const ACCOUNTS: f32 = 30.0;
/// The height of a group's head.
const HEAD: f32 = 24.0;
/// Up to so many sessions every lane keeps its place; beyond, only those in view have one.
const FEW: usize = 40;

/// Lanes as laid out for one view.
#[derive(Debug, Default)]
pub struct LaneCache {
    key: Option<(Axis, u64)>,
    /// The chosen session, and how much room its tokens and cookies have under its lane.
    chosen: Option<(SessionId, f32)>,
    lanes: HashMap<SessionId, Lane>,
    rows: Vec<Row>,
    /// How high all rows are without anything under them.
    plain: f32,
    /// Where words stand, which lines through all lanes go around.
    labels: Vec<Rect>,
    /// Where each row begins, and at the end where the last one ends.
    tops: Vec<f32>,
}

impl LaneCache {
    fn prepare(&mut self, ctx: &ViewContext<'_>, axis: &Axis, height: f32) {
        let key = Some((*axis, ctx.looking.revision));
        let is_same = self.key == key;
        if !is_same {
            self.key = key;
            self.lay_out(ctx, axis);
        }
        // Only where all still fits: walking down a long list must not make it jump.
        let extra = lane_validity::height(ctx);
        let fits = self.plain + extra <= height;
        let chosen = ctx.looking.selected.filter(|_| fits && extra > 0.0).map(|id| (id, extra));
        if is_same && chosen == self.chosen {
            return;
        }
        self.chosen = chosen;
        let mut top = 0.0;
        self.tops.clear();
        self.tops.push(top);
        for row in &self.rows {
            let below = chosen.filter(|(id, _)| *row == Row::Lane(*id)).map_or(0.0, |(_, below)| below);
            top += height_of(row) + below;
            self.tops.push(top);
        }
    }

    fn lay_out(&mut self, ctx: &ViewContext<'_>, axis: &Axis) {
        self.lanes.clear();
        let all = &ctx.opened.lanes;
        let grouping = ctx.looking.grouping;
        if all.len() <= FEW {
            self.rows = rows(ctx.inspection(), all, grouping);
        } else {
            let in_view = |id: &SessionId| ctx.opened.session(*id).is_some_and(|session| axis.shows(session.span()));
            let shown: Vec<SessionId> = all.iter().copied().filter(in_view).collect();
            self.rows = rows(ctx.inspection(), &shown, grouping);
        }
        self.plain = self.rows.iter().map(height_of).sum();
    }

    /// How many sessions have a row.
    fn count(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row, Row::Lane(_))).count()
    }

    fn lane(&mut self, ctx: &ViewContext<'_>, axis: &Axis, id: SessionId) -> Option<&Lane> {
        let session = ctx.opened.session(id)?;
        let events = &ctx.opened.inspection.events;
        Some(self.lanes.entry(id).or_insert_with(|| lane_from_session(events, id, session, axis)))
    }
}

fn height_of(row: &Row) -> f32 {
    match row {
        Row::Head(..) => HEAD,
        Row::Lane(_) => LANE,
    }
}

/// The middle of the window.
pub fn timeline_ui(ui: &mut Ui, ctx: &ViewContext<'_>, cache: &mut LaneCache, commands: &mut Vec<UiCommand>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    // In a low window the lanes have the room.
    if ui.available_height() >= 170.0 {
        overview_ui(ui, ctx, commands);
    }
    let room = ui.available_rect_before_wrap();
    let axis = Axis::new(ctx.looking.view, room.left(), room.width());
    let foot = if ctx.inspection().incidents.is_empty() { 0.0 } else { FOOT };
    let accounts = if ctx.inspection().accounts.is_empty() { 0.0 } else { ACCOUNTS };
    let ruler = Rect::from_min_size(room.min, vec2(room.width(), AXIS_HEIGHT));
    let lanes = Rect::from_min_max(pos2(room.left(), ruler.bottom()), room.max - vec2(0.0, foot + accounts));
    let body = Rect::from_min_max(lanes.min, room.max);
    cache.prepare(ctx, &axis, lanes.height());

    let area = ui.interact(body, Id::unique("timeline"), Sense::CLICK | Sense::DRAG | Sense::FOCUSABLE);
    area.widget_info(|| {
        let range = ctx.clock().range(ctx.looking.view);
        WidgetInfo::labeled(
            Role::ScrollView,
            true,
            format!("Timeline, {range}, {}", words::counted(cache.count(), "lane")),
        )
    });
    keep_arrows(ui, &area);
    ruler_ui(ui, ctx, &axis, ruler, body, commands);
    cache.labels.clear();
    ui.scope_builder(egui::UiBuilder::new().max_rect(lanes), |ui| lanes_ui(ui, ctx, &axis, cache, &area, commands));
    if foot > 0.0 {
        let foot = Rect::from_min_size(lanes.left_bottom(), vec2(room.width(), foot));
        incident_labels(ui, ctx, &axis, foot, &mut cache.labels);
    }
    if accounts > 0.0 {
        let strip = Rect::from_min_max(pos2(room.left(), room.bottom() - accounts), room.max);
        accounts_ui(ui, ctx, &axis, strip, commands);
    }
    navigate(ui, &axis, &area, room, commands);
    legend_below(ui, cache, lanes);
    hairlines(ui, ctx, &axis, &area, ruler, body, &cache.labels);
    measure_ui(ui, ctx, &axis, &area, body, commands);
    focus_ring(ui, &area, body);
    if cache.rows.is_empty() && !ctx.opened.shown.is_empty() {
        let text = "No session in this stretch of time";
        paint_line(
            ui,
            lanes.center_top() + vec2(0.0, 40.0),
            Align2::CENTER_TOP,
            &[(text, TextLook::body(ctx.palette.dim))],
            room.width(),
        );
    }
}

/// What the shapes in view mean, where the lanes leave room for it.
fn legend_below(ui: &mut Ui, cache: &mut LaneCache, lanes: Rect) {
    const HEIGHT: f32 = 64.0;
    let below = lanes.top() + cache.tops.last().copied().unwrap_or(0.0);
    if cache.rows.is_empty() || below + HEIGHT + 24.0 > lanes.bottom() {
        return;
    }
    let id = Id::unique("legend height");
    let height = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(HEIGHT).min(HEIGHT);
    let rect = Rect::from_min_max(pos2(lanes.left() + 2.0, lanes.bottom() - height - 6.0), lanes.max);
    let mut shown: Vec<&Lane> = Vec::new();
    for row in &cache.rows {
        shown.extend(if let Row::Lane(id) = row { cache.lanes.get(id) } else { None });
    }
    let used = ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| legend_ui(ui, &shown)).response.rect;
    if (used.height() - height).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, used.height()));
        ui.request_repaint();
    }
    cache.labels.push(used);
}

/// Arrows are for the timeline while it has the keyboard, not for going to the next widget.
fn keep_arrows(ui: &Ui, area: &Response) {
    if area.has_focus() {
        let filter =
            egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(area.id, filter));
    }
}

fn lanes_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    axis: &Axis,
    cache: &mut LaneCache,
    area: &Response,
    commands: &mut Vec<UiCommand>,
) {
    let source = ScrollSource { scroll_bar: true, drag: DragScroll::Never, mouse_wheel: false };
    let mut scroll = ScrollArea::vertical().id_salt("lanes").auto_shrink(false).scroll_source(source);
    let offset_id = Id::unique("lanes offset");
    let offset = ui.data(|data| data.get_temp::<f32>(offset_id)).unwrap_or(0.0);
    let height = ui.available_height();
    if ctx.looking.reveal {
        let row = ctx.looking.selected.and_then(|id| cache.rows.iter().position(|row| *row == Row::Lane(id)));
        let top = row.and_then(|row| cache.tops.get(row).copied());
        if let Some(top) = top.filter(|&top| top < offset || top + LANE > offset + height) {
            scroll = scroll.vertical_scroll_offset((top - (height - LANE) / 2.0).max(0.0));
        }
    }
    let all = cache.tops.last().copied().unwrap_or(0.0);
    let output = scroll.show_viewport(ui, |ui, viewport| {
        let clip = ui.clip_rect();
        ui.set_height(all);
        let origin = ui.max_rect().top();
        let first = cache.tops.partition_point(|&top| top <= viewport.top()).saturating_sub(1);
        let visible_rows: Vec<(Row, f32)> = cache
            .rows
            .iter()
            .zip(&cache.tops)
            .skip(first)
            .take_while(|(_, top)| **top < viewport.bottom())
            .map(|(row, top)| (row.clone(), origin + top))
            .collect();
        let chosen = ctx.looking.selected.map(Row::Lane);
        for &(_, top) in visible_rows.iter().filter(|(row, _)| chosen.as_ref() == Some(row)) {
            let below = cache.chosen.map_or(0.0, |(_, below)| below);
            let size = vec2(axis.right() - axis.left(), LANE + below);
            let rect = Rect::from_min_size(pos2(axis.left(), top), size);
            ui.painter().rect_filled(rect, CornerRadius::same(4), ctx.palette.selection);
        }
        for incident in &ctx.inspection().incidents {
            if let Some(rect) = incident_column(axis, incident, clip.y_range()) {
                ui.painter().rect_filled(rect, 0, ctx.palette.incident(incident.kind).gamma_multiply(0.17));
            }
        }
        for (row, top) in visible_rows {
            match row {
                Row::Lane(id) => {
                    lane_ui(ui, ctx, axis, cache, id, top, commands);
                    if cache.chosen.is_some_and(|(chosen, _)| chosen == id) {
                        let labels = validity_rows_ui(ui, ctx, axis, id, top + LANE, commands);
                        cache.labels.extend(labels);
                    }
                }
                Row::Head(name, count) => group_ui(ui, ctx, axis, &name, count, top),
            }
        }
        if area.dragged() && !ui.input(|input| input.modifiers.shift) {
            ui.scroll_with_delta(vec2(0.0, area.drag_delta().y));
        }
        let (wheel, alt) = ui.input(|input| (input.smooth_scroll_delta().y, input.modifiers.alt));
        if alt && wheel != 0.0 && ui.rect_contains_pointer(clip) {
            ui.scroll_with_delta(vec2(0.0, wheel));
        }
    });
    ui.data_mut(|data| data.insert_temp(offset_id, output.state.clamped_offset().y));
}

/// The head of a group: what its sessions have in common.
fn group_ui(ui: &Ui, ctx: &ViewContext<'_>, axis: &Axis, name: &str, count: usize, top: f32) {
    let palette = ctx.palette;
    let rect = Rect::from_min_size(pos2(axis.left(), top), vec2(axis.right() - axis.left(), HEAD));
    let response = ui.interact(rect, Id::unique(("group", name)), Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Heading, true, format!("{name}: {}", words::counted(count, "lane"))));
    ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(1.0, palette.line));
    let count = words::grouped(count as u64);
    let (strong, dim) = (TextLook::small(palette.text).strong(), TextLook::small(palette.dim));
    let at = rect.left_center() + vec2(2.0, 2.0);
    paint_line(ui, at, Align2::LEFT_CENTER, &[(name, strong), ("   ", dim), (&count, dim)], rect.width());
}

fn incident_column(axis: &Axis, incident: &Incident, y: Rangef) -> Option<Rect> {
    axis.shows(incident.range).then(|| {
        let (from, until) = (axis.x_clamped(incident.range.from, 0.0), axis.x_clamped(incident.range.until, 0.0));
        // A moment, too, can be seen.
        let spare = ((4.0 - (until - from)) / 2.0).max(0.0);
        Rect::from_x_y_ranges(Rangef::new(from - spare, until + spare), y)
    })
}

fn lane_ui(
    ui: &Ui,
    ctx: &ViewContext<'_>,
    axis: &Axis,
    cache: &mut LaneCache,
    id: SessionId,
    top: f32,
    commands: &mut Vec<UiCommand>,
) {
    let rect = Rect::from_min_size(pos2(axis.left(), top), vec2(axis.right() - axis.left(), LANE));
    let is_told_below = cache.chosen.is_some_and(|(chosen, _)| chosen == id);
    let Some(lane) = cache.lane(ctx, axis, id) else { return };
    let cause = ctx.opened.cause(id);
    let response = ui.interact(rect, Id::unique(("lane", id)), Sense::CLICK);
    let selected = ctx.looking.selected == Some(id);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Row, true, selected, format!("Lane {}", words::session_name(ctx.inspection(), id)))
    });
    paint_lane(ui.painter(), ctx.palette, lane, cause, top, !is_told_below);
    let labels = lane_labels(ui, ctx, id, lane, rect);
    name_marks(ui, ctx, id, lane, top, commands);
    for (at, _, note) in ctx.looking.marks.of(id).map(|mark| mark.moments.as_slice()).unwrap_or_default() {
        let x = axis.x_from_time(*at) as f32;
        if (axis.left()..=axis.right()).contains(&x) {
            paint_flag(ui.painter(), ctx.palette, pos2(x, top + BAR_TOP + BAR));
            let rect = Rect::from_center_size(pos2(x + 3.0, top + 12.0), vec2(10.0, 14.0));
            let flag = ui.interact(rect, Id::unique(("flag", id, *at)), Sense::hover());
            flag.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Note: {note}")));
            flag.on_hover_text(note);
        }
    }

    let hit = response.hover_pos().and_then(|pos| nearest_event(ctx, axis, id, pos.x));
    if response.double_clicked() {
        commands.push(UiCommand::FitSession(id));
    } else if response.clicked() {
        let pressed = response.interact_pointer_pos().and_then(|pos| nearest_event(ctx, axis, id, pos.x));
        commands.push(pressed.map_or(UiCommand::SelectSession(id), UiCommand::SelectEvent));
    }
    cache.labels.extend(labels.into_iter().flatten());
    let pointed = response.hover_pos().map(|pos| axis.time_from_x(f64::from(pos.x)));
    session_menu(&response, ctx, id, commands);
    if response.hovered() && !ui.input(|input| input.pointer.any_down()) {
        response.on_hover_ui_at_pointer(|ui| tooltip_ui(ui, ctx, id, hit, pointed));
    }
}

/// Who and where over the bar, and why behind its end. Labels give way before marks do. Says where they stand.
pub(super) fn lane_labels(ui: &Ui, ctx: &ViewContext<'_>, id: SessionId, lane: &Lane, rect: Rect) -> [Option<Rect>; 2] {
    let Some(session) = ctx.opened.session(id) else { return [None; 2] };
    let palette = ctx.palette;
    let whole = [lane.bar, lane.ending]
        .into_iter()
        .flatten()
        .reduce(|a, b| crate::timeline::Stretch { from: a.from.min(b.from), until: a.until.max(b.until) });
    let Some(whole) = whole else {
        return [out_of_view(ui, ctx, id, rect), None];
    };
    let who = words::who(ctx.inspection(), id);
    let runs = [
        (who.as_str(), TextLook::small(palette.text).strong()),
        ("   ", TextLook::small(palette.dim)),
        (&session.app, TextLook::small(palette.dim)),
    ];
    let galley = line_galley(ui, &runs, rect.width() - 8.0);
    let left = whole.from.max(rect.left()).min(rect.right() - galley.size().x - 2.0).max(rect.left());
    let name = Rect::from_min_size(pos2(left, rect.top() + 4.0), galley.size());
    ui.painter().galley(name.min, galley, palette.text);

    let Some(finish) = lane.finish else { return [Some(name), None] };
    let cause = ctx.opened.cause(id);
    let look = TextLook { size: SMALL, color: palette.cause_text(cause), strong: true };
    let galley = line_galley(ui, &[(words::cause_label(cause), look)], 200.0);
    let middle = rect.top() + BAR_TOP + BAR / 2.0;
    // Refusals go on after the first one; the word stands behind those that would run through it.
    let mut after = finish.x();
    let mut later: Vec<f32> = lane.marks.iter().map(|mark| mark.x).filter(|&x| x > finish.x()).collect();
    later.sort_by(f32::total_cmp);
    for x in later {
        if x - 8.0 < after + 13.0 + galley.size().x {
            after = x;
        }
    }
    let behind = Align2::LEFT_CENTER.anchor_size(pos2(after + 13.0, middle), galley.size());
    // Over the bar it stands before the ending, where the time cursor mostly is.
    let before = (finish.x() - 6.0).min(rect.right() - 2.0);
    let above = Align2::RIGHT_TOP.anchor_size(pos2(before, rect.top() + 4.0), galley.size());
    let place = if behind.right() <= rect.right() - 2.0 {
        Some(behind)
    } else {
        Some(above).filter(|above| above.left() > name.right() + 12.0)
    };
    if let Some(place) = place {
        ui.painter().galley(place.min, galley, look.color);
    }
    [Some(name), place]
}

/// A lane with nothing in view says who it is, and which way its session lies. Says where that stands.
fn out_of_view(ui: &Ui, ctx: &ViewContext<'_>, id: SessionId, rect: Rect) -> Option<Rect> {
    let session = ctx.opened.session(id)?;
    let look = TextLook::small(ctx.palette.dim);
    let who = words::who(ctx.inspection(), id);
    Some(if session.span().until < ctx.looking.view.from {
        let runs = [("←  ", look), (who.as_str(), look)];
        paint_line(ui, rect.left_top() + vec2(2.0, 4.0), Align2::LEFT_TOP, &runs, rect.width())
    } else {
        let runs = [(who.as_str(), look), ("  →", look)];
        paint_line(ui, rect.right_top() + vec2(-2.0, 4.0), Align2::RIGHT_TOP, &runs, rect.width())
    })
}

/// Gives the marks that matter a name and a place for those who don't see them, and for tests.
fn name_marks(ui: &Ui, ctx: &ViewContext<'_>, id: SessionId, lane: &Lane, top: f32, commands: &mut Vec<UiCommand>) {
    let selected = ctx.looking.selected == Some(id);
    let who = words::who(ctx.inspection(), id);
    let middle = top + BAR_TOP + BAR / 2.0;
    for mark in lane.marks.iter().filter(|mark| selected || mark.kind >= MarkKind::Refresh).take(120) {
        let y = if mark.kind == MarkKind::Background { top + LANE - 10.0 } else { middle };
        let size = vec2(mark.kind.pitch().max(5.0), if mark.kind == MarkKind::Background { 6.0 } else { BAR });
        let rect = Rect::from_center_size(pos2(mark.x, y), size);
        let response = ui.interact(rect, Id::unique(("mark", mark.event)), Sense::CLICK);
        response.widget_info(|| {
            let events = &ctx.inspection().events;
            let (kind, at) = (events.kind(mark.event).label(), ctx.clock().time(events.time(mark.event)));
            let more = if mark.count > 1 { format!(", {} events", mark.count) } else { String::new() };
            WidgetInfo::labeled(Role::Button, true, format!("{kind} of {who} at {at}{more}"))
        });
        if response.clicked() {
            commands.push(UiCommand::SelectEvent(mark.event));
        }
        let count = mark.count;
        response.on_hover_ui_at_pointer(|ui| {
            tooltip_ui(ui, ctx, id, Some(mark.event), None);
            if count > 1 {
                let more =
                    format!("and {} more too close to tell apart; zoom in", words::grouped(u64::from(count) - 1));
                ui.label(egui::RichText::new(more).color(ctx.palette.dim));
            }
        });
    }
    let Some((finish, event)) = lane.finish.zip(ctx.opened.deciding_event(id)) else { return };
    let rect = Rect::from_center_size(pos2(finish.x(), middle), vec2(14.0, 18.0));
    let response = ui.interact(rect, Id::unique(("finish", id)), Sense::CLICK);
    response.widget_info(|| {
        let cause = words::cause_label(ctx.opened.cause(id));
        WidgetInfo::labeled(Role::Button, true, format!("End of {who}: {cause}"))
    });
    if response.clicked() {
        commands.push(UiCommand::SelectEvent(event));
    }
    response.on_hover_ui_at_pointer(|ui| tooltip_ui(ui, ctx, id, Some(event), None));
}

fn incident_labels(ui: &Ui, ctx: &ViewContext<'_>, axis: &Axis, foot: Rect, labels: &mut Vec<Rect>) {
    let mut free = foot.left();
    for (index, incident) in ctx.inspection().incidents.iter().enumerate() {
        let Some(column) = incident_column(axis, incident, foot.y_range()) else { continue };
        let color = ctx.palette.incident(incident.kind);
        ui.painter().rect_filled(column, 0, color.gamma_multiply(0.17));
        let ended = words::counted(incident.sessions.len(), "session");
        let text = format!("{} {} · {ended}", incident.kind.label(), ctx.clock().range(incident.range));
        let look = TextLook { size: SMALL, color: ctx.palette.readable(color), strong: true };
        let galley = line_galley(ui, &[(&text, look)], foot.width());
        let half = galley.size().x / 2.0;
        let middle = column.center().x.clamp(foot.left() + half, (foot.right() - half).max(foot.left() + half));
        let rect = Align2::CENTER_CENTER.anchor_size(pos2(middle, foot.center().y), galley.size());
        if rect.left() >= free {
            free = rect.right() + 16.0;
            labels.push(rect);
            ui.painter().galley(rect.min, galley, look.color);
            let response = ui.interact(rect, Id::unique(("incident", index)), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text.as_str()));
            response.on_hover_text(&incident.headline);
        }
    }
}

fn accounts_ui(ui: &Ui, ctx: &ViewContext<'_>, axis: &Axis, strip: Rect, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    ui.painter().hline(strip.x_range(), strip.top(), Stroke::new(1.0, palette.line));
    let look = TextLook::small(palette.dim).strong();
    let label = line_galley(ui, &[("Accounts", look)], 100.0);
    let first = ctx.inspection().accounts.iter().find(|event| axis.view().contains(event.at));
    let crowded =
        first.is_some_and(|event| axis.x_from_time(event.at) < f64::from(strip.left() + label.size().x + 12.0));
    if !crowded {
        let rect = Align2::LEFT_CENTER.anchor_size(strip.left_center(), label.size());
        ui.painter().galley(rect.min, label, palette.dim);
    }
    // Where two would overlap, the graver one is drawn.
    let mut taken = std::collections::HashSet::new();
    let mut in_view: Vec<_> =
        ctx.inspection().accounts.iter().enumerate().filter(|(_, event)| axis.view().contains(event.at)).collect();
    in_view.sort_by_key(|(_, event)| (event.kind == AccountEventKind::SignInFailed, event.at));
    for (index, event) in in_view {
        let x = axis.x_from_time(event.at) as f32;
        let slot = (x / 11.0).round() as i64;
        if !taken.insert(slot) {
            continue;
        }
        let at = pos2(x, strip.center().y);
        let (kind, color) = match event.kind {
            AccountEventKind::SignInFailed => (MarkKind::Denied, palette.dim),
            AccountEventKind::AccountUnlocked => (MarkKind::SignIn, palette.good),
            AccountEventKind::AccountLocked | AccountEventKind::UserDisabled => (MarkKind::Rejection, palette.bad),
            AccountEventKind::VerificationRequired | AccountEventKind::PasswordExpired => {
                (MarkKind::Outside, palette.text)
            }
        };
        paint_mark(ui.painter(), palette, kind, at);
        let rect = Rect::from_center_size(at, vec2(12.0, 18.0));
        let response = ui.interact(rect, Id::unique(("account", index)), Sense::CLICK);
        let user = event.user.as_deref().unwrap_or("unknown account");
        response.widget_info(|| {
            let (what, when) = (words::account_label(event.kind), ctx.clock().time(event.at));
            WidgetInfo::labeled(Role::Button, true, format!("{what}, {user}, {when}"))
        });
        if response.clicked() {
            commands.push(UiCommand::SelectEvent(event.event));
        }
        response.on_hover_ui_at_pointer(|ui| {
            ui.label(
                super::theme::strong(format!("{} · {user}", words::account_label(event.kind)))
                    .color(palette.readable(color)),
            );
            ui.label(&event.headline);
            ui.label(ctx.clock().time(event.at));
        });
    }
}

/// Wheel and drag.
fn navigate(ui: &Ui, axis: &Axis, area: &Response, room: Rect, commands: &mut Vec<UiCommand>) {
    let measures = ui.input(|input| input.modifiers.shift);
    if area.dragged() && area.drag_delta().x != 0.0 && !measures {
        commands.push(UiCommand::Pan(f64::from(-area.drag_delta().x / room.width())));
    }
    if area.double_clicked() {
        commands.push(UiCommand::Fit);
    } else if area.clicked() {
        area.request_focus();
    }
    let over = Rect::from_min_max(
        pos2(room.left(), room.top() - overview::height(ui.content_rect().height())),
        room.max - vec2(10.0, 0.0),
    );
    if !ui.rect_contains_pointer(over) {
        return;
    }
    if ui.input(|input| input.modifiers.alt) {
        return;
    }
    let (scroll, pinch, shift, pos) = ui.input(|input| {
        (input.smooth_scroll_delta(), input.zoom_delta(), input.modifiers.shift, input.pointer.latest_pos())
    });
    let around = pos.map(|pos| axis.time_from_x(f64::from(pos.x)));
    if pinch != 1.0 {
        commands.push(UiCommand::Zoom { factor: 1.0 / f64::from(pinch), around });
    }
    let sideways = if shift { scroll.x + scroll.y } else { scroll.x };
    if sideways != 0.0 {
        commands.push(UiCommand::Pan(f64::from(-sideways / room.width())));
    }
    if !shift && scroll.y != 0.0 {
        commands.push(UiCommand::Zoom { factor: (-f64::from(scroll.y) / 180.0).exp(), around });
    }
}

/// The margin around the timeline.
pub const MARGIN: i8 = (3.0 * STEP) as i8;
