//! The bundled samples: real captures, embedded in the program. Where each came from: `sample_logs/README.md`.

/// One sample of the gallery.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// File names as in `sample_logs/`, opened together.
    pub files: &'static [(&'static str, &'static [u8])],
    /// A few words: "Signed out while polling".
    pub title: &'static str,
    /// One or two sentences on what it shows.
    pub shows: &'static str,
}

macro_rules! files {
    ($($name:literal),+) => { &[$(($name, include_bytes!(concat!("../sample_logs/", $name)))),+] };
}

/// The gallery, in its order. The first is what a newcomer without a display sees.
pub const SAMPLES: &[Sample] = &[
    Sample {
        files: files!["server-restart.har", "server-restart.nginx.access.log"],
        title: "The server restarted",
        shows: "A proxy answers 502 for a minute, then a cookie with an hour left is refused. The same story from browser and server.",
    },
    Sample {
        files: files!["idle-while-polling.access.log"],
        title: "Idle, while the app kept polling",
        shows: "The user walks away; polling goes on and does not count. Refused 15 minutes after the last click, twice.",
    },
    Sample {
        files: files!["office-morning.access.log"],
        title: "A morning at the office",
        shows: "Five people, one access log: idle, maximum age, a second device, a sign-out and a restart.",
    },
    Sample {
        files: files!["network-gap.har"],
        title: "The connection was gone",
        shows: "Offline for 13 minutes while polls should have kept the session alive.",
    },
    Sample {
        files: files!["signed-in-elsewhere.har"],
        title: "Signed in on another device",
        shows: "A sign-in on a phone ends the session at the desk.",
    },
    Sample {
        files: files!["token-expired.har"],
        title: "The token ran out",
        shows: "A bearer token expires and nothing renews it; the 401 says nothing.",
    },
    Sample {
        files: files!["idle-cookie-dropped.har"],
        title: "The browser dropped the cookie",
        shows: "A sliding cookie runs out in the browser, which then stops sending it.",
    },
    Sample {
        files: files!["absolute-timeout.har"],
        title: "Maximum age reached",
        shows: "A busy session gets too old. Chrome left the cookies out of the capture.",
    },
    Sample {
        files: files!["revoked-by-admin.har", "revoked-by-admin.access.log"],
        title: "Ended by an administrator",
        shows: "The browser can't tell; the server's log can. Opened together.",
    },
    Sample {
        files: files!["key-rotation.har"],
        title: "The signing key changed",
        shows: "A token with 50 minutes left stops verifying.",
    },
    Sample {
        files: files!["clock-skew.har"],
        title: "Clocks disagree",
        shows: "The issuer is three minutes ahead, so each fresh token is refused.",
    },
    Sample {
        files: files!["account-locked.har"],
        title: "Locked, not expired",
        shows: "The account is locked in the middle of a session.",
    },
    Sample {
        files: files!["sshd-day.auth.log"],
        title: "OpenSSH, three minutes",
        shows: "A sign-out, a dead client, a closed window, a lockout, and a restart that ended nobody.",
    },
    Sample {
        files: files!["signed-out.har"],
        title: "Nothing unusual",
        shows: "Two people sign in and out, one after the other.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_says_where_it_came_from() {
        let origins = include_str!("../sample_logs/README.md");
        for (name, bytes) in SAMPLES.iter().flat_map(|sample| sample.files) {
            assert!(origins.contains(&format!("`{name}`")), "{name}");
            assert!(!bytes.is_empty(), "{name}");
        }
    }
}
