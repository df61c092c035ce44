//! A capture's clock against the server's, by the times that the server states in its answers.
//!
//! A `Date` of whole seconds was written between the request's sending and the arrival of the answer's headers: so the
//! client's clock less the server's lies between the sending less the second's end and the arrival less its beginning. One
//! exchange tells it to within a second and its round trip; the intervals of many, laid over each other, much closer.

use super::agree::agreed;
use crate::model::{
    ClockBasis, ClockOffset, EventFlags, EventStore, Nanos, SourceId, Sym, TimeRange, TokenRole, duration_words,
    time::SECOND,
};
use hashbrown::HashMap;

/// Clocks further apart than this are said to be so.
const NOTICED: Nanos = 2 * SECOND;
/// So many measurements in a row that agree with each other, but not with those before, are a step and no outlier.
const ENOUGH: usize = 3;

/// What a capture's clock is against the servers'.
#[derive(Debug, Default)]
pub struct Stated {
    /// Against the clock of the server that the capture is about.
    pub offset: Option<ClockOffset>,
    /// What is to be said of the clocks besides, a sentence each without final period.
    pub notes: Vec<String>,
}

/// One measurement: when, and between which bounds the client's clock less the server's lies.
type Measured = (Nanos, TimeRange);

/// Measures the clock of a capture.
pub fn measure(events: &EventStore, source: SourceId) -> Stated {
    let mut hosts: HashMap<Sym, (usize, Vec<Measured>)> = HashMap::new();
    let mut issued: Vec<Measured> = Vec::new();
    for exchange in &events.exchanges {
        let Some(id) = exchange.event.filter(|&id| events.span(id).source == source) else { continue };
        // What a cache gave has the date of another day; a 304 is put together from both.
        if exchange.from_cache || exchange.failure.is_some() || matches!(events.get(id).status, 0 | 304) {
            continue;
        }
        let sent = events.time(id);
        let bounds = |stated: Nanos| {
            let until = exchange.headers_at.max(sent).saturating_sub(stated);
            TimeRange { from: sent.saturating_sub(stated).saturating_sub(SECOND).min(until), until }
        };
        let host = hosts.entry(exchange.host).or_default();
        let ours = exchange.sends_password
            || !exchange.cookies_sent.is_empty()
            || !exchange.tokens.is_empty()
            || events.flags(id).contains(EventFlags::NAVIGATION);
        host.0 += usize::from(ours);
        if let Some(date) = exchange.server_date {
            host.1.push((sent, bounds(date)));
        }
        let new = exchange.tokens.iter().find(|token| !token.sent && token.role == TokenRole::Access);
        if let Some(iat) = new.and_then(|token| token.issued_at) {
            issued.push((sent, bounds(iat)));
        }
    }
    let mut measured: Vec<(Sym, usize, Vec<Measured>)> = hosts
        .into_iter()
        .filter(|(_, (_, measured))| !measured.is_empty())
        .map(|(host, (ours, measured))| (host, ours, measured))
        .collect();
    measured.sort_by(|one, other| {
        (other.1, other.2.len())
            .cmp(&(one.1, one.2.len()))
            .then_with(|| events.symbols.resolve(one.0).cmp(events.symbols.resolve(other.0)))
    });
    let mut stated = Stated::default();
    if measured.is_empty() {
        stated.offset = overall(&issued, ClockBasis::TokensIssued, &mut Vec::new()).filter(|offset| offset.records > 1);
        return stated;
    }
    for (index, (host, ours, list)) in measured.iter().enumerate() {
        let mut notes = Vec::new();
        let Some(offset) = overall(list, ClockBasis::DateHeaders, &mut notes) else { continue };
        let Some(first) = stated.offset.filter(|_| index > 0) else {
            stated.offset = Some(offset);
            stated.notes = notes;
            continue;
        };
        let apart = (first.least - offset.most).max(offset.least - first.most);
        if *ours > 0 && apart > NOTICED {
            stated.notes.push(format!(
                "the clock of {} is {} {} that of {}, by their Date headers",
                events.symbols.resolve(*host),
                duration_words(first.ahead - offset.ahead),
                if offset.ahead < first.ahead { "ahead of" } else { "behind" },
                events.symbols.resolve(measured[0].0),
            ));
        }
    }
    stated
}

/// The offset that most measurements agree on; where the clock was set in between, that of the longest stretch, and a note.
fn overall(measured: &[Measured], basis: ClockBasis, notes: &mut Vec<String>) -> Option<ClockOffset> {
    let ranges: Vec<TimeRange> = measured.iter().map(|&(_, range)| range).collect();
    let (range, count) = agreed(&ranges, 0)?;
    let offset = |range: TimeRange, count: usize| ClockOffset {
        ahead: range.from + range.length() / 2,
        least: range.from,
        most: range.until,
        basis,
        records: count as u32,
        corrected: false,
    };
    if count * 10 >= ranges.len() * 9 {
        return Some(offset(range, count));
    }
    let steps = steps(measured);
    let told: Vec<&Step> = steps.iter().filter(|step| step.count >= ENOUGH).collect();
    match told.as_slice() {
        [] | [_] => {}
        [one, other] => {
            let by = other.range.from - one.range.from;
            notes.push(format!(
                "its clock was set {} by about {} between two of its requests, so times before and after do not fit",
                if by > 0 { "forward" } else { "back" },
                duration_words(by),
            ));
        }
        [first, .., last] => notes.push(format!(
            "its clock wanders against the server's: by {} from the first request to the last",
            duration_words(last.range.from - first.range.from)
        )),
    }
    let longest = told.iter().max_by_key(|step| step.count);
    // Without a stretch on which they agree, measurements that contradict each other measure nothing.
    match longest {
        Some(step) if told.len() > 1 => Some(offset(step.range, step.count)),
        _ => (count * 10 >= ranges.len() * 5).then(|| offset(range, count)),
    }
}

/// A stretch of measurements that agree.
#[derive(Debug)]
struct Step {
    range: TimeRange,
    count: usize,
}

/// Consecutive measurements that agree, those together that do; single ones that fit neither are left out.
fn steps(measured: &[Measured]) -> Vec<Step> {
    let mut ordered = measured.to_vec();
    ordered.sort_unstable_by_key(|&(at, range)| (at, range.from, range.until));
    let overlap = |one: TimeRange, other: TimeRange| {
        let (from, until) = (one.from.max(other.from), one.until.min(other.until));
        (from <= until).then_some(TimeRange { from, until })
    };
    let mut steps: Vec<Step> = Vec::new();
    let mut doubted: Option<Step> = None;
    for (_, range) in ordered {
        if let Some(step) = steps.last_mut()
            && let Some(shared) = overlap(step.range, range)
        {
            step.range = shared;
            step.count += 1;
            doubted = None;
            continue;
        }
        let mut next = match doubted.take() {
            Some(step) => match overlap(step.range, range) {
                Some(shared) => Step { range: shared, count: step.count + 1 },
                None => Step { range, count: 1 },
            },
            None => Step { range, count: 1 },
        };
        let apart = steps
            .last()
            .is_none_or(|step| (step.range.from - next.range.until).max(next.range.from - step.range.until) > NOTICED);
        if steps.is_empty() || next.count >= ENOUGH && apart {
            next.count = next.count.max(1);
            steps.push(next);
        } else {
            doubted = Some(next);
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A measurement each minute: the true offset, and a round trip of 200 ms.
    fn minutes(offset: impl Fn(i64) -> Nanos, count: i64) -> Vec<Measured> {
        (0..count)
            .map(|minute| {
                let server = minute * 60 * SECOND + minute % 10 * SECOND / 10;
                let (sent, date) = (server + offset(minute), server / SECOND * SECOND);
                (sent, TimeRange { from: sent - date - SECOND, until: sent + SECOND / 5 - date })
            })
            .collect()
    }

    #[test]
    fn whole_seconds_laid_over_each_other_give_a_fraction_of_one() {
        let offset = overall(&minutes(|_| 90 * SECOND, 20), ClockBasis::DateHeaders, &mut Vec::new()).unwrap();
        assert!(offset.least <= 90 * SECOND && 90 * SECOND <= offset.most, "{offset:?}");
        assert!(offset.most - offset.least <= SECOND / 2, "{offset:?}");
        assert!(offset.is_off());
    }

    #[test]
    fn a_clock_that_is_right_is_not_off() {
        let offset = overall(&minutes(|_| 0, 20), ClockBasis::DateHeaders, &mut Vec::new()).unwrap();
        assert!(!offset.is_off(), "{offset:?}");
    }

    #[test]
    fn a_cached_date_among_others_changes_nothing() {
        let mut list = minutes(|_| 0, 20);
        list[7].1 = TimeRange { from: 3_600 * SECOND, until: 3_601 * SECOND };
        let mut notes = Vec::new();
        let offset = overall(&list, ClockBasis::DateHeaders, &mut notes).unwrap();
        assert!(!offset.is_off() && notes.is_empty(), "{offset:?} {notes:?}");
    }

    #[test]
    fn a_clock_that_is_set_in_between_is_told() {
        let mut notes = Vec::new();
        let offset = overall(
            &minutes(|minute| if minute < 8 { 0 } else { 120 * SECOND }, 20),
            ClockBasis::DateHeaders,
            &mut notes,
        );
        assert!(offset.is_some_and(|offset| (offset.ahead - 120 * SECOND).abs() < SECOND), "{offset:?}");
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains("set forward by about 2 min"), "{notes:?}");
    }
}
