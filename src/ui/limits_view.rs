//! Where what is stated differs from what happens, and how the limits compare with a published standard.

use super::{
    command::UiCommand,
    state::ViewContext,
    theme::{SMALL, strong},
    widgets::section_ui,
};
use crate::{
    diagnosis::presets::{STANDARDS, standard},
    model::Fit,
};
use egui::{ComboBox, Label, RichText, Ui, WidgetInfo, accesskit::Role};

/// Stated limits that are not the ones enforced; a click shows a session that tells so.
pub fn contradictions_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 20;
    let contradictions = &ctx.inspection().contradictions;
    if contradictions.is_empty() {
        return;
    }
    section_ui(ui, "Stated, and not what happens");
    for contradiction in contradictions.iter().take(MOST) {
        let text = RichText::new(&contradiction.headline).size(13.0);
        let row =
            ui.add(Label::new(text).wrap().sense(egui::Sense::click())).on_hover_text("Show a session that tells so");
        row.widget_info(|| WidgetInfo::labeled(Role::Button, true, contradiction.headline.clone()));
        if row.clicked() {
            commands.extend(contradiction.sessions.first().copied().map(UiCommand::SelectSession));
        }
    }
}

/// The chooser of a standard, and under it each limit of it beside what was seen.
pub fn comparison_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let comparisons = &ctx.inspection().comparisons;
    let chosen = comparisons.first().map(|comparison| comparison.standard);
    let text = chosen.and_then(standard).map_or("Compare with a standard", |standard| standard.title);
    let response = ComboBox::from_id_salt("standard")
        .selected_text(RichText::new(text).size(SMALL))
        .width(ui.available_width().min(320.0))
        .truncate()
        .height(420.0)
        .show_ui(ui, |ui| {
            if ui.selectable_label(chosen.is_none(), "No standard").clicked() {
                commands.push(UiCommand::CompareLimits(None));
            }
            for standard in STANDARDS {
                if ui.selectable_label(chosen == Some(standard.id), standard.title).clicked() {
                    commands.push(UiCommand::CompareLimits(Some(standard)));
                }
            }
        })
        .response;
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Standard: {text}")));
    let palette = ctx.palette;
    for comparison in comparisons {
        let color = match comparison.fit {
            Fit::Within => palette.text,
            Fit::Exceeds => palette.usual(crate::model::Usual::Unusual),
            Fit::CantTell => palette.dim,
        };
        ui.horizontal_top(|ui| {
            ui.add_sized([72.0, 16.0], Label::new(strong(comparison.fit.label()).color(color)));
            ui.add(Label::new(RichText::new(&comparison.headline).size(SMALL).color(palette.dim)).wrap())
                .on_hover_text(&*comparison.app);
        });
    }
}
