//! Jobs on disk, in an embedded database: what was taken is there after a crash.

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use redb::{Database, ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _, TableDefinition};
use serde::{Deserialize, Serialize};

const JOBS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("jobs");
const REQUESTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("requests");
const ANSWERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("answers");

/// A job as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The caller's name for it.
    pub id: String,
    /// The model.
    pub model: String,
    /// Its version; the highest one when it runs, if there is none.
    pub version: Option<u64>,
    /// SHA-256 of all that was asked for, in hexadecimal: who asks for something else by the same id is told so.
    pub digest: String,
    /// How many bytes of the request are JSON, if others follow.
    pub json_length: Option<usize>,
    /// How far it is.
    pub status: Status,
    /// How often its work was begun.
    #[serde(default)]
    pub starts: u32,
    /// Why it failed.
    pub error: Option<String>,
    /// Whether it failed by what was asked, or would again. Any other failure is over when the job is asked for anew.
    #[serde(default)]
    pub refused: bool,
    /// What ran it.
    pub engine: Option<String>,
    /// How many bytes the answer has.
    #[serde(default)]
    pub answer_bytes: u64,
    /// How many bytes of the answer are JSON, if others follow.
    pub answer_json_length: Option<usize>,
    /// When it was taken, in seconds since 1970.
    pub created: u64,
    /// When it was done.
    pub finished: Option<u64>,
    /// Who is told of its end.
    pub callback: Option<Callback>,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It waits, or runs.
    Queued,
    /// There is an answer.
    Succeeded,
    /// There will be none.
    Failed,
}

impl Status {
    /// As it stands in JSON, for metrics and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// Who is told of a job's end, and whether they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// Where.
    pub url: String,
    /// Whether they were.
    pub state: Delivery,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it is tried next, in seconds since 1970.
    pub next: u64,
}

/// Whether a callback arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// Not yet.
    Pending,
    /// The receiver said so.
    Delivered,
    /// It was tried as often as it is tried.
    Dead,
}

/// What became of a new job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is there now.
    New(Box<Job>),
    /// It was there before.
    Known(Box<Job>),
    /// Another one has its id.
    Other,
    /// As many as may are waiting.
    Full,
}

/// The database's failure.
#[derive(Debug, thiserror::Error)]
#[error("the jobs' database: {0}")]
pub struct StoreError(String);

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self(error.into().to_string())
    }
}

impl StoreError {
    /// Some failure around the database.
    pub(super) fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

type Result<T> = std::result::Result<T, StoreError>;

/// The database. Its methods block.
pub struct Store {
    database: Database,
    /// Bytes of all requests in it.
    request_bytes: AtomicU64,
}

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Jobs.
    pub jobs: usize,
    /// Bytes of all their requests.
    pub bytes: u64,
}

impl Store {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// If it is another process's, or damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let database = Database::create(path)?;
        let write = database.begin_write()?;
        write.open_table(JOBS)?;
        write.open_table(ANSWERS)?;
        let mut request_bytes = 0;
        for entry in write.open_table(REQUESTS)?.iter()? {
            request_bytes += entry?.1.value().len() as u64;
        }
        write.commit()?;
        Ok(Self { database, request_bytes: request_bytes.into() })
    }

    /// The job that has this one's id, if there is one.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn known(&self, job: &Job) -> Result<Option<Taken>> {
        Ok(self.job(&job.id)?.and_then(|known| known.beside(job)))
    }

    /// Keeps a job with its request, unless its id is taken or there is no room.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn take(&self, job: &Job, request: &[u8], room: Room) -> Result<Taken> {
        let write = self.database.begin_write()?;
        {
            let mut jobs = write.open_table(JOBS)?;
            let known = jobs.get(job.id.as_str())?.map(|known| decoded(known.value())).transpose()?;
            if let Some(taken) = known.and_then(|known| known.beside(job)) {
                return Ok(taken);
            }
            let mut requests = write.open_table(REQUESTS)?;
            let bytes = self.request_bytes.load(Relaxed).saturating_add(request.len() as u64);
            if requests.len()? >= room.jobs as u64 || bytes > room.bytes {
                return Ok(Taken::Full);
            }
            jobs.insert(job.id.as_str(), &encoded(job)[..])?;
            requests.insert(job.id.as_str(), request)?;
        }
        write.commit()?;
        self.request_bytes.fetch_add(request.len() as u64, Relaxed);
        Ok(Taken::New(Box::new(job.clone())))
    }

    /// Notes a job's end, and its answer. Its request is kept no longer.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn finish(&self, job: &Job, answer: &[u8]) -> Result<()> {
        let write = self.database.begin_write()?;
        write.open_table(JOBS)?.insert(job.id.as_str(), &encoded(job)[..])?;
        let removed =
            write.open_table(REQUESTS)?.remove(job.id.as_str())?.map_or(0, |request| request.value().len() as u64);
        write.open_table(ANSWERS)?.insert(job.id.as_str(), answer)?;
        write.commit()?;
        self.request_bytes.fetch_sub(removed, Relaxed);
        Ok(())
    }

    /// Changes a job, if it is there and `change` says so. Gives what it is then.
    ///
    /// # Errors
    /// If it can't be read or written.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Job) -> bool) -> Result<Option<Job>> {
        let write = self.database.begin_write()?;
        let changed = {
            let mut jobs = write.open_table(JOBS)?;
            let known = jobs.get(id)?.map(|job| decoded(job.value())).transpose()?;
            let Some(mut job) = known else { return Ok(None) };
            if !change(&mut job) {
                return Ok(None);
            }
            jobs.insert(id, &encoded(&job)[..])?;
            job
        };
        write.commit()?;
        Ok(Some(changed))
    }

    /// A job.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn job(&self, id: &str) -> Result<Option<Job>> {
        let jobs = self.database.begin_read()?.open_table(JOBS)?;
        jobs.get(id)?.map(|job| decoded(job.value())).transpose()
    }

    /// All jobs for which `is_wanted`, by id, at most so many.
    ///
    /// # Errors
    /// If they can't be read.
    pub fn jobs(&self, most: usize, is_wanted: impl Fn(&Job) -> bool) -> Result<Vec<Job>> {
        let jobs = self.database.begin_read()?.open_table(JOBS)?;
        let mut wanted = Vec::new();
        for entry in jobs.iter()? {
            let job = decoded(entry?.1.value())?;
            if wanted.len() < most && is_wanted(&job) {
                wanted.push(job);
            }
        }
        Ok(wanted)
    }

    /// The request of a job that isn't done.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn request(&self, id: &str) -> Result<Option<Vec<u8>>> {
        self.bytes(REQUESTS, id)
    }

    /// The answer of a job that is.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn answer(&self, id: &str) -> Result<Option<Vec<u8>>> {
        self.bytes(ANSWERS, id)
    }

    fn bytes(&self, table: TableDefinition<'_, &str, &[u8]>, id: &str) -> Result<Option<Vec<u8>>> {
        let table = self.database.begin_read()?.open_table(table)?;
        Ok(table.get(id)?.map(|bytes| bytes.value().to_vec()))
    }

    /// Forgets the jobs that were done before `time`, and the oldest of the others while all answers together have more
    /// bytes than `most`; but none of which a caller is still to be told. Returns how many.
    ///
    /// # Errors
    /// If they can't be removed.
    pub fn forget(&self, time: u64, most: u64) -> Result<usize> {
        let write = self.database.begin_write()?;
        let mut forgotten = 0;
        {
            let (mut jobs, mut answers) = (write.open_table(JOBS)?, write.open_table(ANSWERS)?);
            let (mut done, mut bytes) = (Vec::new(), 0);
            for entry in jobs.iter()? {
                let job = decoded(entry?.1.value())?;
                let Some(finished) = job.finished else { continue };
                let length = job.answer_bytes;
                bytes += length;
                if !job.callback.is_some_and(|callback| callback.state == Delivery::Pending) {
                    done.push((finished, length, job.id));
                }
            }
            done.sort();
            for (finished, length, id) in done {
                if finished >= time && bytes <= most {
                    break;
                }
                jobs.remove(id.as_str())?;
                answers.remove(id.as_str())?;
                bytes -= length;
                forgotten += 1;
            }
        }
        write.commit()?;
        Ok(forgotten)
    }
}

impl Job {
    /// What is said to who asks for another job by the same id.
    fn beside(self, other: &Self) -> Option<Taken> {
        match self.digest == other.digest {
            true if self.status == Status::Failed && !self.refused => None,
            true => Some(Taken::Known(Box::new(self))),
            false => Some(Taken::Other),
        }
    }
}

fn encoded(job: &Job) -> Vec<u8> {
    // Its fields are strings and numbers, which have a form in JSON.
    serde_json::to_vec(job).unwrap_or_default()
}

fn decoded(bytes: &[u8]) -> Result<Job> {
    serde_json::from_slice(bytes).map_err(|error| StoreError(format!("a job can't be read: {error}")))
}
