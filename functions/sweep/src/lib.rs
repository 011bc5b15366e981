//! Finds on the chain what is still open: `POST /sweep`.

use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use verdigris_core::http::MAX_BODY;
use verdigris_core::sweep::handle;

#[http_service]
async fn sweep(request: Request) -> impl IntoResponse {
    verdigris_spin::serve(request, MAX_BODY, handle).await
}
