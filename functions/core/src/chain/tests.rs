//! What contracts return is read as alloy reads it.

use super::*;
use IInferenceHub::{Assurance, Proposal, Receipt, Request, Status};
use alloy_sol_types::SolValue;
use proptest::prelude::*;
use serde_json::json;

fn answer(bytes: &[u8]) -> Answer {
    Answer::of("eth_call", &json!(Bytes::copy_from_slice(bytes)))
}

fn words() -> impl Strategy<Value = B256> {
    prop_oneof![any::<[u8; 32]>().prop_map(B256::from), any::<u8>().prop_map(B256::with_last_byte)]
}

fn encoded(accepted: IInferenceHub::receiptOfReturn) -> Vec<u8> {
    (accepted.receipt, accepted.signature, accepted.delivered).abi_encode_params()
}

/// Every way of reading the same bytes.
fn compare(bytes: &[u8]) {
    let request = IInferenceHub::requestOfCall::abi_decode_returns_validate(bytes).ok();
    let read = read_request(answer(bytes)).ok();
    if let Some(request) = request {
        assert_eq!(read, Some(Asked { request: request.request, status: request.status }));
    }
    let accepted = IInferenceHub::receiptOfCall::abi_decode_returns_validate(bytes).ok();
    let read = read_accepted(answer(bytes)).ok();
    if let Some(accepted) = accepted {
        assert_eq!(read.map(encoded), Some(encoded(accepted)));
    }
    let proposal = IInferenceHub::proposalOfCall::abi_decode_returns_validate(bytes).ok();
    let read = read_proposal(answer(bytes)).ok();
    if let Some(proposal) = proposal {
        assert_eq!(read, Some(Some(proposal).filter(|proposal| !proposal.proposer.is_zero())));
    }
    let token = ISeedArt::tokenOfCall::abi_decode_returns_validate(bytes).ok();
    let read = read_token(answer(bytes)).ok();
    if let Some(token) = token {
        let (stage, draw_block, request_id) = (token.stage, token.drawBlock, token.requestId);
        assert_eq!(read, Some(Some(Token { stage, draw_block, request_id })));
    }
}

proptest! {
    #[test]
    fn what_contracts_return_is_read_as_alloy_reads_it(
        hash in words(), number in any::<u64>(), gas in any::<u32>(), bond in any::<u128>(), flag in any::<bool>(),
        level in 0u8..5, status in 0u8..6, stage in 0u8..3, bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let address = Address::from_word(hash);
        let request = Request {
            consumer: address,
            callbackGas: gas,
            level: Assurance::try_from(level).expect("a level"),
            modelId: hash,
            inputHash: hash,
            deadline: number,
            fee: hash.into(),
        };
        let status = Status::try_from(status).expect("a status");
        let asked = (request.clone(), status).abi_encode_params();
        prop_assert_eq!(read_request(answer(&asked)), Ok(Asked { request, status }));
        let receipt = Receipt {
            requestId: hash, modelId: hash, inputHash: hash, outputHash: hash, contentHash: hash, issuedAt: number,
        };
        let accepted = (receipt, Bytes::from(bytes.clone()), flag).abi_encode_params();
        prop_assert_eq!(read_accepted(answer(&accepted)).map(encoded), Ok(accepted.clone()));
        let proposal = Proposal { proposer: address, bond, finalAfter: number, outputHash: hash }.abi_encode();
        let token = ISeedArt::Token {
            stage: Stage::try_from(stage).expect("a stage"),
            drawBlock: number,
            requestId: hash,
            pixelRoot: hash,
            imageCid: bytes.clone().into(),
            metadataCid: bytes.into(),
        };
        for encoded in [asked, accepted, proposal, token.abi_encode()] {
            compare(&encoded);
            compare(&encoded[..encoded.len() - 1]);
            compare(&encoded[..encoded.len() / 2]);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic_and_never_otherwise_than_alloy_reads_them(
        all in prop::collection::vec(words(), 0..12), cut in 0usize..32,
    ) {
        let bytes = all.concat();
        compare(&bytes[..bytes.len().saturating_sub(cut)]);
    }
}

#[test]
fn an_address_without_code_and_values_out_of_range_are_nonsense() {
    let is_nonsense = |result: Result<()>| matches!(result.map_err(|error| *error), Err(Error::RpcNonsense { .. }));
    for bytes in [&[][..], &[0xff; 32 * 12]] {
        assert!(is_nonsense(read_request(answer(bytes)).map(drop)));
        assert!(is_nonsense(read_accepted(answer(bytes)).map(drop)));
        assert!(is_nonsense(read_proposal(answer(bytes)).map(drop)));
        assert!(is_nonsense(read_token(answer(bytes)).map(drop)));
    }
}
