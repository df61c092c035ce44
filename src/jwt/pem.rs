//! Public keys out of what PEM blocks hold: SPKI (RFC 5280 4.1.2.7), PKCS#1 and certificates.

use jsonwebtoken::DecodingKey;
use spki::{
    ObjectIdentifier, SubjectPublicKeyInfoRef,
    der::{
        Decode as _, Reader as _, SliceReader,
        asn1::{AnyRef, UintRef},
    },
};

/// `rsaEncryption` (RFC 8017).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-ecPublicKey` (RFC 5480).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `id-Ed25519` (RFC 8410).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The public key in a block of this label, and its kind in words; `None` where it is no such thing. A key on a curve that
/// can't be verified with is one all the same.
pub(super) fn public_key(label: &str, der: &[u8]) -> Option<(&'static str, DecodingKey)> {
    let info = match label {
        "RSA PUBLIC KEY" => return Some(("RSA public key", rsa(der)?)),
        "CERTIFICATE" => of_certificate(der)?,
        _ => SubjectPublicKeyInfoRef::from_der(der).ok()?,
    };
    let bits = info.subject_public_key.as_bytes()?;
    match info.algorithm.oid {
        RSA => Some(("RSA public key", rsa(bits)?)),
        EC => Some(("EC public key", DecodingKey::from_ec_der(bits))),
        ED25519 => Some(("Ed25519 public key", DecodingKey::from_ed_der(bits))),
        // Of no kind that jsonwebtoken knows; as a point on no curve it verifies nothing, which is told.
        _ => Some(("public key", DecodingKey::from_ec_der(&[]))),
    }
}

/// Modulus and exponent (RFC 8017 A.1.1).
fn rsa(der: &[u8]) -> Option<DecodingKey> {
    let outer = AnyRef::from_der(der).ok()?;
    let mut inner = SliceReader::new(outer.value()).ok()?;
    let (modulus, exponent) = (UintRef::decode(&mut inner).ok()?, UintRef::decode(&mut inner).ok()?);
    Some(DecodingKey::from_rsa_raw_components(modulus.as_bytes(), exponent.as_bytes()))
}

/// The key of a certificate: the only part of its body that has the form of one.
fn of_certificate(der: &[u8]) -> Option<SubjectPublicKeyInfoRef<'_>> {
    let certificate = AnyRef::from_der(der).ok()?;
    let mut parts = SliceReader::new(certificate.value()).ok()?;
    let body = AnyRef::decode(&mut parts).ok()?;
    let mut fields = SliceReader::new(body.value()).ok()?;
    while !fields.is_finished() {
        if let Ok(info) = SubjectPublicKeyInfoRef::from_der(fields.tlv_bytes().ok()?) {
            return Some(info);
        }
    }
    None
}
