//! What a path holds: a file, the members of an archive, the files of a folder and of the folders in it.

use super::{Content, OpenError, archive::Archive, fiddler::Fiddler, join_rotated};
use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
};

/// The most sources that one folder or archive gives: more is a wrong folder.
const MOST: usize = 4_096;

/// How deep folders, and archives in archives, are followed.
const DEEPEST: usize = 8;

/// One source: its name, and its bytes or why there are none.
#[derive(Debug)]
pub struct Opened {
    /// The path as given; of a member, the archive's path with the member's name below it.
    pub name: PathBuf,
    /// Its bytes.
    pub content: Result<Content, OpenError>,
}

/// Opens all that a path holds. A folder is walked in order of its names, without what is hidden; an archive is told by its
/// bytes. Never empty: what can't be opened is told by its error.
pub fn open(path: &Path) -> Vec<Opened> {
    let mut found = Vec::new();
    if path.is_dir() {
        walk(path, &mut found, 0);
        let mut found = join_rotated(found);
        if found.is_empty() {
            found.push(failed(path, OpenError::EmptyFolder(path.to_owned())));
        }
        return found;
    }
    file(path, &mut found, 0);
    found
}

/// Opens bytes that are in memory already: a sample, a pasted text, a dropped archive.
pub fn open_bytes(name: &Path, bytes: Cow<'static, [u8]>) -> Vec<Opened> {
    let mut found = Vec::new();
    if bytes.is_empty() {
        return vec![failed(name, OpenError::Empty(name.to_owned()))];
    }
    unfold(name, Ok(Content::from_bytes(bytes)), &mut found, 0);
    found
}

fn failed(name: &Path, error: OpenError) -> Opened {
    Opened { name: name.to_owned(), content: Err(error) }
}

fn walk(folder: &Path, found: &mut Vec<Opened>, depth: usize) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return found.push(failed(folder, OpenError::from_io(error, folder))),
    };
    let mut entries: Vec<(PathBuf, fs::FileType)> = entries
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .filter_map(|entry| Some((entry.path(), entry.file_type().ok()?)))
        .collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (path, kind) in entries {
        if found.len() >= MOST || depth >= DEEPEST {
            return found.push(failed(folder, OpenError::TooMany(folder.to_owned())));
        }
        if kind.is_dir() {
            walk(&path, found, depth + 1);
        } else if kind.is_file() || (kind.is_symlink() && path.is_file()) {
            // A log that was just rotated is empty, which is nothing to complain about among others.
            let before = found.len();
            file(&path, found, depth + 1);
            if let Some(Opened { content: Err(OpenError::Empty(_)), .. }) = found.get(before) {
                found.truncate(before);
            }
        }
    }
}

fn file(path: &Path, found: &mut Vec<Opened>, depth: usize) {
    unfold(path, Content::open(path), found, depth);
}

/// Takes a content for what it is, or for the archive that it holds.
fn unfold(name: &Path, content: Result<Content, OpenError>, found: &mut Vec<Opened>, depth: usize) {
    let archive = content.as_ref().ok().filter(|_| depth < DEEPEST).and_then(Archive::of);
    let (Some(archive), Ok(content)) = (archive, &content) else {
        return found.push(Opened { name: name.to_owned(), content });
    };
    if archive == Archive::Zip && Fiddler::wrote(content) {
        return found.extend(fiddler(name, content));
    }
    let mut members = Vec::new();
    let complaint = archive.each_member(content, |member, bytes, modified| {
        if members.len() >= MOST {
            return false;
        }
        let hidden = member.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && !bytes.is_empty() {
            let content = Content { modified: modified.or(content.modified), ..Content::from_bytes(bytes) };
            unfold(&name.join(member), Ok(content), &mut members, depth + 1);
        }
        true
    });
    let full = members.len() >= MOST;
    let mut members = join_rotated(members);
    if let Some(complaint) = complaint {
        members.push(failed(name, OpenError::Archive { path: name.to_owned(), complaint }));
    } else if full {
        members.push(failed(name, OpenError::TooMany(name.to_owned())));
    } else if members.is_empty() {
        members.push(failed(name, OpenError::EmptyFolder(name.to_owned())));
    }
    found.append(&mut members);
}

/// The exchanges of a Fiddler archive as one source, and what could not be read of it.
fn fiddler(name: &Path, archive: &Content) -> impl Iterator<Item = Opened> + use<> {
    let mut fiddler = Fiddler::default();
    let complaint = Archive::Zip.each_member(archive, |member, bytes, _| {
        fiddler.take(member, bytes);
        true
    });
    let content = Content { modified: archive.modified, ..Content::from_bytes(fiddler.har()) };
    let complaint = complaint.map(|complaint| failed(name, OpenError::Archive { path: name.to_owned(), complaint }));
    std::iter::once(Opened { name: name.to_owned(), content: Ok(content) }).chain(complaint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write as _};

    fn texts(opened: &[Opened]) -> Vec<(String, String)> {
        opened
            .iter()
            .map(|one| {
                let name = one.name.to_string_lossy().replace('\\', "/");
                let text = match &one.content {
                    Ok(content) => String::from_utf8(content.slice(0, 999).unwrap()).unwrap(),
                    Err(error) => error.to_string(),
                };
                (name, text)
            })
            .collect()
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mtime(1_767_225_600);
            header.set_cksum();
            tar.append_data(&mut header, name, *bytes).unwrap();
        }
        tar.into_inner().unwrap()
    }

    #[test]
    fn a_folder_gives_its_files_in_order_without_hidden_and_empty_ones() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("b")).unwrap();
        for (name, text) in
            [("z.log", "last"), ("a.har", "first"), ("b/c.log", "inner"), (".hidden", "no"), ("d.log", "")]
        {
            fs::write(at(name), text).unwrap();
        }
        let found = open(dir.path());
        let names: Vec<PathBuf> = found.iter().map(|one| one.name.clone()).collect();
        assert_eq!(names, [at("a.har"), at("b/c.log"), at("z.log")]);
    }

    #[test]
    fn archives_are_told_by_their_bytes_and_their_members_named_below_them() {
        let files: &[(&str, &[u8])] = &[("case/b.log", b"two"), ("case/a.har", b"one"), ("__MACOSX/._a.har", b"no")];
        let expected = [pair("x/case/b.log", "two"), pair("x/case/a.har", "one")];
        for packed in [zip_of(files), tar_of(files)] {
            assert_eq!(texts(&open_bytes(Path::new("x"), packed.into())), expected);
        }
    }

    #[test]
    fn a_compressed_archive_in_an_archive_is_opened() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&tar_of(&[("auth.log", b"inner")])).unwrap();
        let outer = zip_of(&[("logs.tgz", &gz.finish().unwrap())]);
        assert_eq!(texts(&open_bytes(Path::new("x.zip"), outer.into())), [pair("x.zip/logs.tgz/auth.log", "inner")]);
    }

    #[test]
    fn a_cut_off_archive_gives_what_can_be_read_and_says_so() {
        let tar = tar_of(&[("a.log", b"one"), ("b.log", &[b'x'; 2_000])]);
        let found = texts(&open_bytes(Path::new("x.tar"), tar[..2_048].to_vec().into()));
        assert_eq!(found[0], pair("x.tar/a.log", "one"));
        assert_eq!(found[1].1.len(), 512);
        assert!(found[2].1.contains("archive"), "{found:?}");
        let zip = zip_of(&[("a.log", b"one")]);
        let found = texts(&open_bytes(Path::new("x.zip"), zip[..zip.len() - 30].to_vec().into()));
        assert!(found.len() == 1 && found[0].1.contains("archive"), "{found:?}");
    }

    #[test]
    fn an_archive_in_itself_without_end_stops() {
        let mut inner = zip_of(&[("a.log", b"one")]);
        for _ in 0..20 {
            inner = zip_of(&[("more.zip", &inner)]);
        }
        assert_eq!(open_bytes(Path::new("x.zip"), inner.into()).len(), 1);
    }
}
