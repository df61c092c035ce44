//! One HTTP request and its answer, as a capture on the client's side shows them.

use super::{
    event::{EventId, SecretId},
    policy::StatedLimit,
    symbol::Sym,
    time::Nanos,
};

/// Why a request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The client had no network, or the host's name did not resolve while others' did.
    Offline,
    /// Nothing listened at the host's port: the host answered, so the network was there, and its server was not.
    Refused,
    /// The connection was reset or closed without an answer.
    Dropped,
    /// No answer within the client's patience.
    TimedOut,
    /// The client gave up by itself: a navigation, a script, a closed tab. Says nothing about the session.
    Aborted,
    /// The client was not allowed to ask: an extension, CORS, mixed content. Says nothing about the session.
    Blocked,
    /// No answer, and no reason given.
    Unknown,
}

/// A cookie as a `Set-Cookie` header gives it (RFC 6265 4.1).
#[derive(Clone, Debug)]
pub struct SetCookie {
    /// Its name.
    pub name: Sym,
    /// Its value.
    pub value: SecretId,
    /// When it expires by `Max-Age` (counted from the answer) or `Expires`; `None` for a browser-session cookie.
    pub expires: Option<Nanos>,
    /// Whether the header deletes the cookie: an empty value, or an expiry that has passed when it is set.
    pub cleared: bool,
    /// `HttpOnly`.
    pub http_only: bool,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenRole {
    /// An access token, or a bearer credential of unknown kind.
    Access,
    /// A refresh token.
    Refresh,
    /// An OIDC ID token.
    Id,
    /// A random value that was given beside an access token, or that a body sends: a refresh token, if the protocol turns
    /// out to use it as one. The sessions stage decides; no later one sees this.
    Opaque,
}

/// A token that an exchange carries, in a header, a cookie, a query or a body.
#[derive(Clone, Debug)]
pub struct TokenSeen {
    /// What it is for.
    pub role: TokenRole,
    /// Whether the client sent it; else the server issued it.
    pub sent: bool,
    /// What it is known by: its value, of a JWT without the signature, which cleaners of captures cut off here and there.
    pub value: SecretId,
    /// All of it, as it stood there.
    pub text: SecretId,
    /// JWT claims, in nanoseconds UTC, where it is a JWT and has them.
    pub issued_at: Option<Nanos>,
    /// JWT `nbf`.
    pub not_before: Option<Nanos>,
    /// JWT `exp`, or the answer's time plus `expires_in`.
    pub expires: Option<Nanos>,
    /// JWT `sub`.
    pub subject: Sym,
    /// JWT `sid`, else `jti`.
    pub id: Sym,
    /// JWT header `kid`.
    pub key_id: Sym,
}

/// What a HAR entry says beyond the columns of its event.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts about one exchange that hold or don't, independent of each other"
)]
pub struct Exchange {
    /// The event of this exchange.
    pub event: Option<EventId>,
    /// When the answer had arrived (`startedDateTime` plus `time`).
    pub answered: Nanos,
    /// When its headers had arrived: the answer's end less the time that its body took (`timings.receive`).
    pub headers_at: Nanos,
    /// Host and, where it is not the scheme's own, port: `bank.example`, `127.0.0.1:8080`.
    pub host: Sym,
    /// Request method.
    pub method: Sym,
    /// Path without query, percent-decoding left alone.
    pub path: Sym,
    /// Query without `?`, values of secret parameters left out.
    pub query: Sym,
    /// Host of the `Origin`, else `Referer`, header: the app that asked.
    pub origin: Sym,
    /// The page or tab (`pageref`, `_frameref`).
    pub page: Sym,
    /// Why there was no answer.
    pub failure: Option<Failure>,
    /// Where a redirect leads: host (empty for the same), path and query.
    pub redirect_host: Sym,
    /// Path of the redirect, without query.
    pub redirect_path: Sym,
    /// Query of the redirect.
    pub redirect_query: Sym,
    /// The `Date` header.
    pub server_date: Option<Nanos>,
    /// The `Server` header.
    pub server: Sym,
    /// The version of the app that asked or answered, where a header names it (`X-App-Version`, `X-Build-Id`).
    pub build: Sym,
    /// Whether the answer came from the browser's cache or a service worker, and so proves nothing.
    pub from_cache: bool,
    /// `Content-Type` of the answer, without parameters.
    pub content_type: Sym,
    /// Whether the answer's body shows a form that asks for a password.
    pub asks_password: bool,
    /// Whether the answer's body shows a link or a form to sign out by.
    pub offers_sign_out: bool,
    /// Whether the request's body carries a password.
    pub sends_password: bool,
    /// OAuth `grant_type` of the request's body.
    pub grant_type: Sym,
    /// Whether it asks for a renewal: by its grant, by the refresh token that it sends, or by its path.
    pub renews: bool,
    /// Whether the operation that its body names signs out.
    pub signs_out: bool,
    /// The user's name in the request's body, where it signs someone in.
    pub user: Sym,
    /// The words that state a reason: an error description, a redirect's `reason`, a message in the body.
    pub words: Sym,
    /// Cookies sent, by name.
    pub cookies_sent: Vec<(Sym, SecretId)>,
    /// Cookies set.
    pub cookies_set: Vec<SetCookie>,
    /// Tokens sent and issued.
    pub tokens: Vec<TokenSeen>,
    /// Limits on sessions that the answer states.
    pub limits: Vec<StatedLimit>,
}

impl Exchange {
    /// Moves every time in it, those that the server stated included: what its times say among each other stays.
    pub fn shift(&mut self, by: Nanos) {
        let move_by = |time: &mut Nanos| *time = time.saturating_add(by);
        move_by(&mut self.answered);
        move_by(&mut self.headers_at);
        self.server_date.iter_mut().for_each(move_by);
        self.cookies_set.iter_mut().filter_map(|cookie| cookie.expires.as_mut()).for_each(move_by);
        for token in &mut self.tokens {
            let stated = [&mut token.issued_at, &mut token.not_before, &mut token.expires];
            stated.into_iter().filter_map(Option::as_mut).for_each(move_by);
        }
    }

    /// Replaces symbols and secrets of a chunk's tables by those of the store that takes it in.
    pub(super) fn translate(&mut self, symbols: &[Sym], secrets: &[SecretId]) {
        let sym = |sym: &mut Sym| *sym = symbols.get(sym.0 as usize).copied().unwrap_or(Sym::NONE);
        let secret = |id: &mut SecretId| {
            if let Some(&new) = secrets.get(id.0 as usize) {
                *id = new;
            }
        };
        let Self {
            event: _,
            answered: _,
            headers_at: _,
            host,
            method,
            path,
            query,
            origin,
            page,
            failure: _,
            redirect_host,
            redirect_path,
            redirect_query,
            server_date: _,
            server,
            build,
            from_cache: _,
            content_type,
            asks_password: _,
            offers_sign_out: _,
            sends_password: _,
            grant_type,
            renews: _,
            signs_out: _,
            user,
            words,
            cookies_sent,
            cookies_set,
            tokens,
            limits: _,
        } = self;
        for field in [
            host,
            method,
            path,
            query,
            origin,
            page,
            redirect_host,
            redirect_path,
            redirect_query,
            server,
            build,
            content_type,
            grant_type,
            user,
            words,
        ] {
            sym(field);
        }
        for (name, value) in cookies_sent {
            sym(name);
            secret(value);
        }
        for cookie in cookies_set {
            sym(&mut cookie.name);
            secret(&mut cookie.value);
        }
        for token in tokens {
            secret(&mut token.value);
            secret(&mut token.text);
            sym(&mut token.subject);
            sym(&mut token.id);
            sym(&mut token.key_id);
        }
    }
}
