//! Signs answers and sends them: `POST /answers`, `POST /outbox`, neither of them from outside.

use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use verdigris_core::callback::handle;
use verdigris_core::http::MAX_BODY;

#[http_service]
async fn callback(request: Request) -> impl IntoResponse {
    verdigris_spin::serve(request, MAX_BODY, handle).await
}
