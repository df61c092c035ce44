//! Lines that a container runtime wrote in pieces: CRI cuts what is longer than 16 KiB, marks each piece but the last with `P`
//! and the last with `F`. Those of its two streams may stand among each other.
//!
//! <https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md>

use super::lines::MAX_LINE;
use crate::source::{Content, cri_piece};

/// How far back a chunk looks for a line that began before it: a piece has 16 KiB.
const BACK: u64 = 64 << 10;

/// A line that is put together.
#[derive(Debug, Default)]
struct Begun {
    offset: u64,
    bytes: Vec<u8>,
    /// Whether something had to be left out.
    too_long: bool,
}

/// What became of a line.
#[derive(Debug)]
pub(super) enum Piece {
    /// It is no piece of another.
    Whole,
    /// More of it comes.
    Held,
    /// It belongs to a line that began in the chunk before.
    Before,
    /// The last one: where the first began, and all of them together.
    Last(u64, Vec<u8>),
    /// All together are too long; where the first began.
    TooLong(u64),
}

/// The lines of one chunk that are not complete yet, by stream.
#[derive(Debug, Default)]
pub(super) struct Partials {
    begun: [Option<Begun>; 2],
    /// Whether the next pieces belong to a line of the chunk before.
    before: [bool; 2],
}

impl Partials {
    /// For a chunk whose first line begins at an offset.
    pub(super) fn before(content: &Content, first: u64) -> Self {
        let mut partials = Self::default();
        let from = first.saturating_sub(BACK);
        let mut buffer = vec![0; (first - from) as usize];
        let read = content.read_at(from, &mut buffer).unwrap_or(0);
        let lines = buffer.get(..read).unwrap_or_default().split(|&byte| byte == b'\n');
        for (stream, is_last, _) in lines.filter_map(cri_piece) {
            partials.before[stream] = !is_last;
        }
        partials
    }

    /// Whether lines wait for their rest.
    pub(super) fn wait(&self) -> bool {
        self.begun.iter().any(Option::is_some)
    }

    /// Takes a line whose wrapped text begins at an offset.
    pub(super) fn take(&mut self, line: &[u8], offset: u64) -> Piece {
        let Some((stream, is_last, text)) = cri_piece(line) else { return Piece::Whole };
        if self.before[stream] {
            self.before[stream] = !is_last;
            return Piece::Before;
        }
        let begun = &mut self.begun[stream];
        if begun.is_none() && is_last {
            return Piece::Whole;
        }
        let whole = begun.get_or_insert_with(|| Begun { offset, ..Begun::default() });
        whole.too_long |= whole.bytes.len() + text.len() > MAX_LINE;
        if !whole.too_long {
            whole.bytes.extend_from_slice(text);
        }
        match begun.take_if(|_| is_last) {
            None => Piece::Held,
            Some(whole) if whole.too_long => Piece::TooLong(whole.offset),
            Some(whole) => Piece::Last(whole.offset, whole.bytes),
        }
    }

    /// The rest of lines whose last pieces stand behind the chunk, from an offset on.
    pub(super) fn complete(
        &mut self,
        mut at: u64,
        mut next_line: impl FnMut(u64, &mut Vec<u8>) -> bool,
        mut each: impl FnMut(Piece, u64),
    ) {
        let until = at + MAX_LINE as u64;
        let mut line = Vec::new();
        while self.wait() && at < until {
            line.clear();
            if !next_line(at, &mut line) {
                break;
            }
            let end = at + line.len() as u64 + 1;
            if let Some((stream, ..)) = cri_piece(&line)
                && self.begun[stream].is_some()
            {
                each(self.take(&line, at), end);
            }
            at = end;
        }
    }

    /// What never came to an end, from where it began.
    pub(super) fn left(&mut self) -> impl Iterator<Item = (u64, Vec<u8>)> + '_ {
        self.begun.iter_mut().filter_map(Option::take).map(|begun| (begun.offset, begun.bytes))
    }
}
