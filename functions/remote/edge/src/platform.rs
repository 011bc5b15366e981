//! `Platform` as far as `remote` needs it: requests, settings, a clock, a log.

use std::future::Future;
use std::time::Duration;

use verdigris_core::platform::{HttpRequest, HttpResponse, Platform, PlatformError};
use verdigris_edge_base::{exchange, variable};
use worker::{Date, Delay, Env, console_log};

/// Cloudflare, as far as one event goes.
#[derive(Clone)]
pub(crate) struct RemotePlatform(pub(crate) Env);

/// This Worker has no store: who asks hands it what was known, and keeps what it says.
fn no_store<T>() -> Result<T, PlatformError> {
    Err(PlatformError::Store("this Worker keeps nothing".into()))
}

impl Platform for RemotePlatform {
    async fn http(&self, request: HttpRequest) -> Result<HttpResponse, PlatformError> {
        exchange(self, request).await
    }

    async fn get(&self, _key: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        no_store()
    }

    async fn set(&self, _key: &str, _value: &[u8]) -> Result<(), PlatformError> {
        no_store()
    }

    async fn delete(&self, _key: &str) -> Result<(), PlatformError> {
        no_store()
    }

    async fn increment(&self, _key: &str, _delta: i64) -> Result<i64, PlatformError> {
        no_store()
    }

    async fn config(&self, name: &str) -> Result<Option<String>, PlatformError> {
        Ok(variable(&self.0, name))
    }

    fn now_ms(&self) -> u64 {
        Date::now().as_millis()
    }

    async fn sleep(&self, ms: u64) {
        Delay::from(Duration::from_millis(ms)).await;
    }

    /// Nothing goes on after the response: work that is begun is dropped.
    fn spawn(&self, _work: impl Future<Output = ()> + 'static) {}

    fn log(&self, line: &str) {
        console_log!("{line}");
    }
}
