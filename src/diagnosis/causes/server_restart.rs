//! `server_restart`: the server restarted, was updated or lost its session store.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::case::Subject,
    model::{
        Cause, EndedBy, EventFlags, EventId, Evidence, Nanos, SessionId, Stated, TimeRange, duration_words,
        time::{MINUTE, SECOND},
    },
};

/// The server restarted or lost its sessions.
pub struct ServerRestart;

/// How far two ends may lie apart and still share one server event: polls and clicks find out late.
const TOGETHER: Nanos = 2 * MINUTE;

impl CauseRule for ServerRestart {
    fn cause(&self) -> Cause {
        Cause::ServerRestart
    }

    fn explanation(&self) -> &'static str {
        "The server was restarted or updated, or lost the place where it remembers who is signed in. It was not the \
         user's doing; signing in again works at once."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again; nothing is wrong with your account or device.",
            qa: "Ask whether a deployment or a crash happened in that minute, and look for other users who were signed \
             out at the same time.",
            developer: "Keep sessions outside the process (a database or a shared cache), drain connections before a restart, \
             and restart replicas one by one.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "The server's own log of those minutes (a start banner, a deployment), or other users' sessions at that moment."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        stated(subject, self.cause(), &[Stated::ServerShutdown], STATED, evidence);
        let clues = &subject.session.clues;
        if clues.ended_by == Some(EndedBy::Outage) {
            let claim = "The server was away at its last requests, and every other session that came back was refused";
            evidence.push(subject.fact(self.cause(), 3.0, claim, &[subject.ending_event()]));
        }
        if !matches!(clues.ended_by, Some(EndedBy::Refusal | EndedBy::Outage))
            || subject.session.clues.stated.is_some_and(|(reason, _)| reason.cause().is_some())
        {
            return;
        }
        let away = away(subject);
        if let (Some(first), Some(last)) = (away.first(), away.last()) {
            let length = subject.case.events.time(*last) - subject.case.events.time(*first);
            let n = away.len();
            let claim = format_args!(
                "The server behind was not there {} ({n} {}), and {}",
                if length > 0 { format!("for {}", duration_words(length)) } else { "for a moment".to_owned() },
                if n == 1 { "refused connection or 502 to 504" } else { "refused connections or 502 to 504" },
                if clues.ended_by == Some(EndedBy::Outage) {
                    "the session was not seen again"
                } else {
                    "the next answer did not know the session"
                },
            );
            evidence.push(subject.fact(self.cause(), 4.8, claim, &[*first, *last, subject.ending_event()]));
        }
        if clues.credential_sent == Some(true)
            && let Some(left) = subject.time_left().filter(|&left| left > 30 * SECOND)
        {
            let weight = if away.is_empty() { 1.6 } else { 1.5 };
            let claim = format_args!(
                "The credential was sent with {} left, and the server no longer knew it",
                duration_words(left)
            );
            evidence.push(subject.fact(self.cause(), weight, claim, &[]));
        }
        self.neighbours(subject, &away, evidence);
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        let lost = |id: &SessionId| {
            let clues = &subject.case.sessions[id.0 as usize].clues;
            clues.stated.is_none_or(|(reason, _)| reason.cause().is_none_or(|cause| cause == self.cause()))
        };
        let together =
            subject.case.ends_within(subject.id, around(subject.dead_at())).iter().filter(|id| lost(id)).count();
        if subject.session.clues.ended_by == Some(EndedBy::Shutdown) {
            return "The host went down, and the connection with it".to_owned();
        }
        match together {
            0 | 1 => "The server restarted and no longer knew the session".to_owned(),
            n => format!("The server restarted and lost {n} sessions at once"),
        }
    }
}

fn around(at: Nanos) -> TimeRange {
    TimeRange::new(at - TOGETHER, at + TOGETHER)
}

/// Answers of the same source, inside the ending, that say that the server was away.
fn away(subject: &Subject<'_>) -> Vec<EventId> {
    let events = subject.case.events;
    subject
        .case
        .within(&subject.case.around.outages, subject.ending)
        .iter()
        .copied()
        .filter(|&id| subject.session.sources.contains(&events.span(id).source))
        .filter(|&id| !events.get(id).flags.contains(EventFlags::MIRROR))
        .filter(|&id| {
            let (ours, theirs) = (subject.session.clues.host, events.get(id).host);
            ours == theirs || !theirs.is_some() || !ours.is_some()
        })
        .collect()
}

impl ServerRestart {
    /// Sessions of other ages that ended in the same moment, and those that lived through it.
    fn neighbours(&self, subject: &Subject<'_>, away: &[EventId], evidence: &mut Vec<Evidence>) {
        let together: Vec<SessionId> = subject
            .case
            .ends_within(subject.id, around(subject.dead_at()))
            .into_iter()
            .filter(|&id| {
                // One that began after the other was over shared no moment with it.
                let other = &subject.case.sessions[id.0 as usize];
                let overlaps = other.started_at < subject.dead_at() && subject.session.started_at < other.last_alive_at;
                id != subject.id && overlaps && other.clues.ended_by == Some(EndedBy::Refusal)
            })
            .collect();
        if !together.is_empty() {
            let n = together.len();
            let shown: Vec<EventId> =
                together.iter().take(5).filter_map(|id| subject.case.sessions[id.0 as usize].first_dead).collect();
            let claim = format_args!("{n} other session{} ended in the same moment", if n == 1 { "" } else { "s" });
            evidence.push(subject.fact(self.cause(), (1.3 * n as f32).min(3.5), claim, &shown));
            let in_use = |id: &&SessionId| {
                let other = &subject.case.sessions[id.0 as usize];
                other.first_dead_at.is_some_and(|dead| dead - other.last_alive_at < TOGETHER)
            };
            let n = together.iter().filter(in_use).count();
            if n >= 3 && subject.silence() < TOGETHER {
                let claim =
                    format_args!("It was in use until then, and so were {n} of the others: no limit of theirs ran out");
                evidence.push(subject.fact(self.cause(), 1.5, claim, &shown));
            }
        }
        let from = away.first().map_or(subject.ending.from, |&id| subject.case.events.time(id));
        let survivors: Vec<EventId> = subject
            .case
            .peers(subject.id)
            .iter()
            .take(5_000)
            .map(|id| &subject.case.sessions[id.0 as usize])
            .filter(|other| other.started_at < from && other.last_alive_at > subject.dead_at() + SECOND)
            .filter_map(|other| other.last_alive)
            .collect();
        if !survivors.is_empty() {
            let n = survivors.len();
            let claim = format_args!("{n} other session{} lived through that moment", if n == 1 { "" } else { "s" });
            evidence.push(subject.fact(self.cause(), -3.5, claim, &survivors[..n.min(5)]));
        }
    }
}
