//! Sessions from HTTP: a browser's capture or a server's access log.
//!
//! A [`Hit`](hit::Hit) is one request and what its answer means. A [`Lane`] is one client's hits on one
//! [app](apps::Apps), in order; it opens, feeds, heals and ends [`Draft`](draft::Draft)s.

mod apps;
mod beat;
mod draft;
mod hit;
mod lane;
mod learned;
mod outage;
mod pending;
mod protocol;
pub mod purpose;
mod said;

use crate::model::{
    Event, EventKind, EventStore, Family, KeyKind, KeyValue, SecretId, Session, SessionId, SourceId, SourceReport, Sym,
};
use apps::Apps;
use draft::sounds_like_session;
use hashbrown::HashMap;
use hit::{Classes, hit_from_exchange, hit_from_line};
use lane::{Carried, Drafts, Lane};
use purpose::{Purpose, is_personal};
use said::{Key, Routes, hit_from_words};

/// Rebuilds the sessions of all web sources, appending them to `sessions` and tying their events to them.
pub fn build(
    events: &mut EventStore,
    sources: &[SourceReport],
    families: &[Option<Family>],
    sessions: &mut Vec<Session>,
) {
    let web = |family: Option<Family>| matches!(family, Some(Family::Exchanges | Family::Requests));
    if !families.iter().copied().any(web) {
        return;
    }
    protocol::recognise_renewals(events);
    let mut apps: HashMap<SourceId, Apps> = HashMap::new();
    for (index, family) in families.iter().enumerate() {
        if *family == Some(Family::Exchanges) {
            let source = SourceId(index as u16);
            apps.insert(source, Apps::of_source(events, source));
        }
    }
    let mut routes = Routes::of(events, families);
    let mut lanes: HashMap<Key, Lane> = HashMap::new();
    let mut order: Vec<Key> = Vec::new();
    let mut drafts = Drafts::default();
    let mut homes: Vec<Key> = Vec::new();
    let mut homes_of_ids: HashMap<(SourceId, u64), Key> = HashMap::new();
    let mut classes = Classes::default();
    if families.contains(&Some(Family::Requests)) {
        let places = learned::sign_in_places(events, families, &mut classes);
        classes.learn(&places);
    }
    classes.learn_forms(learned::forms(events));
    for id in events.ids() {
        let source = events.span(id).source;
        let (hit, carried, key) = match families.get(source.0 as usize).copied().flatten() {
            Some(Family::Exchanges) => {
                let index = events.get(id).link as usize;
                let Some(hit) = hit_from_exchange(events, &mut classes, index) else { continue };
                let host = events.exchanges[index].host;
                let Some(apps) = apps.get(&source).filter(|apps| apps.is_own(host)) else { continue };
                (hit, carried_by_exchange(events, index), (source, apps.app(host), Sym::NONE))
            }
            Some(Family::Requests) => {
                let event = events.get(id);
                let carried = carried_by_line(&event);
                let hit = if carried.said {
                    hit_from_words(events, id)
                } else {
                    Some(hit_from_line(events, &mut classes, id))
                };
                let Some(hit) = hit else { continue };
                let Some(mut key) = routes.lane(events, &event) else { continue };
                // A session that the line names is the same from whatever address it comes; signing in begins another.
                let signs_in = matches!(hit.purpose, Purpose::SignInSubmit | Purpose::Callback | Purpose::Token);
                if event.link != 0 && carried.said {
                    key = homes_of_ids.get(&(source, event.link)).copied().unwrap_or(key);
                } else if event.link != 0 && !signs_in {
                    key = *homes_of_ids.entry((source, event.link)).or_insert(key);
                }
                (hit, carried, key)
            }
            _ => continue,
        };
        let lane = lanes.entry(key).or_insert_with(|| {
            order.push(key);
            Lane::new(!sources[source.0 as usize].cookies_stripped)
        });
        let before = drafts.list.len();
        lane.take(events, &mut drafts, hit, carried);
        homes.resize(drafts.list.len().max(before), key);
    }
    for key in &order {
        if let Some(lane) = lanes.get_mut(key) {
            lane.finish(events, &mut drafts);
            homes.resize(drafts.list.len(), *key);
        }
    }
    let ids: HashMap<u64, SecretId> = events.session_ids.iter().copied().collect();
    let first = sessions.len();
    let mut places: Vec<SessionId> = Vec::with_capacity(drafts.list.len());
    for (draft, (source, client, _)) in drafts.list.into_iter().zip(homes) {
        if draft.void {
            places.push(SessionId::NONE);
            continue;
        }
        places.push(SessionId(sessions.len() as u32));
        let family = families[source.0 as usize];
        sessions.push(finish(events, draft, sources, (source, client), family, &ids));
    }
    let count = sessions.len() - first;
    renumber_sessions(events, families, &places);
    beat::tell_background(events, &mut classes, sessions, first, count);
    outage::end_lost(events, sessions, first);
}

fn finish(
    events: &EventStore,
    mut draft: draft::Draft,
    sources: &[SourceReport],
    (source, client): (SourceId, Sym),
    family: Option<Family>,
    ids: &HashMap<u64, SecretId>,
) -> Session {
    if family == Some(Family::Requests) {
        let text = events.symbols.resolve(client);
        let (address, agent) = text.split_once('\t').unwrap_or((text, ""));
        draft.add_key(KeyKind::Client, "ip", KeyValue::Open(address.into()));
        draft.add_key(KeyKind::Client, "user_agent", KeyValue::Open(agent.into()));
        draft.clues.client = client;
        let mut shown: Vec<SecretId> = draft.credentials.iter().filter_map(|link| ids.get(link)).copied().collect();
        shown.sort_unstable();
        for secret in shown {
            draft.add_key(KeyKind::Cookie, "session id", KeyValue::Secret(events.secret(secret).clone()));
        }
    }
    draft.finish(events, [source].into(), &sources[source.0 as usize].name())
}

/// Drafts numbered their sessions from zero; gives each event the number that its session has in the end, if it has one.
fn renumber_sessions(events: &mut EventStore, families: &[Option<Family>], places: &[SessionId]) {
    if places.iter().enumerate().all(|(at, place)| place.0 as usize == at) {
        return;
    }
    for id in events.ids() {
        let session = events.session(id);
        let family = families.get(events.span(id).source.0 as usize).copied().flatten();
        if session.is_some() && matches!(family, Some(Family::Exchanges | Family::Requests)) {
            events.set_session(id, places.get(session.0 as usize).copied().unwrap_or(SessionId::NONE));
        }
    }
}

fn carried_by_exchange(events: &EventStore, index: usize) -> Carried {
    let exchange = &events.exchanges[index];
    let mut credentials: Vec<u64> = exchange.cookies_sent.iter().map(|(_, value)| u64::from(value.0)).collect();
    credentials.extend(exchange.tokens.iter().map(|token| u64::from(token.value.0)));
    let session_cookies: Vec<Sym> = exchange
        .cookies_sent
        .iter()
        .map(|&(name, _)| name)
        .filter(|&name| sounds_like_session(events.symbols.resolve(name)))
        .collect();
    let bearer = exchange.tokens.iter().any(|token| token.sent);
    Carried {
        credentials,
        signed: bearer || !session_cookies.is_empty(),
        bearer,
        session_cookies,
        proves: exchange.offers_sign_out || is_personal(events.symbols.resolve(exchange.path)),
        exchange: Some(index),
        user: Sym::NONE,
        host: exchange.host,
        said: false,
    }
}

fn carried_by_line(event: &Event) -> Carried {
    let credentials = if event.link == 0 { Vec::new() } else { vec![event.link] };
    Carried {
        signed: event.link != 0,
        credentials,
        user: event.actor,
        host: event.host,
        said: event.kind != EventKind::Neutral,
        ..Carried::default()
    }
}
