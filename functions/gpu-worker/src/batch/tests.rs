use std::sync::mpsc;
use std::time::Duration;

use futures::future::join_all;

use super::*;
use crate::engine::{Port, Signature};
use crate::tensor::DataType;

const LIMIT: usize = 1 << 20;

/// Adds `offset` to each element; refuses 13; panics at 66. It tells each batch's size, and waits for a word to go on if
/// it was made to.
struct Adder {
    signature: Signature,
    batches: Mutex<Vec<usize>>,
    gate: Option<Mutex<mpsc::Receiver<()>>>,
    side_by_side: usize,
}

impl Adder {
    fn new(most_at_once: usize, gate: Option<mpsc::Receiver<()>>) -> Arc<Self> {
        let port = |name: &str, shape: &[Option<usize>], is_batched| Port {
            name: name.into(),
            datatype: DataType::Uint8,
            shape: shape.to_vec(),
            is_batched: is_batched && most_at_once > 0,
            is_optional: false,
        };
        let inputs = vec![port("x", &[None], true), port("offset", &[], false)];
        let signature = Signature { inputs, outputs: vec![port("y", &[None], true)], most_at_once };
        Arc::new(Self { signature, batches: Mutex::default(), gate: gate.map(Mutex::new), side_by_side: 1 })
    }

    fn batches(&self) -> Vec<usize> {
        self.batches.lock().expect("no panic").clone()
    }
}

impl Engine for Adder {
    fn name(&self) -> &str {
        "adder"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn side_by_side(&self) -> usize {
        self.side_by_side
    }

    fn run(&self, inputs: &[Tensor], _: &dyn Fn() -> bool) -> Result<Vec<Tensor>, EngineError> {
        if let Some(gate) = &self.gate {
            gate.lock().expect("no panic").recv().expect("a word");
        }
        let [x, offset] = inputs else { panic!("two inputs") };
        self.batches.lock().expect("no panic").push(if self.signature.most_at_once > 0 { x.shape[0] } else { 1 });
        assert!(!x.data.contains(&66), "no such number");
        if x.data.contains(&13) {
            return Err(EngineError::Input("13 brings bad luck".into()));
        }
        let data = x.data.iter().map(|value| value + offset.data[0]).collect();
        Ok(vec![Tensor { name: "y".into(), data, ..x.clone() }])
    }
}

fn inputs(rows: &[[u8; 2]], offset: u8) -> Vec<Tensor> {
    let data = rows.as_flattened().to_vec();
    let shape = [rows.len() as i64, 2];
    vec![
        Tensor::from_bytes("x", DataType::Uint8, &shape, data, LIMIT).expect("a tensor"),
        Tensor::from_bytes("offset", DataType::Uint8, &[], vec![offset], LIMIT).expect("a tensor"),
    ]
}

fn policy(most_at_once: usize, queue: usize) -> Policy {
    Policy { most_at_once, delay: Duration::from_millis(100), queue, bound: None }
}

fn metrics() -> ModelMetrics {
    crate::metrics::Metrics::default().of_model("adder")
}

fn values(answer: &Answer) -> (&[usize], &[u8]) {
    let tensor = &answer.as_ref().expect("an answer")[0];
    (&tensor.shape, &tensor.data)
}

#[tokio::test]
async fn requests_share_a_batch_and_each_gets_its_own_part() {
    let engine = Adder::new(8, None);
    let batcher = Batcher::new(engine.clone(), policy(8, 100), metrics());
    let asked = [inputs(&[[1, 2]], 1), inputs(&[[3, 4], [5, 6]], 1), inputs(&[[7, 8]], 2), inputs(&[[9, 10]], 1)];
    let answers = join_all(asked.map(|inputs| batcher.run(inputs))).await;
    let made: Vec<_> = answers.iter().map(values).collect();
    assert_eq!(made, [(&[1, 2][..], &[2, 3][..]), (&[2, 2], &[4, 5, 6, 7]), (&[1, 2], &[9, 10]), (&[1, 2], &[10, 11])]);
    assert_eq!(engine.batches(), [4, 1], "one with another offset has a batch of its own");
}

#[tokio::test]
async fn a_full_batch_does_not_wait() {
    let engine = Adder::new(8, None);
    let long = Policy { delay: Duration::from_secs(3600), ..policy(3, 100) };
    let batcher = Batcher::new(engine.clone(), long, metrics());
    let asked = (0..6).map(|value| batcher.run(inputs(&[[value, value]], 0)));
    assert!(join_all(asked).await.iter().all(Result::is_ok));
    assert_eq!(engine.batches(), [3, 3]);
    let alone = Adder::new(0, None);
    let batcher = Batcher::new(alone.clone(), Policy { most_at_once: 1, ..long }, metrics());
    let single = || {
        let mut inputs = inputs(&[[1, 2]], 0);
        inputs[0].shape = vec![2];
        inputs
    };
    assert!(join_all([batcher.run(single()), batcher.run(single())]).await.iter().all(Result::is_ok));
    assert_eq!(alone.batches(), [1, 1], "a model without batches runs one after the other");
}

#[tokio::test]
async fn one_that_does_not_fit_spoils_no_other() {
    let engine = Adder::new(8, None);
    let batcher = Batcher::new(engine.clone(), policy(8, 100), metrics());
    let asked = [inputs(&[[1, 2]], 1), inputs(&[[13, 0]], 1), inputs(&[[3, 4]], 1)];
    let answers = join_all(asked.map(|inputs| batcher.run(inputs))).await;
    assert_eq!(answers[1], Err(EngineError::Input("13 brings bad luck".into()).into()));
    assert_eq!((values(&answers[0]).1, values(&answers[2]).1), (&[2, 3][..], &[4, 5][..]));
    let panicked = batcher.run(inputs(&[[66, 0]], 1)).await;
    assert_eq!(panicked, Err(EngineError::Failed("the engine panicked".into()).into()));
    assert!(batcher.run(inputs(&[[1, 2]], 1)).await.is_ok(), "and the next one runs");
}

#[tokio::test]
async fn what_the_queue_cannot_take_is_refused_at_once_and_what_nobody_waits_for_is_not_run() {
    let (go, gate) = mpsc::channel();
    let engine = Adder::new(1, Some(gate));
    let batcher = Arc::new(Batcher::new(engine.clone(), Policy { delay: Duration::ZERO, ..policy(1, 2) }, metrics()));
    let ask = |value| {
        let batcher = batcher.clone();
        tokio::spawn(async move { batcher.run(inputs(&[[value, value]], 0)).await })
    };
    let runs = ask(1);
    until(|| batcher.shared.state().running[0].is_some()).await;
    let (given_up, waits) = (ask(2), ask(3));
    until(|| batcher.shared.state().waiting.len() == 2).await;
    assert_eq!(batcher.run(inputs(&[[4, 4]], 0)).await, Err(BatchError::Full(2)));
    given_up.abort();
    let _ = given_up.await;
    go.send(()).expect("it listens");
    go.send(()).expect("it listens");
    assert!(runs.await.expect("no panic").is_ok());
    assert_eq!(values(&waits.await.expect("no panic")).1, [3, 3]);
    assert_eq!(engine.batches(), [1, 1], "the second was given up");
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn who_cannot_be_answered_in_time_is_refused() {
    let (go, gate) = mpsc::channel();
    let bound = Duration::from_millis(200);
    let timely = Policy { delay: Duration::ZERO, bound: Some(bound), ..policy(1, 100) };
    let batcher = Arc::new(Batcher::new(Adder::new(1, Some(gate)), timely, metrics()));
    let ask = |value| {
        let batcher = batcher.clone();
        tokio::spawn(async move { batcher.run(inputs(&[[value, value]], 0)).await })
    };
    batcher.shared.state().pace = bound / 3;
    let first = ask(1);
    until(|| batcher.shared.state().running[0].is_some()).await;
    assert_eq!(ask(2).await.expect("no panic"), Err(BatchError::Late(bound)), "by the pace, it would wait too long");
    {
        let mut state = batcher.shared.state();
        (state.pace, state.running[0]) = (bound / 10, Some(Instant::now()));
    }
    let late = ask(3);
    until(|| batcher.shared.state().waiting.len() == 1).await;
    tokio::time::sleep(2 * bound).await;
    for _ in 0..2 {
        go.send(()).expect("it listens");
    }
    assert_eq!(late.await.expect("no panic"), Err(BatchError::Late(bound)), "it did wait too long");
    assert_eq!(values(&first.await.expect("no panic")).1, [1, 1], "what runs is not broken off");
    assert_eq!(values(&ask(4).await.expect("no panic")).1, [4, 4], "and whoever meets nobody is let in");
}

#[tokio::test]
async fn an_engine_that_takes_turns_runs_several_side_by_side() {
    let (go, gate) = mpsc::channel();
    let mut adder = Arc::into_inner(Adder::new(1, Some(gate))).expect("nobody else has it");
    adder.side_by_side = 2;
    let timely = Policy { delay: Duration::ZERO, bound: Some(Duration::from_secs(3600)), ..policy(1, 100) };
    let batcher = Arc::new(Batcher::new(Arc::new(adder), timely, metrics()));
    let asked = [1, 2, 3].map(|value| {
        let batcher = batcher.clone();
        tokio::spawn(async move { batcher.run(inputs(&[[value, value]], 0)).await })
    });
    until(|| {
        let state = batcher.shared.state();
        (state.running.iter().flatten().count(), state.waiting.len()) == (2, 1)
    })
    .await;
    for _ in 0..3 {
        go.send(()).expect("it listens");
    }
    for (value, asked) in (1..).zip(asked) {
        assert_eq!(values(&asked.await.expect("no panic")).1, [value, value]);
    }
}

#[tokio::test]
async fn inputs_are_checked_before_they_wait() {
    let batcher = Batcher::new(Adder::new(2, None), policy(2, 100), metrics());
    let refused = async |inputs: Vec<Tensor>| batcher.run(inputs).await.expect_err("it is refused").to_string();
    let [x, offset] = &inputs(&[[1, 2]], 0)[..] else { panic!("two inputs") };
    assert_eq!(refused(vec![x.clone()]).await, "input `offset` is missing");
    let more = Tensor { name: "z".into(), ..x.clone() };
    assert_eq!(refused(vec![x.clone(), offset.clone(), more]).await, "the model has no input `z`");
    let signed = Tensor { datatype: DataType::Int8, ..x.clone() };
    assert_eq!(refused(vec![signed, offset.clone()]).await, "input `x` is INT8, the model takes UINT8");
    let flat = Tensor { shape: vec![2], ..x.clone() };
    assert_eq!(refused(vec![flat, offset.clone()]).await, "input `x` has the shape [2], the model takes [-1, -1]");
    let none = Tensor { shape: vec![0, 2], data: vec![], ..x.clone() };
    assert_eq!(refused(vec![none, offset.clone()]).await, "a batch has 1 to 2 elements, not 0");
    assert_eq!(refused(inputs(&[[1, 2]; 3], 0)).await, "a batch has 1 to 2 elements, not 3");
}

#[tokio::test]
async fn what_waits_when_the_model_goes_is_still_run() {
    let engine = Adder::new(8, None);
    let long = Policy { delay: Duration::from_secs(3600), ..policy(8, 100) };
    let batcher = Batcher::new(engine.clone(), long, metrics());
    let shared = batcher.shared.clone();
    let (answer, answered) = oneshot::channel();
    shared.state().waiting.push_back(Waiting {
        inputs: inputs(&[[1, 2]], 1),
        count: 1,
        key: 0,
        since: Instant::now(),
        answer,
    });
    drop(batcher);
    assert_eq!(values(&answered.await.expect("an answer")).1, [2, 3]);
}
