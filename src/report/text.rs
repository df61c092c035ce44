//! What a person reads in a terminal: the sentence first, then why, then the rest.

use super::{how_sure, json::name_of, tokens, usual_word};
use crate::{
    inspection::Inspection,
    model::{
        Cause, EndedBy, Evidence, Explanation, KeyKind, KeyValue, Position, Session, SessionId, SourceReport, State,
        Usual, browser_words, time::timestamp_from_nanos,
    },
};
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// Sessions told in full; beyond it only counts, since nobody reads a thousand paragraphs.
const TOLD: usize = 40;

/// Writes the inspection. Styles are always written; the caller strips them where the output is no terminal.
pub fn write(inspection: &Inspection, summary: bool, show_secrets: bool, out: &mut dyn Write) -> io::Result<()> {
    for source in &inspection.sources {
        write_source(source, out)?;
    }
    if !inspection.is_readable() {
        return Ok(());
    }
    writeln!(out)?;
    write_counts(inspection, out)?;
    if !summary {
        let mut order: Vec<u32> = (0..inspection.sessions.len() as u32).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(interest(inspection, SessionId(index))));
        let told = if order.len() <= TOLD { order.len() } else { TOLD / 2 };
        order.truncate(told);
        if told < inspection.sessions.len() {
            writeln!(
                out,
                "{DIM}The {told} most telling of {} sessions; --format json lists all.{DIM:#}\n",
                inspection.sessions.len()
            )?;
        } else {
            order.sort_unstable();
        }
        for index in order {
            write_session(inspection, SessionId(index), show_secrets, out)?;
        }
    }
    write_rest(inspection, out)
}

/// Unusual endings first, then notable, then usual, then sessions still active.
fn interest(inspection: &Inspection, id: SessionId) -> u8 {
    match inspection.verdicts.get(id.0 as usize).and_then(Option::as_ref).map(|verdict| verdict.usual) {
        Some(Usual::Unusual) => 4,
        Some(Usual::Notable) => 3,
        Some(Usual::Unknown) => 2,
        Some(Usual::Usual) => 1,
        None => 0,
    }
}

fn write_source(source: &SourceReport, out: &mut dyn Write) -> io::Result<()> {
    let path = clean(&source.path.display().to_string());
    let Some(format) = source.format else {
        let why = source.warnings.first().map_or("could not be read", |warning| &warning.message);
        let red = AnsiColor::Red.on_default();
        return writeln!(out, "{red}not read{red:#}  {BOLD}{path}{BOLD:#}: {}", clean(why));
    };
    let producer = source.producer.as_deref().map_or(String::new(), |producer| format!(", by {}", clean(producer)));
    writeln!(
        out,
        "{BOLD}{path}{BOLD:#}  {DIM}{format}{producer}, {}, {}{DIM:#}",
        plural(source.records as usize, "record"),
        plural(source.events as usize, "event")
    )?;
    if let Some(offset) = source.clock_offset.filter(|offset| offset.is_off()) {
        let corrected = if offset.corrected { "; corrected for" } else { "" };
        let by = offset.basis.words();
        writeln!(out, "  {DIM}its clock is {}, by {by}{corrected}{DIM:#}", offset.words())?;
    }
    for limit in &source.limits {
        writeln!(out, "  {DIM}limit: {}{DIM:#}", clean(limit))?;
    }
    let yellow = AnsiColor::Yellow.on_default();
    if source.unreadable > 0 || !source.warnings.is_empty() {
        if source.unreadable > 0 {
            writeln!(out, "  {yellow}{} could not be read{yellow:#}", plural(source.unreadable as usize, "record"))?;
        }
        for warning in source.warnings.iter().take(3) {
            writeln!(
                out,
                "  {yellow}{}: {}{yellow:#}",
                place(warning.position, warning.offset),
                clean(&warning.message)
            )?;
        }
        if source.warnings.len() > 3 {
            writeln!(out, "  {yellow}and {} more{yellow:#}", source.warnings.len() - 3)?;
        }
    }
    Ok(())
}

fn place(position: Position, offset: u64) -> String {
    match position {
        Position::Line(line) => format!("line {line}, byte {offset}"),
        Position::Index(index) => format!("entry {index}, byte {offset}"),
        Position::Whole => "the file".to_owned(),
    }
}

fn write_counts(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let ended = inspection.verdicts.iter().flatten().count();
    let total = inspection.sessions.len();
    let unusual = inspection.verdicts.iter().flatten().filter(|verdict| verdict.usual == Usual::Unusual).count();
    if total == 0 {
        return writeln!(
            out,
            "{BOLD}No session found.{BOLD:#} Nothing in this input shows a sign-in, a session's end, or requests that carry a session.\n"
        );
    }
    writeln!(
        out,
        "{BOLD}{}{BOLD:#}: {ended} ended, {unusual} of them unusual, {} active",
        plural(total, "session"),
        total - ended
    )?;
    let mut counts: Vec<(usize, Cause)> = Cause::ALL
        .into_iter()
        .map(|cause| (inspection.verdicts.iter().flatten().filter(|verdict| verdict.cause == cause).count(), cause))
        .filter(|&(count, _)| count > 0)
        .collect();
    counts.sort_by_key(|&(count, cause)| (std::cmp::Reverse(count), cause));
    for (count, cause) in counts {
        let style = style_of(cause.usual());
        writeln!(out, "  {count:>6}  {style}{}{style:#}", cause.label())?;
    }
    writeln!(out)
}

fn style_of(usual: Usual) -> Style {
    match usual {
        Usual::Usual => Style::new(),
        Usual::Notable => AnsiColor::Cyan.on_default(),
        Usual::Unusual => AnsiColor::Red.on_default(),
        Usual::Unknown => AnsiColor::Yellow.on_default(),
    }
}

fn write_session(inspection: &Inspection, id: SessionId, show_secrets: bool, out: &mut dyn Write) -> io::Result<()> {
    let session = &inspection.sessions[id.0 as usize];
    let who = clean(session.user.as_deref().unwrap_or("unknown user"));
    let app = clean(&session.app);
    if let Some(told) = inspection.explain(id) {
        let verdict = told.verdict;
        let style = style_of(verdict.usual).bold();
        writeln!(out, "{style}{}{style:#}", clean(&told.headline))?;
        let (label, usual) = (verdict.cause.label(), usual_word(verdict.usual));
        let sure = how_sure(verdict, "  ");
        writeln!(out, "  {who} on {app}  {DIM}{label}  {usual}{sure}  {}{DIM:#}", name_of(id))?;
        write_times(session, out)?;
        write_why(&told, out)?;
    } else {
        let green = AnsiColor::Green.on_default().bold();
        writeln!(out, "{green}Still active where the input ends{green:#}")?;
        writeln!(out, "  {who} on {app}  {DIM}{}{DIM:#}", name_of(id))?;
        write_times(session, out)?;
    }
    for line in tokens::lines(inspection, id) {
        writeln!(out, "  {DIM}{}{DIM:#}", clean(&line))?;
    }
    let keys: Vec<String> = session
        .keys(&inspection.events.symbols)
        .iter()
        .map(|key| match &key.value {
            KeyValue::Secret(secret) if show_secrets => format!("{} {}", clean(&key.name), clean(secret.expose())),
            KeyValue::Secret(secret) => format!("{} #{}", clean(&key.name), secret.fingerprint()),
            KeyValue::Open(agent) if key.kind == KeyKind::Client && &*key.name == "user_agent" => {
                clean(&browser_words(agent))
            }
            KeyValue::Open(text) => format!("{} {}", clean(&key.name), clean(text)),
        })
        .collect();
    if !keys.is_empty() {
        writeln!(out, "  {DIM}{}{DIM:#}", keys.join("  "))?;
    }
    writeln!(out)
}

/// Date and time of day in UTC, to the second.
fn time(at: i64) -> String {
    format!("{:.0}", timestamp_from_nanos(at)).replace('T', " ").replace('Z', "")
}

fn write_times(session: &Session, out: &mut dyn Write) -> io::Result<()> {
    let day = |at| time(at).split(' ').next().unwrap_or_default().to_owned();
    let clock = |at| {
        let same_day = day(at) == day(session.started_at);
        if same_day { time(at).split(' ').nth(1).unwrap_or_default().to_owned() } else { time(at) }
    };
    if session.only_its_end_was_seen() {
        return writeln!(out, "  seen only when it ended, {} UTC", time(session.started_at));
    }
    let began = if session.start_seen { "signed in" } else { "seen from" };
    write!(out, "  {began} {} UTC", time(session.started_at))?;
    match session.first_dead_at.filter(|_| session.state == State::Ended) {
        Some(dead) if dead - session.last_alive_at < 1_000_000_000 => write!(out, ", ended {}", clock(dead))?,
        Some(dead) => write!(
            out,
            ", ended between {} (last alive) and {} ({})",
            clock(session.last_alive_at),
            clock(dead),
            session.clues.ended_by.map_or("first refused", EndedBy::label)
        )?,
        None => write!(out, ", last seen {}", clock(session.last_alive_at))?,
    }
    writeln!(out)
}

fn write_why(told: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    if !told.subline.is_empty() {
        writeln!(out, "  {}", clean(&told.subline))?;
    }
    let mut line = |fact: &Evidence, note: &str| {
        let (sign, style) = if fact.weight < 0.0 {
            ("\u{2212}", AnsiColor::Red.on_default())
        } else {
            ("+", AnsiColor::Green.on_default())
        };
        writeln!(out, "  {style}{sign}{style:#} {}{DIM}{note}{DIM:#}", clean(&fact.claim))
    };
    for fact in told.evidence.iter().filter(|fact| fact.favours == told.verdict.cause) {
        line(fact, "")?;
    }
    if told.verdict.cause == Cause::Undetermined {
        for fact in told.evidence.iter().take(5) {
            line(fact, &format!("  ({})", fact.favours.label().to_lowercase()))?;
        }
    }
    let open = told.verdict.cause == Cause::Undetermined;
    let weighed = if open { "candidate" } else { "also weighed" };
    for other in told.alternatives.iter().filter(|other| open || other.confidence >= 0.02) {
        writeln!(
            out,
            "  {DIM}{weighed}: {} {:.0} %. {}{DIM:#}",
            other.cause.label(),
            other.confidence * 100.0,
            clean(&other.against)
        )?;
    }
    for sentence in &told.tell_apart {
        writeln!(out, "  {DIM}would settle it: {}{DIM:#}", clean(sentence))?;
    }
    Ok(())
}

/// What the sessions say together, in sections with an empty line between them.
fn write_rest(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let mut sections = Vec::new();
    write_sections(inspection, &mut sections)?;
    out.write_all(sections.strip_prefix(b"\n").unwrap_or(&sections))
}

/// The title of a section below an empty line.
pub(super) fn section(out: &mut dyn Write, title: &str) -> io::Result<()> {
    writeln!(out, "\n{BOLD}{title}{BOLD:#}")
}

fn write_sections(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    if !inspection.incidents.is_empty() {
        section(out, "Incidents")?;
        for incident in &inspection.incidents {
            writeln!(out, "  {} UTC  {}", time(incident.range.from), clean(&incident.headline))?;
        }
    }
    if !inspection.patterns.is_empty() {
        section(out, "Patterns")?;
        for pattern in &inspection.patterns {
            writeln!(out, "  {BOLD}{}{BOLD:#}  {}", pattern.kind.label(), clean(&pattern.headline))?;
        }
    }
    let proofs = &inspection.events.proofs;
    if !proofs.findings.is_empty() {
        section(out, "Tokens")?;
        for finding in &proofs.findings {
            writeln!(out, "  {}", clean(&finding.headline))?;
        }
    }
    super::policy_text::write(inspection, out)?;
    if !inspection.accounts.is_empty() {
        section(out, "Accounts")?;
        for account in inspection.accounts.iter().take(TOLD) {
            writeln!(out, "  {} UTC  {}", time(account.at), clean(&account.headline))?;
        }
        if inspection.accounts.len() > TOLD {
            writeln!(out, "  {DIM}and {} more{DIM:#}", inspection.accounts.len() - TOLD)?;
        }
    }
    Ok(())
}

pub(super) fn plural(count: usize, word: &str) -> String {
    format!("{} {word}{}", grouped(count as u64), if count == 1 { "" } else { "s" })
}

/// Digits in groups of three, by thin spaces that any font has: `1 204`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown
}

/// What stood in an input, without the characters that move a terminal's cursor or reverse its text.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() || is_bidi(character) { '\u{fffd}' } else { character })
        .collect()
}

fn is_bidi(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_input_moves_the_cursor() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}c");
        assert_eq!(grouped(1_234_567), "1 234 567");
    }
}
