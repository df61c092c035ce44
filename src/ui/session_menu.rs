//! What can be done with a session where it stands: in the list and in its lane.

use super::{command::UiCommand, state::ViewContext, words};
use crate::{
    model::{SessionId, duration_words},
    query::{Field, Term},
};
use egui::Response;

/// The menu of the second mouse button.
pub fn session_menu(response: &Response, ctx: &ViewContext<'_>, id: SessionId, commands: &mut Vec<UiCommand>) {
    let Some(session) = ctx.opened.session(id) else { return };
    let cause = ctx.opened.cause(id);
    response.context_menu(|ui| {
        if ui.button("Zoom to this session").clicked() {
            commands.extend([UiCommand::SelectSession(id), UiCommand::FitSession(id)]);
        }
        if let Some(user) = &session.user
            && ui.button(format!("Show only: {user}")).clicked()
        {
            commands.push(UiCommand::Toggle(Term::holds(Field::User, user)));
        }
        if ui.button(format!("Show only: {}", words::cause_label(cause))).clicked() {
            commands.push(UiCommand::Toggle(Term::cause(cause)));
        }
        if let Some(other) = ctx.looking.selected.filter(|&other| other != id)
            && ui.button(format!("Compare with {}", words::who(ctx.inspection(), other))).clicked()
        {
            commands.push(UiCommand::CompareWith(other, id));
        }
        let marked = ctx.looking.marks.has(id);
        if ui.button(if marked { "Take the mark away" } else { "Mark" }).clicked() {
            commands.extend([UiCommand::SelectSession(id), UiCommand::Mark]);
        }
        ui.separator();
        if ui.button("Copy text").clicked() {
            commands.push(UiCommand::CopyText(text(ctx, id)));
        }
        if ui.button("Copy as Markdown").clicked() {
            commands.extend([UiCommand::SelectSession(id), UiCommand::CopyVerdict]);
        }
    });
}

/// What the list and the lane show of a session, as one line.
fn text(ctx: &ViewContext<'_>, id: SessionId) -> String {
    let Some(session) = ctx.opened.session(id) else { return String::new() };
    let usual = ctx.opened.verdict(id).map(|verdict| format!(", {}", words::usual_word(verdict.usual)));
    format!(
        "{} · {} · {}{} · {} · {}",
        words::who(ctx.inspection(), id),
        session.app,
        words::cause_label(ctx.opened.cause(id)),
        usual.unwrap_or_default(),
        duration_words(session.span().length()),
        ctx.clock().moment(session.started_at),
    )
}
