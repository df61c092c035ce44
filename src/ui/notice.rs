//! The strips under the top bar: how far a load is, and what there is to say in passing.

use super::{
    command::UiCommand,
    loader::{Running, input_name},
    theme::{Palette, STEP},
    widgets::link_ui,
    words,
};
use crate::{inspection::Input, jwt::keys::KeyFile};
use egui::{Align, Layout, ProgressBar, RichText, Ui, WidgetInfo, accesskit::Role};
use std::time::{Duration, Instant};

/// Something to say in passing.
#[derive(Clone, Debug)]
pub struct Notice {
    text: String,
    is_problem: bool,
    offers: Vec<(&'static str, UiCommand)>,
    /// When it goes away by itself.
    until: Option<Instant>,
}

/// How long a word in passing stays.
const PASSING: Duration = Duration::from_millis(2500);

impl Notice {
    /// Something went wrong.
    pub fn problem(text: String) -> Self {
        Self { text, is_problem: true, offers: Vec::new(), until: None }
    }

    /// Something was done.
    pub fn said(text: &str) -> Self {
        Self { text: text.to_owned(), is_problem: false, offers: Vec::new(), until: Some(Instant::now() + PASSING) }
    }

    /// Files joined what is open; perhaps that was not meant.
    pub fn added(inputs: Vec<Input>) -> Self {
        let text = match inputs.as_slice() {
            [one] => format!("{} joins what is open", input_name(one)),
            several => format!("{} files join what is open", several.len()),
        };
        let offer = if inputs.len() == 1 { "Open it alone" } else { "Open them alone" };
        Self { text, is_problem: false, offers: vec![(offer, UiCommand::Open { inputs, add: false })], until: None }
    }

    /// Files that may be shared secrets; only who gave them knows.
    pub fn secrets(inputs: Vec<Input>, keys: Vec<KeyFile>) -> Self {
        let text = match inputs.as_slice() {
            [one] => format!(
                "{} fits no format. Is it the shared secret that tokens are signed with (HS256)?",
                input_name(one)
            ),
            several => {
                format!("{} files fit no format. Are they secrets that tokens are signed with (HS256)?", several.len())
            }
        };
        let offers =
            vec![("Use as a secret", UiCommand::AddKeys(keys)), ("Open as a log", UiCommand::OpenAnyway(inputs))];
        Self { text, is_problem: false, offers, until: None }
    }
}

impl Notice {
    /// Whether it is a word in passing, which takes no room in the layout.
    pub fn is_passing(&self) -> bool {
        self.until.is_some()
    }
}

/// A word in passing, over the foot of the window, until its time is up.
pub fn toast_ui(ui: &Ui, notice: &Notice, commands: &mut Vec<UiCommand>) {
    let Some(left) = notice.until.map(|until| until.saturating_duration_since(Instant::now())) else { return };
    if left.is_zero() {
        commands.push(UiCommand::DismissNotice);
        return;
    }
    let palette = Palette::from_ui(ui);
    egui::Area::new(egui::Id::unique("toast"))
        .anchor(egui::Align2::CENTER_BOTTOM, [0.0, -24.0])
        .order(egui::Order::Foreground)
        .interactable(false)
        .show(ui.ctx(), |ui| {
            egui::Frame::popup(ui.style()).fill(palette.raised).inner_margin(egui::Margin::symmetric(14, 8)).show(
                ui,
                |ui| {
                    ui.label(&notice.text);
                },
            );
        });
    ui.request_repaint_after(left);
}

/// One notice, what can be done about it, and a way to be rid of it.
pub fn notice_ui(ui: &mut Ui, notice: &Notice, commands: &mut Vec<UiCommand>) {
    let palette = Palette::from_ui(ui);
    ui.horizontal_centered(|ui| {
        ui.add_space(STEP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(STEP);
            ui.spacing_mut().item_spacing.x = 4.0 * STEP;
            if link_ui(ui, "Dismiss").clicked() {
                commands.push(UiCommand::DismissNotice);
            }
            for (offer, command) in notice.offers.iter().rev() {
                if link_ui(ui, offer).clicked() {
                    commands.push(command.clone());
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let color = if notice.is_problem { palette.readable(palette.bad) } else { palette.text };
                ui.add(egui::Label::new(RichText::new(&notice.text).color(color)).truncate());
            });
        });
    });
}

/// How far the load is, and a way to stop it.
pub fn loading_ui(ui: &mut Ui, running: &Running, commands: &mut Vec<UiCommand>) {
    let palette = Palette::from_ui(ui);
    let (done, total) = running.progress.bytes();
    let what = match running.names.as_slice() {
        [one] => one.clone(),
        several => format!("{} files", several.len()),
    };
    ui.horizontal_centered(|ui| {
        ui.add_space(STEP);
        ui.label(RichText::new(format!("Reading {what}")));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(STEP);
            if ui.button("Cancel").clicked() {
                commands.push(UiCommand::CancelLoading);
            }
            let said = if total > 0 && done < total {
                format!("{} of {}", words::bytes_words(done), words::bytes_words(total))
            } else {
                "working out why sessions ended".to_owned()
            };
            ui.label(RichText::new(said).size(12.0).color(palette.dim));
            let bar = ProgressBar::new(running.progress.fraction()).desired_height(6.0).fill(palette.accent);
            let response = ui.add(bar);
            response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Reading"));
        });
    });
    // Only while something is being read; else the window sleeps until there is input.
    ui.request_repaint_after(Duration::from_millis(80));
}
