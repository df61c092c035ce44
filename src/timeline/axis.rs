//! The map between time and x, and how a view is zoomed and moved.
//!
//! All in `f64`: zoomed in to a millisecond, the ends of a day-long session lie far off screen, and `f32` loses them.

use crate::model::{Nanos, TimeRange};

/// The shortest view, in nanoseconds: one millisecond.
pub const SHORTEST_VIEW: Nanos = 1_000_000;

/// A stretch of time laid over a stretch of the screen; made anew each frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    view: TimeRange,
    left: f64,
    width: f64,
}

impl Axis {
    /// Lays `view` over `width` points from `left` on.
    pub fn new(view: TimeRange, left: f32, width: f32) -> Self {
        let view = TimeRange { from: view.from, until: view.until.max(view.from.saturating_add(1)) };
        Self { view, left: f64::from(left), width: f64::from(width.max(1.0)) }
    }

    /// The stretch of time that is in view.
    pub fn view(&self) -> TimeRange {
        self.view
    }

    /// The left edge in points.
    pub fn left(&self) -> f32 {
        self.left as f32
    }

    /// The right edge in points.
    pub fn right(&self) -> f32 {
        (self.left + self.width) as f32
    }

    /// Nanoseconds in one point.
    pub fn nanos_per_point(&self) -> f64 {
        self.view.length() as f64 / self.width
    }

    /// Where a time lies; may be far off screen.
    pub fn x_from_time(&self, at: Nanos) -> f64 {
        self.left + at.saturating_sub(self.view.from) as f64 / self.view.length() as f64 * self.width
    }

    /// Which time lies at `x`.
    pub fn time_from_x(&self, x: f64) -> Nanos {
        let offset = (x - self.left) / self.width * self.view.length() as f64;
        self.view.from.saturating_add(offset.round() as Nanos)
    }

    /// Where a time lies, held inside the view and a margin around it, for painting.
    pub fn x_clamped(&self, at: Nanos, margin: f32) -> f32 {
        let margin = f64::from(margin);
        self.x_from_time(at).clamp(self.left - margin, self.left + self.width + margin) as f32
    }

    /// Whether any of a range is in view.
    pub fn shows(&self, range: TimeRange) -> bool {
        range.from <= self.view.until && self.view.from <= range.until
    }
}

/// A view `factor` times as long, with the instant `around` staying where it is.
#[must_use]
pub fn zoomed(view: TimeRange, around: Nanos, factor: f64) -> TimeRange {
    let length = view.length().max(1) as f64;
    let wanted = (length * factor).clamp(SHORTEST_VIEW as f64, Nanos::MAX as f64 / 8.0);
    let share = (around.saturating_sub(view.from) as f64 / length).clamp(0.0, 1.0);
    let from = around.saturating_sub((wanted * share).round() as Nanos);
    TimeRange { from, until: from.saturating_add(wanted.round() as Nanos) }
}

/// A view moved by `share` of its own length; positive is later.
#[must_use]
pub fn panned(view: TimeRange, share: f64) -> TimeRange {
    let by = (view.length() as f64 * share).round() as Nanos;
    TimeRange { from: view.from.saturating_add(by), until: view.until.saturating_add(by) }
}

/// The nearest view that shows some of `bounds`: never longer than the bounds with room around them, never beside them.
#[must_use]
pub fn held_in(view: TimeRange, bounds: TimeRange) -> TimeRange {
    let longest = fitted(bounds).length();
    if view.length() >= longest {
        return fitted(bounds);
    }
    let length = view.length().max(SHORTEST_VIEW);
    let room = (length / 2).max(1);
    let lowest = bounds.from.saturating_sub(room);
    let highest = bounds.until.saturating_add(room).saturating_sub(length);
    let from = view.from.clamp(lowest.min(highest), highest.max(lowest));
    TimeRange { from, until: from.saturating_add(length) }
}

/// A view of all of `range`, with a little room on both sides, so that marks at its ends are whole.
#[must_use]
pub fn fitted(range: TimeRange) -> TimeRange {
    let room = (range.length() / 30).max(500 * SHORTEST_VIEW);
    TimeRange { from: range.from.saturating_sub(room), until: range.until.saturating_add(room) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{HOUR, SECOND};

    const AT: Nanos = 1_772_534_235_422_000_000;

    #[test]
    fn time_and_x_are_inverse_to_each_other() {
        for length in [SHORTEST_VIEW, 7 * SECOND, 26 * HOUR, 10_000 * HOUR] {
            let axis = Axis::new(TimeRange { from: AT, until: AT + length }, 300.0, 917.0);
            for x in [300.0, 300.5, 512.25, 1216.0, -4000.0] {
                let back = axis.x_from_time(axis.time_from_x(x));
                assert!((back - x).abs() < 0.01, "{length}: {x} came back as {back}");
            }
        }
    }

    #[test]
    fn zooming_keeps_the_instant_under_the_pointer() {
        let view = TimeRange { from: AT, until: AT + HOUR };
        let axis = Axis::new(view, 0.0, 1000.0);
        let around = axis.time_from_x(250.0);
        let closer = Axis::new(zoomed(view, around, 0.25), 0.0, 1000.0);
        assert!((closer.x_from_time(around) - 250.0).abs() < 0.01);
        assert_eq!(closer.view().length(), HOUR / 4);
    }

    #[test]
    fn zooming_in_and_out_again_comes_back() {
        let view = TimeRange { from: AT, until: AT + HOUR };
        let back = zoomed(zoomed(view, AT + HOUR / 3, 0.5), AT + HOUR / 3, 2.0);
        assert!((back.from - view.from).abs() < 1000 && (back.until - view.until).abs() < 1000);
    }

    #[test]
    fn a_view_never_leaves_what_there_is_to_see() {
        let bounds = TimeRange { from: AT, until: AT + HOUR };
        let gone = TimeRange { from: AT + 50 * HOUR, until: AT + 51 * HOUR - 600 * SECOND };
        let held = held_in(gone, bounds);
        assert!(held.from < bounds.until && held.length() == gone.length(), "{held:?}");
        assert_eq!(held_in(TimeRange { from: AT - 90 * HOUR, until: AT + 90 * HOUR }, bounds), fitted(bounds));
    }

    #[test]
    fn a_single_instant_still_makes_a_view() {
        let view = fitted(TimeRange { from: AT, until: AT });
        assert!(view.length() >= SECOND / 2);
        assert!(view.contains(AT));
    }
}
