//! How a session of a client ends: what refuses it, and what only looks like it.

use super::{
    super::{
        draft::Draft,
        hit::{Hit, Outcome},
        purpose::Purpose,
        said::names_an_end,
    },
    Carried, Drafts, Lane, assign,
};
use crate::model::{EndedBy, EventKind, EventStore, Stated};

impl Lane {
    /// Whether an answer that is no refusal by itself takes the session's own cookie away and gives no other: the server
    /// does not know it any more.
    pub(super) fn takes_away(&self, events: &EventStore, drafts: &Drafts, hit: &Hit, carried: &Carried) -> bool {
        let Some(exchange) = carried.exchange.map(|index| &events.exchanges[index]) else { return false };
        // A 403 is for want of a right; with the cookie taken away it is for want of a session (Tornado answers so).
        let undecided = matches!(hit.outcome, Outcome::Accepted | Outcome::Nothing | Outcome::Denied);
        if hit.purpose != Purpose::Content || !undecided {
            return false;
        }
        let Some(draft) = self.target(drafts, carried).map(|at| &drafts.list[at]) else { return false };
        exchange.cookies_set.iter().filter(|cookie| cookie.cleared).any(|gone| {
            draft.cookie_names.contains(&gone.name)
                && exchange.cookies_sent.iter().any(|(name, _)| *name == gone.name)
                && !exchange.cookies_set.iter().any(|other| other.name == gone.name && !other.cleared)
        })
    }

    /// A 403 is for want of a right. Some servers answer so whoever is not signed in, too: then what had been let in is
    /// denied, and the app asks to sign in.
    pub(super) fn denied(&mut self, events: &mut EventStore, drafts: &mut Drafts, hit: &Hit, carried: &Carried) {
        self.beside(events, drafts, hit, carried, EventKind::Denied);
        let target = self.target(drafts, carried).map(|at| &drafts.list[at]);
        let was_let_in = target.is_some_and(|draft| {
            draft.dead.is_none()
                && !draft.closed
                && draft.places.contains(&hit.place)
                && !draft.forbidden.contains(&hit.place)
        });
        if was_let_in && !hit.writes && hit.stated != Stated::Csrf && self.doubted.is_none() {
            self.doubted = Some((*hit, carried.clone()));
        }
    }

    /// A refusal: of the session, or of a right that it lacks.
    pub(super) fn refused(
        &mut self,
        events: &mut EventStore,
        drafts: &mut Drafts,
        hit: &Hit,
        carried: &Carried,
        by: EndedBy,
    ) {
        let target = self.target(drafts, carried).filter(|&at| !drafts.list[at].closed);
        let target = match target {
            None if carried.said && names_an_end(hit, carried) => Some(self.begin_unseen(drafts, hit, carried)),
            None if by == EndedBy::Refusal => self.reveal(events, drafts, Some(hit.place)),
            other => other,
        };
        let Some(at) = target else {
            if hit.status == 200 && !hit.writes && carried.exchange.is_none() && !carried.said {
                self.forms.insert(hit.place);
            }
            if hit.status == 401 || hit.status == 403 {
                events.set_kind(hit.id, EventKind::Denied);
            }
            return;
        };
        if hit.stated == Stated::Csrf && hit.status != 419 {
            assign(events, hit.id, at, EventKind::Denied);
            return;
        }
        let draft = &drafts.list[at];
        let first = draft.dead.is_none();
        let new_place = !draft.places.contains(&hit.place);
        // Who was let in nowhere yet, or is told what is wrong with the credential, lacks more than a right.
        let lacks_a_right = draft.let_in && hit.stated.cause().is_none();
        if first && new_place && lacks_a_right && draft.forbidden.contains(&hit.place) && by == EndedBy::Refusal {
            assign(events, hit.id, at, EventKind::Denied);
            return;
        }
        let never_let_in =
            draft.start_seen && !draft.given && draft.accepted == 0 && carried.exchange.is_none() && !carried.said;
        if first && never_let_in && by == EndedBy::Refusal && hit.stated.cause().is_none() {
            let start = draft.start_event;
            self.void(events, drafts, at);
            if let Some(start) = start {
                events.set_kind(start, EventKind::SignInFailed);
            }
            events.set_kind(hit.id, EventKind::Denied);
            return;
        }
        let says_why = hit.stated.cause().is_some() || matches!(hit.stated, Stated::Expired | Stated::UnknownSession);
        if hit.status == 423 && new_place && hit.stated.cause().is_none() {
            // Of WebDAV and the like: a thing is locked, not an account.
            assign(events, hit.id, at, EventKind::Denied);
            return;
        }
        let cleared = carried.exchange.is_some_and(|index| {
            let cookies = &events.exchanges[index].cookies_set;
            cookies.iter().any(|cookie| cookie.cleared && draft.cookie_names.contains(&cookie.name))
        });
        if new_place && !says_why && !cleared && by == EndedBy::Refusal && Self::is_unproved(drafts, at, carried) {
            self.void(events, drafts, at);
            events.set_kind(hit.id, EventKind::Denied);
            return;
        }
        drafts.list[at].refused(hit, by);
        if first && let Some(exchange) = carried.exchange {
            let shows = self.shows_cookies;
            drafts.list[at].look_at_refusal(&events.exchanges[exchange], shows);
        }
        if first && carried.exchange.is_none() && !carried.said {
            drafts.list[at].look_at_line(&carried.credentials);
        }
        quote(events, &mut drafts.list[at], hit, carried);
        let kind = if by == EndedBy::RenewalRefusal { EventKind::RefreshRefused } else { EventKind::Rejection };
        assign(events, hit.id, at, kind);
    }

    /// An act of signing out that was let in.
    pub(super) fn signed_out(&mut self, events: &mut EventStore, drafts: &mut Drafts, hit: &Hit, carried: &Carried) {
        // The act itself, after the page that led to it.
        if hit.writes {
            self.reopen(events, drafts, carried);
        }
        let target = self.target(drafts, carried).filter(|&at| !drafts.list[at].closed);
        let Some(at) = target.or_else(|| self.reveal(events, drafts, None)) else { return };
        let draft = &mut drafts.list[at];
        if draft.dead.is_some() {
            return;
        }
        let takes = |index: usize| events.exchanges[index].cookies_set.iter().any(|cookie| cookie.cleared);
        draft.left_by_page = !hit.writes && hit.status == 200 && !carried.exchange.is_some_and(takes);
        draft.closed = true;
        draft.dead = Some((hit.id, hit.answered, hit.place));
        draft.clues.ended_by = Some(EndedBy::SignOut);
        // Of an app that signs out by itself, and says why.
        if matches!(hit.stated, Stated::Idle | Stated::MaximumAge) {
            draft.clues.stated = Some((hit.stated, hit.id));
            quote(events, draft, hit, carried);
        }
        draft.last_alive = Some((hit.id, hit.time));
        assign(events, hit.id, at, EventKind::SignOut);
    }
}

/// Keeps the server's words if this refusal is the one that states the reason.
pub(super) fn quote(events: &EventStore, draft: &mut Draft, hit: &Hit, carried: &Carried) {
    let words = carried.exchange.map(|index| events.exchanges[index].words).unwrap_or_default();
    if words.is_some() && draft.clues.stated.is_some_and(|(_, id)| id == hit.id) {
        draft.clues.words = Some(events.symbols.resolve(words).into());
    }
}
