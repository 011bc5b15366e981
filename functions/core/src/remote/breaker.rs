//! A circuit breaker for each worker (Nygard, *Release It!*, 2007): who failed several times in a row is left alone for a
//! while, longer each time; then one job tries it.
//!
//! What is known is handed in and out, since the function keeps nothing. Two jobs at the same moment may forget one of
//! their failures; the next one tells.

use alloy_primitives::{B256, Bytes, keccak256};

/// Failures in a row after which a worker is left alone.
const MOST_FAILURES: u8 = 3;
/// For how long, at first.
const PAUSE_MS: u64 = 15_000;
/// How often that is doubled, at most.
const DOUBLINGS: u8 = 5;
/// Bytes of a record: the hash of the worker's URL, failures, time.
const RECORD: usize = 32 + 1 + 8;
/// Most records that are kept.
const MOST: usize = 8;

/// What is known of workers that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Breakers(Vec<Record>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record {
    worker: B256,
    /// In a row.
    failures: u8,
    /// Since when it is left alone, if it is.
    since_ms: u64,
}

impl Breakers {
    /// Reads what [`Self::to_bytes`] has written; what makes no sense is nothing.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let (records, rest) = bytes.as_chunks::<RECORD>();
        if !rest.is_empty() || records.len() > MOST {
            return Self::default();
        }
        let record = |bytes: &[u8; RECORD]| {
            let (worker, rest) = bytes.split_first_chunk::<32>()?;
            let (failures, since) = rest.split_first()?;
            Some(Record {
                worker: worker.into(),
                failures: *failures,
                since_ms: u64::from_be_bytes(since.try_into().ok()?),
            })
        };
        Self(records.iter().filter_map(record).collect())
    }

    pub(super) fn to_bytes(&self) -> Bytes {
        let record =
            |record: &Record| [record.worker.as_slice(), &[record.failures], &record.since_ms.to_be_bytes()].concat();
        self.0.iter().flat_map(record).collect()
    }

    fn of(&mut self, url: &str) -> Option<&mut Record> {
        let worker = keccak256(url);
        self.0.iter_mut().find(|record| record.worker == worker)
    }

    /// Whether a worker may be asked: it didn't fail so often, or its pause is over.
    pub(super) fn allow(&mut self, url: &str, now_ms: u64) -> bool {
        let Some(record) = self.of(url) else { return true };
        let Some(further) = record.failures.checked_sub(MOST_FAILURES) else { return true };
        now_ms >= record.since_ms.saturating_add(PAUSE_MS << further.min(DOUBLINGS))
    }

    /// Whether a worker may be asked for a job that it has since then: also if it was given the job to try it.
    pub(super) fn allow_for(&mut self, url: &str, since_ms: u64, now_ms: u64) -> bool {
        self.of(url).is_some_and(|record| since_ms >= record.since_ms) || self.allow(url, now_ms)
    }

    /// Whether a worker failed so often that it is only asked to try it.
    pub(super) fn is_open(&mut self, url: &str) -> bool {
        self.of(url).is_some_and(|record| record.failures >= MOST_FAILURES)
    }

    /// Notes that a worker is asked. Where that is to try it, nobody else does before the next pause is over.
    pub(super) fn begin(&mut self, url: &str, now_ms: u64) {
        if let Some(record) = self.of(url).filter(|record| record.failures >= MOST_FAILURES) {
            record.since_ms = now_ms;
        }
    }

    /// Notes a failure.
    pub(super) fn failed(&mut self, url: &str, now_ms: u64) {
        let worker = keccak256(url);
        let place = self.0.iter().position(|record| record.worker == worker);
        let failures = place.map_or(0, |place| self.0.remove(place).failures).saturating_add(1);
        self.0.push(Record { worker, failures, since_ms: now_ms });
        // The oldest are of workers that nobody names any more.
        self.0.drain(..self.0.len().saturating_sub(MOST));
    }

    /// Notes that a worker has done what was asked.
    pub(super) fn succeeded(&mut self, url: &str) {
        let worker = keccak256(url);
        self.0.retain(|record| record.worker != worker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const URL: &str = "https://gpu.example";

    #[test]
    fn after_three_failures_a_worker_is_left_alone_longer_each_time_and_tried_once() {
        let (mut breakers, mut now) = (Breakers::default(), 1_000_000);
        for _ in 0..3 {
            assert!(breakers.allow(URL, now));
            breakers.failed(URL, now);
        }
        for pause in [15_000, 30_000, 60_000, 120_000, 240_000, 480_000, 480_000] {
            assert!(!breakers.allow(URL, now));
            assert!(!breakers.allow(URL, now + pause - 1));
            now += pause;
            assert!(breakers.allow(URL, now) && breakers.is_open(URL), "{pause}");
            breakers.begin(URL, now);
            assert!(!breakers.allow(URL, now), "only one tries it");
            assert!(breakers.allow_for(URL, now, now), "and is asked again for what it was given then");
            assert!(!breakers.allow_for(URL, now - 1, now));
            breakers.failed(URL, now);
            breakers = Breakers::read(&breakers.to_bytes());
        }
        assert!(breakers.allow("https://other.example", now));
    }

    #[test]
    fn one_success_makes_up_for_all_failures_and_leaves_no_record() {
        let mut breakers = Breakers::default();
        for _ in 0..9 {
            breakers.failed(URL, 5);
        }
        breakers.succeeded(URL);
        assert!(breakers.allow(URL, 5));
        assert_eq!(breakers.to_bytes(), Bytes::new());
    }

    #[test]
    fn no_more_is_kept_than_so_many_records() {
        let mut breakers = Breakers::default();
        for number in 0..100 {
            breakers.failed(&number.to_string(), 5);
        }
        assert_eq!(breakers.to_bytes().len(), MOST * RECORD);
        assert_eq!(Breakers::read(&breakers.to_bytes()), breakers);
    }

    proptest! {
        #[test]
        fn bytes_that_make_no_sense_are_read_as_something_and_never_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            now in any::<u64>(),
        ) {
            let mut breakers = Breakers::read(&bytes);
            breakers.allow(URL, now);
            breakers.begin(URL, now);
            breakers.failed(URL, now);
            prop_assert!(breakers.to_bytes().len() <= MOST * RECORD);
        }
    }
}
