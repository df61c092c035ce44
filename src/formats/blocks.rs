//! Records of several lines: blocks that begin with a line of a certain form and go on until the next such line.

use super::{Input, lines::MAX_LINE};
use crate::model::{Position, SourceReport, Warning};
use memchr::{memchr, memrchr};

/// How many bytes are looked at at a time.
const WINDOW: usize = 4 << 20;

/// One record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    /// Its bytes, from its first line to the end of its last.
    pub(super) bytes: &'a [u8],
    /// Where it begins in the source.
    pub(super) offset: u64,
    /// The number of its first line, counted from 1.
    pub(super) line: u64,
}

/// Hands every block to `each`, in order; what stands before the first begins a block as well. A block of more than a
/// megabyte is cut there. Progress is advanced by the bytes read.
pub(super) fn read_blocks(
    input: &Input<'_>,
    report: &mut SourceReport,
    begins: impl Fn(&[u8]) -> bool,
    mut each: impl FnMut(Block<'_>),
) {
    let total = input.content.len();
    report.bytes = total;
    let (mut at, mut line) = (0_u64, 1_u64);
    while at < total && !input.progress.is_cancelled() {
        let window = match input.content.slice(at, WINDOW) {
            Ok(window) => window,
            Err(error) => {
                let message = format!("reading stopped at an error: {error}");
                report.warnings.push(Warning { position: Position::Line(line), offset: at, message });
                break;
            }
        };
        let last = at + window.len() as u64 >= total;
        let used = if last { window.len() } else { last_beginning(&window, &begins) };
        let mut start = 0;
        while start < used {
            let end = start + block_end(window.get(start..used).unwrap_or_default(), &begins);
            let bytes = window.get(start..end).unwrap_or_default();
            each(Block { bytes, offset: at + start as u64, line });
            line += memchr::memchr_iter(b'\n', bytes).count() as u64;
            start = end.max(start + 1);
        }
        if used == 0 {
            break;
        }
        input.progress.advance(used as u64);
        at += used as u64;
    }
}

/// Where the last block of a window begins, so that the next window begins with a whole one; all of it where that is not near.
fn last_beginning(window: &[u8], begins: &impl Fn(&[u8]) -> bool) -> usize {
    let least = window.len().saturating_sub(MAX_LINE);
    let mut until = window.len();
    while let Some(end) = window.get(least..until).and_then(|part| memrchr(b'\n', part)).map(|end| least + end) {
        if window.get(end + 1..).is_some_and(|rest| begins(first_line(rest))) && end + 1 < window.len() {
            return end + 1;
        }
        until = end;
    }
    memrchr(b'\n', window).map_or(window.len(), |end| end + 1)
}

/// How long the block is that `text` begins with.
fn block_end(text: &[u8], begins: &impl Fn(&[u8]) -> bool) -> usize {
    let mut at = 0;
    while let Some(end) = text.get(at..).and_then(|rest| memchr(b'\n', rest)).map(|end| at + end + 1) {
        let rest = text.get(end..).unwrap_or_default();
        if rest.is_empty() || end >= MAX_LINE || begins(first_line(rest)) {
            return end;
        }
        at = end;
    }
    text.len()
}

fn first_line(text: &[u8]) -> &[u8] {
    let line = memchr(b'\n', text).map_or(text, |end| text.get(..end).unwrap_or_default());
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::SourceId,
        source::{Content, Progress},
    };

    fn read(text: &[u8]) -> Vec<(u64, u64, usize)> {
        let content = Content::from_bytes(text.to_vec());
        let progress = Progress::default();
        let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
        let mut blocks = Vec::new();
        let mut report = SourceReport::new("x".into());
        read_blocks(
            &input,
            &mut report,
            |line| line.starts_with(b"#"),
            |block| {
                blocks.push((block.line, block.offset, block.bytes.len()));
            },
        );
        assert_eq!(progress.bytes().0, text.len() as u64);
        blocks
    }

    #[test]
    fn a_block_goes_from_its_first_line_to_the_next_ones() {
        assert_eq!(read(b"#a\n 1\n\n#b\n#c\n 2"), [(1, 0, 7), (4, 7, 3), (5, 10, 5)]);
        assert_eq!(read(b"lost\n#a\n"), [(1, 0, 5), (2, 5, 3)]);
        assert_eq!(read(b"\n"), [(1, 0, 1)]);
    }

    #[test]
    fn windows_cut_no_block() {
        let block = format!("#{}\n {}\n", "x".repeat(500), "y".repeat(700));
        let text = block.repeat(2 * WINDOW / block.len());
        let blocks = read(text.as_bytes());
        assert_eq!(blocks.len(), 2 * WINDOW / block.len());
        assert!(blocks.iter().all(|&(_, _, len)| len == block.len()));
        let endless = [b"#".as_slice(), &vec![b'z'; 9 << 20]].concat();
        assert_eq!(read(&endless).iter().map(|&(_, _, len)| len).sum::<usize>(), endless.len());
    }
}
