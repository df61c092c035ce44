//! authentik's events: in its log, and as its API lists them.
//!
//! `{"event":"Created Event","action":"login","client_ip":"10.0.0.7","user":{"username":"kim"},
//! "timestamp":"2026-11-23T07:39:18.487016"}`
//!
//! Records name no session: a user at one address is one.
//!
//! <https://docs.goauthentik.io/sys-mgmt/events/event-actions/>

use super::{
    Format, Input, Sniff,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    structured::{self, Found, ReadRecord, in_utc},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct Authentik;

impl Format for Authentik {
    fn id(&self) -> &'static str {
        "authentik"
    }

    fn title(&self) -> &'static str {
        "authentik events"
    }

    fn reference(&self) -> &'static str {
        "https://docs.goauthentik.io/sys-mgmt/events/event-actions/"
    }

    fn example(&self) -> &'static str {
        r#"{"action":"login","client_ip":"10.0.0.7","event":"Created Event","logger":"authentik.events.models","timestamp":"2026-11-23T07:39:18.487016","user":{"username":"kim"}}"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "one of authentik's")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("authentik".to_owned());
    }
}

const TIME: u8 = 0;
const EVENT: u8 = 1;
const ACTION: u8 = 2;
const LOGGER: u8 = 3;
const USER: u8 = 4;
const TYPED: u8 = 5;
const ADDRESS: u8 = 6;
const APP: u8 = 7;

#[derive(Debug, Default)]
struct Reader;

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = &[
        ("timestamp", TIME),
        ("created", TIME),
        ("event", EVENT),
        ("action", ACTION),
        ("logger", LOGGER),
        ("user/username", USER),
        ("identifier", TYPED),
        ("context/username", TYPED),
        ("client_ip", ADDRESS),
        ("app", APP),
    ];
    const LISTS: &'static [&'static str] = &["results"];

    fn is_ours(found: &Found<'_>) -> bool {
        found.raw(LOGGER).starts_with(b"authentik.") || found.raw(APP).starts_with(b"authentik.") && found.has(ACTION)
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = found.stamp(TIME, out.stamps).map(in_utc) else {
            return Outcome::Unreadable("expected a record with `timestamp` or `created`, found one without");
        };
        out.note(stamp);
        let Some((kind, stated)) = meaning(found) else { return Outcome::Record };
        let user = match kind {
            EventKind::SignInFailed if found.has(TYPED) => found.get(TYPED),
            _ => found.get(USER),
        };
        let address = found.get(ADDRESS);
        let own = matches!(kind, EventKind::SignIn | EventKind::SignOut | EventKind::Activity);
        let what = found.get(ACTION);
        out.push(
            stamp.at,
            &Said {
                user: &user,
                client: &address,
                app: "authentik",
                link: if own && !user.is_empty() { link_of(&[&user, &address]) } else { 0 },
                flags: EventFlags::UNNAMED,
                ids: &[(KeyKind::Client, "address", &address)],
                ..Said::new(kind, stated, &text(&what))
            },
        );
        Outcome::Record
    }
}

fn meaning(found: &Found<'_>) -> Option<(EventKind, Stated)> {
    if found.raw(EVENT) == b"invalid_login" {
        return Some((EventKind::SignInFailed, Stated::BadCredentials));
    }
    // The log tells of much else that has an action; an event of authentik's own is one.
    if found.has(LOGGER) && found.raw(EVENT) != b"Created Event" {
        return None;
    }
    Some(match found.raw(ACTION) {
        b"login" | b"impersonation_started" => (EventKind::SignIn, Stated::Nothing),
        b"login_failed" => (EventKind::SignInFailed, Stated::BadCredentials),
        b"logout" | b"impersonation_ended" => (EventKind::SignOut, Stated::LoggedOut),
        b"authorize_application" | b"user_write" | b"source_linked" => (EventKind::Activity, Stated::Nothing),
        b"password_set" => (EventKind::Operator, Stated::PasswordChanged),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    #[test]
    fn each_action_says_what_happened_in_the_log_and_in_the_api() {
        let table = [
            ("login", "SignIn Nothing"),
            ("login_failed", "SignInFailed BadCredentials"),
            ("logout", "SignOut LoggedOut"),
            ("authorize_application", "Activity Nothing"),
            ("impersonation_started", "SignIn Nothing"),
            ("impersonation_ended", "SignOut LoggedOut"),
            ("password_set", "Operator PasswordChanged"),
        ];
        for (action, expected) in table {
            let log = format!(
                r#"{{"action":"{action}","auth_via":"unauthenticated","client_ip":"10.0.0.7","context":{{}},"event":"Created Event","level":"info","logger":"authentik.events.models","timestamp":"2026-11-23T07:39:18.487016","user":{{"pk":5,"username":"kim"}}}}"#
            );
            let api = format!(
                r#"{{"pagination":{{"count":1}},"results":[{{"pk":"e","user":{{"pk":5,"username":"kim"}},"action":"{action}","app":"authentik.events.signals","context":{{}},"client_ip":"10.0.0.7","created":"2026-11-23T07:39:18.487016Z"}}]}}"#
            );
            for text in [log, api] {
                assert_eq!(Authentik.sniff(text.as_bytes()), Sniff::Certain);
                assert_eq!(said::<Reader>(&text), [format!("07:39:18 {expected} kim@10.0.0.7 authentik: {action}")]);
            }
        }
    }

    #[test]
    fn a_name_that_nobody_has_is_a_failed_sign_in() {
        let text = r#"{"action": "invalid_identifier", "client_ip": "10.0.0.7", "event": "invalid_login", "identifier": "eve", "logger": "authentik.flows.stage", "timestamp": "2026-11-23T07:39:18.487016"}"#;
        assert_eq!(
            said::<Reader>(text),
            ["07:39:18 SignInFailed BadCredentials eve@10.0.0.7 authentik: invalid_identifier"]
        );
        let other =
            r#"{"action":"login","event":"f(plan)","logger":"authentik.flows","timestamp":"2026-11-23T07:39:18Z"}"#;
        assert_eq!(said::<Reader>(other), Vec::<String>::new());
        let (_, report) = read::<Reader>("{\"logger\":\"authentik.x\"}\n{\"logger\":");
        assert_eq!((report.records, report.unreadable), (0, 2));
    }
}
