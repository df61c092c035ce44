//! Which format a source is of: by its head, unless the user says.

use crate::{
    formats::{Chosen, FORMATS, Sniff, lines::head_lines},
    model::{Declined, Recognised},
    source::{Content, Wrapping},
};
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

/// How a source is to be read, as far as the user says.
#[derive(Clone, Debug, Default)]
pub struct ReadAs {
    /// Its format; `None` tells it by its content.
    pub format: Option<Chosen>,
    /// The zone of stamps that name none; `None` takes them for UTC.
    pub zone: Option<TimeZone>,
}

/// How sources are to be read: all of them, and single ones by the name that their report has.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    /// What holds for a source that is not named.
    pub all: ReadAs,
    /// What holds for one source in place of that, part by part.
    pub single: Vec<(PathBuf, ReadAs)>,
    /// Formats of the user's own, which a source is recognised as before any that is built in.
    pub own: Vec<Chosen>,
}

impl Readings {
    /// How the source of this name is to be read.
    pub fn of(&self, name: &Path) -> ReadAs {
        let single = self.single.iter().rev().find(|(other, _)| other == name).map(|(_, reading)| reading.clone());
        let ReadAs { format, zone } = single.unwrap_or_default();
        ReadAs { format: format.or_else(|| self.all.format.clone()), zone: zone.or_else(|| self.all.zone.clone()) }
    }
}

/// What one format said of a source's head.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The format.
    pub format: Chosen,
    /// What was taken off the lines before.
    pub wrapping: Wrapping,
    /// Its word.
    pub sniff: Sniff,
}

/// What every format says of a source's head, as it stands and without each wrapping that its lines have.
pub(super) fn attempts(content: &Content, own: &[Chosen]) -> Vec<Attempt> {
    let head = content.head();
    let mut attempts = Vec::new();
    let mut all = |head: &[u8], wrapping| {
        let formats = own.iter().cloned().chain(FORMATS.iter().copied().map(Chosen::BuiltIn));
        attempts.extend(formats.map(|format| Attempt { sniff: format.format().sniff(head), format, wrapping }));
    };
    all(&head, Wrapping::None);
    for wrapping in Wrapping::ALL {
        if let Some(inner) = wrapping.unwrap_head(&head) {
            all(&inner, wrapping);
        }
    }
    attempts
}

/// The format that a source is of: the first that is certain, by its lines as they stand or without what a program that
/// passed them on put around them; else the first that might be.
pub(super) fn recognise(content: &Content, own: &[Chosen]) -> Result<(Chosen, Recognised), Vec<Declined>> {
    let head = content.head();
    let bare = formats_of(&head, own);
    if let Ok((format, true)) = bare {
        return Ok((format, Recognised::Certain));
    }
    let mut unsure = None;
    for wrapping in Wrapping::ALL {
        match wrapping.unwrap_head(&head).map(|inner| formats_of(&inner, own)) {
            Some(Ok((format, true))) => {
                content.set_wrapping(wrapping);
                return Ok((format, Recognised::Certain));
            }
            // A structured record is no sentence, whatever is left in front of it.
            Some(Ok((format, false))) => {
                let better = match &unsure {
                    None => true,
                    Some((other, _)) => is_structured(&format) && !is_structured(other),
                };
                if better {
                    unsure = Some((format, wrapping));
                }
            }
            _ => {}
        }
    }
    // What stands in docker's entries may be JSON lines as the entries are, and a host's log may hold one application alone.
    let inside = |bare: &Chosen, (format, wrapping): &(Chosen, Wrapping)| {
        wrapping.is_telling() || is_structured(format) && !is_structured(bare)
    };
    match (bare, unsure) {
        (Ok((bare, _)), Some(unsure)) if inside(&bare, &unsure) => {
            content.set_wrapping(unsure.1);
            Ok((unsure.0, Recognised::Plausible))
        }
        (Err(_), Some((format, wrapping))) => {
            content.set_wrapping(wrapping);
            Ok((format, Recognised::Plausible))
        }
        (bare, _) => bare
            .map(|(format, _)| (format, Recognised::Plausible))
            .or_else(|why| of_some_lines(&head, own).map(|format| (format, Recognised::Plausible)).ok_or(why)),
    }
}

fn is_structured(format: &Chosen) -> bool {
    matches!(format.format().id(), "json_lines" | "logfmt")
}

/// The format of a good part of the lines where no format is that of most: by the kind of character that they begin with.
fn of_some_lines(head: &[u8], own: &[Chosen]) -> Option<Chosen> {
    /// One line in five.
    const SHARE: usize = 5;
    let kind = |line: &[u8]| match line.first() {
        Some(b'{') => 0,
        Some(b'0'..=b'9') => 1,
        Some(byte) if byte.is_ascii_alphabetic() => 2,
        Some(_) | None => 3,
    };
    let lines: Vec<&[u8]> = head_lines(head).collect();
    let mut kinds: Vec<Vec<&[u8]>> = vec![Vec::new(); 4];
    for line in &lines {
        if let Some(of_kind) = kinds.get_mut(kind(line)) {
            of_kind.push(line);
        }
    }
    kinds.sort_by_key(|of_kind| std::cmp::Reverse(of_kind.len()));
    kinds
        .iter()
        .filter(|of_kind| of_kind.len() >= 3 && of_kind.len() * SHARE >= lines.len())
        .find_map(|of_kind| certain_or_lines(&of_kind.join(&b'\n'), own))
}

/// Takes off the lines of a source whose format the user named what keeps it from being that format.
pub(super) fn unwrap_for(content: &Content, format: &Chosen) {
    let head = content.head();
    if format.format().sniff(&head) == Sniff::Certain {
        return;
    }
    let mut unsure = None;
    for wrapping in Wrapping::ALL {
        match wrapping.unwrap_head(&head).map(|inner| format.format().sniff(&inner)) {
            Some(Sniff::Certain) => return content.set_wrapping(wrapping),
            Some(Sniff::Plausible) => unsure = unsure.or(Some(wrapping)),
            _ => {}
        }
    }
    if let (Some(wrapping), Sniff::No(_)) = (unsure, format.format().sniff(&head)) {
        content.set_wrapping(wrapping);
    }
}

/// The format that lines are of that stand among others: one that is certain, or else one of structured lines, which are
/// never taken for something else.
pub(super) fn certain_or_lines(head: &[u8], own: &[Chosen]) -> Option<Chosen> {
    match formats_of(head, own) {
        Ok((format, true)) => Some(format),
        Ok((format, false)) => Some(format).filter(|format| matches!(format.format().id(), "json_lines" | "logfmt")),
        Err(_) => None,
    }
}

/// The format of these bytes, and whether that is certain; where there is none, what was tried.
fn formats_of(head: &[u8], own: &[Chosen]) -> Result<(Chosen, bool), Vec<Declined>> {
    let mut plausible = None;
    let mut declined = Vec::new();
    for format in own.iter().cloned().chain(FORMATS.iter().copied().map(Chosen::BuiltIn)) {
        match format.format().sniff(head) {
            Sniff::Certain => return Ok((format, true)),
            Sniff::Plausible => plausible = plausible.or(Some((format, false))),
            Sniff::No(why) => {
                let format = format.format();
                declined.push(Declined { format: format.id(), title: format.title(), why });
            }
        }
    }
    plausible.ok_or(declined)
}
