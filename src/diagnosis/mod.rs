//! Sessions into verdicts: every cause gathers evidence for and against itself, and the weights decide.
//!
//! [`diagnose`] is the one door. A cause is one file under [`causes`]; what several of them need to know about a session or
//! its neighbours is in [`case`]; the only place that weighs is [`weigh`].

pub mod case;
pub mod causes;
mod findings;
mod limits;
mod weigh;

use crate::model::{
    AccountEvent, EventStore, Explanation, Incident, Pattern, Policy, Session, SessionId, State, Verdict,
};
use case::Subject;
pub use case::{Case, Neighbours};
use rayon::prelude::*;

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
}

/// Weighs every ending. `around` is what [`Neighbours::of`] made of the same sessions.
pub fn diagnose(events: &EventStore, sessions: &[Session], accounts: &[AccountEvent], around: &Neighbours) -> Findings {
    let case = Case { events, sessions, accounts, around };
    let verdicts: Vec<Option<Verdict>> = (0..sessions.len() as u32)
        .into_par_iter()
        .map(|index| {
            let ended = sessions[index as usize].state == State::Ended;
            ended.then(|| weigh::verdict(&Subject::new(&case, SessionId(index), false)))
        })
        .collect();
    let incidents = findings::incidents(&case, &verdicts);
    let patterns = findings::patterns(&case, &verdicts);
    let policies = limits::policies(&case, &verdicts);
    Findings { verdicts, incidents, patterns, policies }
}

/// Explains one ending in words; `None` for a session that is active.
pub fn explain(case: &Case<'_>, id: SessionId) -> Option<Explanation> {
    let session = case.sessions.get(id.0 as usize)?;
    (session.state == State::Ended).then(|| weigh::explanation(&Subject::new(case, id, true)))
}
