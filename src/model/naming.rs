//! What sources call their sessions: the ids behind an event's `link`, and how old a record says that its session is.

use super::{event::EventId, session::KeyKind, symbol::Sym, time::Nanos};
use hashbrown::HashSet;

/// One id that a source gives a session, to be shown: `pid 19203`, `Acct-Session-Id 6A3F`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedTie {
    /// Its kind.
    pub kind: KeyKind,
    /// Its name, as the source has it.
    pub name: &'static str,
    /// Its value.
    pub value: Sym,
}

/// The ids behind the links of sources whose records name their session, and the ages that records state.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    ties: Vec<(u64, NamedTie)>,
    known: HashSet<(u64, &'static str)>,
    ages: Vec<(EventId, Nanos)>,
}

impl Naming {
    /// Whether an id of this name is known for a link.
    pub fn knows(&self, link: u64, name: &'static str) -> bool {
        self.known.contains(&(link, name))
    }

    /// Notes an id of a link, unless one of this name is known: the first one stays.
    pub fn add(&mut self, link: u64, tie: NamedTie) {
        if self.known.insert((link, tie.name)) {
            self.ties.push((link, tie));
        }
    }

    /// Notes how long the session of an event had lasted by then, as its record states.
    pub fn set_age(&mut self, event: EventId, age: Nanos) {
        self.ages.push((event, age));
    }

    /// Adds a later store's, whose first event is `first` in this one.
    pub(super) fn append(&mut self, later: &Self, first: u32, translate: impl Fn(Sym) -> Sym) {
        for &(link, tie) in &later.ties {
            self.add(link, NamedTie { value: translate(tie.value), ..tie });
        }
        self.ages.extend(later.ages.iter().map(|&(id, age)| (EventId(id.0 + first), age)));
    }

    /// Follows the events to their places after sorting.
    pub(super) fn follow(&mut self, place: &[u32]) {
        for (id, _) in &mut self.ages {
            *id = EventId(place.get(id.0 as usize).copied().unwrap_or(id.0));
        }
    }

    /// Puts all in order, for [`of`](Self::of) and [`age`](Self::age).
    pub fn index(&mut self) {
        self.ties.sort_by_key(|&(link, _)| link);
        self.ages.sort_unstable();
        self.known = HashSet::new();
    }

    /// The ids of a link, in the order in which they were noted. Call [`index`](Self::index) before.
    pub fn of(&self, link: u64) -> impl Iterator<Item = NamedTie> + '_ {
        let from = self.ties.partition_point(|&(other, _)| other < link);
        self.ties.iter().skip(from).take_while(move |&&(other, _)| other == link).map(|&(_, tie)| tie)
    }

    /// How long the session of an event had lasted by then, where its record says so. Call [`index`](Self::index) before.
    pub fn age(&self, event: EventId) -> Option<Nanos> {
        let at = self.ages.binary_search_by_key(&event, |&(id, _)| id).ok()?;
        self.ages.get(at).map(|&(_, age)| age)
    }
}
