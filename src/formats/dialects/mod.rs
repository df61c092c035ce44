//! Programs that write into syslog and name their sessions by ids of their own: one file each, all listed in [`DIALECTS`].
//!
//! A host's log holds lines of many programs, so whichever of them a source is named after, all of them are read, sshd's
//! among them. How what they say becomes sessions is told in `sessions/named`.

mod dovecot;
mod dropbear;
mod kerberos;
mod ocserv;
mod proftpd;
mod pure_ftpd;
mod slapd;
mod strongswan;
#[cfg(test)]
mod tests;

use super::{
    Format, Input, Sniff,
    lines::head_lines,
    linux_auth,
    named::Page,
    syslog::{self, Syslog},
    timestamp::Stamps,
};
use crate::model::{EventStore, Family, SourceReport};

/// What is known of one program's lines.
pub(super) struct Dialect {
    /// The format's id.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) reference: &'static str,
    pub(super) example: &'static str,
    /// Whether the program wrote a line.
    pub(super) wrote: fn(&Syslog<'_>) -> bool,
    /// Writes down what a line of it says.
    pub(super) say: fn(&Syslog<'_>, &mut Page<'_>),
}

/// The programs.
static DIALECTS: &[&Dialect] = &[
    &dovecot::DIALECT,
    &dropbear::DIALECT,
    &strongswan::DIALECT,
    &kerberos::DIALECT,
    &proftpd::DIALECT,
    &pure_ftpd::DIALECT,
    &slapd::DIALECT,
    &ocserv::DIALECT,
    &super::vsftpd::DIALECT,
];

/// The program that wrote a line, if it is one of these.
pub(super) fn of(line: &Syslog<'_>) -> Option<&'static Dialect> {
    DIALECTS.iter().copied().find(|dialect| (dialect.wrote)(line))
}

/// A source that is named after one of the programs.
pub(super) struct Named(&'static Dialect);

/// IMAP and POP3 servers.
pub(super) static DOVECOT: Named = Named(&dovecot::DIALECT);
/// An SSH server of small devices.
pub(super) static DROPBEAR: Named = Named(&dropbear::DIALECT);
/// An `IPsec` gateway.
pub(super) static STRONGSWAN: Named = Named(&strongswan::DIALECT);
/// An FTP server.
pub(super) static PROFTPD: Named = Named(&proftpd::DIALECT);
/// Another.
pub(super) static PURE_FTPD: Named = Named(&pure_ftpd::DIALECT);
/// A directory server.
pub(super) static SLAPD: Named = Named(&slapd::DIALECT);
/// A VPN gateway.
pub(super) static OCSERV: Named = Named(&ocserv::DIALECT);
/// A Kerberos key distribution centre.
pub(super) static KERBEROS: Named = Named(&kerberos::DIALECT);

impl Format for Named {
    fn id(&self) -> &'static str {
        self.0.id
    }

    fn title(&self) -> &'static str {
        self.0.title
    }

    fn reference(&self) -> &'static str {
        self.0.reference
    }

    fn example(&self) -> &'static str {
        self.0.example
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        by_program(self.0, head)
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        linux_auth::read(input, events, report);
    }
}

/// Whether a source is a host's log in which a program has at least as much to say as sshd and its like.
pub(super) fn by_program(dialect: &Dialect, head: &[u8]) -> Sniff {
    let mut stamps = Stamps::default();
    let (mut framed, mut other, mut ours, mut others) = (0, 0, 0, 0);
    for line in head_lines(head) {
        match syslog::parse(line, &mut stamps) {
            Some(line) => {
                framed += 1;
                ours += u32::from((dialect.wrote)(&line));
                others += u32::from(linux_auth::is_ours(&line));
            }
            None => other += 1,
        }
    }
    if ours == 0 {
        Sniff::No("no line is of its program".to_owned())
    } else if other > framed {
        Sniff::No(format!("only {framed} of its first {} lines begin with a time stamp and a program", framed + other))
    } else if ours >= others {
        Sniff::Certain
    } else {
        Sniff::Plausible
    }
}

/// The app as it is shown: the program, and the host where it is known.
pub(super) fn app_on(program: &str, host: &[u8]) -> String {
    if host.is_empty() { program.to_owned() } else { format!("{program} on {}", String::from_utf8_lossy(host)) }
}

/// What stands between two words.
pub(super) fn between<'a>(text: &'a [u8], before: &[u8], behind: &[u8]) -> Option<&'a [u8]> {
    let (_, rest) = super::lines::cut(text, before)?;
    super::lines::cut(rest, behind).map(|(inside, _)| inside)
}

/// Whether a text has some words in it.
pub(super) fn has(text: &[u8], words: &[u8]) -> bool {
    super::lines::find(text, words).is_some()
}
