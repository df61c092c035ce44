//! `lapsed explain CAUSE`: what a cause or a pattern means and what to do about it, without a file.

use super::{UNUSABLE, print};
use crate::{
    diagnosis::{
        causes::{About, Advice, about},
        patterns::{PATTERNS, PatternRule},
    },
    model::{Cause, Usual},
};
use anstyle::Style;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// The widest that prose is set: longer lines are hard to read.
const WIDEST: usize = 100;

/// Explains the cause or the pattern of this id, or says which ids there are.
pub fn explain(id: &str) -> ExitCode {
    if let Some(rule) = PATTERNS.iter().find(|rule| rule.kind().id() == id) {
        return print(|out| write_pattern(out, *rule));
    }
    let Some(cause) = Cause::ALL.into_iter().find(|cause| cause.id() == id) else {
        let causes = Cause::ALL.iter().map(|cause| cause.id());
        let known: Vec<&str> = causes.chain(PATTERNS.iter().map(|rule| rule.kind().id())).collect();
        let message = format!("lapsed: expected one of {}, but found {id:?}", known.join(", "));
        let _ = writeln!(anstream::stderr().lock(), "{message}");
        return ExitCode::from(UNUSABLE);
    };
    print(|out| write_about(out, cause, &about(cause)))
}

/// Lists every cause and every pattern, with whether it is usual and what it means in short.
pub fn list() -> ExitCode {
    let bold = Style::new().bold();
    print(|out| {
        writeln!(out, "{bold}Causes: why one session ended{bold:#}\n")?;
        for cause in Cause::ALL {
            entry(out, cause.id(), &format!("{}, {}", cause.label(), usual(cause).0), about(cause).explanation)?;
        }
        writeln!(out, "\n{bold}Patterns: what several sessions show together, all of them unusual{bold:#}\n")?;
        for rule in PATTERNS {
            entry(out, rule.kind().id(), rule.kind().label(), rule.explanation())?;
        }
        writeln!(out, "\n`lapsed explain ID` says what to do about it, for user, QA and developer.")
    })
}

/// One line of the list, and below it how the explanation begins.
fn entry(out: &mut dyn Write, id: &str, title: &str, explanation: &str) -> io::Result<()> {
    let sentences: String = explanation.split_inclusive(". ").take(2).collect();
    writeln!(out, "{id:<26}{title}")?;
    prose(out, "    ", sentences.trim_end())
}

/// How usual an ending is, in a word, and what that means.
fn usual(cause: Cause) -> (&'static str, &'static str) {
    match cause.usual() {
        Usual::Usual => ("usual", "what the design of the server intends"),
        Usual::Notable => ("notable", "meant by someone, but surprising to the user"),
        Usual::Unusual => ("unusual", "something went wrong"),
        Usual::Unknown => ("neither usual nor unusual", "not known"),
    }
}

fn write_about(out: &mut dyn Write, cause: Cause, about: &About) -> io::Result<()> {
    let bold = Style::new().bold();
    let (usual, meaning) = usual(cause);
    writeln!(out, "{bold}{}{bold:#} ({}), {usual}: {meaning}\n", cause.label(), cause.id())?;
    prose(out, "", about.explanation)?;
    write_advice(out, &about.advice)?;
    writeln!(out, "\n{bold}What settles it{bold:#}")?;
    prose(out, "  ", about.settled_by)
}

fn write_pattern(out: &mut dyn Write, rule: &dyn PatternRule) -> io::Result<()> {
    let bold = Style::new().bold();
    let kind = rule.kind();
    writeln!(out, "{bold}{}{bold:#} ({}), unusual: a pattern over several sessions\n", kind.label(), kind.id())?;
    prose(out, "", rule.explanation())?;
    write_advice(out, &rule.advice())
}

fn write_advice(out: &mut dyn Write, advice: &Advice) -> io::Result<()> {
    let bold = Style::new().bold();
    writeln!(out, "\n{bold}What to do{bold:#}")?;
    for (reader, advice) in advice.by_reader() {
        prose(out, &format!("  {reader}: "), advice)?;
    }
    Ok(())
}

/// Writes a paragraph, set to the terminal's width; lines after the first are indented like the words after `lead`.
fn prose(out: &mut dyn Write, lead: &str, text: &str) -> io::Result<()> {
    let width = terminal_size::terminal_size().map_or(WIDEST, |(width, _)| usize::from(width.0).clamp(40, WIDEST));
    let indent = " ".repeat(lead.len());
    let options = textwrap::Options::new(width).initial_indent(lead).subsequent_indent(&indent);
    for line in textwrap::wrap(text, options) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
