//! Settings: variables and secrets of the Worker, then the KV namespace.
//!
//! A setting is named in upper case among variables and secrets (`RPC_URL`), in lower case in KV (`rpc_url`). KV is for
//! what one wants to change without a deployment and may take a minute to be seen everywhere; it never holds a secret,
//! since whoever may write to it could then choose who signs.

use std::cell::RefCell;
use std::collections::BTreeMap;

use verdigris_core::platform::PlatformError;
use verdigris_edge_base::variable;
use worker::Env;

/// The KV namespace's binding. It may be missing.
const NAMESPACE: &str = "SETTINGS";
/// How long a value of KV may be served from a cache, in seconds; the least that there is.
const CACHED_S: u64 = 60;
/// What may be in KV. The rest is the deployment's alone: the chain, keys, tokens, and where requests go.
const IN_KV: [&str; 5] = ["consumers", "max_fee_wei", "max_gas_fee_wei", "pin_quorum", "pinners"];

/// Settings, each read once.
#[derive(Default)]
pub(crate) struct Settings(RefCell<BTreeMap<String, Option<String>>>);

impl Settings {
    /// A setting; `None` if it is missing or empty.
    pub(crate) async fn get(&self, env: &Env, name: &str) -> Result<Option<String>, PlatformError> {
        if let Some(known) = self.0.borrow().get(name) {
            return Ok(known.clone());
        }
        let value = read(env, name).await?.filter(|value| !value.is_empty());
        self.0.borrow_mut().insert(name.into(), value.clone());
        Ok(value)
    }
}

async fn read(env: &Env, name: &str) -> Result<Option<String>, PlatformError> {
    if let Some(own) = variable(env, name) {
        return Ok(Some(own));
    }
    let Some(namespace) = env.kv(NAMESPACE).ok().filter(|_| IN_KV.contains(&name)) else { return Ok(None) };
    let value = namespace.get(name).cache_ttl(CACHED_S).text().await;
    value.map_err(|error| PlatformError::Config { name: name.into(), reason: error.to_string() })
}
