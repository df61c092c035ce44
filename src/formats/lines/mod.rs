//! The lines of a source, on all cores: chunks split at line ends, handed on in order, memory flat whatever the size.
//!
//! A chunk holds the lines that *start* in its span of bytes; its last line may reach beyond it. While one wave of chunks is
//! read, the one before is appended to the store, so that neither waits and no more than two waves are ever kept.

use super::{
    Input,
    partial::{Partials, Piece},
};
use crate::{
    model::{EventBatch, Position, SourceReport, Unread, Warning},
    source::{Content, Wrapping},
};
use memchr::{memchr, memchr_iter, memchr2};
use std::{borrow::Cow, sync::Mutex};

/// A line that is longer is not stored, only counted.
pub const MAX_LINE: usize = 1 << 20;

/// How many bytes of a source one worker takes at a time.
pub const CHUNK_BYTES: u64 = 2 << 20;

/// How many chunks a core has in a wave: enough that no core waits long for another's last one.
const CHUNKS_PER_CORE: usize = 3;

/// How many lines of one kind are named before the rest is only counted.
const NAMED: usize = 5;

/// How many warnings one source keeps.
const MAX_WARNINGS: usize = 200;

/// One line, without its end.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where it begins in the source.
    pub offset: u64,
    /// How many bytes it takes there: more than it has where it stood inside another text.
    pub len: u32,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is a record, whether or not it gave events.
    Record,
    /// It is a record that gave none; why, in words that finish "no event: …".
    Quiet(&'static str),
    /// It goes on with the record before.
    Continuation,
    /// It could not be read: what was expected, what was found.
    Unreadable(&'static str),
}

/// Why most records of most sources give no event.
pub(super) const SAYS_NOTHING: &str = "it says nothing about a session, a sign-in or the server";

/// Reads the lines of one chunk. A fresh one is made for each, so that nothing depends on where chunks were split.
pub trait ReadLine: Send {
    /// Reads a line; its events go into `events`.
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome;
}

/// What the lines of a source added up to.
#[derive(Debug, Default)]
pub struct Tally {
    lines: u64,
    records: u64,
    continuations: u64,
    complaints: Vec<Complaint>,
    unread: Vec<Unread>,
    quiet: Vec<(&'static str, u64)>,
    /// Lines that had zero bytes around them.
    zeroed: u64,
    failure: Option<(u64, String)>,
}

/// Beyond so many stretches of lines that gave no record, further ones are only counted.
const MAX_UNREAD: usize = 1 << 20;

/// Lines that could not be read for the same reason.
#[derive(Debug)]
struct Complaint {
    reason: &'static str,
    count: u64,
    named: Vec<Place>,
    /// The first one that is not named.
    further: Option<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    line: u64,
    offset: u64,
    /// Bytes, where the line is too long.
    len: Option<u64>,
    /// Where the next line begins, where that is known.
    end: Option<u64>,
}

const TOO_LONG: &str = "expected a line of at most 1 MiB, found a longer one";
const BINARY: &str = "expected text, found zero bytes";

impl Tally {
    /// Lines that go on with the record before them.
    pub fn continuations(&self) -> u64 {
        self.continuations
    }

    /// Notes that the lines up to `end` gave no record.
    fn leave(&mut self, unread: Unread) {
        let room = self.unread.len() < MAX_UNREAD;
        match self.unread.last_mut() {
            Some(last) if last.end == unread.offset && last.why == unread.why => last.end = unread.end,
            _ if room => self.unread.push(unread),
            _ => {}
        }
    }

    fn hush(&mut self, why: &'static str, count: u64) {
        match self.quiet.iter_mut().find(|(other, _)| *other == why) {
            Some((_, all)) => *all += count,
            None => self.quiet.push((why, count)),
        }
    }

    fn complain(&mut self, reason: &'static str, place: Place) {
        if let Some(end) = place.end {
            self.leave(Unread { offset: place.offset, end, why: Some(reason) });
        }
        let complaint = self.complaint(reason);
        complaint.count += 1;
        complaint.name(place);
    }

    fn complaint(&mut self, reason: &'static str) -> &mut Complaint {
        let at = self.complaints.iter().position(|complaint| complaint.reason == reason).unwrap_or_else(|| {
            self.complaints.push(Complaint { reason, count: 0, named: Vec::new(), further: None });
            self.complaints.len() - 1
        });
        &mut self.complaints[at]
    }

    /// Adds the tally of the chunk behind, whose lines are counted from its own start.
    fn join(&mut self, later: Self) {
        for complaint in later.complaints {
            let base = self.lines;
            let ours = self.complaint(complaint.reason);
            ours.count += complaint.count;
            for place in complaint.named.into_iter().chain(complaint.further) {
                ours.name(Place { line: base + place.line, ..place });
            }
        }
        for unread in later.unread {
            self.leave(unread);
        }
        for (why, count) in later.quiet {
            self.hush(why, count);
        }
        self.zeroed += later.zeroed;
        self.lines += later.lines;
        self.records += later.records;
        self.continuations += later.continuations;
        self.failure = self.failure.take().or(later.failure);
    }

    /// Writes counts and warnings into the report, the warnings by place.
    pub fn write_to(self, report: &mut SourceReport) {
        report.records += self.records;
        report.lines = Some(self.lines);
        report.unread = self.unread;
        report.quiet = self.quiet;
        if self.zeroed > 0 {
            let zeroed = self.zeroed;
            report.limits.push(format!(
                "{zeroed} of its lines had zero bytes around them, as a file has that was written when the power went; they were left out"
            ));
        }
        let mut warnings = Vec::new();
        for complaint in &self.complaints {
            report.unreadable += complaint.count;
            warnings.extend(complaint.named.iter().map(|place| {
                let length = place.len.map_or_else(String::new, |len| format!(" of {len} bytes"));
                place.warning(format!("{}{length}", complaint.reason))
            }));
            let rest = complaint.count - complaint.named.len() as u64;
            if let (Some(place), 1..) = (complaint.further, rest) {
                let lines = if rest == 1 { "line" } else { "lines" };
                warnings
                    .push(place.warning(format!("{}, and {rest} more such {lines} from here on", complaint.reason)));
            }
        }
        warnings.sort_by_key(|warning| warning.offset);
        if let Some((offset, message)) = self.failure {
            warnings.push(Warning { position: Position::Whole, offset, message });
        }
        warnings.truncate(MAX_WARNINGS.saturating_sub(report.warnings.len()));
        report.warnings.append(&mut warnings);
    }
}

impl Complaint {
    fn name(&mut self, place: Place) {
        if self.named.len() < NAMED {
            self.named.push(place);
        } else if self.further.is_none() {
            self.further = Some(place);
        }
    }
}

impl Place {
    fn warning(self, message: String) -> Warning {
        Warning { position: Position::Line(self.line), offset: self.offset, message }
    }
}

/// Reads all lines of a source: `make` gives a reader for each chunk; `take` gets the chunks' events and readers in order.
pub fn read_lines<R: ReadLine>(
    input: &Input<'_>,
    chunk_bytes: u64,
    make: impl Fn() -> R + Sync,
    mut take: impl FnMut(EventBatch, R) + Send,
) -> Tally {
    let (total, chunk_bytes) = (input.content.len(), chunk_bytes.max(1));
    let chunks = usize::try_from(total.div_ceil(chunk_bytes)).unwrap_or(usize::MAX);
    let wave = rayon::current_num_threads() * CHUNKS_PER_CORE;
    let buffers = Mutex::new(Vec::new());
    let read_wave = |first: usize| -> Vec<Chunk<R>> {
        use rayon::prelude::*;
        (first..chunks.min(first.saturating_add(wave)))
            .into_par_iter()
            .with_max_len(1)
            .map(|index| {
                if input.progress.is_cancelled() {
                    return None;
                }
                let mut buffer = buffers.lock().ok().and_then(|mut free| free.pop()).unwrap_or_default();
                let from = index as u64 * chunk_bytes;
                let until = total.min(from + chunk_bytes);
                let chunk = read_chunk(input.content, from, until, &mut buffer, make());
                input.progress.advance(until - from);
                if let Ok(mut free) = buffers.lock() {
                    free.push(buffer);
                }
                Some(chunk)
            })
            .while_some()
            .collect()
    };
    let mut tally = Tally::default();
    let mut pending = None;
    let mut ready = Vec::new();
    let mut next = 0;
    loop {
        let mut join = |chunks: Vec<Chunk<R>>| {
            for chunk in chunks {
                join_chunk(chunk, &mut tally, &mut pending, &mut take);
            }
        };
        if next >= chunks || input.progress.is_cancelled() {
            join(ready);
            break;
        }
        let ((), read) = rayon::join(|| join(ready), || read_wave(next));
        ready = read;
        next = next.saturating_add(wave);
    }
    if let Some(place) = pending {
        tally.complain(TOO_LONG, Place { len: Some(total - place.offset), end: Some(total), ..place });
    }
    tally
}

/// What one chunk gave.
struct Chunk<R> {
    events: EventBatch,
    reader: R,
    wrapping: Wrapping,
    /// Lines in pieces, where the wrapping is one that cuts them.
    partials: Option<Partials>,
    /// Where the line that was read last ends.
    after: u64,
    tally: Tally,
    /// Where its first line begins; `None` where a line from before fills all of it.
    first: Option<u64>,
    /// Its last line, if that is too long and its end lies in a later chunk.
    open: Option<Place>,
}

fn join_chunk<R>(
    chunk: Chunk<R>,
    tally: &mut Tally,
    pending: &mut Option<Place>,
    take: &mut (impl FnMut(EventBatch, R) + Send),
) {
    if let (Some(place), Some(first)) = (*pending, chunk.first) {
        tally.complain(TOO_LONG, Place { len: Some(first - 1 - place.offset), end: Some(first), ..place });
        *pending = None;
    }
    if let Some(place) = chunk.open {
        *pending = Some(Place { line: tally.lines + place.line, ..place });
    }
    tally.join(chunk.tally);
    take(chunk.events, chunk.reader);
}

/// Reads the lines that start in `from..until`.
fn read_chunk<R: ReadLine>(content: &Content, from: u64, until: u64, buffer: &mut Vec<u8>, reader: R) -> Chunk<R> {
    let wrapping = content.wrapping();
    let mut chunk = Chunk {
        events: EventBatch::default(),
        reader,
        wrapping,
        partials: None,
        after: 0,
        tally: Tally::default(),
        first: None,
        open: None,
    };
    // The byte before shows whether a line starts right at `from`.
    let start = from.saturating_sub(1);
    if let Err(error) = fill(content, start, (until - start) as usize, buffer) {
        chunk.tally.failure = Some((from, format!("reading stopped at an error: {error}")));
        return chunk;
    }
    let mut at = match (from, memchr(b'\n', buffer)) {
        (0, _) => 0,
        (_, Some(end)) if start + (end as u64) + 1 < until => end + 1,
        // Nothing starts here. A line end as the last byte belongs to the next chunk, which looks at it as well.
        _ => return chunk,
    };
    chunk.first = Some(start + at as u64);
    if wrapping == Wrapping::Cri {
        chunk.partials = Some(Partials::before(content, start + at as u64));
    }
    let mut binary = memchr(0, buffer).is_some();
    let whole = memchr::memrchr(b'\n', &buffer[at..]).map_or(at, |end| at + end + 1);
    let base = at;
    for end in memchr_iter(b'\n', &buffer[base..whole]).map(|end| base + end) {
        chunk.read(&buffer[at..end], start + at as u64, binary);
        at = end + 1;
    }
    if at < buffer.len() {
        // The last line goes on behind the chunk.
        let tail_at = start + at as u64;
        match complete_line(content, at, start, buffer) {
            Ok(true) => {
                binary = binary || memchr(0, &buffer[at..]).is_some();
                let line = &buffer[at..];
                chunk.read(line, tail_at, binary);
            }
            Ok(false) => {
                chunk.tally.lines += 1;
                chunk.open = Some(Place { line: chunk.tally.lines, offset: tail_at, len: None, end: None });
            }
            Err(error) => chunk.tally.failure = Some((tail_at, format!("reading stopped at an error: {error}"))),
        }
    }
    if let Some(partials) = chunk.partials.take() {
        chunk.complete(content, partials);
    }
    chunk
}

impl<R: ReadLine> Chunk<R> {
    fn read(&mut self, line: &[u8], offset: u64, may_be_binary: bool) {
        self.tally.lines += 1;
        let end = offset + line.len() as u64 + 1;
        let mut place = Place { line: self.tally.lines, offset, len: None, end: Some(end) };
        if line.len() > MAX_LINE {
            return self.tally.complain(TOO_LONG, Place { len: Some(line.len() as u64), ..place });
        }
        let mut line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut offset = offset;
        if may_be_binary && memchr(0, line).is_some() {
            // A crash leaves blocks of zeros in a file that was written to; what stands around them is whole.
            let before = line.iter().take_while(|&&byte| byte == 0).count();
            let inner = line[before..].trim_ascii_end();
            let inner = &inner[..inner.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)];
            if memchr(0, inner).is_some() || inner.is_empty() {
                return self.tally.complain(BINARY, place);
            }
            self.tally.zeroed += 1;
            line = inner;
            offset += before as u64;
            place.offset = offset;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        self.after = end;
        if let Some(partials) = &mut self.partials {
            match partials.take(line, offset) {
                Piece::Whole => {}
                piece => return self.piece(piece, place, end),
            }
        }
        let len = line.len() as u32;
        let outcome = match self.wrapping.unwrap(line) {
            Some((Cow::Borrowed([]), _)) => return,
            Some((Cow::Borrowed(inner), before)) => {
                let line = Line { bytes: inner, offset: offset + before as u64, len: inner.len() as u32 };
                self.reader.read_line(line, &mut self.events)
            }
            Some((Cow::Owned(inner), _)) => {
                self.reader.read_line(Line { bytes: &inner, offset, len }, &mut self.events)
            }
            None => self.reader.read_line(Line { bytes: line, offset, len }, &mut self.events),
        };
        self.count(outcome, place, end);
    }

    /// A piece of a line.
    fn piece(&mut self, piece: Piece, place: Place, end: u64) {
        match piece {
            Piece::Whole => {}
            Piece::Held | Piece::Before => self.tally.continuations += 1,
            Piece::TooLong(offset) => {
                self.tally.complain(TOO_LONG, Place { offset, len: Some(end - 1 - offset), ..place });
            }
            Piece::Last(offset, bytes) => {
                let line = Line { bytes: &bytes, offset, len: (end - 1 - offset) as u32 };
                let outcome = self.reader.read_line(line, &mut self.events);
                self.count(outcome, Place { offset, ..place }, end);
            }
        }
    }

    /// Reads the rest of lines in pieces whose last one stands in a later chunk, or nowhere.
    fn complete(&mut self, content: &Content, mut partials: Partials) {
        let next = |at: u64, line: &mut Vec<u8>| {
            at < content.len() && complete_line(content, 0, at, line).is_ok_and(|complete| complete)
        };
        let place = Place { line: self.tally.lines, offset: self.after, len: None, end: None };
        partials.complete(self.after, next, |piece, end| self.piece(piece, Place { end: Some(end), ..place }, end));
        for (offset, bytes) in partials.left() {
            let end = self.after;
            self.piece(Piece::Last(offset, bytes), Place { end: Some(end), ..place }, end);
        }
    }

    fn count(&mut self, outcome: Outcome, place: Place, end: u64) {
        match outcome {
            Outcome::Record => self.tally.records += 1,
            Outcome::Quiet(why) => {
                self.tally.records += 1;
                self.tally.hush(why, 1);
            }
            Outcome::Continuation => {
                self.tally.continuations += 1;
                self.tally.leave(Unread { offset: place.offset, end, why: None });
            }
            Outcome::Unreadable(reason) => self.tally.complain(reason, place),
        }
    }
}

/// Lengthens the buffer to the end of the line that begins at `at`, the line end left out; `false` where it is too long.
fn complete_line(content: &Content, at: usize, start: u64, buffer: &mut Vec<u8>) -> std::io::Result<bool> {
    const STEP: usize = 16 << 10;
    loop {
        if buffer.len() - at > MAX_LINE {
            return Ok(false);
        }
        let filled = buffer.len();
        buffer.resize(filled + STEP, 0);
        let read = content.read_at(start + filled as u64, &mut buffer[filled..])?;
        buffer.truncate(filled + read);
        if let Some(end) = memchr(b'\n', &buffer[filled..]) {
            buffer.truncate(filled + end);
            return Ok(true);
        }
        if read == 0 {
            return Ok(buffer.len() - at <= MAX_LINE);
        }
    }
}

fn fill(content: &Content, offset: u64, len: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    // Not cleared first: what stands in it from the chunk before need not be zeroed again.
    buffer.resize(len, 0);
    let read = content.read_at(offset, buffer)?;
    buffer.truncate(read);
    Ok(())
}

/// The lines at the head of a source, for telling its format: whole ones only, unless there is but one.
pub fn head_lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let cut = head.len() >= crate::source::HEAD_BYTES;
    let whole = if cut { memchr::memrchr(b'\n', head).unwrap_or(head.len()) } else { head.len() };
    head.get(..whole)
        .unwrap_or_default()
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
}

/// What stands before and behind the first `needle`.
pub(super) fn cut<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = match needle {
        [byte] => memchr(*byte, bytes)?,
        _ => find(bytes, needle)?,
    };
    Some((bytes.get(..at)?, bytes.get(at + needle.len()..)?))
}

/// Where the first `needle` stands in a line. Lines are short: setting up a searcher costs more than it saves.
pub(super) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let (&first, rest) = needle.split_first()?;
    let Some(&last) = rest.last() else { return memchr(first, bytes) };
    let until = bytes.len().checked_sub(rest.len())?;
    memchr_iter(first, &bytes[..until])
        .find(|&at| bytes[at + rest.len()] == last && bytes[at + 1..at + 1 + rest.len()] == *rest)
}

/// What stands before and behind the last `needle`.
pub(super) fn cut_last<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = match needle {
        [byte] => memchr::memrchr(*byte, bytes)?,
        // Messages are short, and setting up a searcher costs more than it saves.
        _ => bytes.windows(needle.len()).rposition(|window| window == needle)?,
    };
    Some((bytes.get(..at)?, bytes.get(at + needle.len()..)?))
}

/// A line's bytes as text: UTF-8 with damaged characters replaced, else Latin-1 as Windows writes it.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if bytes.utf8_chunks().all(|chunk| chunk.valid().is_ascii()) => Cow::Owned(latin_1(bytes)),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// Characters of windows-1252, which is Latin-1 with letters and signs where that has control characters.
#[cold]
fn latin_1(bytes: &[u8]) -> String {
    /// From 0x80 on. <https://encoding.spec.whatwg.org/#windows-1252>
    const HIGH: [char; 32] = [
        '\u{20ac}', '\u{fffd}', '\u{201a}', '\u{0192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{02c6}',
        '\u{2030}', '\u{0160}', '\u{2039}', '\u{0152}', '\u{fffd}', '\u{017d}', '\u{fffd}', '\u{fffd}', '\u{2018}',
        '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{02dc}', '\u{2122}', '\u{0161}',
        '\u{203a}', '\u{0153}', '\u{fffd}', '\u{017e}', '\u{0178}',
    ];
    let character = |&byte: &u8| match byte.checked_sub(0x80).and_then(|at| HIGH.get(usize::from(at))) {
        Some(&high) => high,
        None => char::from(byte),
    };
    bytes.iter().map(character).collect()
}

/// What stands in quotes at the start of `text`, escapes and all, and what stands behind.
pub(super) fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let mut from = 0;
    loop {
        let at = from + memchr2(b'"', b'\\', text.get(from..)?)?;
        if text[at] == b'"' {
            return Some((&text[..at], &text[at + 1..]));
        }
        from = at + 2;
    }
}

/// The first word and what stands behind its space.
pub(super) fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b' ', bytes) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[]),
    }
}

/// The number that `bytes` begin with, and its digits; `None` without a digit or beyond 32 bits.
pub(super) fn number(bytes: &[u8]) -> Option<(u32, usize)> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let mut value = 0_u32;
    for byte in bytes.get(..digits)? {
        value = value.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
    }
    Some((value, digits))
}

#[cfg(test)]
mod tests;
