//! Formats of the user's own: a page of TOML says how lines are taken apart and what they mean, or a format file of lnav
//! does the former.
//!
//! A [`Plan`] is what either becomes. It reads lines as any other notation does ([`record_lines`](super::record_lines)), so
//! that requests, sign-ins and endings mean what they mean everywhere. Such files lie in the settings folder, or are named
//! with `--input-format`. The page that describes them: `docs/own-formats.md`.

mod fault;
mod folder;
mod form;
mod lnav;
mod plan;
#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use folder::{of_file, of_folder, settings_folder};
pub(super) use plan::{Apart, Columns, Piece, Plan, is_time, read_with, sniff, split};

use super::{Chosen, Format, Input, Sniff, lines::CHUNK_BYTES};
use crate::model::{EventStore, Family, SourceReport};
use jiff::tz::TimeZone;
use std::{
    path::Path,
    sync::{Arc, Mutex},
};

/// The formats that a file describes: a page of TOML one, a format file of lnav (JSON) any number.
pub fn read(path: &Path, text: &str) -> Result<Vec<Chosen>, Fault> {
    let stem = path.file_stem().map_or_else(|| "own".into(), |stem| stem.to_string_lossy());
    let plans = if text.trim_start().starts_with('{') { lnav::read(text)? } else { vec![form::read(text, &stem)?] };
    Ok(plans.into_iter().map(|plan| Chosen::Own(Arc::new(Own::new(plan)))).collect())
}

/// A format that the user described.
#[derive(Debug)]
struct Own {
    plan: Arc<Plan>,
    id: &'static str,
    title: &'static str,
    about: &'static str,
    example: &'static str,
}

impl Own {
    fn new(plan: Plan) -> Self {
        let (id, title) = (kept(&plan.id), kept(&plan.title));
        Self { id, title, about: kept(&plan.about), example: kept(&plan.example), plan: Arc::new(plan) }
    }
}

/// Keeps a text for as long as the program runs, each once: reports name formats by texts that never go away.
fn kept(text: &str) -> &'static str {
    static KEPT: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let Ok(mut kept) = KEPT.lock() else { return "" };
    if let Some(known) = kept.iter().find(|known| **known == text) {
        return known;
    }
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    kept.push(text);
    text
}

impl Format for Own {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn reference(&self) -> &'static str {
        self.about
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn family(&self) -> Family {
        self.plan.family()
    }

    fn zone(&self) -> Option<TimeZone> {
        self.plan.zone.clone()
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        plan::sniff(&self.plan, head)
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        plan::read_with(&self.plan, &input.content.unwrapped_head(), input, events, report, CHUNK_BYTES);
    }
}
