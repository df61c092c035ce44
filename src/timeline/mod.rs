//! Sessions into geometry: where a time lies on screen, what a lane shows at the current zoom, how many sessions ended
//! when. Pure numbers, no egui, so that it can be tested with one unit of time to the pixel.
//!
//! ```text
//! Inspection -> axis (time <-> x) -> lane (bar, marks, ending) -> painted by ui::timeline_view
//!                                 -> overview (endings per slot and cause) -> painted by ui::overview
//! Inspection -> clocks (what each showed at a moment), groups (lanes that stand together), compare (two sessions)
//! ```

pub mod axis;
pub mod clocks;
pub mod compare;
pub mod groups;
pub mod lane;
pub mod overview;
pub mod ticks;

pub use axis::Axis;
pub use clocks::{ClockKind, Reading, Reset, Track, tracks};
pub use compare::{Alignment, Comparison, Pair, Step, compare};
pub use groups::{Grouping, Row, rows};
pub use lane::{Finish, Lane, Mark, MarkKind, Stretch, lane_from_session};
pub use overview::{Overview, Slot, overview_from_inspection};
pub use ticks::{Tick, TickSpacing};
