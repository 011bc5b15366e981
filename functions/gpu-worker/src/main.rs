//! `verdigris-gpu-worker`: serves a folder of models.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use verdigris_gpu_worker::engine::{Accelerator, OnnxRuntime};
use verdigris_gpu_worker::exact::Gpu;
use verdigris_gpu_worker::jobs::{Callbacks, Jobs, Limits, Store};
use verdigris_gpu_worker::repository::{Engines, Repository};
use verdigris_gpu_worker::server::{Options, routes};

/// Serves a folder of models by the Open Inference Protocol.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The folder, in Triton's layout: `{model}/config.pbtxt`, `{model}/{version}/model.vdgn` or `model.onnx`.
    #[arg(long, env = "VERDIGRIS_MODELS")]
    models: PathBuf,
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// Part of the name of the GPU for exact networks; `none` for this CPU's own kernel. The best GPU without it.
    #[arg(long, env = "VERDIGRIS_GPU")]
    gpu: Option<String>,
    /// The library of ONNX Runtime 1.20 or newer (`libonnxruntime.so`), for ONNX files; tract runs them without it.
    #[arg(long, env = "ORT_DYLIB_PATH")]
    onnxruntime: Option<PathBuf>,
    /// What ONNX Runtime computes on.
    #[arg(long, value_enum, default_value_t)]
    accelerator: Accelerator,
    /// Threads of each ONNX file; 0 is one for each core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// What callers have to bring as bearer token; without it, anybody may call.
    #[arg(long, env = "VERDIGRIS_WORKER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Where jobs are kept; without it, none are taken.
    #[arg(long)]
    state_dir: Option<PathBuf>,
    #[command(flatten)]
    jobs: JobArguments,
    /// Most bytes of a request.
    #[arg(long, default_value_t = Options::default().body_limit)]
    body_limit: usize,
    /// Most seconds that a request may take.
    #[arg(long, default_value_t = Options::default().time_limit.as_secs())]
    time_limit: u64,
    /// Seconds from one look at the folder to the next.
    #[arg(long, default_value_t = 5)]
    reload: u64,
}

#[derive(clap::Args)]
struct JobArguments {
    /// What signs callbacks, as Standard Webhooks has it: `whsec_…`.
    #[arg(long, env = "VERDIGRIS_CALLBACK_SECRET", hide_env_values = true)]
    callback_secret: Option<String>,
    /// An origin that may be called back, such as `https://functions.example`; may be repeated.
    #[arg(long = "callback-origin", value_name = "ORIGIN")]
    callback_origins: Vec<String>,
    /// Seconds before a callback is tried a second time; each further pause is four times as long.
    #[arg(long, default_value_t = 5)]
    callback_pause: u64,
    /// How often a callback is tried.
    #[arg(long, default_value_t = 8)]
    callback_attempts: u32,
    /// Most jobs that wait.
    #[arg(long, default_value_t = 1024)]
    most_jobs: usize,
    /// Most jobs that are in work at the same time.
    #[arg(long, default_value_t = 32)]
    jobs_at_once: usize,
    /// Most seconds of a job's work.
    #[arg(long, default_value_t = 3600)]
    job_time_limit: u64,
    /// Seconds for which a job that is done is kept.
    #[arg(long, default_value_t = 7 * 24 * 3600)]
    keep_jobs: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match serve(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), String> {
    let gpu = match arguments.gpu.as_deref() {
        Some("none") => None,
        wanted => Some(Arc::new(Gpu::open(wanted).map_err(|error| format!("{error} (--gpu none does without)"))?)),
    };
    let runtime = arguments
        .onnxruntime
        .as_deref()
        .map(|library| OnnxRuntime::open(library, arguments.accelerator, arguments.threads).map(Arc::new));
    let runtime = runtime.transpose().map_err(|error| error.to_string())?;
    let repository = Arc::new(Repository::new(&arguments.models, Engines { gpu, runtime }));
    look(&repository).await?;
    tokio::spawn(watch(repository.clone(), Duration::from_secs(arguments.reload.max(1))));
    let jobs = arguments.jobs(&repository)?;
    let options = Options {
        body_limit: arguments.body_limit,
        time_limit: Duration::from_secs(arguments.time_limit),
        token: arguments.token,
    };
    let say = |error: std::io::Error| format!("{}: {error}", arguments.listen);
    let listener = TcpListener::bind(arguments.listen).await.map_err(say)?;
    let address = listener.local_addr().map_err(say)?;
    announce(&json!({ "listening": format!("http://{address}"), "pid": std::process::id() })).map_err(say)?;
    let serving = axum::serve(listener, routes(repository, jobs, options));
    serving.with_graceful_shutdown(ended()).await.map_err(say)
}

impl Arguments {
    fn jobs(&self, repository: &Arc<Repository>) -> Result<Option<Arc<Jobs>>, String> {
        let Some(folder) = &self.state_dir else { return Ok(None) };
        let JobArguments { most_jobs, jobs_at_once, job_time_limit, keep_jobs, .. } = self.jobs;
        let limits = Limits {
            waiting: most_jobs,
            at_once: jobs_at_once,
            tensor_bytes: self.body_limit,
            time: Duration::from_secs(job_time_limit),
            keep: Duration::from_secs(keep_jobs),
        };
        let callbacks = self.jobs.callbacks()?;
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let path = folder.join("jobs.redb");
        let store = Store::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let jobs = Jobs::new(store, repository.clone(), callbacks, limits);
        jobs.resume().map_err(|error| error.to_string())?;
        Ok(Some(jobs))
    }
}

impl JobArguments {
    fn callbacks(&self) -> Result<Option<Callbacks>, String> {
        let Self { callback_secret, callback_origins, callback_pause, callback_attempts, .. } = self;
        match callback_secret {
            Some(secret) => Callbacks::new(secret, callback_origins, *callback_pause, *callback_attempts)
                .map(Some)
                .map_err(|error| error.to_string()),
            None if callback_origins.is_empty() => Ok(None),
            None => Err("callbacks need --callback-secret".into()),
        }
    }
}

/// Writes one line of JSON to standard output, which is for programs; the log goes to standard error.
fn announce(facts: &Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{facts}").and_then(|()| out.flush())
}

/// Loads what is new, away from the threads that answer.
async fn look(repository: &Arc<Repository>) -> Result<(), String> {
    let (looks, before) = (repository.clone(), repository.standings());
    tokio::task::spawn_blocking(move || looks.reload()).await.map_err(|error| error.to_string())??;
    for standing in repository.standings().into_iter().filter(|standing| !before.contains(standing)) {
        match (standing.fault, standing.version) {
            (Some(fault), _) => tracing::error!(model = standing.name, fault, "not served as it lies there"),
            (None, version) => tracing::info!(model = standing.name, version, "serves"),
        }
    }
    Ok(())
}

async fn watch(repository: Arc<Repository>, pause: Duration) {
    loop {
        tokio::time::sleep(pause).await;
        if let Err(fault) = look(&repository).await {
            tracing::error!(fault, "the models' folder can't be read");
        }
    }
}

/// Ctrl-C, or the word of whoever started it.
async fn ended() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(_) => return drop(tokio::signal::ctrl_c().await),
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
