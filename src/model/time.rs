//! Time as one number: nanoseconds since the Unix epoch, in UTC.

use jiff::Timestamp;

/// Nanoseconds since 1970-01-01T00:00:00Z. Fits every date from 1677 to 2262.
pub type Nanos = i64;

/// One second in [`Nanos`].
pub const SECOND: Nanos = 1_000_000_000;
/// One minute in [`Nanos`].
pub const MINUTE: Nanos = 60 * SECOND;
/// One hour in [`Nanos`].
pub const HOUR: Nanos = 60 * MINUTE;
/// One millisecond in [`Nanos`].
pub const MILLISECOND: Nanos = 1_000_000;

/// The beginning of 2100. No record is later, and what is said to last longer is taken to end here: twice the time from 1970
/// to then fits [`Nanos`], so that lengths can be added and compared without care.
pub const LATEST: Nanos = 4_102_444_800 * SECOND;

/// A closed span of time; `from <= until` always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// Its first instant.
    pub from: Nanos,
    /// Its last instant.
    pub until: Nanos,
}

impl TimeRange {
    /// The range between two instants, whichever order they come in.
    pub fn new(one: Nanos, other: Nanos) -> Self {
        Self { from: one.min(other), until: one.max(other) }
    }

    /// Its length in nanoseconds.
    pub fn length(self) -> Nanos {
        self.until.saturating_sub(self.from)
    }

    /// Whether `at` lies in it, ends included.
    pub fn contains(self, at: Nanos) -> bool {
        self.from <= at && at <= self.until
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), until: self.until.max(other.until) }
    }
}

/// The instant as jiff knows it; times beyond jiff's range are clamped to its ends.
pub fn timestamp_from_nanos(at: Nanos) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(at)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The instant in nanoseconds, or `None` before 1677 and after [`LATEST`].
pub fn nanos_from_timestamp(at: Timestamp) -> Option<Nanos> {
    i64::try_from(at.as_nanosecond()).ok().filter(|&at| at <= LATEST)
}

/// RFC 3339 in UTC with milliseconds, as the JSON report writes it: `2026-03-03T10:37:15.422Z`.
pub fn rfc3339_from_nanos(at: Nanos) -> String {
    format!("{:.3}", timestamp_from_nanos(at))
}

/// A length of time as a person says it: `42 s`, `14 min 58 s`, `2 h 5 min`, `3 d 4 h`. Just past
/// an hour the seconds are told: `1 h 38 s`.
pub fn duration_words(length: Nanos) -> String {
    let millis = (length.unsigned_abs() + 500_000) / 1_000_000;
    if millis < 1_000 {
        return format!("{millis} ms");
    }
    let secs = (length.unsigned_abs() + 500_000_000) / 1_000_000_000;
    let (days, hours, mins, rest) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60, secs % 60);
    match (days, hours, mins, rest) {
        (0, 0, 0, s) => format!("{s} s"),
        (0, 0, m, 0) => format!("{m} min"),
        (0, 0, m, s) => format!("{m} min {s} s"),
        (0, h, 0, s) if s > 0 && h < 10 => format!("{h} h {s} s"),
        (0, h, 0, _) => format!("{h} h"),
        (0, h, m, _) => format!("{h} h {m} min"),
        (d, 0, _, _) => format!("{d} d"),
        (d, h, _, _) => format!("{d} d {h} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_said_in_its_two_largest_units() {
        let said: Vec<String> =
            [0, 250 * MILLISECOND, 42 * SECOND, 898 * SECOND, 15 * MINUTE, HOUR + 38 * SECOND, 125 * MINUTE, 76 * HOUR]
                .into_iter()
                .map(duration_words)
                .collect();
        assert_eq!(said, ["0 ms", "250 ms", "42 s", "14 min 58 s", "15 min", "1 h 38 s", "2 h 5 min", "3 d 4 h"]);
    }

    #[test]
    fn an_instant_is_written_in_utc_with_milliseconds() {
        assert_eq!(rfc3339_from_nanos(1_772_534_235_422_000_000), "2026-03-03T10:37:15.422Z");
    }
}
