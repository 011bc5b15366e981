//! What is done: each event once, whichever providers tell it, how often, in which order, and what of it gets lost.

use alloy_primitives::{Address, B256, address};
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::{Value, json};
use verdigris_core::abi::IInferenceHub::{AnswerProposed, InferenceRequested, finaliseCall, proposeCall};
use verdigris_core::abi::ISeedArt::{SeedRequested, drawCall};
use verdigris_tests::chain;
use verdigris_tests::functions::{Functions, PLATFORMS, Platform, Settings};
use verdigris_tests::relay::{Passage, Relay};
use verdigris_tests::simulator::{ALL, Answer, Block, Delivery, Provider, mixture};
use verdigris_tests::stack::{Stack, wait_until};

use super::{Heard, reported, seconds_now, send, try_send};

const MINTER: Address = address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
/// Events that each provider tells alone; as many again that each has to tell several times; two that Moralis confirms;
/// one that all tell at once.
const TOLD: usize = 2 * ALL.len() + 3;
/// One more that nobody tells.
const TOKENS: usize = TOLD + 1;

/// A chain, the functions of a platform, and the way from the providers to them.
struct House {
    stack: Stack,
    functions: Functions,
    way: Relay,
}

#[test]
fn each_event_is_acted_on_once_and_each_provider_hears_the_same_from_both_platforms() {
    let [host, worker] = std::thread::scope(|scope| {
        PLATFORMS
            .map(|platform| scope.spawn(move || House::start(platform).live()))
            .map(|thread| thread.join().unwrap())
    });
    for ((what, by_host), (_, by_worker)) in host.iter().zip(&worker) {
        assert_eq!(by_host, by_worker, "{what}: host and Worker differ");
    }
    assert_eq!(host.len(), worker.len());
}

impl House {
    fn start(platform: Platform) -> Self {
        let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
        let functions = Functions::start(platform, Settings::of(&stack), 0);
        let way = Relay::start();
        way.to(functions.url());
        Self { stack, functions, way }
    }

    /// All stages of all tokens; gives what the providers heard.
    fn live(&self) -> Vec<(String, Heard)> {
        let mut heard = Vec::new();
        chain::ask_for_tokens(self.stack.url("rpcUrl"), self.stack.address("art"), MINTER, TOKENS as u64);
        for (stage, (contract, event)) in [
            ("art", SeedRequested::SIGNATURE_HASH),
            ("hub", InferenceRequested::SIGNATURE_HASH),
            ("hub", AnswerProposed::SIGNATURE_HASH),
        ]
        .into_iter()
        .enumerate()
        {
            let logs = || chain::logs(self.stack.url("rpcUrl"), self.stack.address(contract), event);
            let expected = if stage == 0 { TOKENS } else { TOLD };
            wait_until("the events of the next stage", || logs().len() == expected);
            self.tell(&logs()[..TOLD], stage, &mut heard);
            if stage == 1 {
                self.tell_of_what_never_was(&logs()[0], &mut heard);
            }
        }
        (1..=TOLD as u64).for_each(|token| self.stack.fulfilled(token));
        self.sweep_finds_what_nobody_told();
        self.each_was_done_once();
        heard
    }

    /// Tells the events of one stage, in all the ways that there are.
    fn tell(&self, logs: &[Value], stage: usize, heard: &mut Vec<(String, Heard)>) {
        let mut note = |what: &str, provider: Provider, answer: Heard| {
            heard.push((format!("stage {stage}, {what}, {provider:?}"), answer));
        };
        let (alone, rest) = logs.split_at(ALL.len());
        for (provider, log) in ALL.into_iter().zip(alone) {
            let delivery = self.deliveries(provider, log).remove(0);
            for (what, expected) in [("taken", 1), ("known", 1)] {
                let answer = send(self.functions.url(), &delivery.call(seconds_now()));
                assert_eq!((answer.status, reported(&answer, what)), (200, expected), "{provider:?}: {answer:?}");
                assert!(provider.manner().is_content(answer.answer()), "{provider:?}: {answer:?}");
                note(what, provider, answer);
            }
        }
        let (retried, rest) = rest.split_at(ALL.len());
        for (provider, log) in ALL.into_iter().zip(retried) {
            note("tried again", provider, self.retry(&self.deliveries(provider, log).remove(0)));
        }
        // Moralis says everything twice, and the second may come first.
        for (log, is_reversed) in rest[..2].iter().zip([false, true]) {
            let mut both = self.deliveries(Provider::Moralis, log);
            assert_eq!(both.len(), 2);
            if is_reversed {
                both.reverse();
            }
            for (delivery, what) in both.iter().zip(["taken", "known"]) {
                let answer = send(self.functions.url(), &delivery.call(seconds_now()));
                assert_eq!(reported(&answer, what), 1, "{answer:?}");
                note(what, Provider::Moralis, answer);
            }
        }
        self.tell_all_at_once(&rest[2], stage as u64);
    }

    /// What a provider says of a log while the chain keeps it.
    fn deliveries(&self, provider: Provider, log: &Value) -> Vec<Delivery> {
        let (block, logs) = (block_of(log), std::slice::from_ref(log));
        let mut deliveries = provider.happened(&block, logs);
        deliveries.extend(provider.confirmed(&block, logs));
        deliveries
    }

    /// First nobody is there; then the answer comes too late for the provider; then all is well.
    fn retry(&self, delivery: &Delivery) -> Heard {
        let mut last = None;
        let mut passages = [Passage::Cut, Passage::AnswersLost, Passage::Open].into_iter();
        let attempts = delivery.deliver(|_, call| {
            self.way.set(passages.next().unwrap());
            last = try_send(&self.way.url(), &call(seconds_now())).ok();
            last.as_ref().map_or(Answer { status: 0, after_s: 0 }, Heard::answer)
        });
        assert_eq!(attempts, Some(3), "{:?}", delivery.provider);
        let heard = last.unwrap();
        assert_eq!(reported(&heard, "known"), 1, "{:?}: {heard:?}", delivery.provider);
        heard
    }

    /// All that all providers say of an event that first was in a block which the chain has dropped: mixed and doubled,
    /// the dropped block told, taken back and told again before, between and after the one that took its place, from
    /// several callers at once.
    fn tell_all_at_once(&self, log: &Value, seed: u64) {
        let mut orphan = log.clone();
        orphan["blockHash"] = json!(B256::repeat_byte(0xdd));
        let mut deliveries = Vec::new();
        for provider in ALL {
            deliveries.extend(self.deliveries(provider, log));
            deliveries.extend(self.deliveries(provider, &orphan));
            deliveries.extend(provider.retracted(&block_of(&orphan), std::slice::from_ref(&orphan)));
        }
        let deliveries = mixture(seed, deliveries);
        std::thread::scope(|scope| {
            for part in deliveries.chunks(deliveries.len().div_ceil(4)) {
                scope.spawn(move || {
                    for delivery in part {
                        let heard = send(self.functions.url(), &delivery.call(seconds_now()));
                        let is_content = delivery.provider.manner().is_content(heard.answer());
                        assert!(is_content, "{:?}: {heard:?}", delivery.provider);
                    }
                });
            }
        });
    }

    /// Requests in a block that the chain has dropped: most providers never take those back.
    fn tell_of_what_never_was(&self, log: &Value, heard: &mut Vec<(String, Heard)>) {
        for (provider, number) in ALL.into_iter().zip(1..) {
            let mut orphan = log.clone();
            orphan["topics"][1] = json!(B256::repeat_byte(number));
            let answer = send(self.functions.url(), &self.deliveries(provider, &orphan)[0].call(seconds_now()));
            assert_eq!(reported(&answer, "taken"), 1, "{provider:?}: {answer:?}");
            heard.push((format!("an orphan, {provider:?}"), answer));
        }
    }

    /// Whoever gave up, or never began: the chain shows what is open.
    fn sweep_finds_what_nobody_told(&self) {
        let (url, art, last) = (self.stack.url("rpcUrl"), self.stack.address("art"), TOKENS as u64);
        let is_done =
            |token| matches!(chain::token(url, art, token).stage, verdigris_core::abi::ISeedArt::Stage::Fulfilled);
        assert!(!is_done(last), "nobody has told of token {last}");
        wait_until("what sweep does", || {
            assert_eq!(self.functions.sweep().unwrap().status, 200);
            is_done(last)
        });
    }

    fn each_was_done_once(&self) {
        for (contract, selector) in
            [("art", &drawCall::SELECTOR), ("hub", &proposeCall::SELECTOR), ("hub", &finaliseCall::SELECTOR)]
        {
            let calls = chain::calls(self.stack.url("rpcUrl"), self.stack.address(contract), selector);
            assert!(calls.values().all(|count| *count == 1), "{contract}: {calls:?}");
            assert_eq!(calls.len(), TOKENS, "{contract}: {calls:?}");
        }
    }
}

fn block_of(log: &Value) -> Block {
    let hash = serde_json::from_value(log["blockHash"].clone()).unwrap();
    Block { chain_id: 31337, number: chain::block_of(log), hash, seconds: seconds_now() }
}
