//! What stands before the severity: `log_line_prefix`, which every installation sets its own way.
//!
//! The parts are known by their form, wherever they stand: a time stamp, a process id (`[19203]`, `pid=19203`), a session id
//! (`6a3f.4b03`), `user@database` or `user=`, an address.

use super::{Record, message::Severity};
use crate::{
    formats::{
        lines::{cut, find, number},
        syslog,
        timestamp::{Stamp, Stamps},
    },
    model::time::SECOND,
};
use memchr::memchr;

/// Takes a line apart; `None` if it has no stamp, or no severity with a message behind.
pub(super) fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    let (prefix, severity, message) = split(line)?;
    let by_syslog = || {
        // syslog's own frame comes before the prefix, and its stamp will do.
        let frame = syslog::parse(line, &mut Stamps::default())?;
        find(frame.program, b"postgres").map(|_| frame)
    };
    let mut parts = if let Some((stamp, before, after)) = stamp_in(prefix, stamps) {
        parts_of(stamp, before, after)
    } else {
        let frame = by_syslog()?;
        let start = frame.message.as_ptr() as usize - line.as_ptr() as usize;
        parts_of(frame.stamp, prefix.get(start..).unwrap_or_default(), &[])
    };
    let by_relay = prefix.starts_with(b"<") || prefix.first().is_some_and(u8::is_ascii_uppercase);
    if (by_relay || parts.pid == 0)
        && let Some(frame) = by_syslog()
    {
        parts.server = frame.host;
        if parts.pid == 0 || frame.pid != 0 {
            parts.pid = frame.pid;
        }
        parts.stamp = if parts.stamp.zone.is_some() { parts.stamp } else { frame.stamp };
    }
    Some(Record { severity, message, ..parts })
}

/// Whether a line begins with a time stamp, as every record does.
pub(super) fn begins_with_stamp(line: &[u8], stamps: &mut Stamps) -> bool {
    stamps.rfc3339(line).is_some()
}

/// The prefix, the severity and the message: the first `WORD:` with two spaces behind it, where the word is a severity.
fn split(line: &[u8]) -> Option<(&[u8], Severity, &[u8])> {
    let mut from = 0;
    while let Some(at) = find(line.get(from..)?, b":  ").map(|at| from + at) {
        let before = line.get(..at)?;
        let word = before.iter().rev().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count();
        if let Some(severity) = Severity::of(before.get(at - word..)?) {
            return Some((before.get(..at - word)?, severity, line.get(at + 3..)?));
        }
        from = at + 1;
        if from > 400 {
            break;
        }
    }
    None
}

/// The first time stamp in a prefix, its zone included, and what stands around it.
fn stamp_in<'a>(prefix: &'a [u8], stamps: &mut Stamps) -> Option<(Stamp, &'a [u8], &'a [u8])> {
    let mut boundary = true;
    for (at, byte) in prefix.iter().enumerate() {
        if boundary && byte.is_ascii_digit() {
            let rest = prefix.get(at..)?;
            if let Some(stamp) = zoned(rest, stamps).or_else(|| epoch(rest)) {
                return Some((stamp, prefix.get(..at)?, rest.get(stamp.len..)?));
            }
        }
        boundary = !byte.is_ascii_alphanumeric();
    }
    None
}

/// `2026-11-23 07:39:18.263 UTC`: a stamp and the zone behind it.
pub(in crate::formats) fn zoned(bytes: &[u8], stamps: &mut Stamps) -> Option<Stamp> {
    let stamp = stamps.rfc3339(bytes)?;
    if stamp.zone.is_some() {
        return Some(stamp);
    }
    let Some((zone, len)) = bytes.get(stamp.len..).and_then(|rest| zone_name(rest.strip_prefix(b" ")?)) else {
        return Some(stamp);
    };
    let at = zone.map_or(stamp.at, |zone| stamp.at - i64::from(zone) * SECOND);
    Some(Stamp { at, zone, len: stamp.len + 1 + len })
}

/// The seconds east of UTC that a zone's abbreviation stands for, where it stands for one only, and its length.
fn zone_name(bytes: &[u8]) -> Option<(Option<i32>, usize)> {
    if let [sign @ (b'+' | b'-'), h1, h2, rest @ ..] = bytes {
        let hours = i32::from(h1.checked_sub(b'0')?) * 10 + i32::from(h2.checked_sub(b'0')?);
        let (minutes, len) = match rest {
            [b':', ..] => (number(rest.get(1..3)?)?.0 as i32, 6),
            [digit, ..] if digit.is_ascii_digit() => (number(rest.get(..2)?)?.0 as i32, 5),
            _ => (0, 3),
        };
        let seconds = hours * 3_600 + minutes * 60;
        return (hours < 24).then_some((Some(if *sign == b'-' { -seconds } else { seconds }), len));
    }
    let len = bytes.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    if !(1..=5).contains(&len) {
        return None;
    }
    let halves = match bytes.get(..len)? {
        b"UTC" | b"GMT" | b"Z" | b"WET" => 0,
        b"CET" | b"BST" | b"WEST" | b"WAT" => 2,
        b"CEST" | b"EET" | b"SAST" | b"CAT" => 4,
        b"EEST" | b"MSK" | b"EAT" => 6,
        b"PKT" => 10,
        b"WIB" => 14,
        b"SGT" | b"HKT" | b"AWST" => 16,
        b"JST" | b"KST" => 18,
        b"AEST" => 20,
        b"AEDT" => 22,
        b"NZST" => 24,
        b"NZDT" => 26,
        b"EST" | b"CDT" => -10,
        b"EDT" => -8,
        b"CST" | b"MDT" => -12,
        b"MST" | b"PDT" => -14,
        b"PST" | b"AKDT" => -16,
        b"AKST" => -18,
        b"HST" => -20,
        _ => return Some((None, len)),
    };
    Some((Some(halves * 1_800), len))
}

/// `1795419558.263` (`%n`).
fn epoch(bytes: &[u8]) -> Option<Stamp> {
    let (seconds, len) = number(bytes).filter(|&(_, len)| len == 10)?;
    let (millis, more) = match bytes.get(len..) {
        Some([b'.', rest @ ..]) => number(rest).filter(|&(_, len)| len == 3).map_or((0, 0), |(n, len)| (n, len + 1)),
        _ => (0, 0),
    };
    Some(Stamp { at: i64::from(seconds) * SECOND + i64::from(millis) * 1_000_000, zone: Some(0), len: len + more })
}

fn parts_of<'a>(stamp: Stamp, before: &'a [u8], after: &'a [u8]) -> Record<'a> {
    let mut parts = Record { stamp, ..Record::NOTHING };
    for text in [after, before] {
        ids(text, &mut parts);
        user(text, &mut parts);
        client(text, &mut parts);
    }
    parts
}

fn is_border(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b',' | b';' | b'|' | b'<' | b'>' | b'(' | b')' | b'[' | b']' | b'=' | b':')
}

/// The process, the session and the SQLSTATE.
fn ids<'a>(text: &'a [u8], parts: &mut Record<'a>) {
    let mut bare = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let len = rest.iter().position(|&byte| is_border(byte)).unwrap_or(rest.len());
        let word = rest.get(..len).unwrap_or_default();
        let (before, behind) = (at.checked_sub(1).and_then(|at| text.get(at)), rest.get(len));
        let digits = number(word).filter(|&(_, digits)| digits == len);
        if let Some((value, _)) = digits {
            let bracketed = before == Some(&b'[') && behind == Some(&b']');
            let named = before == Some(&b'=') && (ends_with_word(text, at, b"pid=") || ends_with_word(text, at, b"p="));
            let is_port = before == Some(&b'(');
            if (bracketed || named) && parts.pid == 0 {
                parts.pid = value;
            } else if bare == 0 && !is_port && before != Some(&b'=') && before != Some(&b':') {
                bare = value;
            }
        } else if parts.session.is_empty()
            && let Some(pid) = session_id(word)
        {
            parts.session = word;
            parts.pid = if parts.pid == 0 { pid } else { parts.pid };
        } else if parts.state.is_empty() && is_state(word) {
            parts.state = word;
        }
        at += len + 1;
    }
    if parts.pid == 0 {
        parts.pid = bare;
    }
}

fn ends_with_word(text: &[u8], at: usize, word: &[u8]) -> bool {
    text.get(..at).is_some_and(|before| {
        before.ends_with(word)
            && before
                .len()
                .checked_sub(word.len() + 1)
                .and_then(|at| before.get(at))
                .is_none_or(|&byte| is_border(byte))
    })
}

/// `6a3f8c26.4b03`: when the session began and its process id, both in hexadecimal.
fn session_id(word: &[u8]) -> Option<u32> {
    let dot = memchr(b'.', word)?;
    let (begun, pid) = (word.get(..dot)?, word.get(dot + 1..)?);
    let hex = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte));
    if begun.len() != 8 || !(1..=8).contains(&pid.len()) || !hex(begun) || !hex(pid) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(pid).ok()?, 16).ok()
}

/// One of the SQLSTATEs that say why a session ended; others look like any word.
fn is_state(word: &[u8]) -> bool {
    matches!(word, b"57P05" | b"25P03" | b"25P04" | b"57P01" | b"57P02" | b"57P03" | b"57P04" | b"28P01" | b"28000")
}

fn user<'a>(text: &'a [u8], parts: &mut Record<'a>) {
    if !parts.user.is_empty() {
        return;
    }
    let named = named_value(text, &[b"user=", b"u=", b"usr="]);
    let word = named.or_else(|| {
        let at = memchr(b'@', text)?;
        let before = text.get(..at)?;
        let start = before.iter().rposition(|&byte| is_border(byte)).map_or(0, |at| at + 1);
        before.get(start..)
    });
    parts.user = word.filter(|word| *word != b"[unknown]").unwrap_or_default();
}

/// The value behind the first of these names.
fn named_value<'a>(text: &'a [u8], names: &[&[u8]]) -> Option<&'a [u8]> {
    names.iter().find_map(|name| {
        let at = find(text, name)?;
        ends_with_word(text, at + name.len(), name).then_some(())?;
        let rest = text.get(at + name.len()..)?;
        let end = rest.iter().position(|byte| matches!(byte, b' ' | b',' | b';' | b'|' | b')' | b'>' | b'\t'));
        Some(
            rest.get(..end.unwrap_or(rest.len()))?.strip_suffix(b":").unwrap_or(rest.get(..end.unwrap_or(rest.len()))?),
        )
    })
}

fn client<'a>(text: &'a [u8], parts: &mut Record<'a>) {
    if !parts.client.is_empty() {
        return;
    }
    if let Some(word) = named_value(text, &[b"client=", b"host=", b"remote=", b"h=", b"r="]) {
        parts.client = without_port(word);
    } else if let Some(word) = text.split(|byte| matches!(byte, b' ' | b',' | b';' | b'|' | b'\t')).find_map(address) {
        parts.client = word;
    } else if find(text, b"[local]").is_some() {
        parts.client = b"local";
    }
    if parts.client == b"[unknown]" || parts.client == b"[local]" {
        parts.client = if parts.client == b"[local]" { b"local" } else { &[] };
    }
}

/// The address in a word like `127.0.0.1`, `127.0.0.1(36898)`, `::1` or `UTC:10.0.0.1(5432):app@db:`.
fn address(word: &[u8]) -> Option<&[u8]> {
    let whole = without_port(word);
    let is_address = |word: &[u8]| std::str::from_utf8(word).is_ok_and(|text| text.parse::<std::net::IpAddr>().is_ok());
    if !whole.iter().any(|&byte| matches!(byte, b'.' | b':')) || !whole.iter().any(u8::is_ascii_digit) {
        return (whole == b"::").then_some(whole);
    }
    if is_address(whole) {
        return Some(whole);
    }
    word.split(|&byte| byte == b':').map(without_port).find(|part| part.len() >= 7 && is_address(part))
}

fn without_port(word: &[u8]) -> &[u8] {
    cut(word, b"(").map_or(word, |(address, _)| address)
}
