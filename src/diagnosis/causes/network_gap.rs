//! `network_gap`: the connection was gone when the session had to be renewed or kept alive.

use super::{Advice, CauseRule, STATED, server_restart::BRIEF, stated};
use crate::{
    diagnosis::subject::Subject,
    model::{
        Cause, EndedBy, EventId, EventKind, Evidence, Failure, Nanos, Stated, TimeRange, Usual,
        chain::{Renewal, RenewalOutcome},
        duration_words,
        time::{MINUTE, SECOND},
    },
};

/// The connection was gone when it was needed.
pub struct NetworkGap;

impl CauseRule for NetworkGap {
    fn cause(&self) -> Cause {
        Cause::NetworkGap
    }

    fn explanation(&self) -> &'static str {
        "The device had no connection, or slept, at the time when the app had to renew or keep alive its session. \
         The refresh missed its time, and the server let the session lapse. The account is fine."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again once the connection is back. Closing the lid or losing the Wi-Fi for a while is enough to \
             cause this.",
            qa: "Repeat it: go offline (or let the device sleep) just before a renewal is due, stay away for as long as \
             the capture shows, and come back.",
            developer: "Renew on return before the first request, allow a grace time for a renewal that comes late, and tell \
             the user that the connection was gone.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "The client's own log of that time (sleep, wake, network changes), or the server's view of the same minutes."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        stated(subject, self.cause(), &[Stated::PeerGone], STATED, evidence);
        if let Some((Stated::ConnectionClosed, event)) = subject.session.clues.stated {
            let claim = "The connection closed without a sign-off, as a lost link, a crash or a closed window does";
            evidence.push(subject.fact(self.cause(), 2.8, claim, &[event]));
        }
        if matches!(subject.session.clues.ended_by, Some(EndedBy::SignOut | EndedBy::Close | EndedBy::Shutdown)) {
            return;
        }
        let failed = unanswered(subject);
        if failed.len() >= 2 {
            self.failed_requests(subject, &failed, evidence);
        } else {
            self.slept(subject, evidence);
        }
        self.failed_renewal(subject, evidence);
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        if matches!(subject.session.clues.ended_by, Some(EndedBy::Close)) {
            return "The client stopped answering, and the server closed the connection".to_owned();
        }
        let gap = gap_within(subject).map_or(subject.silence(), TimeRange::length);
        format!("The connection was gone for {} when the session had to be kept alive", duration_words(gap))
    }

    fn usual(&self, subject: &Subject<'_>) -> Usual {
        // A device that slept sends nothing at all; one that lost its network keeps trying.
        if gap_within(subject).is_none() { Usual::Usual } else { Usual::Unusual }
    }
}

/// The requests inside the ending that no server answered: nobody could be reached, or nobody took the connection. What a
/// proxy answered in the server's stead (502 to 504) came back over a connection that held.
fn unanswered(subject: &Subject<'_>) -> Vec<EventId> {
    let events = subject.case.events;
    let mut failed = subject.own_within(subject.ending, &[EventKind::Gap, EventKind::Outage]);
    failed.retain(|&id| events.kind(id) == EventKind::Gap || is_refused(subject, id));
    failed
}

/// Whether the client's connection was refused.
fn is_refused(subject: &Subject<'_>, id: EventId) -> bool {
    subject.case.events.exchange(id).is_some_and(|exchange| exchange.failure == Some(Failure::Refused))
}

/// From the first to the last failed request inside the ending.
fn gap_within(subject: &Subject<'_>) -> Option<TimeRange> {
    let failed = unanswered(subject);
    let (first, last) = (failed.first()?, failed.last()?);
    Some(TimeRange::new(subject.case.events.time(*first), subject.case.events.time(*last)))
}

impl NetworkGap {
    fn failed_requests(&self, subject: &Subject<'_>, failed: &[EventId], evidence: &mut Vec<Evidence>) {
        let Some(gap) = gap_within(subject) else { return };
        let share = gap.length() * 100 / subject.silence().max(1);
        if share < 40 || gap.length() < 20 * SECOND {
            return;
        }
        let n = failed.len();
        let shown = [failed[0], failed[n - 1]];
        let due = due_at(subject);
        let refused = failed.iter().all(|&id| is_refused(subject, id));
        if refused && due.is_none_or(|due| due > gap.until + 2 * MINUTE) {
            // A connection that is refused has reached the host: the network was there, and what it was for was not.
            let claim = format_args!("{n} requests in {} were refused a connection", duration_words(gap.length()));
            evidence.push(subject.fact(self.cause(), 1.0, claim, &shown));
            return;
        }
        let claim = format_args!("{n} requests in {} got no answer", duration_words(gap.length()));
        if due.is_none() && subject.silence() < BRIEF {
            // Nothing that is known ran out in so short a time.
            evidence.push(subject.fact(self.cause(), 1.5, claim, &shown));
            return;
        }
        // Where the host was reached and took no connection, what was away may as well have lost the session.
        evidence.push(subject.fact(self.cause(), if refused { 3.0 } else { 4.5 }, claim, &shown));
        if let Some(due) = due.filter(|&due| gap.from - MINUTE <= due && due <= gap.until + 2 * MINUTE) {
            let into = duration_words((due - gap.from).max(0));
            let claim = format_args!("The session's time ran out {into} into the gap, with no way to renew it");
            evidence.push(subject.fact(self.cause(), 2.5, claim, &shown));
        } else if subject.session.clues.beat.is_some() {
            let claim = "Until then the app had kept it alive by a steady beat";
            evidence.push(subject.fact(self.cause(), 1.2, claim, &[subject.alive_event()]));
        }
        if matches!(
            subject.session.clues.stated,
            Some((Stated::RefreshExpired | Stated::TokenExpired | Stated::Idle | Stated::Expired, _))
        ) {
            let claim = "What the refusal says had run out could not be renewed in time";
            evidence.push(subject.fact(self.cause(), 3.0, claim, &[]));
        }
    }

    /// A renewal that failed on the network, and a token that ran out before another was tried: it missed its time. Not where
    /// the retry itself was refused, which the server did for a reason of its own.
    fn failed_renewal(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let clues = &subject.session.clues;
        let Some(chain) = subject.chain().filter(|_| clues.refused_renewal.is_none()) else { return };
        let failed = |renewal: &&Renewal| {
            matches!(renewal.outcome, RenewalOutcome::Unsent | RenewalOutcome::Lost)
                && renewal.sent_at <= subject.dead_at()
        };
        let Some(last) = chain.renewals.last().filter(failed) else { return };
        let Some(expires) = clues.token.as_deref().and_then(|token| token.expires) else { return };
        if last.sent_at <= expires + MINUTE && expires <= subject.dead_at() {
            let claim = format_args!(
                "The last renewal failed on the network {} before the refusal, and the token ran out meanwhile",
                duration_words(subject.dead_at() - last.sent_at)
            );
            evidence.push(subject.fact(self.cause(), 4.5, claim, &[last.event, subject.ending_event()]));
        }
    }

    /// A beat that stops, with no request failing, and then a refusal: the device slept.
    fn slept(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let Some(beat) = subject.session.clues.beat.filter(|&beat| beat > 0) else { return };
        let missed = subject.silence() / beat;
        let quiet_before = subject.figures.silence_survived;
        if missed >= 4 && subject.silence() > quiet_before * 2 && subject.silence() > 3 * MINUTE {
            let claim = format_args!(
                "A request came every {} until it stopped for {}, as when a device sleeps or loses its network",
                duration_words(beat),
                duration_words(subject.silence())
            );
            evidence.push(subject.fact(self.cause(), 2.2, claim, &[subject.alive_event(), subject.ending_event()]));
        }
    }
}

/// When the session's credential ran out, as far as its clock was seen.
fn due_at(subject: &Subject<'_>) -> Option<Nanos> {
    let clues = &subject.session.clues;
    let cookie = clues.cookie.as_deref().map(|cookie| cookie.expires);
    cookie.or_else(|| clues.token.as_deref().and_then(|token| token.expires))
}
