//! Limits in `lapsed.analysis/1`: what is enforced, where what is stated differs, and how both compare with a standard.

use super::json::name_of;
use crate::model::{Comparison, Contradiction, Counted, Policy, Renewal, SessionId, Told};
use serde::Serialize;

/// A limit.
#[derive(Serialize)]
pub struct PolicyOut<'a> {
    app: &'a str,
    limit: &'static str,
    at_least_s: Option<f64>,
    at_most_s: Option<f64>,
    likely_s: Option<f64>,
    stated: bool,
    sessions: u32,
    of_sessions: u32,
    bounded_below_by: Option<String>,
    bounded_above_by: Option<String>,
    late_s: Option<f64>,
    renewal: Option<&'static str>,
    counted: Option<&'static str>,
    counted_shown_by: Vec<String>,
    outliers: Vec<String>,
    told: Vec<ToldOut>,
    headline: &'a str,
}

/// What a record states about a limit.
#[derive(Serialize)]
struct ToldOut {
    limit: Option<&'static str>,
    by: &'static str,
    seconds: f64,
    sessions: u32,
    event: u32,
}

/// A stated limit that is not the one enforced.
#[derive(Serialize)]
pub struct ContradictionOut<'a> {
    app: &'a str,
    limit: &'static str,
    told: ToldOut,
    sessions: Vec<String>,
    headline: &'a str,
}

/// A limit beside a published standard.
#[derive(Serialize)]
pub struct ComparisonOut<'a> {
    app: &'a str,
    limit: &'static str,
    standard: &'static str,
    allowed_s: f64,
    source: &'static str,
    fit: &'static str,
    headline: &'a str,
}

fn names(ids: &[SessionId]) -> Vec<String> {
    ids.iter().map(|&id| name_of(id)).collect()
}

impl ToldOut {
    fn of(told: &Told) -> Self {
        Self {
            limit: told.what.limit.map(crate::model::Limit::id),
            by: told.what.by.id(),
            seconds: told.what.length as f64 / 1e9,
            sessions: told.sessions,
            event: told.event.0,
        }
    }
}

impl<'a> PolicyOut<'a> {
    /// As the report writes it.
    pub fn of(policy: &'a Policy) -> Self {
        Self {
            app: &policy.app,
            limit: policy.limit.id(),
            at_least_s: policy.at_least,
            at_most_s: policy.at_most,
            likely_s: policy.likely,
            stated: policy.stated,
            sessions: policy.sessions,
            of_sessions: policy.of_sessions,
            bounded_below_by: policy.bounded_below_by.map(name_of),
            bounded_above_by: policy.bounded_above_by.map(name_of),
            late_s: policy.late,
            renewal: policy.renewal.map(Renewal::id),
            counted: policy.counted.map(Counted::id),
            counted_shown_by: names(&policy.counted_shown_by),
            outliers: names(&policy.outliers),
            told: policy.told.iter().map(ToldOut::of).collect(),
            headline: &policy.headline,
        }
    }
}

impl<'a> ContradictionOut<'a> {
    /// As the report writes it.
    pub fn of(contradiction: &'a Contradiction) -> Self {
        Self {
            app: &contradiction.app,
            limit: contradiction.limit.id(),
            told: ToldOut::of(&contradiction.told),
            sessions: names(&contradiction.sessions),
            headline: &contradiction.headline,
        }
    }
}

impl<'a> ComparisonOut<'a> {
    /// As the report writes it.
    pub fn of(comparison: &'a Comparison) -> Self {
        Self {
            app: &comparison.app,
            limit: comparison.limit.id(),
            standard: comparison.standard,
            allowed_s: comparison.allowed,
            source: comparison.source,
            fit: comparison.fit.id(),
            headline: &comparison.headline,
        }
    }
}
