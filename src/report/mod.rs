//! An inspection as bytes: text for a terminal, JSON for programs. Nothing here decides anything.

pub mod json;
pub mod text;
