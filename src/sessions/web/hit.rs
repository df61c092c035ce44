//! One request as the session builder sees it: what it was for and what its answer means, from a HAR or an access log.

use super::purpose::{Purpose, page_of, place_of, purpose, returns_from_sign_in, sounds_periodic, tells_session};
use crate::{
    formats::{requests::REDIRECT, stated::stated_from_text},
    model::{EventFlags, EventId, EventStore, Exchange, Failure, Nanos, Stated, Sym, TokenRole},
};
use hashbrown::{HashMap, HashSet};

/// What the answer to a request means for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Nothing,
    /// The server accepted it.
    Accepted,
    /// The server refused the credentials.
    Refused,
    /// A redirect whose target the record does not show: what the client asks next decides.
    RedirectSomewhere,
    /// Answered to nobody by name, where the log had named the user before: what the client asks next decides.
    Unnamed,
    /// A sign-in that succeeded.
    SignedIn,
    /// A sign-in of which only what follows tells whether it succeeded; `true` where it probably did.
    SignInUnclear(bool),
    /// A sign-in that failed.
    SignInFailed,
    /// An identity provider said yes and the app could not take it.
    CallbackFailed,
    /// A renewal that succeeded.
    Renewed,
    /// OAuth token endpoint, grant unknown, tokens given: a sign-in, or a renewal where a session is alive.
    TokenGiven,
    /// A renewal that was refused.
    RenewalRefused,
    /// The user signed out.
    SignedOut,
    /// Refused for lack of a right.
    Denied,
    /// No answer.
    Unanswered,
    /// The server behind was not there.
    ServerAway,
    /// An act upon other sessions.
    Operated,
}

/// A request and its answer.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts about one request that hold or don't, independent of each other"
)]
pub struct Hit {
    /// Its event.
    pub id: EventId,
    /// When it was sent.
    pub time: Nanos,
    /// When it was answered.
    pub answered: Nanos,
    /// What it was for.
    pub purpose: Purpose,
    /// What its answer means.
    pub outcome: Outcome,
    /// The path, numbers taken out.
    pub place: Sym,
    /// HTTP status.
    pub status: u16,
    /// The reason stated.
    pub stated: Stated,
    /// Whether it writes (POST and the like).
    pub writes: bool,
    /// Whether only the password in its body makes it a sign-in, not its path.
    pub by_body: bool,
    /// Whether a page was asked for, as far as can be told.
    pub page: bool,
    /// Whether it hands in the form that a servlet container shows in place of the page that was asked for.
    pub in_place: bool,
    /// Whether it asks an identity provider to sign in without showing a page.
    pub silent: bool,
    /// Whether it asks for the page to sign in by and names where to return to.
    pub returns: bool,
    /// Whether it asks who is signed in, at a place that answers anyone.
    pub tells_session: bool,
}

/// What the `what` of an event says, worked out once for each distinct text.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what a path's name says, each by itself")]
pub struct RequestClass {
    /// What it is for.
    pub purpose: Purpose,
    /// The path, numbers taken out.
    pub place: Sym,
    /// The path's name says that it polls.
    pub periodic_name: bool,
    /// The method is not GET or HEAD.
    pub writes: bool,
    /// The path reads like an interface for programs.
    pub api: bool,
    /// Where the answer sent the client, in a log that says so.
    pub redirect: Option<Purpose>,
    /// It is where a servlet container takes its sign-in form (Jakarta Servlet 13.6.3), accepted only after it showed it.
    pub container_form: bool,
    /// It asks for the page to sign in by, and names where to return to.
    pub returns: bool,
    /// It asks who is signed in, at a place that answers anyone.
    pub tells_session: bool,
    /// It names where to go on afterwards.
    pub goes_on: bool,
}

/// Classes of requests by their `what`.
#[derive(Debug, Default)]
pub struct Classes {
    by_what: HashMap<Sym, RequestClass>,
    /// Pages of captures that ask for a password, by host and path.
    forms: HashSet<(Sym, Sym)>,
}

impl Classes {
    /// Takes note of places where clients were seen to sign in, whatever they are called.
    pub fn learn(&mut self, sign_in: &HashSet<Sym>) {
        for class in self.by_what.values_mut().filter(|class| sign_in.contains(&class.place)) {
            if class.purpose == Purpose::Content {
                class.purpose = if class.writes { Purpose::SignInSubmit } else { Purpose::SignInPage };
                class.returns = class.goes_on;
            }
        }
    }

    /// Takes note of pages of captures that ask for a password, whatever they are called.
    pub fn learn_forms(&mut self, forms: HashSet<(Sym, Sym)>) {
        self.forms = forms;
    }

    /// The class of an event's request.
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "the path is in lower case")]
    pub fn of(&mut self, events: &mut EventStore, what: Sym) -> RequestClass {
        if let Some(class) = self.by_what.get(&what) {
            return *class;
        }
        let text = events.symbols.resolve(what).to_owned();
        let (request, redirect) = text.split_once(REDIRECT).map_or((&*text, None), |(one, other)| (one, Some(other)));
        let (method, target) = request.split_once(' ').unwrap_or(("GET", request));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let lower = path.to_ascii_lowercase();
        let class = RequestClass {
            purpose: purpose(method, path, query),
            place: events.symbols.intern(&match query.strip_prefix("operation=") {
                Some(operation) => format!("place {} {operation}", place_of(path)),
                None => format!("place {}", place_of(path)),
            }),
            periodic_name: sounds_periodic(path),
            writes: !matches!(method, "GET" | "HEAD" | "OPTIONS"),
            api: lower.split('/').any(|segment| {
                matches!(segment, "api" | "rest" | "graphql" | "v1" | "v2" | "rpc" | "oauth" | "oauth2" | "connect")
            }) || lower.ends_with(".json"),
            redirect: redirect.map(|target| {
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                purpose("GET", path, query)
            }),
            container_form: lower.ends_with("/j_security_check"),
            returns: returns_from_sign_in(&lower, query),
            tells_session: method == "GET" && tells_session(&lower),
            goes_on: query.split('&').any(|pair| pair.split('=').next() == Some("next")),
        };
        self.by_what.insert(what, class);
        class
    }
}

/// The hit behind an event of an access log.
pub fn hit_from_line(events: &mut EventStore, classes: &mut Classes, id: EventId) -> Hit {
    let event = events.get(id);
    let mut class = classes.of(events, event.what);
    // A form on the page to sign in by posts to wherever its author liked. Scripts of that page post too, and are answered
    // with data and not sent on.
    let answered_as_form = matches!(event.status, 301..=303 | 401 | 403 | 422);
    if class.purpose == Purpose::Content
        && class.writes
        && !class.api
        && answered_as_form
        && event.flags.contains(EventFlags::FROM_SIGN_IN)
    {
        class.purpose = Purpose::SignInSubmit;
    }
    Hit {
        id,
        time: event.time,
        answered: event.time,
        purpose: class.purpose,
        outcome: line_outcome(class, event.status, event.stated),
        place: class.place,
        status: event.status,
        stated: event.stated,
        writes: class.writes,
        by_body: false,
        page: !class.api && !class.writes && !class.periodic_name,
        in_place: class.container_form,
        silent: false,
        returns: class.returns,
        tells_session: class.tells_session,
    }
}

#[expect(clippy::match_same_arms, reason = "what stands between them comes before the second")]
fn line_outcome(class: RequestClass, status: u16, stated: Stated) -> Outcome {
    use Outcome as O;
    let ok = (200..300).contains(&status) || status == 304;
    let redirect = matches!(status, 301 | 302 | 303 | 307 | 308);
    let refused = matches!(status, 400 | 401 | 403 | 419 | 423 | 440 | 498);
    match class.purpose {
        Purpose::Asset | Purpose::Probe | Purpose::Preflight => O::Nothing,
        _ if matches!(status, 502..=504) => O::ServerAway,
        Purpose::SignInPage if stated.cause().is_some() || stated == Stated::Expired => O::Refused,
        Purpose::SignInPage | Purpose::Authorize => O::Nothing,
        Purpose::SignInSubmit => match status {
            _ if redirect => match class.redirect {
                None => O::SignInUnclear(true),
                Some(Purpose::SignInPage | Purpose::SignInSubmit) => O::SignInFailed,
                Some(Purpose::Authorize | Purpose::Callback) => O::Nothing,
                Some(_) => O::SignedIn,
            },
            200 if !class.api => O::SignInUnclear(false),
            _ if ok => O::SignedIn,
            _ if refused || matches!(status, 422 | 429) => O::SignInFailed,
            _ => O::Nothing,
        },
        Purpose::Callback => match status {
            _ if redirect => match class.redirect {
                None => O::SignInUnclear(true),
                Some(Purpose::SignInPage) => O::CallbackFailed,
                Some(Purpose::Authorize) => O::Nothing,
                Some(_) => O::SignedIn,
            },
            400.. => O::CallbackFailed,
            _ => O::Nothing,
        },
        Purpose::Token => match status {
            _ if ok => O::TokenGiven,
            _ if refused => O::RenewalRefused,
            _ => O::Nothing,
        },
        Purpose::Refresh => match status {
            _ if ok => O::Renewed,
            _ if refused => O::RenewalRefused,
            _ => O::Nothing,
        },
        Purpose::SignOut if ok || redirect => O::SignedOut,
        Purpose::SignOut => O::Nothing,
        Purpose::Operator if ok || redirect => O::Operated,
        Purpose::Operator | Purpose::Content => match status {
            _ if ok => O::Accepted,
            401 | 419 | 440 | 498 => O::Refused,
            423 if !class.writes => O::Refused,
            _ if redirect => match class.redirect {
                None => O::RedirectSomewhere,
                Some(Purpose::SignInPage | Purpose::Authorize) => O::Refused,
                Some(_) if class.writes => O::Accepted,
                Some(_) => O::Nothing,
            },
            403 => O::Denied,
            _ => O::Nothing,
        },
    }
}

/// The hit behind an exchange of a HAR.
pub fn hit_from_exchange(events: &mut EventStore, classes: &mut Classes, index: usize) -> Option<Hit> {
    let exchange = &events.exchanges[index];
    let id = exchange.event?;
    let method = events.symbols.resolve(exchange.method).to_owned();
    let path = events.symbols.resolve(exchange.path).to_owned();
    let query = events.symbols.resolve(exchange.query).to_owned();
    let event = events.get(id);
    let said = events.symbols.resolve(exchange.words).to_owned();
    let said = said.as_str();
    let words = stated_from_text(said);
    let stated = if words == Stated::Nothing { event.stated } else { words };
    let stated = if matches!(event.status, 401 | 419 | 440 | 498) || speaks_of_session(stated, said) {
        stated
    } else {
        Stated::Nothing
    };
    let class = classes.of(events, event.what);
    let place = match page_of(&path, &query) {
        Some(page) => events.symbols.intern(&format!("place {}?{page}", place_of(&path))),
        // Operations are let in or refused by the one path that serves them.
        None => events.symbols.intern(&format!("place {}", place_of(&path))),
    };
    let exchange = &events.exchanges[index];
    let mut purpose = purpose_of_exchange(events, exchange, &method, &path, &query);
    if purpose == Purpose::Content && !class.writes && classes.forms.contains(&(exchange.host, exchange.path)) {
        purpose = Purpose::SignInPage;
    }
    let silent = purpose == Purpose::Authorize && query.split('&').any(|pair| pair == "prompt=none");
    let (stated, outcome) = match () {
        () if silent => silent_outcome(exchange, said),
        () => (stated, exchange_outcome(events, exchange, purpose, (class, &classes.forms), event.status, stated)),
    };
    let answered = exchange.answered.max(event.time);
    events.exchanges[index].renews |= purpose == Purpose::Refresh;
    Some(Hit {
        id,
        time: event.time,
        answered,
        purpose,
        outcome,
        place,
        status: event.status,
        stated,
        writes: class.writes,
        by_body: purpose == Purpose::SignInSubmit && class.purpose == Purpose::Content,
        page: event.flags.contains(EventFlags::NAVIGATION),
        in_place: class.container_form,
        silent,
        returns: returns_from_sign_in(&path.to_ascii_lowercase(), &query),
        // A capture mostly shows what was answered; browsers drop the body of what a page asked for just before it left.
        tells_session: class.tells_session && said.is_empty(),
    })
}

/// What the answer to a silent sign-in says (`prompt=none`, OpenID Connect Core 3.1.2.1 and 3.1.2.6): the frame that asks
/// shows no page, so it either renews or is told that someone has to sign in. Why the provider's session is gone, it never
/// says.
fn silent_outcome(exchange: &Exchange, said: &str) -> (Stated, Outcome) {
    let said = said.to_ascii_lowercase();
    let refused = ["login_required", "interaction_required", "consent_required", "account_selection_required"];
    match () {
        () if exchange.failure.is_some() => (Stated::Nothing, Outcome::Nothing),
        () if refused.iter().any(|error| said.contains(error)) => (Stated::Unauthenticated, Outcome::RenewalRefused),
        () if exchange.tokens.iter().any(|token| !token.sent && token.role != TokenRole::Id) => {
            (Stated::Nothing, Outcome::Renewed)
        }
        () => (Stated::Nothing, Outcome::Nothing),
    }
}

fn purpose_of_exchange(events: &EventStore, exchange: &Exchange, method: &str, path: &str, query: &str) -> Purpose {
    let by_name = purpose(method, path, query);
    let content_type = events.symbols.resolve(exchange.content_type);
    if by_name == Purpose::Content
        && (content_type.starts_with("image/")
            || content_type.starts_with("font/")
            || content_type == "text/css"
            || content_type.ends_with("javascript"))
    {
        return Purpose::Asset;
    }
    match events.symbols.resolve(exchange.grant_type) {
        "" => {}
        "refresh_token" => return Purpose::Refresh,
        _ => return Purpose::Token,
    }
    if exchange.sends_password && !matches!(by_name, Purpose::SignOut | Purpose::Refresh | Purpose::Asset) {
        return Purpose::SignInSubmit;
    }
    if exchange.signs_out && by_name == Purpose::Content {
        return Purpose::SignOut;
    }
    if exchange.renews && matches!(by_name, Purpose::Content | Purpose::Token | Purpose::SignInSubmit) {
        return Purpose::Refresh;
    }
    by_name
}

fn exchange_outcome(
    events: &EventStore,
    exchange: &Exchange,
    purpose: Purpose,
    (class, forms): (RequestClass, &HashSet<(Sym, Sym)>),
    status: u16,
    stated: Stated,
) -> Outcome {
    use Outcome as O;
    if matches!(purpose, Purpose::Asset | Purpose::Probe | Purpose::Preflight) || exchange.from_cache {
        return O::Nothing;
    }
    match exchange.failure {
        Some(Failure::Aborted | Failure::Blocked) if purpose == Purpose::SignOut => return O::SignedOut,
        Some(Failure::Aborted | Failure::Blocked) => return O::Nothing,
        Some(Failure::Refused) => return O::ServerAway,
        Some(_) => return O::Unanswered,
        None => {}
    }
    if matches!(status, 502..=504) {
        return O::ServerAway;
    }
    let target = redirect_target(events, exchange, forms);
    if status == 0 {
        return unsaid_outcome(exchange, purpose, class, target, stated);
    }
    let ok = (200..300).contains(&status) || status == 304;
    let redirect = matches!(status, 301 | 302 | 303 | 307 | 308);
    let tokens_given = exchange.tokens.iter().any(|token| !token.sent && token.role != TokenRole::Id);
    let says_no = refuses(stated);
    match purpose {
        Purpose::SignInSubmit => match () {
            () if redirect => match target {
                Some(Purpose::SignInPage | Purpose::SignInSubmit) => O::SignInFailed,
                Some(Purpose::Authorize | Purpose::Callback) => O::Nothing,
                _ => O::SignedIn,
            },
            () if ok && (exchange.asks_password || says_no || stated == Stated::BadCredentials) => O::SignInFailed,
            () if ok => O::SignedIn,
            () if (400..500).contains(&status) => O::SignInFailed,
            () => O::Nothing,
        },
        Purpose::Token if ok && tokens_given => {
            if exchange.grant_type.is_some() {
                O::SignedIn
            } else {
                O::TokenGiven
            }
        }
        Purpose::Token if ok => O::TokenGiven,
        Purpose::Token if (400..500).contains(&status) => O::RenewalRefused,
        Purpose::Refresh if ok && (says_no || !tokens_given && stated == Stated::InvalidGrant) => O::RenewalRefused,
        Purpose::Refresh if ok => O::Renewed,
        Purpose::Refresh if matches!(status, 400 | 401 | 403 | 404 | 410 | 419 | 422 | 423 | 440) => O::RenewalRefused,
        Purpose::Callback => match () {
            () if status >= 400 => O::CallbackFailed,
            () if redirect && target == Some(Purpose::SignInPage) => O::CallbackFailed,
            () if redirect && target == Some(Purpose::Authorize) => O::Nothing,
            () if redirect || exchange.cookies_set.iter().any(|cookie| cookie.http_only && !cookie.cleared) => {
                O::SignedIn
            }
            () => O::Nothing,
        },
        Purpose::SignOut if ok || redirect => O::SignedOut,
        Purpose::SignInPage if (stated.cause().is_some() || stated == Stated::Expired) && status < 400 => O::Refused,
        Purpose::SignInPage | Purpose::Authorize | Purpose::Token | Purpose::Refresh | Purpose::SignOut => O::Nothing,
        Purpose::Operator if ok || redirect => O::Operated,
        _ => content_outcome(exchange, class, target, status, stated),
    }
}

/// An answer without its status, as Firefox writes one upon which the page went elsewhere: by its words and cookies, else by
/// where the client went.
fn unsaid_outcome(
    exchange: &Exchange,
    purpose: Purpose,
    class: RequestClass,
    target: Option<Purpose>,
    stated: Stated,
) -> Outcome {
    use Outcome as O;
    let tokens_given = exchange.tokens.iter().any(|token| !token.sent && token.role != TokenRole::Id);
    let gives = tokens_given || exchange.cookies_set.iter().any(|cookie| cookie.http_only && !cookie.cleared);
    let says_no = refuses(stated) && stated != Stated::Csrf;
    let to_sign_in = matches!(target, Some(Purpose::SignInPage | Purpose::Authorize));
    match purpose {
        Purpose::SignInSubmit if says_no || stated == Stated::BadCredentials || exchange.asks_password => {
            O::SignInFailed
        }
        Purpose::SignInSubmit if gives => O::SignedIn,
        Purpose::SignInSubmit => O::SignInUnclear(true),
        Purpose::Token | Purpose::Refresh if says_no => O::RenewalRefused,
        Purpose::Token if tokens_given => O::TokenGiven,
        Purpose::Refresh if gives => O::Renewed,
        Purpose::SignOut => O::SignedOut,
        Purpose::Content if says_no || exchange.asks_password || to_sign_in => O::Refused,
        Purpose::Content if class.writes => O::Accepted,
        Purpose::Content => O::RedirectSomewhere,
        _ => O::Nothing,
    }
}

fn content_outcome(
    exchange: &Exchange,
    class: RequestClass,
    target: Option<Purpose>,
    status: u16,
    stated: Stated,
) -> Outcome {
    use Outcome as O;
    match status {
        200..=299 if refuses(stated) && stated != Stated::Csrf => O::Refused,
        200..=299 if exchange.asks_password => O::Refused,
        200..=299 | 304 => O::Accepted,
        301 | 302 | 303 | 307 | 308 => match target {
            Some(Purpose::SignInPage | Purpose::Authorize) => O::Refused,
            _ if class.writes => O::Accepted,
            _ => O::Nothing,
        },
        401 | 419 | 440 | 498 => O::Refused,
        400 | 403 | 409 | 410 | 422 | 423 if refuses(stated) => O::Refused,
        403 => O::Denied,
        _ => O::Nothing,
    }
}

/// Whether what is said to have run out can be the session: an answer about something else (an invitation, a coupon, a
/// gateway that timed out) comes with a status of its own and names it.
fn speaks_of_session(stated: Stated, said: &str) -> bool {
    if !matches!(stated, Stated::Expired | Stated::TokenExpired | Stated::InvalidToken) {
        return true;
    }
    let lower = said.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let other = [
        "invit", "reset", "verif", "activat", "confirm", "link", "coupon", "voucher", "card", "download", "share",
        "offer", "quote", "upload", "gateway", "upstream", "captcha", "code",
    ];
    let session =
        ["session", "sign in", "signed", "signin", "login", "log in", "logged", "ticket", "cookie", "authenticat"];
    match stated {
        Stated::Expired => has(&session) || lower.split_whitespace().count() <= 2 && !has(&other),
        _ => has(&["session", "access", "jwt", "bearer", "auth"]) || !has(&other),
    }
}

/// Whether the words refuse the session or its account, not the single request.
fn refuses(stated: Stated) -> bool {
    stated.cause().is_some_and(|_| !matches!(stated, Stated::LoggedOut | Stated::ServerShutdown))
        || matches!(stated, Stated::Expired | Stated::UnknownSession | Stated::Unauthenticated | Stated::InvalidToken)
}

fn redirect_target(events: &EventStore, exchange: &Exchange, forms: &HashSet<(Sym, Sym)>) -> Option<Purpose> {
    if !exchange.redirect_path.is_some() && !exchange.redirect_host.is_some() {
        return None;
    }
    let host = if exchange.redirect_host.is_some() { exchange.redirect_host } else { exchange.host };
    if forms.contains(&(host, exchange.redirect_path)) {
        return Some(Purpose::SignInPage);
    }
    let path = events.symbols.resolve(exchange.redirect_path);
    Some(purpose("GET", if path.is_empty() { "/" } else { path }, events.symbols.resolve(exchange.redirect_query)))
}
