//! What a view shows of one ending: the figures with which a careful reader argues.

use super::{
    ending::Ending,
    policy::{CookieLife, Credential},
    truth::View,
    wire::{Kind, Meaning, Wire},
    world::World,
};
use crate::model::time::{MINUTE, Nanos, SECOND};

/// Lengths that people choose for the life of a session.
const VERY_ROUND: &[i64] = &[15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 600, 720, 1_440];
/// Lengths that people choose as an idle limit.
const ROUND: &[i64] = &[5, 10, 15, 20, 30, 45, 60, 90, 120];

/// What a view shows of one ending.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that hold or don't, independent of each other")]
pub(super) struct Facts<'a> {
    pub(super) alive: &'a Wire,
    /// Since the last sign of life.
    pub(super) silence: Nanos,
    /// Since the last act of the person.
    pub(super) quiet: Nanos,
    /// The longest silence, and the longest quiet, that any session of the view survived.
    pub(super) survived: Nanos,
    pub(super) quiet_survived: Nanos,
    /// Polls let in since the last act of the person.
    pub(super) polls: usize,
    /// Since the sign-in.
    pub(super) age: Nanos,
    pub(super) round_age: bool,
    pub(super) narrow_age: bool,
    pub(super) round_quiet: bool,
    /// Another session was seen alive at a greater age.
    pub(super) older_elsewhere: bool,
    /// Other ended sessions of the same bracket: of silence or of quiet at another age; of age.
    pub(super) agree_idle: usize,
    pub(super) agree_quiet: usize,
    pub(super) agree_age: usize,
    /// Others that lived through it, and that were refused within two minutes of it.
    pub(super) others_through: usize,
    pub(super) others_died: usize,
    /// Sign-ins of other clients in between, and whether one is known to be of the same user.
    pub(super) elsewhere: usize,
    pub(super) elsewhere_named: bool,
    pub(super) operated: bool,
    pub(super) operated_named: bool,
    /// Answers in between that say that the server was away, and over what time.
    pub(super) away: usize,
    pub(super) away_span: Nanos,
    /// Requests in between without an answer, over what share of the silence in percent.
    pub(super) failed: usize,
    pub(super) failed_share: Nanos,
    pub(super) refused_connection: bool,
    pub(super) slept: bool,
    /// Whether the client's own capture is there.
    pub(super) client_side: bool,
    pub(super) credentials_shown: bool,
    /// Whether the refused request carried the credential, as far as shown.
    pub(super) sent: bool,
    pub(super) cookie_seen: bool,
    pub(super) cookie_life: CookieLife,
    /// Whether the cookie was seen to be given anew, with a later time.
    pub(super) slide_seen: bool,
    /// Time left when refused, where it is shown.
    pub(super) cookie_left: Option<Nanos>,
    pub(super) token_left: Option<Nanos>,
    pub(super) renewal_refused: bool,
    pub(super) token_sent_twice: bool,
    pub(super) new_key_after: bool,
    pub(super) new_assets: bool,
    pub(super) address_changed: bool,
    pub(super) skew_shown: bool,
    pub(super) status: u16,
    /// Whether the view holds refusals that look like acceptances.
    pub(super) clouded: bool,
}

/// One ended session of the view: silence, quiet, age alive, age dead.
#[derive(Clone, Copy, Debug)]
struct Bracket {
    held: usize,
    survived: Nanos,
    silence: Nanos,
    quiet_survived: Nanos,
    quiet: Nanos,
    age_alive: Nanos,
    age: Nanos,
}

impl<'a> Facts<'a> {
    pub(super) fn of(
        world: &'a World,
        view: View,
        held: usize,
        alive: &'a Wire,
        refusal: &Wire,
        refusals: &[&Wire],
    ) -> Self {
        let shown: Vec<&Wire> = world.wires.iter().filter(|wire| view.shows(wire)).collect();
        let between: Vec<&Wire> =
            shown.iter().copied().filter(|wire| wire.sent > alive.sent && wire.sent < refusal.sent).collect();
        let own: Vec<&Wire> = shown.iter().copied().filter(|wire| wire.held == Some(held)).collect();
        let all: Vec<Bracket> =
            (0..world.server.sessions.len()).filter_map(|other| bracket(view, &shown, other)).collect();
        let bracket_of = |own: &[&Wire]| bracket(view, own, held);
        let ours = bracket_of(&own).unwrap_or(Bracket {
            held,
            survived: 0,
            silence: refusal.sent - alive.sent,
            quiet_survived: 0,
            quiet: 0,
            age_alive: 0,
            age: 0,
        });
        let others: Vec<&Bracket> = all.iter().filter(|other| other.held != held && other.silence > 0).collect();
        let ages_differ = |other: &Bracket| (other.age - ours.age).abs() * 5 > ours.age.max(other.age);
        let meets = |one: (Nanos, Nanos), other: (Nanos, Nanos)| {
            one.0.max(other.0) < one.1.min(other.1) && one.1 < 2 * other.1 && other.1 < 2 * one.1
        };
        let fails: Vec<&&Wire> =
            between.iter().filter(|wire| wire.client == alive.client && wire.means == Meaning::Failed).collect();
        let away: Vec<&&Wire> = between.iter().filter(|wire| wire.means == Meaning::Away).collect();
        let span = |list: &[&&Wire]| list.last().map_or(0, |wire| wire.sent) - list.first().map_or(0, |wire| wire.sent);
        let elsewhere: Vec<&Wire> = shown
            .iter()
            .copied()
            .filter(|wire| {
                wire.means == Meaning::SignedIn
                    && wire.client != alive.client
                    && wire.sent > alive.sent - 5 * SECOND
                    && wire.sent < refusal.sent
            })
            .collect();
        let user = world.server.sessions[held].user;
        let json = view.log == Some(super::log::LogStyle::Json);
        let operated: Vec<&&Wire> = shown
            .iter()
            .filter(|wire| {
                wire.means == Meaning::Operated && wire.sent > alive.sent - MINUTE && wire.sent < refusal.sent
            })
            .collect();
        let client = &world.clients[alive.client];
        let mut facts = Self {
            alive,
            silence: ours.silence,
            quiet: ours.quiet,
            survived: all.iter().map(|other| other.survived).max().unwrap_or(0),
            quiet_survived: all.iter().map(|other| other.quiet_survived).max().unwrap_or(0),
            polls: own
                .iter()
                .rev()
                .skip_while(|wire| wire.sent > alive.sent)
                .take_while(|wire| !wire.by_person)
                .filter(|wire| wire.means == Meaning::Accepted)
                .count(),
            age: ours.age,
            round_age: round_within(VERY_ROUND, ours.age_alive, ours.age),
            narrow_age: (ours.age - ours.age_alive) * 25 <= ours.age,
            round_quiet: round_within(ROUND, ours.quiet - ours.silence, ours.quiet),
            older_elsewhere: all.iter().any(|other| other.held != held && other.age_alive > ours.age + MINUTE),
            agree_idle: others
                .iter()
                .filter(|other| {
                    ages_differ(other) && meets((ours.survived, ours.silence), (other.survived, other.silence))
                })
                .count(),
            agree_quiet: others
                .iter()
                .filter(|other| {
                    ages_differ(other)
                        && meets((ours.quiet - ours.silence, ours.quiet), (other.quiet - other.silence, other.quiet))
                })
                .count(),
            agree_age: others
                .iter()
                .filter(|other| {
                    other.silence * 10 < other.age && meets((ours.age_alive, ours.age), (other.age_alive, other.age))
                })
                .count(),
            others_through: 0,
            others_died: 0,
            elsewhere: elsewhere.len(),
            elsewhere_named: json && elsewhere.iter().any(|wire| world.clients[wire.client].user == user),
            operated: !operated.is_empty(),
            operated_named: operated.iter().any(|wire| wire.path.contains(&world.users[user])),
            away: away.len(),
            away_span: span(&away),
            failed: fails.len(),
            failed_share: span(&fails) * 100 / (refusal.sent - alive.sent).max(1),
            refused_connection: fails.iter().any(|wire| wire.failure == Some("net::ERR_CONNECTION_REFUSED")),
            slept: client.asleep.iter().any(|range| range.from <= refusal.sent && range.until >= alive.sent),
            client_side: view.of_client(refusal),
            credentials_shown: view.shows_credentials() && view.of_client(refusal),
            sent: refusal.sid.is_some() || refusal.bearer.is_some(),
            cookie_seen: world.server.policy.credential != Credential::Tokens,
            cookie_life: world.server.policy.cookie,
            slide_seen: false,
            cookie_left: None,
            token_left: None,
            renewal_refused: refusals.iter().any(|wire| matches!(wire.means, Meaning::RenewalRefused(_))),
            token_sent_twice: false,
            new_key_after: false,
            new_assets: false,
            address_changed: view.log.is_some() && refusal.sid.is_some() && refusal.address != alive.address,
            skew_shown: world.look.readable_tokens && world.server.policy.issuer_ahead.abs() >= MINUTE,
            status: refusal.status,
            clouded: shown
                .iter()
                .any(|wire| matches!(wire.means, Meaning::Refused(_)) && wire.status < 300 && !view.of_client(wire)),
        };
        facts.neighbours(world, &shown, held, refusal);
        facts.client_side(view, &shown, &own, refusal);
        facts
    }

    /// Who lived through it and who died with it.
    fn neighbours(&mut self, world: &World, shown: &[&Wire], held: usize, refusal: &Wire) {
        for other in (0..world.server.sessions.len()).filter(|&other| other != held) {
            let theirs = || shown.iter().filter(move |wire| wire.held == Some(other));
            let before = theirs().any(|wire| wire.is_alive(false) && wire.sent < self.alive.sent);
            let after = theirs().any(|wire| wire.is_alive(false) && wire.sent > refusal.sent);
            let died = theirs().any(|wire| {
                matches!(wire.means, Meaning::Refused(_)) && (wire.sent - refusal.sent).abs() <= 2 * MINUTE
            });
            self.others_through += usize::from(before && after);
            self.others_died += usize::from(before && died && !after);
        }
    }

    /// What only the client's own capture shows.
    fn client_side(&mut self, view: View, shown: &[&Wire], own: &[&Wire], refusal: &Wire) {
        if !self.client_side {
            return;
        }
        let mine = || own.iter().filter(|wire| view.of_client(wire) && wire.failure.is_none());
        if self.credentials_shown {
            let set = mine()
                .filter(|wire| wire.sent < refusal.sent)
                .flat_map(|wire| wire.set.iter())
                .rfind(|cookie| !cookie.value.is_empty());
            self.slide_seen = mine()
                .filter(|wire| wire.sent < refusal.sent && wire.set.iter().any(|cookie| cookie.expires.is_some()))
                .count()
                > 1;
            self.cookie_left = set.and_then(|cookie| cookie.expires).map(|until| until - refusal.sent);
        } else {
            self.sent = true;
        }
        // Tokens stand in the answers that give them, which captures keep, and in what is sent, which some leave out.
        let given = |wire: &&&Wire| wire.bearer.is_none() || self.credentials_shown;
        self.token_left = mine()
            .filter(|wire| wire.sent <= refusal.sent)
            .filter(given)
            .filter_map(|wire| wire.token_until)
            .next_back()
            .map(|until| until - refusal.sent);
        let mut used: Vec<&str> = Vec::new();
        for wire in own.iter().filter(|wire| view.of_client(wire)) {
            let token = wire.form.as_ref().filter(|(_, text)| text.contains("efresh")).map(|(_, text)| text.as_str());
            if let Some(token) = token {
                let refused = matches!(wire.means, Meaning::RenewalRefused(Ending::RefreshReused));
                self.token_sent_twice |= refused && used.contains(&token);
                used.push(token);
            }
        }
        let later = shown.iter().any(|wire| {
            view.of_client(wire) && wire.sent > refusal.sent && wire.bearer.is_some() && wire.means == Meaning::Accepted
        });
        self.new_key_after = self.credentials_shown && refused_for_key(refusal) && later;
        let script = |wire: &&&Wire| wire.kind == Kind::Asset && view.of_client(wire) && wire.path.contains("/main.");
        let before = shown
            .iter()
            .filter(script)
            .filter(|wire| wire.sent <= self.alive.sent)
            .map(|wire| wire.path.as_str())
            .next_back();
        let after = shown
            .iter()
            .filter(script)
            .find(|wire| wire.sent > self.alive.sent && wire.sent <= refusal.sent)
            .map(|wire| wire.path.as_str());
        self.new_assets = matches!((before, after), (Some(before), Some(after)) if before != after);
    }

    /// Refused in the middle of use: not after a silence that stands out.
    pub(super) fn in_use(&self) -> bool {
        let quiet = self.polls >= 3 && self.quiet >= 4 * MINUTE && self.quiet > self.quiet_survived;
        !quiet && (self.silence < 4 * MINUTE || self.silence * 10 < 11 * self.survived)
    }
}

/// Whether the refused token was refused for its key, and names it.
fn refused_for_key(refusal: &Wire) -> bool {
    matches!(refusal.means, Meaning::Refused(Ending::KeyRotation)) && refusal.token_until.is_some()
}

/// The figures of one session; silence and what follows are 0 while it is active.
fn bracket(view: View, shown: &[&Wire], held: usize) -> Option<Bracket> {
    let own: Vec<&&Wire> = shown.iter().filter(|wire| wire.held == Some(held)).collect();
    let last = own.iter().rposition(|wire| wire.is_alive(view.of_client(wire)))?;
    let alive = own.get(last)?;
    let start = own.iter().find(|wire| wire.means == Meaning::SignedIn).map(|wire| wire.answered);
    let (mut survived, mut quiet_survived) = (0, 0);
    let (mut life, mut act) = (own.first()?.sent, own.first()?.sent);
    for wire in own.iter().take(last + 1).filter(|wire| wire.is_alive(view.of_client(wire))) {
        survived = survived.max(wire.sent - life);
        quiet_survived = quiet_survived.max(wire.sent - act);
        life = wire.sent;
        if wire.by_person {
            act = wire.sent;
        }
    }
    let refusal =
        own.get(last..)?.iter().find(|wire| matches!(wire.means, Meaning::Refused(_) | Meaning::RenewalRefused(_)));
    let age = |at: Nanos| start.map_or(0, |start| at - start);
    Some(Bracket {
        held,
        survived,
        silence: refusal.map_or(0, |wire| wire.sent - alive.sent),
        quiet_survived,
        quiet: refusal.map_or(0, |wire| wire.sent - act),
        age_alive: age(alive.sent),
        age: refusal.map_or(0, |wire| age(wire.sent)),
    })
}

fn round_within(lengths: &[i64], low: Nanos, high: Nanos) -> bool {
    lengths.iter().map(|minutes| minutes * MINUTE).any(|length| low - SECOND <= length && length <= high + SECOND)
}
