//! Help: every shortcut, and what the shapes of the timeline mean.

use super::{
    action::{ACTIONS, Action, Group, POINTER},
    legend::{Shape, shape_ui},
    theme::{Palette, SENTENCE, SMALL, strong},
    widgets::section_ui,
};
use egui::{RichText, ScrollArea, Ui, vec2};

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
                for shape in Shape::ALL {
                    shape_ui(ui, shape, 34.0);
                }
            });
        });
    });
}
