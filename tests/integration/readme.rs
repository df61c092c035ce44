//! What the README lists is what the program has.

use lapsed::{
    diagnosis::{causes::CAUSES, patterns::PATTERNS},
    formats::FORMATS,
};
use std::path::Path;

const README: &str = include_str!("../../README.md");

/// The ids in the first column of each row that has one there, or in the second.
fn rows(column: usize) -> Vec<&'static str> {
    let cell = |line: &'static str| line.split('|').nth(column)?.trim().strip_prefix('`')?.strip_suffix('`');
    README.lines().filter(|line| line.starts_with('|')).filter_map(cell).collect()
}

#[test]
fn every_format_has_its_row_and_every_row_its_format() {
    let mut listed = rows(1);
    let mut known: Vec<&str> = FORMATS.iter().map(|format| format.id()).collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}

#[test]
fn every_cause_has_its_row_and_every_pattern_its_word() {
    let listed = rows(2);
    for rule in CAUSES {
        assert!(listed.contains(&rule.cause().id()), "{}", rule.cause().id());
    }
    for rule in PATTERNS {
        assert!(README.contains(&format!("`{}`", rule.kind().id())), "{}", rule.kind().id());
    }
}

#[test]
fn every_link_leads_to_a_file() {
    let links = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links.filter(|link| !link.contains("://")) {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(), "{link}");
    }
}
