//! Audit events of `PingAM`, `ForgeRock` AM and the programs that came of `OpenAM`: sign-ins, and how sessions ended.
//!
//! `{"eventName":"AM-SESSION-IDLE_TIMED_OUT","timestamp":"2026-11-23T08:39:18.263Z","userId":"id=kim,ou=user,o=shop,…",
//! "trackingIds":["e9-123"],"objectId":"e9-123","component":"Session","realm":"/shop"}`
//!
//! A session is known by its tracking id.
//!
//! <https://docs.pingidentity.com/pingam/8/audit/audit-log-formats.html>

use super::{
    Format, Input, Sniff,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    stated::stated_from_text,
    structured::{self, Found, ReadRecord, first_text},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct PingAm;

impl Format for PingAm {
    fn id(&self) -> &'static str {
        "pingam"
    }

    fn title(&self) -> &'static str {
        "PingAM, ForgeRock AM and OpenAM audit events"
    }

    fn reference(&self) -> &'static str {
        "https://docs.pingidentity.com/pingam/8/audit/audit-log-formats.html"
    }

    fn example(&self) -> &'static str {
        r#"{"eventName":"AM-SESSION-IDLE_TIMED_OUT","timestamp":"2026-11-23T08:39:18.263Z","userId":"id=kim,ou=user,o=shop","trackingIds":["e9-123"],"objectId":"e9-123","component":"Session","realm":"/shop"}"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "an audit event with an `eventName` like AM-SESSION-CREATED")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("PingAM".to_owned());
    }
}

const TIME: u8 = 0;
const NAME: u8 = 1;
const USER: u8 = 2;
const TRACKING: u8 = 3;
const OBJECT: u8 = 4;
const REALM: u8 = 5;
const RESULT: u8 = 6;
const PRINCIPAL: u8 = 7;
const ADDRESS: u8 = 8;
const FAILURE: u8 = 9;
const RUN_AS: u8 = 10;
const CLIENT: u8 = 11;
const COMPONENT: u8 = 12;

#[derive(Debug, Default)]
struct Reader;

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = &[
        ("timestamp", TIME),
        ("eventName", NAME),
        ("userId", USER),
        ("trackingIds", TRACKING),
        ("objectId", OBJECT),
        ("realm", REALM),
        ("result", RESULT),
        ("principal", PRINCIPAL),
        ("entries/info/ipAddress", ADDRESS),
        ("entries/info/failureReason", FAILURE),
        ("runAs", RUN_AS),
        ("client/ip", CLIENT),
        ("component", COMPONENT),
        // The cloud's log puts the event into `payload`.
        ("payload/timestamp", TIME),
        ("payload/eventName", NAME),
        ("payload/userId", USER),
        ("payload/trackingIds", TRACKING),
        ("payload/objectId", OBJECT),
        ("payload/realm", REALM),
        ("payload/result", RESULT),
        ("payload/principal", PRINCIPAL),
        ("payload/entries/info/ipAddress", ADDRESS),
        ("payload/entries/info/failureReason", FAILURE),
        ("payload/runAs", RUN_AS),
        ("payload/client/ip", CLIENT),
        ("payload/component", COMPONENT),
    ];
    const LISTS: &'static [&'static str] = &["result"];
    const HEADINGS: &'static [&'static [&'static str]] = &[&["timestamp", "eventName", "trackingIds", "userId"]];

    fn is_ours(found: &Found<'_>) -> bool {
        found.raw(NAME).starts_with(b"AM-") && found.has(TIME)
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = found.stamp(TIME, out.stamps).filter(|_| found.has(NAME)) else {
            return Outcome::Unreadable("expected an event with `timestamp` and `eventName`, found one without");
        };
        out.note(stamp);
        let Some((kind, stated)) = meaning(found) else {
            return Outcome::Quiet("it is about no session and no sign-in");
        };
        let principal = first_text(found.raw(PRINCIPAL));
        let id = found.get(USER);
        let user = match name_of(&id) {
            b"" => &principal,
            name => name,
        };
        let object = found.get(OBJECT);
        let tracked = first_text(found.raw(TRACKING));
        let session = if object.is_empty() { &tracked } else { &object };
        let names_session = kind != EventKind::SignInFailed && !session.is_empty();
        let (realm, address) = (found.get(REALM), found.get(if found.has(CLIENT) { CLIENT } else { ADDRESS }));
        let app = match text(&realm) {
            realm if realm.is_empty() || realm == "/" => "PingAM".to_owned(),
            realm => format!("PingAM realm {}", realm.trim_start_matches('/')),
        };
        let failure = found.get(FAILURE);
        let name = found.get(NAME);
        let what =
            if failure.is_empty() { text(&name).into_owned() } else { format!("{}: {}", text(&name), text(&failure)) };
        out.push(
            stamp.at,
            &Said {
                user,
                client: &address,
                app: &app,
                link: if names_session { link_of(&[session]) } else { 0 },
                ids: &[(KeyKind::Token, "trackingId", session)],
                ..Said::new(kind, stated, &what)
            },
        );
        Outcome::Record
    }
}

/// `kim` of `id=kim,ou=user,o=shop,ou=services,dc=openam`.
fn name_of(id: &[u8]) -> &[u8] {
    let first = id.split(|&byte| byte == b',').next().unwrap_or(id);
    first.strip_prefix(b"id=").or_else(|| first.strip_prefix(b"uid=")).unwrap_or(first)
}

fn meaning(found: &Found<'_>) -> Option<(EventKind, Stated)> {
    use EventKind as Kind;
    let by_other = || {
        let (user, by) = (found.get(USER), found.get(RUN_AS));
        let (user, by) = (name_of(&user), name_of(&by));
        !by.is_empty() && by != user
    };
    Some(match found.raw(NAME) {
        b"AM-LOGIN-COMPLETED" | b"AM-TREE-LOGIN-COMPLETED" if found.raw(RESULT).eq_ignore_ascii_case(b"FAILED") => {
            (Kind::SignInFailed, failure(&text(&found.get(FAILURE))))
        }
        b"AM-LOGIN-COMPLETED" | b"AM-TREE-LOGIN-COMPLETED" if found.has(TRACKING) => (Kind::SignIn, Stated::Nothing),
        b"AM-SESSION-CREATED" => (Kind::SignIn, Stated::Nothing),
        b"AM-SESSION-IDLE_TIMED_OUT" => (Kind::Close, Stated::Idle),
        b"AM-SESSION-MAX_TIMED_OUT" => (Kind::Close, Stated::MaximumAge),
        b"AM-LOGOUT" | b"AM-SESSION-LOGGED_OUT" => (Kind::SignOut, Stated::LoggedOut),
        // By the session that was pushed out, by the rule that let only so many in, or by an administrator.
        b"AM-SESSION-DESTROYED" if by_other() => (Kind::Close, Stated::Revoked),
        b"AM-SESSION-DESTROYED" => (Kind::Close, Stated::Nothing),
        b"AM-ACCESS-OUTCOME" if found.raw(RESULT).eq_ignore_ascii_case(b"SUCCESSFUL") && found.has(TRACKING) => {
            (Kind::Background, Stated::Nothing)
        }
        _ => return None,
    })
}

fn failure(reason: &str) -> Stated {
    match reason {
        "LOCKED_OUT" => Stated::AccountLocked,
        "ACCOUNT_EXPIRED" | "USER_INACTIVE" | "USER_NOT_ACTIVE" => Stated::AccountDisabled,
        "MAX_SESSION_REACHED" | "SESSION_QUOTA_REACHED" => Stated::OtherDevice,
        "LOGIN_TIMEOUT" => Stated::Expired,
        "" | "INVALID_PASSWORD" | "NO_USER_PROFILE" | "LOGIN_FAILED" | "AUTH_FAILED" => Stated::BadCredentials,
        other => match stated_from_text(other) {
            Stated::Nothing => Stated::BadCredentials,
            stated => stated,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    fn one(name: &str, more: &str) -> String {
        let event = format!(
            r#"{{"realm":"/shop","transactionId":"t","userId":"id=kim,ou=user,o=shop,dc=openam","eventName":"{name}","timestamp":"2026-11-23T07:39:18.263Z","trackingIds":["e9-123"],"_id":"e9-1"{more}}}"#
        );
        let lines = said::<Reader>(&event).join(" | ");
        let wrapped = format!(
            "{{\"result\":[{{\"payload\":{event},\"timestamp\":\"2026-11-23T07:39:18.263Z\",\"type\":\"application/json\",\"source\":\"am-authentication\"}}]}}"
        );
        assert_eq!(said::<Reader>(&wrapped).join(" | "), lines);
        assert_eq!(PingAm.sniff(event.as_bytes()), Sniff::Certain);
        lines
    }

    #[test]
    fn each_event_says_what_happened_and_why() {
        let table = [
            (
                "AM-LOGIN-COMPLETED",
                r#","result":"SUCCESSFUL","principal":["kim"],"entries":[{"info":{"ipAddress":"10.0.0.7"}}]"#,
                "SignIn Nothing kim@10.0.0.7",
            ),
            (
                "AM-LOGIN-COMPLETED",
                r#","result":"FAILED","principal":["kim"],"entries":[{"info":{"ipAddress":"10.0.0.7","failureReason":"INVALID_PASSWORD"}}]"#,
                "SignInFailed BadCredentials kim@10.0.0.7",
            ),
            (
                "AM-LOGIN-COMPLETED",
                r#","result":"FAILED","entries":[{"info":{"failureReason":"LOCKED_OUT"}}]"#,
                "SignInFailed AccountLocked kim@",
            ),
            (
                "AM-LOGIN-COMPLETED",
                r#","result":"FAILED","entries":[{"info":{"failureReason":"ACCOUNT_EXPIRED"}}]"#,
                "SignInFailed AccountDisabled kim@",
            ),
            (
                "AM-LOGIN-COMPLETED",
                r#","result":"FAILED","entries":[{"info":{"failureReason":"MAX_SESSION_REACHED"}}]"#,
                "SignInFailed OtherDevice kim@",
            ),
            ("AM-SESSION-CREATED", "", "SignIn Nothing kim@"),
            ("AM-SESSION-IDLE_TIMED_OUT", "", "Close Idle kim@"),
            ("AM-SESSION-MAX_TIMED_OUT", "", "Close MaximumAge kim@"),
            ("AM-SESSION-LOGGED_OUT", "", "SignOut LoggedOut kim@"),
            ("AM-LOGOUT", "", "SignOut LoggedOut kim@"),
            ("AM-SESSION-DESTROYED", r#","runAs":"id=amadmin,ou=user""#, "Close Revoked kim@"),
            ("AM-SESSION-DESTROYED", "", "Close Nothing kim@"),
            (
                "AM-ACCESS-OUTCOME",
                r#","result":"SUCCESSFUL","client":{"ip":"10.0.0.8"}"#,
                "Background Nothing kim@10.0.0.8",
            ),
        ];
        for (name, more, expected) in table {
            let line = one(name, more);
            assert!(line.starts_with(&format!("07:39:18 {expected} PingAM realm shop: ")), "{name}: {line}");
        }
        assert_eq!(one("AM-SESSION-PROPERTY_CHANGED", ""), "");
        assert_eq!(one("AM-CONFIG-CHANGE", ""), "");
    }

    #[test]
    fn damaged_events_are_counted() {
        let good = r#"{"eventName":"AM-SESSION-CREATED","timestamp":"2026-11-23T07:39:18.263Z","objectId":"a"}"#;
        let (events, report) = read::<Reader>(&format!("{good}\n{}\n{{\"eventName\":\"AM-LOGOUT\"}}\n", &good[..40]));
        assert_eq!((events.len(), report.records, report.unreadable), (1, 1, 2));
        assert!(matches!(PingAm.sniff(br#"{"eventName":"ConsoleLogin","timestamp":"x"}"#), Sniff::No(_)));
    }
}
