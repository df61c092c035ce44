//! One client's requests to one app, in order of time: sessions begin, live, are refused, heal or end.

mod ending;

use super::{
    draft::{Credential, Draft},
    hit::{Hit, Outcome},
    pending::{asks_again, resolve},
    purpose::Purpose,
    said::is_of_another,
};
use crate::model::{
    EndedBy, EventId, EventKind, EventStore, Nanos, SessionId, Sym,
    time::{MINUTE, SECOND},
};
use ending::quote;
use hashbrown::{HashMap, HashSet};

/// What a hit carries beyond itself.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// Credentials sent or issued.
    pub credentials: Vec<Credential>,
    /// Whether it sends a credential that by its form is a session's.
    pub signed: bool,
    /// Whether it sends a token.
    pub bearer: bool,
    /// Its cookies that by their name are a session's.
    pub session_cookies: Vec<Sym>,
    /// Whether its answer shows that someone is signed in.
    pub proves: bool,
    /// The index of its exchange, in a HAR.
    pub exchange: Option<usize>,
    /// The user that the record names.
    pub user: Sym,
    /// The server.
    pub host: Sym,
    /// Whether the record is an application's word on what happened, and no request.
    pub said: bool,
}

/// The sessions that all lanes put together.
#[derive(Debug, Default)]
pub struct Drafts {
    /// In order of creation; a draft's index is its [`SessionId`] until the list is sorted.
    pub list: Vec<Draft>,
}

/// One client's requests to one app.
#[derive(Debug, Default)]
pub struct Lane {
    current: Option<usize>,
    by_credential: HashMap<Credential, usize>,
    /// Places let in without a session.
    public: HashSet<Sym>,
    /// Places where a stranger got the sign-in form with status 200: the same answer there is that form again.
    forms: HashSet<Sym>,
    /// When a page was last asked for, in a capture.
    loaded: Option<Nanos>,
    /// Places where the log named the user.
    named: HashSet<Sym>,
    /// Accepted requests of someone not known to be signed in; become a session if one of their places is refused later.
    latent: Option<(Draft, Vec<EventId>)>,
    pending: Option<(Hit, Carried)>,
    /// Where the last session began: a password handed in there again is another sign-in.
    signed_in_at: Option<Sym>,
    /// When a page to sign in by was last shown.
    asked: Option<Nanos>,
    /// A denial where the session had been let in before: of a right that it lost, or of the session, as the next tells.
    doubted: Option<(Hit, Carried)>,
    flow: Option<Flow>,
    /// When an identity provider last let someone in without a page: the code that follows renews.
    silent: Option<Nanos>,
    /// Cookies that the server gives to anyone: it was seen to refuse them where a sign-in is needed.
    nobodys: HashSet<Sym>,
    /// Whether the source shows cookies, so that a cookie not there was not sent.
    shows_cookies: bool,
    /// Renewals go by a path of their own here, so the token endpoint is where a sign-in gets its tokens.
    renews_apart: bool,
}

/// The steps of signing in that a client is taking.
#[derive(Clone, Copy, Debug)]
struct Flow {
    first: EventId,
    last: Nanos,
    /// It goes by an authorization server: a password accepted there is a step, the app's session begins on return.
    authorizes: bool,
    user: Sym,
}

/// How long someone may take over a sign-in.
pub(super) const FLOW: Nanos = 10 * MINUTE;

impl Lane {
    /// A lane of a source that shows cookies, or does not.
    pub fn new(shows_cookies: bool) -> Self {
        Self { shows_cookies, ..Self::default() }
    }

    /// Takes the next request.
    pub fn take(&mut self, events: &mut EventStore, drafts: &mut Drafts, mut hit: Hit, carried: Carried) {
        let silent = matches!(hit.purpose, Purpose::Asset | Purpose::Probe | Purpose::Preflight);
        if silent {
            return;
        }
        if hit.page && carried.exchange.is_some() {
            self.loaded = Some(hit.time);
        }
        if hit.outcome == Outcome::Accepted && carried.exchange.is_none() {
            if carried.user.is_some() {
                self.named.insert(hit.place);
            } else if self.named.contains(&hit.place) {
                hit.outcome = Outcome::Unnamed;
            }
        }
        // A log that names the user of a page whenever it lets someone in names nobody where it sends someone away.
        if hit.outcome == Outcome::RedirectSomewhere
            && carried.exchange.is_none()
            && !hit.writes
            && !carried.user.is_some()
            && self.named.contains(&hit.place)
        {
            hit.outcome = Outcome::Refused;
        }
        if let Some((mut earlier, with)) = self.pending.take() {
            earlier.outcome = resolve(&earlier, &hit, self.asked);
            self.apply(events, drafts, &earlier, &with);
        }
        let page = hit.outcome == Outcome::Accepted && hit.status == 200 && !hit.writes;
        let shown = asks_again(&hit).then_some(hit.time);
        if page || matches!(hit.outcome, Outcome::RedirectSomewhere | Outcome::Unnamed | Outcome::SignInUnclear(_)) {
            self.pending = Some((hit, carried));
        } else {
            self.apply(events, drafts, &hit, &carried);
        }
        self.asked = shown.or(self.asked);
    }

    /// Decides what is still open at the end of the source.
    pub fn finish(&mut self, events: &mut EventStore, drafts: &mut Drafts) {
        if let Some((mut hit, carried)) = self.pending.take() {
            hit.outcome = match hit.outcome {
                Outcome::SignInUnclear(true) => Outcome::SignedIn,
                Outcome::Accepted => Outcome::Accepted,
                _ => Outcome::Nothing,
            };
            self.apply(events, drafts, &hit, &carried);
        }
    }

    fn apply(&mut self, events: &mut EventStore, drafts: &mut Drafts, hit: &Hit, carried: &Carried) {
        let asks = hit.purpose == Purpose::SignInPage && hit.time - self.doubted_at() <= MINUTE;
        if asks && let Some((doubted, with)) = self.doubted.take() {
            self.refused(events, drafts, &doubted, &with, EndedBy::Refusal);
        } else if !matches!(hit.outcome, Outcome::Denied | Outcome::Nothing) {
            self.doubted = None;
        }
        let outcome = if self.takes_away(events, drafts, hit, carried) { Outcome::Refused } else { hit.outcome };
        self.renews_apart |=
            hit.purpose == Purpose::Refresh && matches!(hit.outcome, Outcome::Renewed | Outcome::RenewalRefused);
        match outcome {
            Outcome::Nothing if hit.returns && asks_again(hit) && self.is_sent_to_sign_in(drafts, hit, carried) => {
                self.refused(events, drafts, hit, carried, EndedBy::Refusal);
            }
            Outcome::Nothing | Outcome::RedirectSomewhere | Outcome::Unnamed | Outcome::SignInUnclear(_) => {}
            Outcome::SignedIn
                if hit.purpose == Purpose::SignInSubmit
                    && self.flow_at(hit.time).is_some_and(|flow| flow.authorizes) => {}
            // A password handed in at a page that does not sign in, inside a live session: an account that is made, a
            // password that is confirmed.
            Outcome::SignedIn if hit.by_body && self.signed_in_at != Some(hit.place) && self.lives(drafts, carried) => {
                self.accepted(events, drafts, hit, carried);
            }
            // What is read there all the time is a thing of the app that is called so (a kernel's session, a training session),
            // not the place to sign in: nobody is asked for a password there, and none is handed in.
            Outcome::SignedIn if self.is_read_there(events, drafts, hit, carried) => {
                self.accepted(events, drafts, hit, carried);
            }
            Outcome::SignedIn if self.follows_silent(drafts, hit, carried) => {
                self.renewed(events, drafts, hit, carried);
            }
            // The provider has no session any more; of one that is over already it says nothing new.
            Outcome::RenewalRefused if hit.silent && !self.lives(drafts, carried) => {}
            Outcome::SignedIn => {
                self.signed_in_at = Some(hit.place);
                self.sign_in(events, drafts, hit, carried);
            }
            Outcome::TokenGiven => match self.target(drafts, carried).filter(|&at| !drafts.list[at].closed) {
                Some(at)
                    if !self.renews_apart
                        && !signs_in_anew(&drafts.list[at], hit, carried)
                        && drafts.list[at]
                            .dead
                            .is_none_or(|(_, dead, _)| self.flow.is_none_or(|flow| flow.last < dead)) =>
                {
                    self.renewed(events, drafts, hit, carried);
                }
                _ => self.sign_in(events, drafts, hit, carried),
            },
            Outcome::SignInFailed => {
                events.set_kind(hit.id, EventKind::SignInFailed);
            }
            Outcome::CallbackFailed => self.callback_failed(events, drafts, hit, carried),
            Outcome::Renewed => self.renewed(events, drafts, hit, carried),
            Outcome::RenewalRefused => self.refused(events, drafts, hit, carried, EndedBy::RenewalRefusal),
            Outcome::Refused => self.refused(events, drafts, hit, carried, EndedBy::Refusal),
            Outcome::Accepted => self.accepted(events, drafts, hit, carried),
            Outcome::SignedOut => self.signed_out(events, drafts, hit, carried),
            Outcome::Denied => self.denied(events, drafts, hit, carried),
            Outcome::Unanswered => self.beside(events, drafts, hit, carried, EventKind::Gap),
            Outcome::ServerAway => self.beside(events, drafts, hit, carried, EventKind::Outage),
            Outcome::Operated => self.beside(events, drafts, hit, carried, EventKind::Operator),
        }
        if hit.silent {
            self.silent = Some(hit.answered);
            return;
        }
        let step = matches!(hit.purpose, Purpose::SignInPage | Purpose::SignInSubmit | Purpose::Authorize);
        if step && hit.outcome != Outcome::SignInFailed {
            self.step(events, hit, carried);
        }
    }

    fn doubted_at(&self) -> Nanos {
        self.doubted.as_ref().map_or(Nanos::MIN / 2, |(hit, _)| hit.answered)
    }

    /// Whether someone is known to be signed in.
    fn lives(&self, drafts: &Drafts, carried: &Carried) -> bool {
        self.target(drafts, carried).is_some_and(|at| {
            let draft = &drafts.list[at];
            draft.start_seen && draft.accepted > 0 && draft.dead.is_none() && !draft.closed
        })
    }

    /// Whether someone who is signed in writes, without a password, where this session was let in to read.
    fn is_read_there(&self, events: &EventStore, drafts: &Drafts, hit: &Hit, carried: &Carried) -> bool {
        let by_password = carried.exchange.is_some_and(|index| events.exchanges[index].sends_password);
        // Where one program serves all pages, a log calls all places alike.
        let is_called_so = events.symbols.resolve(hit.place).trim_end_matches('s').ends_with("/session");
        !by_password
            && is_called_so
            && hit.purpose == Purpose::SignInSubmit
            && self.lives(drafts, carried)
            && self.target(drafts, carried).is_some_and(|at| drafts.list[at].places.contains(&hit.place))
    }

    /// Whether the page to sign in by was asked for with an address to return to, in the middle of a session: nobody types such
    /// an address, the app or the server sends whom it takes for a stranger. Not where an authorization server asks again for
    /// its own reasons.
    fn is_sent_to_sign_in(&self, drafts: &Drafts, hit: &Hit, carried: &Carried) -> bool {
        let authorizes = self.flow_at(hit.time).is_some_and(|flow| flow.authorizes);
        !authorizes
            && self.target(drafts, carried).is_some_and(|at| {
                let draft = &drafts.list[at];
                draft.dead.is_none() && !draft.closed && draft.accepted > 1 && draft.proved
            })
    }

    /// Whether a code is handed in that a silent sign-in gave, while a session of this client lives or was refused just now:
    /// that renews it.
    fn follows_silent(&self, drafts: &Drafts, hit: &Hit, carried: &Carried) -> bool {
        // No page to sign in by was shown since.
        let silent = self.silent.filter(|&at| self.flow_at(hit.time).is_none_or(|flow| flow.last <= at));
        matches!(hit.purpose, Purpose::Token | Purpose::Callback)
            && silent.is_some_and(|at| hit.time - at <= MINUTE)
            && self.target(drafts, carried).is_some_and(|at| !drafts.list[at].closed && drafts.list[at].accepted > 0)
    }

    fn flow_at(&self, time: Nanos) -> Option<Flow> {
        self.flow.filter(|flow| time - flow.last < FLOW)
    }

    fn step(&mut self, events: &EventStore, hit: &Hit, carried: &Carried) {
        let user = carried.exchange.map_or(carried.user, |index| events.exchanges[index].user);
        let mut flow =
            self.flow_at(hit.time).unwrap_or(Flow { first: hit.id, last: hit.time, authorizes: false, user });
        flow.last = hit.answered;
        flow.authorizes |= hit.purpose == Purpose::Authorize;
        if user.is_some() {
            flow.user = user;
        }
        self.flow = Some(flow);
    }

    /// The session that a request belongs to: by credential, else the one last signed in.
    fn target(&self, drafts: &Drafts, carried: &Carried) -> Option<usize> {
        carried
            .credentials
            .iter()
            .filter_map(|credential| self.by_credential.get(credential))
            .copied()
            .max()
            // Who names a session means that one.
            .or(if carried.said && !carried.credentials.is_empty() { None } else { self.current })
            .filter(|&at| at < drafts.list.len())
    }

    fn learn(
        &mut self,
        events: &EventStore,
        drafts: &mut Drafts,
        at: usize,
        hit: &Hit,
        carried: &Carried,
        signs_in: bool,
    ) {
        let draft = &mut drafts.list[at];
        if let Some(exchange) = carried.exchange {
            draft.learn(events, &events.exchanges[exchange], hit.id, signs_in);
        } else {
            draft.credentials.extend(&carried.credentials);
        }
        if carried.user.is_some() && !draft.user.is_some() {
            draft.user = carried.user;
        }
        for &credential in &draft.credentials {
            self.by_credential.insert(credential, at);
        }
    }

    fn sign_in(&mut self, events: &mut EventStore, drafts: &mut Drafts, hit: &Hit, carried: &Carried) {
        let same_flow = self.current.filter(|&at| {
            let draft = &drafts.list[at];
            !draft.closed
                && draft.dead.is_none()
                && draft.start_seen
                && draft.accepted == 0
                && hit.time - draft.started_at < FLOW
                && !(carried.said && is_of_another(draft, carried))
        });
        if same_flow.is_none() {
            self.ran_out(drafts, hit);
            self.lost(events, drafts, hit, carried);
            if let Some(at) = self.current.filter(|&at| {
                drafts.list[at].dead.is_none() && !drafts.list[at].closed && Self::is_unproved(drafts, at, carried)
            }) {
                self.void(events, drafts, at);
            }
        }
        let at = same_flow.unwrap_or_else(|| {
            drafts.list.push(Draft { user: carried.user, ..Draft::default() });
            drafts.list.len() - 1
        });
        self.latent = None;
        self.forms.clear();
        self.current = Some(at);
        let draft = &mut drafts.list[at];
        draft.start_seen = true;
        draft.given |= hit.purpose == Purpose::Token;
        draft.proved = true;
        draft.started_at = hit.answered;
        draft.start_event = Some(hit.id);
        draft.last_alive = Some((hit.id, hit.answered));
        draft.hosts.entry(carried.host).or_default();
        self.learn(events, drafts, at, hit, carried, true);
        if let Some(flow) = self.flow_at(hit.time).filter(|flow| flow.user.is_some())
            && !drafts.list[at].user.is_some()
        {
            drafts.list[at].user = flow.user;
        }
        self.flow = None;
        assign(events, hit.id, at, EventKind::SignIn);
    }

    /// Someone signs in anew who held a credential whose time has run out: the app saw that for itself, and asked no server.
    fn ran_out(&self, drafts: &mut Drafts, hit: &Hit) {
        let Some(draft) = self.current.and_then(|at| drafts.list.get_mut(at)) else { return };
        let cookie = draft.clues.cookie.as_deref().map(|cookie| cookie.expires);
        let ends = cookie.or_else(|| draft.clues.token.as_deref().and_then(|token| token.expires));
        let last = draft.last_alive.map_or(draft.started_at, |(_, at)| at);
        if draft.dead.is_none() && !draft.closed && ends.is_some_and(|ends| last <= ends + MINUTE && ends <= hit.time) {
            draft.dead = Some((hit.id, hit.time, hit.place));
            draft.clues.ended_by = Some(EndedBy::Refusal);
        }
    }

    /// Someone signs in by password on a page that was loaded since, at a browser whose tokens had time left: an app that
    /// still held them would have sent them and not have asked. Scripts ask for tokens whenever they like, and load no pages.
    fn lost(&self, events: &EventStore, drafts: &mut Drafts, hit: &Hit, carried: &Carried) {
        let by_password = carried.exchange.is_some_and(|index| events.exchanges[index].sends_password);
        let Some(draft) = self.current.and_then(|at| drafts.list.get_mut(at)) else { return };
        let last = draft.last_alive.map_or(draft.started_at, |(_, at)| at);
        let since = self.loaded.is_some_and(|at| at > last);
        let sent = carried.credentials.iter().any(|credential| draft.credentials.contains(credential));
        let by_token_alone = draft.bearer && draft.cookie_names.is_empty();
        if draft.dead.is_none() && !draft.closed && by_password && by_token_alone && since && !sent {
            draft.dead = Some((hit.id, hit.time, hit.place));
            draft.clues.ended_by = Some(EndedBy::Refusal);
            draft.clues.credential_sent = Some(false);
        }
    }

    /// The identity provider let the person in and the app could not take it: a session that died as it was born.
    fn callback_failed(&mut self, events: &mut EventStore, drafts: &mut Drafts, hit: &Hit, carried: &Carried) {
        match self.flow_at(hit.time) {
            Some(flow) => drafts.list.push(Draft {
                user: flow.user,
                started_at: events.time(flow.first),
                start_seen: true,
                start_event: Some(flow.first),
                last_alive: Some((hit.id, hit.time)),
                ..Draft::default()
            }),
            // An application says so of a sign-in whose beginning only the browser and the provider saw.
            None if carried.said => {
                self.begin_unseen(drafts, hit, carried);
            }
            None => return,
        }
        let at = drafts.list.len() - 1;
        self.current = Some(at);
        let draft = &mut drafts.list[at];
        *draft.hosts.entry(carried.host).or_default() += 1;
        draft.refused(hit, EndedBy::Refusal);
        if let Some(exchange) = carried.exchange {
            draft.look_at_refusal(&events.exchanges[exchange], self.shows_cookies);
        }
        quote(events, draft, hit, carried);
        assign(events, hit.id, at, EventKind::Rejection);
        self.flow = None;
    }

    fn renewed(&mut self, events: &mut EventStore, drafts: &mut Drafts, hit: &Hit, carried: &Carried) {
        self.reopen(events, drafts, carried);
        let at = match self.target(drafts, carried) {
            Some(at) if !drafts.list[at].closed => at,
            _ => self.begin_unseen(drafts, hit, carried),
        };
        heal(events, &mut drafts.list[at]);
        let draft = &mut drafts.list[at];
        draft.alive(hit);
        draft.proved = true;
        draft.clues.renewals += 1;
        draft.clues.last_renewal = Some(hit.id);
        self.learn(events, drafts, at, hit, carried, false);
        assign(events, hit.id, at, EventKind::Refresh);
    }

    /// Takes back a sign-out that was no more than a page, where what comes now shows that the session outlived it.
    fn reopen(&self, events: &mut EventStore, drafts: &mut Drafts, carried: &Carried) {
        let Some(at) = self.target(drafts, carried) else { return };
        let page = drafts.list[at].dead;
        if drafts.list[at].reopen()
            && let Some((page, _, _)) = page
        {
            assign(events, page, at, EventKind::Activity);
        }
    }

    fn begin_unseen(&mut self, drafts: &mut Drafts, hit: &Hit, carried: &Carried) -> usize {
        drafts.list.push(Draft { user: carried.user, started_at: hit.time, ..Draft::default() });
        self.current = Some(drafts.list.len() - 1);
        drafts.list.len() - 1
    }

    fn accepted(&mut self, events: &mut EventStore, drafts: &mut Drafts, hit: &Hit, carried: &Carried) {
        let target = self.target(drafts, carried).filter(|&at| !drafts.list[at].closed);
        let Some(at) = target else {
            if self.may_begin_unseen(drafts, carried) {
                let at = self.begin_unseen(drafts, hit, carried);
                self.count_in(events, drafts, at, hit, carried);
            } else if !self.forms.contains(&hit.place) {
                self.remember_anonymous(hit, carried);
            }
            return;
        };
        let draft = &drafts.list[at];
        let anonymous =
            self.shows_cookies && !carried.signed && !draft.knows(&carried.credentials) && draft.has_credential();
        match draft.dead {
            None if self.public.contains(&hit.place) && !carried.signed => {}
            // What is let in without the credential is let in for anyone: the shell of a page that asks for its data later.
            None if anonymous => {}
            None => self.count_in(events, drafts, at, hit, carried),
            Some((_, _, refused)) => {
                // A log names who the server took the client for.
                let named = carried.user.is_some() && carried.user == draft.user && carried.exchange.is_none();
                let known = hit.place == refused || draft.places.contains(&hit.place) || named;
                let known = known
                    || self.asked.is_none_or(|asked| draft.dead.is_some_and(|(_, dead, _)| asked < dead))
                        && drafts.list[at].is_let_in_elsewhere(hit, carried);
                let draft = &drafts.list[at];
                if known && !self.public.contains(&hit.place) && !anonymous {
                    if !draft.was_on_its_way(hit) {
                        heal(events, &mut drafts.list[at]);
                    }
                    self.count_in(events, drafts, at, hit, carried);
                }
            }
        }
    }

    /// Whether a request of nobody who was seen to sign in may be the middle of a session: it shows a credential, and not
    /// one that anyone gets. After a sign-out only a sign-in begins another.
    fn may_begin_unseen(&self, drafts: &Drafts, carried: &Carried) -> bool {
        let known = |name: &Sym| self.nobodys.contains(name);
        let exchange_after_sign_out = carried.exchange.is_some()
            && self.current.and_then(|at| drafts.list.get(at)).is_some_and(|draft| draft.closed)
            && !carried.bearer;
        carried.user.is_some()
            || carried.signed
                && !exchange_after_sign_out
                && (carried.bearer || !carried.session_cookies.iter().any(known))
    }

    /// A session of which nothing but a cookie was seen, refused where it had never been let in, or followed by a sign-in:
    /// the cookie was a visitor's.
    fn void(&mut self, events: &mut EventStore, drafts: &mut Drafts, at: usize) {
        let draft = &mut drafts.list[at];
        draft.void = true;
        draft.closed = true;
        draft.dead = None;
        for id in draft.unproved.drain(..) {
            events.set_session(id, SessionId::NONE);
            events.set_kind(id, EventKind::Neutral);
        }
        let cookies = std::mem::take(&mut draft.cookie_names);
        self.by_credential.retain(|_, of| *of != at);
        self.nobodys.extend(cookies);
        self.current = self.current.filter(|&current| current != at);
    }

    fn is_unproved(drafts: &Drafts, at: usize, carried: &Carried) -> bool {
        let draft = &drafts.list[at];
        carried.exchange.is_some() && !draft.proved && !draft.start_seen && !draft.bearer && !draft.void
    }

    fn count_in(&mut self, events: &mut EventStore, drafts: &mut Drafts, at: usize, hit: &Hit, carried: &Carried) {
        let draft = &mut drafts.list[at];
        if draft.was_on_its_way(hit) {
            assign(events, hit.id, at, EventKind::Activity);
            return;
        }
        draft.alive(hit);
        draft.let_in = true;
        draft.proved |= carried.proves || carried.bearer;
        if !draft.proved && !draft.start_seen {
            draft.unproved.push(hit.id);
        }
        *draft.hosts.entry(carried.host).or_default() += 1;
        self.learn(events, drafts, at, hit, carried, false);
        if self.current.is_none() {
            self.current = Some(at);
        }
        assign(events, hit.id, at, EventKind::Activity);
    }

    fn remember_anonymous(&mut self, hit: &Hit, carried: &Carried) {
        self.public.insert(hit.place);
        let (draft, seen) =
            self.latent.get_or_insert_with(|| (Draft { started_at: hit.time, ..Draft::default() }, Vec::new()));
        draft.alive(hit);
        *draft.hosts.entry(carried.host).or_default() += 1;
        seen.push(hit.id);
    }

    /// The anonymous requests so far turn out to have been a session's: one of their places is refused now.
    fn reveal(&mut self, events: &mut EventStore, drafts: &mut Drafts, place: Option<Sym>) -> Option<usize> {
        let (draft, _) = self.latent.as_ref()?;
        if draft.accepted < 2 || place.is_some_and(|place| !draft.places.contains(&place)) {
            return None;
        }
        let (draft, seen) = self.latent.take()?;
        for place in &draft.places {
            self.public.remove(place);
        }
        drafts.list.push(draft);
        let at = drafts.list.len() - 1;
        for id in seen {
            assign(events, id, at, EventKind::Activity);
        }
        self.current = Some(at);
        Some(at)
    }

    fn beside(&self, events: &mut EventStore, drafts: &mut Drafts, hit: &Hit, carried: &Carried, kind: EventKind) {
        let target = self.target(drafts, carried).filter(|&at| !drafts.list[at].closed);
        let Some(at) = target else {
            events.set_kind(hit.id, kind);
            return;
        };
        if kind == EventKind::Gap || kind == EventKind::Outage {
            drafts.list[at].clues.unanswered = Some(hit.id);
        }
        assign(events, hit.id, at, kind);
    }
}

/// An answer since shows that the session was alive after all: what looked like its refusals were denials.
fn heal(events: &mut EventStore, draft: &mut Draft) {
    for (id, place) in draft.refusals.drain(..) {
        events.set_kind(id, EventKind::Denied);
        draft.forbidden.insert(place);
    }
}

/// Whether tokens given some time after a renewal was refused can only be those of a sign-in: who was refused has nothing
/// to renew by. Two renewals at once, of which one is refused, are answered in the same moment.
fn signs_in_anew(draft: &Draft, hit: &Hit, carried: &Carried) -> bool {
    const AT_ONCE: Nanos = 2 * SECOND;
    carried.exchange.is_none()
        && draft.clues.ended_by == Some(EndedBy::RenewalRefusal)
        && draft.dead.is_some_and(|(_, dead, _)| hit.time - dead > AT_ONCE)
}

fn assign(events: &mut EventStore, id: EventId, draft: usize, kind: EventKind) {
    events.set_kind(id, kind);
    events.set_session(id, SessionId(draft as u32));
}
