//! The reasons that servers state, in whatever words they use.

use crate::model::Stated;

/// The reason in a text that a server wrote: an error description, a message, a redirect's `reason`, a log line's end.
pub fn stated_from_text(_text: &str) -> Stated {
    Stated::Nothing
}
