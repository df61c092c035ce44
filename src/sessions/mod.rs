//! Events into sessions: which belong together, what each means among its neighbours, when a session began and ended.
//!
//! [`build`] is the one door. It gives every event its session and final kind, and leaves the weighing of causes to the next
//! stage: what it found out about each ending travels in [`Clues`](crate::model::Clues).

mod accounts;
mod clocks;
mod connections;
mod mirror;
mod named;
mod told_of;
mod told_twice;
pub mod web;

use crate::model::{AccountEvent, EventStore, Family, Session, SessionId, SourceReport};

/// Rebuilds all sessions. `families` says for each source how its events form sessions; `None` where it was not read.
/// Events must be sorted by time. The sessions come back by start, every event knows its own, and the store's session index
/// is built.
pub fn build(
    events: &mut EventStore,
    sources: &mut [SourceReport],
    families: &[Option<Family>],
) -> (Vec<Session>, Vec<AccountEvent>) {
    let mut sessions = Vec::new();
    let twins = clocks::align(events, sources, families);
    web::build(events, sources, families, &mut sessions);
    connections::build(events, sources, families, &mut sessions);
    named::build(events, sources, families, &mut sessions);
    mirror::join(events, sources, families, &twins, &mut sessions);
    told_twice::join(events, families, &mut sessions);
    told_of::join(events, families, &mut sessions);
    sort_by_start(events, &mut sessions);
    events.index_sessions(sessions.len());
    let accounts = accounts::collect(events);
    (sessions, accounts)
}

fn sort_by_start(events: &mut EventStore, sessions: &mut Vec<Session>) {
    let mut order: Vec<usize> = (0..sessions.len()).collect();
    order.sort_by_key(|&index| sessions[index].started_at);
    if order.is_sorted() {
        return;
    }
    let mut place = vec![0_u32; order.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new as u32;
    }
    let mut old: Vec<Option<Session>> = std::mem::take(sessions).into_iter().map(Some).collect();
    sessions.extend(order.iter().filter_map(|&index| old[index].take()));
    for id in events.ids() {
        let session = events.session(id);
        if let Some(&new) = place.get(session.0 as usize) {
            events.set_session(id, SessionId(new));
        }
    }
}
