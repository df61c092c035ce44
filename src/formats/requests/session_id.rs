//! Session identifiers that a server's log names: `sid=s%3AI4ZW`, `"JSESSIONID=8A1F; theme=dark"`, `/cart;jsessionid=8A1F`;
//! and those that stand in a field without a name, where the way that their values repeat tells what they are.

use crate::formats::lines::{cut, find, quoted};
use hashbrown::HashMap;
use memchr::memchr;

/// The number that stands for an identifier: the same in every chunk and on every run, never 0.
pub(in crate::formats) fn link(value: &[u8]) -> u64 {
    // FNV-1a, then a mix (MurmurHash3's) so that short values spread as well.
    let mut hash = value
        .iter()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash ^= hash >> 33;
    hash.max(1)
}

/// The identifier in fields such as ` sid=abc rt=0.1 "10.0.0.1" "a=b; PHPSESSID=c" cookie="sid=d"`.
pub(in crate::formats) fn in_fields(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return None;
        }
        if let Some((text, behind)) = quoted(rest) {
            if let Some(value) = in_cookies(text) {
                return Some(value);
            }
            rest = behind;
            continue;
        }
        let end = rest.iter().position(|byte| matches!(byte, b' ' | b'=')).unwrap_or(rest.len());
        let name = &rest[..end];
        let Some(value) = rest[end..].strip_prefix(b"=") else {
            rest = &rest[end..];
            continue;
        };
        let (value, behind) =
            quoted(value).unwrap_or_else(|| value.split_at(memchr(b' ', value).unwrap_or(value.len())));
        let found = if memchr(b'=', value).is_some() && !names_session(name) {
            in_cookies(value)
        } else {
            session_value(name, value)
        };
        if found.is_some() {
            return found;
        }
        rest = behind;
    }
}

/// The session's cookie among `a=b; PHPSESSID=c`.
pub(in crate::formats) fn in_cookies(text: &[u8]) -> Option<&[u8]> {
    text.split(|&byte| byte == b';').find_map(|cookie| {
        let (name, value) = cut(cookie, b"=")?;
        session_value(name.trim_ascii(), value.trim_ascii())
    })
}

fn session_value<'a>(name: &[u8], value: &'a [u8]) -> Option<&'a [u8]> {
    (names_session(name) && !matches!(value, b"" | b"-" | b"null" | b"undefined")).then_some(value)
}

/// `sid`, `connect.sid`, `JSESSIONID`, `PHPSESSID`, `_app_session`, `ASP.NET_SessionId`, `laravel_session`.
pub(in crate::formats) fn names_session(name: &[u8]) -> bool {
    let ends = |with: &[u8]| name.len() >= with.len() && name[name.len() - with.len()..].eq_ignore_ascii_case(with);
    let stem =
        name.len() == 3 || matches!(name.len().checked_sub(4).and_then(|at| name.get(at)), Some(b'.' | b'_' | b'-'));
    (ends(b"sid") && stem)
        || ["session", "sessionid", "session_id", "session-id", "sessid", "sess"]
            .iter()
            .any(|word| ends(word.as_bytes()))
}

/// The field at `column` of what stands behind a line's known fields, if it holds a value.
pub(in crate::formats) fn in_column(rest: &[u8], column: usize) -> Option<&[u8]> {
    columns(rest).nth(column).filter(|value| looks_like_id(value))
}

/// Which unnamed field behind the known ones holds the session, by lines of which each gives its client and those fields.
///
/// An identifier of a request or a trace is another on every line, the name of a server the same for many clients. A session's
/// goes with one client, comes again on its next request, and is missing or another before that client signed in.
pub(in crate::formats) fn column_of<'a>(lines: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Option<usize> {
    /// No log has more fields behind the browser.
    const COLUMNS: usize = 8;
    /// Fewer repetitions are chance.
    const REPEATED: usize = 3;
    #[derive(Default)]
    struct Column<'a> {
        values: HashMap<&'a [u8], &'a [u8]>,
        clients: HashMap<&'a [u8], &'a [u8]>,
        seen: usize,
        changes: bool,
        other: bool,
    }
    let mut found: Vec<Column<'_>> = Vec::new();
    for (client, rest) in lines {
        for (at, value) in columns(rest).take(COLUMNS).enumerate() {
            if found.len() <= at {
                found.resize_with(at + 1, Column::default);
            }
            let column = &mut found[at];
            if matches!(value, b"-" | b"") {
                column.changes = true;
            } else if looks_like_id(value) {
                column.seen += 1;
                column.other |= *column.values.entry(value).or_insert(client) != client;
                column.changes |= column.clients.insert(client, value).is_some_and(|before| before != value);
            } else {
                column.other = true;
            }
        }
    }
    found.iter().position(|column| {
        !column.other && column.changes && column.seen >= column.values.len() * 2 && column.seen >= REPEATED
    })
}

/// The fields of a text, quotes taken off.
fn columns(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return None;
        }
        if let Some((inner, behind)) = quoted(rest) {
            rest = behind;
            return Some(inner);
        }
        let (word, behind) = rest.split_at(memchr(b' ', rest).unwrap_or(rest.len()));
        rest = behind;
        Some(word)
    })
}

/// Whether a value by its form can be a session's identifier: long enough not to be guessed, of letters and digits.
fn looks_like_id(value: &[u8]) -> bool {
    let count = |of: fn(&u8) -> bool| value.iter().filter(|byte| of(byte)).count();
    (16..=1_024).contains(&value.len())
        && value.iter().all(|byte| byte.is_ascii_graphic() && !b"\"',;<>(){}[]?&".contains(byte))
        // A pair of a name and a value is something else; what fills up base 64 is not.
        && !value.strip_suffix(b"==").or_else(|| value.strip_suffix(b"=")).unwrap_or(value).contains(&b'=')
        && find(value, b"://").is_none()
        && count(u8::is_ascii_digit) >= 2
        && count(u8::is_ascii_alphabetic) >= 2
        && value.first() != Some(&b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(lines: &[(&str, &str)]) -> Option<usize> {
        column_of(lines.iter().map(|(client, rest)| (client.as_bytes(), rest.as_bytes())))
    }

    #[test]
    fn a_field_that_goes_with_a_client_from_its_sign_in_on_is_a_session() {
        let (ann, bob) = ("q8fk3l2m9x7c5v1b4n6z", "zz81hd73kf92ls64mq50");
        let lines = [("a", "0.1 -"), ("b", "0.2 -"), ("a", ann), ("a", ann), ("b", bob), ("b", bob), ("a", ann)];
        let lines: Vec<(&str, String)> = lines
            .iter()
            .map(|(client, rest)| {
                (*client, if rest.len() > 8 { format!("0.3 \"{rest}\"") } else { (*rest).to_owned() })
            })
            .collect();
        let lines: Vec<(&str, &str)> = lines.iter().map(|(client, rest)| (*client, rest.as_str())).collect();
        assert_eq!(column(&lines), Some(1));
        assert_eq!(in_column(b" 0.3 \"q8fk3l2m9x7c5v1b4n6z\"", 1), Some(ann.as_bytes()));
        assert_eq!(in_column(b" 0.3 \"-\"", 1), None);
    }

    #[test]
    fn a_request_id_and_the_name_of_a_server_are_no_sessions() {
        let ids: Vec<String> = (0..9).map(|n| format!("4f{n}a8c27e19b4d6{n}0c3f")).collect();
        let mut requests: Vec<(&str, &str)> = ids.iter().map(|id| ("a", id.as_str())).collect();
        requests.push(("a", "-"));
        assert_eq!(column(&requests), None);
        let server = "web-7f9c4d5b6-x2x9z";
        assert_eq!(column(&[("a", server), ("b", server), ("a", server), ("b", "-"), ("b", server)]), None);
        assert_eq!(column(&[("a", server), ("a", server), ("a", server)]), None, "it never changes");
    }

    fn found(rest: &str) -> String {
        in_fields(rest.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    }

    #[test]
    fn a_session_is_found_wherever_a_line_names_it() {
        assert_eq!(found(" sid=s%3AI4 rt=0.1"), "s%3AI4");
        assert_eq!(found(" rt=0.1 \"10.0.0.1, 10.0.0.2\" \"a=b; PHPSESSID=c; d=e\""), "c");
        assert_eq!(found(" cookie=\"theme=dark; connect.sid=s%3Ax.y\""), "s%3Ax.y");
        assert_eq!(found(" session=\"abc\""), "abc");
        assert_eq!(found(" ASP.NET_SessionId=q JSESSIONID=other"), "q");
    }

    #[test]
    fn what_is_no_session_is_not_one() {
        for rest in
            ["", " -", " sid=-", " sid=", " rt=0.1", " \"-\"", " \"10.0.0.1\"", " inside=x residential=y", " \"open"]
        {
            assert_eq!(found(rest), "", "{rest}");
        }
    }

    #[test]
    fn a_link_is_stable_and_never_zero() {
        assert_eq!(link(b"abc"), link(b"abc"));
        assert_ne!(link(b"abc"), link(b"abd"));
        assert_ne!(link(b""), 0);
    }
}
