//! Reads a log's data, a call's, and what a contract returned, where it lies, by the [contract ABI](https://docs.soliditylang.org/en/latest/abi-spec.html): words
//! of 32 bytes; for what has no fixed length there is a word that says where it lies behind them.
//!
//! alloy's readers check more and take 11 KB of the Worker, compressed; the tests compare with them.

use alloy_primitives::{Address, B256, Bytes};

/// Words of 32 bytes, numbered from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a>(pub(crate) &'a [u8]);

impl<'a> Words<'a> {
    /// A number of up to 64 bits; `None` if there is no such word, or if it is larger.
    pub(crate) fn number(self, at: usize) -> Option<u64> {
        let (zeros, number) = self.from(at.checked_mul(32)?)?.split_first_chunk::<24>()?;
        let number = number.first_chunk::<8>()?;
        zeros.iter().all(|byte| *byte == 0).then(|| u64::from_be_bytes(*number))
    }

    /// The same as a narrower type, or one that is made of a number.
    pub(crate) fn narrow<T: TryFrom<u64>>(self, at: usize) -> Option<T> {
        self.number(at)?.try_into().ok()
    }

    /// Yes or no.
    pub(crate) fn flag(self, at: usize) -> Option<bool> {
        match self.number(at)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// A word as it is.
    pub(crate) fn word(self, at: usize) -> Option<B256> {
        self.from(at.checked_mul(32)?)?.first_chunk::<32>().map(B256::from)
    }

    /// An address; `None` if the word is none.
    pub(crate) fn address(self, at: usize) -> Option<Address> {
        let word = self.word(at)?;
        word[..12].iter().all(|byte| *byte == 0).then(|| Address::from_word(word))
    }

    /// Bytes whose length lies before them, where the word at `at` says.
    pub(crate) fn bytes(self, at: usize) -> Option<Bytes> {
        let behind = self.behind(at)?;
        let length: usize = behind.narrow(0)?;
        Some(Bytes::copy_from_slice(behind.from(32)?.get(..length)?))
    }

    /// The words that begin where the word at `at` says.
    pub(crate) fn behind(self, at: usize) -> Option<Self> {
        self.from(self.narrow(at)?).map(Words)
    }

    fn from(self, place: usize) -> Option<&'a [u8]> {
        self.0.get(place..)
    }
}

/// `abi.encode(bytes, …)`, of so many values.
pub(crate) fn encode(values: &[&[u8]]) -> Vec<u8> {
    let (mut places, mut contents) = (Vec::new(), Vec::new());
    for value in values {
        places.extend(word_of(32 * values.len() + contents.len()));
        contents.extend(word_of(value.len()));
        contents.extend_from_slice(value);
        contents.resize(contents.len().next_multiple_of(32), 0);
    }
    places.append(&mut contents);
    places
}

fn word_of(number: usize) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&(number as u64).to_be_bytes());
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_sol_types::SolValue;

    #[test]
    fn bytes_are_encoded_as_alloy_encodes_them_and_read_back() {
        for (one, other) in [(0, 0), (1, 31), (32, 33), (64, 1_000)] {
            let (one, other) = (Bytes::from(vec![1; one]), Bytes::from(vec![2; other]));
            assert_eq!(encode(&[&one]), one.abi_encode());
            let both = encode(&[&one, &other]);
            assert_eq!(both, (one.clone(), other.clone()).abi_encode_params());
            assert_eq!((Words(&both).bytes(0), Words(&both).bytes(1)), (Some(one), Some(other)));
        }
    }
}
