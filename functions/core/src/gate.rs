//! What every public route passes before its work: who asks, and how much of it they may still ask for.
//!
//! | route | who | counted |
//! |---|---|---|
//! | `/oracle/…`, `/ipfs/…` | the owner of an API key | against the key |
//! | | nobody in particular, if the route is open | against the source, which is the client's address |
//! | `/webhooks/…` | a provider, by its signature | against the provider |
//! | `/sweep` | the timer, by its token | against the timer |
//! | `/healthz`, a provider or browser that only looks | anybody | against the source |
//! | none that is here, or not by this method | anybody | against the source, or whoever it may be on that route |
//! | any | whoever brings a wrong key, token or signature | against the source, and answered 401, or 503 by the gateway |
//!
//! A source that has brought too much that is wrong hears 429 in place of 401, and nothing else changes for it: a right
//! signature is never refused for what others at the same address do. Providers send from addresses that all of their
//! customers share, so whoever could block an address could silence a provider.
//!
//! Limits protect a service that works; they are not what makes it safe. So where the store that counts is down,
//! everyone passes, with a line in the log. Keys, tokens and signatures are checked without it.

mod bucket;
mod keys;
mod source;

use bucket::Bucket;
use keys::Presented;
pub use source::last_address;

use crate::error::{Error, Result};
use crate::http::Request;
use crate::platform::Platform;

/// Units a minute for one source: API keys aside, `/oracle/…` takes one for each 20 ms or so of work, all else takes one.
const PER_SOURCE: u64 = 1_200;
/// Units a minute for one API key.
const PER_KEY: u64 = 6_000;
/// Webhooks a minute for one provider: a thousand a second.
const PER_PROVIDER: u64 = 60_000;
/// The routes that are open without a key unless the settings say otherwise.
const OPEN: &str = "oracle, ipfs";

/// A caller who was let in; what it asks for may turn out to cost more than one unit.
pub struct Pass<'a, P> {
    platform: &'a P,
    bucket: Bucket,
}

impl<P: Platform> Pass<'_, P> {
    /// Counts so many units more.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`].
    pub async fn charge(&self, units: u64) -> Result<()> {
        if units == 0 { Ok(()) } else { self.bucket.take(self.platform, units).await }
    }
}

/// Lets in who asks on a route that takes API keys, `oracle` or `ipfs`.
///
/// # Errors
/// [`Error::Unauthorized`] for a wrong key, which never counts as none, or for none where one is needed;
/// [`Error::TooManyRequests`]; [`Error::Config`].
pub async fn caller<'a, P: Platform>(platform: &'a P, request: &Request, route: &str) -> Result<Pass<'a, P>> {
    let bucket = match keys::presented(request) {
        Presented::None if is_open(platform, route).await? => source(platform, request).await?,
        Presented::None => {
            let missing =
                Error::Unauthorized("an API key is needed: send it as `Authorization: Bearer …` or `X-Api-Key`");
            return Err(wrong(platform, request, missing.into()).await);
        }
        Presented::Some(given) => match keys::owner(platform, given).await? {
            Some(name) => Bucket::new(format!("key:{name}"), "API key", rate(platform, "rate_per_key", PER_KEY).await?),
            None => return Err(wrong(platform, request, Error::Unauthorized("the API key is wrong").into()).await),
        },
    };
    bucket.take(platform, 1).await?;
    Ok(Pass { platform, bucket })
}

/// Counts a request of whoever it may be.
///
/// # Errors
/// [`Error::TooManyRequests`]; [`Error::Config`].
pub async fn anybody<P: Platform>(platform: &P, request: &Request) -> Result<()> {
    source(platform, request).await?.take(platform, 1).await
}

/// Counts a webhook whose signature was right.
///
/// # Errors
/// As [`anybody`].
pub async fn provider<P: Platform>(platform: &P, name: &str) -> Result<()> {
    let limit = rate(platform, "rate_per_provider", PER_PROVIDER).await?;
    Bucket::new(format!("provider:{name}"), "provider", limit).take(platform, 1).await
}

/// Counts a call with the timer's token.
///
/// # Errors
/// As [`anybody`].
pub async fn timer<P: Platform>(platform: &P) -> Result<()> {
    let limit = rate(platform, "rate_per_key", PER_KEY).await?;
    Bucket::new("timer".into(), "timer", limit).take(platform, 1).await
}

/// What to answer to a request that doesn't prove whose it is: the error itself, or 429 if the source has brought too
/// many such requests. What is wrong with our own settings or store is said as it is.
pub async fn wrong<P: Platform>(platform: &P, request: &Request, error: Box<Error>) -> Box<Error> {
    if !error.is_final() {
        return error;
    }
    match anybody(platform, request).await {
        Err(refused) if matches!(*refused, Error::TooManyRequests { .. }) => refused,
        _ => error,
    }
}

async fn source<P: Platform>(platform: &P, request: &Request) -> Result<Bucket> {
    let limit = rate(platform, "rate_per_source", PER_SOURCE).await?;
    // Without a limit, nothing is to be looked up.
    let slot = if limit == 0 { 0 } else { source::slot(platform, request.source).await };
    Ok(Bucket::new(format!("source:{slot}"), "source", limit))
}

/// A limit in units a minute; 0 is none.
async fn rate<P: Platform>(platform: &P, name: &'static str, default: u64) -> Result<u64> {
    let Some(text) = platform.config(name).await? else { return Ok(default) };
    let limit: u32 = text
        .trim()
        .parse()
        .map_err(|_| Error::Config { name, reason: "is not a number of units a minute; use 0 for no limit".into() })?;
    Ok(limit.into())
}

async fn is_open<P: Platform>(platform: &P, route: &str) -> Result<bool> {
    let list = platform.config("open_routes").await?;
    let routes: Vec<&str> = list.as_deref().unwrap_or(OPEN).split(',').map(str::trim).collect();
    if routes == ["none"] {
        return Ok(false);
    }
    if routes.iter().all(|route| ["oracle", "ipfs"].contains(route)) {
        return Ok(routes.contains(&route));
    }
    Err(Error::Config { name: "open_routes", reason: "is not `none`, nor some of `oracle, ipfs`".into() }.into())
}

#[cfg(test)]
mod tests;
