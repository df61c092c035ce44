//! zip and tar: members of an archive, each unpacked into memory within one limit for all.

use super::{
    Content,
    compressed::{FREE_BYTES, MAX_RATIO},
    decode::{MEMORY_CAP, size_words},
};
use crate::model::{Nanos, time::SECOND};
use std::{
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use zip::result::ZipError;

/// A container of files, told by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Archive {
    /// PKWARE's APPNOTE, stored or deflated.
    Zip,
    /// POSIX ustar and its extensions.
    Tar,
}

/// Takes a member's name, bytes and time; false when no more is wanted.
type Take<'a> = dyn FnMut(&Path, Vec<u8>, Option<Nanos>) -> bool + 'a;

/// A [`Content`] as a stream that can be sought in.
struct Reader<'a> {
    content: &'a Content,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.content.read_at(self.at, into)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.content.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl Archive {
    /// Tells it by the bytes.
    pub(super) fn of(content: &Content) -> Option<Self> {
        let head = content.slice(0, 512).ok()?;
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Some(Self::Zip);
        }
        // A name comes first in a tar header; the magic of POSIX stands at byte 257.
        (head.get(257..262) == Some(b"ustar")).then_some(Self::Tar)
    }

    /// The names of the first members of a zip, without unpacking any.
    pub(super) fn names(content: &Content, most: usize) -> Vec<PathBuf> {
        let Ok(mut zip) = zip::ZipArchive::new(Reader { content, at: 0 }) else { return Vec::new() };
        let names = 0..zip.len().min(most);
        names.filter_map(|at| Some(relative(Path::new(&*zip.by_index_raw(at).ok()?.name().ok()?)))).collect()
    }

    /// Calls `take` with each member's name, bytes and time until it returns false. What could not be read is said in the
    /// words after "but", where there is something to say.
    pub(super) fn each_member(
        self,
        content: &Content,
        mut take: impl FnMut(&Path, Vec<u8>, Option<Nanos>) -> bool,
    ) -> Option<String> {
        let most = FREE_BYTES.max(content.len().saturating_mul(MAX_RATIO)).min(MEMORY_CAP);
        let reader = Reader { content, at: 0 };
        let mut left = most;
        let read = match self {
            Self::Zip => each_of_zip(reader, &mut left, &mut take),
            Self::Tar => each_of_tar(reader, &mut left, &mut take),
        };
        if left == 0 {
            return Some(format!("found one that unpacks to more than {}", size_words(most)));
        }
        read.err().map(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => {
                "found one that is locked with a password, which Lapsed never asks for: save it without".to_owned()
            }
            _ => format!("found an archive that is cut off or damaged ({error})"),
        })
    }
}

fn each_of_zip(reader: Reader<'_>, left: &mut u64, take: &mut Take<'_>) -> io::Result<()> {
    let mut zip = zip::ZipArchive::new(reader)?;
    for at in 0..zip.len() {
        let mut member = zip.by_index(at).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => io::ErrorKind::PermissionDenied.into(),
            error => io::Error::from(error),
        })?;
        if member.is_dir() {
            continue;
        }
        let name = relative(Path::new(&*member.name()?));
        let Some(bytes) = read_member(&mut member, left)? else { break };
        if !take(&name, bytes, None) {
            break;
        }
    }
    Ok(())
}

fn each_of_tar(reader: Reader<'_>, left: &mut u64, take: &mut Take<'_>) -> io::Result<()> {
    let mut tar = tar::Archive::new(reader);
    for member in tar.entries_with_seek()? {
        let mut member = member?;
        if !member.header().entry_type().is_file() {
            continue;
        }
        let name = relative(&member.path()?);
        let modified = member.header().mtime().ok().and_then(|secs| i64::try_from(secs).ok()?.checked_mul(SECOND));
        let whole = member.size();
        let Some(bytes) = read_member(&mut member, left)? else { break };
        let cut = (bytes.len() as u64) < whole;
        // A member that is cut off is read as far as it goes, like a file that is.
        if !take(&name, bytes, modified) || cut {
            return if cut { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) };
        }
    }
    Ok(())
}

/// The bytes of one member; `None` once nothing is left of what all may unpack to.
fn read_member(member: &mut impl Read, left: &mut u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    member.take(*left).read_to_end(&mut bytes)?;
    *left = left.saturating_sub(bytes.len() as u64);
    Ok((*left > 0).then_some(bytes))
}

/// The name below the archive's own, whatever a stranger wrote into it: without roots and steps upwards.
fn relative(name: &Path) -> PathBuf {
    name.components().filter(|part| matches!(part, std::path::Component::Normal(_))).collect()
}
