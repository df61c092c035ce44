//! HAR entries as they stand in the file: borrowed, and forgiving about types.
//!
//! Producers disagree about what may be missing, `null` or of another type. Every type here takes whatever JSON comes and
//! stays empty where it can't use it, so that a field of the wrong type loses that field and not its entry.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt, marker::PhantomData};

/// Most headers, cookies or parameters that are kept of one list.
const MAX_ITEMS: usize = 4_096;
/// Longest text that is put together from an array or object where a string belongs.
const JOINED_MAX: usize = 64 * 1024;

/// A string; numbers and booleans as written, an array joined by line ends, an object's values by spaces.
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// The text, empty where there is none.
    pub(super) fn get(&self) -> &str {
        &self.0
    }

    /// Whether a producer's marker says yes: present and neither `false` nor `0`.
    pub(super) fn is_yes(&self) -> bool {
        !matches!(&*self.0, "" | "false" | "0")
    }
}

/// A number, also one written as a string.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number(pub(super) Option<f64>);

/// An array; empty where something else stands.
#[derive(Clone, Debug)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// A value that is left undecoded: bodies, of which few matter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Raw<'a>(pub(super) Option<&'a RawValue>);

impl<'a> Raw<'a> {
    /// The JSON as written, empty where there is none.
    pub(super) fn json(&self) -> &'a str {
        self.0.map_or("", RawValue::get)
    }

    /// The decoded string, `None` where there is none.
    pub(super) fn decode(&self) -> Option<String> {
        let json = self.json();
        let text: Text<'_> = serde_json::from_str(json).ok()?;
        Some(text.0.into_owned())
    }
}

impl<'de> Deserialize<'de> for Raw<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(Self(if raw.get() == "null" { None } else { Some(raw) }))
    }
}

struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// What a visitor gives for the scalars that its type has no use for.
macro_rules! empty_for {
    ($($name:ident($ty:ty)),*) => {
        $(fn $name<E>(self, _: $ty) -> Result<Self::Value, E> { Ok(Self::Value::default()) })*
        fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
    };
}

fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor { depth: 0 })
    }
}

/// Arrays and objects are looked into this deep for the strings in them.
const TEXT_DEPTH: u8 = 3;

struct TextVisitor {
    depth: u8,
}

impl<'de> DeserializeSeed<'de> for TextVisitor {
    type Value = Text<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn join(joined: &mut String, next: &Text<'_>, separator: char) {
    if joined.len().saturating_add(next.get().len()) <= JOINED_MAX && !next.get().is_empty() {
        if !joined.is_empty() {
            joined.push(separator);
        }
        joined.push_str(next.get());
    }
}

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut joined = String::new();
        if self.depth >= TEXT_DEPTH {
            return skip_seq(seq).map(|()| Text::default());
        }
        while let Some(next) = seq.next_element_seed(Self { depth: self.depth.saturating_add(1) })? {
            join(&mut joined, &next, '\n');
        }
        Ok(Text(Cow::Owned(joined)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut joined = String::new();
        if self.depth >= TEXT_DEPTH {
            return skip_map(map).map(|()| Text::default());
        }
        while map.next_key::<IgnoredAny>()?.is_some() {
            let next = map.next_value_seed(Self { depth: self.depth.saturating_add(1) })?;
            join(&mut joined, &next, ' ');
        }
        Ok(Text(Cow::Owned(joined)))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl<'de> Visitor<'de> for NumberVisitor {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number(Some(value as f64)))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number(Some(value as f64)))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
                Ok(Number(Some(value)))
            }
            fn visit_str<E>(self, value: &str) -> Result<Number, E> {
                Ok(Number(value.trim().parse().ok().filter(|number: &f64| number.is_finite())))
            }
            empty_for!(visit_bool(bool));
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Number, A::Error> {
                skip_seq(seq).map(|()| Number(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Number, A::Error> {
                skip_map(map).map(|()| Number(None))
            }
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut list = Vec::new();
                while list.len() < MAX_ITEMS {
                    let Some(next) = seq.next_element()? else { return Ok(List(list)) };
                    list.push(next);
                }
                skip_seq(seq)?;
                Ok(List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
                skip_map(map).map(|()| List::default())
            }
            empty_for!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
        }
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

/// A struct whose fields are filled from the keys named, and which stays empty where no object stands.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident { $($key:literal => $field:ident: $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub(super) struct $name<'de> { $(pub(super) $field: $ty,)* }

        impl<'de> Deserialize<'de> for $name<'de> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;
                impl<'de> Visitor<'de> for ObjectVisitor {
                    type Value = $name<'de>;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        let mut object = $name::default();
                        while let Some(key) = map.next_key::<Key<'de>>()? {
                            match &*key.0 {
                                $($key => object.$field = map.next_value()?,)*
                                _ => drop(map.next_value::<IgnoredAny>()?),
                            }
                        }
                        Ok(object)
                    }
                    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                        skip_seq(seq).map(|()| $name::default())
                    }
                    empty_for!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));
                }
                deserializer.deserialize_any(ObjectVisitor)
            }
        }
    };
}

object! {
    /// One of `entries`.
    RawEntry {
        "startedDateTime" => started: Text<'de>,
        "time" => time: Number,
        "timings" => timings: Raw<'de>,
        "request" => request: RawRequest<'de>,
        "response" => response: RawResponse<'de>,
        "pageref" => page: Text<'de>,
        "_frameref" => frame: Text<'de>,
        "_fromCache" => from_cache: Text<'de>,
        "_resourceType" => resource_type: Text<'de>,
        "_error" => error: Text<'de>,
        "_wasAborted" => was_aborted: Text<'de>,
    }
}

impl RawEntry<'_> {
    /// Whether the answer came out of a cache of the browser. Where the producer does not say so, it says that nothing
    /// travelled: an answer from a server has at least its head (`_transferSize`, Chromium and Playwright). Only what was
    /// asked for with GET is kept.
    pub(super) fn is_from_cache(&self) -> bool {
        let nothing_came = self.response.transferred.0 == Some(0.0)
            && self.response.status.0.is_some_and(|status| (200.0..300.0).contains(&status))
            && self.request.method.get().eq_ignore_ascii_case("GET");
        self.from_cache.is_yes() || self.response.service_worker.is_yes() || nothing_came
    }

    /// How long the answer's body took to arrive, in milliseconds; `None` where the producer does not say.
    pub(super) fn receive(&self) -> Option<f64> {
        #[derive(Deserialize)]
        struct Timings {
            receive: Option<Number>,
        }
        let timings: Timings = serde_json::from_str(self.timings.json()).ok()?;
        timings.receive?.0.filter(|millis| *millis > 0.0)
    }
}

object! {
    /// `request`.
    RawRequest {
        "method" => method: Text<'de>,
        "url" => url: Text<'de>,
        "headers" => headers: List<Pair<'de>>,
        "cookies" => cookies: List<Pair<'de>>,
        "postData" => body: RawPost<'de>,
    }
}

object! {
    /// `postData`.
    RawPost {
        "mimeType" => mime: Text<'de>,
        "text" => text: Raw<'de>,
        "encoding" => encoding: Text<'de>,
        "params" => params: List<Pair<'de>>,
    }
}

object! {
    /// `response`.
    RawResponse {
        "status" => status: Number,
        "statusText" => status_text: Text<'de>,
        "headers" => headers: List<Pair<'de>>,
        "cookies" => cookies: List<Pair<'de>>,
        "content" => content: RawContent<'de>,
        "redirectURL" => redirect: Text<'de>,
        "redirectionURL" => redirection: Text<'de>,
        "_error" => error: Text<'de>,
        "_failureText" => failure_text: Text<'de>,
        "_fetchedViaServiceWorker" => service_worker: Text<'de>,
        "_transferSize" => transferred: Number,
    }
}

object! {
    /// `content` of an answer.
    RawContent {
        "size" => size: Number,
        "mimeType" => mime: Text<'de>,
        "text" => text: Raw<'de>,
        "encoding" => encoding: Text<'de>,
    }
}

object! {
    /// A header, cookie or form parameter.
    Pair {
        "name" => name: Text<'de>,
        "value" => value: Text<'de>,
        "expires" => expires: Text<'de>,
        "httpOnly" => http_only: Text<'de>,
        "fileName" => file_name: Text<'de>,
    }
}

object! {
    /// `creator` or `browser`.
    Program {
        "name" => name: Text<'de>,
        "version" => version: Text<'de>,
    }
}

/// Decodes an entry: as it stands, else after [repairing](super::relax::relax) what producers and editors get wrong.
pub(super) fn with_entry<R>(bytes: &[u8], use_it: impl FnOnce(&RawEntry<'_>) -> R) -> Result<R, String> {
    let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    let error = match serde_json::from_str::<RawEntry<'_>>(&text) {
        Ok(entry) => return Ok(use_it(&entry)),
        Err(error) => error,
    };
    let repaired = super::relax::relax(&text);
    match serde_json::from_str::<RawEntry<'_>>(&repaired) {
        Ok(entry) => Ok(use_it(&entry)),
        Err(_) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::with_entry;

    #[test]
    fn an_answer_of_which_nothing_travelled_came_from_a_cache() {
        for (json, cached) in [
            (r#"{"_fromCache":"disk","response":{"status":200}}"#, true),
            (r#"{"request":{"method":"GET"},"response":{"status":200,"_transferSize":0}}"#, true),
            (r#"{"request":{"method":"GET"},"response":{"status":200,"_transferSize":294}}"#, false),
            (r#"{"request":{"method":"GET"},"response":{"status":200,"_transferSize":-1}}"#, false),
            (r#"{"request":{"method":"POST"},"response":{"status":200,"_transferSize":0}}"#, false),
            (r#"{"request":{"method":"GET"},"response":{"status":-1,"_transferSize":0}}"#, false),
            (r#"{"request":{"method":"GET"},"response":{"status":200}}"#, false),
        ] {
            let mut found = None;
            let read = with_entry(json.as_bytes(), |entry| found = Some(entry.is_from_cache()));
            assert_eq!((read, found), (Ok(()), Some(cached)), "{json}");
        }
    }
}
