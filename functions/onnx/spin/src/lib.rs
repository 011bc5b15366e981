//! Runs ONNX files: `POST /run` for dispatch.

use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use verdigris_core::onnx::MAX_QUESTION;

#[http_service]
async fn onnx(request: Request) -> impl IntoResponse {
    verdigris_spin::serve(request, MAX_QUESTION, async |_, request| verdigris_onnx::handle(&request)).await
}
