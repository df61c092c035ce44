//! A view into a file, and back.

use super::{
    app::LapsedApp,
    clock::ZoneChoice,
    filter::SortBy,
    loader::own_formats,
    marks::Mark,
    notice::Notice,
    view_file::{EXTENSION, KeyKept, ReadingKept, SessionKept, SourceKept, ViewFile, digest},
};
use crate::{
    formats::{Chosen, zone_named},
    inspection::{Input, Inspection, ReadAs},
    model::SessionId,
    timeline::Grouping,
};
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

impl LapsedApp {
    /// Keeps the view in a file.
    pub(super) fn save_view(&mut self, path: &Path) {
        let Some(opened) = &self.opened else { return };
        let path = if path.extension().is_some() { path.to_owned() } else { path.with_extension(EXTENSION) };
        let is_source = opened.inputs.iter().any(|input| matches!(input, Input::Path(source) if *source == path));
        if is_source {
            self.notice = Some(Notice::problem(format!("{} is a source; a view never replaces one", path.display())));
            return;
        }
        let kept = match self.kept(&path) {
            Ok(kept) => kept,
            Err(why) => {
                self.notice = Some(Notice::problem(why));
                return;
            }
        };
        self.notice = Some(match kept.write(&path) {
            Ok(()) => {
                self.looking.marks.unsaved = false;
                self.settings.remember(&[Input::Path(path.clone())]);
                let unkept = self.keys.iter().filter(|key| key.bytes.is_some()).count();
                let beside = match unkept {
                    0 => "",
                    1 => ", without a key that has no path",
                    _ => ", without keys that have no path",
                };
                Notice::said(&format!("Saved the view to {}{beside}", path.display()))
            }
            Err(error) => Notice::problem(format!("could not save the view to {}: {error}", path.display())),
        });
    }

    /// Keeps the view in a file, as the command does.
    pub fn save_view_to(&mut self, path: &Path) {
        self.save_view(path);
    }

    fn kept(&self, at: &Path) -> Result<ViewFile, String> {
        let Some(opened) = &self.opened else { return Err("nothing is open".to_owned()) };
        let looking = &self.looking;
        let folder = at.parent().and_then(|folder| std::path::absolute(folder).ok());
        let mut sources = Vec::new();
        for input in opened.inputs.iter().cloned().flat_map(super::folder_list::files_in) {
            let Input::Path(path) = &input else {
                return Err(
                    "a view keeps files by their paths; what was pasted or piped is saved to a file first".to_owned()
                );
            };
            let sha256 = digest(path).map_err(|error| format!("{}: {error}", path.display()))?;
            sources.push(SourceKept { path: beside(folder.as_deref(), path), sha256 });
        }
        let mut keys = Vec::new();
        for key in self.keys.iter().filter(|key| key.bytes.is_none()) {
            // A key whose file is gone by now is no reason to keep nothing.
            if let Ok(kept) = KeyKept::of(key, &key.path) {
                keys.push(KeyKept { path: beside(folder.as_deref(), &key.path), ..kept });
            }
        }
        let terms: Vec<String> = looking.filter.terms.iter().map(ToString::to_string).collect();
        let marks = looking.marks.all();
        Ok(ViewFile {
            sources,
            readings: self.readings_kept(&opened.inspection, folder.as_deref()),
            keys,
            query: [terms.join(" "), looking.filter.text.clone()].join(" ").trim().to_owned(),
            sort: looking.filter.sort.label().to_owned(),
            reversed: looking.filter.reversed,
            grouping: looking.grouping.label().to_owned(),
            zone: looking.zone.text().to_owned(),
            view: Some((looking.view.from, looking.view.until)),
            cursor: looking.cursor,
            selected: looking.selected.and_then(|id| known_by(&opened.inspection, id)),
            marks: marks
                .filter_map(|(id, mark)| Some(ViewFile::mark(known_by(&opened.inspection, id)?, mark)))
                .collect(),
            ..ViewFile::new()
        })
    }

    /// As what the reader said that sources are to be read.
    fn readings_kept(&self, inspection: &Inspection, folder: Option<&Path>) -> Vec<ReadingKept> {
        let reading = |path: &Path| {
            let ReadAs { format, zone } = self.readings.of(path);
            let format = format.map(|format| format.format().id().to_owned());
            let zone = zone.and_then(|zone| zone_words(&zone));
            (format.is_some() || zone.is_some()).then(|| ReadingKept { source: beside(folder, path), format, zone })
        };
        inspection.sources.iter().filter_map(|source| reading(&source.path)).collect()
    }

    /// Takes from a view as what its sources are to be read, and its keys, before they are read.
    pub(super) fn prepare(&mut self, view: &ViewFile) {
        let mut own = None;
        for kept in &view.readings {
            let format = kept.format.as_deref().and_then(|id| {
                let own = own.get_or_insert_with(own_formats);
                Chosen::of_id(id).or_else(|| own.iter().find(|format| format.format().id() == id).cloned())
            });
            let zone = kept.zone.as_deref().and_then(zone_named);
            self.readings.single.retain(|(name, _)| *name != kept.source);
            self.readings.single.push((kept.source.clone(), ReadAs { format, zone }));
        }
        for key in view.keys.iter().filter(|key| key.path.is_file()) {
            self.keys.retain(|other| other.path != key.path);
            self.keys.push(key.file());
        }
    }

    /// Looks at what is open as a view says, and says what has changed since.
    pub(super) fn restore(&mut self, view: &ViewFile) {
        let looking = &mut self.looking;
        if let Some(zone) = ZoneChoice::of(&view.zone) {
            looking.zone = zone;
        }
        looking.grouping =
            Grouping::ALL.into_iter().find(|grouping| grouping.label() == view.grouping).unwrap_or_default();
        looking.filter.sort = SortBy::ALL.into_iter().find(|sort| sort.label() == view.sort).unwrap_or_default();
        looking.filter.reversed = view.reversed;
        looking.filter.text.clone_from(&view.query);
        looking.filter.commit();
        let mut missing = 0;
        if let Some(opened) = &self.opened {
            for kept in &view.marks {
                let Some(id) = find(&opened.inspection, &kept.session) else {
                    missing += 1;
                    continue;
                };
                let moments = kept.moments.iter().map(|(at, note)| (*at, None, note.clone())).collect();
                looking.marks.restore(id, Mark { note: kept.note.clone(), moments });
            }
        }
        self.retime();
        let selected = self.opened.as_ref().zip(view.selected.as_ref());
        if let Some(id) = selected.and_then(|(opened, kept)| find(&opened.inspection, kept)) {
            self.select(id);
        }
        if let Some(opened) = &self.opened {
            if let Some(range) = view.view() {
                self.looking.set_view(range, opened.bounds);
            }
            self.looking.cursor = view.cursor.or(self.looking.cursor);
        }
        let mut changed = view.changes();
        let unknown = view.readings.iter().filter(|kept| kept.format.is_some());
        let unknown = unknown.filter(|kept| self.readings.of(&kept.source).format.is_none());
        changed.extend(
            unknown.map(|kept| format!("no format {} is known any more", kept.format.as_deref().unwrap_or(""))),
        );
        let lost = if missing > 0 { format!("; {missing} of its marks find no session") } else { String::new() };
        if !changed.is_empty() {
            self.notice = Some(Notice::problem(format!("Since this view was kept, {}{lost}", changed.join(", "))));
        } else if missing > 0 {
            self.notice = Some(Notice::problem(format!("This view was kept by another reading{lost}")));
        }
    }
}

/// A zone by its name, or by its offset (`+02:00`) where it has none.
fn zone_words(zone: &TimeZone) -> Option<String> {
    if let Some(name) = zone.iana_name() {
        return Some(name.to_owned());
    }
    let seconds = zone.to_fixed_offset().ok()?.seconds();
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    Some(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

/// A path as a view keeps it: one that lies beside it, or below, without the folders to there.
fn beside(folder: Option<&Path>, path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let below = folder.and_then(|folder| path.strip_prefix(folder).ok()).map(Path::to_owned);
    below.unwrap_or(path)
}

/// By what a session is known again.
fn known_by(inspection: &Inspection, id: SessionId) -> Option<SessionKept> {
    let session = inspection.sessions.get(id.0 as usize)?;
    Some(SessionKept {
        user: session.user.as_deref().map(str::to_owned),
        app: session.app.to_string(),
        started_at: session.started_at,
    })
}

fn find(inspection: &Inspection, kept: &SessionKept) -> Option<SessionId> {
    let found = inspection.sessions.iter().position(|session| {
        session.started_at == kept.started_at
            && *session.app == *kept.app
            && session.user.as_deref() == kept.user.as_deref()
    })?;
    Some(SessionId(found as u32))
}
