//! `server_restart`: the server restarted, was updated or lost its session store.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::{case::TOGETHER, standstill::stopped_together, subject::Subject},
    model::{
        Cause, EndedBy, EventFlags, EventId, EventKind, Evidence, Failure, Nanos, Session, SessionId, Stated,
        TimeRange, duration_words,
        time::{MINUTE, SECOND},
    },
};

/// The server restarted or lost its sessions.
pub struct ServerRestart;

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
        // Where the renewal was refused too, a server that was away in between may have lost what it had given. Not what it had
        // signed, which needs no store, nor a token that had run out by then.
        let had_time = |ends: Nanos| ends > subject.dead_at() + 30 * SECOND;
        // A log shows no tokens: there it must have been in use until the server went away.
        let unseen = clues.token.is_none() && subject.silence() <= 10 * MINUTE;
        let renewal = clues.ended_by == Some(EndedBy::RenewalRefusal)
            && !is_signed(subject)
            && clues.token.as_deref().and_then(|token| token.expires).map_or(unseen, had_time);
        if !(matches!(clues.ended_by, Some(EndedBy::Refusal | EndedBy::Outage)) || renewal)
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
            // In a short interval it stands by itself; in a long one there may be an outage that nobody lost a session by.
            let weight = match subject.silence() {
                silence if silence <= 10 * MINUTE => 4.8,
                silence if silence <= 30 * MINUTE => 4.0,
                _ => 3.0,
            };
            evidence.push(subject.fact(self.cause(), weight, claim, &[*first, *last, subject.ending_event()]));
        }
        self.refused_connections(subject, &away, evidence);
        self.start_lines(subject, evidence);
        self.new_version(subject, evidence);
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
        if is_signed(subject) && !subject.is_together().is_empty() {
            // A signed token stands by itself: a store that is lost does not lose it, a key that changes does.
            let claim = "What was refused is a signed token, which needs no store of sessions";
            evidence.push(subject.fact(self.cause(), -1.8, claim, &[]));
        }
        self.neighbours(subject, &away, evidence);
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        let lost = |id: &SessionId| {
            let clues = &subject.case.sessions[id.0 as usize].clues;
            clues.stated.is_none_or(|(reason, _)| reason.cause().is_none_or(|cause| cause == self.cause()))
        };
        let around = TimeRange::new(subject.dead_at() - TOGETHER, subject.dead_at() + TOGETHER);
        let together = subject.case.ends_within(subject.id, around).filter(lost).count();
        if subject.session.clues.ended_by == Some(EndedBy::Shutdown) {
            return "The host went down, and the connection with it".to_owned();
        }
        match together {
            0 | 1 => "The server restarted and no longer knew the session".to_owned(),
            n => format!("The server restarted and lost {n} sessions at once"),
        }
    }
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

/// The products and versions that a host's answers name before the ending and in it, where they differ: `nginx/1.26.2`.
fn new_server(subject: &Subject<'_>) -> Option<(EventId, EventId)> {
    let events = subject.case.events;
    let product = |id: EventId| {
        let exchange = events.exchange(id)?;
        let (name, version) = events.symbols.resolve(exchange.server).split_once('/')?;
        Some((exchange.host, name, version))
    };
    let (old, new) = (subject.alive_event(), subject.ending_event());
    let ((host, name, version), (other_host, other_name, other_version)) = (product(old)?, product(new)?);
    (host == other_host && name == other_name && version != other_version).then_some((old, new))
}

/// No idle limit is shorter: a silence below it ran none out.
pub(super) const BRIEF: Nanos = 90 * SECOND;

/// Refused within these of each other, sessions share more than a minute.
const AT_ONCE: Nanos = 15 * SECOND;

/// What it says for a common event that another session ended in the same moment: most where that one was in use, next to
/// nothing where one idle limit explains both.
fn testimony(subject: &Subject<'_>, id: SessionId) -> f32 {
    let other = &subject.case.sessions[id.0 as usize];
    let silence = other.first_dead_at.unwrap_or(other.last_alive_at) - other.last_alive_at;
    let alike = (silence - subject.silence()).abs() <= subject.silence().max(silence) / 8;
    let weight = match () {
        () if silence < TOGETHER => 1.3,
        () if alike => 0.2,
        () => 0.9,
    };
    let apart = other.first_dead_at.unwrap_or(other.last_alive_at) - subject.dead_at();
    if apart.abs() <= AT_ONCE { weight * 1.5 } else { weight }
}

/// Whether what the session is known by is a token with claims of its own (a JWT).
fn is_signed(subject: &Subject<'_>) -> bool {
    subject.session.clues.token.as_deref().is_some_and(|token| token.issued_at.is_some())
}

impl ServerRestart {
    /// Connections that nobody took: the network was there, the server was not.
    fn refused_connections(&self, subject: &Subject<'_>, away: &[EventId], evidence: &mut Vec<Evidence>) {
        let events = subject.case.events;
        // Firefox names no reason. Where the whole silence was shorter than any limit that people set, the way there being gone
        // for a moment ends no session; the server being gone does.
        let brief = subject.silence() < BRIEF;
        let of_server =
            |failure| failure == Failure::Refused || brief && matches!(failure, Failure::Unknown | Failure::Dropped);
        let refused: Vec<EventId> = subject
            .own_within(subject.ending, &[EventKind::Gap])
            .into_iter()
            .filter(|&id| events.exchange(id).and_then(|exchange| exchange.failure).is_some_and(of_server))
            .collect();
        // What runs out while nobody answers is not lost.
        if refused.is_empty() || !away.is_empty() || subject.time_left().is_some_and(|left| left <= 30 * SECOND) {
            return;
        }
        let n = refused.len();
        let claim = format_args!(
            "{n} request{} got no answer from the server, and the next answer did not know the session",
            if n == 1 { "" } else { "s" }
        );
        // One may be a connection that had gone stale; several in a row are a port that nobody listens on.
        let weight = match n {
            1 => 2.0,
            2 => 3.4,
            _ => 4.4,
        };
        evidence.push(subject.fact(self.cause(), weight, claim, &[refused[0], refused[n - 1], subject.ending_event()]));
    }

    /// A start or stop line inside the ending, in a log of this app or of none.
    fn start_lines(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let case = subject.case;
        let started = case.within(&case.around.starts, subject.ending).iter().copied().find(|&id| {
            let source = case.events.span(id).source;
            subject.session.sources.contains(&source) || !case.tells_of_others(source, subject.id)
        });
        let Some(started) = started else { return };
        let weight = if subject.silence() <= 30 * MINUTE { 4.5 } else { 3.5 };
        let claim = format_args!("The server's log has it start or stop in between: {}", subject.what(started));
        evidence.push(subject.fact(self.cause(), weight, claim, &[started, subject.ending_event()]));
    }

    /// Another version of the server or of the app answers than before: something was deployed.
    fn new_version(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        if subject.session.clues.credential_sent == Some(false) {
            return;
        }
        if let Some((old, new)) = new_server(subject) {
            let claim = "The server names another version of itself than before";
            evidence.push(subject.fact(self.cause(), 3.0, claim, &[old, new]));
        } else if let Some(update) = subject.update() {
            let claim = "A new version of the app was served for the first time just before: something was deployed";
            evidence.push(subject.fact(self.cause(), 2.0, claim, &[update.old, update.new]));
        }
    }

    /// Sessions of other ages that ended in the same moment, and those that lived through it.
    fn neighbours(&self, subject: &Subject<'_>, away: &[EventId], evidence: &mut Vec<Evidence>) {
        let together = subject.is_together();
        if !together.is_empty() {
            let n = together.len();
            let shown: Vec<EventId> =
                together.iter().take(5).filter_map(|id| subject.case.sessions[id.0 as usize].first_dead).collect();
            let claim = format_args!("{n} other session{} ended in the same moment", if n == 1 { "" } else { "s" });
            let weight: f32 = together.iter().map(|&id| testimony(subject, id)).sum();
            // Several that lived by limits of their own do not run out in the same seconds.
            let most = if together.len() >= 3 { 5.0 } else { 3.5 };
            evidence.push(subject.fact(self.cause(), weight.min(most), claim, &shown));
            of_other_idleness(subject, &together, &shown, evidence);
            self.in_use(subject, &together, &shown, evidence);
        }
        let stopped = stopped_together(subject);
        if !stopped.is_empty() && away.is_empty() {
            let claim = format_args!(
                "{} other sessions were last let in in the same moment, and refused when they came back: the server stood still",
                stopped.len()
            );
            let shown: Vec<EventId> =
                stopped.iter().take(5).filter_map(|id| subject.case.sessions[id.0 as usize].first_dead).collect();
            // Two others may have been driven by one script; of more it is ever less likely.
            let weight = if stopped.len() >= 3 { 3.8 } else { 2.6 };
            evidence.push(subject.fact(self.cause(), weight, claim, &shown));
        }
        let from = away.first().map_or(subject.ending.from, |&id| subject.case.events.time(id));
        let survivors = subject.survivors_of(from);
        let shown: Vec<EventId> = survivors.clone().take(5).collect();
        if !shown.is_empty() {
            let n = if subject.tells { survivors.count() } else { 1 };
            let claim = format_args!("{n} other session{} lived through that moment", if n == 1 { "" } else { "s" });
            evidence.push(subject.fact(self.cause(), -3.5, claim, &shown));
        }
    }
}

impl ServerRestart {
    /// Somebody among those refused in the same seconds was in use until then, and nobody was let in any more: no limit of that
    /// one ran out, and what it did not know any more the server did not know of the others either.
    fn in_use(&self, subject: &Subject<'_>, together: &[SessionId], shown: &[EventId], evidence: &mut Vec<Evidence>) {
        let session = |id: SessionId| &subject.case.sessions[id.0 as usize];
        let at_once = |id: &&SessionId| {
            session(**id).first_dead_at.is_some_and(|dead| (dead - subject.dead_at()).abs() <= AT_ONCE)
        };
        let used = |session: &Session| session.ending().is_some_and(|ending| ending.length() < TOGETHER);
        let others: Vec<SessionId> = together.iter().filter(at_once).copied().collect();
        let n = others.iter().filter(|&&id| used(session(id))).count() + usize::from(used(subject.session));
        // Of two, both have to have been in use, at other ages: neither idleness nor one lifetime took them.
        let pair = others.first().map(|&id| session(id)).filter(|_| n == 2).is_some_and(|other| {
            let apart = (other.started_at - subject.session.started_at).abs();
            apart > subject.silence().max(other.ending().map_or(0, TimeRange::length)) + AT_ONCE
        });
        if others.len() < 2 && !pair || n == 0 || subject.survivors().next().is_some() {
            return;
        }
        let claim = format_args!(
            "All {} sessions that came back in these seconds were refused, and {n} of them {} in use until then",
            others.len() + 1,
            if n == 1 { "was" } else { "were" }
        );
        evidence.push(subject.fact(self.cause(), if n >= 2 { 2.0 } else { 1.6 }, claim, shown));
    }
}

/// Sessions of other idleness and age that were refused in the same seconds, with none that lived on: no limit of this one
/// need have run out.
fn of_other_idleness(subject: &Subject<'_>, together: &[SessionId], shown: &[EventId], evidence: &mut Vec<Evidence>) {
    let session = |id: SessionId| &subject.case.sessions[id.0 as usize];
    let at_once =
        |id: SessionId| session(id).first_dead_at.is_some_and(|dead| (dead - subject.dead_at()).abs() <= AT_ONCE);
    let differs = |one: Nanos, other: Nanos| (one - other).abs() > one.max(other) / 4;
    let silence = |id: SessionId| session(id).ending().map_or(0, TimeRange::length);
    let age = |session: &Session| session.span().length();
    let others: Vec<SessionId> = together.iter().copied().filter(|&id| at_once(id)).collect();
    if others.len() < 2 || subject.survivors().next().is_some() {
        return;
    }
    if others.iter().filter(|&&id| differs(silence(id), subject.silence())).count() >= 2 {
        let claim = "Sessions that had been idle for other lengths were refused in the same seconds";
        evidence.push(subject.fact(Cause::IdleTimeout, -2.5, claim, shown));
    }
    if others.iter().filter(|&&id| differs(age(session(id)), age(subject.session))).count() >= 2 {
        let claim = "Sessions of other ages were refused in the same seconds";
        evidence.push(subject.fact(Cause::AbsoluteTimeout, -3.5, claim, shown));
    }
}
