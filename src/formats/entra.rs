//! Microsoft Entra's sign-in and audit logs: as Graph lists them, as the portal exports them (JSON and CSV), as diagnostic
//! settings write them (JSON lines, `records`), as Log Analytics and the Microsoft 365 audit log hold them.
//!
//! `{"createdDateTime":"2026-11-23T07:39:18Z","userPrincipalName":"kim@example.com","appDisplayName":"Teams",
//! "ipAddress":"10.0.0.7","isInteractive":false,"sessionId":"…","status":{"errorCode":700082,"failureReason":"…"}}`
//!
//! A session is known by its `sessionId`; where a record has none, a user at one app is one.
//!
//! <https://learn.microsoft.com/graph/api/resources/signin>,
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>,
//! <https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities>

use super::{
    Format, Input, Sniff,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    stated::stated_from_text,
    structured::{self, Found, ReadRecord, in_utc, item_with, pairs},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct Entra;

impl Format for Entra {
    fn id(&self) -> &'static str {
        "entra"
    }

    fn title(&self) -> &'static str {
        "Microsoft Entra sign-in and audit logs"
    }

    fn reference(&self) -> &'static str {
        "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
    }

    fn example(&self) -> &'static str {
        r#"{"createdDateTime":"2026-11-23T07:39:18Z","userPrincipalName":"kim@example.com","appDisplayName":"Teams","ipAddress":"10.0.0.7","correlationId":"c","isInteractive":false,"sessionId":"s","status":{"errorCode":700082,"failureReason":"The refresh token has expired due to inactivity."}}"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "a sign-in or an audit record of Entra's")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("Microsoft Entra".to_owned());
    }
}

const TIME: u8 = 0;
const CATEGORY: u8 = 1;
const CODE: u8 = 2;
const REASON: u8 = 3;
const USER: u8 = 4;
const APP: u8 = 5;
const ADDRESS: u8 = 6;
const SESSION: u8 = 7;
const INTERACTIVE: u8 = 8;
const EVENT_TYPES: u8 = 9;
const CORRELATION: u8 = 10;
const ACTIVITY: u8 = 11;
const RESULT: u8 = 12;
const TARGETS: u8 = 13;
const TARGET: u8 = 14;
const OPERATION: u8 = 15;
const WORKLOAD: u8 = 16;
const DEVICE: u8 = 17;
const EXTENDED: u8 = 18;
const STATUS: u8 = 19;
const TOKEN: u8 = 20;
const OPERATION_TIME: u8 = 21;

#[derive(Debug, Default)]
struct Reader;

/// A record by itself, and what diagnostic settings put around it.
macro_rules! wherever {
    ($($around:literal)*) => {
        &[$(
            (concat!($around, "createdDateTime"), TIME),
            (concat!($around, "activityDateTime"), TIME),
            (concat!($around, "status/errorCode"), CODE),
            (concat!($around, "status/failureReason"), REASON),
            (concat!($around, "userPrincipalName"), USER),
            (concat!($around, "appDisplayName"), APP),
            (concat!($around, "ipAddress"), ADDRESS),
            (concat!($around, "sessionId"), SESSION),
            (concat!($around, "isInteractive"), INTERACTIVE),
            (concat!($around, "signInEventTypes"), EVENT_TYPES),
            (concat!($around, "incomingTokenType"), TOKEN),
            (concat!($around, "correlationId"), CORRELATION),
            (concat!($around, "activityDisplayName"), ACTIVITY),
            (concat!($around, "result"), RESULT),
            (concat!($around, "targetResources"), TARGETS),
        )*
            // Around them.
            ("time", TIME),
            ("category", CATEGORY),
            ("resultType", CODE),
            ("resultDescription", REASON),
            ("callerIpAddress", ADDRESS),
            // Log Analytics.
            ("TimeGenerated", TIME),
            ("Type", CATEGORY),
            ("Category", CATEGORY),
            ("ResultType", CODE),
            ("ResultDescription", REASON),
            ("UserPrincipalName", USER),
            ("AppDisplayName", APP),
            ("IPAddress", ADDRESS),
            ("SessionId", SESSION),
            ("IsInteractive", INTERACTIVE),
            ("CorrelationId", CORRELATION),
            ("ActivityDisplayName", ACTIVITY),
            ("Result", RESULT),
            ("TargetResources", TARGETS),
            // The Microsoft 365 audit log.
            ("CreationTime", OPERATION_TIME),
            ("Operation", OPERATION),
            ("Workload", WORKLOAD),
            ("RecordType", WORKLOAD),
            ("ErrorNumber", CODE),
            ("LogonError", REASON),
            ("UserId", USER),
            ("ActorIpAddress", ADDRESS),
            ("ClientIP", ADDRESS),
            ("ObjectId", TARGET),
            ("DeviceProperties", DEVICE),
            ("ExtendedProperties", EXTENDED),
            // The portal's tables.
            ("Date (UTC)", TIME),
            ("Sign-in error code", CODE),
            ("Failure reason", REASON),
            ("Username", USER),
            ("Application", APP),
            ("IP address", ADDRESS),
            ("Session ID", SESSION),
            ("Incoming token type", TOKEN),
            ("Status", STATUS),
            ("Activity", ACTIVITY),
            ("Target1UserPrincipalName", TARGET),
        ]
    };
}

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = wherever!["" "properties/"];
    const LISTS: &'static [&'static str] = &["value", "records"];
    const HEADINGS: &'static [&'static [&'static str]] =
        &[&["Date (UTC)", "Username", "Application", "Status"], &["Date (UTC)", "Activity", "Category", "Result"]];

    fn is_ours(found: &Found<'_>) -> bool {
        let category = found.raw(CATEGORY);
        let by_category =
            category.ends_with(b"SignInLogs") || matches!(category, b"SigninLogs" | b"AuditLogs") && found.has(TIME);
        let sign_in = found.has(TIME) && found.has(CODE) && found.has(CORRELATION) && found.has(APP) && found.has(USER);
        let audit = found.has(TIME) && found.has(ACTIVITY) && found.has(TARGETS);
        let operation = found.has(OPERATION_TIME) && found.has(OPERATION) && found.has(WORKLOAD);
        by_category || sign_in || audit || operation
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let operation = found.has(OPERATION_TIME);
        let Some(stamp) = found.stamp(if operation { OPERATION_TIME } else { TIME }, out.stamps).map(in_utc) else {
            let tells = found.has(CODE) || found.has(ACTIVITY) || found.has(OPERATION);
            // Exports of a tenant hold records of other services among these.
            if !tells {
                return Outcome::Record;
            }
            return Outcome::Unreadable("expected a sign-in or audit record with its time, found none");
        };
        out.note(stamp);
        if found.has(ACTIVITY) || (operation && !found.raw(OPERATION).starts_with(b"UserLog")) {
            audit(found, stamp.at, out);
            return Outcome::Record;
        }
        let user = found.get(USER).to_ascii_lowercase();
        if user.is_empty() || found.raw(CATEGORY).starts_with(b"ServicePrincipal") {
            return Outcome::Record;
        }
        let code = text(&found.get(CODE)).parse::<u32>().ok();
        let reason = text(&found.get(REASON)).into_owned();
        let failed =
            matches!(found.raw(STATUS), b"Failure" | b"Interrupted") || found.raw(OPERATION) == b"UserLoginFailed";
        let code = code.unwrap_or(if failed { u32::MAX } else { 0 });
        let Meaning(kind, stated) = meaning(code, &reason, is_silent(found));
        let session = session_of(found);
        let app = found.get(APP);
        let (link, flags) = match () {
            () if kind == EventKind::SignInFailed => (0, EventFlags::default()),
            () if session.is_empty() => (link_of(&[&user, &app]), EventFlags::UNNAMED),
            () => (link_of(&[&session]), EventFlags::default()),
        };
        let what = match code {
            0 => "signed in".to_owned(),
            u32::MAX => reason,
            code => format!("AADSTS{code}: {reason}"),
        };
        out.push(
            stamp.at,
            &Said {
                user: &user,
                client: &found.get(ADDRESS),
                app: "Microsoft Entra",
                link,
                flags,
                ids: &[(KeyKind::Token, "sessionId", &session), (KeyKind::Client, "app", &app)],
                ..Said::new(kind, stated, &what)
            },
        );
        Outcome::Record
    }
}

/// Whether nobody saw the sign-in: an app renewed its tokens.
fn is_silent(found: &Found<'_>) -> bool {
    let mut silent = found.raw(INTERACTIVE).eq_ignore_ascii_case(b"false")
        || found.raw(CATEGORY).starts_with(b"NonInteractive")
        || memchr::memmem::find(found.raw(EVENT_TYPES), b"nonInteractive").is_some()
        || memchr::memmem::find(&found.get(TOKEN).to_ascii_lowercase(), b"refresh").is_some();
    pairs(&found.get(EXTENDED), |name, value| silent |= name == b"RequestType" && value == b"OAuth2:Token");
    silent
}

fn session_of(found: &Found<'_>) -> Vec<u8> {
    let mut session = found.get(SESSION).into_owned();
    pairs(&found.get(DEVICE), |name, value| {
        if name == b"SessionId" {
            session = value.to_vec();
        }
    });
    session
}

struct Meaning(EventKind, Stated);

/// What a sign-in with this code means, by Microsoft's list of AADSTS codes. `silent`: an app renewed its tokens.
fn meaning(code: u32, reason: &str, silent: bool) -> Meaning {
    use EventKind as Kind;
    let renewal = |stated| Meaning(Kind::RefreshRefused, stated);
    let failed = |stated| Meaning(Kind::SignInFailed, stated);
    match code {
        0 if silent => Meaning(Kind::Refresh, Stated::Nothing),
        0 => Meaning(Kind::SignIn, Stated::Nothing),
        // The refresh token lay unused for too long, or grew too old.
        70_008 | 700_081 | 700_082 | 700_084 => renewal(Stated::RefreshExpired),
        // Conditional Access: sign-in frequency.
        70_043 | 70_044 => renewal(Stated::MaximumAge),
        50_132 | 50_133 => renewal(Stated::PasswordChanged),
        50_173 => renewal(Stated::RefreshRevoked),
        70_000 if silent => renewal(Stated::InvalidGrant),
        50_013 if silent => renewal(Stated::InvalidToken),
        50_089 | 500_133 if silent => renewal(Stated::TokenExpired),
        50_057 if silent => renewal(Stated::AccountDisabled),
        50_006 | 50_012 | 50_099 | 700_027 if silent => renewal(Stated::KeyInvalid),
        // No session to go by where none may be asked for: the app asks again in sight of the user.
        50_058 if silent => Meaning(Kind::Rejection, Stated::UnknownSession),
        50_053 => failed(Stated::AccountLocked),
        50_055 | 50_144 => failed(Stated::PasswordExpired),
        50_057 => failed(Stated::AccountDisabled),
        50_126 | 50_034 | 50_056 | 50_064 => failed(Stated::BadCredentials),
        80_013 => failed(Stated::NotYetValid),
        // A further step, which the same sign-in goes on with.
        50_072 | 50_074 | 50_076 | 50_078 | 50_079 | 50_097 | 50_125 | 53_004 | 53_010 | 65_001 | 900_941 | 500_121 => {
            Meaning(Kind::Neutral, Stated::VerificationRequired)
        }
        50_140 | 50_168 | 50_199 | 50_058 | 50_089 | 50_127 | 50_129 | 16_000..=16_003 | 50_059 => {
            Meaning(Kind::Neutral, Stated::Nothing)
        }
        // Policy and settings: this may not be done, whatever becomes of the session.
        53_000..=53_003
        | 530_035
        | 50_005
        | 50_131
        | 50_105
        | 7_000_215
        | 7_000_222
        | 50_003
        | 50_146
        | 50_196
        | 50_006
        | 50_012
        | 50_099
        | 700_027 => Meaning(Kind::Denied, Stated::Forbidden),
        _ => match stated_from_text(reason) {
            stated if silent && stated.cause().is_some() && stated != Stated::VerificationRequired => renewal(stated),
            _ if silent => Meaning(Kind::Denied, Stated::Nothing),
            Stated::VerificationRequired => Meaning(Kind::Neutral, Stated::VerificationRequired),
            stated => failed(stated),
        },
    }
}

/// What was done to a user's account or sessions.
fn audit(found: &Found<'_>, at: i64, out: &mut Out<'_>) {
    if found.has(RESULT) && !found.raw(RESULT).eq_ignore_ascii_case(b"success") {
        return;
    }
    let activity = found.get(if found.has(ACTIVITY) { ACTIVITY } else { OPERATION });
    let activity = text(&activity).trim().trim_end_matches('.').to_owned();
    let (kind, stated) = match activity.to_ascii_lowercase().as_str() {
        "disable account" => (EventKind::AccountLocked, Stated::AccountDisabled),
        "enable account" => (EventKind::AccountUnlocked, Stated::Nothing),
        "delete user" | "hard delete user" => (EventKind::Close, Stated::AccountDisabled),
        "update stsrefreshtokenvalidfrom timestamp"
        | "revoke user sign-in sessions"
        | "revoke sign in sessions"
        | "invalidate all refresh tokens for a user" => (EventKind::Close, Stated::Revoked),
        "reset user password" | "reset password (by admin)" | "reset password (self-service)" => {
            (EventKind::Close, Stated::PasswordChanged)
        }
        // Who changes the password stays signed in there.
        "change user password" | "change password (self-service)" => (EventKind::Operator, Stated::PasswordChanged),
        _ => return,
    };
    let targets = found.get(TARGETS);
    let target = item_with(&targets, "type", "User", "userPrincipalName");
    let user = match target {
        Some(user) => user.to_ascii_lowercase(),
        None => found.get(TARGET).to_ascii_lowercase(),
    };
    out.push(at, &Said { user: &user, app: "Microsoft Entra", ..Said::new(kind, stated, &activity) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    fn sign_in(code: u32, interactive: bool) -> String {
        format!(
            r#"{{"id":"a","createdDateTime":"2026-11-23T07:39:18Z","userPrincipalName":"Kim@example.com","appDisplayName":"Teams","ipAddress":"10.0.0.7","correlationId":"c","conditionalAccessStatus":"notApplied","isInteractive":{interactive},"sessionId":"s1","status":{{"errorCode":{code},"failureReason":"why","additionalDetails":null}}}}"#
        )
    }

    /// What a sign-in says, in each of the shapes that it comes in.
    fn one(code: u32, interactive: bool) -> String {
        let graph = sign_in(code, interactive);
        let category = if interactive { "SignInLogs" } else { "NonInteractiveUserSignInLogs" };
        let lines = said::<Reader>(&format!("{{\"@odata.context\":\"x\",\"value\":[{graph}]}}")).join(" | ");
        let diagnostic = format!(
            r#"{{"time":"2026-11-23T07:39:19Z","resourceId":"/tenants/t/providers/Microsoft.aadiam","operationName":"Sign-in activity","category":"{category}","resultType":"{code}","callerIpAddress":"10.0.0.7","correlationId":"c","properties":{graph}}}"#
        );
        let status = if code == 0 { "Success" } else { "Failure" };
        let token = if interactive { "none" } else { "Refresh token" };
        let table = format!(
            "\u{feff}Date (UTC),Request ID,Username,Application,IP address,Status,Sign-in error code,Failure reason,Incoming token type,Session ID\n2026-11-23T07:39:18Z,a,kim@example.com,Teams,10.0.0.7,{status},{code},why,{token},s1\n"
        );
        for packed in [
            format!("[{graph}]"),
            format!("{diagnostic}\n"),
            format!("{{\"records\":[{diagnostic}]}}"),
            table.trim_start_matches('\u{feff}').to_owned(),
        ] {
            assert_eq!(said::<Reader>(&packed).join(" | "), lines, "{packed}");
            assert_eq!(Entra.sniff(packed.as_bytes()), Sniff::Certain, "{packed}");
        }
        lines
    }

    #[test]
    fn each_code_of_an_app_s_renewal_says_what_happened() {
        let table = [
            (0, "Refresh Nothing"),
            (70_008, "RefreshRefused RefreshExpired"),
            (700_082, "RefreshRefused RefreshExpired"),
            (700_084, "RefreshRefused RefreshExpired"),
            (70_043, "RefreshRefused MaximumAge"),
            (70_044, "RefreshRefused MaximumAge"),
            (70_000, "RefreshRefused InvalidGrant"),
            (50_132, "RefreshRefused PasswordChanged"),
            (50_133, "RefreshRefused PasswordChanged"),
            (50_173, "RefreshRefused RefreshRevoked"),
            (50_089, "RefreshRefused TokenExpired"),
            (500_133, "RefreshRefused TokenExpired"),
            (50_013, "RefreshRefused InvalidToken"),
            (50_057, "RefreshRefused AccountDisabled"),
            (50_012, "RefreshRefused KeyInvalid"),
            (700_027, "RefreshRefused KeyInvalid"),
            (50_058, "Rejection UnknownSession"),
            (50_076, "Neutral VerificationRequired"),
            (50_078, "Neutral VerificationRequired"),
            (53_003, "Denied Forbidden"),
            (7_000_222, "Denied Forbidden"),
            (99_999, "Denied Nothing"),
        ];
        for (code, expected) in table {
            let line = one(code, false);
            assert!(line.starts_with(&format!("07:39:18 {expected} kim@example.com@10.0.0.7 ")), "{code}: {line}");
        }
    }

    #[test]
    fn each_code_of_a_person_s_sign_in_says_what_happened() {
        let table = [
            (0, "SignIn Nothing"),
            (50_126, "SignInFailed BadCredentials"),
            (50_034, "SignInFailed BadCredentials"),
            (50_053, "SignInFailed AccountLocked"),
            (50_055, "SignInFailed PasswordExpired"),
            (50_057, "SignInFailed AccountDisabled"),
            (50_144, "SignInFailed PasswordExpired"),
            (80_013, "SignInFailed NotYetValid"),
            (50_072, "Neutral VerificationRequired"),
            (50_074, "Neutral VerificationRequired"),
            (50_079, "Neutral VerificationRequired"),
            (65_001, "Neutral VerificationRequired"),
            (50_140, "Neutral Nothing"),
            (50_199, "Neutral Nothing"),
            (50_058, "Neutral Nothing"),
            (50_089, "Neutral Nothing"),
            (53_000, "Denied Forbidden"),
            (50_105, "Denied Forbidden"),
            (50_173, "RefreshRefused RefreshRevoked"),
        ];
        for (code, expected) in table {
            let line = one(code, true);
            assert!(line.starts_with(&format!("07:39:18 {expected} kim@example.com@10.0.0.7 ")), "{code}: {line}");
        }
    }

    #[test]
    fn what_is_done_to_accounts_and_sessions_is_told_by_the_audit_log() {
        let table = [
            ("Disable account", "AccountLocked AccountDisabled"),
            ("Enable account", "AccountUnlocked Nothing"),
            ("Delete user", "Close AccountDisabled"),
            ("Update StsRefreshTokenValidFrom Timestamp", "Close Revoked"),
            ("Revoke user sign-in sessions", "Close Revoked"),
            ("Reset user password", "Close PasswordChanged"),
            ("Change user password", "Operator PasswordChanged"),
        ];
        for (activity, expected) in table {
            let graph = format!(
                r#"{{"id":"a","category":"UserManagement","correlationId":"c","result":"success","activityDisplayName":"{activity}","activityDateTime":"2026-11-23T07:39:18Z","initiatedBy":{{"user":{{"userPrincipalName":"root@example.com"}}}},"targetResources":[{{"id":"1","type":"User","userPrincipalName":"Kim@example.com"}}]}}"#
            );
            let expected = format!("07:39:18 {expected} kim@example.com@ Microsoft Entra: {activity}");
            assert_eq!(said::<Reader>(&format!("{{\"value\":[{graph}]}}")), [expected.as_str()]);
            assert_eq!(said::<Reader>(&format!("{graph}\n")), [expected.as_str()]);
            let ual = format!(
                r#"{{"CreationTime":"2026-11-23T07:39:18","Operation":"{activity}.","RecordType":8,"Workload":"AzureActiveDirectory","UserId":"root@example.com","ObjectId":"kim@example.com"}}"#
            );
            assert_eq!(said::<Reader>(&format!("{ual}\n")), [expected.as_str()]);
            let table = format!(
                "Date (UTC),Service,Category,Activity,Result,Target1UserPrincipalName\n2026-11-23T07:39:18Z,Core Directory,UserManagement,{activity},success,kim@example.com\n"
            );
            assert_eq!(said::<Reader>(&table), [expected.as_str()]);
        }
    }

    #[test]
    fn the_microsoft_365_audit_log_tells_sign_ins_too() {
        let ual = |operation: &str, more: &str| {
            format!(
                r#"{{"CreationTime":"2026-11-23T07:39:18","Operation":"{operation}","RecordType":15,"ResultStatus":"Success","Workload":"AzureActiveDirectory","UserId":"kim@example.com","ActorIpAddress":"10.0.0.7","DeviceProperties":[{{"Name":"OS","Value":"Windows"}},{{"Name":"SessionId","Value":"s1"}}],"ExtendedProperties":[{{"Name":"RequestType","Value":"{more}"}}],"ErrorNumber":"{}"}}"#,
                if operation == "UserLoggedIn" { "0" } else { "50126" }
            ) + "\n"
        };
        let expected = |words: &str| format!("07:39:18 {words} kim@example.com@10.0.0.7 Microsoft Entra: ");
        for (operation, request, words) in [
            ("UserLoggedIn", "Login:login", "SignIn Nothing"),
            ("UserLoggedIn", "OAuth2:Token", "Refresh Nothing"),
            ("UserLoginFailed", "Login:login", "SignInFailed BadCredentials"),
        ] {
            let text = ual(operation, request);
            assert_eq!(Entra.sniff(text.as_bytes()), Sniff::Certain);
            assert!(said::<Reader>(&text)[0].starts_with(&expected(words)), "{text}");
        }
        let no_number = r#"{"CreationTime":"2026-11-23T07:39:18","Operation":"UserLoginFailed","RecordType":15,"LogonError":"InvalidUserNameOrPassword","UserId":"kim@example.com"}"#;
        assert!(said::<Reader>(no_number)[0].contains("SignInFailed"));
        let (_, report) = read::<Reader>("{\"value\":[{\"status\":{\"errorCode\":0}},{\"created");
        assert_eq!((report.records, report.unreadable), (0, 2));
    }
}
