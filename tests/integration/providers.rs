//! Logs of identity providers, clouds and Windows: each is known for what it is, claimed by no other format, and each ending
//! has the reason that its records state.

use crate::common::inspect_bytes;
use lapsed::{
    formats::{FORMATS, Sniff},
    inspection::Inspection,
};
use std::{fs, path::PathBuf};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/");

fn bytes(name: &str) -> Vec<u8> {
    fs::read(format!("{FIXTURES}providers/{name}")).unwrap()
}

/// Each session's user and cause, by start.
fn causes(inspection: &Inspection) -> Vec<String> {
    let sessions = inspection.sessions.iter().zip(&inspection.verdicts);
    let line = |(session, verdict): (&lapsed::model::Session, &Option<lapsed::model::Verdict>)| {
        let cause = verdict.map_or("active", |verdict| verdict.cause.id());
        format!("{} {cause}", session.user.as_deref().unwrap_or("?"))
    };
    sessions.map(line).collect()
}

/// Files, their format, what became of each session in them, and what was said of accounts.
const LOGS: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "keycloak.server.log",
        "keycloak",
        &["kim refresh_expired", "lee logout", "max revoked", "ada idle_timeout", "ben refresh_reused"],
        &["Sign-in of eve failed, 3 times", "eve is locked"],
    ),
    (
        "auth0.stream.jsonl",
        "auth0",
        &["kim logout", "lee revoked", "max refresh_reused", "ada revoked", "ben refresh_expired"],
        &["Sign-in of eve failed, 2 times", "eve is locked"],
    ),
    (
        "auth0.logs.json",
        "auth0",
        &["kim logout", "lee revoked", "max refresh_reused", "ada revoked", "ben refresh_expired"],
        &["Sign-in of eve failed, 2 times", "eve is locked"],
    ),
    (
        "okta.system-log.json",
        "okta",
        &[
            "kim@example.com logout",
            "root@example.com active",
            "lee@example.com revoked",
            "max@example.com refresh_reused",
            "ada@example.com account_locked",
        ],
        &["Sign-in of eve@example.com failed, 2 times", "eve@example.com is locked"],
    ),
    (
        "okta.jsonl",
        "okta",
        &[
            "kim@example.com logout",
            "root@example.com active",
            "lee@example.com revoked",
            "max@example.com refresh_reused",
            "ada@example.com account_locked",
        ],
        &["Sign-in of eve@example.com failed, 2 times", "eve@example.com is locked"],
    ),
    (
        "entra.graph.json",
        "entra",
        &[
            "kim@example.com absolute_timeout",
            "lee@example.com revoked",
            "max@example.com refresh_expired",
            "ada@example.com active",
        ],
        &["Sign-in of eve@example.com failed, 2 times", "eve@example.com is locked"],
    ),
    (
        "entra.diagnostics.jsonl",
        "entra",
        &[
            "kim@example.com absolute_timeout",
            "lee@example.com revoked",
            "max@example.com refresh_expired",
            "ada@example.com revoked",
        ],
        &["Sign-in of eve@example.com failed, 2 times", "eve@example.com is locked"],
    ),
    (
        "entra.portal.csv",
        "entra",
        &[
            "kim@example.com absolute_timeout",
            "lee@example.com revoked",
            "max@example.com refresh_expired",
            "ada@example.com active",
        ],
        &["Sign-in of eve@example.com failed, 2 times", "eve@example.com is locked"],
    ),
    (
        "cloudtrail.json",
        "cloudtrail",
        &[
            "kim active",
            "Deploy/lee token_expired",
            "ada-1111-4222-8333-944455556666 revoked",
            "ben-1111-4222-8333-944455556666 refresh_expired",
            "max-1111-4222-8333-944455556666 logout",
        ],
        &["Sign-in of eve failed, 2 times"],
    ),
    (
        "cloudtrail.jsonl",
        "cloudtrail",
        &[
            "kim active",
            "Deploy/lee token_expired",
            "ada-1111-4222-8333-944455556666 revoked",
            "ben-1111-4222-8333-944455556666 refresh_expired",
            "max-1111-4222-8333-944455556666 logout",
        ],
        &["Sign-in of eve failed, 2 times"],
    ),
    (
        "cloudtrail.lookup.json",
        "cloudtrail",
        &[
            "kim active",
            "Deploy/lee token_expired",
            "ada-1111-4222-8333-944455556666 revoked",
            "ben-1111-4222-8333-944455556666 refresh_expired",
            "max-1111-4222-8333-944455556666 logout",
        ],
        &["Sign-in of eve failed, 2 times"],
    ),
    (
        "google_workspace.json",
        "google_workspace",
        &[
            "kim@example.com logout",
            "lee@example.com revoked",
            "max@example.com account_locked",
            "ada@example.com active",
        ],
        &["Sign-in of eve@example.com failed", "eve@example.com is locked"],
    ),
    (
        "windows.events.xml",
        "windows_events",
        &["kim logout", "lee server_restart", "max server_restart", "ada idle_timeout", "ben logout"],
        &["Sign-in of eve failed, 2 times", "eve is locked, 2 times"],
    ),
    (
        "windows.winlogbeat.jsonl",
        "windows_events",
        &["kim logout", "lee server_restart", "max server_restart", "ada idle_timeout", "ben logout"],
        &["Sign-in of eve failed, 2 times", "eve is locked, 2 times"],
    ),
    ("windows.three-logs.xml", "windows_events", &["kim idle_timeout"], &[]),
    ("adfs.events.xml", "windows_events", &["kim logout"], &["Sign-in of eve failed", "eve is locked"]),
    (
        "pingfederate.audit.log",
        "pingfederate",
        &["kim logout", "lee refresh_expired", "ada revoked"],
        &["Sign-in of eve failed"],
    ),
    (
        "pingam.audit.jsonl",
        "pingam",
        &["kim idle_timeout", "lee absolute_timeout", "ada logout", "max revoked"],
        &["Sign-in of eve failed"],
    ),
    ("verify_access.audit.log", "verify_access", &["kim idle_timeout", "lee revoked"], &["Sign-in of eve failed"]),
    ("kubernetes_audit.jsonl", "kubernetes_audit", &["kim active", "kim active"], &[]),
    ("cas.audit.log", "cas", &["kim logout", "lee active"], &["Sign-in of lee failed, 2 times", "ann is locked"]),
    ("cas.audit.blocks.log", "cas", &["kim logout", "ann active"], &["Sign-in of ann failed"]),
    (
        "openam.access",
        "openam",
        &["kim logout", "lee idle_timeout", "ann absolute_timeout", "bo revoked"],
        &["Sign-in of bo failed"],
    ),
    ("zitadel.events.json", "zitadel", &["kim1 logout"], &["Sign-in of lee1 failed", "lee1 is locked"]),
    ("authentik.jsonl", "authentik", &["kim logout", "lee active"], &["Sign-in of eve failed"]),
    ("keycloak.events.json", "keycloak", &["kim refresh_expired", "lee logout"], &["eve is disabled"]),
];

#[test]
fn each_log_is_known_and_each_ending_has_its_stated_reason() {
    for (name, format, expected, accounts) in LOGS {
        let inspection = inspect_bytes(vec![("unnamed", bytes(name))]);
        let source = &inspection.sources[0];
        assert_eq!(source.format, Some(*format), "{name}: {:?}", source.warnings);
        assert_eq!(source.unreadable, 0, "{name}: {:?}", source.warnings);
        assert_eq!(causes(&inspection), *expected, "{name}");
        let said: Vec<&str> = inspection.accounts.iter().map(|account| account.headline.as_str()).collect();
        assert_eq!(said, *accounts, "{name}");
    }
}

#[test]
fn no_format_shadows_another() {
    let mut names: Vec<PathBuf> = ["logs", "named", "linux_auth", "har", "providers"]
        .iter()
        .flat_map(|folder| fs::read_dir(format!("{FIXTURES}{folder}")).unwrap().map(|entry| entry.unwrap().path()))
        .collect();
    names.extend(
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/sample_logs")).unwrap().map(|it| it.unwrap().path()),
    );
    names.sort();
    for path in names.iter().filter(|path| path.extension().is_none_or(|extension| extension != "md")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let own = LOGS.iter().find(|(log, ..)| *log == name).map(|(_, format, ..)| *format);
        let bytes = fs::read(path).unwrap();
        for format in FORMATS.iter().filter(|format| Some(format.id()) != own) {
            let ours = LOGS.iter().any(|(_, ours, ..)| *ours == format.id());
            if own.is_some() || ours {
                assert_ne!(format.sniff(&bytes), Sniff::Certain, "{name} is claimed by {}", format.id());
            }
        }
    }
}

#[test]
fn a_log_cut_off_or_with_damaged_records_gives_what_was_there() {
    for (name, format, ..) in LOGS {
        let whole = bytes(name);
        let cut = &whole[..whole.len() * 2 / 3];
        let inspection = inspect_bytes(vec![("unnamed", cut.to_vec())]);
        let source = &inspection.sources[0];
        assert_eq!(source.format, Some(*format), "{name} cut");
        assert!(source.records > 0 && !inspection.sessions.is_empty(), "{name} cut");
        // A few bytes in the middle of some records are gone.
        let mut damaged = whole.clone();
        for at in (300..damaged.len().saturating_sub(40)).step_by(damaged.len() / 3) {
            damaged.drain(at..at + 25);
        }
        let inspection = inspect_bytes(vec![("unnamed", damaged)]);
        let source = &inspection.sources[0];
        assert_eq!(source.format, Some(*format), "{name} damaged: {:?}", source.warnings);
        assert!(!inspection.sessions.is_empty(), "{name} damaged");
    }
}

#[test]
fn a_renewal_that_was_refused_speaks_of_a_session_from_before_the_log() {
    let log = br#"[{"id":"a1","createdDateTime":"2026-11-23T09:14:00Z","userPrincipalName":"kim@example.org","appDisplayName":"Mail","ipAddress":"198.51.100.7","clientAppUsed":"Browser","correlationId":"c1","isInteractive":false,"status":{"errorCode":700082,"failureReason":"The refresh token has expired due to inactivity.","additionalDetails":""}}]"#;
    let inspection = inspect_bytes(vec![("signins.json", log.to_vec())]);
    assert_eq!(causes(&inspection), ["kim@example.org refresh_expired"]);
    let told = inspection.explain(lapsed::model::SessionId(0)).unwrap();
    assert_eq!(told.headline, "The renewal was refused: the refresh token had expired");
    assert!(inspection.policies.is_empty(), "{:?}", inspection.policies);
}
