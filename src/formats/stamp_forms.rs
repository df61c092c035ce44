//! Further forms of time stamps: those of programs that follow no standard.
//!
//! `2026/03/03 10:57:21` (nginx's error log, Go), `2026/03/03 - 10:57:21` (Gin), `Mon Nov 23 10:00:00.123456 2026` (Apache's
//! error log, PHP), `23/Nov/2026 10:00:00` (Django, Werkzeug), `23-Nov-2026 10:00:00.123` (Tomcat, PHP), `261123 10:00:00` (Tornado), `23/Nov/2026:10:00:00.123` (`HAProxy`), and a zone behind a
//! space (`+0000`, `UTC`). Each is turned into one that [`Stamps`] reads.

use super::timestamp::{Stamp, Stamps};

/// No stamp is longer.
const LONGEST: usize = 48;

/// A stamp with its year at the start of `bytes`, in any form.
pub(super) fn leading(stamps: &mut Stamps, bytes: &[u8]) -> Option<Stamp> {
    let near = bytes.get(..bytes.len().min(LONGEST))?;
    match *near {
        // W3C logs that are divided by tabs.
        [b'0'..=b'9', _, _, _, b'-', _, _, _, _, _, b'\t', ..] => {
            let mut text = near.to_vec();
            *text.get_mut(10)? = b' ';
            stamps.rfc3339(&text)
        }
        [b'0'..=b'9', _, _, _, b'-', ..] => with_zone(stamps.rfc3339(near)?, near),
        [b'0'..=b'9', _, _, _, b'/', ..] => slashes(stamps, near),
        // Tornado's.
        [y1 @ b'0'..=b'9', y2, m1, m2, d1, d2, b' ', _, _, b':', ..] => {
            civil(stamps, &[b'2', b'0', y1, y2], &[m1, m2], &[d1, d2], near.get(7..)?, 7)
        }
        [b'0'..=b'9', _, b'-', b'A'..=b'Z', ..] => day_first(stamps, near),
        [b'0'..=b'9', _, b'/', b'A'..=b'Z', ..] => stamps.access(near).or_else(|| day_first(stamps, near)),
        [b'A'..=b'Z', _, _, b' ', b'A'..=b'Z', ..] => ctime(stamps, near),
        _ => None,
    }
    .filter(|stamp| stamp.names_year())
}

/// A stamp by itself, in any form, with or without a year.
pub(super) fn of_field(stamps: &mut Stamps, text: &[u8]) -> Option<Stamp> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]")).unwrap_or(text);
    stamps
        .any(text)
        .or_else(|| leading(stamps, text))
        .or_else(|| stamps.weekday(text))
        .or_else(|| stamps.traditional(text))
}

/// `2026-11-23 10:00:00 +0000`, `… UTC`.
fn with_zone(stamp: Stamp, near: &[u8]) -> Option<Stamp> {
    if stamp.zone.is_some() {
        return Some(stamp);
    }
    match *near.get(stamp.len..)? {
        [b' ', b'U', b'T', b'C', ..] => Some(Stamp { zone: Some(0), len: stamp.len + 4, ..stamp }),
        [b' ', b'Z', ..] => Some(Stamp { zone: Some(0), len: stamp.len + 2, ..stamp }),
        [b' ', b'+' | b'-', a @ b'0'..=b'9', b, c, d, ..] => {
            let mut text = *b"1970-01-02T00:00:00+0000";
            text[19] = *near.get(stamp.len + 1)?;
            text[20..24].copy_from_slice(&[a, b, c, d]);
            let offset = Stamps::default().rfc3339(&text)?.zone?;
            let at = stamp.at.checked_sub(i64::from(offset) * crate::model::time::SECOND)?;
            Some(Stamp { at, zone: Some(offset), len: stamp.len + 6 })
        }
        _ => Some(stamp),
    }
}

fn slashes(stamps: &mut Stamps, near: &[u8]) -> Option<Stamp> {
    let mut text = [0; LONGEST];
    let gin = near.get(10..13) == Some(b" - ");
    let rest = near.get(if gin { 12 } else { 10 }..)?;
    let len = 10 + rest.len();
    text.get_mut(..10)?.copy_from_slice(near.get(..10)?);
    text.get_mut(10..len)?.copy_from_slice(rest);
    for at in [4, 7] {
        if text[at] != b'/' {
            return None;
        }
        text[at] = b'-';
    }
    let stamp = with_zone(stamps.rfc3339(text.get(..len)?)?, text.get(..len)?)?;
    Some(Stamp { len: stamp.len + if gin { 2 } else { 0 }, ..stamp })
}

/// `23/Nov/2026 10:00:00`, `23/Nov/2026:10:00:00.123` and Tomcat's `23-Nov-2026 10:00:00.123`, without a zone.
fn day_first(stamps: &mut Stamps, near: &[u8]) -> Option<Stamp> {
    let [d1, d2, b'/' | b'-', m1, m2, m3, b'/' | b'-', y1, y2, y3, y4, b' ' | b':', ..] = *near else { return None };
    let month = month(&[m1, m2, m3])?;
    with_zone(civil(stamps, &[y1, y2, y3, y4], &month, &[d1, d2], near.get(12..)?, 12)?, near)
}

/// `Mon Nov 23 10:00:00.123456 2026`.
fn ctime(stamps: &mut Stamps, near: &[u8]) -> Option<Stamp> {
    let month = month(near.get(4..7)?)?;
    let day = match *near.get(8..10)? {
        [b' ', day] => [b'0', day],
        [ten, one] => [ten, one],
        _ => return None,
    };
    let clock = near.get(11..)?;
    let clock_len = clock.iter().position(|&byte| byte == b' ')?;
    let year = clock.get(clock_len + 1..clock_len + 5)?;
    let stamp = civil(stamps, year, &month, &day, clock.get(..clock_len)?, 11)?;
    Some(Stamp { len: 11 + clock_len + 5, ..stamp })
}

fn civil(stamps: &mut Stamps, year: &[u8], month: &[u8], day: &[u8], clock: &[u8], before: usize) -> Option<Stamp> {
    let (mut text, mut len) = ([0; LONGEST + 8], 0);
    for part in [year, b"-", month, b"-", day, b"T", clock] {
        text.get_mut(len..len + part.len())?.copy_from_slice(part);
        len += part.len();
    }
    let stamp = stamps.rfc3339(&text[..len])?;
    Some(Stamp { len: (stamp.len + before).checked_sub(11)?, ..stamp })
}

fn month(name: &[u8]) -> Option<[u8; 2]> {
    const NAMES: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let number = 1 + NAMES.iter().position(|known| *known == name)? as u8;
    Some([b'0' + number / 10, b'0' + number % 10])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::rfc3339_from_nanos;

    #[test]
    fn stamps_of_programs_that_follow_no_standard_are_read() {
        for (text, expected) in [
            ("2026/03/03 10:57:21 [error]", "2026-03-03T10:57:21.000Z None 19"),
            ("2026/03/03 10:57:21.25 x", "2026-03-03T10:57:21.250Z None 22"),
            ("2026/03/03 - 10:57:21 | 200", "2026-03-03T10:57:21.000Z None 21"),
            ("Mon Nov 23 10:00:00.123456 2026] [x]", "2026-11-23T10:00:00.123Z None 31"),
            ("Mon Nov  3 10:00:00 2026]", "2026-11-03T10:00:00.000Z None 24"),
            ("261123 10:00:00 web:2348] 200", "2026-11-23T10:00:00.000Z None 15"),
            ("23/Nov/2026 10:00:00] \"GET", "2026-11-23T10:00:00.000Z None 20"),
            ("23-Nov-2026 10:00:00.123 INFO", "2026-11-23T10:00:00.123Z None 24"),
            ("23-Nov-2026 10:00:00 UTC] PHP", "2026-11-23T10:00:00.000Z Some(0) 24"),
            ("23/Nov/2026:10:00:00.123] fe", "2026-11-23T10:00:00.123Z None 24"),
            ("23/Nov/2026:10:00:00 +0100] x", "2026-11-23T09:00:00.000Z Some(3600) 26"),
            ("2026-11-23 10:00:00 +0200 x", "2026-11-23T08:00:00.000Z Some(7200) 25"),
            ("2026-11-23 10:00:00 UTC x", "2026-11-23T10:00:00.000Z Some(0) 23"),
            ("2026-11-23T10:00:00Z x", "2026-11-23T10:00:00.000Z Some(0) 20"),
        ] {
            let stamp = leading(&mut Stamps::default(), text.as_bytes()).unwrap();
            assert_eq!(format!("{} {:?} {}", rfc3339_from_nanos(stamp.at), stamp.zone, stamp.len), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_stamp_or_cut_off_is_none() {
        for text in [
            "",
            "2026",
            "2026/03/03",
            "Nov 23 07:24:24 vm",
            "Mon Foo 23 10:00:00 2026",
            "99/Nov/2026 10:00:00",
            "10.0.0.1",
        ] {
            assert_eq!(leading(&mut Stamps::default(), text.as_bytes()), None, "{text}");
        }
        for text in [
            "Mon Nov 23 10:00:00.1 2026",
            "23/Nov/2026:10:00:00.123",
            "2026/03/03 - 10:57:21",
            "2026-11-23 10:00:00 +0200",
        ] {
            for end in 0..text.len() {
                let _ = leading(&mut Stamps::default(), &text.as_bytes()[..end]);
            }
        }
    }
}
