//! The tokens of the chosen record: what each claims, from when to when it is valid, what the keys say of its signature.

use super::{
    command::UiCommand,
    record_line::shown_line,
    state::ViewContext,
    theme::{SENTENCE, SMALL, STEP, strong},
    token_chain::chain_ui,
    widgets::{hairline_ui, link_ui, section_ui, tag_ui},
    words,
};
use crate::{
    inspection::{Claim, TokenReading},
    model::{
        EventId, Nanos, duration_words,
        proof::{KeyInfo, Signature},
    },
};
use egui::{
    Color32, CornerRadius, Label, Rect, RichText, ScrollArea, Sense, Stroke, Ui, WidgetInfo, accesskit::Role, pos2,
    vec2,
};

/// The pane.
pub fn tokens_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    ScrollArea::vertical().auto_shrink(false).id_salt("tokens").show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let Some(id) = ctx.looking.selected else {
            ui.add_space(6.0 * STEP);
            let text = "Choose a session to see its tokens";
            ui.vertical_centered(|ui| ui.label(RichText::new(text).color(ctx.palette.dim)));
            return;
        };
        let head = format!("The tokens of {}", words::who(ctx.inspection(), id));
        ui.add(Label::new(strong(head).size(SENTENCE)).wrap());
        findings_ui(ui, ctx, commands);
        for (event, tokens) in &ctx.looking.tokens {
            ui.push_id(event, |ui| record_ui(ui, ctx, *event, tokens, commands));
        }
        if ctx.looking.tokens.is_empty() {
            let text = if ctx.inspection().chain(id).is_some() {
                "The record in view carries no token"
            } else {
                "No record of this session carries a token: it goes by a cookie, a connection or a line of a log"
            };
            ui.add(Label::new(RichText::new(text).color(ctx.palette.dim)).wrap());
        }
        chain_ui(ui, ctx, id, commands);
        keys_ui(ui, ctx, commands);
        ui.add_space(3.0 * STEP);
    });
}

/// Tokens that should not be as they are, whatever ended the session.
fn findings_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 6;
    let findings = &ctx.inspection().events.proofs.findings;
    let color = ctx.palette.readable(ctx.palette.bad);
    for finding in findings.iter().take(MOST) {
        ui.horizontal_top(|ui| {
            ui.label(strong("!").color(color));
            let text = RichText::new(format!("{}.", finding.headline)).color(color);
            let row = ui.add(Label::new(text).wrap().sense(Sense::click())).on_hover_text("Show the record");
            row.widget_info(|| WidgetInfo::labeled(Role::Button, true, finding.headline.as_str()));
            if row.clicked() {
                commands.extend(finding.events.first().copied().map(UiCommand::SelectEvent));
            }
        });
    }
}

fn record_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    event: EventId,
    tokens: &[TokenReading],
    commands: &mut Vec<UiCommand>,
) {
    const MOST: usize = 12;
    let in_view = ctx.looking.records.iter().any(|(shown, _)| *shown == event);
    section_ui(ui, if in_view { "In this record" } else { "The last access token" });
    if !in_view {
        let at = ctx.clock().time(ctx.opened.time_of(event));
        let link = link_ui(ui, &format!("The record of {at}"));
        if link.on_hover_text("Show the record").clicked() {
            commands.push(UiCommand::SelectEvent(event));
        }
    }
    for (index, token) in tokens.iter().take(MOST).enumerate() {
        if index > 0 {
            ui.add_space(STEP);
            hairline_ui(ui);
        }
        ui.push_id(("token", index), |ui| token_ui(ui, ctx, token));
    }
    if tokens.len() > MOST {
        ui.label(RichText::new(format!("and {} more", tokens.len() - MOST)).color(ctx.palette.dim));
    }
}

fn token_ui(ui: &mut Ui, ctx: &ViewContext<'_>, token: &TokenReading) {
    let palette = ctx.palette;
    ui.horizontal_wrapped(|ui| {
        ui.label(strong(words::token_role(token.role)));
        ui.label(RichText::new(format!("•••• {}", token.in_record)).monospace().color(palette.dim))
            .on_hover_text("A credential, shown by its fingerprint");
        tag_ui(ui, if token.sent { "sent by the client" } else { "given by the server" }, palette.dim);
    });
    let signature = token.check.as_ref().map(|check| check.signature);
    if !token.signature.is_empty() {
        let (sign, color) = signature_look(ctx, signature);
        ui.horizontal_top(|ui| {
            ui.label(strong(sign).color(color));
            ui.add(Label::new(RichText::new(words::sentence(&token.signature)).color(color)).wrap());
        });
    } else if token.reading.is_none() {
        let text = "No JWT: only the server that issued it knows what it means";
        ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
    }
    validity_ui(ui, ctx, token);
    if let Some(reading) = &token.reading {
        claims_ui(ui, ctx, "Header", &reading.header);
        claims_ui(ui, ctx, "Claims", &reading.claims);
    }
}

/// A sign and a colour for what is known of a signature; the words beside it say the same.
fn signature_look(ctx: &ViewContext<'_>, signature: Option<Signature>) -> (&'static str, Color32) {
    let palette = ctx.palette;
    match signature {
        Some(Signature::Verified(_)) => ("✓", palette.readable(palette.good)),
        Some(Signature::Unmatched | Signature::Unsigned | Signature::Confused(_) | Signature::Unfit(_)) => {
            ("!", palette.readable(palette.bad))
        }
        Some(Signature::Unchecked | Signature::NoKey | Signature::Cut | Signature::Unsupported) | None => {
            ("–", palette.dim)
        }
    }
}

/// From when to when a token is valid, and where the time cursor stands to that.
fn validity_ui(ui: &mut Ui, ctx: &ViewContext<'_>, token: &TokenReading) {
    let palette = ctx.palette;
    let clock = ctx.clock();
    let Some(expires) = token.expires else {
        if !token.at_use.is_empty() {
            ui.label(&token.at_use);
        }
        return;
    };
    let from = token.valid_from.unwrap_or(expires).min(expires);
    let cursor = ctx.looking.cursor;
    let state = cursor.map(|at| at_cursor(from, expires, at)).unwrap_or_default();
    let said = if token.valid_from.is_some() {
        format!("Valid from {} to {}", clock.time(from), clock.time(expires))
    } else {
        format!("Valid until {}", clock.time(expires))
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, format!("{said}; {state}")));
    // A cursor far outside stands at the edge: the bar keeps its size.
    let length = expires.saturating_sub(from).max(1);
    let (first, last) = (from.saturating_sub(length / 4), expires.saturating_add(length / 4));
    let x = |at: Nanos| {
        let share = at.clamp(first, last).saturating_sub(first) as f64 / last.saturating_sub(first).max(1) as f64;
        rect.left() + rect.width() * share as f32
    };
    let y = rect.center().y;
    ui.painter().hline(rect.x_range(), y, Stroke::new(1.0, palette.line));
    let bar = Rect::from_min_max(pos2(x(from), y - 4.0), pos2(x(expires), y + 4.0));
    ui.painter().rect_filled(bar, CornerRadius::same(2), palette.validity);
    if let Some(at) = cursor {
        let x = x(at);
        ui.painter().vline(x, rect.y_range(), Stroke::new(2.0, palette.accent));
        if at < first || at > last {
            let by = if at < first { -5.0 } else { 5.0 };
            let points = vec![pos2(x, y - 4.0), pos2(x + by, y), pos2(x, y + 4.0)];
            ui.painter().add(egui::Shape::convex_polygon(points, palette.accent, Stroke::NONE));
        }
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(said).color(palette.dim));
        if !state.is_empty() {
            let is_out = cursor.is_some_and(|at| at >= expires || at < from);
            let color = if is_out { palette.readable(palette.bad) } else { palette.text };
            ui.label(strong(state).color(color));
        }
    });
}

fn at_cursor(from: Nanos, expires: Nanos, at: Nanos) -> String {
    if at < from {
        format!("begins {} after the cursor", duration_words(from.saturating_sub(at)))
    } else if at < expires {
        format!("{} left at the cursor", duration_words(expires.saturating_sub(at)))
    } else {
        format!("ran out {} before the cursor", duration_words(at.saturating_sub(expires)))
    }
}

/// Names, values and what the names mean.
fn claims_ui(ui: &mut Ui, ctx: &ViewContext<'_>, head: &str, claims: &[Claim]) {
    if claims.is_empty() {
        return;
    }
    let palette = ctx.palette;
    ui.add_space(STEP);
    ui.label(RichText::new(head).size(SMALL).color(palette.dim));
    egui::Grid::new(head).num_columns(2).min_row_height(0.0).spacing(vec2(12.0, 4.0)).show(ui, |ui| {
        for claim in claims {
            let name: String = claim.name.chars().take(24).collect();
            ui.label(RichText::new(shown_line(&name)).monospace().color(palette.readable(palette.accent)));
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.add(Label::new(shown_line(&claim.value)).wrap());
                if !claim.meaning.is_empty() {
                    ui.label(RichText::new(claim.meaning).size(SMALL).color(palette.dim));
                }
            });
            ui.end_row();
        }
    });
}

/// The keys at hand, what could not be used of them, and the way to more.
fn keys_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let palette = ctx.palette;
    let proofs = &ctx.inspection().events.proofs;
    section_ui(ui, "Keys");
    if proofs.keys.is_empty() {
        let text = "No key was given, so signatures are read and not checked. A public key (PEM), a JWKS or the shared secret \
                    shows whether the issuer made these tokens.";
        ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
    }
    let mut files: Vec<(&str, Vec<&KeyInfo>)> = Vec::new();
    for key in &proofs.keys {
        match files.iter_mut().find(|(file, _)| *file == &*key.file) {
            Some((_, keys)) => keys.push(key),
            None => files.push((&key.file, vec![key])),
        }
    }
    for (file, keys) in files {
        ui.horizontal_wrapped(|ui| {
            let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
            ui.label(strong(name)).on_hover_text(file);
            let kinds = match keys.as_slice() {
                [one] => one.kind.to_owned(),
                several => words::counted(several.len(), "key"),
            };
            ui.label(RichText::new(kinds).color(palette.dim));
            let link = link_ui(ui, "Take out");
            link.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Take out key {name}")));
            if link.on_hover_text("Verify with this key no more").clicked() {
                commands.push(UiCommand::DropKey(file.to_owned()));
            }
        });
    }
    for problem in proofs.problems.iter().take(20) {
        let text = format!("{}: {}", problem.file, problem.message);
        ui.add(Label::new(RichText::new(text).color(palette.readable(palette.bad))).wrap());
    }
    if ui.button("Add keys…").on_hover_text("PEM, JWKS or a shared secret; or drop it on the window").clicked() {
        commands.push(UiCommand::AskForKey);
    }
}
