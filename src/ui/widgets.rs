//! Small pieces that every view is made of.

use super::command::UiCommand;
use super::theme::{BODY, Palette, RADIUS, SEMIBOLD, SMALL, STEP};
use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, PointerButton, Pos2, Rect, Response, RichText, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo,
    accesskit::Role,
    text::{LayoutJob, TextFormat, TextWrapping},
    text_selection::LabelSelectionState,
    vec2,
};
use std::sync::Arc;

/// How a run of text looks.
#[derive(Clone, Copy, Debug)]
pub struct TextLook {
    /// Size in points.
    pub size: f32,
    /// Colour.
    pub color: Color32,
    /// Whether it is semibold.
    pub strong: bool,
}

impl TextLook {
    /// Body text.
    pub fn body(color: Color32) -> Self {
        Self { size: BODY, color, strong: false }
    }

    /// Small text.
    pub fn small(color: Color32) -> Self {
        Self { size: SMALL, color, strong: false }
    }

    /// The same in semibold.
    #[must_use]
    pub fn strong(self) -> Self {
        Self { strong: true, ..self }
    }

    /// The same for a layout.
    pub fn format(self) -> TextFormat {
        let mut format = TextFormat::simple(FontId::proportional(self.size), self.color);
        if self.strong {
            format.coords.push(b"wght", SEMIBOLD);
        }
        format
    }
}

/// Lays out one line of runs, cut with an ellipsis at `max_width`.
pub fn line_galley(ui: &Ui, runs: &[(&str, TextLook)], max_width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    for (text, look) in runs {
        job.append(text, 0.0, look.format());
    }
    job.wrap = TextWrapping::truncate_at_width(max_width.max(0.0));
    job.break_on_newline = false;
    ui.painter().layout_job(job)
}

/// Paints one line of runs and returns where it stands.
pub fn paint_line(ui: &Ui, at: Pos2, anchor: Align2, runs: &[(&str, TextLook)], max_width: f32) -> Rect {
    let galley = line_galley(ui, runs, max_width);
    let rect = anchor.anchor_size(at, galley.size());
    let color = runs.first().map_or(Color32::PLACEHOLDER, |(_, look)| look.color);
    ui.painter().galley(rect.min, galley, color);
    rect
}

/// A section's head.
pub fn section_ui(ui: &mut Ui, text: &str) {
    let palette = Palette::from_ui(ui);
    ui.add_space(2.0 * STEP);
    ui.label(RichText::new(text).size(SMALL).variation(b"wght", SEMIBOLD).color(palette.dim));
}

/// A line across, one point high.
pub fn hairline_ui(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::ZERO, Palette::from_ui(ui).line);
}

/// A chip that is pressed or not: a number and a word.
pub fn count_chip_ui(ui: &mut Ui, count: &str, noun: &str, pressed: bool, color: Option<Color32>) -> Response {
    let palette = Palette::from_ui(ui);
    let galley = line_galley(
        ui,
        &[
            (count, TextLook::body(palette.text).strong()),
            (" ", TextLook::body(palette.text)),
            (noun, TextLook { size: 12.0, color: palette.text, strong: false }),
        ],
        f32::INFINITY,
    );
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(18.0, 11.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, pressed, format!("{count} {noun}")));
    let fill = match (pressed, response.hovered()) {
        (true, _) => palette.selection,
        (false, true) => palette.hover,
        (false, false) => palette.raised,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(RADIUS), fill);
    let outline = if pressed { Some(palette.accent) } else { color };
    if let Some(color) = outline {
        ui.painter().rect_stroke(rect, CornerRadius::same(RADIUS), Stroke::new(1.0, color), StrokeKind::Inside);
    }
    focus_ring(ui, &response, rect);
    ui.painter().galley(rect.min + vec2(9.0, 5.5), galley, palette.text);
    response
}

/// A small word in an outline, which says something and does nothing.
pub fn tag_ui(ui: &mut Ui, text: &str, color: Color32) -> Response {
    let galley = line_galley(ui, &[(text, TextLook::small(color))], f32::INFINITY);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(12.0, 5.0), selecting());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().rect_stroke(
        rect,
        CornerRadius::same(4),
        Stroke::new(1.0, color.gamma_multiply(0.7)),
        StrokeKind::Inside,
    );
    selectable_galley(ui, &response, rect.min + vec2(6.0, 2.5), galley, color);
    response
}

/// A button without a frame, for what is done rarely.
pub fn link_ui(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::from_ui(ui);
    ui.add(egui::Button::new(RichText::new(text).color(palette.readable(palette.accent))).frame(false))
}

/// The one button of a view that stands out.
pub fn primary_button_ui(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::from_ui(ui);
    let label = RichText::new(text).variation(b"wght", SEMIBOLD).color(palette.on_accent);
    ui.add(egui::Button::new(label).fill(palette.accent))
}

/// A bar that is filled to a share.
pub fn share_bar_ui(ui: &mut Ui, width: f32, share: f32, color: Color32, name: &str) -> Response {
    let palette = Palette::from_ui(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
    ui.painter().rect_filled(rect, CornerRadius::same(3), palette.raised);
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), rect.height()));
    ui.painter().rect_filled(filled, CornerRadius::same(3), color);
    response
}

/// Paints a text that the pointer can select as it can a label's, inside of a widget that senses clicks and drags. A click
/// stays a click.
pub fn selectable_galley(ui: &Ui, response: &Response, at: Pos2, galley: Arc<Galley>, color: Color32) {
    LabelSelectionState::label_text_selection(ui, response, at, galley, color, Stroke::NONE);
}

/// What a widget senses that does nothing but let its text be selected. The Tab key passes it by.
pub fn selecting() -> Sense {
    Sense::click_and_drag() - Sense::FOCUSABLE
}

/// A click puts a caret into a text, which selects nothing: it is taken out again, so that Ctrl+C still copies the record.
pub fn forget_caret(ui: &Ui) {
    let is_click = ui.input(|input| {
        let pointer = &input.pointer;
        let primary = PointerButton::Primary;
        let is_one = !pointer.button_double_clicked(primary) && !pointer.button_triple_clicked(primary);
        pointer.primary_clicked() && is_one && !input.modifiers.shift
    });
    if is_click {
        ui.plugin::<LabelSelectionState>().lock().clear_selection();
    }
}

/// A menu to copy a painted text by, where it can't be selected as a label can, or only in part.
pub fn copy_menu(response: &Response, text: &str, commands: &mut Vec<UiCommand>) {
    response.context_menu(|ui| {
        if ui.button("Copy text").clicked() {
            commands.push(UiCommand::CopyText(text.to_owned()));
        }
    });
}

/// Shows where the keyboard is.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(2.0, Palette::from_ui(ui).accent);
        ui.painter().rect_stroke(rect, CornerRadius::same(RADIUS), stroke, StrokeKind::Inside);
    }
}
