//! `Cookie` and `Set-Cookie` headers (RFC 6265), as many ways as producers join them.

use super::time;
use crate::model::Nanos;

/// A cookie that an answer sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    pub(super) expires: Option<Nanos>,
    pub(super) cleared: bool,
    pub(super) http_only: bool,
}

/// Longest list of cookies that one header is read for.
const MAX_COOKIES: usize = 500;

/// Names and values of a `Cookie` header.
pub(super) fn sent(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header
        .split([';', '\n'])
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.trim(), unquoted(value)))
        .filter(|(name, _)| !name.is_empty())
        .take(MAX_COOKIES)
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// Every cookie of a `Set-Cookie` value: one, several joined by line ends, or several joined by commas.
///
/// `arrived` is when the answer came by the client's clock; `served` by the server's, where the answer says it.
pub(super) fn set(header: &str, arrived: Nanos, served: Option<Nanos>) -> Vec<Set<'_>> {
    let mut cookies = Vec::new();
    for line in header.split('\n').filter(|line| !line.trim().is_empty()) {
        let mut rest = line;
        while cookies.len() < MAX_COOKIES {
            let cut = comma_between(rest);
            let one = cut.and_then(|at| rest.get(..at)).unwrap_or(rest);
            cookies.extend(set_one(one, arrived, served));
            let Some(next) = cut.and_then(|at| rest.get(at.checked_add(1)?..)) else { break };
            rest = next;
        }
    }
    cookies
}

/// The first comma that is followed by another `name=`, not by the rest of a date.
fn comma_between(text: &str) -> Option<usize> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let mut from = 0_usize;
    while let Some(at) = text.get(from..)?.find(", ") {
        let comma = from.checked_add(at)?;
        let next = text.get(comma.checked_add(2)?..)?.trim_start();
        let name = next.bytes().take_while(|&byte| is_token(byte)).count();
        if name > 0 && next.as_bytes().get(name) == Some(&b'=') {
            return Some(comma);
        }
        from = comma.checked_add(2)?;
    }
    None
}

fn set_one(text: &str, arrived: Nanos, served: Option<Nanos>) -> Option<Set<'_>> {
    let mut parts = text.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let mut cookie = Set { name: name.trim(), value: unquoted(value), ..Set::default() };
    if cookie.name.is_empty() {
        return None;
    }
    let (mut max_age, mut expires) = (None, None);
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let key = key.trim();
        if key.eq_ignore_ascii_case("max-age") {
            max_age = value.trim().parse::<f64>().ok().filter(|age| !age.is_nan());
        } else if key.eq_ignore_ascii_case("expires") {
            expires = time::http_date(value);
        } else if key.eq_ignore_ascii_case("httponly") {
            cookie.http_only = true;
        }
    }
    finish(&mut cookie, max_age, expires, arrived, served);
    Some(cookie)
}

/// A cookie of `response.cookies`, for producers that list it there alone.
pub(super) fn listed<'a>(
    name: &'a str,
    value: &'a str,
    expires: &str,
    http_only: bool,
    arrived: Nanos,
    served: Option<Nanos>,
) -> Set<'a> {
    let mut cookie = Set { name, value, http_only, ..Set::default() };
    let expires = time::started(expires).map(|(at, _)| at).or_else(|| time::http_date(expires));
    finish(&mut cookie, None, expires, arrived, served);
    cookie
}

/// `Max-Age` comes before `Expires`. `Max-Age` counts from the answer's arrival. `Expires` is a time of the server's clock: what
/// it means is how long after the answer's own `Date` it lies, as browsers take it, too.
fn finish(cookie: &mut Set<'_>, max_age: Option<f64>, expires: Option<Nanos>, arrived: Nanos, served: Option<Nanos>) {
    cookie.expires = match max_age {
        Some(age) => Some(time::after(arrived, age)),
        None => match (expires, served) {
            (Some(at), Some(served)) => Some(at.saturating_sub(served).saturating_add(arrived)),
            _ => expires,
        },
    };
    let gone = match (max_age, expires) {
        (Some(age), _) => age <= 0.0,
        (None, Some(at)) => at <= served.unwrap_or(arrived),
        (None, None) => false,
    };
    cookie.cleared = gone || cookie.value.is_empty();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::SECOND;

    #[test]
    fn max_age_comes_before_expires() {
        let cookies = set("sid=a; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly", 100 * SECOND, None);
        assert_eq!(
            cookies,
            [Set { name: "sid", value: "a", expires: Some(160 * SECOND), cleared: false, http_only: true }]
        );
    }

    #[test]
    fn several_cookies_in_one_header_come_apart() {
        let joined = "a=1; Expires=Wed, 21 Oct 2065 07:28:00 GMT; Path=/, b=2; Path=/\nc=x, y";
        let cookies: Vec<_> = set(joined, 0, None).iter().map(|cookie| (cookie.name, cookie.value)).collect();
        assert_eq!(cookies, [("a", "1"), ("b", "2"), ("c", "x, y")]);
    }

    #[test]
    fn an_empty_or_outdated_cookie_is_a_cleared_one() {
        let now = 1_700_000_000 * SECOND;
        for header in ["s=", "s=x; max-age=0", "s=x; Max-Age=-1", "s=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT"] {
            assert!(set(header, now, None).iter().all(|cookie| cookie.cleared), "{header}");
        }
        assert!(!set("s=x; Expires=Fri, 31 Dec 2100 00:00:00 GMT", now, Some(now)).iter().any(|cookie| cookie.cleared));
        assert_eq!(set("nonsense; Path=/", now, None), []);
    }

    #[test]
    fn sent_cookies_are_pairs() {
        let pairs: Vec<_> = sent("a=1; b=\"two\";c; =x; d=e=f").collect();
        assert_eq!(pairs, [("a", "1"), ("b", "two"), ("d", "e=f")]);
    }
}
