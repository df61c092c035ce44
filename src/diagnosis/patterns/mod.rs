//! Regularities over several sessions, one file each, all listed in [`PATTERNS`]; always unusual.

mod devices_evict_each_other;
mod ends_together;
mod expires_on_login;
mod expires_repeatedly;
mod flapping;
mod refresh_race;

use super::{case::Case, causes::Advice};
use crate::model::{EventId, Nanos, Pattern, PatternKind, Session, SessionId, Usual, Verdict};
use hashbrown::{HashMap, HashSet};
use std::{cell::OnceCell, sync::Arc};

/// What is known about one pattern.
pub trait PatternRule: Sync {
    /// The pattern.
    fn kind(&self) -> PatternKind;
    /// What it is, in plain words.
    fn explanation(&self) -> &'static str;
    /// What to do about it, for each who asks.
    fn advice(&self) -> Advice;
    /// Looks for it.
    fn find(&self, seen: &Seen<'_>, found: &mut Vec<Pattern>);
}

/// Every pattern. Those that explain more come first: a later one leaves out what an earlier one has told.
pub const PATTERNS: &[&dyn PatternRule] = &[
    &devices_evict_each_other::DevicesEvictEachOther,
    &expires_on_login::ExpiresOnLogin,
    &expires_repeatedly::ExpiresRepeatedly,
    &refresh_race::RefreshRace,
    &flapping::Flapping,
    &ends_together::EndsTogether,
];

/// The rule of a pattern.
pub fn rule_of(kind: PatternKind) -> Option<&'static dyn PatternRule> {
    PATTERNS.iter().copied().find(|rule| rule.kind() == kind)
}

/// What patterns are found in.
pub struct Seen<'a> {
    /// All sessions and what surrounds them.
    pub case: &'a Case<'a>,
    /// The verdict on each; `None` for an active one.
    pub verdicts: &'a [Option<Verdict>],
    /// See [`Seen::people`].
    people: OnceCell<Vec<Vec<SessionId>>>,
}

/// All patterns, in order of their kinds and then of their first sessions.
pub fn patterns(case: &Case<'_>, verdicts: &[Option<Verdict>]) -> Vec<Pattern> {
    let mut found = Vec::new();
    let seen = Seen { case, verdicts, people: OnceCell::new() };
    for rule in PATTERNS {
        rule.find(&seen, &mut found);
    }
    found
}

/// Makes unusual what is so by being repeated: each of these endings by itself may be what the server's design intends.
pub fn make_unusual(patterns: &[Pattern], verdicts: &mut [Option<Verdict>]) {
    let repeated = |kind| matches!(kind, PatternKind::ExpiresRepeatedly | PatternKind::ExpiresOnLogin);
    for id in patterns.iter().filter(|pattern| repeated(pattern.kind)).flat_map(|pattern| &pattern.sessions) {
        if let Some(verdict) = verdicts.get_mut(id.0 as usize).and_then(Option::as_mut) {
            verdict.usual = Usual::Unusual;
        }
    }
}

impl<'a> Seen<'a> {
    /// A session.
    pub fn session(&self, id: SessionId) -> &'a Session {
        &self.case.sessions[id.0 as usize]
    }

    /// The verdict on a session.
    pub fn verdict(&self, id: SessionId) -> Option<Verdict> {
        self.verdicts.get(id.0 as usize).copied().flatten()
    }

    /// How long a session that ended had lived; `None` where its start or end was not seen.
    pub fn life(&self, id: SessionId) -> Option<Nanos> {
        let session = self.session(id);
        session.start_seen.then(|| Some(session.first_dead_at? - session.started_at))?
    }

    /// The sessions of each person on each app, by start; never an empty list.
    pub fn people(&self) -> &[Vec<SessionId>] {
        self.people.get_or_init(|| self.case.apps().iter().flat_map(|(_, list)| self.by_person(list)).collect())
    }

    /// The sessions of one app by person, each by start: by name, else by client, else by the capture that shows them.
    pub fn by_person(&self, list: &[SessionId]) -> Vec<Vec<SessionId>> {
        let mut of: HashMap<(Option<Arc<str>>, u32, u16), usize> = HashMap::new();
        let mut people: Vec<Vec<SessionId>> = Vec::new();
        for &id in list {
            let session = self.session(id);
            let source = session.sources.first().map_or(0, |source| source.0);
            let key = match &session.user {
                Some(user) => (Some(Arc::clone(user)), 0, 0),
                None => (None, session.clues.client.0, source),
            };
            let next = people.len();
            let at = *of.entry(key).or_insert(next);
            if at == next {
                people.push(Vec::new());
            }
            people[at].push(id);
        }
        people
    }

    /// The refusals of sessions, at most so many.
    pub fn refusals(&self, sessions: &[SessionId], most: usize) -> Vec<EventId> {
        sessions.iter().filter_map(|&id| self.session(id).first_dead).take(most).collect()
    }
}

/// Whether sessions were told by a pattern of this kind before.
fn told(found: &[Pattern], kind: PatternKind) -> HashSet<SessionId> {
    found.iter().filter(|pattern| pattern.kind == kind).flat_map(|pattern| pattern.sessions.iter().copied()).collect()
}

/// "alice's" or "one client's".
fn whose(session: &Session) -> String {
    session.user.as_deref().map_or_else(|| "one client's".to_owned(), |user| format!("{user}'s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_explains_itself_in_sentences() {
        for rule in PATTERNS {
            let Advice { user, qa, developer } = rule.advice();
            for text in [rule.explanation(), user, qa, developer] {
                assert!(text.len() > 20 && text.ends_with('.'), "{}: {text}", rule.kind().id());
            }
        }
        assert!(PatternKind::ALL.iter().all(|&kind| rule_of(kind).is_some()));
    }
}
