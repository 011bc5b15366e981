//! How the functions of a run are set up: how many accounts pay, how many ways lead to the node, who keeps the pictures,
//! and how deep a request must lie.

use std::fmt;

use alloy_primitives::{Address, B256, U256, b256};
use alloy_signer_local::PrivateKeySigner;
use verdigris_core::abi::IInferenceHub::stakeCall;

use super::schedule::Dice;
use crate::chain;
use crate::functions::{SENDER_KEY, Settings};
use crate::relay::Relay;
use crate::stack::Stack;

/// Published keys of the local chain that nobody else uses.
const MORE_KEYS: [B256; 2] = [
    b256!("8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    b256!("92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
];
/// Pinners, and how many of them must have a picture. The first can be cut off.
const PINNERS: [(&str, &str); 3] = [("kubo", ""), ("kubo,embedded", "1"), ("kubo,embedded", "2")];
/// What one more account stakes for its answers, in wei.
const STAKE: u64 = 1_000_000_000_000_000_000;

/// One way to set the functions up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Make {
    senders: u64,
    endpoints: u64,
    confirmations: u64,
    pinners: (&'static str, &'static str),
}

impl Make {
    /// The one that hangs on this seed.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 300);
        let (senders, endpoints) = (dice.between(1, 3), dice.between(1, 2));
        Self { senders, endpoints, confirmations: dice.choose(&[0, 0, 1, 3]), pinners: dice.choose(&PINNERS) }
    }

    /// Settings for it, with these ways to the node.
    pub fn settings(&self, told: Settings, to_node: &[Relay; 2]) -> Settings {
        let keys = MORE_KEYS.iter().take(self.senders as usize - 1).map(|key| format!(",{key}"));
        let told = told
            .with("sender_key", &keys.fold(SENDER_KEY.to_owned(), |list, key| list + &key))
            .with("confirmations", &self.confirmations.to_string())
            .with("pinners", self.pinners.0)
            .with("pin_quorum", self.pinners.1)
            .with("rpc_url", &to_node[0].url());
        if self.endpoints == 2 { told.with("rpc_url_fallback", &to_node[1].url()) } else { told }
    }

    /// The accounts that pay.
    pub fn senders(&self) -> Vec<Address> {
        let first: B256 = SENDER_KEY.parse().unwrap();
        let keys = std::iter::once(first).chain(MORE_KEYS).take(self.senders as usize);
        keys.map(|key| PrivateKeySigner::from_bytes(&key).unwrap().address()).collect()
    }

    /// Has those stake that don't come with the stack.
    pub fn stake(&self, stack: &Stack) {
        for sender in self.senders().into_iter().skip(1) {
            chain::send(stack.url("rpcUrl"), sender, stack.address("hub"), &stakeCall {}, U256::from(STAKE));
        }
    }
}

impl fmt::Display for Make {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { senders, endpoints, confirmations, pinners: (pinners, quorum) } = self;
        write!(
            to,
            "senders {senders}, ways to the node {endpoints}, confirmations {confirmations}, pinners {pinners}"
        )?;
        if quorum.is_empty() { Ok(()) } else { write!(to, " of which {quorum}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_accounts_ways_and_pinners_comes_and_a_seed_says_which() {
        let makes: Vec<Make> = (0..200).map(Make::of).collect();
        assert_eq!(Make::of(7), Make::of(7));
        for senders in 1..=3 {
            for endpoints in 1..=2 {
                assert!(makes.iter().any(|make| (make.senders, make.endpoints) == (senders, endpoints)));
            }
        }
        for (confirmations, pinners) in [0, 1, 3].into_iter().zip(PINNERS) {
            assert!(makes.iter().any(|make| (make.confirmations, make.pinners) == (confirmations, pinners)));
        }
        assert!(makes.iter().all(|make| make.senders().len() as u64 == make.senders));
    }
}
