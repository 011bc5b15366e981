//! Which component gets a request, and what it learns about it.

use http::Request;
use http_body_util::Full;

use crate::support::Launch;

#[tokio::test(flavor = "multi_thread")]
async fn routes_lead_to_components_and_other_paths_to_a_problem_document() {
    let host = Launch::new().start();
    let seen = host.get("/front/a/describe?x=1").await;
    assert_eq!(seen.status, 200);
    let text = seen.text();
    assert!(text.contains("spin-path-info: /a/describe"), "{text}");
    assert!(text.contains("spin-matched-route: /front/..."), "{text}");
    assert!(text.contains(&format!("spin-full-url: {}/front/a/describe?x=1", host.url)));
    assert!(text.contains("spin-client-addr: 127.0.0.1:"), "{text}");
    let text = host.get("/users/ada/describe").await.text();
    assert!(text.contains("spin-path-match-name: ada"), "{text}");
    assert_eq!(host.get("/exact/served").await.status, 200);
    for path in ["/", "/exact", "/exact/served/more", "/users/describe", "/nowhere"] {
        host.get(path).await.assert_problem(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_the_host_cannot_be_forged() {
    let host = Launch::new().start();
    let request = Request::get(format!("{}/front/describe", host.url))
        .header("spin-client-addr", "6.6.6.6:6")
        .header("Spin-Path-Match-User", "admin")
        .header("x-own", "kept")
        .body(Full::default())
        .unwrap();
    let text = host.request(request).await.text();
    assert!(!text.contains("6.6.6.6"), "{text}");
    assert!(!text.contains("admin"), "{text}");
    assert!(text.contains("x-own: kept"), "{text}");
    assert_eq!(text.matches("spin-client-addr").count(), 1, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_component_is_reached_by_chaining_only() {
    let host = Launch::new().start();
    host.get("/back/describe").await.assert_problem(404);
    let request = Request::get(format!("{}/front/forward?http://back.spin.internal/x/describe", host.url))
        .header("spin-client-addr", "6.6.6.6:6")
        .header("x-own", "kept")
        .body(Full::default())
        .unwrap();
    let seen = host.request(request).await;
    let text = seen.text();
    assert_eq!(seen.status, 200, "{text}");
    assert!(text.contains("spin-path-info: /x/describe"), "{text}");
    assert!(text.contains("spin-full-url: http://back.spin.internal/x/describe"), "{text}");
    assert!(text.contains("spin-client-addr: 127.0.0.1:0"), "{text}");
    assert!(text.contains("x-own: kept"), "{text}");
    let log = host.logged("depth=1").await;
    assert!(log.lines().any(|line| line.contains("component=\"back\"") && line.contains("depth=1")), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_sees_its_own_variables_and_environment_only() {
    let host = Launch::new().start();
    for (path, expected) in [
        ("/front/variable?sentence", "hello, world"),
        ("/front/variable?token", "s3cret"),
        ("/front/environment?PLACE", "a test"),
        ("/front/environment?SPIN_VARIABLE_TOKEN", ""),
        ("/front/environment?HOME", ""),
    ] {
        assert_eq!(host.get(path).await.text(), expected, "{path}");
    }
    let undefined = host.get("/front/variable?greeting").await.text();
    assert!(undefined.contains("Undefined"), "{undefined}");
    let invalid = host.get("/front/variable?Not-A-Name").await.text();
    assert!(invalid.contains("InvalidName"), "{invalid}");
    let other = "/front/fetch?http://back.spin.internal/variable?token";
    let other = host.get(other).await.text();
    assert!(other.contains("Undefined"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_get_an_answer_and_the_host_goes_on() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = Launch::new().start();
    let address = host.url.strip_prefix("http://").unwrap();
    for (request, status) in [
        ("GET /front/served HTTP/1.1\r\nHost: a b\r\n\r\n", "400"),
        ("GET /front/served HTTP/1.1\r\nHost: u@evil\r\n\r\n", "400"),
        ("GET /front/served HTTP/1.0\r\n\r\n", "200"),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ("GET http://other/front/served HTTP/1.1\r\nHost: a\r\n\r\n", "200"),
        ("nonsense\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "400"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.unwrap();
        let start = String::from_utf8_lossy(&start);
        assert!(start.ends_with(status), "{request:?}: {start}");
    }
    assert_eq!(host.get("/front/served").await.status, 200);
}

#[test]
fn a_start_that_cannot_be_is_refused_with_its_reason() {
    for (launch, reason) in [
        (Launch::new().without_environment(), "set SPIN_VARIABLE_TOKEN"),
        (
            Launch::new().edit("key_value_stores = [\"default\"]", "sqlite_databases = [\"a\"]"),
            "unknown field `sqlite_databases`",
        ),
        (
            Launch::new().upstream("http://127.0.0.1:1/path"),
            "[component.front] allowed_outbound_hosts: \"http://127.0.0.1:1/path\" has a path",
        ),
        (Launch::new().edit("\"/exact/served\"", "\"/front/...\""), "remove one of them"),
        (Launch::new().edit(".wasm\"\nkey_value", ".missing\"\nkey_value"), "build the component first"),
        (Launch::new().with(&["--outbound-ca", "/dev/null"]), "no certificates"),
    ] {
        let said = launch.refused();
        assert!(said.contains(reason), "{reason} is not in: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn a_file_that_is_no_component_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("module.wasm");
    // A core module without anything in it: WebAssembly, but no component.
    std::fs::write(&file, b"\0asm\x01\0\0\0").unwrap();
    let source = format!("source = \"{}\"\nkey_value", file.display());
    let launch = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        let guest = Launch::new();
        let start = guest.manifest_text().rfind("source = ").unwrap();
        let end = guest.manifest_text()[start..].find("\nkey_value").unwrap() + start;
        let old = guest.manifest_text()[start..end + "\nkey_value".len()].to_owned();
        // The same text stands in both components' tables up to here; only `back` has `\nkey_value`.
        guest.edit(&old, &source)
    };
    for bytes in [&b"\0asm\x01\0\0\0"[..], b"", b"no wasm at all", b"\0asm\x0d\0\x01\0"] {
        let said = launch(bytes).refused();
        assert!(said.contains("module.wasm"), "{said}");
        assert!(said.contains("is not a WebAssembly component") || said.contains("does not fit"), "{said}");
    }
}
