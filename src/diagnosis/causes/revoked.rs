//! `revoked`: an administrator, a password change or a security rule ended it.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::{case::TOGETHER, subject::Subject},
    model::{Cause, EndedBy, EventId, EventKind, Evidence, SessionId, Stated, TimeRange, duration_words, time::SECOND},
};

/// Someone or something ended it.
pub struct Revoked;

impl CauseRule for Revoked {
    fn cause(&self) -> Cause {
        Cause::Revoked
    }

    fn explanation(&self) -> &'static str {
        "Someone with the right to do so, or a security rule, ended the session: an administrator, a changed \
         password, a sign-out of all devices, a risk check. No timer ran out."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "If you changed your password or signed out everywhere, this was meant; otherwise ask your \
             administrator.",
            qa: "Look in the audit log for an act on this user at that moment, and check that other sessions of the same \
             user ended with it.",
            developer: "Tell the app why (a reason in the answer or in the sign-in page's address), so that it does not say \
             \u{201c}expired\u{201d}; record who ended it.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "The server's or the identity provider's audit log: an act on this user's sessions at that moment."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let reasons = [Stated::Revoked, Stated::RefreshRevoked, Stated::PasswordChanged];
        stated(subject, self.cause(), &reasons, STATED, evidence);
        let clues = &subject.session.clues;
        if !matches!(clues.ended_by, Some(EndedBy::Refusal | EndedBy::RenewalRefusal | EndedBy::Close)) {
            return;
        }
        self.operator(subject, evidence);
        if clues.ended_by != Some(EndedBy::Close) {
            self.all_of_one_user(subject, evidence);
        }
        if clues.stated.is_some_and(|(reason, _)| reason.cause().is_some()) {
            return;
        }
        let left = subject.time_left().filter(|&left| left > 30 * SECOND);
        if clues.ended_by == Some(EndedBy::Refusal)
            && clues.credential_sent == Some(true)
            && let Some(left) = left
        {
            let claim = format_args!("The credential was sent with {} left, and refused", duration_words(left));
            evidence.push(subject.fact(self.cause(), 1.4, claim, &[]));
        }
        if let Some(refused) = clues.refused_renewal {
            evidence.push(subject.fact(
                self.cause(),
                1.6,
                "The renewal was refused, and the answer does not say why",
                &[refused],
            ));
        }
        if matches!(clues.stated, Some((Stated::UnknownSession, _))) {
            evidence.push(subject.fact(self.cause(), 1.2, "The server says that it does not know the session", &[]));
        }
        if clues.ended_by == Some(EndedBy::Close) && clues.stated.is_none() {
            let claim = "The server's side closed it: no word from the client came before";
            evidence.push(subject.fact(self.cause(), 2.0, claim, &[]));
        }
    }

    fn headline(&self, subject: &Subject<'_>) -> String {
        match subject.session.clues.stated {
            Some((Stated::PasswordChanged, _)) => "Ended by a change of the password".to_owned(),
            Some((Stated::RefreshRevoked, _)) => "The session's refresh token was revoked".to_owned(),
            _ => "Ended by an act upon the session, not by a timeout".to_owned(),
        }
    }
}

impl Revoked {
    /// An act upon sessions or accounts inside the ending; stronger where it names the user.
    fn operator(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let range = TimeRange::new(subject.ending.from - 60 * SECOND, subject.dead_at());
        let operators = &subject.case.around.operators;
        let last = |acts| subject.case.within(acts, range).last().copied();
        let upon_us = subject.session.user.as_deref().and_then(|user| last(operators.upon(user)));
        // What an operator did to another user ended that one's sessions.
        let Some(act) = upon_us.or_else(|| last(operators.upon_nobody())) else { return };
        debug_assert_eq!(subject.case.events.kind(act), EventKind::Operator);
        let what = subject.what(act);
        let weight = if upon_us.is_some() { 6.5 } else { 5.2 };
        let claim = format_args!("An operator acted on sessions just before: {what}");
        evidence.push(subject.fact(self.cause(), weight, claim, &[act, subject.ending_event()]));
    }

    /// Every session of one user, and none of another's, refused in one moment: an act upon the account (a sign-out
    /// everywhere, a new password), not an event of the server.
    fn all_of_one_user(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        let session = |id: SessionId| &subject.case.sessions[id.0 as usize];
        let together = subject.is_together();
        let one_user = subject.session.user.is_some()
            && together.iter().all(|&id| session(id).user == subject.session.user)
            && together.iter().any(|&id| session(id).clues.client != subject.session.clues.client);
        if !one_user {
            return;
        }
        let other_user = |&&id: &&SessionId| {
            session(id).user != subject.session.user && session(id).last_alive_at > subject.dead_at()
        };
        let Some(lived) = subject.nearest().iter().find(other_user) else { return };
        let mut shown: Vec<EventId> = together.iter().take(3).filter_map(|&id| session(id).first_dead).collect();
        shown.extend(session(*lived).last_alive);
        let claim = "All sessions of this user were refused in the same moment, and those of others were not";
        // Two that were in use did not both run out of a limit.
        let weight = if subject.silence() <= TOGETHER { 4.4 } else { 3.0 };
        evidence.push(subject.fact(self.cause(), weight, claim, &shown));
    }
}
