//! What a server logs of its requests.

use super::wire::{Kind, Wire};
use crate::model::time::{Nanos, timestamp_from_nanos};
use serde_json::json;
use std::fmt::Write as _;

/// How a server writes its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogStyle {
    /// The combined format, which names no session.
    Combined,
    /// The combined format with the session's identifier behind.
    CombinedWithSession,
    /// One JSON object a request, with the session's identifier and the user.
    Json,
}

impl LogStyle {
    /// The name of the format in labels.
    pub(super) fn format(self) -> &'static str {
        match self {
            Self::Combined => "combined",
            Self::CombinedWithSession => "combined-sid",
            Self::Json => "json-requests",
        }
    }
}

/// The log of these requests, in the order in which they were answered.
pub(super) fn write(wires: &mut [&Wire], style: LogStyle, agent_of: impl Fn(usize) -> &'static str) -> Vec<u8> {
    wires.sort_by_key(|wire| wire.served);
    let mut text = String::new();
    for wire in wires.iter() {
        line(wire, style, agent_of(wire.client), &mut text);
    }
    text.into_bytes()
}

fn line(wire: &Wire, style: LogStyle, agent: &str, text: &mut String) {
    let status = wire.logged_status.unwrap_or(wire.status);
    let (at, sid) = (timestamp_from_nanos(wire.served), wire.sid.as_deref().unwrap_or("-"));
    let size = if wire.body.is_empty() { 0 } else { wire.body.len() };
    let Wire { address, method, path, .. } = wire;
    // Writing into a string can't fail.
    let _ = if style == LogStyle::Json {
        let line = json!({
            "time": format!("{at:.3}"), "remote_addr": address, "method": method, "uri": path, "status": status,
            "bytes": size, "request_time": (wire.answered - wire.sent) as f64 / 1e9, "user_agent": agent,
            "session_id": if sid == "-" { "" } else { sid }, "user": wire.user.as_deref().unwrap_or(""),
        });
        writeln!(text, "{line}")
    } else {
        let referer = if wire.kind == Kind::Asset { "https://app/" } else { "-" };
        let behind = if style == LogStyle::CombinedWithSession { format!(" sid={sid}") } else { String::new() };
        let at = at.strftime("%d/%b/%Y:%H:%M:%S +0000");
        writeln!(
            text,
            "{address} - - [{at}] \"{method} {path} HTTP/1.1\" {status} {size} \"{referer}\" \"{agent}\"{behind}"
        )
    };
}

/// Requests that the server or its proxy saw, from `from` on.
pub(super) fn seen(wires: &[Wire], from: Nanos) -> Vec<&Wire> {
    wires.iter().filter(|wire| wire.logged && wire.served >= from).collect()
}
