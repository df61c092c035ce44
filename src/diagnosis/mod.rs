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
    AccountEvent, EventStore, Incident, Pattern, Policy, Session, SessionId, SourceReport, State, Verdict,
};
use case::{Case, Subject};
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

/// Explains every ending.
pub fn diagnose(
    events: &EventStore,
    sessions: &[Session],
    accounts: &[AccountEvent],
    sources: &[SourceReport],
) -> Findings {
    let case = Case::new(events, sessions, accounts, sources);
    let verdicts: Vec<Option<Verdict>> = (0..sessions.len() as u32)
        .into_par_iter()
        .map(|index| {
            let id = SessionId(index);
            (sessions[index as usize].state == State::Ended).then(|| weigh::verdict(&Subject::new(&case, id)))
        })
        .collect();
    let incidents = findings::incidents(&case, &verdicts);
    let patterns = findings::patterns(&case, &verdicts);
    let policies = limits::policies(&case, &verdicts);
    Findings { verdicts, incidents, patterns, policies }
}
