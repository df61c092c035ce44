//! One HAR entry into one exchange and one event.

use super::{
    Notes,
    body::{self, Fields, Kind},
    cookies, failure, limits, operation,
    raw::{List, Pair, RawEntry},
    split::Slot,
    time,
    tokens::{self, ClaimsCache, Found},
    url::{self, Address},
    words::{self, Words},
};
use crate::{
    formats::stated::stated_from_text,
    jwt,
    model::{
        Event, EventBatch, EventFlags, EventId, EventKind, Exchange, Located, Nanos, SetCookie, SourceId, Span, Stated,
        TokenRole, TokenSeen, event::SecretId,
    },
};

/// Turns entries into events of one batch.
pub(super) struct Reader<'c> {
    /// Where they go.
    pub(super) batch: EventBatch,
    /// What the file as a whole turns out to be.
    pub(super) notes: Notes,
    /// Decoded tokens, kept from batch to batch.
    pub(super) claims: &'c mut ClaimsCache,
    /// The source of the spans.
    pub(super) source: SourceId,
}

/// Headers that matter, by name.
#[derive(Debug, Default)]
struct Headers<'a> {
    authorization: &'a str,
    accept: &'a str,
    accept_encoding: &'a str,
    authority: &'a str,
    content_type: &'a str,
    cookie: Vec<&'a str>,
    date: Option<Nanos>,
    /// Seconds that a cache held the answer, whose `Date` is as old.
    age: &'a str,
    build: &'a str,
    location: &'a str,
    origin: &'a str,
    purpose: &'a str,
    referer: &'a str,
    requested_with: &'a str,
    sec_fetch_dest: &'a str,
    sec_fetch_mode: &'a str,
    server: &'a str,
    set_cookie: Vec<&'a str>,
    token: Option<String>,
    refresh_token: Option<String>,
    challenge: Vec<&'a str>,
}

impl<'a> Headers<'a> {
    fn of(list: &'a List<Pair<'_>>) -> Self {
        let mut headers = Self::default();
        for pair in &list.0 {
            let value = pair.value.get();
            match pair.name.get().to_ascii_lowercase().as_str() {
                "authorization" => headers.authorization = value,
                "accept" => headers.accept = value,
                "accept-encoding" => headers.accept_encoding = value,
                ":authority" | "host" => headers.authority = value,
                "content-type" => headers.content_type = value,
                "cookie" => headers.cookie.push(value),
                "date" => headers.date = time::http_date(value),
                "age" => headers.age = value,
                "x-app-version" | "x-build-id" | "x-build" | "x-client-version" | "x-version" | "x-release"
                | "x-app-build" | "x-build-version" | "app-version" | "x-frontend-version" => headers.build = value,
                "location" => headers.location = value,
                "origin" => headers.origin = value,
                "purpose" | "sec-purpose" | "x-moz" => headers.purpose = value,
                "referer" => headers.referer = value,
                "x-requested-with" => headers.requested_with = value,
                "sec-fetch-dest" => headers.sec_fetch_dest = value,
                "sec-fetch-mode" => headers.sec_fetch_mode = value,
                "server" => headers.server = value,
                "set-cookie" => headers.set_cookie.push(value),
                "www-authenticate" => headers.challenge.push(value),
                _ => {}
            }
            if let Some(token) = tokens::of_header(pair.name.get(), value) {
                headers.token = Some(token);
            } else if let Some(token) = tokens::refresh_of_header(pair.name.get(), value) {
                headers.refresh_token = Some(token);
            }
        }
        headers
    }
}

/// What stands in a JSON body that is worth reading: a token, an error, or whether someone is signed in.
const TELLING: &[&str] = &["oken", "jwt", "error", "JWT", "Jwt", "eyJ", "uthenticated", "ogged", "igned", "auth-check"];

/// The same of a page: a password to be asked for, a way to sign out.
const PAGE_TELLING: &[&str] = &["assword", "ASSWORD", "logout", "signout", "sign_out", "sign-out", "logoff", "Logout"];

/// What is at hand while one entry is read.
struct At<'e> {
    entry: &'e RawEntry<'e>,
    asked: Headers<'e>,
    given: Headers<'e>,
    address: Address,
    redirect: Option<Address>,
    fields: Fields,
    status: u16,
    answered: Nanos,
    found: Vec<Found>,
    words: Words,
    exchange: Exchange,
}

impl Reader<'_> {
    /// Adds the entry; the error says why it can't be.
    pub(super) fn add(&mut self, entry: &RawEntry<'_>, slot: Slot) -> Result<(), String> {
        let asked = Headers::of(&entry.request.headers);
        let given = Headers::of(&entry.response.headers);
        let started = self.started(entry, &given, slot)?;
        let mut address = Address::parse(entry.request.url.get());
        if address.host.is_empty() && address.scheme.is_empty() && !asked.authority.is_empty() {
            address.host = asked.authority.to_ascii_lowercase();
        }
        let status = entry.response.status.0.map_or(0, |status| status.clamp(0.0, 65_535.0) as u16);
        let status = if failure::is_proxys_own(entry) { 0 } else { status };
        let status = if status == 0 { failure::handshake_status(entry).unwrap_or(0) } else { status };
        let at = At {
            answered: started.saturating_add(time::length_from_millis(entry.time.0)),
            redirect: redirect(entry, &given, &address, status),
            fields: Fields::of_request(&entry.request.body, asked.content_type),
            entry,
            asked,
            given,
            address,
            status,
            found: Vec::new(),
            words: Words::default(),
            exchange: Exchange::default(),
        };
        self.fill(at, started, slot);
        Ok(())
    }

    /// When the request was sent; by the answer's date where the entry does not say.
    fn started(&mut self, entry: &RawEntry<'_>, given: &Headers<'_>, slot: Slot) -> Result<Nanos, String> {
        let text = entry.started.get();
        if let Some((at, zone)) = time::started(text) {
            self.notes.zone = self.notes.zone.or(zone);
            return Ok(at);
        }
        let shown: String = text.chars().take(40).collect();
        match given.date {
            Some(date) => {
                let message = "`startedDateTime` is no time; placed by the answer's `Date`".to_owned();
                self.notes.warn(slot.index, slot.offset, message);
                Ok(date.saturating_sub(time::length_from_millis(entry.time.0)))
            }
            None if shown.is_empty() => Err("it has no `startedDateTime`".to_owned()),
            None => Err(format!("`startedDateTime` \"{}\" is no time", shown.escape_debug())),
        }
    }

    fn fill(&mut self, mut at: At<'_>, started: Nanos, slot: Slot) {
        let index = self.batch.exchanges.len() as u64;
        let id = EventId(self.batch.len() as u32);
        self.names(&mut at);
        self.cookies(&mut at);
        self.request_body(&mut at);
        self.answer_body(&mut at);
        self.redirect_of(&mut at);
        self.tokens(&mut at);
        let flagged = at.words.flagged;
        let words = self.say(&mut at);
        let flags = self.flags(&at);
        let path = self.batch.symbols.resolve(at.exchange.path);
        let what = match operation::name(&at.fields) {
            Some(name) => format!("{} {path}?operation={name}", method(&at)),
            None => format!("{} {path}", method(&at)),
        };
        let what = self.batch.symbols.intern(&what);
        let span = Located(Span {
            source: self.source,
            offset: slot.offset,
            len: u32::try_from(slot.len).unwrap_or(u32::MAX),
        });
        let actor = if at.exchange.sends_password { at.exchange.user } else { self.basic_user(&at) };
        let At { mut exchange, status, .. } = at;
        exchange.event = Some(id);
        let host = exchange.host;
        self.batch.exchanges.push(exchange);
        self.batch.push(Event {
            time: started,
            kind: EventKind::Neutral,
            stated: Some(stated_from_text(&words)).filter(|stated| *stated != Stated::Nothing).unwrap_or(flagged),
            flags,
            status,
            span,
            actor,
            host,
            what,
            link: index,
            ..Event::default()
        });
    }

    /// The plain fields.
    fn names(&mut self, at: &mut At<'_>) {
        let entry = at.entry;
        let symbols = &mut self.batch.symbols;
        let origin = if matches!(at.asked.origin, "" | "null") { at.asked.referer } else { at.asked.origin };
        let mime =
            if at.given.content_type.is_empty() { entry.response.content.mime.get() } else { at.given.content_type };
        let mime = mime.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        // What Playwright writes where there is no type.
        let mime = if mime == "x-unknown" { "" } else { &mime };
        let page = if entry.page.get().is_empty() { entry.frame.get() } else { entry.page.get() };
        let has_answer = (at.status > 0 || !entry.response.headers.0.is_empty()) && !failure::is_proxys_own(entry);
        at.exchange = Exchange {
            answered: at.answered,
            host: symbols.intern(&at.address.host),
            method: symbols.intern(&method(at)),
            origin: if origin.is_empty() { symbols.intern("") } else { symbols.intern(&Address::parse(origin).host) },
            page: symbols.intern(page),
            failure: if has_answer { None } else { Some(failure::of(entry)) },
            headers_at: at
                .answered
                .saturating_sub(time::length_from_millis(entry.receive()))
                .max(at.answered.saturating_sub(time::length_from_millis(entry.time.0))),
            server_date: at.given.date.filter(|_| matches!(at.given.age.trim(), "" | "0")),
            server: symbols.intern(at.given.server),
            build: symbols.intern(if at.given.build.is_empty() { at.asked.build } else { at.given.build }),
            from_cache: entry.is_from_cache(),
            content_type: symbols.intern(mime),
            ..Exchange::default()
        };
    }

    fn cookies(&mut self, at: &mut At<'_>) {
        let mut sent: Vec<(&str, &str)> = at.asked.cookie.iter().flat_map(|header| cookies::sent(header)).collect();
        for pair in &at.entry.request.cookies.0 {
            if !pair.name.get().is_empty() && !sent.iter().any(|(name, _)| *name == pair.name.get()) {
                sent.push((pair.name.get(), pair.value.get()));
            }
        }
        let (_, in_path) = at.address.shown_path();
        if let Some((name, value)) = in_path
            && !sent.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            sent.push((name, value));
        }
        let mut known: Vec<&str> = Vec::with_capacity(sent.len());
        for (name, value) in sent {
            if known.contains(&name) {
                continue;
            }
            known.push(name);
            if let Some((role, value)) = tokens::of_cookie(name, value, self.claims) {
                at.found.push(Found { role, sent: true, value, lasts: None, ends: None });
            }
            let pair = (self.batch.symbols.intern(name), self.batch.intern_secret(value));
            at.exchange.cookies_sent.push(pair);
        }
        self.notes.cookies_sent |= !at.exchange.cookies_sent.is_empty();
        self.set_cookies(at);
    }

    fn set_cookies(&mut self, at: &mut At<'_>) {
        let (arrived, served) = (at.answered, at.given.date);
        let mut set: Vec<cookies::Set<'_>> =
            at.given.set_cookie.iter().flat_map(|header| cookies::set(header, arrived, served)).collect();
        for pair in &at.entry.response.cookies.0 {
            let name = pair.name.get();
            if !name.is_empty() && !set.iter().any(|cookie| cookie.name == name) {
                let http_only = pair.http_only.is_yes();
                set.push(cookies::listed(name, pair.value.get(), pair.expires.get(), http_only, arrived, served));
            }
        }
        for cookie in set {
            if !cookie.cleared
                && let Some((role, value)) = tokens::of_cookie(cookie.name, cookie.value, self.claims)
            {
                at.found.push(Found { role, sent: false, value, lasts: None, ends: cookie.expires });
            }
            at.exchange.cookies_set.push(SetCookie {
                name: self.batch.symbols.intern(cookie.name),
                value: self.batch.intern_secret(cookie.value),
                expires: cookie.expires,
                cleared: cookie.cleared,
                http_only: cookie.http_only,
            });
        }
        self.notes.cookies_set |= !at.exchange.cookies_set.is_empty();
    }

    fn request_body(&mut self, at: &mut At<'_>) {
        let exchange = &mut at.exchange;
        exchange.sends_password =
            body::signs_in(&at.fields) && (body::names_user(&at.fields) || is_sign_in_path(&at.address.path));
        let grant = at.fields.value("grant_type").or_else(|| at.fields.value("grantType")).unwrap_or("");
        exchange.grant_type = self.batch.symbols.intern(grant.get(..80).unwrap_or(grant));
        let signs_in = exchange.sends_password || is_sign_in_path(&at.address.path);
        if let Some(user) = body::user(&at.fields).filter(|_| signs_in && !at.fields.list.is_empty()) {
            exchange.user = self.batch.symbols.intern(user);
        }
        self.notes.signs_in |= signs_in || !grant.is_empty() || at.status == 401;
        let before = at.found.len();
        tokens::of_fields(&at.fields, true, &mut at.found);
        let sends_refresh = at.found.iter().skip(before).any(|found| found.role == TokenRole::Refresh);
        // A refresh token that is handed in to be revoked or looked at (RFC 7009, RFC 7662), or at a sign-out, renews nothing.
        let elsewhere = ["revo", "introspect", "logout", "signout", "sign_out", "sign-out", "logoff", "end_session"];
        let path = at.address.path.to_ascii_lowercase();
        let is_elsewhere = elsewhere.iter().any(|word| path.contains(word))
            || at.fields.value("token_type_hint").is_some()
            || at.fields.value("operationName").is_some_and(|name| {
                let name = name.to_ascii_lowercase();
                elsewhere.iter().any(|word| name.contains(word))
            });
        at.exchange.renews = grant == "refresh_token"
            || (sends_refresh && !at.exchange.sends_password && !is_elsewhere && method(at) != "DELETE")
            || tokens::renews_by_graphql(&at.fields);
        at.exchange.signs_out = operation::signs_out(&at.fields);
        operation::why_signed_out(at.exchange.signs_out, &path, &at.address.query, &at.fields, &mut at.words);
    }

    /// Reads the answer's body where it can matter.
    fn answer_body(&mut self, at: &mut At<'_>) {
        let content = &at.entry.response.content;
        let mime = if content.mime.get().is_empty() { at.given.content_type } else { content.mime.get() };
        let kind = body::kind_of(mime);
        let encoded = content.encoding.get().eq_ignore_ascii_case("base64");
        let json = content.text.json();
        if matches!(kind, Kind::Json | Kind::Html) && content.size.0.unwrap_or(0.0) > 0.0 && at.status < 300 {
            let count = if json.len() > 2 { &mut self.notes.bodies } else { &mut self.notes.bodies_missing };
            *count = count.saturating_add(1);
        }
        // Firefox writes 0 for an answer upon which the page went elsewhere; what it says then counts as a refusal's words.
        let failed = at.status >= 400 || at.status == 0;
        let wanted = match kind {
            Kind::Json => {
                failed
                    || encoded
                    || at.exchange.renews
                    || at.exchange.sends_password
                    || tells_session(&at.address.path)
                    || body::mentions(content.text, TELLING)
                    || body::mentions(content.text, limits::TELLING)
            }
            Kind::Html => {
                failed
                    || encoded
                    || body::mentions(content.text, PAGE_TELLING)
                    || body::mentions(content.text, limits::TELLING)
            }
            Kind::Plain => failed || body::mentions(content.text, &["oken", "assword"]),
            Kind::Form | Kind::Multipart | Kind::Other => false,
        };
        if !wanted {
            return;
        }
        let Some(text) = body::text_of(content.text, content.encoding.get()) else { return };
        match body::kind_of_text(kind, &text) {
            Kind::Json => self.answer_json(at, &text),
            Kind::Html => {
                limits::of_text(&text, &mut at.exchange.limits);
                at.exchange.asks_password = body::asks_password(&text);
                at.exchange.offers_sign_out = body::offers_sign_out(&text);
                self.notes.signs_in |= at.exchange.asks_password;
                if at.exchange.asks_password && at.status < 400 {
                    words::of_query(&at.address.query, &mut at.words);
                }
                if at.exchange.asks_password {
                    words::of_sign_in_page(&text, failed || method(at) == "POST", &mut at.words);
                } else if failed {
                    words::of_page(Kind::Html, &text, &mut at.words);
                }
            }
            Kind::Plain if failed => words::of_page(Kind::Plain, &text, &mut at.words),
            _ => {}
        }
    }

    fn answer_json(&mut self, at: &mut At<'_>, text: &str) {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return };
        if (at.status >= 300 && at.status != 304) || at.status == 0 || (at.status < 300 && words::is_error(&value)) {
            words::of_json(&value, &mut at.words);
        }
        limits::of_text(text, &mut at.exchange.limits);
        let path = at.address.path.to_ascii_lowercase();
        if at.status < 300 && (words::denies_session(&value) || tells_session(&path) && words::is_nobody(&value)) {
            at.words.add("not authenticated", "; ");
        }
        if at.status < 300 && !path.contains("csrf") && !path.contains("xsrf") {
            let before = at.found.len();
            let fields = Fields::of_json(&value);
            tokens::of_fields(&fields, false, &mut at.found);
            limits::of_fields(&fields, &mut at.exchange.limits);
            self.notes.signs_in |= at.found.len() > before;
        }
    }

    fn redirect_of(&mut self, at: &mut At<'_>) {
        for challenge in &at.given.challenge {
            words::of_challenge(challenge, &mut at.words);
        }
        let Some(target) = at.redirect.as_ref() else { return };
        let symbols = &mut self.batch.symbols;
        if target.host != at.address.host {
            at.exchange.redirect_host = symbols.intern(&target.host);
        }
        words::of_query(&target.query, &mut at.words);
        let in_fragment = target.fragment.split_once('?').map_or(target.fragment.as_str(), |(_, query)| query);
        words::of_query(in_fragment, &mut at.words);
        tokens::of_fields(&Fields::of_query(in_fragment), false, &mut at.found);
        tokens::of_fields(&Fields::of_query(&target.query), false, &mut at.found);
    }

    fn tokens(&mut self, at: &mut At<'_>) {
        if let Some(value) = at.asked.token.take() {
            self.notes.authorization = true;
            let role = self.claims.get(&value).and_then(|claims| claims.role).unwrap_or(TokenRole::Access);
            at.found.insert(0, Found { role, sent: true, value, lasts: None, ends: None });
        }
        if let Some(value) = at.asked.refresh_token.take() {
            at.found.push(Found { role: TokenRole::Refresh, sent: true, value, lasts: None, ends: None });
        }
        // Some servers give tokens in headers of the answer.
        for (role, value) in
            [(TokenRole::Access, at.given.token.take()), (TokenRole::Refresh, at.given.refresh_token.take())]
        {
            if let Some(value) = value.filter(|_| at.status < 300) {
                at.found.push(Found { role, sent: false, value, lasts: None, ends: None });
            }
        }
        self.notes.authorization |= !at.asked.authorization.is_empty();
        if at.address.query.contains("oken") || at.address.query.contains("jwt") {
            tokens::of_fields(&Fields::of_query(&at.address.query), true, &mut at.found);
        }
        if at.address.fragment.contains("oken") {
            tokens::of_fields(&Fields::of_query(&at.address.fragment), false, &mut at.found);
        }
        for found in at.found.iter().take(tokens::MAX_TOKENS) {
            let text = self.batch.intern_secret(&found.value);
            let value = jwt::identity(&found.value).map_or(text, |identity| self.batch.intern_secret(identity));
            let same = |seen: &TokenSeen| seen.value == value && seen.sent == found.sent;
            if !at.exchange.tokens.iter().any(same) {
                let token = self.token(found, (value, text), at.answered);
                at.exchange.tokens.push(token);
            }
        }
    }

    fn token(&mut self, found: &Found, (value, text): (SecretId, SecretId), answered: Nanos) -> TokenSeen {
        let claims = self.claims.get(&found.value).unwrap_or_default();
        let by_neighbours = || found.ends.or_else(|| found.lasts.map(|seconds| time::after(answered, seconds)));
        TokenSeen {
            role: if found.role == TokenRole::Access { claims.role.unwrap_or(found.role) } else { found.role },
            sent: found.sent,
            value,
            text,
            issued_at: claims.issued_at,
            not_before: claims.not_before,
            expires: claims.expires.or_else(by_neighbours),
            subject: self.batch.symbols.intern(&claims.subject),
            id: self.batch.symbols.intern(&claims.id),
            key_id: self.batch.symbols.intern(&claims.key_id),
        }
    }

    /// The texts that people see, freed of every secret that this entry holds; the server's words are returned.
    fn say(&mut self, at: &mut At<'_>) -> String {
        let hidden: Vec<String> = [Some(&at.address), at.redirect.as_ref()]
            .into_iter()
            .flatten()
            .filter(|address| !address.query.is_empty())
            .flat_map(|address| url::parameters(&address.query))
            .filter(|(name, value)| url::is_secret_name(name) && !url::is_plain_word(value))
            .map(|(_, value)| value)
            .collect();
        let passwords =
            at.fields.list.iter().filter(|field| url::is_secret_name(&field.key)).map(|field| &*field.value);
        let in_cookies = at.exchange.cookies_sent.iter().map(|(_, id)| *id);
        let values: Vec<SecretId> =
            in_cookies.chain(at.exchange.cookies_set.iter().map(|cookie| cookie.value)).collect();
        let mut secrets: Vec<&str> = hidden.iter().map(String::as_str).chain(passwords).collect();
        let tokens = at.found.iter().filter(|found| found.role != TokenRole::Opaque);
        secrets.extend(tokens.map(|found| found.value.as_str()));
        secrets.extend(values.iter().map(|&id| self.batch.secret(id).expose()).filter(|value| value.len() >= 12));
        let words = std::mem::take(&mut at.words).finish(&secrets);
        let shown = |address: &Address| {
            let (path, _) = address.shown_path();
            // Shorter ones may be a folder's name by chance; an address to return to is none.
            let long: Vec<&str> =
                secrets.iter().copied().filter(|value| value.len() >= 12 && !value.contains('/')).collect();
            (words::without(path, &long), words::without(url::scrubbed_query(&address.query), &secrets))
        };
        let (path, query) = shown(&at.address);
        let (redirect_path, redirect_query) = at.redirect.as_ref().map(shown).unwrap_or_default();
        let symbols = &mut self.batch.symbols;
        at.exchange.words = symbols.intern(&words);
        at.exchange.path = symbols.intern(&path);
        at.exchange.query = symbols.intern(&query);
        at.exchange.redirect_path = symbols.intern(&redirect_path);
        at.exchange.redirect_query = symbols.intern(&redirect_query);
        words
    }

    fn flags(&mut self, at: &At<'_>) -> EventFlags {
        let mut flags = EventFlags::default();
        // Browsers add these last, together with the cookies: a list without them is provisional.
        let has_all_headers = !at.asked.authority.is_empty() && !at.asked.accept_encoding.is_empty();
        let sends_token = at.exchange.tokens.iter().any(|token| token.sent && token.role == TokenRole::Access);
        if !at.asked.authorization.is_empty() || !at.exchange.cookies_sent.is_empty() || sends_token {
            flags.insert(EventFlags::CREDENTIAL_SENT);
        } else if at.status > 0 && !at.exchange.from_cache && has_all_headers {
            self.notes.without_credential.push(self.batch.len() as u32);
        }
        if is_navigation(at) {
            flags.insert(EventFlags::NAVIGATION);
        }
        flags
    }

    /// The user of HTTP's Basic scheme.
    fn basic_user(&mut self, at: &At<'_>) -> crate::model::Sym {
        let user = at
            .asked
            .authorization
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, value)| jwt::base64(value.trim()))
            .and_then(|pair| String::from_utf8(pair).ok())
            .and_then(|pair| pair.split_once(':').map(|(user, _)| user.to_owned()));
        self.batch.symbols.intern(&user.unwrap_or_default())
    }
}

fn method(at: &At<'_>) -> String {
    at.entry.request.method.get().chars().take(20).collect::<String>().to_ascii_uppercase()
}

/// Where a redirecting answer leads.
fn redirect(entry: &RawEntry<'_>, given: &Headers<'_>, address: &Address, status: u16) -> Option<Address> {
    let named = [entry.response.redirect.get(), entry.response.redirection.get(), given.location];
    let link = named.into_iter().find(|link| !link.trim().is_empty())?;
    let redirects = (300..400).contains(&status) && status != 304 || status == 0 && link != given.location;
    redirects.then(|| address.join(link))
}

fn is_sign_in_path(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    if [".gif", ".png", ".jpg", ".svg", ".ico", ".css", ".js", ".woff", ".woff2"].iter().any(|end| path.ends_with(end))
    {
        return false;
    }
    ["login", "logon", "signin", "sign-in", "sign_in", "authenticate"].iter().any(|word| path.contains(word))
}

/// Whether a path by its name tells who is signed in.
fn tells_session(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    matches!(
        &*last,
        "session"
            | "get-session"
            | "get_session"
            | "getsession"
            | "check-session"
            | "check_session"
            | "checksession"
            | "me"
            | "whoami"
            | "current-user"
            | "current_user"
            | "currentuser"
            | "get-user"
            | "getuser"
            | "userinfo"
            | "user"
            | "status"
    )
}

/// Whether the browser asked for a page that a person sees: no frame, no prefetch, no data.
fn is_navigation(at: &At<'_>) -> bool {
    let Headers { accept, purpose, requested_with, sec_fetch_dest, sec_fetch_mode, .. } = at.asked;
    let method = at.entry.request.method.get();
    let (is_page, in_frame) = (matches!(sec_fetch_dest, "" | "document"), purpose.contains("prefetch"));
    if !is_page || in_frame || !(method.eq_ignore_ascii_case("get") || method.eq_ignore_ascii_case("post")) {
        return false;
    }
    match (at.entry.resource_type.get(), sec_fetch_mode) {
        ("document", _) | (_, "navigate") => true,
        ("", "") => accept.trim_start().starts_with("text/html") && requested_with.is_empty(),
        _ => false,
    }
}
