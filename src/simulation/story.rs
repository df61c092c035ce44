//! Draws a story: a server with its policy, people with their habits, and the trouble that ends a session.

use super::{
    Wishes,
    client::{AGENTS, Client, PEOPLE, Role},
    ending::Ending,
    look::{Build, Look},
    policy::{CookieLife, Credential, Policy},
    random::Random,
    server::Server,
    wire::Meaning,
    world::{Step, World},
};
use crate::model::time::{HOUR, MINUTE, Nanos, SECOND};

/// What a story is about: an ending, or none, or workers that contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plot {
    Ends(Ending),
    LivesOn,
    Flaps,
}

const IDLE: &[i64] = &[5, 10, 15, 15, 20, 30, 30, 45, 60];
const ABSOLUTE: &[i64] = &[15, 30, 60, 60, 120, 120, 240, 480];
/// How often each plot is drawn, out of all of these.
const PLOTS: &[(Plot, usize)] = &[
    (Plot::Ends(Ending::IdleTimeout), 16),
    (Plot::Ends(Ending::AbsoluteTimeout), 10),
    (Plot::Ends(Ending::Logout), 8),
    (Plot::LivesOn, 10),
    (Plot::Ends(Ending::TokenExpired), 7),
    (Plot::Ends(Ending::RefreshExpired), 6),
    (Plot::Ends(Ending::RefreshReused), 4),
    (Plot::Ends(Ending::NetworkGap), 6),
    (Plot::Ends(Ending::NetworkSwitch), 4),
    (Plot::Ends(Ending::ServerRestart), 8),
    (Plot::Ends(Ending::KeyRotation), 5),
    (Plot::Ends(Ending::ConcurrentLogin), 6),
    (Plot::Ends(Ending::Revoked), 6),
    (Plot::Ends(Ending::CredentialsDropped), 4),
    (Plot::Ends(Ending::ClockSkew), 3),
    (Plot::Ends(Ending::AccountLocked), 4),
    (Plot::Ends(Ending::AppUpdated), 2),
    (Plot::Flaps, 2),
];

fn plot(random: &mut Random, wishes: &Wishes) -> Plot {
    if let Some(cause) = wishes.cause {
        return Plot::Ends(cause);
    }
    let mut at = random.count(0, PLOTS.iter().map(|(_, weight)| weight).sum::<usize>() - 1);
    for &(plot, weight) in PLOTS {
        if at < weight {
            return plot;
        }
        at -= weight;
    }
    Plot::LivesOn
}

/// A story that has run to its end.
pub(super) fn tell(seed: u64, wishes: &Wishes) -> (World, Plot) {
    let mut random = Random::new(seed);
    let plot = plot(&mut random, wishes);
    let policy = policy(&mut random, plot, wishes);
    let build = match policy.credential {
        Credential::Tokens => random.pick(&[Build::Data, Build::Data, Build::Graph]),
        _ if plot == Plot::Ends(Ending::AppUpdated) => Build::Data,
        _ => random.pick(&[Build::Pages, Build::Pages, Build::Data, Build::Graph]),
    };
    let look = Look::draw(&mut random, build);
    let span = span(&mut random, plot, &policy);
    // Some weekday between 2024 and 2026.
    let from = (1_704_096_000 + random.between(0, 1_000) * 86_400 + random.between(6 * 3_600, 16 * 3_600)) * SECOND
        + random.between(0, SECOND);
    let issuer = format!("https://{}", look.host);
    let server = Server::new(policy.clone(), look.readable_tokens, issuer, &mut random);
    let mut world = World::new(random, look, server, from, from + span);
    people(&mut world, &policy, span, wishes);
    cast(&mut world, plot, &policy, span);
    world.run();
    if policy.split_workers {
        stop_at_an_acceptance(&mut world);
    }
    (world, plot)
}

/// Where answers contradict each other, the last word is one that lets in: whoever reads on to a refusal can't know better.
fn stop_at_an_acceptance(world: &mut World) {
    for held in 0..world.server.sessions.len() {
        let last =
            world.wires.iter().rev().find(|wire| wire.held == Some(held) && wire.is_alive(false)).map(|wire| wire.sent);
        world.wires.retain(|wire| {
            wire.held != Some(held) || last.is_none_or(|last| wire.sent <= last) || wire.means == Meaning::SignedOut
        });
    }
}

/// A policy under which the plot can happen.
fn policy(random: &mut Random, plot: Plot, wishes: &Wishes) -> Policy {
    let mut policy = Policy { says_why: random.chance(0.25), ..Policy::default() };
    let tokens = match plot {
        Plot::Ends(Ending::TokenExpired | Ending::RefreshExpired | Ending::RefreshReused | Ending::ClockSkew) => true,
        Plot::Ends(
            Ending::IdleTimeout
            | Ending::AbsoluteTimeout
            | Ending::ServerRestart
            | Ending::CredentialsDropped
            | Ending::AppUpdated,
        ) => false,
        Plot::Ends(Ending::NetworkGap | Ending::KeyRotation) => random.chance(0.5),
        _ => random.chance(0.3),
    };
    let sealed = matches!(plot, Plot::Ends(Ending::KeyRotation) | Plot::Flaps);
    policy.credential = match () {
        () if tokens => Credential::Tokens,
        () if sealed || random.chance(0.1) && plot != Plot::Ends(Ending::ServerRestart) => Credential::SealedCookie,
        () => Credential::StoredSession,
    };
    policy.access = random.pick(&[5, 10, 15, 30, 60]) * MINUTE;
    policy.idle = random.chance(0.8).then(|| random.pick(IDLE) * MINUTE);
    policy.absolute = random.chance(0.3).then(|| random.pick(&[240, 480, 720]) * MINUTE);
    policy.polls_count = random.chance(0.5);
    policy.in_memory = random.chance(0.6);
    policy.rotates = random.chance(0.75);
    policy.checks_each = random.chance(0.5);
    policy.refresh = random.chance(0.8).then(|| random.pick(&[20, 30, 60, 120, 480]) * MINUTE);
    policy.cookie = match (policy.idle, policy.absolute) {
        (Some(_), _) if random.chance(0.45) => {
            random.pick(&[CookieLife::Slides, CookieLife::Slides, CookieLife::SlidesAtHalf])
        }
        (_, Some(_)) if random.chance(0.3) => CookieLife::Fixed,
        _ => CookieLife::Browser,
    };
    match plot {
        Plot::Ends(Ending::IdleTimeout) => {
            policy.idle = policy.idle.or(Some(random.pick(IDLE) * MINUTE));
            policy.refresh = None;
        }
        Plot::Ends(Ending::AbsoluteTimeout) => {
            policy.absolute = Some(random.pick(ABSOLUTE) * MINUTE);
            policy.cookie = if random.chance(0.3) { CookieLife::Fixed } else { CookieLife::Browser };
        }
        Plot::Ends(Ending::TokenExpired) => (policy.refresh, policy.absolute) = (None, None),
        Plot::Ends(Ending::RefreshExpired) => {
            (policy.refresh, policy.absolute) = (Some(random.pick(&[15, 20, 30, 60]) * MINUTE), None);
        }
        Plot::Ends(Ending::RefreshReused) => {
            (policy.refresh, policy.rotates, policy.absolute) = (Some(8 * HOUR), true, None);
        }
        Plot::Ends(Ending::NetworkGap) => {
            (policy.polls_count, policy.absolute) = (true, None);
            policy.idle = Some(random.pick(&[5, 10, 15]) * MINUTE);
            (policy.access, policy.refresh) = (5 * MINUTE, Some(15 * MINUTE));
        }
        Plot::Ends(Ending::NetworkSwitch) => (policy.binds_address, policy.checks_each) = (true, true),
        Plot::Ends(Ending::ServerRestart) => policy.in_memory = true,
        Plot::Ends(Ending::KeyRotation) => {
            (policy.refresh, policy.absolute) = (None, None);
            policy.access = random.pick(&[60, 120, 480]) * MINUTE;
        }
        Plot::Ends(Ending::ConcurrentLogin) => (policy.sessions_per_user, policy.checks_each) = (Some(1), true),
        Plot::Ends(Ending::Revoked | Ending::AccountLocked) => policy.checks_each = true,
        Plot::Ends(Ending::ClockSkew) => {
            let ahead = random.pick(&[2, 3, 7, 15]) * MINUTE;
            policy.issuer_ahead = if random.chance(0.6) { ahead } else { -ahead };
            (policy.access, policy.refresh, policy.checks_each) = (5 * MINUTE, None, false);
            if policy.issuer_ahead < 0 {
                policy.access = ahead - 30 * SECOND;
            }
        }
        Plot::Flaps => (policy.split_workers, policy.absolute) = (true, None),
        Plot::Ends(_) | Plot::LivesOn => {}
    }
    if tokens && plot != Plot::Ends(Ending::NetworkGap) {
        policy.idle = None;
    }
    if policy.issuer_ahead == 0 && plot != Plot::Ends(Ending::TokenExpired) && policy.refresh.is_none() {
        policy.access = policy.access.max(HOUR);
    }
    wish(&mut policy, wishes);
    fit_cookie(&mut policy);
    policy
}

/// What someone asked for goes before what was drawn.
fn wish(policy: &mut Policy, wishes: &Wishes) {
    policy.idle = wishes.idle.or(policy.idle);
    policy.absolute = wishes.absolute.or(policy.absolute);
    policy.access = wishes.access.unwrap_or(policy.access);
    policy.refresh = wishes.refresh.or(policy.refresh);
    policy.sessions_per_user = wishes.sessions_per_user.or(policy.sessions_per_user);
    policy.polls_count = wishes.polls_count.unwrap_or(policy.polls_count);
    policy.says_why = wishes.says_why.unwrap_or(policy.says_why);
}

/// A cookie can't slide without an idle limit, nor be fixed without a maximum age; a sealed one holds its own clock.
fn fit_cookie(policy: &mut Policy) {
    let fits = match policy.cookie {
        CookieLife::Browser => policy.credential != Credential::SealedCookie || policy.idle.is_none(),
        CookieLife::Slides | CookieLife::SlidesAtHalf => policy.idle.is_some(),
        CookieLife::Fixed => policy.absolute.is_some(),
    };
    if !fits {
        policy.cookie = if policy.idle.is_some() { CookieLife::Slides } else { CookieLife::Browser };
    }
}

fn span(random: &mut Random, plot: Plot, policy: &Policy) -> Nanos {
    let least = match plot {
        Plot::Ends(Ending::IdleTimeout) => policy.idle.unwrap_or(0) * 5,
        Plot::Ends(Ending::AbsoluteTimeout) => {
            policy.absolute.unwrap_or(0) * if random.chance(0.5) { 5 } else { 3 } / 2
        }
        Plot::Ends(Ending::TokenExpired | Ending::ClockSkew) => policy.access * 2,
        Plot::Ends(Ending::RefreshExpired) => policy.refresh.unwrap_or(0) * 4,
        Plot::Ends(Ending::RefreshReused) => policy.access * 6,
        Plot::Ends(Ending::NetworkGap) => HOUR + policy.idle.or(policy.refresh).unwrap_or(0) * 3,
        _ => HOUR,
    };
    least.max(50 * MINUTE) + random.between(0, 40 * MINUTE)
}

/// The people, client 0 first, each with a browser of their own.
fn people(world: &mut World, policy: &Policy, span: Nanos, wishes: &Wishes) {
    let count = wishes.users.unwrap_or_else(|| world.random.count(1, 7)).clamp(1, PEOPLE.len());
    let offset = world.random.count(0, PEOPLE.len() - 1);
    let shared = world.random.chance(0.15).then(|| address(&mut world.random));
    for user in 0..count {
        world.users.push(PEOPLE[(offset + user) % PEOPLE.len()].to_owned());
        let address = shared.clone().unwrap_or_else(|| address(&mut world.random));
        let mut client = Client::new(Role::User, user, address, AGENTS[(offset + user) % AGENTS.len()]);
        // People act often enough not to run into the limit by reading.
        let most = policy.idle.map_or(4 * MINUTE, |idle| idle / 7).min(4 * MINUTE);
        let pace = world.random.between(25 * SECOND, most.max(30 * SECOND)).max(span / 120);
        client.pace = policy.idle.map_or(pace, |idle| pace.min(idle / 4));
        let polls = wishes.poll.is_some() || world.random.chance(0.6);
        let drawn = world.random.pick(&[20, 30, 45, 60, 60, 120, 300]) * SECOND;
        client.poll = if polls { wishes.poll.unwrap_or(drawn.max(span / 200)) } else { 0 };
        client.margin = world.random.pick(&[0, 0, 30, 60]) * SECOND;
        client.returns = world.random.chance(0.6);
        world.clients.push(client);
    }
}

fn address(random: &mut Random) -> String {
    match random.count(0, 2) {
        0 => format!("10.{}.{}.{}", random.count(0, 9), random.count(0, 255), random.count(2, 254)),
        1 => format!("192.168.{}.{}", random.count(0, 20), random.count(2, 254)),
        _ => format!("203.0.113.{}", random.count(2, 254)),
    }
}

/// Who does what when.
fn cast(world: &mut World, plot: Plot, policy: &Policy, span: Nanos) {
    let from = world.from;
    let start = from + world.random.between(5 * SECOND, 3 * MINUTE);
    world.plan(start, Step::SignIn(0));
    for who in 1..world.clients.len() {
        let at = from + world.random.between(10 * SECOND, span / 3);
        world.plan(at, Step::SignIn(who));
        habits(world, who, at, span, policy, plot);
    }
    match plot {
        Plot::Ends(ending) => lead(world, ending, policy, start, span),
        Plot::LivesOn | Plot::Flaps => {
            if world.random.chance(0.5) {
                absence(world, 0, start + span / 4, policy, false);
            }
        }
    }
    trouble_without_end(world, plot, start, span);
}

/// What the others do: most use the app, some leave for a while, some sign out.
fn habits(world: &mut World, who: usize, start: Nanos, span: Nanos, policy: &Policy, plot: Plot) {
    let rest = (world.until - start).max(MINUTE);
    match world.random.count(0, 9) {
        0..=2 => {
            let at = start + rest / 2 + world.random.between(0, rest / 3);
            world.plan(at, Step::SignOut(who));
        }
        3..=4 => {
            let over = plot == Plot::Ends(Ending::IdleTimeout) || world.random.chance(0.4);
            let at = start + world.random.between(span / 10, span / 3);
            absence(world, who, at, policy, over);
        }
        _ => {}
    }
}

/// A person leaves and comes back: after the idle limit has passed, or well before.
fn absence(world: &mut World, who: usize, at: Nanos, policy: &Policy, over: bool) {
    let limit = policy.idle.or(policy.refresh).unwrap_or(30 * MINUTE);
    let away =
        if over { limit * world.random.between(105, 240) / 100 } else { limit * world.random.between(20, 70) / 100 };
    world.plan(at, Step::Leave(who));
    if over && policy.polls_count && world.clients[who].poll > 0 {
        // An app that keeps itself alive does so until the device sleeps.
        let wait = world.random.between(20 * SECOND, 2 * MINUTE);
        world.plan(at + wait, Step::Sleep(who));
        world.plan(at + away + 2 * MINUTE, Step::Wake(who));
    }
    world.plan(at + away + 2 * MINUTE + SECOND, Step::Return(who));
}

/// What makes the session of client 0 end so.
fn lead(world: &mut World, ending: Ending, policy: &Policy, start: Nanos, span: Nanos) {
    let middle = start + span / 3 + world.random.between(0, span / 4);
    match ending {
        Ending::Logout => world.plan(middle, Step::SignOut(0)),
        Ending::IdleTimeout => {
            let at = start + world.random.between(5 * MINUTE, span / 4);
            absence(world, 0, at, policy, true);
            world.clients[0].returns = true;
            if world.random.chance(0.5) {
                let again = at + policy.idle.unwrap_or(0) * 2 + world.random.between(10 * MINUTE, 25 * MINUTE);
                absence(world, 0, again, policy, true);
            }
        }
        // It comes of itself.
        Ending::AbsoluteTimeout | Ending::TokenExpired => {
            world.clients[0].returns = world.random.chance(0.7);
        }
        Ending::ClockSkew => world.clients[0].returns = world.random.chance(0.6),
        Ending::RefreshExpired => {
            world.clients[0].margin = 0;
            let at = start + world.random.between(policy.access, policy.access * 2);
            let away = policy.refresh.unwrap_or(0) + world.random.between(2 * MINUTE, 40 * MINUTE);
            world.plan(at, Step::Leave(0));
            if world.clients[0].poll > 0 {
                world.plan(at + 20 * SECOND, Step::Sleep(0));
                world.plan(at + away, Step::Wake(0));
            }
            world.plan(at + away + SECOND, Step::Return(0));
        }
        Ending::RefreshReused => {
            let at = start + world.random.between(2 * MINUTE, policy.access);
            if world.random.chance(0.5) {
                world.plan(at, Step::CopyTab(0));
                let later = at + policy.access + world.random.between(2 * MINUTE, policy.access);
                world.plan(later, Step::UseCopy(0));
            } else {
                world.plan(at, Step::LoseAnswer(0));
            }
        }
        Ending::NetworkGap => {
            let limit = if policy.credential == Credential::Tokens { policy.refresh } else { policy.idle }.unwrap_or(0);
            if world.clients[0].poll == 0 || world.clients[0].poll > limit / 3 {
                world.clients[0].poll = 30 * SECOND;
            }
            world.plan(middle, Step::Offline(0));
            let gap = limit + world.random.between(MINUTE, 15 * MINUTE);
            world.plan(middle + gap, Step::Online(0));
        }
        Ending::NetworkSwitch => world.plan(middle, Step::Move(0)),
        Ending::ServerRestart => {
            let away = world.random.pick(&[0, 5, 20, 45, 90, 180]) * SECOND;
            let proxied = world.random.chance(0.75);
            world.plan(middle, Step::Restart(away, proxied));
        }
        Ending::KeyRotation => world.plan(middle, Step::ChangeKey),
        Ending::ConcurrentLogin => {
            let agent = world.random.pick(AGENTS);
            let address = address(&mut world.random);
            let mut other = Client::new(Role::User, 0, address, agent);
            (other.pace, other.poll, other.returns) =
                (world.clients[0].pace, world.clients[0].poll, world.random.chance(0.4));
            world.clients[0].returns = world.random.chance(0.4);
            world.clients.push(other);
            let who = world.clients.len() - 1;
            world.plan(middle, Step::SignIn(who));
        }
        Ending::Revoked => {
            let operator = world.random.chance(0.6).then(|| operator(world, middle));
            world.plan(middle, Step::Revoke(0, operator));
        }
        Ending::CredentialsDropped => world.plan(middle, Step::Drop(0)),
        Ending::AppUpdated => world.plan(middle, Step::Update(0)),
        Ending::AccountLocked => {
            let address = address(&mut world.random);
            world.clients.push(Client::new(Role::Guesser, 0, address, "python-requests/2.32.3"));
            let who = world.clients.len() - 1;
            world.plan(middle, Step::Lock(0, who));
        }
    }
}

/// Someone who runs the app, signed in in time.
fn operator(world: &mut World, at: Nanos) -> usize {
    let address = address(&mut world.random);
    let agent = world.random.pick(AGENTS);
    world.users.push("root-admin".to_owned());
    let mut client = Client::new(Role::Operator, world.users.len() - 1, address, agent);
    (client.pace, client.returns) = (8 * HOUR, false);
    world.clients.push(client);
    let who = world.clients.len() - 1;
    world.plan(at - 90 * SECOND, Step::SignIn(who));
    who
}

/// What looks like trouble and ends nothing.
fn trouble_without_end(world: &mut World, plot: Plot, start: Nanos, span: Nanos) {
    let kept = !(world.server.policy.in_memory && world.server.policy.credential == Credential::StoredSession);
    let other = !matches!(plot, Plot::Ends(Ending::ServerRestart | Ending::NetworkGap | Ending::RefreshReused));
    if other && world.random.chance(0.12) {
        let at = start + world.random.between(span / 8, span / 2);
        let away = world.random.pick(&[2, 10, 40]) * SECOND;
        world.plan(at, if kept { Step::Restart(away, true) } else { Step::Outage(away, true) });
    }
    if other && world.random.chance(0.12) {
        let at = start + world.random.between(span / 8, span / 2);
        let gap = world.random.between(10 * SECOND, 80 * SECOND);
        world.plan(at, Step::Offline(0));
        world.plan(at + gap, Step::Online(0));
    }
}
