//! What the worker counts and times, for Prometheus.

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

/// Seconds from 1 ms to 10 minutes.
const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0, 600.0];

/// All counters of a worker.
pub struct Metrics {
    registry: Registry,
    answered: IntCounterVec,
    seconds: HistogramVec,
    batches: HistogramVec,
    queue: IntGaugeVec,
    jobs: IntCounterVec,
    jobs_open: IntGauge,
    callbacks: IntCounterVec,
}

/// The counters of one model.
#[derive(Clone)]
pub struct ModelMetrics {
    /// Elements of the batches that were run.
    pub batches: Histogram,
    /// Requests that wait.
    pub queue: IntGauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        let (counter, histogram) = (
            |name: &str, help: &str, labels: &[&str]| {
                registered(&registry, IntCounterVec::new(Opts::new(name, help), labels))
            },
            |name: &str, help: &str, labels: &[&str], buckets: Vec<f64>| {
                registered(&registry, HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets), labels))
            },
        );
        let elements = (0..13).map(|power| f64::from(1 << power)).collect();
        let gauge = |name: &str, help: &str| Opts::new(name, help);
        Self {
            answered: counter(
                "verdigris_worker_requests_total",
                "Requests answered, by route and status",
                &["route", "status"],
            ),
            seconds: histogram(
                "verdigris_worker_request_seconds",
                "Time from a request's head to its response's, by route",
                &["route"],
                SECONDS.to_vec(),
            ),
            batches: histogram(
                "verdigris_worker_batch_elements",
                "Elements of the batches that were run, by model",
                &["model"],
                elements,
            ),
            queue: registered(
                &registry,
                IntGaugeVec::new(
                    gauge("verdigris_worker_queue", "Requests that wait for a batch, by model"),
                    &["model"],
                ),
            ),
            jobs: counter("verdigris_worker_jobs_total", "Jobs done, by outcome", &["outcome"]),
            jobs_open: registered(
                &registry,
                IntGauge::with_opts(gauge("verdigris_worker_jobs_open", "Jobs taken and not done")),
            ),
            callbacks: counter("verdigris_worker_callbacks_total", "Callbacks tried, by outcome", &["outcome"]),
            registry,
        }
    }
}

impl Metrics {
    /// Notes an answered request.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        self.answered.with_label_values(&[route, &status.to_string()]).inc();
        self.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// The counters of a model.
    pub fn of_model(&self, model: &str) -> ModelMetrics {
        ModelMetrics {
            batches: self.batches.with_label_values(&[model]),
            queue: self.queue.with_label_values(&[model]),
        }
    }

    /// The jobs that are taken and not done.
    pub fn jobs_open(&self) -> &IntGauge {
        &self.jobs_open
    }

    /// Jobs that ended so: `succeeded` or `failed`.
    pub fn jobs(&self, outcome: &str) -> IntCounter {
        self.jobs.with_label_values(&[outcome])
    }

    /// Callbacks that ended so: `delivered`, `refused` or `dead`.
    pub fn callbacks(&self, outcome: &str) -> IntCounter {
        self.callbacks.with_label_values(&[outcome])
    }

    /// Everything in Prometheus's text format.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics could not be written");
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Registers a collector whose name and labels are written in this file.
#[expect(clippy::expect_used, reason = "names and labels in this file are well-formed and different from each other")]
fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: prometheus::Result<C>) -> C {
    let collector = collector.expect("a name and labels");
    registry.register(Box::new(collector.clone())).expect("a new name");
    collector
}
