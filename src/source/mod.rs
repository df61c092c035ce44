//! Bytes of a source, whatever they came in: a file, gzip, UTF-16, standard input, an embedded sample.
//!
//! Everything above this stage sees UTF-8 text (or whatever the file holds, where it is none) without a byte-order mark,
//! by offset, and never the whole of a large file at once.

mod progress;

pub use progress::Progress;

use std::{borrow::Cow, fs::File, io, os::unix::fs::FileExt as _, path::Path};

/// The bytes of one source, readable at any offset from any thread.
#[derive(Debug)]
pub struct Content {
    backing: Backing,
}

#[derive(Debug)]
enum Backing {
    File { file: File, len: u64 },
    Memory(Cow<'static, [u8]>),
}

impl Content {
    /// Opens a file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { backing: Backing::File { file, len } })
    }

    /// Takes bytes that are in memory already.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { backing: Backing::Memory(bytes.into()) }
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match &self.backing {
            Backing::File { len, .. } => *len,
            Backing::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` from `offset` on; returns how much was there.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.backing {
            Backing::File { file, .. } => {
                let mut filled = 0;
                while filled < buffer.len() {
                    match file.read_at(&mut buffer[filled..], offset + filled as u64) {
                        Ok(0) => break,
                        Ok(n) => filled += n,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(filled)
            }
            Backing::Memory(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let n = buffer.len().min(bytes.len() - from);
                buffer[..n].copy_from_slice(&bytes[from..from + n]);
                Ok(n)
            }
        }
    }
}
