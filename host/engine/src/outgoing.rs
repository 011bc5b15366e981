//! Hands a guest's outgoing requests to the embedder.

use std::sync::Arc;

use http::{Request, Response};
use wasmtime_wasi_http::{RequestOptions, WasiHttpHooks};

use crate::{Body, HttpError, Outbound};

type Io = Box<dyn Future<Output = Result<(), HttpError>> + Send>;
type Sent = Box<dyn Future<Output = Result<(Response<Body>, Io), HttpError>> + Send>;

/// wasmtime's hook for outgoing requests.
pub(crate) struct Outgoing {
    outbound: Arc<dyn Outbound>,
    /// How deep in chained calls the instance's present request is.
    pub(crate) depth: u8,
}

impl Outgoing {
    pub(crate) fn new(outbound: Arc<dyn Outbound>) -> Self {
        Self { outbound, depth: 0 }
    }
}

impl WasiHttpHooks for Outgoing {
    fn send_request(&mut self, request: Request<Body>, options: Option<RequestOptions>, _response_read: Io) -> Sent {
        let response = self.outbound.send(request, options.unwrap_or_default(), self.depth);
        Box::new(async move {
            let done: Io = Box::new(async { Ok(()) });
            Ok((response.await?, done))
        })
    }
}
