//! Paints one lane. Every mark has a shape of its own, so that colour is never the only thing that tells two apart.

use super::theme::Palette;
use crate::{
    model::Cause,
    timeline::{Finish, Lane, Mark, MarkKind, Stretch},
};
use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

/// The height of a lane.
pub const LANE: f32 = 46.0;
/// From a lane's top to its bar.
pub const BAR_TOP: f32 = 19.0;
/// How thick the bar is.
pub const BAR: f32 = 13.0;
/// From a lane's top to its background dots.
const DOTS: f32 = 36.0;
/// From a lane's top to its line of validity.
const VALIDITY: f32 = 40.0;

/// Paints bar, ending and marks of a lane whose top is `top`, and the line of its validity unless that is told elsewhere.
pub fn paint_lane(
    painter: &Painter,
    palette: &Palette,
    lane: &Lane,
    cause: Option<Cause>,
    top: f32,
    with_validity: bool,
) {
    let (bar_top, bar_bottom) = (top + BAR_TOP, top + BAR_TOP + BAR);
    let band = |stretch: Stretch| {
        let (from, until) = (snapped(painter, stretch.from), snapped(painter, stretch.until).max(stretch.from + 2.0));
        Rect::from_min_max(pos2(from, bar_top), pos2(until, bar_bottom))
    };
    if let Some(bar) = lane.bar {
        painter.rect_filled(band(bar), 0, palette.bar);
    }
    if let Some(quiet) = lane.quiet {
        painter.rect_filled(band(quiet), 0, palette.bar_quiet);
    }
    for &gap in &lane.gaps {
        painter.rect_filled(band(gap), 0, palette.thin(palette.gap, 0.35));
        hatch(painter, band(gap), palette.gap, 5.0);
    }
    let color = palette.cause(cause);
    if let Some(ending) = lane.ending.filter(|ending| ending.width() > 1.0) {
        let rect = band(ending);
        painter.rect_filled(rect, 0, palette.thin(color, 0.10));
        hatch(painter, rect, color, 5.0);
        painter.vline(rect.left(), (bar_top - 3.0)..=(bar_bottom + 3.0), Stroke::new(1.5, color));
    }
    for stretch in lane.validity.iter().filter(|_| with_validity) {
        let y = top + VALIDITY;
        let rect = Rect::from_min_max(pos2(stretch.from, y), pos2(stretch.until.max(stretch.from + 2.0), y + 2.0));
        painter.rect_filled(rect, 0, palette.validity);
    }
    paint_marks(painter, palette, lane, top);
    if let Some(finish) = lane.finish {
        paint_finish(painter, palette, finish, cause, top);
    }
    if let (true, Some(bar)) = (lane.open_start, lane.bar) {
        torn_edge(painter, palette, bar.from, bar_top, bar_bottom);
    }
}

fn paint_marks(painter: &Painter, palette: &Palette, lane: &Lane, top: f32) {
    // What comes in numbers goes into one mesh of plain rectangles on pixel edges.
    let mut mesh = Mesh::default();
    let mut later: Vec<&Mark> = Vec::new();
    for mark in &lane.marks {
        let x = snapped(painter, mark.x);
        match mark.kind {
            MarkKind::Activity => {
                let width = if mark.count > 3 { 3.0 } else { 2.0 };
                let rect = Rect::from_min_size(pos2(x - 1.0, top + BAR_TOP + 2.0), vec2(width, BAR - 4.0));
                mesh.add_colored_rect(rect, palette.tick);
            }
            MarkKind::Background => {
                let size = if mark.count > 4 { 3.0 } else { 2.0 };
                mesh.add_colored_rect(
                    Rect::from_min_size(pos2(x - 1.0, top + DOTS - 1.0), vec2(size, 2.0)),
                    palette.dot,
                );
            }
            MarkKind::Silence => {
                let rect = Rect::from_min_size(pos2(x - 1.0, top + BAR_TOP + BAR / 2.0 - 1.0), vec2(5.0, 2.0));
                mesh.add_colored_rect(rect, palette.background);
            }
            MarkKind::Denied
            | MarkKind::Refresh
            | MarkKind::SignIn
            | MarkKind::Rejection
            | MarkKind::SignOut
            | MarkKind::Outside => {
                later.push(mark);
            }
        }
    }
    if !mesh.is_empty() {
        painter.add(Shape::mesh(mesh));
    }
    for mark in later {
        paint_mark(painter, palette, mark.kind, pos2(mark.x, top + BAR_TOP + BAR / 2.0));
    }
}

/// Paints one mark around its middle; the help draws its legend with it.
pub fn paint_mark(painter: &Painter, palette: &Palette, kind: MarkKind, at: Pos2) {
    match kind {
        MarkKind::Activity => {
            painter.rect_filled(Rect::from_center_size(at, vec2(2.0, BAR - 4.0)), 0, palette.tick);
        }
        MarkKind::Background => {
            painter.rect_filled(Rect::from_center_size(at, vec2(2.0, 2.0)), 0, palette.dot);
        }
        MarkKind::Silence => {
            painter.rect_filled(Rect::from_center_size(at, vec2(5.0, 3.0)), 0, palette.background);
        }
        MarkKind::Denied => {
            let rect = Rect::from_center_size(at, vec2(6.0, 6.0));
            painter.rect_stroke(rect, 0, Stroke::new(1.5, palette.tick), egui::StrokeKind::Middle);
        }
        MarkKind::Refresh => arc(painter, at, palette),
        MarkKind::SignIn => {
            let half = BAR / 2.0 + 1.0;
            let points = vec![pos2(at.x, at.y - half), pos2(at.x + 8.0, at.y), pos2(at.x, at.y + half)];
            painter.add(Shape::convex_polygon(points, palette.good, Stroke::NONE));
        }
        MarkKind::Rejection => cross(painter, at, 4.0, Stroke::new(2.0, palette.bad)),
        MarkKind::SignOut => {
            painter.vline(at.x, (at.y - 8.0)..=(at.y + 8.0), Stroke::new(3.0, palette.tick));
        }
        MarkKind::Outside => {
            let points = [vec2(0.0, -5.0), vec2(5.0, 0.0), vec2(0.0, 5.0), vec2(-5.0, 0.0)].map(|by| at + by).to_vec();
            painter.add(Shape::convex_polygon(points, palette.tick, Stroke::new(1.0, palette.background)));
        }
    }
}

/// Paints how a lane ends.
pub fn paint_finish(painter: &Painter, palette: &Palette, finish: Finish, cause: Option<Cause>, top: f32) {
    let middle = top + BAR_TOP + BAR / 2.0;
    let color = palette.cause(cause);
    match finish {
        Finish::Refused(x) => cross(painter, pos2(x, middle), 6.5, Stroke::new(2.5, color)),
        Finish::SignedOut(x) => {
            let rect = Rect::from_center_size(pos2(snapped(painter, x), middle), vec2(4.0, BAR + 6.0));
            painter.rect_filled(rect, 1, color);
        }
        Finish::StillAlive(x) => {
            let stroke = Stroke::new(2.0, color);
            let (tip, half) = (pos2(x + 7.0, middle), BAR / 2.0 - 1.0);
            painter.line_segment([pos2(x + 1.0, middle - half), tip], stroke);
            painter.line_segment([tip, pos2(x + 1.0, middle + half)], stroke);
        }
    }
}

/// Paints the flag of a note, standing on `foot`.
pub fn paint_flag(painter: &Painter, palette: &Palette, foot: Pos2) {
    let top = foot - vec2(0.0, BAR + 14.0);
    painter.line_segment([foot, top], Stroke::new(1.0, palette.accent));
    let points = vec![top, top + vec2(9.0, 3.5), top + vec2(0.0, 7.0)];
    painter.add(Shape::convex_polygon(points, palette.accent, Stroke::NONE));
}

fn cross(painter: &Painter, at: Pos2, half: f32, stroke: Stroke) {
    painter.line_segment([at + vec2(-half, -half), at + vec2(half, half)], stroke);
    painter.line_segment([at + vec2(-half, half), at + vec2(half, -half)], stroke);
}

fn arc(painter: &Painter, at: Pos2, palette: &Palette) {
    use std::f32::consts::TAU;
    let points: Vec<Pos2> = (0..=12)
        .map(|step| {
            let angle = -TAU / 4.0 + TAU * 0.78 * (step as f32 / 12.0);
            at + 4.5 * vec2(angle.cos(), angle.sin())
        })
        .collect();
    painter.add(Shape::line(points.clone(), Stroke::new(4.0, palette.bar)));
    painter.add(Shape::line(points, Stroke::new(1.6, palette.tick)));
}

/// The left end of a session whose sign-in is not in the input.
fn torn_edge(painter: &Painter, palette: &Palette, x: f32, top: f32, bottom: f32) {
    let tooth = (bottom - top) / 4.0;
    for step in 0..4 {
        let y = top + tooth * step as f32;
        let points = vec![pos2(x - 0.5, y), pos2(x + 3.5, y + tooth / 2.0), pos2(x - 0.5, y + tooth)];
        painter.add(Shape::convex_polygon(points, palette.background, Stroke::NONE));
    }
}

/// Slanted lines, cut at the rectangle's edges.
pub fn hatch(painter: &Painter, rect: Rect, color: Color32, step: f32) {
    let rect = rect.intersect(painter.clip_rect().expand(40.0));
    if rect.width() <= 0.0 {
        return;
    }
    let height = rect.height();
    let mut shapes = Vec::new();
    // Lines hang on a grid of the screen, so that they stay put while the stretch grows.
    let mut x = ((rect.left() - height) / step).floor() * step;
    while x < rect.right() {
        let from = (rect.left() - x).max(0.0);
        let until = (rect.right() - x).min(height);
        if until > from {
            let line = [pos2(x + from, rect.bottom() - from), pos2(x + until, rect.bottom() - until)];
            shapes.push(Shape::line_segment(line, Stroke::new(1.2, color)));
        }
        x += step;
    }
    painter.extend(shapes);
}

fn snapped(painter: &Painter, x: f32) -> f32 {
    let scale = painter.pixels_per_point();
    (x * scale).round() / scale
}
