//! Forgets jobs of long ago. The chain's events say which there were, so nothing has to be listed.

use super::{State, Sweep};
use crate::error::Result;
use crate::event::Meaning;
use crate::job;
use crate::platform::Platform;

/// Blocks that are cleaned at once.
pub(super) const PAGE: u64 = 500;
/// How old a job's block must be, in seconds. Webhooks are refused long before, so none can bring a forgotten job back.
pub(super) const OLD_S: u64 = 2 * crate::webhook::MAX_AGE_MS / 1000;
/// Tries after which a page is left as it is, so that one which can't be read doesn't keep later ones from being cleaned.
const MOST_TRIES: u32 = 6;
/// How long a sweep cleans, in milliseconds: a busy operator's page holds tens of thousands of jobs.
const CLEANS_FOR_MS: u64 = 5_000;

impl<P: Platform> Sweep<'_, P> {
    /// Forgets the jobs of the oldest page, but for those that are still open, as far as it comes. What can't be read now
    /// is read by the next sweep in parts half as long, since nodes limit ranges and answers.
    pub(super) async fn clean(&self, state: &mut State) {
        let end = state.kept_from + PAGE;
        match self.forget(state, end).await {
            Ok(()) => state.clean_tries = 0,
            Err(error) => {
                self.platform.log(&format!("sweep: jobs of long ago: {error}"));
                state.clean_tries += 1;
                if state.clean_tries >= MOST_TRIES {
                    (state.clean_tries, state.kept_from) = (0, end);
                }
            }
        }
    }

    async fn forget(&self, state: &mut State, end: u64) -> Result<()> {
        let until = self.platform.now_ms() + CLEANS_FOR_MS;
        let mut contracts = self.served.consumers.clone();
        contracts.push(self.served.hub);
        let open = state.waiting.iter().filter(|entry| entry.done_at.is_none());
        let open: Vec<String> = open.map(super::Waiting::id).collect();
        let length = PAGE >> state.clean_tries.min(MOST_TRIES);
        while state.kept_from < end {
            let next = end.min(state.kept_from + length);
            for event in &self.events(&contracts, state.kept_from, next - 1).await? {
                // At least one block's, so that each sweep comes further.
                if event.block > state.kept_from && self.platform.now_ms() >= until {
                    state.kept_from = event.block.min(next);
                    return Ok(());
                }
                if let Meaning::Job(job) = self.served.meaning(event)
                    && !open.contains(&job.id())
                {
                    job::forget(self.platform, &job.id()).await?;
                }
            }
            state.kept_from = next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::load;
    use super::*;
    use crate::platform::PlatformError;
    use crate::testing::block_on;
    use crate::testing::chain::ENDPOINT;
    use crate::testing::deployment::Deployment;

    /// A house in which a token was fulfilled in the first page, and another in the second, both long ago.
    fn long_ago() -> Deployment {
        let house = Deployment::new();
        house.mint(7);
        house.settle();
        house.chain.inner.borrow_mut().block = PAGE + 10;
        house.mint(8);
        house.settle();
        house.chain.inner.borrow_mut().block += 2 * PAGE;
        house.chain.inner.borrow_mut().timestamp += 10 * OLD_S;
        house
    }

    fn claims(house: &Deployment) -> usize {
        house.platform.keys().iter().filter(|key| key.starts_with("claim:job:")).count()
    }

    fn kept_from(house: &Deployment) -> u64 {
        block_on(load(&house.platform)).expect("the store").kept_from
    }

    #[test]
    fn a_page_that_is_too_long_for_the_node_is_cleaned_in_parts() {
        let house = long_ago();
        house.chain.limit_logs(PAGE / 6);
        assert_eq!(claims(&house), 4, "of two seeds and two answers");
        for _ in 0..3 {
            house.sweep();
        }
        assert_eq!((claims(&house), kept_from(&house)), (4, 0), "nothing is passed over");
        house.sweep();
        assert_eq!((claims(&house), kept_from(&house)), (2, PAGE));
        for _ in 0..8 {
            house.sweep();
        }
        assert_eq!(claims(&house), 0);
    }

    #[test]
    fn a_page_with_more_jobs_than_there_is_time_for_is_gone_on_with_by_the_next_sweep() {
        let house = long_ago();
        for token in 20..30 {
            house.mint(token);
            house.chain.mine();
        }
        house.settle();
        house.chain.inner.borrow_mut().block += 2 * PAGE;
        house.chain.inner.borrow_mut().timestamp += 10 * OLD_S;
        house.sweep();
        house.platform.slow_store(CLEANS_FOR_MS / 8);
        let (mut came, mut stopped_within) = (kept_from(&house), 0);
        while claims(&house) > 0 {
            house.sweep();
            assert!(kept_from(&house) > came, "each sweep comes further");
            came = kept_from(&house);
            stopped_within += u32::from(came % PAGE != 0);
        }
        assert!(stopped_within >= 2, "{stopped_within}");
    }

    #[test]
    fn a_page_that_cannot_be_read_at_all_is_left_in_the_end_and_later_ones_are_cleaned() {
        let house = long_ago();
        let node = house.platform.peer(ENDPOINT);
        house.platform.serve(ENDPOINT, move |request| {
            let is_first = String::from_utf8_lossy(&request.body).contains(r#""fromBlock":"0x0""#);
            if is_first { Err(PlatformError::Connection("cut".into())) } else { node(request) }
        });
        for _ in 1..MOST_TRIES {
            house.sweep();
            assert_eq!((claims(&house), kept_from(&house)), (4, 0));
        }
        house.sweep();
        assert_eq!((claims(&house), kept_from(&house)), (4, PAGE));
        house.sweep();
        assert_eq!((claims(&house), kept_from(&house)), (2, 2 * PAGE));
    }
}
