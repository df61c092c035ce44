//! Why a source could not be opened: what was expected, what was found, what to do.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a source could not be opened. The message is one sentence for a person, without a final period and
/// without the path, which every view names beside it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing has this name.
    #[error("expected a log or capture, but found nothing by this name; check the path and its spelling")]
    NotFound(PathBuf),
    /// The file may not be read.
    #[error("expected a file that you may read, but found one closed to you; copy it or ask for the right to read it")]
    Denied(PathBuf),
    /// It is a folder, where a file is needed.
    #[error("expected a file, but found a folder; name the files in it")]
    Directory(PathBuf),
    /// A folder or an archive holds no file.
    #[error(
        "expected a folder or an archive with logs or captures, but found no file in it; check that it was copied whole"
    )]
    EmptyFolder(PathBuf),
    /// A folder or an archive holds more than is opened at once.
    #[error(
        "expected some logs and captures, but found thousands of files or folders in folders; name those of the case"
    )]
    TooMany(PathBuf),
    /// An archive can't be read, or not to its end.
    #[error("expected an archive that is whole, but {complaint}; copy or download it again")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        complaint: String,
    },
    /// It has no bytes.
    #[error("expected a log or capture, but found 0 bytes; export or copy it again")]
    Empty(PathBuf),
    /// Reading failed.
    #[error("expected a file that can be read, but found an error: {error}; copy it to a local disk and try again")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl OpenError {
    pub(super) fn from_io(error: io::Error, path: &Path) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => {
                Self::NotFound(path)
            }
            io::ErrorKind::PermissionDenied => Self::Denied(path),
            io::ErrorKind::IsADirectory => Self::Directory(path),
            _ => Self::Unreadable { path, error },
        }
    }
}
