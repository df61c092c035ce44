//! Which limits a server enforces: brackets from what sessions survived and what ended them.

use super::case::{Case, Subject};
use crate::model::{Cause, Limit, Nanos, Policy, SessionId, Verdict, time::SECOND};

/// Values that people configure, roundest first within a range.
const ROUND_SECS: &[i64] = &[
    3_600, 1_800, 900, 86_400, 28_800, 7_200, 43_200, 14_400, 36_000, 600, 300, 1_200, 2_700, 5_400, 10_800, 21_600,
    60, 120, 180, 240, 420, 480, 720, 1_080, 1_500, 2_400, 3_000, 18_000, 25_200, 57_600, 64_800, 30, 45, 90, 150,
    172_800, 259_200, 604_800, 1_209_600, 2_592_000,
];

/// A round value in `low..=high`, the most usual one.
pub fn round_within(low: Nanos, high: Nanos) -> Option<Nanos> {
    ROUND_SECS.iter().map(|secs| secs * SECOND).find(|&value| low - SECOND <= value && value <= high + SECOND)
}

/// The limits that the verdicts together bound, by app.
pub fn policies(case: &Case<'_>, verdicts: &[Option<Verdict>]) -> Vec<Policy> {
    let mut policies = Vec::new();
    for (app, list) in case.apps() {
        for (limit, cause) in
            [(Limit::IdleTimeout, Cause::IdleTimeout), (Limit::AbsoluteTimeout, Cause::AbsoluteTimeout)]
        {
            policies.extend(bracket(case, verdicts, (app, list), limit, cause));
        }
        policies.extend(token_life(case, app, list));
    }
    policies
}

fn bracket(
    case: &Case<'_>,
    verdicts: &[Option<Verdict>],
    (app, list): (&str, &[SessionId]),
    limit: Limit,
    cause: Cause,
) -> Option<Policy> {
    let ended: Vec<Subject<'_>> = list
        .iter()
        .filter(|id| {
            verdicts[id.0 as usize].as_ref().is_some_and(|verdict| verdict.cause == cause && verdict.confidence >= 0.6)
        })
        .map(|&id: &SessionId| Subject::new(case, id, false))
        .collect();
    let pair = |subject: &Subject<'_>| -> Option<(Nanos, Nanos)> {
        match limit {
            Limit::AbsoluteTimeout => Some((subject.age_alive()?, subject.age_dead()?)),
            _ if subject.silence() * 10 >= subject.quiet() * 6 => {
                Some((subject.figures.silence_survived, subject.silence()))
            }
            _ => Some((subject.quiet() - subject.silence(), subject.quiet())),
        }
    };
    let pairs: Vec<(Nanos, Nanos)> = ended.iter().filter_map(pair).collect();
    let low = pairs.iter().map(|&(low, _)| low).max()?;
    let high = pairs.iter().map(|&(_, high)| high).min()?;
    let consistent = low <= high;
    let lives = |subject: &Subject<'_>| {
        let cookie = subject.session.clues.cookie.as_deref()?;
        (cookie.slides == (limit == Limit::IdleTimeout)).then(|| cookie.expires - cookie.set_at)
    };
    if let Some(life) = ended.iter().filter_map(lives).max() {
        // What the server told the browser is what it means to enforce.
        let seconds = Some((life as f64 / 1e9).round());
        let (app, sessions) = (app.into(), pairs.len() as u32);
        return Some(Policy {
            app,
            limit,
            at_least: seconds,
            at_most: seconds,
            likely: seconds,
            stated: true,
            sessions,
        });
    }
    Some(Policy {
        app: app.into(),
        limit,
        at_least: consistent.then_some(low as f64 / 1e9),
        at_most: Some(high as f64 / 1e9),
        likely: round_within(low.min(high), high).map(|value| value as f64 / 1e9),
        stated: ended
            .iter()
            .any(|subject| verdicts[subject.id.0 as usize].as_ref().is_some_and(|verdict| verdict.stated)),
        sessions: pairs.len() as u32,
    })
}

/// The life of access tokens, which their claims state.
fn token_life(case: &Case<'_>, app: &str, list: &[SessionId]) -> Option<Policy> {
    let lives: Vec<Nanos> = list
        .iter()
        .filter_map(|id| case.sessions[id.0 as usize].clues.token.as_deref())
        .filter_map(|token| Some(token.expires? - token.issued_at.unwrap_or(token.first_seen)))
        .filter(|&life| life > 0)
        .collect();
    let (&low, &high) = (lives.iter().min()?, lives.iter().max()?);
    Some(Policy {
        app: app.into(),
        limit: Limit::AccessTokenTtl,
        at_least: Some(low as f64 / 1e9),
        at_most: Some(high as f64 / 1e9),
        likely: round_within(low, high).or(Some(low)).map(|value| value as f64 / 1e9),
        stated: true,
        sessions: lives.len() as u32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roundest_value_in_a_bracket_is_the_likely_limit() {
        assert_eq!(round_within(840 * SECOND, 905 * SECOND), Some(900 * SECOND));
        assert_eq!(round_within(7_100 * SECOND, 7_326 * SECOND), Some(7_200 * SECOND));
        assert_eq!(round_within(841 * SECOND, 850 * SECOND), None);
    }
}
