//! Tells the functions what happens on the chain, as all simulated providers would, and none of them reliably: of the
//! logs of each block one provider tells, too late, twice, or not at all. It sees when the chain drops a block.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Scope;
use std::time::Duration;

use alloy_primitives::B256;
use serde_json::{Value, json};

use super::schedule::Dice;
use super::{House, seconds_now};
use crate::chain;
use crate::http::try_post;
use crate::simulator::{ALL, Block, Delivery};

/// How often the chain is looked at.
const POLL: Duration = Duration::from_millis(200);
/// Blocks that may turn out to be dropped.
const WATCHED: usize = 80;
/// Webhooks that are lost, of a hundred.
const LOST: u64 = 20;
/// Webhooks that come twice, of a hundred.
const DOUBLED: u64 = 30;

/// How often happened what.
#[derive(Debug, Default)]
pub struct Told {
    /// Webhooks that were sent, each as often as it was.
    pub sent: AtomicU64,
    /// Webhooks that were not.
    pub lost: AtomicU64,
    /// Blocks that turned out to be dropped.
    pub dropped: AtomicU64,
}

/// Follows the chain until `is_over`.
pub fn tell<'scope>(
    scope: &'scope Scope<'scope, '_>,
    house: &'scope House,
    seed: u64,
    told: &'scope Told,
    is_over: &AtomicBool,
) {
    let dice = Mutex::new(Dice::new(seed, 100));
    let mut seen: BTreeMap<u64, Seen> = BTreeMap::new();
    let mut next = house.deployed;
    while !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(POLL);
        let mut news = Vec::new();
        while let Some((&number, last)) = seen.last_key_value() {
            if hash_of(house, number) == Some(last.block.hash) {
                break;
            }
            told.dropped.fetch_add(1, Ordering::Relaxed);
            if let Some(gone) = seen.remove(&number) {
                news.push((gone, true));
            }
            next = number;
        }
        while let Some(block) = Seen::at(house, next) {
            seen.insert(next, block.clone());
            news.push((block, false));
            next += 1;
            if seen.len() > WATCHED {
                seen.pop_first();
            }
        }
        for (block, is_gone) in news.into_iter().filter(|(block, _)| !block.logs.is_empty()) {
            let mut dice = dice.lock().unwrap();
            for delivery in block.deliveries(&mut dice, is_gone) {
                send(scope, house, &delivery, &mut dice, told);
            }
        }
    }
}

/// A block with its logs, as it was when it was seen.
#[derive(Clone)]
struct Seen {
    block: Block,
    logs: Vec<Value>,
}

impl Seen {
    fn at(house: &House, number: u64) -> Option<Self> {
        let hash = hash_of(house, number)?;
        let filter = json!([{ "blockHash": hash, "address": [house.stack.url("hub"), house.stack.url("art")] }]);
        // The block may be gone by now.
        let logs = chain::try_rpc(house.node(), "eth_getLogs", &filter)?.as_array().cloned()?;
        Some(Self { block: Block { chain_id: 31337, number, hash, seconds: seconds_now() }, logs })
    }

    fn deliveries(&self, dice: &mut Dice, is_gone: bool) -> Vec<Delivery> {
        let provider = dice.choose(&ALL);
        if is_gone {
            return provider.retracted(&self.block, &self.logs);
        }
        let mut all = provider.happened(&self.block, &self.logs);
        all.extend(provider.confirmed(&self.block, &self.logs));
        all
    }
}

fn hash_of(house: &House, number: u64) -> Option<B256> {
    let block = chain::rpc(house.node(), "eth_getBlockByNumber", &json!([format!("{number:#x}"), false]));
    serde_json::from_value(block["hash"].clone()).ok()
}

fn send<'scope>(
    scope: &'scope Scope<'scope, '_>,
    house: &'scope House,
    delivery: &Delivery,
    dice: &mut Dice,
    told: &Told,
) {
    if dice.chance(LOST) {
        told.lost.fetch_add(1, Ordering::Relaxed);
        return;
    }
    for _ in 0..=u64::from(dice.chance(DOUBLED)) {
        told.sent.fetch_add(1, Ordering::Relaxed);
        let late = if dice.chance(40) { dice.between(0, 5_000) } else { 0 };
        let delivery = delivery.clone();
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(late));
            let call = delivery.call(seconds_now());
            let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            // Nobody answers while the functions are down; this provider doesn't try again.
            let _ = try_post(&format!("{}{}", house.functions.url(), call.path), &headers, &call.body);
        });
    }
}
