//! Renewals recognised by what is done with a token, whatever it is called.

use super::purpose::{Purpose, purpose};
use crate::model::{EventStore, Exchange, SecretId, Sym, TokenRole};
use hashbrown::{HashMap, HashSet};

/// Decides of each opaque value whether it is a refresh token: it was given beside an access token, and came back to where
/// access tokens are given. The others are dropped. Runs once, over all exchanges, before sessions are built.
pub fn recognise_renewals(events: &mut EventStore) {
    renewals_by_cookie(events);
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

/// Marks what renews by a refresh token in a cookie: something handed in with that cookie and no password, answered with an
/// access token that is new. Where that happened once, a refusal is one of a renewal, too; and where the cookie goes to one
/// place alone (its `Path` says so, RFC 6265 5.1.4), that place is made for it.
fn renewals_by_cookie(events: &mut EventStore) {
    let cookies = |exchange: &Exchange| -> Vec<SecretId> {
        let sent = exchange.tokens.iter().filter(|token| token.sent && token.role == TokenRole::Refresh);
        sent.filter(|token| {
            exchange.cookies_sent.iter().any(|&(_, cookie)| cookie == token.text || cookie == token.value)
        })
        .map(|token| token.value)
        .collect()
    };
    // To how many places each went, and to how many requests.
    let mut went: HashMap<SecretId, HashSet<(Sym, Sym)>> = HashMap::new();
    let mut with_cookies: HashMap<(Sym, Sym), u32> = HashMap::new();
    let mut known: HashSet<SecretId> = HashSet::new();
    let mut places: HashSet<(Sym, Sym)> = HashSet::new();
    let mut order: Vec<usize> = (0..events.exchanges.len()).collect();
    order.sort_by_key(|&at| events.exchanges[at].event.map(|id| (events.time(id), id)));
    for &at in &order {
        let exchange = &events.exchanges[at];
        let place = (exchange.host, exchange.path);
        let sent = cookies(exchange);
        if !exchange.cookies_sent.is_empty() {
            *with_cookies.entry(place).or_default() += 1;
        }
        for &value in &sent {
            went.entry(value).or_default().insert(place);
        }
        let new = exchange
            .tokens
            .iter()
            .any(|token| !token.sent && token.role == TokenRole::Access && !known.contains(&token.value));
        known.extend(exchange.tokens.iter().map(|token| token.value));
        if new && !sent.is_empty() && may_renew(events, exchange) {
            places.insert(place);
        }
    }
    if went.is_empty() {
        return;
    }
    for at in order {
        let exchange = &events.exchanges[at];
        let place = (exchange.host, exchange.path);
        let alone = |value: &SecretId| {
            let elsewhere: u32 =
                with_cookies.iter().filter(|(other, _)| **other != place).map(|(_, count)| count).sum();
            went.get(value).is_some_and(|places| places.len() == 1) && elsewhere >= 3
        };
        let sent = cookies(exchange);
        let made_for_it = places.contains(&place) || sent.iter().any(alone);
        if !sent.is_empty() && made_for_it && may_renew(events, exchange) {
            events.exchanges[at].renews = true;
        }
    }
}

/// Whether an exchange hands something in that is neither a password nor a sign-out.
fn may_renew(events: &EventStore, exchange: &Exchange) -> bool {
    let text = |sym| events.symbols.resolve(sym);
    let method = text(exchange.method);
    let by_name = purpose(method, text(exchange.path), text(exchange.query));
    !exchange.sends_password
        && !matches!(method, "GET" | "HEAD" | "OPTIONS" | "DELETE")
        && matches!(by_name, Purpose::Content | Purpose::Token | Purpose::Refresh)
}
