//! A small model of servers, people and their apps, which writes what they would have left behind, and the truth about it.
//!
//! Real captures are few, and of few servers. Here a server has limits, keys, a store, workers; people read, type, leave,
//! come back, sign out; their apps poll, renew tokens, sleep and lose the network; and now and then something goes wrong.
//! What they leave behind is written as HAR and as server logs, and since the model knows what it did, every session has a
//! true label, which also says whether that file alone can tell.
//!
//! The model shares no code with the diagnosis, and names nothing of it: what it knows of sessions it knows because it
//! makes them. [`draw`] is the one door. The same seed and the same [`Wishes`] give the same bytes.

mod answer;
mod client;
mod ending;
mod exchange;
mod facts;
mod har;
mod log;
mod look;
mod policy;
mod random;
mod server;
mod story;
mod truth;
mod wire;
mod world;

pub use ending::Ending;
pub use har::HarStyle;
pub use log::LogStyle;
pub use policy::{CookieLife, Credential, Policy};
pub use truth::{Detectable, Truth};

use crate::model::time::Nanos;
use random::Random;
use serde_json::{Value, json};
use story::Plot;
use truth::View;

/// What is asked for; `None` is drawn. Lengths of time are in nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Why the first user's session ends.
    pub cause: Option<Ending>,
    /// The idle limit.
    pub idle: Option<Nanos>,
    /// The greatest age of a session.
    pub absolute: Option<Nanos>,
    /// How often apps ask by themselves.
    pub poll: Option<Nanos>,
    /// Whether that counts as activity.
    pub polls_count: Option<bool>,
    /// The life of access tokens.
    pub access: Option<Nanos>,
    /// The life of refresh tokens.
    pub refresh: Option<Nanos>,
    /// How many sessions a user may have.
    pub sessions_per_user: Option<usize>,
    /// Whether refusals say why.
    pub says_why: Option<bool>,
    /// How many people use the app.
    pub users: Option<usize>,
    /// How the browser's capture is written.
    pub har: Option<HarStyle>,
    /// How the server's log is written.
    pub log: Option<LogStyle>,
}

/// A file that the model wrote.
#[derive(Clone, Debug)]
pub struct Capture {
    /// Its name, the same for all files of a scene up to the ending: `.har`, `.access.log`, `.requests.jsonl`.
    pub ending: &'static str,
    /// Its format, as labels name it.
    pub format: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// The truth about the sessions in it.
    pub truths: Vec<Truth>,
    /// Users of whose sessions it shows too little to label them.
    pub unlabelled: Vec<String>,
}

/// One server with its people over some hours: what was captured of it.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What the server enforces.
    pub policy: Policy,
    /// The capture of one browser, and the log of the server.
    pub captures: Vec<Capture>,
    /// The truth for who opens all of them together, where they show the same time.
    pub together: Option<(Vec<Truth>, Vec<String>)>,
    /// What happened to the first user, in a sentence.
    pub about: String,
}

/// Draws a scene.
pub fn draw(seed: u64, wishes: &Wishes) -> Scene {
    let (world, plot) = story::tell(seed, wishes);
    let mut random = Random::new(seed.rotate_left(17));
    let har = wishes
        .har
        .unwrap_or_else(|| random.pick(&[HarStyle::Chrome, HarStyle::Chrome, HarStyle::Sanitized, HarStyle::Firefox]));
    let drawn = random.pick(&[LogStyle::Combined, LogStyle::CombinedWithSession, LogStyle::Json]);
    // A log that names no session can't show that one went on from another address.
    let moved = plot == Plot::Ends(Ending::NetworkSwitch) && drawn == LogStyle::Combined;
    let log = wishes.log.unwrap_or(if moved { LogStyle::CombinedWithSession } else { drawn });
    let zone = random.pick(&[-7, -4, 0, 1, 2, 9]) * 3_600 * crate::model::time::SECOND;
    // Some captures begin in the middle of a session.
    let late = wishes.cause.is_none() && random.chance(0.1);
    let begin = world
        .wires
        .iter()
        .filter(|wire| wire.client == 0)
        .nth(if late { 14 } else { 0 })
        .map_or(world.from, |wire| wire.sent);
    let mut captures = Vec::new();
    let view = View { har: Some(har), log: None, from: begin };
    if world.wires.iter().any(|wire| view.shows(wire)) {
        let wires = world.wires.iter().filter(|wire| view.shows(wire));
        let bytes = har::write(wires, har, world.clients[0].agent, world.look.server, zone);
        let (truths, unlabelled) = truth::truths(&world, view);
        captures.push(Capture { ending: "har", format: har.format(), bytes, truths, unlabelled });
    }
    let view = View { har: None, log: Some(log), from: world.from };
    let bytes = log::write(&mut log::seen(&world.wires, world.from), log, |who| world.clients[who].agent);
    let (truths, unlabelled) = truth::truths(&world, view);
    let ending = if log == LogStyle::Json { "requests.jsonl" } else { "access.log" };
    captures.push(Capture { ending, format: log.format(), bytes, truths, unlabelled });
    let together = (!late).then(|| truth::truths(&world, View { har: Some(har), log: Some(log), from: world.from }));
    let about = about(&world, plot, &captures);
    Scene { policy: world.server.policy.clone(), captures, together, about }
}

/// What happened to the first user.
fn about(world: &world::World, plot: Plot, captures: &[Capture]) -> String {
    let first = world.server.sessions.iter().find(|session| session.client == 0);
    let user = world.users.first().map_or("nobody", String::as_str);
    // The server knows which limit struck; the truth may be what kept the client from renewing in time.
    let truth = captures.iter().flat_map(|capture| &capture.truths).find(|truth| truth.user == user);
    let told = truth.and_then(|truth| truth.cause);
    match (first.and_then(|session| session.over.map(|over| (session.created, over))), plot) {
        (Some((created, (why, at))), _) => {
            let minutes = (at - created) / crate::model::time::MINUTE;
            format!("The session of {user} ends after {minutes} min: {}.", told.unwrap_or(why).id())
        }
        (None, Plot::Flaps) => format!("The session of {user} is accepted and refused in turn."),
        (None, _) => format!("The session of {user} is active to the end."),
    }
}

impl Capture {
    /// Its label file, in the form that scoring reads.
    pub fn label(&self, file: &str, policy: &Policy) -> Value {
        let mut label = labels(self.format, policy, &self.truths, &self.unlabelled);
        if let Some(fields) = label.as_object_mut() {
            fields.insert("file".to_owned(), file.into());
        }
        label
    }
}

impl Scene {
    /// The label file for all captures opened together.
    pub fn label(&self, files: &[String]) -> Option<Value> {
        let (truths, unlabelled) = self.together.as_ref()?;
        let mut label = labels("several", &self.policy, truths, unlabelled);
        if let Some(fields) = label.as_object_mut() {
            fields.insert("files".to_owned(), files.into());
        }
        Some(label)
    }
}

fn labels(format: &str, policy: &Policy, truths: &[Truth], unlabelled: &[String]) -> Value {
    json!({
        "format": format,
        "stack": "simulated",
        "policy": policy.label(),
        "ignore_users": unlabelled,
        "sessions": truths.iter().map(Truth::label).collect::<Vec<_>>(),
    })
}
