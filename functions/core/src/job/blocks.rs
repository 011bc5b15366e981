//! The blocks in which the event of a job was told: the job stops when the last of them is dropped. Which was told or
//! taken back first says nothing, since providers keep no order.
//!
//! The record is read and written back, so of two who do that at the same moment one may be forgotten. Then a job is
//! stopped that is wanted, which sweep finds; or goes on with an event that is gone or an answer that is there, which
//! the chain shows when it is asked, as it is before anything is sent.

use alloy_primitives::B256;

use super::{Taken, answer_key, claim_key, forget_claims, record, record_key, taken};
use crate::error::Result;
use crate::platform::Platform;

/// Most blocks that are kept for a job; the one that was told first gives way.
const MOST: usize = 4;

/// Notes that the event of a job that was taken is in this block, too. What is settled needs no note.
pub(super) async fn tell(platform: &impl Platform, id: &str, block: B256) -> Result<()> {
    let Some(mut last) = taken(platform, id).await? else { return Ok(()) };
    if last.blocks.contains(&block) {
        return Ok(());
    }
    if last.blocks.len() >= MOST {
        last.blocks.remove(0);
    }
    last.blocks.push(block);
    record(platform, &last).await
}

/// Stops a job whose event the chain took back, unless the event is in another block as well: of a retraction that
/// doesn't name its block, and of a job whose blocks aren't known, that can't be told. Without a record nobody goes on
/// with it, and without the first claim it is taken anew when its event comes again. What was noted for it stays, since
/// what was done for it may still be on the chain.
///
/// # Errors
/// If the store fails.
pub async fn retract(platform: &impl Platform, id: &str, block: Option<B256>) -> Result<()> {
    let last = taken(platform, id).await?;
    if let (Some(block), Some(last)) = (block, &last) {
        let left: Vec<B256> = last.blocks.iter().copied().filter(|other| *other != block).collect();
        if !left.is_empty() {
            let is_told = left.len() < last.blocks.len();
            return if is_told { record(platform, &Taken { blocks: left, ..last.clone() }).await } else { Ok(()) };
        }
    }
    if let Some(last) = last {
        forget_claims(platform, id, &last).await?;
    }
    for key in [record_key(id), answer_key(id), claim_key(id, 0)] {
        platform.delete(&key).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{LEASE_MS, is_wanted, retake, settle, take};
    use super::*;
    use crate::job::Job;
    use crate::testing::{Memory, block_on, job_for};
    use alloy_primitives::Bytes;

    const OLD: B256 = B256::repeat_byte(1);
    const NEW: B256 = B256::repeat_byte(2);

    fn job() -> Job {
        job_for(Bytes::new())
    }

    fn told(platform: &Memory, block: impl Into<Option<B256>>) -> bool {
        block_on(take(platform, &job(), block.into())).expect("the store")
    }

    fn dropped(platform: &Memory, block: impl Into<Option<B256>>) {
        block_on(retract(platform, &job().id(), block.into())).expect("the store");
    }

    fn goes_on(platform: &Memory) -> bool {
        block_on(is_wanted(platform, &job().id())).expect("the store")
    }

    #[test]
    fn a_block_that_is_dropped_stops_the_job_and_the_block_that_comes_then_starts_it_anew() {
        let platform = Memory::default();
        assert!(told(&platform, OLD));
        dropped(&platform, OLD);
        assert!(!goes_on(&platform));
        assert!(told(&platform, NEW));
        assert!(goes_on(&platform));
    }

    #[test]
    fn a_late_word_of_the_dropped_block_does_not_stop_the_job_of_the_block_that_took_its_place() {
        let platform = Memory::default();
        assert!(told(&platform, OLD));
        assert!(!told(&platform, NEW), "it is taken once");
        for _ in 0..2 {
            dropped(&platform, OLD);
            assert!(goes_on(&platform));
        }
        dropped(&platform, NEW);
        assert!(!goes_on(&platform), "none is left");
    }

    #[test]
    fn a_block_in_which_the_event_was_never_told_stops_nothing() {
        let platform = Memory::default();
        told(&platform, NEW);
        dropped(&platform, OLD);
        assert!(goes_on(&platform));
    }

    #[test]
    fn what_names_no_block_stops_the_job_and_so_does_any_word_where_no_block_is_known() {
        for (told_in, dropped_in) in [(Some(OLD), None), (None, None), (None, Some(OLD))] {
            let platform = Memory::default();
            told(&platform, told_in);
            dropped(&platform, dropped_in);
            assert!(!goes_on(&platform), "{told_in:?} {dropped_in:?}");
            assert!(told(&platform, NEW));
        }
    }

    #[test]
    fn of_a_job_that_nobody_knows_nothing_is_kept() {
        let platform = Memory::default();
        dropped(&platform, OLD);
        assert!(platform.keys().is_empty());
        told(&platform, OLD);
        block_on(settle(&platform, &job().id())).expect("the store");
        assert!(!told(&platform, NEW), "it is settled");
        assert!(!goes_on(&platform));
    }

    #[test]
    fn an_event_that_is_told_again_is_written_only_if_its_block_is_new_and_few_blocks_are_kept() {
        let platform = Memory::default();
        let key = record_key(&job().id());
        told(&platform, OLD);
        for again in [Some(OLD), None, Some(OLD)] {
            assert!(!told(&platform, again));
        }
        assert_eq!(platform.writes(&key), 1);
        for number in 10..20 {
            told(&platform, B256::repeat_byte(number));
        }
        let blocks = block_on(taken(&platform, &job().id())).expect("the store").expect("a record").blocks;
        assert_eq!(blocks, [16, 17, 18, 19].map(B256::repeat_byte));
    }

    #[test]
    fn a_job_that_was_stopped_in_a_later_attempt_leaves_no_claim_and_begins_anew_with_its_first() {
        let platform = Memory::default();
        told(&platform, OLD);
        for _ in 0..3 {
            platform.advance(LEASE_MS);
            assert_eq!(block_on(retake(&platform, &job())), Ok(true));
        }
        dropped(&platform, OLD);
        assert!(platform.keys().is_empty(), "{:?}", platform.keys());
        told(&platform, NEW);
        for _ in 0..3 {
            platform.advance(LEASE_MS);
            assert_eq!(block_on(retake(&platform, &job())), Ok(true), "no lease is lost");
        }
    }

    #[test]
    fn whoever_takes_a_job_again_knows_its_blocks() {
        let platform = Memory::default();
        told(&platform, OLD);
        told(&platform, NEW);
        platform.advance(LEASE_MS);
        assert_eq!(block_on(retake(&platform, &job())), Ok(true));
        dropped(&platform, OLD);
        assert!(goes_on(&platform));
    }
}
