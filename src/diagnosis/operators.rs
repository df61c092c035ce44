//! Whom the acts of operators name, so that what was done to one user explains no other's ending.

use crate::model::{EventId, EventStore, Session};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

/// Acts upon sessions and accounts, each list by time.
#[derive(Clone, Debug, Default)]
pub struct Operators {
    /// All of them.
    pub all: Vec<EventId>,
    of_user: HashMap<Arc<str>, Vec<EventId>>,
    of_nobody: Vec<EventId>,
}

impl Operators {
    /// Sorts `acts`, given by time, by the users of the sessions whom their words name.
    pub fn new(events: &EventStore, sessions: &[Session], acts: Vec<EventId>) -> Self {
        if acts.is_empty() {
            return Self::default();
        }
        let users: HashSet<Arc<str>> =
            sessions.iter().filter_map(|session| session.user.clone()).filter(|user| user.len() >= 2).collect();
        let mut sorted = Self::default();
        for &act in &acts {
            let what = events.symbols.resolve(events.get(act).what);
            let words = what.split(|c: char| !c.is_alphanumeric() && !"._-@".contains(c));
            let mut named = false;
            for user in words.filter_map(|word| users.get(word)) {
                let acts = sorted.of_user.entry(Arc::clone(user)).or_default();
                if acts.last() != Some(&act) {
                    acts.push(act);
                }
                named = true;
            }
            if !named {
                sorted.of_nobody.push(act);
            }
        }
        sorted.all = acts;
        sorted
    }

    /// The acts that name this user.
    pub fn upon(&self, user: &str) -> &[EventId] {
        self.of_user.get(user).map_or(&[], Vec::as_slice)
    }

    /// The acts that name no user of any session: they may have been upon all.
    pub fn upon_nobody(&self) -> &[EventId] {
        &self.of_nobody
    }
}
