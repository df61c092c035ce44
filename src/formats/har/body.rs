//! Bodies: which ones matter, and the fields of forms and JSON.

use super::{
    raw::{Pair, Raw, RawPost},
    url,
};
use crate::jwt::base64;
use memchr::memmem;
use serde_json::Value;

/// Longer bodies say nothing that a shorter one would not have said. Counted as they stand in the file.
const MAX_BODY: usize = 256 * 1024;
/// Most fields that are read from one body.
const MAX_FIELDS: usize = 400;
/// How deep fields are looked for.
const MAX_DEPTH: u8 = 4;

/// What kind of text a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Html,
    Form,
    Multipart,
    Plain,
    /// Images, scripts, styles, fonts and whatever else is never read.
    Other,
}

/// The kind that a content type names.
pub(super) fn kind_of(mime: &str) -> Kind {
    let mime = mime.to_ascii_lowercase();
    if mime.contains("json") && !mime.contains("stream") || mime.contains("graphql-response") {
        Kind::Json
    } else if mime.contains("html") {
        Kind::Html
    } else if mime.contains("x-www-form-urlencoded") {
        Kind::Form
    } else if mime.contains("multipart/") {
        Kind::Multipart
    } else if mime.starts_with("text/plain") || mime.is_empty() || mime.starts_with("x-unknown") {
        Kind::Plain
    } else {
        Kind::Other
    }
}

/// The kind, corrected by how the body begins where its type says nothing.
pub(super) fn kind_of_text(kind: Kind, text: &str) -> Kind {
    match (kind, text.trim_start().as_bytes().first()) {
        (Kind::Plain | Kind::Form, Some(b'{' | b'[')) => Kind::Json,
        (Kind::Plain, Some(b'<')) => Kind::Html,
        _ => kind,
    }
}

/// Whether any of the words stands in the body as the file writes it, so that decoding it is worth while.
pub(super) fn mentions(body: Raw<'_>, words: &[&str]) -> bool {
    let json = body.json().as_bytes();
    words.iter().any(|word| memmem::find(json, word.as_bytes()).is_some())
}

/// The text of a body, decoded; `None` where there is none, or too much of it.
pub(super) fn text_of(body: Raw<'_>, encoding: &str) -> Option<String> {
    let json = body.json();
    if json.len() <= 2 || json.len() > MAX_BODY {
        return None;
    }
    let text = body.decode()?;
    if encoding.eq_ignore_ascii_case("base64") {
        return Some(String::from_utf8_lossy(&base64(&text)?).into_owned());
    }
    Some(text)
}

/// One field of a form or of a JSON object.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    /// The name of the object that it stands in, empty at the top.
    pub(super) parent: String,
    pub(super) key: String,
    pub(super) value: String,
}

/// The fields of a body, flattened.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
}

impl Fields {
    /// The value of the first field of that name.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.list.iter().find(|field| field.key == key).map(|field| field.value.as_str())
    }

    /// The scalars of a JSON body, a few levels deep.
    pub(super) fn of_json(value: &Value) -> Self {
        let mut fields = Self::default();
        fields.add_json(value, "", "", 0);
        fields
    }

    fn add_json(&mut self, value: &Value, parent: &str, key: &str, depth: u8) {
        if self.list.len() >= MAX_FIELDS || depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    self.add_json(value, key, name, depth.saturating_add(1));
                }
            }
            Value::Array(items) => {
                for item in items.iter().take(8) {
                    self.add_json(item, parent, key, depth.saturating_add(1));
                }
            }
            Value::String(text) => self.add(parent, key, text.clone()),
            Value::Number(number) => self.add(parent, key, number.to_string()),
            Value::Bool(_) | Value::Null => {}
        }
    }

    /// The parameters of a query or a form.
    pub(super) fn of_query(query: &str) -> Self {
        let mut fields = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).take(MAX_FIELDS) {
            fields.add("", &name, value.into_owned());
        }
        fields
    }

    fn add(&mut self, parent: &str, key: &str, value: String) {
        self.list.push(Field { parent: parent.to_owned(), key: key.to_owned(), value });
    }

    /// The fields of a request's body, by its text, else by the parameters that the producer took out of it.
    pub(super) fn of_request(post: &RawPost<'_>, content_type: &str) -> Self {
        let mime = if post.mime.get().is_empty() { content_type } else { post.mime.get() };
        let mut fields = Self::default();
        if let Some(text) = text_of(post.text, post.encoding.get()) {
            fields = match kind_of_text(kind_of(mime), &text) {
                Kind::Json => serde_json::from_str(&text).map(|value| Self::of_json(&value)).unwrap_or_default(),
                Kind::Multipart => Self::of_multipart(&text),
                Kind::Form => Self::of_query(text.trim()),
                Kind::Plain if text.contains('=') && !text.contains(' ') => Self::of_query(text.trim()),
                _ => Self::default(),
            };
        }
        if fields.list.is_empty() {
            for Pair { name, value, .. } in post.params.0.iter().take(MAX_FIELDS) {
                fields.add("", &percent_decoded(name.get()), percent_decoded(value.get()));
            }
        }
        fields
    }

    /// The parts of `multipart/form-data` that are no files (RFC 7578).
    fn of_multipart(text: &str) -> Self {
        let mut fields = Self::default();
        let boundary = text.lines().next().unwrap_or("").trim_end();
        if !boundary.starts_with("--") || boundary.len() < 3 {
            return fields;
        }
        for part in text.split(boundary).skip(1).take(MAX_FIELDS) {
            let Some((head, body)) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n")) else { continue };
            let name = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next());
            if let Some(name) = name
                && !head.contains("filename=")
                && body.len() < 4_096
            {
                fields.add("", name, body.trim_end_matches(['\r', '\n']).to_owned());
            }
        }
        fields
    }
}

/// Some producers decode what they list, some don't; only what looks encoded is decoded.
fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let shielded = text.replace('&', "%26").replace('=', "%3D").replace('+', "%2B");
    form_urlencoded::parse(shielded.as_bytes()).next().map_or_else(|| text.to_owned(), |(name, _)| name.into_owned())
}

/// A field's name without the framework around it: `user[password]`, `Input.Password`, `ctl00$Main$Password`.
fn bare_name(name: &str) -> String {
    let name = name.trim_end_matches([']', '[']);
    let last = name.rsplit(['[', '.', '$', ':', '/']).next().unwrap_or(name);
    last.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a field of this name holds a password.
pub(super) fn is_password_name(name: &str) -> bool {
    let name = bare_name(name);
    matches!(
        name.as_str(),
        "passwd"
            | "pwd"
            | "pass"
            | "passphrase"
            | "passcode"
            | "jpassword"
            | "passwort"
            | "kennwort"
            | "motdepasse"
            | "contrasena"
            | "senha"
            | "userpass"
            | "userpwd"
            | "loginpass"
            | "loginpwd"
    ) || name.ends_with("password")
        || name.starts_with("password") && name.len() < 12
}

/// The user's name among the fields of a sign-in.
pub(super) fn user(fields: &Fields) -> Option<&str> {
    const NAMES: [&str; 21] = [
        "username",
        "user",
        "jusername",
        "login",
        "email",
        "userid",
        "identifier",
        "uname",
        "loginid",
        "loginname",
        "emailaddress",
        "mail",
        "account",
        "accountname",
        "upn",
        "log",
        "loginfmt",
        "userlogin",
        "useremail",
        "signinname",
        "name",
    ];
    NAMES.iter().find_map(|wanted| {
        fields
            .list
            .iter()
            .find(|field| bare_name(&field.key) == *wanted)
            .map(|field| field.value.trim())
            .filter(|value| !value.is_empty() && value.len() < 200 && !url::looks_like_jwt(value))
    })
}

/// Whether a request's fields hand in a password to sign in with: not one that is changed, nor one asked for once more from
/// a user who is known.
pub(super) fn signs_in(fields: &Fields) -> bool {
    let mut names = fields.list.iter().map(|field| bare_name(&field.key));
    names.any(|name| is_password_name(&name)) && !changes_password(fields) || abbreviates(fields)
}

/// Whether a form that calls itself a sign-in (`do=login`) has its two fields by their first letters: applications with one
/// address for everything say in a field what is to be done, and older ones keep names as short as these.
fn abbreviates(fields: &Fields) -> bool {
    let is_filled = |wanted: &[&str]| {
        let mut filled = fields.list.iter().filter(|field| !field.value.is_empty());
        filled.any(|field| wanted.contains(&bare_name(&field.key).as_str()))
    };
    let verbs = ["login", "logon", "signin", "authenticate"];
    let is_called = fields.list.iter().any(|field| verbs.contains(&bare_name(&field.value).as_str()));
    is_called && is_filled(&["p", "pw", "psw"]) && is_filled(&["u", "n", "usr"])
}

fn changes_password(fields: &Fields) -> bool {
    let words = ["old", "current", "new", "existing"];
    fields.list.iter().map(|field| bare_name(&field.key)).any(|name| {
        let password = ["pass", "pwd"].iter().any(|word| name.contains(word));
        password && words.iter().any(|word| name.contains(word))
    })
}

/// Whether a request's fields say who the password is for.
pub(super) fn names_user(fields: &Fields) -> bool {
    let words = ["user", "login", "mail", "account", "name", "phone", "mobile", "uid", "member", "customer"];
    fields.list.iter().filter(|field| !field.value.trim().is_empty()).any(|field| {
        let name = bare_name(&field.key);
        !is_password_name(&name) && (words.iter().any(|word| name.contains(word)) || name == "id" || name == "log")
    }) || abbreviates(fields)
}

/// Whether a page asks to sign in: it has a form with one password and a field beside it for the name, and no way to sign
/// out. A form with two passwords changes one, or opens an account.
pub(super) fn asks_password(html: &str) -> bool {
    let lower = html.to_ascii_lowercase();
    let asks = lower.split("<form").any(|form| {
        let form = form.split("</form").next().unwrap_or("");
        let (mut passwords, mut others) = (0_usize, false);
        for tag in form.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap_or("")) {
            match input_type(tag) {
                "password" if tag.contains("new-password") => return false,
                "password" => passwords = passwords.saturating_add(1),
                "" | "text" | "email" | "tel" | "number" => others = true,
                _ => {}
            }
        }
        passwords == 1 && others
    });
    asks && !offers_sign_out(html)
}

fn input_type(tag: &str) -> &str {
    let value = tag.split("type").skip(1).find_map(|rest| rest.trim_start().strip_prefix('=')).unwrap_or("");
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    value.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("")
}

/// Whether a page has a link or a form to sign out by: it was made for someone signed in.
pub(super) fn offers_sign_out(html: &str) -> bool {
    let lower = html.to_ascii_lowercase();
    ["href=", "action="].iter().any(|name| {
        lower.split(name).skip(1).any(|rest| {
            let link = rest.trim_start_matches(['"', '\'']).split(['"', '\'', ' ', '>']).next().unwrap_or("");
            let path = link.split(['?', '#']).next().unwrap_or("");
            ["logout", "signout", "sign_out", "sign-out", "logoff"].iter().any(|word| path.contains(word))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_password_fields_are_known_inside_any_framework() {
        for name in
            ["password", "user[password]", "Input.Password", "ctl00$Main$txtPassword", "j_password", "Passwd", "pwd"]
        {
            assert!(is_password_name(name), "{name}");
        }
        for name in ["compass", "passenger", "username", "bypass"] {
            assert!(!is_password_name(name), "{name}");
        }
    }

    #[test]
    fn a_sign_in_page_is_known_by_its_field() {
        assert!(asks_password("<form><input name=u><INPUT name=p TYPE = 'password'></form>"));
        assert!(asks_password("<input type=email><input autocomplete=\"x\" type=password>"));
        assert!(!asks_password("<form><input name=u><input type=password><input type=password></form>"));
        assert!(!asks_password("<form><input type=hidden name=t><input type=password name=confirm></form>"));
        assert!(!asks_password(
            "<a href=\"/users/sign_out\">Leave</a><form><input name=u><input type=password></form>"
        ));
        assert!(!asks_password("<input type=\"text\" placeholder=\"password\">"));
        assert!(!asks_password("password"));
    }

    #[test]
    fn a_password_that_is_changed_or_confirmed_signs_no_one_in() {
        let fields = |query: &str| Fields::of_query(query);
        assert!(signs_in(&fields("username=ann&password=x")) && names_user(&fields("txtUser=ann&password=x")));
        assert!(!signs_in(&fields("old_password=x&new_password1=y&new_password2=y")));
        assert!(!signs_in(&fields("user[current_password]=x&user[password]=y&user[password_confirmation]=y")));
        assert!(!names_user(&fields("_token=abc&password=x")));
        assert!(signs_in(&fields("id=start&do=login&u=ann&p=x")) && names_user(&fields("do=login&u=ann&p=x")));
        assert!(!signs_in(&fields("do=search&u=ann&p=2")) && !signs_in(&fields("do=login&p=2")));
    }

    #[test]
    fn multipart_forms_give_their_fields() {
        let text = "--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.example\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nzzz\r\n--b--";
        let fields = Fields::of_multipart(text);
        assert_eq!(user(&fields), Some("a@b.example"));
        assert_eq!(fields.list.len(), 1);
    }

    #[test]
    fn fields_of_nested_json_are_found() {
        let value = serde_json::json!({"user": {"email": "a@b.example", "password": "x"}, "n": [1, {"deep": "y"}]});
        let fields = Fields::of_json(&value);
        assert!(fields.list.iter().any(|field| is_password_name(&field.key) && field.parent == "user"));
        assert_eq!(user(&fields), Some("a@b.example"));
    }
}
