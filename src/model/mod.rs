//! The words of Lapsed as plain data: nothing here reads a file, weighs a cause or knows a screen.
//!
//! A [`Source`](source::SourceReport) holds records; a record yields an [event](event::EventStore); events belong to a
//! [`Session`]; a session that ended has a [`Verdict`] naming its
//! [`Cause`] and the [`Evidence`] that led there.

pub mod browser;
pub mod cause;
pub mod chain;
pub mod event;
pub mod exchange;
pub mod findings;
pub mod naming;
pub mod policy;
pub mod proof;
pub mod secret;
pub mod session;
pub mod source;
pub mod symbol;
pub mod time;
pub mod verdict;

pub use browser::browser_words;
pub use cause::{Cause, Stated, Usual};
pub use event::{Event, EventBatch, EventFlags, EventId, EventKind, EventStore, Located, SecretId};
pub use exchange::{Exchange, Failure, SetCookie, TokenRole, TokenSeen};
pub use findings::{AccountEvent, AccountEventKind, Incident, IncidentKind, Pattern, PatternKind};
pub use naming::{NamedTie, Naming};
pub use policy::{Comparison, Contradiction, Counted, Fit, Limit, Policy, Renewal, StatedBy, StatedLimit, Told};
pub use secret::Secret;
pub use session::{
    Clues, CookieClock, EndedBy, KeyKind, KeyValue, Session, SessionId, SessionKey, State, Ties, TokenClock,
};
pub use source::{
    ClockBasis, ClockOffset, Declined, Family, Position, Recognised, SourceId, SourceReport, Span, Unread, Warning,
};
pub use symbol::{Sym, Symbols};
pub use time::{Nanos, TimeRange, duration_words};
pub use verdict::{Alternative, Evidence, Explanation, Verdict};
