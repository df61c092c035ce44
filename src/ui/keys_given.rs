//! Keys that the reader gives to verify tokens with: they come as files beside captures do, and stay until they are dropped
//! or the window is closed. They are never kept in settings or views.

use super::{app::LapsedApp, command::Pane, notice::Notice, words};
use crate::{
    inspection::Input,
    jwt::keys::{KeyFile, KeyKind, KeyRing},
};

/// The key file that an input is, where its content says so. A shared secret never does: that is for "Add keys" alone.
pub fn key_of(input: &Input) -> Option<KeyFile> {
    let key = match input {
        Input::Path(path) => KeyFile::new(KeyKind::Any, path),
        Input::Bytes { name, bytes } => KeyFile { kind: KeyKind::Any, path: name.clone(), bytes: Some(bytes.to_vec()) },
        Input::Stdin => return None,
    };
    key.is_recognised().then_some(key)
}

impl LapsedApp {
    /// Verifies with these, too. Of a file without a usable key only the reason is told, and all stays as it was.
    pub(super) fn add_keys(&mut self, files: Vec<KeyFile>) {
        let mut added = Vec::new();
        let mut problem = None;
        for file in files {
            let ring = KeyRing::read(std::slice::from_ref(&file));
            let told = ring.problems().first().map(|problem| format!("{}: {}", problem.file, problem.message));
            let count = ring.infos().len();
            if count > 0 {
                self.keys.retain(|other| other.path != file.path);
                added.push((file.path.display().to_string(), count));
                self.keys.push(file);
            }
            problem = problem.or(told);
        }
        if !added.is_empty() {
            self.verify();
            self.looking.pane = Pane::Tokens;
        }
        self.notice = match (problem, added.as_slice(), self.opened.is_some()) {
            (Some(problem), ..) => Some(Notice::problem(problem)),
            (None, [], _) => return,
            (None, [(_, count)], true) => {
                Some(Notice::said(&format!("Tokens are verified with {}", keys_words(*count))))
            }
            (None, several, true) => {
                let all = several.iter().map(|(_, count)| count).sum();
                Some(Notice::said(&format!("Tokens are verified with {}", keys_words(all))))
            }
            (None, _, false) => Some(Notice::said("The key is at hand for what is opened next")),
        };
    }

    /// Verifies with the keys of this file no more.
    pub(super) fn drop_key(&mut self, file: &str) {
        self.keys.retain(|key| key.path.display().to_string() != file);
        self.verify();
    }

    /// Weighs what is open with the keys that are at hand. What was read stays, and so does what is looked at.
    fn verify(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        opened.inspection.use_keys(&self.keys);
        let looking = &mut self.looking;
        opened.reweighed(&looking.filter, looking.clock.zone(), &looking.marks);
        looking.revision += 1;
        looking.explanation = None;
        looking.set_session(opened, looking.selected);
        looking.read_tokens(opened);
    }
}

fn keys_words(count: usize) -> String {
    words::counted(count, "key")
}
