//! What the shapes of the timeline mean: all of them in the help, those in view under the lanes where there is room.

use super::{
    lane_paint::{BAR, BAR_TOP, hatch, paint_finish, paint_mark},
    theme::{Palette, SMALL},
};
use crate::{
    model::Cause,
    timeline::{Finish, Lane, MarkKind},
};
use egui::{Rect, RichText, Sense, Ui, vec2};

/// A shape that the timeline draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A mark.
    Mark(MarkKind),
    /// The paler end of a bar.
    Quiet,
    /// Hatched grey.
    Gap,
    /// Hatched in the cause's colour.
    Ending,
    /// A cross at the end.
    Refused,
    /// A bar across the end.
    SignedOut,
    /// A chevron at the end.
    Alive,
}

impl Shape {
    /// All of them, in the order shown.
    pub const ALL: [Self; 14] = [
        Self::Mark(MarkKind::SignIn),
        Self::Mark(MarkKind::Activity),
        Self::Mark(MarkKind::Background),
        Self::Mark(MarkKind::Refresh),
        Self::Mark(MarkKind::Denied),
        Self::Mark(MarkKind::Rejection),
        Self::Mark(MarkKind::Silence),
        Self::Mark(MarkKind::Outside),
        Self::Quiet,
        Self::Gap,
        Self::Ending,
        Self::Refused,
        Self::SignedOut,
        Self::Alive,
    ];

    /// What it means.
    fn label(self) -> &'static str {
        match self {
            Self::Mark(MarkKind::SignIn) => "Sign-in",
            Self::Mark(MarkKind::Activity) => "Activity of the user",
            Self::Mark(MarkKind::Background) => "Background traffic",
            Self::Mark(MarkKind::Refresh) => "Refresh",
            Self::Mark(MarkKind::Denied) => "Denied, not an ending",
            Self::Mark(MarkKind::Rejection) => "Refused",
            Self::Mark(MarkKind::Silence) => "No answer",
            Self::Mark(MarkKind::Outside) => "Operator or server",
            Self::Quiet => "The user has gone quiet",
            Self::Gap => "The connection was gone",
            Self::Ending => "It ended in here",
            Self::Refused => "First refused",
            Self::Mark(MarkKind::SignOut) | Self::SignedOut => "Signed out",
            Self::Alive => "Still alive",
        }
    }

    /// Whether a lane shows it.
    fn is_in(self, lane: &Lane) -> bool {
        match self {
            Self::Mark(kind) => lane.marks.iter().any(|mark| mark.kind == kind),
            Self::Quiet => lane.quiet.is_some_and(|quiet| quiet.width() > 4.0),
            Self::Gap => !lane.gaps.is_empty(),
            Self::Ending => lane.ending.is_some_and(|ending| ending.width() > 4.0),
            Self::Refused => matches!(lane.finish, Some(Finish::Refused(_))),
            Self::SignedOut => matches!(lane.finish, Some(Finish::SignedOut(_))),
            Self::Alive => matches!(lane.finish, Some(Finish::StillAlive(_))),
        }
    }

    fn paint(self, ui: &Ui, palette: &Palette, rect: Rect) {
        let cause = Some(Cause::IdleTimeout);
        let band = Rect::from_center_size(rect.center(), vec2(rect.width(), BAR));
        let finish = |finish: Finish, cause| {
            paint_finish(ui.painter(), palette, finish, cause, rect.center().y - BAR_TOP - BAR / 2.0);
        };
        let x = rect.center().x;
        match self {
            Self::Mark(kind) => {
                if kind != MarkKind::Background {
                    ui.painter().rect_filled(band, 0, palette.bar);
                }
                paint_mark(ui.painter(), palette, kind, rect.center());
            }
            Self::Quiet => {
                ui.painter().rect_filled(band, 0, palette.bar_quiet);
            }
            Self::Gap => hatch(ui.painter(), band, palette.gap, 5.0),
            Self::Ending => hatch(ui.painter(), band, palette.cause(cause), 5.0),
            Self::Refused => finish(Finish::Refused(x), cause),
            Self::SignedOut => finish(Finish::SignedOut(x), Some(Cause::Logout)),
            Self::Alive => finish(Finish::StillAlive(x), None),
        }
    }
}

/// A shape and its meaning beside it.
pub fn shape_ui(ui: &mut Ui, shape: Shape, width: f32) {
    let palette = Palette::from_ui(ui);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(width, 19.0), Sense::hover());
        shape.paint(ui, palette, rect);
        ui.label(RichText::new(shape.label()).color(palette.dim));
    });
}

/// The shapes in view, in one or two quiet lines.
pub fn legend_ui(ui: &mut Ui, lanes: &[&Lane]) {
    let palette = Palette::from_ui(ui);
    ui.spacing_mut().item_spacing = vec2(14.0, 3.0);
    ui.spacing_mut().interact_size.y = 18.0;
    ui.horizontal_wrapped(|ui| {
        for shape in Shape::ALL.into_iter().filter(|shape| lanes.iter().any(|lane| shape.is_in(lane))) {
            let text = RichText::new(shape.label()).size(SMALL).color(palette.dim);
            // Shape and words stay together where the line breaks.
            let galley = egui::WidgetText::from(text.clone()).into_galley(
                ui,
                Some(egui::TextWrapMode::Extend),
                f32::INFINITY,
                egui::TextStyle::Small,
            );
            ui.allocate_ui(vec2(30.0 + galley.size().x, 18.0), |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    let (rect, _) = ui.allocate_exact_size(vec2(22.0, 18.0), Sense::hover());
                    shape.paint(ui, palette, rect);
                    ui.add(egui::Label::new(text).extend());
                });
            });
        }
    });
}
