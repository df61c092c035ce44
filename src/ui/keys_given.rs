//! Keys that the reader gives to verify tokens with: they come as files beside captures do, and stay until they are dropped
//! or the window is closed. They are never kept in settings or views.

use super::{app::LapsedApp, command::Pane, loader::own_formats, notice::Notice, words};
use crate::{
    formats::{FORMATS, Sniff},
    inspection::Input,
    jwt::keys::{KeyFile, KeyKind, KeyRing},
};

/// The key file that an input is, where its content says so. A shared secret never does: it is asked about.
pub fn key_of(input: &Input) -> Option<KeyFile> {
    let key = match input {
        Input::Path(path) => KeyFile::new(KeyKind::Any, path),
        Input::Bytes { name, bytes } => KeyFile { kind: KeyKind::Any, path: name.clone(), bytes: Some(bytes.to_vec()) },
        Input::Stdin => return None,
    };
    key.is_recognised().then_some(key)
}

/// The key file that an input would be if it were a shared secret (RFC 2104), which nothing in its content can say: little
/// enough, one line or no text at all, and of no format that is known. Whoever gave it is asked.
pub fn secret_of(input: &Input) -> Option<KeyFile> {
    /// More than any key of HS512 has, written in hexadecimal with room to spare.
    const LONGEST: u64 = 512;
    let (path, bytes) = match input {
        Input::Path(path) => {
            let meta = path.metadata().ok().filter(|meta| meta.is_file() && meta.len() <= LONGEST)?;
            let bytes = std::fs::read(path).ok().filter(|bytes| bytes.len() as u64 <= LONGEST && meta.len() > 0)?;
            (path, bytes)
        }
        Input::Bytes { name, bytes } if bytes.len() as u64 <= LONGEST => (name, bytes.to_vec()),
        Input::Bytes { .. } | Input::Stdin => return None,
    };
    let is_known = |bytes: &[u8]| {
        let built_in = FORMATS.iter().any(|format| !matches!(format.sniff(bytes), Sniff::No(_)));
        built_in || own_formats().iter().any(|own| !matches!(own.format().sniff(bytes), Sniff::No(_)))
    };
    if !may_be_secret(&bytes) || is_known(&bytes) {
        return None;
    }
    let bytes = matches!(input, Input::Bytes { .. }).then_some(bytes);
    Some(KeyFile { kind: KeyKind::Secret, path: path.clone(), bytes })
}

/// Whether bytes may be a shared secret by their form.
fn may_be_secret(bytes: &[u8]) -> bool {
    /// How compressed files and archives begin.
    const PACKED: [&[u8]; 6] = [b"\x1f\x8b", b"PK", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\x7fELF"];
    /// Shorter bytes that are no text are a piece of something else.
    const SHORTEST: usize = 16;
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let text = text.trim();
            let is_markup = text.starts_with(['{', '[', '<', '#']) || text.starts_with("-----");
            // A token is no key.
            let is_token = text.starts_with("eyJ") && text.matches('.').count() >= 2;
            !text.is_empty() && !is_markup && !is_token && !text.contains(char::is_control)
        }
        Err(_) => bytes.len() >= SHORTEST && !PACKED.iter().any(|start| bytes.starts_with(start)),
    }
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
            self.keys_changed = self.is_loading();
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
        self.keys_changed = self.is_loading();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_about(name: &str, bytes: &[u8]) -> bool {
        secret_of(&Input::Bytes { name: name.into(), bytes: bytes.to_vec().into() }).is_some()
    }

    #[test]
    fn a_word_a_line_of_base64_and_plain_bytes_may_be_secrets() {
        assert!(asked_about("secret", b"hunter2\n"));
        assert!(asked_about("hmac.key", b"rGx0b7mVb5o8rX3mTqz1dJk2fN6pYh4wQeUaCsLiBvE="));
        let bytes: Vec<u8> = (0..32_u8).map(|at| at.wrapping_mul(37) ^ 0xa5).collect();
        assert!(asked_about("hmac.bin", &bytes));
    }

    #[test]
    fn what_a_format_knows_what_has_lines_and_what_is_packed_is_no_secret() {
        let line = b"2026-03-03T10:20:15+00:00 vm sshd[701]: Accepted password for bob from 192.0.2.1 port 4022 ssh2\n";
        assert!(!asked_about("auth.log", line));
        assert!(!asked_about("two.txt", b"one\ntwo\n"));
        assert!(!asked_about("x.json", b"{\"a\": 1}"));
        assert!(!asked_about("x.gz", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xfe, 1, 2, 3, 4, 5, 6]));
        assert!(!asked_about("token.txt", b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"));
        assert!(!asked_about("empty", b" \n"));
        assert!(!asked_about("long.txt", &[b'a'; 600]));
    }
}
