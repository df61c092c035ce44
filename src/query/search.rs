//! Which sessions a query lets through.

use super::term::{Ask, Field, Moment, Query, Term};
use crate::{
    inspection::Inspection,
    model::{Cause, EventStore, KeyValue, Nanos, Session, SessionId, State, Sym, Verdict, time::timestamp_from_nanos},
};
use jiff::tz::TimeZone;

/// Up to so many bytes of all sources together are looked through for words; beyond it, what was read of them is.
pub const BODY_LIMIT: u64 = 48 * 1024 * 1024;

/// Shorter words are looked for in names only: in raw bytes they would be anywhere.
const SHORTEST_IN_BODIES: usize = 3;

/// Looks through one inspection. Keeps what is worked out once between two questions.
#[derive(Debug, Default)]
pub struct Finder {
    /// One text a session in lower case: user, app, cause, keys.
    hays: Vec<Box<str>>,
    /// Records by place: source and offset, length, session. Sorted.
    places: Vec<(u64, u32, SessionId)>,
    /// The words that were looked for last in raw bytes, and the sessions that hold them.
    heard: Vec<(String, Vec<bool>)>,
}

impl Finder {
    /// Whether words are looked for in the raw bytes of these sources, or only in what was read of them.
    pub fn reads_bodies(inspection: &Inspection) -> bool {
        inspection.contents.iter().flatten().map(|content| content.len()).sum::<u64>() <= BODY_LIMIT
    }

    /// For each session, whether the query lets it through. `marked` says which ones the reader marked.
    pub fn find(
        &mut self,
        query: &Query,
        inspection: &Inspection,
        zone: &TimeZone,
        marked: &dyn Fn(SessionId) -> bool,
    ) -> Vec<bool> {
        let count = inspection.sessions.len();
        let mut through = vec![true; count];
        let mut fields: Vec<Field> = query.terms.iter().map(|term| term.field).collect();
        fields.sort_unstable();
        fields.dedup();
        for field in fields {
            let of_field = || query.terms.iter().filter(move |term| term.field == field);
            let asks = |negated: bool| of_field().filter(move |term| term.negated == negated);
            if asks(false).next().is_some() {
                let found: Vec<Vec<bool>> =
                    asks(false).map(|term| Self::term(term, inspection, zone, marked)).collect();
                for (index, slot) in through.iter_mut().enumerate() {
                    let mut answers = found.iter().map(|found| found[index]);
                    *slot &= if field.narrows() { answers.all(|yes| yes) } else { answers.any(|yes| yes) };
                }
            }
            for term in asks(true) {
                let found = Self::term(term, inspection, zone, marked);
                for (slot, found) in through.iter_mut().zip(found) {
                    *slot &= !found;
                }
            }
        }
        for word in &query.words {
            let found = self.word(word, inspection);
            for (slot, found) in through.iter_mut().zip(found) {
                *slot &= found;
            }
        }
        through
    }

    fn term(term: &Term, inspection: &Inspection, zone: &TimeZone, marked: &dyn Fn(SessionId) -> bool) -> Vec<bool> {
        let each = |test: &dyn Fn(SessionId, &Session) -> bool| -> Vec<bool> {
            inspection
                .sessions
                .iter()
                .enumerate()
                .map(|(index, session)| test(SessionId(index as u32), session))
                .collect()
        };
        let verdict = |id: SessionId| inspection.verdicts.get(id.0 as usize).and_then(Option::as_ref);
        match (&term.ask, term.field) {
            (Ask::Cause(cause), _) => each(&|id, session| cause_of(verdict(id), session) == Some(*cause)),
            (Ask::Ended(ended), _) => each(&|_, session| (session.state == State::Ended) == *ended),
            (Ask::Usual(usual), _) => each(&|id, _| verdict(id).is_some_and(|verdict| verdict.usual == *usual)),
            (Ask::Is(wanted), Field::Unusual) => {
                let unusual = |id| verdict(id).is_some_and(|verdict| verdict.usual == crate::model::Usual::Unusual);
                each(&|id, _| unusual(id) == *wanted)
            }
            (Ask::Is(wanted), Field::Incident) => {
                let mut touched = vec![false; inspection.sessions.len()];
                for id in inspection.incidents.iter().flat_map(|incident| &incident.sessions) {
                    if let Some(slot) = touched.get_mut(id.0 as usize) {
                        *slot = true;
                    }
                }
                touched.into_iter().map(|touched| touched == *wanted).collect()
            }
            (Ask::Is(wanted), Field::Sanitized) => each(&|_, session| {
                let sources = session.sources.iter().filter_map(|id| inspection.sources.get(usize::from(id.0)));
                sources.into_iter().any(|source| source.credentials_stripped || source.cookies_stripped) == *wanted
            }),
            (Ask::Is(wanted), _) => each(&|id, _| marked(id) == *wanted),
            (Ask::Holds(text), Field::User) => {
                each(&|_, session| session.user.as_deref().is_some_and(|user| holds(user, text)))
            }
            (Ask::Holds(text), Field::App) => each(&|_, session| holds(&session.app, text)),
            (Ask::Holds(text), Field::Source) => each(&|_, session| {
                let sources = session.sources.iter().filter_map(|id| inspection.sources.get(usize::from(id.0)));
                sources.into_iter().any(|source| holds(&source.name(), text))
            }),
            (Ask::Holds(text), Field::Host) => by_symbols(inspection, text, &[Column::Host]),
            (Ask::Holds(text), Field::Url) => by_symbols(inspection, text, &[Column::What, Column::Exchange]),
            (Ask::Holds(text), _) => each(&|id, session| {
                format!("s{}", id.0 + 1) == *text
                    || session.keys(&inspection.events.symbols).iter().any(|key| {
                        holds(&key.name, text)
                            || match &key.value {
                                KeyValue::Open(value) => holds(value, text),
                                KeyValue::Secret(secret) => holds(&secret.fingerprint(), text),
                            }
                    })
            }),
            (&Ask::Status(comparison, number), _) => by_events(inspection, |events, id| {
                let status = events.get(id).status;
                status > 0 && comparison.holds(&status, &number)
            }),
            (&Ask::StatusClass(class), _) => by_events(inspection, |events, id| events.get(id).status / 100 == class),
            (&Ask::Event(kind), _) => by_events(inspection, |events, id| events.kind(id) == kind),
            (Ask::At(moment), field) => {
                let after = field == Field::After;
                each(&|_, session| is_late(session.span().until, *moment, zone) == after)
            }
            (&Ask::Lasts(comparison, length), _) => {
                each(&|_, session| comparison.holds(&session.span().length(), &length))
            }
        }
    }

    fn word(&mut self, word: &str, inspection: &Inspection) -> Vec<bool> {
        if self.hays.len() != inspection.sessions.len() {
            self.hays = haystacks(inspection);
        }
        let mut found: Vec<bool> = self.hays.iter().map(|hay| hay.contains(word)).collect();
        let columns = [Column::What, Column::Host, Column::Client, Column::Actor, Column::Exchange];
        for (slot, named) in found.iter_mut().zip(by_symbols(inspection, word, &columns)) {
            *slot |= named;
        }
        if word.len() >= SHORTEST_IN_BODIES && Self::reads_bodies(inspection) {
            for (slot, heard) in found.iter_mut().zip(self.bodies(word, inspection)) {
                *slot |= heard;
            }
        }
        found
    }

    /// The sessions with a record whose bytes hold the word.
    fn bodies(&mut self, word: &str, inspection: &Inspection) -> &[bool] {
        const KEPT: usize = 8;
        if let Some(at) = self.heard.iter().position(|(heard, _)| heard == word) {
            return &self.heard[at].1;
        }
        if self.places.is_empty() {
            self.places = places(&inspection.events);
        }
        let mut found = vec![false; inspection.sessions.len()];
        for (source, content) in inspection.contents.iter().enumerate() {
            let Some(content) = content else { continue };
            look_through(content, word.as_bytes(), &mut |offset| {
                let place = (source as u64) << OFFSET_BITS | offset;
                let after = self.places.partition_point(|&(start, ..)| start <= place);
                let holder = after.checked_sub(1).and_then(|at| self.places.get(at));
                if let Some(&(start, len, session)) = holder
                    && place < start + u64::from(len)
                    && let Some(slot) = found.get_mut(session.0 as usize)
                {
                    *slot = true;
                }
            });
        }
        if self.heard.len() >= KEPT {
            self.heard.remove(0);
        }
        self.heard.push((word.to_owned(), found));
        self.heard.last().map_or(&[], |(_, found)| found)
    }
}

const OFFSET_BITS: u32 = 48;

fn places(events: &EventStore) -> Vec<(u64, u32, SessionId)> {
    let mut places: Vec<(u64, u32, SessionId)> = events
        .ids()
        .filter(|&id| events.session(id).is_some())
        .map(|id| {
            let span = events.span(id);
            (u64::from(span.source.0) << OFFSET_BITS | span.offset, span.len, events.session(id))
        })
        .collect();
    places.sort_unstable_by_key(|&(place, ..)| place);
    places
}

/// Calls `found` with the offset of every place that holds the word, upper and lower case of ASCII letters being the same.
fn look_through(content: &crate::source::Content, word: &[u8], found: &mut dyn FnMut(u64)) {
    const CHUNK: usize = 1 << 20;
    let mut at = 0;
    while at < content.len() {
        // Chunks overlap by a word less a byte, so that none is cut in two.
        let Ok(bytes) = content.slice(at, CHUNK + word.len() - 1) else { return };
        if bytes.is_empty() {
            return;
        }
        let mut from = 0;
        while let Some(hit) = bytes.get(from..).and_then(|rest| find(rest, word)) {
            found(at + (from + hit) as u64);
            from += hit + 1;
        }
        at += CHUNK as u64;
    }
}

/// The first place of `needle` (in lower case) in `hay`, upper and lower case of ASCII letters being the same.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let (&first, rest) = needle.split_first()?;
    let last = hay.len().checked_sub(needle.len())?;
    let starts = hay.get(..=last)?;
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), starts)
        .find(|&at| hay[at + 1..at + needle.len()].eq_ignore_ascii_case(rest))
}

/// Whether `text` holds `needle`, which is in lower case.
fn holds(text: &str, needle: &str) -> bool {
    find(text.as_bytes(), needle.as_bytes()).is_some() || needle.is_empty()
}

fn cause_of(verdict: Option<&Verdict>, session: &Session) -> Option<Cause> {
    verdict.map(|verdict| verdict.cause).or_else(|| (session.state == State::Ended).then_some(Cause::Undetermined))
}

/// Whether an instant is not before a moment as typed. Without a date, times of day are compared.
fn is_late(at: Nanos, moment: Moment, zone: &TimeZone) -> bool {
    let there = timestamp_from_nanos(at).to_zoned(zone.clone());
    match moment.date {
        Some(date) => there.datetime() >= date.to_datetime(moment.time),
        None => there.time() >= moment.time,
    }
}

/// Where a text of an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    What,
    Host,
    Client,
    Actor,
    /// What a HAR entry says beside its event: host, path, query, redirect, user, stated words.
    Exchange,
}

/// The sessions with an event for which `test` holds.
fn by_events(inspection: &Inspection, test: impl Fn(&EventStore, crate::model::EventId) -> bool) -> Vec<bool> {
    let events = &inspection.events;
    let mut found = vec![false; inspection.sessions.len()];
    for id in events.ids() {
        if let Some(slot) = found.get_mut(events.session(id).0 as usize).filter(|slot| !**slot) {
            *slot = test(events, id);
        }
    }
    found
}

/// The sessions with an event one of whose texts holds `text`. Each distinct text is looked at once.
fn by_symbols(inspection: &Inspection, text: &str, columns: &[Column]) -> Vec<bool> {
    let symbols = &inspection.events.symbols;
    let held: Vec<bool> =
        (0..symbols.len() as u32).map(|sym| sym > 0 && holds(symbols.resolve(Sym(sym)), text)).collect();
    if !held.contains(&true) {
        return vec![false; inspection.sessions.len()];
    }
    let is_held = |sym: Sym| held.get(sym.0 as usize).copied().unwrap_or(false);
    let has = |column: Column| columns.contains(&column);
    let exchanges = has(Column::Exchange) && !inspection.events.exchanges.is_empty();
    by_events(inspection, |events, id| {
        let row = events.get(id);
        (has(Column::What) && is_held(row.what))
            || (has(Column::Host) && is_held(row.host))
            || (has(Column::Client) && is_held(row.client))
            || (has(Column::Actor) && is_held(row.actor))
            || (exchanges
                && events.exchange(id).is_some_and(|exchange| {
                    [
                        exchange.path,
                        exchange.query,
                        exchange.redirect_host,
                        exchange.redirect_path,
                        exchange.user,
                        exchange.words,
                        exchange.host,
                    ]
                    .into_iter()
                    .any(is_held)
                }))
    })
}

/// What words are looked for in first, one text a session in lower case: user, app, cause and keys.
fn haystacks(inspection: &Inspection) -> Vec<Box<str>> {
    let text = |(index, session): (usize, &Session)| {
        let verdict = inspection.verdicts.get(index).and_then(Option::as_ref);
        let cause = cause_of(verdict, session);
        let user = session.user.as_deref().unwrap_or("");
        let (label, id) = cause.map_or(("Active", "active"), |cause| (cause.label(), cause.id()));
        let mut hay = format!("{user} {} {label} {id} s{}", session.app, index + 1);
        for key in session.keys(&inspection.events.symbols) {
            hay.push(' ');
            hay.push_str(&key.name);
            hay.push(' ');
            match &key.value {
                KeyValue::Secret(secret) => hay.push_str(&secret.fingerprint()),
                KeyValue::Open(value) => hay.push_str(value),
            }
        }
        hay.to_lowercase().into_boxed_str()
    };
    inspection.sessions.iter().enumerate().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        inspection::{Input, inspect},
        query::parse,
        source::Progress,
    };

    const LOG: &str = "\
2026-03-03T10:20:15.1+00:00 vm sshd[701]: Accepted password for bob from 192.0.2.1 port 4022 ssh2
2026-03-03T10:20:15.2+00:00 vm sshd[701]: pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)
2026-03-03T10:25:00.0+00:00 vm sshd[801]: Accepted password for alice from 192.0.2.9 port 4090 ssh2
2026-03-03T10:25:00.2+00:00 vm sshd[801]: pam_unix(sshd:session): session opened for user alice(uid=1001) by (uid=0)
2026-03-03T10:37:15.1+00:00 vm sshd[701]: Timeout, client not responding from user bob 192.0.2.1 port 4022
2026-03-03T10:37:15.2+00:00 vm sshd[701]: pam_unix(sshd:session): session closed for user bob
2026-03-03T12:00:00.0+00:00 vm sshd[801]: Received disconnect from 192.0.2.9 port 4090:11: disconnected by user
2026-03-03T12:00:00.2+00:00 vm sshd[801]: pam_unix(sshd:session): session closed for user alice
";

    fn users(query: &str) -> Vec<String> {
        let input = Input::Bytes { name: "auth.log".into(), bytes: LOG.as_bytes().into() };
        let inspection = inspect(vec![input], 0, &Progress::default()).expect("not cancelled");
        let parsed = parse(query);
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        let found = Finder::default().find(&parsed.query, &inspection, &TimeZone::UTC, &|id| id.0 == 0);
        let users = found.iter().zip(&inspection.sessions).filter(|(found, _)| **found);
        users.filter_map(|(_, session)| session.user.as_deref().map(str::to_owned)).collect()
    }

    #[test]
    fn terms_of_one_field_are_alternatives_and_fields_hold_together() {
        assert_eq!(users(""), ["bob", "alice"]);
        assert_eq!(users("user:bob user:alice"), ["bob", "alice"]);
        assert_eq!(users("user:bob state:active"), Vec::<String>::new());
        assert_eq!(users("-user:bob"), ["alice"]);
        assert_eq!(users("cause:logout"), ["alice"]);
    }

    #[test]
    fn times_and_lengths_narrow_down() {
        assert_eq!(users("dur:>30m"), ["alice"]);
        assert_eq!(users("dur:>10m dur:<20m"), ["bob"]);
        assert_eq!(users("after:11:00"), ["alice"]);
        assert_eq!(users("before:2026-03-03T11:00"), ["bob"]);
    }

    #[test]
    fn words_are_found_in_names_messages_and_raw_lines() {
        assert_eq!(users("192.0.2.9"), ["alice"]);
        assert_eq!(users("\"not responding\""), ["bob"]);
        assert_eq!(users("uid=1001"), ["alice"]);
        assert_eq!(users("PAM_UNIX"), ["bob", "alice"]);
        assert_eq!(users("nowhere"), Vec::<String>::new());
    }

    #[test]
    fn marks_are_asked_of_the_reader() {
        assert_eq!(users("marked:yes"), ["bob"]);
    }

    #[test]
    fn bytes_are_compared_without_regard_to_case() {
        assert_eq!(find(b"Session Expired", b"expired"), Some(8));
        assert_eq!(find(b"ab", b"abc"), None);
        assert_eq!(find(b"abc", b""), None);
    }
}
