//! Where JSON objects that are records begin and end: by themselves, in an array, or in a list inside an object.

use super::{
    super::json::{Broken, Value, Walk},
    found::{Found, Table},
};

/// What comes next in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A record, read.
    Record {
        start: usize,
        end: usize,
    },
    /// Something that can't be read, or is cut off by the end of the text.
    Broken {
        start: usize,
    },
    Done,
}

/// Goes from record to record.
#[derive(Clone, Debug)]
pub(super) struct Objects {
    lists: &'static [&'static str],
    /// The name that records begin with, quotes and all: where one is damaged, the next one is looked for by it.
    first_name: Vec<u8>,
}

impl Objects {
    /// With the names of arrays that hold records.
    pub(super) fn new(lists: &'static [&'static str]) -> Self {
        Self { lists, first_name: Vec::new() }
    }

    /// Whether a text is one object that is a record, and nothing more.
    pub(super) fn is_whole(&mut self, text: &[u8], table: &Table) -> bool {
        let found = &mut Found::default();
        let first = self.next(text, 0, table, found);
        matches!(first, Next::Record { start: 0, end } if text.get(end..).is_some_and(|rest| Walk::new(rest).is_done()))
    }

    /// The next record behind `from`. Brackets, commas and names of what stands around records are passed over.
    pub(super) fn next<'a>(&mut self, text: &'a [u8], from: usize, table: &Table, found: &mut Found<'a>) -> Next {
        let mut at = from;
        while let Some(&byte) = text.get(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']' | b'}' | b':' => at += 1,
                b'"' => match string(text, at) {
                    Some(end) => at = end,
                    None => return Next::Broken { start: at },
                },
                b'{' => match self.object(text, at, table, found) {
                    Ok(Whole::Record(end)) => return Next::Record { start: at, end },
                    Ok(Whole::List(inside)) => {
                        *found = Found::default();
                        at = inside;
                    }
                    Err(Broken) => return Next::Broken { start: at },
                },
                b'0'..=b'9' | b'-' | b't' | b'f' | b'n' => {
                    let rest = text.get(at..).unwrap_or_default();
                    let len = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte));
                    let word = rest.get(..len.unwrap_or(rest.len())).unwrap_or_default();
                    let known = matches!(word, b"true" | b"false" | b"null");
                    if !known && !word.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)) {
                        return Next::Broken { start: at };
                    }
                    at += word.len();
                }
                _ => return Next::Broken { start: at },
            }
        }
        Next::Done
    }

    /// Where the record behind a damaged one begins.
    pub(super) fn resume(&self, text: &[u8], damaged: usize) -> Option<usize> {
        let from = damaged + 1;
        let rest = text.get(from..)?;
        let own = own_name(text, damaged);
        let name = if self.first_name.is_empty() { own.unwrap_or_default() } else { &self.first_name };
        if name.is_empty() {
            return memchr::memmem::find(rest, b"\n{").map(|at| from + at + 1);
        }
        memchr::memmem::find_iter(rest, name).find_map(|name| {
            let before = rest.get(..name)?.iter().rposition(|byte| !byte.is_ascii_whitespace())?;
            (rest.get(before) == Some(&b'{')).then_some(from + before)
        })
    }

    fn object<'a>(
        &mut self,
        text: &'a [u8],
        start: usize,
        table: &Table,
        found: &mut Found<'a>,
    ) -> Result<Whole, Broken> {
        let bytes = text.get(start..).unwrap_or_default();
        let mut walk = Walk::new(bytes);
        walk.value()?;
        let mut first: &[u8] = &[];
        while let Some(key) = walk.key()? {
            if first.is_empty() {
                first = key.raw;
            }
            if self.lists.iter().any(|list| list.as_bytes() == key.raw) {
                let mut ahead = walk;
                if ahead.value()? == Value::Array {
                    return Ok(Whole::List(start + ahead.at()));
                }
            }
            table.value(&mut walk, bytes, 0, 0, key, found)?;
        }
        if self.first_name.is_empty() && !first.is_empty() {
            self.first_name = [b"\"", first, b"\""].concat();
        }
        Ok(Whole::Record(start + walk.at()))
    }
}

/// The name that a damaged record itself begins with, quotes and all.
fn own_name(text: &[u8], damaged: usize) -> Option<&[u8]> {
    let inside = text.get(damaged..)?.strip_prefix(b"{")?.trim_ascii_start();
    let len = memchr::memchr(b'"', inside.strip_prefix(b"\"")?)?;
    inside.get(..len + 2)
}

/// The end of a string. One that holds a record is none: a quote too many stands before it.
fn string(text: &[u8], at: usize) -> Option<usize> {
    let mut walk = Walk::new(text.get(at..)?);
    match walk.value() {
        Ok(Value::Text(inside)) if memchr::memchr(b'{', inside.raw).is_none() => Some(at + walk.at()),
        _ => None,
    }
}

enum Whole {
    /// A record that ends here.
    Record(usize),
    /// Something around records, the first of which comes from here on.
    List(usize),
}
