//! Lapsed shows why a session ended.
//!
//! Someone says "it said *session expired* while I was using it". Lapsed opens what they have (a HAR capture from the
//! browser, an auth or access log from the server, or both), rebuilds every session in it as a timeline of sign-in,
//! activity, background traffic, refresh and rejection, and says in one sentence why each ended, how sure that is, and which
//! records show it.
//!
//! # The way data takes
//!
//! ```text
//! bytes -> source -> records -> events -> sessions -> verdicts (+ incidents, patterns, policies) -> a view
//! ```
//!
//! One direction, no way back; each stage is a module with a narrow door, usable and tested without the next one.
//!
//! | stage | module | its door | in a sentence |
//! | --- | --- | --- | --- |
//! | words | [`model`] | types only | events in columns, sessions, causes, verdicts, secrets: plain data that imports nothing of ours |
//! | bytes | [`source`] | [`source::open`], [`source::Content`] | files, folders, archives, rotated sets, compression, UTF-16, a pipe: readable at any offset, never wholly in memory unless it must be |
//! | records, events | [`formats`] | [`formats::Format`] | one file or folder a format, listed in [`formats::FORMATS`]; recognised by content |
//! | tokens | [`jwt`] | [`jwt::verify::prove`] | the claims of JWTs in words, their signatures against keys that the user gives |
//! | sessions | [`sessions`] | [`sessions::build`] | which events belong together, what each means among its neighbours, when a session began and ended |
//! | verdicts | [`diagnosis`] | [`diagnosis::diagnose`], [`diagnosis::explain`] | one file a cause under [`diagnosis::causes`]; evidence adds up as log-odds |
//! | all of it | [`inspection`] | [`inspection::inspect`] | one run over a set of sources: what every view shows |
//! | questions | [`query`] | [`query::parse`], [`query::Finder`] | terms and words of the search box: which sessions they let through |
//! | geometry | [`timeline`] | pure functions | sessions as lanes and marks, without knowing a screen |
//! | views | [`report`], [`cli`], `ui` | | text and JSON, the command line, the window |
//!
//! Beside all that stands [`simulation`]: a small model of servers, people and apps that writes captures and logs with the
//! truth about them. It shares no code with the stages above, so that they can be tested against it.
//!
//! # What must stay true
//!
//! - **The core knows no screen, no clock and no network.** Nothing outside `ui` names egui, nothing outside `cli` and `ui`
//!   reads the time, and nothing at all opens a connection. `tests/integration/architecture.rs` checks which module names
//!   which.
//! - **Reading never fails.** "Not mine" is decided before reading ([`formats::Sniff`]); "can't open" at the edge
//!   ([`source::OpenError`]); whatever a reader can't read it counts and shows with its place ([`model::Warning`]).
//! - **An ending is an interval**, from the last event that proves the session valid to the first that proves it gone
//!   ([`model::Session::ending`]), never an invented instant. A session whose input stops while it lives is active.
//! - **No evidence without a record, no verdict without evidence.** Every [`model::Evidence`] names the events that show it,
//!   and every event leads back to its bytes ([`inspection::Inspection::record`]). A cause needs facts to be named: what is
//!   left over is [`model::Cause::Undetermined`], with its candidates.
//! - **Words for one session are made when someone asks.** A verdict is a few bytes ([`model::Verdict`]); the sentence, the
//!   evidence and the alternatives are worked out on demand ([`model::Explanation`]), since a large log has a hundred
//!   thousand of them.
//! - **Secrets are a type** ([`model::Secret`]) that prints as a fingerprint; raw records are masked by the names of what
//!   they hold. An export with a secret of its input is a bug of the highest order: `tests/integration/secrets.rs`.
//! - **Output is deterministic.** The same input gives the same bytes; no hash map's order reaches a view.
//!
//! # How sessions are found
//!
//! Formats come in four families ([`model::Family`]). *Connections* (sshd, PAM, logind) name a process or a port on every
//! line, and [`sessions`] follows those. *Named* (databases, RADIUS, VPN gateways, mail servers, identity providers) give each
//! session an id and mostly say why it ended: `sessions/named` tells what each kind of event means there. *Exchanges* (a HAR) and *requests* (an access log) share one way: a *hit* is a
//! request and what its answer means; a *lane* is one client's hits on one app in order of time; a lane opens, feeds, heals
//! and ends *drafts* of sessions. A 401 that a refresh heals, a 403, a third party's refusal are told apart there. A lane of
//! a log that turns out to be the browser of a capture is joined to it, so that a story seen from both sides is told once.
//!
//! # How to add
//!
//! - **A format:** a file in `formats/` that implements [`formats::Format`], a line in [`formats::FORMATS`], a sample with its
//!   origin in `sample_logs/README.md`.
//! - **A cause:** a file in `diagnosis/causes/` that implements [`diagnosis::causes::CauseRule`], a line in
//!   [`diagnosis::causes::CAUSES`], a capture that shows it and a near miss in `tests/integration/verdicts.rs`.
//! - **A view in the window:** a file in `ui/` with one function that reads the context and pushes commands.
pub mod cli;
pub mod diagnosis;
pub mod formats;
pub mod inspection;
pub mod jwt;
pub mod model;
pub mod query;
pub mod report;
pub mod samples;
pub mod sessions;
pub mod simulation;
pub mod source;
pub mod timeline;
#[cfg(feature = "gui")]
pub mod ui;
