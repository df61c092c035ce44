//! What the pointer meets in a lane.

use super::{state::ViewContext, theme::strong, words};
use crate::{
    model::{EventId, Nanos, SessionId, TimeRange, duration_words},
    timeline::{Axis, MarkKind},
};
use egui::{RichText, Ui};

/// The event nearest to `x`, weightier kinds first, within a few points.
pub fn nearest_event(ctx: &ViewContext<'_>, axis: &Axis, id: SessionId, x: f32) -> Option<EventId> {
    const REACH: f64 = 5.0;
    /// In a crowd the first few thousand are enough to point at one.
    const MOST: usize = 4000;
    let at = |x: f64| axis.time_from_x(x);
    let range = TimeRange::new(at(f64::from(x) - REACH), at(f64::from(x) + REACH));
    let events = &ctx.inspection().events;
    events
        .of_session_in(id, range)
        .take(MOST)
        .filter_map(|event| {
            let kind = MarkKind::of(events.kind(event))?;
            let away = (axis.x_from_time(events.time(event)) - f64::from(x)).abs();
            // A weighty mark a little further off wins over a dot under the pointer.
            Some((away - f64::from(kind as u8) * 0.5, event))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, event)| event)
}

/// Says what is under the pointer: an event, a stretch of the bar, or just the session.
pub fn tooltip_ui(ui: &mut Ui, ctx: &ViewContext<'_>, id: SessionId, hit: Option<EventId>, at: Option<Nanos>) {
    let Some(session) = ctx.opened.session(id) else { return };
    let (palette, clock) = (ctx.palette, ctx.clock());
    let events = &ctx.inspection().events;
    if let Some(event) = hit {
        let row = events.get(event);
        let kind = if Some(event) == session.first_dead {
            RichText::new(format!("{}: {}", row.kind.label(), words::cause_label(ctx.opened.cause(id))))
                .color(palette.cause_text(ctx.opened.cause(id)))
        } else {
            RichText::new(row.kind.label()).color(palette.event(row.kind))
        };
        ui.horizontal(|ui| {
            ui.label(kind.variation(b"wght", super::theme::SEMIBOLD));
            ui.label(RichText::new(clock.exact(row.time)).color(palette.dim));
        });
        let what = events.symbols.resolve(row.what);
        if !what.is_empty() {
            let status = if row.status > 0 { format!("  {}", row.status) } else { String::new() };
            ui.label(RichText::new(format!("{what}{status}")).monospace());
        }
        return;
    }
    ui.label(strong(format!("{} · {}", words::who(ctx.inspection(), id), session.app)));
    let within = |range: TimeRange| at.is_some_and(|at| range.contains(at));
    if let Some(gap) = session.gaps.iter().copied().find(|&gap| within(gap)) {
        ui.label(format!("No connection for {}", duration_words(gap.length())));
        ui.label(RichText::new(clock.range(gap)).color(palette.dim));
    } else if let Some(ending) = session.ending().filter(|&ending| within(ending)) {
        let cause = ctx.opened.cause(id);
        ui.label(RichText::new(words::cause_label(cause)).color(palette.cause_text(cause)));
        ui.label(clock.ending(ending));
    } else if let Some(quiet) = session
        .last_activity_at
        .filter(|&since| since < session.last_alive_at && within(TimeRange::new(since, session.last_alive_at)))
    {
        ui.label(format!("No user activity since {}", clock.time(quiet)));
    } else {
        ui.label(RichText::new(clock.range(session.span())).color(palette.dim));
    }
}
