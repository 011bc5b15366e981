//! The gateway of [EIP-3668](https://eips.ethereum.org/EIPS/eip-3668). A contract that reverts with `OffchainLookup` has
//! its caller's library ask here, and then checks the signature; ours is `contracts/src/gateway/InferenceResolver.sol`.
//!
//! Clients differ: some write addresses in lower case, some don't; some send the data in the path, some in the body. They
//! all read JSON, and go on to the next gateway after a 5xx.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;
use serde_json::value::RawValue;

use super::{Statement, run};
use crate::abi::IInferenceGateway::inferCall;
use crate::callback;
use crate::error::{Error, Result};
use crate::gate::Pass;
use crate::handoff::{self, Until};
use crate::http::{Request, Response};
use crate::json::{Opened, open};
use crate::platform::Platform;
use crate::words::{self, Words};

/// Where queries are posted, and how the path begins of those that are in the path.
pub(super) const PATH: &str = "/oracle/ccip";
const WHAT: &str = "the query";

/// The sender and the data of a query that is in the path: `/oracle/ccip/{sender}/{data}`, with or without `.json`.
pub(super) fn in_path(path: &str) -> Option<(&str, &str)> {
    let (sender, data) = path.strip_prefix(PATH)?.strip_prefix('/')?.split_once('/')?;
    Some((sender, data.strip_suffix(".json").unwrap_or(data)))
}

/// Answers `abi.encode(output, signature)`.
pub(super) async fn look_up<P: Platform>(platform: &P, request: &Request, pass: &Pass<'_, P>) -> Result<Response> {
    let (sender, data) = match in_path(&request.path) {
        Some((sender, data)) => parsed(sender, data)?,
        None => posted(&request.body)?,
    };
    let Some((model_id, input)) = question(&data) else {
        let reason = format!("its data is not a call of {}", inferCall::SIGNATURE);
        return Err(Error::Malformed { what: WHAT, reason }.into());
    };
    let output = run(platform, pass, model_id, &input).await?;
    let statement =
        Statement { model_id, input_hash: keccak256(&input), output_hash: keccak256(&output), resolver: sender };
    let until = Until::starting(platform.now_ms());
    let (path, form) = (callback::ATTESTATIONS, "application/octet-stream");
    let signed = handoff::post_bytes(platform, callback::FUNCTION, path, form, statement.to_bytes(), until).await?;
    let data = Bytes::from(words::encode(&[&output, &signed.body]));
    let headers = vec![("content-type", "application/json".into())];
    Ok(Response { status: 200, headers, body: format!("{{\"data\":\"{data}\"}}").into_bytes() })
}

fn posted(body: &[u8]) -> Result<(Address, Bytes)> {
    let wrong = |e: serde_json::Error| Error::json(WHAT, &e);
    let query = open(crate::json::from_slice::<&RawValue>(body).map_err(wrong)?).map_err(wrong)?;
    let text = |name| query.get(name).and_then(Opened::into_text).unwrap_or_default();
    parsed(&text("sender"), &text("data"))
}

fn parsed(sender: &str, data: &str) -> Result<(Address, Bytes)> {
    let malformed = |reason: &str| Error::Malformed { what: WHAT, reason: reason.into() };
    let sender = sender.parse().map_err(|_| malformed("its sender is not an address"))?;
    Ok((sender, data.parse().map_err(|_| malformed("its data is not hexadecimal"))?))
}

/// The model and its input, out of a call of `infer`.
fn question(data: &[u8]) -> Option<(B256, Bytes)> {
    let words = Words(data.strip_prefix(&inferCall::SELECTOR)?);
    Some((words.word(0)?, words.bytes(1)?))
}
