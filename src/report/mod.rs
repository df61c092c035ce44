//! An inspection as bytes: text for a terminal, JSON for programs, Markdown for a ticket. Nothing here decides anything.

pub mod check;
pub mod json;
pub mod markdown;
mod policy_json;
mod policy_text;
pub mod text;
mod tokens;

use crate::model::{Cause, Usual, Verdict};

/// Whether such an ending is usual, in words.
fn usual_word(usual: Usual) -> &'static str {
    match usual {
        Usual::Usual => "usual",
        Usual::Notable => "usual, but notable",
        Usual::Unusual => "unusual",
        Usual::Unknown => "not known whether usual",
    }
}

/// How sure a verdict is and what it rests on, behind `divider`; nothing for one that leaves the cause open.
fn how_sure(verdict: Verdict, divider: &str) -> String {
    if verdict.cause == Cause::Undetermined {
        return String::new();
    }
    let stated = if verdict.stated { ", stated by the source" } else { "" };
    format!("{divider}{:.0} % sure{stated}", verdict.confidence * 100.0)
}
