//! Which sessions the list and the lanes show, and in which order.

use crate::{
    inspection::Inspection,
    model::{Cause, Session, SessionId, State, TimeRange, Usual, Verdict},
    query::{Query, Term, parse},
};
use std::cmp::{Ordering, Reverse};

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
    /// The chips: structured terms that are on.
    pub terms: Vec<Term>,
    /// What is typed beside them.
    pub text: String,
    /// The order.
    pub sort: SortBy,
    /// Whether the order is turned round.
    pub reversed: bool,
}

impl Filter {
    /// Whether anything is left out.
    pub fn is_narrowing(&self) -> bool {
        !self.query().is_empty()
    }

    /// Chips and text together.
    pub fn query(&self) -> Query {
        let typed = parse(&self.text).query;
        Query { terms: self.terms.iter().cloned().chain(typed.terms).collect(), words: typed.words }
    }

    /// What of the text is not understood.
    pub fn problems(&self) -> Vec<String> {
        parse(&self.text).problems
    }

    /// Whether a term is on.
    pub fn has(&self, term: &Term) -> bool {
        self.terms.contains(term)
    }

    /// Puts a term on, or takes it off where it is on.
    pub fn toggle(&mut self, term: Term) {
        if self.has(&term) {
            self.terms.retain(|other| *other != term);
        } else {
            self.terms.push(term);
        }
    }

    /// Makes chips of the terms that are typed; words and what is not understood stay text.
    pub fn commit(&mut self) {
        let parsed = parse(&self.text);
        if parsed.query.terms.is_empty() || !parsed.problems.is_empty() {
            return;
        }
        for term in parsed.query.terms {
            if !self.has(&term) {
                self.terms.push(term);
            }
        }
        let quoted = |word: String| if word.contains(' ') { format!("\"{word}\"") } else { word };
        self.text = parsed.query.words.into_iter().map(quoted).collect::<Vec<_>>().join(" ");
    }

    /// The same order with everything shown.
    #[must_use]
    pub fn cleared(&self) -> Self {
        Self { sort: self.sort, reversed: self.reversed, ..Self::default() }
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
    /// Ended as the policy is, but surprisingly.
    pub notable: usize,
    /// Ended as intended.
    pub usual: usize,
    /// Ended, and not known whether as intended.
    pub unclear: usize,
    /// Told by a source from which credentials were removed.
    pub sanitized: usize,
    /// Signed in before the input begins, so that their age is not known.
    pub began_before: usize,
}

/// Counts the sessions of each sort.
pub fn counts(inspection: &Inspection) -> Counts {
    let how_many = |usual: Usual| inspection.verdicts.iter().flatten().filter(|verdict| verdict.usual == usual).count();
    let stripped: Vec<bool> =
        inspection.sources.iter().map(|source| source.credentials_stripped || source.cookies_stripped).collect();
    let is_stripped =
        |session: &Session| session.sources.iter().any(|id| stripped.get(usize::from(id.0)).copied().unwrap_or(false));
    Counts {
        sessions: inspection.sessions.len(),
        ended: inspection.sessions.iter().filter(|session| session.state == State::Ended).count(),
        unusual: how_many(Usual::Unusual),
        notable: how_many(Usual::Notable),
        usual: how_many(Usual::Usual),
        unclear: how_many(Usual::Unknown),
        began_before: inspection.sessions.iter().filter(|session| !session.start_seen).count(),
        sanitized: inspection.sessions.iter().filter(|session| is_stripped(session)).count(),
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

/// The sessions that are let through, in the order of the filter.
pub fn ordered(inspection: &Inspection, filter: &Filter, through: &[bool]) -> Vec<SessionId> {
    let mut found: Vec<SessionId> =
        (0..through.len()).filter(|&index| through[index]).map(|index| SessionId(index as u32)).collect();
    found.sort_by(|&a, &b| compare(inspection, filter.sort, a, b));
    if filter.reversed {
        found.reverse();
    }
    found
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_terms_become_chips_and_words_stay() {
        let mut filter = Filter { text: "cause:logout bob \"not found\"".to_owned(), ..Filter::default() };
        filter.commit();
        assert_eq!(filter.terms.iter().map(ToString::to_string).collect::<Vec<_>>(), ["cause:logout"]);
        assert_eq!(filter.text, "bob \"not found\"");
        filter.toggle(Term::cause(Some(Cause::Logout)));
        assert!(filter.terms.is_empty() && filter.is_narrowing());
    }

    #[test]
    fn what_is_not_understood_stays_text() {
        let mut filter = Filter { text: "status:abc".to_owned(), ..Filter::default() };
        filter.commit();
        assert_eq!(filter.text, "status:abc");
        assert_eq!(filter.problems().len(), 1);
    }
}
