//! Help: every shortcut, and what the shapes of the timeline mean.

use super::{
    action::{ACTIONS, Action, Group, POINTER},
    legend::{Shape, shape_ui},
    theme::{Palette, SENTENCE, strong},
    widgets::section_ui,
};
use egui::{RichText, ScrollArea, Ui, vec2};

/// The list of shortcuts, and the shapes of the timeline.
pub fn help_ui(ui: &mut Ui, most: egui::Vec2) {
    const SHAPES: f32 = 200.0;
    let wide = most.x >= 1000.0;
    let width = most.x.min(if wide { 1060.0 } else { 780.0 });
    ui.set_width(width);
    ui.label(strong("Shortcuts and shapes").size(SENTENCE));
    ScrollArea::vertical().max_height(most.y - 90.0).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            // Two columns of about the same height, where there is room for both.
            let columns: &[&[Group]] = if wide {
                &[&[Group::File, Group::Go, Group::Find], &[Group::View, Group::Time, Group::Keep, Group::Help]]
            } else {
                &[&Group::ALL]
            };
            let each = (width - SHAPES - 48.0) / columns.len() as f32;
            for (index, groups) in columns.iter().enumerate() {
                ui.vertical(|ui| {
                    ui.set_width(each);
                    keys_ui(ui, groups, index + 1 == columns.len());
                });
            }
            ui.vertical(|ui| {
                section_ui(ui, "Shapes");
                for shape in Shape::ALL {
                    shape_ui(ui, shape, 34.0);
                }
            });
        });
    });
}

/// The keys of these groups, and at the end what the pointer does.
fn keys_ui(ui: &mut Ui, groups: &[Group], with_pointer: bool) {
    let row = |ui: &mut Ui, keys: &str, does: &str| {
        let palette = Palette::from_ui(ui);
        ui.label(strong(keys));
        ui.add(egui::Label::new(RichText::new(does).color(palette.dim)).wrap());
        ui.end_row();
    };
    let grid = |name: &str| egui::Grid::new(name).num_columns(2).min_row_height(0.0).spacing(vec2(16.0, 5.0));
    for &group in groups {
        section_ui(ui, group.label());
        grid(group.label()).min_col_width(88.0).show(ui, |ui| {
            let of_group = |action: &&Action| action.group == group && !action.keys.is_empty();
            for action in ACTIONS.iter().filter(of_group) {
                row(ui, action.keys, action.title);
            }
        });
    }
    if with_pointer {
        section_ui(ui, "Pointer");
        grid("pointer").min_col_width(88.0).show(ui, |ui| {
            for (keys, does) in POINTER {
                row(ui, keys, does);
            }
        });
    }
}
