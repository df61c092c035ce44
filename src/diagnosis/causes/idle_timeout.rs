//! `idle_timeout`: no counted activity for the idle limit.
//!
//! Two clocks may be the one that counts: silence (no request at all) and quiet (no act of the person, polls or not). Each
//! is compared with what this session and others of the app survived; a longer one survived rules that clock out.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::{
        limits::{
            Clock,
            half_window::since_renewal,
            lateness, likely_within, round_within,
            standard::{as_meant, usual_within},
        },
        standstill::stopped_together,
        subject::{Fixed, Subject},
    },
    model::{
        Cause, EndedBy, EventId, EventKind, Evidence, Limit, Nanos, Stated, StatedBy, TimeRange, Usual, duration_words,
        time::{MINUTE, SECOND},
    },
};

/// No counted activity for the idle limit.
pub struct IdleTimeout;

impl CauseRule for IdleTimeout {
    fn cause(&self) -> Cause {
        Cause::IdleTimeout
    }

    fn explanation(&self) -> &'static str {
        "The app protects an unattended screen by ending a session that nobody uses. The screen may have looked \
         alive: reading sends nothing to the server, and what the app asks for by itself (polling, notifications, an \
         autosave) often does not count as activity. An app left open over lunch or over night ends this way. \
         Nothing is wrong with the account; signing in again starts a new session."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again. While you read or type for a long time, save or open a page now and then so that the app \
             notices you.",
            qa: "Leave the app alone for a little less and for a little more than the limit, with the page open so that \
             its polling runs: only the second must end.",
            developer: "If people are cut off while they work, let typing and scrolling count as activity, warn before the \
             limit, or raise it; decide knowingly whether background requests count.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "A second capture with another length of inactivity: an idle limit ends it after the same time, whatever its age."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        if stated(subject, self.cause(), &[Stated::Idle], STATED, evidence) {
            return;
        }
        let clues = &subject.session.clues;
        // Another reason that is stated outranks what silence suggests.
        if clues.ended_by != Some(EndedBy::Refusal) || clues.stated.is_some_and(|(reason, _)| reason.cause().is_some())
        {
            return;
        }
        if self.by_cookie_alone(subject, evidence) {
            return;
        }
        let tried = subject.own_within(subject.ending, &[EventKind::Gap]);
        if let [first, .., last] = tried.as_slice() {
            let span = subject.case.events.time(*last) - subject.case.events.time(*first);
            if span * 100 >= subject.silence() * 40 {
                let claim =
                    format_args!("It was not idle: {} requests were sent meanwhile and got no answer", tried.len());
                evidence.push(subject.fact(self.cause(), -5.0, claim, &[*first, *last]));
            }
        }
        let by_half = self.half_window(subject, evidence);
        let by_silence = !by_half && self.silence(subject, evidence);
        let by_quiet = !by_half && !by_silence && self.quiet(subject, evidence);
        self.cookie(subject, by_quiet, evidence);
        self.stated_limit(subject, evidence);
        self.at_known_age(subject, evidence);
        let by_itself = by_half || by_silence || by_quiet;
        let by_limit = !by_itself && self.by_limit_alone(subject, evidence);
        if !by_itself && !by_limit {
            self.longer_silence(subject, evidence);
        }
        if by_silence || by_quiet {
            self.others_agree(subject, by_quiet, evidence);
            self.all_at_once(subject, evidence);
            let stopped = stopped_together(subject);
            if !stopped.is_empty() {
                let n = stopped.len();
                let claim =
                    format_args!("{n} other sessions fell silent in the same moment, as people do not by themselves");
                let weight = if n >= 3 { -4.0 } else { -2.5 };
                evidence.push(subject.fact(self.cause(), weight, claim, &[subject.alive_event()]));
            }
        }
        if !by_itself && !by_limit && subject.quiet() < 2 * MINUTE && subject.figures.activities > 1 {
            let claim = format_args!("The user was active {} before the refusal", duration_words(subject.quiet()));
            evidence.push(subject.fact(self.cause(), -3.0, claim, &[subject.alive_event()]));
        }
        if matches!(subject.session.clues.stated, Some((Stated::Expired, _))) && (by_silence || by_quiet) {
            evidence.push(subject.fact(self.cause(), 1.5, "The answer says that something expired, not what", &[]));
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        let quiet = if subject.silence() * 10 >= subject.quiet() * 6 { subject.silence() } else { subject.quiet() };
        let word = if subject.silence() * 10 >= subject.quiet() * 6 { "any request" } else { "user activity" };
        let limit = limit_of(subject);
        if limit.is_none() && subject.session.only_its_end_was_seen() {
            return "Signed out for inactivity".to_owned();
        }
        let limit = duration_words(limit.unwrap_or(quiet));
        match polls_ignored(subject) {
            0 => format!("Signed out after {limit} without {word}"),
            1 => format!("Signed out after {limit} without {word}; one background request did not count"),
            n => format!("Signed out after {limit} without {word}; {n} background requests did not count"),
        }
    }

    fn subline(&self, subject: &Subject<'_>) -> String {
        match polls_ignored(subject) {
            0 => String::new(),
            _ => "The screen still looked active.".to_owned(),
        }
    }

    fn usual(&self, subject: &Subject<'_>) -> Usual {
        // A server that says so has its limit, however short: those of databases are of seconds.
        let said = matches!(subject.session.clues.stated, Some((Stated::Idle, _)));
        if subject.quiet() < MINUTE && !said { Usual::Unusual } else { Usual::Usual }
    }
}

/// Whether the user did nothing since about the sign-in, so that an idle limit and a maximum age look alike; unless another
/// session got older.
fn as_idle_as_old(subject: &Subject<'_>) -> bool {
    let age = subject.dead_at() - subject.session.started_at;
    subject.session.start_seen && subject.quiet() * 20 >= age * 19 && subject.age_reached_elsewhere().0 <= age
}

/// The background requests that went on until the end. Those before a long silence may have counted, and are none of these.
fn polls_ignored(subject: &Subject<'_>) -> u32 {
    let by_quiet = subject.silence() * 10 < subject.quiet() * 6;
    if by_quiet { subject.figures.polls_after_activity } else { 0 }
}

/// The idle limit that the session's own bracket suggests, as a round value.
fn limit_of(subject: &Subject<'_>) -> Option<Nanos> {
    if let Some(cookie) = subject.session.clues.cookie.as_deref().filter(|cookie| cookie.slides) {
        return Some(as_meant(cookie.expires - cookie.set_at));
    }
    if let Some(half) = subject.half_window() {
        return Some(half.window);
    }
    let by_quiet = subject.silence() * 10 < subject.quiet() * 6;
    let (mut low, mut high) = bracket(subject, by_quiet);
    // Who sent nothing at all did nothing either.
    if let Some((_, known)) = subject.idle_limit_elsewhere().filter(|&(clock, _)| clock == Clock::Quiet || !by_quiet) {
        low = low.max(known.low.map_or(0, |(value, _)| value));
        high = high.min(known.high.0);
    }
    likely_within(low, high)
}

/// The idle limit lies between the longest inactivity survived and the one that ended the session.
fn bracket(subject: &Subject<'_>, by_quiet: bool) -> (Nanos, Nanos) {
    if by_quiet {
        let survived =
            subject.session.last_alive_at - subject.session.last_activity_at.unwrap_or(subject.session.started_at);
        (survived.max(subject.figures.quiet_survived), subject.quiet())
    } else {
        (subject.figures.silence_survived, subject.silence())
    }
}

fn last_act(subject: &Subject<'_>) -> Nanos {
    subject.session.last_activity_at.unwrap_or(subject.session.started_at)
}

/// Below it a silence may be a slow reader's.
const FEW_MINUTES: Nanos = 4 * MINUTE;

/// A weight between those of two ratios, by the ratio's logarithm; that of the second from there on.
fn between(ratio: f32, (low, least): (f32, f32), (high, most): (f32, f32)) -> f32 {
    let part = (ratio / low).ln() / (high / low).ln();
    least + (most - least) * part.clamp(0.0, 1.0)
}

impl IdleTimeout {
    /// A cookie that ran out and was not sent any more decides by its own clock, whatever silences the server would have
    /// survived: one that slid with use by idleness, one that was fixed at the sign-in not.
    fn by_cookie_alone(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) -> bool {
        let clues = &subject.session.clues;
        let Some(cookie) = clues.cookie.as_deref().filter(|_| clues.credential_sent == Some(false)) else {
            return false;
        };
        let ran_out = subject.dead_at() - cookie.expires >= -SECOND;
        if !ran_out {
            return false;
        }
        let claim = "The cookie that was no longer sent had run out by a time that was fixed when it was set";
        let shown = [cookie.event, subject.ending_event()];
        match subject.fixed_cookie() {
            _ if subject.session.last_alive_at > cookie.expires + MINUTE => false,
            None => {
                self.cookie(subject, false, evidence);
                true
            }
            Some(Fixed::No) => {
                let claim = "The cookie ran out, and in other sessions of this app use extends it";
                evidence.push(subject.fact(self.cause(), 4.0, claim, &shown));
                true
            }
            Some(Fixed::Yes) => {
                evidence.push(subject.fact(self.cause(), -3.0, claim, &shown));
                true
            }
            Some(Fixed::Maybe) => {
                evidence.push(subject.fact(self.cause(), -2.0, claim, &shown));
                false
            }
        }
    }

    fn cookie(&self, subject: &Subject<'_>, by_quiet: bool, evidence: &mut Vec<Evidence>) {
        let clues = &subject.session.clues;
        let Some(cookie) = clues.cookie.as_deref().filter(|cookie| cookie.slides) else { return };
        let over = subject.dead_at() - cookie.expires;
        if over >= -SECOND {
            let life = duration_words(cookie.expires - cookie.set_at);
            let claim = format_args!(
                "The session cookie slid with use, {life} at a time, and ran out {} before the refusal",
                duration_words(over)
            );
            evidence.push(subject.fact(self.cause(), 4.0, claim, &[cookie.event, subject.ending_event()]));
            if clues.credential_sent == Some(false) {
                let claim = "The browser no longer sent the cookie: it had dropped it as expired";
                evidence.push(subject.fact(self.cause(), 1.5, claim, &[]));
            }
        } else if -over > MINUTE && !by_quiet {
            // Where polls keep the cookie fresh and do not count, the server keeps another clock than the cookie's.
            let claim = format_args!("The sliding session cookie had {} left", duration_words(-over));
            // Many servers forget a session long before the cookie does.
            evidence.push(subject.fact(self.cause(), -0.6, claim, &[cookie.event]));
        }
    }

    fn silence(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) -> bool {
        let silence = subject.silence();
        let survived = subject.figures.silence_survived;
        let (elsewhere, _) = subject.silence_survived_elsewhere();
        if elsewhere > silence || survived > silence {
            return false;
        }
        let longest = survived.max(elsewhere).max(SECOND);
        if silence < MINUTE {
            return false;
        }
        // The further beyond all that was survived, the less it is chance that the refusal met just this silence. Nobody sets
        // limits so short that a slow click meets them.
        let times = silence as f32 / longest as f32;
        let weight = match (silence, times) {
            (..FEW_MINUTES, 2.0..) => 2.5,
            (..FEW_MINUTES, _) => return false,
            (_, 2.0..) => between(times, (2.0, 4.2), (3.5, if silence >= 8 * MINUTE { 4.8 } else { 4.2 })),
            (_, 1.3..) => between(times, (1.3, 2.6), (2.0, 4.2)),
            (_, 1.1..) => between(times, (1.1, 1.0), (1.3, 2.6)),
            _ => return false,
        };
        let claim = format_args!(
            "No request for {} before the refusal; the longest silence survived was {}",
            duration_words(silence),
            duration_words(longest)
        );
        evidence.push(subject.fact(self.cause(), weight, claim, &[subject.alive_event(), subject.ending_event()]));
        true
    }

    /// A longer silence that another session survived rules silence out.
    fn longer_silence(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let (elsewhere, other) = subject.silence_survived_elsewhere();
        if elsewhere > subject.silence() {
            let claim = format_args!("Another session survived {} without a request", duration_words(elsewhere));
            let shown = subject.case.sessions.get(other.0 as usize).and_then(|session| session.last_alive);
            evidence.push(subject.fact(self.cause(), -3.0, claim, shown.as_slice()));
        }
    }

    fn quiet(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) -> bool {
        let quiet = subject.quiet();
        let (elsewhere, other) = subject.quiet_survived_elsewhere();
        let polls = subject.figures.polls_after_activity;
        if polls == 0 || quiet < 2 * MINUTE {
            return false;
        }
        if elsewhere > quiet || subject.figures.quiet_survived > quiet {
            let longest = elsewhere.max(subject.figures.quiet_survived);
            let claim = format_args!("{} without an act of the user had been survived", duration_words(longest));
            let shown = subject.case.sessions.get(other.0 as usize).and_then(|session| session.last_alive);
            evidence.push(subject.fact(self.cause(), -2.5, claim, shown.as_slice()));
            return false;
        }
        let steady = polls >= 3 && quiet >= 4 * MINUTE;
        let weight = if steady { 3.4 } else { 1.2 };
        let since = TimeRange::new(last_act(subject), subject.dead_at());
        let mut shown = subject.own_within(since, &[EventKind::Activity, EventKind::SignIn, EventKind::Background]);
        shown.truncate(3);
        shown.push(subject.ending_event());
        let claim = format_args!(
            "The user's last request came {} before the refusal; {polls} background requests went on and did not extend the session",
            duration_words(quiet),
        );
        evidence.push(subject.fact(self.cause(), weight, claim, &shown));
        self.rounder_age(subject, evidence);
        true
    }

    /// Polls that go on prove no idle limit while a maximum age fits as well: of the two the one that people configure is
    /// likelier, and an inactivity in whose narrow bracket lies none of those values met the age by chance.
    fn rounder_age(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let (low, high) = bracket(subject, true);
        let (Some(from), Some(until)) = (subject.age_alive(), subject.age_dead()) else { return };
        let narrow = (high - low) * 5 <= high && (until - from) * 10 <= until;
        let oldest = subject.age_reached_elsewhere().0 <= until;
        let Some(age) = usual_within(from, until).filter(|_| narrow && oldest) else { return };
        if usual_within(low, high).is_none() && subject.idle_limit_elsewhere().is_none() {
            let claim = format_args!(
                "Its age reached {} just then, a usual maximum; no usual limit lies in the bracket of its inactivity",
                duration_words(age)
            );
            evidence.push(subject.fact(self.cause(), -1.8, claim, &[subject.ending_event()]));
        }
    }

    /// Other sessions of the app that ended after about the same inactivity at another age.
    fn others_agree(&self, subject: &Subject<'_>, by_quiet: bool, evidence: &mut Vec<Evidence>) {
        let (low, high) = bracket(subject, by_quiet);
        let mut agreeing = Vec::new();
        for &id in subject.nearest() {
            let session = &subject.case.sessions[id.0 as usize];
            if id == subject.id || session.clues.ended_by != Some(EndedBy::Refusal) || session.first_dead_at.is_none() {
                continue;
            }
            let other = Subject::new(subject.case, id, false);
            let (other_low, other_high) = bracket(&other, by_quiet);
            let overlap = other_low.max(low) < other_high.min(high);
            // What ended both in one moment was no limit of either.
            let apart = (other.dead_at() - subject.dead_at()).abs() >= MINUTE;
            let ages_differ = (other.dead_at() - session.started_at - (subject.dead_at() - subject.session.started_at))
                .abs()
                > high / 5;
            // One that may have ended after anything from a moment to an hour agrees with all.
            let telling = (other_high - other_low) * 2 <= other_high;
            if overlap && telling && apart && ages_differ && other_high < high * 3 / 2 && high < other_high * 3 / 2 {
                agreeing.push(other.ending_event());
            }
        }
        // What the limits of the app say outweighs a mere likeness, and is not counted beside it.
        let known = self.known_limit(subject, by_quiet, false);
        if !agreeing.is_empty() {
            let (weight, n) = ((0.8 * agreeing.len() as f32).min(2.0), agreeing.len());
            let claim = format_args!(
                "{n} other session{} ended after about the same inactivity, at another age",
                if n == 1 { "" } else { "s" }
            );
            agreeing.truncate(6);
            let weight = if known.is_some() { weight / 2.0 } else { weight };
            evidence.push(subject.fact(self.cause(), weight, claim, &agreeing));
        }
        evidence.extend(known);
        if let Some(limit) = round_within(low, high)
            && (high - low) * 4 <= high
        {
            // Three in two usual values lie within a factor of e: the narrower the bracket, the less a round one is chance.
            let chance = 1.5 * (high - low).max(SECOND) as f32 / high as f32;
            let claim = format_args!("A round limit lies in the bracket: {}", duration_words(limit));
            let weight = if by_quiet && as_idle_as_old(subject) { 0.4 } else { (-chance.ln()).clamp(0.7, 1.5) };
            evidence.push(subject.fact(self.cause(), weight, claim, &[]));
        }
    }

    /// Sessions that had been idle for other times, refused in the same minute, and none that lived through it: they share
    /// what the server did, whatever clock of theirs may have been near its end.
    fn all_at_once(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let dead = subject.dead_at();
        let differs = |other: &Subject<'_>| (other.silence() - subject.silence()).abs() * 4 > subject.silence();
        let others: Vec<EventId> = subject
            .case
            .ends_within(subject.id, TimeRange::new(dead - MINUTE, dead + MINUTE))
            .filter(|&id| id != subject.id)
            .take(50)
            .map(|id| Subject::new(subject.case, id, false))
            .filter(|other| other.session.clues.ended_by == Some(EndedBy::Refusal) && differs(other))
            .map(|other| other.ending_event())
            .collect();
        let survived = || {
            subject.nearest().iter().any(|&id| {
                let other = &subject.case.sessions[id.0 as usize];
                other.started_at < dead - MINUTE && other.last_alive_at > dead + MINUTE
            })
        };
        if others.len() >= 2 && !survived() {
            let claim = format_args!(
                "{} sessions that had been idle for other times were refused in the same minute, and none lived on",
                others.len()
            );
            let weight = -(1.2 * others.len() as f32).min(3.6);
            evidence.push(subject.fact(self.cause(), weight, claim, &others[..others.len().min(5)]));
        }
    }

    /// What the other sessions showed of the app's idle limit. Who was away for longer than what ended another would have been
    /// signed out in any case; who was away for no longer than what others survived would not.
    /// `alone` where nothing else in the session speaks for idleness: then the limit has to carry the verdict.
    fn known_limit(&self, subject: &Subject<'_>, by_quiet: bool, alone: bool) -> Option<Evidence> {
        let (clock, known) = subject.idle_limit_elsewhere()?;
        // Who sent nothing at all did nothing either; but a limit on silence says nothing of who was heard of. And who did
        // nothing since the sign-in is as idle as old.
        if by_quiet && (clock == Clock::Silence || as_idle_as_old(subject)) {
            return None;
        }
        let (least, most) = (known.low.map_or(0, |(value, _)| value), known.high.0);
        let own = clock.at_end(subject);
        let shown = [subject.alive_event(), subject.ending_event()];
        let n = known.endings;
        let others = format!("{n} other session{}", if n == 1 { "" } else { "s" });
        let words = duration_words;
        if own + lateness(most) < least || clock.survived(subject) > most + lateness(most) {
            return None;
        }
        if own >= most {
            let weight = match (n, alone) {
                (1, false) => 1.4,
                (_, false) => 2.2,
                (1, true) => 2.6,
                (2, true) => 3.8,
                (_, true) => 5.0,
            };
            let claim =
                format_args!("It was idle for {}; {others} of this app did not survive {}", words(own), words(most));
            Some(subject.fact(self.cause(), weight, claim, &shown))
        } else if own >= least {
            let claim = format_args!(
                "It was idle for {}; the limit of this app lies between {} and {}, by {others}",
                words(own),
                words(least),
                words(most)
            );
            let weight = match (n, alone) {
                (_, false) => 1.2,
                (1, true) => 2.0,
                (2, true) => 3.6,
                (_, true) => 4.4,
            };
            Some(subject.fact(self.cause(), weight, claim, &shown))
        } else if alone && n >= 2 && round_within(least - lateness(most), own).is_some() {
            // Others were let in a little longer, as happens where expired sessions are swept now and then.
            let claim = format_args!(
                "It was idle for {}; the limit of this app lies about there, by {others}, and one was let in after {}",
                words(own),
                words(least)
            );
            Some(subject.fact(self.cause(), 4.0, claim, &shown))
        } else {
            None
        }
    }

    /// At the age at which others ended, it is no surprise that it did, however idle.
    fn at_known_age(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let (Some(alive), Some(dead), Some(known)) =
            (subject.age_alive(), subject.age_dead(), subject.age_limit_elsewhere())
        else {
            return;
        };
        let least = known.low.map_or(0, |(value, _)| value);
        let narrow = (dead - alive) * 10 <= dead && (known.high.0 - least) * 10 <= known.high.0;
        if narrow && alive <= known.high.0 && dead >= least {
            let claim = format_args!(
                "It was refused at the age of {}, as others of this app were between {} and {}",
                duration_words(dead),
                duration_words(least),
                duration_words(known.high.0)
            );
            // How rarely an inactivity that has nothing to do with the age would run out just there.
            let chance = ((dead - alive) + (known.high.0 - least)).max(SECOND) as f32 / dead as f32;
            evidence.push(subject.fact(self.cause(), chance.ln().clamp(-3.5, -2.0), claim, &[]));
        }
    }

    /// What the app says of its own idle limit, in a setting or a sentence.
    fn stated_limit(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let Some(limits) = subject.case.limits(subject.id) else { return };
        let by_app = |by: StatedBy| matches!(by, StatedBy::Setting | StatedBy::Sentence);
        let mut told =
            limits.summary.stated.iter().filter(|(what, _)| what.limit == Some(Limit::IdleTimeout) && by_app(what.by));
        let (Some((what, &(_, event))), None) = (told.next(), told.next()) else { return };
        let (quiet, limit) = (subject.quiet(), duration_words(what.length));
        if quiet + SECOND >= what.length && subject.figures.silence_survived <= what.length + lateness(what.length) {
            let claim =
                format_args!("The app says that it allows {limit} of inactivity; {} had passed", duration_words(quiet));
            evidence.push(subject.fact(self.cause(), 2.2, claim, &[event, subject.ending_event()]));
        } else if quiet + lateness(what.length) < what.length {
            let claim = format_args!(
                "The app says that it allows {limit} of inactivity; only {} had passed",
                duration_words(quiet)
            );
            evidence.push(subject.fact(self.cause(), -2.0, claim, &[event, subject.ending_event()]));
        }
    }

    /// A session that had survived almost as much as ended it says little by itself; the limit that others show says it all.
    fn by_limit_alone(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) -> bool {
        let by_quiet = subject.silence() * 10 < subject.quiet() * 6;
        let known = self.known_limit(subject, by_quiet, true);
        evidence.extend(known.iter().cloned());
        known.is_some()
    }

    /// A limit that only a request past its half renews, as other sessions showed it.
    fn half_window(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) -> bool {
        let Some(half) = subject.half_window() else { return false };
        let since = since_renewal(subject, half.window).filter(|&since| since + SECOND >= half.window);
        let Some(since) = since.filter(|_| subject.silence() * 2 >= half.window) else { return false };
        let claim = format_args!(
            "No request in the second half of {}, the only ones that renew it here: {} had passed since one did",
            duration_words(half.window),
            duration_words(since)
        );
        evidence.push(subject.fact(self.cause(), 4.4, claim, &[subject.alive_event(), subject.ending_event()]));
        true
    }
}
