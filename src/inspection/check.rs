//! What became of each record of a source, so that a person can see why an event is missing.

use super::{
    Attempt, Inspection,
    mask::Veil,
    raw::masked_line,
    recognise::{self, Readings},
};
use crate::{
    formats,
    model::{
        EventId, EventKind, EventStore, KeyValue, Nanos, Position, SessionKey, SourceId, SourceReport, Stated, Unread,
    },
    source::{Content, HEAD_BYTES, Progress},
};
use std::collections::BTreeMap;

/// Longer lines are shown cut.
const SHOWN: usize = 240;

/// How much of a source is looked at in one piece.
const STEP: usize = 1 << 20;

/// One record, or a line of one.
#[derive(Clone, Debug)]
pub struct Became {
    /// Its line, or its place in a list.
    pub position: Position,
    /// Its first byte.
    pub offset: u64,
    /// Its text, cut, secrets replaced by fingerprints.
    pub text: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a record.
#[derive(Clone, Debug)]
pub enum Fate {
    /// These events.
    Events(Vec<Happened>),
    /// It goes on with the record before.
    GoesOn,
    /// A record that gave no event; why.
    Quiet(&'static str),
    /// It could not be read; what was expected, what was found.
    Unreadable(String),
}

/// One event of a record.
#[derive(Clone, Debug)]
pub struct Happened {
    /// When.
    pub time: Nanos,
    /// What it says of its session, now that its neighbours are known.
    pub kind: EventKind,
    /// The reason that the record states.
    pub stated: Stated,
    /// What happened, in the source's words as far as they are no secret.
    pub what: String,
    /// The user; empty where the record names none.
    pub user: String,
    /// The client's address; empty where the record names none.
    pub client: String,
    /// The session that it belongs to, by its place in the list of sessions.
    pub session: Option<u32>,
    /// What ties it to that session: `pid 1562`, `connect.sid #1f2e3d4c`; empty where nothing does.
    pub key: String,
}

impl Inspection {
    /// What became of the records of a source from a line (counted from 1) on, `most` of them at most. Of a source that is
    /// not read by lines: what became of its records that gave events or could not be read, from one (counted from 1) on.
    pub fn became(&self, source: SourceId, from: u64, most: usize) -> Vec<Became> {
        let at = source.0 as usize;
        let (Some(report), Some(Some(content))) = (self.sources.get(at), self.read.get(at)) else {
            return Vec::new();
        };
        let mut events: Vec<(u64, u64, EventId)> = self
            .events
            .ids()
            .map(|id| (id, self.events.span(id)))
            .filter(|(_, span)| span.source == source)
            .map(|(id, span)| (span.offset, span.offset + u64::from(span.len), id))
            .collect();
        events.sort_unstable();
        match report.lines {
            Some(_) => Lines { inspection: self, at, report, content, events: &events }.read(from.max(1), most),
            None => self.entries(report, content, &events, from.max(1), most),
        }
    }

    /// How many events of each kind a source gave, by kind.
    pub fn kinds_of(&self, source: SourceId) -> BTreeMap<EventKind, u64> {
        let mut kinds = BTreeMap::new();
        for id in self.events.ids().filter(|&id| self.events.span(id).source == source) {
            *kinds.entry(self.events.kind(id)).or_default() += 1;
        }
        kinds
    }

    /// What each format says of a source's head: what was tried, and why it was not that.
    pub fn attempts(&self, source: SourceId, readings: &Readings) -> Vec<Attempt> {
        match self.read.get(source.0 as usize) {
            Some(Some(content)) => recognise::attempts(content, &readings.own),
            _ => Vec::new(),
        }
    }

    /// What the format that a source was read as makes of its head alone: records, events, records that could not be read.
    pub fn head_read(&self, source: SourceId) -> Option<[u64; 3]> {
        let content = self.read.get(source.0 as usize)?.as_ref()?;
        let format = self.formats.get(source.0 as usize)?.as_ref()?;
        let head = content.head();
        let whole = if head.len() < HEAD_BYTES { head.len() } else { memchr::memrchr(b'\n', &head)? + 1 };
        let (_, report) = self.read_again(head.get(..whole)?, content, format);
        Some([report.records, report.events, report.unreadable])
    }

    /// Reads a piece of a source by itself.
    fn read_again(&self, piece: &[u8], content: &Content, format: &formats::Chosen) -> (EventStore, SourceReport) {
        let alone = Content::from_bytes(piece.to_vec());
        alone.set_wrapping(content.wrapping());
        let progress = Progress::default();
        let written_by = content.modified().or(self.events.times().last().copied()).unwrap_or_default();
        let input = formats::Input { content: &alone, source: SourceId(0), written_by, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("-".into()));
        format.format().read(&input, &mut events, &mut report);
        (events, report)
    }

    fn entries(
        &self,
        report: &SourceReport,
        content: &Content,
        events: &[(u64, u64, EventId)],
        from: u64,
        most: usize,
    ) -> Vec<Became> {
        let text = |offset: u64, end: u64| {
            let bytes = content.slice(offset, (end - offset).min(STEP as u64) as usize).unwrap_or_default();
            self.shown(&bytes)
        };
        let mut found: Vec<Became> = Vec::new();
        for of_record in events.chunk_by(|one, other| one.0 == other.0) {
            let Some(&(offset, end, _)) = of_record.first() else { continue };
            let happened = of_record.iter().map(|&(.., id)| self.happened(id)).collect();
            let position = Position::Index(found.len() as u64);
            found.push(Became { position, offset, text: text(offset, end), fate: Fate::Events(happened) });
        }
        for warning in report.warnings.iter().filter(|warning| warning.position != Position::Whole) {
            let (position, offset) = (warning.position, warning.offset);
            let fate = Fate::Unreadable(warning.message.clone());
            found.push(Became { position, offset, text: text(offset, offset + 400), fate });
        }
        found.sort_by_key(|became| became.offset);
        found.into_iter().skip(from.saturating_sub(1) as usize).take(most).collect()
    }

    /// The first line of a record as it may be shown.
    fn shown(&self, bytes: &[u8]) -> String {
        let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let line = if line.trim_ascii() == b"{" { bytes } else { line };
        let text = masked_line(Veil::default().knowing(&self.events), line);
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}\u{2026}", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }

    fn happened(&self, id: EventId) -> Happened {
        let event = self.events.get(id);
        let word = |sym| self.events.symbols.resolve(sym).to_owned();
        let session = self.sessions.get(event.session.0 as usize);
        let client = word(event.client);
        Happened {
            time: event.time,
            kind: event.kind,
            stated: event.stated,
            what: word(event.what),
            user: word(event.actor),
            client: client.split('\t').next().unwrap_or_default().to_owned(),
            session: session.map(|_| event.session.0),
            key: session.map_or_else(String::new, |session| {
                let word = |key: &SessionKey| match &key.value {
                    KeyValue::Secret(secret) => format!("{} #{}", key.name, secret.fingerprint()),
                    KeyValue::Open(text) => format!("{} {text}", key.name),
                };
                let keys = session.keys(&self.events.symbols);
                keys.iter().take(3).map(word).collect::<Vec<_>>().join(" ")
            }),
        }
    }
}

/// The lines of a source beside what they gave.
struct Lines<'a> {
    inspection: &'a Inspection,
    at: usize,
    report: &'a SourceReport,
    content: &'a Content,
    /// First byte, end, event; by place.
    events: &'a [(u64, u64, EventId)],
}

impl Lines<'_> {
    fn read(&self, from: u64, most: usize) -> Vec<Became> {
        let (mut found, mut number, mut at) = (Vec::new(), 0, 0);
        while found.len() < most && at < self.content.len() {
            let piece = self.content.slice(at, STEP).unwrap_or_default();
            // Whole lines only, unless one is longer than a piece or the last has no end.
            let whole = memchr::memrchr(b'\n', &piece).map_or(piece.len(), |last| last + 1);
            if whole == 0 {
                break;
            }
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', &piece).map(|end| end + 1).chain([whole]) {
                if end <= start || end > whole {
                    continue;
                }
                let ends = piece.get(end - 1) == Some(&b'\n') || at + end as u64 >= self.content.len();
                number += u64::from(ends);
                let line = &piece[start..end];
                let offset = at + start as u64;
                start = end;
                if !ends || number < from || line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                if found.len() >= most {
                    break;
                }
                let fate = self.fate(offset, line);
                found.push(Became {
                    position: Position::Line(number),
                    offset,
                    text: self.inspection.shown(line),
                    fate,
                });
            }
            at += whole as u64;
        }
        found
    }

    fn fate(&self, offset: u64, line: &[u8]) -> Fate {
        let end = offset + line.len() as u64;
        let first = self.events.partition_point(|&(from, ..)| from < offset);
        let within: Vec<Happened> = self
            .events
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(|&&(from, ..)| from < end)
            .map(|&(.., id)| self.inspection.happened(id))
            .collect();
        if !within.is_empty() {
            return Fate::Events(within);
        }
        if let Some(unread) = self.unread(end) {
            return unread.why.map_or(Fate::GoesOn, |why| Fate::Unreadable(why.to_owned()));
        }
        if first.checked_sub(1).and_then(|at| self.events.get(at)).is_some_and(|&(_, until, _)| until > offset) {
            return Fate::GoesOn;
        }
        let Some(format) = self.inspection.formats.get(self.at).and_then(Option::as_ref) else {
            return Fate::Quiet("");
        };
        let (events, alone) = self.inspection.read_again(line, self.content, format);
        Fate::Quiet(match alone.quiet.first() {
            Some(&(why, _)) => why,
            None if !events.is_empty() => "another record tells of the same, and gave the event",
            None => "it says nothing about a session, a sign-in or the server",
        })
    }

    /// The lines without a record that a line ending at `end` is one of.
    fn unread(&self, end: u64) -> Option<&Unread> {
        let at = self.report.unread.partition_point(|unread| unread.end < end);
        self.report.unread.get(at).filter(|unread| unread.offset < end)
    }
}
