//! Where components may send requests, and how those go.

use std::fs;

use crate::support::Launch;
use crate::upstream::Upstream;

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_server_is_reached_and_others_are_not() {
    let upstream = Upstream::start().await;
    let other = Upstream::start().await;
    let host = Launch::new().upstream(&upstream.url).start();
    let hello = host.get(&format!("/front/fetch?{}/hello", upstream.url)).await;
    assert_eq!((hello.status.as_u16(), hello.text().as_str()), (200, "hello from upstream"));
    let by_name = upstream.url.replace("127.0.0.1", "localhost");
    for url in [other.url.clone(), by_name, upstream.url.replace("http:", "https:")] {
        let denied = host.get(&format!("/front/fetch?{url}/hello")).await;
        assert_eq!(denied.status, 502, "{url}");
        assert!(denied.text().contains("HttpRequestDenied"), "{}", denied.text());
    }
    assert_eq!(other.connections(), 0);
    let nested = format!("/front/fetch?http://back.spin.internal/fetch?{}/hello", upstream.url);
    let denied = host.get(&nested).await;
    assert!(denied.text().contains("HttpRequestDenied"), "{}", denied.text());
    let log = host.logged("add the host to allowed_outbound_hosts").await;
    assert!(log.contains("component=\"back\""), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed() {
    let upstream = Upstream::start().await;
    let host = Launch::new().upstream(&upstream.url).start();
    let reply = host.get(&format!("/front/fetch?{}/redirect", upstream.url)).await;
    assert_eq!((reply.status.as_u16(), reply.text().as_str()), (302, "go there"));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_used_again() {
    let upstream = Upstream::start().await;
    let host = Launch::new().upstream(&upstream.url).start();
    for _ in 0..20 {
        let reply = host.get(&format!("/front/fetch?{}/hello", upstream.url)).await;
        assert_eq!(reply.status, 200);
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_go_out_and_come_back() {
    let upstream = Upstream::start().await;
    let host = Launch::new().upstream(&upstream.url).start();
    let body: Vec<u8> = (0..8_000_000u32).map(|i| (i % 253) as u8).collect();
    let path = format!("/front/forward?{}/mirror", upstream.url);
    let reply = host.post(&path, body.clone()).await;
    assert_eq!(reply.status, 200);
    assert!(reply.body == body, "{} bytes came back", reply.body.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_an_error_with_a_name() {
    let upstream = Upstream::start().await;
    let launch = Launch::new().upstream("http://127.0.0.1:1");
    let host = launch.start();
    let reply = host.get("/front/fetch?http://127.0.0.1:1/").await;
    assert_eq!(reply.status, 502);
    assert!(reply.text().contains("ConnectionRefused"), "{}", reply.text());
    drop(host);
    let host = Launch::new().upstream(&upstream.url).with(&["--request-timeout", "1s"]).start();
    let slow = host.get(&format!("/front/fetch?{}/slow", upstream.url)).await;
    slow.assert_problem(504);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_to_servers_with_a_trusted_certificate_only() {
    let (upstream, certificate) = Upstream::start_tls().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    fs::write(&file, certificate).unwrap();
    let path = format!("/front/fetch?{}/hello", upstream.url);
    let host = Launch::new().upstream(&upstream.url).start();
    let reply = host.get(&path).await;
    assert!(reply.text().contains("TlsCertificateError"), "{}", reply.text());
    let host = Launch::new().upstream(&upstream.url).with(&["--outbound-ca", file.to_str().unwrap()]).start();
    let reply = host.get(&path).await;
    assert_eq!(reply.text(), "hello from upstream");
}

#[tokio::test(flavor = "multi_thread")]
async fn chained_calls_end_when_they_are_too_deep_or_lead_nowhere() {
    let host = Launch::new().start();
    let nested = |depth: usize| {
        format!("/front/fetch?{}http://back.spin.internal/served", "http://front.spin.internal/fetch?".repeat(depth))
    };
    let fine = host.get(&nested(6)).await;
    assert_eq!(fine.status, 200, "{}", fine.text());
    let deep = host.get(&nested(9)).await;
    assert!(deep.text().contains("LoopDetected"), "{}", deep.text());
    let nobody = host.get("/front/fetch?http://nobody.spin.internal/").await;
    assert!(nobody.text().contains("DestinationNotFound"), "{}", nobody.text());
    let failing = host.get("/front/fetch?http://back.spin.internal/trap").await;
    failing.assert_inner_problem(500);
}
