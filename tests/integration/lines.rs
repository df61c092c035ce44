//! Access logs in the making: requests of several clients, seconds apart.

use crate::common::inspect_bytes;
use lapsed::inspection::Inspection;
use std::fmt::Write as _;

/// A client of the log: where it asks from, with what, as whom, and by which session.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    pub address: &'static str,
    pub agent: &'static str,
    /// `-` where the server's authentication names nobody.
    pub user: &'static str,
    /// `-` where the log names no session.
    pub sid: &'static str,
}

/// A client that the log tells from others by its address alone.
pub const fn at(address: &'static str) -> Client {
    Client { address, agent: "Firefox/140.0", user: "-", sid: "-" }
}

/// The same as somebody.
pub const fn user(address: &'static str, user: &'static str) -> Client {
    Client { user, ..at(address) }
}

/// Lines, in any order.
#[derive(Clone, Debug, Default)]
pub struct Log(Vec<(u32, Client, String, u16)>);

impl Log {
    /// A request, so many seconds after eight in the morning.
    pub fn line(&mut self, second: u32, client: Client, request: &str, status: u16) -> &mut Self {
        self.0.push((second, client, request.to_owned(), status));
        self
    }

    /// A sign-in by a form, and the page after it.
    pub fn sign_in(&mut self, second: u32, client: Client) -> &mut Self {
        let nobody = Client { user: "-", ..client };
        self.line(second, nobody, "GET /login", 200).line(second + 4, client, "POST /login", 302).line(
            second + 5,
            client,
            "GET /home",
            200,
        )
    }

    /// Pages at uneven distances of about forty seconds, from one second until another.
    pub fn pages(&mut self, from: u32, until: u32, client: Client) -> &mut Self {
        let (mut second, mut page) = (from, 0);
        while second < until {
            self.line(second, client, &format!("GET /items/{page}/{}", ["view", "edit"][page % 2]), 200);
            second += [31, 52, 17, 44, 63][page % 5];
            page += 1;
        }
        self
    }

    /// Refused at a page, and sent to sign in.
    pub fn refused(&mut self, second: u32, client: Client) -> &mut Self {
        let nobody = Client { user: "-", ..client };
        self.line(second, nobody, "GET /home", 302).line(second + 1, nobody, "GET /login", 200)
    }

    /// The log in order of time.
    pub fn text(&self) -> String {
        let mut lines = self.0.clone();
        lines.sort_by_key(|&(second, ..)| second);
        let mut text = String::new();
        for (second, client, request, status) in lines {
            let Client { address, agent, user, sid } = client;
            let (hour, minute, second) = (8 + second / 3_600, second / 60 % 60, second % 60);
            let sid = if sid == "-" { String::new() } else { format!(" sid={sid}") };
            writeln!(
                text,
                "{address} - {user} [03/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000] \"{request} HTTP/1.1\" {status} 512 \"-\" \"{agent}\"{sid}"
            )
            .unwrap();
        }
        text
    }

    /// What the log tells.
    pub fn inspect(&self) -> Inspection {
        inspect_bytes(vec![("access.log", self.text().into_bytes())])
    }
}
