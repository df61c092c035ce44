//! Short texts that several views share.

use crate::{
    inspection::Inspection,
    model::{
        AccountEventKind, Cause, Counted, Limit, Nanos, Policy, Renewal, SessionId, TokenRole, Usual, duration_words,
        session::KeyValue,
        time::{MINUTE, SECOND},
    },
    ui::filter,
};

/// A key's value as it may be shown: a credential by its fingerprint.
pub fn key_value(value: &KeyValue) -> String {
    match value {
        KeyValue::Secret(secret) => format!("•••• {}", secret.fingerprint()),
        KeyValue::Open(text) => text.to_string(),
    }
}

/// Who a session belongs to: the user, else its strongest key, else its number.
pub fn who(inspection: &Inspection, id: SessionId) -> String {
    let Some(session) = inspection.sessions.get(id.0 as usize) else { return String::new() };
    if let Some(user) = &session.user {
        return user.to_string();
    }
    match session.keys(&inspection.events.symbols).first() {
        Some(key) => format!("{} {}", key.name, key_value(&key.value)),
        None => format!("Session {}", id.0 + 1),
    }
}

/// The label of a cause, or "Active".
pub fn cause_label(cause: Option<Cause>) -> &'static str {
    cause.map_or("Active", Cause::label)
}

/// The word on a chip.
pub fn usual_word(usual: Usual) -> &'static str {
    match usual {
        Usual::Usual => "usual",
        Usual::Notable => "notable",
        Usual::Unusual => "unusual",
        Usual::Unknown => "unclear",
    }
}

/// A sentence whose amounts stay in one line: "15 min 2 s" is not torn between number and unit.
pub fn unbroken(text: &str) -> String {
    const UNITS: [&str; 8] = ["d", "days", "h", "min", "s", "ms", "%", "times"];
    let mut said = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        said.push_str(word);
        let Some(next) = words.peek() else { break };
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let unit = next.trim_end_matches([',', '.', ';', ':', ')']);
        let joins_next_amount = UNITS[..6].contains(&word) && next.bytes().next().is_some_and(|b| b.is_ascii_digit());
        said.push(if is_number && UNITS.contains(&unit) || joins_next_amount { '\u{a0}' } else { ' ' });
    }
    said
}

/// Words as a sentence begins them.
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a token is for.
pub fn token_role(role: TokenRole) -> &'static str {
    match role {
        TokenRole::Access | TokenRole::Opaque => "Access token",
        TokenRole::Refresh => "Refresh token",
        TokenRole::Id => "ID token",
    }
}

/// What a session is called where nothing can be seen: "bob, bank.example, Server restart, unusual, 25 min".
pub fn session_name(inspection: &Inspection, id: SessionId) -> String {
    let Some(session) = inspection.sessions.get(id.0 as usize) else { return String::new() };
    let mut name = format!("{}, {}", who(inspection, id), session.app);
    name.push_str(", ");
    name.push_str(cause_label(filter::cause_of(inspection, id)));
    if let Some(verdict) = filter::verdict(inspection, id) {
        name.push_str(", ");
        name.push_str(usual_word(verdict.usual));
    }
    name.push_str(", ");
    name.push_str(&duration_words(session.span().length()));
    name
}

/// What an account event is called.
pub fn account_label(kind: AccountEventKind) -> &'static str {
    match kind {
        AccountEventKind::SignInFailed => "Sign-in failed",
        AccountEventKind::AccountLocked => "Account locked",
        AccountEventKind::AccountUnlocked => "Account unlocked",
        AccountEventKind::VerificationRequired => "Verification required",
        AccountEventKind::PasswordExpired => "Password expired",
        AccountEventKind::UserDisabled => "User disabled",
    }
}

/// The value of a policy and what bounds it: `15 min`, and `between 14 min 58 s and 15 min 3 s, 3 sessions`.
pub fn policy_words(policy: &Policy) -> (String, String) {
    let amount = |value: f64| match policy.limit {
        Limit::SessionsPerUser => format!("{value:.0}"),
        Limit::IdleTimeout | Limit::AbsoluteTimeout | Limit::AccessTokenTtl | Limit::RefreshTokenTtl => {
            duration_words((value * SECOND as f64) as i64)
        }
    };
    let bounds = match (policy.at_least, policy.at_most) {
        (Some(least), Some(most)) => format!("between {} and {}", amount(least), amount(most)),
        (Some(least), None) => format!("at least {}", amount(least)),
        (None, Some(most)) => format!("at most {}", amount(most)),
        (None, None) => String::new(),
    };
    let value = match policy.likely {
        Some(likely) if policy.stated => format!("{}, stated", amount(likely)),
        Some(likely) => amount(likely),
        None => "not pinned down".to_owned(),
    };
    let mut said: Vec<String> = Vec::new();
    said.extend((!bounds.is_empty()).then_some(bounds));
    said.push(counted(policy.sessions as usize, "session"));
    said.extend(policy.counted.map(|counted| match counted {
        Counted::UserActivity => "background requests do not count".to_owned(),
        Counted::AnyRequest => "background requests count".to_owned(),
    }));
    said.extend((policy.renewal == Some(Renewal::PastHalf)).then(|| "renewed past half of it".to_owned()));
    (value, said.join(", "))
}

/// `1 session`, `4 sessions`, with thin spaces between thousands.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count as u64))
}

/// A number with thin spaces between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// A length of time for narrow places: seconds are left out from ten minutes on.
pub fn short_duration(length: Nanos) -> String {
    if length >= 10 * MINUTE {
        duration_words(length.saturating_add(MINUTE / 2) / MINUTE * MINUTE)
    } else {
        duration_words(length)
    }
}

/// A size as a person says it: `4.2 MB`.
pub fn bytes_words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 10.0 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_not_torn_from_its_unit() {
        assert_eq!(
            unbroken("Signed out after 15 min 2 s, at 9 o'clock"),
            "Signed out after 15\u{a0}min\u{a0}2\u{a0}s, at 9 o'clock"
        );
        assert_eq!(unbroken(""), "");
    }

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!(counted(1, "session"), "1 session");
        assert_eq!(counted(100_000, "session"), "100\u{2009}000 sessions");
        assert_eq!(bytes_words(4_200_000), "4.2 MB");
        assert_eq!(bytes_words(999), "999 bytes");
    }
}
