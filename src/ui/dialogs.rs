//! What stands in front of the window: help, the path box, what was read, the samples.

use super::{
    command::{Dialog, Purpose, UiCommand},
    explain::explain_ui,
    folder_list::FolderList,
    gallery::{samples_ui, tried_ui},
    help::help_ui,
    palette::{PaletteBox, palette_ui},
    small_dialogs::{note_ui, range_ui, zone_ui},
    source_reading::{quiet_ui, reading_ui},
    state::{Looking, Opened},
    theme::{Palette, SENTENCE, SMALL, STEP, strong},
    top_bar::summary,
    widgets::{hairline_ui, link_ui, primary_button_ui},
    words,
};
use crate::{
    inspection::Input,
    jwt::keys::{KeyFile, KeyKind},
    model::{Position, SourceId, SourceReport, Warning},
};
use egui::{Id, Key, Label, Modal, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};
use std::path::PathBuf;

/// What the path box holds.
#[derive(Debug, Default)]
pub struct PathBox {
    /// The text.
    pub text: String,
    /// Why it is shown, or what is wrong with the text.
    pub hint: String,
    folder: FolderList,
}

/// What is typed in dialogs.
#[derive(Debug, Default)]
pub struct Boxes {
    /// A path.
    pub path: PathBox,
    /// Letters of a command.
    pub palette: PaletteBox,
    /// A note.
    pub note: String,
    /// A stretch of time, and what is wrong with it.
    pub range: (String, String),
    /// Letters of a time zone.
    pub zone: String,
}

impl Boxes {
    /// Empty ones; the note is the one that is there.
    pub fn fresh(looking: &Looking) -> Self {
        let mark = looking.selected.and_then(|id| looking.marks.of(id));
        Self { note: mark.map(|mark| mark.note.clone()).unwrap_or_default(), ..Self::default() }
    }
}

/// Shows the dialog, if there is one.
pub fn dialog_ui(
    ui: &Ui,
    opened: Option<&Opened>,
    looking: &Looking,
    boxes: &mut Boxes,
    commands: &mut Vec<UiCommand>,
) {
    let Some(dialog) = looking.dialog else { return };
    let frame = egui::Frame::window(ui.style()).inner_margin(egui::Margin::same(20));
    let response = Modal::new(Id::unique("dialog")).frame(frame).show(ui.ctx(), |ui| {
        let most = ui.content_rect().size() - vec2(80.0, 80.0);
        ui.set_max_height(most.y);
        match dialog {
            Dialog::Help => help_ui(ui, most),
            Dialog::PathBox { add } => path_box_ui(ui, Purpose::Open { add }, &mut boxes.path, commands),
            Dialog::SaveBox => path_box_ui(ui, Purpose::Save, &mut boxes.path, commands),
            Dialog::KeyBox => path_box_ui(ui, Purpose::Key, &mut boxes.path, commands),
            Dialog::Sources => sources_ui(ui, opened, most, commands),
            Dialog::Palette => palette_ui(ui, opened, looking, &mut boxes.palette, commands),
            Dialog::Explain(topic) => explain_ui(ui, topic, looking, most, commands),
            Dialog::Range => range_ui(ui, opened, looking, &mut boxes.range, commands),
            Dialog::Zone => zone_ui(ui, looking, &mut boxes.zone, commands),
            Dialog::Note => note_ui(ui, looking, &mut boxes.note, commands),
            Dialog::Samples => {
                ui.set_width(most.x.min(840.0));
                ScrollArea::vertical().max_height(most.y - 60.0).show(ui, |ui| samples_ui(ui, commands));
            }
        }
        if matches!(dialog, Dialog::Help | Dialog::Sources | Dialog::Samples | Dialog::Explain(_)) {
            ui.add_space(2.0 * STEP);
            if ui.button("Close").clicked() {
                commands.push(UiCommand::HideDialog);
            }
        }
    });
    if response.should_close() {
        commands.push(UiCommand::HideDialog);
    }
}

/// Asks for a path.
fn path_box_ui(ui: &mut Ui, purpose: Purpose, path_box: &mut PathBox, commands: &mut Vec<UiCommand>) {
    let palette = Palette::from_ui(ui);
    ui.set_width(ui.content_rect().width().min(600.0) - 80.0);
    let (head, verb, about) = match purpose {
        Purpose::Open { add: true } => ("Add a file", "Add", "The path of a log, a HAR capture or a folder of them"),
        Purpose::Open { add: false } => {
            ("Open a file", "Open", "The path of a log, a HAR capture, a view or a folder of them")
        }
        Purpose::Key => {
            ("Add a key", "Add", "A public key or certificate in PEM, a JWKS, or a file with the shared secret")
        }
        Purpose::Save => ("Save the view", "Save", "Where the view is to be kept; its name ends in .lapsed"),
    };
    ui.label(strong(head).size(16.0));
    let hint = if path_box.hint.is_empty() { about } else { &path_box.hint };
    ui.add(Label::new(RichText::new(hint).color(palette.dim)).wrap());
    let field = TextEdit::singleline(&mut path_box.text)
        .id(Id::unique("path"))
        .hint_text(RichText::new("~/captures/checkout.har").color(palette.dim))
        .font(egui::TextStyle::Monospace)
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    response.widget_info(|| {
        let mut info = WidgetInfo::text_edit(true, &path_box.text, &path_box.text, "");
        info.label = Some("Path".to_owned());
        info
    });
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if !response.has_focus() && !entered && ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
    let mut open = entered;
    open |= entries_ui(ui, path_box);
    ui.horizontal(|ui| {
        open |= primary_button_ui(ui, verb).clicked();
        if ui.button("Cancel").clicked() {
            commands.push(UiCommand::HideDialog);
        }
    });
    if open {
        let path = path_from_text(&path_box.text);
        if path.as_os_str().is_empty() {
            "Type the path of a file first".clone_into(&mut path_box.hint);
        } else if purpose == Purpose::Save {
            commands.push(UiCommand::HideDialog);
            commands.push(UiCommand::SaveViewTo(path));
        } else if !path.exists() {
            path_box.hint = format!("There is no file {}", path.display());
        } else {
            path_box.hint.clear();
            commands.push(UiCommand::HideDialog);
            commands.push(match purpose {
                Purpose::Open { add } => UiCommand::Open { inputs: vec![Input::Path(path)], add },
                Purpose::Key | Purpose::Save => UiCommand::AddKeys(vec![KeyFile::new(KeyKind::Any, path)]),
            });
        }
    }
}

/// What lies in the folder that is being typed. Whether a file was chosen.
fn entries_ui(ui: &mut Ui, path_box: &mut PathBox) -> bool {
    const ROW: f32 = 24.0;
    let palette = Palette::from_ui(ui);
    let typed = path_from_text(&path_box.text);
    let entries = path_box.folder.matching(&typed, path_box.text.trim_end().ends_with('/'), ui.ctx());
    let Some(folder) = path_box.folder.folder().map(std::path::Path::to_owned) else { return false };
    let mut chosen = None;
    ui.add_space(STEP);
    ui.add(Label::new(RichText::new(folder.display().to_string()).size(SMALL).color(palette.dim)).truncate());
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.set_min_height(7.0 * ROW);
        ScrollArea::vertical().max_height(7.0 * ROW).auto_shrink(false).show_rows(
            ui,
            ROW,
            entries.len(),
            |ui, rows| {
                for entry in entries.get(rows).unwrap_or_default() {
                    let text = if entry.is_file { entry.name.clone() } else { format!("{}/", entry.name) };
                    let color = if entry.is_file { palette.text } else { palette.readable(palette.accent) };
                    let row = egui::Button::selectable(false, RichText::new(text).color(color)).truncate();
                    if ui.add_sized([ui.available_width(), ROW], row.right_text("")).clicked() {
                        chosen = Some(entry.clone());
                    }
                }
            },
        );
    });
    let Some(entry) = chosen else { return false };
    path_box.text = folder.join(&entry.name).display().to_string();
    if !entry.is_file {
        path_box.text.push('/');
    }
    entry.is_file
}

/// A path as people type and paste it: quoted, with `~`, as a `file://` address.
pub fn path_from_text(text: &str) -> PathBuf {
    let text = text.trim().trim_matches(['"', '\'']);
    let text = text.strip_prefix("file://").unwrap_or(text);
    match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(text),
    }
}

fn sources_ui(ui: &mut Ui, opened: Option<&Opened>, most: egui::Vec2, commands: &mut Vec<UiCommand>) {
    ui.set_width(most.x.min(760.0));
    ui.label(strong("What was read").size(SENTENCE));
    let Some(opened) = opened else { return };
    ScrollArea::vertical().max_height(most.y - 90.0).show(ui, |ui| {
        for (index, source) in opened.inspection.sources.iter().enumerate() {
            if index > 0 {
                ui.add_space(2.0 * STEP);
                hairline_ui(ui);
            }
            ui.push_id(index, |ui| {
                source_ui(ui, source, commands);
                let close = link_ui(ui, "Take out").on_hover_text("Close this source and keep the others");
                close.widget_info(|| {
                    WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("Take out {}", source.name()))
                });
                if close.clicked() {
                    commands.push(UiCommand::HideDialog);
                    commands.push(UiCommand::CloseSource(SourceId(index as u16)));
                }
            });
        }
    });
}

fn source_ui(ui: &mut Ui, source: &SourceReport, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 100;
    let palette = Palette::from_ui(ui);
    let failed = source.format.is_none();
    ui.add_space(STEP);
    ui.add(Label::new(strong(source.path.display().to_string())).wrap());
    let color = if failed { palette.readable(palette.bad) } else { palette.dim };
    let said = words::sentence(&summary(source));
    ui.add(Label::new(RichText::new(said).color(color)).wrap());
    tried_ui(ui, &source.tried);
    reading_ui(ui, source, commands);
    quiet_ui(ui, source);
    if let Some(offset) = source.clock_offset {
        let corrected = if offset.corrected { "; corrected for" } else { "" };
        let text = format!("Its clock is {}, by {}{corrected}", offset.words(), offset.basis.words());
        ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
    }
    for limit in &source.limits {
        ui.add(Label::new(RichText::new(format!("Limited: {limit}"))).wrap());
    }
    if source.unreadable > 0 {
        ui.label(format!("{} could not be read", words::counted(source.unreadable as usize, "record")));
    }
    let skip = usize::from(failed);
    let warnings: Vec<&Warning> = source.warnings.iter().skip(skip).collect();
    if warnings.is_empty() {
        return;
    }
    egui::Grid::new("warnings").num_columns(2).min_row_height(0.0).spacing(vec2(16.0, 3.0)).show(ui, |ui| {
        for warning in warnings.iter().take(MOST) {
            ui.label(RichText::new(place(warning)).monospace().color(palette.dim));
            ui.add(Label::new(&warning.message).wrap());
            ui.end_row();
        }
    });
    if warnings.len() > MOST {
        ui.label(RichText::new(format!("and {} more", warnings.len() - MOST)).color(palette.dim));
    }
}

fn place(warning: &Warning) -> String {
    match warning.position {
        Position::Line(line) => format!("line {}", words::grouped(line)),
        Position::Index(index) => format!("entry {}", words::grouped(index)),
        Position::Whole => "as a whole".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_be_quoted_or_an_address() {
        assert_eq!(path_from_text(" \"/tmp/a b.har\" "), PathBuf::from("/tmp/a b.har"));
        assert_eq!(path_from_text("file:///tmp/a.har"), PathBuf::from("/tmp/a.har"));
    }
}
