//! A bonded answer that waits for challenges, as the chain's logs tell of it.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_rpc_types_eth::Log;
use alloy_sol_types::SolEvent;
use serde_json::json;
use verdigris_core::abi::IInferenceHub::{AnswerProposed, InferenceRequested};

use super::Watcher;
use crate::error::CliError;

/// A bonded answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The request that it answers.
    pub request_id: B256,
    /// Whose bond stands for it.
    pub proposer: Address,
    /// The model that must have answered.
    pub model_id: B256,
    /// keccak256 of the question.
    pub input_hash: B256,
    /// The answer.
    pub output: Bytes,
    /// The last second at which it can be challenged, if no tile is demanded.
    pub final_after: u64,
    /// Where on the chain it is: its block, and its place among the logs of that.
    pub place: (u64, u64),
}

/// Where on the chain a log is, unless the chain took it back.
pub fn place(log: &Log) -> Option<(u64, u64)> {
    Some((log.block_number.filter(|_| !log.removed)?, log.log_index?))
}

impl Proposal {
    /// Reads a log; `None` for one that tells of something else, or that the chain took back.
    pub fn read(log: &Log) -> Option<Self> {
        let told = AnswerProposed::decode_log_validate(&log.inner).ok()?.data;
        Some(Self {
            request_id: told.requestId,
            proposer: told.proposer,
            model_id: told.receipt.modelId,
            input_hash: told.receipt.inputHash,
            output: told.output,
            final_after: told.finalAfter,
            place: place(log)?,
        })
    }

    /// The newest proposal for a request, if there ever was one.
    pub async fn of_request(watcher: &Watcher, request_id: B256) -> Result<Option<Self>, CliError> {
        let topics = [json!(AnswerProposed::SIGNATURE_HASH), json!(request_id)];
        let blocks = (watcher.first_block, watcher.chain.block_number().await?);
        let log = watcher.chain.last_log(watcher.hub, &topics, blocks, watcher.span).await?;
        Ok(log.as_ref().and_then(Self::read))
    }

    /// keccak256 of the answer.
    pub fn output_hash(&self) -> B256 {
        keccak256(&self.output)
    }

    /// What was asked, from the log of the request.
    pub async fn input(&self, watcher: &Watcher) -> Result<Bytes, CliError> {
        let topics = [json!(InferenceRequested::SIGNATURE_HASH), json!(self.request_id)];
        let blocks = (watcher.first_block, self.place.0);
        let log = watcher.chain.last_log(watcher.hub, &topics, blocks, watcher.span).await?;
        let asked = log.as_ref().and_then(|log| InferenceRequested::decode_log(&log.inner).ok());
        let what = || format!("log of request {} from block {} on", self.request_id, watcher.first_block);
        let asked = asked.ok_or_else(|| CliError::malformed(what(), "there is none"))?;
        // The hub takes no receipt about another input, so a node that says otherwise is not to be believed.
        if keccak256(&asked.input) != self.input_hash {
            return Err(CliError::malformed(what(), "its input is not what was answered"));
        }
        Ok(asked.data.input)
    }
}
