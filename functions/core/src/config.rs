//! The deployment's settings: one chain, its hub, the contracts that are served.

use std::str::FromStr;

use alloy_primitives::{Address, B256, U256};
use alloy_signer_local::PrivateKeySigner;

use crate::error::{Error, Result};
use crate::event::Served;
use crate::platform::{Platform, PlatformError};

/// The most that is paid for one picture unless the settings say otherwise: 0.01 ether.
const DEFAULT_MAX_FEE: u64 = 10_000_000_000_000_000;
/// The most that is paid for a unit of gas unless the settings say otherwise: 1,000 gwei.
const DEFAULT_MAX_GAS_FEE: u128 = 1_000_000_000_000;

/// The deepest [`confirmations`] that can be asked for: half of the states that every node keeps (128), and as far back
/// as sweep reads the chain again.
pub const MOST_CONFIRMATIONS: u64 = 64;

/// A setting that must be there.
///
/// # Errors
/// [`Error::Config`] if it is missing or empty.
pub async fn required(platform: &impl Platform, name: &'static str) -> Result<String> {
    platform.config(name).await?.ok_or_else(|| Error::Config { name, reason: "is missing; set it".into() }.into())
}

/// What stands for no endpoint in `spin.toml`, whose lists of hosts may have no empty entry (RFC 2606: never a host).
const UNSET: &str = "https://unset.invalid";

/// The settings that say where requests go, as `allowed_outbound_hosts` in `spin.toml` names them. Spin refuses any
/// other host; where the platform doesn't, [`is_allowed`] is asked before a request goes out.
pub const HOSTS: [&str; 11] = [
    "rpc_url",
    "rpc_url_fallback",
    "rpc_url_third",
    "kubo_url",
    "pinata_url",
    "psa_url",
    "arweave_url",
    "models_url",
    "worker_url",
    "worker_url_fallback",
    "worker_url_third",
];

/// Whether a URL lies under one of the [`HOSTS`]: the same scheme, host and port.
///
/// # Errors
/// If the platform's settings can't be read.
pub async fn is_allowed<P: Platform>(platform: &P, url: &str) -> Result<bool, PlatformError> {
    for name in HOSTS {
        let Some(allowed) = platform.config(name).await? else { continue };
        let allowed = allowed.trim_end_matches('/');
        if !allowed.is_empty() && url.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An endpoint; `None` if it is not set.
///
/// # Errors
/// If the platform's settings can't be read.
pub async fn endpoint(platform: &impl Platform, name: &'static str) -> Result<Option<String>> {
    Ok(platform.config(name).await?.filter(|url| url.trim_end_matches('/') != UNSET))
}

/// An endpoint that must be there, without a slash at its end.
///
/// # Errors
/// [`Error::Config`] if it is not set.
pub async fn base_url(platform: &impl Platform, name: &'static str) -> Result<String> {
    let missing = || Error::Config { name, reason: "is missing; set it".into() };
    Ok(endpoint(platform, name).await?.ok_or_else(missing)?.trim_end_matches('/').to_owned())
}

/// A path that follows an endpoint; empty, or from its slash on. It is a setting of its own since a platform that is
/// told which hosts may be reached (Spin) takes no paths there.
///
/// # Errors
/// [`Error::Config`] if it doesn't begin with a slash: it would become part of the host's name.
pub async fn path(platform: &impl Platform, name: &'static str) -> Result<String> {
    let path = platform.config(name).await?.unwrap_or_default();
    if path.is_empty() || path.starts_with('/') {
        return Ok(path.trim_end_matches('/').to_owned());
    }
    Err(Error::Config { name, reason: "does not begin with a slash".into() }.into())
}

/// A secp256k1 key out of a secret setting.
///
/// # Errors
/// [`Error::Config`] if it is missing or no key.
pub async fn key(platform: &impl Platform, name: &'static str) -> Result<PrivateKeySigner> {
    let key: B256 = parsed(platform, name, "a key of 32 bytes in hexadecimal").await?;
    PrivateKeySigner::from_bytes(&key)
        .map_err(|_| Error::Config { name, reason: "is not a secp256k1 key".into() }.into())
}

/// A setting in a form that can be parsed.
///
/// # Errors
/// [`Error::Config`] if it is missing or doesn't parse. The value itself stays out of the message: it may be secret.
pub async fn parsed<T: FromStr>(platform: &impl Platform, name: &'static str, form: &str) -> Result<T> {
    let text = required(platform, name).await?;
    text.trim().parse().map_err(|_| Error::Config { name, reason: format!("is not {form}") }.into())
}

/// A number that has a usual value.
///
/// # Errors
/// As [`parsed`], but for a missing one.
pub async fn parsed_or<T: FromStr>(platform: &impl Platform, name: &'static str, form: &str, usual: T) -> Result<T> {
    match platform.config(name).await? {
        Some(_) => parsed(platform, name, form).await,
        None => Ok(usual),
    }
}

/// The chain's id.
///
/// # Errors
/// As [`parsed`].
pub async fn chain_id(platform: &impl Platform) -> Result<u64> {
    parsed(platform, "chain_id", "a number").await
}

/// The hub's address.
///
/// # Errors
/// As [`parsed`].
pub async fn hub(platform: &impl Platform) -> Result<Address> {
    parsed(platform, "hub", "an address").await
}

/// The most that is paid to the hub for one picture, in wei.
///
/// # Errors
/// As [`parsed`], but for a missing one.
pub async fn max_fee(platform: &impl Platform) -> Result<U256> {
    parsed_or(platform, "max_fee_wei", "a number of wei", U256::from(DEFAULT_MAX_FEE)).await
}

/// How many blocks must follow the one with a request before its answer is sent. The chain may still drop a younger
/// block, and what was paid for an answer to it would be paid for nothing.
///
/// # Errors
/// As [`parsed`], but for a missing one; [`Error::Config`] if it is more than [`MOST_CONFIRMATIONS`].
pub async fn confirmations(platform: &impl Platform) -> Result<u64> {
    const NAME: &str = "confirmations";
    if platform.config(NAME).await?.is_none() {
        return Ok(usual_confirmations(chain_id(platform).await?));
    }
    match parsed(platform, NAME, "a number of blocks").await? {
        depth @ 0..=MOST_CONFIRMATIONS => Ok(depth),
        _ => Err(Error::Config { name: NAME, reason: format!("is more than {MOST_CONFIRMATIONS} blocks") }.into()),
    }
}

/// What is usual on a chain: more than the depth of the reorganisations that it has in calm times.
fn usual_confirmations(chain_id: u64) -> u64 {
    match chain_id {
        // Ethereum and its test nets (Sepolia, Hoodi): one or two blocks are dropped now and then.
        1 | 11_155_111 | 560_048 => 3,
        // Gnosis, BNB Smart Chain.
        100 | 56 => 3,
        // Polygon PoS and its test net Amoy.
        137 | 80_002 => 16,
        // Rollups' sequencers (Optimism, Base, Arbitrum One) don't take blocks back, nor do Avalanche and local chains.
        _ => 0,
    }
}

/// The most that is paid for a unit of gas, in wei.
///
/// # Errors
/// As [`parsed`], but for a missing one.
pub async fn max_gas_fee(platform: &impl Platform) -> Result<u128> {
    parsed_or(platform, "max_gas_fee_wei", "a number of wei", DEFAULT_MAX_GAS_FEE).await
}

/// The contracts whose requests are served.
///
/// # Errors
/// [`Error::Config`] if one of them is no address, or there is none: whoever serves nobody would pass over what is asked.
pub async fn consumers(platform: &impl Platform) -> Result<Vec<Address>> {
    const NAME: &str = "consumers";
    let wrong = || Error::Config { name: NAME, reason: "is not a comma-separated list of addresses".into() };
    let list = required(platform, NAME).await?;
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let consumers = entries.map(|entry| entry.parse().map_err(|_| wrong())).collect::<Result<Vec<_>, _>>()?;
    if consumers.is_empty() { Err(wrong().into()) } else { Ok(consumers) }
}

/// The contracts that events may come from.
///
/// # Errors
/// As [`chain_id`], [`hub`] and [`consumers`].
pub async fn served(platform: &impl Platform) -> Result<Served> {
    Ok(Served { chain_id: chain_id(platform).await?, hub: hub(platform).await?, consumers: consumers(platform).await? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, block_on};

    #[test]
    fn requests_go_to_the_settings_hosts_and_nowhere_else() {
        let platform = Memory::default().with("rpc_url", "https://node.example:8545/").with("kubo_url", "");
        let allows = |url: &str| block_on(is_allowed(&platform, url)).expect("settings");
        for url in ["https://node.example:8545", "https://node.example:8545/", "https://node.example:8545/v2/key?a=b"] {
            assert!(allows(url), "{url}");
        }
        for url in [
            "",
            "/v2",
            "http://node.example:8545/",
            "https://node.example/",
            "https://node.example:85451/",
            "https://node.example:8545@elsewhere.example/",
            "https://node.example:8545.elsewhere.example/",
            "https://elsewhere.example/?https://node.example:8545/",
        ] {
            assert!(!allows(url), "{url}");
        }
    }

    #[test]
    fn spin_allows_the_same_hosts() {
        let manifest = include_str!("../../../spin.toml");
        let lists = manifest.split("allowed_outbound_hosts = [").skip(1).filter_map(|rest| rest.split_once(']'));
        let entries = lists.flat_map(|(list, _)| list.split(',').map(|entry| entry.trim().trim_matches('"')));
        let names = entries.filter_map(|entry| entry.strip_prefix("{{ ")?.strip_suffix(" }}"));
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names.dedup();
        let mut hosts = HOSTS;
        hosts.sort_unstable();
        assert_eq!(names, hosts, "config::HOSTS and the lists in spin.toml");
    }
}
