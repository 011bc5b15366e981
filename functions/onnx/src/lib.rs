//! Runs models that have no exact form: any ONNX file of the kind that training programs write, by tract.
//!
//! This is a function of its own since tract alone is several times the size of all the others. It is handed the input
//! and the file (`verdigris_core::onnx`), and has nothing else: no settings, no keys, no store, no network. So whatever
//! a file does to the runtime, it does to one instance of this, within its time and memory.
//!
//! The answer is a pure function of file and input, on both platforms and on every machine: WebAssembly defines each
//! operation on floats but for the bits of a NaN, which leaves here as one NaN; the functions that it doesn't define
//! ([`math`]) come from one library; operators that draw randomness are refused. What it is *not*: the answer that
//! another ONNX runtime gives to the last bit. So it can be attested and voted on, but nothing can be proved about it.

mod elements;
mod graph;
#[cfg(target_family = "wasm")]
mod math;
mod plan;

use std::cell::RefCell;
use std::rc::Rc;

use alloy_primitives::{B256, keccak256};
use verdigris_core::http::{Request, Response};
use verdigris_core::onnx::{PATH, Question};
use verdigris_core::{Error, Result};

pub use plan::Plan;

/// Most models that one instance keeps ready.
const KEPT: usize = 2;

thread_local! {
    /// Models made ready before, by the hash of their file, the newest last.
    static READY: RefCell<Vec<(B256, Rc<Plan>)>> = const { RefCell::new(Vec::new()) };
}

/// The function: a [`Question`] in, the bytes of the outputs out. 404 if the file has to come along.
pub fn handle(request: &Request) -> Response {
    answer(request).unwrap_or_else(Response::from)
}

fn answer(request: &Request) -> Result<Response> {
    if request.path != PATH {
        return Err(request.not_found());
    }
    request.only("POST")?;
    let question = Question::read(&request.body)?;
    let body = ready(&question)?.run(question.input).map_err(Error::BadInput)?;
    Ok(Response { status: 200, headers: vec![("content-type", "application/octet-stream".into())], body })
}

fn ready(question: &Question) -> Result<Rc<Plan>> {
    let &Question { model, file_hash, file, .. } = question;
    let known =
        READY.with_borrow(|plans| plans.iter().find(|(hash, _)| *hash == file_hash).map(|(_, plan)| plan.clone()));
    if let Some(plan) = known {
        return Ok(plan);
    }
    if file.is_empty() {
        return Err(Error::NotFound { what: format!("the file of model {model}") }.into());
    }
    let unusable = |reason| Box::new(Error::ModelUnusable { model, reason });
    if keccak256(file) != file_hash {
        return Err(unusable("the file that came along is another".into()));
    }
    let plan = Rc::new(Plan::read(file).map_err(unusable)?);
    READY.with_borrow_mut(|plans| {
        if plans.len() == KEPT {
            plans.remove(0);
        }
        plans.push((file_hash, plan.clone()));
    });
    Ok(plan)
}
