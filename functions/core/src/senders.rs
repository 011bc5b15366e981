//! The accounts that pay for transactions, and which of them pays for what.
//!
//! One account's transactions wait for each other, so a busy operator has several. Who pays is decided by rendezvous
//! hashing (Thaler and Ravishankar, 1998): each account draws a number for the thing in question, and the highest wins.
//! Everybody who knows the accounts finds the same one without asking anybody, all that is done about one request is
//! done by one account, and a new account takes over its share from all others and moves nothing else.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_signer_local::PrivateKeySigner;

use crate::config;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// The setting.
const NAME: &str = "sender_key";
/// Most accounts. Before a call is sent, the others are asked whether they have it on its way.
pub const MOST_SENDERS: usize = 16;

/// What a transaction is about, which decides who pays for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A request, by its id.
    Request(B256),
    /// A collection's token.
    Token(Address, U256),
    /// A vote in a quorum. A quorum counts accounts and knows one of ours: the first.
    Vote,
}

impl Subject {
    /// The number that an account draws for this.
    fn draw(self, sender: Address) -> B256 {
        match self {
            Self::Request(id) => keccak256([sender.as_slice(), id.as_slice()].concat()),
            Self::Token(contract, token) => {
                keccak256([sender.as_slice(), contract.as_slice(), &token.to_be_bytes::<32>()].concat())
            }
            Self::Vote => B256::ZERO,
        }
    }
}

/// The accounts, in the order of the setting; there is at least one.
#[derive(Clone, Debug)]
pub struct Senders(Vec<PrivateKeySigner>);

impl Senders {
    /// Those of `sender_key`: one key, or several with commas between them.
    ///
    /// # Errors
    /// [`Error::Config`] if there is none, if one is no key or comes twice, or if there are more than
    /// [`MOST_SENDERS`]. It says which, by position; never a key.
    pub async fn configured(platform: &impl Platform) -> Result<Self> {
        let list = config::required(platform, NAME).await?;
        let wrong = |reason: String| Box::new(Error::Config { name: NAME, reason });
        let entries: Vec<&str> = list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
        if entries.is_empty() {
            return Err(wrong("is missing; set it".into()));
        }
        if entries.len() > MOST_SENDERS {
            return Err(wrong(format!("has {} keys; {MOST_SENDERS} are possible", entries.len())));
        }
        let mut senders: Vec<PrivateKeySigner> = Vec::with_capacity(entries.len());
        for (entry, position) in entries.iter().zip(1..) {
            let which = if entries.len() == 1 { "is".into() } else { format!("has a key, number {position}, that is") };
            let key: B256 =
                entry.parse().map_err(|_| wrong(format!("{which} not a key of 32 bytes in hexadecimal")))?;
            let sender =
                PrivateKeySigner::from_bytes(&key).map_err(|_| wrong(format!("{which} not a secp256k1 key")))?;
            if let Some(twin) = senders.iter().position(|known| known.address() == sender.address()) {
                return Err(wrong(format!("has the same key twice, as number {} and number {position}", twin + 1)));
            }
            senders.push(sender);
        }
        Ok(Self(senders))
    }

    /// The account that pays for what is about this.
    pub fn payer(&self, subject: Subject) -> &PrivateKeySigner {
        // Of equal draws the first account wins.
        let highest = self.0.iter().rev().max_by_key(|sender| subject.draw(sender.address()));
        highest.unwrap_or(&self.0[0])
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &PrivateKeySigner> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, block_on};
    use std::collections::BTreeMap;

    fn key(number: u8) -> String {
        B256::repeat_byte(number).to_string()
    }

    fn senders(keys: &str) -> Result<Senders> {
        block_on(Senders::configured(&Memory::default().with(NAME, keys)))
    }

    fn pool(size: u8) -> Senders {
        senders(&(1..=size).map(key).collect::<Vec<_>>().join(",")).expect("a pool")
    }

    fn subjects() -> impl Iterator<Item = Subject> {
        (0..2_000u32).map(|number| Subject::Request(keccak256(number.to_be_bytes())))
    }

    #[test]
    fn one_key_is_a_pool_of_one() {
        let one = senders(&key(6)).expect("a key");
        let sender = PrivateKeySigner::from_bytes(&B256::repeat_byte(6)).expect("a key").address();
        assert!(subjects().take(20).all(|subject| one.payer(subject).address() == sender));
    }

    #[test]
    fn spaces_line_breaks_and_a_last_comma_do_no_harm() {
        let spaced = senders(&format!(" {}\n, {},\n", key(1), &key(2)[2..])).expect("a pool");
        assert_eq!(spaced.iter().count(), 2);
    }

    #[test]
    fn what_is_wrong_with_a_key_is_said_by_its_number_and_never_by_the_key() {
        let secret = "deadbeef".repeat(7);
        let cases = [
            (",  ,".to_string(), "is missing"),
            (secret.clone(), "is not a key of 32 bytes"),
            (format!("{},{secret}", key(1)), "number 2, that is not a key of 32 bytes in hexadecimal"),
            (format!("{},{}", key(1), key(0)), "number 2, that is not a secp256k1 key"),
            (format!("{},{},{}", key(0xad), key(2), key(0xad)), "twice, as number 1 and number 3"),
            ((1..=17).map(key).collect::<Vec<_>>().join(","), "has 17 keys; 16 are possible"),
        ];
        for (keys, expected) in cases {
            let error = senders(&keys).expect_err("wrong").to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("dead") && !error.contains("adad"), "{error}");
        }
    }

    #[test]
    fn each_account_of_a_pool_has_about_its_share() {
        let pool = pool(5);
        let mut shares = BTreeMap::new();
        for subject in subjects() {
            *shares.entry(pool.payer(subject).address()).or_insert(0) += 1;
        }
        assert_eq!(shares.len(), 5);
        assert!(shares.values().all(|share| (300..500).contains(share)), "{shares:?}");
    }

    #[test]
    fn a_new_account_takes_its_share_and_moves_nothing_else() {
        let (before, after) = (pool(4), pool(5));
        let newest = after.0[4].address();
        let moved = subjects().filter(|&subject| {
            let (old, new) = (before.payer(subject).address(), after.payer(subject).address());
            assert!(old == new || new == newest, "what moves goes to the new one");
            old != new
        });
        assert!((300..500).contains(&moved.count()));
    }

    #[test]
    fn the_order_of_the_keys_decides_votes_and_nothing_else() {
        let (one, other) = (senders(&format!("{},{}", key(1), key(2))), senders(&format!("{},{}", key(2), key(1))));
        let (one, other) = (one.expect("a pool"), other.expect("a pool"));
        assert!(subjects().all(|subject| one.payer(subject).address() == other.payer(subject).address()));
        assert_eq!(one.payer(Subject::Vote).address(), one.0[0].address());
        assert_eq!(other.payer(Subject::Vote).address(), other.0[0].address());
    }

    #[test]
    fn the_choice_stays_what_it_is() {
        // Another choice would leave what is on its way with an account that nobody asks any more. By viem:
        // the account whose `keccak256(concat([account, id]))`, or `…[account, collection, token]`, is the highest.
        let pool = pool(3);
        let chosen = |subject| {
            let payer = pool.payer(subject).address();
            pool.0.iter().position(|sender| sender.address() == payer).expect("one of them")
        };
        let requests: Vec<usize> = (0..12).map(|n| chosen(Subject::Request(B256::with_last_byte(n)))).collect();
        let tokens: Vec<usize> =
            (0..12).map(|n| chosen(Subject::Token(Address::repeat_byte(0x22), U256::from(n)))).collect();
        assert_eq!(requests, [0, 0, 0, 1, 1, 2, 1, 2, 2, 2, 1, 2]);
        assert_eq!(tokens, [1, 0, 2, 2, 0, 2, 2, 0, 2, 0, 2, 0]);
    }
}
