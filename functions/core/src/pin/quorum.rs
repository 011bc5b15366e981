//! Several services at the same time, of which enough must hold a file.
//!
//! A service counts once it has named the address that was computed here. Those that only fetch (the Pinning Service
//! API) are asked as soon as another holds the content. When enough have it, the answer goes on, and the others finish
//! behind it in what is left of their time; what becomes of them is in the log.

use futures::FutureExt;
use futures::future::{LocalBoxFuture, select_all};

use super::file::File;
use super::service::Service;
use crate::config;
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::platform::Platform;

/// Services, and how many of them must hold a file.
pub(super) struct Quorum {
    services: Vec<Service>,
    needed: usize,
}

impl Quorum {
    /// What the settings `pinners` and `pin_quorum` say.
    ///
    /// # Errors
    /// [`Error::Config`] if they contradict themselves or a service lacks a setting.
    pub(super) async fn configured(platform: &impl Platform) -> Result<Self> {
        let wrong = |reason: &str| Err(Error::Config { name: "pinners", reason: reason.into() }.into());
        let pinners = platform.config("pinners").await?.unwrap_or_else(|| "embedded".into());
        let mut services: Vec<Service> = Vec::new();
        for name in pinners.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let service = Service::configured(platform, name).await?;
            if services.iter().any(|other| other.name() == service.name()) {
                return wrong("names a service twice, which would count twice; name it once");
            }
            services.push(service);
        }
        if services.is_empty() {
            return wrong("names no service; name at least one");
        }
        if services.iter().any(Service::fetches) && !services.iter().any(Service::provides) {
            return wrong("names psa, but nobody to fetch from; add kubo, pinata or embedded");
        }
        let needed = match platform.config("pin_quorum").await? {
            Some(_) => config::parsed(platform, "pin_quorum", "a number").await?,
            None => services.len(),
        };
        if needed == 0 || needed > services.len() {
            let reason = format!("is {needed}, but {} services are named; use 1 to {0}", services.len());
            return Err(Error::Config { name: "pin_quorum", reason }.into());
        }
        Ok(Self { services, needed })
    }

    /// Has enough services keep a file.
    ///
    /// # Errors
    /// [`Error::PinQuorum`], or the error of the only service that failed.
    pub(super) async fn keep<P: Platform>(&self, platform: &P, file: File, by: Until) -> Result<()> {
        let mut uploads = Uploads::begin(platform.clone(), &self.services, file, by);
        let (mut held, mut failed) = (0, Vec::new());
        while let Some(result) = uploads.next().await {
            match result {
                Ok(()) => held += 1,
                Err(error) => failed.push(*error),
            }
            if held == self.needed {
                uploads.finish_behind();
                return Ok(());
            }
        }
        Err(self.too_few(held, failed))
    }

    fn too_few(&self, held: usize, mut failed: Vec<Error>) -> Box<Error> {
        if failed.len() == 1 {
            return failed.remove(0).into();
        }
        let timed_out = failed.iter().all(|error| error.status() == 504);
        let reasons: Vec<String> = failed.iter().map(Error::to_string).collect();
        Error::PinQuorum { held, needed: self.needed, reasons: reasons.join("; "), timed_out }.into()
    }
}

/// The uploads of one file.
struct Uploads<P> {
    platform: P,
    file: File,
    by: Until,
    running: Vec<LocalBoxFuture<'static, (Service, Result<()>)>>,
    /// Services that fetch, until there is something to fetch.
    waiting: Vec<Service>,
}

impl<P: Platform> Uploads<P> {
    fn begin(platform: P, services: &[Service], file: File, by: Until) -> Self {
        let (waiting, first) = services.iter().cloned().partition(Service::fetches);
        let mut uploads = Self { platform, file, by, running: Vec::new(), waiting };
        uploads.start(first);
        uploads
    }

    fn start(&mut self, services: Vec<Service>) {
        for service in services {
            let (platform, file, by) = (self.platform.clone(), self.file.clone(), self.by);
            let upload = async move {
                let result = service.keep(&platform, &file, by).await;
                (service, result)
            };
            self.running.push(upload.boxed_local());
        }
    }

    /// How the next service fared; `None` when all are done.
    async fn next(&mut self) -> Option<Result<()>> {
        let running = std::mem::take(&mut self.running);
        let result = if running.is_empty() {
            let (service, reason) = (self.waiting.pop()?.name(), "nobody holds what it is to fetch".into());
            Err(Error::Pin { service, reason, timed_out: false }.into())
        } else {
            let ((service, result), _, others) = select_all(running).await;
            self.running = others;
            if result.is_ok() && service.provides() {
                let waiting = std::mem::take(&mut self.waiting);
                self.start(waiting);
            }
            result
        };
        if let Err(error) = &result {
            self.platform.log(&format!("{}: {error}", self.file.cid));
        }
        Some(result)
    }

    /// Lets those that are still at work go on without being waited for.
    fn finish_behind(mut self) {
        if !self.running.is_empty() {
            let platform = self.platform.clone();
            platform.spawn(async move { while self.next().await.is_some() {} });
        }
    }
}
