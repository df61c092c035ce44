//! Records into events: one file a format, all listed in [`FORMATS`].
//!
//! A reader never fails. "Not mine" is decided by [`Format::sniff`] before reading; what it can't read it counts and reports
//! with its place. A reader says what one record says; what neighbours add (beats, endings, causes) is for later stages.

mod access_log;
mod appliance;
mod auth0;
mod authentik;
mod blocks;
mod cas;
mod cef;
mod cisco_asa;
mod cisco_ise;
mod citrix_adc;
mod civil;
mod cloudtrail;
mod delimited;
mod dialects;
mod entra;
mod error_log;
mod f5_apm;
mod fields;
mod fortigate;
mod global_protect;
mod google_workspace;
mod happened;
pub mod har;
mod journald;
mod json;
mod json_lines;
mod keycloak;
mod kubernetes_audit;
mod last;
pub mod lines;
mod linux_audit;
mod linux_auth;
mod logfmt;
mod macos_log;
mod mosquitto;
mod mysql;
mod named;
mod nps;
mod okta;
mod openam;
mod openvpn;
pub mod own;
mod partial;
mod pgbouncer;
mod pingam;
mod pingfederate;
mod postgresql;
mod radius;
mod record;
mod record_lines;
mod request_text;
pub mod requests;
mod stamp_forms;
pub mod stated;
mod structured;
pub mod syslog;
pub mod timestamp;
mod verify_access;
mod vsftpd;
mod w3c;
mod windows_events;
mod zitadel;

use crate::{
    model::{EventStore, Family, Nanos, SourceId, SourceReport},
    source::{Content, Progress},
};
use jiff::tz::{Offset, TimeZone};
use std::{fmt, sync::Arc};

/// Whether a source is of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sniff {
    /// It is not; why, in a few words that finish "not HAR: …" ("no `log` object at the top").
    No(String),
    /// It might be.
    Plausible,
    /// It is.
    Certain,
}

/// One kind of source.
pub trait Format: Sync {
    /// The id: the file's stem, `format` in JSON.
    fn id(&self) -> &'static str;
    /// The name for people.
    fn title(&self) -> &'static str;
    /// Where the format is defined.
    fn reference(&self) -> &'static str;
    /// A record or two, as its producer writes them; empty where none is at hand.
    fn example(&self) -> &'static str {
        ""
    }
    /// How its events form sessions.
    fn family(&self) -> Family;
    /// The same for a source whose first bytes, without what stands around each line, are these.
    fn family_of(&self, head: &[u8]) -> Family {
        let _ = head;
        self.family()
    }
    /// The zone of its stamps where they name none; `None` for UTC.
    fn zone(&self) -> Option<TimeZone> {
        None
    }
    /// Decides by the first bytes (up to [`HEAD_BYTES`](crate::source::HEAD_BYTES)) whether a source is of this format. Never by its name.
    fn sniff(&self, head: &[u8]) -> Sniff;
    /// Reads all of it: events into `events`, counts, producer, warnings and limits into `report`. Stops early when
    /// `input.progress` is cancelled; advances it by the bytes read.
    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport);
}

/// A format that a source is read as: one that is built in, or one of the user's own.
#[derive(Clone)]
pub enum Chosen {
    /// One of [`FORMATS`].
    BuiltIn(&'static dyn Format),
    /// One that the user described.
    Own(Arc<dyn Format + Send>),
}

impl Chosen {
    /// The built-in format of this id.
    pub fn of_id(id: &str) -> Option<Self> {
        FORMATS.iter().find(|format| format.id() == id).map(|&format| Self::BuiltIn(format))
    }

    /// The format itself.
    pub fn format(&self) -> &dyn Format {
        match self {
            Self::BuiltIn(format) => *format,
            Self::Own(format) => &**format,
        }
    }
}

impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.format().id())
    }
}

/// The time zone of this name: `Europe/Berlin`, `UTC`, `+02:00`.
pub fn zone_named(name: &str) -> Option<TimeZone> {
    if matches!(name, "Z" | "z") || name.eq_ignore_ascii_case("utc") {
        return Some(TimeZone::UTC);
    }
    let (sign, digits) = match name.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return TimeZone::get(name).ok(),
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..).filter(|rest| !rest.is_empty()).unwrap_or("00"));
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let within = (0..24).contains(&hours) && (0..60).contains(&minutes);
    let offset = Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok().filter(|_| within)?;
    Some(TimeZone::fixed(offset))
}

/// What a reader reads from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The bytes.
    pub content: &'a Content,
    /// The id that its spans carry.
    pub source: SourceId,
    /// A time by which the last record was surely written (the file's modification time), for stamps without a year.
    pub written_by: Nanos,
    /// Counts and the wish to stop.
    pub progress: &'a Progress,
}

/// The formats, most particular first where two could claim a source.
pub const FORMATS: &[&dyn Format] = &[
    &har::Har,
    &keycloak::Keycloak,
    &auth0::Auth0,
    &okta::Okta,
    &entra::Entra,
    &cloudtrail::CloudTrail,
    &google_workspace::GoogleWorkspace,
    &windows_events::WindowsEvents,
    &kubernetes_audit::KubernetesAudit,
    &authentik::Authentik,
    &zitadel::Zitadel,
    &pingam::PingAm,
    &openam::OpenAm,
    &pingfederate::PingFederate,
    &verify_access::VerifyAccess,
    &cas::Cas,
    &cef::Cef,
    &radius::Radius,
    &nps::Nps,
    &postgresql::Postgresql,
    &pgbouncer::PgBouncer,
    &access_log::AccessLog,
    &cisco_asa::CiscoAsa,
    &cisco_ise::CiscoIse,
    &global_protect::GlobalProtect,
    &fortigate::FortiGate,
    &f5_apm::F5Apm,
    &appliance::Appliance,
    &citrix_adc::CitrixAdc,
    &journald::Journald,
    &macos_log::MacosLog,
    &openvpn::OpenVpn,
    &mysql::MySql,
    &vsftpd::Vsftpd,
    &mosquitto::Mosquitto,
    &last::Last,
    &linux_audit::LinuxAudit,
    &w3c::W3c,
    &error_log::ErrorLog,
    &dialects::DOVECOT,
    &dialects::DROPBEAR,
    &dialects::STRONGSWAN,
    &dialects::KERBEROS,
    &dialects::PROFTPD,
    &dialects::PURE_FTPD,
    &dialects::SLAPD,
    &dialects::OCSERV,
    &json_lines::JsonLines,
    &delimited::Delimited,
    &logfmt::Logfmt,
    &request_text::RequestText,
    &linux_auth::LinuxAuth,
];
