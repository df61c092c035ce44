//! The one list of what can be done by name: it feeds the menu, the keys, the palette and the list of shortcuts.

use super::{
    clock::{TimeForm, ZoneChoice},
    command::{Dialog, Pane, UiCommand},
    state::{Looking, Opened},
};
use crate::timeline::Grouping;
use egui::{Key, Modifiers, ThemePreference};

/// Which part of the menu an action stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What is open.
    File,
    /// What is looked at.
    Go,
    /// How it is looked at.
    View,
    /// Finding.
    Find,
    /// Clocks.
    Time,
    /// Copies, marks, comparisons.
    Keep,
    /// Help.
    Help,
}

impl Group {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 7] = [Self::File, Self::Go, Self::View, Self::Find, Self::Time, Self::Keep, Self::Help];

    /// The head of the part.
    pub fn label(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Go => "Go",
            Self::View => "View",
            Self::Find => "Find",
            Self::Time => "Time",
            Self::Keep => "Keep",
            Self::Help => "Help",
        }
    }
}

/// What must be there for an action to do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Something is open.
    Open,
    /// A session is chosen.
    Session,
    /// An event is chosen.
    Event,
}

/// A way to press for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chord {
    /// A key with exactly these modifiers.
    Press(Modifiers, Key),
    /// A character, whatever keys a layout needs for it.
    Typed(&'static str),
    /// A key that belongs to a focused button or field first.
    Roaming(Key),
}

/// Something that can be done by name.
#[derive(Debug)]
pub struct Action {
    /// What it does, in sentence case.
    pub title: &'static str,
    /// Where it stands.
    pub group: Group,
    /// The ways to press for it.
    pub chords: &'static [Chord],
    /// The ways in words; empty where there are none.
    pub keys: &'static str,
    /// What must be there.
    pub needs: Needs,
    /// What it asks for.
    pub wish: fn(&Looking) -> UiCommand,
}

impl Action {
    /// Whether it would do anything now.
    pub fn is_there(&self, opened: Option<&Opened>, looking: &Looking) -> bool {
        match self.needs {
            Needs::Nothing => true,
            Needs::Open => opened.is_some(),
            Needs::Session => opened.is_some() && looking.selected.is_some(),
            Needs::Event => opened.is_some() && looking.event.is_some(),
        }
    }
}

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: false, shift: true, mac_cmd: false, command: true };
const ALT: Modifiers = Modifiers::ALT;
const SHIFT: Modifiers = Modifiers::SHIFT;
const NONE: Modifiers = Modifiers::NONE;

use Chord::{Press, Roaming, Typed};

macro_rules! actions {
    ($($group:ident $needs:ident $title:literal $keys:literal [$($chord:expr),*] $wish:expr;)*) => {
        &[$(Action {
            title: $title, group: Group::$group, needs: Needs::$needs, keys: $keys, chords: &[$($chord),*], wish: $wish,
        }),*]
    };
}

/// How far a key moves the timeline, as a share of what is in view.
const PAN: f64 = 0.12;
/// How far a key scrolls, in points.
const SCROLL: f32 = 72.0;
/// How much closer a key zooms.
const ZOOM: f64 = 0.75;

fn zoom(factor: f64) -> UiCommand {
    UiCommand::Zoom { factor, around: None }
}

/// Every action, in the order of the menu.
pub const ACTIONS: &[Action] = actions! {
    File Open "Add files…" "Ctrl+Shift+O" [Press(CTRL_SHIFT, Key::O)] |_| UiCommand::AskForFiles { add: true };
    File Nothing "Open files…" "Ctrl+O" [Press(CTRL, Key::O)] |_| UiCommand::AskForFiles { add: false };
    File Nothing "Open a path…" "Ctrl+L" [Press(CTRL, Key::L)] |_| UiCommand::ShowDialog(Dialog::PathBox { add: false });
    File Open "Add a path…" "" [] |_| UiCommand::ShowDialog(Dialog::PathBox { add: true });
    File Nothing "Paste a log or a capture" "Ctrl+V" [] |_| UiCommand::AskForPaste;
    File Nothing "Samples…" "" [] |_| UiCommand::ShowDialog(Dialog::Samples);
    File Open "Save the view…" "Ctrl+S" [Press(CTRL, Key::S)] |_| UiCommand::SaveView;
    File Nothing "Add keys…" "" [] |_| UiCommand::AskForKey;
    File Nothing "Add a key by its path…" "" [] |_| UiCommand::ShowDialog(Dialog::KeyBox);
    File Open "Follow growing files" "Ctrl+Shift+L" [Press(CTRL_SHIFT, Key::L)] |looking| UiCommand::Follow(!looking.follows);
    File Open "What was read" "" [] |_| UiCommand::ShowDialog(Dialog::Sources);
    File Open "Close" "Ctrl+W" [Press(CTRL, Key::W)] |_| UiCommand::CloseAll;

    Go Open "Previous session" "↑" [Roaming(Key::ArrowUp)] |_| UiCommand::StepSession(-1);
    Go Open "Next session" "↓" [Roaming(Key::ArrowDown)] |_| UiCommand::StepSession(1);
    Go Open "Ten sessions up" "Page Up" [Roaming(Key::PageUp)] |_| UiCommand::StepSession(-10);
    Go Open "Ten sessions down" "Page Down" [Roaming(Key::PageDown)] |_| UiCommand::StepSession(10);
    Go Open "First session" "Home" [Roaming(Key::Home)] |_| UiCommand::StepSession(i64::MIN / 2);
    Go Open "Last session" "End" [Roaming(Key::End)] |_| UiCommand::StepSession(i64::MAX / 2);
    Go Open "Previous unusual session" "Shift+U" [Press(SHIFT, Key::U)] |_| UiCommand::StepUnusual(-1);
    Go Open "Next unusual session" "U" [Press(NONE, Key::U)] |_| UiCommand::StepUnusual(1);
    Go Session "Previous event of the session" "," [Press(NONE, Key::Comma)] |_| UiCommand::StepEvent(-1);
    Go Session "Next event of the session" "." [Press(NONE, Key::Period)] |_| UiCommand::StepEvent(1);
    Go Session "Next piece of evidence" "V" [Press(NONE, Key::V)] |_| UiCommand::StepEvidence(1);
    Go Session "Previous piece of evidence" "Shift+V" [Press(SHIFT, Key::V)] |_| UiCommand::StepEvidence(-1);
    Go Session "Beginning of the session" "B" [Press(NONE, Key::B)] |_| UiCommand::JumpToStart;
    Go Session "Ending of the session" "E" [Press(NONE, Key::E)] |_| UiCommand::JumpToEnding;
    Go Open "Back to what was looked at" "Alt+←" [Press(ALT, Key::ArrowLeft)] |_| UiCommand::Back;
    Go Open "Forward again" "Alt+→" [Press(ALT, Key::ArrowRight)] |_| UiCommand::Forward;
    Go Open "Go to a stretch of time…" "G" [Press(NONE, Key::G)] |_| UiCommand::ShowDialog(Dialog::Range);

    View Open "Zoom in" "+ or W" [Press(NONE, Key::W), Typed("+"), Typed("=")] |_| zoom(ZOOM);
    View Open "Zoom out" "− or S" [Press(NONE, Key::S), Typed("-")] |_| zoom(1.0 / ZOOM);
    View Open "Move to earlier" "← or A" [Press(NONE, Key::A), Roaming(Key::ArrowLeft)] |_| UiCommand::Pan(-PAN);
    View Open "Move to later" "→ or D" [Press(NONE, Key::D), Roaming(Key::ArrowRight)] |_| UiCommand::Pan(PAN);
    View Open "Show all of it" "F or 0" [Press(NONE, Key::F), Typed("0")] |_| UiCommand::Fit;
    View Session "Zoom to the session" "Enter" [Roaming(Key::Enter)] |_| UiCommand::StepSession(0);
    View Open "Why it ended" "1" [Typed("1")] |_| UiCommand::Show(Pane::Why);
    View Open "Clocks of the session" "2" [Typed("2")] |_| UiCommand::Show(Pane::Clocks);
    View Open "Tokens of the session" "3" [Typed("3")] |_| UiCommand::Show(Pane::Tokens);
    View Open "Events of the session" "4" [Typed("4")] |_| UiCommand::Show(Pane::Events);
    View Open "All sessions" "5" [Typed("5")] |_| UiCommand::Show(Pane::Summary);
    View Event "Scroll the record down" "J" [Press(NONE, Key::J)] |_| UiCommand::ScrollRecord(SCROLL);
    View Event "Scroll the record up" "K" [Press(NONE, Key::K)] |_| UiCommand::ScrollRecord(-SCROLL);
    View Open "Scroll the right pane down" "Shift+J" [Press(SHIFT, Key::J)] |_| UiCommand::ScrollPane(SCROLL);
    View Open "Scroll the right pane up" "Shift+K" [Press(SHIFT, Key::K)] |_| UiCommand::ScrollPane(-SCROLL);
    View Open "Group the lanes otherwise" "L" [Press(NONE, Key::L)] |looking| UiCommand::Group(looking.grouping.next());
    View Open "No groups of lanes" "" [] |_| UiCommand::Group(Grouping::None);
    View Open "Lanes by user" "" [] |_| UiCommand::Group(Grouping::User);
    View Open "Lanes by app" "" [] |_| UiCommand::Group(Grouping::App);
    View Open "Lanes by source" "" [] |_| UiCommand::Group(Grouping::Source);
    View Open "Lanes by cause" "" [] |_| UiCommand::Group(Grouping::Cause);
    View Open "Times from sign-in, from the ending, or by the clock" "R" [Press(NONE, Key::R)] |looking| {
        UiCommand::TimeForm(looking.form.next())
    };
    View Nothing "Next time zone" "Z" [Press(NONE, Key::Z)] |looking| UiCommand::Zone(looking.zone.next());
    View Nothing "Time zone…" "" [] |_| UiCommand::ShowDialog(Dialog::Zone);
    View Nothing "Times in UTC" "" [] |_| UiCommand::Zone(ZoneChoice::Utc);
    View Open "Times by the clock" "" [] |_| UiCommand::TimeForm(TimeForm::Clock);
    View Nothing "Dark" "" [] |_| UiCommand::Theme(ThemePreference::Dark);
    View Nothing "Light" "" [] |_| UiCommand::Theme(ThemePreference::Light);
    View Nothing "Dark or light as the desktop" "" [] |_| UiCommand::Theme(ThemePreference::System);
    View Nothing "Everything larger" "Ctrl++" [Press(CTRL, Key::Plus), Press(CTRL, Key::Equals), Press(CTRL_SHIFT, Key::Plus)] |_| UiCommand::Scale(1);
    View Nothing "Everything smaller" "Ctrl+−" [Press(CTRL, Key::Minus)] |_| UiCommand::Scale(-1);
    View Nothing "Everything at its own size" "Ctrl+0" [Press(CTRL, Key::Num0)] |_| UiCommand::Scale(0);
    View Nothing "Less motion" "" [] |looking| UiCommand::LessMotion(!looking.less_motion);

    Find Nothing "Find any command" "Ctrl+K" [Press(CTRL, Key::K)] |_| UiCommand::ShowDialog(Dialog::Palette);
    Find Open "Search sessions" "Ctrl+F" [Press(CTRL, Key::F), Typed("/")] |_| UiCommand::FocusSearch;
    Find Event "Search in the record" "Ctrl+Shift+F" [Press(CTRL_SHIFT, Key::F)] |_| UiCommand::FocusRecordSearch;
    Find Open "Show every session again" "" [] |_| UiCommand::ClearFilter;

    Time Open "Play or pause" "Space" [Roaming(Key::Space)] |_| UiCommand::PlayOrPause;
    Time Open "Play faster" "]" [Typed("]")] |looking| UiCommand::Speed(looking.play.faster());
    Time Open "Play slower" "[" [Typed("[")] |looking| UiCommand::Speed(looking.play.slower());
    Time Open "Measure from here, and to here" "X" [Press(NONE, Key::X)] |_| UiCommand::MeasureHere;

    Keep Session "Copy the verdict as Markdown" "Ctrl+Shift+C" [Press(CTRL_SHIFT, Key::C)] |_| UiCommand::CopyVerdict;
    Keep Event "Copy the raw record" "Ctrl+C" [] |_| UiCommand::CopyRecord;
    Keep Session "Mark the session" "M" [Press(NONE, Key::M)] |_| UiCommand::Mark;
    Keep Session "Note…" "N" [Press(NONE, Key::N)] |_| UiCommand::ShowDialog(Dialog::Note);
    Keep Session "Compare with another session" "C" [Press(NONE, Key::C)] |_| UiCommand::Compare;

    Help Nothing "Every cause and pattern explained" "" [] |looking| UiCommand::Explain(looking.topic());
    Help Nothing "Step back" "Esc" [] |_| UiCommand::StepBack;
    Help Nothing "Shortcuts and shapes" "?" [Typed("?")] |_| UiCommand::ShowDialog(Dialog::Help);
};

/// What the pointer does, for the list of shortcuts.
pub const POINTER: &[(&str, &str)] = &[
    ("Wheel", "Zoom where the pointer is; Shift moves, Alt scrolls lanes"),
    ("Drag", "Move; in the overview, choose a stretch"),
    ("Drag the ruler", "Move the time cursor"),
    ("Shift+drag", "Measure between two points"),
];

/// How well `typed` fits a title: `None` where its letters do not all occur in order. Less is better.
pub fn fit(typed: &str, title: &str) -> Option<u32> {
    let wanted: Vec<char> = typed.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let title: Vec<char> = title.to_lowercase().chars().collect();
    let (mut cost, mut at) = (0_u32, 0_usize);
    let mut before: Option<usize> = None;
    for letter in wanted {
        // The start of a word is worth more than a letter nearer by.
        let starts = |index: usize| index == 0 || !title[index - 1].is_alphanumeric();
        let near = (at..title.len()).find(|&index| title[index] == letter)?;
        let follows = before.is_some_and(|before| before + 1 == near);
        let word = (at..title.len()).find(|&index| title[index] == letter && starts(index));
        let found = if follows { near } else { word.unwrap_or(near) };
        cost += match () {
            () if follows => 0,
            () if starts(found) => 1,
            () => 3 + (found - at).min(9) as u32,
        };
        before = Some(found);
        at = found + 1;
    }
    Some(cost * 100 + title.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_chord_is_used_twice() {
        let chords: Vec<Chord> = ACTIONS.iter().flat_map(|action| action.chords).copied().collect();
        for (index, chord) in chords.iter().enumerate() {
            assert!(!chords[index + 1..].contains(chord), "{chord:?}");
        }
    }

    #[test]
    fn every_action_with_a_chord_says_its_keys() {
        for action in ACTIONS {
            assert!(action.chords.is_empty() || !action.keys.is_empty(), "{}", action.title);
        }
        let mut titles: Vec<&str> = ACTIONS.iter().map(|action| action.title).collect();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), ACTIONS.len());
    }

    #[test]
    fn letters_of_a_title_in_order_find_it_and_starts_of_words_count_most() {
        let best = |typed: &str| {
            ACTIONS.iter().filter_map(|action| Some((fit(typed, action.title)?, action.title))).min().map(|(_, t)| t)
        };
        assert_eq!(best("nus"), Some("Next unusual session"));
        assert_eq!(best("ending"), Some("Ending of the session"));
        assert_eq!(best("open pa"), Some("Open a path…"));
        assert_eq!(best("qqq"), None);
    }
}
