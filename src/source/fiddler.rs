//! Fiddler's session archive (`.saz`): a zip with the bytes of every request and answer in files of their own, opened as the
//! HAR that Fiddler itself would export. <https://docs.telerik.com/fiddler/knowledge-base/sazformat>

use super::{Content, archive::Archive};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::{borrow::Cow, collections::BTreeMap, io::Read, path::Path};

/// Most headers of one message, and most bytes of a body once unpacked.
const MOST_HEADERS: usize = 256;
const MOST_BODY: u64 = 32 << 20;

/// The files of one exchange.
#[derive(Debug, Default)]
struct Parts {
    request: Vec<u8>,
    response: Vec<u8>,
    meta: Vec<u8>,
}

/// Exchanges by their number, as members of a zip are taken in.
#[derive(Debug, Default)]
pub(super) struct Fiddler {
    exchanges: BTreeMap<u32, Parts>,
}

impl Fiddler {
    /// Whether the archive is Fiddler's: by the names of its first members.
    pub(super) fn wrote(content: &Content) -> bool {
        let is_part = |name: &Path| part_of(name).is_some();
        Archive::names(content, 8).iter().any(|name| is_part(name))
    }

    /// Takes a member in; one that belongs to no exchange is Fiddler's own index.
    pub(super) fn take(&mut self, name: &Path, bytes: Vec<u8>) {
        let Some((number, part)) = part_of(name) else { return };
        let parts = self.exchanges.entry(number).or_default();
        match part {
            Part::Request => parts.request = bytes,
            Part::Response => parts.response = bytes,
            Part::Meta => parts.meta = bytes,
        }
    }

    /// All of it as a HAR.
    pub(super) fn har(self) -> Vec<u8> {
        let entries: Vec<Value> = self.exchanges.values().map(entry).collect();
        let log = json!({"log": {"version": "1.2", "creator": {"name": "Fiddler", "version": ""}, "entries": entries}});
        log.to_string().into_bytes()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Request,
    Response,
    Meta,
}

/// `raw/12_c.txt` is what the client sent in exchange 12, `_s.txt` what the server answered, `_m.xml` when.
fn part_of(name: &Path) -> Option<(u32, Part)> {
    if name.parent()?.file_name()? != "raw" {
        return None;
    }
    let (number, part) = name.file_name()?.to_str()?.split_once('_')?;
    let part = match part {
        "c.txt" => Part::Request,
        "s.txt" => Part::Response,
        "m.xml" => Part::Meta,
        _ => return None,
    };
    Some((number.parse().ok()?, part))
}

fn entry(parts: &Parts) -> Value {
    let times = Times::read(&parts.meta);
    let mut entry = Map::new();
    if let Some(began) = times.began {
        entry.insert("startedDateTime".into(), began.to_string().into());
        let millis = times.done.map_or(0, |done| done.as_millisecond() - began.as_millisecond());
        entry.insert("time".into(), millis.max(0).into());
    }
    entry.insert("request".into(), request(&parts.request));
    entry.insert("response".into(), response(&parts.response));
    Value::Object(entry)
}

/// When an exchange began and was done, by the clock of the machine that Fiddler ran on.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    began: Option<Timestamp>,
    done: Option<Timestamp>,
}

impl Times {
    fn read(meta: &[u8]) -> Self {
        let text = String::from_utf8_lossy(meta);
        let time = |names: &[&str]| {
            names.iter().find_map(|name| {
                let at = text.find(&format!(" {name}=\""))?;
                let value = text.get(at..)?.split('"').nth(1)?;
                // A step that was not reached is said to have been in the year 1.
                value.parse().ok().filter(|time: &Timestamp| *time > Timestamp::UNIX_EPOCH)
            })
        };
        Self {
            began: time(&["ClientBeginRequest", "ClientDoneRequest", "ClientConnected", "FiddlerBeginRequest"]),
            done: time(&["ClientDoneResponse", "ServerDoneResponse", "ClientBeginResponse", "ServerBeginResponse"]),
        }
    }
}

fn request(bytes: &[u8]) -> Value {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let at = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(at)) => at,
        _ => bytes.len(),
    };
    let target = parsed.path.unwrap_or_default();
    // An app that does not know of the proxy sends the path alone.
    let host = value_of(parsed.headers, "host");
    let url = if target.starts_with('/') { format!("http://{host}{target}") } else { target.to_owned() };
    let mut request = json!({
        "method": parsed.method.unwrap_or_default(),
        "url": url,
        "httpVersion": version(parsed.version),
        "headers": listed(parsed.headers),
    });
    let body = body(parsed.headers, bytes.get(at..).unwrap_or_default());
    if !body.is_empty() {
        let mime = value_of(parsed.headers, "content-type");
        request["postData"] = json!({"mimeType": mime, "text": String::from_utf8_lossy(&body)});
    }
    request
}

fn response(bytes: &[u8]) -> Value {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let at = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(at)) => at,
        _ => bytes.len(),
    };
    let body = body(parsed.headers, bytes.get(at..).unwrap_or_default());
    let mut content = json!({"mimeType": value_of(parsed.headers, "content-type"), "size": body.len()});
    if let Ok(text) = std::str::from_utf8(&body) {
        content["text"] = text.into();
    }
    json!({
        "status": parsed.code.unwrap_or_default(),
        "statusText": parsed.reason.unwrap_or_default(),
        "httpVersion": version(parsed.version),
        "headers": listed(parsed.headers),
        "content": content,
    })
}

fn version(minor: Option<u8>) -> String {
    minor.map_or_else(String::new, |minor| format!("HTTP/1.{minor}"))
}

fn listed(headers: &[httparse::Header<'_>]) -> Vec<Value> {
    headers.iter().map(|header| json!({"name": header.name, "value": String::from_utf8_lossy(header.value)})).collect()
}

fn value_of<'a>(headers: &[httparse::Header<'a>], name: &str) -> Cow<'a, str> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    header.map_or(Cow::Borrowed(""), |header| String::from_utf8_lossy(header.value))
}

/// The body as the other side meant it: chunks put together and compression undone, where this is possible. One in a coding
/// that is not known (Brotli) is left out, since its bytes say nothing.
fn body<'a>(headers: &[httparse::Header<'_>], bytes: &'a [u8]) -> Cow<'a, [u8]> {
    let chunked = value_of(headers, "transfer-encoding").to_ascii_lowercase().contains("chunked");
    let whole = if chunked { unchunked(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned) } else { Cow::Borrowed(bytes) };
    let coding = value_of(headers, "content-encoding").trim().to_ascii_lowercase();
    let unpacked = |mut reader: Box<dyn Read + '_>| {
        let mut plain = Vec::new();
        // What could be unpacked of a body that is cut off is better than nothing.
        let _ = reader.by_ref().take(MOST_BODY).read_to_end(&mut plain);
        plain
    };
    match coding.as_str() {
        "" | "identity" => whole,
        // Fiddler may have decoded the body and left the header.
        "gzip" | "x-gzip" if whole.starts_with(b"\x1f\x8b") => {
            Cow::Owned(unpacked(Box::new(MultiGzDecoder::new(&*whole))))
        }
        "deflate" if whole.first() == Some(&0x78) => Cow::Owned(unpacked(Box::new(ZlibDecoder::new(&*whole)))),
        "deflate" => Cow::Owned(unpacked(Box::new(DeflateDecoder::new(&*whole)))),
        _ if std::str::from_utf8(&whole).is_ok() => whole,
        _ => Cow::Borrowed(b""),
    }
}

/// Chunks of RFC 9112, 7.1, put together; `None` where there are none.
fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((at, length))) = httparse::parse_chunk_size(bytes) else {
            return (!whole.is_empty()).then_some(whole);
        };
        let length = usize::try_from(length).ok()?;
        let rest = bytes.get(at..)?;
        whole.extend_from_slice(rest.get(..length.min(rest.len()))?);
        if length == 0 || length >= rest.len() {
            return Some(whole);
        }
        bytes = rest.get(length..)?.strip_prefix(b"\r\n").unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const META: &[u8] = br#"<?xml version="1.0" encoding="utf-8"?><Session SID="1" BitFlags="59"><SessionTimers ClientConnected="0001-01-01T00:00:00" ClientBeginRequest="2026-03-03T09:20:17.3284419+02:00" ClientDoneResponse="2026-03-03T09:20:17.4284419+02:00" /></Session>"#;

    fn taken(files: &[(&str, &[u8])]) -> Value {
        let mut fiddler = Fiddler::default();
        for (name, bytes) in files {
            fiddler.take(Path::new(name), bytes.to_vec());
        }
        serde_json::from_slice(&fiddler.har()).unwrap()
    }

    #[test]
    fn an_exchange_is_put_together_from_its_three_files() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"{\"error\":\"session expired\"}").unwrap();
        let packed = gz.finish().unwrap();
        let mut answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        answer.extend_from_slice(format!("{:x}\r\n", packed.len()).as_bytes());
        answer.extend_from_slice(&packed);
        answer.extend_from_slice(b"\r\n0\r\n\r\n");
        let asked = b"POST https://app.example/api/save?x=1 HTTP/1.1\r\nHost: app.example\r\nCookie: sid=1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=1&b=2";
        let har = taken(&[
            ("raw/01_c.txt", asked),
            ("raw/01_m.xml", META),
            ("raw/01_s.txt", &answer),
            ("_index.htm", b"<p>"),
        ]);
        let entry = &har["log"]["entries"][0];
        assert_eq!(entry["startedDateTime"], "2026-03-03T07:20:17.3284419Z");
        assert_eq!(entry["time"], 100);
        assert_eq!(entry["request"]["url"], "https://app.example/api/save?x=1");
        assert_eq!(entry["request"]["postData"]["text"], "a=1&b=2");
        assert_eq!(entry["request"]["headers"][1], json!({"name": "Cookie", "value": "sid=1"}));
        assert_eq!(entry["response"]["status"], 401);
        assert_eq!(entry["response"]["content"]["text"], "{\"error\":\"session expired\"}");
    }

    #[test]
    fn what_was_never_answered_or_is_cut_off_is_kept_as_far_as_it_goes() {
        let har = taken(&[
            ("raw/1_c.txt", b"GET /a HTTP/1.1\r\nHost: app.example\r\n\r\n"),
            ("raw/2_s.txt", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"),
            ("raw/2_m.xml", b"<Session"),
        ]);
        let entries = &har["log"]["entries"];
        assert_eq!(entries[0]["request"]["url"], "http://app.example/a");
        assert_eq!(entries[0]["response"]["status"], 0);
        assert_eq!(entries[1]["response"]["content"]["text"], "abc");
        assert!(entries[1].get("startedDateTime").is_none());
    }
}
