//! For whoever asks a model directly and waits for its answer: `POST /oracle/infer`, and the gateway for contracts that
//! look something up off chain (EIP-3668).
//!
//! An answer holds nothing that differs from one time or caller to the next, so several who must agree (the nodes of an
//! oracle network) get the same bytes.

mod ccip;
mod statement;

use alloy_primitives::{B256, Bytes, keccak256};
use serde::Deserialize;

pub(crate) use statement::Statement;

use crate::config;
use crate::error::{Error, Result};
use crate::executor::{self, Task};
use crate::gate::{self, Pass};
use crate::handoff::Until;
use crate::http::{Request, Response, clip};
use crate::infer::{self, MAX_DIRECT_SIZE};
use crate::model::{self, Engine};
use crate::platform::Platform;
use crate::problem;
use crate::rpc::Rpc;
use crate::words;

/// How the paths begin.
pub(crate) const PATH: &str = "/oracle/";
/// What the body of an answer can be.
const MODES: [&str; 3] = ["json", "abi", "hash"];
/// Longest input of a direct question, as long as the hub's.
const MAX_INPUT: usize = 16_384;
/// Longest output in mode `abi`. A Chainlink Functions script may return 256 bytes; two words say where the output lies
/// and how long it is.
const MAX_ABI_OUTPUT: usize = 256 - 64;

/// Steps ([`Cost::steps`](verdigris_model::network::Cost::steps)) of a run that count as one unit of a caller's limit:
/// some 20 ms.
const STEPS_A_UNIT: u64 = 20_000_000;
/// What a run of an ONNX file counts, whatever it takes: half a second.
const ONNX_UNITS: u64 = 25;
/// What a picture that a text asks for counts: ten seconds.
const PROMPT_UNITS: u64 = 500;

/// A direct question.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Question {
    model_id: B256,
    input: Bytes,
    /// What the body of the answer is: `json`, unless given; `abi`: `abi.encode(output)`, for a contract to decode as
    /// `bytes`; `hash`: the output's keccak256, for a contract that can't be given a long one.
    mode: Option<String>,
}

/// `POST /oracle/infer`, `POST /oracle/ccip`, `GET /oracle/ccip/{sender}/{data}`; to be asked from any web page.
pub(crate) async fn handle<P: Platform>(platform: &P, request: &Request) -> Response {
    let response = match answer(platform, request).await {
        Ok(response) => response,
        Err(error) if request.path.starts_with(ccip::PATH) => problem::for_gateway(&error),
        Err(error) => error.into(),
    };
    response.with_header("access-control-allow-origin", "*")
}

async fn answer<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    let (is_lookup, allowed) = match request.path.as_str() {
        "/oracle/infer" => (false, "POST"),
        ccip::PATH => (true, "POST"),
        path if ccip::in_path(path).is_some() => (true, "GET"),
        _ => {
            gate::anybody(platform, request).await?;
            return Err(request.not_found());
        }
    };
    if request.method == "OPTIONS" {
        gate::anybody(platform, request).await?;
        let headers = vec![
            ("access-control-allow-methods", allowed.to_string()),
            ("access-control-allow-headers", "authorization, content-type, x-api-key".to_string()),
            ("access-control-max-age", "86400".to_string()),
        ];
        return Ok(Response { status: 204, headers, body: Vec::new() });
    }
    let pass = gate::caller(platform, request, "oracle").await?;
    request.only(allowed)?;
    if is_lookup { ccip::look_up(platform, request, &pass).await } else { infer(platform, request, &pass).await }
}

async fn infer<P: Platform>(platform: &P, request: &Request, pass: &Pass<'_, P>) -> Result<Response> {
    let Question { model_id, input, mode } =
        crate::json::from_slice(&request.body).map_err(|e| Error::json("the question", &e))?;
    let mode = mode.as_deref().unwrap_or("json");
    if !MODES.contains(&mode) {
        let reason = format!("its mode is {}, not json, abi or hash", clip(mode, 40));
        return Err(Error::Malformed { what: "the question", reason }.into());
    }
    let output = run(platform, pass, model_id, &input).await?;
    let output_hash = keccak256(&output);
    let (form, body) = match mode {
        "abi" if output.len() > MAX_ABI_OUTPUT => {
            return Err(Error::OutputTooLong { length: output.len(), most: MAX_ABI_OUTPUT }.into());
        }
        "abi" => ("application/octet-stream", words::encode(&[&output])),
        "hash" => ("application/octet-stream", output_hash.to_vec()),
        _ => {
            let input_hash = keccak256(&input);
            let hashes = format!("\"modelId\":\"{model_id}\",\"inputHash\":\"{input_hash}\"");
            let reply = format!("{{{hashes},\"output\":\"{output}\",\"outputHash\":\"{output_hash}\"}}");
            ("application/json", reply.into_bytes())
        }
    };
    Ok(Response { status: 200, headers: vec![("content-type", form.into())], body })
}

/// Runs a model for a caller, who is charged for it first.
async fn run<P: Platform>(platform: &P, pass: &Pass<'_, P>, model_id: B256, input: &Bytes) -> Result<Bytes> {
    if input.len() > MAX_INPUT {
        let reason = format!("it has {} bytes, at most {MAX_INPUT} are taken", input.len());
        return Err(Error::BadInput(reason).into());
    }
    let rpc = Rpc::configured(platform).await?;
    let hub = config::hub(platform).await?;
    let engine = model::load(platform, &rpc, hub, model_id).await?;
    pass.charge(match &engine {
        // What is quickly done was paid for at the gate.
        Engine::Exact(model) => infer::steps(model, input, MAX_DIRECT_SIZE) / STEPS_A_UNIT,
        Engine::Onnx(_) => ONNX_UNITS,
        Engine::Prompt => PROMPT_UNITS,
    })
    .await?;
    let until = Until::starting(platform.now_ms());
    let task = Task { id: None, model: model_id, engine: &engine, input, max_size: MAX_DIRECT_SIZE, until };
    let inference = executor::run(platform, task).await?;
    // Who waits gets an answer or an error.
    inference.map(|inference| inference.output()).ok_or_else(|| Error::Internal("nobody answered".into()).into())
}

#[cfg(test)]
mod tests;
