//! The same requests in two sources: which client of a log is a capture's browser, and how far apart the clocks are.

use super::agree::{agreed, distance};
use crate::{
    formats::requests::REDIRECT,
    model::{
        EventStore, Nanos, SourceId, Sym, TimeRange,
        time::{HOUR, MINUTE, SECOND},
    },
};
use hashbrown::HashMap;

/// How far the two records of one request may lie apart without more proof: clocks are mostly right, and a slow answer is
/// logged when it ends.
const NEAR: Nanos = 45 * SECOND;
/// How far the distance between two clocks may seem to waver: whole seconds, and answers logged late.
const WAVER: Nanos = 2 * SECOND;
/// The farthest that stamps can be off by a time zone (UTC+14 read as UTC−12).
const FAR: Nanos = 26 * HOUR;
/// Time zones differ by whole quarters of an hour.
const ZONES: Nanos = 15 * MINUTE;
/// Of one request no more than so many occurrences are compared: those that keep a beat fit everywhere.
const COMPARED: usize = 120;

/// Numbers for the requests of one source, so that those of another can be told from the rest.
#[derive(Debug, Default)]
pub struct Requests {
    numbers: HashMap<Box<str>, u32>,
    of_what: HashMap<Sym, Option<u32>>,
}

/// One client's answered requests.
#[derive(Debug, Default)]
pub struct Asked {
    /// How many there are, those included that the other source does not have.
    pub count: usize,
    /// When each was sent and answered, by number and status, in order.
    times: HashMap<(u32, u16), Vec<TimeRange>>,
    /// Whether any stamp has a fraction of a second.
    fractions: bool,
}

impl Requests {
    /// The requests of the source that numbers them, whoever made them.
    pub fn number(&mut self, events: &EventStore, source: SourceId) -> Asked {
        let mut asked = Asked::default();
        for id in events.ids().filter(|&id| events.span(id).source == source) {
            let event = events.get(id);
            if event.status == 0 {
                continue;
            }
            let what = bare(events.symbols.resolve(event.what));
            let next = self.numbers.len() as u32;
            let number = *self.numbers.entry(what.into()).or_insert(next);
            let answered = events.exchange(id).map_or(event.time, |exchange| exchange.answered.max(event.time));
            asked.add(number, event.status, TimeRange { from: event.time, until: answered });
        }
        asked
    }

    /// The requests of another source by its clients.
    pub fn find(&mut self, events: &EventStore, source: SourceId) -> HashMap<Sym, Asked> {
        let mut clients: HashMap<Sym, Asked> = HashMap::new();
        for id in events.ids().filter(|&id| events.span(id).source == source) {
            let event = events.get(id);
            if event.status == 0 {
                continue;
            }
            let numbers = &self.numbers;
            let number = *self
                .of_what
                .entry(event.what)
                .or_insert_with(|| numbers.get(bare(events.symbols.resolve(event.what))).copied());
            let asked = clients.entry(event.client).or_default();
            match number {
                Some(number) => asked.add(number, event.status, TimeRange { from: event.time, until: event.time }),
                None => asked.count += 1,
            }
        }
        clients
    }
}

/// A request without its query, which a capture has scrubbed and a log may cut off, and without where its answer leads.
pub fn bare(what: &str) -> &str {
    let request = what.split_once(REDIRECT).map_or(what, |(request, _)| request);
    request.split('?').next().unwrap_or(request)
}

impl Asked {
    fn add(&mut self, number: u32, status: u16, time: TimeRange) {
        // What the server answers with 304 the browser may show as 200, from its cache.
        let status = if status == 304 { 200 } else { status };
        self.count += 1;
        self.fractions |= time.from % SECOND != 0;
        self.times.entry((number, status)).or_default().push(time);
    }
}

/// How two sources' clocks lie apart, by the requests that both have.
#[derive(Clone, Copy, Debug)]
pub struct Apart {
    /// Between which bounds the log's clock is ahead of the capture's.
    pub ahead: TimeRange,
    /// How many requests say so.
    pub matched: usize,
}

/// The log's clock against the capture's, if the client of the log is the capture's browser: most of the rarer side's
/// requests are on the other side too, at one distance. `expected` is what the clocks' distance should be by the server's
/// `Date`; nothing is expected of a capture without any.
pub fn apart(seen: &Asked, logged: &Asked, expected: Option<Nanos>) -> Option<Apart> {
    let fewer = seen.count.min(logged.count);
    if fewer < 3 {
        return None;
    }
    // A stamp of whole seconds stands for any moment in its second.
    let second = if logged.fractions { 0 } else { SECOND };
    let near = expected.unwrap_or(0);
    let mut bounds: Vec<TimeRange> = Vec::new();
    for (request, times) in &seen.times {
        let Some(others) = logged.times.get(request) else { continue };
        for sent in times.iter().take(COMPARED) {
            for other in others.iter().take(COMPARED) {
                let range = TimeRange { from: other.from - sent.until, until: other.from + second - sent.from };
                if distance(range, near) <= FAR {
                    bounds.push(TimeRange { from: range.from - WAVER, until: range.until + WAVER });
                }
            }
        }
    }
    bounds.sort_unstable_by_key(|range| (range.from, range.until));
    let (range, _) = agreed(&bounds, near)?;
    let at = if distance(range, near) == 0 { near } else { range.from + range.length() / 2 };
    let (matched, kinds, exact) = matched(seen, logged, at, second);
    let off = distance(range, near);
    // Another client of the same app does much the same at another time: from afar nearly everything must fit.
    let zone = {
        let rest = (at - near).rem_euclid(ZONES);
        rest.min(ZONES - rest) <= 5 * SECOND
    };
    let fits = if off <= NEAR {
        matched * 10 >= fewer * 6
    } else {
        matched >= 10 && kinds >= 3 && matched * 10 >= fewer * 9 && (expected.is_none() || zone)
    };
    if !fits {
        return None;
    }
    let ahead = agreed(&exact, at).map_or(range, |(range, _)| range);
    Some(Apart { ahead, matched })
}

/// How many requests of the rarer side have their like at a distance, of how many kinds, and between which bounds each
/// puts the distance.
fn matched(seen: &Asked, logged: &Asked, at: Nanos, second: Nanos) -> (usize, usize, Vec<TimeRange>) {
    let (mut matched, mut kinds, mut exact) = (0, 0, Vec::new());
    for (request, times) in &seen.times {
        let Some(others) = logged.times.get(request) else { continue };
        let before = matched;
        for sent in times {
            let (from, until) = (sent.from + at - second - WAVER, sent.until + at + WAVER);
            let first = others.partition_point(|other| other.from < from);
            let Some(other) = others.get(first).filter(|other| other.from <= until) else { continue };
            matched += 1;
            exact.push(TimeRange { from: other.from - sent.until, until: other.from + second - sent.from });
        }
        // Several requests of one second may all find the same line.
        matched = matched.min(before + others.len());
        kinds += usize::from(matched > before);
    }
    exact.sort_unstable_by_key(|range| (range.from, range.until));
    (matched, kinds, exact)
}
