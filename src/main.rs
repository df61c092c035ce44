//! Starts Lapsed: the window, or the command line where it was asked for.

use lapsed::cli::{self, Next};
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Next::Exit(code) => code,
        Next::Window(inputs) => window(inputs),
    }
}

#[cfg(feature = "gui")]
fn window(inputs: Vec<lapsed::inspection::Input>) -> ExitCode {
    let opened = inputs.clone();
    // Where a library of the display is missing, the toolkit panics instead of saying so.
    match std::panic::catch_unwind(|| lapsed::ui::run(opened)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => cli::without_window(inputs, &lapsed::ui::reason(&error)),
        Err(_) => cli::without_window(inputs, "it could not be opened, or stopped, with the error above"),
    }
}

#[cfg(not(feature = "gui"))]
fn window(inputs: Vec<lapsed::inspection::Input>) -> ExitCode {
    cli::without_window(inputs, "this build has none")
}
