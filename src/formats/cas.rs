//! Apereo CAS' audit trail (Inspektr): a block of lines, one line divided by bars, or a JSON object, each behind what log4j
//! puts in front of it or by itself.
//!
//! ```text
//! WHO: kim
//! WHAT: TGT-9-****-cas01
//! ACTION: TICKET_GRANTING_TICKET_CREATED
//! APPLICATION: CAS
//! WHEN: Mon Nov 23 12:35:59 UTC 2026
//! CLIENT IP ADDRESS: 10.0.0.7
//! ```
//!
//! A session is a ticket-granting ticket. What is issued on its behalf names the user and the address alone, and belongs to
//! the last one that was created there. A ticket that runs out is removed in silence: only a sign-out, or an administrator,
//! leaves `TICKET_GRANTING_TICKET_DESTROYED`.
//!
//! <https://apereo.github.io/cas/7.0.x/audits/Audits.html>

use super::{
    Format, Input, Sniff,
    blocks::read_blocks,
    lines::{Line, SAYS_NOTHING, cut, cut_last, find, head_lines, text},
    named::{Said, Scribe, link_of},
    stated::stated_from_text,
    structured::{Found, Table},
    timestamp::{Stamp, Stamps},
};
use crate::model::{
    EventKind, EventStore, Family, KeyKind, Position, SourceReport, Stated, Warning, secret::fingerprint,
};
use hashbrown::HashMap;
use std::borrow::Cow;

/// The format.
#[derive(Debug)]
pub(super) struct Cas;

impl Format for Cas {
    fn id(&self) -> &'static str {
        "cas"
    }

    fn title(&self) -> &'static str {
        "Apereo CAS audit trail"
    }

    fn reference(&self) -> &'static str {
        "https://apereo.github.io/cas/7.0.x/audits/Audits.html"
    }

    fn example(&self) -> &'static str {
        "2026-11-23 07:39:18,116 INFO [org.apereo.inspektr.audit.support.Slf4jLoggingAuditTrailManager] - Mon Nov 23 07:39:18 UTC 2026|CAS|TGT-9-****-cas01|TICKET_GRANTING_TICKET_CREATED|kim|198.51.100.7|10.0.0.2"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let table = Table::new(FIELDS);
        let (mut records, mut ours, mut all) = (0, 0, 0);
        for line in head_lines(head).take(400) {
            let whole = action_of_block(line) || bars(line).is_some() || json(line, &table).is_some();
            records += u32::from(whole);
            ours += u32::from(whole || label(line).is_some() || is_rule(line) || line.ends_with(BEGIN));
            all += 1;
        }
        match records {
            0 => Sniff::No("no record of Inspektr's audit trail: who, what, action, when".to_owned()),
            _ if ours * 2 >= all => Sniff::Certain,
            _ => Sniff::Plausible,
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        let mut reader = Reader {
            table: Table::new(FIELDS),
            scribe: Scribe::new(input.source, events.len()),
            stamps: Stamps::default(),
            tickets: HashMap::new(),
        };
        let (mut warnings, mut unreadable, mut records, mut quiet) = (Vec::new(), 0, 0, 0);
        read_blocks(input, report, begins, |block| {
            if block.bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == b'=') || announces(block.bytes) {
                return;
            }
            let line = Line { bytes: block.bytes, offset: block.offset, len: block.bytes.len() as u32 };
            if let Some(said) = reader.read(line, events) {
                records += 1;
                quiet += u64::from(!said);
                return;
            }
            unreadable += 1;
            if warnings.len() < 20 {
                let message = "expected a record of the audit trail with its time, found none".to_owned();
                warnings.push(Warning { position: Position::Line(block.line), offset: block.offset, message });
            }
        });
        report.records += records;
        report.unreadable += unreadable;
        report.warnings.append(&mut warnings);
        if quiet > 0 {
            report.quiet.push((SAYS_NOTHING, quiet));
        }
        report.producer = Some("Apereo CAS".to_owned());
        reader.scribe.finish(input, events, report);
    }
}

/// What log4j's line ends with where a block follows.
const BEGIN: &[u8] = b"Audit trail record BEGIN";

/// The names of the values of a block, in the order of [`Record`]'s fields.
const LABELS: [&[u8]; 7] =
    [b"WHO:", b"WHAT:", b"ACTION:", b"WHEN:", b"CLIENT IP ADDRESS:", b"APPLICATION:", b"SERVER IP ADDRESS:"];

const FIELDS: &[(&str, u8)] = &[
    ("who", 0),
    ("what", 1),
    ("action", 2),
    ("when", 3),
    ("clientIpAddress", 4),
    ("principal", 0),
    ("resourceOperatedUpon", 1),
    ("actionPerformed", 2),
    ("whenActionWasPerformed", 3),
];

/// Which value of a block stands on a line, and the value.
fn label(line: &[u8]) -> Option<(usize, &[u8])> {
    let line = line.trim_ascii();
    LABELS.iter().enumerate().find_map(|(at, label)| Some((at, line.strip_prefix(*label)?.trim_ascii())))
}

fn action_of_block(line: &[u8]) -> bool {
    label(line).is_some_and(|(at, value)| at == 2 && is_action(value))
}

fn is_rule(line: &[u8]) -> bool {
    line.len() > 8 && line.iter().all(|&byte| byte == b'=')
}

/// `TICKET_GRANTING_TICKET_CREATED`.
fn is_action(word: &[u8]) -> bool {
    word.len() > 5
        && word.first().is_some_and(u8::is_ascii_uppercase)
        && word.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// Whether a piece is what log4j puts in front of a block, which begins a piece of its own.
fn announces(bytes: &[u8]) -> bool {
    let rule = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'=';
    let end = bytes.iter().rposition(|byte| !rule(byte)).map_or(0, |at| at + 1);
    bytes.get(..end).is_some_and(|front| front.ends_with(BEGIN))
}

/// Whether a record may begin here: a block, a line of the log, an object.
fn begins(line: &[u8]) -> bool {
    let mut stamps = Stamps::default();
    matches!(label(line), Some((0, _)))
        || line.first().is_some_and(u8::is_ascii_digit) && stamps.rfc3339(line).is_some()
        || line.starts_with(b"{\"")
        || stamps.weekday(line).is_some()
}

/// Who did what, when and from where; as far as it is known.
#[derive(Clone, Debug, Default)]
struct Record<'a> {
    who: Cow<'a, [u8]>,
    what: Cow<'a, [u8]>,
    action: Cow<'a, [u8]>,
    when: Cow<'a, [u8]>,
    client: Cow<'a, [u8]>,
}

/// `Mon Nov 23 07:39:18 UTC 2026|CAS|what|ACTION|who|client|server`, behind log4j's own words.
fn bars(line: &[u8]) -> Option<Record<'_>> {
    let fields: Vec<&[u8]> = line.split(|&byte| byte == b'|').map(<[u8]>::trim_ascii).collect();
    // What was done to may have bars in it.
    let at = fields.iter().skip(3).position(|field| is_action(field))? + 3;
    let first = *fields.first()?;
    let when = cut_last(first, b" - ").map_or(first, |(_, when)| when);
    let when = when.strip_prefix(b"<").unwrap_or(when);
    let mut stamps = Stamps::default();
    stamps.weekday(when).or_else(|| stamps.rfc3339(when))?;
    let what = fields.get(2)?;
    let field = |at: usize| Cow::Borrowed(fields.get(at).copied().unwrap_or_default());
    Some(Record {
        who: field(at + 1),
        what: Cow::Borrowed(what),
        action: field(at),
        when: Cow::Borrowed(when),
        client: field(at + 2),
    })
}

/// An object with the names that Inspektr gives them.
fn json<'a>(line: &'a [u8], table: &Table) -> Option<Record<'a>> {
    let start = memchr::memchr(b'{', line)?;
    let end = memchr::memrchr(b'}', line)?;
    let mut found = Found::default();
    table.read(line.get(start..=end)?, &mut found).ok()?;
    let record = Record {
        who: found.get(0),
        what: found.get(1),
        action: found.get(2),
        when: found.get(3),
        client: found.get(4),
    };
    (is_action(&record.action) && !record.when.is_empty()).then_some(record)
}

/// The values of a block.
fn block(bytes: &[u8]) -> Option<Record<'_>> {
    let mut record = Record::default();
    for line in bytes.split(|&byte| byte == b'\n') {
        let Some((at, value)) = label(line) else { continue };
        let slot = match at {
            0 => &mut record.who,
            1 => &mut record.what,
            2 => &mut record.action,
            3 => &mut record.when,
            4 => &mut record.client,
            _ => continue,
        };
        *slot = Cow::Borrowed(value);
    }
    is_action(&record.action).then_some(record)
}

struct Reader {
    table: Table,
    scribe: Scribe,
    stamps: Stamps,
    /// The last ticket of a user at an address.
    tickets: HashMap<u64, u64>,
}

impl Reader {
    /// Reads a record: whether it said anything; `None` where it is none.
    fn read(&mut self, line: Line<'_>, events: &mut EventStore) -> Option<bool> {
        let first = line.bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let written = self.stamps.rfc3339(first);
        let record = bars(first).or_else(|| json(first, &self.table)).or_else(|| block(line.bytes));
        // What the server says besides has a time and is no record of the trail.
        let Some(record) = record else { return written.map(|_| false) };
        let stamp = self.when(&record.when).or(written)?;
        self.scribe.note(stamp, line.offset);
        Some(self.say(&record, stamp, line, events))
    }

    fn when(&mut self, when: &[u8]) -> Option<Stamp> {
        self.stamps.weekday(when).or_else(|| self.stamps.rfc3339(when))
    }

    fn say(&mut self, record: &Record<'_>, stamp: Stamp, line: Line<'_>, events: &mut EventStore) -> bool {
        let Some((kind, stated)) = meaning(record) else { return false };
        let user = user(record);
        let ticket = ticket(&record.what);
        let place = link_of(&[&user, &record.client]);
        let link = match ticket {
            _ if kind == EventKind::SignInFailed => 0,
            Some(ticket) => link_of(&[ticket]),
            None => self.tickets.get(&place).copied().unwrap_or(0),
        };
        if kind == EventKind::SignIn {
            self.tickets.insert(place, link);
        }
        // Who has a ticket may ask for others with it.
        let shown = ticket.map(|ticket| format!("#{}", fingerprint(ticket)));
        let action = text(&record.action);
        let said = Said {
            user: &user,
            client: &record.client,
            app: "CAS",
            link,
            ids: &[(KeyKind::Logon, "TGT", shown.as_deref().unwrap_or_default().as_bytes())],
            ..Said::new(kind, stated, &action)
        };
        let mut out = self.scribe.out(line, events);
        if let Some(ticket) = ticket {
            out.secret(ticket);
        }
        out.push(stamp.at, &said);
        true
    }
}

fn meaning(record: &Record<'_>) -> Option<(EventKind, Stated)> {
    use EventKind as Kind;
    let why = stated_from_text(&text(&record.what));
    Some(match &*record.action {
        b"TICKET_GRANTING_TICKET_CREATED" => (Kind::SignIn, Stated::Nothing),
        b"TICKET_GRANTING_TICKET_DESTROYED" | b"LOGOUT" | b"LOGOUT_SUCCESS" => (Kind::SignOut, Stated::LoggedOut),
        b"SERVICE_TICKET_CREATED"
        | b"PROXY_TICKET_CREATED"
        | b"PROXY_GRANTING_TICKET_CREATED"
        | b"OAUTH2_CODE_RESPONSE_CREATED"
        | b"OAUTH2_CODE_RESPONSE"
        | b"SAML2_RESPONSE_CREATED" => (Kind::Activity, Stated::Nothing),
        b"AUTHENTICATION_FAILED" | b"TICKET_GRANTING_TICKET_NOT_CREATED" => {
            let stated = if why.cause().is_some() { why } else { Stated::BadCredentials };
            (Kind::SignInFailed, stated)
        }
        // It asks for the ticket that the browser sent; where that ran out or is unknown, none is made.
        b"SERVICE_TICKET_NOT_CREATED" if ticket(&record.what).is_some() => {
            (Kind::Rejection, if why == Stated::Nothing { Stated::UnknownSession } else { why })
        }
        _ => return None,
    })
}

/// The user's name. Before someone is known, it is that which the form was filled in with.
fn user<'a>(record: &'a Record<'_>) -> Cow<'a, [u8]> {
    let filled = cut(&record.who, b"username=")
        .or_else(|| cut(&record.what, b"username=").filter(|_| record.who.starts_with(b"audit:")))
        .map(|(_, rest)| rest.split(|byte| matches!(byte, b',' | b')' | b']')).next().unwrap_or_default());
    match filled {
        Some(name) => Cow::Borrowed(name),
        None if record.who.starts_with(b"audit:") => Cow::Borrowed(&[]),
        None => Cow::Borrowed(&record.who),
    }
}

/// `TGT-9-****-cas01`: later releases leave most of it out.
fn ticket(what: &[u8]) -> Option<&[u8]> {
    let at = find(what, b"TGT-")?;
    let rest = what.get(at..)?;
    let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*')));
    rest.get(..end.unwrap_or(rest.len())).filter(|ticket| ticket.len() > 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        formats::named::testing::lines_of,
        model::SourceId,
        source::{Content, Progress},
    };

    fn read(text: &str) -> (Vec<String>, SourceReport) {
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let progress = Progress::default();
        let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("cas_audit.log".into()));
        assert_eq!(Cas.sniff(text.as_bytes()), Sniff::Certain);
        Cas.read(&input, &mut events, &mut report);
        (lines_of(&events), report)
    }

    fn forms(what: &str, action: &str, who: &str) -> [String; 4] {
        let front = "2026-11-23 07:39:18,116 INFO [org.apereo.inspektr.audit.support.Slf4jLoggingAuditTrailManager] - ";
        let block = format!(
            "WHO: {who}\nWHAT: {what}\nACTION: {action}\nAPPLICATION: CAS\nWHEN: Mon Nov 23 07:39:18 UTC 2026\n\
             CLIENT IP ADDRESS: 10.0.0.7\nSERVER IP ADDRESS: 10.0.0.2\n"
        );
        let object = serde_json::json!({"who": who, "what": what, "action": action, "application": "CAS",
            "when": "Mon Nov 23 07:39:18 UTC 2026", "clientIpAddress": "10.0.0.7"});
        let rule = "=".repeat(61);
        [
            block.clone(),
            format!("{front}Audit trail record BEGIN\n{rule}\n{block}{rule}\n\n"),
            format!("{front}Mon Nov 23 07:39:18 UTC 2026|CAS|{what}|{action}|{who}|10.0.0.7|10.0.0.2\n"),
            format!("{front}<{object}>\n"),
        ]
    }

    #[test]
    fn every_action_says_the_same_in_each_of_the_forms() {
        let tgt = "TGT-9-qj2jZKQUmu1gQvXNf7tXQOJP-cas01";
        let filled = "[UsernamePasswordCredential(username=kim, source=null, customFields={})]";
        for (what, action, who, expected) in [
            (tgt, "TICKET_GRANTING_TICKET_CREATED", "kim", "SignIn Nothing"),
            (tgt, "TICKET_GRANTING_TICKET_DESTROYED", "kim", "SignOut LoggedOut"),
            ("Supplied credentials: x", "AUTHENTICATION_FAILED", filled, "SignInFailed BadCredentials"),
            ("AccountLockedException: account locked", "AUTHENTICATION_FAILED", "kim", "SignInFailed AccountLocked"),
            (filled, "TICKET_GRANTING_TICKET_NOT_CREATED", "audit:unknown", "SignInFailed BadCredentials"),
            (tgt, "SERVICE_TICKET_NOT_CREATED", "kim", "Rejection UnknownSession"),
        ] {
            for form in forms(what, action, who) {
                let expected = [format!("07:39:18 {expected} kim@10.0.0.7 CAS: {action}")];
                assert_eq!(read(&form).0, expected, "{form}");
            }
        }
        for action in ["AUTHENTICATION_SUCCESS", "SERVICE_ACCESS_ENFORCEMENT_TRIGGERED"] {
            for form in forms("x", action, "kim") {
                assert_eq!(read(&form).0, [""; 0], "{form}");
            }
        }
    }

    #[test]
    fn what_a_ticket_pays_for_keeps_its_session_alive() {
        let [_, created, ..] = forms("TGT-9-qj2jZKQUmu-cas01", "TICKET_GRANTING_TICKET_CREATED", "kim");
        let [_, used, ..] = forms("ST-1-x for https://shop.example", "SERVICE_TICKET_CREATED", "kim");
        let text = format!("{created}{used}");
        let content = Content::from_bytes(text.into_bytes());
        let progress = Progress::default();
        let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("cas_audit.log".into()));
        Cas.read(&input, &mut events, &mut report);
        let links: Vec<u64> = events.ids().map(|id| events.get(id).link).collect();
        assert_eq!(links.len(), 2);
        assert!(links[0] != 0 && links[0] == links[1]);
        assert!(events.knows_secret("TGT-9-qj2jZKQUmu-cas01"));
    }

    #[test]
    fn damaged_records_are_counted() {
        let [block, ..] = forms("TGT-9-abcdef-cas01", "TICKET_GRANTING_TICKET_CREATED", "kim");
        let (said, report) = read(&format!("{block}WHO: lee\nWHAT: x\n{block}"));
        assert_eq!((said.len(), report.records, report.unreadable), (2, 2, 1));
        for other in ["", "WHO: kim", "a|b|c|d", "a|b|c|SOME_THING|e|f", "{\"who\":\"kim\"}"] {
            assert!(matches!(Cas.sniff(other.as_bytes()), Sniff::No(_)), "{other}");
        }
    }
}
