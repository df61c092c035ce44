//! An inspection as bytes: text for a terminal, JSON for programs. Nothing here decides anything.

pub mod json;
mod policy_json;
mod policy_text;
pub mod text;
