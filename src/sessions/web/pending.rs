//! Answers that only the next request of the same client explains: a redirect whose target no record shows, a page that may be
//! the sign-in form in place of what was asked for, a sign-in that may have failed.

use super::{
    hit::{Hit, Outcome},
    lane::FLOW,
    purpose::Purpose,
};
use crate::model::{Nanos, time::MINUTE, time::SECOND};

/// By how much the lines of one moment may be out of order.
const AT_ONCE: Nanos = SECOND;

/// Whether the client was shown the page to sign in by.
pub(super) fn asks_again(hit: &Hit) -> bool {
    hit.purpose == Purpose::SignInPage && hit.status == 200 && !hit.silent
}

/// What an open answer turns out to have meant, by the next request of the same client; `asked` is when a page to sign in by was
/// last shown to it.
pub(super) fn resolve(earlier: &Hit, next: &Hit, asked: Option<Nanos>) -> Outcome {
    let to_sign_in = matches!(next.purpose, Purpose::SignInPage | Purpose::Authorize);
    let soon = next.time - earlier.time <= MINUTE;
    // Servers behind one balancer, and the workers of one server, write their lines by clocks of their own: the page to sign in
    // by can stand a moment before the redirect that sent the client there.
    let asked_just_before = asked.is_some_and(|at| (0..=AT_ONCE).contains(&(earlier.time - at)));
    match earlier.outcome {
        // The page that came was the container's form: it takes no other hand-in.
        Outcome::Accepted if next.in_place => Outcome::Refused,
        // Who asks whether someone is signed in, and then has to sign in, was told no.
        Outcome::Accepted if earlier.tells_session && soon && next.purpose == Purpose::SignInPage => Outcome::Refused,
        Outcome::Accepted => Outcome::Accepted,
        Outcome::Unnamed
            if next.time - earlier.time < FLOW
                && (to_sign_in
                    || next.purpose == Purpose::SignInSubmit
                    || matches!(next.outcome, Outcome::Refused | Outcome::Unnamed)) =>
        {
            Outcome::Refused
        }
        Outcome::RedirectSomewhere if soon && (to_sign_in || next.outcome == Outcome::Refused) => Outcome::Refused,
        Outcome::RedirectSomewhere if asked_just_before && next.outcome != Outcome::Accepted => Outcome::Refused,
        Outcome::RedirectSomewhere if earlier.writes => Outcome::Accepted,
        Outcome::SignInUnclear(_)
            if matches!(next.purpose, Purpose::SignInPage | Purpose::SignInSubmit)
                && next.time - earlier.time < FLOW =>
        {
            Outcome::SignInFailed
        }
        Outcome::SignInUnclear(_) if next.outcome == Outcome::Refused => Outcome::SignInFailed,
        Outcome::SignInUnclear(true) => Outcome::SignedIn,
        Outcome::SignInUnclear(false) if matches!(next.outcome, Outcome::Accepted | Outcome::Renewed) => {
            Outcome::SignedIn
        }
        _ => Outcome::Nothing,
    }
}
