//! Logs of sources that name their sessions: each is known for what it is, and each ending has the reason that it states.

use crate::common::inspect_bytes;
use lapsed::inspection::Inspection;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/named/");

fn read(name: &str) -> Inspection {
    inspect_bytes(vec![(name, std::fs::read(format!("{FOLDER}{name}")).unwrap())])
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

/// Files, their format, and what became of each session in them.
const LOGS: &[(&str, &str, &[&str])] = &[
    (
        "dovecot.log",
        "dovecot",
        &[
            "kim logout",
            "kim undetermined",
            "lee network_gap",
            "lee revoked",
            "kim undetermined",
            "kim undetermined",
            "kim undetermined",
        ],
    ),
    (
        "freeradius.detail",
        "radius",
        &[
            "kim idle_timeout",
            "lee logout",
            "max absolute_timeout",
            "ada revoked",
            "ben network_gap",
            "eve server_restart",
            "ian server_restart",
            "kim active",
        ],
    ),
    ("mariadb-error.log", "mysql", &["lee revoked", "kim idle_timeout", "lee idle_timeout", "kim server_restart"]),
    ("pgbouncer.log", "pgbouncer", &["kim idle_timeout", "lee logout", "ada server_restart"]),
    ("vsftpd.log", "vsftpd", &["kim logout", "kim idle_timeout", "kim active"]),
    ("dropbear.log", "dropbear", &["kim logout", "kim undetermined", "kim idle_timeout"]),
    (
        "nps.xml.log",
        "nps",
        &["CORP\\kim logout", "CORP\\lee idle_timeout", "CORP\\ann absolute_timeout", "CORP\\bo revoked"],
    ),
    ("nps.csv.log", "nps", &["kim network_gap", "lee idle_timeout", "ann absolute_timeout"]),
    ("cisco-ise.log", "cisco_ise", &["kim logout", "lee idle_timeout", "ann absolute_timeout", "root idle_timeout"]),
    ("f5-apm.log", "f5_apm", &["kim logout", "lee idle_timeout", "ann revoked"]),
    ("appliance.clavister.log", "appliance", &["kim logout", "lee undetermined", "ann revoked"]),
    ("appliance.bastion.log", "appliance", &["kim undetermined", "lee idle_timeout"]),
    ("appliance.sonicwall.log", "appliance", &["kim logout", "lee idle_timeout", "ann absolute_timeout"]),
    ("appliance.sophos.log", "appliance", &["kim undetermined", "lee idle_timeout"]),
    ("appliance.checkpoint.log", "appliance", &["kim logout", "lee idle_timeout"]),
    ("proftpd.log", "proftpd", &["kim idle_timeout", "lee undetermined", "ann undetermined", "bo server_restart"]),
    ("pure-ftpd.log", "pure_ftpd", &["kim idle_timeout", "lee logout", "ann logout"]),
    (
        "slapd.log",
        "slapd",
        &[
            "cn=kim,dc=ex idle_timeout",
            "cn=kim,dc=ex logout",
            "cn=kim,dc=ex undetermined",
            "cn=kim,dc=ex server_restart",
        ],
    ),
    ("ocserv.log", "ocserv", &["kim active", "lee logout", "ann revoked"]),
    (
        "mosquitto.log",
        "mosquitto",
        &["kim network_gap", "lee logout", "ann concurrent_login", "ann server_restart", "lee undetermined"],
    ),
    ("vsftpd.syslog.log", "vsftpd", &["kim idle_timeout", "lee logout", "ann active"]),
    ("dropbear.stderr.log", "dropbear", &["kim idle_timeout", "lee logout", "ann undetermined"]),
    ("cisco-asa.log", "cisco_asa", &["kim idle_timeout", "lee logout", "max active", "ada revoked"]),
    ("fortigate.log", "fortigate", &["kim logout", "admin idle_timeout"]),
    ("globalprotect.log", "globalprotect", &["kim idle_timeout", "lee logout"]),
    ("cef.log", "cef", &["kim idle_timeout", "lee concurrent_login", "ada revoked", "ben logout"]),
    ("pan-os-system.log", "globalprotect", &["admin logout", "root idle_timeout", "lee logout"]),
    ("sudo-su.auth.log", "linux_auth", &["kim logout"]),
    ("citrix-adc.log", "citrix_adc", &["kim logout", "lee revoked"]),
    ("openvpn.log", "openvpn", &["kim logout", "lee concurrent_login", "max network_gap", "lee server_restart"]),
    ("strongswan.log", "strongswan", &["kim logout", "lee server_restart"]),
    ("krb5kdc.log", "kerberos", &["kim@EXAMPLE token_expired"]),
    ("journal.json", "journald", &["kim logout", "lee idle_timeout"]),
    ("macos.full.log", "macos_log", &["kim logout", "lee network_gap", "ada server_restart"]),
    ("macos.compact.log", "macos_log", &["kim logout", "lee network_gap"]),
    ("macos.ndjson", "macos_log", &["kim logout", "lee network_gap"]),
    ("macos.json", "macos_log", &["kim logout", "lee network_gap"]),
    ("audit.log", "linux_audit", &["kim undetermined", "max server_restart"]),
    ("last.txt", "last", &["ada server_restart", "max server_restart", "lee undetermined", "kim active"]),
];

#[test]
fn each_log_is_known_and_each_ending_has_its_stated_reason() {
    for (name, format, expected) in LOGS {
        let inspection = read(name);
        let source = &inspection.sources[0];
        assert_eq!(source.format, Some(*format), "{name}: {:?}", source.warnings);
        assert_eq!(source.unreadable, 0, "{name}: {:?}", source.warnings);
        assert_eq!(causes(&inspection), *expected, "{name}");
    }
}

#[test]
fn a_database_says_whether_it_was_idleness_an_administrator_or_the_restart() {
    let inspection = read("postgresql.log");
    let people: Vec<String> = causes(&inspection).into_iter().filter(|line| !line.starts_with("postgres ")).collect();
    assert_eq!(
        people,
        ["app idle_timeout", "report logout", "etl idle_timeout", "web revoked", "report server_restart", "web active"]
    );
    assert!(inspection.accounts.iter().any(|account| account.user.as_deref() == Some("app")));
}

#[test]
fn a_general_log_shows_who_came_and_went() {
    let inspection = read("mariadb-general.log");
    assert_eq!(inspection.sources[0].format, Some("mysql"));
    let lines = causes(&inspection);
    assert!(lines.contains(&"lee logout".to_owned()) && lines.contains(&"root logout".to_owned()), "{lines:?}");
    assert!(inspection.accounts.iter().any(|account| account.user.as_deref() == Some("kim")));
}

#[test]
fn a_log_cut_off_anywhere_or_with_damaged_bytes_gives_what_was_there() {
    for (name, format, _) in LOGS {
        let bytes = std::fs::read(format!("{FOLDER}{name}")).unwrap();
        let half = inspect_bytes(vec![(name, bytes[..bytes.len() / 2].to_vec())]);
        assert_eq!(half.sources[0].format, Some(*format), "{name}");
        assert!(!half.sessions.is_empty(), "{name}");
        let mut damaged = bytes.clone();
        for at in (200..damaged.len()).step_by(997) {
            damaged[at] = 0xff;
        }
        let read = inspect_bytes(vec![(name, damaged)]);
        assert_eq!(read.sources[0].format, Some(*format), "{name} damaged");
    }
}
