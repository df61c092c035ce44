//! What sessions testify about one limit, from both sides: how much they survived and how much ended them.
//!
//! Only the extremes on either side decide, and a few of them are enough to see which testimony stands alone. So a summary
//! is small, and two of them merge into what both together would have given, in any order.

use crate::model::{Nanos, SessionId, time::SECOND};

/// How many testimonies are kept on each side.
const KEPT: usize = 8;

/// What one session says: the figure, and who says so.
pub type Testimony = (Nanos, SessionId);

/// The testimonies about one limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The greatest that were survived, greatest first.
    below: Vec<Testimony>,
    /// The least that ended a session, least first.
    above: Vec<Testimony>,
    survivors: u32,
    endings: u32,
}

/// Where a limit lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// The most that was survived and does not exceed `high`.
    pub low: Option<Testimony>,
    /// The least that ended a session.
    pub high: Testimony,
    /// How far past `high` a session was still let in: grace, or a store that is swept now and then.
    pub late: Nanos,
    /// Sessions that contradict the others and were left out.
    pub outliers: Vec<SessionId>,
    /// How many sessions it ended, those left out aside.
    pub endings: u32,
}

/// How late a server may notice that a session is over. Stores are swept every minute or so (Tomcat 60 s), and some servers
/// add a window on purpose (Keycloak 2 min); nobody allows more than half the limit again.
pub fn lateness(limit: Nanos) -> Nanos {
    (limit / 10).clamp(75 * SECOND, 150 * SECOND).min(limit / 2)
}

impl Bounds {
    /// A session survived this much.
    pub fn survived(&mut self, value: Nanos, session: SessionId) {
        if value > 0 {
            self.survivors += 1;
            if self.below.len() < KEPT || self.below.last().is_some_and(|last| last.0 <= value) {
                self.below.push((value, session));
                keep_greatest(&mut self.below);
            }
        }
    }

    /// This much ended a session.
    pub fn ended(&mut self, value: Nanos, session: SessionId) {
        self.endings += 1;
        self.above.push((value, session));
        keep_least(&mut self.above);
    }

    /// Adds what other sessions say.
    pub fn merge(&mut self, other: &Self) {
        self.below.extend_from_slice(&other.below);
        keep_greatest(&mut self.below);
        self.above.extend_from_slice(&other.above);
        keep_least(&mut self.above);
        self.survivors += other.survivors;
        self.endings += other.endings;
    }

    /// What all but one session say: nobody supports their own case.
    pub fn besides(&self, session: SessionId) -> Self {
        let mut others = self.clone();
        let (below, above) = (others.below.len(), others.above.len());
        others.below.retain(|&(_, id)| id != session);
        others.above.retain(|&(_, id)| id != session);
        others.survivors -= (below - others.below.len()) as u32;
        others.endings -= (above - others.above.len()) as u32;
        others
    }

    /// How many sessions it ended.
    pub fn endings(&self) -> u32 {
        self.endings
    }

    /// The most that a session survived.
    pub fn most_survived(&self) -> Option<Testimony> {
        self.below.first().copied()
    }

    /// The bracket that all testimonies agree on, or all but a few that stand alone; `None` where none ended, or where they
    /// contradict each other without a majority.
    pub fn settle(&self) -> Option<Bracket> {
        let most_low = if self.endings >= 2 { (self.endings as usize / 10).clamp(1, KEPT - 1) } else { 0 };
        let most_high = (self.endings as usize / 4).min(KEPT - 1);
        for dropped in 0..=most_low + most_high {
            let mut found: Vec<(usize, Bracket)> = (0..=dropped)
                .filter(|&high| high <= most_high && dropped - high <= most_low)
                .filter_map(|high| self.bracket(dropped - high, high))
                .collect();
            found.sort_by_key(|&(support, _)| std::cmp::Reverse(support));
            match found.as_slice() {
                [] => {}
                // Two ways to make sense of it, equally well supported: that is no sense.
                [(one, _), (other, _), ..] if one == other => return None,
                [(_, bracket), ..] => return Some(bracket.clone()),
            }
        }
        None
    }

    /// The bracket without the greatest `low` survivals and the least `high` endings, with how many endings support it.
    fn bracket(&self, low: usize, high: usize) -> Option<(usize, Bracket)> {
        let &least = self.above.get(high)?;
        let greatest = self.below.get(low);
        let excess = greatest.map_or(0, |&(value, _)| value - least.0);
        if excess > lateness(least.0) {
            return None;
        }
        let mut outliers: Vec<SessionId> =
            self.below.iter().take(low).chain(self.above.iter().take(high)).map(|&(_, id)| id).collect();
        outliers.sort_unstable();
        outliers.dedup();
        let support = self.above.iter().skip(high).filter(|&&(value, _)| value <= least.0 + least.0 / 4).count();
        let within = self.below.iter().skip(low).find(|&&(value, _)| value <= least.0).copied();
        // Where all that are kept were let in late, the limit is still not further below them than a server may be late.
        let swept = greatest.filter(|_| excess > 0).map(|&(value, id)| (value - lateness(least.0), id));
        let bracket = Bracket {
            low: within.or(swept),
            high: least,
            late: excess.max(0),
            outliers,
            endings: self.endings - high as u32,
        };
        Some((support, bracket))
    }
}

fn keep_greatest(list: &mut Vec<Testimony>) {
    list.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    list.truncate(KEPT);
}

fn keep_least(list: &mut Vec<Testimony>) {
    list.sort_unstable();
    list.truncate(KEPT);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bounds from seconds survived and seconds that ended a session.
    fn bounds(survived: &[i64], ended: &[i64]) -> Bounds {
        let mut bounds = Bounds::default();
        for (index, secs) in survived.iter().enumerate() {
            bounds.survived(secs * SECOND, SessionId(index as u32));
        }
        for (index, secs) in ended.iter().enumerate() {
            bounds.ended(secs * SECOND, SessionId(100 + index as u32));
        }
        bounds
    }

    /// At least, at most, late (in seconds) and how many were left out.
    fn settled(survived: &[i64], ended: &[i64]) -> Option<(i64, i64, i64, usize)> {
        let bracket = bounds(survived, ended).settle()?;
        let low = bracket.low.map_or(0, |(value, _)| value / SECOND);
        Some((low, bracket.high.0 / SECOND, bracket.late / SECOND, bracket.outliers.len()))
    }

    #[test]
    fn a_limit_lies_between_what_was_survived_and_what_ended_a_session() {
        assert_eq!(settled(&[60, 870, 400], &[905, 1_300]), Some((870, 905, 0, 0)));
        assert_eq!(settled(&[], &[905]), Some((0, 905, 0, 0)));
        assert_eq!(settled(&[60, 870], &[]), None);
    }

    #[test]
    fn a_server_that_sweeps_every_minute_lets_some_in_a_little_late() {
        assert_eq!(settled(&[870, 958], &[902, 930]), Some((870, 902, 56, 0)));
    }

    #[test]
    fn a_session_that_stands_alone_is_left_out_and_named() {
        assert_eq!(settled(&[870, 2_400], &[905, 910, 930]), Some((870, 905, 0, 1)));
        assert_eq!(bounds(&[870, 2_400], &[905, 910, 930]).settle().unwrap().outliers, [SessionId(1)]);
        // An ending far below what several survived was none of this limit.
        assert_eq!(settled(&[870, 860, 850], &[300, 905, 910, 930]), Some((870, 905, 0, 1)));
    }

    #[test]
    fn testimonies_without_a_majority_settle_nothing() {
        assert_eq!(settled(&[2_400], &[905]), None);
        assert_eq!(settled(&[2_400, 2_300, 2_200], &[905, 910]), None);
    }

    #[test]
    fn merging_in_any_order_and_partition_gives_the_same() {
        let values: Vec<i64> = (0..60).map(|n| (n * 37 + 11) % 59 * 20 + n % 3).collect();
        let mut whole = Bounds::default();
        let mut parts = vec![Bounds::default(); 7];
        for (index, &value) in values.iter().enumerate() {
            let id = SessionId(index as u32);
            let part = &mut parts[index * 5 % 7];
            if index % 3 == 0 {
                whole.ended(value, id);
                part.ended(value, id);
            } else {
                whole.survived(value, id);
                part.survived(value, id);
            }
        }
        for turn in 0..7 {
            parts.rotate_left(turn);
            let mut left = Bounds::default();
            for part in &parts {
                left.merge(part);
            }
            let (mut one, mut other) = (parts[0].clone(), parts[3].clone());
            for part in &parts[1..3] {
                one.merge(part);
            }
            for part in &parts[4..] {
                other.merge(part);
            }
            other.merge(&one);
            assert_eq!(left, whole);
            assert_eq!(other, whole);
        }
    }
}
