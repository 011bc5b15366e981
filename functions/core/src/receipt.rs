//! The signed statement that an answer is this model's answer to this request (EIP-712).
//!
//! It can be checked by anyone, offline, from these six fields and a signature.

use alloy_primitives::{Address, B256, Bytes, Signature};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{Eip712Domain, SolStruct, eip712_domain};

pub use crate::abi::IInferenceHub::Receipt;
use crate::error::{Error, Result};

/// The domain of a hub's receipts: name "Verdigris", version "1", the chain, the hub.
pub fn domain(chain_id: u64, hub: Address) -> Eip712Domain {
    eip712_domain! {
        name: "Verdigris",
        version: "1",
        chain_id: chain_id,
        verifying_contract: hub,
    }
}

/// What is signed.
pub fn digest(receipt: &Receipt, chain_id: u64, hub: Address) -> B256 {
    receipt.eip712_signing_hash(&domain(chain_id, hub))
}

/// Signs a receipt: 65 bytes r, s, v with low s and v of 27 or 28. Deterministic (RFC 6979).
///
/// # Errors
/// [`Error::Internal`] if the key can't sign, which a valid key never does.
pub fn sign(receipt: &Receipt, chain_id: u64, hub: Address, key: &PrivateKeySigner) -> Result<Bytes> {
    sign_digest(digest(receipt, chain_id, hub), key)
}

pub(crate) fn sign_digest(digest: B256, key: &PrivateKeySigner) -> Result<Bytes> {
    let signature =
        key.sign_hash_sync(&digest).map_err(|e| Error::Internal(format!("the answer cannot be signed: {e}")))?;
    Ok(Bytes::copy_from_slice(&signature.as_bytes()))
}

/// Who signed a receipt.
///
/// # Errors
/// [`Error::Malformed`] if the signature is no signature at all.
pub fn signer(receipt: &Receipt, signature: &[u8], chain_id: u64, hub: Address) -> Result<Address> {
    let malformed = |reason: String| Box::new(Error::Malformed { what: "the receipt's signature", reason });
    let signature = Signature::from_raw(signature).map_err(|e| malformed(e.to_string()))?;
    signature.recover_address_from_prehash(&digest(receipt, chain_id, hub)).map_err(|e| malformed(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{U256, address, b256, keccak256};

    fn receipt() -> Receipt {
        Receipt {
            requestId: B256::repeat_byte(1),
            modelId: B256::repeat_byte(2),
            inputHash: B256::repeat_byte(3),
            outputHash: B256::repeat_byte(4),
            contentHash: B256::repeat_byte(5),
            issuedAt: 1_790_000_000,
        }
    }

    const HUB: Address = address!("0x00000000000000000000000000000000000000b1");

    /// The digest by hand, word by word, as EIP-712 describes it.
    fn digest_by_hand(receipt: &Receipt, chain_id: u64, hub: Address) -> B256 {
        let mut domain = Vec::new();
        let domain_type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
        domain.extend(keccak256(domain_type));
        domain.extend(keccak256("Verdigris"));
        domain.extend(keccak256("1"));
        domain.extend(U256::from(chain_id).to_be_bytes::<32>());
        domain.extend(hub.into_word());
        let mut message = Vec::new();
        let receipt_type = "Receipt(bytes32 requestId,bytes32 modelId,bytes32 inputHash,bytes32 outputHash,bytes32 contentHash,uint64 issuedAt)";
        message.extend(keccak256(receipt_type));
        for word in [receipt.requestId, receipt.modelId, receipt.inputHash, receipt.outputHash, receipt.contentHash] {
            message.extend(word);
        }
        message.extend(U256::from(receipt.issuedAt).to_be_bytes::<32>());
        let mut all = vec![0x19, 0x01];
        all.extend(keccak256(domain));
        all.extend(keccak256(message));
        keccak256(all)
    }

    #[test]
    fn the_digest_is_what_eip_712_says() {
        assert_eq!(digest(&receipt(), 31337, HUB), digest_by_hand(&receipt(), 31337, HUB));
    }

    #[test]
    fn the_digest_equals_the_one_that_viem_computes() {
        // viem 2.57: hashTypedData({domain: {name: 'Verdigris', version: '1', chainId: 31337, verifyingContract}, …})
        let known = b256!("0xdb0b07777125c954431d55dfd0737876c9d4e93f5e67ae9af714e0ad68620887");
        assert_eq!(digest(&receipt(), 31337, HUB), known);
    }

    #[test]
    fn the_signer_of_a_receipt_is_found_again_and_any_change_shows() {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key");
        let signature = sign(&receipt(), 31337, HUB, &key).expect("signed");
        assert_eq!(signature.len(), 65);
        assert!(matches!(signature[64], 27 | 28));
        assert_eq!(signer(&receipt(), &signature, 31337, HUB), Ok(key.address()));
        assert_ne!(signer(&receipt(), &signature, 1, HUB), Ok(key.address()), "another chain");
        assert_ne!(signer(&receipt(), &signature, 31337, Address::ZERO), Ok(key.address()), "another hub");
        let other = Receipt { issuedAt: 1, ..receipt() };
        assert_ne!(signer(&other, &signature, 31337, HUB), Ok(key.address()), "another time");
    }

    #[test]
    fn bytes_that_are_no_signature_are_refused() {
        assert_eq!(signer(&receipt(), &[1; 64], 31337, HUB).map_err(|e| e.status()), Err(400));
    }
}
