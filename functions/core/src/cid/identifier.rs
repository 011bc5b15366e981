//! The name of content: CIDv1 with SHA-256, of a file's bytes or of a node of its tree, in base32.
//!
//! That is all that is ever formed here. The `cid` crate reads every base and every hash, which is a good part of a
//! Worker; the tests compare with it. Form: <https://github.com/multiformats/cid>.

use std::fmt;
use std::str::FromStr;

/// The codec of a leaf: bytes as they are.
pub const RAW: u8 = 0x55;
/// The codec of a node above the leaves.
pub const DAG_PB: u8 = 0x70;
/// RFC 4648, in lower case and without padding: multibase `b`.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Characters of [`Cid::LEN`] bytes, of 5 bits each.
const TEXT_LEN: usize = (Cid::LEN * 8).div_ceil(5);

/// What text or bytes must be to be a [`Cid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no CIDv1 with SHA-256 of a raw leaf or a dag-pb node (in text: base32, beginning with b)")]
pub struct NotACid;

/// A CIDv1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cid {
    codec: u8,
    digest: [u8; 32],
}

impl Cid {
    /// Bytes of the binary form: version, codec, hash function, the digest's length, the digest.
    pub const LEN: usize = 36;

    /// The CID of a block: its codec ([`RAW`] or [`DAG_PB`]) and its SHA-256.
    pub(crate) fn new(codec: u8, digest: [u8; 32]) -> Self {
        debug_assert!(matches!(codec, RAW | DAG_PB));
        Self { codec, digest }
    }

    /// What the block is: [`RAW`] or [`DAG_PB`].
    pub fn codec(&self) -> u8 {
        self.codec
    }

    /// The SHA-256 of the block.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The binary form, as it stands on the chain.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[1, self.codec, 0x12, 0x20], &self.digest[..]].concat()
    }
}

impl TryFrom<&[u8]> for Cid {
    type Error = NotACid;

    fn try_from(bytes: &[u8]) -> Result<Self, NotACid> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().map_err(|_| NotACid)?;
        match bytes {
            [1, codec @ (RAW | DAG_PB), 0x12, 0x20, digest @ ..] => Ok(Self { codec: *codec, digest: *digest }),
            _ => Err(NotACid),
        }
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(1 + TEXT_LEN);
        text.push('b');
        let (mut bits, mut held) = (0u32, 0);
        for byte in self.to_bytes() {
            bits = bits << 8 | u32::from(byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                text.push(BASE32[(bits >> held & 31) as usize].into());
            }
        }
        // The last three bits stand first in their five.
        text.push(BASE32[(bits << (5 - held) & 31) as usize].into());
        f.pad(&text)
    }
}

impl fmt::Debug for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Cid {
    type Err = NotACid;

    fn from_str(text: &str) -> Result<Self, NotACid> {
        let text = text.strip_prefix('b').filter(|text| text.len() == TEXT_LEN).ok_or(NotACid)?;
        let mut bytes = Vec::with_capacity(Self::LEN);
        let (mut bits, mut held) = (0u32, 0);
        for character in text.bytes() {
            let value = BASE32.iter().position(|&known| known == character).ok_or(NotACid)?;
            bits = bits << 5 | value as u32;
            held += 5;
            if held >= 8 {
                held -= 8;
                bytes.push((bits >> held) as u8);
            }
        }
        let rest = bits & ((1 << held) - 1);
        if rest == 0 { bytes.as_slice().try_into() } else { Err(NotACid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cid::multihash::Multihash;
    use proptest::prelude::*;

    fn by_the_crate(codec: u8, digest: &[u8; 32]) -> cid::Cid {
        cid::Cid::new_v1(codec.into(), Multihash::wrap(0x12, digest).expect("it fits"))
    }

    #[test]
    fn what_is_not_of_this_form_is_refused() {
        let good = Cid::new(RAW, [7; 32]).to_string();
        let others = [
            "".into(),
            "b".into(),
            good[1..].to_string(),
            good.to_uppercase(),
            format!("{good}a"),
            format!("{}1", &good[..58]),
            // Bits beyond the last byte.
            format!("{}b", &good[..58]),
            "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG".into(),
            // The same CID in base58.
            "zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA".into(),
            // SHA-512 and an unknown codec.
            by_the_crate(0x71, &[7; 32]).to_string(),
        ];
        for text in others {
            assert_eq!(text.parse::<Cid>(), Err(NotACid), "{text}");
        }
        assert_eq!(Cid::try_from(&[1, RAW, 0x12, 0x20][..]), Err(NotACid));
    }

    proptest! {
        #[test]
        fn both_forms_are_those_of_the_cid_crate_and_are_read_again(
            digest in any::<[u8; 32]>(),
            codec in prop_oneof![Just(RAW), Just(DAG_PB)],
        ) {
            let (ours, theirs) = (Cid::new(codec, digest), by_the_crate(codec, &digest));
            prop_assert_eq!(ours.to_string(), theirs.to_string());
            prop_assert_eq!(ours.to_bytes(), theirs.to_bytes());
            prop_assert_eq!(ours.to_string().parse(), Ok(ours));
            prop_assert_eq!(Cid::try_from(ours.to_bytes().as_slice()), Ok(ours));
        }

        #[test]
        fn no_text_at_all_makes_it_panic(text in ".{0,70}", base32 in "b[a-z2-7]{58}") {
            let _ = text.parse::<Cid>();
            if let Ok(cid) = base32.parse::<Cid>() {
                prop_assert_eq!(cid.to_string(), base32);
            }
        }
    }
}
