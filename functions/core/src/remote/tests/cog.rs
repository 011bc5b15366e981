//! A Cog server, which tells of an answer once.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::testing::deployment::MODEL;

fn house_with_cog() -> (Deployment, Rc<RefCell<Vec<Value>>>) {
    let house = house();
    let _ = house.platform.clone().with("worker_protocol", "cog");
    let asked: Rc<RefCell<Vec<Value>>> = Rc::default();
    let heard = Rc::clone(&asked);
    house.platform.serve(ONE, move |request| {
        assert_eq!((request.method, request.url.starts_with(&format!("{ONE}/predictions/0x"))), ("PUT", true));
        assert!(request.headers.contains(&("prefer", "respond-async".into())));
        heard.borrow_mut().push(serde_json::from_slice(&request.body).expect("json"));
        played::answer(202, "{\"status\":\"starting\"}")
    });
    (house, asked)
}

fn pixels() -> Vec<u8> {
    let asked = picture_input(SIZE);
    let painter = infer::painter(&picture_model(), &asked).expect("a painter");
    painter.draw(SIZE).expect("drawn").into_rgb()
}

#[test]
fn a_prediction_is_asked_for_and_taken_from_the_call_to_its_own_place() {
    let (house, asked_for) = house_with_cog();
    let (job, request) = asked(&house);
    attempt(&house, &job);
    let body = asked_for.borrow()[0].clone();
    assert_eq!(body["input"]["model"], json!(MODEL));
    assert_eq!(body["input"]["size"], json!(SIZE));
    assert_eq!(body["webhook_events_filter"], json!(["completed"]));
    let place = body["webhook"].as_str().expect("a place").strip_prefix("https://functions.example").expect("ours");
    let other = place.replace(&job.id(), &B256::repeat_byte(1).to_string());
    let made = |pixels: &[u8]| json!({"status": "succeeded", "output": format!("data:application/octet-stream;base64,{}", BASE64.encode(pixels))});
    assert_eq!(tell(&house, &other, &[], &made(&pixels()).to_string()).status, 404);
    assert_eq!(house.status(request), Status::Open);

    assert_eq!(tell(&house, place, &[], &made(&pixels()).to_string()).status, 200);
    assert_eq!(house.status(request), Status::Answered);
    assert_eq!(asked_for.borrow().len(), 1, "what was told isn't asked for again");
}

#[test]
fn a_prediction_that_failed_or_is_nonsense_is_asked_for_again() {
    for body in [
        json!({"status": "failed", "error": "CUDA out of memory"}).to_string(),
        json!({"status": "succeeded", "output": "%%%"}).to_string(),
        "nonsense\nof\nseveral lines".into(),
    ] {
        let (house, asked_for) = house_with_cog();
        let (job, request) = asked(&house);
        attempt(&house, &job);
        let place =
            asked_for.borrow()[0]["webhook"].as_str().expect("a place").replace("https://functions.example", "");
        assert_eq!(tell(&house, &place, &[], &body).status, 200);
        assert_eq!(house.status(request), Status::Open);
        attempt(&house, &job);
        assert_eq!(asked_for.borrow().len(), 2, "{body}");
    }
}

#[test]
fn a_prediction_of_another_length_is_refused_and_no_fault_of_the_server() {
    let (house, asked_for) = house_with_cog();
    let (job, request) = asked(&house);
    attempt(&house, &job);
    let place = asked_for.borrow()[0]["webhook"].as_str().expect("a place").replace("https://functions.example", "");
    let told = json!({"status": "succeeded", "output": BASE64.encode([1, 2, 3])}).to_string();
    assert_eq!(tell(&house, &place, &[], &told).status, 200);
    assert_eq!((house.status(request), asked_for.borrow().len()), (Status::Open, 1));
    assert!(house.platform.said().iter().any(|line| line.contains("3 bytes")), "{:?}", house.platform.said());
}

#[test]
fn a_server_that_is_busy_is_not_broken() {
    let (house, _) = house_with_cog();
    house.platform.serve(ONE, |_| played::answer(409, "{\"detail\":\"Already running a prediction\"}"));
    let (job, _) = asked(&house);
    for _ in 0..5 {
        attempt(&house, &job);
    }
    assert_eq!(house.platform.requests(ONE).len(), 5);
}

#[test]
fn a_server_that_could_not_tell_of_an_answer_is_not_asked() {
    let (house, asked_for) = house_with_cog();
    let _ = house.platform.clone().with("public_url", "");
    attempt(&house, &asked(&house).0);
    assert!(asked_for.borrow().is_empty());
    assert!(house.platform.said().iter().any(|line| line.contains("public_url")));
}
