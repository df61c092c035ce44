//! Addresses: taken apart, resolved, and freed of secrets.

/// A URL in parts, nothing decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    /// `https`.
    pub(super) scheme: String,
    /// Lower case, with a port where it is not the scheme's own.
    pub(super) host: String,
    /// From the first slash on, at least `/`.
    pub(super) path: String,
    /// Without `?`.
    pub(super) query: String,
    /// Without `#`.
    pub(super) fragment: String,
}

/// Longest query that is kept.
const MAX_QUERY: usize = 2_000;

impl Address {
    /// Takes an absolute URL apart. Of schemes other than HTTP's and WebSocket's only the scheme is kept.
    pub(super) fn parse(url: &str) -> Self {
        let url = url.trim();
        let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
            return Self::without_authority(url);
        };
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https" | "ws" | "wss") {
            return Self { path: format!("{scheme}:"), scheme, ..Self::default() };
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let mut address = Self { host: host_of(&scheme, authority), scheme, ..Self::default() };
        address.set_tail(tail);
        address
    }

    fn without_authority(url: &str) -> Self {
        if let Some((scheme, rest)) = url.split_once(':')
            && is_scheme(scheme)
        {
            // `CONNECT host:443`, as proxies write it.
            let (host, path) = if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) {
                (host_of("https", url), "/".to_owned())
            } else {
                (String::new(), format!("{}:", scheme.to_ascii_lowercase()))
            };
            return Self { host, path, ..Self::default() };
        }
        let mut address = Self::default();
        address.set_tail(url);
        address
    }

    fn set_tail(&mut self, tail: &str) {
        let (rest, fragment) = tail.split_once('#').unwrap_or((tail, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        self.path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        query.clone_into(&mut self.query);
        fragment.clone_into(&mut self.fragment);
    }

    /// Where a link leads that stands at this address.
    pub(super) fn join(&self, link: &str) -> Self {
        let link = link.trim();
        if link.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)) {
            return Self::parse(link);
        }
        if let Some(rest) = link.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.scheme));
        }
        let mut address = Self { scheme: self.scheme.clone(), host: self.host.clone(), ..Self::default() };
        let (rest, _) = link.split_once('#').unwrap_or((link, ""));
        let path_end = rest.find('?').unwrap_or(rest.len());
        let (path, _) = rest.split_at_checked(path_end).unwrap_or((rest, ""));
        if path.starts_with('/') {
            address.set_tail(link);
        } else if path.is_empty() {
            address.set_tail(link);
            address.path.clone_from(&self.path);
            if !rest.contains('?') {
                address.query.clone_from(&self.query);
            }
        } else {
            let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            address.set_tail(&format!("{folder}/{link}"));
        }
        if address.path.contains("/.") {
            address.path = without_dots(&address.path);
        }
        address
    }

    /// The path as it may be shown, and the session id that Java servers append to it (`;jsessionid=`).
    pub(super) fn shown_path(&self) -> (String, Option<(&str, &str)>) {
        let mut path = String::with_capacity(self.path.len());
        let mut session = None;
        let mut before = "";
        for (at, segment) in self.path.split('/').enumerate() {
            if at > 0 {
                path.push('/');
            }
            let mut parts = segment.split(';');
            let name = parts.next().unwrap_or("");
            path.push_str(if is_secret_segment(before, name) { "…" } else { name });
            for parameter in parts {
                path.push(';');
                match parameter.split_once('=') {
                    Some((name, value)) if is_secret_name(name) => {
                        path.push_str(name);
                        path.push('=');
                        session = Some((name, value)).filter(|(name, _)| name.to_ascii_lowercase().contains("session"));
                    }
                    _ => path.push_str(parameter),
                }
            }
            before = name;
        }
        (path, session)
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() < 40
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn host_of(scheme: &str, authority: &str) -> String {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
    let port = match scheme {
        "http" | "ws" => ":80",
        _ => ":443",
    };
    host.strip_suffix(port).or_else(|| host.strip_suffix(':')).map(str::to_owned).unwrap_or(host)
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let last = path.rsplit('/').next().unwrap_or("");
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    let slash = if matches!(last, "." | "..") && !kept.is_empty() { "/" } else { "" };
    format!("/{}{slash}", kept.join("/"))
}

/// Whether a path segment is a credential: a JWT, or a long random text after a word that announces one.
fn is_secret_segment(before: &str, segment: &str) -> bool {
    let announced = || {
        let before = before.to_ascii_lowercase();
        ["reset", "verif", "confirm", "invit", "magic", "token", "activat", "unsubscri", "ticket", "key", "sso"]
            .iter()
            .any(|word| before.contains(word))
    };
    segment.len() >= 20 && (looks_like_jwt(segment) || looks_random(segment) && announced())
}

/// Whether a text has the shape of a JWT.
pub(super) fn looks_like_jwt(text: &str) -> bool {
    text.starts_with("eyJ")
        && text.len() > 20
        && text.bytes().filter(|&byte| byte == b'.').count() >= 2
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b'+' | b'/'))
}

/// Whether a text looks drawn by a random generator: long, of one piece, letters and digits mixed.
pub(super) fn looks_random(text: &str) -> bool {
    text.len() >= 20
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'=' | b'~'))
        && text.bytes().filter(u8::is_ascii_digit).count() >= 2
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether a parameter of this name carries a credential, or what is as good as one.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    matches!(
        name.as_str(),
        "code"
            | "state"
            | "nonce"
            | "ticket"
            | "key"
            | "sig"
            | "sign"
            | "signature"
            | "sid"
            | "pwd"
            | "pass"
            | "jwt"
            | "auth"
            | "authorization"
            | "samlresponse"
            | "samlrequest"
            | "samlart"
            | "relaystate"
            | "assertion"
            | "clientassertion"
            | "otp"
            | "pin"
            | "totp"
            | "mfacode"
            | "usercode"
            | "devicecode"
            | "authcode"
            | "codeverifier"
            | "idtokenhint"
            | "logintoken"
            | "hmac"
            | "mac"
            | "credential"
            | "credentials"
            | "cookie"
            | "wresult"
            | "wctx"
            | "openidsig"
            | "phpsessid"
            | "accesskey"
            | "accesskeyid"
            | "xamzcredential"
            | "xamzsignature"
            | "sas"
            | "st"
    ) || ["token", "password", "passwd", "secret", "apikey", "passphrase", "sessionid", "privatekey"]
        .iter()
        .any(|end| name.ends_with(end))
        || name.starts_with("session")
        || name.starts_with("jsession")
        || name.contains("password")
}

/// A value that says how things are and opens nothing, whatever its parameter is called (`session=expired`).
pub(super) fn is_plain_word(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    matches!(
        value.as_str(),
        "" | "0"
            | "1"
            | "true"
            | "false"
            | "yes"
            | "no"
            | "expired"
            | "timeout"
            | "timedout"
            | "timed_out"
            | "timed-out"
            | "invalid"
            | "ended"
            | "idle"
            | "inactive"
            | "revoked"
            | "closed"
            | "lost"
            | "terminated"
            | "logout"
    )
}

/// Parameters that never hold a credential, so that long random values (ids) stay.
fn is_benign_name(name: &str) -> bool {
    matches!(
        name,
        "client_id"
            | "response_type"
            | "response_mode"
            | "grant_type"
            | "scope"
            | "prompt"
            | "error"
            | "reason"
            | "error_description"
            | "username"
            | "ui_locales"
            | "login_hint"
            | "audience"
            | "resource"
            | "id"
    )
}

/// The parameters of a query, decoded.
pub(super) fn parameters(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The query with the values of secret parameters left out, in their nested addresses too.
pub(super) fn scrubbed_query(query: &str) -> String {
    let mut scrubbed = scrub(query, 0);
    if scrubbed.len() > MAX_QUERY {
        let end = (0..=MAX_QUERY).rev().find(|&at| scrubbed.is_char_boundary(at)).unwrap_or(0);
        scrubbed.truncate(end);
        scrubbed.push('…');
    }
    scrubbed
}

fn scrub(query: &str, depth: u8) -> String {
    let mut out = String::with_capacity(query.len());
    for part in query.split('&') {
        if !out.is_empty() {
            out.push('&');
        }
        let raw_name = part.split_once('=').map_or(part, |(name, _)| name);
        let Some((name, value)) = form_urlencoded::parse(part.as_bytes()).next() else { continue };
        if !part.contains('=') {
            let is_secret = looks_like_jwt(&name) || looks_random(&name) && name.len() >= 32;
            out.push_str(if is_secret { "…" } else { part });
            continue;
        }
        out.push_str(raw_name);
        out.push('=');
        let plain = is_plain_word(&value);
        let random = looks_like_jwt(&value) || looks_random(&value) && value.len() >= 32 && !is_benign_name(&name);
        if (is_secret_name(&name) && !plain) || random {
            continue;
        }
        match nested(&value, depth) {
            Some(clean) => out.extend(form_urlencoded::byte_serialize(clean.as_bytes())),
            None => out.push_str(part.split_once('=').map_or("", |(_, value)| value)),
        }
    }
    out
}

/// A value that is itself an address or a query, scrubbed; `None` where it is neither or holds no secret.
fn nested(value: &str, depth: u8) -> Option<String> {
    if !value.contains('=') && !value.contains("eyJ") {
        return None;
    }
    if depth >= 3 {
        return Some(String::new());
    }
    let mut clean = String::with_capacity(value.len());
    for (at, piece) in value.split_inclusive(['?', '#']).enumerate() {
        let mark = piece.chars().last().filter(|c| matches!(c, '?' | '#'));
        let body = piece.trim_end_matches(['?', '#']);
        let is_address = at == 0 && (body.starts_with('/') || body.contains("://"));
        if is_address {
            let shown = Address::parse(body);
            let host = if shown.host.is_empty() { String::new() } else { format!("{}://{}", shown.scheme, shown.host) };
            clean.push_str(&host);
            clean.push_str(&shown.shown_path().0);
        } else {
            clean.push_str(&scrub(body, depth.saturating_add(1)));
        }
        clean.extend(mark);
    }
    (clean != value).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_the_scheme_user_names_and_fragments_are_dropped() {
        for (url, host, path) in [
            ("https://Bank.example:443/a?b#c", "bank.example", "/a"),
            ("http://me:pw@127.0.0.1:8080", "127.0.0.1:8080", "/"),
            ("wss://x.example:443/socket", "x.example", "/socket"),
            ("x.example:443", "x.example", "/"),
            ("data:text/html,hello", "", "data:"),
            ("", "", "/"),
        ] {
            let address = Address::parse(url);
            assert_eq!((address.host.as_str(), address.path.as_str()), (host, path), "{url}");
        }
    }

    #[test]
    fn redirects_resolve_against_the_request() {
        let base = Address::parse("https://a.example/x/y?z=1");
        for (link, wanted) in [
            ("/login?next=%2F", "https a.example /login next=%2F"),
            ("../login", "https a.example /login "),
            ("login", "https a.example /x/login "),
            ("?p=2", "https a.example /x/y p=2"),
            ("//b.example/c", "https b.example /c "),
            ("http://c.example/d#e", "http c.example /d "),
        ] {
            let Address { scheme, host, path, query, .. } = base.join(link);
            assert_eq!(format!("{scheme} {host} {path} {query}"), wanted, "{link}");
        }
    }

    #[test]
    fn secret_parameters_lose_their_values_and_keep_their_names() {
        for (query, wanted) in [
            ("code=abc&client_id=shop&state=x", "code=&client_id=shop&state="),
            ("next=%2Forders%2F102&reason=idle", "next=%2Forders%2F102&reason=idle"),
            (
                "redirect_uri=https%3A%2F%2Fa.example%2Fcb%3Ftoken%3Dabc",
                "redirect_uri=https%3A%2F%2Fa.example%2Fcb%3Ftoken%3D",
            ),
            ("session=expired&sessionId=77", "session=expired&sessionId="),
            ("x=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln&y=1", "x=&y=1"),
            ("access_token=abc&error_description=gone+now", "access_token=&error_description=gone+now"),
        ] {
            assert_eq!(scrubbed_query(query), wanted);
        }
        let path = Address::parse("http://a.example/shop;jsessionid=0A1B/reset/abc123def456abc123def456");
        let (shown, session) = path.shown_path();
        assert_eq!(shown, "/shop;jsessionid=/reset/…");
        assert_eq!(session, Some(("jsessionid", "0A1B")));
    }
}
