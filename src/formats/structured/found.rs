//! The fields that a format asks for, and what one record has in them.

use super::super::{
    json::{Broken, MAX_DEPTH, Text, Value, Walk},
    timestamp::{Stamp, Stamps},
};
use std::borrow::Cow;

/// More fields than any format asks for.
const FIELDS: usize = 48;

/// How a value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::formats) enum Escape {
    /// As it is.
    #[default]
    None,
    /// With JSON's backslashes.
    Json,
    /// With quotes doubled.
    Csv,
    /// With XML's entities.
    Xml,
}

#[derive(Clone, Copy, Debug)]
struct Slot<'a> {
    raw: &'a [u8],
    escape: Escape,
    rank: u8,
}

/// What one record has in the fields that were asked for.
#[derive(Clone, Debug)]
pub(in crate::formats) struct Found<'a> {
    slots: [Slot<'a>; FIELDS],
}

impl Default for Found<'_> {
    fn default() -> Self {
        Self { slots: [Slot { raw: &[], escape: Escape::None, rank: u8::MAX }; FIELDS] }
    }
}

impl<'a> Found<'a> {
    /// Takes note of a value, unless a better place gave one.
    pub(in crate::formats) fn put(&mut self, field: u8, rank: u8, raw: &'a [u8], escape: Escape) {
        let empty = matches!(raw, b"" | b"null" | b"-" | b"(null)") || (raw == b"\"\"" && escape == Escape::None);
        if let Some(slot) = self.slots.get_mut(usize::from(field)).filter(|slot| rank < slot.rank && !empty) {
            *slot = Slot { raw, escape, rank };
        }
    }

    /// A field's characters; empty where the record does not have it.
    pub(in crate::formats) fn get(&self, field: u8) -> Cow<'a, [u8]> {
        let Some(slot) = self.slots.get(usize::from(field)) else { return Cow::Borrowed(&[]) };
        match slot.escape {
            Escape::None => Cow::Borrowed(slot.raw),
            Escape::Json => Text { raw: slot.raw, escaped: true }.bytes(),
            Escape::Csv => Cow::Owned(undoubled(slot.raw)),
            Escape::Xml => Cow::Owned(without_entities(slot.raw)),
        }
    }

    /// A field as it stands in the record: an array or an object from bracket to bracket.
    pub(in crate::formats) fn raw(&self, field: u8) -> &'a [u8] {
        self.slots.get(usize::from(field)).map_or(&[], |slot| slot.raw)
    }

    /// Whether the record has a field.
    pub(in crate::formats) fn has(&self, field: u8) -> bool {
        self.slots.get(usize::from(field)).is_some_and(|slot| slot.rank != u8::MAX)
    }

    /// A field as a stamp with its year.
    pub(in crate::formats) fn stamp(&self, field: u8, stamps: &mut Stamps) -> Option<Stamp> {
        let text = self.get(field);
        stamps.any(&text).or_else(|| super::super::stamp_forms::leading(stamps, &text))
    }
}

/// A stamp of a service that writes UTC whether or not it says so.
pub(in crate::formats) fn in_utc(stamp: Stamp) -> Stamp {
    Stamp { zone: stamp.zone.or(Some(0)), ..stamp }
}

fn undoubled(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'"', rest) {
        out.extend_from_slice(rest.get(..=at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    }
    out.extend_from_slice(rest);
    out
}

fn without_entities(raw: &[u8]) -> Vec<u8> {
    const NAMES: [(&[u8], char); 5] =
        [(b"&amp;", '&'), (b"&lt;", '<'), (b"&gt;", '>'), (b"&quot;", '"'), (b"&apos;", '\'')];
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'&', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let named = NAMES.iter().find(|(name, _)| rest.starts_with(name)).map(|&(name, meant)| (name.len(), meant));
        let (len, meant) = named.or_else(|| numbered(rest)).unwrap_or((1, '&'));
        out.extend_from_slice(meant.encode_utf8(&mut [0; 4]).as_bytes());
        rest = rest.get(len..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// `&#38;` and `&#x26;`.
fn numbered(text: &[u8]) -> Option<(usize, char)> {
    let rest = text.strip_prefix(b"&#")?;
    let end = rest.iter().take(8).position(|&byte| byte == b';')?;
    let digits = std::str::from_utf8(rest.get(..end)?).ok()?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((end + 3, char::from_u32(code)?))
}

/// What a name leads to.
#[derive(Clone, Copy, Debug)]
struct Branch {
    name: &'static str,
    /// The number of the field and how good a place this is for it.
    field: Option<(u8, u8)>,
    /// The names inside.
    inside: u16,
}

/// The fields that are looked at, by their paths.
#[derive(Clone, Debug)]
pub(in crate::formats) struct Table {
    fields: &'static [(&'static str, u8)],
    levels: Vec<Vec<Branch>>,
}

impl Table {
    /// Of paths whose steps are parted by `/`, or by `>` where a name has a `/` in it.
    pub(in crate::formats) fn new(fields: &'static [(&'static str, u8)]) -> Self {
        let mut levels: Vec<Vec<Branch>> = vec![Vec::new()];
        for (rank, &(path, field)) in fields.iter().enumerate() {
            let mut level = 0;
            let mut steps = path.split(if path.contains('>') { '>' } else { '/' }).peekable();
            while let Some(name) = steps.next() {
                let at = levels[level].iter().position(|branch| branch.name == name).unwrap_or_else(|| {
                    levels[level].push(Branch { name, field: None, inside: 0 });
                    levels[level].len() - 1
                });
                if steps.peek().is_none() {
                    levels[level][at].field = Some((field, rank as u8));
                } else {
                    if levels[level][at].inside == 0 {
                        levels.push(Vec::new());
                        levels[level][at].inside = (levels.len() - 1) as u16;
                    }
                    level = usize::from(levels[level][at].inside);
                }
            }
        }
        Self { fields, levels }
    }

    /// The field of a column and how good a place it is for it.
    pub(super) fn column(&self, heading: &[u8]) -> Option<(u8, u8)> {
        let at = self.fields.iter().position(|(path, _)| path.as_bytes().eq_ignore_ascii_case(heading))?;
        Some((self.fields.get(at)?.1, at as u8))
    }

    /// The field of a name that stands by itself, such as that of a `name=value` pair.
    pub(in crate::formats) fn named(&self, name: &[u8]) -> Option<(u8, u8)> {
        self.branch(0, name)?.field
    }

    fn branch(&self, level: u16, name: &[u8]) -> Option<Branch> {
        self.levels.get(usize::from(level))?.iter().find(|branch| branch.name.as_bytes() == name).copied()
    }

    /// Reads an object by itself, such as one that stands in a string.
    pub(in crate::formats) fn read<'a>(&self, bytes: &'a [u8], found: &mut Found<'a>) -> Result<(), Broken> {
        let mut walk = Walk::new(bytes);
        match walk.value()? {
            Value::Object => self.walk(&mut walk, bytes, 0, 0, found),
            _ => Err(Broken),
        }
    }

    /// Reads the fields of an object of a level, to its end.
    pub(super) fn walk<'a>(
        &self,
        walk: &mut Walk<'a>,
        bytes: &'a [u8],
        level: u16,
        depth: usize,
        found: &mut Found<'a>,
    ) -> Result<(), Broken> {
        while let Some(key) = walk.key()? {
            self.value(walk, bytes, level, depth, key, found)?;
        }
        Ok(())
    }

    /// Reads the value of a name.
    pub(super) fn value<'a>(
        &self,
        walk: &mut Walk<'a>,
        bytes: &'a [u8],
        level: u16,
        depth: usize,
        key: Text<'a>,
        found: &mut Found<'a>,
    ) -> Result<(), Broken> {
        let value = walk.value()?;
        let Some(branch) = self.branch(level, key.raw) else { return walk.skip(value) };
        let from = walk.at();
        match (value, branch.field) {
            (Value::Text(text), Some((field, rank))) => {
                found.put(field, rank, text.raw, if text.escaped { Escape::Json } else { Escape::None });
                Ok(())
            }
            (Value::Bare(bare), Some((field, rank))) => {
                found.put(field, rank, bare, Escape::None);
                Ok(())
            }
            (Value::Object, _) if branch.inside != 0 && depth < MAX_DEPTH => {
                self.walk(walk, bytes, branch.inside, depth + 1, found)
            }
            (Value::Array, _) if branch.inside != 0 && depth < MAX_DEPTH => {
                while let Some(item) = walk.item()? {
                    match item {
                        Value::Object => self.walk(walk, bytes, branch.inside, depth + 1, found)?,
                        other => walk.skip(other)?,
                    }
                }
                Ok(())
            }
            (Value::Object | Value::Array, Some((field, rank))) => {
                walk.leave()?;
                found.put(field, rank, bytes.get(from - 1..walk.at()).unwrap_or_default(), Escape::None);
                Ok(())
            }
            (other, _) => walk.skip(other),
        }
    }
}

/// What the first object of an array that has `value` as its `name` has as its `wanted`.
pub(in crate::formats) fn item_with<'a>(raw: &'a [u8], name: &str, value: &str, wanted: &str) -> Option<Cow<'a, [u8]>> {
    let mut walk = Walk::new(raw);
    if walk.value() != Ok(Value::Array) {
        return None;
    }
    while let Ok(Some(item)) = walk.item() {
        if item != Value::Object {
            walk.skip(item).ok()?;
            continue;
        }
        let (mut fits, mut given) = (false, None);
        while let Ok(Some(key)) = walk.key() {
            let inside = walk.value().ok()?;
            match inside {
                Value::Text(text) if key.raw == name.as_bytes() => fits = text.raw == value.as_bytes(),
                Value::Text(text) if key.raw == wanted.as_bytes() => given = Some(text.bytes()),
                other => walk.skip(other).ok()?,
            }
        }
        if fits && given.is_some() {
            return given;
        }
    }
    None
}

/// Hands on the names and values of `[{"name":"a","value":"b"},…]`, whatever the two are called.
pub(in crate::formats) fn pairs(raw: &[u8], mut each: impl FnMut(&[u8], &[u8])) {
    let mut walk = Walk::new(raw);
    if walk.value() != Ok(Value::Array) {
        return;
    }
    while let Ok(Some(item)) = walk.item() {
        if item != Value::Object {
            if walk.skip(item).is_err() {
                return;
            }
            continue;
        }
        let (mut name, mut value) = (Cow::Borrowed(&[][..]), Cow::Borrowed(&[][..]));
        while let Ok(Some(key)) = walk.key() {
            let from = walk.at();
            let Ok(given) = walk.value() else { return };
            let text = match given {
                Value::Text(text) => text.bytes(),
                Value::Bare(bare) => Cow::Borrowed(bare),
                Value::Object | Value::Array => {
                    if walk.leave().is_err() {
                        return;
                    }
                    Cow::Borrowed(raw.get(from..walk.at()).unwrap_or_default())
                }
            };
            if key.raw.eq_ignore_ascii_case(b"name") || key.raw.eq_ignore_ascii_case(b"key") {
                name = text;
            } else if key.raw.to_ascii_lowercase().ends_with(b"value") {
                value = text;
            }
        }
        each(&name, &value);
    }
}

/// Hands on the names and texts of `{"a":"b",…}`; of a list its first item.
pub(in crate::formats) fn members(raw: &[u8], mut each: impl FnMut(&[u8], &[u8])) {
    let mut walk = Walk::new(raw);
    if walk.value() != Ok(Value::Object) {
        return;
    }
    while let Ok(Some(key)) = walk.key() {
        let Ok(value) = walk.value() else { return };
        match value {
            Value::Text(text) => each(&key.bytes(), &text.bytes()),
            Value::Bare(bare) => each(&key.bytes(), bare),
            other => {
                if walk.skip(other).is_err() {
                    return;
                }
            }
        }
    }
}

/// Hands on the objects of an array, each as it stands.
pub(in crate::formats) fn objects_in(raw: &[u8], mut each: impl FnMut(&[u8])) {
    let mut walk = Walk::new(raw);
    if walk.value() != Ok(Value::Array) {
        return;
    }
    while let Ok(Some(item)) = walk.item() {
        let from = walk.at();
        if walk.skip(item).is_err() {
            return;
        }
        if item == Value::Object {
            each(raw.get(from - 1..walk.at()).unwrap_or_default());
        }
    }
}

/// The first string of an array, or the string itself.
pub(in crate::formats) fn first_text(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut walk = Walk::new(raw);
    match walk.value() {
        Ok(Value::Array) => match walk.item() {
            Ok(Some(Value::Text(text))) => text.bytes(),
            _ => Cow::Borrowed(&[]),
        },
        _ => Cow::Borrowed(raw),
    }
}
