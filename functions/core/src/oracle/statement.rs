//! What the model's key signs for a gateway's answer (EIP-712): this output, for this input, of this model.
//!
//! It is no receipt and can't pass for one: its type and its domain are its own. The domain names the contract that asks
//! and its chain, so it counts with no other. It names no time, since the answer to a question never changes.

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::eip712_domain;

use crate::words::Words;

/// As `GatewayAnswer` in `IInferenceGateway.sol`; the tests compare.
const TYPE: &str = "GatewayAnswer(bytes32 modelId,bytes32 inputHash,bytes32 outputHash)";

/// The statement, and for whom it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) model_id: B256,
    pub(crate) input_hash: B256,
    pub(crate) output_hash: B256,
    /// The contract that asks.
    pub(crate) resolver: Address,
}

impl Statement {
    /// Four words, to be read by [`Statement::read`].
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        [self.model_id, self.input_hash, self.output_hash, self.resolver.into_word()].concat()
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let words = Words(bytes);
        let (model_id, input_hash, output_hash) = (words.word(0)?, words.word(1)?, words.word(2)?);
        Some(Self { model_id, input_hash, output_hash, resolver: words.address(3)? })
    }

    /// What is signed.
    pub(crate) fn digest(&self, chain_id: u64) -> B256 {
        let domain = eip712_domain! {
            name: "Verdigris Gateway",
            version: "1",
            chain_id: chain_id,
            verifying_contract: self.resolver,
        };
        let statement = keccak256([keccak256(TYPE), self.model_id, self.input_hash, self.output_hash].concat());
        keccak256([&[0x19, 0x01][..], domain.separator().as_slice(), statement.as_slice()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::IInferenceGateway::GatewayAnswer;
    use crate::receipt;
    use alloy_primitives::{address, b256};
    use alloy_sol_types::SolStruct;

    const STATEMENT: Statement = Statement {
        model_id: B256::repeat_byte(2),
        input_hash: B256::repeat_byte(3),
        output_hash: B256::repeat_byte(4),
        resolver: address!("0x00000000000000000000000000000000000000b1"),
    };

    #[test]
    fn the_digest_is_that_of_the_interface_s_type_in_a_domain_of_its_own() {
        let Statement { model_id, input_hash, output_hash, resolver } = STATEMENT;
        let typed = GatewayAnswer { modelId: model_id, inputHash: input_hash, outputHash: output_hash };
        let domain = eip712_domain! {
            name: "Verdigris Gateway", version: "1", chain_id: 31337, verifying_contract: resolver,
        };
        assert_eq!(STATEMENT.digest(31337), typed.eip712_signing_hash(&domain));
        let hubs = receipt::domain(31337, resolver);
        assert_ne!(
            STATEMENT.digest(31337),
            typed.eip712_signing_hash(&hubs),
            "a hub at this address has another domain"
        );
    }

    #[test]
    fn the_digest_equals_the_one_that_viem_computes() {
        // viem 2.57: hashTypedData({domain: {name: 'Verdigris Gateway', version: '1', chainId: 31337, …}, …})
        let known = b256!("0x4afa89c6cc633d19b0e39dcd9a70bd6e31b4c1bccc7a0bbf9502ad5a5b041e66");
        assert_eq!(STATEMENT.digest(31337), known);
    }

    #[test]
    fn a_statement_is_read_back_and_anything_shorter_is_none() {
        let bytes = STATEMENT.to_bytes();
        assert_eq!(Statement::read(&bytes), Some(STATEMENT));
        assert_eq!(Statement::read(&bytes[..127]), None);
        let mut no_address = bytes;
        no_address[96] = 1;
        assert_eq!(Statement::read(&no_address), None);
    }
}
