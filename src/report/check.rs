//! What became of each record: the answer to "why is there no event?", as a table and as JSON.

use super::{
    json::name_of,
    text::{BOLD, DIM, clean, plural},
};
use crate::{
    formats::Sniff,
    inspection::{Attempt, Became, Fate, Happened, Inspection, Readings},
    model::{Position, Recognised, SessionId, SourceId, SourceReport, time::rfc3339_from_nanos},
};
use anstyle::AnsiColor;
use serde::Serialize;
use serde_json::json;
use std::io::{self, Write};

/// Which records are listed.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The first one: a line counted from 1.
    pub from: u64,
    /// How many at most.
    pub most: usize,
}

/// Writes what became of the records of every source, for a person.
pub fn write(inspection: &Inspection, readings: &Readings, window: Window, out: &mut dyn Write) -> io::Result<()> {
    for (at, report) in inspection.sources.iter().enumerate() {
        let source = SourceId(at as u16);
        write_head(inspection, readings, source, report, out)?;
        if report.format.is_none() {
            continue;
        }
        let rows = inspection.became(source, window.from, window.most);
        for row in &rows {
            write_row(row, out)?;
        }
        let last = rows.last().map_or(0, |row| match row.position {
            Position::Line(line) => line,
            Position::Index(_) | Position::Whole => window.from - 1 + rows.len() as u64,
        });
        let all = report.lines.unwrap_or(report.records);
        if last < all && rows.len() >= window.most {
            writeln!(out, "{DIM}\u{2026} --from {} goes on, --limit shows more at once{DIM:#}", last + 1)?;
        }
        write_summary(inspection, source, report, out)?;
    }
    Ok(())
}

/// How sure it is that a source is of its format, and what that rests on.
fn why(inspection: &Inspection, source: SourceId, report: &SourceReport) -> String {
    let rests = inspection.head_read(source).map_or_else(String::new, |[records, events, unreadable]| {
        let unreadable = if unreadable > 0 { format!(", {unreadable} could not be read") } else { String::new() };
        let (records, events) = (plural(records as usize, "record"), plural(events as usize, "event"));
        format!("its first 256 KiB read as that give {records} with {events}{unreadable}")
    });
    match report.recognised {
        Some(Recognised::Certain) => format!("certain: {rests}"),
        Some(Recognised::Plausible) => format!("plausible, and no format is certain: {rests}"),
        Some(Recognised::Chosen) => format!("as you say: {rests}"),
        None => String::new(),
    }
}

fn write_head(
    inspection: &Inspection,
    readings: &Readings,
    source: SourceId,
    report: &SourceReport,
    out: &mut dyn Write,
) -> io::Result<()> {
    let path = clean(&report.path.display().to_string());
    let attempts = inspection.attempts(source, readings);
    let Some(Some(format)) = inspection.formats.get(source.0 as usize) else {
        let red = AnsiColor::Red.on_default();
        writeln!(out, "{red}not read{red:#}  {BOLD}{path}{BOLD:#}")?;
        if attempts.is_empty() {
            let why = report.warnings.first().map_or("could not be opened", |warning| &warning.message);
            return writeln!(out, "  {}", clean(why));
        }
        for attempt in &attempts {
            writeln!(out, "  {}", clean(&said(attempt)))?;
        }
        return writeln!(out, "  {DIM}--input-format NAME reads it as one of these all the same{DIM:#}");
    };
    let format = format.format();
    writeln!(out, "{BOLD}{path}{BOLD:#}  {BOLD}{}{BOLD:#} ({})", format.id(), clean(format.title()))?;
    writeln!(out, "  {}", why(inspection, source, report))?;
    let wrapping = inspection.contents.get(source.0 as usize).and_then(Option::as_ref).map(|it| it.wrapping().words());
    if let Some(words) = wrapping.filter(|words| !words.is_empty()) {
        writeln!(out, "  each line stands in {words}")?;
    }
    let others: Vec<String> = attempts
        .iter()
        .filter(|attempt| attempt.format.format().id() != format.id() && !matches!(attempt.sniff, Sniff::No(_)))
        .map(said)
        .collect();
    if !others.is_empty() {
        writeln!(out, "  {DIM}also tried: {}{DIM:#}", clean(&others.join("; ")))?;
    }
    for limit in &report.limits {
        writeln!(out, "  {DIM}limit: {}{DIM:#}", clean(limit))?;
    }
    writeln!(out)
}

/// What a format said of a source's head.
fn said(attempt: &Attempt) -> String {
    let id = attempt.format.format().id();
    let within = match attempt.wrapping.words() {
        "" => String::new(),
        words => format!(" (taken out of {words})"),
    };
    match &attempt.sniff {
        Sniff::Certain => format!("{id}: certain{within}"),
        Sniff::Plausible => format!("{id}: plausible{within}"),
        Sniff::No(why) => format!("{id}: {why}{within}"),
    }
}

fn place(position: Position) -> String {
    match position {
        Position::Line(line) => format!("line {line}"),
        Position::Index(index) => format!("entry {index}"),
        Position::Whole => "all".to_owned(),
    }
}

fn write_row(row: &Became, out: &mut dyn Write) -> io::Result<()> {
    let place = place(row.position);
    match &row.fate {
        Fate::Events(events) => {
            for (at, event) in events.iter().enumerate() {
                let place = if at == 0 { &*place } else { "" };
                writeln!(out, "{place:<10}  {}", event_words(event))?;
            }
        }
        Fate::GoesOn => writeln!(out, "{place:<10}  {DIM}goes on with the record before it{DIM:#}")?,
        Fate::Quiet(why) => writeln!(out, "{place:<10}  {DIM}no event: {why}{DIM:#}")?,
        Fate::Unreadable(why) => {
            let yellow = AnsiColor::Yellow.on_default();
            writeln!(out, "{place:<10}  {yellow}not read: {}{yellow:#}", clean(why))?;
        }
    }
    writeln!(out, "{:<10}  {DIM}{}{DIM:#}", "", clean(&row.text))
}

/// `2026-11-23T07:26:22.000Z  Sign-in  mika  127.0.0.12  s3 (pid 1562)  states idle`.
fn event_words(event: &Happened) -> String {
    let mut words = format!("{}  {BOLD}{}{BOLD:#}", rfc3339_from_nanos(event.time), event.kind.label());
    for part in [&event.user, &event.client] {
        if !part.is_empty() {
            words.push_str("  ");
            words.push_str(&clean(part));
        }
    }
    if let Some(session) = event.session {
        words.push_str("  ");
        words.push_str(&name_of(SessionId(session)));
        if !event.key.is_empty() {
            words.push_str(" (");
            words.push_str(&clean(&event.key));
            words.push(')');
        }
    }
    if !event.stated.id().is_empty() {
        words.push_str("  states ");
        words.push_str(event.stated.id());
    }
    words
}

fn write_summary(
    inspection: &Inspection,
    source: SourceId,
    report: &SourceReport,
    out: &mut dyn Write,
) -> io::Result<()> {
    let lines = report.lines.map_or_else(String::new, |lines| format!("{}, ", plural(lines as usize, "line")));
    let (records, events) = (plural(report.records as usize, "record"), plural(report.events as usize, "event"));
    writeln!(out, "\n{BOLD}{lines}{records}, {events}, {} not read{BOLD:#}", report.unreadable)?;
    for (kind, count) in inspection.kinds_of(source) {
        writeln!(out, "  {count:>9}  {}", kind.label())?;
    }
    for (why, count) in &report.quiet {
        writeln!(out, "  {count:>9}  {DIM}no event: {why}{DIM:#}")?;
    }
    let yellow = AnsiColor::Yellow.on_default();
    for warning in report.warnings.iter().take(20) {
        writeln!(out, "  {yellow}{:>9}  {}{yellow:#}", place(warning.position), clean(&warning.message))?;
    }
    if let Some(more) = report.warnings.len().checked_sub(20).filter(|more| *more > 0) {
        writeln!(out, "  {yellow}and {more} more{yellow:#}")?;
    }
    writeln!(out)
}

#[derive(Serialize)]
struct EventOut<'a> {
    at: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    user: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    client: &'a str,
    session: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    key: &'a str,
    stated: Option<&'static str>,
    cause: Option<&'static str>,
    what: &'a str,
}

impl<'a> EventOut<'a> {
    fn of(event: &'a Happened) -> Self {
        Self {
            at: rfc3339_from_nanos(event.time),
            kind: event.kind.id(),
            user: &event.user,
            client: &event.client,
            session: event.session.map(|session| name_of(SessionId(session))),
            key: &event.key,
            stated: Some(event.stated.id()).filter(|id| !id.is_empty()),
            cause: event.stated.cause().map(crate::model::Cause::id),
            what: &event.what,
        }
    }
}

/// Writes the same as one JSON object: `lapsed.check/1`, fields may be added.
pub fn write_json(inspection: &Inspection, readings: &Readings, window: Window, out: &mut dyn Write) -> io::Result<()> {
    let sources = inspection.sources.iter().enumerate().map(|(at, report)| {
        let source = SourceId(at as u16);
        let tried: Vec<serde_json::Value> = inspection
            .attempts(source, readings)
            .iter()
            .map(|attempt| {
                let (sure, why) = match &attempt.sniff {
                    Sniff::Certain => ("certain", None),
                    Sniff::Plausible => ("plausible", None),
                    Sniff::No(why) => ("no", Some(why)),
                };
                let wrapping = Some(attempt.wrapping.words()).filter(|words| !words.is_empty());
                json!({ "format": attempt.format.format().id(), "taken_out_of": wrapping, "sure": sure, "why": why })
            })
            .collect();
        let kinds: serde_json::Map<String, serde_json::Value> =
            inspection.kinds_of(source).into_iter().map(|(kind, count)| (kind.id().to_owned(), count.into())).collect();
        let quiet: Vec<serde_json::Value> =
            report.quiet.iter().map(|(why, count)| json!({ "why": why, "records": count })).collect();
        let rows =
            if report.format.is_some() { inspection.became(source, window.from, window.most) } else { Vec::new() };
        json!({
            "path": report.path.display().to_string(),
            "format": report.format,
            "sure": report.recognised.map(Recognised::id),
            "why": report.recognised.map(|_| why(inspection, source, report)),
            "tried": tried,
            "lines": report.lines,
            "records": report.records,
            "events": report.events,
            "unreadable": report.unreadable,
            "limits": report.limits,
            "kinds": kinds,
            "no_event": quiet,
            "became": rows.iter().map(row_json).collect::<Vec<_>>(),
        })
    });
    let all = json!({ "schema": "lapsed.check/1", "sources": sources.collect::<Vec<_>>() });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}

fn row_json(row: &Became) -> serde_json::Value {
    let (line, index) = match row.position {
        Position::Line(line) => (Some(line), None),
        Position::Index(index) => (None, Some(index)),
        Position::Whole => (None, None),
    };
    let (became, events, why) = match &row.fate {
        Fate::Events(events) => ("events", events.iter().map(EventOut::of).collect(), None),
        Fate::GoesOn => ("goes_on", Vec::new(), None),
        Fate::Quiet(why) => ("no_event", Vec::new(), Some((*why).to_owned())),
        Fate::Unreadable(why) => ("unreadable", Vec::new(), Some(why.clone())),
    };
    json!({
        "line": line, "index": index, "offset": row.offset, "became": became, "why": why, "events": events, "text": row.text,
    })
}
