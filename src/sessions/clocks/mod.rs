//! One time axis for all sources of a story.
//!
//! The axis is the clock of the server, as the `Date` of its answers tells it: it is the clock that ends sessions, and that
//! several captures and logs have in common. A capture's distance from it is measured by those headers (else by the `iat`
//! of the tokens that it saw issued); a log's by the requests that it shares with a capture; where no answer has a date, the
//! log's clock is the server's. A source that is off by more than the measurement may be wrong is moved as a whole, with
//! every time that stands in it, so that what it says by itself stays as it is. One that is alone is measured and left.

mod agree;
mod requests;
mod stated;

use crate::model::{
    ClockBasis, ClockOffset, EventStore, Family, Nanos, SourceId, SourceReport, Sym, TimeRange, duration_words,
    time::{MINUTE, SECOND},
};
pub use requests::bare;
use requests::{Apart, Requests, apart};

/// How far apart two clients of a log may seem to be from a capture and still both be its browser.
const WAVER: Nanos = 4 * SECOND;

/// A client of a log that is a capture's browser.
#[derive(Clone, Copy, Debug)]
pub struct Twin {
    /// The capture.
    pub capture: SourceId,
    /// The log.
    pub log: SourceId,
    /// The client.
    pub client: Sym,
}

/// Sources of some families, in an order that does not depend on how they were given.
pub fn ordered(sources: &[SourceReport], families: &[Option<Family>], wanted: Family) -> Vec<SourceId> {
    let mut list: Vec<SourceId> = families
        .iter()
        .enumerate()
        .filter(|(_, family)| **family == Some(wanted))
        .map(|(at, _)| SourceId(at as u16))
        .collect();
    list.sort_by(|one, other| sources[one.0 as usize].path.cmp(&sources[other.0 as usize].path));
    list
}

/// Measures all clocks, moves the sources that are off onto the axis and says what can't be set right. The events stay sorted.
pub fn align(events: &mut EventStore, sources: &mut [SourceReport], families: &[Option<Family>]) -> Vec<Twin> {
    let captures = ordered(sources, families, Family::Exchanges);
    let logs = ordered(sources, families, Family::Requests);
    for &capture in &captures {
        let told = stated::measure(events, capture);
        let report = &mut sources[capture.0 as usize];
        report.clock_offset = told.offset;
        report.limits.extend(told.notes);
    }
    let found: Vec<(Twin, Apart)> =
        captures.iter().flat_map(|&capture| browsers(events, sources, capture, &logs)).collect();
    settle(sources, &found);
    if captures.len() + logs.len() > 1 {
        correct(events, sources);
    }
    say_apart(events, sources);
    found.into_iter().map(|(twin, _)| twin).collect()
}

/// The clients of the logs that are the browser of a capture.
fn browsers(events: &EventStore, sources: &[SourceReport], capture: SourceId, logs: &[SourceId]) -> Vec<(Twin, Apart)> {
    if logs.is_empty() {
        return Vec::new();
    }
    let mut requests = Requests::default();
    let seen = requests.number(events, capture);
    let expected = sources[capture.0 as usize].clock_offset.map(|offset| -offset.ahead);
    let mut found = Vec::new();
    for &log in logs {
        let mut fits: Vec<(Twin, Apart)> = requests
            .find(events, log)
            .into_iter()
            .filter_map(|(client, logged)| Some((Twin { capture, log, client }, apart(&seen, &logged, expected)?)))
            .collect();
        fits.sort_unstable_by_key(|&(twin, apart)| (std::cmp::Reverse(apart.matched), twin.client));
        // One browser has one clock: a client that fits at another distance than the best is another's.
        let best = fits.first().map(|&(_, apart)| apart.ahead);
        found.extend(fits.into_iter().filter(|(_, apart)| {
            best.is_some_and(|best| (apart.ahead.from - best.until).max(best.from - apart.ahead.until) <= WAVER)
        }));
    }
    found
}

/// Sets each source's clock against the server's from what was measured.
fn settle(sources: &mut [SourceReport], found: &[(Twin, Apart)]) {
    let sum =
        |one: TimeRange, other: TimeRange| TimeRange { from: one.from + other.from, until: one.until + other.until };
    let bounds = |offset: ClockOffset| TimeRange { from: offset.least, until: offset.most };
    let offset = |range: TimeRange, matched: usize| ClockOffset {
        ahead: range.from + range.length() / 2,
        least: range.from,
        most: range.until,
        basis: ClockBasis::SameRequests,
        records: matched as u32,
        corrected: false,
    };
    for &(twin, apart) in found {
        let (capture, log) = (twin.capture.0 as usize, twin.log.0 as usize);
        if let Some(measured) = sources[capture].clock_offset {
            let range = sum(bounds(measured), apart.ahead);
            let closer = |old: ClockOffset| range.length() < old.most - old.least;
            if sources[log].clock_offset.is_none_or(closer) {
                sources[log].clock_offset = Some(offset(range, apart.matched));
            }
        }
    }
    // Without a date the log is the server's voice.
    for &(twin, apart) in found {
        let (capture, log) = (twin.capture.0 as usize, twin.log.0 as usize);
        if sources[capture].clock_offset.is_none() {
            let ahead = TimeRange { from: -apart.ahead.until, until: -apart.ahead.from };
            let range = sources[log].clock_offset.map_or(ahead, |log| sum(ahead, bounds(log)));
            sources[capture].clock_offset = Some(offset(range, apart.matched));
        }
    }
}

/// Moves the sources that are off.
fn correct(events: &mut EventStore, sources: &mut [SourceReport]) {
    let mut by = vec![0; sources.len()];
    for (report, by) in sources.iter_mut().zip(&mut by) {
        let Some(offset) = report.clock_offset.as_mut().filter(|offset| offset.is_off()) else { continue };
        offset.corrected = true;
        *by = -offset.ahead;
    }
    if by.iter().all(|&by| by == 0) {
        return;
    }
    let by_of = |events: &EventStore, id| by.get(events.span(id).source.0 as usize).copied().unwrap_or(0);
    let mut exchanges = std::mem::take(&mut events.exchanges);
    for exchange in &mut exchanges {
        if let Some(id) = exchange.event {
            exchange.shift(by_of(events, id));
        }
    }
    events.exchanges = exchanges;
    for id in events.ids() {
        let by = by_of(events, id);
        if by != 0 {
            events.shift(id, by);
        }
    }
    events.sort_by_time();
}

/// Says of a source that it shares no time with any other.
fn say_apart(events: &EventStore, sources: &mut [SourceReport]) {
    let mut ranges: Vec<Option<TimeRange>> = vec![None; sources.len()];
    if sources.len() < 2 {
        return;
    }
    for (id, &time) in events.ids().zip(events.times()) {
        if let Some(range) = ranges.get_mut(events.span(id).source.0 as usize) {
            let here = TimeRange { from: time, until: time };
            *range = Some(range.map_or(here, |range| range.union(here)));
        }
    }
    for (at, report) in sources.iter_mut().enumerate() {
        let Some(ours) = ranges[at] else { continue };
        let others = ranges.iter().enumerate().filter(|&(other, _)| other != at).filter_map(|(_, range)| *range);
        let nearest = others
            .map(|other| (other.from - ours.until, ours.from - other.until))
            .min_by_key(|&(before, after)| before.max(after));
        let Some((before, after)) = nearest.filter(|&(before, after)| before.max(after) > MINUTE) else { continue };
        report.limits.push(if before > 0 {
            format!("shares no time with the other sources: it ends {} before they begin", duration_words(before))
        } else {
            format!("shares no time with the other sources: it begins {} after they end", duration_words(after))
        });
    }
}
