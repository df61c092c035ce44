//! The whole program without its window: samples in, verdicts out.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should say where")]

mod applications;
mod architecture;
mod bad_input;
mod below;
mod cli;
mod common;
mod formats;
mod limits;
mod lines;
mod named;
mod near_misses;
mod own;
mod patterns;
mod properties;
mod providers;
mod reading;
mod readme;
mod secrets;
mod servers;
mod simulation;
mod stacks;
mod strangers;
mod testimony;
mod together;
mod tokens;
mod unnamed;
mod verdicts;
mod walls;
