//! Events in the forms that collectors of security logs take: `ArcSight`'s CEF and `QRadar`'s LEEF, with or without syslog's
//! frame.
//!
//! `CEF:0|Vendor|Product|1.0|238|User Login|4|rt=1795419558000 suser=kim src=198.51.100.7 msg=Login allowed` and
//! `LEEF:1.0|Vendor|Product|1.0|logout|devTime=Nov 23 2026 07:39:18⇥usrName=kim⇥src=198.51.100.7`.
//!
//! Firewalls, gateways and identity providers write these; what one means is told by its name, its message and its reason,
//! as in any log ([`happened`](super::happened)).
//!
//! <https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/cef-implementation-standard/>,
//! <https://www.ibm.com/docs/en/dsm?topic=leef-overview>

use super::{
    Format, Input, Sniff,
    fields::{Field, Part, Role, role},
    json::Text,
    lines::{CHUNK_BYTES, cut, find, head_lines, text},
    record::Record,
    record_lines::{self, Held, Named, Notation},
    stamp_forms,
    timestamp::{Stamp, Stamps},
};
use crate::model::{EventStore, Family, SourceReport};

/// The format.
#[derive(Debug)]
pub(super) struct Cef;

impl Format for Cef {
    fn id(&self) -> &'static str {
        "cef"
    }

    fn title(&self) -> &'static str {
        "CEF and LEEF events (ArcSight, QRadar and what feeds them)"
    }

    fn reference(&self) -> &'static str {
        "https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/cef-implementation-standard/"
    }

    fn example(&self) -> &'static str {
        "CEF:0|Example|Gateway|7.0|265|User Logout|4|rt=1795419558000 suser=kim src=198.51.100.7 reason=Inactivity timeout"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        let (mut ours, mut other) = (0, 0);
        for line in head_lines(head).take(400) {
            *(if apart(line).is_some() { &mut ours } else { &mut other }) += 1;
        }
        if ours == 0 {
            Sniff::No("no line has `CEF:0|` or `LEEF:1.0|` and what follows it".to_owned())
        } else if ours >= other {
            Sniff::Certain
        } else {
            Sniff::Plausible
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        record_lines::read(input, events, report, CHUNK_BYTES, &Events::default());
    }
}

/// A line's parts: what stands before, the header's fields, the extension and what divides its pairs.
#[derive(Clone, Copy, Debug)]
struct Parts<'a> {
    before: &'a [u8],
    vendor: &'a [u8],
    product: &'a [u8],
    name: &'a [u8],
    extension: &'a [u8],
    divider: Option<u8>,
}

fn apart(line: &[u8]) -> Option<Parts<'_>> {
    /// Nothing in front of the mark is longer.
    const FAR: usize = 300;
    let near = line.get(..line.len().min(FAR))?;
    let (at, leef) = match find(near, b"LEEF:") {
        Some(at) => (at + 5, true),
        None => (find(near, b"CEF:")? + 4, false),
    };
    let before = line.get(..at)?;
    let rest = line.get(at..)?.trim_ascii_start();
    rest.first().filter(|byte| byte.is_ascii_digit())?;
    let (version, rest) = field(rest)?;
    let (vendor, rest) = field(rest)?;
    let (product, rest) = field(rest)?;
    let (_, rest) = field(rest)?;
    let (id, mut rest) = field(rest)?;
    if !leef {
        let (name, behind) = field(rest)?;
        let (_, extension) = field(behind).unwrap_or((behind, &[]));
        return Some(Parts { before, vendor, product, name, extension, divider: None });
    }
    let mut divider = b'\t';
    if version.starts_with(b"2")
        && let Some((named, behind)) = cut(rest, b"|")
        && named.len() <= 4
    {
        divider = if let [one] = named {
            *one
        } else {
            let hex = named.strip_prefix(b"0x").or_else(|| named.strip_prefix(b"x")).unwrap_or_default();
            std::str::from_utf8(hex).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(b'\t')
        };
        rest = behind;
    }
    Some(Parts { before, vendor, product, name: id, extension: rest, divider: Some(divider) })
}

/// A field of the header up to its bar; one behind a backslash is part of it.
fn field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr_iter(b'|', text).find(|&at| at == 0 || text.get(at - 1) != Some(&b'\\'))?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// Hands on the pairs of an extension. CEF's values hold blanks: each goes to the name of the next.
fn pairs<'a>(extension: &'a [u8], divider: Option<u8>, mut each: impl FnMut(&'a [u8], &'a [u8])) {
    if let Some(divider) = divider {
        for (name, value) in extension.split(|&byte| byte == divider).filter_map(|pair| cut(pair, b"=")) {
            each(name.trim_ascii(), value.trim_ascii());
        }
        return;
    }
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']');
    let mut last: Option<(&[u8], usize)> = None;
    for at in memchr::memchr_iter(b'=', extension) {
        let before = extension.get(..at).unwrap_or_default();
        let from = before.iter().rposition(|byte| !is_name(byte)).map_or(0, |end| end + 1);
        let name = before.get(from..).unwrap_or_default();
        if name.is_empty() || from > 0 && before.get(from - 1) != Some(&b' ') {
            continue;
        }
        if let Some((name, start)) = last {
            each(name, extension.get(start..from).unwrap_or_default().trim_ascii());
        }
        last = Some((name, at + 1));
    }
    if let Some((name, start)) = last {
        each(name, extension.get(start..).unwrap_or_default().trim_ascii());
    }
}

/// What the standards' names stand for; the other names are those of any program.
fn known(name: &[u8]) -> Role {
    let plain = |field, rank| Role { plain: Some((field, rank)), part: None };
    match name {
        b"suser" | b"usrName" => plain(Field::User, 0),
        b"duser" | b"duid" => plain(Field::User, 1),
        b"src" => plain(Field::Client, 0),
        b"sourceTranslatedAddress" | b"identSrc" | b"c6a2" => plain(Field::Client, 3),
        b"msg" => plain(Field::Message, 0),
        b"reason" => plain(Field::Reason, 0),
        b"outcome" => plain(Field::Outcome, 0),
        b"act" => plain(Field::Event, 3),
        b"rt" | b"devTime" => plain(Field::Time, 0),
        b"end" | b"start" | b"deviceReceiptTime" => plain(Field::Time, 1),
        b"requestClientApplication" => plain(Field::Agent, 0),
        // What the other party is called, and counts that are named like something else.
        b"dst" | b"cat" | b"in" | b"out" | b"cnt" | b"app" | b"proto" | b"type" | b"request" | b"requestMethod"
        | b"path" | b"status" => Role::default(),
        _ if name.len() > 7 && name.to_ascii_lowercase().ends_with(b"utctime") => plain(Field::Time, 2),
        _ => role(Part::Record, name),
    }
}

/// A CEF or LEEF event a line.
#[derive(Clone, Debug, Default)]
struct Events {
    stamps: Stamps,
    stamp: Option<Stamp>,
    /// The program of the line that was read last.
    app: String,
    named: (Vec<u8>, Vec<u8>),
}

impl Events {
    fn remember(&mut self, vendor: &[u8], product: &[u8]) {
        if self.named.0 != vendor || self.named.1 != product {
            format!("{} {}", text(vendor), text(product)).trim().clone_into(&mut self.app);
            self.named = (vendor.to_vec(), product.to_vec());
        }
    }

    /// When: as the event says, else as what brought it does.
    fn find_stamp(&mut self, record: &Record<'_>, before: &[u8]) -> Option<Stamp> {
        let given = record.get(Field::Time);
        if let Some(stamp) = stamp_forms::of_field(&mut self.stamps, &given) {
            return Some(stamp);
        }
        let rest = before.strip_prefix(b"<").and_then(|rest| cut(rest, b">")).map_or(before, |(_, rest)| rest);
        let rest = rest.strip_prefix(b"1 ").unwrap_or(rest);
        stamp_forms::leading(&mut self.stamps, rest).or_else(|| self.stamps.traditional(rest))
    }
}

impl Notation for Events {
    fn read<'a>(&mut self, line: &'a [u8], record: &mut Record<'a>) -> Held {
        let Some(parts) = apart(line) else {
            return Held::Unreadable("expected `CEF:0|` or `LEEF:1.0|` and a header's fields, found a line without");
        };
        self.remember(parts.vendor, parts.product);
        let plain = |field, rank| Role { plain: Some((field, rank)), part: None };
        record.put(plain(Field::Event, 0), Text::plain(parts.name));
        let mut labels: Vec<(&[u8], Role)> = Vec::new();
        pairs(parts.extension, parts.divider, |name, value| {
            // `cs1Label=SessionID cs1=…`: a field of the vendor's own and its name.
            if let Some(custom) = name.strip_suffix(b"Label") {
                labels.push((custom, role(Part::Record, value)));
            } else {
                record.put(known(name), Text::plain(value));
            }
        });
        if labels.iter().any(|(_, role)| role.plain.is_some()) {
            pairs(parts.extension, parts.divider, |name, value| {
                if let Some((_, role)) = labels.iter().find(|(custom, _)| *custom == name) {
                    record.put(*role, Text::plain(value));
                }
            });
        }
        self.stamp = self.find_stamp(record, parts.before);
        Held::Record
    }

    fn stamp(&mut self, _: &Record<'_>, _: &mut Stamps) -> Option<Stamp> {
        self.stamp
    }

    fn named(&self) -> Option<Named<'_>> {
        Some(Named { app: &self.app, by_session: false })
    }
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
        let input = Input { content: &content, source: SourceId(0), written_by: 1, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("x".into()));
        Cef.read(&input, &mut events, &mut report);
        (lines_of(&events), report)
    }

    #[test]
    fn what_an_event_is_called_and_why_tells_what_happened() {
        let table = [
            ("User Login", "msg=User login allowed", "SignIn Nothing"),
            (
                "User Login Failed",
                "outcome=failure msg=User login denied due to bad credentials",
                "SignInFailed BadCredentials",
            ),
            ("User Logout", "reason=Inactivity timeout msg=User logged out - idle timer expired", "Rejection Idle"),
            ("User Logout", "reason=User request", "SignOut LoggedOut"),
            ("Session terminated", "reason=Maximum session lifetime reached", "Rejection MaximumAge"),
            ("Session terminated", "reason=Logged in from another device", "Rejection OtherDevice"),
            ("Session terminated", "reason=Terminated by administrator", "Rejection Revoked"),
            ("Account locked", "msg=Account locked after too many failed attempts", "AccountLocked AccountLocked"),
        ];
        for (name, extension, expected) in table {
            let cef = format!(
                "CEF:0|Example|Gate\\|way|7.0|265|{name}|4|rt=1795419558000 suser=kim src=10.0.0.7 dst=10.9.9.9 {extension}"
            );
            let told = format!("07:39:18 {expected} kim@10.0.0.7 Example Gate\\|way: ");
            for line in [cef.clone(), format!("<134>Nov 23 07:40:00 gw1 {cef}"), cef.replace("CEF:0", "CEF: 0")] {
                assert_eq!(Cef.sniff(line.as_bytes()), Sniff::Certain, "{line}");
                let (said, report) = read(&line);
                assert_eq!((said.len(), report.unreadable), (1, 0), "{line}");
                assert!(said[0].starts_with(&told), "{line}: {said:?}");
            }
            let extension = extension.replace(" msg=", "^msg=");
            for (version, divider) in [("1.0", "\t"), ("2.0|^", "^"), ("2.0|x5E", "^"), ("2.0|0x5e", "^")] {
                let (version, named) =
                    version.split_once('|').map_or((version, String::new()), |(v, d)| (v, format!("{d}|")));
                let leef = format!(
                    "LEEF:{version}|Example|Gateway|7.0|{name}|{named}devTime=Nov 23 2026 07:39:18{divider}usrName=kim{divider}src=10.0.0.7{divider}{}",
                    extension.replace('^', divider)
                );
                let (said, _) = read(&leef);
                assert!(
                    said[0].starts_with(&format!("07:39:18 {expected} kim@10.0.0.7 Example Gateway: ")),
                    "{leef}: {said:?}"
                );
            }
        }
    }

    #[test]
    fn a_session_may_be_named_by_a_field_of_the_vendors_own() {
        let line = |name: &str| {
            format!(
                "Nov 23 2026 07:39:18 sso CEF:0|Acme|SSO|1|1|{name}|5|suser=lee src=10.0.0.8 cs1Label=SessionID cs1=zz99yy88 cs2=x\n"
            )
        };
        let content = Content::from_bytes(format!("{}{}", line("User login"), line("User logout")).into_bytes());
        let progress = Progress::default();
        let input = Input { content: &content, source: SourceId(0), written_by: 1, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("x".into()));
        Cef.read(&input, &mut events, &mut report);
        let links: Vec<u64> = events.ids().map(|id| events.get(id).link).collect();
        assert_eq!(links.len(), 2);
        assert!(links[0] != 0 && links[0] == links[1]);
    }

    #[test]
    fn damaged_lines_are_counted() {
        let good = "CEF:0|Acme|SSO|1|1|Login|5|rt=1795419558000 suser=lee src=10.0.0.8";
        let (said, report) =
            read(&format!("{good}\n{}\nCEF:0|Acme\n\u{0}\u{0}\nCEF:0|Acme|SSO|1|1|Login|5|suser=lee\n", &good[..30]));
        assert_eq!((said.len(), report.records, report.unreadable), (1, 1, 4), "{:?}", report.warnings);
        for other in ["", "CEF:", "CEF:0|a|b", "Nov 23 07:39:18 vm sshd[7]: CEF is spoken here"] {
            assert!(matches!(Cef.sniff(other.as_bytes()), Sniff::No(_)), "{other}");
        }
    }
}
