//! The top: what is open, the menu, the clock, the theme and the help; and the quiet line on limits.

use super::{
    clock::{TimeForm, ZoneChoice, choice_words},
    command::{Dialog, UiCommand},
    palette::menu_ui,
    search_box::search_ui,
    settings::Settings,
    source_reading::title_of,
    state::{Looking, Opened, SizeClass, ViewContext},
    theme::{Palette, SMALL, STEP, strong},
    widgets::link_ui,
    words,
};
use crate::{
    inspection::Input,
    model::{SourceId, SourceReport, duration_words},
    timeline::Grouping,
};
use egui::{Align, Button, Layout, RichText, ThemePreference, Ui, WidgetInfo, accesskit::Role, vec2};
use std::fmt::Write as _;

/// The bar on top.
pub fn top_bar_ui(
    ui: &mut Ui,
    opened: Option<&Opened>,
    looking: &Looking,
    settings: &Settings,
    size: SizeClass,
    commands: &mut Vec<UiCommand>,
) {
    let palette = Palette::from_ui(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.horizontal_centered(|ui| {
        ui.add_space(STEP);
        ui.label(strong("Lapsed").size(15.0));
        ui.menu_button("Menu", |ui| menu_ui(ui, opened, looking, commands))
            .response
            .on_hover_text("Everything that can be done");
        if let Some(opened) = opened {
            source_chips_ui(ui, opened, size, commands);
        }
        open_menu_ui(ui, opened, settings, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(STEP);
            let help = ui.add(Button::new("?").min_size(vec2(26.0, 26.0))).on_hover_text("Shortcuts and shapes");
            help.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Shortcuts and shapes"));
            if help.clicked() {
                commands.push(UiCommand::ShowDialog(Dialog::Help));
            }
            if size != SizeClass::Narrow {
                theme_menu_ui(ui, commands);
            }
            zone_menu_ui(ui, opened, looking, commands);
            if size == SizeClass::Wide && opened.is_some_and(|opened| opened.counts.sessions > 1) {
                group_menu_ui(ui, looking, commands);
            }
            if let Some(opened) = opened.filter(|opened| opened.counts.sessions > 0) {
                let ctx = ViewContext { opened, looking, palette, size };
                search_ui(ui, &ctx, commands);
            }
        });
    });
}

fn source_chips_ui(ui: &mut Ui, opened: &Opened, size: SizeClass, commands: &mut Vec<UiCommand>) {
    let sources = &opened.inspection.sources;
    let room = match size {
        SizeClass::Narrow => 1,
        SizeClass::Medium => 2,
        SizeClass::Wide => 3,
    };
    if sources.len() > room {
        let chip = ui.add(Button::new(words::counted(sources.len(), "source")).corner_radius(13));
        if chip.on_hover_text("What was read").clicked() {
            commands.push(UiCommand::ShowDialog(Dialog::Sources));
        }
        return;
    }
    for (index, source) in sources.iter().enumerate() {
        source_chip_ui(ui, SourceId(index as u16), source, sources.len() > 1, commands);
    }
}

fn source_chip_ui(
    ui: &mut Ui,
    id: SourceId,
    source: &SourceReport,
    has_neighbours: bool,
    commands: &mut Vec<UiCommand>,
) {
    let palette = Palette::from_ui(ui);
    let mut text = shortened(&source.name(), 24);
    if let Some(offset) = source.clock_offset.filter(|offset| offset.is_off()) {
        let sign = if offset.ahead < 0 { '\u{2212}' } else { '+' };
        // Writing to a string can't fail.
        let _ = write!(text, "  clock {sign}{}", duration_words(offset.ahead));
    }
    let failed = source.format.is_none();
    let color = if failed { palette.readable(palette.bad) } else { palette.text };
    let response = ui.add(Button::new(RichText::new(text).size(12.0).color(color)).corner_radius(13));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Source {}", source.name())));
    let response = response.on_hover_ui(|ui| {
        ui.label(strong(source.path.display().to_string()));
        ui.label(summary(source));
    });
    if response.clicked() {
        commands.push(UiCommand::ShowDialog(Dialog::Sources));
    }
    response.context_menu(|ui| {
        if ui.button("What was read").clicked() {
            commands.push(UiCommand::ShowDialog(Dialog::Sources));
        }
        if ui.button("Copy its path").clicked() {
            commands.push(UiCommand::CopyText(source.path.display().to_string()));
        }
        let close = if has_neighbours { "Close this source" } else { "Close" };
        if ui.button(close).clicked() {
            commands.push(UiCommand::CloseSource(id));
        }
    });
}

/// What was read of a source, in one line.
pub fn summary(source: &SourceReport) -> String {
    let Some(format) = source.format else {
        return source.warnings.first().map_or_else(|| "could not be read".to_owned(), |w| w.message.clone());
    };
    let title = title_of(format);
    let mut text = format!(
        "{title} · {} · {}",
        words::bytes_words(source.bytes),
        words::counted(source.records as usize, "record")
    );
    let _ = write!(text, " · {}", words::counted(source.events as usize, "event"));
    if let Some(producer) = &source.producer {
        let _ = write!(text, " · written by {producer}");
    }
    text
}

fn shortened(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let tail: String = text.chars().skip(count - most / 2).collect();
    let head: String = text.chars().take(most - most / 2 - 1).collect();
    format!("{head}…{tail}")
}

fn open_menu_ui(ui: &mut Ui, opened: Option<&Opened>, settings: &Settings, commands: &mut Vec<UiCommand>) {
    ui.menu_button("Open", |ui| {
        let mut item = |ui: &mut Ui, text: &str, keys: &str, command: UiCommand| {
            if ui.add(Button::new(text).shortcut_text(keys)).clicked() {
                commands.push(command);
            }
        };
        item(ui, "Open files…", "Ctrl+O", UiCommand::AskForFiles { add: false });
        item(ui, "Open a path…", "Ctrl+L", UiCommand::ShowDialog(Dialog::PathBox { add: false }));
        item(ui, "Samples…", "", UiCommand::ShowDialog(Dialog::Samples));
        if opened.is_some() {
            ui.separator();
            item(ui, "Add files…", "Ctrl+Shift+O", UiCommand::AskForFiles { add: true });
            item(ui, "Add a path…", "", UiCommand::ShowDialog(Dialog::PathBox { add: true }));
            ui.separator();
            item(ui, "What was read", "", UiCommand::ShowDialog(Dialog::Sources));
            item(ui, "Close", "Ctrl+W", UiCommand::CloseAll);
        }
        if !settings.recent.is_empty() {
            ui.separator();
            ui.label(RichText::new("Recent").size(SMALL).color(Palette::from_ui(ui).dim));
            for path in settings.recent.iter().take(8) {
                let name =
                    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
                if ui.button(shortened(&name, 40)).on_hover_text(path.display().to_string()).clicked() {
                    commands.push(UiCommand::Open { inputs: vec![Input::Path(path.clone())], add: false });
                }
            }
        }
    });
}

fn theme_menu_ui(ui: &mut Ui, commands: &mut Vec<UiCommand>) {
    let chosen = ui.options(|options| options.theme_preference);
    let menu = ui.menu_button("Theme", |ui| {
        for (preference, label) in [
            (ThemePreference::System, "As the desktop"),
            (ThemePreference::Dark, "Dark"),
            (ThemePreference::Light, "Light"),
        ] {
            if ui.radio(chosen == preference, label).clicked() {
                commands.push(UiCommand::Theme(preference));
                ui.close();
            }
        }
    });
    menu.response.on_hover_text("Dark or light");
}

fn group_menu_ui(ui: &mut Ui, looking: &Looking, commands: &mut Vec<UiCommand>) {
    let text = if looking.grouping == Grouping::None { "Group" } else { looking.grouping.label() };
    let menu = ui.menu_button(text, |ui| {
        for grouping in Grouping::ALL {
            if ui.radio(looking.grouping == grouping, grouping.label()).clicked() {
                commands.push(UiCommand::Group(grouping));
                ui.close();
            }
        }
    });
    let response = menu.response.on_hover_text("How lanes stand together (L)");
    let name = format!("Groups of lanes: {}", looking.grouping.label());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.as_str()));
}

fn zone_menu_ui(ui: &mut Ui, opened: Option<&Opened>, looking: &Looking, commands: &mut Vec<UiCommand>) {
    let inspection = opened.map(|opened| &opened.inspection);
    let menu = ui.menu_button(looking.clock.label(), |ui| {
        for choice in ZoneChoice::ALL {
            let there = choice != ZoneChoice::Source
                || inspection.is_some_and(|inspection| super::clock::source_offset(inspection).is_some());
            let label = choice_words(&choice, inspection);
            ui.add_enabled_ui(there, |ui| {
                if ui.radio(looking.zone == choice, label).clicked() {
                    commands.push(UiCommand::Zone(choice));
                    ui.close();
                }
            });
        }
        let named = match &looking.zone {
            ZoneChoice::Named(name) => name.as_str(),
            ZoneChoice::Utc | ZoneChoice::Local | ZoneChoice::Source => "Another zone…",
        };
        if ui.radio(matches!(looking.zone, ZoneChoice::Named(_)), named).clicked() {
            commands.push(UiCommand::ShowDialog(Dialog::Zone));
            ui.close();
        }
        ui.separator();
        for form in TimeForm::ALL {
            if ui.radio(looking.form == form, form.label()).clicked() {
                commands.push(UiCommand::TimeForm(form));
                ui.close();
            }
        }
    });
    let response = menu.response.on_hover_text("Time zone of every time shown (Z)");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Time zone: {}", looking.clock.label())));
}

/// Whether there is anything to say in the line on limits.
pub fn has_limits(opened: &Opened) -> bool {
    opened.counts.began_before > 0
        || opened
            .inspection
            .sources
            .iter()
            .any(|source| !source.limits.is_empty() || source.unreadable > 0 || source.format.is_none())
}

/// The quiet line: what the input can't show, what of it could not be read.
pub fn limits_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    let sources = &ctx.inspection().sources;
    let failed: Vec<&SourceReport> = sources.iter().filter(|source| source.format.is_none()).collect();
    let unreadable: u64 = sources.iter().map(|source| source.unreadable).sum();
    let mut limits: Vec<String> = sources
        .iter()
        .flat_map(|source| source.limits.iter().map(|limit| format!("{}: {limit}", source.name())))
        .collect();
    let began_before = ctx.opened.counts.began_before;
    if began_before > 0 {
        limits.push(format!("{} began before the input does", words::counted(began_before, "session")));
    }
    ui.horizontal_centered(|ui| {
        ui.add_space(STEP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(STEP);
            let more = match (unreadable, failed.len()) {
                (0, 0) => "What was read".to_owned(),
                (0, _) => "What was tried".to_owned(),
                (count, _) => format!("{} not read", words::counted(count as usize, "record")),
            };
            if link_ui(ui, &more).clicked() {
                commands.push(UiCommand::ShowDialog(Dialog::Sources));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (head, color, text) = match failed.first() {
                    Some(source) => {
                        let said = source.warnings.first().map_or("could not be read", |warning| &warning.message);
                        let more =
                            if failed.len() > 1 { format!(" (and {} more)", failed.len() - 1) } else { String::new() };
                        ("Not read", palette.readable(palette.bad), format!("{}: {said}{more}", source.name()))
                    }
                    None if limits.is_empty() => ("Read in part", palette.text, String::new()),
                    None => ("Limited input", palette.text, limits.join(" · ")),
                };
                ui.label(strong(head).size(12.0).color(color));
                let label = egui::Label::new(RichText::new(&text).size(12.0).color(palette.dim)).truncate();
                ui.add(label).on_hover_text(if text.is_empty() { head.to_owned() } else { limits.join("\n") });
            });
        });
    });
}
