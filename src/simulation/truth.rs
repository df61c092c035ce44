//! What really happened to each session of a capture, and whether that capture alone can tell.
//!
//! The model knows why a session ended. Whether a careful reader of one capture can know it too is worked out here from
//! what was written into it, and from nothing else: [`Facts`] gathers what it shows, [`determined`] asks whether that leaves
//! one explanation, and what else would look as good is [`lookalikes`].

use super::{
    ending::Ending,
    facts::Facts,
    har::HarStyle,
    log::LogStyle,
    policy::{CookieLife, Credential},
    wire::{Meaning, Wire},
    world::World,
};
use crate::model::time::{MINUTE, Nanos, SECOND, rfc3339_from_nanos};
use serde_json::{Value, json};

/// What one capture, or several opened together, show.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// The capture of client 0.
    pub(super) har: Option<HarStyle>,
    /// The server's log.
    pub(super) log: Option<LogStyle>,
    /// Nothing before this is in it.
    pub(super) from: Nanos,
}

impl View {
    /// Whether it shows that a refusal is one: a log does not tell a sign-in page with status 200 from any other page.
    fn shows_refusal(&self, wire: &Wire) -> bool {
        matches!(wire.means, Meaning::Refused(_) | Meaning::RenewalRefused(_))
            && (self.of_client(wire) || wire.status >= 300)
    }

    pub(super) fn shows(&self, wire: &Wire) -> bool {
        wire.sent >= self.from && (self.of_client(wire) || self.log.is_some() && wire.logged)
    }

    /// Whether the browser's own capture shows it.
    pub(super) fn of_client(&self, wire: &Wire) -> bool {
        self.har.is_some() && wire.client == 0
    }

    /// Whether it shows which cookies and tokens were sent.
    pub(super) fn shows_credentials(&self) -> bool {
        matches!(self.har, Some(HarStyle::Chrome | HarStyle::Firefox))
    }
}

/// Whether a capture can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detectable {
    /// It states the reason.
    Explicit,
    /// A careful reader can tell.
    Inferable,
    /// It can't tell: several explanations are as good.
    Ambiguous,
}

/// The truth about one session of a capture.
#[derive(Clone, Debug)]
pub struct Truth {
    /// What identifies it in the file, by name.
    pub keys: Vec<(&'static str, String)>,
    /// Whose it is.
    pub user: String,
    /// When it began, or was first seen.
    pub start: Nanos,
    /// When it really ended; `None` where it is active as far as the capture goes.
    pub end: Option<Nanos>,
    /// When its client first saw it.
    pub observed: Option<Nanos>,
    /// Its last request in the capture.
    pub last: Nanos,
    /// Why it ended; `None` where it is active as far as the capture goes.
    pub cause: Option<Ending>,
    /// Whether the capture can tell.
    pub detectable: Detectable,
    /// What else is right to say.
    pub acceptable: Vec<Ending>,
    /// Why it can tell, or not.
    pub why: &'static str,
}

impl Truth {
    /// The label of this session.
    pub(super) fn label(&self) -> Value {
        let keys: serde_json::Map<String, Value> =
            self.keys.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
        let mut label = json!({
            "key": keys,
            "user": self.user,
            "start": rfc3339_from_nanos(self.start),
            "end": self.end.map(rfc3339_from_nanos),
            "cause": self.cause.map_or("still_active", Ending::id),
            "detectable": match self.detectable {
                Detectable::Explicit => "explicit",
                Detectable::Inferable => "inferable",
                Detectable::Ambiguous => "ambiguous",
            },
            "why": self.why,
        });
        if let Some(fields) = label.as_object_mut() {
            match self.observed {
                Some(at) => fields.insert("end_observed".to_owned(), rfc3339_from_nanos(at).into()),
                None => fields.insert("capture_end".to_owned(), rfc3339_from_nanos(self.last).into()),
            };
            if !self.acceptable.is_empty() {
                let open = (self.detectable == Detectable::Ambiguous).then_some("undetermined");
                let ids = self.acceptable.iter().map(|ending| ending.id()).chain(open);
                fields.insert("acceptable".to_owned(), ids.collect());
            }
        }
        label
    }
}

/// The truths of all sessions that a view shows, and the users whose sessions it shows too little of to label.
pub(super) fn truths(world: &World, view: View) -> (Vec<Truth>, Vec<String>) {
    let (mut truths, mut unlabelled) = (Vec::new(), Vec::new());
    for held in 0..world.server.sessions.len() {
        match truth_of(world, view, held) {
            Some(Ok(truth)) => truths.push(truth),
            Some(Err(user)) => unlabelled.push(user),
            None => {}
        }
    }
    (truths, unlabelled)
}

/// `None` where the view shows nothing of it, the user where it shows too little.
fn truth_of(world: &World, view: View, held: usize) -> Option<Result<Truth, String>> {
    let session = &world.server.sessions[held];
    let user = world.users[session.user].clone();
    let own: Vec<&Wire> = world.wires.iter().filter(|wire| wire.held == Some(held) && view.shows(wire)).collect();
    let first = own.first()?;
    let Some(alive) = own.iter().rposition(|wire| wire.is_alive(view.of_client(wire))) else { return Some(Err(user)) };
    let out = own.iter().find(|wire| wire.means == Meaning::SignedOut);
    let refusals: Vec<&Wire> = own[alive..]
        .iter()
        .copied()
        .filter(|wire| matches!(wire.means, Meaning::Refused(_) | Meaning::RenewalRefused(_)))
        .collect();
    let mut truth = Truth {
        keys: keys(world, view, held, &own),
        user: user.clone(),
        start: first.answered,
        end: None,
        observed: None,
        last: own.last().map_or(first.answered, |wire| wire.sent),
        cause: None,
        detectable: Detectable::Explicit,
        acceptable: Vec::new(),
        why: "its requests are accepted to the end",
    };
    if let Some(out) = out {
        truth.cause = Some(Ending::Logout);
        (truth.end, truth.observed) = (Some(out.served), Some(out.answered));
        truth.why = "the sign-out is there";
        return Some(Ok(truth));
    }
    let hidden = !refusals.is_empty();
    let refusals: Vec<&Wire> = refusals.into_iter().filter(|wire| view.shows_refusal(wire)).collect();
    let Some(&refusal) = refusals.first() else { return Some(if hidden { Err(user) } else { Ok(truth) }) };
    let cause = cause_of(world, held, &refusals);
    let facts = Facts::of(world, view, held, own[alive], refusal, &refusals);
    let cause = if kept_from_renewing(world, held, cause, &facts) { Ending::NetworkGap } else { cause };
    truth.cause = Some(cause);
    truth.end = Some(session.over.map_or(refusal.served, |(_, at)| at.min(refusal.served)));
    truth.observed = Some(refusal.answered);
    let met = cause_of(world, held, &refusals);
    if refusals.iter().any(|wire| says(view, wire)) {
        truth.acceptable = if met == cause { Vec::new() } else { vec![cause, met] };
        truth.why = "the refusal says so";
    } else if let Some(why) = determined(cause, &facts) {
        truth.detectable = Detectable::Inferable;
        truth.acceptable = also_right(cause, met, &facts);
        truth.why = why;
    } else {
        truth.detectable = Detectable::Ambiguous;
        truth.acceptable = lookalikes(cause, met, &facts);
        truth.why = "several explanations are left";
    }
    Some(Ok(truth))
}

/// What identifies a session in a view.
fn keys(world: &World, view: View, held: usize, own: &[&Wire]) -> Vec<(&'static str, String)> {
    let session = &world.server.sessions[held];
    let mut keys = Vec::new();
    let cookie = world.server.policy.credential != Credential::Tokens;
    let named = view.shows_credentials() && own.iter().any(|wire| view.of_client(wire))
        || matches!(view.log, Some(LogStyle::CombinedWithSession | LogStyle::Json));
    if cookie && named {
        keys.push(("value", session.value.clone()));
    }
    if view.log.is_some() {
        keys.push(("ip", session.address.clone()));
    }
    keys
}

/// Whether a view shows that a refusal states the reason: bodies are in captures alone, but a redirect's target is asked for
/// next, and logged.
fn says(view: View, refusal: &Wire) -> bool {
    refusal.says && (view.of_client(refusal) || view.log.is_some() && refusal.location.is_some())
}

/// Why the session is over: what the renewal was refused for outranks that the access token had run out.
fn cause_of(world: &World, held: usize, refusals: &[&Wire]) -> Ending {
    let renewal = refusals.iter().find_map(|wire| match wire.means {
        Meaning::RenewalRefused(why) => Some(why),
        _ => None,
    });
    let refused = refusals.iter().find_map(|wire| match wire.means {
        Meaning::Refused(why) => Some(why),
        _ => None,
    });
    let over = world.server.sessions[held].over.map(|(why, _)| why);
    match refused {
        Some(why @ (Ending::CredentialsDropped | Ending::AppUpdated)) => why,
        _ => renewal.or(over).or(refused).unwrap_or(Ending::Revoked),
    }
}

/// Whether the app would have kept it alive, had it had a network: it asked by itself, that counted, and the time ran out
/// while no request got through.
fn kept_from_renewing(world: &World, held: usize, cause: Ending, facts: &Facts<'_>) -> bool {
    let policy = &world.server.policy;
    let session = &world.server.sessions[held];
    let client = &world.clients[session.client];
    let Some((_, over)) = session.over else { return false };
    let by_itself = match policy.credential {
        Credential::Tokens => policy.refresh.is_some() && (client.margin > 0 || client.poll > 0),
        _ => policy.polls_count && client.poll > 0,
    };
    matches!(cause, Ending::IdleTimeout | Ending::RefreshExpired | Ending::TokenExpired)
        && by_itself
        && client
            .offline
            .iter()
            .any(|range| range.from <= over && over <= range.until + MINUTE && range.until >= facts.alive.sent)
}

/// Why the view leaves one explanation alone; `None` where it does not.
fn determined(cause: Ending, facts: &Facts<'_>) -> Option<&'static str> {
    // Where refusals look like any other answer, nobody can say what the others lived through.
    let undisturbed = !facts.clouded && facts.elsewhere == 0 && !facts.operated && facts.away == 0 && facts.failed == 0;
    let gone = |life: CookieLife| {
        facts.cookie_left.is_some_and(|left| left <= SECOND) && !facts.sent && facts.cookie_life == life
    };
    let slid = gone(CookieLife::Slides) || gone(CookieLife::SlidesAtHalf);
    match cause {
        // The browser itself drops a cookie that has run out, and no other explanation needs that.
        Ending::IdleTimeout if slid && facts.slide_seen && facts.failed == 0 => {
            Some("the sliding cookie ran out and was not sent any more")
        }
        Ending::AbsoluteTimeout if gone(CookieLife::Fixed) => {
            Some("the cookie, whose time was set at sign-in, ran out and was not sent any more")
        }
        // Silence alone would also be left by a restart, a revocation or an age reached meanwhile: others on the same server
        // rule these out, by living through it and by growing older, or by ending after the same silence at another age.
        Ending::IdleTimeout if undisturbed && facts.silence >= 5 * MINUTE && facts.silence >= 2 * facts.survived => {
            let lone = facts.others_through > 0 && facts.older_elsewhere;
            (lone || facts.agree_idle > 0)
                .then_some("a silence longer than any survived, while others lived on or died alike")
        }
        // Polls that go on tell silence from quiet; one such ending may be chance, two are not.
        Ending::IdleTimeout
            if undisturbed && facts.polls >= 3 && facts.quiet >= 4 * MINUTE && facts.quiet > facts.quiet_survived =>
        {
            let alike = facts.agree_quiet > 0;
            let lone = facts.others_through > 0 && facts.round_quiet && (facts.older_elsewhere || !facts.round_age);
            (alike || lone).then_some("polling went on and did not count")
        }
        // The same age twice, or a very round one in the middle of use while others lived on.
        Ending::AbsoluteTimeout if undisturbed && facts.in_use() && !facts.older_elsewhere => {
            let lone = facts.others_through > 0 && facts.round_age && facts.narrow_age;
            (facts.agree_age > 0 && facts.narrow_age || lone)
                .then_some("refused in use at an age that it shares or that is round")
        }
        // The token says itself when it runs out.
        Ending::TokenExpired
            if facts.token_left.is_some_and(|left| (-3 * MINUTE..=5 * SECOND).contains(&left))
                && !facts.renewal_refused =>
        {
            Some("the token's time was over, and nothing renewed it")
        }
        Ending::RefreshExpired
            if facts.renewal_refused
                && facts.client_side
                && facts.silence >= 10 * MINUTE
                && facts.silence >= 3 * facts.survived
                && undisturbed =>
        {
            Some("the renewal was refused after a silence longer than any survived")
        }
        Ending::RefreshReused if facts.token_sent_twice => Some("the same refresh token was sent twice"),
        // Requests that failed all the while, then a refusal.
        Ending::NetworkGap if facts.client_side && facts.failed >= 3 && facts.failed_share >= 60 && facts.away == 0 => {
            Some("the requests that kept it alive failed for longer than it lived without")
        }
        Ending::NetworkSwitch if facts.address_changed && facts.silence < 10 * MINUTE => {
            Some("the refused request came from another address")
        }
        // The server was away, and who was in use before is unknown after.
        Ending::ServerRestart
            if facts.away > 0
                && facts.others_through == 0
                && facts.silence < 4 * MINUTE + facts.away_span
                && facts.elsewhere == 0 =>
        {
            Some("the server was away for a moment, and did not know it afterwards")
        }
        Ending::KeyRotation
            if facts.sent && facts.token_left.is_some_and(|left| left > MINUTE) && facts.new_key_after =>
        {
            Some("a token with time left was refused, and later ones carry another key")
        }
        Ending::ConcurrentLogin if facts.elsewhere_named && facts.silence < 10 * MINUTE => {
            Some("the same user signed in elsewhere just before")
        }
        Ending::Revoked if facts.operated && facts.operated_named && facts.silence < 10 * MINUTE => {
            Some("an operator acted on this user just before")
        }
        Ending::CredentialsDropped
            if facts.credentials_shown
                && !facts.sent
                && facts.cookie_seen
                && facts.cookie_left.is_none_or(|left| left > MINUTE) =>
        {
            Some("the cookie was not sent any more, with time left")
        }
        Ending::AppUpdated
            if facts.credentials_shown
                && !facts.sent
                && facts.new_assets
                && facts.cookie_left.is_none_or(|left| left > MINUTE) =>
        {
            Some("a new version was loaded, and the credential was not sent any more")
        }
        Ending::ClockSkew if facts.credentials_shown && facts.skew_shown && facts.age < 3 * MINUTE => {
            Some("the clocks of the hosts differ, and the fresh token was refused")
        }
        Ending::AccountLocked if facts.status == 423 => Some("the status says that it is locked"),
        _ => None,
    }
}

/// What else is right to say where the cause is determined: the same thing seen from another side.
fn also_right(cause: Ending, met: Ending, facts: &Facts<'_>) -> Vec<Ending> {
    let mut list = vec![cause];
    let mut also = |ending: Ending, holds: bool| {
        if holds && !list.contains(&ending) {
            list.push(ending);
        }
    };
    // A gap in the network ends a session by the server's limit.
    also(met, true);
    // A device that slept sends nothing, and neither does an idle one.
    also(Ending::NetworkGap, facts.slept && matches!(cause, Ending::IdleTimeout | Ending::RefreshExpired));
    also(Ending::CredentialsDropped, cause == Ending::AppUpdated);
    // Reuse is answered by revoking the family.
    also(Ending::Revoked, cause == Ending::RefreshReused);
    if list.len() == 1 { Vec::new() } else { list }
}

/// The explanations for which the view speaks as much as for the truth.
fn lookalikes(cause: Ending, met: Ending, facts: &Facts<'_>) -> Vec<Ending> {
    let mut list = vec![cause];
    let mut also = |ending: Ending, holds: bool| {
        if holds && !list.contains(&ending) {
            list.push(ending);
        }
    };
    also(met, true);
    also(Ending::NetworkGap, facts.failed >= 2 || facts.slept && facts.silence >= 3 * MINUTE);
    let silent = facts.silence >= 4 * MINUTE && facts.silence * 10 >= 13 * facts.survived;
    let quiet = facts.polls >= 3 && facts.quiet >= 4 * MINUTE && facts.quiet > facts.quiet_survived;
    let ran_out = facts.cookie_left.is_some_and(|left| left <= SECOND);
    also(Ending::IdleTimeout, silent || quiet || ran_out);
    also(
        Ending::AbsoluteTimeout,
        !facts.older_elsewhere && (facts.round_age || facts.agree_age > 0) || ran_out && !facts.slide_seen,
    );
    also(Ending::ServerRestart, facts.away > 0 || facts.others_died > 0 || facts.refused_connection);
    also(Ending::KeyRotation, facts.others_died > 0 || facts.new_key_after);
    also(Ending::ConcurrentLogin, facts.elsewhere > 0);
    also(Ending::TokenExpired, facts.token_left.is_some_and(|left| left <= 5 * SECOND) && !facts.renewal_refused);
    also(Ending::RefreshExpired, facts.renewal_refused);
    also(Ending::RefreshReused, facts.token_sent_twice);
    also(Ending::CredentialsDropped, facts.credentials_shown && !facts.sent && facts.cookie_seen);
    also(Ending::AccountLocked, facts.status == 423);
    also(Ending::NetworkSwitch, facts.address_changed);
    // An unseen hand can always have done it, unless the client shows that it sent nothing to be refused.
    also(Ending::Revoked, facts.sent || !facts.credentials_shown);
    list
}
