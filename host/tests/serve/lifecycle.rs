//! Starting, stopping, and what an operator sees.

use std::fs;
use std::time::Duration;

use http::Request;
use http_body_util::Full;

use crate::support::{Launch, PATIENCE};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_what_is_in_flight() {
    let launch = Launch::new();
    let mut host = launch.start();
    let slow = host.get("/front/sleep?700");
    let stop = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        host.signal("TERM");
        host.logged("stopping").await;
        let address = host.url.strip_prefix("http://").unwrap();
        // The socket closes a moment after the log line.
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(address).await.is_err() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    };
    let (slow, refused) = tokio::join!(slow, stop);
    assert_eq!(slow.text(), "slept");
    assert!(refused, "a new connection is not accepted any more");
    assert_eq!(host.ended().code(), Some(0));
    assert!(host.log().contains("everything in flight is finished"), "{}", host.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_work_after_responses() {
    let launch = Launch::new();
    let mut host = launch.start();
    assert_eq!(host.get("/front/later?kept,600").await.text(), "accepted");
    host.signal("INT");
    assert_eq!(host.ended().code(), Some(0));
    drop(host);
    let host = launch.start();
    assert_eq!(host.get("/front/exists?kept").await.text(), "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_ever() {
    let mut host = Launch::new().with(&["--drain-timeout", "300ms"]).start();
    let slow = tokio::spawn({
        let url = format!("{}/front/sleep?3600000", host.url);
        async move {
            let client: hyper_util::client::legacy::Client<_, http_body_util::Empty<bytes::Bytes>> =
                hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
            client.get(url.parse().unwrap()).await.is_err()
        }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    host.signal("TERM");
    assert_eq!(host.ended().code(), Some(0));
    assert!(host.log().contains("what is left is cut off"), "{}", host.log());
    assert!(tokio::time::timeout(PATIENCE, slow).await.unwrap().unwrap());
}

#[test]
fn a_second_signal_stops_at_once() {
    let mut host = Launch::new().with(&["--drain-timeout", "1h"]).start();
    let url = host.url.clone();
    let address = url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /front/sleep?20000 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    host.signal("INT");
    std::thread::sleep(Duration::from_millis(200));
    host.signal("INT");
    assert_eq!(host.ended().code(), Some(130));
}

#[test]
fn a_second_start_takes_compiled_components_from_the_cache() {
    let (launch, cache) = Launch::new().own_cache();
    let host = launch.start();
    let cached = |facts: &serde_json::Value| facts["components"]["back"]["cached"].clone();
    drop(host);
    let files: Vec<_> = fs::read_dir(&cache).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "two components of the same file are one in the cache: {files:?}");
    let host = launch.start();
    assert_eq!(cached(&host.facts), true);
    drop(host);
    let mut bytes = fs::read(&files[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&files[0], &bytes).unwrap();
    let host = launch.start();
    assert!(host.log().contains("is damaged; compiling it again"), "{}", host.log());
    drop(host);
    let host = launch.start();
    assert_eq!(cached(&host.facts), true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_components_and_keeps_secrets_out() {
    let host = Launch::new().start();
    host.get("/front/print?a-line").await;
    host.post("/front/body?api-key=hidden-in-query", "hidden-in-body").await;
    host.get("/front/variable?token").await;
    host.get("/front/fetch?http://elsewhere.example/path?hidden-in-url").await;
    let request = Request::get(format!("{}/front/served", host.url)).header("authorization", "hidden-in-a-header");
    host.try_request(request.body(Full::default()).unwrap()).await.unwrap();
    host.get("/nowhere").await;
    let log = host.logged("allowed_outbound_hosts").await;
    for text in ["out a-line", "err a-line", "stdout", "stderr", "component=front"] {
        assert!(log.contains(text), "{text} is not in:\n{log}");
    }
    assert!(log.contains("method=GET path=\"/front/print\" component=\"front\" status=200"), "{log}");
    for secret in ["hidden-in", "s3cret"] {
        assert!(!log.contains(secret), "{secret} is in:\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counters_count() {
    let host = Launch::new().start();
    host.get("/front/increment?n").await;
    host.get("/front/fetch?http://back.spin.internal/served").await;
    host.get("/front/fetch?http://elsewhere.example/").await;
    host.get("/nowhere").await;
    let metrics = host.metrics().await;
    for line in [
        "verdigris_requests_total{component=\"front\",status=\"200\"} 2",
        "verdigris_requests_total{component=\"back\",status=\"200\"} 1",
        "verdigris_request_seconds_count{component=\"front\"} 3",
        "verdigris_requests_rejected_total{reason=\"no-route\"} 1",
        "verdigris_outbound_requests_total{component=\"front\",outcome=\"chained\"} 1",
        "verdigris_outbound_requests_total{component=\"front\",outcome=\"denied\"} 1",
        "verdigris_key_value_seconds_count{operation=\"increment\"} 1",
        "verdigris_instantiation_seconds_count{component=\"back\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in:\n{metrics}");
    }
}

#[test]
fn a_benchmark_prints_its_figures_without_any_settings() {
    let launch = Launch::new().without_environment();
    let figures = launch.with(&["--bench-instantiate", "5", "--bench-path", "/front/served"]).figures();
    for name in ["instantiate_p50_us", "instantiate_front_p50_us", "request_p50_us"] {
        assert!(figures[name].as_f64() > Some(0.0), "{name} in {figures}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_host_whose_variable_is_empty_is_left_out_with_a_warning() {
    let host = Launch::new().upstream("").start();
    assert_eq!(host.get("/front/fetch?http://back.spin.internal/served").await.status, 200);
    host.logged("an entry of allowed_outbound_hosts is empty").await;
}
