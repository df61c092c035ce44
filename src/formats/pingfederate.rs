//! `PingFederate`'s security audit log: sign-ins, sessions and tokens, fields divided by bars.
//!
//! `2026-11-23 07:39:20,263| tid:ab12| SSO| kim| 10.0.0.7| | shop| SAML20| idp1| IdP| success| HTMLForm| | 12`
//!
//! A session is known by its tracking id. Later releases put the transaction's id between it and the event.
//!
//! <https://docs.pingidentity.com/pingfederate/latest/administrators_reference_guide/pf_security_audit_loggin.html>

use super::{
    Format, Input, Sniff,
    lines::{Line, Outcome, find, head_lines, text},
    named::{self, Out, ReadNamed, Said, link_of},
    stated::stated_from_text,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct PingFederate;

impl Format for PingFederate {
    fn id(&self) -> &'static str {
        "pingfederate"
    }

    fn title(&self) -> &'static str {
        "PingFederate security audit log"
    }

    fn reference(&self) -> &'static str {
        "https://docs.pingidentity.com/pingfederate/latest/administrators_reference_guide/pf_security_audit_loggin.html"
    }

    fn example(&self) -> &'static str {
        "2026-11-23 08:39:20,263| tid:ab12| SLO| kim| 198.51.100.7| | shop| SAML20| idp1| IdP| success| HTMLForm| | 12"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let mut stamps = Stamps::default();
        let (mut ours, mut other) = (0, 0);
        for line in head_lines(head).take(400) {
            *(if record(line, &mut stamps).is_some() { &mut ours } else { &mut other }) += 1;
        }
        if ours == 0 {
            Sniff::No("no line has a time, a tracking id and an event between bars".to_owned())
        } else if ours >= other {
            Sniff::Certain
        } else {
            Sniff::Plausible
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// A line taken apart.
#[derive(Clone, Copy, Debug)]
struct Record<'a> {
    stamp: Stamp,
    tracking: &'a [u8],
    event: &'a [u8],
    subject: &'a [u8],
    address: &'a [u8],
    partner: &'a [u8],
    status: &'a [u8],
    description: &'a [u8],
}

const EVENTS: [&[u8]; 14] = [
    b"AUTHN_ATTEMPT",
    b"AUTHN_REQUEST",
    b"AUTHN_SESSION_CREATED",
    b"AUTHN_SESSION_USED",
    b"AUTHN_SESSION_DELETED",
    b"AUTHN_SESSIONS_DELETED",
    b"SRI_REVOKED",
    b"USER_KEY_AND_SRI_ASSOCIATED",
    b"PWD_CHANGE",
    b"PWD_RESET",
    b"SSO",
    b"SLO",
    b"OAuth",
    b"ACCOUNT_UNLOCK",
];

fn record<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    let stamp = stamps.rfc3339(line)?;
    let rest = line.get(stamp.len..)?.strip_prefix(b"|")?;
    let fields: Vec<&[u8]> = rest.split(|&byte| byte == b'|').map(<[u8]>::trim_ascii).collect();
    let at = fields.iter().take(4).position(|field| EVENTS.contains(field))?;
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let is_status =
        |field: &&[u8]| matches!(*field, b"success" | b"failure" | b"inprogress" | b"authn_session_deleted");
    let status = fields.iter().skip(at + 3).position(is_status).map_or(usize::MAX, |found| at + 3 + found);
    Some(Record {
        stamp,
        tracking: if at == 0 { &[] } else { field(0) },
        event: field(at),
        subject: field(at + 1),
        address: field(at + 2),
        partner: field(at + 4),
        status: field(status),
        description: if status == usize::MAX { &[] } else { field(status + 2) },
    })
}

/// Reads lines.
#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(record) = record(line.bytes, out.stamps) else {
            return match out.stamps.rfc3339(line.bytes) {
                Some(stamp) if line.bytes.get(stamp.len) == Some(&b'|') => {
                    out.note(stamp);
                    Outcome::Quiet("its event is not about a session or a sign-in")
                }
                _ => Outcome::Unreadable("expected a time and fields divided by bars, found a line without"),
            };
        };
        out.note(record.stamp);
        let Some((kind, stated)) = meaning(&record) else {
            return Outcome::Quiet("it is about no session and no sign-in");
        };
        let names_session = kind != EventKind::SignInFailed && !record.tracking.is_empty();
        let mut what = text(record.event).into_owned();
        if !record.description.is_empty() {
            what.push_str(": ");
            what.push_str(&text(record.description));
        }
        out.push(
            record.stamp.at,
            &Said {
                user: record.subject,
                client: record.address,
                app: "PingFederate",
                link: if names_session { link_of(&[record.tracking]) } else { 0 },
                ids: &[
                    (KeyKind::Token, "trackingid", record.tracking),
                    (KeyKind::Client, "connectionid", record.partner),
                ],
                ..Said::new(kind, stated, &what)
            },
        );
        Outcome::Record
    }

    fn producer(&self) -> Option<String> {
        Some("PingFederate".to_owned())
    }
}

fn meaning(record: &Record<'_>) -> Option<(EventKind, Stated)> {
    use EventKind as Kind;
    let failed = record.status == b"failure";
    let told = || stated_from_text(&text(record.description));
    Some(match record.event {
        b"AUTHN_ATTEMPT" | b"SSO" if failed => match told() {
            Stated::Nothing => (Kind::SignInFailed, Stated::BadCredentials),
            stated => (Kind::SignInFailed, stated),
        },
        b"SSO" | b"AUTHN_SESSION_CREATED" if record.status != b"inprogress" => (Kind::SignIn, Stated::Nothing),
        b"AUTHN_SESSION_USED" => (Kind::Activity, Stated::Nothing),
        // By a request to sign out that went through the browser.
        b"SLO" | b"AUTHN_SESSION_DELETED" if !failed => (Kind::SignOut, Stated::LoggedOut),
        // By a call of the program's interface, for all that a user has.
        b"AUTHN_SESSIONS_DELETED" if !failed => (Kind::Close, Stated::Revoked),
        // It follows a sign-out as well as an administrator's call, and does not tell which.
        b"SRI_REVOKED" if !failed => (Kind::Close, Stated::Nothing),
        b"OAuth" if renews(record) && failed => match told() {
            Stated::Nothing => (Kind::RefreshRefused, Stated::InvalidGrant),
            stated => (Kind::RefreshRefused, stated),
        },
        b"OAuth" if renews(record) => (Kind::Refresh, Stated::Nothing),
        b"OAuth" if !failed && !record.subject.is_empty() => (Kind::Background, Stated::Nothing),
        b"PWD_CHANGE" | b"PWD_RESET" if !failed => (Kind::Operator, Stated::PasswordChanged),
        b"ACCOUNT_UNLOCK" if !failed => (Kind::AccountUnlocked, Stated::Nothing),
        _ => return None,
    })
}

fn renews(record: &Record<'_>) -> bool {
    find(record.description, b"refresh").is_some() || find(record.description, b"invalid_grant").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    #[test]
    fn each_event_says_what_happened() {
        let table = [
            ("SSO", "success", "", "SignIn Nothing"),
            ("SSO", "failure", "", "SignInFailed BadCredentials"),
            ("AUTHN_ATTEMPT", "failure", "Account is locked", "SignInFailed AccountLocked"),
            ("AUTHN_SESSION_CREATED", "success", "", "SignIn Nothing"),
            ("AUTHN_SESSION_USED", "success", "", "Activity Nothing"),
            ("AUTHN_SESSION_DELETED", "success", "", "SignOut LoggedOut"),
            ("AUTHN_SESSIONS_DELETED", "success", "", "Close Revoked"),
            ("SRI_REVOKED", "success", "", "Close Nothing"),
            ("SLO", "success", "", "SignOut LoggedOut"),
            ("OAuth", "success", "refresh_token", "Refresh Nothing"),
            ("OAuth", "failure", "invalid_grant: Refresh token expired", "RefreshRefused RefreshExpired"),
            (
                "OAuth",
                "failure",
                "invalid_grant: unknown, invalid, or expired refresh token",
                "RefreshRefused InvalidGrant",
            ),
            ("OAuth", "failure", "invalid_grant", "RefreshRefused InvalidGrant"),
            ("OAuth", "success", "", "Background Nothing"),
            ("PWD_CHANGE", "success", "", "Operator PasswordChanged"),
        ];
        for (event, status, description, expected) in table {
            for transaction in ["", " tx1|"] {
                let line = format!(
                    "2026-11-23 07:39:18,263| tid:ab12|{transaction} {event}| kim| 10.0.0.7| | shop| SAML20| idp1| IdP| {status}| HTMLForm| {description}| 12"
                );
                let said = lines::<Reader>(&line);
                assert!(
                    said.first().is_some_and(
                        |said| said.starts_with(&format!("07:39:18 {expected} kim@10.0.0.7 PingFederate: {event}"))
                    ),
                    "{line}: {said:?}"
                );
                assert_eq!(PingFederate.sniff(line.as_bytes()), Sniff::Certain);
            }
        }
        let pending = "2026-11-23 07:39:18,263| tid:ab12| AUTHN_ATTEMPT| kim| 10.0.0.7| | shop| SAML20| idp1| IdP| inprogress| HTMLForm| | 12";
        assert!(lines::<Reader>(pending).is_empty());
    }

    #[test]
    fn damaged_lines_are_counted() {
        let good =
            "2026-11-23 07:39:18,263| tid:ab12| SSO| kim| 10.0.0.7| | shop| SAML20| idp1| IdP| success| HTMLForm| | 12";
        let (events, report) = read::<Reader>(&format!("{good}\n{}\nnoise\n{}\n", &good[..20], &good[..30]));
        assert_eq!((events.len(), report.records, report.unreadable), (1, 2, 2));
        for other in ["", "a|b|c", "2026-11-23 07:39:18,263| INFO | main | started"] {
            assert!(matches!(PingFederate.sniff(other.as_bytes()), Sniff::No(_)), "{other}");
        }
    }
}
