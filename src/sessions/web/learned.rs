//! Pages to sign in by, in logs of servers that call them something else: known by what clients do there.
//!
//! Somebody asks for a page or its data, is refused, and is sent to another one, which is told where to go on afterwards; there something is handed
//! in. Whatever that place is called, it stands between strangers and the pages.

use super::{hit::Classes, purpose::Purpose};
use crate::model::{EventKind, EventStore, Family, Nanos, SourceId, Sym, time::SECOND};
use hashbrown::{HashMap, HashSet};

/// How soon a browser follows a redirect.
const FOLLOWS: Nanos = 5 * SECOND;

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
    for id in events.ids() {
        let event = events.get(id);
        if event.kind != EventKind::Neutral || !in_log(events.span(id).source) || !seen.insert(event.what) {
            continue;
        }
        let class = classes.of(events, event.what);
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
