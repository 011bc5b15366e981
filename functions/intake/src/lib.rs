//! Takes webhooks: `POST /webhooks/{provider}`, `GET /healthz`.

use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use verdigris_core::http::MAX_BODY;
use verdigris_core::intake::handle;

#[http_service]
async fn intake(request: Request) -> impl IntoResponse {
    verdigris_spin::serve(request, MAX_BODY, handle).await
}
