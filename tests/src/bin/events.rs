//! Measures how many events a second the functions carry from webhook to transaction, in turns with the orchestrator in
//! Node (`bench/peer-node`) on the same chain and content store; prints a map of figures.
#![allow(clippy::unwrap_used, reason = "a measurement: a panic is a failed measurement")]

use clap::Parser;
use serde_json::{Map, Value, json};
use verdigris_tests::load::{Answers, Measured, Service, saturate};
use verdigris_tests::peer::Peer;
use verdigris_tests::stack::Stack;
use verdigris_tests::supply::Supply;
use verdigris_tests::webhook::SIGNING_KEY;

/// Measures events per second, per core, and memory.
#[derive(Parser)]
struct Options {
    /// Turns; each figure is the middle one of so many
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Events of a turn for the functions
    #[arg(long, default_value_t = 600)]
    events: usize,
    /// Events of a turn for the peer; none leaves it out
    #[arg(long, default_value_t = 200)]
    peer_events: usize,
    /// Events that are told and not answered at any time
    #[arg(long, default_value_t = 16)]
    window: usize,
    /// Requests that the peer works on at the same time
    #[arg(long, default_value_t = 4)]
    peer_concurrency: usize,
}

/// Events of the turn before the first, in which caches and pools are filled.
const WARM_UP: usize = 64;

fn main() {
    let options = Options::parse();
    let stack = Stack::start(&[
        "--size",
        "256",
        "--level",
        "attested",
        "--no-provider",
        "--no-watch",
        "--signing-key",
        SIGNING_KEY,
        "--max-supply",
        "100000",
    ]);
    let functions = Service::of(&stack);
    let peer = (options.peer_events > 0).then(|| Peer::start(&stack, options.peer_concurrency));
    let node = peer.as_ref().map(|peer| Service { url: peer.url.clone(), pid: peer.pid() });

    let mut supply = Supply::of(&stack);
    let mut answers = Answers::of(&stack);
    let mut turn = |service: &Service, events: usize| {
        let requests = supply.prepare(events);
        saturate(service, &requests, options.window, &mut answers)
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=options.rounds {
        let count = |events| if round == 0 { WARM_UP } else { events };
        ours.push(report("functions", turn(&functions, count(options.events))));
        theirs.extend(node.as_ref().map(|node| report("node", turn(node, count(options.peer_events)))));
    }
    println!("{}", Value::from(figures(&ours[1..], theirs.get(1..).unwrap_or_default())));
}

fn report(name: &str, measured: Measured) -> Measured {
    let Measured { events, time, cpu, memory } = measured;
    eprintln!(
        "{name:>9}: {events} events in {:.1} s ({:.1} a second), {:.1} s of CPU ({:.1} ms an event), {} MB",
        time.as_secs_f64(),
        measured.rate(),
        cpu.as_secs_f64(),
        1000.0 * cpu.as_secs_f64() / events as f64,
        memory / 1_000_000
    );
    measured
}

fn figures(ours: &[Measured], theirs: &[Measured]) -> Map<String, Value> {
    let mut figures = Map::new();
    let mut note = |name: &str, value: f64| figures.insert(name.to_owned(), json!((value * 100.0).round() / 100.0));
    let memory = |measured: &Measured| measured.memory as f64 / 1e6;
    let most = |all: &[Measured]| all.iter().map(memory).fold(0.0, f64::max);
    note("events_per_s", middle(ours, Measured::rate));
    note("events_per_cpu_s", middle(ours, Measured::rate_per_core));
    note("memory_mb", most(ours));
    if !theirs.is_empty() {
        note("node_events_per_s", middle(theirs, Measured::rate));
        note("node_events_per_cpu_s", middle(theirs, Measured::rate_per_core));
        note("node_memory_mb", most(theirs));
        note("events_vs_node", middle(ours, Measured::rate_per_core) / middle(theirs, Measured::rate_per_core));
        note("memory_vs_node", most(ours) / most(theirs));
    }
    figures
}

fn middle(all: &[Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    let mut values: Vec<f64> = all.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
