//! Linux audit: who signed in, by `type=USER_LOGIN`, `USER_START`, `USER_END` and `USER_LOGOUT`.
//!
//! `type=USER_LOGIN msg=audit(1795419558.263:412): pid=812 uid=0 auid=1000 ses=3 msg='op=login acct="kim" exe="/usr/sbin/sshd"
//! hostname=10.0.0.7 addr=10.0.0.7 terminal=/dev/pts/0 res=success'`
//!
//! A session is known by its audit session, `ses`, which the kernel counts from each boot.
//!
//! <https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Field-Names>

use super::{
    Format, Input, Sniff,
    lines::{Line, Outcome, cut, find, head_lines, number},
    named::{self, Out, ReadNamed, Said, link_of},
    timestamp::Stamp,
};
use crate::model::{EventKind, EventStore, Family, KeyKind, SourceReport, Stated, time::SECOND};
use std::borrow::Cow;

/// The format.
#[derive(Debug)]
pub(super) struct LinuxAudit;

impl Format for LinuxAudit {
    fn id(&self) -> &'static str {
        "linux_audit"
    }

    fn title(&self) -> &'static str {
        "Linux audit log"
    }

    fn reference(&self) -> &'static str {
        "https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Field-Names"
    }

    fn example(&self) -> &'static str {
        r#"type=USER_LOGIN msg=audit(1795419400.263:400): pid=811 uid=0 auid=1000 ses=3 msg='op=login acct="kim" exe="/usr/sbin/sshd" addr=198.51.100.8 terminal=ssh res=success'"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let (ours, all) =
            head_lines(head).fold((0, 0), |(ours, all), line| (ours + u32::from(record(line).is_some()), all + 1));
        match ours {
            0 => Sniff::No("no line has `type=` and `msg=audit(`".to_owned()),
            ours if ours * 2 >= all => Sniff::Certain,
            _ => Sniff::Plausible,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        named::read::<Reader>(input, events, report);
    }
}

/// A line taken apart.
#[derive(Clone, Copy)]
struct Record<'a> {
    kind: &'a [u8],
    stamp: Stamp,
    /// The host, where the line names one.
    node: &'a [u8],
    fields: &'a [u8],
}

fn record(line: &[u8]) -> Option<Record<'_>> {
    let (before, rest) = cut(line, b"type=")?;
    let node = before.trim_ascii().strip_prefix(b"node=").unwrap_or_default();
    let (kind, rest) = cut(rest, b" ")?;
    let (_, rest) = cut(rest, b"audit(")?;
    let (stamp, fields) = cut(rest, b"):")?;
    let (seconds, len) = number(stamp)?;
    let millis = stamp.get(len..)?.strip_prefix(b".").and_then(number).map_or(0, |(millis, _)| millis);
    let at = i64::from(seconds) * SECOND + i64::from(millis) * 1_000_000;
    Some(Record { kind, stamp: Stamp { at, zone: Some(0), len: 0 }, node, fields })
}

/// The value of a field, without quotes; user names with odd characters stand in hexadecimal.
fn field<'a>(fields: &'a [u8], name: &[u8]) -> &'a [u8] {
    let mut rest = fields;
    while let Some((before, value)) = cut(rest, name) {
        let starts = before.last().is_none_or(|byte| matches!(byte, b' ' | b'\'' | b'\x1d'));
        if starts && let Some(value) = value.strip_prefix(b"=") {
            if let Some(quoted) = value.strip_prefix(b"\"") {
                return cut(quoted, b"\"").map_or(quoted, |(value, _)| value);
            }
            let end = value.iter().position(|byte| matches!(byte, b' ' | b'\'' | b'\x1d')).unwrap_or(value.len());
            return value.get(..end).unwrap_or_default();
        }
        rest = value;
    }
    &[]
}

#[derive(Debug, Default)]
struct Reader;

impl ReadNamed for Reader {
    fn read_line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(Record { kind, stamp, node, fields }) = record(line.bytes) else {
            return Outcome::Unreadable("expected type= and msg=audit(…), found a line without");
        };
        out.note(stamp);
        let Some(said) = said(kind, fields) else { return Outcome::Record };
        let app = super::dialects::app_on("Host", node);
        let of_host = matches!(said.kind, EventKind::ServerStart | EventKind::ServerStop);
        let session = field(fields, b"ses");
        // 4294967295 stands for "none": what the system does by itself.
        let none = session.is_empty() || session == b"4294967295" || session == b"unset";
        let account = match field(fields, b"acct") {
            [] | b"(unknown)" | b"?" => field(fields, b"AUID"),
            account => account,
        };
        let account = decoded(account, fields);
        let client = match field(fields, b"addr") {
            b"?" | b"UNKNOWN" => &[][..],
            client => client,
        };
        let names_session = !none && !of_host && said.kind != EventKind::SignInFailed;
        out.push(
            stamp.at,
            &Said {
                user: if of_host { &[] } else { &account },
                client,
                app: &app,
                link: if names_session { link_of(&[node, session]) } else { 0 },
                ids: &[(KeyKind::Logon, "ses", session), (KeyKind::Connection, "terminal", field(fields, b"terminal"))],
                ..said
            },
        );
        Outcome::Record
    }
}

/// A user name: in quotes as it is, without them in hexadecimal.
fn decoded<'a>(account: &'a [u8], fields: &[u8]) -> Cow<'a, [u8]> {
    let bare = find(fields, b"acct=\"").is_none() && find(fields, b"acct=").is_some();
    let hex = account.len() >= 2 && account.len().is_multiple_of(2) && account.iter().all(u8::is_ascii_hexdigit);
    if !bare || !hex {
        return Cow::Borrowed(account);
    }
    let bytes =
        account.chunks(2).map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()));
    bytes.collect::<Option<Vec<u8>>>().map_or(Cow::Borrowed(account), Cow::Owned)
}

/// Programs whose sessions run inside others or belong to nobody.
fn is_nested(exe: &[u8]) -> bool {
    let name = exe.rsplit(|&byte| byte == b'/').next().unwrap_or(exe);
    matches!(
        name,
        b"sudo"
            | b"su"
            | b"cron"
            | b"crond"
            | b"atd"
            | b"systemd"
            | b"systemd-executor"
            | b"runuser"
            | b"pkexec"
            | b"polkit-agent-helper-1"
    )
}

fn said(kind: &[u8], fields: &[u8]) -> Option<Said<'static>> {
    let failed = field(fields, b"res") == b"failed";
    let nested = is_nested(field(fields, b"exe"));
    match kind {
        b"USER_LOGIN" if failed => {
            Some(Said::new(EventKind::SignInFailed, Stated::BadCredentials, "USER_LOGIN failed"))
        }
        b"USER_LOGIN" => Some(Said::new(EventKind::SignIn, Stated::Nothing, "USER_LOGIN")),
        b"USER_START" if !failed && !nested => Some(Said::new(EventKind::SignIn, Stated::Nothing, "USER_START")),
        b"USER_CMD" => Some(Said::new(EventKind::Activity, Stated::Nothing, "USER_CMD")),
        b"USER_END" if !nested => Some(Said::new(EventKind::Close, Stated::Nothing, "USER_END")),
        b"USER_LOGOUT" => Some(Said::new(EventKind::Close, Stated::Nothing, "USER_LOGOUT")),
        b"ANOM_LOGIN_FAILURES" | b"RESP_ACCT_LOCK" | b"RESP_ACCT_LOCK_TIMED" | b"ACCT_LOCK" => {
            Some(Said::new(EventKind::AccountLocked, Stated::AccountLocked, "Account locked"))
        }
        b"RESP_ACCT_UNLOCK_TIMED" | b"ACCT_UNLOCK" => {
            Some(Said::new(EventKind::AccountUnlocked, Stated::Nothing, "Account unlocked"))
        }
        b"SYSTEM_SHUTDOWN" => Some(Said::new(EventKind::ServerStop, Stated::ServerShutdown, "SYSTEM_SHUTDOWN")),
        b"SYSTEM_BOOT" => Some(Said::new(EventKind::ServerStart, Stated::ServerShutdown, "SYSTEM_BOOT")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::named::testing::{read, said as lines};

    #[test]
    fn each_type_says_what_happened() {
        let line = |kind: &str, exe: &str, res: &str| {
            format!(
                "type={kind} msg=audit(1795419558.263:412): pid=8 uid=0 auid=1000 ses=3 msg='op=x acct=\"kim\" exe=\"{exe}\" \
                 hostname=10.0.0.7 addr=10.0.0.7 terminal=ssh res={res}'\n"
            )
        };
        let table = [
            (line("USER_LOGIN", "/usr/sbin/sshd", "success"), "SignIn Nothing kim@10.0.0.7 Host: USER_LOGIN"),
            (
                line("USER_LOGIN", "/usr/sbin/sshd", "failed"),
                "SignInFailed BadCredentials kim@10.0.0.7 Host: USER_LOGIN failed",
            ),
            (line("USER_START", "/usr/sbin/sshd", "success"), "SignIn Nothing kim@10.0.0.7 Host: USER_START"),
            (line("USER_START", "/usr/bin/sudo", "success"), ""),
            (line("USER_CMD", "/usr/bin/sudo", "success"), "Activity Nothing kim@10.0.0.7 Host: USER_CMD"),
            (line("USER_END", "/usr/sbin/sshd", "success"), "Close Nothing kim@10.0.0.7 Host: USER_END"),
            (line("USER_LOGOUT", "/usr/sbin/sshd", "success"), "Close Nothing kim@10.0.0.7 Host: USER_LOGOUT"),
            (
                line("SYSTEM_SHUTDOWN", "/usr/lib/systemd/systemd-update-utmp", "success"),
                "ServerStop ServerShutdown @10.0.0.7 Host: SYSTEM_SHUTDOWN",
            ),
            (line("SYSCALL", "/usr/bin/cat", "success"), ""),
        ];
        for (text, expected) in &table {
            let said = lines::<Reader>(text).join(" | ");
            assert_eq!(said.strip_prefix("07:39:18 ").unwrap_or(&said), *expected, "{text}");
        }
        let hex = "node=db1 type=USER_LOGIN msg=audit(1795419558.263:412): ses=3 msg='acct=6B696D exe=\"/usr/sbin/sshd\" addr=? res=failed'";
        assert_eq!(lines::<Reader>(hex), ["07:39:18 SignInFailed BadCredentials kim@ Host on db1: USER_LOGIN failed"]);
    }

    #[test]
    fn damaged_lines_are_counted() {
        let (events, report) =
            read::<Reader>("type=USER_LOGIN msg=audit(17954\ntype=SYSCALL msg=audit(1795419558.263:412): a=1\n");
        assert_eq!((events.len(), report.records, report.unreadable), (0, 1, 1));
        assert_eq!(LinuxAudit.sniff(b"type=SYSCALL msg=audit(1795419558.263:412): a=1\n"), Sniff::Certain);
        assert!(matches!(LinuxAudit.sniff(b"Nov 23 07:39:18 vm sshd[7]: x"), Sniff::No(_)));
    }
}
