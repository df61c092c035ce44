//! Sessions refused in the same moment: by one thing that the server did, or each by its own silence.

use crate::common::inspect_bytes;
use lapsed::model::Cause;
use std::fmt::Write as _;

/// An access log of clients that sign in a minute apart and read pages until so many seconds after eight; at
/// `back` seconds after eight each asks once more. Whom `refused` names is sent to the sign-in page then.
fn log(read_until: &[u32], back: u32, refused: &[usize]) -> Vec<u8> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    for (client, &until) in read_until.iter().enumerate() {
        let mut ask = |at: u32, request: &str, status: u16, size: u32| {
            let (hour, minute, second) = (8 + at / 3_600, at / 60 % 60, at % 60);
            let mut line = String::new();
            let stamp = format!("23/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000");
            let agent = format!("Browser/{client}");
            let _ =
                write!(line, "10.0.0.{client} - - [{stamp}] \"{request} HTTP/1.1\" {status} {size} \"-\" \"{agent}\"");
            lines.push((at, line));
        };
        let start = 60 * client as u32;
        ask(start, "GET /login", 200, 900);
        ask(start + 8, "POST /login", 302, 0);
        let mut at = start + 9;
        for page in 0.. {
            ask(at, &format!("GET /{}/{page}", ["orders", "invoices", "people"][page as usize % 3]), 200, 2_000 + page);
            at += [17, 64, 29, 95, 12, 48, 81][((page + client as u32) * 3 % 7) as usize] + page * page % 13;
            if at > until {
                break;
            }
        }
        let again = back + 3 * client as u32;
        if refused.contains(&client) {
            ask(again, "GET /orders/1", 302, 0);
            ask(again + 1, "GET /login", 200, 900);
        } else {
            for step in 0..5 {
                ask(again + 30 * step, "GET /orders/1", 200, 2_000);
            }
        }
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line + "\n").collect::<String>().into_bytes()
}

fn endings(log: Vec<u8>) -> Vec<Option<Cause>> {
    let inspection = inspect_bytes(vec![("access.log", log)]);
    inspection.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect()
}

#[test]
fn the_silence_of_some_is_chance_where_others_were_refused_in_the_middle_of_use() {
    let found = endings(log(&[2_690, 2_280, 2_400, 2_695], 2_700, &[0, 1, 2, 3]));
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|cause| *cause == Some(Cause::ServerRestart)), "{found:?}");
}

#[test]
fn two_who_come_back_in_the_same_minute_from_a_long_silence_met_no_restart() {
    let found = endings(log(&[600, 4_180, 900], 4_200, &[0, 2]));
    assert_eq!(found, [Some(Cause::IdleTimeout), None, Some(Cause::IdleTimeout)]);
}
