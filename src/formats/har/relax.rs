//! Repairs JSON that is almost JSON: comments, trailing commas, raw control characters, stray escapes, halves of surrogate
//! pairs, `NaN`.
//!
//! Only entries that don't parse come here, so it may take its time.

use std::fmt::Write as _;

/// The text with what strict JSON forbids taken out or replaced.
pub(super) fn relax(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match c {
            '"' => rest = string(rest, &mut out),
            '/' => rest = comment(rest),
            ',' => {
                rest = tail(rest, 1);
                let mut next = rest;
                loop {
                    next = next.trim_start();
                    if !next.starts_with('/') {
                        break;
                    }
                    next = comment(next);
                }
                if !next.starts_with(['}', ']']) {
                    out.push(',');
                }
            }
            'N' | 'I' | '-' => rest = number_word(rest, &mut out),
            _ => {
                out.push(c);
                rest = tail(rest, c.len_utf8());
            }
        }
    }
    out
}

fn tail(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or("")
}

/// Replaces what JavaScript prints for numbers that JSON has none for.
fn number_word<'a>(text: &'a str, out: &mut String) -> &'a str {
    for word in ["NaN", "-NaN", "Infinity", "-Infinity"] {
        if let Some(rest) = text.strip_prefix(word) {
            out.push_str("null");
            return rest;
        }
    }
    out.extend(text.chars().next());
    tail(text, 1)
}

/// What follows a comment; a lone slash is left out.
fn comment(text: &str) -> &str {
    if text.starts_with("//") {
        return text.find('\n').map_or("", |end| tail(text, end));
    }
    match text.strip_prefix("/*") {
        Some(inside) => inside.find("*/").map_or("", |end| tail(inside, end.saturating_add(2))),
        None => tail(text, 1),
    }
}

/// Copies a string, from its opening quote to its closing one.
fn string<'a>(text: &'a str, out: &mut String) -> &'a str {
    out.push('"');
    let mut rest = tail(text, 1);
    while let Some(c) = rest.chars().next() {
        match c {
            '"' => {
                out.push('"');
                return tail(rest, 1);
            }
            '\\' => rest = escape(rest, out),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
                rest = tail(rest, 1);
            }
            c => {
                out.push(c);
                rest = tail(rest, c.len_utf8());
            }
        }
    }
    out.push('"');
    rest
}

fn escape<'a>(text: &'a str, out: &mut String) -> &'a str {
    let unit = |at: usize| {
        text.get(at..at.saturating_add(6))
            .and_then(|escape| escape.strip_prefix("\\u"))
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
    };
    match text.as_bytes().get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
            out.push_str(text.get(..2).unwrap_or(""));
            tail(text, 2)
        }
        Some(b'u') => match (unit(0), unit(6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => {
                out.push_str(text.get(..12).unwrap_or(""));
                tail(text, 12)
            }
            (Some(0xD800..=0xDFFF), _) => {
                out.push('\u{fffd}');
                tail(text, 6)
            }
            (Some(_), _) => {
                out.push_str(text.get(..6).unwrap_or(""));
                tail(text, 6)
            }
            (None, _) => {
                out.push_str("\\\\");
                tail(text, 1)
            }
        },
        _ => {
            out.push_str("\\\\");
            tail(text, 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::relax;

    #[test]
    fn almost_json_becomes_json() {
        for (given, wanted) in [
            (r#"{"a":1,}"#, r#"{"a":1}"#),
            ("{\"a\":1, // why\n \"b\":[2, /* } */ ]}", "{\"a\":1,\n \"b\":[2]}"),
            ("{\"a\":\"x\ny\"}", "{\"a\":\"x\\u000ay\"}"),
            (r#"{"a":"\x \ud83d!"}"#, "{\"a\":\"\\\\x \u{fffd}!\"}"),
            (r#"{"a":NaN,"b":-1}"#, r#"{"a":null,"b":-1}"#),
            (r#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#),
        ] {
            let relaxed = relax(given);
            assert!(serde_json::from_str::<serde_json::Value>(&relaxed).is_ok(), "{relaxed}");
            let squeeze = |text: &str| text.replace(' ', "");
            assert_eq!(squeeze(&relaxed), squeeze(wanted));
        }
    }
}
