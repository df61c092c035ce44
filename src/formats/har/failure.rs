//! Why a request got no answer, from what browsers and proxies write.

use super::raw::RawEntry;
use crate::model::Failure;

/// Words of Chromium, Firefox, `WebKit`, mitmproxy and operating systems, and what they come down to. The first match counts.
const WORDS: &[(&str, Failure)] = &[
    ("internet_disconnected", Failure::Offline),
    ("network_changed", Failure::Offline),
    ("name_not_resolved", Failure::Offline),
    ("name_resolution_failed", Failure::Offline),
    ("address_unreachable", Failure::Offline),
    ("network_io_suspended", Failure::Offline),
    ("dns_", Failure::Offline),
    ("unknown_host", Failure::Offline),
    ("error_offline", Failure::Offline),
    ("name or service not known", Failure::Offline),
    ("nodename nor servname", Failure::Offline),
    ("appears to be offline", Failure::Offline),
    ("network is unreachable", Failure::Offline),
    ("no route to host", Failure::Offline),
    ("timed_out", Failure::TimedOut),
    ("timed out", Failure::TimedOut),
    ("timeout", Failure::TimedOut),
    ("blocked", Failure::Blocked),
    ("network_access_denied", Failure::Blocked),
    ("cors", Failure::Blocked),
    ("proxy_connection", Failure::Dropped),
    ("connection_refused", Failure::Refused),
    ("econnrefused", Failure::Refused),
    ("connection_reset", Failure::Dropped),
    ("connection_closed", Failure::Dropped),
    ("connection_aborted", Failure::Dropped),
    ("connection_failed", Failure::Dropped),
    ("empty_response", Failure::Dropped),
    ("net_reset", Failure::Dropped),
    ("net_interrupt", Failure::Dropped),
    ("socket_not_connected", Failure::Dropped),
    ("connection refused", Failure::Refused),
    ("connection reset", Failure::Dropped),
    ("connect call failed", Failure::Refused),
    ("could not connect", Failure::Dropped),
    ("server disconnected", Failure::Dropped),
    ("server closed", Failure::Dropped),
    ("connection closed", Failure::Dropped),
    ("err_aborted", Failure::Aborted),
    ("binding_aborted", Failure::Aborted),
    ("aborted", Failure::Aborted),
    ("cancel", Failure::Aborted),
    ("client disconnected", Failure::Aborted),
    ("connection killed", Failure::Aborted),
    ("err_failed", Failure::Blocked),
    ("fiddler - dns", Failure::Offline),
    ("fiddler - ", Failure::Dropped),
];

/// Whether the answer is not the server's: Fiddler answers for a server that it can't reach, and says so in the reason phrase
/// ("502 Fiddler - Connection Failed").
pub(super) fn is_proxys_own(entry: &RawEntry<'_>) -> bool {
    entry.response.status_text.get().starts_with("Fiddler - ")
}

/// The status that a server answered a WebSocket handshake with, where the entry has none: Chromium and `WebKit` count any
/// answer but 101 as a failed connection and put the status into the reason. The network and the server were there.
pub(super) fn handshake_status(entry: &RawEntry<'_>) -> Option<u16> {
    let texts = [entry.response.failure_text.get(), entry.response.error.get(), entry.error.get()];
    texts.into_iter().find_map(|text| {
        let at = text.to_ascii_lowercase().find("unexpected response code")?;
        let digits: String = text.get(at..)?.chars().skip_while(|c| !c.is_ascii_digit()).take(3).collect();
        digits.parse().ok().filter(|status| (200..600).contains(status))
    })
}

/// The failure of an entry that has no answer.
pub(super) fn of(entry: &RawEntry<'_>) -> Failure {
    let reason = if is_proxys_own(entry) { entry.response.status_text.get() } else { "" };
    let texts = [entry.response.failure_text.get(), entry.response.error.get(), entry.error.get(), reason];
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        let text = text.chars().take(300).collect::<String>().to_ascii_lowercase();
        if let Some((_, failure)) = WORDS.iter().find(|(word, _)| text.contains(word)) {
            return *failure;
        }
    }
    if entry.was_aborted.is_yes() { Failure::Aborted } else { Failure::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::har::raw::with_entry;

    #[test]
    fn a_handshake_that_was_answered_with_a_status_has_that_status() {
        let refused = r#"{"response":{"status":-1,"_failureText":"Error during WebSocket handshake: Unexpected response code: 403"}}"#;
        assert_eq!(with_entry(refused.as_bytes(), handshake_status), Ok(Some(403)));
        let lost = r#"{"response":{"status":-1,"_failureText":"net::ERR_INTERNET_DISCONNECTED"}}"#;
        assert_eq!(with_entry(lost.as_bytes(), handshake_status), Ok(None));
    }

    #[test]
    fn words_of_every_producer_come_down_to_a_failure() {
        for (json, wanted) in [
            (r#"{"response":{"status":502,"statusText":"Fiddler - DNS Lookup Failed"}}"#, Failure::Offline),
            (r#"{"response":{"status":504,"statusText":"Fiddler - Receive Failure"}}"#, Failure::Dropped),
            (r#"{"response":{"status":0,"_error":"net::ERR_INTERNET_DISCONNECTED"}}"#, Failure::Offline),
            (r#"{"response":{"status":-1,"_failureText":"net::ERR_CONNECTION_REFUSED"}}"#, Failure::Refused),
            (r#"{"response":{"status":0,"_error":"net::ERR_CONNECTION_RESET"}}"#, Failure::Dropped),
            (r#"{"response":{"status":0,"_error":"net::ERR_PROXY_CONNECTION_FAILED"}}"#, Failure::Dropped),
            (r#"{"response":{"status":0,"_error":"net::ERR_BLOCKED_BY_CLIENT"}}"#, Failure::Blocked),
            (r#"{"response":{"status":0,"_error":"net::ERR_FAILED"}}"#, Failure::Blocked),
            (r#"{"response":{"status":0},"_error":{"code":5,"message":"Connection timed out"}}"#, Failure::TimedOut),
            (r#"{"_wasAborted":true}"#, Failure::Aborted),
            (r#"{"response":{"_failureText":"NS_BINDING_ABORTED"}}"#, Failure::Aborted),
            (r#"{"response":{"_error":"net::ERR_CONNECTION_TIMED_OUT"}}"#, Failure::TimedOut),
            (r#"{"response":{"status":0}}"#, Failure::Unknown),
        ] {
            assert_eq!(with_entry(json.as_bytes(), of), Ok(wanted), "{json}");
        }
    }
}
