//! `verdigris-host`: the command that serves a `spin.toml` until it is told to stop.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::info;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use verdigris_engine::memory;
use verdigris_host::app::App;
use verdigris_host::options::{LogFormat, Options};
use verdigris_host::{bench, server};

/// The exit status after a second SIGINT, as shells count it.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    memory::keep_little();
    let options = Options::parse();
    log(options.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("no threads: {error}")),
    };
    let outcome = runtime.block_on(run(&options));
    runtime.shutdown_timeout(Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => failed(&reason),
    }
}

fn failed(reason: &str) -> ExitCode {
    eprintln!("verdigris-host: {reason}");
    ExitCode::FAILURE
}

/// Sends log lines to standard error; `RUST_LOG` (such as `info,guest=warn`) says which.
fn log(format: LogFormat) {
    let chosen = std::env::var("RUST_LOG")
        .ok()
        .and_then(|levels| levels.parse::<Targets>().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.finish().with(chosen).init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().with(chosen).init(),
    }
}

async fn run(options: &Options) -> Result<(), String> {
    let started = Instant::now();
    let cache = options.cache_dir.clone().unwrap_or_else(|| options.state_dir.join("cache"));
    let stop = stop_signal()?;
    let app = App::start(&options.manifest, &options.state_dir, &cache, options.settings())
        .await
        .map_err(|error| error.to_string())?;
    if let Some(count) = options.bench_instantiate {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let figures = bench::run(&app, count, options.bench_path.as_deref()).await?;
        // The last instance says a moment after its response that it is done.
        let _ = tokio::time::timeout(Duration::from_secs(1), app.idle()).await;
        return announce(&Value::Object(figures));
    }
    serve(options, Arc::new(app), stop, started).await
}

async fn serve(options: &Options, app: Arc<App>, stop: watch::Receiver<bool>, started: Instant) -> Result<(), String> {
    let listener = bind(options.listen).await?;
    let mut facts = json!({
        "listening": format!("http://{}", address(&listener)?),
        "pid": std::process::id(),
        "components": components(&app),
    });
    if let Some(metrics) = options.metrics {
        let listener = bind(metrics).await?;
        facts["metrics"] = format!("http://{}/metrics", address(&listener)?).into();
        tokio::spawn(server::serve_metrics(listener, Arc::clone(app.metrics())));
    }
    facts["startMs"] = rounded(started.elapsed()).into();
    announce(&facts)?;
    server::serve(listener, app, stop, options.drain_timeout).await;
    Ok(())
}

async fn bind(address: std::net::SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen at {address}: {error}"))
}

fn address(listener: &TcpListener) -> Result<std::net::SocketAddr, String> {
    listener.local_addr().map_err(|error| error.to_string())
}

fn components(app: &App) -> Map<String, Value> {
    app.loaded
        .iter()
        .map(|(id, cached, took)| {
            let facts = json!({ "cached": cached, "ms": rounded(*took) });
            (id.clone(), facts)
        })
        .collect()
}

/// Milliseconds with one decimal.
fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e4).round() / 10.0
}

/// Writes one line of JSON to standard output, which is for programs; the log goes to standard error.
fn announce(facts: &Value) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{facts}").and_then(|()| out.flush()).map_err(|error| format!("standard output: {error}"))
}

/// Turns true at the first SIGINT or SIGTERM; the second ends the process at once.
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
            info!("stopping: no new connections; a second signal stops at once");
            sender.send_replace(true);
        }
    });
    Ok(receiver)
}
