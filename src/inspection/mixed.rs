//! Sources that hold two formats: an application's JSON lines among an access log's, in the journal, in a host's log.
//!
//! The lines that the format of a source made nothing of are tried on the others. Where they are of one, they are read as a
//! second source of the same name, whose bytes stand where they stood.

use super::recognise::certain_or_lines;
use crate::{
    formats::{Chosen, Sniff},
    model::{Position, SourceReport, Unread, Warning},
    source::{Content, HEAD_BYTES, Wrapping},
};
use std::{borrow::Cow, ops::Range, sync::Arc};

/// Fewer lines than that are noise.
const FEWEST: usize = 3;

/// How much of a source is looked at for records inside of records.
const FRAMED_BYTES: u64 = 1 << 20;

/// How much of a source is looked at in one piece.
const STEP: usize = 1 << 20;

/// So many lines that are named of one kind; the rest is counted.
const NAMED: usize = 5;

/// What else is in a source.
pub(super) struct Second {
    /// Its format.
    pub(super) format: Chosen,
    /// The source with nothing else in it.
    pub(super) content: Content,
    /// Its lines, by place.
    lines: Vec<Range<u64>>,
}

impl Second {
    /// The source without these lines.
    pub(super) fn without(&self, content: &Arc<Content>) -> Content {
        let starts = std::iter::once(0).chain(self.lines.iter().map(|lines| lines.end));
        let ends = self.lines.iter().map(|lines| lines.start).chain([content.len()]);
        let rest: Vec<Range<u64>> =
            starts.zip(ends).map(|(from, until)| from..until).filter(|it| !it.is_empty()).collect();
        let without = Content::only(content, &rest);
        without.set_wrapping(content.wrapping());
        without
    }
}

/// What the lines are of that a source's format made nothing of; `None` where they are of no format.
pub(super) fn find(content: &Arc<Content>, first: &Chosen, report: &SourceReport, own: &[Chosen]) -> Option<Second> {
    report.lines?;
    // A log of any form takes every line that it does not know for one that goes on with the record before.
    let any_form = first.format().id() == "request_text";
    if !report.unread.is_empty() {
        let tried = |unread: &&Unread| unread.why.is_some() || any_form;
        let stretches = || report.unread.iter().filter(tried).map(|unread| unread.offset..unread.end);
        // As they stand, or without what a program put around them that passed on some lines and not the others.
        let others = Wrapping::ALL.into_iter().filter(|&wrapping| wrapping != content.wrapping());
        let found = std::iter::once(content.wrapping())
            .chain(others)
            .find_map(|wrapping| among(content, first, wrapping, stretches(), own));
        if found.is_some() {
            return found;
        }
    }
    // Lines that are records of a host's log or of the journal may hold a record of an application.
    let frame = match first.format().id() {
        "journald" => Wrapping::Journal,
        _ if content.wrapping() == Wrapping::None && is_host_log(first) => Wrapping::Syslog,
        _ => return None,
    };
    among(content, first, frame, std::iter::once(0..content.len()), own)
}

fn is_host_log(first: &Chosen) -> bool {
    matches!(first.format().id(), "linux_auth" | "dovecot" | "dropbear" | "strongswan" | "kerberos")
}

/// The lines of one other format among these stretches.
fn among(
    content: &Arc<Content>,
    first: &Chosen,
    wrapping: Wrapping,
    stretches: impl Iterator<Item = Range<u64>> + Clone,
    own: &[Chosen],
) -> Option<Second> {
    let framed = wrapping != content.wrapping();
    let inner = |line: &[u8]| -> Option<Vec<u8>> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match wrapping.unwrap(line) {
            Some((inner, _)) => Some(inner.into_owned()).filter(|inner| !framed || begins_like_a_record(inner)),
            None if framed => None,
            None => Some(line.to_vec()),
        }
    };
    // Every line has a frame: whether records stand in them shows at the beginning, or else nowhere.
    let until = if framed { FRAMED_BYTES } else { u64::MAX };
    let mut head = Vec::new();
    let near = stretches.clone().map(|stretch| stretch.start..stretch.end.min(until));
    each_line(content, near, |_, line| {
        if let Some(inner) = inner(line) {
            head.extend_from_slice(&inner);
            head.push(b'\n');
        }
        head.len() < HEAD_BYTES
    });
    if memchr::memchr_iter(b'\n', &head).count() < FEWEST {
        return None;
    }
    // The same format is another only in another frame.
    let format = certain_or_lines(&head, own).filter(|format| framed || format.format().id() != first.format().id())?;
    let mut lines: Vec<Range<u64>> = Vec::new();
    let mut count = 0_u64;
    each_line(content, stretches, |place, line| {
        let is_of = inner(line).is_some_and(|inner| !matches!(format.format().sniff(&inner), Sniff::No(_)));
        if is_of {
            count += 1;
            match lines.last_mut() {
                Some(last) if last.end == place.start => last.end = place.end,
                _ => lines.push(place),
            }
        }
        true
    });
    if count < FEWEST as u64 {
        return None;
    }
    let second = Content::only(content, &lines);
    second.set_wrapping(wrapping);
    Some(Second { format, content: second, lines })
}

/// Whether the text that a frame holds may be a record of some format: an object, or a line that begins with an address.
fn begins_like_a_record(inner: &[u8]) -> bool {
    match inner.first() {
        Some(b'{') => true,
        Some(b'0'..=b'9') => memchr::memchr(b'"', inner).is_some(),
        _ => false,
    }
}

/// Hands on the lines of some stretches, with their places, until it is told to stop.
fn each_line(
    content: &Content,
    stretches: impl Iterator<Item = Range<u64>>,
    mut take: impl FnMut(Range<u64>, &[u8]) -> bool,
) {
    for stretch in stretches {
        let mut at = stretch.start;
        while at < stretch.end {
            let most = usize::try_from(stretch.end - at).unwrap_or(STEP).min(STEP);
            let piece: Cow<'_, [u8]> = content.slice(at, most).unwrap_or_default().into();
            if piece.is_empty() {
                break;
            }
            // A line longer than a piece is handed on in parts, which are of no format.
            let whole = memchr::memrchr(b'\n', &piece).map_or(piece.len(), |last| last + 1);
            let mut from = 0;
            for end in memchr::memchr_iter(b'\n', &piece[..whole]).map(|end| end + 1).chain([whole]) {
                if end > from {
                    let place = at + from as u64..at + end as u64;
                    if !piece[from..end].iter().all(u8::is_ascii_whitespace) && !take(place, &piece[from..end]) {
                        return;
                    }
                }
                from = end;
            }
            at += whole as u64;
        }
    }
}

/// Takes the lines of a second format out of what the first could not read.
pub(super) fn hand_over(content: &Content, second: &Second, report: &mut SourceReport) {
    let is_second = |offset: u64| {
        let at = second.lines.partition_point(|lines| lines.end <= offset);
        second.lines.get(at).is_some_and(|lines| lines.start <= offset)
    };
    if !report.unread.iter().any(|unread| is_second(unread.offset) || is_second(unread.end - 1)) {
        return;
    }
    let mut rest: Vec<(Range<u64>, Option<&'static str>)> = Vec::new();
    for unread in std::mem::take(&mut report.unread) {
        each_line(content, std::iter::once(unread.offset..unread.end), |place, _| {
            if !is_second(place.start) {
                match rest.last_mut() {
                    Some((last, why)) if last.end == place.start && *why == unread.why => last.end = place.end,
                    _ => rest.push((place, unread.why)),
                }
            }
            true
        });
    }
    report.warnings.retain(|warning| !matches!(warning.position, Position::Line(_)));
    report.unreadable = 0;
    let mut named: Vec<(&'static str, usize, usize)> = Vec::new();
    let (mut number, mut counted_to) = (1, 0);
    for (stretch, why) in &rest {
        report.unread.push(Unread { offset: stretch.start, end: stretch.end, why: *why });
        let Some(why) = *why else { continue };
        each_line(content, std::iter::once(stretch.clone()), |place, _| {
            report.unreadable += 1;
            let at = named.iter().position(|(other, ..)| *other == why).unwrap_or_else(|| {
                named.push((why, 0, 0));
                named.len() - 1
            });
            if let Some((_, count, last)) = named.get_mut(at) {
                *count += 1;
                if *count <= NAMED {
                    number += line_ends(content, counted_to..place.start);
                    counted_to = place.start;
                    *last = report.warnings.len();
                    let position = Position::Line(number);
                    report.warnings.push(Warning { position, offset: place.start, message: why.to_owned() });
                }
            }
            true
        });
    }
    for (_, count, last) in named.into_iter().filter(|(_, count, _)| *count > NAMED) {
        if let Some(warning) = report.warnings.get_mut(last) {
            let more = count - NAMED;
            warning.message = format!("{}, and {more} more such lines from here on", warning.message);
        }
    }
    report.warnings.sort_by_key(|warning| warning.offset);
}

fn line_ends(content: &Content, range: Range<u64>) -> u64 {
    let (mut at, mut count) = (range.start, 0);
    while at < range.end {
        let most = usize::try_from(range.end - at).unwrap_or(STEP).min(STEP);
        let piece = content.slice(at, most).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        count += memchr::memchr_iter(b'\n', &piece).count() as u64;
        at += piece.len() as u64;
    }
    count
}
