//! A pinning service that is told a CID and fetches the content itself.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::platform::HttpRequest;

/// A service that lists what it was asked before, and takes each new request through these states, one a look.
fn service(states: &'static [&'static str]) -> (Memory, Rc<RefCell<Vec<String>>>) {
    let platform =
        Memory::default().with("pinners", "embedded,psa").with("psa_origins", "/dns4/a/tcp/1, /dns4/b/tcp/2");
    let settings = [("psa_url", "http://psa/"), ("psa_path", "/api"), ("psa_token", "secret-token")];
    let platform = settings.iter().fold(platform, |platform, (name, value)| platform.with(name, value));
    let known = Rc::new(RefCell::new(Vec::<String>::new()));
    let (pins, looks) = (known.clone(), RefCell::new(Vec::<usize>::new()));
    platform.serve("http://psa/api/pins", move |request| {
        assert!(request.headers.contains(&("authorization", "Bearer secret-token".into())));
        let (mut pins, mut looks) = (pins.borrow_mut(), looks.borrow_mut());
        if request.method == "POST" {
            let pin: serde_json::Value = serde_json::from_slice(&request.body).expect("json");
            pins.push(pin["cid"].as_str().expect("a CID").to_owned());
            looks.push(0);
            return answer(202, &state(pins.len() - 1, &pins, states[0]));
        }
        if let Some(query) = request.url.split_once('?').map(|(_, query)| query) {
            let of = |index: &usize| query.contains(&pins[*index]) && states[looks[*index]] != "failed";
            let found: Vec<_> =
                (0..pins.len()).filter(of).map(|index| state(index, &pins, states[looks[index]])).collect();
            return answer(200, &serde_json::json!({ "count": found.len(), "results": found }));
        }
        let index: usize = request.url.rsplit("%20").next().expect("an id").parse().expect("a number");
        looks[index] = (looks[index] + 1).min(states.len() - 1);
        answer(200, &state(index, &pins, states[looks[index]]))
    });
    (platform, known)
}

fn answer(status: u16, value: &serde_json::Value) -> std::result::Result<HttpResponse, PlatformError> {
    Ok(HttpResponse { status, body: value.to_string().into_bytes() })
}

fn state(index: usize, pins: &[String], status: &str) -> serde_json::Value {
    let info = serde_json::json!({ "status_details": "no peers", "more": 7 });
    serde_json::json!({
        "requestid": format!("../{index} {index}"), "status": status, "created": "2026-01-01T00:00:00Z",
        "pin": { "cid": pins[index] }, "delegates": [], "info": info,
    })
}

fn posts(platform: &Memory) -> Vec<HttpRequest> {
    platform.requests("http://psa").into_iter().filter(|request| request.method == "POST").collect()
}

#[test]
fn a_cid_is_handed_over_with_its_origins_and_looked_after_until_it_is_pinned() {
    let (platform, known) = service(&["queued", "pinning", "pinned"]);
    assert_eq!(pin_picture(&platform, b"\x89PNG").0, GO_ON);
    assert!(known.borrow().contains(&unixfs::of(b"\x89PNG").to_string()));
    let asked = posts(&platform);
    assert_eq!(asked.len(), 2, "the picture and its metadata");
    let pin: serde_json::Value = serde_json::from_slice(&asked[0].body).expect("json");
    assert_eq!(pin["origins"], serde_json::json!(["/dns4/a/tcp/1", "/dns4/b/tcp/2"]));
    assert_eq!(pin["meta"], serde_json::json!({ "app": "verdigris" }));
    assert!(["picture.png", "metadata.json"].contains(&pin["name"].as_str().expect("a name")));
    let looked = platform.requests("http://psa/api/pins/");
    assert_eq!(looked.len(), 4);
    assert!(looked.iter().all(|request| request.url.contains("/pins/..%2F")), "an id leads nowhere else");
}

#[test]
fn what_is_pinned_already_is_not_asked_for_again() {
    let (platform, _) = service(&["pinned"]);
    for _ in 0..3 {
        assert_eq!(pin_picture(&platform, b"\x89PNG").0, GO_ON);
    }
    assert_eq!(posts(&platform).len(), 2);
}

#[test]
fn what_is_still_queued_when_the_time_is_over_counts_as_not_yet_and_the_next_try_finds_it() {
    let (platform, _) =
        service(&["queued", "queued", "pinning", "pinning", "pinning", "pinning", "pinning", "pinning"]);
    let (status, detail) = pin_tensor(&platform);
    assert_eq!(status, 504);
    assert!(detail.contains("it has not fetched the content yet ("), "{detail}");
    assert_eq!(pin_tensor(&platform).0, 504);
    assert_eq!(posts(&platform).len(), 1, "the same request as before");
}

#[test]
fn a_service_that_gives_up_says_why_and_is_asked_anew_the_next_time() {
    let (platform, _) = service(&["queued", "failed"]);
    let (status, detail) = pin_picture(&platform, b"\x89PNG");
    assert_eq!(status, 502);
    assert!(detail.contains("pinning to psa failed: it gave up: no peers"), "{detail}");
    let before = posts(&platform).len();
    pin_picture(&platform, b"\x89PNG");
    assert!(posts(&platform).len() > before);
}

#[test]
fn a_pin_of_other_content_is_not_believed() {
    let (platform, _) = service(&["pinned"]);
    let other = unixfs::of(b"other").to_string();
    platform.serve("http://psa/api/pins", move |request| match request.method {
        "POST" => answer(202, &state(0, std::slice::from_ref(&other), "pinned")),
        _ => answer(
            200,
            &serde_json::json!({ "count": 1, "results": [state(0, std::slice::from_ref(&other), "pinned")] }),
        ),
    });
    let (status, detail) = pin_picture(&platform, b"\x89PNG");
    assert_eq!(status, 502);
    assert!(detail.contains("psa says that the content's address is"), "{detail}");
}

#[test]
fn nothing_is_asked_for_that_nobody_holds() {
    let (platform, known) = service(&["pinned"]);
    let platform = platform.with("pinners", "kubo,psa").with("kubo_url", "http://kubo");
    let (status, detail) = pin_picture(&platform, b"\x89PNG");
    assert_eq!(status, 502);
    assert!(detail.contains("kubo failed: connection failed"), "{detail}");
    assert!(detail.contains("psa failed: nobody holds what it is to fetch"), "{detail}");
    assert!(known.borrow().is_empty());
}

#[test]
fn answers_that_make_no_sense_are_refused() {
    let pin = serde_json::json!({ "cid": unixfs::of(b"\x89PNG").to_string() });
    let with = |id: &str, status: &str| {
        serde_json::json!({ "requestid": id, "status": status, "pin": pin, "created": "", "delegates": [] }).to_string()
    };
    for (posted, reason) in [
        (with("..", "queued"), "can't be asked for"),
        (with("", "queued"), "can't be asked for"),
        (with(&"x".repeat(256), "queued"), "can't be asked for"),
        (with("1", "lost"), "its status \"lost\" is unknown"),
        ("{}".into(), "not what was expected"),
    ] {
        let (platform, _) = service(&["pinned"]);
        platform.serve("http://psa/api/pins", move |request| match request.method {
            "POST" => ok(posted.clone()),
            _ => answer(200, &serde_json::json!({ "count": 0, "results": [] })),
        });
        let (status, detail) = pin_picture(&platform, b"\x89PNG");
        assert_eq!(status, 502);
        assert!(detail.contains(reason), "{detail}");
    }
}
