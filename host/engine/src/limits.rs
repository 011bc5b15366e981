//! How much time, memory and company one request may have.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// The bounds that every component of an engine runs under.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Wall-clock time from a request's start to the head of its response.
    pub request_time: Duration,
    /// Wall-clock time that work started by a request may go on after its response.
    pub background_time: Duration,
    /// Time that an instance without work is kept for the next request.
    pub idle_time: Duration,
    /// Instances of one component that are kept so at the same time; more wait a moment only.
    pub idle_instances: usize,
    /// Linear memory of one instance, in bytes.
    pub memory_bytes: usize,
    /// Requests that one component serves at the same time.
    pub concurrent_requests: usize,
    /// Requests that one instance serves, one after the other, before it is dropped.
    pub requests_per_instance: usize,
    /// Chained calls (component to component) that one request may be nested in.
    pub chain_depth: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_time: Duration::from_secs(30),
            background_time: Duration::from_secs(60),
            idle_time: Duration::from_secs(10),
            idle_instances: 4,
            memory_bytes: 256 << 20,
            concurrent_requests: 64,
            requests_per_instance: 128,
            chain_depth: 8,
        }
    }
}

/// Refuses growth beyond the limits, and remembers that it did so that a log line can say why.
#[derive(Debug)]
pub(crate) struct Allowance {
    memory_bytes: usize,
    /// Linear memory held by the instance's modules together, in bytes.
    held: usize,
    pub(crate) refused: bool,
}

/// Elements of one table: far above what a component of megabytes of code needs.
const TABLE_ELEMENTS: usize = 100_000;

impl Allowance {
    pub(crate) fn new(memory_bytes: usize) -> Self {
        Self { memory_bytes, held: 0, refused: false }
    }
}

impl ResourceLimiter for Allowance {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let held = self.held.saturating_sub(current).saturating_add(desired);
        if held > self.memory_bytes {
            self.refused = true;
            return Ok(false);
        }
        self.held = held;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_over_all_memories_of_an_instance() {
        let mut allowance = Allowance::new(100);
        assert!(allowance.memory_growing(0, 60, None).unwrap());
        assert!(!allowance.memory_growing(0, 41, None).unwrap());
        assert!(allowance.refused);
        assert!(allowance.memory_growing(0, 40, None).unwrap());
        assert!(!allowance.memory_growing(60, 61, None).unwrap());
    }

    #[test]
    fn an_absurd_growth_is_refused_without_overflow() {
        let mut allowance = Allowance::new(100);
        assert!(allowance.memory_growing(0, 50, None).unwrap());
        assert!(!allowance.memory_growing(0, usize::MAX, None).unwrap());
    }
}
