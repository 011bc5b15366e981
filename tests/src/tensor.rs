//! A caller who asks a tensor model: one that gives numbers, not pictures.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::{B256, Bytes, U256, keccak256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::Value;
use verdigris_core::abi::IInferenceHub::{
    Assurance, InferenceRequested, OptimisticTerms, Status, levelOfCall, receiptOfCall, requestCall, requestOfCall,
    setOptimisticCall,
};
use verdigris_core::infer;
use verdigris_core::model::{Kind, Model};
use verdigris_model::Network;

use crate::chain;
use crate::cheat::{ACCOUNT, ACCOUNT_KEY, ATTESTER};
use crate::stack::{self, Stack, wait_until};

/// What is asked: how a strong and slow character fares against one that is quick and lucky.
pub const INPUT: [u8; 14] = [220, 40, 180, 120, 200, 10, 99, 110, 230, 60, 190, 120, 240, 99];

/// A tensor model on a stack: the odds of a duel.
pub struct Tensor<'a> {
    stack: &'a Stack,
    /// Its id.
    pub model_id: B256,
}

impl<'a> Tensor<'a> {
    /// Registers and certifies it, with a bond.
    pub fn register(stack: &'a Stack, bond: u128) -> Self {
        let model_id = register(stack, &["--model", "models/duel/duel.vdgn", "--onnx", "models/duel/duel.onnx"]);
        let tensor = Self { stack, model_id };
        let terms = OptimisticTerms { bond, window: 30 };
        tensor.send(&setOptimisticCall { modelId: model_id, terms });
        tensor
    }

    /// The right answer to [`INPUT`].
    pub fn right() -> Bytes {
        Self::answer(&INPUT)
    }

    /// What the kernel answers.
    pub fn answer(input: &[u8]) -> Bytes {
        let form = std::fs::read(stack::root().join("models/duel/duel.vdgn")).unwrap();
        let network = Network::from_bytes(&form).unwrap();
        let model = Model { id: B256::ZERO, kind: Kind::Tensor, network };
        infer::run(&model, input, 0).unwrap().output()
    }

    /// Sends a call to the hub.
    pub fn send(&self, call: &impl SolCall) {
        chain::send(self.stack.url("rpcUrl"), ACCOUNT, self.stack.address("hub"), call, U256::ZERO);
    }

    /// Asks, and gives the request's id.
    pub fn ask(&self, level: Assurance) -> B256 {
        request(self.stack, self.model_id, INPUT.into(), level)
    }

    /// Waits until the answer has reached a level, and checks it.
    pub fn answered(&self, request_id: B256, level: Assurance) {
        let (url, hub) = (self.stack.url("rpcUrl"), self.stack.address("hub"));
        let request = requestOfCall { requestId: request_id };
        wait_until("the answer", || chain::read(url, hub, &request).status == Status::Answered);
        wait_until("its level", || chain::read(url, hub, &levelOfCall { requestId: request_id }) == level);
        let receipt = chain::read(url, hub, &receiptOfCall { requestId: request_id }).receipt;
        assert_eq!(receipt.outputHash, keccak256(Self::right()));
    }
}

/// Has `verdigris register` put a tensor model on the chain, with these flags that name its files; gives its id.
pub fn register(stack: &Stack, files: &[&str]) -> B256 {
    register_as(stack, "tensor", files)
}

/// The same for any task.
pub fn register_as(stack: &Stack, task: &str, files: &[&str]) -> B256 {
    let attester = PrivateKeySigner::from_bytes(&ATTESTER).unwrap().address().to_string();
    let mut register = stack::verdigris(&["register", "--task", task, "--attestation-key", &attester]);
    register.args(files).args(["--rpc-url", stack.url("rpcUrl"), "--registry", stack.url("registry")]);
    register.args(["--executor", stack.url("executor")]).env("VERDIGRIS_DEPLOYER_KEY", ACCOUNT_KEY);
    let output = register.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let registered: Value = serde_json::from_slice(&output.stdout).unwrap();
    registered["modelId"].as_str().unwrap().parse().unwrap()
}

/// Asks a model from [`ACCOUNT`], without a callback; gives the request's id.
pub fn request(stack: &Stack, model_id: B256, input: Bytes, level: Assurance) -> B256 {
    let (url, hub) = (stack.url("rpcUrl"), stack.address("hub"));
    let call = requestCall { modelId: model_id, input, level, callbackGas: 0, deadline: deadline() };
    chain::send(url, ACCOUNT, hub, &call, U256::ZERO);
    let logs = chain::logs(url, hub, InferenceRequested::SIGNATURE_HASH);
    serde_json::from_value(logs.last().unwrap()["topics"][1].clone()).unwrap()
}

/// Ten minutes from now.
pub fn deadline() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 600
}
