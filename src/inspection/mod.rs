//! One run over a set of sources: what every view shows, in the terminal and in the window.

mod check;
mod mask;
mod mixed;
mod raw;
mod recognise;
mod zone;

pub use crate::jwt::words::{Claim, Reading};
pub use check::{Became, Fate, Happened};
pub use raw::{Around, RawRecord};
pub use recognise::{Attempt, ReadAs, Readings};

use crate::{
    diagnosis::{self, Case, Findings},
    formats::{self, Chosen},
    jwt::{
        self,
        keys::{KeyFile, KeyRing},
    },
    model::{
        AccountEvent, Comparison, Contradiction, EventId, EventStore, Explanation, Family, Incident, Nanos, Pattern,
        Policy, Position, Recognised, Session, SessionId, SourceId, SourceReport, TokenRole, TokenSeen, Verdict,
        Warning, chain::Chain, proof::TokenCheck,
    },
    sessions,
    source::{self, Content, Opened, Progress},
};
use jiff::tz::TimeZone;
use std::{borrow::Cow, path::PathBuf, sync::Arc};

/// Something to open.
#[derive(Clone, Debug)]
pub enum Input {
    /// A file, an archive, or a folder of them.
    Path(PathBuf),
    /// Bytes under a name: a sample, a pasted text, a dropped file without a path.
    Bytes {
        /// The name that reports show.
        name: PathBuf,
        /// The bytes.
        bytes: Cow<'static, [u8]>,
    },
    /// Standard input.
    Stdin,
}

/// What an inspection is told beside its inputs. A time alone makes options without keys.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Stands for the time at which a source without a modification time was written, so that stamps without a year find
    /// theirs.
    pub now: Nanos,
    /// Keys that the tokens of the captures are verified with.
    pub keys: Vec<KeyFile>,
    /// How the sources are to be read, as far as the user says.
    pub readings: Readings,
}

impl From<Nanos> for Options {
    fn from(now: Nanos) -> Self {
        Self { now, ..Self::default() }
    }
}

/// A token of a record, as people read it.
#[derive(Clone, Debug)]
pub struct TokenReading {
    /// What it is for.
    pub role: TokenRole,
    /// Whether the client sent it; else the server issued it.
    pub sent: bool,
    /// By what it can be told from others: a few digits of its hash.
    pub fingerprint: String,
    /// The same of its whole text, which is what a masked record shows of it.
    pub in_record: String,
    /// Header and claims; `None` where it is no JWT.
    pub reading: Option<Reading>,
    /// What is known of its signature, in words without final period; empty where it is no JWT.
    pub signature: String,
    /// The same for programs.
    pub check: Option<TokenCheck>,
    /// From when on it is valid: `nbf`, else `iat`.
    pub valid_from: Option<Nanos>,
    /// When it runs out.
    pub expires: Option<Nanos>,
    /// What its times say at the moment of this record, in words without final period; empty where it has none.
    pub at_use: String,
}

/// Everything that is known about a set of sources.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// What became of each source, in the order of opening.
    pub sources: Vec<SourceReport>,
    /// The bytes of each source, for raw records; `None` where it could not be opened.
    pub contents: Vec<Option<Arc<Content>>>,
    /// What was read of each source: the same, without the lines that were read as a source of their own.
    read: Vec<Option<Arc<Content>>>,
    /// The format that each source was read as; `None` where it was not read.
    pub formats: Vec<Option<Chosen>>,
    /// All events, by time.
    pub events: EventStore,
    /// All sessions, by start. A [`SessionId`] is the index.
    pub sessions: Vec<Session>,
    /// The verdict on each session, by the same index; `None` for an active one.
    pub verdicts: Vec<Option<Verdict>>,
    /// What the sessions have around them, for [`explain`](Self::explain).
    around: diagnosis::Neighbours,
    /// What ended or threatened several sessions at once, by time.
    pub incidents: Vec<Incident>,
    /// Regularities over several sessions.
    pub patterns: Vec<Pattern>,
    /// What happened to accounts, by time.
    pub accounts: Vec<AccountEvent>,
    /// Limits that servers were seen to enforce.
    pub policies: Vec<Policy>,
    /// Where what a server states differs from what it was seen to enforce.
    pub contradictions: Vec<Contradiction>,
    /// The limits beside a published standard, where one was asked for.
    pub comparisons: Vec<Comparison>,
}

impl Inspection {
    /// How a session's verdict is known, in words; `None` while it is active.
    pub fn explain(&self, id: SessionId) -> Option<Explanation> {
        let Self { events, sessions, accounts, around, .. } = self;
        let mut told = diagnosis::explain(&Case { events, sessions, accounts, around }, id)?;
        // Whether it is usual is known only once all verdicts are: what is repeated is not.
        if let Some(verdict) = self.verdicts.get(id.0 as usize).and_then(Option::as_ref) {
            told.verdict.usual = verdict.usual;
        }
        Some(told)
    }

    /// The tokens of a session: which answer issued each, what used it, what replaced it, where it was refused. `None` for a
    /// session without tokens.
    pub fn chain(&self, id: SessionId) -> Option<&Chain> {
        self.around.chain(id)
    }

    /// Works out what the sessions have around them. [`inspect`] has done so; needed after putting one together by hand.
    pub fn look_around(&mut self) {
        self.around = diagnosis::Neighbours::of(&self.events, &self.sessions);
    }

    /// Verifies the tokens with these keys, in place of any given before, and weighs every ending anew. What was read stays.
    pub fn use_keys(&mut self, keys: &[KeyFile]) {
        self.events.proofs = jwt::verify::prove(&self.events, &KeyRing::read(keys));
        *self = std::mem::take(self).weighed();
    }

    /// Weighs every ending of what was read.
    fn weighed(self) -> Self {
        let mut around = diagnosis::Neighbours::of(&self.events, &self.sessions);
        let Findings { verdicts, incidents, patterns, policies, contradictions } =
            diagnosis::diagnose(&self.events, &self.sessions, &self.accounts, &mut around);
        Self { verdicts, around, incidents, patterns, policies, contradictions, ..self }
    }

    /// The tokens that a record carries, read; none for a record of a log. The order is that of the record.
    pub fn tokens_of(&self, event: EventId) -> Vec<TokenReading> {
        let Some(exchange) = self.events.exchange(event) else { return Vec::new() };
        let moment = self.events.time(event);
        let read = |token: &TokenSeen| {
            let text = self.events.secret(token.text);
            let check = self.events.proofs.checks.get(&token.text).cloned();
            TokenReading {
                role: token.role,
                sent: token.sent,
                fingerprint: self.events.secret(token.value).fingerprint(),
                in_record: text.fingerprint(),
                reading: jwt::words::reading(text.expose()),
                signature: check.as_ref().map_or_else(String::new, |check| self.events.proofs.words(check)),
                check,
                valid_from: token.not_before.or(token.issued_at),
                expires: token.expires,
                at_use: jwt::words::at_use(token, if token.sent { moment } else { exchange.answered }),
            }
        };
        exchange.tokens.iter().map(read).collect()
    }

    /// Whether any source could be read.
    pub fn is_readable(&self) -> bool {
        self.sources.iter().any(|source| source.format.is_some())
    }
}

/// Opens, reads, rebuilds and explains. One input may give several sources, and a rotated set gives one. Returns `None` if `progress` was cancelled.
///
/// A source that can't be opened or recognised leaves a [`SourceReport`] without a format, whose first warning says why. A
/// key that can't be used leaves a [`KeyProblem`](crate::model::proof::KeyProblem) in the events' `proofs`.
pub fn inspect(inputs: Vec<Input>, options: impl Into<Options>, progress: &Progress) -> Option<Inspection> {
    let Options { now, keys, readings } = options.into();
    let mut inspection = Inspection::default();
    let mut opened: Vec<(SourceId, Arc<Content>)> = Vec::new();
    let sources = source::join_rotated(inputs.into_iter().flat_map(open).collect());
    for (index, Opened { name, content }) in sources.into_iter().enumerate() {
        let mut report = SourceReport::new(name);
        match content {
            Ok(content) => {
                report.bytes = content.len();
                report.limits.extend(content.notes().iter().cloned());
                progress.expect(content.len());
                let content = Arc::new(content);
                opened.push((SourceId(index as u16), Arc::clone(&content)));
                inspection.contents.push(Some(content));
            }
            Err(error) => {
                report.warnings.push(Warning { position: Position::Whole, offset: 0, message: error.to_string() });
                inspection.contents.push(None);
            }
        }
        inspection.sources.push(report);
    }
    let mut families: Vec<Option<Family>> = vec![None; inspection.sources.len()];
    inspection.formats = vec![None; inspection.sources.len()];
    inspection.read.clone_from(&inspection.contents);
    for (source, content) in opened {
        let reading = readings.of(&inspection.sources[source.0 as usize].path);
        let found = match reading.format.clone() {
            Some(format) => {
                recognise::unwrap_for(&content, &format);
                Ok((format, Recognised::Chosen))
            }
            None => recognise::recognise(&content, &readings.own),
        };
        let desk = Desk { now, progress, zone: reading.zone.as_ref() };
        match found {
            Ok((format, recognised)) => {
                families[source.0 as usize] = Some(desk.read(&mut inspection, source, &format, recognised, &content));
                if recognised != Recognised::Chosen && !progress.is_cancelled() {
                    families.extend(desk.read_rest(&mut inspection, source, &format, &readings).map(Some));
                }
            }
            Err(tried) => {
                progress.advance(content.len());
                let report = &mut inspection.sources[source.0 as usize];
                let message = "in no format that Lapsed reads".to_owned();
                report.warnings.push(Warning { position: Position::Whole, offset: 0, message });
                report.tried = tried;
            }
        }
        if progress.is_cancelled() {
            return None;
        }
    }
    inspection.events.sort_by_time();
    let (found, accounts) = sessions::build(&mut inspection.events, &mut inspection.sources, &families);
    if progress.is_cancelled() {
        return None;
    }
    inspection.events.proofs = jwt::verify::prove(&inspection.events, &KeyRing::read(&keys));
    Some(Inspection { sessions: found, accounts, ..inspection }.weighed())
}

/// What reading a source needs beside the source.
struct Desk<'a> {
    now: Nanos,
    progress: &'a Progress,
    zone: Option<&'a TimeZone>,
}

impl Desk<'_> {
    /// Reads a source by a format; how its events form sessions.
    fn read(
        &self,
        inspection: &mut Inspection,
        source: SourceId,
        chosen: &Chosen,
        recognised: Recognised,
        content: &Content,
    ) -> Family {
        let (at, format) = (source.0 as usize, chosen.format());
        inspection.formats[at] = Some(chosen.clone());
        let report = &mut inspection.sources[at];
        report.recognised = Some(recognised);
        report.format = Some(format.id());
        let written_by = content.modified().unwrap_or(self.now);
        let input = formats::Input { content, source, written_by, progress: self.progress };
        let first = inspection.events.len();
        format.read(&input, &mut inspection.events, report);
        if recognised == Recognised::Chosen && report.records == 0 && !content.is_empty() {
            let message = format!("no record in it is of the format that was chosen, {}", format.title());
            report.warnings.insert(0, Warning { position: Position::Whole, offset: 0, message });
            report.format = None;
        }
        zone::settle(&mut inspection.events, first, report, self.zone.cloned().or_else(|| format.zone()));
        zone::jumps(&inspection.events, first, report);
        format.family_of(&content.unwrapped_head())
    }

    /// Reads what the format of a source could not read by another one, if it is of one, as a source of its own.
    fn read_rest(
        &self,
        inspection: &mut Inspection,
        source: SourceId,
        first: &Chosen,
        readings: &Readings,
    ) -> Option<Family> {
        let at = source.0 as usize;
        let content = inspection.contents.get(at).cloned().flatten()?;
        let second = mixed::find(&content, first, inspection.sources.get(at)?, &readings.own)?;
        let report = inspection.sources.get_mut(at)?;
        mixed::hand_over(&content, &second, report);
        let id = second.format.format().id();
        report
            .limits
            .push(format!("some of its lines are of another format, {id}, and were read as a source of their own"));
        let mut other = SourceReport::new(report.path.clone());
        let format = report.format.unwrap_or_default();
        other.limits.push(format!("its lines stand among those of another format, {format}, in one file"));
        inspection.read[at] = Some(Arc::new(second.without(&content)));
        inspection.sources.push(other);
        inspection.contents.push(Some(content));
        inspection.formats.push(None);
        let source = SourceId(u16::try_from(inspection.sources.len() - 1).ok()?);
        self.progress.expect(second.content.len());
        let read = Arc::new(second.content);
        inspection.read.push(Some(Arc::clone(&read)));
        Some(self.read(inspection, source, &second.format, Recognised::Certain, &read))
    }
}

fn open(input: Input) -> Vec<Opened> {
    match input {
        Input::Path(path) => source::open(&path),
        Input::Bytes { name, bytes } => source::open_bytes(&name, bytes),
        Input::Stdin => vec![Opened { name: PathBuf::from("-"), content: Content::open_stdin() }],
    }
}
