//! Several services, some of which fail.

use super::*;

const TOKEN: &str = "secret-token";

/// Kubo, Pinata and the embedded store.
fn three() -> Memory {
    let platform = Memory::default().with("pinners", "embedded, kubo, pinata").with("kubo_url", "http://kubo");
    platform.with("pinata_url", PINATA).with("pinata_jwt", TOKEN)
}

fn pinata_says(platform: &Memory, cid: impl Fn(&[u8]) -> Cid + 'static) {
    platform.serve(PINATA, move |request| ok(format!("{{\"data\":{{\"cid\":\"{}\"}}}}", cid(&file_of(&request.body)))));
}

#[test]
fn all_services_must_hold_the_content_unless_the_settings_say_otherwise() {
    let platform = three();
    kubo_says(&platform, unixfs::of);
    platform.serve(PINATA, |_| Err(PlatformError::Timeout(1)));
    assert_eq!(pin_picture(&platform, b"\x89PNG").0, 504);

    pinata_says(&platform, unixfs::of);
    assert_eq!(pin_picture(&platform, b"\x89PNG").0, GO_ON);
}

#[test]
fn a_quorum_is_enough_and_who_failed_is_in_the_log() {
    let platform = three().with("pin_quorum", "2");
    kubo_says(&platform, unixfs::of);
    platform.serve(PINATA, |_| Ok(HttpResponse { status: 500, body: b"disk full".to_vec() }));
    assert_eq!(pin_picture(&platform, b"\x89PNG").0, GO_ON);
    platform.run_spawned();
    let logged = platform.said();
    assert_eq!(logged.len(), 2, "the picture and its metadata: {logged:?}");
    assert!(logged.iter().all(|line| line.contains("pinning to pinata failed: HTTP status 500: disk full")));
}

#[test]
fn below_the_quorum_the_error_names_each_service_that_failed_and_why() {
    let platform = three().with("pin_quorum", "2");
    platform.serve("http://kubo", |_| Err(PlatformError::Connection("refused".into())));
    platform.serve(PINATA, |_| Ok(HttpResponse { status: 403, body: b"no plan".to_vec() }));
    let (status, detail) = pin_picture(&platform, b"\x89PNG");
    assert_eq!(status, 502);
    assert!(detail.starts_with("1 pinning services hold the content, 2 must: "), "{detail}");
    for reason in ["kubo failed: connection failed: refused", "pinata failed: HTTP status 403: no plan"] {
        assert!(detail.contains(reason), "{detail}");
    }

    for service in ["http://kubo", PINATA] {
        platform.serve(service, |_| Err(PlatformError::Timeout(1)));
    }
    assert_eq!(pin_picture(&platform, b"\x89PNG").0, 504, "all of them were slow");
}

#[test]
fn a_service_that_names_another_address_never_counts() {
    let platform = three().with("pin_quorum", "3");
    kubo_says(&platform, unixfs::of);
    pinata_says(&platform, |_| unixfs::of(b"something else"));
    let (status, detail) = pin_picture(&platform, b"\x89PNG");
    assert_eq!(status, 502);
    assert!(detail.contains("pinata says that the content's address is"), "{detail}");

    let platform = platform.with("pin_quorum", "2");
    assert_eq!(pin_picture(&platform, b"\x89PNG").0, GO_ON, "two others hold it");
    platform.run_spawned();
    assert!(platform.said().iter().any(|line| line.contains("its word does not count")));
}

#[test]
fn who_is_still_at_work_when_the_quorum_is_reached_finishes_behind_the_answer() {
    let platform = Memory::default().with("pinners", "embedded,psa").with("pin_quorum", "1");
    let platform = platform.with("psa_url", "http://psa").with("psa_token", TOKEN);
    platform.serve("http://psa", |_| Err(PlatformError::Connection("refused".into())));
    assert_eq!(pin_picture(&platform, b"\x89PNG").0, GO_ON);
    assert!(platform.requests("http://psa").is_empty(), "the answer didn't wait for it");
    platform.run_spawned();
    assert_eq!(platform.requests("http://psa").len(), 2);
    assert!(platform.said().iter().all(|line| line.contains("pinning to psa failed")));
}

#[test]
fn what_a_service_says_of_a_failure_is_told_without_its_token() {
    let platform = three();
    kubo_says(&platform, unixfs::of);
    let echo = format!("bad token: Bearer {TOKEN}");
    platform.serve(PINATA, move |_| Ok(HttpResponse { status: 401, body: echo.clone().into_bytes() }));
    let (_, detail) = pin_picture(&platform, b"\x89PNG");
    assert!(detail.contains("bad token: Bearer (secret)"), "{detail}");

    let echo = format!("{{\"data\":\"Bearer {TOKEN}\"}}");
    platform.serve(PINATA, move |_| ok(echo.clone()));
    let (_, detail) = pin_picture(&platform, b"\x89PNG");
    assert!(detail.contains("not what was expected, at line 1"), "{detail}");
    assert!(!format!("{detail}{:?}", platform.said()).contains(TOKEN));
}

#[test]
fn settings_that_contradict_themselves_are_a_mistake_of_ours_and_upload_nothing() {
    let psa = [("psa_url", "http://psa"), ("psa_token", TOKEN)];
    let arweave = [("arweave_url", "http://arweave"), ("arweave_key", "nonsense")];
    for (settings, reason) in [
        (vec![("pinners", "embedded,floppy")], "unknown; use embedded, kubo, pinata, psa, arweave"),
        (vec![("pinners", "kubo,kubo")], "names a service twice"),
        (vec![("pinners", " , ")], "names no service"),
        (vec![("pin_quorum", "0")], "is 0, but 3 services are named; use 1 to 3"),
        (vec![("pin_quorum", "4")], "is 4, but 3 services are named; use 1 to 3"),
        (vec![("pin_quorum", "most")], "is not a number"),
        (vec![("kubo_url", "https://unset.invalid")], "\"kubo_url\" is missing"),
        (vec![("pinata_jwt", "")], "\"pinata_jwt\" is missing"),
        ([&[("pinners", "psa")], &psa[..]].concat(), "nobody to fetch from"),
        ([&[("pinners", "kubo,psa"), ("psa_path", "psa")], &psa[..]].concat(), "does not begin with a slash"),
        ([&[("pinners", "kubo,psa"), ("psa_origins", "example.org")], &psa[..]].concat(), "multiaddresses"),
        ([&[("pinners", "arweave")], &arweave[..]].concat(), "\"arweave_key\" is not a key"),
    ] {
        let platform = settings.iter().fold(three(), |platform, (name, value)| platform.with(name, value));
        let (status, detail) = pin_picture(&platform, b"\x89PNG");
        assert_eq!(status, 500, "{settings:?}");
        assert!(detail.contains(reason), "{detail}");
        assert!(!detail.contains("nonsense"), "a key is secret");
        assert!(platform.requests("http").is_empty(), "{settings:?}");
    }
}
