//! The terms of a query: what may be asked, and how each is written.

use crate::model::{Cause, EventKind, Nanos, Usual};
use jiff::civil::{Date, Time};
use std::fmt;

/// What a term asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Why the session ended, by id.
    Cause,
    /// `ended` or `active`.
    State,
    /// Whether the ending was unusual: `yes` or `no`.
    Unusual,
    /// How usual the ending was: `usual`, `notable`, `unusual`, `unclear`.
    Usual,
    /// The user's name holds the value.
    User,
    /// The app's name holds the value.
    App,
    /// A request of the session was answered by a host whose name holds the value.
    Host,
    /// A request of the session had an address that holds the value.
    Url,
    /// A request of the session was answered so: `401`, `4xx`, `>=400`.
    Status,
    /// The session has an event of this kind: `refresh`, `rejection`.
    Event,
    /// A key of the session (its name, its value or the fingerprint of it) holds the value, or its own id is the value.
    Id,
    /// A source of the session has a name that holds the value.
    Source,
    /// An incident touched the session: `yes` or `no`.
    Incident,
    /// The session is told by a source from which credentials were removed: `yes` or `no`.
    Sanitized,
    /// The session carries a mark of the reader: `yes` or `no`.
    Marked,
    /// It ended, or was seen last, at this time or later.
    After,
    /// It ended, or was seen last, before this time.
    Before,
    /// How long it was: `>30m`, `<=8h`.
    Dur,
}

impl Field {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 18] = [
        Self::Cause,
        Self::Unusual,
        Self::User,
        Self::App,
        Self::Status,
        Self::After,
        Self::Before,
        Self::Dur,
        Self::Usual,
        Self::State,
        Self::Incident,
        Self::Url,
        Self::Host,
        Self::Event,
        Self::Id,
        Self::Source,
        Self::Sanitized,
        Self::Marked,
    ];

    /// How it is written before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::State => "state",
            Self::Unusual => "unusual",
            Self::Usual => "usual",
            Self::User => "user",
            Self::App => "app",
            Self::Host => "host",
            Self::Url => "url",
            Self::Status => "status",
            Self::Event => "event",
            Self::Id => "id",
            Self::Source => "source",
            Self::Incident => "incident",
            Self::Sanitized => "sanitized",
            Self::Marked => "marked",
            Self::After => "after",
            Self::Before => "before",
            Self::Dur => "dur",
        }
    }

    /// What it asks, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Cause => "why it ended",
            Self::State => "ended or active",
            Self::Unusual => "whether it ended unusually",
            Self::Usual => "how usual its ending was",
            Self::User => "whose it is",
            Self::App => "where it is",
            Self::Host => "which server answered",
            Self::Url => "what was requested",
            Self::Status => "how a request was answered",
            Self::Event => "what happened in it",
            Self::Id => "a key or fingerprint of it",
            Self::Source => "which file tells it",
            Self::Incident => "whether an incident touched it",
            Self::Sanitized => "whether credentials were removed",
            Self::Marked => "whether you marked it",
            Self::After => "ended at this time or later",
            Self::Before => "ended before this time",
            Self::Dur => "how long it was",
        }
    }

    /// The field of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name))
    }

    /// Whether two terms of this field narrow each other down, rather than each letting more through.
    pub(super) fn narrows(self) -> bool {
        matches!(self, Self::After | Self::Before | Self::Dur)
    }
}

/// How a number compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Equal,
    /// Less.
    Less,
    /// Less or the same.
    AtMost,
    /// More.
    More,
    /// More or the same.
    AtLeast,
}

impl Comparison {
    /// Whether `one` compares so to `other`.
    pub fn holds<T: PartialOrd>(self, one: &T, other: &T) -> bool {
        match self {
            Self::Equal => one == other,
            Self::Less => one < other,
            Self::AtMost => one <= other,
            Self::More => one > other,
            Self::AtLeast => one >= other,
        }
    }
}

/// A time as it is typed: with a date, with a time of day, or with both. Which instant that is depends on the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The day; without one, times of day are compared.
    pub date: Option<Date>,
    /// The time of day; midnight where only a date was typed.
    pub time: Time,
}

/// What the value of a term asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Holds this text, in lower case.
    Holds(String),
    /// This cause.
    Cause(Cause),
    /// Ended (else active).
    Ended(bool),
    /// Yes or no.
    Is(bool),
    /// As usual as this.
    Usual(Usual),
    /// A status that compares so to this number.
    Status(Comparison, u16),
    /// A status of this hundred: `4xx`.
    StatusClass(u16),
    /// An event of this kind.
    Event(EventKind),
    /// This time.
    At(Moment),
    /// As long as this, in nanoseconds.
    Lasts(Comparison, Nanos),
}

/// One structured term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What it asks about.
    pub field: Field,
    /// What for.
    pub ask: Ask,
    /// Whether it must not be so: `-cause:logout`.
    pub negated: bool,
    /// The value as it was typed.
    pub value: String,
}

impl Term {
    /// Ended (or active).
    pub fn ended(ended: bool) -> Self {
        Self::plain(Field::State, Ask::Ended(ended), if ended { "ended" } else { "active" })
    }

    /// Ended of this cause; `None` is still active.
    pub fn cause(cause: Option<Cause>) -> Self {
        cause.map_or_else(|| Self::ended(false), |cause| Self::plain(Field::Cause, Ask::Cause(cause), cause.id()))
    }

    /// Ended as usually as this.
    pub fn usual(usual: Usual) -> Self {
        match usual {
            Usual::Unusual => Self::yes(Field::Unusual),
            _ => Self::plain(Field::Usual, Ask::Usual(usual), usual_name(usual)),
        }
    }

    /// `yes` to a question that knows yes and no.
    pub fn yes(field: Field) -> Self {
        Self::plain(field, Ask::Is(true), "yes")
    }

    /// A name that holds `text`.
    pub fn holds(field: Field, text: &str) -> Self {
        Self::plain(field, Ask::Holds(text.to_lowercase()), text)
    }

    fn plain(field: Field, ask: Ask, value: &str) -> Self {
        Self { field, ask, negated: false, value: value.to_owned() }
    }
}

/// How a degree of usualness is written.
pub(super) fn usual_name(usual: Usual) -> &'static str {
    match usual {
        Usual::Usual => "usual",
        Usual::Notable => "notable",
        Usual::Unusual => "unusual",
        Usual::Unknown => "unclear",
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negated { "-" } else { "" };
        let name = self.field.name();
        if self.value.contains(char::is_whitespace) {
            write!(f, "{sign}{name}:\"{}\"", self.value)
        } else {
            write!(f, "{sign}{name}:{}", self.value)
        }
    }
}

/// Terms and words. Terms of one field are alternatives (times and lengths narrow each other down instead); different
/// fields and all words must hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The structured terms, in the order typed.
    pub terms: Vec<Term>,
    /// The words, in lower case; a quoted phrase is one.
    pub words: Vec<String>,
}

impl Query {
    /// Whether it asks for anything at all.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.words.is_empty()
    }
}
