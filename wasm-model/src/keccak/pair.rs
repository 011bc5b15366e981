//! keccak256 of two messages at once: each lane of the state (FIPS 202, section 3) is a vector of both messages' lanes.

use lanes::{Lanes, and_not, of, parts, rotated, xor};

/// Bytes that a permutation takes in.
const RATE: usize = 136;

/// How far each lane is turned, in the order in which ρ and π walk through the state (FIPS 202, table 2).
const TURNS: [u32; 24] = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];

/// The lanes on that walk, from lane 1.
const WALK: [usize; 24] = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

/// What each round adds to lane 0.
const ROUNDS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// keccak256 of each of two messages of one length.
pub(crate) fn keccak256_both(messages: [&[u8]; 2]) -> [[u8; 32]; 2] {
    debug_assert_eq!(messages[0].len(), messages[1].len());
    let mut state = [of([0; 2]); 25];
    let [(first, first_rest), (second, second_rest)] = messages.map(|message| message.as_chunks::<RATE>());
    for blocks in first.iter().zip(second) {
        absorb(&mut state, blocks.into());
    }
    let last = [first_rest, second_rest].map(|rest| {
        let mut block = [0; RATE];
        block[..rest.len()].copy_from_slice(rest);
        block[rest.len()] = 1;
        block[RATE - 1] |= 0x80;
        block
    });
    absorb(&mut state, last.each_ref());
    let mut hashes = [[0; 32]; 2];
    for (at, &lanes) in state[..4].iter().enumerate() {
        for (hash, lane) in hashes.iter_mut().zip(parts(lanes)) {
            hash[8 * at..][..8].copy_from_slice(&lane.to_le_bytes());
        }
    }
    hashes
}

fn absorb(state: &mut [Lanes; 25], blocks: [&[u8; RATE]; 2]) {
    let words = blocks.map(|block| block.as_chunks::<8>().0);
    for (lane, (&first, &second)) in state.iter_mut().zip(words[0].iter().zip(words[1])) {
        *lane = xor(*lane, of([first, second].map(u64::from_le_bytes)));
    }
    permute(state);
}

/// Keccak-f\[1600\].
fn permute(state: &mut [Lanes; 25]) {
    for constant in ROUNDS {
        let columns: [Lanes; 5] = core::array::from_fn(|x| (1..5).fold(state[x], |sum, y| xor(sum, state[5 * y + x])));
        for x in 0..5 {
            let around = xor(columns[(x + 4) % 5], rotated(columns[(x + 1) % 5], 1));
            for y in 0..5 {
                state[5 * y + x] = xor(state[5 * y + x], around);
            }
        }
        let mut carried = state[1];
        for (&lane, &turn) in WALK.iter().zip(&TURNS) {
            let next = state[lane];
            state[lane] = rotated(carried, turn);
            carried = next;
        }
        for row in state.as_chunks_mut::<5>().0 {
            let before = *row;
            for (x, lane) in row.iter_mut().enumerate() {
                *lane = xor(before[x], and_not(before[(x + 2) % 5], before[(x + 1) % 5]));
            }
        }
        state[0] = xor(state[0], of([constant; 2]));
    }
}

/// Two 64-bit lanes side by side.
#[cfg(target_arch = "wasm32")]
mod lanes {
    use core::arch::wasm32::*;

    pub(super) type Lanes = v128;

    #[inline]
    pub(super) fn of([first, second]: [u64; 2]) -> Lanes {
        u64x2(first, second)
    }

    #[inline]
    pub(super) fn parts(lanes: Lanes) -> [u64; 2] {
        [u64x2_extract_lane::<0>(lanes), u64x2_extract_lane::<1>(lanes)]
    }

    #[inline]
    pub(super) fn xor(a: Lanes, b: Lanes) -> Lanes {
        v128_xor(a, b)
    }

    /// `a` where `b` isn't.
    #[inline]
    pub(super) fn and_not(a: Lanes, b: Lanes) -> Lanes {
        v128_andnot(a, b)
    }

    #[inline]
    pub(super) fn rotated(lanes: Lanes, turn: u32) -> Lanes {
        v128_or(u64x2_shl(lanes, turn), u64x2_shr(lanes, 64 - turn))
    }
}

/// The same in plain Rust, for tests.
#[cfg(not(target_arch = "wasm32"))]
mod lanes {
    pub(super) type Lanes = [u64; 2];

    pub(super) fn of(lanes: [u64; 2]) -> Lanes {
        lanes
    }

    pub(super) fn parts(lanes: Lanes) -> [u64; 2] {
        lanes
    }

    pub(super) fn xor(a: Lanes, b: Lanes) -> Lanes {
        [a[0] ^ b[0], a[1] ^ b[1]]
    }

    pub(super) fn and_not(a: Lanes, b: Lanes) -> Lanes {
        [a[0] & !b[0], a[1] & !b[1]]
    }

    pub(super) fn rotated(lanes: Lanes, turn: u32) -> Lanes {
        lanes.map(|lane| lane.rotate_left(turn))
    }
}

#[cfg(test)]
mod tests {
    use super::super::keccak256;
    use super::keccak256_both;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_message_has_its_own_hash(first: [u8; 32], second: [u8; 32]) {
            let (first, second) = (first.repeat(16), second.repeat(16));
            for length in [0, 32, 64, 135, 136, 137, 256, 408] {
                let messages = [&first[..length], &second[..length]];
                prop_assert_eq!(keccak256_both(messages), messages.map(keccak256));
            }
        }
    }
}
