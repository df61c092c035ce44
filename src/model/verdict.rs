//! What is said about an ending: the cause, how sure, what speaks for it and what else was weighed.

use super::{
    cause::{Cause, Usual},
    event::EventId,
};

/// One checkable fact for or against a cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The fact, in one sentence without final period: "15 polls went on every 60 s and did not extend the session".
    pub claim: String,
    /// The cause that it speaks for; with a negative weight, against.
    pub favours: Cause,
    /// Log-odds: 1 makes the cause about three times as likely, 3 twenty times, −1 a third.
    pub weight: f32,
    /// The records that show it, never empty.
    pub events: Vec<EventId>,
}

/// A cause that was weighed and not chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// The cause.
    pub cause: Cause,
    /// Its share of the probability, 0 to 1.
    pub confidence: f32,
    /// What speaks against it, in one sentence.
    pub against: String,
}

/// Why a session ended, in a few bytes: a large log has a hundred thousand of them. An active session has none. How it is
/// known is an [`Explanation`], made when someone asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The cause.
    pub cause: Cause,
    /// The probability that it is the true one, 0 to 1.
    pub confidence: f32,
    /// Whether this ending is what the server's design intends, given what the user was doing.
    pub usual: Usual,
    /// Whether the source states it in its own words.
    pub stated: bool,
}

/// A verdict with all that it rests on.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The verdict.
    pub verdict: Verdict,
    /// One sentence with the figures in it: "Signed out after 15 min without user activity; 31 background requests did not
    /// count".
    pub headline: String,
    /// A second, quieter sentence: "The screen still looked active." May be empty.
    pub subline: String,
    /// For and against, strongest first.
    pub evidence: Vec<Evidence>,
    /// What else was weighed, likeliest first.
    pub alternatives: Vec<Alternative>,
    /// What would settle it: which capture, which record. Empty where nothing is open.
    pub tell_apart: Vec<String>,
}
