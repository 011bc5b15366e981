//! Calls from one function to another. They are posts to `http://{function}.spin.internal`, as on Spin; here most of
//! them stay in the Worker. Callback's go to the object of the sender, and those of the functions that run ONNX files or
//! ask servers which run models to Workers of their own.

use alloy_primitives::Address;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use verdigris_core::http::{Request, Response};
use verdigris_core::outbox::Healed;
use verdigris_core::platform::{HttpRequest, HttpResponse, Platform, PlatformError};
use verdigris_core::together::join_all;
use verdigris_core::{callback, dispatch, pin};
use verdigris_edge_base::{outgoing, received};

use crate::platform::EdgePlatform;
use crate::{ledger, place};

/// The binding of the Worker that runs ONNX files.
const ONNX: &str = "ONNX";
/// The binding of the Worker that asks servers which run models.
const REMOTE: &str = "REMOTE";

/// The function and the path that a URL names, if it is one of this Worker's.
pub(crate) fn callee(url: &str) -> Option<(&str, &str)> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let function = host.strip_suffix(".spin.internal")?;
    Some((function, &url[url.len() - path.len() - 1..]))
}

/// Calls a function. What callback only signs needs no sender's object. The future is boxed, since functions call each other in a circle.
pub(crate) fn call(
    platform: EdgePlatform,
    function: String,
    path: String,
    request: HttpRequest,
) -> LocalBoxFuture<'static, Result<HttpResponse, PlatformError>> {
    async move {
        let response = match function.as_str() {
            "dispatch" => dispatch::handle(&platform, incoming(path, request)).await,
            "pin" => pin::handle(&platform, incoming(path, request)).await,
            "callback" if path == callback::ATTESTATIONS => callback::handle(&platform, incoming(path, request)).await,
            "callback" => return call_sender(&platform, &path, request).await,
            "onnx" => return call_worker(&platform, ONNX, &path, request).await,
            "remote" => return call_worker(&platform, REMOTE, &path, request).await,
            _ => return Err(PlatformError::Connection(format!("there is no function {function}"))),
        };
        Ok(answered(response))
    }
    .boxed_local()
}

/// The request as the function called sees it.
fn incoming(path: String, request: HttpRequest) -> Request {
    let headers = request.headers.into_iter().map(|(name, value)| (name.to_string(), value.into_bytes()));
    Request { method: request.method.into(), path, headers: headers.collect(), body: request.body, source: None }
}

/// Another Worker, by a binding that need not be there.
async fn call_worker(
    platform: &EdgePlatform,
    binding: &str,
    path: &str,
    request: HttpRequest,
) -> Result<HttpResponse, PlatformError> {
    let connection = |error: worker::Error| PlatformError::Connection(error.to_string());
    let worker = platform.env().service(binding).map_err(connection)?;
    let outgoing = outgoing(&format!("http://{binding}{path}"), &request, &[]).map_err(connection)?;
    received(worker.fetch_request(outgoing).await.map_err(connection)?, request.max_response).await
}

/// Callback runs in the object of the sender that pays; the outboxes are repaired each in its own.
async fn call_sender(platform: &EdgePlatform, path: &str, request: HttpRequest) -> Result<HttpResponse, PlatformError> {
    let payers = match callback::payers(platform, path, &request.body).await {
        Ok(payers) => payers,
        Err(error) => return Ok(answered(error.into())),
    };
    let chain = platform.config("chain_id").await?.unwrap_or_default();
    let object = |payer: &Address| place::of_sender(chain.trim(), &format!("{payer:#x}"));
    if let ([payer], true) = (payers.as_slice(), path != callback::OUTBOX) {
        return post(platform, &object(payer), path, &request).await;
    }
    let repairs = payers.iter().map(|payer| {
        let (request, path) = (request.clone(), format!("{}/{payer:#x}", callback::OUTBOX));
        async move { post(platform, &object(payer), &path, &request).await }
    });
    let all = join_all(repairs).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(all_repaired(all))
}

/// One answer for all repairs: what was done in all, or what the first that failed says.
fn all_repaired(all: Vec<HttpResponse>) -> HttpResponse {
    let mut healed = Vec::with_capacity(all.len());
    for response in all {
        match serde_json::from_slice::<Healed>(&response.body) {
            Ok(one) if response.is_success() => healed.push(one),
            _ => return response,
        }
    }
    answered(Response::json(200, &healed.into_iter().sum::<Healed>()).unwrap_or_else(Response::from))
}

fn answered(response: Response) -> HttpResponse {
    HttpResponse { status: response.status, body: response.body }
}

/// Calls callback in an object.
async fn post(
    platform: &EdgePlatform,
    object: &str,
    path: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, PlatformError> {
    let connection = |error: worker::Error| PlatformError::Connection(error.to_string());
    let mut response = fetch(platform, object, path, request).await.map_err(connection)?;
    let body = response.bytes().await.map_err(connection)?;
    Ok(HttpResponse { status: response.status_code(), body })
}

async fn fetch(
    platform: &EdgePlatform,
    name: &str,
    path: &str,
    request: &HttpRequest,
) -> worker::Result<worker::Response> {
    let request = outgoing(&format!("http://callback{path}"), request, &[(ledger::OBJECT, name)])?;
    ledger::object(platform.env(), name)?.fetch_with_request(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_worker_s_own_functions_are_called_without_the_network() {
        assert_eq!(callee("http://dispatch.spin.internal/jobs"), Some(("dispatch", "/jobs")));
        for url in ["https://dispatch.spin.internal/jobs", "http://node.example/spin.internal/", "http://node.example"]
        {
            assert_eq!(callee(url), None, "{url}");
        }
    }

    #[test]
    fn the_repairs_of_all_senders_are_told_as_one() {
        let one = |status, text: &str| HttpResponse { status, body: text.as_bytes().to_vec() };
        let healed = r#"{"resent":1,"filled":0,"replaced":2,"waiting":0}"#;
        let all = all_repaired(vec![one(200, healed), one(200, healed)]);
        assert_eq!(
            (all.status, all.body.as_slice()),
            (200, &br#"{"resent":2,"filled":0,"replaced":4,"waiting":0}"#[..])
        );
        let failed = one(502, r#"{"detail":"no node"}"#);
        assert_eq!(all_repaired(vec![one(200, healed), failed.clone(), one(200, healed)]), failed);
    }
}
