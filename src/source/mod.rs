//! Bytes of sources, whatever they came in: files, folders, archives, rotated sets, gzip, UTF-16, standard input, samples.
//!
//! [`open`] is the door: one path may hold many sources. Everything above this stage sees UTF-8 text (or whatever the file
//! holds, where it is none) without a byte-order mark, by offset, and never the whole of a large file at once: only what is
//! compressed, transcoded or piped lies in memory.

mod archive;
mod compressed;
mod decode;
mod evtx;
mod fiddler;
mod gather;
mod open_error;
mod progress;
mod rotated;
mod wrapping;

pub use gather::{Opened, open, open_bytes};
pub use open_error::OpenError;
pub use progress::Progress;
pub use rotated::join_rotated;
pub use wrapping::{Wrapping, cri_piece};

use crate::model::Nanos;
use compressed::Compression;
use decode::{Encoding, MEMORY_CAP};
use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read as _},
    ops::Range,
    path::Path,
    sync::{Arc, OnceLock},
    time::UNIX_EPOCH,
};

/// How much of a source its format is told by.
pub const HEAD_BYTES: usize = 256 * 1024;

/// The bytes of one source, readable at any offset from any thread.
#[derive(Debug)]
pub struct Content {
    backing: Backing,
    /// Bytes in front that are not content: a UTF-8 byte-order mark.
    skipped: u64,
    modified: Option<Nanos>,
    notes: Vec<String>,
    wrapping: OnceLock<Wrapping>,
}

#[derive(Debug)]
enum Backing {
    File {
        file: File,
        len: u64,
    },
    Memory(Cow<'static, [u8]>),
    /// Another, with all but some stretches blank.
    Some {
        of: Arc<Content>,
        shown: Vec<Range<u64>>,
    },
    /// Several in a row, each with the offset at which it begins.
    Parts(Vec<(u64, Content)>),
}

impl Content {
    /// Opens a file and undoes what lies around its text: one compression, UTF-16, a byte-order mark.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let named = |error| OpenError::from_io(error, path);
        let mut file = File::open(path).map_err(named)?;
        let metadata = file.metadata().map_err(named)?;
        if metadata.is_dir() {
            return Err(OpenError::Directory(path.to_owned()));
        }
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .and_then(|since| Nanos::try_from(since.as_nanos()).ok());
        let len = metadata.len();
        let mut content = if !metadata.is_file() || len == 0 {
            // A pipe or a device has no length and can't be read twice; some files of /proc claim to be empty.
            let (bytes, notes) = decode::read_capped(&mut file, MEMORY_CAP).map_err(named)?;
            if bytes.is_empty() {
                return Err(OpenError::Empty(path.to_owned()));
            }
            let mut content = Self::from_bytes(bytes);
            content.notes.splice(0..0, notes);
            content
        } else {
            Self::from_file(file, len).map_err(named)?
        };
        content.modified = modified;
        Ok(content)
    }

    /// Reads standard input to its end.
    pub fn open_stdin() -> Result<Self, OpenError> {
        let path = Path::new("-");
        let (bytes, notes) = decode::read_capped(&mut io::stdin().lock(), MEMORY_CAP)
            .map_err(|error| OpenError::from_io(error, path))?;
        if bytes.is_empty() {
            return Err(OpenError::Empty(path.to_owned()));
        }
        let mut content = Self::from_bytes(bytes);
        content.notes.splice(0..0, notes);
        Ok(content)
    }

    /// Takes bytes that are in memory already, and undoes a compression, UTF-16 and a byte-order mark as [`open`](Self::open) does.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        let bytes = bytes.into();
        let head = bytes.get(..bytes.len().min(decode::TELLING_BYTES)).unwrap_or_default();
        if let Some(compression) = Compression::of(head) {
            let (plain, notes) = compression.unpack(&*bytes, bytes.len() as u64);
            return Self::from_plain(plain.into(), notes);
        }
        Self::from_plain(bytes, Vec::new())
    }

    fn from_file(mut file: File, len: u64) -> io::Result<Self> {
        let mut head = Vec::with_capacity(decode::TELLING_BYTES);
        read_file_at(&file, 0, decode::TELLING_BYTES, &mut head)?;
        if let Some(compression) = Compression::of(&head) {
            let (plain, notes) = compression.unpack(&mut file, len);
            return Ok(Self::from_plain(plain.into(), notes));
        }
        if evtx::is_event_log(&head) {
            let (xml, notes) = evtx::xml_of(io::BufReader::new(file));
            return Ok(Self::from_plain(xml.into(), notes));
        }
        Ok(match Encoding::of(&head) {
            Encoding::Utf16 { big_endian, skip } => {
                file.by_ref().take(skip).read_to_end(&mut Vec::new())?;
                let (text, notes) = decode::utf8_from_utf16(io::BufReader::new(file), big_endian, MEMORY_CAP);
                Self {
                    backing: Backing::Memory(text.into()),
                    skipped: 0,
                    modified: None,
                    notes,
                    wrapping: OnceLock::new(),
                }
            }
            Encoding::Utf8 { skip } => Self {
                backing: Backing::File { file, len },
                skipped: skip,
                modified: None,
                notes: Vec::new(),
                wrapping: OnceLock::new(),
            },
        })
    }

    /// Content of bytes that are not compressed (any more).
    fn from_plain(bytes: Cow<'static, [u8]>, mut notes: Vec<String>) -> Self {
        let head = bytes.get(..bytes.len().min(decode::TELLING_BYTES)).unwrap_or_default();
        if evtx::is_event_log(head) {
            let (xml, more) = evtx::xml_of(&*bytes);
            notes.extend(more);
            return Self {
                backing: Backing::Memory(xml.into()),
                skipped: 0,
                modified: None,
                notes,
                wrapping: OnceLock::new(),
            };
        }
        match Encoding::of(head) {
            Encoding::Utf16 { big_endian, skip } => {
                let units = bytes.get(skip as usize..).unwrap_or_default();
                let (text, more) = decode::utf8_from_utf16(units, big_endian, MEMORY_CAP);
                notes.extend(more);
                Self {
                    backing: Backing::Memory(text.into()),
                    skipped: 0,
                    modified: None,
                    notes,
                    wrapping: OnceLock::new(),
                }
            }
            Encoding::Utf8 { skip } => Self {
                backing: Backing::Memory(bytes),
                skipped: skip,
                modified: None,
                notes,
                wrapping: OnceLock::new(),
            },
        }
    }

    /// Several contents in a row as one, oldest first. One that does not end its last line gets a line feed after it, so
    /// that no two lines become one.
    fn joined(parts: Vec<Self>) -> Self {
        let modified = parts.last().and_then(|part| part.modified);
        let (mut placed, mut from, mut notes) = (Vec::with_capacity(parts.len()), 0, Vec::new());
        let count = parts.len();
        for (at, mut part) in parts.into_iter().enumerate() {
            notes.append(&mut part.notes);
            let len = part.len();
            let ends_line = part.slice(len.saturating_sub(1), 1).is_ok_and(|last| last == b"\n");
            placed.push((from, part));
            from += len;
            if !ends_line && at + 1 < count {
                placed.push((from, Self::from_plain(Cow::Borrowed(b"\n"), Vec::new())));
                from += 1;
            }
        }
        Self { backing: Backing::Parts(placed), skipped: 0, modified, notes, wrapping: OnceLock::new() }
    }

    /// The same with nothing in it but these stretches, in order: blanks for whatever else stands on its lines.
    pub fn only(of: &Arc<Self>, shown: &[Range<u64>]) -> Self {
        let backing = Backing::Some { of: Arc::clone(of), shown: shown.to_vec() };
        Self { backing, skipped: 0, modified: of.modified, notes: Vec::new(), wrapping: OnceLock::new() }
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        let whole = match &self.backing {
            Backing::File { len, .. } => *len,
            Backing::Memory(bytes) => bytes.len() as u64,
            Backing::Some { of, .. } => of.len(),
            Backing::Parts(parts) => parts.last().map_or(0, |(from, part)| from + part.len()),
        };
        whole.saturating_sub(self.skipped)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When the file was last written, where it is one.
    pub fn modified(&self) -> Option<Nanos> {
        self.modified
    }

    /// What of the source could not be had, one sentence each without a period: "the gzip data is cut off, …".
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What stands around each of its lines.
    pub fn wrapping(&self) -> Wrapping {
        self.wrapping.get().copied().unwrap_or_default()
    }

    /// Settles what stands around each of its lines; the first word counts.
    pub fn set_wrapping(&self, wrapping: Wrapping) {
        self.wrapping.get_or_init(|| wrapping);
    }

    /// Fills `buffer` from `offset` on; returns how much was there.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let offset = offset.saturating_add(self.skipped);
        match &self.backing {
            Backing::File { file, len } => {
                // What was appended since the file was opened is not part of it.
                let there = usize::try_from(len.saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
                fill_at(file, offset, &mut buffer[..there])
            }
            Backing::Memory(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let n = buffer.len().min(bytes.len() - from);
                buffer[..n].copy_from_slice(&bytes[from..from + n]);
                Ok(n)
            }
            Backing::Some { of, shown } => {
                let read = of.read_at(offset, buffer)?;
                let mut at = offset;
                let end = offset + read as u64;
                let mut next = shown.partition_point(|shown| shown.end <= offset);
                while at < end {
                    let from = shown.get(next).map_or(end, |shown| shown.start.clamp(at, end));
                    for byte in &mut buffer[(at - offset) as usize..(from - offset) as usize] {
                        if *byte != b'\n' {
                            *byte = b' ';
                        }
                    }
                    at = shown.get(next).map_or(end, |shown| shown.end.clamp(from, end));
                    next += 1;
                }
                Ok(read)
            }
            Backing::Parts(parts) => {
                let first = parts.partition_point(|(from, _)| *from <= offset).saturating_sub(1);
                let mut filled = 0;
                for (from, part) in parts.get(first..).unwrap_or_default() {
                    let within = (offset + filled as u64).saturating_sub(*from);
                    filled += part.read_at(within, &mut buffer[filled..])?;
                    if filled == buffer.len() {
                        break;
                    }
                }
                Ok(filled)
            }
        }
    }

    /// The `len` bytes from `offset` on, or fewer where the source ends before.
    pub fn slice(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let there = usize::try_from(self.len().saturating_sub(offset)).unwrap_or(usize::MAX).min(len);
        let mut bytes = vec![0; there];
        let read = self.read_at(offset, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// The first bytes, by which the format is told; empty where they can't be read.
    pub fn head(&self) -> Vec<u8> {
        self.slice(0, HEAD_BYTES).unwrap_or_default()
    }
}

impl Content {
    /// The first bytes, without what stands around each line.
    pub fn unwrapped_head(&self) -> Vec<u8> {
        let head = self.head();
        match self.wrapping() {
            Wrapping::None => head,
            wrapping => wrapping.unwrap_head(&head).unwrap_or(head),
        }
    }
}

fn read_file_at(file: &File, offset: u64, len: usize, into: &mut Vec<u8>) -> io::Result<()> {
    into.resize(len, 0);
    let read = fill_at(file, offset, into)?;
    into.truncate(read);
    Ok(())
}

fn fill_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_once_at(file, offset + filled as u64, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_once_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_once_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(test)]
mod tests;
