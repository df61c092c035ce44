//! The window's state, its layout, and the one place where commands are applied.

use super::{
    clock::Clock,
    clock_foot::clock_foot_ui,
    clock_plot::clocks_ui,
    command::{Dialog, Pane, Purpose, UiCommand},
    compare_view::compare_ui,
    details::{details_ui, pane_heads_ui},
    dialogs::{Boxes, dialog_ui},
    events_pane::events_ui,
    file_dialog::{Answer, Asking},
    gallery::{drop_overlay_ui, gallery_ui},
    keys::commands_from_keys,
    live::Watch,
    loader::{Loaded, Loader},
    marks::same_session,
    notice::{Notice, loading_ui, notice_ui, toast_ui},
    raw_record::raw_record_ui,
    session_list::session_list_ui,
    settings::Settings,
    state::{Looking, Opened, SizeClass, ViewContext},
    summary::summary_ui,
    theme::{self, Palette},
    timeline_view::{LaneCache, MARGIN, timeline_ui},
    token_pane::tokens_ui,
    top_bar::{has_limits, limits_ui, top_bar_ui},
    view_file::{self, ViewFile},
};
use crate::{
    inspection::{Input, Inspection, Options, Readings},
    jwt::keys::{KeyFile, KeyKind},
    model::{Session, SessionId, TimeRange},
    timeline::axis::fitted,
};
use egui::{CentralPanel, Frame, Margin, Panel, Stroke, Ui, ViewportCommand, style::ScrollAnimation};

/// The whole window.
#[derive(Debug, Default)]
pub struct LapsedApp {
    pub(super) loader: Loader,
    pub(super) asking: Option<Asking>,
    pub(super) opened: Option<Opened>,
    pub(super) looking: Looking,
    pub(super) lanes: LaneCache,
    pub(super) boxes: Boxes,
    pub(super) notice: Option<Notice>,
    /// What is remembered from one start to the next.
    pub(super) settings: Settings,
    /// Watches files that are followed.
    pub(super) watch: Option<Watch>,
    /// What a view file asks for, once its sources are open.
    pub(super) restoring: Option<ViewFile>,
    /// Keys that tokens are verified with, in whatever is open.
    pub(super) keys: Vec<KeyFile>,
    /// What the reader says of how sources are to be read.
    pub(super) readings: Readings,
    /// Whether other keys were given since the load that is under way began.
    pub(super) keys_changed: bool,
    /// Whether what is being loaded is what is open, grown.
    pub(super) reloads: bool,
    title: String,
    /// For the last word on settings, when the window is gone.
    ctx: Option<egui::Context>,
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

    /// A window that opens `inputs`, read and verified as `read` says, and knows what the last one left behind.
    pub fn remembering(ctx: &egui::Context, settings: Settings, inputs: Vec<Input>, read: Options) -> Self {
        let mut app = Self::new(ctx, Vec::new());
        settings.apply(ctx, &mut app.looking);
        app.settings = settings;
        app.ctx = Some(ctx.clone());
        app.readings = read.readings;
        app.add_keys(read.keys);
        let told = app.notice.take();
        if !inputs.is_empty() {
            app.open(ctx, inputs, false);
        }
        // A key that can't be used is told all the same.
        app.notice = app.notice.take().or(told);
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

    /// Opens `inputs`, beside what is open if `add`. A view file is taken for what it names, a folder for what lies in it.
    pub(super) fn open(&mut self, ctx: &egui::Context, inputs: Vec<Input>, add: bool) {
        self.notice = None;
        self.looking.dialog = None;
        let (mut problems, mut restoring) = (Vec::new(), None);
        let mut wanted = Vec::new();
        let mut keys = Vec::new();
        let (mut doubtful, mut secrets) = (Vec::new(), Vec::new());
        for input in inputs {
            if let Some(key) = super::keys_given::key_of(&input) {
                keys.push(key);
                continue;
            }
            if let Some(secret) = super::keys_given::secret_of(&input) {
                secrets.push(secret);
                doubtful.push(input);
                continue;
            }
            match view_file::taken_apart(&input) {
                view_file::Taken::Plain => wanted.push(input),
                view_file::Taken::View(view) => {
                    wanted.extend(view.inputs());
                    self.prepare(&view);
                    restoring = Some(*view);
                }
                view_file::Taken::Broken(why) => problems.push(why),
            }
        }
        if let Some(problem) = problems.into_iter().next() {
            self.notice = Some(Notice::problem(problem));
        }
        if !keys.is_empty() {
            self.add_keys(keys);
        }
        if !wanted.is_empty() {
            self.open_sources(ctx, wanted, add, restoring);
        }
        if !secrets.is_empty() {
            self.notice = Some(Notice::secrets(doubtful, secrets));
        }
    }

    /// Opens sources, beside what is open if `add`.
    pub(super) fn open_sources(
        &mut self,
        ctx: &egui::Context,
        wanted: Vec<Input>,
        add: bool,
        restoring: Option<ViewFile>,
    ) {
        (self.reloads, self.restoring) = (false, restoring);
        self.settings.remember(&wanted);
        let mut all = match (&self.opened, add) {
            (Some(opened), true) => rereadable(opened),
            _ => Vec::new(),
        };
        if add && !all.is_empty() {
            self.notice = Some(Notice::added(wanted.clone()));
        }
        all.extend(wanted);
        self.load(ctx, all);
    }

    pub(super) fn load(&mut self, ctx: &egui::Context, inputs: Vec<Input>) {
        self.keys_changed = false;
        let options = Options { now: 0, keys: self.keys.clone(), readings: self.readings.clone() };
        if let Err(error) = self.loader.start(inputs, options, ctx) {
            self.notice = Some(Notice::problem(format!("could not start loading: {error}")));
        }
    }

    /// Shows an inspection from its answer on: the one session that ended, or what needs attention first.
    fn take_in(&mut self, inputs: Vec<Input>, inspection: Inspection) {
        /// With more endings than this, what they say together is told before the first of them.
        const MANY: usize = 40;
        let opened = Opened::new(inputs, inspection, &self.looking.filter);
        let looking = &mut self.looking;
        looking.view = fitted(opened.bounds);
        looking.clock = Clock::new(looking.zone.clone(), Some(&opened.inspection));
        (looking.selected, looking.explanation, looking.event) = (None, None, None);
        (looking.cursor, looking.measure, looking.measure_from) = (None, None, None);
        (looking.compared, looking.compare_first) = (None, None);
        looking.play.runs = false;
        looking.trail = super::trail::Trail::default();
        looking.marks = super::marks::Marks::default();
        looking.records.clear();
        looking.revision += 1;
        let first = opened.shown.first().copied();
        let ended = opened.counts.ended;
        self.opened = Some(opened);
        self.watch = None;
        self.looking.follows = false;
        if let Some(id) = first {
            self.select(id);
            self.looking.pane = if ended > MANY { Pane::Summary } else { Pane::Why };
            if ended <= MANY {
                self.come_near(id);
            }
        } else {
            self.looking.pane = Pane::Summary;
            let opened = self.opened.as_ref();
            if let Some((opened, event)) =
                opened.and_then(|opened| Some((opened, opened.inspection.accounts.first()?.event)))
            {
                self.looking.set_event(opened, Some(event));
            }
        }
        if let Some(view) = self.restoring.take() {
            self.restore(&view);
        }
    }

    /// Comes near to a session that is a speck in all that was opened, as where sources lie years apart.
    fn come_near(&mut self, id: SessionId) {
        /// With less than this share of the view, nothing of a session can be made out.
        const SPECK: i64 = 200;
        let Some(opened) = &self.opened else { return };
        let Some(span) = opened.session(id).map(Session::span) else { return };
        // What lasts no time at all is seen as a point from anywhere.
        let room = span.length();
        if room > 0 && room < self.looking.view.length() / SPECK {
            let near = TimeRange { from: span.from.saturating_sub(room), until: span.until.saturating_add(room) };
            self.looking.set_view(near, opened.bounds);
        }
    }

    /// Takes in what is open once more, grown: what is looked at stays, unless it was the end.
    fn take_in_grown(&mut self, inputs: Vec<Input>, inspection: Inspection) {
        let Some(before) = self.opened.take() else { return self.take_in(inputs, inspection) };
        let looking = &mut self.looking;
        let was_whole = looking.view.length() >= fitted(before.bounds).length();
        let at_end = looking.view.until >= before.bounds.until;
        let selected = looking.selected.and_then(|id| same_session(&before.inspection, id, &inspection));
        let length = looking.view.length();
        looking.marks = looking.marks.carried(&before.inspection, &inspection);
        let mut opened = Opened::new(inputs, inspection, &looking.filter);
        opened.refilter(&looking.filter, looking.clock.zone(), &looking.marks);
        looking.revision += 1;
        looking.clock = Clock::new(looking.zone.clone(), Some(&opened.inspection));
        let (cursor, record) = (looking.cursor, looking.event.map(|event| before.inspection.events.span(event)));
        (looking.selected, looking.explanation, looking.event, looking.compared) = (None, None, None, None);
        looking.records.clear();
        looking.set_session(&opened, selected);
        let events = &opened.inspection.events;
        let event = record
            .and_then(|span| selected.and_then(|id| events.of_session(id).find(|&event| events.span(event) == span)));
        looking.set_event(&opened, event);
        looking.cursor = cursor.or(looking.cursor);
        let view = match (was_whole, at_end) {
            (true, _) => fitted(opened.bounds),
            (false, true) => TimeRange { from: opened.bounds.until.saturating_sub(length), until: opened.bounds.until },
            (false, false) => looking.view,
        };
        looking.set_view(view, opened.bounds);
        self.opened = Some(opened);
    }

    /// Hears of what other threads have done.
    fn listen(&mut self, ctx: &egui::Context) {
        let mut loaded = self.loader.poll();
        if let Some(Loaded::Done { inspection, .. }) = &mut loaded
            && std::mem::take(&mut self.keys_changed)
        {
            inspection.use_keys(&self.keys);
        }
        match loaded {
            Some(Loaded::Done { inputs, inspection }) if self.reloads => {
                self.reloads = false;
                self.take_in_grown(inputs, *inspection);
            }
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
        if self.watch.as_mut().is_some_and(Watch::has_changed)
            && self.loader.running().is_none()
            && let Some(opened) = &self.opened
        {
            let inputs = rereadable(opened);
            self.reloads = true;
            self.load(ctx, inputs);
        }
        let Some((purpose, answer)) = self.asking.as_ref().and_then(|asking| Some((asking.purpose, asking.poll()?)))
        else {
            return;
        };
        self.asking = None;
        match (answer, purpose) {
            (Answer::Files(files), Purpose::Save) => {
                if let Some(path) = files.into_iter().next() {
                    self.save_view(&path);
                }
            }
            (Answer::Files(files), Purpose::Open { add }) => {
                self.open(ctx, files.into_iter().map(Input::Path).collect(), add);
            }
            (Answer::Files(files), Purpose::Key) => {
                self.add_keys(files.into_iter().map(|file| KeyFile::new(KeyKind::Any, file)).collect());
            }
            (Answer::Cancelled, _) => {}
            (Answer::NotThere, purpose) => {
                let (dialog, hint) = match purpose {
                    Purpose::Save => {
                        (Dialog::SaveBox, "This desktop shows no file dialog. Type where the view is to be kept")
                    }
                    Purpose::Open { add } => (
                        Dialog::PathBox { add },
                        "This desktop shows no file dialog. Type or paste a path, or drop files on the window",
                    ),
                    Purpose::Key => (
                        Dialog::KeyBox,
                        "This desktop shows no file dialog. Type or paste the path of the key, or drop it on the window",
                    ),
                };
                hint.clone_into(&mut self.boxes.path.hint);
                self.looking.dialog = Some(dialog);
            }
        }
    }

    /// Moves the time cursor on, while it runs.
    fn advance(&mut self, ui: &Ui) {
        let Some(opened) = self.opened.as_ref().filter(|_| self.looking.play.runs) else { return };
        let seconds = f64::from(ui.input(|input| input.unstable_dt));
        let at = self.looking.cursor.unwrap_or(opened.bounds.from);
        let (next, runs) = self.looking.play.advanced(at, seconds, opened.bounds);
        self.looking.cursor = Some(next);
        self.looking.play.runs = runs;
        let view = self.looking.view;
        if !view.contains(next) {
            // The view turns over like a page.
            let from = next.saturating_sub(view.length() / 20);
            let turned = TimeRange { from, until: from.saturating_add(view.length()) };
            self.looking.set_view(turned, opened.bounds);
        }
        if runs {
            ui.request_repaint();
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
            top_bar_ui(ui, self.opened.as_ref(), &self.looking, &self.settings, size, commands);
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
            let (opened, asking, settings) = (self.opened.as_ref(), self.asking.is_some(), &self.settings);
            CentralPanel::default().frame(ground).show(ui, |ui| gallery_ui(ui, opened, asking, settings, commands));
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
        if let Some(compared) = &self.looking.compared {
            let ground = Frame::new().fill(palette.background).inner_margin(Margin::same(14));
            CentralPanel::default().frame(ground).show(ui, |ui| compare_ui(ui, &ctx, compared, commands));
            return;
        }
        Panel::bottom("clocks")
            .exact_size(if size == SizeClass::Narrow { 44.0 } else { 52.0 })
            .resizable(false)
            .frame(strip)
            .show(ui, |ui| clock_foot_ui(ui, &ctx, commands));
        panes(ui, &ctx, &mut self.lanes, commands);
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
        self.advance(ui);
        let mut commands = Vec::new();
        self.take_drops(ui, &mut commands);
        commands_from_keys(ui, &self.looking, self.opened.as_ref(), &mut commands);
        self.layout(ui, &mut commands);
        dialog_ui(ui, self.opened.as_ref(), &self.looking, &mut self.boxes, &mut commands);
        if let Some(notice) = &self.notice {
            toast_ui(ui, notice, &mut commands);
        }
        let hovering = ui.input(|input| input.raw.hovered_files.len());
        if hovering > 0 {
            drop_overlay_ui(ui, hovering, self.opened.is_some());
        }
        self.looking.reveal = false;
        self.looking.focus_search = false;
        self.looking.focus_record_search = false;
        (self.looking.scroll_record, self.looking.scroll_pane) = (0.0, 0.0);
        super::widgets::forget_caret(ui);
        let changed = !commands.is_empty();
        for command in commands {
            self.apply(ui.ctx(), command);
        }
        self.update_title(ui);
        if changed {
            ui.request_repaint();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if let Some(ctx) = &self.ctx {
            self.settings.store(ctx, &self.looking);
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
            .default_size((tall * 0.5).max(150.0))
            .min_size(120.0)
            .max_size(tall * 0.7)
            .frame(padded)
            .show(ui, |ui| {
                pane_heads_ui(ui, ctx, commands);
                side_pane_ui(ui, ctx, commands);
            });
    } else {
        let height = (tall * 0.21).clamp(120.0, 260.0);
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
    if ctx.looking.scroll_pane != 0.0 {
        // Taken by the pane's own scroll area, the next one that is shown.
        ui.scroll_with_delta_animation(egui::vec2(0.0, -ctx.looking.scroll_pane), ScrollAnimation::none());
    }
    match ctx.looking.pane {
        Pane::Events => events_ui(ui, ctx, commands),
        Pane::Summary => summary_ui(ui, ctx, commands),
        Pane::Clocks => clocks_ui(ui, ctx, commands),
        Pane::Tokens => tokens_ui(ui, ctx, commands),
        Pane::Record if ctx.size == SizeClass::Narrow => raw_record_ui(ui, ctx, commands),
        Pane::Why | Pane::Record => details_ui(ui, ctx, commands),
    }
}

/// What is open, as inputs that can be read once more: standard input can't, so its bytes are kept.
pub(super) fn rereadable(opened: &Opened) -> Vec<Input> {
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
