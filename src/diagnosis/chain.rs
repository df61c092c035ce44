//! Exchanges into the chain of tokens of each session.

use crate::model::{
    EventId, EventKind, EventStore, Exchange, Failure, Nanos, SecretId, SessionId, TokenRole, TokenSeen,
    chain::{Chain, Race, Renewal, RenewalOutcome, TokenLife},
};
use hashbrown::HashMap;

/// Most tokens that are followed in one session: a day of renewals every minute.
const MAX_TOKENS: usize = 1_500;
/// Renewals that overlap by less are one after the other, by clocks of whole milliseconds.
const OVERLAP: Nanos = 2_000_000;

/// The chains of all sessions that have tokens. An exchange that came to nothing belongs to the session of its tokens.
pub fn chains(events: &EventStore) -> HashMap<SessionId, Chain> {
    let mut building: HashMap<SessionId, Building> = HashMap::new();
    let mut owners: HashMap<SecretId, SessionId> = HashMap::new();
    for id in events.ids() {
        let Some(exchange) = events.exchange(id).filter(|exchange| !exchange.tokens.is_empty()) else { continue };
        let of_event = events.session(id);
        let of_token = || exchange.tokens.iter().find_map(|token| owners.get(&token.value).copied());
        let Some(session) = Some(of_event).filter(|session| session.is_some()).or_else(of_token) else { continue };
        for token in exchange.tokens.iter().filter(|token| token.role != TokenRole::Id) {
            owners.insert(token.value, session);
        }
        building.entry(session).or_default().take(events, id, exchange);
    }
    building.into_iter().map(|(session, building)| (session, building.finish(events))).collect()
}

#[derive(Default)]
struct Building {
    chain: Chain,
    places: HashMap<SecretId, u16>,
}

impl Building {
    fn take(&mut self, events: &EventStore, id: EventId, exchange: &Exchange) {
        let kind = events.kind(id);
        let alive = kind.proves_life();
        let renews = exchange.renews || matches!(kind, EventKind::Refresh | EventKind::RefreshRefused);
        let mut used = None;
        for token in exchange.tokens.iter().filter(|token| token.sent && token.role != TokenRole::Id) {
            let Some(at) = self.place(id, token) else { continue };
            let life = &mut self.chain.tokens[usize::from(at)];
            // A refresh token in a cookie goes along with every request; only a renewal uses it, and uses it alone.
            if renews != (token.role == TokenRole::Refresh) {
                continue;
            }
            let refused = matches!(kind, EventKind::Rejection | EventKind::RefreshRefused);
            if alive {
                life.uses += 1;
                life.last_used = Some(id);
                life.refused = None;
            } else if refused {
                life.refused = life.refused.or(Some(id));
            }
            if token.role == TokenRole::Refresh {
                used = Some(at);
            }
        }
        let mut gave = None;
        let mut gave_access = false;
        for token in exchange.tokens.iter().filter(|token| !token.sent && token.role != TokenRole::Id) {
            let Some(at) = self.place(id, token) else { continue };
            let life = &mut self.chain.tokens[usize::from(at)];
            // A token that the client sent before is only told again: a server that does not rotate does so.
            if life.first == id {
                life.issued = Some((id, exchange.answered));
            }
            match token.role {
                TokenRole::Refresh => gave = Some(at),
                _ => gave_access = true,
            }
        }
        if let (Some(old), Some(new)) = (used, gave)
            && old != new
        {
            let life = &mut self.chain.tokens[usize::from(old)];
            life.replaced = life.replaced.or(Some(id));
            life.replaced_by = life.replaced_by.or(Some(new));
        }
        self.renewal(events, id, exchange, (used, gave, gave_access));
    }

    /// Takes note of a renewal: one by its outcome, or by a refresh token sent in vain to a place that renews.
    fn renewal(
        &mut self,
        events: &EventStore,
        id: EventId,
        exchange: &Exchange,
        (used, gave, gave_access): (Option<u16>, Option<u16>, bool),
    ) {
        let away = matches!(events.get(id).status, 502..=504);
        let outcome = match (events.kind(id), exchange.failure) {
            (EventKind::Refresh, _) => RenewalOutcome::Renewed,
            (EventKind::RefreshRefused, _) => RenewalOutcome::Refused,
            // Refused while the session lived on.
            (EventKind::Denied, None) if exchange.renews => RenewalOutcome::Refused,
            (_, Some(Failure::Offline)) if exchange.renews => RenewalOutcome::Unsent,
            (_, Some(Failure::Dropped | Failure::TimedOut | Failure::Aborted | Failure::Unknown))
                if exchange.renews =>
            {
                RenewalOutcome::Lost
            }
            (_, Some(Failure::Refused)) if exchange.renews => RenewalOutcome::Away,
            (_, None) if exchange.renews && away => RenewalOutcome::Away,
            (_, None) if exchange.renews && gave_access => RenewalOutcome::Renewed,
            _ => return,
        };
        let (sent_at, answered_at) = (events.time(id), exchange.answered.max(events.time(id)));
        self.chain.renewals.push(Renewal { event: id, sent_at, answered_at, used, gave, outcome });
    }

    fn place(&mut self, id: EventId, token: &TokenSeen) -> Option<u16> {
        if let Some(&at) = self.places.get(&token.value) {
            return Some(at);
        }
        if self.chain.tokens.len() >= MAX_TOKENS {
            return None;
        }
        let at = self.chain.tokens.len() as u16;
        self.places.insert(token.value, at);
        self.chain.tokens.push(TokenLife {
            role: token.role,
            value: token.value,
            text: token.text,
            first: id,
            issued: None,
            uses: 0,
            last_used: None,
            replaced: None,
            replaced_by: None,
            refused: None,
            issued_at: token.issued_at,
            expires: token.expires,
            key_id: token.key_id,
        });
        Some(at)
    }

    fn finish(self, events: &EventStore) -> Chain {
        let mut chain = self.chain;
        chain.renewals.sort_by_key(|renewal| (renewal.sent_at, renewal.event));
        let last_life = chain
            .tokens
            .iter()
            .filter_map(|token| token.last_used)
            .map(|id| events.time(id))
            .chain(
                chain.renewals.iter().filter(|done| done.outcome == RenewalOutcome::Renewed).map(|done| done.sent_at),
            )
            .max();
        for pair in chain.renewals.windows(2) {
            let (first, second) = (pair[0], pair[1]);
            // Where the input hides the token, two renewals of one session at once used the same one.
            if first.used != second.used || second.sent_at + OVERLAP > first.answered_at {
                continue;
            }
            let refused = |renewal: Renewal| renewal.outcome == RenewalOutcome::Refused;
            let over = first.answered_at.max(second.answered_at);
            chain.races.push(Race {
                first: first.event,
                second: second.event,
                lost_one: refused(first) || refused(second),
                healed: last_life.is_some_and(|last| last > over),
            });
        }
        chain
    }
}
