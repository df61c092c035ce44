//! Loads on a thread of its own, so that the window stays responsive.
//!
//! Each load has a number. A later one cancels the earlier, and whatever an earlier one still sends is dropped: a slow load
//! can never overtake a quick one that was asked for after it.

use crate::{
    formats::{Chosen, own},
    inspection::{Input, Inspection, Options, Readings, inspect},
    model::time::nanos_from_timestamp,
    source::Progress,
};
use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread::{Builder, JoinHandle},
};

/// What became of a load.
#[derive(Debug)]
pub enum Loaded {
    /// It is done.
    Done {
        /// What was opened.
        inputs: Vec<Input>,
        /// What was found.
        inspection: Box<Inspection>,
    },
    /// It was cancelled.
    Cancelled,
    /// It broke off; a fault of the program.
    Failed,
}

/// The load that is under way.
#[derive(Debug)]
pub struct Running {
    number: u64,
    /// How far it is.
    pub progress: Arc<Progress>,
    /// The names of what it opens.
    pub names: Vec<String>,
    worker: JoinHandle<()>,
}

/// Starts loads and hears of their ends.
#[derive(Debug)]
pub struct Loader {
    number: u64,
    running: Option<Running>,
    sender: Sender<(u64, Vec<Input>, Option<Box<Inspection>>)>,
    receiver: Receiver<(u64, Vec<Input>, Option<Box<Inspection>>)>,
}

impl Default for Loader {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self { number: 0, running: None, sender, receiver }
    }
}

impl Loader {
    /// The load that is under way.
    pub fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// Loads `inputs` as `options` say (their time is that of the start), and gives up whatever was being loaded before. Fails where the system gives no thread.
    pub fn start(&mut self, inputs: Vec<Input>, options: Options, ctx: &egui::Context) -> std::io::Result<()> {
        self.cancel();
        self.number += 1;
        let number = self.number;
        let progress = Arc::new(Progress::default());
        let names = inputs.iter().map(input_name).collect();
        let (shared, sender, ctx) = (Arc::clone(&progress), self.sender.clone(), ctx.clone());
        let worker = Builder::new().name(format!("load {number}")).spawn(move || {
            let now = nanos_from_timestamp(jiff::Timestamp::now()).unwrap_or(0);
            let Options { keys, readings, .. } = options;
            let readings = Readings { own: own_formats(), ..readings };
            let inspection = inspect(inputs.clone(), Options { now, keys, readings }, &shared).map(Box::new);
            // The window may be gone by now; then nobody waits for this.
            let _ = sender.send((number, inputs, inspection));
            ctx.request_repaint();
        })?;
        self.running = Some(Running { number, progress, names, worker });
        Ok(())
    }

    /// Asks the load to stop; its result is not waited for.
    pub fn cancel(&mut self) {
        if let Some(running) = self.running.take() {
            running.progress.cancel();
        }
    }

    /// What the load that is under way has come to, if it has.
    pub fn poll(&mut self) -> Option<Loaded> {
        while let Ok((number, inputs, inspection)) = self.receiver.try_recv() {
            if self.running.as_ref().is_some_and(|running| running.number == number) {
                self.running = None;
                return Some(match inspection {
                    Some(inspection) => Loaded::Done { inputs, inspection },
                    None => Loaded::Cancelled,
                });
            }
        }
        // A thread that is gone without a word has panicked.
        if self.running.as_ref().is_some_and(|running| running.worker.is_finished()) {
            // It may have sent between the two looks.
            if let Ok((number, inputs, Some(inspection))) = self.receiver.try_recv()
                && self.running.take().is_some_and(|running| running.number == number)
            {
                return Some(Loaded::Done { inputs, inspection });
            }
            self.running = None;
            return Some(Loaded::Failed);
        }
        None
    }
}

/// The formats of the user's own that lie in the settings folder; one that can't be used is as if it were not there.
pub fn own_formats() -> Vec<Chosen> {
    own::settings_folder().map_or_else(Vec::new, |folder| own::of_folder(&folder).0)
}

/// The name of an input for narrow places.
pub fn input_name(input: &Input) -> String {
    let path = match input {
        Input::Path(path) | Input::Bytes { name: path, .. } => path,
        Input::Stdin => return "standard input".to_owned(),
    };
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn bytes(name: &str) -> Vec<Input> {
        vec![Input::Bytes { name: name.into(), bytes: b"x".as_slice().into() }]
    }

    #[test]
    fn an_earlier_load_can_not_overtake_a_later_one() {
        let (mut loader, ctx) = (Loader::default(), egui::Context::default());
        loader.start(bytes("first"), Options::default(), &ctx).expect("a thread");
        loader.start(bytes("second"), Options::default(), &ctx).expect("a thread");
        let mut names = Vec::new();
        for _ in 0..200 {
            if let Some(Loaded::Done { inputs, .. }) = loader.poll() {
                names.extend(inputs.iter().map(input_name));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(names, ["second"]);
    }

    #[test]
    fn a_cancelled_load_says_nothing_more() {
        let (mut loader, ctx) = (Loader::default(), egui::Context::default());
        loader.start(bytes("first"), Options::default(), &ctx).expect("a thread");
        loader.cancel();
        std::thread::sleep(Duration::from_millis(100));
        assert!(loader.running().is_none() && loader.poll().is_none());
    }
}
