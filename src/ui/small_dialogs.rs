//! Small dialogs of one field each: a stretch of time, a time zone, a note.

use super::{
    clock::ZoneChoice,
    command::UiCommand,
    state::{Looking, Opened},
    theme::{Palette, STEP, strong},
    widgets::primary_button_ui,
};
use crate::model::{
    Nanos, TimeRange,
    time::{nanos_from_timestamp, timestamp_from_nanos},
};
use egui::{Button, Id, Key, Label, RichText, ScrollArea, TextEdit, Ui, WidgetInfo};
use jiff::{
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

/// A field that takes the keyboard as long as nothing else has it. Whether Enter was pressed in it.
fn field_ui(ui: &mut Ui, id: &str, name: &str, hint: &str, text: &mut String) -> bool {
    let palette = Palette::from_ui(ui);
    let field = TextEdit::singleline(text)
        .id(Id::unique(id))
        .hint_text(RichText::new(hint).color(palette.dim))
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    response.widget_info(|| {
        let mut info = WidgetInfo::text_edit(true, &text, &text, "");
        info.label = Some(name.to_owned());
        info
    });
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if !response.has_focus() && !entered && ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
    entered
}

/// Asks for a stretch of time.
pub fn range_ui(
    ui: &mut Ui,
    opened: Option<&Opened>,
    looking: &Looking,
    (text, problem): &mut (String, String),
    commands: &mut Vec<UiCommand>,
) {
    let palette = Palette::from_ui(ui);
    ui.set_width((ui.content_rect().width() - 80.0).min(460.0));
    ui.label(strong("Go to a stretch of time").size(16.0));
    let about = format!("Two times, or one and a length. By {}", looking.clock.label());
    ui.label(RichText::new(about).color(palette.dim));
    let mut go = field_ui(ui, "range", "Stretch of time", "10:30 – 10:45   or   10:30 +15m", text);
    if !problem.is_empty() {
        ui.add(Label::new(RichText::new(problem.as_str()).color(palette.readable(palette.bad))).wrap());
    }
    ui.add_space(STEP);
    ui.horizontal(|ui| {
        go |= primary_button_ui(ui, "Go").clicked();
        if ui.button("Cancel").clicked() {
            commands.push(UiCommand::HideDialog);
        }
    });
    let Some(opened) = opened.filter(|_| go) else { return };
    match range_from_text(text, looking.clock.zone(), opened.bounds) {
        Some(range) => {
            commands.push(UiCommand::HideDialog);
            commands.push(UiCommand::View(range));
        }
        None => {
            "Expected two times, such as 10:30 – 10:45, or a time and a length, such as 10:30 +15m".clone_into(problem);
        }
    }
}

/// `10:30 – 10:45`, `2026-03-03T10:30 2026-03-04`, `10:30 +15m`. A time without a date is of the first day.
fn range_from_text(text: &str, zone: &TimeZone, bounds: TimeRange) -> Option<TimeRange> {
    let first_day = timestamp_from_nanos(bounds.from).to_zoned(zone.clone()).date();
    let separated = text.replace([',', '\u{2013}', '\u{2014}'], " ").replace(" - ", " ").replace(" to ", " ");
    let mut words = separated.split_whitespace();
    let (first, second) = (words.next()?, words.next()?);
    let (from, day) = instant(first, first_day, zone)?;
    let until = match second.strip_prefix('+') {
        Some(length) => from.checked_add(crate::query::length(length)?)?,
        None => instant(second, day, zone)?.0,
    };
    (words.next().is_none() && until > from).then_some(TimeRange { from, until })
}

fn instant(text: &str, day: Date, zone: &TimeZone) -> Option<(Nanos, Date)> {
    let at: DateTime = match text.parse::<Time>() {
        Ok(time) if text.contains(':') && !text.contains('-') => day.to_datetime(time),
        _ => match text.parse::<DateTime>() {
            Ok(at) => at,
            Err(_) => text.parse::<Date>().ok()?.to_datetime(Time::midnight()),
        },
    };
    let zoned = at.to_zoned(zone.clone()).ok()?;
    Some((nanos_from_timestamp(zoned.timestamp())?, at.date()))
}

/// Asks for a time zone.
pub fn zone_ui(ui: &mut Ui, looking: &Looking, text: &mut String, commands: &mut Vec<UiCommand>) {
    const MOST: usize = 200;
    let palette = Palette::from_ui(ui);
    ui.set_width((ui.content_rect().width() - 80.0).min(380.0));
    ui.label(strong("Time zone").size(16.0));
    let entered = field_ui(ui, "zone search", "Find a zone", "Berlin, New York, UTC", text);
    let wanted = text.trim().to_lowercase().replace(' ', "_");
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| name.to_lowercase().contains(&wanted))
        .take(MOST)
        .collect();
    let mut chosen = names.first().filter(|_| entered).cloned();
    ui.add_space(STEP);
    if names.is_empty() {
        ui.label(RichText::new("No zone has this name").color(palette.dim));
    }
    let height = (ui.content_rect().height() - 240.0).clamp(100.0, 320.0);
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink(false).show(ui, |ui| {
        for name in names {
            let is_chosen = looking.zone == ZoneChoice::Named(name.clone());
            if ui
                .add(Button::selectable(is_chosen, name.as_str()).min_size(egui::vec2(ui.available_width(), 0.0)))
                .clicked()
            {
                chosen = Some(name);
            }
        }
    });
    if let Some(name) = chosen {
        commands.push(UiCommand::HideDialog);
        commands.push(UiCommand::Zone(ZoneChoice::Named(name)));
    }
}

/// Asks for a note on the chosen session, or on the moment under the time cursor.
pub fn note_ui(ui: &mut Ui, looking: &Looking, text: &mut String, commands: &mut Vec<UiCommand>) {
    let palette = Palette::from_ui(ui);
    ui.set_width((ui.content_rect().width() - 80.0).min(460.0));
    ui.label(strong("Note").size(16.0));
    ui.label(RichText::new("Kept with the view, never in a source").color(palette.dim));
    let entered = field_ui(ui, "note", "Note", "What you see here", text);
    ui.add_space(STEP);
    ui.horizontal(|ui| {
        if primary_button_ui(ui, "Keep on the session").clicked() || entered {
            commands.extend([UiCommand::Note(text.clone()), UiCommand::HideDialog]);
        }
        if let Some(at) = looking.cursor
            && ui.button(format!("Keep at {}", looking.clock.time(at))).clicked()
        {
            commands.extend([UiCommand::NoteAt(at, text.clone()), UiCommand::HideDialog]);
        }
        if ui.button("Cancel").clicked() {
            commands.push(UiCommand::HideDialog);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{HOUR, MINUTE, SECOND};

    /// 2026-03-03T00:00:00Z.
    const DAY: Nanos = 1_772_496_000 * SECOND;

    #[test]
    fn a_stretch_is_two_times_or_a_time_and_a_length() {
        let bounds = TimeRange { from: DAY + 9 * HOUR, until: DAY + 20 * HOUR };
        let read = |text: &str| range_from_text(text, &TimeZone::UTC, bounds);
        let wanted = Some(TimeRange { from: DAY + 10 * HOUR + 30 * MINUTE, until: DAY + 10 * HOUR + 45 * MINUTE });
        assert_eq!(read("10:30 – 10:45"), wanted);
        assert_eq!(read("10:30 +15m"), wanted);
        assert_eq!(read("2026-03-03T10:30 10:45"), wanted);
        assert_eq!(read("10:45 10:30"), None);
        assert_eq!(read("soon"), None);
    }
}
