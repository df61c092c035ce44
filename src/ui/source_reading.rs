//! As which format a source is read, how that is known, and the choice of another; what became of records without an event.

use super::{
    app::{LapsedApp, rereadable},
    command::UiCommand,
    theme::Palette,
    words,
};
use crate::{
    formats::{Chosen, FORMATS},
    inspection::ReadAs,
    model::{Recognised, SourceReport},
};
use egui::{ComboBox, Label, RichText, Ui, WidgetInfo, accesskit::Role};
use std::path::PathBuf;

/// How the format is known, and the choice of another.
pub fn reading_ui(ui: &mut Ui, source: &SourceReport, commands: &mut Vec<UiCommand>) {
    let palette = Palette::from_ui(ui);
    let is_chosen = source.recognised == Some(Recognised::Chosen);
    ui.horizontal_wrapped(|ui| {
        let text = match source.recognised {
            Some(Recognised::Certain) => "Recognised by its content",
            Some(Recognised::Plausible) => "Its content fits this format best",
            Some(Recognised::Chosen) => "Read as you chose",
            None => "If you know what it is:",
        };
        ui.label(RichText::new(text).color(palette.dim));
        let chosen = source.format.filter(|_| is_chosen).map_or("Read as…", title_of);
        let response = ComboBox::from_id_salt("read as")
            .selected_text(RichText::new(chosen).size(12.0))
            .width(180.0)
            .truncate()
            .height(420.0)
            .show_ui(ui, |ui| {
                if ui.selectable_label(!is_chosen, "What its content says").clicked() {
                    commands.push(UiCommand::ReadAs { source: source.path.clone(), format: None });
                }
                for format in FORMATS {
                    let is_this = source.format == Some(format.id());
                    if ui.selectable_label(is_this, format.title()).clicked() {
                        commands.push(UiCommand::ReadAs { source: source.path.clone(), format: Some(format.id()) });
                    }
                }
            })
            .response;
        let name = format!("Read {} as another format", source.name());
        response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name.as_str()));
    });
}

/// What records gave no event, and why.
pub fn quiet_ui(ui: &mut Ui, source: &SourceReport) {
    const MOST: usize = 12;
    let palette = Palette::from_ui(ui);
    for (why, count) in source.quiet.iter().take(MOST) {
        let text = format!("{} gave no event: {why}", words::counted(*count as usize, "record"));
        ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
    }
}

/// The name of a format on screen.
pub fn title_of(id: &str) -> &str {
    FORMATS.iter().find(|known| known.id() == id).map_or(id, |known| known.title())
}

impl LapsedApp {
    /// Reads what is open once more, with one source as another format, or as its content says.
    pub(super) fn read_as(&mut self, ctx: &egui::Context, source: PathBuf, format: Option<&'static str>) {
        let Some(opened) = &self.opened else { return };
        let inputs = rereadable(opened);
        // What is looked at stays, where there was anything to look at.
        let has_something = opened.has_something();
        let single = &mut self.readings.single;
        // A zone that was chosen for the source stays.
        let zone = single.iter().rev().find(|(name, _)| *name == source).and_then(|(_, reading)| reading.zone.clone());
        single.retain(|(name, _)| *name != source);
        let format = format.and_then(Chosen::of_id);
        if format.is_some() || zone.is_some() {
            single.push((source, ReadAs { format, zone }));
        }
        self.looking.dialog = None;
        self.load(ctx, inputs);
        self.reloads = has_something;
    }
}
