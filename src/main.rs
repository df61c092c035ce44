//! Starts Lapsed: the window, or the command line where it was asked for.

use lapsed::{
    cli::{self, Next},
    inspection::{Input, Options},
};
#[cfg(feature = "gui")]
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Next::Exit(code) => code,
        Next::Window(inputs, options) => window(inputs, options),
    }
}

#[cfg(feature = "gui")]
fn window(inputs: Vec<Input>, options: Options) -> ExitCode {
    let (opened, read) = (inputs.clone(), options.clone());
    // Where a library of the display is missing, the toolkit panics instead of saying so. What was moved in is gone with it.
    match std::panic::catch_unwind(AssertUnwindSafe(|| lapsed::ui::run(opened, read))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => cli::without_window(inputs, options, &lapsed::ui::reason(&error)),
        Err(_) => cli::without_window(inputs, options, "it could not be opened, or stopped, with the error above"),
    }
}

#[cfg(not(feature = "gui"))]
fn window(inputs: Vec<Input>, options: Options) -> ExitCode {
    cli::without_window(inputs, options, "this build has none")
}
