//! Microsoft's Network Policy Server (NPS, IAS before): RADIUS accounting and what it refused to let in.
//!
//! It writes one of three forms: an XML element a line (DTS compliant), rows without a heading whose columns are fixed (database
//! compatible), and rows of six fixed columns that go on with numbers and values of attributes (IAS).
//!
//! `"NPS1","IAS",11/23/2026,07:39:18,4,"kim",…`
//!
//! Sessions are those of [`radius`]; `Packet-Type` 3 is a refusal, `Reason-Code` says of what.
//!
//! <https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/cc771748(v=ws.11)>

use super::{
    Format, Input, Sniff,
    lines::{Line, Outcome, number},
    named::{Out, Said},
    radius::{self, App, Packet},
    structured::{self, Escape, Found, ReadRecord},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, SourceReport, Stated};
use std::borrow::Cow;

/// The format.
#[derive(Debug)]
pub(super) struct Nps;

impl Format for Nps {
    fn id(&self) -> &'static str {
        "nps"
    }

    fn title(&self) -> &'static str {
        "Microsoft NPS (RADIUS accounting)"
    }

    fn reference(&self) -> &'static str {
        "https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/cc771748(v=ws.11)"
    }

    fn example(&self) -> &'static str {
        r#"<Event><Timestamp data_type="4">11/23/2026 07:39:18.263</Timestamp><Computer-Name data_type="1">NPS1</Computer-Name><Acct-Status-Type data_type="0">2</Acct-Status-Type><Acct-Session-Id data_type="1">6A3F</Acct-Session-Id><Acct-Terminate-Cause data_type="0">4</Acct-Terminate-Cause><Packet-Type data_type="0">4</Packet-Type></Event>"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "an event of NPS with a packet's type")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("Microsoft NPS".to_owned());
    }
}

const TIME: u8 = 0;
const PACKET: u8 = 1;
const USER: u8 = 2;
const STATION: u8 = 3;
const FRAMED: u8 = 4;
const NAS_NAME: u8 = 5;
const NAS: u8 = 6;
const EVENT_TIME: u8 = 7;
const REASON: u8 = 8;
const STATUS: u8 = 9;
const DELAY: u8 = 10;
const SESSION: u8 = 11;
const LASTED: u8 = 12;
const CAUSE: u8 = 13;
const CLOCK: u8 = 14;
const UNIQUE: u8 = 15;

/// The columns of the database-compatible form, counted from 0.
const COLUMNS: [(usize, u8); 16] = [
    (2, TIME),
    (3, CLOCK),
    (4, PACKET),
    (5, USER),
    (8, STATION),
    (10, FRAMED),
    (11, NAS_NAME),
    (12, NAS),
    (17, EVENT_TIME),
    (25, REASON),
    (31, STATUS),
    (32, DELAY),
    (35, SESSION),
    (37, LASTED),
    (40, CAUSE),
    (41, UNIQUE),
];

/// The numbers of the attributes in the IAS form.
const ATTRIBUTES: [(u32, u8); 13] = [
    (4136, PACKET),
    (4142, REASON),
    (31, STATION),
    (8, FRAMED),
    (32, NAS_NAME),
    (4, NAS),
    (55, EVENT_TIME),
    (40, STATUS),
    (41, DELAY),
    (44, SESSION),
    (46, LASTED),
    (49, CAUSE),
    (50, UNIQUE),
];

/// Reads events.
#[derive(Debug, Default)]
struct Reader {
    app: App,
}

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = &[
        ("Timestamp", TIME),
        ("Packet-Type", PACKET),
        ("User-Name", USER),
        ("SAM-Account-Name", USER),
        ("Calling-Station-Id", STATION),
        ("Framed-IP-Address", FRAMED),
        ("NAS-Identifier", NAS_NAME),
        ("Client-Friendly-Name", NAS_NAME),
        ("NAS-IP-Address", NAS),
        ("Client-IP-Address", NAS),
        ("Event-Timestamp", EVENT_TIME),
        ("Reason-Code", REASON),
        ("Acct-Status-Type", STATUS),
        ("Acct-Delay-Time", DELAY),
        ("Acct-Session-Id", SESSION),
        ("Acct-Session-Time", LASTED),
        ("Acct-Terminate-Cause", CAUSE),
        ("Acct-Multi-Session-Id", UNIQUE),
    ];
    const LISTS: &'static [&'static str] = &[];
    const ELEMENT: Option<&'static str> = Some("Event");

    fn is_ours(found: &Found<'_>) -> bool {
        found.has(PACKET) && when(found, &mut Stamps::default()).is_some()
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = when(found, out.stamps).filter(|_| found.has(PACKET)) else {
            return Outcome::Unreadable("expected an event of NPS with its time and its packet's type, found another");
        };
        out.note(stamp);
        let packet_type = found.get(PACKET);
        match &*packet_type {
            b"3" => refuse(found, stamp, out),
            b"4" => self.account(found, stamp, out),
            // Who was let in begins a session by the accounting that follows.
            _ => return Outcome::Quiet("only accounting says that a session began or ended"),
        }
        Outcome::Record
    }

    fn read_text(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        match row(line.bytes) {
            Some(found) => self.read(&found, out),
            None => Outcome::Unreadable("expected a row of NPS or an event, found neither"),
        }
    }

    fn is_our_text(line: &[u8]) -> bool {
        row(line).is_some_and(|found| Self::is_ours(&found))
    }
}

impl Reader {
    fn account(&mut self, found: &Found<'_>, stamp: Stamp, out: &mut Out<'_>) {
        let fields = [STATUS, SESSION, UNIQUE, USER, NAS, NAS_NAME, STATION, FRAMED, CAUSE, EVENT_TIME];
        let [status, session, unique, user, nas, nas_name, station, framed, cause, event_time] =
            fields.map(|field| found.get(field));
        let seconds = |field| number(&found.get(field)).map(|(seconds, _)| seconds);
        let reported = radius::event_time(&event_time);
        let packet = Packet {
            // The NAS's own clock goes before the server's, and needs no delay taken off.
            stamp: reported.or(Some(stamp)),
            status: &status,
            session: &session,
            unique: &unique,
            user: &user,
            nas: &nas,
            nas_name: &nas_name,
            station: &station,
            framed: &framed,
            cause: &cause,
            lasted: seconds(LASTED),
            delay: if reported.is_some() { 0 } else { seconds(DELAY).unwrap_or(0) },
        };
        radius::say(&packet, &mut self.app, |at, said| out.push(at, said));
    }
}

fn refuse(found: &Found<'_>, stamp: Stamp, out: &mut Out<'_>) {
    let (user, station, reason) = (found.get(USER), found.get(STATION), found.get(REASON));
    let (stated, what) = refused(&reason);
    let said =
        Said { user: &user, client: &station, app: "RADIUS", ..Said::new(EventKind::SignInFailed, stated, what) };
    out.push(stamp.at, &said);
}

/// What a `Reason-Code` of a refusal means.
fn refused(code: &[u8]) -> (Stated, &'static str) {
    match code {
        b"8" => (Stated::BadCredentials, "Reason-Code 8: no such user"),
        b"16" => (Stated::BadCredentials, "Reason-Code 16: the credentials do not match"),
        b"33" => (Stated::PasswordExpired, "Reason-Code 33: the password must be changed"),
        b"34" => (Stated::AccountDisabled, "Reason-Code 34: the account is disabled"),
        b"35" => (Stated::AccountDisabled, "Reason-Code 35: the account has expired"),
        b"36" | b"64" | b"69" => (Stated::AccountLocked, "Reason-Code 36: the account is locked"),
        b"37" | b"38" | b"48" | b"49" | b"65" | b"66" | b"68" => {
            (Stated::Forbidden, "Access-Reject: no policy lets the user in")
        }
        _ => (Stated::Nothing, "Access-Reject"),
    }
}

/// `11/23/2026 07:39:18.263`, in one value or in two; month first, whatever the server's language.
fn when(found: &Found<'_>, stamps: &mut Stamps) -> Option<Stamp> {
    let (date, clock) = (found.get(TIME), found.get(CLOCK));
    let (date, clock): (&[u8], Cow<'_, [u8]>) = match date.iter().position(|&byte| byte == b' ') {
        Some(at) => (date.get(..at)?, Cow::Borrowed(date.get(at + 1..)?)),
        None => (&date, clock),
    };
    let &[m1, m2, b'/', d1, d2, b'/', y1, y2, y3, y4] = date else { return None };
    let mut words = vec![y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' '];
    words.extend_from_slice(&clock);
    stamps.rfc3339(&words)
}

/// A row of either of the forms without tags.
fn row(line: &[u8]) -> Option<Found<'_>> {
    let cells = cells(line);
    let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
    let is_date = |at: usize| {
        let date = cell(at);
        date.len() == 10 && date.get(2) == Some(&b'/') && date.get(5) == Some(&b'/')
    };
    let mut found = Found::default();
    // The database's form has no time of its service's name in the fifth column, but a packet's type.
    if is_date(2) && cells.len() > 20 && cell(4).iter().all(u8::is_ascii_digit) {
        for (at, field) in COLUMNS {
            found.put(field, 0, cell(at), Escape::Csv);
        }
        return Some(found);
    }
    if !is_date(2) || cells.len() < 8 {
        return None;
    }
    found.put(NAS, 1, cell(0), Escape::None);
    found.put(USER, 0, cell(1), Escape::None);
    found.put(TIME, 0, cell(2), Escape::None);
    found.put(CLOCK, 0, cell(3), Escape::None);
    for pair in cells.get(6..)?.chunks_exact(2) {
        let [name, value] = pair else { continue };
        let wanted = number(name).and_then(|(name, _)| ATTRIBUTES.iter().find(|(known, _)| *known == name));
        if let Some(&(_, field)) = wanted {
            found.put(field, 0, value, Escape::None);
        }
    }
    Some(found)
}

/// The cells of a row; commas inside quotes part nothing.
fn cells(line: &[u8]) -> Vec<&[u8]> {
    let (mut cells, mut start, mut inside) = (Vec::new(), 0, false);
    for (at, &byte) in line.iter().enumerate() {
        match byte {
            b'"' => inside = !inside,
            b',' if !inside => {
                cells.push(unquoted(line.get(start..at).unwrap_or_default()));
                start = at + 1;
            }
            _ => {}
        }
    }
    cells.push(unquoted(line.get(start..).unwrap_or_default()));
    cells
}

fn unquoted(cell: &[u8]) -> &[u8] {
    let cell = cell.trim_ascii();
    cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    /// The same packet in each of the forms.
    fn forms(packet: &str, status: &str, cause: &str, reason: &str) -> [String; 3] {
        let element = format!(
            "<Event><Timestamp data_type=\"4\">11/23/2026 07:39:18.263</Timestamp><Computer-Name data_type=\"1\">NPS1</Computer-Name>\
             <Event-Source data_type=\"1\">IAS</Event-Source><User-Name data_type=\"1\">kim</User-Name>\
             <NAS-Identifier data_type=\"1\">sw1</NAS-Identifier><Calling-Station-Id data_type=\"1\">10.0.0.7</Calling-Station-Id>\
             <Acct-Status-Type data_type=\"0\">{status}</Acct-Status-Type><Acct-Session-Id data_type=\"1\">6A3F</Acct-Session-Id>\
             <Acct-Session-Time data_type=\"0\">900</Acct-Session-Time><Acct-Terminate-Cause data_type=\"0\">{cause}</Acct-Terminate-Cause>\
             <Packet-Type data_type=\"0\">{packet}</Packet-Type><Reason-Code data_type=\"0\">{reason}</Reason-Code></Event>\r\n"
        );
        let mut columns = vec![String::new(); 60];
        for (at, value) in [
            (0, "\"NPS1\""),
            (1, "\"IAS\""),
            (2, "11/23/2026"),
            (3, "07:39:18"),
            (4, packet),
            (5, "\"kim\""),
            (6, "\"corp, kim\""),
            (8, "\"10.0.0.7\""),
            (11, "\"sw1\""),
            (12, "10.0.0.2"),
            (25, reason),
            (31, status),
            (35, "\"6A3F\""),
            (37, "900"),
            (40, cause),
        ] {
            columns[at] = value.to_owned();
        }
        let ias = format!(
            "10.0.0.2,kim,11/23/2026,07:39:18,IAS,NPS1,31,10.0.0.7,32,sw1,40,{status},44,6A3F,46,900,49,{cause},4136,{packet},4142,{reason}\n"
        );
        [element, format!("{}\n", columns.join(",")), ias]
    }

    #[test]
    fn accounting_says_the_same_in_each_of_the_forms() {
        for (status, cause, expected) in [
            ("1", "", "SignIn Nothing kim@10.0.0.7 RADIUS on sw1: Acct-Status-Type = Start"),
            ("3", "", "Background Nothing kim@10.0.0.7 RADIUS on sw1: Acct-Status-Type = Interim-Update"),
            ("2", "1", "Close LoggedOut kim@10.0.0.7 RADIUS on sw1: Acct-Terminate-Cause = User-Request"),
            ("2", "4", "Close Idle kim@10.0.0.7 RADIUS on sw1: Acct-Terminate-Cause = Idle-Timeout"),
            ("2", "5", "Close MaximumAge kim@10.0.0.7 RADIUS on sw1: Acct-Terminate-Cause = Session-Timeout"),
            ("2", "6", "Close Revoked kim@10.0.0.7 RADIUS on sw1: Acct-Terminate-Cause = Admin-Reset"),
            ("7", "", "ServerStart ServerShutdown @10.0.0.7 RADIUS on sw1: Acct-Status-Type = Accounting-On"),
        ] {
            for form in forms("4", status, cause, "0") {
                assert_eq!(Nps.sniff(form.as_bytes()), Sniff::Certain, "{form}");
                assert_eq!(said::<Reader>(&form), [format!("07:39:18 {expected}")], "{form}");
            }
        }
    }

    #[test]
    fn a_refusal_says_of_what() {
        for (code, stated) in [
            ("8", "BadCredentials"),
            ("16", "BadCredentials"),
            ("33", "PasswordExpired"),
            ("34", "AccountDisabled"),
            ("36", "AccountLocked"),
            ("48", "Forbidden"),
            ("65", "Forbidden"),
            ("22", "Nothing"),
        ] {
            for form in forms("3", "", "", code) {
                let lines = said::<Reader>(&form);
                assert!(lines[0].starts_with(&format!("07:39:18 SignInFailed {stated} kim@10.0.0.7")), "{lines:?}");
            }
        }
        for form in ["1", "2", "5", "11"].iter().flat_map(|packet| forms(packet, "", "", "0")) {
            assert_eq!(said::<Reader>(&form), [""; 0], "{form}");
        }
    }

    #[test]
    fn damaged_rows_are_counted() {
        for good in forms("4", "1", "", "0") {
            let (events, report) = read::<Reader>(&format!("{good}{}\n{good}", &good[..good.len() / 3]));
            assert_eq!(events.len(), 2, "{good}");
            assert_eq!(report.unreadable + report.records, 3, "{good}");
        }
        for other in ["", "<Event></Event>", "a,b,11/23/2026,d", "11/23/2026"] {
            assert!(matches!(Nps.sniff(other.as_bytes()), Sniff::No(_)), "{other}");
        }
    }
}
