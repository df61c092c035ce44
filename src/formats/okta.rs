//! Okta's System Log, as its API lists it, as log streams deliver it, and as a table.
//!
//! `{"published":"2026-11-23T07:39:18.263Z","eventType":"user.session.end","outcome":{"result":"SUCCESS"},
//! "actor":{"alternateId":"kim@example.com"},"client":{"ipAddress":"10.0.0.7"},
//! "authenticationContext":{"externalSessionId":"102…"}}`
//!
//! A session is known by its `externalSessionId`; a grant of tokens that names none by its user and client.
//!
//! <https://developer.okta.com/docs/reference/api/system-log/>, <https://developer.okta.com/docs/reference/api/event-types/>

use super::{
    Format, Input, Sniff,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    stated::stated_from_text,
    structured::{self, Found, ReadRecord, in_utc, item_with},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct Okta;

impl Format for Okta {
    fn id(&self) -> &'static str {
        "okta"
    }

    fn title(&self) -> &'static str {
        "Okta System Log"
    }

    fn reference(&self) -> &'static str {
        "https://developer.okta.com/docs/reference/api/system-log/"
    }

    fn example(&self) -> &'static str {
        r#"{"published":"2026-11-23T07:39:18.263Z","eventType":"user.session.end","outcome":{"result":"SUCCESS"},"actor":{"alternateId":"kim@example.com"},"authenticationContext":{"externalSessionId":"102"}}"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "one of Okta's: `published`, `eventType` and `outcome`")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("Okta".to_owned());
    }
}

const TIME: u8 = 0;
const KIND: u8 = 1;
const RESULT: u8 = 2;
const REASON: u8 = 3;
const USER: u8 = 4;
const ACTOR_KIND: u8 = 5;
const ADDRESS: u8 = 6;
const SESSION: u8 = 7;
const TARGET: u8 = 8;
const GRANT: u8 = 9;
const CLIENT: u8 = 10;

#[derive(Debug, Default)]
struct Reader;

/// A record by itself, and in the envelope of `EventBridge`.
macro_rules! wherever {
    ($($around:literal)*) => {
        &[$(
            (concat!($around, "published"), TIME),
            (concat!($around, "eventType"), KIND),
            (concat!($around, "outcome/result"), RESULT),
            (concat!($around, "outcome/reason"), REASON),
            (concat!($around, "actor/alternateId"), USER),
            (concat!($around, "actor/type"), ACTOR_KIND),
            (concat!($around, "actor/id"), CLIENT),
            (concat!($around, "client/ipAddress"), ADDRESS),
            (concat!($around, "authenticationContext/externalSessionId"), SESSION),
            (concat!($around, "target"), TARGET),
            (concat!($around, "debugContext/debugData/grantType"), GRANT),
        )*
            ("event_type", KIND),
            ("outcome.result", RESULT),
            ("outcome.reason", REASON),
            ("actor.alternateId", USER),
            ("actor.alternate_id", USER),
            ("actor.type", ACTOR_KIND),
            ("client.ipAddress", ADDRESS),
            ("client.ip_address", ADDRESS),
            ("authenticationContext.externalSessionId", SESSION),
            ("authentication_context.external_session_id", SESSION),
        ]
    };
}

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = wherever!["" "detail/"];
    const LISTS: &'static [&'static str] = &["events"];
    const HEADINGS: &'static [&'static [&'static str]] =
        &[&["published", "eventType", "outcome.result"], &["published", "event_type", "outcome.result"]];

    fn is_ours(found: &Found<'_>) -> bool {
        found.has(TIME) && found.raw(KIND).contains(&b'.') && (found.has(RESULT) || found.has(USER))
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = found.stamp(TIME, out.stamps).map(in_utc).filter(|_| found.has(KIND)) else {
            return Outcome::Unreadable("expected a record with `published` and `eventType`, found one without");
        };
        out.note(stamp);
        let Some(Meaning(kind, stated, whose)) = meaning(found) else { return Outcome::Record };
        let targets = found.raw(TARGET);
        let of_type = |name: &str| item_with(targets, "type", name, "alternateId");
        let is_person = matches!(found.raw(ACTOR_KIND), b"" | b"User");
        // What an administrator or a client does is about the user that it is done to.
        let user = match whose {
            Whose::Session | Whose::Grant if is_person => found.get(USER),
            _ => of_type("User").unwrap_or_else(|| found.get(USER)),
        };
        let session = match found.get(SESSION) {
            session if *session == *b"unknown" => Vec::new().into(),
            session => session,
        };
        let client = if is_person {
            of_type("AppInstance").or_else(|| of_type("PublicClientApp")).unwrap_or_default()
        } else {
            found.get(CLIENT)
        };
        let link = match whose {
            Whose::User => 0,
            _ if !session.is_empty() => link_of(&[&session]),
            Whose::Grant if !user.is_empty() => link_of(&[&user, &client]),
            _ => 0,
        };
        // The app's giving back its tokens leaves the session at Okta as it is.
        let kind = if kind == EventKind::Close && whose == Whose::Grant && !session.is_empty() {
            EventKind::Neutral
        } else {
            kind
        };
        let what = match text(&found.get(REASON)) {
            reason if reason.is_empty() => text(found.raw(KIND)).into_owned(),
            reason => format!("{}: {reason}", text(found.raw(KIND))),
        };
        out.push(
            stamp.at,
            &Said {
                user: &user,
                client: &found.get(ADDRESS),
                app: "Okta",
                link,
                ids: &[(KeyKind::Token, "externalSessionId", &session)],
                ..Said::new(kind, stated, &what)
            },
        );
        Outcome::Record
    }
}

/// Whose state a record changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// That of the session at Okta.
    Session,
    /// That of what one client was granted.
    Grant,
    /// That of a user.
    User,
}

struct Meaning(EventKind, Stated, Whose);

fn meaning(found: &Found<'_>) -> Option<Meaning> {
    use EventKind as Kind;
    use Whose::{Session, User};
    let failed = matches!(found.raw(RESULT), b"FAILURE" | b"DENY");
    let kind = text(found.raw(KIND)).into_owned();
    Some(match kind.as_str() {
        "user.session.start" if failed => Meaning(Kind::SignInFailed, refused(found), User),
        "user.session.start" => Meaning(Kind::SignIn, Stated::Nothing, Session),
        "user.authentication.auth_via_mfa" | "user.authentication.verify" | "user.mfa.okta_verify.deny_push"
            if failed || kind.ends_with("deny_push") =>
        {
            Meaning(Kind::SignInFailed, Stated::VerificationRequired, User)
        }
        "user.authentication.sso" | "user.session.access_admin_app" if !failed => {
            Meaning(Kind::Activity, Stated::Nothing, Session)
        }
        "user.session.end" => Meaning(Kind::SignOut, Stated::LoggedOut, Session),
        "user.session.expire" => Meaning(Kind::Rejection, Stated::Expired, Session),
        "user.session.clear" | "user.authentication.universal_logout" | "user.session.universal_logout" => {
            Meaning(Kind::Close, Stated::Revoked, User)
        }
        "policy.auth_reevaluate.fail" | "policy.auth_reevaluate.action" => {
            Meaning(Kind::Close, Stated::Revoked, Session)
        }
        "user.account.lock" | "user.account.lock.limit" => Meaning(Kind::AccountLocked, Stated::AccountLocked, User),
        "user.account.unlock" | "user.account.unlock_by_admin" | "user.lifecycle.unsuspend" => {
            Meaning(Kind::AccountUnlocked, Stated::Nothing, User)
        }
        "user.account.update_password" | "user.account.reset_password" if !failed => {
            Meaning(Kind::Operator, Stated::PasswordChanged, User)
        }
        // Okta ends the sessions of whom it suspends, deactivates or deletes.
        "user.lifecycle.suspend" | "user.lifecycle.deactivate" | "user.lifecycle.delete.initiated" if !failed => {
            Meaning(Kind::Close, Stated::AccountDisabled, User)
        }
        _ if kind.starts_with("app.oauth2.") => return granted(&kind, failed, found),
        "user.authentication.auth_via_mfa"
        | "user.authentication.verify"
        | "user.authentication.auth_via_IDP"
        | "user.authentication.auth_via_radius"
        | "policy.evaluate_sign_on"
        | "user.session.context.change"
        | "security.session.detect_client_roaming" => Meaning(Kind::Neutral, Stated::Nothing, Session),
        _ => return None,
    })
    .map(|meaning| match meaning {
        Meaning(Kind::Neutral, _, whose) if failed => Meaning(Kind::Denied, Stated::Forbidden, whose),
        meaning => meaning,
    })
}

/// What happened to tokens: `app.oauth2.` by Okta's own authorization server, `app.oauth2.as.` by another of the tenant's.
fn granted(kind: &str, failed: bool, found: &Found<'_>) -> Option<Meaning> {
    use EventKind as Kind;
    let rest = kind.strip_prefix("app.oauth2.")?;
    let rest = rest.strip_prefix("as.").unwrap_or(rest);
    let of_refresh = rest.ends_with(".refresh_token") || found.raw(GRANT) == b"refresh_token";
    Some(match rest {
        "token.detect_reuse" => Meaning(Kind::RefreshRefused, Stated::RefreshReused, Whose::Grant),
        "key.rollover" => Meaning(Kind::Operator, Stated::KeyInvalid, Whose::User),
        _ if rest.starts_with("token.revoke") => Meaning(Kind::Close, Stated::RefreshRevoked, Whose::Grant),
        _ if rest.starts_with("token.grant") && of_refresh && failed => {
            match stated_from_text(&text(&found.get(REASON))) {
                Stated::Nothing | Stated::InvalidToken => {
                    Meaning(Kind::RefreshRefused, Stated::InvalidGrant, Whose::Grant)
                }
                stated => Meaning(Kind::RefreshRefused, stated, Whose::Grant),
            }
        }
        _ if rest.starts_with("token.grant") && of_refresh => Meaning(Kind::Refresh, Stated::Nothing, Whose::Grant),
        "authorize.code" if !failed => Meaning(Kind::Background, Stated::Nothing, Whose::Session),
        _ => return None,
    })
}

fn refused(found: &Found<'_>) -> Stated {
    match found.raw(REASON) {
        b"INVALID_CREDENTIALS" => Stated::BadCredentials,
        b"LOCKED_OUT" => Stated::AccountLocked,
        b"VERIFICATION_ERROR" => Stated::VerificationRequired,
        b"PASSWORD_EXPIRED" => Stated::PasswordExpired,
        other => match stated_from_text(&text(other)) {
            Stated::Nothing => Stated::BadCredentials,
            stated => stated,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    fn record(kind: &str, result: &str, reason: &str, more: &str) -> String {
        format!(
            r#"{{"actor":{{"id":"00u1","type":"User","alternateId":"kim"}},"client":{{"ipAddress":"10.0.0.7"}},"authenticationContext":{{"authenticationStep":0,"externalSessionId":"102x"}},"eventType":"{kind}","outcome":{{"result":"{result}","reason":"{reason}"}},"published":"2026-11-23T07:39:18.263Z"{more}}}"#
        )
    }

    fn one(kind: &str, result: &str, reason: &str) -> String {
        let record = record(kind, result, reason, "");
        let lines = said::<Reader>(&format!("{record}\n")).join(" | ");
        for packed in [format!("[{record}]"), format!("{{\"source\":\"okta\",\"detail\":{record}}}\n")] {
            assert_eq!(said::<Reader>(&packed).join(" | "), lines);
            assert_eq!(Okta.sniff(packed.as_bytes()), Sniff::Certain, "{packed}");
        }
        let table = format!(
            "published,eventType,outcome.result,outcome.reason,actor.alternateId,client.ipAddress,authenticationContext.externalSessionId\n2026-11-23T07:39:18.263Z,{kind},{result},{reason},kim,10.0.0.7,102x\n"
        );
        assert_eq!(said::<Reader>(&table).join(" | "), lines);
        lines
    }

    #[test]
    fn each_type_of_event_says_what_happened() {
        let table = [
            ("user.session.start", "SUCCESS", "", "SignIn Nothing"),
            ("user.session.start", "FAILURE", "INVALID_CREDENTIALS", "SignInFailed BadCredentials"),
            ("user.session.start", "FAILURE", "VERIFICATION_ERROR", "SignInFailed VerificationRequired"),
            ("user.session.start", "FAILURE", "LOCKED_OUT", "SignInFailed AccountLocked"),
            ("user.session.end", "SUCCESS", "", "SignOut LoggedOut"),
            ("user.session.clear", "SUCCESS", "", "Close Revoked"),
            ("user.authentication.universal_logout", "SUCCESS", "", "Close Revoked"),
            ("user.authentication.sso", "SUCCESS", "", "Activity Nothing"),
            ("user.session.access_admin_app", "SUCCESS", "", "Activity Nothing"),
            ("user.authentication.auth_via_mfa", "SUCCESS", "", "Neutral Nothing"),
            ("user.authentication.auth_via_mfa", "FAILURE", "", "SignInFailed VerificationRequired"),
            ("user.mfa.okta_verify.deny_push", "SUCCESS", "", "SignInFailed VerificationRequired"),
            (
                "policy.evaluate_sign_on",
                "CHALLENGE",
                "Sign-on policy evaluation resulted in CHALLENGE",
                "Neutral Nothing",
            ),
            ("policy.evaluate_sign_on", "DENY", "", "Denied Forbidden"),
            ("policy.auth_reevaluate.fail", "FAILURE", "", "Close Revoked"),
            ("user.session.context.change", "SUCCESS", "", "Neutral Nothing"),
            ("app.oauth2.as.token.detect_reuse", "FAILURE", "", "RefreshRefused RefreshReused"),
            ("app.oauth2.token.detect_reuse", "FAILURE", "", "RefreshRefused RefreshReused"),
            ("app.oauth2.as.token.grant.refresh_token", "SUCCESS", "", "Refresh Nothing"),
            ("app.oauth2.as.token.grant.refresh_token", "FAILURE", "invalid_grant", "RefreshRefused InvalidGrant"),
            (
                "app.oauth2.token.grant.refresh_token",
                "FAILURE",
                "The refresh token is expired",
                "RefreshRefused RefreshExpired",
            ),
            ("app.oauth2.as.key.rollover", "SUCCESS", "", "Operator KeyInvalid"),
            ("user.account.lock", "FAILURE", "LOCKED_OUT", "AccountLocked AccountLocked"),
            ("user.account.unlock", "SUCCESS", "", "AccountUnlocked Nothing"),
            ("user.account.update_password", "SUCCESS", "", "Operator PasswordChanged"),
            ("user.account.reset_password", "SUCCESS", "", "Operator PasswordChanged"),
            ("user.lifecycle.suspend", "SUCCESS", "", "Close AccountDisabled"),
            ("user.lifecycle.deactivate", "SUCCESS", "", "Close AccountDisabled"),
        ];
        for (kind, result, reason, expected) in table {
            let line = one(kind, result, reason);
            assert!(line.starts_with(&format!("07:39:18 {expected} kim@10.0.0.7 Okta: {kind}")), "{kind}: {line}");
        }
        for kind in ["system.org.rate_limit.violation", "security.threat.detected", "group.user_membership.add"] {
            assert_eq!(one(kind, "SUCCESS", ""), "", "{kind}");
        }
    }

    #[test]
    fn what_an_administrator_does_is_about_the_target() {
        let target =
            r#","target":[{"id":"1","type":"AppUser","alternateId":"x"},{"id":"2","type":"User","alternateId":"lee"}]"#;
        let line = said::<Reader>(&record("user.session.clear", "SUCCESS", "", target));
        assert_eq!(line, ["07:39:18 Close Revoked lee@10.0.0.7 Okta: user.session.clear"]);
        let revoked = record("app.oauth2.as.token.revoke", "SUCCESS", "", "");
        assert!(said::<Reader>(&revoked)[0].contains("Neutral RefreshRevoked"));
        assert!(said::<Reader>(&revoked.replace("102x", "unknown"))[0].contains("Close RefreshRevoked"));
        let (_, report) = read::<Reader>("[{\"published\":\"2026-11-23T07:39:18Z\"},{\"eventType\":");
        assert_eq!((report.records, report.unreadable), (0, 2));
    }
}
