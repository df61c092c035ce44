//! Dates as people and spreadsheets write them: `23.11.2026 10:00`, `11/23/26 10:00:00 AM`, `23-Nov-2026`, `23. März 2026`.
//!
//! Whether the day or the month comes first of two numbers shows only in many of them together ([`Order::of`]).

use super::timestamp::{Stamp, month_of_word};
use crate::model::{Nanos, time::SECOND};
use jiff::{civil::Date, tz::TimeZone};

/// Which of two numbers the day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// `23/11/2026`.
    DayFirst,
    /// `11/23/2026`.
    MonthFirst,
}

/// What settles an [`Order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// No date has two numbers that might be either.
    Plain,
    /// Some date has a number that is no month, or dates follow each other in one order only.
    ByEvidence,
    /// Nothing: the usual order of such a form was taken.
    ByHabit,
}

impl Order {
    /// The order that dates of one source have, in the order in which they stand there.
    pub(super) fn of<'a>(dates: &(impl Iterator<Item = &'a [u8]> + Clone)) -> (Self, Settled) {
        let read = |order| dates.clone().filter_map(move |text| parts(text, order));
        let (mut swappable, mut day_first, mut month_first) = (0, 0, 0);
        for date in read(Self::DayFirst) {
            swappable += u32::from(date.swappable);
            match date.told {
                Some(Self::DayFirst) => day_first += 1,
                Some(Self::MonthFirst) => month_first += 1,
                None => {}
            }
        }
        if day_first != month_first {
            let order = if day_first > month_first { Self::DayFirst } else { Self::MonthFirst };
            return (order, Settled::ByEvidence);
        }
        let habit = || {
            let dots = dates.clone().any(|text| text.iter().take(6).any(|&byte| byte == b'.'));
            let noon = read(Self::DayFirst).any(|date| date.noon);
            if noon && !dots { Self::MonthFirst } else { Self::DayFirst }
        };
        if swappable == 0 {
            return (habit(), Settled::Plain);
        }
        // Logs go forward, and slowly: the order in which they do less often go back, and take less time, is theirs.
        let walk = |order| {
            let (mut back, mut last, mut range) = (0_u32, None::<Nanos>, (Nanos::MAX, Nanos::MIN));
            for at in read(order).filter_map(Parts::stamp).map(|stamp| stamp.at) {
                back += u32::from(last.is_some_and(|last| at < last));
                range = (range.0.min(at), range.1.max(at));
                last = Some(at);
            }
            (back, range.1.saturating_sub(range.0))
        };
        let (days, months) = (walk(Self::DayFirst), walk(Self::MonthFirst));
        match days.cmp(&months) {
            std::cmp::Ordering::Less => (Self::DayFirst, Settled::ByEvidence),
            std::cmp::Ordering::Greater => (Self::MonthFirst, Settled::ByEvidence),
            std::cmp::Ordering::Equal => (habit(), Settled::ByHabit),
        }
    }
}

/// A date by its parts.
#[derive(Clone, Copy, Debug)]
struct Parts {
    year: i16,
    month: i8,
    day: i8,
    nanos: Nanos,
    zone: Option<i32>,
    /// Day and month are numbers that might be either.
    swappable: bool,
    /// The order that this date alone shows.
    told: Option<Order>,
    /// The clock goes to twelve.
    noon: bool,
    len: usize,
}

impl Parts {
    fn stamp(self) -> Option<Stamp> {
        let date = Date::new(self.year, self.month, self.day).ok()?;
        let start = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        let at =
            (start.checked_sub(i64::from(self.zone.unwrap_or(0)))?).checked_mul(SECOND)?.checked_add(self.nanos)?;
        (at >= 0).then_some(Stamp { at, zone: self.zone, len: self.len })
    }
}

/// When a text says it was, its day and month in an order where both are numbers.
pub(super) fn read(text: &[u8], order: Order) -> Option<Stamp> {
    parts(text, order)?.stamp()
}

/// Walks a text.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn number(&mut self) -> Option<(i32, usize)> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(self.rest().get(..digits)?).ok()?.parse().ok().filter(|_| digits <= 4)?;
        self.at += digits;
        Some((number, digits))
    }

    fn word(&mut self) -> Option<&'a [u8]> {
        let len = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count();
        let word = self.rest().get(..len).filter(|word| !word.is_empty())?;
        self.at += len;
        Some(word)
    }

    /// Passes any of these bytes; how many there were.
    fn pass(&mut self, any: &[u8]) -> usize {
        let len = self.rest().iter().take_while(|byte| any.contains(byte)).count();
        self.at += len;
        len
    }
}

fn parts(text: &[u8], order: Order) -> Option<Parts> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.pass(b" [");
    if cursor.rest().first().is_some_and(|byte| !byte.is_ascii_digit()) {
        let start = cursor.at;
        let word = cursor.word()?;
        // The day of the week says nothing that the date does not.
        if month_of_word(word).is_none() {
            (cursor.pass(b" ,.") > 0).then_some(())?;
        } else {
            cursor.at = start;
        }
    }
    let (year, month, day, swappable, told) = date(&mut cursor, order)?;
    (cursor.pass(b" ,T") > 0).then_some(())?;
    let mut parts = Parts { year, month, day, nanos: 0, zone: None, swappable, told, noon: false, len: 0 };
    clock(&mut cursor, &mut parts)?;
    parts.len = cursor.at;
    Some(parts)
}

type DateParts = (i16, i8, i8, bool, Option<Order>);

fn date(cursor: &mut Cursor<'_>, order: Order) -> Option<DateParts> {
    if let Some(word) = cursor.word() {
        // Nov 23, 2026
        let month = month_of_word(word)?;
        cursor.pass(b" .-");
        let (day, _) = cursor.number()?;
        cursor.pass(b" ,-");
        let (year, digits) = cursor.number()?;
        return Some((full_year(year, digits)?, month, day as i8, false, None));
    }
    let (first, first_digits) = cursor.number()?;
    (cursor.pass(b"./- ") > 0).then_some(())?;
    if let Some(word) = cursor.word() {
        // 23. November 2026, 23-Nov-26
        let month = month_of_word(word)?;
        cursor.pass(b" .-/,");
        let (year, digits) = cursor.number()?;
        return Some((full_year(year, digits)?, month, first as i8, false, None));
    }
    let (second, _) = cursor.number()?;
    (cursor.pass(b"./- ") > 0).then_some(())?;
    let (third, third_digits) = cursor.number()?;
    if first_digits == 4 {
        return Some((first as i16, i8::try_from(second).ok()?, i8::try_from(third).ok()?, false, None));
    }
    let year = full_year(third, third_digits)?;
    let (first, second) = (i8::try_from(first).ok()?, i8::try_from(second).ok()?);
    let told = match (first > 12, second > 12) {
        (true, false) => Some(Order::DayFirst),
        (false, true) => Some(Order::MonthFirst),
        _ => None,
    };
    let (day, month) = if told.unwrap_or(order) == Order::DayFirst { (first, second) } else { (second, first) };
    Some((year, month, day, told.is_none() && first != second, told))
}

/// POSIX counts two digits from 1969 to 2068.
fn full_year(year: i32, digits: usize) -> Option<i16> {
    match digits {
        4 => Some(year as i16),
        2 if year < 69 => Some(2000 + year as i16),
        2 => Some(1900 + year as i16),
        _ => None,
    }
}

/// `10:00`, `10:00:00.25`, `1:00:00 PM`, and a zone behind.
fn clock(cursor: &mut Cursor<'_>, parts: &mut Parts) -> Option<()> {
    let (mut hour, _) = cursor.number()?;
    (cursor.pass(b":.h") == 1).then_some(())?;
    let (minute, _) = cursor.number()?;
    let (mut second, mut fraction) = (0, 0);
    if cursor.rest().first() == Some(&b':') {
        cursor.at += 1;
        second = cursor.number()?.0;
        if matches!(cursor.rest(), [b'.' | b',', b'0'..=b'9', ..]) {
            cursor.at += 1;
            let digits = cursor.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
            let mut unit = SECOND;
            for digit in cursor.rest().iter().take(digits.min(9)) {
                unit /= 10;
                fraction += i64::from(digit - b'0') * unit;
            }
            cursor.at += digits;
        }
    }
    let behind = cursor.rest().trim_ascii_start().to_ascii_lowercase();
    let blanks = cursor.rest().len() - behind.len();
    for (word, late) in [(&b"am"[..], false), (b"a.m.", false), (b"pm", true), (b"p.m.", true)] {
        if behind.starts_with(word) {
            (1..=12).contains(&hour).then_some(())?;
            hour = hour % 12 + if late { 12 } else { 0 };
            parts.noon = true;
            cursor.at += blanks + word.len();
            break;
        }
    }
    (hour < 24 && minute < 60 && second <= 60).then_some(())?;
    parts.nanos = i64::from(hour * 3_600 + minute * 60 + second) * SECOND + fraction;
    let rest = cursor.rest();
    let trimmed = rest.trim_ascii_start();
    let blanks = rest.len() - trimmed.len();
    let (zone, len) = match trimmed {
        [b'U', b'T', b'C', ..] | [b'G', b'M', b'T', ..] => (Some(0), 3),
        [b'Z', ..] => (Some(0), 1),
        [sign @ (b'+' | b'-'), digits @ ..] => offset(*sign == b'-', digits),
        _ => (None, 0),
    };
    if zone.is_some() {
        (parts.zone, cursor.at) = (zone, cursor.at + blanks + len);
    }
    Some(())
}

/// `+0100`, `+01:00`; its seconds and length.
fn offset(west: bool, digits: &[u8]) -> (Option<i32>, usize) {
    let (all, len): (Vec<i32>, usize) = match *digits {
        [a, b, b':', c, d, ..] => ([a, b, c, d].map(|byte| i32::from(byte) - 48).to_vec(), 6),
        [a, b, c, d, ..] => ([a, b, c, d].map(|byte| i32::from(byte) - 48).to_vec(), 5),
        _ => return (None, 0),
    };
    match *all {
        [a, b, c, d] if all.iter().all(|digit| (0..10).contains(digit)) => {
            let seconds = (a * 10 + b) * 3_600 + (c * 10 + d) * 60;
            (Some(if west { -seconds } else { seconds }), len)
        }
        _ => (None, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::rfc3339_from_nanos;

    fn said(text: &str) -> String {
        read(text.as_bytes(), Order::DayFirst).map_or_else(
            || "none".to_owned(),
            |stamp| format!("{} {:?}", &rfc3339_from_nanos(stamp.at)[..23], stamp.zone),
        )
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (text, expected) in [
            ("23.11.2026 10:00", "2026-11-23T10:00:00.000 None"),
            ("23.11.26, 10:00:05", "2026-11-23T10:00:05.000 None"),
            ("11/23/2026 1:05:06 PM", "2026-11-23T13:05:06.000 None"),
            ("11/23/2026 12:00:00 AM", "2026-11-23T00:00:00.000 None"),
            ("2026/11/23 10:00:00,250 +0100", "2026-11-23T09:00:00.250 Some(3600)"),
            ("23-Nov-2026 10:00:00 UTC", "2026-11-23T10:00:00.000 Some(0)"),
            ("23-NOV-98 10:00:00", "1998-11-23T10:00:00.000 None"),
            ("Nov 23, 2026 10:00:00 AM", "2026-11-23T10:00:00.000 None"),
            ("Monday, 23 November 2026 10:00", "2026-11-23T10:00:00.000 None"),
            ("Mo., 23. März 2026 10:00", "2026-03-23T10:00:00.000 None"),
            ("23 févr. 2026 10:00:00", "2026-02-23T10:00:00.000 None"),
            ("23 août 2026 10:00:00", "2026-08-23T10:00:00.000 None"),
            ("23 dic 2026 10:00:60", "2026-12-23T10:01:00.000 None"),
            ("31.02.2026 10:00", "none"),
            ("23.11.2026", "none"),
            ("23.11.2026 24:00", "none"),
            ("10.0.0.1", "none"),
            ("", "none"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn cut_off_dates_are_no_panic() {
        for text in ["Mo., 23. März 2026 10:00:00.25 +01:00", "11/23/2026 1:05:06 PM", "Nov 23, 2026 10:00:00 a.m."] {
            for end in 0..text.len() {
                let _ = read(&text.as_bytes()[..end], Order::MonthFirst);
            }
        }
    }

    fn order(dates: &[&str]) -> (Order, Settled) {
        Order::of(&dates.iter().map(|text| text.as_bytes()))
    }

    #[test]
    fn evidence_settles_which_number_is_the_day() {
        use Order as O;
        use Settled as S;
        assert_eq!(order(&["03/04/2026 10:00", "13/04/2026 10:00"]), (O::DayFirst, S::ByEvidence));
        assert_eq!(order(&["03/04/2026 10:00", "04/13/2026 10:00"]), (O::MonthFirst, S::ByEvidence));
        // Three days in a row, or the third of three months.
        assert_eq!(order(&["03/04/2026 10:00", "04/04/2026 10:00", "05/04/2026 9:00"]), (O::DayFirst, S::ByEvidence));
        assert_eq!(order(&["04/03/2026 10:00", "04/04/2026 10:00", "04/05/2026 9:00"]), (O::MonthFirst, S::ByEvidence));
        assert_eq!(order(&["04/03/2026 10:00", "04/03/2026 10:01"]), (O::DayFirst, S::ByHabit));
        assert_eq!(order(&["04/03/2026 10:00:00 AM"]), (O::MonthFirst, S::ByHabit));
        assert_eq!(order(&["2026-03-04 10:00"]), (O::DayFirst, S::Plain));
    }
}
