//! The frame of a syslog line: when, which host, which program and process, and what it said.
//!
//! `Nov 23 07:24:24 vm sshd[1551]: Server listening on 0.0.0.0 port 22.`
//!
//! Read are RFC 3164 as programs really write it, the same with an RFC 3339 stamp (rsyslog's default since 2012, journalctl's
//! `short-iso`), and RFC 5424. What the message means is for the formats that use this.
//!
//! <https://www.rfc-editor.org/rfc/rfc3164>, <https://www.rfc-editor.org/rfc/rfc5424#section-6>

use super::{
    lines::{find, number, word},
    timestamp::{Stamp, Stamps},
};
use memchr::memchr;

/// A line taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Syslog<'a> {
    /// When.
    pub stamp: Stamp,
    /// Who wrote it down; empty where the line leaves it out.
    pub host: &'a [u8],
    /// The program, without its folder; empty where the line names none.
    pub program: &'a [u8],
    /// The process, 0 where the line names none.
    pub pid: u32,
    /// What it said.
    pub message: &'a [u8],
    /// Tag and message together, where the frame has them so: some programs say more in the tag than their name.
    pub tagged: &'a [u8],
}

/// Takes a line apart; `None` if it does not begin with a stamp, host and tag.
pub fn parse<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Syslog<'a>> {
    if line.first() == Some(&b'[') {
        return of_dropbear(line, stamps);
    }
    let rest = after_priority(line);
    if let [b'1', b' ', rest @ ..] = rest
        && rest.len() < line.len() - 2
    {
        return parse_5424(rest, stamps);
    }
    let stamp = match rest.first()? {
        b'0'..=b'9' => stamps.rfc3339(rest)?,
        _ => stamps.traditional(rest)?,
    };
    let tagged = trim_start(rest.get(stamp.len..)?.strip_prefix(b" ")?);
    let (host, rest) = word(tagged);
    if host.is_empty() {
        return None;
    }
    if is_tag(host) {
        // Some write no host: `Nov 23 07:24:24 sshd[1551]: …`.
        let (program, pid, _) = tag(host)?;
        return Some(Syslog { stamp, host: &[], program, pid, message: trim_start(rest), tagged });
    }
    let rest = trim_start(rest);
    if let Some((program, pid, len)) = tag(rest) {
        let message = trim_start(rest.get(len..)?);
        return Some(Syslog { stamp, host, program, pid, message, tagged: rest });
    }
    if find(rest, b"message repeated").is_some() {
        return Some(Syslog { stamp, host, program: &[], pid: 0, message: rest, tagged: rest });
    }
    loose_5424(stamp, host, rest)
}

/// `[22773] Nov 23 07:24:24 Child connection from 10.0.0.7:54619`: what Dropbear writes to standard error.
fn of_dropbear<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Syslog<'a>> {
    let (pid, len) = number(line.get(1..)?)?;
    let rest = line.get(len + 1..)?.strip_prefix(b"] ")?;
    let stamp = stamps.traditional(rest)?;
    let message = rest.get(stamp.len..)?.strip_prefix(b" ")?;
    Some(Syslog { stamp, host: &[], program: b"dropbear", pid, message, tagged: message })
}

/// What stands behind `<34>`.
fn after_priority(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b"<") else { return line };
    match rest.iter().take(4).position(|&byte| byte == b'>') {
        Some(end) if end > 0 && rest[..end].iter().all(u8::is_ascii_digit) => &rest[end + 1..],
        _ => line,
    }
}

/// `2026-11-23T07:24:24Z vm sshd 1551 - - Server listening`, behind `<34>1 `.
fn parse_5424<'a>(rest: &'a [u8], stamps: &mut Stamps) -> Option<Syslog<'a>> {
    let stamp = stamps.rfc3339(rest)?;
    let (host, rest) = word(rest.get(stamp.len..)?.strip_prefix(b" ")?);
    loose_5424(stamp, host, rest)
}

/// `APP PROCID MSGID STRUCTURED-DATA MESSAGE`, which some write without the number and version in front.
fn loose_5424<'a>(stamp: Stamp, host: &'a [u8], rest: &'a [u8]) -> Option<Syslog<'a>> {
    let (program, rest) = word(rest);
    let (process, rest) = word(rest);
    let (_, rest) = word(rest);
    let pid = match process {
        b"-" => 0,
        _ => number(process).filter(|&(_, len)| len == process.len())?.0,
    };
    let rest = match rest.first()? {
        b'-' => &rest[1..],
        b'[' => after_structured_data(rest)?,
        _ => return None,
    };
    let message = rest.strip_prefix(b" ").unwrap_or(rest);
    let message = message.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(message);
    let nil = |field: &'a [u8]| if field == b"-" { &[][..] } else { field };
    Some(Syslog { stamp, host: nil(host), program: nil(base_name(program)), pid, message, tagged: message })
}

/// What stands behind `[id key="value"][id …]`.
fn after_structured_data(mut rest: &[u8]) -> Option<&[u8]> {
    while let Some(element) = rest.strip_prefix(b"[") {
        let (mut quoted, mut escaped) = (false, false);
        let end = element.iter().position(|&byte| {
            let closes = byte == b']' && !quoted;
            if byte == b'"' && !escaped {
                quoted = !quoted;
            }
            escaped = byte == b'\\' && !escaped;
            closes
        })?;
        rest = &element[end + 1..];
    }
    Some(rest)
}

fn is_tag(token: &[u8]) -> bool {
    token.ends_with(b":") && tag(token).is_some_and(|(_, _, len)| len == token.len())
}

/// `sshd[1551]:`, `sudo:`, `/usr/sbin/cron[7]:`, `sshd(pam_unix)[7]:`; program, process and length, the colon included.
fn tag(bytes: &[u8]) -> Option<(&[u8], u32, usize)> {
    let end = bytes.iter().take(128).position(|byte| matches!(byte, b'[' | b':' | b' '))?;
    let name = bytes.get(..end).filter(|name| !name.is_empty())?;
    // Dovecot's tags go on with ids that may have a slash in them.
    let name = base_name(memchr(b'(', name).map_or(name, |at| &name[..at]));
    match bytes[end] {
        b':' => Some((name, 0, end + 1)),
        b'[' => {
            let inside = bytes.get(end + 1..)?;
            let close = inside.iter().take(32).position(|&byte| byte == b']')?;
            let (pid, _) = number(inside).unwrap_or((0, 0));
            let behind = end + close + 2;
            // GDM's tag is `gdm-password][1551]:`.
            match inside.get(close + 1) {
                Some(b':') => Some((name, pid, behind + 1)),
                // ProFTPD's own log file has no colon: `proftpd[881] ftp1 (10.0.0.7[10.0.0.7]): …`.
                Some(b' ') if name == b"proftpd" => Some((name, pid, behind)),
                // The Kerberos servers put how grave it is there: `krb5kdc[7](info):`.
                Some(b'(') => {
                    let level = inside.get(close + 2..)?.iter().take(16).position(|&byte| byte == b')')?;
                    (inside.get(close + level + 3) == Some(&b':')).then_some((name, pid, behind + level + 3))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn base_name(program: &[u8]) -> &[u8] {
    let program = memchr::memrchr(b'/', program).map_or(program, |at| &program[at + 1..]);
    program.strip_suffix(b"]").unwrap_or(program)
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().take_while(|&&byte| byte == b' ').count();
    &bytes[blanks..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::rfc3339_from_nanos;

    fn said(line: &str) -> String {
        parse(line.as_bytes(), &mut Stamps::default()).map_or_else(
            || "none".to_owned(),
            |line| {
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                let at = rfc3339_from_nanos(line.stamp.at);
                format!("{at}|{}|{}|{}|{}", text(line.host), text(line.program), line.pid, text(line.message))
            },
        )
    }

    #[test]
    fn every_frame_gives_the_same_parts() {
        let parts = "2026-11-23T07:24:24.000Z|vm|sshd|1551|Server listening on :: port 22.";
        for line in [
            "2026-11-23T07:24:24+00:00 vm sshd[1551]: Server listening on :: port 22.",
            "2026-11-23T07:24:24Z vm /usr/sbin/sshd[1551]: Server listening on :: port 22.",
            "<86>2026-11-23T07:24:24.000Z vm sshd[1551]: Server listening on :: port 22.",
            "<34>1 2026-11-23T07:24:24Z vm sshd 1551 - - Server listening on :: port 22.",
            "<34>1 2026-11-23T08:24:24+01:00 vm sshd 1551 ID47 [a@1 k=\"v\\\"]x\"][b] \u{FEFF}Server listening on :: port 22.",
            "2026-11-23T07:24:24Z vm sshd 1551 - - Server listening on :: port 22.",
            "Nov 23 2026 07:24:24 vm sshd[1551]: Server listening on :: port 22.",
        ] {
            assert_eq!(said(line), parts, "{line}");
        }
    }

    #[test]
    fn what_a_line_leaves_out_is_empty() {
        assert_eq!(said("Nov  3 07:24:24 vm su: x"), "1904-11-03T07:24:24.000Z|vm|su|0|x");
        assert_eq!(said("Nov  3 07:24:24 sshd[7]: x"), "1904-11-03T07:24:24.000Z||sshd|7|x");
        assert_eq!(said("Nov  3 07:24:24 vm sshd(pam_unix)[7]: x"), "1904-11-03T07:24:24.000Z|vm|sshd|7|x");
        assert_eq!(said("Nov  3 07:24:24 vm gdm-password][7]: x"), "1904-11-03T07:24:24.000Z|vm|gdm-password|7|x");
        assert_eq!(
            said("Nov  3 07:24:24 --- last message repeated 3 times ---"),
            "1904-11-03T07:24:24.000Z|---||0|last message repeated 3 times ---"
        );
    }

    #[test]
    fn programs_that_write_the_frame_themselves_leave_parts_of_it_out() {
        assert_eq!(
            said("[22773] Nov  3 07:24:24 Child connection from 10.0.0.7:54619"),
            "1904-11-03T07:24:24.000Z||dropbear|22773|Child connection from 10.0.0.7:54619"
        );
        assert_eq!(
            said("2026-11-03 07:24:24,991 ftp1 proftpd[881] ftp1 (gw[10.0.0.7]): FTP session opened."),
            "2026-11-03T07:24:24.991Z|ftp1|proftpd|881|ftp1 (gw[10.0.0.7]): FTP session opened."
        );
        assert_eq!(said("[22773] words"), "none");
    }

    #[test]
    fn other_lines_are_none() {
        for line in [
            "",
            "<34>",
            "<34>1 ",
            "1 2026-11-23T07:24:24Z",
            "Nov 23 07:24:24",
            "Nov 23 07:24:24 vm",
            "Nov 23 07:24:24 vm some words without a tag",
            "2026-03-03T10:57:21.784Z 127.0.0.1 - 8rMZlGLv \"GET /login HTTP/1.1\" 200 8352.890 ms \"Mozilla/5.0\"",
            "127.0.0.1 - - [03/Mar/2026:11:33:05 +0000] \"GET /login HTTP/1.1\" 200 383 \"-\" \"x\"",
            "{\"time\":\"2026-03-16T07:59:46+00:00\"}",
            "2026-11-23 07:39:18.263 UTC [19181] LOG:  starting PostgreSQL 15.18",
        ] {
            assert_eq!(said(line), "none", "{line}");
        }
    }
}
