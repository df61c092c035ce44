//! Two sessions side by side: which of their steps belong together, and where they first differ.

use crate::{
    inspection::Inspection,
    model::{EventFlags, EventId, EventKind, Nanos, Session, SessionId},
};

/// Where the two begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alignment {
    /// At their sign-ins.
    #[default]
    SignIn,
    /// At their endings.
    Ending,
}

impl Alignment {
    /// The time from which the other times of a session are counted.
    pub fn origin(self, session: &Session) -> Nanos {
        match self {
            Self::SignIn => session.started_at,
            Self::Ending => session.first_dead_at.unwrap_or(session.last_alive_at),
        }
    }
}

/// One step of a session: an event, or several alike in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The first event.
    pub event: EventId,
    /// How many there are.
    pub count: u32,
    /// When it was, counted from where the two are aligned.
    pub after: Nanos,
    /// What it says.
    pub kind: EventKind,
    /// What happened: `GET /orders/12`.
    pub what: String,
    /// The status, 0 where there is none.
    pub status: u16,
    /// What it is compared by: without numbers, queries and ids.
    form: String,
}

/// One row of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pair {
    /// The same step in both; whether it went alike, too: let in, refused, unanswered.
    Both(Step, Step, bool),
    /// Only in the first.
    Left(Step),
    /// Only in the second.
    Right(Step),
}

impl Pair {
    /// Whether the two are alike here.
    pub fn is_alike(&self) -> bool {
        matches!(self, Self::Both(_, _, true))
    }
}

/// Two sessions, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The steps, in order.
    pub rows: Vec<Pair>,
    /// The first row in which they differ.
    pub first_difference: Option<usize>,
    /// How many steps of each were left out, since there are too many.
    pub left_out: [usize; 2],
}

/// The most steps of each session that are compared.
const MOST: usize = 500;

/// Compares two sessions.
pub fn compare(inspection: &Inspection, left: SessionId, right: SessionId, alignment: Alignment) -> Comparison {
    let (mut one, mut other) = (steps(inspection, left, alignment), steps(inspection, right, alignment));
    let left_out = [one.len().saturating_sub(MOST), other.len().saturating_sub(MOST)];
    for steps in [&mut one, &mut other] {
        match alignment {
            Alignment::SignIn => steps.truncate(MOST),
            Alignment::Ending => drop(steps.drain(..steps.len().saturating_sub(MOST))),
        }
    }
    let rows = paired(one, other);
    let first_difference = rows.iter().position(|row| !row.is_alike());
    Comparison { rows, first_difference, left_out }
}

fn steps(inspection: &Inspection, id: SessionId, alignment: Alignment) -> Vec<Step> {
    let Some(session) = inspection.sessions.get(id.0 as usize) else { return Vec::new() };
    let origin = alignment.origin(session);
    let events = &inspection.events;
    let mut steps: Vec<Step> = Vec::new();
    for event in events.of_session(id) {
        let row = events.get(event);
        // The other side of a request is no step of its own, and what says nothing about a session tells no difference.
        if row.flags.contains(EventFlags::MIRROR) || row.kind == EventKind::Neutral {
            continue;
        }
        let what = events.symbols.resolve(row.what).to_owned();
        let form = form(&what);
        match steps.last_mut() {
            Some(last) if last.form == form && last.kind == row.kind && last.status == row.status => last.count += 1,
            _ => {
                let after = row.time.saturating_sub(origin);
                steps.push(Step { event, count: 1, after, kind: row.kind, what, status: row.status, form });
            }
        }
    }
    steps
}

/// What two requests have in common that ask for the same: method and path, numbers and long ids left out.
fn form(what: &str) -> String {
    let what = what.split(['?', '#']).next().unwrap_or(what);
    let segments = what.split('/').map(|segment| {
        let digits = segment.bytes().filter(u8::is_ascii_digit).count();
        // A version (`v2`) is part of the path; a number, or something long with digits in it, is one of many.
        let is_id =
            digits == segment.len() || segment.len() >= 16 || (segment.len() >= 6 && digits * 2 >= segment.len());
        if digits > 0 && is_id { "#" } else { segment }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The longest common course of the two, and what stands beside it.
fn paired(left: Vec<Step>, right: Vec<Step>) -> Vec<Pair> {
    let width = right.len() + 1;
    let mut common = vec![0_u16; (left.len() + 1) * width];
    for (i, one) in left.iter().enumerate().rev() {
        for (j, other) in right.iter().enumerate().rev() {
            common[i * width + j] = if one.form == other.form {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut rows, mut i, mut j) = (Vec::new(), 0, 0);
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(one), Some(other)) if one.form == other.form => {
                if let (Some(one), Some(other)) = (left.next(), right.next()) {
                    // 200 and 304 let in alike.
                    let alike = one.kind == other.kind;
                    rows.push(Pair::Both(one, other, alike));
                }
                (i, j) = (i + 1, j + 1);
            }
            (Some(_), Some(_)) if common[(i + 1) * width + j] < common[i * width + j + 1] => {
                rows.extend(right.next().map(Pair::Right));
                j += 1;
            }
            (Some(_), _) => {
                rows.extend(left.next().map(Pair::Left));
                i += 1;
            }
            (None, Some(_)) => rows.extend(right.next().map(Pair::Right)),
            (None, None) => return rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps_of(texts: &[(&str, u16)]) -> Vec<Step> {
        let step = |(index, &(what, status)): (usize, &(&str, u16))| Step {
            event: EventId(index as u32),
            count: 1,
            after: 0,
            kind: if status == 401 { EventKind::Rejection } else { EventKind::Activity },
            what: what.to_owned(),
            status,
            form: form(what),
        };
        texts.iter().enumerate().map(step).collect()
    }

    #[test]
    fn what_two_sessions_share_stands_side_by_side() {
        let good = steps_of(&[("POST /login", 302), ("GET /orders/12", 200), ("POST /refresh", 200), ("GET /a", 200)]);
        let bad = steps_of(&[("POST /login", 302), ("GET /orders/77", 200), ("GET /a", 401)]);
        let rows = paired(good, bad);
        assert_eq!(rows.len(), 4);
        assert!(rows[0].is_alike() && rows[1].is_alike());
        assert!(matches!(&rows[2], Pair::Left(step) if step.what == "POST /refresh"));
        assert!(matches!(&rows[3], Pair::Both(_, _, false)));
    }

    #[test]
    fn numbers_and_ids_are_no_difference() {
        assert_eq!(form("GET /orders/12?page=2"), form("GET /orders/345"));
        assert_eq!(form("GET /v2/users/0b54d9be9fa14c12"), "GET /v2/users/#");
        assert_ne!(form("GET /orders"), form("GET /users"));
    }
}
