//! Keys from files: PEM, JWKS and shared secrets. What can't be used costs one sentence and nothing else.

use super::{base64, pem};
use crate::model::proof::{KeyInfo, KeyProblem};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey,
    crypto::verify,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde_json::Value;
use std::{fs::File, io::Read as _, path::PathBuf};

/// Largest key file that is read: a JWKS of a hundred keys has some hundred kilobytes.
const MAX_FILE: u64 = 1 << 20;
/// Longest content that is taken for a secret where nobody said that it is one: a log is none.
const MAX_SECRET: usize = 4 * 1024;
/// Most keys that are taken from all files.
const MAX_KEYS: usize = 1_000;
/// Most problems that are told of one file.
const MAX_PROBLEMS: usize = 20;

/// What a key file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A public key or certificate in PEM (RFC 7468).
    Pem,
    /// A JSON Web Key, or a set of them (RFC 7517).
    Jwks,
    /// The secret that issuer and verifier share, as text or bytes.
    Secret,
    /// Whichever of these its content looks like.
    Any,
}

/// A key file to read.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// What it holds.
    pub kind: KeyKind,
    /// Its path, or the name that reports show.
    pub path: PathBuf,
    /// Its content where it is at hand already; else the path is read.
    pub bytes: Option<Vec<u8>>,
}

impl KeyFile {
    /// A file by its path.
    pub fn new(kind: KeyKind, path: impl Into<PathBuf>) -> Self {
        Self { kind, path: path.into(), bytes: None }
    }

    /// Whether the file is one of keys, by its content.
    pub fn is_recognised(&self) -> bool {
        let small = |size: u64| size <= MAX_FILE;
        match &self.bytes {
            Some(bytes) => is_key_file(bytes),
            None => {
                self.path.metadata().is_ok_and(|meta| meta.is_file() && small(meta.len()))
                    && self.read().is_ok_and(|bytes| is_key_file(&bytes))
            }
        }
    }

    fn read(&self) -> Result<Vec<u8>, String> {
        if let Some(bytes) = &self.bytes {
            return Ok(bytes.clone());
        }
        let mut bytes = Vec::new();
        File::open(&self.path)
            .and_then(|file| file.take(MAX_FILE.saturating_add(1)).read_to_end(&mut bytes))
            .map_err(|error| format!("the key file can't be read: {error}"))?;
        Ok(bytes)
    }
}

/// Whether a file is a key file rather than a log or a capture: PEM keys or certificates, or a JSON Web Key (set). A shared
/// secret can't be told from other text.
pub fn is_key_file(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    if bytes.len() as u64 > MAX_FILE {
        return false;
    }
    if text.starts_with(b"-----BEGIN ") {
        let label = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        return [b"KEY-----".as_slice(), b"CERTIFICATE-----"].iter().any(|end| label.trim_ascii_end().ends_with(end));
    }
    let has_type = text.windows(5).any(|window| window == b"\"kty\"");
    has_type
        && serde_json::from_slice::<Value>(text).is_ok_and(|value| match &value {
            Value::Object(object) => object.contains_key("kty") || object.get("keys").is_some_and(Value::is_array),
            Value::Array(list) => list.iter().all(|key| key.get("kty").is_some()),
            _ => false,
        })
}

/// A key that can verify.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// What may be shown of it.
    pub(super) info: KeyInfo,
    /// The key: for a secret, each way to read its file.
    pub(super) forms: Vec<DecodingKey>,
    /// The algorithms that it can verify.
    pub(super) algorithms: Vec<Algorithm>,
    /// The public key's own text, by which an HMAC may have been forged.
    pub(super) texts: Vec<Vec<u8>>,
}

/// The keys that were given. Neither `Debug` nor anything else shows their values.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    pub(super) keys: Vec<Key>,
    problems: Vec<KeyProblem>,
}

impl KeyRing {
    /// Reads key files.
    pub fn read(files: &[KeyFile]) -> Self {
        let mut ring = Self::default();
        for file in files {
            let mut reader = Reader { file: file.path.display().to_string(), ring: &mut ring, problems: 0 };
            match file.read() {
                Ok(bytes) => reader.read(file.kind, &bytes),
                Err(message) => reader.problem(message),
            }
        }
        ring
    }

    /// The keys, as they may be shown.
    pub fn infos(&self) -> Vec<KeyInfo> {
        self.keys.iter().map(|key| key.info.clone()).collect()
    }

    /// What could not be used, and why.
    pub fn problems(&self) -> &[KeyProblem] {
        &self.problems
    }
}

/// Reads one file into the ring.
struct Reader<'r> {
    file: String,
    ring: &'r mut KeyRing,
    problems: usize,
}

impl Reader<'_> {
    fn problem(&mut self, message: impl Into<String>) {
        self.problems = self.problems.saturating_add(1);
        if self.problems <= MAX_PROBLEMS {
            self.ring.problems.push(KeyProblem { file: self.file.as_str().into(), message: message.into() });
        }
    }

    fn add(&mut self, kind: &'static str, key_id: Option<&str>, key: DecodingKey, algorithms: Vec<Algorithm>) {
        let info = KeyInfo { file: self.file.as_str().into(), key_id: key_id.map(Into::into), kind };
        self.push(Key { info, forms: vec![key], algorithms, texts: Vec::new() });
    }

    fn push(&mut self, key: Key) {
        if self.ring.keys.len() < MAX_KEYS {
            self.ring.keys.push(key);
        } else {
            self.problem(format!("holds more keys than the {MAX_KEYS} that are looked at, so the rest was left out"));
        }
    }

    fn read(&mut self, kind: KeyKind, bytes: &[u8]) {
        let is_pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
        let first = bytes.trim_ascii_start().first().copied();
        match kind {
            _ if bytes.len() as u64 > MAX_FILE => self.problem("larger than any key file, so it was not read"),
            KeyKind::Secret if bytes.trim_ascii().is_empty() => {
                self.problem("the secret is empty, and nothing can be verified with it");
            }
            _ if bytes.trim_ascii().is_empty() => self.problem("the key file is empty"),
            KeyKind::Secret if is_pem => {
                self.problem("holds a PEM key, not a shared secret: give it with --key");
            }
            KeyKind::Pem if !is_pem && matches!(first, Some(b'{' | b'[')) => {
                self.problem("expected a PEM key, but found JSON: give a JWKS with --jwks");
            }
            KeyKind::Jwks if is_pem => self.problem("expected a JWKS, but found a PEM key: give it with --key"),
            KeyKind::Pem => self.pem(bytes),
            KeyKind::Jwks => self.jwks(bytes),
            KeyKind::Any if is_pem => self.pem(bytes),
            KeyKind::Any if matches!(first, Some(b'{' | b'[')) => self.jwks(bytes),
            KeyKind::Any if bytes.len() > MAX_SECRET => {
                self.problem("holds neither a PEM key nor a JWKS, and is too long for a shared secret");
            }
            KeyKind::Any | KeyKind::Secret => self.secret(bytes),
        }
    }

    /// A secret as it stands, without the line break that editors add, and what it says in base64.
    fn secret(&mut self, bytes: &[u8]) {
        let mut forms = vec![bytes.to_vec()];
        let bare = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        let text = std::str::from_utf8(bytes).unwrap_or("").trim();
        let decoded = Some(text).filter(|text| text.len() >= 16).and_then(base64);
        for form in [Some(bare.to_vec()), Some(text.as_bytes().to_vec()), decoded].into_iter().flatten() {
            if !form.is_empty() && !forms.contains(&form) {
                forms.push(form);
            }
        }
        let key = Key {
            info: KeyInfo { file: self.file.as_str().into(), key_id: None, kind: "shared secret" },
            forms: forms.iter().map(|form| DecodingKey::from_secret(form)).collect(),
            algorithms: AlgorithmFamily::Hmac.algorithms().to_vec(),
            texts: Vec::new(),
        };
        self.push(key);
    }

    /// Every block of a PEM file.
    fn pem(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut found = false;
        for rest in text.split("-----BEGIN ").skip(1) {
            let Some((label, body)) = rest.split_once("-----") else { continue };
            found = true;
            let end = format!("-----END {label}-----");
            let Some((body, _)) = body.split_once(&end) else {
                self.problem("the PEM key breaks off before its END line");
                continue;
            };
            let block = format!("-----BEGIN {label}-----{body}{end}\n");
            self.block(label, &block, body, bytes);
        }
        if !found {
            self.problem("expected a PEM key (-----BEGIN PUBLIC KEY-----), but found none");
        }
    }

    fn block(&mut self, label: &str, block: &str, body: &str, file: &[u8]) {
        match label {
            "ENCRYPTED PRIVATE KEY" => {
                return self.problem(
                    "holds an encrypted private key; the public key is enough: openssl pkey -in FILE -pubout",
                );
            }
            _ if label.ends_with("PRIVATE KEY") => {
                let how = if body.contains("ENCRYPTED") { "an encrypted private key" } else { "a private key" };
                return self.problem(format!(
                    "holds {how}, which was not loaded: the public key is enough (openssl pkey -in FILE -pubout)"
                ));
            }
            "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => {}
            _ => {
                let label: String = label.chars().take(40).collect();
                return self.problem(format!("holds a PEM block \u{201c}{label}\u{201d}, which is no public key"));
            }
        }
        let der = base64(&body.split_whitespace().collect::<String>()).unwrap_or_default();
        let Some((kind, key)) = pem::public_key(label, &der) else {
            return self.problem("holds a key that can't be read: it is not what its BEGIN line says");
        };
        let algorithms = usable(&key);
        if algorithms.is_empty() {
            return self.problem(
                "holds a public key that can't be used: RSA, EC P-256, EC P-384 and Ed25519 can, other curves can't",
            );
        }
        let info = KeyInfo { file: self.file.as_str().into(), key_id: None, kind };
        // What a confused verifier takes for the secret: the file as it stands, or the block with or without its last line
        // break.
        let mut texts = vec![block.as_bytes().to_vec(), block.trim_ascii_end().as_bytes().to_vec()];
        if !texts.iter().any(|text| text == file) {
            texts.push(file.to_vec());
        }
        self.push(Key { info, forms: vec![key], algorithms, texts });
    }

    fn jwks(&mut self, bytes: &[u8]) {
        let value: Value = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(error) => return self.problem(format!("expected a JWKS, but it is no JSON: {error}")),
        };
        let list: Vec<&Value> = match &value {
            Value::Array(list) => list.iter().collect(),
            Value::Object(object) => match object.get("keys") {
                Some(Value::Array(list)) => list.iter().collect(),
                _ if object.contains_key("kty") => vec![&value],
                _ if object.contains_key("jwks_uri") => {
                    return self.problem(
                        "is the provider's configuration, not its keys: save what its jwks_uri answers, and give that",
                    );
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        if list.is_empty() {
            return self.problem("expected a JWKS with a list of `keys`, but it holds none");
        }
        let before = (self.ring.keys.len(), self.problems);
        for (at, key) in list.into_iter().enumerate() {
            self.jwk(at, key);
        }
        if self.ring.keys.len() == before.0 && self.problems == before.1 {
            self.problem("holds no key that verifies signatures");
        }
    }

    fn jwk(&mut self, at: usize, value: &Value) {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or("");
        let short = |text: &str| text.chars().take(60).collect::<String>();
        let name = match text("kid") {
            "" => format!("key {}", at.saturating_add(1)),
            id => format!("key {}", short(id)),
        };
        let kty = text("kty");
        let Some(jwk) = serde_json::from_value::<Jwk>(value.clone()).ok().filter(|_| !kty.is_empty()) else {
            return self.problem(format!("{name} is no JSON Web Key that can be read"));
        };
        if jwk.common.public_key_use == Some(PublicKeyUse::Encryption) {
            return self.problem(format!("{name} is for encryption, not for signatures"));
        }
        let kind = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => "RSA public key",
            AlgorithmParameters::EllipticCurve(curve)
                if matches!(curve.curve, EllipticCurve::P256 | EllipticCurve::P384) =>
            {
                "EC public key"
            }
            AlgorithmParameters::OctetKeyPair(curve) if curve.curve == EllipticCurve::Ed25519 => "Ed25519 public key",
            AlgorithmParameters::OctetKey(secret) if secret.value.trim().is_empty() => {
                return self.problem(format!("{name} is an empty secret"));
            }
            AlgorithmParameters::OctetKey(_) => "shared secret",
            _ if matches!(kty, "EC" | "OKP") => {
                return self
                    .problem(format!("{name} is on the curve {:?}, which can't be verified with", short(text("crv"))));
            }
            _ => {
                return self
                    .problem(format!("{name} is of the unknown type {:?} (expected RSA, EC, OKP or oct)", short(kty)));
            }
        };
        let Some((key, mut algorithms)) = DecodingKey::from_jwk(&jwk).ok().map(|key| (key.clone(), usable(&key)))
        else {
            return self.problem(format!("{name} holds no valid base64url"));
        };
        // A key that says its algorithm is for that one alone (RFC 7517 4.4).
        if let Some(only) = jwk.common.key_algorithm.and_then(|algorithm| Algorithm::try_from(algorithm).ok()) {
            algorithms.retain(|&algorithm| algorithm == only);
        }
        if algorithms.is_empty() {
            return self.problem(format!("{name} is no usable {kind}"));
        }
        let has_private = matches!(kty, "RSA" | "EC" | "OKP") && value.get("d").is_some();
        let id = jwk.common.key_id.clone();
        self.add(kind, id.as_deref(), key, algorithms);
        if has_private {
            self.problem(format!(
                "{name} holds its private part too, which nobody needs here; only the public part was used"
            ));
        }
    }
}

/// The algorithms that a key can verify: those of its family that jsonwebtoken makes a verifier of it for.
fn usable(key: &DecodingKey) -> Vec<Algorithm> {
    let all = key.family();
    let works = |&algorithm: &Algorithm| verify("", b"", key, algorithm).is_ok();
    all.algorithms().iter().copied().filter(works).collect()
}
