//! Operations that go by a name in the body, all at one path: GraphQL and JSON-RPC.

use super::{
    body::Fields,
    words::{self, Words},
};

/// The name of the operation, where one path serves them all and the body says which: `Unread`, `stock.list`.
pub(super) fn name(fields: &Fields) -> Option<&str> {
    let name = if fields.value("jsonrpc").is_some() { fields.value("method") } else { fields.value("operationName") };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
    name.filter(|name| !name.is_empty() && name.len() <= 60 && name.chars().all(plain))
}

/// Whether a request's fields ask to sign out: a GraphQL operation (its name, else the first field of its mutation) or a
/// JSON-RPC method (JSON-RPC 2.0, 4) of that name.
pub(super) fn signs_out(fields: &Fields) -> bool {
    let mut names: Vec<&str> = Vec::new();
    if let Some(query) = fields.value("query") {
        let query = query.trim_start();
        if !query.starts_with("mutation") {
            return false;
        }
        let first = query.split_once('{').map_or("", |(_, rest)| rest.trim_start());
        names.push(first.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or(""));
    }
    names.extend(fields.value("operationName"));
    if fields.value("jsonrpc").is_some() {
        names.extend(fields.value("method"));
    }
    names.into_iter().any(names_sign_out)
}

/// Why a page signed itself out, where it says so: `?reason=inactivity`, `{"reason": "idle"}`.
pub(super) fn why_signed_out(signs_out: bool, path: &str, query: &str, fields: &Fields, words: &mut Words) {
    let named = ["logout", "signout", "sign_out", "sign-out", "logoff", "session/close", "session/end"];
    if signs_out || named.iter().any(|word| path.contains(word)) {
        words::of_query(query, words);
        if let Some(reason) = fields.value("reason").or_else(|| fields.value("logoutReason")) {
            words.add_flagged(reason);
        }
    }
}

/// Whether a name says so of the caller's own session: `signOut`, `auth.logout`, not `logoutAllUsers`.
fn names_sign_out(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let of_others = ["other", "every", "admin", "users", "options", "url"].iter().any(|word| name.contains(word));
    let words = ["logout", "signout", "logoff", "endsession", "sessiondestroy", "destroysession"];
    !of_others && words.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_operation_that_signs_out_is_known_by_its_name() {
        for (body, expected) in [
            (json!({"operationName": "SignOut", "query": "mutation SignOut { signOut }"}), true),
            (json!({"query": "mutation { logoutUser { ok } }"}), true),
            (json!({"operationName": "LogoutOptions", "query": "query LogoutOptions { options }"}), false),
            (json!({"query": "mutation { logoutAllUsers }"}), false),
            (json!({"jsonrpc": "2.0", "id": 4, "method": "auth.logout", "params": {}}), true),
            (json!({"jsonrpc": "2.0", "id": 4, "method": "stock.list"}), false),
            (json!({"method": "logout"}), false),
        ] {
            assert_eq!(signs_out(&Fields::of_json(&body)), expected, "{body}");
        }
    }
}
