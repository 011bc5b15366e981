//! `verdigris-gpu-worker`: serves a folder of models.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::net::TcpListener;
use verdigris_gpu_worker::exact::Gpu;
use verdigris_gpu_worker::repository::Repository;
use verdigris_gpu_worker::server::{Options, routes};

/// Serves a folder of models by the Open Inference Protocol.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The folder, in Triton's layout: `{model}/config.pbtxt`, `{model}/{version}/model.vdgn`.
    #[arg(long, env = "VERDIGRIS_MODELS")]
    models: PathBuf,
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// Part of the name of the GPU for exact networks; `none` for this CPU's own kernel. The best GPU without it.
    #[arg(long, env = "VERDIGRIS_GPU")]
    gpu: Option<String>,
    /// What callers have to bring as bearer token; without it, anybody may call.
    #[arg(long, env = "VERDIGRIS_WORKER_TOKEN", hide_env_values = true)]
    token: Option<String>,
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
    let repository = Arc::new(Repository::new(&arguments.models, gpu));
    look(&repository).await?;
    tokio::spawn(watch(repository.clone(), Duration::from_secs(arguments.reload.max(1))));
    let options = Options {
        body_limit: arguments.body_limit,
        time_limit: Duration::from_secs(arguments.time_limit),
        token: arguments.token,
    };
    let say = |error: std::io::Error| format!("{}: {error}", arguments.listen);
    let listener = TcpListener::bind(arguments.listen).await.map_err(say)?;
    let address = listener.local_addr().map_err(say)?;
    tracing::info!(%address, "listening");
    let serving = axum::serve(listener, routes(repository, options));
    serving.with_graceful_shutdown(ended()).await.map_err(say)
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
