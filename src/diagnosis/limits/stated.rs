//! Limits that records state: cookie attributes, token claims, settings and sentences in answers.

use super::{standard, testimony::AppSummary};
use crate::{
    diagnosis::subject::Subject,
    model::{
        EventId, EventKind, Exchange, Limit, Nanos, StatedBy, StatedLimit, Sym, TokenClock, TokenRole,
        time::{MINUTE, SECOND},
    },
};

/// Takes note of what the records of one session state.
pub fn collect(subject: &Subject<'_>, summary: &mut AppSummary) {
    cookie(subject, summary);
    let clues = &subject.session.clues;
    for (clock, limit) in
        [(clues.token.as_deref(), Limit::AccessTokenTtl), (clues.refresh_token.as_deref(), Limit::RefreshTokenTtl)]
    {
        if let Some((clock, life)) = clock.and_then(|clock| Some((clock, life_of(clock)?))) {
            let what = StatedLimit { limit: Some(limit), by: StatedBy::Token, length: standard::as_meant(life) };
            summary.state(what, 1, clock.event);
        }
    }
    if !subject.case.events.exchanges.is_empty() {
        walk(subject, summary);
    }
}

/// How long a token was good for when it was issued.
pub fn life_of(clock: &TokenClock) -> Option<Nanos> {
    Some(clock.expires? - clock.issued_at.unwrap_or(clock.first_seen)).filter(|&life| life > 0)
}

/// The session cookie's life: an idle limit where it slides, a maximum age where it does not though half of it has passed
/// in use; before that nobody can tell, since some servers set it anew only then.
fn cookie(subject: &Subject<'_>, summary: &mut AppSummary) {
    let session = subject.session;
    let Some(cookie) = session.clues.cookie.as_deref() else { return };
    let life = cookie.expires - cookie.set_at;
    if life < 2 * SECOND {
        return;
    }
    let used = session.last_alive_at - cookie.set_at;
    let limit = match cookie.slides {
        true => Some(Limit::IdleTimeout),
        false if used.saturating_mul(2) > life => Some(Limit::AbsoluteTimeout),
        false => None,
    };
    let what = StatedLimit { limit, by: StatedBy::Cookie, length: standard::as_meant(life) };
    summary.state(what, 1, cookie.event);
}

/// Reads the exchanges of a session: when its cookie was set anew, what answers state, how long past their time its tokens
/// were accepted.
fn walk(subject: &Subject<'_>, summary: &mut AppSummary) {
    let events = subject.case.events;
    let name = cookie_name(subject);
    let mut set: Option<(Nanos, Nanos)> = None;
    let (mut early, mut late, mut skipped) = (0_u32, 0_u32, 0_u32);
    let mut past_expiry: Nanos = 0;
    let mut said: Vec<StatedLimit> = Vec::new();
    for id in events.of_session(subject.id) {
        let Some(exchange) = events.exchange(id) else { continue };
        for what in &exchange.limits {
            // Once for each session, however often the page was loaded.
            if !said.contains(what) {
                said.push(*what);
                summary.state(*what, 1, id);
            }
        }
        let alive = events.kind(id).proves_life();
        let new = name.and_then(|name| life_set(exchange, name));
        match (set, new) {
            (Some((at, life)), Some(_)) if alive => {
                let past_half = (exchange.answered - at).saturating_mul(2) >= life;
                *(if past_half { &mut late } else { &mut early }) += 1;
            }
            (Some((at, life)), None) if alive => {
                skipped += u32::from((events.time(id) - at).saturating_mul(2) < life);
            }
            _ => {}
        }
        set = new.map(|life| (exchange.answered, life)).or(set);
        if alive && events.kind(id) != EventKind::SignIn {
            past_expiry = past_expiry.max(accepted_past(subject, exchange, id));
        }
    }
    if early > 0 {
        summary.renewed_early += 1;
    } else if late > 0 && skipped >= 2 {
        // Requests in the first half did not set it, one in the second did.
        summary.renewed_late += 1;
    }
    if past_expiry > 5 * MINUTE {
        summary.accepted_past(past_expiry, subject.id);
    }
}

/// The name of the session cookie whose clock is known.
fn cookie_name(subject: &Subject<'_>) -> Option<Sym> {
    let cookie = subject.session.clues.cookie.as_deref()?;
    let exchange = subject.case.events.exchange(cookie.event)?;
    exchange.cookies_set.iter().find(|set| set.expires == Some(cookie.expires)).map(|set| set.name)
}

fn life_set(exchange: &Exchange, name: Sym) -> Option<Nanos> {
    let set = exchange.cookies_set.iter().find(|set| set.name == name && !set.cleared)?;
    Some(set.expires? - exchange.answered).filter(|&life| life > 0)
}

/// How far past its end a token that this exchange sent was accepted, by the client's clock corrected by what the issuer's
/// differed when the token was seen first.
fn accepted_past(subject: &Subject<'_>, exchange: &Exchange, id: EventId) -> Nanos {
    let sent = exchange.tokens.iter().filter(|token| token.sent && token.role == TokenRole::Access);
    let [expires] = sent.filter_map(|token| token.expires).collect::<Vec<_>>()[..] else { return 0 };
    let ahead = subject
        .session
        .clues
        .token
        .as_deref()
        .and_then(|clock| Some(clock.issued_at? - clock.first_seen))
        .map_or(0, |ahead| ahead.max(0));
    subject.case.events.time(id) - expires - ahead
}
