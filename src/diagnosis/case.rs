//! What the causes may know: one session's figures, and its neighbours on the same app.

use super::{
    builds::{self, Update},
    chain::chains,
    limits::{AppLimits, Bracket, Clock, half_window::HalfWindow},
    operators::Operators,
};
use crate::model::{
    AccountEvent, Cause, EndedBy, EventFlags, EventId, EventKind, EventStore, Evidence, Nanos, Session, SessionId,
    SourceId, State, TimeRange,
    chain::Chain,
    time::{MINUTE, SECOND},
};
use hashbrown::HashMap;
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};

/// How far two ends may lie apart and still share one server event: polls and clicks find out late.
pub const TOGETHER: Nanos = 2 * MINUTE;

/// As many of an app's sessions tell what a hundred thousand do.
const ENOUGH: usize = 5_000;

/// Figures of one session that several causes ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Longest stretch between two signs of life that it survived, and the event after it.
    pub silence_survived: Nanos,
    /// Longest stretch between two acts of the person that it survived: a later act, or a poll, was accepted.
    pub quiet_survived: Nanos,
    /// Longest stretch between two renewals that succeeded.
    pub renewal_interval: Nanos,
    /// How often the app asked by itself and was let in, after the person's last act.
    pub polls_after_activity: u32,
    /// How often the person acted.
    pub activities: u32,
}

/// What sessions have around them, worked out once for all: owned, so that a single ending can be explained later.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    figures: Vec<Figures>,
    /// The app of each session.
    app_of: Vec<u32>,
    apps: Vec<App>,
    /// Answers that say that the server was away, by time.
    pub outages: Vec<EventId>,
    /// Acts upon sessions, and whom they name.
    pub operators: Operators,
    /// What the first round of verdicts taught about the limits of each app; empty before it.
    pub(super) limits: Vec<AppLimits>,
    /// Starts and stops of servers, by time.
    pub starts: Vec<EventId>,
    /// New versions of an app that clients loaded, by time.
    pub updates: Vec<Update>,
    /// The tokens of the sessions that have any.
    chains: HashMap<SessionId, Chain>,
    /// An app that each source with sessions tells of, and whether it tells of more than one.
    told_of: HashMap<SourceId, (u32, bool)>,
}

/// The sessions of one app.
#[derive(Clone, Debug)]
struct App {
    name: Arc<str>,
    /// By start.
    sessions: Vec<SessionId>,
    /// Those of each user, by start; made when first asked for.
    of_user: OnceLock<HashMap<Arc<str>, Vec<SessionId>>>,
    /// By time of the first refusal.
    ends: Vec<(Nanos, SessionId)>,
    /// From the first sign-in to the last ending.
    lasts: Nanos,
    records: Records,
    /// How many sign-ins were seen, and from the first start to the last end.
    sign_ins: u32,
    seen: Option<TimeRange>,
    /// At how many moments a session that was in use was refused, and at how many of them another client had just signed in.
    refused_in_use: (u32, u32),
}

impl App {
    /// Whether many more sessions ended around this moment than by the pace of the app would: an event of the server then
    /// ended them, and says nothing of their limits.
    fn crowd(&self, at: Nanos) -> bool {
        let from = self.ends.partition_point(|&(dead, _)| dead < at - MINUTE);
        let near = self.ends.partition_point(|&(dead, _)| dead <= at + MINUTE) - from;
        let usual = self.ends.len() as f64 * (2 * MINUTE) as f64 / self.lasts.max(2 * MINUTE) as f64;
        near >= 3 && near as f64 > 4.0 * usual
    }
}

fn app_span(list: &[SessionId], ends: &[(Nanos, SessionId)], sessions: &[Session]) -> Nanos {
    let first = list.first().map_or(0, |id| sessions[id.0 as usize].started_at);
    ends.last().map_or(0, |&(dead, _)| dead - first)
}

/// All sessions and what surrounds them.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The events.
    pub events: &'a EventStore,
    /// The sessions.
    pub sessions: &'a [Session],
    /// What happened to accounts.
    pub accounts: &'a [AccountEvent],
    /// What the sessions have around them.
    pub around: &'a Neighbours,
}

/// What sessions of an app survived and what ended them, by three clocks.
#[derive(Clone, Debug, Default)]
struct Records {
    silence: Record,
    quiet: Record,
    age: Record,
}

/// The greatest values that were survived, and all that a refusal ended.
#[derive(Clone, Debug, Default)]
struct Record {
    /// Greatest first.
    survived: [(Nanos, SessionId); 4],
    /// Those refused at a moment at which no other was, by value.
    ended: Vec<Nanos>,
}

impl Record {
    fn survive(&mut self, value: Nanos, session: SessionId) {
        let at = self.survived.partition_point(|&(other, _)| other >= value);
        if let Some(rest) = self.survived.get_mut(at..).filter(|rest| !rest.is_empty()) {
            rest.rotate_right(1);
            rest[0] = (value, session);
        }
    }

    /// The greatest value that another session survived. One that stands alone does not count: where several were refused, each
    /// by itself, after less than it survived and more than anyone else did, it was two sessions taken for one, or of a user
    /// whom other rules hold for.
    fn besides(&self, session: SessionId, refused_at: Nanos) -> (Nanos, SessionId) {
        let others: Vec<(Nanos, SessionId)> = self.survived.iter().copied().filter(|&(_, id)| id != session).collect();
        let greatest = others.first().copied().unwrap_or_default();
        for (alone, &next) in others.iter().enumerate().skip(1).take(2) {
            let between = self.ended.partition_point(|&value| value <= greatest.0)
                - self.ended.partition_point(|&value| value <= next.0);
            if next.0 <= refused_at && refused_at < greatest.0 && between >= 4 * alone {
                return next;
            }
        }
        greatest
    }
}

impl Neighbours {
    /// Looks at all sessions once.
    pub fn of(events: &EventStore, sessions: &[Session]) -> Self {
        let figures: Vec<Figures> = sessions
            .par_iter()
            .enumerate()
            .map(|(index, session)| figures_of(events, session, SessionId(index as u32)))
            .collect();
        let mut around = Self { figures, chains: chains(events), ..Self::default() };
        let mut names: HashMap<&str, u32> = HashMap::new();
        for (index, session) in sessions.iter().enumerate() {
            let id = SessionId(index as u32);
            let next = around.apps.len() as u32;
            let at = *names.entry(&session.app).or_insert(next);
            if at == next {
                let name = Arc::clone(&session.app);
                around.apps.push(App {
                    name,
                    sessions: Vec::new(),
                    of_user: OnceLock::new(),
                    ends: Vec::new(),
                    lasts: 0,
                    records: Records::default(),
                    sign_ins: 0,
                    seen: None,
                    refused_in_use: (0, 0),
                });
            }
            around.app_of.push(at);
            for &source in session.sources.iter() {
                let told = around.told_of.entry(source).or_insert((at, false));
                told.1 |= told.0 != at;
            }
            let figures = around.figures[index];
            let app = &mut around.apps[at as usize];
            app.sessions.push(id);
            app.sign_ins += u32::from(session.start_seen);
            app.seen = Some(app.seen.map_or_else(|| session.span(), |seen| seen.union(session.span())));
            app.records.silence.survive(figures.silence_survived, id);
            app.records.quiet.survive(figures.quiet_survived, id);
            if session.start_seen {
                app.records.age.survive(session.last_alive_at - session.started_at, id);
            }
            if let (State::Ended, Some(dead)) = (session.state, session.first_dead_at) {
                app.ends.push((dead, id));
            }
        }
        for app in &mut around.apps {
            app.ends.sort_unstable();
            app.lasts = app_span(&app.sessions, &app.ends, sessions);
            for at in 0..app.ends.len() {
                let (dead, id) = app.ends[at];
                let session = &sessions[id.0 as usize];
                if session.clues.ended_by != Some(EndedBy::Refusal) || app.crowd(dead) {
                    continue;
                }
                app.records.silence.ended.push(dead - session.last_alive_at.min(dead));
                app.records.quiet.ended.push(dead - session.last_activity_at.unwrap_or(session.started_at));
                app.records.age.ended.extend(session.start_seen.then_some(dead - session.started_at));
            }
            for record in [&mut app.records.silence, &mut app.records.quiet, &mut app.records.age] {
                record.ended.sort_unstable();
            }
        }
        for app in &mut around.apps {
            app.refused_in_use = refused_in_use(sessions, app);
        }
        around.updates = builds::updates(events);
        let mut acts = Vec::new();
        for (id, &kind) in events.ids().zip(events.kinds()) {
            match kind {
                EventKind::Outage => around.outages.push(id),
                EventKind::Operator => acts.push(id),
                EventKind::ServerStart | EventKind::ServerStop => around.starts.push(id),
                _ => {}
            }
        }
        around.operators = Operators::new(events, sessions, acts);
        around
    }
}

impl Neighbours {
    /// The tokens of a session and what became of them, where it has any.
    pub fn chain(&self, id: SessionId) -> Option<&Chain> {
        self.chains.get(&id)
    }
}

impl<'a> Case<'a> {
    /// One session's figures.
    pub fn figures(&self, id: SessionId) -> Figures {
        self.around.figures[id.0 as usize]
    }

    fn app(&self, id: SessionId) -> &'a App {
        &self.around.apps[self.around.app_of[id.0 as usize] as usize]
    }

    /// All sessions of the app of this session, by start, itself included.
    pub fn peers(&self, id: SessionId) -> &'a [SessionId] {
        &self.app(id).sessions
    }

    /// The sessions of this session's user on the app, by start, itself included; none where no user is known.
    pub fn of_same_user(&self, id: SessionId) -> &'a [SessionId] {
        let app = self.app(id);
        let Some(user) = self.sessions[id.0 as usize].user.as_ref() else { return &[] };
        let by_user = app.of_user.get_or_init(|| {
            let mut by_user: HashMap<Arc<str>, Vec<SessionId>> = HashMap::new();
            for &id in &app.sessions {
                if let Some(user) = self.sessions[id.0 as usize].user.as_ref() {
                    by_user.entry_ref(user).or_default().push(id);
                }
            }
            by_user
        });
        by_user.get(user).map_or(&[], Vec::as_slice)
    }

    /// The sessions of each app, by start.
    pub fn app_lists(&self) -> impl Iterator<Item = &'a [SessionId]> + use<'a> {
        self.around.apps.iter().map(|app| app.sessions.as_slice())
    }

    /// The name of each app, in the order of [`app_lists`](Self::app_lists).
    pub fn app_names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.around.apps.iter().map(|app| &*app.name)
    }

    /// What is known about the limits of a session's app, once a first round of verdicts taught it.
    pub fn limits(&self, id: SessionId) -> Option<&'a AppLimits> {
        self.around.limits.get(self.around.app_of[id.0 as usize] as usize)
    }

    /// The apps with their sessions by start, in order of the apps' names.
    pub fn apps(&self) -> Vec<(&'a str, &'a [SessionId])> {
        let mut apps: Vec<(&str, &[SessionId])> =
            self.around.apps.iter().map(|app| (&*app.name, app.sessions.as_slice())).collect();
        apps.sort_unstable_by_key(|&(name, _)| name);
        apps
    }

    /// The ids in `list` (by time) whose events lie in `range`.
    pub fn within<'l>(&self, list: &'l [EventId], range: TimeRange) -> &'l [EventId] {
        let from = list.partition_point(|&id| self.events.time(id) < range.from);
        let until = list.partition_point(|&id| self.events.time(id) <= range.until);
        list.get(from..until).unwrap_or(&[])
    }

    /// Whether a source holds sessions of another app than this session's.
    pub fn tells_of_others(&self, source: SourceId, id: SessionId) -> bool {
        let ours = self.around.app_of[id.0 as usize];
        self.around.told_of.get(&source).is_some_and(|&(app, more)| more || app != ours)
    }

    /// Sessions of the same app that started in `range`.
    pub fn starts_within(&self, peer: SessionId, range: TimeRange) -> &'a [SessionId] {
        let list = self.peers(peer);
        let started = |&id: &SessionId| self.sessions[id.0 as usize].started_at;
        let from = list.partition_point(|id| started(id) < range.from);
        let until = list.partition_point(|id| started(id) <= range.until);
        list.get(from..until).unwrap_or(&[])
    }

    /// Sessions of the same app that were first refused in `range`.
    pub fn ends_within(&self, peer: SessionId, range: TimeRange) -> impl Iterator<Item = SessionId> {
        let ends = &self.app(peer).ends;
        let from = ends.partition_point(|&(at, _)| at < range.from);
        ends[from..].iter().take_while(move |&&(at, _)| at <= range.until).map(|&(_, id)| id)
    }
}

/// Counts the moments at which sessions in use were refused: those of one minute are one, since a server that loses all its
/// sessions has all their users sign in again.
fn refused_in_use(sessions: &[Session], app: &App) -> (u32, u32) {
    let session = |id: SessionId| &sessions[id.0 as usize];
    let in_use = |&&(dead, id): &&(Nanos, SessionId)| {
        session(id).clues.ended_by == Some(EndedBy::Refusal) && dead - session(id).last_alive_at <= TOGETHER
    };
    let ends: Vec<(Nanos, SessionId)> = app.ends.iter().filter(in_use).copied().collect();
    let (mut all, mut after_sign_in) = (0, 0);
    for group in ends.chunk_by(|one, other| other.0 - one.0 <= MINUTE) {
        all += 1;
        let [(dead, id)] = *group else { continue };
        let first = app.sessions.partition_point(|&other| session(other).started_at < session(id).last_alive_at);
        let elsewhere = app.sessions[first..]
            .iter()
            .map(|&other| (other, session(other)))
            .take_while(|(_, other)| other.started_at <= dead)
            .any(|(other, new)| other != id && new.start_seen && new.clues.client != session(id).clues.client);
        after_sign_in += u32::from(elsewhere);
    }
    (all, after_sign_in)
}

fn figures_of(events: &EventStore, session: &Session, id: SessionId) -> Figures {
    let mut figures = Figures::default();
    let (mut last_life, mut last_act, mut last_renewal) = (session.started_at, session.started_at, session.started_at);
    for event in events.of_session(id) {
        let kind = events.kind(event);
        let time = events.time(event);
        if !kind.proves_life() || time > session.last_alive_at || events.get(event).flags.contains(EventFlags::MIRROR) {
            continue;
        }
        figures.silence_survived = figures.silence_survived.max(time - last_life);
        figures.quiet_survived = figures.quiet_survived.max(time - last_act);
        last_life = last_life.max(time);
        match kind {
            EventKind::Background => figures.polls_after_activity += 1,
            EventKind::Refresh => {
                figures.renewal_interval = figures.renewal_interval.max(time - last_renewal);
                last_renewal = time;
            }
            EventKind::Activity | EventKind::SignIn => {
                figures.activities += 1;
                figures.polls_after_activity = 0;
                last_act = time;
            }
            _ => {}
        }
    }
    figures
}

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
