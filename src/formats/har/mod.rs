//! HAR, the HTTP archive: what a browser or proxy saw of every request.
//!
//! The file is [cut](split) into entries as it goes by; entries are parsed on all cores, a run of them at a time, and come
//! into the store in their order. Every entry becomes one exchange and one event of kind `Neutral`: what an exchange means
//! for a session, its neighbours decide.

#![warn(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

mod body;
mod cookies;
mod entry;
mod failure;
mod limits;
mod operation;
mod raw;
mod relax;
mod split;
#[cfg(test)]
mod tests;
mod time;
mod tokens;
mod url;
mod words;

use super::{Format, Input, Sniff};
use crate::model::{EventFlags, EventId, EventStore, Family, Position, SourceId, SourceReport, Sym, Warning};
use hashbrown::HashSet;
use memchr::memmem;
use split::{Job, Outline, Slot};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        mpsc::{Receiver, Sender, channel, sync_channel},
    },
    thread,
};

/// Most warnings that are kept of one source.
const MAX_WARNINGS: usize = 200;
/// Smaller sources are not worth a second thread.
const SMALL: u64 = 2 << 20;

/// The format: HAR 1.1 and 1.2 of every producer.
#[derive(Clone, Copy, Debug)]
pub struct Har;

impl Format for Har {
    fn id(&self) -> &'static str {
        "har"
    }

    fn title(&self) -> &'static str {
        "HAR capture"
    }

    fn reference(&self) -> &'static str {
        "http://www.softwareishard.com/blog/har-12-spec/"
    }

    fn example(&self) -> &'static str {
        r#"{"log":{"version":"1.2","creator":{"name":"Chrome","version":"140"},"entries":[{"startedDateTime":"2026-11-23T07:24:24.428Z",…}]}}"#
    }

    fn family(&self) -> Family {
        Family::Exchanges
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let no = |why: &str| Sniff::No(why.to_owned());
        let Some(start) = head.iter().take(1_024).position(|byte| matches!(byte, b'{' | b'[')) else {
            return no("no JSON at the top");
        };
        let has = |word: &str| memmem::find(head, word.as_bytes()).is_some();
        let has_log = ["log", "har"].iter().any(|key| has_object(head, key));
        if has("\"startedDateTime\"") && has("\"request\"") {
            return if has_log || has("\"entries\"") || start < 4 { Sniff::Certain } else { Sniff::Plausible };
        }
        match (has_log, has("\"entries\"")) {
            (true, true) if has("\"creator\"") || has("\"version\"") => Sniff::Certain,
            (true, _) if has("\"creator\"") => Sniff::Plausible,
            (_, true) if has("\"startedDateTime\"") => Sniff::Plausible,
            _ => no("no `log` object with `entries`"),
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        let workers = thread::available_parallelism().map_or(1, usize::from).min(8);
        let workers = if input.content.len() < SMALL { 0 } else { workers };
        read_with(workers, input, events, report);
    }
}

/// Whether the key stands in front of an object.
fn has_object(head: &[u8], key: &str) -> bool {
    let key = format!("\"{key}\"");
    memmem::find_iter(head, key.as_bytes()).any(|at| {
        let rest = head.get(at.saturating_add(key.len())..).unwrap_or_default().trim_ascii_start();
        rest.strip_prefix(b":").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"))
    })
}

/// What entries say about the file as a whole.
#[derive(Debug, Default)]
struct Notes {
    cookies_sent: bool,
    cookies_set: bool,
    authorization: bool,
    signs_in: bool,
    bodies: u64,
    bodies_missing: u64,
    zone: Option<i32>,
    unreadable: u64,
    warnings: Vec<Warning>,
    /// Events whose request was answered, is shown with all that was sent, and shows no credential.
    without_credential: Vec<u32>,
}

impl Notes {
    fn warn(&mut self, index: u64, offset: u64, message: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning { position: Position::Index(index), offset, message });
        }
    }
}

/// A parsed run of entries.
struct Done {
    seq: u64,
    batch: EventStore,
    notes: Notes,
}

fn parse(job: &Job, source: SourceId, claims: &mut tokens::ClaimsCache) -> Done {
    let mut reader = entry::Reader { batch: EventStore::default(), notes: Notes::default(), claims, source };
    for &Slot { from, until, offset, len, index } in &job.slots {
        let bytes = job.bytes.get(from..until).unwrap_or_default();
        let added = raw::with_entry(bytes, |entry| reader.add(entry, Slot { from, until, offset, len, index }));
        if let Err(why) = added.unwrap_or_else(Err) {
            reader.notes.unreadable = reader.notes.unreadable.saturating_add(1);
            reader.notes.warn(index, offset, format!("left out: {why}"));
        }
    }
    Done { seq: job.seq, batch: reader.batch, notes: reader.notes }
}

/// Takes parsed runs in, in their order.
struct Joiner<'a> {
    events: &'a mut EventStore,
    notes: Notes,
    early: BTreeMap<u64, Done>,
    next: u64,
}

impl Joiner<'_> {
    fn take(&mut self, done: Done) {
        self.early.insert(done.seq, done);
        while let Some(done) = self.early.remove(&self.next) {
            self.next = self.next.saturating_add(1);
            let first = self.events.len() as u32;
            self.events.append(done.batch);
            let (all, new) = (&mut self.notes, done.notes);
            all.cookies_sent |= new.cookies_sent;
            all.cookies_set |= new.cookies_set;
            all.authorization |= new.authorization;
            all.signs_in |= new.signs_in;
            all.bodies = all.bodies.saturating_add(new.bodies);
            all.bodies_missing = all.bodies_missing.saturating_add(new.bodies_missing);
            all.zone = all.zone.or(new.zone);
            all.unreadable = all.unreadable.saturating_add(new.unreadable);
            all.warnings.extend(new.warnings);
            all.warnings.truncate(MAX_WARNINGS);
            all.without_credential.extend(new.without_credential.iter().map(|id| id.saturating_add(first)));
        }
    }
}

/// Reads with so many helping threads; with none on this one alone.
fn read_with(workers: usize, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
    let before = events.len() as u64;
    let mut joiner = Joiner { events, notes: Notes::default(), early: BTreeMap::new(), next: 0 };
    let outline = if workers == 0 {
        let mut claims = tokens::ClaimsCache::default();
        split::split(input, |job| joiner.take(parse(&job, input.source, &mut claims)))
    } else {
        read_in_parallel(workers, input, &mut joiner)
    };
    let notes = joiner.notes;
    mark_absent(events, before, &notes.without_credential);
    let pushed = (events.len() as u64).saturating_sub(before);
    conclude(report, notes, outline, pushed);
}

/// Marks the requests that show no credential, for the hosts that other requests show one for: elsewhere the file may
/// have been exported without.
fn mark_absent(events: &mut EventStore, first: u64, candidates: &[u32]) {
    let ids = u32::try_from(first).unwrap_or(u32::MAX)..u32::try_from(events.len()).unwrap_or(u32::MAX);
    let with: HashSet<Sym> = ids
        .map(|id| events.get(EventId(id)))
        .filter(|event| event.flags.contains(EventFlags::CREDENTIAL_SENT))
        .map(|event| event.host)
        .collect();
    for &id in candidates {
        if with.contains(&events.get(EventId(id)).host) {
            events.add_flags(EventId(id), EventFlags::CREDENTIAL_ABSENT);
        }
    }
}

fn read_in_parallel(workers: usize, input: &Input<'_>, joiner: &mut Joiner<'_>) -> Outline {
    let (give, jobs) = sync_channel::<Job>(workers);
    let (done, finished) = channel::<Done>();
    let jobs = Mutex::new(jobs);
    thread::scope(|scope| {
        for _ in 0..workers {
            let (done, jobs) = (done.clone(), &jobs);
            scope.spawn(move || work(jobs, &done, input.source));
        }
        drop(done);
        let outline = split::split(input, |job| {
            // Fails only when every worker is gone, and then nothing is left to do.
            let _ = give.send(job);
            while let Ok(done) = finished.try_recv() {
                joiner.take(done);
            }
        });
        drop(give);
        for done in finished {
            joiner.take(done);
        }
        outline
    })
}

fn work(jobs: &Mutex<Receiver<Job>>, done: &Sender<Done>, source: SourceId) {
    let mut claims = tokens::ClaimsCache::default();
    loop {
        let job = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok(job) = job else { return };
        if done.send(parse(&job, source, &mut claims)).is_err() {
            return;
        }
    }
}

fn conclude(report: &mut SourceReport, notes: Notes, outline: Outline, pushed: u64) {
    report.producer = producer(&outline);
    report.records = report.records.saturating_add(pushed);
    report.events = report.events.saturating_add(pushed);
    report.unreadable = report.unreadable.saturating_add(notes.unreadable).saturating_add(outline.unreadable);
    report.zone_offset_secs = notes.zone;
    let mut warnings = notes.warnings;
    warnings.extend(outline.warnings);
    warnings.sort_by_key(|warning| warning.offset);
    warnings.truncate(MAX_WARNINGS);
    report.warnings.extend(warnings);
    if outline.cut_off {
        report.limits.push("cut off in the middle, so what came later is missing".to_owned());
    } else if !outline.found {
        report.warnings.push(Warning {
            position: Position::Whole,
            offset: 0,
            message: "no list of `entries` found".to_owned(),
        });
    }
    if pushed == 0 {
        return;
    }
    report.cookies_stripped = !notes.cookies_sent && !notes.cookies_set;
    report.credentials_stripped = report.cookies_stripped && !notes.authorization && notes.signs_in;
    let limit = match (report.credentials_stripped, report.cookies_stripped, notes.authorization) {
        (true, ..) => {
            "exported without cookies and Authorization, so what each request was signed in with can't be seen"
        }
        (_, true, true) => "holds Authorization but no cookies: exported without them, or the app uses none",
        (_, true, false) => "holds no cookies and no Authorization: exported without them, or nobody was signed in",
        _ => "",
    };
    if !limit.is_empty() {
        report.limits.push(limit.to_owned());
    }
    if notes.bodies_missing > notes.bodies {
        let how_many = if notes.bodies == 0 { "holds no" } else { "leaves out most" };
        report.limits.push(format!("{how_many} answer bodies, so messages and tokens in them can't be seen"));
    }
}

/// The program that wrote the file, as people know it.
fn producer(outline: &Outline) -> Option<String> {
    let read = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let program: raw::Program<'_> = serde_json::from_str(&text).ok()?;
        let short = |text: &str| text.trim().chars().filter(|c| !c.is_control()).take(80).collect::<String>();
        let (name, version) = (short(program.name.get()), short(program.version.get()));
        match name.as_str() {
            "" => None,
            // Its version is WebKit's, and never changes.
            "WebInspector" => Some("Chrome DevTools".to_owned()),
            _ => Some(format!("{name} {version}").trim_end().to_owned()),
        }
    };
    read(&outline.creator).or_else(|| read(&outline.browser))
}
