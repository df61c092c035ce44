//! The command palette: every action, found by a few of its letters.

use super::{
    action::{ACTIONS, Action, Group, fit},
    command::UiCommand,
    state::{Looking, Opened},
    theme::{Palette, SMALL, STEP},
    widgets::{TextLook, paint_line},
};
use egui::{
    Align2, CornerRadius, Id, Key, Modifiers, RichText, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, accesskit::Role,
    vec2,
};

/// What is typed in the palette, and which row is chosen.
#[derive(Debug, Default)]
pub struct PaletteBox {
    text: String,
    row: usize,
}

impl PaletteBox {
    /// The actions that fit what is typed, best first.
    fn found(&self, opened: Option<&Opened>, looking: &Looking) -> Vec<&'static Action> {
        let there = ACTIONS.iter().filter(|action| action.is_there(opened, looking));
        let mut found: Vec<(u32, usize, &Action)> = there
            .enumerate()
            .filter_map(|(index, action)| Some((fit(&self.text, action.title)?, index, action)))
            .collect();
        if !self.text.trim().is_empty() {
            found.sort_by_key(|&(cost, index, _)| (cost, index));
        }
        found.into_iter().map(|(_, _, action)| action).collect()
    }
}

/// The box and its rows.
pub fn palette_ui(
    ui: &mut Ui,
    opened: Option<&Opened>,
    looking: &Looking,
    state: &mut PaletteBox,
    commands: &mut Vec<UiCommand>,
) {
    const ROW: f32 = 28.0;
    let palette = Palette::from_ui(ui);
    ui.set_width((ui.content_rect().width() - 80.0).min(560.0));
    let (down, up) = ui.input_mut(|input| {
        (input.consume_key(Modifiers::NONE, Key::ArrowDown), input.consume_key(Modifiers::NONE, Key::ArrowUp))
    });
    let field = TextEdit::singleline(&mut state.text)
        .id(Id::unique("palette"))
        .hint_text(RichText::new("Type a few letters of a command").color(palette.dim))
        .desired_width(f32::INFINITY);
    let typed = ui.add(field);
    typed.widget_info(|| {
        let mut info = WidgetInfo::text_edit(true, &state.text, &state.text, "");
        info.label = Some("Find a command".to_owned());
        info
    });
    let entered = typed.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if !entered && !typed.has_focus() {
        typed.request_focus();
    }
    if typed.changed() {
        state.row = 0;
    }
    let found = state.found(opened, looking);
    let last = found.len().saturating_sub(1);
    state.row = if up { state.row.saturating_sub(1) } else { state.row + usize::from(down) }.min(last);
    let mut chosen = found.get(state.row).filter(|_| entered).copied();
    ui.add_space(STEP);
    if found.is_empty() {
        ui.label(RichText::new("No command has these letters in this order").color(palette.dim));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = (ui.content_rect().height() - 200.0).clamp(120.0, 12.0 * ROW);
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
        for (index, action) in found.iter().enumerate() {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
            let is_chosen = index == state.row;
            response.widget_info(|| WidgetInfo::selected(Role::MenuItem, true, is_chosen, action.title));
            if is_chosen || response.hovered() {
                let fill = if is_chosen { palette.selection } else { palette.raised };
                ui.painter().rect_filled(rect, CornerRadius::same(4), fill);
            }
            if is_chosen && (up || down) {
                ui.scroll_to_rect(rect, None);
            }
            let looks = (TextLook::body(palette.text), TextLook::small(palette.dim));
            let at = rect.left_center() + vec2(8.0, 0.0);
            let runs = [(action.title, looks.0), ("   ", looks.1), (action.group.label(), looks.1)];
            paint_line(ui, at, Align2::LEFT_CENTER, &runs, rect.width() - 130.0);
            let right = rect.right_center() - vec2(8.0, 0.0);
            paint_line(ui, right, Align2::RIGHT_CENTER, &[(action.keys, TextLook::small(palette.dim))], 120.0);
            if response.clicked() {
                chosen = Some(action);
            }
        }
    });
    if let Some(action) = chosen {
        *state = PaletteBox::default();
        commands.push(UiCommand::HideDialog);
        commands.push((action.wish)(looking));
    }
}

/// The menu: every action in its part.
pub fn menu_ui(ui: &mut Ui, opened: Option<&Opened>, looking: &Looking, commands: &mut Vec<UiCommand>) {
    for group in Group::ALL {
        ui.menu_button(group.label(), |ui| {
            ui.set_min_width(280.0);
            for action in ACTIONS.iter().filter(|action| action.group == group) {
                let there = action.is_there(opened, looking);
                let button = egui::Button::new(action.title)
                    .shortcut_text(RichText::new(action.keys).size(SMALL))
                    .wrap_mode(egui::TextWrapMode::Extend);
                if ui.add_enabled(there, button).clicked() {
                    commands.push((action.wish)(looking));
                    ui.close();
                }
            }
        });
    }
}
