//! How characters are written: a byte-order mark skipped, UTF-16 transcoded, within the limit of memory.

use std::io::{self, Read};

/// The most that is ever kept in memory of one source.
pub(super) const MEMORY_CAP: u64 = 2 << 30;

/// How many first bytes tell what a source is wrapped in.
pub(super) const TELLING_BYTES: usize = 4096;

/// How a source's characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8 or anything else that is read byte by byte, behind a mark of `skip` bytes.
    Utf8 { skip: u64 },
    /// UTF-16 behind a mark of `skip` bytes.
    Utf16 { big_endian: bool, skip: u64 },
}

impl Encoding {
    /// Tells the encoding by the first bytes: by the byte-order mark, else by where the zero bytes stand.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => Self::Utf8 { skip: 3 },
            // FF FE 00 00 would be UTF-32, which no known producer writes.
            [0xFF, 0xFE, rest @ ..] if !rest.starts_with(&[0, 0]) => Self::Utf16 { big_endian: false, skip: 2 },
            [0xFE, 0xFF, ..] => Self::Utf16 { big_endian: true, skip: 2 },
            _ => match unmarked_utf16(head) {
                Some(big_endian) => Self::Utf16 { big_endian, skip: 0 },
                None => Self::Utf8 { skip: 0 },
            },
        }
    }
}

/// Whether text without a mark is UTF-16, and of which order: nine of ten units must be plain ASCII in that order, and none
/// may be zero, which tables and images always hold.
fn unmarked_utf16(head: &[u8]) -> Option<bool> {
    let (units, _) = head.as_chunks::<2>();
    if units.len() < 4 {
        return None;
    }
    let ascii = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let (mut little, mut big) = (0, 0);
    for unit in units {
        match *unit {
            [0, 0] => return None,
            [low, 0] if ascii(low) => little += 1,
            [0, low] if ascii(low) => big += 1,
            _ => {}
        }
    }
    let enough = units.len() - units.len() / 10;
    if little >= enough { Some(false) } else { (big >= enough).then_some(true) }
}

/// Reads to the end or to `cap`, with a note if that was not all.
pub(super) fn read_capped(reader: &mut impl Read, cap: u64) -> io::Result<(Vec<u8>, Vec<String>)> {
    let mut bytes = Vec::new();
    reader.take(cap).read_to_end(&mut bytes)?;
    let mut notes = Vec::new();
    if bytes.len() as u64 == cap && reader.read(&mut [0])? > 0 {
        notes.push(format!("only its first {} were read, the most that is kept in memory", size_words(cap)));
    }
    Ok((bytes, notes))
}

/// Transcodes UTF-16; lone surrogates become U+FFFD and are noted, as is half a unit at the end.
pub(super) fn utf8_from_utf16(mut units: impl Read, big_endian: bool, cap: u64) -> (Vec<u8>, Vec<String>) {
    let (mut text, mut notes, mut lost) = (Vec::new(), Vec::new(), 0_u64);
    let mut piece = vec![0; 1 << 16];
    let (mut held, mut high) = (0, None::<u16>);
    loop {
        let read = match units.read(&mut piece[held..]) {
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                notes.push(format!("reading stopped at an error: {error}; what came before was read"));
                0
            }
        };
        if read == 0 {
            break;
        }
        let filled = held + read;
        for unit in piece[..filled].as_chunks::<2>().0 {
            let unit = if big_endian { u16::from_be_bytes(*unit) } else { u16::from_le_bytes(*unit) };
            push_unit(unit, &mut high, &mut text, &mut lost);
        }
        held = filled % 2;
        if held == 1 {
            piece[0] = piece[filled - 1];
        }
        if text.len() as u64 >= cap {
            notes.push(format!("its UTF-16 text is longer than {}; the rest was not read", size_words(cap)));
            held = 0;
            break;
        }
    }
    lost += u64::from(high.is_some()) + held as u64;
    if lost > 0 {
        notes.push(format!("{lost} of its UTF-16 characters are damaged"));
    }
    (text, notes)
}

fn push_unit(unit: u16, high: &mut Option<u16>, text: &mut Vec<u8>, lost: &mut u64) {
    let mut push = |character: char| text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    if let Some(first) = high.take() {
        if let Some(Ok(character)) = char::decode_utf16([first, unit]).next() {
            return push(character);
        }
        *lost += 1;
        push(char::REPLACEMENT_CHARACTER);
    }
    match char::from_u32(u32::from(unit)) {
        Some(character) => push(character),
        None if unit < 0xDC00 => *high = Some(unit),
        None => {
            *lost += 1;
            push(char::REPLACEMENT_CHARACTER);
        }
    }
}

pub(super) fn size_words(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_without_a_mark_is_told_by_its_zeros_and_binary_data_is_not() {
        let little: Vec<u8> = "{\"log\": 1}\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "{\"log\": 1}\r\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(Encoding::of(&little), Encoding::Utf16 { big_endian: false, skip: 0 });
        assert_eq!(Encoding::of(&big), Encoding::Utf16 { big_endian: true, skip: 0 });
        assert_eq!(Encoding::of(b"ElfFile\0\0\0\0\0\0\0\0\0\x12\0\0\0"), Encoding::Utf8 { skip: 0 });
        assert_eq!(Encoding::of(b"Nov 23 07:24:24 vm sshd"), Encoding::Utf8 { skip: 0 });
    }

    #[test]
    fn a_lone_surrogate_is_replaced_and_counted() {
        let units: Vec<u8> = [0x41, 0xD83D, 0xDE00, 0xD83D, 0x42_u16].into_iter().flat_map(u16::to_le_bytes).collect();
        let (text, notes) = utf8_from_utf16(&*units, false, MEMORY_CAP);
        assert_eq!(String::from_utf8(text).unwrap(), "A😀\u{FFFD}B");
        assert_eq!(notes, ["1 of its UTF-16 characters are damaged"]);
    }
}
