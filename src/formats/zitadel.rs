//! Zitadel's events, as its administration API lists them (`/admin/v1/events/_search`) and as its audit trail is exported.
//!
//! `{"aggregate":{"id":"s1","type":{"type":"session"}},"creationDate":"2026-11-23T07:39:18Z","type":{"type":"session.terminated"},…}`
//!
//! A session is an aggregate of that type: it is given out first, then someone is named, and signed in once a password or
//! another factor was checked. Tokens are those of an `oidc_session`, which names the session that it belongs to. The older
//! sign-in pages name a browser and a user instead.
//!
//! <https://zitadel.com/docs/guides/integrate/external-audit-log>

use super::{
    Format, Input, Sniff,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    structured::{self, Found, ReadRecord, in_utc},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};
use hashbrown::HashMap;

/// The format.
#[derive(Debug)]
pub(super) struct Zitadel;

impl Format for Zitadel {
    fn id(&self) -> &'static str {
        "zitadel"
    }

    fn title(&self) -> &'static str {
        "Zitadel events"
    }

    fn reference(&self) -> &'static str {
        "https://zitadel.com/docs/guides/integrate/external-audit-log"
    }

    fn example(&self) -> &'static str {
        r#"{"editor":{"userId":"69629012906488334"},"aggregate":{"id":"218480890961985793","type":{"type":"session"}},"sequence":"7","creationDate":"2026-11-23T07:39:18.263100Z","payload":{},"type":{"type":"session.terminated"}}"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "an event of Zitadel with its aggregate, type and `creationDate`")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("Zitadel".to_owned());
    }
}

const TIME: u8 = 0;
const TYPE: u8 = 1;
const AGGREGATE: u8 = 2;
const AGGREGATE_TYPE: u8 = 3;
const EDITOR: u8 = 4;
const USER: u8 = 5;
const SESSION: u8 = 6;
const ADDRESS: u8 = 7;
const BROWSER: u8 = 8;
const NAME: u8 = 9;

/// Reads events.
#[derive(Debug, Default)]
struct Reader {
    /// The session that an `oidc_session` belongs to.
    of_tokens: HashMap<Box<[u8]>, Box<[u8]>>,
    /// Who was named in a session.
    users: HashMap<Box<[u8]>, Box<[u8]>>,
}

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = &[
        ("creationDate", TIME),
        ("type/type", TYPE),
        ("aggregate/id", AGGREGATE),
        ("aggregate/type/type", AGGREGATE_TYPE),
        ("editor/userId", EDITOR),
        ("payload/userID", USER),
        ("payload/sessionID", SESSION),
        ("payload/user_agent/ip", ADDRESS),
        ("payload/browserInfo/remoteIP", ADDRESS),
        ("payload/userAgentID", BROWSER),
        ("payload/userName", NAME),
    ];
    const LISTS: &'static [&'static str] = &["events", "result"];

    fn is_ours(found: &Found<'_>) -> bool {
        found.has(TIME) && found.has(TYPE) && found.has(AGGREGATE) && found.has(AGGREGATE_TYPE)
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = found.stamp(TIME, out.stamps).map(in_utc).filter(|_| Self::is_ours(found)) else {
            return Outcome::Unreadable(
                "expected an event with its aggregate, type and `creationDate`, found one without",
            );
        };
        out.note(stamp);
        let event = found.get(TYPE);
        let aggregate = found.get(AGGREGATE);
        match &*found.get(AGGREGATE_TYPE) {
            b"session" => self.of_session(&event, &aggregate, found, stamp.at, out),
            b"oidc_session" | b"saml_session" => self.of_tokens(&event, &aggregate, found, stamp.at, out),
            b"user" => of_user(&event, &aggregate, found, stamp.at, out),
            _ => return Outcome::Quiet("it is about no session and no user"),
        }
        Outcome::Record
    }
}

type At = crate::model::Nanos;

impl Reader {
    fn of_session(&mut self, event: &[u8], session: &[u8], found: &Found<'_>, at: At, out: &mut Out<'_>) {
        use EventKind as Kind;
        let user = found.get(USER);
        let (kind, stated, flags) = match event {
            b"session.added" => (Kind::Neutral, Stated::Nothing, EventFlags::NEW_ID),
            // Who wants in, not that they may.
            b"session.user.checked" => {
                self.users.insert(session.into(), user.as_ref().into());
                return;
            }
            b"session.password.checked"
            | b"session.webauthn.checked"
            | b"session.intent.checked"
            | b"session.otp.sms.checked"
            | b"session.otp.email.checked"
            | b"session.totp.checked" => (Kind::SignIn, Stated::Nothing, EventFlags::default()),
            b"session.terminated" => (Kind::SignOut, Stated::LoggedOut, EventFlags::default()),
            _ => return,
        };
        let address = found.get(ADDRESS);
        let what = text(event);
        let said = Said {
            user: self.users.get(session).map_or(&[], |user| &**user),
            client: &address,
            app: "Zitadel",
            link: link_of(&[b"session", session]),
            ids: &[(KeyKind::Logon, "session", session)],
            flags,
            ..Said::new(kind, stated, &what)
        };
        out.push(at, &said);
    }

    fn of_tokens(&mut self, event: &[u8], tokens: &[u8], found: &Found<'_>, at: At, out: &mut Out<'_>) {
        use EventKind as Kind;
        let named = found.get(SESSION);
        if !named.is_empty() {
            self.of_tokens.insert(tokens.into(), named.as_ref().into());
        }
        let Some(session) = self.of_tokens.get(tokens) else { return };
        let (kind, stated) = match event.split(|&byte| byte == b'.').skip(1).collect::<Vec<_>>().as_slice() {
            [b"refresh_token", b"renewed"] => (Kind::Refresh, Stated::Nothing),
            [b"access_token", b"added"] => (Kind::Background, Stated::Nothing),
            [b"refresh_token", b"revoked"] => (Kind::RefreshRefused, Stated::RefreshRevoked),
            _ => return,
        };
        let what = text(event);
        let said = Said { app: "Zitadel", link: link_of(&[b"session", session]), ..Said::new(kind, stated, &what) };
        out.push(at, &said);
    }
}

fn of_user(event: &[u8], user: &[u8], found: &Found<'_>, at: At, out: &mut Out<'_>) {
    use EventKind as Kind;
    out.alias(user, &found.get(NAME));
    let browser = found.get(BROWSER);
    let (kind, stated) = match event {
        b"user.human.password.check.succeeded"
        | b"user.human.externallogin.check.succeeded"
        | b"user.human.passwordless.token.check.succeeded"
            if !browser.is_empty() =>
        {
            (Kind::SignIn, Stated::Nothing)
        }
        b"user.human.signed.out" => (Kind::SignOut, Stated::LoggedOut),
        b"user.human.password.check.failed" | b"user.human.passwordless.token.check.failed" => {
            (Kind::SignInFailed, Stated::BadCredentials)
        }
        b"user.locked" => (Kind::AccountLocked, Stated::AccountLocked),
        b"user.unlocked" => (Kind::AccountUnlocked, Stated::AccountLocked),
        // Zitadel ends what they have open, and refuses their tokens.
        b"user.deactivated" | b"user.removed" => (Kind::Close, Stated::AccountDisabled),
        _ => return,
    };
    let address = found.get(ADDRESS);
    let named = matches!(kind, Kind::SignIn | Kind::SignOut) && !browser.is_empty();
    let what = text(event);
    let said = Said {
        user,
        client: &address,
        app: "Zitadel",
        link: if named { link_of(&[b"browser", &browser, user]) } else { 0 },
        ids: &[(KeyKind::Client, "userAgentID", &browser)],
        ..Said::new(kind, stated, &what)
    };
    out.push(at, &said);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    fn event(aggregate: &str, id: &str, event: &str, payload: &str) -> String {
        format!(
            "{{\"editor\":{{\"userId\":\"LOGIN\"}},\"aggregate\":{{\"id\":\"{id}\",\"type\":{{\"type\":\"{aggregate}\"}}}},\
             \"sequence\":\"7\",\"creationDate\":\"2026-11-23T07:39:18.263100Z\",\"payload\":{payload},\
             \"type\":{{\"type\":\"{event}\",\"localized\":{{\"key\":\"EventTypes.x\"}}}}}}\n"
        )
    }

    #[test]
    fn each_event_says_what_happened() {
        for (aggregate, id, name, payload, expected) in [
            ("session", "s1", "session.added", "{\"user_agent\":{\"ip\":\"10.0.0.7\"}}", "Neutral Nothing @10.0.0.7"),
            ("session", "s1", "session.password.checked", "{}", "SignIn Nothing @"),
            ("session", "s1", "session.terminated", "{}", "SignOut LoggedOut @"),
            ("user", "kim", "user.human.password.check.succeeded", "{\"userAgentID\":\"u1\"}", "SignIn Nothing kim@"),
            ("user", "kim", "user.human.signed.out", "{\"userAgentID\":\"u1\"}", "SignOut LoggedOut kim@"),
            ("user", "kim", "user.human.password.check.failed", "{}", "SignInFailed BadCredentials kim@"),
            ("user", "kim", "user.locked", "{}", "AccountLocked AccountLocked kim@"),
            ("user", "kim", "user.deactivated", "{}", "Close AccountDisabled kim@"),
            (
                "oidc_session",
                "V2_1",
                "oidc_session.refresh_token.renewed",
                "{\"sessionID\":\"s1\"}",
                "Refresh Nothing @",
            ),
            (
                "oidc_session",
                "V2_1",
                "oidc_session.refresh_token.revoked",
                "{\"sessionID\":\"s1\"}",
                "RefreshRefused RefreshRevoked @",
            ),
        ] {
            let lines = said::<Reader>(&event(aggregate, id, name, payload));
            assert_eq!(lines, [format!("07:39:18 {expected} Zitadel: {name}")]);
        }
        // Without a browser it is the check of a session, which tells of it itself.
        assert_eq!(said::<Reader>(&event("user", "kim", "user.human.password.check.succeeded", "{}")), [""; 0]);
        assert_eq!(said::<Reader>(&event("project", "p1", "project.added", "{}")), [""; 0]);
    }

    #[test]
    fn whoever_was_named_is_signed_in_once_a_factor_was_checked() {
        let named = event("session", "s1", "session.user.checked", "{\"userID\":\"kim\"}");
        let checked = event("session", "s1", "session.password.checked", "{}");
        assert_eq!(
            said::<Reader>(&format!("{named}{checked}")),
            ["07:39:18 SignIn Nothing kim@ Zitadel: session.password.checked"]
        );
        assert_eq!(Zitadel.sniff(named.as_bytes()), Sniff::Certain);
        let (events, report) = read::<Reader>(&format!("{checked}{{\"creationDate\":\n{checked}"));
        assert_eq!((events.len(), report.records, report.unreadable), (2, 2, 1));
    }
}
