//! Text into a query.

use super::term::{Ask, Comparison, Field, Moment, Query, Term, usual_name};
use crate::model::{
    Cause, EventKind, Nanos, Usual,
    time::{HOUR, MILLISECOND, MINUTE, SECOND},
};
use jiff::civil::{Date, Time};

/// What a text came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What it asks.
    pub query: Query,
    /// What of it was not understood, one sentence each without a period; that part asks for nothing.
    pub problems: Vec<String>,
}

/// Reads terms and words. What looks like a term but names no field is a word: `10:37`, `https://bank.example`.
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    for token in tokens(text) {
        let (negated, bare) = match token.text.strip_prefix('-') {
            Some(rest) if !token.quoted && rest.contains(':') => (true, rest),
            _ => (false, token.text.as_str()),
        };
        let named = bare.split_once(':').and_then(|(name, value)| Some((Field::of(name)?, value)));
        let Some((field, value)) = named.filter(|_| !token.quoted) else {
            if !token.text.is_empty() {
                parsed.query.words.push(token.text.to_lowercase());
            }
            continue;
        };
        if value.is_empty() {
            // Still being typed.
            continue;
        }
        for value in split_values(field, value) {
            match ask(field, value) {
                Ok(ask) => parsed.query.terms.push(Term { field, ask, negated, value: value.to_owned() }),
                Err(expected) => parsed.problems.push(format!("{}: expects {expected}, found {value}", field.name())),
            }
        }
    }
    parsed
}

struct Token {
    text: String,
    /// Whether it was quoted from its beginning, and so is a word whatever stands in it.
    quoted: bool,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut current = Token { text: String::new(), quoted: false };
    let (mut inside, mut any) = (false, false);
    for character in text.chars() {
        match character {
            '"' => {
                if !any {
                    current.quoted = true;
                }
                inside = !inside;
                any = true;
            }
            c if c.is_whitespace() && !inside => {
                if any {
                    found.push(std::mem::replace(&mut current, Token { text: String::new(), quoted: false }));
                }
                any = false;
            }
            c => {
                current.text.push(c);
                any = true;
            }
        }
    }
    if any {
        found.push(current);
    }
    found
}

/// `cause:logout,revoked` asks for either.
fn split_values(field: Field, value: &str) -> Vec<&str> {
    match field {
        Field::Url | Field::Id | Field::After | Field::Before => vec![value],
        _ => value.split(',').filter(|part| !part.is_empty()).collect(),
    }
}

fn ask(field: Field, value: &str) -> Result<Ask, String> {
    let lower = value.to_lowercase();
    match field {
        Field::Cause => Cause::ALL
            .into_iter()
            .find(|cause| cause.id() == lower || cause.label().to_lowercase() == lower)
            .map(Ask::Cause)
            .ok_or_else(|| "the id of a cause, such as idle_timeout".to_owned()),
        Field::State => match lower.as_str() {
            "ended" => Ok(Ask::Ended(true)),
            "active" => Ok(Ask::Ended(false)),
            _ => Err("ended or active".to_owned()),
        },
        Field::Unusual | Field::Incident | Field::Sanitized | Field::Marked => match lower.as_str() {
            "yes" | "y" | "true" => Ok(Ask::Is(true)),
            "no" | "n" | "false" => Ok(Ask::Is(false)),
            _ => Err("yes or no".to_owned()),
        },
        Field::Usual => [Usual::Usual, Usual::Notable, Usual::Unusual, Usual::Unknown]
            .into_iter()
            .find(|&usual| usual_name(usual) == lower)
            .map(Ask::Usual)
            .ok_or_else(|| "usual, notable, unusual or unclear".to_owned()),
        Field::User | Field::App | Field::Host | Field::Url | Field::Id | Field::Source => Ok(Ask::Holds(lower)),
        Field::Status => status(&lower),
        Field::Event => event_kind(&lower),
        Field::After | Field::Before => {
            moment(value).map(Ask::At).ok_or_else(|| "a time such as 14:00 or 2026-03-03T14:00".to_owned())
        }
        Field::Dur => {
            let (comparison, rest) = comparison(&lower, Comparison::AtLeast);
            length(rest)
                .map(|length| Ask::Lasts(comparison, length))
                .ok_or_else(|| "a length such as >30m, <8h or 90s".to_owned())
        }
    }
}

fn comparison(text: &str, plain: Comparison) -> (Comparison, &str) {
    for (sign, comparison) in [
        (">=", Comparison::AtLeast),
        ("<=", Comparison::AtMost),
        (">", Comparison::More),
        ("<", Comparison::Less),
        ("=", Comparison::Equal),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (comparison, rest);
        }
    }
    (plain, text)
}

fn status(text: &str) -> Result<Ask, String> {
    let expected = || "a status such as 401, 4xx or >=500".to_owned();
    if let Some(class) = text.strip_suffix("xx") {
        return class
            .parse::<u16>()
            .ok()
            .filter(|class| (1..=5).contains(class))
            .map(Ask::StatusClass)
            .ok_or_else(expected);
    }
    let (comparison, rest) = comparison(text, Comparison::Equal);
    rest.parse::<u16>().map(|number| Ask::Status(comparison, number)).map_err(|_unparsed| expected())
}

/// The name of a kind in a query: its label in lower case, blanks as underscores.
pub(super) fn event_name(kind: EventKind) -> String {
    kind.label().to_lowercase().replace([' ', '-'], "_").replace(',', "")
}

fn event_kind(text: &str) -> Result<Ask, String> {
    EventKind::ALL
        .into_iter()
        .find(|&kind| event_name(kind) == text)
        .map(Ask::Event)
        .ok_or_else(|| "a kind of event, such as refresh or rejection".to_owned())
}

/// `14:00`, `14:00:30`, `2026-03-03`, `2026-03-03T14:00`.
fn moment(text: &str) -> Option<Moment> {
    let text = text.trim_end_matches('Z');
    if let Some((date, time)) = text.split_once(['T', 't', ' ']) {
        return Some(Moment { date: Some(date.parse::<Date>().ok()?), time: time_of_day(time)? });
    }
    if let Ok(date) = text.parse::<Date>() {
        return Some(Moment { date: Some(date), time: Time::midnight() });
    }
    time_of_day(text).map(|time| Moment { date: None, time })
}

fn time_of_day(text: &str) -> Option<Time> {
    text.contains(':').then(|| text.parse::<Time>().ok()).flatten()
}

/// A length of time in nanoseconds: `90s`, `30m`, `1h30m`, `2d`, `250ms`; a number alone is minutes.
pub fn length(text: &str) -> Option<Nanos> {
    const DAY: Nanos = 24 * HOUR;
    if let Ok(minutes) = text.parse::<f64>() {
        return (0.0..1e8).contains(&minutes).then_some((minutes * MINUTE as f64) as Nanos);
    }
    let (mut rest, mut total) = (text, 0_i64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number = rest[..digits].parse::<f64>().ok().filter(|number| *number < 1e9)?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => MILLISECOND,
            "s" | "sec" => SECOND,
            "m" | "min" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            _ => return None,
        };
        rest = &rest[letters..];
        total = total.checked_add((number * unit as f64) as Nanos)?;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(text: &str) -> Vec<Ask> {
        parse(text).query.terms.into_iter().map(|term| term.ask).collect()
    }

    #[test]
    fn the_terms_of_the_help_are_understood() {
        let parsed = parse("cause:idle_timeout user:alice status:401 unusual:yes after:14:00 dur:>30m");
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        let fields: Vec<Field> = parsed.query.terms.iter().map(|term| term.field).collect();
        assert_eq!(fields, [Field::Cause, Field::User, Field::Status, Field::Unusual, Field::After, Field::Dur]);
        assert!(parsed.query.words.is_empty());
    }

    #[test]
    fn lengths_may_have_several_units() {
        assert_eq!(length("1h30m"), Some(90 * MINUTE));
        assert_eq!(length("90s"), Some(90 * SECOND));
        assert_eq!(length("15"), Some(15 * MINUTE));
        assert_eq!(length("1.5h"), Some(90 * MINUTE));
        assert_eq!(length("soon"), None);
        assert_eq!(length(""), None);
        assert_eq!(asks("dur:<=8h"), [Ask::Lasts(Comparison::AtMost, 8 * HOUR)]);
    }

    #[test]
    fn a_status_may_be_a_number_a_class_or_a_comparison() {
        assert_eq!(asks("status:401"), [Ask::Status(Comparison::Equal, 401)]);
        assert_eq!(asks("status:4xx"), [Ask::StatusClass(4)]);
        assert_eq!(asks("status:>=500"), [Ask::Status(Comparison::AtLeast, 500)]);
    }

    #[test]
    fn what_names_no_field_is_a_word() {
        let parsed = parse("10:37 https://bank.example \"two words\" -x");
        assert_eq!(parsed.query.words, ["10:37", "https://bank.example", "two words", "-x"]);
        assert!(parsed.problems.is_empty());
    }

    #[test]
    fn a_value_that_is_not_understood_is_said_so_and_asks_for_nothing() {
        let parsed = parse("status:abc cause:boredom bob");
        assert_eq!(parsed.problems.len(), 2);
        assert!(parsed.problems[0].contains("401"), "{:?}", parsed.problems);
        assert!(parsed.query.terms.is_empty());
        assert_eq!(parsed.query.words, ["bob"]);
    }

    #[test]
    fn a_term_that_is_being_typed_asks_for_nothing_yet() {
        assert_eq!(parse("cause:"), Parsed::default());
    }

    #[test]
    fn several_values_and_negation_are_understood() {
        let parsed = parse("cause:logout,revoked -user:bob");
        assert_eq!(parsed.query.terms.len(), 3);
        assert!(parsed.query.terms[2].negated);
        assert_eq!(parsed.query.terms[2].to_string(), "-user:bob");
    }

    #[test]
    fn what_is_written_of_a_term_reads_back_as_the_same() {
        for text in ["cause:idle_timeout", "-status:4xx", "user:\"bob smith\"", "after:2026-03-03T14:00", "dur:>30m"] {
            let first = parse(text).query.terms;
            let again = parse(&first[0].to_string()).query.terms;
            assert_eq!(first, again, "{text}");
        }
    }

    #[test]
    fn a_moment_may_have_a_date() {
        assert!(matches!(asks("after:14:00")[0], Ask::At(Moment { date: None, .. })));
        assert!(matches!(asks("before:2026-03-03")[0], Ask::At(Moment { date: Some(_), .. })));
        assert!(!parse("after:tomorrow").problems.is_empty());
    }
}
