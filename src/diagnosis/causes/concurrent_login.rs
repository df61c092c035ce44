//! `concurrent_login`: a sign-in elsewhere pushed this session out.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::case::Subject,
    model::{Cause, EndedBy, Evidence, Session, Stated, time::MINUTE, time::SECOND},
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
        if clues.ended_by != Some(EndedBy::Refusal) || clues.stated.is_some_and(|(reason, _)| reason.cause().is_some())
        {
            return;
        }
        let Some(other) = sign_in_elsewhere(subject) else { return };
        let same_user = subject.session.user.is_some() && other.user == subject.session.user;
        let shown = [other.start_event.unwrap_or_else(|| subject.ending_event()), subject.ending_event()];
        if same_user {
            let claim = "The same user signed in elsewhere between the last accepted and the first refused request";
            evidence.push(subject.fact(self.cause(), 6.0, claim, &shown));
        } else {
            // The longer the interval, the likelier it is that somebody signs in just so.
            let weight = if subject.silence() <= 5 * MINUTE { 2.0 } else { 0.5 };
            let claim = "Someone signed in from elsewhere between the last accepted and the first refused request";
            evidence.push(subject.fact(self.cause(), weight, claim, &shown));
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        match &subject.session.user {
            Some(user) => format!("Pushed out: {user} signed in on another device"),
            None => "Pushed out by a sign-in on another device".to_owned(),
        }
    }
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
