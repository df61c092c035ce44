//! What the causes may know: one session's figures, and its neighbours on the same app.

use super::{
    builds::{self, Update},
    chain::chains,
    limits::AppLimits,
    operators::Operators,
};
use crate::model::{
    AccountEvent, EndedBy, EventFlags, EventId, EventKind, EventStore, Nanos, Session, SessionId, SourceId, State,
    TimeRange, chain::Chain, time::MINUTE,
};
use hashbrown::HashMap;
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};

/// How far two ends may lie apart and still share one server event: polls and clicks find out late.
pub const TOGETHER: Nanos = 2 * MINUTE;

/// As many of an app's sessions tell what a hundred thousand do.
pub(super) const ENOUGH: usize = 5_000;

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
pub(super) struct App {
    name: Arc<str>,
    /// By start.
    sessions: Vec<SessionId>,
    /// Those of each user, by start; made when first asked for.
    of_user: OnceLock<HashMap<Arc<str>, Vec<SessionId>>>,
    /// By time of the first refusal.
    ends: Vec<(Nanos, SessionId)>,
    /// From the first sign-in to the last ending.
    lasts: Nanos,
    pub(super) records: Records,
    /// How many sign-ins were seen, and from the first start to the last end.
    pub(super) sign_ins: u32,
    pub(super) seen: Option<TimeRange>,
    /// At how many moments a session that was in use was refused, and at how many of them another client had just signed in.
    pub(super) refused_in_use: (u32, u32),
}

impl App {
    /// Whether many more sessions ended around this moment than by the pace of the app would: an event of the server then
    /// ended them, and says nothing of their limits.
    pub(super) fn crowd(&self, at: Nanos) -> bool {
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
pub(super) struct Records {
    pub(super) silence: Record,
    pub(super) quiet: Record,
    pub(super) age: Record,
}

/// The greatest values that were survived, and all that a refusal ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
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
    pub(super) fn besides(&self, session: SessionId, refused_at: Nanos) -> (Nanos, SessionId) {
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
                let by_refusal = session.clues.ended_by == Some(EndedBy::Refusal);
                if !by_refusal || session.only_its_end_was_seen() || app.crowd(dead) {
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

    /// The app of this session.
    pub(super) fn app(&self, id: SessionId) -> &'a App {
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
