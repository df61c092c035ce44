//! Watches files that grow: a log that is still being written.
//!
//! Looking at a file may take long where it lies on a network, so a thread of its own does it, once a second. Nothing runs
//! while nothing is followed.

use crate::inspection::Input;
use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread::Builder,
    time::{Duration, SystemTime},
};

/// How often files are looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// What tells that a file is another than before: longer, shorter, written, or replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sight {
    len: u64,
    modified: Option<SystemTime>,
    node: u64,
}

/// A watch over files. It ends when it is dropped.
#[derive(Debug)]
pub struct Watch {
    changes: Receiver<()>,
    stop: Arc<AtomicBool>,
}

impl Watch {
    /// Watches the files among `inputs`; `None` where there is none.
    pub fn start(inputs: &[Input], ctx: &egui::Context) -> Option<Self> {
        let paths: Vec<PathBuf> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Path(path) => Some(path.clone()),
                Input::Bytes { .. } | Input::Stdin => None,
            })
            .collect();
        if paths.is_empty() {
            return None;
        }
        let (sender, changes) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, ctx) = (Arc::clone(&stop), ctx.clone());
        let mut before: Vec<Sight> = paths.iter().map(|path| sight(path).unwrap_or_default()).collect();
        Builder::new()
            .name("follow".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    std::thread::sleep(PAUSE);
                    // While a log is rotated there is no file for a moment; the next look finds the new one.
                    let now: Vec<Sight> = paths
                        .iter()
                        .zip(&before)
                        .map(|(path, before)| sight(path).filter(|now| now.len > 0).unwrap_or_else(|| before.clone()))
                        .collect();
                    if now != before {
                        before = now;
                        if sender.send(()).is_err() {
                            return;
                        }
                        ctx.request_repaint();
                    }
                }
            })
            .ok()?;
        Some(Self { changes, stop })
    }

    /// Whether a file has changed since this was asked last.
    pub fn has_changed(&mut self) -> bool {
        let mut changed = false;
        while self.changes.try_recv().is_ok() {
            changed = true;
        }
        changed
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn sight(path: &PathBuf) -> Option<Sight> {
    let metadata = fs::metadata(path).ok()?;
    Some(Sight { len: metadata.len(), modified: metadata.modified().ok(), node: node(&metadata) })
}

#[cfg(unix)]
fn node(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn node(_metadata: &fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_truncation_and_rotation_are_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("auth.log");
        fs::write(&path, "one\n").expect("written");
        let first = sight(&path).expect("it is there");
        fs::write(&path, "one\ntwo\n").expect("written");
        let grown = sight(&path).expect("it is there");
        assert_ne!(first, grown);
        fs::rename(&path, folder.path().join("auth.log.1")).expect("moved");
        assert_eq!(sight(&path), None);
        fs::write(&path, "one\ntwo\n").expect("written");
        assert_ne!(sight(&path), Some(grown));
    }

    #[test]
    fn what_is_no_file_is_not_followed() {
        let input = Input::Bytes { name: "a".into(), bytes: Vec::new().into() };
        assert!(Watch::start(&[input], &egui::Context::default()).is_none());
    }
}
