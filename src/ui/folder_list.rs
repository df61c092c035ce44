//! What lies in the folder that is being typed: the way to a file where the desktop shows no dialog.
//!
//! A folder may lie on a network that does not answer, so it is read on a thread of its own and nobody waits for it.

use crate::inspection::Input;
use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
    thread::Builder,
};

/// Folders larger than this are listed in part.
const MOST: usize = 20_000;

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Sorts folders before files.
    pub is_file: bool,
    /// The name.
    pub name: String,
}

/// The folder last asked for, and its entries once they are there.
#[derive(Debug, Default)]
pub struct FolderList {
    folder: Option<PathBuf>,
    waiting: Option<Receiver<Vec<Entry>>>,
    entries: Vec<Entry>,
}

impl FolderList {
    /// The entries that fit what was typed, folders first; reads the folder if it is another than before.
    pub fn matching(&mut self, typed: &Path, ends_in_slash: bool, ctx: &egui::Context) -> Vec<Entry> {
        let (folder, start) = split(typed, ends_in_slash);
        if self.folder.as_ref() != Some(&folder) {
            self.read(folder, ctx);
        }
        if let Some(entries) = self.waiting.as_ref().and_then(|waiting| waiting.try_recv().ok()) {
            self.entries = entries;
            self.waiting = None;
        }
        let wants_hidden = start.starts_with('.');
        let start = start.to_lowercase();
        self.entries
            .iter()
            .filter(|entry| wants_hidden || !entry.name.starts_with('.'))
            .filter(|entry| entry.name.to_lowercase().starts_with(&start))
            .cloned()
            .collect()
    }

    /// The folder whose entries are shown.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    fn read(&mut self, folder: PathBuf, ctx: &egui::Context) {
        self.entries.clear();
        self.folder = Some(folder.clone());
        let (sender, receiver) = channel();
        let ctx = ctx.clone();
        let started = Builder::new().name("list folder".to_owned()).spawn(move || {
            // The box may be closed by now.
            let _ = sender.send(entries_of(&folder));
            ctx.request_repaint();
        });
        self.waiting = started.is_ok().then_some(receiver);
    }
}

/// An input, or the files that lie in it and in its folders where it is one: by name, not too many, none that is hidden.
pub fn files_in(input: Input) -> Vec<Input> {
    const FILES: usize = 500;
    const DEEP: usize = 4;
    let Input::Path(path) = &input else { return vec![input] };
    if !path.is_dir() {
        return vec![input];
    }
    let mut found = Vec::new();
    let mut folders = vec![(path.clone(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in entries_of(&folder).into_iter().filter(|entry| !entry.name.starts_with('.')) {
            let path = folder.join(&entry.name);
            if !entry.is_file && depth < DEEP {
                folders.push((path, depth + 1));
            } else if entry.is_file && found.len() < FILES {
                found.push(path);
            }
        }
    }
    found.sort();
    found.into_iter().map(Input::Path).collect()
}

/// The folder that a text names, and the start of a name in it.
fn split(typed: &Path, ends_in_slash: bool) -> (PathBuf, String) {
    let here = || std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    if typed.as_os_str().is_empty() {
        return (here(), String::new());
    }
    if ends_in_slash {
        return (typed.to_owned(), String::new());
    }
    let folder = match typed.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) => here(),
        None => typed.to_owned(),
    };
    (folder, typed.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
}

fn entries_of(folder: &Path) -> Vec<Entry> {
    let Ok(read) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut entries: Vec<Entry> = read
        .take(MOST)
        .flatten()
        // A link to a folder is a folder, so the link is followed.
        .map(|entry| Entry { is_file: !entry.path().is_dir(), name: entry.file_name().to_string_lossy().into_owned() })
        .collect();
    entries.sort();
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_a_folder_and_the_start_of_a_name() {
        assert_eq!(split(Path::new("/var/log/au"), false), (PathBuf::from("/var/log"), "au".to_owned()));
        assert_eq!(split(Path::new("/var/log"), true), (PathBuf::from("/var/log"), String::new()));
        assert_eq!(split(Path::new("/"), true), (PathBuf::from("/"), String::new()));
    }

    #[test]
    fn folders_come_before_files() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.har"), "").expect("a file");
        std::fs::create_dir(folder.path().join("z")).expect("a folder in it");
        let names: Vec<String> = entries_of(folder.path()).into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["z", "a.har"]);
    }
}
