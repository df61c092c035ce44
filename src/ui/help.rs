//! Help: every shortcut, and what the shapes of the timeline mean.

use super::{
    action::{ACTIONS, Action, Group, POINTER},
    lane_paint::{BAR, BAR_TOP, hatch, paint_finish, paint_mark},
    theme::{Palette, SENTENCE, SMALL, strong},
    widgets::section_ui,
};
use crate::{
    model::Cause,
    timeline::{Finish, MarkKind},
};
use egui::{Rect, RichText, ScrollArea, Sense, Ui, vec2};

/// The list of shortcuts, and the shapes of the timeline.
pub fn help_ui(ui: &mut Ui, most: egui::Vec2) {
    let palette = Palette::from_ui(ui);
    let width = most.x.min(780.0);
    ui.set_width(width);
    ui.label(strong("Shortcuts and shapes").size(SENTENCE));
    ScrollArea::vertical().max_height(most.y - 90.0).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(width * 0.55);
                section_ui(ui, "Keys and pointer");
                egui::Grid::new("shortcuts").num_columns(2).min_row_height(0.0).spacing(vec2(16.0, 6.0)).show(
                    ui,
                    |ui| {
                        for group in Group::ALL {
                            ui.label(RichText::new(group.label()).size(SMALL).color(palette.dim));
                            ui.end_row();
                            let of_group = |action: &&Action| action.group == group && !action.keys.is_empty();
                            for action in ACTIONS.iter().filter(of_group) {
                                ui.label(strong(action.keys));
                                ui.label(RichText::new(action.title).color(palette.dim));
                                ui.end_row();
                            }
                        }
                        ui.label(RichText::new("Pointer").size(SMALL).color(palette.dim));
                        ui.end_row();
                        for (keys, does) in POINTER {
                            ui.label(strong(*keys));
                            ui.label(RichText::new(*does).color(palette.dim));
                            ui.end_row();
                        }
                    },
                );
            });
            ui.vertical(|ui| {
                section_ui(ui, "Shapes");
                legend_ui(ui);
            });
        });
    });
}

fn legend_ui(ui: &mut Ui) {
    let palette = Palette::from_ui(ui);
    let cause = Some(Cause::IdleTimeout);
    let row = |ui: &mut Ui, text: &str, paint: &dyn Fn(&Ui, Rect)| {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(34.0, 19.0), Sense::hover());
            paint(ui, rect);
            ui.label(RichText::new(text).color(palette.dim));
        });
    };
    let bar = |ui: &Ui, rect: Rect| {
        ui.painter().rect_filled(Rect::from_center_size(rect.center(), vec2(34.0, BAR)), 0, palette.bar);
    };
    for (kind, text) in [
        (MarkKind::SignIn, "Sign-in"),
        (MarkKind::Activity, "Activity of the user"),
        (MarkKind::Background, "Background traffic"),
        (MarkKind::Refresh, "Refresh"),
        (MarkKind::Denied, "Denied, not an ending"),
        (MarkKind::Rejection, "Refused"),
        (MarkKind::Silence, "No answer"),
        (MarkKind::Outside, "Operator or server"),
    ] {
        row(ui, text, &|ui, rect| {
            if kind != MarkKind::Background {
                bar(ui, rect);
            }
            paint_mark(ui.painter(), palette, kind, rect.center());
        });
    }
    row(ui, "The user has gone quiet", &|ui, rect| {
        ui.painter().rect_filled(Rect::from_center_size(rect.center(), vec2(34.0, BAR)), 0, palette.bar_quiet);
    });
    row(ui, "The connection was gone", &|ui, rect| {
        hatch(ui.painter(), Rect::from_center_size(rect.center(), vec2(34.0, BAR)), palette.gap, 5.0);
    });
    row(ui, "It ended in here", &|ui, rect| {
        hatch(ui.painter(), Rect::from_center_size(rect.center(), vec2(34.0, BAR)), palette.cause(cause), 5.0);
    });
    for (finish, cause, text) in [
        (Finish::Refused(0.0), cause, "First refused"),
        (Finish::SignedOut(0.0), Some(Cause::Logout), "Signed out"),
        (Finish::StillAlive(0.0), None, "Still alive"),
    ] {
        row(ui, text, &|ui, rect| {
            let x = rect.center().x;
            let placed = match finish {
                Finish::Refused(_) => Finish::Refused(x),
                Finish::SignedOut(_) => Finish::SignedOut(x),
                Finish::StillAlive(_) => Finish::StillAlive(x),
            };
            paint_finish(ui.painter(), palette, placed, cause, rect.center().y - BAR_TOP - BAR / 2.0);
        });
    }
}
