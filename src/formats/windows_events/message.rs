//! What exports that keep only the message of an event say in it, in English.

use super::super::timestamp::{Stamp, Stamps};
use crate::formats::lines::find;

/// What stands behind a label, in the section that begins with this heading (anywhere where it is empty).
pub(super) fn labelled(message: &[u8], section: &str, label: &str) -> Vec<u8> {
    let from = match section {
        "" => 0,
        section => match find(message, section.as_bytes()) {
            Some(at) => at + section.len(),
            None => return Vec::new(),
        },
    };
    let rest = message.get(from..).unwrap_or_default();
    let Some(at) = find(rest, label.as_bytes()) else { return Vec::new() };
    let value = rest.get(at + label.len()..).unwrap_or_default();
    let end = value.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(value.len());
    let value = value.get(..end).unwrap_or_default().trim_ascii();
    // On one line, where the breaks were lost.
    let end = value.windows(2).position(|pair| pair == b"  " || pair == b" \t").unwrap_or(value.len());
    match value.get(..end).unwrap_or_default().trim_ascii() {
        b"-" => Vec::new(),
        value => value.to_vec(),
    }
}

/// The number of `Session 2 has been disconnected, reason code 5`.
pub(super) fn number_in(message: &[u8]) -> Vec<u8> {
    let Some(at) = find(message, b"Session ") else { return Vec::new() };
    let rest = message.get(at + b"Session ".len()..).unwrap_or_default();
    rest.iter().copied().take_while(u8::is_ascii_digit).collect()
}

/// `11/23/2026 7:39:18 AM`, as Event Viewer writes it in American English.
pub(super) fn american(text: &[u8], stamps: &mut Stamps) -> Option<Stamp> {
    let text = std::str::from_utf8(text).ok()?.replace('\u{202f}', " ");
    let mut words = text.split_whitespace();
    let date: Vec<u32> = words.next()?.trim_end_matches(',').split('/').filter_map(|part| part.parse().ok()).collect();
    let clock: Vec<u32> = words.next()?.split(':').filter_map(|part| part.parse().ok()).collect();
    let ([month, day, year], [hour, minute, second]) = (date.as_slice(), clock.as_slice()) else { return None };
    let hour = match (words.next()?, hour % 12) {
        ("AM" | "am", hour) => hour,
        ("PM" | "pm", hour) => hour + 12,
        _ => return None,
    };
    stamps.rfc3339(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}").as_bytes())
}
