//! Google Workspace's login audit and what administrators did to accounts, as the Reports API lists them.
//!
//! `{"id":{"time":"2026-11-23T07:39:18.263Z","applicationName":"login"},"actor":{"email":"kim@example.com"},
//! "ipAddress":"10.0.0.7","events":[{"type":"login","name":"logout","parameters":[…]}]}`
//!
//! Records name no session: a user at one address is one.
//!
//! <https://developers.google.com/workspace/admin/reports/v1/appendix/activity/login>,
//! <https://developers.google.com/workspace/admin/reports/v1/appendix/activity/admin-user-settings>

use super::{
    Format, Input, Sniff,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    structured::{self, Found, ReadRecord, in_utc, objects_in, pairs},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct GoogleWorkspace;

impl Format for GoogleWorkspace {
    fn id(&self) -> &'static str {
        "google_workspace"
    }

    fn title(&self) -> &'static str {
        "Google Workspace login and admin audit"
    }

    fn reference(&self) -> &'static str {
        "https://developers.google.com/workspace/admin/reports/v1/appendix/activity/login"
    }

    fn example(&self) -> &'static str {
        r#"{"id":{"time":"2026-11-23T07:39:18.263Z","applicationName":"login"},"actor":{"email":"kim@example.com"},"ipAddress":"10.0.0.7","events":[{"type":"login","name":"logout","parameters":[]}]}"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "an activity of Google Workspace's")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("Google Workspace".to_owned());
    }
}

const TIME: u8 = 0;
const SERVICE: u8 = 1;
const USER: u8 = 2;
const ADDRESS: u8 = 3;
const EVENTS: u8 = 4;
const NAME: u8 = 5;
const PARAMETERS: u8 = 6;
const KIND: u8 = 7;

#[derive(Debug)]
struct Reader {
    /// Of one of a record's events.
    inner: structured::Table,
}

impl Default for Reader {
    fn default() -> Self {
        Self { inner: structured::Table::new(&[("name", NAME), ("parameters", PARAMETERS)]) }
    }
}

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = &[
        ("id/time", TIME),
        ("id/applicationName", SERVICE),
        ("actor/email", USER),
        ("ipAddress", ADDRESS),
        ("events", EVENTS),
        ("name", NAME),
        ("parameters", PARAMETERS),
        ("kind", KIND),
    ];
    const LISTS: &'static [&'static str] = &["items", "activities"];

    fn is_ours(found: &Found<'_>) -> bool {
        found.has(SERVICE) && (found.has(EVENTS) || found.has(NAME)) && (found.has(TIME) || found.has(KIND))
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = found.stamp(TIME, out.stamps).map(in_utc) else {
            return Outcome::Unreadable("expected an activity with its time, found one without");
        };
        out.note(stamp);
        if !matches!(found.raw(SERVICE), b"login" | b"admin" | b"user_accounts" | b"saml") {
            return Outcome::Record;
        }
        if found.has(NAME) {
            event(found, found, stamp.at, out);
        }
        objects_in(found.raw(EVENTS), |object| {
            let mut one = Found::default();
            if self.inner.read(object, &mut one).is_ok() {
                event(found, &one, stamp.at, out);
            }
        });
        Outcome::Record
    }
}

/// One event of a record.
fn event(record: &Found<'_>, one: &Found<'_>, at: i64, out: &mut Out<'_>) {
    let (mut about, mut login_type, mut failure) = (Vec::new(), Vec::new(), Vec::new());
    let mut take = |name: &[u8], value: &[u8]| match name {
        b"USER_EMAIL" | b"affected_email_address" => about = value.to_vec(),
        b"login_type" => login_type = value.to_vec(),
        b"login_failure_type" => failure = value.to_vec(),
        _ => {}
    };
    pairs(one.raw(PARAMETERS), &mut take);
    structured::members(one.raw(PARAMETERS), &mut take);
    let actor = record.get(USER).into_owned();
    let Some((kind, stated, whose)) = meaning(one.raw(NAME), &login_type, &failure) else { return };
    let user = if about.is_empty() || whose == Whose::Own { &actor } else { &about };
    let address = record.get(ADDRESS);
    let link = if whose == Whose::Own && !actor.is_empty() { link_of(&[&actor, &address]) } else { 0 };
    let what = match text(&failure) {
        reason if reason.is_empty() => text(one.raw(NAME)).into_owned(),
        reason => format!("{}: {reason}", text(one.raw(NAME))),
    };
    out.push(
        at,
        &Said {
            user,
            client: &address,
            app: "Google Workspace",
            link,
            flags: EventFlags::UNNAMED,
            ids: &[(KeyKind::Client, "address", &address)],
            ..Said::new(kind, stated, &what)
        },
    );
}

/// Whom an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// The session of who acts.
    Own,
    /// An account, by its address in the parameters where it is another's.
    Account,
}

fn meaning(name: &[u8], login_type: &[u8], failure: &[u8]) -> Option<(EventKind, Stated, Whose)> {
    use EventKind as Kind;
    Some(match name {
        b"login_success" if login_type == b"reauth" => (Kind::Activity, Stated::Nothing, Whose::Own),
        b"login_success" => (Kind::SignIn, Stated::Nothing, Whose::Own),
        b"login_failure" => (Kind::SignInFailed, refused(failure), Whose::Account),
        b"login_challenge" => (Kind::Neutral, Stated::VerificationRequired, Whose::Own),
        b"login_verification" => (Kind::Neutral, Stated::Nothing, Whose::Own),
        b"logout" => (Kind::SignOut, Stated::LoggedOut, Whose::Own),
        b"user_signed_out_due_to_suspicious_session_cookie" | b"RESET_SIGNIN_COOKIES" => {
            (Kind::Close, Stated::Revoked, Whose::Account)
        }
        b"SUSPEND_USER" | b"DELETE_USER" => (Kind::Close, Stated::AccountDisabled, Whose::Account),
        b"UNSUSPEND_USER" | b"UNDELETE_USER" => (Kind::AccountUnlocked, Stated::Nothing, Whose::Account),
        // An administrator's new password resets the sign-in cookies; a person's own leaves the device signed in.
        b"CHANGE_PASSWORD" => (Kind::Close, Stated::PasswordChanged, Whose::Account),
        b"password_edit" => (Kind::Operator, Stated::PasswordChanged, Whose::Account),
        _ if name.starts_with(b"account_disabled_") => (Kind::AccountLocked, Stated::AccountDisabled, Whose::Account),
        _ => return None,
    })
}

fn refused(failure: &[u8]) -> Stated {
    match failure {
        b"login_failure_account_disabled" => Stated::AccountDisabled,
        b"login_failure_invalid_second_factor" | b"login_failure_invalid_second_factor_attempts_exceeded" => {
            Stated::VerificationRequired
        }
        b"login_failure_access_code_disallowed" => Stated::Forbidden,
        _ => Stated::BadCredentials,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    fn one(service: &str, name: &str, parameters: &[(&str, &str)]) -> String {
        let listed: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{{\"name\":\"{name}\",\"value\":\"{value}\"}}")).collect();
        let record = format!(
            r#"{{"kind":"admin#reports#activity","id":{{"time":"2026-11-23T07:39:18.263Z","uniqueQualifier":"1","applicationName":"{service}","customerId":"C0"}},"actor":{{"email":"kim@example.com","profileId":"1"}},"ipAddress":"10.0.0.7","events":[{{"type":"t","name":"{name}","parameters":[{}]}}]}}"#,
            listed.join(",")
        );
        let lines = said::<Reader>(&format!("{record}\n")).join(" | ");
        for packed in [format!("{{\"kind\":\"x\",\"items\":[{record}]}}"), format!("{{\"activities\": [{record}]}}")] {
            assert_eq!(said::<Reader>(&packed).join(" | "), lines);
            assert_eq!(GoogleWorkspace.sniff(packed.as_bytes()), Sniff::Certain);
        }
        // As other programs pass it on: one event, its parameters as an object.
        let members: Vec<String> = parameters.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        let flat = format!(
            r#"{{"id":{{"time":"2026-11-23T07:39:18.263Z","applicationName":"{service}"}},"actor":{{"email":"kim@example.com"}},"ipAddress":"10.0.0.7","name":"{name}","type":"t","parameters":{{{}}}}}"#,
            members.join(",")
        );
        assert_eq!(said::<Reader>(&flat).join(" | "), lines);
        lines
    }

    #[test]
    fn each_event_says_what_happened() {
        type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
        let table: [Row<'_>; 12] = [
            ("login_success", &[("login_type", "google_password")], "SignIn Nothing"),
            ("login_success", &[("login_type", "saml")], "SignIn Nothing"),
            ("login_success", &[("login_type", "reauth")], "Activity Nothing"),
            ("login_failure", &[("login_type", "exchange")], "SignInFailed BadCredentials"),
            (
                "login_failure",
                &[("login_failure_type", "login_failure_account_disabled")],
                "SignInFailed AccountDisabled",
            ),
            (
                "login_failure",
                &[("login_failure_type", "login_failure_invalid_second_factor")],
                "SignInFailed VerificationRequired",
            ),
            ("login_challenge", &[], "Neutral VerificationRequired"),
            ("login_verification", &[], "Neutral Nothing"),
            ("logout", &[], "SignOut LoggedOut"),
            ("password_edit", &[], "Operator PasswordChanged"),
            ("account_disabled_password_leak", &[], "AccountLocked AccountDisabled"),
            ("user_signed_out_due_to_suspicious_session_cookie", &[], "Close Revoked"),
        ];
        for (name, parameters, expected) in table {
            let line = one("login", name, parameters);
            let expected = format!("07:39:18 {expected} kim@example.com@10.0.0.7 Google Workspace: {name}");
            assert!(line.starts_with(&expected), "{line}");
        }
        for name in ["2sv_enroll", "2sv_disable", "email_forwarding_out_of_domain", "gov_attack_warning"] {
            assert_eq!(one("login", name, &[]), "");
        }
        assert_eq!(one("drive", "view", &[]), "");
    }

    #[test]
    fn an_administrator_s_act_is_about_the_account_that_it_names() {
        let table = [
            ("RESET_SIGNIN_COOKIES", "Close Revoked"),
            ("SUSPEND_USER", "Close AccountDisabled"),
            ("DELETE_USER", "Close AccountDisabled"),
            ("UNSUSPEND_USER", "AccountUnlocked Nothing"),
            ("CHANGE_PASSWORD", "Close PasswordChanged"),
        ];
        for (name, expected) in table {
            let line = one("admin", name, &[("USER_EMAIL", "lee@example.com")]);
            assert!(line.starts_with(&format!("07:39:18 {expected} lee@example.com@10.0.0.7 ")), "{line}");
        }
        let (_, report) = read::<Reader>("{\"items\":[{\"id\":{\"applicationName\":\"login\"}},{\"id");
        assert_eq!((report.records, report.unreadable), (0, 2));
    }
}
