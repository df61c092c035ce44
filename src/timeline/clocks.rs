//! The clocks that run over a session: how long it has been idle, how old it is, how much time its tokens and its cookie
//! have left, at any moment of its life and over the whole of it.
//!
//! Nothing is decided here: a clock shows what the records say of it, and the limit that the inspection found for it.

use crate::{
    inspection::Inspection,
    model::{Counted, EventId, EventKind, KeyKind, Limit, Nanos, SecretId, SessionId, TokenRole, time::SECOND},
};

/// Which clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockKind {
    /// Time since a person did something.
    Idle,
    /// Time since the sign-in, or since the session was first seen.
    Age,
    /// Time that the access token has left.
    AccessToken,
    /// Time that the refresh token has left.
    RefreshToken,
    /// Time that the session's cookie has left.
    Cookie,
}

impl ClockKind {
    /// All of them, in the order shown.
    pub const ALL: [Self; 5] = [Self::Idle, Self::Age, Self::AccessToken, Self::RefreshToken, Self::Cookie];

    /// The label on screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Idle => "Idle",
            Self::Age => "Age",
            Self::AccessToken => "Access token",
            Self::RefreshToken => "Refresh token",
            Self::Cookie => "Cookie",
        }
    }

    /// Whether it counts down to zero rather than up to a limit.
    pub fn counts_down(self) -> bool {
        matches!(self, Self::AccessToken | Self::RefreshToken | Self::Cookie)
    }

    fn limit(self) -> Option<Limit> {
        match self {
            Self::Idle => Some(Limit::IdleTimeout),
            Self::Age => Some(Limit::AbsoluteTimeout),
            Self::AccessToken => Some(Limit::AccessTokenTtl),
            Self::RefreshToken => Some(Limit::RefreshTokenTtl),
            Self::Cookie => None,
        }
    }
}

/// A moment at which a clock began anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    /// When.
    pub at: Nanos,
    /// Until when it runs from there, for one that counts down.
    pub expires: Option<Nanos>,
    /// The record that did it.
    pub event: EventId,
}

/// What a clock shows at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Which clock.
    pub kind: ClockKind,
    /// Time gone by, or time left (less than zero once it has run out).
    pub value: Nanos,
    /// The limit, or the whole life of what counts down; `None` where none was observed.
    pub limit: Option<Nanos>,
    /// What reset it last.
    pub reset: Reset,
}

impl Reading {
    /// How much of the time to its limit is gone, 0 to 1 and more; `None` without a limit.
    pub fn share(&self) -> Option<f32> {
        let limit = self.limit.filter(|limit| *limit > 0)? as f32;
        let gone = if self.kind.counts_down() { limit - self.value as f32 } else { self.value as f32 };
        Some(gone / limit)
    }

    /// Whether it has reached its limit.
    pub fn is_over(&self) -> bool {
        if self.kind.counts_down() { self.value <= 0 } else { self.limit.is_some_and(|limit| self.value >= limit) }
    }
}

/// One clock over the life of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Which clock.
    pub kind: ClockKind,
    /// Its resets, by time; never empty.
    pub resets: Vec<Reset>,
    /// The limit that the inspection found for it.
    pub limit: Option<Nanos>,
}

impl Track {
    /// What it shows at `at`; `None` before its first reset.
    pub fn read(&self, at: Nanos) -> Option<Reading> {
        let after = self.resets.partition_point(|reset| reset.at <= at);
        let reset = *self.resets.get(after.checked_sub(1)?)?;
        let (value, limit) = match reset.expires {
            Some(expires) => (expires.saturating_sub(at), Some(expires.saturating_sub(reset.at))),
            None => (at.saturating_sub(reset.at), self.limit),
        };
        Some(Reading { kind: self.kind, value, limit, reset })
    }

    /// Its course from its first reset to `until`, as instants and seconds: up (or down) from each reset to the next. At
    /// most about `most` points; between two kept resets the highest tooth stays.
    pub fn course(&self, until: Nanos, most: usize) -> Vec<(Nanos, f64)> {
        let seconds = |value: Nanos| value as f64 / SECOND as f64;
        let teeth: Vec<(Reset, Nanos)> = self
            .resets
            .iter()
            .enumerate()
            .filter(|(_, reset)| reset.at <= until)
            .map(|(index, reset)| (*reset, self.resets.get(index + 1).map_or(until, |next| next.at.min(until))))
            .collect();
        let group = teeth.len().div_ceil((most / 2).max(1)).max(1);
        let mut points = Vec::with_capacity(teeth.len().div_ceil(group) * 2);
        for teeth in teeth.chunks(group) {
            let Some(&(reset, end)) = teeth.iter().max_by_key(|(reset, end)| end - reset.at) else { continue };
            let (from, to) = match reset.expires {
                Some(expires) => (expires.saturating_sub(reset.at), expires.saturating_sub(end)),
                None => (0, end.saturating_sub(reset.at)),
            };
            points.push((reset.at, seconds(from)));
            points.push((end, seconds(to.max(0))));
        }
        points
    }
}

/// The clocks of a session that its records show.
pub fn tracks(inspection: &Inspection, id: SessionId) -> Vec<Track> {
    let Some(session) = inspection.sessions.get(id.0 as usize) else { return Vec::new() };
    let events = &inspection.events;
    let mut found: [Vec<Reset>; 5] = Default::default();
    let cookies: Vec<_> = session.keys(&events.symbols).into_iter().filter(|key| key.kind == KeyKind::Cookie).collect();
    let mut last: [Option<SecretId>; 2] = [None; 2];
    // Where the server was seen to count any request, or nobody is known to have done anything, every sign of life counts.
    let any_counts = inspection.policies.iter().any(|policy| {
        policy.limit == Limit::IdleTimeout && *policy.app == *session.app && policy.counted == Some(Counted::AnyRequest)
    });
    let has_people = !any_counts && events.of_session(id).any(|event| events.kind(event) == EventKind::Activity);
    for event in events.of_session(id) {
        let (kind, at) = (events.kind(event), events.time(event));
        if kind == EventKind::SignIn || kind == EventKind::Activity || (!has_people && kind.proves_life()) {
            found[ClockKind::Idle as usize].push(Reset { at, expires: None, event });
        }
        let Some(exchange) = events.exchange(event) else { continue };
        for token in &exchange.tokens {
            let known = [(TokenRole::Access, ClockKind::AccessToken), (TokenRole::Refresh, ClockKind::RefreshToken)];
            let Some(slot) = known.iter().position(|(role, _)| *role == token.role) else { continue };
            let track = known[slot].1;
            if token.expires.is_some() && last[slot] != Some(token.value) {
                last[slot] = Some(token.value);
                let at = if token.sent { at } else { exchange.answered.max(at) };
                found[track as usize].push(Reset { at, expires: token.expires, event });
            }
        }
        for cookie in exchange.cookies_set.iter().filter(|cookie| cookie.expires.is_some() && !cookie.cleared) {
            let name = events.symbols.resolve(cookie.name);
            if cookies.iter().any(|key| key.name == name) {
                let at = exchange.answered.max(at);
                found[ClockKind::Cookie as usize].push(Reset { at, expires: cookie.expires, event });
            }
        }
    }
    let first = session.start_event.or_else(|| events.of_session(id).next());
    if let Some(event) = first {
        found[ClockKind::Age as usize].push(Reset { at: session.started_at, expires: None, event });
    }
    let limit = |kind: ClockKind| {
        let limit = kind.limit()?;
        let policy = inspection.policies.iter().find(|policy| policy.limit == limit && *policy.app == *session.app)?;
        policy.likely.or(policy.at_most).map(|seconds| (seconds * SECOND as f64) as Nanos)
    };
    ClockKind::ALL
        .into_iter()
        .zip(found)
        .filter(|(_, resets)| !resets.is_empty())
        .map(|(kind, mut resets)| {
            resets.sort_by_key(|reset| reset.at);
            Track { kind, resets, limit: limit(kind) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(kind: ClockKind, resets: &[(Nanos, Option<Nanos>)], limit: Option<Nanos>) -> Track {
        let resets = resets.iter().map(|&(at, expires)| Reset { at, expires, event: EventId(at as u32) }).collect();
        Track { kind, resets, limit }
    }

    #[test]
    fn a_clock_counts_from_its_last_reset() {
        let idle = track(ClockKind::Idle, &[(0, None), (100, None)], Some(50));
        assert_eq!(idle.read(-1), None);
        let reading = idle.read(130).expect("it runs");
        assert_eq!((reading.value, reading.reset.event), (30, EventId(100)));
        assert!(!reading.is_over());
        assert_eq!(reading.share(), Some(0.6));
        assert!(idle.read(150).expect("it runs").is_over());
    }

    #[test]
    fn what_counts_down_says_what_is_left_of_its_own_life() {
        let token = track(ClockKind::AccessToken, &[(0, Some(60)), (40, Some(100))], None);
        let reading = token.read(30).expect("it runs");
        assert_eq!((reading.value, reading.limit), (30, Some(60)));
        let reading = token.read(110).expect("it runs");
        assert_eq!(reading.value, -10);
        assert!(reading.is_over());
    }

    #[test]
    fn the_course_has_a_tooth_for_each_reset_and_never_too_many() {
        let resets: Vec<(Nanos, Option<Nanos>)> = (0..10_000).map(|n| (n * SECOND, None)).collect();
        let idle = track(ClockKind::Idle, &resets, None);
        assert!(idle.course(20_000 * SECOND, 500).len() <= 500);
        let few = track(ClockKind::Idle, &[(0, None), (10 * SECOND, None)], None).course(30 * SECOND, 500);
        assert_eq!(few, [(0, 0.0), (10 * SECOND, 10.0), (10 * SECOND, 0.0), (30 * SECOND, 20.0)]);
    }
}
