//! The key-value stores: one SQLite file, one thread that works on it.
//!
//! Requests for the file queue up for the thread, which takes all that wait and runs them in one
//! transaction; each is answered after the commit. So concurrent writers share a commit, nothing
//! is answered before it is in the write-ahead log (it survives `kill -9`), and every operation
//! is atomic. The log is not synced to the disk at each commit: a power cut may lose the last ones.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, params};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tracing::error;
use verdigris_engine::{KeyValue, KeyValueResult, Revision, Snapshot};

use crate::metrics::Metrics;

/// The longest key, in bytes.
const KEY_BYTES: usize = 4096;
/// The largest value, in bytes: 16 MiB.
const VALUE_BYTES: usize = 16 << 20;
/// Operations that may wait for the thread; more wait before they are queued.
const QUEUE: usize = 1024;
/// Operations that share one commit at most.
const BATCH: usize = 256;
/// The file's layout, kept in its `user_version`.
const LAYOUT: i64 = 1;
/// How long a start waits for a host that is just ending to let go of the file.
const LOCK_WAIT: Duration = Duration::from_secs(3);

/// A database that can't be opened.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The folder can't be made.
    #[error("the state folder {path}: {reason}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// Another process has the file.
    #[error("{0} is in use by another host; stop it, or give this one another --state-dir")]
    InUse(PathBuf),
    /// The file is of another layout.
    #[error("{path} has layout {found}, this host knows layout {LAYOUT}; give it another --state-dir")]
    Layout {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
    },
    /// SQLite refused.
    #[error("{path}: {reason}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: rusqlite::Error,
    },
}

/// Says how the commit went; called after it.
type Answer = Box<dyn FnOnce(Result<(), String>)>;
/// One operation on the file.
type Job = Box<dyn FnOnce(&Session) -> Answer + Send>;

/// All stores of a state folder.
#[derive(Clone)]
pub struct Database {
    jobs: mpsc::Sender<Job>,
    metrics: Arc<Metrics>,
}

/// The connection, and what belongs to it.
struct Session {
    connection: Connection,
    /// The next write's revision. Higher than any in the file, so that none comes twice.
    next: Cell<Revision>,
}

impl Database {
    /// Opens (or makes) the database in the folder `folder`.
    ///
    /// # Errors
    /// When the folder or the file can't be used, or another process uses it.
    pub fn open(folder: &Path, metrics: Arc<Metrics>) -> Result<Self, DatabaseError> {
        std::fs::create_dir_all(folder).map_err(|reason| DatabaseError::Folder { path: folder.to_owned(), reason })?;
        let path = folder.join("key-value.sqlite");
        let session = Session::open(&path)?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        thread::Builder::new()
            .name("key-value".to_owned())
            .spawn(move || serve(&session, queue))
            .map_err(|reason| DatabaseError::Folder { path, reason })?;
        Ok(Self { jobs, metrics })
    }

    /// The store called `label`; it needs no making.
    pub fn store(&self, label: &str) -> Arc<dyn KeyValue> {
        Arc::new(Store { database: self.clone(), label: Arc::from(label) })
    }

    fn ask<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Session) -> Result<T, String> + Send + 'static,
    ) -> KeyValueResult<T> {
        let jobs = self.jobs.clone();
        let metrics = Arc::clone(&self.metrics);
        Box::pin(async move {
            let started = Instant::now();
            let (reply, answer) = oneshot::channel();
            let job: Job = Box::new(move |session| {
                let result = work(session);
                Box::new(move |committed| {
                    // An error means that nobody waits for the answer any more.
                    let _ = reply.send(committed.and(result));
                })
            });
            let closed = || "the key-value store is closed".to_owned();
            jobs.send(job).await.map_err(|_| closed())?;
            let result = answer.await.map_err(|_| closed()).flatten();
            metrics.key_value(operation, started.elapsed(), result.is_ok());
            result
        })
    }
}

/// Works until every [`Database`] of the queue is dropped.
fn serve(session: &Session, mut queue: mpsc::Receiver<Job>) {
    let mut batch = Vec::new();
    while let Some(first) = queue.blocking_recv() {
        batch.push(first);
        while batch.len() < BATCH
            && let Ok(job) = queue.try_recv()
        {
            batch.push(job);
        }
        let begun = session.connection.execute_batch("BEGIN");
        let answers: Vec<Answer> = batch.drain(..).map(|job| job(session)).collect();
        let committed = begun.and_then(|()| session.connection.execute_batch("COMMIT")).map_err(|reason| {
            error!(%reason, "a key-value transaction was not written");
            if !session.connection.is_autocommit() {
                let _ = session.connection.execute_batch("ROLLBACK");
            }
            sentence(&reason)
        });
        for answer in answers {
            answer(committed.clone());
        }
    }
}

fn sentence(reason: &rusqlite::Error) -> String {
    format!("the key-value store failed: {reason}")
}

impl Session {
    fn open(path: &Path) -> Result<Self, DatabaseError> {
        let wrong = |reason: rusqlite::Error| match reason.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                DatabaseError::InUse(path.to_owned())
            }
            _ => DatabaseError::Sqlite { path: path.to_owned(), reason },
        };
        let connection = Connection::open(path).map_err(wrong)?;
        connection.busy_timeout(LOCK_WAIT).map_err(wrong)?;
        connection
            .execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE;
                 PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = NORMAL;
                 PRAGMA journal_size_limit = 67108864;
                 PRAGMA cache_size = -512; -- KiB; the system's own cache holds the file
                 BEGIN EXCLUSIVE; COMMIT;",
            )
            .map_err(wrong)?;
        connection.set_prepared_statement_cache_capacity(32);
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(wrong)?;
        if found != 0 && found != LAYOUT {
            return Err(DatabaseError::Layout { path: path.to_owned(), found });
        }
        connection
            .execute_batch(&format!(
                "BEGIN;
                 CREATE TABLE IF NOT EXISTS entry (
                     store TEXT NOT NULL,
                     key TEXT NOT NULL,
                     revision INTEGER NOT NULL,
                     value BLOB NOT NULL,
                     PRIMARY KEY (store, key)
                 ) STRICT;
                 PRAGMA user_version = {LAYOUT};
                 COMMIT;"
            ))
            .map_err(wrong)?;
        let last: Option<Revision> =
            connection.query_row("SELECT max(revision) FROM entry", [], |row| row.get(0)).map_err(wrong)?;
        Ok(Self { connection, next: Cell::new(last.unwrap_or(0) + 1) })
    }

    fn revision(&self) -> Revision {
        self.next.replace(self.next.get() + 1)
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, String> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(|reason| sentence(&reason))
    }

    fn read<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        row: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, String> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(values, row).optional())
            .map_err(|reason| sentence(&reason))
    }

    fn value(&self, store: &str, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.read("SELECT value FROM entry WHERE store = ?1 AND key = ?2", params![store, key], |row| row.get(0))
    }

    fn write(&self, store: &str, key: &str, value: &[u8]) -> Result<(), String> {
        self.run(
            "INSERT INTO entry (store, key, revision, value) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (store, key) DO UPDATE SET revision = ?3, value = ?4",
            params![store, key, self.revision(), value],
        )
        .map(drop)
    }

    fn increment(&self, store: &str, key: &str, delta: i64) -> Result<i64, String> {
        let before = match self.value(store, key)? {
            None => 0,
            Some(bytes) => {
                i64::from_le_bytes(bytes.try_into().map_err(|_| format!("{key:?} holds no counter (eight bytes)"))?)
            }
        };
        let sum =
            before.checked_add(delta).ok_or_else(|| format!("{key:?} would not fit 64 bits: {before} + {delta}"))?;
        self.write(store, key, &sum.to_le_bytes())?;
        Ok(sum)
    }

    fn swap(&self, store: &str, key: &str, revision: Option<Revision>, value: &[u8]) -> Result<bool, String> {
        let changed = match revision {
            None => self.run(
                "INSERT INTO entry (store, key, revision, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (store, key) DO NOTHING",
                params![store, key, self.revision(), value],
            ),
            Some(seen) => self.run(
                "UPDATE entry SET revision = ?4, value = ?5
                 WHERE store = ?1 AND key = ?2 AND revision = ?3",
                params![store, key, seen, self.revision(), value],
            ),
        };
        Ok(changed? == 1)
    }

    fn keys(&self, store: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, String> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "SELECT key FROM entry WHERE store = ?1 AND (?2 IS NULL OR key > ?2)
                 ORDER BY key LIMIT ?3",
            )
            .and_then(|mut statement| statement.query_map(params![store, after, limit], |row| row.get(0))?.collect())
            .map_err(|reason| sentence(&reason))
    }
}

/// One labelled store.
struct Store {
    database: Database,
    label: Arc<str>,
}

impl Store {
    fn ask<T: Send + 'static>(
        &self,
        operation: &'static str,
        key: String,
        work: impl FnOnce(&Session, &str, &str) -> Result<T, String> + Send + 'static,
    ) -> KeyValueResult<T> {
        if key.len() > KEY_BYTES {
            let bytes = key.len();
            return Box::pin(async move { Err(format!("the key has {bytes} bytes; {KEY_BYTES} are allowed")) });
        }
        let label = Arc::clone(&self.label);
        self.database.ask(operation, move |session| work(session, &label, &key))
    }

    fn ask_to_write<T: Send + 'static>(
        &self,
        operation: &'static str,
        key: String,
        value: Vec<u8>,
        work: impl FnOnce(&Session, &str, &str, &[u8]) -> Result<T, String> + Send + 'static,
    ) -> KeyValueResult<T> {
        if value.len() > VALUE_BYTES {
            let bytes = value.len();
            return Box::pin(async move { Err(format!("the value has {bytes} bytes; {VALUE_BYTES} are allowed")) });
        }
        self.ask(operation, key, move |session, store, key| work(session, store, key, &value))
    }
}

impl KeyValue for Store {
    fn get(&self, key: String) -> KeyValueResult<Option<Vec<u8>>> {
        self.ask("get", key, Session::value)
    }

    fn set(&self, key: String, value: Vec<u8>) -> KeyValueResult<()> {
        self.ask_to_write("set", key, value, Session::write)
    }

    fn delete(&self, key: String) -> KeyValueResult<()> {
        self.ask("delete", key, |session, store, key| {
            session.run("DELETE FROM entry WHERE store = ?1 AND key = ?2", params![store, key]).map(drop)
        })
    }

    fn exists(&self, key: String) -> KeyValueResult<bool> {
        self.ask("exists", key, |session, store, key| {
            let found =
                session.read("SELECT 1 FROM entry WHERE store = ?1 AND key = ?2", params![store, key], |_| Ok(()))?;
            Ok(found.is_some())
        })
    }

    fn keys(&self, after: Option<String>, limit: usize) -> KeyValueResult<Vec<String>> {
        let label = Arc::clone(&self.label);
        self.database.ask("keys", move |session| session.keys(&label, after.as_deref(), limit))
    }

    fn increment(&self, key: String, delta: i64) -> KeyValueResult<i64> {
        self.ask("increment", key, move |session, store, key| session.increment(store, key, delta))
    }

    fn snapshot(&self, key: String) -> KeyValueResult<Snapshot> {
        self.ask("snapshot", key, |session, store, key| {
            let found = session.read(
                "SELECT revision, value FROM entry WHERE store = ?1 AND key = ?2",
                params![store, key],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let (revision, value) = found.unzip();
            Ok(Snapshot { value, revision })
        })
    }

    fn swap(&self, key: String, revision: Option<Revision>, value: Vec<u8>) -> KeyValueResult<bool> {
        self.ask_to_write("swap", key, value, move |session, store, key, value| {
            session.swap(store, key, revision, value)
        })
    }
}

#[cfg(test)]
mod tests;
