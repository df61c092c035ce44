//! What readers of sources that name their sessions share: one record's words into an event, and the dates of a source.
//!
//! A reader implements [`ReadNamed`]: it takes a line apart and says with [`Out::push`] what it means. How such events become
//! sessions is told in `sessions/named`; the family is [`Family::Named`](crate::model::Family::Named).

use super::{
    Input,
    lines::{self, CHUNK_BYTES, Line, Outcome, ReadLine, SAYS_NOTHING},
    timestamp::{Stamp, Stamps, Years},
};
use crate::model::{
    Event, EventBatch, EventFlags, EventId, EventKind, EventStore, KeyKind, Located, NamedTie, Nanos, SourceId,
    SourceReport, Span, Stated, Sym, Symbols,
};
use std::collections::BTreeMap;

/// What one record says, before its words are interned. Empty parts are not known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) kind: EventKind,
    pub(super) stated: Stated,
    /// What happened, in the source's words as far as these are no secret.
    pub(super) what: &'a str,
    pub(super) user: &'a [u8],
    /// The client's address.
    pub(super) client: &'a [u8],
    /// The app as it is shown: `PostgreSQL on db1`.
    pub(super) app: &'a str,
    /// The session: [`link_of`] its id, or a number that the source gives it; 0 where the record names none.
    pub(super) link: u64,
    /// The ids behind the link, strongest first; those known already may be left out.
    pub(super) ids: &'a [(KeyKind, &'static str, &'a [u8])],
    pub(super) flags: EventFlags,
    /// How long the session had lasted by then, where the record says so.
    pub(super) age: Option<Nanos>,
}

impl<'a> Said<'a> {
    pub(super) fn new(kind: EventKind, stated: Stated, what: &'a str) -> Self {
        Self {
            kind,
            stated,
            what,
            user: &[],
            client: &[],
            app: "",
            link: 0,
            ids: &[],
            flags: EventFlags::default(),
            age: None,
        }
    }
}

/// The link of a session that is known by these words together (FNV-1a, stirred); never 0.
pub(super) fn link_of(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for part in parts {
        for &byte in *part {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        // A byte that stands in no text, so that "ab","c" is not "a","bc".
        hash = (hash ^ 0xFF).wrapping_mul(0x0100_0000_01B3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash ^= hash >> 33;
    hash.max(1)
}

/// Takes the lines of one format apart. A fresh one is made for each chunk, so nothing may depend on the line before.
pub(super) trait ReadNamed: Default + Send {
    /// Reads a line; what it means goes into `out`.
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome;
    /// The program that wrote the lines read so far, where they say.
    fn producer(&self) -> Option<String> {
        None
    }
}

/// Where a reader says what a line means.
pub(super) struct Out<'a> {
    source: SourceId,
    line: Line<'a>,
    pen: &'a mut Pen,
    dating: &'a mut Dating,
    /// Reads stamps, remembering the last date.
    pub(super) stamps: &'a mut Stamps,
    aliases: &'a mut Aliases,
    events: &'a mut EventBatch,
}

impl<'a> Out<'a> {
    /// The same for a record that is a part of the line, or the line in another guise.
    pub(super) fn at<'b>(&'b mut self, line: Line<'b>) -> Out<'b>
    where
        'a: 'b,
    {
        let Self { source, pen, dating, stamps, aliases, events, .. } = self;
        Out { source: *source, line, pen, dating, stamps, aliases, events }
    }

    /// Takes note of the name of a user whom other records call by this id.
    pub(super) fn alias(&mut self, id: &[u8], name: &[u8]) {
        self.aliases.note(id, name);
    }

    /// Takes note of the stamp that the line bears; to be called for every line that has one, whether or not it says anything.
    pub(super) fn note(&mut self, stamp: Stamp) {
        self.dating.note(stamp, self.line.offset);
    }

    /// Takes a text that may let someone in out of circulation: no record shows it any more.
    pub(super) fn secret(&mut self, value: &[u8]) {
        self.events.intern_secret(&lines::text(value));
    }

    /// Adds what the line says, at a time.
    pub(super) fn push(&mut self, at: Nanos, said: &Said<'_>) {
        self.pen.push(at, self.source, self.line, said, self.events);
    }
}

/// Where a dialect of syslog writes what a line says.
pub(super) struct Page<'a> {
    pub(super) source: SourceId,
    pub(super) line: Line<'a>,
    pub(super) pen: &'a mut Pen,
    pub(super) events: &'a mut EventBatch,
}

impl Page<'_> {
    /// Adds what the line says, at a time.
    pub(super) fn push(&mut self, at: Nanos, said: &Said<'_>) {
        self.pen.push(at, self.source, self.line, said, self.events);
    }
}

/// The symbols that the line before asked for: lines of one session follow each other.
#[derive(Debug, Default)]
pub(super) struct Pen {
    user: Recent,
    client: Recent,
    app: Recent,
    what: Recent,
}

impl Pen {
    /// Adds what a record says, at a time.
    pub(super) fn push(
        &mut self,
        at: Nanos,
        source: SourceId,
        record: Line<'_>,
        said: &Said<'_>,
        events: &mut EventBatch,
    ) {
        let symbols = &mut events.symbols;
        let event = Event {
            time: at,
            kind: said.kind,
            stated: said.stated,
            flags: said.flags | EventFlags::NAMED,
            span: Located(Span { source, offset: record.offset, len: record.bytes.len() as u32 }),
            actor: self.user.intern(symbols, said.user),
            client: self.client.intern(symbols, said.client),
            host: self.app.intern(symbols, said.app.as_bytes()),
            what: self.what.intern(symbols, said.what.as_bytes()),
            link: said.link,
            ..Event::default()
        };
        for &(kind, name, value) in said.ids {
            if said.link != 0 && !value.is_empty() && !events.naming.knows(said.link, name) {
                let value = events.symbols.intern(&lines::text(value));
                events.naming.add(said.link, NamedTie { kind, name, value });
            }
        }
        if let Some(age) = said.age {
            events.naming.set_age(EventId(events.len() as u32), age);
        }
        events.push(event);
    }
}

/// What users are called whom some records name by an id alone.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    names: BTreeMap<Box<[u8]>, Box<[u8]>>,
}

impl Aliases {
    fn note(&mut self, id: &[u8], name: &[u8]) {
        if id.is_empty() || name.is_empty() || id == name || self.names.contains_key(id) {
            return;
        }
        self.names.insert(id.into(), name.into());
    }

    fn join(&mut self, later: Self) {
        if self.names.is_empty() {
            self.names = later.names;
            return;
        }
        for (id, name) in later.names {
            self.names.entry(id).or_insert(name);
        }
    }

    /// Calls the actors of the events from `first` on by their names.
    fn settle(self, events: &mut EventStore, first: usize) {
        if self.names.is_empty() {
            return;
        }
        let mut symbols: Vec<(Sym, Sym)> = self
            .names
            .iter()
            .filter_map(|(id, name)| {
                let id = events.symbols.lookup(&lines::text(id))?;
                Some((id, events.symbols.intern(&lines::text(name))))
            })
            .collect();
        symbols.sort_unstable_by_key(|&(id, _)| id.0);
        for id in events.ids().skip(first) {
            let actor = events.get(id).actor;
            if let Ok(at) = symbols.binary_search_by_key(&actor.0, |&(id, _)| id.0)
                && let Some(&(_, name)) = symbols.get(at)
            {
                events.set_actor(id, name);
            }
        }
    }
}

/// What a reader of records of several lines writes with: all of one source, in order.
#[derive(Debug)]
pub(super) struct Scribe {
    source: SourceId,
    first: usize,
    pen: Pen,
    dating: Dating,
    stamps: Stamps,
    aliases: Aliases,
}

impl Scribe {
    /// For a source whose first event will be the store's `first`.
    pub(super) fn new(source: SourceId, first: usize) -> Self {
        let (stamps, aliases) = (Stamps::default(), Aliases::default());
        Self { source, first, pen: Pen::default(), dating: Dating::default(), stamps, aliases }
    }

    /// Where to say what a record means.
    pub(super) fn out<'a>(&'a mut self, record: Line<'a>, events: &'a mut EventStore) -> Out<'a> {
        let Self { source, pen, dating, stamps, aliases, .. } = self;
        Out { source: *source, line: record, pen, dating, stamps, aliases, events }
    }

    /// Takes note of a record's stamp; `offset` is the record's.
    pub(super) fn note(&mut self, stamp: Stamp, offset: u64) {
        self.dating.note(stamp, offset);
    }

    /// Adds what a record says, at a time.
    pub(super) fn push(&mut self, at: Nanos, record: Line<'_>, said: &Said<'_>, events: &mut EventStore) {
        self.pen.push(at, self.source, record, said, events);
    }

    /// Settles the years and counts the events.
    pub(super) fn finish(self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        self.dating.settle(events, self.first, input.written_by, report);
        self.aliases.settle(events, self.first);
        report.events += (events.len() - self.first) as u64;
    }
}

/// The symbol of the text that was asked for last.
#[derive(Debug, Default)]
struct Recent {
    text: Vec<u8>,
    sym: Sym,
}

impl Recent {
    fn intern(&mut self, symbols: &mut Symbols, text: &[u8]) -> Sym {
        if text.is_empty() {
            return Sym::NONE;
        }
        if self.text != text {
            self.sym = symbols.intern(&lines::text(text));
            self.text.clear();
            self.text.extend_from_slice(text);
        }
        self.sym
    }
}

/// Said of a source whose stamps name no zone.
pub(super) const ZONELESS: &str = "its stamps name no zone; read as UTC";

/// What the stamps of a source have in common.
#[derive(Debug, Default)]
pub(super) struct Dating {
    years: Years,
    zoneless: bool,
    zone: Option<i32>,
}

impl Dating {
    /// Takes note of a record's stamp; `offset` is the record's.
    pub(super) fn note(&mut self, stamp: Stamp, offset: u64) {
        self.years.note(stamp, offset);
        match stamp.zone {
            None => self.zoneless = true,
            Some(0) => {}
            zone => self.zone = self.zone.or(zone),
        }
    }

    /// Adds what a later chunk saw.
    pub(super) fn join(&mut self, later: Self) {
        self.years.join(later.years);
        self.zoneless |= later.zoneless;
        self.zone = self.zone.or(later.zone);
    }

    /// Gives the events from `first` on their years, and says in the report what the stamps left open.
    pub(super) fn settle(self, events: &mut EventStore, first: usize, written_by: Nanos, report: &mut SourceReport) {
        if let Some(year) = self.years.settle(events, first, written_by) {
            report.limits.push(format!("its stamps name no year; the last one was taken for {year}"));
        }
        if self.zoneless {
            report.limits.push(ZONELESS.to_owned());
            report.zoneless = self.years.zoneless();
        }
        report.zone_offset_secs = self.zone.filter(|&offset| offset != 0);
    }
}

struct Reader<R> {
    source: SourceId,
    inner: R,
    pen: Pen,
    dating: Dating,
    stamps: Stamps,
    aliases: Aliases,
}

impl<R: ReadNamed> ReadLine for Reader<R> {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        let Self { source, inner, pen, dating, stamps, aliases } = self;
        let before = events.len();
        let outcome = inner.read_line(line, &mut Out { source: *source, line, pen, dating, stamps, aliases, events });
        if outcome == Outcome::Record && events.len() == before {
            return Outcome::Quiet(SAYS_NOTHING);
        }
        outcome
    }
}

/// Reads all lines of a source with readers of this kind.
pub(super) fn read<R: ReadNamed>(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
    read_in_chunks::<R>(input, events, report, CHUNK_BYTES);
}

/// The same with chunks of another size, for tests.
pub(super) fn read_in_chunks<R: ReadNamed>(
    input: &Input<'_>,
    events: &mut EventStore,
    report: &mut SourceReport,
    chunk_bytes: u64,
) {
    let first = events.len();
    let mut dating = Dating::default();
    let mut aliases = Aliases::default();
    let mut producer = None;
    let make = || Reader {
        source: input.source,
        inner: R::default(),
        pen: Pen::default(),
        dating: Dating::default(),
        stamps: Stamps::default(),
        aliases: Aliases::default(),
    };
    let tally = lines::read_lines(input, chunk_bytes, make, |batch, reader| {
        events.append(batch);
        dating.join(reader.dating);
        aliases.join(reader.aliases);
        producer = producer.take().or_else(|| reader.inner.producer());
    });
    report.bytes = input.content.len();
    if tally.continuations() > 0 {
        report.limits.push(format!("{} of its lines go on with the record before them", tally.continuations()));
    }
    tally.write_to(report);
    dating.settle(events, first, input.written_by, report);
    aliases.settle(events, first);
    report.producer = producer;
    report.events += (events.len() - first) as u64;
}

/// What tests of readers share.
#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use crate::{
        model::time::rfc3339_from_nanos,
        source::{Content, Progress},
    };

    /// Reads a text; whatever the size of the chunks, the same comes of it.
    pub(in crate::formats) fn read<R: ReadNamed>(text: &str) -> (EventStore, SourceReport) {
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let mut first: Option<(EventStore, SourceReport)> = None;
        for chunk in [1 << 20, 64, 1] {
            let progress = Progress::default();
            let written_by = 1_795_478_400_000_000_000;
            let input = Input { content: &content, source: SourceId(0), written_by, progress: &progress };
            let (mut events, mut report) = (EventStore::default(), SourceReport::new("x.log".into()));
            read_in_chunks::<R>(&input, &mut events, &mut report, chunk);
            let Some((one, said)) = &first else {
                first = Some((events, report));
                continue;
            };
            assert_eq!(
                (one.times(), said.records, said.unreadable),
                (events.times(), report.records, report.unreadable)
            );
        }
        first.unwrap_or_else(|| unreachable!())
    }

    /// Each event as `time kind stated user@client app: what`.
    pub(in crate::formats) fn lines_of(events: &EventStore) -> Vec<String> {
        let line = |id| {
            let event = events.get(id);
            let word = |sym| events.symbols.resolve(sym);
            let time = &rfc3339_from_nanos(event.time)[11..19];
            let (user, client, app) = (word(event.actor), word(event.client), word(event.host));
            format!("{time} {:?} {:?} {user}@{client} {app}: {}", event.kind, event.stated, word(event.what))
        };
        events.ids().map(line).collect()
    }

    /// What the lines of a text say.
    pub(in crate::formats) fn said<R: ReadNamed>(text: &str) -> Vec<String> {
        lines_of(&read::<R>(text).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_split_otherwise_are_another_session() {
        assert_ne!(link_of(&[b"ab", b"c"]), link_of(&[b"a", b"bc"]));
        assert_eq!(link_of(&[b"ab", b"c"]), link_of(&[b"ab", b"c"]));
        assert_ne!(link_of(&[]), 0);
    }
}
