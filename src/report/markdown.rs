//! Markdown, to be pasted into a ticket: the verdict, what shows it, what to do. Secrets are fingerprints, always.
//!
//! What stood in an input can't become a link, an image, a heading or HTML: every character that Markdown would read is
//! escaped.

use super::{how_sure, json::name_of, usual_word};
use crate::{
    diagnosis::causes::about,
    inspection::Inspection,
    model::{
        Cause, EndedBy, Evidence, Explanation, KeyValue, Nanos, Session, SessionId, State, Usual, duration_words,
        time::timestamp_from_nanos,
    },
};
use std::{
    fmt::Write as _,
    io::{self, Write},
};

/// Sessions told in full; beyond it only counts, since nobody reads a thousand paragraphs.
const TOLD: usize = 40;

/// Writes the inspection. The summary leaves out the sessions.
pub fn write(inspection: &Inspection, summary: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Why sessions ended\n")?;
    for source in &inspection.sources {
        let name = escaped(&source.path.display().to_string());
        if let Some(format) = source.format {
            writeln!(out, "- **{name}**: {format}, {} records, {} events", source.records, source.events)?;
        } else {
            let why = source.warnings.first().map_or("could not be read", |warning| &warning.message);
            writeln!(out, "- **{name}**: not read. {}", escaped(why))?;
        }
        for limit in &source.limits {
            writeln!(out, "  - Limit: {}", escaped(limit))?;
        }
        if source.unreadable > 0 {
            writeln!(out, "  - {} records could not be read", source.unreadable)?;
        }
    }
    writeln!(out)?;
    counts(inspection, out)?;
    for (head, lines) in findings(inspection) {
        if !lines.is_empty() {
            writeln!(out, "## {head}\n")?;
            for line in lines {
                writeln!(out, "- {line}")?;
            }
            writeln!(out)?;
        }
    }
    if summary || inspection.sessions.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Sessions\n")?;
    let mut order: Vec<SessionId> = (0..inspection.sessions.len() as u32).map(SessionId).collect();
    order.sort_by_key(|&id| attention(inspection, id));
    if order.len() > TOLD {
        writeln!(out, "The {TOLD} most telling of {}.\n", order.len())?;
    }
    for id in order.into_iter().take(TOLD) {
        writeln!(out, "{}", told(inspection, id, "###"))?;
    }
    Ok(())
}

/// One session, to be pasted: its sentence, its interval, what shows it, what else was weighed, what to do.
pub fn session(inspection: &Inspection, id: SessionId) -> String {
    told(inspection, id, "##")
}

fn attention(inspection: &Inspection, id: SessionId) -> u8 {
    match inspection.verdicts.get(id.0 as usize).and_then(Option::as_ref).map(|verdict| verdict.usual) {
        Some(Usual::Unusual) => 0,
        Some(Usual::Notable) => 1,
        Some(Usual::Unknown) => 2,
        Some(Usual::Usual) => 3,
        None => 4,
    }
}

fn counts(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let all = inspection.sessions.len();
    let ended = inspection.verdicts.iter().flatten().count();
    writeln!(out, "{all} sessions, {ended} ended, {} active.\n", all - ended)?;
    let count = |cause: Cause| inspection.verdicts.iter().flatten().filter(|verdict| verdict.cause == cause).count();
    let mut counted: Vec<(usize, Cause)> = Cause::ALL.into_iter().map(|cause| (count(cause), cause)).collect();
    counted.retain(|&(count, _)| count > 0);
    counted.sort_by_key(|&(count, cause)| (std::cmp::Reverse(count), cause));
    if counted.is_empty() {
        return Ok(());
    }
    writeln!(out, "| Cause | Sessions | |\n| --- | ---: | --- |")?;
    for (count, cause) in counted {
        writeln!(out, "| {} | {count} | {} |", cause.label(), usual_word(cause.usual()))?;
    }
    writeln!(out)
}

fn findings(inspection: &Inspection) -> [(&'static str, Vec<String>); 3] {
    let incidents = inspection.incidents.iter().take(TOLD);
    let patterns = inspection.patterns.iter().take(TOLD);
    let accounts = inspection.accounts.iter().take(TOLD);
    [
        ("Incidents", incidents.map(|one| format!("{} {}", time(one.range.from), escaped(&one.headline))).collect()),
        ("Patterns", patterns.map(|one| escaped(&one.headline)).collect()),
        ("Accounts", accounts.map(|one| format!("{} {}", time(one.at), escaped(&one.headline))).collect()),
    ]
}

fn told(inspection: &Inspection, id: SessionId, head: &str) -> String {
    let Some(session) = inspection.sessions.get(id.0 as usize) else { return String::new() };
    let mut text = String::new();
    let explanation = inspection.explain(id);
    let headline = explanation.as_ref().map_or("Still signed in when the input stops", |told| told.headline.as_str());
    // Writing to a string can't fail, here and below.
    let _ = writeln!(text, "{head} {}\n", escaped(headline));
    if let Some(told) = explanation.as_ref().filter(|told| !told.subline.is_empty()) {
        let _ = writeln!(text, "{}\n", escaped(&told.subline));
    }
    facts(inspection, id, session, explanation.as_ref(), &mut text);
    if let Some(told) = &explanation {
        reasons(inspection, told, &mut text);
    }
    text
}

fn facts(inspection: &Inspection, id: SessionId, session: &Session, told: Option<&Explanation>, text: &mut String) {
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "- **{name}:** {value}");
    };
    row("Session", name_of(id));
    if let Some(user) = session.user.as_deref() {
        row("User", escaped(user));
    }
    row("App", escaped(&session.app));
    if let Some(told) = told {
        let verdict = told.verdict;
        let sure = how_sure(verdict, ", ");
        row("Cause", format!("{}{sure}, {}", verdict.cause.label(), usual_word(verdict.usual)));
    }
    row(if session.start_seen { "Signed in" } else { "Seen since" }, time(session.started_at));
    match session.ending().filter(|_| session.state == State::Ended) {
        Some(ending) => {
            let how = session.clues.ended_by.map_or("first refused", EndedBy::label);
            row("Ended", format!("between {} (last alive) and {} ({how})", time(ending.from), time(ending.until)));
        }
        None => row("Last seen alive", time(session.last_alive_at)),
    }
    if !session.only_its_end_was_seen() {
        row("Length", duration_words(session.span().length()));
    }
    let names: Vec<String> = session
        .sources
        .iter()
        .filter_map(|id| inspection.sources.get(usize::from(id.0)))
        .map(|source| escaped(&source.name()))
        .collect();
    row("Seen in", names.join(", "));
    let keys: Vec<String> = session
        .keys(&inspection.events.symbols)
        .iter()
        .take(4)
        .map(|key| match &key.value {
            KeyValue::Secret(secret) => format!("{} {}", escaped(&key.name), secret.fingerprint()),
            KeyValue::Open(value) => format!("{} {}", escaped(&key.name), escaped(value)),
        })
        .collect();
    if !keys.is_empty() {
        row("Told apart by", keys.join(", "));
    }
    text.push('\n');
}

fn reasons(inspection: &Inspection, told: &Explanation, text: &mut String) {
    let place = |evidence: &Evidence| {
        let event = evidence.events.first().filter(|event| (event.0 as usize) < inspection.events.len());
        event.map_or_else(String::new, |&event| inspection.record(inspection.events.span(event)).place)
    };
    if !told.evidence.is_empty() {
        let _ = writeln!(text, "**Evidence**\n");
        for evidence in &told.evidence {
            let sign = if evidence.weight < 0.0 { "\u{2212}" } else { "+" };
            let whom = if evidence.favours == told.verdict.cause {
                String::new()
            } else {
                let word = if evidence.weight < 0.0 { "against" } else { "for" };
                format!(" ({word} {})", evidence.favours.label().to_lowercase())
            };
            let place = place(evidence);
            let place = if place.is_empty() { String::new() } else { format!(" \u{2014} {}", escaped(&place)) };
            let _ = writeln!(text, "- {sign} {}{whom}{place}", escaped(&evidence.claim));
        }
        text.push('\n');
    }
    if !told.alternatives.is_empty() {
        let open = told.verdict.cause == Cause::Undetermined;
        let _ = writeln!(text, "**{}**\n", if open { "Candidates" } else { "Also weighed" });
        for other in &told.alternatives {
            let against = escaped(&other.against);
            let _ = writeln!(text, "- {}, {:.0} %. {against}", other.cause.label(), other.confidence * 100.0);
        }
        text.push('\n');
    }
    if !told.tell_apart.is_empty() {
        let _ = writeln!(text, "**What would settle it**\n");
        for sentence in &told.tell_apart {
            let _ = writeln!(text, "- {}", escaped(sentence));
        }
        text.push('\n');
    }
    let about = about(told.verdict.cause);
    let _ = writeln!(text, "**What it means**\n\n{}\n", about.explanation);
    for (reader, advice) in about.advice.by_reader() {
        let _ = writeln!(text, "- {reader}: {advice}");
    }
}

fn time(at: Nanos) -> String {
    format!("{:.3}", timestamp_from_nanos(at)).replace('T', " ").replace('Z', " UTC")
}

/// What stood in an input, as text and nothing else.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' | '&' | '@' => {
                safe.push('\\');
                safe.push(character);
            }
            c if c.is_control() => safe.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe.replace("://", ":\\//")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        inspection::{Input, inspect},
        source::Progress,
    };

    #[test]
    fn what_stood_in_an_input_is_text_and_nothing_else() {
        assert_eq!(escaped("<img src=x> [a](b) | `c`"), "\\<img src=x\\> \\[a\\](b) \\| \\`c\\`");
        assert_eq!(escaped("http://evil.example\n# head"), "http:\\//evil.example \\# head");
    }

    #[test]
    fn a_verdict_says_what_shows_it_and_where() {
        let log = "\
2026-03-03T10:20:15.1+00:00 vm sshd[701]: Accepted password for bob from 192.0.2.1 port 4022 ssh2
2026-03-03T10:20:15.2+00:00 vm sshd[701]: pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)
2026-03-03T10:37:15.1+00:00 vm sshd[701]: Timeout, client not responding from user bob 192.0.2.1 port 4022
2026-03-03T10:37:15.2+00:00 vm sshd[701]: pam_unix(sshd:session): session closed for user bob
";
        let input = Input::Bytes { name: "auth.log".into(), bytes: log.as_bytes().into() };
        let inspection = inspect(vec![input], 0, &Progress::default()).expect("not cancelled");
        let text = session(&inspection, SessionId(0));
        assert!(text.starts_with("## "), "{text}");
        for wanted in ["**User:** bob", "**Evidence**", "auth.log \u{b7} line", "**What it means**"] {
            assert!(text.contains(wanted), "{wanted} is not in {text}");
        }
        let mut whole = Vec::new();
        write(&inspection, false, &mut whole).expect("written");
        let whole = String::from_utf8(whole).expect("text");
        assert!(whole.contains("# Why sessions ended") && whole.contains("### "), "{whole}");
    }
}
