//! `devices_evict_each_other`: sign-ins of one person end each other's sessions in turn.

use super::{Advice, PatternRule, Seen, whose};
use crate::model::{Cause, Pattern, PatternKind, SessionId, duration_words, time::SECOND};

/// Sign-ins of one user end each other's sessions.
pub struct DevicesEvictEachOther;

impl PatternRule for DevicesEvictEachOther {
    fn kind(&self) -> PatternKind {
        PatternKind::DevicesEvictEachOther
    }

    fn explanation(&self) -> &'static str {
        "Two devices or browsers of one account push each other out: each sign-in ends the other's session, which signs in \
         again. Often one of them is an app that signs in by itself."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Stay signed in on one device at a time. If you know of no other device, change your password.",
            qa: "Note which devices and tabs were signed in, and repeat it with one of them alone: then the session should live.",
            developer: "Allow as many sessions as people have devices, or tell the one that was pushed out, and let no client sign in again \
         by itself after an eviction.",
        }
    }

    fn find(&self, seen: &Seen<'_>, found: &mut Vec<Pattern>) {
        let mut chain: Vec<SessionId> = Vec::new();
        for sessions in seen.people() {
            // Who is not known by name is known by their client, and evicts nobody.
            if seen.session(sessions[0]).user.is_none() {
                continue;
            }
            for &id in sessions {
                if !chain.last().is_none_or(|&before| pushes_out(seen, before, id)) {
                    found.extend(pattern(seen, std::mem::take(&mut chain)));
                }
                chain.push(id);
            }
            found.extend(pattern(seen, std::mem::take(&mut chain)));
        }
        for (_, list) in seen.case.apps() {
            for chain in of_clients(seen, list) {
                found.extend(pattern(seen, chain));
            }
        }
    }
}

/// Where nobody is named: two clients whose sign-ins end each other's sessions in turn.
fn of_clients(seen: &Seen<'_>, list: &[SessionId]) -> Vec<Vec<SessionId>> {
    let client = |id: SessionId| seen.session(id).clues.client;
    let mut chains: Vec<Vec<SessionId>> = Vec::new();
    for &id in list.iter().filter(|&&id| seen.session(id).user.is_none() && client(id).is_some()) {
        let goes_on = |chain: &Vec<SessionId>| match chain.as_slice() {
            [.., other, last] => client(*other) == client(id) && pushes_out(seen, *last, id),
            [last] => client(*last) != client(id) && pushes_out(seen, *last, id),
            [] => false,
        };
        match chains.iter_mut().rev().take(64).find(|chain| goes_on(chain)) {
            Some(chain) => chain.push(id),
            None if seen.verdict(id).is_some_and(|verdict| verdict.cause == Cause::ConcurrentLogin) => {
                chains.push(vec![id]);
            }
            None => {}
        }
    }
    chains
}

/// Whether a session was ended by the sign-in that began another.
fn pushes_out(seen: &Seen<'_>, before: SessionId, id: SessionId) -> bool {
    let (old, new) = (seen.session(before), seen.session(id));
    seen.verdict(before).is_some_and(|verdict| verdict.cause == Cause::ConcurrentLogin)
        && new.start_seen
        && old
            .ending()
            .is_some_and(|ending| ending.from - 5 * SECOND <= new.started_at && new.started_at <= ending.until)
}

/// At least two in turn: one session that pushes another out is what the policy says, once.
fn pattern(seen: &Seen<'_>, chain: Vec<SessionId>) -> Option<Pattern> {
    let evicted: Vec<SessionId> = chain
        .iter()
        .copied()
        .filter(|&id| seen.verdict(id).is_some_and(|verdict| verdict.cause == Cause::ConcurrentLogin))
        .collect();
    if evicted.len() < 2 || chain.len() < 3 {
        return None;
    }
    let mut clients: Vec<u32> = chain.iter().map(|&id| seen.session(id).clues.client.0).collect();
    clients.sort_unstable();
    clients.dedup();
    let (first, last) = (seen.session(chain[0]), seen.session(*evicted.last()?));
    let within = duration_words(last.first_dead_at? - first.started_at);
    let devices = if clients.len() > 1 { format!("{} devices", clients.len()) } else { "sign-ins".to_owned() };
    let who =
        if first.user.is_none() { "Two clients".to_owned() } else { format!("{} {devices}", capital(&whose(first))) };
    let headline = format!("{who} ended each other's sessions {} times in {within}", evicted.len());
    let mut events = Vec::new();
    for &id in chain.iter().take(4) {
        events.extend(seen.session(id).start_event);
        events.extend(seen.session(id).first_dead);
    }
    Some(Pattern { kind: PatternKind::DevicesEvictEachOther, sessions: chain, headline, events })
}

/// A name stays as it is written; words of ours begin a sentence with a capital.
fn capital(whose: &str) -> String {
    whose.strip_prefix("one ").map_or_else(|| whose.to_owned(), |rest| format!("One {rest}"))
}
