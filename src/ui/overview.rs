//! The strip over the timeline: how many sessions ended when and of what, how much went on, and which part is in view.

use super::{
    command::UiCommand,
    state::ViewContext,
    widgets::{TextLook, paint_line},
    words,
};
use crate::{
    model::{Cause, TimeRange},
    timeline::axis::{SHORTEST_VIEW, fitted},
};
use egui::{
    Align2, CornerRadius, CursorIcon, Id, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, accesskit::Role,
    pos2, vec2,
};
use egui_plot::{Bar, BarChart, Plot, PlotPoint, PlotTransform};

/// How high it is in a window of a height.
pub fn height(window: f32) -> f32 {
    if window < 640.0 { 40.0 } else { 60.0 }
}

/// What a drag in the strip does.
#[derive(Clone, Copy, Debug)]
enum Drag {
    /// Chooses a stretch, from here on.
    Choose(i64),
    /// Moves the view; the time between its start and the pointer stays.
    Move(i64),
}

/// The strip.
pub fn overview_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let overview = &ctx.opened.overview;
    let (palette, range) = (ctx.palette, overview.range);
    let height = height(ui.content_rect().height());
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
    ui.painter().rect_filled(rect, CornerRadius::same(4), palette.panel);
    let most = f64::from(overview.most_endings).max(1.4) * 1.35;
    let plot = Plot::new("overview")
        .height(height)
        .width(rect.width())
        .show_axes(false)
        .show_grid(false)
        .show_background(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_x(false)
        .show_y(false)
        .set_margin_fraction(egui::Vec2::ZERO)
        .sense(Sense::CLICK | Sense::DRAG)
        .label_formatter(|_| None);
    let shown = plot.show(ui, |plot_ui| {
        plot_ui.set_plot_bounds_x(0.0..=overview.slots.len() as f64);
        plot_ui.set_plot_bounds_y(0.0..=most);
        traffic(plot_ui, ctx, most);
        endings(plot_ui, ctx);
    });
    let response = shown.response;
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, spoken(ctx)));
    let x_from_time = |at: i64| {
        let share = at.saturating_sub(range.from) as f64 / range.length().max(1) as f64;
        (rect.left() + rect.width() * share.clamp(0.0, 1.0) as f32).round()
    };
    shade(ui, ctx, rect, x_from_time(ctx.looking.view.from), x_from_time(ctx.looking.view.until));
    if overview.most_endings > 1 {
        let text = format!("up to {} endings at once", words::grouped(u64::from(overview.most_endings)));
        paint_line(
            ui,
            rect.left_top() + vec2(6.0, 4.0),
            Align2::LEFT_TOP,
            &[(&text, TextLook::small(palette.dim))],
            200.0,
        );
    }
    brush(ui, ctx, &response, rect, commands);
    hover(ui, ctx, response, &shown.transform);
}

/// All traffic, as a low grey skyline.
fn traffic(plot_ui: &mut egui_plot::PlotUi<'_>, ctx: &ViewContext<'_>, most: f64) {
    let overview = &ctx.opened.overview;
    let unit = most * 0.30 / f64::from(overview.most_events.max(1));
    let bars = overview.slots.iter().enumerate().filter(|(_, slot)| slot.events > 0).map(|(index, slot)| {
        // The square root keeps a lone event visible beside a storm.
        let share = (f64::from(slot.events) / f64::from(overview.most_events.max(1))).sqrt();
        Bar::new(index as f64 + 0.5, share * f64::from(overview.most_events.max(1)) * unit).width(0.86)
    });
    let fill = |bar: Bar| bar.fill(ctx.palette.bar_quiet).stroke(Stroke::NONE);
    let chart = BarChart::new("events", bars.map(fill).collect()).allow_hover(false);
    plot_ui.bar_chart(chart);
}

/// The endings, stacked by cause.
fn endings(plot_ui: &mut egui_plot::PlotUi<'_>, ctx: &ViewContext<'_>) {
    let overview = &ctx.opened.overview;
    let mut bars: Vec<(Cause, Vec<Bar>)> = Cause::ALL.into_iter().map(|cause| (cause, Vec::new())).collect();
    for (index, slot) in overview.slots.iter().enumerate() {
        let mut base = 0.0;
        for &(cause, count) in &slot.endings {
            let height = f64::from(count);
            if let Some((_, bars)) = bars.get_mut(cause as usize) {
                bars.push(Bar::new(index as f64 + 0.5, height).base_offset(base).width(0.86));
            }
            base += height;
        }
    }
    for (cause, bars) in bars.into_iter().filter(|(_, bars)| !bars.is_empty()) {
        let color = ctx.palette.cause(Some(cause));
        let bars = bars.into_iter().map(|bar| bar.fill(color).stroke(Stroke::NONE)).collect();
        plot_ui.bar_chart(BarChart::new(cause.label(), bars).allow_hover(false));
    }
}

/// Dims what is out of view.
fn shade(ui: &Ui, ctx: &ViewContext<'_>, rect: Rect, from: f32, until: f32) {
    let veil = ctx.palette.background.gamma_multiply(0.72);
    let painter = ui.painter();
    painter.rect_filled(Rect::from_min_max(rect.min, pos2(from, rect.bottom())), CornerRadius::ZERO, veil);
    painter.rect_filled(Rect::from_min_max(pos2(until, rect.top()), rect.max), CornerRadius::ZERO, veil);
    let window = Rect::from_min_max(pos2(from, rect.top()), pos2(until.max(from + 2.0), rect.bottom()));
    let stroke = Stroke::new(1.0, ctx.palette.accent.gamma_multiply(0.55));
    painter.rect_stroke(window, CornerRadius::same(4), stroke, StrokeKind::Inside);
}

fn brush(ui: &Ui, ctx: &ViewContext<'_>, response: &Response, rect: Rect, commands: &mut Vec<UiCommand>) {
    let range = ctx.opened.overview.range;
    let view = ctx.looking.view;
    let time_at = |x: f32| {
        let share = f64::from((x - rect.left()) / rect.width()).clamp(0.0, 1.0);
        range.from.saturating_add((range.length() as f64 * share) as i64)
    };
    let id = Id::unique("overview drag");
    let is_whole = view.length() >= fitted(ctx.opened.bounds).length();
    if response.drag_started()
        && let Some(at) = ui.input(|input| input.pointer.press_origin()).map(|pos| time_at(pos.x))
    {
        let drag =
            if view.contains(at) && !is_whole { Drag::Move(at.saturating_sub(view.from)) } else { Drag::Choose(at) };
        ui.data_mut(|data| data.insert_temp(id, drag));
    }
    if response.dragged() {
        let drag = ui.data(|data| data.get_temp::<Drag>(id));
        if let (Some(drag), Some(pos)) = (drag, response.interact_pointer_pos()) {
            let at = time_at(pos.x);
            commands.push(UiCommand::View(match drag {
                Drag::Choose(since) if at.abs_diff(since) < SHORTEST_VIEW.unsigned_abs() => return,
                Drag::Choose(since) => TimeRange::new(since, at),
                Drag::Move(ahead) => {
                    let from = at.saturating_sub(ahead);
                    TimeRange { from, until: from.saturating_add(view.length()) }
                }
            }));
        }
    } else if response.double_clicked() {
        commands.push(UiCommand::Fit);
    } else if response.clicked()
        && let Some(pos) = response.interact_pointer_pos()
    {
        let from = time_at(pos.x).saturating_sub(view.length() / 2);
        commands.push(UiCommand::View(TimeRange { from, until: from.saturating_add(view.length()) }));
    }
    if let Some(pos) = response.hover_pos() {
        let inside = view.contains(time_at(pos.x)) && !is_whole;
        ui.set_cursor_icon(if inside { CursorIcon::Grab } else { CursorIcon::Crosshair });
    }
}

fn hover(ui: &Ui, ctx: &ViewContext<'_>, response: Response, transform: &PlotTransform) {
    let Some(pos) = response.hover_pos() else { return };
    if ui.input(|input| input.pointer.any_down()) {
        return;
    }
    let PlotPoint { x, .. } = transform.value_from_position(pos);
    let Some((index, slot)) =
        ctx.opened.overview.slots.get(x.max(0.0) as usize).map(|slot| (x.max(0.0) as usize, slot))
    else {
        return;
    };
    response.on_hover_ui_at_pointer(|ui| {
        ui.label(super::theme::strong(ctx.clock().range(ctx.opened.overview.slot_range(index))));
        for &(cause, count) in &slot.endings {
            let text = format!("{} {}", words::grouped(u64::from(count)), cause.label());
            ui.label(egui::RichText::new(text).color(ctx.palette.cause_text(Some(cause))));
        }
        ui.label(egui::RichText::new(words::counted(slot.events as usize, "event")).color(ctx.palette.dim));
    });
}

fn spoken(ctx: &ViewContext<'_>) -> String {
    let causes: Vec<String> = ctx
        .opened
        .by_cause
        .iter()
        .filter_map(|&(cause, count)| cause.map(|cause| format!("{count} {}", cause.label())))
        .collect();
    format!("Endings over time: {}. In view: {}", causes.join(", "), ctx.clock().range(ctx.looking.view))
}
