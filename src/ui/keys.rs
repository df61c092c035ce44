//! Keys into commands. Letters are keys only while no text field has the keyboard.

use super::{
    clock::ZoneChoice,
    command::{Dialog, UiCommand},
    state::Looking,
};
use egui::{Id, Key, Modifiers, Ui};

/// What the keys pressed in this frame ask for.
pub fn commands_from_keys(ui: &Ui, looking: &Looking, is_open: bool, commands: &mut Vec<UiCommand>) {
    // Ctrl+Shift+O comes before Ctrl+O, which matches with Shift down, too.
    let with_ctrl = [
        (Modifiers::COMMAND | Modifiers::SHIFT, Key::O, UiCommand::AskForFiles { add: true }),
        (Modifiers::COMMAND, Key::O, UiCommand::AskForFiles { add: false }),
        (Modifiers::COMMAND, Key::L, UiCommand::ShowDialog(Dialog::PathBox { add: false })),
        (Modifiers::COMMAND, Key::F, UiCommand::FocusSearch),
        (Modifiers::COMMAND, Key::W, UiCommand::CloseAll),
    ];
    for (modifiers, key, command) in with_ctrl {
        if ui.input_mut(|input| input.consume_key(modifiers, key)) {
            commands.push(command);
        }
    }
    if ui.egui_wants_keyboard_input() && has_text_focus(ui) {
        return;
    }
    if ui.input(|input| input.key_pressed(Key::Escape)) && looking.dialog.is_none() {
        commands.push(UiCommand::StepBack);
    }
    if ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Text(text) if text == "?"))) {
        commands.push(UiCommand::ShowDialog(Dialog::Help));
    }
    if !is_open || looking.dialog.is_some() {
        return;
    }
    let copies = ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Copy)));
    if copies && !has_selected_text(ui) {
        commands.push(UiCommand::CopyRecord);
    }
    letters(ui, looking, commands);
    arrows(ui, commands);
}

fn letters(ui: &Ui, looking: &Looking, commands: &mut Vec<UiCommand>) {
    const PAN: f64 = 0.12;
    const ZOOM: f64 = 0.75;
    let pressed = |key: Key| ui.input(|input| input.modifiers.is_none() && input.key_pressed(key));
    // What a layout needs Shift for, counts with Shift too.
    let typed = |wanted: &str| {
        ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Text(text) if text == wanted)))
    };
    let zoom = |factor: f64| UiCommand::Zoom { factor, around: None };
    let presses = [
        (pressed(Key::A), UiCommand::Pan(-PAN)),
        (pressed(Key::D), UiCommand::Pan(PAN)),
        (pressed(Key::W) || typed("+") || typed("="), zoom(ZOOM)),
        (pressed(Key::S) || typed("-"), zoom(1.0 / ZOOM)),
        (pressed(Key::F) || typed("0"), UiCommand::Fit),
        (pressed(Key::Comma), UiCommand::StepEvent(-1)),
        (pressed(Key::Period), UiCommand::StepEvent(1)),
        (pressed(Key::Z), UiCommand::Zone(next_zone(looking.zone))),
    ];
    commands.extend(presses.into_iter().filter(|(hit, _)| *hit).map(|(_, command)| command));
}

/// Arrows belong to a focused button first: there they go to the next one.
fn arrows(ui: &Ui, commands: &mut Vec<UiCommand>) {
    const PAN: f64 = 0.12;
    let ours = [Id::unique("session list"), Id::unique("timeline")];
    if ui.memory(egui::Memory::focused).is_some_and(|focused| !ours.contains(&focused)) {
        return;
    }
    let pressed = |key: Key| ui.input(|input| input.modifiers.is_none() && input.key_pressed(key));
    let presses = [
        (Key::ArrowUp, UiCommand::StepSession(-1)),
        (Key::ArrowDown, UiCommand::StepSession(1)),
        (Key::PageUp, UiCommand::StepSession(-10)),
        (Key::PageDown, UiCommand::StepSession(10)),
        (Key::Home, UiCommand::StepSession(i64::MIN / 2)),
        (Key::End, UiCommand::StepSession(i64::MAX / 2)),
        (Key::ArrowLeft, UiCommand::Pan(-PAN)),
        (Key::ArrowRight, UiCommand::Pan(PAN)),
        (Key::Enter, UiCommand::StepSession(0)),
    ];
    commands.extend(presses.into_iter().filter(|(key, _)| pressed(*key)).map(|(_, command)| command));
}

fn next_zone(zone: ZoneChoice) -> ZoneChoice {
    match zone {
        ZoneChoice::Utc => ZoneChoice::Local,
        ZoneChoice::Local => ZoneChoice::Source,
        ZoneChoice::Source => ZoneChoice::Utc,
    }
}

fn has_text_focus(ui: &Ui) -> bool {
    let text_fields = [Id::unique("search"), Id::unique("path")];
    ui.memory(egui::Memory::focused).is_some_and(|focused| text_fields.contains(&focused))
}

/// Whether a label's text is selected, which Ctrl+C then means.
fn has_selected_text(ui: &Ui) -> bool {
    ui.plugin::<egui::text_selection::LabelSelectionState>().lock().has_selection()
}
