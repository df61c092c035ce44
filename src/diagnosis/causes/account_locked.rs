//! `account_locked`: an account-level check cut a live session off; nothing expired.

use super::{CauseRule, STATED, stated};
use crate::{
    diagnosis::case::Subject,
    model::{AccountEventKind, Cause, EndedBy, Evidence, Stated, time::MINUTE},
};

/// The account was locked, disabled or must be verified first.
pub struct AccountLocked;

impl CauseRule for AccountLocked {
    fn cause(&self) -> Cause {
        Cause::AccountLocked
    }

    fn explanation(&self) -> &'static str {
        "The account itself was locked or disabled, so the server stopped accepting its session. Nothing expired, and signing \
         in again does not help until the account is free."
    }

    fn advice(&self) -> &'static str {
        "Find out what locked the account (failed sign-ins, an administrator), unlock it, and tell the user."
    }

    fn settled_by(&self) -> &'static str {
        "The server's account or audit log for this user around that moment."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let reasons =
            [Stated::AccountLocked, Stated::AccountDisabled, Stated::VerificationRequired, Stated::PasswordExpired];
        stated(subject, self.cause(), &reasons, STATED, evidence);
        if !matches!(subject.session.clues.ended_by, Some(EndedBy::Refusal | EndedBy::RenewalRefusal)) {
            return;
        }
        if subject.case.events.get(subject.ending_event()).status == 423 {
            evidence.push(subject.fact(self.cause(), 5.0, "The refusal's status is 423 Locked", &[]));
        }
        let accounts = subject.case.accounts;
        let from = accounts.partition_point(|account| account.at < subject.ending.from - MINUTE);
        let lock = accounts[from..].iter().take_while(|account| account.at <= subject.dead_at() + 10 * MINUTE).find(
            |account| {
                matches!(account.kind, AccountEventKind::AccountLocked | AccountEventKind::UserDisabled)
                    && (account.user.is_none() || account.user.as_deref() == subject.session.user.as_deref())
            },
        );
        if let Some(lock) = lock {
            let claim = format_args!("Around that moment: {}", lock.headline);
            evidence.push(subject.fact(self.cause(), 3.5, claim, &[lock.event]));
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        let who = subject.session.user.as_deref().unwrap_or("The account");
        match subject.session.clues.stated {
            Some((Stated::AccountDisabled, _)) => format!("{who} was disabled: nothing expired"),
            Some((Stated::VerificationRequired, _)) => format!("{who} must be verified before going on"),
            Some((Stated::PasswordExpired, _)) => format!("The password of {who} expired"),
            _ => format!("{who} was locked: nothing expired"),
        }
    }
}
