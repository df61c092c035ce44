//! MIT Kerberos' key distribution centre.
//!
//! `Nov 23 07:39:18 kdc krb5kdc[712](info): AS_REQ (8 etypes {…}) 10.0.0.7: ISSUE: authtime 1795419558, …, kim@EXAMPLE for
//! krbtgt/EXAMPLE@EXAMPLE`
//!
//! A session is a principal at an address: it begins with a ticket-granting ticket, and every service ticket shows it used. The
//! log does not say how long tickets live; that one ran out shows when it is refused.
//!
//! <https://web.mit.edu/kerberos/krb5-latest/doc/admin/troubleshoot.html>

use super::{Dialect, app_on, has};
use crate::{
    formats::{
        lines::{cut, cut_last},
        named::{Page, Said, link_of},
        syslog::Syslog,
    },
    model::{EventKind, Stated},
};

pub(super) static DIALECT: Dialect = Dialect {
    id: "kerberos",
    title: "Kerberos key distribution centre",
    reference: "https://web.mit.edu/kerberos/krb5-latest/doc/admin/troubleshoot.html",
    example: "Nov 23 07:39:18 kdc krb5kdc[712](info): AS_REQ (8 etypes {18 17}) 198.51.100.7: ISSUE: authtime 1795419558, etypes {rep=18 tkt=18 ses=18}, kim@EXAMPLE for krbtgt/EXAMPLE@EXAMPLE",
    wrote: |line| line.program == b"krb5kdc",
    say,
};

fn say(line: &Syslog<'_>, page: &mut Page<'_>) {
    let app = app_on("Kerberos", line.host);
    if line.message.starts_with(b"commencing operation") {
        // Tickets are good with whichever server has the keys: a start ends none.
        let said = Said::new(EventKind::ServerStart, Stated::Nothing, "krb5kdc started");
        return page.push(line.stamp.at, &Said { app: &app, ..said });
    }
    let Some((said, user, client)) = said(line.message) else { return };
    let link = if user.is_empty() { 0 } else { link_of(&[user, client]) };
    page.push(line.stamp.at, &Said { app: &app, link, user, client, ..said });
}

fn said(message: &[u8]) -> Option<(Said<'_>, &[u8], &[u8])> {
    let (request, rest) = if let Some(rest) = message.strip_prefix(b"AS_REQ ") {
        ("AS_REQ", rest)
    } else {
        ("TGS_REQ", message.strip_prefix(b"TGS_REQ ")?)
    };
    let (_, rest) = cut(rest, b"}) ")?;
    let (client, rest) = cut(rest, b": ")?;
    let (outcome, details) = cut(rest, b": ").unwrap_or((rest, &[]));
    // `…, kim@EXAMPLE for krbtgt/EXAMPLE@EXAMPLE, Reason`
    let (before, _) = cut_last(details, b" for ")?;
    let user = cut_last(before, b", ").map_or(before, |(_, user)| user).trim_ascii();
    let signs_in = request == "AS_REQ";
    let (kind, stated, what) = match outcome {
        b"ISSUE" if signs_in => (EventKind::SignIn, Stated::Nothing, "AS_REQ: ticket-granting ticket issued"),
        b"ISSUE" => (EventKind::Activity, Stated::Nothing, "TGS_REQ: service ticket issued"),
        // The first request of every sign-in gets this answer.
        b"NEEDED_PREAUTH" => return None,
        b"PREAUTH_FAILED" => (EventKind::SignInFailed, Stated::BadCredentials, "AS_REQ: PREAUTH_FAILED"),
        b"CLIENT_NOT_FOUND" => (EventKind::SignInFailed, Stated::BadCredentials, "AS_REQ: CLIENT_NOT_FOUND"),
        b"LOCKED_OUT" | b"CLIENT LOCKED OUT" => (EventKind::SignInFailed, Stated::AccountLocked, "Client locked out"),
        _ if has(outcome, b"REVOKED") => (EventKind::SignInFailed, Stated::AccountDisabled, "Client revoked"),
        _ if has(outcome, b"CLIENT EXPIRED") => (EventKind::SignInFailed, Stated::AccountDisabled, "Client expired"),
        _ if has(outcome, b"CLIENT KEY EXPIRED") || has(outcome, b"KEY_EXPIRED") => {
            (EventKind::SignInFailed, Stated::PasswordExpired, "Client key expired")
        }
        _ if has(message, b"Clock skew too great") => {
            let kind = if signs_in { EventKind::SignInFailed } else { EventKind::Rejection };
            (kind, Stated::NotYetValid, "Clock skew too great")
        }
        _ if has(message, b"icket expired") => (EventKind::Rejection, Stated::TokenExpired, "Ticket expired"),
        _ if has(message, b"Ticket not yet valid") => {
            (EventKind::Rejection, Stated::NotYetValid, "Ticket not yet valid")
        }
        _ => return None,
    };
    Some((Said::new(kind, stated, what), user, client))
}
