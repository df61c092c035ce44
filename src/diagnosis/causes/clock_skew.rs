//! `clock_skew`: the clocks of issuer, verifier and client disagree, so a fresh token counts as expired or not yet valid.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::subject::Subject,
    model::{
        Cause, EventId, Evidence, Nanos, Stated, TimeRange, duration_words,
        time::{MINUTE, SECOND},
    },
};
use hashbrown::HashMap;

/// Clocks disagree.
pub struct ClockSkew;

/// Differences below this are slow answers and whole seconds, not skew.
const NOTICED: Nanos = 45 * SECOND;

impl CauseRule for ClockSkew {
    fn cause(&self) -> Cause {
        Cause::ClockSkew
    }

    fn explanation(&self) -> &'static str {
        "Two computers disagree about the time, so what one had just issued looked expired, or not yet valid, to the \
         other. Signing in again gives the same result until the clocks agree."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Check that the date and time of your device are set automatically, then try once more.",
            qa: "Compare the `Date` headers of all hosts with each other and with `iat`, `nbf` and `exp`; a refusal \
             seconds after the sign-in points at clocks before it points at an expiry.",
            developer: "Set both clocks by NTP, let the verifier tolerate a minute or so, and count a token's life from when it \
             was received (`expires_in`), not by the client's clock.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "A capture that shows the `Date` header of every server involved, and the token's `iat`, `nbf` and `exp`."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        stated(subject, self.cause(), &[Stated::NotYetValid], STATED, evidence);
        let clues = &subject.session.clues;
        let early = subject.dead_at() - subject.session.started_at <= 2 * MINUTE;
        if let Some(token) = clues.token.as_deref()
            && let Some(valid_from) = token.not_before.or(token.issued_at).filter(|_| early)
        {
            let ahead = valid_from.saturating_sub(token.first_seen);
            if ahead > NOTICED {
                let claim = format_args!(
                    "The token was valid only from {} after it was issued, by the capture's clock",
                    duration_words(ahead)
                );
                evidence.push(subject.fact(self.cause(), 3.5, claim, &[token.event, subject.ending_event()]));
            } else if -ahead > NOTICED && token.expires.is_some_and(|expires| expires <= token.first_seen + MINUTE) {
                let claim =
                    format_args!("The token was issued {} in the past and expired at once", duration_words(-ahead));
                evidence.push(subject.fact(self.cause(), 3.5, claim, &[token.event, subject.ending_event()]));
            }
        }
        if let Some((claim, events)) = verifier_clock(subject) {
            // Two clocks read directly, and the refusal is what their difference makes.
            evidence.push(subject.fact(self.cause(), 5.5, claim, &events));
        }
        if early
            && subject.session.start_seen
            && let Some((apart, events)) = clocks_apart(subject)
        {
            let claim = format_args!(
                "The clocks of the servers involved are {} apart, by their Date headers",
                duration_words(apart)
            );
            evidence.push(subject.fact(self.cause(), 4.5, claim, &events));
            let claim = format_args!(
                "It was refused {} after the sign-in",
                duration_words(subject.dead_at() - subject.session.started_at)
            );
            evidence.push(subject.fact(self.cause(), 1.5, claim, &[]));
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        match clocks_apart(subject) {
            Some((apart, _)) => {
                format!("Refused right after sign-in: the servers' clocks are {} apart", duration_words(apart))
            }
            None => "Refused right after sign-in: the clocks of issuer and verifier disagree".to_owned(),
        }
    }
}

/// The refusing server's own clock, by its `Date` header, against the token's times: it counts the token as run out, or not
/// begun, while by the token's life and the time for which it was in use (which no clock that is wrong can change) it was
/// good. Round trips fall out: the token was issued no later than its answer came.
fn verifier_clock(subject: &Subject<'_>) -> Option<(String, Vec<EventId>)> {
    let refusal = subject.session.first_dead?;
    let token = subject.session.clues.token.as_deref()?;
    let date = subject.case.events.exchange(refusal)?.server_date?;
    let (issued, expires) = (token.issued_at?, token.expires?);
    let in_use = subject.dead_at() - token.first_seen;
    let left = expires - issued - in_use;
    let valid_from = token.not_before.map_or(issued, |from| from.max(issued));
    let after_issue = duration_words(in_use.max(0));
    // A `Date` has whole seconds, and servers allow a few.
    let (over, early) = (date - expires, valid_from - date);
    let claim = if over >= -SECOND && left > NOTICED {
        format!(
            "By its own Date header the server that refused the token lived {} after its end; it was {after_issue} old and good for {} more",
            duration_words(over.max(0)),
            duration_words(left)
        )
    } else if early > 5 * SECOND && in_use < 2 * MINUTE {
        format!(
            "By its own Date header the server that refused the token lived {} before its time began",
            duration_words(early)
        )
    } else {
        return None;
    };
    Some((claim, vec![token.event, refusal]))
}

/// The greatest difference between two hosts' clocks around this session, each measured against the capture's own.
fn clocks_apart(subject: &Subject<'_>) -> Option<(Nanos, Vec<EventId>)> {
    let events = subject.case.events;
    let range = TimeRange::new(subject.session.started_at - 10 * MINUTE, subject.dead_at() + MINUTE);
    let mut clocks: HashMap<crate::model::Sym, (Nanos, EventId)> = HashMap::new();
    for exchange in &events.exchanges {
        let (Some(id), Some(date)) = (exchange.event, exchange.server_date) else { continue };
        if !range.contains(events.time(id)) || !subject.session.sources.contains(&events.span(id).source) {
            continue;
        }
        let sent = events.time(id);
        // Anything between sending and answer is no difference at all.
        let offset = if date < sent { date - sent } else { (date - exchange.answered).max(0) };
        let best = clocks.entry(exchange.host).or_insert((offset, id));
        if offset.abs() < best.0.abs() {
            *best = (offset, id);
        }
    }
    let least = clocks.values().min_by_key(|(offset, _)| *offset)?;
    let most = clocks.values().max_by_key(|(offset, _)| *offset)?;
    let apart = most.0 - least.0;
    (apart > NOTICED).then(|| (apart, vec![least.1, most.1]))
}
