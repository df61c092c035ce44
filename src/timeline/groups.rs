//! Which lanes stand together, and the heads above them.

use crate::{
    inspection::Inspection,
    model::{Cause, SessionId, State},
};
use std::collections::BTreeMap;

/// What sessions have in common that stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// Nothing: all in one, by start.
    #[default]
    None,
    /// The user.
    User,
    /// The app.
    App,
    /// The sources that tell them.
    Source,
    /// Why they ended.
    Cause,
}

impl Grouping {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 5] = [Self::None, Self::User, Self::App, Self::Source, Self::Cause];

    /// The menu's words.
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "No groups",
            Self::User => "By user",
            Self::App => "By app",
            Self::Source => "By source",
            Self::Cause => "By cause",
        }
    }

    /// The next one, and after the last the first.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|&grouping| grouping == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// One row of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// The head of a group: what its sessions have in common, and how many there are.
    Head(String, usize),
    /// A session.
    Lane(SessionId),
}

/// Lays sessions out in rows; inside a group their order stays.
pub fn rows(inspection: &Inspection, sessions: &[SessionId], grouping: Grouping) -> Vec<Row> {
    if grouping == Grouping::None {
        return sessions.iter().copied().map(Row::Lane).collect();
    }
    let mut groups: BTreeMap<(u8, String), Vec<SessionId>> = BTreeMap::new();
    for &id in sessions {
        if let Some(key) = key(inspection, id, grouping) {
            groups.entry(key).or_default().push(id);
        }
    }
    let mut rows = Vec::with_capacity(sessions.len() + groups.len());
    for ((_, name), members) in groups {
        rows.push(Row::Head(name, members.len()));
        rows.extend(members.into_iter().map(Row::Lane));
    }
    rows
}

/// What a session is grouped by: a number that sorts before the name, and the name.
fn key(inspection: &Inspection, id: SessionId, grouping: Grouping) -> Option<(u8, String)> {
    let session = inspection.sessions.get(id.0 as usize)?;
    Some(match grouping {
        Grouping::None => (0, String::new()),
        Grouping::User => {
            session.user.as_deref().map_or_else(|| (1, "User not known".to_owned()), |user| (0, user.to_owned()))
        }
        Grouping::App => (0, session.app.to_string()),
        Grouping::Source => {
            let names = session.sources.iter().filter_map(|id| inspection.sources.get(usize::from(id.0)));
            (0, names.map(crate::model::SourceReport::name).collect::<Vec<_>>().join(" + "))
        }
        Grouping::Cause => {
            let verdict = inspection.verdicts.get(id.0 as usize).and_then(Option::as_ref);
            match verdict.map(|verdict| verdict.cause) {
                Some(cause) => (cause as u8, cause.label().to_owned()),
                None if session.state == State::Ended => {
                    (Cause::Undetermined as u8, Cause::Undetermined.label().to_owned())
                }
                None => (u8::MAX, "Active".to_owned()),
            }
        }
    })
}
