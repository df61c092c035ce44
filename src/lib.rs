//! Lapsed shows why a session ended.
pub mod diagnosis;
pub mod formats;
pub mod inspection;
pub mod model;
pub mod samples;
pub mod sessions;
pub mod source;
