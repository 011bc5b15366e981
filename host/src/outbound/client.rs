//! Sends requests to other servers, over connections that are kept and used again.

use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep, timeout};
use verdigris_engine::{Body, HttpError, RequestOptions};

/// Time for name look-up, connection and TLS, unless the request asks for another.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long an unused connection is kept. Common servers close theirs after 5 s; to be earlier
/// avoids a request on a connection that is just being closed.
const IDLE_TIME: Duration = Duration::from_secs(4);
/// Unused connections kept for each server.
const IDLE_CONNECTIONS: usize = 32;

/// A client that can't be set up.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The file of extra certificates is no PEM file.
    #[error("{path} has no certificates in PEM form: {reason}")]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The TLS library refused its own settings.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// An HTTP/1.1 client with a pool of connections. It follows no redirects.
#[derive(Clone)]
pub struct Client {
    pool: legacy::Client<HttpsConnector<HttpConnector>, Body>,
    response_time: Duration,
}

impl Client {
    /// A client that trusts the usual authorities, and those in the PEM file `extra`; it waits
    /// for a response's head for `response_time` unless the request says otherwise.
    ///
    /// # Errors
    /// When `extra` can't be read.
    pub fn new(response_time: Duration, extra: Option<&Path>) -> Result<Self, ClientError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_keepalive(Some(Duration::from_secs(60)));
        http.set_connect_timeout(Some(CONNECT_TIME));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(extra)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let pool = legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIME)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        Ok(Self { pool, response_time })
    }

    /// Sends `request`, whose URI is absolute.
    ///
    /// # Errors
    /// As the guest shall see it.
    pub async fn send(&self, request: Request<Body>, options: RequestOptions) -> Result<Response<Body>, HttpError> {
        let connect = options.connect_timeout.unwrap_or(CONNECT_TIME);
        let first_byte = options.first_byte_timeout.unwrap_or(self.response_time);
        let response = timeout(connect.saturating_add(first_byte), self.pool.request(request))
            .await
            .map_err(|_| HttpError::HttpResponseTimeout)?
            .map_err(|error| http_error(&error))?;
        Ok(response.map(|body| Paced::new(body, options.between_bytes_timeout).boxed_unsync()))
    }
}

fn tls(extra: Option<&Path>) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = extra {
        let wrong = |reason: String| ClientError::Certificates { path: path.to_owned(), reason };
        let before = roots.len();
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(format!("{error:?}")))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| wrong(format!("{error:?}")))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
        if roots.len() == before {
            return Err(wrong("it is empty".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Finds, in the chain of causes, the one that a guest has a name for.
fn http_error(error: &legacy::Error) -> HttpError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return match error {
                rustls::Error::InvalidCertificate(_) => HttpError::TlsCertificateError,
                _ => HttpError::TlsProtocolError,
            };
        }
        if error.to_string() == "dns error" {
            return HttpError::DnsError { rcode: None, info_code: None };
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            match error.kind() {
                io::ErrorKind::ConnectionRefused => return HttpError::ConnectionRefused,
                io::ErrorKind::TimedOut => return HttpError::ConnectionTimeout,
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof => return HttpError::ConnectionTerminated,
                _ => {}
            }
            // An I/O error may wrap a TLS error, which `source` skips.
            if let Some(inner) = error.get_ref() {
                cause = Some(inner);
                continue;
            }
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>()
            && error.is_incomplete_message()
        {
            return HttpError::ConnectionTerminated;
        }
        cause = error.source();
    }
    if error.is_connect() { HttpError::DestinationUnavailable } else { HttpError::HttpProtocolError }
}

/// A response's body, with an end to its patience if the request asked for one.
struct Paced {
    body: Incoming,
    pace: Option<(Duration, Pin<Box<Sleep>>)>,
}

impl Paced {
    fn new(body: Incoming, pace: Option<Duration>) -> Self {
        Self { body, pace: pace.map(|pace| (pace, Box::pin(sleep(pace)))) }
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                if let Some((pace, alarm)) = &mut self.pace {
                    alarm.as_mut().reset(Instant::now() + *pace);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(HttpError::from)))
            }
            Poll::Pending => match &mut self.pace {
                Some((_, alarm)) => alarm.as_mut().poll(cx).map(|()| Some(Err(HttpError::ConnectionReadTimeout))),
                None => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
