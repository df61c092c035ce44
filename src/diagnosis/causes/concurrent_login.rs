//! `concurrent_login`: a sign-in elsewhere pushed this session out.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::subject::Subject,
    model::{Cause, EndedBy, EventId, Evidence, Nanos, Session, SessionId, Stated, time::MINUTE, time::SECOND},
};

/// A sign-in elsewhere pushed it out.
pub struct ConcurrentLogin;

impl CauseRule for ConcurrentLogin {
    fn cause(&self) -> Cause {
        Cause::ConcurrentLogin
    }

    fn explanation(&self) -> &'static str {
        "The same account signed in on another device or browser, and the app allows only so many sessions at once, \
         so the older one was ended. Two devices that both sign in again by themselves can force each other out for \
         ever."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Use one device at a time, or sign out on the other. If you do not know the other device, change your \
             password.",
            qa: "Repeat it with two browsers and one account: the first must be refused right after the second signs in, \
             and the message should say so.",
            developer: "Say on the sign-in page that another device took over, offer to end the other one, or allow more \
             sessions for each user.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "The server's log of all sign-ins of this user: one on another device just before the refusal."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        if stated(subject, self.cause(), &[Stated::OtherDevice], STATED, evidence) {
            return;
        }
        let clues = &subject.session.clues;
        let by_renewal = clues.ended_by == Some(EndedBy::RenewalRefusal);
        let refused = by_renewal || clues.ended_by == Some(EndedBy::Refusal);
        if !refused || clues.stated.is_some_and(|(reason, _)| reason.cause().is_some()) {
            return;
        }
        let Some(other) = sign_in_elsewhere(subject) else { return };
        let same_user = subject.session.user.is_some() && other.user == subject.session.user;
        // A renewal is refused for reasons of its own; only the same user's sign-in speaks to it.
        if by_renewal && !same_user {
            return;
        }
        let shown = [other.start_event.unwrap_or_else(|| subject.ending_event()), subject.ending_event()];
        if same_user {
            let claim = "The same user signed in elsewhere between the last accepted and the first refused request";
            evidence.push(subject.fact(self.cause(), 6.0, claim, &shown));
            if let Some(lived) = lived_side_by_side(subject, other) {
                let claim = "As many sessions of this user had lived side by side before";
                evidence.push(subject.fact(self.cause(), -3.5, claim, &[lived]));
            }
        } else {
            // Where no user is named it is as telling as it is unlikely by chance: by how many sign-ins from elsewhere such
            // an interval would hold anyway.
            let expected = subject.sign_ins_expected();
            let weight = (1.0 / expected.max(0.01)).ln().clamp(0.3, 4.0) as f32;
            let claim = "Someone signed in from elsewhere between the last accepted and the first refused request";
            evidence.push(subject.fact(self.cause(), weight, claim, &shown));
            let more = in_turn(subject, other);
            let (all, times) = subject.refused_in_use_elsewhere();
            if !more.is_empty() {
                // Once is chance. That the sign-ins of two clients end each other's sessions in use again and again, without
                // a limit on sessions, would be chance every time.
                let claim = format_args!(
                    "It happened {} between these two clients: a sign-in of one, and the other's session was refused",
                    if more.len() == 1 { "once more".to_owned() } else { format!("{} times more", more.len()) }
                );
                evidence.push(subject.fact(self.cause(), (1.7 * more.len() as f32).min(5.0), claim, &more));
            } else if times >= 2 && times * 4 >= all * 3 && subject.silence() <= 2 * MINUTE {
                let claim = format_args!(
                    "{times} other times a session in use was refused here right after a sign-in from elsewhere, of {all}"
                );
                evidence.push(subject.fact(self.cause(), (times as f32).min(3.0), claim, &shown));
            }
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        match &subject.session.user {
            Some(user) => format!("Pushed out: {user} signed in on another device"),
            None => "Pushed out by a sign-in on another device".to_owned(),
        }
    }
}

/// A sign of life of a session of this user that others were alive beside, at another time and as many as when `other`
/// began: then the server allows that many.
fn lived_side_by_side(subject: &Subject<'_>, other: &Session) -> Option<EventId> {
    /// Nobody has more, and what more an account of a machine has says nothing else.
    const LOOKED_AT: usize = 200;
    let ours = subject.case.of_same_user(subject.id);
    let ours: Vec<&Session> = ours.iter().take(LOOKED_AT).map(|id| &subject.case.sessions[id.0 as usize]).collect();
    let mut lasts: Vec<Nanos> = ours.iter().map(|session| session.last_alive_at.max(session.started_at)).collect();
    lasts.sort_unstable();
    let alive_at = |at| {
        let begun = ours.partition_point(|session| session.started_at <= at);
        begun - lasts.partition_point(|&last| last < at)
    };
    // Besides the others that were alive: the one that was pushed out, which was alive until then, and the new one.
    let begun = other.started_at - SECOND;
    let counted = usize::from(subject.session.started_at <= begun && subject.session.last_alive_at >= begun);
    let allowed = alive_at(begun) - counted + 2;
    ours.iter()
        .filter(|session| session.started_at != other.started_at)
        // All were still let in some time after the last of them had signed in.
        .filter(|session| alive_at(session.started_at + MINUTE) >= allowed)
        .find_map(|session| session.start_event)
}

/// The ends of other sessions of these two clients, in use until the other one signed in.
fn in_turn(subject: &Subject<'_>, other: &Session) -> Vec<EventId> {
    /// Two clients that push each other out do so one after the other.
    const NEAR: usize = 200;
    let (ours, theirs) = (subject.session.clues.client, other.clues.client);
    if !ours.is_some() || !theirs.is_some() {
        return Vec::new();
    }
    let list = subject.case.peers(subject.id);
    let session = |id: SessionId| &subject.case.sessions[id.0 as usize];
    let at = list.partition_point(|&id| session(id).started_at < subject.session.started_at);
    let near = &list[at.saturating_sub(NEAR)..(at + NEAR).min(list.len())];
    let of_both = |id: &&SessionId| [ours, theirs].contains(&session(**id).clues.client);
    let both: Vec<SessionId> = near.iter().filter(of_both).copied().collect();
    both.iter()
        .filter(|&&id| id != subject.id && session(id).clues.ended_by == Some(EndedBy::Refusal))
        .filter_map(|&id| {
            let old = session(id);
            let ending = old.ending().filter(|ending| ending.length() <= 5 * MINUTE)?;
            let pushed = both.iter().map(|&id| session(id)).any(|new| {
                new.start_seen
                    && new.clues.client != old.clues.client
                    && ending.from - 5 * SECOND <= new.started_at
                    && new.started_at <= ending.until
            });
            old.first_dead.filter(|_| pushed)
        })
        .collect()
}

/// A sign-in by another client inside the ending, of the same user if users are known.
fn sign_in_elsewhere<'a>(subject: &Subject<'a>) -> Option<&'a Session> {
    let from = subject.ending.from - 5 * SECOND;
    let list = subject.case.peers(subject.id);
    let begin = list.partition_point(|id| subject.case.sessions[id.0 as usize].started_at < from);
    list[begin..]
        .iter()
        .map(|&id| (id, &subject.case.sessions[id.0 as usize]))
        .take_while(|(_, other)| other.started_at <= subject.dead_at())
        .filter(|(id, other)| *id != subject.id && other.start_seen)
        .filter(|(_, other)| other.clues.client != subject.session.clues.client || !other.clues.client.is_some())
        .find(|(_, other)| match (&other.user, &subject.session.user) {
            (Some(theirs), Some(ours)) => theirs == ours,
            _ => true,
        })
        .map(|(_, other)| other)
}
