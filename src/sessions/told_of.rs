//! Sessions that an application's log tells of by the user's name, beside a browser's capture of the same user.
//!
//! Such a log has no request to compare and often no id that the client ever sees (the family of a refresh token). But it was
//! written by the same deeds: a sign-in, renewals, a refusal, each within moments of an exchange that did it. And an end that
//! it states for that user in the very moment in which the capture's session ends is that session's.

use super::{mirror::absorb, told_twice::merge};
use crate::model::{EventId, EventKind, EventStore, Family, Nanos, Session, SessionId, SourceId, time::SECOND};

/// How far from its exchange a record may stand.
const SLACK: Nanos = 2 * SECOND;

/// A deed: what it was, and from when to when it may have been done.
type Deed = (EventKind, Nanos, Nanos);

/// Joins what logs tell of users to the sessions of captures that show the same deeds.
pub fn join(events: &mut EventStore, families: &[Option<Family>], sessions: &mut Vec<Session>) {
    let of = |source: SourceId| families.get(source.0 as usize).copied().flatten();
    let both = [Family::Exchanges, Family::Requests].iter().all(|family| families.contains(&Some(*family)));
    let alone = |session: &Session, family: Family| session.sources.iter().all(|&source| of(source) == Some(family));
    let told: Vec<usize> = (0..sessions.len())
        .filter(|&at| both && sessions[at].user.is_some() && alone(&sessions[at], Family::Requests))
        .collect();
    if told.is_empty() {
        return;
    }
    events.index_sessions(sessions.len());
    let mut into: Vec<Option<usize>> = vec![None; sessions.len()];
    for their in told {
        let Some(deeds) = told_deeds(events, their).filter(|deeds| !deeds.is_empty()) else { continue };
        let mut fitting: Vec<(usize, usize)> = (0..sessions.len())
            .filter(|&our| alone(&sessions[our], Family::Exchanges) && same_user(&sessions[our], &sessions[their]))
            .filter(|our| !into.contains(&Some(*our)))
            .filter_map(|our| Some((fits(events, sessions, our, their, &deeds)?, our)))
            .collect();
        fitting.sort_by_key(|&(shared, our)| (std::cmp::Reverse(shared), our));
        match fitting.as_slice() {
            // Two that fit alike: which it tells of stays open.
            [(one, _), (other, _), ..] if one == other => {}
            [(_, our), ..] => into[their] = Some(*our),
            [] => {}
        }
    }
    if into.iter().any(Option::is_some) {
        for (their, our) in into.iter().enumerate() {
            if let Some(our) = *our {
                absorb(events, sessions, our, their);
            }
        }
        merge(events, sessions, &into);
    }
}

/// What the records of a session say was done; `None` where requests are among them, which are compared one by one elsewhere.
fn told_deeds(events: &EventStore, session: usize) -> Option<Vec<Deed>> {
    let mut deeds = Vec::new();
    for id in events.of_session(SessionId(session as u32)) {
        let event = events.get(id);
        if event.status != 0 {
            return None;
        }
        if is_deed(event.kind) {
            deeds.push((event.kind, event.time, event.time));
        }
    }
    Some(deeds)
}

fn is_deed(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::SignIn | EventKind::Refresh | EventKind::RefreshRefused | EventKind::Rejection | EventKind::SignOut
    )
}

/// How many deeds both share; `None` where that makes them no one session.
fn fits(events: &EventStore, sessions: &[Session], our: usize, their: usize, told: &[Deed]) -> Option<usize> {
    let shown: Vec<Deed> = events.of_session(SessionId(our as u32)).filter_map(|id| shown_deed(events, id)).collect();
    let alike = |one: EventKind, other: EventKind| {
        let refused = |kind| matches!(kind, EventKind::RefreshRefused | EventKind::Rejection);
        one == other || refused(one) && refused(other)
    };
    let shared = told
        .iter()
        .filter(|&&(kind, at, _)| {
            shown.iter().any(|&(other, from, until)| alike(kind, other) && from - SLACK <= at && at <= until + SLACK)
        })
        .count();
    let ended = sessions[our].ending().zip(sessions[their].clues.stated).is_some_and(|(ending, (reason, event))| {
        let at = events.time(event);
        reason.cause().is_some() && ending.from - SLACK <= at && at <= ending.until + SLACK
    });
    (ended || shared >= 2 && shared * 3 >= told.len() * 2).then_some(shared + usize::from(ended))
}

fn shown_deed(events: &EventStore, id: EventId) -> Option<Deed> {
    let event = events.get(id);
    let exchange = events.exchange(id);
    // A renewal whose answer never came was one for the server.
    let kind = if exchange.is_some_and(|exchange| exchange.renews) && !is_deed(event.kind) {
        EventKind::Refresh
    } else {
        event.kind
    };
    is_deed(kind).then(|| (kind, event.time, exchange.map_or(event.time, |exchange| exchange.answered.max(event.time))))
}

/// Whether both name one user: `ann` and `Ann`, `ann` and `ann@example.org`.
fn same_user(one: &Session, other: &Session) -> bool {
    let local = |name: &str| name.split('@').next().unwrap_or(name).to_lowercase();
    match (&one.user, &other.user) {
        (Some(one), Some(other)) => {
            one.eq_ignore_ascii_case(other) || one.contains('@') != other.contains('@') && local(one) == local(other)
        }
        _ => false,
    }
}
