//! Calls from one function to another. They are posts to `http://{function}.spin.internal`, as on Spin; here most of
//! them stay in the Worker, and callback's go to the object of the sender.

use alloy_primitives::B256;
use alloy_signer_local::PrivateKeySigner;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use verdigris_core::http::Request;
use verdigris_core::platform::{HttpRequest, HttpResponse, Platform, PlatformError};
use verdigris_core::{dispatch, pin};
use worker::{Headers, Method, RequestInit};

use crate::platform::EdgePlatform;
use crate::{ledger, place};

/// The function and the path that a URL names, if it is one of this Worker's.
pub(crate) fn callee(url: &str) -> Option<(&str, &str)> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let function = host.strip_suffix(".spin.internal")?;
    Some((function, &url[url.len() - path.len() - 1..]))
}

/// Calls a function. The future is boxed, since functions call each other in a circle.
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
            "callback" => return callback(&platform, &path, request).await,
            _ => return Err(PlatformError::Connection(format!("there is no function {function}"))),
        };
        Ok(HttpResponse { status: response.status, body: response.body })
    }
    .boxed_local()
}

/// The request as the function called sees it.
fn incoming(path: String, request: HttpRequest) -> Request {
    let headers = request.headers.into_iter().map(|(name, value)| (name.to_string(), value.into_bytes()));
    Request { method: request.method.into(), path, headers: headers.collect(), body: request.body, source: None }
}

async fn callback(platform: &EdgePlatform, path: &str, request: HttpRequest) -> Result<HttpResponse, PlatformError> {
    let name = sender_object(platform).await?;
    let connection = |error: worker::Error| PlatformError::Connection(error.to_string());
    let mut response = post(platform, &name, path, &request).await.map_err(connection)?;
    let body = response.bytes().await.map_err(connection)?;
    Ok(HttpResponse { status: response.status_code(), body })
}

async fn post(
    platform: &EdgePlatform,
    name: &str,
    path: &str,
    request: &HttpRequest,
) -> worker::Result<worker::Response> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    headers.set(ledger::OBJECT, name)?;
    let mut init = RequestInit::new();
    let body = Uint8Array::from(request.body.as_slice());
    init.with_method(Method::Post).with_headers(headers).with_body(Some(body.into()));
    let request = worker::Request::new_with_init(&format!("http://callback{path}"), &init)?;
    ledger::object(platform.env(), name)?.fetch_with_request(request).await
}

/// The name of the object of whoever pays for transactions. What is wrong with the key is callback's to say.
async fn sender_object(platform: &EdgePlatform) -> Result<String, PlatformError> {
    let chain = platform.config("chain_id").await?.unwrap_or_default();
    let key = platform.config("sender_key").await?.and_then(|key| key.trim().parse::<B256>().ok());
    let signer = key.and_then(|key| PrivateKeySigner::from_bytes(&key).ok());
    let sender = signer.map(|signer| format!("{:#x}", signer.address())).unwrap_or_default();
    Ok(place::of_sender(chain.trim(), &sender))
}

#[cfg(test)]
mod tests {
    use super::callee;

    #[test]
    fn only_the_worker_s_own_functions_are_called_without_the_network() {
        assert_eq!(callee("http://dispatch.spin.internal/jobs"), Some(("dispatch", "/jobs")));
        for url in ["https://dispatch.spin.internal/jobs", "http://node.example/spin.internal/", "http://node.example"]
        {
            assert_eq!(callee(url), None, "{url}");
        }
    }
}
