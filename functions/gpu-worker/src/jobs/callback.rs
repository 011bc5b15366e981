//! Telling callers of their jobs' ends, as Standard Webhooks has it
//! (`standard-webhooks/standard-webhooks:spec/standard-webhooks.md`).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// What signs callbacks, where they may go, and how often they are tried.
#[derive(Clone, Debug)]
pub struct Callbacks {
    key: Vec<u8>,
    origins: Vec<String>,
    /// Seconds between the first attempt and the second; each further pause is four times as long.
    pub pause: u64,
    /// How often it is tried.
    pub attempts: u32,
}

/// Why there can be no callbacks, or none to some place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// A secret that is none.
    #[error("a callback secret is `whsec_` and 24 to 64 bytes in base64")]
    Secret,
    /// An origin that is none.
    #[error("`{0}` is no origin: `https://` or `http://`, a host, perhaps a port, and no more")]
    Origin(String),
    /// A place that is not on the list.
    #[error("callbacks to {0} are not allowed: the worker lists whom it calls back")]
    NotAllowed(String),
    /// A receiver that didn't take it.
    #[error("{0}")]
    Refused(String),
}

impl Callbacks {
    /// Callbacks signed with `secret` (`whsec_…`) to `origins` only.
    ///
    /// # Errors
    /// If the secret or an origin is none.
    pub fn new(secret: &str, origins: &[String], pause: u64, attempts: u32) -> Result<Self, CallbackError> {
        let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
        let key = key.filter(|key| (24..=64).contains(&key.len())).ok_or(CallbackError::Secret)?;
        let checked = |given: &String| {
            let is_bare = |uri: axum::http::Uri| uri.path_and_query().is_none_or(|rest| rest == "/");
            let found = origin(given).filter(|_| given.parse().is_ok_and(is_bare) && !given.contains('#'));
            found.ok_or_else(|| CallbackError::Origin(given.clone()))
        };
        let origins = origins.iter().map(checked).collect::<Result<_, _>>()?;
        Ok(Self { key, origins, pause, attempts })
    }

    /// Whether a URL may be called.
    ///
    /// # Errors
    /// If not.
    pub fn check(&self, url: &str) -> Result<(), CallbackError> {
        let origin = origin(url);
        if origin.as_ref().is_some_and(|origin| self.origins.contains(origin)) {
            return Ok(());
        }
        Err(CallbackError::NotAllowed(origin.unwrap_or_else(|| "what is no URL".into())))
    }

    /// Seconds until the next attempt after so many; none if there is none.
    pub fn pause_after(&self, attempts: u32) -> Option<u64> {
        let further = attempts.checked_sub(1)?;
        (attempts < self.attempts).then(|| self.pause.saturating_mul(4u64.saturating_pow(further)))
    }

    /// Signs a message and sends it. Blocks. Redirects are not followed: they could lead anywhere.
    ///
    /// # Errors
    /// What the receiver answered, if not 2xx, or why there was no answer.
    pub fn send(&self, url: &str, id: &str, time: u64, body: &[u8]) -> Result<(), CallbackError> {
        self.check(url)?;
        let agent = ureq::Agent::config_builder().max_redirects(0).timeout_global(Some(PATIENCE)).build().new_agent();
        let request = agent
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", time.to_string())
            .header("webhook-signature", self.signature(id, time, body));
        let answer = request.send(body).map_err(|error| CallbackError::Refused(error.to_string()))?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            status => Err(CallbackError::Refused(format!("the receiver answered {status}"))),
        }
    }

    fn signature(&self, id: &str, time: u64, body: &[u8]) -> String {
        #[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any key will do");
        mac.update(format!("{id}.{time}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// Scheme, host and port of a URL, in the one form in which they are compared. None for what is no URL, or one that
/// carries a name and password.
fn origin(url: &str) -> Option<String> {
    let uri: axum::http::Uri = url.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let usual = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let port = authority.port_u16().filter(|&port| port != usual);
    let is_plain = !authority.as_str().contains('@') && !authority.host().is_empty();
    let host = authority.host().to_ascii_lowercase();
    is_plain.then(|| format!("{scheme}://{host}{}", port.map(|port| format!(":{port}")).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn callbacks(origins: &[&str]) -> Result<Callbacks, CallbackError> {
        let origins: Vec<String> = origins.iter().map(|&origin| origin.into()).collect();
        Callbacks::new(SECRET, &origins, 5, 4)
    }

    #[test]
    fn the_signature_is_that_of_the_specifications_example() {
        let body = br#"{"test": 2432232314}"#;
        let signature = callbacks(&[]).expect("a secret").signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_listed_origins_are_called() {
        let callbacks = callbacks(&["https://Example.com:443", "http://127.0.0.1:3000/"]).expect("origins");
        for allowed in
            ["https://example.com/a?b", "https://EXAMPLE.com:443/", "http://127.0.0.1:3000/hook", "https://example.com"]
        {
            assert_eq!(callbacks.check(allowed), Ok(()), "{allowed}");
        }
        for refused in [
            "http://example.com/",
            "https://example.com:444/",
            "https://example.com.evil.org/",
            "https://evil.org/https://example.com",
            "https://example.com@evil.org/",
            "https://user@example.com/",
            "http://127.0.0.1/",
            "ftp://example.com/",
            "/hook",
            "",
        ] {
            assert!(callbacks.check(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn wrong_settings_are_named() {
        assert_eq!(
            callbacks(&["https://example.com/path"]).expect_err("a path").to_string(),
            "`https://example.com/path` is no origin: `https://` or `http://`, a host, perhaps a port, and no more"
        );
        for origin in
            ["https://example.com/?a", "https://example.com/#a", "https://", "ftp://example.com", "example.com"]
        {
            assert_eq!(callbacks(&[origin]).expect_err(origin), CallbackError::Origin(origin.into()));
        }
        for secret in ["", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA"] {
            assert_eq!(Callbacks::new(secret, &[], 5, 4).expect_err(secret), CallbackError::Secret);
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let callbacks = callbacks(&[]).expect("a secret");
        assert_eq!(
            (0..6).map(|tried| callbacks.pause_after(tried)).collect::<Vec<_>>(),
            [None, Some(5), Some(20), Some(80), None, None]
        );
    }
}
