//! What happens, in order of time: people and their apps ask, the server answers, and trouble comes.

use super::{
    client::Client,
    ending::Ending,
    look::{Build, Look},
    policy::Credential,
    random::Random,
    server::Server,
    wire::{Kind, Meaning, Wire},
};
use crate::model::time::{MILLISECOND, Nanos, SECOND, TimeRange};
use std::collections::BTreeMap;

/// Something that happens at its time. Clients and users are numbered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    SignIn(usize),
    /// The person does something, unless the epoch has passed.
    Act(usize, u32),
    Poll(usize, u32),
    Renew(usize, u32),
    Leave(usize),
    Return(usize),
    Sleep(usize),
    Wake(usize),
    Offline(usize),
    Online(usize),
    /// To another network.
    Move(usize),
    /// Loses its credential.
    Drop(usize),
    /// Loads a new version of the app.
    Update(usize),
    CopyTab(usize),
    UseCopy(usize),
    LoseAnswer(usize),
    SignOut(usize),
    /// The server restarts and is away for so long; `true` behind a proxy that answers for it.
    Restart(Nanos, bool),
    /// The server is away for so long and loses nothing.
    Outage(Nanos, bool),
    ChangeKey,
    /// Someone guesses this user's password until the account is locked, from this client.
    Lock(usize, usize),
    /// An operator ends this user's sessions, through the app from this client, if any.
    Revoke(usize, Option<usize>),
}

/// What a request is for.
#[derive(Clone, Debug)]
pub(super) enum What {
    Page,
    Data,
    Poll,
    Shell,
    SignInPage,
    SignIn {
        right: bool,
    },
    SignOut,
    Renew(String),
    Asset,
    Third,
    /// A request that the user has no right to, or one that a check against forgery stops, or for nothing: the status.
    Denied(u16),
    Operate,
}

/// A request that a client makes.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) form: Option<(&'static str, String)>,
    pub(super) by_person: bool,
    pub(super) what: What,
}

/// Everything at work, and what it has left behind.
#[derive(Debug)]
pub(super) struct World {
    pub(super) random: Random,
    pub(super) look: Look,
    pub(super) server: Server,
    pub(super) clients: Vec<Client>,
    pub(super) users: Vec<String>,
    pub(super) wires: Vec<Wire>,
    pub(super) from: Nanos,
    pub(super) until: Nanos,
    queue: BTreeMap<(Nanos, u32), Step>,
    planned: u32,
    pub(super) down: Option<(Nanos, bool)>,
}

impl World {
    pub(super) fn new(random: Random, look: Look, server: Server, from: Nanos, until: Nanos) -> Self {
        Self {
            random,
            look,
            server,
            clients: Vec::new(),
            users: Vec::new(),
            wires: Vec::new(),
            from,
            until,
            queue: BTreeMap::new(),
            planned: 0,
            down: None,
        }
    }

    /// Plans a step; what lies after the end does not happen.
    pub(super) fn plan(&mut self, at: Nanos, step: Step) {
        if at < self.until {
            self.planned += 1;
            self.queue.insert((at, self.planned), step);
        }
    }

    /// Lets everything happen.
    pub(super) fn run(&mut self) {
        while let Some(((at, _), step)) = self.queue.pop_first() {
            self.step(at, step);
        }
        self.wires.sort_by_key(|wire| wire.sent);
    }

    fn step(&mut self, at: Nanos, step: Step) {
        match step {
            Step::SignIn(who) => self.sign_in(who, at),
            Step::Act(who, epoch) => self.act(who, epoch, at),
            Step::Poll(who, epoch) => self.poll(who, epoch, at),
            Step::Renew(who, epoch) => self.renew_in_time(who, epoch, at),
            Step::Leave(who) => self.clients[who].present = false,
            Step::Return(who) => self.come_back(who, at),
            Step::Sleep(who) => self.sleep(who, at),
            Step::Wake(who) => self.wake(who, at),
            Step::Offline(who) => {
                self.clients[who].online = false;
                self.clients[who].offline.push(TimeRange::new(at, at));
            }
            Step::Online(who) => {
                self.clients[who].online = true;
                if let Some(range) = self.clients[who].offline.last_mut() {
                    range.until = at;
                }
            }
            Step::Move(who) => {
                self.clients[who].address = format!(
                    "100.{}.{}.{}",
                    self.random.count(64, 99),
                    self.random.count(0, 255),
                    self.random.count(1, 254)
                );
            }
            Step::Drop(who) => {
                self.clients[who].forget();
                self.clients[who].dropped = true;
            }
            Step::Update(who) => self.update(who, at),
            Step::CopyTab(who) => self.clients[who].copied = self.clients[who].refresh.clone(),
            Step::UseCopy(who) => self.use_copy(who, at),
            Step::LoseAnswer(who) => {
                self.clients[who].loses_answer = true;
                if let Some((_, until)) = &mut self.clients[who].access {
                    *until = at;
                }
                let token = self.clients[who].refresh.clone();
                if let Some(token) = token {
                    self.renew(who, token, at);
                }
            }
            Step::SignOut(who) => self.sign_out(who, at),
            Step::Restart(away, proxied) => {
                if self.server.policy.in_memory && self.server.policy.credential == Credential::StoredSession {
                    self.server.end_all(Ending::ServerRestart, at, |_| true);
                }
                self.down = Some((at + away, proxied));
            }
            Step::Outage(away, proxied) => self.down = Some((at + away, proxied)),
            Step::ChangeKey => self.server.change_key(at),
            Step::Lock(user, who) => self.guess(user, who, at),
            Step::Revoke(user, operator) => self.revoke(user, operator, at),
        }
    }

    // People.

    fn sign_in(&mut self, who: usize, at: Nanos) {
        let client = &self.clients[who];
        if client.signed || !client.awake || !client.online {
            return;
        }
        let mut now = at;
        let page = Ask::page(self.look.sign_in_page, What::SignInPage);
        now = self.send(who, now, &page).1;
        self.assets(who, now);
        now += self.random.between(4 * SECOND, 20 * SECOND);
        if self.random.chance(0.1) {
            now = self.send(who, now, &self.credentials(who, false)).1 + self.random.between(4 * SECOND, 12 * SECOND);
        }
        let (means, answered) = self.send(who, now, &self.credentials(who, true));
        if means != Meaning::SignedIn {
            if matches!(means, Meaning::Away | Meaning::Failed) {
                let later = self.random.between(20 * SECOND, 50 * SECOND);
                self.plan(answered + later, Step::SignIn(who));
            }
            return;
        }
        let client = &mut self.clients[who];
        client.signed = true;
        client.dropped = false;
        client.updated = false;
        client.epoch += 1;
        client.present = true;
        client.open = true;
        let (epoch, poll, pace) = (client.epoch, client.poll, client.pace);
        self.open_page(who, answered + 30 * MILLISECOND, true);
        let wait = self.random.waiting(pace);
        self.plan(answered + 2 * SECOND + wait, Step::Act(who, epoch));
        if poll > 0 {
            self.plan(answered + poll, Step::Poll(who, epoch));
        }
        self.plan_renewal(who);
    }

    fn credentials(&self, who: usize, right: bool) -> Ask {
        let user = &self.users[self.clients[who].user];
        let secret = if right { "correct-horse-9" } else { "correct-hrose" };
        let form = if self.look.build == Build::Pages {
            ("application/x-www-form-urlencoded", format!("{}={user}&password={secret}", self.look.user_field))
        } else {
            ("application/json", format!("{{\"{}\":\"{user}\",\"password\":\"{secret}\"}}", self.look.user_field))
        };
        let kind = if self.look.build == Build::Pages { Kind::Document } else { Kind::Fetch };
        let path = self.look.sign_in_post.to_owned();
        Ask { method: "POST", path, kind, form: Some(form), by_person: true, what: What::SignIn { right } }
    }

    /// One act of a person: a page or some data, sometimes with what goes along and means nothing.
    fn act(&mut self, who: usize, epoch: u32, at: Nanos) {
        let client = &self.clients[who];
        if client.epoch != epoch || !client.signed || !client.present || !client.awake {
            return;
        }
        let pace = client.pace;
        self.beside(who, at);
        let (means, answered) = self.open_page(who, at, false);
        if self.clients[who].epoch != epoch {
            return;
        }
        let wait = match means {
            Meaning::Failed | Meaning::Away => self.random.between(8 * SECOND, 30 * SECOND),
            _ => self.random.waiting(pace),
        };
        self.plan(answered + wait, Step::Act(who, epoch));
    }

    /// Opens a page, or has the app ask for data; `first` after signing in.
    fn open_page(&mut self, who: usize, at: Nanos, first: bool) -> (Meaning, Nanos) {
        if self.look.build == Build::Pages {
            let writes = !first && self.random.chance(0.1);
            let path = if writes {
                self.look.writes
            } else if first {
                self.look.pages[0]
            } else {
                self.random.pick(&self.look.pages.clone())
            };
            let ask = Ask {
                method: if writes { "POST" } else { "GET" },
                form: writes.then(|| ("application/x-www-form-urlencoded", "note=ok".to_owned())),
                ..Ask::page(path, What::Page)
            };
            let (means, answered) = self.send(who, at, &ask);
            if matches!(means, Meaning::Accepted) {
                self.assets(who, answered);
            }
            return self.settle(who, means, answered);
        }
        let mut now = at;
        if first || self.random.chance(0.15) {
            let page = Ask::page(self.look.pages[0], What::Shell);
            now = self.send(who, now, &page).1 + 40 * MILLISECOND;
            self.assets(who, now);
        }
        let mut last = (Meaning::Beside, now);
        for _ in 0..self.random.count(1, 3) {
            let ask = self.data_ask();
            last = self.ask_data(who, now, &ask);
            now = last.1 + self.random.between(5 * MILLISECOND, 300 * MILLISECOND);
            if !self.clients[who].signed {
                break;
            }
        }
        last
    }

    fn data_ask(&mut self) -> Ask {
        if self.look.build == Build::Graph {
            let name = self.random.pick(&["Orders", "Customers", "TicketList", "Viewer", "Board"]);
            let form = format!("{{\"operationName\":\"{name}\",\"query\":\"query {name} {{ id }}\"}}");
            return Ask {
                method: "POST",
                path: "/graphql".to_owned(),
                kind: Kind::Fetch,
                form: Some(("application/json", form)),
                by_person: true,
                what: What::Data,
            };
        }
        let writes = self.random.chance(0.12);
        let path = if writes { self.look.writes } else { self.random.pick(&self.look.data.clone()) };
        let form = writes.then(|| ("application/json", "{\"note\":\"ok\"}".to_owned()));
        Ask {
            method: if writes { "POST" } else { "GET" },
            path: path.to_owned(),
            kind: Kind::Fetch,
            form,
            by_person: true,
            what: What::Data,
        }
    }

    /// Asks for data; a token that has run out is renewed and the request sent once more.
    fn ask_data(&mut self, who: usize, at: Nanos, ask: &Ask) -> (Meaning, Nanos) {
        let (means, answered) = self.send(who, at, ask);
        let renewable = matches!(means, Meaning::Refused(_)) && !self.server.policy.split_workers;
        if renewable && let Some(token) = self.clients[who].refresh.clone() {
            let (renewed, answered) = self.renew(who, token, answered + 10 * MILLISECOND);
            return match renewed {
                Meaning::Renewed => self.send(who, answered + 10 * MILLISECOND, ask),
                other => (other, answered),
            };
        }
        self.settle(who, means, answered)
    }

    /// Follows a refusal to the sign-in page, and back in.
    fn settle(&mut self, who: usize, means: Meaning, answered: Nanos) -> (Meaning, Nanos) {
        if !matches!(means, Meaning::Refused(_) | Meaning::RenewalRefused(_)) || self.server.policy.split_workers {
            return (means, answered);
        }
        let client = &mut self.clients[who];
        client.signed = false;
        client.epoch += 1;
        if self.server.policy.credential == Credential::Tokens {
            client.forget();
        }
        client.refusals += 1;
        let returns = client.returns && client.refusals <= 4 && !self.server.is_locked(client.user);
        let mut now = answered;
        if self.look.build == Build::Pages || self.random.chance(0.7) {
            let mut page = Ask::page(self.look.sign_in_page, What::SignInPage);
            if let Some(target) = self.wires.last().and_then(|wire| wire.location.clone()) {
                page.path = target;
            }
            now = self.send(who, now + 20 * MILLISECOND, &page).1;
        }
        if returns {
            let later = self.random.between(15 * SECOND, 150 * SECOND);
            self.plan(now + later, Step::SignIn(who));
        }
        (means, now)
    }

    fn sign_out(&mut self, who: usize, at: Nanos) {
        if !self.clients[who].signed || !self.clients[who].awake {
            return;
        }
        let (method, path) = self.look.sign_out;
        let page = self.look.build == Build::Pages;
        let kind = if page { Kind::Document } else { Kind::Fetch };
        let ask = Ask { method, path: path.to_owned(), kind, form: None, by_person: true, what: What::SignOut };
        let (means, answered) = self.send(who, at, &ask);
        if means == Meaning::SignedOut {
            let client = &mut self.clients[who];
            client.forget();
            client.signed = false;
            client.epoch += 1;
            let page = Ask::page(self.look.sign_in_page, What::SignInPage);
            self.send(who, answered + 20 * MILLISECOND, &page);
        }
    }

    fn come_back(&mut self, who: usize, at: Nanos) {
        self.clients[who].present = true;
        let epoch = self.clients[who].epoch;
        self.plan(at, Step::Act(who, epoch));
    }

    // Their apps.

    fn poll(&mut self, who: usize, epoch: u32, at: Nanos) {
        let client = &self.clients[who];
        if client.epoch != epoch || !client.signed || !client.awake {
            return;
        }
        let poll = client.poll;
        if client.open {
            let ask = Ask {
                method: "GET",
                path: self.look.poll.to_owned(),
                kind: Kind::Fetch,
                form: None,
                by_person: false,
                what: What::Poll,
            };
            self.ask_data(who, at, &ask);
        }
        if self.clients[who].epoch == epoch {
            let next = self.random.near(poll, 0.01);
            self.plan(at + next, Step::Poll(who, epoch));
        }
    }

    fn plan_renewal(&mut self, who: usize) {
        let client = &self.clients[who];
        if let (Some((_, until)), true, true) = (&client.access, client.refresh.is_some(), client.margin > 0) {
            let (at, epoch) = (until - client.margin, client.epoch);
            self.plan(at, Step::Renew(who, epoch));
        }
    }

    fn renew_in_time(&mut self, who: usize, epoch: u32, at: Nanos) {
        let client = &self.clients[who];
        if client.epoch != epoch || !client.signed || !client.awake {
            return;
        }
        if let Some(token) = client.refresh.clone() {
            let (means, answered) = self.renew(who, token, at);
            if means == Meaning::Failed {
                let later = self.random.between(10 * SECOND, 40 * SECOND);
                self.plan(answered + later, Step::Renew(who, epoch));
            }
        }
    }

    fn renew(&mut self, who: usize, token: String, at: Nanos) -> (Meaning, Nanos) {
        let form = if self.look.renew_form {
            (
                "application/x-www-form-urlencoded",
                format!("grant_type=refresh_token&client_id=web&refresh_token={token}"),
            )
        } else {
            ("application/json", format!("{{\"refreshToken\":\"{token}\"}}"))
        };
        let path = self.look.renew.to_owned();
        let ask = Ask {
            method: "POST",
            path,
            kind: Kind::Fetch,
            form: Some(form),
            by_person: false,
            what: What::Renew(token),
        };
        let (means, answered) = self.send(who, at, &ask);
        if means == Meaning::Renewed {
            self.plan_renewal(who);
        }
        self.settle(who, means, answered)
    }

    fn sleep(&mut self, who: usize, at: Nanos) {
        self.clients[who].awake = false;
        self.clients[who].asleep.push(TimeRange::new(at, at));
    }

    /// Everything that waited goes off at once.
    fn wake(&mut self, who: usize, at: Nanos) {
        let client = &mut self.clients[who];
        client.awake = true;
        client.online = true;
        if let Some(range) = client.asleep.last_mut() {
            range.until = at;
        }
        let (epoch, signed, polls, present) = (client.epoch, client.signed, client.poll > 0, client.present);
        if !signed {
            return;
        }
        if polls {
            self.plan(at + 100 * MILLISECOND, Step::Poll(who, epoch));
        }
        if self.clients[who].margin > 0 {
            self.plan(at + 50 * MILLISECOND, Step::Renew(who, epoch));
        }
        if present {
            self.plan(at + 3 * SECOND, Step::Act(who, epoch));
        }
    }

    fn use_copy(&mut self, who: usize, at: Nanos) {
        if let Some(token) = self.clients[who].copied.take().filter(|_| self.clients[who].signed) {
            self.renew(who, token, at);
        }
    }

    /// The page is loaded anew, in a version that keeps its sessions elsewhere.
    fn update(&mut self, who: usize, at: Nanos) {
        self.look.assets = self.random.hex(8);
        if !self.clients[who].signed {
            return;
        }
        self.clients[who].forget();
        self.clients[who].updated = true;
        let page = Ask::page(self.look.pages[0], What::Shell);
        let (_, answered) = self.send(who, at, &page);
        self.script(who, answered + 20 * MILLISECOND);
        let ask = self.data_ask();
        self.ask_data(who, answered + 200 * MILLISECOND, &ask);
    }

    // What goes along.

    fn assets(&mut self, who: usize, at: Nanos) {
        if self.random.chance(0.35) {
            self.script(who, at + 15 * MILLISECOND);
        }
        if self.random.chance(0.15) {
            self.send(who, at + 18 * MILLISECOND, &Ask::asset("/favicon.ico".to_owned()));
        }
    }

    fn script(&mut self, who: usize, at: Nanos) {
        let path = format!("/assets/main.{}.js", self.look.assets);
        self.send(who, at, &Ask::asset(path));
    }

    /// Requests that look like trouble and are none of the session's.
    fn beside(&mut self, who: usize, at: Nanos) {
        if self.random.chance(0.06) {
            let ask = Ask { kind: Kind::Fetch, what: What::Third, ..Ask::page("/collect", What::Third) };
            self.send(who, at, &ask);
        }
        if self.random.chance(0.03) {
            let (status, path) = match self.random.count(0, 2) {
                0 => (403, self.look.forbidden),
                1 => (if self.random.chance(0.5) { 403 } else { 422 }, self.look.writes),
                _ => (404, "/api/avatars/17"),
            };
            let method = if status == 422 { "POST" } else { "GET" };
            let ask = Ask {
                method,
                path: path.to_owned(),
                kind: Kind::Fetch,
                form: None,
                by_person: true,
                what: What::Denied(status),
            };
            self.send(who, at + 5 * MILLISECOND, &ask);
        }
    }

    // Trouble.

    fn guess(&mut self, user: usize, who: usize, at: Nanos) {
        let mut now = at;
        for _ in 0..5 {
            let mut ask = self.credentials(who, false);
            ask.by_person = false;
            now = self.send(who, now, &ask).1 + self.random.between(SECOND, 6 * SECOND);
        }
        self.server.lock(user, now);
        let ask = self.credentials(who, false);
        self.send(who, now + SECOND, &ask);
    }

    fn revoke(&mut self, user: usize, operator: Option<usize>, at: Nanos) {
        let mut now = at;
        if let Some(who) = operator {
            let path = self.look.revoke_path.replace("{user}", &self.users[user]);
            let form = Some(("application/x-www-form-urlencoded", format!("user={}", self.users[user])));
            let ask = Ask { method: "POST", path, kind: Kind::Fetch, form, by_person: true, what: What::Operate };
            now = self.send(who, at, &ask).1;
        }
        self.server.end_all(Ending::Revoked, now, |held| held.user == user);
    }
}

impl Ask {
    fn page(path: &str, what: What) -> Self {
        Self { method: "GET", path: path.to_owned(), kind: Kind::Document, form: None, by_person: true, what }
    }

    fn asset(path: String) -> Self {
        Self { method: "GET", path, kind: Kind::Asset, form: None, by_person: false, what: What::Asset }
    }
}
