//! The whole house in memory: a hub, a registry and a collection on the small chain, and all five functions.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolError, SolEvent, SolValue};
use verdigris_model::picture::{root_of, tile_leaf};

use super::art;
use super::chain::Chain;
use super::history::History;
use super::hub::{self, Accepted, Bonded, Done};
use super::quorum::Round;
use super::{ATTESTATION_KEY, Memory, block_on};
use crate::abi::IInferenceHub::{self, Assurance, Half, Proposal, Request as Asked, Status};
use crate::abi::IModelRegistry::{self, Model as Registered, Task};
use crate::abi::ISeedArt::{self, SeedRequested, Stage, Token};
use crate::abi::{PictureInput, PictureOutput};
use crate::event::tests::{ART, HUB, event};
use crate::event::{Event, infer_job};
use crate::http::{Request, Response};
use crate::job::{Job, LEASE_MS};
use crate::platform::{HttpRequest, HttpResponse};
use crate::{callback, dispatch, intake, pin, remote, sweep};

pub(crate) const REGISTRY: Address = Address::repeat_byte(0xd1);
pub(crate) const MODEL: B256 = B256::repeat_byte(9);
/// Width of the pictures, small so that tests are quick.
pub(crate) const SIZE: u16 = 16;
/// What an answer costs, in wei.
pub(crate) const FEE: u64 = 1_000;
/// What is bonded for an answer, in wei.
pub(crate) const BOND: u128 = 5_000;
/// Seconds in which a bonded answer can be challenged.
pub(crate) const WINDOW: u64 = 60;

/// What the contracts remember.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) tokens: BTreeMap<U256, Token>,
    pub(crate) requests: BTreeMap<B256, (Asked, Status)>,
    /// Answers that the hub accepted, in their order.
    pub(crate) answers: Vec<(IInferenceHub::Receipt, Bytes)>,
    pub(crate) accepted: BTreeMap<B256, Accepted>,
    pub(crate) proposals: BTreeMap<B256, Bonded>,
    /// Tiles that somebody wants to see.
    pub(crate) demands: BTreeSet<(B256, u32)>,
    /// Which halves of demanded leaves were shown; the upper one is `true`.
    pub(crate) halves: BTreeMap<B256, BTreeSet<bool>>,
    /// Free and locked.
    pub(crate) stakes: BTreeMap<Address, (U256, U256)>,
    /// Requests that were made.
    pub(crate) nonce: u64,
    /// The level that the collection asks for.
    pub(crate) assurance: Assurance,
    pub(crate) fee: U256,
    pub(crate) bond: u128,
    /// Seconds in which an answer can be challenged.
    pub(crate) window: u64,
    /// Votes at level Quorum.
    pub(crate) rounds: BTreeMap<B256, Round>,
    /// Whether the collection's callback fails.
    pub(crate) consumer_fails: bool,
    /// Calls that were mined and failed.
    pub(crate) failed: Vec<Bytes>,
}

/// Who calls, with how much, in which block.
pub(crate) struct Msg {
    pub(crate) from: Address,
    pub(crate) value: U256,
    pub(crate) block: u64,
    pub(crate) now: u64,
}

/// What a contract's function makes of its arguments: what it returns, or the data with which it reverts.
type View = fn(&State, &[u8]) -> Result<Vec<u8>, Vec<u8>>;

#[derive(Clone)]
pub(crate) struct Deployment {
    pub(crate) platform: Memory,
    pub(crate) chain: Chain,
    pub(crate) state: Rc<RefCell<State>>,
    pub(crate) history: History,
}

/// The account of the sender's key.
pub(crate) fn operator() -> Address {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(6)).expect("a key").address()
}

pub(crate) fn attester() -> Address {
    PrivateKeySigner::from_bytes(&ATTESTATION_KEY).expect("a key").address()
}

impl Deployment {
    /// A house whose collection asks for answers at level Attested.
    pub(crate) fn new() -> Self {
        Self::at(Assurance::Attested)
    }

    pub(crate) fn at(assurance: Assurance) -> Self {
        let platform = Memory::deployed().with("alchemy_signing_key", "whsec_test");
        let chain = Chain::at(&platform);
        let state = State {
            tokens: BTreeMap::new(),
            requests: BTreeMap::new(),
            answers: Vec::new(),
            accepted: BTreeMap::new(),
            proposals: BTreeMap::new(),
            demands: BTreeSet::new(),
            halves: BTreeMap::new(),
            stakes: BTreeMap::from([(operator(), (U256::from(100 * BOND), U256::ZERO))]),
            nonce: 0,
            assurance,
            fee: U256::from(FEE),
            bond: BOND,
            window: WINDOW,
            rounds: BTreeMap::new(),
            consumer_fails: false,
            failed: Vec::new(),
        };
        let state = Rc::new(RefCell::new(state));
        let history = History::of(&chain, &state);
        let this = Self { platform, chain, state, history };
        this.views();
        this.verbs();
        this.functions();
        this
    }

    /// The functions, each at its private address.
    fn functions(&self) {
        let (a, b, c, d) = (self.platform.clone(), self.platform.clone(), self.platform.clone(), self.platform.clone());
        self.platform
            .serve("http://remote.spin.internal", move |r| Ok(answered(block_on(remote::handle(&d, arrived(r))))));
        self.platform
            .serve("http://dispatch.spin.internal", move |r| Ok(answered(block_on(dispatch::handle(&a, arrived(r))))));
        self.platform.serve("http://pin.spin.internal", move |r| Ok(answered(block_on(pin::handle(&b, arrived(r))))));
        self.platform
            .serve("http://callback.spin.internal", move |r| Ok(answered(block_on(callback::handle(&c, arrived(r))))));
    }

    fn view(&self, to: Address, selector: [u8; 4], view: View) {
        let (state, history) = (self.state.clone(), self.history.clone());
        self.chain.function(to, selector, move |inner, args| match inner.asked_block {
            Some(block) => view(&history.at(block), args),
            None => view(&state.borrow(), args),
        });
    }

    fn views(&self) {
        self.view(HUB, IInferenceHub::registryCall::SELECTOR, |_, _| Ok(REGISTRY.abi_encode()));
        self.view(HUB, IInferenceHub::requestOfCall::SELECTOR, |state, args| {
            let known = state.requests.get(&B256::from_slice(args)).cloned();
            let (request, status) = known.unwrap_or_else(|| (unknown_request(), Status::Unknown));
            let returned = IInferenceHub::requestOfReturn { request, status };
            Ok(IInferenceHub::requestOfCall::abi_encode_returns(&returned))
        });
        self.view(HUB, IInferenceHub::levelOfCall::SELECTOR, |state, args| {
            Ok(accepted(state, args)?.level.abi_encode())
        });
        self.view(HUB, IInferenceHub::receiptOfCall::SELECTOR, |state, args| {
            let Accepted { receipt, signature, delivered, .. } = accepted(state, args)?.clone();
            let returned = IInferenceHub::receiptOfReturn { receipt, signature, delivered };
            Ok(IInferenceHub::receiptOfCall::abi_encode_returns(&returned))
        });
        self.view(HUB, IInferenceHub::proposalOfCall::SELECTOR, |state, args| {
            let none = Proposal { proposer: Address::ZERO, bond: 0, finalAfter: 0, outputHash: B256::ZERO };
            let known = state.proposals.get(&B256::from_slice(args)).map(|bonded| bonded.proposal.clone());
            Ok(IInferenceHub::proposalOfCall::abi_encode_returns(&known.unwrap_or(none)))
        });
        self.view(HUB, IInferenceHub::feeOfCall::SELECTOR, |state, args| {
            let fee = if args[..32] == MODEL[..] { state.fee } else { U256::ZERO };
            Ok(fee.abi_encode())
        });
        self.view(REGISTRY, IModelRegistry::modelOfCall::SELECTOR, |_, args| {
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
        self.view(REGISTRY, IModelRegistry::attestationKeyOfCall::SELECTOR, |_, _| Ok(attester().abi_encode()));
        self.view(REGISTRY, IModelRegistry::weightsOfCall::SELECTOR, |_, _| {
            Ok(Bytes::from(verdigris_model::genesis().to_bytes()).abi_encode())
        });
        self.view(ART, ISeedArt::modelIdCall::SELECTOR, |_, _| Ok(MODEL.abi_encode()));
        self.view(
            ART,
            ISeedArt::assuranceCall::SELECTOR,
            |state, _| Ok(U256::from(state.assurance as u8).abi_encode()),
        );
        self.view(ART, ISeedArt::tokenOfCall::SELECTOR, |state, args| {
            let token = state.tokens.get(&U256::from_be_slice(args)).ok_or_else(|| vec![0xbb; 4])?;
            Ok(ISeedArt::tokenOfCall::abi_encode_returns(token))
        });
        self.view(ART, ISeedArt::tokenOfRequestCall::SELECTOR, |state, args| {
            let request = B256::from_slice(args);
            let found = state.tokens.iter().find(|(_, token)| token.requestId == request);
            found
                .map(|(id, _)| id.abi_encode())
                .ok_or_else(|| ISeedArt::UnknownRequest { requestId: request }.abi_encode())
        });
    }

    /// What changes something. Asked beforehand, a call says whether it would fail; mined, it does what it does.
    fn verbs(&self) {
        for (to, selector) in [
            (HUB, IInferenceHub::fulfilCall::SELECTOR),
            (HUB, IInferenceHub::proposeCall::SELECTOR),
            (HUB, IInferenceHub::commitCall::SELECTOR),
            (HUB, IInferenceHub::revealCall::SELECTOR),
            (HUB, IInferenceHub::finaliseCall::SELECTOR),
            (HUB, IInferenceHub::executeCall::SELECTOR),
            (HUB, IInferenceHub::showTileCall::SELECTOR),
            (HUB, IInferenceHub::showLeavesCall::SELECTOR),
            (HUB, IInferenceHub::deliverCall::SELECTOR),
            (ART, ISeedArt::drawCall::SELECTOR),
            (ART, ISeedArt::renewCall::SELECTOR),
            (ART, ISeedArt::redrawCall::SELECTOR),
        ] {
            let state = self.state.clone();
            self.chain.function(to, selector, move |inner, args| {
                let (from, value) = inner.caller;
                let msg = Msg { from, value, block: inner.block + 1, now: inner.timestamp };
                call(&mut state.borrow().clone(), &msg, to, selector, args).map(|_| Vec::new())
            });
        }
        let state = self.state.clone();
        self.chain.effect(move |inner, tx| {
            let Some((selector, args)) = tx.input.split_first_chunk::<4>() else { return };
            let msg = Msg { from: tx.from, value: tx.value, block: inner.block, now: inner.timestamp };
            let mut after = state.borrow().clone();
            match call(&mut after, &msg, tx.to, *selector, args) {
                Ok(events) => {
                    inner.events.extend(events.into_iter().map(|event| Event { block: inner.block, ..event }));
                    state.replace(after);
                }
                Err(_) => state.borrow_mut().failed.push(tx.input.clone()),
            }
        });
    }

    /// Does something to the contracts that makes an event, as a transaction of somebody else would.
    pub(crate) fn happen(&self, change: impl FnOnce(&mut State, u64) -> Event) -> Event {
        let now = self.chain.inner.borrow().timestamp;
        let event = change(&mut self.state.borrow_mut(), now);
        self.chain.emit(event.clone());
        Event { block: self.chain.inner.borrow().block, ..event }
    }

    /// Lets time go by, on the chain and here.
    pub(crate) fn pass(&self, seconds: u64) {
        self.chain.inner.borrow_mut().timestamp += seconds;
        self.platform.advance(seconds * 1000);
        self.chain.mine();
    }

    /// Mints a token whose seed block is the next one. Gives its event.
    pub(crate) fn mint(&self, token: u64) -> Event {
        let draw_block = self.chain.inner.borrow().block + 1;
        let id = U256::from(token);
        self.state.borrow_mut().tokens.insert(id, art::minted(draw_block));
        let event = event(ART, &SeedRequested { tokenId: id, drawBlock: draw_block });
        self.chain.emit(event.clone());
        event
    }

    /// Has the collection ask, and gives the job that comes of it.
    pub(crate) fn ask(&self, input: Bytes, level: Assurance) -> Job {
        let event = self.happen(|state, now| hub::ask(state, now, ART, input, level).1);
        infer_job(31337, HUB, event.request().expect("a request"))
    }

    pub(crate) fn stage(&self, token: u64) -> Stage {
        self.state.borrow().tokens[&U256::from(token)].stage
    }

    pub(crate) fn status(&self, request: B256) -> Status {
        self.state.borrow().requests[&request].1
    }

    /// Blocks, sweeps, leases and windows until nothing changes any more.
    pub(crate) fn settle(&self) {
        for _ in 0..12 {
            self.chain.mine();
            self.sweep();
            self.pass(LEASE_MS / 1000);
        }
        self.chain.mine();
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
        ..Request::default()
    }
}

fn answered(response: Response) -> HttpResponse {
    HttpResponse { status: response.status, body: response.body }
}

fn unknown_request() -> Asked {
    Asked {
        consumer: Address::ZERO,
        callbackGas: 0,
        level: Assurance::Attested,
        modelId: B256::ZERO,
        inputHash: B256::ZERO,
        deadline: 0,
        fee: U256::ZERO,
    }
}

fn accepted<'a>(state: &'a State, args: &[u8]) -> Result<&'a Accepted, Vec<u8>> {
    let id = B256::from_slice(args);
    state.accepted.get(&id).ok_or_else(|| IInferenceHub::UnknownRequest { requestId: id }.abi_encode())
}

/// A call of any contract.
fn call(state: &mut State, msg: &Msg, to: Address, selector: [u8; 4], args: &[u8]) -> Done {
    let token = || U256::from_be_slice(args);
    match selector {
        ISeedArt::drawCall::SELECTOR if to == ART => art::draw(state, msg, token()),
        ISeedArt::renewCall::SELECTOR if to == ART => art::renew(state, msg, token()),
        ISeedArt::redrawCall::SELECTOR if to == ART => art::redraw(state, msg, token()),
        _ if to == HUB => hub::call(state, msg, selector, args).unwrap_or_else(|| Err(Vec::new())),
        _ => Err(Vec::new()),
    }
}

/// Whether this is half of a tree's leaves, in ascending order and on its side of the other half.
pub(crate) fn is_half(output: &[u8], half: &Half) -> bool {
    let output = PictureOutput::abi_decode_validate(output).expect("an output");
    let own = B256::from(root_of(half.leaves.iter().map(|leaf| leaf.0)));
    let (low, high) = (own.min(half.otherRoot), own.max(half.otherRoot));
    let (first, last) = (half.leaves[0], half.leaves[half.leaves.len() - 1]);
    let is_beside = if half.isUpper { half.otherEdge < first } else { last < half.otherEdge };
    half.leaves.is_sorted() && is_beside && keccak256([low, high].concat()) == output.pixelRoot
}

/// Whether a tile belongs to a picture's root, checked as the contract does.
pub(crate) fn is_tile(input: &[u8], output: &[u8], index: u32, tile: &[B256; 6], proof: &[B256]) -> bool {
    let input = PictureInput::abi_decode_validate(input).expect("an input");
    let output = PictureOutput::abi_decode_validate(output).expect("an output");
    if index >= u32::from(input.size).div_ceil(8).pow(2) {
        return true; // By the input alone, there is no such tile.
    }
    let pixels: Vec<u8> = tile.iter().flatten().copied().collect();
    let leaf = tile_leaf(input.size, index, &pixels.try_into().expect("192 bytes"));
    let root = proof.iter().fold(B256::from(leaf), |node, sibling| {
        let (low, high) = (node.min(*sibling), node.max(*sibling));
        keccak256([low, high].concat())
    });
    root == output.pixelRoot
}
