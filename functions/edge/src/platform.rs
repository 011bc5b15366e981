//! `Platform` by Cloudflare's means.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use verdigris_core::platform::{HttpRequest, HttpResponse, Platform, PlatformError};
use verdigris_edge_base::{exchange, within};
use worker::{Date, Delay, Env, MessageBuilder, Method, console_log};

use crate::ledger::{self, Tables};
use crate::settings::Settings;
use crate::underway::Underway;
use crate::{calls, place};

/// The binding of the queue of jobs.
const JOBS: &str = "JOBS";

type Work = LocalBoxFuture<'static, ()>;

/// Cloudflare, as far as one event goes.
#[derive(Clone)]
pub struct EdgePlatform(Rc<Event>);

struct Event {
    env: Env,
    /// Keeps the event alive until work is done.
    wait_until: Box<dyn Fn(Work)>,
    settings: Settings,
    /// What goes on after the response.
    underway: Underway,
    /// In an object: its name, and what it keeps itself.
    own: Option<(String, Tables)>,
}

fn store_error(error: impl std::fmt::Display) -> PlatformError {
    PlatformError::Store(error.to_string())
}

impl EdgePlatform {
    /// The platform of one event; `wait_until` keeps it alive.
    pub(crate) fn new(env: Env, wait_until: impl Fn(Work) + 'static) -> Self {
        let (settings, underway) = (Settings::default(), Underway::default());
        Self(Rc::new(Event { env, wait_until: Box::new(wait_until), settings, underway, own: None }))
    }

    /// The same platform inside of an object, whose own keys are at hand.
    pub(crate) fn with_tables(self, name: String, tables: Tables) -> Self {
        let event = Rc::try_unwrap(self.0).map(|event| Event { own: Some((name, tables)), ..event });
        event.map_or_else(Self, |event| Self(Rc::new(event)))
    }

    pub(crate) fn env(&self) -> &Env {
        &self.0.env
    }

    /// Waits until the queue has the jobs of what was begun for after the response, or all of that is done; but not for
    /// long. So a provider hears that its jobs were taken when nothing can lose them any more.
    pub(crate) async fn settle(&self, ms: u64) {
        if self.0.underway.is_any() {
            let _ = within(ms, self.0.underway.settled()).await;
        }
    }

    fn own(&self, key: &str) -> Option<&Tables> {
        self.0.own.as_ref().filter(|(name, _)| *name == place::of(key)).map(|(_, tables)| tables)
    }
}

impl Platform for EdgePlatform {
    async fn http(&self, request: HttpRequest) -> Result<HttpResponse, PlatformError> {
        match calls::callee(&request.url) {
            Some((function, path)) => {
                let (function, path) = (function.to_string(), path.to_string());
                let (ms, max) = (request.timeout_ms, request.max_response);
                let response = within(ms, calls::call(self.clone(), function, path, request)).await??;
                if response.body.len() > max { Err(PlatformError::ResponseTooLarge(max)) } else { Ok(response) }
            }
            None => exchange(self, request).await,
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        if let Some(tables) = self.own(key) {
            return tables.get(key).map_err(store_error);
        }
        let mut response = ledger::ask(self.env(), Method::Get, key, None).await?;
        if response.status_code() == 204 {
            return Ok(None);
        }
        response.bytes().await.map(Some).map_err(store_error)
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), PlatformError> {
        if let Some(tables) = self.own(key) {
            return tables.set(key, value).map_err(store_error);
        }
        ledger::ask(self.env(), Method::Put, key, Some(value)).await.map(drop)
    }

    async fn delete(&self, key: &str) -> Result<(), PlatformError> {
        if let Some(tables) = self.own(key) {
            return tables.delete(key).map_err(store_error);
        }
        ledger::ask(self.env(), Method::Delete, key, None).await.map(drop)
    }

    async fn increment(&self, key: &str, delta: i64) -> Result<i64, PlatformError> {
        if let Some(tables) = self.own(key) {
            return tables.increment(key, delta).map_err(store_error);
        }
        let mut response = ledger::ask(self.env(), Method::Post, key, Some(delta.to_string().as_bytes())).await?;
        response.text().await.map_err(store_error)?.parse().map_err(|_| store_error("a counter is no number"))
    }

    async fn config(&self, name: &str) -> Result<Option<String>, PlatformError> {
        self.0.settings.get(self.env(), name).await
    }

    fn now_ms(&self) -> u64 {
        Date::now().as_millis()
    }

    async fn sleep(&self, ms: u64) {
        Delay::from(Duration::from_millis(ms)).await;
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        let event = Rc::clone(&self.0);
        event.underway.begin();
        let work = async move {
            work.await;
            event.underway.end();
        };
        (self.0.wait_until)(work.boxed_local());
    }

    async fn enqueue(&self, message: &[u8], delay_ms: u64) -> Result<bool, PlatformError> {
        let Ok(queue) = self.env().queue(JOBS) else { return Ok(false) };
        let text = String::from_utf8_lossy(message).into_owned();
        let seconds = u32::try_from(delay_ms.div_ceil(1000)).unwrap_or(u32::MAX);
        let message = MessageBuilder::new(text).delay_seconds(seconds).build();
        let sent = self.0.underway.send(queue.send(message)).await;
        sent.map(|()| true).map_err(|error| PlatformError::Connection(error.to_string()))
    }

    fn log(&self, line: &str) {
        console_log!("{line}");
    }
}
