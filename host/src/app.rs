//! An application, made ready from its manifest.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use thiserror::Error;
use tokio::task::JoinError;
use tracing::{info, warn};
use verdigris_engine::{Body, Call, CompileCache, Engine, Limits, LoadError, Loaded, Reach};

use crate::components::{Components, milliseconds};
use crate::headers;
use crate::key_value::{Database, DatabaseError};
use crate::manifest::{Component as ComponentTable, Manifest, ManifestError, Route, Variables, VariablesError};
use crate::metrics::Metrics;
use crate::outbound::{AllowError, AllowedHosts, Client, ClientError, Outlet};
use crate::problem::Problem;
use crate::routes::{RouteError, Router};
use crate::upload::Upload;

/// Why an application can't start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Its variables.
    #[error(transparent)]
    Variables(#[from] VariablesError),
    /// Its routes.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A component's allowed hosts.
    #[error("[component.{component}] {reason}")]
    Allow {
        /// The component's id.
        component: String,
        /// What is wrong.
        reason: AllowError,
    },
    /// The key-value store.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The HTTP client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A component.
    #[error("[component.{component}] {reason}")]
    Load {
        /// The component's id.
        component: String,
        /// What is wrong.
        reason: LoadError,
    },
    /// wasmtime.
    #[error(transparent)]
    Engine(LoadError),
    /// The folder for compiled components.
    #[error("the cache folder {path}: {reason}")]
    Cache {
        /// The folder.
        path: std::path::PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// A thread that loaded a component panicked.
    #[error("loading a component ended early: {0}")]
    Ended(#[from] JoinError),
}

/// How an application is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What each component's requests are bounded by.
    pub limits: Limits,
    /// How long a request from outside waits for a place.
    pub patience: Duration,
    /// The largest request body, in bytes.
    pub body_bytes: u64,
    /// Certificates of further authorities for outgoing TLS.
    pub certificates: Option<std::path::PathBuf>,
    /// The value of required variables that nobody gives. Without it they stop the start.
    pub placeholder: Option<String>,
}

/// A running application.
pub struct App {
    engine: Arc<Engine>,
    router: Router,
    components: Arc<Components>,
    metrics: Arc<Metrics>,
    settings: Settings,
    /// How each component was loaded, by id: from the cache or not, and in what time.
    pub loaded: Vec<(String, bool, Duration)>,
}

impl App {
    /// Reads the manifest and makes everything ready that it names.
    ///
    /// # Errors
    /// Says what of the manifest, the environment or the machine stands against it.
    pub async fn start(manifest: &Path, state: &Path, cache: &Path, settings: Settings) -> Result<Self, StartError> {
        let manifest = Manifest::read(manifest)?;
        let variables =
            Variables::resolve(&manifest, |name| std::env::var(name).ok(), settings.placeholder.as_deref())?;
        let router = router(&manifest)?;
        let metrics = Arc::new(Metrics::new());
        let client = Client::new(settings.limits.request_time, settings.certificates.as_deref())?;
        let components = Arc::new(Components::new(settings.limits.clone(), Arc::clone(&metrics)));
        let database = Database::open(state, Arc::clone(&metrics))?;
        let mut reaches = Vec::new();
        for (id, table) in reachable(&manifest) {
            let allowed = allowed(id, table, &variables)?;
            let outlet = Outlet::new(id, allowed, &client, &components, &metrics);
            let reach = reach(id, table, &variables, &database, outlet, &metrics)?;
            reaches.push((id.to_owned(), table.source.clone(), reach));
        }
        let cache = CompileCache::open(cache).map_err(|reason| StartError::Cache { path: cache.to_owned(), reason })?;
        let engine = Engine::new(settings.limits.clone(), reaches.len()).map(Arc::new).map_err(StartError::Engine)?;
        let ready = load(&engine, &cache, reaches).await?;
        let mut loaded = Vec::new();
        let mut by_id = HashMap::new();
        for (id, made) in ready {
            info!(component = id, cached = made.cached, ms = milliseconds(made.took), "a component is ready");
            loaded.push((id.clone(), made.cached, made.took));
            by_id.insert(id, made.component);
        }
        components.fill(by_id);
        Ok(Self { engine, router, components, metrics, settings, loaded })
    }

    /// The application's counters.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The application's components.
    pub fn components(&self) -> &Components {
        &self.components
    }

    /// Resolves as soon as no component has anything to do.
    pub async fn idle(&self) {
        self.engine.idle().await;
    }

    /// Answers a request from outside, which came from `client` to the address `here`.
    pub async fn answer(&self, request: Request<Incoming>, client: SocketAddr, here: SocketAddr) -> Response<Body> {
        match self.admit(request, here) {
            Ok(request) => self.route(request, client).await,
            Err(problem) => self.refuse(problem),
        }
    }

    /// Finds the component for a request with an absolute URI, and gives it the request.
    pub async fn route(&self, mut request: Request<Body>, client: SocketAddr) -> Response<Body> {
        let url = request.uri().clone();
        let Some(found) = self.router.find(url.path()) else {
            return self.refuse(Problem::NoRoute);
        };
        headers::describe(request.headers_mut(), &url, &found, client);
        let call = Call { depth: 0, patience: self.settings.patience };
        self.components.serve(found.component, request, call).await
    }

    fn refuse(&self, problem: Problem) -> Response<Body> {
        self.metrics.rejected(problem.reason());
        problem.response()
    }

    /// Makes the URI absolute and bounds the body.
    fn admit(&self, request: Request<Incoming>, here: SocketAddr) -> Result<Request<Body>, Problem> {
        let (mut head, body) = request.into_parts();
        let body = Upload::new(&head.headers, body, self.settings.body_bytes);
        if body.is_too_large() {
            return Err(Problem::TooLarge);
        }
        head.uri = absolute(&head.uri, head.headers.get(HOST), here)?;
        Ok(Request::from_parts(head, body.boxed_unsync()))
    }
}

/// The request's URL as the client meant it.
fn absolute(target: &Uri, host: Option<&http::HeaderValue>, here: SocketAddr) -> Result<Uri, Problem> {
    const HOST_WRONG: Problem = Problem::BadRequest("The Host header is malformed.");
    let path = target
        .path_and_query()
        .filter(|path| path.as_str().starts_with('/'))
        .cloned()
        .ok_or(Problem::BadRequest("The request's target is not a path."))?;
    let authority = match (target.authority(), host) {
        (Some(authority), _) => authority.clone(),
        (None, Some(host)) => Authority::try_from(host.as_bytes()).map_err(|_| HOST_WRONG)?,
        (None, None) => Authority::try_from(here.to_string()).map_err(|_| HOST_WRONG)?,
    };
    if authority.as_str().contains('@') {
        return Err(HOST_WRONG);
    }
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    parts.path_and_query = Some::<PathAndQuery>(path);
    Uri::from_parts(parts).map_err(|_| HOST_WRONG)
}

fn router(manifest: &Manifest) -> Result<Router, RouteError> {
    Router::new(manifest.triggers().iter().filter_map(|trigger| match &trigger.route {
        Route::Path(path) => Some((path.as_str(), trigger.component.as_str())),
        Route::Private(_) => None,
    }))
}

/// The components that a trigger names; the others could never be reached.
fn reachable(manifest: &Manifest) -> impl Iterator<Item = (&str, &ComponentTable)> {
    manifest.component.iter().filter_map(|(id, table)| {
        let named = manifest.triggers().iter().any(|trigger| trigger.component == *id);
        if !named {
            warn!(component = id, "no [[trigger.http]] names this component; it is left out");
        }
        named.then_some((id.as_str(), table))
    })
}

fn allowed(id: &str, table: &ComponentTable, variables: &Variables) -> Result<AllowedHosts, StartError> {
    let mut entries = Vec::new();
    for template in &table.allowed_outbound_hosts {
        let entry = variables.fill(id, "allowed_outbound_hosts", template)?;
        if entry.is_empty() && !template.is_empty() {
            // Spin starts, and then refuses all that the component sends.
            warn!(
                component = id,
                entry = template,
                "an entry of allowed_outbound_hosts is empty, which Spin does not accept; give its variable a value"
            );
        } else {
            entries.push(entry);
        }
    }
    AllowedHosts::parse(entries.iter().map(String::as_str))
        .map_err(|reason| StartError::Allow { component: id.to_owned(), reason })
}

fn reach(
    id: &str,
    table: &ComponentTable,
    variables: &Variables,
    database: &Database,
    outlet: Outlet,
    metrics: &Metrics,
) -> Result<Reach, StartError> {
    let instantiations = metrics.instantiations(id);
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let per_core = table.tool.host.requests_per_core;
    Ok(Reach {
        name: id.to_owned(),
        concurrent_requests: per_core.map(|per_core| usize::from(per_core.get()) * cores),
        environment: table.environment.clone().into_iter().collect(),
        variables: variables.of(id, table)?.into_iter().collect(),
        stores: table.key_value_stores.iter().map(|label| (label.clone(), database.store(label))).collect(),
        outbound: Arc::new(outlet),
        on_instantiated: Box::new(move |took| instantiations.observe(took.as_secs_f64())),
    })
}

type Reaches = Vec<(String, std::path::PathBuf, Reach)>;

/// Loads all components at the same time.
async fn load(
    engine: &Arc<Engine>,
    cache: &CompileCache,
    reaches: Reaches,
) -> Result<Vec<(String, Loaded)>, StartError> {
    let started = Instant::now();
    let tasks: Vec<_> = reaches
        .into_iter()
        .map(|(id, source, reach)| {
            let (engine, cache) = (Arc::clone(engine), cache.clone());
            tokio::task::spawn_blocking(move || match engine.load(&source, &cache, reach) {
                Ok(loaded) => Ok((id, loaded)),
                Err(reason) => Err(StartError::Load { component: id, reason }),
            })
        })
        .collect();
    let mut loaded = Vec::new();
    for task in tasks {
        loaded.push(task.await??);
    }
    info!(components = loaded.len(), ms = milliseconds(started.elapsed()), "all components are ready");
    Ok(loaded)
}
