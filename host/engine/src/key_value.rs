//! `spin:key-value` and `wasi:keyvalue` for guests, over whatever store the embedder provides.

use std::sync::Arc;

use futures::future::try_join_all;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::bindings::spin::key_value::key_value as spin;
use crate::bindings::wasi::keyvalue::{atomics, batch, store as wasi};
use crate::state::{Guest, GuestView};
use crate::{KeyValue, Revision, Snapshot};

/// Keys that one listing gives; a guest that has more must keep fewer, or page by `wasi:keyvalue`.
const LISTED_KEYS: usize = 1_000_000;
/// Keys in one page of a `wasi:keyvalue` listing.
const PAGE_KEYS: usize = 1_000;

/// A store that a guest has opened.
pub struct OpenStore(Arc<dyn KeyValue>);

/// A guest's compare-and-swap on one key: what it saw, and where.
pub struct CompareAndSwap {
    store: Arc<dyn KeyValue>,
    key: String,
    seen: Option<Vec<u8>>,
    revision: Option<Revision>,
}

impl CompareAndSwap {
    fn new(store: Arc<dyn KeyValue>, key: String, snapshot: Snapshot) -> Self {
        Self { store, key, seen: snapshot.value, revision: snapshot.revision }
    }
}

impl GuestView<'_> {
    fn opened(&self, store: &Resource<OpenStore>) -> wasmtime::Result<Arc<dyn KeyValue>> {
        Ok(Arc::clone(&self.table.get(store)?.0))
    }
}

impl spin::Host for GuestView<'_> {}

impl spin::HostStore for GuestView<'_> {
    fn drop(&mut self, store: Resource<OpenStore>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

fn opened<T>(accessor: &Accessor<T, Guest>, store: &Resource<OpenStore>) -> wasmtime::Result<Arc<dyn KeyValue>> {
    accessor.with(|mut access| access.get().opened(store))
}

type Listing = (StreamReader<String>, FutureReader<Result<(), spin::Error>>);

impl<T: Send + 'static> spin::HostStoreWithStore<T> for Guest {
    async fn open(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<OpenStore>, spin::Error>> {
        accessor.with(|mut access| {
            let guest = access.get();
            let Some(store) = guest.reach.stores.get(&label) else {
                return Ok(Err(spin::Error::AccessDenied));
            };
            let opened = guest.table.push(OpenStore(Arc::clone(store)));
            Ok(opened.map_err(|_| spin::Error::StoreTableFull))
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, spin::Error>> {
        Ok(opened(accessor, &store)?.get(key).await.map_err(spin::Error::Other))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), spin::Error>> {
        Ok(opened(accessor, &store)?.set(key, value).await.map_err(spin::Error::Other))
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
    ) -> wasmtime::Result<Result<(), spin::Error>> {
        Ok(opened(accessor, &store)?.delete(key).await.map_err(spin::Error::Other))
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        store: Resource<OpenStore>,
        key: String,
    ) -> wasmtime::Result<Result<bool, spin::Error>> {
        Ok(opened(accessor, &store)?.exists(key).await.map_err(spin::Error::Other))
    }

    async fn get_keys(accessor: &Accessor<T, Self>, store: Resource<OpenStore>) -> wasmtime::Result<Listing> {
        let store = opened(accessor, &store)?;
        let (keys, end) = match store.keys(None, LISTED_KEYS + 1).await {
            Ok(mut keys) if keys.len() > LISTED_KEYS => {
                keys.truncate(LISTED_KEYS);
                let reason = format!("the store holds more than the {LISTED_KEYS} keys that one listing gives");
                (keys, Err(spin::Error::Other(reason)))
            }
            Ok(keys) => (keys, Ok(())),
            Err(reason) => (Vec::new(), Err(spin::Error::Other(reason))),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let end = FutureReader::new(&mut access, async move { wasmtime::error::Ok(end) })?;
            Ok((keys, end))
        })
    }
}

impl wasi::Host for GuestView<'_> {
    async fn open(&mut self, identifier: String) -> wasmtime::Result<Result<Resource<OpenStore>, wasi::Error>> {
        let Some(store) = self.reach.stores.get(&identifier) else {
            return Ok(Err(wasi::Error::AccessDenied));
        };
        Ok(Ok(self.table.push(OpenStore(Arc::clone(store)))?))
    }
}

impl wasi::HostBucket for GuestView<'_> {
    async fn get(
        &mut self,
        bucket: Resource<OpenStore>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, wasi::Error>> {
        Ok(self.opened(&bucket)?.get(key).await.map_err(wasi::Error::Other))
    }

    async fn set(
        &mut self,
        bucket: Resource<OpenStore>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), wasi::Error>> {
        Ok(self.opened(&bucket)?.set(key, value).await.map_err(wasi::Error::Other))
    }

    async fn delete(&mut self, bucket: Resource<OpenStore>, key: String) -> wasmtime::Result<Result<(), wasi::Error>> {
        Ok(self.opened(&bucket)?.delete(key).await.map_err(wasi::Error::Other))
    }

    async fn exists(
        &mut self,
        bucket: Resource<OpenStore>,
        key: String,
    ) -> wasmtime::Result<Result<bool, wasi::Error>> {
        Ok(self.opened(&bucket)?.exists(key).await.map_err(wasi::Error::Other))
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<OpenStore>,
        cursor: Option<String>,
    ) -> wasmtime::Result<Result<wasi::KeyResponse, wasi::Error>> {
        let page = self.opened(&bucket)?.keys(cursor, PAGE_KEYS).await;
        Ok(page
            .map(|keys| {
                let full = keys.len() == PAGE_KEYS;
                let cursor = keys.last().filter(|_| full).cloned();
                wasi::KeyResponse { keys, cursor }
            })
            .map_err(wasi::Error::Other))
    }

    async fn drop(&mut self, bucket: Resource<OpenStore>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for GuestView<'_> {
    async fn increment(
        &mut self,
        bucket: Resource<OpenStore>,
        key: String,
        delta: i64,
    ) -> wasmtime::Result<Result<i64, wasi::Error>> {
        Ok(self.opened(&bucket)?.increment(key, delta).await.map_err(wasi::Error::Other))
    }

    async fn swap(
        &mut self,
        cas: Resource<CompareAndSwap>,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), atomics::CasError>> {
        let CompareAndSwap { store, key, revision, .. } = self.table.delete(cas)?;
        let outcome = match store.swap(key.clone(), revision, value).await {
            Ok(true) => return Ok(Ok(())),
            Ok(false) => store.snapshot(key.clone()).await,
            Err(reason) => Err(reason),
        };
        Ok(Err(match outcome {
            Ok(now) => {
                let fresh = self.table.push(CompareAndSwap::new(store, key, now))?;
                atomics::CasError::CasFailed(fresh)
            }
            Err(reason) => atomics::CasError::StoreError(wasi::Error::Other(reason)),
        }))
    }
}

impl atomics::HostCas for GuestView<'_> {
    async fn new(
        &mut self,
        bucket: Resource<OpenStore>,
        key: String,
    ) -> wasmtime::Result<Result<Resource<CompareAndSwap>, wasi::Error>> {
        let store = self.opened(&bucket)?;
        match store.snapshot(key.clone()).await {
            Ok(now) => {
                let cas = CompareAndSwap::new(store, key, now);
                Ok(Ok(self.table.push(cas)?))
            }
            Err(reason) => Ok(Err(wasi::Error::Other(reason))),
        }
    }

    async fn current(
        &mut self,
        cas: Resource<CompareAndSwap>,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, wasi::Error>> {
        Ok(Ok(self.table.get(&cas)?.seen.clone()))
    }

    async fn drop(&mut self, cas: Resource<CompareAndSwap>) -> wasmtime::Result<()> {
        self.table.delete(cas)?;
        Ok(())
    }
}

type Pairs = Vec<(String, Option<Vec<u8>>)>;

impl batch::Host for GuestView<'_> {
    async fn get_many(
        &mut self,
        bucket: Resource<OpenStore>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<Pairs, wasi::Error>> {
        let store = self.opened(&bucket)?;
        let values = try_join_all(keys.iter().map(|key| store.get(key.clone()))).await;
        Ok(values.map(|values| keys.into_iter().zip(values).collect()).map_err(wasi::Error::Other))
    }

    async fn set_many(
        &mut self,
        bucket: Resource<OpenStore>,
        pairs: Vec<(String, Vec<u8>)>,
    ) -> wasmtime::Result<Result<(), wasi::Error>> {
        let store = self.opened(&bucket)?;
        let written = try_join_all(pairs.into_iter().map(|(key, value)| store.set(key, value)));
        Ok(written.await.map(drop).map_err(wasi::Error::Other))
    }

    async fn delete_many(
        &mut self,
        bucket: Resource<OpenStore>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<(), wasi::Error>> {
        let store = self.opened(&bucket)?;
        let deleted = try_join_all(keys.into_iter().map(|key| store.delete(key)));
        Ok(deleted.await.map(drop).map_err(wasi::Error::Other))
    }
}
