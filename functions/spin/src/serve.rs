//! From Spin's requests to the pipeline's, and back.

use bytes::Bytes;
use spin_sdk::http::{FullBody, Request as SpinRequest};
use verdigris_core::http::{Request, Response};
use verdigris_core::{gate, intake};

use crate::SpinPlatform;
use crate::body;

/// The header to which Spin appends the client's address.
const CLIENT: &str = "spin-client-addr";

/// Serves one request with a function of the pipeline. A body of more than `max_body` bytes is not given to it.
pub async fn serve(
    request: SpinRequest,
    max_body: usize,
    handler: impl AsyncFnOnce(&SpinPlatform, Request) -> Response,
) -> hyperium::Response<FullBody<Bytes>> {
    let (parts, incoming) = request.into_parts();
    let method = parts.method.to_string();
    let platform = SpinPlatform::default();
    let path = parts.uri.path().to_string();
    let response = match body::read(&parts.headers, incoming, max_body).await {
        Ok(body) => {
            let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
            let request = Request {
                method: method.clone(),
                path,
                headers: headers.collect(),
                body,
                source: gate::last_address(parts.headers.get_all(CLIENT).iter().map(|value| value.as_bytes())),
            };
            handler(&platform, request).await
        }
        Err(unread) => intake::unread(&platform, &path, unread),
    };
    into_spin(response.to_method(&method))
}

fn into_spin(response: Response) -> hyperium::Response<FullBody<Bytes>> {
    let mut builder = hyperium::Response::builder().status(response.status);
    for (name, value) in response.headers {
        builder = builder.header(name, value);
    }
    if !response.body.is_empty() {
        builder = builder.header("content-length", response.body.len());
    }
    builder.body(FullBody::new(Bytes::from(response.body))).unwrap_or_else(|_| {
        // A status or header that can't be sent is a bug of ours.
        let mut response = hyperium::Response::new(FullBody::default());
        *response.status_mut() = hyperium::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
