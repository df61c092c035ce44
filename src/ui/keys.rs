//! Keys into commands, by the list of actions. Letters are keys only while no text field has the keyboard.

use super::{
    action::{ACTIONS, Chord},
    command::UiCommand,
    state::{Looking, Opened},
};
use egui::{Id, Key, Modifiers, Ui};

/// The fields in which letters are text.
const TEXT_FIELDS: [&str; 7] = ["search", "path", "palette", "record search", "note", "range", "zone search"];

/// What the keys pressed in this frame ask for.
pub fn commands_from_keys(ui: &Ui, looking: &Looking, opened: Option<&Opened>, commands: &mut Vec<UiCommand>) {
    let typing = ui.egui_wants_keyboard_input() && has_text_focus(ui);
    let in_front = looking.dialog.is_some();
    for action in ACTIONS.iter().filter(|action| action.is_there(opened, looking)) {
        let pressed = action.chords.iter().any(|&chord| match chord {
            Chord::Press(modifiers, key) if modifiers.command || modifiers.alt => {
                // Ctrl+O would match with Shift down, too.
                let exact = ui.input(|input| input.modifiers.shift == modifiers.shift);
                !in_front && exact && ui.input_mut(|input| input.consume_key(modifiers, key))
            }
            Chord::Press(modifiers, key) => !typing && !in_front && is_pressed(ui, modifiers, key),
            Chord::Typed(wanted) => !typing && !in_front && is_typed(ui, wanted),
            Chord::Roaming(key) => !typing && !in_front && is_pressed(ui, Modifiers::NONE, key) && !is_kept(ui),
        });
        if pressed {
            commands.push((action.wish)(looking));
        }
    }
    if typing {
        return;
    }
    if ui.input(|input| input.key_pressed(Key::Escape)) && !in_front {
        commands.push(UiCommand::StepBack);
    }
    if in_front {
        return;
    }
    let heard = |wanted: fn(&egui::Event) -> bool| ui.input(|input| input.events.iter().any(wanted));
    if opened.is_some() && heard(|event| matches!(event, egui::Event::Copy)) && !has_selected_text(ui) {
        commands.push(UiCommand::CopyRecord);
    }
    let pasted = ui.input(|input| {
        input.events.iter().find_map(|event| match event {
            egui::Event::Paste(text) => Some(text.clone()),
            _ => None,
        })
    });
    commands.extend(pasted.map(UiCommand::Pasted));
}

fn is_pressed(ui: &Ui, modifiers: Modifiers, key: Key) -> bool {
    ui.input(|input| input.modifiers == modifiers && input.key_pressed(key))
}

fn is_typed(ui: &Ui, wanted: &str) -> bool {
    ui.input(|input| {
        !input.modifiers.command
            && input.events.iter().any(|event| matches!(event, egui::Event::Text(text) if text == wanted))
    })
}

/// Whether the widget that has the keyboard keeps this key to itself: arrows go from button to button, space and enter
/// press them.
fn is_kept(ui: &Ui) -> bool {
    let ours = [Id::unique("session list"), Id::unique("timeline"), Id::unique("ruler")];
    match ui.memory(egui::Memory::focused) {
        Some(focused) if ours.contains(&focused) => false,
        Some(_) => true,
        None => false,
    }
}

fn has_text_focus(ui: &Ui) -> bool {
    ui.memory(egui::Memory::focused)
        .is_some_and(|focused| TEXT_FIELDS.iter().any(|&field| Id::unique(field) == focused))
}

/// Whether a label's text is selected, which Ctrl+C then means.
fn has_selected_text(ui: &Ui) -> bool {
    ui.plugin::<egui::text_selection::LabelSelectionState>().lock().has_selection()
}
