//! What several tests need: samples by name, inspections, the program itself.

use lapsed::{
    inspection::{Input, Inspection, inspect},
    samples::SAMPLES,
    source::Progress,
};
use std::{path::PathBuf, process::Command};

/// 2026-11-24T00:00:00Z, after every sample was written.
pub const NOW: i64 = 1_795_478_400_000_000_000;

/// The bytes of a bundled sample file.
pub fn sample(name: &str) -> &'static [u8] {
    SAMPLES.iter().flat_map(|sample| sample.files).find(|(file, _)| *file == name).map(|(_, bytes)| *bytes).unwrap()
}

/// Inspects bytes under names.
pub fn inspect_bytes(files: Vec<(&str, Vec<u8>)>) -> Inspection {
    let inputs = files
        .into_iter()
        .map(|(name, bytes)| Input::Bytes { name: PathBuf::from(name), bytes: bytes.into() })
        .collect();
    inspect(inputs, NOW, &Progress::default()).unwrap()
}

/// Inspects bundled sample files, opened together.
pub fn inspect_samples(names: &[&str]) -> Inspection {
    inspect_bytes(names.iter().map(|&name| (name, sample(name).to_vec())).collect())
}

/// The program, without colour and without a display.
pub fn lapsed() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lapsed"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1");
    command
}
