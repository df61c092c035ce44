//! The desktop's own file dialog, asked on a thread of its own.
//!
//! The portal behind it says `None` for "cancelled" and for "there is no dialog here" alike, and may never answer at all.
//! So nobody waits for it, and an answer of `None` that comes faster than a person could give it counts as "none here".

use super::command::Purpose;
use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, TryRecvError, channel},
    thread::Builder,
    time::{Duration, Instant},
};

/// Faster than this, nobody has seen a dialog.
const TOO_FAST: Duration = Duration::from_millis(300);

/// What came of asking.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Files.
    Files(Vec<PathBuf>),
    /// The user thought better of it.
    Cancelled,
    /// There is no dialog on this desktop.
    NotThere,
}

/// A dialog that is open, or is being opened.
#[derive(Debug)]
pub struct Asking {
    /// What the files are for.
    pub purpose: Purpose,
    answers: Receiver<Answer>,
}

impl Asking {
    /// Opens the dialog.
    pub fn start(purpose: Purpose, ctx: &egui::Context) -> Self {
        let (sender, answers) = channel();
        let ctx = ctx.clone();
        let started = Builder::new().name("file dialog".to_owned()).spawn(move || {
            let since = Instant::now();
            let dialog = rfd::FileDialog::new();
            let files = match purpose {
                Purpose::Save => {
                    let dialog = dialog.set_title("Save the view").set_file_name("view.lapsed");
                    dialog.add_filter("Views of Lapsed", &["lapsed"]).save_file().map(|file| vec![file])
                }
                Purpose::Open { add: true } => dialog.set_title("Add captures and logs").pick_files(),
                Purpose::Open { add: false } => dialog.set_title("Open captures and logs").pick_files(),
                Purpose::Key => dialog.set_title("Add keys: PEM, JWKS or a shared secret").pick_files(),
            };
            let answer = match files {
                Some(files) => Answer::Files(files),
                None if since.elapsed() < TOO_FAST => Answer::NotThere,
                None => Answer::Cancelled,
            };
            // Nobody listens where the user has given up waiting.
            let _ = sender.send(answer);
            ctx.request_repaint();
        });
        // Without a thread the sender is dropped, and `poll` says so.
        drop(started);
        Self { purpose, answers }
    }

    /// The answer, once there is one.
    pub fn poll(&self) -> Option<Answer> {
        match self.answers.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Answer::NotThere),
        }
    }
}
