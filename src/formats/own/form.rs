//! The page of TOML that describes a format. `docs/own-formats.md` says what may stand in it.

use super::{
    Fault,
    plan::{Apart, Columns, Piece, Plan, Rule, Times, unit},
};
use crate::{
    formats::fields::Field,
    model::{Cause, EventKind, Stated},
};
use jiff::{fmt::strtime::BrokenDownTime, tz::TimeZone};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::{collections::BTreeMap, ops::Range};
use toml::Spanned;

const REMEDY: &str = "docs/own-formats.md shows what may stand here";

/// What may be mapped, by the names that the page uses.
const FIELDS: &[(&str, Field)] = &[
    ("time", Field::Time),
    ("user", Field::User),
    ("session", Field::Session),
    ("address", Field::Client),
    ("agent", Field::Agent),
    ("host", Field::Host),
    ("request", Field::Request),
    ("method", Field::Method),
    ("path", Field::Target),
    ("query", Field::Query),
    ("status", Field::Status),
    ("location", Field::Location),
    ("cookie", Field::Cookie),
    ("request_id", Field::RequestId),
    ("message", Field::Message),
    ("event", Field::Event),
    ("reason", Field::Reason),
    ("code", Field::Code),
    ("outcome", Field::Outcome),
    ("level", Field::Level),
    ("program", Field::Program),
];

/// What a rule may say that a record is.
const KINDS: &[EventKind] = &[
    EventKind::SignIn,
    EventKind::SignInFailed,
    EventKind::Activity,
    EventKind::Background,
    EventKind::Refresh,
    EventKind::RefreshRefused,
    EventKind::Rejection,
    EventKind::SignOut,
    EventKind::Close,
    EventKind::ServerStart,
    EventKind::ServerStop,
    EventKind::Operator,
    EventKind::AccountLocked,
    EventKind::AccountUnlocked,
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    name: Option<String>,
    #[serde(default)]
    about: String,
    #[serde(default)]
    example: String,
    pattern: Option<Spanned<Many>>,
    json: Option<Spanned<bool>>,
    delimiter: Option<Spanned<String>>,
    header: Option<bool>,
    #[serde(default)]
    fields: BTreeMap<String, Spanned<Many>>,
    #[serde(default)]
    time: Time,
    #[serde(default)]
    event: Vec<EventForm>,
    words: Option<bool>,
    #[serde(default)]
    others_go_on: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    format: Option<Spanned<Many>>,
    zone: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventForm {
    is: Spanned<String>,
    #[serde(rename = "where", default)]
    wheres: BTreeMap<String, Spanned<String>>,
    states: Option<Spanned<String>>,
}

/// One text, or several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
enum Many {
    Text(String),
    Number(u16),
    Texts(Vec<String>),
}

impl Many {
    fn texts(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Number(number) => vec![number.to_string()],
            Self::Texts(texts) => texts.clone(),
        }
    }
}

/// Reads a page; `stem` is its file's name without folder and extension.
pub(super) fn read(text: &str, stem: &str) -> Result<Plan, Fault> {
    let form: Form = toml::from_str(text).map_err(|error| {
        let remedy = "mend it there, and see docs/own-formats.md for what may stand where";
        let found = error.message().replace('\n', " ");
        match error.span() {
            Some(span) => Fault::at(text, span, "a page of TOML with the keys of a format", &found, remedy),
            None => Fault::whole("a page of TOML with the keys of a format", &found, remedy),
        }
    })?;
    let page = Page { text };
    let apart = page.apart(&form)?;
    let times = page.times(&form.time)?;
    let zone = form.time.zone.as_ref().map(|zone| page.zone(zone)).transpose()?;
    let rules = form.event.iter().map(|rule| page.rule(rule)).collect::<Result<Vec<_>, _>>()?;
    let id: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let plan = Plan {
        title: form.name.unwrap_or_else(|| stem.to_owned()),
        id,
        about: form.about,
        example: form.example,
        apart,
        times,
        zone,
        rules,
        words: form.words.unwrap_or(true),
        others_go_on: form.others_go_on,
    };
    if !plan.names_time() {
        let expected = "a part of the line that is the time";
        let remedy = "name a group of the pattern `time`, or say under [fields] which part it is: time = \"…\"";
        return Err(Fault::whole(expected, "none", remedy));
    }
    Ok(plan)
}

/// The page, for places in it.
struct Page<'a> {
    text: &'a str,
}

impl Page<'_> {
    fn fault(&self, span: Range<usize>, expected: &str, found: &str, remedy: &str) -> Fault {
        Fault::at(self.text, span, expected, found, remedy)
    }

    fn field(&self, name: &str, span: Range<usize>) -> Result<Field, Fault> {
        FIELDS.iter().find(|(known, _)| *known == name).map(|&(_, field)| field).ok_or_else(|| {
            let known: Vec<&str> = FIELDS.iter().map(|(known, _)| *known).collect();
            self.fault(span, &format!("one of {}", known.join(", ")), &format!("`{name}`"), REMEDY)
        })
    }

    /// What the page maps: the name of a group, path or column, and what it is.
    fn mapped(&self, form: &Form) -> Result<Vec<(String, Piece, Range<usize>)>, Fault> {
        let mut mapped = Vec::new();
        for (name, parts) in &form.fields {
            let field = self.field(name, parts.span())?;
            let texts = parts.get_ref().texts();
            let several = texts.len() > 1;
            for (at, part) in texts.into_iter().enumerate() {
                let piece = if field == Field::Time && several { Piece::Time(at) } else { Piece::Field(field) };
                mapped.push((part, piece, parts.span()));
            }
        }
        Ok(mapped)
    }

    fn apart(&self, form: &Form) -> Result<Apart, Fault> {
        let mapped = self.mapped(form)?;
        let json = form.json.as_ref().filter(|json| *json.get_ref());
        match (&form.pattern, json, &form.delimiter) {
            (Some(patterns), None, None) => {
                let (span, patterns) = (patterns.span(), patterns.get_ref().texts());
                let read = patterns.iter().map(|pattern| self.pattern(pattern, span.clone(), &mapped));
                Ok(Apart::Patterns(read.collect::<Result<_, _>>()?))
            }
            (None, Some(_), None) => {
                Ok(Apart::Json(mapped.into_iter().map(|(path, piece, _)| (path.into_bytes(), piece)).collect()))
            }
            (None, None, Some(delimiter)) => self.columns(delimiter, form.header.unwrap_or(true), mapped),
            (None, None, None) => {
                let remedy = "add pattern = '…', json = true or delimiter = \",\"";
                Err(Fault::whole("one way to take a line apart", "none", remedy))
            }
            _ => {
                let remedy = "keep one of pattern, json and delimiter";
                Err(Fault::whole("one way to take a line apart", "several", remedy))
            }
        }
    }

    fn pattern(
        &self,
        pattern: &str,
        span: Range<usize>,
        mapped: &[(String, Piece, Range<usize>)],
    ) -> Result<(Regex, Vec<(usize, Piece)>), Fault> {
        let regex = RegexBuilder::new(pattern).size_limit(10 << 20).build().map_err(|error| {
            let remedy = "the syntax is that of https://docs.rs/regex (no look-around, no back-references)";
            self.fault(span.clone(), "a regular expression", &last_line(&error.to_string()), remedy)
        })?;
        for (name, _, place) in mapped {
            if !regex.capture_names().flatten().any(|group| group == name) {
                let remedy = "name a group like it: (?<name>…)";
                return Err(self.fault(
                    place.clone(),
                    "the name of a group of the pattern",
                    &format!("`{name}`"),
                    remedy,
                ));
            }
        }
        let groups = regex
            .capture_names()
            .enumerate()
            .filter_map(|(group, name)| {
                let name = name?;
                let said = mapped.iter().find(|(other, ..)| other == name).map(|&(_, piece, _)| piece);
                let usual = || FIELDS.iter().find(|(known, _)| *known == name).map(|&(_, field)| Piece::Field(field));
                Some((group, said.or_else(usual)?))
            })
            .collect();
        Ok((regex, groups))
    }

    fn columns(
        &self,
        delimiter: &Spanned<String>,
        header: bool,
        mapped: Vec<(String, Piece, Range<usize>)>,
    ) -> Result<Apart, Fault> {
        let &[byte] = delimiter.get_ref().as_bytes() else {
            let found = format!("{:?}", delimiter.get_ref());
            let remedy = "write delimiter = \",\", \";\", \"|\" or \"\\t\"";
            return Err(self.fault(delimiter.span(), "one character between columns", &found, remedy));
        };
        let mut at = Vec::new();
        if !header {
            for (number, piece, span) in &mapped {
                let place = number.parse::<usize>().ok().filter(|number| (1..=1_000).contains(number));
                let Some(place) = place else {
                    let remedy = "without a header columns go by number, from 1: user = 3";
                    return Err(self.fault(span.clone(), "the number of a column", &format!("`{number}`"), remedy));
                };
                at.resize(at.len().max(place), None);
                if let Some(slot) = at.get_mut(place - 1) {
                    *slot = Some(*piece);
                }
            }
        }
        let named = mapped.into_iter().map(|(name, piece, _)| (name.into_bytes(), piece)).collect();
        Ok(Apart::Columns(Columns { delimiter: byte, header, named, at, heading: Vec::new() }))
    }

    fn times(&self, time: &Time) -> Result<Vec<Times>, Fault> {
        let Some(formats) = &time.format else { return Ok(Vec::new()) };
        formats.get_ref().texts().iter().map(|format| self.time(format, formats.span())).collect()
    }

    fn time(&self, format: &str, span: Range<usize>) -> Result<Times, Fault> {
        if let Some(unit) = unit(format) {
            return Ok(Times::Epoch(unit));
        }
        let remedy = "the directives are those of strptime, or epoch_s, epoch_ms, epoch_us, epoch_ns: \
                      https://docs.rs/jiff/latest/jiff/fmt/strtime";
        // A form that can't be written can't be read either; an empty one reads nothing.
        if format.is_empty() {
            return Err(self.fault(span, "the form of a time", "nothing", remedy));
        }
        if let Err(error) = BrokenDownTime::parse(format, "") {
            let said = error.to_string();
            if said.contains("unrecognized directive") || said.contains("not supported") {
                return Err(self.fault(span, "the form of a time", &last_line(&said), remedy));
            }
        }
        let unknown = directive_that_is_none(format);
        match unknown {
            Some(directive) => Err(self.fault(span, "the form of a time", &format!("`{directive}` in it"), remedy)),
            None => Ok(Times::Strptime(format.to_owned())),
        }
    }

    fn zone(&self, zone: &Spanned<String>) -> Result<TimeZone, Fault> {
        crate::formats::zone_named(zone.get_ref()).ok_or_else(|| {
            let expected = "a time zone such as Europe/Berlin, UTC or +02:00";
            self.fault(zone.span(), expected, &format!("{:?}", zone.get_ref()), "write it as the IANA database does")
        })
    }

    fn rule(&self, form: &EventForm) -> Result<Rule, Fault> {
        let is = form.is.get_ref();
        let kind = match KINDS.iter().find(|kind| kind.id() == is) {
            Some(kind) => Some(*kind),
            None if is == "nothing" => None,
            None => {
                let known: Vec<&str> = KINDS.iter().map(|kind| kind.id()).chain(["nothing"]).collect();
                let expected = format!("one of {}", known.join(", "));
                return Err(self.fault(form.is.span(), &expected, &format!("{is:?}"), REMEDY));
            }
        };
        let stated = match &form.states {
            None => Stated::Nothing,
            Some(id) => Stated::of_id(id.get_ref()).ok_or_else(|| {
                let causes = Cause::ALL.iter().map(|cause| cause.id());
                let stated = Stated::ALL.iter().map(|stated| stated.id()).filter(|id| !id.is_empty());
                let mut known: Vec<&str> = causes.chain(stated).filter(|id| Stated::of_id(id).is_some()).collect();
                known.sort_unstable();
                known.dedup();
                let expected = format!("one of {}", known.join(", "));
                self.fault(id.span(), &expected, &format!("{:?}", id.get_ref()), REMEDY)
            })?,
        };
        let mut wheres = Vec::new();
        for (name, pattern) in &form.wheres {
            let field = self.field(name, pattern.span())?;
            let regex = RegexBuilder::new(pattern.get_ref()).case_insensitive(true).size_limit(1 << 20).build();
            let regex = regex.map_err(|error| {
                let remedy = "the syntax is that of https://docs.rs/regex (no look-around, no back-references)";
                self.fault(pattern.span(), "a regular expression", &last_line(&error.to_string()), remedy)
            })?;
            wheres.push((field, regex));
        }
        Ok(Rule { kind, stated, wheres })
    }
}

/// The line of a message that says what it is about: regex puts the place before it.
fn last_line(message: &str) -> String {
    let line = message.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(message);
    line.trim().trim_start_matches("error: ").to_owned()
}

/// The first directive that no strptime knows.
fn directive_that_is_none(format: &str) -> Option<String> {
    let mut rest = format;
    while let Some((_, behind)) = rest.split_once('%') {
        let behind_flags = behind.trim_start_matches(['-', '_', '0', '^', '#', '.', ':']);
        let letter = behind_flags.trim_start_matches(|c: char| c.is_ascii_digit()).chars().next();
        match letter {
            Some(letter) if "%ABbhaCDdeFfGgHIjklMmNnPpQqRrSsTtUuVvWwXxYyZzc".contains(letter) => {
                let at = behind.find(letter)? + letter.len_utf8();
                rest = behind.get(at..)?;
            }
            Some(letter) => return Some(format!("%{letter}")),
            None => return Some("%".to_owned()),
        }
    }
    None
}
