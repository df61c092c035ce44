//! One line of a raw record: header names and methods stand out, what is looked for is lit, a masked value can be asked for.

use super::{command::UiCommand, theme::Palette};
use egui::{
    Button, FontId, RichText, Ui, WidgetInfo,
    accesskit::Role,
    text::{LayoutJob, TextFormat},
};

/// Longer lines are shown up to here; the copy has all of them.
const LONGEST: usize = 4000;

/// What a masked value begins with.
const DOTS: &str = "••••";

/// Words that are looked for, upper and lower case being the same.
#[derive(Debug)]
pub struct Find {
    wanted: String,
}

impl Find {
    /// Looks for this; nothing where it is empty.
    pub fn new(text: &str) -> Self {
        Self { wanted: text.trim().to_lowercase() }
    }

    /// Whether a line holds it.
    pub fn is_in(&self, line: &str) -> bool {
        self.next(line).is_some()
    }

    /// Where it stands first, from byte to byte. Only ASCII letters change their case without changing their length.
    fn next(&self, text: &str) -> Option<(usize, usize)> {
        if self.wanted.is_empty() {
            return None;
        }
        let at = text.to_ascii_lowercase().find(&self.wanted)?;
        Some((at, at + self.wanted.len()))
    }
}

/// The line. Lines around the record step back.
pub fn line_ui(
    ui: &mut Ui,
    palette: &Palette,
    line: &str,
    inside: bool,
    is_first: bool,
    find: &Find,
    commands: &mut Vec<UiCommand>,
) {
    let line = shown_line(line);
    let plain = if inside { palette.text } else { palette.dim };
    let Some(at) = fingerprint_at(&line) else {
        ui.label(job(palette, &line, plain, inside, is_first, find));
        return;
    };
    // A line with a button in it is no higher than one without.
    let height = ui.text_style_height(&egui::TextStyle::Monospace);
    let row = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(egui::vec2(ui.available_width(), height), row, |ui| {
        pieces_ui(ui, palette, &line, at, (plain, inside, is_first), find, commands);
    });
}

/// A line of the record that is broken at the edge, where it is too long.
pub fn whole_line_ui(
    ui: &mut Ui,
    palette: &Palette,
    line: &str,
    is_first: bool,
    find: &Find,
    commands: &mut Vec<UiCommand>,
) {
    let line = shown_line(line);
    if let Some(at) = fingerprint_at(&line) {
        let look = (palette.text, true, is_first);
        ui.horizontal_wrapped(|ui| pieces_ui(ui, palette, &line, at, look, find, commands));
    } else {
        ui.add(egui::Label::new(job(palette, &line, palette.text, true, is_first, find)).wrap());
    }
}

/// The pieces of a line between masked values, and a button for each of those.
fn pieces_ui(
    ui: &mut Ui,
    palette: &Palette,
    line: &str,
    at: (usize, usize),
    (plain, inside, is_first): (egui::Color32, bool, bool),
    find: &Find,
    commands: &mut Vec<UiCommand>,
) {
    ui.spacing_mut().item_spacing.x = 0.0;
    ui.spacing_mut().interact_size.y = 0.0;
    ui.spacing_mut().button_padding = egui::vec2(2.0, 0.0);
    let (mut rest, mut next, mut first) = (line, Some(at), is_first);
    while let Some((from, until)) = next {
        ui.label(job(palette, &rest[..from], plain, inside, first, find));
        let fingerprint = rest[until - 8..until].to_owned();
        let text = RichText::new(&rest[from..until]).font(FontId::monospace(12.0)).color(palette.dim);
        let button = ui.add(Button::new(text).fill(palette.raised).corner_radius(3));
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Show secret {fingerprint}")));
        if button
            .on_hover_text("Masked. Click to show this value in the open, until another record is chosen")
            .clicked()
        {
            commands.push(UiCommand::Reveal(fingerprint));
        }
        rest = &rest[until..];
        next = fingerprint_at(rest);
        first = false;
    }
    ui.label(job(palette, rest, plain, inside, false, find));
}

/// Where a masked value with its fingerprint stands.
fn fingerprint_at(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(DOTS)) {
        let start = from + at;
        let end = start + DOTS.len() + 9;
        let tail = text.get(start + DOTS.len()..end).unwrap_or("");
        if tail.starts_with(' ') && tail[1..].bytes().all(|byte| byte.is_ascii_hexdigit()) && tail.len() == 9 {
            return Some((start, end));
        }
        from = start + DOTS.len();
    }
    None
}

/// A line as it is shown: not endless, and without characters that do something instead of being seen.
pub fn shown_line(line: &str) -> String {
    let seen = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
    let mut text: String = line.chars().take(LONGEST).map(seen).collect();
    if line.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

/// A header's name and a request's method stand out, and so does what is looked for.
fn job(palette: &Palette, line: &str, plain: egui::Color32, inside: bool, is_first: bool, find: &Find) -> LayoutJob {
    let look = |color| TextFormat::simple(FontId::monospace(12.0), color);
    let mut job = LayoutJob::default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == ':';
    let name_ends = line.find(": ").filter(|&end| end > 0 && line[..end].chars().all(is_name));
    let method_ends = line
        .find(' ')
        .filter(|&end| is_first && (3..=7).contains(&end) && line[..end].chars().all(|c| c.is_ascii_uppercase()));
    let split = name_ends.or(method_ends).filter(|_| inside).unwrap_or(0);
    for (part, color) in [(&line[..split], palette.readable(palette.accent)), (&line[split..], plain)] {
        let mut rest = part;
        while let Some((from, until)) = find.next(rest) {
            job.append(&rest[..from], 0.0, look(color));
            let lit = TextFormat { background: palette.accent, ..look(palette.on_accent) };
            job.append(&rest[from..until], 0.0, lit);
            rest = &rest[until..];
        }
        job.append(rest, 0.0, look(color));
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_value_is_found_with_its_fingerprint_only() {
        let line = "Cookie: sid=•••• 0a1b2c3d; pw=••••; x=1";
        let (from, until) = fingerprint_at(line).expect("there is one");
        assert_eq!(&line[from..until], "•••• 0a1b2c3d");
        assert_eq!(fingerprint_at(&line[until..]), None);
    }

    #[test]
    fn what_is_looked_for_is_found_without_regard_to_case() {
        let find = Find::new(" Expired ");
        assert!(find.is_in("Session EXPIRED") && !find.is_in("session"));
        assert!(!Find::new("").is_in("anything"));
        assert_eq!(find.next("ÄÖ expired"), Some(("ÄÖ ".len(), "ÄÖ expired".len())));
    }
}
