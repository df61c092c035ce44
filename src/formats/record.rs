//! One structured record: the values of its known fields, whichever form it was written in.

use super::{
    fields::{FIELDS, Field as F, Part, Role, role},
    json::{Broken, MAX_DEPTH, Text, Value, Walk},
    requests::{Asked, Request, session_id},
    stamp_forms,
    timestamp::{Stamp, Stamps},
};
use std::borrow::Cow;

/// The values of one record's known fields.
#[derive(Clone, Debug)]
pub(super) struct Record<'a> {
    values: [(u8, Text<'a>); FIELDS],
}

impl Default for Record<'_> {
    fn default() -> Self {
        Self { values: [(u8::MAX, Text::default()); FIELDS] }
    }
}

impl<'a> Record<'a> {
    /// Takes note of a value, unless a better name for the same field gave one.
    pub(super) fn put(&mut self, role: Role, text: Text<'a>) {
        let Some((field, rank)) = role.plain else { return };
        if matches!(text.raw, b"" | b"-" | b"null") {
            return;
        }
        let slot = &mut self.values[field as usize];
        if rank < slot.0 {
            *slot = (rank, text);
        }
    }

    /// Sets a value, whatever gave one before.
    pub(super) fn set(&mut self, field: F, text: Text<'a>) {
        if !matches!(text.raw, b"" | b"-" | b"null") {
            self.values[field as usize] = (0, text);
        }
    }

    /// Takes from another record what this one does not have of some fields.
    pub(super) fn fill(&mut self, other: &Self, fields: &[F]) {
        for &field in fields {
            if !self.has(field) {
                self.values[field as usize] = other.values[field as usize];
            }
        }
    }

    /// Reads a JSON object.
    pub(super) fn read_json(&mut self, bytes: &'a [u8], names: &mut Names) -> Result<(), Broken> {
        let mut walk = Walk::new(bytes);
        if walk.value()? != Value::Object {
            return Err(Broken);
        }
        names.restart();
        self.walk(&mut walk, Part::Record, 0, names)?;
        if walk.is_done() { Ok(()) } else { Err(Broken) }
    }

    fn walk(&mut self, walk: &mut Walk<'a>, of: Part, depth: usize, names: &mut Names) -> Result<(), Broken> {
        while let Some(key) = walk.key()? {
            let role = names.role(of, key.raw);
            match walk.value()? {
                Value::Text(text) => self.put(role, text),
                Value::Bare(bare) => self.put(role, Text::plain(bare)),
                Value::Object => match role.part {
                    Some(part) if depth < MAX_DEPTH => self.walk(walk, part, depth + 1, names)?,
                    _ => walk.leave()?,
                },
                Value::Array => match role.plain {
                    Some((field, _)) => {
                        while let Some(item) = walk.item()? {
                            walk.skip(item)?;
                            if let Value::Text(text) = item
                                && (field != F::SetCookie || session_id::in_cookies(&text.bytes()).is_some())
                            {
                                self.put(role, text);
                            }
                        }
                    }
                    None => walk.leave()?,
                },
            }
        }
        Ok(())
    }

    /// A field's characters; empty where the record does not have it.
    pub(super) fn get(&self, field: F) -> Cow<'a, [u8]> {
        self.values[field as usize].1.bytes()
    }

    /// Whether the record has a field.
    pub(super) fn has(&self, field: F) -> bool {
        self.values[field as usize].0 != u8::MAX
    }

    /// When it was written.
    pub(super) fn stamp(&self, stamps: &mut Stamps) -> Option<Stamp> {
        let text = self.get(F::Time);
        stamps.any(&text).or_else(|| stamp_forms::leading(stamps, &text))
    }

    /// Whether it tells of a request that was answered.
    pub(super) fn is_request(&self) -> bool {
        self.asks() && self.status() != 0
    }

    /// Whether it tells of a page that somebody got or did not get, without saying how it was asked for: its path, the
    /// answer's status, and who.
    pub(super) fn is_read(&self) -> bool {
        let who = self.has(F::User) || self.has(F::Session) || self.has(F::Client);
        who && !self.asks()
            && self.get(F::Target).starts_with(b"/")
            && matches!(status(&self.get(F::Status)), 200..=399 | 401 | 403 | 419 | 440)
    }

    /// Whether it tells of a request whose answer another record tells.
    pub(super) fn is_asked(&self) -> bool {
        self.asks() && self.has(F::RequestId)
    }

    /// Whether it tells of the answer to a request that another record tells.
    pub(super) fn is_answer(&self) -> bool {
        !self.asks() && self.has(F::RequestId) && self.has(F::Status) && self.status() != 0
    }

    fn asks(&self) -> bool {
        self.has(F::Method) && self.has(F::Target) || self.has(F::Request)
    }

    /// The answer's status, 0 where there is none.
    pub(super) fn status(&self) -> u16 {
        let status = status(&self.get(F::Status));
        // django-structlog calls it a code.
        if status == 0 && self.asks() { status_of_code(&self.get(F::Code)) } else { status }
    }

    /// Gives `push` the request that it tells of.
    pub(super) fn request(&self, stamp: Stamp, push: impl FnOnce(&Request<'_>)) {
        let (method, target, query, line) =
            (self.get(F::Method), self.get(F::Target), self.get(F::Query), self.get(F::Request));
        let upper = if self.is_read() { b"GET".to_vec() } else { method.to_ascii_uppercase() };
        let asked = if upper.is_empty() || target.is_empty() {
            Asked::Line(&line)
        } else {
            Asked::Parts(&upper, &target, &query)
        };
        let (agent, user, host) = (self.get(F::Agent), self.user(), self.get(F::Host));
        let (client, session, location) = (self.client(), self.session(&upper), self.get(F::Location));
        push(&Request {
            stamp,
            asked,
            status: self.status(),
            client: &client,
            agent: &agent,
            user: &user,
            host: &host,
            session: session.as_deref(),
            location: &location,
        });
    }

    /// The client's address: the first of those that proxies passed on, without its port.
    pub(super) fn client(&self) -> Cow<'a, [u8]> {
        let forwarded = self.get(F::Forwarded);
        let first = forwarded.split(|&byte| byte == b',').next().unwrap_or_default().trim_ascii();
        if !first.is_empty() {
            return Cow::Owned(first.to_owned());
        }
        let client = match self.get(F::Client) {
            // An IPv4 client of a server that listens to both (RFC 4291 2.5.5.2) has one address, not two.
            Cow::Borrowed(mapped) => {
                Cow::Borrowed(mapped.strip_prefix(b"::ffff:").filter(|rest| rest.contains(&b'.')).unwrap_or(mapped))
            }
            owned @ Cow::Owned(_) => owned,
        };
        match without_port(&client) {
            Some(len) => Cow::Owned(client.get(len.0..len.1).unwrap_or_default().to_owned()),
            None => client,
        }
    }

    /// The user's name; none for words that stand for nobody.
    pub(super) fn user(&self) -> Cow<'a, [u8]> {
        let user = self.get(F::User);
        let nobody =
            [&b"anonymous"[..], b"anonymousUser", b"guest", b"undefined", b"none", b"(null)", b"nil", b"unknown"];
        if nobody.iter().any(|word| user.eq_ignore_ascii_case(word)) || is_redacted(&user) {
            return Cow::Borrowed(b"");
        }
        user
    }

    /// The session's identifier: the one that the request sent, else the one that the answer set. A request that signs in
    /// may send an old one and be given a new one, so what an accepted POST sets comes first.
    pub(super) fn session(&self, method: &[u8]) -> Option<Cow<'a, [u8]>> {
        let sent = || {
            let named = self.get(F::Session);
            if !is_no_value(&named) {
                return Some(named);
            }
            in_cookies(self.get(F::Cookie))
        };
        let set = || in_cookies(self.get(F::SetCookie));
        let accepted = matches!(self.status(), 200..=399);
        if method == b"POST" && accepted { set().or_else(sent) } else { sent().or_else(set) }
    }
}

fn in_cookies(cookies: Cow<'_, [u8]>) -> Option<Cow<'_, [u8]>> {
    let found = match cookies {
        Cow::Borrowed(cookies) => Cow::Borrowed(session_id::in_cookies(cookies)?),
        Cow::Owned(cookies) => Cow::Owned(session_id::in_cookies(&cookies)?.to_owned()),
    };
    (!is_no_value(&found)).then_some(found)
}

/// Whether a value stands for none, or was taken out before the record was written.
fn is_no_value(value: &[u8]) -> bool {
    matches!(value, b"" | b"-" | b"null" | b"undefined" | b"none" | b"None" | b"nil" | b"false" | b"true")
        || is_redacted(value)
}

/// `[Redacted]`, `***`, `<redacted>`, `[FILTERED]`.
fn is_redacted(value: &[u8]) -> bool {
    let inner = value.trim_ascii();
    let bracketed = matches!((inner.first(), inner.last()), (Some(b'['), Some(b']')) | (Some(b'<'), Some(b'>')));
    bracketed && inner.len() <= 16 || inner.eq_ignore_ascii_case(b"redacted") || inner.iter().all(|&byte| byte == b'*')
}

fn status(text: &[u8]) -> u16 {
    match *text {
        [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
        }
        _ => 0,
    }
}

fn status_of_code(code: &[u8]) -> u16 {
    Some(status(code)).filter(|status| (100..600).contains(status)).unwrap_or_default()
}

/// Where the address lies in `10.0.0.1:4242` or `[::1]:4242`; `None` where there is no port.
fn without_port(text: &[u8]) -> Option<(usize, usize)> {
    let colon = memchr::memrchr(b':', text)?;
    let is_port = text.get(colon + 1..)?.iter().all(u8::is_ascii_digit);
    match text.first() {
        Some(b'[') if text.get(colon.checked_sub(1)?) == Some(&b']') => Some((1, colon - 1)),
        _ if is_port && memchr::memchr(b':', text) == Some(colon) => Some((0, colon)),
        _ => None,
    }
}

/// What the names of a source's records stand for. Records repeat the same names in the same order, so that most are found
/// at the place where the record before had them.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    known: Vec<(Part, Box<[u8]>, Role)>,
    next: usize,
}

impl Names {
    /// No record has more names that are worth remembering.
    const MOST: usize = 256;

    /// Begins a record.
    pub(super) fn restart(&mut self) {
        self.next = 0;
    }

    /// What the next name stands for.
    pub(super) fn role(&mut self, of: Part, name: &[u8]) -> Role {
        let at = self.next;
        self.next += 1;
        if let Some((part, known, role)) = self.known.get(at)
            && *part == of
            && **known == *name
        {
            return *role;
        }
        let found = role(of, name);
        if at < self.known.len() {
            self.known[at] = (of, name.into(), found);
        } else if at < Self::MOST {
            self.known.push((of, name.into(), found));
        }
        found
    }
}
