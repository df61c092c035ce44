//! JSON Web Tokens (RFC 7519): their parts, their claims in words, and their signatures against keys that the user gives.
//!
//! jsonwebtoken checks the signatures. It is not asked to check the times: it compares them with the clock of this
//! machine, and what matters is whether a token was valid at the moment of its use, long ago.

#![warn(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

pub mod keys;
mod pem;
pub mod verify;
pub mod words;

use serde_json::{Map, Value};

/// Longest text that is taken for a token.
const MAX_TOKEN: usize = 16 * 1024;

/// A JWT in its parts.
#[derive(Clone, Debug)]
pub struct Jwt<'t> {
    /// Header and claims as they stand, which is what is signed.
    pub message: &'t str,
    /// JOSE header.
    pub header: Map<String, Value>,
    /// Claims.
    pub claims: Map<String, Value>,
    /// What stands where the signature belongs.
    signature: &'t str,
}

impl<'t> Jwt<'t> {
    /// The parts of a token; `None` for any other text. A signature may be missing: who cleans a capture cuts it off.
    pub fn read(text: &'t str) -> Option<Self> {
        let message = identity(text)?;
        let (header, claims) = message.split_once('.')?;
        let signature = text.get(message.len()..)?.trim_start_matches('.');
        Some(Self { message, header: object(header)?, claims: object(claims)?, signature })
    }
}

/// What a JWT is known by: header and claims without the signature, which is often cut off or replaced when a capture is
/// cleaned, in one place and not in another. `None` where the text is no JWT.
pub fn identity(text: &str) -> Option<&str> {
    if text.len() > MAX_TOKEN || !text.starts_with("ey") {
        return None;
    }
    let mut dots = text.match_indices('.').map(|(at, _)| at);
    let first = dots.next()?;
    let second = dots.next().unwrap_or(text.len());
    // Five parts are an encrypted token (RFC 7516): nothing in it can be read.
    if dots.next().is_some() {
        return None;
    }
    let message = text.get(..second)?;
    let (header, claims) = (text.get(..first)?, text.get(first.saturating_add(1)..second)?);
    (header.len() >= 8 && claims.starts_with("ey") && is_base64url(header) && is_base64url(claims)).then_some(message)
}

fn is_base64url(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'='))
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64(part)?).ok()
}

/// Decodes either alphabet of base64, with or without padding; `None` for other text.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held = held.wrapping_add(6);
        if held >= 8 {
            held = held.wrapping_sub(8);
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_both_alphabets_is_decoded() {
        assert_eq!(base64("aGk_Pz4+").as_deref(), Some(b"hi??>>".as_slice()));
        assert_eq!(base64("aGk=").as_deref(), Some(b"hi".as_slice()));
        assert_eq!(base64("a b"), None);
    }

    #[test]
    fn a_token_stays_itself_when_its_signature_is_cut() {
        let message = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0";
        for signature in [".c2lnbmF0dXJl", ".", "", ".redacted", ".[redacted]"] {
            assert_eq!(identity(&format!("{message}{signature}")), Some(message), "{signature}");
        }
        assert_eq!(identity("eyJhbGciOiJkaXIifQ.eyJh.eyJi.eyJj.eyJk"), None, "encrypted");
        assert_eq!(identity("no.such.token"), None);
        assert_eq!(identity("eyJhbGciOiJIUzI1NiJ9.c3Vi.x"), None, "a signed text that is no object");
    }
}
