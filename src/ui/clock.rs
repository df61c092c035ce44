//! Times as the window says them: in which zone, with how much of a date.

use crate::{
    inspection::Inspection,
    model::{
        Nanos, TimeRange,
        time::{HOUR, timestamp_from_nanos},
    },
};
use jiff::tz::{Offset, TimeZone};

/// Which clock times are shown by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ZoneChoice {
    /// Coordinated universal time.
    #[default]
    Utc,
    /// The zone of this computer.
    Local,
    /// The zone that a source's own stamps name.
    Source,
    /// A zone of the IANA database, by its name.
    Named(String),
}

impl ZoneChoice {
    /// Those without a name, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Utc, Self::Local, Self::Source];

    /// The next one, and after the last the first.
    #[must_use]
    pub fn next(&self) -> Self {
        match self {
            Self::Utc => Self::Local,
            Self::Local => Self::Source,
            Self::Source | Self::Named(_) => Self::Utc,
        }
    }

    /// How it is written in a view file and in the settings.
    pub fn text(&self) -> &str {
        match self {
            Self::Utc => "utc",
            Self::Local => "local",
            Self::Source => "source",
            Self::Named(name) => name,
        }
    }

    /// The choice that was written so; `None` for a zone that this program does not know.
    pub fn of(text: &str) -> Option<Self> {
        match text {
            "utc" => Some(Self::Utc),
            "local" => Some(Self::Local),
            "source" => Some(Self::Source),
            name => TimeZone::get(name).ok().map(|_| Self::Named(name.to_owned())),
        }
    }
}

/// Whether times are said by the clock, or from where a session begins or ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeForm {
    /// `10:37:31`.
    #[default]
    Clock,
    /// `+17 min` from the chosen session's sign-in.
    SignIn,
    /// `−2 min` from its ending.
    Ending,
}

impl TimeForm {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Clock, Self::SignIn, Self::Ending];

    /// The menu's words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Clock => "By the clock",
            Self::SignIn => "From the sign-in",
            Self::Ending => "From the ending",
        }
    }

    /// The next one, and after the last the first.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Clock => Self::SignIn,
            Self::SignIn => Self::Ending,
            Self::Ending => Self::Clock,
        }
    }
}

/// Says times.
#[derive(Clone, Debug)]
pub struct Clock {
    choice: ZoneChoice,
    zone: TimeZone,
    label: String,
    /// How a date is said before a time: not at all where all is of one day, and with its year where it is of several.
    date: &'static str,
    origin: Option<(Nanos, TimeForm)>,
}

impl Clock {
    /// The clock for a choice, over what is open.
    pub fn new(choice: ZoneChoice, inspection: Option<&Inspection>) -> Self {
        let at = inspection.and_then(|inspection| inspection.events.range());
        let source = inspection.and_then(source_offset);
        let zone = match (&choice, source) {
            (ZoneChoice::Local, _) => TimeZone::try_system().unwrap_or(TimeZone::UTC),
            (ZoneChoice::Source, Some(offset)) => TimeZone::fixed(offset),
            (ZoneChoice::Named(name), _) => TimeZone::get(name).unwrap_or(TimeZone::UTC),
            (ZoneChoice::Utc | ZoneChoice::Source, _) => TimeZone::UTC,
        };
        let offset = zone.to_offset(timestamp_from_nanos(at.map_or(0, |range| range.from)));
        let label = match &choice {
            ZoneChoice::Named(name) => format!("{name}, {}", offset_words(offset)),
            ZoneChoice::Utc => "UTC".to_owned(),
            ZoneChoice::Local => format!("Local, {}", offset_words(offset)),
            ZoneChoice::Source if source.is_none() => "UTC".to_owned(),
            ZoneChoice::Source => format!("Source, {}", offset_words(offset)),
        };
        let mut clock = Self { choice, zone, label, date: "", origin: None };
        clock.date = match at {
            Some(range) if clock.say(range.from, "%Y") != clock.say(range.until, "%Y") => "%-d %b %Y ",
            Some(range) if !clock.is_one_day(range) => "%-d %b ",
            _ => "",
        };
        clock
    }

    /// Whether both ends of a range lie on one day.
    fn is_one_day(&self, range: TimeRange) -> bool {
        range.length() < 24 * HOUR && self.say(range.from, "%F") == self.say(range.until, "%F")
    }

    /// Says times from here on, until told otherwise.
    pub fn set_origin(&mut self, origin: Option<(Nanos, TimeForm)>) {
        self.origin = origin;
    }

    /// From where times are said.
    pub fn origin(&self) -> Option<Nanos> {
        self.origin.map(|(at, _)| at)
    }

    /// What was chosen.
    pub fn choice(&self) -> &ZoneChoice {
        &self.choice
    }

    /// The zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The zone's name on screen: `UTC`, `Local, UTC+02:00`.
    pub fn label(&self) -> &str {
        match self.origin {
            Some((_, form)) => form.label(),
            None => &self.label,
        }
    }

    /// `10:37:31`, with its date where the input spans several days.
    pub fn time(&self, at: Nanos) -> String {
        if let Some((origin, _)) = self.origin {
            return relative(at.saturating_sub(origin), false);
        }
        self.say(at, &format!("{}%H:%M:%S", self.date))
    }

    /// `10:37:31.442`.
    pub fn exact(&self, at: Nanos) -> String {
        if let Some((origin, _)) = self.origin {
            return relative(at.saturating_sub(origin), true);
        }
        self.say(at, &format!("{}%H:%M:%S%.3f", self.date))
    }

    /// `10:37`, with its date where the input spans several days; where it spans years, the date alone.
    pub fn minute(&self, at: Nanos) -> String {
        if let Some((origin, _)) = self.origin {
            return relative(at.saturating_sub(origin), false);
        }
        if self.date.contains("%Y") {
            return self.say(at, self.date.trim_end());
        }
        self.say(at, &format!("{}%H:%M", self.date))
    }

    /// `3 March 2026`.
    pub fn date(&self, at: Nanos) -> String {
        self.say(at, "%-d %B %Y")
    }

    /// `10:37:31, 3 March 2026`.
    pub fn moment(&self, at: Nanos) -> String {
        self.say(at, "%H:%M:%S, %-d %B %Y")
    }

    /// `10:45:40–10:47:10`; one time where both are the same second.
    pub fn range(&self, range: TimeRange) -> String {
        let from = self.time(range.from);
        let until = if self.is_one_day(range) && self.origin.is_none() {
            self.say(range.until, "%H:%M:%S")
        } else {
            self.time(range.until)
        };
        if from.ends_with(&until) { from } else { format!("{from}–{until}") }
    }

    /// A range with its dates: `10:45:40–10:47:10, 3 March 2026`, `3 March 2026, 23:10:00 – 4 March 2026, 01:00:00`.
    pub fn whole_range(&self, range: TimeRange) -> String {
        if self.origin.is_some() || self.date(range.from) == self.date(range.until) {
            return format!("{}, {}", self.range(range), self.date(range.from));
        }
        let said = |at| self.say(at, "%-d %B %Y, %H:%M:%S");
        format!("{} – {}", said(range.from), said(range.until))
    }

    /// `Ended between 10:37:31 and 10:39:16`, `Ended at 10:37:31`.
    pub fn ending(&self, range: TimeRange) -> String {
        let (from, until) = (self.time(range.from), self.time(range.until));
        if from == until { format!("Ended at {until}") } else { format!("Ended between {from} and {until}") }
    }

    fn say(&self, at: Nanos, format: &str) -> String {
        timestamp_from_nanos(at).to_zoned(self.zone.clone()).strftime(format).to_string()
    }
}

/// A length of time with its sign, as a clock writes it: `+0:12:34`, `−1:00:00.250`.
pub fn relative(length: Nanos, exact: bool) -> String {
    let sign = if length < 0 { '\u{2212}' } else { '+' };
    let millis = length.unsigned_abs() / 1_000_000;
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    if exact {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}.{:03}", millis % 1000)
    } else {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    }
}

/// The offset that the first source with one names.
pub fn source_offset(inspection: &Inspection) -> Option<Offset> {
    inspection
        .sources
        .iter()
        .find_map(|source| source.zone_offset_secs)
        .and_then(|secs| Offset::from_seconds(secs).ok())
}

/// The menu's words for a choice.
pub fn choice_words(choice: &ZoneChoice, inspection: Option<&Inspection>) -> String {
    match choice {
        ZoneChoice::Named(name) => name.clone(),
        ZoneChoice::Utc => "UTC".to_owned(),
        ZoneChoice::Local => "This computer's zone".to_owned(),
        ZoneChoice::Source => match inspection.and_then(source_offset) {
            Some(offset) => format!("The source's zone, {}", offset_words(offset)),
            None => "The source's zone (it names none)".to_owned(),
        },
    }
}

fn offset_words(offset: Offset) -> String {
    let secs = offset.seconds();
    let sign = if secs < 0 { '\u{2212}' } else { '+' };
    let minutes = secs.abs() / 60;
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SourceReport, time::SECOND};

    const AT: Nanos = 1_772_534_235_422_000_000;

    #[test]
    fn the_source_zone_is_the_one_that_its_stamps_name() {
        let mut inspection = Inspection::default();
        inspection
            .sources
            .push(SourceReport { zone_offset_secs: Some(-5 * 3600), ..SourceReport::new("a.log".into()) });
        let clock = Clock::new(ZoneChoice::Source, Some(&inspection));
        assert_eq!(clock.label(), "Source, UTC\u{2212}05:00");
        assert_eq!(clock.time(AT), "05:37:15");
    }

    #[test]
    fn a_range_within_one_second_is_one_time() {
        let clock = Clock::new(ZoneChoice::Utc, None);
        assert_eq!(clock.range(TimeRange { from: AT, until: AT + SECOND / 10 }), "10:37:15");
        assert_eq!(clock.range(TimeRange { from: AT, until: AT + 90 * SECOND }), "10:37:15–10:38:45");
    }

    #[test]
    fn a_range_of_several_days_says_both_dates() {
        let clock = Clock::new(ZoneChoice::Utc, None);
        let same = clock.whole_range(TimeRange { from: AT, until: AT + 90 * SECOND });
        assert_eq!(same, "10:37:15–10:38:45, 3 March 2026");
        let longer = clock.whole_range(TimeRange { from: AT, until: AT + 400 * 86_400 * SECOND });
        assert_eq!(longer, "3 March 2026, 10:37:15 – 7 April 2027, 10:37:15");
    }

    #[test]
    fn a_relative_time_says_its_sign() {
        let mut clock = Clock::new(ZoneChoice::Utc, None);
        clock.set_origin(Some((AT, TimeForm::SignIn)));
        assert_eq!(clock.time(AT + 754 * SECOND), "+0:12:34");
        assert_eq!(clock.exact(AT - SECOND / 4), "\u{2212}0:00:00.250");
        assert_eq!(clock.label(), "From the sign-in");
    }

    #[test]
    fn any_zone_of_the_database_may_be_chosen() {
        let zone = ZoneChoice::of("America/New_York").expect("it is known");
        assert_eq!(Clock::new(zone, None).time(AT), "05:37:15");
        assert_eq!(ZoneChoice::of("Nowhere/Atall"), None);
    }
}
