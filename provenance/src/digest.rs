//! Digests as the papers write them: SHA-256 in plain hex, as in-toto does, and keccak256 with 0x, as the chain does.

use std::fmt;
use std::io::Read;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// A SHA-256 digest, written as 64 lowercase hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Digest(pub [u8; 32]);

/// A keccak256 hash, written as 0x and 64 lowercase hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Keccak(pub [u8; 32]);

/// A git commit's object name: 40 lowercase hex digits (SHA-1) or 64 (SHA-256).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit(String);

impl Sha256Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of all that a reader gives.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn of_reader(mut reader: impl Read) -> std::io::Result<Self> {
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(Self(hasher.finalize().into())),
                read => hasher.update(&buffer[..read]),
            }
        }
    }
}

impl Keccak {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(verdigris_model::keccak256(bytes))
    }
}

impl Commit {
    /// The object name as hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Display for Keccak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_lowercase_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// 32 bytes from 64 lowercase hex digits.
fn bytes_32(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    (is_lowercase_hex(digits) && hex::decode_to_slice(digits, &mut bytes).is_ok()).then_some(bytes)
}

impl FromStr for Sha256Digest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bytes_32(text).map(Self).ok_or("a SHA-256 digest is 64 lowercase hex digits")
    }
}

impl FromStr for Keccak {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").and_then(bytes_32);
        digits.map(Self).ok_or("a keccak256 hash is 0x and 64 lowercase hex digits")
    }
}

impl FromStr for Commit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = matches!(text.len(), 40 | 64) && is_lowercase_hex(text);
        fits.then(|| Self(text.to_owned())).ok_or("a git commit is 40 or 64 lowercase hex digits")
    }
}

/// Serialised as the text that `Display` writes and `FromStr` reads.
macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
pub(crate) use as_text;

as_text!(Sha256Digest, Keccak, Commit);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_as_they_are_written() {
        let (sha, keccak) = (Sha256Digest::of(b"abc"), Keccak::of(b""));
        assert_eq!(sha.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(keccak.to_string(), "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assert_eq!((sha.to_string().parse(), keccak.to_string().parse()), (Ok(sha), Ok(keccak)));
        assert_eq!(Sha256Digest::of_reader(&b"abc"[..]).expect("memory reads"), sha);
    }

    #[test]
    fn other_spellings_are_refused() {
        let hex = "AB".repeat(32);
        assert!(hex.parse::<Sha256Digest>().is_err(), "upper case");
        assert!(format!("0x{}", "ab".repeat(31)).parse::<Keccak>().is_err(), "too short");
        assert!("ab".repeat(32).parse::<Keccak>().is_err(), "without 0x");
        assert!("--upload-pack=x".parse::<Commit>().is_err());
        assert!("ab".repeat(20).parse::<Commit>().is_ok());
    }
}
