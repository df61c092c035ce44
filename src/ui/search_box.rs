//! The one search box: words, structured terms that become chips, and what they could go on with.

use super::{
    command::UiCommand,
    state::ViewContext,
    theme::RADIUS,
    widgets::{TextLook, paint_line},
    words,
};
use crate::query::{Completion, Field, Finder, Term, complete};
use egui::{
    Align, Align2, Button, CornerRadius, Id, Key, Layout, Modifiers, Popup, PopupCloseBehavior, Rect, RichText, Sense,
    TextEdit, Ui, WidgetInfo, accesskit::Role, text::CCursor, text::CCursorRange, vec2,
};

/// The box, as wide as there is room.
pub fn search_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    let width = ui.available_width() - 8.0;
    if width < 90.0 {
        return;
    }
    // The layout runs from right to left here; the box takes a place of its own and runs from left to right inside.
    let (rect, _) = ui.allocate_exact_size(vec2(width, 30.0), Sense::hover());
    let field_id = Id::unique("search");
    let focused = ui.memory(|memory| memory.has_focus(field_id));
    let problems = ctx.looking.filter.problems();
    let color = match (problems.is_empty(), focused) {
        (false, _) => palette.bad,
        (true, true) => palette.accent,
        (true, false) => palette.line,
    };
    let stroke = egui::Stroke::new(1.0, color);
    ui.painter().rect(rect, RADIUS, palette.background, stroke, egui::StrokeKind::Inside);
    let inner =
        egui::UiBuilder::new().max_rect(rect.shrink2(vec2(9.0, 0.0))).layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(inner, |ui| {
        if width > 230.0 {
            count_ui(ui, ctx, width);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.set_clip_rect(ui.max_rect().intersect(ui.clip_rect()));
            chips_ui(ui, ctx, width, commands);
            field_ui(ui, ctx, field_id, &problems, commands);
        });
    });
}

/// `42 of 8 316 sessions`.
fn count_ui(ui: &mut Ui, ctx: &ViewContext<'_>, width: f32) {
    let (shown, all) = (ctx.opened.shown.len() as u64, ctx.opened.counts.sessions as u64);
    let said = format!("{} of {}", words::grouped(shown), words::counted(all as usize, "session"));
    let hint = if width > 420.0 { format!("{said}   Ctrl F") } else { said };
    let label = ui.label(RichText::new(hint).size(12.0).color(ctx.palette.dim));
    if !Finder::reads_bodies(ctx.inspection()) {
        label.on_hover_text(
            "Words are looked for in names, addresses and messages; these sources are too large for their every byte",
        );
    }
}

fn field_ui(ui: &mut Ui, ctx: &ViewContext<'_>, id: Id, problems: &[String], commands: &mut Vec<UiCommand>) {
    let searched = &ctx.looking.filter.text;
    let mut text = searched.clone();
    let focused = ui.memory(|memory| memory.has_focus(id));
    let ways = if focused { ways_on(ui, ctx, searched) } else { Vec::new() };
    let row_id = Id::unique("search row");
    let (mut row, of) = ui.data(|data| data.get_temp::<(Option<usize>, String)>(row_id)).unwrap_or_default();
    if of != *searched || !focused {
        row = None;
    }
    // Keys of the list are taken before the field can have them.
    let (mut taken, mut entered) = (None, false);
    if focused && !ways.is_empty() {
        ui.input_mut(|input| {
            if input.consume_key(Modifiers::NONE, Key::ArrowDown) {
                row = Some(row.map_or(0, |row| (row + 1).min(ways.len() - 1)));
            }
            if input.consume_key(Modifiers::NONE, Key::ArrowUp) {
                row = row.and_then(|row| row.checked_sub(1));
            }
            if !searched.is_empty() && input.consume_key(Modifiers::NONE, Key::Tab) {
                taken = ways.get(row.unwrap_or(0)).cloned();
            }
            if row.is_some() && input.consume_key(Modifiers::NONE, Key::Enter) {
                taken = row.and_then(|row| ways.get(row).cloned());
            }
        });
    }
    if focused && taken.is_none() {
        entered = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        // In front of everything, the key that takes a letter takes a chip.
        if searched.is_empty() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Backspace)) {
            commands.extend(ctx.looking.filter.terms.last().cloned().map(UiCommand::Toggle));
        }
    }
    let hint =
        if ctx.looking.filter.terms.is_empty() { "Search, or filter: cause: user: status: dur:>30m" } else { "" };
    let field = TextEdit::singleline(&mut text)
        .id(id)
        .hint_text(RichText::new(hint).color(ctx.palette.dim))
        .frame(egui::Frame::NONE)
        .margin(egui::Margin::symmetric(0, 5))
        .align(Align2::LEFT_CENTER)
        .lock_focus(!searched.is_empty() && !ways.is_empty())
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    response.widget_info(|| {
        let mut info = WidgetInfo::text_edit(true, searched, searched, "");
        info.label = Some("Search sessions".to_owned());
        info
    });
    if ctx.looking.focus_search {
        response.request_focus();
    }
    if focused && (!ways.is_empty() || !problems.is_empty()) {
        let clicked = ways_ui(ctx, &response, &ways, row, problems);
        taken = taken.or(clicked);
    }
    ui.data_mut(|data| data.insert_temp(row_id, (row, searched.clone())));
    let escaped = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
    if let Some(way) = taken {
        commands.push(UiCommand::Search(way.text.clone()));
        if way.whole {
            commands.push(UiCommand::Commit);
        }
        put_cursor_at_end(ui, id, &way.text);
        response.request_focus();
    } else if escaped {
        commands.push(UiCommand::Search(String::new()));
    } else if response.changed() {
        let done = text.ends_with(' ') && !text.trim().is_empty() && !text.contains('"');
        commands.push(UiCommand::Search(text));
        if done {
            commands.push(UiCommand::Commit);
        }
    } else if entered {
        commands.push(UiCommand::Commit);
    }
}

/// The ways on from a text, worked out when it changes: a large input has many users to count.
fn ways_on(ui: &Ui, ctx: &ViewContext<'_>, text: &str) -> Vec<Completion> {
    let id = Id::unique("search ways on");
    let key = (text.to_owned(), ctx.inspection().sessions.len());
    let known = ui.data(|data| data.get_temp::<((String, usize), Vec<Completion>)>(id));
    if let Some((_, ways)) = known.filter(|(of, _)| *of == key) {
        return ways;
    }
    let ways = complete(text, ctx.inspection());
    ui.data_mut(|data| data.insert_temp(id, (key, ways.clone())));
    ways
}

fn put_cursor_at_end(ui: &Ui, id: Id, text: &str) {
    if let Some(mut state) = egui::text_edit::TextEditState::load(ui.ctx(), id) {
        let end = CCursor::new(text.chars().count());
        state.cursor.set_char_range(Some(CCursorRange::one(end)));
        state.store(ui.ctx(), id);
    }
}

/// The ways on, under the box. The one that was clicked.
fn ways_ui(
    ctx: &ViewContext<'_>,
    field: &egui::Response,
    ways: &[Completion],
    row: Option<usize>,
    problems: &[String],
) -> Option<Completion> {
    const ROW: f32 = 24.0;
    let palette = ctx.palette;
    // Its edge stands under that of the box, whose text stands further in.
    let edge = Rect::from_min_max(field.rect.min - vec2(9.0, 0.0), field.rect.max);
    let popup = Popup::from_response(field)
        .anchor(edge)
        .open(true)
        .close_behavior(PopupCloseBehavior::IgnoreClicks)
        .width(360.0)
        .gap(6.0)
        .id(Id::unique("search ways"));
    let shown = popup.show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for problem in problems {
            ui.label(RichText::new(problem).size(12.0).color(palette.readable(palette.bad)));
        }
        let mut clicked = None;
        for (index, way) in ways.iter().enumerate() {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width().max(340.0), ROW), Sense::CLICK);
            let chosen = row == Some(index);
            response
                .widget_info(|| WidgetInfo::selected(Role::MenuItem, true, chosen, format!("Complete {}", way.offer)));
            if chosen || response.hovered() {
                let fill = if chosen { palette.selection } else { palette.raised };
                ui.painter().rect_filled(rect, CornerRadius::same(4), fill);
            }
            let at = rect.left_center() + vec2(8.0, 0.0);
            let runs = [(way.offer.as_str(), TextLook::body(palette.text))];
            paint_line(ui, at, Align2::LEFT_CENTER, &runs, rect.width() - 150.0);
            let right = rect.right_center() - vec2(8.0, 0.0);
            paint_line(ui, right, Align2::RIGHT_CENTER, &[(&way.about, TextLook::small(palette.dim))], 180.0);
            // A press takes the keyboard from the field, and the list with it; so the press itself counts.
            if response.is_pointer_button_down_on() || response.clicked() {
                clicked = Some(way.clone());
            }
        }
        if !ways.is_empty() {
            let hint = "↓ ↑ choose · Tab takes it · Enter makes chips";
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width().max(340.0), ROW), Sense::hover());
            let at = rect.left_center() + vec2(8.0, 0.0);
            paint_line(ui, at, Align2::LEFT_CENTER, &[(hint, TextLook::small(palette.dim))], rect.width());
        }
        clicked
    });
    shown.and_then(|shown| shown.inner)
}

/// The filters that are on, each to be taken away by a click.
fn chips_ui(ui: &mut Ui, ctx: &ViewContext<'_>, width: f32, commands: &mut Vec<UiCommand>) {
    let terms = &ctx.looking.filter.terms;
    let room = ((width - 240.0) / 120.0).clamp(1.0, 12.0) as usize;
    for term in terms.iter().take(room) {
        let text = term_words(term);
        let button =
            Button::new(RichText::new(format!("{text}  ×")).size(12.0)).corner_radius(11).min_size(vec2(0.0, 20.0));
        let response = ui.add(button).on_hover_text(format!("{term}: click to show the others again"));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Remove filter {text}")));
        if response.clicked() {
            commands.push(UiCommand::Toggle(term.clone()));
        }
    }
    if terms.len() > room {
        let rest: Vec<String> = terms.iter().skip(room).map(ToString::to_string).collect();
        ui.label(RichText::new(format!("+{}", rest.len())).size(12.0)).on_hover_text(rest.join("\n"));
    }
}

/// A term as a chip says it: as it is typed, or the one word that says as much.
fn term_words(term: &Term) -> String {
    match (term.field, term.value.as_str(), term.negated) {
        (Field::Unusual, "yes", false) => "unusual".to_owned(),
        (Field::Incident, "yes", false) => "in an incident".to_owned(),
        (Field::Marked, "yes", false) => "marked".to_owned(),
        (Field::Sanitized, "yes", false) => "sanitized".to_owned(),
        (Field::State | Field::Usual, value, false) => value.to_owned(),
        _ => term.to_string(),
    }
}
