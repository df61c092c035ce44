//! A view into a file, and back.

use super::{
    app::LapsedApp,
    clock::ZoneChoice,
    filter::SortBy,
    marks::Mark,
    notice::Notice,
    view_file::{EXTENSION, SessionKept, SourceKept, ViewFile, digest},
};
use crate::{
    inspection::{Input, Inspection},
    model::SessionId,
    timeline::Grouping,
};
use std::path::Path;

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
                Notice::said(&format!("Saved the view to {}", path.display()))
            }
            Err(error) => Notice::problem(format!("could not save the view to {}: {error}", path.display())),
        });
    }

    /// Keeps the view in a file, as the command does.
    pub fn save_view_to(&mut self, path: &Path) {
        self.save_view(path);
    }

    fn kept(&self, beside: &Path) -> Result<ViewFile, String> {
        let Some(opened) = &self.opened else { return Err("nothing is open".to_owned()) };
        let looking = &self.looking;
        let folder = beside.parent().and_then(|folder| std::path::absolute(folder).ok());
        let mut sources = Vec::new();
        for input in opened.inputs.iter().cloned().flat_map(super::folder_list::files_in) {
            let Input::Path(path) = &input else {
                return Err(
                    "a view keeps files by their paths; what was pasted or piped is saved to a file first".to_owned()
                );
            };
            let path = std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let sha256 = digest(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let beside = folder.as_ref().and_then(|folder| path.strip_prefix(folder).ok());
            sources.push(SourceKept { path: beside.unwrap_or(&path).to_owned(), sha256 });
        }
        let terms: Vec<String> = looking.filter.terms.iter().map(ToString::to_string).collect();
        let marks = looking.marks.all();
        Ok(ViewFile {
            sources,
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
        let changed = view.changed();
        let lost = if missing > 0 { format!("; {missing} of its marks find no session") } else { String::new() };
        if !changed.is_empty() {
            self.notice =
                Some(Notice::problem(format!("Changed since this view was kept: {}{lost}", changed.join(", "))));
        } else if missing > 0 {
            self.notice = Some(Notice::problem(format!("This view was kept by another reading{lost}")));
        }
    }
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
