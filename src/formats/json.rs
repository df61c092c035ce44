//! JSON as log lines hold it: one value a line, walked once, nothing built of it.
//!
//! The walk is lenient where programs that write JSON by template are careless: a comma before a closing bracket, `\x22`
//! (nginx without `escape=json`), control characters in strings, numbers such as `01` or `-`.

use memchr::memchr2;
use std::borrow::Cow;

/// Deeper nesting is not walked.
pub const MAX_DEPTH: usize = 64;

/// One value, as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A string between its quotes, escapes and all.
    Text(Text<'a>),
    /// A number, or whatever else stands bare: `true`, `null`.
    Bare(&'a [u8]),
    /// `{`: its fields come next.
    Object,
    /// `[`: its items come next.
    Array,
}

/// The inside of a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text<'a> {
    /// As it stands.
    pub raw: &'a [u8],
    /// Whether a backslash stands in it.
    pub escaped: bool,
}

impl<'a> Text<'a> {
    /// Text that holds no escapes.
    pub fn plain(raw: &'a [u8]) -> Self {
        Self { raw, escaped: false }
    }

    /// The characters meant.
    pub fn bytes(self) -> Cow<'a, [u8]> {
        if self.escaped { Cow::Owned(unescaped(self.raw)) } else { Cow::Borrowed(self.raw) }
    }
}

/// Walks a text of JSON.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The text is no JSON, or is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl<'a> Walk<'a> {
    /// Starts at the first value of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were passed.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The byte that comes next, blanks left out.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// The next value.
    pub fn value(&mut self) -> Result<Value<'a>, Broken> {
        match self.peek().ok_or(Broken)? {
            b'"' => Ok(Value::Text(self.text()?)),
            b'{' => {
                self.at += 1;
                Ok(Value::Object)
            }
            b'[' => {
                self.at += 1;
                Ok(Value::Array)
            }
            _ => {
                let rest = &self.bytes[self.at..];
                let len =
                    rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'));
                let bare = &rest[..len.unwrap_or(rest.len())];
                if bare.is_empty() || !bare.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)) {
                    return Err(Broken);
                }
                self.at += bare.len();
                Ok(Value::Bare(bare))
            }
        }
    }

    /// The next key of the object that was entered; `None` at its end.
    pub fn key(&mut self) -> Result<Option<Text<'a>>, Broken> {
        loop {
            match self.peek().ok_or(Broken)? {
                b'"' => break,
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(None);
                }
                _ => return Err(Broken),
            }
        }
        let key = self.text()?;
        if self.peek() != Some(b':') {
            return Err(Broken);
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// The next item of the array that was entered; `None` at its end.
    pub fn item(&mut self) -> Result<Option<Value<'a>>, Broken> {
        loop {
            match self.peek().ok_or(Broken)? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(None);
                }
                _ => return self.value().map(Some),
            }
        }
    }

    /// Goes past the end of the object or array that was entered.
    pub fn leave(&mut self) -> Result<(), Broken> {
        let mut depth = 1_usize;
        loop {
            let byte = *self.bytes.get(self.at).ok_or(Broken)?;
            match byte {
                b'"' => {
                    self.text()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Goes past a value that was given.
    pub fn skip(&mut self, value: Value<'_>) -> Result<(), Broken> {
        if matches!(value, Value::Object | Value::Array) { self.leave() } else { Ok(()) }
    }

    /// Whether nothing but blanks and commas is left.
    pub fn is_done(mut self) -> bool {
        loop {
            match self.peek() {
                None => return true,
                Some(b',') => self.at += 1,
                Some(_) => return false,
            }
        }
    }

    fn text(&mut self) -> Result<Text<'a>, Broken> {
        let from = self.at + 1;
        let mut at = from;
        let mut escaped = false;
        loop {
            let found = at + memchr2(b'"', b'\\', self.bytes.get(at..).ok_or(Broken)?).ok_or(Broken)?;
            if self.bytes.get(found) == Some(&b'"') {
                self.at = found + 1;
                return Ok(Text { raw: self.bytes.get(from..found).ok_or(Broken)?, escaped });
            }
            escaped = true;
            at = found + 2;
        }
    }
}

/// The characters that an escaped string means. What is no escape stands for itself.
fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let escape = &rest[at + 1..];
        let Some(&kind) = escape.first() else { break };
        let mut taken = 1;
        match kind {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => {
                let (character, len) = unicode(escape);
                let mut buffer = [0; 4];
                out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                taken = len;
            }
            b'x' if hex(escape.get(1..3)).is_some() => {
                out.push(hex(escape.get(1..3)).unwrap_or_default() as u8);
                taken = 3;
            }
            other => out.push(other),
        }
        rest = escape.get(taken..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits?).ok()?, 16).ok()
}

/// The character of `u00e9` (or of a pair of surrogates) and how many bytes it took.
fn unicode(escape: &[u8]) -> (char, usize) {
    let Some(first) = hex(escape.get(1..5)) else { return ('\u{FFFD}', 1) };
    let second = (escape.get(5..7) == Some(b"\\u")).then(|| hex(escape.get(7..11))).flatten();
    match (first, second) {
        (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) => {
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            (char::from_u32(code).unwrap_or('\u{FFFD}'), 11)
        }
        _ => (char::from_u32(first).unwrap_or('\u{FFFD}'), 5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Result<Vec<String>, Broken> {
        let mut walk = Walk::new(text.as_bytes());
        if walk.value()? != Value::Object {
            return Err(Broken);
        }
        let mut said = Vec::new();
        while let Some(key) = walk.key()? {
            let value = walk.value()?;
            walk.skip(value)?;
            let shown = match value {
                Value::Text(text) => String::from_utf8_lossy(&text.bytes()).into_owned(),
                Value::Bare(bare) => String::from_utf8_lossy(bare).into_owned(),
                other => format!("{other:?}"),
            };
            said.push(format!("{}={shown}", String::from_utf8_lossy(&key.bytes())));
        }
        if walk.is_done() { Ok(said) } else { Err(Broken) }
    }

    #[test]
    fn an_object_is_walked_field_by_field() {
        let text = r#" {"a": "b", "n":-1.5e3 ,"o":{"x":["}"],"y":{}},"l":[1,"]",[]],"t":true,"e":"","u":null} "#;
        let said = fields(text).unwrap();
        assert_eq!(said, ["a=b", "n=-1.5e3", "o=Object", "l=Array", "t=true", "e=", "u=null"]);
        assert_eq!(fields("{}").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn escapes_mean_their_characters() {
        let said =
            fields(r#"{"a\"b":"x\n\u00e9\ud83d\ude00\/\\","h":"\x22\q","half":"\ud83d!","cut":"\u12"}"#).unwrap();
        assert_eq!(said, ["a\"b=x\né😀/\\", "h=\"q", "half=\u{FFFD}!", "cut=\u{FFFD}12"]);
    }

    #[test]
    fn carelessly_written_json_is_read_and_broken_json_is_not() {
        assert_eq!(fields(r#"{"a":1,"b":2,},"#).unwrap(), ["a=1", "b=2"]);
        for broken in [
            "",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":}",
            "{\"a\":\"x",
            "{\"a\":\"x\\",
            "{\"a\":[1}",
            "{a:1}",
            "x",
            "{} {}",
        ] {
            assert_eq!(fields(broken), Err(Broken), "{broken}");
        }
    }
}
