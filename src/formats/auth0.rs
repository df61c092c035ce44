//! Auth0's tenant logs, as its management API lists them and its log streams deliver them.
//!
//! `{"log_id":"9002…","data":{"date":"2026-11-23T07:39:18.263Z","type":"ferrt","description":"Unsuccessful Refresh Token
//! exchange, reused refresh token detected","client_name":"shop","ip":"10.0.0.7","user_id":"auth0|1","user_name":"kim"}}`
//!
//! A session is known by the `session_id` of its details; where a record has none, a user's grant to one client is one.
//!
//! <https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes>, <https://github.com/auth0/auth0-log-schemas>

use super::{
    Format, Input, Sniff,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    stated::stated_from_text,
    structured::{self, Found, ReadRecord, in_utc},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct Auth0;

impl Format for Auth0 {
    fn id(&self) -> &'static str {
        "auth0"
    }

    fn title(&self) -> &'static str {
        "Auth0 tenant logs"
    }

    fn reference(&self) -> &'static str {
        "https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes"
    }

    fn example(&self) -> &'static str {
        r#"{"log_id":"9002","data":{"date":"2026-11-23T07:39:18.263Z","type":"ferrt","description":"Unsuccessful Refresh Token exchange, reused refresh token detected","client_name":"shop","ip":"10.0.0.7","user_name":"kim"}}"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "one of Auth0's: `date`, `type` and `log_id`")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("Auth0".to_owned());
    }
}

const TIME: u8 = 0;
const KIND: u8 = 1;
const LOG_ID: u8 = 2;
const DESCRIPTION: u8 = 3;
const USER: u8 = 4;
const USERNAME: u8 = 5;
const CLIENT: u8 = 6;
const CLIENT_NAME: u8 = 7;
const ADDRESS: u8 = 8;
const SESSION: u8 = 9;
const METHOD: u8 = 10;
const PATH: u8 = 11;
const BLOCKED: u8 = 12;
const INITIATOR: u8 = 13;
const TENANT: u8 = 14;
const ERROR: u8 = 15;

#[derive(Debug, Default)]
struct Reader;

/// A record by itself, in a log stream's envelope, and that one in `EventBridge`'s or Event Grid's.
macro_rules! wherever {
    ($($around:literal)*) => {
        &[$(
            (concat!($around, "date"), TIME),
            (concat!($around, "type"), KIND),
            (concat!($around, "log_id"), LOG_ID),
            (concat!($around, "_id"), LOG_ID),
            (concat!($around, "description"), DESCRIPTION),
            (concat!($around, "user_id"), USER),
            (concat!($around, "user_name"), USERNAME),
            (concat!($around, "client_id"), CLIENT),
            (concat!($around, "client_name"), CLIENT_NAME),
            (concat!($around, "ip"), ADDRESS),
            (concat!($around, "tenant_name"), TENANT),
            (concat!($around, "session_id"), SESSION),
            (concat!($around, "details/session_id"), SESSION),
            (concat!($around, "details/error/message"), ERROR),
            (concat!($around, "details/initiator"), INITIATOR),
            (concat!($around, "details/request/method"), METHOD),
            (concat!($around, "details/request/path"), PATH),
            (concat!($around, "details/request/body/blocked"), BLOCKED),
        )*]
    };
}

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = wherever!["" "data/" "detail/data/" "data/data/" "event/data/"];
    const LISTS: &'static [&'static str] = &["logs"];

    fn is_ours(found: &Found<'_>) -> bool {
        let is_code = |code: &[u8]| {
            (1..40).contains(&code.len()) && code.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_')
        };
        found.has(TIME) && found.has(LOG_ID) && is_code(found.raw(KIND))
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = found.stamp(TIME, out.stamps).map(in_utc).filter(|_| found.has(KIND)) else {
            return Outcome::Unreadable("expected a record with `date` and `type`, found one without");
        };
        out.note(stamp);
        let user = if found.has(USER) { found.get(USER) } else { found.get(USERNAME) };
        out.alias(&user, &found.get(USERNAME));
        let description = found.get(DESCRIPTION);
        if found.raw(KIND) == b"sapi" {
            if let Some(done) = managed(found) {
                let Done { kind, stated, user, session } = done;
                let link = if session.is_empty() { 0 } else { link_of(&[session.as_bytes()]) };
                let what = text(&description);
                out.push(stamp.at, &Said { user: user.as_bytes(), link, ..Said::new(kind, stated, &what) });
            }
            return Outcome::Record;
        }
        let Some(Meaning(kind, stated, whose)) = meaning(found) else { return Outcome::Record };
        let (session, client) = (found.get(SESSION), found.get(CLIENT));
        let (link, flags) = match whose {
            Whose::Session if !session.is_empty() => (link_of(&[&session]), EventFlags::default()),
            Whose::Session | Whose::Grant if !user.is_empty() => (link_of(&[&user, &client]), EventFlags::UNNAMED),
            _ => (0, EventFlags::default()),
        };
        let app = match text(&found.get(TENANT)) {
            tenant if tenant.is_empty() => "Auth0".to_owned(),
            tenant => format!("Auth0 {tenant}"),
        };
        let code = text(found.raw(KIND));
        let what = if description.is_empty() { code.into_owned() } else { format!("{code}: {}", text(&description)) };
        out.push(
            stamp.at,
            &Said {
                user: &user,
                client: &found.get(ADDRESS),
                // What is about all of a user's sessions may come from anywhere.
                app: if whose == Whose::User { "" } else { &app },
                link,
                flags,
                ids: &[(KeyKind::Token, "session_id", &session), (KeyKind::Client, "client", &found.get(CLIENT_NAME))],
                ..Said::new(kind, stated, &what)
            },
        );
        Outcome::Record
    }
}

/// Whose state a record changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// That of the session at Auth0.
    Session,
    /// That of what one client was granted.
    Grant,
    /// That of a user.
    User,
}

struct Meaning(EventKind, Stated, Whose);

fn meaning(found: &Found<'_>) -> Option<Meaning> {
    use EventKind as Kind;
    use Whose::{Grant, Session, User};
    let description = text(&found.get(DESCRIPTION)).into_owned();
    let says = || match stated_from_text(&description) {
        Stated::Nothing => stated_from_text(&text(&found.get(ERROR))),
        stated => stated,
    };
    let or = |stated: Stated, instead: Stated| if stated == Stated::Nothing { instead } else { stated };
    Some(match found.raw(KIND) {
        b"s" | b"sepft" | b"seotpft" | b"seoobft" | b"sercft" | b"sens" | b"sede" | b"sce_login" => {
            Meaning(Kind::SignIn, Stated::Nothing, Session)
        }
        // The session at Auth0 gives an app a token without anyone to see it.
        b"ssa" => Meaning(Kind::Refresh, Stated::Nothing, Session),
        // The app's half of a sign-in that a record of its own tells.
        b"seacft" => Meaning(Kind::Neutral, Stated::Nothing, Grant),
        b"sertft" => Meaning(Kind::Refresh, Stated::Nothing, Grant),
        b"fertft" => match says() {
            Stated::Nothing | Stated::InvalidToken => Meaning(Kind::RefreshRefused, Stated::InvalidGrant, Grant),
            stated => Meaning(Kind::RefreshRefused, stated, Grant),
        },
        b"ferrt" => Meaning(Kind::RefreshRefused, Stated::RefreshReused, Grant),
        b"srrt" => Meaning(Kind::Close, Stated::RefreshRevoked, Grant),
        b"fsa" => match says() {
            Stated::Unauthenticated | Stated::Nothing => Meaning(Kind::Rejection, Stated::UnknownSession, Session),
            Stated::VerificationRequired => Meaning(Kind::Neutral, Stated::VerificationRequired, Session),
            stated => Meaning(Kind::Rejection, stated, Session),
        },
        b"slo" => Meaning(Kind::SignOut, Stated::LoggedOut, Session),
        b"oidc_backchannel_logout_succeeded" => match by_initiator(&text(&found.get(INITIATOR))) {
            Stated::LoggedOut => Meaning(Kind::SignOut, Stated::LoggedOut, Session),
            Stated::Expired => Meaning(Kind::Rejection, Stated::Expired, Session),
            Stated::Nothing => return None,
            stated => Meaning(Kind::Close, stated, Session),
        },
        b"universal_logout_succeeded" => Meaning(Kind::Close, Stated::Revoked, User),
        b"du" | b"sdu" => Meaning(Kind::Close, Stated::AccountDisabled, User),
        b"fp" | b"fu" => Meaning(Kind::SignInFailed, Stated::BadCredentials, User),
        b"f" | b"fepft" | b"feotpft" | b"feoobft" | b"fercft" | b"fens" | b"fede" | b"fcoa" | b"fc" => {
            Meaning(Kind::SignInFailed, or(says(), Stated::BadCredentials), User)
        }
        b"fco" => Meaning(Kind::SignInFailed, Stated::Forbidden, User),
        b"gd_auth_failed" | b"gd_auth_rejected" | b"gd_otp_rate_limit_exceed" | b"gd_recovery_failed" => {
            Meaning(Kind::SignInFailed, Stated::VerificationRequired, User)
        }
        b"mfar" => Meaning(Kind::Neutral, Stated::VerificationRequired, Session),
        b"limit_wc" | b"limit_sul" | b"limit_delegation" | b"pwd_leak" => {
            Meaning(Kind::AccountLocked, Stated::AccountLocked, User)
        }
        b"ublkdu" => Meaning(Kind::AccountUnlocked, Stated::Nothing, User),
        b"scp" => Meaning(Kind::Operator, Stated::PasswordChanged, User),
        b"kms_key_state_changed" | b"kms_key_management_success" => Meaning(Kind::Operator, Stated::KeyInvalid, User),
        _ => return None,
    })
}

/// Why Auth0 told apps that a session is over.
fn by_initiator(initiator: &str) -> Stated {
    match initiator {
        "rp-logout" | "idp-logout" => Stated::LoggedOut,
        "session-expired" => Stated::Expired,
        "password-changed" => Stated::PasswordChanged,
        "session-revoked" | "email-identifier-changed" | "mfa-phone-unenrolled" => Stated::Revoked,
        "account-deleted" | "account-deactivated" => Stated::AccountDisabled,
        _ => Stated::Nothing,
    }
}

/// What was done with the management API.
struct Done {
    kind: EventKind,
    stated: Stated,
    user: String,
    session: String,
}

fn managed(found: &Found<'_>) -> Option<Done> {
    let path = text(&found.get(PATH)).replace("%7C", "|").replace("%7c", "|");
    let method = text(found.raw(METHOD)).to_ascii_lowercase();
    let path = path.strip_prefix("/api")?.trim_start_matches('/');
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    let done = |kind, stated, user: &str| Some(Done { kind, stated, user: user.to_owned(), session: String::new() });
    match (method.as_str(), steps.as_slice()) {
        ("delete", ["users", user]) => done(EventKind::Close, Stated::AccountDisabled, user),
        ("delete", ["users", user, "sessions"]) | ("post", ["users", user, "revoke-access"]) => {
            done(EventKind::Close, Stated::Revoked, user)
        }
        ("delete", ["sessions", session]) | ("post", ["sessions", session, "revoke"]) => Some(Done {
            kind: EventKind::Close,
            stated: Stated::Revoked,
            user: String::new(),
            session: (*session).to_owned(),
        }),
        ("patch", ["users", user]) if found.raw(BLOCKED) == b"true" => {
            done(EventKind::AccountLocked, Stated::AccountDisabled, user)
        }
        ("patch", ["users", user]) if found.raw(BLOCKED) == b"false" => {
            done(EventKind::AccountUnlocked, Stated::Nothing, user)
        }
        ("delete", ["user-blocks", user]) => done(EventKind::AccountUnlocked, Stated::Nothing, user),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    /// What a record says, by itself and as a stream delivers it.
    fn one(kind: &str, description: &str, more: &str) -> String {
        let record = format!(
            r#"{{"date":"2026-11-23T07:39:18.263Z","type":"{kind}","description":"{description}","client_id":"c1","client_name":"shop","ip":"10.0.0.7","user_id":"auth0|1","log_id":"9002"{more}}}"#
        );
        let lines = said::<Reader>(&format!("{record}\n")).join(" | ");
        for packed in [
            format!("[{record}]"),
            format!("{{\"log_id\":\"9002\",\"data\":{record}}}\n"),
            format!("{{\"source\":\"aws.partner/auth0.com\",\"detail\":{{\"log_id\":\"9002\",\"data\":{record}}}}}\n"),
        ] {
            assert_eq!(said::<Reader>(&packed).join(" | "), lines);
            assert_eq!(Auth0.sniff(packed.as_bytes()), Sniff::Certain, "{packed}");
        }
        lines
    }

    #[test]
    fn each_code_says_what_happened() {
        let table = [
            ("s", "Successful login", "SignIn Nothing"),
            ("sepft", "Password for Access Token", "SignIn Nothing"),
            ("ssa", "", "Refresh Nothing"),
            ("seacft", "Authorization Code for Access Token", "Neutral Nothing"),
            ("sertft", "Refresh Token for Access Token", "Refresh Nothing"),
            ("fertft", "Unknown or invalid refresh token.", "RefreshRefused InvalidGrant"),
            ("fertft", "Refresh token expired", "RefreshRefused RefreshExpired"),
            ("fertft", "The refresh token was revoked", "RefreshRefused RefreshRevoked"),
            (
                "ferrt",
                "Unsuccessful Refresh Token exchange, reused refresh token detected",
                "RefreshRefused RefreshReused",
            ),
            ("srrt", "", "Close RefreshRevoked"),
            ("fsa", "Login required", "Rejection UnknownSession"),
            ("fsa", "Consent required", "Neutral VerificationRequired"),
            ("slo", "User successfully logged out", "SignOut LoggedOut"),
            ("fp", "Wrong email or password.", "SignInFailed BadCredentials"),
            ("fu", "", "SignInFailed BadCredentials"),
            ("f", "user is blocked", "SignInFailed AccountLocked"),
            ("fco", "", "SignInFailed Forbidden"),
            ("gd_auth_failed", "", "SignInFailed VerificationRequired"),
            ("gd_otp_rate_limit_exceed", "", "SignInFailed VerificationRequired"),
            ("mfar", "", "Neutral VerificationRequired"),
            ("limit_wc", "User (kim) attempted 10 consecutive logins unsuccessfully", "AccountLocked AccountLocked"),
            ("limit_sul", "", "AccountLocked AccountLocked"),
            ("pwd_leak", "", "AccountLocked AccountLocked"),
            ("ublkdu", "", "AccountUnlocked Nothing"),
            ("universal_logout_succeeded", "", "Close Revoked"),
            ("sdu", "User successfully deleted", "Close AccountDisabled"),
            ("scp", "", "Operator PasswordChanged"),
            ("kms_key_state_changed", "", "Operator KeyInvalid"),
        ];
        for (kind, description, expected) in table {
            let line = one(kind, description, "");
            assert!(line.starts_with(&format!("07:39:18 {expected} auth0|1@10.0.0.7 ")), "{kind}: {line}");
        }
        for kind in ["w", "depnote", "api_limit", "mgmt_api_read", "sv", "cls", "flo", "feacft"] {
            assert_eq!(one(kind, "", ""), "", "{kind}");
        }
    }

    #[test]
    fn apps_are_told_why_a_session_is_over() {
        let table = [
            ("rp-logout", "SignOut LoggedOut"),
            ("session-expired", "Rejection Expired"),
            ("session-revoked", "Close Revoked"),
            ("password-changed", "Close PasswordChanged"),
            ("account-deactivated", "Close AccountDisabled"),
        ];
        for (initiator, expected) in table {
            let more = format!(r#","details":{{"initiator":"{initiator}","session_id":"x"}}"#);
            assert!(one("oidc_backchannel_logout_succeeded", "", &more).contains(expected), "{initiator}");
        }
    }

    #[test]
    fn the_management_api_ends_sessions_and_blocks_users() {
        let table = [
            ("delete", "/api/v2/users/auth0%7C1/sessions", "", "Close Revoked auth0|1@"),
            ("delete", "/api/v2/sessions/x", "", "Close Revoked @"),
            ("post", "/api/v2/sessions/x/revoke", "", "Close Revoked @"),
            ("delete", "/api/v2/users/auth0|1", "", "Close AccountDisabled auth0|1@"),
            ("patch", "/api/v2/users/auth0|1", "\"blocked\":true", "AccountLocked AccountDisabled auth0|1@"),
            ("patch", "/api/v2/users/auth0|1", "\"blocked\":false", "AccountUnlocked Nothing auth0|1@"),
            ("delete", "/api/v2/user-blocks/auth0|1", "", "AccountUnlocked Nothing auth0|1@"),
        ];
        for (method, path, body, expected) in table {
            let details =
                format!(r#","details":{{"request":{{"method":"{method}","path":"{path}","body":{{{body}}}}}}}"#);
            assert!(one("sapi", "done", &details).starts_with(&format!("07:39:18 {expected} ")), "{path}");
        }
        assert_eq!(
            one("sapi", "Get a User", r#","details":{"request":{"method":"get","path":"/api/v2/users/a"}}"#),
            ""
        );
    }

    #[test]
    fn a_record_without_its_time_is_counted() {
        let (events, report) = read::<Reader>("{\"type\":\"s\",\"log_id\":\"9\"}\n{\"date\":\"2026-11-2\n");
        assert_eq!((events.len(), report.records, report.unreadable), (0, 0, 2));
    }
}
