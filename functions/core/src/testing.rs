//! What the tests of this crate share: a platform in memory, a small chain, and a scheduler that kills.

pub(crate) mod art;
pub(crate) mod chain;
pub(crate) mod deployment;
pub(crate) mod history;
pub(crate) mod hub;
pub(crate) mod quorum;
pub(crate) mod scheduler;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use alloy_primitives::{B256, Bytes, keccak256};

use crate::event::tests::{ART, HUB};
use crate::job::Job;
use crate::platform::{HttpRequest, HttpResponse, Platform, PlatformError};

pub(crate) type Peer = Rc<dyn Fn(&HttpRequest) -> Result<HttpResponse, PlatformError>>;
type Task = Pin<Box<dyn Future<Output = ()>>>;

/// The key of the model, unlike anything else that tests use: it must not be seen anywhere.
pub(crate) const ATTESTATION_KEY: B256 = B256::repeat_byte(0xc7);

/// A platform in memory. Its clock moves only when told to, or by sleeping.
#[derive(Clone, Default)]
pub(crate) struct Memory(Rc<World>);

#[derive(Default)]
struct World {
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    counters: RefCell<BTreeMap<String, i64>>,
    config: RefCell<BTreeMap<String, String>>,
    peers: RefCell<Vec<(String, Peer)>>,
    requests: RefCell<Vec<HttpRequest>>,
    spawned: RefCell<Vec<Task>>,
    log: RefCell<Vec<String>>,
    /// The messages on the queue, if there is one.
    queue: RefCell<Option<Vec<Vec<u8>>>>,
    /// How often each key was set.
    writes: RefCell<BTreeMap<String, usize>>,
    now_ms: Cell<u64>,
    /// Whether every operation lets others go first, and sleeping waits for the clock.
    interleaved: Cell<bool>,
    operations: Cell<u64>,
    store_is_down: Cell<bool>,
    store_takes_ms: Cell<u64>,
    store_shows_nothing: Cell<bool>,
}

/// What a platform keeps.
#[derive(Default)]
pub(crate) struct Store {
    values: BTreeMap<String, Vec<u8>>,
    counters: BTreeMap<String, i64>,
}

/// Runs a future to its end on a platform that is not interleaved.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("the future waits for something that never comes");
}

/// An infer job for an input.
pub(crate) fn job_for(input: Bytes) -> Job {
    Job::Infer {
        chain_id: 31337,
        hub: HUB,
        request_id: keccak256(&input),
        model_id: B256::repeat_byte(9),
        consumer: ART,
        input,
        level: 0,
        deadline: 1_790_000_000,
    }
}

impl Memory {
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        self.0.config.borrow_mut().insert(name.into(), value.into());
        self
    }

    /// Everything that a deployment sets, with the chain at one endpoint.
    pub(crate) fn deployed() -> Self {
        let platform = Self::default()
            .with("chain_id", "31337")
            .with("rpc_url", chain::ENDPOINT)
            .with("hub", &HUB.to_string())
            .with("consumers", &ART.to_string())
            .with("attestation_key", &ATTESTATION_KEY.to_string())
            .with("sender_key", &B256::repeat_byte(6).to_string())
            .with("sweep_token", "token")
            .with("pinners", "embedded");
        platform.0.now_ms.set(1_795_168_800_000);
        // A key of the gate's that is always the same, so that sources are always in the same slots.
        platform.0.values.borrow_mut().insert("limit:key".into(), vec![0; 16]);
        platform
    }

    pub(crate) fn advance(&self, ms: u64) {
        self.0.now_ms.set(self.0.now_ms.get() + ms);
    }

    /// Has everything that is asked of the store take so long.
    pub(crate) fn slow_store(&self, ms: u64) {
        self.0.store_takes_ms.set(ms);
    }

    pub(crate) fn set_store_down(&self, down: bool) {
        self.0.store_is_down.set(down);
    }

    /// A store whose reads lag behind for ever, and whose every conditional write would therefore be let through: what is
    /// right on this one rests on counters alone.
    pub(crate) fn show_nothing(&self) {
        self.0.store_shows_nothing.set(true);
    }

    pub(crate) fn turn_back(&self, ms: u64) {
        self.0.now_ms.set(self.0.now_ms.get() - ms);
    }

    /// All keys that hold anything, counters included, but for what the gate counts.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.all_keys().filter(|key| !key.starts_with("limit:")).collect()
    }

    /// The keys of what the gate counts.
    pub(crate) fn limits(&self) -> Vec<String> {
        self.all_keys().filter(|key| key.starts_with("limit:") && key != "limit:key").collect()
    }

    fn all_keys(&self) -> impl Iterator<Item = String> {
        let mut keys: Vec<String> = self.0.values.borrow().keys().cloned().collect();
        keys.extend(self.0.counters.borrow().keys().cloned());
        keys.into_iter()
    }

    /// What the store holds: keys, and values as text.
    pub(crate) fn kept(&self) -> Vec<String> {
        let values = self.0.values.borrow();
        values.iter().map(|(key, value)| format!("{key}: {}", String::from_utf8_lossy(value))).collect()
    }

    /// Has a queue, which holds what it is given.
    pub(crate) fn with_queue(self) -> Self {
        self.0.queue.replace(Some(Vec::new()));
        self
    }

    /// How many messages are on the queue.
    pub(crate) fn queued(&self) -> usize {
        self.0.queue.borrow().as_ref().map_or(0, Vec::len)
    }

    /// The lines of the log.
    pub(crate) fn said(&self) -> Vec<String> {
        self.0.log.borrow().clone()
    }

    /// All that is kept, to be [restored](Self::restore) later.
    pub(crate) fn store(&self) -> Store {
        Store { values: self.0.values.borrow().clone(), counters: self.0.counters.borrow().clone() }
    }

    pub(crate) fn restore(&self, store: Store) {
        self.0.values.replace(store.values);
        self.0.counters.replace(store.counters);
    }

    pub(crate) fn lose_store(&self) {
        self.restore(Store::default());
    }

    /// How often a key was set.
    pub(crate) fn writes(&self, key: &str) -> usize {
        self.0.writes.borrow().get(key).copied().unwrap_or(0)
    }

    /// Answers requests whose URL begins so; a later answerer takes precedence.
    pub(crate) fn serve(
        &self,
        prefix: &str,
        peer: impl Fn(&HttpRequest) -> Result<HttpResponse, PlatformError> + 'static,
    ) {
        self.0.peers.borrow_mut().insert(0, (prefix.into(), Rc::new(peer)));
    }

    /// Whoever answers at a URL now.
    pub(crate) fn peer(&self, url: &str) -> Peer {
        self.0.peers.borrow().iter().find(|(prefix, _)| url.starts_with(prefix)).expect("somebody").1.clone()
    }

    /// The requests that were sent to URLs that begin so.
    pub(crate) fn requests(&self, prefix: &str) -> Vec<HttpRequest> {
        self.0.requests.borrow().iter().filter(|request| request.url.starts_with(prefix)).cloned().collect()
    }

    /// Runs what was to go on after responses, to its end.
    pub(crate) fn run_spawned(&self) {
        loop {
            let tasks = std::mem::take(&mut *self.0.spawned.borrow_mut());
            if tasks.is_empty() {
                return;
            }
            tasks.into_iter().for_each(block_on);
        }
    }

    async fn step(&self) {
        if self.0.interleaved.get() {
            Yield(false).await;
        }
        self.0.operations.set(self.0.operations.get() + 1);
    }

    async fn store_step(&self) -> Result<(), PlatformError> {
        self.step().await;
        self.advance(self.0.store_takes_ms.get());
        if self.0.store_is_down.get() { Err(PlatformError::Store("down".into())) } else { Ok(()) }
    }
}

struct Yield(bool);

impl Future for Yield {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Sets of futures only poll what was woken.
        context.waker().wake_by_ref();
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Platform for Memory {
    async fn http(&self, request: HttpRequest) -> Result<HttpResponse, PlatformError> {
        self.step().await;
        // As on every platform. What asks for another host is a bug, so here it is a failed test.
        let is_inside = request.url.starts_with("http://") && request.url.contains(".spin.internal/");
        let is_allowed = is_inside || crate::config::is_allowed(self, &request.url).await?;
        assert!(is_allowed, "{} is not one of the settings' hosts", request.url);
        self.0.requests.borrow_mut().push(request.clone());
        let peer =
            self.0.peers.borrow().iter().find(|(prefix, _)| request.url.starts_with(prefix)).map(|p| p.1.clone());
        let peer = peer.ok_or_else(|| PlatformError::Connection("nobody is there".into()))?;
        let response = peer(&request);
        // The peer has acted; whether its answer arrives is another matter.
        self.step().await;
        match response {
            Ok(response) if response.body.len() > request.max_response => {
                Err(PlatformError::ResponseTooLarge(request.max_response))
            }
            other => other,
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        self.store_step().await?;
        if self.0.store_shows_nothing.get() {
            return Ok(None);
        }
        Ok(self.0.values.borrow().get(key).cloned())
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), PlatformError> {
        self.store_step().await?;
        assert!(value.len() <= crate::platform::MAX_VALUE, "{key} has {} bytes", value.len());
        *self.0.writes.borrow_mut().entry(key.into()).or_default() += 1;
        self.0.values.borrow_mut().insert(key.into(), value.to_vec());
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), PlatformError> {
        self.store_step().await?;
        self.0.values.borrow_mut().remove(key);
        self.0.counters.borrow_mut().remove(key);
        Ok(())
    }

    async fn increment(&self, key: &str, delta: i64) -> Result<i64, PlatformError> {
        self.store_step().await?;
        let mut counters = self.0.counters.borrow_mut();
        let counter = counters.entry(key.into()).or_insert(0);
        *counter += delta;
        Ok(*counter)
    }

    async fn config(&self, name: &str) -> Result<Option<String>, PlatformError> {
        Ok(self.0.config.borrow().get(name).filter(|value| !value.is_empty()).cloned())
    }

    fn now_ms(&self) -> u64 {
        self.0.now_ms.get()
    }

    async fn sleep(&self, ms: u64) {
        if !self.0.interleaved.get() {
            return self.advance(ms);
        }
        let end = self.now_ms() + ms;
        while self.now_ms() < end {
            Yield(false).await;
        }
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.0.spawned.borrow_mut().push(Box::pin(work));
    }

    async fn enqueue(&self, message: &[u8], _delay_ms: u64) -> Result<bool, PlatformError> {
        self.step().await;
        let mut queue = self.0.queue.borrow_mut();
        if let Some(messages) = queue.as_mut() {
            messages.push(message.to_vec());
        }
        Ok(queue.is_some())
    }

    fn log(&self, line: &str) {
        self.0.log.borrow_mut().push(line.into());
    }
}
