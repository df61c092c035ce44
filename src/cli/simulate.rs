//! `lapsed simulate`: captures that were made up, with the truth about them.

use super::UNUSABLE;
use crate::{
    model::{Nanos, time::SECOND},
    simulation::{Capture, Ending, HarStyle, LogStyle, Scene, Wishes, draw},
};
use clap::{Args, ValueEnum};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// How many scenes are drawn to find one that ends as wished.
const TRIES: u64 = 60;

/// What may be written after `lapsed simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Where to: a file ending in .har, .log or .jsonl for one capture, or a folder for all of them with their labels.
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    /// How the first session ends, for instance `idle_timeout`; drawn if not given.
    #[arg(long)]
    cause: Option<String>,
    /// Where chance starts: the same number gives the same files.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// At least how many labelled sessions to write into the folder.
    #[arg(long, value_name = "N")]
    sessions: Option<usize>,
    /// The idle limit, for instance `15m`.
    #[arg(long, value_name = "TIME", value_parser = length)]
    idle: Option<Nanos>,
    /// The greatest age of a session, for instance `8h`.
    #[arg(long, value_name = "TIME", value_parser = length)]
    absolute: Option<Nanos>,
    /// How often the app asks by itself, for instance `60s`.
    #[arg(long, value_name = "TIME", value_parser = length)]
    poll: Option<Nanos>,
    /// Whether what the app asks by itself counts as activity.
    #[arg(long, value_name = "true|false")]
    poll_counts: Option<bool>,
    /// The life of access tokens.
    #[arg(long, value_name = "TIME", value_parser = length)]
    access_token: Option<Nanos>,
    /// The life of refresh tokens.
    #[arg(long, value_name = "TIME", value_parser = length)]
    refresh_token: Option<Nanos>,
    /// How many sessions a user may have at once.
    #[arg(long, value_name = "N")]
    sessions_per_user: Option<usize>,
    /// Whether refusals say why.
    #[arg(long, value_name = "true|false")]
    says_why: Option<bool>,
    /// How many people use the app.
    #[arg(long, value_name = "N")]
    users: Option<usize>,
    /// How the browser's capture is written.
    #[arg(long, value_enum)]
    har: Option<Har>,
    /// How the server's log is written.
    #[arg(long, value_enum)]
    log: Option<Log>,
    /// Write over files that are there.
    #[arg(long)]
    force: bool,
}

/// Examples below the help.
pub(super) const EXAMPLES: &str = "\
Examples:
  A demo: idle for longer than 15 minutes while the page kept polling
    lapsed simulate --cause idle_timeout --idle 15m --poll 60s --poll-counts false -o demo.har
  The server's side of a restart that lost six people's sessions
    lapsed simulate --cause server_restart --users 6 -o restart.access.log
  A labelled set of 500 sessions over random policies
    lapsed simulate --sessions 500 --seed 7 -o captures/";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Har {
    /// Chrome, with cookies and tokens.
    Chrome,
    /// Chrome as it exports by default, without them.
    Sanitized,
    /// Firefox.
    Firefox,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Log {
    /// The combined format of nginx and Apache.
    Combined,
    /// The same with the session's identifier behind.
    Session,
    /// One JSON object a request.
    Json,
}

/// Draws and writes; the exit status says whether all is written.
pub(super) fn run(args: &SimulateArgs) -> ExitCode {
    match write(args) {
        Ok(said) => {
            let _ = writeln!(anstream::stdout().lock(), "{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = writeln!(anstream::stderr().lock(), "lapsed: {why}");
            ExitCode::from(UNUSABLE)
        }
    }
}

fn write(args: &SimulateArgs) -> Result<String, String> {
    let mut wishes = wishes(args)?;
    let kind = args.output.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    match kind {
        "har" | "log" | "jsonl" if args.sessions.is_some() => {
            Err("expected a folder for --sessions, but --output names a file; leave out one of the two".to_owned())
        }
        "har" if args.log.is_some() => Err("expected a .log file for --log, but --output names a .har".to_owned()),
        "log" | "jsonl" if args.har.is_some() => {
            Err("expected a .har file for --har, but --output names a log".to_owned())
        }
        "har" => one(args, &wishes, 0),
        "log" | "jsonl" => {
            let json = kind == "jsonl";
            wishes.log = wishes.log.or(Some(if json { LogStyle::Json } else { LogStyle::Combined }));
            if (wishes.log == Some(LogStyle::Json)) != json {
                return Err("expected .jsonl for a log in JSON, and .log for the others".to_owned());
            }
            one(args, &wishes, 1)
        }
        _ => folder(args, &wishes),
    }
}

/// One capture, without a label: a demo.
fn one(args: &SimulateArgs, wishes: &Wishes, which: usize) -> Result<String, String> {
    let (_, scene) = fitting(args.seed, wishes, which)?;
    let Some(capture) = scene.captures.get(which) else {
        return Err("nothing was captured; try another --seed".to_owned());
    };
    put(&args.output, &capture.bytes, args.force)?;
    Ok(format!("{} {}", scene.about, args.output.display()))
}

/// All captures of as many scenes as it takes, each with its label.
fn folder(args: &SimulateArgs, wishes: &Wishes) -> Result<String, String> {
    if args.output.is_file() {
        return Err(format!(
            "expected a folder, or a file ending in .har, .log or .jsonl, found {}",
            args.output.display()
        ));
    }
    fs::create_dir_all(&args.output).map_err(|error| problem(&args.output, &error))?;
    let wanted = args.sessions.unwrap_or(1);
    let (mut files, mut sessions, mut seed) = (0, 0, args.seed);
    while sessions < wanted {
        let (drawn, scene) = fitting(seed, wishes, 0)?;
        seed = drawn + 1;
        let mut names = Vec::new();
        for capture in &scene.captures {
            let name = format!("{drawn:06}.{}", capture.ending);
            put(&args.output.join(&name), &capture.bytes, args.force)?;
            let label = capture.label(&name, &scene.policy);
            put(&args.output.join(format!("{name}.label.json")), label.to_string().as_bytes(), args.force)?;
            sessions += capture.truths.len();
            names.push(name);
        }
        files += names.len();
        if let Some(label) = scene.label(&names) {
            let name = format!("{drawn:06}.case.label.json");
            put(&args.output.join(name), label.to_string().as_bytes(), args.force)?;
        }
    }
    Ok(format!("{files} captures with {sessions} labelled sessions are in {}", args.output.display()))
}

/// The first scene from `seed` on whose first session ends as wished in the capture that is asked for.
fn fitting(seed: u64, wishes: &Wishes, which: usize) -> Result<(u64, Scene), String> {
    let fits = |scene: &Scene| match wishes.cause {
        None => true,
        Some(_) => scene.captures.get(which).is_some_and(|capture| shows(capture, wishes)),
    };
    (seed..seed.saturating_add(TRIES)).map(|seed| (seed, draw(seed, wishes))).find(|(_, scene)| fits(scene)).ok_or_else(
        || {
            let cause = wishes.cause.map_or("this", Ending::id);
            format!("expected limits under which {cause} can come about, but something else always comes first")
        },
    )
}

fn shows(capture: &Capture, wishes: &Wishes) -> bool {
    let first = if capture.ending == "har" { capture.truths.first() } else { None };
    match first {
        Some(truth) => truth.cause == wishes.cause,
        None => capture.truths.iter().any(|truth| truth.cause == wishes.cause),
    }
}

fn wishes(args: &SimulateArgs) -> Result<Wishes, String> {
    let cause = args.cause.as_deref().map(|id| {
        Ending::ALL.into_iter().find(|ending| ending.id() == id).ok_or_else(|| {
            let known: Vec<&str> = Ending::ALL.into_iter().map(Ending::id).collect();
            format!("expected one of {}, but found {id:?}", known.join(", "))
        })
    });
    Ok(Wishes {
        cause: cause.transpose()?,
        idle: args.idle,
        absolute: args.absolute,
        poll: args.poll,
        polls_count: args.poll_counts,
        access: args.access_token,
        refresh: args.refresh_token,
        sessions_per_user: args.sessions_per_user,
        says_why: args.says_why,
        users: args.users,
        har: args.har.map(|har| match har {
            Har::Chrome => HarStyle::Chrome,
            Har::Sanitized => HarStyle::Sanitized,
            Har::Firefox => HarStyle::Firefox,
        }),
        log: args.log.map(|log| match log {
            Log::Combined => LogStyle::Combined,
            Log::Session => LogStyle::CombinedWithSession,
            Log::Json => LogStyle::Json,
        }),
    })
}

/// A length of time as people write it: `15m`, `90s`, `1h 30m`.
fn length(text: &str) -> Result<Nanos, String> {
    let length: jiff::SignedDuration =
        text.parse().map_err(|_error| "expected a time such as 15m, 90s or 8h".to_owned())?;
    let nanos = Nanos::try_from(length.as_nanos()).unwrap_or(0);
    let (least, most) = (SECOND, 30 * 86_400 * SECOND);
    if (least..=most).contains(&nanos) {
        Ok(nanos)
    } else {
        Err("expected a time from one second to 30 days".to_owned())
    }
}

/// Writes a file, never over another unless told to.
fn put(path: &Path, bytes: &[u8], force: bool) -> Result<(), String> {
    let mut options = fs::OpenOptions::new();
    options.write(true).truncate(force).create(force).create_new(!force);
    let written = options.open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("expected no file there yet, found {}; --force writes over it", path.display())
        }
        _ => problem(path, &error),
    })
}

fn problem(path: &Path, error: &io::Error) -> String {
    format!("could not write {}: {error}", path.display())
}
