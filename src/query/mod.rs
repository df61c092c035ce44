//! What a person looks for: structured terms (`cause:idle_timeout status:4xx dur:>30m`) and words, over everything that an
//! inspection holds.
//!
//! [`parse()`] turns text into a [`Query`] and says what it does not understand; [`Finder`] says which sessions a query lets
//! through; [`complete()`] says how a text that is being typed could go on. None of it knows a screen.

mod complete;
mod parse;
mod search;
mod term;

pub use complete::{Completion, complete};
pub use parse::{Parsed, length, parse};
pub use search::{BODY_LIMIT, Finder};
pub use term::{Ask, Comparison, Field, Moment, Query, Term};
