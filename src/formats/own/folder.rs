//! Format files in the settings folder.

use super::{Fault, read};
use crate::formats::Chosen;
use etcetera::BaseStrategy as _;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// No format file is larger.
const LARGEST: u64 = 1 << 20;

/// Where format files are looked for; `None` where this system names no such place.
pub fn settings_folder() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.config_dir().join("lapsed").join("formats"))
}

/// The formats that the files of a folder describe, in order of their names, and what is wrong with those that can't be
/// used. A folder that is not there holds none.
pub fn of_folder(folder: &Path) -> (Vec<Chosen>, Vec<(PathBuf, Fault)>) {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml" || extension == "json"))
        .collect();
    files.sort();
    let (mut formats, mut faults) = (Vec::new(), Vec::new());
    for path in files {
        match of_file(&path) {
            Ok(found) => formats.extend(found),
            Err(fault) => faults.push((path, fault)),
        }
    }
    (formats, faults)
}

/// The formats that a file describes.
pub fn of_file(path: &Path) -> Result<Vec<Chosen>, Fault> {
    let remedy = "check the path, or see docs/own-formats.md for what such a file holds";
    let found = |error: std::io::Error| Fault::whole("a format file", &error.to_string(), remedy);
    if fs::metadata(path).map_err(found)?.len() > LARGEST {
        return Err(Fault::whole("a format file of at most 1 MiB", "a larger one", remedy));
    }
    let text = fs::read_to_string(path).map_err(found)?;
    read(path, text.strip_prefix('\u{feff}').unwrap_or(&text))
}
