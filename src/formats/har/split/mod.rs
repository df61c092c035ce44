//! Cuts a HAR into its entries without building a tree of it.
//!
//! The file goes by in chunks. Brackets are counted outside strings, `entries` is found by its place (at the top or under
//! `log`), and each finished entry becomes a [`Slot`] in a [`Job`]. What lies outside `entries` is skipped but for the
//! programs that wrote the file. Strings too long to matter are emptied on the way, so that no entry needs much memory.
//! Where brackets or quotes don't add up, reading resumes at the next place that looks like the start of an entry.

mod resync;

use crate::{
    formats::Input,
    model::{Position, Warning},
};
use memchr::{memchr, memchr2};

/// How much is read at once.
const CHUNK: usize = 512 * 1024;
/// How much is read first after something broken, since that may come often.
const SMALL_CHUNK: usize = 16 * 1024;
/// How many bytes of entries make a [`Job`].
const JOB_BYTES: usize = 1 << 20;
/// Longer strings are emptied. Bodies that are read are far shorter.
const LONG_STRING: usize = 512 * 1024;
/// Longer entries, long strings not counted, are left out.
const MAX_ENTRY: usize = 24 << 20;
/// Longest value outside `entries` that is kept.
const MAX_KEPT: usize = 64 * 1024;
/// One entry in a [`Job`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// First byte in the job.
    pub(super) from: usize,
    /// Byte after the last in the job.
    pub(super) until: usize,
    /// First byte in the source.
    pub(super) offset: u64,
    /// Length in the source.
    pub(super) len: u64,
    /// Place among the entries, from 0.
    pub(super) index: u64,
}

/// A run of entries, cut out but not parsed.
#[derive(Debug)]
pub(super) struct Job {
    /// Place among the jobs, from 0.
    pub(super) seq: u64,
    /// The text.
    pub(super) bytes: Vec<u8>,
    /// Where the entries are in it.
    pub(super) slots: Vec<Slot>,
}

/// What the splitter learnt beside the entries.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// `creator`, as written.
    pub(super) creator: Vec<u8>,
    /// `browser`, as written.
    pub(super) browser: Vec<u8>,
    /// Whether there was a list of entries, or an entry by itself.
    pub(super) found: bool,
    /// Whether the source ends inside it.
    pub(super) cut_off: bool,
    /// Entries that could not be cut out.
    pub(super) unreadable: u64,
    /// Where and why.
    pub(super) warnings: Vec<Warning>,
}

/// How a value ended.
enum Scan {
    /// With this bracket.
    Closed(u8),
    /// The source ended first.
    CutOff,
    /// A quote stands where none can, so that strings and what is between them can't be told apart.
    Quote,
    /// It is longer than any entry should be.
    TooLong,
}

/// Cuts one source.
pub(super) struct Splitter<'a, F> {
    input: &'a Input<'a>,
    emit: F,
    buf: Vec<u8>,
    pos: usize,
    /// Offset in the source less place in `buf`, for what lies at `pos` and behind.
    shift: u64,
    chunk: usize,
    at_end: bool,
    read_until: u64,
    budget: u64,
    slots: Vec<Slot>,
    entry: Option<usize>,
    last_entry: u64,
    first_key: Vec<u8>,
    /// Whether entries stand by themselves, without a list around them.
    bare: bool,
    /// Whether no further entry was found after something broken.
    lost: bool,
    seq: u64,
    index: u64,
    outline: Outline,
}

/// Cuts `input` into jobs, given to `emit` in order.
pub(super) fn split<F: FnMut(Job)>(input: &Input<'_>, emit: F) -> Outline {
    let mut splitter = Splitter {
        input,
        emit,
        buf: Vec::new(),
        pos: 0,
        shift: 0,
        chunk: CHUNK,
        at_end: false,
        read_until: 0,
        budget: input.content.len().saturating_mul(8).saturating_add(256 << 20),
        slots: Vec::new(),
        entry: None,
        last_entry: 0,
        first_key: Vec::new(),
        bare: false,
        lost: false,
        seq: 0,
        index: 0,
        outline: Outline::default(),
    };
    splitter.top();
    splitter.flush();
    splitter.outline
}

impl<F: FnMut(Job)> Splitter<'_, F> {
    fn offset(&self) -> u64 {
        self.shift.saturating_add(self.pos as u64)
    }

    fn cancelled(&self) -> bool {
        self.input.progress.is_cancelled()
    }

    /// Reads on; `false` at the end, when cancelled, and when too much was read again and again.
    fn refill(&mut self) -> bool {
        if self.at_end || self.cancelled() || self.budget == 0 {
            return false;
        }
        if self.slots.is_empty() && self.entry.is_none() {
            self.buf.drain(..self.pos.min(self.buf.len()));
            self.shift = self.shift.saturating_add(self.pos as u64);
            self.pos = 0;
        }
        let (start, offset) = (self.buf.len(), self.shift.saturating_add(self.buf.len() as u64));
        self.buf.resize(start.saturating_add(self.chunk), 0);
        self.chunk = self.chunk.saturating_mul(2).min(CHUNK);
        let read = self.input.content.read_at(offset, self.buf.get_mut(start..).unwrap_or_default());
        let n = match read {
            Ok(n) => n,
            Err(error) => {
                self.warn(Position::Whole, offset, format!("reading stopped here: {error}"));
                0
            }
        };
        self.buf.truncate(start.saturating_add(n));
        let until = offset.saturating_add(n as u64);
        self.input.progress.advance(until.saturating_sub(self.read_until.max(offset)));
        self.read_until = self.read_until.max(until);
        self.budget = self.budget.saturating_sub(n as u64);
        self.at_end = n == 0;
        n > 0
    }

    fn peek(&mut self) -> Option<u8> {
        loop {
            if let Some(&byte) = self.buf.get(self.pos) {
                return Some(byte);
            }
            if !self.refill() {
                return None;
            }
        }
    }

    fn step(&mut self) {
        self.pos = self.pos.saturating_add(1);
    }

    /// The next byte that is neither white space nor part of a comment.
    fn peek_token(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\t' | b'\r' | b'\n' => self.step(),
                b'/' => {
                    self.step();
                    self.comment();
                }
                byte => return Some(byte),
            }
        }
    }

    /// Skips the rest of a comment whose first slash is behind us.
    fn comment(&mut self) {
        match self.peek() {
            Some(b'/') => while self.skip_past(b'\n').is_some_and(|found| !found) {},
            Some(b'*') => {
                self.step();
                while let Some(found) = self.skip_past(b'*') {
                    if found && self.peek() == Some(b'/') {
                        return self.step();
                    }
                }
            }
            _ => {}
        }
    }

    /// Moves behind the next `byte` in the buffer, or to the buffer's end; `None` at the end of the source.
    fn skip_past(&mut self, byte: u8) -> Option<bool> {
        self.peek()?;
        let rest = self.buf.get(self.pos..).unwrap_or_default();
        let found = memchr(byte, rest);
        self.pos = found.map_or(self.buf.len(), |at| self.pos.saturating_add(at).saturating_add(1));
        Some(found.is_some())
    }

    /// Finds the list of entries, whatever stands around it.
    fn top(&mut self) {
        loop {
            match self.peek() {
                Some(b'{') => break,
                Some(b'[') => {
                    self.step();
                    return self.entries();
                }
                Some(_) => self.step(),
                None => return,
            }
        }
        let start = self.offset();
        self.step();
        if self.object(0) {
            self.seek(start);
            self.bare = true;
            self.entries();
        } else if !self.outline.found && !self.cancelled() {
            self.salvage();
        }
    }

    /// Walks the object around the entries; `true` if it turns out to be an entry itself.
    fn object(&mut self, level: u8) -> bool {
        while let Some(byte) = self.peek_token() {
            match byte {
                b'}' => {
                    self.step();
                    return false;
                }
                b'"' => {
                    self.step();
                    let key = self.short_string();
                    if self.peek_token() != Some(b':') {
                        continue;
                    }
                    self.step();
                    let Some(next) = self.peek_token() else { break };
                    match (key.as_slice(), next) {
                        (b"log" | b"har", b'{') if level < 3 => {
                            self.step();
                            if self.object(level.saturating_add(1)) {
                                return true;
                            }
                        }
                        (b"entries", b'[') => {
                            self.step();
                            self.entries();
                        }
                        (b"creator", b'{') => self.outline.creator = self.kept(),
                        (b"browser", b'{') => self.outline.browser = self.kept(),
                        (b"startedDateTime" | b"request" | b"response", _) if level == 0 && !self.outline.found => {
                            return true;
                        }
                        _ => self.skip_value(next),
                    }
                }
                _ => self.step(),
            }
        }
        if !self.outline.found && !self.cancelled() {
            self.outline.cut_off = true;
        }
        false
    }

    fn skip_value(&mut self, first: u8) {
        match first {
            b'{' | b'[' => drop(self.brackets()),
            b'"' => {
                self.step();
                self.string();
            }
            _ => {}
        }
    }

    /// A value outside `entries`, as written; empty if it is cut off or overlong.
    fn kept(&mut self) -> Vec<u8> {
        let held = self.entry.replace(self.pos);
        let scan = self.brackets();
        let from = self.entry.unwrap_or(0);
        self.entry = held;
        let kept = self.buf.get(from..self.pos).unwrap_or_default();
        if matches!(scan, Scan::Closed(_)) && kept.len() <= MAX_KEPT { kept.to_vec() } else { Vec::new() }
    }

    /// The raw text of a key; keys longer than any of ours come out shortened.
    fn short_string(&mut self) -> Vec<u8> {
        let mut key = Vec::new();
        while let Some(byte) = self.peek() {
            self.step();
            match byte {
                b'"' => break,
                b'\\' => self.step(),
                _ if key.len() < 64 => key.push(byte),
                _ => {}
            }
        }
        key
    }

    /// Cuts out entries up to the end of the list.
    fn entries(&mut self) {
        self.outline.found = true;
        loop {
            let in_step = match self.peek_token() {
                Some(b',') => {
                    self.step();
                    true
                }
                Some(b'{') => self.cut_entry(),
                Some(b']') => {
                    self.step();
                    if matches!(self.peek_token(), None | Some(b',' | b'}' | b']' | b')')) {
                        return self.flush();
                    }
                    false
                }
                Some(b'n') if self.null() => {
                    self.reject("found `null` where an entry should be".to_owned());
                    true
                }
                Some(_) => false,
                None => return self.ended(),
            };
            if !in_step && !self.skip_garbage() {
                return;
            }
        }
    }

    fn null(&mut self) -> bool {
        for expected in *b"null" {
            if self.peek() != Some(expected) {
                return false;
            }
            self.step();
        }
        true
    }

    fn reject(&mut self, message: String) {
        let (index, offset) = (self.index, self.offset());
        self.warn(Position::Index(index), offset, message);
        self.outline.unreadable = self.outline.unreadable.saturating_add(1);
        self.index = self.index.saturating_add(1);
    }

    /// Cuts out the entry that begins here; `false` if its brackets don't add up.
    fn cut_entry(&mut self) -> bool {
        let (from, offset) = (self.pos, self.offset());
        self.entry = Some(from);
        self.last_entry = offset;
        let scan = self.brackets();
        self.entry = None;
        if self.cancelled() {
            return true;
        }
        let why = match scan {
            Scan::Closed(b'}') => {
                if self.first_key.is_empty() {
                    self.learn_first_key(from);
                }
                let len = self.offset().saturating_sub(offset);
                self.slots.push(Slot { from, until: self.pos, offset, len, index: self.index });
                self.index = self.index.saturating_add(1);
                if self.pos >= JOB_BYTES {
                    self.flush();
                }
                return true;
            }
            Scan::Closed(_) => "its brackets do not match",
            Scan::Quote => "a quote in it is not escaped",
            Scan::CutOff => "it is not closed before the file ends",
            Scan::TooLong => "it is longer than 24 MB even without its bodies",
        };
        let (index, cut_off) = (self.index, matches!(scan, Scan::CutOff));
        self.outline.unreadable = self.outline.unreadable.saturating_add(1);
        self.index = self.index.saturating_add(1);
        let resumed = self.resync();
        if cut_off && !resumed {
            self.outline.cut_off = true;
            let message = format!("the file is cut off inside this entry, at byte {}", self.read_until);
            self.warn(Position::Index(index), offset, message);
        } else {
            self.warn(Position::Index(index), offset, format!("left out, since {why}"));
        }
        true
    }

    /// Gets over what stands between two entries and is none; `false` if nothing comes after it.
    fn skip_garbage(&mut self) -> bool {
        let (index, at) = (self.index, self.offset());
        let resumed = self.resync();
        let message = if resumed { "skipped what stands here, since it is no entry" } else { "no entry from here on" };
        self.warn(Position::Index(index), at, message.to_owned());
        resumed
    }

    /// The source ended without closing the list.
    fn ended(&mut self) {
        self.flush();
        if self.cancelled() || self.outline.cut_off || self.bare {
            return;
        }
        let (index, at) = (self.index, self.read_until);
        if self.budget == 0 {
            self.warn(Position::Whole, at, "gave up: too much of this file is broken".to_owned());
        } else if !self.lost {
            self.outline.cut_off = true;
            self.warn(Position::Index(index), at, "the file is cut off before this entry".to_owned());
        }
    }

    /// Hands on the entries cut out so far.
    fn flush(&mut self) {
        if self.slots.is_empty() {
            return;
        }
        let rest = self.buf.split_off(self.pos.min(self.buf.len()));
        let bytes = std::mem::replace(&mut self.buf, rest);
        self.shift = self.shift.saturating_add(self.pos as u64);
        self.pos = 0;
        let job = Job { seq: self.seq, bytes, slots: std::mem::take(&mut self.slots) };
        self.seq = self.seq.saturating_add(1);
        (self.emit)(job);
    }

    /// Skips an object or array, from its opening bracket to behind its closing one.
    fn brackets(&mut self) -> Scan {
        let mut depth = 0_u64;
        loop {
            let rest = self.buf.get(self.pos..).unwrap_or_default();
            let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']' | b'/')) else {
                self.pos = self.buf.len();
                if self.is_too_long() {
                    return Scan::TooLong;
                }
                if !self.refill() {
                    return Scan::CutOff;
                }
                continue;
            };
            let byte = rest.get(at).copied().unwrap_or(0);
            self.pos = self.pos.saturating_add(at).saturating_add(1);
            match byte {
                b'"' => {
                    if !self.string() {
                        return if self.is_too_long() { Scan::TooLong } else { Scan::CutOff };
                    }
                    if self.entry.is_some() && !self.is_behind_string() {
                        return Scan::Quote;
                    }
                }
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'/' => self.comment(),
                _ => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Scan::Closed(byte);
                    }
                }
            }
        }
    }

    /// Whether what comes next can follow a string.
    fn is_behind_string(&mut self) -> bool {
        let next = self.peek();
        next.is_none_or(|byte| matches!(byte, b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' | b'/'))
    }

    fn is_too_long(&self) -> bool {
        self.entry.is_some_and(|from| self.buf.len().saturating_sub(from) > MAX_ENTRY)
    }

    /// Skips a string whose opening quote is behind us; `false` if the source ends in it.
    fn string(&mut self) -> bool {
        let mut start = self.pos;
        loop {
            let rest = self.buf.get(self.pos..).unwrap_or_default();
            match memchr2(b'"', b'\\', rest) {
                Some(at) if rest.get(at) == Some(&b'"') => {
                    self.pos = self.pos.saturating_add(at);
                    self.shorten(start);
                    self.step();
                    return true;
                }
                Some(at) if at.saturating_add(1) < rest.len() => {
                    self.pos = self.pos.saturating_add(at).saturating_add(2);
                    continue;
                }
                Some(at) => self.pos = self.pos.saturating_add(at),
                None => self.pos = self.buf.len(),
            }
            start = self.shorten(start);
            let (before, pos) = (self.shift, self.pos);
            if self.is_too_long() || !self.refill() {
                return false;
            }
            if self.shift != before {
                start = start.saturating_sub(pos);
            }
        }
    }

    /// Empties the string from `start` to here if it is too long to matter.
    fn shorten(&mut self, start: usize) -> usize {
        let len = self.pos.saturating_sub(start);
        if self.entry.is_some() && len > LONG_STRING {
            self.buf.drain(start..self.pos.min(self.buf.len()));
            self.shift = self.shift.saturating_add(len as u64);
            self.pos = start;
        }
        start
    }

    fn warn(&mut self, position: Position, offset: u64, message: String) {
        if self.outline.warnings.len() < super::MAX_WARNINGS {
            self.outline.warnings.push(Warning { position, offset, message });
        }
    }
}
