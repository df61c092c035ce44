//! What a view may ask for. Views push commands; [`LapsedApp`](super::app::LapsedApp) alone applies them.

use super::{
    clock::ZoneChoice,
    filter::{Only, SortBy},
};
use crate::{
    inspection::Input,
    model::{Cause, EventId, Nanos, SessionId, SourceId, TimeRange},
};
use egui::ThemePreference;

/// What the right pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// Why the selected session ended.
    #[default]
    Why,
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
}

/// A wish of a view.
#[derive(Clone, Debug)]
pub enum UiCommand {
    /// Ask for files by the desktop's dialog.
    AskForFiles {
        /// Whether they join what is open.
        add: bool,
    },
    /// Wait no longer for that dialog.
    StopAsking,
    /// Open these.
    Open {
        /// What to open.
        inputs: Vec<Input>,
        /// Whether they join what is open.
        add: bool,
    },
    /// Open a sample of the gallery.
    OpenSample(usize),
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
    /// Look for words.
    Search(String),
    /// Put the keyboard into the search box.
    FocusSearch,
    /// Press a count chip, or let it go.
    ShowOnly(Only),
    /// Show one cause only; `Some(None)` is "active".
    #[expect(clippy::option_option, reason = "no filter, active sessions and one cause are three different things")]
    ShowCause(Option<Option<Cause>>),
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
    /// Put a dialog in front.
    ShowDialog(Dialog),
    /// Take it away.
    HideDialog,
    /// Take the notice away.
    DismissNotice,
    /// Copy the raw record.
    CopyRecord,
    /// The last chosen thing off: dialog, then search, then selection.
    StepBack,
}

/// One line of the help on shortcuts.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    /// The keys.
    pub keys: &'static str,
    /// What they do.
    pub does: &'static str,
}

/// Every shortcut, as the help lists them.
pub const SHORTCUTS: &[Shortcut] = &[
    Shortcut { keys: "Ctrl+O", does: "Open files" },
    Shortcut { keys: "Ctrl+Shift+O", does: "Add files to what is open" },
    Shortcut { keys: "Ctrl+L", does: "Open by typing a path" },
    Shortcut { keys: "Ctrl+W", does: "Close everything" },
    Shortcut { keys: "Ctrl+F", does: "Search sessions" },
    Shortcut { keys: "↑ ↓", does: "Previous and next session" },
    Shortcut { keys: "Home End", does: "First and last session" },
    Shortcut { keys: "Enter", does: "Zoom to the session" },
    Shortcut { keys: ", .", does: "Previous and next event of the session" },
    Shortcut { keys: "← → or A D", does: "Move the timeline" },
    Shortcut { keys: "+ − or W S", does: "Zoom the timeline" },
    Shortcut { keys: "F or 0", does: "Show all of it" },
    Shortcut { keys: "Wheel", does: "Zoom where the pointer is; Shift moves, Alt scrolls lanes" },
    Shortcut { keys: "Drag", does: "Move; in the overview, choose a stretch" },
    Shortcut { keys: "Ctrl+C", does: "Copy the raw record" },
    Shortcut { keys: "Z", does: "Next time zone" },
    Shortcut { keys: "Esc", does: "Step back" },
    Shortcut { keys: "?", does: "This list" },
];
