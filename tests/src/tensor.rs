//! A caller who asks a tensor model: one that gives numbers, not pictures.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::{B256, Bytes, U256, keccak256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolEvent};
use verdigris_core::abi::IInferenceHub::{
    Assurance, InferenceRequested, OptimisticTerms, Status, levelOfCall, receiptOfCall, requestCall, requestOfCall,
    setOptimisticCall,
};
use verdigris_core::abi::{IExecutor, IModelRegistry};
use verdigris_core::infer;
use verdigris_core::model::{Kind, Model};

use crate::chain;
use crate::cheat::{ACCOUNT, ATTESTER};
use crate::stack::{Stack, wait_until};

/// What is asked: a zero for each input and latent of the genesis network.
pub const INPUT: [u8; 30] = [0; 30];

/// A tensor model on a stack: the genesis network, of which three numbers are asked instead of a picture.
pub struct Tensor<'a> {
    stack: &'a Stack,
    /// Its id.
    pub model_id: B256,
}

impl<'a> Tensor<'a> {
    /// Registers and certifies it, with a bond.
    pub fn register(stack: &'a Stack, bond: u128) -> Self {
        let (url, registry) = (stack.url("rpcUrl"), stack.address("registry"));
        let form = verdigris_model::genesis().to_bytes();
        let model = IModelRegistry::Model {
            task: IModelRegistry::Task::Tensor,
            canonicalHash: keccak256(&form),
            onnxHash: B256::ZERO,
            attestationKey: PrivateKeySigner::from_bytes(&ATTESTER).unwrap().address(),
            manifestURI: String::new(),
        };
        let place = chain::read(url, registry, &IModelRegistry::chunkOfCall { content: form.into() });
        let chunks = vec![place.chunk];
        let register = IModelRegistry::registerCall { model: model.clone(), chunks };
        chain::send(url, ACCOUNT, registry, &register, U256::ZERO);
        let model_id = chain::read(url, registry, &IModelRegistry::modelIdOfCall { publisher: ACCOUNT, model });
        let certify = IExecutor::certifyCall { modelId: model_id };
        chain::send(url, ACCOUNT, stack.address("executor"), &certify, U256::ZERO);
        let tensor = Self { stack, model_id };
        let terms = OptimisticTerms { bond, window: 30 };
        tensor.send(&setOptimisticCall { modelId: model_id, terms });
        tensor
    }

    /// The right answer.
    pub fn right() -> Bytes {
        let model = Model { id: B256::ZERO, kind: Kind::Tensor, network: verdigris_model::genesis() };
        infer::run(&model, &INPUT, 0).unwrap().output()
    }

    /// Sends a call to the hub.
    pub fn send(&self, call: &impl SolCall) {
        chain::send(self.stack.url("rpcUrl"), ACCOUNT, self.stack.address("hub"), call, U256::ZERO);
    }

    /// Asks, and gives the request's id.
    pub fn ask(&self, level: Assurance) -> B256 {
        self.send(&requestCall {
            modelId: self.model_id,
            input: INPUT.into(),
            level,
            callbackGas: 0,
            deadline: deadline(),
        });
        let logs = chain::logs(self.stack.url("rpcUrl"), self.stack.address("hub"), InferenceRequested::SIGNATURE_HASH);
        serde_json::from_value(logs.last().unwrap()["topics"][1].clone()).unwrap()
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

/// Ten minutes from now.
pub fn deadline() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 600
}
