//! What a view may ask for. Views push commands; [`LapsedApp`](super::app::LapsedApp) alone applies them.

use super::{
    clock::{TimeForm, ZoneChoice},
    filter::SortBy,
    reader::Reader,
};
use crate::{
    diagnosis::presets::Standard,
    inspection::Input,
    jwt::keys::KeyFile,
    model::{Cause, EventId, Nanos, PatternKind, SessionId, SourceId, TimeRange},
    query::Term,
    timeline::{Alignment, Grouping},
};
use egui::ThemePreference;

/// What the right pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// Why the selected session ended.
    #[default]
    Why,
    /// The clocks of the selected session over its life.
    Clocks,
    /// The tokens of the selected session and record.
    Tokens,
    /// The events of the selected session.
    Events,
    /// What all sessions say together.
    Summary,
    /// The raw record; a pane of its own only where the window is narrow.
    Record,
}

/// What stands in front of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// The list of shortcuts and of shapes.
    Help,
    /// The box to type a path into; whether what is open stays open.
    PathBox {
        /// Whether the file joins what is open.
        add: bool,
    },
    /// Every source with its counts, warnings and limits.
    Sources,
    /// The samples, while something else is open.
    Samples,
    /// Every command, found by its letters.
    Palette,
    /// A stretch of time to type.
    Range,
    /// Any time zone.
    Zone,
    /// What the reader has to say about the session.
    Note,
    /// The box to type a path into where the view is to be kept.
    SaveBox,
    /// The box to type the path of a key file into.
    KeyBox,
    /// What a cause or a pattern means.
    Explain(Topic),
}

/// What can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A cause.
    Cause(Cause),
    /// A pattern over several sessions.
    Pattern(PatternKind),
}

/// What a file is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be opened.
    Open {
        /// Whether it joins what is open.
        add: bool,
    },
    /// To keep the view in.
    Save,
    /// To verify tokens with.
    Key,
}

/// A wish of a view.
#[derive(Clone, Debug)]
pub enum UiCommand {
    /// Ask for files by the desktop's dialog.
    AskForFiles {
        /// Whether they join what is open.
        add: bool,
    },
    /// Ask for a file of keys by the desktop's dialog.
    AskForKey,
    /// Verify tokens with the keys of these files, too.
    AddKeys(Vec<KeyFile>),
    /// Verify with the keys of this file no more.
    DropKey(String),
    /// Wait no longer for that dialog.
    StopAsking,
    /// Open these.
    Open {
        /// What to open.
        inputs: Vec<Input>,
        /// Whether they join what is open.
        add: bool,
    },
    /// Open these as sources, even where they may be something else.
    OpenAnyway(Vec<Input>),
    /// Open a sample of the gallery.
    OpenSample(usize),
    /// Read a source as this format, or (`None`) as the one that its content says.
    ReadAs {
        /// The source, by its path.
        source: std::path::PathBuf,
        /// The id of the format.
        format: Option<&'static str>,
    },
    /// Close one source and keep the others.
    CloseSource(SourceId),
    /// Close everything.
    CloseAll,
    /// Stop loading.
    CancelLoading,
    /// Look at a session and its deciding record.
    SelectSession(SessionId),
    /// Look at an event and its record.
    SelectEvent(EventId),
    /// Look at none.
    SelectNone,
    /// Look at the session so many rows further down.
    StepSession(i64),
    /// Look at the event so many further on.
    StepEvent(i64),
    /// Look at the session so many unusual ones further on.
    StepUnusual(i64),
    /// Look at a record of the evidence so many further on.
    StepEvidence(i64),
    /// Look at the event with which the session begins.
    JumpToStart,
    /// Look at the event that ended the session.
    JumpToEnding,
    /// Look at what was looked at before.
    Back,
    /// And at what was looked at after it.
    Forward,
    /// Look for what is typed.
    Search(String),
    /// Make chips of the terms that are typed.
    Commit,
    /// Put the keyboard into the search box.
    FocusSearch,
    /// Put the keyboard into the search box of the record.
    FocusRecordSearch,
    /// Look for words in the record.
    SearchRecord(String),
    /// Add a term to the filter, or take it away where it is there.
    Toggle(Term),
    /// Take these terms away.
    Without(Vec<Term>),
    /// Show everything again.
    ClearFilter,
    /// Order the list.
    Sort(SortBy),
    /// Turn the order round.
    ReverseSort,
    /// Show a stretch of time.
    View(TimeRange),
    /// Show a stretch `factor` times as long.
    Zoom {
        /// Below 1 is closer.
        factor: f64,
        /// What stays where it is; the middle, where `None`.
        around: Option<Nanos>,
    },
    /// Move the view by a share of its length.
    Pan(f64),
    /// Show all of it.
    Fit,
    /// Show one session from end to end.
    FitSession(SessionId),
    /// Dark, light, or as the desktop says.
    Theme(ThemePreference),
    /// Choose the clock.
    Zone(ZoneChoice),
    /// Choose what the right pane shows.
    Show(Pane),
    /// Compare the limits with a published standard, or with none.
    CompareLimits(Option<&'static Standard>),
    /// Explain this in front of the window.
    Explain(Topic),
    /// Put a dialog in front.
    ShowDialog(Dialog),
    /// Take it away.
    HideDialog,
    /// Take the notice away.
    DismissNotice,
    /// Scroll the record, in points; positive is down.
    ScrollRecord(f32),
    /// Scroll the pane beside the timeline, in points; positive is down.
    ScrollPane(f32),
    /// Copy a text that is shown.
    CopyText(String),
    /// Copy the raw record.
    CopyRecord,
    /// Copy the verdict as Markdown, secrets masked.
    CopyVerdict,
    /// Show the lines around the record, or the record alone.
    RecordContext(bool),
    /// Show the value behind a fingerprint, or hide it again.
    Reveal(String),
    /// Whom the meaning is told to.
    Reader(Reader),
    /// Move the time cursor.
    Cursor(Nanos),
    /// Let the time cursor run, or stop it.
    PlayOrPause,
    /// How fast it runs.
    Speed(f64),
    /// Measure from the cursor; where one end is set, to the cursor; where both are, not any more.
    MeasureHere,
    /// Measure between these.
    Measure(Option<TimeRange>),
    /// How lanes stand together.
    Group(Grouping),
    /// How times are said.
    TimeForm(TimeForm),
    /// Larger, smaller, or (0) as it was.
    Scale(i8),
    /// Whether things move by themselves.
    LessMotion(bool),
    /// Mark the session, or take the mark away.
    Mark,
    /// Keep a note on the session.
    Note(String),
    /// Keep a note on a moment of the session.
    NoteAt(Nanos, String),
    /// Compare the session: the first time it is remembered, the second time the two are shown.
    Compare,
    /// Compare these two.
    CompareWith(SessionId, SessionId),
    /// Where the two begin.
    Align(Alignment),
    /// Compare no more.
    CompareNone,
    /// Save the view to a file that is asked for.
    SaveView,
    /// Save the view to this file.
    SaveViewTo(std::path::PathBuf),
    /// Follow files that grow.
    Follow(bool),
    /// Ask the desktop for what was copied.
    AskForPaste,
    /// Open a text that was pasted.
    Pasted(String),
    /// The last chosen thing off: dialog, then search, then selection.
    StepBack,
}
