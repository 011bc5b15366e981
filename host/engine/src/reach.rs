//! What a component can reach outside its own memory, as the embedder provides it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};

use crate::{Body, HttpError, RequestOptions};

/// The result of a key-value operation; the error is a sentence for the guest.
pub type KeyValueResult<T> = BoxFuture<'static, Result<T, String>>;

/// Identifies one write of one key; a later write of the same key has another revision.
pub type Revision = i64;

/// A key's value at a moment, for compare-and-swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The value, if the key was there.
    pub value: Option<Vec<u8>>,
    /// The write that made it, if the key was there.
    pub revision: Option<Revision>,
}

/// One key-value store. Every operation is atomic and durable when its future resolves.
pub trait KeyValue: Send + Sync {
    /// The value at `key`.
    fn get(&self, key: String) -> KeyValueResult<Option<Vec<u8>>>;
    /// Writes `value` at `key`.
    fn set(&self, key: String, value: Vec<u8>) -> KeyValueResult<()>;
    /// Removes `key`; not an error if it is not there.
    fn delete(&self, key: String) -> KeyValueResult<()>;
    /// Whether `key` is there.
    fn exists(&self, key: String) -> KeyValueResult<bool>;
    /// At most `limit` keys in byte order, from the first one after `after`.
    fn keys(&self, after: Option<String>, limit: usize) -> KeyValueResult<Vec<String>>;
    /// Adds `delta` to the counter at `key` (0 if absent) and gives the sum. The counter is
    /// kept as Spin's SQLite store keeps it: an `i64`, eight bytes, little-endian.
    fn increment(&self, key: String, delta: i64) -> KeyValueResult<i64>;
    /// The value at `key` with its revision.
    fn snapshot(&self, key: String) -> KeyValueResult<Snapshot>;
    /// Writes `value` if `key` is still at `revision` (`None`: still absent); says whether it did.
    fn swap(&self, key: String, revision: Option<Revision>, value: Vec<u8>) -> KeyValueResult<bool>;
}

/// Sends a component's outgoing requests, or refuses them.
pub trait Outbound: Send + Sync {
    /// Sends `request` on behalf of a request that is itself nested in `depth` chained calls.
    fn send(
        &self,
        request: Request<Body>,
        options: RequestOptions,
        depth: u8,
    ) -> BoxFuture<'static, Result<Response<Body>, HttpError>>;
}

/// All that one component can reach.
pub struct Reach {
    /// The component's name, for logs.
    pub name: String,
    /// Requests that it serves at the same time, if fewer than the limits allow.
    pub concurrent_requests: Option<usize>,
    /// Environment variables (`wasi:cli/environment`).
    pub environment: Vec<(String, String)>,
    /// Spin variables by name; a name that is not here is undefined for the component.
    pub variables: HashMap<String, String>,
    /// Key-value stores by label.
    pub stores: HashMap<String, Arc<dyn KeyValue>>,
    /// Where outgoing requests go.
    pub outbound: Arc<dyn Outbound>,
    /// Told how long each new instance took to make.
    pub on_instantiated: Box<dyn Fn(Duration) + Send + Sync>,
}
