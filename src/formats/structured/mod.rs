//! Records with named fields whose program is known (identity providers, clouds, Windows): JSON objects, one a line, in an
//! array or in a list inside an object, compact or spread over lines; XML elements; or the rows of a table with a heading.
//!
//! A format says which [fields](ReadRecord::FIELDS) it looks at and what a record means; where records begin and end, and
//! what happens to those that are damaged, is told here. Only the fields that are asked for are looked at.

mod elements;
mod found;
mod objects;
mod rows;

pub(super) use found::{Escape, Found, Table, first_text, in_utc, item_with, members, objects_in, pairs};

use super::{
    Input, Sniff,
    lines::{Line, Outcome, SAYS_NOTHING, head_lines},
    named::{self, Out, ReadNamed, Scribe},
};
use crate::model::{EventStore, Position, SourceReport, Warning};
use objects::{Next, Objects};
use rows::Rows;

/// How many bytes are looked at at a time where records do not end with their line.
const WINDOW: usize = 4 << 20;

/// No record is longer.
const MAX_RECORD: usize = 1 << 20;

/// How many records tell what a source is.
const TELLING: usize = 60;

/// How many damaged records are named; the rest is counted.
const NAMED: usize = 20;

/// Reads the records of one format.
pub(super) trait ReadRecord: Default + Send {
    /// The fields that are looked at: a path (`details/code_id`, arrays left out of it) or the heading of a column, and the
    /// number by which [`Found`] gives it. Of several that have one number, the first that a record has counts.
    const FIELDS: &'static [(&'static str, u8)];
    /// Names of arrays that hold the records, where an object stands around them.
    const LISTS: &'static [&'static str];
    /// Headings that a table must have, all of one of these sets.
    const HEADINGS: &'static [&'static [&'static str]] = &[];

    /// The name of XML elements that are records.
    const ELEMENT: Option<&'static str> = None;

    /// Whether a record is one of this format.
    fn is_ours(found: &Found<'_>) -> bool;
    /// Reads a record; what it means goes into `out`.
    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome;
    /// Reads a line that is no JSON.
    fn read_text(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let _ = (line, out);
        Outcome::Unreadable(BROKEN)
    }
    /// Whether a line that is no JSON is one of this format.
    fn is_our_text(line: &[u8]) -> bool {
        let _ = line;
        false
    }
}

const BROKEN: &str = "expected a JSON object, found something that is none or is cut off";
const BROKEN_ELEMENT: &str = "expected an XML element with its end, found one that is cut off";
const BROKEN_ROW: &str = "expected a row of as many columns as the heading has, found another";

/// How a source holds its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// One or several on each line.
    Lines,
    /// Objects that take no heed of lines.
    Objects,
    /// A table whose heading begins at a byte.
    Rows(usize),
    /// XML elements.
    Elements(&'static str),
}

fn shape_of<R: ReadRecord>(head: &[u8]) -> Shape {
    let at = head.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    match head.get(at) {
        Some(b'[') => Shape::Objects,
        Some(b'{') => {
            let mut objects = Objects::new(R::LISTS);
            let table = Table::new(R::FIELDS);
            let mut is_whole = |line: &[u8]| line.first() == Some(&b'{') && objects.is_whole(line, &table);
            if head_lines(head).take(8).any(&mut is_whole) { Shape::Lines } else { Shape::Objects }
        }
        Some(b'<') if R::ELEMENT.is_some() => R::ELEMENT.map_or(Shape::Lines, Shape::Elements),
        _ if !R::HEADINGS.is_empty() => match Rows::heading_at(head, R::HEADINGS) {
            Some(at) => Shape::Rows(at),
            None => Shape::Lines,
        },
        _ => Shape::Lines,
    }
}

/// Tells by the head of a source whether its records are of a format.
pub(super) fn sniff<R: ReadRecord>(head: &[u8], name: &str) -> Sniff {
    let table = Table::new(R::FIELDS);
    let (mut ours, mut other) = (0_usize, 0_usize);
    match shape_of::<R>(head) {
        Shape::Rows(_) => return Sniff::Certain,
        Shape::Elements(name) => {
            let mut at = 0;
            while ours + other < TELLING {
                at = match elements::next(head, at, name) {
                    Some(Ok((start, end))) => {
                        let mut found = Found::default();
                        elements::read(head.get(start..end).unwrap_or_default(), &table, &mut found);
                        *(if R::is_ours(&found) { &mut ours } else { &mut other }) += 1;
                        end
                    }
                    Some(Err(start)) => start + 1,
                    None => break,
                };
            }
        }
        Shape::Objects => {
            let mut objects = Objects::new(R::LISTS);
            let mut at = 0;
            while ours + other < TELLING {
                let mut found = Found::default();
                match objects.next(head, at, &table, &mut found) {
                    Next::Record { end, .. } => {
                        *(if R::is_ours(&found) { &mut ours } else { &mut other }) += 1;
                        at = end;
                    }
                    Next::Broken { start } => match objects.resume(head, start) {
                        Some(next) => at = next,
                        None => break,
                    },
                    Next::Done => break,
                }
            }
        }
        Shape::Lines => {
            for line in head_lines(head).take(TELLING) {
                let mut found = Found::default();
                let json = line.trim_ascii_start();
                let known = if matches!(json.first(), Some(b'{' | b'[')) {
                    let mut objects = Objects::new(R::LISTS);
                    matches!(objects.next(json, 0, &table, &mut found), Next::Record { .. }) && R::is_ours(&found)
                } else {
                    R::is_our_text(line)
                };
                *(if known { &mut ours } else { &mut other }) += 1;
            }
        }
    }
    if ours == 0 {
        Sniff::No(format!("no record is {name}"))
    } else if ours * 2 >= other {
        Sniff::Certain
    } else {
        Sniff::Plausible
    }
}

/// Reads all records of a source.
pub(super) fn read<R: ReadRecord>(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
    match shape_of::<R>(&input.content.head()) {
        Shape::Lines => named::read::<Lines<R>>(input, events, report),
        shape => read_across::<R>(input, events, report, WINDOW, shape),
    }
}

/// Reads sources of one or several objects a line.
struct Lines<R> {
    inner: R,
    table: Table,
}

impl<R: ReadRecord> Default for Lines<R> {
    fn default() -> Self {
        Self { inner: R::default(), table: Table::new(R::FIELDS) }
    }
}

impl<R: ReadRecord> ReadNamed for Lines<R> {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        if !matches!(line.bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
            // What stands alone around the objects of an array that is written with one on each line.
            if matches!(line.bytes.trim_ascii(), b"[" | b"]" | b"]}") {
                return Outcome::Record;
            }
            return self.inner.read_text(line, out);
        }
        let mut objects = Objects::new(R::LISTS);
        let (mut at, mut outcome) = (0, None);
        loop {
            let mut found = Found::default();
            match objects.next(line.bytes, at, &self.table, &mut found) {
                Next::Record { start, end } => {
                    let bytes = line.bytes.get(start..end).unwrap_or_default();
                    let part = if line.len as usize == line.bytes.len() {
                        Line { bytes, offset: line.offset + start as u64, len: bytes.len() as u32 }
                    } else {
                        line
                    };
                    let read = self.inner.read(&found, &mut out.at(part));
                    if outcome != Some(Outcome::Record) {
                        outcome = Some(read);
                    }
                    at = end;
                }
                Next::Done if line.bytes.trim_ascii() == b"[" => return Outcome::Record,
                Next::Broken { .. } | Next::Done => return outcome.unwrap_or(Outcome::Unreadable(BROKEN)),
            }
        }
    }
}

/// Reads records that take no heed of lines, window by window.
fn read_across<R: ReadRecord>(
    input: &Input<'_>,
    events: &mut EventStore,
    report: &mut SourceReport,
    window_bytes: usize,
    shape: Shape,
) {
    let total = input.content.len();
    report.bytes = total;
    let table = Table::new(R::FIELDS);
    let mut objects = Objects::new(R::LISTS);
    let mut rows: Option<Rows> = None;
    let mut across = Across {
        reader: R::default(),
        scribe: Scribe::new(input.source, events.len()),
        records: 0,
        unreadable: 0,
        warnings: Vec::new(),
        quiet: Vec::new(),
    };
    let mut at = if let Shape::Rows(heading) = shape { heading as u64 } else { 0 };
    input.progress.advance(at);
    while at < total && !input.progress.is_cancelled() {
        let window = match input.content.slice(at, window_bytes.max(2 * MAX_RECORD)) {
            Ok(window) => window,
            Err(error) => {
                let message = format!("reading stopped at an error: {error}");
                report.warnings.push(Warning { position: Position::Index(across.records), offset: at, message });
                break;
            }
        };
        let last = at + window.len() as u64 >= total;
        let used = match shape {
            Shape::Rows(_) => {
                let rows = rows.get_or_insert_with(|| Rows::new(&window, &table));
                across.rows(rows, &table, &window, at, last, events)
            }
            Shape::Elements(name) => across.elements(name, &table, &window, at, last, events),
            Shape::Lines | Shape::Objects => across.objects(&mut objects, &table, &window, at, last, events),
        };
        if used == 0 {
            break;
        }
        input.progress.advance(used as u64);
        at += used as u64;
    }
    report.records += across.records;
    report.unreadable += across.unreadable;
    report.warnings.append(&mut across.warnings);
    report.quiet = across.quiet;
    across.scribe.finish(input, events, report);
}

struct Across<R> {
    reader: R,
    scribe: Scribe,
    records: u64,
    unreadable: u64,
    warnings: Vec<Warning>,
    /// Why records gave no event, and how many.
    quiet: Vec<(&'static str, u64)>,
}

impl<R: ReadRecord> Across<R> {
    /// Reads the objects of a window; how much of it is done with.
    fn objects(
        &mut self,
        objects: &mut Objects,
        table: &Table,
        window: &[u8],
        base: u64,
        last: bool,
        events: &mut EventStore,
    ) -> usize {
        let mut at = 0;
        loop {
            let mut found = Found::default();
            match objects.next(window, at, table, &mut found) {
                Next::Record { start, end } => {
                    self.record(&found, window, base, start, end, events);
                    at = end;
                }
                // It may only be cut off by the window.
                Next::Broken { start } if !last && window.len() - start < MAX_RECORD => return start,
                Next::Broken { start } => {
                    self.broken(BROKEN, base + start as u64);
                    match objects.resume(window, start) {
                        Some(next) => at = next,
                        None => return window.len(),
                    }
                }
                Next::Done => return window.len(),
            }
        }
    }

    /// Reads the XML elements of a window; how much of it is done with.
    fn elements(
        &mut self,
        name: &str,
        table: &Table,
        window: &[u8],
        base: u64,
        last: bool,
        events: &mut EventStore,
    ) -> usize {
        let mut at = 0;
        loop {
            match elements::next(window, at, name) {
                Some(Ok((start, end))) => {
                    let mut found = Found::default();
                    elements::read(window.get(start..end).unwrap_or_default(), table, &mut found);
                    self.record(&found, window, base, start, end, events);
                    at = end;
                }
                Some(Err(start)) if !last && window.len() - start < MAX_RECORD => return start,
                Some(Err(start)) => {
                    self.broken(BROKEN_ELEMENT, base + start as u64);
                    at = start + 1;
                }
                // The name may stand across the window's end.
                None if !last => return window.len() - name.len() - 1,
                None => return window.len(),
            }
        }
    }

    /// Reads the rows of a window; how much of it is done with.
    fn rows(
        &mut self,
        rows: &mut Rows,
        table: &Table,
        window: &[u8],
        base: u64,
        last: bool,
        events: &mut EventStore,
    ) -> usize {
        let mut at = 0;
        loop {
            let mut found = Found::default();
            match rows.next(window, at, last, table, &mut found) {
                rows::Next::Heading { end } => at = end,
                rows::Next::Record { start, end } => {
                    self.record(&found, window, base, start, end, events);
                    at = end;
                }
                rows::Next::Broken { start, end } => {
                    self.broken(BROKEN_ROW, base + start as u64);
                    at = end;
                }
                rows::Next::More { start } => return start,
                rows::Next::Done => return window.len(),
            }
        }
    }

    fn record(
        &mut self,
        found: &Found<'_>,
        window: &[u8],
        base: u64,
        start: usize,
        end: usize,
        events: &mut EventStore,
    ) {
        let bytes = window.get(start..end).unwrap_or_default();
        let line = Line { bytes, offset: base + start as u64, len: bytes.len() as u32 };
        let before = events.len();
        let quiet = match self.reader.read(found, &mut self.scribe.out(line, events)) {
            Outcome::Unreadable(why) => return self.broken(why, line.offset),
            Outcome::Quiet(why) => Some(why),
            Outcome::Record if events.len() > before => None,
            Outcome::Record | Outcome::Continuation => Some(SAYS_NOTHING),
        };
        self.records += 1;
        if let Some(why) = quiet {
            match self.quiet.iter_mut().find(|(other, _)| *other == why) {
                Some((_, count)) => *count += 1,
                None => self.quiet.push((why, 1)),
            }
        }
    }

    fn broken(&mut self, why: &str, offset: u64) {
        self.unreadable += 1;
        if self.warnings.len() < NAMED {
            let position = Position::Index(self.records + self.unreadable - 1);
            self.warnings.push(Warning { position, offset, message: why.to_owned() });
        }
    }
}

/// What tests of readers share.
#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use crate::{
        formats::named::testing::lines_of,
        model::SourceId,
        source::{Content, Progress},
    };

    /// Reads a text, with windows of several sizes where it has any: the same comes of it.
    pub(in crate::formats) fn read<R: ReadRecord>(text: &str) -> (EventStore, SourceReport) {
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let progress = Progress::default();
        let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("x.json".into()));
        super::read::<R>(&input, &mut events, &mut report);
        (events, report)
    }

    /// What the records of a text say.
    pub(in crate::formats) fn said<R: ReadRecord>(text: &str) -> Vec<String> {
        lines_of(&read::<R>(text).0)
    }
}

#[cfg(test)]
mod tests;
