//! What providers tell us about a chain: who really sent it, when, and which events it carries.
//!
//! The signature is checked on the raw body before anything of it is parsed, in constant time. A signature alone
//! doesn't stop a replay: intake also claims each job once, and what is older than [`MAX_AGE_MS`] is not taken at all,
//! since by then its claim may have been cleaned away.

pub mod alchemy;
mod rfc3339;
pub mod standard;

use alloy_primitives::{Address, B256};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::event::Event;

pub use rfc3339::parse_ms as rfc3339_ms;

/// Oldest webhook that is taken. Providers stop trying after an hour or so; what is older, sweep has found.
pub const MAX_AGE_MS: u64 = 24 * 3600 * 1000;

/// What a webhook carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// When the provider made it, milliseconds since 1970.
    pub made_ms: u64,
    /// The logs in it.
    pub events: Vec<Event>,
    /// Transactions of which not all logs are here, with the addresses that they are known to touch.
    pub transactions: Vec<(B256, Vec<Address>)>,
}

/// Whether `signature` is the HMAC-SHA256 of the parts under the key; takes the same time for every signature.
fn is_hmac(key: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(signature).is_ok()
}
