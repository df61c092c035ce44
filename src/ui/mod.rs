//! The window. It reads an [`Inspection`](crate::inspection::Inspection) and computes no verdict of its own.
//!
//! Each view is a function `<name>_ui(ui, ctx, commands)`: it reads through [`state::ViewContext`], paints, and pushes
//! [`command::UiCommand`]s, which [`app::LapsedApp`] alone applies. Colours stand in [`theme`] and nowhere else.

pub mod action;
pub mod app;
mod apply;
pub mod clock;
mod clock_foot;
mod clock_plot;
pub mod command;
mod compare_lanes;
mod compare_view;
mod details;
mod dialogs;
mod events_pane;
mod explain;
mod file_dialog;
pub mod filter;
mod folder_list;
mod gallery;
mod help;
mod keep;
mod keys;
mod keys_given;
mod lane_hover;
mod lane_paint;
mod lane_validity;
mod legend;
mod limits_view;
mod live;
mod loader;
pub mod marks;
mod motion;
mod notice;
mod overview;
mod palette;
pub mod play;
mod raw_record;
pub mod reader;
mod record_line;
mod ruler;
mod search_box;
mod session_list;
mod session_menu;
pub mod settings;
mod small_dialogs;
mod source_reading;
pub mod state;
mod summary;
pub mod theme;
mod timeline_view;
mod token_chain;
mod token_pane;
mod top_bar;
pub mod trail;
pub mod view_file;
mod widgets;
mod words;

pub use app::LapsedApp;

use crate::inspection::{Input, Options};

/// Why there is no window, in a few words for the terminal.
pub fn reason(error: &eframe::Error) -> String {
    match error {
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => "no display answers".to_owned(),
        other => other.to_string(),
    }
}

/// Opens the window and stays until it is closed.
pub fn run(inputs: Vec<Input>, read: Options) -> Result<(), eframe::Error> {
    let settings = settings::Settings::load();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_app_id("lapsed")
            .with_title("Lapsed")
            .with_inner_size(settings.window.unwrap_or([1440.0, 900.0]))
            .with_min_inner_size([640.0, 420.0])
            .with_drag_and_drop(true),
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "Lapsed",
        options,
        Box::new(|cc| Ok(Box::new(LapsedApp::remembering(&cc.egui_ctx, settings, inputs, read)))),
    )
}
