//! Makes faults happen.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::schedule::{Dropped, Fault, Kind, Schedule};
use super::{House, seconds_now};
use crate::chain;
use crate::relay::Passage;

/// How often happened what.
#[derive(Debug, Default)]
pub struct Tally {
    /// Times that the functions were killed.
    pub kills: AtomicU64,
    /// Times that the way to the node or the pinning service was bad.
    pub cuts: AtomicU64,
    /// Times that the chain dropped blocks.
    pub reorgs: AtomicU64,
    /// The deepest of them, in blocks.
    pub deepest: AtomicU64,
    /// Times that the node forgot what was waiting.
    pub forgotten: AtomicU64,
}

/// Lets the faults of one kind happen until `is_over`; says each when it does. What it did is undone in the end.
pub fn happen(house: &House, schedule: Schedule, kind: Kind, tally: &Tally, is_over: &AtomicBool) {
    for (pause, fault) in schedule {
        wait(pause, is_over);
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        eprintln!("  {:6.1} s  {fault}", house.started.elapsed().as_secs_f64());
        match fault {
            Fault::Kill(rest) => {
                house.functions.kill();
                tally.kills.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(rest);
                house.functions.restart();
            }
            Fault::Reorg(depth, dropped) => {
                if let Some(depth) = reorg(house, depth, dropped) {
                    tally.reorgs.fetch_add(1, Ordering::Relaxed);
                    tally.deepest.fetch_max(depth, Ordering::Relaxed);
                }
            }
            Fault::ForgetPool => {
                chain::rpc(house.node(), "anvil_dropAllTransactions", &json!([]));
                tally.forgotten.fetch_add(1, Ordering::Relaxed);
            }
            Fault::Node(passage, time) | Fault::Pinner(passage, time) => {
                let relay = match kind {
                    Kind::Node => &house.to_node[0],
                    Kind::OtherNode => &house.to_node[1],
                    _ => &house.to_pinner,
                };
                relay.set(passage);
                tally.cuts.fetch_add(1, Ordering::Relaxed);
                wait(time, is_over);
                relay.set(Passage::Open);
            }
        }
    }
}

fn wait(time: Duration, is_over: &AtomicBool) {
    let start = Instant::now();
    while start.elapsed() < time && !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50).min(time));
    }
}

/// Drops blocks, but none that the deployment needs; gives how many. The chain stands still meanwhile, and its clock is
/// put right after: new blocks would else take up the time of the last one that stayed.
fn reorg(house: &House, depth: u64, dropped: Dropped) -> Option<u64> {
    let node = house.node();
    chain::rpc(node, "evm_setIntervalMining", &json!([0]));
    let head = chain::block_number(node);
    let depth = depth.min(head.saturating_sub(house.deployed));
    if depth > 0 {
        let transactions = transactions(node, head + 1 - depth..=head);
        let moved: Vec<Value> = match dropped {
            Dropped::Moved => {
                let places = transactions.iter().enumerate();
                let last = |at: usize| (at as u64 * depth / transactions.len() as u64).min(depth - 1);
                places.map(|(at, raw)| json!([raw, last(at)])).collect()
            }
            Dropped::Waiting | Dropped::Lost => Vec::new(),
        };
        chain::rpc(node, "anvil_reorg", &json!([depth, moved]));
        if dropped == Dropped::Waiting {
            // The node refuses what follows on something that is lost already.
            transactions.iter().for_each(|raw| drop(chain::try_rpc(node, "eth_sendRawTransaction", &json!([raw]))));
        }
        chain::rpc(node, "evm_setTime", &json!([seconds_now()]));
    }
    chain::rpc(node, "evm_setIntervalMining", &json!([1]));
    (depth > 0).then_some(depth)
}

/// The raw transactions in some blocks, in their order.
fn transactions(node: &str, blocks: std::ops::RangeInclusive<u64>) -> Vec<Value> {
    let mut found = Vec::new();
    for number in blocks {
        let block = chain::rpc(node, "eth_getBlockByNumber", &json!([format!("{number:#x}"), false]));
        for hash in block["transactions"].as_array().into_iter().flatten() {
            found.push(chain::rpc(node, "eth_getRawTransactionByHash", &json!([hash])));
        }
    }
    found
}
