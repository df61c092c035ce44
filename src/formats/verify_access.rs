//! IBM Verify Access' own audit events (Security Access Manager's, `WebSEAL`'s), XML of its kind.
//!
//! `<event rev="1.4"><date>2026-11-23-08:40:18.263+00:00I-----</date><outcome status="0">0</outcome><originator
//! blade="webseald"><event_id>103</event_id></originator><accessor name=""><principal>kim</principal>
//! <session_id>e005b3ae</session_id></accessor><terminateinfo><terminatereason>idleTimeout</terminatereason></terminateinfo></event>`
//!
//! <https://www.ibm.com/docs/en/sva/11.0.3?topic=elements-sample-authentication-terminate-event>,
//! <https://www.ibm.com/docs/en/sva/11.0.3?topic=types-terminatereason-element>

use super::{
    Format, Input, Sniff,
    dialects::app_on,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    stated::stated_from_text,
    structured::{self, Found, ReadRecord},
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct VerifyAccess;

impl Format for VerifyAccess {
    fn id(&self) -> &'static str {
        "verify_access"
    }

    fn title(&self) -> &'static str {
        "IBM Verify Access audit events (Security Access Manager)"
    }

    fn reference(&self) -> &'static str {
        "https://www.ibm.com/docs/en/sva/11.0.3?topic=elements-sample-authentication-terminate-event"
    }

    fn example(&self) -> &'static str {
        r#"<event rev="1.4"><date>2026-11-23-08:40:18.263+00:00I-----</date><outcome status="0">0</outcome><originator blade="webseald"><component rev="1.4">authn</component><event_id>103</event_id></originator><accessor name=""><principal auth="IV_LDAP_V3.0">kim</principal></accessor><terminateinfo><terminatereason>idleTimeout</terminatereason></terminateinfo></event>"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "an audit event with `date`, `originator` and `event_id`")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("IBM Verify Access".to_owned());
    }
}

const TIME: u8 = 0;
const OUTCOME: u8 = 1;
const COMPONENT: u8 = 2;
const ID: u8 = 3;
const HOST: u8 = 4;
const USER: u8 = 5;
const SESSION: u8 = 6;
const ADDRESS: u8 = 7;
const REASON: u8 = 8;
const DATA: u8 = 9;

#[derive(Debug, Default)]
struct Reader;

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = &[
        ("date", TIME),
        ("outcome", OUTCOME),
        ("component", COMPONENT),
        ("event_id", ID),
        ("location", HOST),
        ("principal", USER),
        ("session_id", SESSION),
        ("user_location", ADDRESS),
        ("terminatereason", REASON),
        ("data", DATA),
    ];
    const LISTS: &'static [&'static str] = &[];
    const ELEMENT: Option<&'static str> = Some("event");

    fn is_ours(found: &Found<'_>) -> bool {
        found.has(TIME) && found.has(ID) && found.has(COMPONENT)
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = stamp(&found.get(TIME), out.stamps).filter(|_| found.has(ID)) else {
            return Outcome::Unreadable("expected an event with `date` and `event_id`, found one without");
        };
        out.note(stamp);
        let Some((kind, stated, what)) = meaning(found) else {
            return Outcome::Quiet("it is about no session and no sign-in");
        };
        let (user, session, address) = (found.get(USER), found.get(SESSION), found.get(ADDRESS));
        let link = match &*session {
            _ if kind == EventKind::SignInFailed => 0,
            b"" if user.is_empty() => 0,
            b"" => link_of(&[&user, &address]),
            id => link_of(&[id]),
        };
        out.push(
            stamp.at,
            &Said {
                user: &user,
                client: &address,
                app: &app_on("Verify Access", &found.get(HOST)),
                link,
                ids: &[(KeyKind::Logon, "session_id", &session)],
                ..Said::new(kind, stated, &what)
            },
        );
        Outcome::Record
    }
}

/// `2026-11-23-07:39:18.263+00:00I-----`.
fn stamp(text: &[u8], stamps: &mut Stamps) -> Option<Stamp> {
    let mut plain = text.get(..text.len().min(29))?.to_vec();
    *plain.get_mut(10)? = b'T';
    stamps.rfc3339(&plain)
}

fn meaning(found: &Found<'_>) -> Option<(EventKind, Stated, String)> {
    use EventKind as Kind;
    let failed = found.raw(OUTCOME) == b"1";
    let plain = |kind, stated, what: &str| Some((kind, stated, what.to_owned()));
    match (found.raw(COMPONENT), found.raw(ID)) {
        (b"authn", b"101") if failed => {
            let stated = match stated_from_text(&text(&found.get(DATA))) {
                Stated::Nothing => Stated::BadCredentials,
                stated => stated,
            };
            plain(Kind::SignInFailed, stated, "101: Authentication failed")
        }
        (b"authn", b"101") => plain(Kind::SignIn, Stated::Nothing, "101: Authenticated"),
        (b"authn", b"105" | b"106") if !failed => plain(Kind::Refresh, Stated::Nothing, "106: Authenticated again"),
        (b"authn", b"103") => {
            let reason = found.get(REASON);
            let (kind, stated) = match &*reason {
                b"idleTimeout" => (Kind::Close, Stated::Idle),
                b"sessionExpired" => (Kind::Close, Stated::MaximumAge),
                b"sessionDisplaced" => (Kind::Close, Stated::OtherDevice),
                b"sessionTerminatedByAdmin" => (Kind::Close, Stated::Revoked),
                b"reauthLockOut" => (Kind::Close, Stated::AccountLocked),
                b"userLoggedOut" => (Kind::SignOut, Stated::LoggedOut),
                _ => (Kind::Close, Stated::Nothing),
            };
            Some((
                kind,
                stated,
                format!("103: Session terminated, {}", text(&reason)).trim_end_matches(", ").to_owned(),
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    fn event(id: &str, outcome: &str, more: &str) -> String {
        format!(
            "<event rev=\"1.4\">\n <date>2026-11-23-08:39:18.263+01:00I-----</date>\n <outcome status=\"{outcome}\">{outcome}</outcome>\n <originator blade=\"webseald\" instance=\"default\"><component rev=\"1.4\">authn</component><event_id>{id}</event_id><action>{id}</action><location>isam1</location></originator>\n \
             <accessor name=\"\"><principal auth=\"IV_LDAP_V3.0\" domain=\"Default\">kim</principal><name_in_rgy>cn=kim</name_in_rgy><session_id>e005b3ae</session_id><user_location>10.0.0.7</user_location><user_location_type>IPV4</user_location_type></accessor>\n <target resource=\"7\"><object></object></target>\n <authntype>formsPassword</authntype>{more}<data></data>\n</event>\n"
        )
    }

    #[test]
    fn each_reason_of_a_termination_is_stated() {
        let table = [
            ("idleTimeout", "Close Idle"),
            ("sessionExpired", "Close MaximumAge"),
            ("sessionDisplaced", "Close OtherDevice"),
            ("sessionTerminatedByAdmin", "Close Revoked"),
            ("reauthLockOut", "Close AccountLocked"),
            ("userLoggedOut", "SignOut LoggedOut"),
            ("somethingElse", "Close Nothing"),
        ];
        for (reason, expected) in table {
            let more = format!("<terminateinfo><terminatereason>{reason}</terminatereason></terminateinfo>");
            let lines = said::<Reader>(&event("103", "0", &more));
            assert_eq!(
                lines,
                [format!("07:39:18 {expected} kim@10.0.0.7 Verify Access on isam1: 103: Session terminated, {reason}")]
            );
        }
        assert!(said::<Reader>(&event("101", "0", ""))[0].contains("SignIn Nothing kim@10.0.0.7"));
        assert!(said::<Reader>(&event("101", "1", ""))[0].contains("SignInFailed BadCredentials kim@10.0.0.7"));
        assert!(said::<Reader>(&event("106", "0", ""))[0].contains("Refresh Nothing kim@10.0.0.7"));
        assert!(said::<Reader>(&event("104", "0", "")).is_empty());
    }

    #[test]
    fn damaged_events_are_counted() {
        let good = event("101", "0", "");
        let (events, report) = read::<Reader>(&format!("{good}{}{good}", &good[..90]));
        assert_eq!((events.len(), report.records, report.unreadable), (2, 2, 1));
        assert_eq!(VerifyAccess.sniff(good.as_bytes()), Sniff::Certain);
        assert!(matches!(VerifyAccess.sniff(b"<event><x>1</x></event>"), Sniff::No(_)));
    }
}
