//! The chain of tokens of a session: which answer issued each, which requests used it, what replaced it, where it was refused.

use super::{
    event::{EventId, SecretId},
    exchange::TokenRole,
    symbol::Sym,
    time::Nanos,
};

/// What became of one token.
#[derive(Clone, Copy, Debug)]
pub struct TokenLife {
    /// What it is for.
    pub role: TokenRole,
    /// What it is known by ([`TokenSeen::value`](super::exchange::TokenSeen::value)).
    pub value: SecretId,
    /// All of it, as it was seen first ([`TokenSeen::text`](super::exchange::TokenSeen::text)).
    pub text: SecretId,
    /// The exchange that showed it first.
    pub first: EventId,
    /// The answer that issued it, and when that had arrived; `None` for one that is older than the input.
    pub issued: Option<(EventId, Nanos)>,
    /// How many requests were let in with it.
    pub uses: u32,
    /// The last of them.
    pub last_used: Option<EventId>,
    /// The renewal whose answer gave another in its place.
    pub replaced: Option<EventId>,
    /// That other's place in [`Chain::tokens`].
    pub replaced_by: Option<u16>,
    /// The first request that was refused with it after it had been let in for the last time.
    pub refused: Option<EventId>,
    /// `iat`, by the issuer's clock.
    pub issued_at: Option<Nanos>,
    /// `exp`, or the answer's time plus what it says of the token's life.
    pub expires: Option<Nanos>,
    /// JWT header `kid`.
    pub key_id: Sym,
}

/// How a renewal came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RenewalOutcome {
    /// It gave a new token.
    Renewed,
    /// It was refused.
    Refused,
    /// The request may have reached the server, and its answer never came: broken off, timed out, cancelled.
    Lost,
    /// The request never left: no network.
    Unsent,
    /// The server was not there: nothing listened, or the one behind a proxy was away (502, 503, 504).
    Away,
}

/// One attempt to renew.
#[derive(Clone, Copy, Debug)]
pub struct Renewal {
    /// Its exchange.
    pub event: EventId,
    /// When it was sent.
    pub sent_at: Nanos,
    /// When its answer had come, or it was given up.
    pub answered_at: Nanos,
    /// The refresh token that it used, by its place in [`Chain::tokens`]; `None` where the input hides it.
    pub used: Option<u16>,
    /// The refresh token that its answer gave.
    pub gave: Option<u16>,
    /// How it came out.
    pub outcome: RenewalOutcome,
}

/// Two renewals that were under way at the same time with the same refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Race {
    /// The one sent first.
    pub first: EventId,
    /// The other.
    pub second: EventId,
    /// Whether one of them was refused.
    pub lost_one: bool,
    /// Whether the session was let in or renewed after both: the server tolerates it.
    pub healed: bool,
}

/// The tokens of one session, and its renewals, each by time. One chain of renewals is one session.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// Access and refresh tokens.
    pub tokens: Vec<TokenLife>,
    /// Attempts to renew.
    pub renewals: Vec<Renewal>,
    /// Renewals under way at the same time.
    pub races: Vec<Race>,
}

impl TokenLife {
    /// The exchange that tells most of it: where it was refused, else used last, else seen first.
    pub fn telling(&self) -> EventId {
        self.refused.or(self.last_used).unwrap_or(self.first)
    }
}

impl Chain {
    /// A token by its place.
    pub fn token(&self, at: u16) -> Option<&TokenLife> {
        self.tokens.get(usize::from(at))
    }

    /// The access token that was sent last, else the one given last.
    pub fn last_access(&self) -> Option<&TokenLife> {
        let access = self.tokens.iter().filter(|life| life.role == TokenRole::Access);
        access.max_by_key(|life| (life.refused.max(life.last_used), life.first))
    }

    /// Whether the server gives a new refresh token with each renewal.
    pub fn rotates(&self) -> bool {
        self.tokens.iter().any(|token| token.role == TokenRole::Refresh && token.replaced.is_some())
    }
}
