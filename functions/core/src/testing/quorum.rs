//! Votes of the small chain's quorum: this operator and two others, of whom two must agree.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::{SolError, SolValue};

use super::deployment::{Msg, State, operator};
use super::hub::{Accepted, Done, accept};
use crate::abi::IInferenceHub::{self, AnswerCommitted, AnswerRevealed, Assurance, Receipt, revealCall};
use crate::event::tests::{HUB, event};

/// Seconds in which others commit after the first one.
pub(crate) const COMMIT_TIME: u64 = 50;
/// Seconds in which answers are shown after that.
pub(crate) const REVEAL_TIME: u64 = 60;
const THRESHOLD: usize = 2;

pub(crate) const OTHERS: [Address; 2] = [Address::repeat_byte(0xa1), Address::repeat_byte(0xa2)];

/// How far a vote is.
#[derive(Clone, Default)]
pub(crate) struct Round {
    opens_at: u64,
    committed: BTreeMap<Address, B256>,
    shown: BTreeMap<Address, B256>,
}

pub(crate) fn commit(state: &mut State, msg: &Msg, id: B256, commitment: B256) -> Done {
    if msg.from != operator() && !OTHERS.contains(&msg.from) {
        return Err(IInferenceHub::NotOperator { requestId: id, sender: msg.from }.abi_encode());
    }
    let round = state.rounds.entry(id).or_default();
    if round.committed.contains_key(&msg.from) {
        return Err(IInferenceHub::AlreadyCommitted { requestId: id, operator: msg.from }.abi_encode());
    }
    if round.opens_at != 0 && msg.now >= round.opens_at {
        return Err(IInferenceHub::CommitClosed { requestId: id, closedAt: round.opens_at }.abi_encode());
    }
    if round.opens_at == 0 {
        round.opens_at = msg.now + 1 + COMMIT_TIME;
    }
    round.committed.insert(msg.from, commitment);
    if round.committed.len() == 1 + OTHERS.len() {
        round.opens_at = msg.now;
    }
    Ok(vec![event(HUB, &AnswerCommitted { requestId: id, operator: msg.from, commitment })])
}

pub(crate) fn reveal(state: &mut State, msg: &Msg, call: &revealCall) -> Done {
    let id = call.requestId;
    let Some(round) = state.rounds.get_mut(&id) else {
        return Err(IInferenceHub::RevealClosed { requestId: id, opensAt: 0, closesAt: 0 }.abi_encode());
    };
    let (opens, closes) = (round.opens_at, round.opens_at + REVEAL_TIME);
    if msg.now < opens || msg.now > closes {
        return Err(IInferenceHub::RevealClosed { requestId: id, opensAt: opens, closesAt: closes }.abi_encode());
    }
    let output_hash = keccak256(&call.output);
    let commitment = keccak256((id, msg.from, output_hash, call.contentHash, call.salt).abi_encode());
    if round.committed.get(&msg.from) != Some(&commitment) || round.shown.contains_key(&msg.from) {
        return Err(IInferenceHub::BadReveal { requestId: id, operator: msg.from }.abi_encode());
    }
    round.shown.insert(msg.from, output_hash);
    let votes = round.shown.values().filter(|hash| **hash == output_hash).count();
    let (operator, content_hash) = (msg.from, call.contentHash);
    let shown = AnswerRevealed { requestId: id, operator, outputHash: output_hash, contentHash: content_hash };
    let mut events = vec![event(HUB, &shown)];
    if votes >= THRESHOLD {
        let request = &state.requests[&id].0;
        let receipt = Receipt {
            requestId: id,
            modelId: request.modelId,
            inputHash: request.inputHash,
            outputHash: output_hash,
            contentHash: content_hash,
            issuedAt: 0,
        };
        let accepted = Accepted {
            receipt,
            signature: Bytes::new(),
            output: call.output.clone(),
            level: Assurance::Quorum,
            delivered: true,
        };
        events.extend(accept(state, accepted));
    }
    Ok(events)
}
