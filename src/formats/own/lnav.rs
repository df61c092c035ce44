//! Format files of lnav: their patterns, the forms of their times and what their fields are.
//!
//! lnav's patterns are PCRE; what the patterns here don't know (look-around, back-references) makes a format unusable, which
//! is said. What its fields mean for a session is told by their names, and what a record says by its words.
//!
//! <https://docs.lnav.org/en/latest/formats.html>

use super::{
    Fault,
    plan::{Apart, Piece, Plan, Times, unit},
};
use crate::formats::fields::{Field, Part, role};
use regex::bytes::{Regex, RegexBuilder};
use serde_json::{Map, Value};

const REMEDY: &str = "see https://docs.lnav.org/en/latest/formats.html";

/// Reads all formats of a file.
pub(super) fn read(text: &str) -> Result<Vec<Plan>, Fault> {
    let file: Value = serde_json::from_str(text).map_err(|error| Fault {
        line: error.line(),
        column: error.column(),
        expected: "a format file of lnav".into(),
        found: error.to_string(),
        remedy: REMEDY.into(),
    })?;
    let mut plans = Vec::new();
    for (name, format) in file.as_object().into_iter().flatten() {
        let Some(format) = format.as_object() else { continue };
        if format.contains_key("regex") || format.get("json") == Some(&Value::Bool(true)) {
            plans.push(plan(name, format)?);
        }
    }
    if plans.is_empty() {
        return Err(Fault::whole("a format file of lnav", "no format with `regex` or `json` in it", REMEDY));
    }
    Ok(plans)
}

fn text<'a>(format: &'a Map<String, Value>, key: &str) -> &'a str {
    format.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn plan(name: &str, format: &Map<String, Value>) -> Result<Plan, Fault> {
    let apart = match format.get("regex").and_then(Value::as_object) {
        Some(patterns) => Apart::Patterns(
            patterns
                .iter()
                .filter_map(|(id, one)| Some((id, one.get("pattern")?.as_str()?)))
                .map(|(id, pattern)| read_pattern(name, id, pattern, format))
                .collect::<Result<_, _>>()?,
        ),
        None => Apart::Json(paths(format)),
    };
    let example = format.get("sample").and_then(|samples| samples.get(0)).and_then(|sample| sample.get("line"));
    let title = text(format, "title");
    let plan = Plan {
        id: name.to_owned(),
        title: if title.is_empty() { name.to_owned() } else { title.to_owned() },
        about: match format.get("url") {
            Some(Value::String(url)) => url.clone(),
            Some(Value::Array(urls)) => urls.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
            _ => String::new(),
        },
        example: example.and_then(Value::as_str).unwrap_or_default().to_owned(),
        apart,
        times: times(format),
        zone: None,
        rules: Vec::new(),
        words: true,
        others_go_on: format.get("multiline") != Some(&Value::Bool(false)),
    };
    if plan.names_time() {
        return Ok(plan);
    }
    let expected = format!("patterns with a group `{}` in {name}", timestamp(format));
    Err(Fault::whole(&expected, "one without", REMEDY))
}

fn timestamp(format: &Map<String, Value>) -> &str {
    Some(text(format, "timestamp-field")).filter(|field| !field.is_empty()).unwrap_or("timestamp")
}

/// What a field of a format is: by the part that lnav gives it, else by what programs mostly call such a thing.
fn piece_of(name: &str, format: &Map<String, Value>) -> Option<Piece> {
    let of_part = |key, usual| Some(text(format, key)).filter(|field| !field.is_empty()).unwrap_or(usual) == name;
    let field = match () {
        () if name == timestamp(format) => Field::Time,
        () if of_part("body-field", "body") => Field::Message,
        () if of_part("level-field", "level") => Field::Level,
        () => match role(Part::Record, name.as_bytes()).plain {
            Some((field, _)) if field != Field::Time => field,
            // What ties lines of one operation together: a session, where nothing else is called that.
            _ if of_part("opid-field", "opid") => Field::Session,
            _ => return None,
        },
    };
    Some(Piece::Field(field))
}

fn read_pattern(
    format_name: &str,
    id: &str,
    pattern: &str,
    format: &Map<String, Value>,
) -> Result<(Regex, Vec<(usize, Piece)>), Fault> {
    let regex = RegexBuilder::new(pattern).size_limit(10 << 20).build().map_err(|error| {
        let said = error.to_string();
        let said = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let expected = format!("a pattern without look-around and back-references in {format_name}/regex/{id}");
        Fault::whole(&expected, said.trim().trim_start_matches("error: "), "write it without, in a copy of the file")
    })?;
    let groups =
        regex.capture_names().enumerate().filter_map(|(group, name)| Some((group, piece_of(name?, format)?))).collect();
    Ok((regex, groups))
}

/// The paths of a format of JSON lines. Names may go into objects, with a slash between.
fn paths(format: &Map<String, Value>) -> Vec<(Vec<u8>, Piece)> {
    let of_parts = ["timestamp-field", "body-field", "level-field", "opid-field"].map(|key| text(format, key));
    let values = format.get("value").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str());
    let names = of_parts.into_iter().filter(|name| !name.is_empty()).chain(values).chain([timestamp(format)]);
    let mut paths: Vec<(Vec<u8>, Piece)> = Vec::new();
    for name in names {
        let path = name.trim_start_matches('/').replace('/', ".").into_bytes();
        if let Some(piece) = piece_of(name, format)
            && !paths.iter().any(|(other, _)| *other == path)
        {
            paths.push((path, piece));
        }
    }
    paths
}

/// The forms of the times: lnav's own directives in those of strptime.
fn times(format: &Map<String, Value>) -> Vec<Times> {
    if let Some(divisor) = format.get("timestamp-divisor").and_then(Value::as_f64).filter(|divisor| *divisor >= 1.0) {
        return vec![Times::Epoch((1e9 / divisor).round().max(1.0) as i64)];
    }
    let of = |form: &str| match form {
        "%s" => unit("epoch_s").map(Times::Epoch),
        "%i" => unit("epoch_ms").map(Times::Epoch),
        "%6" => unit("epoch_us").map(Times::Epoch),
        _ if form.contains("%q") || form.contains("%@") => None,
        _ => {
            Some(Times::Strptime(form.replace("%L", "%f").replace("%N", "%f").replace("%k", "%H").replace("%l", "%I")))
        }
    };
    let forms = format.get("timestamp-format").and_then(Value::as_array).into_iter().flatten();
    forms.filter_map(Value::as_str).filter_map(of).collect()
}
