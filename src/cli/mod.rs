//! The command line: arguments in, an exit status out. Results go to standard output, diagnostics to standard error.

mod args;
mod explain;
mod formats;
mod simulate;

use crate::{
    diagnosis::presets::{self, Standard},
    inspection::{Input, Inspection, Options, inspect},
    model::{Nanos, time::nanos_from_timestamp},
    report,
    samples::SAMPLES,
    source::Progress,
};
use anstream::AutoStream;
use args::{Args, Command, OutputFormat};
use clap::Parser as _;
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// Wrong usage, or nothing readable.
const UNUSABLE: u8 = 2;

/// What `main` does next.
pub enum Next {
    /// Nothing: the terminal was enough.
    Exit(ExitCode),
    /// Open the window on these, read and verified so.
    Window(Vec<Input>, Options),
}

/// Runs the command line that this process was started with.
pub fn run() -> Next {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::from(UNUSABLE) } else { ExitCode::SUCCESS };
            let _ = error.print();
            return Next::Exit(code);
        }
    };
    let code = match args.command {
        None => {
            return match formats::readings(&args.reading) {
                Ok(readings) => {
                    let options = Options { now: now(), keys: args.keys.files(), readings };
                    Next::Window(inputs(args.files), options)
                }
                Err(error) => Next::Exit(unusable(&error)),
            };
        }
        Some(Command::Analyze { files, format, summary, compare, show_secrets, keys, reading }) => {
            let standard = compare.as_deref().and_then(presets::standard);
            let readings = match formats::readings(&reading) {
                Ok(readings) => readings,
                Err(error) => return Next::Exit(unusable(&error)),
            };
            let options = Options { now: now(), keys: keys.files(), readings };
            report_on(inputs(files), options, format, summary, standard, show_secrets)
        }
        Some(Command::Formats(args)) => formats::run(&args),
        Some(Command::Explain { cause: Some(id) }) => explain::explain(&id),
        Some(Command::Explain { cause: None }) => explain::list(),
        Some(Command::Simulate(args)) => simulate::run(&args),
    };
    Next::Exit(code)
}

/// Where there is no display: says so in one line and shows the main job on a bundled sample, or on the files given.
pub fn without_window(inputs: Vec<Input>, options: Options, why: &str) -> ExitCode {
    let mut stderr = anstream::stderr().lock();
    let sample = SAMPLES.first();
    let (inputs, what) = match sample {
        Some(sample) if inputs.is_empty() => {
            let inputs = sample
                .files
                .iter()
                .map(|&(name, bytes)| Input::Bytes { name: PathBuf::from(name), bytes: bytes.into() });
            (inputs.collect(), "the analysis of a bundled sample")
        }
        _ => (inputs, "the analysis"),
    };
    let _ = writeln!(stderr, "No window: {why}. Here is {what} instead; `lapsed analyze FILE` does this for any file.");
    report_on(inputs, options, OutputFormat::Text, false, None, false)
}

fn inputs(files: Vec<PathBuf>) -> Vec<Input> {
    files.into_iter().map(|path| if path.as_os_str() == "-" { Input::Stdin } else { Input::Path(path) }).collect()
}

fn report_on(
    inputs: Vec<Input>,
    options: Options,
    format: OutputFormat,
    summary: bool,
    standard: Option<&Standard>,
    show_secrets: bool,
) -> ExitCode {
    let Some(mut inspection) = inspect(inputs, options, &Progress::default()) else { return ExitCode::FAILURE };
    if let Some(standard) = standard {
        inspection.comparisons = presets::compare(&inspection.policies, standard);
    }
    tell_unread(&inspection, format);
    tell_unused_keys(&inspection);
    let written = match format {
        OutputFormat::Text if !inspection.is_readable() => Ok(()),
        OutputFormat::Text => {
            let mut out = AutoStream::auto(io::stdout().lock());
            report::text::write(&inspection, summary, show_secrets, &mut out)
        }
        OutputFormat::Markdown => report::markdown::write(&inspection, summary, &mut io::stdout().lock()),
        OutputFormat::Json => report::json::write(&inspection, summary, show_secrets, &mut io::stdout().lock()),
    };
    // A reader that closes early (`| head`) is no failure.
    let broken = written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
    let status = match () {
        () if !inspection.is_readable() => ExitCode::from(UNUSABLE),
        () if broken => ExitCode::from(UNUSABLE),
        () => ExitCode::SUCCESS,
    };
    // Freeing millions of events one by one helps nobody when the process ends anyway.
    std::mem::forget(inspection);
    status
}

/// Says on standard error what could not be read, where standard output does not.
fn tell_unread(inspection: &Inspection, format: OutputFormat) {
    if format == OutputFormat::Text && inspection.is_readable() {
        return;
    }
    let mut stderr = anstream::stderr().lock();
    for source in inspection.sources.iter().filter(|source| source.format.is_none()) {
        let why = source.warnings.first().map_or("could not be read", |warning| warning.message.as_str());
        let path = source.path.display();
        let more = match source.tried.len() {
            0 => String::new(),
            tried => format!(
                "; `lapsed formats --check` says what speaks against each of the {tried}, docs/own-formats.md how any other is read"
            ),
        };
        let said: String = format!("{path}: {why}{more}")
            .chars()
            .map(|character| if character.is_control() { '\u{fffd}' } else { character })
            .collect();
        let _ = writeln!(stderr, "lapsed: {said}");
    }
}

/// Says on standard error which keys could not be used. The exit status stays: what the files say does not depend on the
/// keys, and a verdict without them is the verdict that there would have been.
fn tell_unused_keys(inspection: &Inspection) {
    let mut stderr = anstream::stderr().lock();
    for problem in &inspection.events.proofs.problems {
        let said = format!("{}: {}", problem.file, problem.message);
        let said: String =
            said.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect();
        let _ = writeln!(stderr, "lapsed: {said}");
    }
}

/// The one place that reads the clock, for stamps without a year in sources without a modification time.
pub fn now() -> Nanos {
    nanos_from_timestamp(jiff::Timestamp::now()).unwrap_or_default()
}

fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> ExitCode {
    let mut out = AutoStream::auto(io::stdout().lock());
    match write(&mut out) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(UNUSABLE),
        _ => ExitCode::SUCCESS,
    }
}

/// Says on standard error, in one line, what can't be done.
fn unusable(message: &str) -> ExitCode {
    let _ = writeln!(anstream::stderr().lock(), "lapsed: {message}");
    ExitCode::from(UNUSABLE)
}
