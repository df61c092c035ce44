//! What the keys that the user gave show about the tokens of a capture.

use super::event::{EventId, SecretId};
use hashbrown::HashMap;

/// A key, by its place in [`Proofs::keys`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub u16);

/// A key as it may be shown: never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The file that it came from, as the user named it.
    pub file: Box<str>,
    /// Its `kid` (RFC 7517 4.5), where the file gives one.
    pub key_id: Option<Box<str>>,
    /// Its kind in words: `RSA public key`, `shared secret`.
    pub kind: &'static str,
}

impl KeyInfo {
    /// The key for a sentence: `key 2026-01 of jwks.json`, `public.pem`.
    pub fn name(&self) -> String {
        let file = self.file.rsplit(['/', '\\']).next().unwrap_or(&self.file);
        match &self.key_id {
            Some(id) => format!("key {id} of {file}"),
            None => file.to_owned(),
        }
    }
}

/// A key file, or a key in it, that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyProblem {
    /// The file, as the user named it.
    pub file: Box<str>,
    /// Why, and what to do about it; no final period.
    pub message: String,
}

/// What checking a token's signature showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Signature {
    /// No key was given.
    #[default]
    Unchecked,
    /// Keys were given, none of the kind that its algorithm needs.
    NoKey,
    /// The key made it.
    Verified(KeyId),
    /// Keys of its kind were given, and none of them made it.
    Unmatched,
    /// It is not there: whoever cleaned the capture cut it off.
    Cut,
    /// `alg: none`: the token is not signed at all (RFC 7519 6).
    Unsigned,
    /// An algorithm that can't be checked here.
    Unsupported,
    /// An HMAC made with the text of a public key, which everyone has: algorithm confusion (RFC 8725 2.1).
    Confused(KeyId),
    /// Its `kid` names a key of another kind than its `alg` needs.
    Unfit(KeyId),
}

/// A token's own word on how it is signed, and what the keys say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenCheck {
    /// Header `alg`; empty where it has none.
    pub algorithm: Box<str>,
    /// Header `kid`; empty where it has none.
    pub key_id: Box<str>,
    /// Its signature.
    pub signature: Signature,
}

/// Something about tokens that is wrong whatever ended the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFinding {
    /// Its id in JSON: `unsigned_token`, `algorithm_confusion`, `unfit_algorithm`.
    pub kind: &'static str,
    /// One sentence, no final period.
    pub headline: String,
    /// The records that show it, never empty.
    pub events: Vec<EventId>,
}

/// The keys given, and what they say about each token.
#[derive(Clone, Debug, Default)]
pub struct Proofs {
    /// The keys that can be used.
    pub keys: Vec<KeyInfo>,
    /// What could not be used.
    pub problems: Vec<KeyProblem>,
    /// By the token's whole text ([`TokenSeen::text`](super::exchange::TokenSeen::text)); JWTs only.
    pub checks: HashMap<SecretId, TokenCheck>,
    /// Tokens that should not be as they are, by time.
    pub findings: Vec<TokenFinding>,
}

impl Proofs {
    /// What is known about the signature of a token.
    pub fn signature(&self, text: SecretId) -> Signature {
        self.checks.get(&text).map_or(Signature::Unchecked, |check| check.signature)
    }

    /// A key's name for a sentence.
    pub fn key_name(&self, key: KeyId) -> String {
        self.keys.get(key.0 as usize).map_or_else(|| "a key".to_owned(), KeyInfo::name)
    }

    /// What is known about a signature, in words without final period.
    pub fn words(&self, check: &TokenCheck) -> String {
        let algorithm: String = check.algorithm.chars().take(20).collect();
        match check.signature {
            Signature::Unchecked => format!("signed with {algorithm}, not checked: no key was given"),
            Signature::NoKey => format!("signed with {algorithm}, not checked: no key of that kind was given"),
            Signature::Verified(key) => format!("verified by {} ({algorithm})", self.key_name(key)),
            Signature::Unmatched => format!("the signature ({algorithm}) matches no key that was given"),
            Signature::Cut => {
                "the signature was cut off when the capture was cleaned, so it can't be checked".to_owned()
            }
            Signature::Unsigned => "not signed (alg none): anyone can make such a token".to_owned(),
            Signature::Unsupported => format!("signed with {algorithm}, which can't be checked here"),
            Signature::Confused(key) => format!(
                "forged: an {algorithm} signature made with the public key of {}, which everyone has",
                self.key_name(key)
            ),
            Signature::Unfit(key) => {
                format!("its header says {algorithm}, which {} can't be used with", self.key_name(key))
            }
        }
    }
}
