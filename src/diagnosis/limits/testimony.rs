//! What the sessions of one app say about its limits: a summary that merges, so that it can be made in parts.

use super::{
    bounds::{Bounds, Bracket, Testimony, lateness},
    stated,
};
use crate::{
    diagnosis::subject::Subject,
    model::{
        Cause, Counted, EndedBy, EventId, Nanos, Renewal, SessionId, StatedLimit, Verdict,
        chain::{Renewal as RenewalSeen, RenewalOutcome},
        time::MINUTE,
    },
};
use std::collections::BTreeMap;

/// The least confidence of a verdict that bounds a limit.
const SURE: f32 = 0.6;
/// How many sessions are named for one fact.
const NAMED: usize = 8;
/// How many different stated limits of one app are told apart.
const STATED_KEPT: usize = 64;

/// What the sessions of one app say about its limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppSummary {
    /// Sessions looked at.
    pub sessions: u32,
    /// Time without any request.
    pub silence: Bounds,
    /// Time without an act of the user.
    pub quiet: Bounds,
    /// Age since the sign-in.
    pub age: Bounds,
    /// Time since the last renewal by a refresh token.
    pub renewal: Bounds,
    /// Sessions that ended of idleness while the app went on asking.
    ignored: Vec<SessionId>,
    ignored_count: u32,
    /// The longest times without an act of the user that were survived since the app went on asking.
    kept_alive: Vec<Testimony>,
    /// What records state: how many sessions, and the first record.
    pub stated: BTreeMap<StatedLimit, (u32, EventId)>,
    /// Cookies that were set anew on requests of any age, and only on those past half of their life.
    pub renewed_early: u32,
    /// See `renewed_early`.
    pub renewed_late: u32,
    /// Sessions whose verdict is stated by the source, by limit: idle and absolute.
    pub said: [u32; 2],
    /// How far past its `exp` an access token was still accepted.
    pub past_expiry: Vec<Testimony>,
}

impl AppSummary {
    /// What one session says. `verdict` is the one on its ending, if it ended.
    pub fn of(subject: &Subject<'_>, verdict: Option<&Verdict>) -> Self {
        let mut summary = Self::default();
        summary.add(subject, verdict);
        summary
    }

    /// Adds what one session says.
    pub fn add(&mut self, subject: &Subject<'_>, verdict: Option<&Verdict>) {
        let (id, session, figures) = (subject.id, subject.session, subject.figures);
        self.sessions += 1;
        self.silence.survived(figures.silence_survived, id);
        self.quiet.survived(figures.quiet_survived, id);
        self.age.survived(subject.age_allowed(), id);
        self.renewal.survived(renewed_after(subject).unwrap_or(figures.renewal_interval), id);
        if figures.quiet_survived > figures.silence_survived + figures.silence_survived / 2 {
            merge_greatest(&mut self.kept_alive, &[(figures.quiet_survived, id)]);
        }
        stated::collect(subject, self);
        let Some(verdict) = verdict.filter(|verdict| verdict.confidence >= SURE) else { return };
        if verdict.stated {
            self.said[0] += u32::from(verdict.cause == Cause::IdleTimeout);
            self.said[1] += u32::from(verdict.cause == Cause::AbsoluteTimeout);
        }
        if session.only_its_end_was_seen() || !verdict.stated && subject.ended_in_a_crowd() {
            return;
        }
        match verdict.cause {
            Cause::IdleTimeout => self.ended_idle(subject),
            Cause::AbsoluteTimeout => {
                if let Some(age) = subject.age_dead() {
                    self.age.ended(age, id);
                }
            }
            Cause::RefreshExpired => {
                let since = session.clues.last_renewal.map_or(session.started_at, |id| subject.case.events.time(id));
                self.renewal.ended(subject.dead_at() - refused_token_since(subject).unwrap_or(since), id);
            }
            _ => {}
        }
    }

    fn ended_idle(&mut self, subject: &Subject<'_>) {
        if died_while_polling(subject) {
            self.ignored.push(subject.id);
            self.ignored.sort_unstable();
            self.ignored.truncate(NAMED);
            self.ignored_count += 1;
        } else {
            self.silence.ended(subject.silence(), subject.id);
        }
        self.quiet.ended(subject.quiet(), subject.id);
    }

    /// Adds what other sessions say.
    pub fn merge(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.silence.merge(&other.silence);
        self.quiet.merge(&other.quiet);
        self.age.merge(&other.age);
        self.renewal.merge(&other.renewal);
        self.ignored.extend_from_slice(&other.ignored);
        self.ignored.sort_unstable();
        self.ignored.truncate(NAMED);
        self.ignored_count += other.ignored_count;
        merge_greatest(&mut self.kept_alive, &other.kept_alive);
        merge_greatest(&mut self.past_expiry, &other.past_expiry);
        for (&what, &(sessions, event)) in &other.stated {
            self.state(what, sessions, event);
        }
        self.renewed_early += other.renewed_early;
        self.renewed_late += other.renewed_late;
        self.said[0] += other.said[0];
        self.said[1] += other.said[1];
    }

    /// Takes note of a stated limit. Of too many, the first by kind and length are kept, whatever order they come in.
    pub fn state(&mut self, what: StatedLimit, sessions: u32, event: EventId) {
        let entry = self.stated.entry(what).or_insert((0, event));
        entry.0 += sessions;
        entry.1 = entry.1.min(event);
        while self.stated.len() > STATED_KEPT {
            self.stated.pop_last();
        }
    }

    /// Takes note of an access token that was accepted this long past its end.
    pub fn accepted_past(&mut self, late: Nanos, session: SessionId) {
        merge_greatest(&mut self.past_expiry, &[(late, session)]);
    }

    /// The idle limit, and which clock it runs by, as all sessions but `besides` show it.
    pub fn idle(&self, besides: Option<SessionId>) -> Option<(Clock, Bracket)> {
        let of = |bounds: &Bounds| match besides {
            Some(id) => bounds.besides(id).settle(),
            None => bounds.settle(),
        };
        let ignored = self.ignored_count - u32::from(besides.is_some_and(|id| self.ignored.contains(&id)));
        let quiet = || of(&self.quiet).map(|bracket| (Clock::Quiet, bracket));
        let silence = || of(&self.silence).map(|bracket| (Clock::Silence, bracket));
        if ignored > 0 && ignored * 2 >= self.silence.endings() { quiet().or_else(silence) } else { silence() }
    }

    /// What counts as activity under this idle limit, and the sessions that show it.
    pub fn counted(&self, clock: Clock, bracket: &Bracket) -> Option<(Counted, Vec<SessionId>)> {
        match clock {
            Clock::Quiet if !self.ignored.is_empty() => Some((Counted::UserActivity, self.ignored.clone())),
            Clock::Quiet => None,
            Clock::Silence => {
                let beyond = bracket.high.0 + lateness(bracket.high.0);
                let mut kept: Vec<SessionId> =
                    self.kept_alive.iter().filter(|&&(quiet, _)| quiet > beyond).map(|&(_, id)| id).collect();
                kept.sort_unstable();
                (!kept.is_empty()).then_some((Counted::AnyRequest, kept))
            }
        }
    }

    /// Whether the session cookie is set anew on every request or only past half of its life.
    pub fn cookie_renewal(&self) -> Option<Renewal> {
        match (self.renewed_early, self.renewed_late) {
            (0, 0) => None,
            (0, _) => Some(Renewal::PastHalf),
            _ => Some(Renewal::EveryRequest),
        }
    }
}

/// Which clock an idle limit runs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Time without any request.
    Silence,
    /// Time without an act of the user.
    Quiet,
}

impl Clock {
    /// What this clock showed at the end of a session.
    pub fn at_end(self, subject: &Subject<'_>) -> Nanos {
        match self {
            Self::Silence => subject.silence(),
            Self::Quiet => subject.quiet(),
        }
    }

    /// The most that a session survived by this clock.
    pub fn survived(self, subject: &Subject<'_>) -> Nanos {
        match self {
            Self::Silence => subject.figures.silence_survived,
            Self::Quiet => subject.figures.quiet_survived,
        }
    }
}

/// Whether the app went on asking almost until the refusal: what ran out, if it was an idle limit, was the user's quiet.
fn died_while_polling(subject: &Subject<'_>) -> bool {
    let (silence, quiet) = (subject.silence(), subject.quiet());
    let refused = matches!(subject.session.clues.ended_by, Some(EndedBy::Refusal | EndedBy::RenewalRefusal));
    refused && subject.figures.polls_after_activity > 0 && silence * 10 < quiet * 6 && quiet >= MINUTE
}

/// The greatest age at which a refresh token still renewed, where the capture shows which token was used.
fn renewed_after(subject: &Subject<'_>) -> Option<Nanos> {
    let chain = subject.chain()?;
    let age = |renewal: &RenewalSeen| {
        let (_, issued) = chain.token(renewal.used?)?.issued?;
        (renewal.outcome == RenewalOutcome::Renewed).then_some(renewal.sent_at - issued)
    };
    chain.renewals.iter().filter_map(age).max()
}

/// When the refresh token that was refused had been given: where a server keeps it through all renewals, at the sign-in.
fn refused_token_since(subject: &Subject<'_>) -> Option<Nanos> {
    let chain = subject.chain()?;
    let refused = chain.renewals.iter().rfind(|renewal| renewal.outcome == RenewalOutcome::Refused)?;
    chain.token(refused.used?)?.issued.map(|(_, issued)| issued)
}

fn merge_greatest(list: &mut Vec<Testimony>, other: &[Testimony]) {
    list.extend_from_slice(other);
    list.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    list.truncate(NAMED);
}
