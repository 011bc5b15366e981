//! The life of a job that was taken: its model is waited for, it is run, its caller is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::SemaphorePermit;

use super::{Callback, CallbackError, Callbacks, Delivery, Job, JobError, Jobs, Status, Store, now};
use crate::batch::BatchError;
use crate::engine::EngineError;
use crate::inference::{InferError, infer};
use crate::protocol::InferRequest;

/// The pause before a job looks again for a model that isn't there.
const ABSENT_PAUSE: Duration = Duration::from_secs(2);
/// The pause before a job asks again for a place in a full queue.
const FULL_PAUSE: Duration = Duration::from_millis(200);
/// The pause after which what the database failed to do is tried again.
const STORE_PAUSE: Duration = Duration::from_secs(10);
/// How often a job's work is begun, the last time alone: so only one that itself ends the worker is not begun again.
const MOST_STARTS: u32 = 3;

impl Jobs {
    /// Runs a job if it wasn't, and tells its caller. What fails for the database's sake is tried again after a pause.
    pub(super) async fn attend(self: Arc<Self>, mut job: Job) {
        let id = job.id.clone();
        loop {
            let done = async {
                let job = if job.status == Status::Queued { self.run(job).await? } else { job };
                self.tell(job).await
            };
            let Err(error) = done.await else { return };
            tracing::error!(job = id, %error, "a job is left for now");
            if matches!(error, JobError::Closed) {
                return;
            }
            job = loop {
                tokio::time::sleep(STORE_PAUSE).await;
                match self.job(&id).await {
                    Ok(Some(job)) => break job,
                    Ok(None) => return,
                    Err(_) => {}
                }
            };
        }
    }

    #[tracing::instrument(name = "job", skip_all, fields(id = job.id, model = job.model))]
    async fn run(self: &Arc<Self>, mut job: Job) -> Result<Job, JobError> {
        job.starts += 1;
        let _place = self.place(&job).await?;
        let (id, starts) = (job.id.clone(), job.starts);
        let begun = move |store: &Store| {
            store.change(&id, |job| {
                job.starts = starts;
                true
            })?;
            store.request(&id)
        };
        let request = self.with_store(begun).await?.unwrap_or_default();
        self.working().insert(job.id.clone());
        let limit = self.limits.time;
        let made = match starts {
            0..=MOST_STARTS => tokio::time::timeout(limit, self.made(&job, &request))
                .await
                .unwrap_or_else(|_| Err((format!("it took longer than {} s", limit.as_secs()), false))),
            _ => Err((format!("the worker ended {MOST_STARTS} times in the midst of it"), true)),
        };
        let answer = match made {
            Ok((answer, json_length, engine)) => {
                (job.status, job.answer_json_length, job.engine) = (Status::Succeeded, json_length, Some(engine));
                answer
            }
            Err((reason, is_refused)) => {
                (job.status, job.error, job.refused) = (Status::Failed, Some(reason), is_refused);
                Vec::new()
            }
        };
        (job.finished, job.answer_bytes) = (Some(now()), answer.len() as u64);
        let finished = job.clone();
        let written = self.with_store(move |store| store.finish(&finished, &answer)).await;
        self.working().remove(&job.id);
        written?;
        self.metrics.jobs_open().dec();
        self.metrics.jobs(job.status.name()).inc();
        Ok(job)
    }

    /// Waits for room for a job whose model is there. The model may be loaded a little later, and takes no room from others
    /// meanwhile; one that doesn't come is missed by the job.
    async fn place(&self, job: &Job) -> Result<SemaphorePermit<'_>, JobError> {
        let places = if job.starts < MOST_STARTS { 1 } else { self.limits.at_once as u32 };
        let end = Instant::now() + self.limits.time;
        loop {
            while self.model(job).is_err() && Instant::now() < end {
                if self.places.is_closed() {
                    return Err(JobError::Closed);
                }
                tokio::time::sleep(ABSENT_PAUSE).await;
            }
            let Ok(place) = self.places.acquire_many(places).await else { return Err(JobError::Closed) };
            if self.model(job).is_ok() || Instant::now() >= end {
                return Ok(place);
            }
        }
    }

    /// An answer, its length of JSON and its engine; or why there is none, and whether that is for what was asked.
    async fn made(&self, job: &Job, request: &[u8]) -> Result<(Vec<u8>, Option<usize>, String), (String, bool)> {
        let limit = self.limits.tensor_bytes;
        let request = InferRequest::read(request, job.json_length, limit).map_err(|error| (error.to_string(), true))?;
        loop {
            let model = self.model(job).map_err(|error| (error.to_string(), false))?;
            match infer(&model, request.clone()).await {
                Ok(response) => {
                    let (answer, json_length) = response.write().map_err(|error| (error.to_string(), true))?;
                    return Ok((answer, json_length, model.batcher.engine().name().to_owned()));
                }
                Err(InferError::Batch(BatchError::Full(_) | BatchError::Late(_) | BatchError::Closed)) => {
                    tokio::time::sleep(FULL_PAUSE).await;
                }
                Err(error) => {
                    let is_engine_s = matches!(error, InferError::Batch(BatchError::Engine(EngineError::Failed(_))));
                    return Err((error.to_string(), !is_engine_s));
                }
            }
        }
    }

    /// Tells the caller, as often as it takes.
    async fn tell(self: &Arc<Self>, mut job: Job) -> Result<(), JobError> {
        let Some(callbacks) = &self.callbacks else { return self.give_up(job).await };
        let is_pending = |callback: &&mut Callback| callback.state == Delivery::Pending;
        while let Some(next) = job.callback.as_mut().filter(is_pending).map(|callback| callback.next) {
            tokio::time::sleep(Duration::from_secs(next.saturating_sub(now()))).await;
            let sent = self.send(&job, callbacks).await;
            let Some(callback) = &mut job.callback else { break };
            callback.attempts += 1;
            callback.error = sent.as_ref().err().map(ToString::to_string);
            match (sent, callbacks.pause_after(callback.attempts)) {
                (Ok(()), _) => callback.state = Delivery::Delivered,
                (Err(_), Some(pause)) => callback.next = now() + pause,
                (Err(error), None) => {
                    tracing::error!(job = job.id, url = callback.url, %error, "a callback is given up");
                    callback.state = Delivery::Dead;
                }
            }
            let outcome = match callback.state {
                Delivery::Pending => "refused",
                Delivery::Delivered => "delivered",
                Delivery::Dead => "dead",
            };
            self.metrics.callbacks(outcome).inc();
            if !self.note(&job).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Notes what became of a job's callback. False if the job was asked for anew meanwhile: that one's caller is told.
    async fn note(self: &Arc<Self>, job: &Job) -> Result<bool, JobError> {
        let (id, finished, noted) = (job.id.clone(), job.finished, job.callback.clone());
        let note = move |job: &mut Job| {
            let is_same = job.finished == finished;
            if is_same {
                job.callback = noted;
            }
            is_same
        };
        Ok(self.with_store(move |store| store.change(&id, note)).await?.is_some())
    }

    /// Of a worker that was started without a secret for callbacks: nobody is told.
    async fn give_up(self: &Arc<Self>, mut job: Job) -> Result<(), JobError> {
        if let Some(callback) = job.callback.as_mut().filter(|callback| callback.state == Delivery::Pending) {
            (callback.state, callback.error) = (Delivery::Dead, Some("the worker has no secret to sign with".into()));
            self.note(&job).await?;
        }
        Ok(())
    }

    async fn send(self: &Arc<Self>, job: &Job, callbacks: &Callbacks) -> Result<(), CallbackError> {
        let _place = self.sending.acquire().await;
        let (store, id) = (self.clone(), job.id.clone());
        let refused = |error: String| CallbackError::Refused(error);
        let answer = store.answer(&id).await.map_err(|error| refused(error.to_string()))?;
        let body = job.message(answer.as_deref()).to_string().into_bytes();
        // A job that is begun anew has another end, which is another message.
        let id = format!("{id}/{}/{}", job.status.name(), job.finished.unwrap_or_default());
        let (callbacks, url) = (callbacks.clone(), job.callback.as_ref().map(|callback| callback.url.clone()));
        let send = move || callbacks.send(&url.unwrap_or_default(), &id, now(), &body);
        tokio::task::spawn_blocking(send).await.map_err(|error| refused(error.to_string()))?
    }
}
