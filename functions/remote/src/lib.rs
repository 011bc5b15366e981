//! Asks servers that run models: `POST /run`, `POST /told`, for other functions only.

use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use verdigris_core::http::MAX_BODY;
use verdigris_core::remote::handle;

#[http_service]
async fn remote(request: Request) -> impl IntoResponse {
    verdigris_spin::serve(request, MAX_BODY, handle).await
}
