//! Renewals recognised by what is done with a token, whatever it is called.

use super::purpose::{Purpose, purpose};
use crate::model::{EventStore, Exchange, SecretId, Sym, TokenRole};
use hashbrown::HashSet;

/// Decides of each opaque value whether it is a refresh token: it was given beside an access token, and came back to where
/// access tokens are given. The others are dropped. Runs once, over all exchanges, before sessions are built.
pub fn recognise_renewals(events: &mut EventStore) {
    let opaque = |exchange: &Exchange| exchange.tokens.iter().any(|token| token.role == TokenRole::Opaque);
    if !events.exchanges.iter().any(opaque) {
        return;
    }
    let mut refresh: HashSet<SecretId> = HashSet::new();
    let mut places: HashSet<(Sym, Sym)> = HashSet::new();
    let mut order: Vec<usize> = (0..events.exchanges.len()).collect();
    order.sort_by_key(|&at| events.exchanges[at].event.map(|id| (events.time(id), id)));
    // Twice, so that a place that renews is known also for a renewal that was refused before one succeeded.
    for _ in 0..2 {
        let mut given: HashSet<SecretId> = HashSet::new();
        for &at in &order {
            let exchange = &events.exchanges[at];
            let gives = exchange.tokens.iter().any(|token| !token.sent && token.role == TokenRole::Access);
            let by_name = {
                let text = |sym| events.symbols.resolve(sym);
                purpose(text(exchange.method), text(exchange.path), text(exchange.query))
            };
            let place = (exchange.host, exchange.path);
            let renews_here = gives || matches!(by_name, Purpose::Refresh | Purpose::Token) || places.contains(&place);
            let may_be = |role| matches!(role, TokenRole::Opaque | TokenRole::Refresh);
            let sent = exchange.tokens.iter().filter(|token| token.sent && may_be(token.role));
            let known: Vec<SecretId> = sent.map(|token| token.value).filter(|value| given.contains(value)).collect();
            let used = !known.is_empty() && renews_here && by_name != Purpose::SignOut;
            if used {
                refresh.extend(known);
                if gives {
                    places.insert(place);
                }
            }
            let candidates: Vec<SecretId> = exchange
                .tokens
                .iter()
                .filter(|token| !token.sent && may_be(token.role))
                .map(|token| token.value)
                .collect();
            // What a renewal gives in place of what it used, also if the input ends before it is used.
            if let ([one], true, true) = (candidates.as_slice(), used, gives) {
                refresh.insert(*one);
            }
            given.extend(candidates);
        }
    }
    for exchange in &mut events.exchanges {
        let mut renews = false;
        for token in &mut exchange.tokens {
            if token.role == TokenRole::Opaque && refresh.contains(&token.value) {
                token.role = TokenRole::Refresh;
                renews |= token.sent;
            }
        }
        exchange.tokens.retain(|token| token.role != TokenRole::Opaque);
        exchange.renews |= renews;
    }
}
