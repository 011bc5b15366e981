//! The contracts' words. The Solidity interfaces are the one source; nothing is repeated here.
//!
//! The two structures at the end travel inside `bytes`, so no interface mentions them: their source is
//! `docs/protocol.md`, section 3.
#![allow(missing_docs, reason = "documented in the Solidity interfaces")]

use alloy_sol_types::sol;

sol! {
    #![sol(all_derives)]
    "../../contracts/src/interfaces/IInferenceHub.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/src/interfaces/IModelRegistry.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/src/interfaces/ISeedArt.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/src/interfaces/IExecutor.sol"
}

sol! {
    #![sol(all_derives)]
    "../../contracts/src/interfaces/IInferenceGateway.sol"
}

sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct PictureInput {
        uint32 stages;
        uint16 size;
        bytes32 seed;
        bytes32 traits;
        string title;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct PictureOutput {
        bytes32 pixelRoot;
        bytes imageCid;
    }
}
