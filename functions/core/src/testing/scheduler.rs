//! Runs many callers at once in an order drawn from a seed, and can kill all or some of them between any two operations.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use super::Memory;

/// Several tasks on one interleaved platform.
pub(crate) struct Scheduler {
    platform: Memory,
    tasks: Vec<Task>,
    random: u64,
    longest_stall_ms: u64,
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    /// How often it is polled before it dies.
    lives: u64,
}

impl Scheduler {
    pub(crate) fn new(platform: &Memory, seed: u64) -> Self {
        platform.0.interleaved.set(true);
        Self { platform: platform.clone(), tasks: Vec::new(), random: seed | 1, longest_stall_ms: 0 }
    }

    /// From now on the clock sometimes jumps while everybody is in the middle of something.
    pub(crate) fn stall(&mut self, longest_ms: u64) {
        self.longest_stall_ms = longest_ms;
    }

    pub(crate) fn add(&mut self, task: impl Future<Output = ()> + 'static) {
        self.add_mortal(u64::MAX, task);
    }

    /// Adds a task that dies after it was polled so often.
    pub(crate) fn add_mortal(&mut self, lives: u64, task: impl Future<Output = ()> + 'static) {
        self.tasks.push(Task { future: Box::pin(task), lives });
    }

    /// xorshift64: any order will do, as long as the seed decides.
    fn draw(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % below as u64) as usize
    }

    /// Runs until all tasks are done, or kills them all after so many operations of the platform. `tick` is called when
    /// everybody waits, with the clock moved on a little. False if they were killed.
    pub(crate) fn run(&mut self, kill_after: Option<u64>, mut tick: impl FnMut()) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let mut idle = 0;
        self.platform.0.operations.set(0);
        for _ in 0..2_000_000 {
            let spawned = std::mem::take(&mut *self.platform.0.spawned.borrow_mut());
            self.tasks.extend(spawned.into_iter().map(|future| Task { future, lives: u64::MAX }));
            if self.tasks.is_empty() {
                self.platform.0.interleaved.set(false);
                return true;
            }
            let before = self.platform.0.operations.get();
            let chosen = self.draw(self.tasks.len());
            let task = &mut self.tasks[chosen];
            task.lives -= 1;
            if task.future.as_mut().poll(&mut context).is_ready() || task.lives == 0 {
                drop(self.tasks.swap_remove(chosen));
            }
            if self.longest_stall_ms > 0 && self.draw(20) == 0 {
                let stall = self.draw(self.longest_stall_ms as usize) as u64;
                self.platform.advance(stall);
            }
            let after = self.platform.0.operations.get();
            if kill_after.is_some_and(|limit| after >= limit) {
                self.kill();
                return false;
            }
            idle = if after == before { idle + 1 } else { 0 };
            if idle > 4 * self.tasks.len() + 8 {
                idle = 0;
                self.platform.advance(50);
                tick();
            }
        }
        panic!("{} tasks don't come to an end", self.tasks.len());
    }

    fn kill(&mut self) {
        self.tasks.clear();
        self.platform.0.spawned.borrow_mut().clear();
        self.platform.0.interleaved.set(false);
    }
}
