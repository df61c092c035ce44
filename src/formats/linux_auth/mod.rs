//! What Linux writes about people who sign in: OpenSSH, PAM, login and systemd-logind, and the host's starts and stops.
//!
//! `Nov 23 07:26:22 vm sshd[1562]: Timeout, client not responding from user mika 127.0.0.12 port 44941`
//!
//! Found in `auth.log`, `secure` and `messages`. An event's `link` is the process id, with the client's port above bit 32
//! where the line names one; for "User child is on pid" it is the writer's process id with the child's above bit 32; for
//! systemd-logind it is the session's number below the set top bit. The sessions of cron, sudo and su run inside others and
//! give no events.
//!
//! <https://github.com/openssh/openssh-portable>, <https://www.freedesktop.org/software/systemd/man/systemd-logind.html>

mod host;
mod pam;
mod sshd;

use super::{
    Format, Input, Sniff, dialects,
    lines::{self, CHUNK_BYTES, Line, Outcome, ReadLine, cut, head_lines, number},
    named::{Page, Pen, ZONELESS},
    syslog::{self, Syslog},
    timestamp::{Stamps, Years},
};
use crate::model::{
    Event, EventBatch, EventKind, EventStore, Family, Located, SourceId, SourceReport, Span, Stated, Sym, Symbols,
};

/// The format.
#[derive(Debug)]
pub(super) struct LinuxAuth;

impl Format for LinuxAuth {
    fn id(&self) -> &'static str {
        "linux_auth"
    }

    fn title(&self) -> &'static str {
        "OpenSSH, PAM and systemd-logind"
    }

    fn reference(&self) -> &'static str {
        "https://github.com/openssh/openssh-portable"
    }

    fn example(&self) -> &'static str {
        "Nov 23 07:26:22 vm sshd[1562]: Timeout, client not responding from user mika 127.0.0.12 port 44941"
    }

    fn family(&self) -> Family {
        Family::Connections
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut framed, mut other, mut ours) = (0, 0, 0);
        // A daemon that lets PAM decide has a line of PAM's here and there in a log of its own.
        let mut theirs: Vec<(&str, u32)> = Vec::new();
        for line in head_lines(head) {
            match syslog::parse(line, &mut stamps) {
                Some(line) => {
                    framed += 1;
                    if is_ours(&line) {
                        ours += 1;
                    } else if let Some(dialect) = dialects::of(&line) {
                        match theirs.iter_mut().find(|(id, _)| *id == dialect.id) {
                            Some((_, count)) => *count += 1,
                            None => theirs.push((dialect.id, 1)),
                        }
                    }
                }
                None => other += 1,
            }
        }
        if framed == 0 {
            Sniff::No("no line begins with a time stamp, host and program".to_owned())
        } else if other > framed {
            Sniff::No(format!(
                "only {framed} of its first {} lines begin with a time stamp, host and program",
                framed + other
            ))
        } else if ours > 0 && theirs.iter().all(|&(_, count)| count < ours) {
            Sniff::Certain
        } else {
            Sniff::Plausible
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        read_in_chunks(input, events, report, CHUNK_BYTES);
    }
}

/// Reads a source of syslog lines, whatever programs wrote them.
pub(super) fn read(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
    read_in_chunks(input, events, report, CHUNK_BYTES);
}

/// Whether one of the programs wrote a line that this format is named after.
pub(super) fn is_ours(line: &Syslog<'_>) -> bool {
    matches!(Program::of(line.program), Some(Program::Sshd | Program::SplitSshd | Program::Logind | Program::Login))
        || matches!(line.program, b"su" | b"sudo")
        || line.message.starts_with(b"pam_")
}

fn read_in_chunks(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport, chunk_bytes: u64) {
    let first = events.len();
    let mut seen = Seen::default();
    let make = || Reader { source: input.source, ..Reader::default() };
    let tally = lines::read_lines(input, chunk_bytes, make, |batch, reader| {
        events.append(batch);
        seen.join(reader.seen);
    });
    report.bytes = input.content.len();
    if tally.continuations() > 0 {
        report.limits.push(format!("{} of its lines go on with the record before them", tally.continuations()));
    }
    tally.write_to(report);
    settle(&seen, first, input, events, report);
}

/// Hands on the record in a line that is no syslog.
pub(super) type Unwrap = fn(&[u8], &mut dyn FnMut(&Syslog<'_>)) -> Outcome;

/// Takes records that something else than syslog brought, one a line: `unwrap` hands on the record in a line.
pub(super) fn read_wrapped(input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport, unwrap: Unwrap) {
    let first = events.len();
    let mut seen = Seen::default();
    let make = || Wrapped { unwrap, inner: Reader { source: input.source, ..Reader::default() } };
    let tally = lines::read_lines(input, CHUNK_BYTES, make, |batch, reader| {
        events.append(batch);
        seen.join(reader.inner.seen);
    });
    report.bytes = input.content.len();
    tally.write_to(report);
    settle(&seen, first, input, events, report);
}

struct Wrapped {
    unwrap: Unwrap,
    inner: Reader,
}

impl ReadLine for Wrapped {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        (self.unwrap)(line.bytes, &mut |record| self.inner.take(record, line, events))
    }
}

/// Takes records of several lines, all of one source, in order.
pub(super) struct Host {
    reader: Reader,
    first: usize,
}

impl Host {
    /// For a source whose first event will be the store's `first`.
    pub(super) fn new(source: SourceId, first: usize) -> Self {
        Self { reader: Reader { source, ..Reader::default() }, first }
    }

    /// Reads one record.
    pub(super) fn take(&mut self, record: &Syslog<'_>, line: Line<'_>, events: &mut EventStore) {
        self.reader.take(record, line, events);
    }

    /// Settles what the records left open.
    pub(super) fn finish(self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        settle(&self.reader.seen, self.first, input, events, report);
    }
}

fn settle(seen: &Seen, first: usize, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
    if let Some(year) = seen.years.settle(events, first, input.written_by) {
        report.limits.push(format!("its stamps name no year; the last one was taken for {year}"));
    }
    if seen.zoneless {
        report.limits.push(ZONELESS.to_owned());
        report.zoneless = seen.years.zoneless();
    }
    report.zone_offset_secs = seen.zone.filter(|&offset| offset != 0);
    report.producer = seen.producer().map(str::to_owned);
    report.events += (events.len() - first) as u64;
}

/// What a source's lines have in common.
#[derive(Debug, Default)]
struct Seen {
    years: Years,
    zoneless: bool,
    zone: Option<i32>,
    sshd: bool,
    split_sshd: bool,
    logind: bool,
}

impl Seen {
    fn join(&mut self, later: Self) {
        self.years.join(later.years);
        self.zoneless |= later.zoneless;
        self.zone = self.zone.or(later.zone);
        self.sshd |= later.sshd;
        self.split_sshd |= later.split_sshd;
        self.logind |= later.logind;
    }

    fn producer(&self) -> Option<&'static str> {
        match self {
            Self { split_sshd: true, .. } => Some("OpenSSH 9.8 or later"),
            Self { sshd: true, .. } => Some("OpenSSH"),
            Self { logind: true, .. } => Some("systemd-logind"),
            _ => None,
        }
    }
}

/// Programs whose lines say something about sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Sshd,
    /// `sshd-session` and `sshd-auth`, into which OpenSSH 9.8 split its daemon.
    SplitSshd,
    Logind,
    Login,
    Systemd,
    Kernel,
    Shutdown,
    Sudo,
    Su,
    /// macOS' sign-in window.
    Desk,
}

impl Program {
    fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"sshd" => Self::Sshd,
            b"sshd-session" | b"sshd-auth" => Self::SplitSshd,
            b"systemd-logind" | b"elogind" | b"elogind-daemon" => Self::Logind,
            b"login" => Self::Login,
            b"systemd" => Self::Systemd,
            b"kernel" => Self::Kernel,
            b"sudo" => Self::Sudo,
            b"su" => Self::Su,
            b"loginwindow" => Self::Desk,
            b"systemd-shutdown" | b"shutdown" | b"reboot" | b"halt" | b"init" | b"bootlog" => Self::Shutdown,
            _ => return None,
        })
    }
}

/// What a message says, before its words are interned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said<'a> {
    kind: EventKind,
    stated: Stated,
    what: &'static str,
    user: &'a [u8],
    client: &'a [u8],
    port: u32,
    /// Where it is not the process and port.
    link: Option<u64>,
}

impl<'a> Said<'a> {
    fn new(kind: EventKind, stated: Stated, what: &'static str) -> Self {
        Self { kind, stated, what, user: &[], client: &[], port: 0, link: None }
    }

    fn by(self, user: &'a [u8]) -> Self {
        Self { user, ..self }
    }

    fn from(self, (user, client, port): (&'a [u8], &'a [u8], u32)) -> Self {
        Self { user, client, port, ..self }
    }
}

/// Reads one chunk's lines.
#[derive(Debug)]
struct Reader {
    source: SourceId,
    stamps: Stamps,
    host: Recent,
    user: Recent,
    client: Recent,
    /// Symbols of the few fixed texts that say what happened.
    whats: Vec<(&'static str, Sym)>,
    seen: Seen,
    /// For programs that name their sessions.
    pen: Pen,
}

/// The symbol of the text that was asked for last: lines of one session follow each other.
#[derive(Debug, Default)]
struct Recent {
    text: Vec<u8>,
    sym: Sym,
}

impl Recent {
    fn intern(&mut self, symbols: &mut Symbols, text: &[u8]) -> Sym {
        if text.is_empty() {
            return Sym::NONE;
        }
        if self.text != text {
            self.sym = symbols.intern(&lines::text(text));
            self.text.clear();
            self.text.extend_from_slice(text);
        }
        self.sym
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            source: SourceId(0),
            stamps: Stamps::default(),
            host: Recent::default(),
            user: Recent::default(),
            client: Recent::default(),
            whats: Vec::new(),
            seen: Seen::default(),
            pen: Pen::default(),
        }
    }
}

impl ReadLine for Reader {
    fn read_line(&mut self, line: Line<'_>, events: &mut EventBatch) -> Outcome {
        if matches!(line.bytes.first(), Some(b' ' | b'\t')) {
            return Outcome::Continuation;
        }
        // macOS' `log show --style syslog`.
        if line.bytes.starts_with(b"Timestamp  ") {
            return Outcome::Quiet("it is the heading");
        }
        let Some(record) = syslog::parse(line.bytes, &mut self.stamps) else {
            return Outcome::Unreadable("expected a time stamp, host and program, found a line without");
        };
        let before = events.len();
        self.take(&record, line, events);
        if events.len() == before {
            return Outcome::Quiet("its program, or what it says here, is not about a session");
        }
        Outcome::Record
    }
}

impl Reader {
    /// Reads one record, whatever brought it.
    fn take(&mut self, record: &Syslog<'_>, line: Line<'_>, events: &mut EventBatch) {
        self.seen.years.note(record.stamp, line.offset);
        match record.stamp.zone {
            None => self.seen.zoneless = true,
            Some(0) => {}
            zone => self.seen.zone = self.seen.zone.or(zone),
        }
        let program = Program::of(record.program);
        match program {
            Some(Program::Sshd) => self.seen.sshd = true,
            Some(Program::SplitSshd) => self.seen.split_sshd = true,
            Some(Program::Logind) => self.seen.logind = true,
            _ => {}
        }
        let (message, times) = unfold_repeats(record.message);
        if program.is_none()
            && let Some(dialect) = dialects::of(record)
        {
            let page = &mut Page { source: self.source, line, pen: &mut self.pen, events };
            (dialect.say)(record, page);
        } else if let Some(said) = said(program, record, message) {
            for _ in 0..times {
                self.push(&said, record, line, events);
            }
        }
    }

    fn push(&mut self, said: &Said<'_>, record: &Syslog<'_>, line: Line<'_>, events: &mut EventBatch) {
        let symbols = &mut events.symbols;
        let known = self.whats.iter().find(|(text, _)| std::ptr::eq(*text, said.what));
        let what = known.map_or_else(|| symbols.intern(said.what), |&(_, sym)| sym);
        if known.is_none() {
            self.whats.push((said.what, what));
        }
        let link = said.link.unwrap_or(u64::from(record.pid) | u64::from(said.port) << 32);
        let event = Event {
            time: record.stamp.at,
            kind: said.kind,
            stated: said.stated,
            span: Located(Span { source: self.source, offset: line.offset, len: line.bytes.len() as u32 }),
            actor: self.user.intern(symbols, said.user),
            client: self.client.intern(symbols, said.client),
            host: self.host.intern(symbols, record.host),
            what,
            link,
            ..Event::default()
        };
        events.push(event);
    }
}

fn said<'a>(program: Option<Program>, record: &Syslog<'_>, message: &'a [u8]) -> Option<Said<'a>> {
    if message.starts_with(b"pam_") {
        return pam::said(message);
    }
    match program? {
        Program::Sshd | Program::SplitSshd => sshd::said(message, record.pid),
        Program::Logind => host::logind(message),
        Program::Login => host::login(message).or_else(|| host::desk(message)),
        Program::Desk => host::desk(message),
        Program::Sudo => pam::sudo(message),
        Program::Su => pam::su(message),
        // Every user has a systemd as well, whose targets end with the user's last session.
        Program::Systemd if record.pid <= 1 => host::systemd(message),
        Program::Systemd => None,
        Program::Kernel => host::kernel(message),
        Program::Shutdown => host::shutdown(message),
    }
}

/// rsyslog's `message repeated 2 times: [ Failed password … ssh2]`, as the message and how often it came.
fn unfold_repeats(message: &[u8]) -> (&[u8], u32) {
    /// More is never seen (sshd ends a connection after six tries), and a hostile number must cost nothing.
    const MOST: u32 = 16;
    let unfolded = message.strip_prefix(b"message repeated ").and_then(|rest| {
        let (times, _) = number(rest)?;
        let (_, inner) = cut(rest, b"times: [ ")?;
        Some((inner.strip_suffix(b"]").unwrap_or(inner), times.clamp(1, MOST)))
    });
    unfolded.unwrap_or((message, 1))
}

#[cfg(test)]
mod tests;
