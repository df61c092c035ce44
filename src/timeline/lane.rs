//! What one session's lane shows at the current zoom: a bar, marks that are merged where they would overlap, an ending.
//!
//! ```text
//!  ▶▂▂|▂▂||▂▂▂◠▂▂|▂▂░░░░░░░░░▒▒▒▒▒▒✕
//!  sign-in      refresh  quiet  ending
//!    · · · · · · · · · · · ·            background
//!  ───────────────────────              validity
//! ```

use super::axis::Axis;
use crate::model::{EventFlags, EventId, EventKind, EventStore, Session, SessionId, State, TimeRange};

/// A stretch of x, `from <= until`, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Its left end.
    pub from: f32,
    /// Its right end.
    pub until: f32,
}

impl Stretch {
    /// How wide it is.
    pub fn width(self) -> f32 {
        self.until - self.from
    }
}

/// The shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// A dot under the bar: the app by itself.
    Background,
    /// A tick in the bar: a person.
    Activity,
    /// A hollow square: refused without ending anything.
    Denied,
    /// A short dash: no answer, or the server was not there.
    Silence,
    /// An arc: renewed.
    Refresh,
    /// A triangle: signed in.
    SignIn,
    /// A cross: refused.
    Rejection,
    /// A bar across: signed out or closed.
    SignOut,
    /// A diamond: someone else acted on the session or its server.
    Outside,
}

impl MarkKind {
    /// The mark that an event wears, `None` for one that says nothing.
    pub fn of(kind: EventKind) -> Option<Self> {
        Some(match kind {
            EventKind::Neutral => return None,
            EventKind::SignIn => Self::SignIn,
            EventKind::Activity => Self::Activity,
            EventKind::Background => Self::Background,
            EventKind::Refresh => Self::Refresh,
            EventKind::RefreshRefused | EventKind::Rejection => Self::Rejection,
            EventKind::SignInFailed | EventKind::Denied => Self::Denied,
            EventKind::Gap | EventKind::Outage => Self::Silence,
            EventKind::SignOut | EventKind::Close => Self::SignOut,
            EventKind::ServerStart
            | EventKind::ServerStop
            | EventKind::Operator
            | EventKind::AccountLocked
            | EventKind::AccountUnlocked => Self::Outside,
        })
    }

    /// How many points two marks of this kind need between them before they are drawn apart.
    pub fn pitch(self) -> f32 {
        match self {
            Self::Activity | Self::Silence => 3.0,
            Self::Background => 4.0,
            Self::Denied | Self::Outside => 7.0,
            Self::SignIn => 5.0,
            Self::Refresh | Self::Rejection | Self::SignOut => 9.0,
        }
    }

    const COUNT: usize = 9;
}

/// One mark: an event, or several that lie too close to be drawn apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Its shape.
    pub kind: MarkKind,
    /// Where it stands.
    pub x: f32,
    /// The first event that it stands for.
    pub event: EventId,
    /// How many events it stands for.
    pub count: u32,
}

/// How a lane ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finish {
    /// Refused: a cross.
    Refused(f32),
    /// Signed out or closed: a bar.
    SignedOut(f32),
    /// Still alive when the input stops: a chevron.
    StillAlive(f32),
}

impl Finish {
    /// Where it stands.
    pub fn x(self) -> f32 {
        match self {
            Self::Refused(x) | Self::SignedOut(x) | Self::StillAlive(x) => x,
        }
    }
}

/// Everything that a lane draws, in points, clipped to the view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lane {
    /// From the first moment it is known to the last event that proves it valid.
    pub bar: Option<Stretch>,
    /// The end of the bar in which no person did anything.
    pub quiet: Option<Stretch>,
    /// From last alive to first dead.
    pub ending: Option<Stretch>,
    /// How it ends, where that is in view.
    pub finish: Option<Finish>,
    /// Stretches without a connection or server.
    pub gaps: Vec<Stretch>,
    /// Stretches for which a token or cookie was valid.
    pub validity: Vec<Stretch>,
    /// The marks, by kind and then by x.
    pub marks: Vec<Mark>,
    /// Whether its first moment is in view, and it began before the input does.
    pub open_start: bool,
}

/// Lays a session out over `axis`.
pub fn lane_from_session(events: &EventStore, id: SessionId, session: &Session, axis: &Axis) -> Lane {
    let alive = TimeRange::new(session.started_at, session.last_alive_at);
    let quiet = session
        .last_activity_at
        .filter(|&at| at < session.last_alive_at)
        .map(|at| TimeRange::new(at.max(session.started_at), session.last_alive_at));
    let ending = session.ending();
    let lane_stretch = |range: TimeRange| stretch(axis, range);
    Lane {
        bar: lane_stretch(alive),
        quiet: quiet.and_then(lane_stretch),
        ending: ending.and_then(lane_stretch),
        finish: finish(events, session, axis),
        gaps: session.gaps.iter().copied().filter_map(lane_stretch).collect(),
        validity: session.validity.iter().copied().filter_map(lane_stretch).collect(),
        marks: marks(events, id, session, axis),
        open_start: !session.start_seen && axis.view().contains(session.started_at),
    }
}

fn stretch(axis: &Axis, range: TimeRange) -> Option<Stretch> {
    const MARGIN: f32 = 2.0;
    axis.shows(range)
        .then(|| Stretch { from: axis.x_clamped(range.from, MARGIN), until: axis.x_clamped(range.until, MARGIN) })
}

fn finish(events: &EventStore, session: &Session, axis: &Axis) -> Option<Finish> {
    let span = session.span();
    let at = session.first_dead_at.unwrap_or(span.until);
    if !axis.shows(TimeRange { from: at, until: at }) {
        return None;
    }
    let x = axis.x_from_time(at) as f32;
    Some(match session.state {
        State::Active => Finish::StillAlive(x),
        State::Ended => {
            let kind = session.first_dead.filter(|id| (id.0 as usize) < events.len()).map(|id| events.kind(id));
            match kind {
                Some(EventKind::SignOut | EventKind::Close | EventKind::ServerStop | EventKind::ServerStart) => {
                    Finish::SignedOut(x)
                }
                _ => Finish::Refused(x),
            }
        }
    })
}

fn marks(events: &EventStore, id: SessionId, session: &Session, axis: &Axis) -> Vec<Mark> {
    let view = axis.view();
    let margin = (axis.nanos_per_point() * 8.0) as i64;
    let range = TimeRange { from: view.from.saturating_sub(margin), until: view.until.saturating_add(margin) };
    let mut last = [None::<Mark>; MarkKind::COUNT];
    let mut found = Vec::new();
    for event in events.of_session_in(id, range) {
        // The finish is drawn by itself, and a request that two sources saw is drawn once.
        if Some(event) == session.first_dead || events.flags(event).contains(EventFlags::MIRROR) {
            continue;
        }
        let Some(kind) = MarkKind::of(events.kind(event)) else { continue };
        // A sign-in counts from its answer on, as the bar does.
        let is_start = Some(event) == session.start_event;
        let x = axis.x_from_time(if is_start { session.started_at } else { events.time(event) }) as f32;
        match &mut last[kind as usize] {
            Some(mark) if x - mark.x < kind.pitch() => mark.count += 1,
            slot => found.extend(slot.replace(Mark { kind, x, event, count: 1 })),
        }
    }
    found.extend(last.into_iter().flatten());
    found.sort_by(|a, b| a.kind.cmp(&b.kind).then(a.x.total_cmp(&b.x)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Event;

    /// One nanosecond to the point, from 0 to 1000.
    fn axis() -> Axis {
        Axis::new(TimeRange { from: 0, until: 1000 }, 0.0, 1000.0)
    }

    fn session() -> Session {
        Session {
            user: None,
            app: "bank.example".into(),
            sources: Vec::new().into(),
            ties: crate::model::session::Ties::Keys(Vec::new()),
            started_at: 100,
            start_seen: true,
            last_alive_at: 500,
            first_dead_at: Some(600),
            last_activity_at: Some(300),
            start_event: None,
            last_alive: None,
            first_dead: None,
            state: State::Ended,
            gaps: Box::default(),
            validity: Box::default(),
            clues: crate::model::session::Clues::default(),
        }
    }

    fn store(marks: &[(i64, EventKind)]) -> EventStore {
        let mut events = EventStore::default();
        for &(time, kind) in marks {
            events.push(Event { time, kind, session: SessionId(0), ..Event::default() });
        }
        events.sort_by_time();
        events.index_sessions(1);
        events
    }

    #[test]
    fn a_lane_shows_bar_quiet_stretch_and_ending() {
        let lane = lane_from_session(&store(&[]), SessionId(0), &session(), &axis());
        assert_eq!(lane.bar, Some(Stretch { from: 100.0, until: 500.0 }));
        assert_eq!(lane.quiet, Some(Stretch { from: 300.0, until: 500.0 }));
        assert_eq!(lane.ending, Some(Stretch { from: 500.0, until: 600.0 }));
        assert_eq!(lane.finish, Some(Finish::Refused(600.0)));
    }

    #[test]
    fn marks_that_would_overlap_are_merged_and_counted() {
        let events = store(&[
            (200, EventKind::Activity),
            (201, EventKind::Activity),
            (202, EventKind::Activity),
            (300, EventKind::Activity),
        ]);
        let lane = lane_from_session(&events, SessionId(0), &session(), &axis());
        let counts: Vec<(f32, u32)> = lane.marks.iter().map(|mark| (mark.x, mark.count)).collect();
        assert_eq!(counts, [(200.0, 3), (300.0, 1)]);
    }

    #[test]
    fn a_rejection_is_never_merged_into_activity() {
        let events = store(&[(200, EventKind::Activity), (201, EventKind::Rejection), (202, EventKind::Activity)]);
        let lane = lane_from_session(&events, SessionId(0), &session(), &axis());
        assert_eq!(lane.marks.iter().filter(|mark| mark.kind == MarkKind::Rejection).count(), 1);
    }

    #[test]
    fn a_request_that_two_sources_saw_is_drawn_once() {
        let mut events = store(&[(200, EventKind::Activity), (260, EventKind::Activity)]);
        events.add_flags(EventId(1), EventFlags::MIRROR);
        let lane = lane_from_session(&events, SessionId(0), &session(), &axis());
        assert_eq!(lane.marks.len(), 1);
    }

    #[test]
    fn a_sign_in_stands_where_the_bar_begins() {
        let mut signed_in = session();
        signed_in.start_event = Some(EventId(0));
        let lane = lane_from_session(&store(&[(60, EventKind::SignIn)]), SessionId(0), &signed_in, &axis());
        assert_eq!(lane.marks.first().map(|mark| mark.x), Some(100.0));
    }

    #[test]
    fn what_is_out_of_view_makes_no_geometry() {
        let far = Axis::new(TimeRange { from: 5000, until: 6000 }, 0.0, 1000.0);
        let lane = lane_from_session(&store(&[(200, EventKind::Activity)]), SessionId(0), &session(), &far);
        assert_eq!(lane, Lane::default());
    }

    #[test]
    fn a_sign_out_ends_in_a_bar_and_an_active_session_in_a_chevron() {
        let events = store(&[(600, EventKind::SignOut)]);
        let mut ended = session();
        ended.first_dead = Some(EventId(0));
        assert_eq!(lane_from_session(&events, SessionId(0), &ended, &axis()).finish, Some(Finish::SignedOut(600.0)));
        let active = Session { state: State::Active, first_dead_at: None, ..session() };
        assert_eq!(lane_from_session(&events, SessionId(0), &active, &axis()).finish, Some(Finish::StillAlive(500.0)));
    }

    #[test]
    fn a_hundred_thousand_events_make_no_more_marks_than_pixels() {
        let marks: Vec<_> = (0..100_000).map(|n| (100 + n / 250, EventKind::Activity)).collect();
        let lane = lane_from_session(&store(&marks), SessionId(0), &session(), &axis());
        assert!(lane.marks.len() < 200, "{}", lane.marks.len());
        assert_eq!(lane.marks.iter().map(|mark| mark.count).sum::<u32>(), 100_000);
    }
}
