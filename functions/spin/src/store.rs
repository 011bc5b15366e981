//! Spin's key-value store. Counters go through the atomic increment of wasi:keyvalue, the one operation of it that
//! every Spin backend does atomically; they live beside the other keys under the same store.

use spin_sdk::experimental::wasi::keyvalue::{atomics, store as buckets};
use spin_sdk::key_value::Store;
use verdigris_core::platform::PlatformError;

/// The label of the store that `spin.toml` grants.
const LABEL: &str = "default";

fn failed(error: impl std::fmt::Debug) -> PlatformError {
    PlatformError::Store(format!("{error:?}"))
}

pub async fn get(key: &str) -> Result<Option<Vec<u8>>, PlatformError> {
    Store::open(LABEL).await.map_err(failed)?.get(key).await.map_err(failed)
}

pub async fn set(key: &str, value: &[u8]) -> Result<(), PlatformError> {
    Store::open(LABEL).await.map_err(failed)?.set(key, value).await.map_err(failed)
}

pub async fn delete(key: &str) -> Result<(), PlatformError> {
    Store::open(LABEL).await.map_err(failed)?.delete(key).await.map_err(failed)
}

pub fn increment(key: &str, delta: i64) -> Result<i64, PlatformError> {
    let bucket = buckets::open(LABEL).map_err(failed)?;
    atomics::increment(&bucket, key, delta).map_err(failed)
}
