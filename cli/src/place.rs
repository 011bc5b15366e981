//! Where a collection is: its chain, its contract, its gateway. Taken from flags, or from the running local stack.

use std::path::{Path, PathBuf};

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use verdigris_core::abi::ISeedArt;

use crate::chain::Chain;
use crate::error::CliError;

/// What a running stack writes down for other commands (and for the page, as `config.json`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// The chain's id.
    pub chain_id: u64,
    /// JSON-RPC of the chain.
    pub rpc_url: String,
    /// Where the functions answer.
    pub functions: String,
    /// The IPFS gateway.
    pub gateway: String,
    /// The page.
    pub page: String,
    /// Prometheus metrics of the host, if it was started along.
    pub metrics: Option<String>,
    /// Address of the `ModelRegistry`.
    pub registry: Address,
    /// Address of the `Executor`, which runs models inside the chain.
    pub executor: Address,
    /// Address of the `InferenceHub`.
    pub hub: Address,
    /// Address of the `SeedArt` collection.
    pub art: Address,
}

/// Flags that say where chain and gateways are.
#[derive(Debug, Clone, clap::Args)]
pub struct Site {
    /// JSON-RPC of the chain [default: the running local stack's]
    #[arg(long)]
    rpc_url: Option<String>,
    /// IPFS gateway, for pinned content; may be given several times [default: the running local stack's]
    #[arg(long = "gateway", value_name = "GATEWAY")]
    gateways: Vec<String>,
    /// Folder where the local stack keeps its state
    #[arg(long, default_value = ".verdigris/stack")]
    state_dir: PathBuf,
}

/// Flags that say where a collection is.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    #[command(flatten)]
    site: Site,
    /// Address of the collection [default: the running local stack's]
    #[arg(long)]
    art: Option<Address>,
}

/// A collection that can be asked.
pub struct Found {
    /// Its chain.
    pub chain: Chain,
    /// Its contract.
    pub art: Address,
}

impl Site {
    /// What a flag gave, or else what the running local stack has in its place.
    pub fn or_stack<T>(&self, flag: &str, given: Option<T>, of: impl FnOnce(Endpoints) -> T) -> Result<T, CliError> {
        given.map_or_else(
            || {
                Endpoints::read(&self.state_dir).map(of).map_err(|error| {
                    CliError::Argument(format!(
                        "no {flag} was given, and no local stack is running here ({error}); start one with `cargo xtask up`"
                    ))
                })
            },
            Ok,
        )
    }

    /// The chain.
    pub fn chain(&self) -> Result<Chain, CliError> {
        self.or_stack("--rpc-url", self.rpc_url.clone(), |stack| stack.rpc_url).map(|url| Chain::at(&url))
    }

    /// The gateways, without a slash at the end; at least one.
    pub fn gateways(&self) -> Result<Vec<String>, CliError> {
        let given = (!self.gateways.is_empty()).then(|| self.gateways.clone());
        let gateways = self.or_stack("--gateway", given, |stack| vec![stack.gateway])?;
        Ok(gateways.iter().map(|gateway| gateway.trim_end_matches('/').to_owned()).collect())
    }
}

impl Found {
    /// The hub that the collection asks.
    pub async fn hub(&self) -> Result<Address, CliError> {
        self.chain.read(self.art, &ISeedArt::hubCall {}).await
    }
}

impl Place {
    /// The collection that the flags, or the local stack, name.
    pub fn find(&self) -> Result<Found, CliError> {
        let art = self.site.or_stack("--art", self.art, |stack| stack.art)?;
        Ok(Found { chain: self.site.chain()?, art })
    }

    /// The first gateway. Apart from [`Self::find`], since most commands read the chain alone.
    pub fn gateway(&self) -> Result<String, CliError> {
        Ok(self.site.gateways()?.swap_remove(0))
    }
}

impl Endpoints {
    fn path(state_dir: &Path) -> PathBuf {
        state_dir.join("endpoints.json")
    }

    /// Reads what the running stack wrote.
    pub fn read(state_dir: &Path) -> Result<Self, CliError> {
        let path = Self::path(state_dir);
        let text = std::fs::read(&path).map_err(CliError::file(&path))?;
        serde_json::from_slice(&text).map_err(|error| CliError::malformed(path.display().to_string(), error))
    }

    /// Writes it for other commands; whole or not at all.
    pub fn write(&self, state_dir: &Path) -> Result<(), CliError> {
        let path = Self::path(state_dir);
        let draft = path.with_extension("part");
        let text = serde_json::to_vec_pretty(self).map_err(|error| CliError::malformed("endpoints", error))?;
        std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, &path)).map_err(CliError::file(&path))
    }

    /// Takes it away, when the stack ends.
    pub fn remove(state_dir: &Path) {
        let _ = std::fs::remove_file(Self::path(state_dir));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        place: Place,
    }

    #[test]
    fn a_gateway_is_asked_for_only_where_one_is_used() {
        let art = Address::repeat_byte(7).to_string();
        let flags = ["x", "--rpc-url", "http://127.0.0.1:1", "--art", &art, "--state-dir", "/nonexistent"];
        let place = Arguments::try_parse_from(flags).expect("flags").place;
        assert_eq!(place.find().expect("chain and collection are given").art, Address::repeat_byte(7));
        let error = place.gateway().expect_err("there is none").to_string();
        assert!(error.starts_with("no --gateway was given"), "{error}");
        let place = Arguments::try_parse_from([&flags[..], &["--gateway", "http://a/"]].concat()).expect("flags").place;
        assert_eq!(place.gateway().expect("given"), "http://a");
    }
}
