//! Rotated sets: `auth.log.2.gz`, `auth.log.1` and `auth.log` are one log, oldest first.

use super::{Content, Opened};
use std::path::{Path, PathBuf};

/// Where a file stands in its set; the later sorts higher.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// `.3`, by its number negated: a higher one is older (logrotate's default).
    Numbered(i64),
    /// `-20261123`, `-2026-11-23`, with an hour or a count behind it (logrotate's `dateext`).
    Dated(String),
    /// The file that is written to.
    Current,
}

/// The extensions of what was compressed when it was rotated.
const PACKED: &[&str] = &[".gz", ".bz2", ".xz", ".zst"];

/// The extensions of documents, which no one rotates: a number behind one is a copy of its own.
const DOCUMENTS: &[&str] = &[".har", ".json", ".xml", ".evtx", ".csv", ".zip", ".saz"];

/// Joins the files of each rotated set into one source, under the name of the one that is written to. The order of the
/// others stays; a set stands where its first file stood.
pub fn join_rotated(opened: Vec<Opened>) -> Vec<Opened> {
    let places: Vec<Option<(PathBuf, Place)>> = opened.iter().map(|one| place_of(&one.name)).collect();
    let mut joined: Vec<Opened> = Vec::new();
    let mut rest: Vec<Option<Opened>> = opened.into_iter().map(Some).collect();
    for at in 0..rest.len() {
        let Some(first) = rest.get_mut(at).and_then(Option::take) else { continue };
        let set = places.get(at).and_then(Option::as_ref).filter(|_| first.content.is_ok());
        let Some((base, place)) = set else {
            joined.push(first);
            continue;
        };
        let mut parts = vec![(place.clone(), first)];
        for (other, opened) in rest.iter_mut().enumerate().skip(at + 1) {
            let same = places.get(other).and_then(Option::as_ref).filter(|(other, _)| other == base);
            if let Some((_, place)) = same
                && opened.as_ref().is_some_and(|one| one.content.is_ok())
                && let Some(opened) = opened.take()
            {
                parts.push((place.clone(), opened));
            }
        }
        joined.push(join(base, parts));
    }
    joined
}

fn join(base: &Path, mut parts: Vec<(Place, Opened)>) -> Opened {
    if parts.len() == 1
        && let Some((_, only)) = parts.pop()
    {
        return only;
    }
    parts.sort_by(|(one, _), (other, _)| one.cmp(other));
    let names: Vec<String> = parts
        .iter()
        .map(|(_, part)| part.name.file_name().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    let mut content = Content::joined(parts.into_iter().filter_map(|(_, part)| part.content.ok()).collect());
    content.notes.insert(0, format!("a rotated log, read as one: {}", names.join(", ")));
    Opened { name: base.to_owned(), content: Ok(content) }
}

/// The name that all files of the set share, and where this one stands.
fn place_of(path: &Path) -> Option<(PathBuf, Place)> {
    let name = path.file_name()?.to_str()?;
    let plain = PACKED.iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(name);
    let (base, place) = split(plain);
    let document = DOCUMENTS.iter().any(|extension| base.to_ascii_lowercase().ends_with(extension));
    (!document).then(|| (path.with_file_name(base), place))
}

fn split(name: &str) -> (&str, Place) {
    if let Some((base, number)) = name.rsplit_once('.')
        && number.len() <= 4
        && let Ok(number) = number.parse::<u32>()
        && base.contains(|character: char| character.is_alphabetic())
    {
        return (base, Place::Numbered(-i64::from(number)));
    }
    for (at, _) in name.match_indices(['-', '.']) {
        let (base, date) = (name.get(..at).unwrap_or_default(), name.get(at + 1..).unwrap_or_default());
        let digits = date.chars().filter(char::is_ascii_digit).count();
        let dated = date.chars().all(|character| character.is_ascii_digit() || "-._T".contains(character));
        if dated && (8..=14).contains(&digits) && date.starts_with("20") && !base.is_empty() {
            return (base, Place::Dated(date.chars().filter(char::is_ascii_digit).collect()));
        }
    }
    (name, Place::Current)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(files: &[(&str, &'static [u8])]) -> Vec<(String, Vec<u8>)> {
        let one = |&(name, bytes): &(&str, &'static [u8])| Opened {
            name: name.into(),
            content: Ok(Content::from_bytes(bytes)),
        };
        join_rotated(files.iter().map(one).collect())
            .into_iter()
            .map(|one| (one.name.to_string_lossy().into_owned(), one.content.unwrap().slice(0, 999).unwrap()))
            .collect()
    }

    #[test]
    fn a_rotated_set_is_one_log_oldest_first() {
        let set = opened(&[
            ("auth.log", b"5\n"),
            ("auth.log.1", b"4"),
            ("auth.log.10.gz", b"2\n"),
            ("auth.log.2.gz", b"3\n"),
            ("other.log", b"x"),
        ]);
        assert_eq!(set, [("auth.log".into(), b"2\n3\n4\n5\n".to_vec()), ("other.log".into(), b"x".to_vec())]);
    }

    #[test]
    fn dates_order_a_set_as_well() {
        let set = opened(&[("secure-20261101", b"2\n"), ("secure-20261025.xz", b"1\n"), ("secure", b"3\n")]);
        assert_eq!(set, [("secure".into(), b"1\n2\n3\n".to_vec())]);
    }

    #[test]
    fn copies_of_captures_and_logs_of_other_folders_are_no_set() {
        let files: &[(&str, &[u8])] =
            &[("a/auth.log", b"1"), ("b/auth.log.1", b"2"), ("x.har", b"3"), ("x.har.1", b"4")];
        assert_eq!(opened(files).len(), 4);
    }

    #[test]
    fn bytes_of_a_set_are_found_at_any_offset() {
        let content =
            Content::joined(vec![Content::from_bytes(b"one".as_slice()), Content::from_bytes(b"two\n".as_slice())]);
        let whole = b"one\ntwo\n";
        assert_eq!(content.len(), whole.len() as u64);
        for from in 0..=whole.len() {
            for len in 0..=whole.len() - from {
                assert_eq!(content.slice(from as u64, len).unwrap(), &whole[from..from + len]);
            }
        }
    }
}
