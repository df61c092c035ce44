//! What a request is for, judged by its method, path and query alone.

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A static file, favicon, manifest.
    Asset,
    /// A probe by tools or monitors: says nothing about the person.
    Probe,
    /// A CORS preflight.
    Preflight,
    /// The page that asks to sign in, or one of its steps (MFA, consent).
    SignInPage,
    /// Credentials handed in.
    SignInSubmit,
    /// OAuth authorization endpoint.
    Authorize,
    /// Return from an identity provider, with a code or an assertion.
    Callback,
    /// OAuth token endpoint.
    Token,
    /// A renewal by its own path.
    Refresh,
    /// The end of the session, asked for by the user.
    SignOut,
    /// An act upon sessions or accounts of others: kill, revoke, disable.
    Operator,
    /// Anything else: a page or data.
    Content,
}

const ASSET_EXTENSIONS: &[&str] = &[
    "js",
    "mjs",
    "css",
    "map",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "ico",
    "webp",
    "avif",
    "bmp",
    "woff",
    "woff2",
    "ttf",
    "otf",
    "eot",
    "mp3",
    "mp4",
    "webm",
    "ogg",
    "wasm",
    "webmanifest",
    "txt",
    "less",
    "scss",
];
const PROBES: &[&str] =
    &["favicon.ico", "robots.txt", "health", "healthz", "livez", "readyz", "metrics", "manifest.json", "server-status"];
const SIGN_IN: &[&str] = &[
    "login",
    "signin",
    "logon",
    "authenticate",
    "identifier",
    "interaction",
    "wp-login",
    "j_security_check",
    "j_spring_security_check",
    "sign_in",
    "sign-in",
    "log-in",
    "log_in",
    "user_login",
    "dologin",
    "userlogin",
    "loginpage",
];
const SECOND_STEPS: &[&str] = &[
    "mfa",
    "2fa",
    "otp",
    "totp",
    "two-factor",
    "two_factor",
    "twofactor",
    "challenge",
    "consent",
    "step-up",
    "webauthn",
];
const SIGN_OUT: &[&str] = &[
    "logout",
    "signout",
    "sign_out",
    "sign-out",
    "logoff",
    "log-out",
    "log_out",
    "endsession",
    "end_session",
    "end-session",
    "signoff",
    "dologout",
];
const CALLBACK: &[&str] = &[
    "callback",
    "cb",
    "signin-oidc",
    "signin-callback",
    "acs",
    "assertion",
    "sso-callback",
    "oidc-callback",
    "redirect_uri",
];
const REFRESH: &[&str] = &[
    "refresh",
    "refresh-token",
    "refresh_token",
    "refreshtoken",
    "token-refresh",
    "renew",
    "extend",
    "silent-refresh",
    "silent-renew",
];
const OPERATOR_ACT: &[&str] = &[
    "kill",
    "revoke",
    "terminate",
    "invalidate",
    "disable",
    "suspend",
    "ban",
    "deactivate",
    "logout-all",
    "force-logout",
    "logout_all",
    "lock",
    "kick",
    "disconnect",
    "revoke-sessions",
    "expire",
    "reset-password",
    "purge",
    "flush",
];
const OPERATOR_PLACE: &[&str] = &[
    "admin",
    "administration",
    "ops",
    "manage",
    "management",
    "internal",
    "backoffice",
    "users",
    "sessions",
    "accounts",
    "realms",
];

/// What a request for `path` (without query) is for.
pub fn purpose(method: &str, path: &str, query: &str) -> Purpose {
    if method == "OPTIONS" {
        return Purpose::Preflight;
    }
    let lower = path.to_ascii_lowercase();
    let segments: Vec<&str> = lower.split('/').filter(|segment| !segment.is_empty()).collect();
    let last = segments.last().copied().unwrap_or("");
    let (stem, extension) = last.rsplit_once('.').unwrap_or((last, ""));
    if last.starts_with("favicon") || PROBES.contains(&last) || lower.starts_with("/.well-known/") {
        return Purpose::Probe;
    }
    if ASSET_EXTENSIONS.contains(&extension) {
        return Purpose::Asset;
    }
    let has = |words: &[&str]| segments.iter().any(|segment| words.contains(segment)) || words.contains(&stem);
    let writes = !matches!(method, "GET" | "HEAD");
    let has_param = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    if has(SIGN_OUT)
        || (method == "DELETE" && matches!(last, "session" | "sessions" | "login"))
        || query.contains("action=logout")
    {
        return Purpose::SignOut;
    }
    if writes && has(OPERATOR_ACT) && has(OPERATOR_PLACE) {
        return Purpose::Operator;
    }
    if matches!(stem, "token" | "tokens") && writes || last == "access_token" {
        return Purpose::Token;
    }
    if has(CALLBACK) && (writes || has_param("code") || has_param("state") || has_param("ticket") || query.is_empty())
        || has_param("code") && has_param("state")
    {
        return Purpose::Callback;
    }
    if has(REFRESH) && !has(SIGN_IN) {
        return Purpose::Refresh;
    }
    if matches!(stem, "authorize" | "authorization")
        || (stem == "auth" && (has_param("client_id") || has_param("response_type")))
        || has_param("SAMLRequest")
    {
        return Purpose::Authorize;
    }
    if has(SIGN_IN) || (writes && matches!(last, "session" | "sessions")) {
        return if writes { Purpose::SignInSubmit } else { Purpose::SignInPage };
    }
    if has(SECOND_STEPS) {
        return if writes { Purpose::SignInSubmit } else { Purpose::SignInPage };
    }
    Purpose::Content
}

/// Whether a path by its name serves polling: it asks whether something happened, for nobody's click.
pub fn sounds_periodic(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.split(['/', '-', '_', '.']).any(|word| {
        matches!(
            word,
            "poll"
                | "polling"
                | "heartbeat"
                | "heartbeats"
                | "keepalive"
                | "alive"
                | "ping"
                | "notifications"
                | "unread"
                | "presence"
                | "beacon"
                | "telemetry"
                | "heart"
                | "longpoll"
                | "collect"
                | "pulse"
        )
    })
}

/// A path with its numbers and ids taken out, so that `/orders/101` and `/orders/102` are the same place.
pub fn place_of(path: &str) -> String {
    let mut place = String::with_capacity(path.len());
    for segment in path.split('/') {
        if !place.is_empty() || path.starts_with('/') && !segment.is_empty() {
            place.push('/');
        }
        let digits = segment.bytes().filter(u8::is_ascii_digit).count();
        let is_id = !segment.is_empty() && (digits == segment.len() || segment.len() >= 16 && digits >= 4);
        place.push_str(if is_id { "*" } else { segment });
    }
    if place.is_empty() { "/".to_owned() } else { place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart_by_method_and_path() {
        let table = [
            ("GET", "/login", "", Purpose::SignInPage),
            ("POST", "/login", "next=", Purpose::SignInSubmit),
            ("POST", "/api/auth/login", "", Purpose::SignInSubmit),
            ("POST", "/users/sign_in", "", Purpose::SignInSubmit),
            ("POST", "/wp-login.php", "", Purpose::SignInSubmit),
            ("DELETE", "/api/session", "", Purpose::SignOut),
            ("POST", "/logout", "", Purpose::SignOut),
            ("GET", "/realms/x/protocol/openid-connect/logout", "", Purpose::SignOut),
            ("POST", "/realms/x/protocol/openid-connect/token", "", Purpose::Token),
            ("GET", "/realms/x/protocol/openid-connect/auth", "client_id=a", Purpose::Authorize),
            ("GET", "/callback", "code=&state=", Purpose::Callback),
            ("POST", "/api/auth/refresh", "", Purpose::Refresh),
            ("POST", "/admin/kill", "user=bob", Purpose::Operator),
            ("POST", "/admin/sessions/12/revoke", "", Purpose::Operator),
            ("GET", "/static/site.css", "", Purpose::Asset),
            ("GET", "/.well-known/appspecific/com.chrome.devtools.json", "", Purpose::Probe),
            ("OPTIONS", "/me", "", Purpose::Preflight),
            ("GET", "/orders/101", "", Purpose::Content),
            ("GET", "/blog/how-to-login-faster", "", Purpose::Content),
        ];
        for (method, path, query, expected) in table {
            assert_eq!(purpose(method, path, query), expected, "{method} {path}?{query}");
        }
    }

    #[test]
    fn numbers_do_not_make_another_place() {
        assert_eq!(place_of("/orders/101"), "/orders/*");
        assert_eq!(place_of("/orders/102"), place_of("/orders/101"));
        assert_eq!(place_of("/"), "/");
        assert_eq!(place_of("/api/v2/users"), "/api/v2/users");
    }
}
