//! What the host counts and times, for Prometheus.

use std::time::Duration;

use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};

/// All counters of a host.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    in_flight: IntGaugeVec,
    rejected: IntCounterVec,
    instantiation: HistogramVec,
    outbound: IntCounterVec,
    key_value: HistogramVec,
    key_value_errors: IntCounterVec,
}

/// How an outgoing request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outgoing {
    /// It got a response from a server.
    Answered,
    /// It got a response from a component of this application.
    Chained,
    /// The component may not send there.
    Denied,
    /// It got no response.
    Failed,
}

/// Seconds from 10 µs to 30 s, for requests.
const REQUEST_SECONDS: [f64; 15] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// Seconds from 5 µs to 10 ms, for new instances and key-value operations.
const SHORT_SECONDS: [f64; 10] =
    [0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.01];

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All counters at zero.
    pub fn new() -> Self {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels);
            registered(&registry, counter)
        };
        let histogram = |name: &str, help: &str, labels: &[&str], buckets: &[f64]| {
            let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            registered(&registry, HistogramVec::new(options, labels))
        };
        Self {
            requests: counter(
                "verdigris_requests_total",
                "Requests answered, by component and status",
                &["component", "status"],
            ),
            seconds: histogram(
                "verdigris_request_seconds",
                "Time from a request's head to its response's head",
                &["component"],
                &REQUEST_SECONDS,
            ),
            in_flight: registered(
                &registry,
                IntGaugeVec::new(
                    Opts::new("verdigris_requests_in_flight", "Requests that wait for the head of their response"),
                    &["component"],
                ),
            ),
            rejected: counter(
                "verdigris_requests_rejected_total",
                "Requests that the host answered itself, by reason",
                &["reason"],
            ),
            instantiation: histogram(
                "verdigris_instantiation_seconds",
                "Time to make an instance of a component",
                &["component"],
                &SHORT_SECONDS,
            ),
            outbound: counter(
                "verdigris_outbound_requests_total",
                "Requests that components sent, by outcome",
                &["component", "outcome"],
            ),
            key_value: histogram(
                "verdigris_key_value_seconds",
                "Time of a key-value operation, its wait included",
                &["operation"],
                &SHORT_SECONDS,
            ),
            key_value_errors: counter(
                "verdigris_key_value_errors_total",
                "Key-value operations that failed",
                &["operation"],
            ),
            registry,
        }
    }

    /// Notes that `component` has a request; the guard is dropped when it is answered.
    pub fn begin(&self, component: &str) -> InFlight {
        let gauge = self.in_flight.with_label_values(&[component]);
        gauge.inc();
        InFlight(gauge)
    }

    /// Notes an answered request.
    pub fn answered(&self, component: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[component, &status.to_string()]).inc();
        self.seconds.with_label_values(&[component]).observe(took.as_secs_f64());
    }

    /// Notes a request that no component answered.
    pub fn rejected(&self, reason: &str) {
        self.rejected.with_label_values(&[reason]).inc();
    }

    /// The times of `component`'s instantiations.
    pub fn instantiations(&self, component: &str) -> Histogram {
        self.instantiation.with_label_values(&[component])
    }

    /// Notes a request that `component` sent.
    pub fn outbound(&self, component: &str, outcome: Outgoing) {
        let outcome = match outcome {
            Outgoing::Answered => "answered",
            Outgoing::Chained => "chained",
            Outgoing::Denied => "denied",
            Outgoing::Failed => "failed",
        };
        self.outbound.with_label_values(&[component, outcome]).inc();
    }

    /// Notes a key-value operation.
    pub fn key_value(&self, operation: &str, took: Duration, good: bool) {
        self.key_value.with_label_values(&[operation]).observe(took.as_secs_f64());
        if !good {
            self.key_value_errors.with_label_values(&[operation]).inc();
        }
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

/// Counts a request as in flight while it lives.
pub struct InFlight(prometheus::IntGauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Registers a collector whose name and labels are written in this file.
fn registered<C: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    collector: prometheus::Result<C>,
) -> C {
    let collector = collector.expect("names and labels in this file are well-formed");
    registry.register(Box::new(collector.clone())).expect("names in this file are different from each other");
    collector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_written_out() {
        let metrics = Metrics::new();
        let in_flight = metrics.begin("intake");
        metrics.answered("intake", 202, Duration::from_millis(3));
        metrics.rejected("busy");
        metrics.instantiations("intake").observe(0.00002);
        metrics.outbound("intake", Outgoing::Denied);
        metrics.key_value("get", Duration::from_micros(30), false);
        let text = metrics.text();
        for line in [
            "verdigris_requests_total{component=\"intake\",status=\"202\"} 1",
            "verdigris_requests_in_flight{component=\"intake\"} 1",
            "verdigris_requests_rejected_total{reason=\"busy\"} 1",
            "verdigris_instantiation_seconds_bucket{component=\"intake\",le=\"0.000025\"} 1",
            "verdigris_outbound_requests_total{component=\"intake\",outcome=\"denied\"} 1",
            "verdigris_key_value_seconds_count{operation=\"get\"} 1",
            "verdigris_key_value_errors_total{operation=\"get\"} 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        drop(in_flight);
        assert!(metrics.text().contains("in_flight{component=\"intake\"} 0"));
    }
}
