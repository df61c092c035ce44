//! Limits on sessions that an answer states: settings in JSON, and sentences for people.

use super::body::Fields;
use crate::model::{
    Limit, Nanos, StatedBy, StatedLimit,
    time::{HOUR, MINUTE, SECOND},
};

/// Words of which one stands in any body that states a limit.
pub(super) const TELLING: &[&str] =
    &["imeout", "ifespan", "nactiv", "dle", "axAge", "signed out", "logged out", "expire in"];
/// Most limits that are read from one answer.
const MOST: usize = 8;
/// Longer texts are not searched for sentences.
const MAX_TEXT: usize = 64 * 1024;

/// The limits that the settings of a JSON body state.
pub(super) fn of_fields(fields: &Fields, out: &mut Vec<StatedLimit>) {
    for field in &fields.list {
        let name: String = field.key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let Ok(value) = field.value.trim().parse::<f64>() else { continue };
        let Some(limit) = limit_of_name(&name) else { continue };
        if let Some(length) = unit_of(&name, value).filter(|&length| is_sensible(length)) {
            add(StatedLimit { limit: Some(limit), by: StatedBy::Setting, length }, out);
        }
    }
}

/// Which limit a setting of this name is: the names of Keycloak's realm, Spring, ASP.NET, Auth0, Okta and their like.
fn limit_of_name(name: &str) -> Option<Limit> {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    // The time of a request, of a dialog, of a lock is none of a session's.
    if has(&[
        "request", "connect", "lock", "login", "retry", "code", "action", "read", "remember", "offline", "warn",
        "cache", "client",
    ]) {
        return None;
    }
    let session = has(&["session", "signout", "logout", "logoff", "user"]);
    match () {
        () if has(&["idle", "inactiv"]) && (session || has(&["timeout", "limit", "max", "lifetime"])) => {
            Some(Limit::IdleTimeout)
        }
        () if session && has(&["maxlife", "absolute", "maxage", "maximumage", "maxduration"]) => {
            Some(Limit::AbsoluteTimeout)
        }
        // What most frameworks call so is idleness: Servlet's session-timeout, ASP.NET's sessionState timeout.
        () if name.starts_with("sessiontimeout") => Some(Limit::IdleTimeout),
        () if name.starts_with("accesstokenlife") => Some(Limit::AccessTokenTtl),
        () if name.starts_with("refreshtokenlife") => Some(Limit::RefreshTokenTtl),
        () => None,
    }
}

/// The length that a number means: by the unit in its name, by Keycloak's seconds, else only where no other unit is likely.
fn unit_of(name: &str, value: f64) -> Option<Nanos> {
    let times = |unit: Nanos| Some((value * unit as f64) as Nanos);
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    match () {
        () if value <= 0.0 => None,
        () if ends(&["ms", "millis", "milliseconds", "msec"]) => times(SECOND / 1_000),
        () if ends(&["seconds", "secs", "sec"]) => times(SECOND),
        () if ends(&["minutes", "mins", "min"]) => times(MINUTE),
        () if ends(&["hours", "hrs"]) => times(HOUR),
        () if name.starts_with("sso") || name.ends_with("lifespan") || name == "maxinactiveinterval" => times(SECOND),
        () if value >= 100_000.0 && value % 1_000.0 == 0.0 => times(SECOND / 1_000),
        () if (300.0..100_000.0).contains(&value) && value % 60.0 == 0.0 => times(SECOND),
        () => None,
    }
}

/// Shorter than half a minute or longer than a year is something else.
fn is_sensible(length: Nanos) -> bool {
    (30 * SECOND..=366 * 24 * HOUR).contains(&length)
}

fn add(stated: StatedLimit, out: &mut Vec<StatedLimit>) {
    if out.len() < MOST && !out.contains(&stated) {
        out.push(stated);
    }
}

/// The limits that a text states in sentences: "you will be signed out after 15 minutes of inactivity".
pub(super) fn of_text(text: &str, out: &mut Vec<StatedLimit>) {
    let Some(text) = text.get(..text.len().min(MAX_TEXT)) else { return };
    let lower = text.to_ascii_lowercase();
    for sentence in lower.split(['.', '!', '<', '>', '\n', '"', '{', '}']).filter(|part| part.len() > 12) {
        if let Some(stated) = of_sentence(sentence) {
            add(stated, out);
        }
    }
}

/// A sentence, in lower case, that says after how long a session ends.
fn of_sentence(sentence: &str) -> Option<StatedLimit> {
    let has = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
    let ends = has(&[
        "signed out",
        "logged out",
        "logged off",
        "sign you out",
        "log you out",
        "log out",
        "logout",
        "log off",
        "end your session",
    ]) || sentence.contains("session")
        && has(&["expire", "time out", "timed out", "times out", "timeout", "end"]);
    // A countdown shows what is left, an offer what may be added; neither is the limit.
    let other =
        has(&["remaining", "left", "about to", "extend", "resend", "code", "link", "try again", "wait", " in "])
            && !has(&["inactiv", "idle"]);
    if !ends || other {
        return None;
    }
    let length = length_after(sentence).filter(|&length| is_sensible(length))?;
    let limit = match () {
        () if has(&["inactiv", "idle", "no activity", "without activity"]) => Some(Limit::IdleTimeout),
        () if has(&["maximum", "regardless", "at most", "no matter"]) => Some(Limit::AbsoluteTimeout),
        () => None,
    };
    Some(StatedLimit { limit, by: StatedBy::Sentence, length })
}

/// The only length of time in a sentence: a number and its unit.
fn length_after(sentence: &str) -> Option<Nanos> {
    let words: Vec<&str> =
        sentence.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut found = words.windows(2).filter_map(|pair| {
        let value: i64 = number(pair.first()?)?;
        let unit = match *pair.last()? {
            "second" | "seconds" | "sec" | "secs" => SECOND,
            "minute" | "minutes" | "min" | "mins" => MINUTE,
            "hour" | "hours" | "hr" | "hrs" => HOUR,
            "day" | "days" => 24 * HOUR,
            _ => return None,
        };
        value.checked_mul(unit)
    });
    // Two lengths ("warn after 14 minutes, sign out after 15") are not told apart.
    found.next().filter(|_| found.next().is_none())
}

fn number(word: &str) -> Option<i64> {
    let spelled = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let round = [("fifteen", 15), ("twenty", 20), ("thirty", 30), ("sixty", 60)];
    word.parse()
        .ok()
        .or_else(|| spelled.iter().position(|name| *name == word).and_then(|at| i64::try_from(at).ok()?.checked_add(1)))
        .or_else(|| round.iter().find(|(name, _)| *name == word).map(|&(_, value)| value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated_in(text: &str) -> Vec<(Option<Limit>, i64)> {
        let mut out = Vec::new();
        of_text(text, &mut out);
        out.iter().map(|stated| (stated.limit, stated.length / SECOND)).collect()
    }

    #[test]
    fn a_sentence_says_after_how_long_a_session_ends() {
        use Limit::{AbsoluteTimeout, IdleTimeout};
        for (text, limit, secs) in [
            ("<p>For your security you will be signed out after 15 minutes of inactivity.</p>", Some(IdleTimeout), 900),
            ("You were logged out because you were idle for 30 min", Some(IdleTimeout), 1_800),
            ("Sessions expire after a maximum of 12 hours.", Some(AbsoluteTimeout), 43_200),
            ("You will be logged out after twenty minutes", None, 1_200),
        ] {
            assert_eq!(stated_in(text), [(limit, secs)], "{text}");
        }
        for text in [
            "Your session will expire in 2 minutes. Extend?",
            "The code expires after 10 minutes",
            "We were founded 30 years ago, and the session on history ends at noon",
            "You will be warned after 14 minutes and signed out after 15 minutes",
            "Delivered within 30 minutes",
        ] {
            assert_eq!(stated_in(text), [], "{text}");
        }
    }

    #[test]
    fn settings_are_read_where_their_unit_is_known() {
        let value = serde_json::json!({
            "ssoSessionIdleTimeout": 1800, "ssoSessionMaxLifespan": 36000, "accessTokenLifespan": 300,
            "requestTimeout": 30000, "sessionTimeout": 15, "idleTimeoutMinutes": 20, "lockoutIdleTimeout": 600,
            "session": {"inactivityTimeoutMs": 600_000, "sessionTimeoutSeconds": "1200"},
        });
        let mut out = Vec::new();
        of_fields(&Fields::of_json(&value), &mut out);
        let mut read: Vec<(Limit, i64)> =
            out.iter().filter_map(|stated| Some((stated.limit?, stated.length / SECOND))).collect();
        read.sort_unstable();
        use Limit::{AbsoluteTimeout, AccessTokenTtl, IdleTimeout};
        assert_eq!(
            read,
            [
                (IdleTimeout, 600),
                (IdleTimeout, 1_200),
                (IdleTimeout, 1_800),
                (AbsoluteTimeout, 36_000),
                (AccessTokenTtl, 300)
            ]
        );
    }
}
