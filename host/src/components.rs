//! The application's components, as requests reach them: from outside or from each other.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::{Method, Request, Response, StatusCode};
use tracing::{error, info};
use verdigris_engine::{Body, Call, Component, Failure, Limits};

use crate::metrics::{InFlight, Metrics};
use crate::problem::Problem;

/// The status that logs show when the client went away before the answer (nginx's number).
const CLIENT_GONE: u16 = 499;

/// All components by id. Filled once, after each of them was given the way to the others.
pub struct Components {
    by_id: OnceLock<HashMap<String, Component>>,
    limits: Limits,
    metrics: Arc<Metrics>,
}

impl Components {
    /// No components yet.
    pub fn new(limits: Limits, metrics: Arc<Metrics>) -> Self {
        Self { by_id: OnceLock::new(), limits, metrics }
    }

    /// Puts the components in; only the first call counts.
    pub fn fill(&self, components: HashMap<String, Component>) {
        let _ = self.by_id.set(components);
    }

    /// What each component's requests are bounded by.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether there is a component `id`.
    pub fn contains(&self, id: &str) -> bool {
        self.get(id).is_some()
    }

    /// The component `id`.
    pub fn get(&self, id: &str) -> Option<&Component> {
        self.by_id.get()?.get(id)
    }

    /// Gives `request` to the component `id`, counts and logs it. Whatever goes wrong becomes a
    /// problem document.
    pub async fn serve(&self, id: &str, request: Request<Body>, call: Call) -> Response<Body> {
        let Some(component) = self.get(id) else {
            return Problem::NoRoute.response();
        };
        let mut entry = Entry::new(self, id, &request, call.depth);
        let response = match component.handle(request, call).await {
            Ok(response) => response,
            Err(failure) => {
                let problem = Problem::from(&failure);
                self.metrics.rejected(problem.reason());
                if let Failure::Trapped(_) | Failure::Refused(_) = failure {
                    error!(component = id, %failure, "a request failed");
                }
                problem.response()
            }
        };
        entry.status = response.status();
        response
    }
}

/// A time in milliseconds, to the microsecond.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// A line of the request log, written when it is dropped: so it is there, too, when the client
/// goes away and nobody waits for the answer any more.
struct Entry<'a> {
    components: &'a Components,
    id: &'a str,
    method: Method,
    /// Without the query, which may hold secrets.
    path: String,
    depth: u8,
    started: Instant,
    status: StatusCode,
    _in_flight: InFlight,
}

impl<'a> Entry<'a> {
    fn new(components: &'a Components, id: &'a str, request: &Request<Body>, depth: u8) -> Self {
        Self {
            components,
            id,
            method: request.method().clone(),
            path: request.uri().path().chars().take(200).collect(),
            depth,
            started: Instant::now(),
            status: StatusCode::from_u16(CLIENT_GONE).unwrap_or(StatusCode::BAD_REQUEST),
            _in_flight: components.metrics.begin(id),
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let status = self.status.as_u16();
        self.components.metrics.answered(self.id, status, took);
        info!(
            target: "request",
            method = %self.method,
            path = self.path,
            component = self.id,
            status,
            ms = milliseconds(took),
            depth = self.depth,
        );
    }
}
