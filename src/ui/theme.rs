//! Colours, type and spacing: the only file with a colour in it.
//!
//! A cause has one colour for marks in both themes. Text in a cause's colour is moved towards black or white until it has a
//! contrast of 4.5:1 on everything that it may stand on; a test holds it to that.

use crate::{
    model::{Cause, EventKind, IncidentKind, Usual},
    timeline::ClockKind,
};
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, FontTweak, Margin, RichText, Stroke, Style,
    TextStyle, Theme, Visuals, style::ScrollAnimation,
};
use std::sync::Arc;

/// One corner radius for everything that can be pressed.
pub const RADIUS: u8 = 6;
/// The step that every distance is a multiple of.
pub const STEP: f32 = 4.0;
/// Size of body text.
pub const BODY: f32 = 13.0;
/// Size of section heads and of what is said quietly.
pub const SMALL: f32 = 11.0;
/// Size of the sentence.
pub const SENTENCE: f32 = 20.0;
/// Weight of section heads, names and the sentence.
pub const SEMIBOLD: f32 = 600.0;

/// How much of the accent lies behind what is chosen among several.
const CHOSEN: f32 = 0.35;

/// The least contrast of text on its background.
pub const TEXT_CONTRAST: f32 = 4.5;
/// The least contrast of a mark on what it is drawn on.
pub const MARK_CONTRAST: f32 = 3.0;

/// The colours of one theme.
#[derive(Clone, Debug)]
pub struct Palette {
    /// Whether it is the dark one.
    pub dark: bool,
    /// Behind the timeline.
    pub background: Color32,
    /// Behind lists and details.
    pub panel: Color32,
    /// Behind the top bar and strips.
    pub strip: Color32,
    /// Hairlines.
    pub line: Color32,
    /// Behind chips and fields.
    pub raised: Color32,
    /// Behind what the pointer is over.
    pub hover: Color32,
    /// Text.
    pub text: Color32,
    /// Text that steps back.
    pub dim: Color32,
    /// Behind what is selected.
    pub selection: Color32,
    /// What can be followed, and where the keyboard is.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// A session's bar.
    pub bar: Color32,
    /// The bar once the user has gone quiet.
    pub bar_quiet: Color32,
    /// Ticks of activity in the bar.
    pub tick: Color32,
    /// Dots of background traffic.
    pub dot: Color32,
    /// Hatching where the connection was gone.
    pub gap: Color32,
    /// The thin line of a token's validity.
    pub validity: Color32,
    /// Sign-in, alive.
    pub good: Color32,
    /// Something that failed.
    pub bad: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

const DARK: Palette = Palette {
    dark: true,
    background: hex(0x14_16_1a),
    panel: hex(0x1b_1e_24),
    strip: hex(0x1b_1e_24),
    line: hex(0x2e_33_3d),
    raised: hex(0x2a_2e_37),
    hover: hex(0x33_38_43),
    text: hex(0xe6_e8_ec),
    dim: hex(0xa3_aa_b6),
    selection: hex(0x2a_33_42),
    accent: hex(0x6e_a8_fe),
    on_accent: hex(0x0d_13_1d),
    bar: hex(0x3f_6f_8f),
    bar_quiet: hex(0x2b_44_55),
    tick: hex(0xe6_e8_ec),
    dot: hex(0x9a_a1_ad),
    gap: hex(0x5b_64_72),
    validity: hex(0x8d_73_bd),
    good: hex(0x57_a7_73),
    bad: hex(0xd9_53_4f),
};

const LIGHT: Palette = Palette {
    dark: false,
    background: hex(0xf4_f5_f7),
    panel: hex(0xff_ff_ff),
    strip: hex(0xfb_fc_fd),
    line: hex(0xdf_e3_e8),
    raised: hex(0xe7_ea_ef),
    hover: hex(0xdb_e0_e7),
    text: hex(0x1d_21_29),
    dim: hex(0x56_5f_6d),
    selection: hex(0xe2_eb_fc),
    accent: hex(0x1f_6f_eb),
    on_accent: hex(0xff_ff_ff),
    bar: hex(0x8f_b8_d4),
    bar_quiet: hex(0xcb_dd_e8),
    tick: hex(0x1d_21_29),
    dot: hex(0x5b_64_72),
    gap: hex(0xa9_b2_be),
    validity: hex(0xb0_8f_e6),
    good: hex(0x3d_94_5c),
    bad: hex(0xc9_3a_36),
};

impl Palette {
    /// The palette of a theme.
    pub fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    /// The palette that a `Ui` is drawn with.
    pub fn from_ui(ui: &egui::Ui) -> &'static Self {
        Self::of(if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light })
    }

    /// The colour of a cause's marks; `None` is a session that is still alive.
    pub fn cause(&self, cause: Option<Cause>) -> Color32 {
        let Some(cause) = cause else { return self.good };
        let color = match cause {
            Cause::Logout => hex(0x7a_87_96),
            Cause::IdleTimeout => hex(0xd9_9a_2b),
            Cause::AbsoluteTimeout => hex(0xb9_8a_5e),
            Cause::TokenExpired => hex(0x9a_6f_e0),
            Cause::RefreshExpired => hex(0xc6_84_dc),
            Cause::RefreshReused => hex(0xe0_56_9b),
            Cause::NetworkGap => hex(0x3d_8b_d9),
            Cause::NetworkSwitch => hex(0x4f_b4_e0),
            Cause::ServerRestart => hex(0xd9_53_4f),
            Cause::KeyRotation => hex(0xe8_7a_3a),
            Cause::ConcurrentLogin => hex(0x1f_a3_9b),
            Cause::Revoked => hex(0xb8_4a_6f),
            Cause::CredentialsDropped => hex(0xa8_a4_2e),
            Cause::ClockSkew => hex(0x6c_7c_e6),
            Cause::AccountLocked => hex(0xa8_64_4a),
            Cause::AppUpdated => hex(0x7b_a0_3c),
            Cause::Undetermined => hex(0x9b_92_84),
        };
        self.moved(color, &[self.background, self.panel], MARK_CONTRAST)
    }

    /// The colour of text about a cause.
    pub fn cause_text(&self, cause: Option<Cause>) -> Color32 {
        self.readable(self.cause(cause))
    }

    /// The colour of an incident.
    pub fn incident(&self, kind: IncidentKind) -> Color32 {
        match kind {
            IncidentKind::ServerRestart => self.cause(Some(Cause::ServerRestart)),
            IncidentKind::KeyRotation => self.cause(Some(Cause::KeyRotation)),
            IncidentKind::Outage => self.cause(Some(Cause::AbsoluteTimeout)),
            IncidentKind::NetworkGap => self.cause(Some(Cause::NetworkGap)),
        }
    }

    /// The colour of a clock: that of the cause which its limit ends sessions by.
    pub fn clock(&self, kind: ClockKind) -> Color32 {
        match kind {
            ClockKind::Idle => self.cause(Some(Cause::IdleTimeout)),
            ClockKind::Age => self.cause(Some(Cause::AbsoluteTimeout)),
            ClockKind::AccessToken => self.cause(Some(Cause::TokenExpired)),
            ClockKind::RefreshToken => self.cause(Some(Cause::RefreshExpired)),
            ClockKind::Cookie => self.cause(Some(Cause::ConcurrentLogin)),
        }
    }

    /// The colour of a chip that says whether an ending is usual.
    pub fn usual(&self, usual: Usual) -> Color32 {
        match usual {
            Usual::Usual | Usual::Unknown => self.dim,
            Usual::Notable => self.readable(self.cause(Some(Cause::IdleTimeout))),
            Usual::Unusual => self.readable(self.bad),
        }
    }

    /// The colour of an event's kind where it is named.
    pub fn event(&self, kind: EventKind) -> Color32 {
        match kind {
            EventKind::SignIn | EventKind::ServerStart | EventKind::AccountUnlocked => self.readable(self.good),
            EventKind::Rejection
            | EventKind::RefreshRefused
            | EventKind::SignInFailed
            | EventKind::Outage
            | EventKind::ServerStop
            | EventKind::AccountLocked => self.readable(self.bad),
            EventKind::Activity | EventKind::Refresh | EventKind::SignOut | EventKind::Operator | EventKind::Close => {
                self.text
            }
            EventKind::Neutral | EventKind::Background | EventKind::Denied | EventKind::Gap => self.dim,
        }
    }

    /// Everything that text may stand on.
    pub fn grounds(&self) -> [Color32; 6] {
        [self.background, self.panel, self.strip, self.raised, self.hover, self.selection]
    }

    /// `color`, moved towards the text's end until it can be read on every ground.
    pub fn readable(&self, color: Color32) -> Color32 {
        self.moved(color, &self.grounds(), TEXT_CONTRAST)
    }

    /// `color`, moved towards the text's end until it has `least` contrast on all of `grounds`.
    fn moved(&self, color: Color32, grounds: &[Color32], least: f32) -> Color32 {
        let goal = if self.dark { Color32::WHITE } else { Color32::BLACK };
        let mut share = 0.0;
        loop {
            let tried = color.lerp_to_gamma(goal, share);
            if share >= 1.0 || grounds.iter().all(|&ground| contrast(tried, ground) >= least) {
                return tried;
            }
            share += 0.02;
        }
    }

    /// `color` laid thinly over the background, without transparency, so that shapes may overlap.
    pub fn thin(&self, color: Color32, share: f32) -> Color32 {
        self.background.lerp_to_gamma(color, share)
    }
}

/// The contrast of two opaque colours, as WCAG 2 defines it: 1 to 21.
pub fn contrast(one: Color32, other: Color32) -> f32 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Color32) -> f32 {
    let linear = |channel: u8| {
        let c = f32::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

/// Gives a context our fonts and both themes.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| apply(style, Palette::of(theme)));
    }
}

/// Whether things fade and slide, or are there at once.
pub fn set_motion(ctx: &egui::Context, moves: bool) {
    ctx.all_styles_mut(|style| {
        style.animation_time = if moves { Style::default().animation_time } else { 0.0 };
        style.scroll_animation = if moves { Style::default().scroll_animation } else { ScrollAnimation::none() };
    });
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for (name, family, bytes) in [
        ("Inter", FontFamily::Proportional, include_bytes!("../../assets/fonts/Inter.ttf").as_slice()),
        ("JetBrains Mono", FontFamily::Monospace, include_bytes!("../../assets/fonts/JetBrainsMono.ttf").as_slice()),
    ] {
        // Hinting rounds Inter's advances to whole pixels, which sets its regular weight far too wide.
        let tweak = FontTweak { hinting: Some(false), ..FontTweak::default() };
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes).tweak(tweak)));
        fonts.families.entry(family).or_default().insert(0, name.to_owned());
    }
    fonts
}

fn apply(style: &mut Style, palette: &Palette) {
    style.text_styles = [
        (TextStyle::Body, FontId::proportional(BODY)),
        (TextStyle::Button, FontId::proportional(BODY)),
        (TextStyle::Small, FontId::proportional(SMALL)),
        (TextStyle::Heading, FontId::proportional(SENTENCE)),
        (TextStyle::Monospace, FontId::monospace(12.0)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = egui::vec2(2.0 * STEP, STEP);
    spacing.button_padding = egui::vec2(10.0, STEP);
    spacing.interact_size.y = 26.0;
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.tooltip_width = 420.0;
    style.interaction.tooltip_delay = 0.25;
    style.interaction.selectable_labels = true;
    style.visuals = visuals(palette);
}

fn visuals(palette: &Palette) -> Visuals {
    let mut visuals = if palette.dark { Visuals::dark() } else { Visuals::light() };
    let radius = CornerRadius::same(RADIUS);
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.extreme_bg_color = palette.background;
    visuals.text_edit_bg_color = Some(palette.background);
    visuals.faint_bg_color = palette.raised;
    visuals.code_bg_color = palette.raised;
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.usual(Usual::Notable);
    visuals.error_fg_color = palette.usual(Usual::Unusual);
    visuals.weak_text_color = Some(palette.dim);
    visuals.selection.bg_fill = palette.accent.gamma_multiply(CHOSEN);
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    let widgets = &mut visuals.widgets;
    for (state, fill, stroke) in [
        (&mut widgets.noninteractive, palette.panel, Stroke::new(1.0, palette.line)),
        (&mut widgets.inactive, palette.raised, Stroke::NONE),
        (&mut widgets.hovered, palette.hover, Stroke::NONE),
        (&mut widgets.active, palette.hover, Stroke::new(1.5, palette.accent)),
        (&mut widgets.open, palette.hover, Stroke::NONE),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = stroke;
        state.corner_radius = radius;
        state.expansion = 0.0;
        state.fg_stroke = Stroke::new(1.0, palette.text);
    }
    visuals
}

/// Text in semibold.
pub fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).variation(b"wght", SEMIBOLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_any_cause_colour_can_be_read_in_both_themes() {
        for palette in [&DARK, &LIGHT] {
            let causes = Cause::ALL.into_iter().map(Some).chain([None]);
            for (cause, ground) in causes.flat_map(|cause| palette.grounds().map(|ground| (cause, ground))) {
                let got = contrast(palette.cause_text(cause), ground);
                assert!(got >= TEXT_CONTRAST, "{cause:?} on {ground:?}: {got}");
            }
        }
    }

    #[test]
    fn all_other_text_can_be_read_too() {
        for palette in [&DARK, &LIGHT] {
            for ground in palette.grounds() {
                for text in [palette.text, palette.dim, palette.usual(Usual::Unusual), palette.usual(Usual::Notable)] {
                    assert!(contrast(text, ground) >= TEXT_CONTRAST, "{text:?} on {ground:?}");
                }
            }
            assert!(contrast(palette.on_accent, palette.accent) >= TEXT_CONTRAST);
            // What is chosen among several lies on the accent, thinly.
            let chosen = palette.panel.lerp_to_gamma(palette.accent, CHOSEN);
            assert!(contrast(palette.text, chosen) >= TEXT_CONTRAST);
        }
    }

    #[test]
    fn marks_stand_out_from_what_they_are_drawn_on() {
        for palette in [&DARK, &LIGHT] {
            for cause in Cause::ALL {
                let got = contrast(palette.cause(Some(cause)), palette.background);
                assert!(got >= MARK_CONTRAST, "{cause:?}: {got}");
            }
            assert!(contrast(palette.tick, palette.bar) >= 3.0);
        }
    }

    #[test]
    fn words_about_kinds_and_clocks_can_be_read() {
        use crate::model::EventKind::{Activity, Background, Rejection, SignIn};
        for palette in [&DARK, &LIGHT] {
            for ground in palette.grounds() {
                for kind in [Activity, Background, Rejection, SignIn] {
                    assert!(contrast(palette.event(kind), ground) >= TEXT_CONTRAST, "{kind:?} on {ground:?}");
                }
                for color in [palette.accent, palette.good, palette.bad] {
                    assert!(contrast(palette.readable(color), ground) >= TEXT_CONTRAST, "{color:?} on {ground:?}");
                }
            }
        }
    }

    #[test]
    fn no_two_causes_share_a_colour() {
        let mut seen: Vec<_> = Cause::ALL.iter().map(|&cause| DARK.cause(Some(cause)).to_array()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), Cause::ALL.len());
    }
}
