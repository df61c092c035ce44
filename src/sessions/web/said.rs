//! Records in which an application says what happened, beside the requests of a log or by themselves.
//!
//! Such a record knows the session's id or the user's name more often than the client's address. So it goes to the lane where
//! that id, name or address was seen before. In a log that shows requests as well, a record that leads to none of them is
//! left alone: what it tells would be told twice. In a log without requests, each user has a lane.

use super::{
    draft::{Credential, Draft},
    hit::{Hit, Outcome},
    lane::Carried,
    purpose::Purpose,
};
use crate::model::{Event, EventId, EventKind, EventStore, Family, SourceId, Stated, Sym};
use hashbrown::{HashMap, HashSet};

/// A lane: its source and client; the user where no client is known.
pub type Key = (SourceId, Sym, Sym);

/// Where ids, names and addresses were seen.
#[derive(Debug, Default)]
pub struct Routes {
    /// Sources that hold such records.
    speaking: HashSet<SourceId>,
    /// Those of them that hold requests.
    serving: HashSet<SourceId>,
    by_link: HashMap<(SourceId, u64), Key>,
    by_user: HashMap<(SourceId, Sym), Key>,
    by_address: HashMap<(SourceId, Sym), Key>,
}

impl Routes {
    /// Looks through the events for sources that hold such records.
    pub fn of(events: &EventStore, families: &[Option<Family>]) -> Self {
        let mut routes = Self::default();
        let is_log = |source: SourceId| families.get(source.0 as usize) == Some(&Some(Family::Requests));
        for (id, &kind) in events.ids().zip(events.kinds()) {
            if kind != EventKind::Neutral {
                let source = events.span(id).source;
                if is_log(source) {
                    routes.speaking.insert(source);
                }
            }
        }
        if !routes.speaking.is_empty() {
            for (id, &kind) in events.ids().zip(events.kinds()) {
                let source = events.span(id).source;
                if kind == EventKind::Neutral && routes.speaking.contains(&source) {
                    routes.serving.insert(source);
                }
            }
        }
        routes
    }

    /// The lane of a log's event; `None` where it leads to none.
    pub fn lane(&mut self, events: &mut EventStore, event: &Event) -> Option<Key> {
        let source = event.span.0.source;
        let own = (source, event.client, Sym::NONE);
        if !self.speaking.contains(&source) {
            return Some(own);
        }
        let says = event.kind != EventKind::Neutral;
        let address = events.symbols.resolve(event.client).split('\t').next().unwrap_or("").to_owned();
        let address = events.symbols.intern(&address);
        let known = if says {
            let by_link = self.by_link.get(&(source, event.link)).filter(|_| event.link != 0);
            let by_user = || self.by_user.get(&(source, event.actor)).filter(|_| event.actor.is_some());
            let by_address = || self.by_address.get(&(source, address)).filter(|_| address.is_some());
            by_link.or_else(by_user).or_else(by_address).copied()
        } else {
            None
        };
        let key = match known {
            Some(key) => key,
            None if event.client.is_some() || !says => own,
            None if self.serving.contains(&source) && !is_own_story(event) => return None,
            None => (source, Sym::NONE, event.actor),
        };
        if event.link != 0 {
            self.by_link.insert((source, event.link), key);
        }
        if event.actor.is_some() {
            self.by_user.insert((source, event.actor), key);
        }
        if address.is_some() {
            self.by_address.insert((source, address), key);
        }
        Some(key)
    }
}

/// A token that was refused on the way in needs no session before it.
fn is_own_story(event: &Event) -> bool {
    event.kind == EventKind::SignInFailed && refuses_token(event.stated)
}

fn refuses_token(stated: Stated) -> bool {
    matches!(stated, Stated::NotYetValid | Stated::KeyInvalid | Stated::TokenExpired)
}

/// The hit behind such a record; `None` where it is not about a session.
pub fn hit_from_words(events: &mut EventStore, id: EventId) -> Option<Hit> {
    let event = events.get(id);
    let outcome = match event.kind {
        EventKind::SignIn => Outcome::SignedIn,
        EventKind::SignInFailed if refuses_token(event.stated) => Outcome::CallbackFailed,
        EventKind::SignInFailed => Outcome::SignInFailed,
        EventKind::Activity | EventKind::Background => Outcome::Accepted,
        EventKind::Refresh => Outcome::Renewed,
        EventKind::RefreshRefused => Outcome::RenewalRefused,
        EventKind::Rejection | EventKind::Close => Outcome::Refused,
        EventKind::SignOut => Outcome::SignedOut,
        EventKind::Denied => Outcome::Denied,
        EventKind::Gap => Outcome::Unanswered,
        EventKind::Outage => Outcome::ServerAway,
        EventKind::Operator => Outcome::Operated,
        EventKind::Neutral
        | EventKind::ServerStart
        | EventKind::ServerStop
        | EventKind::AccountLocked
        | EventKind::AccountUnlocked => return None,
    };
    let place = events.symbols.intern("said");
    Some(Hit {
        id,
        time: event.time,
        answered: event.time,
        purpose: Purpose::Content,
        outcome,
        place,
        status: 0,
        stated: event.stated,
        writes: false,
        by_body: false,
        in_place: false,
        page: false,
        silent: false,
        returns: false,
        tells_session: false,
    })
}

/// Whether a record names a session other than the draft's.
pub(super) fn is_of_another(draft: &Draft, carried: &Carried) -> bool {
    let ours = |credential: &Credential| draft.credentials.contains(credential);
    !draft.credentials.is_empty() && !carried.credentials.is_empty() && !carried.credentials.iter().any(ours)
}

/// Whether a record says whose session ended and why, so that nothing need have been seen of it before.
pub(super) fn names_an_end(hit: &Hit, carried: &Carried) -> bool {
    let named = carried.user.is_some() || !carried.credentials.is_empty();
    named && (hit.stated.cause().is_some() || hit.stated == Stated::Expired)
}
