//! Finds the next entry behind something broken, by the key that entries of this file begin with.

use super::{CHUNK, Job, SMALL_CHUNK, Splitter};
use crate::model::Position;
use memchr::{memchr, memmem};

/// How far back the start of an entry may lie from its first key, when looking for one.
const LOOK_BACK: usize = 4 * 1024;

impl<F: FnMut(Job)> Splitter<'_, F> {
    /// Looks for entries where their list was not found, since what stands around it is broken or cut off.
    pub(super) fn salvage(&mut self) {
        if self.resync() {
            self.outline.warnings.clear();
            let at = self.offset();
            self.warn(
                Position::Whole,
                at,
                "what stands before the entries is broken; they were found without it".to_owned(),
            );
            self.entries();
        } else if self.outline.cut_off {
            let at = self.read_until;
            self.warn(Position::Whole, at, "the file ends before its list of `entries`".to_owned());
        }
    }

    /// Remembers how entries of this file begin, as a landmark.
    pub(super) fn learn_first_key(&mut self, from: usize) {
        let entry = self.buf.get(from.saturating_add(1)..self.pos).unwrap_or_default().trim_ascii_start();
        let end = entry.get(1..).and_then(|rest| memchr(b'"', rest)).map_or(0, |at| at.saturating_add(2));
        if entry.first() == Some(&b'"') && (4..64).contains(&end) {
            self.first_key = entry.get(..end).unwrap_or_default().to_vec();
        }
    }

    /// Goes on at the next place behind the start of the last entry where one seems to begin.
    pub(super) fn resync(&mut self) -> bool {
        self.flush();
        // Else the keys that entries of the usual producers begin with.
        let usual = ["startedDateTime", "_initiator", "_connectionId", "pageref", "_frameref", "request"];
        let landmarks: Vec<Vec<u8>> = if self.first_key.is_empty() {
            usual.iter().map(|key| format!("\"{key}\"").into_bytes()).collect()
        } else {
            vec![self.first_key.clone()]
        };
        if self.seek_landmark(&landmarks) {
            return true;
        }
        self.buf.clear();
        self.pos = 0;
        self.at_end = true;
        self.lost = true;
        false
    }

    /// Moves to the next entry that begins with one of these keys.
    fn seek_landmark(&mut self, landmarks: &[Vec<u8>]) -> bool {
        let finders: Vec<memmem::Finder<'_>> = landmarks.iter().map(memmem::Finder::new).collect();
        let mut window = vec![0; SMALL_CHUNK];
        let mut offset = self.last_entry.saturating_add(1);
        while !self.cancelled() && self.budget > 0 {
            let n = self.input.content.read_at(offset, &mut window).unwrap_or(0);
            let seen = window.get(..n).unwrap_or_default();
            self.budget = self.budget.saturating_sub(n as u64);
            let found = finders.iter().filter_map(|finder| {
                finder.find_iter(seen).find_map(|at| entry_before(seen.get(..at).unwrap_or_default()))
            });
            if let Some(at) = found.min() {
                self.seek(offset.saturating_add(at as u64));
                return true;
            }
            if n < window.len() {
                break;
            }
            offset = offset.saturating_add(n.saturating_sub(LOOK_BACK) as u64);
            window.resize(CHUNK, 0);
        }
        false
    }

    pub(super) fn seek(&mut self, offset: u64) {
        self.flush();
        self.buf.clear();
        self.pos = 0;
        self.shift = offset;
        self.chunk = SMALL_CHUNK;
        self.at_end = false;
        self.entry = None;
    }
}

/// Where an entry begins whose first key comes right after `before`: `}, {` or `[{` at its end, white space aside.
fn entry_before(before: &[u8]) -> Option<usize> {
    let before = before.trim_ascii_end();
    let (brace, rest) = before.split_last()?;
    let rest = rest.trim_ascii_end();
    let follows = rest.strip_suffix(b",").is_some_and(|rest| rest.trim_ascii_end().ends_with(b"}"));
    (*brace == b'{' && (follows || rest.ends_with(b"["))).then(|| before.len().saturating_sub(1))
}
