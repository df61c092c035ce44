//! `lapsed formats`: what can be read, and what became of each record of a file.

use super::{
    UNUSABLE,
    args::{CheckFormat, FormatsArgs, ReadArgs},
    inputs, now, print, unusable,
};
use crate::{
    formats::{Chosen, FORMATS, Format, own, zone_named},
    inspection::{Options, Readings, inspect},
    report::check::{self, Window},
    source::Progress,
};
use anstyle::Style;
use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

/// Lists the formats, or checks files.
pub fn run(args: &FormatsArgs) -> ExitCode {
    let readings = match readings(&args.reading) {
        Ok(readings) => readings,
        Err(error) => return unusable(&error),
    };
    if args.check.is_empty() {
        return print(|out| list(&readings, out));
    }
    let options = Options { now: now(), readings: readings.clone(), ..Options::default() };
    let Some(inspection) = inspect(inputs(args.check.clone()), options, &Progress::default()) else {
        return ExitCode::FAILURE;
    };
    let window = Window { from: args.from.max(1), most: args.limit };
    let written = print(|out| match args.format {
        CheckFormat::Text => check::write(&inspection, &readings, window, out),
        CheckFormat::Json => check::write_json(&inspection, &readings, window, out),
    });
    if inspection.is_readable() { written } else { ExitCode::from(UNUSABLE) }
}

/// How the files are to be read: as the command line says, with the formats of the settings folder; else what is wrong with
/// what the command line says. A format of the settings folder that can't be used is told on standard error and left out.
pub fn readings(args: &ReadArgs) -> Result<Readings, String> {
    let mut readings = Readings::default();
    if let Some(folder) = own::settings_folder() {
        let (formats, faults) = own::of_folder(&folder);
        readings.own = formats;
        for (path, fault) in faults {
            let _ = writeln!(anstream::stderr().lock(), "lapsed: left out: {}: {fault}", path.display());
        }
    }
    if let Some(name) = &args.input_format {
        let own = readings.own.iter().find(|format| format.format().id() == name).cloned();
        match own.or_else(|| Chosen::of_id(name)) {
            Some(chosen) => readings.all.format = Some(chosen),
            None => of_file(name, &mut readings)?,
        }
    }
    if let Some(name) = &args.zone {
        let zone = zone_named(name).ok_or_else(|| {
            format!("expected --zone with a time zone such as Europe/Berlin, UTC or +02:00, but found {name:?}")
        })?;
        readings.all.zone = Some(zone);
    }
    Ok(readings)
}

/// The formats of a file that is named on the command line: the only one, or those that a source is told by.
fn of_file(name: &str, readings: &mut Readings) -> Result<(), String> {
    let path = Path::new(name);
    let is_file = path.extension().is_some_and(|extension| extension == "toml" || extension == "json");
    if !is_file && !path.is_file() {
        let own = readings.own.iter().map(|format| format.format().id());
        let known: Vec<&str> = own.chain(FORMATS.iter().map(|format| format.id())).collect();
        let known = known.join(", ");
        return Err(format!(
            "expected --input-format with a .toml or .json file or one of {known}, but found {name:?}"
        ));
    }
    let mut formats = own::of_file(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
    if formats.len() == 1 {
        readings.all.format = formats.pop();
    } else {
        readings.own = formats;
    }
    Ok(())
}

fn list(readings: &Readings, out: &mut dyn Write) -> io::Result<()> {
    let own = readings.own.iter().map(Chosen::format);
    for format in own.chain(FORMATS.iter().map(|format| *format as &dyn Format)) {
        let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
        writeln!(out, "{bold}{}{bold:#}  {}", format.id(), format.title())?;
        if !format.reference().is_empty() {
            writeln!(out, "    {}", format.reference())?;
        }
        for line in format.example().lines() {
            writeln!(out, "    {dim}{line}{dim:#}")?;
        }
    }
    Ok(())
}
