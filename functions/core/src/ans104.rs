//! A signed file in the form in which Arweave's bundlers take it; its address is known before anyone has it.
//!
//! A *data item* of [ANS-104](https://github.com/ArweaveTeam/arweave-standards/blob/master/ans/ANS-104.md), signed with
//! an Ethereum key (signature type 3): a personal message (EIP-191) over the item's deep hash. Its id is the SHA-256 of
//! the signature, and signatures are deterministic (RFC 6979), so the same content under the same key has one id.
//!
//! The deep hash also covers the signature's type, of which the standard's text doesn't speak: so do `arbundles`, the
//! reference, and everyone who checks by it.

use alloy_primitives::B256;
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256, Sha384};

use crate::cid::varint;
use crate::error::{Error, Result};

/// Most tags of an item.
pub const MAX_TAGS: usize = 128;
/// Most bytes of a tag's name.
pub const MAX_NAME: usize = 1024;
/// Most bytes of a tag's value.
pub const MAX_VALUE: usize = 3072;
/// Most bytes of all tags in their encoding; `arbundles` refuses more.
pub const MAX_TAGS_BYTES: usize = 4096;

/// Ethereum: a 65-byte signature (r, s, v), a 65-byte uncompressed public key.
const SIGNATURE_TYPE: u16 = 3;

/// A signed data item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What is uploaded.
    pub bytes: Vec<u8>,
    /// SHA-256 of the signature.
    pub id: B256,
}

impl Item {
    /// The id as Arweave writes it: base64url, 43 characters.
    pub fn address(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.id)
    }
}

/// Signs content with its tags (name and value each); no target, no anchor.
///
/// # Errors
/// [`Error::Malformed`] if the tags are too many or too long, or one is empty.
pub fn sign(content: &[u8], tags: &[(&str, &str)], key: &PrivateKeySigner) -> Result<Item> {
    let encoded = encode_tags(tags)?;
    let mut owner = vec![4]; // SEC 1: not compressed
    owner.extend_from_slice(key.public_key().as_slice());
    let kind = SIGNATURE_TYPE.to_string();
    let message = deep_hash(&[b"dataitem", b"1", kind.as_bytes(), &owner, b"", b"", &encoded, content]);
    let signature = key
        .sign_message_sync(&message)
        .map_err(|e| Error::Internal(format!("the data item cannot be signed: {e}")))?
        .as_bytes();

    let mut bytes = Vec::with_capacity(2 + signature.len() + owner.len() + 18 + encoded.len() + content.len());
    bytes.extend_from_slice(&SIGNATURE_TYPE.to_le_bytes());
    bytes.extend_from_slice(&signature);
    bytes.extend_from_slice(&owner);
    bytes.extend_from_slice(&[0, 0]); // neither target nor anchor
    bytes.extend_from_slice(&(tags.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&(encoded.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&encoded);
    bytes.extend_from_slice(content);
    Ok(Item { bytes, id: B256::from_slice(&Sha256::digest(signature)) })
}

/// Tags as an Avro array of records of two strings: a count, the records, a zero. No tags are no bytes at all.
fn encode_tags(tags: &[(&str, &str)]) -> Result<Vec<u8>> {
    let refuse = |reason: String| Err(Error::Malformed { what: "the data item's tags", reason }.into());
    if tags.len() > MAX_TAGS {
        return refuse(format!("there are {}, at most {MAX_TAGS} are possible", tags.len()));
    }
    let mut out = Vec::new();
    if tags.is_empty() {
        return Ok(out);
    }
    // Avro's numbers are zigzag: a natural number is doubled.
    varint(&mut out, 2 * tags.len() as u64);
    for (name, value) in tags {
        for (part, text, most) in [("name", name, MAX_NAME), ("value", value, MAX_VALUE)] {
            if text.is_empty() || text.len() > most {
                return refuse(format!("a {part} has {} bytes, 1 to {most} are possible", text.len()));
            }
            varint(&mut out, 2 * text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
    }
    out.push(0);
    if out.len() > MAX_TAGS_BYTES {
        return refuse(format!("they have {} bytes together, at most {MAX_TAGS_BYTES} are possible", out.len()));
    }
    Ok(out)
}

/// Arweave's deep hash of a list of byte strings, by SHA-384.
fn deep_hash(list: &[&[u8]]) -> [u8; 48] {
    let tagged = |tag: &str, count: usize| Sha384::digest(format!("{tag}{count}"));
    let pair = |left: &[u8], right: &[u8]| Sha384::new().chain_update(left).chain_update(right).finalize();
    let all = list.iter().fold(tagged("list", list.len()), |acc, blob| {
        let blob = pair(&tagged("blob", blob.len()), &Sha384::digest(blob));
        pair(&acc, &blob)
    });
    all.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;
    use alloy_primitives::{Signature, eip191_hash_message};

    fn key() -> PrivateKeySigner {
        PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key")
    }

    #[test]
    fn the_same_content_has_the_same_id_at_every_try_and_other_content_another() {
        let item = sign(b"hello world", &[("Content-Type", "text/plain")], &key()).expect("signed");
        assert_eq!(sign(b"hello world", &[("Content-Type", "text/plain")], &key()), Ok(item.clone()));
        let others = [
            sign(b"hello worle", &[("Content-Type", "text/plain")], &key()),
            sign(b"hello world", &[("Content-Type", "text/html")], &key()),
            sign(b"hello world", &[], &key()),
            sign(
                b"hello world",
                &[("Content-Type", "text/plain")],
                &PrivateKeySigner::from_bytes(&B256::repeat_byte(8)).expect("a key"),
            ),
        ];
        for other in others {
            assert_ne!(other.expect("signed").id, item.id);
        }
    }

    #[test]
    fn an_item_is_laid_out_as_the_standard_says() {
        let Item { bytes, id } = sign(b"hello", &[("a", "bc")], &key()).expect("signed");
        assert_eq!(bytes[..2], [3, 0]);
        let (signature, rest) = bytes[2..].split_at(65);
        assert_eq!(id[..], Sha256::digest(signature)[..]);
        let (owner, rest) = rest.split_at(65);
        assert_eq!((owner[0], &owner[1..]), (4, key().public_key().as_slice()));
        // No target, no anchor; one tag in seven bytes: count, name, value, end.
        let tags = hex!("0000 0100000000000000 0700000000000000 02 0261 046263 00");
        let (head, content) = rest.split_at(tags.len());
        assert_eq!(hex::encode(head), hex::encode(tags));
        assert_eq!(content, b"hello");
    }

    #[test]
    fn the_signature_is_the_owner_s_over_the_deep_hash() {
        let Item { bytes, .. } = sign(b"", &[], &key()).expect("signed");
        let owner = &bytes[67..132];
        let message = deep_hash(&[b"dataitem", b"1", b"3", owner, b"", b"", b"", b""]);
        let signature = Signature::from_raw(&bytes[2..67]).expect("a signature");
        let signer = signature.recover_address_from_prehash(&eip191_hash_message(message)).expect("a signer");
        assert_eq!(signer, key().address());
    }

    #[test]
    fn tags_may_be_as_many_and_as_long_as_the_standard_allows_and_no_more() {
        let many = vec![("n", "a value of twenty-eight byte"); MAX_TAGS];
        assert_eq!(encode_tags(&many).map(|tags| tags.len()), Ok(MAX_TAGS * 31 + 3));
        let (name, value) = ("n".repeat(MAX_NAME), "v".repeat(MAX_VALUE));
        assert!(encode_tags(&[(name.as_str(), &value[..3066])]).is_ok_and(|tags| tags.len() == MAX_TAGS_BYTES));

        let long_name = "n".repeat(MAX_NAME + 1);
        let long_value = "v".repeat(MAX_VALUE + 1);
        for tags in [
            vec![("n", "v"); MAX_TAGS + 1],
            vec![("", "v")],
            vec![("n", "")],
            vec![(long_name.as_str(), "v")],
            vec![("n", long_value.as_str())],
            vec![(name.as_str(), &value[..3067])],
        ] {
            assert!(
                matches!(sign(b"", &tags, &key()).map_err(|error| *error), Err(Error::Malformed { .. })),
                "{} tags",
                tags.len()
            );
        }
    }
}
