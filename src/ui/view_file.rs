//! View files: `.lapsed` keeps which sources were open, how they were looked at, and the reader's marks and notes.
//!
//! It is JSON and holds no secret: sources and keys by path and digest, sessions by user, app and start. A shared secret may be
//! short enough to be guessed from its digest, so its file is known by size and time alone. A view is written beside what it
//! replaces and then put in its place, so that a file is never half of one.

use super::marks::Mark;
use crate::{
    inspection::Input,
    jwt::keys::{KeyFile, KeyKind, KeyRing},
    model::{Nanos, TimeRange},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{File, Metadata},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
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
    /// As what single sources were read, where the reader had said so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<ReadingKept>,
    /// The key files that tokens were verified with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyKept>,
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

/// As what a source is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadingKept {
    /// The source, by the path that its report has.
    pub source: PathBuf,
    /// The id of the chosen format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The chosen zone of stamps that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// A key file, so that it can be found again and told from another; never what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyKept {
    /// Where it lies.
    pub path: PathBuf,
    /// What it was given as: `pem`, `jwks`, `secret` or `any`.
    pub kind: String,
    /// SHA-256 of its bytes, in hexadecimal; none of a shared secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds UTC, where no digest tells it from another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_at: Option<Nanos>,
}

/// What key files are given as, and the words for it.
const KINDS: [(KeyKind, &str); 4] =
    [(KeyKind::Pem, "pem"), (KeyKind::Jwks, "jwks"), (KeyKind::Secret, "secret"), (KeyKind::Any, "any")];

impl KeyKept {
    /// What is kept of a key file that lies at `path`.
    pub fn of(key: &KeyFile, path: &Path) -> io::Result<Self> {
        let meta = path.metadata()?;
        let ring = KeyRing::read(std::slice::from_ref(key));
        let is_secret = key.kind == KeyKind::Secret || ring.infos().iter().any(|info| info.kind.contains("secret"));
        let kind = KINDS.iter().find(|(kind, _)| *kind == key.kind).map_or("any", |(_, word)| word);
        Ok(Self {
            path: path.to_owned(),
            kind: kind.to_owned(),
            sha256: if is_secret { None } else { Some(digest(path)?) },
            size: meta.len(),
            written_at: written_at(&meta).filter(|_| is_secret),
        })
    }

    /// The key file, to be read.
    pub fn file(&self) -> KeyFile {
        let kind = KINDS.iter().find(|(_, word)| *word == self.kind).map_or(KeyKind::Any, |(kind, _)| *kind);
        KeyFile::new(kind, &self.path)
    }

    fn is_the_same(&self, meta: &Metadata) -> bool {
        meta.len() == self.size
            && match &self.sha256 {
                Some(kept) => digest(&self.path).is_ok_and(|now| now == *kept),
                None => written_at(meta) == self.written_at,
            }
    }
}

/// When a file was last written.
fn written_at(meta: &Metadata) -> Option<Nanos> {
    let since = meta.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Nanos::try_from(since.as_nanos()).ok()
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

    /// What is not as it was when the view was kept: "auth.log has changed", "the key jwks.json is gone".
    pub fn changes(&self) -> Vec<String> {
        let mut changes = Vec::new();
        let mut tell = |what: &str, path: &Path, change: &str| {
            let name =
                path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into());
            changes.push(format!("{what}{name} {change}"));
        };
        for source in &self.sources {
            match digest(&source.path) {
                Ok(now) if now == source.sha256 => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => tell("", &source.path, "is gone"),
                Err(_) => tell("", &source.path, "can't be read"),
                Ok(_) => tell("", &source.path, "has changed"),
            }
        }
        for key in &self.keys {
            match key.path.metadata() {
                Ok(meta) if key.is_the_same(&meta) => {}
                Err(_) => tell("the key ", &key.path, "is gone"),
                Ok(_) => tell("the key ", &key.path, "has changed"),
            }
        }
        changes
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
        let sources = view.sources.iter_mut().map(|source| &mut source.path);
        let readings = view.readings.iter_mut().map(|reading| &mut reading.source);
        let keys = view.keys.iter_mut().map(|key| &mut key.path);
        for path in sources.chain(readings).chain(keys).filter(|path| path.is_relative()) {
            *path = folder.join(&*path);
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
        assert!(again.changes().is_empty());
        std::fs::write(&log, "two\n").expect("written");
        assert_eq!(again.changes(), ["auth.log has changed"]);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing else is left");
        std::fs::remove_file(&log).expect("removed");
        assert_eq!(again.changes(), ["auth.log is gone"]);
    }

    #[test]
    fn a_shared_secret_is_kept_by_size_and_time_and_other_keys_by_their_digest() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = folder.path().join("hmac.key");
        std::fs::write(&secret, "hunter2").expect("written");
        let kept = KeyKept::of(&KeyFile::new(KeyKind::Any, &secret), &secret).expect("it can be read");
        assert_eq!((&kept.sha256, kept.size, kept.written_at.is_some()), (&None, 7, true));
        let public = folder.path().join("public.pem");
        std::fs::write(&public, "-----BEGIN PUBLIC KEY-----\n").expect("written");
        let pem = KeyKept::of(&KeyFile::new(KeyKind::Pem, &public), &public).expect("it can be read");
        assert!(pem.sha256.is_some() && pem.written_at.is_none());
        let view = ViewFile { keys: vec![kept, pem], ..ViewFile::new() };
        assert!(view.changes().is_empty());
        std::fs::write(&public, "-----BEGIN PUBLIC KEY-----!").expect("written");
        std::fs::remove_file(&secret).expect("removed");
        assert_eq!(view.changes(), ["the key hmac.key is gone", "the key public.pem has changed"]);
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
