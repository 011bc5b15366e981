//! The local stack: a chain with the contracts on it, the functions in the host, a content store, a provider of
//! webhooks, a timer for `sweep`, and the page.

pub mod accounts;
mod anvil;
mod child;
mod content_store;
pub mod deploy;
mod functions;
mod page;
mod server;
mod watcher;

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use alloy_primitives::keccak256;
use tokio::task::JoinHandle;

use crate::chain::Chain;
use crate::error::CliError;
use crate::place::{Endpoints, Found};
use child::Child;
use deploy::{Collection, Deployment, Plan};

/// What to start, and where.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The checkout: where spin.toml, contracts/out, web/dist and node_modules lie
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
    /// JSON-RPC that the functions use instead of the chain's own, for tests that stand in between
    #[arg(long, hide = true)]
    pub functions_rpc_url: Option<String>,
    /// Kubo RPC that the functions use instead of the local content store's, for tests that stand in between
    #[arg(long, hide = true)]
    pub functions_kubo_url: Option<String>,
    /// Signing key of the webhooks, for tests that send their own [default: drawn at random]
    #[arg(long, hide = true)]
    pub signing_key: Option<String>,
    /// Neither webhooks nor sweeps, for tests that send their own
    #[arg(long, hide = true)]
    pub no_provider: bool,
    #[command(flatten)]
    pub collection: Collection,
}

/// A running stack.
pub struct Stack {
    /// Where its parts are.
    pub endpoints: Endpoints,
    chain: Chain,
    anvil: Child,
    functions: functions::Functions,
    tasks: Vec<JoinHandle<()>>,
    state_dir: PathBuf,
}

impl Stack {
    /// Starts everything; `say` gets a line for every part that runs.
    pub async fn start(options: &Options, say: impl Fn(&str)) -> Result<Self, CliError> {
        let root = std::path::absolute(&options.root).map_err(CliError::file(&options.root))?;
        let state_dir = options.state_dir.clone().unwrap_or_else(|| root.join(".verdigris/stack"));
        empty(&state_dir)?;
        let port = |flag: &str, wanted: u16| free_port(flag, if options.any_ports { 0 } else { wanted });
        let (anvil, chain, rpc_url) = anvil::start(&root, port("--rpc-port", options.rpc_port)?, &state_dir).await?;
        say(&format!("chain        {rpc_url}"));
        let deployment = deploy_locally(&chain, &root, &options.collection).await?;
        anvil::tick(&chain, options.block_seconds * 1000).await?;
        say(&format!("collection   {} (hub {}, registry {})", deployment.art, deployment.hub, deployment.registry));

        let (listener, address) = listen("--gateway-port", port("--gateway-port", options.gateway_port)?).await?;
        let gateway = format!("http://{address}");
        let store = content_store::ContentStore::open(state_dir.join("content")).map_err(CliError::file(&state_dir))?;
        let mut tasks = vec![server::serve(listener, move |request| store.clone().handle(request))];
        say(&format!("content      {gateway}/ipfs/…"));

        let secrets = functions::Secrets::draw(options.signing_key.clone())?;
        let settings = functions::Settings {
            root: root.clone(),
            state_dir: state_dir.clone(),
            port: port("--functions-port", options.functions_port)?,
            rpc_url: options.functions_rpc_url.clone().unwrap_or_else(|| rpc_url.clone()),
            kubo_url: options.functions_kubo_url.clone().unwrap_or_else(|| gateway.clone()),
            deployment: deployment.clone(),
            secrets: secrets.clone(),
        };
        let (functions, addresses) = functions::Functions::start(settings).await?;
        say(&format!("functions    {} (metrics {})", addresses.functions, addresses.metrics));

        let (listener, address) = listen("--page-port", port("--page-port", options.page_port)?).await?;
        let endpoints = Endpoints {
            chain_id: deployment.chain_id,
            rpc_url,
            functions: addresses.functions,
            gateway,
            page: format!("http://{address}"),
            metrics: addresses.metrics,
            registry: deployment.registry,
            hub: deployment.hub,
            art: deployment.art,
        };
        let page = page::Page::new(root.join("web/dist"), &endpoints)?;
        tasks.push(server::serve(listener, move |request| page.clone().handle(request)));
        say(&format!("page         {}", endpoints.page));

        if !options.no_provider {
            tasks.extend(provide(&chain, &endpoints, secrets, &deployment, options.sweep_seconds));
        }
        endpoints.write(&state_dir)?;
        Ok(Self { endpoints, chain, anvil, functions, tasks, state_dir })
    }

    /// The stack's collection.
    pub fn place(&self) -> Found {
        Found { chain: self.chain.clone(), art: self.endpoints.art, gateway: self.endpoints.gateway.clone() }
    }

    /// Waits until the chain ends, without which nothing can go on, and says how.
    pub async fn broken(&mut self) -> String {
        self.anvil.ended().await
    }

    /// Ends everything, in order.
    pub async fn stop(self) {
        Endpoints::remove(&self.state_dir);
        for task in &self.tasks {
            task.abort();
        }
        self.functions.stop().await;
        self.anvil.stop().await;
    }
}

/// Starts what a provider and a platform do elsewhere: webhooks of the chain's logs, and a timer for `sweep`.
fn provide(
    chain: &Chain,
    endpoints: &Endpoints,
    secrets: functions::Secrets,
    deployment: &Deployment,
    sweep_seconds: u64,
) -> [JoinHandle<()>; 2] {
    let watcher = watcher::Watcher {
        chain: chain.clone(),
        contracts: vec![deployment.hub, deployment.art],
        endpoint: format!("{}/webhooks/alchemy", endpoints.functions),
        signing_key: secrets.alchemy_signing_key,
    };
    let sweep = format!("{}/sweep", endpoints.functions);
    [
        tokio::spawn(watcher.run(deployment.start_block)),
        tokio::spawn(functions::sweep_every(sweep_seconds, sweep, secrets.sweep_token)),
    ]
}

/// Puts the genesis model and the contracts on the local chain.
async fn deploy_locally(chain: &Chain, root: &Path, collection: &Collection) -> Result<Deployment, CliError> {
    let onnx = root.join("models/genesis/genesis.onnx");
    let onnx_hash = keccak256(std::fs::read(&onnx).map_err(CliError::file(&onnx))?);
    let plan = Plan {
        artifacts: &root.join("contracts/out"),
        canonical_form: &verdigris_model::genesis().to_bytes(),
        onnx_hash,
        attestation_key: accounts::attester().address(),
        manifest_uri: "",
        collection: collection.clone(),
    };
    deploy::deploy(chain, &accounts::deployer(), &plan).await
}

/// Marks a folder as one that a stack made, and may empty.
const MARK: &str = "made-by-verdigris-up";

/// An empty folder for the stack's state. Nothing is removed but what an earlier stack left there.
fn empty(folder: &Path) -> Result<(), CliError> {
    let is_empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty && !folder.join(MARK).exists() {
        let folder = folder.display();
        return Err(CliError::Argument(format!(
            "{folder} holds something else than a stack's state; name another --state-dir"
        )));
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(CliError::file(folder))?;
    }
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join(MARK), "")).map_err(CliError::file(folder))
}

/// `wanted`, if nobody listens there; any free port for 0.
fn free_port(flag: &str, wanted: u16) -> Result<u16, CliError> {
    TcpListener::bind(("127.0.0.1", wanted))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| {
            CliError::Stack(format!(
                "port {wanted} is not to be had ({error}); choose another with {flag}, or --any-ports"
            ))
        })
}

async fn listen(flag: &str, port: u16) -> Result<(tokio::net::TcpListener, std::net::SocketAddr), CliError> {
    server::bind(port)
        .await
        .map_err(|error| CliError::Stack(format!("port {port} is not to be had ({error}); choose another with {flag}")))
}
