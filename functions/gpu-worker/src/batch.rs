//! Requests that come at about the same time run as one batch: an engine does many elements in little more time than one.
//!
//! A model has a queue of bounded length, and a thread that empties it (or several, if its engine says so): it takes the
//! oldest request, waits a little for others that can share its batch, and runs them together. What doesn't fit the
//! queue, or would have its answer later than is promised by how long batches took lately, is refused at once, so that
//! who is let in is answered in time; who isn't, since a run takes longer than usual, is told so by the server.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::engine::{Engine, EngineError};
use crate::metrics::ModelMetrics;
use crate::tensor::Tensor;

/// How a model's requests are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Most elements of a batch.
    pub most_at_once: usize,
    /// How long the oldest request of a batch waits for others.
    pub delay: Duration,
    /// Most requests that wait.
    pub queue: usize,
    /// The time within which a request is answered, or else refused.
    pub bound: Option<Duration>,
}

/// Why a request was not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// As many requests wait as may.
    #[error("{0} requests are waiting already")]
    Full(usize),
    /// It would not be answered in time.
    #[error("there is too much to do for an answer within {} ms", .0.as_millis())]
    Late(Duration),
    /// The model goes, and takes no more.
    #[error("the model is being unloaded")]
    Closed,
    /// The engine gave no answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

type Answer = Result<Vec<Tensor>, BatchError>;

/// A request that waits.
struct Waiting {
    inputs: Vec<Tensor>,
    count: usize,
    /// The same of two requests that can share a batch.
    key: u64,
    since: Instant,
    answer: oneshot::Sender<Answer>,
}

/// An engine with its queue.
pub struct Batcher {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Arc<dyn Engine>,
    policy: Policy,
    metrics: ModelMetrics,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    is_closed: bool,
    /// Since when each thread has been running a batch.
    running: Vec<Option<Instant>>,
    /// How long a batch takes, by those of late.
    pace: Duration,
}

impl Batcher {
    /// Starts the threads.
    pub fn new(engine: Arc<dyn Engine>, policy: Policy, metrics: ModelMetrics) -> Self {
        let threads = engine.side_by_side();
        let state = Mutex::new(State { running: vec![None; threads], ..State::default() });
        let shared = Arc::new(Shared { engine, policy, metrics, state, changed: Condvar::new() });
        for thread in 0..threads {
            let runs = shared.clone();
            std::thread::spawn(move || runs.run(thread));
        }
        Self { shared }
    }

    /// The time within which a request is answered, or else refused.
    pub fn bound(&self) -> Option<Duration> {
        self.shared.policy.bound
    }

    /// The engine.
    pub fn engine(&self) -> &dyn Engine {
        self.shared.engine.as_ref()
    }

    /// Runs a request, with others or alone.
    ///
    /// # Errors
    /// If the inputs don't fit the model, there is too much to do, or the engine fails.
    pub async fn run(&self, inputs: Vec<Tensor>) -> Answer {
        let signature = self.shared.engine.signature();
        let (inputs, count) = signature.arrange(inputs)?;
        let most = self.shared.policy.most_at_once.max(1);
        if count > most {
            return Err(EngineError::Input(format!("a batch has 1 to {most} elements, not {count}")).into());
        }
        let key = signature.key(&inputs);
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.shared.state();
            if state.is_closed {
                return Err(BatchError::Closed);
            }
            self.shared.admit(&mut state)?;
            state.waiting.push_back(Waiting { inputs, count, key, since: Instant::now(), answer });
            self.shared.metrics.queue.set(state.waiting.len() as i64);
        }
        self.shared.changed.notify_one();
        answered.await.unwrap_or(Err(BatchError::Closed))
    }
}

/// What waits is still run, by the thread alone: whoever drops it may be in the midst of something.
impl Drop for Batcher {
    fn drop(&mut self) {
        self.shared.state().is_closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic holds it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more may wait.
    fn admit(&self, state: &mut State) -> Result<(), BatchError> {
        self.leave_out(state);
        if state.waiting.len() >= self.policy.queue {
            return Err(BatchError::Full(state.waiting.len()));
        }
        let Some(bound) = self.policy.bound else { return Ok(()) };
        // Those that fill batches of their own, and the one that runs. Nobody is refused for the sake of its own batch.
        let mut ahead = BTreeMap::new();
        for waiting in &state.waiting {
            *ahead.entry(waiting.key).or_insert(0) += waiting.count;
        }
        let most = self.policy.most_at_once.max(1);
        let full: usize = ahead.values().map(|count| count / most).sum();
        let others = ahead.len().saturating_sub(1);
        let batches = u32::try_from(full + others).unwrap_or(u32::MAX);
        // One that has run for longer than usual may do so for as long again.
        let running = state.running.iter().flatten().map(|since| state.pace.max(since.elapsed()));
        let threads = state.running.len() as u32;
        if batches == 0 && running.clone().count() < threads as usize {
            return Ok(());
        }
        let wait = (state.pace.saturating_mul(batches) + running.sum()) / threads;
        // Most of the time is for what isn't seen here: reading, refusing others, answering, and other models.
        if wait + state.pace > bound / 3 { Err(BatchError::Late(bound)) } else { Ok(()) }
    }

    fn run(&self, thread: usize) {
        while let Some(batch) = self.next(thread) {
            self.metrics.batches.observe(batch.iter().map(|waiting| waiting.count).sum::<usize>() as f64);
            let start = Instant::now();
            self.answer(batch);
            let mut state = self.state();
            state.running[thread] = None;
            state.pace = if state.pace.is_zero() { start.elapsed() } else { (3 * state.pace + start.elapsed()) / 4 };
        }
    }

    /// The next batch: the oldest request and those after it that can share its batch. None once all is done.
    fn next(&self, thread: usize) -> Option<Vec<Waiting>> {
        let mut state = self.state();
        loop {
            self.leave_out(&mut state);
            let Some(oldest) = state.waiting.front() else {
                if state.is_closed {
                    return None;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let delay = self.policy.bound.map_or(self.policy.delay, |bound| self.policy.delay.min(bound / 4));
            let left = delay.saturating_sub(oldest.since.elapsed());
            if left.is_zero() || state.is_closed || self.chosen(&state.waiting).1 {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let (chosen, _) = self.chosen(&state.waiting);
        let mut batch = Vec::with_capacity(chosen.len());
        // From the last on, so that the places of the others stay what they are.
        batch.extend(chosen.iter().rev().filter_map(|&place| state.waiting.remove(place)));
        batch.reverse();
        state.running[thread] = Some(Instant::now());
        self.metrics.queue.set(state.waiting.len() as i64);
        Some(batch)
    }

    /// Leaves out who gave up waiting, and who can't be answered in time any more.
    fn leave_out(&self, state: &mut State) {
        let pace = state.pace;
        let is_late = |waiting: &Waiting| {
            self.policy.bound.filter(|&bound| waiting.since.elapsed() > bound.saturating_sub(pace.min(bound / 2)))
        };
        let mut left = VecDeque::with_capacity(state.waiting.len());
        for request in state.waiting.drain(..).filter(|request| !request.answer.is_closed()) {
            match is_late(&request) {
                Some(bound) => drop(request.answer.send(Err(BatchError::Late(bound)))),
                None => left.push_back(request),
            }
        }
        state.waiting = left;
    }

    /// The places of those that would share the oldest one's batch, and whether it is full.
    fn chosen(&self, waiting: &VecDeque<Waiting>) -> (Vec<usize>, bool) {
        let (signature, most) = (self.engine.signature(), self.policy.most_at_once);
        let Some(oldest) = waiting.front() else { return (Vec::new(), false) };
        let (mut chosen, mut count) = (vec![0], oldest.count);
        for (place, other) in waiting.iter().enumerate().skip(1) {
            if count >= most {
                break;
            }
            let may_share = other.key == oldest.key && count + other.count <= most;
            if may_share && signature.can_share(&oldest.inputs, &other.inputs) {
                chosen.push(place);
                count += other.count;
            }
        }
        (chosen, count >= most || signature.most_at_once == 0)
    }

    fn answer(&self, batch: Vec<Waiting>) {
        if batch.len() > 1 {
            let counts: Vec<usize> = batch.iter().map(|waiting| waiting.count).collect();
            let inputs: Vec<&[Tensor]> = batch.iter().map(|waiting| &waiting.inputs[..]).collect();
            let is_wanted = || batch.iter().any(|waiting| !waiting.answer.is_closed());
            match self.compute(&self.joined(&inputs), &is_wanted) {
                Ok(outputs) => {
                    if let Some(parts) = self.parted(&outputs, &counts) {
                        for (waiting, outputs) in batch.into_iter().zip(parts) {
                            let _ = waiting.answer.send(Ok(outputs));
                        }
                        return;
                    }
                }
                // One of many may be at fault: each is asked on its own.
                Err(EngineError::Input(_)) => {}
                Err(error) => {
                    for waiting in batch {
                        let _ = waiting.answer.send(Err(error.clone().into()));
                    }
                    return;
                }
            }
        }
        for Waiting { inputs, answer, .. } in batch {
            let made = self.compute(&inputs, &|| !answer.is_closed());
            let _ = answer.send(made.map_err(BatchError::from));
        }
    }

    /// Asks the engine, whose panic is a failure like any other.
    fn compute(&self, inputs: &[Tensor], is_wanted: &dyn Fn() -> bool) -> Result<Vec<Tensor>, EngineError> {
        catch_unwind(AssertUnwindSafe(|| self.engine.run(inputs, is_wanted)))
            .unwrap_or_else(|_| Err(EngineError::Failed("the engine panicked".into())))
    }

    /// The inputs of several requests as those of one.
    fn joined(&self, requests: &[&[Tensor]]) -> Vec<Tensor> {
        let ports = self.engine.signature().inputs.iter().enumerate();
        ports
            .map(|(place, port)| {
                let mut joined = requests[0][place].clone();
                if port.is_batched {
                    for request in &requests[1..] {
                        joined.shape[0] += request[place].shape[0];
                        joined.data.extend_from_slice(&request[place].data);
                    }
                }
                joined
            })
            .collect()
    }

    /// The outputs of a batch as those of its requests; none if their first sides aren't the batch's.
    fn parted(&self, outputs: &[Tensor], counts: &[usize]) -> Option<Vec<Vec<Tensor>>> {
        let all: usize = counts.iter().sum();
        if outputs.iter().any(|tensor| tensor.shape.first() != Some(&all)) {
            return None;
        }
        let mut start = 0;
        let part = |&count: &usize| {
            let take = |tensor: &Tensor| {
                let width = tensor.data.len() / all;
                let data = tensor.data.get(start * width..(start + count) * width)?.to_vec();
                let shape = [&[count], &tensor.shape[1..]].concat();
                Some(Tensor { name: tensor.name.clone(), datatype: tensor.datatype, shape, data })
            };
            let part = outputs.iter().map(take).collect();
            start += count;
            part
        };
        counts.iter().map(part).collect()
    }
}

#[cfg(test)]
mod tests;
