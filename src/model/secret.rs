//! Secrets are a type: comparable, never printed by accident.

use sha2::{Digest as _, Sha256};
use std::fmt;

/// A cookie value, token or password as it stood in a source.
///
/// Equal secrets compare equal, so events can be tied together by them. `Debug` and `Display` show only a
/// [fingerprint](Self::fingerprint); the value itself leaves through [`expose`](Self::expose) alone, which is called where
/// the user asked for it by name (`--show-secrets`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Secret(Box<str>);

impl Secret {
    /// Takes a value out of circulation.
    pub fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// The value itself. Call it only where the user asked to see secrets.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Eight hexadecimal digits of the value's SHA-256: enough to tell two tokens apart, too little to use one.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.0.as_bytes())
    }
}

/// Eight hexadecimal digits of the SHA-256 of `value`.
pub fn fingerprint(value: &[u8]) -> String {
    let digest = Sha256::digest(value);
    format!("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.fingerprint())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_its_value() {
        let secret = Secret::new("s%3AhunterTwo");
        let shown = format!("{secret} {secret:?}");
        assert!(!shown.contains("hunter"), "{shown}");
        assert_eq!(secret.fingerprint().len(), 8);
        assert_eq!(secret, Secret::new("s%3AhunterTwo"));
    }
}
