//! Key-value stores as components use them.

use futures::future::join_all;

use crate::support::Launch;

#[tokio::test(flavor = "multi_thread")]
async fn values_are_shared_between_components_by_label() {
    let host = Launch::new().start();
    assert_eq!(host.post("/front/set?k", "value").await.text(), "set");
    assert_eq!(host.get("/front/get?k").await.text(), "value");
    let chained = "/front/fetch?http://back.spin.internal";
    assert_eq!(host.get(&format!("{chained}/get?k")).await.text(), "value");
    assert_eq!(host.get("/front/exists?k").await.text(), "true");
    assert_eq!(host.get("/front/delete?k").await.text(), "deleted");
    assert_eq!(host.get("/front/exists?k").await.text(), "false");
    assert_eq!(host.get("/front/get?k").await.status, 404);
    assert_eq!(host.get("/front/open?other").await.text(), "opened");
    let denied = host.get(&format!("{chained}/open?other")).await.text();
    assert!(denied.contains("AccessDenied"), "{denied}");
    let denied = host.get("/front/open?unheard-of").await.text();
    assert!(denied.contains("AccessDenied"), "{denied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_concurrent_increments_count_to_a_hundred() {
    let host = Launch::new().with(&["--queue-timeout", "30s"]).start();
    let mut sums: Vec<u32> = join_all((0..100).map(|_| host.get("/front/increment?n")))
        .await
        .iter()
        .map(|reply| reply.text().parse().unwrap())
        .collect();
    sums.sort_unstable();
    assert_eq!(sums, (1..=100).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn compare_and_swap_loses_no_update() {
    let host = Launch::new().with(&["--queue-timeout", "30s"]).start();
    let pieces: Vec<String> = (0..40).map(|i| format!("<{i}>")).collect();
    let replies = join_all(pieces.iter().map(|piece| host.post("/front/append?log", piece.clone())));
    for reply in replies.await {
        assert!(!reply.text().contains("error"), "{}", reply.text());
    }
    let all = host.get("/front/get?log").await.text();
    for piece in &pieces {
        assert_eq!(all.matches(piece.as_str()).count(), 1, "{piece} in {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_batched_and_paged() {
    let host = Launch::new().with(&["--queue-timeout", "30s"]).start();
    assert_eq!(host.get("/front/batch?b").await.text(), "b0=0 b1=0 b2=2 b3=2 b4=2");
    assert_eq!(host.get("/front/keys").await.text(), "b2 b3 b4");
    // A page has 1,000 keys.
    for from in (0..1005).step_by(67) {
        let paths: Vec<String> = (from..from + 67).map(|i| format!("/front/batch?many{i:04}-")).collect();
        join_all(paths.iter().map(|path| host.get(path))).await;
    }
    assert_eq!(host.get("/front/pages").await.text(), format!("{} 4", 3 + 1005 * 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_values_go_in_and_out_whole() {
    let host = Launch::new().start();
    let value: Vec<u8> = (0..3_000_001u32).map(|i| (i % 251) as u8).collect();
    assert_eq!(host.post("/front/set?large", value.clone()).await.text(), "set");
    assert_eq!(host.get("/front/get?large").await.body, value);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_a_kill() {
    let launch = Launch::new();
    let host = launch.start();
    let mut acknowledged = 0;
    for _ in 0..20 {
        let sums = join_all((0..5).map(|_| host.get("/front/increment?n"))).await;
        for sum in sums {
            acknowledged = acknowledged.max(sum.text().parse().unwrap());
        }
    }
    // More are on their way when the host is killed.
    let url = format!("{}/front/increment?n", host.url);
    let more = tokio::spawn({
        let url = url.clone();
        async move {
            let client: hyper_util::client::legacy::Client<_, http_body_util::Empty<bytes::Bytes>> =
                hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
            let mut sent = 0;
            while client.get(url.parse().unwrap()).await.is_ok() {
                sent += 1;
            }
            sent
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    host.kill();
    let more: i64 = more.await.unwrap();
    assert_eq!(acknowledged, 100);
    let host = launch.start();
    let after: i64 = host.get("/front/increment?n").await.text().parse().unwrap();
    // One increment may have been written without its answer getting through.
    let least = acknowledged + more + 1;
    assert!((least..=least + 1).contains(&after), "{after}, at least {least}");
}

#[test]
fn two_hosts_do_not_share_a_state_folder() {
    let launch = Launch::new();
    let _host = launch.start();
    let said = launch.refused();
    assert!(said.contains("in use by another host"), "{said}");
}
