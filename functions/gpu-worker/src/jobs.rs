//! Work that takes longer than a caller waits: taken at once, done when there is room, told of at its end.
//!
//! A job is on disk before its caller hears that it is taken. What wasn't done when the worker ended is done when it
//! starts again, and who wasn't told yet is told then.

mod callback;
mod store;
mod work;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::batch::BatchError;
use crate::inference::{InferError, check as check_request};
use crate::metrics::Metrics;
use crate::protocol::{InferRequest, ProtocolError};
use crate::repository::{Model, Repository};

pub use callback::{CallbackError, Callbacks};
pub use store::{Callback, Delivery, Job, Room, Status, Store, StoreError, Taken};

/// Callbacks that are under way at the same time.
const CALLBACKS_AT_ONCE: usize = 8;
/// Most bytes of an answer that a callback carries; a larger one is to be fetched.
const MOST_CARRIED: usize = 256 << 10;
/// From one look at what is under way to the next, at the end.
const CLOSE_PAUSE: Duration = Duration::from_millis(20);
/// From one look for old jobs to the next.
const FORGET_EVERY: Duration = Duration::from_secs(60);
/// Most dead letters of one listing.
const MOST_LISTED: usize = 1000;

/// How much is taken, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// What may wait.
    pub waiting: Room,
    /// Jobs that are in work at the same time.
    pub at_once: usize,
    /// Bytes of a tensor.
    pub tensor_bytes: usize,
    /// Time of one job's work.
    pub time: Duration,
    /// How long a job that is done is kept.
    pub keep: Duration,
    /// Bytes of all answers that are kept.
    pub answer_bytes: u64,
}

/// What a caller wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name for it.
    pub id: String,
    /// The model.
    pub model: String,
    /// Its version; the highest, if none.
    pub version: Option<u64>,
    /// How many bytes of the request are JSON, if others follow.
    pub json_length: Option<usize>,
    /// The request, as for an answer at once.
    pub request: Vec<u8>,
    /// Who is told of the end.
    pub callback: Option<String>,
}

/// Why a job wasn't taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// An id that is none.
    #[error("a job's id is 1 to 128 of the characters A-Z a-z 0-9 - _ : and not `{0}`")]
    Id(String),
    /// Another job has it.
    #[error("job {0} is another: what was asked for by that id differs")]
    Other(String),
    /// The model isn't there.
    #[error("no such model is served: {0}")]
    NoModel(String),
    /// As much waits as may.
    #[error("{} jobs are waiting already, or {} bytes of their requests", .0.jobs, .0.bytes)]
    Full(Room),
    /// The request isn't one.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The request doesn't fit the model.
    #[error(transparent)]
    Unfit(#[from] InferError),
    /// The worker ends, and takes no more.
    #[error("the worker is ending")]
    Closed,
    /// Nobody may be called back there.
    #[error(transparent)]
    Callback(#[from] CallbackError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All jobs of a worker.
pub struct Jobs {
    store: Store,
    repository: Arc<Repository>,
    callbacks: Option<Callbacks>,
    limits: Limits,
    metrics: Arc<Metrics>,
    places: Semaphore,
    /// Jobs whose work is begun.
    working: Mutex<HashSet<String>>,
    sending: Semaphore,
}

impl Jobs {
    /// The jobs in a database. Nothing runs before [`Self::resume`].
    pub fn new(
        store: Store,
        repository: Arc<Repository>,
        callbacks: Option<Callbacks>,
        limits: Limits,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        let (places, sending) = (Semaphore::new(limits.at_once), Semaphore::new(CALLBACKS_AT_ONCE));
        Arc::new(Self { store, repository, callbacks, limits, metrics, places, working: Mutex::default(), sending })
    }

    /// Goes on with what wasn't done, and forgets old jobs from time to time.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn resume(self: &Arc<Self>) -> Result<(), JobError> {
        let is_pending = |callback: &Callback| callback.state == Delivery::Pending;
        let left = |job: &Job| job.status == Status::Queued || job.callback.as_ref().is_some_and(is_pending);
        for job in self.store.jobs(usize::MAX, left)? {
            if job.status == Status::Queued {
                self.metrics.jobs_open().inc();
            }
            tokio::spawn(self.clone().attend(job));
        }
        let jobs = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(FORGET_EVERY).await;
                let (before, most) = (now().saturating_sub(jobs.limits.keep.as_secs()), jobs.limits.answer_bytes);
                if let Err(error) = jobs.with_store(move |store| store.forget(before, most)).await {
                    tracing::error!(%error, "old jobs are not forgotten");
                }
            }
        });
        Ok(())
    }

    /// Takes a job. One that was taken before under the same id is given as it stands, if it is the same.
    ///
    /// # Errors
    /// If it can't be done, as far as that can be told before.
    pub async fn take(self: &Arc<Self>, wanted: Wanted) -> Result<Job, JobError> {
        let is_of_id = |c: char| c.is_ascii_alphanumeric() || "-_:".contains(c);
        if !(1..=128).contains(&wanted.id.len()) || !wanted.id.chars().all(is_of_id) {
            return Err(JobError::Id(wanted.id.chars().take(128).collect()));
        }
        let job = wanted.job();
        let asked = job.clone();
        let known = match self.with_store(move |store| store.known(&asked)).await? {
            Some(known) => known,
            None => {
                self.check(&wanted, &job)?;
                self.keep(job, wanted.request).await?
            }
        };
        match known {
            Taken::New(job) | Taken::Known(job) => Ok(*job),
            Taken::Other => Err(JobError::Other(wanted.id)),
            Taken::Full => Err(JobError::Full(self.limits.waiting)),
        }
    }

    /// Whether a job can be done, as far as that can be told before.
    fn check(&self, wanted: &Wanted, job: &Job) -> Result<(), JobError> {
        if self.places.is_closed() {
            return Err(JobError::Closed);
        }
        if let Some(url) = &wanted.callback {
            match &self.callbacks {
                Some(callbacks) => callbacks.check(url)?,
                None => return Err(CallbackError::NotAllowed("anyone".into()).into()),
            }
        }
        let model = self.model(job)?;
        let request = InferRequest::read(&wanted.request, wanted.json_length, self.limits.tensor_bytes)?;
        check_request(&model, &request)?;
        let arranged = model.batcher.engine().signature().arrange(request.inputs);
        arranged.map(drop).map_err(|error| InferError::from(BatchError::from(error)).into())
    }

    /// Writes a job down and begins it; both or neither, even if the caller goes meanwhile.
    async fn keep(self: &Arc<Self>, job: Job, request: Vec<u8>) -> Result<Taken, JobError> {
        let (jobs, room) = (self.clone(), self.limits.waiting);
        let kept = tokio::spawn(async move {
            let taken = jobs.with_store(move |store| store.take(&job, &request, room)).await?;
            if let Taken::New(job) = &taken {
                jobs.metrics.jobs_open().inc();
                tokio::spawn(jobs.attend(job.as_ref().clone()));
            }
            Ok(taken)
        });
        kept.await.map_err(StoreError::new)?
    }

    /// A job as it stands.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn job(self: &Arc<Self>, id: &str) -> Result<Option<Job>, JobError> {
        let id = id.to_owned();
        self.with_store(move |store| store.job(&id)).await
    }

    /// The answer of a job that succeeded.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn answer(self: &Arc<Self>, id: &str) -> Result<Option<Vec<u8>>, JobError> {
        let id = id.to_owned();
        self.with_store(move |store| store.answer(&id)).await
    }

    /// Jobs whose callers could not be told of their ends.
    ///
    /// # Errors
    /// If the database can't be read.
    pub async fn dead_letters(self: &Arc<Self>) -> Result<Vec<Job>, JobError> {
        let is_dead = |job: &Job| job.callback.as_ref().is_some_and(|callback| callback.state == Delivery::Dead);
        self.with_store(move |store| store.jobs(MOST_LISTED, is_dead)).await
    }

    /// Tells a dead letter's caller anew. None if there is no such letter.
    ///
    /// # Errors
    /// If the database can't be read or written.
    pub async fn tell_again(self: &Arc<Self>, id: &str) -> Result<Option<Job>, JobError> {
        let (jobs, id) = (self.clone(), id.to_owned());
        let revive = |job: &mut Job| match &mut job.callback {
            Some(callback) if callback.state == Delivery::Dead => {
                *callback = Callback::new(callback.url.clone());
                true
            }
            _ => false,
        };
        let revived = tokio::spawn(async move {
            let job = jobs.with_store(move |store| store.change(&id, revive)).await?;
            if let Some(job) = &job {
                tokio::spawn(jobs.attend(job.clone()));
            }
            Ok(job)
        });
        revived.await.map_err(StoreError::new)?
    }

    /// Begins no more work, and waits for what is under way, for so long at most. What isn't done then is begun anew at the
    /// next start.
    pub async fn close(&self, patience: Duration) {
        self.places.close();
        let working: Vec<_> = self.working().iter().cloned().collect();
        for id in working {
            // It isn't the job that ends the worker.
            let forgive = |job: &mut Job| {
                job.starts = job.starts.saturating_sub(1);
                true
            };
            if let Err(error) = self.store.change(&id, forgive) {
                tracing::error!(job = id, %error, "a start is held against it that is broken off");
            }
        }
        let is_idle = async {
            while !self.working().is_empty() {
                tokio::time::sleep(CLOSE_PAUSE).await;
            }
            let _ = self.sending.acquire_many(CALLBACKS_AT_ONCE as u32).await;
        };
        let _ = tokio::time::timeout(patience, is_idle).await;
    }

    fn working(&self) -> MutexGuard<'_, HashSet<String>> {
        // No code that can panic holds it.
        self.working.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn model(&self, job: &Job) -> Result<Arc<Model>, JobError> {
        let version = job.version.map(|version| format!(" version {version}")).unwrap_or_default();
        let unknown = || JobError::NoModel(format!("{}{version}", job.model));
        self.repository.get(&job.model, job.version).ok_or_else(unknown)
    }

    /// Asks the database where that may block.
    async fn with_store<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, JobError> {
        let jobs = self.clone();
        let asked = tokio::task::spawn_blocking(move || ask(&jobs.store)).await;
        Ok(asked.map_err(StoreError::new)??)
    }
}

impl Wanted {
    fn job(&self) -> Job {
        let mut digest = Sha256::new();
        let version = self.version.map(|version| version.to_string());
        for part in [&self.model, &version.unwrap_or_default()] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        digest.update(self.json_length.map_or(u64::MAX, |length| length as u64).to_le_bytes());
        digest.update(&self.request);
        let digest = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Job {
            id: self.id.clone(),
            model: self.model.clone(),
            version: self.version,
            digest,
            json_length: self.json_length,
            status: Status::Queued,
            starts: 0,
            error: None,
            refused: false,
            engine: None,
            answer_bytes: 0,
            answer_json_length: None,
            created: now(),
            finished: None,
            callback: self.callback.clone().map(Callback::new),
        }
    }
}

impl Callback {
    fn new(url: String) -> Self {
        Self { url, state: Delivery::Pending, attempts: 0, error: None, next: 0 }
    }
}

impl Job {
    /// What callers are shown.
    pub fn shown(&self) -> Value {
        let callback = self.callback.as_ref().map(|callback| {
            let Callback { url, state, attempts, error, .. } = callback;
            json!({ "url": url, "state": state, "attempts": attempts, "error": error })
        });
        json!({
            "id": self.id,
            "model": self.model,
            "version": self.version.map(|version| version.to_string()),
            "status": self.status.name(),
            "error": self.error,
            "refused": self.refused,
            "engine": self.engine,
            "created": self.created,
            "finished": self.finished,
            "callback": callback,
        })
    }

    /// What a callback says: the job, and its answer if that is JSON and not too large.
    fn message(&self, answer: Option<&[u8]>) -> Value {
        let mut data = self.shown();
        let carried = answer.filter(|answer| answer.len() <= MOST_CARRIED && self.answer_json_length.is_none());
        data["answer"] = carried.and_then(|answer| serde_json::from_slice(answer).ok()).unwrap_or_default();
        let end = UNIX_EPOCH + Duration::from_secs(self.finished.unwrap_or_default());
        json!({
            "type": format!("job.{}", self.status.name()),
            "timestamp": humantime::format_rfc3339_seconds(end).to_string(),
            "data": data,
        })
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
