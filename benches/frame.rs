//! How long a frame takes while a person moves through a large log: layout, painting and tessellation, on one core.
//!
//! `cargo bench --bench frame` generates an access log of a million requests by 10 000 clients (the shape that the budget is
//! for: 99 of 100 frames within 6 ms), one of a million by 200 clients, and an auth log of 100 000 sessions; opens them as
//! the program does, and pans and zooms by the keys a person would press. Every frame changes the view, so that nothing laid
//! out before helps. What the graphics card does afterwards is not in the figures.

mod common;

use common::Random;
use cpu_time::ThreadTime;
use egui::{Context, Event, Key, Modifiers, RawInput, Rect, Vec2, pos2};
use lapsed::{
    inspection::{Input, inspect},
    source::Progress,
    ui::LapsedApp,
};
use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

const SIZE: Vec2 = Vec2::new(1600.0, 1000.0);
const FRAMES: usize = 300;

/// The window without a display: what `eframe` would call and draw, timed.
struct Window {
    ctx: Context,
    app: LapsedApp,
    frame: eframe::Frame,
    frames: u32,
}

impl Window {
    fn open(name: &str, bytes: Vec<u8>) -> io::Result<(Self, String)> {
        let input = Input::Bytes { name: name.into(), bytes: bytes.into() };
        let inspection = inspect(vec![input.clone()], 0, &Progress::default())
            .ok_or_else(|| io::Error::other("nothing was read"))?;
        let what = format!("{} events, {} sessions", inspection.events.len(), inspection.sessions.len());
        let ctx = Context::default();
        let app = LapsedApp::with_inspection(&ctx, vec![input], inspection);
        let mut window = Self { ctx, app, frame: eframe::Frame::_new_kittest(), frames: 0 };
        // Fonts and panels find their sizes.
        for _ in 0..10 {
            window.draw(None);
        }
        Ok((window, what))
    }

    /// One frame, in milliseconds.
    fn draw(&mut self, key: Option<Key>) -> f64 {
        self.frames += 1;
        let press =
            |key, pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE };
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), SIZE)),
            time: Some(f64::from(self.frames) / 60.0),
            events: key.into_iter().flat_map(|key| [press(key, true), press(key, false)]).collect(),
            focused: true,
            ..RawInput::default()
        };
        // By the time that this thread is on a core: what others do on the machine is not in it.
        let start = ThreadTime::now();
        let output = self.ctx.run_ui(input, |ui| eframe::App::ui(&mut self.app, ui, &mut self.frame));
        let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        assert!(!triangles.is_empty(), "nothing was drawn");
        milliseconds
    }

    /// Presses these keys in turn and says how long a frame took: the median and the 99th percentile.
    fn press(&mut self, keys: &[Key]) -> (f64, f64) {
        let mut times = Vec::with_capacity(FRAMES);
        for &key in keys.iter().cycle().take(FRAMES) {
            let before = self.app.looking().view;
            times.push(self.draw(Some(key)));
            assert_ne!(self.app.looking().view, before, "{key:?} moved nothing");
        }
        times.sort_by(f64::total_cmp);
        (times[FRAMES / 2], times[FRAMES * 99 / 100])
    }
}

fn main() -> io::Result<()> {
    writeln!(io::stdout().lock(), "{:<42} {:>9} {:>8}", "milliseconds per frame", "median", "p99")?;
    measure("10 000 clients", million_requests(10_000), 12)?;
    measure("200 clients", million_requests(200), 12)?;
    measure("auth.log", hundred_thousand_sessions(), 16)
}

/// Measures with everything in view, then after `closer` steps of zoom.
fn measure(name: &str, bytes: Vec<u8>, closer: usize) -> io::Result<()> {
    let (mut window, what) = Window::open(name, bytes)?;
    writeln!(io::stdout().lock(), "{name}: {what}")?;
    let tell = |what: &str, (median, p99): (f64, f64)| {
        writeln!(io::stdout().lock(), "{:<42} {median:>9.2} {p99:>8.2}", format!("  {what}"))
    };
    tell("all in view, zooming in and out", window.press(&[Key::W, Key::S]))?;
    // One step in, so that there is something to pan over.
    window.draw(Some(Key::W));
    tell("three quarters in view, panning", window.press(&[Key::D, Key::A]))?;
    window.draw(Some(Key::F));
    for _ in 0..closer {
        window.draw(Some(Key::W));
    }
    let (left, right) = (Key::A, Key::D);
    tell("close, panning", window.press(&[right, right, right, left, left, left]))
}

/// A day of so many clients, a million requests in all; some sign out before it ends.
fn million_requests(clients: u64) -> Vec<u8> {
    const REQUESTS: u64 = 1_112_000;
    let mut text = String::with_capacity(REQUESTS as usize * 200);
    let mut random = Random(17);
    let mut signed_out = vec![false; clients as usize];
    for n in 0..REQUESTS {
        let second = n * 86_000 / REQUESTS;
        let client = if n < clients { n } else { random.next(clients) };
        let out = &mut signed_out[client as usize];
        if *out {
            continue;
        }
        let request = match random.next(6) {
            _ if n < clients => "POST /login HTTP/1.1\" 302",
            _ if n * 100 / REQUESTS > 60 && random.next(3_000) == 0 => {
                *out = true;
                "POST /logout HTTP/1.1\" 302"
            }
            0 => "POST /orders HTTP/1.1\" 201",
            1..3 => "GET /api/notifications HTTP/1.1\" 200",
            _ => "GET /orders/101 HTTP/1.1\" 200",
        };
        let _ = writeln!(
            text,
            "10.{}.{}.{} - - [03/Mar/2026:{:02}:{:02}:{:02} +0000] \"{request} 467 \"https://shop.example/orders\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\"",
            client / 10_000,
            client / 100 % 100,
            client % 100,
            second / 3_600,
            second / 60 % 60,
            second % 60,
        );
    }
    text.into_bytes()
}

/// Twenty-eight days of sessions from a minute to ten hours.
fn hundred_thousand_sessions() -> Vec<u8> {
    const SESSIONS: u64 = 100_000;
    let mut random = Random(19);
    let mut lines: Vec<(u64, String)> = Vec::with_capacity(SESSIONS as usize * 3);
    for n in 0..SESSIONS {
        let start = n * 28 * 86_400_000 / SESSIONS;
        let end = start + 60_000 + random.next(600) * 60_000;
        let (pid, user, port) = (1_000 + n * 3, random.next(300), 1_024 + random.next(60_000));
        let tag = format!("web-3 sshd[{pid}]:");
        let id = 1_000 + user;
        lines.extend([
            (start, format!("{tag} Accepted publickey for user{user} from 10.0.0.{} port {port} ssh2: ED25519 SHA256:3NZviELOfxeMUsUvi6IqQjRgzu3h8/h49y/l4SVcFjo", user % 250)),
            (start + 20, format!("{tag} pam_unix(sshd:session): session opened for user user{user}(uid={id}) by (uid=0)")),
            (end, format!("{tag} pam_unix(sshd:session): session closed for user user{user}")),
        ]);
    }
    lines.sort_by_key(|(millis, _)| *millis);
    let mut text = String::with_capacity(lines.len() * 160);
    for (millis, line) in lines {
        let second = millis / 1_000;
        let _ = writeln!(
            text,
            "2026-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}000+00:00 {line}",
            3 + second / 86_400 / 28,
            1 + second / 86_400 % 28,
            second / 3_600 % 24,
            second / 60 % 60,
            second % 60,
            millis % 1_000
        );
    }
    text.into_bytes()
}
