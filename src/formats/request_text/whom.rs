//! Of whom a line of words speaks: the user, the address and the session in a sentence.
//!
//! `Failed login for 'kim' from 10.0.0.7`, `Authentication event AuthenticationSuccessEvent: kim; details: … [RemoteIpAddress=…]`,
//! `local.INFO: User logged in {"user_id":5,"ip":"10.0.0.7"}`.

use super::parse::address;
use crate::formats::lines::find;
use crate::formats::{
    fields::{Field, Part, Role, role},
    json::Text,
    record::{Names, Record},
    requests::session_id,
};

/// Words behind which a name stands.
const BEFORE_USER: &[&[u8]] = &[
    b"user",
    b"username",
    b"user:",
    b"username:",
    b"account",
    b"principal",
    b"login:",
    b"email",
    b"email:",
    b"for",
    b"uid:",
    b"name:",
];

/// Words that stand there and are no name.
const NO_USER: &[&[u8]] = &[
    b"a",
    b"account",
    b"again",
    b"all",
    b"an",
    b"and",
    b"at",
    b"by",
    b"client",
    b"code",
    b"did",
    b"does",
    b"expired",
    b"failed",
    b"for",
    b"from",
    b"had",
    b"has",
    b"id",
    b"id:",
    b"in",
    b"inactivity",
    b"invalid",
    b"is",
    b"its",
    b"logged",
    b"login",
    b"logout",
    b"name",
    b"no",
    b"not",
    b"of",
    b"on",
    b"or",
    b"out",
    b"request",
    b"service",
    b"session",
    b"session:",
    b"sign",
    b"signed",
    b"that",
    b"the",
    b"their",
    b"this",
    b"timed",
    b"to",
    b"token",
    b"unknown",
    b"user",
    b"username",
    b"was",
    b"were",
    b"with",
    b"you",
    b"your",
];

/// The record that a line of words comes down to: the words themselves, and whom they name.
pub(in crate::formats) fn record_of<'a>(words: &'a [u8], names: &mut Names) -> Record<'a> {
    let mut record = Record::default();
    let put = |record: &mut Record<'a>, field, rank, text| {
        record.put(Role { plain: Some((field, rank)), part: None }, Text::plain(text));
    };
    // Monolog, zap and others put what they know into an object behind the sentence.
    let words = match memchr::memchr(b'{', words).and_then(|at| Some((words.get(..at)?, words.get(at..)?))) {
        Some((sentence, object)) if object.starts_with(b"{\"") => {
            let object = object.get(..=memchr::memrchr(b'}', object).unwrap_or(0)).unwrap_or_default();
            let mut inner = Record::default();
            if inner.read_json(object, names).is_ok() {
                record = inner;
                sentence
            } else {
                words
            }
        }
        _ => words,
    };
    put(&mut record, Field::Message, 0, sentence(words));
    let (mut before, mut user, mut session): (&[u8], _, _) = (b"", None, None);
    for word in words.split(|byte| matches!(byte, b' ' | b'\t' | b'[' | b']' | b'(' | b')' | b'{' | b'}' | b';')) {
        let bare = trimmed(word);
        if bare.is_empty() {
            continue;
        }
        if let Some(at) = memchr::memchr(b'=', bare) {
            let (name, value) = (&bare[..at], trimmed(&bare[at + 1..]));
            let role = role(Part::Record, name);
            if matches!(
                role.plain,
                Some((Field::User | Field::Client | Field::Forwarded | Field::Session | Field::Agent, _))
            ) {
                record.put(role, Text::plain(value));
            } else if role.plain.is_none()
                && let Some(address) = address(word)
            {
                put(&mut record, Field::Client, 200, address);
            }
        } else if let Some(address) = address(word) {
            put(&mut record, Field::Client, 200, address);
        } else {
            let quoted = word.len() > bare.len() && matches!(word.first(), Some(b'\'' | b'"' | b'`' | b'<'));
            if user.is_none() && is_name(before, bare, quoted) {
                user = Some(bare);
            }
            if session.is_none() && is_session(before, bare) {
                session = Some(bare);
            }
        }
        before = word;
    }
    // Spring Security: `AuthenticationSuccessEvent: kim; details: …`.
    let behind_event = || {
        let at = find(words, b"Event: ")?;
        words.get(at + 7..)?.split(|byte| matches!(byte, b';' | b' ' | b',')).next()
    };
    if let Some(user) = behind_event().or(user) {
        put(&mut record, Field::User, 200, user);
    }
    if let Some(session) = session {
        put(&mut record, Field::Session, 200, session);
    }
    record
}

/// The words without what a logger puts in front: brackets, the level, the thread and the logger's name.
fn sentence(words: &[u8]) -> &[u8] {
    /// No heading is longer.
    const FAR: usize = 160;
    const LEVELS: [&[u8]; 9] =
        [b"TRACE", b"DEBUG", b"INFO", b"NOTICE", b"WARN", b"WARNING", b"ERROR", b"FATAL", b"CRITICAL"];
    let start = words.iter().position(u8::is_ascii_alphanumeric).unwrap_or(words.len());
    let words = words.get(start..).unwrap_or_default().trim_ascii_end();
    let near = words.get(..words.len().min(FAR)).unwrap_or_default();
    let is_level = |word: &[u8]| LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
    for divider in [b" : ".as_slice(), b" - ", b": ", b"] "] {
        // A colon and a bracket stand in sentences too, but not right behind a level.
        let behind_level = |at: &usize| {
            let mut named = near.get(..*at).unwrap_or_default().rsplit(|byte| !byte.is_ascii_alphanumeric());
            if divider.len() == 3 { named.any(is_level) } else { named.next().is_some_and(is_level) }
        };
        let mut from = 0;
        while let Some(found) = find(&near[from..], divider) {
            let at = from + found;
            if behind_level(&at) {
                return words.get(at + divider.len()..).unwrap_or_default().trim_ascii();
            }
            from = at + divider.len();
        }
    }
    words
}

/// The word without what stands around it in a sentence.
fn trimmed(word: &[u8]) -> &[u8] {
    let is_edge = |byte: &u8| matches!(byte, b'\'' | b'"' | b'`' | b',' | b'.' | b':' | b'<' | b'>' | b'!' | b'|');
    let from = word.iter().position(|byte| !is_edge(byte)).unwrap_or(word.len());
    let until = word.iter().rposition(|byte| !is_edge(byte)).map_or(from, |at| at + 1);
    word.get(from..until).unwrap_or_default()
}

/// Whether a word is a user's name, by the word before it: a name in quotes behind "for", an address of mail anywhere.
fn is_name(before: &[u8], word: &[u8], quoted: bool) -> bool {
    let is_one_of = |list: &[&[u8]], word: &[u8]| list.iter().any(|known| known.eq_ignore_ascii_case(word));
    let called = is_one_of(BEFORE_USER, before);
    if !called && memchr::memchr(b'@', word).is_none() {
        return false;
    }
    let is_mail = word.iter().position(|&byte| byte == b'@').is_some_and(|at| at > 0 && word[at..].contains(&b'.'));
    let plain = word.iter().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@' | b'\\' | b'+' | b'$') || *byte >= 0x80
    });
    let lettered = word.iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    plain && lettered && (is_mail || called && (quoted || !is_one_of(NO_USER, word)))
}

/// Whether a word is a session's id: behind "session" or a cookie's name, and like no word of a language.
fn is_session(before: &[u8], word: &[u8]) -> bool {
    let called = || {
        let before = trimmed(before);
        before.eq_ignore_ascii_case(b"id") || session_id::names_session(before)
    };
    word.len() >= 8
        && word.iter().any(u8::is_ascii_digit)
        && called()
        && word.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_logger_puts_in_front_is_no_part_of_the_sentence() {
        for (words, expected) in [
            ("  INFO 4711 --- [nio-1] c.e.SessionTimeouts : User logged in", "User logged in"),
            (" WARN [main] c.e.Login - Session expired", "Session expired"),
            ("] production.INFO: User logged in", "User logged in"),
            (" #1]  WARN -- : Failed login", "Failed login"),
            (" +0000] [7] [INFO] Handling signal: term", "Handling signal: term"),
            (" Session: closed - by user", "Session: closed - by user"),
        ] {
            assert_eq!(sentence(words.as_bytes()), expected.as_bytes(), "{words}");
        }
    }

    #[test]
    fn a_sentence_names_user_address_and_session() {
        for (words, expected) in [
            ("Failed login for 'kim' from 10.0.0.7 at 2026-03-03 10:57:21 UTC", "kim 10.0.0.7 "),
            (
                "[I] Failed authentication attempt for kim from 10.0.0.7:39522: user does not exist [uid: 0, name: kim]",
                "kim 10.0.0.7 ",
            ),
            (
                "Authentication event AuthenticationSuccessEvent: kim; details: WebAuthenticationDetails [RemoteIpAddress=10.0.0.7, SessionId=9F0C2A77B1D84E55]",
                "kim 10.0.0.7 9F0C2A77B1D84E55",
            ),
            ("local.INFO: User logged in {\"user_id\":\"kim\",\"ip\":\"10.0.0.7\"}", "kim 10.0.0.7 "),
            ("Session 4f1a9c02be77 expired for user kim@example.com", "kim@example.com  4f1a9c02be77"),
            ("session expired for the user", "  "),
            ("Started ShopApplication in 2.3 seconds (process running for 2.9)", "  "),
            ("User logged out", "  "),
            ("Session timed out for user \"kim\"", "kim  "),
            ("Invalid login attempt (::1)", " ::1 "),
        ] {
            let record = record_of(words.as_bytes(), &mut Names::default());
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let session = record.session(b"").map_or_else(String::new, |session| text(&session));
            assert_eq!(format!("{} {} {session}", text(&record.user()), text(&record.client())), expected, "{words}");
        }
    }
}
