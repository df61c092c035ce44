//! Which sessions the list and the lanes show, and in which order.

use crate::{
    inspection::Inspection,
    model::{Cause, Session, SessionId, State, TimeRange, Usual, Verdict},
    ui::words,
};
use std::cmp::{Ordering, Reverse};

/// What a session must be to be shown; the count chips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// All of them.
    #[default]
    All,
    /// Those that ended.
    Ended,
    /// Those that ended in a way that is not usual.
    Unusual,
    /// Those that an incident touched.
    Incidents,
}

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// Unusual, then notable, then usual, then active; in each by end.
    #[default]
    Attention,
    /// Start.
    Start,
    /// End.
    End,
    /// User.
    User,
    /// App.
    App,
    /// Length.
    Length,
    /// Cause.
    Cause,
}

impl SortBy {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 7] =
        [Self::Attention, Self::Start, Self::End, Self::User, Self::App, Self::Length, Self::Cause];

    /// The menu's words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Attention => "Unusual first",
            Self::Start => "Start",
            Self::End => "End",
            Self::User => "User",
            Self::App => "App",
            Self::Length => "Length",
            Self::Cause => "Cause",
        }
    }
}

/// The filter and the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that must all occur in user, app, cause or a key.
    pub search: String,
    /// The count chip that is pressed.
    pub only: Only,
    /// The one cause to show; `Some(None)` is "still active".
    #[expect(clippy::option_option, reason = "no filter, active sessions and one cause are three different things")]
    pub cause: Option<Option<Cause>>,
    /// The order.
    pub sort: SortBy,
    /// Whether the order is turned round.
    pub reversed: bool,
}

impl Filter {
    /// Whether anything is left out.
    pub fn is_narrowing(&self) -> bool {
        !self.search.trim().is_empty() || self.only != Only::All || self.cause.is_some()
    }
}

/// How many sessions there are of each sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub sessions: usize,
    /// Ended.
    pub ended: usize,
    /// Ended unusually.
    pub unusual: usize,
}

/// Counts the sessions of each sort.
pub fn counts(inspection: &Inspection) -> Counts {
    let usual = |index: usize| verdict(inspection, SessionId(index as u32)).map(|verdict| verdict.usual);
    Counts {
        sessions: inspection.sessions.len(),
        ended: inspection.sessions.iter().filter(|session| session.state == State::Ended).count(),
        unusual: (0..inspection.sessions.len()).filter(|&index| usual(index) == Some(Usual::Unusual)).count(),
    }
}

/// How many sessions ended of each cause, most first; `None` counts those still active.
pub fn counts_by_cause(inspection: &Inspection) -> Vec<(Option<Cause>, usize)> {
    let mut counted: Vec<(Option<Cause>, usize)> =
        Cause::ALL.into_iter().map(Some).chain([None]).map(|cause| (cause, 0)).collect();
    for index in 0..inspection.sessions.len() {
        let cause = cause_of(inspection, SessionId(index as u32));
        if let Some((_, count)) = counted.iter_mut().find(|(of, _)| *of == cause) {
            *count += 1;
        }
    }
    counted.retain(|(_, count)| *count > 0);
    counted.sort_by_key(|(cause, count)| (cause.is_none(), Reverse(*count), *cause));
    counted
}

/// The verdict on a session, where it has one.
pub fn verdict(inspection: &Inspection, id: SessionId) -> Option<&Verdict> {
    inspection.verdicts.get(id.0 as usize).and_then(Option::as_ref)
}

/// Why a session ended; `None` while it is alive.
pub fn cause_of(inspection: &Inspection, id: SessionId) -> Option<Cause> {
    if let Some(verdict) = verdict(inspection, id) {
        Some(verdict.cause)
    } else {
        let ended = inspection.sessions.get(id.0 as usize).is_some_and(|session| session.state == State::Ended);
        ended.then_some(Cause::Undetermined)
    }
}

/// The sessions that a filter lets through, in its order. `hays` are the [`haystacks`], needed only where words are looked for.
pub fn sessions(inspection: &Inspection, filter: &Filter, hays: &[Box<str>]) -> Vec<SessionId> {
    let needles: Vec<String> = filter.search.split_whitespace().map(str::to_lowercase).collect();
    let mut touched = vec![false; if filter.only == Only::Incidents { inspection.sessions.len() } else { 0 }];
    if filter.only == Only::Incidents {
        for id in inspection.incidents.iter().flat_map(|incident| &incident.sessions) {
            if let Some(slot) = touched.get_mut(id.0 as usize) {
                *slot = true;
            }
        }
    }
    let mut found: Vec<SessionId> = inspection
        .sessions
        .iter()
        .enumerate()
        .map(|(index, session)| (SessionId(index as u32), session))
        .filter(|&(id, session)| {
            (match filter.only {
                Only::All => true,
                Only::Ended => session.state == State::Ended,
                Only::Unusual => verdict(inspection, id).is_some_and(|verdict| verdict.usual == Usual::Unusual),
                Only::Incidents => touched.get(id.0 as usize).copied().unwrap_or(false),
            }) && filter.cause.is_none_or(|cause| cause_of(inspection, id) == cause)
                && (needles.is_empty()
                    || hays
                        .get(id.0 as usize)
                        .is_some_and(|hay| needles.iter().all(|needle| hay.contains(needle.as_str()))))
        })
        .map(|(id, _)| id)
        .collect();
    found.sort_by(|&a, &b| compare(inspection, filter.sort, a, b));
    if filter.reversed {
        found.reverse();
    }
    found
}

/// What the search looks through, one text a session in lower case: user, app, cause and keys.
pub fn haystacks(inspection: &Inspection) -> Vec<Box<str>> {
    let text = |(index, session): (usize, &Session)| {
        let cause = cause_of(inspection, SessionId(index as u32));
        let user = session.user.as_deref().unwrap_or("");
        let mut hay = format!("{user} {} {} ", session.app, words::cause_label(cause));
        hay.push_str(cause.map_or("active", Cause::id));
        for key in session.keys(&inspection.events.symbols) {
            hay.push(' ');
            hay.push_str(&key.name);
            hay.push(' ');
            hay.push_str(&words::key_value(&key.value));
        }
        hay.to_lowercase().into_boxed_str()
    };
    inspection.sessions.iter().enumerate().map(text).collect()
}

fn compare(inspection: &Inspection, sort: SortBy, a: SessionId, b: SessionId) -> Ordering {
    let (Some(one), Some(other)) = (inspection.sessions.get(a.0 as usize), inspection.sessions.get(b.0 as usize))
    else {
        return a.cmp(&b);
    };
    let end = |session: &Session| session.span().until;
    match sort {
        SortBy::Attention => attention(inspection, a).cmp(&attention(inspection, b)).then(end(one).cmp(&end(other))),
        SortBy::Start => one.started_at.cmp(&other.started_at),
        SortBy::End => end(one).cmp(&end(other)),
        SortBy::User => one.user.is_none().cmp(&other.user.is_none()).then_with(|| one.user.cmp(&other.user)),
        SortBy::App => one.app.cmp(&other.app),
        SortBy::Length => other.span().length().cmp(&one.span().length()),
        SortBy::Cause => {
            let cause = |id| cause_of(inspection, id).map_or(u8::MAX, |cause| cause as u8);
            cause(a).cmp(&cause(b))
        }
    }
    .then(a.cmp(&b))
}

fn attention(inspection: &Inspection, id: SessionId) -> u8 {
    match verdict(inspection, id).map(|verdict| verdict.usual) {
        Some(Usual::Unusual) => 0,
        Some(Usual::Notable) => 1,
        Some(Usual::Unknown) => 2,
        Some(Usual::Usual) => 3,
        None => 4,
    }
}

/// From the first to the last thing that there is to see.
pub fn whole_range(inspection: &Inspection) -> Option<TimeRange> {
    if inspection.sessions.is_empty() {
        return inspection.events.range();
    }
    // A session's records go on after its end: later refusals are to be seen too.
    let seen = |(index, session): (usize, &Session)| {
        let last = inspection.events.of_session(SessionId(index as u32)).next_back();
        let last = last.map_or(session.started_at, |event| inspection.events.time(event));
        session.span().union(TimeRange { from: last, until: last })
    };
    let sessions = inspection.sessions.iter().enumerate().map(seen).reduce(TimeRange::union);
    let accounts =
        inspection.accounts.iter().map(|event| TimeRange { from: event.at, until: event.at }).reduce(TimeRange::union);
    let told = match (sessions, accounts) {
        (Some(one), Some(other)) => Some(one.union(other)),
        (one, other) => one.or(other),
    };
    told.or_else(|| inspection.events.range())
}
