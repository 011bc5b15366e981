//! The local stack: a chain with the contracts on it, the functions in the host, a content store, a provider of
//! webhooks, a timer for `sweep`, a watcher of bonded answers, and the page.

pub mod accounts;
mod anvil;
mod challenger;
mod child;
mod content_store;
pub mod deploy;
mod folder;
mod functions;
mod options;
mod page;
mod provider;
pub mod register;
pub mod renderer;
mod server;

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;

use alloy_primitives::U256;
use tokio::task::JoinHandle;
use verdigris_core::abi::IModelRegistry::Task;

use crate::chain::Chain;
use crate::error::CliError;
use crate::place::{Endpoints, Found};
use child::{Child, Kept};
use deploy::{Deployment, Plan, Standing};
use functions::{Addresses, Secrets};
pub use options::Options;
use register::Version;
use renderer::Head;

/// Seconds in which an answer can be challenged here, where everybody is quick and nobody wants to wait.
const WINDOW: u64 = 3;

/// A running stack.
pub struct Stack {
    /// Where its parts are.
    pub endpoints: Endpoints,
    chain: Chain,
    anvil: Child,
    kept: Vec<Kept>,
    tasks: Vec<JoinHandle<()>>,
    state_dir: PathBuf,
    /// Keeps the state's folder from other stacks.
    _lock: File,
}

impl Stack {
    /// Starts everything; `say` gets a line for every part that runs.
    pub async fn start(options: &Options, say: impl Fn(&str)) -> Result<Self, CliError> {
        let site = Site::clear(options)?;
        let port = site.port("--rpc-port", options.rpc_port)?;
        let (anvil, chain, rpc_url) = anvil::start(&site.root, port, &site.state_dir).await?;
        say(&format!("chain        {rpc_url}"));
        let deployment = deploy_locally(&chain, &site).await?;
        anvil::tick(&chain, options.block_seconds * 1000).await?;
        say(&format!("collection   {} (hub {}, registry {})", deployment.art, deployment.hub, deployment.registry));

        let (store, gateway) = site.serve_content().await?;
        say(&format!("content      {gateway}/ipfs/…"));
        let secrets = Secrets::draw(options.signing_key.clone(), options.sweep_token.clone())?;
        let (functions, addresses) = site.start_functions(&deployment, &secrets, &rpc_url, &gateway).await?;
        say(&match &addresses.metrics {
            Some(metrics) => format!("functions    {} (metrics {metrics})", addresses.functions),
            None => format!("functions    {} (told by {}/dev.vars)", addresses.functions, site.state_dir.display()),
        });
        let mut kept = Vec::from_iter(functions);
        if !options.no_watch {
            kept.push(challenger::keep(&deployment, &rpc_url, &gateway, &site.state_dir)?);
            say(&format!(
                "watcher      {} (log {}/watcher.log)",
                accounts::challenger().address(),
                site.state_dir.display()
            ));
        }

        let (page, endpoints) = site.serve_page(&deployment, rpc_url, gateway, addresses).await?;
        say(&format!("page         {}", endpoints.page));
        let mut tasks = vec![store, page];
        if !options.no_provider {
            tasks.extend(provide(&chain, &endpoints, secrets, &deployment, options.sweep_seconds));
        }
        endpoints.write(&site.state_dir)?;
        Ok(Self { endpoints, chain, anvil, kept, tasks, state_dir: site.state_dir, _lock: site.lock })
    }

    /// The stack's collection.
    pub fn place(&self) -> Found {
        Found { chain: self.chain.clone(), art: self.endpoints.art }
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
        for kept in self.kept {
            kept.stop().await;
        }
        self.anvil.stop().await;
    }
}

/// Where a stack is set up: its folders, and the ports that it may take.
struct Site<'a> {
    options: &'a Options,
    root: PathBuf,
    state_dir: PathBuf,
    lock: File,
}

impl<'a> Site<'a> {
    /// An empty site.
    fn clear(options: &'a Options) -> Result<Self, CliError> {
        let root = std::path::absolute(&options.root).map_err(CliError::file(&options.root))?;
        let state_dir = options.state_dir.clone().unwrap_or_else(|| root.join(".verdigris/stack"));
        let lock = folder::take(&state_dir)?;
        Ok(Self { options, root, state_dir, lock })
    }

    /// `wanted`, if nobody listens there; any free port if that is the choice.
    fn port(&self, flag: &str, wanted: u16) -> Result<u16, CliError> {
        let wanted = if self.options.any_ports { 0 } else { wanted };
        TcpListener::bind(("127.0.0.1", wanted))
            .and_then(|listener| listener.local_addr())
            .map(|address| address.port())
            .map_err(|error| port_taken(flag, wanted, &error))
    }

    async fn listen(&self, flag: &str, wanted: u16) -> Result<(tokio::net::TcpListener, String), CliError> {
        let wanted = if self.options.any_ports { 0 } else { wanted };
        let (listener, address) = server::bind(wanted).await.map_err(|error| port_taken(flag, wanted, &error))?;
        Ok((listener, format!("http://{address}")))
    }

    async fn serve_content(&self) -> Result<(JoinHandle<()>, String), CliError> {
        let (listener, gateway) = self.listen("--gateway-port", self.options.gateway_port).await?;
        let folder = self.state_dir.join("content");
        let store = content_store::ContentStore::open(folder).map_err(CliError::file(&self.state_dir))?;
        Ok((server::serve(listener, move |request| store.clone().handle(request)), gateway))
    }

    async fn start_functions(
        &self,
        deployment: &Deployment,
        secrets: &Secrets,
        rpc_url: &str,
        gateway: &str,
    ) -> Result<(Option<Kept>, Addresses), CliError> {
        let instead = |other: &Option<String>, own: &str| other.clone().unwrap_or_else(|| own.to_owned());
        let settings = functions::Settings {
            root: self.root.clone(),
            state_dir: self.state_dir.clone(),
            port: match self.options.functions_at {
                Some(_) => 0,
                None => self.port("--functions-port", self.options.functions_port)?,
            },
            rpc_url: instead(&self.options.functions_rpc_url, rpc_url),
            kubo_url: instead(&self.options.functions_kubo_url, gateway),
            deployment: deployment.clone(),
            consumers: self.options.consumers.clone(),
            max_fee: self.options.terms.fee,
            secrets: secrets.clone(),
        };
        if let Some(url) = &self.options.functions_at {
            functions::write_down(&settings)?;
            return Ok((None, Addresses { functions: url.trim_end_matches('/').to_owned(), metrics: None }));
        }
        functions::keep(settings).await.map(|(kept, addresses)| (Some(kept), addresses))
    }

    async fn serve_page(
        &self,
        deployment: &Deployment,
        rpc_url: String,
        gateway: String,
        addresses: Addresses,
    ) -> Result<(JoinHandle<()>, Endpoints), CliError> {
        let (listener, page) = self.listen("--page-port", self.options.page_port).await?;
        let endpoints = Endpoints {
            chain_id: deployment.chain_id,
            rpc_url,
            functions: addresses.functions,
            gateway,
            page,
            metrics: addresses.metrics,
            registry: deployment.registry,
            executor: deployment.executor,
            hub: deployment.hub,
            art: deployment.art,
        };
        let files = page::Page::new(self.root.join("web/dist"), &endpoints)?;
        Ok((server::serve(listener, move |request| files.clone().handle(request)), endpoints))
    }
}

fn port_taken(flag: &str, port: u16, error: &std::io::Error) -> CliError {
    CliError::Stack(format!("port {port} is not to be had ({error}); choose another with {flag}, or --any-ports"))
}

/// Starts what a provider and a platform do elsewhere: webhooks of the chain's logs, and a timer for `sweep`.
fn provide(
    chain: &Chain,
    endpoints: &Endpoints,
    secrets: Secrets,
    deployment: &Deployment,
    sweep_seconds: u64,
) -> [JoinHandle<()>; 2] {
    let provider = provider::Provider {
        chain: chain.clone(),
        contracts: vec![deployment.hub, deployment.art],
        endpoint: format!("{}/webhooks/alchemy", endpoints.functions),
        signing_key: secrets.alchemy_signing_key,
    };
    let sweep = format!("{}/sweep", endpoints.functions);
    [
        tokio::spawn(provider.run(deployment.start_block)),
        tokio::spawn(functions::sweep_every(sweep_seconds, sweep, secrets.sweep_token)),
    ]
}

/// Puts the art model and the contracts on the local chain.
async fn deploy_locally(chain: &Chain, site: &Site<'_>) -> Result<Deployment, CliError> {
    let onnx = site.root.join("models/atlas/atlas.onnx");
    let form = verdigris_model::atlas().to_bytes();
    let version = Version::new(Task::Picture, form, (&onnx, Some(&onnx)), accounts::attester().address(), None)?;
    let mut terms = site.options.terms.clone();
    terms.stake.get_or_insert(U256::from(10).pow(U256::from(19)));
    let plan = Plan {
        artifacts: &site.root.join("contracts/out"),
        head: Some(Head::read(&site.root.join(renderer::FOLDER))?),
        version,
        collection: site.options.collection.clone(),
        window: terms.window.unwrap_or(WINDOW),
        terms,
        standing: Standing::default(),
    };
    deploy::deploy(chain, &accounts::deployer(), &accounts::sender(), &plan, |_| ()).await
}
