//! An inspection as the real stages would make it, small and known by heart: eight sessions around one restart.

use lapsed::{
    inspection::{Input, Inspection},
    model::{
        AccountEvent, AccountEventKind, Cause, ClockBasis, ClockOffset, Event, EventId, EventKind, EventStore,
        Incident, IncidentKind, KeyKind, Limit, Located, Nanos, Pattern, PatternKind, Policy, Position, Secret,
        Session, SessionId, SessionKey, SourceId, SourceReport, Span, State, TimeRange, Usual, Verdict, Warning,
        session::{KeyValue, Ties},
        time::{MINUTE, SECOND},
    },
    source::Content,
};
use std::sync::Arc;

/// 2026-03-03T10:20:00Z.
pub const START: Nanos = 1_772_533_200 * SECOND;

struct Plan {
    user: &'static str,
    app: &'static str,
    /// In minutes from the start: sign-in, last user activity, last alive, first dead.
    at: [f64; 4],
    cause: Option<Cause>,
    usual: Usual,
    polls: bool,
    refreshes: &'static [f64],
    validity: bool,
}

const PLANS: [Plan; 8] = [
    Plan {
        user: "bob",
        app: "bank.example",
        at: [0.1, 24.0, 26.0, 27.2],
        cause: Some(Cause::ServerRestart),
        usual: Usual::Unusual,
        polls: true,
        refreshes: &[],
        validity: false,
    },
    Plan {
        user: "alice",
        app: "bank.example",
        at: [2.3, 7.5, 17.5, 19.9],
        cause: Some(Cause::IdleTimeout),
        usual: Usual::Usual,
        polls: true,
        refreshes: &[],
        validity: false,
    },
    Plan {
        user: "dave",
        app: "api.bank.example",
        at: [4.5, 34.0, 34.4, 35.6],
        cause: Some(Cause::TokenExpired),
        usual: Usual::Usual,
        polls: true,
        refreshes: &[10.5, 20.5],
        validity: true,
    },
    Plan {
        user: "frank",
        app: "bank.example",
        at: [6.0, 24.0, 24.2, 24.3],
        cause: Some(Cause::Logout),
        usual: Usual::Usual,
        polls: false,
        refreshes: &[],
        validity: false,
    },
    Plan {
        user: "carol",
        app: "bank.example",
        at: [11.7, 25.8, 26.2, 27.5],
        cause: Some(Cause::ServerRestart),
        usual: Usual::Unusual,
        polls: true,
        refreshes: &[],
        validity: false,
    },
    Plan {
        user: "erin",
        app: "bank.example",
        at: [13.3, 25.0, 31.0, 39.0],
        cause: Some(Cause::NetworkGap),
        usual: Usual::Unusual,
        polls: false,
        refreshes: &[19.2, 29.2],
        validity: true,
    },
    Plan {
        user: "alice",
        app: "bank.example",
        at: [19.8, 37.5, 43.5, 49.1],
        cause: Some(Cause::IdleTimeout),
        usual: Usual::Usual,
        polls: true,
        refreshes: &[],
        validity: false,
    },
    Plan {
        user: "grace",
        app: "bank.example",
        at: [21.1, 51.7, 52.0, 0.0],
        cause: None,
        usual: Usual::Usual,
        polls: false,
        refreshes: &[],
        validity: false,
    },
];

fn at(minutes: f64) -> Nanos {
    START + (minutes * MINUTE as f64) as Nanos
}

/// The inspection, and what it was made from.
pub fn inspection() -> (Vec<Input>, Inspection) {
    let mut text = String::new();
    let mut events = EventStore::default();
    for (index, plan) in PLANS.iter().enumerate() {
        fill(&mut events, &mut text, index as u32, plan);
    }
    events.sort_by_time();
    events.index_sessions(PLANS.len());
    let mut inspection = Inspection::default();
    inspection.events = events;
    for (index, plan) in PLANS.iter().enumerate() {
        let (session, verdict) = judged(&inspection.events, SessionId(index as u32), plan);
        inspection.sessions.push(session);
        inspection.verdicts.push(verdict);
    }
    inspection.look_around();
    findings(&mut inspection);
    let bytes: Arc<Content> = Arc::new(Content::from_bytes(text.into_bytes()));
    inspection.contents = vec![Some(Arc::clone(&bytes)), Some(bytes)];
    let har = SourceReport {
        format: Some("har"),
        producer: Some("Playwright 1.65.1".to_owned()),
        bytes: 812_000,
        records: 218,
        events: inspection.events.len() as u64,
        limits: vec!["exported without cookies and Authorization, so sessions are told apart by sign-in".to_owned()],
        ..SourceReport::new("/home/qa/checkout-bug.har".into())
    };
    let log = SourceReport {
        format: Some("web_access"),
        bytes: 4_812_000,
        records: 12_204,
        events: 0,
        unreadable: 2,
        clock_offset: Some(ClockOffset {
            ahead: 3_100_000_000,
            least: 2_900_000_000,
            most: 3_300_000_000,
            basis: ClockBasis::SameRequests,
            records: 31,
            corrected: true,
        }),
        warnings: vec![Warning {
            position: Position::Line(1204),
            offset: 90_112,
            message: "expected a request line, but found bytes of a TLS handshake".to_owned(),
        }],
        zone_offset_secs: Some(3600),
        ..SourceReport::new("/var/log/nginx.access.log".into())
    };
    inspection.sources = vec![har, log];
    let input = |name: &str| Input::Bytes { name: name.into(), bytes: Vec::new().into() };
    (vec![input("checkout-bug.har"), input("nginx.access.log")], inspection)
}

fn fill(events: &mut EventStore, text: &mut String, session: u32, plan: &Plan) {
    let mut push = |time: Nanos, kind: EventKind, status: u16, what: &str| {
        let line = format!("{what} {status} user={}\n", plan.user);
        let span = Span { source: SourceId(0), offset: text.len() as u64, len: line.len() as u32 - 1 };
        text.push_str(&line);
        let what = events.symbols.intern(what);
        events.push(Event {
            time,
            kind,
            status,
            what,
            session: SessionId(session),
            span: Located(span),
            ..Event::default()
        });
    };
    let [start, activity, alive, dead] = plan.at;
    push(at(start), EventKind::SignIn, 200, "POST /login");
    let mut minute = start + 0.7;
    let mut step = 0_u32;
    while minute < activity {
        push(at(minute), EventKind::Activity, 200, "GET /pages/1");
        step += 1;
        minute += [1.3, 2.4, 0.6, 1.9, 3.1][step as usize % 5];
    }
    push(at(activity), EventKind::Activity, 200, "GET /pages/7");
    if plan.polls {
        let mut minute = start + 1.0;
        while minute < alive {
            push(at(minute), EventKind::Background, 200, "GET /api/poll");
            minute += 0.5;
        }
    }
    for &minute in plan.refreshes {
        push(at(minute), EventKind::Refresh, 200, "POST /oauth/token");
    }
    push(at(alive), EventKind::Background, 200, "GET /api/poll");
    if plan.cause.is_some() {
        let kind = if plan.cause == Some(Cause::Logout) { EventKind::SignOut } else { EventKind::Rejection };
        push(at(dead), kind, 401, "GET /pages/9");
    }
}

fn judged(events: &EventStore, id: SessionId, plan: &Plan) -> (Session, Option<Verdict>) {
    let [start, activity, alive, dead] = plan.at;
    let ids: Vec<EventId> = events.of_session(id).collect();
    let last = ids.last().copied();
    let ended = plan.cause.is_some();
    let secret = Secret::new(&format!("session-of-{}-{}", plan.user, id.0));
    let session = Session {
        user: Some(plan.user.into()),
        app: plan.app.into(),
        sources: [SourceId(0), SourceId(1)].into(),
        ties: Ties::Keys(vec![
            SessionKey { kind: KeyKind::Cookie, name: "session".into(), value: KeyValue::Secret(secret) },
            SessionKey { kind: KeyKind::Client, name: "ip".into(), value: KeyValue::Open("127.0.0.1".into()) },
        ]),
        started_at: at(start),
        start_seen: plan.user != "grace",
        last_alive_at: at(alive),
        first_dead_at: ended.then(|| at(dead)),
        last_activity_at: Some(at(activity)),
        start_event: ids.first().copied(),
        last_alive: if ended { ids.iter().rev().nth(1).copied() } else { last },
        first_dead: last.filter(|_| ended),
        state: if ended { State::Ended } else { State::Active },
        gaps: (plan.user == "erin").then(|| TimeRange { from: at(25.2), until: at(31.0) }).into_iter().collect(),
        clues: lapsed::model::session::Clues::default(),
        validity: plan.validity.then(|| TimeRange { from: at(start), until: at(alive) }).into_iter().collect(),
    };
    let verdict =
        plan.cause.map(|cause| Verdict { cause, confidence: 0.97, usual: plan.usual, stated: cause == Cause::Logout });
    (session, verdict)
}

fn findings(inspection: &mut Inspection) {
    let lost = vec![SessionId(0), SessionId(4)];
    let shown = inspection.sessions[0].first_dead.into_iter().collect();
    inspection.incidents.push(Incident {
        kind: IncidentKind::ServerRestart,
        range: TimeRange { from: at(25.67), until: at(27.17) },
        sessions: lost.clone(),
        headline: "The server restarted and lost the sessions of bob and carol".to_owned(),
        events: shown,
    });
    inspection.patterns.push(Pattern {
        kind: PatternKind::EndsTogether,
        sessions: lost,
        headline: "2 sessions end within 18 s of each other".to_owned(),
        events: Vec::new(),
    });
    inspection.policies.push(Policy {
        at_least: Some(898.0),
        at_most: Some(903.0),
        likely: Some(900.0),
        sessions: 2,
        ..Policy::new("bank.example", Limit::IdleTimeout)
    });
    inspection.policies.push(Policy {
        at_least: Some(1860.0),
        sessions: 8,
        ..Policy::new("bank.example", Limit::AbsoluteTimeout)
    });
    let event = inspection.sessions[1].first_dead.unwrap_or(EventId(0));
    inspection.accounts.push(AccountEvent {
        user: Some("mallory".into()),
        kind: AccountEventKind::SignInFailed,
        at: at(12.0),
        count: 5,
        headline: "5 sign-ins failed within 40 s".to_owned(),
        event,
    });
    inspection.accounts.push(AccountEvent {
        user: Some("mallory".into()),
        kind: AccountEventKind::AccountLocked,
        at: at(12.7),
        count: 1,
        headline: "Locked after 5 failed sign-ins".to_owned(),
        event,
    });
}
