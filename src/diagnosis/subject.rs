//! The session whose ending is to be explained, and what its neighbours tell of it.

use super::{
    builds::Update,
    case::{Case, ENOUGH, Figures, TOGETHER},
    limits::{Bracket, Clock, half_window::HalfWindow},
};
use crate::model::{
    Cause, EndedBy, EventId, EventKind, Evidence, Nanos, Session, SessionId, TimeRange,
    chain::Chain,
    time::{MINUTE, SECOND},
};

/// Whether use extends the life of a cookie that was set once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// It was in use past half of its life, and was not extended.
    Yes,
    /// It was in use in the first half only.
    Maybe,
    /// That of another session was extended.
    No,
}

/// The session whose ending is to be explained.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// All of it.
    pub case: &'a Case<'a>,
    /// Which.
    pub id: SessionId,
    /// The session.
    pub session: &'a Session,
    /// Its figures.
    pub figures: Figures,
    /// The ending.
    pub ending: TimeRange,
    /// Whether claims are put into words: not while only weights are asked for.
    pub tells: bool,
}

impl<'a> Subject<'a> {
    /// A session that ended.
    pub fn new(case: &'a Case<'a>, id: SessionId, tells: bool) -> Self {
        let session = &case.sessions[id.0 as usize];
        let ending = session.ending().unwrap_or(TimeRange::new(session.last_alive_at, session.last_alive_at));
        Self { case, id, session, figures: case.figures(id), ending, tells }
    }

    /// Its tokens and what became of them, where it has any.
    pub fn chain(&self) -> Option<&'a Chain> {
        self.case.around.chain(self.id)
    }

    /// The first refusal.
    pub fn dead_at(&self) -> Nanos {
        self.ending.until
    }

    /// How long nothing was heard of it before the first refusal.
    pub fn silence(&self) -> Nanos {
        self.ending.length()
    }

    /// How long its person had done nothing before the first refusal.
    pub fn quiet(&self) -> Nanos {
        self.dead_at() - self.session.last_activity_at.unwrap_or(self.session.started_at)
    }

    /// How old it is known to have been while alive, if its start was seen.
    pub fn age_alive(&self) -> Option<Nanos> {
        self.session.start_seen.then(|| self.session.last_alive_at - self.session.started_at)
    }

    /// The age at which the server last let it go on. Where it lives by renewals, an access token in hand is good to its own
    /// end, and only a renewal asks how old the session is.
    pub fn age_allowed(&self) -> Nanos {
        let renewed = self.session.clues.last_renewal.map(|id| self.case.events.time(id));
        let by_renewal = self.session.clues.ended_by == Some(EndedBy::RenewalRefusal);
        renewed.filter(|_| by_renewal).unwrap_or(self.session.last_alive_at) - self.session.started_at
    }

    /// How old it was at the first refusal, if its start was seen.
    pub fn age_dead(&self) -> Option<Nanos> {
        self.session.start_seen.then(|| self.dead_at() - self.session.started_at)
    }

    /// The longest silence that another session of the app survived.
    pub fn silence_survived_elsewhere(&self) -> (Nanos, SessionId) {
        self.case.app(self.id).records.silence.besides(self.id, self.silence())
    }

    /// The longest quiet that another session of the app survived.
    pub fn quiet_survived_elsewhere(&self) -> (Nanos, SessionId) {
        self.case.app(self.id).records.quiet.besides(self.id, self.quiet())
    }

    /// The greatest age that another session of the app reached alive.
    pub fn age_reached_elsewhere(&self) -> (Nanos, SessionId) {
        let age = self.dead_at() - self.session.started_at;
        self.case.app(self.id).records.age.besides(self.id, age)
    }

    /// Whether it ended in one moment with more sessions than chance would have it.
    pub fn ended_in_a_crowd(&self) -> bool {
        self.case.app(self.id).crowd(self.dead_at())
    }

    /// The idle limit that the other sessions of the app show, and the clock that it runs by.
    pub fn idle_limit_elsewhere(&self) -> Option<(Clock, Bracket)> {
        self.case.limits(self.id)?.summary.idle(Some(self.id))
    }

    /// The maximum age that the other sessions of the app show.
    pub fn age_limit_elsewhere(&self) -> Option<Bracket> {
        self.case.limits(self.id)?.summary.age.besides(self.id).settle()
    }

    /// An idle limit that is renewed only past its half, as at least one other session shows it.
    pub fn half_window(&self) -> Option<&'a HalfWindow> {
        let half = self.case.limits(self.id)?.half.as_ref()?;
        half.explained.iter().any(|&id| id != self.id).then_some(half)
    }

    /// The record to show for the ending, never missing: the refusal, else the last sign of life, else the sign-in.
    pub fn ending_event(&self) -> EventId {
        self.session.first_dead.or(self.session.last_alive).or(self.session.start_event).unwrap_or(EventId(0))
    }

    /// The record to show for the last sign of life.
    pub fn alive_event(&self) -> EventId {
        self.session.last_alive.unwrap_or_else(|| self.ending_event())
    }

    /// A fact for (or, with a negative weight, against) a cause, shown by `events`; by the ending where none are given.
    pub fn fact(&self, cause: Cause, weight: f32, claim: impl std::fmt::Display, events: &[EventId]) -> Evidence {
        if !self.tells {
            return Evidence { claim: String::new(), favours: cause, weight, events: Vec::new() };
        }
        let events = if events.is_empty() { vec![self.ending_event()] } else { events.to_vec() };
        Evidence { claim: claim.to_string(), favours: cause, weight, events }
    }

    /// What happened at an event, for a claim.
    pub fn what(&self, id: EventId) -> &'a str {
        self.case.events.symbols.resolve(self.case.events.get(id).what)
    }

    /// Events of this session in a range, of certain kinds.
    pub fn own_within(&self, range: TimeRange, kinds: &[EventKind]) -> Vec<EventId> {
        self.case
            .events
            .of_session(self.id)
            .filter(|&id| range.contains(self.case.events.time(id)) && kinds.contains(&self.case.events.kind(id)))
            .collect()
    }

    /// How many sign-ins of others an interval as long as the ending holds on average.
    pub fn sign_ins_expected(&self) -> f64 {
        let app = self.case.app(self.id);
        let seen = app.seen.map_or(0, TimeRange::length).max(10 * MINUTE);
        f64::from(app.sign_ins.saturating_sub(1)) * self.silence().max(10 * SECOND) as f64 / seen as f64
    }

    /// At how many other moments a session of the app that was in use was refused, and at how many of them another client
    /// had just signed in.
    pub fn refused_in_use_elsewhere(&self) -> (u32, u32) {
        let (all, after_sign_in) = self.case.app(self.id).refused_in_use;
        (all.saturating_sub(1), after_sign_in.saturating_sub(1))
    }

    /// The new version of the app that this session's client loaded between its last sign of life and its refusal.
    pub fn update(&self) -> Option<Update> {
        /// The page comes before the files that it names, and what it asks the server comes with them.
        const LOADING: Nanos = 10 * SECOND;
        let updates = &self.case.around.updates;
        let first = updates.partition_point(|update| update.at < self.ending.from - LOADING);
        updates[first..]
            .iter()
            .take_while(|update| update.at <= self.dead_at() + LOADING)
            .find(|update| {
                self.session.sources.contains(&update.source)
                    && (!update.client.is_some() || update.client == self.session.clues.client)
                    && self.case.events.time(update.old) >= self.session.started_at - LOADING
            })
            .copied()
    }

    /// Other sessions of the app that were refused in the same moment.
    pub fn is_together(&self) -> Vec<SessionId> {
        /// More say no more, and each of them asks for all the others.
        const MANY: usize = 500;
        let around = TimeRange::new(self.dead_at() - TOGETHER, self.dead_at() + TOGETHER);
        let refused = |id: SessionId| {
            let other = &self.case.sessions[id.0 as usize];
            // Both can have ended in one moment only if there is one at which neither is known to have been alive still or
            // refused already.
            let dead = other.first_dead_at.unwrap_or(other.last_alive_at);
            let overlaps = other.last_alive_at <= self.dead_at() && self.ending.from <= dead;
            overlaps && matches!(other.clues.ended_by, Some(EndedBy::Refusal | EndedBy::Outage))
        };
        let ends = self.case.ends_within(self.id, around).take(ENOUGH);
        ends.filter(|&id| id != self.id && refused(id)).take(MANY).collect()
    }

    /// Signs of life, after the first refusal, of other sessions of the app that had begun before the last sign of life.
    pub fn survivors(&self) -> impl Iterator<Item = EventId> + Clone + use<'a> {
        self.survivors_of(self.ending.from)
    }

    /// The same of sessions that had begun before `from`, the youngest first.
    pub fn survivors_of(&self, from: Nanos) -> impl Iterator<Item = EventId> + Clone + use<'a> {
        let (sessions, after) = (self.case.sessions, self.dead_at() + SECOND);
        let list = self.case.peers(self.id);
        let begun = list.partition_point(|id| sessions[id.0 as usize].started_at < from);
        list[..begun]
            .iter()
            .rev()
            .take(ENOUGH)
            .map(|id| &sessions[id.0 as usize])
            .filter(move |other| other.last_alive_at > after)
            .filter_map(|other| other.last_alive)
    }

    /// The sessions of the app that started nearest to this one, itself included, by start.
    pub fn nearest(&self) -> &'a [SessionId] {
        let list = self.case.peers(self.id);
        let at = list.partition_point(|id| self.case.sessions[id.0 as usize].started_at < self.session.started_at);
        &list[at.saturating_sub(ENOUGH / 2)..(at + ENOUGH / 2).min(list.len())]
    }

    /// How the server treats the life of the session's cookie, where it was never seen to extend it. One seen in use only in the
    /// first half of its life may belong to a server that extends it past the half, as ASP.NET does; most that extend it do so
    /// on every request.
    pub fn fixed_cookie(&self) -> Option<Fixed> {
        let cookie = self.session.clues.cookie.as_deref().filter(|cookie| !cookie.slides)?;
        let life = cookie.expires - cookie.set_at;
        let alike = |length: Nanos| (length - life).abs() <= life / 50 + 2 * SECOND;
        let extended_elsewhere = self.nearest().iter().any(|id| {
            let other = self.case.sessions[id.0 as usize].clues.cookie.as_deref();
            other.is_some_and(|other| other.slides && alike(other.expires - other.set_at))
        });
        Some(match () {
            () if extended_elsewhere => Fixed::No,
            () if (self.session.last_alive_at - cookie.set_at) * 2 > life => Fixed::Yes,
            () => Fixed::Maybe,
        })
    }

    /// Whether the credential that was refused had time left, as far as its clock was seen.
    pub fn time_left(&self) -> Option<Nanos> {
        let clues = &self.session.clues;
        let expires = if clues.cookie.is_some() {
            clues.cookie.as_deref().map(|cookie| cookie.expires)
        } else {
            clues.token.as_deref().and_then(|token| token.expires)
        }?;
        Some(expires - self.dead_at())
    }
}
