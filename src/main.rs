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
    match lapsed::ui::run(inputs.clone()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::without_window(inputs, &lapsed::ui::reason(&error)),
    }
}

#[cfg(not(feature = "gui"))]
fn window(inputs: Vec<lapsed::inspection::Input>) -> ExitCode {
    cli::without_window(inputs, "this build has none")
}
