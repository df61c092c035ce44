//! How an app looks from outside: names, paths, words and the ways in which it refuses, drawn so that no two are alike.

use super::{ending::Ending, random::Random};

/// How an app is built, as far as its requests show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Build {
    /// Pages rendered by the server, with forms.
    Pages,
    /// One page that asks an interface for data.
    Data,
    /// One page that asks a single GraphQL address.
    Graph,
}

/// How a refusal looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A redirect to the sign-in page.
    Redirect(u16),
    /// A status of its own, with a body of a few words.
    Status(u16),
    /// The sign-in page in place of what was asked for, with status 200.
    PageInPlace,
    /// GraphQL: status 200, and an error among the data.
    GraphError,
}

/// An app's names and manners.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) build: Build,
    pub(super) host: String,
    /// The host of the interface, where it is another one.
    pub(super) api_host: String,
    pub(super) third_host: &'static str,
    /// The host that signs in and gives tokens.
    pub(super) issuer_host: String,
    pub(super) server: &'static str,
    pub(super) sign_in_page: &'static str,
    pub(super) sign_in_post: &'static str,
    pub(super) sign_out: (&'static str, &'static str),
    pub(super) renew: &'static str,
    /// Whether the renewal is OAuth's form, not JSON.
    pub(super) renew_form: bool,
    pub(super) pages: Vec<&'static str>,
    pub(super) data: Vec<&'static str>,
    pub(super) writes: &'static str,
    pub(super) forbidden: &'static str,
    pub(super) poll: &'static str,
    /// How pages refuse, and how the interface does.
    pub(super) page_refusal: Refusal,
    pub(super) data_refusal: Refusal,
    pub(super) next: &'static str,
    pub(super) cookie: &'static str,
    /// Cookies that have nothing to do with the session.
    pub(super) other_cookies: Vec<(&'static str, String)>,
    /// What a refusal says that says nothing.
    pub(super) neutral: &'static str,
    pub(super) clears_on_refusal: bool,
    pub(super) user_field: &'static str,
    pub(super) assets: String,
    pub(super) revoke_path: &'static str,
    /// Whether the token's claims can be read.
    pub(super) readable_tokens: bool,
}

const HOSTS: &[&str] = &[
    "portal.harbour.example",
    "app.lindenhof.test",
    "intranet.northwind.example",
    "crm.saltmarsh.example",
    "desk.ferrycross.test",
    "kunden.beispiel.example",
    "shop.tallgrass.example",
    "lms.campus.example",
    "erp.quarry.test",
    "10.20.30.40:8443",
    "localhost:8080",
    "wiki.orchard.example",
];
const THIRDS: &[&str] = &["stats.metrics.example", "cdn.widgets.example", "o4501.ingest.errors.example"];
const SERVERS: &[&str] = &["nginx", "Apache/2.4.62 (Debian)", "Kestrel", "gunicorn", "envoy", "Caddy", "openresty"];
const SIGN_IN: &[(&str, &str)] = &[
    ("/login", "/login"),
    ("/auth/login", "/auth/login"),
    ("/users/sign_in", "/users/sign_in"),
    ("/account/login", "/account/login"),
    ("/signin", "/signin"),
    ("/login", "/api/login"),
    ("/sign-in", "/api/auth/sign-in"),
    ("/accounts/login/", "/accounts/login/"),
    ("/login.jsp", "/j_security_check"),
    ("/index.php/login", "/index.php/login"),
    ("/session/new", "/session"),
];
const SIGN_OUT: &[(&str, &str)] = &[
    ("POST", "/logout"),
    ("GET", "/logout"),
    ("POST", "/auth/logout"),
    ("DELETE", "/users/sign_out"),
    ("GET", "/signout"),
];
const PAGES: &[&str] = &[
    "/dashboard",
    "/orders",
    "/orders/4711",
    "/customers",
    "/reports",
    "/reports/2026-04",
    "/tickets",
    "/tickets/88",
    "/calendar",
    "/projects/12/board",
    "/invoices",
    "/inventory",
    "/courses",
    "/documents",
    "/messages",
    "/team",
];
const DATA: &[&str] = &[
    "/api/orders",
    "/api/v1/customers",
    "/api/items?page=2",
    "/api/projects/12",
    "/api/v2/tickets",
    "/rest/invoices",
    "/api/search?term=bolt",
    "/api/documents",
    "/api/reports/summary",
    "/api/me",
    "/api/v1/tasks",
    "/api/calendar/week",
];
const POLLS: &[&str] = &[
    "/api/notifications",
    "/api/heartbeat",
    "/ping",
    "/api/v1/messages/unread",
    "/api/updates",
    "/api/status",
    "/api/jobs/changes",
    "/api/presence",
    "/feed/since",
    "/api/v1/inbox/count",
];
const COOKIES: &[&str] = &[
    "connect.sid",
    "JSESSIONID",
    "PHPSESSID",
    "sessionid",
    "_app_session",
    "laravel_session",
    "ASP.NET_SessionId",
    "SID",
    "session",
    ".AspNetCore.Cookies",
    "auth_token",
    "sid",
];
const REVOKES: &[&str] = &[
    "/admin/users/{user}/revoke-sessions",
    "/admin/sessions/kill",
    "/admin/users/{user}/logout-all",
    "/manage/accounts/{user}/terminate",
    "/internal/sessions/318/revoke",
];
const NEUTRAL: &[&str] = &[
    "Unauthorized",
    "Not authenticated",
    "Authentication required",
    "Please sign in",
    "Unauthenticated.",
    "Authentication credentials were not provided.",
    "Your session has expired. Please log in again.",
    "You are not logged in",
];

impl Look {
    pub(super) fn draw(random: &mut Random, build: Build) -> Self {
        let host = random.pick(HOSTS).to_owned();
        let (sign_in_page, sign_in_post) = match build {
            Build::Pages => random.pick(SIGN_IN),
            _ => (
                random.pick(&["/login", "/signin", "/auth/login"]),
                random.pick(&["/api/login", "/api/auth/login", "/auth/session/login", "/api/v1/authenticate"]),
            ),
        };
        let named = host.chars().next().is_some_and(char::is_alphabetic) && host.contains('.');
        let api_host = if build != Build::Pages && named && random.chance(0.3) {
            format!("api.{}", host.split_once('.').map_or(&*host, |(_, site)| site))
        } else {
            host.clone()
        };
        let site = host.split_once('.').map_or(&*host, |(_, site)| site);
        let issuer_host =
            if named { format!("auth.{site}") } else { format!("{}:9443", host.split(':').next().unwrap_or("")) };
        let status = Refusal::Status(random.pick(&[401, 401, 401, 401, 419, 440]));
        let data_refusal = if build == Build::Graph && random.chance(0.7) { Refusal::GraphError } else { status };
        let page_refusal = match random.count(0, 9) {
            0 => Refusal::PageInPlace,
            1 => Refusal::Status(401),
            _ => Refusal::Redirect(random.pick(&[302, 302, 303, 307])),
        };
        let mut pages = several(random, PAGES, 4, 8);
        pages.dedup();
        let renew_form = random.chance(0.5);
        Self {
            build,
            api_host,
            issuer_host,
            third_host: random.pick(THIRDS),
            server: random.pick(SERVERS),
            sign_in_page,
            sign_in_post,
            sign_out: random.pick(SIGN_OUT),
            renew: if renew_form {
                random.pick(&["/oauth/token", "/oauth2/token", "/connect/token"])
            } else {
                random.pick(&["/api/auth/refresh", "/api/token/refresh", "/auth/renew"])
            },
            renew_form,
            pages,
            data: several(random, DATA, 3, 6),
            writes: random.pick(&["/orders/4711", "/tickets/88/comments", "/profile", "/api/items"]),
            forbidden: random.pick(&["/admin", "/billing/export", "/api/admin/users", "/settings/organisation"]),
            poll: random.pick(POLLS),
            page_refusal,
            data_refusal,
            next: random.pick(&["next", "returnUrl", "redirect", "ReturnUrl", "from", ""]),
            cookie: random.pick(COOKIES),
            other_cookies: other_cookies(random),
            neutral: random.pick(NEUTRAL),
            clears_on_refusal: random.chance(0.25),
            user_field: random.pick(&["username", "email", "user", "login", "j_username"]),
            assets: random.hex(8),
            revoke_path: random.pick(REVOKES),
            readable_tokens: random.chance(0.8),
            host,
        }
    }
}

fn several(random: &mut Random, of: &[&'static str], least: usize, most: usize) -> Vec<&'static str> {
    let wanted = random.count(least, most);
    let mut some: Vec<&'static str> = Vec::new();
    while some.len() < wanted {
        let one = random.pick(of);
        if !some.contains(&one) {
            some.push(one);
        }
    }
    some
}

fn other_cookies(random: &mut Random) -> Vec<(&'static str, String)> {
    let mut cookies = Vec::new();
    for name in ["theme", "_ga", "cookie_consent", "lang", "csrftoken"] {
        if random.chance(0.45) {
            let value = match name {
                "theme" => "dark".to_owned(),
                "lang" => "en-GB".to_owned(),
                "cookie_consent" => "1".to_owned(),
                _ => format!("GA1.1.{}", random.letters(16)),
            };
            cookies.push((name, value));
        }
    }
    if cookies.is_empty() {
        cookies.push(("theme", "light".to_owned()));
    }
    cookies
}

/// What a server says that says why; `None` where none of its kind would.
pub(super) fn reason(ending: Ending, random: &mut Random) -> Option<&'static str> {
    let words: &[&str] = match ending {
        Ending::IdleTimeout => &[
            "Your session timed out due to inactivity",
            "Session expired after 15 minutes of inactivity",
            "session_idle_timeout",
            "Idle timeout exceeded",
        ],
        Ending::AbsoluteTimeout => {
            &["Maximum session lifetime reached", "Session exceeded its maximum age", "absolute_timeout"]
        }
        Ending::TokenExpired => {
            &["jwt expired", "The access token expired", "Token has expired", "Signature has expired"]
        }
        Ending::RefreshExpired => &["refresh token expired", "The refresh token has expired"],
        Ending::RefreshReused => &["refresh token reuse detected", "Refresh token was already used"],
        Ending::NetworkSwitch => &["IP address changed", "Client IP does not match session"],
        Ending::KeyRotation => &["invalid signature", "Signature verification failed", "No matching key for kid"],
        Ending::ConcurrentLogin => {
            &["You have been signed in on another device", "Maximum number of sessions exceeded"]
        }
        Ending::Revoked => &["Your session was terminated by an administrator", "session_revoked"],
        Ending::ClockSkew => &["jwt not active", "Token used before issued", "The token is not yet valid (nbf)"],
        Ending::AccountLocked => {
            &["Account locked", "Your account has been disabled", "user_locked: too many failed attempts"]
        }
        _ => return None,
    };
    Some(random.pick(words))
}
