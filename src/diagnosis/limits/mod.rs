//! Which limits a server enforces: brackets from what sessions survived and what ended them, and what records state.
//!
//! Every session testifies ([`testimony`]); the testimonies merge per app; [`bounds`] finds where a limit lies and which
//! sessions stand alone. Verdicts are reached twice: limits learned from the first round are evidence in the second, each
//! session's own testimony left out.

mod bounds;
pub mod half_window;
pub mod standard;
mod stated;
mod testimony;
mod words;

use super::{case::Case, subject::Subject};
use crate::model::{
    Cause, Contradiction, Counted, Limit, Nanos, Policy, Renewal, SessionId, StatedBy, Told, Verdict, duration_words,
};
pub use bounds::{Bracket, lateness};
use half_window::HalfWindow;
use hashbrown::HashMap;
use rayon::prelude::*;
pub use standard::{likely_within, round_within};
pub use testimony::{AppSummary, Clock};

/// Sessions that one core sums up together.
const TOGETHER: usize = 1_024;

/// What was learned about the limits of one app.
#[derive(Clone, Debug, Default)]
pub struct AppLimits {
    /// What its sessions testify.
    pub summary: AppSummary,
    /// An idle limit that is renewed only past its half.
    pub half: Option<HalfWindow>,
}

impl AppLimits {
    /// Whether any ending bounds a limit, or any record states one.
    pub fn any(&self) -> bool {
        let Self { summary, half } = self;
        half.is_some()
            || !summary.stated.is_empty()
            || [&summary.quiet, &summary.silence, &summary.age].iter().any(|bounds| bounds.endings() > 0)
    }
}

/// Sums up the sessions of every app, in the order of [`Case::app_lists`].
pub fn learn(case: &Case<'_>, verdicts: &[Option<Verdict>]) -> Vec<AppLimits> {
    case.app_lists()
        .map(|list| {
            let summary = list
                .par_chunks(TOGETHER)
                .map(|part| {
                    let mut summary = AppSummary::default();
                    for &id in part {
                        summary.add(&Subject::new(case, id, false), verdicts[id.0 as usize].as_ref());
                    }
                    summary
                })
                .reduce(AppSummary::default, |mut one, other| {
                    one.merge(&other);
                    one
                });
            let half = half_window::find(case, list, verdicts, &summary);
            AppLimits { summary, half }
        })
        .collect()
}

/// The limits that the verdicts together bound, by app, and where what is stated differs from them.
pub fn policies(case: &Case<'_>, verdicts: &[Option<Verdict>]) -> (Vec<Policy>, Vec<Contradiction>) {
    let (mut policies, mut contradictions) = (Vec::new(), Vec::new());
    let learned = learn(case, verdicts);
    let mut apps: Vec<(&str, &[SessionId], &AppLimits)> = case
        .app_names()
        .zip(case.app_lists())
        .zip(&learned)
        .map(|((name, list), limits)| (name, list, limits))
        .collect();
    apps.sort_unstable_by_key(|&(name, ..)| name);
    for (app, list, limits) in apps {
        let of_app = [
            idle(app, limits),
            absolute(app, limits),
            access_token(app, limits),
            refresh_token(app, limits),
            sessions_per_user(case, verdicts, app, list),
        ];
        let of_app: Vec<Policy> = of_app.into_iter().flatten().collect();
        contradictions.extend(contradictions_of(app, limits, &of_app));
        policies.extend(of_app);
    }
    (policies, contradictions)
}

fn secs(length: Nanos) -> f64 {
    length as f64 / 1e9
}

fn nanos(secs: f64) -> Nanos {
    (secs * 1e9) as Nanos
}

/// Writes a bracket into a policy.
fn bound(policy: &mut Policy, bracket: &Bracket) {
    let low = bracket.low;
    policy.at_least = low.map(|(value, _)| secs(value));
    policy.at_most = Some(secs(bracket.high.0));
    policy.bounded_below_by = low.map(|(_, id)| id);
    policy.bounded_above_by = Some(bracket.high.1);
    policy.late = (bracket.late > 0).then(|| secs(bracket.late));
    policy.outliers.clone_from(&bracket.outliers);
    policy.sessions = bracket.endings;
    let (low, high) = (low.map_or(0, |(value, _)| value), bracket.high.0);
    policy.likely = likely_within(low, high)
        // What was survived may have been let in late.
        .or_else(|| likely_within(low - lateness(high), high).filter(|_| low * 10 >= high * 8))
        .map(secs);
}

/// What is stated about a limit, most often stated first.
fn told(limits: &AppLimits, limit: Limit) -> Vec<Told> {
    let mut told: Vec<Told> = limits
        .summary
        .stated
        .iter()
        .filter(|(what, _)| what.limit == Some(limit))
        .map(|(&what, &(sessions, event))| Told { what, sessions, event })
        .collect();
    told.sort_by_key(|told| std::cmp::Reverse(told.sessions));
    told
}

/// Takes over what is stated where the sessions do not contradict it.
fn take_stated(policy: &mut Policy, told: Vec<Told>) {
    let fits = |told: &&Told| {
        let length = told.what.length;
        let above = policy.at_least.is_none_or(|least| length + lateness(length) >= nanos(least));
        let below = policy.at_most.is_none_or(|most| length <= nanos(most) + standard::WHOLE_SECONDS);
        above && below
    };
    if let Some(fitting) = told.iter().find(fits) {
        policy.likely = Some(secs(fitting.what.length));
        policy.stated = true;
        policy.sessions = policy.sessions.max(fitting.sessions);
    }
    policy.told = told;
}

fn idle(app: &str, limits: &AppLimits) -> Option<Policy> {
    let summary = &limits.summary;
    let mut policy = Policy { of_sessions: summary.sessions, ..Policy::new(app, Limit::IdleTimeout) };
    let known = summary.idle(None);
    if let Some((clock, bracket)) = &known {
        bound(&mut policy, bracket);
        policy.stated = summary.said[0] > 0;
        if let Some((counted, shown)) = summary.counted(*clock, bracket) {
            policy.counted = Some(counted);
            policy.counted_shown_by = shown;
        }
    }
    if let Some(half) = &limits.half {
        policy.at_least = Some(secs(half.low.0.min(half.high.0)));
        policy.at_most = Some(secs(half.high.0));
        policy.bounded_below_by = Some(half.low.1);
        policy.bounded_above_by = Some(half.high.1);
        policy.late = (half.low.0 > half.high.0).then(|| secs(half.low.0 - half.high.0));
        policy.outliers.clear();
        policy.sessions = half.explained.len() as u32;
        policy.likely = Some(secs(half.window));
        policy.renewal = Some(Renewal::PastHalf);
    }
    let told = told(limits, Limit::IdleTimeout);
    let by_cookie = told.iter().any(|told| told.what.by == StatedBy::Cookie);
    if known.is_none() && limits.half.is_none() {
        let strongest = told.first()?;
        policy.sessions = strongest.sessions;
        if let Some((survived, id)) = summary.silence.most_survived() {
            policy.at_least = Some(secs(survived));
            policy.bounded_below_by = Some(id);
        }
    }
    take_stated(&mut policy, told);
    if by_cookie && limits.half.is_none() {
        policy.renewal = summary.cookie_renewal();
    }
    policy.headline = words::headline(&policy, known.map(|(clock, _)| clock));
    Some(policy)
}

fn absolute(app: &str, limits: &AppLimits) -> Option<Policy> {
    let summary = &limits.summary;
    let mut policy = Policy {
        of_sessions: summary.sessions,
        renewal: Some(Renewal::Never),
        ..Policy::new(app, Limit::AbsoluteTimeout)
    };
    let told = told(limits, Limit::AbsoluteTimeout);
    if let Some(bracket) = summary.age.settle() {
        bound(&mut policy, &bracket);
        policy.stated = summary.said[1] > 0;
    } else {
        policy.sessions = told.first()?.sessions;
        if let Some((survived, id)) = summary.age.most_survived() {
            policy.at_least = Some(secs(survived));
            policy.bounded_below_by = Some(id);
        }
    }
    take_stated(&mut policy, told);
    policy.headline = words::headline(&policy, None);
    Some(policy)
}

/// The life of access tokens, which their claims state.
fn access_token(app: &str, limits: &AppLimits) -> Option<Policy> {
    let told = told(limits, Limit::AccessTokenTtl);
    let (least, most) =
        (told.iter().map(|told| told.what.length).min()?, told.iter().map(|told| told.what.length).max()?);
    let likely = secs(told.first()?.what.length);
    let mut policy = Policy {
        of_sessions: limits.summary.sessions,
        at_least: Some(secs(least)),
        at_most: Some(secs(most)),
        likely: Some(likely),
        stated: true,
        sessions: told.iter().map(|told| told.sessions).sum(),
        renewal: Some(Renewal::Never),
        ..Policy::new(app, Limit::AccessTokenTtl)
    };
    policy.headline = if least == most {
        format!("Every access token says {}", duration_words(most))
    } else {
        format!(
            "Access tokens say {} to {}, most often {}",
            duration_words(least),
            duration_words(most),
            duration_words(nanos(likely))
        )
    };
    policy.told = told;
    Some(policy)
}

fn refresh_token(app: &str, limits: &AppLimits) -> Option<Policy> {
    let summary = &limits.summary;
    let mut policy = Policy { of_sessions: summary.sessions, ..Policy::new(app, Limit::RefreshTokenTtl) };
    let told = told(limits, Limit::RefreshTokenTtl);
    if let Some(bracket) = summary.renewal.settle() {
        bound(&mut policy, &bracket);
    } else {
        policy.sessions = told.first()?.sessions;
        if let Some((survived, id)) = summary.renewal.most_survived() {
            policy.at_least = Some(secs(survived));
            policy.bounded_below_by = Some(id);
        }
    }
    take_stated(&mut policy, told);
    policy.headline = words::headline(&policy, None);
    Some(policy)
}

/// How many sessions one user may have, where sign-ins elsewhere were seen to end sessions.
fn sessions_per_user(case: &Case<'_>, verdicts: &[Option<Verdict>], app: &str, list: &[SessionId]) -> Option<Policy> {
    let evicted: Vec<SessionId> = list
        .iter()
        .copied()
        .filter(|id| {
            let verdict = verdicts[id.0 as usize].as_ref();
            verdict.is_some_and(|verdict| verdict.cause == Cause::ConcurrentLogin && verdict.confidence >= 0.6)
        })
        .filter(|id| case.sessions[id.0 as usize].user.is_some())
        .collect();
    let mut by_user: HashMap<&str, Vec<SessionId>> = HashMap::new();
    for id in &evicted {
        by_user.entry(case.sessions[id.0 as usize].user.as_deref()?).or_default();
    }
    for &id in list {
        let user = case.sessions[id.0 as usize].user.as_deref().unwrap_or("");
        if let Some(sessions) = by_user.get_mut(user) {
            sessions.push(id);
        }
    }
    // Alive together: proven alive at the moment another signed in.
    let together = |user: &[SessionId], id: SessionId, at: Nanos, sure: bool| {
        let alive = user.iter().filter(|&&other| other != id).filter(|other| {
            let other = &case.sessions[other.0 as usize];
            let until = if sure { other.last_alive_at } else { other.span().until };
            other.started_at <= at && at <= until
        });
        alive.count()
    };
    let mut least: Option<(usize, SessionId)> = None;
    let mut most: Option<(usize, SessionId)> = None;
    for id in &evicted {
        let session = &case.sessions[id.0 as usize];
        let user = by_user.get(session.user.as_deref()?)?;
        // When the last sign-in before the refusal pushed it out, these were left.
        let pushed = user
            .iter()
            .map(|other| &case.sessions[other.0 as usize])
            .filter(|other| {
                other.started_at > session.started_at
                    && session.first_dead_at.is_some_and(|dead| other.started_at <= dead)
            })
            .map(|other| other.started_at)
            .max()?;
        let left = together(user, *id, pushed, false).max(1);
        if most.is_none_or(|(most, _)| left < most) {
            most = Some((left, *id));
        }
        for other in user {
            let n = together(user, *other, case.sessions[other.0 as usize].started_at, true) + 1;
            if least.is_none_or(|(least, _)| n > least) {
                least = Some((n, *other));
            }
        }
    }
    let (most, above) = most?;
    let (least, below) = least.filter(|&(least, _)| least <= most).unwrap_or((1, above));
    Some(Policy {
        at_least: Some(least as f64),
        at_most: Some(most as f64),
        likely: (least == most).then_some(most as f64),
        sessions: evicted.len() as u32,
        of_sessions: list.len() as u32,
        bounded_below_by: Some(below),
        bounded_above_by: Some(above),
        headline: format!(
            "A further sign-in ended {} session{} of users who then had {most}",
            evicted.len(),
            if evicted.len() == 1 { "" } else { "s" }
        ),
        ..Policy::new(app, Limit::SessionsPerUser)
    })
}

/// Where what is stated differs from what the sessions show.
fn contradictions_of(app: &str, limits: &AppLimits, policies: &[Policy]) -> Vec<Contradiction> {
    let of = |limit: Limit| policies.iter().find(|policy| policy.limit == limit);
    let ends = |limit: Limit| of(limit).filter(|policy| policy.at_most.is_some() && policy.bounded_above_by.is_some());
    let mut found = Vec::new();
    for (&what, &(sessions, event)) in &limits.summary.stated {
        let told = Told { what, sessions, event };
        let fits = |policy: &Policy| {
            policy.at_most.is_some_and(|most| what.length <= nanos(most) + lateness(nanos(most)))
                && policy.at_least.is_none_or(|least| what.length + lateness(what.length) >= nanos(least))
        };
        let session_limit =
            !matches!(what.limit, Some(Limit::AccessTokenTtl | Limit::RefreshTokenTtl | Limit::SessionsPerUser));
        // What does not say which limit it is contradicts only what it fits nowhere.
        let fits_elsewhere = [Limit::IdleTimeout, Limit::AbsoluteTimeout]
            .iter()
            .any(|&limit| what.limit != Some(limit) && ends(limit).is_some_and(fits));
        if !session_limit || fits_elsewhere {
            continue;
        }
        let order = [Limit::IdleTimeout, Limit::AbsoluteTimeout];
        let shorter = order.iter().filter_map(|&limit| ends(limit)).find(|policy| {
            policy.at_most.is_some_and(|most| what.length > nanos(most) + lateness(nanos(most)))
                && (what.limit == Some(policy.limit) || what.limit.is_none() || what.by == StatedBy::Cookie)
        });
        let survived = what.limit.and_then(|limit| Some((limit, survived_beyond(limits, limit)?)));
        let longer = survived.filter(|(_, (value, _))| *value > what.length + lateness(what.length));
        if let Some(policy) = shorter {
            found.push(too_long(app, told, policy));
        } else if let Some((limit, (value, id))) = longer.filter(|_| what.by != StatedBy::Cookie) {
            let how = if limit == Limit::IdleTimeout { "without a request" } else { "of age" };
            found.push(Contradiction {
                app: app.into(),
                limit,
                told,
                sessions: vec![id],
                headline: format!("{}, but a session survived {} {how}", words::says(what), duration_words(value)),
            });
        }
    }
    found.extend(past_expiry(app, limits));
    found
}

fn survived_beyond(limits: &AppLimits, limit: Limit) -> Option<(Nanos, SessionId)> {
    match limit {
        Limit::IdleTimeout => limits.summary.silence.most_survived(),
        Limit::AbsoluteTimeout => limits.summary.age.most_survived(),
        Limit::AccessTokenTtl | Limit::RefreshTokenTtl | Limit::SessionsPerUser => None,
    }
}

/// Sessions end long before what is stated.
fn too_long(app: &str, told: Told, policy: &Policy) -> Contradiction {
    let length = duration_words(nanos(policy.likely.or(policy.at_most).unwrap_or_default()));
    let how = match (policy.limit, policy.counted) {
        (Limit::IdleTimeout, Some(Counted::UserActivity)) => format!("after {length} without user activity"),
        (Limit::IdleTimeout, _) => format!("after {length} without activity"),
        _ => format!("at an age of {length}"),
    };
    let verb = if policy.sessions == 1 { "a session ended" } else { "sessions end" };
    Contradiction {
        app: app.into(),
        limit: policy.limit,
        told,
        sessions: policy.bounded_above_by.into_iter().collect(),
        headline: format!("{}, but {verb} {how}", words::says(told.what)),
    }
}

/// Tokens that were accepted long after their end: nobody checks it. A few minutes are leeway (RFC 7519 4.1.4).
fn past_expiry(app: &str, limits: &AppLimits) -> Option<Contradiction> {
    let &(late, _) = limits.summary.past_expiry.first()?;
    let told = told(limits, Limit::AccessTokenTtl).first().copied()?;
    Some(Contradiction {
        app: app.into(),
        limit: Limit::AccessTokenTtl,
        told,
        sessions: limits.summary.past_expiry.iter().map(|&(_, id)| id).collect(),
        headline: format!(
            "{}, but it was accepted up to {} past its end",
            words::says(told.what),
            duration_words(late)
        ),
    })
}
