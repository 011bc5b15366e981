//! All that the pipeline asks of the place it runs in: HTTP, a key-value store, settings, a clock, background work.
//!
//! A new platform (Spin, a Worker, a test) implements this one trait and gets every function of the house.

use std::future::Future;

/// What the pipeline runs on. Values are cheap to clone; clones see the same store.
pub trait Platform: Clone + 'static {
    /// Sends a request and reads the answer, both within the request's bounds.
    ///
    /// # Errors
    /// A [`PlatformError`] if no complete answer came in time or it was too large. An HTTP error status is an answer.
    fn http(&self, request: HttpRequest) -> impl Future<Output = Result<HttpResponse, PlatformError>>;

    /// Reads a key; `None` if it isn't set.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>, PlatformError>>;

    /// Sets a key. Once this returns, every reader sees it, and it survives a crash. At most [`MAX_VALUE`] bytes.
    fn set(&self, key: &str, value: &[u8]) -> impl Future<Output = Result<(), PlatformError>>;

    /// Removes a key; removing what isn't there is fine.
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), PlatformError>>;

    /// Adds to a counter in one atomic step and returns the new value; a counter that isn't there counts as 0.
    /// `delta` 0 reads it. The only atomic operation that the pipeline uses: key-value stores differ too much in
    /// what their compare-and-swap promises. Counters are never read with [`Platform::get`].
    fn increment(&self, key: &str, delta: i64) -> impl Future<Output = Result<i64, PlatformError>>;

    /// Takes a claim: true for exactly one caller, ever.
    fn claim(&self, key: &str) -> impl Future<Output = Result<bool, PlatformError>> {
        async move { Ok(self.increment(key, 1).await? == 1) }
    }

    /// A setting; `None` if it is missing or empty.
    fn config(&self, name: &str) -> impl Future<Output = Result<Option<String>, PlatformError>>;

    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;

    /// Waits.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()>;

    /// Runs work that goes on after the response was sent. It may be cut off at any point.
    fn spawn(&self, work: impl Future<Output = ()> + 'static);

    /// Gives a message to a queue, which brings it (to [`crate::handoff::resume`]) no sooner than after `delay_ms`, and
    /// again and again until it is worked off, even if the worker that gave it dies. False if this platform has none.
    fn enqueue(&self, _message: &[u8], _delay_ms: u64) -> impl Future<Output = Result<bool, PlatformError>> {
        std::future::ready(Ok(false))
    }

    /// Writes a line to the platform's log. The caller keeps secrets out of it.
    fn log(&self, line: &str);
}

/// Most bytes in one value of the key-value store; some platforms take no more than a megabyte.
pub const MAX_VALUE: usize = 512 * 1024;

/// An outgoing request with its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Absolute URL.
    pub url: String,
    /// Header names in lower case. `content-length` is the platform's to set.
    pub headers: Vec<(&'static str, String)>,
    /// The body, sent with its length.
    pub body: Vec<u8>,
    /// Time until the whole answer must be here.
    pub timeout_ms: u64,
    /// Most bytes that the answer's body may have.
    pub max_response: usize,
}

impl HttpRequest {
    /// A POST with JSON in its body.
    pub fn post_json(url: String, body: Vec<u8>, timeout_ms: u64, max_response: usize) -> Self {
        Self {
            method: "POST",
            url,
            headers: vec![("content-type", "application/json".into())],
            body,
            timeout_ms,
            max_response,
        }
    }
}

/// An answer to an [`HttpRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// HTTP status code.
    pub status: u16,
    /// The complete body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// What can go wrong in the platform itself. Messages name no URL and no key: they may reach a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// No complete answer within the time limit.
    #[error("no answer within {0} ms")]
    Timeout(u64),
    /// The peer could not be reached, or the connection broke.
    #[error("connection failed: {0}")]
    Connection(String),
    /// The answer's body is larger than the caller is ready to read.
    #[error("the answer is larger than {0} bytes")]
    ResponseTooLarge(usize),
    /// The key-value store failed.
    #[error("the key-value store failed: {0}")]
    Store(String),
    /// A setting could not be read.
    #[error("setting {name:?} cannot be read: {reason}")]
    Config {
        /// Which setting.
        name: String,
        /// Why.
        reason: String,
    },
}
