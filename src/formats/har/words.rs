//! The reason in the server's own words: from error bodies, headers, redirects and pages.

use super::{body, url};
use crate::{formats::stated::stated_from_parameter, model::Stated};
use serde_json::Value;

/// Longest reason that is kept.
const MAX_WORDS: usize = 300;
/// Longer pages are not taken for error messages; only their title is.
const MAX_PAGE: usize = 16 * 1024;

/// Pieces of a reason, each said once.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    text: String,
    /// What a parameter says that is there to say it (`?msg=disabled`), where the text alone is too short to tell.
    pub(super) flagged: Stated,
}

impl Words {
    /// Adds a piece, unless the text says it already.
    pub(super) fn add(&mut self, piece: &str, separator: &str) {
        let piece: String = piece.split_whitespace().collect::<Vec<_>>().join(" ");
        if piece.is_empty() || self.text.len() >= MAX_WORDS || self.text.contains(&piece) {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str(separator);
        }
        self.text.push_str(&piece);
    }

    /// Adds a value whose name says that it is a reason.
    pub(super) fn add_flagged(&mut self, value: &str) {
        self.add(value, "; ");
        if self.flagged == Stated::Nothing {
            self.flagged = stated_from_parameter(value);
        }
    }

    /// The reason, shortened, without anything that is or looks like a credential.
    pub(super) fn finish(self, secrets: &[&str]) -> String {
        let text = without(self.text, secrets);
        let mut clean = String::with_capacity(text.len().min(MAX_WORDS));
        for word in text.split(' ') {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            let hidden = url::looks_like_jwt(bare) || bare.len() >= 24 && url::looks_random(bare) && !is_uuid(bare);
            if !clean.is_empty() {
                clean.push(' ');
            }
            clean.push_str(if hidden { "…" } else { word });
            if clean.len() > MAX_WORDS {
                break;
            }
        }
        shorten(clean)
    }
}

/// The text with these values left out, those too short to be secrets aside.
pub(super) fn without(mut text: String, secrets: &[&str]) -> String {
    for secret in secrets.iter().filter(|secret| secret.len() >= 6) {
        if memchr::memmem::find(text.as_bytes(), secret.as_bytes()).is_some() {
            text = text.replace(secret, "…");
        }
    }
    text
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

fn shorten(mut text: String) -> String {
    if text.len() > MAX_WORDS {
        let end = (0..=MAX_WORDS).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Whether a JSON body speaks of an error, whatever the status says (GraphQL answers 200).
pub(super) fn is_error(value: &Value) -> bool {
    let said = |key: &str| match value.get(key) {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        _ => false,
    };
    said("error") || said("errors") || said("error_description")
}

/// Whether a body says in so many words that nobody is signed in: `{"authenticated": false}`.
pub(super) fn denies_session(value: &Value) -> bool {
    let names = [
        "authenticated",
        "isAuthenticated",
        "is_authenticated",
        "loggedIn",
        "logged_in",
        "isLoggedIn",
        "is_logged_in",
        "signedIn",
        "signed_in",
        "isSignedIn",
        "wp-auth-check",
    ];
    names.iter().any(|name| value.get(name) == Some(&Value::Bool(false)))
}

/// Whether the answer to "who is signed in?" names nobody: `null`, `{}`, `{"user": null}`.
pub(super) fn is_nobody(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => {
            map.is_empty() || ["user", "session", "account"].iter().any(|name| map.get(*name) == Some(&Value::Null))
        }
        _ => false,
    }
}

/// A JSON error body: a code, a description, a reason, each where it stands.
pub(super) fn of_json(value: &Value, words: &mut Words) {
    if let Value::String(text) = value {
        return words.add(text, "; ");
    }
    let first = value.get("errors").and_then(|errors| match errors {
        Value::Array(list) => list.first(),
        Value::Object(map) => map.values().next(),
        _ => None,
    });
    let (error, message) = (value.get("error"), value.get("messages").and_then(|list| list.get(0)));
    let holders = [Some(value), error, first, first.and_then(|first| first.get("extensions")), message];
    let mut piece = Words::default();
    for key in ["code", "error", "errorCode", "error_code", "errorcode", "type", "status"] {
        for holder in holders.into_iter().flatten() {
            if let Some(text) = holder.get(key).and_then(Value::as_str).filter(|text| is_code(key, text)) {
                piece.add(text, ": ");
            }
        }
    }
    let keys = [
        "error_description",
        "errorDescription",
        "message",
        "errorMessage",
        "error_message",
        "errorSummary",
        "detail",
        "reason",
        "msg",
        "description",
        "title",
    ];
    for key in keys {
        for holder in holders.into_iter().flatten() {
            match holder.get(key) {
                Some(Value::String(text)) if !text.trim_start().starts_with('<') => piece.add(text, ": "),
                Some(Value::Array(list)) => piece.add(list.first().and_then(Value::as_str).unwrap_or(""), ": "),
                _ => {}
            }
        }
    }
    for bare in [first, message, error].into_iter().flatten() {
        match bare {
            Value::String(text) => piece.add(text, ": "),
            Value::Array(list) => piece.add(list.first().and_then(Value::as_str).unwrap_or(""), ": "),
            _ => {}
        }
    }
    words.add(&piece.text, "; ");
}

/// Whether a value names a kind of error, and not a link, a number or "error".
fn is_code(key: &str, text: &str) -> bool {
    let generic = matches!(text.to_ascii_lowercase().as_str(), "error" | "fail" | "failed" | "about:blank" | "ok");
    let is_sentence = key != "error" && text.contains(' ');
    !(generic || is_sentence || text.contains("://"))
}

/// A `WWW-Authenticate` header (RFC 6750 3): `error` and `error_description`.
pub(super) fn of_challenge(header: &str, words: &mut Words) {
    let mut piece = Words::default();
    for key in ["error=", "error_description="] {
        let found = header.match_indices(key).find(|&(at, _)| {
            header.get(..at).is_some_and(|before| before.is_empty() || before.ends_with([' ', ',', '\t']))
        });
        let Some(value) = found.and_then(|(at, _)| header.get(at.saturating_add(key.len())..)) else { continue };
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => value.split([',', ' ']).next(),
        };
        piece.add(value.unwrap_or(""), ": ");
    }
    words.add(&piece.text, "; ");
}

/// The parameters of a query that give a reason: `reason=idle`, `error=login_required`, `expired`, `timeout=1`.
pub(super) fn of_query(query: &str, words: &mut Words) {
    let mut piece = Words::default();
    for (name, value) in url::parameters(query) {
        let key = name.to_ascii_lowercase();
        match key.as_str() {
            "reason" | "error" | "error_description" | "error_message" | "message" | "msg" | "error_code"
            | "logout_reason" | "logoutreason" | "error_reason" | "errorcode" | "cause" | "flash" | "alert" => {
                piece.add(if is_yes(&value) { &name } else { &value }, ": ");
                if words.flagged == Stated::Nothing {
                    words.flagged = stated_from_parameter(&value);
                }
            }
            "expired" | "timeout" | "timedout" | "timed_out" | "logout" | "loggedout" | "logged_out" | "signedout"
            | "signed_out" | "sessionexpired" | "session_expired" | "session-expired" | "sessiontimeout"
            | "session_timeout" | "session-timeout" | "session_timed_out" | "idle" | "inactive" | "inactivity"
            | "revoked" | "invalid_session" | "locked" | "disabled" | "kicked"
                if !matches!(value.as_str(), "0" | "false" | "no") =>
            {
                piece.add(&key.replace(['_', '-'], " "), ", ");
            }
            "session" | "auth" | "state" if !value.is_empty() && url::is_plain_word(&value) && !is_yes(&value) => {
                piece.add(&format!("{name} {value}"), ", ");
            }
            _ => {}
        }
    }
    words.add(&piece.text, "; ");
}

fn is_yes(value: &str) -> bool {
    matches!(value, "" | "1" | "true" | "yes")
}

/// A small page or plain text that answers with an error: its title, and what it shows.
pub(super) fn of_page(kind: body::Kind, text: &str, words: &mut Words) {
    let mut piece = Words::default();
    if kind == body::Kind::Plain {
        if text.len() <= 2_000 {
            piece.add(text, " ");
        }
    } else {
        let heading = visible(&title(text));
        piece.add(&heading, ": ");
        if text.len() <= MAX_PAGE {
            let shown = visible(text);
            let mut lines: Vec<&str> = sentences(&shown).filter(|line| *line != heading).collect();
            lines.dedup();
            if lines.iter().any(|line| is_telling(line)) {
                lines.retain(|line| is_telling(line));
            }
            piece.add(&lines.join(". "), ": ");
        }
    }
    words.add(&piece.text, "; ");
}

/// A sign-in page: only the sentences that say why it is shown, or, where it `refuses` a sign-in, why.
pub(super) fn of_sign_in_page(html: &str, refuses: bool, words: &mut Words) {
    let text = visible(html);
    let mut piece = Words::default();
    for sentence in sentences(&text).filter(|sentence| sentence.len() <= 200) {
        if is_telling(sentence) || refuses && is_refusing(sentence) {
            piece.add(sentence, ". ");
        }
    }
    words.add(&piece.text, "; ");
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '!'])
        .flat_map(|line| line.split(". "))
        .map(|line| line.trim().trim_end_matches('.'))
        .filter(|line| !line.is_empty())
}

/// Whether a sentence speaks of a session's or an account's end.
fn is_telling(sentence: &str) -> bool {
    let lower = sentence.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let of_session = has(&["session"])
        && has(&[
            "ended",
            "timed",
            "timeout",
            "terminat",
            "closed",
            "invalid",
            "no longer",
            "lost",
            "another",
            "not found",
        ]);
    let outright = has(&[
        "expired",
        "signed out",
        "logged out",
        "signed you out",
        "logged you out",
        "locked",
        "disabled",
        "inactiv",
        "timed out",
        "suspended",
        "deactivated",
        "another device",
        "blocked",
    ]);
    (of_session || outright) && sentence.split_whitespace().count() >= 3
}

/// Whether a sentence speaks of a sign-in that failed.
fn is_refusing(sentence: &str) -> bool {
    let lower = sentence.to_ascii_lowercase();
    [
        "invalid",
        "incorrect",
        "wrong",
        "not recogni",
        "failed",
        "denied",
        "attempts",
        "verify",
        "does not match",
        "not match",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

fn title(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let inside = lower.find("<title").and_then(|at| {
        let from = lower.get(at..)?.find('>')?.checked_add(at)?.checked_add(1)?;
        let until = lower.get(from..)?.find("</")?.checked_add(from)?;
        html.get(from..until)
    });
    inside.unwrap_or("").to_owned()
}

/// The text that a page shows: without tags, scripts, styles and menus; blocks end lines, entities are decoded.
pub(super) fn visible(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut out = String::new();
    let mut at = 0_usize;
    while let Some(rest) = html.get(at..).filter(|rest| !rest.is_empty()) {
        let text_end = rest.find('<').unwrap_or(rest.len());
        out.push_str(rest.get(..text_end).unwrap_or(""));
        at = at.saturating_add(text_end);
        let Some(tag) = lower.get(at..).filter(|tag| !tag.is_empty()) else { break };
        let skipped = ["script", "style", "noscript", "svg", "template", "nav"].iter().find_map(|name| {
            tag.strip_prefix('<')?.strip_prefix(name)?;
            tag.find(&format!("</{name}")).or(Some(tag.len()))
        });
        if let Some(skip) = skipped {
            at = at.saturating_add(skip);
        }
        let Some(tag) = lower.get(at..) else { break };
        let end = if tag.starts_with("<!--") { tag.find("-->").map(|at| at.saturating_add(2)) } else { tag.find('>') };
        let inline =
            ["<a ", "<b>", "<i>", "<em", "<strong", "<span", "</a>", "</b>", "</i>", "</em", "</strong", "</span"];
        out.push(if inline.iter().any(|name| tag.starts_with(name)) { ' ' } else { '\n' });
        at = at.saturating_add(end.map_or(tag.len(), |end| end.saturating_add(1)));
    }
    let out = decoded(&out);
    let lines = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn decoded(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = text.to_owned();
    for (entity, plain) in [
        ("&nbsp;", " "),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&apos;", "'"),
        ("&rsquo;", "’"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ] {
        out = out.replace(entity, plain);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(fill: impl FnOnce(&mut Words)) -> String {
        let mut words = Words::default();
        fill(&mut words);
        words.finish(&["supersecret"])
    }

    #[test]
    fn json_errors_give_code_and_description() {
        for (body, wanted) in [
            (
                json!({"error": "invalid_grant", "error_description": "refresh token expired"}),
                "invalid_grant: refresh token expired",
            ),
            (
                json!({"error": "Your session has expired due to inactivity"}),
                "Your session has expired due to inactivity",
            ),
            (
                json!({"error": {"code": "InvalidAuthenticationToken", "message": "the token is expired."}}),
                "InvalidAuthenticationToken: the token is expired.",
            ),
            (
                json!({"errors": [{"message": "Not signed in", "extensions": {"code": "UNAUTHENTICATED"}}]}),
                "UNAUTHENTICATED: Not signed in",
            ),
            (
                json!({"detail": "Given token not valid", "code": "token_not_valid", "messages": [{"message": "Token is expired"}]}),
                "token_not_valid: Token is expired: Given token not valid",
            ),
            (json!({"message": "Unauthenticated."}), "Unauthenticated."),
            (
                json!({"error": "gone", "token": "supersecret", "message": "token supersecret is gone"}),
                "gone: token … is gone",
            ),
        ] {
            assert_eq!(said(|words| of_json(&body, words)), wanted);
        }
    }

    #[test]
    fn an_answer_can_say_that_nobody_is_signed_in() {
        assert!(denies_session(&json!({"isAuthenticated": false})) && !denies_session(&json!({"authenticated": true})));
        assert!(is_nobody(&json!({})) && is_nobody(&json!({"user": null})) && !is_nobody(&json!({"user": {"id": 1}})));
    }

    #[test]
    fn challenges_and_redirects_give_their_reason() {
        let header = "Bearer realm=\"x\", error=\"invalid_token\", error_description=\"The access token expired\"";
        assert_eq!(said(|words| of_challenge(header, words)), "invalid_token: The access token expired");
        assert_eq!(said(|words| of_challenge("Bearer", words)), "");
        for (query, wanted) in [
            ("reason=Maximum%20session%20lifetime%20reached", "Maximum session lifetime reached"),
            ("expired", "expired"),
            ("next=%2F&session_expired=1", "session expired"),
            ("session=expired", "session expired"),
            ("error=login_required&state=abc", "login_required"),
            ("timeout=0&token=eyJabc", ""),
        ] {
            assert_eq!(said(|words| of_query(query, words)), wanted, "{query}");
        }
    }

    #[test]
    fn pages_give_what_they_show() {
        let page = "<html><head><title>Sign in</title><style>.session{}</style></head><body><p>Welcome.</p>\
                    <div class=alert>Your session has expired due to inactivity. Please <b>sign in</b>.</div><script>session()</script>";
        assert_eq!(said(|words| of_sign_in_page(page, false, words)), "Your session has expired due to inactivity");
        let error =
            "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>";
        assert!(said(|words| of_page(body::Kind::Html, error, words)).starts_with("502 Bad Gateway"));
    }

    #[test]
    fn tokens_never_stay_in_the_words() {
        let text = "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln and a8f9d7c6b5a4f3e2d1c0b9a8f7e6 for 0b6e2f0e-53a4-4f0c-9d53-1b1c8a4f4d11";
        let said = said(|words| words.add(text, ""));
        assert_eq!(said, "token … and … for 0b6e2f0e-53a4-4f0c-9d53-1b1c8a4f4d11");
    }
}
