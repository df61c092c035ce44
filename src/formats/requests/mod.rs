//! What a request becomes, whichever server wrote it down and in whatever form.
//!
//! Each request is one event of kind [`EventKind::Neutral`]: what it says about a session shows only beside its neighbours. Its
//! `link` is a hash of the session identifier that the record names, 0 where it names none; the pairs are in
//! [`EventStore::session_ids`](crate::model::EventStore::session_ids).

pub(super) mod pairs;
pub(super) mod session_id;
mod what;

use super::{
    lines::{self, Line},
    timestamp::Stamp,
};
use crate::model::{Event, EventBatch, EventFlags, EventKind, Located, SourceId, SourceReport, Span, Sym, Symbols};
use what::What;

/// What stands between a request and where its answer sent the client, in [`Event::what`].
pub const REDIRECT: &str = " \u{2192} ";

/// One request as its record tells of it. What it does not tell is empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    /// When, and in which zone.
    pub(super) stamp: Stamp,
    /// The request itself.
    pub(super) asked: Asked<'a>,
    /// The answer's status, 0 where there was none.
    pub(super) status: u16,
    /// The client's address.
    pub(super) client: &'a [u8],
    /// Its browser.
    pub(super) agent: &'a [u8],
    /// The user that the server knew.
    pub(super) user: &'a [u8],
    /// The host that was asked.
    pub(super) host: &'a [u8],
    /// The session's identifier.
    pub(super) session: Option<&'a [u8]>,
    /// Where the answer sent the client.
    pub(super) location: &'a [u8],
}

/// A request's method and target.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    /// `GET /login?x=y HTTP/1.1`.
    Line(&'a [u8]),
    /// Method, target, and the query where it stands apart.
    Parts(&'a [u8], &'a [u8], &'a [u8]),
}

/// Makes events of requests, and counts what the source as a whole does not tell.
#[derive(Debug, Default)]
pub(super) struct Requests {
    zone: Option<i32>,
    count: u64,
    without_agent: u64,
    named_sessions: bool,
    host: (Vec<u8>, Sym),
    text: String,
    what: What,
    /// Whether the next request was sent from a page to sign in by.
    from_sign_in: bool,
}

impl Requests {
    /// Takes note of the page that the request to be pushed next was sent from.
    pub(super) fn sent_from(&mut self, referer: &[u8]) {
        self.from_sign_in = what::is_sign_in_page(&lines::text(referer));
    }

    /// Adds the event of a request. One that is none (a probe, TLS on the wrong port) says nothing about a session.
    pub(super) fn push(&mut self, request: &Request<'_>, line: Line<'_>, source: SourceId, events: &mut EventBatch) {
        self.push_at(request, (line.offset, line.len), source, events);
    }

    fn push_at(&mut self, request: &Request<'_>, (offset, len): (u64, u32), source: SourceId, events: &mut EventBatch) {
        self.zone = self.zone.or(request.stamp.zone.filter(|&offset| offset != 0));
        let is_request = match request.asked {
            Asked::Line(text) => self.what.read(text),
            Asked::Parts(method, target, query) => self.what.read_parts(method, target, query),
        };
        if !is_request {
            return;
        }
        if !request.location.is_empty() && (300..400).contains(&request.status) {
            self.what.redirected(request.location);
        }
        let session = request.session.or_else(|| self.what.path_session().map(str::as_bytes));
        let link = session.map_or(0, |value| {
            let link = session_id::link(value);
            events.intern_session_id(link, &lines::text(value));
            link
        });
        self.named_sessions |= link != 0;
        self.count += 1;
        self.without_agent += u64::from(request.agent.is_empty());
        if self.host.0 != request.host {
            self.host = (request.host.to_owned(), intern(&mut events.symbols, request.host));
        }
        let symbols = &mut events.symbols;
        let mut flags = EventFlags::default();
        if std::mem::take(&mut self.from_sign_in) {
            flags.insert(EventFlags::FROM_SIGN_IN);
        }
        let event = Event {
            time: request.stamp.at,
            kind: EventKind::Neutral,
            stated: self.what.stated(),
            flags,
            status: request.status,
            span: Located(Span { source, offset, len }),
            actor: intern(symbols, request.user),
            client: self.client(request.client, request.agent, symbols),
            host: self.host.1,
            what: symbols.intern(self.what.text()),
            link,
            ..Event::default()
        };
        events.push(event);
    }

    /// The address and, behind a tab, the browser.
    pub(super) fn client(&mut self, address: &[u8], agent: &[u8], symbols: &mut Symbols) -> Sym {
        if matches!(agent, b"" | b"-") {
            return intern(symbols, address);
        }
        self.text.clear();
        self.text.push_str(&lines::text(address));
        self.text.push('\t');
        self.text.push_str(&lines::text(agent));
        symbols.intern(&self.text)
    }

    /// Adds what a later chunk counted.
    pub(super) fn join(&mut self, later: &Self) {
        self.zone = self.zone.or(later.zone);
        self.count += later.count;
        self.without_agent += later.without_agent;
        self.named_sessions |= later.named_sessions;
    }

    /// Says what the source does not tell.
    pub(super) fn write_to(&self, report: &mut SourceReport) {
        report.zone_offset_secs = self.zone.or(report.zone_offset_secs);
        let limit = match () {
            () if self.count == 0 => return,
            () if self.named_sessions => return,
            () if self.without_agent == self.count => {
                "its lines name no browser; clients are told apart by address alone"
            }
            () => "its lines name no session; clients are told apart by address and browser",
        };
        report.limits.push(limit.to_owned());
    }
}

/// Whether these bytes are an IPv4 or IPv6 address, perhaps followed by a comma.
pub(super) fn is_address(text: &[u8]) -> bool {
    let text = text.strip_suffix(b",").unwrap_or(text);
    let (mut dots, mut colons, mut gap, mut digits_only, mut before) = (0, 0, false, true, 0);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {}
            b'.' => dots += 1,
            b':' => {
                colons += 1;
                gap |= before == b':';
            }
            b'a'..=b'f' | b'A'..=b'F' | b'%' | b'[' | b']' => digits_only = false,
            _ => return false,
        }
        before = byte;
    }
    // Eight groups, or fewer with a gap: a time of day has colons too.
    if colons >= 2 { colons == 7 || gap } else { dots == 3 && colons == 0 && digits_only }
}

pub(super) fn intern(symbols: &mut Symbols, text: &[u8]) -> Sym {
    symbols.intern(&lines::text(text))
}
