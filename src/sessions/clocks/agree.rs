//! Where measurements that are each right to within an interval agree.

use crate::model::{Nanos, TimeRange};

/// The stretch in which most of the intervals overlap, and how many do. Of stretches that are nearly as good (nine in ten)
/// the one nearest to `near` counts: traffic that keeps a beat fits itself again one beat further on.
pub fn agreed(intervals: &[TimeRange], near: Nanos) -> Option<(TimeRange, usize)> {
    // Where one ends as another begins they still touch, so openings come first.
    let mut ends: Vec<(Nanos, bool)> =
        intervals.iter().flat_map(|range| [(range.from, false), (range.until, true)]).collect();
    ends.sort_unstable();
    let mut stretches: Vec<(TimeRange, usize)> = Vec::new();
    let (mut open, mut since, mut rising) = (0_usize, Nanos::MIN, false);
    for (at, closes) in ends {
        if closes {
            if rising {
                stretches.push((TimeRange::new(since, at), open));
            }
            rising = false;
            open = open.saturating_sub(1);
        } else {
            open += 1;
            (since, rising) = (at, true);
        }
    }
    let best = stretches.iter().map(|&(_, count)| count).max()?;
    stretches
        .into_iter()
        .filter(|&(_, count)| count * 10 >= best * 9)
        .min_by_key(|&(range, count)| (distance(range, near), std::cmp::Reverse(count), range.from))
}

/// How far a stretch is from a moment; nothing where it holds it.
pub fn distance(range: TimeRange, at: Nanos) -> Nanos {
    (range.from.saturating_sub(at)).max(at.saturating_sub(range.until)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretch_that_most_intervals_share_wins_over_an_outlier() {
        let intervals = [(0, 10), (4, 12), (5, 8), (100, 110)].map(|(from, until)| TimeRange { from, until });
        assert_eq!(agreed(&intervals, 0), Some((TimeRange { from: 5, until: 8 }, 3)));
        assert_eq!(agreed(&[], 0), None);
    }

    #[test]
    fn of_equal_stretches_the_nearest_is_taken() {
        let intervals = [(-60, -58), (1, 3), (60, 62)].map(|(from, until)| TimeRange { from, until });
        assert_eq!(agreed(&intervals, 0), Some((TimeRange { from: 1, until: 3 }, 1)));
        assert_eq!(distance(TimeRange { from: 1, until: 3 }, 9), 6);
    }
}
