//! What the command asks of contracts beyond the pipeline's words, and a reverting contract's reason in words.
#![allow(missing_docs, reason = "documented in the Solidity interfaces")]

use alloy_primitives::Bytes;
use alloy_sol_types::{Revert, SolError, SolInterface, sol};
use verdigris_core::abi::{IExecutor, IInferenceHub, IModelRegistry, ISeedArt};

sol! {
    #[derive(Debug)]
    interface IERC721Metadata {
        function name() external view returns (string memory);
    }

    /// A `PictureInput` as the hub reads it: to a contract, a title is any bytes.
    #[derive(Debug, PartialEq, Eq)]
    struct PictureQuestion {
        uint32 stages;
        uint16 size;
        bytes32 seed;
        bytes32 traits;
        bytes title;
    }
}

/// The named error that a contract's call ended with, with its arguments; `None` if no contract here has such an error.
pub fn error_name(data: &Bytes) -> Option<String> {
    if let Ok(Revert { reason }) = Revert::abi_decode(data) {
        return Some(reason);
    }
    let named = IInferenceHub::IInferenceHubErrors::abi_decode(data)
        .map(|error| format!("{error:?}"))
        .or_else(|_| ISeedArt::ISeedArtErrors::abi_decode(data).map(|error| format!("{error:?}")))
        .or_else(|_| IModelRegistry::IModelRegistryErrors::abi_decode(data).map(|error| format!("{error:?}")))
        .or_else(|_| IExecutor::IExecutorErrors::abi_decode(data).map(|error| format!("{error:?}")))
        .ok()?;
    // An error's own name stands twice: as the variant and as its structure.
    Some(match (named.find('('), named.strip_suffix(')')) {
        (Some(start), Some(inner)) => inner[start + 1..].to_owned(),
        _ => named,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{B256, hex};

    #[test]
    fn a_contract_s_own_error_is_named_with_its_arguments() {
        let error = IInferenceHub::NoFraud { requestId: B256::with_last_byte(7) };
        let said = error_name(&error.abi_encode().into()).expect("known");
        assert!(said.starts_with("NoFraud { requestId: 0x00") && said.ends_with("07 }"), "{said}");
        let reason = Revert { reason: "because".into() };
        assert_eq!(error_name(&reason.abi_encode().into()).as_deref(), Some("because"));
        assert_eq!(error_name(&hex!("12345678").into()), None);
    }
}
