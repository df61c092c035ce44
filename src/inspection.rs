//! One run over a set of sources: what every view shows, in the terminal and in the window.

use crate::{
    model::{AccountEvent, EventStore, Incident, Pattern, Policy, Session, SourceReport, Span, Verdict},
    source::{Content, Progress},
};
use std::{path::PathBuf, sync::Arc};

/// Something to open.
#[derive(Clone, Debug)]
pub enum Input {
    /// A file.
    Path(PathBuf),
    /// Bytes under a name: a sample, a pasted text, a dropped file without a path.
    Bytes {
        /// The name that reports show.
        name: PathBuf,
        /// The bytes.
        bytes: std::borrow::Cow<'static, [u8]>,
    },
    /// Standard input.
    Stdin,
}

/// Everything that is known about a set of sources.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// What became of each source, in the order of opening.
    pub sources: Vec<SourceReport>,
    /// The bytes of each source, for raw records; `None` where it could not be opened.
    pub contents: Vec<Option<Arc<Content>>>,
    /// All events, by time.
    pub events: EventStore,
    /// All sessions, by start. A [`SessionId`](crate::model::SessionId) is the index.
    pub sessions: Vec<Session>,
    /// The verdict on each session, by the same index; `None` for an active one.
    pub verdicts: Vec<Option<Verdict>>,
    /// What ended or threatened several sessions at once, by time.
    pub incidents: Vec<Incident>,
    /// Regularities over several sessions.
    pub patterns: Vec<Pattern>,
    /// What happened to accounts, by time.
    pub accounts: Vec<AccountEvent>,
    /// Limits that servers were seen to enforce.
    pub policies: Vec<Policy>,
}

/// The raw bytes behind an event, as text whose secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// `checkout-bug.har · entry 41`, `auth.log · line 1204`.
    pub place: String,
    /// The record, one line of text each, secrets replaced by fingerprints.
    pub lines: Vec<String>,
}

/// Opens, reads, rebuilds and explains. Returns `None` if `progress` was cancelled.
///
/// A source that can't be opened or recognised leaves a [`SourceReport`] without a format, whose first warning says why.
pub fn inspect(_inputs: Vec<Input>, _progress: &Progress) -> Option<Inspection> {
    Some(Inspection::default())
}

impl Inspection {
    /// The raw record behind a span.
    pub fn record(&self, _span: Span) -> RawRecord {
        RawRecord { place: String::new(), lines: Vec::new() }
    }
}
