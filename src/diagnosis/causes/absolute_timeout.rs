//! `absolute_timeout`: the session reached its maximum age, however active.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::{
        limits::{likely_within, standard::as_meant},
        subject::{Fixed, Subject},
    },
    model::{
        Cause, EndedBy, EventKind, Evidence, Nanos, State, Stated, duration_words,
        time::{MINUTE, SECOND},
    },
};

/// The session reached its maximum age.
pub struct AbsoluteTimeout;

impl CauseRule for AbsoluteTimeout {
    fn cause(&self) -> Cause {
        Cause::AbsoluteTimeout
    }

    fn explanation(&self) -> &'static str {
        "The app ends every session when it reaches a maximum age, even one in use, so that a stolen one does not \
         live for ever. Working on does not extend it. Nothing is wrong with the account; signing in again starts a \
         new session."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again and go on. Save long work before the limit comes round again.",
            qa: "Sign in, keep working without a pause, and note the age at which it ends: a maximum age ends every \
             session at the same one.",
            developer: "If it cuts into work, warn some minutes before and keep drafts, or raise the maximum lifetime; a cookie \
             whose expiry is set once, at sign-in, has the same effect.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "A capture of another session from sign-in to refusal: a maximum lifetime ends it at the same age."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        if stated(subject, self.cause(), &[Stated::MaximumAge], STATED, evidence) {
            return;
        }
        let clues = &subject.session.clues;
        if clues.ended_by != Some(EndedBy::Refusal) || clues.stated.is_some_and(|(reason, _)| reason.cause().is_some())
        {
            return;
        }
        // What the browser dropped by the cookie's own clock is over, whatever age others reach.
        if self.cookie(subject, evidence) && subject.session.clues.credential_sent == Some(false) {
            return;
        }
        let (Some(low), Some(high)) = (subject.age_alive(), subject.age_dead()) else { return };
        let (reached, other) = subject.age_reached_elsewhere();
        if reached > high + MINUTE {
            let claim = format_args!("Another session reached the age of {}", duration_words(reached));
            let shown = subject.case.sessions.get(other.0 as usize).and_then(|session| session.last_alive);
            evidence.push(subject.fact(self.cause(), -5.0, claim, shown.as_slice()));
            return;
        }
        // A token whose own time ran out explains the age by itself, and the ages of others that had such tokens.
        let token = subject.session.clues.token.as_deref().and_then(|token| token.expires);
        if token
            .is_some_and(|ends| ends <= subject.dead_at() + SECOND && subject.session.last_alive_at <= ends + MINUTE)
        {
            return;
        }
        self.others_agree(subject, low, high, evidence);
        self.round_age(subject, low, high, evidence);
        self.meets_in_round_value(subject, low, high, evidence);
        self.not_idle(subject, evidence);
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        if !subject.session.start_seen {
            return "Signed out when the session reached its maximum age".to_owned();
        }
        let age = subject.dead_at() - subject.session.started_at;
        let low = subject.age_allowed();
        let fixed = subject
            .session
            .clues
            .cookie
            .as_deref()
            .filter(|cookie| !cookie.slides)
            .map(|cookie| as_meant(cookie.expires - cookie.set_at));
        let (mut least, mut most) = (low, age);
        if let Some(known) = subject.age_limit_elsewhere() {
            least = least.max(known.low.map_or(0, |(value, _)| value));
            most = most.min(known.high.0);
        }
        let limit = fixed.or_else(|| likely_within(least, most)).unwrap_or(age);
        format!("Signed out when the session reached its maximum age of about {}", duration_words(limit))
    }

    fn subline(&self, subject: &Subject<'_>) -> String {
        let age = subject.dead_at() - subject.session.started_at;
        if subject.session.last_activity_at.is_none() || subject.quiet() * 4 > age {
            return String::new();
        }
        format!("The user was active {} before; that does not extend it.", duration_words(subject.quiet()))
    }
}

impl AbsoluteTimeout {
    fn cookie(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) -> bool {
        let clues = &subject.session.clues;
        let Some(cookie) = clues.cookie.as_deref().filter(|cookie| !cookie.slides) else { return false };
        let over = subject.dead_at() - cookie.expires;
        let ran_out = over >= -SECOND && subject.session.last_alive_at <= cookie.expires + MINUTE;
        if ran_out {
            let life = duration_words(cookie.expires - cookie.set_at);
            let claim = format_args!(
                "The session cookie was given {life} at sign-in, never extended, and ran out {} before the refusal",
                duration_words(over)
            );
            let weight = match subject.fixed_cookie() {
                Some(Fixed::No) => 1.0,
                Some(Fixed::Maybe) => 4.0,
                _ => 4.5,
            };
            evidence.push(subject.fact(self.cause(), weight, claim, &[cookie.event, subject.ending_event()]));
            if clues.credential_sent == Some(false) {
                evidence.push(subject.fact(
                    self.cause(),
                    1.0,
                    "The browser no longer sent the cookie: it had dropped it as expired",
                    &[],
                ));
            }
        }
        ran_out
    }

    /// Ended sessions of the app whose ages at the end can be one and the same.
    fn others_agree(&self, subject: &Subject<'_>, low: Nanos, high: Nanos, evidence: &mut Vec<Evidence>) {
        let (mut from, mut until) = (low, high);
        let (mut agreeing, mut coincidence) = (Vec::new(), 0.0_f32);
        for &id in subject.nearest() {
            let session = &subject.case.sessions[id.0 as usize];
            let refused = session.clues.ended_by == Some(EndedBy::Refusal);
            if id == subject.id || session.state != State::Ended || !refused || !session.start_seen {
                continue;
            }
            let other = Subject::new(subject.case, id, false);
            let (Some(other_low), Some(other_high)) = (other.age_alive(), other.age_dead()) else { continue };
            let narrow = (other_high - other_low) * 4 <= other_high;
            // Two that began together and ended together are of one age whatever ended them.
            let apart =
                (session.started_at - subject.session.started_at).abs() > (high - low).max(other_high - other_low);
            if narrow && apart && other_low.max(from) < other_high.min(until) && other.silence() < other_high / 4 {
                // How rarely two endings that have nothing to do with each other would be of one age.
                let chance = (high - low + other_high - other_low + 2 * SECOND) as f32 / high as f32;
                coincidence += (-chance.min(1.0).ln()).clamp(0.5, 3.2);
                (from, until) = (from.max(other_low), until.min(other_high));
                agreeing.push(other.ending_event());
            }
        }
        if agreeing.is_empty() || (high - low) * 4 > high || low < MINUTE {
            return;
        }
        let n = agreeing.len();
        let weight = coincidence.min(4.6);
        let claim = format_args!(
            "{n} other session{} ended at the same age, between {} and {}",
            if n == 1 { "" } else { "s" },
            duration_words(from),
            duration_words(until)
        );
        agreeing.truncate(6);
        evidence.push(subject.fact(self.cause(), weight, claim, &agreeing));
        if n == 1 && in_use(subject, high) {
            let claim = format_args!("It was in use {} before the refusal", duration_words(subject.silence()));
            evidence.push(subject.fact(self.cause(), 0.8, claim, &[subject.alive_event()]));
        }
    }

    /// Its own bracket and that of the others' ages meet in a value that people configure. What counts is by how much the
    /// meeting is narrower than the bracket of its own: so much rarer is a round value in it by chance.
    fn meets_in_round_value(&self, subject: &Subject<'_>, low: Nanos, high: Nanos, evidence: &mut Vec<Evidence>) {
        let Some(known) = subject.age_limit_elsewhere() else { return };
        let least = known.low.map_or(low, |(value, _)| value.max(low));
        let most = known.high.0.min(high);
        let narrow = (high - low) * 4 <= high && least < most && (most - least) * 10 <= most;
        let Some(limit) = likely_within(least, most).filter(|_| narrow) else { return };
        let weight = ((high - low) as f32 / (most - least).max(SECOND) as f32).ln().clamp(0.0, 1.6);
        if weight >= 0.3 {
            let n = known.endings;
            let claim = format_args!(
                "Its age and that of {n} other session{} at the end meet in a round value: {}",
                if n == 1 { "" } else { "s" },
                duration_words(limit)
            );
            evidence.push(subject.fact(self.cause(), weight, claim, &[subject.alive_event(), subject.ending_event()]));
        }
    }

    /// The idle limit of the app is known, and had not run out: the rival that most resembles a maximum age is gone.
    fn not_idle(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let speaks_for_age = evidence.iter().any(|fact| fact.favours == self.cause() && fact.weight >= 2.0);
        let Some((clock, known)) = subject.idle_limit_elsewhere().filter(|_| speaks_for_age) else { return };
        let Some((least, _)) = known.low else { return };
        let own = clock.at_end(subject);
        if own < least {
            let claim = format_args!(
                "It was not idle: {} before the refusal it was in use, and this app allows {}",
                duration_words(own),
                duration_words(least)
            );
            evidence.push(subject.fact(self.cause(), 0.8, claim, &[subject.alive_event(), subject.ending_event()]));
        }
    }

    /// In the middle of use, at an age with a round value in its bracket, older than every other session: nothing else is
    /// left that would explain it.
    fn round_age(&self, subject: &Subject<'_>, low: Nanos, high: Nanos, evidence: &mut Vec<Evidence>) {
        let in_use = in_use(subject, high);
        let narrow = (high - low) * 10 <= high;
        let limit =
            VERY_ROUND_MINUTES.iter().map(|mins| mins * MINUTE).find(|&limit| low - SECOND <= limit && limit <= high);
        let Some(limit) = limit.filter(|_| in_use && narrow) else { return };
        // Whatever else ends a session does so at any age. How rarely such an age would have a round value in its bracket is
        // what the coincidence weighs: the share of the ages around that lie as near to one.
        let around =
            VERY_ROUND_MINUTES.iter().filter(|&&mins| (limit * 7 / 10..limit * 14 / 10).contains(&(mins * MINUTE)));
        let chance = around.count() as f32 * (high - low + SECOND) as f32 / (limit * 7 / 10) as f32;
        let weight = (-chance.min(1.0).ln()).clamp(0.3, 3.4);
        let claim = format_args!(
            "In use until the end, it was refused at the age of {}, just past {}",
            duration_words(high),
            duration_words(limit)
        );
        evidence.push(subject.fact(self.cause(), weight, claim, &[subject.alive_event(), subject.ending_event()]));
        if weight >= 2.0 && nothing_else_happened(subject) {
            let claim =
                "Nothing else happened then: no outage, no other sign-in, no act upon sessions, no other ending";
            evidence.push(subject.fact(self.cause(), 1.2, claim, &[subject.alive_event(), subject.ending_event()]));
        }
        if let Some((Stated::Expired, event)) = subject.session.clues.stated {
            // Many say so of any session that they do not know; but in use until the end it was no idleness that ran out.
            let claim = "The answer says that something expired, and it was in use until then";
            evidence.push(subject.fact(self.cause(), 1.5, claim, &[event]));
        }
        let peers = subject.case.peers(subject.id).len();
        let (reached, _) = subject.age_reached_elsewhere();
        if peers >= 4 && reached < low {
            let claim =
                format_args!("It was the oldest of {peers} sessions; no other got past {}", duration_words(reached));
            evidence.push(subject.fact(self.cause(), 2.2, claim, &[]));
        }
    }
}

/// Whether the records show nothing between its last sign of life and its refusal that could have ended the session from
/// outside: what ends sessions at any age mostly leaves a trace of its own.
fn nothing_else_happened(subject: &Subject<'_>) -> bool {
    let case = subject.case;
    let between = subject.ending;
    let signed_in = case.starts_within(subject.id, between).iter().any(|&id| id != subject.id);
    !signed_in
        && case.ends_within(subject.id, between).nth(1).is_none()
        && case.within(&case.around.outages, between).is_empty()
        && case.within(&case.around.operators.all, between).is_empty()
        && subject.own_within(between, &[EventKind::Gap]).is_empty()
}

/// Whether someone or something used the session until the end: the last silence was no longer than those before.
fn in_use(subject: &Subject<'_>, age: Nanos) -> bool {
    subject.figures.activities >= 5 && subject.silence() <= (subject.figures.silence_survived * 13 / 10).max(age / 20)
}

/// Lifetimes that people choose on purpose.
const VERY_ROUND_MINUTES: &[i64] = &[60, 120, 480, 720, 1_440, 30, 240, 600, 15, 20, 45, 90, 180, 360, 10_080, 43_200];
