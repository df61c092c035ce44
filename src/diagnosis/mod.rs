//! Sessions into verdicts: every cause gathers evidence for and against itself, and the weights decide.
//!
//! [`diagnose`] is the one door. A cause is one file under [`causes`]; what several of them need to know about a session is in
//! [`subject`], about its neighbours in [`case`]; the only place that weighs is [`weigh`].

mod builds;
pub mod case;
pub mod causes;
mod chain;
mod incidents;
pub mod limits;
mod operators;
pub mod patterns;
pub mod presets;
mod signatures;
mod standstill;
pub mod subject;
mod weigh;

use crate::model::{
    AccountEvent, Contradiction, EndedBy, EventStore, Explanation, Incident, Pattern, Policy, Session, SessionId,
    State, Verdict,
};
pub use case::{Case, Neighbours};
use rayon::prelude::*;
use subject::Subject;

/// What the sessions say, each by itself and together.
#[derive(Debug, Default)]
pub struct Findings {
    /// The verdict on each session; `None` for an active one.
    pub verdicts: Vec<Option<Verdict>>,
    /// What ended or threatened several at once.
    pub incidents: Vec<Incident>,
    /// Regularities over several.
    pub patterns: Vec<Pattern>,
    /// Limits that servers were seen to enforce.
    pub policies: Vec<Policy>,
    /// Where what is stated differs from what was seen.
    pub contradictions: Vec<Contradiction>,
}

/// Weighs every ending, twice: what the first round teaches about the limits of each app goes into `around` and is evidence
/// in the second. `around` is what [`Neighbours::of`] made of the same sessions.
pub fn diagnose(
    events: &EventStore,
    sessions: &[Session],
    accounts: &[AccountEvent],
    around: &mut Neighbours,
) -> Findings {
    let mut verdicts = weigh_all(&Case { events, sessions, accounts, around });
    around.limits = limits::learn(&Case { events, sessions, accounts, around }, &verdicts);
    let case = Case { events, sessions, accounts, around };
    weigh_by_limits(&case, &mut verdicts);
    let incidents = incidents::incidents(&case, &verdicts);
    let patterns = patterns::patterns(&case, &verdicts);
    patterns::make_unusual(&patterns, &mut verdicts);
    let (policies, contradictions) = limits::policies(&case, &verdicts);
    Findings { verdicts, incidents, patterns, policies, contradictions }
}

fn weigh_all(case: &Case<'_>) -> Vec<Option<Verdict>> {
    (0..case.sessions.len() as u32)
        .into_par_iter()
        .map(|index| {
            let ended = case.sessions[index as usize].state == State::Ended;
            ended.then(|| weigh::first_verdict(&Subject::new(case, SessionId(index), false), causes::CAUSES))
        })
        .collect()
}

/// Weighs those endings anew that a limit of the app can speak to, and those that were only guessed at.
fn weigh_by_limits(case: &Case<'_>, verdicts: &mut [Option<Verdict>]) {
    verdicts.par_iter_mut().enumerate().for_each(|(index, verdict)| {
        let id = SessionId(index as u32);
        let refused = case.sessions[index].clues.ended_by == Some(EndedBy::Refusal);
        let by_limits = verdict.is_some() && refused && case.limits(id).is_some_and(limits::AppLimits::any);
        if by_limits || verdict.is_some_and(weigh::was_a_guess) {
            *verdict = Some(weigh::verdict(&Subject::new(case, id, false), causes::CAUSES));
        }
    });
}

/// The verdict on one ending by these rules, in this order; `None` for a session that is active.
pub fn verdict_by(case: &Case<'_>, id: SessionId, rules: &[&dyn causes::CauseRule]) -> Option<Verdict> {
    let session = case.sessions.get(id.0 as usize)?;
    (session.state == State::Ended).then(|| weigh::verdict(&Subject::new(case, id, false), rules))
}

/// Explains one ending in words; `None` for a session that is active.
pub fn explain(case: &Case<'_>, id: SessionId) -> Option<Explanation> {
    let session = case.sessions.get(id.0 as usize)?;
    (session.state == State::Ended).then(|| weigh::explanation(&Subject::new(case, id, true)))
}
