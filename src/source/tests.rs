use super::*;
use flate2::{Compression, write::GzEncoder};
use std::{fs, io::Write as _};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn opened(bytes: &[u8]) -> Content {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("some.log");
    fs::write(&path, bytes).unwrap();
    let from_file = Content::open(&path).unwrap();
    let from_memory = Content::from_bytes(bytes.to_vec());
    assert_eq!(from_file.head(), from_memory.head());
    assert_eq!(from_file.len(), from_memory.len());
    assert_eq!(from_file.notes(), from_memory.notes());
    from_file
}

#[test]
fn plain_text_is_read_where_it_lies() {
    let content = opened(b"one\ntwo\n");
    assert!(matches!(content.backing, Backing::File { .. }));
    assert_eq!(content.slice(4, 3).unwrap(), b"two");
    assert_eq!(content.slice(4, 99).unwrap(), b"two\n");
    assert_eq!(content.slice(99, 3).unwrap(), b"");
    assert_eq!(content.slice(u64::MAX, 3).unwrap(), b"");
    assert!(content.modified().is_some());
}

#[test]
fn a_byte_order_mark_is_not_content() {
    let content = opened(b"\xEF\xBB\xBFone");
    assert_eq!((content.len(), content.head()), (3, b"one".to_vec()));
    assert_eq!(content.slice(1, 9).unwrap(), b"ne");
}

#[test]
fn gzip_of_several_members_reads_as_one_text() {
    let content = opened(&[gzip(b"one\n"), gzip(b"two\n")].concat());
    assert_eq!(content.head(), b"one\ntwo\n");
    assert!(content.notes().is_empty());
}

#[test]
fn gzip_that_is_cut_off_gives_what_came_before() {
    let mut text = Vec::new();
    for n in 0..20_000 {
        writeln!(text, "line {n} {}", n * 7919 % 10_007).unwrap();
    }
    let packed = gzip(&text);
    let content = opened(&packed[..packed.len() / 2]);
    let got = content.slice(0, usize::MAX >> 1).unwrap();
    assert!(got.len() > 10_000 && text.starts_with(&got), "{} bytes", got.len());
    assert_eq!(content.notes().len(), 1);
    assert!(content.notes()[0].contains("cut off"), "{:?}", content.notes());
}

#[test]
fn utf_16_becomes_utf_8_with_and_without_gzip() {
    let text = "Nov 23 grüße 😀\r\n";
    let mut marked = vec![0xFF, 0xFE];
    marked.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(opened(&marked).head(), text.as_bytes());
    assert_eq!(opened(&gzip(&marked)).head(), text.as_bytes());
    let mut big = vec![0xFE, 0xFF];
    big.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    assert_eq!(opened(&big).head(), text.as_bytes());
}

#[test]
fn what_can_not_be_opened_says_what_was_found_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let said = |path: &Path| Content::open(path).unwrap_err().to_string();
    assert!(said(&dir.path().join("none.log")).contains("found nothing by this name; check the path"));
    assert!(said(dir.path()).contains("found a folder; name the files in it"));
    let empty = dir.path().join("empty.log");
    fs::write(&empty, b"").unwrap();
    assert!(said(&empty).contains("found 0 bytes; export or copy it again"));
    assert!(said(&empty.join("below")).contains("found nothing by this name"));
}

#[test]
fn what_is_appended_after_opening_is_not_part_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("grows.log");
    fs::write(&path, b"one\n").unwrap();
    let content = Content::open(&path).unwrap();
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"two\n").unwrap();
    assert_eq!(content.slice(0, 99).unwrap(), b"one\n");
}
