//! From the runtime's requests to the pipeline's, and back.

use std::net::IpAddr;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use verdigris_core::http::{MAX_BODY, Request, Response};
use verdigris_core::{callback as callback_function, dispatch, gate, intake, pin, sweep};
use verdigris_edge_base::read;
use worker::ResponseBuilder;

use crate::platform::EdgePlatform;

/// How long an answer may wait for its jobs to be in the queue. Providers wait five seconds.
const SETTLE_MS: u64 = 1_500;

/// Serves a request from outside. Only what is named here has an address outside.
pub(crate) async fn serve(platform: &EdgePlatform, request: worker::Request) -> worker::Result<worker::Response> {
    answer(platform, request, |platform, request| {
        async move {
            match request.path.as_str() {
                path if path.starts_with("/oracle/") => dispatch::handle(platform, request).await,
                "/sweep" => sweep::handle(platform, request).await,
                path if path.starts_with("/ipfs/") => pin::handle(platform, request).await,
                path if path.starts_with("/webhooks/") => {
                    let response = intake::handle(platform, request).await;
                    platform.settle(SETTLE_MS).await;
                    response
                }
                _ => intake::handle(platform, request).await,
            }
        }
        .boxed_local()
    })
    .await
}

/// Serves a request to callback, inside of the sender's object, which has no address outside.
pub(crate) async fn callback(platform: &EdgePlatform, request: worker::Request) -> worker::Result<worker::Response> {
    answer(platform, request, |platform, request| callback_function::handle(platform, request).boxed_local()).await
}

async fn answer(
    platform: &EdgePlatform,
    mut request: worker::Request,
    handler: impl for<'a> FnOnce(&'a EdgePlatform, Request) -> LocalBoxFuture<'a, Response>,
) -> worker::Result<worker::Response> {
    let method = request.inner().method();
    // A request without a body has no stream either.
    let stream = request.stream().ok();
    let response = match read(request.headers(), stream, MAX_BODY).await {
        Ok(body) => {
            let headers = request.headers().entries().map(|(name, value)| (name, value.into_bytes()));
            let (method, path, headers) = (method.clone(), request.path(), headers.collect());
            let incoming = Request { method, path, headers, body, source: source(&request) };
            handler(platform, incoming).await
        }
        Err(unread) => intake::unread(platform, &request.path(), unread),
    };
    outgoing(response.to_method(&method))
}

/// The client's address as Cloudflare knows it: it replaces whatever the client put into this header.
fn source(request: &worker::Request) -> Option<IpAddr> {
    let address = request.headers().get("cf-connecting-ip").ok().flatten();
    gate::last_address(address.iter().map(|address| address.as_bytes()))
}

fn outgoing(response: Response) -> worker::Result<worker::Response> {
    let mut builder = ResponseBuilder::new().with_status(response.status);
    for (name, value) in response.headers {
        builder = builder.with_header(name, &value)?;
    }
    Ok(if response.body.is_empty() { builder.empty() } else { builder.fixed(response.body) })
}
