//! Reading a network takes memory in proportion to its bytes, whatever they claim.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use verdigris_model::Network;

/// The system's allocator, counting.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(NOW.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Most bytes that were taken at once while `bytes` were read.
fn peak(bytes: &[u8]) -> usize {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let _ = Network::from_bytes(bytes);
    PEAK.load(Relaxed) - before
}

#[test]
fn a_form_that_claims_much_gets_little() {
    let good = verdigris_model::genesis().to_bytes();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] = 0xff;
        if at + 1 < bytes.len() {
            bytes[at + 1] = 0xff;
        }
        let taken = peak(&bytes);
        assert!(taken < 1 << 20, "bytes {at} and {}: {taken} bytes were taken for {}", at + 1, bytes.len());
    }
    // 65,535 outputs of 65,535 inputs with 255×255 kernels, of which nothing follows.
    let mut bytes = b"VDGN\x01\xff\xff\x01\x00\x01\x00\x00\x00\xff\x00\x00\x00\x00\x00\x00\x00\x00\xff\x0f".to_vec();
    bytes.extend(b"\x00\x00\x00\xff\xff\xff\x01\x01\x07\x00\x01");
    assert!(peak(&bytes) < 1 << 20);
}
