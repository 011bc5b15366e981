//! A dishonest operator: it has the model's key, and bonds answers that the model never gave.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::{Address, B256, Bytes, U256, address, b256, keccak256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolEvent, SolValue};
use serde_json::Value;
use verdigris_core::abi::IInferenceHub::{
    Half, InferenceRequested, Opening, Receipt, proposeCall, showLeavesCall, showTileCall, stakeCall,
};
use verdigris_core::abi::{ISeedArt, PictureInput, PictureOutput};
use verdigris_core::receipt;
use verdigris_model::picture::{Painter, Picture, root_of};

use crate::chain;
use crate::stack::{Stack, wait_until};

/// The local chain's published key that signs receipts.
pub const ATTESTER: B256 = b256!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6");

/// An account of the local chain that is used for nothing else.
pub const ACCOUNT: Address = address!("0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc");

/// Its published key, hex.
pub const ACCOUNT_KEY: &str = "8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba";

/// A request that waits for an answer.
pub struct Asked {
    /// Its id.
    pub request_id: B256,
    /// The model that must answer.
    pub model_id: B256,
    /// What is asked.
    pub input: PictureInput,
    /// The same as bytes.
    pub encoded: Bytes,
    /// The log that told of it.
    pub log: Value,
}

impl Asked {
    /// Draws a token's seed in the operator's stead, and reads what is asked.
    pub fn by_token(stack: &Stack, token: u64) -> Self {
        let (url, art) = (stack.url("rpcUrl"), stack.address("art"));
        let draw_block = chain::token(url, art, token).drawBlock;
        wait_until("the seed's block", || chain::block_number(url) > draw_block);
        chain::send(url, ACCOUNT, art, &ISeedArt::drawCall { tokenId: U256::from(token) }, U256::ZERO);
        let wanted = chain::token(url, art, token).requestId;
        let logs = chain::logs(url, stack.address("hub"), InferenceRequested::SIGNATURE_HASH);
        let log = logs.into_iter().find(|log| log["topics"][1] == serde_json::json!(wanted)).unwrap();
        let read: alloy_primitives::Log = serde_json::from_value(log.clone()).unwrap();
        let asked = InferenceRequested::decode_log(&read).unwrap().data;
        let input = PictureInput::abi_decode(&asked.input).unwrap();
        Self { request_id: wanted, model_id: asked.modelId, input, encoded: asked.input, log }
    }

    /// The right picture.
    pub fn picture(&self) -> Picture {
        let PictureInput { stages, size, seed, traits, .. } = &self.input;
        let network = verdigris_model::atlas();
        Painter::new(&network, *stages, seed, traits).unwrap().draw(*size).unwrap()
    }
}

/// The picture with one pixel changed.
pub fn with_wrong_pixel(picture: &Picture, x: usize, y: usize) -> Picture {
    let mut rgb = picture.rgb().to_vec();
    rgb[3 * (y * usize::from(picture.size()) + x)] ^= 1;
    Picture::from_rgb(picture.size(), rgb).unwrap()
}

/// Shows the leaves of a picture's tree on chain.
pub fn show_leaves(stack: &Stack, asked: &Asked, output: &PictureOutput, picture: &Picture) {
    let leaves = picture.leaves();
    let (lower, upper) = leaves.split_at(leaves.len() / 2);
    for (own, other, edge) in [(lower, upper, upper.first()), (upper, lower, lower.last())] {
        let half = Half {
            isUpper: own == upper,
            leaves: own.iter().copied().map(B256::from).collect(),
            otherRoot: root_of(other.iter().copied()).into(),
            otherEdge: edge.unwrap().into(),
        };
        let output = output.abi_encode().into();
        let call = showLeavesCall { requestId: asked.request_id, input: asked.encoded.clone(), output, half };
        chain::send(stack.url("rpcUrl"), ACCOUNT, stack.address("hub"), &call, U256::ZERO);
    }
}

/// Shows a tile of a picture on chain.
pub fn show(stack: &Stack, asked: &Asked, output: &PictureOutput, picture: &Picture, index: u32) {
    let shown = picture.tile_proof(index).unwrap();
    let opening = Opening {
        index,
        tile: std::array::from_fn(|word| B256::from_slice(&shown.tile[32 * word..][..32])),
        proof: shown.proof.into_iter().map(B256::from).collect(),
    };
    let output = output.abi_encode().into();
    let call = showTileCall { requestId: asked.request_id, input: asked.encoded.clone(), output, opening };
    chain::send(stack.url("rpcUrl"), ACCOUNT, stack.address("hub"), &call, U256::ZERO);
}

/// Puts a picture into the stack's content store; gives what an answer says of it.
pub fn pin(stack: &Stack, picture: &Picture) -> PictureOutput {
    let png = picture.to_png().unwrap();
    let cid = verdigris_core::cid::of(&png);
    std::fs::write(stack.state_dir().join("content").join(cid.to_string()), png).unwrap();
    claim(picture)
}

/// What an answer says of a picture, whether anybody has it or not.
pub fn claim(picture: &Picture) -> PictureOutput {
    let cid = verdigris_core::cid::of(&picture.to_png().unwrap());
    PictureOutput { pixelRoot: picture.pixel_root().into(), imageCid: cid.to_bytes().into() }
}

/// Stakes, signs a picture with the model's key, and bonds it.
pub fn bond(stack: &Stack, asked: &Asked, output: &PictureOutput) {
    bond_output(stack, (asked.request_id, asked.model_id), &asked.encoded, output.abi_encode());
}

/// The same with any output.
pub fn bond_output(stack: &Stack, (request_id, model_id): (B256, B256), input: &[u8], output: Vec<u8>) {
    let (url, hub) = (stack.url("rpcUrl"), stack.address("hub"));
    let receipt = Receipt {
        requestId: request_id,
        modelId: model_id,
        inputHash: keccak256(input),
        outputHash: keccak256(&output),
        contentHash: B256::repeat_byte(1),
        issuedAt: SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs(),
    };
    let key = PrivateKeySigner::from_bytes(&ATTESTER).unwrap();
    let signature = receipt::sign(&receipt, 31337, hub, &key).unwrap();
    chain::send(url, ACCOUNT, hub, &stakeCall {}, U256::from(10).pow(U256::from(18)));
    chain::send(url, ACCOUNT, hub, &proposeCall { receipt, output: output.into(), signature }, U256::ZERO);
}
