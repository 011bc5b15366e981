//! `verdigris-gpu-worker`: serves a folder of models.

mod arguments;

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use verdigris_gpu_worker::metrics::Metrics;
use verdigris_gpu_worker::repository::Repository;
use verdigris_gpu_worker::server::{metrics_routes, routes};
use verdigris_gpu_worker::{serving, telemetry};

use crate::arguments::Arguments;

/// The exit status after a second SIGINT, as shells count it.
const INTERRUPTED: i32 = 130;

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let served = match telemetry::start(arguments.otlp.as_deref()) {
        Ok(traces) => {
            let served = serve(arguments).await;
            // It waits for the collector, and so not on a thread that others need.
            let _ = tokio::task::spawn_blocking(move || traces.map(|traces| traces.shutdown())).await;
            served
        }
        Err(reason) => Err(reason),
    };
    // What an engine is in the midst of isn't waited for.
    std::process::exit(match served {
        Ok(()) => 0,
        Err(reason) => {
            eprintln!("{reason}");
            1
        }
    })
}

async fn serve(arguments: Arguments) -> Result<(), String> {
    let (metrics, tls) = (Arc::new(Metrics::default()), arguments.tls()?);
    let repository = Arc::new(Repository::new(&arguments.models, arguments.engines()?, metrics.clone()));
    look(&repository).await?;
    tokio::spawn(look_again(repository.clone(), Duration::from_secs(arguments.reload.max(1))));
    let jobs = arguments.jobs(&repository, &metrics)?;
    let (listener, address) = listen(arguments.listen).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut facts = json!({ "listening": format!("{scheme}://{address}"), "pid": std::process::id() });
    let stop = stop_signal()?;
    if let Some(wanted) = arguments.metrics {
        let (listener, address) = listen(wanted).await?;
        facts["metrics"] = format!("http://{address}/metrics").into();
        let routes = metrics_routes(metrics.clone());
        tokio::spawn(serving::serve(listener, None, routes, stop.clone(), Duration::ZERO));
    }
    announce(&facts).map_err(|error| format!("standard output: {error}"))?;
    let drain = Duration::from_secs(arguments.drain_timeout);
    let routes = routes(repository, jobs.clone(), metrics, arguments.options());
    let mut ended = stop.clone();
    let jobs_end = async {
        let _ = ended.wait_for(|stop| *stop).await;
        if let Some(jobs) = jobs {
            jobs.close(drain).await;
        }
    };
    tokio::join!(serving::serve(listener, tls, routes, stop, drain), jobs_end);
    Ok(())
}

async fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let say = |error: std::io::Error| format!("cannot listen at {wanted}: {error}");
    let listener = TcpListener::bind(wanted).await.map_err(say)?;
    let address = listener.local_addr().map_err(say)?;
    Ok((listener, address))
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

async fn look_again(repository: Arc<Repository>, pause: Duration) {
    loop {
        tokio::time::sleep(pause).await;
        if let Err(fault) = look(&repository).await {
            tracing::error!(fault, "the models' folder can't be read");
        }
    }
}

/// Turns true at Ctrl-C or SIGTERM; the second of them ends the process at once.
fn stop_signal() -> Result<watch::Receiver<bool>, String> {
    let wrong = |error: std::io::Error| format!("signals: {error}");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(wrong)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(wrong)?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        for turn in 0.. {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if turn > 0 {
                std::process::exit(INTERRUPTED);
            }
            tracing::info!("stopping: no new connections; a second signal stops at once");
            sender.send_replace(true);
        }
    });
    Ok(receiver)
}
