//! The sockets: accepts connections, with TLS or without, and ends in order.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

/// Connections that may be open at the same time; more wait to be accepted.
const CONNECTIONS: u32 = 1024;
/// How long a client may take over a handshake, over a request's head, or keep a connection without a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// The longest head of a request, in bytes.
const HEAD_BYTES: usize = 64 << 10;

/// Files for TLS, in PEM.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The server's certificate, and those between it and its root.
    pub certificate: PathBuf,
    /// The certificate's key.
    pub key: PathBuf,
    /// Who signs the certificates of callers; without it, callers need none.
    pub client_roots: Option<PathBuf>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// Names the file that can't be read or holds something else.
    pub fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let chain = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| named(&self.key, error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let config = config.map_err(|error| error.to_string())?;
        let config = match &self.client_roots {
            None => config.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for root in certificates(path)? {
                    roots.add(root).map_err(|error| named(path, error))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                config.with_client_cert_verifier(verifier.map_err(|error| named(path, error))?)
            }
        };
        let config = config.with_single_cert(chain, key).map_err(|error| named(&self.certificate, error))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).map_err(|error| named(path, error))?;
    let found: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| named(path, error))?;
    if found.is_empty() { Err(named(path, "it holds no certificate")) } else { Ok(found) }
}

fn named(path: &Path, error: impl std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

/// Serves until `stop` turns true; then finishes what is in flight, for `drain` at most.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    mut stop: watch::Receiver<bool>,
    drain: Duration,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS as usize));
    loop {
        let accepted = async { (places.clone().acquire_owned().await, listener.accept().await) };
        let (place, stream) = tokio::select! {
            accepted = accepted => match accepted {
                (Ok(place), Ok((stream, _))) => (place, stream),
                (Err(_), _) => break,
                (_, Err(error)) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = stopped(&mut stop) => break,
        };
        let (tls, router, stop) = (tls.clone(), router.clone(), stop.clone());
        tokio::spawn(async move {
            if let Err(error) = connection(stream, tls, router, stop).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    // Every place is free when every connection is closed.
    if timeout(drain, places.acquire_many(CONNECTIONS)).await.is_err() {
        tracing::warn!(?drain, "the time to finish is over; what is left is cut off");
    }
}

/// Resolves when the process shall end, or when nobody is left who could say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: watch::Receiver<bool>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // Without this, small writes on kept connections wait 40 ms for an acknowledgement.
    stream.set_nodelay(true)?;
    // Who doesn't read its answers may not keep its place.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(HEAD_TIME));
    let stream = Box::pin(stream);
    match tls {
        None => requests(stream, router, stop).await?,
        Some(tls) => {
            let stream = timeout(HEAD_TIME, tls.accept(stream)).await.map_err(io::Error::from)??;
            requests(stream, router, stop).await?;
        }
    }
    Ok(())
}

async fn requests<S>(stream: S, router: Router, mut stop: watch::Receiver<bool>) -> hyper::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    }
}
