//! Windows' event log files (EVTX), turned into the XML that Event Viewer would show, one event a line.
//!
//! A file is a header and chunks of 64 KiB, each readable by itself; an event is binary XML, mostly a template with values.
//! A reader of our own: the well-kept crate would bring fifteen more, and change how `serde_json` keeps objects everywhere.
//!
//! <https://learn.microsoft.com/openspecs/windows_protocols/ms-even6/c73573ae-1c90-43a2-a65f-ad7501155956>,
//! <https://github.com/libyal/libevtx/blob/main/documentation/Windows%20XML%20Event%20Log%20(EVTX).asciidoc>

use super::decode::MEMORY_CAP;
use std::{
    fmt::Write as _,
    io::{self, Read},
};

const CHUNK: usize = 64 << 10;
const FILE_HEADER: u64 = 4096;
const CHUNK_HEADER: usize = 512;
const RECORD_HEADER: usize = 24;

/// No event nests deeper, has more parts or is longer than this.
const MAX_DEPTH: usize = 24;
const MAX_STEPS: usize = 100_000;
const MAX_TEXT: usize = 1 << 20;

/// Whether a file is an event log.
pub(super) fn is_event_log(head: &[u8]) -> bool {
    head.starts_with(b"ElfFile\0")
}

/// The events of a log as XML, and what was left out.
pub(super) fn xml_of(mut file: impl Read) -> (Vec<u8>, Vec<String>) {
    let (mut xml, mut notes) = (Vec::new(), Vec::new());
    let (mut damaged, mut chunks) = (0_u64, 0_u64);
    if io::copy(&mut file.by_ref().take(FILE_HEADER), &mut io::sink()).is_err() {
        return (xml, vec!["the event log can't be read".to_owned()]);
    }
    let mut chunk = Vec::with_capacity(CHUNK);
    loop {
        chunk.clear();
        match file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                notes.push(format!("reading the event log stopped at an error: {error}"));
                break;
            }
        }
        if chunk.starts_with(b"ElfChnk\0") {
            damaged += read_chunk(&chunk, &mut xml);
        } else if chunk.iter().any(|&byte| byte != 0) {
            chunks += 1;
        }
        if xml.len() as u64 > MEMORY_CAP / 2 {
            notes.push("the event log is too long; its later events were left out".to_owned());
            break;
        }
    }
    if damaged > 0 {
        notes.push(format!("events of the log that are damaged and were left out: {damaged}"));
    }
    if chunks > 0 {
        notes.push(format!("parts of the log of 64 KiB each that are damaged and were left out: {chunks}"));
    }
    (xml, notes)
}

/// Adds the events of a chunk; returns how many could not be read.
fn read_chunk(chunk: &[u8], xml: &mut Vec<u8>) -> u64 {
    let (mut at, mut damaged) = (CHUNK_HEADER, 0);
    while chunk.get(at..at + 4) == Some(&[0x2A, 0x2A, 0, 0]) {
        let Some(size) = u32_at(chunk, at + 4).map(|size| size as usize).filter(|&size| size > RECORD_HEADER) else {
            break;
        };
        let mut event = Event { chunk, text: String::new(), steps: 0 };
        let mut from = at + RECORD_HEADER;
        let whole = at + size <= chunk.len() && event.content(&mut from, &[], 0, false).is_some();
        if whole && event.text.contains("<Event") {
            xml.extend_from_slice(event.text.trim().as_bytes());
            xml.push(b'\n');
        } else {
            damaged += 1;
        }
        at += size;
    }
    damaged
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A value that stands in a template's place: its type, and where in the chunk it lies.
#[derive(Clone, Copy, Debug)]
struct Value {
    kind: u8,
    at: usize,
    len: usize,
}

/// One event while it is written out.
struct Event<'a> {
    chunk: &'a [u8],
    text: String,
    steps: usize,
}

impl Event<'_> {
    /// Writes what stands from `at` to the end of the element or fragment around it. `bare`: inside a value, where elements
    /// have no dependency id.
    fn content(&mut self, at: &mut usize, values: &[Value], depth: usize, bare: bool) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        loop {
            self.step()?;
            let token = *self.chunk.get(*at)?;
            match token & 0x3F {
                // The end of the fragment, or of the element.
                0x00 | 0x04 => {
                    *at += 1;
                    return Some(());
                }
                0x01 => self.element(at, values, depth, bare)?,
                0x05 => {
                    *at += 2;
                    let text = self.counted(at)?;
                    escape(&text, &mut self.text);
                }
                0x07 => {
                    *at += 1;
                    let text = self.counted(at)?;
                    escape(&text, &mut self.text);
                }
                0x08 => {
                    let code = u16_at(self.chunk, *at + 1)?;
                    let _ = write!(self.text, "&#{code};");
                    *at += 3;
                }
                0x09 => {
                    *at += 1;
                    let name = self.name(at)?;
                    let _ = write!(self.text, "&{name};");
                }
                0x0A => {
                    *at += 1;
                    self.name(at)?;
                }
                0x0B => {
                    *at += 1;
                    self.counted(at)?;
                }
                0x0C => {
                    self.template(at, depth)?;
                    // A record is its template and nothing else.
                    if self.chunk.get(*at) != Some(&0) {
                        return Some(());
                    }
                }
                0x0D | 0x0E => self.place(at, values, depth)?,
                0x0F => *at += 4,
                _ => return None,
            }
        }
    }

    fn step(&mut self) -> Option<()> {
        self.steps += 1;
        (self.steps < MAX_STEPS && self.text.len() < MAX_TEXT).then_some(())
    }

    fn element(&mut self, at: &mut usize, values: &[Value], depth: usize, bare: bool) -> Option<()> {
        let has_attributes = self.chunk.get(*at)? & 0x40 != 0;
        *at += if bare { 1 + 4 } else { 1 + 2 + 4 };
        let name = self.name(at)?;
        let _ = write!(self.text, "<{name}");
        if has_attributes {
            *at += 4;
            while self.chunk.get(*at)? & 0x3F == 0x06 {
                self.step()?;
                *at += 1;
                let attribute = self.name(at)?;
                let _ = write!(self.text, " {attribute}=\"");
                self.attribute(at, values, depth)?;
                self.text.push('"');
            }
        }
        let close = *self.chunk.get(*at)?;
        *at += 1;
        match close {
            0x02 => {
                self.text.push('>');
                self.content(at, values, depth + 1, bare)?;
                let _ = write!(self.text, "</{name}>");
            }
            0x03 => self.text.push_str("/>"),
            _ => return None,
        }
        Some(())
    }

    /// The value of an attribute: text and places of values, up to the next attribute or the end of the tag.
    fn attribute(&mut self, at: &mut usize, values: &[Value], depth: usize) -> Option<()> {
        loop {
            self.step()?;
            match self.chunk.get(*at)? & 0x3F {
                0x05 => {
                    *at += 2;
                    let text = self.counted(at)?;
                    escape(&text, &mut self.text);
                }
                0x08 => {
                    let code = u16_at(self.chunk, *at + 1)?;
                    let _ = write!(self.text, "&#{code};");
                    *at += 3;
                }
                0x09 => {
                    *at += 1;
                    let name = self.name(at)?;
                    let _ = write!(self.text, "&{name};");
                }
                0x0D | 0x0E => self.place(at, values, depth)?,
                _ => return Some(()),
            }
        }
    }

    /// A name, which stands here or elsewhere in the chunk.
    fn name(&self, at: &mut usize) -> Option<String> {
        let offset = u32_at(self.chunk, *at)? as usize;
        *at += 4;
        let count = usize::from(u16_at(self.chunk, offset + 6)?);
        let name = utf16(self.chunk.get(offset + 8..offset + 8 + 2 * count)?);
        if offset == *at {
            *at += 8 + 2 * count + 2;
        }
        let plain = |character: char| {
            let fits = character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | ':');
            if fits { character } else { '_' }
        };
        Some(name.chars().map(plain).collect())
    }

    /// Text behind the count of its characters.
    fn counted(&self, at: &mut usize) -> Option<String> {
        let count = usize::from(u16_at(self.chunk, *at)?);
        let text = utf16(self.chunk.get(*at + 2..*at + 2 + 2 * count)?);
        *at += 2 + 2 * count;
        Some(text)
    }

    /// A template with the values of this event.
    fn template(&mut self, at: &mut usize, depth: usize) -> Option<()> {
        const DEFINITION_HEADER: usize = 24;
        let definition = u32_at(self.chunk, *at + 6)? as usize;
        *at += 10;
        if definition == *at {
            *at += DEFINITION_HEADER + u32_at(self.chunk, definition + 20)? as usize;
        }
        let count = u32_at(self.chunk, *at)? as usize;
        *at += 4;
        let mut from = at.checked_add(count.checked_mul(4)?)?;
        let mut values = Vec::with_capacity(count.min(256));
        for index in 0..count {
            let len = usize::from(u16_at(self.chunk, *at + 4 * index)?);
            values.push(Value { kind: *self.chunk.get(*at + 4 * index + 2)?, at: from, len });
            from += len;
        }
        *at = from;
        let mut body = definition + DEFINITION_HEADER;
        self.content(&mut body, &values, depth + 1, false)
    }

    /// The place of a value in a template.
    fn place(&mut self, at: &mut usize, values: &[Value], depth: usize) -> Option<()> {
        let index = usize::from(u16_at(self.chunk, *at + 1)?);
        *at += 4;
        match values.get(index) {
            Some(&value) => self.value(value, depth),
            None => Some(()),
        }
    }

    fn value(&mut self, value: Value, depth: usize) -> Option<()> {
        let bytes = self.chunk.get(value.at..value.at.checked_add(value.len)?)?;
        if value.kind == 0x21 {
            let mut from = value.at;
            return if bytes.is_empty() { Some(()) } else { self.content(&mut from, &[], depth + 1, true) };
        }
        if let Some(text) = written(value.kind, bytes) {
            escape(&text, &mut self.text);
        }
        Some(())
    }
}

/// A value as Event Viewer writes it.
fn written(kind: u8, bytes: &[u8]) -> Option<String> {
    let int = |bytes: &[u8]| -> Option<u64> {
        Some(match bytes.len() {
            1 => u64::from(*bytes.first()?),
            2 => u64::from(u16_at(bytes, 0)?),
            4 => u64::from(u32_at(bytes, 0)?),
            8 => u64_at(bytes, 0)?,
            _ => return None,
        })
    };
    Some(match kind {
        0x01 => utf16(bytes).trim_end_matches('\0').to_owned(),
        0x02 => bytes.iter().map(|&byte| char::from(byte)).filter(|&character| character != '\0').collect(),
        0x03 | 0x05 | 0x07 | 0x09 => {
            let shift = 64 - 8 * bytes.len() as u32;
            (((int(bytes)? << shift) as i64) >> shift).to_string()
        }
        0x04 | 0x06 | 0x08 | 0x0A => int(bytes)?.to_string(),
        0x0B => f32::from_le_bytes(*bytes.first_chunk()?).to_string(),
        0x0C => f64::from_le_bytes(*bytes.first_chunk()?).to_string(),
        0x0D => (int(bytes)? != 0).to_string(),
        0x0F => guid(bytes)?,
        0x10 | 0x14 | 0x15 => format!("0x{:x}", int(bytes)?),
        0x11 => file_time(u64_at(bytes, 0)?)?,
        0x12 => system_time(bytes)?,
        0x13 => sid(bytes)?,
        0x81 => utf16(bytes).trim_end_matches('\0').replace('\0', ", "),
        _ => bytes.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02X}");
            hex
        }),
    })
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|character| character.unwrap_or('\u{FFFD}')).collect()
}

fn guid(bytes: &[u8]) -> Option<String> {
    let (first, second, third) = (u32_at(bytes, 0)?, u16_at(bytes, 4)?, u16_at(bytes, 6)?);
    let mut text = format!("{{{first:08X}-{second:04X}-{third:04X}-");
    for (index, byte) in bytes.get(8..16)?.iter().enumerate() {
        let _ = write!(text, "{}{byte:02X}", if index == 2 { "-" } else { "" });
    }
    text.push('}');
    Some(text)
}

/// Tenths of microseconds since 1601.
fn file_time(ticks: u64) -> Option<String> {
    const TO_EPOCH: i128 = 116_444_736_000_000_000;
    let nanos = (i128::from(ticks) - TO_EPOCH) * 100;
    jiff::Timestamp::from_nanosecond(nanos).ok().map(|time| time.to_string())
}

fn system_time(bytes: &[u8]) -> Option<String> {
    let part = |index: usize| u16_at(bytes, 2 * index);
    let (year, month, day) = (part(0)?, part(1)?, part(3)?);
    let (hour, minute, second, milli) = (part(4)?, part(5)?, part(6)?, part(7)?);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"))
}

fn sid(bytes: &[u8]) -> Option<String> {
    let (&revision, &count) = (bytes.first()?, bytes.get(1)?);
    let authority = bytes.get(2..8)?.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    let mut text = format!("S-{revision}-{authority}");
    for index in 0..usize::from(count) {
        let _ = write!(text, "-{}", u32_at(bytes, 8 + 4 * index)?);
    }
    Some(text)
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            character if character.is_control() && character != '\t' => {}
            character => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts binary XML together: what a chunk of one event holds.
    #[derive(Default)]
    struct Writer(Vec<u8>);

    impl Writer {
        fn u16(&mut self, value: u16) {
            self.0.extend_from_slice(&value.to_le_bytes());
        }

        fn u32(&mut self, value: u32) {
            self.0.extend_from_slice(&value.to_le_bytes());
        }

        fn text(&mut self, text: &str) {
            text.encode_utf16().for_each(|unit| self.u16(unit));
        }

        /// A name that stands where it is used.
        fn name(&mut self, name: &str) {
            let here = self.0.len() as u32 + 4;
            self.u32(here);
            self.u32(0);
            self.u16(0);
            self.u16(name.len() as u16);
            self.text(name);
            self.u16(0);
        }

        fn open(&mut self, name: &str, attributes: bool) {
            self.0.push(if attributes { 0x41 } else { 0x01 });
            self.u16(0xFFFF);
            self.u32(0);
            self.name(name);
            if attributes {
                self.u32(0);
            }
        }

        fn place(&mut self, index: u16, kind: u8) {
            self.0.push(0x0D);
            self.u16(index);
            self.0.push(kind);
        }
    }

    /// A log with one event: a template with an id, a time, a text and a SID.
    fn log() -> Vec<u8> {
        let mut w = Writer(vec![0; CHUNK_HEADER]);
        w.0[..8].copy_from_slice(b"ElfChnk\0");
        let record = w.0.len();
        w.u32(0x2A2A);
        w.u32(0);
        w.0.extend_from_slice(&[0; 16]);
        w.0.extend_from_slice(&[0x0F, 1, 1, 0, 0x0C, 1]);
        w.u32(7);
        let definition = w.0.len() as u32 + 4;
        w.u32(definition);
        w.u32(0);
        w.0.extend_from_slice(&[0; 16]);
        let size_at = w.0.len();
        w.u32(0);
        let body = w.0.len();
        w.0.extend_from_slice(&[0x0F, 1, 1, 0]);
        w.open("Event", false);
        w.0.push(0x02);
        w.open("EventID", false);
        w.0.push(0x02);
        w.place(0, 6);
        w.0.push(0x04);
        w.open("TimeCreated", true);
        w.0.push(0x06);
        w.name("SystemTime");
        w.place(1, 0x11);
        w.0.push(0x03);
        w.open("Data", true);
        w.0.push(0x06);
        w.name("Name");
        w.0.extend_from_slice(&[0x05, 1]);
        w.u16(14);
        w.text("TargetUserName");
        w.0.push(0x02);
        w.place(2, 1);
        w.0.push(0x04);
        w.open("Sid", false);
        w.0.push(0x02);
        w.place(3, 0x13);
        w.0.extend_from_slice(&[0x04, 0x04, 0x00]);
        let size = (w.0.len() - body) as u32;
        w.0[size_at..size_at + 4].copy_from_slice(&size.to_le_bytes());
        let sid = [1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 9, 0, 0, 0];
        let user: Vec<u8> = "k&m".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let values: [(u8, Vec<u8>); 4] = [
            (6, 4624_u16.to_le_bytes().to_vec()),
            (0x11, 134_398_929_582_630_000_u64.to_le_bytes().to_vec()),
            (1, user),
            (0x13, sid.to_vec()),
        ];
        w.u32(values.len() as u32);
        for (kind, bytes) in &values {
            w.u16(bytes.len() as u16);
            w.0.extend_from_slice(&[*kind, 0]);
        }
        for (_, bytes) in &values {
            w.0.extend_from_slice(bytes);
        }
        let size = (w.0.len() - record + 4) as u32;
        w.u32(size);
        w.0[record + 4..record + 8].copy_from_slice(&size.to_le_bytes());
        w.0.resize(CHUNK, 0);
        let mut file = b"ElfFile\0".to_vec();
        file.resize(FILE_HEADER as usize, 0);
        [file, w.0].concat()
    }

    #[test]
    fn an_event_becomes_the_xml_that_it_stands_for() {
        let (xml, notes) = xml_of(&*log());
        let text = String::from_utf8(xml).expect("it is text");
        let expected = "<Event><EventID>4624</EventID><TimeCreated SystemTime=\"2026-11-23T07:35:58.263Z\"/><Data Name=\"TargetUserName\">k&amp;m</Data><Sid>S-1-5-21-9</Sid></Event>\n";
        assert_eq!((text.as_str(), notes.len()), (expected, 0));
    }

    #[test]
    fn a_damaged_log_is_read_as_far_as_it_goes() {
        let log = log();
        for at in (FILE_HEADER as usize..FILE_HEADER as usize + 1_200).step_by(7) {
            let mut damaged = log.clone();
            damaged[at] ^= 0xA5;
            let (xml, _) = xml_of(&*damaged);
            assert!(xml.len() < 2_000);
            xml_of(&damaged[..at]);
        }
        let mut other = log;
        other[FILE_HEADER as usize] = b'X';
        assert_eq!(xml_of(&*other).1.len(), 1);
    }

    #[test]
    fn values_are_written_as_event_viewer_does() {
        let table: [(u8, &[u8], &str); 9] = [
            (0x07, &[0xFE, 0xFF, 0xFF, 0xFF], "-2"),
            (0x08, &[7, 0, 0, 0], "7"),
            (0x0D, &[1, 0, 0, 0], "true"),
            (0x0E, &[1, 0xAB], "01AB"),
            (0x0F, &[1, 0, 0, 0, 2, 0, 3, 0, 4, 5, 6, 7, 8, 9, 10, 11], "{00000001-0002-0003-0405-060708090A0B}"),
            (0x12, &[0xEA, 7, 11, 0, 1, 0, 23, 0, 7, 0, 39, 0, 18, 0, 7, 0], "2026-11-23T07:39:18.007Z"),
            (0x14, &[0xE7, 3, 0, 0], "0x3e7"),
            (0x15, &[0x37, 0x32, 0x1E, 0, 0, 0, 0, 0], "0x1e3237"),
            (0x81, &[b'a', 0, 0, 0, b'b', 0, 0, 0], "a, b"),
        ];
        for (kind, bytes, expected) in table {
            assert_eq!(written(kind, bytes).as_deref(), Some(expected));
        }
    }
}
