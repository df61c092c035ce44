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
    "user-login",
    "loginpage",
    "login-page",
    "loginform",
    "login-form",
    "login_form",
    "loginpost",
    "login-post",
    "logincheck",
    "login-check",
    "login_check",
    "loginaction",
    "checklogin",
    "check_login",
    "process_login",
    "processlogin",
    "do_login",
    "do-login",
    "admin-login",
    "adminlogin",
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
    "do_logout",
    "userlogout",
    "user-logout",
    "user_logout",
    "process_logout",
];
/// Parameters by which programs with one front door (`index.php?route=account/login`) say which page is meant.
const ROUTES: &[&str] = &[
    "action", "act", "do", "mode", "op", "page", "r", "route", "q", "cmd", "view", "task", "_task", "title", "module",
    "func", "screen", "section", "path",
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
    let before_last = segments.len().checked_sub(2).and_then(|at| segments.get(at)).copied().unwrap_or("");
    let ends_own_session = matches!(last, "session" | "sessions" | "login")
        || before_last == "session"
        || before_last == "sessions" && matches!(last, "current" | "me" | "self" | "mine");
    let route = route_of(query);
    let routed = |words: &[&str]| route.as_deref().is_some_and(|route| words.contains(&route));
    let asks_out = !has(SIGN_IN) && query.split('&').any(asks_out);
    // One's own session is spoken of in the singular, without a number.
    let closes_own = before_last == "session" && matches!(last, "close" | "end" | "destroy" | "terminate");
    if has(SIGN_OUT) || routed(SIGN_OUT) || asks_out || closes_own || method == "DELETE" && ends_own_session {
        return Purpose::SignOut;
    }
    if writes && has(OPERATOR_ACT) && has(OPERATOR_PLACE) {
        return Purpose::Operator;
    }
    // A client hands its own tokens in to be revoked (RFC 7009) when its user signs out.
    let revokes_own = matches!(stem, "revoke" | "revocation" | "revoke_token" | "revoke-token" | "revoketoken")
        && matches!(before_last, "auth" | "oauth" | "oauth2" | "token" | "tokens" | "connect" | "oidc");
    if writes && revokes_own {
        return Purpose::SignOut;
    }
    if matches!(stem, "token" | "tokens") && writes || last == "access_token" {
        return Purpose::Token;
    }
    // A callback that is handed a password itself, not a code, is where it is checked.
    if writes && before_last == "callback" && matches!(last, "credentials" | "ldap" | "password") {
        return Purpose::SignInSubmit;
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
    let asks_for_session = !writes && last == "new" && matches!(before_last, "session" | "sessions");
    if has(SIGN_IN) || routed(SIGN_IN) || asks_for_session || (writes && matches!(last, "session" | "sessions")) {
        return if writes { Purpose::SignInSubmit } else { Purpose::SignInPage };
    }
    if has(SECOND_STEPS) {
        return if writes { Purpose::SignInSubmit } else { Purpose::SignInPage };
    }
    Purpose::Content
}

/// The last word of the page that a query names: `login` of `route=account/login`, `userlogout` of `title=Special:UserLogout`.
fn route_of(query: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let lower = value.to_ascii_lowercase().replace("%2f", "/").replace("%3a", ":");
        let last = lower.trim_end_matches('/').rsplit(['/', ':', '.']).next()?.to_owned();
        (ROUTES.contains(&name) && (SIGN_IN.contains(&&*last) || SIGN_OUT.contains(&&*last))).then_some(last)
    })
}

/// The page that a query names, where the path is one program for all pages: `route=product` of `/index.php?route=product&id=7`.
pub fn page_of(path: &str, query: &str) -> Option<String> {
    let last = path.rsplit('/').next().unwrap_or("");
    let one_program = last.is_empty() || [".php", ".cgi", ".pl", ".asp", ".do"].iter().any(|end| last.ends_with(end));
    let named = |pair: &&str| pair.split_once('=').is_some_and(|(name, _)| ROUTES.contains(&name) && name != "q");
    let pages: Vec<&str> = query.split('&').filter(named).filter(|_| one_program).collect();
    (!pages.is_empty()).then(|| place_of(&pages.join("&")))
}

/// Whether a parameter asks to be signed out: `/?logout`, `/index.php?logout=1`.
fn asks_out(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    matches!(name, "logout" | "signout" | "logoff") && matches!(value, "" | "1" | "true" | "yes")
}

/// Whether a (lower-case) path with its query asks for the page to sign in by and names where to return to.
pub fn returns_from_sign_in(path: &str, query: &str) -> bool {
    let names_back = |name: &str| {
        let name = name.to_ascii_lowercase();
        matches!(
            &*name,
            "next"
                | "continue"
                | "goto"
                | "came_from"
                | "camefrom"
                | "callbackurl"
                | "callback_url"
                | "destination"
                | "originalurl"
                | "original_url"
                | "back_url"
                | "rd"
        ) || name.starts_with("return")
            || name.starts_with("redirect") && name != "redirect_uri"
    };
    let asks = path.split('/').any(|segment| SIGN_IN.contains(&segment.split('.').next().unwrap_or(segment)));
    asks && query.split('&').any(|pair| names_back(pair.split('=').next().unwrap_or(pair)))
}

/// Whether a (lower-case) path by its name tells anyone who asks whether somebody is signed in: `/api/auth/session`.
pub fn tells_session(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    matches!(last, "session" | "get-session" | "get_session" | "getsession" | "check-session" | "check_session")
}

/// Whether a path by its name holds what only someone signed in gets to see.
pub fn is_personal(path: &str) -> bool {
    path.to_ascii_lowercase().split('/').any(|segment| {
        matches!(
            segment,
            "me" | "my"
                | "profile"
                | "account"
                | "myaccount"
                | "my-account"
                | "dashboard"
                | "admin"
                | "settings"
                | "inbox"
                | "preferences"
                | "wp-admin"
        )
    })
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
            ("DELETE", "/session/ann", "", Purpose::SignOut),
            ("POST", "/session/close", "", Purpose::SignOut),
            ("POST", "/chat/sessions/17/close", "", Purpose::Content),
            ("DELETE", "/admin/sessions/12", "", Purpose::Content),
            ("GET", "/ucp.php", "mode=logout&sid=", Purpose::SignOut),
            ("GET", "/index.php", "title=Special:UserLogout", Purpose::SignOut),
            ("GET", "/", "logout", Purpose::SignOut),
            ("GET", "/login", "logout", Purpose::SignInPage),
            ("GET", "/index.php", "route=account%2Flogin", Purpose::SignInPage),
            ("POST", "/index.php", "action=login", Purpose::SignInSubmit),
            ("GET", "/index.php", "route=blog/how-to-login", Purpose::Content),
            ("GET", "/sessions/new", "", Purpose::SignInPage),
            ("POST", "/api/auth/callback/credentials", "", Purpose::SignInSubmit),
            ("GET", "/realms/x/protocol/openid-connect/logout", "", Purpose::SignOut),
            ("POST", "/realms/x/protocol/openid-connect/token", "", Purpose::Token),
            ("GET", "/realms/x/protocol/openid-connect/auth", "client_id=a", Purpose::Authorize),
            ("GET", "/callback", "code=&state=", Purpose::Callback),
            ("POST", "/api/auth/refresh", "", Purpose::Refresh),
            ("POST", "/admin/kill", "user=bob", Purpose::Operator),
            ("POST", "/admin/sessions/12/revoke", "", Purpose::Operator),
            ("POST", "/oauth2/revoke", "", Purpose::SignOut),
            ("POST", "/api/keys/7/revoke", "", Purpose::Content),
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
    fn a_program_for_all_pages_names_the_page_in_its_query() {
        assert_eq!(page_of("/index.php", "route=product/7&id=3").as_deref(), Some("route=product/*"));
        assert_eq!(page_of("/index.php", "id=3"), None);
        assert_eq!(page_of("/orders", "page=3"), None);
    }

    #[test]
    fn numbers_do_not_make_another_place() {
        assert_eq!(place_of("/orders/101"), "/orders/*");
        assert_eq!(place_of("/orders/102"), place_of("/orders/101"));
        assert_eq!(place_of("/"), "/");
        assert_eq!(place_of("/api/v2/users"), "/api/v2/users");
    }
}
