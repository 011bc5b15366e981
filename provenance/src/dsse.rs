//! Signed statements: in-toto Statement v1 in a DSSE envelope in a Sigstore bundle v0.3, signed by a key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::canonical::{from_bounded, to_canonical};
use crate::digest::Sha256Digest;
use crate::error::{ProvenanceError, Result};
use crate::key::{PrivateKey, PublicKey};
use crate::text::cut;

/// Longest bundle, in bytes.
pub const MAX_BUNDLE: usize = 4 << 20;
/// Media type of a Sigstore bundle.
const BUNDLE_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// Type of a DSSE payload that is an in-toto statement.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Type of an in-toto statement.
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// What a statement is about, and what it says: in-toto Statement v1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement<P> {
    #[serde(rename = "_type")]
    type_: String,
    /// What it is about.
    pub subject: Vec<Subject>,
    /// What kind of predicate follows.
    pub predicate_type: String,
    /// What it says.
    pub predicate: P,
}

/// One thing that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub digest: Sha256Set,
}

/// in-toto's DigestSet with SHA-256 alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sha256Set {
    /// The digest.
    pub sha256: Sha256Digest,
}

impl<P> Statement<P> {
    /// A statement on some things.
    pub fn new(subject: Vec<Subject>, predicate_type: &str, predicate: P) -> Self {
        Self { type_: STATEMENT_TYPE.into(), subject, predicate_type: predicate_type.into(), predicate }
    }
}

/// A Sigstore bundle of a statement that was signed with a key and stands in no log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    media_type: String,
    verification_material: VerificationMaterial,
    dsse_envelope: Envelope,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VerificationMaterial {
    public_key: PublicKeyIdentifier,
    #[serde(default)]
    tlog_entries: [(); 0],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicKeyIdentifier {
    hint: Sha256Digest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope {
    payload: Base64,
    payload_type: String,
    signatures: [Signature; 1],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    sig: Base64,
    #[serde(default)]
    keyid: String,
}

/// Bytes, written in base64 with padding.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Base64(Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Bundle {
    /// Signs a statement.
    ///
    /// # Errors
    /// If the statement has no form in JSON.
    pub fn sign<P: Serialize>(statement: &Statement<P>, key: &PrivateKey) -> Result<Self> {
        let payload = to_canonical(statement)?;
        let signature = key.sign(&pre_authentication(PAYLOAD_TYPE, &payload));
        Ok(Self {
            media_type: BUNDLE_TYPE.into(),
            verification_material: VerificationMaterial {
                public_key: PublicKeyIdentifier { hint: key.public_key().hint()? },
                tlog_entries: [],
            },
            dsse_envelope: Envelope {
                payload: Base64(payload),
                payload_type: PAYLOAD_TYPE.into(),
                signatures: [Signature { sig: Base64(signature), keyid: String::new() }],
            },
        })
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// If it is too long, of another form, or signed in another way than by one key.
    pub fn from_bytes(what: &str, bytes: &[u8]) -> Result<Self> {
        let bundle: Self = from_bounded(what, bytes, MAX_BUNDLE)?;
        for (found, known) in [(&bundle.media_type, BUNDLE_TYPE), (&bundle.dsse_envelope.payload_type, PAYLOAD_TYPE)] {
            if found != known {
                let reason = format!("its type is `{}`, taken is {known}", cut(found));
                return Err(ProvenanceError::malformed(what, reason));
            }
        }
        Ok(bundle)
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// None that can happen.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = to_canonical(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Whether it names this key and the signature is this key's.
    ///
    /// # Errors
    /// Says which of the two is not so.
    pub fn check_signature(&self, key: &PublicKey) -> Result<(), String> {
        let (named, hint) =
            (self.verification_material.public_key.hint, key.hint().map_err(|error| error.to_string())?);
        if named != hint {
            return Err(format!("it names the key {named}, not {hint}"));
        }
        let Envelope { payload, payload_type, signatures: [signature] } = &self.dsse_envelope;
        let message = pre_authentication(payload_type, &payload.0);
        key.check(&message, &signature.sig.0).map_err(|reason| format!("it is not signed by {hint}: {reason}"))
    }

    /// What was signed.
    ///
    /// # Errors
    /// If it is no statement of this kind.
    pub fn statement<P: DeserializeOwned>(&self, what: &str, predicate_type: &str) -> Result<Statement<P>> {
        let payload = &self.dsse_envelope.payload.0;
        let statement: Statement<P> = from_bounded(what, payload, MAX_BUNDLE)?;
        if statement.type_ != STATEMENT_TYPE || statement.predicate_type != predicate_type {
            return Err(ProvenanceError::malformed(what, format!("it is no in-toto statement of {predicate_type}")));
        }
        Ok(statement)
    }
}

/// What DSSE signs: PAE(type, payload) of its protocol, version 1.
fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut message = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    message.extend_from_slice(payload);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_dsse_s_protocol_holds() {
        let message = pre_authentication("http://example.com/HelloWorld", b"hello world");
        assert_eq!(message, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }
}
