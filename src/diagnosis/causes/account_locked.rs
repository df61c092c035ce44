//! `account_locked`: an account-level check cut a live session off; nothing expired.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::subject::Subject,
    model::{AccountEventKind, Cause, EndedBy, Evidence, Stated, time::MINUTE},
};

/// The account was locked, disabled or must be verified first.
pub struct AccountLocked;

impl CauseRule for AccountLocked {
    fn cause(&self) -> Cause {
        Cause::AccountLocked
    }

    fn explanation(&self) -> &'static str {
        "The account itself was locked, disabled, or has to be verified first, and that check cut the session off. \
         It is a check on the account and not an expiry: no timer ran out, and signing in again does not help until \
         the account is free."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Do not keep trying: each failed sign-in may prolong the lock. Ask support to unlock the account, or \
             follow the steps to verify it.",
            qa: "Look for failed sign-ins or an administrator's act before the refusal, and check that the message tells \
             a locked account from an expired session.",
            developer: "Answer with a status and a text of its own (423, `account_locked`, a step to verify), so that apps do \
             not show it as \u{201c}session expired\u{201d}.",
        }
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
