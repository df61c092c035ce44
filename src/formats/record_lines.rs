//! Sources of one structured record a line, whichever notation: what a record becomes, and when a source is one.
//!
//! A record that tells of a request and its answer is a request ([`requests`](super::requests)); one that tells of either is
//! paired with the other by its id; any other is an application's word on what happened, if it is one about sessions
//! ([`happened`](super::happened)).

use super::{
    Input, Sniff,
    fields::Field as F,
    happened::Words,
    lines::{self, Line, Outcome, ReadLine, head_lines},
    record::Record,
    requests::{
        Requests, intern,
        pairs::{Answer, Pairs},
        session_id,
    },
    timestamp::{Stamp, Stamps},
};
use crate::model::{Event, EventBatch, EventKind, EventStore, Located, SourceId, SourceReport, Span, Stated};

/// How a line holds a record.
pub(super) trait Notation: Clone + Send + Sync {
    /// Reads a line into `record`.
    fn read<'a>(&mut self, line: &'a [u8], record: &mut Record<'a>) -> Held;
}

/// What a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// A record.
    Record,
    /// Something that belongs to the notation and tells nothing: a heading.
    Heading,
    /// A heading that a server writes when it starts.
    Start,
    /// Nothing that could be read: what was expected, what was found.
    Unreadable(&'static str),
}

/// Tells by the head of a source whether it is written in a notation.
pub(super) fn sniff<N: Notation>(head: &[u8], mut notation: N, name: &str) -> Sniff {
    /// Enough to tell by.
    const LINES: usize = 400;
    let mut stamps = Stamps::default();
    let (mut all, mut dated, mut requests) = (0_u32, 0_u32, 0_u32);
    for line in head_lines(head).take(LINES) {
        let mut record = Record::default();
        match notation.read(line, &mut record) {
            Held::Heading | Held::Start => continue,
            Held::Record if record.stamp(&mut stamps).is_some() => {
                dated += 1;
                requests += u32::from(record.is_request());
            }
            _ => {}
        }
        all += 1;
    }
    match () {
        () if dated == 0 => Sniff::No(format!("no line is {name} with a time")),
        () if dated * 2 <= all => Sniff::No(format!("only {dated} of its first {all} lines are {name} with a time")),
        () if requests * 10 >= all => Sniff::Certain,
        () => Sniff::Plausible,
    }
}

/// Reads a source.
pub(super) fn read<N: Notation>(
    input: &Input<'_>,
    events: &mut EventStore,
    report: &mut SourceReport,
    chunk_bytes: u64,
    notation: &N,
) {
    let first = events.len();
    let (mut requests, mut pairs) = (Requests::default(), Pairs::default());
    let make = || Reader {
        notation: notation.clone(),
        source: input.source,
        stamps: Stamps::default(),
        requests: Requests::default(),
        pairs: Pairs::default(),
        words: Words::default(),
        last: None,
    };
    let tally = lines::read_lines(input, chunk_bytes, make, |batch, reader| {
        events.append(batch);
        requests.join(&reader.requests);
        pairs.join(reader.pairs, &mut requests, input.source, events);
    });
    report.bytes = input.content.len();
    tally.write_to(report);
    report.events += (events.len() - first) as u64;
    requests.write_to(report);
}

/// Reads one chunk's lines.
#[derive(Debug)]
struct Reader<N> {
    notation: N,
    source: SourceId,
    stamps: Stamps,
    requests: Requests,
    pairs: Pairs,
    words: Words,
    last: Option<Stamp>,
}

impl<N: Notation> ReadLine for Reader<N> {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        let mut record = Record::default();
        match self.notation.read(line.bytes, &mut record) {
            Held::Record => {}
            Held::Heading => return Outcome::Record,
            Held::Start => {
                // Without records before it, it is the heading of the source.
                if let Some(stamp) = self.last {
                    let what = events.symbols.intern("Server started");
                    let kind = EventKind::ServerStart;
                    events.push(Event {
                        time: stamp.at,
                        kind,
                        what,
                        span: span(self.source, line),
                        ..Event::default()
                    });
                }
                return Outcome::Record;
            }
            Held::Unreadable(why) => return Outcome::Unreadable(why),
        }
        let Some(stamp) = record.stamp(&mut self.stamps) else {
            return Outcome::Unreadable("expected a record with a time, found one without");
        };
        self.last = Some(stamp);
        if record.is_request() {
            record.request(stamp, |request| self.requests.push(request, line, self.source, events));
        } else if record.is_asked() {
            record.request(stamp, |request| self.pairs.ask(&record.get(F::RequestId), request, line));
        } else if record.is_answer() {
            let answer = Answer {
                status: record.status(),
                location: record.get(F::Location).into_owned(),
                user: record.user().into_owned(),
                session: record.session(b"").map(std::borrow::Cow::into_owned),
            };
            self.pairs.answer(&record.get(F::RequestId), answer, &mut self.requests, self.source, events);
        } else if let Err(why) = self.application(&record, stamp, line, events) {
            return Outcome::Quiet(why);
        }
        Outcome::Record
    }
}

impl<N> Reader<N> {
    /// An application's own word; else why it is none.
    fn application(
        &mut self,
        record: &Record<'_>,
        stamp: Stamp,
        line: Line<'_>,
        events: &mut EventBatch,
    ) -> Result<(), &'static str> {
        let Some(happened) = self.words.of(record) else {
            return Err(SAYS_NOTHING);
        };
        let (user, client, agent) = (record.user(), record.client(), record.get(F::Agent));
        let session = record.session(b"");
        let about_server = matches!(happened.kind, EventKind::ServerStart | EventKind::ServerStop);
        let named = !user.is_empty() || !client.is_empty() || session.is_some();
        // Of whom? A token that was refused on the way in is a story of its own; anything else would be anybody's.
        let own_story = happened.kind == EventKind::SignInFailed && happened.stated.cause().is_some();
        if !about_server && !named && !own_story {
            return Err("its words are about a session, but it names neither user, client nor session");
        }
        let link = session.map_or(0, |value| {
            let link = session_id::link(&value);
            events.intern_session_id(link, &lines::text(&value));
            link
        });
        let client = self.requests.client(&client, &agent, &mut events.symbols);
        let actor = intern(&mut events.symbols, &user);
        let stated = if about_server { Stated::Nothing } else { happened.stated };
        let what = events.symbols.intern(self.words.shown());
        events.push(Event {
            time: stamp.at,
            kind: happened.kind,
            stated,
            span: span(self.source, line),
            actor,
            client,
            what,
            link,
            ..Event::default()
        });
        Ok(())
    }
}

/// Why most records give no event.
pub(super) const SAYS_NOTHING: &str = "its words are not about a session, a sign-in or the server";

pub(super) fn span(source: SourceId, line: Line<'_>) -> Located {
    Located(Span { source, offset: line.offset, len: line.len })
}
