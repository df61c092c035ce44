//! The chain of a session's tokens: each as a bar from its issue to its end, what replaced it, and how each renewal came out.

use super::{
    command::UiCommand,
    state::ViewContext,
    widgets::{TextLook, copy_menu, focus_ring, line_galley, section_ui, selectable_galley},
    words,
};
use crate::{
    model::{
        EventId, Nanos, SessionId, TimeRange,
        chain::{Chain, Renewal, RenewalOutcome, TokenLife},
    },
    timeline::Axis,
};
use egui::{
    Align2, CornerRadius, CursorIcon, Rect, RichText, Sense, Stroke, Ui, WidgetInfo, accesskit::Role, pos2, vec2,
};

/// The most tokens that are shown of one session: its last ones.
const MOST: usize = 60;
const ROW: f32 = 34.0;

/// The tokens of a session by time, and its renewals.
pub fn chain_ui(ui: &mut Ui, ctx: &ViewContext<'_>, id: SessionId, commands: &mut Vec<UiCommand>) {
    let (Some(chain), Some(session)) = (ctx.inspection().chain(id), ctx.opened.session(id)) else { return };
    if chain.tokens.is_empty() {
        return;
    }
    section_ui(ui, "Chain of tokens");
    let skipped = chain.tokens.len().saturating_sub(MOST);
    if skipped > 0 {
        ui.label(RichText::new(format!("{} before these", words::counted(skipped, "token"))).color(ctx.palette.dim));
    }
    let span = session.span();
    let length = span.length().max(1);
    // What is valid for days longer than the session would leave no room for the rest.
    let latest = chain.tokens.iter().filter_map(|life| life.expires).max().unwrap_or(span.until);
    let until = latest.clamp(span.until, span.until.saturating_add(length / 2));
    let axis = Axis::new(TimeRange { from: span.from, until }, ui.cursor().left(), ui.available_width());
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (at, life) in chain.tokens.iter().enumerate().skip(skipped) {
            life_ui(ui, ctx, chain, at, life, &axis, commands);
        }
    });
    renewals_ui(ui, ctx, chain, commands);
}

fn life_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    chain: &Chain,
    at: usize,
    life: &TokenLife,
    axis: &Axis,
    commands: &mut Vec<UiCommand>,
) {
    let palette = ctx.palette;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click_and_drag());
    let fingerprint = ctx.inspection().events.secret(life.text).fingerprint();
    let role = words::token_role(life.role);
    let story = story(ctx, chain, life);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{role} {fingerprint}: {story}")));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.raised);
    }
    focus_ring(ui, &response, rect.expand2(vec2(4.0, 0.0)));
    let fingerprint = format!("  {fingerprint}  ");
    let runs = [
        (role, TextLook::small(palette.text).strong()),
        (fingerprint.as_str(), TextLook::small(palette.dim)),
        (story.as_str(), TextLook::small(palette.dim)),
    ];
    let galley = line_galley(ui, &runs, rect.width());
    selectable_galley(ui, &response, rect.min + vec2(0.0, 4.0), galley, palette.text);
    let from = life.issued.map_or_else(|| ctx.opened.time_of(life.first), |(_, at)| at);
    let gone = end_of(ctx, life);
    let y = rect.top() + 25.0;
    let band = |from: Nanos, until: Nanos, half: f32| {
        let left = axis.x_clamped(from, 0.0);
        Rect::from_min_max(pos2(left, y - half), pos2(axis.x_clamped(until, 0.0).max(left + 2.0), y + half))
    };
    if let Some(expires) = life.expires {
        ui.painter().rect_filled(band(from, expires.max(from), 1.5), 1, palette.validity);
    }
    // In use: thick, from its issue to what replaced or refused it.
    let used = gone.or_else(|| life.last_used.map(|event| ctx.opened.time_of(event)));
    if let Some(until) = used {
        ui.painter().rect_filled(band(from, until.max(from), 3.5), 2, palette.bar);
    }
    if let Some(refused) = life.refused.map(|event| ctx.opened.time_of(event)) {
        let (x, stroke) = (axis.x_clamped(refused, 0.0).min(rect.right() - 5.0), Stroke::new(2.0, palette.bad));
        ui.painter().line_segment([pos2(x - 4.0, y - 4.0), pos2(x + 4.0, y + 4.0)], stroke);
        ui.painter().line_segment([pos2(x - 4.0, y + 4.0), pos2(x + 4.0, y - 4.0)], stroke);
    }
    if let Some(cursor) = ctx.looking.cursor.filter(|&cursor| axis.view().contains(cursor)) {
        let x = axis.x_clamped(cursor, 0.0);
        ui.painter().vline(x, (y - 7.0)..=(y + 7.0), Stroke::new(1.0, palette.accent));
    }
    if response.clicked() {
        // Clicked again, it shows what became of the token.
        let stations = stations(life);
        let shown = stations.iter().position(|&event| ctx.looking.event == Some(event));
        let next = shown.map_or(0, |index| (index + 1) % stations.len());
        commands.extend(stations.get(next).copied().map(UiCommand::SelectEvent));
    }
    copy_menu(&response, &format!("{role}{fingerprint}{story}"), commands);
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui(|ui| {
        ui.label(format!("Token {} of {}", at + 1, chain.tokens.len()));
        ui.label(story.as_str());
        ui.label(RichText::new("Click for the record that issued it, again for its last use").color(palette.dim));
    });
}

/// The records that tell of a token: its issue, its last use, its end.
fn stations(life: &TokenLife) -> Vec<EventId> {
    let issued = life.issued.map_or(life.first, |(event, _)| event);
    let mut stations: Vec<EventId> = vec![issued];
    for event in [life.last_used, life.replaced, life.refused].into_iter().flatten() {
        if !stations.contains(&event) {
            stations.push(event);
        }
    }
    stations
}

fn end_of(ctx: &ViewContext<'_>, life: &TokenLife) -> Option<Nanos> {
    life.replaced.or(life.refused).map(|event| ctx.opened.time_of(event))
}

/// What became of a token: "older than the input, used 8 times, replaced 19:25:44".
fn story(ctx: &ViewContext<'_>, chain: &Chain, life: &TokenLife) -> String {
    let time = |event: EventId| ctx.clock().time(ctx.opened.time_of(event));
    let mut said = vec![match life.issued {
        Some((_, at)) => format!("given {}", ctx.clock().time(at)),
        None => "older than the input".to_owned(),
    }];
    said.push(match life.uses {
        0 => "never used".to_owned(),
        1 => "used once".to_owned(),
        2 => "used twice".to_owned(),
        uses => format!("used {} times", words::grouped(u64::from(uses))),
    });
    if let Some(replaced) = life.replaced {
        let by = life.replaced_by.and_then(|at| chain.token(at));
        let by = by.map(|life| ctx.inspection().events.secret(life.text).fingerprint());
        said.push(match by {
            Some(by) => format!("replaced {} by {by}", time(replaced)),
            None => format!("replaced {}", time(replaced)),
        });
    }
    said.extend(life.refused.map(|refused| format!("refused {}", time(refused))));
    said.join(", ")
}

fn renewals_ui(ui: &mut Ui, ctx: &ViewContext<'_>, chain: &Chain, commands: &mut Vec<UiCommand>) {
    if chain.renewals.is_empty() {
        return;
    }
    let palette = ctx.palette;
    section_ui(ui, "Renewals");
    let skipped = chain.renewals.len().saturating_sub(MOST);
    if skipped > 0 {
        let text = format!("{} before these", words::counted(skipped, "renewal"));
        ui.label(RichText::new(text).color(palette.dim));
    }
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for renewal in chain.renewals.iter().skip(skipped) {
            renewal_ui(ui, ctx, chain, renewal, commands);
        }
    });
}

fn renewal_ui(ui: &mut Ui, ctx: &ViewContext<'_>, chain: &Chain, renewal: &Renewal, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click_and_drag());
    let (said, went_well) = outcome_words(renewal.outcome);
    let races = chain.races.iter().any(|race| [race.first, race.second].contains(&renewal.event));
    let time = ctx.clock().time(renewal.sent_at);
    let beside = if races { ", at the same time as another" } else { "" };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Renewal at {time}: {said}{beside}")));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.raised);
    }
    focus_ring(ui, &response, rect.expand2(vec2(4.0, 0.0)));
    let color = if went_well { palette.text } else { palette.readable(palette.bad) };
    let runs = [
        (time.as_str(), TextLook { size: 12.0, color: palette.dim, strong: false }),
        ("   ", TextLook::small(palette.dim)),
        (said, TextLook { size: 12.0, color, strong: !went_well }),
        (beside, TextLook { size: 12.0, color: palette.text, strong: false }),
    ];
    let galley = line_galley(ui, &runs, rect.width());
    let place = Align2::LEFT_CENTER.anchor_size(rect.left_center(), galley.size());
    selectable_galley(ui, &response, place.min, galley, palette.text);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if response.on_hover_text("Show the record").clicked() {
        commands.push(UiCommand::SelectEvent(renewal.event));
    }
}

/// How a renewal came out, and whether that is as it should be.
fn outcome_words(outcome: RenewalOutcome) -> (&'static str, bool) {
    match outcome {
        RenewalOutcome::Renewed => ("gave a new token", true),
        RenewalOutcome::Refused => ("was refused", false),
        RenewalOutcome::Lost => ("got no answer", false),
        RenewalOutcome::Unsent => ("found no network", false),
        RenewalOutcome::Away => ("found the server away", false),
    }
}
