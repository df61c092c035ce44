//! The request of a server's log, reduced to what may be shown and what matters: `GET /login?reason=idle&next=`.
//!
//! A query can hold codes, tickets and tokens. So only parameters that say something about a session stay, and of those that
//! carry a secret or a place only the name.

use super::REDIRECT;
use crate::{
    formats::{
        lines::{cut, cut_last, text},
        stated::{stated_from_parameter, stated_from_text},
    },
    model::Stated,
};
use std::borrow::Cow;

/// One request; reused from line to line.
#[derive(Debug, Default)]
pub(in crate::formats) struct What {
    text: String,
    path_session: Option<String>,
    stated: Stated,
}

/// What is kept of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// Its value, which is for people and may state a reason.
    Reason,
    /// Its value, which together with its name may state a reason (`expired=1`), if it is a plain word.
    Flag,
    /// Its value.
    Value,
    /// That it was there.
    Presence(&'static str),
}

/// No reason that a server states is longer.
const LONGEST_VALUE: usize = 160;

impl What {
    /// Takes in a request such as `GET /login?x=y HTTP/1.1`; `false` where it is none.
    pub(in crate::formats) fn read(&mut self, request: &[u8]) -> bool {
        let Some((method, rest)) = cut(request, b" ") else { return false };
        // HTTP/0.9 has no version.
        let target = match cut_last(rest, b" HTTP/") {
            Some((target, _)) => target,
            None if rest.contains(&b' ') => return false,
            None => rest,
        };
        self.read_parts(method, target, b"")
    }

    /// Takes in a method and a target whose query may stand apart; `false` where they are no request.
    pub(in crate::formats) fn read_parts(&mut self, method: &[u8], target: &[u8], query: &[u8]) -> bool {
        self.text.clear();
        self.path_session = None;
        self.stated = Stated::Nothing;
        let is_method = (1..=20).contains(&method.len())
            && method.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-')
            && method != b"-";
        if !is_method || target.is_empty() || target == b"-" {
            return false;
        }
        self.text.push_str(&text(method));
        self.text.push(' ');
        let target = text(target);
        let query = query.strip_prefix(b"?").unwrap_or(query);
        if query.is_empty() || query == b"-" {
            self.push_target(&target);
        } else {
            self.push_target(&format!("{target}?{}", text(query)));
        }
        true
    }

    /// Adds where the answer sent the client.
    pub(in crate::formats) fn redirected(&mut self, location: &[u8]) {
        let (stated, session) = (self.stated, self.path_session.take());
        self.text.push_str(REDIRECT);
        self.push_target(&text(location));
        // What a redirect says about the request counts where the request itself says nothing.
        if stated != Stated::Nothing {
            self.stated = stated;
        }
        self.path_session = session;
    }

    /// What the window shows.
    pub(in crate::formats) fn text(&self) -> &str {
        &self.text
    }

    /// The reason that a parameter states.
    pub(in crate::formats) fn stated(&self) -> Stated {
        self.stated
    }

    /// The session identifier that servlet containers write into the path where cookies are off.
    pub(in crate::formats) fn path_session(&self) -> Option<&str> {
        self.path_session.as_deref()
    }

    fn push_target(&mut self, target: &str) {
        let target = target.split_once('#').map_or(target, |(target, _)| target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // The absolute form names the host again: `http://bank.example/login`.
        let absolute = path.strip_prefix("http").map(|rest| rest.strip_prefix('s').unwrap_or(rest));
        let path = match absolute.and_then(|rest| rest.strip_prefix("://")) {
            Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
            None => path,
        };
        let lower_matches = |at: usize| {
            path.get(at..at + 12).is_some_and(|text| text.eq_ignore_ascii_case(";jsessionid=") && text.len() == 12)
        };
        match path.match_indices(';').map(|(at, _)| at).find(|&at| lower_matches(at)) {
            Some(at) => {
                self.text.push_str(path.get(..at).unwrap_or_default());
                let value = path.get(at + 12..).unwrap_or_default();
                let (value, rest) = value.find([';', '/']).map_or((value, ""), |end| value.split_at(end));
                self.text.push_str(rest);
                self.path_session = (!value.is_empty()).then(|| value.to_owned());
            }
            None => self.text.push_str(path),
        }
        if !query.is_empty() {
            self.push_query(query);
        }
    }

    fn push_query(&mut self, query: &str) {
        let mut before = '?';
        let mut next_seen = false;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let keep = match keep(&name) {
                Some(keep) => keep,
                None if names_sign_in(&value) => Keep::Value,
                None if is_path(&value) => Keep::Presence("next"),
                None => continue,
            };
            let value = match keep {
                Keep::Presence(shown) => {
                    if shown != "next" || !std::mem::replace(&mut next_seen, true) {
                        self.push_parameter(&mut before, shown, "");
                    }
                    continue;
                }
                Keep::Flag if !is_plain(&value) => Cow::Borrowed(""),
                _ => shortened(&value),
            };
            if self.stated == Stated::Nothing && matches!(keep, Keep::Reason | Keep::Flag) {
                self.stated = match keep {
                    Keep::Flag if matches!(&*value, "0" | "false" | "no" | "off") => Stated::Nothing,
                    Keep::Flag => stated_from_text(&format!("{name} {value}")),
                    _ => stated_from_parameter(&value),
                };
            }
            let name = name.to_ascii_lowercase();
            self.push_parameter(&mut before, &name, &value);
        }
    }

    fn push_parameter(&mut self, before: &mut char, name: &str, value: &str) {
        self.text.push(std::mem::replace(before, '&'));
        self.text.push_str(name);
        self.text.push('=');
        // A line break or an escape in a value is no part of a request's name.
        self.text.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
}

/// What of a parameter stays.
fn keep(name: &str) -> Option<Keep> {
    if name.len() > 32 {
        return None;
    }
    let mut lower = [0; 32];
    for (to, from) in lower.iter_mut().zip(name.bytes()) {
        *to = from.to_ascii_lowercase();
    }
    let name = std::str::from_utf8(lower.get(..name.len())?).ok()?;
    Some(match name {
        "reason" | "error" | "error_description" | "message" | "msg" | "error_reason" | "logout_reason" => Keep::Reason,
        "expired" | "timeout" | "timedout" | "timed_out" | "logout" | "loggedout" | "logged_out" | "signedout"
        | "session" | "session_expired" | "sessionexpired" | "session_timeout" | "sessiontimeout" => Keep::Flag,
        "user" | "username" | "account" | "prompt" | "grant_type" | "response_type" => Keep::Value,
        "code" => Keep::Presence("code"),
        "state" => Keep::Presence("state"),
        "ticket" => Keep::Presence("ticket"),
        "samlresponse" => Keep::Presence("SAMLResponse"),
        "samlrequest" => Keep::Presence("SAMLRequest"),
        "next" | "continue" | "goto" | "came_from" | "camefrom" | "callbackurl" | "callback_url" | "destination"
        | "originalurl" | "original_url" | "back_url" | "rd" => Keep::Presence("next"),
        _ if name.starts_with("return") || name.starts_with("redirect") => Keep::Presence("next"),
        _ => return None,
    })
}

/// Whether a value is the name of the page to sign in or out by: `login`, `account/logout`, `Special:UserLogin`.
fn names_sign_in(value: &str) -> bool {
    let is_name = value.len() <= 40
        && value.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b':' | b'_' | b'-' | b'.'));
    let lower = value.rsplit(['/', ':']).next().unwrap_or("").to_ascii_lowercase();
    is_name && ["login", "logon", "signin", "logout", "logoff", "signout"].iter().any(|word| lower.contains(word))
}

/// Whether an address is by its name that of a page to sign in by.
pub(super) fn is_sign_in_page(address: &str) -> bool {
    let address = address.split_once('#').map_or(address, |(address, _)| address);
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path =
        path.split_once("://").map_or(path, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(""));
    let named = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["login", "logon", "signin", "sign_in", "sign-in"].iter().any(|word| name.contains(word))
    };
    named(path.rsplit('/').next().unwrap_or(""))
        || form_urlencoded::parse(query.as_bytes())
            .any(|(_, value)| !is_path(&value) && names_sign_in(&value) && named(&value))
}

/// Whether a value is a path of the server: where to go on, whatever the parameter is called.
fn is_path(value: &str) -> bool {
    value.starts_with('/') && !value.starts_with("//") && value.len() <= LONGEST_VALUE
}

/// Whether a flag's value is a word rather than an identifier: `expired`, `true`, `1`, `timed out`.
fn is_plain(value: &str) -> bool {
    let letters = value.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b' '));
    let short = value.len() <= 4 && value.bytes().all(|byte| byte.is_ascii_digit());
    short || (letters && value.len() <= 24)
}

fn shortened(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(LONGEST_VALUE) {
        Some((at, _)) => Cow::Owned(format!("{}…", value.get(..at).unwrap_or_default())),
        None => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(request: &str) -> String {
        let mut what = What::default();
        if what.read(request.as_bytes()) { what.text().to_owned() } else { "none".to_owned() }
    }

    #[test]
    fn only_what_matters_of_a_query_stays() {
        for (request, expected) in [
            ("GET / HTTP/1.1", "GET /"),
            ("GET /a.css?v=3 HTTP/2.0", "GET /a.css"),
            (
                "GET /login?reason=Maximum+session%20lifetime%20reached&next=%2Forders HTTP/3.0",
                "GET /login?reason=Maximum session lifetime reached&next=",
            ),
            ("GET /login?Expired=1&returnUrl=/x&redirect_uri=https://y/z HTTP/1.1", "GET /login?expired=1&next="),
            ("GET /cb?code=4/P7q7W91&state=xyz&token=t HTTP/1.1", "GET /cb?code=&state="),
            ("GET /cb?ticket=ST-1-x&SAMLResponse=PHNh HTTP/1.1", "GET /cb?ticket=&SAMLResponse="),
            ("GET /x?session=8a1f00c4d2e9 HTTP/1.1", "GET /x?session="),
            ("GET /x?session=expired&user=ann HTTP/1.1", "GET /x?session=expired&user=ann"),
            ("GET /index.php?route=account/login&route=product/cart HTTP/1.1", "GET /index.php?route=account/login"),
            ("GET http://bank.example/login?x=y HTTP/1.1", "GET /login"),
            ("GET https://bank.example HTTP/1.1", "GET /"),
            ("GET /cart;jsessionid=8A1F?x=y HTTP/1.1", "GET /cart"),
            ("CONNECT bank.example:443 HTTP/1.1", "CONNECT bank.example:443"),
            ("OPTIONS * HTTP/1.1", "OPTIONS *"),
            ("GET /a\u{1b}[2J?msg=a%0Ab%1B%5B2J HTTP/1.1", "GET /a\u{1b}[2J?msg=a b [2J"),
            ("GET /enter?from_page=%2Fledger%2F7&x=1/2 HTTP/1.1", "GET /enter?next="),
            ("GET /old", "GET /old"),
            ("GET", "none"),
            ("-", "none"),
            ("", "none"),
            ("\\x16\\x03\\x01 x HTTP/1.1", "none"),
            ("GET  HTTP/1.1", "none"),
            ("SSH-2.0-Go", "none"),
        ] {
            assert_eq!(said(request), expected, "{request}");
        }
    }

    #[test]
    fn a_page_to_sign_in_by_is_known_by_its_path_or_by_the_page_that_its_query_names() {
        for address in
            ["https://wiki.example/doku.php?id=start&do=login", "http://a.example/users/sign_in", "/auth/Login.aspx"]
        {
            assert!(is_sign_in_page(address), "{address}");
        }
        for address in ["https://login.example/", "/login/home", "/a?do=logout", "/items?next=%2Flogin", "-", ""] {
            assert!(!is_sign_in_page(address), "{address}");
        }
    }

    #[test]
    fn a_session_in_the_path_is_taken_out_of_it() {
        let mut what = What::default();
        assert!(what.read(b"GET /shop;JSESSIONID=8A1F/cart HTTP/1.1"));
        assert_eq!((what.text(), what.path_session()), ("GET /shop/cart", Some("8A1F")));
        assert!(what.read(b"GET / HTTP/1.1"));
        assert_eq!(what.path_session(), None);
    }
}
