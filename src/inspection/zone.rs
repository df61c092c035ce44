//! Times of a source that are no moments yet: local times whose zone the user or the format names, and clocks that jump.

use crate::model::{
    EventId, EventStore, Nanos, SourceReport, duration_words,
    time::{SECOND, rfc3339_from_nanos, timestamp_from_nanos},
};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// Lines of one moment may be out of order by so much.
const DISORDER: Nanos = 60 * SECOND;

/// The zone's offset stays the same within so much of local time: no zone changes it more often.
const STEADY: Nanos = 15 * 60 * SECOND;

/// Moves the events from `first` on whose stamps named no zone from local time to UTC, and says so.
///
/// A local time that the clocks skip is taken as they stood before they did. One that comes twice is the first, unless the
/// source had got further already: then it is the second.
pub(super) fn settle(events: &mut EventStore, first: usize, report: &mut SourceReport, zone: Option<TimeZone>) {
    let Some(zone) = zone.filter(|_| !report.zoneless.is_empty()) else { return };
    let mut last = Nanos::MIN;
    let mut steady: Option<(Nanos, Offset)> = None;
    for index in first..events.len() {
        let id = EventId(index as u32);
        let (local, offset) = (events.time(id), events.span(id).offset);
        let stretch = report.zoneless.partition_point(|stretch| stretch.end <= offset);
        if report.zoneless.get(stretch).is_none_or(|stretch| offset < stretch.start) {
            continue;
        }
        let quarter = local.div_euclid(STEADY);
        let east = match steady {
            Some((known, east)) if known == quarter => east,
            _ => {
                let (east, is_steady) = offset_of(&zone, local, last);
                steady = is_steady.then_some((quarter, east));
                east
            }
        };
        events.shift(id, -i64::from(east.seconds()) * SECOND);
        last = last.max(events.time(id));
    }
    let name = zone.iana_name().map_or_else(|| offset_of(&zone, 0, Nanos::MIN).0.to_string(), str::to_owned);
    for limit in report.limits.iter_mut().filter(|limit| limit.starts_with("its stamps name no zone")) {
        *limit = format!("its stamps name no zone; read as {name}");
    }
}

/// The offset of a local time, in a source that has got as far as `last`, and whether all around it have the same.
fn offset_of(zone: &TimeZone, local: Nanos, last: Nanos) -> (Offset, bool) {
    let civil = timestamp_from_nanos(local).to_zoned(TimeZone::UTC).datetime();
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, true),
        AmbiguousOffset::Gap { before, .. } => (before, false),
        AmbiguousOffset::Fold { before, after } => {
            let early = local - i64::from(before.seconds()) * SECOND;
            (if last > early + DISORDER { after } else { before }, false)
        }
    }
}

/// So many events in a row behind the latest one show a clock that was set back, and no lines out of order.
const IN_A_ROW: u32 = 8;

/// A step by less is drift that was put right, or a request that took long.
const LEAST_JUMP: Nanos = 5 * 60 * SECOND;

/// No more of them are told.
const MOST_JUMPS: usize = 3;

/// Says where the times of the events from `first` on go back and stay there: whoever reads durations must know.
pub(super) fn jumps(events: &EventStore, first: usize, report: &mut SourceReport) {
    let times = events.times().get(first..).unwrap_or_default();
    let back = times.windows(2).filter(|pair| pair[0] > pair[1]).count();
    // A list whose newest record comes first is in order as well, and entries of a list need none.
    if back == 0 || back * 2 > times.len() || report.lines.is_none() {
        return;
    }
    let (mut latest, mut behind, mut told) = (Nanos::MIN, 0, 0);
    let mut newest_behind = Nanos::MIN;
    let mut since = (0, 0);
    for (at, &time) in times.iter().enumerate() {
        if time >= latest.saturating_sub(LEAST_JUMP) {
            (latest, behind) = (latest.max(time), 0);
            continue;
        }
        if behind == 0 {
            since = (at, time);
            newest_behind = time;
        }
        behind += 1;
        newest_behind = newest_behind.max(time);
        if behind == IN_A_ROW {
            told += 1;
            if told <= MOST_JUMPS {
                let offset = events.span(EventId((first + since.0) as u32)).offset;
                let (back, from) = (duration_words(latest - since.1), rfc3339_from_nanos(latest));
                report.limits.push(format!(
                    "its times go back by {back} at byte {offset}, from {from} on: a clock that was set, files joined out of order, or local time at the end of summer time"
                ));
            }
            (latest, behind) = (newest_behind, 0);
        }
    }
    if let Some(more) = told.checked_sub(MOST_JUMPS).filter(|more| *more > 0) {
        report.limits.push(format!("its times go back {more} times more"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, Located, SourceId, Span};

    fn nanos(text: &str) -> Nanos {
        let at: jiff::Timestamp = format!("{text}Z").parse().unwrap();
        at.as_second() * SECOND
    }

    fn store(times: &[&str]) -> EventStore {
        let mut events = EventStore::default();
        for (at, time) in times.iter().enumerate() {
            let span = Located(Span { source: SourceId(0), offset: at as u64 * 10, len: 9 });
            events.push(Event { time: nanos(time), span, ..Event::default() });
        }
        events
    }

    fn settled(times: &[&str], zone: &str) -> Vec<String> {
        let mut events = store(times);
        let mut report = SourceReport::new("x.log".into());
        report.zoneless.push(0..u64::MAX);
        report.limits.push("its stamps name no zone; read as UTC".to_owned());
        settle(&mut events, 0, &mut report, TimeZone::get(zone).ok());
        assert_eq!(report.limits, [format!("its stamps name no zone; read as {zone}")]);
        events.times().iter().map(|&at| rfc3339_from_nanos(at)[11..16].to_owned()).collect()
    }

    #[test]
    fn the_hour_that_comes_twice_goes_on_where_the_source_had_got() {
        let times = [
            "2026-10-25T01:59:00",
            "2026-10-25T02:10:00",
            "2026-10-25T02:50:00",
            "2026-10-25T02:49:30",
            "2026-10-25T02:05:00",
            "2026-10-25T02:55:00",
            "2026-10-25T03:00:00",
        ];
        assert_eq!(settled(&times, "Europe/Berlin"), ["23:59", "00:10", "00:50", "00:49", "01:05", "01:55", "02:00"]);
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_taken_as_they_stood_before() {
        let times = ["2026-03-29T01:59:00", "2026-03-29T02:30:00", "2026-03-29T03:31:00"];
        assert_eq!(settled(&times, "Europe/Berlin"), ["00:59", "01:30", "01:31"]);
    }

    #[test]
    fn only_stamps_without_a_zone_are_moved() {
        let mut events = store(&["2026-07-01T10:00:00", "2026-07-01T10:00:00"]);
        let mut report = SourceReport::new("x.log".into());
        report.zoneless.push(10..u64::MAX);
        settle(&mut events, 0, &mut report, TimeZone::get("America/New_York").ok());
        assert_eq!(events.times(), [nanos("2026-07-01T10:00:00"), nanos("2026-07-01T14:00:00")]);
    }

    #[test]
    fn a_clock_that_was_set_back_is_told_and_lines_out_of_order_are_not() {
        let said = |times: &[&str]| {
            let mut report = SourceReport::new("x.log".into());
            report.lines = Some(times.len() as u64);
            jumps(&store(times), 0, &mut report);
            report.limits
        };
        let mut times = vec!["2026-07-01T10:00:00"];
        times.extend(["2026-07-01T09:00:00"; 8]);
        let told = said(&times);
        assert!(told.len() == 1 && told[0].starts_with("its times go back by 1 h at byte 10,"), "{told:?}");
        assert!(said(&["2026-07-01T10:00:00", "2026-07-01T09:00:00", "2026-07-01T10:00:01"]).is_empty());
    }
}
