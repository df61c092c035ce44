//! The time cursor and its running: how fast, and where it stands.

use crate::model::{Nanos, TimeRange};

/// How fast the cursor may run, in seconds of the capture to a second of the person watching.
pub const SPEEDS: [f64; 8] = [1.0, 5.0, 15.0, 60.0, 150.0, 600.0, 1800.0, 3600.0];

/// The running of the time cursor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Play {
    /// How fast it runs.
    pub speed: f64,
    /// Whether it runs.
    pub runs: bool,
}

impl Default for Play {
    fn default() -> Self {
        Self { speed: 60.0, runs: false }
    }
}

impl Play {
    /// The next higher speed.
    pub fn faster(&self) -> f64 {
        SPEEDS.into_iter().find(|&speed| speed > self.speed).unwrap_or(self.speed)
    }

    /// The next lower speed.
    pub fn slower(&self) -> f64 {
        SPEEDS.into_iter().rev().find(|&speed| speed < self.speed).unwrap_or(self.speed)
    }

    /// Where the cursor stands `seconds` later, and whether it still runs: it stops at the end of what there is.
    pub fn advanced(&self, at: Nanos, seconds: f64, bounds: TimeRange) -> (Nanos, bool) {
        // A window that slept for long does not leap.
        let gone = (seconds.clamp(0.0, 0.25) * self.speed * 1e9) as Nanos;
        let next = at.saturating_add(gone);
        if next >= bounds.until { (bounds.until, false) } else { (next, true) }
    }
}

/// `60x`, `1x`.
pub fn speed_words(speed: f64) -> String {
    format!("{speed:.0}×")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stops_where_the_input_does() {
        let play = Play { speed: 10.0, runs: true };
        let bounds = TimeRange { from: 0, until: 3_000_000_000 };
        assert_eq!(play.advanced(0, 0.1, bounds), (1_000_000_000, true));
        assert_eq!(play.advanced(2_500_000_000, 0.1, bounds), (3_000_000_000, false));
    }

    #[test]
    fn speeds_go_from_one_to_an_hour_a_second() {
        let mut play = Play { speed: 1.0, runs: false };
        assert_eq!(play.slower(), 1.0);
        for _ in 0..20 {
            play.speed = play.faster();
        }
        assert_eq!(play.speed, 3600.0);
    }
}
