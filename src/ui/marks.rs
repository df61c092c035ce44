//! Marks and notes of the reader: on sessions, and on moments and events in them.

use crate::{
    inspection::Inspection,
    model::{EventId, Nanos, SessionId},
};
use std::collections::BTreeMap;

/// What the reader keeps about one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// A note on all of it; may be empty.
    pub note: String,
    /// Moments in it, each with the event that stands there.
    pub moments: Vec<(Nanos, Option<EventId>, String)>,
}

/// All marks, by session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    marks: BTreeMap<SessionId, Mark>,
    /// Whether there is something that no file holds yet.
    pub unsaved: bool,
}

impl Marks {
    /// What is kept about a session.
    pub fn of(&self, id: SessionId) -> Option<&Mark> {
        self.marks.get(&id)
    }

    /// Whether a session is marked.
    pub fn has(&self, id: SessionId) -> bool {
        self.marks.contains_key(&id)
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// All of them, by session.
    pub fn all(&self) -> impl Iterator<Item = (SessionId, &Mark)> {
        self.marks.iter().map(|(&id, mark)| (id, mark))
    }

    /// Marks a session, or takes its mark away.
    pub fn toggle(&mut self, id: SessionId) {
        if self.marks.remove(&id).is_none() {
            self.marks.insert(id, Mark::default());
        }
        self.unsaved = true;
    }

    /// Keeps a note on a session; an empty one only leaves the mark.
    pub fn note(&mut self, id: SessionId, note: &str) {
        note.trim().clone_into(&mut self.marks.entry(id).or_default().note);
        self.unsaved = true;
    }

    /// Keeps a moment of a session.
    pub fn moment(&mut self, id: SessionId, at: Nanos, event: Option<EventId>, note: &str) {
        let moments = &mut self.marks.entry(id).or_default().moments;
        moments.retain(|(other, ..)| *other != at);
        moments.push((at, event, note.trim().to_owned()));
        moments.sort_by_key(|(at, ..)| *at);
        self.unsaved = true;
    }

    /// Puts a mark back that a file held.
    pub fn restore(&mut self, id: SessionId, mark: Mark) {
        self.marks.insert(id, mark);
    }

    /// The same marks for sessions of another inspection of the same sources: known again by user, app and start.
    #[must_use]
    pub fn carried(&self, before: &Inspection, after: &Inspection) -> Self {
        let mut carried = Self { marks: BTreeMap::new(), unsaved: self.unsaved };
        for (id, mark) in self.all() {
            if let Some(now) = same_session(before, id, after) {
                let moments = mark.moments.iter().map(|(at, _, note)| (*at, None, note.clone())).collect();
                carried.marks.insert(now, Mark { note: mark.note.clone(), moments });
            }
        }
        carried
    }
}

/// The session of `after` that is this one of `before`: same user, app and start.
pub fn same_session(before: &Inspection, id: SessionId, after: &Inspection) -> Option<SessionId> {
    let wanted = before.sessions.get(id.0 as usize)?;
    let found = after.sessions.iter().position(|session| {
        session.started_at == wanted.started_at && session.app == wanted.app && session.user == wanted.user
    })?;
    Some(SessionId(found as u32))
}
