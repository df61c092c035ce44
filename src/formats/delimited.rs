//! Tables with a heading, whatever program exported them: what each column is shows by its name and by what is in it.
//!
//! `Date;User name;IP address;Action;Session ID` and rows below, divided by commas, semicolons, tabs or bars. Read are tables
//! with a time and at least two of user, session, address and what happened, or with requests. What a row means is told by
//! its words, as in any log ([`happened`](super::happened)); where the proposal is wrong, a page says better
//! ([`own`]).
//!
//! <https://www.rfc-editor.org/rfc/rfc4180>

use super::{
    Format, Input, Sniff,
    fields::{Field, Part, role},
    lines::{CHUNK_BYTES, head_lines},
    own::{self, Apart, Columns, Piece, Plan, split},
    requests::is_address,
};
use crate::model::{EventStore, Family, SourceReport};
use std::sync::Arc;

/// The format.
#[derive(Debug)]
pub(super) struct Delimited;

impl Format for Delimited {
    fn id(&self) -> &'static str {
        "delimited"
    }

    fn title(&self) -> &'static str {
        "table with a heading (CSV, TSV and others)"
    }

    fn reference(&self) -> &'static str {
        "https://www.rfc-editor.org/rfc/rfc4180"
    }

    fn example(&self) -> &'static str {
        "Date,User name,IP address,Session ID,Action\n23.11.2026 10:00:00,kim,198.51.100.7,a1b2c3d4,Login succeeded"
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn family_of(&self, head: &[u8]) -> Family {
        propose(head).map_or(Family::Named, |plan| plan.family())
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        match propose(head) {
            // Never certain: a format that knows its table by its columns reads more of it.
            Ok(plan) => match own::sniff(&Arc::new(plan), head) {
                Sniff::Certain => Sniff::Plausible,
                other => other,
            },
            Err(why) => Sniff::No(why.to_owned()),
        }
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        let head = input.content.unwrapped_head();
        // Chosen by the user for what is no table, it reads nothing and says so for each line.
        let plan = propose(&head).unwrap_or_else(|_| plan_of(b',', &[], &head));
        own::read_with(&Arc::new(plan), &head, input, events, report, CHUNK_BYTES);
    }
}

/// How many rows are looked at.
const ROWS: usize = 200;

/// What the columns of a table are; else why it is none.
fn propose(head: &[u8]) -> Result<Plan, &'static str> {
    let first = head_lines(head).next().unwrap_or_default();
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, first).count();
    let delimiter = [b',', b';', b'\t', b'|'].into_iter().max_by_key(|&delimiter| count(delimiter)).unwrap_or(b',');
    if count(delimiter) < 2 {
        return Err("its first line does not name three columns");
    }
    let mut names = Vec::new();
    split(first, delimiter, &mut names);
    let is_name = |name: &&[u8]| {
        let letters = name.iter().filter(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count();
        name.len() <= 60 && letters * 2 > name.len() && !name.contains(&b'=') && !name.contains(&b'{')
    };
    let named = names.iter().filter(|name| is_name(name)).count();
    if named * 10 < names.len() * 9 {
        return Err("its first line does not name its columns");
    }
    let mut pieces: Vec<Option<(Piece, u8)>> = names.iter().map(|name| by_name(name)).collect();
    by_values(&mut pieces, delimiter, head);
    // Of several columns for one thing the best-named one counts.
    let best = |piece: Piece| pieces.iter().flatten().filter(|(other, _)| *other == piece).map(|(_, rank)| *rank).min();
    let mut taken: Vec<Piece> = Vec::new();
    let chosen: Vec<Option<Piece>> = pieces
        .iter()
        .map(|column| {
            let (piece, rank) = (*column)?;
            let first = best(piece) == Some(rank) && !taken.contains(&piece);
            first.then(|| {
                taken.push(piece);
                piece
            })
        })
        .collect();
    let has = |field| chosen.contains(&Some(Piece::Field(field)));
    if !has(Field::Time) && !chosen.contains(&Some(Piece::Time(0))) {
        return Err("no column is named like a time and holds times");
    }
    let who = [Field::User, Field::Session, Field::Client].into_iter().filter(|field| has(*field)).count();
    let what = [Field::Event, Field::Message, Field::Reason].into_iter().any(has);
    let asks = has(Field::Request) || has(Field::Method) && has(Field::Target);
    if who == 0 || !(what || asks) {
        return Err("its columns name nobody, or do not say what happened");
    }
    Ok(plan_of(delimiter, &chosen, head))
}

fn plan_of(delimiter: u8, at: &[Option<Piece>], head: &[u8]) -> Plan {
    let heading = head_lines(head).next().unwrap_or_default().to_vec();
    let columns = Columns { delimiter, header: true, named: Vec::new(), at: at.to_vec(), heading };
    Plan {
        id: "delimited".to_owned(),
        title: String::new(),
        about: String::new(),
        example: String::new(),
        apart: Apart::Columns(columns),
        times: Vec::new(),
        zone: None,
        rules: Vec::new(),
        words: true,
        others_go_on: false,
    }
}

/// What a column is by its name, and how good a name that is.
fn by_name(name: &[u8]) -> Option<(Piece, u8)> {
    // `Time (UTC)`, `Duration [s]`.
    let plain = name.split(|byte| matches!(byte, b'(' | b'[')).next().unwrap_or_default().trim_ascii();
    if let Some((field, rank)) = role(Part::Record, plain).plain {
        return Some((Piece::Field(field), rank));
    }
    let lower: Vec<u8> = plain.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    let has = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
    let field = match () {
        () if has(b"timestamp") || has(b"datetime") || has(b"occurred") || has(b"when") => Field::Time,
        () if has(b"sessionid") || has(b"sessionkey") => Field::Session,
        () if has(b"username") || has(b"benutzer") || has(b"utilisateur") || has(b"usuario") => Field::User,
        () if has(b"ipaddress") || has(b"sourceip") || has(b"clientip") || has(b"remoteip") => Field::Client,
        () if has(b"useragent") => Field::Agent,
        () if has(b"reason") => Field::Reason,
        () if has(b"message") || has(b"details") || has(b"description") => Field::Message,
        () if has(b"event") || has(b"action") || has(b"activity") => Field::Event,
        () => return None,
    };
    Some((Piece::Field(field), 20))
}

/// What columns are by what is in them: a time where none is named like one, an address, and a date with its time of day
/// in a column of its own.
fn by_values(pieces: &mut [Option<(Piece, u8)>], delimiter: u8, head: &[u8]) {
    let (mut rows, mut row) = (0_u32, Vec::new());
    let (mut times, mut addresses, mut dates, mut clocks) =
        (vec![0; pieces.len()], vec![0; pieces.len()], vec![0; pieces.len()], vec![0; pieces.len()]);
    for line in head_lines(head).skip(1).take(ROWS) {
        split(line, delimiter, &mut row);
        if row.len() < pieces.len() {
            continue;
        }
        rows += 1;
        for (at, value) in row.iter().enumerate().take(pieces.len()) {
            let midnight = || [value, &b" 00:00:00"[..]].concat();
            let epoch = || [b"1970-01-02 ", *value].concat();
            times[at] += u32::from(own::is_time(value));
            addresses[at] += u32::from(is_address(value));
            dates[at] += u32::from((6..=16).contains(&value.len()) && own::is_time(&midnight()));
            clocks[at] += u32::from(value.contains(&b':') && value.len() <= 16 && own::is_time(&epoch()));
        }
    }
    let mostly = |count: &Vec<u32>, at: usize| rows > 0 && count.get(at).is_some_and(|count| count * 10 >= rows * 9);
    let named_time = |piece: &Option<(Piece, u8)>| matches!(piece, Some((Piece::Field(Field::Time), _)));
    for (at, piece) in pieces.iter_mut().enumerate() {
        // A name alone makes no time: `time` may be how long something took.
        if named_time(piece) && !mostly(&times, at) {
            *piece = None;
        }
        if piece.is_none() && mostly(&addresses, at) {
            *piece = Some((Piece::Field(Field::Client), 30));
        }
    }
    if pieces.iter().any(named_time) {
        return;
    }
    if let Some(at) = (0..pieces.len()).find(|&at| mostly(&times, at)) {
        pieces[at] = Some((Piece::Field(Field::Time), 30));
        return;
    }
    let date = (0..pieces.len()).find(|&at| mostly(&dates, at));
    let clock = (0..pieces.len()).find(|&at| mostly(&clocks, at));
    if let (Some(date), Some(clock)) = (date, clock) {
        pieces[date] = Some((Piece::Time(0), 0));
        pieces[clock] = Some((Piece::Time(1), 0));
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
        assert_eq!(Delimited.sniff(text.as_bytes()), Sniff::Plausible, "{text}");
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let progress = Progress::default();
        let input = Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
        let (mut events, mut report) = (EventStore::default(), SourceReport::new("x.csv".into()));
        Delimited.read(&input, &mut events, &mut report);
        (lines_of(&events), report)
    }

    #[test]
    fn columns_are_known_by_their_names_and_by_what_is_in_them() {
        for text in [
            "Date,User name,IP address,Session ID,Action\n\
             23.11.2026 10:00:00,kim,198.51.100.7,a1b2c3d4,Login succeeded\n\
             23.11.2026 10:30:00,kim,198.51.100.7,a1b2c3d4,Session timed out (idle)\n",
            "id;When (UTC);Benutzername;from;Session-Id;What happened;Description\r\n\
             7;2026-11-23T10:00:00Z;kim;198.51.100.7;a1b2c3d4;x;\"Login succeeded\"\r\n\
             8;2026-11-23T10:30:00Z;kim;198.51.100.7;a1b2c3d4;x;Session timed out (idle)\r\n",
            "day\tclock\tusername\tclient_ip\tsid\tevent\n\
             11/23/26\t10:00:00\tkim\t198.51.100.7\ta1b2c3d4\tLogin succeeded\n\
             11/23/26\t10:30:00\tkim\t198.51.100.7\ta1b2c3d4\tSession timed out (idle)\n",
        ] {
            let (said, report) = read(text);
            let said: Vec<&str> = said.iter().map(|line| line.split(" :").next().unwrap()).collect();
            assert_eq!(
                said,
                ["10:00:00 SignIn Nothing kim@198.51.100.7", "10:30:00 Rejection Idle kim@198.51.100.7"],
                "{text}"
            );
            assert_eq!((report.records, report.unreadable), (3, 0), "{text}");
        }
    }

    #[test]
    fn a_table_of_requests_is_one_of_requests() {
        let text = "time,method,url,status,client_ip\n2026-11-23T10:00:00Z,GET,/orders,401,10.0.0.1\n";
        assert_eq!(Delimited.family_of(text.as_bytes()), Family::Requests);
        assert_eq!(read(text).0, ["10:00:00 Neutral Nothing @10.0.0.1 : GET /orders"]);
    }

    #[test]
    fn what_is_no_such_table_is_none() {
        for text in [
            "",
            "a,b\n1,2\n",
            "time,size,count\n2026-11-23T10:00:00Z,1,2\n",
            "user,action,time\nkim,login,0.25\n",
            "2026-11-23T10:00:00Z,kim,login\n2026-11-23T10:00:01Z,kim,logout\n",
            "Dear diary, today, nothing, happened.\n",
        ] {
            assert!(matches!(Delimited.sniff(text.as_bytes()), Sniff::No(_)), "{text}");
        }
    }

    #[test]
    fn which_number_is_the_day_is_said_where_nothing_tells() {
        let text = "time,user,action\n03/04/2026 10:00,kim,login\n";
        let (_, report) = read(text);
        assert!(report.limits.iter().any(|limit| limit.contains("read as day first")), "{:?}", report.limits);
        let (_, report) = read(&format!("{text}03/25/2026 10:00,kim,logout\n"));
        assert!(!report.limits.iter().any(|limit| limit.contains("day first")), "{:?}", report.limits);
    }

    #[test]
    fn rows_of_another_width_are_counted_and_located() {
        let text =
            "time,user,action\n2026-11-23T10:00:00Z,kim,login\n2026-11-23T10:0\n\n2026-11-23T10:30:00Z,kim,logout\n";
        let (said, report) = read(text);
        assert_eq!((said.len(), report.records, report.unreadable), (2, 3, 1));
        assert_eq!(report.warnings[0].position, crate::model::Position::Line(3));
    }
}
