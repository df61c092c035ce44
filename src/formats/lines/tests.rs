use super::*;
use crate::{
    model::{Event, EventStore, Located, SourceId, Span},
    source::Progress,
};
use std::fmt::Write as _;

struct Whole;

impl ReadLine for Whole {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        if line.bytes.starts_with(b" ") {
            return Outcome::Continuation;
        }
        if line.bytes.starts_with(b"bad") {
            return Outcome::Unreadable("expected good, found bad");
        }
        let what = events.symbols.intern(&String::from_utf8_lossy(line.bytes));
        let span = Located(Span { source: SourceId(0), offset: line.offset, len: line.bytes.len() as u32 });
        events.push(Event { span, what, ..Event::default() });
        Outcome::Record
    }
}

fn read(content: &Content, chunk_bytes: u64) -> (Vec<(u64, String)>, SourceReport, u64) {
    let progress = Progress::default();
    let input = Input { content, source: SourceId(0), written_by: 0, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("x.log".into()));
    let tally = read_lines(&input, chunk_bytes, || Whole, |batch, _| events.append(batch));
    let continuations = tally.continuations();
    tally.write_to(&mut report);
    let lines = events.ids().map(|id| (events.span(id).offset, events.symbols.resolve(events.get(id).what).to_owned()));
    assert_eq!(progress.bytes().0, content.len());
    (lines.collect(), report, continuations)
}

fn said(report: &SourceReport) -> Vec<String> {
    report.warnings.iter().map(|w| format!("{:?} {} {}", w.position, w.offset, w.message)).collect()
}

#[test]
fn chunks_change_nothing() {
    let mut text = String::new();
    for n in 0..900 {
        match n % 50 {
            7 => text.push_str("bad line\n"),
            8 => text.push_str("  goes on\r\n"),
            9 => text.push_str("\n\r\n"),
            10 => text.push_str(&"long ".repeat(n)),
            11 => text.push_str("zero \0 byte\n"),
            _ => write!(text, "line {n}\r\n").unwrap(),
        }
    }
    text.push_str("no end");
    let content = Content::from_bytes(text.into_bytes());
    let (lines, report, continuations) = read(&content, u64::MAX);
    assert_eq!(lines.last().unwrap().1, "no end");
    assert_eq!((report.records, report.unreadable, continuations), (811, 36, 18));
    assert_eq!(report.warnings.len(), 12);
    for chunk_bytes in [1, 64, 100, 1 << 10, 4 << 10, 64 << 10, 1 << 20] {
        let (other_lines, other, _) = read(&content, chunk_bytes);
        assert_eq!(other_lines, lines, "chunks of {chunk_bytes}");
        assert_eq!(said(&other), said(&report), "chunks of {chunk_bytes}");
        assert_eq!((other.records, other.unreadable), (report.records, report.unreadable));
    }
}

#[test]
fn a_line_beyond_the_limit_is_counted_and_the_rest_is_read() {
    let text = [b"one\n".as_slice(), &vec![b'x'; 2 << 20], b"\ntwo\nbad\n", &vec![b'y'; 3 << 20]].concat();
    let content = Content::from_bytes(text);
    for chunk_bytes in [64 << 10, 1 << 20, 2 << 20, 16 << 20] {
        let (lines, report, _) = read(&content, chunk_bytes);
        assert_eq!(lines, [(0, "one".to_owned()), (2_097_157, "two".to_owned())], "chunks of {chunk_bytes}");
        assert_eq!(
            said(&report),
            [
                "Line(2) 4 expected a line of at most 1 MiB, found a longer one of 2097152 bytes",
                "Line(4) 2097161 expected good, found bad",
                "Line(5) 2097165 expected a line of at most 1 MiB, found a longer one of 3145728 bytes",
            ],
            "chunks of {chunk_bytes}"
        );
    }
}

#[test]
fn many_lines_of_one_kind_are_named_and_then_counted() {
    let content = Content::from_bytes("bad\n".repeat(1000).into_bytes());
    let (_, report, _) = read(&content, 64);
    assert_eq!(report.unreadable, 1000);
    assert_eq!(report.warnings.len(), 6);
    let last = &report.warnings[5];
    assert_eq!((last.position, last.offset), (Position::Line(6), 20));
    assert_eq!(last.message, "expected good, found bad, and 995 more such lines from here on");
}

#[test]
fn text_that_is_no_utf_8_is_latin_1_unless_it_is_damaged_utf_8() {
    assert_eq!(text(b"M\xFCller pays 7 \x80"), "Müller pays 7 €");
    assert_eq!(text("Müller".as_bytes()), "Müller");
    assert_eq!(text(b"M\xC3\xBCller \xFF"), "Müller \u{fffd}");
}

#[test]
fn zero_bytes_around_a_line_cost_only_themselves() {
    let content = Content::from_bytes(b"one\n\0\0\0\0two\nthree\0\0\n\0\0\n".to_vec());
    let (lines, report, _) = read(&content, 1 << 20);
    assert_eq!(lines, [(0, "one".to_owned()), (8, "two".to_owned()), (12, "three".to_owned())]);
    assert_eq!((report.records, report.unreadable), (3, 1));
    assert!(report.limits[0].starts_with("2 of its lines had zero bytes around them"), "{:?}", report.limits);
}

#[test]
fn a_cancelled_read_stops() {
    let content = Content::from_bytes("line\n".repeat(1000).into_bytes());
    let progress = Progress::default();
    progress.cancel();
    let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
    let mut taken = 0;
    read_lines(&input, 64, || Whole, |_, _| taken += 1);
    assert_eq!((taken, progress.bytes().0), (0, 0));
}
