//! Values that people configure.

use crate::model::{Nanos, time::SECOND};

/// What most limits are set to: the choices of menus, the defaults of servers and the figures of standards, roundest first.
const USUAL_SECS: &[i64] = &[
    3_600, 1_800, 900, 86_400, 28_800, 7_200, 43_200, 14_400, 36_000, 600, 300, 1_200, 2_700, 60, 120, 604_800,
    1_209_600, 2_592_000, 7_776_000,
];

/// What some are set to. 1440 s is PHP's `session.gc_maxlifetime`.
const SEEN_SECS: &[i64] = &[
    5_400, 10_800, 21_600, 1_440, 180, 240, 420, 480, 720, 1_080, 1_500, 2_400, 3_000, 18_000, 25_200, 57_600, 64_800,
    30, 45, 90, 150, 172_800, 259_200, 31_536_000,
];

/// Stated lives are whole seconds counted from the answer, so that they come out a little short.
pub const WHOLE_SECONDS: Nanos = 2 * SECOND;

fn nanos(list: &'static [i64]) -> impl Iterator<Item = Nanos> {
    list.iter().map(|secs| secs * SECOND)
}

/// A round value in `low..=high`, the most usual one.
pub fn round_within(low: Nanos, high: Nanos) -> Option<Nanos> {
    all().find(|&value| low - SECOND <= value && value <= high + SECOND)
}

/// A value in `low..=high` that most limits are set to.
pub fn usual_within(low: Nanos, high: Nanos) -> Option<Nanos> {
    nanos(USUAL_SECS).find(|&value| low - SECOND <= value && value <= high + SECOND)
}

/// Every value of the lists, most usual first.
pub fn all() -> impl Iterator<Item = Nanos> {
    nanos(USUAL_SECS).chain(nanos(SEEN_SECS))
}

/// The value that a limit in `low..=high` was likely set to: the only usual one in there, or the most usual of a narrow
/// bracket. A wide bracket with several names none: it would be a guess.
pub fn likely_within(low: Nanos, high: Nanos) -> Option<Nanos> {
    let inside = |value: &Nanos| low - SECOND <= *value && *value <= high + SECOND;
    let narrow = high.saturating_mul(3) <= low.saturating_mul(4) + 4 * SECOND;
    let mut usual = nanos(USUAL_SECS).filter(inside);
    match (usual.next(), usual.next()) {
        (Some(only), None) => Some(only),
        (Some(first), Some(_)) => narrow.then_some(first),
        (None, _) => nanos(SEEN_SECS).find(inside).filter(|_| narrow),
    }
}

/// A stated life as it was meant: to the second where it is round but for the whole seconds of its header.
pub fn as_meant(stated: Nanos) -> Nanos {
    all()
        .find(|value| (value - stated).abs() <= WHOLE_SECONDS + value / 1_000)
        .unwrap_or((stated + SECOND / 2) / SECOND * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roundest_value_in_a_bracket_is_the_likely_limit() {
        for (low, high, likely) in [
            (840, 905, Some(900)),
            (7_100, 7_326, Some(7_200)),
            (841, 850, None),
            // PHP's default is no choice of a menu, and still the only thing in here.
            (1_400, 1_460, Some(1_440)),
            // 5, 10, 15, 20 and 30 min would all do: no guess.
            (84, 1_805, None),
            // Wide, but only 15 min is usual in it.
            (620, 1_100, Some(900)),
        ] {
            assert_eq!(
                likely_within(low * SECOND, high * SECOND),
                likely.map(|secs: i64| secs * SECOND),
                "{low}..{high}"
            );
        }
        assert_eq!(round_within(841 * SECOND, 850 * SECOND), None);
    }

    #[test]
    fn a_stated_life_is_rounded_to_what_was_meant() {
        assert_eq!(as_meant(899 * SECOND), 900 * SECOND);
        assert_eq!(as_meant(28_799 * SECOND + SECOND / 2), 28_800 * SECOND);
        assert_eq!(as_meant(1_000 * SECOND), 1_000 * SECOND);
    }
}
