//! What may be written after `lapsed`.

use super::simulate::SimulateArgs;
use crate::{
    diagnosis::presets::{STANDARDS, Standard},
    jwt::keys::{KeyFile, KeyKind},
};
use clap::{
    Args as Flags, Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser},
};
use std::path::PathBuf;

/// Shows why a session ended: opens auth logs and HAR captures, rebuilds every session, and says why each one is over.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do without a window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Files to open in the window, together; none shows the samples.
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub keys: KeyArgs,
    #[command(flatten)]
    pub reading: ReadArgs,
}

/// What can be done without a window.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Says why the sessions in these files ended.
    Analyze {
        /// Captures and logs of one story, opened together; `-` is standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How to write it.
        #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
        format: OutputFormat,
        /// Leave out the list of sessions: counts by cause, incidents, patterns, limits.
        #[arg(long)]
        summary: bool,
        /// Compare the limits seen with a published standard: each is within it, exceeds it, or can't be told.
        #[arg(long, value_name = "STANDARD", value_parser = PossibleValuesParser::new(STANDARDS.iter().map(named)))]
        compare: Option<String>,
        /// Show cookie values and tokens instead of fingerprints.
        #[arg(long)]
        show_secrets: bool,
        #[command(flatten)]
        keys: KeyArgs,
        #[command(flatten)]
        reading: ReadArgs,
    },
    /// Lists the formats that can be read, or shows what became of each record of a file.
    Formats(#[command(flatten)] FormatsArgs),
    /// Explains a cause or a pattern in plain words, or lists them.
    Explain {
        /// Its id, for instance `idle_timeout` or `expires_repeatedly`; none lists them all.
        cause: Option<String>,
    },
    /// Makes up captures of a chosen ending, or of many, and says what is true of them.
    #[command(after_help = super::simulate::EXAMPLES)]
    Simulate(#[command(flatten)] SimulateArgs),
}

fn named(standard: &Standard) -> PossibleValue {
    PossibleValue::new(standard.id).help(standard.title)
}

/// How the files are read.
#[derive(Clone, Debug, Default, Flags)]
pub struct ReadArgs {
    /// Read the files as this format instead of telling it by their content: a name of `lapsed formats`, a page that
    /// describes a format (.toml, see docs/own-formats.md), or a format file of lnav (.json).
    #[arg(long, value_name = "FORMAT")]
    pub input_format: Option<String>,
    /// The zone of time stamps that name none, for instance `Europe/Berlin` or `+02:00`; they are taken for UTC otherwise.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
}

/// What may be written after `lapsed formats`.
#[derive(Clone, Debug, Flags)]
pub struct FormatsArgs {
    /// Show what became of each record of these files, and why some gave no event; `-` is standard input.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub check: Vec<PathBuf>,
    /// The first line that is shown.
    #[arg(long, value_name = "LINE", default_value_t = 1, requires = "check")]
    pub from: u64,
    /// How many records are shown of each file.
    #[arg(long, value_name = "N", default_value_t = 40, requires = "check")]
    pub limit: usize,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text, requires = "check")]
    pub format: CheckFormat,
    #[command(flatten)]
    pub reading: ReadArgs,
}

/// How it is written what became of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For a person in a terminal.
    Text,
    /// `lapsed.check/1`, for programs.
    Json,
}

/// Keys that the tokens of the captures are verified with; each may be given several times. A key that can't be used is
/// told on standard error and in the JSON, and the analysis goes on without it.
#[derive(Clone, Debug, Default, Flags)]
pub struct KeyArgs {
    /// Public key or certificate in PEM that the tokens are verified with; may be given again.
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// JWKS of the issuer that the tokens are verified with; may be given again.
    #[arg(long, value_name = "FILE")]
    jwks: Vec<PathBuf>,
    /// File with the secret that the tokens are signed with (HS256 and the like); may be given again.
    #[arg(long, value_name = "FILE")]
    secret_file: Vec<PathBuf>,
}

impl KeyArgs {
    /// The files, by kind.
    pub fn files(self) -> Vec<KeyFile> {
        let of = |kind| move |path| KeyFile::new(kind, path);
        let keys = self.key.into_iter().map(of(KeyKind::Pem));
        let sets = self.jwks.into_iter().map(of(KeyKind::Jwks));
        keys.chain(sets).chain(self.secret_file.into_iter().map(of(KeyKind::Secret))).collect()
    }
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For a person in a terminal.
    Text,
    /// `lapsed.analysis/1`, for programs.
    Json,
    /// To be pasted into a ticket; secrets are fingerprints always.
    Markdown,
}
