//! `lapsed formats`: what can be read, and what became of each record of a file.

use super::{
    UNUSABLE,
    args::{CheckFormat, FormatsArgs, ReadArgs},
    inputs, now, print, unusable,
};
use crate::{
    formats::{Chosen, FORMATS, Format},
    inspection::{Options, Readings, inspect},
    report::check::{self, Window},
    source::Progress,
};
use anstyle::Style;
use std::{
    io::{self, Write},
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

/// How the files are to be read, as far as the command line says; else what is wrong with it.
pub fn readings(args: &ReadArgs) -> Result<Readings, String> {
    let mut readings = Readings::default();
    if let Some(name) = &args.input_format {
        let chosen = Chosen::of_id(name).ok_or_else(|| {
            let known: Vec<&str> = FORMATS.iter().map(|format| format.id()).collect();
            format!("expected --input-format with one of {}, but found {name:?}", known.join(", "))
        })?;
        readings.all.format = Some(chosen);
    }
    Ok(readings)
}

fn list(readings: &Readings, out: &mut dyn Write) -> io::Result<()> {
    let own = readings.own.iter().map(Chosen::format);
    for format in own.chain(FORMATS.iter().map(|format| *format as &dyn Format)) {
        let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
        writeln!(out, "{bold}{}{bold:#}  {}", format.id(), format.title())?;
        writeln!(out, "    {}", format.reference())?;
        for line in format.example().lines() {
            writeln!(out, "    {dim}{line}{dim:#}")?;
        }
    }
    Ok(())
}
