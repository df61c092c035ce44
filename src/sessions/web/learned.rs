//! Pages to sign in by, in logs of servers that call them something else: known by what clients do there.
//!
//! Somebody asks for a page or its data, is refused, and is sent to another one, which is told where to go on afterwards; there something is handed
//! in. Whatever that place is called, it stands between strangers and the pages.

use super::{
    hit::{Classes, RequestClass},
    purpose::{Purpose, purpose},
};
use crate::model::{Event, EventKind, EventStore, Family, Nanos, SourceId, Sym, time::SECOND};
use hashbrown::{HashMap, HashSet};

/// How soon a browser follows a redirect.
const FOLLOWS: Nanos = 5 * SECOND;
/// How soon where nothing else was asked for in between; the lines of slow answers are dated by their ends.
const NEXT: Nanos = 30 * SECOND;

/// The places of this kind in the logs among the sources.
pub(super) fn sign_in_places(
    events: &mut EventStore,
    families: &[Option<Family>],
    classes: &mut Classes,
) -> HashSet<Sym> {
    let in_log = |source: SourceId| families.get(source.0 as usize).copied().flatten() == Some(Family::Requests);
    // Whether there can be any is asked of the distinct requests alone.
    let mut seen: HashSet<Sym> = HashSet::new();
    let (mut told, mut handed): (HashSet<Sym>, HashSet<Sym>) = (HashSet::new(), HashSet::new());
    let mut named = false;
    for id in events.ids() {
        let event = events.get(id);
        if event.kind != EventKind::Neutral || !in_log(events.span(id).source) || !seen.insert(event.what) {
            continue;
        }
        let class = classes.of(events, event.what);
        named |= matches!(class.purpose, Purpose::SignInPage | Purpose::SignInSubmit);
        if class.purpose == Purpose::Content {
            if class.writes {
                handed.insert(class.place);
            } else if class.goes_on {
                told.insert(class.place);
            }
        }
    }
    told.retain(|place| handed.contains(place));
    let mut places: HashSet<Sym> = HashSet::new();
    if !named && !handed.is_empty() {
        places = walls(events, &in_log, classes, &handed);
    }
    if told.is_empty() {
        return places;
    }
    // When each client was last redirected or refused.
    let mut redirected: HashMap<(SourceId, Sym), Nanos> = HashMap::new();
    for id in events.ids() {
        let event = events.get(id);
        let source = events.span(id).source;
        if event.kind != EventKind::Neutral || !in_log(source) {
            continue;
        }
        let class = classes.of(events, event.what);
        if class.writes {
            continue;
        }
        let client = (source, event.client);
        // A script that is refused its data goes there by itself.
        if matches!(event.status, 301..=303 | 307 | 308 | 401) {
            redirected.insert(client, event.time);
        } else if event.status == 200
            && class.goes_on
            && told.contains(&class.place)
            && redirected.get(&client).is_some_and(|at| event.time - at <= FOLLOWS)
        {
            places.insert(class.place);
        }
    }
    places
}

/// What one client was seen to do at a wall.
#[derive(Clone, Copy, Debug, Default)]
struct AtWalls {
    /// The page that it was last redirected from, and when.
    redirected: Option<(Sym, Nanos)>,
    /// The wall that it stands before: where it was redirected to, with nothing handed in since.
    before: Option<Sym>,
    /// The wall where it last handed something in and was sent on.
    behind: Option<Sym>,
}

/// How a page stood between clients and the others.
#[derive(Clone, Debug, Default)]
struct Wall {
    /// The pages from which clients were redirected to it.
    guards: HashSet<Sym>,
    /// Those of them that were let in behind it.
    lets_in: HashSet<Sym>,
    /// A client passed without handing anything in, or was shown it among the pages that it guards.
    passed: bool,
}

/// Places to sign in by that go by no such name and name nowhere to go on: the same page sends a client there and lets it in
/// after something was handed in there, and nobody was let in between. A page of a shop's that sends those with an empty
/// basket to the basket is no wall: people look at a basket at any time.
fn walls(
    events: &mut EventStore,
    in_log: &impl Fn(SourceId) -> bool,
    classes: &mut Classes,
    handed: &HashSet<Sym>,
) -> HashSet<Sym> {
    let mut walls: HashMap<Sym, Wall> = HashMap::new();
    // First which pages each guards, then whether it lets nobody in for nothing.
    for judging in [false, true] {
        let mut clients: HashMap<(SourceId, Sym), AtWalls> = HashMap::new();
        for id in events.ids() {
            let event = events.get(id);
            let source = events.span(id).source;
            if event.kind != EventKind::Neutral || !in_log(source) {
                continue;
            }
            let class = classes.of(events, event.what);
            let client = (source, event.client);
            if class.purpose == Purpose::SignOut {
                // Who leaves may be shown the way in again.
                clients.remove(&client);
            } else if class.purpose == Purpose::Content {
                let client = clients.entry(client).or_default();
                look(event, class, client, &mut walls, handed, judging);
            }
        }
        if walls.is_empty() {
            break;
        }
    }
    walls.into_iter().filter(|(_, wall)| !wall.passed && !wall.lets_in.is_empty()).map(|(place, _)| place).collect()
}

fn look(
    event: Event,
    class: RequestClass,
    client: &mut AtWalls,
    walls: &mut HashMap<Sym, Wall>,
    handed: &HashSet<Sym>,
    judging: bool,
) {
    let place = class.place;
    let redirects = matches!(event.status, 301..=303 | 307 | 308);
    if class.writes {
        if redirects && handed.contains(&place) && client.before.is_none_or(|wall| wall == place) {
            (client.before, client.behind) = (None, Some(place));
        }
        return;
    }
    if redirects {
        client.redirected = Some((place, event.time));
        return;
    }
    let sent_by = client.redirected.take().filter(|&(from, at)| from != place && event.time - at <= NEXT);
    if event.status != 200 && event.status != 304 {
        return;
    }
    if handed.contains(&place) {
        match sent_by {
            Some((from, _)) => {
                walls.entry(place).or_default().guards.insert(from);
                (client.before, client.behind) = (Some(place), None);
            }
            None if judging && client.behind == Some(place) => {
                walls.entry(place).or_default().passed = true;
            }
            None => {}
        }
        return;
    }
    if judging && let Some(wall) = client.before.and_then(|wall| walls.get_mut(&wall)) {
        wall.passed |= wall.guards.contains(&place);
    }
    if judging
        && let Some(wall) = client.behind.and_then(|wall| walls.get_mut(&wall))
        && wall.guards.contains(&place)
    {
        wall.lets_in.insert(place);
    }
}

/// The pages of captures that ask for a password whenever they are shown, by host and path.
pub(super) fn forms(events: &EventStore) -> HashSet<(Sym, Sym)> {
    #[derive(Default)]
    struct Page {
        asks: u32,
        shows: u32,
        takes_password: bool,
        sent_there: bool,
    }
    let mut pages: HashMap<(Sym, Sym), Page> = HashMap::new();
    let mut any_asks = false;
    for exchange in &events.exchanges {
        let status = exchange.event.map_or(0, |id| events.get(id).status);
        let text = |sym: Sym| events.symbols.resolve(sym);
        let reads = text(exchange.method) == "GET";
        let place = (exchange.host, exchange.path);
        if reads && exchange.redirect_path.is_some() && exchange.redirect_path != exchange.path {
            let host = if exchange.redirect_host.is_some() { exchange.redirect_host } else { exchange.host };
            pages.entry((host, exchange.redirect_path)).or_default().sent_there = true;
        }
        let page = pages.entry(place).or_default();
        page.takes_password |= exchange.sends_password && !reads;
        if reads && status == 200 && text(exchange.content_type) == "text/html" {
            page.asks += u32::from(exchange.asks_password);
            page.shows += u32::from(!exchange.asks_password);
            any_asks |= exchange.asks_password;
        }
    }
    let by_name = |path: Sym| purpose("GET", events.symbols.resolve(path), "") != Purpose::Content;
    let is_form = |(_, path): (Sym, Sym), page: &Page| {
        // Where the bodies were left out, a page that people are sent to and that takes their password is one.
        let unseen = !any_asks && page.takes_password && page.sent_there && events.symbols.resolve(path) != "/";
        (page.asks > page.shows && (page.takes_password || page.sent_there) || unseen) && !by_name(path)
    };
    pages.iter().filter(|&(&place, page)| is_form(place, page)).map(|(&place, _)| place).collect()
}
