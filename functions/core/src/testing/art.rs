//! The collection of the small chain: tokens are minted, drawn, asked for anew.

use alloy_primitives::{B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolError, SolValue};

use super::deployment::{Msg, SIZE, State};
use super::hub::{self, Done};
use crate::abi::IInferenceHub::{self, Status};
use crate::abi::ISeedArt::{self, SeedRequested, Stage, Token};
use crate::abi::PictureInput;
use crate::event::tests::{ART, event};
use verdigris_model::picture::Stages;

pub(crate) fn minted(draw_block: u64) -> Token {
    Token {
        stage: Stage::Minted,
        drawBlock: draw_block,
        requestId: B256::ZERO,
        pixelRoot: B256::ZERO,
        imageCid: Bytes::new(),
        metadataCid: Bytes::new(),
    }
}

pub(crate) fn draw(state: &mut State, msg: &Msg, id: U256) -> Done {
    let Some(token) = state.tokens.get(&id) else { return Err(vec![0xbb; 4]) };
    if token.stage != Stage::Minted {
        return Err(ISeedArt::AlreadyDrawn { tokenId: id }.abi_encode());
    }
    if msg.block <= token.drawBlock {
        return Err(ISeedArt::TooEarly { tokenId: id, drawBlock: token.drawBlock }.abi_encode());
    }
    if msg.block > token.drawBlock + 8_192 {
        return Err(ISeedArt::BlockHashGone { tokenId: id, drawBlock: token.drawBlock }.abi_encode());
    }
    ask(state, msg, id)
}

pub(crate) fn renew(state: &mut State, msg: &Msg, id: U256) -> Done {
    let request = state.tokens[&id].requestId;
    if state.requests[&request].1 != Status::Expired {
        return Err(ISeedArt::RequestStillOpen { tokenId: id, requestId: request }.abi_encode());
    }
    ask(state, msg, id)
}

pub(crate) fn redraw(state: &mut State, msg: &Msg, id: U256) -> Done {
    let draw_block = msg.block + 1;
    state.tokens.insert(id, minted(draw_block));
    Ok(vec![event(ART, &SeedRequested { tokenId: id, drawBlock: draw_block })])
}

fn ask(state: &mut State, msg: &Msg, id: U256) -> Done {
    if msg.value < state.fee {
        return Err(IInferenceHub::FeeTooLow { sent: msg.value, fee: state.fee }.abi_encode());
    }
    let input: Bytes = PictureInput {
        stages: Stages::NEWEST.number(),
        size: SIZE,
        seed: keccak256(id.to_be_bytes::<32>()),
        traits: B256::with_last_byte(3),
        title: format!("Verdigris #{id}"),
    }
    .abi_encode()
    .into();
    let (request_id, event) = hub::ask(state, msg.now, ART, input, state.assurance);
    let token = state.tokens.get_mut(&id).expect("a token");
    (token.stage, token.requestId) = (Stage::Drawn, request_id);
    Ok(vec![event])
}
