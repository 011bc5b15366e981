//! A server for components to send requests to, in the test's own process.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

/// The server and what it has seen. It ends with the test's runtime.
pub struct Upstream {
    pub url: String,
    connections: Arc<AtomicUsize>,
}

impl Upstream {
    pub async fn start() -> Self {
        Self::serve(None).await
    }

    /// A server with a certificate of its own for 127.0.0.1; also gives that in PEM form.
    pub async fn start_tls() -> (Self, String) {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        (Self::serve(Some(acceptor)).await, own.cert.pem())
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    async fn serve(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let connections = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.fetch_add(1, Ordering::Relaxed);
                let tls = tls.clone();
                tokio::spawn(async move {
                    match tls {
                        None => connection(stream).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                connection(stream).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url: format!("{scheme}://{address}"), connections }
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
    let _ = served.await;
}

type Answer = Response<BoxBody<Bytes, hyper::Error>>;

async fn answer(request: Request<Incoming>) -> Result<Answer, Infallible> {
    let text = |text: &'static str| Full::from(text).map_err(|never| match never {}).boxed();
    Ok(match request.uri().path() {
        "/hello" => Response::new(text("hello from upstream")),
        "/redirect" => Response::builder().status(302).header("location", "/hello").body(text("go there")).unwrap(),
        "/slow" => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Response::new(text("late"))
        }
        "/mirror" => Response::new(request.into_body().boxed()),
        _ => Response::builder().status(404).body(text("")).unwrap(),
    })
}
