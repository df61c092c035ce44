//! What there is to see with nothing open: samples of one click each, and every other way in.

use super::{
    command::{Dialog, UiCommand},
    settings::Settings,
    source_reading::reading_ui,
    state::Opened,
    theme::{Palette, SENTENCE, SMALL, STEP, strong},
    top_bar::summary,
    widgets::{TextLook, focus_ring, line_galley, link_ui, primary_button_ui, section_ui},
    words,
};
use crate::{
    inspection::Input,
    model::Declined,
    samples::{SAMPLES, Sample},
};
use egui::{
    Button, CornerRadius, FontId, Label, Rect, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, accesskit::Role, text::LayoutJob, vec2,
};

/// The whole middle with nothing open, or with nothing in what was opened.
pub fn gallery_ui(
    ui: &mut Ui,
    opened: Option<&Opened>,
    asking: bool,
    settings: &Settings,
    commands: &mut Vec<UiCommand>,
) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let width = (ui.available_width() - 48.0).min(960.0);
        let left = ((ui.available_width() - width) / 2.0).max(0.0);
        let rect = Rect::from_min_size(ui.cursor().min + vec2(left, 0.0), vec2(width, f32::INFINITY));
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            ui.set_width(width);
            ui.add_space(11.0 * STEP);
            match opened {
                Some(opened) => nothing_found_ui(ui, opened, commands),
                None => welcome_ui(ui),
            }
            ui.add_space(3.0 * STEP);
            ways_in_ui(ui, asking, commands);
            recent_ui(ui, settings, commands);
            ui.add_space(4.0 * STEP);
            samples_ui(ui, commands);
            ui.add_space(6.0 * STEP);
        });
    });
}

fn welcome_ui(ui: &mut Ui) {
    let palette = Palette::from_ui(ui);
    ui.label(strong("See why a session ended").size(26.0));
    let text = "Open an authentication log, a HAR capture, or both together. Nothing leaves this computer.";
    ui.label(RichText::new(text).color(palette.dim));
}

/// What became of each source, where no session was in any of them.
fn nothing_found_ui(ui: &mut Ui, opened: &Opened, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 8;
    let palette = Palette::from_ui(ui);
    let sources = &opened.inspection.sources;
    let all_failed = !sources.is_empty() && sources.iter().all(|source| source.format.is_none());
    let head = match (all_failed, sources.len()) {
        (true, 1) => "This file could not be read",
        (true, _) => "None of these files could be read",
        (false, _) => "No session was found",
    };
    ui.label(strong(head).size(26.0));
    ui.add_space(STEP);
    for source in sources.iter().take(MOST) {
        ui.label(strong(source.path.display().to_string()));
        let said = words::sentence(&summary(source));
        let color = if source.format.is_none() { palette.readable(palette.bad) } else { palette.dim };
        ui.add(Label::new(RichText::new(said).color(color)).wrap());
        tried_ui(ui, &source.tried);
        ui.push_id(&source.path, |ui| reading_ui(ui, source, commands));
        for limit in &source.limits {
            ui.add(Label::new(RichText::new(limit).color(palette.dim)).wrap());
        }
        ui.add_space(STEP);
    }
    if !all_failed {
        let about = "No record shows anyone sign in, nor a session that is used and then refused. What helps is a capture that begins \
                     before the sign-in and ends after the error. Chrome leaves cookies and Authorization out of a HAR unless it \
                     is exported with sensitive data.";
        ui.add(Label::new(about).wrap());
    }
    if (sources.len() > MOST || sources.iter().any(|source| source.warnings.len() > 1 || source.unreadable > 0))
        && link_ui(ui, "What was read").clicked()
    {
        commands.push(UiCommand::ShowDialog(Dialog::Sources));
    }
}

/// Each format that was tried, and why the source is none of that: for who knows that it is.
pub fn tried_ui(ui: &mut Ui, tried: &[Declined]) {
    if tried.is_empty() {
        return;
    }
    let palette = Palette::from_ui(ui);
    let about = "Lapsed reads HAR captures, the request logs of web servers, proxies and apps, and the logs of sign-in services, \
                 databases, VPN gateways and mail servers.";
    ui.add(Label::new(RichText::new(about).color(palette.dim)).wrap());
    let head = RichText::new("What was tried").color(palette.readable(palette.accent));
    egui::CollapsingHeader::new(head).id_salt(("tried", ui.next_auto_id())).show(ui, |ui| {
        egui::Grid::new("tried").num_columns(2).min_row_height(0.0).spacing(vec2(16.0, 3.0)).show(ui, |ui| {
            for declined in tried {
                ui.label(declined.title);
                ui.add(Label::new(RichText::new(&declined.why).color(palette.dim)).wrap());
                ui.end_row();
            }
        });
    });
}

fn ways_in_ui(ui: &mut Ui, asking: bool, commands: &mut Vec<UiCommand>) {
    let palette = Palette::from_ui(ui);
    ui.horizontal_wrapped(|ui| {
        if asking {
            ui.label(RichText::new("Waiting for the desktop's file dialog").color(palette.dim));
            if ui.button("Stop waiting").clicked() {
                commands.push(UiCommand::StopAsking);
            }
        } else if primary_button_ui(ui, "Open files…").clicked() {
            commands.push(UiCommand::AskForFiles { add: false });
        }
        if ui.add(Button::new("Open a path…")).clicked() {
            commands.push(UiCommand::ShowDialog(Dialog::PathBox { add: false }));
        }
        if ui.add(Button::new("Paste")).on_hover_text("A log or a capture that was copied elsewhere (Ctrl+V)").clicked()
        {
            commands.push(UiCommand::AskForPaste);
        }
        ui.label(RichText::new("or drop files or folders anywhere on this window").color(palette.dim));
    });
}

/// The files that were open last.
fn recent_ui(ui: &mut Ui, settings: &Settings, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 5;
    let palette = Palette::from_ui(ui);
    if settings.recent.is_empty() {
        return;
    }
    ui.add_space(2.0 * STEP);
    section_ui(ui, "Recent");
    for path in settings.recent.iter().take(MOST) {
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let folder = path.parent().map_or_else(String::new, |folder| folder.display().to_string());
        ui.horizontal(|ui| {
            if link_ui(ui, &name).on_hover_text(path.display().to_string()).clicked() {
                commands.push(UiCommand::Open { inputs: vec![Input::Path(path.clone())], add: false });
            }
            ui.add(Label::new(RichText::new(folder).size(12.0).color(palette.dim)).truncate());
        });
    }
}

/// The samples as cards, as many in a row as there is room for.
pub fn samples_ui(ui: &mut Ui, commands: &mut Vec<UiCommand>) {
    const GAP: f32 = 12.0;
    if SAMPLES.is_empty() {
        return;
    }
    section_ui(ui, "Samples: real captures, one click each");
    ui.add_space(STEP);
    let width = ui.available_width();
    let columns = ((width + GAP) / (250.0 + GAP)).floor().max(1.0);
    let size = vec2((width - GAP * (columns - 1.0)) / columns, 116.0);
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    let columns = columns as usize;
    for (row, samples) in SAMPLES.chunks(columns).enumerate() {
        ui.horizontal(|ui| {
            for (column, sample) in samples.iter().enumerate() {
                if card_ui(ui, sample, size) {
                    commands.push(UiCommand::OpenSample(row * columns + column));
                }
            }
        });
    }
}

fn card_ui(ui: &mut Ui, sample: &Sample, size: egui::Vec2) -> bool {
    let palette = Palette::from_ui(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, sample.title));
    let hot = response.hovered();
    ui.painter().rect_filled(rect, CornerRadius::same(8), if hot { palette.raised } else { palette.panel });
    let stroke = Stroke::new(1.0, if hot { palette.accent } else { palette.line });
    ui.painter().rect_stroke(rect, CornerRadius::same(8), stroke, StrokeKind::Inside);
    focus_ring(ui, &response, rect);
    let inner = rect.shrink2(vec2(14.0, 12.0));
    let title =
        line_galley(ui, &[(sample.title, TextLook { size: 14.0, color: palette.text, strong: true })], inner.width());
    ui.painter().galley(inner.min, title, palette.text);
    let mut job = LayoutJob::simple(sample.shows.to_owned(), FontId::proportional(12.5), palette.dim, inner.width());
    job.wrap.max_rows = 3;
    let shows = ui.painter().layout_job(job);
    ui.painter().galley(inner.min + vec2(0.0, 22.0), shows, palette.dim);
    let names: Vec<&str> = sample.files.iter().map(|(name, _)| name.rsplit('/').next().unwrap_or(name)).collect();
    let files = line_galley(
        ui,
        &[(&names.join(" + "), TextLook { size: SMALL, color: palette.dim, strong: false })],
        inner.width(),
    );
    let at = inner.left_bottom() - vec2(0.0, files.size().y);
    ui.painter().galley(at, files, palette.dim);
    let response = if names.len() > 1 { response.on_hover_text(names.join("\n")) } else { response };
    response.clicked()
}

/// What is said while files are dragged over the window.
pub fn drop_overlay_ui(ui: &Ui, count: usize, adds: bool) {
    let palette = Palette::from_ui(ui);
    let screen = ui.content_rect();
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop overlay"));
    let painter = ui.layer_painter(layer);
    painter.rect_filled(screen, 0, palette.background.gamma_multiply(0.88));
    painter.rect_stroke(
        screen.shrink(16.0),
        CornerRadius::same(12),
        Stroke::new(2.0, palette.accent),
        StrokeKind::Inside,
    );
    let what = if count == 1 { "the file".to_owned() } else { format!("{count} files") };
    let text = if adds { format!("Drop to add {what} to what is open") } else { format!("Drop to open {what}") };
    let galley =
        line_galley(ui, &[(&text, TextLook { size: SENTENCE, color: palette.text, strong: true })], screen.width());
    painter.galley(screen.center() - galley.size() / 2.0, galley, palette.text);
}
