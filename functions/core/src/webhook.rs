//! What providers tell us about a chain: who really sent it, when, and which events it carries.
//!
//! The signature is checked on the raw body before anything of it is parsed, in constant time. A signature alone
//! doesn't stop a replay: intake also claims each job once, and what is older than [`MAX_AGE_MS`] is not taken at all,
//! since by then its claim may have been cleaned away. How old it is says the time that was signed along, or else the
//! time of its block.
//!
//! A provider is a module with a `check` and a `read`, and an entry in [`PROVIDERS`].

pub mod alchemy;
pub mod goldsky;
mod gzip;
pub mod moralis;
pub mod quicknode;
mod rfc3339;
pub mod standard;
pub mod tenderly;

use std::borrow::Cow;

use alloy_primitives::{Address, B256};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::event::Event;
use crate::http::Request;

pub use rfc3339::parse_ms as rfc3339_ms;

/// Oldest webhook that is taken. Providers stop trying after an hour or so; what is older, sweep has found.
pub const MAX_AGE_MS: u64 = 24 * 3600 * 1000;

/// What a webhook carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// When the provider made it, or when its newest block was made; milliseconds since 1970.
    pub made_ms: u64,
    /// The chain that it is about, if it says so.
    pub chain_id: Option<u64>,
    /// The logs in it.
    pub events: Vec<Event>,
    /// Transactions of which not all logs are here, with the addresses that they are known to touch.
    pub transactions: Vec<(B256, Vec<Address>)>,
    /// How many other things there are that look like logs and can't be read.
    pub unread: usize,
}

/// What a provider wants with its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// To see whether somebody answers, or something that isn't for us.
    Test,
    /// To tell what happened.
    Logs(Delivery),
}

/// A body that its provider has signed.
#[derive(Debug)]
pub struct Signed<'a> {
    /// The bytes that were signed.
    pub body: Cow<'a, [u8]>,
    /// When, if the time was signed along; or else now. Milliseconds since 1970.
    pub made_ms: u64,
}

/// Somebody who tells us of events.
pub struct Provider {
    /// The last part of the route: `/webhooks/{name}`.
    pub name: &'static str,
    /// The setting with the secret that is shared with the provider.
    pub setting: &'static str,
    /// Whether the provider looks by GET whether anybody is there.
    pub looks_first: bool,
    /// The status for a delivery in which nothing is for us: 202, or 200 for a provider that takes any other for a
    /// failure and sends again.
    pub not_for_us: u16,
    /// Whether nothing more comes once a delivery has been refused often enough.
    pub stops: bool,
    /// Whether a request is the provider's, by the secret, at this time.
    pub check: for<'a> fn(&str, &'a Request, u64) -> Result<Signed<'a>>,
    /// What a signed body says.
    pub read: fn(&Signed<'_>) -> Result<Told>,
}

/// Everybody who may tell us of events.
pub static PROVIDERS: [Provider; 6] = [
    Provider {
        name: "alchemy",
        setting: "alchemy_signing_key",
        looks_first: false,
        not_for_us: 202,
        stops: false,
        check: alchemy::check,
        read: |signed| alchemy::read(&signed.body).map(Told::Logs),
    },
    Provider {
        name: "goldsky",
        setting: "goldsky_secret",
        looks_first: false,
        not_for_us: 200,
        stops: false,
        check: goldsky::check,
        read: |signed| goldsky::read(&signed.body, signed.made_ms).map(Told::Logs),
    },
    Provider {
        name: "moralis",
        setting: "moralis_secret",
        looks_first: false,
        not_for_us: 202,
        stops: false,
        check: moralis::check,
        read: |signed| moralis::read(&signed.body),
    },
    Provider {
        name: "quicknode",
        setting: "quicknode_token",
        looks_first: false,
        not_for_us: 202,
        stops: true,
        check: quicknode::check,
        read: |signed| quicknode::read(&signed.body, signed.made_ms).map(Told::Logs),
    },
    Provider {
        name: "standard",
        setting: "standard_webhooks_secret",
        looks_first: false,
        not_for_us: 202,
        stops: false,
        check: |secret, request, now| standard::check("standard_webhooks_secret", secret, request, now),
        read: |signed| standard::read(&signed.body, signed.made_ms),
    },
    Provider {
        name: "tenderly",
        setting: "tenderly_signing_key",
        looks_first: true,
        not_for_us: 200,
        stops: false,
        check: tenderly::check,
        read: |signed| tenderly::read(&signed.body, signed.made_ms),
    },
];

/// The provider whose route ends so.
pub fn provider(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}

const WRONG: Error = Error::Unauthorized("the signature is wrong");

fn hmac(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}

/// Whether `signature` is the HMAC-SHA256 of the parts under the key; takes the same time for every signature.
fn is_hmac(key: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    hmac(key, parts).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

/// The same for a signature in hexadecimal.
pub(crate) fn is_hex_hmac(key: &str, parts: &[&[u8]], signature: &str) -> bool {
    let mut bytes = [0; 32];
    hex::decode_to_slice(signature, &mut bytes).is_ok() && is_hmac(key.as_bytes(), parts, &bytes)
}

/// The HMAC-SHA256 of the parts under the key, in hexadecimal.
pub(crate) fn hex_hmac(key: &str, parts: &[&[u8]]) -> String {
    hmac(key.as_bytes(), parts).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T> {
    crate::json::from_slice(body).map_err(|e| Error::json("the webhook", &e))
}

fn malformed(reason: impl Into<String>) -> Box<Error> {
    Error::Malformed { what: "the webhook", reason: reason.into() }.into()
}

#[cfg(test)]
mod tests;
