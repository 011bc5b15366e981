//! `Platform` by Spin's means.

use std::cell::OnceCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures::future::{Either, select};
use spin_sdk::experimental::wasi::keyvalue::{atomics, store as wasi_store};
use spin_sdk::http::{self, FullBody};
use spin_sdk::key_value::Store;
use spin_sdk::{time, variables};
use verdigris_core::platform::{HttpRequest, HttpResponse, Platform, PlatformError};

use crate::body;

/// The store that all components share.
const STORE: &str = "default";

/// Spin, as far as one request goes: handles to the store are opened when first used.
#[derive(Clone, Default)]
pub struct SpinPlatform {
    store: Rc<OnceCell<Rc<Store>>>,
    bucket: Rc<OnceCell<wasi_store::Bucket>>,
}

fn store_error(error: impl std::fmt::Display) -> PlatformError {
    PlatformError::Store(error.to_string())
}

impl SpinPlatform {
    async fn store(&self) -> Result<Rc<Store>, PlatformError> {
        if let Some(store) = self.store.get() {
            return Ok(store.clone());
        }
        let opened = Rc::new(Store::open(STORE).await.map_err(store_error)?);
        Ok(self.store.get_or_init(|| opened).clone())
    }

    fn bucket(&self) -> Result<&wasi_store::Bucket, PlatformError> {
        if let Some(bucket) = self.bucket.get() {
            return Ok(bucket);
        }
        let opened = wasi_store::open(STORE).map_err(store_error)?;
        Ok(self.bucket.get_or_init(|| opened))
    }
}

impl Platform for SpinPlatform {
    async fn http(&self, request: HttpRequest) -> Result<HttpResponse, PlatformError> {
        let (timeout_ms, max_response) = (request.timeout_ms, request.max_response);
        let exchange = pin!(exchange(request, max_response));
        let limit = pin!(time::sleep(Duration::from_millis(timeout_ms)));
        match select(exchange, limit).await {
            Either::Left((result, _)) => result,
            Either::Right(((), _)) => Err(PlatformError::Timeout(timeout_ms)),
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        self.store().await?.get(key).await.map_err(store_error)
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), PlatformError> {
        self.store().await?.set(key, value).await.map_err(store_error)
    }

    async fn delete(&self, key: &str) -> Result<(), PlatformError> {
        self.store().await?.delete(key).await.map_err(store_error)
    }

    async fn increment(&self, key: &str, delta: i64) -> Result<i64, PlatformError> {
        atomics::increment(self.bucket()?, key, delta).map_err(store_error)
    }

    async fn config(&self, name: &str) -> Result<Option<String>, PlatformError> {
        match variables::get(name).await {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(variables::Error::Undefined(_)) => Ok(None),
            Err(error) => Err(PlatformError::Config { name: name.into(), reason: error.to_string() }),
        }
    }

    fn now_ms(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64)
    }

    async fn sleep(&self, ms: u64) {
        time::sleep(Duration::from_millis(ms)).await;
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        spin_sdk::wasip3::spawn(work);
    }

    fn log(&self, line: &str) {
        eprintln!("{line}");
    }
}

/// Sends a request with its length (without which it would go out chunked, which not every service takes) and reads
/// the answer.
async fn exchange(request: HttpRequest, max_response: usize) -> Result<HttpResponse, PlatformError> {
    let connection = |reason: String| PlatformError::Connection(reason);
    let mut builder = hyperium::Request::builder().method(request.method).uri(request.url);
    builder = builder.header("content-length", request.body.len());
    for (name, value) in request.headers {
        builder = builder.header(name, value);
    }
    // The builder's errors may repeat the URL, which may hold a key.
    let outgoing = builder
        .body(FullBody::new(Bytes::from(request.body)))
        .map_err(|_| connection("the URL or a header is malformed".into()))?;
    let response = http::send(outgoing).await.map_err(|error| connection(error.to_string()))?;
    let (parts, incoming) = response.into_parts();
    let body = body::read(&parts.headers, incoming, max_response).await?;
    Ok(HttpResponse { status: parts.status.as_u16(), body })
}
