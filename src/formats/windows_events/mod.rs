//! Windows events about logons, remote desktops and restarts: XML as Event Viewer and `wevtutil` write it, JSON as
//! `evtx_dump`, Winlogbeat, `NXLog` and Sentinel write it, tables of Event Viewer and `Export-Csv`,
//! and event log files themselves, which are turned into XML when they are opened.
//!
//! `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider
//! Name="Microsoft-Windows-Security-Auditing"/><EventID>4647</EventID><TimeCreated
//! SystemTime="2026-11-23T07:39:18.2630000Z"/><Computer>desk1</Computer></System><EventData><Data
//! Name="TargetUserName">kim</Data><Data Name="TargetLogonId">0x1e3237</Data></EventData></Event>`
//!
//! A logon is known by its `TargetLogonId` on its computer, a remote desktop by its session's number.
//!
//! <https://learn.microsoft.com/windows/security/threat-protection/auditing/basic-audit-logon-events>,
//! <https://learn.microsoft.com/windows/win32/wes/eventschema-elements>

mod federation;
mod message;
mod words;

use super::{
    Format, Input, Sniff,
    dialects::app_on,
    lines::{Outcome, find, text},
    named::{Out, Said, link_of},
    structured::{self, Found, ReadRecord},
    timestamp::Stamp,
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};
use std::borrow::Cow;
use words::{Meaning, Of};

/// The format.
#[derive(Debug)]
pub(super) struct WindowsEvents;

impl Format for WindowsEvents {
    fn id(&self) -> &'static str {
        "windows_events"
    }

    fn title(&self) -> &'static str {
        "Windows events (EVTX, XML, JSON, CSV)"
    }

    fn reference(&self) -> &'static str {
        "https://learn.microsoft.com/windows/security/threat-protection/auditing/basic-audit-logon-events"
    }

    fn example(&self) -> &'static str {
        r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4647</EventID><TimeCreated SystemTime="2026-11-23T07:39:18.2630000Z"/><Channel>Security</Channel><Computer>desk1</Computer></System><EventData><Data Name="TargetUserName">kim</Data><Data Name="TargetLogonId">0x1e3237</Data></EventData></Event>"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "an event of Windows'")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("Windows".to_owned());
    }
}

const ID: u8 = 0;
const TIME: u8 = 1;
const COMPUTER: u8 = 2;
const CHANNEL: u8 = 3;
const PROVIDER: u8 = 4;
const USER: u8 = 5;
const LOGON: u8 = 6;
const LOGON_KIND: u8 = 7;
const ADDRESS: u8 = 8;
const STATUS: u8 = 9;
const SUB_STATUS: u8 = 10;
const SID: u8 = 11;
const LINKED: u8 = 12;
const ELEVATED: u8 = 13;
const SESSION: u8 = 14;
const REASON: u8 = 15;
const MESSAGE: u8 = 16;
const DESK: u8 = 17;
const RESTART: u8 = 18;
const AUDIT: u8 = 19;

#[derive(Debug, Default)]
struct Reader;

/// The data of an event, wherever it stands.
macro_rules! fields {
    ($($around:literal)*) => {
        &[$(
            (concat!($around, "TargetUserName"), USER),
            (concat!($around, "AccountName"), USER),
            (concat!($around, "TargetLogonId"), LOGON),
            (concat!($around, "LogonID"), LOGON),
            (concat!($around, "LogonId"), LOGON),
            (concat!($around, "LogonType"), LOGON_KIND),
            (concat!($around, "IpAddress"), ADDRESS),
            (concat!($around, "ClientAddress"), ADDRESS),
            (concat!($around, "Address"), ADDRESS),
            (concat!($around, "Status"), STATUS),
            (concat!($around, "SubStatus"), SUB_STATUS),
            (concat!($around, "TargetUserSid"), SID),
            (concat!($around, "TargetSid"), SID),
            (concat!($around, "UserSid"), SID),
            (concat!($around, "TargetLinkedLogonId"), LINKED),
            (concat!($around, "ElevatedToken"), ELEVATED),
            (concat!($around, "SessionID"), SESSION),
            (concat!($around, "Session"), SESSION),
            (concat!($around, "TSId"), SESSION),
            (concat!($around, "Reason"), REASON),
            (concat!($around, "User"), DESK),
            (concat!($around, "param5"), RESTART),
        )*
            // XML, Sentinel, NXLog.
            ("EventID", ID),
            ("SystemTime", TIME),
            ("@timestamp", TIME),
            ("TimeGenerated", TIME),
            ("EventTime", TIME),
            ("TimeCreated", TIME),
            ("Computer", COMPUTER),
            ("Hostname", COMPUTER),
            ("MachineName", COMPUTER),
            ("Channel", CHANNEL),
            ("LogName", CHANNEL),
            ("Provider", PROVIDER),
            ("SourceName", PROVIDER),
            ("ProviderName", PROVIDER),
            ("EventSourceName", PROVIDER),
            ("Data:xml", AUDIT),
            ("winlog/event_data/param2", AUDIT),
            ("Message", MESSAGE),
            ("message", MESSAGE),
            // Winlogbeat.
            ("winlog/event_id", ID),
            ("winlog/computer_name", COMPUTER),
            ("winlog/channel", CHANNEL),
            ("winlog/provider_name", PROVIDER),
            // evtx_dump.
            ("Event/System/EventID", ID),
            ("Event/System/EventID/#text", ID),
            ("Event/System/TimeCreated/#attributes/SystemTime", TIME),
            ("Event/System/Computer", COMPUTER),
            ("Event/System/Channel", CHANNEL),
            ("Event/System/Provider/#attributes/Name", PROVIDER),
            // Tables of Event Viewer and of `Get-WinEvent | Export-Csv`.
            ("Event ID", ID),
            ("Id", ID),
            ("Date and Time", TIME),
            ("Source", PROVIDER),
            ("\u{2026}", MESSAGE),
        ]
    };
}

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] =
        fields!["" "winlog/event_data/" "winlog/user_data/" "Event/EventData/" "Event/UserData/EventXML/"];
    const LISTS: &'static [&'static str] = &["Events", "events"];
    const HEADINGS: &'static [&'static [&'static str]] = &[
        &["Level", "Date and Time", "Source", "Event ID"],
        &["Message", "Id", "ProviderName", "LogName", "MachineName", "TimeCreated"],
        &["TimeGenerated", "Computer", "EventID"],
    ];
    const ELEMENT: Option<&'static str> = Some("Event");

    fn is_ours(found: &Found<'_>) -> bool {
        let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        is_number(found.raw(ID)) && found.has(TIME) && (found.has(CHANNEL) || found.has(PROVIDER))
            || is_number(found.raw(ID)) && found.has(COMPUTER) && found.has(TIME)
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let stamp = found.stamp(TIME, out.stamps).or_else(|| message::american(&found.get(TIME), out.stamps));
        let (Some(stamp), true) = (stamp, found.has(ID)) else {
            return Outcome::Unreadable("expected an event with its number and time, found one without");
        };
        out.note(stamp);
        if federation::is_of(&Told(found)) {
            federation::say(&Told(found), stamp, out);
        } else if let Some(meaning) = words::meaning(&Told(found)) {
            say(&Told(found), meaning, stamp, out);
        }
        Outcome::Record
    }
}

/// What an event tells: in its fields, else in its message, which is all that some exports keep.
struct Told<'a, 'b>(&'b Found<'a>);

impl<'a> Told<'a, '_> {
    fn id(&self) -> &'a [u8] {
        self.0.raw(ID)
    }

    fn is_of(&self, channel_or_provider: &str) -> bool {
        let has = |field| find(self.0.raw(field), channel_or_provider.as_bytes()).is_some();
        has(CHANNEL) || has(PROVIDER)
    }

    /// A field, or what the message has behind one of these labels.
    fn or_said(&self, field: u8, section: &str, label: &str) -> Cow<'a, [u8]> {
        if self.0.has(field) {
            return self.0.get(field);
        }
        message::labelled(&self.0.get(MESSAGE), section, label).into()
    }
}

fn say(told: &Told<'_, '_>, meaning: Meaning, stamp: Stamp, out: &mut Out<'_>) {
    let Meaning { kind, stated, of, what } = meaning;
    let computer = told.0.get(COMPUTER);
    let app = match &*computer {
        b"" => "Windows".to_owned(),
        _ => app_on("Windows", &computer),
    };
    let address = told.or_said(ADDRESS, "", "Source Network Address:");
    let logon = told.or_said(LOGON, words::section(told), "Logon ID:");
    let session = told.or_said(SESSION, "", "Session ID:");
    let (user, link, ids) = match of {
        Of::Logon => {
            let user = told.or_said(USER, words::section(told), "Account Name:");
            if kind == EventKind::SignIn {
                // Other logs name the user by this alone.
                out.alias(&told.0.get(SID), &user);
            }
            let link = if logon.is_empty() { 0 } else { link_of(&[b"logon", &computer, &logon.to_ascii_lowercase()]) };
            (user, link, (KeyKind::Logon, "LogonId", logon))
        }
        Of::Desk => {
            let user = told.or_said(DESK, "", "User:");
            let session = if session.is_empty() { message::number_in(&told.0.get(MESSAGE)).into() } else { session };
            let link = if session.is_empty() { 0 } else { link_of(&[b"desk", &computer, &session]) };
            (user, link, (KeyKind::Logon, "Session", session))
        }
        Of::Person => {
            let user = told.0.get(SID);
            // By the number that the terminal services have for it, too.
            if session.is_empty() {
                let link = link_of(&[b"person", &computer, &user]);
                (user, link, (KeyKind::Logon, "UserSid", told.0.get(SID)))
            } else {
                let link = link_of(&[b"desk", &computer, &session]);
                (user, link, (KeyKind::Logon, "Session", session))
            }
        }
        Of::Account => {
            (told.or_said(USER, words::section(told), "Account Name:"), 0, (KeyKind::Logon, "", Cow::Borrowed(&[][..])))
        }
        Of::Machine => (Cow::Borrowed(&[][..]), 0, (KeyKind::Logon, "", Cow::Borrowed(&[][..]))),
    };
    // A logoff names who it is about; of a logon that was not seen to begin it may only be the other half of one that was.
    let user: &[u8] = if told.id() == b"4634" { &[] } else { &user };
    out.push(
        stamp.at,
        &Said {
            user: user.rsplit(|&byte| byte == b'\\').next().unwrap_or(user),
            client: if matches!(&*address, b"LOCAL" | b"::1" | b"127.0.0.1") { &[] } else { &address },
            app: &app,
            link,
            flags: match (told.id(), kind) {
                (b"21", _) => EventFlags::NEW_ID | EventFlags::TWIN,
                (_, EventKind::SignIn | EventKind::Close) => EventFlags::TWIN,
                _ => EventFlags::default(),
            },
            ids: &[(ids.0, ids.1, &ids.2)],
            ..Said::new(kind, stated, &text(what.as_bytes()))
        },
    );
}

#[cfg(test)]
mod tests;
