//! A line of text taken apart: where in it stand time, client, request and status.

use crate::formats::{
    fields::{Field, Part, role},
    lines::{find, quoted},
    requests::{Asked, Request, is_address, session_id},
    stamp_forms,
    timestamp::{Stamp, Stamps},
};

/// What a line tells.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told<'a> {
    /// A request and its answer. Without a time its stamp has no length.
    Request(Request<'a>),
    /// A request whose answer another line tells, tied by this id.
    Asked(&'a [u8], Request<'a>),
    /// Such an answer: its id, status and where it sends the client.
    Answered(&'a [u8], u16, &'a [u8]),
    /// Something else, at a time.
    Words(Stamp, &'a [u8]),
    /// Nothing by itself.
    Nothing,
}

/// Where in a line the request stands.
#[derive(Clone, Copy, Debug)]
struct Found<'a> {
    method: &'a [u8],
    target: &'a [u8],
    from: usize,
    until: usize,
}

const METHODS: &[&[u8]] =
    &[b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"CONNECT", b"PROPFIND", b"REPORT"];

/// The longest of them.
const LONGEST: usize = 8;

/// Nothing in front of the time is longer.
const FAR: usize = 400;

const UNDATED: Stamp = Stamp { at: 0, zone: None, len: 0 };

/// Takes a line apart.
pub(super) fn take_apart<'a>(line: &'a [u8], stamps: &mut Stamps) -> Told<'a> {
    let dated = find_stamp(line, stamps);
    let Some(found) = find_request(line) else {
        let rest = dated.map_or(line, |(at, stamp)| line.get(at + stamp.len..).unwrap_or_default());
        return match (answered(line), dated) {
            (Some((id, status)), _) => Told::Answered(id, status, &[]),
            // A structured record that is none of the notations': its values are no sentence.
            (None, Some(_)) if matches!(line.trim_ascii_start(), [b'{' | b'"', ..]) => Told::Nothing,
            // Nor are those of a table's row.
            (None, Some(_)) if matches!(rest, [b',' | b';' | b'|', ..]) => Told::Nothing,
            (None, Some((_, stamp))) => Told::Words(stamp, rest),
            (None, None) => Told::Nothing,
        };
    };
    let stamp = dated.map_or(UNDATED, |(_, stamp)| stamp);
    let (front, rest) = (line.get(..found.from).unwrap_or_default(), line.get(found.until..).unwrap_or_default());
    let named = named(front, rest);
    let client = match named.client {
        b"" => client(front, rest),
        client => client,
    };
    let mut request = Request {
        stamp,
        asked: Asked::Parts(found.method, found.target, &[]),
        status: status(front, rest).unwrap_or(named.status),
        client,
        agent: agent(rest).or_else(|| agent(front)).unwrap_or_default(),
        user: named.user,
        host: host_of(found.target),
        session: named.session,
        location: &[],
    };
    // Rails: `Started GET "/orders" for …` and, lines later, `Completed 200 OK in …`.
    if front.ends_with(b"Started ") {
        request.status = 0;
        return Told::Asked(tag(front), request);
    }
    if request.status == 0 {
        return dated.map_or(Told::Nothing, |(_, stamp)| Told::Words(stamp, &[]));
    }
    Told::Request(request)
}

/// The stamp nearest to the line's start, and where it stands.
fn find_stamp(line: &[u8], stamps: &mut Stamps) -> Option<(usize, Stamp)> {
    let near = line.get(..line.len().min(FAR))?;
    let mut boundary = true;
    for (at, &byte) in near.iter().enumerate() {
        if boundary
            && (byte.is_ascii_digit() || byte.is_ascii_uppercase())
            && let Some(stamp) = stamp_forms::leading(stamps, line.get(at..)?)
        {
            return Some((at, stamp));
        }
        boundary = matches!(byte, b' ' | b'[' | b'"' | b'\t' | b'(' | b'=' | b'|');
    }
    None
}

/// The method and target, bare or in quotes together or apart.
fn find_request(line: &[u8]) -> Option<Found<'_>> {
    // A line has many words and few slashes: what stands before a slash is looked at, not every word.
    memchr::memchr_iter(b'/', line).find_map(|slash| {
        let before = line.get(..slash)?;
        let before = before.strip_suffix(b"http:").or_else(|| before.strip_suffix(b"https:")).unwrap_or(before);
        let gap = before.iter().rev().take_while(|&&byte| is_gap(byte)).count();
        let before = before.get(..before.len() - gap).filter(|_| gap > 0)?;
        let letters = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).take(LONGEST + 1).count();
        let at = before.len() - letters;
        METHODS.iter().find(|method| before[at..].eq_ignore_ascii_case(method))?;
        let is_boundary =
            |byte: &u8| matches!(byte, b' ' | b'"' | b'\'' | b'[' | b'(' | b':' | b'=' | b'\t' | b'|' | b'`');
        before[..at].last().is_none_or(is_boundary).then(|| request_at(line, at))?
    })
}

/// What may stand between a method and its target.
fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'"' | b'\'' | b']' | b'|')
}

fn request_at(line: &[u8], at: usize) -> Option<Found<'_>> {
    let rest = line.get(at..)?;
    // hapi writes them in lower case.
    let named = |method: &&&[u8]| rest.get(..method.len()).is_some_and(|text| text.eq_ignore_ascii_case(method));
    let method = METHODS
        .iter()
        .find(named)
        .filter(|method| rest.first().is_some_and(u8::is_ascii_uppercase) || rest.get(method.len()) == Some(&b' '))?;
    let mut target_at = at + method.len();
    let gap = line.get(target_at..)?.iter().take_while(|&&byte| is_gap(byte)).count();
    target_at += gap;
    let text = line.get(target_at..)?;
    let is_target =
        gap > 0 && (text.starts_with(b"/") || text.starts_with(b"http://") || text.starts_with(b"https://"));
    if !is_target {
        return None;
    }
    let len = text.iter().position(|byte| matches!(byte, b' ' | b'"' | b'\'' | b'`' | b'\t')).unwrap_or(text.len());
    let target = text.get(..len)?;
    let target = target.strip_suffix(b",").or_else(|| target.strip_suffix(b"]")).unwrap_or(target);
    let mut until = target_at + len;
    // ` HTTP/1.1"` belongs to the request.
    let behind = line.get(until..)?;
    if behind.starts_with(b" HTTP/") {
        until += 6 + behind.get(6..)?.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    }
    if matches!(line.get(until), Some(b'"' | b'\'' | b'`')) {
        until += 1;
    }
    Some(Found { method, target, from: at, until })
}

/// The words of a text, what stands in quotes as one.
struct Words<'a>(&'a [u8]);

impl<'a> Iterator for Words<'a> {
    /// The word, and whether it stood in quotes.
    type Item = (&'a [u8], bool);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_ascii_start();
        if rest.is_empty() {
            return None;
        }
        if let Some((inner, behind)) = quoted(rest) {
            self.0 = behind;
            return Some((inner, true));
        }
        let end = rest.iter().position(|&byte| byte == b' ' || byte == b'\t').unwrap_or(rest.len());
        self.0 = &rest[end..];
        Some((&rest[..end], false))
    }
}

fn bare(word: &[u8]) -> &[u8] {
    let is_edge = |byte: &u8| matches!(byte, b'[' | b']' | b':' | b',' | b'|' | b'(' | b')' | b';' | b'\'');
    // An IPv6 address may begin with a colon.
    let from = word.iter().position(|byte| *byte == b':' || !is_edge(byte)).unwrap_or(word.len());
    let until = word.iter().rposition(|byte| !is_edge(byte)).map_or(from, |at| at + 1);
    word.get(from..until).unwrap_or_default()
}

fn as_status(word: &[u8]) -> Option<u16> {
    let [a @ b'1'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9'] = *bare(word) else { return None };
    Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
}

/// The answer's status: right behind the request, else before it.
fn status(front: &[u8], rest: &[u8]) -> Option<u16> {
    /// Behind the request nothing comes before it but, in some, from whom.
    const NEAR: usize = 5;
    // uWSGI: `… generated 47 bytes in 129 msecs (HTTP/1.1 200) …`.
    let with_version = find(rest, b"(HTTP/").and_then(|at| as_status(rest.get(at + 10..at + 13)?));
    if with_version.is_some() {
        return with_version;
    }
    let behind = Words(rest).take(NEAR).filter(|(_, quoted)| !quoted).find_map(|(word, _)| as_status(word));
    let before = || {
        // PHP's server: `[200]: GET /`. Anything else in brackets is a process or a level.
        let bracketed =
            front.trim_ascii_end().strip_suffix(b"]:").and_then(|text| text.get(text.len().checked_sub(3)?..));
        let in_words = || {
            Words(front)
                .filter(|(word, quoted)| !quoted && word.first() != Some(&b'['))
                .find_map(|(word, _)| as_status(word))
        };
        bracketed.and_then(as_status).or_else(in_words)
    };
    behind.or_else(before)
}

/// The client's address: the first before the request, else one behind it that is not a server's.
fn client<'a>(front: &'a [u8], rest: &'a [u8]) -> &'a [u8] {
    if let Some(address) = Words(front).find_map(|(word, _)| address(word)) {
        return address;
    }
    let mut before: &[u8] = b"";
    for (word, _) in Words(rest) {
        let from = matches!(before, b"from" | b"for" | b"by" | b"client" | b"-");
        if let Some(address) = address(word)
            && (from || is_address(bare(word)))
        {
            return address;
        }
        before = word;
    }
    b""
}

/// The address in a word such as `10.0.0.1:4242`, `[::1]:80`, `10.0.0.1,` or `ip=10.0.0.1`.
pub(super) fn address(word: &[u8]) -> Option<&[u8]> {
    // Most words are none, and this is told by looking once.
    if !word.iter().any(|byte| matches!(byte, b'.' | b':')) {
        return None;
    }
    let word = match memchr::memchr(b'=', word) {
        Some(at) => word.get(at + 1..)?,
        None => word,
    };
    let word = bare(word);
    if is_address(word) {
        return Some(word);
    }
    let colon = memchr::memrchr(b':', word)?;
    let (host, port) = (word.get(..colon)?, word.get(colon + 1..)?);
    let host = bare(host);
    (!port.is_empty() && port.iter().all(u8::is_ascii_digit) && is_address(host)).then_some(host)
}

/// A browser: what stands in quotes and names itself as one, or as a program with its version.
fn agent(text: &[u8]) -> Option<&[u8]> {
    let named = |text: &[u8]| {
        let slash = memchr::memchr(b'/', text)?;
        let name = text.get(..slash)?;
        let version = text.get(slash + 1)?;
        let is_name = !name.is_empty()
            && name[0].is_ascii_alphabetic()
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b' '));
        (is_name && version.is_ascii_digit()).then_some(())
    };
    let mark = memchr::memchr2(b'"', b'{', text)?;
    if memchr::memchr(b'"', &text[mark..]).is_some()
        && let Some((text, _)) = Words(text).find(|(word, quoted)| *quoted && named(word).is_some())
    {
        return Some(text);
    }
    // HAProxy's captured headers: `{shop.example|Mozilla/5.0 (X11) …|}`.
    let open = memchr::memchr(b'{', text)?;
    let inner = text.get(open + 1..)?;
    let inner = inner.get(..memchr::memchr(b'}', inner)?)?;
    inner.split(|&byte| byte == b'|').find(|part| named(part).is_some())
}

/// What a line names by `key=value`.
#[derive(Default)]
struct Named<'a> {
    client: &'a [u8],
    user: &'a [u8],
    session: Option<&'a [u8]>,
    status: u16,
}

fn named<'a>(front: &'a [u8], rest: &'a [u8]) -> Named<'a> {
    let mut named = Named::default();
    for text in [front, rest] {
        if memchr::memchr(b'=', text).is_none() {
            continue;
        }
        // That behind the request is the request's own.
        named.session = session_id::in_fields(text).or(named.session);
        for (word, _) in Words(text).filter(|(_, quoted)| !quoted) {
            let Some(at) = memchr::memchr(b'=', word) else { continue };
            let (name, value) = (word.get(..at).unwrap_or_default(), word.get(at + 1..).unwrap_or_default());
            let value = value.strip_prefix(b"\"").unwrap_or(value);
            let value = bare(value.strip_suffix(b"\"").unwrap_or(value));
            if matches!(value, b"" | b"-") {
                continue;
            }
            match role(Part::Record, name).plain {
                Some((Field::User, _)) if named.user.is_empty() => named.user = value,
                Some((Field::Client | Field::Forwarded, _)) if named.client.is_empty() && is_address(value) => {
                    named.client = value;
                }
                Some((Field::Status, _)) => named.status = as_status(value).unwrap_or_default(),
                _ => {}
            }
        }
    }
    named
}

/// The host of an absolute target.
fn host_of(target: &[u8]) -> &[u8] {
    let Some(at) = find(target, b"://") else { return b"" };
    let rest = target.get(at + 3..).unwrap_or_default();
    rest.split(|&byte| byte == b'/').next().unwrap_or_default()
}

/// `Completed 200 OK in 12ms`, behind whatever a logger puts in front.
fn answered(line: &[u8]) -> Option<(&[u8], u16)> {
    let at = find(line, b"Completed ")?;
    let status = as_status(line.get(at + 10..at + 13)?)?;
    (line.get(at + 13) == Some(&b' ')).then_some((tag(line.get(..at)?), status))
}

/// What ties the lines of one request together in Rails' log: its id in brackets, else the process.
fn tag(front: &[u8]) -> &[u8] {
    let bracketed =
        |text: &&[u8]| text.len() >= 20 && text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    if let Some(id) = front.split(|byte| matches!(byte, b'[' | b']')).find(bracketed) {
        return id;
    }
    let Some(at) = memchr::memchr(b'#', front) else { return b"" };
    let rest = front.get(at..).unwrap_or_default();
    rest.get(..rest.iter().position(|byte| matches!(byte, b']' | b' ')).unwrap_or(rest.len())).unwrap_or_default()
}
