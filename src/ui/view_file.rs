//! View files: `.lapsed` keeps which sources were open, how they were looked at, and the reader's marks and notes.
//!
//! It is JSON and holds no secret: sources by path and digest, sessions by user, app and start. It is written beside what it
//! replaces and then put in its place, so that a file is never half of one.

use super::marks::Mark;
use crate::{
    inspection::Input,
    model::{Nanos, TimeRange},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

/// What stands at the top of every view file.
const SCHEMA: &str = "lapsed.view/1";

/// How the name of one ends.
pub const EXTENSION: &str = "lapsed";

/// A view as a file holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewFile {
    /// `lapsed.view/1`.
    pub schema: String,
    /// What was open.
    pub sources: Vec<SourceKept>,
    /// The filter, as typed.
    pub query: String,
    /// The order of the list, by its label.
    pub sort: String,
    /// Whether it was turned round.
    pub reversed: bool,
    /// How lanes stood together, by its label.
    pub grouping: String,
    /// The zone.
    pub zone: String,
    /// The stretch of time in view, in nanoseconds UTC.
    pub view: Option<(Nanos, Nanos)>,
    /// Where the time cursor stood.
    pub cursor: Option<Nanos>,
    /// The session that was chosen.
    pub selected: Option<SessionKept>,
    /// Marks and notes.
    pub marks: Vec<MarkKept>,
}

/// A source, so that it can be found again and told from another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceKept {
    /// Where it lies.
    pub path: PathBuf,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A session, so that it is known again in the same source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionKept {
    /// The user.
    pub user: Option<String>,
    /// The app.
    pub app: String,
    /// When it began, in nanoseconds UTC.
    pub started_at: Nanos,
}

/// A mark on a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MarkKept {
    /// The session.
    pub session: SessionKept,
    /// The note on it.
    pub note: String,
    /// Moments in it, and what is noted there.
    pub moments: Vec<(Nanos, String)>,
}

impl ViewFile {
    /// An empty view of this schema.
    pub fn new() -> Self {
        Self { schema: SCHEMA.to_owned(), ..Self::default() }
    }

    /// The mark of a session.
    pub fn mark(session: SessionKept, mark: &Mark) -> MarkKept {
        let moments = mark.moments.iter().map(|(at, _, note)| (*at, note.clone())).collect();
        MarkKept { session, note: mark.note.clone(), moments }
    }

    /// The sources, to be opened.
    pub fn inputs(&self) -> Vec<Input> {
        self.sources.iter().map(|source| Input::Path(source.path.clone())).collect()
    }

    /// The sources that are not what they were when the view was kept: gone, or changed.
    pub fn changed(&self) -> Vec<String> {
        let differs = |source: &&SourceKept| digest(&source.path).ok().is_none_or(|now| now != source.sha256);
        self.sources.iter().filter(differs).map(|source| source.path.display().to_string()).collect()
    }

    /// The stretch of time in view.
    pub fn view(&self) -> Option<TimeRange> {
        self.view.map(|(from, until)| TimeRange::new(from, until))
    }

    /// Writes it to `path`, whole or not at all.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<Self, String> {
        /// No view is longer; a capture that bears the name of one is not read whole.
        const MOST: u64 = 16 * 1024 * 1024;
        let named = |why: String| format!("{}: {why}", path.display());
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(MOST).read_to_string(&mut text))
            .map_err(|error| named(error.to_string()))?;
        let mut view: Self =
            serde_json::from_str(&text).map_err(|error| named(format!("expected a view of Lapsed: {error}")))?;
        if view.schema != SCHEMA {
            return Err(named(format!("expected a view of the form {SCHEMA}, found {:?}", view.schema)));
        }
        // Paths beside the view file are kept without their folders.
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        for source in view.sources.iter_mut().filter(|source| source.path.is_relative()) {
            source.path = folder.join(&source.path);
        }
        Ok(view)
    }
}

/// What an input turns out to be.
#[derive(Debug)]
pub enum Taken {
    /// A source.
    Plain,
    /// A view.
    View(Box<ViewFile>),
    /// A view that can't be read, and why.
    Broken(String),
}

/// Whether an input is a view.
pub fn taken_apart(input: &Input) -> Taken {
    match input {
        Input::Path(path) if path.extension().is_some_and(|extension| extension == EXTENSION) && path.is_file() => {
            ViewFile::read(path).map_or_else(Taken::Broken, |view| Taken::View(Box::new(view)))
        }
        _ => Taken::Plain,
    }
}

/// SHA-256 of a file's bytes, in hexadecimal.
pub fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_back_as_it_was_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("auth.log");
        std::fs::write(&log, "one\n").expect("written");
        let sha256 = digest(&log).expect("it can be read");
        let view = ViewFile {
            sources: vec![SourceKept { path: log.clone(), sha256 }],
            query: "cause:logout".to_owned(),
            view: Some((5, 9)),
            ..ViewFile::new()
        };
        let path = folder.path().join("bug.lapsed");
        view.write(&path).expect("written");
        let again = ViewFile::read(&path).expect("it can be read");
        assert_eq!(again, view);
        assert!(again.changed().is_empty());
        std::fs::write(&log, "two\n").expect("written");
        assert_eq!(again.changed(), [log.display().to_string()]);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing else is left");
    }

    #[test]
    fn what_is_no_view_is_said_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("not.lapsed");
        std::fs::write(&path, "{\"log\":{}}").expect("written");
        let said = ViewFile::read(&path).expect_err("it is none");
        assert!(said.contains("lapsed.view/1"), "{said}");
    }
}
