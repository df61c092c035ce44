//! What an answer looks like: a page, data, or one of the many ways to refuse.

use super::{
    ending::Ending,
    look::{Build, Look, Refusal, reason},
    random::Random,
};

/// The visible part of an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) mime: &'static str,
    pub(super) body: String,
    pub(super) location: Option<String>,
    pub(super) challenge: Option<String>,
    /// Whether it states the reason.
    pub(super) says: bool,
}

const HTML: &str = "text/html";
const JSON: &str = "application/json";

/// A page for someone who is signed in.
pub(super) fn page(look: &Look, user: &str, path: &str) -> Answer {
    let title = path.trim_start_matches('/').split('/').next().unwrap_or("").to_owned();
    let out = look.sign_out.1;
    let body = format!(
        "<!doctype html><title>{title}</title><nav>{user} <a href=\"{out}\">Sign out</a></nav><main>{title}</main>"
    );
    Answer { status: 200, mime: HTML, body, ..Answer::default() }
}

/// The shell of a page that asks for its data: the same for everyone.
pub(super) fn shell(look: &Look) -> Answer {
    let body = format!("<!doctype html><div id=root></div><script src=\"/assets/main.{}.js\"></script>", look.assets);
    Answer { status: 200, mime: HTML, body, ..Answer::default() }
}

/// The page that asks to sign in.
pub(super) fn sign_in_page(look: &Look) -> Answer {
    if look.build != Build::Pages {
        return shell(look);
    }
    let body = format!(
        "<!doctype html><title>Sign in</title><form method=post action=\"{}\"><input name=\"{}\"><input type=\"password\" name=\"password\"></form>",
        look.sign_in_post, look.user_field
    );
    Answer { status: 200, mime: HTML, body, ..Answer::default() }
}

/// Data for someone who is signed in.
pub(super) fn data(random: &mut Random) -> Answer {
    let body = format!("{{\"items\":[{{\"id\":{}}}],\"total\":{}}}", random.count(100, 999), random.count(1, 60));
    Answer { status: 200, mime: JSON, body, ..Answer::default() }
}

/// Answers that are no ending: a missing right, a check against forgery, something that is not there.
pub(super) fn denied(status: u16) -> Answer {
    let body = match status {
        403 => "{\"error\":\"forbidden\",\"message\":\"You do not have permission to perform this action.\"}",
        419 | 422 => "{\"message\":\"CSRF token mismatch.\"}",
        _ => "{\"message\":\"Not found\"}",
    };
    Answer { status, mime: JSON, body: body.to_owned(), ..Answer::default() }
}

/// What a proxy says when the server behind is away.
pub(super) fn away(random: &mut Random) -> Answer {
    let status = random.pick(&[502, 502, 503, 504]);
    let body = format!(
        "<html><title>{status}</title><center>{}</center></html>",
        random.pick(&["nginx", "Bad Gateway", "upstream"])
    );
    Answer { status, mime: HTML, body, ..Answer::default() }
}

/// A sign-in that failed.
pub(super) fn wrong_password(look: &Look, locked: bool) -> Answer {
    let words = if locked { "Account locked: too many failed login attempts" } else { "Invalid username or password" };
    if look.build == Build::Pages {
        let form = sign_in_page(look).body;
        return Answer {
            status: if locked { 423 } else { 401 },
            mime: HTML,
            body: format!("<p class=error>{words}</p>{form}"),
            ..Answer::default()
        };
    }
    Answer {
        status: if locked { 423 } else { 401 },
        mime: JSON,
        body: format!("{{\"message\":\"{words}\"}}"),
        ..Answer::default()
    }
}

/// A refusal of the session, in the app's own manner.
pub(super) fn refusal(
    look: &Look,
    random: &mut Random,
    why: Ending,
    path: &str,
    of_page: bool,
    bearer: bool,
    says_why: bool,
) -> Answer {
    let words = if says_why { reason(why, random) } else { None };
    let says = words.is_some();
    let text = words.unwrap_or(look.neutral);
    let manner = if of_page { look.page_refusal } else { look.data_refusal };
    match manner {
        Refusal::Redirect(status) => {
            let mut query = Vec::new();
            if !look.next.is_empty() {
                query.push(format!(
                    "{}={}",
                    look.next,
                    path.replace('/', "%2F").replace('?', "%3F").replace('=', "%3D")
                ));
            }
            if says {
                query.push(format!("reason={}", text.replace(' ', "+")));
            }
            let asks = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
            Answer {
                status,
                mime: HTML,
                location: Some(format!("{}{asks}", look.sign_in_page)),
                says,
                ..Answer::default()
            }
        }
        Refusal::PageInPlace => {
            let mut page = sign_in_page(look);
            if says {
                page.body = format!("<p class=\"alert\">{text}</p>{}", page.body);
            }
            Answer { says, ..page }
        }
        Refusal::GraphError => Answer {
            status: 200,
            mime: JSON,
            body: format!(
                "{{\"data\":null,\"errors\":[{{\"message\":\"{text}\",\"extensions\":{{\"code\":\"UNAUTHENTICATED\"}}}}]}}"
            ),
            says,
            ..Answer::default()
        },
        Refusal::Status(status) => {
            let status = if why == Ending::AccountLocked && says { random.pick(&[401, 403, 423]) } else { status };
            let challenge = bearer.then(|| {
                if says && random.chance(0.5) {
                    format!("Bearer error=\"invalid_token\", error_description=\"{text}\"")
                } else {
                    "Bearer".to_owned()
                }
            });
            let body = match random.count(0, 2) {
                0 => format!("{{\"error\":\"{text}\"}}"),
                1 => format!("{{\"message\":\"{text}\"}}"),
                _ => format!("{{\"detail\":\"{text}\",\"status\":{status}}}"),
            };
            Answer { status, mime: JSON, body, challenge, says, location: None }
        }
    }
}

/// A renewal that was refused: OAuth's `invalid_grant` (RFC 6749 5.2) states no reason by itself.
pub(super) fn renewal_refused(look: &Look, random: &mut Random, why: Ending, says_why: bool) -> Answer {
    let words = if says_why { reason(why, random) } else { None };
    let says = words.is_some();
    let body = match words {
        Some(text) => format!("{{\"error\":\"invalid_grant\",\"error_description\":\"{text}\"}}"),
        None => "{\"error\":\"invalid_grant\"}".to_owned(),
    };
    Answer { status: if look.renew_form { 400 } else { 401 }, mime: JSON, body, says, ..Answer::default() }
}
