//! A worker with the protocol of `functions/gpu-worker`, as far as pictures go.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::json;
use verdigris_model::picture::Painter;

use crate::platform::{HttpRequest, HttpResponse, PlatformError};
use crate::testing::deployment::Deployment;

pub(super) type Answer = Result<HttpResponse, PlatformError>;

#[derive(Default)]
struct State {
    load: u64,
    is_down: bool,
    lies: bool,
    asked: usize,
    given: Vec<String>,
    /// Jobs by their ids, with their requests, and whether they are done.
    jobs: BTreeMap<String, (Vec<u8>, bool)>,
    hangs: Option<Box<dyn Fn(u64)>>,
    /// Whether jobs fail, and if so, whether by what was asked.
    fails: Option<bool>,
}

/// Clones are the same worker.
#[derive(Clone)]
pub(super) struct Worker(Rc<RefCell<State>>);

pub(super) fn answer(status: u16, body: &str) -> Answer {
    Ok(HttpResponse { status, body: body.as_bytes().to_vec() })
}

/// An answer with one output in binary.
pub(super) fn tensors(outputs: &serde_json::Value, engine: &str, elements: &[u8]) -> Answer {
    let head = json!({"model_name": "m", "outputs": outputs, "parameters": {"engine": engine}}).to_string();
    Ok(HttpResponse { status: 200, body: [head.as_bytes(), elements].concat() })
}

/// How much of a request is JSON, as its header says.
pub(super) fn json_length(request: &HttpRequest) -> usize {
    let header = request.headers.iter().find(|(name, _)| *name == "inference-header-content-length");
    header.expect("a header").1.parse().expect("a number")
}

impl Worker {
    pub(super) fn at(house: &Deployment, url: &'static str) -> Self {
        let worker = Self(Rc::default());
        let played = worker.clone();
        house.platform.serve(url, move |request| played.hear(request, request.url.strip_prefix(url).expect("its URL")));
        worker
    }

    pub(super) fn load(&self, load: u64) {
        self.0.borrow_mut().load = load;
    }

    pub(super) fn down(&self, is_down: bool) {
        self.0.borrow_mut().is_down = is_down;
    }

    pub(super) fn lie(&self) {
        self.0.borrow_mut().lies = true;
    }

    /// Draws what is right again.
    pub(super) fn mend(&self) {
        self.0.borrow_mut().lies = false;
    }

    /// Takes no job: lets the time go by that it is given.
    pub(super) fn hang(&self, pass: impl Fn(u64) + 'static) {
        self.0.borrow_mut().hangs = Some(Box::new(pass));
    }

    pub(super) fn fail(&self, is_refused: bool) {
        self.0.borrow_mut().fails = Some(is_refused);
    }

    pub(super) fn forget(&self) {
        self.0.borrow_mut().jobs.clear();
    }

    /// Comes to the end of all jobs.
    pub(super) fn finish(&self) {
        self.0.borrow_mut().jobs.values_mut().for_each(|(_, is_done)| *is_done = true);
    }

    /// The jobs that it was given, in their order.
    pub(super) fn given(&self) -> Vec<String> {
        self.0.borrow().given.clone()
    }

    /// How often it was asked for anything.
    pub(super) fn asked(&self) -> usize {
        self.0.borrow().asked
    }

    fn hear(&self, request: &HttpRequest, path: &str) -> Answer {
        let mut state = self.0.borrow_mut();
        state.asked += 1;
        if state.is_down {
            return Err(PlatformError::Connection("refused".into()));
        }
        let path = path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (request.method, parts.as_slice()) {
            ("GET", ["v2", "load"]) => answer(200, &state.load.to_string()),
            ("PUT", _) if let Some(pass) = &state.hangs => {
                pass(request.timeout_ms);
                Err(PlatformError::Timeout(request.timeout_ms))
            }
            ("PUT", ["v2", "models", _, "jobs", id]) => {
                let elements = request.body[json_length(request)..].to_vec();
                if !state.jobs.contains_key(*id) {
                    state.given.push((*id).to_owned());
                    state.jobs.insert((*id).to_owned(), (elements, false));
                }
                status(&state, id, 202)
            }
            ("GET", ["v2", "jobs", id]) => status(&state, id, 200),
            ("GET", ["v2", "jobs", id, "answer"]) => picture(&state.jobs[*id].0, state.lies),
            _ => answer(404, "{\"error\":\"there is no such route\"}"),
        }
    }
}

fn status(state: &State, id: &str, status: u16) -> Answer {
    match state.jobs.get(id) {
        None => answer(404, "{\"error\":\"no such job\"}"),
        Some((_, is_done)) => {
            let standing = match (is_done, state.fails) {
                (false, _) => "queued",
                (true, None) => "succeeded",
                (true, Some(_)) => "failed",
            };
            let refused = state.fails.unwrap_or_default();
            let said = json!({"id": id, "status": standing, "error": "CUDA out of memory", "refused": refused});
            answer(status, &said.to_string())
        }
    }
}

/// Draws what was asked for: seed, traits, size and stages, one after the other.
fn picture(elements: &[u8], lies: bool) -> Answer {
    let (seed, rest) = elements.split_first_chunk::<32>().expect("a seed");
    let (traits, rest) = rest.split_first_chunk::<32>().expect("traits");
    let (size, stages) = rest.split_first_chunk::<2>().expect("a size");
    let (size, stages) = (u16::from_le_bytes(*size), u32::from_le_bytes(stages.try_into().expect("stages")));
    let painter = Painter::new(&verdigris_model::genesis(), stages, seed, traits).expect("a painter");
    let mut pixels = painter.draw(size).expect("drawn").into_rgb();
    if lies {
        pixels.iter_mut().for_each(|value| *value ^= 1);
    }
    let output = json!({
        "name": "pixels", "datatype": "UINT8", "shape": [size, size, 3],
        "parameters": {"binary_data_size": pixels.len()},
    });
    tensors(&json!([output]), "a GPU", &pixels)
}
