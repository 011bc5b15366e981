//! What one request can't do to the others.

use std::time::Duration;

use futures::future::join_all;
use http::{Request, StatusCode};
use http_body_util::Full;

use crate::support::{Host, Launch};

/// Waits for a key that work after a response sets.
async fn appears(host: &Host, key: &str) {
    for _ in 0..500 {
        if host.get(&format!("/front/exists?{key}")).await.text() == "true" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{key} never appeared; {}", host.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_computing_is_ended_and_others_go_on_meanwhile() {
    let host = Launch::new().with(&["--request-timeout", "2s"]).start();
    let loops = join_all((0..4).map(|_| host.get("/front/loop")));
    let others = async {
        let mut answered = 0;
        for _ in 0..20 {
            answered += usize::from(host.get("/front/served").await.status == 200);
        }
        answered
    };
    let (loops, answered) = tokio::join!(loops, others);
    for reply in loops {
        reply.assert_problem(504);
    }
    assert_eq!(answered, 20);
    host.logged("an instance was ended").await;
    assert_eq!(host.get("/front/served").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_hog_is_ended_and_others_go_on() {
    let host = Launch::new().with(&["--max-memory", "32MiB"]).start();
    for reply in join_all((0..4).map(|_| host.get("/front/hog"))).await {
        reply.assert_problem(500);
    }
    host.logged("more memory than --max-memory allows").await;
    assert_eq!(host.get("/front/served").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_or_an_error_is_a_problem_document_on_a_connection_that_stays() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = Launch::new().start();
    host.get("/front/trap").await.assert_problem(500);
    host.get("/front/fail").await.assert_problem(500);
    let address = host.url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    for (path, status) in [("trap", "500"), ("fail", "500"), ("served", "200")] {
        let request = format!("GET /front/{path} HTTP/1.1\r\nHost: a\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = vec![0; 4096];
        let length = stream.read(&mut reply).await.unwrap();
        let reply = String::from_utf8_lossy(&reply[..length]).into_owned();
        assert!(reply.starts_with(&format!("HTTP/1.1 {status}")), "{reply}");
    }
    host.logged("the test asked for a trap").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_is_a_timeout() {
    let host = Launch::new().with(&["--request-timeout", "300ms"]).start();
    host.get("/front/sleep?3600000").await.assert_problem(504);
    assert_eq!(host.get("/front/sleep?1").await.text(), "slept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_end_is_cut_off() {
    let host = Launch::new().with(&["--background-timeout", "500ms"]).start();
    let request = Request::get(format!("{}/front/stall", host.url)).body(Full::default()).unwrap();
    let cut = host.try_request(request).await;
    assert!(cut.is_err(), "{cut:?}");
    assert_eq!(host.get("/front/served").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_pass_and_too_large_ones_do_not() {
    let host = Launch::new().with(&["--max-body", "9MiB"]).start();
    let body: Vec<u8> = (0..9 << 20).map(|i: u32| (i % 241) as u8).collect();
    let sum: u64 = body.iter().map(|&byte| u64::from(byte)).sum();
    let counted = host.post("/front/body", body.clone()).await;
    assert_eq!(counted.text(), format!("{} {sum}", body.len()));
    let mirrored = host.post("/front/mirror", body.clone()).await;
    assert!(mirrored.body == body, "{} bytes came back", mirrored.body.len());
    let more = vec![0; (9 << 20) + 1];
    host.post("/front/body", more.clone()).await.assert_problem(413);
    let told = chunked(&host, &more).await;
    assert!(told.contains("HttpRequestBodySize"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_arrives_although_the_body_was_not_read() {
    let host = Launch::new().with(&["--max-body", "4MiB"]).start();
    // Neither of these reads the body; the last two are answered by the host itself.
    for (path, status) in [("/front/served", 200), ("/front/fail", 500), ("/front/trap", 500), ("/nowhere", 404)] {
        for _ in 0..5 {
            assert_eq!(host.post(path, vec![7; 4 << 20]).await.status, status, "{path}");
        }
    }
    for _ in 0..5 {
        host.post("/front/served", vec![7; 20 << 20]).await.assert_problem(413);
    }
}

/// Posts a body without saying its length before.
async fn chunked(host: &Host, body: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = host.url.strip_prefix("http://").unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let head = "POST /front/body HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let sent = async {
        write.write_all(head.as_bytes()).await?;
        for chunk in body.chunks(1 << 20) {
            write.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
            write.write_all(chunk).await?;
            write.write_all(b"\r\n").await?;
        }
        write.write_all(b"0\r\n\r\n").await
    };
    let mut reply = vec![0; 65536];
    let received = async {
        let mut length = 0;
        while let Ok(more @ 1..) = read.read(&mut reply[length..]).await {
            length += more;
        }
        length
    };
    // The host may stop reading as soon as it has seen enough.
    let (_, length) = tokio::join!(sent, received);
    String::from_utf8_lossy(&reply[..length]).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_turned_away_and_told_when_to_come_back() {
    let host = Launch::new().with(&["--max-concurrent", "2", "--queue-timeout", "200ms"]).start();
    let replies = join_all((0..12).map(|_| host.get("/front/sleep?1500"))).await;
    let (served, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == StatusCode::OK);
    assert_eq!(served.len(), 2);
    for reply in refused {
        reply.assert_problem(503);
        assert_eq!(reply.headers["retry-after"], "1");
    }
    assert_eq!(host.get("/front/served").await.status, 200);
    let metrics = host.metrics().await;
    assert!(metrics.contains("verdigris_requests_rejected_total{reason=\"busy\"} 10"), "{metrics}");
    assert!(metrics.contains("verdigris_requests_in_flight{component=\"front\"} 0"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_whose_table_gives_it_fewer_places_serves_fewer_at_the_same_time() {
    let table = "[component.front.tool.verdigris-host]\nrequests_per_core = 1\n[component.front.variables]";
    let host = Launch::new().edit("[component.front.variables]", table).with(&["--queue-timeout", "200ms"]).start();
    let cores = std::thread::available_parallelism().unwrap().get();
    let replies = join_all((0..cores + 5).map(|_| host.get("/front/sleep?1500"))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == StatusCode::OK).count(), cores.min(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_queue_is_worked_off() {
    let host = Launch::new().with(&["--max-concurrent", "2", "--queue-timeout", "30s"]).start();
    for reply in join_all((0..40).map(|_| host.get("/front/sleep?20"))).await {
        assert_eq!(reply.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_after_the_response() {
    let host = Launch::new().start();
    assert_eq!(host.get("/front/later?done,200").await.text(), "accepted");
    appears(&host, "done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_after_the_response_is_not_harmed_by_later_requests() {
    let host = Launch::new().start();
    assert_eq!(host.get("/front/later?safe,500").await.text(), "accepted");
    host.get("/front/trap").await.assert_problem(500);
    assert_eq!(host.get("/front/later-trap").await.text(), "accepted");
    for _ in 0..20 {
        assert_eq!(host.get("/front/sleep?10").await.status, 200);
    }
    appears(&host, "safe").await;
    host.logged("after the response").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_after_the_response_that_takes_too_long_is_ended() {
    let host = Launch::new().with(&["--background-timeout", "200ms"]).start();
    assert_eq!(host.get("/front/later?never,3600000").await.text(), "accepted");
    host.logged("an instance was ended").await;
    assert_eq!(host.get("/front/exists?never").await.text(), "false");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_serves_its_share_of_requests_one_after_the_other() {
    let host = Launch::new().with(&["--instance-requests", "3"]).start();
    let mut counts = Vec::new();
    for _ in 0..6 {
        // The instance says that it is idle a moment after its response.
        tokio::time::sleep(Duration::from_millis(30)).await;
        counts.push(host.get("/front/served").await.text());
    }
    assert_eq!(counts, ["1", "2", "3", "1", "2", "3"]);
    let host = Launch::new().with(&["--instance-requests", "1"]).start();
    for _ in 0..5 {
        assert_eq!(host.get("/front/served").await.text(), "1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_with_work_left_gets_no_other_request() {
    let host = Launch::new().start();
    assert_eq!(host.get("/front/later?k,1000").await.text(), "accepted");
    let counts = join_all((0..3).map(|_| host.get("/front/served"))).await;
    assert!(counts.iter().any(|reply| reply.text() == "1"), "{counts:?}");
    let seen = counts.iter().map(|reply| reply.text().parse::<u32>().unwrap()).max();
    assert!(seen <= Some(3), "{counts:?}");
    appears(&host, "k").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_leaves_few_instances() {
    const BURST: usize = 12;
    let host = Launch::new().start();
    let mut made = Vec::new();
    for _ in 0..2 {
        for reply in join_all((0..BURST).map(|_| host.get("/front/sleep?1000"))).await {
            assert_eq!(reply.status, 200);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        let metrics = host.metrics().await;
        let line = metrics.lines().find(|line| line.contains("instantiation_seconds_count{component=\"front\"}"));
        made.push(line.unwrap().rsplit(' ').next().unwrap().parse::<usize>().unwrap());
    }
    assert_eq!(made, [BURST, 2 * BURST - 4], "four of the first burst's instances serve in the second");
}
