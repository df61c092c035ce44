//! `refresh_race`: two renewals at once with one refresh token, of which one lost.

use super::{Advice, PatternRule, Seen, whose};
use crate::model::{EventId, EventKind, Nanos, Pattern, PatternKind, SecretId, SessionId, TokenRole, time::SECOND};

/// Two renewals at once.
pub struct RefreshRace;

/// A log's stamps are of whole seconds, and one tab's timer fires soon after the other's.
const AT_ONCE: Nanos = 2 * SECOND;
/// What one page sends at once. A session that stands for a whole server, since its log names nobody, shows thousands.
const AT_MOST: usize = 32;

impl PatternRule for RefreshRace {
    fn kind(&self) -> PatternKind {
        PatternKind::RefreshRace
    }

    fn explanation(&self) -> &'static str {
        "Two tabs, or two requests of one page, renewed the session in the same moment with the same refresh token. One got \
         new tokens, the other was refused, since the token had just been replaced."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again, and use one tab of the app until this is mended.",
            qa: "Repeat it with two tabs open at the moment that the token runs out, and capture both.",
            developer: "Let all tabs share one renewal (a lock, a shared worker), and accept a replaced refresh token again for a few seconds \
         at the authorization server.",
        }
    }

    fn find(&self, seen: &Seen<'_>, found: &mut Vec<Pattern>) {
        for index in 0..seen.case.sessions.len() as u32 {
            let id = SessionId(index);
            let clues = &seen.session(id).clues;
            // Only who renewed can have raced.
            if clues.renewals == 0 && clues.refused_renewal.is_none() {
                continue;
            }
            let races = races(seen, id);
            if races.is_empty() {
                continue;
            }
            let whose = whose(seen.session(id));
            let times = if races.len() == 1 { String::new() } else { format!(", {} times", races.len()) };
            let headline = format!("Two of {whose} renewals ran at once, and one of them was refused{times}");
            let events = races.into_iter().take(4).flat_map(|(won, lost)| [won, lost]).collect();
            found.push(Pattern { kind: PatternKind::RefreshRace, sessions: vec![id], headline, events });
        }
    }
}

/// Pairs of renewals that ran at once, the one that succeeded first.
fn races(seen: &Seen<'_>, id: SessionId) -> Vec<(EventId, EventId)> {
    let events = seen.case.events;
    let renews = |kind| matches!(kind, EventKind::Refresh | EventKind::RefreshRefused | EventKind::Denied);
    let list: Vec<EventId> = events.of_session(id).filter(|&event| renews(events.kind(event))).collect();
    let mut races = Vec::new();
    for (at, &one) in list.iter().enumerate() {
        let until = events.exchange(one).map_or(events.time(one), |exchange| exchange.answered) + AT_ONCE;
        let near = list[at + 1..].iter().take(AT_MOST).take_while(|&&other| events.time(other) <= until);
        for &other in near {
            let (won, lost) = match (events.kind(one), events.kind(other)) {
                (EventKind::Refresh, EventKind::Refresh) => continue,
                (EventKind::Refresh, _) => (one, other),
                (_, EventKind::Refresh) => (other, one),
                _ => continue,
            };
            let same = match (refresh_token(seen, won), refresh_token(seen, lost)) {
                (Some(one), Some(other)) => one == other,
                _ => events.get(won).what == events.get(lost).what,
            };
            // Sent one after the other's answer is no race, but a retry.
            let overlap = events.exchange(lost).zip(events.exchange(won)).is_none_or(|(lost_one, won_one)| {
                events.time(lost) <= won_one.answered && events.time(won) <= lost_one.answered
            });
            if same && overlap && events.get(lost).status >= 400 {
                races.push((won, lost));
            }
        }
    }
    races
}

fn refresh_token(seen: &Seen<'_>, id: EventId) -> Option<SecretId> {
    let exchange = seen.case.events.exchange(id)?;
    exchange.tokens.iter().find(|token| token.sent && token.role == TokenRole::Refresh).map(|token| token.value)
}
