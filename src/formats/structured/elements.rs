//! Where XML elements that are records begin and end, and what stands in the elements inside them.

use super::found::{Escape, Found, Table};
use memchr::memmem;

/// Where the next element of this name begins and ends, from a place on; `Err` with where it begins if it has no end before
/// the text's or the next one's.
pub(super) fn next(text: &[u8], from: usize, name: &str) -> Option<Result<(usize, usize), usize>> {
    let start = opening(text, from, name)?;
    let close = format!("</{name}>");
    let rest = text.get(start + 1..)?;
    let end = memmem::find(rest, close.as_bytes()).map(|at| start + 1 + at + close.len());
    let another = opening(text, start + 1, name);
    Some(match (end, another) {
        (Some(end), Some(another)) if another < end => Err(start),
        (Some(end), _) => Ok((start, end)),
        (None, _) => Err(start),
    })
}

/// Where an element of this name opens.
pub(super) fn opening(text: &[u8], from: usize, name: &str) -> Option<usize> {
    let tag = format!("<{name}");
    let rest = text.get(from..)?;
    memmem::find_iter(rest, tag.as_bytes())
        .find(|at| matches!(rest.get(at + tag.len()), Some(b' ' | b'>' | b'\r' | b'\n' | b'\t')))
        .map(|at| from + at)
}

/// Reads what stands in the elements of a record: `<Name>value</Name>`, `<Data Name="Name">value</Data>`, and the attributes
/// `SystemTime` and `Name` of others.
pub(super) fn read<'a>(record: &'a [u8], table: &Table, found: &mut Found<'a>) {
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'<', record.get(at..).unwrap_or_default()).map(|open| at + open) {
        let Some(close) = memchr::memchr(b'>', record.get(open..).unwrap_or_default()).map(|end| open + end) else {
            return;
        };
        at = close + 1;
        let tag = record.get(open + 1..close).unwrap_or_default();
        if matches!(tag.first(), None | Some(b'/' | b'?' | b'!')) {
            continue;
        }
        let len = tag.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/').unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(len);
        if let Some(time) = attribute(attributes, b"SystemTime") {
            put(b"SystemTime", time, table, found);
        }
        let given = attribute(attributes, b"Name");
        let end = memchr::memchr(b'<', record.get(at..).unwrap_or_default()).map_or(record.len(), |end| at + end);
        let value = record.get(at..end).unwrap_or_default().trim_ascii();
        match given {
            Some(given) if name == b"Data" => put(given, value, table, found),
            Some(given) => put(name, given, table, found),
            // A value without a name that is a document of its own.
            None if name == b"Data" && value.starts_with(b"&lt;") => put(b"Data:xml", value, table, found),
            None => put(name, value, table, found),
        }
    }
}

fn put<'a>(name: &[u8], value: &'a [u8], table: &Table, found: &mut Found<'a>) {
    if let Some((field, rank)) = table.named(name) {
        let escape = if memchr::memchr(b'&', value).is_some() { Escape::Xml } else { Escape::None };
        found.put(field, rank, value, escape);
    }
}

/// The value of an attribute, in either kind of quotes.
fn attribute<'a>(attributes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::find_iter(attributes, name).find(|&at| {
        let before = at.checked_sub(1).and_then(|at| attributes.get(at));
        before.is_some_and(u8::is_ascii_whitespace)
            && attributes.get(at + name.len()..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
    })?;
    let rest = attributes.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (&quote, inside) = rest.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    inside.get(..memchr::memchr(quote, inside)?)
}
