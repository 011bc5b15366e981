//! Tells a service of many requests, and measures what answering them takes it.

use std::thread::sleep;
use std::time::{Duration, Instant};

use alloy_primitives::Address;
use alloy_sol_types::SolEvent;
use serde_json::{Value, json};
use verdigris_core::abi::IInferenceHub::InferenceAnswered;

use crate::chain::{block_number, block_of, quantity, rpc};
use crate::process::usage;
use crate::stack::{PATIENCE, Stack, wait_until};
use crate::webhook::{SIGNING_KEY, graphql, send};

/// How often the node is asked what it has.
const POLL: Duration = Duration::from_millis(20);

/// Somebody who takes webhooks and answers requests.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its URL; webhooks go to `/webhooks/alchemy` there.
    pub url: String,
    /// Its process.
    pub pid: u32,
}

impl Service {
    /// A stack's own functions.
    pub fn of(stack: &Stack) -> Self {
        Self { url: stack.url("functions").to_owned(), pid: stack.functions_pid() }
    }

    /// Tells of one request, whose log the chain gave.
    pub fn tell(&self, request: &Value) {
        let answer = send(&self.url, SIGNING_KEY, &graphql(std::slice::from_ref(request)));
        assert!(answer.status < 300, "a webhook was answered {}: {}", answer.status, answer.text());
    }
}

/// What answering some requests took.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Requests.
    pub events: usize,
    /// From the first webhook to the last transaction at the node.
    pub time: Duration,
    /// CPU time of the service's process tree meanwhile.
    pub cpu: Duration,
    /// The most resident memory that was seen, in bytes.
    pub memory: u64,
}

impl Measured {
    /// Events per second.
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.time.as_secs_f64()
    }

    /// Events per second of CPU time.
    pub fn rate_per_core(&self) -> f64 {
        self.events as f64 / self.cpu.as_secs_f64()
    }
}

/// Counts the transactions that answer requests, whoever sent them.
pub struct Answers {
    url: String,
    hub: Address,
    next_block: u64,
    mined: usize,
}

impl Answers {
    /// None before now.
    pub fn of(stack: &Stack) -> Self {
        let url = stack.url("rpcUrl").to_owned();
        let next_block = block_number(&url) + 1;
        Self { url, hub: stack.address("hub"), next_block, mined: 0 }
    }

    /// Answers that the chain has accepted.
    pub fn mined(&mut self) -> usize {
        let head = block_number(&self.url);
        if head >= self.next_block {
            let (from, to) = (format!("{:#x}", self.next_block), format!("{head:#x}"));
            let topics = [InferenceAnswered::SIGNATURE_HASH];
            let filter = json!([{ "address": self.hub, "topics": topics, "fromBlock": from, "toBlock": to }]);
            let logs = rpc(&self.url, "eth_getLogs", &filter);
            self.mined += logs.as_array().unwrap().iter().inspect(|log| assert!(block_of(log) <= head)).count();
            self.next_block = head + 1;
        }
        self.mined
    }

    /// The same and the transactions that wait at the node. One that is mined between the two looks is missed until the
    /// next, none is counted twice.
    pub fn at_node(&mut self) -> usize {
        let mined = self.mined();
        let pool = rpc(&self.url, "txpool_status", &json!([]));
        mined + (quantity(&pool["pending"]) + quantity(&pool["queued"])) as usize
    }
}

/// Tells of all requests, never of more than `window` that aren't answered; returns when the last answer is mined.
/// Nobody else may send transactions meanwhile.
pub fn saturate(service: &Service, requests: &[Value], window: usize, answers: &mut Answers) -> Measured {
    let (before, earlier) = (usage(service.pid), answers.mined());
    let start = Instant::now();
    let (mut told, mut memory, mut last) = (0, 0, start);
    let measured = loop {
        let done = answers.at_node() - earlier;
        let now = usage(service.pid);
        memory = now.memory.max(memory);
        if done == requests.len() {
            break Measured { events: done, time: start.elapsed(), cpu: now.cpu - before.cpu, memory };
        }
        for request in requests.iter().take(done + window).skip(told) {
            service.tell(request);
            (told, last) = (told + 1, Instant::now());
        }
        assert!(last.elapsed() < PATIENCE, "{done} of {told} requests were answered, and then no more");
        sleep(POLL);
    };
    wait_until("the answers' blocks", || {
        Answers { url: answers.url.clone(), ..*answers }.mined() == earlier + requests.len()
    });
    measured
}
