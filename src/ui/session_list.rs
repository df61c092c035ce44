//! The list of sessions: count chips that filter, an order, and one row a session, of which only those in sight are drawn.

use super::{
    command::{Dialog, UiCommand},
    filter::SortBy,
    session_menu::session_menu,
    state::{SizeClass, ViewContext},
    theme::{SMALL, STEP},
    widgets::{TextLook, count_chip_ui, focus_ring, line_galley, link_ui, paint_line},
    words,
};
use crate::{
    model::{Cause, SessionId, Usual},
    query::{Field, Term},
};
use egui::{
    Align2, Button, ComboBox, CornerRadius, Id, Rect, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    accesskit::Role, pos2, scroll_area::ScrollBarVisibility, vec2,
};

/// The height of a row.
const ROW: f32 = 48.0;

/// The whole list.
pub fn session_list_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
    egui::Frame::new().inner_margin(egui::Margin { left: 12, right: 12, top: 10, bottom: 4 }).show(ui, |ui| {
        // In a low window the rows have the room: the numbers stand in one line that scrolls.
        if ui.available_height() < 190.0 {
            let line = ScrollArea::horizontal().scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
            line.show(ui, |ui| ui.horizontal(|ui| chips_ui(ui, ctx, commands)));
        } else {
            ui.horizontal_wrapped(|ui| chips_ui(ui, ctx, commands));
            order_ui(ui, ctx, commands);
        }
    });
    if ctx.opened.shown.is_empty() {
        nothing_ui(ui, ctx, commands);
    } else {
        rows_ui(ui, ctx, commands);
    }
}

/// The numbers, each of which is a filter.
fn chips_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let counts = ctx.opened.counts;
    let incidents = ctx.inspection().incidents.len();
    let unreadable: u64 = ctx.inspection().sources.iter().map(|source| source.unreadable).sum();
    let filter = &ctx.looking.filter;
    let all = if counts.sessions == 1 { "session" } else { "sessions" };
    if count_chip_ui(ui, &words::grouped(counts.sessions as u64), all, false, None)
        .on_hover_text("Show every session")
        .clicked()
    {
        commands.push(UiCommand::ClearFilter);
    }
    let mut chip = |ui: &mut Ui, term: Term, count: usize, noun: &str, color| {
        let pressed = filter.has(&term);
        if count > 0 || pressed {
            let response = count_chip_ui(ui, &words::grouped(count as u64), noun, pressed, color);
            let hint = if pressed { "Show the others again" } else { "Show only these" };
            if response.on_hover_text(hint).clicked() {
                commands.push(UiCommand::Toggle(term));
            }
        }
    };
    let alarming = (counts.unusual > 0).then_some(ctx.palette.bad);
    chip(ui, Term::usual(Usual::Unusual), counts.unusual, "unusual", alarming);
    chip(ui, Term::usual(Usual::Notable), counts.notable, "notable", None);
    chip(ui, Term::usual(Usual::Unknown), counts.unclear, "unclear", None);
    chip(ui, Term::usual(Usual::Usual), counts.usual, "usual", None);
    chip(ui, Term::ended(true), counts.ended, "ended", None);
    chip(ui, Term::ended(false), counts.sessions - counts.ended, "active", None);
    let noun = if incidents == 1 { "incident" } else { "incidents" };
    chip(ui, Term::yes(Field::Incident), incidents, noun, None);
    chip(ui, Term::yes(Field::Sanitized), counts.sanitized, "sanitized", None);
    let marked = ctx.looking.marks.all().count();
    chip(ui, Term::yes(Field::Marked), marked, "marked", None);
    if unreadable > 0
        && count_chip_ui(ui, &words::grouped(unreadable), "unreadable", false, None)
            .on_hover_text("Records that could not be read: see which, and why")
            .clicked()
    {
        commands.push(UiCommand::ShowDialog(Dialog::Sources));
    }
}

fn order_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let filter = &ctx.looking.filter;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = STEP;
        ui.spacing_mut().interact_size.y = 24.0;
        ui.spacing_mut().button_padding = vec2(8.0, 2.0);
        let small = |text: &str| RichText::new(text.to_owned()).size(12.0);
        let response = ComboBox::from_id_salt("order")
            .selected_text(small(filter.sort.label()))
            .width(104.0)
            .show_ui(ui, |ui| {
                for sort in SortBy::ALL {
                    if ui.selectable_label(filter.sort == sort, sort.label()).clicked() {
                        commands.push(UiCommand::Sort(sort));
                    }
                }
            })
            .response;
        response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Order by {}", filter.sort.label())));
        let arrow = if filter.reversed { "↑" } else { "↓" };
        let turn = ui.add(Button::new(small(arrow)).min_size(vec2(24.0, 24.0))).on_hover_text("Turn the order round");
        turn.widget_info(|| WidgetInfo::selected(Role::Button, true, filter.reversed, "Turn the order round"));
        if turn.clicked() {
            commands.push(UiCommand::ReverseSort);
        }
        cause_filter_ui(ui, ctx, commands);
    });
}

fn cause_filter_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    let filter = &ctx.looking.filter;
    let on: Vec<Option<Cause>> =
        ctx.opened.by_cause.iter().map(|(cause, _)| *cause).filter(|cause| filter.has(&Term::cause(*cause))).collect();
    let every = if ctx.size == SizeClass::Wide { "Every cause" } else { "Cause" };
    let text = match on.as_slice() {
        [] => every.to_owned(),
        [one] => words::cause_label(*one).to_owned(),
        several => format!("{} causes", several.len()),
    };
    let width = (ui.available_width() - 28.0).clamp(60.0, 150.0);
    let response = ComboBox::from_id_salt("cause")
        .selected_text(RichText::new(&text).size(12.0))
        .width(width)
        .truncate()
        .height(420.0)
        .show_ui(ui, |ui| {
            if ui.selectable_label(on.is_empty(), "Every cause").clicked() {
                commands.push(UiCommand::Without(on.iter().copied().map(Term::cause).collect()));
            }
            for &(cause, count) in &ctx.opened.by_cause {
                let label = format!("{}  {}", words::cause_label(cause), words::grouped(count as u64));
                if ui.selectable_label(on.contains(&cause), label).clicked() {
                    commands.push(UiCommand::Toggle(Term::cause(cause)));
                }
            }
        })
        .response;
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Show cause: {text}")));
}

fn nothing_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    ui.vertical_centered(|ui| {
        ui.add_space(8.0 * STEP);
        if ctx.looking.filter.is_narrowing() {
            ui.label(RichText::new("No session matches").color(ctx.palette.dim));
            if link_ui(ui, "Show all sessions").clicked() {
                commands.push(UiCommand::ClearFilter);
            }
        } else {
            ui.label(RichText::new("No session was found").color(ctx.palette.dim));
            if link_ui(ui, "What was read").clicked() {
                commands.push(UiCommand::ShowDialog(Dialog::Sources));
            }
        }
    });
}

fn rows_ui(ui: &mut Ui, ctx: &ViewContext<'_>, commands: &mut Vec<UiCommand>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let list_rect = ui.available_rect_before_wrap();
    // One stop of the Tab key for the whole list; arrows walk its rows.
    let list = ui.interact(list_rect, Id::unique("session list"), Sense::focusable_noninteractive());
    list.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, "Sessions"));
    if list.has_focus() {
        ui.memory_mut(|memory| {
            let filter =
                egui::EventFilter { vertical_arrows: true, horizontal_arrows: true, ..egui::EventFilter::default() };
            memory.set_focus_lock_filter(list.id, filter);
        });
    }
    let mut area = ScrollArea::vertical().auto_shrink(false).id_salt("rows");
    if ctx.looking.reveal
        && let Some(offset) = offset_to_reveal(ui, ctx, list_rect.height())
    {
        area = area.vertical_scroll_offset(offset);
    }
    let output = area.show_rows(ui, ROW, ctx.opened.shown.len(), |ui, rows| {
        for &id in ctx.opened.shown.get(rows).unwrap_or_default() {
            row_ui(ui, ctx, id, commands);
        }
    });
    ui.data_mut(|data| data.insert_temp(Id::unique("list offset"), output.state.clamped_offset().y));
    focus_ring(ui, &list, list_rect);
}

/// The offset that brings the selected row into sight; `None` where it is.
fn offset_to_reveal(ui: &Ui, ctx: &ViewContext<'_>, height: f32) -> Option<f32> {
    let selected = ctx.looking.selected?;
    let row = ctx.opened.shown.iter().position(|&id| id == selected)? as f32;
    let offset = ui.data(|data| data.get_temp::<f32>(Id::unique("list offset"))).unwrap_or(0.0);
    let (top, bottom) = (row * ROW, (row + 1.0) * ROW);
    if top < offset {
        Some(top)
    } else if bottom > offset + height {
        Some(bottom - height)
    } else {
        None
    }
}

fn row_ui(ui: &mut Ui, ctx: &ViewContext<'_>, id: SessionId, commands: &mut Vec<UiCommand>) {
    let Some(session) = ctx.opened.session(id) else { return };
    let (palette, selected) = (ctx.palette, ctx.looking.selected == Some(id));
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::CLICK);
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListBoxOption, true, selected, words::session_name(ctx.inspection(), id))
    });
    if selected || response.hovered() {
        let fill = if selected { palette.selection } else { palette.raised.gamma_multiply(0.6) };
        ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
    }
    let cause = ctx.opened.cause(id);
    let mark = Rect::from_min_size(pos2(rect.left() + 12.0, rect.top() + 8.0), vec2(3.0, ROW - 16.0));
    ui.painter().rect_filled(mark, CornerRadius::same(2), palette.cause(cause));
    if ctx.looking.marks.has(id) {
        // A corner folded over, as in a book.
        let corner = rect.left_top();
        let points = vec![corner, corner + vec2(9.0, 0.0), corner + vec2(0.0, 9.0)];
        ui.painter().add(egui::Shape::convex_polygon(points, palette.accent, Stroke::NONE));
    }

    let usual = ctx.opened.verdict(id).map(|verdict| verdict.usual);
    let right = usual.map_or(rect.right() - 12.0, |usual| usual_chip(ui, ctx, rect, usual) - 8.0);
    let left = rect.left() + 25.0;
    let who = words::who(ctx.inspection(), id);
    let (strong, dim) = (TextLook::body(palette.text).strong(), TextLook::body(palette.dim));
    paint_line(
        ui,
        pos2(left, rect.top() + 7.0),
        Align2::LEFT_TOP,
        &[(&who, strong), ("  ", dim), (&session.app, dim)],
        right - left,
    );
    let span = session.span();
    let right = rect.right() - 12.0;
    let length = if span.length() == 0 { "seen once".to_owned() } else { words::short_duration(span.length()) };
    let said = format!(" · {length} · {}", ctx.clock().minute(span.from));
    let cause_look = TextLook::body(palette.cause_text(cause)).strong();
    let line = [(words::cause_label(cause), cause_look), (said.as_str(), dim)];
    paint_line(ui, pos2(left, rect.top() + 25.0), Align2::LEFT_TOP, &line, right - left);

    if response.clicked() {
        commands.push(UiCommand::SelectSession(id));
    }
    if response.double_clicked() {
        commands.push(UiCommand::FitSession(id));
    }
    session_menu(&response, ctx, id, commands);
    response.on_hover_ui(|ui| hover_ui(ui, ctx, id, cause));
}

fn usual_chip(ui: &Ui, ctx: &ViewContext<'_>, row: Rect, usual: Usual) -> f32 {
    let palette = ctx.palette;
    let color = palette.usual(usual);
    let galley = line_galley(ui, &[(words::usual_word(usual), TextLook { size: SMALL, color, strong: false })], 80.0);
    let size = galley.size() + vec2(12.0, 6.0);
    let rect = Align2::RIGHT_TOP.anchor_size(pos2(row.right() - 12.0, row.top() + 5.0), size);
    let quiet = matches!(usual, Usual::Usual | Usual::Unknown);
    let outline = if quiet { palette.dim.gamma_multiply(0.35) } else { color };
    ui.painter().rect_stroke(rect, CornerRadius::same(4), Stroke::new(1.0, outline), StrokeKind::Inside);
    ui.painter().galley(rect.min + vec2(6.0, 3.0), galley, color);
    rect.left()
}

fn hover_ui(ui: &mut Ui, ctx: &ViewContext<'_>, id: SessionId, cause: Option<Cause>) {
    let Some(session) = ctx.opened.session(id) else { return };
    let palette = ctx.palette;
    ui.label(super::theme::strong(format!("{} · {}", words::who(ctx.inspection(), id), session.app)));
    let explained = ctx.looking.explanation.as_ref().filter(|_| ctx.looking.selected == Some(id));
    let headline = explained.map_or(words::cause_label(cause), |explanation| &explanation.headline);
    ui.label(RichText::new(headline).color(palette.cause_text(cause)));
    let began = if session.start_seen { "Signed in" } else { "Seen since" };
    ui.label(format!("{began} {}", ctx.clock().time(session.started_at)));
    if let Some(ending) = session.ending() {
        ui.label(ctx.clock().ending(ending));
    }
}
