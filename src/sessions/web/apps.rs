//! Which hosts of a capture belong to one app: the page, its API and its identity provider share credentials; a third party
//! does not.

use crate::model::{EventFlags, EventStore, SecretId, SourceId, Sym};
use hashbrown::HashMap;

/// Hosts joined into apps.
#[derive(Debug, Default)]
pub struct Apps {
    parent: HashMap<Sym, Sym>,
    own: HashMap<Sym, bool>,
}

impl Apps {
    /// Joins the hosts of one source's exchanges.
    pub fn of_source(events: &EventStore, source: SourceId) -> Self {
        let mut apps = Self::default();
        let mut token_home: HashMap<SecretId, Sym> = HashMap::new();
        let mut sites: HashMap<String, Sym> = HashMap::new();
        for exchange in &events.exchanges {
            let Some(id) = exchange.event else { continue };
            if events.span(id).source != source {
                continue;
            }
            let host = exchange.host;
            let own = apps.own.entry(host).or_default();
            *own |= events.get(id).flags.contains(EventFlags::NAVIGATION)
                || exchange.sends_password
                || exchange.tokens.iter().any(|token| !token.sent);
            apps.parent.entry(host).or_insert(host);
            if let Some(site) = site_of(events.symbols.resolve(host)) {
                let first = *sites.entry(site).or_insert(host);
                apps.join(first, host);
            }
            for token in &exchange.tokens {
                let home = *token_home.entry(token.value).or_insert(host);
                apps.join(home, host);
            }
            let bearer = exchange.tokens.iter().any(|token| token.sent);
            if bearer && exchange.origin.is_some() {
                apps.join(exchange.origin, host);
            }
            if exchange.redirect_host.is_some() && is_sign_in_hop(events, exchange.redirect_query) {
                apps.join(host, exchange.redirect_host);
            }
        }
        // A client that is no browser navigates nowhere: the servers it shows a credential are its own.
        if !apps.own.values().any(|&own| own) {
            for exchange in &events.exchanges {
                let ours = exchange.event.is_some_and(|id| events.span(id).source == source);
                if ours && (!exchange.cookies_sent.is_empty() || exchange.tokens.iter().any(|token| token.sent)) {
                    apps.own.insert(exchange.host, true);
                }
            }
        }
        apps
    }

    /// The host that stands for the app of `host`.
    pub fn app(&self, host: Sym) -> Sym {
        let mut at = host;
        while let Some(&up) = self.parent.get(&at) {
            if up == at {
                break;
            }
            at = up;
        }
        at
    }

    /// Whether the app of `host` is the person's own: something in it was navigated to, signed in or given tokens.
    pub fn is_own(&self, host: Sym) -> bool {
        let app = self.app(host);
        self.own.iter().any(|(&other, &own)| own && self.app(other) == app)
    }

    fn join(&mut self, one: Sym, other: Sym) {
        self.parent.entry(one).or_insert(one);
        self.parent.entry(other).or_insert(other);
        let (one, other) = (self.app(one), self.app(other));
        if one != other {
            self.parent.insert(other.max(one), one.min(other));
        }
    }
}

fn is_sign_in_hop(events: &EventStore, query: Sym) -> bool {
    events.symbols.resolve(query).split('&').any(|pair| {
        matches!(
            pair.split('=').next().unwrap_or(""),
            "redirect_uri"
                | "client_id"
                | "code"
                | "SAMLRequest"
                | "SAMLResponse"
                | "wtrealm"
                | "ticket"
                | "response_type"
        )
    })
}

/// The last two labels of a host's name (three below a short second level such as `co.uk`); none for an address.
fn site_of(host: &str) -> Option<String> {
    let name = host.split(':').next().unwrap_or(host);
    let labels: Vec<&str> = name.split('.').collect();
    if labels.len() < 2
        || labels.iter().all(|label| label.bytes().all(|byte| byte.is_ascii_digit()))
        || name.starts_with('[')
    {
        return None;
    }
    let short_second = labels.len() > 2 && labels[labels.len() - 2].len() <= 3 && labels[labels.len() - 1].len() == 2;
    let keep = if short_second { 3 } else { 2 };
    Some(labels[labels.len().saturating_sub(keep)..].join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_the_registered_name() {
        assert_eq!(site_of("api.bank.example:8443").as_deref(), Some("bank.example"));
        assert_eq!(site_of("app.shop.co.uk").as_deref(), Some("shop.co.uk"));
        assert_eq!(site_of("127.0.0.1:8080"), None);
        assert_eq!(site_of("localhost"), None);
    }
}
