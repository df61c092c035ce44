//! Time stamps of line logs, read by hand and fast: most lines repeat the date of the line before.
//!
//! `2026-11-23T07:24:24.428482+00:00` (RFC 3339), `Nov 23 07:24:24` (RFC 3164, no year, no zone) and
//! `10/Oct/2000:13:55:36 -0700` (Apache and nginx). A stamp without a year is kept as a place in the leap year 1904 until
//! [`Years`] has seen the whole source and can count the years back from its end.
//!
//! <https://www.rfc-editor.org/rfc/rfc3339>, <https://www.rfc-editor.org/rfc/rfc3164#section-4.1.2>

use crate::model::{
    EventId, EventStore, Nanos,
    time::{LATEST, SECOND},
};
use jiff::civil::Date;
use std::ops::Range;

/// A stamp as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When. Negative for a stamp without a year: see [`Stamp::names_year`].
    pub at: Nanos,
    /// Seconds east of UTC, where the stamp names a zone.
    pub zone: Option<i32>,
    /// How many bytes it took.
    pub len: usize,
}

impl Stamp {
    /// Whether the stamp names its year; otherwise `at` is a place in 1904.
    pub fn names_year(self) -> bool {
        self.at >= 0
    }
}

const DAY_SECS: i64 = 86_400;
const DAY: Nanos = DAY_SECS * SECOND;

/// 1904-01-01T00:00:00Z. A leap year, so that February 29 has a place, before anything that a log could hold.
const YEARLESS: Nanos = -2_082_844_800 * SECOND;

/// Days before each month in a leap year.
const DAYS_BEFORE: [i64; 12] = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];

/// Reads stamps; remembers the last date, since the next line mostly has the same.
#[derive(Clone, Debug, Default)]
pub struct Stamps {
    date: [u8; 11],
    date_secs: i64,
}

impl Stamps {
    /// RFC 3339 and its relatives at the start of `bytes`: a space for the `T`, a comma before the fraction, no zone.
    pub fn rfc3339(&mut self, bytes: &[u8]) -> Option<Stamp> {
        let (date, rest) = bytes.split_first_chunk::<10>()?;
        let [b'T' | b't' | b' ', rest @ ..] = rest else { return None };
        let mut key = [0; 11];
        key[..10].copy_from_slice(date);
        if key != self.date {
            let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
            let year = two([y1, y2])? * 100 + two([y3, y4])?;
            self.remember(key, year, two([m1, m2])?, two([d1, d2])?)?;
        }
        let seconds = clock(rest)?;
        let (fraction, mut len) = fraction(rest.get(8..)?);
        len += 19;
        let (zone, zone_len) = zone(bytes.get(len..)?)?;
        let at = (self.date_secs + seconds - i64::from(zone.unwrap_or(0))) * SECOND + fraction;
        (at >= 0).then_some(Stamp { at, zone, len: len + zone_len })
    }

    /// `Nov 23 07:24:24` at the start of `bytes`, the day with or without its padding, perhaps with a year behind it and a
    /// fraction behind the seconds.
    pub fn traditional(&mut self, bytes: &[u8]) -> Option<Stamp> {
        let (month, mut at) = match month_number(bytes.get(..3)?) {
            Some(month) => (month, 3),
            None => local_month(bytes)?,
        };
        let day = padded_number(bytes, &mut at)?;
        let mut year = None;
        let clock_at = at + 1;
        let seconds = if let Some(seconds) = clock(bytes.get(clock_at..)?) {
            seconds
        } else {
            let digits = bytes.get(clock_at..clock_at + 4)?;
            year = Some(two([digits[0], digits[1]])? * 100 + two([digits[2], digits[3]])?);
            at = clock_at + 4;
            clock(bytes.get(at + 1..)?)?
        };
        if bytes.get(at) != Some(&b' ') || !(1..=31).contains(&day) {
            return None;
        }
        let end = at + 9;
        let (fraction, fraction_len) = fraction(bytes.get(end..)?);
        let len = end + fraction_len;
        let Some(year) = year else {
            let days = DAYS_BEFORE.get(month as usize - 1)? + i64::from(day) - 1;
            return Some(Stamp { at: YEARLESS + (days * DAY_SECS + seconds) * SECOND + fraction, zone: None, len });
        };
        self.remember([0; 11], year, month, day)?;
        Some(Stamp { at: (self.date_secs + seconds) * SECOND + fraction, zone: None, len })
    }

    /// `Mon Nov 23 07:39:18 2026` at the start of `bytes`, as `ctime` and `date` write it: the latter with a zone before the
    /// year.
    pub fn weekday(&mut self, bytes: &[u8]) -> Option<Stamp> {
        const DAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
        let (day_name, rest) = bytes.split_first_chunk::<3>()?;
        let [b' ', rest @ ..] = rest else { return None };
        if !DAYS.contains(&day_name) {
            return None;
        }
        let month = month_number(rest.get(..3)?)?;
        let mut at = 3;
        let day = padded_number(rest, &mut at)?;
        let seconds = clock(rest.get(at + 1..)?)?;
        let (fraction, more) = fraction(rest.get(at + 9..)?);
        let mut len = at + 9 + more;
        let mut zone = None;
        let tail = rest.get(len..)?.strip_prefix(b" ")?;
        let letters = tail.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
        if letters > 0 {
            zone = matches!(tail.get(..letters)?, b"UTC" | b"GMT").then_some(0);
            len += letters + 1;
        }
        let digits = rest.get(len..)?.strip_prefix(b" ")?.first_chunk::<4>()?;
        let year = two([digits[0], digits[1]])? * 100 + two([digits[2], digits[3]])?;
        self.remember([0; 11], year, month, day)?;
        let nanos = (self.date_secs + seconds) * SECOND + fraction;
        Some(Stamp { at: nanos, zone, len: len + 9 })
    }

    /// `10/Oct/2000:13:55:36 -0700` at the start of `bytes`.
    pub fn access(&mut self, bytes: &[u8]) -> Option<Stamp> {
        let (date, rest) = bytes.split_first_chunk::<11>()?;
        if *date != self.date {
            let [d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4] = *date else { return None };
            let year = two([y1, y2])? * 100 + two([y3, y4])?;
            self.remember(*date, year, month_number(&[m1, m2, m3])?, two([d1, d2])?)?;
        }
        let [b':', rest @ ..] = rest else { return None };
        let seconds = clock(rest)?;
        let [b' ', rest @ ..] = rest.get(8..)? else { return None };
        let (Some(zone), zone_len) = zone(rest)? else { return None };
        let at = (self.date_secs + seconds - i64::from(zone)) * SECOND;
        (at >= 0).then_some(Stamp { at, zone: Some(zone), len: 21 + zone_len })
    }

    /// A stamp by itself, in whichever of these forms, or as a count of seconds, milli-, micro- or nanoseconds since 1970.
    pub fn any(&mut self, bytes: &[u8]) -> Option<Stamp> {
        let bytes = bytes.trim_ascii();
        let stamp = match bytes.iter().position(|byte| !byte.is_ascii_digit()) {
            None | Some(9..) => epoch(bytes),
            Some(4) => self.rfc3339(bytes),
            _ => self.access(bytes.strip_prefix(b"[").unwrap_or(bytes)),
        }?;
        stamp.names_year().then_some(stamp)
    }

    fn remember(&mut self, key: [u8; 11], year: u32, month: u32, day: u32) -> Option<()> {
        if !(1970..2100).contains(&year) {
            return None;
        }
        let date = Date::new(year as i16, month as i8, day as i8).ok()?;
        self.date_secs = start_of(date);
        self.date = key;
        Some(())
    }
}

/// `1772541280.804`, `1772541280804`, …: the unit shows by the size.
fn epoch(bytes: &[u8]) -> Option<Stamp> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole: i64 = std::str::from_utf8(bytes.get(..digits)?).ok()?.parse().ok()?;
    let unit = match digits {
        9..=11 => SECOND,
        12..=14 => SECOND / 1_000,
        15..=17 => SECOND / 1_000_000,
        18..=19 => 1,
        _ => return None,
    };
    let (fraction, len) = fraction(bytes.get(digits..)?);
    let len = digits + len;
    // `1.772541280804e9` and what else is no plain number.
    let at = whole.checked_mul(unit)?.checked_add(fraction / (SECOND / unit)).filter(|&at| at < LATEST)?;
    (len == bytes.len()).then_some(Stamp { at, zone: Some(0), len })
}

fn start_of(date: Date) -> i64 {
    i64::from(date.since(Date::ZERO).map_or(0, |span| span.get_days())) * DAY_SECS - SECONDS_TO_EPOCH
}

/// From 0000-01-01 to 1970-01-01.
const SECONDS_TO_EPOCH: i64 = 719_528 * DAY_SECS;

fn digit(byte: u8) -> Option<u32> {
    let value = byte.wrapping_sub(b'0');
    (value < 10).then_some(u32::from(value))
}

fn two([tens, ones]: [u8; 2]) -> Option<u32> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// `07:24:24` as seconds of the day; a leap second counts as the next minute's first.
fn clock(bytes: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *bytes.first_chunk::<8>()? else { return None };
    let (hours, minutes, seconds) = (two([h1, h2])?, two([m1, m2])?, two([s1, s2])?);
    (hours < 24 && minutes < 60 && seconds <= 60).then_some(i64::from(hours * 3600 + minutes * 60 + seconds))
}

/// `.428482` in nanoseconds and its length; nothing where there is none.
fn fraction(bytes: &[u8]) -> (Nanos, usize) {
    let [b'.' | b',', digits @ ..] = bytes else { return (0, 0) };
    let (mut nanos, mut unit, mut len) = (0, 100_000_000, 0);
    for value in digits.iter().map_while(|&byte| digit(byte)) {
        nanos += i64::from(value) * unit;
        unit /= 10;
        len += 1;
    }
    if len == 0 { (0, 0) } else { (nanos, len + 1) }
}

/// `Z`, `+03:30`, `-0700`, `+01` or nothing, in seconds east of UTC, and its length.
fn zone(bytes: &[u8]) -> Option<(Option<i32>, usize)> {
    let (sign, rest) = match bytes {
        [b'Z' | b'z', ..] => return Some((Some(0), 1)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return Some((None, 0)),
    };
    let (&[h1, h2], rest) = rest.split_first_chunk::<2>()?;
    let (minutes, len) = match *rest {
        [b':', m1, m2, ..] => (two([m1, m2])?, 6),
        [m1, m2, ..] if m1.is_ascii_digit() => (two([m1, m2])?, 5),
        _ => (0, 3),
    };
    let hours = two([h1, h2])?;
    (hours < 24 && minutes < 60).then_some((Some(sign * (hours * 3600 + minutes * 60) as i32), len))
}

fn month_number(name: &[u8]) -> Option<u32> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

/// The month at the start of a stamp in another language than English, and its length: journalctl writes so.
#[cold]
fn local_month(bytes: &[u8]) -> Option<(u32, usize)> {
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    bytes.iter().take(3).all(letter).then_some(())?;
    let len = bytes.iter().take(16).position(|&byte| byte == b' ')?;
    let word = bytes.get(..len)?;
    let month = month_of_word(word.strip_suffix(b".").unwrap_or(word))?;
    Some((month as u32, len))
}

/// The month of a word in the languages that systems are set up in, whole or shortened.
pub(super) fn month_of_word(word: &[u8]) -> Option<i8> {
    /// What the months begin with: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Scandinavian.
    const BEGIN: [&[&str]; 12] = [
        &["jan", "ene", "gen", "sty"],
        &["feb", "fév", "fev", "lut"],
        &["mar", "mär", "mrz", "mae", "maa", "mrt"],
        &["apr", "avr", "abr", "kwi"],
        &["may", "mai", "mag", "mei", "maj", "mayo"],
        &["jun", "juin", "giu", "cze"],
        &["jul", "juil", "lug", "lip"],
        &["aug", "aoû", "aou", "ago", "sie"],
        &["sep", "set", "wrz"],
        &["oct", "okt", "ott", "out", "paź"],
        &["nov", "lis"],
        &["dec", "dez", "déc", "dic", "des", "gru"],
    ];
    let word = std::str::from_utf8(word).ok().filter(|word| word.len() <= 24)?.to_lowercase();
    let at = BEGIN.iter().position(|begin| begin.iter().any(|begin| word.starts_with(begin)))?;
    // A word of the log that happens to begin so: `Marker`, `decided`, `Settings`.
    let months = [
        "january february march april may june july august september october november december",
        "januar jänner februar märz maerz april mai juni juli august september oktober november dezember",
        "janvier février fevrier mars avril mai juin juillet août aout septembre octobre novembre décembre decembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "januar februar marts mars april maj mai juni juli august september oktober november desember",
    ];
    let known = |month: &str| month.starts_with(&word) || word == "sept" || word == "mrz" || word == "mrt";
    months.iter().any(|language| language.split(' ').any(known)).then_some(at as i8 + 1)
}

/// ` 23`, `  3` or ` 3`: a space, perhaps one more, one or two digits.
fn padded_number(bytes: &[u8], at: &mut usize) -> Option<u32> {
    if bytes.get(*at) != Some(&b' ') {
        return None;
    }
    *at += 1;
    if bytes.get(*at) == Some(&b' ') {
        *at += 1;
    }
    let mut value = digit(*bytes.get(*at)?)?;
    *at += 1;
    if let Some(ones) = bytes.get(*at).and_then(|&byte| digit(byte)) {
        value = value * 10 + ones;
        *at += 1;
    }
    Some(value)
}

/// A stretch of a source in which stamps without a year belong to one year.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    offset: u64,
    /// Years since the source's (or chunk's) first stretch.
    year: i32,
    latest: Nanos,
    has_leap_day: bool,
}

/// Which years the stamps without one belong to: gathered line by line, joined chunk by chunk, settled at the end.
#[derive(Clone, Debug, Default)]
pub struct Years {
    stretches: Vec<Stretch>,
    first: Nanos,
    last: Nanos,
    last_offset: u64,
    last_dated: Option<(u64, Nanos)>,
    /// From which byte on stamps name a zone, or name none (`true`).
    zones: Vec<(u64, bool)>,
}

/// Beyond so many changes of year the stamps are noise, and further ones change nothing.
const MAX_STRETCHES: usize = 10_000;

/// A step back by more than this is a new year; less is a line out of order or a log rotated the other way round.
const NEW_YEAR_STEP: Nanos = 92 * DAY;

impl Years {
    /// Takes note of a line's stamp; `offset` is the line's.
    pub fn note(&mut self, stamp: Stamp, offset: u64) {
        let zoneless = stamp.zone.is_none();
        if self.zones.last().is_none_or(|&(_, last)| last != zoneless) && self.zones.len() < MAX_STRETCHES {
            self.zones.push((offset, zoneless));
        }
        if stamp.names_year() {
            self.last_dated = Some((offset, stamp.at));
            return;
        }
        let at = stamp.at;
        let step = if self.stretches.is_empty() { 0 } else { year_step(self.last, at) };
        self.last = at;
        self.last_offset = offset;
        let count = self.stretches.len();
        match self.stretches.last_mut() {
            Some(stretch) if step == 0 || count >= MAX_STRETCHES => {
                stretch.latest = stretch.latest.max(at);
                stretch.has_leap_day |= is_leap_day(at);
            }
            last => {
                let year = last.map_or(0, |stretch| stretch.year + step);
                if count == 0 {
                    self.first = at;
                }
                self.stretches.push(Stretch { offset, year, latest: at, has_leap_day: is_leap_day(at) });
            }
        }
    }

    /// Adds what a later chunk of the same source saw.
    pub fn join(&mut self, mut later: Self) {
        self.last_dated = later.last_dated.or(self.last_dated);
        for (offset, zoneless) in std::mem::take(&mut later.zones) {
            if self.zones.last().is_none_or(|&(_, last)| last != zoneless) && self.zones.len() < MAX_STRETCHES {
                self.zones.push((offset, zoneless));
            }
        }
        let Some(ours) = self.stretches.last_mut() else {
            let (last_dated, zones) = (self.last_dated, std::mem::take(&mut self.zones));
            *self = Self { last_dated, zones, ..later };
            return;
        };
        let Some((theirs, more)) = later.stretches.split_first() else { return };
        let step = year_step(self.last, later.first);
        let base = ours.year + step;
        if step == 0 {
            ours.latest = ours.latest.max(theirs.latest);
            ours.has_leap_day |= theirs.has_leap_day;
        } else {
            self.stretches.push(Stretch { year: base, ..*theirs });
        }
        let room = MAX_STRETCHES.saturating_sub(self.stretches.len());
        let first = theirs.year;
        self.stretches.extend(more.iter().take(room).map(|s| Stretch { year: base + s.year - first, ..*s }));
        (self.last, self.last_offset) = (later.last, later.last_offset);
    }

    /// The stretches of the source, by byte, in which stamps name no zone.
    pub fn zoneless(&self) -> Vec<Range<u64>> {
        let ends = self.zones.iter().skip(1).map(|&(offset, _)| offset).chain([u64::MAX]);
        let stretches = self.zones.iter().zip(ends);
        stretches.filter(|((_, zoneless), _)| *zoneless).map(|(&(from, _), until)| from..until).collect()
    }

    /// Whether any stamp lacked its year.
    pub fn any_missing(&self) -> bool {
        !self.stretches.is_empty()
    }

    /// Gives the events from `first` on their years, so that the last stamp is not after `written_by` and a day (clocks and
    /// zones differ). Returns the last stamp's year where one had to be found.
    pub fn settle(&self, events: &mut EventStore, first: usize, written_by: Nanos) -> Option<i32> {
        let last = self.stretches.last()?;
        let known = self.last_dated.filter(|&(offset, _)| offset > self.last_offset);
        let limit = known.map_or(written_by, |(_, at)| at.min(written_by)).saturating_add(DAY);
        let newest = year_of(limit);
        let fits = |year: i32| real_time(year, last.latest) <= limit;
        let leaps = |year: i32| {
            self.stretches.iter().filter(|s| s.has_leap_day).all(|s| is_leap_year(year - (last.year - s.year)))
        };
        let candidates = || (newest - 12..=newest).rev();
        let end = candidates()
            .find(|&year| fits(year) && leaps(year))
            .or_else(|| candidates().find(|&year| fits(year)))
            .unwrap_or(newest);
        let mut stretch = 0;
        for index in first..events.len() {
            let id = EventId(index as u32);
            let (at, offset) = (events.time(id), events.span(id).offset);
            if at >= 0 {
                continue;
            }
            while self.stretches.get(stretch + 1).is_some_and(|next| next.offset <= offset) {
                stretch += 1;
            }
            let year = self.stretches.get(stretch).map_or(end, |s| end - (last.year - s.year));
            events.shift(id, real_time(year, at) - at);
        }
        Some(end)
    }
}

/// How many years lie between two stamps that follow each other.
fn year_step(before: Nanos, after: Nanos) -> i32 {
    if after < before - NEW_YEAR_STEP {
        1
    } else if before < YEARLESS + 2 * DAY && after >= YEARLESS + 364 * DAY {
        // A line of December 31 that was written late, after one of January 1.
        -1
    } else {
        0
    }
}

fn is_leap_day(at: Nanos) -> bool {
    (at - YEARLESS) / DAY == 59
}

fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn year_of(at: Nanos) -> i32 {
    let at = crate::model::time::timestamp_from_nanos(at);
    i32::from(at.to_zoned(jiff::tz::TimeZone::UTC).year()).clamp(1971, 2261)
}

/// The place in 1904 moved to `year`.
fn real_time(year: i32, at: Nanos) -> Nanos {
    let start = Date::new(year.clamp(1900, 2261) as i16, 1, 1).map_or(0, start_of) * SECOND;
    let place = at - YEARLESS;
    start + if !is_leap_year(year) && place >= 60 * DAY { place - DAY } else { place }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, Located, SourceId, Span, time::rfc3339_from_nanos};

    fn said(stamp: Option<Stamp>) -> String {
        stamp.map_or_else(
            || "none".to_owned(),
            |stamp| format!("{} {:?} {}", rfc3339_from_nanos(stamp.at), stamp.zone, stamp.len),
        )
    }

    #[test]
    fn every_form_of_stamp_is_read() {
        let mut stamps = Stamps::default();
        let iso = |text: &str| said(Stamps::default().rfc3339(text.as_bytes()));
        assert_eq!(iso("2026-11-23T07:24:24.428482+00:00 vm"), "2026-11-23T07:24:24.428Z Some(0) 32");
        assert_eq!(iso("2022-08-27T17:22:01.694554+03:00 x"), "2022-08-27T14:22:01.694Z Some(10800) 32");
        assert_eq!(iso("2022-08-27T17:22:01Z"), "2022-08-27T17:22:01.000Z Some(0) 20");
        assert_eq!(iso("2022-08-27 17:22:01,5 x"), "2022-08-27T17:22:01.500Z None 21");
        assert_eq!(iso("2022-02-29T17:22:01Z"), "none");
        assert_eq!(iso("2022-02-28T24:22:01Z"), "none");
        let old = |text: &str| said(Stamps::default().traditional(text.as_bytes()));
        assert_eq!(old("Nov 23 07:24:24 vm"), "1904-11-23T07:24:24.000Z None 15");
        assert_eq!(old("Jun  8 10:44:36 x"), "1904-06-08T10:44:36.000Z None 15");
        assert_eq!(old("Feb 8 17:15:01 x"), "1904-02-08T17:15:01.000Z None 14");
        assert_eq!(old("Feb 29 17:15:01.25 x"), "1904-02-29T17:15:01.250Z None 18");
        assert_eq!(old("Nov 23 2026 07:24:24 x"), "2026-11-23T07:24:24.000Z None 20");
        assert_eq!(old("Nov 32 07:24:24 x"), "none");
        assert_eq!(old("Mär  3 07:24:24 x"), "1904-03-03T07:24:24.000Z None 16");
        assert_eq!(old("févr. 29 07:24:24 x"), "1904-02-29T07:24:24.000Z None 18");
        assert_eq!(old("Settings 3 07:24:24 x"), "none");
        let day = |text: &str| said(Stamps::default().weekday(text.as_bytes()));
        assert_eq!(day("Mon Nov 23 07:24:24 2026 [pid 2]"), "2026-11-23T07:24:24.000Z None 24");
        assert_eq!(day("Thu Jan  1 00:00:07 UTC 1970"), "1970-01-01T00:00:07.000Z Some(0) 28");
        assert_eq!(day("Max Nov 23 07:24:24 2026"), "none");
        assert_eq!(day("Mon Nov 23 07:24:24"), "none");
        assert_eq!(old("November 23"), "none");
        assert_eq!(said(stamps.access(b"10/Oct/2000:13:55:36 -0700]")), "2000-10-10T20:55:36.000Z Some(-25200) 26");
        assert_eq!(said(stamps.access(b"10/Oct/2000:13:55:36]")), "none");
    }

    #[test]
    fn a_stamp_by_itself_shows_its_form() {
        for (text, expected) in [
            ("1772541280", "2026-03-03T12:34:40.000Z Some(0) 10"),
            ("1772541280.804", "2026-03-03T12:34:40.804Z Some(0) 14"),
            ("1772541280804", "2026-03-03T12:34:40.804Z Some(0) 13"),
            ("1772541280804.25", "2026-03-03T12:34:40.804Z Some(0) 16"),
            ("1772541280804250", "2026-03-03T12:34:40.804Z Some(0) 16"),
            ("1772541280804250000", "2026-03-03T12:34:40.804Z Some(0) 19"),
            ("2026-03-03T12:34:40Z", "2026-03-03T12:34:40.000Z Some(0) 20"),
            ("03/Mar/2026:12:34:40 +0000", "2026-03-03T12:34:40.000Z Some(0) 26"),
            ("[03/Mar/2026:12:34:40 +0000]", "2026-03-03T12:34:40.000Z Some(0) 26"),
            ("1772541280e3", "none"),
            ("12345", "none"),
            ("yesterday", "none"),
            ("", "none"),
        ] {
            assert_eq!(said(Stamps::default().any(text.as_bytes())), expected, "{text}");
        }
    }

    #[test]
    fn cut_off_stamps_are_none_and_never_a_panic() {
        for text in ["2026-11-23T07:24:24.428482+00:00", "Nov  3 07:24:24.1", "10/Oct/2000:13:55:36 -0700"] {
            for end in 0..text.len() {
                let bytes = &text.as_bytes()[..end];
                let mut stamps = Stamps::default();
                let _ = (stamps.rfc3339(bytes), stamps.traditional(bytes), stamps.access(bytes));
            }
        }
    }

    fn settled(lines: &[&str], chunk: usize, written_by: &str) -> Vec<String> {
        let mut events = EventStore::default();
        let mut years = Years::default();
        for (number, chunk) in lines.chunks(chunk).enumerate() {
            let mut part = Years::default();
            for (index, line) in chunk.iter().enumerate() {
                let mut stamps = Stamps::default();
                let stamp = stamps.rfc3339(line.as_bytes()).or_else(|| stamps.traditional(line.as_bytes())).unwrap();
                let offset = (number * chunk.len().max(1) * 100 + index) as u64 + number as u64 * 100_000;
                part.note(stamp, offset);
                let span = Located(Span { source: SourceId(0), offset, len: 1 });
                events.push(Event { time: stamp.at, span, ..Event::default() });
            }
            years.join(part);
        }
        let written_by = Stamps::default().rfc3339(written_by.as_bytes()).unwrap().at;
        years.settle(&mut events, 0, written_by);
        events.times().iter().map(|&at| rfc3339_from_nanos(at)[..10].to_owned()).collect()
    }

    #[test]
    fn years_are_counted_back_from_the_end_of_the_file() {
        let lines = [
            "Nov 23 07:00:00 ",
            "Dec 31 23:59:59 ",
            "Jan  1 00:00:01 ",
            "Dec 31 23:59:59 ",
            "Jan  1 00:00:02 ",
            "Mar  1 00:00:00 ",
            "Feb 27 00:00:00 ",
            "Dec 30 00:00:00 ",
            "Jan  5 00:00:00 ",
        ];
        for chunk in 1..=lines.len() {
            assert_eq!(
                settled(&lines, chunk, "2026-01-05T00:00:00Z"),
                [
                    "2024-11-23",
                    "2024-12-31",
                    "2025-01-01",
                    "2024-12-31",
                    "2025-01-01",
                    "2025-03-01",
                    "2025-02-27",
                    "2025-12-30",
                    "2026-01-05"
                ],
                "chunks of {chunk}"
            );
        }
    }

    #[test]
    fn a_stamp_later_in_the_year_than_the_file_is_of_the_year_before() {
        assert_eq!(settled(&["Nov 23 07:00:00 "], 1, "2026-03-01T00:00:00Z"), ["2025-11-23"]);
        assert_eq!(settled(&["Mar  1 20:00:00 "], 1, "2026-03-01T00:00:00Z"), ["2026-03-01"]);
        assert_eq!(settled(&["Feb 29 07:00:00 "], 1, "2026-03-01T00:00:00Z"), ["2024-02-29"]);
    }

    #[test]
    fn stamps_without_a_year_before_stamps_with_one_end_where_those_begin() {
        let lines = ["Dec 31 07:00:00 ", "Jan  2 07:00:00 ", "2021-01-03T00:00:00Z"];
        for chunk in 1..=3 {
            assert_eq!(settled(&lines, chunk, "2026-03-01T00:00:00Z"), ["2020-12-31", "2021-01-02", "2021-01-03"]);
        }
    }
}
