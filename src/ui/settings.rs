//! What is remembered from one start to the next, in one small file where this system keeps settings: recent files, theme,
//! zone, grouping, the size of the window and of everything in it. Never anything of what was read.

use super::{clock::ZoneChoice, reader::Reader, state::Looking};
use crate::{inspection::Input, timeline::Grouping};
use egui::ThemePreference;
use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// How many files are remembered.
const RECENT: usize = 12;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Files that were open, the last ones first.
    pub recent: Vec<PathBuf>,
    /// The size of the window, in points.
    pub window: Option<[f32; 2]>,
    /// `dark`, `light`, or empty for as the desktop.
    theme: String,
    /// How large everything is.
    scale: Option<f32>,
    zone: String,
    grouping: String,
    reader: String,
    /// What the user chose; where nothing was chosen, the desktop is asked.
    less_motion: Option<bool>,
    /// Whether the desktop asks for less motion.
    #[serde(skip)]
    desktop_less: bool,
    /// Where they are kept; `None` in tests, which leave nothing behind.
    #[serde(skip)]
    file: Option<PathBuf>,
}

impl Settings {
    /// What an earlier start left behind; what can't be read is as if it were not there.
    pub fn load() -> Self {
        let Ok(folders) = etcetera::choose_base_strategy() else { return Self::default() };
        let file = folders.config_dir().join("lapsed").join("settings.json");
        let read = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let desktop_less = super::motion::is_unwanted(&folders.config_dir());
        Self { file: Some(file), desktop_less, ..read.unwrap_or_default() }
    }

    /// Puts what is remembered into effect.
    pub fn apply(&self, ctx: &egui::Context, looking: &mut Looking) {
        if let Some(zone) = ZoneChoice::of(&self.zone) {
            looking.zone = zone;
            looking.clock = super::clock::Clock::new(looking.zone.clone(), None);
        }
        looking.grouping = Grouping::ALL.into_iter().find(|one| one.label() == self.grouping).unwrap_or_default();
        looking.reader = Reader::ALL.into_iter().find(|one| one.label() == self.reader).unwrap_or_default();
        looking.less_motion = self.less_motion.unwrap_or(self.desktop_less);
        super::theme::set_motion(ctx, !looking.less_motion);
        match self.theme.as_str() {
            "dark" => ctx.set_theme(ThemePreference::Dark),
            "light" => ctx.set_theme(ThemePreference::Light),
            _ => {}
        }
        if let Some(scale) = self.scale.filter(|scale| (0.5..=3.0).contains(scale)) {
            ctx.set_zoom_factor(scale);
        }
    }

    /// Leaves behind what the next start is to know. A folder that can't be written is no reason to say anything.
    pub fn store(&mut self, ctx: &egui::Context, looking: &Looking) {
        let Some(file) = self.file.clone() else { return };
        looking.zone.text().clone_into(&mut self.zone);
        looking.grouping.label().clone_into(&mut self.grouping);
        looking.reader.label().clone_into(&mut self.reader);
        if looking.less_motion != self.less_motion.unwrap_or(self.desktop_less) {
            self.less_motion = Some(looking.less_motion);
        }
        self.theme = match ctx.options(|options| options.theme_preference) {
            ThemePreference::Dark => "dark".to_owned(),
            ThemePreference::Light => "light".to_owned(),
            ThemePreference::System => String::new(),
        };
        self.scale = Some(ctx.zoom_factor());
        let size = ctx.content_rect().size() * ctx.zoom_factor();
        self.window = (size.x > 300.0 && size.y > 200.0).then_some([size.x, size.y]);
        let _ = self.write(&file);
    }

    fn write(&self, file: &Path) -> io::Result<()> {
        let folder = file.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder)?;
        let mut beside = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut beside, self)?;
        beside.flush()?;
        beside.persist(file).map_err(|error| error.error)?;
        Ok(())
    }

    /// Remembers the files among `inputs`.
    pub fn remember(&mut self, inputs: &[Input]) {
        for input in inputs.iter().rev() {
            if let Input::Path(path) = input
                && let Ok(path) = std::path::absolute(path)
            {
                self.recent.retain(|other| *other != path);
                self.recent.insert(0, path);
            }
        }
        self.recent.truncate(RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_files_come_first_and_once() {
        let mut settings = Settings::default();
        let input = |name: &str| Input::Path(PathBuf::from(format!("/captures/{name}")));
        settings.remember(&[input("a.har"), input("b.har")]);
        settings.remember(&[input("b.har")]);
        assert_eq!(settings.recent, [PathBuf::from("/captures/b.har"), PathBuf::from("/captures/a.har")]);
        for n in 0..40 {
            settings.remember(&[input(&n.to_string())]);
        }
        assert_eq!(settings.recent.len(), RECENT);
    }

    #[test]
    fn the_desktop_asks_for_less_motion_until_the_user_chooses() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.json");
        let ctx = egui::Context::default();
        let mut settings = Settings { file: Some(file), desktop_less: true, ..Settings::default() };
        let mut looking = Looking::default();
        settings.apply(&ctx, &mut looking);
        assert!(looking.less_motion && ctx.global_style().animation_time == 0.0);
        settings.store(&ctx, &looking);
        assert_eq!(settings.less_motion, None, "nothing was chosen");
        looking.less_motion = false;
        settings.store(&ctx, &looking);
        settings.apply(&ctx, &mut looking);
        assert!(!looking.less_motion, "the choice outlasts the start");
    }

    #[test]
    fn what_is_kept_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("lapsed").join("settings.json");
        let ctx = egui::Context::default();
        let mut settings = Settings { file: Some(file.clone()), ..Settings::default() };
        let looking = Looking { zone: ZoneChoice::Local, grouping: Grouping::Cause, ..Looking::default() };
        settings.store(&ctx, &looking);
        let read: Settings = serde_json::from_slice(&fs::read(&file).expect("written")).expect("settings");
        let mut again = Looking::default();
        read.apply(&ctx, &mut again);
        assert_eq!((again.zone, again.grouping), (ZoneChoice::Local, Grouping::Cause));
    }
}
