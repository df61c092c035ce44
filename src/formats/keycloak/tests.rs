use super::*;
use crate::formats::structured::testing::{read, said};

const HEAD: &str = "2026-11-23 07:39:18,263 WARN  [org.keycloak.events] (executor-thread-1) ";

/// What an event says as a line of the log and as JSON: both say the same.
fn one(kind: &str, more: &[(&str, &str)]) -> String {
    let pairs = more.iter().map(|(name, value)| format!(", {name}=\"{value}\"")).collect::<Vec<_>>().concat();
    let line = format!(
        "{HEAD}type=\"{kind}\", realmId=\"r1\", realmName=\"shop\", clientId=\"web\", userId=\"u1\", sessionId=\"s1\", ipAddress=\"10.0.0.7\"{pairs}\n"
    );
    let details: Vec<String> = more
        .iter()
        .filter(|(name, _)| *name != "error")
        .map(|(name, value)| format!("\"{name}\":\"{value}\""))
        .collect();
    let error = more.iter().find(|(name, _)| *name == "error").map_or("null".to_owned(), |it| format!("\"{}\"", it.1));
    let json = format!(
        "[{{\"id\":\"e\",\"time\":1795419558263,\"type\":\"{kind}\",\"realmId\":\"r1\",\"realmName\":\"shop\",\"clientId\":\"web\",\"userId\":\"u1\",\"sessionId\":\"s1\",\"ipAddress\":\"10.0.0.7\",\"error\":{error},\"details\":{{{}}}}}]",
        details.join(",")
    );
    let (line, json) = (said::<Reader>(&line).join(" | "), said::<Reader>(&json).join(" | "));
    assert_eq!(line, json);
    line
}

#[test]
fn each_event_says_what_happened() {
    let table = [
        ("LOGIN", "SignIn Nothing"),
        ("IMPERSONATE", "SignIn Nothing"),
        ("CODE_TO_TOKEN", "Background Nothing"),
        ("INTROSPECT_TOKEN", "Background Nothing"),
        ("USER_INFO_REQUEST", "Background Nothing"),
        ("TOKEN_EXCHANGE", "Background Nothing"),
        ("REFRESH_TOKEN", "Refresh Nothing"),
        ("LOGOUT", "SignOut LoggedOut"),
        ("UPDATE_PASSWORD", "Activity Nothing"),
        ("UPDATE_TOTP", "Activity Nothing"),
        ("REVOKE_GRANT", "Neutral Nothing"),
        ("RESET_PASSWORD", "Neutral Nothing"),
        ("USER_DISABLED_BY_TEMPORARY_LOCKOUT", "AccountLocked AccountLocked"),
        ("USER_DISABLED_BY_PERMANENT_LOCKOUT", "AccountLocked AccountDisabled"),
        ("DELETE_ACCOUNT", "Close AccountDisabled"),
    ];
    for (kind, expected) in table {
        assert_eq!(one(kind, &[]), format!("07:39:18 {expected} u1@10.0.0.7 Keycloak realm shop: {kind}"));
    }
    for kind in ["REGISTER", "CLIENT_LOGIN", "SEND_VERIFY_EMAIL", "RESTART_AUTHENTICATION"] {
        assert_eq!(one(kind, &[]), "", "{kind}");
    }
}

#[test]
fn each_reason_of_a_refused_refresh_is_stated() {
    let table = [
        ("Session not active", "UnknownSession"),
        ("Token is not active", "RefreshExpired"),
        ("Refresh token expired", "RefreshExpired"),
        ("Offline user session not found", "UnknownSession"),
        ("Offline session not active", "UnknownSession"),
        ("Session doesn't have required client", "UnknownSession"),
        ("Maximum allowed refresh token reuse exceeded", "RefreshReused"),
        ("Stale token", "RefreshReused"),
        ("Stale refresh token", "RefreshRevoked"),
        ("Invalid refresh token", "InvalidGrant"),
        ("User disabled", "AccountDisabled"),
        ("Invalid user", "AccountDisabled"),
        ("Invalid refresh token. Token client and authorized client don't match", "Forbidden"),
    ];
    for (reason, stated) in table {
        let line = one("REFRESH_TOKEN_ERROR", &[("error", "invalid_token"), ("reason", reason)]);
        let expected =
            format!("07:39:18 RefreshRefused {stated} u1@10.0.0.7 Keycloak realm shop: REFRESH_TOKEN_ERROR: {reason}");
        assert_eq!(line, expected);
    }
    assert!(one("REFRESH_TOKEN_ERROR", &[("error", "invalid_token")]).contains("RefreshRefused InvalidGrant"));
}

#[test]
fn each_error_code_has_its_meaning() {
    let table = [
        ("invalid_user_credentials", "SignInFailed BadCredentials"),
        ("user_not_found", "SignInFailed BadCredentials"),
        ("user_disabled", "SignInFailed AccountDisabled"),
        ("user_temporarily_disabled", "SignInFailed AccountLocked"),
        ("resolve_required_actions", "SignInFailed VerificationRequired"),
        ("rejected_by_user", "SignInFailed Forbidden"),
        ("consent_denied", "SignInFailed Forbidden"),
        ("different_user_authenticated", "SignInFailed Forbidden"),
        ("invalid_signature", "SignInFailed KeyInvalid"),
        ("client_not_found", "SignInFailed Forbidden"),
    ];
    for (error, expected) in table {
        let line = one("LOGIN_ERROR", &[("error", error)]);
        assert_eq!(line, format!("07:39:18 {expected} u1@10.0.0.7 Keycloak realm shop: LOGIN_ERROR: {error}"));
    }
    for error in ["expired_code", "cookie_not_found", "session_expired", "not_logged_in"] {
        assert_eq!(one("LOGIN_ERROR", &[("error", error), ("restart_after_timeout", "true")]), "");
    }
    let rejected = [("user_session_not_found", "UnknownSession"), ("invalid_token", "InvalidToken")];
    for (error, stated) in rejected {
        assert!(one("USER_INFO_REQUEST_ERROR", &[("error", error)]).contains(&format!("Rejection {stated}")));
    }
    let deleted = [("expired", "Rejection Expired"), ("invalid", "Close Revoked")];
    for (reason, stated) in deleted {
        assert!(one("USER_SESSION_DELETED", &[("reason", reason)]).contains(stated));
    }
}

#[test]
fn an_administrator_ends_sessions_and_locks_accounts() {
    let table = [
        ("ACTION", "users/u1/logout", "", "Close Revoked u1@"),
        ("DELETE", "sessions/s1", "", "Close Revoked @"),
        ("ACTION", "logout-all", "", "Close Revoked @"),
        ("DELETE", "users/u1", "", "Close AccountDisabled u1@"),
        ("UPDATE", "users/u1", "{\\\"enabled\\\" : false}", "AccountLocked AccountDisabled u1@"),
        ("DELETE", "attack-detection/brute-force/users/u1", "", "AccountUnlocked Nothing u1@"),
        ("ACTION", "users/u1/reset-password", "", "Operator PasswordChanged u1@10.0.0.9"),
    ];
    for (operation, path, body, expected) in table {
        let json = format!(
            "[{{\"time\":1795419558263,\"realmId\":\"shop\",\"authDetails\":{{\"realmId\":\"master\",\"userId\":\"admin\",\"ipAddress\":\"10.0.0.9\"}},\"operationType\":\"{operation}\",\"resourceType\":\"USER\",\"resourcePath\":\"{path}\",\"representation\":\"{body}\"}}]"
        );
        let line = said::<Reader>(&json).join(" | ");
        assert!(line.starts_with(&format!("07:39:18 {expected} Keycloak realm shop: ")), "{line}");
    }
    let update = "[{\"time\":1795419558263,\"realmId\":\"shop\",\"operationType\":\"UPDATE\",\"resourceType\":\"USER\",\"resourcePath\":\"users/u1\",\"representation\":\"{\\\"enabled\\\":true}\"}]";
    assert!(said::<Reader>(update).is_empty());
    // The log's line has the administrator's realm and not that of the user.
    let line = format!(
        "{HEAD}operationType=\"ACTION\", realmId=\"m\", clientId=\"c\", userId=\"a\", ipAddress=\"10.0.0.9\", resourceType=\"USER\", resourcePath=\"users/u1/logout\"\n"
    );
    assert_eq!(said::<Reader>(&line), ["07:39:18 Close Revoked u1@ : Administrator: ACTION users/u1/logout"]);
}

#[test]
fn a_user_is_called_by_name_once_one_record_says_it() {
    let line = |kind: &str, more: &str| {
        format!("{HEAD}type={kind}, realmId=shop, clientId=web, userId=u1, ipAddress=10.0.0.7{more}, code_id=s1\n")
    };
    let text = line("LOGIN", ", username=kim") + &line("LOGOUT", "");
    let lines = said::<Reader>(&text);
    assert!(lines.iter().all(|line| line.contains(" kim@10.0.0.7 Keycloak realm shop: ")), "{lines:?}");
}

#[test]
fn other_lines_of_the_log_are_passed_over() {
    let text = format!(
        "2026-11-23 07:39:10,000 INFO  [io.quarkus] (main) Keycloak 26.5.0 on JVM (powered by Quarkus 3.27.0) started in 5.2s. Listening on: http://0.0.0.0:8080\n\
         2026-11-23 07:39:11,000 ERROR [org.keycloak.services] (x) KC-SERVICES0095: Client is not allowed\n\
         java.lang.RuntimeException: no\n\tat org.keycloak.X.y(X.java:1)\n\
         {HEAD}type='LOGIN_ERROR', realmId=shop, clientId=web, userId=null, ipAddress=10.0.0.7, error='user_not_found', username='kim lee'\n\
         21:01:42,548 INFO [org.keycloak.events] (x) type=LOGIN_ERROR, realmId=shop, clientId=web\n\
         2026-11-23 07:40:11,000 INFO  [io.quarkus] (Shutdown thread) Keycloak stopped in 0.173s\n"
    );
    let (events, report) = read::<Reader>(&text);
    assert_eq!(
        crate::formats::named::testing::lines_of(&events),
        [
            "07:39:10 ServerStart Nothing @ : Keycloak started",
            "07:39:18 SignInFailed BadCredentials kim lee@10.0.0.7 Keycloak realm shop: LOGIN_ERROR: user_not_found",
            "07:40:11 ServerStop Nothing @ : Keycloak stopped",
        ]
    );
    assert_eq!((report.records, report.unreadable), (4, 1));
}

#[test]
fn its_json_log_says_the_same() {
    let message = r#"type=\"LOGOUT\", realmId=\"shop\", clientId=\"null\", userId=\"u1\", sessionId=\"s1\", ipAddress=\"10.0.0.7\""#;
    for text in [
        format!(
            r#"{{"timestamp":"2026-11-23T07:39:18.263Z","sequence":7,"loggerName":"org.keycloak.events","level":"DEBUG","message":"{message}","threadName":"executor-thread-1"}}"#
        ),
        format!(
            r#"{{"@timestamp":"2026-11-23T07:39:18.263Z","log.logger":"org.keycloak.events","log.level":"DEBUG","message":"{message}"}}"#
        ),
        format!(
            r#"{{"@timestamp":"2026-11-23T07:39:18.263Z","log":{{"logger":"org.keycloak.events","level":"DEBUG"}},"message":"{message}"}}"#
        ),
    ] {
        let text = text + "\n";
        assert_eq!(Keycloak.sniff(text.as_bytes()), Sniff::Certain);
        assert_eq!(said::<Reader>(&text), ["07:39:18 SignOut LoggedOut u1@10.0.0.7 Keycloak realm shop: LOGOUT"]);
    }
}
