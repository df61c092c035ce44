//! An inspection as bytes: text for a terminal, JSON for programs, Markdown for a ticket. Nothing here decides anything.

pub mod check;
pub mod json;
pub mod markdown;
mod policy_json;
mod policy_text;
pub mod text;
mod tokens;
