//! The hub of the small chain: what its contract would check and do, at the levels that this operator offers.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolError};

use super::deployment::{MODEL, Msg, State, attester};
use super::quorum;
use crate::abi::IInferenceHub::{
    self, AnswerProposed, Assurance, FraudProved, InferenceAnswered, InferenceRaised, InferenceRequested, LeavesShown,
    Opening, Proposal, RaiseRequested, Receipt, Request, Status, TileDemanded, TileShown,
};
use crate::event::Event;
use crate::event::tests::{HUB, event};
use crate::job::LEAVES;
use crate::receipt;

/// What a call of a contract does: its events, or the data with which it reverts.
pub(crate) type Done = Result<Vec<Event>, Vec<u8>>;

/// An answer that was accepted.
#[derive(Clone)]
pub(crate) struct Accepted {
    pub(crate) receipt: Receipt,
    pub(crate) signature: Bytes,
    pub(crate) output: Bytes,
    pub(crate) level: Assurance,
    pub(crate) delivered: bool,
}

/// A bonded answer.
#[derive(Clone)]
pub(crate) struct Bonded {
    pub(crate) proposal: Proposal,
    pub(crate) accepted: Accepted,
}

/// A call of the hub.
pub(crate) fn call(state: &mut State, msg: &Msg, selector: [u8; 4], args: &[u8]) -> Option<Done> {
    Some(match selector {
        IInferenceHub::fulfilCall::SELECTOR => {
            let call = IInferenceHub::fulfilCall::abi_decode_raw_validate(args).expect("a call");
            let answer = Answer { receipt: call.receipt, output: call.output, signature: call.signature };
            fulfil(state, answer)
        }
        IInferenceHub::proposeCall::SELECTOR => {
            let call = IInferenceHub::proposeCall::abi_decode_raw_validate(args).expect("a call");
            let answer = Answer { receipt: call.receipt, output: call.output, signature: call.signature };
            propose(state, msg, answer)
        }
        IInferenceHub::commitCall::SELECTOR => {
            let call = IInferenceHub::commitCall::abi_decode_raw_validate(args).expect("a call");
            quorum::commit(state, msg, call.requestId, call.commitment)
        }
        IInferenceHub::revealCall::SELECTOR => {
            let call = IInferenceHub::revealCall::abi_decode_raw_validate(args).expect("a call");
            quorum::reveal(state, msg, &call)
        }
        IInferenceHub::finaliseCall::SELECTOR => {
            let call = IInferenceHub::finaliseCall::abi_decode_raw_validate(args).expect("a call");
            finalise(state, msg, call.requestId, &call.output)
        }
        IInferenceHub::executeCall::SELECTOR => {
            let call = IInferenceHub::executeCall::abi_decode_raw_validate(args).expect("a call");
            execute(state, call.requestId, &call.input)
        }
        IInferenceHub::deliverCall::SELECTOR => {
            let call = IInferenceHub::deliverCall::abi_decode_raw_validate(args).expect("a call");
            deliver(state, call.requestId, &call.output)
        }
        IInferenceHub::showLeavesCall::SELECTOR => {
            let call = IInferenceHub::showLeavesCall::abi_decode_raw_validate(args).expect("a call");
            show_leaves(state, &call)
        }
        IInferenceHub::showTileCall::SELECTOR => {
            let call = IInferenceHub::showTileCall::abi_decode_raw_validate(args).expect("a call");
            show_tile(state, &call)
        }
        _ => return None,
    })
}

struct Answer {
    receipt: Receipt,
    output: Bytes,
    signature: Bytes,
}

/// A consumer asks. Gives the request's id and event.
pub(crate) fn ask(state: &mut State, now: u64, consumer: Address, input: Bytes, level: Assurance) -> (B256, Event) {
    state.nonce += 1;
    let request_id = keccak256([input.as_ref(), &state.nonce.to_be_bytes()].concat());
    let deadline = now + 1_000;
    let request = Request {
        consumer,
        callbackGas: 100_000,
        level,
        modelId: MODEL,
        inputHash: keccak256(&input),
        deadline,
        fee: state.fee,
    };
    state.requests.insert(request_id, (request, Status::Open));
    let log = InferenceRequested {
        requestId: request_id,
        modelId: MODEL,
        consumer,
        input,
        level,
        callbackGas: 100_000,
        deadline,
    };
    (request_id, event(HUB, &log))
}

/// Somebody pays for a higher level.
pub(crate) fn raise(state: &mut State, now: u64, id: B256, level: Assurance) -> Event {
    let (request, status) = state.requests.get_mut(&id).expect("a request");
    assert_eq!(*status, Status::Answered);
    (request.level, request.deadline) = (level, now + 1_000);
    let log = RaiseRequested { requestId: id, modelId: MODEL, level, fee: state.fee, deadline: request.deadline };
    event(HUB, &log)
}

/// A watcher proves a proposal wrong.
pub(crate) fn strike(state: &mut State, id: B256) -> Event {
    let Bonded { proposal, .. } = state.proposals.remove(&id).expect("a proposal");
    state.stakes.get_mut(&proposal.proposer).expect("a stake").1 -= U256::from(proposal.bond);
    let raised = state.accepted.contains_key(&id);
    state.requests.get_mut(&id).expect("a request").1 = if raised { Status::Refuted } else { Status::Open };
    let challenger = Address::repeat_byte(0xee);
    let bond = U256::from(proposal.bond);
    event(HUB, &FraudProved { requestId: id, challenger, proposer: proposal.proposer, bond })
}

/// A watcher wants to see a tile.
pub(crate) fn demand(state: &mut State, now: u64, id: B256, index: u32) -> Event {
    assert!(state.demands.insert((id, index)));
    let answer_by = now + state.window;
    state.proposals.get_mut(&id).expect("a proposal").proposal.finalAfter = answer_by + state.window;
    let watcher = Address::repeat_byte(0xee);
    event(HUB, &TileDemanded { requestId: id, watcher, index, answerBy: answer_by })
}

/// What is the same at every level: the receipt speaks of this request, and the model's key signed it.
fn check(state: &State, answer: &Answer, level: Assurance) -> Result<(Request, Status), Vec<u8>> {
    let receipt = &answer.receipt;
    let id = receipt.requestId;
    let Some((request, status)) = state.requests.get(&id) else {
        return Err(IInferenceHub::UnknownRequest { requestId: id }.abi_encode());
    };
    if (receipt.modelId, receipt.inputHash) != (request.modelId, request.inputHash) {
        return Err(IInferenceHub::ReceiptMismatch { requestId: id }.abi_encode());
    }
    if request.level != level {
        return Err(IInferenceHub::WrongLevel { requestId: id, level: request.level }.abi_encode());
    }
    if *status == Status::Expired {
        return Err(IInferenceHub::RequestExpired { requestId: id, deadline: request.deadline }.abi_encode());
    }
    assert_eq!(receipt.outputHash, keccak256(&answer.output));
    assert_eq!(receipt::signer(receipt, &answer.signature, 31337, HUB), Ok(attester()));
    Ok((request.clone(), *status))
}

fn fulfil(state: &mut State, answer: Answer) -> Done {
    let (_, status) = check(state, &answer, Assurance::Attested)?;
    if status == Status::Answered {
        return Ok(Vec::new());
    }
    let Answer { receipt, output, signature } = answer;
    Ok(accept(state, Accepted { receipt, signature, output, level: Assurance::Attested, delivered: true }))
}

fn propose(state: &mut State, msg: &Msg, answer: Answer) -> Done {
    let id = answer.receipt.requestId;
    let (_, status) = check(state, &answer, Assurance::Optimistic)?;
    let output_hash = answer.receipt.outputHash;
    if let Some(pending) = state.proposals.get(&id) {
        let proposer = pending.proposal.proposer;
        let same = pending.proposal.outputHash == output_hash;
        let refusal = IInferenceHub::AlreadyProposed { requestId: id, proposer }.abi_encode();
        return if same { Ok(Vec::new()) } else { Err(refusal) };
    }
    if let Some(accepted) = state.accepted.get(&id) {
        let expected = accepted.receipt.outputHash;
        if expected != output_hash {
            return Err(IInferenceHub::OutputMismatch { expected, actual: output_hash }.abi_encode());
        }
        if accepted.level == Assurance::Optimistic {
            return Ok(Vec::new());
        }
    }
    let needed = U256::from(state.bond);
    let (free, locked) = state.stakes.entry(msg.from).or_default();
    if *free < needed {
        return Err(IInferenceHub::StakeTooLow { operator: msg.from, free: *free, needed }.abi_encode());
    }
    (*free, *locked) = (*free - needed, *locked + needed);
    let final_after = msg.now + state.window;
    let proposal = Proposal { proposer: msg.from, bond: state.bond, finalAfter: final_after, outputHash: output_hash };
    if status == Status::Open {
        state.requests.get_mut(&id).expect("a request").1 = Status::Proposed;
    }
    let Answer { receipt, output, signature } = answer;
    let log = AnswerProposed {
        requestId: id,
        proposer: msg.from,
        receipt: receipt.clone(),
        output: output.clone(),
        finalAfter: final_after,
    };
    let accepted = Accepted { receipt, signature, output, level: Assurance::Optimistic, delivered: true };
    state.proposals.insert(id, Bonded { proposal, accepted });
    Ok(vec![event(HUB, &log)])
}

fn finalise(state: &mut State, msg: &Msg, id: B256, output: &Bytes) -> Done {
    let Some(Bonded { proposal, accepted }) = state.proposals.get(&id).cloned() else {
        return Err(IInferenceHub::NoProposal { requestId: id }.abi_encode());
    };
    if msg.now <= proposal.finalAfter || state.demands.iter().any(|demand| demand.0 == id) {
        return Err(IInferenceHub::WindowOpen { requestId: id, finalAfter: proposal.finalAfter }.abi_encode());
    }
    assert_eq!(proposal.outputHash, keccak256(output));
    state.proposals.remove(&id);
    let (free, locked) = state.stakes.get_mut(&proposal.proposer).expect("a stake");
    let bond = U256::from(proposal.bond);
    (*free, *locked) = (*free + bond, *locked - bond);
    Ok(accept(state, accepted))
}

/// The contract's own answer; here it is simply the input again.
fn execute(state: &mut State, id: B256, input: &Bytes) -> Done {
    let Some((request, status)) = state.requests.get(&id).cloned() else {
        return Err(IInferenceHub::UnknownRequest { requestId: id }.abi_encode());
    };
    if request.level != Assurance::Executed {
        return Err(IInferenceHub::WrongLevel { requestId: id, level: request.level }.abi_encode());
    }
    assert_eq!(request.inputHash, keccak256(input));
    let raised = state.accepted.get(&id).cloned();
    let is_done = raised.as_ref().is_some_and(|accepted| accepted.level == Assurance::Executed);
    if is_done || !matches!(status, Status::Open | Status::Answered) {
        return Err(IInferenceHub::AlreadyAnswered { requestId: id }.abi_encode());
    }
    let own = Receipt {
        requestId: id,
        modelId: MODEL,
        inputHash: request.inputHash,
        outputHash: keccak256(input),
        contentHash: B256::ZERO,
        issuedAt: 0,
    };
    let own = Accepted {
        receipt: own,
        signature: Bytes::new(),
        output: input.clone(),
        level: Assurance::Executed,
        delivered: true,
    };
    Ok(accept(state, raised.map_or(own, |accepted| Accepted { level: Assurance::Executed, ..accepted })))
}

fn show_leaves(state: &mut State, call: &IInferenceHub::showLeavesCall) -> Done {
    let id = call.requestId;
    if !state.proposals.contains_key(&id) {
        return Err(IInferenceHub::NoProposal { requestId: id }.abi_encode());
    }
    let shown = state.halves.entry(id).or_default();
    if !state.demands.contains(&(id, LEAVES)) || !shown.insert(call.half.isUpper) {
        return Err(IInferenceHub::NotDemanded { requestId: id, index: LEAVES }.abi_encode());
    }
    let complete = shown.len() == 2;
    if complete {
        state.demands.remove(&(id, LEAVES));
    }
    assert_eq!(keccak256(&call.input), state.requests[&id].0.inputHash);
    assert_eq!(keccak256(&call.output), state.proposals[&id].proposal.outputHash);
    assert!(super::deployment::is_half(&call.output, &call.half), "the leaves make the root");
    Ok(vec![event(HUB, &LeavesShown { requestId: id, leaves: call.half.leaves.clone(), complete })])
}

fn show_tile(state: &mut State, call: &IInferenceHub::showTileCall) -> Done {
    let id = call.requestId;
    let Opening { index, tile, proof } = &call.opening;
    if !state.proposals.contains_key(&id) {
        return Err(IInferenceHub::NoProposal { requestId: id }.abi_encode());
    }
    if !state.demands.remove(&(id, *index)) {
        return Err(IInferenceHub::NotDemanded { requestId: id, index: *index }.abi_encode());
    }
    assert_eq!(keccak256(&call.input), state.requests[&id].0.inputHash);
    assert_eq!(keccak256(&call.output), state.proposals[&id].proposal.outputHash);
    assert!(super::deployment::is_tile(&call.input, &call.output, *index, tile, proof), "the tile belongs to the root");
    Ok(vec![event(HUB, &TileShown { requestId: id, opening: call.opening.clone() })])
}

fn deliver(state: &mut State, id: B256, output: &Bytes) -> Done {
    let fails = state.consumer_fails;
    let accepted = state.accepted.get_mut(&id).expect("an answer");
    assert_eq!(accepted.receipt.outputHash, keccak256(output));
    if accepted.delivered {
        return Err(IInferenceHub::AlreadyDelivered { requestId: id }.abi_encode());
    }
    if fails {
        return Err(IInferenceHub::DeliveryFailed { requestId: id }.abi_encode());
    }
    accepted.delivered = true;
    reach(state, id);
    Ok(vec![event(HUB, &IInferenceHub::InferenceDelivered { requestId: id })])
}

/// The consumer takes its answer.
fn reach(state: &mut State, id: B256) {
    if let Some(token) = state.tokens.values_mut().find(|token| token.requestId == id) {
        token.stage = crate::abi::ISeedArt::Stage::Fulfilled;
    }
}

/// An answer is final, or an accepted one has reached a higher level.
pub(crate) fn accept(state: &mut State, mut accepted: Accepted) -> Vec<Event> {
    let id = accepted.receipt.requestId;
    let (level, receipt) = (accepted.level, accepted.receipt.clone());
    let log = if state.accepted.contains_key(&id) {
        event(HUB, &InferenceRaised { requestId: id, level })
    } else {
        state.answers.push((receipt.clone(), accepted.output.clone()));
        accepted.delivered = !state.consumer_fails;
        if accepted.delivered {
            reach(state, id);
        }
        let answered = InferenceAnswered {
            requestId: id,
            operator: attester(),
            outputHash: receipt.outputHash,
            contentHash: receipt.contentHash,
            delivered: accepted.delivered,
        };
        event(HUB, &answered)
    };
    state.requests.get_mut(&id).expect("a request").1 = Status::Answered;
    state.accepted.insert(id, accepted);
    vec![log]
}
