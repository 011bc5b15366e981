//! Providers of webhooks, simulated: what each of them makes of a chain's logs, how it signs and packs that, how it
//! takes it back, and how it tries again.
//!
//! Written from the providers' documentation alone. It shares no code with the functions, so it is a second opinion on
//! every format. The core's tests read this folder too, so it depends on none of this crate.

mod manner;
mod payload;

use std::io::Write;

use alloy_primitives::{B256, keccak256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

pub use manner::{Answer, Manner};
pub use payload::log;

/// A provider, with a way of using it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Alchemy Notify, type `GRAPHQL`.
    AlchemyGraphql,
    /// Alchemy Notify, type `ADDRESS_ACTIVITY`.
    AlchemyActivity,
    /// A subgraph's webhook of Goldsky: one change a call.
    GoldskySubgraph,
    /// A webhook sink of Goldsky: bare rows in a list.
    GoldskySink,
    /// Moralis Streams.
    Moralis,
    /// QuickNode Streams, dataset `logs`.
    QuickNode,
    /// QuickNode Streams, dataset `block_with_receipts`, packed.
    QuickNodeGzip,
    /// Any sender that follows Standard Webhooks.
    Standard,
    /// Tenderly's alerts.
    Tenderly,
}

/// All of them.
pub const ALL: [Provider; 9] = [
    Provider::AlchemyGraphql,
    Provider::AlchemyActivity,
    Provider::GoldskySubgraph,
    Provider::GoldskySink,
    Provider::Moralis,
    Provider::QuickNode,
    Provider::QuickNodeGzip,
    Provider::Standard,
    Provider::Tenderly,
];

/// The block that holds the logs.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The chain's id.
    pub chain_id: u64,
    /// Its height.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Its time, in seconds since 1970.
    pub seconds: u64,
}

/// What a provider has to say, before it is signed: each attempt is signed anew.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Who says it.
    pub provider: Provider,
    /// The same for every attempt.
    id: String,
    json: String,
}

/// One attempt at a delivery.
#[derive(Clone, Debug)]
pub struct Call {
    /// The path at the functions.
    pub path: &'static str,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// What goes over the wire.
    pub body: Vec<u8>,
}

impl Provider {
    /// The setting and the secret that is shared with the provider.
    pub fn secret(self) -> (&'static str, &'static str) {
        match self {
            Self::AlchemyGraphql | Self::AlchemyActivity => ("alchemy_signing_key", "whsec_test"),
            Self::GoldskySubgraph | Self::GoldskySink => ("goldsky_secret", "whs_01GNV4RMJCFVH14S4YAFW7RGQK"),
            Self::Moralis => ("moralis_secret", "moralis of the tests"),
            Self::QuickNode | Self::QuickNodeGzip => ("quicknode_token", "qnsec_of_the_tests"),
            Self::Standard => ("standard_webhooks_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            Self::Tenderly => ("tenderly_signing_key", "tenderly of the tests"),
        }
    }

    /// What it says once a block is there. Moralis says so before the block is final.
    pub fn happened(self, block: &Block, logs: &[Value]) -> Vec<Delivery> {
        payload::happened(self, block, logs)
    }

    /// What it says more once the block is final: only Moralis does.
    pub fn confirmed(self, block: &Block, logs: &[Value]) -> Vec<Delivery> {
        if self == Self::Moralis { vec![payload::moralis(block, logs, true)] } else { Vec::new() }
    }

    /// What it says once the chain has dropped the block. Most say nothing of those.
    pub fn retracted(self, block: &Block, logs: &[Value]) -> Vec<Delivery> {
        payload::retracted(self, block, logs)
    }

    /// What it sends to see whether somebody answers.
    pub fn test(self) -> Vec<Delivery> {
        payload::test(self)
    }

    fn path(self) -> &'static str {
        match self {
            Self::AlchemyGraphql | Self::AlchemyActivity => "/webhooks/alchemy",
            Self::GoldskySubgraph | Self::GoldskySink => "/webhooks/goldsky",
            Self::Moralis => "/webhooks/moralis",
            Self::QuickNode | Self::QuickNodeGzip => "/webhooks/quicknode",
            Self::Standard => "/webhooks/standard",
            Self::Tenderly => "/webhooks/tenderly",
        }
    }
}

impl Delivery {
    fn new(provider: Provider, json: &Value) -> Self {
        let json = json.to_string();
        Self { provider, id: format!("msg_{}", &keccak256(&json).to_string()[2..26]), json }
    }

    /// An attempt at this time (in seconds since 1970), signed with the provider's secret.
    pub fn call(&self, now_s: u64) -> Call {
        self.call_with(self.provider.secret().1, now_s)
    }

    /// An attempt that is signed with another secret.
    pub fn call_with(&self, secret: &str, now_s: u64) -> Call {
        let body = self.json.as_bytes();
        let headers = match self.provider {
            Provider::AlchemyGraphql | Provider::AlchemyActivity => {
                vec![("x-alchemy-signature", hex::encode(hmac(secret.as_bytes(), &[body])))]
            }
            Provider::GoldskySubgraph | Provider::GoldskySink => vec![("goldsky-webhook-secret", secret.to_owned())],
            Provider::Moralis => vec![("x-signature", keccak256([body, secret.as_bytes()].concat()).to_string())],
            Provider::QuickNode | Provider::QuickNodeGzip => self.quicknode_headers(secret, now_s),
            Provider::Standard => self.standard_headers(secret, now_s),
            Provider::Tenderly => {
                let date = go_time(now_s);
                let signature = hex::encode(hmac(secret.as_bytes(), &[body, date.as_bytes()]));
                vec![("x-tenderly-signature", signature), ("date", date)]
            }
        };
        let packed = self.provider == Provider::QuickNodeGzip;
        let body = if packed { gzip(body) } else { body.to_vec() };
        Call { path: self.provider.path(), headers, body }
    }

    fn quicknode_headers(&self, secret: &str, now_s: u64) -> Vec<(&'static str, String)> {
        let (nonce, timestamp) = (&self.id[4..], now_s.to_string());
        let parts = [nonce.as_bytes(), timestamp.as_bytes(), self.json.as_bytes()];
        let signature = hex::encode(hmac(secret.as_bytes(), &parts));
        let mut headers =
            vec![("x-qn-nonce", nonce.to_owned()), ("x-qn-timestamp", timestamp), ("x-qn-signature", signature)];
        if self.provider == Provider::QuickNodeGzip {
            headers.push(("content-encoding", "gzip".into()));
        }
        headers
    }

    fn standard_headers(&self, secret: &str, now_s: u64) -> Vec<(&'static str, String)> {
        let key = BASE64.decode(secret.trim_start_matches("whsec_")).unwrap();
        let signed = format!("{}.{now_s}.{}", self.id, self.json);
        let signature = format!("v1,{}", BASE64.encode(hmac(&key, &[signed.as_bytes()])));
        vec![
            ("webhook-id", self.id.clone()),
            ("webhook-timestamp", now_s.to_string()),
            ("webhook-signature", signature),
        ]
    }
}

/// Each delivery once, twice or thrice, in an order that hangs on the seed alone.
pub fn mixture(seed: u64, deliveries: Vec<Delivery>) -> Vec<Delivery> {
    // SplitMix64.
    let mut state = seed;
    let mut random = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let mut placed = Vec::new();
    for delivery in deliveries {
        for _ in 0..=random() % 3 {
            placed.push((random(), delivery.clone()));
        }
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, delivery)| delivery).collect()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A time as Go prints it, which Tenderly puts into its `date` header.
fn go_time(seconds: u64) -> String {
    let time = humantime::format_rfc3339_nanos(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
    let (day, time) = (time.to_string(), time.to_string());
    format!("{} {} +0000 UTC m=+3512798.196320121", &day[..10], time[11..].trim_end_matches('Z'))
}
