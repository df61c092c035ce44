//! What each event of Windows means for a session, by its number.

use super::{
    EventKind as Kind, LINKED, LOGON_KIND, REASON, RESTART, SID, STATUS, SUB_STATUS, Stated, Told, USER, message,
};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// A logon.
    Logon,
    /// A remote desktop's session.
    Desk,
    /// A person at a machine, as the System log tells of it.
    Person,
    /// An account.
    Account,
    /// The machine.
    Machine,
}

/// What an event says.
pub(super) struct Meaning {
    pub(super) kind: Kind,
    pub(super) stated: Stated,
    pub(super) of: Of,
    pub(super) what: String,
}

fn meant(kind: Kind, stated: Stated, of: Of, what: &str) -> Meaning {
    Meaning { kind, stated, of, what: what.to_owned() }
}

/// The part of an event's message that is about the account in question.
pub(super) fn section(told: &Told<'_, '_>) -> &'static str {
    match told.id() {
        b"4624" => "New Logon:",
        b"4625" => "Account For Which Logon Failed:",
        b"4740" => "Account That Was Locked Out:",
        b"4767" | b"4722" | b"4725" | b"4723" | b"4724" => "Target Account:",
        _ => "",
    }
}

pub(super) fn meaning(told: &Told<'_, '_>) -> Option<Meaning> {
    if told.is_of("TerminalServices-LocalSessionManager") {
        return desktop(told);
    }
    if told.is_of("Microsoft-Windows-Security-Auditing") || told.is_of("Security") {
        return security(told);
    }
    let restarted = |kind, what| meant(kind, Stated::ServerShutdown, Of::Machine, what);
    Some(match told.id() {
        b"1074" if told.is_of("User32") || told.is_of("USER32") || told.0.has(RESTART) => {
            meant(Kind::ServerStop, Stated::Nothing, Of::Machine, "1074: Windows is told to restart or shut down")
        }
        b"6006" if told.is_of("EventLog") => {
            restarted(Kind::ServerStop, "6006: The event log stopped, Windows shuts down")
        }
        b"6005" if told.is_of("EventLog") => {
            restarted(Kind::ServerStart, "6005: The event log started, Windows came up")
        }
        b"6008" if told.is_of("EventLog") => restarted(Kind::ServerStart, "6008: The last shutdown was unexpected"),
        b"13" if told.is_of("Kernel-General") => restarted(Kind::ServerStop, "13: Windows shuts down"),
        b"12" if told.is_of("Kernel-General") => restarted(Kind::ServerStart, "12: Windows came up"),
        b"41" if told.is_of("Kernel-Power") => {
            restarted(Kind::ServerStart, "41: Windows came up without a clean shutdown")
        }
        b"7001" if told.is_of("Winlogon") => meant(Kind::SignIn, Stated::Nothing, Of::Person, "7001: Logged on"),
        b"7002" if told.is_of("Winlogon") => meant(Kind::Close, Stated::Nothing, Of::Person, "7002: Logged off"),
        _ => return None,
    })
}

/// Whether a logon is a person's at a desk or a remote desktop: services, batch jobs and connections over the network come
/// and go by themselves.
fn is_person(told: &Told<'_, '_>) -> bool {
    let sid = told.0.raw(SID);
    let machine = [&b"S-1-5-18"[..], b"S-1-5-19", b"S-1-5-20", b"S-1-5-7", b"S-1-5-90-", b"S-1-5-96-"];
    let user = told.or_said(USER, section(told), "Account Name:");
    !user.ends_with(b"$")
        && !user.starts_with(b"DWM-")
        && !user.starts_with(b"UMFD-")
        && !matches!(&*user, b"SYSTEM" | b"ANONYMOUS LOGON" | b"LOCAL SERVICE" | b"NETWORK SERVICE")
        && !machine.iter().any(|known| sid.starts_with(known))
}

/// The kind of a logon: 2 at the keyboard, 3 over the network, 7 unlocked, 10 remote desktop, 11 to 13 with what was cached.
fn logon_kind(told: &Told<'_, '_>) -> u32 {
    let kind = told.or_said(LOGON_KIND, "", "Logon Type:");
    std::str::from_utf8(&kind).ok().and_then(|kind| kind.parse().ok()).unwrap_or(0)
}

fn security(told: &Told<'_, '_>) -> Option<Meaning> {
    let shutdown = |kind, what| meant(kind, Stated::ServerShutdown, Of::Machine, what);
    Some(match told.id() {
        b"4624" if !is_person(told) => return None,
        // The same person's other token, with the administrator's rights: not a session of its own.
        b"4624" if told.0.raw(super::ELEVATED) == b"%%1842" && !matches!(told.0.raw(LINKED), b"" | b"0x0") => {
            return None;
        }
        b"4624" => match logon_kind(told) {
            2 | 10..=13 => {
                meant(Kind::SignIn, Stated::Nothing, Of::Logon, &format!("4624: Logon type {}", logon_kind(told)))
            }
            _ => return None,
        },
        b"4634" if matches!(logon_kind(told), 2 | 10..=13) => {
            meant(Kind::Close, Stated::Nothing, Of::Logon, "4634: Logged off")
        }
        // By the user, or by a shutdown that asks all to go: what was announced tells.
        b"4647" => meant(Kind::Close, Stated::LoggedOut, Of::Logon, "4647: User initiated logoff"),
        b"4778" => meant(Kind::Activity, Stated::Nothing, Of::Logon, "4778: Remote desktop reconnected"),
        b"4779" => meant(Kind::Gap, Stated::Nothing, Of::Logon, "4779: Remote desktop disconnected"),
        b"4800" | b"4802" => meant(Kind::Neutral, Stated::Nothing, Of::Logon, "The desk was locked"),
        b"4801" | b"4803" => meant(Kind::Activity, Stated::Nothing, Of::Logon, "The desk was unlocked"),
        b"4625" => return failed(told, "4625: Logon failed"),
        b"4771" | b"4768" | b"4776" => return failed(told, "Kerberos or NTLM refused"),
        b"4740" => meant(Kind::AccountLocked, Stated::AccountLocked, Of::Account, "4740: Locked out"),
        b"4725" => meant(Kind::AccountLocked, Stated::AccountDisabled, Of::Account, "4725: Disabled"),
        b"4767" | b"4722" => meant(Kind::AccountUnlocked, Stated::Nothing, Of::Account, "4767: Unlocked"),
        b"4723" | b"4724" => meant(Kind::Operator, Stated::PasswordChanged, Of::Account, "The password was changed"),
        b"4608" => shutdown(Kind::ServerStart, "4608: Windows is starting up"),
        b"4609" => shutdown(Kind::ServerStop, "4609: Windows is shutting down"),
        b"1100" => meant(Kind::ServerStop, Stated::Nothing, Of::Machine, "1100: The event log service shut down"),
        _ => return None,
    })
}

/// A logon that failed, by the status that Windows gives (NTSTATUS, or RFC 4120's error codes for Kerberos).
fn failed(told: &Told<'_, '_>, what: &str) -> Option<Meaning> {
    let code = |field, label| {
        let text = told.or_said(field, "", label).to_ascii_lowercase();
        let digits = text.strip_prefix(b"0x").unwrap_or(&text).to_vec();
        std::str::from_utf8(&digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0)
    };
    let code = match code(SUB_STATUS, "Sub Status:") {
        0 => code(STATUS, "Status:"),
        sub => sub,
    };
    if code == 0 && told.id() != b"4625" {
        return None;
    }
    let stated = match code {
        0xC000_0234 => Stated::AccountLocked,
        0xC000_0072 | 0xC000_0193 | 0x12 => Stated::AccountDisabled,
        0xC000_0071 | 0xC000_0224 | 0x17 => Stated::PasswordExpired,
        0xC000_0133 | 0x25 => Stated::NotYetValid,
        0xC000_006F | 0xC000_0070 | 0xC000_015B | 0xC000_0413 | 0xC => Stated::Forbidden,
        0xC000_005E => Stated::PeerGone,
        0xC000_0192 => Stated::ServerShutdown,
        _ => Stated::BadCredentials,
    };
    // A failure over the network by a machine's own account tells nothing of a person.
    if told.or_said(USER, section(told), "Account Name:").ends_with(b"$") {
        return None;
    }
    Some(meant(Kind::SignInFailed, stated, Of::Account, &format!("{what}, 0x{code:X}")))
}

/// Terminal Services' own log of sessions.
fn desktop(told: &Told<'_, '_>) -> Option<Meaning> {
    Some(match told.id() {
        b"21" => meant(Kind::SignIn, Stated::Nothing, Of::Desk, "21: Session logon succeeded"),
        b"23" => meant(Kind::Close, Stated::Nothing, Of::Desk, "23: Session logoff succeeded"),
        b"24" => meant(Kind::Gap, Stated::Nothing, Of::Desk, "24: Session disconnected"),
        b"25" => meant(Kind::Activity, Stated::Nothing, Of::Desk, "25: Session reconnected"),
        b"40" => disconnected(told),
        b"54" => meant(Kind::ServerStop, Stated::Nothing, Of::Machine, "54: The system shuts down"),
        _ => return None,
    })
}

/// Why a session was disconnected, by the code of `ExtendedDisconnectReasonCode`. It is no end where the same session is
/// taken up again.
fn disconnected(told: &Told<'_, '_>) -> Meaning {
    let said = message::labelled(&told.0.get(super::MESSAGE), "", "reason code ");
    let reason = if told.0.has(REASON) { told.0.get(REASON).into_owned() } else { said };
    let reason = String::from_utf8_lossy(&reason).trim_end_matches('.').to_owned();
    let what = format!("40: Disconnected, reason code {reason}");
    let (kind, stated) = match reason.parse::<u64>() {
        Ok(3) => (Kind::Rejection, Stated::Idle),
        Ok(4) => (Kind::Rejection, Stated::MaximumAge),
        Ok(5) => (Kind::Rejection, Stated::OtherDevice),
        Ok(12) => (Kind::Close, Stated::LoggedOut),
        Ok(25 | 26) => (Kind::Close, Stated::ServerShutdown),
        // The window was closed, or the connection was: the session waits to be taken up again.
        _ => (Kind::Gap, Stated::Nothing),
    };
    meant(kind, stated, Of::Desk, &what)
}
