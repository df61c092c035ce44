//! Chance that can be repeated: all that is drawn comes from one seed.

use crate::model::time::Nanos;

/// A source of chance. The same seed gives the same draws on every machine.
#[derive(Clone, Debug)]
pub(super) struct Random(fastrand::Rng);

impl Random {
    /// Everything drawn from it follows from `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed ^ 0x9E37_79B9_7F4A_7C15))
    }

    /// Whether something happens that happens in this share of cases.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.0.f64() < share
    }

    /// One of several. The list must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.usize(..of.len())]
    }

    /// A whole number, both ends included.
    pub(super) fn count(&mut self, least: usize, most: usize) -> usize {
        self.0.usize(least..=most.max(least))
    }

    /// A length of time, both ends included.
    pub(super) fn between(&mut self, least: Nanos, most: Nanos) -> Nanos {
        self.0.i64(least..=most.max(least))
    }

    /// The time until something that happens every `mean` on average and remembers nothing: between two clicks of a person.
    pub(super) fn waiting(&mut self, mean: Nanos) -> Nanos {
        let share = -(1.0 - self.0.f64()).ln();
        (mean as f64 * share.clamp(0.05, 3.0)) as Nanos
    }

    /// About `value`, off by at most this share of it.
    pub(super) fn near(&mut self, value: Nanos, share: f64) -> Nanos {
        let off = (value as f64 * share) as Nanos;
        value + self.between(-off, off)
    }

    /// Random letters and digits, as session ids and opaque tokens are.
    pub(super) fn letters(&mut self, length: usize) -> String {
        (0..length).map(|_| self.0.alphanumeric()).collect()
    }

    /// Random hexadecimal digits, as asset hashes are.
    pub(super) fn hex(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from_digit(self.0.u32(0..16), 16).unwrap_or('0')).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            (random.letters(12), random.between(0, 1_000_000), random.chance(0.5), random.hex(8))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
