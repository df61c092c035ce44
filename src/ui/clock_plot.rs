//! The clocks of the chosen session over its life: each as a line, its limit as another, the time cursor across.

use super::{
    clock_foot::{clock_words, what_of},
    command::UiCommand,
    state::ViewContext,
    theme::{SENTENCE, SMALL, STEP, strong},
    widgets::{section_ui, tag_ui},
    words,
};
use crate::{
    model::{Nanos, duration_words, time::SECOND},
    timeline::{ClockKind, Track},
};
use egui::{Label, RichText, ScrollArea, Ui, WidgetInfo, accesskit::Role};
use egui_plot::{GridInput, GridMark, HLine, Line, LineStyle, Plot, PlotPoints, VLine};

/// The most points of one line.
const POINTS: usize = 1200;

/// The pane.
pub fn clocks_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let selected = ctx.looking.selected.and_then(|id| ctx.opened.session(id).map(|session| (id, session)));
    let Some((id, session)) = selected else {
        ui.add_space(6.0 * STEP);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new("Choose a session to see its clocks").color(ctx.palette.dim));
        });
        return;
    };
    ScrollArea::vertical().auto_shrink(false).id_salt(("clocks", id)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let who = words::who(ctx.inspection(), id);
        ui.add(Label::new(strong(format!("The clocks of {who}")).size(SENTENCE)).wrap());
        let about =
            "Each line is a clock; a dashed line is its limit. Where a clock meets its limit, the session may end.";
        ui.add(Label::new(RichText::new(about).color(ctx.palette.dim)).wrap());
        let until = session.span().until;
        for track in &ctx.looking.tracks {
            track_ui(ui, ctx, track, session.started_at, until, commands);
        }
        ui.add_space(3.0 * STEP);
    });
}

fn track_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    track: &Track,
    from: Nanos,
    until: Nanos,
    commands: &mut Vec<UiCommand>,
) {
    let palette = ctx.palette;
    let color = palette.clock(track.kind);
    section_ui(ui, track.kind.label());
    let reading = ctx.looking.cursor.and_then(|at| track.read(at));
    ui.horizontal_wrapped(|ui| {
        if let Some(reading) = &reading {
            let (head, value) = clock_words(reading);
            ui.label(strong(value));
            // The section's head has said which clock.
            let rest = head.strip_prefix(track.kind.label()).unwrap_or(&head).trim_start_matches(", ");
            ui.label(RichText::new(rest).color(palette.dim));
            if reading.is_over() {
                tag_ui(ui, "over its limit", palette.readable(palette.bad));
            }
        } else {
            ui.label(RichText::new("Not running at the time cursor").color(palette.dim));
        }
    });
    let course = track.course(until, POINTS);
    let seconds = |at: Nanos| at.saturating_sub(from) as f64 / SECOND as f64;
    let points: Vec<[f64; 2]> = course.iter().map(|&(at, value)| [seconds(at), value]).collect();
    let most = points.iter().map(|point| point[1]).fold(1.0, f64::max);
    let limit = track.limit.filter(|_| !track.kind.counts_down()).map(|limit| limit as f64 / SECOND as f64);
    let top = limit.filter(|limit| *limit < most * 20.0).map_or(most, |limit| limit.max(most)) * 1.08;
    let end = seconds(until).max(1.0);
    // The numbers along the axes step back.
    let before = (ui.visuals().override_text_color, ui.style().text_styles.clone());
    ui.style_mut().text_styles.insert(egui::TextStyle::Body, egui::FontId::proportional(SMALL));
    ui.visuals_mut().override_text_color = Some(palette.dim);
    let response = Plot::new(("clock", track.kind as u8))
        .height(if matches!(track.kind, ClockKind::Idle) { 130.0 } else { 92.0 })
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .grid_color(palette.line)
        .y_axis_min_width(54.0)
        .x_grid_spacer(round_marks)
        .y_grid_spacer(round_marks)
        .x_axis_formatter(|mark, _| length_words(mark.value))
        .y_axis_formatter(|mark, _| length_words(mark.value))
        .label_formatter(|_| None)
        .show(ui, |plot| {
            plot.set_plot_bounds_x(0.0..=end * 1.09);
            plot.set_plot_bounds_y(0.0..=top);
            plot.line(
                Line::new(track.kind.label(), PlotPoints::from(points)).color(color).width(1.6).allow_band(false),
            );
            if let Some(limit) = limit {
                plot.hline(HLine::new("limit", limit).color(color).style(LineStyle::dashed_dense()).width(1.2));
            }
            if let Some(at) = ctx.looking.cursor {
                plot.vline(VLine::new("cursor", seconds(at)).color(palette.accent).width(1.0));
            }
            plot.pointer_coordinate().map(|point| point.x)
        });
    (ui.visuals_mut().override_text_color, ui.style_mut().text_styles) = before;
    let said = reading.map_or_else(String::new, |reading| {
        let (head, value) = clock_words(&reading);
        format!(": {head}, {value}")
    });
    response.response.widget_info(|| {
        WidgetInfo::labeled(Role::GraphicsObject, true, format!("Course of {}{said}", track.kind.label()))
    });
    if let Some(x) = response.inner.filter(|_| response.response.clicked() || response.response.dragged()) {
        commands.push(UiCommand::Cursor(from.saturating_add((x * SECOND as f64) as Nanos)));
    }
    if let Some(reading) = reading {
        let text = format!("Reset by {} at {}", what_of(ctx, &reading), ctx.clock().time(reading.reset.at));
        let link = egui::Button::new(RichText::new(text).size(12.0).color(palette.dim)).frame(false).truncate();
        if ui.add(link).on_hover_text("Show the record").clicked() {
            commands.push(UiCommand::SelectEvent(reading.reset.event));
        }
    }
}

/// Marks at round lengths of time: about four of them.
#[expect(clippy::needless_pass_by_value, reason = "the plot hands it over so")]
fn round_marks(input: GridInput) -> Vec<GridMark> {
    const STEPS: [f64; 19] = [
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        60.0,
        120.0,
        300.0,
        600.0,
        900.0,
        1800.0,
        3600.0,
        7200.0,
        14400.0,
        28800.0,
        86400.0,
        604_800.0,
        2_592_000.0,
    ];
    let (from, until) = input.bounds;
    let wanted = (until - from) / 4.0;
    let step = STEPS.into_iter().find(|&step| step >= wanted).unwrap_or(wanted.max(1.0));
    let mut marks = Vec::new();
    let mut at = (from / step).ceil() * step;
    while at <= until && marks.len() < 20 {
        marks.push(GridMark { value: at, step_size: step });
        at += step;
    }
    marks
}

fn length_words(seconds: f64) -> String {
    if seconds.abs() < 0.5 { "0".to_owned() } else { duration_words((seconds * SECOND as f64) as Nanos) }
}
