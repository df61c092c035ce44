//! Lapsed shows why a session ended.
pub mod cli;
pub mod diagnosis;
pub mod formats;
pub mod inspection;
pub mod model;
pub mod report;
pub mod samples;
pub mod sessions;
pub mod source;
pub mod timeline;
#[cfg(feature = "gui")]
pub mod ui;
