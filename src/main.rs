//! Starts Lapsed: the window, or the command line where it was asked for.

use lapsed::cli::{self, Next};
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Next::Exit(code) => code,
        Next::Window(inputs) => cli::without_window(inputs, "this build has none"),
    }
}
