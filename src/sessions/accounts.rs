//! What happened to accounts beside their sessions: failed sign-ins, lockouts.

use crate::model::{AccountEvent, AccountEventKind, Event, EventKind, EventStore, Nanos, Stated, Sym, time::MINUTE};
use hashbrown::HashMap;

/// Failed sign-ins of one account that follow each other within this time are told once.
const RUN: Nanos = 10 * MINUTE;

/// Collects account events by time; several alike in a row are one with a count.
pub fn collect(events: &EventStore) -> Vec<AccountEvent> {
    let mut accounts: Vec<AccountEvent> = Vec::new();
    let mut open: HashMap<(Sym, AccountEventKind), (usize, Nanos)> = HashMap::new();
    for (id, &kind) in events.ids().zip(events.kinds()) {
        if !matches!(kind, EventKind::SignInFailed | EventKind::AccountLocked | EventKind::AccountUnlocked) {
            continue;
        }
        let event = events.get(id);
        let exchange = events.exchange(id);
        let user = exchange.map_or(event.actor, |exchange| exchange.user);
        // A daemon's further line about an attempt that another line names in full.
        if kind == EventKind::SignInFailed && !user.is_some() && exchange.is_none() && event.status == 0 {
            continue;
        }
        let stated = exchange.map_or(event.stated, |exchange| {
            crate::formats::stated::stated_from_text(events.symbols.resolve(exchange.words))
        });
        let kind = kind_of(&event, stated);
        let name = events.symbols.resolve(user);
        match open.get_mut(&(user, kind)) {
            Some((at, last)) if event.time - *last <= RUN => {
                accounts[*at].count += 1;
                *last = event.time;
            }
            _ => {
                open.insert((user, kind), (accounts.len(), event.time));
                accounts.push(AccountEvent {
                    user: (!name.is_empty()).then(|| name.into()),
                    kind,
                    at: event.time,
                    count: 1,
                    headline: String::new(),
                    event: id,
                });
            }
        }
    }
    for account in &mut accounts {
        account.headline = headline(account.kind, account.user.as_deref().unwrap_or(""), account.count);
    }
    accounts
}

fn kind_of(event: &Event, stated: Stated) -> AccountEventKind {
    match (event.kind, stated) {
        (EventKind::AccountUnlocked, _) => AccountEventKind::AccountUnlocked,
        (EventKind::AccountLocked, _) | (_, Stated::AccountLocked) => AccountEventKind::AccountLocked,
        (_, Stated::AccountDisabled) => AccountEventKind::UserDisabled,
        (_, Stated::VerificationRequired) => AccountEventKind::VerificationRequired,
        (_, Stated::PasswordExpired) => AccountEventKind::PasswordExpired,
        _ if event.status == 423 => AccountEventKind::AccountLocked,
        _ => AccountEventKind::SignInFailed,
    }
}

fn headline(kind: AccountEventKind, user: &str, count: u32) -> String {
    let who = if user.is_empty() { "an account" } else { user };
    let times = if count == 1 { String::new() } else { format!(", {count} times") };
    match kind {
        AccountEventKind::SignInFailed => format!("Sign-in of {who} failed{times}"),
        AccountEventKind::AccountLocked => format!("{who} is locked{times}"),
        AccountEventKind::AccountUnlocked => format!("{who} was unlocked"),
        AccountEventKind::VerificationRequired => format!("{who} must verify first{times}"),
        AccountEventKind::PasswordExpired => format!("The password of {who} has expired"),
        AccountEventKind::UserDisabled => format!("{who} is disabled{times}"),
    }
}
