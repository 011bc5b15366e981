//! P-256 keys: one of the curves that OpenSSF Model Signing takes, and the one that chains check (EIP-7951).

use std::fmt;
use std::str::FromStr;

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};

use crate::digest::{Sha256Digest, as_text};
use crate::error::{ProvenanceError, Result};

/// A key that signs. Its signatures are deterministic (RFC 6979).
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

/// A key that checks signatures, written as an uncompressed point (SEC 1, section 2.3.3): 130 lowercase hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PrivateKey {
    /// A new key from 32 random bytes; `None` for the few that are no key (about one in 2^32).
    pub fn from_random(bytes: &[u8; 32]) -> Option<Self> {
        SigningKey::from_slice(bytes).ok().map(Self)
    }

    /// Reads PEM with the label PRIVATE KEY (PKCS #8).
    ///
    /// # Errors
    /// If it is something else, or a key of another curve.
    pub fn from_pem(text: &str) -> Result<Self> {
        let key = SigningKey::from_pkcs8_pem(text).map_err(|error| {
            ProvenanceError::malformed("private key", format!("it is no P-256 key in PKCS #8 PEM ({error})"))
        })?;
        Ok(Self(key))
    }

    /// Writes the same.
    ///
    /// # Errors
    /// If the key has no such form, which no key of this curve lacks.
    pub fn to_pem(&self) -> Result<String> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF);
        pem.map(|pem| pem.as_str().to_owned()).map_err(|error| ProvenanceError::malformed("private key", error))
    }

    /// The key that checks its signatures.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }

    /// Signs with ECDSA over SHA-256; gives ASN.1 DER. Of the two values that s can have, it is the low one.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.normalize_s().to_der().as_bytes().to_vec()
    }
}

impl PublicKey {
    /// Reads PEM with the label PUBLIC KEY (SubjectPublicKeyInfo).
    ///
    /// # Errors
    /// If it is something else, or a key of another curve.
    pub fn from_pem(text: &str) -> Result<Self> {
        VerifyingKey::from_public_key_pem(text)
            .map(Self)
            .map_err(|error| ProvenanceError::malformed("public key", format!("it is no P-256 key in PEM ({error})")))
    }

    /// Writes the same, with lines of 64 characters, as OpenSSL and the `model_signing` package do.
    ///
    /// # Errors
    /// If the key has no such form, which no key of this curve lacks.
    pub fn to_pem(&self) -> Result<String> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(|error| ProvenanceError::malformed("public key", error))
    }

    /// How a bundle names its key: the SHA-256 of the key's PEM.
    ///
    /// # Errors
    /// As [`Self::to_pem`].
    pub fn hint(&self) -> Result<Sha256Digest> {
        self.to_pem().map(|pem| Sha256Digest::of(pem.as_bytes()))
    }

    /// Whether a signature (ASN.1 DER) is this key's over a message, and s is low in it: with n − s in the place of s
    /// anybody could spell the same signature differently.
    ///
    /// # Errors
    /// Says which of these is not so.
    pub fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), &'static str> {
        let signature = Signature::from_der(signature).map_err(|_| "it is no signature of this kind")?;
        self.0.verify(message, &signature).map_err(|_| "the signature is of something else, or by another key")?;
        match signature.normalize_s() == signature {
            true => Ok(()),
            false => Err("the signature has a high s, which is not taken; `verdigris sign-model` makes low ones"),
        }
    }

    /// The same, as yes or no.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.check(message, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0.to_sec1_point(false).as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let key = || VerifyingKey::from_sec1_bytes(&hex::decode(text).ok()?).ok().map(Self);
        let wrong = "a P-256 key is 130 lowercase hex digits: an uncompressed point of the curve";
        if text.len() > 130 {
            return Err(wrong);
        }
        key().filter(|key| key.to_string() == text).ok_or(wrong)
    }
}

as_text!(PublicKey);

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PrivateKey {
        PrivateKey::from_random(&[7; 32]).expect("a key")
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        let public = key().public_key();
        assert_eq!(PrivateKey::from_pem(&key().to_pem().expect("PEM")).expect("a key").public_key(), public);
        assert_eq!(PublicKey::from_pem(&public.to_pem().expect("PEM")).expect("a key"), public);
        assert_eq!(public.to_string().parse(), Ok(public));
        assert!(PrivateKey::from_random(&[0; 32]).is_none());
    }

    #[test]
    fn other_keys_are_refused() {
        assert!(PublicKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").is_err());
        assert!(format!("04{}", "00".repeat(64)).parse::<PublicKey>().is_err(), "not on the curve");
        let compressed = hex::encode(key().0.verifying_key().to_sec1_point(true).as_bytes());
        assert!(compressed.parse::<PublicKey>().is_err(), "one spelling only");
    }

    #[test]
    fn a_signature_holds_for_its_message_and_key_alone() {
        let signature = key().sign(b"message");
        assert_eq!(signature, key().sign(b"message"), "deterministic");
        assert!(key().public_key().verifies(b"message", &signature));
        assert!(!key().public_key().verifies(b"another", &signature));
        assert!(!key().public_key().verifies(b"message", &signature[1..]));
        assert!(!key().public_key().verifies(b"message", &[&signature[..], &[0]].concat()));
        let other = PrivateKey::from_random(&[8; 32]).expect("a key").public_key();
        assert!(!other.verifies(b"message", &signature));
    }

    #[test]
    fn a_signature_has_one_spelling() {
        for message in 0..32_u8 {
            let der = key().sign(&[message]);
            assert!(key().public_key().verifies(&[message], &der));
            let signature = Signature::from_der(&der).expect("a signature");
            let (r, s) = signature.split_scalars();
            let other = Signature::from_scalars(r, -s).expect("a signature");
            assert!(key().0.verifying_key().verify(&[message], &other).is_ok(), "ECDSA takes both");
            let reason = key().public_key().check(&[message], other.to_der().as_bytes()).expect_err("high");
            assert!(reason.contains("has a high s"), "{reason}");
        }
    }
}
