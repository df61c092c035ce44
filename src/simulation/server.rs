//! The server: who is signed in, and until when.

use super::{
    ending::Ending,
    policy::{CookieLife, Credential, Policy},
    random::Random,
};
use crate::model::time::{Nanos, SECOND};
use std::collections::BTreeMap;

/// A session as the server holds it.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) user: usize,
    pub(super) client: usize,
    pub(super) address: String,
    pub(super) created: Nanos,
    /// The last counted request.
    pub(super) touched: Nanos,
    /// The cookie's value, or the id in its tokens.
    pub(super) value: String,
    /// When the browser drops the cookie.
    pub(super) cookie_until: Option<Nanos>,
    /// Why it is over, and since when.
    pub(super) over: Option<(Ending, Nanos)>,
}

/// An access token.
#[derive(Clone, Copy, Debug)]
struct Access {
    held: usize,
    issued: Nanos,
    until: Nanos,
    key: u32,
}

/// A refresh token.
#[derive(Clone, Copy, Debug)]
struct Refresh {
    held: usize,
    until: Nanos,
    used: bool,
}

/// A pair of tokens as they are given.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) until: Nanos,
    pub(super) life: Nanos,
    pub(super) refresh: Option<String>,
}

/// The server's state.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) policy: Policy,
    pub(super) sessions: Vec<Held>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    locked: Vec<usize>,
    key: u32,
    readable: bool,
    key_names: [String; 2],
    issuer: String,
}

impl Server {
    pub(super) fn new(policy: Policy, readable: bool, issuer: String, random: &mut Random) -> Self {
        let key_names = [random.hex(8), random.hex(8)];
        Self {
            policy,
            sessions: Vec::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            locked: Vec::new(),
            key: 0,
            readable,
            key_names,
            issuer,
        }
    }

    pub(super) fn is_locked(&self, user: usize) -> bool {
        self.locked.contains(&user)
    }

    /// A sign-in that succeeded; pushes out the user's oldest session where there are too many.
    pub(super) fn open(&mut self, user: usize, client: usize, address: &str, now: Nanos, random: &mut Random) -> usize {
        if let Some(most) = self.policy.sessions_per_user {
            let mut theirs: Vec<usize> =
                (0..self.sessions.len()).filter(|&at| self.lives(at, now) && self.sessions[at].user == user).collect();
            while theirs.len() >= most.max(1) {
                self.end(theirs.remove(0), Ending::ConcurrentLogin, now);
            }
        }
        let value = match random.count(0, 2) {
            0 => format!("s%3A{}.{}", random.letters(32), random.letters(43)),
            1 => random.hex(32),
            _ => random.letters(26),
        };
        self.sessions.push(Held {
            user,
            client,
            address: address.to_owned(),
            created: now,
            touched: now,
            value,
            cookie_until: self.cookie_life().map(|life| now + life),
            over: None,
        });
        self.sessions.len() - 1
    }

    fn cookie_life(&self) -> Option<Nanos> {
        match self.policy.cookie {
            CookieLife::Browser => None,
            CookieLife::Slides | CookieLife::SlidesAtHalf => self.policy.idle,
            CookieLife::Fixed => self.policy.absolute,
        }
    }

    /// Whether a session is in force; finds out whether a limit has passed since.
    pub(super) fn lives(&mut self, at: usize, now: Nanos) -> bool {
        let held = &self.sessions[at];
        if held.over.is_some_and(|(_, since)| since <= now) {
            return false;
        }
        let idle = self
            .policy
            .idle
            .filter(|_| self.policy.credential != Credential::Tokens)
            .map(|idle| (held.touched + idle, Ending::IdleTimeout));
        let age = self.policy.absolute.map(|most| (held.created + most, Ending::AbsoluteTimeout));
        let first = [idle, age].into_iter().flatten().filter(|&(until, _)| until < now).min();
        if let Some((until, why)) = first {
            self.end(at, why, until);
        }
        first.is_none()
    }

    pub(super) fn end(&mut self, at: usize, why: Ending, now: Nanos) {
        let held = &mut self.sessions[at];
        if held.over.is_none_or(|(_, since)| since > now) {
            held.over = Some((why, now));
        }
    }

    /// Ends all sessions for which `which` holds and that were in force.
    pub(super) fn end_all(&mut self, why: Ending, now: Nanos, which: impl Fn(&Held) -> bool) {
        for at in 0..self.sessions.len() {
            if self.lives(at, now) && which(&self.sessions[at]) {
                self.end(at, why, now);
            }
        }
    }

    /// New keys: what was sealed or signed with the old one does not verify any more.
    pub(super) fn change_key(&mut self, now: Nanos) {
        self.key = 1;
        self.end_all(Ending::KeyRotation, now, |_| true);
    }

    /// Locks an account: nothing of it is accepted any more.
    pub(super) fn lock(&mut self, user: usize, now: Nanos) {
        self.locked.push(user);
        self.end_all(Ending::AccountLocked, now, |held| held.user == user);
    }

    /// A request with a cookie: lets it in, or says why it does not. `Some` cookie expiry where it is given anew.
    pub(super) fn check_cookie(
        &mut self,
        at: usize,
        address: &str,
        now: Nanos,
        counts: bool,
    ) -> Result<Option<Nanos>, Ending> {
        self.check(at, address, now)?;
        let policy = &self.policy;
        if policy.idle.is_none() || !(counts || policy.polls_count) {
            return Ok(None);
        }
        let half = policy.idle.unwrap_or(0) / 2;
        let held = &mut self.sessions[at];
        let slides = match policy.cookie {
            CookieLife::SlidesAtHalf => now - held.touched > half,
            CookieLife::Slides => true,
            CookieLife::Browser | CookieLife::Fixed => false,
        };
        // What is sealed in the cookie is renewed only with the cookie itself.
        if slides || policy.cookie != CookieLife::SlidesAtHalf {
            held.touched = now;
        }
        if slides {
            held.cookie_until = policy.idle.map(|idle| now + idle);
        }
        Ok(held.cookie_until.filter(|_| slides))
    }

    fn check(&mut self, at: usize, address: &str, now: Nanos) -> Result<(), Ending> {
        if self.policy.binds_address && self.lives(at, now) && self.sessions[at].address != address {
            self.end(at, Ending::NetworkSwitch, now);
        }
        if self.lives(at, now) {
            return Ok(());
        }
        Err(self.sessions[at].over.map_or(Ending::Revoked, |(why, _)| why))
    }

    /// A pair of tokens for a session.
    pub(super) fn issue(&mut self, at: usize, user: &str, now: Nanos, random: &mut Random) -> Pair {
        let life = self.policy.access;
        let issued = now + self.policy.issuer_ahead;
        let until = issued + life;
        let id = random.hex(12);
        let access = if self.readable {
            self.sign(user, &self.sessions[at].value, &id, issued, until)
        } else {
            random.letters(40)
        };
        self.access.insert(access.clone(), Access { held: at, issued, until, key: self.key });
        let refresh = self.policy.refresh.map(|life| {
            let value = random.letters(43);
            self.refresh.insert(value.clone(), Refresh { held: at, until: now + life, used: false });
            value
        });
        Pair { access, until, life, refresh }
    }

    /// When an access token runs out.
    pub(super) fn until_of(&self, token: &str) -> Option<Nanos> {
        self.access.get(token).map(|access| access.until)
    }

    /// A JWT (RFC 7519), signed with HS256 so that it can be verified as well.
    fn sign(&self, user: &str, session: &str, id: &str, issued: Nanos, until: Nanos) -> String {
        use jsonwebtoken::{EncodingKey, Header, encode};
        let key = &self.key_names[self.key as usize];
        let header = Header { kid: Some(key.clone()), ..Header::default() };
        let claims = serde_json::json!({
            "iss": self.issuer, "sub": user, "sid": session, "jti": id,
            "iat": issued / SECOND, "nbf": issued / SECOND, "exp": until / SECOND,
        });
        encode(&header, &claims, &EncodingKey::from_secret(key.as_bytes())).unwrap_or_default()
    }

    /// A request with an access token.
    pub(super) fn check_access(
        &mut self,
        token: &str,
        address: &str,
        now: Nanos,
    ) -> Result<usize, (Option<usize>, Ending)> {
        let Some(&Access { held, issued, until, key }) = self.access.get(token) else {
            return Err((None, Ending::Revoked));
        };
        if key != self.key {
            return Err((Some(held), Ending::KeyRotation));
        }
        // Verifiers mostly allow no leeway, or some seconds.
        if issued > now + 5 * SECOND {
            self.end(held, Ending::ClockSkew, now);
            return Err((Some(held), Ending::ClockSkew));
        }
        if self.policy.checks_each {
            self.check(held, address, now).map_err(|why| (Some(held), why))?;
        }
        if until < now {
            let skewed = self.policy.issuer_ahead < 0 && now - self.sessions[held].created < self.policy.access;
            let why = if skewed { Ending::ClockSkew } else { Ending::TokenExpired };
            if skewed || self.policy.refresh.is_none() {
                self.end(held, why, until.max(self.sessions[held].created));
            }
            return Err((Some(held), why));
        }
        Ok(held)
    }

    /// A renewal: another pair, or why not.
    pub(super) fn renew(
        &mut self,
        token: &str,
        address: &str,
        user: &str,
        now: Nanos,
        random: &mut Random,
    ) -> Result<(usize, Pair), (Option<usize>, Ending)> {
        let Some(&Refresh { held, until, used }) = self.refresh.get(token) else { return Err((None, Ending::Revoked)) };
        if used && self.policy.rotates && self.lives(held, now) {
            self.end(held, Ending::RefreshReused, now);
        }
        self.check(held, address, now).map_err(|why| (Some(held), why))?;
        if until < now {
            self.end(held, Ending::RefreshExpired, until);
            return Err((Some(held), Ending::RefreshExpired));
        }
        if let (Some(kept), Some(life)) = (self.refresh.get_mut(token), self.policy.refresh) {
            kept.used = true;
            // Without rotation the same token is good again from now on.
            kept.until = now + life;
        }
        let mut pair = self.issue(held, user, now, random);
        if !self.policy.rotates {
            pair.refresh = None;
        }
        Ok((held, pair))
    }
}
