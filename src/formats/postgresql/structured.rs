//! The two log formats with fields: `csvlog`, and `jsonlog` with what operators (`CloudNativePG`) wrap around it.

use super::{Record, message::Severity, prefix::zoned};
use crate::formats::{
    lines::{cut, number},
    timestamp::Stamps,
};
use serde::Deserialize;
use std::borrow::Cow;

/// A line of `csvlog`: `log_time,user_name,database_name,process_id,connection_from,session_id,…,error_severity,
/// sql_state_code,message,…`.
pub(super) fn csv<'a>(line: &'a [u8], stamps: &mut Stamps) -> Option<Record<'a>> {
    const FIELDS: usize = 14;
    let stamp = zoned(line, stamps)?;
    if line.get(stamp.len) != Some(&b',') {
        return None;
    }
    let mut fields: [&[u8]; FIELDS] = [&[]; FIELDS];
    let mut rest = line;
    for (at, slot) in fields.iter_mut().enumerate() {
        // A message of several lines is cut off here; its first line is enough.
        let (field, behind) = csv_field(rest)?;
        *slot = field;
        rest = behind;
        if rest.is_empty() && at + 1 < FIELDS {
            return None;
        }
    }
    let [_, user, _, pid, from, session, _, _, began, _, _, severity, state, message] = fields;
    let severity = Severity::of(severity)?;
    let (pid, _) = number(pid)?;
    let client = match from {
        b"[local]" => b"local",
        from => from.iter().rposition(|&byte| byte == b':').and_then(|at| from.get(..at)).unwrap_or(from),
    };
    let began = zoned(began, stamps);
    Some(Record { stamp, server: &[], pid, session, user, client, severity, state, message, began })
}

/// The next field, without its quotes, and what stands behind its comma.
fn csv_field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        return Some(cut(text, b",").unwrap_or((text, &[])));
    };
    let mut at = 0;
    loop {
        let Some(end) = memchr::memchr(b'"', quoted.get(at..)?).map(|end| at + end) else {
            return Some((quoted, &[]));
        };
        match quoted.get(end + 1) {
            Some(b'"') => at = end + 2,
            Some(b',') => return Some((quoted.get(..end)?, quoted.get(end + 2..)?)),
            _ => return Some((quoted.get(..end)?, &[])),
        }
    }
}

/// Whether a line is a JSON object of `jsonlog` or of a wrapper around it.
pub(super) fn json_is_ours(line: &[u8]) -> bool {
    line.first() == Some(&b'{') && Json::parse(line).is_some_and(|json| json.inner().is_some())
}

/// A line of `jsonlog`, or a wrapper around one.
#[derive(Debug, Deserialize)]
pub(super) struct Json<'a> {
    #[serde(borrow, default)]
    record: Option<Fields<'a>>,
    #[serde(borrow, default)]
    logging_pod: Option<Cow<'a, str>>,
    #[serde(borrow, flatten)]
    own: Option<Fields<'a>>,
}

#[derive(Debug, Default, Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default, alias = "log_time")]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow, default, alias = "user_name")]
    user: Option<Cow<'a, str>>,
    #[serde(default, alias = "process_id")]
    pid: Option<serde_json::Value>,
    #[serde(borrow, default, alias = "connection_from")]
    remote_host: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    session_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, alias = "session_start_time")]
    session_start: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    error_severity: Option<Cow<'a, str>>,
    #[serde(borrow, default, alias = "sql_state_code")]
    state_code: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    message: Option<Cow<'a, str>>,
}

impl<'a> Json<'a> {
    /// `None` if it is no JSON object.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    fn inner(&self) -> Option<&Fields<'a>> {
        let ours = |fields: &&Fields<'a>| fields.error_severity.is_some() && fields.timestamp.is_some();
        self.record.as_ref().filter(ours).or(self.own.as_ref().filter(ours))
    }

    /// The record in it; `None` where it has none, as the lines of the operator itself.
    pub(super) fn record(&self, stamps: &mut Stamps) -> Option<Record<'_>> {
        let fields = self.inner()?;
        let stamp = zoned(of(fields.timestamp.as_ref()), stamps)?;
        let pid = match &fields.pid {
            Some(serde_json::Value::Number(pid)) => pid.as_u64().and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0),
            Some(serde_json::Value::String(pid)) => pid.parse().unwrap_or(0),
            _ => 0,
        };
        let from = of(fields.remote_host.as_ref());
        let client = match from {
            b"[local]" => b"local",
            from if memchr::memchr_iter(b':', from).count() == 1 => cut(from, b":").map_or(from, |(host, _)| host),
            from => from,
        };
        Some(Record {
            stamp,
            server: of(self.logging_pod.as_ref()),
            pid,
            session: of(fields.session_id.as_ref()),
            user: of(fields.user.as_ref()),
            client,
            severity: Severity::of(of(fields.error_severity.as_ref())).unwrap_or(Severity::Other),
            state: of(fields.state_code.as_ref()),
            message: of(fields.message.as_ref()),
            began: zoned(of(fields.session_start.as_ref()), stamps),
        })
    }
}

fn of<'s>(field: Option<&'s Cow<'_, str>>) -> &'s [u8] {
    field.map_or(&[], |text| text.as_bytes())
}
