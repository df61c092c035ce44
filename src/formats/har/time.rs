//! Time stamps: `startedDateTime` as producers write it, numbers of seconds, and HTTP dates.

use crate::model::{
    Nanos,
    time::{LATEST, MILLISECOND, SECOND, nanos_from_timestamp},
};
use jiff::{civil, fmt::temporal::DateTimeParser, tz::Offset};

/// The instant, and the offset from UTC in seconds if the stamp names one other than zero.
///
/// A stamp without an offset is taken for UTC.
pub(super) fn started(text: &str) -> Option<(Nanos, Option<i32>)> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return Some((from_number(number)?, None));
    }
    parse(text).or_else(|| parse(&shortened(text)?))
}

fn parse(text: &str) -> Option<(Nanos, Option<i32>)> {
    let pieces = DateTimeParser::new().parse_pieces(text).ok()?;
    let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
    let at = offset.to_timestamp(pieces.date().to_datetime(pieces.time()?)).ok()?;
    Some((nanos_from_timestamp(at)?, Some(offset.seconds()).filter(|&seconds| seconds != 0)))
}

/// The stamp with nine fractional digits, where it has more.
fn shortened(text: &str) -> Option<String> {
    let (seconds, rest) = text.split_once('.')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    Some(format!("{seconds}.{}{}", rest.get(..digits.min(9))?, rest.get(digits..)?))
}

/// Seconds or milliseconds since 1970, told apart by their size; `None` for numbers that are neither.
pub(super) fn from_number(number: f64) -> Option<Nanos> {
    let unit = if number.abs() < 1e11 { SECOND } else { MILLISECOND };
    let nanos = number * unit as f64;
    // Whole numbers stay exact; a float of this size has lost its nanoseconds.
    let exact = (number.fract() == 0.0).then(|| (number as i64).saturating_mul(unit));
    (number >= 0.0 && nanos.is_finite()).then(|| exact.unwrap_or(nanos as i64).min(LATEST))
}

/// A length given in milliseconds; negative and missing ones count as none.
pub(super) fn length_from_millis(millis: Option<f64>) -> Nanos {
    let millis = millis.unwrap_or(0.0).max(0.0);
    ((millis * MILLISECOND as f64) as i64).min(LATEST)
}

/// `at` plus a number of seconds, kept within what can be computed with.
pub(super) fn after(at: Nanos, seconds: f64) -> Nanos {
    let length = (seconds.clamp(0.0, 9e9) as i64).saturating_mul(SECOND);
    at.saturating_add(length).min(LATEST)
}

/// A date as HTTP headers and cookies write it, read as RFC 6265 5.1.1 tells user agents to.
pub(super) fn http_date(text: &str) -> Option<Nanos> {
    let (mut clock, mut day, mut month, mut year) = (None, None, None, None);
    let is_delimiter = |c: char| !(c.is_ascii_alphanumeric() || c == ':');
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        if clock.is_none() && token.contains(':') {
            clock = clock_of(token);
        } else if let Ok(number) = token.parse::<i16>() {
            match token.len() {
                1 | 2 if day.is_none() => day = i8::try_from(number).ok(),
                2 if year.is_none() => year = Some(number.saturating_add(if number < 70 { 2000 } else { 1900 })),
                4 if year.is_none() => year = Some(number),
                _ => {}
            }
        } else if month.is_none() {
            month = month_of(token);
        }
    }
    let (hour, minute, second) = clock?;
    let civil = civil::DateTime::new(year?, month?, day?, hour, minute, second, 0).ok()?;
    match civil.year() {
        ..1970 => Some(0),
        2100.. => Some(LATEST),
        _ => Some(nanos_from_timestamp(Offset::UTC.to_timestamp(civil).ok()?)?.clamp(0, LATEST)),
    }
}

fn clock_of(token: &str) -> Option<(i8, i8, i8)> {
    let mut parts = token.split(':').map(|part| part.parse::<i8>().ok());
    // A leap second is the second before it.
    Some((parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0).min(59)))
}

fn month_of(token: &str) -> Option<i8> {
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = token.get(..3)?.to_ascii_lowercase();
    months.iter().position(|&month| month == start).and_then(|at| i8::try_from(at.saturating_add(1)).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::rfc3339_from_nanos;

    #[test]
    fn stamps_of_every_producer_are_read() {
        for (text, wanted, zone) in [
            ("2025-02-18T18:08:32.690Z", "2025-02-18T18:08:32.690Z", None),
            ("2023-04-26T10:00:00.123-07:00", "2023-04-26T17:00:00.123Z", Some(-25_200)),
            ("2016-11-03T11:20:31.4567891+01:00", "2016-11-03T10:20:31.456Z", Some(3_600)),
            ("2023-10-04T18:37:26.741021+00:00", "2023-10-04T18:37:26.741Z", None),
            ("2016-11-03T11:20:31.45678912345+0100", "2016-11-03T10:20:31.456Z", Some(3_600)),
            ("2010-06-06T09:40:21", "2010-06-06T09:40:21.000Z", None),
            ("1772534235422", "2026-03-03T10:37:15.422Z", None),
        ] {
            let (at, offset) = started(text).unwrap_or((0, None));
            assert_eq!((rfc3339_from_nanos(at).as_str(), offset), (wanted, zone), "{text}");
        }
        assert_eq!(started("NaN-NaN-NaNTNaN:NaN:NaN.NaN+NaN:NaN"), None);
        assert_eq!(started("NaN"), None);
        assert_eq!(started(""), None);
    }

    #[test]
    fn dates_of_cookies_are_read_as_browsers_do() {
        for text in [
            "Wed, 21 Oct 2015 07:28:00 GMT",
            "Wednesday, 21-Oct-15 07:28:00 GMT",
            "Wed Oct 21 07:28:00 2015",
            "Wed, 21-Oct-2015 07:28:00 UTC",
        ] {
            assert_eq!(http_date(text).map(rfc3339_from_nanos).as_deref(), Some("2015-10-21T07:28:00.000Z"), "{text}");
        }
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("Fri, 31 Dec 9999 23:59:59 GMT"), Some(LATEST));
        assert_eq!(http_date("Fri, 01 Jan 1600 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("0"), None);
    }
}
