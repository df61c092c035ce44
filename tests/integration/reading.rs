//! Every sample reads the same whatever its name and however its bytes are wrapped.

use crate::common::{inspect_bytes, sample};
use flate2::{Compression, write::GzEncoder};
use lapsed::{inspection::Inspection, samples::SAMPLES};
use serde_json::Value;
use std::io::{Cursor, Write as _};

/// What must not change: sessions, causes and times.
fn gist(inspection: &Inspection) -> Vec<String> {
    inspection
        .sessions
        .iter()
        .zip(&inspection.verdicts)
        .map(|(session, verdict)| {
            let cause = verdict.map(|verdict| verdict.cause);
            format!("{:?} {} {:?} {cause:?}", session.user, session.started_at, session.first_dead_at)
        })
        .collect()
}

fn each_sample(check: impl Fn(&str, &[u8], &Inspection)) {
    for (name, bytes) in SAMPLES.iter().flat_map(|sample| sample.files) {
        let plain = inspect_bytes(vec![(name, bytes.to_vec())]);
        assert!(plain.is_readable(), "{name}");
        check(name, bytes, &plain);
    }
}

#[test]
fn a_sample_is_recognised_by_content_not_by_name() {
    each_sample(|name, bytes, plain| {
        let unnamed = inspect_bytes(vec![("unknown", bytes.to_vec())]);
        assert_eq!(unnamed.sources[0].format, plain.sources[0].format, "{name}");
        assert_eq!(gist(&unnamed), gist(plain), "{name}");
    });
}

#[test]
fn gzip_a_byte_order_mark_utf_16_and_crlf_change_nothing() {
    each_sample(|name, bytes, plain| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        let mut marked = vec![0xef, 0xbb, 0xbf];
        marked.extend_from_slice(bytes);
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let crlf = text.replace('\n', "\r\n").into_bytes();
        for (wrapping, wrapped) in
            [("gzip", encoder.finish().unwrap()), ("bom", marked), ("utf-16", wide), ("crlf", crlf)]
        {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), wrapped).unwrap();
            let inputs = vec![lapsed::inspection::Input::Path(file.path().to_owned())];
            let read =
                lapsed::inspection::inspect(inputs, crate::common::NOW, &lapsed::source::Progress::default()).unwrap();
            assert_eq!(gist(&read), gist(plain), "{name} as {wrapping}");
        }
    });
}

#[test]
fn a_file_cut_off_anywhere_gives_what_was_there_and_says_so() {
    each_sample(|name, bytes, plain| {
        for part in [3, 5, 9] {
            let cut = bytes.len() * part / 10;
            let read = inspect_bytes(vec![(name, bytes[..cut].to_vec())]);
            let (source, whole) = (&read.sources[0], &plain.sources[0]);
            assert!(source.format.is_some(), "{name} cut at {cut}");
            assert!(
                source.records < whole.records && source.records > 0,
                "{name} cut at {cut}: {} records",
                source.records
            );
            if source.format == Some("har") {
                assert!(!source.warnings.is_empty() || !source.limits.is_empty(), "{name} cut at {cut}");
            }
        }
    });
}

#[test]
fn sources_may_come_in_any_order() {
    let files = [("server-restart.har", 0), ("server-restart.nginx.access.log", 1)];
    let read = |order: [usize; 2]| {
        inspect_bytes(order.iter().map(|&at| (files[at].0, crate::common::sample(files[at].0).to_vec())).collect())
    };
    assert_eq!(gist(&read([0, 1])), gist(&read([1, 0])));
}

/// A capture as Fiddler would have saved it.
fn saz_of(har: &[u8]) -> Vec<u8> {
    let har: Value = serde_json::from_slice(har).unwrap();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: String, bytes: &[u8]| {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    };
    let head = |first: String, message: &Value| {
        let headers = message["headers"].as_array().unwrap().iter();
        let lines = headers
            .filter(|header| {
                !["content-encoding", "transfer-encoding"].contains(&&*header["name"].as_str().unwrap().to_lowercase())
            })
            .map(|header| format!("{}: {}\r\n", header["name"].as_str().unwrap(), header["value"].as_str().unwrap()));
        format!("{first}\r\n{}\r\n", lines.collect::<String>())
    };
    for (number, entry) in har["log"]["entries"].as_array().unwrap().iter().enumerate() {
        let (asked, given) = (&entry["request"], &entry["response"]);
        let first = format!("{} {} HTTP/1.1", asked["method"].as_str().unwrap(), asked["url"].as_str().unwrap());
        let body = asked["postData"]["text"].as_str().unwrap_or_default();
        put(format!("raw/{number:03}_c.txt"), (head(first, asked) + body).as_bytes());
        let first = format!("HTTP/1.1 {} Reason", given["status"]);
        let body = given["content"]["text"].as_str().unwrap_or_default();
        put(format!("raw/{number:03}_s.txt"), (head(first, given) + body).as_bytes());
        let began: jiff::Timestamp = entry["startedDateTime"].as_str().unwrap().parse().unwrap();
        let took = jiff::SignedDuration::from_millis(entry["time"].as_f64().unwrap() as i64);
        let times = format!(
            "<Session><SessionTimers ClientConnected=\"0001-01-01T00:00:00\" ClientBeginRequest=\"{began}\" ClientDoneResponse=\"{}\" /></Session>",
            began + took
        );
        put(format!("raw/{number:03}_m.xml"), times.as_bytes());
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_fiddler_archive_tells_what_its_har_tells() {
    for name in ["token-expired.har", "key-rotation.har", "signed-in-elsewhere.har"] {
        let tell = |bytes: Vec<u8>| {
            let inspection = inspect_bytes(vec![("capture.saz", bytes)]);
            let ends: Vec<_> = inspection.verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.cause)).collect();
            (inspection.sources.len(), inspection.sources[0].format, inspection.events.len(), ends)
        };
        assert_eq!(tell(saz_of(sample(name))), tell(sample(name).to_vec()), "{name}");
    }
}
