//! Requests that come at about the same time run as one batch: an engine does many elements in little more time than one.
//!
//! A model has a queue of bounded length, and one thread that empties it: it takes the oldest request, waits a little for
//! others that can share its batch, and runs them together. What doesn't fit the queue is refused at once, so that whoever
//! is let in waits no longer than the queue is long.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::engine::{Engine, EngineError};
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
}

/// Why a request was not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// As many requests wait as may.
    #[error("{0} requests are waiting already")]
    Full(usize),
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
    since: Instant,
    answer: oneshot::Sender<Answer>,
}

/// An engine with its queue.
pub struct Batcher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    engine: Arc<dyn Engine>,
    policy: Policy,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    is_closed: bool,
}

impl Batcher {
    /// Starts the thread.
    pub fn new(engine: Arc<dyn Engine>, policy: Policy) -> Self {
        let shared = Arc::new(Shared { engine, policy, state: Mutex::default(), changed: Condvar::new() });
        let runs = shared.clone();
        Self { shared, thread: Some(std::thread::spawn(move || runs.run())) }
    }

    /// The engine.
    pub fn engine(&self) -> &dyn Engine {
        self.shared.engine.as_ref()
    }

    /// Requests that wait.
    pub fn waiting(&self) -> usize {
        self.shared.state().waiting.len()
    }

    /// Runs a request, with others or alone.
    ///
    /// # Errors
    /// If the inputs don't fit the model, the queue is full, or the engine fails.
    pub async fn run(&self, inputs: Vec<Tensor>) -> Answer {
        let (inputs, count) = self.shared.engine.signature().arrange(inputs)?;
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.shared.state();
            if state.is_closed {
                return Err(BatchError::Closed);
            }
            if state.waiting.len() >= self.shared.policy.queue {
                return Err(BatchError::Full(state.waiting.len()));
            }
            state.waiting.push_back(Waiting { inputs, count, since: Instant::now(), answer });
        }
        self.shared.changed.notify_one();
        answered.await.unwrap_or(Err(BatchError::Closed))
    }
}

/// What waits is still run.
impl Drop for Batcher {
    fn drop(&mut self) {
        self.shared.state().is_closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic holds it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while let Some(batch) = self.next() {
            self.answer(batch);
        }
    }

    /// The next batch: the oldest request and those after it that can share its batch. None once all is done.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut state = self.state();
        loop {
            // Whoever gave up waiting is left out.
            state.waiting.retain(|waiting| !waiting.answer.is_closed());
            let Some(oldest) = state.waiting.front() else {
                if state.is_closed {
                    return None;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = self.policy.delay.saturating_sub(oldest.since.elapsed());
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
        Some(batch)
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
            if count + other.count <= most && signature.can_share(&oldest.inputs, &other.inputs) {
                chosen.push(place);
                count += other.count;
            }
        }
        (chosen, count >= most || signature.most_at_once == 0)
    }

    fn answer(&self, batch: Vec<Waiting>) {
        let counts: Vec<usize> = batch.iter().map(|waiting| waiting.count).collect();
        let (inputs, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.inputs, waiting.answer)).unzip();
        let engine = &self.engine;
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match &inputs[..] {
            [alone] => engine.run(alone),
            many => engine.run(&self.joined(many)),
        }))
        .unwrap_or_else(|_| Err(EngineError::Failed("the engine panicked".into())));
        match made {
            Ok(outputs) => {
                for (answer, outputs) in answers.into_iter().zip(self.parted(outputs, &counts)) {
                    let _ = answer.send(Ok(outputs));
                }
            }
            // One of many may be at fault: each is asked on its own.
            Err(EngineError::Input(_)) if inputs.len() > 1 => {
                for (answer, inputs) in answers.into_iter().zip(&inputs) {
                    let _ = answer.send(engine.run(inputs).map_err(BatchError::from));
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone().into()));
                }
            }
        }
    }

    /// The inputs of several requests as those of one.
    fn joined(&self, requests: &[Vec<Tensor>]) -> Vec<Tensor> {
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

    /// The outputs of a batch as those of its requests.
    fn parted(&self, outputs: Vec<Tensor>, counts: &[usize]) -> Vec<Vec<Tensor>> {
        if counts.len() == 1 {
            return vec![outputs];
        }
        let all: usize = counts.iter().sum();
        let mut start = 0;
        let part = |&count: &usize| {
            let take = |tensor: &Tensor| {
                let width = tensor.data.len() / all;
                let mut part =
                    Tensor { data: tensor.data[start * width..][..count * width].to_vec(), ..tensor.clone() };
                part.shape[0] = count;
                part
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
