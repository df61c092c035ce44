//! Which version of an app a client had loaded when, by the names of its files and by headers that name a version.
//!
//! Bundlers put a hash of the contents into a file's name (`main.3f2a9c.js`, `index-DiwrgTda.css`), a version into a folder
//! or a query (`/static/5.2.1/app.js`, `app.js?v=91`): where the same file comes with another one, the app was updated.

use crate::model::{EventFlags, EventId, EventStore, Nanos, SourceId, Sym, time::SECOND};
use hashbrown::HashMap;

/// Files of one page load come within this time.
const ONE_LOAD: Nanos = 5 * SECOND;
/// Beyond so many events a log is not looked through for files: what it shows of an update, its many sessions show better.
const MOST_EVENTS: usize = 200_000;

/// A client loaded another version of a file than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// When the new one was asked for.
    pub at: Nanos,
    /// The source that shows it.
    pub source: SourceId,
    /// The client, in a log.
    pub client: Sym,
    /// The last request for the old one.
    pub old: EventId,
    /// The first request for the new one.
    pub new: EventId,
}

/// One client's loads of one file: when, which version, and the request.
type Loads = Vec<(Nanos, u64, EventId)>;

/// All updates that clients loaded, by time.
pub fn updates(events: &EventStore) -> Vec<Update> {
    if events.exchanges.is_empty() && events.len() > MOST_EVENTS {
        return Vec::new();
    }
    let mut versions: HashMap<Sym, Option<(u64, u64)>> = HashMap::new();
    let mut files: HashMap<(SourceId, Sym, u64), Loads> = HashMap::new();
    for id in events.ids() {
        let event = events.get(id);
        let ok = matches!(event.status, 200..=299 | 304);
        let exchange = events.exchange(id);
        let (what, query) = (events.symbols.resolve(event.what), exchange.map(|exchange| exchange.query));
        let mut load = |(file, version): (u64, u64)| {
            files.entry((event.span.0.source, event.client, file)).or_default().push((event.time, version, id));
        };
        if let Some(build) = exchange.map(|exchange| exchange.build).filter(|build| build.is_some()) {
            load((u64::from(exchange.map_or(0, |exchange| exchange.host.0)), u64::from(build.0)));
        }
        if !ok {
            continue;
        }
        let of_name = *versions.entry(event.what).or_insert_with(|| version_of(what));
        let of_query = || query.and_then(|query| version_of(&format!("{what}?{}", events.symbols.resolve(query))));
        if let Some(version) = of_name.or_else(of_query) {
            load(version);
        }
    }
    let mut found: Vec<Update> = Vec::new();
    let mut files: Vec<((SourceId, Sym, u64), Loads)> = files.into_iter().collect();
    files.sort_unstable_by_key(|&(key, _)| key);
    for ((source, client, _), loads) in files {
        found.extend(changes(&loads).into_iter().map(|(at, old, new)| Update { at, source, client, old, new }));
    }
    found.sort_unstable_by_key(|update| (update.at, update.new));
    let navigations: Vec<EventId> =
        events.ids().filter(|&id| events.flags(id).contains(EventFlags::NAVIGATION)).collect();
    found.iter().copied().filter(|update| is_whole(events, &navigations, &found, update)).collect()
}

/// Whether it came with a page that was loaded anew, and not as a part that was fetched when it was needed. A log does not
/// tell which request is a page's: there, several files must change at once.
fn is_whole(events: &EventStore, navigations: &[EventId], all: &[Update], update: &Update) -> bool {
    if events.exchange(update.new).is_some() {
        let first = navigations.partition_point(|&id| events.time(id) < update.at - 2 * ONE_LOAD);
        return navigations[first..]
            .iter()
            .take_while(|&&id| events.time(id) <= update.at)
            .any(|&id| events.span(id).source == update.source);
    }
    let first = all.partition_point(|other| other.at < update.at - ONE_LOAD);
    all[first..]
        .iter()
        .take_while(|other| other.at <= update.at + ONE_LOAD)
        .any(|other| other.new != update.new && (other.source, other.client) == (update.source, update.client))
}

/// Where one version gives way to another for good. Chunks of one name and many hashes are loaded side by side, and tell nothing.
fn changes(loads: &Loads) -> Vec<(Nanos, EventId, EventId)> {
    let mut spans: Vec<(u64, usize, usize)> = Vec::new();
    for (at, &(_, version, _)) in loads.iter().enumerate() {
        match spans.iter_mut().find(|(known, _, _)| *known == version) {
            Some((_, _, last)) => *last = at,
            None => spans.push((version, at, at)),
        }
    }
    let apart = |pair: &[(u64, usize, usize)]| {
        let ((_, _, last), (_, first, _)) = (pair[0], pair[1]);
        last < first && loads[first].0 - loads[last].0 >= ONE_LOAD
    };
    if !spans.windows(2).all(apart) {
        return Vec::new();
    }
    spans.windows(2).map(|pair| (loads[pair[1].1].0, loads[pair[0].2].2, loads[pair[1].1].2)).collect()
}

/// The file and the version that a request for a script, style sheet or module names; `None` where it names none.
fn version_of(what: &str) -> Option<(u64, u64)> {
    let (_, target) = what.split_once(' ')?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (_, extension) = path.rsplit_once('.')?;
    if !matches!(extension, "js" | "mjs" | "css" | "wasm") {
        return None;
    }
    let (mut file, mut version) = (0xCBF2_9CE4_8422_2325, 0);
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    for segment in folder.split('/') {
        let known = if is_version(segment) || is_build(segment) { &mut version } else { &mut file };
        *known = mix(*known, segment);
    }
    // What stands first is the name; chunks that have none but a hash are loaded one by one as they are needed.
    for (at, word) in name.split(['.', '-', '_']).enumerate() {
        let known = if at > 0 && is_hash(word) { &mut version } else { &mut file };
        *known = mix(*known, word);
    }
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if matches!(name, "v" | "ver" | "version" | "rev" | "build" | "hash" | "h") && value.len() <= 64 {
            version = mix(version, value);
        }
    }
    (version != 0).then_some((file, version))
}

fn mix(hash: u64, word: &str) -> u64 {
    // FNV-1a.
    word.bytes().fold(hash ^ 0x9E37_79B9, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// Letters and digits without sense: six or more, with digits among letters, or capitals among small ones.
fn is_hash(word: &str) -> bool {
    let count = |of: fn(&u8) -> bool| word.bytes().filter(of).count();
    let (digits, capitals, small) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let mixed = digits > 0 && digits < word.len() || capitals > 1 && small > 1;
    (6..=64).contains(&word.len()) && digits + capitals + small == word.len() && mixed
}

/// A folder that is named by a build: longer, and with digits among letters.
fn is_build(segment: &str) -> bool {
    segment.len() >= 8 && segment.bytes().any(|byte| byte.is_ascii_digit()) && is_hash(segment)
}

/// `5.2.1`, `v2024.11`.
fn is_version(word: &str) -> bool {
    let word = word.strip_prefix('v').unwrap_or(word);
    let parts: Vec<&str> = word.split('.').collect();
    (2..=4).contains(&parts.len())
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_name_when_its_version_changes() {
        for (one, other) in [
            ("GET /assets/main.3f2a9c.js", "GET /assets/main.9bc1e2.js"),
            ("GET /assets/index-DiwrgTda.css", "GET /assets/index-B7c9KqLm.css"),
            ("GET /app.js?v=91", "GET /app.js?v=92"),
            ("GET /static/5.2.1/app.js", "GET /static/5.3.0/app.js"),
        ] {
            let (one, other) = (version_of(one).unwrap(), version_of(other).unwrap());
            assert_eq!(one.0, other.0);
            assert_ne!(one.1, other.1);
        }
        assert_eq!(version_of("GET /assets/main.js"), None);
        assert_eq!(version_of("GET /items/3f2a9c"), None);
        assert_ne!(version_of("GET /a/main.3f2a9c.js").unwrap().0, version_of("GET /a/vendor.3f2a9c.js").unwrap().0);
    }

    #[test]
    fn chunks_that_are_loaded_side_by_side_are_no_update() {
        let loads = |list: &[(i64, u64)]| -> Loads {
            list.iter().enumerate().map(|(at, &(secs, version))| (secs * SECOND, version, EventId(at as u32))).collect()
        };
        assert_eq!(changes(&loads(&[(0, 1), (60, 1), (600, 2), (700, 2)])).len(), 1);
        assert_eq!(changes(&loads(&[(0, 1), (0, 2), (600, 3)])), []);
        assert_eq!(changes(&loads(&[(0, 1), (60, 2), (90, 1)])), []);
    }
}
