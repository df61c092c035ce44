//! What all sessions say together: causes, incidents, patterns, limits, accounts.

use super::{
    command::{Topic, UiCommand},
    filter::Counts,
    limits_view,
    state::ViewContext,
    theme::{SENTENCE, SMALL, STEP, strong},
    widgets::{TextLook, copy_menu, line_galley, link_ui, section_ui, selectable_galley, selecting},
    words,
};
use crate::{
    model::{Cause, Policy, TimeRange},
    query::Term,
    timeline::axis::fitted,
};
use egui::{
    CornerRadius, CursorIcon, Label, Rect, Response, RichText, ScrollArea, Sense, Ui, WidgetInfo,
    accesskit::Role,
    pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};

/// The pane about everything.
pub fn summary_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    ScrollArea::vertical().auto_shrink(false).id_salt("summary").show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let sentence = sentence(ctx.opened.counts);
        ui.add(Label::new(strong(sentence).size(SENTENCE).line_height(Some(26.0))).wrap());
        ui.label(RichText::new(ctx.clock().whole_range(ctx.opened.bounds)).color(ctx.palette.dim));
        causes_ui(ui, ctx, commands);
        incidents_ui(ui, ctx, commands);
        patterns_ui(ui, ctx, commands);
        limits_ui(ui, ctx, commands);
        accounts_ui(ui, ctx, commands);
        ui.add_space(4.0 * STEP);
    });
}

/// How many there are, how many ended, how many of those need a look.
fn sentence(counts: Counts) -> String {
    let number = |count: usize| words::grouped(count as u64);
    if counts.sessions == 0 {
        return "No session was found".to_owned();
    }
    let all = words::counted(counts.sessions, "session");
    if counts.ended == 0 {
        return format!("{all}, all still signed in");
    }
    let ended = format!("{all}, {} ended", number(counts.ended));
    match (counts.unusual, counts.unclear) {
        (0, 0) => format!("{ended}, none of them unusually"),
        (0, unclear) => format!("{ended}, {} of them for no cause that this input shows", number(unclear)),
        (unusual, _) => format!("{ended}, {} of them unusually", number(unusual)),
    }
}

fn causes_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    if ctx.opened.by_cause.is_empty() {
        return;
    }
    section_ui(ui, "Sessions by cause");
    let most = ctx.opened.by_cause.iter().map(|(_, count)| *count).max().unwrap_or(1);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for &(cause, count) in &ctx.opened.by_cause {
            cause_row_ui(ui, ctx, cause, count, most, commands);
        }
    });
}

fn cause_row_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    cause: Option<Cause>,
    count: usize,
    most: usize,
    commands: &mut Vec<UiCommand>,
) {
    let palette = ctx.palette;
    let term = Term::cause(cause);
    let pressed = ctx.looking.filter.has(&term);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::click_and_drag());
    let label = words::cause_label(cause);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, pressed, format!("{label}: {}", words::counted(count, "session")))
    });
    row_ground(ui, ctx, rect, &response, pressed);
    let text = line_galley(ui, &[(label, TextLook::body(palette.cause_text(cause)).strong())], 170.0);
    let number = line_galley(ui, &[(&words::grouped(count as u64), TextLook::body(palette.text).strong())], 80.0);
    let height = text.size().y;
    let top = rect.center().y - height / 2.0;
    selectable_galley(ui, &response, pos2(rect.left(), top), text, palette.text);
    let right = rect.right() - 44.0;
    ui.painter().galley(pos2(rect.right() - number.size().x, top), number, palette.text);
    let left = (rect.left() + 172.0).min(right - 20.0);
    let width = ((right - left) * count as f32 / most.max(1) as f32).max(3.0);
    let bar = Rect::from_min_size(pos2(left, rect.center().y - 4.0), vec2(width, 8.0));
    ui.painter().rect_filled(bar, CornerRadius::same(2), palette.cause(cause));
    copy_menu(&response, &format!("{label}: {}", words::counted(count, "session")), commands);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if response.on_hover_text(if pressed { "Show all causes" } else { "Show only these" }).clicked() {
        commands.push(UiCommand::Toggle(term));
    }
}

fn row_ground(ui: &Ui, ctx: &ViewContext<'_>, rect: Rect, response: &Response, pressed: bool) {
    if pressed || response.hovered() {
        let fill = if pressed { ctx.palette.selection } else { ctx.palette.raised };
        ui.painter().rect_filled(rect.expand2(vec2(6.0, 0.0)), CornerRadius::same(4), fill);
    }
    super::widgets::focus_ring(ui, response, rect.expand2(vec2(6.0, 0.0)));
}

/// A head and a sentence under it that can be followed.
fn finding_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    head: &str,
    color: egui::Color32,
    place: &str,
    sentence: &str,
) -> Response {
    let palette = ctx.palette;
    let width = ui.available_width();
    let looks = [
        (head, TextLook::body(color).strong()),
        ("  ", TextLook::body(color)),
        (place, TextLook { size: 12.0, color: palette.dim, strong: false }),
    ];
    let mut job = LayoutJob { wrap: TextWrapping::wrap_at_width(width), ..LayoutJob::default() };
    for (text, look) in looks {
        job.append(text, 0.0, look.format());
    }
    job.append(&format!("\n{sentence}"), 0.0, TextLook::body(palette.text).format());
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(vec2(width, galley.size().y + 8.0), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{head} {place}: {sentence}")));
    row_ground(ui, ctx, rect, &response, false);
    selectable_galley(ui, &response, rect.min + vec2(0.0, 4.0), galley, palette.text);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

fn incidents_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 60;
    let incidents = &ctx.inspection().incidents;
    if incidents.is_empty() {
        return;
    }
    section_ui(ui, "Incidents");
    for incident in incidents.iter().take(MOST) {
        let color = ctx.palette.readable(ctx.palette.incident(incident.kind));
        let place = ctx.clock().range(incident.range);
        let row = finding_ui(ui, ctx, incident.kind.label(), color, &place, &incident.headline);
        copy_menu(&row, &incident.headline, commands);
        if row.clicked() {
            let around = incident.range;
            let shortest = ctx.opened.bounds.length() / 12;
            let room = ((shortest - around.length()) / 2).max(0);
            commands.push(UiCommand::View(fitted(TimeRange {
                from: around.from.saturating_sub(room),
                until: around.until.saturating_add(room),
            })));
            commands.extend(incident.events.first().copied().map(UiCommand::SelectEvent));
        }
    }
    more_ui(ui, ctx, incidents.len(), MOST);
}

fn patterns_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 60;
    let patterns = &ctx.inspection().patterns;
    if patterns.is_empty() {
        return;
    }
    section_ui(ui, "Patterns");
    for (index, pattern) in patterns.iter().enumerate().take(MOST) {
        let place = words::counted(pattern.sessions.len(), "session");
        let color = ctx.palette.usual(crate::model::Usual::Unusual);
        let row = finding_ui(ui, ctx, pattern.kind.label(), color, &place, &pattern.headline);
        copy_menu(&row, &pattern.headline, commands);
        if row.clicked() {
            commands.extend(pattern.sessions.first().copied().map(UiCommand::SelectSession));
        }
        // Told once for all of a kind, under the last of them.
        if patterns.get(index + 1).filter(|_| index + 1 < MOST).is_none_or(|next| next.kind != pattern.kind) {
            ui.scope(|ui| {
                ui.spacing_mut().interact_size.y = 0.0;
                ui.spacing_mut().button_padding = vec2(0.0, 0.0);
                let link = link_ui(ui, "What it means, and what to do");
                let name = format!("What it means, and what to do: {}", pattern.kind.label());
                link.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.as_str()));
                if link.clicked() {
                    commands.push(UiCommand::Explain(Topic::Pattern(pattern.kind)));
                }
            });
        }
    }
    more_ui(ui, ctx, patterns.len(), MOST);
}

fn limits_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let policies = &ctx.inspection().policies;
    if policies.is_empty() {
        return;
    }
    section_ui(ui, "Limits the servers enforce");
    let mut app = "";
    for policy in policies.iter().take(60) {
        if app != &*policy.app {
            app = &policy.app;
            ui.label(RichText::new(app).size(SMALL).color(ctx.palette.dim));
        }
        policy_row_ui(ui, ctx, policy);
    }
    more_ui(ui, ctx, policies.len(), 60);
    limits_view::comparison_ui(ui, ctx, commands);
    limits_view::contradictions_ui(ui, ctx, commands);
}

/// One limit: what, how much, and what bounds it.
pub fn policy_row_ui(ui: &mut Ui, ctx: &ViewContext<'_>, policy: &Policy) {
    const NAME: f32 = 150.0;
    let (value, bounds) = words::policy_words(policy);
    ui.horizontal_top(|ui| {
        let name = line_galley(ui, &[(policy.limit.label(), TextLook::body(ctx.palette.text))], NAME);
        let (rect, response) = ui.allocate_exact_size(vec2(NAME, name.size().y), selecting());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, policy.limit.label()));
        selectable_galley(ui, &response, rect.min, name, ctx.palette.text);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.label(strong(value));
            let row = ui.add(Label::new(RichText::new(bounds).size(12.0).color(ctx.palette.dim)).wrap());
            if !policy.headline.is_empty() {
                row.on_hover_text(&policy.headline);
            }
        });
    });
}

fn accounts_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 40;
    let accounts = &ctx.inspection().accounts;
    if accounts.is_empty() {
        return;
    }
    section_ui(ui, "Accounts");
    for event in accounts.iter().take(MOST) {
        let color = ctx.palette.text;
        let user = event.user.as_deref().unwrap_or("unknown account");
        let place = format!("{user} · {}", ctx.clock().time(event.at));
        if finding_ui(ui, ctx, words::account_label(event.kind), color, &place, &event.headline).clicked() {
            commands.push(UiCommand::SelectEvent(event.event));
        }
    }
    more_ui(ui, ctx, accounts.len(), MOST);
}

fn more_ui(ui: &mut Ui, ctx: &ViewContext<'_>, all: usize, shown: usize) {
    if all > shown {
        let text = format!("and {} more", words::grouped((all - shown) as u64));
        ui.label(RichText::new(text).color(ctx.palette.dim));
    }
}
