//! The one event model that all formats share, in columns.

use super::{
    cause::Stated,
    exchange::Exchange,
    naming::Naming,
    proof::Proofs,
    secret::Secret,
    session::SessionId,
    source::{SourceId, Span},
    symbol::{Sym, Symbols},
    time::{LATEST, Nanos, TimeRange},
};
use hashbrown::{HashMap, HashSet};

/// What a record says about a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EventKind {
    /// Says nothing about any session: a static file, the sign-in page, a probe, a preflight.
    #[default]
    Neutral,
    /// A sign-in that succeeded.
    SignIn,
    /// A sign-in that did not: wrong password, locked account.
    SignInFailed,
    /// A person did something, and the server accepted it.
    Activity,
    /// The app did something by itself (polling, heartbeat, prefetch), and the server accepted it.
    Background,
    /// The session was renewed: refresh token, sliding cookie, re-authentication in the background.
    Refresh,
    /// A renewal was refused.
    RefreshRefused,
    /// The server refused the session's credentials.
    Rejection,
    /// Looked like a rejection and was none: a missing right, CSRF, a third party, healed by a refresh.
    Denied,
    /// A request that got no answer, since the connection was gone.
    Gap,
    /// An answer that says that the server behind is not there: 502, 503, 504.
    Outage,
    /// The user ended the session.
    SignOut,
    /// The session's connection or process ended.
    Close,
    /// The server started.
    ServerStart,
    /// The server stopped or announced that it will.
    ServerStop,
    /// Someone with the power to do so acted on sessions or accounts.
    Operator,
    /// An account was locked.
    AccountLocked,
    /// An account was unlocked.
    AccountUnlocked,
}

impl EventKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 18] = [
        Self::Neutral,
        Self::SignIn,
        Self::SignInFailed,
        Self::Activity,
        Self::Background,
        Self::Refresh,
        Self::RefreshRefused,
        Self::Rejection,
        Self::Denied,
        Self::Gap,
        Self::Outage,
        Self::SignOut,
        Self::Close,
        Self::ServerStart,
        Self::ServerStop,
        Self::Operator,
        Self::AccountLocked,
        Self::AccountUnlocked,
    ];

    /// The id in JSON and in formats of the user's own.
    pub fn id(self) -> &'static str {
        match self {
            Self::Neutral => "other",
            Self::SignIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::Activity => "activity",
            Self::Background => "background",
            Self::Refresh => "refresh",
            Self::RefreshRefused => "refresh_refused",
            Self::Rejection => "rejection",
            Self::Denied => "denied",
            Self::Gap => "no_connection",
            Self::Outage => "server_away",
            Self::SignOut => "sign_out",
            Self::Close => "closed",
            Self::ServerStart => "server_start",
            Self::ServerStop => "server_stop",
            Self::Operator => "operator",
            Self::AccountLocked => "account_locked",
            Self::AccountUnlocked => "account_unlocked",
        }
    }

    /// The label on screen, in sentence case.
    pub fn label(self) -> &'static str {
        match self {
            Self::Neutral => "Other",
            Self::SignIn => "Sign-in",
            Self::SignInFailed => "Failed sign-in",
            Self::Activity => "Activity",
            Self::Background => "Background",
            Self::Refresh => "Refresh",
            Self::RefreshRefused => "Refresh refused",
            Self::Rejection => "Rejection",
            Self::Denied => "Denied, not an ending",
            Self::Gap => "No connection",
            Self::Outage => "Server not there",
            Self::SignOut => "Sign-out",
            Self::Close => "Closed",
            Self::ServerStart => "Server start",
            Self::ServerStop => "Server stop",
            Self::Operator => "Operator action",
            Self::AccountLocked => "Account locked",
            Self::AccountUnlocked => "Account unlocked",
        }
    }

    /// Whether such an event proves the session alive.
    pub fn proves_life(self) -> bool {
        matches!(self, Self::SignIn | Self::Activity | Self::Background | Self::Refresh)
    }
}

/// Facts about an event that fit in a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventFlags(pub u16);

impl EventFlags {
    /// The record shows that a session credential was sent.
    pub const CREDENTIAL_SENT: Self = Self(1);
    /// The record shows that none was sent.
    pub const CREDENTIAL_ABSENT: Self = Self(1 << 1);
    /// The record gives out an id: whatever bore it before is gone.
    pub const NEW_ID: Self = Self(1 << 2);
    /// `link` is what its source calls the session, and its record says what happened to it.
    pub const NAMED: Self = Self(1 << 6);
    /// What it says is about the other sessions of its user, not about the one that it names.
    pub const OTHERS: Self = Self(1 << 7);
    /// What it says is about every session of its host.
    pub const EVERYONE: Self = Self(1 << 8);
    /// Its record names no session: `link` stands for a user at an app, so that a sign-in after an ending begins another one.
    pub const UNNAMED: Self = Self(1 << 9);
    /// Other records of the same source may tell of the same sign-in and call the session by an id of another kind.
    pub const TWIN: Self = Self(1 << 10);
    /// The request was sent from a page to sign in by, as its `Referer` says (RFC 9110, 10.1.3).
    pub const FROM_SIGN_IN: Self = Self(1 << 11);
    /// The same request as an event of another source, seen from the other side; left out of counts.
    pub const MIRROR: Self = Self(1 << 3);
    /// On a steady beat.
    pub const PERIODIC: Self = Self(1 << 4);
    /// The browser asked for a page, not for data: a person navigated.
    pub const NAVIGATION: Self = Self(1 << 5);

    /// Whether all of `other`'s bits are set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Sets `other`'s bits.
    pub fn insert(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl std::ops::BitOr for EventFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// An event's place in the [`EventStore`]; stable once the store is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(pub u32);

/// One event as a value: a row of the [`EventStore`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Event {
    /// When, in nanoseconds UTC. For an exchange: when the request was sent.
    pub time: Nanos,
    /// What it says about its session.
    pub kind: EventKind,
    /// The reason that its record states.
    pub stated: Stated,
    /// Yes-or-no facts.
    pub flags: EventFlags,
    /// HTTP status, 0 where there is none.
    pub status: u16,
    /// The record's source and bytes.
    pub span: Located,
    /// The session, [`SessionId::NONE`] until the sessions are built and for events of none.
    pub session: SessionId,
    /// The user's name, where the record says it.
    pub actor: Sym,
    /// The client: an address, or address and user agent.
    pub client: Sym,
    /// The server that wrote the record or answered the request: `vm`, `bank.example`, `127.0.0.1:8080`.
    pub host: Sym,
    /// What happened, for a person: `GET /api/orders`, `Timeout, client not responding`.
    pub what: Sym,
    /// Ties events together inside one source; what it means is the format's: an index of `exchanges`, host and process
    /// id, a hash of a session cookie or of another id that the source gives its sessions.
    pub link: u64,
}

/// [`Span`] with a default, so that an [`Event`] can be built field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located(pub Span);

impl Default for Located {
    fn default() -> Self {
        Self(Span { source: SourceId(0), offset: 0, len: 0 })
    }
}

/// A secret in the [`EventStore`]'s table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretId(pub u32);

/// All events of an inspection, one column a field: about 50 bytes each, so that ten million fit in memory and a view can
/// walk a time range without touching the rest.
///
/// A format's reader fills a store of its own, one for each chunk; [`append`](Self::append) joins them in order.
#[derive(Clone, Debug, Default)]
pub struct EventStore {
    time: Vec<Nanos>,
    kind: Vec<EventKind>,
    stated: Vec<Stated>,
    flags: Vec<EventFlags>,
    status: Vec<u16>,
    place: Vec<u64>,
    len: Vec<u32>,
    session: Vec<SessionId>,
    actor: Vec<Sym>,
    client: Vec<Sym>,
    host: Vec<Sym>,
    what: Vec<Sym>,
    link: Vec<u64>,
    /// Strings that the events name.
    pub symbols: Symbols,
    /// What the keys that the user gave show about the tokens of `exchanges`; filled once all sources are read.
    pub proofs: Proofs,
    /// What is known of HTTP exchanges beyond the columns; `link` of a HAR event is the index.
    pub exchanges: Vec<Exchange>,
    secrets: Vec<Secret>,
    secret_index: HashMap<Secret, SecretId>,
    /// Session identifiers of line logs: the `link` of their events and the value behind it, each pair once.
    pub session_ids: Vec<(u64, SecretId)>,
    session_id_links: HashSet<u64>,
    /// The ids behind the links of sources that name their sessions, and the ages that their records state.
    pub naming: Naming,
    by_session: Vec<u32>,
    session_ends: Vec<u32>,
}

/// What one chunk of a source gave: a store of its own, appended in order.
pub type EventBatch = EventStore;

const OFFSET_BITS: u32 = 48;

impl EventStore {
    /// How many events there are.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Adds an event at the end, at [`LATEST`] if it says to be later.
    pub fn push(&mut self, event: Event) {
        let Event { time, kind, stated, flags, status, span, session, actor, client, host, what, link } = event;
        self.time.push(time.min(LATEST));
        self.kind.push(kind);
        self.stated.push(stated);
        self.flags.push(flags);
        self.status.push(status);
        self.place.push(u64::from(span.0.source.0) << OFFSET_BITS | span.0.offset & ((1 << OFFSET_BITS) - 1));
        self.len.push(span.0.len);
        self.session.push(session);
        self.actor.push(actor);
        self.client.push(client);
        self.host.push(host);
        self.what.push(what);
        self.link.push(link);
    }

    /// The event with this id.
    ///
    /// # Panics
    /// If the id is not of this store.
    pub fn get(&self, id: EventId) -> Event {
        let i = id.0 as usize;
        Event {
            time: self.time[i],
            kind: self.kind[i],
            stated: self.stated[i],
            flags: self.flags[i],
            status: self.status[i],
            span: Located(self.span(id)),
            session: self.session[i],
            actor: self.actor[i],
            client: self.client[i],
            host: self.host[i],
            what: self.what[i],
            link: self.link[i],
        }
    }

    /// Every id, in the order of the store: by time once [`sort_by_time`](Self::sort_by_time) has run.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = EventId> + use<> {
        (0..self.len() as u32).map(EventId)
    }

    /// When it happened.
    pub fn time(&self, id: EventId) -> Nanos {
        self.time[id.0 as usize]
    }

    /// What it says.
    pub fn kind(&self, id: EventId) -> EventKind {
        self.kind[id.0 as usize]
    }

    /// Yes-or-no facts about it.
    pub fn flags(&self, id: EventId) -> EventFlags {
        self.flags[id.0 as usize]
    }

    /// Its session.
    pub fn session(&self, id: EventId) -> SessionId {
        self.session[id.0 as usize]
    }

    /// Its record.
    pub fn span(&self, id: EventId) -> Span {
        let place = self.place[id.0 as usize];
        Span {
            source: SourceId((place >> OFFSET_BITS) as u16),
            offset: place & ((1 << OFFSET_BITS) - 1),
            len: self.len[id.0 as usize],
        }
    }

    /// The exchange behind an event of a HAR.
    pub fn exchange(&self, id: EventId) -> Option<&Exchange> {
        let index = usize::try_from(*self.link.get(id.0 as usize)?).ok()?;
        self.exchanges.get(index).filter(|exchange| exchange.event == Some(id))
    }

    /// All times, in the order of the store.
    pub fn times(&self) -> &[Nanos] {
        &self.time
    }

    /// All kinds, in the order of the store.
    pub fn kinds(&self) -> &[EventKind] {
        &self.kind
    }

    /// Changes what an event says; the sessions stage does, once it knows the neighbours.
    pub fn set_kind(&mut self, id: EventId, kind: EventKind) {
        self.kind[id.0 as usize] = kind;
    }

    /// Sets bits of an event's flags.
    pub fn add_flags(&mut self, id: EventId, flags: EventFlags) {
        self.flags[id.0 as usize].insert(flags);
    }

    /// Names the user of an event, for sources whose records name some users by an id alone.
    pub fn set_actor(&mut self, id: EventId, actor: Sym) {
        self.actor[id.0 as usize] = actor;
    }

    /// Ties an event to a session.
    pub fn set_session(&mut self, id: EventId, session: SessionId) {
        self.session[id.0 as usize] = session;
    }

    /// Moves an event in time, for sources whose clock was measured to be off.
    pub fn shift(&mut self, id: EventId, by: Nanos) {
        let time = &mut self.time[id.0 as usize];
        *time = time.saturating_add(by);
    }

    /// The first and last time, `None` without events. The store must be sorted.
    pub fn range(&self) -> Option<TimeRange> {
        Some(TimeRange { from: *self.time.first()?, until: *self.time.last()? })
    }

    /// Keeps a secret once; equal secrets get the same id.
    pub fn intern_secret(&mut self, value: &str) -> SecretId {
        let secret = Secret::new(value);
        if let Some(&id) = self.secret_index.get(&secret) {
            return id;
        }
        let id = SecretId(self.secrets.len() as u32);
        self.secrets.push(secret.clone());
        self.secret_index.insert(secret, id);
        id
    }

    /// Whether a text is a secret that some source showed.
    pub fn knows_secret(&self, text: &str) -> bool {
        self.secret_index.contains_key(&Secret::new(text))
    }

    /// Keeps a session identifier that a line log names, once for each link.
    pub fn intern_session_id(&mut self, link: u64, value: &str) {
        if !self.session_id_links.contains(&link) {
            let secret = self.intern_secret(value);
            self.add_session_id(link, secret);
        }
    }

    fn add_session_id(&mut self, link: u64, secret: SecretId) {
        if self.session_id_links.insert(link) {
            self.session_ids.push((link, secret));
        }
    }

    /// The secret with this id.
    ///
    /// # Panics
    /// If the id is not of this store.
    pub fn secret(&self, id: SecretId) -> &Secret {
        &self.secrets[id.0 as usize]
    }

    /// Moves all events of `batch` behind this store's, translating its symbols, secrets and exchanges.
    pub fn append(&mut self, batch: Self) {
        let symbols = self.symbols.absorb(&batch.symbols);
        let translate = |sym: &Sym| symbols.get(sym.0 as usize).copied().unwrap_or(Sym::NONE);
        let secrets: Vec<SecretId> = batch.secrets.iter().map(|secret| self.intern_secret(secret.expose())).collect();
        for &(link, secret) in &batch.session_ids {
            if let Some(&secret) = secrets.get(secret.0 as usize) {
                self.add_session_id(link, secret);
            }
        }
        let (first, first_exchange) = (self.len() as u32, self.exchanges.len() as u64);
        let has_exchanges = !batch.exchanges.is_empty();
        self.time.extend_from_slice(&batch.time);
        self.kind.extend_from_slice(&batch.kind);
        self.stated.extend_from_slice(&batch.stated);
        self.flags.extend_from_slice(&batch.flags);
        self.status.extend_from_slice(&batch.status);
        self.place.extend_from_slice(&batch.place);
        self.len.extend_from_slice(&batch.len);
        self.session.extend_from_slice(&batch.session);
        self.actor.extend(batch.actor.iter().map(translate));
        self.client.extend(batch.client.iter().map(translate));
        self.host.extend(batch.host.iter().map(translate));
        self.what.extend(batch.what.iter().map(translate));
        self.naming.append(&batch.naming, first, |sym| translate(&sym));
        let base = if has_exchanges { first_exchange } else { 0 };
        self.link.extend(batch.link.iter().map(|link| link.wrapping_add(base)));
        self.exchanges.extend(batch.exchanges.into_iter().map(|mut exchange| {
            exchange.translate(&symbols, &secrets);
            exchange.event = exchange.event.map(|id| EventId(id.0 + first));
            exchange
        }));
    }

    /// Sorts by time, keeping the order of equal times. Does nothing if the store is sorted already.
    pub fn sort_by_time(&mut self) {
        if self.time.is_sorted() {
            return;
        }
        let mut keyed: Vec<(Nanos, u32)> = self.time.iter().copied().zip(0..).collect();
        // Pairs are distinct and keep the order of equal times, so an unstable sort is a stable one.
        keyed.sort_unstable();
        let order: Vec<u32> = keyed.iter().map(|&(_, index)| index).collect();
        drop(keyed);
        permute(&mut self.time, &order);
        permute(&mut self.kind, &order);
        permute(&mut self.stated, &order);
        permute(&mut self.flags, &order);
        permute(&mut self.status, &order);
        permute(&mut self.place, &order);
        permute(&mut self.len, &order);
        permute(&mut self.session, &order);
        permute(&mut self.actor, &order);
        permute(&mut self.client, &order);
        permute(&mut self.host, &order);
        permute(&mut self.what, &order);
        permute(&mut self.link, &order);
        let mut place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old as usize] = new as u32;
        }
        for exchange in &mut self.exchanges {
            exchange.event = exchange.event.map(|id| EventId(place[id.0 as usize]));
        }
        self.naming.follow(&place);
    }

    /// Builds the index from sessions to their events. Call it when every event has its session.
    pub fn index_sessions(&mut self, sessions: usize) {
        let mut ends = vec![0_u32; sessions + 1];
        for session in &self.session {
            if let Some(count) = ends.get_mut(session.0 as usize) {
                *count += 1;
            }
        }
        let mut total = 0;
        for count in &mut ends {
            total += std::mem::replace(count, total);
        }
        let mut order = vec![0_u32; ends.last().copied().unwrap_or(0) as usize];
        let mut next = ends.clone();
        for (index, session) in self.session.iter().enumerate() {
            if (session.0 as usize) < sessions {
                let slot = &mut next[session.0 as usize];
                order[*slot as usize] = index as u32;
                *slot += 1;
            }
        }
        self.by_session = order;
        self.session_ends = ends;
    }

    /// The events of one session, by time. Empty before [`index_sessions`](Self::index_sessions).
    pub fn of_session(&self, session: SessionId) -> impl DoubleEndedIterator<Item = EventId> + ExactSizeIterator + '_ {
        let at = session.0 as usize;
        let range = match (self.session_ends.get(at), self.session_ends.get(at + 1)) {
            (Some(&from), Some(&until)) => from as usize..until as usize,
            _ => 0..0,
        };
        self.by_session[range].iter().map(|&index| EventId(index))
    }

    /// The events of one session inside a time range, found by bisection so that a view of a short stretch of a long
    /// session costs only what it shows.
    pub fn of_session_in(
        &self,
        session: SessionId,
        range: TimeRange,
    ) -> impl DoubleEndedIterator<Item = EventId> + ExactSizeIterator + '_ {
        let at = session.0 as usize;
        let all = match (self.session_ends.get(at), self.session_ends.get(at + 1)) {
            (Some(&from), Some(&until)) => &self.by_session[from as usize..until as usize],
            _ => &[],
        };
        let from = all.partition_point(|&index| self.time[index as usize] < range.from);
        let until = all.partition_point(|&index| self.time[index as usize] <= range.until);
        all[from..until.max(from)].iter().map(|&index| EventId(index))
    }
}

fn permute<T: Copy>(column: &mut Vec<T>, order: &[u32]) {
    *column = order.iter().map(|&index| column[index as usize]).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: Nanos, session: u32) -> Event {
        Event { time, session: SessionId(session), ..Event::default() }
    }

    #[test]
    fn events_of_a_session_come_back_in_order_of_time() {
        let mut store = EventStore::default();
        for (time, session) in [(30, 1), (10, 0), (20, 1), (5, u32::MAX)] {
            store.push(event(time, session));
        }
        store.sort_by_time();
        store.index_sessions(2);
        let times = |session| store.of_session(SessionId(session)).map(|id| store.time(id)).collect::<Vec<_>>();
        assert_eq!(times(0), [10]);
        assert_eq!(times(1), [20, 30]);
        assert!(times(7).is_empty());
        let early = TimeRange { from: 0, until: 25 };
        assert_eq!(store.of_session_in(SessionId(1), early).map(|id| store.time(id)).collect::<Vec<_>>(), [20]);
    }

    #[test]
    fn appending_translates_symbols_and_secrets() {
        let mut store = EventStore::default();
        store.symbols.intern("first");
        let mut batch = EventBatch::default();
        let what = batch.symbols.intern("GET /");
        batch.push(Event { what, ..Event::default() });
        let kept = batch.intern_secret("abc");
        assert_eq!(batch.secret(kept).expose(), "abc");
        store.append(batch);
        assert_eq!(store.symbols.resolve(store.get(EventId(0)).what), "GET /");
    }

    #[test]
    fn a_session_identifier_is_kept_once_however_many_batches_name_it() {
        let mut store = EventStore::default();
        store.intern_secret("other");
        for _ in 0..2 {
            let mut batch = EventBatch::default();
            batch.intern_session_id(7, "abc");
            batch.intern_session_id(7, "abc");
            store.append(batch);
        }
        assert_eq!(store.session_ids.len(), 1);
        let (link, secret) = store.session_ids[0];
        assert_eq!((link, store.secret(secret).expose()), (7, "abc"));
    }

    #[test]
    fn a_place_keeps_source_and_offset_apart() {
        let mut store = EventStore::default();
        let span = Span { source: SourceId(3), offset: 123_456_789_012, len: 7 };
        store.push(Event { span: Located(span), ..Event::default() });
        assert_eq!(store.span(EventId(0)), span);
    }
}
