//! What happens to the requests that components send: refused, passed to another component of
//! the application, or sent to a server.

mod allow;
mod client;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::HOST;
use http::{Request, Response, Uri};
use tracing::{debug, warn};
use verdigris_engine::{Body, Call, HttpError, Outbound, RequestOptions};

pub use allow::{AllowError, AllowedHosts};
pub use client::{Client, ClientError};

use crate::components::Components;
use crate::headers;
use crate::metrics::{Metrics, Outgoing};
use crate::routes::Match;

/// What follows a component's id in the host name that stands for it.
const CHAIN_SUFFIX: &str = ".spin.internal";

/// The way out of one component.
pub struct Outlet {
    shared: Arc<Shared>,
}

struct Shared {
    /// The component that sends.
    component: String,
    allowed: AllowedHosts,
    client: Client,
    components: Arc<Components>,
    metrics: Arc<Metrics>,
}

impl Outlet {
    /// The way out of `component`, to the hosts that are `allowed`.
    pub fn new(
        component: &str,
        allowed: AllowedHosts,
        client: &Client,
        components: &Arc<Components>,
        metrics: &Arc<Metrics>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                component: component.to_owned(),
                allowed,
                client: client.clone(),
                components: Arc::clone(components),
                metrics: Arc::clone(metrics),
            }),
        }
    }
}

impl Outbound for Outlet {
    fn send(
        &self,
        request: Request<Body>,
        options: RequestOptions,
        depth: u8,
    ) -> BoxFuture<'static, Result<Response<Body>, HttpError>> {
        let shared = Arc::clone(&self.shared);
        async move { shared.send(request, options, depth).await }.boxed()
    }
}

impl Shared {
    async fn send(
        &self,
        request: Request<Body>,
        options: RequestOptions,
        depth: u8,
    ) -> Result<Response<Body>, HttpError> {
        let url = request.uri();
        if !self.allowed.allows(url) {
            warn!(
                component = self.component,
                host = url.authority().map_or("", |authority| authority.host()),
                port = url.port_u16(),
                scheme = url.scheme_str(),
                "an outgoing request was refused: add the host to allowed_outbound_hosts"
            );
            self.metrics.outbound(&self.component, Outgoing::Denied);
            return Err(HttpError::HttpRequestDenied);
        }
        let (result, outcome) = match chain_target(url) {
            Some(target) => (self.chain(target, request, depth).await, Outgoing::Chained),
            None => (self.client.send(request, options).await, Outgoing::Answered),
        };
        match &result {
            Ok(_) => self.metrics.outbound(&self.component, outcome),
            Err(error) => {
                debug!(component = self.component, %error, "an outgoing request failed");
                self.metrics.outbound(&self.component, Outgoing::Failed);
            }
        }
        result
    }

    /// Gives the request to the component `target`, without a socket between.
    async fn chain(&self, target: String, mut request: Request<Body>, depth: u8) -> Result<Response<Body>, HttpError> {
        if depth >= self.components.limits().chain_depth {
            return Err(HttpError::LoopDetected);
        }
        if !self.components.contains(&target) {
            return Err(HttpError::DestinationNotFound);
        }
        let url = request.uri().clone();
        let found = Match { component: &target, route: "/...", rest: url.path(), names: Vec::new() };
        let inside = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        request.headers_mut().remove(HOST);
        headers::describe(request.headers_mut(), &url, &found, inside);
        let call = Call {
            depth: depth + 1,
            // The caller's own time limit ends the wait.
            patience: self.components.limits().request_time,
        };
        Ok(self.components.serve(&target, request, call).await)
    }
}

/// The component that a URL stands for, if it stands for one.
fn chain_target(url: &Uri) -> Option<String> {
    let host = url.host()?.to_ascii_lowercase();
    let target = host.strip_suffix(CHAIN_SUFFIX)?;
    Some(target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_recognised_by_its_host_name() {
        for (url, target) in [
            ("http://pin.spin.internal/x", Some("pin")),
            ("http://Pin.Spin.Internal:80/", Some("pin")),
            ("http://spin.internal/", None),
            ("http://pin.spin.internal.example/", None),
            ("/pin", None),
        ] {
            let url: Uri = url.parse().unwrap();
            assert_eq!(chain_target(&url).as_deref(), target, "{url}");
        }
    }
}
