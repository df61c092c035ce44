//! `network_switch`: the device moved to another address, and the server ties the session to it.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::subject::Subject,
    model::{Cause, EndedBy, EventId, EventKind, Evidence, Nanos, Stated, time::SECOND},
};

/// The device moved to another address.
pub struct NetworkSwitch;

impl CauseRule for NetworkSwitch {
    fn cause(&self) -> Cause {
        Cause::NetworkSwitch
    }

    fn explanation(&self) -> &'static str {
        "The device moved to another network (Wi-Fi to mobile, a VPN switched on or off), and the server accepts a \
         session only from the address where it began."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again on the new network; on the move, stay with one connection where you can.",
            qa: "Switch between two networks in the middle of a session and see whether the next request is refused; \
             compare the client's address in the server's log before and after.",
            developer: "Do not tie sessions to addresses where people are mobile, or ask for a second factor instead of ending \
             them.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "The server's access log: the client's address on the refused request against the ones before."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        if stated(subject, self.cause(), &[Stated::AddressChanged], STATED, evidence) {
            return;
        }
        let clues = &subject.session.clues;
        let refused = matches!(clues.ended_by, Some(EndedBy::Refusal | EndedBy::RenewalRefusal));
        if !refused || clues.stated.is_some_and(|(reason, _)| reason.cause().is_some()) {
            return;
        }
        let Some(moved) = moved(subject) else { return };
        let claim =
            format_args!("The refused request names the same session and comes from another address, {}", moved.to);
        // Everything else lets a session go on from where it is; that it ends on the very request that moved is no chance.
        evidence.push(subject.fact(self.cause(), 5.5, claim, &[moved.alive, moved.refused]));
    }

    fn headline(&self, _subject: &Subject<'_>) -> String {
        "The device changed its network address, and the server tied the session to the old one".to_owned()
    }
}

/// A session that was let in from one address alone and refused on its first request from another.
struct Moved<'a> {
    alive: EventId,
    refused: EventId,
    to: &'a str,
}

/// How far apart two sources may show one request, once their clocks agree.
const SAME_REQUEST: Nanos = 2 * SECOND;

fn moved<'a>(subject: &Subject<'a>) -> Option<Moved<'a>> {
    let events = &subject.case.events;
    let address = |id: EventId| {
        let client = events.symbols.resolve(events.get(id).client);
        client.split('\t').next().filter(|address| !address.is_empty())
    };
    let mut home: Option<(&str, EventId)> = None;
    for id in events.of_session(subject.id) {
        let (Some(from), kind, at) = (address(id), events.kind(id), events.time(id)) else { continue };
        if kind.proves_life() && at <= subject.session.last_alive_at {
            // Who goes on from a second address is tied to none.
            if home.is_some_and(|(home, _)| home != from) {
                return None;
            }
            home = Some((from, id));
        } else if (at - subject.dead_at()).abs() <= SAME_REQUEST
            || matches!(kind, EventKind::Rejection | EventKind::RefreshRefused) && at >= subject.ending.from
        {
            // Where a capture shows the refusal, the log's line of the same request shows the address, whatever its status.
            let (home, alive) = home?;
            return (home != from).then_some(Moved { alive, refused: id, to: from });
        }
    }
    None
}
