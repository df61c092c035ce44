//! How fast a source of some size is opened, read, rebuilt and explained, and how much memory that takes.
//!
//! `cargo bench` writes generated inputs of 10 and 100 MB to a temporary folder and measures each in a process of its own.
//! Where `rg` is installed, the auth log's time is compared with how long it takes to count one pattern. Behind that, every
//! sample of the tests that is read by lines is repeated to 20 MB and read on one core, so that no format is an order slower
//! than its neighbours.

mod common;

use common::Random;
use lapsed::{
    formats::{self, FORMATS, Sniff},
    inspection::{Input, inspect},
    model::{EventStore, SourceId, SourceReport},
    source::{Content, Progress},
};
use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

const MB: usize = 1_000_000;
const RUNS: usize = 5;

/// Makes an input of about so many bytes.
type Generate = fn(usize) -> Vec<u8>;

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--measure") {
        return measure(Path::new(&args[at + 1]));
    }
    if let Some(at) = args.iter().position(|arg| arg == "--read") {
        return read(Path::new(&args[at + 1]));
    }
    if args.iter().any(|arg| arg == "--samples") {
        return each_sample(tempfile::tempdir()?.path());
    }
    let folder = tempfile::tempdir()?;
    let kinds: [(&str, Generate); 7] = [
        ("auth.log", auth_log),
        ("access.log", access_log),
        ("nginx.jsonl", |bytes| browsing(bytes, nginx_json)),
        ("pino.jsonl", |bytes| browsing(bytes, pino_http)),
        ("router.logfmt", |bytes| browsing(bytes, logfmt)),
        ("haproxy.log", |bytes| browsing(bytes, haproxy)),
        ("bodies.har", har),
    ];
    writeln!(
        io::stdout().lock(),
        "{:<14} {:>7} {:>9} {:>10} {:>10} {:>9} {:>9}",
        "input",
        "MB",
        "seconds",
        "GB/s",
        "peak MB",
        "sessions",
        "x rg"
    )?;
    for (name, generate) in kinds {
        for size in [10, 100] {
            let path = folder.path().join(format!("{size}-{name}"));
            fs::write(&path, generate(size * MB))?;
            report(name, &path)?;
        }
    }
    each_sample(folder.path())
}

/// The child's part for a sample: its records read into events, on one core, without what is made of them.
fn read(path: &Path) -> io::Result<()> {
    let content = Content::from_bytes(fs::read(path)?);
    let head = content.head();
    let sniffed = |wanted: Sniff| FORMATS.iter().find(|format| format.sniff(&head) == wanted);
    let Some(format) = sniffed(Sniff::Certain).or_else(|| sniffed(Sniff::Plausible)) else {
        return writeln!(io::stdout().lock(), "inf - 0");
    };
    let progress = Progress::default();
    let input = formats::Input { content: &content, source: SourceId(0), written_by: 0, progress: &progress };
    let (mut events, mut report) = (EventStore::default(), SourceReport::new("sample".into()));
    let start = Instant::now();
    format.read(&input, &mut events, &mut report);
    let seconds = start.elapsed().as_secs_f64();
    writeln!(io::stdout().lock(), "{seconds} {} {}", format.id(), report.events)
}

/// Reads each sample on one core.
fn each_sample(folder: &Path) -> io::Result<()> {
    writeln!(
        io::stdout().lock(),
        "\n{:<36} {:>14} {:>9} {:>10} {:>10}",
        "sample x n, MB/s on one core",
        "format",
        "events",
        "read",
        "whole"
    )?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut samples = Vec::new();
    for part in ["logs", "named", "providers"] {
        for entry in fs::read_dir(fixtures.join(part))? {
            let path = entry?.path();
            let by_lines = path.extension().is_none_or(|kind| kind != "json" && kind != "xml" && kind != "md");
            if by_lines {
                samples.push(path);
            }
        }
    }
    samples.sort();
    for sample in samples {
        let bytes = fs::read(&sample)?;
        if bytes.is_empty() {
            continue;
        }
        let name = sample.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = folder.join(&name);
        fs::write(&path, bytes.repeat((20 * MB).div_ceil(bytes.len())))?;
        let (read, said) = fastest(&path, "--read")?;
        let (whole, _) = fastest(&path, "--measure")?;
        let megabytes = fs::metadata(&path)?.len() as f64 / 1e6;
        fs::remove_file(&path)?;
        let rest: Vec<&str> = said.split_whitespace().skip(1).collect();
        let (format, events) = (rest.first().unwrap_or(&"-"), rest.get(1).unwrap_or(&"-"));
        let mut out = io::stdout().lock();
        writeln!(out, "{name:<36} {format:>14} {events:>9} {:>10.0} {:>10.0}", megabytes / read, megabytes / whole)?;
        out.flush()?;
    }
    Ok(())
}

/// The fastest of three runs of a child on one core, with what it printed.
fn fastest(path: &Path, part: &str) -> io::Result<(f64, String)> {
    let mut best = (f64::INFINITY, String::new());
    for _ in 0..3 {
        let child =
            Command::new(std::env::current_exe()?).arg(part).arg(path).env("RAYON_NUM_THREADS", "1").output()?;
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        if let Some(seconds) = said.split(' ').next().and_then(|text| text.parse::<f64>().ok())
            && seconds < best.0
        {
            best = (seconds, said);
        }
    }
    Ok(best)
}

fn report(name: &str, path: &Path) -> io::Result<()> {
    let mut seconds = Vec::new();
    let mut last = String::new();
    for _ in 0..RUNS {
        let out = Command::new(std::env::current_exe()?).arg("--measure").arg(path).output()?;
        last = String::from_utf8_lossy(&out.stdout).into_owned();
        seconds.extend(last.split(' ').next().and_then(|text| text.parse::<f64>().ok()));
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN);
    let rest: Vec<&str> = last.split_whitespace().skip(1).collect();
    let megabytes = fs::metadata(path)?.len() as f64 / 1e6;
    let rg = if name == "auth.log" {
        ripgrep(path).map_or("-".to_owned(), |secs| format!("{:.1}", median / secs))
    } else {
        String::new()
    };
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{name:<14} {megabytes:>7.1} {median:>9.3} {:>10.2} {:>10} {:>9} {rg:>9}",
        megabytes / 1e3 / median,
        rest.first().unwrap_or(&"-"),
        rest.get(1).unwrap_or(&"-"),
    )?;
    out.flush()
}

/// The child's part: one load, its seconds, its peak memory in MB and what it found.
fn measure(path: &Path) -> io::Result<()> {
    let start = Instant::now();
    let inspection = inspect(vec![Input::Path(PathBuf::from(path))], 0, &Progress::default());
    let seconds = start.elapsed().as_secs_f64();
    let sessions = inspection.as_ref().map_or(0, |inspection| inspection.sessions.len());
    let peak = peak_megabytes().map_or("-".to_owned(), |peak| format!("{peak:.0}"));
    writeln!(io::stdout().lock(), "{seconds} {peak} {sessions}")?;
    std::mem::forget(inspection);
    Ok(())
}

/// The greatest resident size of this process so far, where the system tells.
fn peak_megabytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0 / 1e6)
}

fn ripgrep(path: &Path) -> Option<f64> {
    let mut seconds: Vec<f64> = (0..RUNS)
        .filter_map(|_| {
            let start = Instant::now();
            let done = Command::new("rg").arg("-c").arg("session (opened|closed) for user").arg(path).output().ok()?;
            done.status.success().then(|| start.elapsed()).map(|time: Duration| time.as_secs_f64())
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied()
}

/// Sessions of OpenSSH as Debian's syslog shows them, with failed sign-ins between.
fn auth_log(bytes: usize) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + 2_000);
    let mut random = Random(7);
    let mut micros = 0_u64;
    let mut pid = 1_000;
    while text.len() < bytes {
        micros += 1 + random.next(2_000_000);
        let second = micros / 1_000_000;
        pid = 1_000 + (pid + 1 + random.next(5)) % 400_000;
        let stamp = format!(
            "2026-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00",
            1 + second / 2_419_200 % 12,
            1 + second / 86_400 % 28,
            second / 3_600 % 24,
            second / 60 % 60,
            second % 60,
            micros % 1_000_000
        );
        let (user, ip, port) = (
            random.next(300),
            format!("10.{}.{}.{}", random.next(4), random.next(250), random.next(250)),
            1_024 + random.next(60_000),
        );
        if random.next(3) == 0 {
            let _ = writeln!(
                text,
                "{stamp} web-3 sshd[{pid}]: Failed password for invalid user admin{user} from {ip} port {port} ssh2"
            );
            let _ = writeln!(
                text,
                "{stamp} web-3 sshd[{pid}]: Connection closed by invalid user admin{user} {ip} port {port} [preauth]"
            );
            continue;
        }
        let _ = writeln!(
            text,
            "{stamp} web-3 sshd[{pid}]: Accepted publickey for user{user} from {ip} port {port} ssh2: ED25519 SHA256:3NZviELOfxeMUsUvi6IqQjRgzu3h8/h49y/l4SVcFjo"
        );
        let _ = writeln!(
            text,
            "{stamp} web-3 sshd[{pid}]: pam_unix(sshd:session): session opened for user user{user}(uid={}) by (uid=0)",
            1_000 + user
        );
        let _ = writeln!(text, "{stamp} web-3 systemd-logind[612]: New session {pid} of user user{user}.");
        let _ = writeln!(
            text,
            "{stamp} web-3 sshd[{}]: Received disconnect from {ip} port {port}:11: disconnected by user",
            pid + 1
        );
        let _ = writeln!(text, "{stamp} web-3 sshd[{}]: Disconnected from user user{user} {ip} port {port}", pid + 1);
        let _ = writeln!(text, "{stamp} web-3 sshd[{pid}]: pam_unix(sshd:session): session closed for user user{user}");
    }
    text.into_bytes()
}

/// Browsing by a thousand clients, who sign in and out.
fn access_log(bytes: usize) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + 2_000);
    let mut random = Random(11);
    let mut second = 0_u64;
    while text.len() < bytes {
        second += random.next(2);
        let client = random.next(1_000);
        let request = match random.next(40) {
            0 => "POST /login HTTP/1.1\" 302",
            1 => "POST /logout HTTP/1.1\" 302",
            2 => "GET /login HTTP/1.1\" 200",
            3..10 => "GET /static/site.css HTTP/1.1\" 304",
            _ => "GET /orders/101 HTTP/1.1\" 200",
        };
        let _ = writeln!(
            text,
            "10.0.{}.{} - - [{:02}/Mar/2026:{:02}:{:02}:{:02} +0000] \"{request} 467 \"https://shop.example/orders\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\"",
            client / 250,
            client % 250,
            1 + second / 86_400 % 28,
            second / 3_600 % 24,
            second / 60 % 60,
            second % 60,
        );
    }
    text.into_bytes()
}

/// One request of [`browsing`].
struct Asked {
    second: u64,
    client: u64,
    method: &'static str,
    path: &'static str,
    status: u16,
}

impl Asked {
    fn clock(&self) -> String {
        let second = self.second;
        format!("{:02}:{:02}:{:02}", second / 3_600 % 24, second / 60 % 60, second % 60)
    }

    fn day(&self) -> u64 {
        1 + self.second / 86_400 % 28
    }
}

/// The same browsing as in the access log, each line written by `line`.
fn browsing(bytes: usize, line: fn(&Asked) -> String) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + 2_000);
    let mut random = Random(11);
    let mut second = 0_u64;
    while text.len() < bytes {
        second += random.next(2);
        let client = random.next(1_000);
        let (method, path, status) = match random.next(40) {
            0 => ("POST", "/login", 302),
            1 => ("POST", "/logout", 302),
            2 => ("GET", "/login", 200),
            3..10 => ("GET", "/static/site.css", 304),
            _ => ("GET", "/orders/101", 200),
        };
        text.push_str(&line(&Asked { second, client, method, path, status }));
        text.push('\n');
    }
    text.into_bytes()
}

const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

fn nginx_json(asked: &Asked) -> String {
    let Asked { client, method, path, status, .. } = asked;
    format!(
        "{{\"time\":\"2026-03-{:02}T{}+00:00\",\"remote_addr\":\"10.0.{}.{}\",\"method\":\"{method}\",\"uri\":\"{path}\",\"status\":{status},\"bytes\":467,\"ua\":\"{AGENT}\",\"sid\":\"\",\"rt\":0.194}}",
        asked.day(),
        asked.clock(),
        client / 250,
        client % 250,
    )
}

fn pino_http(asked: &Asked) -> String {
    let Asked { second, client, method, path, status } = asked;
    format!(
        "{{\"level\":30,\"time\":{},\"pid\":19004,\"hostname\":\"web\",\"req\":{{\"id\":1,\"method\":\"{method}\",\"url\":\"{path}\",\"query\":{{}},\"params\":{{}},\"headers\":{{\"host\":\"shop.example\",\"connection\":\"keep-alive\",\"sec-ch-ua\":\"\\\"Chromium\\\";v=\\\"156\\\"\",\"user-agent\":\"{AGENT}\",\"accept\":\"text/html,application/xhtml+xml,*/*;q=0.8\",\"accept-encoding\":\"gzip, deflate, br, zstd\",\"accept-language\":\"en-US,en;q=0.9\"}},\"remoteAddress\":\"10.0.{}.{}\",\"remotePort\":56418}},\"res\":{{\"statusCode\":{status},\"headers\":{{\"content-type\":\"text/html; charset=utf-8\",\"content-length\":\"383\"}}}},\"responseTime\":30,\"msg\":\"request completed\"}}",
        (1_772_541_280 + second) * 1_000,
        client / 250,
        client % 250,
    )
}

fn logfmt(asked: &Asked) -> String {
    let Asked { client, method, path, status, .. } = asked;
    format!(
        "2026-03-{:02}T{}.784000+00:00 heroku[router]: at=info method={method} path=\"{path}\" host=shop.example request_id=8601b555-6a83-4c12-8269-97c8e32cdb22 fwd=\"10.0.{}.{}\" dyno=web.1 connect=0ms service=18ms status={status} bytes=1383 protocol=https",
        asked.day(),
        asked.clock(),
        client / 250,
        client % 250,
    )
}

fn haproxy(asked: &Asked) -> String {
    let Asked { client, method, path, status, .. } = asked;
    let (day, clock) = (asked.day(), asked.clock());
    format!(
        "Mar {day:2} {clock} lb haproxy[7]: 10.0.{}.{}:42 [{day:02}/Mar/2026:{clock}.123] web app/a 0/0/1/2/3 {status} 512 - - ---- 1/1/0/0/0 0/0 {{{AGENT}}} \"{method} {path} HTTP/1.1\"",
        client / 250,
        client % 250,
    )
}

/// A capture with cookies and bodies: mostly pages of 20 to 120 kB.
fn har(bytes: usize) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + 300_000);
    let mut random = Random(13);
    text.push_str("{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"WebInspector\",\"version\":\"537.36\"},\"pages\":[],\"entries\":[");
    let mut n = 0_u64;
    while text.len() < bytes {
        if n > 0 {
            text.push(',');
        }
        let page = "<tr><td class=\\\"amount\\\">1.204,00</td><td>\\u20ac open</td></tr>\\n"
            .repeat(300 + random.next(1_500) as usize);
        let (method, path, cookie) =
            if n == 0 { ("POST", "login", "") } else { ("GET", "orders", "sid=s%3AYXinY1n5trxRAd6R0QLE42cSOyEo6KEd") };
        let _ = write!(
            text,
            "{{\"startedDateTime\":\"2026-03-03T{:02}:{:02}:{:02}.422Z\",\"time\":35.2,\"request\":{{\"method\":\"{method}\",\"url\":\"https://bank.example/{path}\",\"httpVersion\":\"http/2.0\",\"headers\":[{{\"name\":\"Accept\",\"value\":\"text/html\"}},{{\"name\":\"Cookie\",\"value\":\"{cookie}\"}}],\"queryString\":[],\"cookies\":[],\"headersSize\":-1,\"bodySize\":0}},\"response\":{{\"status\":200,\"statusText\":\"OK\",\"httpVersion\":\"http/2.0\",\"headers\":[{{\"name\":\"Date\",\"value\":\"Tue, 03 Mar 2026 10:37:17 GMT\"}},{{\"name\":\"Content-Type\",\"value\":\"text/html\"}}],\"cookies\":[],\"content\":{{\"size\":1,\"mimeType\":\"text/html\",\"text\":\"{page}\"}},\"redirectURL\":\"\",\"headersSize\":-1,\"bodySize\":-1}},\"cache\":{{}},\"timings\":{{\"send\":0,\"wait\":30,\"receive\":5}},\"_resourceType\":\"document\"}}",
            n / 3_600 % 24,
            n / 60 % 60,
            n % 60,
        );
        n += 1;
    }
    text.push_str("]}}");
    text.into_bytes()
}
