//! What causes and patterns mean and what to do about them, for three readers: the words of `lapsed explain`.

use super::{
    command::{Topic, UiCommand},
    reader::Reader,
    state::Looking,
    theme::{Palette, SENTENCE, STEP, strong},
    widgets::{section_ui, tag_ui},
    words,
};
use crate::{
    diagnosis::{
        causes::{Advice, about},
        patterns::rule_of,
    },
    model::{Cause, PatternKind, Usual},
};
use egui::{Button, ComboBox, Label, RichText, ScrollArea, Ui, WidgetInfo, accesskit::Role};

impl Topic {
    fn label(self) -> &'static str {
        match self {
            Self::Cause(cause) => cause.label(),
            Self::Pattern(kind) => kind.label(),
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        Cause::ALL.into_iter().map(Self::Cause).chain(PatternKind::ALL.into_iter().map(Self::Pattern))
    }
}

/// The reader to tell it to, and what is told.
pub fn advice_ui(ui: &mut Ui, reader: Reader, advice: &Advice, commands: &mut Vec<UiCommand>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = STEP;
        for other in Reader::ALL {
            let text = RichText::new(other.label()).size(12.0);
            if ui.add(Button::selectable(reader == other, text)).clicked() {
                commands.push(UiCommand::Reader(other));
            }
        }
    });
    let told = match reader {
        Reader::User => advice.user,
        Reader::Qa => advice.qa,
        Reader::Developer => advice.developer,
    };
    ui.add(Label::new(told).wrap());
}

/// The dialog: one cause or pattern, and the way to every other.
pub fn explain_ui(ui: &mut Ui, topic: Topic, looking: &Looking, most: egui::Vec2, commands: &mut Vec<UiCommand>) {
    let palette = Palette::from_ui(ui);
    ui.set_width(most.x.min(560.0));
    let response = ComboBox::from_id_salt("topic")
        .selected_text(if matches!(topic, Topic::Cause(_)) { "A cause" } else { "A pattern" })
        .height(420.0)
        .show_ui(ui, |ui| {
            for other in Topic::all() {
                if ui.selectable_label(other == topic, other.label()).clicked() {
                    commands.push(UiCommand::Explain(other));
                }
            }
        })
        .response;
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Explain another cause or pattern"));
    ScrollArea::vertical().max_height(most.y - 110.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.horizontal_wrapped(|ui| {
            let usual = match topic {
                Topic::Cause(cause) => cause.usual(),
                Topic::Pattern(_) => Usual::Unusual,
            };
            ui.label(strong(topic.label()).size(SENTENCE));
            tag_ui(ui, words::usual_word(usual), palette.usual(usual));
        });
        let (explanation, advice, settled_by) = match topic {
            Topic::Cause(cause) => {
                let about = about(cause);
                (about.explanation, about.advice, Some(about.settled_by))
            }
            Topic::Pattern(kind) => {
                let Some(rule) = rule_of(kind) else { return };
                (rule.explanation(), rule.advice(), None)
            }
        };
        ui.add(Label::new(explanation).wrap());
        section_ui(ui, "What to do");
        advice_ui(ui, looking.reader, &advice, commands);
        if let Some(settled_by) = settled_by {
            section_ui(ui, "What settles it");
            ui.add(Label::new(settled_by).wrap());
        }
    });
}
