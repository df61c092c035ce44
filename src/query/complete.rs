//! How a text that is being typed could go on.

use super::{parse::event_name, term::Field};
use crate::{
    inspection::Inspection,
    model::{Cause, EventKind, State},
};
use std::collections::BTreeMap;

/// One way on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The whole text with this way taken.
    pub text: String,
    /// The part that is offered: `cause:idle_timeout`.
    pub offer: String,
    /// What it is: "why it ended", "12 sessions".
    pub about: String,
    /// Whether it is a whole term; else a value is still to come.
    pub whole: bool,
}

/// The most ways that are offered.
const MOST: usize = 12;

/// The ways on from `text`, whose last word is being typed.
pub fn complete(text: &str, inspection: &Inspection) -> Vec<Completion> {
    let at = text.rfind(char::is_whitespace).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let (before, word) = text.split_at(at);
    let (sign, bare) = word.strip_prefix('-').map_or(("", word), |rest| ("-", rest));
    let way = |offer: String, about: String, whole: bool| Completion {
        text: format!("{before}{sign}{offer}{}", if whole { " " } else { "" }),
        offer,
        about,
        whole,
    };
    if let Some((field, typed)) = bare.split_once(':').and_then(|(name, typed)| Some((Field::of(name)?, typed))) {
        let typed = typed.trim_start_matches('"').to_lowercase();
        return values(field, inspection)
            .into_iter()
            .filter(|(value, _)| value.to_lowercase().contains(&typed) && !value.is_empty())
            .take(MOST)
            .map(|(value, about)| {
                let quoted = if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value };
                way(format!("{}:{quoted}", field.name()), about, !quoted.ends_with(['>', '<']))
            })
            .collect();
    }
    let typed = bare.to_lowercase();
    let fields = Field::ALL
        .into_iter()
        .filter(|field| field.name().starts_with(&typed))
        .map(|field| way(format!("{}:", field.name()), field.about().to_owned(), false));
    if typed.len() < 2 {
        return fields.take(MOST).collect();
    }
    // A word may be the beginning of a value: "idle" of a cause, "ali" of a user.
    let named = [Field::Cause, Field::User, Field::App].into_iter().flat_map(|field| {
        let found: Vec<(String, String)> = values(field, inspection)
            .into_iter()
            .filter(|(value, _)| value.to_lowercase().contains(&typed))
            .take(4)
            .collect();
        found.into_iter().map(move |(value, about)| (field, value, about))
    });
    let named = named.map(|(field, value, about)| {
        let quoted = if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value };
        way(format!("{}:{quoted}", field.name()), about, true)
    });
    fields.chain(named).take(MOST).collect()
}

/// The values that make sense for a field, likeliest first, and what each is.
fn values(field: Field, inspection: &Inspection) -> Vec<(String, String)> {
    let fixed = |values: &[(&str, &str)]| {
        values.iter().map(|&(value, about)| (value.to_owned(), about.to_owned())).collect::<Vec<_>>()
    };
    match field {
        Field::Cause => {
            let mut counted = [0_usize; Cause::ALL.len()];
            for verdict in inspection.verdicts.iter().flatten() {
                counted[verdict.cause as usize] += 1;
            }
            let mut causes: Vec<Cause> = Cause::ALL.into_iter().filter(|&cause| counted[cause as usize] > 0).collect();
            causes.sort_by_key(|&cause| std::cmp::Reverse(counted[cause as usize]));
            causes.into_iter().map(|cause| (cause.id().to_owned(), sessions(counted[cause as usize]))).collect()
        }
        Field::State => fixed(&[("ended", ""), ("active", "the input stops while it lives")]),
        Field::Unusual | Field::Incident | Field::Sanitized | Field::Marked => fixed(&[("yes", ""), ("no", "")]),
        Field::Usual => fixed(&[("unusual", ""), ("notable", ""), ("usual", ""), ("unclear", "")]),
        Field::User => counted(inspection.sessions.iter().filter_map(|session| session.user.as_deref())),
        Field::App => counted(inspection.sessions.iter().map(|session| &*session.app)),
        Field::Source => inspection.sources.iter().map(|source| (source.name(), String::new())).collect(),
        Field::Status => {
            fixed(&[("401", "not signed in"), ("403", "no right"), ("302", "redirect"), ("4xx", ""), ("5xx", "")])
        }
        Field::Event => EventKind::ALL.into_iter().skip(1).map(|kind| (event_name(kind), String::new())).collect(),
        Field::Dur => fixed(&[(">30m", "longer than"), ("<5m", "shorter than"), (">8h", "longer than")]),
        Field::After | Field::Before => ends(inspection),
        Field::Host | Field::Url | Field::Id => Vec::new(),
    }
}

fn sessions(count: usize) -> String {
    format!("{count} session{}", if count == 1 { "" } else { "s" })
}

fn counted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *count.entry(name).or_default() += 1;
    }
    let mut all: Vec<(&str, usize)> = count.into_iter().collect();
    all.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    all.into_iter().map(|(name, count)| (name.to_owned(), sessions(count))).collect()
}

/// The times of the first and the last ending, so that the form of a time is seen.
fn ends(inspection: &Inspection) -> Vec<(String, String)> {
    let ended = inspection.sessions.iter().filter(|session| session.state == State::Ended);
    let ends = ended.filter_map(|session| session.first_dead_at);
    let said = |at: i64, about: &str| {
        let text = crate::model::time::timestamp_from_nanos(at).strftime("%Y-%m-%dT%H:%M").to_string();
        (text, about.to_owned())
    };
    let (first, last) = (ends.clone().min(), ends.max());
    first.map(|at| said(at, "the first ending")).into_iter().chain(last.map(|at| said(at, "the last ending"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(text: &str) -> Vec<String> {
        complete(text, &Inspection::default()).into_iter().map(|way| way.offer).collect()
    }

    #[test]
    fn the_start_of_a_field_is_completed() {
        assert_eq!(offers("sta"), ["status:", "state:"]);
        assert_eq!(complete("bob sta", &Inspection::default())[0].text, "bob status:");
    }

    #[test]
    fn a_field_offers_its_values() {
        assert_eq!(offers("unusual:"), ["unusual:yes", "unusual:no"]);
        assert_eq!(offers("-unusual:n"), ["unusual:no"]);
        assert_eq!(complete("-unusual:n", &Inspection::default())[0].text, "-unusual:no ");
    }

    #[test]
    fn nothing_is_offered_for_a_word_that_begins_nothing() {
        assert!(offers("zzz").is_empty());
    }
}
