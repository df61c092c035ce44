//! Sources of one structured record a line, whichever notation: what a record becomes, and when a source is one.
//!
//! A record that tells of a request and its answer is a request ([`requests`](super::requests)); one that tells of either is
//! paired with the other by its id; any other is an application's word on what happened, if it is one about sessions
//! ([`happened`](super::happened)).

use super::{
    Input, Sniff,
    fields::Field as F,
    happened::{Happened, Words},
    lines::{self, Line, Outcome, ReadLine, head_lines},
    named::{Dating, Page, Pen, Said, link_of},
    record::{Names, Record},
    request_text::record_of,
    requests::{
        Requests, intern,
        pairs::{Answer, Pairs},
        session_id,
    },
    timestamp::{Stamp, Stamps},
};
use crate::model::{
    Event, EventBatch, EventKind, EventStore, KeyKind, Located, SourceId, SourceReport, Span, Stated,
    secret::fingerprint,
};

/// How a line holds a record.
pub(super) trait Notation: Clone + Send + Sync {
    /// Reads a line into `record`.
    fn read<'a>(&mut self, line: &'a [u8], record: &mut Record<'a>) -> Held;
    /// When a record was written.
    fn stamp(&mut self, record: &Record<'_>, stamps: &mut Stamps) -> Option<Stamp> {
        record.stamp(stamps)
    }
    /// What a record means, where the notation's own rules say so.
    fn ruled(&mut self, record: &Record<'_>) -> Ruled {
        let _ = record;
        Ruled::Open
    }
    /// How its records name sessions, where each says by itself what happened to one.
    fn named(&self) -> Option<Named<'_>> {
        None
    }
}

/// What a notation's own rules say of a record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ruled {
    /// Nothing: its request or its words tell.
    Open,
    /// That it says nothing about a session.
    Nothing,
    /// What happened.
    Is(Happened),
}

/// How records name their sessions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    /// The app as it is shown.
    pub(super) app: &'a str,
    /// Whether they have ids of sessions; else a session is one user's at one address.
    pub(super) by_session: bool,
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
    /// Something that belongs to the record before.
    GoesOn,
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
            Held::Heading | Held::Start | Held::GoesOn => continue,
            Held::Record if notation.stamp(&record, &mut stamps).is_some() => {
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
    let (mut requests, mut pairs, mut dating) = (Requests::default(), Pairs::default(), Dating::default());
    let make = || Reader {
        notation: notation.clone(),
        source: input.source,
        stamps: Stamps::default(),
        requests: Requests::default(),
        pairs: Pairs::default(),
        words: Words::default(),
        pen: Pen::default(),
        dating: Dating::default(),
        last: None,
        names: Names::default(),
    };
    let tally = lines::read_lines(input, chunk_bytes, make, |batch, reader| {
        events.append(batch);
        requests.join(&reader.requests);
        pairs.join(reader.pairs, &mut requests, input.source, events);
        dating.join(reader.dating);
    });
    report.bytes = input.content.len();
    tally.write_to(report);
    report.events += (events.len() - first) as u64;
    dating.settle(events, first, input.written_by, report);
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
    pen: Pen,
    dating: Dating,
    last: Option<Stamp>,
    /// Of objects inside sentences.
    names: Names,
}

impl<N: Notation> ReadLine for Reader<N> {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        let mut record = Record::default();
        match self.notation.read(line.bytes, &mut record) {
            Held::Record => {}
            Held::Heading => return Outcome::Record,
            Held::GoesOn => return Outcome::Continuation,
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
        let Some(stamp) = self.notation.stamp(&record, &mut self.stamps) else {
            return Outcome::Unreadable("expected a record with a time, found one without");
        };
        self.last = Some(stamp);
        self.dating.note(stamp, line.offset);
        let ruled = self.notation.ruled(&record);
        if matches!(ruled, Ruled::Nothing) {
            return Outcome::Quiet("a rule of its format, or no rule of it, says that it means nothing here");
        }
        if let Ruled::Is(happened) = ruled {
            self.words.show(&record);
            if let Err(why) = self.happened(happened, &record, stamp, line, events) {
                return Outcome::Quiet(why);
            }
        } else if record.is_request() {
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
            if !record.is_read() {
                return Outcome::Quiet(why);
            }
            record.request(stamp, |request| self.requests.push(request, line, self.source, events));
        }
        Outcome::Record
    }
}

impl<N: Notation> Reader<N> {
    /// An application's own word; else why it is none.
    fn application(
        &mut self,
        record: &Record<'_>,
        stamp: Stamp,
        line: Line<'_>,
        events: &mut EventBatch,
    ) -> Result<(), &'static str> {
        let Some(happened) = self.words.of(record) else { return Err(SAYS_NOTHING) };
        let wants_name = about_someone(happened.kind) && record.user().is_empty();
        if !is_of_nobody(record) && !wants_name {
            return self.happened(happened, record, stamp, line, events);
        }
        // Many put into the sentence whom they speak of: `Failed login for 'kim' from 10.0.0.7`.
        let message = record.get(F::Message).into_owned();
        let named = record_of(&message, &mut self.names);
        let mut whole = record.clone();
        whole.fill(&named, &[F::User, F::Client, F::Session]);
        self.happened(happened, &whole, stamp, line, events)
    }

    /// What a record says happened, in words that were told last.
    fn happened(
        &mut self,
        happened: Happened,
        record: &Record<'_>,
        stamp: Stamp,
        line: Line<'_>,
        events: &mut EventBatch,
    ) -> Result<(), &'static str> {
        if let Some(named) = self.notation.named() {
            let page = &mut Page { source: self.source, line, pen: &mut self.pen, events };
            return told_of_session(named, happened, self.words.shown(), record, stamp, page);
        }
        tell(happened, self.words.shown(), record, stamp, (line, self.source), &mut self.requests, events)
    }
}

fn is_of_nobody(record: &Record<'_>) -> bool {
    record.user().is_empty() && record.client().is_empty() && record.session(b"").is_none()
}

/// Whether such an event is about a user by name.
fn about_someone(kind: EventKind) -> bool {
    use EventKind as Kind;
    matches!(kind, Kind::SignIn | Kind::SignInFailed | Kind::SignOut | Kind::AccountLocked | Kind::AccountUnlocked)
}

/// Writes down what a record says happened, and of whom; else why it is nobody's.
pub(super) fn tell(
    happened: Happened,
    shown: &str,
    record: &Record<'_>,
    stamp: Stamp,
    (line, source): (Line<'_>, SourceId),
    requests: &mut Requests,
    events: &mut EventBatch,
) -> Result<(), &'static str> {
    let (user, client, agent) = (record.user(), record.client(), record.get(F::Agent));
    let session = record.session(b"");
    let about_server = matches!(happened.kind, EventKind::ServerStart | EventKind::ServerStop);
    let named = !user.is_empty() || !client.is_empty() || session.is_some();
    // Of whom? A token that was refused on the way in is a story of its own; anything else would be anybody's.
    let own_story = happened.kind == EventKind::SignInFailed && happened.stated.cause().is_some();
    if !about_server && !named && !own_story {
        return Err(OF_NOBODY);
    }
    let link = session.map_or(0, |value| {
        let link = session_id::link(&value);
        events.intern_session_id(link, &lines::text(&value));
        link
    });
    let client = requests.client(&client, &agent, &mut events.symbols);
    let actor = intern(&mut events.symbols, &user);
    let stated = if about_server { Stated::Nothing } else { happened.stated };
    let what = events.symbols.intern(shown);
    events.push(Event {
        time: stamp.at,
        kind: happened.kind,
        stated,
        span: span(source, line),
        actor,
        client,
        what,
        link,
        ..Event::default()
    });
    Ok(())
}

/// Writes down what happened to the session that a record names.
fn told_of_session(
    named: Named<'_>,
    happened: Happened,
    shown: &str,
    record: &Record<'_>,
    stamp: Stamp,
    page: &mut Page<'_>,
) -> Result<(), &'static str> {
    let (user, client) = (record.user(), record.client());
    let session = record.session(b"");
    let about_server = matches!(happened.kind, EventKind::ServerStart | EventKind::ServerStop);
    if !about_server && user.is_empty() && client.is_empty() && session.is_none() {
        return Err(OF_NOBODY);
    }
    let ends = matches!(happened.kind, EventKind::SignOut | EventKind::Close | EventKind::Rejection);
    // Said of a user without an address, it is about all that the user has open.
    let of_all = ends && session.is_none() && client.is_empty();
    let kind = if of_all && happened.kind == EventKind::Rejection { EventKind::Close } else { happened.kind };
    let link = match &session {
        Some(id) => link_of(&[b"session", id]),
        None if named.by_session || of_all || about_server || user.is_empty() => 0,
        None => link_of(&[b"user", &user, &client]),
    };
    // An id of a session may let someone in: it is shown by its fingerprint.
    let fingerprint = session.as_ref().map(|id| {
        page.events.intern_secret(&lines::text(id));
        format!("#{}", fingerprint(id))
    });
    let host = record.get(F::Host);
    let app = if host.is_empty() { named.app.to_owned() } else { format!("{} on {}", named.app, lines::text(&host)) };
    let said = Said {
        user: &user,
        client: &client,
        app: &app,
        link,
        ids: &[
            (KeyKind::Logon, "session", fingerprint.as_deref().unwrap_or_default().as_bytes()),
            (KeyKind::Client, "ip", &client),
        ],
        ..Said::new(kind, happened.stated, if shown.is_empty() { kind.label() } else { shown })
    };
    page.push(stamp.at, &said);
    Ok(())
}

const OF_NOBODY: &str = "its words are about a session, but it names neither user, client nor session";

/// Why most records give no event.
pub(super) const SAYS_NOTHING: &str = "its words are not about a session, a sign-in or the server";

pub(super) fn span(source: SourceId, line: Line<'_>) -> Located {
    Located(Span { source, offset: line.offset, len: line.len })
}
