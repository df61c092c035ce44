//! Where the time axis carries ticks, and what they say.

use super::axis::Axis;
use crate::model::{
    Nanos,
    time::{HOUR, MILLISECOND, MINUTE, SECOND, nanos_from_timestamp, timestamp_from_nanos},
};
use jiff::{Zoned, tz::TimeZone};

const DAY: Nanos = 24 * HOUR;

/// How far ticks are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickSpacing {
    /// A fixed length, in nanoseconds.
    Every(Nanos),
    /// Whole months.
    Months(i8),
}

/// One tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Its time.
    pub at: Nanos,
    /// What it says: `10:37`, `10:37:15.250`, `12 Mar`.
    pub label: String,
    /// Whether a new day begins here (or a new year, where days are not told apart).
    pub major: bool,
}

const STEPS: [Nanos; 31] = [
    MILLISECOND,
    2 * MILLISECOND,
    5 * MILLISECOND,
    10 * MILLISECOND,
    20 * MILLISECOND,
    50 * MILLISECOND,
    100 * MILLISECOND,
    200 * MILLISECOND,
    500 * MILLISECOND,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    4 * DAY,
    7 * DAY,
    14 * DAY,
];

impl TickSpacing {
    /// The closest spacing that leaves `min_points` between two ticks.
    pub fn fitting(axis: &Axis, min_points: f32) -> Self {
        let wanted = axis.nanos_per_point() * f64::from(min_points);
        if let Some(&step) = STEPS.iter().find(|&&step| step as f64 >= wanted) {
            Self::Every(step)
        } else {
            let months = wanted / (30.0 * DAY as f64);
            Self::Months([1, 2, 3, 6, 12, 24, 60].into_iter().find(|&m| f64::from(m) >= months).unwrap_or(120))
        }
    }
}

/// The ticks in view, aligned to the clock of `zone`.
pub fn ticks(axis: &Axis, zone: &TimeZone, min_points: f32) -> Vec<Tick> {
    match TickSpacing::fitting(axis, min_points) {
        TickSpacing::Every(step) => even_ticks(axis, zone, step),
        TickSpacing::Months(months) => month_ticks(axis, zone, months),
    }
}

/// The ticks in view at round lengths of time from `origin`: `+0:15`, `−1:00:30`.
pub fn relative_ticks(axis: &Axis, origin: Nanos, min_points: f32) -> Vec<Tick> {
    let step = match TickSpacing::fitting(axis, min_points) {
        TickSpacing::Every(step) => step,
        TickSpacing::Months(months) => Nanos::from(months).saturating_mul(30 * DAY),
    };
    let view = axis.view();
    let mut at = origin.saturating_add(view.from.saturating_sub(origin).div_euclid(step).saturating_mul(step));
    let mut found = Vec::new();
    while at <= view.until && found.len() < 500 {
        if at >= view.from {
            found.push(Tick { at, label: from_origin(at.saturating_sub(origin), step), major: at == origin });
        }
        let Some(next) = at.checked_add(step) else { break };
        at = next;
    }
    found
}

fn from_origin(length: Nanos, step: Nanos) -> String {
    if length == 0 {
        return "0".to_owned();
    }
    let sign = if length < 0 { '\u{2212}' } else { '+' };
    let millis = length.unsigned_abs() / 1_000_000;
    let (days, hours, minutes, seconds) =
        (millis / 86_400_000, millis / 3_600_000 % 24, millis / 60_000 % 60, millis / 1000 % 60);
    let days = if days > 0 { format!("{days} d ") } else { String::new() };
    match step {
        step if step >= MINUTE => format!("{sign}{days}{hours}:{minutes:02}"),
        step if step >= SECOND => format!("{sign}{days}{hours}:{minutes:02}:{seconds:02}"),
        _ => format!("{sign}{days}{hours}:{minutes:02}:{seconds:02}.{:03}", millis % 1000),
    }
}

fn even_ticks(axis: &Axis, zone: &TimeZone, step: Nanos) -> Vec<Tick> {
    let view = axis.view();
    // A change of the zone's offset inside the view moves the ticks behind it off the round hour; their labels stay true.
    let offset = Nanos::from(zone.to_offset(timestamp_from_nanos(view.from)).seconds()) * SECOND;
    // Weeks begin on a Monday; the epoch was a Thursday.
    let phase = if step % (7 * DAY) == 0 { 4 * DAY } else { 0 };
    let local = view.from.saturating_add(offset).saturating_sub(phase);
    let first = local.div_euclid(step).saturating_mul(step).saturating_add(phase - offset);
    let mut found = Vec::new();
    let mut at = first;
    while at <= view.until && found.len() < 500 {
        if at >= view.from {
            found.push(tick(at, zone, step));
        }
        let Some(next) = at.checked_add(step) else { break };
        at = next;
    }
    found
}

fn tick(at: Nanos, zone: &TimeZone, step: Nanos) -> Tick {
    let when = timestamp_from_nanos(at).to_zoned(zone.clone());
    let midnight = when.hour() == 0 && when.minute() == 0 && when.second() == 0 && when.subsec_nanosecond() == 0;
    let label = if midnight || step >= DAY {
        said(&when, "%-d %b")
    } else if step >= MINUTE {
        said(&when, "%H:%M")
    } else if step >= SECOND {
        said(&when, "%H:%M:%S")
    } else {
        said(&when, "%H:%M:%S%.3f")
    };
    Tick { at, label, major: midnight && step < DAY }
}

fn month_ticks(axis: &Axis, zone: &TimeZone, months: i8) -> Vec<Tick> {
    let view = axis.view();
    let start = timestamp_from_nanos(view.from).to_zoned(zone.clone());
    let (mut year, mut month) = (start.year(), 1_i32);
    let mut found = Vec::new();
    while found.len() < 500 {
        let Ok(date) = jiff::civil::Date::new(year, month as i8, 1) else { break };
        let Some(when) = date.to_zoned(zone.clone()).ok() else { break };
        let Some(at) = nanos_from_timestamp(when.timestamp()) else { break };
        if at > view.until {
            break;
        }
        if at >= view.from {
            let january = month == 1;
            let label = if january { said(&when, "%Y") } else { said(&when, "%b %Y") };
            found.push(Tick { at, label, major: january });
        }
        let next = month - 1 + i32::from(months);
        year += (next / 12) as i16;
        month = next % 12 + 1;
    }
    found
}

fn said(when: &Zoned, format: &str) -> String {
    when.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TimeRange;

    /// 2026-03-03T00:00:00Z.
    const DAY_START: Nanos = 1_772_496_000 * SECOND;

    fn labels(from: Nanos, until: Nanos, zone: &TimeZone) -> Vec<String> {
        let axis = Axis::new(TimeRange { from, until }, 0.0, 600.0);
        ticks(&axis, zone, 60.0).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn an_hour_is_ticked_in_minutes() {
        let from = DAY_START + 10 * HOUR + 20 * MINUTE;
        let said = labels(from, from + 50 * MINUTE, &TimeZone::UTC);
        assert_eq!(said.first().map(String::as_str), Some("10:20"));
        assert_eq!(said.last().map(String::as_str), Some("11:10"));
    }

    #[test]
    fn ticks_are_round_in_the_zone_that_is_shown() {
        let zone = TimeZone::fixed(jiff::tz::offset(5).saturating_add(jiff::Span::new().minutes(30)));
        let said = labels(DAY_START, DAY_START + 24 * HOUR, &zone);
        assert!(said.iter().all(|label| label.ends_with(":00") || label.contains("Mar")), "{said:?}");
    }

    #[test]
    fn midnight_says_its_date() {
        let said = labels(DAY_START - 2 * HOUR, DAY_START + 2 * HOUR, &TimeZone::UTC);
        assert!(said.contains(&"3 Mar".to_owned()), "{said:?}");
    }

    #[test]
    fn years_are_ticked_in_months() {
        let said = labels(DAY_START, DAY_START + 500 * DAY, &TimeZone::UTC);
        assert!(said.contains(&"2027".to_owned()), "{said:?}");
        assert!(said.len() < 12, "{said:?}");
    }

    #[test]
    fn a_view_of_milliseconds_says_milliseconds() {
        let said = labels(DAY_START, DAY_START + 40 * MILLISECOND, &TimeZone::UTC);
        assert!(said.iter().any(|label| label.ends_with(".010")), "{said:?}");
    }

    #[test]
    fn ticks_from_an_origin_are_round_from_there() {
        let axis = Axis::new(TimeRange { from: DAY_START + 7 * MINUTE, until: DAY_START + 67 * MINUTE }, 0.0, 600.0);
        let origin = DAY_START + 22 * MINUTE;
        let said: Vec<String> = relative_ticks(&axis, origin, 60.0).into_iter().map(|tick| tick.label).collect();
        assert!(said.contains(&"0".to_owned()) && said.contains(&"+0:10".to_owned()), "{said:?}");
        assert!(said.contains(&"\u{2212}0:10".to_owned()), "{said:?}");
    }
}
