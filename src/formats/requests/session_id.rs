//! Session identifiers that a server's log names: `sid=s%3AI4ZW`, `"JSESSIONID=8A1F; theme=dark"`, `/cart;jsessionid=8A1F`.

use crate::formats::lines::{cut, quoted};
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

#[cfg(test)]
mod tests {
    use super::*;

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
