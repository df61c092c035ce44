//! PostgreSQL's server log: standard error or syslog with any `log_line_prefix`, `csvlog` and `jsonlog`.
//!
//! `2026-11-23 07:39:56.009 UTC [19203] app@postgres 127.0.0.1 FATAL:  terminating connection due to idle-session timeout`
//!
//! A session is a backend, known by its session id (`%c`) where the line has it, else by its process id. `log_connections` and
//! `log_disconnections` show its begin and end; without them it is known by what it does, and by what the server says when it
//! ends one.
//!
//! <https://www.postgresql.org/docs/current/runtime-config-logging.html>

mod message;
mod prefix;
mod structured;
#[cfg(test)]
mod tests;

pub(super) use prefix::zoned;

use super::{
    Format, Input, Sniff,
    lines::{Line, Outcome, head_lines},
    named::{self, Out, ReadNamed, Said, link_of},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated};
use message::{Meaning, Severity};

/// The format.
#[derive(Debug)]
pub(super) struct Postgresql;

impl Format for Postgresql {
    fn id(&self) -> &'static str {
        "postgresql"
    }

    fn title(&self) -> &'static str {
        "PostgreSQL server log"
    }

    fn reference(&self) -> &'static str {
        "https://www.postgresql.org/docs/current/runtime-config-logging.html"
    }

    fn example(&self) -> &'static str {
        "2026-11-23 07:39:18.263 UTC [19181] app@shop FATAL:  terminating connection due to idle-session timeout"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut other) = (0, 0);
        // INFO, WARNING and ERROR are every program's words; a server of PostgreSQL has others too.
        let mut telling = false;
        for line in head_lines(head).filter(|line| !goes_on(line)) {
            match record(line, &mut stamps) {
                Some(record) => {
                    ours += 1;
                    telling = telling
                        || matches!(record.severity, Severity::Log | Severity::Fatal)
                        || !record.state.is_empty()
                        || line.first() == Some(&b'{')
                        || ["STATEMENT:  ", "DETAIL:  ", "HINT:  "]
                            .iter()
                            .any(|word| crate::formats::lines::find(line, word.as_bytes()).is_some());
                }
                None => other += 1,
            }
        }
        if ours == 0 || !telling {
            Sniff::No("no line has a time stamp, a severity (LOG, FATAL, …) and a message of its server".to_owned())
        } else if ours >= other {
            Sniff::Certain
        } else {
            // Statements of several lines go on without a stamp.
            Sniff::Plausible
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// One record, whichever way it was written.
#[derive(Clone, Copy, Debug)]
struct Record<'a> {
    stamp: Stamp,
    /// The server, where syslog or a wrapper names it.
    server: &'a [u8],
    /// The backend's process id, 0 where not known.
    pid: u32,
    /// Its session id (`%c`), which is never given twice.
    session: &'a [u8],
    user: &'a [u8],
    client: &'a [u8],
    severity: Severity,
    /// Its SQLSTATE, where the record names it.
    state: &'a [u8],
    message: &'a [u8],
    /// When the session began.
    began: Option<Stamp>,
}

fn goes_on(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    match line.first()? {
        b'{' => None,
        _ => structured::csv(line, stamps).or_else(|| prefix::record(line, stamps)),
    }
    .or_else(|| structured::json_is_ours(line).then_some(Record::NOTHING))
}

impl Record<'static> {
    /// A record that says nothing; it only has to be counted.
    const NOTHING: Self = Self {
        stamp: Stamp { at: 0, zone: Some(0), len: 0 },
        server: &[],
        pid: 0,
        session: &[],
        user: &[],
        client: &[],
        severity: Severity::Other,
        state: &[],
        message: &[],
        began: None,
    };
}

#[derive(Debug, Default)]
struct Reader {
    /// The server of the line before, and the app as it is shown.
    server: Vec<u8>,
    app: String,
    version: Option<String>,
}

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        if goes_on(line.bytes) {
            return Outcome::Continuation;
        }
        if line.bytes.first() == Some(&b'{') {
            return match structured::Json::parse(line.bytes) {
                Some(json) => {
                    if let Some(record) = json.record(out.stamps) {
                        self.say(&record, out);
                    }
                    Outcome::Record
                }
                None => Outcome::Unreadable("expected a JSON object, found a line that is none"),
            };
        }
        let record = structured::csv(line.bytes, out.stamps).or_else(|| prefix::record(line.bytes, out.stamps));
        match record {
            Some(record) => {
                self.say(&record, out);
                Outcome::Record
            }
            None if prefix::begins_with_stamp(line.bytes, out.stamps) => {
                Outcome::Unreadable("expected a severity and a message behind the prefix, found neither")
            }
            // Statements and messages of several lines go on as they were sent.
            None => Outcome::Continuation,
        }
    }

    fn producer(&self) -> Option<String> {
        self.version.clone()
    }
}

impl Reader {
    fn say(&mut self, record: &Record<'_>, out: &mut Out<'_>) {
        out.note(record.stamp);
        if self.app.is_empty() || self.server != record.server {
            self.server = record.server.to_vec();
            self.app = match String::from_utf8_lossy(record.server) {
                host if host.is_empty() => "PostgreSQL".to_owned(),
                host => format!("PostgreSQL on {host}"),
            };
        }
        if self.version.is_none() && record.message.starts_with(b"starting PostgreSQL ") {
            let words = String::from_utf8_lossy(record.message.get(9..).unwrap_or_default()).into_owned();
            self.version = Some(words.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        }
        let Some(meaning) = message::meaning(record) else { return };
        let Meaning { kind, stated, what, user, client, age, flags, gone } = meaning;
        let mut digits = [0; 10];
        let pid = decimal(record.pid, &mut digits);
        let ids = [(KeyKind::Process, "pid", pid), (KeyKind::Connection, "session_id", record.session)];
        let link = match record.session {
            [] => u64::from(record.pid),
            session => link_of(&[session]),
        };
        let of_server = matches!(kind, EventKind::ServerStart | EventKind::ServerStop);
        let began = record.began.map(|began| record.stamp.at - began.at).filter(|&age| age >= 0);
        let said = Said {
            user: if of_server { &[] } else { user.unwrap_or(record.user) },
            client: if of_server { &[] } else { client.unwrap_or(record.client) },
            app: &self.app,
            link: if of_server { 0 } else { link },
            ids: &ids,
            flags,
            age: age.or(began).filter(|_| !of_server),
            ..Said::new(kind, stated, &what)
        };
        out.push(record.stamp.at, &said);
        if let (Some(pid), []) = (gone, record.session) {
            // The backend that crashed can't say so itself.
            let said = Said {
                app: &self.app,
                link: u64::from(pid),
                ..Said::new(EventKind::Close, Stated::ServerShutdown, &what)
            };
            out.push(record.stamp.at, &said);
        }
    }
}

/// A process id in digits, nothing for 0.
fn decimal(number: u32, room: &mut [u8; 10]) -> &[u8] {
    let mut at = room.len();
    let mut left = number;
    while left > 0 && at > 0 {
        at -= 1;
        if let Some(slot) = room.get_mut(at) {
            *slot = b'0' + (left % 10) as u8;
        }
        left /= 10;
    }
    room.get(at..).unwrap_or_default()
}
