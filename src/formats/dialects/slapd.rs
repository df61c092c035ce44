//! `OpenLDAP`'s slapd with the log level `stats`, its default.
//!
//! `Nov 23 07:39:18 ldap1 slapd[762]: conn=1002 fd=13 closed (idletimeout)`
//!
//! A session is a connection on which someone bound with a name. Connections are counted anew when the server starts.
//!
//! <https://www.openldap.org/doc/admin26/slapdconf2.html>, the sources of `servers/slapd/connection.c`

use super::{Dialect, app_on, between, has};
use crate::{
    formats::{
        lines::{cut, cut_last},
        named::{Page, Said, link_of},
        syslog::Syslog,
    },
    model::{EventFlags, EventKind, KeyKind, Stated},
};

pub(super) static DIALECT: Dialect = Dialect {
    id: "slapd",
    title: "OpenLDAP slapd",
    reference: "https://www.openldap.org/doc/admin26/slapdconf2.html",
    example: "Nov 23 07:39:18 ldap1 slapd[762]: conn=1002 fd=13 closed (idletimeout)",
    wrote: |line| line.program == b"slapd",
    say,
};

fn say(line: &Syslog<'_>, page: &mut Page<'_>) {
    let app = app_on("slapd", line.host);
    let Some(rest) = line.message.strip_prefix(b"conn=") else {
        let said = if line.message.starts_with(b"slapd starting") {
            Said::new(EventKind::ServerStart, Stated::ServerShutdown, "slapd starting")
        } else if line.message.starts_with(b"daemon: shutdown requested") {
            // Each connection that it closes is named.
            Said::new(EventKind::ServerStop, Stated::Nothing, "Shutdown requested")
        } else {
            return;
        };
        return page.push(line.stamp.at, &Said { app: &app, ..said });
    };
    let Some((connection, words)) = cut(rest, b" ") else { return };
    let Some(said) = said(words) else { return };
    let pid = line.pid.to_string();
    let ids = [(KeyKind::Connection, "conn", connection)];
    page.push(line.stamp.at, &Said { app: &app, link: link_of(&[pid.as_bytes(), connection]), ids: &ids, ..said });
}

fn said(words: &[u8]) -> Option<Said<'_>> {
    if let Some(peer) = between(words, b"ACCEPT from IP=", b" ") {
        let client = cut_last(peer, b":").map_or(peer, |(address, _)| address);
        let said = Said::new(EventKind::Neutral, Stated::Nothing, "ACCEPT");
        return Some(Said { client, flags: EventFlags::NEW_ID, ..said });
    }
    // `op=0 BIND dn="cn=kim,dc=example" mech=SIMPLE …`: the mechanism is named once the bind has succeeded.
    if has(words, b" BIND dn=\"") {
        let user = between(words, b"dn=\"", b"\"").filter(|dn| !dn.is_empty() && has(words, b" mech="))?;
        return Some(Said { user, ..Said::new(EventKind::SignIn, Stated::Nothing, "BIND") });
    }
    if let Some((_, rest)) = cut(words, b" RESULT tag=97 err=") {
        let stated = match rest.split(|&byte| byte == b' ').next().unwrap_or_default() {
            b"49" => Stated::BadCredentials,
            // What the password policy answers for a locked account, and for one that may not.
            b"19" | b"53" => Stated::AccountLocked,
            b"0" | b"14" => return None,
            _ => Stated::Nothing,
        };
        return Some(Said::new(EventKind::SignInFailed, stated, "BIND refused"));
    }
    if has(words, b" UNBIND") {
        return Some(Said::new(EventKind::SignOut, Stated::LoggedOut, "UNBIND"));
    }
    if let Some((_, rest)) = cut(words, b" closed") {
        let (stated, what) = match rest.trim_ascii() {
            b"(idletimeout)" => (Stated::Idle, "closed (idletimeout)"),
            b"(connection lost)" => (Stated::ConnectionClosed, "closed (connection lost)"),
            b"(connection lost on write)" | b"(writetimeout)" => {
                (Stated::PeerGone, "closed (connection lost on write)")
            }
            b"(slapd shutdown)" => (Stated::ServerShutdown, "closed (slapd shutdown)"),
            _ => (Stated::Nothing, "closed"),
        };
        return Some(Said::new(EventKind::Close, stated, what));
    }
    let acts = [b" SRCH ".as_slice(), b" MOD ", b" ADD ", b" DEL ", b" CMP ", b" MODRDN ", b" PASSMOD "];
    let acted = acts.iter().any(|act| has(words, act)) && words.starts_with(b"op=");
    acted.then(|| Said::new(EventKind::Activity, Stated::Nothing, "Operation"))
}
