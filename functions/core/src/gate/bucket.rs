//! How much somebody may ask for: a bucket of units that is filled again once a minute.
//!
//! A bucket is two keys: a counter of what was taken, and a note of when the counter began. The first to take begins it;
//! whoever finds it empty begins it anew, if it began a minute ago or more. So a caller that stays below the limit is
//! never refused, nobody gets more than twice the limit within a minute, and the usual case costs one atomic step.
//! Those who find it empty at the same moment may all begin it anew: what they have taken meanwhile is forgiven them.

use crate::error::{Error, Result};
use crate::platform::{Platform, PlatformError};

const MINUTE_MS: u64 = 60_000;

/// The units of one caller, or of several that count as one.
pub(super) struct Bucket {
    name: String,
    /// What the caller is called in errors.
    who: &'static str,
    /// Units a minute; 0 is no limit.
    limit: u64,
}

impl Bucket {
    pub(super) fn new(name: String, who: &'static str, limit: u64) -> Self {
        Self { name, who, limit }
    }

    /// Takes units. The first to take gets what it wants, so nothing is dearer than a whole bucket.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] if there aren't enough. A store that fails lets everyone pass.
    pub(super) async fn take(&self, platform: &impl Platform, units: u64) -> Result<()> {
        if self.limit == 0 {
            return Ok(());
        }
        match self.wait(platform, units).await {
            Ok(0) => Ok(()),
            Ok(wait_ms) => {
                let wait_s = wait_ms.div_ceil(1000);
                Err(Error::TooManyRequests { who: self.who, limit: self.limit, wait_s }.into())
            }
            Err(error) => {
                platform.log(&format!("gate: {error}; nothing is counted, everyone passes"));
                Ok(())
            }
        }
    }

    /// Takes units; gives the time until there are enough, in milliseconds.
    async fn wait(&self, platform: &impl Platform, units: u64) -> Result<u64, PlatformError> {
        let taken = self.add(platform, units).await?;
        if taken <= self.limit.max(units) {
            return Ok(0);
        }
        let now = platform.now_ms();
        let Some(began) = self.began(platform).await? else {
            // Whoever began it has not noted the time yet, or died before: then a minute is all that this costs.
            platform.set(&self.note(), &now.to_be_bytes()).await?;
            return Ok(MINUTE_MS);
        };
        // A clock that was set back counts as a minute gone by.
        let wait = began.saturating_add(MINUTE_MS).saturating_sub(now);
        if (1..=MINUTE_MS).contains(&wait) {
            return Ok(wait);
        }
        platform.delete(&self.counter()).await?;
        self.add(platform, units).await?;
        Ok(0)
    }

    /// Adds to what was taken, and notes the time if this is the first; gives what is taken now.
    async fn add(&self, platform: &impl Platform, units: u64) -> Result<u64, PlatformError> {
        let step = i64::try_from(units).unwrap_or(i64::MAX);
        let taken = platform.increment(&self.counter(), step).await?;
        if taken == step {
            platform.set(&self.note(), &platform.now_ms().to_be_bytes()).await?;
        }
        Ok(u64::try_from(taken).unwrap_or(0))
    }

    async fn began(&self, platform: &impl Platform) -> Result<Option<u64>, PlatformError> {
        let note = platform.get(&self.note()).await?;
        Ok(note.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes))
    }

    fn counter(&self) -> String {
        format!("limit:taken:{}", self.name)
    }

    fn note(&self) -> String {
        format!("limit:began:{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scheduler::Scheduler;
    use crate::testing::{Memory, block_on};
    use std::cell::Cell;
    use std::rc::Rc;

    fn bucket(limit: u64) -> Bucket {
        Bucket::new("source:7".into(), "source", limit)
    }

    fn passes(platform: &Memory, limit: u64, units: u64) -> bool {
        block_on(bucket(limit).take(platform, units)).is_ok()
    }

    #[test]
    fn a_bucket_gives_its_units_and_says_when_there_are_more() {
        let platform = Memory::deployed();
        assert!((0..3).all(|_| passes(&platform, 3, 1)));
        platform.advance(20_500);
        let refused = block_on(bucket(3).take(&platform, 1)).expect_err("empty");
        assert_eq!(refused, Error::TooManyRequests { who: "source", limit: 3, wait_s: 40 }.into());
        platform.advance(39_499);
        assert!(!passes(&platform, 3, 1));
        platform.advance(1);
        assert!((0..3).all(|_| passes(&platform, 3, 1)));
        assert!(!passes(&platform, 3, 1));
    }

    #[test]
    fn who_stays_below_the_limit_is_never_refused() {
        let platform = Memory::deployed();
        for _ in 0..500 {
            assert!(passes(&platform, 10, 1));
            platform.advance(6_001);
        }
    }

    #[test]
    fn nobody_gets_more_than_twice_the_limit_within_a_minute() {
        let platform = Memory::deployed();
        let limit = 50;
        let mut times = Vec::new();
        for step in 0..60_000u64 {
            platform.advance(step % 7);
            if passes(&platform, limit, 1) {
                times.push(platform.now_ms());
            }
        }
        let most = times.iter().map(|start| times.iter().filter(|t| (*start..start + MINUTE_MS).contains(t)).count());
        assert!(most.max().expect("some passed") <= 2 * limit as usize);
    }

    #[test]
    fn what_costs_more_takes_more_and_nothing_is_dearer_than_a_full_bucket() {
        let platform = Memory::deployed();
        assert!(passes(&platform, 10, 4) && passes(&platform, 10, 6) && !passes(&platform, 10, 1));
        platform.advance(MINUTE_MS);
        assert!(passes(&platform, 10, 200) && !passes(&platform, 10, 1));
    }

    #[test]
    fn a_limit_of_zero_is_none_and_touches_no_store() {
        let platform = Memory::deployed();
        assert!((0..1_000).all(|_| passes(&platform, 0, 1)));
        assert!(platform.limits().is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let platform = Memory::deployed();
        platform.advance(10 * MINUTE_MS);
        assert!((0..3).all(|_| passes(&platform, 3, 1)));
        platform.turn_back(5 * MINUTE_MS);
        assert!(passes(&platform, 3, 1));
    }

    #[test]
    fn a_store_that_is_down_lets_everyone_pass_and_says_so() {
        let platform = Memory::deployed();
        platform.set_store_down(true);
        assert!((0..5).all(|_| passes(&platform, 3, 1)));
        assert!(platform.said().iter().any(|line| line.contains("everyone passes")));
    }

    #[test]
    fn a_bucket_is_two_keys_however_long_it_is_used() {
        let platform = Memory::deployed();
        for _ in 0..300 {
            passes(&platform, 3, 1);
            platform.advance(10_000);
        }
        assert_eq!(platform.limits(), ["limit:began:source:7", "limit:taken:source:7"]);
    }

    /// How many of thirty who ask at once for one of ten units get it, in an order drawn from a seed.
    fn passed_of_thirty(platform: &Memory, seed: u64) -> usize {
        let passed = Rc::new(Cell::new(0));
        let mut scheduler = Scheduler::new(platform, seed);
        for _ in 0..30 {
            let (platform, passed) = (platform.clone(), passed.clone());
            scheduler.add(async move {
                if bucket(10).take(&platform, 1).await.is_ok() {
                    passed.set(passed.get() + 1);
                }
            });
        }
        assert!(scheduler.run(None, || ()));
        passed.get()
    }

    #[test]
    fn of_many_at_once_only_those_pass_for_whom_there_are_units() {
        for seed in 1..40 {
            let platform = Memory::deployed();
            assert_eq!(passed_of_thirty(&platform, seed), 10);
            assert_eq!(passed_of_thirty(&platform, seed), 0);
            platform.advance(MINUTE_MS);
            // Some may have taken from what another then began anew.
            assert!((10..=30).contains(&passed_of_thirty(&platform, seed)));
            assert_eq!(passed_of_thirty(&platform, seed) / 11, 0);
        }
    }

    #[test]
    fn a_note_that_was_lost_costs_a_minute_and_no_more() {
        let platform = Memory::deployed();
        assert!((0..3).all(|_| passes(&platform, 3, 1)));
        block_on(platform.delete("limit:began:source:7")).expect("the store");
        assert!(!passes(&platform, 3, 1));
        platform.advance(MINUTE_MS);
        assert!(passes(&platform, 3, 1));
    }
}
