//! How the lines of a format of the user's own are taken apart, and what they mean.

use crate::{
    formats::{
        Input, Sniff,
        civil::{self, Order, Settled},
        fields::{Field, Part, role},
        happened::Happened,
        json::{MAX_DEPTH, Text, Value, Walk},
        lines::{self, head_lines},
        record::{Names, Record},
        record_lines::{self, Held, Named, Notation, Ruled},
        stamp_forms,
        stated::stated_from_text,
        timestamp::{Stamp, Stamps},
    },
    model::{EventKind, EventStore, Family, SourceReport, Stated, time::SECOND},
};
use jiff::{civil::DateTime, fmt::strtime::BrokenDownTime, tz::TimeZone};
use regex::bytes::{CaptureLocations, Regex};
use std::{borrow::Cow, sync::Arc};

/// A format: how lines are taken apart, and what they mean.
#[derive(Clone, Debug)]
pub(in crate::formats) struct Plan {
    pub(in crate::formats) id: String,
    pub(in crate::formats) title: String,
    /// Where it is described.
    pub(in crate::formats) about: String,
    pub(in crate::formats) example: String,
    pub(in crate::formats) apart: Apart,
    /// The forms of its stamps, tried in order; none for whatever form is known.
    pub(in crate::formats) times: Vec<Times>,
    /// The zone of stamps that name none.
    pub(in crate::formats) zone: Option<TimeZone>,
    /// The first that fits says what a record means.
    pub(in crate::formats) rules: Vec<Rule>,
    /// Whether what no rule fits is told by its words.
    pub(in crate::formats) words: bool,
    /// Whether lines that are not of this form go on with the record before them.
    pub(in crate::formats) others_go_on: bool,
}

/// How a line is taken apart.
#[derive(Clone, Debug)]
pub(in crate::formats) enum Apart {
    /// By the first pattern that fits, its groups by number.
    Patterns(Vec<(Regex, Vec<(usize, Piece)>)>),
    /// By paths into a JSON object, dots between the names.
    Json(Vec<(Vec<u8>, Piece)>),
    /// By columns.
    Columns(Columns),
}

/// What a part of a line is: a field, or a piece of the time by its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Piece {
    /// A field.
    Field(Field),
    /// A piece of the time.
    Time(usize),
}

/// The columns of a line.
#[derive(Clone, Debug)]
pub(in crate::formats) struct Columns {
    pub(in crate::formats) delimiter: u8,
    /// Whether the first line names them.
    pub(in crate::formats) header: bool,
    /// What the form calls columns: by name, or by number counted from 1.
    pub(in crate::formats) named: Vec<(Vec<u8>, Piece)>,
    /// What each is, once the header is known.
    pub(in crate::formats) at: Vec<Option<Piece>>,
    /// The line that names them.
    pub(in crate::formats) heading: Vec<u8>,
}

/// A form of stamps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Times {
    /// By the directives of strptime.
    Strptime(String),
    /// As people write dates.
    Civil(Order),
    /// A count since 1970 in units of so many nanoseconds.
    Epoch(i64),
}

/// What a record that fits means.
#[derive(Clone, Debug)]
pub(in crate::formats) struct Rule {
    /// `None` for nothing.
    pub(in crate::formats) kind: Option<EventKind>,
    pub(in crate::formats) stated: Stated,
    /// What must be found in which field.
    pub(in crate::formats) wheres: Vec<(Field, Regex)>,
}

impl Plan {
    /// How its events form sessions: by requests, where it has them, else by what its records say.
    pub(in crate::formats) fn family(&self) -> Family {
        let requests = self.maps(Field::Request) || self.maps(Field::Method) && self.maps(Field::Target);
        if requests && (self.maps(Field::Status) || self.maps(Field::RequestId)) {
            Family::Requests
        } else {
            Family::Named
        }
    }

    /// Whether some part of a line is this field.
    fn maps(&self, field: Field) -> bool {
        let is = |piece: &Piece| *piece == Piece::Field(field);
        match &self.apart {
            Apart::Patterns(patterns) => patterns.iter().any(|(_, groups)| groups.iter().any(|(_, part)| is(part))),
            Apart::Json(paths) => paths.iter().any(|(_, part)| is(part)),
            Apart::Columns(columns) => {
                columns.named.iter().any(|(_, part)| is(part)) || columns.at.iter().flatten().any(is)
            }
        }
    }

    /// Whether some part of a line is the time. The columns of a header are known later.
    pub(super) fn names_time(&self) -> bool {
        let is = |piece: &Piece| matches!(piece, Piece::Field(Field::Time) | Piece::Time(_));
        match &self.apart {
            Apart::Patterns(patterns) => patterns.iter().all(|(_, groups)| groups.iter().any(|(_, piece)| is(piece))),
            Apart::Json(_) => true,
            Apart::Columns(columns) => columns.header || columns.named.iter().any(|(_, piece)| is(piece)),
        }
    }

    /// When a text says it was.
    pub(in crate::formats) fn stamp(&self, text: &[u8], stamps: &mut Stamps) -> Option<Stamp> {
        match *self.times {
            [] => return stamp_forms::of_field(stamps, text),
            [Times::Civil(order)] => {
                return stamp_forms::of_field(stamps, text).or_else(|| civil::read(text.trim_ascii(), order));
            }
            _ => {}
        }
        let text = std::str::from_utf8(text.trim_ascii()).ok()?;
        self.times.iter().find_map(|times| times.read(text))
    }
}

impl Times {
    fn read(&self, text: &str) -> Option<Stamp> {
        match self {
            Self::Civil(order) => civil::read(text.as_bytes(), *order),
            Self::Epoch(unit) => {
                let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
                let mut nanos = whole.parse::<i64>().ok()?.checked_mul(*unit)?;
                let mut part = *unit;
                for digit in fraction.bytes().take(9) {
                    part /= 10;
                    nanos =
                        nanos.checked_add(i64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?) * part)?;
                }
                (nanos >= 0).then_some(Stamp { at: nanos, zone: Some(0), len: text.len() })
            }
            Self::Strptime(format) => {
                let mut broken = BrokenDownTime::parse(format, text).ok()?;
                let len = text.len();
                let zone = broken.offset().map(jiff::tz::Offset::seconds);
                if zone.is_some() || broken.timestamp().is_some() {
                    let at = i64::try_from(broken.to_timestamp().ok()?.as_nanosecond()).ok()?;
                    return (at >= 0).then_some(Stamp { at, zone: zone.or(Some(0)), len });
                }
                let known = broken.year().is_some();
                if !known {
                    // A leap year before anything that a log holds; which one it is shows in the source as a whole.
                    broken.set_year(Some(1904)).ok()?;
                }
                let civil: DateTime = broken.to_datetime().ok()?;
                let at = i64::try_from(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_nanosecond()).ok()?;
                (known == (at >= 0)).then_some(Stamp { at, zone: None, len })
            }
        }
    }
}

/// The plan with its columns found in the first line of a source.
fn with_header(plan: &Arc<Plan>, head: &[u8]) -> Arc<Plan> {
    let Apart::Columns(columns) = &plan.apart else { return Arc::clone(plan) };
    if !columns.header || !columns.heading.is_empty() {
        return Arc::clone(plan);
    }
    let first = head_lines(head).next().unwrap_or_default();
    let mut names = Vec::new();
    let _ = split(first, columns.delimiter, &mut names);
    let at = names.iter().map(|name| columns.part_of(name)).collect();
    let columns = Columns { at, heading: first.to_vec(), ..columns.clone() };
    Arc::new(Plan { apart: Apart::Columns(columns), ..Plan::clone(plan) })
}

/// Whether a text is a time of any form that needs no more than itself.
pub(in crate::formats) fn is_time(text: &[u8]) -> bool {
    stamp_forms::of_field(&mut Stamps::default(), text).is_some() || civil::read(text, Order::DayFirst).is_some()
}

/// The plan with its columns found in the first line of a source, and with the order of day and month that its dates have,
/// where it does not say their form.
fn settled(plan: &Arc<Plan>, head: &[u8]) -> (Arc<Plan>, Settled) {
    let plan = with_header(plan, head);
    if !plan.times.is_empty() {
        return (plan, Settled::Plain);
    }
    let (mut told, mut stamps, mut dates) = (Told::new(&plan), Stamps::default(), Vec::new());
    for line in head_lines(head) {
        let mut record = Record::default();
        if told.read(line, &mut record) == Held::Record {
            let text = told.time_of(&record).into_owned();
            if stamp_forms::of_field(&mut stamps, &text).is_none() {
                dates.push(text);
            }
        }
    }
    if dates.is_empty() {
        return (plan, Settled::Plain);
    }
    let (order, settled) = Order::of(&dates.iter().map(Vec::as_slice));
    (Arc::new(Plan { times: vec![Times::Civil(order)], ..Plan::clone(&plan) }), settled)
}

/// Reads a source by a plan.
pub(in crate::formats) fn read_with(
    plan: &Arc<Plan>,
    head: &[u8],
    input: &Input<'_>,
    events: &mut EventStore,
    report: &mut SourceReport,
    chunk_bytes: u64,
) {
    let (plan, order) = settled(plan, head);
    record_lines::read(input, events, report, chunk_bytes, &Told::new(&plan));
    if order == Settled::ByHabit {
        let habit = if plan.times == [Times::Civil(Order::MonthFirst)] { "month" } else { "day" };
        report.limits.push(format!("nothing in its dates tells day and month apart; they were read as {habit} first"));
    }
}

impl Columns {
    /// What the column of this name is: as the form says, else by what programs mostly call such a thing.
    fn part_of(&self, name: &[u8]) -> Option<Piece> {
        let named = self.named.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|&(_, part)| part);
        let said = |field: Field| {
            self.named
                .iter()
                .any(|&(_, part)| part == Piece::Field(field) || field == Field::Time && matches!(part, Piece::Time(_)))
        };
        let usual = || role(Part::Record, name).plain.map(|(field, _)| field).filter(|field| !said(*field));
        named.or_else(|| usual().map(Piece::Field))
    }
}

/// Takes a row apart; `false` where its last value is open, that is, goes on in the next line.
pub(in crate::formats) fn split<'a>(line: &'a [u8], delimiter: u8, values: &mut Vec<&'a [u8]>) -> bool {
    values.clear();
    let mut rest = line;
    loop {
        if rest.first() == Some(&b'"') {
            let mut from = 1;
            let end = loop {
                match memchr::memchr(b'"', rest.get(from..).unwrap_or_default()) {
                    None => {
                        values.push(rest.get(1..).unwrap_or_default());
                        return false;
                    }
                    Some(at) if rest.get(from + at + 1) == Some(&b'"') => from += at + 2,
                    Some(at) => break from + at,
                }
            };
            values.push(rest.get(1..end).unwrap_or_default());
            let behind = rest.get(end + 1..).unwrap_or_default();
            match memchr::memchr(delimiter, behind) {
                Some(at) => rest = behind.get(at + 1..).unwrap_or_default(),
                None => return true,
            }
            continue;
        }
        if let Some(at) = memchr::memchr(delimiter, rest) {
            values.push(rest.get(..at).unwrap_or_default().trim_ascii());
            rest = rest.get(at + 1..).unwrap_or_default();
        } else {
            values.push(rest.trim_ascii());
            return true;
        }
    }
}

/// Tells by the head of a source whether it is of a plan.
pub(in crate::formats) fn sniff(plan: &Arc<Plan>, head: &[u8]) -> Sniff {
    /// Enough to tell by.
    const LINES: usize = 400;
    let (plan, _) = settled(plan, head);
    if let Apart::Columns(columns) = &plan.apart {
        let known = |part: &Piece| columns.at.contains(&Some(*part));
        if let Some((name, _)) = columns.named.iter().find(|(_, part)| columns.header && !known(part)) {
            return Sniff::No(format!("its first line names no column {}", lines::text(name)));
        }
    }
    let mut told = Told::new(&plan);
    let mut stamps = Stamps::default();
    let (mut all, mut ours) = (0_u32, 0_u32);
    for line in head_lines(head).take(LINES) {
        let mut record = Record::default();
        match told.read(line, &mut record) {
            Held::Heading | Held::Start | Held::GoesOn => continue,
            Held::Record if told.stamp(&record, &mut stamps).is_some() && told.is_of_plan(&record) => ours += 1,
            _ => {}
        }
        all += 1;
    }
    match () {
        () if ours == 0 => Sniff::No("no line is of its form and has a time of its form".to_owned()),
        () if ours * 2 > all => Sniff::Certain,
        () => Sniff::No(format!("only {ours} of its first {all} lines are of its form and have a time of its form")),
    }
}

/// A plan at work on the lines of one chunk.
#[derive(Clone, Debug)]
pub(super) struct Told {
    plan: Arc<Plan>,
    found: Vec<(Regex, CaptureLocations)>,
    names: Names,
    time: Vec<Vec<u8>>,
    path: Vec<u8>,
    /// Whether the row before ended inside a quoted value.
    open: bool,
}

impl Told {
    pub(super) fn new(plan: &Arc<Plan>) -> Self {
        let found = match &plan.apart {
            Apart::Patterns(patterns) => {
                patterns.iter().map(|(regex, _)| (regex.clone(), regex.capture_locations())).collect()
            }
            _ => Vec::new(),
        };
        let (names, time, path) = (Names::default(), Vec::new(), Vec::new());
        Self { plan: Arc::clone(plan), found, names, time, path, open: false }
    }

    /// Whether a record has something of what the plan names beside a time. Of JSON any line is a record.
    fn is_of_plan(&self, record: &Record<'_>) -> bool {
        match &self.plan.apart {
            Apart::Json(paths) => paths.iter().any(|(_, part)| match part {
                Piece::Field(Field::Time) | Piece::Time(_) => false,
                Piece::Field(field) => record.has(*field),
            }),
            Apart::Patterns(_) | Apart::Columns(_) => true,
        }
    }

    fn note<'a>(&mut self, part: Piece, text: Text<'a>, record: &mut Record<'a>) {
        match part {
            Piece::Field(field) => record.set(field, text),
            Piece::Time(at) => {
                if self.time.len() <= at {
                    self.time.resize(at + 1, Vec::new());
                }
                if let Some(slot) = self.time.get_mut(at) {
                    slot.clear();
                    slot.extend_from_slice(&text.bytes());
                }
            }
        }
    }

    /// The time of the record that was read last, its pieces joined.
    fn time_of<'a>(&self, record: &Record<'a>) -> Cow<'a, [u8]> {
        if self.time.iter().all(Vec::is_empty) { record.get(Field::Time) } else { Cow::Owned(self.time.join(&b' ')) }
    }

    fn by_pattern<'a>(&mut self, line: &'a [u8], record: &mut Record<'a>) -> bool {
        let plan = Arc::clone(&self.plan);
        let Apart::Patterns(patterns) = &plan.apart else { return false };
        for (at, (_, groups)) in patterns.iter().enumerate() {
            let Some((regex, locations)) = self.found.get_mut(at) else { continue };
            if regex.captures_read(locations, line).is_none() {
                continue;
            }
            for &(group, part) in groups {
                let span = self.found.get(at).and_then(|(_, locations)| locations.get(group));
                if let Some(text) = span.and_then(|(from, until)| line.get(from..until)) {
                    self.note(part, Text::plain(text.trim_ascii()), record);
                }
            }
            return true;
        }
        false
    }

    fn by_path<'a>(
        &mut self,
        walk: &mut Walk<'a>,
        paths: &[(Vec<u8>, Piece)],
        depth: usize,
        record: &mut Record<'a>,
    ) -> Option<()> {
        while let Some(key) = walk.key().ok()? {
            let len = self.path.len();
            if len > 0 {
                self.path.push(b'.');
            }
            self.path.extend_from_slice(key.raw);
            let found = paths.iter().find(|(path, _)| *path == self.path).map(|&(_, part)| part);
            match walk.value().ok()? {
                Value::Text(text) => {
                    if let Some(part) = found {
                        self.note(part, text, record);
                    }
                }
                Value::Bare(bare) => {
                    if let Some(part) = found {
                        self.note(part, Text::plain(bare), record);
                    }
                }
                Value::Object => {
                    let leads = |(path, _): &(Vec<u8>, Piece)| {
                        path.strip_prefix(&*self.path).is_some_and(|rest| rest.starts_with(b"."))
                    };
                    if depth < MAX_DEPTH && paths.iter().any(leads) {
                        self.by_path(walk, paths, depth + 1, record)?;
                    } else {
                        walk.leave().ok()?;
                    }
                }
                Value::Array => walk.leave().ok()?,
            }
            self.path.truncate(len);
        }
        Some(())
    }

    fn by_column<'a>(&mut self, columns: &Columns, line: &'a [u8], record: &mut Record<'a>) -> Held {
        if columns.header && line == columns.heading {
            return Held::Heading;
        }
        if self.open {
            // Inside a value that goes over several lines until a quote stands alone.
            self.open = memchr::memchr_iter(b'"', line).count().is_multiple_of(2);
            return Held::GoesOn;
        }
        let mut values = Vec::with_capacity(columns.at.len());
        let whole = split(line, columns.delimiter, &mut values);
        if whole && values.len() < columns.at.len() {
            return Held::Unreadable("expected a row with as many columns as the format has, found one with fewer");
        }
        self.open = !whole;
        for (part, value) in columns.at.iter().zip(&values) {
            if let Some(part) = *part {
                self.note(part, Text::plain(value), record);
            }
        }
        Held::Record
    }
}

impl Notation for Told {
    fn read<'a>(&mut self, line: &'a [u8], record: &mut Record<'a>) -> Held {
        self.time.iter_mut().for_each(Vec::clear);
        let plan = Arc::clone(&self.plan);
        let held = match &plan.apart {
            Apart::Patterns(_) if self.by_pattern(line, record) => Held::Record,
            Apart::Patterns(_) => Held::Unreadable("expected a line that the format's pattern fits, found another"),
            Apart::Json(paths) => {
                let whole = record.read_json(line, &mut self.names).is_ok();
                let mut walk = Walk::new(line);
                self.path.clear();
                if whole && walk.value() == Ok(Value::Object) && self.by_path(&mut walk, paths, 0, record).is_some() {
                    Held::Record
                } else {
                    Held::Unreadable("expected a JSON object, found a line that is none or is cut off")
                }
            }
            Apart::Columns(columns) => self.by_column(columns, line, record),
        };
        match held {
            Held::Unreadable(_) if plan.others_go_on || matches!(line.first(), Some(b' ' | b'\t')) => Held::GoesOn,
            held => held,
        }
    }

    fn stamp(&mut self, record: &Record<'_>, stamps: &mut Stamps) -> Option<Stamp> {
        let text = self.time_of(record);
        self.plan.stamp(&text, stamps)
    }

    fn ruled(&mut self, record: &Record<'_>) -> Ruled {
        let fits = |rule: &&Rule| rule.wheres.iter().all(|(field, regex)| regex.is_match(&record.get(*field)));
        let Some(rule) = self.plan.rules.iter().find(fits) else {
            return if self.plan.words { Ruled::Open } else { Ruled::Nothing };
        };
        let Some(kind) = rule.kind else { return Ruled::Nothing };
        let words = || {
            let [message, reason] = [Field::Message, Field::Reason].map(|field| record.get(field));
            let stated = stated_from_text(&lines::text(&reason));
            if stated == Stated::Nothing { stated_from_text(&lines::text(&message)) } else { stated }
        };
        let ends = matches!(
            kind,
            EventKind::Rejection
                | EventKind::RefreshRefused
                | EventKind::SignOut
                | EventKind::Close
                | EventKind::SignInFailed
        );
        let stated = match rule.stated {
            Stated::Nothing if ends => words(),
            stated => stated,
        };
        let stated = if kind == EventKind::SignOut && stated.cause().is_none() { Stated::LoggedOut } else { stated };
        Ruled::Is(Happened { kind, stated })
    }

    fn named(&self) -> Option<Named<'_>> {
        (self.plan.family() == Family::Named)
            .then(|| Named { app: &self.plan.title, by_session: self.plan.maps(Field::Session) })
    }
}

/// The unit of a count since 1970 by its name, in nanoseconds.
pub(super) fn unit(name: &str) -> Option<i64> {
    Some(match name {
        "epoch_s" => SECOND,
        "epoch_ms" => SECOND / 1_000,
        "epoch_us" => SECOND / 1_000_000,
        "epoch_ns" => 1,
        _ => return None,
    })
}
