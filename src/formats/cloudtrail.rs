//! AWS `CloudTrail`: the console, temporary credentials, IAM Identity Center, Cognito user pools.
//!
//! `{"Records":[{"eventTime":"2026-11-23T07:39:18Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin",
//! "userIdentity":{"type":"IAMUser","userName":"kim"},"responseElements":{"ConsoleLogin":"Success"}}]}`
//!
//! A session of temporary credentials is known by who holds them and since when (`creationDate`); one of a user pool, which
//! records no ids, by user and client.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html>,
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html>

use super::{
    Format, Input, Sniff,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    stated::stated_from_text,
    structured::{self, Found, ReadRecord, Table, in_utc},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct CloudTrail;

impl Format for CloudTrail {
    fn id(&self) -> &'static str {
        "cloudtrail"
    }

    fn title(&self) -> &'static str {
        "AWS CloudTrail (console, temporary credentials, Cognito)"
    }

    fn reference(&self) -> &'static str {
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html"
    }

    fn example(&self) -> &'static str {
        r#"{"eventTime":"2026-11-23T07:39:18Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser","userName":"kim"},"responseElements":{"ConsoleLogin":"Success"}}"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "one of CloudTrail's: `eventTime`, `eventSource` and `eventName`")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("AWS CloudTrail".to_owned());
    }
}

const TIME: u8 = 0;
const SERVICE: u8 = 1;
const NAME: u8 = 2;
const ERROR: u8 = 3;
const MESSAGE: u8 = 4;
const ADDRESS: u8 = 5;
const IDENTITY: u8 = 6;
const USERNAME: u8 = 7;
const ARN: u8 = 8;
const SINCE: u8 = 9;
const INVOKED_BY: u8 = 10;
const CONSOLE: u8 = 11;
const FROM_CONSOLE: u8 = 12;
const ROLE_SESSION: u8 = 13;
const POOL: u8 = 14;
const CLIENT: u8 = 15;
const SUB: u8 = 16;
const FLOW: u8 = 17;
const CHALLENGE: u8 = 18;
const ACCOUNT: u8 = 19;
const GRANT: u8 = 20;
const DETAIL_RESULT: u8 = 21;
const READ_ONLY: u8 = 22;
/// A whole record in a string, as `lookup-events` gives it.
const QUOTED: u8 = 23;

#[derive(Debug)]
struct Reader {
    table: Table,
}

impl Default for Reader {
    fn default() -> Self {
        Self { table: Table::new(Self::FIELDS) }
    }
}

/// A record by itself, and in the envelope of `EventBridge`.
macro_rules! wherever {
    ($($around:literal)*) => {
        &[$(
            (concat!($around, "CloudTrailEvent"), QUOTED),
            (concat!($around, "eventTime"), TIME),
            (concat!($around, "eventSource"), SERVICE),
            (concat!($around, "eventName"), NAME),
            (concat!($around, "errorCode"), ERROR),
            (concat!($around, "errorMessage"), MESSAGE),
            (concat!($around, "sourceIPAddress"), ADDRESS),
            (concat!($around, "readOnly"), READ_ONLY),
            (concat!($around, "sessionCredentialFromConsole"), FROM_CONSOLE),
            (concat!($around, "recipientAccountId"), ACCOUNT),
            (concat!($around, "userIdentity/type"), IDENTITY),
            (concat!($around, "userIdentity/userName"), USERNAME),
            (concat!($around, "userIdentity/arn"), ARN),
            (concat!($around, "userIdentity/onBehalfOf/userId"), SUB),
            (concat!($around, "userIdentity/invokedBy"), INVOKED_BY),
            (concat!($around, "userIdentity/sessionContext/attributes/creationDate"), SINCE),
            (concat!($around, "responseElements/ConsoleLogin"), CONSOLE),
            (concat!($around, "responseElements/assumedRoleUser/arn"), ROLE_SESSION),
            (concat!($around, "responseElements/challengeName"), CHALLENGE),
            (concat!($around, "requestParameters/userPoolId"), POOL),
            (concat!($around, "requestParameters/clientId"), CLIENT),
            (concat!($around, "requestParameters/authFlow"), FLOW),
            (concat!($around, "requestParameters/grantType"), GRANT),
            (concat!($around, "additionalEventData/sub"), SUB),
            (concat!($around, "additionalEventData/UserName"), USERNAME),
            (concat!($around, "additionalEventData/userPoolId"), POOL),
            (concat!($around, "serviceEventDetails/UserAuthentication"), DETAIL_RESULT),
            (concat!($around, "serviceEventDetails/CredentialVerification"), DETAIL_RESULT),
        )*]
    };
}

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = wherever!["" "detail/"];
    const LISTS: &'static [&'static str] = &["Records", "Events"];

    fn is_ours(found: &Found<'_>) -> bool {
        found.has(QUOTED) || found.has(TIME) && found.has(NAME) && found.raw(SERVICE).ends_with(b".amazonaws.com")
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        if found.has(QUOTED) {
            let record = found.get(QUOTED);
            let mut inner = Found::default();
            return match self.table.read(&record, &mut inner) {
                Ok(()) if !inner.has(QUOTED) => self.read(&inner, out),
                _ => Outcome::Unreadable("expected a record in `CloudTrailEvent`, found one that is cut off"),
            };
        }
        let Some(stamp) = found.stamp(TIME, out.stamps).map(in_utc).filter(|_| found.has(NAME)) else {
            return Outcome::Unreadable("expected a record with `eventTime` and `eventName`, found one without");
        };
        out.note(stamp);
        match found.raw(SERVICE) {
            b"cognito-idp.amazonaws.com" => cognito(found, stamp.at, out),
            b"sso.amazonaws.com" | b"sso-oauth.amazonaws.com" | b"sso-oidc.amazonaws.com" => {
                identity_center(found, stamp.at, out);
            }
            b"signin.amazonaws.com" if !found.has(CONSOLE) => identity_center(found, stamp.at, out),
            _ => credentials(found, stamp.at, out),
        }
        Outcome::Record
    }
}

/// The name behind an ARN: `Admin/kim` of `arn:aws:sts::1:assumed-role/Admin/kim`.
fn name_of(arn: &[u8]) -> &[u8] {
    let tail = arn.rsplit(|&byte| byte == b':').next().unwrap_or(arn);
    let after = memchr::memchr(b'/', tail).map_or(0, |at| at + 1);
    tail.get(after..).unwrap_or(tail)
}

fn account_of(found: &Found<'_>) -> String {
    match text(found.raw(ACCOUNT)) {
        account if account.is_empty() => "AWS".to_owned(),
        account => format!("AWS account {account}"),
    }
}

/// What happened, with the error where there was one.
fn words_of(found: &Found<'_>) -> String {
    let (name, error, message) = (found.get(NAME), found.get(ERROR), found.get(MESSAGE));
    let (name, error, message) = (text(&name), text(&error), text(&message));
    match (error.is_empty(), message.is_empty()) {
        (true, true) => name.into_owned(),
        (true, false) => format!("{name}: {message}"),
        (false, true) => format!("{name}: {error}"),
        (false, false) => format!("{name}: {error}: {message}"),
    }
}

/// The console and whatever is done with temporary credentials.
fn credentials(found: &Found<'_>, at: i64, out: &mut Out<'_>) {
    use EventKind as Kind;
    // What a service does for someone, or by itself, is nobody's session.
    if found.has(INVOKED_BY) || found.raw(IDENTITY) == b"AWSService" {
        return;
    }
    let (time, since) = (found.get(TIME), found.get(SINCE));
    let arn = found.get(ARN);
    let failed = found.has(ERROR);
    let (kind, stated, holder, from) = match found.raw(NAME) {
        b"ConsoleLogin" if found.raw(CONSOLE) == b"Success" => (Kind::SignIn, Stated::Nothing, arn, time),
        b"ConsoleLogin" => {
            let stated = match stated_from_text(&text(&found.get(MESSAGE))) {
                Stated::Nothing => Stated::BadCredentials,
                stated => stated,
            };
            (Kind::SignInFailed, stated, arn, time)
        }
        b"AssumeRole" | b"AssumeRoleWithSAML" | b"AssumeRoleWithWebIdentity" if !failed => {
            (Kind::SignIn, Stated::Nothing, found.get(ROLE_SESSION), time)
        }
        b"GetSessionToken" | b"GetFederationToken" if !failed => (Kind::SignIn, Stated::Nothing, arn, time),
        b"ChangePassword" if !failed && !found.has(SINCE) => (Kind::Operator, Stated::PasswordChanged, arn, since),
        _ if !found.has(SINCE) => return,
        _ => match refused(found) {
            Some(stated) => (Kind::Rejection, stated, arn, since),
            None if failed => (Kind::Denied, Stated::Forbidden, arn, since),
            // A person at the console does what changes something; pages look things up by themselves.
            None if found.raw(FROM_CONSOLE) == b"true" && found.raw(READ_ONLY) == b"false" => {
                (Kind::Activity, Stated::Nothing, arn, since)
            }
            None => (Kind::Background, Stated::Nothing, arn, since),
        },
    };
    let named = found.get(USERNAME);
    let user = match name_of(&holder) {
        b"" => &named,
        name => name,
    };
    let link = if kind == Kind::SignInFailed || holder.is_empty() { 0 } else { link_of(&[&holder, &from]) };
    out.push(
        at,
        &Said {
            user,
            client: &found.get(ADDRESS),
            app: &account_of(found),
            link,
            ids: &[(KeyKind::Token, "creationDate", &from)],
            ..Said::new(kind, stated, &words_of(found))
        },
    );
}

/// Why credentials were not accepted; nothing where they were.
fn refused(found: &Found<'_>) -> Option<Stated> {
    let message = found.get(MESSAGE);
    let says = |words: &[u8]| memchr::memmem::find(&message, words).is_some();
    Some(match found.raw(ERROR) {
        b"ExpiredToken" | b"ExpiredTokenException" | b"Client.ExpiredToken" => Stated::TokenExpired,
        b"InvalidClientTokenId" | b"UnrecognizedClientException" | b"InvalidAccessKeyId" => Stated::InvalidToken,
        b"RequestExpired" | b"Client.RequestExpired" | b"RequestTimeTooSkewed" => Stated::NotYetValid,
        b"SignatureDoesNotMatch" | b"InvalidSignatureException"
            if says(b"Signature expired") || says(b"not yet current") =>
        {
            Stated::NotYetValid
        }
        _ => return None,
    })
}

/// IAM Identity Center: the access portal and the tokens that it gives to command lines.
fn identity_center(found: &Found<'_>, at: i64, out: &mut Out<'_>) {
    use EventKind as Kind;
    let failed = found.has(ERROR) || found.raw(DETAIL_RESULT) == b"Failure";
    let renewal = found.raw(GRANT) == b"refresh_token";
    let (kind, stated) = match found.raw(NAME) {
        b"UserAuthentication" | b"Authenticate" | b"CredentialVerification" if failed => {
            (Kind::SignInFailed, Stated::BadCredentials)
        }
        b"UserAuthentication" | b"Authenticate" => (Kind::SignIn, Stated::Nothing),
        b"CredentialChallenge" | b"CredentialVerification" | b"CheckMfa" => {
            (Kind::Neutral, Stated::VerificationRequired)
        }
        b"Federate" | b"GetRoleCredentials" | b"ListApplications" if !failed => (Kind::Activity, Stated::Nothing),
        b"CreateToken" if renewal && failed => (Kind::RefreshRefused, or(refusal(found), Stated::InvalidGrant)),
        b"CreateToken" if renewal => (Kind::Refresh, Stated::Nothing),
        b"Logout" | b"SignOut" => (Kind::SignOut, Stated::LoggedOut),
        b"DeleteSession" | b"BatchDeleteSession" if !failed => (Kind::Close, Stated::Revoked),
        _ => return,
    };
    let (sub, name) = (found.get(SUB), found.get(USERNAME));
    out.alias(&sub, &name);
    let user = if sub.is_empty() { name } else { sub };
    let link = if user.is_empty() || kind == Kind::SignInFailed { 0 } else { link_of(&[b"sso", &user]) };
    out.push(
        at,
        &Said {
            user: &user,
            client: &found.get(ADDRESS),
            app: &account_of(found),
            link,
            flags: EventFlags::UNNAMED,
            ..Said::new(kind, stated, &words_of(found))
        },
    );
}

/// Cognito user pools.
fn cognito(found: &Found<'_>, at: i64, out: &mut Out<'_>) {
    use EventKind as Kind;
    let failed = found.has(ERROR);
    let renewal = found.raw(FLOW).starts_with(b"REFRESH_TOKEN");
    let mut of_user = false;
    let (kind, stated) = match found.raw(NAME) {
        b"InitiateAuth" | b"AdminInitiateAuth" if renewal && failed => {
            (Kind::RefreshRefused, or(refusal(found), Stated::InvalidGrant))
        }
        b"GetTokensFromRefreshToken" if failed => (Kind::RefreshRefused, or(refusal(found), Stated::InvalidGrant)),
        b"InitiateAuth" | b"AdminInitiateAuth" if renewal => (Kind::Refresh, Stated::Nothing),
        b"GetTokensFromRefreshToken" => (Kind::Refresh, Stated::Nothing),
        b"InitiateAuth" | b"AdminInitiateAuth" | b"RespondToAuthChallenge" | b"AdminRespondToAuthChallenge"
            if failed =>
        {
            (Kind::SignInFailed, or(refusal(found), Stated::BadCredentials))
        }
        b"InitiateAuth" | b"AdminInitiateAuth" | b"RespondToAuthChallenge" | b"AdminRespondToAuthChallenge"
            if found.has(CHALLENGE) =>
        {
            (Kind::Neutral, Stated::VerificationRequired)
        }
        b"InitiateAuth" | b"AdminInitiateAuth" | b"RespondToAuthChallenge" | b"AdminRespondToAuthChallenge" => {
            (Kind::SignIn, Stated::Nothing)
        }
        b"GetUser" | b"UpdateUserAttributes" | b"ListDevices" if failed => match refusal(found) {
            Stated::Nothing | Stated::Forbidden => return,
            stated => (Kind::Rejection, stated),
        },
        b"GetUser" => (Kind::Background, Stated::Nothing),
        _ if failed => return,
        b"Logout" => (Kind::SignOut, Stated::LoggedOut),
        b"GlobalSignOut" => {
            of_user = true;
            (Kind::SignOut, Stated::LoggedOut)
        }
        b"AdminUserGlobalSignOut" => {
            of_user = true;
            (Kind::Close, Stated::Revoked)
        }
        b"RevokeToken" => (Kind::Close, Stated::RefreshRevoked),
        // It revokes the tokens as well.
        b"AdminDisableUser" | b"AdminDeleteUser" | b"DeleteUser" => {
            of_user = true;
            (Kind::Close, Stated::AccountDisabled)
        }
        b"AdminEnableUser" => (Kind::AccountUnlocked, Stated::Nothing),
        b"ChangePassword" | b"ConfirmForgotPassword" | b"AdminSetUserPassword" | b"AdminResetUserPassword" => {
            (Kind::Operator, Stated::PasswordChanged)
        }
        _ => return,
    };
    let (user, pool, client) = (found.get(SUB), found.get(POOL), found.get(CLIENT));
    let named = !user.is_empty() && !of_user && kind != Kind::SignInFailed;
    let pool_name = text(&pool);
    let app = if pool.is_empty() { "Cognito".to_owned() } else { format!("Cognito {pool_name}") };
    out.push(
        at,
        &Said {
            user: &user,
            client: &found.get(ADDRESS),
            // What is about all of a user's sessions ends them whichever pool or client the record names.
            app: if of_user { "" } else { &app },
            link: if named { link_of(&[b"cognito", &user, &client]) } else { 0 },
            flags: if named { EventFlags::UNNAMED } else { EventFlags::default() },
            ids: &[(KeyKind::Client, "clientId", &client)],
            ..Said::new(kind, stated, &words_of(found))
        },
    );
}

fn or(stated: Stated, instead: Stated) -> Stated {
    if stated == Stated::Nothing { instead } else { stated }
}

/// The reason in Cognito's and Identity Center's words.
fn refusal(found: &Found<'_>) -> Stated {
    match found.raw(ERROR) {
        b"PasswordResetRequiredException" => return Stated::PasswordExpired,
        b"UserNotConfirmedException" | b"CodeMismatchException" | b"ExpiredCodeException" => {
            return Stated::VerificationRequired;
        }
        b"UserNotFoundException" => return Stated::BadCredentials,
        _ => {}
    }
    match &*found.get(MESSAGE) {
        b"Refresh Token has expired" => Stated::RefreshExpired,
        b"Refresh Token has been revoked" => Stated::RefreshRevoked,
        b"Invalid Refresh Token" | b"Invalid Refresh Token." => Stated::InvalidGrant,
        b"Access Token has expired" => Stated::TokenExpired,
        b"Access Token has been revoked" => Stated::Revoked,
        b"Password attempts exceeded" => Stated::AccountLocked,
        message => match stated_from_text(&text(message)) {
            Stated::Nothing if found.raw(ERROR) == b"ExpiredTokenException" => Stated::RefreshExpired,
            stated => stated,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    fn one(fields: &str) -> String {
        let record = format!(
            r#"{{"eventVersion":"1.08","eventTime":"2026-11-23T07:39:18Z","awsRegion":"eu-central-1","sourceIPAddress":"10.0.0.7","eventID":"e","recipientAccountId":"123",{fields}}}"#
        );
        let lines = said::<Reader>(&format!("{{\"Records\":[{record}]}}")).join(" | ");
        for packed in [format!("{record}\n"), format!("{{\"source\":\"aws.signin\",\"detail\":{record}}}\n")] {
            assert_eq!(said::<Reader>(&packed).join(" | "), lines);
            assert_eq!(CloudTrail.sniff(packed.as_bytes()), Sniff::Certain);
        }
        lines
    }

    #[test]
    fn the_console_lets_people_in_or_not() {
        let login = |more: &str| {
            one(&format!(
                r#""eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::123:user/kim","userName":"kim"}},{more}"#
            ))
        };
        assert_eq!(
            login(r#""responseElements":{"ConsoleLogin":"Success"}"#),
            "07:39:18 SignIn Nothing kim@10.0.0.7 AWS account 123: ConsoleLogin"
        );
        let failed = login(r#""errorMessage":"Failed authentication","responseElements":{"ConsoleLogin":"Failure"}"#);
        assert!(failed.contains("SignInFailed BadCredentials kim@10.0.0.7"), "{failed}");
    }

    #[test]
    fn temporary_credentials_live_until_they_are_refused() {
        let call = |more: &str| {
            one(&format!(
                r#""eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{{"type":"AssumedRole","arn":"arn:aws:sts::123:assumed-role/Admin/kim","accessKeyId":"ASIA1","sessionContext":{{"attributes":{{"creationDate":"2026-11-23T07:00:00Z"}}}}}}{more}"#
            ))
        };
        let table = [
            ("", "Background Nothing"),
            (r#","sessionCredentialFromConsole":"true","readOnly":false"#, "Activity Nothing"),
            (r#","errorCode":"AccessDenied","errorMessage":"no""#, "Denied Forbidden"),
            (r#","errorCode":"ExpiredToken""#, "Rejection TokenExpired"),
            (r#","errorCode":"ExpiredTokenException""#, "Rejection TokenExpired"),
            (r#","errorCode":"InvalidClientTokenId""#, "Rejection InvalidToken"),
            (r#","errorCode":"RequestExpired""#, "Rejection NotYetValid"),
            (
                r#","errorCode":"SignatureDoesNotMatch","errorMessage":"Signature expired: 2026 is now earlier""#,
                "Rejection NotYetValid",
            ),
        ];
        for (more, expected) in table {
            let line = call(more);
            assert!(line.starts_with(&format!("07:39:18 {expected} Admin/kim@10.0.0.7 AWS account 123: ")), "{line}");
        }
        for name in ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"] {
            let line = one(&format!(
                r#""eventSource":"sts.amazonaws.com","eventName":"{name}","userIdentity":{{"type":"IAMUser","userName":"kim"}},"responseElements":{{"assumedRoleUser":{{"arn":"arn:aws:sts::123:assumed-role/Admin/kim"}}}}"#
            ));
            assert!(line.contains("SignIn Nothing Admin/kim@"), "{line}");
        }
        let service = r#""eventSource":"sts.amazonaws.com","eventName":"AssumeRole","userIdentity":{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}"#;
        let key = r#""eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123:user/kim","accessKeyId":"AKIA1"}"#;
        assert_eq!((one(service), one(key)), (String::new(), String::new()));
    }

    #[test]
    fn each_act_upon_a_user_pool_says_what_happened() {
        let password = r#""requestParameters":{"authFlow":"USER_PASSWORD_AUTH","clientId":"c"}"#;
        let renewal = r#""requestParameters":{"authFlow":"REFRESH_TOKEN_AUTH","clientId":"c"}"#;
        let error = |code: &str, message: &str| format!(r#","errorCode":"{code}","errorMessage":"{message}""#);
        let refused = |message: &str| error("NotAuthorizedException", message);
        let table = [
            ("InitiateAuth", password, String::new(), "SignIn Nothing"),
            ("RespondToAuthChallenge", password, String::new(), "SignIn Nothing"),
            (
                "InitiateAuth",
                password,
                r#","responseElements":{"challengeName":"SMS_MFA"}"#.to_owned(),
                "Neutral VerificationRequired",
            ),
            ("InitiateAuth", password, refused("Incorrect username or password."), "SignInFailed BadCredentials"),
            ("InitiateAuth", password, refused("Password attempts exceeded"), "SignInFailed AccountLocked"),
            ("InitiateAuth", password, refused("User is disabled."), "SignInFailed AccountDisabled"),
            ("InitiateAuth", password, error("PasswordResetRequiredException", ""), "SignInFailed PasswordExpired"),
            ("InitiateAuth", password, error("UserNotConfirmedException", ""), "SignInFailed VerificationRequired"),
            (
                "RespondToAuthChallenge",
                password,
                error("CodeMismatchException", ""),
                "SignInFailed VerificationRequired",
            ),
            ("InitiateAuth", renewal, String::new(), "Refresh Nothing"),
            ("InitiateAuth", renewal, refused("Refresh Token has expired"), "RefreshRefused RefreshExpired"),
            ("InitiateAuth", renewal, refused("Refresh Token has been revoked"), "RefreshRefused RefreshRevoked"),
            ("InitiateAuth", renewal, refused("Invalid Refresh Token"), "RefreshRefused InvalidGrant"),
            ("GetTokensFromRefreshToken", renewal, String::new(), "Refresh Nothing"),
            ("GetUser", password, refused("Access Token has expired"), "Rejection TokenExpired"),
            ("GetUser", password, refused("Access Token has been revoked"), "Rejection Revoked"),
            ("GlobalSignOut", password, String::new(), "SignOut LoggedOut"),
            ("AdminUserGlobalSignOut", password, String::new(), "Close Revoked"),
            ("RevokeToken", password, String::new(), "Close RefreshRevoked"),
            ("AdminDisableUser", password, String::new(), "Close AccountDisabled"),
            ("AdminEnableUser", password, String::new(), "AccountUnlocked Nothing"),
            ("AdminSetUserPassword", password, String::new(), "Operator PasswordChanged"),
        ];
        for (name, request, more, expected) in table {
            let line = one(&format!(
                r#""eventSource":"cognito-idp.amazonaws.com","eventName":"{name}","userIdentity":{{"type":"Unknown"}},"additionalEventData":{{"sub":"u1"}},{request}{more}"#
            ));
            assert!(line.starts_with(&format!("07:39:18 {expected} u1@10.0.0.7 ")), "{name} {more}: {line}");
        }
    }

    #[test]
    fn identity_center_signs_people_in_and_out() {
        let table = [
            (
                "signin",
                "UserAuthentication",
                r#","serviceEventDetails":{"UserAuthentication":"Success"}"#,
                "SignIn Nothing",
            ),
            (
                "signin",
                "UserAuthentication",
                r#","serviceEventDetails":{"UserAuthentication":"Failure"}"#,
                "SignInFailed BadCredentials",
            ),
            ("signin", "CredentialChallenge", "", "Neutral VerificationRequired"),
            ("sso", "Authenticate", "", "SignIn Nothing"),
            ("sso", "Federate", "", "Activity Nothing"),
            ("sso", "Logout", "", "SignOut LoggedOut"),
            ("sso", "CreateToken", r#","requestParameters":{"grantType":"refresh_token"}"#, "Refresh Nothing"),
            (
                "sso",
                "CreateToken",
                r#","errorCode":"ExpiredTokenException","requestParameters":{"grantType":"refresh_token"}"#,
                "RefreshRefused RefreshExpired",
            ),
        ];
        for (service, name, more, expected) in table {
            let line = one(&format!(
                r#""eventSource":"{service}.amazonaws.com","eventName":"{name}","userIdentity":{{"type":"IdentityCenterUser","onBehalfOf":{{"userId":"u1"}}}}{more}"#
            ));
            assert!(line.starts_with(&format!("07:39:18 {expected} u1@10.0.0.7 ")), "{name}: {line}");
        }
        let (_, report) = read::<Reader>("{\"Records\":[{\"eventVersion\":\"1.08\"},{\"eventVersion\":\"1.");
        assert_eq!((report.records, report.unreadable), (0, 2));
    }
}
