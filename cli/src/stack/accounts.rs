//! The local chain's funded accounts: anvil's published development keys, worth nothing anywhere else.

use alloy_primitives::{B256, b256};
use alloy_signer_local::PrivateKeySigner;

const DEPLOYER: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const MINTER: B256 = b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");
const SENDER: B256 = b256!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a");
const ATTESTER: B256 = b256!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6");
const CHALLENGER: B256 = b256!("47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a");

/// Deploys the contracts.
pub fn deployer() -> PrivateKeySigner {
    signer(DEPLOYER)
}

/// Mints, where no other key is given.
pub fn minter() -> PrivateKeySigner {
    signer(MINTER)
}

/// Pays for the functions' transactions, and stakes for their answers.
pub fn sender() -> PrivateKeySigner {
    signer(SENDER)
}

/// Signs receipts; never sends a transaction.
pub fn attester() -> PrivateKeySigner {
    signer(ATTESTER)
}

/// Watches bonded answers, and challenges wrong ones.
pub fn challenger() -> PrivateKeySigner {
    signer(CHALLENGER)
}

fn signer(key: B256) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&key).expect("anvil's keys are valid")
}
