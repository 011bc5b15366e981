//! The Durable Object that keeps values and counters, and in which a sender's callback runs.
//!
//! Why an object and not Workers KV: KV shows a write elsewhere only after a while and has no compare-and-swap, so two
//! deliveries of one event would both find it new, and two transactions would take one nonce. An object runs on one
//! machine at a time, its SQL statements run without a pause between them, and *nothing leaves it* (no answer, no
//! request to a node) before what it wrote is on disk.
//!
//! That last rule is why callback runs inside of its sender's object, of which there is one for each (chain, sender):
//! the outbox keeps the signed transaction and then broadcasts it, and here the order holds even if the machine dies
//! between the two.

use std::cell::OnceCell;
use std::rc::Rc;

use verdigris_core::platform::PlatformError;
use verdigris_edge_base::made;
use worker::{DurableObject, durable_object};
use worker::{Env, Method, Request, Response, Result, SqlStorage, SqlStorageValue, State, Stub};

use crate::place;
use crate::platform::EdgePlatform;
use crate::serve;

/// The namespace's binding.
const BINDING: &str = "LEDGER";
/// Requests to objects need an address, which nobody looks at.
const VALUES: &str = "http://ledger/";
/// The header with the key that a request is about. A request without one is for callback.
const KEY: &str = "verdigris-key";
/// The header with the object's own name, for callback.
pub(crate) const OBJECT: &str = "verdigris-object";

/// Values and counters under keys, as SQL tables of one object.
#[derive(Clone)]
pub(crate) struct Tables(SqlStorage);

impl Tables {
    fn open(sql: SqlStorage) -> Result<Self> {
        for table in [
            "CREATE TABLE IF NOT EXISTS contents (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID",
        ] {
            sql.exec(table, None)?;
        }
        Ok(Self(sql))
    }

    /// The first column of the first row.
    fn ask(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Option<SqlStorageValue>> {
        // Read to its end: a statement counts as unfinished while its cursor has rows.
        let rows: Vec<Vec<SqlStorageValue>> = self.0.exec(query, values)?.raw().collect::<Result<_>>()?;
        Ok(rows.into_iter().next().and_then(|row| row.into_iter().next()))
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        match self.ask("SELECT content FROM contents WHERE name = ?", vec![key.into()])? {
            Some(SqlStorageValue::Blob(content)) => Ok(Some(content)),
            Some(_) => Err(format!("the value of {key} is no bytes; delete it").into()),
            None => Ok(None),
        }
    }

    pub(crate) fn set(&self, key: &str, content: &[u8]) -> Result<()> {
        let query = "INSERT INTO contents VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET content = excluded.content";
        self.ask(query, vec![key.into(), content.to_vec().into()]).map(drop)
    }

    pub(crate) fn delete(&self, key: &str) -> Result<()> {
        for query in ["DELETE FROM contents WHERE name = ?", "DELETE FROM counters WHERE name = ?"] {
            self.ask(query, vec![key.into()])?;
        }
        Ok(())
    }

    pub(crate) fn increment(&self, key: &str, delta: i64) -> Result<i64> {
        let delta = SqlStorageValue::try_from_i64(delta)?;
        let query = "INSERT INTO counters VALUES (?, ?) \
                     ON CONFLICT (name) DO UPDATE SET count = count + excluded.count RETURNING count";
        match self.ask(query, vec![key.into(), delta])? {
            Some(SqlStorageValue::Integer(count)) => Ok(count),
            _ => Err(format!("the counter {key} is no whole number; delete it").into()),
        }
    }
}

/// See the module's documentation.
#[durable_object(fetch)]
pub struct Ledger {
    state: Rc<State>,
    env: Env,
    tables: OnceCell<Tables>,
}

impl Ledger {
    fn tables(&self) -> Result<&Tables> {
        if let Some(tables) = self.tables.get() {
            return Ok(tables);
        }
        let opened = Tables::open(self.state.storage().sql())?;
        Ok(self.tables.get_or_init(|| opened))
    }

    /// A request to the sender's callback, with this object's own keys at hand.
    async fn callback(&self, request: Request) -> Result<Response> {
        let name = request.headers().get(OBJECT)?.unwrap_or_default();
        let state = self.state.clone();
        let platform = EdgePlatform::new(self.env.clone(), move |work| state.wait_until(work));
        serve::callback(&platform.with_tables(name, self.tables()?.clone()), request).await
    }
}

impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        Self { state: Rc::new(state), env, tables: OnceCell::new() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Some(key) = request.headers().get(KEY)? else { return self.callback(request).await };
        let tables = self.tables()?;
        match request.method() {
            Method::Get => match tables.get(&key)? {
                Some(content) => Response::from_bytes(content),
                None => Ok(Response::empty()?.with_status(204)),
            },
            Method::Put => tables.set(&key, &request.bytes().await?).and_then(|()| Response::empty()),
            Method::Delete => tables.delete(&key).and_then(|()| Response::empty()),
            Method::Post => {
                let delta = request.text().await?.parse().map_err(|_| "the step is no number")?;
                Response::ok(tables.increment(&key, delta)?.to_string())
            }
            _ => Response::error("no such operation", 405),
        }
    }
}

/// The object of a name.
pub(crate) fn object(env: &Env, name: &str) -> Result<Stub> {
    env.durable_object(BINDING)?.id_from_name(name)?.get_stub()
}

/// One operation on a key, in the object that keeps it.
pub(crate) async fn ask(env: &Env, method: Method, key: &str, body: Option<&[u8]>) -> Result<Response, PlatformError> {
    let store = |error: worker::Error| PlatformError::Store(error.to_string());
    let mut response = send(env, method, key, body).await.map_err(store)?;
    if response.status_code() < 300 {
        return Ok(response);
    }
    let reason = response.text().await.unwrap_or_default();
    Err(PlatformError::Store(format!("status {}: {reason}", response.status_code())))
}

async fn send(env: &Env, method: Method, key: &str, body: Option<&[u8]>) -> Result<Response> {
    let request = made(VALUES, method.as_ref(), [(KEY, key)].into_iter(), body)?;
    object(env, &place::of(key))?.fetch_with_request(request).await
}
