//! Runs models: `/oracle/…` for everyone, `POST /jobs` for intake and sweep.

use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use verdigris_core::dispatch::handle;
use verdigris_core::http::MAX_BODY;

#[http_service]
async fn dispatch(request: Request) -> impl IntoResponse {
    verdigris_spin::serve(request, MAX_BODY, handle).await
}
