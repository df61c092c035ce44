use super::*;
use crate::model::{EventKind as Kind, Located, Span};

/// Seconds, kind, reason, session and flags of events of kim's.
type Line = (i64, Kind, Stated, u64, EventFlags);

const PLAIN: EventFlags = EventFlags(0);

fn read(lines: &[Line]) -> (Vec<Session>, EventStore) {
    let mut events = EventStore::default();
    let (kim, app) = (events.symbols.intern("kim"), events.symbols.intern("PostgreSQL on db1"));
    for (at, &(seconds, kind, stated, link, flags)) in lines.iter().enumerate() {
        let span = Located(Span { source: SourceId(0), offset: at as u64, len: 1 });
        let time = seconds * SECOND;
        events.push(Event {
            time,
            kind,
            stated,
            span,
            actor: kim,
            host: app,
            link,
            flags: flags | EventFlags::NAMED,
            ..Event::default()
        });
    }
    let mut sessions = Vec::new();
    build(&mut events, &[SourceReport::new("db.log".into())], &[Some(Family::Named)], &mut sessions);
    (sessions, events)
}

fn line(seconds: i64, kind: Kind, stated: Stated) -> Line {
    (seconds, kind, stated, 7, PLAIN)
}

fn stated(session: &Session) -> Option<Stated> {
    session.clues.stated.map(|(stated, _)| stated)
}

#[test]
fn the_most_telling_of_two_closing_records_says_why() {
    let (sessions, _) = read(&[
        line(1, Kind::SignIn, Stated::Nothing),
        line(900, Kind::Close, Stated::Idle),
        line(901, Kind::Close, Stated::LoggedOut),
    ]);
    let [kim] = sessions.as_slice() else { panic!("{sessions:?}") };
    assert_eq!((stated(kim), kim.first_dead_at), (Some(Stated::Idle), Some(900 * SECOND)));
    assert_eq!(kim.user.as_deref(), Some("kim"));
    assert_eq!(&*kim.app, "PostgreSQL on db1");
}

#[test]
fn an_order_to_end_is_a_restart_once_a_shutdown_was_announced() {
    let (sessions, _) = read(&[
        line(1, Kind::SignIn, Stated::Nothing),
        (2, Kind::SignIn, Stated::Nothing, 8, PLAIN),
        line(50, Kind::Close, Stated::Revoked),
        (60, Kind::ServerStop, Stated::Nothing, 0, PLAIN),
        (61, Kind::Close, Stated::Revoked, 8, PLAIN),
        (70, Kind::ServerStart, Stated::ServerShutdown, 0, PLAIN),
        (80, Kind::SignIn, Stated::Nothing, 9, PLAIN),
        (90, Kind::Close, Stated::Revoked, 9, PLAIN),
    ]);
    assert_eq!(
        sessions.iter().map(stated).collect::<Vec<_>>(),
        [Some(Stated::Revoked), Some(Stated::ServerShutdown), Some(Stated::Revoked)]
    );
}

#[test]
fn a_start_ends_what_was_open_and_the_end_of_the_log_ends_nothing() {
    let (sessions, _) = read(&[
        line(1, Kind::SignIn, Stated::Nothing),
        (5, Kind::Activity, Stated::Nothing, 7, PLAIN),
        (70, Kind::ServerStart, Stated::ServerShutdown, 0, PLAIN),
        (80, Kind::SignIn, Stated::Nothing, 9, PLAIN),
    ]);
    assert_eq!((sessions[0].last_alive_at, sessions[0].first_dead_at), (5 * SECOND, Some(70 * SECOND)));
    assert_eq!(stated(&sessions[0]), Some(Stated::ServerShutdown));
    assert_eq!(sessions[1].state, State::Active);
}

#[test]
fn a_source_that_never_records_an_end_does_not_say_that_the_restart_was_it() {
    let mut lines: Vec<Line> = (1..9).map(|n| (n as i64, Kind::SignIn, Stated::Nothing, n, PLAIN)).collect();
    lines.push((900, Kind::ServerStart, Stated::ServerShutdown, 0, PLAIN));
    let (sessions, _) = read(&lines);
    assert!(sessions.iter().all(|session| session.state == State::Ended && stated(session).is_none()));
}

#[test]
fn an_id_that_is_given_out_again_is_another_session() {
    let (sessions, events) = read(&[
        (1, Kind::Neutral, Stated::Nothing, 7, EventFlags::NEW_ID),
        line(2, Kind::SignIn, Stated::Nothing),
        (500, Kind::Neutral, Stated::Nothing, 7, EventFlags::NEW_ID),
        line(501, Kind::SignIn, Stated::Nothing),
        line(510, Kind::Close, Stated::LoggedOut),
    ]);
    assert_eq!(sessions.len(), 2);
    assert_eq!((sessions[0].first_dead_at, stated(&sessions[0])), (Some(500 * SECOND), None));
    assert_eq!(stated(&sessions[1]), Some(Stated::LoggedOut));
    assert_eq!(events.session(EventId(2)), SessionId(1));
}

#[test]
fn what_nobody_signed_in_to_is_no_session() {
    let (sessions, _) = read(&[
        (1, Kind::Neutral, Stated::Nothing, 7, EventFlags::NEW_ID),
        line(2, Kind::SignInFailed, Stated::BadCredentials),
        line(2, Kind::Close, Stated::LoggedOut),
        (3, Kind::Neutral, Stated::Nothing, 8, EventFlags::NEW_ID),
        (4, Kind::Close, Stated::Nothing, 8, PLAIN),
        (5, Kind::Neutral, Stated::Nothing, 9, EventFlags::NEW_ID),
        (6, Kind::SignIn, Stated::Nothing, 9, PLAIN),
        (6, Kind::SignInFailed, Stated::Forbidden, 9, PLAIN),
    ]);
    assert!(sessions.is_empty(), "{sessions:?}");
}

#[test]
fn a_session_from_before_the_log_began_when_its_record_says() {
    let mut events = EventStore::default();
    events.naming.set_age(EventId(0), 60 * SECOND);
    let flags = EventFlags::NAMED;
    let time = 100 * SECOND;
    events.push(Event { time, kind: Kind::Close, stated: Stated::Idle, link: 7, flags, ..Event::default() });
    let mut sessions = Vec::new();
    build(&mut events, &[SourceReport::new("db.log".into())], &[Some(Family::Named)], &mut sessions);
    assert_eq!((sessions[0].started_at, sessions[0].start_seen), (40 * SECOND, false));
}

#[test]
fn a_refusal_ends_it_unless_it_is_let_in_again() {
    let healed = [
        line(1, Kind::SignIn, Stated::Nothing),
        line(50, Kind::RefreshRefused, Stated::InvalidGrant),
        line(51, Kind::Refresh, Stated::Nothing),
    ];
    assert_eq!(read(&healed).0[0].state, State::Active);
    assert_eq!(read(&healed[..2]).0[0].clues.ended_by, Some(EndedBy::RenewalRefusal));
    let denied = [line(1, Kind::SignIn, Stated::Nothing), line(50, Kind::Rejection, Stated::Forbidden)];
    let (sessions, events) = read(&denied);
    assert_eq!((sessions[0].state, events.kind(EventId(1))), (State::Active, Kind::Denied));
}

#[test]
fn a_record_that_names_only_the_user_ends_all_of_them() {
    let (sessions, _) = read(&[
        line(1, Kind::SignIn, Stated::Nothing),
        (2, Kind::SignIn, Stated::Nothing, 8, PLAIN),
        (50, Kind::Close, Stated::PasswordChanged, 0, PLAIN),
    ]);
    assert_eq!(sessions.iter().map(stated).collect::<Vec<_>>(), [Some(Stated::PasswordChanged); 2]);
}

#[test]
fn a_new_session_that_pushes_the_others_out_goes_on_itself() {
    for link in [0, 8] {
        let (sessions, _) = read(&[
            line(1, Kind::SignIn, Stated::Nothing),
            (50, Kind::SignIn, Stated::Nothing, 8, PLAIN),
            (51, Kind::Close, Stated::OtherDevice, link, EventFlags::OTHERS),
        ]);
        assert_eq!(sessions.iter().map(stated).collect::<Vec<_>>(), [Some(Stated::OtherDevice), None]);
        assert_eq!(sessions[1].state, State::Active);
    }
}

#[test]
fn a_connection_that_was_away_and_came_back_is_a_gap() {
    let (sessions, _) = read(&[
        line(1, Kind::SignIn, Stated::Nothing),
        line(50, Kind::Gap, Stated::Nothing),
        line(80, Kind::Activity, Stated::Nothing),
    ]);
    assert_eq!(&*sessions[0].gaps, [TimeRange::new(50 * SECOND, 80 * SECOND)]);
    assert_eq!(sessions[0].state, State::Active);
}

#[test]
fn an_ending_that_another_log_of_the_same_server_tells_is_that_of_the_session_told_before() {
    let mut events = EventStore::default();
    let (kim, lee) = (events.symbols.intern("kim"), events.symbols.intern("lee"));
    let app = events.symbols.intern("MariaDB");
    for (seconds, source, kind, stated, actor) in [
        (1, 0, Kind::SignIn, Stated::Nothing, kim),
        (2, 0, Kind::SignIn, Stated::Nothing, lee),
        (300, 1, Kind::Close, Stated::Idle, kim),
    ] {
        let span = Located(Span { source: SourceId(source), offset: seconds as u64, len: 1 });
        let (time, link, flags) = (seconds * SECOND, if actor == kim { 7 } else { 8 }, EventFlags::NAMED);
        events.push(Event { time, kind, stated, span, actor, host: app, link, flags, ..Event::default() });
    }
    let mut sessions = Vec::new();
    let sources = [SourceReport::new("general.log".into()), SourceReport::new("error.log".into())];
    build(&mut events, &sources, &[Some(Family::Named); 2], &mut sessions);
    let [kim, lee] = sessions.as_slice() else { panic!("{sessions:?}") };
    assert_eq!((stated(kim), kim.started_at, kim.first_dead_at), (Some(Stated::Idle), SECOND, Some(300 * SECOND)));
    assert_eq!(&*kim.sources, [SourceId(0), SourceId(1)]);
    assert_eq!(lee.state, State::Active);
}

#[test]
fn what_ran_out_had_begun_before_the_log_does() {
    let unseen = |kind, why| read(&[line(5, kind, why), line(65, kind, why)]).0;
    for (kind, why) in [
        (Kind::RefreshRefused, Stated::RefreshExpired),
        (Kind::RefreshRefused, Stated::RefreshReused),
        (Kind::RefreshRefused, Stated::AccountDisabled),
        (Kind::Rejection, Stated::Idle),
        (Kind::Rejection, Stated::Revoked),
    ] {
        let sessions = unseen(kind, why);
        let [kim] = sessions.as_slice() else { panic!("{why:?}: {sessions:?}") };
        assert_eq!((kim.start_seen, kim.last_alive), (false, None), "{why:?}");
        assert_eq!((kim.first_dead_at, stated(kim)), (Some(5 * SECOND), Some(why)), "{why:?}");
    }
    for (kind, why) in [
        (Kind::Rejection, Stated::Unauthenticated),
        (Kind::Rejection, Stated::TokenExpired),
        (Kind::Rejection, Stated::AccountDisabled),
        (Kind::RefreshRefused, Stated::InvalidGrant),
        (Kind::RefreshRefused, Stated::KeyInvalid),
        (Kind::Rejection, Stated::Forbidden),
    ] {
        assert!(unseen(kind, why).is_empty(), "{why:?}");
    }
}
