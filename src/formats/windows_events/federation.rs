//! AD FS: its audits 1200 to 1210 in the Security log, each with a small document that says of whom.
//!
//! `<AuditBase><AuditType>SignOut</AuditType><AuditResult>Success</AuditResult><UserId>CORP\\kim</UserId>
//! <IpAddress>10.0.0.7</IpAddress></AuditBase>`
//!
//! They name no session: one is a user's at the farm.
//!
//! <https://learn.microsoft.com/windows-server/identity/ad-fs/troubleshooting/ad-fs-tshoot-logging>

use super::{AUDIT, COMPUTER, MESSAGE, Told};
use crate::{
    formats::{
        dialects::app_on,
        lines::{cut, text},
        named::{Out, Said, link_of},
        timestamp::Stamp,
    },
    model::{EventFlags, EventKind, KeyKind, Stated},
};

/// Whether AD FS wrote an event.
pub(super) fn is_of(told: &Told<'_, '_>) -> bool {
    told.is_of("AD FS")
}

/// What stands in an element of the document.
fn element<'a>(document: &'a [u8], name: &str) -> &'a [u8] {
    let Some((_, rest)) = cut(document, format!("<{name}>").as_bytes()) else { return &[] };
    match cut(rest, b"</") {
        Some((value, _)) if !matches!(value.trim_ascii(), b"N/A") => value.trim_ascii(),
        _ => &[],
    }
}

/// Writes down what an audit says.
pub(super) fn say(told: &Told<'_, '_>, stamp: Stamp, out: &mut Out<'_>) {
    let document = told.0.get(if told.0.has(AUDIT) { AUDIT } else { MESSAGE });
    let failure = element(&document, "FailureType");
    let Some((kind, stated, what)) = meaning(told.id(), failure) else { return };
    let named = element(&document, "UserId");
    let user = named.rsplit(|&byte| byte == b'\\').next().unwrap_or(named);
    let address = element(&document, "IpAddress").split(|&byte| byte == b',').next().unwrap_or_default();
    let names_session = !user.is_empty() && kind != EventKind::SignInFailed;
    let app = app_on("AD FS", &told.0.get(COMPUTER));
    let what =
        if failure.is_empty() || failure == b"None" { what.to_owned() } else { format!("{what}: {}", text(failure)) };
    out.push(
        stamp.at,
        &Said {
            user,
            client: address.trim_ascii(),
            app: &app,
            link: if names_session { link_of(&[b"adfs", user]) } else { 0 },
            flags: EventFlags::UNNAMED,
            ids: &[(KeyKind::Client, "ip", address)],
            ..Said::new(kind, stated, &what)
        },
    );
}

fn meaning(id: &[u8], failure: &[u8]) -> Option<(EventKind, Stated, &'static str)> {
    use EventKind as Kind;
    Some(match id {
        b"1200" => (Kind::Activity, Stated::Nothing, "1200: A token was issued"),
        b"1202" => (Kind::SignIn, Stated::Nothing, "1202: Credentials were accepted"),
        b"1201" | b"1203" => {
            let stated = match failure {
                b"ExtranetLockoutError" | b"AccountLockedOut" => Stated::AccountLocked,
                b"PasswordExpired" | b"AccountRestricted" => Stated::PasswordExpired,
                b"UserAccountDisabled" | b"AccountDisabled" => Stated::AccountDisabled,
                b"AccessDenied" | b"IssuanceAuthorizationError" => Stated::Forbidden,
                // The farm could not issue a token: nothing about who asked.
                b"GenericError" if id == b"1201" => return None,
                _ => Stated::BadCredentials,
            };
            (Kind::SignInFailed, stated, "1203: Credentials were refused")
        }
        b"1204" => (Kind::Operator, Stated::PasswordChanged, "1204: The password was changed"),
        b"1206" => (Kind::SignOut, Stated::LoggedOut, "1206: Signed out"),
        b"1210" => (Kind::AccountLocked, Stated::AccountLocked, "1210: Locked out for requests from outside"),
        _ => return None,
    })
}
