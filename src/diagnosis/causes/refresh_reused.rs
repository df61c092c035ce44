//! `refresh_reused`: a rotated refresh token came back, and the server revoked the family.

use super::{Advice, CauseRule, STATED, stated};
use crate::{
    diagnosis::subject::Subject,
    model::{
        Cause, EventId, Evidence, Stated, TokenRole,
        chain::{Chain, RenewalOutcome},
        duration_words,
        time::MINUTE,
    },
};

/// A rotated refresh token was used twice.
pub struct RefreshReused;

impl CauseRule for RefreshReused {
    fn cause(&self) -> Cause {
        Cause::RefreshReused
    }

    fn explanation(&self) -> &'static str {
        "Each renewal replaces the refresh token. An old one was used again (two tabs that renewed at once, an \
         answer that got lost on the way, or theft), so the server ended everything that came from it, to be safe."
    }

    fn advice(&self) -> Advice {
        Advice {
            user: "Sign in again. If it keeps happening, use one tab; if you see activity that is not yours, change your \
             password.",
            qa: "Open the app in two tabs, or duplicate one, and let both wait until a renewal is due; then do it once \
             more with a slow network.",
            developer: "Let tabs share one renewal (a lock or a worker), store the new token before using it, and allow a short \
             grace time for the old one at the authorization server.",
        }
    }

    fn settled_by(&self) -> &'static str {
        "A capture of all tabs and devices of the user: two renewals with one refresh token, or the server's reuse record."
    }

    fn gather(&self, subject: &Subject<'_>, evidence: &mut Vec<Evidence>) {
        stated(subject, self.cause(), &[Stated::RefreshReused], STATED, evidence);
        let clues = &subject.session.clues;
        let Some(reuse) = reuse_of(subject) else {
            if let (Some((Stated::RefreshRevoked, _)), Some(refused)) = (clues.stated, clues.refused_renewal) {
                let claim = "The answer says that the refresh token was revoked, which reuse elsewhere would do";
                evidence.push(subject.fact(self.cause(), 4.0, claim, &[refused]));
            }
            return;
        };
        let Reuse { first, again, how } = reuse;
        let after = duration_words(subject.case.events.time(again) - subject.case.events.time(first));
        // A server that rotates takes a token once (RFC 9700 4.14.2). Where the answer got lost, the server had taken it and
        // replaced it all the same; that it ran out in just that moment would be chance.
        let (weight, claim) = match how {
            How::AtOnce => (
                4.0,
                format!(
                    "Two renewals were under way at once with the same refresh token, {after} apart; the later was refused"
                ),
            ),
            How::Replaced => {
                (4.0, format!("A refresh token was sent again {after} after another had replaced it, and refused"))
            }
            How::Lost => (
                4.0,
                format!("A refresh token was sent again {after} after a renewal whose answer never came, and refused"),
            ),
        };
        evidence.push(subject.fact(self.cause(), weight, claim, &[first, again]));
        let Some(refused) = clues.refused_renewal else { return };
        let bare = |(reason, _): (Stated, EventId)| {
            !matches!(reason, Stated::InvalidGrant | Stated::UnknownSession)
                && reason.cause().is_none_or(|cause| cause == Cause::TokenExpired)
        };
        if clues.stated.is_none_or(bare) {
            let claim = "The renewal was refused, and the answer does not say why";
            evidence.push(subject.fact(self.cause(), 1.6, claim, &[refused]));
        }
        if matches!(
            clues.stated,
            Some((Stated::RefreshRevoked | Stated::Revoked | Stated::UnknownSession | Stated::InvalidGrant, _))
        ) {
            let claim = "What the last refusal says follows from that: with reuse, the whole family is revoked";
            evidence.push(subject.fact(self.cause(), 5.0, claim, &[again, refused]));
        }
        if let Some(fresh) = subject.chain().and_then(|chain| refused_unused(subject, chain, again)) {
            let claim = "A token that was issued in its place was refused too, with time left: the family is revoked";
            evidence.push(subject.fact(self.cause(), 2.5, claim, &[again, fresh]));
        }
    }

    fn headline(&self, _subject: &Subject<'_>) -> String {
        "A refresh token was used twice, and the server revoked the session".to_owned()
    }
}

/// How a refresh token came to be used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// Both renewals were under way at once: two tabs, or two requests of one.
    AtOnce,
    /// The first had replaced it.
    Replaced,
    /// The answer to the first never came.
    Lost,
}

/// A refresh token that was used twice, the second time in vain.
#[derive(Clone, Copy, Debug)]
struct Reuse {
    first: EventId,
    again: EventId,
    how: How,
}

/// The last renewal that was refused after the same token had been used before, if no renewal succeeded since: a server that
/// grants a little time lets the other tab renew again, and nothing ended. A server that does not rotate gives no other token
/// and takes the same one for ever.
fn reuse_of(subject: &Subject<'_>) -> Option<Reuse> {
    let chain = subject.chain()?;
    let renewed_last = chain.renewals.iter().rposition(|renewal| renewal.outcome == RenewalOutcome::Renewed);
    let mut found = None;
    for (at, again) in chain.renewals.iter().enumerate() {
        let Some(used) = again.used.filter(|_| again.outcome == RenewalOutcome::Refused) else { continue };
        let earlier = chain.renewals.get(..at).unwrap_or_default().iter().filter(|first| first.used == Some(used));
        let first = earlier.rev().find_map(|first| match first.outcome {
            RenewalOutcome::Renewed if first.gave.is_some_and(|gave| gave != used) => {
                let overlap = again.sent_at < first.answered_at;
                Some((first, if overlap { How::AtOnce } else { How::Replaced }))
            }
            RenewalOutcome::Lost => Some((first, How::Lost)),
            _ => None,
        });
        let Some((first, how)) = first else { continue };
        // A renewal with a token that is newer than the reuse went through: the family lived on.
        let lived_on = renewed_last.is_some_and(|last| {
            last > at && chain.renewals.get(last).is_some_and(|renewed| renewed.sent_at > again.answered_at)
        });
        if !lived_on {
            found = found.or(Some(Reuse { first: first.event, again: again.event, how }));
        }
    }
    found
}

/// A refusal, after the reuse, of a token of the family that had time left: a refresh token that nobody had used, or an access
/// token.
fn refused_unused(subject: &Subject<'_>, chain: &Chain, again: EventId) -> Option<EventId> {
    let at = subject.case.events.time(again);
    chain.tokens.iter().find_map(|token| {
        let (_, issued) = token.issued?;
        let refused = token.refused.filter(|&id| id != again)?;
        let refused_at = subject.case.events.time(refused);
        let fresh = token.role == TokenRole::Access || token.uses == 0;
        (fresh && issued <= at + MINUTE && refused_at > at && token.expires.is_none_or(|expires| expires > refused_at))
            .then_some(refused)
    })
}
