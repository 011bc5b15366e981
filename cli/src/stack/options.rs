//! What `verdigris up` starts, and where.

use std::path::PathBuf;

use alloy_primitives::Address;

use super::deploy::Collection;
use crate::level::Terms;

/// What to start, and where.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The checkout: where spin.toml, contracts/out, web/dist, web/animation/dist and node_modules lie
    #[arg(long, default_value = ".")]
    pub root: PathBuf,
    /// Folder for the stack's state, emptied at the start [default: .verdigris/stack in the checkout]
    #[arg(long)]
    pub state_dir: Option<PathBuf>,
    /// Port of the chain's JSON-RPC
    #[arg(long, default_value_t = 8545)]
    pub rpc_port: u16,
    /// Port of the functions
    #[arg(long, default_value_t = 3000)]
    pub functions_port: u16,
    /// Start no functions: others run at this address, as with `wrangler dev`. What they must be told is written into
    /// dev.vars in the state's folder
    #[arg(long, value_name = "URL")]
    pub functions_at: Option<String>,
    /// Port of the content store
    #[arg(long, default_value_t = 8080)]
    pub gateway_port: u16,
    /// Port of the page
    #[arg(long, default_value_t = 5173)]
    pub page_port: u16,
    /// Take any free ports instead
    #[arg(long)]
    pub any_ports: bool,
    /// Seconds from one block to the next
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub block_seconds: u64,
    /// Seconds from one sweep to the next
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub sweep_seconds: u64,
    /// A contract, besides the collection, whose requests are answered; may be given several times
    #[arg(long = "consumer", value_name = "ADDRESS")]
    pub consumers: Vec<Address>,
    /// Start no watcher that challenges wrong answers
    #[arg(long)]
    pub no_watch: bool,
    /// JSON-RPC that the functions use instead of the chain's own, for tests that stand in between
    #[arg(long, hide = true)]
    pub functions_rpc_url: Option<String>,
    /// Kubo RPC that the functions use instead of the local content store's, for tests that stand in between
    #[arg(long, hide = true)]
    pub functions_kubo_url: Option<String>,
    /// Signing key of the webhooks, for tests that send their own [default: drawn at random]
    #[arg(long, hide = true)]
    pub signing_key: Option<String>,
    /// Bearer token of `/sweep`, for tests that start sweeps themselves [default: drawn at random]
    #[arg(long, hide = true)]
    pub sweep_token: Option<String>,
    /// Neither webhooks nor sweeps, for tests that send their own
    #[arg(long, hide = true)]
    pub no_provider: bool,
    #[command(flatten)]
    pub collection: Collection,
    #[command(flatten)]
    pub terms: Terms,
}
