//! Components of the older generation (`wasi:http` 0.2) run, too.

use crate::support::{Launch, older_guest};
use crate::upstream::Upstream;

/// A host in which `back` is public, of the older generation, and may reach the test's server and `front`.
fn launch(upstream: &Upstream) -> Launch {
    let launch = Launch::new().upstream(&upstream.url);
    let sources = launch.manifest_text().rfind("source = ").expect("the manifest has sources");
    let old = launch.manifest_text()[sources..].to_owned();
    let new = format!(
        "source = {:?}\nallowed_outbound_hosts = [\"{{{{ upstream }}}}\", \"http://front.spin.internal\"]\n",
        older_guest()
    );
    launch.edit(&old, &new).edit("{ private = true }", "\"/back/...\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_fetches_and_chains() {
    let upstream = Upstream::start().await;
    let host = launch(&upstream).start();
    assert_eq!(host.get("/back/x").await.text(), "hello from /back/x");
    let authority = upstream.url.strip_prefix("http://").unwrap();
    assert_eq!(host.get(&format!("/back/?{authority}/hello")).await.text(), "hello from upstream");
    let chained = host.get("/back/?front.spin.internal/environment?PLACE").await;
    assert_eq!(chained.text(), "a test");
    let called = host.get("/front/fetch?http://back.spin.internal/y").await;
    assert_eq!(called.text(), "hello from /y");
    let denied = host.get("/back/?localhost:1/hello").await;
    assert!(denied.text().contains("HttpRequestDenied"), "{}", denied.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn its_failures_are_problem_documents() {
    let upstream = Upstream::start().await;
    let host = launch(&upstream).with(&["--request-timeout", "5s"]).start();
    host.get("/back/?trap").await.assert_problem(500);
    host.get("/back/?silence").await.assert_problem(500);
    assert_eq!(host.get("/back/").await.status, 200);
}
