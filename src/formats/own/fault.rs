//! What is wrong with a format file: what was expected, what was found, where, and what to do.

use std::ops::Range;

/// A format file that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}expected {expected}, but found {found}; {remedy}", place(*.line, *.column))]
pub struct Fault {
    /// The line, counted from 1; 0 for the file as a whole.
    pub line: usize,
    /// The column, counted in characters from 1; 0 for the file as a whole.
    pub column: usize,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What to do.
    pub remedy: String,
}

fn place(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!("line {line}, column {column}: ") }
}

impl Fault {
    /// At a place of the text.
    pub(super) fn at(text: &str, span: Range<usize>, expected: &str, found: &str, remedy: &str) -> Self {
        let before = text.get(..span.start.min(text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, expected: expected.into(), found: found.into(), remedy: remedy.into() }
    }

    /// In the file as a whole.
    pub(super) fn whole(expected: &str, found: &str, remedy: &str) -> Self {
        Self { line: 0, column: 0, expected: expected.into(), found: found.into(), remedy: remedy.into() }
    }
}
