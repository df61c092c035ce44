//! `lapsed.analysis/1`: the inspection as one JSON object. Fields may be added; those here keep their names.
//!
//! These structs are the promise; the model may change beneath them.

use super::{
    policy_json::{ComparisonOut, ContradictionOut, PolicyOut},
    tokens::{self, RenewalOut, TokenOut},
};
use crate::{
    inspection::Inspection,
    model::{
        EventId, Explanation, KeyValue, Nanos, Position, Recognised, Session, SessionId, SessionKey, SourceReport,
        State, Usual, time::rfc3339_from_nanos,
    },
};
use rayon::prelude::*;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// Sessions that are put into words together, by one core.
const TOGETHER: usize = 512;
/// How many such groups are in the works before they are written.
const AHEAD: usize = 16;

/// Writes the inspection, each item of a list on a line of its own. The summary leaves out the list of sessions and adds
/// counts by cause.
pub fn write(inspection: &Inspection, summary: bool, show_secrets: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    write!(out, "{{\"schema\":\"lapsed.analysis/1\"")?;
    list(&mut out, "sources", inspection.sources.iter().map(source))?;
    if summary {
        write!(out, ",\n\"summary\":")?;
        serde_json::to_writer(&mut out, &counts(inspection))?;
    } else {
        write_sessions(&View { inspection, show_secrets }, &mut out)?;
    }
    let proofs = &inspection.events.proofs;
    if !proofs.keys.is_empty() || !proofs.problems.is_empty() {
        let keys = proofs.keys.iter().map(|key| KeyFileOut {
            file: &key.file,
            key_id: key.key_id.as_deref(),
            kind: Some(key.kind),
            warning: None,
        });
        let unused = proofs.problems.iter().map(|problem| KeyFileOut {
            file: &problem.file,
            key_id: None,
            kind: None,
            warning: Some(&problem.message),
        });
        list(&mut out, "keys", keys.chain(unused))?;
    }
    let findings = proofs.findings.iter().map(|finding| TokenFindingOut {
        kind: finding.kind,
        headline: &finding.headline,
        events: finding.events.iter().map(|&EventId(event)| event).collect(),
        records: records(inspection, &finding.events),
    });
    list(&mut out, "token_findings", findings)?;
    let names = |ids: &[SessionId]| ids.iter().map(|&id| name_of(id)).collect();
    let incidents = inspection.incidents.iter().map(|incident| IncidentOut {
        kind: incident.kind.id(),
        from: rfc3339_from_nanos(incident.range.from),
        until: rfc3339_from_nanos(incident.range.until),
        sessions: names(&incident.sessions),
        headline: &incident.headline,
    });
    list(&mut out, "incidents", incidents)?;
    let patterns = inspection.patterns.iter().map(|pattern| PatternOut {
        kind: pattern.kind.id(),
        sessions: names(&pattern.sessions),
        headline: &pattern.headline,
        events: pattern.events.iter().map(|&EventId(event)| event).collect(),
    });
    list(&mut out, "patterns", patterns)?;
    let accounts = inspection.accounts.iter().map(|account| AccountOut {
        user: account.user.as_deref(),
        kind: account.kind.id(),
        at: rfc3339_from_nanos(account.at),
        count: account.count,
        headline: &account.headline,
    });
    list(&mut out, "accounts", accounts)?;
    list(&mut out, "policies", inspection.policies.iter().map(PolicyOut::of))?;
    list(&mut out, "contradictions", inspection.contradictions.iter().map(ContradictionOut::of))?;
    list(&mut out, "comparisons", inspection.comparisons.iter().map(ComparisonOut::of))?;
    out.write_all(b"}\n")?;
    out.flush()
}

/// A field that is a list, one item a line.
fn list<T: Serialize>(out: &mut impl Write, name: &str, items: impl Iterator<Item = T>) -> io::Result<()> {
    write!(out, ",\n\"{name}\":[")?;
    for (index, item) in items.enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &item)?;
    }
    out.write_all(b"]")
}

/// The sessions, put into words on all cores and written in order, so that a hundred thousand of them never stand in memory
/// together.
fn write_sessions(view: &View<'_>, out: &mut impl Write) -> io::Result<()> {
    write!(out, ",\n\"sessions\":[")?;
    let count = view.inspection.sessions.len();
    for start in (0..count).step_by(TOGETHER * AHEAD) {
        let end = (start + TOGETHER * AHEAD).min(count);
        let groups: Vec<usize> = (start..end).step_by(TOGETHER).collect();
        let told: Vec<serde_json::Result<Vec<u8>>> =
            groups.into_par_iter().map(|first| view.lines(first, (first + TOGETHER).min(end))).collect();
        for lines in told {
            out.write_all(&lines?)?;
        }
    }
    out.write_all(b"]")
}

/// The id of a session in the report: `s1`, `s2`, … by start.
pub fn name_of(id: SessionId) -> String {
    format!("s{}", id.0 + 1)
}

#[derive(Serialize)]
struct SourceOut {
    path: String,
    format: Option<&'static str>,
    recognised: Option<&'static str>,
    producer: Option<String>,
    bytes: u64,
    records: u64,
    events: u64,
    unreadable: u64,
    clock_offset_ms: Option<i64>,
    clock_offset_least_ms: Option<i64>,
    clock_offset_most_ms: Option<i64>,
    clock_offset_by: Option<&'static str>,
    clock_corrected: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tried: Vec<TriedOut>,
    warnings: Vec<WarningOut>,
    limits: Vec<String>,
}

/// A format that a source is not of.
#[derive(Serialize)]
struct TriedOut {
    format: &'static str,
    why: String,
}

#[derive(Serialize)]
struct WarningOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    offset: u64,
    message: String,
}

#[derive(Serialize)]
struct Counts {
    sessions: usize,
    active: usize,
    ended: usize,
    unusual: usize,
    causes: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct IncidentOut<'a> {
    kind: &'static str,
    from: String,
    until: String,
    sessions: Vec<String>,
    headline: &'a str,
}

#[derive(Serialize)]
struct PatternOut<'a> {
    kind: &'static str,
    sessions: Vec<String>,
    headline: &'a str,
    events: Vec<u32>,
}

#[derive(Serialize)]
struct AccountOut<'a> {
    user: Option<&'a str>,
    kind: &'static str,
    at: String,
    count: u32,
    headline: &'a str,
}

/// A key that was given, or why it could not be used.
#[derive(Serialize)]
struct KeyFileOut<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'a str>,
}

#[derive(Serialize)]
struct TokenFindingOut<'a> {
    kind: &'static str,
    headline: &'a str,
    events: Vec<u32>,
    records: Vec<RecordOut>,
}

#[derive(Serialize)]
struct SessionOut<'a> {
    id: String,
    user: Option<&'a str>,
    app: &'a str,
    sources: Vec<String>,
    keys: Vec<KeyOut<'a>>,
    /// Null where only its end was seen.
    started_at: Option<String>,
    start_seen: bool,
    last_alive_at: Option<String>,
    first_dead_at: Option<String>,
    last_activity_at: Option<String>,
    state: &'static str,
    cause: Option<&'static str>,
    confidence: Option<f64>,
    usual: Option<bool>,
    notable: bool,
    stated: bool,
    headline: String,
    evidence: Vec<EvidenceOut<'a>>,
    alternatives: Vec<AlternativeOut<'a>>,
    tell_apart: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<TokenOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    renewals: Vec<RenewalOut>,
}

#[derive(Serialize)]
struct KeyOut<'a> {
    kind: &'static str,
    name: &'a str,
    value: String,
}

#[derive(Serialize)]
struct EvidenceOut<'a> {
    claim: &'a str,
    favours: &'static str,
    weight: f64,
    events: Vec<u32>,
    /// Where the records of these events stand, in the same order.
    records: Vec<RecordOut>,
}

/// Bytes of a source, counted after decompression and transcoding.
#[derive(Serialize)]
struct RecordOut {
    /// Index in `sources`.
    source: u16,
    offset: u64,
    length: u32,
}

#[derive(Serialize)]
struct AlternativeOut<'a> {
    cause: &'static str,
    confidence: f64,
    against: &'a str,
}

/// What the sessions are told from.
struct View<'a> {
    inspection: &'a Inspection,
    show_secrets: bool,
}

impl View<'_> {
    /// Sessions `first..end`, a line each, with the comma and line break before it.
    fn lines(&self, first: usize, end: usize) -> serde_json::Result<Vec<u8>> {
        let mut lines = Vec::new();
        for (index, session) in self.inspection.sessions.iter().enumerate().take(end).skip(first) {
            lines.extend_from_slice(if index == 0 { b"\n" } else { b",\n" });
            let id = SessionId(index as u32);
            let told = self.inspection.explain(id);
            let keys = session.keys(&self.inspection.events.symbols);
            serde_json::to_writer(&mut lines, &self.session(id, session, &keys, told.as_ref()))?;
        }
        Ok(lines)
    }

    fn session<'s>(
        &'s self,
        id: SessionId,
        session: &'s Session,
        keys: &'s [SessionKey],
        told: Option<&'s Explanation>,
    ) -> SessionOut<'s> {
        let verdict = told.map(|told| told.verdict);
        // Of a session of which only the end was seen, nobody knows when it began.
        let was_alive = session.start_seen || session.last_alive.is_some();
        SessionOut {
            id: name_of(id),
            user: session.user.as_deref(),
            app: &session.app,
            sources: session
                .sources
                .iter()
                .filter_map(|source| self.inspection.sources.get(source.0 as usize))
                .map(|source| source.path.display().to_string())
                .collect(),
            keys: keys.iter().map(|key| self.key(key)).collect(),
            started_at: was_alive.then(|| rfc3339_from_nanos(session.started_at)),
            start_seen: session.start_seen,
            last_alive_at: was_alive.then(|| rfc3339_from_nanos(session.last_alive_at)),
            first_dead_at: session.first_dead_at.map(rfc3339_from_nanos),
            last_activity_at: session.last_activity_at.map(rfc3339_from_nanos),
            state: match session.state {
                State::Ended => "ended",
                State::Active => "active",
            },
            cause: verdict.map(|verdict| verdict.cause.id()),
            confidence: verdict.map(|verdict| round(verdict.confidence)),
            usual: verdict.and_then(|verdict| match verdict.usual {
                Usual::Usual | Usual::Notable => Some(true),
                Usual::Unusual => Some(false),
                Usual::Unknown => None,
            }),
            notable: verdict.is_some_and(|verdict| verdict.usual == Usual::Notable),
            stated: verdict.is_some_and(|verdict| verdict.stated),
            headline: told.map_or_else(|| "Still active where the input ends".to_owned(), |told| told.headline.clone()),
            evidence: told.map_or_else(Vec::new, |told| {
                told.evidence
                    .iter()
                    .map(|fact| EvidenceOut {
                        claim: &fact.claim,
                        favours: fact.favours.id(),
                        weight: round(fact.weight),
                        events: fact.events.iter().map(|&EventId(event)| event).collect(),
                        records: records(self.inspection, &fact.events),
                    })
                    .collect()
            }),
            alternatives: told.map_or_else(Vec::new, |told| {
                told.alternatives
                    .iter()
                    .map(|other| AlternativeOut {
                        cause: other.cause.id(),
                        confidence: round(other.confidence),
                        against: &other.against,
                    })
                    .collect()
            }),
            tell_apart: told.map_or(&[], |told| &told.tell_apart),
            tokens: tokens::tokens(self.inspection, id),
            renewals: tokens::renewals(self.inspection, id),
        }
    }

    fn key<'k>(&self, key: &'k SessionKey) -> KeyOut<'k> {
        let value = match &key.value {
            KeyValue::Secret(secret) if self.show_secrets => secret.expose().to_owned(),
            KeyValue::Secret(secret) => secret.fingerprint(),
            KeyValue::Open(text) => text.to_string(),
        };
        KeyOut { kind: key.kind.id(), name: &key.name, value }
    }
}

fn millis(time: Nanos) -> i64 {
    time / 1_000_000
}

fn records(inspection: &Inspection, events: &[EventId]) -> Vec<RecordOut> {
    events
        .iter()
        .map(|&event| inspection.events.span(event))
        .map(|span| RecordOut { source: span.source.0, offset: span.offset, length: span.len })
        .collect()
}

fn round(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}

fn source(report: &SourceReport) -> SourceOut {
    SourceOut {
        path: report.path.display().to_string(),
        format: report.format,
        recognised: report.recognised.map(Recognised::id),
        producer: report.producer.clone(),
        bytes: report.bytes,
        records: report.records,
        events: report.events,
        unreadable: report.unreadable,
        clock_offset_ms: report.clock_offset.map(|offset| millis(offset.ahead)),
        clock_offset_least_ms: report.clock_offset.map(|offset| millis(offset.least)),
        clock_offset_most_ms: report.clock_offset.map(|offset| millis(offset.most)),
        clock_offset_by: report.clock_offset.map(|offset| offset.basis.id()),
        clock_corrected: report.clock_offset.is_some_and(|offset| offset.corrected),
        tried: report
            .tried
            .iter()
            .map(|declined| TriedOut { format: declined.format, why: declined.why.clone() })
            .collect(),
        warnings: report
            .warnings
            .iter()
            .map(|warning| WarningOut {
                line: match warning.position {
                    Position::Line(line) => Some(line),
                    _ => None,
                },
                index: match warning.position {
                    Position::Index(index) => Some(index),
                    _ => None,
                },
                offset: warning.offset,
                message: warning.message.clone(),
            })
            .collect(),
        limits: report.limits.clone(),
    }
}

fn counts(inspection: &Inspection) -> Counts {
    let mut causes = BTreeMap::new();
    let mut unusual = 0;
    for verdict in inspection.verdicts.iter().flatten() {
        *causes.entry(verdict.cause.id()).or_default() += 1;
        unusual += usize::from(verdict.usual == Usual::Unusual);
    }
    let ended = inspection.verdicts.iter().flatten().count();
    Counts { sessions: inspection.sessions.len(), active: inspection.sessions.len() - ended, ended, unusual, causes }
}
