//! A chain small enough to be read: accounts with nonces, nodes, blocks, logs, and contracts that are closures.

mod node;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use serde_json::{Value, json};

pub(crate) use node::Node;

use super::Memory;
use crate::event::Event;
use crate::platform::{HttpRequest, HttpResponse, PlatformError};

pub(crate) const ENDPOINT: &str = "http://chain";

/// The time of the block before the first, Unix seconds.
const START: u64 = 1_795_168_800;

/// What a contract makes of a call: what it returns, or the data with which it reverts.
type Contract = Rc<dyn Fn(&Inner, &[u8]) -> Result<Vec<u8>, Vec<u8>>>;
/// Contracts' functions, by address and selector.
type Contracts = HashMap<(Address, [u8; 4]), Contract>;
/// What a mined transaction does.
type Effect = Box<dyn Fn(&mut Inner, &Mined)>;
/// What is done with the chain as it is before its next block.
type BeforeBlock = Box<dyn Fn(&Inner)>;

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mined {
    pub(crate) hash: B256,
    pub(crate) from: Address,
    pub(crate) nonce: u64,
    pub(crate) to: Address,
    pub(crate) input: Bytes,
    pub(crate) value: U256,
    /// Most that is paid for a unit of gas, and the tip in it.
    pub(crate) fees: (u128, u128),
    pub(crate) block: u64,
}

#[derive(Clone, Default)]
pub(crate) struct Inner {
    pub(crate) block: u64,
    pub(crate) timestamp: u64,
    pub(crate) mined: Vec<Mined>,
    pub(crate) events: Vec<Event>,
    /// The first is at [`ENDPOINT`].
    pub(crate) nodes: Vec<Node>,
    /// The least that a transaction must offer for a unit of gas.
    pub(crate) base_fee: u128,
    /// Who asks right now, and what would be paid.
    pub(crate) caller: (Address, U256),
    /// The block at which a question is asked, if it isn't the newest.
    pub(crate) asked_block: Option<u64>,
    /// Which node is asked right now.
    pub(crate) asked: usize,
    most_logs: Option<u64>,
    /// From which height on the blocks are those of which fork.
    forks: Vec<(u64, u64)>,
    /// Forks that there were.
    forked: u64,
}

impl Inner {
    /// The hash of a block: its height, and which fork's it is.
    fn hash_of(&self, number: u64) -> B256 {
        let fork = self.forks.iter().rev().find(|(from, _)| *from <= number).map_or(0, |(_, fork)| *fork);
        B256::from(U256::from_limbs([number, fork, 0, 1]))
    }

    /// The block of a hash, if the chain has it.
    fn block_of(&self, hash: B256) -> Option<u64> {
        let [number, ..] = U256::from_be_bytes(hash.0).into_limbs();
        (number <= self.block && self.hash_of(number) == hash).then_some(number)
    }

    /// From this height on, the blocks are others now.
    fn fork(&mut self, from: u64) {
        self.forked += 1;
        self.forks.push((from, self.forked));
    }
}

#[derive(Clone, Default)]
pub(crate) struct Chain {
    pub(crate) inner: Rc<RefCell<Inner>>,
    contracts: Rc<RefCell<Contracts>>,
    effect: Rc<RefCell<Option<Effect>>>,
    before_block: Rc<RefCell<Option<BeforeBlock>>>,
}

impl Chain {
    /// Puts a chain at [`ENDPOINT`].
    pub(crate) fn at(platform: &Memory) -> Self {
        let chain = Self::default();
        chain.inner.borrow_mut().block = 10;
        chain.inner.borrow_mut().timestamp = START + 10;
        chain.inner.borrow_mut().base_fee = 100;
        chain.add_node(platform, ENDPOINT);
        chain
    }

    /// Puts another node of the same chain somewhere.
    pub(crate) fn add_node(&self, platform: &Memory, url: &str) {
        let (answering, number) = (self.clone(), self.inner.borrow().nodes.len());
        self.inner.borrow_mut().nodes.push(Node::default());
        platform.serve(url, move |request| answering.http(request, number));
    }

    /// Changes how a node is.
    pub(crate) fn node(&self, number: usize, change: impl FnOnce(&mut Node)) {
        change(&mut self.inner.borrow_mut().nodes[number]);
    }

    /// Says what a contract's function does when it is asked (or estimated).
    pub(crate) fn function(
        &self,
        contract: Address,
        selector: [u8; 4],
        function: impl Fn(&Inner, &[u8]) -> Result<Vec<u8>, Vec<u8>> + 'static,
    ) {
        self.contracts.borrow_mut().insert((contract, selector), Rc::new(function));
    }

    /// Says what mined transactions do.
    pub(crate) fn effect(&self, effect: impl Fn(&mut Inner, &Mined) + 'static) {
        *self.effect.borrow_mut() = Some(Box::new(effect));
    }

    /// Says what is done before each block.
    pub(crate) fn before_block(&self, hook: impl Fn(&Inner) + 'static) {
        *self.before_block.borrow_mut() = Some(Box::new(hook));
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.inner.borrow_mut().nodes.iter_mut().for_each(|node| node.down = down);
    }

    pub(crate) fn lose_answers(&self, count: u64) {
        self.node(0, |node| node.lose_next_answers = count);
    }

    pub(crate) fn limit_logs(&self, blocks: u64) {
        self.inner.borrow_mut().most_logs = Some(blocks);
    }

    /// Has all nodes forget the transactions that aren't mined.
    pub(crate) fn drop_pool(&self) {
        self.inner.borrow_mut().nodes.iter_mut().for_each(Node::forget);
    }

    /// Takes the newest transaction of the chain back, as a reorganisation does.
    pub(crate) fn unmine_last(&self) {
        let mut inner = self.inner.borrow_mut();
        if let Some(tx) = inner.mined.pop() {
            inner.fork(tx.block);
        }
    }

    /// Puts other blocks in the place of the newest ones; what is in them is for the test to say.
    pub(crate) fn fork(&self, depth: u64) {
        let mut inner = self.inner.borrow_mut();
        let from = inner.block.saturating_sub(depth) + 1;
        inner.fork(from);
    }

    pub(crate) fn emit(&self, mut event: Event) {
        let mut inner = self.inner.borrow_mut();
        event.block = inner.block;
        inner.events.push(event);
    }

    /// Takes the chain back to what it was. What was mined since is in the first node's pool again.
    pub(crate) fn restore(&self, before: Inner) {
        let mut inner = self.inner.borrow_mut();
        let nodes = std::mem::take(&mut inner.nodes);
        let dropped: Vec<Mined> = inner.mined.drain(..).skip(before.mined.len()).collect();
        let from = before.block + 1;
        *inner = Inner { nodes, forked: inner.forked, ..before };
        inner.fork(from);
        dropped.into_iter().for_each(|tx| inner.pool(0, tx));
    }

    /// Makes a block of everything that is ready.
    pub(crate) fn mine(&self) {
        if let Some(hook) = self.before_block.borrow().as_ref() {
            hook(&self.inner.borrow());
        }
        let mut inner = self.inner.borrow_mut();
        inner.block += 1;
        inner.timestamp += 1;
        while let Some(tx) = inner.next_ready() {
            let tx = Mined { block: inner.block, ..tx };
            inner.mined.push(tx.clone());
            if let Some(effect) = self.effect.borrow().as_ref() {
                effect(&mut inner, &tx);
            }
        }
    }

    /// What a node answers.
    pub(crate) fn http(&self, request: &HttpRequest, number: usize) -> Result<HttpResponse, PlatformError> {
        if self.inner.borrow().nodes[number].down {
            return Err(PlatformError::Connection("down".into()));
        }
        self.inner.borrow_mut().asked = number;
        let question: Value = serde_json::from_slice(&request.body).expect("JSON-RPC");
        let answer = match &question {
            Value::Array(many) => many.iter().map(|one| self.answer(one)).collect(),
            one => self.answer(one),
        };
        let sends = question["method"] == "eth_sendRawTransaction";
        let lost = &mut self.inner.borrow_mut().nodes[number].lose_next_answers;
        if sends && *lost > 0 {
            *lost -= 1;
            return Err(PlatformError::Timeout(1));
        }
        Ok(HttpResponse { status: 200, body: answer.to_string().into_bytes() })
    }

    fn answer(&self, question: &Value) -> Value {
        let params = &question["params"];
        let result = match question["method"].as_str().expect("method") {
            "eth_getBlockByNumber" => Ok(self.block(&params[0])),
            "eth_blockNumber" => Ok(json!(U64::from(self.head()))),
            "eth_chainId" => Ok(json!(U64::from(31337))),
            "eth_getTransactionCount" => Ok(self.count(params)),
            "eth_feeHistory" => Ok(self.fees()),
            "eth_maxPriorityFeePerGas" => Ok(json!("0xa")),
            "eth_estimateGas" => self.call(&params[0]).map(|_| json!("0x5208")),
            "eth_call" => self.call_at(&params[0], &params[1]).map(|bytes| json!(Bytes::from(bytes))),
            "eth_sendRawTransaction" => {
                let mut inner = self.inner.borrow_mut();
                let node = inner.asked;
                inner.receive(&params[0], node)
            }
            "eth_getTransactionByHash" => Ok(self.find(&params[0])),
            "eth_getLogs" => self.logs(&params[0]),
            "eth_getTransactionReceipt" => Ok(json!({"logs": self.all_logs()})),
            other => panic!("{other} is not a method of this chain"),
        };
        match result {
            Ok(result) => json!({"jsonrpc": "2.0", "id": question["id"], "result": result}),
            Err(error) => json!({"jsonrpc": "2.0", "id": question["id"], "error": error}),
        }
    }

    /// The newest block that the node knows which is asked.
    fn head(&self) -> u64 {
        let inner = self.inner.borrow();
        inner.head_of(inner.asked)
    }

    fn fees(&self) -> Value {
        let base = U64::from(self.inner.borrow().base_fee);
        json!({"oldestBlock": "0x1", "baseFeePerGas": [base, base], "gasUsedRatio": [0.5], "reward": [["0x5"]]})
    }

    fn block(&self, which: &Value) -> Value {
        let head = self.head();
        let inner = self.inner.borrow();
        let number = which.as_str().filter(|text| *text != "latest").map_or(head, number);
        let timestamp = if number == inner.block { inner.timestamp } else { START + number };
        json!({"number": U64::from(number), "hash": inner.hash_of(number), "timestamp": U64::from(timestamp)})
    }

    fn count(&self, params: &Value) -> Value {
        let account: Address = params[0].as_str().expect("address").parse().expect("address");
        let inner = self.inner.borrow();
        let counts = if params[1] == "latest" { Inner::mined_count } else { Inner::pending_count };
        let count = counts(&inner, account, inner.asked);
        json!(U64::from(count))
    }

    fn call_at(&self, call: &Value, block: &Value) -> Result<Vec<u8>, Value> {
        let newest = self.inner.borrow().block;
        let asked = match (block.as_str(), block["blockHash"].as_str()) {
            (Some("latest"), _) => newest,
            (Some(text), _) => number(text),
            (None, hash) => {
                let hash = hash.expect("a block").parse().expect("a hash");
                let known = self.inner.borrow().block_of(hash);
                known.ok_or_else(|| json!({"code": -32000, "message": "header for hash not found"}))?
            }
        };
        self.inner.borrow_mut().asked_block = Some(asked).filter(|block| *block < newest);
        let answer = self.call(call);
        self.inner.borrow_mut().asked_block = None;
        answer
    }

    fn call(&self, call: &Value) -> Result<Vec<u8>, Value> {
        let to: Address = call["to"].as_str().expect("to").parse().expect("address");
        let data: Bytes = call["data"].as_str().expect("data").parse().expect("bytes");
        let selector = data.first_chunk().copied().unwrap_or_default();
        let from = call["from"].as_str().map_or(Address::ZERO, |text| text.parse().expect("address"));
        let value = call["value"].as_str().map_or(U256::ZERO, |text| text.parse().expect("a quantity"));
        self.inner.borrow_mut().caller = (from, value);
        let function = self.contracts.borrow().get(&(to, selector)).cloned();
        match function {
            Some(function) => function(&self.inner.borrow(), &data[4..])
                .map_err(|data| json!({"code": 3, "message": "execution reverted", "data": Bytes::from(data)})),
            None => Ok(Vec::new()),
        }
    }

    fn find(&self, hash: &Value) -> Value {
        let inner = self.inner.borrow();
        if inner.finds(hash, inner.asked) { json!({"hash": hash}) } else { Value::Null }
    }

    fn logs(&self, filter: &Value) -> Result<Value, Value> {
        let (from, to) =
            (number(filter["fromBlock"].as_str().expect("from")), number(filter["toBlock"].as_str().expect("to")));
        if self.inner.borrow().most_logs.is_some_and(|most| to - from + 1 > most) {
            // Infura's words, whose code is elsewhere that of a rate limit.
            return Err(json!({"code": -32005, "message": "query returned more than 10000 results"}));
        }
        let inner = self.inner.borrow();
        let found = inner.events.iter().filter(|event| (from..=to).contains(&event.block) && matches(event, filter));
        Ok(found.map(log).collect())
    }

    fn all_logs(&self) -> Value {
        self.inner.borrow().events.iter().map(log).collect()
    }
}

fn log(event: &Event) -> Value {
    json!({
        "address": event.contract, "topics": event.topics, "data": event.data,
        "blockNumber": U64::from(event.block), "blockHash": B256::ZERO, "transactionHash": B256::ZERO,
        "transactionIndex": "0x0", "logIndex": "0x0", "removed": false,
    })
}

/// Whether an event passes a filter, whose fields hold one value, several or none.
fn matches(event: &Event, filter: &Value) -> bool {
    let one_of = |wanted: &Value, actual: Value| match wanted {
        Value::Null => true,
        Value::Array(several) => several.contains(&actual),
        one => *one == actual,
    };
    let topic = |at: usize| one_of(&filter["topics"][at], json!(event.topics.get(at)));
    one_of(&filter["address"], json!(event.contract)) && (0..4).all(topic)
}

fn number(text: &str) -> u64 {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).expect("a quantity")
}
