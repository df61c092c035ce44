//! Tables with a heading: fields parted by commas, semicolons or tabs, quoted where need be (RFC 4180).

use super::{
    MAX_RECORD,
    found::{Escape, Found, Table},
};
use memchr::{memchr, memchr2};

/// What comes next in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The heading, which ends here.
    Heading {
        end: usize,
    },
    /// A row, read.
    Record {
        start: usize,
        end: usize,
    },
    /// A row that can't be read.
    Broken {
        start: usize,
        end: usize,
    },
    /// A row whose end is not there yet.
    More {
        start: usize,
    },
    Done,
}

/// Goes from row to row.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    delimiter: u8,
    /// The field of each column.
    columns: Vec<Option<(u8, u8)>>,
    /// The field of one more column that has no heading, where the format knows one.
    further: Option<(u8, u8)>,
    heading: bool,
}

/// Lines before the heading that are looked at: titles, comments.
const BEFORE: usize = 12;

impl Rows {
    /// Where the line begins that has all headings of one of these sets.
    pub(super) fn heading_at(head: &[u8], sets: &[&[&str]]) -> Option<usize> {
        let mut at = 0;
        for _ in 0..BEFORE {
            let rest = head.get(at..)?;
            let len = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest.get(..len)?;
            let names = headings(line);
            let has = |wanted: &&str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted.as_bytes()));
            if names.len() > 1 && sets.iter().any(|set| set.iter().all(has)) {
                return Some(at);
            }
            at += len + 1;
        }
        None
    }

    /// For a text that begins with the heading.
    pub(super) fn new(text: &[u8], table: &Table) -> Self {
        let line = text.get(..memchr(b'\n', text).unwrap_or(text.len())).unwrap_or_default();
        let columns = headings(line).iter().map(|name| table.column(name)).collect();
        let further = table.named("\u{2026}".as_bytes());
        Self { delimiter: delimiter_of(line), columns, further, heading: true }
    }

    /// The row at `from`.
    pub(super) fn next<'a>(
        &mut self,
        text: &'a [u8],
        from: usize,
        last: bool,
        table: &Table,
        found: &mut Found<'a>,
    ) -> Next {
        let _ = table;
        let mut start = from;
        while matches!(text.get(start), Some(b'\r' | b'\n')) {
            start += 1;
        }
        if start >= text.len() {
            return Next::Done;
        }
        if std::mem::take(&mut self.heading) {
            let end = memchr(b'\n', text.get(start..).unwrap_or_default()).map_or(text.len(), |at| start + at + 1);
            return Next::Heading { end };
        }
        let line_end = || memchr(b'\n', text.get(start..).unwrap_or_default()).map(|at| start + at + 1);
        match self.row(text, start, last, found) {
            Row::Whole { end, columns }
                if columns == self.columns.len() || self.further.is_some() && columns == self.columns.len() + 1 =>
            {
                Next::Record { start, end }
            }
            Row::CutOff if !last && text.len() - start < MAX_RECORD => Next::More { start },
            // A quote too many swallows what comes behind: go on with the next line.
            Row::Whole { .. } | Row::CutOff => Next::Broken { start, end: line_end().unwrap_or(text.len()) },
        }
    }

    fn row<'a>(&self, text: &'a [u8], start: usize, last: bool, found: &mut Found<'a>) -> Row {
        let (mut at, mut column) = (start, 0);
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let (value, escape, behind) = match rest.strip_prefix(b"\"") {
                Some(inside) => match closing_quote(inside) {
                    Some((len, doubled)) => {
                        let escape = if doubled { Escape::Csv } else { Escape::None };
                        (inside.get(..len).unwrap_or_default(), escape, at + len + 2)
                    }
                    None => return Row::CutOff,
                },
                None => match memchr2(self.delimiter, b'\n', rest) {
                    Some(len) => (rest.get(..len).unwrap_or_default(), Escape::None, at + len),
                    None if last => (rest, Escape::None, text.len()),
                    None => return Row::CutOff,
                },
            };
            let value = if escape == Escape::None { value.trim_ascii() } else { value };
            if let Some((field, rank)) = *self.columns.get(column).unwrap_or(&self.further) {
                found.put(field, rank, value, escape);
            }
            column += 1;
            let behind = behind + usize::from(text.get(behind) == Some(&b'\r'));
            match text.get(behind) {
                Some(&byte) if byte == self.delimiter => at = behind + 1,
                Some(b'\n') => return Row::Whole { end: behind + 1, columns: column },
                None if last => return Row::Whole { end: text.len(), columns: column },
                None => return Row::CutOff,
                Some(_) => return Row::Whole { end: behind, columns: usize::MAX },
            }
        }
    }
}

enum Row {
    Whole { end: usize, columns: usize },
    CutOff,
}

/// How long what stands in quotes is, and whether quotes are doubled in it.
fn closing_quote(inside: &[u8]) -> Option<(usize, bool)> {
    let (mut at, mut doubled) = (0, false);
    loop {
        at += memchr(b'"', inside.get(at..)?)?;
        if inside.get(at + 1) != Some(&b'"') {
            return Some((at, doubled));
        }
        doubled = true;
        at += 2;
    }
}

fn delimiter_of(heading: &[u8]) -> u8 {
    let count = |byte: u8| memchr::memchr_iter(byte, heading).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|&byte| count(byte)).unwrap_or(b',')
}

fn headings(line: &[u8]) -> Vec<&[u8]> {
    let delimiter = delimiter_of(line);
    line.split(|&byte| byte == delimiter)
        .map(|name| {
            let name = name.trim_ascii();
            name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name)
        })
        .collect()
}
