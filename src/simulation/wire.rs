//! One request as it went over the wire, with the truth about it that no capture shows.

use super::ending::Ending;
use crate::model::time::Nanos;

/// What a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A page that was navigated to.
    Document,
    /// Data that the page asked for.
    Fetch,
    /// A static file.
    Asset,
}

/// What an answer meant for the session, in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing.
    Beside,
    /// It began.
    SignedIn,
    /// It was let in.
    Accepted,
    /// It was kept alive by a renewal.
    Renewed,
    /// It was refused.
    Refused(Ending),
    /// Its renewal was refused.
    RenewalRefused(Ending),
    /// The user signed out.
    SignedOut,
    /// No answer came.
    Failed,
    /// The server behind was not there.
    Away,
    /// An administrator acted.
    Operated,
}

/// A cookie that an answer sets.
#[derive(Clone, Debug)]
pub(super) struct SetCookie {
    pub(super) name: &'static str,
    /// Empty where it is cleared.
    pub(super) value: String,
    /// When it runs out, by the server's clock.
    pub(super) expires: Option<Nanos>,
}

/// One request and its answer.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub(super) client: usize,
    pub(super) sent: Nanos,
    pub(super) served: Nanos,
    pub(super) answered: Nanos,
    pub(super) method: &'static str,
    pub(super) host: String,
    /// With its query.
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) cookies: Vec<(&'static str, String)>,
    pub(super) bearer: Option<String>,
    /// Media type and text.
    pub(super) form: Option<(&'static str, String)>,
    /// 0 where no answer came.
    pub(super) status: u16,
    pub(super) failure: Option<&'static str>,
    /// What the server logged where the client got no answer.
    pub(super) logged_status: Option<u16>,
    pub(super) set: Vec<SetCookie>,
    pub(super) location: Option<String>,
    pub(super) mime: &'static str,
    pub(super) body: String,
    pub(super) challenge: Option<String>,
    /// Whether the server (or the proxy before it) saw it.
    pub(super) logged: bool,
    pub(super) address: String,
    /// The session identifier that it carried, for logs.
    pub(super) sid: Option<String>,
    /// The user that the server took it for, for logs.
    pub(super) user: Option<String>,
    /// Of which session it was.
    pub(super) held: Option<usize>,
    pub(super) means: Meaning,
    /// Whether a person caused it.
    pub(super) by_person: bool,
    /// Whether its answer states the reason.
    pub(super) says: bool,
    /// How far the clock of its server is ahead.
    pub(super) server_ahead: Nanos,
    /// Runs out when, if it carries or brings a token that can be read or is given with its life.
    pub(super) token_until: Option<Nanos>,
}

impl Wire {
    /// Whether it shows that its session is in force. The client learns nothing of an answer that got lost.
    pub(super) fn is_alive(&self, seen_by_client: bool) -> bool {
        matches!(self.means, Meaning::SignedIn | Meaning::Accepted | Meaning::Renewed)
            && !(seen_by_client && self.failure.is_some())
    }
}
