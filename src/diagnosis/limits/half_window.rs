//! Servers that start an idle clock anew only on a request past half of its window, as ASP.NET's sliding expiration does: a
//! session may end after anything between half the limit and all of it, so that plain brackets contradict each other.
//! Following every session's requests tells: under the right window none is let in past it, and none is refused before it.

use super::{
    bounds::{Testimony, lateness},
    standard,
    testimony::AppSummary,
};
use crate::{
    diagnosis::{case::Case, subject::Subject},
    model::{Cause, EndedBy, EventFlags, Nanos, SessionId, State, Verdict, time::MINUTE, time::SECOND},
};

/// Sessions of one app that are followed.
const FOLLOWED: usize = 2_000;

/// An idle limit that is renewed only past its half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfWindow {
    /// The limit.
    pub window: Nanos,
    /// The longest silence survived.
    pub low: Testimony,
    /// The shortest time from a renewal to a refusal.
    pub high: Testimony,
    /// The sessions whose endings it explains.
    pub explained: Vec<SessionId>,
}

/// The window that explains what no plain bracket does, if one does.
pub fn find(
    case: &Case<'_>,
    list: &[SessionId],
    verdicts: &[Option<Verdict>],
    summary: &AppSummary,
) -> Option<HalfWindow> {
    let low = summary.silence.most_survived()?;
    let ended: Vec<Subject<'_>> = list
        .iter()
        .take(FOLLOWED)
        .filter(|&&id| may_be_idle(case, verdicts, id))
        .map(|&id| Subject::new(case, id, false))
        .collect();
    // A plain bracket does where nothing ended sooner than what others survived.
    let contradicted = |subject: &Subject<'_>| subject.silence() + lateness(low.0) < low.0;
    if ended.len() < 2 || !ended.iter().any(contradicted) {
        return None;
    }
    standard::all()
        .filter(|&window| window + lateness(window) >= low.0 && window >= 4 * MINUTE)
        .filter_map(|window| explain(&ended, window, low))
        .find(|half| ended.iter().any(|subject| contradicted(subject) && half.explained.contains(&subject.id)))
}

/// Whether an ending may be of idleness: found so, or not found to be of anything.
fn may_be_idle(case: &Case<'_>, verdicts: &[Option<Verdict>], id: SessionId) -> bool {
    let session = &case.sessions[id.0 as usize];
    session.state == State::Ended
        && session.clues.ended_by == Some(EndedBy::Refusal)
        && verdicts[id.0 as usize]
            .as_ref()
            .is_some_and(|verdict| matches!(verdict.cause, Cause::IdleTimeout | Cause::Undetermined))
}

fn explain(ended: &[Subject<'_>], window: Nanos, low: Testimony) -> Option<HalfWindow> {
    let mut high: Option<Testimony> = None;
    let mut explained = Vec::new();
    // What was refused before half the window had passed did not run out under it: whatever took that session may have taken
    // the others too.
    let mut against = ended.iter().filter(|subject| subject.silence() * 2 + SECOND < window).count();
    for subject in ended.iter().filter(|subject| subject.silence() * 2 + SECOND >= window) {
        match since_renewal(subject, window).filter(|&since| since + SECOND >= window) {
            Some(since) => {
                explained.push(subject.id);
                high = Some(high.map_or((since, subject.id), |high| high.min((since, subject.id))));
            }
            None => against += 1,
        }
    }
    let enough = explained.len() >= 2 && against * 10 <= explained.len();
    // The nearer the soonest comes to the window, the less it is chance that none came sooner.
    let high = high.filter(|high| enough && high.0 <= window + window / 3)?;
    Some(HalfWindow { window, low, high, explained })
}

/// How long before its refusal a session was last renewed under this window; `None` where it was let in when it should have
/// been over.
pub fn since_renewal(subject: &Subject<'_>, window: Nanos) -> Option<Nanos> {
    let events = subject.case.events;
    let mut renewed = subject.session.started_at;
    for id in events.of_session(subject.id) {
        let time = events.time(id);
        if !events.kind(id).proves_life()
            || events.flags(id).contains(EventFlags::MIRROR)
            || time > subject.session.last_alive_at
        {
            continue;
        }
        if time - renewed > window + lateness(window) {
            return None;
        }
        if (time - renewed) * 2 > window {
            renewed = time;
        }
    }
    Some(subject.dead_at() - renewed)
}
