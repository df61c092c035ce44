//! One request on its way: through the client's network and the proxy to the server, and back.

use super::{
    answer::{self, Answer},
    client::Role,
    ending::Ending,
    look::Build,
    policy::{CookieLife, Credential},
    server::Pair,
    wire::{Kind, Meaning, SetCookie, Wire},
    world::{Ask, What, World},
};
use crate::model::time::{MILLISECOND, Nanos, SECOND};

impl World {
    /// Sends a request at `at`: what it meant in truth, and when the answer was there.
    pub(super) fn send(&mut self, who: usize, at: Nanos, ask: &Ask) -> (Meaning, Nanos) {
        let mut wire = self.draft(who, at, ask);
        let client = &self.clients[who];
        if !client.online {
            wire.fail(self.random.pick(&[
                "net::ERR_INTERNET_DISCONNECTED",
                "net::ERR_INTERNET_DISCONNECTED",
                "net::ERR_NAME_NOT_RESOLVED",
            ]));
        } else if matches!(ask.what, What::Third) {
            let status = self.random.pick(&[200, 204, 401, 403]);
            wire.take(Answer { status, mime: "text/plain", ..Answer::default() });
            wire.logged = false;
        } else if let Some(&(_, proxied)) = self.down.as_ref().filter(|(until, _)| wire.served < *until) {
            if proxied {
                wire.take(answer::away(&mut self.random));
                wire.means = Meaning::Away;
            } else {
                wire.fail("net::ERR_CONNECTION_REFUSED");
            }
        } else {
            self.serve(who, ask, &mut wire);
        }
        self.take_back(who, &wire);
        let told = (wire.means, wire.answered);
        self.wires.push(wire);
        told
    }

    fn draft(&mut self, who: usize, at: Nanos, ask: &Ask) -> Wire {
        let latency = self.random.between(20 * MILLISECOND, 90 * MILLISECOND)
            + if self.random.chance(0.04) { self.random.between(0, 4 * SECOND) } else { 0 };
        let third = matches!(ask.what, What::Third);
        let client = &self.clients[who];
        let tokens = self.server.policy.credential == Credential::Tokens;
        let mut cookies = Vec::new();
        if !third {
            if let Some(value) = client.cookie_at(at) {
                cookies.push((self.look.cookie, value.to_owned()));
            }
            if client.role == Role::User {
                cookies.extend(self.look.other_cookies.iter().cloned());
            }
        }
        let data = matches!(ask.what, What::Data | What::Poll | What::Denied(_) | What::SignOut);
        let issues = matches!(ask.what, What::SignIn { .. } | What::Renew(_));
        let host = match () {
            () if third => self.look.third_host.to_owned(),
            () if issues && self.server.policy.issuer_ahead != 0 => self.look.issuer_host.clone(),
            () if ask.kind == Kind::Fetch => self.look.api_host.clone(),
            () => self.look.host.clone(),
        };
        Wire {
            client: who,
            sent: at,
            served: at + latency / 2,
            answered: at + latency,
            method: ask.method,
            host,
            path: ask.path.clone(),
            kind: ask.kind,
            cookies,
            bearer: client.access.as_ref().filter(|_| tokens && data).map(|(token, _)| token.clone()),
            form: ask.form.clone(),
            status: 0,
            failure: None,
            logged_status: None,
            set: Vec::new(),
            location: None,
            mime: "",
            body: String::new(),
            challenge: None,
            logged: true,
            address: client.address.clone(),
            sid: client.cookie_at(at).map(str::to_owned),
            user: None,
            held: client.held.filter(|_| client.signed),
            means: Meaning::Beside,
            by_person: ask.by_person,
            says: false,
            server_ahead: 0,
            token_until: None,
        }
    }

    fn serve(&mut self, who: usize, ask: &Ask, wire: &mut Wire) {
        let now = wire.served;
        match &ask.what {
            What::Asset => {
                let status = self.random.pick(&[200, 200, 304]);
                wire.take(Answer { status, mime: "text/javascript", body: "/**/".to_owned(), ..Answer::default() });
            }
            What::Third => {}
            What::Shell => wire.take(answer::shell(&self.look)),
            What::SignInPage => wire.take(answer::sign_in_page(&self.look)),
            What::SignIn { right } => self.serve_sign_in(who, *right, wire),
            What::SignOut => {
                if let Some(held) = wire.held
                    && self.server.lives(held, now)
                {
                    self.server.end(held, Ending::Logout, now);
                }
                wire.means = Meaning::SignedOut;
                let page = self.look.build == Build::Pages;
                wire.take(Answer {
                    status: if page { 302 } else { 204 },
                    location: page.then(|| self.look.sign_in_page.to_owned()),
                    ..Answer::default()
                });
                if self.server.policy.credential != Credential::Tokens {
                    wire.set.push(SetCookie { name: self.look.cookie, value: String::new(), expires: None });
                }
            }
            What::Renew(token) => self.serve_renewal(who, token, wire),
            What::Page | What::Data | What::Poll | What::Denied(_) | What::Operate => {
                self.serve_protected(who, ask, wire);
            }
        }
    }

    fn serve_sign_in(&mut self, who: usize, right: bool, wire: &mut Wire) {
        let user = self.clients[who].user;
        let locked = self.server.is_locked(user);
        if !right || locked {
            return wire.take(answer::wrong_password(&self.look, locked));
        }
        let now = wire.served;
        let address = wire.address.clone();
        let held = self.server.open(user, who, &address, now, &mut self.random);
        wire.held = Some(held);
        wire.means = Meaning::SignedIn;
        wire.user = Some(self.users[user].clone());
        let name = self.users[user].clone();
        if self.server.policy.credential == Credential::Tokens {
            let pair = self.server.issue(held, &name, now, &mut self.random);
            wire.server_ahead = self.server.policy.issuer_ahead;
            return self.give(who, wire, pair);
        }
        let session = &self.server.sessions[held];
        wire.set.push(SetCookie {
            name: self.look.cookie,
            value: session.value.clone(),
            expires: session.cookie_until,
        });
        wire.take(if self.look.build == Build::Pages {
            Answer {
                status: self.random.pick(&[302, 303]),
                mime: "text/html",
                location: Some(self.look.pages[0].to_owned()),
                ..Answer::default()
            }
        } else {
            Answer {
                status: 200,
                mime: "application/json",
                body: format!("{{\"user\":{{\"name\":\"{name}\"}}}}"),
                ..Answer::default()
            }
        });
    }

    /// Puts a pair of tokens into the answer; the client takes them when it arrives.
    fn give(&mut self, who: usize, wire: &mut Wire, pair: Pair) {
        let life = pair.life / SECOND;
        let refresh = pair.refresh.as_ref().map(|token| format!(",\"refresh_token\":\"{token}\"")).unwrap_or_default();
        let body = format!(
            "{{\"access_token\":\"{}\",\"token_type\":\"Bearer\",\"expires_in\":{life}{refresh}}}",
            pair.access
        );
        wire.take(Answer { status: 200, mime: "application/json", body, ..Answer::default() });
        wire.token_until = Some(pair.until);
        if self.clients[who].loses_answer && wire.means == Meaning::Renewed {
            self.clients[who].loses_answer = false;
            return wire.fail("net::ERR_CONNECTION_RESET");
        }
        let client = &mut self.clients[who];
        client.access = Some((pair.access, wire.answered + pair.life));
        client.refresh = pair.refresh.or_else(|| client.refresh.take());
    }

    fn serve_renewal(&mut self, who: usize, token: &str, wire: &mut Wire) {
        let user = self.users[self.clients[who].user].clone();
        let address = wire.address.clone();
        match self.server.renew(token, &address, &user, wire.served, &mut self.random) {
            Ok((held, pair)) => {
                wire.held = Some(held);
                wire.means = Meaning::Renewed;
                wire.user = Some(user);
                self.give(who, wire, pair);
            }
            Err((held, why)) => {
                wire.held = held;
                wire.means = Meaning::RenewalRefused(why);
                let says = self.server.policy.says_why;
                wire.take(answer::renewal_refused(&self.look, &mut self.random, why, says));
            }
        }
    }

    fn serve_protected(&mut self, who: usize, ask: &Ask, wire: &mut Wire) {
        let of_page = ask.kind == Kind::Document;
        let checked = self.check(who, ask, wire);
        let user = self.users[self.clients[who].user].clone();
        match checked {
            Ok(()) => {
                wire.user = Some(user.clone());
                wire.means = if matches!(ask.what, What::Operate) { Meaning::Operated } else { Meaning::Accepted };
                wire.take(match ask.what {
                    What::Denied(status) => answer::denied(status),
                    What::Operate => Answer {
                        status: self.random.pick(&[200, 204, 302]),
                        mime: "text/html",
                        location: None,
                        ..Answer::default()
                    },
                    What::Page if ask.method == "POST" => Answer {
                        status: 302,
                        mime: "text/html",
                        location: Some(self.look.pages[0].to_owned()),
                        ..Answer::default()
                    },
                    What::Page => answer::page(&self.look, &user, &ask.path),
                    What::Poll if self.random.chance(0.2) => Answer { status: 204, ..Answer::default() },
                    _ => answer::data(&mut self.random),
                });
                if matches!(ask.what, What::Denied(_)) {
                    wire.means = Meaning::Beside;
                }
            }
            Err(why) => {
                wire.means = Meaning::Refused(why);
                let bearer = self.server.policy.credential == Credential::Tokens;
                let says = self.server.policy.says_why;
                wire.take(answer::refusal(&self.look, &mut self.random, why, &ask.path, of_page, bearer, says));
                if self.look.clears_on_refusal && !wire.cookies.is_empty() && !bearer && wire.sid.is_some() {
                    wire.set.push(SetCookie { name: self.look.cookie, value: String::new(), expires: None });
                }
            }
        }
    }

    /// Whether the server lets a request in; puts what it sets anew into the answer.
    fn check(&mut self, who: usize, ask: &Ask, wire: &mut Wire) -> Result<(), Ending> {
        let now = wire.served;
        let counts = !matches!(ask.what, What::Poll);
        let Some(held) = wire.held else { return Err(Ending::CredentialsDropped) };
        if self.server.policy.split_workers && self.random.chance(0.5) {
            return Err(Ending::KeyRotation);
        }
        if let Some(token) = wire.bearer.clone() {
            let address = wire.address.clone();
            if self.look.readable_tokens {
                wire.token_until = self.server.until_of(&token);
            }
            return self.server.check_access(&token, &address, now).map(|_| ()).map_err(|(_, why)| why);
        }
        if wire.sid.is_none() {
            return Err(self.not_sent(who, held, now));
        }
        let address = wire.address.clone();
        let expires = self.server.check_cookie(held, &address, now, counts)?;
        if expires.is_some() {
            let value = self.server.sessions[held].value.clone();
            wire.set.push(SetCookie { name: self.look.cookie, value, expires });
        }
        Ok(())
    }

    /// The client did not send its credential: it lost it, or dropped it as expired.
    fn not_sent(&mut self, who: usize, held: usize, now: Nanos) -> Ending {
        let client = &self.clients[who];
        let (why, since) = match () {
            () if client.updated => (Ending::AppUpdated, now),
            () if client.dropped => (Ending::CredentialsDropped, now),
            () => {
                let ran_out = client.cookie.as_ref().and_then(|(_, until)| *until).unwrap_or(now);
                let fixed = self.server.policy.cookie == CookieLife::Fixed;
                (if fixed { Ending::AbsoluteTimeout } else { Ending::IdleTimeout }, ran_out)
            }
        };
        if self.server.lives(held, now) {
            self.server.end(held, why, since);
        }
        // Gone on the server all the same, the client's own loss is what it met first.
        why
    }

    /// What the client keeps of an answer.
    fn take_back(&mut self, who: usize, wire: &Wire) {
        if wire.failure.is_some() {
            return;
        }
        for cookie in &wire.set {
            let client = &mut self.clients[who];
            client.cookie = (!cookie.value.is_empty()).then(|| (cookie.value.clone(), cookie.expires));
        }
        if wire.means == Meaning::SignedIn {
            self.clients[who].held = wire.held;
        }
    }
}

impl Wire {
    fn take(&mut self, answer: Answer) {
        self.status = answer.status;
        self.mime = answer.mime;
        self.body = answer.body;
        self.location = answer.location;
        self.challenge = answer.challenge;
        self.says = answer.says;
    }

    /// No answer comes.
    fn fail(&mut self, how: &'static str) {
        let reached = how == "net::ERR_CONNECTION_RESET";
        self.failure = Some(how);
        self.logged_status = reached.then_some(self.status);
        self.status = 0;
        self.body.clear();
        self.mime = "";
        self.set.clear();
        self.location = None;
        self.token_until = None;
        self.logged = reached;
        if !reached {
            self.means = Meaning::Failed;
        }
        self.answered = self.sent + 8 * MILLISECOND;
    }
}
