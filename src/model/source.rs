//! Where things stand in the input: sources, spans and warnings.

use super::time::{Nanos, SECOND, duration_words};
use std::{ops::Range, path::PathBuf};

/// A source of this inspection, by its place in the order of opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u16);

/// The bytes of one record in its source, counted after decompression and transcoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The source.
    pub source: SourceId,
    /// First byte.
    pub offset: u64,
    /// Length in bytes.
    pub len: u32,
}

/// Where in a source a warning belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// A line, counted from 1.
    Line(u64),
    /// An entry of a list (HAR `entries`), counted from 0.
    Index(u64),
    /// The source as a whole.
    Whole,
}

/// Something that could not be read, or that limits what can be concluded; always about the input, never about a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The line or entry.
    pub position: Position,
    /// The byte, counted after decompression and transcoding.
    pub offset: u64,
    /// What was expected, what was found; no final period.
    pub message: String,
}

/// What a [`ClockOffset`] was measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockBasis {
    /// `Date` headers against the moments of the requests and their answers (RFC 9110 6.6.1).
    DateHeaders,
    /// The same requests in another source.
    SameRequests,
    /// `iat` of tokens against the moments of the answers that issued them (RFC 7519 4.1.6).
    TokensIssued,
}

impl ClockBasis {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::DateHeaders => "date_headers",
            Self::SameRequests => "same_requests",
            Self::TokensIssued => "tokens_issued",
        }
    }

    /// What it was measured by, behind "by": "the Date headers".
    pub fn words(self) -> &'static str {
        match self {
            Self::DateHeaders => "the Date headers",
            Self::SameRequests => "the same requests in another source",
            Self::TokensIssued => "the tokens that it saw issued",
        }
    }
}

/// How far a source's clock is ahead of the server's, in nanoseconds; negative where it is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockOffset {
    /// The middle of what fits.
    pub ahead: Nanos,
    /// The least that fits.
    pub least: Nanos,
    /// The most that fits.
    pub most: Nanos,
    /// What it was measured by.
    pub basis: ClockBasis,
    /// How many records agree on it.
    pub records: u32,
    /// Whether the times of this source were moved by it, onto the axis that all sources share.
    pub corrected: bool,
}

impl ClockOffset {
    /// Whether it is a second or more, and more than the measurement may be wrong by. A log writes a request down when it
    /// comes in or when its answer has ended: two seconds between two records of one request are no difference of clocks.
    pub fn is_off(self) -> bool {
        let noticed = if self.basis == ClockBasis::SameRequests { 2 * SECOND } else { SECOND };
        self.ahead.abs() >= noticed && (self.least > 0 || self.most < 0)
    }

    /// In words: "3 min 2 s ahead of the server's, give or take 400 ms".
    pub fn words(self) -> String {
        let within = duration_words((self.most - self.least + 1) / 2);
        if self.is_off() {
            let way = if self.ahead > 0 { "ahead of" } else { "behind" };
            format!("{} {way} the server's, give or take {within}", duration_words(self.ahead))
        } else {
            format!("the server's, give or take {}", duration_words(self.least.abs().max(self.most.abs())))
        }
    }
}

/// Lines in a row of which no record was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The first one's first byte.
    pub offset: u64,
    /// The last one's end, its line feed included.
    pub end: u64,
    /// What was expected, what was found; `None` where they go on with the record before them.
    pub why: Option<&'static str>,
}

/// How it is known which format a source is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// By its content, which is of no other format.
    Certain,
    /// By its content, which fits this format better than any other.
    Plausible,
    /// The user said so.
    Chosen,
}

impl Recognised {
    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Plausible => "plausible",
            Self::Chosen => "chosen",
        }
    }
}

/// A format that a source is not of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    /// Its id, for instance `har`.
    pub format: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What is missing: "no JSON at the top".
    pub why: String,
}

/// What became of one source.
#[derive(Clone, Debug)]
pub struct SourceReport {
    /// As the user named it (`-` for standard input, a sample's name for an embedded one).
    pub path: PathBuf,
    /// The id of the format it was read as, for instance `har`; `None` where it could not be read.
    pub format: Option<&'static str>,
    /// The formats that were tried, where it is of none.
    pub tried: Vec<Declined>,
    /// How its format is known; `None` where it could not be read.
    pub recognised: Option<Recognised>,
    /// The program that wrote it, as it says itself or as its lines show: `Playwright 1.65.1`, `sshd`.
    pub producer: Option<String>,
    /// Size in bytes, after decompression and transcoding.
    pub bytes: u64,
    /// Records read.
    pub records: u64,
    /// Events that they gave.
    pub events: u64,
    /// Records that could not be read.
    pub unreadable: u64,
    /// How many lines it has, where it was read by lines.
    pub lines: Option<u64>,
    /// The lines that gave no record, by place.
    pub unread: Vec<Unread>,
    /// Why records gave no event, as far as the reader says, and how many of them.
    pub quiet: Vec<(&'static str, u64)>,
    /// How far this source's clock is ahead of the server's, where it could be measured.
    pub clock_offset: Option<ClockOffset>,
    /// The records left out and the limits of the input. At most a few hundred are kept; `unreadable` counts all.
    pub warnings: Vec<Warning>,
    /// What this input can't show, in one quiet sentence each: "exported without cookies and Authorization".
    pub limits: Vec<String>,
    /// Whether it holds no credential at all although something signs in: neither cookies nor `Authorization`.
    pub credentials_stripped: bool,
    /// Whether it holds no cookie at all, so that a cookie not there says nothing.
    pub cookies_stripped: bool,
    /// The time zone that its stamps name, in seconds east of UTC, where it names one other than UTC.
    pub zone_offset_secs: Option<i32>,
    /// The stretches, by byte, in which its stamps name no zone.
    pub zoneless: Vec<Range<u64>>,
}

impl SourceReport {
    /// A report on a source of which nothing is known yet.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            format: None,
            tried: Vec::new(),
            recognised: None,
            producer: None,
            bytes: 0,
            records: 0,
            events: 0,
            unreadable: 0,
            lines: None,
            unread: Vec::new(),
            quiet: Vec::new(),
            clock_offset: None,
            warnings: Vec::new(),
            limits: Vec::new(),
            credentials_stripped: false,
            cookies_stripped: false,
            zone_offset_secs: None,
            zoneless: Vec::new(),
        }
    }

    /// The file's name without its folders, for narrow places.
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into_owned())
    }
}

/// How a format's events form sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Requests and answers with headers and bodies, seen by the client.
    Exchanges,
    /// Request lines of a web server.
    Requests,
    /// Connections and processes of a daemon.
    Connections,
    /// Records that name their session by an id of the source's own and say what happened to it.
    Named,
}
