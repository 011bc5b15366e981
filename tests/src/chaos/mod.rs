//! Everything goes wrong at once, and at the end the chain must show that nothing was lost and nothing done twice.
//!
//! Tokens are minted while the functions are killed, webhooks are lost and doubled, the ways to the node and to the
//! pinning service are cut, slow or deaf, and the chain drops blocks. Then all of that stops, and what is open must get
//! done by itself.

mod check;
mod faults;
mod make;
mod schedule;
mod webhooks;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use alloy_primitives::{Address, address};
use serde_json::{Map, Value, json};

use crate::chain;
use crate::functions::{Functions, Platform, Settings};
use crate::relay::Relay;
use crate::stack::Stack;
use faults::Tally;
use make::Make;
use schedule::{Dice, KINDS, Schedule};
use webhooks::Told;

/// Who mints: an account of the local chain.
const MINTER: Address = address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
/// Seconds from one sweep to the next.
const SWEEP_SECONDS: u64 = 2;
/// How long what is open may take once all is well again. A job that failed several times is left alone for minutes.
const SETTLES_WITHIN: Duration = Duration::from_secs(400);
/// How often is said what is still open.
const SAID_EVERY: Duration = Duration::from_secs(30);
/// Requests of which is said what the functions had with them.
const SAID_OF: usize = 8;
/// Blocks in which something that is done twice would show.
const QUIET_BLOCKS: u64 = 6;

/// How a run goes.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What runs the functions.
    pub platform: Platform,
    /// How many tokens there must be in the end.
    pub mints: u64,
    /// What the faults hang on.
    pub seed: u64,
    /// Most blocks that the chain drops at once. With 0 it keeps every block, and then no transaction may fail either: all
    /// that was asked of the chain before it was sent still holds when it is mined.
    pub deepest_reorg: u64,
}

/// What runs, and what stands in between.
pub struct House {
    stack: Stack,
    functions: Functions,
    make: Make,
    /// The ways to the node; the second may be used by nobody.
    to_node: [Relay; 2],
    to_pinner: Relay,
    /// The first block after the deployment.
    deployed: u64,
    started: Instant,
}

impl House {
    fn start(platform: Platform, make: Make) -> Self {
        let stack = Stack::start(&["--size", "64", "--no-provider", "--no-watch"]);
        make.stake(&stack);
        let (to_node, to_pinner) = ([Relay::start(), Relay::start()], Relay::start());
        to_node.iter().for_each(|way| way.to(stack.url("rpcUrl")));
        to_pinner.to(stack.url("gateway"));
        let settings = make.settings(Settings::of(&stack).with("kubo_url", &to_pinner.url()), &to_node);
        let functions = Functions::start(platform, settings, SWEEP_SECONDS);
        let deployed = chain::block_number(stack.url("rpcUrl"));
        Self { stack, functions, make, to_node, to_pinner, deployed, started: Instant::now() }
    }

    /// The chain's node itself, with nothing in between.
    fn node(&self) -> &str {
        self.stack.url("rpcUrl")
    }
}

/// Ends what goes on beside, even if this fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One run: figures if all is well in the end, else what is wrong.
///
/// # Errors
/// A line for each thing that is wrong.
pub fn run(plan: &Plan) -> Result<Map<String, Value>, Vec<String>> {
    let make = Make::of(plan.seed);
    eprintln!("  {make}");
    let house = House::start(plan.platform, make);
    let (tally, told) = (Tally::default(), Told::default());
    let (faults_over, all_over) = (AtomicBool::new(false), AtomicBool::new(false));
    let mut settled_after = Duration::ZERO;
    let outcome = std::thread::scope(|scope| {
        let _all_over = Over(&all_over);
        scope.spawn(|| webhooks::tell(scope, &house, plan.seed, &told, &all_over));
        let threads = KINDS.map(|kind| {
            let schedule = Schedule::new(plan.seed, kind, plan.deepest_reorg);
            let (house, tally, over) = (&house, &tally, &faults_over);
            scope.spawn(move || faults::happen(house, schedule, kind, tally, over))
        });
        mint(&house, plan, &faults_over);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        eprintln!("  {:6.1} s  all is well from here on", house.started.elapsed().as_secs_f64());
        let calm = Instant::now();
        let open = settle(&house, plan.mints);
        settled_after = calm.elapsed();
        if open.is_empty() { check::each_was_answered_once(&house, plan.deepest_reorg == 0) } else { Err(open) }
    });
    let mut figures = outcome.inspect_err(|open| {
        eprintln!("the last words of the functions:\n{}", house.functions.last_words(20));
        for request in open.iter().filter_map(|line| request_in(line)).take(SAID_OF) {
            eprintln!("their last words about {request}:\n{}", house.functions.last_words_about(request, 12));
        }
    })?;
    let counted = [
        ("kills", &tally.kills),
        ("cuts", &tally.cuts),
        ("reorgs", &tally.reorgs),
        ("deepestReorg", &tally.deepest),
        ("poolsForgotten", &tally.forgotten),
        ("webhooks", &told.sent),
        ("webhooksLost", &told.lost),
        ("blocksDropped", &told.dropped),
    ];
    figures.extend(counted.map(|(name, value)| (name.to_owned(), json!(value.load(Ordering::Relaxed)))));
    figures.insert("settledAfterS".into(), json!(settled_after.as_secs()));
    figures.insert("seconds".into(), json!(house.started.elapsed().as_secs()));
    Ok(figures)
}

/// The first request that a line names.
fn request_in(line: &str) -> Option<&str> {
    let at = line.find("0x")?;
    line.get(at..at + 66)
}

/// Mints until there are as many tokens as planned; what the chain has lost is minted again. Then the faults are over,
/// and what they lost last comes after.
fn mint(house: &House, plan: &Plan, faults_over: &AtomicBool) {
    let over = Over(faults_over);
    let mut dice = Dice::new(plan.seed, 200);
    let missing = || plan.mints.saturating_sub(chain::supply(house.node(), house.stack.address("art")));
    while missing() > 0 {
        mint_some(house, dice.between(1, 4).min(missing()));
    }
    // The faults meet what is still under way, too.
    std::thread::sleep(Duration::from_secs(10));
    drop(over);
}

/// Sends mints, and waits for the blocks that would hold them.
fn mint_some(house: &House, count: u64) {
    let node = house.node();
    chain::ask_for_tokens(node, house.stack.address("art"), MINTER, count);
    let until = chain::block_number(node) + 2;
    while chain::block_number(node) < until {
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until nothing is open, and has not been for some blocks; gives what is open if that takes too long.
fn settle(house: &House, mints: u64) -> Vec<String> {
    let start = Instant::now();
    let (mut quiet_since, mut said) = (None, start);
    loop {
        let supply = chain::supply(house.node(), house.stack.address("art"));
        if supply < mints {
            mint_some(house, mints - supply);
        }
        let (head, open) = (chain::block_number(house.node()), check::open(house));
        if !open.is_empty() {
            quiet_since = None;
        } else if head >= *quiet_since.get_or_insert(head) + QUIET_BLOCKS {
            return Vec::new();
        }
        if start.elapsed() > SETTLES_WITHIN {
            return open;
        }
        if said.elapsed() > SAID_EVERY {
            said = Instant::now();
            let first = open.first().map_or("nothing", String::as_str);
            eprintln!("  {:6.1} s  {} open; the first: {first}", house.started.elapsed().as_secs_f64(), open.len());
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
