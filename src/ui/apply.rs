//! Wishes into changes: the one place where commands are applied.

use super::{
    app::{LapsedApp, rereadable},
    clock::Clock,
    command::{Dialog, Pane, Purpose, UiCommand},
    dialogs::Boxes,
    file_dialog::Asking,
    live::Watch,
    notice::Notice,
    state::{Compared, Looking},
    trail::Place,
};
use crate::{
    diagnosis::presets,
    inspection::{Input, Readings},
    model::{EventFlags, SessionId, SourceId, TimeRange, Usual},
    report::markdown,
    samples::SAMPLES,
    timeline::{
        Alignment,
        axis::{fitted, panned, zoomed},
        compare,
    },
};

impl LapsedApp {
    pub(super) fn apply(&mut self, ctx: &egui::Context, command: UiCommand) {
        match command {
            UiCommand::AskForFiles { .. }
            | UiCommand::AskForKey
            | UiCommand::AddKeys(_)
            | UiCommand::DropKey(_)
            | UiCommand::ReadAs { .. }
            | UiCommand::StopAsking
            | UiCommand::Open { .. }
            | UiCommand::OpenAnyway(_)
            | UiCommand::OpenSample(_)
            | UiCommand::CloseSource(_)
            | UiCommand::CloseAll
            | UiCommand::CancelLoading
            | UiCommand::AskForPaste
            | UiCommand::Pasted(_)
            | UiCommand::SaveView
            | UiCommand::SaveViewTo(_)
            | UiCommand::Follow(_) => self.apply_file(ctx, command),
            UiCommand::DismissNotice => self.notice = None,
            UiCommand::ShowDialog(dialog) => {
                self.boxes = Boxes::fresh(&self.looking);
                self.looking.dialog = Some(dialog);
            }
            UiCommand::Explain(topic) => self.looking.dialog = Some(Dialog::Explain(topic)),
            UiCommand::HideDialog => self.looking.dialog = None,
            UiCommand::Theme(preference) => ctx.set_theme(preference),
            UiCommand::Scale(by) => scale(ctx, by),
            UiCommand::LessMotion(less) => {
                self.looking.less_motion = less;
                super::theme::set_motion(ctx, !less);
            }
            UiCommand::Show(pane) => self.looking.pane = pane,
            UiCommand::CompareLimits(standard) => {
                if let Some(opened) = &mut self.opened {
                    let limits = &mut opened.inspection;
                    limits.comparisons =
                        standard.map_or_else(Vec::new, |standard| presets::compare(&limits.policies, standard));
                }
            }
            UiCommand::Reader(reader) => self.looking.reader = reader,
            UiCommand::FocusSearch => self.looking.focus_search = true,
            UiCommand::ScrollRecord(by) => self.looking.scroll_record = by,
            UiCommand::ScrollPane(by) => self.looking.scroll_pane = by,
            UiCommand::CopyText(text) => {
                ctx.copy_text(text);
                self.notice = Some(Notice::said("Copied"));
            }
            UiCommand::CopyRecord | UiCommand::CopyVerdict => self.copy(ctx, &command),
            UiCommand::FocusRecordSearch
            | UiCommand::SearchRecord(_)
            | UiCommand::RecordContext(_)
            | UiCommand::Reveal(_) => self.apply_record(command),
            UiCommand::StepBack => self.step_back(),
            UiCommand::Search(_)
            | UiCommand::Commit
            | UiCommand::Toggle(_)
            | UiCommand::Without(_)
            | UiCommand::ClearFilter
            | UiCommand::Sort(_)
            | UiCommand::ReverseSort => self.apply_filter(command),
            UiCommand::SelectSession(_)
            | UiCommand::SelectEvent(_)
            | UiCommand::SelectNone
            | UiCommand::StepSession(_)
            | UiCommand::StepUnusual(_)
            | UiCommand::JumpToStart
            | UiCommand::JumpToEnding
            | UiCommand::StepEvidence(_)
            | UiCommand::StepEvent(_) => {
                self.apply_choice(&command);
                self.remember_place();
            }
            UiCommand::Back => self.walk(false),
            UiCommand::Forward => self.walk(true),
            UiCommand::Zone(zone) => {
                self.looking.zone = zone;
                self.retime();
            }
            UiCommand::TimeForm(form) => {
                self.looking.form = form;
                self.retime();
            }
            UiCommand::Cursor(_)
            | UiCommand::PlayOrPause
            | UiCommand::Speed(_)
            | UiCommand::MeasureHere
            | UiCommand::Measure(_) => self.apply_cursor(&command),
            UiCommand::Group(grouping) => {
                self.looking.grouping = grouping;
                self.looking.reveal = true;
                self.looking.revision += 1;
            }
            UiCommand::Mark
            | UiCommand::Note(_)
            | UiCommand::NoteAt(..)
            | UiCommand::Compare
            | UiCommand::CompareWith(..)
            | UiCommand::Align(_)
            | UiCommand::CompareNone => self.apply_keep(command),
            UiCommand::View(_)
            | UiCommand::Zoom { .. }
            | UiCommand::Pan(_)
            | UiCommand::Fit
            | UiCommand::FitSession(_) => self.apply_view(&command),
        }
    }

    fn apply_file(&mut self, ctx: &egui::Context, command: UiCommand) {
        match command {
            UiCommand::AskForFiles { .. } | UiCommand::AskForKey | UiCommand::SaveView if self.asking.is_some() => {}
            UiCommand::AskForFiles { add } => {
                self.asking = Some(Asking::start(Purpose::Open { add: add && self.opened.is_some() }, ctx));
            }
            UiCommand::AskForKey => self.asking = Some(Asking::start(Purpose::Key, ctx)),
            UiCommand::AddKeys(files) => self.add_keys(files),
            UiCommand::DropKey(file) => self.drop_key(&file),
            UiCommand::ReadAs { source, format } => self.read_as(ctx, source, format),
            UiCommand::SaveView => self.asking = Some(Asking::start(Purpose::Save, ctx)),
            UiCommand::SaveViewTo(path) => self.save_view(&path),
            UiCommand::StopAsking => self.asking = None,
            UiCommand::Open { inputs, add } => self.open(ctx, inputs, add),
            UiCommand::OpenAnyway(inputs) => {
                self.notice = None;
                let add = self.opened.is_some();
                self.open_sources(ctx, inputs, add, None);
            }
            UiCommand::OpenSample(index) => {
                if let Some(sample) = SAMPLES.get(index) {
                    let input = |&(name, bytes): &(&'static str, &'static [u8])| Input::Bytes {
                        name: name.into(),
                        bytes: bytes.into(),
                    };
                    self.open(ctx, sample.files.iter().map(input).collect(), false);
                }
            }
            UiCommand::AskForPaste => ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaste),
            UiCommand::Pasted(text) => self.paste(ctx, text),
            UiCommand::CloseSource(id) => self.close_source(ctx, id),
            UiCommand::CloseAll => self.close(),
            UiCommand::CancelLoading => {
                self.loader.cancel();
                self.notice = None;
                self.reloads = false;
            }
            UiCommand::Follow(follows) => {
                let paths = self.opened.as_ref().map(|opened| opened.inputs.clone()).unwrap_or_default();
                self.watch = follows.then(|| Watch::start(&paths, ctx)).flatten();
                self.looking.follows = self.watch.is_some();
                if follows && self.watch.is_none() {
                    self.notice = Some(Notice::said("Only files of their own can be followed"));
                }
            }
            _ => {}
        }
    }

    /// Opens a text that was copied elsewhere: a path, or a log or capture itself.
    fn paste(&mut self, ctx: &egui::Context, text: String) {
        let add = self.opened.is_some();
        let path = super::dialogs::path_from_text(text.lines().next().unwrap_or(""));
        if text.lines().count() == 1 && path.is_absolute() && path.exists() {
            return self.open(ctx, vec![Input::Path(path)], add);
        }
        if text.trim().len() < 16 {
            self.notice = Some(Notice::said("What was copied is too short to be a log or a capture"));
            return;
        }
        let name = if text.trim_start().starts_with('{') { "pasted.har" } else { "pasted.log" };
        self.open(ctx, vec![Input::Bytes { name: name.into(), bytes: text.into_bytes().into() }], add);
    }

    fn copy(&mut self, ctx: &egui::Context, command: &UiCommand) {
        if matches!(command, UiCommand::CopyVerdict) {
            let told = self.opened.as_ref().zip(self.looking.selected);
            if let Some((opened, id)) = told {
                ctx.copy_text(markdown::session(&opened.inspection, id));
                self.notice = Some(Notice::said("Copied the verdict as Markdown, secrets masked"));
            }
            return;
        }
        let Some(opened) = &self.opened else { return };
        // What is copied is masked, whatever is shown in the open.
        let inspection = &opened.inspection;
        let records = self.looking.records.iter().map(|(event, _)| inspection.record(inspection.events.span(*event)));
        let texts: Vec<String> =
            records.map(|record| format!("{}\n{}", record.place, record.lines.join("\n"))).collect();
        if !texts.is_empty() {
            ctx.copy_text(texts.join("\n\n"));
            self.notice = Some(Notice::said("Copied the record, secrets masked"));
        }
    }

    fn apply_record(&mut self, command: UiCommand) {
        match command {
            UiCommand::SearchRecord(text) => self.looking.record_search = text,
            UiCommand::RecordContext(shown) => self.looking.with_context = shown,
            UiCommand::Reveal(fingerprint) => {
                let revealed = &mut self.looking.revealed;
                if revealed.contains(&fingerprint) {
                    revealed.retain(|other| *other != fingerprint);
                } else {
                    revealed.push(fingerprint);
                }
            }
            _ => self.looking.focus_record_search = true,
        }
        if let Some(opened) = &self.opened {
            self.looking.read_records(opened);
        }
    }

    pub(super) fn apply_filter(&mut self, command: UiCommand) {
        let filter = &mut self.looking.filter;
        match command {
            UiCommand::Search(text) => filter.text = text,
            UiCommand::Commit => filter.commit(),
            UiCommand::Toggle(term) => filter.toggle(term),
            UiCommand::Without(terms) => filter.terms.retain(|term| !terms.contains(term)),
            UiCommand::Sort(sort) => filter.sort = sort,
            UiCommand::ReverseSort => filter.reversed = !filter.reversed,
            _ => *filter = filter.cleared(),
        }
        self.refilter();
    }

    pub(super) fn refilter(&mut self) {
        if let Some(opened) = &mut self.opened {
            let looking = &mut self.looking;
            opened.refilter(&looking.filter, looking.clock.zone(), &looking.marks);
            looking.revision += 1;
        }
    }

    fn apply_choice(&mut self, command: &UiCommand) {
        let Some(opened) = &self.opened else { return };
        let selected = self.looking.selected;
        match *command {
            UiCommand::SelectSession(id) => {
                if self.looking.pane == Pane::Summary {
                    self.looking.pane = Pane::Why;
                }
                self.select(id);
            }
            UiCommand::SelectEvent(event) => {
                if !opened.has_event(event) {
                    return;
                }
                let session = opened.inspection.events.session(event);
                if session.is_some() && opened.session(session).is_some() && selected != Some(session) {
                    self.looking.set_session(opened, Some(session));
                    self.looking.reveal = true;
                    if self.looking.pane == Pane::Summary {
                        self.looking.pane = Pane::Why;
                    }
                }
                self.looking.set_event(opened, Some(event));
                self.bring_into_view();
            }
            UiCommand::StepSession(0) => {
                if let Some(id) = selected {
                    self.apply_view(&UiCommand::FitSession(id));
                }
            }
            UiCommand::StepSession(by) => {
                let row = selected.and_then(|id| opened.shown.iter().position(|&row| row == id));
                let last = opened.shown.len() as i64 - 1;
                let wanted = row.map_or(0, |row| (row as i64).saturating_add(by)).clamp(0, last.max(0));
                if let Some(&id) = opened.shown.get(wanted as usize) {
                    self.select(id);
                }
            }
            UiCommand::StepUnusual(by) => self.step_unusual(by),
            UiCommand::StepEvent(by) => self.step_event(by),
            UiCommand::StepEvidence(by) => self.step_evidence(by),
            UiCommand::JumpToStart | UiCommand::JumpToEnding => {
                let Some(id) = selected else { return };
                let start = opened.session(id).and_then(|session| session.start_event);
                let event = if matches!(command, UiCommand::JumpToStart) {
                    start.or_else(|| opened.inspection.events.of_session(id).next())
                } else {
                    opened.deciding_event(id)
                };
                self.looking.set_event(opened, event);
                self.looking.reveal = true;
                self.bring_into_view();
            }
            _ => {
                self.looking.set_session(opened, None);
                self.looking.event = None;
                self.looking.records.clear();
            }
        }
    }

    fn step_unusual(&mut self, by: i64) {
        let Some(opened) = &self.opened else { return };
        let is_unusual = |id: SessionId| opened.verdict(id).is_some_and(|verdict| verdict.usual == Usual::Unusual);
        let row = self.looking.selected.and_then(|id| opened.shown.iter().position(|&row| row == id));
        let next = match (row, by > 0) {
            (Some(row), true) => opened.shown.iter().skip(row + 1).find(|id| is_unusual(**id)),
            (None, true) => opened.shown.iter().find(|id| is_unusual(**id)),
            (row, false) => opened.shown.iter().take(row.unwrap_or(opened.shown.len())).rfind(|id| is_unusual(**id)),
        };
        match next.copied() {
            Some(id) => self.select(id),
            None => self.notice = Some(Notice::said("No further unusual session in this list")),
        }
    }

    fn step_event(&mut self, by: i64) {
        let (Some(opened), Some(id)) = (&self.opened, self.looking.selected) else { return };
        // A request that two sources saw is one step; the other side stands beside it.
        let events = &opened.inspection.events;
        let steps = || events.of_session(id).filter(|&id| !events.flags(id).contains(EventFlags::MIRROR));
        let row = self.looking.event.and_then(|event| steps().position(|other| other >= event));
        let last = steps().count() as i64 - 1;
        let wanted = row.map_or(0, |row| row as i64 + by).clamp(0, last.max(0));
        let event = steps().nth(wanted as usize);
        self.looking.set_event(opened, event);
        self.bring_into_view();
    }

    fn step_evidence(&mut self, by: i64) {
        let looking = &mut self.looking;
        let (Some(opened), Some(explanation)) = (&self.opened, &looking.explanation) else { return };
        let count = explanation.evidence.len() as i64;
        if count == 0 {
            self.notice = Some(Notice::said("This verdict rests on no single record"));
            return;
        }
        let next = looking.evidence.map_or(if by > 0 { 0 } else { count - 1 }, |at| (at as i64 + by).rem_euclid(count));
        looking.evidence = Some(next as usize);
        looking.pane = Pane::Why;
        let event = explanation.evidence.get(next as usize).and_then(|evidence| evidence.events.first().copied());
        looking.set_event(opened, event.or(looking.event));
        self.bring_into_view();
    }

    fn apply_cursor(&mut self, command: &UiCommand) {
        let Some(opened) = &self.opened else { return };
        let looking = &mut self.looking;
        let at = looking.cursor.unwrap_or(looking.view.from);
        match *command {
            UiCommand::Cursor(at) => looking.cursor = Some(at.clamp(opened.bounds.from, opened.bounds.until)),
            UiCommand::PlayOrPause => {
                looking.play.runs = !looking.play.runs;
                if looking.play.runs && at >= opened.bounds.until {
                    // From the end, it begins where what is in view begins.
                    looking.cursor = Some(looking.view.from.max(opened.bounds.from));
                }
            }
            UiCommand::Speed(speed) => looking.play.speed = speed,
            UiCommand::Measure(range) => (looking.measure, looking.measure_from) = (range, None),
            _ => match (looking.measure, looking.measure_from) {
                (Some(_), _) => looking.measure = None,
                (None, Some(from)) => {
                    (looking.measure, looking.measure_from) = (Some(TimeRange::new(from, at)), None);
                }
                (None, None) => {
                    looking.measure_from = Some(at);
                    self.notice = Some(Notice::said("Measuring from the time cursor; press X again at the other end"));
                }
            },
        }
    }

    fn apply_keep(&mut self, command: UiCommand) {
        let Some(opened) = &self.opened else { return };
        let looking = &mut self.looking;
        match command {
            UiCommand::Mark => {
                if let Some(id) = looking.selected {
                    looking.marks.toggle(id);
                    self.refilter();
                }
            }
            UiCommand::Note(text) => {
                if let Some(id) = looking.selected {
                    looking.marks.note(id, &text);
                    self.refilter();
                }
            }
            UiCommand::NoteAt(at, text) => {
                if let Some(id) = looking.selected {
                    let event = looking.event.filter(|&event| opened.time_of(event) == at);
                    looking.marks.moment(id, at, event, &text);
                    self.refilter();
                }
            }
            UiCommand::Compare => match (looking.compare_first.take(), looking.selected) {
                (Some(first), Some(second)) if first != second => self.compare(first, second, Alignment::SignIn),
                (None, Some(first)) => {
                    looking.compare_first = Some(first);
                    let who = super::words::who(&opened.inspection, first);
                    self.notice = Some(Notice::said(&format!("Choose the session to compare with {who}, and press C")));
                }
                _ => self.notice = Some(Notice::said("Nothing is compared")),
            },
            UiCommand::CompareWith(first, second) => self.compare(first, second, Alignment::SignIn),
            UiCommand::Align(alignment) => {
                if let Some(Compared { left, right, .. }) = looking.compared {
                    self.compare(left, right, alignment);
                }
            }
            _ => looking.compared = None,
        }
    }

    fn compare(&mut self, left: SessionId, right: SessionId, alignment: Alignment) {
        let Some(opened) = &self.opened else { return };
        let comparison = compare(&opened.inspection, left, right, alignment);
        self.looking.compare_first = None;
        self.notice = None;
        self.looking.compared = Some(Compared { left, right, alignment, comparison });
    }

    fn apply_view(&mut self, command: &UiCommand) {
        let Some(opened) = &self.opened else { return };
        let (bounds, view) = (opened.bounds, self.looking.view);
        let wanted = match *command {
            UiCommand::View(view) => view,
            UiCommand::Zoom { factor, around } => {
                zoomed(view, around.unwrap_or(view.from.saturating_add(view.length() / 2)), factor)
            }
            UiCommand::Pan(share) => panned(view, share),
            UiCommand::FitSession(id) => match opened.session(id) {
                Some(session) => fitted(session.span()),
                None => return,
            },
            _ => fitted(bounds),
        };
        self.looking.set_view(wanted, bounds);
    }

    pub(super) fn select(&mut self, id: SessionId) {
        let Some(opened) = &self.opened else { return };
        self.looking.set_session(opened, Some(id));
        self.looking.reveal = true;
        self.looking.set_event(opened, opened.deciding_event(id));
        self.bring_into_view();
        self.remember_place();
    }

    fn remember_place(&mut self) {
        let looking = &mut self.looking;
        looking.trail.go(Place { session: looking.selected, event: looking.event, view: looking.view });
    }

    fn walk(&mut self, forward: bool) {
        let Some(opened) = &self.opened else { return };
        let looking = &mut self.looking;
        let place = if forward { looking.trail.forward() } else { looking.trail.back() };
        let Some(place) = place else {
            let said = if forward { "Nothing was looked at after this" } else { "Nothing was looked at before this" };
            self.notice = Some(Notice::said(said));
            return;
        };
        looking.set_session(opened, place.session);
        looking.set_event(opened, place.event);
        looking.set_view(place.view, opened.bounds);
        looking.reveal = true;
    }

    /// Says times anew, after another zone or form was chosen.
    pub(super) fn retime(&mut self) {
        let opened = self.opened.as_ref();
        self.looking.clock = Clock::new(self.looking.zone.clone(), opened.map(|opened| &opened.inspection));
        if let Some(opened) = opened {
            self.looking.set_origin(opened);
        }
        self.refilter();
    }

    /// Moves the view, without zooming, until the chosen event is in it.
    fn bring_into_view(&mut self) {
        let (Some(opened), Some(event)) = (&self.opened, self.looking.event) else { return };
        let (at, view) = (opened.time_of(event), self.looking.view);
        if !view.contains(at) {
            let from = at.saturating_sub(view.length() / 2);
            let moved = TimeRange { from, until: from.saturating_add(view.length()) };
            self.looking.set_view(moved, opened.bounds);
        }
    }

    fn step_back(&mut self) {
        let looking = &mut self.looking;
        let measures = looking.measure.is_some() || looking.measure_from.is_some();
        if self.notice.take().is_some() || looking.compared.take().is_some() {
        } else if measures {
            (looking.measure, looking.measure_from) = (None, None);
        } else if looking.play.runs {
            looking.play.runs = false;
        } else if !looking.record_search.is_empty() {
            looking.record_search.clear();
        } else if looking.filter.is_narrowing() {
            self.apply_filter(UiCommand::ClearFilter);
        } else {
            self.apply_choice(&UiCommand::SelectNone);
        }
    }

    fn close(&mut self) {
        self.loader.cancel();
        (self.opened, self.notice, self.watch) = (None, None, None);
        self.readings = Readings::default();
        let Looking { zone, less_motion, .. } = std::mem::take(&mut self.looking);
        let clock = Clock::new(zone.clone(), None);
        self.looking = Looking { zone, clock, less_motion, ..Looking::default() };
    }

    fn close_source(&mut self, ctx: &egui::Context, id: SourceId) {
        let Some(opened) = &self.opened else { return };
        let mut inputs = rereadable(opened);
        let sources = &opened.inspection.sources;
        if inputs.len() == sources.len() {
            if usize::from(id.0) < inputs.len() {
                inputs.remove(usize::from(id.0));
            }
        } else {
            // A folder gave several: its others are opened by themselves.
            let others = sources.iter().enumerate().filter(|(index, _)| *index != usize::from(id.0));
            inputs = others.map(|(_, source)| Input::Path(source.path.clone())).collect();
        }
        if inputs.is_empty() { self.close() } else { self.open(ctx, inputs, false) }
    }
}

/// Makes everything larger or smaller by a step, or its own size again.
fn scale(ctx: &egui::Context, by: i8) {
    let now = ctx.zoom_factor();
    let factor = if by == 0 { 1.0 } else { (now + 0.1 * f32::from(by)).clamp(0.5, 3.0) };
    ctx.set_zoom_factor((factor * 10.0).round() / 10.0);
}
