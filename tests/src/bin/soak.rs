//! A steady load for some minutes: tokens are minted and drawn, each request is told of once, sweep runs from its timer.
//! Watches whether the answers keep up and whether memory stays where it is; prints a map of figures.
#![allow(clippy::unwrap_used, reason = "a measurement: a panic is a failed measurement")]

use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::{Value, json};
use verdigris_tests::chain::rpc;
use verdigris_tests::http::post;
use verdigris_tests::load::{Answers, Service};
use verdigris_tests::process::usage;
use verdigris_tests::stack::Stack;
use verdigris_tests::supply::Supply;
use verdigris_tests::webhook::SIGNING_KEY;

/// Sends events at a steady rate.
#[derive(Parser)]
struct Options {
    /// How long
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// Events a second
    #[arg(long, default_value_t = 40)]
    rate: u32,
    /// Seconds from one sweep to the next
    #[arg(long, default_value_t = 15)]
    sweep_seconds: u64,
    /// Seconds from one block to the next. The local chain hashes all of the contracts' storage for each block, which takes
    /// more of the cores the more tokens there are
    #[arg(long, default_value_t = 2)]
    block_seconds: u64,
}

const SWEEP_TOKEN: &str = "token_of_the_soak";
/// Room for all of a block's events: the chain isn't what is measured.
const BLOCK_GAS: &str = "0x20000000";
/// Memory is looked at so often.
const LOOK: Duration = Duration::from_millis(500);
/// Requests that are made before the first is told, so that the load never waits for them.
const AHEAD: usize = 3;
/// Caches fill in the first of so many parts of the time, which the trend leaves out.
const PARTS: usize = 5;

fn main() {
    let options = Options::parse();
    let stack = Stack::start(&[
        "--size=256",
        "--level=attested",
        "--no-provider",
        "--no-watch",
        "--max-supply=1000000",
        &format!("--signing-key={SIGNING_KEY}"),
        &format!("--sweep-token={SWEEP_TOKEN}"),
        &format!("--block-seconds={}", options.block_seconds),
    ]);
    rpc(stack.url("rpcUrl"), "evm_setBlockGasLimit", &json!([BLOCK_GAS]));
    let service = Service::of(&stack);
    let mut answers = Answers::of(&stack);
    let requests = supply(&stack, options.rate);
    tell_steadily(service.clone(), requests, options.rate);
    sweep_steadily(service.url.clone(), Duration::from_secs(options.sweep_seconds));

    let mut looks = Vec::new();
    while answers.mined() == 0 {
        sleep(LOOK);
    }
    let (start, first) = (Instant::now(), answers.mined());
    let before = usage(service.pid);
    for minute in 1..=options.minutes {
        while start.elapsed() < Duration::from_secs(60) * minute {
            looks.push((start.elapsed().as_secs_f64() / 60.0, usage(service.pid).memory as f64 / 1e6));
            sleep(LOOK);
        }
        let rate = (answers.mined() - first) as f64 / start.elapsed().as_secs_f64();
        eprintln!("minute {minute}: {rate:.1} answers a second, {:.0} MB", looks.last().unwrap().1);
    }
    let (time, cpu) = (start.elapsed().as_secs_f64(), (usage(service.pid).cpu - before.cpu).as_secs_f64());
    let events = (answers.mined() - first) as f64;
    let settled = &looks[looks.len() / PARTS..];
    println!(
        "{}",
        json!({
            "soak_events_per_s": rounded(events / time),
            "soak_events_per_cpu_s": rounded(events / cpu),
            "soak_memory_mb": rounded(looks.iter().map(|(_, memory)| *memory).fold(0.0, f64::max)),
            "soak_memory_mb_per_minute": rounded(slope(settled)),
        })
    );
    // The threads that tell and sweep end with the process; they may find nobody there any more.
    std::panic::set_hook(Box::new(|_| ()));
}

/// Makes requests for as long as somebody takes them, about a second's worth at a time.
fn supply(stack: &Stack, rate: u32) -> Receiver<Value> {
    let (to, requests) = channel();
    let mut supply = Supply::of(stack);
    supply.prepare(AHEAD * rate as usize).into_iter().for_each(|request| to.send(request).unwrap());
    spawn(move || {
        let (start, mut minted) = (Instant::now(), 0);
        loop {
            // As many as are due by now: a node that was slow for a while doesn't make the load smaller.
            let due = (start.elapsed().as_secs_f64() * f64::from(rate)) as usize;
            if supply.tend(due - minted).into_iter().any(|request| to.send(request).is_err()) {
                break;
            }
            minted = due;
            sleep(Duration::from_secs(1));
        }
    });
    requests
}

fn tell_steadily(service: Service, requests: Receiver<Value>, rate: u32) {
    spawn(move || {
        let start = Instant::now();
        for (told, request) in (0u32..).zip(requests) {
            sleep((Duration::from_secs(1) * told / rate).saturating_sub(start.elapsed()));
            service.tell(&request);
        }
    });
}

fn sweep_steadily(functions: String, pause: Duration) {
    spawn(move || {
        loop {
            sleep(pause);
            let token = format!("Bearer {SWEEP_TOKEN}");
            let answer = post(&format!("{functions}/sweep"), &[("authorization", &token)], b"");
            assert!(answer.status < 300, "sweep answered {}: {}", answer.status, answer.text());
        }
    });
}

/// By least squares, of the second value over the first.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let across: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    across / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
