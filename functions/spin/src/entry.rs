//! The way in and out of a component: Spin's request to the pipeline's, the pipeline's answer to Spin's.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use spin_sdk::http::{Request as SpinRequest, Response as SpinResponse};
use verdigris_core::Error;
use verdigris_core::http::{Request, Response};

use crate::Spin;

/// Answers a request by `handler`, reading at most `max_body` bytes of its body.
pub async fn serve(
    request: SpinRequest,
    max_body: usize,
    handler: impl AsyncFnOnce(&Spin, Request) -> Response,
) -> SpinResponse<Full<Bytes>> {
    let answer = match read(request, max_body).await {
        Ok(request) => handler(&Spin, request).await,
        Err(error) => error.into(),
    };
    write(answer)
}

async fn read(request: SpinRequest, max_body: usize) -> Result<Request, Error> {
    let (head, body) = request.into_parts();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    let body = Limited::new(body, max_body).collect().await.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            Error::BodyTooLarge { limit: max_body }
        } else {
            Error::Malformed { what: "the body", reason: "it broke off".into() }
        }
    })?;
    let (method, path) = (head.method.as_str().to_owned(), head.uri.path().to_owned());
    Ok(Request { method, path, headers, body: body.to_bytes().into() })
}

fn write(answer: Response) -> SpinResponse<Full<Bytes>> {
    let mut response = SpinResponse::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(answer.body.into())).unwrap_or_else(|_| {
        // Only a header value with control characters comes here, and the pipeline makes none.
        let mut broken = SpinResponse::new(Full::new(Bytes::new()));
        *broken.status_mut() = spin_sdk::http::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
