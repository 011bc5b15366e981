//! Stores answers by their content: `GET /ipfs/{cid}` for everyone, `POST /pin` for dispatch.

use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use verdigris_core::pin::MAX_BODY;
use verdigris_core::pin::handle;

#[http_service]
async fn pin(request: Request) -> impl IntoResponse {
    verdigris_spin::serve(request, MAX_BODY, handle).await
}
