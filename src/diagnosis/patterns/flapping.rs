//! `flapping`: one credential is accepted and refused in turn.

use super::{Advice, PatternRule, Seen, whose};
use crate::model::{EventFlags, EventId, EventKind, Pattern, PatternKind, SecretId, SessionId, Sym};
use hashbrown::HashSet;

/// Accepted and refused in turn.
pub struct Flapping;

impl PatternRule for Flapping {
    fn kind(&self) -> PatternKind {
        PatternKind::Flapping
    }

    fn explanation(&self) -> &'static str {
        "The same credential is accepted and refused in turn, for the same requests. Several servers answer, and not all of \
         them know the session: they share no session store, or each has a key of its own."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Try again: the next request may well be accepted. Tell support that it comes and goes.",
            qa: "Send one request a dozen times and note which are refused, with the headers that name the server which answered.",
            developer: "Give all workers and replicas one session store and one secret (set it, do not let each make its own at its start), \
         or bind a client to one replica.",
        }
    }

    fn find(&self, seen: &Seen<'_>, found: &mut Vec<Pattern>) {
        for index in 0..seen.case.sessions.len() as u32 {
            let id = SessionId(index);
            let turns = turns(seen, id);
            // One refusal amid others may be anything; a second one that is taken back is no accident.
            if turns.len() < 2 {
                continue;
            }
            let whose = whose(seen.session(id));
            let headline = format!(
                "{whose} session was refused {} times and accepted again each time, with the same credential",
                turns.len()
            );
            let events = turns.into_iter().take(4).flat_map(|(refused, accepted)| [refused, accepted]).collect();
            found.push(Pattern {
                kind: PatternKind::Flapping,
                sessions: vec![id],
                headline: capital(headline),
                events,
            });
        }
    }
}

fn capital(text: String) -> String {
    text.strip_prefix("one ").map(|rest| format!("One {rest}")).unwrap_or(text)
}

/// Refusals that stand between two acceptances of one credential, each with the acceptance after it.
fn turns(seen: &Seen<'_>, id: SessionId) -> Vec<(EventId, EventId)> {
    let events = seen.case.events;
    if !events.of_session(id).any(|event| is_refusal(seen, event)) {
        return Vec::new();
    }
    // A page that the session never gets to see is refused for want of a right.
    let let_in: HashSet<Sym> =
        events.of_session(id).filter(|&event| is_accepted(seen, event)).map(|event| events.get(event).what).collect();
    let mut turns = Vec::new();
    let (mut accepted, mut refused): (Option<EventId>, Option<EventId>) = (None, None);
    for event in events.of_session(id).filter(|&event| !events.flags(event).contains(EventFlags::MIRROR)) {
        if is_accepted(seen, event) {
            if let (Some(before), Some(between)) = (accepted, refused.take())
                && same_credential(seen, before, between)
                && same_credential(seen, between, event)
            {
                turns.push((between, event));
            }
            accepted = Some(event);
        } else if is_refusal(seen, event) && let_in.contains(&events.get(event).what) {
            refused = refused.or(Some(event));
        } else if matches!(events.kind(event), EventKind::Refresh | EventKind::SignIn | EventKind::Outage) {
            // What was renewed in between is another credential; what is away answers for nobody.
            (accepted, refused) = (None, None);
        }
    }
    turns
}

fn is_accepted(seen: &Seen<'_>, id: EventId) -> bool {
    matches!(seen.case.events.kind(id), EventKind::Activity | EventKind::Background)
}

/// A refusal of who asks, not of what is asked for.
fn is_refusal(seen: &Seen<'_>, id: EventId) -> bool {
    let event = seen.case.events.get(id);
    matches!(event.kind, EventKind::Denied | EventKind::Rejection)
        && matches!(event.status, 301 | 302 | 303 | 307 | 401 | 419 | 440)
}

/// Whether both sent one credential, as far as the source shows any.
fn same_credential(seen: &Seen<'_>, one: EventId, other: EventId) -> bool {
    let sent = |id: EventId| -> Option<HashSet<SecretId>> {
        let exchange = seen.case.events.exchange(id)?;
        let tokens = exchange.tokens.iter().filter(|token| token.sent).map(|token| token.value);
        let all: HashSet<SecretId> = exchange.cookies_sent.iter().map(|&(_, value)| value).chain(tokens).collect();
        (!all.is_empty()).then_some(all)
    };
    match (sent(one), sent(other)) {
        (Some(one), Some(other)) => !one.is_disjoint(&other),
        _ => true,
    }
}
