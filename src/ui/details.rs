//! Why the selected session ended: the sentence, how sure, the interval, the evidence, what else was weighed.

use super::{
    command::{Dialog, Pane, Topic, UiCommand},
    explain::advice_ui,
    state::{SizeClass, ViewContext},
    theme::{BODY, SENTENCE, SMALL, STEP, strong},
    widgets::{
        TextLook, copy_menu, hairline_ui, line_galley, link_ui, section_ui, selectable_galley, selecting, share_bar_ui,
        tag_ui,
    },
    words,
};
use crate::{
    diagnosis::causes::about,
    model::{
        Cause, EndedBy, Evidence, Explanation, Pattern, Session, SessionId, State, Usual, Verdict, duration_words,
        session::KeyValue,
    },
};
use egui::{
    Align, Button, CornerRadius, CursorIcon, FontId, Label, Layout, Rect, RichText, ScrollArea, Sense, Ui, WidgetInfo,
    accesskit::Role,
    pos2,
    text::{LayoutJob, TextFormat},
    vec2,
};

/// The heads of the pane: which of its faces is shown.
pub fn pane_heads_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = STEP;
        let mut head = |ui: &mut Ui, pane: Pane, text: &str| {
            let chosen = ctx.looking.pane == pane;
            let color = if chosen { ctx.palette.text } else { ctx.palette.dim };
            let short = match pane {
                Pane::Why if ctx.size == SizeClass::Medium => "Why",
                Pane::Summary if ctx.size == SizeClass::Medium => "All",
                _ => text,
            };
            let shown =
                RichText::new(short).size(12.0).color(color).variation(b"wght", if chosen { 600.0 } else { 400.0 });
            let response = ui.add(Button::selectable(chosen, shown));
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, text));
            if response.clicked() {
                commands.push(UiCommand::Show(pane));
            }
        };
        head(ui, Pane::Why, "Why it ended");
        head(ui, Pane::Clocks, "Clocks");
        head(ui, Pane::Tokens, "Tokens");
        head(ui, Pane::Events, "Events");
        head(ui, Pane::Summary, "All sessions");
        if ctx.size == SizeClass::Narrow {
            head(ui, Pane::Record, "Raw record");
        }
    });
}

/// The pane about one session.
pub fn details_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let selected = ctx.looking.selected.and_then(|id| ctx.opened.session(id).map(|session| (id, session)));
    let Some((id, session)) = selected else {
        ui.add_space(6.0 * STEP);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new("Choose a session to see why it ended").color(ctx.palette.dim));
        });
        return;
    };
    ScrollArea::vertical().auto_shrink(false).id_salt(("details", id)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        head_ui(ui, ctx, id, session);
        match &ctx.looking.explanation {
            Some(explanation) => verdict_ui(ui, ctx, session, explanation, commands),
            None => unended_ui(ui, ctx, session),
        }
        if let Some(cause) = ctx.opened.cause(id) {
            meaning_ui(ui, ctx, cause, commands);
        }
        patterns_ui(ui, ctx, commands);
        mark_ui(ui, ctx, id, commands);
        facts_ui(ui, ctx, session);
        keys_ui(ui, ctx, session);
        policies_ui(ui, ctx, &session.app);
        ui.add_space(3.0 * STEP);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().interact_size.y = 0.0;
            ui.spacing_mut().item_spacing = vec2(14.0, 4.0);
            let marked = ctx.looking.marks.has(id);
            for (text, command) in [
                ("Zoom to it", UiCommand::FitSession(id)),
                ("Copy as Markdown", UiCommand::CopyVerdict),
                ("Compare…", UiCommand::Compare),
                (if marked { "Take the mark away" } else { "Mark" }, UiCommand::Mark),
                ("Note…", UiCommand::ShowDialog(Dialog::Note)),
            ] {
                if link_ui(ui, text).clicked() {
                    commands.push(command);
                }
            }
        });
        ui.add_space(3.0 * STEP);
    });
}

/// What the cause is, and what to do about it, for one reader at a time.
fn meaning_ui(ui: &mut Ui, ctx: &ViewContext<'_>, cause: Cause, commands: &mut Vec<UiCommand>) {
    let about = about(cause);
    section_ui(ui, "What it means");
    ui.add(Label::new(about.explanation).wrap());
    advice_ui(ui, ctx.looking.reader, &about.advice, commands);
}

/// The patterns that the session shows beside the others.
fn patterns_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 4;
    let patterns: Vec<&Pattern> =
        ctx.looking.patterns.iter().filter_map(|&index| ctx.inspection().patterns.get(index)).take(MOST).collect();
    if patterns.is_empty() {
        return;
    }
    section_ui(ui, "Part of a pattern");
    for pattern in patterns {
        let color = ctx.palette.usual(Usual::Unusual);
        ui.horizontal_wrapped(|ui| {
            ui.label(strong(pattern.kind.label()).color(color));
            let link = link_ui(ui, "What to do");
            link.widget_info(|| {
                WidgetInfo::labeled(Role::Button, true, format!("What to do about: {}", pattern.kind.label()))
            });
            if link.clicked() {
                commands.push(UiCommand::Explain(Topic::Pattern(pattern.kind)));
            }
        });
        ui.add(Label::new(&pattern.headline).wrap());
    }
}

/// The reader's own mark and notes on the session.
fn mark_ui(ui: &mut Ui, ctx: &ViewContext<'_>, id: SessionId, commands: &mut Vec<UiCommand>) {
    let Some(mark) = ctx.looking.marks.of(id) else { return };
    section_ui(ui, "Your notes");
    if !mark.note.is_empty() {
        ui.add(Label::new(&mark.note).wrap());
    }
    for (at, event, note) in &mark.moments {
        ui.horizontal_wrapped(|ui| {
            let time = ui.add(Label::new(strong(ctx.clock().time(*at))).sense(Sense::click()));
            if time.on_hover_text("Put the time cursor here").clicked() {
                commands.push(event.map_or(UiCommand::Cursor(*at), UiCommand::SelectEvent));
            }
            ui.label(note);
        });
    }
    if link_ui(ui, "Change the note").clicked() {
        commands.push(UiCommand::ShowDialog(Dialog::Note));
    }
}

fn head_ui(ui: &mut Ui, ctx: &ViewContext<'_>, id: SessionId, session: &Session) {
    let palette = ctx.palette;
    let cause = ctx.opened.cause(id);
    ui.horizontal(|ui| {
        let (mark, _) = ui.allocate_exact_size(vec2(4.0, 14.0), Sense::hover());
        ui.painter().rect_filled(mark, CornerRadius::same(1), palette.cause(cause));
        ui.label(strong(words::cause_label(cause)).color(palette.cause_text(cause)));
        if let Some(verdict) = ctx.opened.verdict(id) {
            tag_ui(ui, words::usual_word(verdict.usual), palette.usual(verdict.usual))
                .on_hover_text(usual_words(verdict.usual));
            if verdict.stated {
                tag_ui(ui, "stated", palette.dim).on_hover_text("The source says so in its own words");
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut text = words::who(ctx.inspection(), id);
            if ctx.size != SizeClass::Medium {
                text = format!("{text} · {}", ctx.clock().time(session.started_at));
            }
            ui.add(Label::new(RichText::new(text).color(palette.dim)).truncate());
        });
    });
}

fn usual_words(usual: Usual) -> &'static str {
    match usual {
        Usual::Usual => "What the server's design intends; nothing to look into",
        Usual::Notable => "Policy, but surprising to the user",
        Usual::Unusual => "Something went wrong",
        Usual::Unknown => "Not known whether this is intended",
    }
}

fn sentence_ui(ui: &mut Ui, ctx: &ViewContext<'_>, text: &str, quieter: &str) {
    let whole = strong(words::unbroken(text)).size(SENTENCE).color(ctx.palette.text).line_height(Some(26.0));
    let sentence = ui.add(Label::new(whole).wrap());
    sentence.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    if !quieter.is_empty() {
        ui.add(Label::new(RichText::new(words::unbroken(quieter)).color(ctx.palette.dim)).wrap());
    }
}

fn verdict_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    session: &Session,
    explanation: &Explanation,
    commands: &mut Vec<UiCommand>,
) {
    sentence_ui(ui, ctx, &explanation.headline, &explanation.subline);
    ui.add_space(STEP);
    if explanation.verdict.cause != Cause::Undetermined {
        confidence_ui(ui, ctx, explanation.verdict);
    }
    ending_ui(ui, ctx, session, commands);
    if !explanation.evidence.is_empty() {
        section_ui(ui, "Evidence");
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (index, evidence) in explanation.evidence.iter().enumerate() {
                evidence_ui(ui, ctx, explanation, evidence, index, commands);
            }
        });
    }
    alternatives_ui(ui, ctx, explanation);
    if !explanation.tell_apart.is_empty() {
        section_ui(ui, "What would settle it");
        for sentence in &explanation.tell_apart {
            ui.horizontal_top(|ui| {
                ui.label(RichText::new("→").color(ctx.palette.dim));
                ui.add(Label::new(sentence).wrap());
            });
        }
    }
}

/// Between which two records it ended; milliseconds only where seconds can't tell them apart.
fn ending_ui(ui: &mut Ui, ctx: &ViewContext<'_>, session: &Session, commands: &mut Vec<UiCommand>) {
    let Some(ending) = session.ending() else { return };
    let clock = ctx.clock();
    let coarse = clock.time(ending.from) != clock.time(ending.until);
    let said = |at| if coarse { clock.time(at) } else { clock.exact(at) };
    let how = format!("({})", session.clues.ended_by.map_or("first refused", EndedBy::label));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let dim = |text: &str| RichText::new(text.to_owned()).color(ctx.palette.dim);
        if said(ending.from) == said(ending.until) {
            ui.label(dim("Ended at"));
        } else {
            ui.label(dim("Ended between"));
            time_ui(ui, &said(ending.from), session.last_alive, commands);
            ui.label(dim("(last alive) and"));
        }
        time_ui(ui, &said(ending.until), session.first_dead, commands);
        ui.label(dim(&how));
    });
}

/// How sure the verdict is.
fn confidence_ui(ui: &mut Ui, ctx: &ViewContext<'_>, verdict: Verdict) {
    let palette = ctx.palette;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Confidence").color(palette.dim));
        let percent = format!("{:.0} %", (verdict.confidence * 100.0).clamp(0.0, 100.0));
        let galley = line_galley(ui, &[(&percent, TextLook::body(palette.text).strong())], 60.0);
        let width = (ui.available_width() - galley.size().x - 12.0).max(40.0);
        share_bar_ui(
            ui,
            width,
            verdict.confidence,
            palette.cause(Some(verdict.cause)),
            &format!("Confidence {percent}"),
        );
        ui.label(strong(percent));
    });
}

/// A time that leads to its record.
fn time_ui(ui: &mut Ui, text: &str, event: Option<crate::model::EventId>, commands: &mut Vec<UiCommand>) {
    let label = Label::new(strong(text));
    match event {
        Some(event) => {
            let response = ui
                .add(label.sense(Sense::click()))
                .on_hover_text("Show the record")
                .on_hover_cursor(CursorIcon::PointingHand);
            response.widget_info(|| WidgetInfo::labeled(Role::Link, true, text));
            if response.clicked() {
                commands.push(UiCommand::SelectEvent(event));
            }
        }
        None => {
            ui.add(label);
        }
    }
}

fn evidence_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    explanation: &Explanation,
    evidence: &Evidence,
    index: usize,
    commands: &mut Vec<UiCommand>,
) {
    /// Log-odds that fill the bar: about fifty to one.
    const FULL: f32 = 4.0;
    const BAR: f32 = 46.0;
    let palette = ctx.palette;
    // Where nothing is settled, a fact speaks for or against its own cause.
    let is_open = explanation.verdict.cause == Cause::Undetermined;
    let speaks_for = (is_open || evidence.favours == explanation.verdict.cause) == (evidence.weight >= 0.0);
    let width = ui.available_width();
    let wrap = width - 20.0 - BAR - 12.0;
    let mut job = LayoutJob::simple(words::unbroken(&evidence.claim), FontId::proportional(BODY), palette.text, wrap);
    if evidence.favours != explanation.verdict.cause {
        let word = if evidence.weight >= 0.0 { "for" } else { "against" };
        let look = TextFormat::simple(FontId::proportional(SMALL), palette.cause_text(Some(evidence.favours)));
        job.append(&format!("\n{word} {}", evidence.favours.label()), 0.0, look);
    }
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(vec2(width, galley.size().y + 8.0), Sense::click_and_drag());
    let sign = if speaks_for { "For" } else { "Against" };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{sign}: {}", evidence.claim)));
    let is_shown = ctx.looking.evidence == Some(index);
    if is_shown || response.hovered() {
        let fill = if is_shown { palette.selection } else { palette.raised };
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), fill);
    }
    super::widgets::focus_ring(ui, &response, rect.expand2(vec2(4.0, 0.0)));
    let mark = if speaks_for { ("+", palette.readable(palette.good)) } else { ("\u{2212}", palette.dim) };
    let sign_galley = line_galley(ui, &[(mark.0, TextLook::body(mark.1).strong())], 20.0);
    ui.painter().galley(rect.min + vec2(2.0, 4.0), sign_galley, mark.1);
    selectable_galley(ui, &response, rect.min + vec2(20.0, 4.0), galley, palette.text);
    let share = (evidence.weight.abs() / FULL).clamp(0.06, 1.0);
    let color = match (is_open, speaks_for) {
        (true, _) => palette.cause(Some(evidence.favours)),
        (false, true) => palette.cause(Some(explanation.verdict.cause)),
        (false, false) => palette.dim,
    };
    let bar = Rect::from_min_max(
        pos2(rect.right() - BAR * share, rect.center().y - 2.5),
        pos2(rect.right(), rect.center().y + 2.5),
    );
    ui.painter().rect_filled(bar, CornerRadius::same(2), color);
    if response.clicked() {
        // Clicked again, it shows its next record.
        let shown = evidence.events.iter().position(|&event| ctx.looking.event == Some(event));
        let next = shown.map_or(0, |index| (index + 1) % evidence.events.len());
        commands.extend(evidence.events.get(next).copied().map(UiCommand::SelectEvent));
    }
    let about = format!(
        "{} {} · weight {:+.1} · {}",
        if evidence.weight >= 0.0 { "Speaks for" } else { "Speaks against" },
        evidence.favours.label(),
        evidence.weight,
        words::counted(evidence.events.len(), "record")
    );
    copy_menu(&response, &evidence.claim, commands);
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(about);
    if index + 1 < explanation.evidence.len() {
        hairline_ui(ui);
    }
}

fn alternatives_ui(ui: &mut Ui, ctx: &ViewContext<'_>, explanation: &Explanation) {
    if explanation.alternatives.is_empty() {
        return;
    }
    const NAME: f32 = 128.0;
    section_ui(ui, if explanation.verdict.cause == Cause::Undetermined { "Candidates" } else { "Also weighed" });
    for alternative in &explanation.alternatives {
        ui.horizontal_top(|ui| {
            let color = ctx.palette.cause_text(Some(alternative.cause));
            let name = line_galley(ui, &[(alternative.cause.label(), TextLook::body(color))], NAME);
            let (rect, response) = ui.allocate_exact_size(vec2(NAME, name.size().y), selecting());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, alternative.cause.label()));
            selectable_galley(ui, &response, rect.min, name, color);
            let share = alternative.confidence * 100.0;
            let percent = if share < 1.0 { "< 1 %".to_owned() } else { format!("{share:.0} %") };
            let text =
                if alternative.against.is_empty() { percent } else { format!("{percent} · {}", alternative.against) };
            ui.add(Label::new(RichText::new(text).color(ctx.palette.dim)).wrap());
        });
    }
}

fn unended_ui(ui: &mut Ui, ctx: &ViewContext<'_>, session: &Session) {
    match session.state {
        State::Active => {
            let quieter = format!("Last seen alive {}", ctx.clock().time(session.last_alive_at));
            sentence_ui(ui, ctx, "Still signed in when the input stops", &quieter);
        }
        State::Ended => sentence_ui(ui, ctx, "It ended, and this input can't tell why", ""),
    }
}

fn facts_ui(ui: &mut Ui, ctx: &ViewContext<'_>, session: &Session) {
    section_ui(ui, "Session");
    let clock = ctx.clock();
    let mut rows: Vec<(&str, String)> = vec![("App", session.app.to_string())];
    let began = if session.start_seen { "Signed in" } else { "Seen since" };
    rows.push((began, clock.moment(session.started_at)));
    let length = session.span().length();
    rows.push(("Length", if length == 0 { "seen once".to_owned() } else { duration_words(length) }));
    if let Some(at) = session.last_activity_at {
        rows.push(("Last user activity", clock.time(at)));
    }
    if session.sources.len() > 1 || ctx.inspection().sources.len() > 1 {
        let names: Vec<String> = session
            .sources
            .iter()
            .filter_map(|id| ctx.inspection().sources.get(usize::from(id.0)))
            .map(crate::model::SourceReport::name)
            .collect();
        rows.push(("Seen in", names.join(", ")));
    }
    rows_ui(ui, ctx, "facts", &rows);
}

fn rows_ui(ui: &mut Ui, ctx: &ViewContext<'_>, salt: &str, rows: &[(&str, String)]) {
    egui::Grid::new(salt).num_columns(2).min_row_height(0.0).spacing(vec2(16.0, 5.0)).show(ui, |ui| {
        for (name, value) in rows {
            ui.label(RichText::new(*name).color(ctx.palette.dim));
            ui.add(Label::new(value).wrap());
            ui.end_row();
        }
    });
}

fn keys_ui(ui: &mut Ui, ctx: &ViewContext<'_>, session: &Session) {
    const MOST: usize = 8;
    let keys = session.keys(&ctx.inspection().events.symbols);
    if keys.is_empty() {
        return;
    }
    section_ui(ui, "Told apart by");
    egui::Grid::new("keys").num_columns(2).min_row_height(0.0).spacing(vec2(16.0, 5.0)).show(ui, |ui| {
        for key in keys.iter().take(MOST) {
            ui.label(RichText::new(format!("{} {}", key.kind.id(), key.name)).color(ctx.palette.dim));
            let value = Label::new(RichText::new(words::key_value(&key.value)).monospace()).wrap();
            let hint = match key.value {
                KeyValue::Secret(_) => "A credential, shown by its fingerprint",
                KeyValue::Open(_) => "As it stands in the source",
            };
            ui.add(value).on_hover_text(hint);
            ui.end_row();
        }
    });
    if keys.len() > MOST {
        ui.label(RichText::new(format!("and {} more", keys.len() - MOST)).size(SMALL).color(ctx.palette.dim));
    }
}

/// The limits that an app was seen to enforce.
fn policies_ui(ui: &mut Ui, ctx: &ViewContext<'_>, app: &str) {
    let policies: Vec<_> = ctx.inspection().policies.iter().filter(|policy| &*policy.app == app).collect();
    if policies.is_empty() {
        return;
    }
    section_ui(ui, "Limits of this app");
    for policy in policies {
        super::summary::policy_row_ui(ui, ctx, policy);
    }
}
