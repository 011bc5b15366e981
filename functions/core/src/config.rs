//! The deployment's settings: one chain, its hub, the contracts that are served.

use std::str::FromStr;

use alloy_primitives::{Address, U256};

use crate::error::{Error, Result};
use crate::platform::Platform;

/// The most that is paid for one picture unless the settings say otherwise: 0.01 ether.
const DEFAULT_MAX_FEE: u64 = 10_000_000_000_000_000;
/// The most that is paid for a unit of gas unless the settings say otherwise: 1,000 gwei.
const DEFAULT_MAX_GAS_FEE: u128 = 1_000_000_000_000;

/// A setting that must be there.
///
/// # Errors
/// [`Error::Config`] if it is missing or empty.
pub async fn required(platform: &impl Platform, name: &'static str) -> Result<String> {
    platform.config(name).await?.ok_or_else(|| Error::Config { name, reason: "is missing; set it".into() })
}

/// What stands for no endpoint in `spin.toml`, whose lists of hosts may have no empty entry (RFC 2606: never a host).
const UNSET: &str = "https://unset.invalid";

/// An endpoint; `None` if it is not set.
///
/// # Errors
/// If the platform's settings can't be read.
pub async fn endpoint(platform: &impl Platform, name: &'static str) -> Result<Option<String>> {
    Ok(platform.config(name).await?.filter(|url| url.trim_end_matches('/') != UNSET))
}

/// A setting in a form that can be parsed.
///
/// # Errors
/// [`Error::Config`] if it is missing or doesn't parse. The value itself stays out of the message: it may be secret.
pub async fn parsed<T: FromStr>(platform: &impl Platform, name: &'static str, form: &str) -> Result<T> {
    let text = required(platform, name).await?;
    text.trim().parse().map_err(|_| Error::Config { name, reason: format!("is not {form}") })
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
    match platform.config("max_fee_wei").await? {
        Some(_) => parsed(platform, "max_fee_wei", "a number of wei").await,
        None => Ok(U256::from(DEFAULT_MAX_FEE)),
    }
}

/// The most that is paid for a unit of gas, in wei.
///
/// # Errors
/// As [`parsed`], but for a missing one.
pub async fn max_gas_fee(platform: &impl Platform) -> Result<u128> {
    match platform.config("max_gas_fee_wei").await? {
        Some(_) => parsed(platform, "max_gas_fee_wei", "a number of wei").await,
        None => Ok(DEFAULT_MAX_GAS_FEE),
    }
}

/// The contracts whose requests are served.
///
/// # Errors
/// [`Error::Config`] if one of them is no address.
pub async fn consumers(platform: &impl Platform) -> Result<Vec<Address>> {
    let list = platform.config("consumers").await?.unwrap_or_default();
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            entry.parse().map_err(|_| Error::Config {
                name: "consumers",
                reason: "is not a comma-separated list of addresses".into(),
            })
        })
        .collect()
}
