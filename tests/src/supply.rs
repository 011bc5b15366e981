//! Requests for pictures in any number, made as users make them: tokens are minted, and their seeds are drawn.

use std::collections::VecDeque;

use alloy_primitives::{Address, B256, Bytes, U256, address};
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::{Value, json};
use verdigris_core::abi::IInferenceHub::InferenceRequested;
use verdigris_core::abi::ISeedArt::{SeedRequested, drawCall, mintCall};

use crate::chain::{block_number, block_of, rpc, rpc_batch};
use crate::stack::Stack;

/// An account of the local chain that mints and draws, and does nothing else.
const USER: Address = address!("0x14dC79964da2C08b23698B3D3cc7Ca32193d9955");
/// Gas limits with room to spare, so that nobody has to estimate.
const MINT_GAS: u64 = 400_000;
const DRAW_GAS: u64 = 800_000;
/// Tokens whose transactions surely fit into one block.
const AT_ONCE: usize = 60;
/// Blocks from a mint to the first one in which its seed can be drawn, and one more.
const MATURE: u64 = 3;

/// Makes requests on a stack's chain.
pub struct Supply {
    url: String,
    art: Address,
    hub: Address,
    nonce: u64,
    next_block: u64,
    /// Tokens without a seed, and the block whose hash becomes it.
    minted: VecDeque<(U256, u64)>,
    /// Logs of requests that nobody was told of.
    requested: VecDeque<Value>,
}

impl Supply {
    /// None yet.
    pub fn of(stack: &Stack) -> Self {
        let url = stack.url("rpcUrl").to_owned();
        let nonce = next_nonce(&url);
        let (art, hub) = (stack.address("art"), stack.address("hub"));
        let next_block = block_number(&url) + 1;
        Self { url, art, hub, nonce, next_block, minted: VecDeque::new(), requested: VecDeque::new() }
    }

    /// Makes `count` requests at once, in blocks that are mined for them alone.
    pub fn prepare(&mut self, count: usize) -> Vec<Value> {
        while self.requested.len() < count {
            self.mint(AT_ONCE.min(count - self.requested.len()));
            rpc(&self.url, "anvil_mine", &json!([MATURE]));
            self.look();
            self.draw();
            rpc(&self.url, "anvil_mine", &json!([1]));
            self.look();
        }
        self.requested.drain(..count).collect()
    }

    /// Mints `count` tokens, draws the seeds that are ready by now, and gives the requests that have come of earlier
    /// ones. To be called about once a block.
    pub fn tend(&mut self, count: usize) -> Vec<Value> {
        self.look();
        // A node that has lost what it took would hold all that follows.
        self.nonce = next_nonce(&self.url);
        self.draw();
        self.mint(count);
        self.requested.drain(..).collect()
    }

    fn mint(&mut self, count: usize) {
        let call = Bytes::from(mintCall { to: USER }.abi_encode());
        self.send(vec![call; count], MINT_GAS);
    }

    fn draw(&mut self) {
        let head = block_number(&self.url);
        let mut calls = Vec::new();
        while let Some((token, _)) = self.minted.pop_front_if(|(_, draw_block)| *draw_block <= head) {
            calls.push(Bytes::from(drawCall { tokenId: token }.abi_encode()));
        }
        self.send(calls, DRAW_GAS);
    }

    fn send(&mut self, calls: Vec<Bytes>, gas: u64) {
        let transactions = calls.into_iter().zip(self.nonce..).map(|(data, nonce)| {
            let (gas, nonce) = (format!("{gas:#x}"), format!("{nonce:#x}"));
            let transaction = json!({ "from": USER, "to": self.art, "data": data, "gas": gas, "nonce": nonce });
            ("eth_sendTransaction", json!([transaction]))
        });
        let transactions: Vec<_> = transactions.collect();
        self.nonce += transactions.len() as u64;
        rpc_batch(&self.url, &transactions);
    }

    /// Reads what has come of it in the blocks since the last look.
    fn look(&mut self) {
        let topics: [B256; 2] = [SeedRequested::SIGNATURE_HASH, InferenceRequested::SIGNATURE_HASH];
        let (addresses, from) = ([self.art, self.hub], format!("{:#x}", self.next_block));
        let filter = json!([{ "address": addresses, "topics": [topics], "fromBlock": from, "toBlock": "latest" }]);
        if block_number(&self.url) < self.next_block {
            return;
        }
        for log in rpc(&self.url, "eth_getLogs", &filter).as_array().unwrap() {
            self.next_block = self.next_block.max(block_of(log) + 1);
            let read: alloy_primitives::Log = serde_json::from_value(log.clone()).unwrap();
            match SeedRequested::decode_log(&read) {
                Ok(minted) => self.minted.push_back((minted.tokenId, minted.drawBlock)),
                Err(_) => self.requested.push_back(log.clone()),
            }
        }
    }
}

/// Behind all that the node has of the user and can mine.
fn next_nonce(url: &str) -> u64 {
    let nonce = rpc(url, "eth_getTransactionCount", &json!([USER, "pending"]));
    serde_json::from_value::<U256>(nonce).unwrap().to()
}
