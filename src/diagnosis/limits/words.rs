//! What the sessions show about a limit, in one sentence.

use super::testimony::Clock;
use crate::model::{Counted, Limit, Nanos, Policy, Renewal, StatedBy, StatedLimit, duration_words};

/// The sentence of a bracketed limit; `clock` is that of an idle limit.
pub fn headline(policy: &Policy, clock: Option<Clock>) -> String {
    let mut said = bracket(policy, clock);
    let mut also = |more: &str| {
        said.push_str(if said.is_empty() { "" } else { "; " });
        said.push_str(more);
    };
    match policy.counted {
        Some(Counted::UserActivity) => also("background requests did not count"),
        Some(Counted::AnyRequest) => also("background requests kept sessions alive"),
        None => {}
    }
    if policy.renewal == Some(Renewal::PastHalf) {
        also("only a request past half of the time starts it anew");
    }
    match policy.outliers.len() {
        0 => {}
        1 => also("one session contradicts this and was left out"),
        n => also(&format!("{n} sessions contradict this and were left out")),
    }
    said
}

fn bracket(policy: &Policy, clock: Option<Clock>) -> String {
    let words = |secs: f64| duration_words((secs * 1e9) as Nanos);
    let stretch = match (policy.limit, clock) {
        (Limit::AbsoluteTimeout, _) => "age",
        (Limit::RefreshTokenTtl, _) => "time without a renewal",
        (_, Some(Clock::Quiet)) => "quiet stretch",
        _ => "stretch without a request",
    };
    let survived = match (policy.late, policy.at_most) {
        (Some(late), Some(most)) => Some(most + late),
        _ => policy.at_least,
    };
    match (survived, policy.at_most) {
        (Some(least), Some(most)) if policy.of_sessions == 1 => {
            format!("The session survived {} and ended after {} ({stretch})", words(least), words(most))
        }
        (Some(least), Some(most)) => format!(
            "No {stretch} under {} ended one of {} sessions, none over {} was survived",
            words(most),
            policy.of_sessions,
            words(least)
        ),
        (None, Some(most)) => format!("No {stretch} under {} ended a session", words(most)),
        (Some(least), None) => {
            let told = policy.told.first().map_or(String::new(), |told| format!("{}; ", says(told.what)));
            format!("{told}no {stretch} ended a session, the longest was {}", words(least))
        }
        (None, None) => policy.told.first().map_or(String::new(), |told| says(told.what)),
    }
}

/// Who states a limit, and how much it is: "The cookie says 8 h".
pub fn says(what: StatedLimit) -> String {
    let verb = if matches!(what.by, StatedBy::Setting | StatedBy::Sentence) { "say" } else { "says" };
    format!("{} {verb} {}", what.by.subject(), duration_words(what.length))
}
