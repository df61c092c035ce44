//! A web session while it is being put together.

use super::{hit::Hit, lane::Carried, purpose::Purpose};
use crate::model::{
    Clues, CookieClock, EndedBy, EventId, EventStore, Exchange, KeyKind, KeyValue, Nanos, Session, SessionKey,
    SourceId, State, Stated, Sym, Ties, TimeRange, TokenClock, TokenRole, time::SECOND,
};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

/// A credential of a session: a secret's id in a HAR, the hash of a session id in a log.
pub type Credential = u64;

/// How long a page takes to ask for its data.
const PAGE_LOAD: Nanos = 5 * SECOND;

/// A session under construction.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts about one session that hold or don't, independent of each other"
)]
pub struct Draft {
    /// The user, as far as known.
    pub user: Sym,
    /// First moment.
    pub started_at: Nanos,
    /// The sign-in.
    pub start_event: Option<EventId>,
    /// Whether a sign-in was seen.
    pub start_seen: bool,
    /// The last event that proves it valid.
    pub last_alive: Option<(EventId, Nanos)>,
    /// The first refusal since.
    pub dead: Option<(EventId, Nanos, Sym)>,
    /// Signed out: nothing heals it.
    pub closed: bool,
    /// Accepted requests since the sign-in.
    pub accepted: u32,
    /// Places that it was let into.
    pub places: HashSet<Sym>,
    /// Names of its session cookies.
    pub cookie_names: Vec<Sym>,
    /// Its credentials.
    pub credentials: HashSet<Credential>,
    /// Whether it sends bearer tokens.
    pub bearer: bool,
    /// Hosts that accepted it, and how often.
    pub hosts: HashMap<Sym, u32>,
    /// Clocks of tokens seen, by value.
    pub tokens: HashMap<Credential, TokenClock>,
    /// Spans of validity of its credentials.
    pub validity: Vec<TimeRange>,
    /// Keys to show.
    pub keys: Vec<SessionKey>,
    /// What is known about its end.
    pub clues: Clues,
    /// Rejections since the last sign of life and their places, to be called "denied" if it heals.
    pub refusals: Vec<(EventId, Sym)>,
    /// Places that refused it while it lived on: a lack of a right, not of a session.
    pub forbidden: HashSet<Sym>,
    /// Whether tokens were given to it, so that its sign-in succeeded for certain.
    pub given: bool,
    /// Whether anything but a renewal was let in.
    pub let_in: bool,
    /// Whether anything shows that someone is signed in, beyond a cookie that every visitor may have.
    pub proved: bool,
    /// Its events while that is not proved.
    pub unproved: Vec<EventId>,
    /// It turned out to be nobody's.
    pub void: bool,
    /// Signed out by a page alone: asked for with GET, answered with 200, and no cookie of it taken away.
    pub left_by_page: bool,
    /// Places of the session's kind that let it in, with its credential, since a place refused it that it had never been in.
    pub let_in_since: HashSet<Sym>,
    /// When the page was let in that nothing but pages followed yet, and the sign of life before it.
    pub page_load: Option<(Nanos, (EventId, Nanos))>,
}

impl Draft {
    /// Takes note of a sign of life.
    pub fn alive(&mut self, hit: &Hit) {
        self.accepted += 1;
        if !hit.page {
            self.page_load = None;
        } else if self.page_load.is_none_or(|(at, _)| hit.time - at > PAGE_LOAD) {
            self.page_load = self.last_alive.map(|before| (hit.time, before));
        }
        self.places.insert(hit.place);
        self.let_in_since.clear();
        if self.last_alive.is_none_or(|(_, at)| at <= hit.time) {
            self.last_alive = Some((hit.id, hit.time));
        }
        self.dead = None;
        self.clues.ended_by = None;
        self.clues.stated = None;
        self.clues.words = None;
        self.clues.refused_renewal = None;
        self.clues.credential_sent = None;
    }

    /// Whether a credential of it was seen, in a cookie or as a token that is sent.
    pub fn has_credential(&self) -> bool {
        self.bearer || !self.cookie_names.is_empty()
    }

    /// Whether one of these credentials is its own.
    pub fn knows(&self, credentials: &[Credential]) -> bool {
        credentials.iter().any(|credential| self.credentials.contains(credential))
    }

    /// Takes back a sign-out that was a page and no act: an app that draws its pages itself answers any address with the same
    /// shell, and others ask first whether it is meant. A renewal that succeeds later, or another sign-out, tells.
    pub fn reopen(&mut self) -> bool {
        let is_page = std::mem::take(&mut self.left_by_page) && self.closed;
        if is_page {
            self.closed = false;
            self.dead = None;
            self.clues.ended_by = None;
        }
        is_page
    }

    /// Whether a place refused it for a reason of its own: it had never let this session in, and since then several others
    /// that it had not been in before did, with its credential. Who is not known any more is refused wherever a session is
    /// needed.
    pub fn is_let_in_elsewhere(&mut self, hit: &Hit, carried: &Carried) -> bool {
        const ENOUGH: usize = 3;
        let Some((_, dead, refused)) = self.dead else { return false };
        let unsaid = self.clues.stated.is_none_or(|(stated, _)| stated.cause().is_none());
        let own = carried.exchange.is_some() && carried.signed && self.knows(&carried.credentials);
        let refusal = self.clues.ended_by == Some(EndedBy::Refusal) && !self.places.contains(&refused);
        if !(own && unsaid && refusal) || hit.page || hit.purpose != Purpose::Content || hit.time < dead {
            return false;
        }
        self.let_in_since.insert(hit.place);
        self.let_in_since.len() >= ENOUGH
    }

    /// Whether an accepted request had been sent before the answer came that refused the renewal: with what was still good, it
    /// says nothing about what comes after.
    pub fn was_on_its_way(&self, hit: &Hit) -> bool {
        self.clues.ended_by == Some(EndedBy::RenewalRefusal)
            && self.dead.is_some_and(|(_, refused, _)| hit.time < refused)
    }

    /// Takes note of a refusal.
    pub fn refused(&mut self, hit: &Hit, by: EndedBy) {
        self.refusals.push((hit.id, hit.place));
        if by == EndedBy::RenewalRefusal {
            self.clues.refused_renewal = Some(hit.id);
        }
        if self.dead.is_none() {
            // The page let in that asked for what is refused was no sign of life: such a page is a file that anyone gets.
            if let Some((_, before)) = self.page_load.filter(|&(at, _)| !hit.page && hit.time - at <= PAGE_LOAD) {
                self.last_alive = Some(before);
            }
            self.dead = Some((hit.id, hit.answered, hit.place));
            self.clues.ended_by = Some(by);
        } else if by == EndedBy::RenewalRefusal {
            self.clues.ended_by = Some(by);
        }
        let of_renewal = by == EndedBy::RenewalRefusal;
        // What has expired, by the answer to a renewal, is the token that was handed in for it, where its own time agrees.
        let ran_out = self.clues.refresh_token.as_deref().and_then(|token| token.expires);
        let stated = match hit.stated {
            Stated::TokenExpired if of_renewal && ran_out.is_some_and(|at| at <= hit.answered) => {
                Stated::RefreshExpired
            }
            stated => stated,
        };
        self.take_stated(stated, hit.id, of_renewal);
    }

    /// Keeps the strongest reason: what a refused renewal says outranks what the request before it said, which only told
    /// that the access token had run out.
    fn take_stated(&mut self, stated: Stated, event: EventId, of_renewal: bool) {
        let old = self.clues.stated.map(|(old, _)| old);
        let better = match old {
            None => true,
            Some(Stated::TokenExpired | Stated::InvalidToken) if of_renewal => true,
            Some(old) => old.cause().is_none() && stated.cause().is_some(),
        };
        if better && stated != Stated::Nothing {
            self.clues.stated = Some((stated, event));
            self.clues.words = None;
        } else if of_renewal && old == Some(Stated::TokenExpired) {
            self.clues.stated = None;
        }
    }

    /// Learns the cookies and tokens of an exchange that belongs to this session.
    pub fn learn(&mut self, events: &EventStore, exchange: &Exchange, event: EventId, signs_in: bool) {
        let stripped = self.cookie_names.is_empty();
        for cookie in &exchange.cookies_set {
            let name = events.symbols.resolve(cookie.name);
            let ours = self.cookie_names.contains(&cookie.name);
            if cookie.cleared {
                continue;
            }
            if ours || (signs_in && may_be_session_cookie(name) && (cookie.http_only || sounds_like_session(name))) {
                self.learn_cookie(events, cookie.name, u64::from(cookie.value.0));
                // Of a cookie that holds a token the token's own end counts, however long the browser keeps it.
                let own_end = exchange.tokens.iter().any(|token| {
                    (token.text == cookie.value || token.value == cookie.value)
                        && (token.role == TokenRole::Refresh || token.issued_at.is_some() && token.expires.is_some())
                });
                if let Some(expires) = cookie.expires.filter(|_| !own_end) {
                    let slides = self.clues.cookie.as_deref().is_some_and(|old| {
                        old.slides || (old.event != event && (expires - old.expires).abs() > 2_000_000_000)
                    });
                    self.clues.cookie =
                        Some(Box::new(CookieClock { set_at: exchange.answered, expires, slides, event }));
                    self.extend_validity(TimeRange::new(exchange.answered, expires));
                }
            }
        }
        if stripped && self.cookie_names.is_empty() {
            for &(name, value) in &exchange.cookies_sent {
                if sounds_like_session(events.symbols.resolve(name)) {
                    self.learn_cookie(events, name, u64::from(value.0));
                }
            }
        }
        self.learn_tokens(events, exchange, event);
        if exchange.user.is_some() && signs_in {
            self.user = exchange.user;
        }
    }

    fn learn_tokens(&mut self, events: &EventStore, exchange: &Exchange, event: EventId) {
        for token in &exchange.tokens {
            if token.role == TokenRole::Id {
                if !self.user.is_some() {
                    self.user = token.subject;
                }
                continue;
            }
            let credential = u64::from(token.value.0);
            self.credentials.insert(credential);
            let new = !self.tokens.contains_key(&credential);
            // A token that can't be read has in a cookie no time but the cookie's own, which may slide.
            let in_cookie =
                exchange.cookies_set.iter().any(|cookie| cookie.value == token.value || cookie.value == token.text);
            let expires = token.expires.filter(|_| !in_cookie || token.issued_at.is_some());
            let clock = *self.tokens.entry(credential).or_insert(TokenClock {
                issued_at: token.issued_at,
                not_before: token.not_before,
                expires,
                first_seen: if token.sent { exchange.answered.min(events.time(event)) } else { exchange.answered },
                event,
            });
            if token.role == TokenRole::Refresh {
                self.clues.refresh_token = Some(Box::new(clock));
                continue;
            }
            self.bearer |= token.sent;
            self.clues.token = Some(Box::new(clock));
            if new {
                if let Some(expires) = clock.expires {
                    self.extend_validity(TimeRange::new(clock.first_seen, expires));
                }
                self.add_key(KeyKind::Token, "sub", KeyValue::Open(events.symbols.resolve(token.subject).into()));
                self.add_key(KeyKind::Token, "jti", KeyValue::Open(events.symbols.resolve(token.id).into()));
                if !self.user.is_some() {
                    self.user = token.subject;
                }
            }
        }
    }

    fn learn_cookie(&mut self, events: &EventStore, name: Sym, value: Credential) {
        if !self.cookie_names.contains(&name) {
            self.cookie_names.push(name);
        }
        if self.credentials.insert(value) {
            let secret = events.secret(crate::model::SecretId(value as u32)).clone();
            self.add_key(KeyKind::Cookie, events.symbols.resolve(name), KeyValue::Secret(secret));
        }
    }

    /// Adds a key to show, at most eight, none twice, none empty.
    pub fn add_key(&mut self, kind: KeyKind, name: &str, value: KeyValue) {
        let empty = matches!(&value, KeyValue::Open(text) if text.is_empty());
        let key = SessionKey { kind, name: name.to_owned().into(), value };
        if !empty && self.keys.len() < 8 && !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    fn extend_validity(&mut self, range: TimeRange) {
        match self.validity.last_mut() {
            Some(last) if range.from <= last.until => *last = last.union(range),
            _ => self.validity.push(range),
        }
    }

    /// What the first refused request shows about the credential, by a HAR.
    pub fn look_at_refusal(&mut self, exchange: &Exchange, can_tell: bool) {
        let cookie_sent = exchange
            .cookies_sent
            .iter()
            .any(|(name, value)| self.cookie_names.contains(name) || self.credentials.contains(&u64::from(value.0)));
        let token_sent = exchange.tokens.iter().any(|token| token.sent);
        let others_sent = !exchange.cookies_sent.is_empty();
        self.clues.credential_sent = match () {
            () if cookie_sent || token_sent => Some(true),
            () if can_tell && !self.cookie_names.is_empty() => Some(false),
            // A source that showed its token before would show it now.
            () if self.bearer => Some(false),
            () => None,
        };
        self.clues.siblings_sent = others_sent && !cookie_sent;
    }

    /// What the first refused request shows about the credential, by a log that names sessions.
    pub fn look_at_line(&mut self, sent: &[Credential]) {
        if !self.credentials.is_empty() {
            self.clues.credential_sent = Some(sent.iter().any(|credential| self.credentials.contains(credential)));
        }
    }

    /// The finished session.
    pub fn finish(mut self, events: &EventStore, sources: Arc<[SourceId]>, app: &str) -> Session {
        let last = self.last_alive.map_or(self.started_at, |(_, at)| at);
        let host =
            self.hosts.iter().max_by_key(|&(host, count)| (*count, std::cmp::Reverse(*host))).map(|(&host, _)| host);
        let host = host.unwrap_or_default();
        self.clues.host = host;
        let end = self.dead.map_or(last, |(_, at, _)| at);
        for range in &mut self.validity {
            range.until = range.until.min(end.max(range.from));
        }
        self.keys.sort_by_key(|key| key.kind);
        let name = events.symbols.resolve(host);
        Session {
            user: Some(events.symbols.resolve(self.user)).filter(|user| !user.is_empty()).map(Into::into),
            app: if name.is_empty() { app.into() } else { name.into() },
            sources,
            ties: Ties::Keys(self.keys),
            started_at: self.started_at,
            start_seen: self.start_seen,
            last_alive_at: last,
            first_dead_at: self.dead.map(|(_, at, _)| at.max(last)),
            last_activity_at: None,
            start_event: self.start_event,
            last_alive: self.last_alive.map(|(id, _)| id),
            first_dead: self.dead.map(|(id, _, _)| id),
            state: if self.dead.is_some() { State::Ended } else { State::Active },
            gaps: Box::default(),
            validity: self.validity.into(),
            clues: self.clues,
        }
    }
}

/// Whether a cookie of this name can hold a session at all: not analytics, not CSRF, not a preference.
#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "the name is in lower case, and no file's")]
pub fn may_be_session_cookie(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let never = [
        "csrf",
        "xsrf",
        "consent",
        "theme",
        "lang",
        "locale",
        "timezone",
        "_ga",
        "_gid",
        "_gcl",
        "_fbp",
        "analytics",
        "utm",
        "antiforgery",
        "nonce",
        "pkce",
        "state",
        "_interaction",
    ];
    !never.iter().any(|word| lower.contains(word)) && !lower.ends_with(".sig")
}

/// Whether a cookie's name says that it holds a session.
pub fn sounds_like_session(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words = [
        "sess",
        "sid",
        "auth",
        "token",
        "jwt",
        "remember",
        "login",
        "logged_in",
        "identity",
        "ticket",
        "sso",
        ".aspnetcore.",
        "aspxauth",
    ];
    may_be_session_cookie(name) && words.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_cookies_are_told_from_others_by_name() {
        for name in [
            "connect.sid",
            "JSESSIONID",
            "PHPSESSID",
            "ASP.NET_SessionId",
            "laravel_session",
            ".AspNetCore.Cookies",
            "access_token",
            "wordpress_logged_in_x",
        ] {
            assert!(sounds_like_session(name), "{name}");
        }
        for name in ["_ga", "csrftoken", "XSRF-TOKEN", "theme", "koa.sess.sig"] {
            assert!(!sounds_like_session(name), "{name}");
        }
    }
}
