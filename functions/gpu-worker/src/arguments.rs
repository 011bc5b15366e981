//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio_rustls::TlsAcceptor;
use verdigris_gpu_worker::engine::{Accelerator, OnnxRuntime};
use verdigris_gpu_worker::exact::Gpu;
use verdigris_gpu_worker::jobs::{Callbacks, Jobs, Limits, Room, Store};
use verdigris_gpu_worker::metrics::Metrics;
use verdigris_gpu_worker::repository::{Engines, Repository};
use verdigris_gpu_worker::server::Options;
use verdigris_gpu_worker::serving::Tls;

/// Serves a folder of models by the Open Inference Protocol.
#[derive(Parser)]
#[command(version)]
pub struct Arguments {
    /// The folder, in Triton's layout: `{model}/config.pbtxt`, `{model}/{version}/model.vdgn` or `model.onnx`.
    #[arg(long, env = "VERDIGRIS_MODELS")]
    pub models: PathBuf,
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
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
    /// The certificate that it shows, with those between it and its root, in PEM; it then speaks TLS.
    #[arg(long)]
    tls_certificate: Option<PathBuf>,
    /// The certificate's key, in PEM.
    #[arg(long)]
    tls_key: Option<PathBuf>,
    /// Who signs callers' certificates, in PEM; who has none is then refused.
    #[arg(long)]
    tls_client_roots: Option<PathBuf>,
    /// Where it gives its counters to Prometheus.
    #[arg(long)]
    pub metrics: Option<SocketAddr>,
    /// A collector of OpenTelemetry's, which is sent traces by OTLP over HTTP, such as `http://127.0.0.1:4318`.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp: Option<String>,
    /// Seconds for what is in flight when it is told to end.
    #[arg(long, default_value_t = 30)]
    pub drain_timeout: u64,
    /// Where jobs are kept; without it, none are taken.
    #[arg(long)]
    state_dir: Option<PathBuf>,
    #[command(flatten)]
    jobs: JobArguments,
    /// Most bytes of a request.
    #[arg(long, default_value_t = Options::default().body_limit)]
    body_limit: usize,
    /// Most bytes of all requests' bodies together.
    #[arg(long, default_value_t = Options::default().bodies_limit)]
    bodies_limit: usize,
    /// Most seconds that a request may take.
    #[arg(long, default_value_t = Options::default().time_limit.as_secs())]
    time_limit: u64,
    /// Seconds from one look at the folder to the next.
    #[arg(long, default_value_t = 5)]
    pub reload: u64,
}

#[derive(clap::Args)]
pub struct JobArguments {
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
    /// Most bytes of the requests of all jobs that wait.
    #[arg(long, default_value_t = 4 << 30)]
    most_job_bytes: u64,
    /// Most jobs that are in work at the same time.
    #[arg(long, default_value_t = 32)]
    jobs_at_once: usize,
    /// Most seconds of a job's work.
    #[arg(long, default_value_t = 3600)]
    job_time_limit: u64,
    /// Seconds for which a job that is done is kept.
    #[arg(long, default_value_t = 7 * 24 * 3600)]
    keep_jobs: u64,
    /// Most bytes of all answers that are kept; the oldest go first.
    #[arg(long, default_value_t = 4 << 30)]
    keep_bytes: u64,
}

impl Arguments {
    /// What models run on.
    pub fn engines(&self) -> Result<Engines, String> {
        let gpu = match self.gpu.as_deref() {
            Some("none") => None,
            wanted => Some(Gpu::open(wanted).map_err(|error| format!("{error} (--gpu none does without)"))?),
        };
        let open = |library: &PathBuf| OnnxRuntime::open(library, self.accelerator, self.threads);
        let runtime = self.onnxruntime.as_ref().map(open).transpose().map_err(|error| error.to_string())?;
        Ok(Engines { gpu: gpu.map(Arc::new), runtime: runtime.map(Arc::new) })
    }

    /// Limits and keys of the server.
    pub fn options(&self) -> Options {
        Options {
            body_limit: self.body_limit,
            bodies_limit: self.bodies_limit,
            time_limit: Duration::from_secs(self.time_limit),
            token: self.token.clone(),
        }
    }

    /// What makes connections TLS, if they are.
    pub fn tls(&self) -> Result<Option<TlsAcceptor>, String> {
        match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                let (certificate, key) = (certificate.clone(), key.clone());
                Tls { certificate, key, client_roots: self.tls_client_roots.clone() }.acceptor().map(Some)
            }
            (None, None) if self.tls_client_roots.is_none() => Ok(None),
            _ => Err("TLS needs --tls-certificate and --tls-key".into()),
        }
    }

    /// The jobs, which go on where they were.
    pub fn jobs(&self, repository: &Arc<Repository>, metrics: &Arc<Metrics>) -> Result<Option<Arc<Jobs>>, String> {
        let Some(folder) = &self.state_dir else {
            let is_meant = !self.jobs.callback_origins.is_empty();
            return if is_meant { Err("callbacks are for jobs, which need --state-dir".into()) } else { Ok(None) };
        };
        let JobArguments { most_jobs, most_job_bytes, jobs_at_once, job_time_limit, keep_jobs, keep_bytes, .. } =
            self.jobs;
        let limits = Limits {
            waiting: Room { jobs: most_jobs, bytes: most_job_bytes },
            at_once: jobs_at_once,
            tensor_bytes: self.body_limit,
            time: Duration::from_secs(job_time_limit),
            keep: Duration::from_secs(keep_jobs),
            answer_bytes: keep_bytes,
        };
        let callbacks = self.jobs.callbacks()?;
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let path = folder.join("jobs.redb");
        let store = Store::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let jobs = Jobs::new(store, repository.clone(), callbacks, limits, metrics.clone());
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
