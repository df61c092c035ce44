//! What is open, and how it is being looked at.

use super::{
    clock::{Clock, TimeForm, ZoneChoice},
    command::{Dialog, Pane, Topic},
    filter::{self, Counts, Filter},
    marks::Marks,
    play::Play,
    reader::Reader,
    theme::Palette,
    trail::Trail,
};
use crate::{
    inspection::{Around, Input, Inspection, RawRecord, TokenReading},
    model::{
        Cause, EventId, Explanation, Nanos, Pattern, Session, SessionId, State, TimeRange, Verdict, chain::TokenLife,
    },
    query::Finder,
    timeline::{
        Alignment, Comparison, Grouping, Overview, Track,
        axis::{fitted, held_in},
        overview_from_inspection, tracks,
    },
};
use jiff::tz::TimeZone;

/// How many lines before a record, and after it, are shown around it.
const AROUND: usize = 50;

/// How many slots the overview has.
const SLOTS: usize = 120;

/// An inspection and what is derived from it once.
#[derive(Debug)]
pub struct Opened {
    /// What it was made from.
    pub inputs: Vec<Input>,
    /// Everything that is known.
    pub inspection: Inspection,
    /// How many sessions of each sort there are.
    pub counts: Counts,
    /// How many sessions each cause ended, most first.
    pub by_cause: Vec<(Option<Cause>, usize)>,
    /// From the first to the last thing to see.
    pub bounds: TimeRange,
    /// The sessions that the filter lets through, in the order of the list.
    pub shown: Vec<SessionId>,
    /// The same by start, for the lanes.
    pub lanes: Vec<SessionId>,
    /// Endings over time of what is shown.
    pub overview: Overview,
    /// What looks for terms and words.
    finder: Finder,
}

impl Opened {
    /// Takes an inspection in.
    pub fn new(inputs: Vec<Input>, inspection: Inspection, filter: &Filter) -> Self {
        let bounds = filter::whole_range(&inspection).unwrap_or(TimeRange { from: 0, until: 0 });
        let (counts, by_cause) = (filter::counts(&inspection), filter::counts_by_cause(&inspection));
        let overview = overview_from_inspection(&inspection, &[], fitted(bounds), SLOTS);
        let (shown, lanes, finder) = (Vec::new(), Vec::new(), Finder::default());
        let mut opened = Self { inputs, inspection, counts, by_cause, bounds, shown, lanes, overview, finder };
        opened.refilter(filter, &TimeZone::UTC, &Marks::default());
        opened
    }

    /// Takes in that every ending was weighed anew.
    pub fn reweighed(&mut self, filter: &Filter, zone: &TimeZone, marks: &Marks) {
        self.counts = filter::counts(&self.inspection);
        self.by_cause = filter::counts_by_cause(&self.inspection);
        self.refilter(filter, zone, marks);
    }

    /// Applies a changed filter.
    pub fn refilter(&mut self, filter: &Filter, zone: &TimeZone, marks: &Marks) {
        let query = filter.query();
        let through = if query.is_empty() {
            vec![true; self.inspection.sessions.len()]
        } else {
            self.finder.find(&query, &self.inspection, zone, &|id| marks.has(id))
        };
        self.shown = filter::ordered(&self.inspection, filter, &through);
        self.lanes.clone_from(&self.shown);
        self.lanes.sort_unstable();
        self.overview = overview_from_inspection(&self.inspection, &self.shown, fitted(self.bounds), SLOTS);
    }

    /// Whether there is anything to lay out in time.
    pub fn has_something(&self) -> bool {
        !self.inspection.sessions.is_empty() || !self.inspection.accounts.is_empty()
    }

    /// A session.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.inspection.sessions.get(id.0 as usize)
    }

    /// The verdict on a session.
    pub fn verdict(&self, id: SessionId) -> Option<&Verdict> {
        filter::verdict(&self.inspection, id)
    }

    /// Why a session ended.
    pub fn cause(&self, id: SessionId) -> Option<Cause> {
        filter::cause_of(&self.inspection, id)
    }

    /// The record that decides a session: the first refusal, else the last sign of life, else its first event.
    pub fn deciding_event(&self, id: SessionId) -> Option<EventId> {
        let session = self.session(id)?;
        let named = match session.state {
            State::Ended => session.first_dead.or(session.last_alive),
            State::Active => session.last_alive,
        };
        named.or_else(|| self.inspection.events.of_session(id).next_back()).filter(|&event| self.has_event(event))
    }

    /// Where an event stands on the time axis: those that begin and end a session stand where its bar does.
    pub fn time_of(&self, event: EventId) -> Nanos {
        let events = &self.inspection.events;
        let session = self.session(events.session(event));
        let at = session.and_then(|session| match Some(event) {
            first if first == session.first_dead => session.first_dead_at,
            first if first == session.start_event => Some(session.started_at),
            _ => None,
        });
        at.unwrap_or_else(|| events.time(event))
    }

    /// Whether an event is of this inspection.
    pub fn has_event(&self, event: EventId) -> bool {
        (event.0 as usize) < self.inspection.events.len()
    }

    /// The window's title: the names of what is open.
    pub fn title(&self) -> String {
        let names: Vec<String> = self.inspection.sources.iter().map(crate::model::SourceReport::name).collect();
        match names.as_slice() {
            [] => "Lapsed".to_owned(),
            [one] => format!("{one} – Lapsed"),
            [one, other] => format!("{one}, {other} – Lapsed"),
            [one, rest @ ..] => format!("{one} and {} more – Lapsed", rest.len()),
        }
    }
}

/// How what is open is being looked at.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Looking {
    /// Which sessions, in which order.
    pub filter: Filter,
    /// Which clock was chosen.
    pub zone: ZoneChoice,
    /// The clock.
    pub clock: Clock,
    /// The stretch of time in view.
    pub view: TimeRange,
    /// The session in view.
    pub selected: Option<SessionId>,
    /// Why it ended, in words.
    pub explanation: Option<Explanation>,
    /// Its clocks.
    pub tracks: Vec<Track>,
    /// The patterns that it shows, by their places.
    pub patterns: Vec<usize>,
    /// The tokens of the record in view, and where none of them can be read, those of the record that tells most of the
    /// session's last access token.
    pub tokens: Vec<(EventId, Vec<TokenReading>)>,
    /// The event in view.
    pub event: Option<EventId>,
    /// Where the time cursor stands.
    pub cursor: Option<Nanos>,
    /// How it runs.
    pub play: Play,
    /// What is measured.
    pub measure: Option<TimeRange>,
    /// Where a measurement was begun that is not done.
    pub measure_from: Option<Nanos>,
    /// How lanes stand together.
    pub grouping: Grouping,
    /// How times are said.
    pub form: TimeForm,
    /// Whom the meaning is told to.
    pub reader: Reader,
    /// What is looked for in the record.
    pub record_search: String,
    /// Whether the search box of the record should take the keyboard.
    pub focus_record_search: bool,
    /// Whether the lines around the record are shown.
    pub with_context: bool,
    /// Fingerprints of values that are shown in the open.
    pub revealed: Vec<String>,
    /// What was looked at.
    pub trail: Trail,
    /// The session that waits to be compared.
    pub compare_first: Option<SessionId>,
    /// Two sessions side by side.
    pub compared: Option<Compared>,
    /// Marks and notes.
    pub marks: Marks,
    /// Whether growing files are followed.
    pub follows: bool,
    /// Whether nothing moves by itself.
    pub less_motion: bool,
    /// Its record, and that of the same request in another source where there is one.
    pub records: Vec<(EventId, RawRecord)>,
    /// The lines around each of these records, where they are asked for.
    pub around: Vec<Around>,
    /// What the right pane shows.
    pub pane: Pane,
    /// What stands in front.
    pub dialog: Option<Dialog>,
    /// The piece of evidence that was looked at last.
    pub evidence: Option<usize>,
    /// How far the record should scroll now, in points.
    pub scroll_record: f32,
    /// How far the pane beside the timeline should scroll now, in points.
    pub scroll_pane: f32,
    /// Whether the list and the lanes should bring the selection into sight.
    pub reveal: bool,
    /// Whether the search box should take the keyboard.
    pub focus_search: bool,
    /// Counts whatever makes drawn lanes stale.
    pub revision: u64,
}

/// Two sessions side by side.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The first.
    pub left: SessionId,
    /// The second.
    pub right: SessionId,
    /// Where they begin.
    pub alignment: Alignment,
    /// Their steps.
    pub comparison: Comparison,
}

impl Default for Looking {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            zone: ZoneChoice::default(),
            clock: Clock::new(ZoneChoice::default(), None),
            view: TimeRange { from: 0, until: 1 },
            selected: None,
            explanation: None,
            tracks: Vec::new(),
            patterns: Vec::new(),
            tokens: Vec::new(),
            event: None,
            cursor: None,
            play: Play::default(),
            measure: None,
            measure_from: None,
            grouping: Grouping::default(),
            form: TimeForm::default(),
            reader: Reader::default(),
            record_search: String::new(),
            focus_record_search: false,
            with_context: false,
            revealed: Vec::new(),
            trail: Trail::default(),
            compare_first: None,
            compared: None,
            marks: Marks::default(),
            follows: false,
            less_motion: false,
            records: Vec::new(),
            around: Vec::new(),
            pane: Pane::default(),
            dialog: None,
            evidence: None,
            scroll_record: 0.0,
            scroll_pane: 0.0,
            reveal: false,
            focus_search: false,
            revision: 0,
        }
    }
}

impl Looking {
    /// Shows `view`, held to what there is.
    pub fn set_view(&mut self, view: TimeRange, bounds: TimeRange) {
        self.view = held_in(view, bounds);
    }

    /// What is worth an explanation now: why the chosen session ended, else the first of all causes.
    pub fn topic(&self) -> Topic {
        Topic::Cause(self.explanation.as_ref().map_or(Cause::Logout, |explanation| explanation.verdict.cause))
    }

    /// Chooses a session and has its ending explained.
    pub fn set_session(&mut self, opened: &Opened, session: Option<SessionId>) {
        if session != self.selected || self.explanation.is_none() {
            self.evidence = None;
            self.explanation = session.and_then(|id| opened.inspection.explain(id));
            self.tracks = session.map_or_else(Vec::new, |id| tracks(&opened.inspection, id));
            let patterns = opened.inspection.patterns.iter().enumerate();
            let shows = |pattern: &Pattern| session.is_some_and(|id| pattern.sessions.contains(&id));
            self.patterns = patterns.filter(|(_, pattern)| shows(pattern)).map(|(index, _)| index).collect();
        }
        self.selected = session;
        self.set_origin(opened);
    }

    /// Has times said from where the chosen session begins or ends, if that is wanted.
    pub fn set_origin(&mut self, opened: &Opened) {
        let session = self.selected.and_then(|id| opened.session(id));
        let origin = session.and_then(|session| match self.form {
            TimeForm::Clock => None,
            TimeForm::SignIn => Some((session.started_at, self.form)),
            TimeForm::Ending => Some((session.first_dead_at.unwrap_or(session.last_alive_at), self.form)),
        });
        self.clock.set_origin(origin);
    }

    /// Chooses an event, reads its record and puts the time cursor there.
    pub fn set_event(&mut self, opened: &Opened, event: Option<EventId>) {
        let event = event.filter(|&event| opened.has_event(event));
        if event != self.event {
            self.revealed.clear();
            self.event = event;
            self.read_records(opened);
            self.read_tokens(opened);
        }
        if let Some(event) = event {
            self.cursor = Some(opened.time_of(event));
        }
    }

    /// Reads the tokens of the chosen event anew.
    pub fn read_tokens(&mut self, opened: &Opened) {
        let inspection = &opened.inspection;
        let chain = self.selected.and_then(|id| inspection.chain(id));
        let told = chain.and_then(|chain| chain.last_access()).map(TokenLife::telling);
        let beside = self.event.and_then(|event| inspection.counterpart(event));
        let is_told = |found: &[(EventId, Vec<TokenReading>)]| {
            found.iter().flat_map(|(_, tokens)| tokens).any(|token| token.reading.is_some())
        };
        self.tokens.clear();
        for event in [self.event, beside, told].into_iter().flatten() {
            if !is_told(&self.tokens) && self.tokens.iter().all(|(known, _)| *known != event) {
                let tokens = inspection.tokens_of(event);
                self.tokens.extend((!tokens.is_empty()).then_some((event, tokens)));
            }
        }
    }

    /// Reads the records of the chosen event anew.
    pub fn read_records(&mut self, opened: &Opened) {
        let inspection = &opened.inspection;
        let event = self.event;
        let pair = event.into_iter().chain(event.and_then(|event| inspection.counterpart(event)));
        let read = |event| (event, inspection.record_open(inspection.events.span(event), &self.revealed));
        self.records = pair.map(read).collect();
        let around = |(event, _): &(EventId, RawRecord)| {
            let span = inspection.events.span(*event);
            if self.with_context { inspection.around(span, AROUND, &self.revealed) } else { Around::default() }
        };
        self.around = self.records.iter().map(around).collect();
    }
}

/// What views may read.
#[derive(Clone, Copy, Debug)]
pub struct ViewContext<'a> {
    /// What is open.
    pub opened: &'a Opened,
    /// How it is being looked at.
    pub looking: &'a Looking,
    /// The colours.
    pub palette: &'static Palette,
    /// How much room there is.
    pub size: SizeClass,
}

impl ViewContext<'_> {
    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.looking.clock
    }

    /// Everything that is known.
    pub fn inspection(&self) -> &Inspection {
        &self.opened.inspection
    }
}

/// How much room the window has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SizeClass {
    /// The details and the record share the bottom.
    Narrow,
    /// Everything beside each other, tightly.
    Medium,
    /// Everything beside each other.
    Wide,
}

impl SizeClass {
    /// The class of a width in points.
    pub fn of(width: f32) -> Self {
        match width {
            w if w < 960.0 => Self::Narrow,
            w if w < 1240.0 => Self::Medium,
            _ => Self::Wide,
        }
    }
}
