//! Workers that are played here, against the whole house in memory.

mod cog;
mod played;
mod protocol;

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::{SolCall, SolValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};

use crate::abi::IInferenceHub::{Assurance, Status, fulfilCall};
use crate::handoff::Until;
use crate::http::{Request, Response};
use crate::infer::tests::{picture_input, picture_model};
use crate::infer::{self, MAX_JOB_SIZE};
use crate::intake;
use crate::job::{self, Job, LEASE_MS};
use crate::platform::Platform;
use crate::testing::block_on;
use crate::testing::deployment::{Deployment, SIZE};
use played::Worker;

const ONE: &str = "https://one.example";
const OTHER: &str = "https://other.example";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A house that has all its models run by a worker.
fn house() -> Deployment {
    let house = Deployment::new();
    let platform = house.platform.clone().with("worker_models", "all").with("worker_url", ONE);
    let _ = platform.with("worker_secret", SECRET).with("public_url", "https://functions.example");
    house
}

/// The same with two workers.
fn house_of_two() -> (Deployment, Worker, Worker) {
    let house = house();
    let _ = house.platform.clone().with("worker_url_fallback", OTHER);
    let (one, other) = (Worker::at(&house, ONE), Worker::at(&house, OTHER));
    (house, one, other)
}

/// Asks for a picture, and has the job taken as a webhook would.
fn asked(house: &Deployment) -> (Job, B256) {
    let job = house.ask(picture_input(SIZE).abi_encode().into(), Assurance::Attested);
    let request = job_request(&job);
    (job, request)
}

fn job_request(job: &Job) -> B256 {
    let Job::Infer { request_id, .. } = job else { panic!("another job") };
    *request_id
}

/// Has dispatch's job done, as far as it can be now.
fn attempt(house: &Deployment, job: &Job) {
    let platform = &house.platform;
    if !block_on(job::take(platform, job, None)).expect("taken") {
        platform.advance(LEASE_MS);
        assert_eq!(block_on(job::retake(platform, job)), Ok(true));
    }
    block_on(crate::handoff::run_all(platform, std::slice::from_ref(job), 1, Until::starting(platform.now_ms())));
    house.chain.mine();
}

/// A worker's signed call.
fn call(house: &Deployment, id: &str, secret: &str) -> Response {
    let (time, body) = (house.platform.now_ms() / 1000, format!("{{\"id\":\"{id}\",\"status\":\"succeeded\"}}"));
    let key = BASE64.decode(secret.trim_start_matches("whsec_")).expect("base64");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).expect("a key");
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    let signature = format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()));
    let headers =
        [("webhook-id", id.to_owned()), ("webhook-timestamp", time.to_string()), ("webhook-signature", signature)];
    tell(house, super::client::PATH, &headers, &body)
}

fn tell(house: &Deployment, path: &str, headers: &[(&str, String)], body: &str) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes())).collect();
    let (method, path, body) = ("POST".into(), path.into(), body.as_bytes().to_vec());
    let response = block_on(intake::handle(&house.platform, Request { method, path, headers, body, source: None }));
    house.platform.run_spawned();
    house.chain.mine();
    response
}

/// What was answered on the chain.
fn output(house: &Deployment) -> Bytes {
    house.state.borrow().answers.last().expect("an answer").1.clone()
}

#[test]
fn a_job_is_given_once_and_its_picture_sent_as_soon_as_the_worker_tells_that_it_is_done() {
    let (house, worker) = (house(), ONE);
    let worker = Worker::at(&house, worker);
    let (job, request) = asked(&house);
    attempt(&house, &job);
    assert_eq!(house.status(request), Status::Open);
    assert_eq!(worker.given(), [job.id()]);
    let url = &house.platform.requests(&format!("{ONE}/v2/models/"))[0].url;
    assert!(url.ends_with("?callback=https://functions.example/webhooks/worker"), "{url}");

    worker.finish();
    assert_eq!(call(&house, &format!("{}/succeeded/7", job.id()), SECRET).status, 200);
    assert_eq!(house.status(request), Status::Answered);
    let here = infer::run(&picture_model(), &picture_input(SIZE).abi_encode(), MAX_JOB_SIZE).expect("drawn").output();
    assert_eq!(output(&house), here, "as it would have been drawn here");
    assert!(!house.platform.kept().iter().any(|kept| kept.contains("engine")), "whoever drew it, it is the same");
    assert_eq!(call(&house, &job.id(), SECRET).status, 200, "told again");
    assert_eq!((worker.given().len(), house.mined(fulfilCall::SELECTOR)), (1, 1));
}

#[test]
fn a_call_that_is_lost_only_costs_time() {
    let house = house();
    let worker = Worker::at(&house, ONE);
    house.mint(1);
    house.chain.mine();
    house.settle();
    assert_eq!(worker.given().len(), 1);
    worker.finish();
    house.settle();
    assert_eq!((worker.given().len(), house.mined(fulfilCall::SELECTOR)), (1, 1));
}

#[test]
fn a_call_that_comes_before_its_time_or_for_nothing_changes_nothing() {
    let house = house();
    let worker = Worker::at(&house, ONE);
    let (job, request) = asked(&house);
    attempt(&house, &job);
    for id in [job.id(), format!("{}", B256::repeat_byte(7)), String::new()] {
        assert_eq!(call(&house, &id, SECRET).status, 200);
    }
    assert_eq!((house.status(request), worker.given().len()), (Status::Open, 1));
}

#[test]
fn calls_that_are_not_a_worker_s_are_refused() {
    let house = house();
    let worker = Worker::at(&house, ONE);
    let (job, request) = asked(&house);
    attempt(&house, &job);
    worker.finish();
    assert_eq!(call(&house, &job.id(), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").status, 401);
    assert_eq!(tell(&house, super::client::PATH, &[], "{}").status, 401);
    assert_eq!(
        tell(&house, &format!("{}/{}/{}", super::client::PATH, job.id(), "00".repeat(32)), &[], "{}").status,
        404
    );
    assert_eq!(house.status(request), Status::Open);
    let _ = house.platform.clone().with("worker_secret", "");
    assert_eq!(call(&house, &job.id(), SECRET).status, 404);
}

#[test]
fn who_has_least_to_do_gets_the_job() {
    let (house, one, other) = house_of_two();
    one.load(5);
    other.load(2);
    attempt(&house, &asked(&house).0);
    one.load(1);
    attempt(&house, &asked(&house).0);
    assert_eq!((one.given().len(), other.given().len()), (1, 1));
}

#[test]
fn the_request_stays_open_while_the_only_worker_is_down_and_it_is_left_alone() {
    let house = house();
    let worker = Worker::at(&house, ONE);
    worker.down(true);
    house.mint(1);
    house.chain.mine();
    house.settle();
    assert_eq!(house.mined(fulfilCall::SELECTOR), 0);
    // It was told of four minutes long that there is a job; it was asked a few times.
    assert!((3..9).contains(&worker.asked()), "{}", worker.asked());
    worker.down(false);
    for _ in 0..4 {
        house.pass(300);
        house.sweep();
        worker.finish();
    }
    house.settle();
    assert_eq!((worker.given().len(), house.mined(fulfilCall::SELECTOR)), (1, 1));
}

#[test]
fn while_one_worker_is_down_another_does_its_jobs() {
    let (house, one, other) = house_of_two();
    one.down(true);
    for _ in 0..5 {
        let (job, request) = asked(&house);
        attempt(&house, &job);
        other.finish();
        call(&house, &job.id(), SECRET);
        assert_eq!(house.status(request), Status::Answered);
    }
    assert!(one.asked() <= 3, "{}", one.asked());
}

#[test]
fn a_worker_that_dies_with_a_job_loses_it_to_another() {
    let (house, one, other) = house_of_two();
    other.load(9);
    let (job, request) = asked(&house);
    attempt(&house, &job);
    assert_eq!(one.given().len(), 1);
    one.down(true);
    attempt(&house, &job);
    assert_eq!(other.given().len(), 1);
    other.finish();
    call(&house, &job.id(), SECRET);
    assert_eq!(house.status(request), Status::Answered);
}

#[test]
fn a_worker_that_is_too_slow_loses_its_job_to_another() {
    let (house, one, other) = house_of_two();
    let _ = house.platform.clone().with("worker_patience", "60");
    other.load(9);
    let (job, _) = asked(&house);
    attempt(&house, &job);
    attempt(&house, &job);
    assert_eq!((one.given().len(), other.given().len()), (1, 0));
    house.platform.advance(60_000);
    attempt(&house, &job);
    assert_eq!((one.given().len(), other.given().len()), (1, 1));
}

#[test]
fn a_worker_that_forgot_its_job_is_given_it_again() {
    let house = house();
    let worker = Worker::at(&house, ONE);
    let (job, request) = asked(&house);
    attempt(&house, &job);
    worker.forget();
    attempt(&house, &job);
    worker.finish();
    attempt(&house, &job);
    assert_eq!((worker.given().len(), house.status(request)), (2, Status::Answered));
}

#[test]
fn a_picture_that_is_not_the_network_s_is_not_signed_and_another_worker_is_asked() {
    let (house, one, other) = house_of_two();
    other.load(9);
    one.lie();
    let (job, request) = asked(&house);
    attempt(&house, &job);
    one.finish();
    attempt(&house, &job);
    assert_eq!((house.status(request), other.given().len()), (Status::Open, 0));
    assert!(house.platform.said().iter().any(|line| line.contains("its picture is another at")));
    attempt(&house, &job);
    other.finish();
    attempt(&house, &job);
    assert_eq!(house.status(request), Status::Answered);
}

#[test]
fn a_wrong_picture_is_counted_once_and_the_worker_not_asked_for_it_again_for_a_while() {
    let house = house();
    let worker = Worker::at(&house, ONE);
    worker.lie();
    let (job, request) = asked(&house);
    attempt(&house, &job);
    worker.finish();
    for _ in 0..5 {
        attempt(&house, &job);
    }
    let said = house.platform.said();
    assert_eq!(said.iter().filter(|line| line.starts_with("worker ")).count(), 1, "{said:?}");
    // Others' jobs are done meanwhile, as well as that worker does them; and this one's, when it was mended.
    worker.mend();
    let (next, other) = asked(&house);
    attempt(&house, &next);
    worker.finish();
    call(&house, &next.id(), SECRET);
    assert_eq!((house.status(other), house.status(request)), (Status::Answered, Status::Open));
    house.platform.advance(300_000);
    for _ in 0..3 {
        attempt(&house, &job);
    }
    assert_eq!(house.status(request), Status::Answered);
}

#[test]
fn a_worker_that_hangs_takes_no_more_than_its_part_of_the_time() {
    let (house, one, _) = house_of_two();
    let platform = house.platform.clone();
    one.hang(move |ms| platform.advance(ms));
    let (job, _) = asked(&house);
    attempt(&house, &job);
    let asked: Vec<u64> = house.platform.requests(ONE).iter().map(|request| request.timeout_ms).collect();
    let last = house.platform.requests(OTHER).last().map(|request| request.timeout_ms);
    assert!(asked.iter().all(|ms| *ms <= 6_000), "{asked:?}");
    assert!(last.is_some_and(|ms| (1_000..=6_000).contains(&ms)), "{last:?}");
}

#[test]
fn a_job_that_fails_by_what_was_asked_is_refused_and_not_held_against_the_worker() {
    let (house, one, other) = house_of_two();
    let (job, request) = asked(&house);
    attempt(&house, &job);
    one.fail(true);
    one.finish();
    other.fail(true);
    attempt(&house, &job);
    other.finish();
    attempt(&house, &job);
    attempt(&house, &job);
    let taken = block_on(job::taken(&house.platform, &request.to_string())).expect("read").expect("there");
    assert!(taken.refusals > 0, "{taken:?}, {:?}", house.platform.said());
    assert!(block_on(house.platform.get("workers")).expect("read").unwrap_or_default().is_empty());
}

#[test]
fn a_job_that_fails_by_the_worker_s_fault_is_another_s() {
    let (house, one, other) = house_of_two();
    other.load(9);
    one.fail(false);
    let (job, request) = asked(&house);
    attempt(&house, &job);
    one.finish();
    attempt(&house, &job);
    other.finish();
    attempt(&house, &job);
    assert_eq!((house.status(request), other.given().len()), (Status::Answered, 1));
}

#[test]
fn what_is_bonded_is_computed_here() {
    let house = house();
    let worker = Worker::at(&house, ONE);
    let job = house.ask(picture_input(SIZE).abi_encode().into(), Assurance::Optimistic);
    attempt(&house, &job);
    assert_eq!((worker.asked(), house.status(job_request(&job))), (0, Status::Proposed));
}

#[test]
fn a_picture_without_pixels_is_refused_before_anybody_is_asked() {
    let house = house();
    let worker = Worker::at(&house, ONE);
    let job = house.ask(picture_input(0).abi_encode().into(), Assurance::Attested);
    attempt(&house, &job);
    assert_eq!(worker.asked(), 0);
    assert!(house.platform.said().iter().any(|line| line.contains("a picture of 0×0 pixels")));
}

#[test]
fn what_a_worker_refuses_is_refused_with_its_reason() {
    let house = house();
    house.platform.serve(ONE, |_| played::answer(404, "{\"error\":\"no model `x` is served\"}"));
    let (job, request) = asked(&house);
    for _ in 0..2 {
        attempt(&house, &job);
    }
    let taken = block_on(job::taken(&house.platform, &request.to_string())).expect("read").expect("there");
    assert!(taken.refused.is_some_and(|reason| reason.contains("no model `x` is served")));
}

#[test]
fn only_what_the_settings_list_or_what_has_many_steps_is_given_to_a_worker() {
    let house = house();
    let this = crate::testing::deployment::MODEL.to_string();
    for (models, given) in
        [("", 0), ("onnx", 0), ("99999999999", 0), ("0xabc", 0), ("onnx, 1000", 1), (this.as_str(), 1), ("all", 1)]
    {
        let _ = house.platform.clone().with("worker_models", models);
        let worker = Worker::at(&house, ONE);
        attempt(&house, &asked(&house).0);
        assert_eq!(worker.given().len(), given, "{models}");
    }
}
