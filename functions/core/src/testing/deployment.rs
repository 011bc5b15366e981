//! The whole house in memory: a hub, a registry and a collection on the small chain, and all five functions.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolError, SolEvent, SolValue};

use super::chain::{Chain, Inner};
use super::{Memory, block_on};
use crate::abi::IInferenceHub::{self, Assurance, InferenceRequested, Request as Asked, Status};
use crate::abi::IModelRegistry::{self, Model as Registered, Task};
use crate::abi::ISeedArt::{self, SeedRequested, Stage, Token};
use crate::abi::{IHubRegistry, PictureInput};
use crate::event::Event;
use crate::event::tests::{ART, HUB, event};
use crate::http::{Request, Response};
use crate::platform::{HttpRequest, HttpResponse};
use crate::{callback, dispatch, intake, pin, receipt, sweep};

pub(crate) const REGISTRY: Address = Address::repeat_byte(0xd1);
pub(crate) const MODEL: B256 = B256::repeat_byte(9);
/// Width of the pictures, small so that tests are quick.
pub(crate) const SIZE: u16 = 16;

/// What the contracts remember.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) tokens: BTreeMap<U256, Token>,
    pub(crate) requests: BTreeMap<B256, (Asked, Status)>,
    /// Answers that the hub accepted, in their order.
    pub(crate) answers: Vec<(IInferenceHub::Receipt, Bytes)>,
    /// Calls that were mined and failed.
    pub(crate) failed: Vec<Bytes>,
}

/// What a contract's function makes of its arguments: what it returns, or the data with which it reverts.
type Function = fn(&State, &Inner, &[u8]) -> Result<Vec<u8>, Vec<u8>>;

#[derive(Clone)]
pub(crate) struct Deployment {
    pub(crate) platform: Memory,
    pub(crate) chain: Chain,
    pub(crate) state: Rc<RefCell<State>>,
}

pub(crate) fn attester() -> Address {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key").address()
}

impl Deployment {
    pub(crate) fn new() -> Self {
        let platform = Memory::deployed().with("alchemy_signing_key", "whsec_test");
        let chain = Chain::at(&platform);
        let this = Self { platform, chain, state: Rc::default() };
        this.contracts();
        let me = this.clone();
        this.chain.effect(move |inner, tx| me.execute(inner, tx.to, &tx.input));
        this.functions();
        this
    }

    /// The functions, each at its private address.
    fn functions(&self) {
        let (a, b, c) = (self.platform.clone(), self.platform.clone(), self.platform.clone());
        self.platform
            .serve("http://dispatch.spin.internal", move |r| Ok(answered(block_on(dispatch::handle(&a, arrived(r))))));
        self.platform.serve("http://pin.spin.internal", move |r| Ok(answered(block_on(pin::handle(&b, arrived(r))))));
        self.platform
            .serve("http://callback.spin.internal", move |r| Ok(answered(block_on(callback::handle(&c, arrived(r))))));
    }

    fn contracts(&self) {
        let function = |to, selector, f: Function| {
            let state = self.state.clone();
            self.chain.function(to, selector, move |inner, args| f(&state.borrow(), inner, args));
        };
        function(HUB, IHubRegistry::registryCall::SELECTOR, |_, _, _| Ok(REGISTRY.abi_encode()));
        function(HUB, IInferenceHub::requestOfCall::SELECTOR, |state, _, args| {
            let (request, status) = match state.requests.get(&B256::from_slice(args)) {
                Some((request, status)) => (request.clone(), *status),
                None => (unknown_request(), Status::Unknown),
            };
            let returned = IInferenceHub::requestOfReturn { request, status };
            Ok(IInferenceHub::requestOfCall::abi_encode_returns(&returned))
        });
        function(HUB, IInferenceHub::fulfilCall::SELECTOR, |state, _, args| {
            let call = IInferenceHub::fulfilCall::abi_decode_raw_validate(args).expect("a call");
            check(state, &call).map(|()| Vec::new())
        });
        function(REGISTRY, IModelRegistry::modelOfCall::SELECTOR, |_, _, args| {
            if args != MODEL.as_slice() {
                return Err(IModelRegistry::UnknownModel { modelId: B256::from_slice(args) }.abi_encode());
            }
            let model = Registered {
                task: Task::Picture,
                canonicalHash: keccak256(verdigris_model::genesis().to_bytes()),
                onnxHash: B256::ZERO,
                attestationKey: attester(),
                manifestURI: String::new(),
            };
            let returned = IModelRegistry::modelOfReturn { model, chunks: Vec::new() };
            Ok(IModelRegistry::modelOfCall::abi_encode_returns(&returned))
        });
        function(REGISTRY, IModelRegistry::attestationKeyOfCall::SELECTOR, |_, _, _| Ok(attester().abi_encode()));
        function(REGISTRY, IModelRegistry::weightsOfCall::SELECTOR, |_, _, _| {
            Ok(Bytes::from(verdigris_model::genesis().to_bytes()).abi_encode())
        });
        function(ART, ISeedArt::tokenOfCall::SELECTOR, |state, _, args| {
            let token = state.tokens.get(&U256::from_be_slice(args)).ok_or_else(|| vec![0xbb; 4])?;
            Ok(ISeedArt::tokenOfCall::abi_encode_returns(token))
        });
        function(ART, ISeedArt::tokenOfRequestCall::SELECTOR, |state, _, args| {
            let request = B256::from_slice(args);
            let found = state.tokens.iter().find(|(_, token)| token.requestId == request);
            found
                .map(|(id, _)| id.abi_encode())
                .ok_or_else(|| ISeedArt::UnknownRequest { requestId: request }.abi_encode())
        });
        function(ART, ISeedArt::drawCall::SELECTOR, |state, inner, args| {
            let id = U256::from_be_slice(args);
            let draw_block = state.tokens[&id].drawBlock;
            if inner.block < draw_block {
                return Err(ISeedArt::TooEarly { tokenId: id, drawBlock: draw_block }.abi_encode());
            }
            if inner.block > draw_block + 8_191 {
                return Err(ISeedArt::BlockHashGone { tokenId: id, drawBlock: draw_block }.abi_encode());
            }
            Ok(Vec::new())
        });
    }

    /// What a mined call does.
    fn execute(&self, inner: &mut Inner, to: Address, input: &Bytes) {
        let mut state = self.state.borrow_mut();
        let Some((selector, args)) = input.split_first_chunk::<4>() else { return };
        let done = match *selector {
            ISeedArt::drawCall::SELECTOR => draw(&mut state, inner, U256::from_be_slice(args)),
            ISeedArt::renewCall::SELECTOR => renew(&mut state, inner, U256::from_be_slice(args)),
            ISeedArt::redrawCall::SELECTOR => redraw(&mut state, inner, U256::from_be_slice(args)),
            IInferenceHub::fulfilCall::SELECTOR if to == HUB => {
                let call = IInferenceHub::fulfilCall::abi_decode_raw_validate(args).expect("a call");
                fulfil(&mut state, call)
            }
            _ => false,
        };
        if !done {
            state.failed.push(input.clone());
        }
    }

    /// Mints a token whose seed block is the next one. Gives its event.
    pub(crate) fn mint(&self, token: u64) -> Event {
        let draw_block = self.chain.inner.borrow().block + 1;
        let id = U256::from(token);
        self.state.borrow_mut().tokens.insert(id, minted(draw_block));
        let event = event(ART, &SeedRequested { tokenId: id, drawBlock: draw_block });
        self.chain.emit(event.clone());
        event
    }

    pub(crate) fn stage(&self, token: u64) -> Stage {
        self.state.borrow().tokens[&U256::from(token)].stage
    }

    /// The newest event of a kind, as a provider would tell it.
    pub(crate) fn last_event<E: SolEvent>(&self) -> Event {
        let inner = self.chain.inner.borrow();
        inner.events.iter().rfind(|event| event.topics[0] == E::SIGNATURE_HASH).expect("an event").clone()
    }

    /// Sends a webhook and runs all that goes on after its answer.
    pub(crate) fn webhook(&self, events: &[Event]) -> Response {
        let response = block_on(intake::handle(&self.platform, intake::tests::alchemy(events)));
        self.platform.run_spawned();
        response
    }

    /// Runs a sweep and all that goes on after its answer.
    pub(crate) fn sweep(&self) -> serde_json::Value {
        let response = block_on(sweep::handle(&self.platform, sweep::tests::request("Bearer token")));
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        self.platform.run_spawned();
        serde_json::from_slice(&response.body).expect("json")
    }

    /// Contracts' calls that were mined, by their first four bytes.
    pub(crate) fn mined(&self, selector: [u8; 4]) -> usize {
        self.chain.inner.borrow().mined.iter().filter(|tx| tx.input.starts_with(&selector)).count()
    }
}

fn arrived(request: &HttpRequest) -> Request {
    let path = request.url.splitn(4, '/').nth(3).expect("a path");
    Request {
        method: request.method.into(),
        path: format!("/{path}"),
        headers: request.headers.iter().map(|(n, v)| (n.to_string(), v.clone().into_bytes())).collect(),
        body: request.body.clone(),
    }
}

fn answered(response: Response) -> HttpResponse {
    HttpResponse { status: response.status, body: response.body }
}

fn minted(draw_block: u64) -> Token {
    Token {
        stage: Stage::Minted,
        drawBlock: draw_block,
        requestId: B256::ZERO,
        pixelRoot: B256::ZERO,
        imageCid: Bytes::new(),
        metadataCid: Bytes::new(),
    }
}

fn unknown_request() -> Asked {
    Asked {
        consumer: Address::ZERO,
        callbackGas: 0,
        level: Assurance::Attested,
        modelId: B256::ZERO,
        inputHash: B256::ZERO,
        deadline: 0,
    }
}

fn draw(state: &mut State, inner: &mut Inner, id: U256) -> bool {
    let token = state.tokens.get_mut(&id).expect("a token");
    if token.stage != Stage::Minted || inner.block <= token.drawBlock {
        return false;
    }
    token.stage = Stage::Drawn;
    ask(state, inner, id, 0);
    true
}

fn renew(state: &mut State, inner: &mut Inner, id: U256) -> bool {
    let request = state.tokens[&id].requestId;
    if state.requests[&request].1 != Status::Expired {
        return false;
    }
    ask(state, inner, id, 1);
    true
}

fn redraw(state: &mut State, inner: &mut Inner, id: U256) -> bool {
    let draw_block = inner.block + 1;
    *state.tokens.get_mut(&id).expect("a token") = minted(draw_block);
    let mut event = event(ART, &SeedRequested { tokenId: id, drawBlock: draw_block });
    event.block = inner.block;
    inner.events.push(event);
    true
}

fn ask(state: &mut State, inner: &mut Inner, id: U256, round: u8) {
    let input: Bytes = PictureInput {
        rendererVersion: 1,
        size: SIZE,
        seed: keccak256(id.to_be_bytes::<32>()),
        traits: B256::with_last_byte(3),
        title: format!("Verdigris #{id}"),
    }
    .abi_encode()
    .into();
    let request_id = keccak256((id, U256::from(round)).abi_encode());
    let deadline = inner.timestamp + 1_000;
    let asked = Asked {
        consumer: ART,
        callbackGas: 100_000,
        level: Assurance::Attested,
        modelId: MODEL,
        inputHash: keccak256(&input),
        deadline,
    };
    state.requests.insert(request_id, (asked, Status::Open));
    state.tokens.get_mut(&id).expect("a token").requestId = request_id;
    let mut event = event(
        HUB,
        &InferenceRequested {
            requestId: request_id,
            modelId: MODEL,
            consumer: ART,
            input,
            level: Assurance::Attested,
            callbackGas: 100_000,
            deadline,
        },
    );
    event.block = inner.block;
    inner.events.push(event);
}

/// What the hub checks of an answer.
fn check(state: &State, call: &IInferenceHub::fulfilCall) -> Result<(), Vec<u8>> {
    let receipt = &call.receipt;
    let id = receipt.requestId;
    let Some((request, status)) = state.requests.get(&id) else {
        return Err(IInferenceHub::UnknownRequest { requestId: id }.abi_encode());
    };
    if (receipt.modelId, receipt.inputHash) != (request.modelId, request.inputHash) {
        return Err(IInferenceHub::ReceiptMismatch { requestId: id }.abi_encode());
    }
    if *status == Status::Expired {
        return Err(IInferenceHub::RequestExpired { requestId: id, deadline: request.deadline }.abi_encode());
    }
    assert_eq!(receipt.outputHash, keccak256(&call.output));
    assert_eq!(receipt::signer(receipt, &call.signature, 31337, HUB), Ok(attester()));
    Ok(())
}

fn fulfil(state: &mut State, call: IInferenceHub::fulfilCall) -> bool {
    if check(state, &call).is_err() {
        return false;
    }
    let id = call.receipt.requestId;
    state.requests.get_mut(&id).expect("a request").1 = Status::Answered;
    if let Some(token) = state.tokens.values_mut().find(|token| token.requestId == id) {
        token.stage = Stage::Fulfilled;
    }
    state.answers.push((call.receipt, call.output));
    true
}
