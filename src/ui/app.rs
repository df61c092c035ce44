//! The window's state, its layout, and the one place where commands are applied.

use super::{
    clock::Clock,
    command::{Dialog, Pane, UiCommand},
    details::{details_ui, pane_heads_ui},
    dialogs::{PathBox, dialog_ui},
    file_dialog::{Answer, Asking},
    gallery::{drop_overlay_ui, gallery_ui},
    keys::commands_from_keys,
    loader::{Loaded, Loader},
    notice::{Notice, loading_ui, notice_ui, toast_ui},
    raw_record::raw_record_ui,
    session_list::session_list_ui,
    state::{Looking, Opened, SizeClass, ViewContext},
    summary::summary_ui,
    theme::{self, Palette},
    timeline_view::{LaneCache, MARGIN, timeline_ui},
    top_bar::{has_limits, limits_ui, top_bar_ui},
};
use crate::{
    inspection::{Input, Inspection},
    model::{EventFlags, SessionId, SourceId},
    samples::SAMPLES,
    timeline::axis::{fitted, panned, zoomed},
};
use egui::{CentralPanel, Frame, Margin, Panel, Stroke, Ui, ViewportCommand};

/// The whole window.
#[derive(Debug, Default)]
pub struct LapsedApp {
    loader: Loader,
    asking: Option<Asking>,
    opened: Option<Opened>,
    looking: Looking,
    lanes: LaneCache,
    path_box: PathBox,
    notice: Option<Notice>,
    title: String,
}

impl LapsedApp {
    /// A window that opens `inputs`, or shows the gallery where there are none.
    pub fn new(ctx: &egui::Context, inputs: Vec<Input>) -> Self {
        theme::install(ctx);
        let mut app = Self::default();
        if !inputs.is_empty() {
            app.open(ctx, inputs, false);
        }
        app
    }

    /// A window on an inspection that is there already.
    pub fn with_inspection(ctx: &egui::Context, inputs: Vec<Input>, inspection: Inspection) -> Self {
        let mut app = Self::new(ctx, Vec::new());
        app.take_in(inputs, inspection);
        app
    }

    /// What is open.
    pub fn opened(&self) -> Option<&Opened> {
        self.opened.as_ref()
    }

    /// How it is being looked at.
    pub fn looking(&self) -> &Looking {
        &self.looking
    }

    /// Whether something is being loaded.
    pub fn is_loading(&self) -> bool {
        self.loader.running().is_some()
    }

    fn open(&mut self, ctx: &egui::Context, inputs: Vec<Input>, add: bool) {
        self.notice = None;
        self.looking.dialog = None;
        let mut all = match (&self.opened, add) {
            (Some(opened), true) => rereadable(opened),
            _ => Vec::new(),
        };
        if add && !all.is_empty() {
            self.notice = Some(Notice::added(inputs.clone()));
        }
        all.extend(inputs);
        if let Err(error) = self.loader.start(all, ctx) {
            self.notice = Some(Notice::problem(format!("could not start loading: {error}")));
        }
    }

    fn take_in(&mut self, inputs: Vec<Input>, inspection: Inspection) {
        let opened = Opened::new(inputs, inspection, &self.looking.filter);
        let looking = &mut self.looking;
        looking.view = fitted(opened.bounds);
        looking.clock = Clock::new(looking.zone, Some(&opened.inspection));
        (looking.selected, looking.explanation, looking.event) = (None, None, None);
        looking.records.clear();
        looking.revision += 1;
        let first = opened.shown.first().copied();
        self.opened = Some(opened);
        if let Some(id) = first {
            self.select(id);
            self.looking.pane = Pane::Why;
        } else {
            self.looking.pane = Pane::Summary;
            let opened = self.opened.as_ref();
            if let Some((opened, event)) =
                opened.and_then(|opened| Some((opened, opened.inspection.accounts.first()?.event)))
            {
                self.looking.set_event(opened, Some(event));
            }
        }
    }

    /// Hears of what other threads have done.
    fn listen(&mut self, ctx: &egui::Context) {
        match self.loader.poll() {
            Some(Loaded::Done { inputs, inspection }) => {
                self.looking.filter = super::filter::Filter { sort: self.looking.filter.sort, ..Default::default() };
                self.take_in(inputs, *inspection);
            }
            Some(Loaded::Failed) => {
                let text = "Loading broke off: a fault of this program. What was open is still open".to_owned();
                self.notice = Some(Notice::problem(text));
            }
            Some(Loaded::Cancelled) | None => {}
        }
        let Some((add, answer)) = self.asking.as_ref().and_then(|asking| Some((asking.add, asking.poll()?))) else {
            return;
        };
        self.asking = None;
        match answer {
            Answer::Files(files) => self.open(ctx, files.into_iter().map(Input::Path).collect(), add),
            Answer::Cancelled => {}
            Answer::NotThere => {
                "This desktop shows no file dialog. Type or paste a path, or drop files on the window"
                    .clone_into(&mut self.path_box.hint);
                self.looking.dialog = Some(Dialog::PathBox { add });
            }
        }
    }

    fn take_drops(&mut self, ui: &Ui, commands: &mut Vec<UiCommand>) {
        let dropped = ui.input(|input| input.raw.dropped_files.clone());
        let mut inputs = Vec::new();
        for file in dropped {
            let path = file.path().to_owned();
            if path.is_absolute() && path.exists() {
                inputs.push(Input::Path(path));
                continue;
            }
            match file.bytes() {
                Ok(bytes) => inputs.push(Input::Bytes { name: path, bytes: bytes.into() }),
                Err(error) => {
                    self.notice =
                        Some(Notice::problem(format!("could not read what was dropped: {error}: {}", path.display())));
                }
            }
        }
        if !inputs.is_empty() {
            commands.push(UiCommand::Open { inputs, add: self.opened.is_some() });
        }
    }

    fn layout(&mut self, ui: &mut Ui, commands: &mut Vec<UiCommand>) {
        let palette = Palette::from_ui(ui);
        let size = SizeClass::of(ui.available_width());
        let strip = Frame::new().fill(palette.strip).inner_margin(Margin::symmetric(8, 0));
        Panel::top("top bar").exact_size(44.0).resizable(false).frame(strip).show(ui, |ui| {
            top_bar_ui(ui, self.opened.as_ref(), &self.looking, size, commands);
        });
        if let Some(running) = self.loader.running() {
            Panel::top("loading")
                .exact_size(40.0)
                .resizable(false)
                .frame(strip)
                .show(ui, |ui| loading_ui(ui, running, commands));
        }
        if let Some(notice) = self.notice.as_ref().filter(|notice| !notice.is_passing()) {
            Panel::top("notice")
                .exact_size(34.0)
                .resizable(false)
                .frame(strip)
                .show(ui, |ui| notice_ui(ui, notice, commands));
        }
        let Some(opened) = self.opened.as_ref().filter(|opened| opened.has_something()) else {
            let ground = Frame::new().fill(palette.background);
            let (opened, asking) = (self.opened.as_ref(), self.asking.is_some());
            CentralPanel::default().frame(ground).show(ui, |ui| gallery_ui(ui, opened, asking, commands));
            return;
        };
        let ctx = ViewContext { opened, looking: &self.looking, palette, size };
        if has_limits(opened) {
            Panel::top("limits")
                .exact_size(30.0)
                .resizable(false)
                .frame(strip)
                .show(ui, |ui| limits_ui(ui, &ctx, commands));
        }
        panes(ui, &ctx, &mut self.lanes, commands);
    }

    fn apply(&mut self, ctx: &egui::Context, command: UiCommand) {
        match command {
            UiCommand::AskForFiles { add } => {
                if self.asking.is_none() {
                    self.asking = Some(Asking::start(add && self.opened.is_some(), ctx));
                }
            }
            UiCommand::StopAsking => self.asking = None,
            UiCommand::Open { inputs, add } => self.open(ctx, inputs, add),
            UiCommand::OpenSample(index) => {
                if let Some(sample) = SAMPLES.get(index) {
                    let input = |&(name, bytes): &(&'static str, &'static [u8])| Input::Bytes {
                        name: name.into(),
                        bytes: bytes.into(),
                    };
                    self.open(ctx, sample.files.iter().map(input).collect(), false);
                }
            }
            UiCommand::CloseSource(id) => self.close_source(ctx, id),
            UiCommand::CloseAll => self.close(),
            UiCommand::CancelLoading => {
                self.loader.cancel();
                self.notice = None;
            }
            UiCommand::DismissNotice => self.notice = None,
            UiCommand::ShowDialog(dialog) => {
                self.path_box.hint.clear();
                self.looking.dialog = Some(dialog);
            }
            UiCommand::HideDialog => self.looking.dialog = None,
            UiCommand::Theme(preference) => ctx.set_theme(preference),
            UiCommand::Zone(zone) => {
                self.looking.zone = zone;
                self.looking.clock = Clock::new(zone, self.opened.as_ref().map(|opened| &opened.inspection));
            }
            UiCommand::Show(pane) => self.looking.pane = pane,
            UiCommand::FocusSearch => self.looking.focus_search = true,
            UiCommand::CopyRecord => {
                let records = self.looking.records.iter().map(|(_, record)| record);
                let texts: Vec<String> =
                    records.map(|record| format!("{}\n{}", record.place, record.lines.join("\n"))).collect();
                if !texts.is_empty() {
                    ctx.copy_text(texts.join("\n\n"));
                    self.notice = Some(Notice::said("Copied the record, secrets masked"));
                }
            }
            UiCommand::StepBack => self.step_back(),
            UiCommand::Search(_)
            | UiCommand::ShowOnly(_)
            | UiCommand::ShowCause(_)
            | UiCommand::ClearFilter
            | UiCommand::Sort(_)
            | UiCommand::ReverseSort => self.apply_filter(command),
            UiCommand::SelectSession(_)
            | UiCommand::SelectEvent(_)
            | UiCommand::SelectNone
            | UiCommand::StepSession(_)
            | UiCommand::StepEvent(_) => self.apply_choice(&command),
            UiCommand::View(_)
            | UiCommand::Zoom { .. }
            | UiCommand::Pan(_)
            | UiCommand::Fit
            | UiCommand::FitSession(_) => self.apply_view(&command),
        }
    }

    fn apply_filter(&mut self, command: UiCommand) {
        let filter = &mut self.looking.filter;
        match command {
            UiCommand::Search(text) => filter.search = text,
            UiCommand::ShowOnly(only) => filter.only = only,
            UiCommand::ShowCause(cause) => filter.cause = cause,
            UiCommand::Sort(sort) => filter.sort = sort,
            UiCommand::ReverseSort => filter.reversed = !filter.reversed,
            _ => *filter = super::filter::Filter { sort: filter.sort, reversed: filter.reversed, ..Default::default() },
        }
        if let Some(opened) = &mut self.opened {
            opened.refilter(&self.looking.filter);
            self.looking.revision += 1;
        }
    }

    fn apply_choice(&mut self, command: &UiCommand) {
        let Some(opened) = &self.opened else { return };
        match *command {
            UiCommand::SelectSession(id) => {
                self.looking.pane = Pane::Why;
                self.select(id);
            }
            UiCommand::SelectEvent(event) => {
                if !opened.has_event(event) {
                    return;
                }
                let session = opened.inspection.events.session(event);
                if session.is_some() && opened.session(session).is_some() && self.looking.selected != Some(session) {
                    self.looking.set_session(opened, Some(session));
                    self.looking.reveal = true;
                    self.looking.pane = Pane::Why;
                }
                self.looking.set_event(opened, Some(event));
                self.bring_into_view();
            }
            UiCommand::StepSession(0) => {
                if let Some(id) = self.looking.selected {
                    self.apply_view(&UiCommand::FitSession(id));
                }
            }
            UiCommand::StepSession(by) => {
                let row = self.looking.selected.and_then(|id| opened.shown.iter().position(|&row| row == id));
                let last = opened.shown.len() as i64 - 1;
                let wanted = row.map_or(0, |row| (row as i64).saturating_add(by)).clamp(0, last.max(0));
                if let Some(&id) = opened.shown.get(wanted as usize) {
                    self.select(id);
                }
            }
            UiCommand::StepEvent(by) => {
                let Some(id) = self.looking.selected else { return };
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
            _ => {
                self.looking.set_session(opened, None);
                self.looking.event = None;
                self.looking.records.clear();
            }
        }
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

    fn select(&mut self, id: SessionId) {
        let Some(opened) = &self.opened else { return };
        self.looking.set_session(opened, Some(id));
        self.looking.reveal = true;
        self.looking.set_event(opened, opened.deciding_event(id));
        self.bring_into_view();
    }

    /// Moves the view, without zooming, until the chosen event is in it.
    fn bring_into_view(&mut self) {
        let (Some(opened), Some(event)) = (&self.opened, self.looking.event) else { return };
        let (at, view) = (opened.time_of(event), self.looking.view);
        if !view.contains(at) {
            let from = at.saturating_sub(view.length() / 2);
            let moved = crate::model::TimeRange { from, until: from.saturating_add(view.length()) };
            self.looking.set_view(moved, opened.bounds);
        }
    }

    fn step_back(&mut self) {
        if self.notice.take().is_some() {
        } else if self.looking.filter.is_narrowing() {
            self.apply_filter(UiCommand::ClearFilter);
        } else {
            self.apply_choice(&UiCommand::SelectNone);
        }
    }

    fn close(&mut self) {
        self.loader.cancel();
        self.opened = None;
        self.notice = None;
        let zone = self.looking.zone;
        self.looking = Looking { zone, clock: Clock::new(zone, None), ..Looking::default() };
    }

    fn close_source(&mut self, ctx: &egui::Context, id: SourceId) {
        let Some(opened) = &self.opened else { return };
        let mut inputs = rereadable(opened);
        if usize::from(id.0) < inputs.len() {
            inputs.remove(usize::from(id.0));
        }
        if inputs.is_empty() { self.close() } else { self.open(ctx, inputs, false) }
    }

    fn update_title(&mut self, ui: &Ui) {
        let title = self.opened.as_ref().map_or_else(|| "Lapsed".to_owned(), Opened::title);
        if title != self.title {
            ui.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for LapsedApp {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.listen(ui.ctx());
        let mut commands = Vec::new();
        self.take_drops(ui, &mut commands);
        commands_from_keys(ui, &self.looking, self.opened.is_some(), &mut commands);
        self.layout(ui, &mut commands);
        dialog_ui(ui, self.looking.dialog, self.opened.as_ref(), &mut self.path_box, &mut commands);
        if let Some(notice) = &self.notice {
            toast_ui(ui, notice, &mut commands);
        }
        let hovering = ui.input(|input| input.raw.hovered_files.len());
        if hovering > 0 {
            drop_overlay_ui(ui, hovering, self.opened.is_some());
        }
        self.looking.reveal = false;
        self.looking.focus_search = false;
        let changed = !commands.is_empty();
        for command in commands {
            self.apply(ui.ctx(), command);
        }
        self.update_title(ui);
        if changed {
            ui.request_repaint();
        }
    }
}

/// List, timeline, details and record, as the width allows.
fn panes(ui: &mut Ui, ctx: &ViewContext<'_>, lanes: &mut LaneCache, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    let padded = Frame::new().fill(palette.panel).inner_margin(Margin { left: 14, right: 14, top: 8, bottom: 6 });
    let list_width = match ctx.size {
        SizeClass::Wide => 300.0,
        SizeClass::Medium => 252.0,
        SizeClass::Narrow => 238.0,
    };
    let tall = ui.available_height();
    if ctx.size == SizeClass::Narrow {
        Panel::bottom("narrow pane")
            .default_size((tall * 0.45).max(200.0))
            .min_size(120.0)
            .max_size(tall * 0.7)
            .frame(padded)
            .show(ui, |ui| {
                pane_heads_ui(ui, ctx, commands);
                side_pane_ui(ui, ctx, commands);
            });
    } else {
        let height = if tall > 720.0 { 136.0 } else { 110.0 };
        Panel::bottom("record")
            .default_size(height)
            .min_size(60.0)
            .max_size(tall * 0.6)
            .frame(padded)
            .show(ui, |ui| raw_record_ui(ui, ctx, commands));
    }
    // Panels remember their sizes by their ids: one for each class, or a narrow window would squeeze a wide one's panes.
    let list_frame = Frame::new().fill(palette.panel);
    Panel::left(("list", ctx.size as u8))
        .default_size(list_width)
        .min_size(180.0)
        .max_size(460.0)
        .frame(list_frame)
        .show(ui, |ui| session_list_ui(ui, ctx, commands));
    if ctx.size != SizeClass::Narrow {
        let width = if ctx.size == SizeClass::Wide { 440.0 } else { 310.0 };
        Panel::right(("details", ctx.size as u8))
            .default_size(width)
            .min_size(240.0)
            .max_size(620.0)
            .frame(padded)
            .show(ui, |ui| {
                pane_heads_ui(ui, ctx, commands);
                side_pane_ui(ui, ctx, commands);
            });
    }
    let ground = Frame::new().fill(palette.background).stroke(Stroke::NONE).inner_margin(Margin {
        left: MARGIN,
        right: MARGIN,
        top: 12,
        bottom: 4,
    });
    CentralPanel::default().frame(ground).show(ui, |ui| timeline_ui(ui, ctx, lanes, commands));
}

fn side_pane_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    match ctx.looking.pane {
        Pane::Summary => summary_ui(ui, ctx, commands),
        Pane::Record if ctx.size == SizeClass::Narrow => raw_record_ui(ui, ctx, commands),
        Pane::Why | Pane::Record => details_ui(ui, ctx, commands),
    }
}

/// What is open, as inputs that can be read once more: standard input can't, so its bytes are kept.
fn rereadable(opened: &Opened) -> Vec<Input> {
    let stdin = || {
        let index = opened.inspection.sources.iter().position(|source| source.path == std::path::Path::new("-"))?;
        let content = opened.inspection.contents.get(index)?.as_ref()?;
        let mut bytes = vec![0; usize::try_from(content.len()).ok()?];
        let filled = content.read_at(0, &mut bytes).ok()?;
        bytes.truncate(filled);
        Some(bytes)
    };
    opened
        .inputs
        .iter()
        .filter_map(|input| match input {
            Input::Path(_) | Input::Bytes { .. } => Some(input.clone()),
            Input::Stdin => Some(Input::Bytes { name: "-".into(), bytes: stdin()?.into() }),
        })
        .collect()
}
